//! Reading the state at one version, as the interpreter and the RPC methods do.

use std::sync::PoisonError;

use alloy_primitives::{Address, B256, U256};
use revm::state::{AccountInfo, Bytecode};

use crate::store::{Basic, SharedStore, Store, Version};

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

    /// The account with its code, or `None` where it does not exist.
    pub fn account(&self, address: Address) -> Option<AccountInfo> {
        self.read(|store| {
            let basic = store.basic(address, self.version)?;
            Some(AccountInfo::new(basic.balance, basic.nonce, basic.code_hash, store.code(basic.code_hash)))
        })
    }

    /// Code by its hash.
    pub fn code_by_hash(&self, hash: B256) -> Bytecode {
        self.read(|store| store.code(hash))
    }

    /// The hash of an L2 block; zero where there is none.
    pub fn block_hash(&self, number: u64) -> B256 {
        self.read(|store| store.block_hash(number))
    }
}
