//! The watch over what the chain itself shows: figures that nobody signs, read by the controller from token and vault.

use super::breaker::{trip_all, BreakerConfig};
use super::event::Reason;
use super::ledger::{key, Ledger};
use super::state::{Config, Progress};
use super::Violation;
use crate::word::{low32, pack, unpack};

/// Time over which growth of supply is measured, seconds: 30 days, as the attested KPI is.
pub const GROWTH_WINDOW: u32 = 2_592_000;
/// The same, as a divisor.
const WINDOW: u64 = GROWTH_WINDOW as u64;
/// Highest supply that can be read, base units: 2^96.
pub const MAX_SUPPLY: u128 = 1 << 96;

/// The supply that growth is measured against.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Reference {
    /// Supply then, base units; 0 before the first observation.
    pub supply: u128,
    /// When, seconds.
    pub at: u32,
}

/// Widths in bytes: supply in halves, moment.
const REFERENCE: [u8; 3] = [8, 8, 4];

impl Reference {
    /// Reads the word.
    #[must_use]
    pub fn load<L: Ledger + ?Sized>(l: &L) -> Self {
        let [high, low, at] = unpack(&REFERENCE, &l.load(key::SUPPLY));
        Self { supply: (u128::from(high) << 64) | u128::from(low), at: low32(at) }
    }

    #[allow(clippy::cast_possible_truncation)] // the two halves
    fn save<L: Ledger + ?Sized>(self, l: &mut L) {
        let word = pack(&REFERENCE, &[(self.supply >> 64) as u64, self.supply as u64, self.at.into()]);
        l.save(key::SUPPLY, word);
    }
}

/// Whether part / whole lies below `limit` units of 2^-16, exactly: amounts stay at or below [`MAX_SUPPLY`] and limits
/// below 2^28, so no product reaches 2^128.
fn below(part: u128, whole: u128, limit: u64) -> bool {
    part.saturating_mul(1 << 16) < whole.saturating_mul(limit.into())
}

/// part / whole in units of 2^-16 for the log, rounded down from the leading 47 bits of the two: a division of 128 bits
/// would be the larger half of this file in a module.
#[allow(clippy::cast_possible_truncation)] // below 2^47 by the loop
fn share(mut part: u128, mut whole: u128) -> i64 {
    while (part | whole) >> 47 != 0 {
        part >>= 1;
        whole >>= 1;
    }
    signed(((part as u64) << 16).checked_div(whole as u64).unwrap_or(u64::MAX))
}

/// A number of the log.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Takes a reading of supply and stakes (base units, at most [`MAX_SUPPLY`] each), and trips the breaker on growth of supply beyond its limit or on a
/// staking ratio below its floor. Returns whether it did.
///
/// Growth is measured against a reference that is renewed every [`GROWTH_WINDOW`] and by a trip; a reference older than
/// that allows more in proportion, so that nobody gains by leaving the reading out. Two windows next to each other can
/// hide up to twice the limit within 30 days of their own. While everything is halted a reading trips nothing more, so
/// a halt ends by itself; the next reading may then trip anew.
///
/// # Errors
/// [`Violation::not_initialised`].
pub fn observe<L: Ledger + ?Sized>(l: &mut L, now: u32, supply: u128, staked: Option<u128>) -> Result<bool, Violation> {
    let mut config = Config::load(l)?;
    let limits = BreakerConfig::load(l, &config);
    let reference = Reference::load(l);
    let elapsed = now.saturating_sub(reference.at);
    // A limit of at most one (2^16) times at most 2^32 seconds.
    let allowed = u64::from(limits.max_supply_growth).saturating_mul(u64::from(elapsed.max(GROWTH_WINDOW)));
    let allowed = allowed / WINDOW;
    let floor = u64::from(limits.min_staking);
    let rise = supply.saturating_sub(reference.supply);
    let grown = reference.supply != 0 && !below(rise, reference.supply, allowed.saturating_add(1));
    let staked = staked.filter(|staked| below(*staked, supply, floor));
    // The shares of the log are rounded; the exact comparison knows on which side of the limit they lie.
    let trip = match staked {
        _ if grown => {
            let value = share(rise, reference.supply).max(signed(allowed.saturating_add(1)));
            Some((Reason::SupplyGrowth, value, signed(allowed)))
        }
        Some(staked) => {
            let value = share(staked, supply).min(signed(floor.saturating_sub(1)));
            Some((Reason::StakingFloor, value, signed(floor)))
        }
        None => None,
    };
    let trip = trip.filter(|_| config.halt.until <= now);
    if elapsed >= GROWTH_WINDOW || (grown && trip.is_some()) {
        Reference { supply, at: now }.save(l);
    }
    if let Some(trip) = trip {
        let mut progress = Progress::load(l);
        trip_all(l, &mut config, &mut progress, now, trip);
        config.save(l);
        progress.save(l);
    }
    Ok(trip.is_some())
}
