//! Views. The first three are cheap and linked by the controller; the rest are computed ones for the
//! lens and for programs off chain, and the controller does not link them.

use super::bucket::{self, Nets};
use super::check::gross;
use super::event::Event;
use super::history::Book;
use super::ledger::{Hash, Ledger};
use super::state::{Config, GroupState};
use super::submit::submit;
use super::{Accepted, Violation, Word};
use crate::param::{Group, Slot, SLOTS};
use crate::update::Update;

/// Current value of a slot; zero for a dead one, and before initialisation.
#[must_use]
pub fn value<L: Ledger + ?Sized>(l: &L, slot: Slot) -> u32 {
    let mut book = Book::open(l);
    book.read(l, slot.bit());
    book.value(slot)
}

/// Value of a slot at a past moment. It never changes again, which is why `now` itself is refused: a later block of the
/// same second may still bring another value. For the present there is [`value`].
///
/// # Errors
/// [`Violation::future_lookup`] for `now` and later, [`Violation::no_history`] before initialisation.
pub fn value_at<L: Ledger + ?Sized>(l: &L, now: u32, slot: Slot, timepoint: u32) -> Result<u32, Violation> {
    over(now, timepoint)?;
    let mut book = Book::open(l);
    book.read_at(l, slot.bit(), timepoint)?;
    Ok(book.value(slot))
}

/// Refuses a moment that is not over.
fn over(now: u32, timepoint: u32) -> Result<(), Violation> {
    if timepoint >= now {
        return Err(Violation::future_lookup(timepoint, now));
    }
    Ok(())
}

/// What a consumer reads when an epoch rolls: when the halt of the group or of everything ends (seconds, 0 for none), and
/// a book with the group's live slots, whose mask comes with it.
///
/// # Errors
/// [`Violation::bad_scope`] for no such group, [`Violation::not_initialised`].
pub fn group_values<L: Ledger + ?Sized>(l: &L, number: u8) -> Result<(u32, Book, u64), Violation> {
    let config = Config::load(l)?;
    let group = Group::new(number).ok_or(Violation::bad_scope(number))?;
    let live = config.live(group);
    let mut book = Book::open(l);
    book.read(l, live);
    Ok((GroupState::load(l, group).halt.until.max(config.halt.until), book, live))
}

fn collect(book: &Book) -> [u32; SLOTS] {
    let mut values = [0; SLOTS];
    for (value, slot) in values.iter_mut().zip(Slot::all()) {
        *value = book.value(slot);
    }
    values
}

/// All current values.
#[must_use]
pub fn values<L: Ledger + ?Sized>(l: &L) -> [u32; SLOTS] {
    let mut book = Book::open(l);
    book.read(l, (1 << SLOTS) - 1);
    collect(&book)
}

/// All values at a past moment, each as [`value_at`] gives it.
///
/// # Errors
/// As [`value_at`].
pub fn values_at<L: Ledger + ?Sized>(l: &L, now: u32, timepoint: u32) -> Result<[u32; SLOTS], Violation> {
    over(now, timepoint)?;
    let mut book = Book::open(l);
    book.read_at(l, (1 << SLOTS) - 1, timepoint)?;
    Ok(collect(&book))
}

/// How far a slot may move now, and when again.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Headroom {
    /// Largest rise an update could make now as far as range, step and bucket go, in the slot's unit.
    pub up: u32,
    /// Largest fall likewise.
    pub down: u32,
    /// Room left in the bucket upwards (Liquidity: of the group's gross half-L1).
    pub bucket_up: u32,
    /// Room left in the bucket downwards (Liquidity: the same figure).
    pub bucket_down: u32,
    /// Largest movement that needs no queue.
    pub safe: u32,
    /// When the cooldown ends, seconds; 0 if it never started.
    pub next: u32,
    /// When the halt of the group or of everything ends, seconds; 0 for none.
    pub halted_until: u32,
    /// Autonomy level of the group.
    pub autonomy: u8,
    /// Whether a change of the group waits.
    pub pending: bool,
}

/// Room of one slot at `now`. Rules over several slots (order, sum, supply) are not part of it.
///
/// # Errors
/// [`Violation::unknown_slot`] for a dead slot, [`Violation::not_initialised`].
pub fn headroom<L: Ledger + ?Sized>(l: &L, now: u32, slot: Slot) -> Result<Headroom, Violation> {
    let config = Config::load(l)?;
    let group = slot.group();
    if config.live(group) & slot.bit() == 0 {
        return Err(Violation::unknown_slot(slot.number()));
    }
    let state = GroupState::load(l, group);
    let rules = config.group_rules(l, group);
    let bounds = config.slot_rules(l, slot);
    let current = value(l, slot);
    let base = bounds.base(current);
    let elapsed = now.saturating_sub(state.bucket_at);
    let (bucket_up, bucket_down, safe);
    let (mut step_up, mut step_down) = (bounds.step_room(true, current), bounds.step_room(false, current));
    if group == Group::Liquidity {
        let used = gross(state.l1_used, rules.l1_bucket, elapsed, rules.window);
        let room = u32::from(rules.l1_bucket).saturating_mul(1 << 16).saturating_sub(used) >> 16;
        (bucket_up, bucket_down, safe) = (room, room, u32::from(rules.l1_safe));
        step_up = step_up.min(rules.l1_step.into());
        step_down = step_down.min(rules.l1_step.into());
    } else {
        let level = bucket::drain(&bounds, base, Nets::new().level(l, slot), elapsed, rules.window);
        (bucket_up, bucket_down) = bucket::room(&bounds, base, level);
        safe = bounds.safe.of(base);
    }
    Ok(Headroom {
        up: step_up.min(bucket_up).min(bounds.gov_max.saturating_sub(base)),
        down: step_down.min(bucket_down).min(base.saturating_sub(bounds.gov_min)),
        bucket_up,
        bucket_down,
        safe,
        next: if state.last_change == 0 { 0 } else { state.last_change.saturating_add(rules.cooldown) },
        halted_until: state.halt.until.max(config.halt.until),
        autonomy: state.autonomy,
        pending: state.pending,
    })
}

/// Words an update can write: a bound on [`Overlay`].
const WRITES: usize = 64;

/// A ledger that keeps writes to itself and drops events.
pub struct Overlay<'a, L: ?Sized> {
    base: &'a L,
    writes: [(u64, Word); WRITES],
    len: usize,
}

impl<'a, L: Ledger + ?Sized> Overlay<'a, L> {
    /// An overlay that has written nothing yet.
    #[must_use]
    pub fn new(base: &'a L) -> Self {
        Self { base, writes: [(0, [0; 32]); WRITES], len: 0 }
    }
}

impl<L: Ledger + ?Sized> Ledger for Overlay<'_, L> {
    fn load(&self, key: u64) -> Word {
        let mine = self.writes.iter().take(self.len).find(|write| write.0 == key);
        mine.map_or_else(|| self.base.load(key), |write| write.1)
    }

    fn save(&mut self, key: u64, word: Word) {
        let found = self.writes.iter().take(self.len).position(|write| write.0 == key);
        let index = found.unwrap_or(self.len);
        if let Some(place) = self.writes.get_mut(index) {
            *place = (key, word);
            self.len = self.len.max(index.saturating_add(1));
        }
    }

    fn emit(&mut self, _: Event<'_>) {}
}

/// What [`submit`] would do, without doing it.
///
/// # Errors
/// The [`Violation`] that would refuse the update.
pub fn preview<L: Ledger + ?Sized>(
    l: &L,
    now: u32,
    update: &Update<'_>,
    outputs: &[i32; 8],
    hash: Hash,
) -> Result<Accepted, Violation> {
    submit(&mut Overlay::new(l), now, update, outputs, hash)
}
