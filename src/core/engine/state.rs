//! The controller's state words and their fields.

use super::ledger::{key, Ledger, Word};
use super::Violation;
use crate::param::{Group, Slot, GROUPS, SCOPE_ALL};
use crate::rules::{GroupRules, SlotRules};
use crate::word::{low32, low8, pack, unpack};

/// The configuration word: counts, what governance replaced, the global halt.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Config {
    /// Bit n: slot n has rules of its own in storage.
    pub slot_rules: u64,
    /// Bit n: group n has rules of its own in storage.
    pub group_rules: u8,
    /// Live pool weights, the reserve included.
    pub pools: u8,
    /// Live grant categories.
    pub categories: u8,
    /// Whether the breaker has thresholds of its own in storage.
    pub breaker: bool,
    /// The global halt.
    pub halt: Halt,
}

/// A halt of one scope.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Halt {
    /// In force while block time is below this, seconds.
    pub until: u32,
    /// When the guardian used its right, 0 while it has it, seconds.
    pub guardian_at: u32,
}

impl Halt {
    /// Refuses while the halt is in force.
    pub(crate) fn check(self, now: u32, scope: u8) -> Result<(), Violation> {
        if self.until > now {
            return Err(Violation::halted(scope, self.until));
        }
        Ok(())
    }
}

/// Widths in bytes: one, then the fields of [`Config`] in order.
const CONFIG: [u8; 8] = [1, 8, 1, 1, 1, 1, 4, 4];

impl Config {
    /// Reads the word.
    ///
    /// # Errors
    /// [`Violation::not_initialised`] before `initialize`.
    pub fn load<L: Ledger + ?Sized>(l: &L) -> Result<Self, Violation> {
        let word = l.load(key::CONFIG);
        let [live, slot_rules, group_rules, pools, categories, breaker, until, guardian_at] = unpack(&CONFIG, &word);
        if live == 0 {
            return Err(Violation::not_initialised());
        }
        Ok(Self {
            slot_rules,
            group_rules: low8(group_rules),
            pools: low8(pools),
            categories: low8(categories),
            breaker: breaker != 0,
            halt: Halt { until: low32(until), guardian_at: low32(guardian_at) },
        })
    }

    pub(crate) fn save<L: Ledger + ?Sized>(&self, l: &mut L) {
        let word = pack(
            &CONFIG,
            &[
                1,
                self.slot_rules,
                self.group_rules.into(),
                self.pools.into(),
                self.categories.into(),
                self.breaker.into(),
                self.halt.until.into(),
                self.halt.guardian_at.into(),
            ],
        );
        l.save(key::CONFIG, word);
    }

    /// Rules in force for a slot.
    #[must_use]
    pub fn slot_rules<L: Ledger + ?Sized>(&self, l: &L, slot: Slot) -> SlotRules {
        if self.slot_rules & slot.bit() == 0 {
            return slot.default_rules();
        }
        let at = slot_rules_key(slot);
        SlotRules::unpack(&[l.load(at), l.load(at.saturating_add(1))])
    }

    /// Rules in force for a group.
    #[must_use]
    pub fn group_rules<L: Ledger + ?Sized>(&self, l: &L, group: Group) -> GroupRules {
        if self.group_rules & bit(group) == 0 {
            return group.default_rules();
        }
        GroupRules::unpack(&l.load(at(key::GROUP_RULES, group)))
    }

    /// Mask of the group's live slots.
    #[must_use]
    pub fn live(&self, group: Group) -> u64 {
        let count = match group {
            Group::Liquidity => self.pools,
            Group::Grants => self.categories,
            _ => return group.mask(),
        };
        let (first, _) = group.span();
        Slot::run(first, count)
    }
}

/// Storage key of the first rule word of a slot.
pub(crate) fn slot_rules_key(slot: Slot) -> u64 {
    key::SLOT_RULES.saturating_add(u64::from(slot.number()).saturating_mul(2))
}

/// Storage key of a group's word in the block that starts at `base`.
pub(crate) fn at(base: u64, group: Group) -> u64 {
    base.saturating_add(u64::from(group.number()))
}

/// The group's bit in a mask.
pub(crate) fn bit(group: Group) -> u8 {
    1u8.wrapping_shl(group.number().into())
}

/// What an update leaves behind beside values: its id, times, and the streaks of pinned groups.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Progress {
    /// Id of the last accepted update.
    pub update_id: u64,
    /// When its KPIs were observed, seconds.
    pub observed_at: u32,
    /// When it was accepted, seconds.
    pub accepted_at: u32,
    /// When the breaker last tripped on KPIs or failures, seconds.
    pub tripped_at: u32,
    /// Accepted updates in all.
    pub accepted: u32,
    /// Bit n: every movable slot of group n sits at an end of its range. Bit 7: dormant.
    pub flags: u8,
    /// Accepted updates since each group became pinned.
    pub streaks: [u8; GROUPS],
}

/// Flag of [`Progress`]: no update was accepted for too long.
pub(crate) const DORMANT: u8 = 0x80;

impl Progress {
    /// Reads the word.
    #[must_use]
    pub fn load<L: Ledger + ?Sized>(l: &L) -> Self {
        Self::unpack(&l.load(key::PROGRESS))
    }

    /// What the word at [`key::PROGRESS`] says, for those who have it from the controller's `words`.
    #[must_use]
    pub fn unpack(word: &Word) -> Self {
        let [update_id, observed_at, accepted_at, tripped_at, accepted, flags] = unpack(&PROGRESS, word);
        Self {
            update_id,
            observed_at: low32(observed_at),
            accepted_at: low32(accepted_at),
            tripped_at: low32(tripped_at),
            accepted: low32(accepted),
            flags: low8(flags),
            streaks: word.last_chunk().copied().unwrap_or_default(),
        }
    }

    pub(crate) fn save<L: Ledger + ?Sized>(&self, l: &mut L) {
        let mut word = pack(
            &PROGRESS,
            &[
                self.update_id,
                self.observed_at.into(),
                self.accepted_at.into(),
                self.tripped_at.into(),
                self.accepted.into(),
                self.flags.into(),
            ],
        );
        if let Some(streaks) = word.last_chunk_mut() {
            *streaks = self.streaks;
        }
        l.save(key::PROGRESS, word);
    }
}

/// Widths in bytes of the fields of [`Progress`], in order; the streaks, a byte each, fill the rest of the word.
const PROGRESS: [u8; 6] = [8, 4, 4, 4, 4, 1];

/// State of one group.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct GroupState {
    /// 0 shadow, 1 propose (the council approves), 2 queue with veto, 3 automatic inside the safe delta.
    pub autonomy: u8,
    /// Clean epochs at the present level.
    pub clean: u8,
    /// Whether a change waits in the queue.
    pub pending: bool,
    /// The group's halt.
    pub halt: Halt,
    /// When a value of the group last changed, 0 for never, seconds.
    pub last_change: u32,
    /// When emission or re-mint last rose, 0 for never, seconds.
    pub last_rise: u32,
    /// When the buckets were last brought up to date, seconds.
    pub bucket_at: u32,
    /// Liquidity only: gross half-L1 movement in the window, Q16 of bps.
    pub l1_used: u32,
    /// When the last clean epoch was credited, seconds.
    pub clean_at: u32,
}

impl GroupState {
    /// Reads the group's word.
    #[must_use]
    pub fn load<L: Ledger + ?Sized>(l: &L, group: Group) -> Self {
        let word = l.load(at(key::GROUP, group));
        let [autonomy, clean, pending, until, guardian_at, last_change, last_rise, bucket_at, l1_used, clean_at] =
            unpack(&STATE, &word);
        Self {
            autonomy: low8(autonomy),
            clean: low8(clean),
            pending: pending != 0,
            halt: Halt { until: low32(until), guardian_at: low32(guardian_at) },
            last_change: low32(last_change),
            last_rise: low32(last_rise),
            bucket_at: low32(bucket_at),
            l1_used: low32(l1_used),
            clean_at: low32(clean_at),
        }
    }

    pub(crate) fn save<L: Ledger + ?Sized>(&self, l: &mut L, group: Group) {
        let word = pack(
            &STATE,
            &[
                self.autonomy.into(),
                self.clean.into(),
                self.pending.into(),
                self.halt.until.into(),
                self.halt.guardian_at.into(),
                self.last_change.into(),
                self.last_rise.into(),
                self.bucket_at.into(),
                self.l1_used.into(),
                self.clean_at.into(),
            ],
        );
        l.save(at(key::GROUP, group), word);
    }
}

/// Widths in bytes of the fields of [`GroupState`], in order.
const STATE: [u8; 10] = [1, 1, 1, 4, 4, 4, 4, 4, 4, 4];

/// The group of a scope byte; `None` stands for everything.
pub(crate) fn scope_group(scope: u8) -> Result<Option<Group>, Violation> {
    if scope == SCOPE_ALL {
        return Ok(None);
    }
    group_of(scope).map(Some)
}

/// The group of a number from outside.
pub(crate) fn group_of(number: u8) -> Result<Group, Violation> {
    Group::new(number).ok_or(Violation::bad_scope(number))
}
