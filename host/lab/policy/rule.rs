//! The rule, row by row.
//!
//! Numbers are sixteenths: a weight of 8 is one half. `x` are the normalised KPIs, `f` the features, `g` the terms, and the
//! outputs are fractions of each group's allowed step.

use super::{Network, schema};

/// Widths of the network.
pub const DIMS: [usize; 4] = [12, 16, 16, 8];

/// One row: a weighted sum of the layer below, in sixteenths.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What the row stands for.
    pub name: &'static str,
    /// (index in the layer below, weight in sixteenths).
    pub weights: &'static [(usize, i16)],
    /// Constant, in sixteenths of 1.0.
    pub bias: i32,
    /// Bounds in sixteenths, used by outputs only.
    pub bounds: (i32, i32),
}

const fn row(name: &'static str, weights: &'static [(usize, i16)], bias: i32) -> Row {
    Row { name, weights, bias, bounds: (0, 0) }
}

const fn output(name: &'static str, weights: &'static [(usize, i16)], bias: i32, bounds: (i32, i32)) -> Row {
    Row { name, weights, bias, bounds }
}

/// Layer 1: errors split by sign, and the two stress signals.
pub const FEATURES: [Row; 16] = [
    row("staking short", &[(5, -16)], 0),
    row("staking long", &[(5, 16)], 0),
    row("supply fast", &[(8, 16)], 0),
    row("supply slow", &[(8, -16)], 0),
    row("drawdown beyond 30 %", &[(10, 16)], -16),
    row("volatility beyond 8 % a day", &[(4, 16)], -16),
    row("runway long", &[(6, 16)], 0),
    row("runway short", &[(6, -16)], 0),
    row("demand up (revenue and half of volume)", &[(7, 16), (2, 8)], 0),
    row("demand down (revenue and half of volume)", &[(7, -16), (2, -8)], 0),
    row("depth short", &[(3, -16)], 0),
    row("participation high", &[(9, 16)], 0),
    row("participation low", &[(9, -16)], 0),
    row("holders leaving", &[(0, -16)], 0),
    row("holdings concentrated", &[(1, 16)], 0),
    row("sources disagree beyond 1 %", &[(11, 16)], -8),
];

/// Layer 2: dead bands, and the brake `4 * (f4 + f5)` on everything expansive.
pub const TERMS: [Row; 16] = [
    row("staking short, braked", &[(0, 16), (4, -64), (5, -64)], -2),
    row("staking long", &[(1, 16)], -2),
    row("supply fast", &[(2, 16)], -4),
    row("supply slow, braked", &[(3, 16), (4, -64), (5, -64)], -4),
    row("stress", &[(4, 16), (5, 16)], 0),
    row("runway long, braked", &[(6, 16), (4, -64), (5, -64)], -2),
    row("runway short", &[(7, 16)], -2),
    row("demand up, braked", &[(8, 16), (4, -64), (5, -64)], -2),
    row("demand down", &[(9, 16)], -2),
    row("depth short", &[(10, 16)], -2),
    row("participation high", &[(11, 16)], -4),
    row("participation low", &[(12, 16)], -4),
    row("holders leaving, braked", &[(13, 16), (4, -64), (5, -64)], -2),
    row("holdings concentrated", &[(14, 16)], -4),
    row("disagreement", &[(15, 16)], 0),
    row("calm", &[(4, -16), (5, -16)], 4),
];

/// Layer 3: one increment for each group, and the gate.
pub const OUTPUTS: [Row; 8] = [
    output("emission", &[(0, 8), (3, 4), (1, -8), (2, -8), (4, -32)], 0, (-16, 16)),
    output("vesting", &[(5, 8), (6, -8), (4, -16)], 0, (-16, 16)),
    output("curve", &[(0, 8), (1, -8)], 0, (-8, 8)),
    output("equilibrium", &[(7, 8), (8, -8), (2, 8), (6, -8)], 0, (-16, 16)),
    output("governance", &[(10, 8), (11, -8), (13, 8)], 0, (-16, 16)),
    output("liquidity", &[(15, 16), (9, 8)], 0, (0, 16)),
    output("grants", &[(12, 8), (5, 4), (6, -8), (4, -16)], 0, (-16, 16)),
    output("gate", &[(14, -16)], 8, (-16, 16)),
];

/// The rule as a network. Sixteenths are exact in Q12 (weights) and Q16 (biases, bounds).
#[must_use]
pub fn network() -> Network {
    let mut network = Network::zero(DIMS);
    for (layer, rows) in [&FEATURES[..], &TERMS[..], &OUTPUTS[..]].into_iter().enumerate() {
        for (j, row) in rows.iter().enumerate() {
            for (i, sixteenths) in row.weights {
                network.set_weight(layer, j, *i, sixteenths * 256);
            }
            network.set_bias(layer, j, row.bias * 4_096);
        }
    }
    for (k, row) in OUTPUTS.iter().enumerate() {
        network.set_bounds(k, row.bounds.0 * 4_096, row.bounds.1 * 4_096);
    }
    network
}

/// Writes rows out as formulas, for `policy.json`.
#[must_use]
pub fn describe(rows: &[Row], function: &str) -> Vec<String> {
    let below = |i: usize| match (rows.len(), rows[0].name) {
        (_, name) if name == FEATURES[0].name => format!("({})", schema::INPUTS[i].name),
        (8, _) => format!("({})", TERMS[i].name),
        _ => format!("({})", FEATURES[i].name),
    };
    let decimal = |sixteenths: i32| {
        let ten_thousandths = sixteenths.unsigned_abs() * 625;
        let digits = format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000);
        digits.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let sign = |n: i32| if n < 0 { '-' } else { '+' };
    rows.iter()
        .map(|row| {
            let mut sum = row
                .weights
                .iter()
                .map(|(i, w)| format!(" {} {} {}", sign((*w).into()), decimal((*w).into()), below(*i)))
                .collect::<Vec<String>>()
                .concat();
            if row.bias != 0 {
                sum = [sum, format!(" {} {}", sign(row.bias), decimal(row.bias))].concat();
            }
            let bounds = match row.bounds {
                (0, 0) => String::new(),
                (lo, hi) => format!(", {}{}, {}", if lo < 0 { "-" } else { "" }, decimal(lo), decimal(hi)),
            };
            format!("{} = {function}({}{bounds})", row.name, sum.trim_start_matches([' ', '+']))
        })
        .collect()
}
