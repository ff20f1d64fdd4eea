//! Emission: what an epoch may mint, the minter's own limits, and the bound on supply growth.
//!
//! The limits are two leaky windows ([`crate::window`]) around every mint: [`YEARLY`], and that of [`epoch_window`].
//! Neither asks the controller for anything.
//!
//! Rounding: every amount is floor(supply * rate * time / (10^6 * one year)) of one exact product, so a mint is less
//! than one base unit below the integral of its rate, and never above it; n mints together lose less than n base
//! units. Nothing is carried over, so no order of calls can mint more than one call over the same time would.

use crate::fixed::{scale_wide_down, MathError};
use crate::param::{EMISSION, REMINT};
use crate::window::Shape;
use ruint::aliases::U256;

#[cfg(test)]
mod tests;

/// A year of 365 days in seconds, the time base of every yearly rate.
pub const YEAR: u32 = 31_536_000;
/// Most the minter's window lets through in a year, ppm of the supply at its start: the hard bound on emission.
pub const WINDOW_PPM: u32 = 50_000;
/// The yearly window: a year's emission at the hard bound as a burst, and that bound for ever after.
pub const YEARLY: Shape = Shape { numerator: WINDOW_PPM as u64, denominator: 1_000_000, period: YEAR };
/// Most supply growth over 30 days, ppm: a yearly 5 % (4,110 ppm) and a little re-mint.
pub const MAX_GROWTH: u32 = 4_500;

/// Epochs (of seven days) that 30 days can touch.
const EPOCHS_IN_30_DAYS: u64 = 5;
/// Parts per million times seconds of a year: the denominator of an amount.
const PPM_YEAR: u64 = 1_000_000 * YEAR as u64;

/// Returns what `seconds` mint of `supply` at `rate_ppm` (ppm of supply per year), in base units, rounded down.
///
/// # Errors
/// [`MathError::Overflow`] if the result exceeds 256 bits, which takes a rate above one supply.
pub fn epoch_amount(supply: U256, rate_ppm: u32, seconds: u32) -> Result<U256, MathError> {
    // The product of two 32-bit numbers fits.
    scale_wide_down(supply, u64::from(rate_ppm).saturating_mul(u64::from(seconds)), PPM_YEAR)
}

/// Returns the window of an epoch of `seconds`: its cap is twice what one epoch mints, emission and re-mint together, at
/// the highest values that anybody can set, and that much leaks in an epoch.
#[must_use]
pub fn epoch_window(seconds: u32) -> Shape {
    let ((_, rate), (_, remint)) = (EMISSION.hard_range(), REMINT.hard_range());
    let emission = u64::from(rate).saturating_mul(u64::from(seconds));
    let remint = u64::from(remint).saturating_mul(u64::from(YEAR));
    // Both bounds are constants below 2^17, so nothing saturates.
    let numerator = emission.saturating_add(remint).saturating_mul(2);
    Shape { numerator, denominator: PPM_YEAR, period: seconds }
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
