//! Two-sided leaky buckets: how far a slot has moved, net, within its group's window.
//!
//! The level is signed, in Q16 of the slot's unit, and drains linearly to zero at capacity per
//! window. A movement must keep it within `[-capacity down, +capacity up]`. Over any stretch of T
//! seconds a slot can therefore not drift further than its free room at the start plus
//! `capacity * T / window`. Relative capacities count from the value the level started at (current
//! value minus net movement), so a rise does not enlarge the room for the next one.

use super::ledger::{key, Ledger};
use super::Word;
use crate::param::Slot;
use crate::rules::SlotRules;
use crate::word::{get, put};

#[cfg(test)]
mod tests;

/// Number of bucket words: 19 slots, four a word.
const WORDS: usize = 5;

/// Bucket words read so far.
#[derive(Clone, Copy)]
pub(crate) struct Nets {
    words: [Word; WORDS],
    loaded: u8,
    dirty: u8,
}

/// Word and byte of a slot's level. Pool weights have none: their group carries one gross usage.
const fn place(slot: Slot) -> (usize, usize) {
    let n = slot.index();
    let n = if n > 42 { n.saturating_sub(32) } else { n };
    (n / 4, (n % 4).saturating_mul(8))
}

/// Bit of a word in a mask.
#[allow(clippy::cast_possible_truncation)] // at most five words
const fn flag(index: usize) -> u8 {
    1u8.wrapping_shl(index as u32)
}

impl Nets {
    pub(crate) fn new() -> Self {
        Self { words: [[0; 32]; WORDS], loaded: 0, dirty: 0 }
    }

    /// Level of a slot, in Q16 of its unit.
    pub(crate) fn level<L: Ledger + ?Sized>(&mut self, l: &L, slot: Slot) -> i64 {
        let (index, at) = place(slot);
        let bit = flag(index);
        let Some(word) = self.words.get_mut(index) else { return 0 };
        if self.loaded & bit == 0 {
            self.loaded |= bit;
            *word = l.load(key::BUCKET.saturating_add(index as u64));
        }
        get(word, at, 8).cast_signed()
    }

    /// Replaces the level of a slot whose word was read.
    pub(crate) fn set(&mut self, slot: Slot, level: i64) {
        let (index, at) = place(slot);
        if let Some(word) = self.words.get_mut(index) {
            self.dirty |= flag(index);
            put(word, at, 8, level.cast_unsigned());
        }
    }

    /// Takes over the levels of these slots from `other`, the rest of each word from storage.
    pub(crate) fn copy<L: Ledger + ?Sized>(&mut self, l: &L, other: &Nets, mask: u64) {
        for slot in Slot::each(mask) {
            let (index, at) = place(slot);
            if other.dirty & flag(index) == 0 {
                continue;
            }
            let level = other.words.get(index).map_or(0, |word| get(word, at, 8)).cast_signed();
            if self.level(l, slot) != level {
                self.set(slot, level);
            }
        }
    }

    /// Writes the words that changed.
    pub(crate) fn save<L: Ledger + ?Sized>(&self, l: &mut L) {
        for (index, word) in self.words.iter().enumerate() {
            if self.dirty & flag(index) != 0 {
                l.save(key::BUCKET.saturating_add(index as u64), *word);
            }
        }
    }
}

/// An amount of units as a level.
pub(crate) fn level_of(units: u32) -> i64 {
    i64::from(units) << 16
}

/// Capacities up and down in Q16, given the current base value and the level.
pub(crate) fn capacities(rules: &SlotRules, base: u32, level: i64) -> (i64, i64) {
    let start = i64::from(base).saturating_sub(level >> 16).max(0);
    let start = u32::try_from(start).unwrap_or(u32::MAX);
    (level_of(rules.bucket_up.of(start)), level_of(rules.bucket_down.of(start)))
}

/// What `capacity` drains in `elapsed` of `window` seconds.
pub(crate) fn drained(capacity: i64, elapsed: u32, window: u32) -> i64 {
    // A capacity is at most 65,535 units in Q16, below 2^32, and seconds are too: the product fits.
    let product = capacity.cast_unsigned().wrapping_mul(elapsed.into());
    product.checked_div(window.into()).map_or(i64::MAX, |amount| i64::try_from(amount).unwrap_or(i64::MAX))
}

/// The level after `elapsed` seconds.
pub(crate) fn drain(rules: &SlotRules, base: u32, level: i64, elapsed: u32, window: u32) -> i64 {
    if level == 0 {
        return 0;
    }
    let (up, down) = capacities(rules, base, level);
    if level > 0 {
        level.saturating_sub(drained(up, elapsed, window)).max(0)
    } else {
        level.saturating_add(drained(down, elapsed, window)).min(0)
    }
}

/// Room left upwards and downwards, in whole units.
pub(crate) fn room(rules: &SlotRules, base: u32, level: i64) -> (u32, u32) {
    let (up, down) = capacities(rules, base, level);
    let whole = |room: i64| u32::try_from(room.max(0) >> 16).unwrap_or(u32::MAX);
    (whole(up.saturating_sub(level)), whole(down.saturating_add(level)))
}
