//! The exogenous market: one [`Day`] after another, from a seeded regime chain or from a recorded series.

mod regime;
#[cfg(test)]
mod tests;

pub use regime::Regime;

use crate::{
    ppm::{self, ONE},
    rng::{Channel, Draws},
    series::{Kind, Series},
};

/// What the market does on one day, before anybody reacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Day number, from 0.
    pub index: u32,
    /// Regime of the day.
    pub regime: Regime,
    /// Demand for the protocol, ppm of the demand on day 0. Always within [`DEMAND_MIN`]..=[`DEMAND_MAX`].
    pub demand: i64,
    /// Daily deviation of the demand return, ppm.
    pub sigma: i64,
    /// Whether demand fell by a jump on this day.
    pub jumped: bool,
}

/// Least demand, ppm: a reflecting wall, because a dead market tests nothing.
pub const DEMAND_MIN: i64 = 50_000;
/// Greatest demand, ppm.
pub const DEMAND_MAX: i64 = 20_000_000;

/// Where the days come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The regime chain alone.
    Chain,
    /// A recorded series, one observation a day from its first; the observation decides volatility and regime, or
    /// the demand itself ([`Kind`]).
    Replay(Series),
}

/// The market: an iterator over days. A chain never ends, a replay ends with its series.
#[derive(Clone, Debug)]
pub struct Market {
    draws: Draws,
    source: Source,
    next: u32,
    regime: Regime,
    demand: i64,
}

impl Market {
    /// Starts the market of `seed` in the normal regime with demand 1.
    #[must_use]
    pub fn new(seed: u64, source: Source) -> Self {
        Self { draws: Draws::new(seed), source, next: 0, regime: Regime::Normal, demand: ONE }
    }

    /// The shocks of this market, for the actors.
    #[must_use]
    pub fn draws(&self) -> Draws {
        self.draws
    }

    /// `ln D += mu + sigma * eps + J` of the regime, with the exponential expanded to second order.
    fn grow(&mut self, sigma: i64) -> bool {
        let day = self.next;
        let drift = match &self.source {
            Source::Chain => self.regime.drift(),
            // The chain's crashes last six days on average, a recorded one for months: the same loss, spread out.
            Source::Replay(_) => self.regime.drift() / 4,
        };
        let mut step = drift + ppm::mul(sigma, self.draws.shock_ppm(day, Channel::Return, 0));
        let jumped = self.draws.below(day, Channel::Jump, 0, 1_000_000) < self.regime.jump_probability();
        if jumped {
            let depth = self.draws.below(day, Channel::Jump, 1, 200_000);
            step -= 100_000 + i64::try_from(depth).unwrap_or(0);
        }
        let factor = ONE + step + ppm::mul(step, step) / 2;
        self.demand = ppm::mul(self.demand, factor).clamp(DEMAND_MIN, DEMAND_MAX);
        jumped
    }
}

impl Iterator for Market {
    type Item = Day;

    fn next(&mut self) -> Option<Day> {
        let (sigma, replayed) = match &self.source {
            Source::Chain => {
                if self.next > 0 {
                    self.regime = self.regime.after(self.draws.below(self.next, Channel::Regime, 0, 1_000_000));
                }
                (self.regime.sigma(), None)
            }
            Source::Replay(series) => {
                let point = series.points().get(usize::try_from(self.next).ok()?)?;
                match series.kind() {
                    Kind::Volatility => {
                        self.regime = Regime::of_index(point.value);
                        (ppm::mul(point.value, SIGMA_PER_POINT), None)
                    }
                    Kind::Demand => {
                        let first = series.points().first()?.value;
                        let level = ppm::ratio(point.value.unsigned_abs().into(), first.unsigned_abs().into());
                        let before = self.demand;
                        let level = level.clamp(DEMAND_MIN, DEMAND_MAX);
                        // The size of the move is all that a level series tells about the regime.
                        let sigma = ppm::ratio(level.abs_diff(before).into(), before.unsigned_abs().into());
                        self.regime = Regime::of_sigma(sigma);
                        (self.regime.sigma(), Some(level))
                    }
                }
            }
        };
        let jumped = match replayed {
            Some(level) => {
                self.demand = level;
                false
            }
            None if self.next == 0 => false,
            None => self.grow(sigma),
        };
        let day = Day { index: self.next, regime: self.regime, demand: self.demand, sigma, jumped };
        self.next += 1;
        Some(day)
    }
}

/// Daily deviation of demand for each point of a volatility index, ppm: an index of 20 is 3 % a day, the normal regime's
/// figure. An equity index says how the weather changes, not how high a token's waves are, so only the scale is ours.
pub const SIGMA_PER_POINT: i64 = 1_500;
