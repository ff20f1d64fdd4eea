//! Time-weighted average price from a market's price accumulator, and the two guards of a trade that rest on it.
//!
//! A market adds up price * seconds, as Uniswap V2 does: quote units per token unit with [`FRACTION`] binary places, held
//! for as long as the price lasted, wrapping at 2^256. The difference of two readings over the time between them is the
//! average price. A price that is there for one block only has lasted zero seconds when that block ends it again, so no
//! trade within a block moves the average.
//!
//! Nothing here divides by a wide number: prices are compared through what they make a reserve or an output worth.

use ruint::aliases::U256;

use crate::fixed::{scale_wide_down, MathError, BPS};

#[cfg(test)]
mod tests;

/// Binary places of a price.
pub const FRACTION: usize = 112;
/// Least age of the reading an average starts from, and least time between two kept readings, seconds.
pub const MIN_AGE: u64 = 1_800;
/// Highest age of the reading an average starts from, seconds.
pub const MAX_AGE: u64 = 86_400;

/// A reading of the accumulator.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Observation {
    /// The accumulator.
    pub cumulative: U256,
    /// When it was read, seconds; 0 for never.
    pub at: u64,
}

/// The two latest readings that were kept.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Observations {
    /// The earlier one.
    pub older: Observation,
    /// The later one, [`MIN_AGE`] or more after it.
    pub newer: Observation,
}

/// Why there is no average, or a guard refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum TwapError {
    /// The latest reading is too young to keep another.
    TooSoon {
        /// When one can be kept.
        next: u64,
    },
    /// No reading is old enough.
    TooYoung {
        /// Age of the oldest one, seconds.
        age: u64,
    },
    /// The youngest reading that is old enough is too old, or there is none at all.
    TooOld {
        /// Its age, seconds.
        age: u64,
    },
    /// The present price is too far from the average.
    Deviates {
        /// Quote reserve that the average price implies, rounded down.
        implied: U256,
        /// Quote reserve there is.
        reserve: u128,
    },
    /// The output is worth too little at the average price.
    Short {
        /// What the output is worth, quote units, rounded down.
        worth: U256,
        /// Least it must be worth, quote units, rounded up.
        least: U256,
    },
    /// A number left its range, or time ran backwards.
    Math(MathError),
}

impl From<MathError> for TwapError {
    fn from(error: MathError) -> Self {
        Self::Math(error)
    }
}

impl Observations {
    /// Returns the readings after one more.
    ///
    /// # Errors
    /// [`TwapError::TooSoon`] less than [`MIN_AGE`] after the latest.
    pub fn observe(&self, cumulative: U256, now: u64) -> Result<Self, TwapError> {
        let next = self.newer.at.saturating_add(MIN_AGE);
        if self.newer.at != 0 && now < next {
            return Err(TwapError::TooSoon { next });
        }
        Ok(Self { older: self.newer, newer: Observation { cumulative, at: now } })
    }

    /// Returns the average price since the youngest reading that is old enough, rounded down.
    ///
    /// # Errors
    /// [`TwapError::TooYoung`] if both readings are younger than [`MIN_AGE`]; [`TwapError::TooOld`] if the youngest of those
    /// that are not is older than [`MAX_AGE`], or there is none; [`TwapError::Math`] if time ran backwards.
    pub fn average_down(&self, cumulative: U256, now: u64) -> Result<Price, TwapError> {
        let age = |reading: &Observation| now.checked_sub(reading.at).ok_or(MathError::Underflow);
        let young = age(&self.newer)? < MIN_AGE;
        let from = if young && self.older.at != 0 { self.older } else { self.newer };
        let elapsed = age(&from)?;
        if elapsed < MIN_AGE {
            return Err(TwapError::TooYoung { age: elapsed });
        }
        if elapsed > MAX_AGE {
            return Err(TwapError::TooOld { age: elapsed });
        }
        // The accumulator wraps; the difference of two readings does not care.
        let rise = cumulative.wrapping_sub(from.cumulative);
        Ok(Price(scale_wide_down(rise, 1, elapsed)?))
    }
}

/// Quote units per token unit, with [`FRACTION`] binary places.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Price(pub U256);

impl Price {
    /// Returns the quote units that `amount` token units are worth, rounded down.
    ///
    /// # Errors
    /// [`MathError::Overflow`] if the product exceeds 256 bits.
    pub fn worth_down(self, amount: u128) -> Result<U256, MathError> {
        let product = self.0.checked_mul(U256::from(amount)).ok_or(MathError::Overflow)?;
        Ok(product.wrapping_shr(FRACTION))
    }

    /// Refuses reserves whose price is more than `max_bps` away from this one, up or down.
    ///
    /// # Errors
    /// [`TwapError::Deviates`], [`TwapError::Math`].
    pub fn check_reserves(self, token: u128, quote: u128, max_bps: u16) -> Result<(), TwapError> {
        let implied = self.worth_down(token)?;
        let away = U256::from(quote).abs_diff(implied);
        // Both stay far below 2^256 for a worth in 144 bits; a larger one is an error.
        let away = away.checked_mul(U256::from(BPS)).ok_or(MathError::Overflow)?;
        let allowed = implied.checked_mul(U256::from(max_bps)).ok_or(MathError::Overflow)?;
        if away > allowed {
            return Err(TwapError::Deviates { implied, reserve: quote });
        }
        Ok(())
    }

    /// Refuses an output of `tokens` for `quote` that is worth less than `quote` minus `slippage_bps` of it.
    ///
    /// # Errors
    /// [`TwapError::Short`], [`TwapError::Math`].
    pub fn check_output(self, tokens: u128, quote: u128, slippage_bps: u16) -> Result<(), TwapError> {
        let worth = self.worth_down(tokens)?;
        // The loss rounded down, so what is left is rounded up.
        let least = scale_wide_down(U256::from(quote), slippage_bps.into(), BPS.into())?;
        let least = U256::from(quote).checked_sub(least).ok_or(MathError::Underflow)?;
        if worth < least {
            return Err(TwapError::Short { worth, least });
        }
        Ok(())
    }
}
