//! An ordered set of addresses in `ArbOS` storage.

use super::{DbError, Space, read, slot, write};
use alloy_primitives::{Address, U256};
use revm::context_interface::JournalTr;

/// Positions count from one; the word at key zero is the size. A member's own word holds its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressSet(Space);

impl AddressSet {
    /// The set in `space`.
    #[must_use]
    pub const fn new(space: Space) -> Self {
        Self(space)
    }

    fn size_slot(self) -> U256 {
        slot(self.0, U256::ZERO)
    }

    fn position_slot(self, position: u64) -> U256 {
        slot(self.0, U256::from(position))
    }

    // Above any position: addresses are tagged with a high bit.
    fn member_slot(self, member: Address) -> U256 {
        slot(self.0, U256::from_be_slice(member.as_slice()) | (U256::ONE << 255))
    }

    fn to_word(member: Address) -> U256 {
        U256::from_be_slice(member.as_slice())
    }

    /// The words that make a set of one member.
    pub fn genesis(self, member: Address) -> [(U256, U256); 3] {
        [
            (self.size_slot(), U256::ONE),
            (self.position_slot(1), Self::to_word(member)),
            (self.member_slot(member), U256::ONE),
        ]
    }

    /// Whether `member` is in the set.
    ///
    /// # Errors
    /// The database's.
    pub fn contains<J: JournalTr>(self, journal: &mut J, member: Address) -> Result<bool, DbError<J>> {
        Ok(!read(journal, self.member_slot(member))?.is_zero())
    }

    /// All members in order.
    ///
    /// # Errors
    /// The database's.
    pub fn all<J: JournalTr>(self, journal: &mut J) -> Result<Vec<Address>, DbError<J>> {
        let size: u64 = read(journal, self.size_slot())?.saturating_to();
        let mut members = Vec::new();
        for position in 1..=size {
            let word = read(journal, self.position_slot(position))?;
            members.push(Address::from_word(word.into()));
        }
        Ok(members)
    }

    /// Adds `member`; nothing happens if it is there.
    ///
    /// # Errors
    /// The database's.
    pub fn add<J: JournalTr>(self, journal: &mut J, member: Address) -> Result<(), DbError<J>> {
        if self.contains(journal, member)? {
            return Ok(());
        }
        let size: u64 = read(journal, self.size_slot())?.saturating_to();
        let position = size.saturating_add(1);
        write(journal, self.size_slot(), U256::from(position))?;
        write(journal, self.position_slot(position), Self::to_word(member))?;
        write(journal, self.member_slot(member), U256::from(position))
    }

    /// Removes `member`, the last one taking its place. Returns whether it was there.
    ///
    /// # Errors
    /// The database's.
    pub fn remove<J: JournalTr>(self, journal: &mut J, member: Address) -> Result<bool, DbError<J>> {
        let position: u64 = read(journal, self.member_slot(member))?.saturating_to();
        if position == 0 {
            return Ok(false);
        }
        let size: u64 = read(journal, self.size_slot())?.saturating_to();
        let last = read(journal, self.position_slot(size))?;
        write(journal, self.position_slot(position), last)?;
        write(journal, self.member_slot(Address::from_word(last.into())), U256::from(position))?;
        write(journal, self.position_slot(size), U256::ZERO)?;
        write(journal, self.member_slot(member), U256::ZERO)?;
        write(journal, self.size_slot(), U256::from(size.saturating_sub(1)))?;
        Ok(true)
    }
}
