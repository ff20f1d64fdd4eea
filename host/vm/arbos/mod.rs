//! `ArbOS` state: words in the storage of [`ARBOS_STATE`], read and written through the journal.
//!
//! A word's slot is the hash of a space and a key, so spaces cannot collide. Writes are journalled and revert with their frame.

mod overrides;
mod program;
mod set;
#[cfg(test)]
mod tests;

pub use overrides::{Setting, effective, set_override};
pub use program::{Program, ProgramError};
pub use set::AddressSet;

use crate::{genesis::ARBOS_STATE, params::DataPricer};
use alloy_primitives::{Address, B256, U256, keccak256};
use revm::context_interface::JournalTr;

/// A group of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Program records by code hash.
    Program,
    /// Data price state.
    DataPrice,
    /// Parameters changed at run time.
    Setting,
    /// Chain owners.
    Owners,
    /// Cache managers.
    CacheManagers,
}

/// The slot of `key` in `space`.
#[must_use]
pub fn slot(space: Space, key: U256) -> U256 {
    let mut preimage = [0; 64];
    preimage[..19].copy_from_slice(b"escapement.arbos.v1");
    preimage[31] = space as u8;
    preimage[32..64].copy_from_slice(&key.to_be_bytes::<32>());
    keccak256(preimage).into()
}

/// Journal with a database that may fail with `E`.
pub type DbError<J> = <<J as JournalTr>::Database as revm::Database>::Error;

/// Reads a word.
///
/// # Errors
/// The database's.
pub fn read<J: JournalTr>(journal: &mut J, slot: U256) -> Result<U256, DbError<J>> {
    journal.load_account(ARBOS_STATE)?;
    Ok(journal.sload(ARBOS_STATE, slot)?.data)
}

/// Writes a word.
///
/// # Errors
/// The database's.
pub fn write<J: JournalTr>(journal: &mut J, slot: U256, value: U256) -> Result<(), DbError<J>> {
    journal.load_account(ARBOS_STATE)?;
    journal.sstore(ARBOS_STATE, slot, value)?;
    Ok(())
}

/// The record of a program, if it was ever activated.
///
/// # Errors
/// The database's.
pub fn program<J: JournalTr>(journal: &mut J, codehash: B256) -> Result<Program, DbError<J>> {
    let word = read(journal, slot(Space::Program, codehash.into()))?;
    Ok(Program::from_word(word))
}

/// Stores the record of a program.
///
/// # Errors
/// The database's.
pub fn set_program<J: JournalTr>(journal: &mut J, codehash: B256, program: &Program) -> Result<(), DbError<J>> {
    let slot = slot(Space::Program, codehash.into());
    write(journal, slot, program.to_word())
}

/// State of the data price.
///
/// # Errors
/// The database's.
pub fn data_pricer<J: JournalTr>(journal: &mut J) -> Result<DataPricer, DbError<J>> {
    let word = read(journal, slot(Space::DataPrice, U256::ZERO))?;
    let [last_update, demand, ..] = word.into_limbs();
    if last_update == 0 {
        return Ok(DataPricer::default());
    }
    Ok(DataPricer {
        // Written from a u32 below.
        demand: u32::try_from(demand).unwrap_or(u32::MAX),
        last_update,
    })
}

/// Stores the state of the data price.
///
/// # Errors
/// The database's.
pub fn set_data_pricer<J: JournalTr>(journal: &mut J, pricer: &DataPricer) -> Result<(), DbError<J>> {
    let word = U256::from_limbs([pricer.last_update, u64::from(pricer.demand), 0, 0]);
    write(journal, slot(Space::DataPrice, U256::ZERO), word)
}

/// The set of chain owners.
#[must_use]
pub const fn owners() -> AddressSet {
    AddressSet::new(Space::Owners)
}

/// The set of cache managers, in order of addition.
#[must_use]
pub const fn cache_managers() -> AddressSet {
    AddressSet::new(Space::CacheManagers)
}

/// Storage of the state account at genesis: the owner and the cache manager.
#[must_use]
pub fn genesis_storage(owner: Address, cache_manager: Address) -> Vec<(U256, U256)> {
    let mut words = Vec::new();
    for (set, member) in [(owners(), owner), (cache_managers(), cache_manager)] {
        if member != Address::ZERO {
            words.extend(set.genesis(member));
        }
    }
    words
}
