//! The supply over the run: a chart for the terminal, and an SVG with emission rate, price, mint and burn, and the pools'
//! streams beneath.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::{
    record::EpochRecord,
    world::{UNIT, World},
};

/// Rows of the terminal chart.
const ROWS: usize = 9;
/// Most columns of its bars: with the scale they fit eighty.
const COLUMNS: usize = 64;
/// Eighths of a block, lowest first.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The series as rows of text, highest row first, with the scale at the left and the weeks below.
pub fn terminal(values: &[u128]) -> Vec<String> {
    let (Some(low), Some(high)) = (values.iter().min(), values.iter().max()) else { return Vec::new() };
    let span = (high - low).max(1);
    // Long runs are thinned to what fits a line; short ones get two columns a week.
    let step = values.len().div_ceil(COLUMNS).max(1);
    let cell = if values.len() * 2 <= COLUMNS { 2 } else { 1 };
    let heights: Vec<usize> = values
        .iter()
        .step_by(step)
        .map(|v| usize::try_from((v - low) * (ROWS as u128 * 8 - 1) / span).unwrap_or(0) + 1)
        .collect();
    let mut rows: Vec<String> = (0..ROWS)
        .rev()
        .map(|row| {
            let scale = low + span * row as u128 / (ROWS as u128 - 1);
            let bars: String = heights
                .iter()
                .map(|h| match h.saturating_sub(row * 8) {
                    0 => ' ',
                    eighths => BLOCKS[eighths.min(8) - 1],
                })
                .flat_map(|c| std::iter::repeat_n(c, cell))
                .collect();
            format!("  {:>4}.{:03} M │{bars}", scale / UNIT / 1_000_000, scale / UNIT % 1_000_000 / 1_000)
        })
        .collect();
    rows.push(format!("             └{}", "─".repeat(heights.len() * cell)));
    // A week number under the first column of its bar, wherever there is room for it.
    let mut weeks = String::new();
    for index in 0..heights.len() {
        let label = (index * step + 1).to_string();
        let column = index * cell;
        if (weeks.is_empty() || weeks.len() + 3 <= column) && column + label.len() <= heights.len() * cell {
            weeks.push_str(&" ".repeat(column - weeks.len()));
            weeks.push_str(&label);
        }
    }
    rows.push(format!("        week  {weeks}"));
    rows
}

/// Weeks and values.
type Points = Vec<(f64, f64)>;

const BLUE_INK: RGBColor = RGBColor(31, 88, 160);
const RUST: RGBColor = RGBColor(176, 84, 32);
const PLUM: RGBColor = RGBColor(100, 60, 140);
const GREEN_INK: RGBColor = RGBColor(20, 130, 60);
/// A thousandth of a token, base units.
const MILLI: u128 = UNIT / 1_000;

/// One line of a panel.
fn line(name: &str, colour: RGBColor, points: Points) -> (String, RGBColor, Points) {
    (name.to_owned(), colour, points)
}

/// What the rolls brought to each pool of the gauges.
#[allow(clippy::cast_precision_loss)] // as in the picture
fn pool_lines(world: &World) -> Vec<(String, RGBColor, Points)> {
    let of = |pool: usize| {
        let amount = |e: &EpochRecord| e.pools.get(pool).map_or(0, |week| week.amount);
        world.epochs.iter().map(|e| (f64::from(e.epoch + 1), (amount(e) / MILLI) as f64 / 1e3)).collect::<Points>()
    };
    let named = |(pool, colour): (usize, RGBColor)| (format!("liquidity mining: pool {}", pool + 1), colour, of(pool));
    (0..world.pools.len()).zip([BLUE_INK, RUST, PLUM]).map(named).collect()
}

/// One panel of the picture.
struct Panel<'a> {
    /// Label of the vertical axis, with the unit.
    label: &'a str,
    /// Decimals of its numbers.
    decimals: usize,
    /// Lines: name in the legend, colour, the value by week.
    lines: Vec<(String, RGBColor, Points)>,
    /// Points that stand out: name, colour, places.
    marks: Vec<(&'a str, RGBColor, Points)>,
}

/// Writes the chart as SVG.
pub fn svg(world: &World, title: &str, path: &Path) -> Result<()> {
    let fail = |e: DrawingAreaErrorKind<std::io::Error>| anyhow!("cannot draw {}: {e}", path.display());
    // A picture does not need the digits that a double drops.
    #[allow(clippy::cast_precision_loss)]
    let series = |keep: fn(&EpochRecord) -> bool, of: fn(&EpochRecord) -> u128, unit: f64| -> Points {
        let kept = world.epochs.iter().filter(|e| keep(e));
        kept.map(|e| (f64::from(e.epoch + 1), of(e) as f64 / unit)).collect()
    };
    let rate = |e: &EpochRecord| u128::from(e.emission);
    let panels = [
        Panel {
            label: "million tokens",
            decimals: 2,
            lines: vec![line("token supply", BLUE_INK, series(|_| true, |e| e.supply / 1_000_000_000_000, 1e12))],
            marks: Vec::new(),
        },
        Panel {
            label: "ppm of supply a year",
            decimals: 0,
            lines: vec![line("emission rate in force", RUST, steps(&series(|_| true, rate, 1.0)))],
            marks: vec![
                ("changed at once", GREEN_INK, series(|e| e.applied.contains(&0), rate, 1.0)),
                ("changed from the queue", BLUE_INK, series(|e| e.executed.contains(&0), rate, 1.0)),
                ("breaker tripped", RGBColor(200, 30, 40), series(|e| e.trip != 0, rate, 1.0)),
            ],
        },
        Panel {
            label: "quote per token",
            decimals: 2,
            lines: vec![line("price", PLUM, series(|_| true, |e| e.price, 1e18))],
            marks: Vec::new(),
        },
        Panel {
            label: "tokens a week",
            decimals: 0,
            lines: vec![
                line("minted", BLUE_INK, series(|_| true, |e| e.minted / MILLI, 1e3)),
                line("burned", RUST, series(|_| true, |e| e.burned / MILLI, 1e3)),
                line("of the minted: minted again", GREEN_INK, series(|_| true, |e| e.reminted / MILLI, 1e3)),
            ],
            marks: Vec::new(),
        },
        Panel { label: "tokens a week", decimals: 0, lines: pool_lines(world), marks: Vec::new() },
    ];
    let root = SVGBackend::new(path, (960, 1_500)).into_drawing_area();
    root.fill(&WHITE).map_err(fail)?;
    let body = root.titled(title, ("sans-serif", 20)).map_err(fail)?;
    for (area, panel) in body.split_evenly((panels.len(), 1)).iter().zip(panels) {
        draw(area, panel, world.epochs.len()).map_err(fail)?;
    }
    root.present().map_err(fail)
}

/// A value stays in force until the next week's.
fn steps(series: &[(f64, f64)]) -> Points {
    let corners = series.windows(2).flat_map(|pair| [pair[0], (pair[1].0, pair[0].1)]);
    corners.chain(series.last().copied()).collect()
}

fn draw(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    panel: Panel<'_>,
    weeks: usize,
) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
    let values = || panel.lines.iter().flat_map(|(_, _, points)| points.iter().map(|p| p.1));
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    let margin = ((high - low) * 0.08).max(high.abs() * 0.0001).max(1e-6);
    // The legend stands above the lines, in a height of its own.
    let entries = panel.lines.len() + panel.marks.iter().filter(|(_, _, points)| !points.is_empty()).count();
    #[allow(clippy::cast_precision_loss)]
    let headroom = (high - low) * (0.14 + 0.12 * entries as f64);
    #[allow(clippy::cast_precision_loss)]
    let end = weeks as f64;
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .margin_right(24)
        .x_label_area_size(44)
        .y_label_area_size(84)
        .build_cartesian_2d(1.0..end, (low - margin)..(high + margin + headroom))?;
    let decimals = panel.decimals;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(RGBColor(225, 225, 225))
        .x_desc("week")
        .y_desc(panel.label)
        .axis_desc_style(("sans-serif", 14))
        .label_style(("sans-serif", 13))
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y:.decimals$}"))
        .x_labels(14)
        .y_labels(6)
        .draw()?;
    // The first lines are the widest: one that runs under another is seen beside it.
    let count = u32::try_from(panel.lines.len()).unwrap_or(1);
    for ((name, colour, points), width) in panel.lines.into_iter().zip((2..2 + 2 * count).rev().step_by(2)) {
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(width)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    for (name, colour, points) in panel.marks.into_iter().filter(|(_, _, points)| !points.is_empty()) {
        chart
            .draw_series(points.into_iter().map(|point| Circle::new(point, 4, colour.filled())))?
            .label(name)
            .legend(move |(x, y)| Circle::new((x + 9, y), 4, colour.filled()));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .label_font(("sans-serif", 13))
        .background_style(WHITE.mix(0.85))
        .border_style(RGBColor(190, 190, 190))
        .draw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_chart_spans_its_rows() {
        let rows = terminal(&[100 * UNIT, 150 * UNIT, 200 * UNIT]);
        assert_eq!(rows.len(), ROWS + 2);
        // Only the highest value reaches the top row, every value the bottom one.
        assert!(rows[0].ends_with("│    ██"), "{}", rows[0]);
        assert!(!rows[ROWS - 1].ends_with(' '));
        assert!(rows[ROWS + 1].ends_with("week  1   3"), "{}", rows[ROWS + 1]);
        assert!(terminal(&[]).is_empty());
    }

    #[test]
    fn terminal_chart_fits_eighty_columns_and_names_weeks_under_their_bars() {
        for weeks in [1, 26, 33, 64, 65, 200, 520] {
            let values: Vec<u128> = (0..weeks).map(|w| (100_000_000 + w) * UNIT).collect();
            let rows = terminal(&values);
            assert!(rows.iter().all(|r| r.chars().count() <= 80), "{weeks}: {rows:#?}");
        }
        let rows = terminal(&(0..26).map(|w| (1 + w) * 1_000_000 * UNIT).collect::<Vec<_>>());
        assert!(rows[ROWS + 1].starts_with("        week  1   3   5 "), "{}", rows[ROWS + 1]);
        // Thinned to every ninth week.
        let rows = terminal(&(0..520).map(|w| (1 + w) * UNIT).collect::<Vec<_>>());
        assert!(rows[ROWS + 1].starts_with("        week  1   37  "), "{}", rows[ROWS + 1]);
    }

    #[test]
    fn steps_hold_each_value_until_the_next() {
        assert_eq!(steps(&[(1.0, 5.0), (2.0, 7.0)]), [(1.0, 5.0), (2.0, 5.0), (2.0, 7.0)]);
        assert!(steps(&[]).is_empty());
    }
}
