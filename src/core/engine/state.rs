//! The controller's state words and their fields.

use super::ledger::{key, Ledger};
use super::{Violation, Word};
use crate::param::{Group, Slot, GROUPS, SCOPE_ALL};
use crate::rules::{GroupRules, SlotRules};
use crate::word::{get, get32, get8, put};

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
    fn read(word: &Word, at: usize) -> Self {
        Self { until: get32(word, at), guardian_at: get32(word, at.saturating_add(4)) }
    }

    fn write(self, word: &mut Word, at: usize) {
        put(word, at, 4, self.until.into());
        put(word, at.saturating_add(4), 4, self.guardian_at.into());
    }

    /// Refuses while the halt is in force.
    pub(crate) fn check(self, now: u32, scope: u8) -> Result<(), Violation> {
        if self.until > now {
            return Err(Violation::Halted { scope, until: self.until });
        }
        Ok(())
    }
}

impl Config {
    /// Reads the word.
    ///
    /// # Errors
    /// [`Violation::NotInitialised`] before `initialize`.
    pub fn load<L: Ledger + ?Sized>(l: &L) -> Result<Self, Violation> {
        let word = l.load(key::CONFIG);
        if get8(&word, 31) == 0 {
            return Err(Violation::NotInitialised);
        }
        Ok(Self {
            slot_rules: get(&word, 0, 8),
            group_rules: get8(&word, 8),
            pools: get8(&word, 9),
            categories: get8(&word, 10),
            breaker: get8(&word, 11) != 0,
            halt: Halt::read(&word, 12),
        })
    }

    pub(crate) fn save<L: Ledger + ?Sized>(&self, l: &mut L) {
        let mut word = [0; 32];
        put(&mut word, 0, 8, self.slot_rules);
        put(&mut word, 8, 1, self.group_rules.into());
        put(&mut word, 9, 1, self.pools.into());
        put(&mut word, 10, 1, self.categories.into());
        put(&mut word, 11, 1, self.breaker.into());
        self.halt.write(&mut word, 12);
        put(&mut word, 31, 1, 1);
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
        let word = l.load(key::PROGRESS);
        let mut streaks = [0; GROUPS];
        for (index, streak) in streaks.iter_mut().enumerate() {
            *streak = get8(&word, index.saturating_add(25));
        }
        Self {
            update_id: get(&word, 0, 8),
            observed_at: get32(&word, 8),
            accepted_at: get32(&word, 12),
            tripped_at: get32(&word, 16),
            accepted: get32(&word, 20),
            flags: get8(&word, 24),
            streaks,
        }
    }

    pub(crate) fn save<L: Ledger + ?Sized>(&self, l: &mut L) {
        let mut word = [0; 32];
        put(&mut word, 0, 8, self.update_id);
        put(&mut word, 8, 4, self.observed_at.into());
        put(&mut word, 12, 4, self.accepted_at.into());
        put(&mut word, 16, 4, self.tripped_at.into());
        put(&mut word, 20, 4, self.accepted.into());
        put(&mut word, 24, 1, self.flags.into());
        for (index, streak) in self.streaks.iter().enumerate() {
            put(&mut word, index.saturating_add(25), 1, (*streak).into());
        }
        l.save(key::PROGRESS, word);
    }
}

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
        Self {
            autonomy: get8(&word, 0),
            clean: get8(&word, 1),
            pending: get8(&word, 2) != 0,
            halt: Halt::read(&word, 3),
            last_change: get32(&word, 11),
            last_rise: get32(&word, 15),
            bucket_at: get32(&word, 19),
            l1_used: get32(&word, 23),
            clean_at: get32(&word, 27),
        }
    }

    pub(crate) fn save<L: Ledger + ?Sized>(&self, l: &mut L, group: Group) {
        let mut word = [0; 32];
        put(&mut word, 0, 1, self.autonomy.into());
        put(&mut word, 1, 1, self.clean.into());
        put(&mut word, 2, 1, self.pending.into());
        self.halt.write(&mut word, 3);
        put(&mut word, 11, 4, self.last_change.into());
        put(&mut word, 15, 4, self.last_rise.into());
        put(&mut word, 19, 4, self.bucket_at.into());
        put(&mut word, 23, 4, self.l1_used.into());
        put(&mut word, 27, 4, self.clean_at.into());
        l.save(at(key::GROUP, group), word);
    }
}

/// The group of a scope byte; `None` stands for everything.
pub(crate) fn scope_group(scope: u8) -> Result<Option<Group>, Violation> {
    if scope == SCOPE_ALL {
        return Ok(None);
    }
    group_of(scope).map(Some)
}

/// The group of a number from outside.
pub(crate) fn group_of(number: u8) -> Result<Group, Violation> {
    Group::new(number).ok_or(Violation::BadScope { scope: number })
}
