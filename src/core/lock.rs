//! Locks: what a locked stake weighs, and what leaving before the end costs.
//!
//! A curve gives the multiplier of a lock by its length: linear between five knots, in basis points, rounded down. It
//! starts at one and never falls, so a longer lock never weighs less and every stake weighs at least its amount. The
//! weight of a stake is amount * multiplier / 10,000, rounded down. Leaving early costs
//! amount * penalty / 10,000 * time left / length of the lock, rounded up: in favour of those who stay.
//!
//! Widths: with amounts at or below [`MAX_AMOUNT`] = 2^96 - 1 base units every product here stays below 2^138.

use ruint::aliases::U256;

use crate::fixed::{MathError, BPS};

#[cfg(test)]
mod tests;

/// Number of knots of a curve.
pub const KNOTS: usize = 5;
/// Seconds in a day.
pub const DAY: u32 = 86_400;
/// Lengths of lock at the knots, seconds.
pub const LENGTHS: [u32; KNOTS] = [0, 30 * DAY, 90 * DAY, 180 * DAY, MAX_LOCK];
/// Longest lock, seconds.
pub const MAX_LOCK: u32 = 365 * DAY;
/// Highest multiplier, bps.
pub const MAX_MULTIPLIER: u16 = 40_000;
/// Multiplier of a stake without a lock, bps.
pub const NEUTRAL: u16 = 10_000;
/// Highest penalty of leaving at the very beginning of a lock, bps of the amount.
pub const MAX_PENALTY: u16 = 5_000;
/// Largest amount, and largest sum of amounts, base units.
pub const MAX_AMOUNT: u128 = (1 << 96) - 1;
/// Most that a new curve may add to the sum of all weights, bps.
pub const MAX_RISE: u16 = 200;

/// Why five numbers are no curve.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum CurveError {
    /// There are not five of them.
    Knots {
        /// How many there are.
        count: usize,
    },
    /// A multiplier is outside of its range: the first must be [`NEUTRAL`], each of the others at least the one before
    /// and at most [`MAX_MULTIPLIER`].
    Knot {
        /// Number of the knot.
        knot: u8,
        /// Its multiplier, bps.
        multiplier: u32,
        /// Lowest allowed, bps.
        min: u16,
        /// Highest allowed, bps.
        max: u16,
    },
}

/// Multipliers at [`LENGTHS`], bps: the first one is [`NEUTRAL`], none is below the one before or above
/// [`MAX_MULTIPLIER`].
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Curve([u16; KNOTS]);

impl Curve {
    /// The curve on which no lock weighs more than its amount.
    pub const FLAT: Self = Self([NEUTRAL; KNOTS]);

    /// Makes a curve of five multipliers in bps.
    ///
    /// # Errors
    /// [`CurveError`].
    pub fn new(multipliers: &[u32]) -> Result<Self, CurveError> {
        if multipliers.len() != KNOTS {
            return Err(CurveError::Knots { count: multipliers.len() });
        }
        let (mut knots, mut min, mut max) = ([NEUTRAL; KNOTS], NEUTRAL, NEUTRAL);
        for ((place, multiplier), knot) in knots.iter_mut().zip(multipliers).zip(0..) {
            let fits = u16::try_from(*multiplier).ok().filter(|fits| (min..=max).contains(fits));
            min = fits.ok_or(CurveError::Knot { knot, multiplier: *multiplier, min, max })?;
            (*place, max) = (min, MAX_MULTIPLIER);
        }
        Ok(Self(knots))
    }

    /// Takes back what [`Curve::knots`] gave.
    #[must_use]
    pub const fn stored(knots: [u16; KNOTS]) -> Self {
        Self(knots)
    }

    /// Returns the multipliers at the knots, bps.
    #[must_use]
    pub const fn knots(&self) -> [u16; KNOTS] {
        self.0
    }

    /// Returns the multiplier of a lock of `length` seconds, bps, rounded down; beyond [`MAX_LOCK`] that of
    /// [`MAX_LOCK`].
    #[must_use]
    pub fn multiplier(&self, length: u32) -> u16 {
        let (mut from, mut low) = (0, NEUTRAL);
        for (to, high) in LENGTHS.iter().zip(self.0) {
            if length < *to {
                // At most 40,000 * 365 days < 2^41, over a span that is never empty.
                let rise = u64::from(high.saturating_sub(low));
                let part = rise.saturating_mul(length.saturating_sub(from).into());
                let step = part.checked_div(to.saturating_sub(from).into()).unwrap_or(0);
                return u16::try_from(step).map_or(high, |step| low.saturating_add(step));
            }
            (from, low) = (*to, high);
        }
        low
    }

    /// Returns a bound on what `next` in place of this curve adds to the sum of all weights, and the most it may add,
    /// both in base units, the first rounded up and the second down; `None` if `next` passes anyway.
    ///
    /// The sum over all locks cannot be formed on chain, so one of two sufficient conditions must hold. Either no length
    /// of lock weighs more than [`MAX_RISE`] more than before (the ratio of two curves is highest at a knot); or the
    /// highest rise of a knot, taken on the whole `staked` amount, is at most [`MAX_RISE`] of the present `weight`.
    ///
    /// # Errors
    /// [`MathError::Overflow`] for amounts beyond [`MAX_AMOUNT`].
    pub fn rise(&self, next: &Self, staked: u128, weight: u128) -> Result<Option<(u128, u128)>, MathError> {
        let (mut highest, mut gentle) = (0, true);
        for (old, new) in self.0.iter().zip(&next.0) {
            let rise = u32::from(new.saturating_sub(*old));
            // 40,000 * 10,000 < 2^29.
            gentle &= rise.saturating_mul(BPS) <= u32::from(*old).saturating_mul(MAX_RISE.into());
            highest = highest.max(rise);
        }
        let added = parts(staked, highest)?.div_ceil(BPS.into());
        let limit = parts(weight, MAX_RISE.into())?.checked_div(BPS.into()).unwrap_or(0);
        Ok((!gentle && added > limit).then_some((added, limit)))
    }
}

/// amount * bps.
fn parts(amount: u128, bps: u32) -> Result<u128, MathError> {
    amount.checked_mul(bps.into()).ok_or(MathError::Overflow)
}

/// Returns the weight of `amount` base units at a multiplier in bps: amount * multiplier / 10,000, rounded down.
///
/// # Errors
/// [`MathError::Overflow`] if the product exceeds 128 bits, which it does for no amount up to [`MAX_AMOUNT`].
pub fn weight_down(amount: u128, multiplier: u16) -> Result<u128, MathError> {
    parts(amount, multiplier.into())?.checked_div(BPS.into()).ok_or(MathError::DivisionByZero)
}

/// Returns what leaving with `amount` base units costs when `left` of `length` seconds remain and leaving at the very
/// beginning costs `penalty` bps: amount * penalty * left / (10,000 * length), rounded up.
///
/// # Errors
/// [`MathError::DivisionByZero`] for a length of zero.
pub fn penalty_up(amount: u128, penalty: u16, left: u32, length: u32) -> Result<u128, MathError> {
    // Below 2^128 * 2^16 * 2^32, and 2^14 * 2^32.
    let share = u64::from(penalty).saturating_mul(left.into());
    let product = U256::from(amount).checked_mul(U256::from(share)).ok_or(MathError::Overflow)?;
    let whole = U256::from(u64::from(BPS).saturating_mul(length.into()));
    let cost = product.checked_div(whole).ok_or(MathError::DivisionByZero)?;
    let exact = cost.checked_mul(whole) == Some(product);
    let cost = u128::try_from(cost).map_err(|_| MathError::Overflow)?;
    cost.checked_add(u128::from(!exact)).ok_or(MathError::Overflow)
}

/// One locked stake. Once its lock has ended it weighs what a stake without a lock weighs, as soon as it is weighed again.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Position {
    /// Staked, base units; 0 for a position that does not exist.
    pub amount: u128,
    /// Multiplier that its weight is counted with, bps.
    pub multiplier: u16,
    /// Length of its lock, seconds.
    pub length: u32,
    /// When the lock ends, seconds of `block.timestamp`.
    pub ends_at: u64,
}

impl Position {
    /// Returns a new stake, locked for `length` seconds from `now`.
    #[must_use]
    pub fn open(amount: u128, length: u32, now: u64, curve: &Curve) -> Self {
        let ends_at = now.saturating_add(length.into());
        Self { amount, multiplier: curve.multiplier(length), length, ends_at }
    }

    /// Returns its weight as it is counted, rounded down.
    ///
    /// # Errors
    /// As [`weight_down`].
    pub fn weight(&self) -> Result<u128, MathError> {
        weight_down(self.amount, self.multiplier)
    }

    /// Returns the seconds until the lock ends; 0 once it has.
    #[must_use]
    pub fn left(&self, now: u64) -> u32 {
        let left = self.ends_at.saturating_sub(now);
        // A lock never has more left than its length.
        u32::try_from(left).unwrap_or(self.length).min(self.length)
    }

    /// Weighs it again: a live lock keeps the better of its multiplier and the curve's at the lock's length; a lock that
    /// has ended becomes a stake without one.
    pub fn reweigh(&mut self, now: u64, curve: &Curve) {
        if self.left(now) == 0 {
            (self.multiplier, self.length) = (NEUTRAL, 0);
        } else {
            self.multiplier = self.multiplier.max(curve.multiplier(self.length));
        }
    }

    /// Locks it anew for `length` seconds from `now`, with the better of its multiplier and the curve's. The length must
    /// be at least that of a live lock: otherwise the multiplier of a long one could be kept by many short ones.
    ///
    /// # Errors
    /// The length of the live lock, seconds, if `length` is below it.
    pub fn extend(&mut self, length: u32, now: u64, curve: &Curve) -> Result<(), u32> {
        self.reweigh(now, curve);
        if length < self.length {
            return Err(self.length);
        }
        self.length = length;
        self.ends_at = now.saturating_add(length.into());
        self.multiplier = self.multiplier.max(curve.multiplier(length));
        Ok(())
    }

    /// Returns what leaving now costs, rounded up: nothing once the lock has ended.
    ///
    /// # Errors
    /// [`MathError::Overflow`] never for a penalty up to [`MAX_PENALTY`].
    pub fn cost(&self, penalty: u16, now: u64) -> Result<u128, MathError> {
        match self.left(now) {
            0 => Ok(0),
            left => penalty_up(self.amount, penalty, left, self.length),
        }
    }
}
