//! Rewards shared in proportion to weights: a stream that feeds an index, and what each account has earned of it.
//!
//! One pool streams a funded amount at a constant rate; the index adds up what one unit of weight has earned, in
//! [`RAY`], and never falls. An account's part is its weight times the rise of the index since it was last settled.
//! Vault and gauges use the same code, so the sum of all parts never exceeds what was funded, in either of them.
//!
//! Rounding, always in favour of the pool: the index down, an account's part down, what the index has given away up.
//! The difference, and whatever streams while nobody has any weight, stays in [`Pool::unallocated`] and is streamed with
//! the next funding, so that no base unit is lost or given to the first who comes.
//!
//! Widths: with everything ever funded at or below [`MAX_FUNDED`] = 2^96 base units, the index stays below
//! 2^96 * 10^27 < 2^186 even at a total weight of one unit, and every product below 2^186 * 2^64.

use ruint::aliases::U256;

use crate::fixed::{MathError, RAY};

#[cfg(test)]
mod tests;

/// Most that a pool can ever be given, base units.
pub const MAX_FUNDED: u128 = 1 << 96;

/// A pool of weights and the stream it shares. Amounts are base units, moments seconds of `block.timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Pool {
    /// Base units earned by one unit of weight since the beginning, in [`RAY`].
    pub index: U256,
    /// When the index was last brought up to date.
    pub updated_at: u64,
    /// Base units that stream per second.
    pub rate: u128,
    /// When the stream ends.
    pub ends_at: u64,
    /// Funded, but neither streaming nor given away.
    pub unallocated: u128,
    /// Sum of all weights.
    pub weight: u128,
    /// Funded since the beginning.
    pub funded: u128,
}

/// Why a pool refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum RewardError {
    /// The moment lies before the last one.
    Backwards {
        /// The moment given.
        now: u64,
        /// The last one.
        last: u64,
    },
    /// The funding would take the sum of all fundings above [`MAX_FUNDED`].
    TooMuch {
        /// The sum before.
        funded: u128,
        /// The amount offered.
        amount: u128,
    },
    /// A number left its range; impossible while every weight is part of the pool's.
    Math(MathError),
}

impl From<MathError> for RewardError {
    fn from(error: MathError) -> Self {
        Self::Math(error)
    }
}

impl Pool {
    /// Brings the index to `now`. Call it before every change of a weight, of the stream, or of what a weight means.
    ///
    /// # Errors
    /// [`RewardError::Backwards`] for a moment before the last one.
    pub fn accrue(&mut self, now: u64) -> Result<(), RewardError> {
        let last = self.updated_at;
        if now < last {
            return Err(RewardError::Backwards { now, last });
        }
        let streamed = now.min(self.ends_at).saturating_sub(last);
        self.updated_at = now;
        let amount = self.rate.checked_mul(u128::from(streamed)).ok_or(MathError::Overflow)?;
        self.share(amount)
    }

    /// Gives `amount` to the weights there are, or keeps it where there are none.
    fn share(&mut self, amount: u128) -> Result<(), RewardError> {
        let given = match self.index_step(amount)? {
            None => 0,
            Some(step) => {
                self.index = self.index.checked_add(step).ok_or(MathError::Overflow)?;
                part_up(self.weight, step)?
            }
        };
        // The step was rounded down, so what it gives is at most `amount`.
        let kept = amount.checked_sub(given).ok_or(MathError::Underflow)?;
        self.unallocated = self.unallocated.checked_add(kept).ok_or(MathError::Overflow)?;
        Ok(())
    }

    /// Rise of the index for `amount`, rounded down; `None` while nobody has any weight.
    fn index_step(&self, amount: u128) -> Result<Option<U256>, MathError> {
        // Amounts stay at or below 2^96: the product stays below 2^186.
        let scaled = U256::from(amount).checked_mul(RAY).ok_or(MathError::Overflow)?;
        Ok(scaled.checked_div(U256::from(self.weight)))
    }

    /// Adds `amount` and streams it, with what is left of the stream before and what was kept, over `duration` seconds.
    ///
    /// # Errors
    /// [`RewardError::TooMuch`]; [`MathError::DivisionByZero`] for a duration of zero; as [`Pool::accrue`].
    pub fn fund(&mut self, now: u64, amount: u128, duration: u32) -> Result<(), RewardError> {
        let seconds = u128::from(duration);
        if seconds == 0 {
            return Err(MathError::DivisionByZero.into());
        }
        self.accrue(now)?;
        self.keep(amount)?;
        let left = self.rate.checked_mul(u128::from(self.ends_at.saturating_sub(now))).ok_or(MathError::Overflow)?;
        let total = self.unallocated.checked_add(left).ok_or(MathError::Overflow)?;
        self.rate = total.checked_div(seconds).ok_or(MathError::DivisionByZero)?;
        self.unallocated = total.checked_rem(seconds).ok_or(MathError::DivisionByZero)?;
        self.ends_at = now.checked_add(u64::from(duration)).ok_or(MathError::Overflow)?;
        Ok(())
    }

    /// Adds `amount` without streaming it: the next funding does.
    ///
    /// # Errors
    /// [`RewardError::TooMuch`].
    pub fn keep(&mut self, amount: u128) -> Result<(), RewardError> {
        let funded = self.funded;
        let sum = funded.checked_add(amount).filter(|sum| *sum <= MAX_FUNDED);
        self.funded = sum.ok_or(RewardError::TooMuch { funded, amount })?;
        self.unallocated = self.unallocated.checked_add(amount).ok_or(MathError::Overflow)?;
        Ok(())
    }

    /// Ends the stream at `now` and returns what it has not given away, base units. What the weights have earned stays.
    ///
    /// # Errors
    /// As [`Pool::accrue`].
    pub fn close(&mut self, now: u64) -> Result<u128, RewardError> {
        self.accrue(now)?;
        let held = self.held()?;
        self.funded = self.funded.checked_sub(held).ok_or(MathError::Underflow)?;
        (self.rate, self.ends_at, self.unallocated) = (0, now, 0);
        Ok(held)
    }

    /// Settles an account of this pool at the present index and gives it a new weight. The pool must be at `now`.
    ///
    /// # Errors
    /// [`RewardError::Math`] if the account's weight is not part of the pool's.
    pub fn reweigh(&mut self, account: &mut Account, weight: u128) -> Result<(), RewardError> {
        let others = self.weight.checked_sub(account.weight).ok_or(MathError::Underflow)?;
        let sum = others.checked_add(weight).ok_or(MathError::Overflow)?;
        account.settle(self.index)?;
        (self.weight, account.weight) = (sum, weight);
        Ok(())
    }

    /// Base units of the funding that no index step has given away yet.
    ///
    /// # Errors
    /// [`MathError::Overflow`] never for a pool made by this module.
    pub fn held(&self) -> Result<u128, MathError> {
        let streaming = self.ends_at.saturating_sub(self.updated_at);
        let left = self.rate.checked_mul(u128::from(streaming)).ok_or(MathError::Overflow)?;
        left.checked_add(self.unallocated).ok_or(MathError::Overflow)
    }
}

/// One account's weight in a pool and what it has earned.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Account {
    /// Its weight.
    pub weight: u128,
    /// The pool's index when it was last settled, in [`RAY`].
    pub paid: U256,
    /// Earned and not claimed, base units.
    pub owed: u128,
}

impl Account {
    /// Adds what the weight has earned up to `index`, rounded down.
    ///
    /// # Errors
    /// [`MathError`] if the index fell or the weight is not part of the pool's.
    pub fn settle(&mut self, index: U256) -> Result<(), MathError> {
        let rise = index.checked_sub(self.paid).ok_or(MathError::Underflow)?;
        let earned = part_down(self.weight, rise)?;
        self.owed = self.owed.checked_add(earned).ok_or(MathError::Overflow)?;
        self.paid = index;
        Ok(())
    }
}

/// weight * rise / RAY, rounded down.
fn part_down(weight: u128, rise: U256) -> Result<u128, MathError> {
    let product = U256::from(weight).checked_mul(rise).ok_or(MathError::Overflow)?;
    let part = product.checked_div(RAY).ok_or(MathError::DivisionByZero)?;
    u128::try_from(part).map_err(|_| MathError::Overflow)
}

/// weight * rise / RAY, rounded up.
fn part_up(weight: u128, rise: U256) -> Result<u128, MathError> {
    let product = U256::from(weight).checked_mul(rise).ok_or(MathError::Overflow)?;
    // One below, divided down, plus one: the ceiling of everything but zero.
    let Some(below) = product.checked_sub(U256::ONE) else { return Ok(0) };
    let part = below.checked_div(RAY).ok_or(MathError::DivisionByZero)?;
    u128::try_from(part).ok().and_then(|part| part.checked_add(1)).ok_or(MathError::Overflow)
}
