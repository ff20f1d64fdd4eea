//! Checkpoints: how much something was at any past moment.
//!
//! A trace keeps one value for each moment at which it changed. The newest lies in its head, so that the present value
//! and a second change at the same moment cost one word; the older ones lie in an append-only archive, two to a word,
//! and are found by binary search. The semantics are those of `OpenZeppelin`'s checkpoints: a change at the moment of the
//! newest one replaces it, and the value at a moment is that of the last change not after it.

use crate::fixed::MathError;

#[cfg(test)]
mod tests;

/// Largest value: 96 bits.
pub const MAX_VALUE: u128 = (1 << VALUE_BITS) - 1;
/// Bits of a value in an entry; the upper 32 bits are its moment.
const VALUE_BITS: u32 = 96;

/// Where the archive of one trace lies: words of two 128-bit halves, by number from 0.
pub trait Archive {
    /// Returns a word, upper half first; zero if it was never written.
    fn load(&self, number: u32) -> [u128; 2];
    /// Writes a word.
    fn save(&mut self, number: u32, halves: [u128; 2]);
}

/// The head of a trace. Moments are seconds of `block.timestamp` in 32 bits.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Trace {
    /// The newest value.
    pub value: u128,
    /// When it began.
    pub since: u32,
    /// Entries in the archive.
    pub archived: u32,
}

/// Why a change is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum TraceError {
    /// The moment lies before the newest change.
    Backwards {
        /// The moment given.
        now: u32,
        /// The newest change.
        last: u32,
    },
    /// The value exceeds [`MAX_VALUE`], or the archive is full.
    Math(MathError),
}

impl Trace {
    /// Records that the value is `value` from `now` on.
    ///
    /// # Errors
    /// [`TraceError`].
    pub fn push(&mut self, archive: &mut impl Archive, now: u32, value: u128) -> Result<(), TraceError> {
        let last = self.since;
        if now < last {
            return Err(TraceError::Backwards { now, last });
        }
        if value > MAX_VALUE {
            return Err(TraceError::Math(MathError::Overflow));
        }
        // The beginning of time, when everything is zero, needs no entry.
        if now > last && last > 0 {
            let number = self.archived / 2;
            let mut halves = archive.load(number);
            let [even, odd] = &mut halves;
            *(if self.archived.is_multiple_of(2) { even } else { odd }) = (u128::from(last) << VALUE_BITS) | self.value;
            archive.save(number, halves);
            self.archived = self.archived.checked_add(1).ok_or(TraceError::Math(MathError::Overflow))?;
        }
        (self.value, self.since) = (value, now);
        Ok(())
    }

    /// Returns the value at `moment`; zero before the first change.
    pub fn at(&self, archive: &impl Archive, moment: u32) -> u128 {
        if moment >= self.since {
            return self.value;
        }
        // All entries below `low` began at or before the moment, all from `high` on after it.
        let (mut low, mut high, mut value) = (0, self.archived, 0);
        while low < high {
            let middle = low.midpoint(high);
            let [even, odd] = archive.load(middle / 2);
            let entry = if middle.is_multiple_of(2) { even } else { odd };
            if entry >> VALUE_BITS <= u128::from(moment) {
                (low, value) = (middle.saturating_add(1), entry & MAX_VALUE);
            } else {
                high = middle;
            }
        }
        value
    }
}
