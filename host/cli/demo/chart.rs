//! The supply over the run: a chart for the terminal, and an SVG with the emission rate beneath.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::world::{UNIT, World};

/// Rows of the terminal chart.
const ROWS: usize = 9;
/// Eighths of a block, lowest first.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The series as rows of text, highest row first, with the scale at the left.
pub fn terminal(values: &[u128]) -> Vec<String> {
    let (Some(low), Some(high)) = (values.iter().min(), values.iter().max()) else { return Vec::new() };
    let span = (high - low).max(1);
    // Long runs are thinned to what fits a line.
    let step = values.len().div_ceil(72).max(1);
    let heights: Vec<usize> = values
        .iter()
        .step_by(step)
        .map(|v| usize::try_from((v - low) * (ROWS as u128 * 8 - 1) / span).unwrap_or(0) + 1)
        .collect();
    (0..ROWS)
        .rev()
        .map(|row| {
            let scale = low + span * row as u128 / (ROWS as u128 - 1);
            let bars: String = heights
                .iter()
                .map(|h| match h.saturating_sub(row * 8) {
                    0 => ' ',
                    eighths => BLOCKS[eighths.min(8) - 1],
                })
                .flat_map(|c| [c, c])
                .collect();
            format!("  {:>8}.{:03} M │{bars}", scale / UNIT / 1_000_000, scale / UNIT % 1_000_000 / 1_000)
        })
        .collect()
}

/// Writes the chart as SVG.
pub fn svg(world: &World, path: &Path) -> Result<()> {
    let fail = |e: DrawingAreaErrorKind<std::io::Error>| anyhow!("cannot draw {}: {e}", path.display());
    let weeks = world.epochs.len();
    // Millions with six digits: exact enough for a picture.
    #[allow(clippy::cast_precision_loss)]
    let supply: Vec<(f64, f64)> =
        world.epochs.iter().map(|e| (f64::from(e.epoch + 1), (e.supply / UNIT) as f64 / 1e6)).collect();
    let rate: Vec<(f64, f64)> = world.epochs.iter().map(|e| (f64::from(e.epoch + 1), f64::from(e.emission))).collect();
    #[allow(clippy::cast_precision_loss)]
    let price: Vec<(f64, f64)> =
        world.epochs.iter().map(|e| (f64::from(e.epoch + 1), (e.price / 1_000_000_000_000) as f64 / 1e6)).collect();
    let root = SVGBackend::new(path, (960, 780)).into_drawing_area();
    root.fill(&WHITE).map_err(fail)?;
    let parts = root.split_evenly((3, 1));
    let panels = [
        ("Token supply, millions", &supply, RGBColor(31, 88, 160)),
        ("Emission rate, ppm of supply a year", &rate, RGBColor(176, 84, 32)),
        ("Price, quote per token", &price, RGBColor(60, 128, 72)),
    ];
    for (area, (title, series, colour)) in parts.iter().zip(panels) {
        panel(area, title, series, colour, weeks).map_err(fail)?;
    }
    root.present().map_err(fail)
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    title: &str,
    series: &[(f64, f64)],
    colour: RGBColor,
    weeks: usize,
) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
    let low = series.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
    let high = series.iter().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
    let margin = ((high - low) * 0.08).max(high.abs() * 0.0001).max(1e-6);
    #[allow(clippy::cast_precision_loss)]
    let end = weeks as f64;
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(72)
        .build_cartesian_2d(1.0..end, (low - margin)..(high + margin))?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc("week")
        .x_label_formatter(&|x| format!("{x:.0}"))
        .x_labels(14)
        .y_labels(5)
        .draw()?;
    chart.draw_series(LineSeries::new(series.iter().copied(), colour.stroke_width(2)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_chart_spans_its_rows() {
        let rows = terminal(&[100 * UNIT, 150 * UNIT, 200 * UNIT]);
        assert_eq!(rows.len(), ROWS);
        // Only the highest value reaches the top row, every value the bottom one.
        assert!(rows[0].ends_with("    ██"), "{}", rows[0]);
        assert!(!rows[ROWS - 1].ends_with(' '));
        assert!(terminal(&[]).is_empty());
        assert_eq!(terminal(&[7 * UNIT; 200])[0].chars().filter(|c| *c == '│').count(), 1);
    }
}
