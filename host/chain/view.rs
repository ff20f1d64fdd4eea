//! Reading the state at one version, as the interpreter and the RPC methods do.

use std::sync::PoisonError;

use alloy_primitives::{Address, B256, U256};
use revm::{
    database_interface::{DBErrorMarker, DatabaseRef},
    state::{AccountInfo, Bytecode},
};

use crate::store::{Basic, SharedStore, Store, Version};

/// Reading the store cannot fail; the type is needed by the interface.
#[derive(Debug, thiserror::Error)]
#[error("state is unavailable")]
pub struct StateUnavailable;

impl DBErrorMarker for StateUnavailable {}

/// The state at one version.
#[derive(Clone, Debug)]
pub struct StateView {
    store: SharedStore,
    version: Version,
}

impl StateView {
    /// A view of `store` at `version`.
    pub fn new(store: SharedStore, version: Version) -> Self {
        Self { store, version }
    }

    fn read<T>(&self, read: impl FnOnce(&Store) -> T) -> T {
        read(&self.store.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The account, or an empty one.
    pub fn basic(&self, address: Address) -> Basic {
        self.read(|store| store.basic(address, self.version)).unwrap_or_default()
    }

    /// One storage slot.
    pub fn slot(&self, address: Address, slot: U256) -> U256 {
        self.read(|store| store.storage(address, slot, self.version))
    }

    /// The account's code.
    pub fn code(&self, address: Address) -> Bytecode {
        let hash = self.basic(address).code_hash;
        self.read(|store| store.code(hash))
    }
}

impl DatabaseRef for StateView {
    type Error = StateUnavailable;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        Ok(self.read(|store| {
            let basic = store.basic(address, self.version)?;
            Some(AccountInfo::new(basic.balance, basic.nonce, basic.code_hash, store.code(basic.code_hash)))
        }))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Self::Error> {
        Ok(self.read(|store| store.code(code_hash)))
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, Self::Error> {
        Ok(self.slot(address, index))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Self::Error> {
        Ok(self.read(|store| store.block_hash(number)))
    }
}
