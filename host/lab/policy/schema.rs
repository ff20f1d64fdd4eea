//! Targets and units: how each KPI becomes an observation.
//!
//! `x = floor((kpi - mean) * scale / 2^shift)`, so that an observation of 1.0 (Q16) is one unit above target.

/// Normalisation of one KPI.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// Name of the KPI.
    pub name: &'static str,
    /// Target, for people.
    pub mean_text: &'static str,
    /// Unit, for people.
    pub unit_text: &'static str,
    /// Target in Q16.16.
    pub mean: i32,
    /// Numerator of `1 / unit`.
    pub scale: i32,
    /// Exponent of the denominator of `1 / unit`.
    pub shift: u8,
}

const fn input(name: &'static str, mean: (&'static str, i32), unit: (&'static str, i32, u8)) -> Input {
    Input { name, mean_text: mean.0, mean: mean.1, unit_text: unit.0, scale: unit.1, shift: unit.2 }
}

/// The twelve inputs, in KPI order.
pub const INPUTS: [Input; 12] = [
    input("holders growth over the epoch", ("0", 0), ("5 %", 20, 0)),
    input("top-10 share", ("45 %", 29_491), ("20 %", 5, 0)),
    input("volume over its trend", ("1", 65_536), ("0.5", 2, 0)),
    input("depth over its trend", ("1", 65_536), ("0.25", 4, 0)),
    input("volatility", ("4 % a day", 2_621), ("4 % a day", 25, 0)),
    input("staking ratio", ("50 %", 32_768), ("10 %", 10, 0)),
    input("runway", ("2 years", 131_072), ("1 year", 1, 0)),
    input("revenue over its trend", ("1", 65_536), ("0.5", 2, 0)),
    input("net supply change, 30 days", ("0.08 %", 52), ("0.08 %", 1_250, 0)),
    input("participation", ("30 %", 19_661), ("12.5 %", 8, 0)),
    input("drawdown", ("0", 0), ("30 %", 218_453, 16)),
    input("oracle disagreement", ("0", 0), ("2 %", 50, 0)),
];

/// Returns `schema.bin`: for each input mean and scale as `i32`, shift as a byte, little endian.
#[must_use]
pub fn encode() -> Vec<u8> {
    INPUTS.iter().flat_map(|i| i.mean.to_le_bytes().into_iter().chain(i.scale.to_le_bytes()).chain([i.shift])).collect()
}
