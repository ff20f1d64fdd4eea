//! The validator: one function through which every change of every lane goes.

use super::bucket::{self, Nets};
use super::history::Book;
use super::ledger::Ledger;
use super::state::{bit, Config, GroupState};
use super::Violation;
use crate::param::{Group, Slot, EMISSION, EPOCH, GROUPS, REMINT};
use crate::update::Change;

/// Which of the pacing rules apply. Ranges, group rules and cross rules always do.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    /// Step and bucket.
    pub(crate) pace: bool,
    /// Cooldown.
    pub(crate) cooldown: bool,
    /// Whether the lanes are still to come: what queues is paced by when it can take effect.
    pub(crate) ahead: bool,
}

impl Mode {
    /// An update before its lanes are known.
    pub(crate) const SUBMIT: Mode = Mode { pace: true, cooldown: true, ahead: true };
    /// Executed and gliding changes.
    pub(crate) const FULL: Mode = Mode { pace: true, cooldown: true, ahead: false };
    /// The council's override.
    pub(crate) const OVERRIDE: Mode = Mode { pace: true, cooldown: false, ahead: false };
    /// The council's return to values of the past: they were in force before, so no pace applies.
    pub(crate) const RESTORE: Mode = Mode { pace: false, cooldown: false, ahead: false };
}

/// A batch that broke no rule: what is to be written once its lanes are known.
pub(crate) struct Plan {
    /// Values before.
    pub(crate) before: Book,
    /// Values after.
    pub(crate) after: Book,
    /// Slots whose value changes.
    pub(crate) moved: u64,
    /// Groups with such slots.
    pub(crate) groups: u8,
    /// Groups whose changes are all inside the safe delta.
    pub(crate) safe: u8,
    /// State of the groups after the change.
    pub(crate) states: [GroupState; GROUPS],
    /// Bucket levels after the change.
    pub(crate) nets: Nets,
}

impl Plan {
    /// State of a group after the change.
    pub(crate) fn state(&self, group: Group) -> GroupState {
        self.states.get(group.index()).copied().unwrap_or_default()
    }
}

/// Reads a list of changes into a copy of `before`.
///
/// Slots must be live and strictly ascending, and start from the current value.
pub(crate) fn parse(config: &Config, before: &Book, changes: impl Iterator<Item = Change>) -> Result<Book, Violation> {
    let mut after = *before;
    let mut last = None;
    for change in changes {
        let slot = live_slot(config, change.slot)?;
        if last >= Some(slot) {
            return Err(Violation::not_ascending(change.slot));
        }
        last = Some(slot);
        let current = before.value(slot);
        if change.expected_old != current {
            return Err(Violation::expected_old_mismatch(change.slot, change.expected_old, current));
        }
        after.set(slot, change.new);
    }
    Ok(after)
}

/// The slot of a number from outside, if it is live.
pub(crate) fn live_slot(config: &Config, number: u8) -> Result<Slot, Violation> {
    match Slot::new(number) {
        Some(slot) if config.live(slot.group()) & slot.bit() != 0 => Ok(slot),
        _ => Err(Violation::unknown_slot(number)),
    }
}

/// Mask of the groups these changes name.
pub(crate) fn groups_of(config: &Config, changes: impl Iterator<Item = Change>) -> Result<u8, Violation> {
    let mut groups = 0;
    for change in changes {
        groups |= bit(live_slot(config, change.slot)?.group());
    }
    Ok(groups)
}

/// Mask of the slots of these groups.
pub(crate) fn slots_of(groups: u8) -> u64 {
    Group::each(groups).fold(0, |mask, group| mask | group.mask())
}

/// Checks the change from `before` to `after`, restricted to `groups`, at `now`.
pub(crate) fn check<L: Ledger + ?Sized>(
    l: &L,
    config: &Config,
    now: u32,
    groups: u8,
    (before, after): (Book, Book),
    mode: Mode,
) -> Result<Plan, Violation> {
    let mut plan = Plan {
        before,
        after,
        moved: 0,
        groups: 0,
        safe: 0,
        states: [GroupState::default(); GROUPS],
        nets: Nets::new(),
    };
    for group in Group::each(groups) {
        let moved = Slot::each(group.mask())
            .filter(|slot| before.value(*slot) != after.value(*slot))
            .fold(0, |mask, slot| mask | slot.bit());
        let mut state = GroupState::load(l, group);
        if moved != 0 {
            if check_group(l, config, now, group, moved, &mut state, &mut plan, mode)? {
                plan.safe |= bit(group);
            }
            plan.groups |= bit(group);
            plan.moved |= moved;
        }
        if let Some(place) = plan.states.get_mut(group.index()) {
            *place = state;
        }
    }
    after.check(config, plan.groups)?;
    if mode.pace {
        check_rises(l, now, &plan)?;
    }
    mark_rises(now, &mut plan);
    Ok(plan)
}

/// Whether a slot of the plan rises.
fn rises(plan: &Plan, slot: Slot) -> bool {
    plan.moved & slot.bit() != 0 && plan.after.value(slot) > plan.before.value(slot)
}

/// Emission and re-mint never both rise within one epoch.
fn check_rises<L: Ledger + ?Sized>(l: &L, now: u32, plan: &Plan) -> Result<(), Violation> {
    for &(slot, other) in &[(EMISSION, REMINT), (REMINT, EMISSION)] {
        if rises(plan, slot) {
            let state = GroupState::load(l, other.group());
            let last = if rises(plan, other) { now } else { state.last_rise };
            let next = last.saturating_add(EPOCH);
            if last != 0 && now < next {
                return Err(Violation::cross_both_up(next));
            }
        }
    }
    Ok(())
}

fn mark_rises(now: u32, plan: &mut Plan) {
    for &slot in &[EMISSION, REMINT] {
        if rises(plan, slot) {
            if let Some(state) = plan.states.get_mut(slot.group().index()) {
                state.last_rise = now;
            }
        }
    }
}

/// Checks the moved slots of one group and brings its state and buckets to the moment after the
/// change. Returns whether the movement is inside the safe delta.
#[allow(clippy::too_many_arguments)]
fn check_group<L: Ledger + ?Sized>(
    l: &L,
    config: &Config,
    now: u32,
    group: Group,
    moved: u64,
    state: &mut GroupState,
    plan: &mut Plan,
    mode: Mode,
) -> Result<bool, Violation> {
    let rules = config.group_rules(l, group);
    let number = group.number();
    let liquidity = group == Group::Liquidity;
    let elapsed = now.saturating_sub(state.bucket_at);
    let mut safe = true;
    let mut exempt = true;
    let mut distance = 0u32;
    for slot in Slot::each(group.mask()) {
        let (old, new) = (plan.before.value(slot), plan.after.value(slot));
        let still = moved & slot.bit() == 0;
        if liquidity && still {
            continue;
        }
        let level = if liquidity { 0 } else { plan.nets.level(l, slot) };
        if still && level == 0 {
            continue;
        }
        let bounds = config.slot_rules(l, slot);
        let base = bounds.base(old);
        let level = bucket::drain(&bounds, base, level, elapsed, rules.window);
        if still {
            plan.nets.set(slot, level);
            continue;
        }
        if new < bounds.gov_min || new > bounds.gov_max {
            return Err(Violation::out_of_range(slot.number(), new, bounds.gov_min, bounds.gov_max));
        }
        let up = new > base;
        let want = new.abs_diff(base);
        let max = bounds.step_room(up, old);
        if mode.pace && want > max {
            return Err(Violation::step_exceeded(slot.number(), base, new, max));
        }
        exempt &= slot.down_is_safe() && new < old;
        if liquidity {
            // Weights are a zero-sum vector: the distance counts from where they really are.
            distance = distance.saturating_add(new.abs_diff(old));
            continue;
        }
        safe &= want <= bounds.safe.of(base);
        let (room_up, room_down) = bucket::room(&bounds, base, level);
        let available = if up { room_up } else { room_down };
        if mode.pace && want > available {
            return Err(Violation::bucket_exceeded(slot.number(), want, available));
        }
        let shift = bucket::level_of(want);
        plan.nets.set(slot, if up { level.saturating_add(shift) } else { level.saturating_sub(shift) });
    }
    if liquidity {
        let half = distance.div_ceil(2);
        let used = gross(state.l1_used, rules.l1_bucket, elapsed, rules.window);
        if mode.pace {
            let available = u32::from(rules.l1_bucket).saturating_mul(1 << 16).saturating_sub(used) >> 16;
            if half > u32::from(rules.l1_step) {
                return Err(Violation::group_step(number, half, rules.l1_step.into()));
            }
            if half > available {
                return Err(Violation::group_bucket(number, half, available));
            }
        }
        state.l1_used = if mode.pace { used.saturating_add(half.saturating_mul(1 << 16)) } else { used };
        safe = half <= u32::from(rules.l1_safe);
    }
    // A change that will wait in the queue takes effect after its delay; the cooldown is over by then
    // or it is not. Execution checks again.
    let lead = if mode.ahead && !(safe && state.autonomy >= 3) { rules.delay } else { 0 };
    let next = state.last_change.saturating_add(rules.cooldown);
    if mode.cooldown && !exempt && state.last_change != 0 && now.saturating_add(lead) < next {
        return Err(Violation::cooldown_active(number, next));
    }
    state.bucket_at = now;
    state.last_change = now;
    Ok(safe)
}

/// The gross half-L1 usage after `elapsed` seconds, Q16 of bps.
pub(crate) fn gross(used: u32, capacity_bps: u16, elapsed: u32, window: u32) -> u32 {
    let drained = bucket::drained(bucket::level_of(capacity_bps.into()), elapsed, window);
    used.saturating_sub(u32::try_from(drained).unwrap_or(u32::MAX))
}
