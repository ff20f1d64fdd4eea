//! Emission: what an epoch may mint, the minter's own limits, and the bound on supply growth.
//!
//! Rounding: every amount is floor(supply * rate * time / (10^6 * one year)) of one exact product, so a mint is less
//! than one base unit below the integral of its rate, and never above it; n mints together lose less than n base
//! units. Nothing is carried over, so no order of calls can mint more than one call over the same time would.

use crate::fixed::MathError;
use crate::param::EMISSION;
use ruint::aliases::U256;

#[cfg(test)]
mod tests;

/// A year of 365 days in seconds, the time base of every yearly rate.
pub const YEAR: u32 = 31_536_000;
/// Most the minter's window lets through in a year, ppm of the supply at its start: the hard bound on emission.
pub const WINDOW_PPM: u32 = 50_000;
/// Most supply growth over 30 days, ppm: a yearly 5 % (4,110 ppm) and a little re-mint.
pub const MAX_GROWTH: u32 = 4_500;

/// Epochs (of seven days) that 30 days can touch.
const EPOCHS_IN_30_DAYS: u64 = 5;
/// Parts per million times seconds of a year: the denominator of an amount.
const PPM_YEAR: u64 = 1_000_000 * YEAR as u64;

/// Returns floor(amount * factor / divisor) through a 320-bit product: exact for every amount, and a fraction of the
/// wasm bytes of the general 512-bit division.
fn scale(amount: U256, factor: u64, divisor: u64) -> Result<U256, MathError> {
    let mut limbs = [0u64; 5];
    let mut carry = 0u128;
    for (limb, from) in limbs.iter_mut().zip(amount.as_limbs().iter().chain(&[0])) {
        // (2^64 - 1)^2 + 2^64 - 1 < 2^128: nothing wraps.
        let sum = u128::from(*from).wrapping_mul(u128::from(factor)).wrapping_add(carry);
        (*limb, carry) = (low(sum), sum >> 64);
    }
    let mut rest = 0u128;
    for limb in limbs.iter_mut().rev() {
        // The remainder is below the divisor, so the quotient fits one limb.
        let dividend = (rest << 64) | u128::from(*limb);
        *limb = low(dividend.checked_div(u128::from(divisor)).ok_or(MathError::DivisionByZero)?);
        rest = dividend.checked_rem(u128::from(divisor)).ok_or(MathError::DivisionByZero)?;
    }
    match limbs {
        [a, b, c, d, 0] => Ok(U256::from_limbs([a, b, c, d])),
        _ => Err(MathError::Overflow),
    }
}

/// The low 64 bits.
#[allow(clippy::cast_possible_truncation)]
fn low(value: u128) -> u64 {
    value as u64
}

/// Returns what `seconds` mint of `supply` at `rate_ppm` (ppm of supply per year), in base units, rounded down.
///
/// # Errors
/// [`MathError::Overflow`] if the result exceeds 256 bits, which takes a rate above one supply.
pub fn epoch_amount(supply: U256, rate_ppm: u32, seconds: u32) -> Result<U256, MathError> {
    // The product of two 32-bit numbers fits.
    scale(supply, u64::from(rate_ppm).saturating_mul(u64::from(seconds)), PPM_YEAR)
}

/// Returns the most the minter may mint in one epoch of `seconds`, whatever the controller says: twice what the
/// highest rate anybody can set would mint.
///
/// # Errors
/// [`MathError::Overflow`] if the result exceeds 256 bits.
pub fn epoch_limit(supply: U256, seconds: u32) -> Result<U256, MathError> {
    let (_, highest) = EMISSION.hard_range();
    epoch_amount(supply, highest.saturating_mul(2), seconds)
}

/// Returns the number of the epoch that holds `now`, for epochs of `seconds` counted from `genesis`; `None` before
/// genesis or for a length of zero.
#[must_use]
pub fn epoch_at(now: u64, genesis: u64, seconds: u32) -> Option<u64> {
    now.checked_sub(genesis)?.checked_div(u64::from(seconds))
}

/// Returns worst-case supply growth over 30 days in ppm, rounded up: the emission of 30 of 365 days, and a full
/// re-mint in each of the five epochs that 30 days can touch.
#[must_use]
pub fn supply_growth(emission_ppm_year: u32, remint_ppm_epoch: u32) -> u32 {
    let remint = u64::from(remint_ppm_epoch).saturating_mul(EPOCHS_IN_30_DAYS);
    u32::try_from(growth_of(emission_ppm_year).saturating_add(remint)).unwrap_or(u32::MAX)
}

/// ppm of supply that 30 days of an emission rate mint, rounded up.
fn growth_of(emission_ppm_year: u32) -> u64 {
    u64::from(emission_ppm_year).saturating_mul(30).div_ceil(365)
}

/// Returns the highest emission rate whose [`supply_growth`] with this re-mint cap stays at or below `max`; 0 if even
/// none does.
#[must_use]
pub fn emission_room(max: u32, remint_ppm_epoch: u32) -> u32 {
    let remint = u64::from(remint_ppm_epoch).saturating_mul(EPOCHS_IN_30_DAYS);
    let room = u64::from(max).saturating_sub(remint).saturating_mul(365) / 30;
    u32::try_from(room).unwrap_or(u32::MAX)
}

/// Returns the highest re-mint cap whose [`supply_growth`] with this emission rate stays at or below `max`; 0 if even
/// none does.
#[must_use]
pub fn remint_room(max: u32, emission_ppm_year: u32) -> u32 {
    let room = u64::from(max).saturating_sub(growth_of(emission_ppm_year)) / EPOCHS_IN_30_DAYS;
    u32::try_from(room).unwrap_or(u32::MAX)
}

/// The minter's yearly limit: a leaky window.
///
/// Each mint raises the level; the level falls linearly, by one cap a year; no mint may raise it above the cap. So
/// over any time T no more than cap * (1 + T / 365 d) gets through: a year's emission at most as a burst, and 5 % a
/// year for ever after. The cap is [`WINDOW_PPM`] of the supply at the window's start; the start moves to the first
/// mint that comes 365 days or more after it, and the level stays. Amounts are base units, moments are seconds of
/// `block.timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MintWindow {
    /// Level at [`MintWindow::updated_at`].
    pub level: U256,
    /// Supply at the window's start.
    pub base_supply: U256,
    /// Start of the window.
    pub started_at: u64,
    /// When the level was last written.
    pub updated_at: u64,
}

/// Why the window lets a mint not through.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum WindowError {
    /// The mint would raise the level above the cap.
    Exceeded {
        /// Level now.
        level: U256,
        /// Amount asked for.
        amount: U256,
        /// Highest level.
        cap: U256,
    },
    /// The moment lies before the last one.
    Backwards {
        /// The moment given.
        now: u64,
        /// The last one.
        last: u64,
    },
    /// An amount exceeds 256 bits.
    Math(MathError),
}

impl From<MathError> for WindowError {
    fn from(error: MathError) -> Self {
        Self::Math(error)
    }
}

impl MintWindow {
    /// Returns an empty window that starts now.
    #[must_use]
    pub fn new(now: u64, supply: U256) -> Self {
        Self { level: U256::ZERO, base_supply: supply, started_at: now, updated_at: now }
    }

    /// Returns the highest level, rounded down.
    ///
    /// # Errors
    /// [`MathError::Overflow`] never for a supply of 256 bits, since the cap is a fraction of it; it stands for a
    /// changed constant.
    pub fn cap(&self) -> Result<U256, MathError> {
        scale(self.base_supply, u64::from(WINDOW_PPM), 1_000_000)
    }

    /// Returns the level at `now`, the leak rounded down.
    ///
    /// # Errors
    /// [`WindowError::Backwards`] for a moment before the last one.
    pub fn level_at(&self, now: u64) -> Result<U256, WindowError> {
        let last = self.updated_at;
        let elapsed = now.checked_sub(last).ok_or(WindowError::Backwards { now, last })?;
        // At most one cap leaks between two mints. That empties any window but one whose cap has just shrunk.
        let leak = scale(self.cap()?, elapsed.min(u64::from(YEAR)), u64::from(YEAR))?;
        Ok(self.level.saturating_sub(leak))
    }

    /// Returns the window after a mint of `amount` at `now`, with `supply` as it was before the mint.
    ///
    /// # Errors
    /// [`WindowError::Exceeded`] if the mint would raise the level above the cap, and as [`MintWindow::level_at`].
    pub fn add(&self, now: u64, supply: U256, amount: U256) -> Result<Self, WindowError> {
        let level = self.level_at(now)?;
        let ends = self.started_at.saturating_add(u64::from(YEAR));
        let mut next = Self { level, updated_at: now, ..*self };
        if now >= ends {
            (next.base_supply, next.started_at) = (supply, now);
        }
        let cap = next.cap()?;
        next.level =
            level.checked_add(amount).filter(|sum| *sum <= cap).ok_or(WindowError::Exceeded { level, amount, cap })?;
        Ok(next)
    }
}
