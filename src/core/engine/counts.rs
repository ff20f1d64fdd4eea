//! How many pools and categories are live.

use super::breaker::mark_pinned;
use super::commit::{self, Origin};
use super::event::{Event, Lane};
use super::history::Book;
use super::ledger::Ledger;
use super::queue;
use super::state::{bit, Config, Progress};
use super::Violation;
use crate::fixed::BPS;
use crate::param::{Group, Slot, MAX_CATEGORIES, MAX_POOLS, RESERVE};

/// Governance changes how many pools and categories are live.
///
/// A removed pool's weight goes to the reserve; a new pool starts at zero; the first activation
/// splits the weights evenly above the reserve's floor. A removed category goes to zero; a new one
/// starts at neutral. Waiting changes of a group whose count changes are displaced.
///
/// Returns the mask of groups whose count changed.
///
/// # Errors
/// [`Violation::bad_counts`], [`Violation::no_change`].
pub fn set_counts<L: Ledger + ?Sized>(l: &mut L, now: u32, pools: u8, categories: u8) -> Result<u8, Violation> {
    let old = Config::load(l)?;
    if pools > MAX_POOLS || categories > MAX_CATEGORIES {
        return Err(Violation::bad_counts(pools, categories));
    }
    if (pools, categories) == (old.pools, old.categories) {
        return Err(Violation::no_change());
    }
    let config = Config { pools, categories, ..old };
    let (mut groups, mut slots) = (0, 0);
    if pools != old.pools {
        groups |= bit(Group::Liquidity);
        slots |= Group::Liquidity.mask();
    }
    if categories != old.categories {
        groups |= bit(Group::Grants);
        slots |= Group::Grants.mask();
    }
    let mut before = Book::open(l);
    before.read(l, slots);
    let mut after = before;
    if pools != old.pools {
        spread(&mut after, old.pools, pools);
    }
    for slot in Slot::each(slots & Group::Grants.mask()) {
        let live = config.live(Group::Grants) & slot.bit() != 0;
        let was = old.live(Group::Grants) & slot.bit() != 0;
        if live != was {
            after.set(slot, if live { config.slot_rules(l, slot).neutral } else { 0 });
        }
    }
    after.check(&config, groups)?;
    config.save(l);
    queue::displace(l, groups);
    l.emit(Event::CountsChanged { pools, categories });
    write_counts(l, &config, now, (before, after), slots, groups);
    Ok(groups)
}

/// Moves the weights from `old` to `new` live pools.
fn spread(book: &mut Book, old: u8, new: u8) {
    let floor = RESERVE.default_rules().gov_min;
    let most = RESERVE.default_rules().gov_max;
    let others = u32::from(new.saturating_sub(1));
    let share = BPS.saturating_sub(floor).checked_div(others).unwrap_or(0).min(most);
    let mut rest = BPS;
    let live = Slot::run(RESERVE.number(), new);
    for slot in Slot::each(Group::Liquidity.mask() & !RESERVE.bit()) {
        let value = match (live & slot.bit() != 0, old) {
            (false, _) => 0,
            (true, 0) => share,
            (true, _) => book.value(slot),
        };
        book.set(slot, value);
        rest = rest.saturating_sub(value);
    }
    book.set(RESERVE, if new == 0 { 0 } else { rest });
}

fn write_counts<L: Ledger + ?Sized>(
    l: &mut L,
    config: &Config,
    now: u32,
    (before, mut after): (Book, Book),
    slots: u64,
    groups: u8,
) {
    after.write(l, now, slots);
    commit::log(l, (&before, &after), slots, Origin::manual(Lane::Counts));
    let mut progress = Progress::load(l);
    mark_pinned(l, config, &after, groups, &mut progress);
    progress.save(l);
}
