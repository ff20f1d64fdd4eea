//! The automatic path: an attested update in, changes applied or queued.

use super::breaker::{self, BreakerConfig};
use super::check::{self, Mode};
use super::commit::{self, Origin, Payload, Pending};
use super::event::{Event, Lane};
use super::history::Book;
use super::ledger::{Hash, Ledger};
use super::queue;
use super::state::{bit, Config, GroupState, Progress, DORMANT};
use super::{watch, Accepted, Violation, Word};
use crate::param::{Group, Slot, SCOPE_ALL, SLOTS};
use crate::policy;
use crate::rules::{GroupRules, ParamView, SlotRules};
use crate::update::Update;

/// How far in the future an observation may claim to lie, seconds: clocks differ.
pub const FUTURE: u64 = 180;

/// Live values and rules as the policy's mapping reads them.
pub struct View<'a, L: ?Sized> {
    ledger: &'a L,
    config: Config,
    book: Book,
}

impl<'a, L: Ledger + ?Sized> View<'a, L> {
    /// A view of the current values of these slots (and no others).
    ///
    /// # Errors
    /// [`Violation::not_initialised`].
    pub fn open(ledger: &'a L, slots: u64) -> Result<Self, Violation> {
        let mut book = Book::open(ledger);
        book.read(ledger, slots);
        Ok(Self { ledger, config: Config::load(ledger)?, book })
    }
}

impl<L: Ledger + ?Sized> ParamView for View<'_, L> {
    fn value(&self, slot: Slot) -> u32 {
        self.book.value(slot)
    }

    fn rules(&self, slot: Slot) -> SlotRules {
        self.config.slot_rules(self.ledger, slot)
    }

    fn group_rules(&self, group: Group) -> GroupRules {
        self.config.group_rules(self.ledger, group)
    }

    fn pool_count(&self) -> u8 {
        self.config.pools
    }

    fn category_count(&self) -> u8 {
        self.config.categories
    }
}

/// Packs the network's outputs as eight big-endian `i32`.
fn pack_outputs(outputs: &[i32; 8]) -> Word {
    let mut word = [0; 32];
    for (field, output) in word.chunks_exact_mut(4).zip(outputs) {
        field.copy_from_slice(&output.to_be_bytes());
    }
    word
}

/// Clocks, ids and order of an update against the last accepted one.
fn check_fresh<L: Ledger + ?Sized>(
    l: &L,
    config: &Config,
    progress: &Progress,
    now: u32,
    groups: u8,
    update: &Update<'_>,
) -> Result<(), Violation> {
    let time = u64::from(now);
    if time < update.valid_after {
        return Err(Violation::not_yet_valid(update.valid_after));
    }
    if time >= update.expires_at {
        return Err(Violation::expired(update.expires_at));
    }
    if update.observed_at > time.saturating_add(FUTURE) {
        return Err(Violation::future_dated(update.observed_at, time));
    }
    let age = time.saturating_sub(update.observed_at);
    // An update that touches nothing must still be as fresh as the emission rate asks.
    for group in Group::each(if groups == 0 { bit(Group::Emission) } else { groups }) {
        let max = config.group_rules(l, group).max_age;
        if age > u64::from(max) {
            return Err(Violation::stale_observation(age, max));
        }
    }
    let last = u64::from(progress.observed_at);
    if update.observed_at < last {
        return Err(Violation::observation_not_rising(update.observed_at, last));
    }
    if update.update_id <= progress.update_id {
        return Err(Violation::id_not_rising(update.update_id, progress.update_id));
    }
    Ok(())
}

/// The changes must be exactly what the registered model's outputs map to, group by group.
fn check_mapping<L: Ledger + ?Sized>(
    view: &View<'_, L>,
    after: &Book,
    groups: u8,
    update: &Update<'_>,
    outputs: &[i32; 8],
) -> Result<(), Violation> {
    let pools = usize::from(view.config.pools);
    let scores = update.kpis.tail(pools);
    for group in Group::each(groups) {
        if group == Group::Liquidity {
            let need = breaker::MIN_KPIS.saturating_add(pools);
            if update.kpis.len() < need {
                return Err(breaker::too_few(update.kpis.len(), need));
            }
        }
        let mut computed = [0; SLOTS];
        for slot in Slot::each(group.mask()) {
            if let Some(value) = computed.get_mut(slot.index()) {
                *value = view.book.value(slot);
            }
        }
        let score = |index: usize| scores.and_then(|scores| scores.get(index)).unwrap_or(0);
        policy::group_changes(group, outputs, &score, view, &mut computed);
        for slot in Slot::each(group.mask()) {
            let (proposed, computed) = (after.value(slot), computed.get(slot.index()).copied().unwrap_or(0));
            if proposed != computed {
                return Err(Violation::policy_mismatch(slot.number(), proposed, computed));
            }
        }
    }
    Ok(())
}

/// Takes an update whose attestation was verified and whose model gave `outputs`.
///
/// In this order: halts, freshness and ids, slots and expected old values, breaker, equality with
/// the model's mapping, per-slot rules, group rules, cross rules, lanes, then all writes at once. A
/// breaker trip is no error: the update is recorded, the trip takes effect, and nothing is applied.
///
/// # Errors
/// The [`Violation`] of the first rule broken; nothing was written then.
pub fn submit<L: Ledger + ?Sized>(
    l: &mut L,
    now: u32,
    update: &Update<'_>,
    outputs: &[i32; 8],
    hash: Hash,
) -> Result<Accepted, Violation> {
    let mut config = Config::load(l)?;
    config.halt.check(now, SCOPE_ALL)?;
    let groups = check::groups_of(&config, update.changes.iter())?;
    let mut expired = 0;
    for group in Group::each(groups) {
        let state = GroupState::load(l, group);
        state.halt.check(now, group.number())?;
        if state.pending {
            if now <= Pending::load(l, group).expires {
                return Err(Violation::pending_exists(group.number()));
            }
            expired |= bit(group);
        }
    }
    watch::check_quiet(l, &config, now)?;
    let mut progress = Progress::load(l);
    check_fresh(l, &config, &progress, now, groups, update)?;

    // The first page carries both sides of the supply rule and is needed by most groups.
    let mut slots = check::slots_of(groups);
    if slots != 0 {
        slots |= Group::Emission.mask();
    }
    let view = View::open(l, slots)?;
    let before = view.book;
    let after = check::parse(&config, &before, update.changes.iter())?;
    let trip = BreakerConfig::load(l, &config).trip(update.kpis)?;
    let mut plan = None;
    if trip.is_none() && groups != 0 {
        check_mapping(&view, &after, groups, update, outputs)?;
        plan = Some(check::check(l, &config, now, groups, (before, after), Mode::SUBMIT)?);
    }
    let mut accepted = Accepted { trip: trip.map_or(0, |(reason, _, _)| reason as u8), ..Accepted::default() };
    let mut book = before;
    if let Some(plan) = &plan {
        for group in Group::each(plan.groups) {
            let flag = bit(group);
            let autonomy = plan.state(group).autonomy;
            if autonomy == 0 {
                accepted.shadow |= flag;
            } else if autonomy >= 3 && plan.safe & flag != 0 {
                accepted.applied |= flag;
            } else {
                accepted.queued |= flag;
            }
        }
        book = commit::resulting(&config, plan, accepted.applied)?;
    }

    // Every rule holds; from here on nothing fails.
    progress.update_id = update.update_id;
    // At most `now` + 180 by the check above.
    progress.observed_at = u32::try_from(update.observed_at).unwrap_or(now);
    progress.accepted_at = now;
    progress.accepted = progress.accepted.saturating_add(1);
    progress.flags &= !DORMANT;
    l.emit(Event::UpdateAccepted {
        update_id: update.update_id,
        model_id: *update.model_id,
        kpi_hash: hash(update.kpis.as_bytes()),
        outputs: pack_outputs(outputs),
        observed_at: update.observed_at,
        trip: accepted.trip,
    });
    if let Some(trip) = trip {
        breaker::trip_all(l, &mut config, &mut progress, now, trip);
        config.save(l);
    }
    if let Some(plan) = &plan {
        let origin = Origin { update_id: update.update_id, model_id: *update.model_id, lane: Lane::Auto };
        let tripped_at = progress.tripped_at;
        for group in Group::each(plan.groups) {
            let flag = bit(group);
            if expired & flag != 0 {
                queue::expire(l, group);
            }
            if accepted.queued & flag != 0 {
                queue::enqueue(l, &config, now, (plan, group), origin, hash);
            } else if accepted.shadow & flag != 0 {
                let payload = Payload::of(update.model_id, plan, group);
                let update_id = update.update_id;
                l.emit(Event::ShadowProposed { group: group.number(), update_id, payload: payload.bytes() });
                let mut state = GroupState::load(l, group);
                commit::credit(&mut state, now, tripped_at);
                state.save(l, group);
            }
        }
        commit::apply(l, &config, &mut progress, now, (plan, book, accepted.applied), origin, true);
    }
    breaker::count_pinned(l, &config, &mut progress);
    progress.save(l);
    Ok(accepted)
}
