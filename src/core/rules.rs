//! Rules of a slot and of a group: ranges, steps, buckets, clocks, their config-time checks and
//! their storage words.

use crate::engine::{Violation, Word};
use crate::param::{Group, Slot};
use crate::word::{get16, get32, get8, put};

#[cfg(test)]
mod tests;

/// A limit on a movement: the larger of a share of the base value and an absolute amount.
///
/// The absolute part keeps a value of zero movable; the relative part keeps the pace of a large one.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Limit {
    /// Share of the base value, in basis points, rounded down.
    pub rel_bps: u16,
    /// Amount in the slot's unit.
    pub abs: u32,
}

impl Limit {
    /// The movement allowed from `base`.
    #[must_use]
    pub fn of(self, base: u32) -> u32 {
        let share = u64::from(base).saturating_mul(u64::from(self.rel_bps)) / 10_000;
        // A share above u32 cannot be reached by a u32 value anyway.
        u32::try_from(share).unwrap_or(u32::MAX).max(self.abs)
    }

    /// Whether this limit allows at least what `other` does, at every base.
    #[must_use]
    pub fn covers(self, other: Limit) -> bool {
        self.rel_bps >= other.rel_bps && self.abs >= other.abs
    }

    /// Whether the limit allows no movement at all from any base.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.rel_bps == 0 && self.abs == 0
    }
}

/// Rules of one slot.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct SlotRules {
    /// Lowest value an update may set.
    pub gov_min: u32,
    /// Highest value an update may set.
    pub gov_max: u32,
    /// Value the slot glides to when its group goes dormant.
    pub neutral: u32,
    /// Largest rise of one update.
    pub step_up: Limit,
    /// Largest fall of one update.
    pub step_down: Limit,
    /// Largest net rise the group's window carries.
    pub bucket_up: Limit,
    /// Largest net fall the group's window carries.
    pub bucket_down: Limit,
    /// Largest movement that needs no queue.
    pub safe: Limit,
}

impl SlotRules {
    /// The value steps and buckets are counted from: the current one, or the nearest bound when
    /// governance moved the range away from under it.
    #[must_use]
    pub fn base(&self, current: u32) -> u32 {
        current.max(self.gov_min).min(self.gov_max)
    }

    /// Largest movement of one update from `current`, upwards or downwards.
    #[must_use]
    pub fn step_room(&self, up: bool, current: u32) -> u32 {
        let base = self.base(current);
        if up { self.step_up.of(base) } else { self.step_down.of(base) }
    }

    /// Config-time checks.
    ///
    /// # Errors
    /// [`Violation::BadRules`] with the number of the check that failed: 1 range empty or outside
    /// the hard range, 2 neutral outside the range, 3 a step of zero, 4 a step beyond the hard
    /// range or a share above one, 5 a bucket smaller than its step, 6 a safe delta beyond a step.
    pub fn check(&self, slot: Slot) -> Result<(), Violation> {
        let (hard_min, hard_max) = slot.hard_range();
        let fixed = hard_min == hard_max;
        let span = hard_max.saturating_sub(hard_min);
        let too_large = |limit: Limit| limit.abs > span || limit.rel_bps > 10_000;
        let code = if self.gov_min > self.gov_max || self.gov_min < hard_min || self.gov_max > hard_max {
            1
        } else if self.neutral < self.gov_min || self.neutral > self.gov_max {
            2
        } else if !fixed && (self.step_up.is_zero() || self.step_down.is_zero()) {
            3
        } else if too_large(self.step_up)
            || too_large(self.step_down)
            || too_large(self.bucket_up)
            || too_large(self.bucket_down)
        {
            4
        } else if !self.bucket_up.covers(self.step_up) || !self.bucket_down.covers(self.step_down) {
            5
        } else if !self.step_up.covers(self.safe) && !self.step_down.covers(self.safe) {
            6
        } else {
            return Ok(());
        };
        Err(Violation::BadRules { code })
    }

    /// The two storage words.
    #[must_use]
    pub fn pack(&self) -> [Word; 2] {
        let mut first = [0; 32];
        let mut second = [0; 32];
        put(&mut first, 0, 4, self.gov_min.into());
        put(&mut first, 4, 4, self.gov_max.into());
        put(&mut first, 8, 4, self.neutral.into());
        put_limit(&mut first, 12, self.step_up);
        put_limit(&mut first, 18, self.step_down);
        put_limit(&mut second, 0, self.bucket_up);
        put_limit(&mut second, 6, self.bucket_down);
        put_limit(&mut second, 12, self.safe);
        [first, second]
    }

    /// Rules from their two storage words.
    #[must_use]
    pub fn unpack(words: &[Word; 2]) -> Self {
        let [first, second] = words;
        Self {
            gov_min: get32(first, 0),
            gov_max: get32(first, 4),
            neutral: get32(first, 8),
            step_up: get_limit(first, 12),
            step_down: get_limit(first, 18),
            bucket_up: get_limit(second, 0),
            bucket_down: get_limit(second, 6),
            safe: get_limit(second, 12),
        }
    }
}

fn put_limit(word: &mut Word, at: usize, limit: Limit) {
    put(word, at, 2, limit.rel_bps.into());
    put(word, at.saturating_add(2), 4, limit.abs.into());
}

fn get_limit(word: &Word, at: usize) -> Limit {
    Limit { rel_bps: get16(word, at), abs: get32(word, at.saturating_add(2)) }
}

/// Rules of one group. Clocks are seconds of `block.timestamp`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct GroupRules {
    /// Least time between two changes of the group, except towards safety.
    pub cooldown: u32,
    /// Time in which a full bucket drains.
    pub window: u32,
    /// Oldest observation an update of the group may rest on.
    pub max_age: u32,
    /// Wait of a queued change before it may execute.
    pub delay: u32,
    /// Time after the wait in which a queued change may still execute.
    pub grace: u32,
    /// Epochs without an accepted update after which the group goes dormant and glides to its
    /// neutral value; 0 = it stays where it is. Only the emission rate may glide.
    pub dormant_after: u8,
    /// Whether a queued change needs the council's approval at every autonomy level.
    pub approval: bool,
    /// Liquidity only: largest half-L1 distance of one update, bps.
    pub l1_step: u16,
    /// Liquidity only: largest gross half-L1 movement the window carries, bps.
    pub l1_bucket: u16,
    /// Liquidity only: largest half-L1 distance that needs no queue, bps.
    pub l1_safe: u16,
}

/// Least cooldown governance may set, seconds.
pub const MIN_COOLDOWN: u32 = 3_600;
/// Least queue delay: the 24 h in which the sequencer's censorship can be forced around, seconds.
pub const MIN_DELAY: u32 = 86_400;
/// Longest of any clock of a group: two years, seconds.
pub const MAX_CLOCK: u32 = 63_072_000;

impl GroupRules {
    /// Config-time checks.
    ///
    /// # Errors
    /// [`Violation::BadRules`] with the number of the check that failed: 11 cooldown below
    /// [`MIN_COOLDOWN`], 12 an empty window, age or grace, 13 delay below [`MIN_DELAY`], 14 a clock
    /// above [`MAX_CLOCK`], 15 a window shorter than the cooldown, 16 dormancy outside the emission
    /// rate, 17 half-L1 limits out of order or above 10,000, or given for another group.
    pub fn check(&self, group: Group) -> Result<(), Violation> {
        let l1 = (self.l1_safe, self.l1_step, self.l1_bucket);
        let clocks = [self.cooldown, self.window, self.max_age, self.delay, self.grace];
        let code = if self.cooldown < MIN_COOLDOWN {
            11
        } else if self.window == 0 || self.max_age == 0 || self.grace == 0 {
            12
        } else if self.delay < MIN_DELAY {
            13
        } else if clocks.iter().any(|clock| *clock > MAX_CLOCK) {
            14
        } else if self.window < self.cooldown {
            15
        } else if self.dormant_after != 0 && group != Group::Emission {
            16
        } else if group == Group::Liquidity {
            if l1.1 == 0 || l1.0 > l1.1 || l1.1 > l1.2 || l1.2 > 10_000 {
                17
            } else {
                return Ok(());
            }
        } else if l1 == (0, 0, 0) {
            return Ok(());
        } else {
            17
        };
        Err(Violation::BadRules { code })
    }

    /// The storage word.
    #[must_use]
    pub fn pack(&self) -> Word {
        let mut word = [0; 32];
        put(&mut word, 0, 4, self.cooldown.into());
        put(&mut word, 4, 4, self.window.into());
        put(&mut word, 8, 4, self.max_age.into());
        put(&mut word, 12, 4, self.delay.into());
        put(&mut word, 16, 4, self.grace.into());
        put(&mut word, 20, 1, self.dormant_after.into());
        put(&mut word, 21, 1, self.approval.into());
        put(&mut word, 22, 2, self.l1_step.into());
        put(&mut word, 24, 2, self.l1_bucket.into());
        put(&mut word, 26, 2, self.l1_safe.into());
        word
    }

    /// Rules from their storage word.
    #[must_use]
    pub fn unpack(word: &Word) -> Self {
        Self {
            cooldown: get32(word, 0),
            window: get32(word, 4),
            max_age: get32(word, 8),
            delay: get32(word, 12),
            grace: get32(word, 16),
            dormant_after: get8(word, 20),
            approval: get8(word, 21) != 0,
            l1_step: get16(word, 22),
            l1_bucket: get16(word, 24),
            l1_safe: get16(word, 26),
        }
    }
}

/// What the policy's mapping reads: the live values, rules and counts.
pub trait ParamView {
    /// Current value of a slot.
    fn value(&self, slot: Slot) -> u32;
    /// Rules in force for a slot.
    fn rules(&self, slot: Slot) -> SlotRules;
    /// Rules in force for a group.
    fn group_rules(&self, group: Group) -> GroupRules;
    /// Live pool weights, the reserve included.
    fn pool_count(&self) -> u8;
    /// Live grant categories.
    fn category_count(&self) -> u8;
}
