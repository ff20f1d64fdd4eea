//! The watch over what the chain itself shows: figures that nobody signs, read by the controller from the contracts.

use super::breaker::{trip_all, BreakerConfig};
use super::event::Reason;
use super::ledger::{key, Ledger};
use super::state::{Config, Progress};
use super::Violation;
use crate::word::{halves, join};

/// Time over which the movements are measured, seconds: 30 days, as the attested growth of supply is.
pub const GROWTH_WINDOW: u32 = 2_592_000;
/// The same, as a divisor.
const WINDOW: u64 = GROWTH_WINDOW as u64;
/// Highest amount that can be read, base units: 2^96.
pub const MAX_SUPPLY: u128 = 1 << 96;
/// A turnout of everything that may vote.
pub const ONE: u128 = 65_536;

/// One reading of all sources at one moment. Amounts in base units, at most [`MAX_SUPPLY`]; `None` for a source that is not
/// watched. Which are watched stays the same from one reading to the next, or [`forget`] comes between.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Readings {
    /// Tokens in existence.
    pub supply: u128,
    /// Tokens staked.
    pub staked: Option<u128>,
    /// Tokens the minter has minted in all. Without it only what the supply fell by on balance counts as burned.
    pub minted: Option<u128>,
    /// Tokens the treasury is free to spend.
    pub treasury: Option<u128>,
    /// Votes cast in the last decided proposal, as a share of what could vote, in units of 2^-16: at most [`ONE`].
    pub turnout: Option<u128>,
}

/// The readings that movements are measured against.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Reference {
    /// Supply then, base units; 0 before the first observation.
    pub supply: u128,
    /// When, seconds.
    pub at: u32,
    /// Minted in all by then, base units; 0 if not watched.
    pub minted: u128,
    /// Free funds of the treasury then, base units; 0 if not watched.
    pub treasury: u128,
}

/// Bits below the moment in its half of a word.
const MOMENT: u32 = 96;

impl Reference {
    /// Reads the two words: supply, moment; minted, treasury.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // the upper 32 bits
    pub fn load<L: Ledger + ?Sized>(l: &L) -> Self {
        let [[supply, clock], [minted, treasury]] = [key::SUPPLY, key::FLOWS].map(|key| halves(&l.load(key)));
        Self { supply, at: (clock >> MOMENT) as u32, minted, treasury }
    }

    fn save<L: Ledger + ?Sized>(self, l: &mut L) {
        l.save(key::SUPPLY, join([self.supply, u128::from(self.at) << MOMENT]));
        l.save(key::FLOWS, join([self.minted, self.treasury]));
    }
}

/// Forgets what movements are measured against: the next reading starts anew. For a change of the sources, whose figures
/// cannot be compared with those of others.
pub fn forget<L: Ledger + ?Sized>(l: &mut L) {
    Reference::default().save(l);
}

/// Whether part / whole lies below `limit` units of 2^-16, exactly: amounts stay at or below 2^97 and limits below 2^28,
/// so no product reaches 2^128.
fn below(part: u128, whole: u128, limit: u64) -> bool {
    (part << 16) < whole.saturating_mul(limit.into())
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

/// Takes a reading, and trips the breaker on the first of these that it finds: growth of supply, burns or a fall of the
/// treasury beyond their limits, stakes or turnout below their floors. Returns whether it did.
///
/// Movements are measured against a reference that is renewed every [`GROWTH_WINDOW`] and by a trip on one of them; a
/// reference older than that allows more in proportion, so that nobody gains by leaving the reading out. Two windows next
/// to each other can hide up to twice the limit within 30 days of their own. What was burned is what was minted since less
/// what the supply rose by. While everything is halted a reading trips nothing more, so a halt ends by itself; the next
/// reading may then trip anew.
///
/// # Errors
/// [`Violation::not_initialised`].
pub fn observe<L: Ledger + ?Sized>(l: &mut L, now: u32, readings: &Readings) -> Result<bool, Violation> {
    let mut config = Config::load(l)?;
    let limits = BreakerConfig::load(l, &config);
    let before = Reference::load(l);
    let Readings { supply, staked, minted, treasury, turnout } = *readings;
    let elapsed = now.saturating_sub(before.at);
    let made = minted.unwrap_or(0).saturating_sub(before.minted);
    let burned = before.supply.saturating_add(made).saturating_sub(supply);
    let spent = before.treasury.saturating_sub(treasury.unwrap_or(MAX_SUPPLY));
    // What is not watched is at its best. Each row: part, whole, limit of the share, whether that is a floor.
    let rows = [
        (Reason::SupplyGrowth, supply.saturating_sub(before.supply), before.supply, limits.max_supply_growth, false),
        (Reason::SupplyBurn, burned, before.supply, limits.max_burn, false),
        (Reason::TreasuryFall, spent, before.treasury, limits.max_treasury_fall, false),
        (Reason::StakingFloor, staked.unwrap_or(supply), supply, limits.min_staking, true),
        (Reason::LowTurnout, turnout.unwrap_or(ONE), ONE, limits.min_turnout, true),
    ];
    let (mut trip, mut moved) = (None, false);
    for &(reason, part, whole, limit, floor) in &rows {
        // A limit of at most one (2^16) times at most 2^32 seconds.
        let time = if floor { GROWTH_WINDOW } else { elapsed.max(GROWTH_WINDOW) };
        let limit = u64::from(limit).saturating_mul(time.into()) / WINDOW;
        // The nearest share that breaks the limit. Those of the log are rounded; the exact comparison knows their side.
        let (bound, nearest) =
            if floor { (limit, limit.saturating_sub(1)) } else { (limit.saturating_add(1), limit.saturating_add(1)) };
        if trip.is_none() && whole != 0 && below(part, whole, bound) == floor {
            let (value, nearest) = (share(part, whole), signed(nearest));
            trip = Some((reason, if floor { value.min(nearest) } else { value.max(nearest) }, signed(limit)));
            moved = !floor;
        }
    }
    let trip = trip.filter(|_| config.halt.until <= now);
    if elapsed >= GROWTH_WINDOW || (moved && trip.is_some()) {
        let (minted, treasury) = (minted.unwrap_or(0), treasury.unwrap_or(0));
        Reference { supply, at: now, minted, treasury }.save(l);
    }
    if let Some(trip) = trip {
        let mut progress = Progress::load(l);
        trip_all(l, &mut config, &mut progress, now, trip);
        config.save(l);
        progress.save(l);
    }
    Ok(trip.is_some())
}
