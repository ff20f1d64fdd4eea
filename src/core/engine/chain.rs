//! The watch over what the chain itself shows: figures that nobody signs, read by the controller from token and vault.

use super::breaker::{trip_all, BreakerConfig};
use super::event::Reason;
use super::ledger::{key, Ledger};
use super::state::{Config, Progress};
use super::Violation;
use crate::kpi;
use crate::word::{low32, pack, unpack};

/// Time over which growth of supply is measured, seconds: 30 days, as the attested KPI is.
pub const GROWTH_WINDOW: u32 = 2_592_000;
/// The same, as a divisor of signed numbers.
const WINDOW: i64 = GROWTH_WINDOW as i64;

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

/// Takes a reading of supply and stakes (base units), and trips the breaker on growth of supply beyond its limit or on a
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
    let allowed = i64::from(limits.max_supply_growth).saturating_mul(i64::from(elapsed).max(WINDOW));
    let allowed = allowed / WINDOW;
    let growth = kpi::change(supply, reference.supply).map_or(0, i64::from);
    let floor = i64::from(limits.min_staking);
    let ratio = staked.and_then(|staked| kpi::ratio(staked, supply)).map_or(floor, i64::from);
    let grown = growth > allowed;
    let trip = if grown {
        Some((Reason::SupplyGrowth, growth, allowed))
    } else if ratio < floor {
        Some((Reason::StakingFloor, ratio, floor))
    } else {
        None
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
