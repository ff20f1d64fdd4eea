//! Rules of a slot and of a group: ranges, steps, buckets, clocks, their config-time checks and
//! their storage words.

use crate::engine::{Violation, Word};
use crate::param::{Group, Slot};
use crate::word::{low16, low32, low8, pack, unpack};

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
        if up {
            self.step_up.of(base)
        } else {
            self.step_down.of(base)
        }
    }

    /// Config-time checks.
    ///
    /// # Errors
    /// [`Violation::bad_rules`] with the number of the check that failed: 1 range empty or outside
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
        Err(Violation::bad_rules(code))
    }

    /// The two storage words.
    #[must_use]
    pub fn pack(&self) -> [Word; 2] {
        let limit = |limit: Limit| [u64::from(limit.rel_bps), u64::from(limit.abs)];
        let ([up, up_abs], [down, down_abs]) = (limit(self.step_up), limit(self.step_down));
        let ([b_up, b_up_abs], [b_down, b_down_abs]) = (limit(self.bucket_up), limit(self.bucket_down));
        let [safe, safe_abs] = limit(self.safe);
        let range = [u64::from(self.gov_min), u64::from(self.gov_max), u64::from(self.neutral)];
        let [min, max, neutral] = range;
        [
            pack(&FIRST, &[min, max, neutral, up, up_abs, down, down_abs]),
            pack(&SECOND, &[b_up, b_up_abs, b_down, b_down_abs, safe, safe_abs]),
        ]
    }

    /// Rules from their two storage words.
    #[must_use]
    pub fn unpack(words: &[Word; 2]) -> Self {
        let [first, second] = words;
        let [min, max, neutral, up, up_abs, down, down_abs] = unpack(&FIRST, first);
        let [b_up, b_up_abs, b_down, b_down_abs, safe, safe_abs] = unpack(&SECOND, second);
        let limit = |rel_bps, abs| Limit { rel_bps: low16(rel_bps), abs: low32(abs) };
        Self {
            gov_min: low32(min),
            gov_max: low32(max),
            neutral: low32(neutral),
            step_up: limit(up, up_abs),
            step_down: limit(down, down_abs),
            bucket_up: limit(b_up, b_up_abs),
            bucket_down: limit(b_down, b_down_abs),
            safe: limit(safe, safe_abs),
        }
    }
}

/// Widths in bytes: range, neutral, step up and down as share and amount.
const FIRST: [u8; 7] = [4, 4, 4, 2, 4, 2, 4];
/// Widths in bytes: bucket up and down and safe delta as share and amount.
const SECOND: [u8; 6] = [2, 4, 2, 4, 2, 4];

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
    /// [`Violation::bad_rules`] with the number of the check that failed: 11 cooldown below
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
        Err(Violation::bad_rules(code))
    }

    /// The storage word.
    #[must_use]
    pub fn pack(&self) -> Word {
        pack(
            &GROUP,
            &[
                self.cooldown.into(),
                self.window.into(),
                self.max_age.into(),
                self.delay.into(),
                self.grace.into(),
                self.dormant_after.into(),
                self.approval.into(),
                self.l1_step.into(),
                self.l1_bucket.into(),
                self.l1_safe.into(),
            ],
        )
    }

    /// Rules from their storage word.
    #[must_use]
    pub fn unpack(word: &Word) -> Self {
        let [cooldown, window, max_age, delay, grace, dormant_after, approval, l1_step, l1_bucket, l1_safe] =
            unpack(&GROUP, word);
        Self {
            cooldown: low32(cooldown),
            window: low32(window),
            max_age: low32(max_age),
            delay: low32(delay),
            grace: low32(grace),
            dormant_after: low8(dormant_after),
            approval: approval != 0,
            l1_step: low16(l1_step),
            l1_bucket: low16(l1_bucket),
            l1_safe: low16(l1_safe),
        }
    }
}

/// Widths in bytes of the fields of [`GroupRules`], in order.
const GROUP: [u8; 10] = [4, 4, 4, 4, 4, 1, 1, 2, 2, 2];

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
