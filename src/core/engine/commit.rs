//! Writing a plan: values, group states, buckets, events.

use super::breaker::mark_pinned;
use super::check::{slots_of, Plan};
use super::event::{Event, Lane};
use super::history::Book;
use super::ledger::{key, Ledger};
use super::state::{at, Config, GroupState, Progress};
use super::{Violation, Word};
use crate::param::{Group, Slot, SLOTS};
use crate::word::{low32, pack, unpack};

/// Least time between two credits of a clean epoch: 6.75 days, so that a weekly job never slips.
pub(crate) const CLEAN_GAP: u32 = 583_200;

/// Where a change came from.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) update_id: u64,
    pub(crate) model_id: Word,
    pub(crate) lane: Lane,
}

impl Origin {
    /// A change no update asked for.
    pub(crate) const fn manual(lane: Lane) -> Self {
        Self { update_id: 0, model_id: [0; 32], lane }
    }
}

/// Values after the groups of `groups` alone have changed, checked as a state of its own.
pub(crate) fn resulting(config: &Config, plan: &Plan, groups: u8) -> Result<Book, Violation> {
    let mut book = plan.before;
    for slot in Slot::each(plan.moved & slots_of(groups)) {
        book.set(slot, plan.after.value(slot));
    }
    book.check(config, groups)?;
    Ok(book)
}

/// Writes the changes of `groups`: values, checkpoints, states, buckets, one event per change.
///
/// No change of these groups waits any more; with `credited` they earn a clean epoch.
pub(crate) fn apply<L: Ledger + ?Sized>(
    l: &mut L,
    config: &Config,
    progress: &mut Progress,
    now: u32,
    (plan, mut book, groups): (&Plan, Book, u8),
    origin: Origin,
    credited: bool,
) {
    if groups == 0 {
        return;
    }
    let moved = plan.moved & slots_of(groups);
    book.write(l, now, moved);
    let mut nets = super::bucket::Nets::new();
    for group in Group::each(groups) {
        if group != Group::Liquidity {
            nets.copy(l, &plan.nets, group.mask());
        }
        let mut state = plan.state(group);
        if credited {
            credit(&mut state, now, progress.tripped_at);
        } else if state.pending {
            // The council's hand displaced what the model had waiting: as good as a veto.
            state.clean = 0;
        }
        state.pending = false;
        state.save(l, group);
    }
    nets.save(l);
    log(l, (&plan.before, &plan.after), moved, origin);
    mark_pinned(l, config, &book, groups, progress);
}

/// Logs every change among these slots.
pub(crate) fn log<L: Ledger + ?Sized>(l: &mut L, (before, after): (&Book, &Book), slots: u64, origin: Origin) {
    let Origin { update_id, model_id, lane } = origin;
    for slot in Slot::each(slots) {
        let (old, new) = (before.value(slot), after.value(slot));
        if old != new {
            l.emit(Event::ParameterChanged { slot: slot.number(), update_id, model_id, old, new, lane });
        }
    }
}

/// Credits a clean epoch, at most one per [`CLEAN_GAP`]; a trip since the last one starts over.
pub(crate) fn credit(state: &mut GroupState, now: u32, tripped_at: u32) {
    if tripped_at > state.clean_at {
        state.clean = 0;
    }
    if state.clean_at == 0 || now.saturating_sub(state.clean_at) >= CLEAN_GAP {
        state.clean = state.clean.saturating_add(1);
        state.clean_at = now;
    }
}

/// Header of a waiting change.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Pending {
    /// Update it came from.
    pub update_id: u64,
    /// When it was queued, seconds.
    pub queued_at: u32,
    /// Earliest execution, seconds.
    pub eta: u32,
    /// Last execution, seconds.
    pub expires: u32,
    /// Whether the council must approve it first.
    pub approval: bool,
    /// Whether the council did.
    pub approved: bool,
}

impl Pending {
    /// Reads the header of a group.
    #[must_use]
    pub fn load<L: Ledger + ?Sized>(l: &L, group: Group) -> Self {
        let [update_id, queued_at, eta, expires, approval, approved] =
            unpack(&PENDING, &l.load(at(key::PENDING, group)));
        Self {
            update_id,
            queued_at: low32(queued_at),
            eta: low32(eta),
            expires: low32(expires),
            approval: approval != 0,
            approved: approved != 0,
        }
    }

    pub(crate) fn save<L: Ledger + ?Sized>(&self, l: &mut L, group: Group) {
        let word = pack(
            &PENDING,
            &[
                self.update_id,
                self.queued_at.into(),
                self.eta.into(),
                self.expires.into(),
                self.approval.into(),
                self.approved.into(),
            ],
        );
        l.save(at(key::PENDING, group), word);
    }

    /// Erases header and commitment of a group; the flag in its state is the caller's.
    pub(crate) fn clear<L: Ledger + ?Sized>(l: &mut L, group: Group) {
        l.save(at(key::PENDING, group), [0; 32]);
        l.save(at(key::PENDING_HASH, group), [0; 32]);
    }
}

/// Widths in bytes of the fields of [`Pending`], in order.
const PENDING: [u8; 6] = [8, 4, 4, 4, 1, 1];

/// Longest payload: a model id and a change of every slot.
const PAYLOAD: usize = 32 + 9 * SLOTS;

/// The bytes that are committed to when a change waits: model id, then the changes of one group.
pub(crate) struct Payload {
    bytes: [u8; PAYLOAD],
    len: usize,
}

impl Payload {
    /// The changes of one group of the plan.
    pub(crate) fn of(model_id: &Word, plan: &Plan, group: Group) -> Self {
        let mut payload = Self { bytes: [0; PAYLOAD], len: 0 };
        payload.push(model_id);
        for slot in Slot::each(plan.moved & group.mask()) {
            payload.push(&[slot.number()]);
            payload.push(&plan.before.value(slot).to_be_bytes());
            payload.push(&plan.after.value(slot).to_be_bytes());
        }
        payload
    }

    fn push(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        if let Some(place) = self.bytes.get_mut(self.len..end) {
            place.copy_from_slice(bytes);
            self.len = end;
        }
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
