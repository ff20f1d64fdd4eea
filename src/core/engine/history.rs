//! Checkpointed values: nine append-only pages, seven values and a moment in each entry.
//!
//! The last entry of a page *is* the current value of its slots, so a value costs two reads, and
//! the value at any past moment a binary search. Slots that move together share a page.

use super::ledger::{key, Ledger};
use super::state::Config;
use super::{Violation, Word};
pub use crate::emission::{supply_growth, MAX_GROWTH};
use crate::param::{Group, Slot};
use crate::word::{get, get32, put};

#[cfg(test)]
mod tests;

/// Number of pages.
pub const PAGES: usize = 9;
/// Where an entry keeps its moment.
const MOMENT: usize = 28;

/// Page and place within the page of a slot.
#[must_use]
pub const fn place(slot: Slot) -> (usize, usize) {
    let n = slot.index();
    let (page, index) = match n {
        0 | 1 => (0, n),
        2..=6 => (1, n.saturating_sub(2)),
        7..=10 => (0, n.saturating_sub(5)),
        11..=42 => (2usize.saturating_add(n.saturating_sub(11) / 7), n.saturating_sub(11) % 7),
        _ => (7usize.saturating_add(n.saturating_sub(43) / 7), n.saturating_sub(43) % 7),
    };
    (page, index.saturating_mul(4))
}

/// Bit of a page in a mask.
#[allow(clippy::cast_possible_truncation)] // nine pages
const fn flag(page: usize) -> u16 {
    1u16.wrapping_shl(page as u32)
}

fn entry_key(page: usize, index: u64) -> u64 {
    // Nine pages of at most 2^24 entries: far from any overflow.
    key::HISTORY.saturating_mul(page as u64).saturating_add(key::HISTORY).saturating_add(index)
}

/// Number of entries of a page, from the lengths word.
fn length(lengths: &Word, page: usize) -> u64 {
    get(lengths, page.saturating_mul(3), 3)
}

/// The current entries of the pages read so far.
#[derive(Clone, Copy)]
pub struct Book {
    lengths: Word,
    pages: [Word; PAGES],
    loaded: u16,
}

impl Book {
    /// An open book with no page read yet.
    #[must_use]
    pub fn open<L: Ledger + ?Sized>(l: &L) -> Self {
        Self { lengths: l.load(key::LENGTHS), pages: [[0; 32]; PAGES], loaded: 0 }
    }

    /// Reads the pages of these slots, each once.
    pub fn read<L: Ledger + ?Sized>(&mut self, l: &L, mask: u64) {
        for slot in Slot::each(mask) {
            let (page, _) = place(slot);
            let flag = flag(page);
            if self.loaded & flag == 0 {
                self.loaded |= flag;
                let last = length(&self.lengths, page).checked_sub(1);
                if let (Some(last), Some(entry)) = (last, self.pages.get_mut(page)) {
                    *entry = l.load(entry_key(page, last));
                }
            }
        }
    }

    /// Current value of a slot whose page was read.
    #[must_use]
    pub fn value(&self, slot: Slot) -> u32 {
        let (page, at) = place(slot);
        self.pages.get(page).map_or(0, |entry| get32(entry, at))
    }

    /// Replaces a value in memory.
    pub(crate) fn set(&mut self, slot: Slot, value: u32) {
        let (page, at) = place(slot);
        if let Some(entry) = self.pages.get_mut(page) {
            put(entry, at, 4, value.into());
        }
    }

    /// Appends the pages of these slots as entries of `now`; an entry of the same moment is replaced.
    pub(crate) fn write<L: Ledger + ?Sized>(&mut self, l: &mut L, now: u32, mask: u64) {
        let mut done = 0u16;
        for slot in Slot::each(mask) {
            let (page, _) = place(slot);
            let flag = flag(page);
            let Some(entry) = self.pages.get_mut(page) else { continue };
            if done & flag != 0 {
                continue;
            }
            done |= flag;
            let count = length(&self.lengths, page);
            let same = count != 0 && get32(entry, MOMENT) == now;
            put(entry, MOMENT, 4, now.into());
            if same {
                l.save(entry_key(page, count.saturating_sub(1)), *entry);
            } else {
                l.save(entry_key(page, count), *entry);
                put(&mut self.lengths, page.saturating_mul(3), 3, count.saturating_add(1));
            }
        }
        if done != 0 {
            l.save(key::LENGTHS, self.lengths);
        }
    }

    /// Values of these slots at a moment: a book whose pages hold the entries then in force.
    ///
    /// # Errors
    /// [`Violation::no_history`] for a slot whose page has no entry that early.
    pub fn read_at<L: Ledger + ?Sized>(&mut self, l: &L, mask: u64, timepoint: u32) -> Result<(), Violation> {
        for slot in Slot::each(mask) {
            let (page, _) = place(slot);
            let flag = flag(page);
            if self.loaded & flag != 0 {
                continue;
            }
            self.loaded |= flag;
            // Entries before `low` are not later than the moment, entries from `high` on are.
            let (mut low, mut high) = (0, length(&self.lengths, page));
            let mut found = None;
            while low < high {
                let middle = low.saturating_add(high) / 2;
                let entry = l.load(entry_key(page, middle));
                if get32(&entry, MOMENT) <= timepoint {
                    found = Some(entry);
                    low = middle.saturating_add(1);
                } else {
                    high = middle;
                }
            }
            let entry = found.ok_or(Violation::no_history(slot.number(), timepoint))?;
            if let Some(place) = self.pages.get_mut(page) {
                *place = entry;
            }
        }
        Ok(())
    }

    /// Rules on the values themselves, whoever set them: order of the curve, sum of the weights,
    /// supply growth, and no re-mint while nothing is burned.
    ///
    /// # Errors
    /// [`Violation::curve_order`], [`Violation::weight_sum`], [`Violation::cross_supply`],
    /// [`Violation::cross_burn_paused`].
    pub(crate) fn check(&self, config: &Config, groups: u8) -> Result<(), Violation> {
        use super::state::bit;
        if groups & bit(Group::Curve) != 0 {
            let mut last = 0;
            for slot in Slot::each(Group::Curve.mask()) {
                let knot = self.value(slot);
                if knot < last {
                    return Err(Violation::curve_order(slot.number()));
                }
                last = knot;
            }
        }
        if groups & bit(Group::Liquidity) != 0 {
            let sum = Slot::each(Group::Liquidity.mask()).fold(0u32, |sum, slot| sum.saturating_add(self.value(slot)));
            if sum != if config.pools == 0 { 0 } else { crate::fixed::BPS } {
                return Err(Violation::weight_sum(sum));
            }
        }
        if groups & (bit(Group::Emission) | bit(Group::Equilibrium)) != 0 {
            let remint = self.value(crate::param::REMINT);
            let growth = supply_growth(self.value(crate::param::EMISSION), remint);
            if growth > MAX_GROWTH {
                return Err(Violation::cross_supply(growth, MAX_GROWTH));
            }
            if remint != 0 && self.value(crate::param::BURN) == 0 {
                return Err(Violation::cross_burn_paused(remint));
            }
        }
        Ok(())
    }
}
