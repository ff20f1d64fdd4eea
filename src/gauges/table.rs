//! A table of 32 numbers of 16 bits in two storage words, the first number at the high end of the first word.

use alloy_primitives::B256;
use escapement_kit::vm;

/// Numbers in a table: weights of the group, or the pools behind them.
pub(crate) const LENGTH: usize = 32;

/// A table, as its two words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Table(pub(crate) [B256; 2]);

impl Table {
    /// Reads the table at `slot` and the slot after it.
    pub(crate) fn load(slot: u8) -> Self {
        Self([vm::load(&B256::with_last_byte(slot)), vm::load(&B256::with_last_byte(slot.saturating_add(1)))])
    }

    /// Writes the table to `slot` and the slot after it.
    pub(crate) fn save(&self, slot: u8) {
        let [first, second] = &self.0;
        vm::save(&B256::with_last_byte(slot), first);
        vm::save(&B256::with_last_byte(slot.saturating_add(1)), second);
    }

    /// The numbers.
    pub(crate) fn numbers(&self) -> [u16; LENGTH] {
        let mut numbers = [0; LENGTH];
        let bytes = self.0.iter().flat_map(|word| word.as_chunks::<2>().0);
        for (number, bytes) in numbers.iter_mut().zip(bytes) {
            *number = u16::from_be_bytes(*bytes);
        }
        numbers
    }

    /// The table of these numbers.
    pub(crate) fn of(numbers: &[u16; LENGTH]) -> Self {
        let mut words = [B256::ZERO; 2];
        let places = words.iter_mut().flat_map(|word| word.as_chunks_mut::<2>().0);
        for (place, number) in places.zip(numbers) {
            *place = number.to_be_bytes();
        }
        Self(words)
    }
}
