//! Initialisation, and what governance and the council change about the law itself.

use super::breaker::{mark_pinned, BreakerConfig};
use super::check::live_slot;
use super::commit::{self, Origin};
use super::event::{Actor, Event, Lane};
use super::history::Book;
use super::ledger::{key, Ledger};
use super::state::{at, bit, group_of, slot_rules_key, Config, GroupState, Halt, Progress};
use super::{Violation, Word};
use crate::param::{Group, Slot, ALL_GROUPS, MAX_CATEGORIES, MAX_POOLS, SLOTS};
use crate::rules::{GroupRules, SlotRules};

/// Clean epochs a group needs at a level before governance may raise it.
pub const CLEAN_EPOCHS: u8 = 4;
/// Highest autonomy level.
pub const MAX_AUTONOMY: u8 = 3;

/// Mask of all slots.
const ALL_SLOTS: u64 = (1 << SLOTS) - 1;

/// Sets the first values, counts and the autonomy level of every group. Once.
///
/// # Errors
/// [`Violation::already_initialised`]; [`Violation::bad_counts`]; [`Violation::bad_autonomy`];
/// [`Violation::out_of_range`] for a live value outside its default range (pool weights: outside the
/// hard range) or a dead one that is not zero; a group or supply rule.
pub fn initialize<L: Ledger + ?Sized>(
    l: &mut L,
    now: u32,
    values: &[u32; SLOTS],
    pools: u8,
    categories: u8,
    autonomy: u8,
) -> Result<(), Violation> {
    if Config::load(l).is_ok() {
        return Err(Violation::already_initialised());
    }
    if pools > MAX_POOLS || categories > MAX_CATEGORIES {
        return Err(Violation::bad_counts(pools, categories));
    }
    if autonomy > MAX_AUTONOMY {
        return Err(Violation::bad_autonomy(0, autonomy));
    }
    let config = Config { slot_rules: 0, group_rules: 0, pools, categories, breaker: false, halt: Halt::default() };
    let before = Book::open(l);
    let mut book = before;
    for (slot, new) in Slot::all().zip(values.iter().copied()) {
        let group = slot.group();
        let rules = slot.default_rules();
        let (min, max) = if config.live(group) & slot.bit() == 0 {
            (0, 0)
        } else if group == Group::Liquidity {
            slot.hard_range()
        } else {
            (rules.gov_min, rules.gov_max)
        };
        if new < min || new > max {
            return Err(Violation::out_of_range(slot.number(), new, min, max));
        }
        book.set(slot, new);
    }
    book.check(&config, ALL_GROUPS)?;
    config.save(l);
    l.emit(Event::CountsChanged { pools, categories });
    book.write(l, now, ALL_SLOTS);
    commit::log(l, (&before, &book), ALL_SLOTS, Origin::manual(Lane::Genesis));
    for group in Group::each(ALL_GROUPS) {
        GroupState { autonomy, ..GroupState::default() }.save(l, group);
        let (group, by) = (group.number(), Actor::Governance);
        l.emit(Event::AutonomyChanged { group, old: 0, new: autonomy, by });
    }
    let mut progress = Progress::load(l);
    progress.accepted_at = now;
    mark_pinned(l, &config, &book, ALL_GROUPS, &mut progress);
    progress.save(l);
    Ok(())
}

/// Governance raises a group's autonomy by one level, once it was earned.
///
/// # Errors
/// [`Violation::bad_scope`]; [`Violation::bad_autonomy`] at the highest level;
/// [`Violation::not_earned`] before [`CLEAN_EPOCHS`] clean epochs at the present one.
pub fn raise_autonomy<L: Ledger + ?Sized>(l: &mut L, group: u8) -> Result<(), Violation> {
    let id = group_of(group)?;
    let state = GroupState::load(l, id);
    if state.autonomy >= MAX_AUTONOMY {
        return Err(Violation::bad_autonomy(group, state.autonomy));
    }
    let tripped = Progress::load(l).tripped_at > state.clean_at;
    let have = if tripped { 0 } else { state.clean };
    if have < CLEAN_EPOCHS {
        return Err(Violation::not_earned(group, have, CLEAN_EPOCHS));
    }
    set_autonomy(l, id, state, state.autonomy.saturating_add(1), Actor::Governance);
    Ok(())
}

/// Lowers a group's autonomy at once.
///
/// # Errors
/// [`Violation::bad_scope`]; [`Violation::bad_autonomy`] when the level is not lower.
pub fn lower_autonomy<L: Ledger + ?Sized>(l: &mut L, group: u8, level: u8, by: Actor) -> Result<(), Violation> {
    let id = group_of(group)?;
    let state = GroupState::load(l, id);
    if level >= state.autonomy {
        return Err(Violation::bad_autonomy(group, level));
    }
    set_autonomy(l, id, state, level, by);
    Ok(())
}

fn set_autonomy<L: Ledger + ?Sized>(l: &mut L, group: Group, mut state: GroupState, level: u8, by: Actor) {
    let old = state.autonomy;
    state.autonomy = level;
    state.clean = 0;
    state.save(l, group);
    l.emit(Event::AutonomyChanged { group: group.number(), old, new: level, by });
}

fn store_slot_rules<L: Ledger + ?Sized>(l: &mut L, mut config: Config, slot: Slot, words: &[Word; 2]) {
    let [first, second] = *words;
    let at = slot_rules_key(slot);
    l.save(at, first);
    l.save(at.saturating_add(1), second);
    config.slot_rules |= slot.bit();
    config.save(l);
    repin(l, &config, slot.group());
}

/// Brings the pinned flag of a group up to date after its ranges changed.
fn repin<L: Ledger + ?Sized>(l: &mut L, config: &Config, group: Group) {
    let mut book = Book::open(l);
    book.read(l, group.mask());
    let mut progress = Progress::load(l);
    mark_pinned(l, config, &book, bit(group), &mut progress);
    progress.save(l);
}

/// The council narrows the range of a slot; the neutral value must stay inside.
///
/// # Errors
/// [`Violation::unknown_slot`]; [`Violation::out_of_range`] when a new bound lies outside the present
/// range; [`Violation::bad_rules`] for an empty range (1) or a neutral value outside it (2).
pub fn narrow<L: Ledger + ?Sized>(l: &mut L, slot: u8, min: u32, max: u32) -> Result<(), Violation> {
    let config = Config::load(l)?;
    let id = live_slot(&config, slot)?;
    let mut rules = config.slot_rules(l, id);
    for &new in &[min, max] {
        if new < rules.gov_min || new > rules.gov_max {
            return Err(Violation::out_of_range(slot, new, rules.gov_min, rules.gov_max));
        }
    }
    if min > max {
        return Err(Violation::bad_rules(1));
    }
    if rules.neutral < min || rules.neutral > max {
        return Err(Violation::bad_rules(2));
    }
    rules.gov_min = min;
    rules.gov_max = max;
    store_slot_rules(l, config, id, &rules.pack());
    l.emit(Event::BoundsNarrowed { slot, min, max });
    Ok(())
}

/// Governance replaces the rules of a slot, given as their two packed words.
///
/// # Errors
/// [`Violation::unknown_slot`]; [`Violation::bad_rules`], see [`SlotRules::check`].
pub fn set_slot_rules<L: Ledger + ?Sized>(l: &mut L, slot: u8, words: &[Word; 2]) -> Result<(), Violation> {
    let config = Config::load(l)?;
    let id = Slot::new(slot).ok_or(Violation::unknown_slot(slot))?;
    SlotRules::unpack(words).check(id)?;
    store_slot_rules(l, config, id, words);
    l.emit(Event::SlotRulesChanged { slot, words: *words });
    Ok(())
}

/// Governance replaces the rules of a group, given as their packed word.
///
/// # Errors
/// [`Violation::bad_scope`]; [`Violation::bad_rules`], see [`GroupRules::check`].
pub fn set_group_rules<L: Ledger + ?Sized>(l: &mut L, group: u8, word: &Word) -> Result<(), Violation> {
    let mut config = Config::load(l)?;
    let id = group_of(group)?;
    GroupRules::unpack(word).check(id)?;
    let word = *word;
    l.save(at(key::GROUP_RULES, id), word);
    config.group_rules |= bit(id);
    config.save(l);
    l.emit(Event::GroupRulesChanged { group, word });
    Ok(())
}

/// Governance replaces the breaker's thresholds, given as their packed word.
///
/// # Errors
/// [`Violation::bad_rules`], see [`BreakerConfig::check`].
pub fn set_breaker<L: Ledger + ?Sized>(l: &mut L, now: u32, word: &Word) -> Result<(), Violation> {
    let mut config = Config::load(l)?;
    BreakerConfig::unpack(word).check()?;
    let word = *word;
    l.save(key::BREAKER, word);
    config.breaker = true;
    config.save(l);
    // A watch over gaps starts now, not at a poke of long ago.
    let mut watch = super::watch::Watch::load(l);
    watch.seen_at = now;
    watch.save(l);
    l.emit(Event::BreakerChanged { word });
    Ok(())
}
