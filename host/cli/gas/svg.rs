//! The report as bars and curves, in SVG. Written by hand: the same figures give the same bytes.

use std::fmt::Write as _;

use escapement_world::gas::{Curve, Point, Report};

use super::{ratio, thousandths};
use crate::ui;

/// Width of the picture, and where bars begin and end.
const WIDTH: u64 = 1_080;
const LEFT: u64 = 330;
const RIGHT: u64 = 860;
/// Height of an operation: three bars and a gap.
const ROW: u64 = 46;
const BAR: u64 = 12;
const TWIN: &str = "#b9bec7";
const UNCACHED: &str = "#8fb8e8";
const CACHED: &str = "#1f58a0";
const FLOOR: &str = "#c8502d";

/// Draws the report.
pub fn render(report: &Report) -> String {
    let mut contracts: Vec<&str> = report.operations.iter().map(|op| op.contract.as_str()).collect();
    contracts.dedup();
    let bars = 70 + 34 * contracts.len() as u64 + ROW * report.operations.len() as u64;
    let mut body = String::new();
    legend(&mut body);
    let mut top = 70;
    for contract in contracts {
        text(&mut body, (20, top + 20), "start", "#222", true, contract);
        top += 34;
        let rows = || report.operations.iter().filter(|op| op.contract == contract);
        let most = rows().flat_map(|op| [op.uncached.gas, op.twin.gas]).max().unwrap_or(1).max(1);
        for op in rows() {
            text(&mut body, (LEFT - 10, top + 22), "end", "#222", false, &op.name);
            let bars = [(op.twin.gas, TWIN), (op.uncached.gas, UNCACHED), (op.cached.gas, CACHED)];
            for (y, (gas, colour)) in (0..).map(|n| top + 2 + n * (BAR + 1)).zip(bars) {
                let width = gas * (RIGHT - LEFT) / most;
                rect(&mut body, (LEFT, y, width, BAR), colour);
                text(&mut body, (LEFT + width + 6, y + 10), "start", "#444", false, &ui::grouped(gas.into()));
            }
            let floor = LEFT + op.cached.unavoidable.total() * (RIGHT - LEFT) / most;
            // Through the two bars it belongs to.
            rect(&mut body, (floor - 1, top + BAR + 2, 2, 2 * BAR + 4), FLOOR);
            let share = format!("{} of the twin", ratio(thousandths(op.cached.gas, op.twin.gas)));
            text(&mut body, (WIDTH - 20, top + 22), "end", "#222", false, &share);
            top += ROW;
        }
    }
    for (curve, left) in report.curves.iter().zip([60, 415, 770]) {
        growth(&mut body, curve, left, bars + 40);
    }
    let height = bars + 330;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n{body}</svg>\n"
    )
}

fn legend(body: &mut String) {
    text(body, (20, 28), "start", "#111", true, "Gas of an operation; bars of one contract share a scale");
    let entries = [
        (20, TWIN, "Solidity twin"),
        (150, UNCACHED, "uncached"),
        (250, CACHED, "cached"),
        (340, FLOOR, "unavoidable part"),
    ];
    for (x, colour, name) in entries {
        rect(body, (x, 44, 12, 12), colour);
        text(body, (x + 18, 54), "start", "#222", false, name);
    }
}

/// Three lines over one number.
fn growth(body: &mut String, curve: &Curve, left: u64, top: u64) {
    let (width, height) = (270, 200);
    let most = curve.points.iter().map(|p| p.twin.max(p.cached)).max().unwrap_or(1).max(1);
    let last = curve.points.iter().map(|p| p.at).max().unwrap_or(1).max(1);
    text(body, (left, top), "start", "#222", true, &format!("Update, by number of {}", curve.by));
    let (bottom, top) = (top + 20 + height, top + 20);
    rect(body, (left, bottom, width, 1), "#888");
    rect(body, (left, top, 1, height), "#888");
    let high = ui::grouped(most.into());
    text(body, (left + 6, top + 4), "start", "#666", false, &format!("{high} gas"));
    for (colour, of) in [(TWIN, (|p| p.twin) as fn(&Point) -> u64), (CACHED, |p| p.cached), (FLOOR, |p| p.unavoidable)]
    {
        let place = |p: &Point| (left + p.at * width / last, bottom - of(p) * height / most);
        let points: Vec<_> = curve.points.iter().map(place).map(|(x, y)| format!("{x},{y}")).collect();
        let _ = writeln!(
            body,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        );
    }
    let mut free = 0;
    for p in &curve.points {
        let x = left + p.at * width / last;
        if x >= free {
            text(body, (x, bottom + 16), "middle", "#666", false, &p.at.to_string());
            free = x + 20;
        }
    }
}

fn rect(body: &mut String, (x, y, width, height): (u64, u64, u64, u64), colour: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(body, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{colour}\"/>");
}

fn text(body: &mut String, (x, y): (u64, u64), anchor: &str, colour: &str, bold: bool, words: &str) {
    let weight = if bold { " font-weight=\"bold\"" } else { "" };
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    let _ =
        writeln!(body, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"{colour}\"{weight}>{words}</text>");
}
