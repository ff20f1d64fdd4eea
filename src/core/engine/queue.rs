//! The slow lane: one waiting change per group, vetoable, checked again in full when executed.

use super::check::{self, Mode, Plan};
use super::commit::{self, Origin, Payload, Pending};
use super::event::{Event, Lane};
use super::history::Book;
use super::ledger::{key, Hash, Ledger};
use super::state::{at, group_of, Config, GroupState, Progress};
use super::{watch, Violation};
use crate::param::{Group, Slot, ALL_GROUPS, SCOPE_ALL};
use crate::update::Changes;

/// Commits to the plan's changes of one group and starts its wait.
pub(crate) fn enqueue<L: Ledger + ?Sized>(
    l: &mut L,
    config: &Config,
    now: u32,
    (plan, group): (&Plan, Group),
    origin: Origin,
    hash: Hash,
) {
    let rules = config.group_rules(l, group);
    let mut state = GroupState::load(l, group);
    let eta = now.saturating_add(rules.delay);
    let pending = Pending {
        update_id: origin.update_id,
        queued_at: now,
        eta,
        expires: eta.saturating_add(rules.grace),
        approval: rules.approval || state.autonomy <= 1,
        approved: false,
    };
    let payload = Payload::of(&origin.model_id, plan, group);
    pending.save(l, group);
    l.save(at(key::PENDING_HASH, group), hash(payload.bytes()));
    state.pending = true;
    state.save(l, group);
    l.emit(Event::UpdateQueued {
        group: group.number(),
        update_id: pending.update_id,
        eta: pending.eta,
        expires: pending.expires,
        approval: pending.approval,
        payload: payload.bytes(),
    });
}

/// Clears a waiting change and its flag; returns its update id.
fn clear<L: Ledger + ?Sized>(l: &mut L, group: Group, mut state: GroupState) -> u64 {
    let update_id = Pending::load(l, group).update_id;
    Pending::clear(l, group);
    state.pending = false;
    state.save(l, group);
    update_id
}

/// Clears a waiting change that expired.
pub(crate) fn expire<L: Ledger + ?Sized>(l: &mut L, group: Group) {
    let state = GroupState::load(l, group);
    let update_id = clear(l, group, state);
    l.emit(Event::UpdateExpired { group: group.number(), update_id });
}

/// Clears the waiting changes of these groups, if any, because the council or governance moved them;
/// to the group's clean epochs it is a veto.
pub(crate) fn displace<L: Ledger + ?Sized>(l: &mut L, groups: u8) {
    for group in Group::each(groups) {
        let mut state = GroupState::load(l, group);
        if state.pending {
            state.clean = 0;
            let update_id = clear(l, group, state);
            l.emit(Event::UpdateVetoed { group: group.number(), update_id });
        }
    }
}

/// The group of a number and its state, if a change waits there.
fn waiting<L: Ledger + ?Sized>(l: &L, number: u8) -> Result<(Group, GroupState), Violation> {
    let group = group_of(number)?;
    let state = GroupState::load(l, group);
    if !state.pending {
        return Err(Violation::nothing_pending(number));
    }
    Ok((group, state))
}

/// Executes a waiting change of a group; anyone may. `payload` is what `UpdateQueued` carried.
///
/// All rules but the age of the KPIs are checked again at the current values.
///
/// # Errors
/// [`Violation::nothing_pending`], [`Violation::not_ready`], [`Violation::pending_expired`],
/// [`Violation::not_approved`], [`Violation::bad_autonomy`] if the group was put into shadow mode since,
/// [`Violation::pending_mismatch`], a halt, or any rule of the validator.
pub fn execute<L: Ledger + ?Sized>(
    l: &mut L,
    now: u32,
    group: u8,
    payload: &[u8],
    hash: Hash,
) -> Result<(), Violation> {
    let config = Config::load(l)?;
    config.halt.check(now, SCOPE_ALL)?;
    let (id, state) = waiting(l, group)?;
    state.halt.check(now, group)?;
    watch::check_quiet(l, &config, now)?;
    let pending = Pending::load(l, id);
    if now < pending.eta {
        return Err(Violation::not_ready(pending.eta));
    }
    if now > pending.expires {
        return Err(Violation::pending_expired(pending.expires));
    }
    if state.autonomy == 0 {
        return Err(Violation::bad_autonomy(group, 0));
    }
    // The level may have been lowered while the change waited.
    if (pending.approval || state.autonomy == 1) && !pending.approved {
        return Err(Violation::not_approved(group));
    }
    if hash(payload) != l.load(at(key::PENDING_HASH, id)) {
        return Err(Violation::pending_mismatch(group));
    }
    let Some((model_id, changes)) = payload.split_first_chunk::<32>() else {
        return Err(Violation::pending_mismatch(group));
    };
    let (before, after, groups) = read(l, &config, changes)?;
    let plan = check::check(l, &config, now, groups, (before, after), Mode::FULL)?;
    let mut progress = Progress::load(l);
    let update_id = pending.update_id;
    Pending::clear(l, id);
    l.emit(Event::UpdateExecuted { group, update_id });
    let origin = Origin { update_id, model_id: *model_id, lane: Lane::Queue };
    commit::apply(l, &config, &mut progress, now, (&plan, after, groups), origin, true);
    progress.save(l);
    Ok(())
}

/// Parses a list of changes against the current values: before, after, groups touched.
fn read<L: Ledger + ?Sized>(l: &L, config: &Config, changes: &[u8]) -> Result<(Book, Book, u8), Violation> {
    let length = u32::try_from(changes.len()).unwrap_or(u32::MAX);
    let changes = Changes::parse(changes).map_err(|_| Violation::bad_payload(length))?;
    let groups = check::groups_of(config, changes.iter())?;
    let mut before = Book::open(l);
    before.read(l, check::slots_of(groups) | Group::Emission.mask());
    let after = check::parse(config, &before, changes.iter())?;
    Ok((before, after, groups))
}

/// The council strikes a waiting change; the group's clean epochs start over.
///
/// # Errors
/// [`Violation::nothing_pending`].
pub fn veto<L: Ledger + ?Sized>(l: &mut L, group: u8) -> Result<(), Violation> {
    let (id, mut state) = waiting(l, group)?;
    state.clean = 0;
    let update_id = clear(l, id, state);
    l.emit(Event::UpdateVetoed { group, update_id });
    Ok(())
}

/// The council approves a waiting change.
///
/// # Errors
/// [`Violation::nothing_pending`], [`Violation::pending_expired`].
pub fn approve<L: Ledger + ?Sized>(l: &mut L, now: u32, group: u8) -> Result<(), Violation> {
    let (id, _) = waiting(l, group)?;
    let mut pending = Pending::load(l, id);
    if now > pending.expires {
        return Err(Violation::pending_expired(pending.expires));
    }
    pending.approved = true;
    pending.save(l, id);
    l.emit(Event::UpdateApproved { group, update_id: pending.update_id });
    Ok(())
}

/// Writes a plan of the council: displaces waiting changes, no credit, no cooldown before it. Returns its groups.
fn install<L: Ledger + ?Sized>(l: &mut L, config: &Config, now: u32, plan: &Plan, lane: Lane) -> Result<u8, Violation> {
    if plan.groups == 0 {
        return Err(Violation::no_change());
    }
    let mut progress = Progress::load(l);
    displace(l, plan.groups);
    let book = plan.after;
    commit::apply(l, config, &mut progress, now, (plan, book, plan.groups), Origin::manual(lane), false);
    progress.save(l);
    Ok(plan.groups)
}

/// The council sets values inside the bounds: no model, no cooldown, no lanes; every other rule
/// holds. `changes` are 9-byte changes as on the wire. Works during a halt. Returns the mask of groups that changed.
///
/// # Errors
/// [`Violation::bad_payload`], [`Violation::no_change`], or any rule of the validator.
pub fn override_changes<L: Ledger + ?Sized>(l: &mut L, now: u32, changes: &[u8]) -> Result<u8, Violation> {
    let config = Config::load(l)?;
    let (before, after, groups) = read(l, &config, changes)?;
    let plan = check::check(l, &config, now, groups, (before, after), Mode::OVERRIDE)?;
    install(l, &config, now, &plan, Lane::Override)
}

/// How far back values may be restored, seconds: 90 days.
pub const RESTORE_HORIZON: u32 = 7_776_000;

/// The council puts the values of a past moment in force again. They must lie in the present ranges
/// and keep the group and supply rules; no pace applies, since they were in force before, but the
/// way back counts in the buckets. Works during a halt. Returns the mask of groups that changed.
///
/// # Errors
/// [`Violation::bad_timepoint`], [`Violation::no_history`], [`Violation::no_change`], or a range, group
/// or supply rule.
pub fn restore<L: Ledger + ?Sized>(l: &mut L, now: u32, timepoint: u32) -> Result<u8, Violation> {
    let config = Config::load(l)?;
    if timepoint >= now || now.saturating_sub(timepoint) > RESTORE_HORIZON {
        return Err(Violation::bad_timepoint(timepoint));
    }
    let live = Group::each(ALL_GROUPS).fold(0, |mask, group| mask | config.live(group));
    let mut before = Book::open(l);
    before.read(l, live);
    let mut past = Book::open(l);
    past.read_at(l, live, timepoint)?;
    let mut after = before;
    for slot in Slot::each(live) {
        after.set(slot, past.value(slot));
    }
    let plan = check::check(l, &config, now, ALL_GROUPS, (before, after), Mode::RESTORE)?;
    let groups = install(l, &config, now, &plan, Lane::Restore)?;
    l.emit(Event::Restored { timepoint });
    Ok(groups)
}
