//! The development methods: edits of the state, time, impersonation, snapshots.

use alloy_primitives::{Address, B256, Bytes, U256};
use revm::state::Bytecode;

use crate::{
    chain::{Chain, Settings},
    error::ChainError,
    pool::Pool,
    store::{Basic, Store, Version},
};

/// Names a snapshot. Counts up from 1.
pub type SnapshotId = u64;

/// What a snapshot restores: height, state version, settings and waiting transactions.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    height: u64,
    version: Version,
    settings: Settings,
    pool: Pool,
}

impl Snapshot {
    /// The chain at block 0.
    pub const fn genesis(version: Version, settings: Settings, pool: Pool) -> Self {
        Self { height: 0, version, settings, pool }
    }
}

impl Chain {
    /// Remembers the chain as it is. Costs no copy of the state.
    #[must_use]
    pub fn snapshot(&self) -> SnapshotId {
        let _guard = self.lock_mining();
        let snapshot = Snapshot {
            height: self.block_number(),
            version: self.latest_version(),
            settings: self.settings().clone(),
            pool: self.pool().clone(),
        };
        let mut snapshots = self.snapshots();
        let id = snapshots.last_key_value().map_or(1, |(last, _)| last + 1);
        snapshots.insert(id, snapshot);
        id
    }

    /// Restores a snapshot; it and the later ones are gone then. False when there is no such one.
    #[must_use]
    pub fn revert(&self, id: SnapshotId) -> bool {
        let _guard = self.lock_mining();
        let snapshot = {
            let mut snapshots = self.snapshots();
            let Some(snapshot) = snapshots.remove(&id) else { return false };
            snapshots.split_off(&id);
            snapshot
        };
        self.restore(snapshot);
        true
    }

    /// The storage slots of all accounts that were written after snapshot `id`, ascending, each once; `None` when there is
    /// no such snapshot. A slot is listed too where it was written back to what it held. What reverted wrote nothing.
    #[must_use]
    pub fn written_since(&self, id: SnapshotId) -> Option<Vec<(Address, U256)>> {
        let _guard = self.lock_mining();
        let since = self.snapshots().get(&id)?.version;
        Some(self.store().slots_written(since))
    }

    /// Goes back to block 0 and forgets every snapshot.
    pub fn reset(&self) {
        let _guard = self.lock_mining();
        self.snapshots().clear();
        self.restore(self.inner.genesis.clone());
    }

    fn restore(&self, snapshot: Snapshot) {
        {
            let mut ledger = self.ledger_mut();
            ledger.truncate(snapshot.height);
            self.publish_version(snapshot.version);
        }
        {
            let mut store = self.store_mut();
            store.revert_to(snapshot.version);
            store.truncate_block_hashes(snapshot.height.saturating_add(1));
        }
        *self.settings_mut() = snapshot.settings;
        *self.pool() = snapshot.pool;
        self.filters().rewind(snapshot.height);
    }

    /// Sets a balance, in wei.
    pub fn set_balance(&self, address: Address, balance: U256) {
        self.edit(|store| store.edit(address, |basic| basic.balance = balance));
    }

    /// Sets a nonce.
    ///
    /// # Errors
    /// [`ChainError::NonceTooLow`] when it is below the present one: a nonce used twice would give
    /// two transactions one hash.
    pub fn set_nonce(&self, address: Address, nonce: u64) -> Result<(), ChainError> {
        let state = self.nonce(address, alloy::eips::BlockId::latest())?;
        if nonce < state {
            return Err(ChainError::NonceTooLow { address, tx: nonce, state });
        }
        self.edit(|store| store.edit(address, |basic| basic.nonce = nonce));
        Ok(())
    }

    /// Replaces an account's code.
    ///
    /// # Errors
    /// [`ChainError::InvalidParams`] when the bytes are a malformed EIP-7702 designator.
    pub fn set_code(&self, address: Address, code: Bytes) -> Result<(), ChainError> {
        if code.is_empty() {
            let empty = Basic::default().code_hash;
            self.edit(|store| store.edit(address, |basic| basic.code_hash = empty));
            return Ok(());
        }
        let code =
            Bytecode::new_raw_checked(code).map_err(|error| ChainError::InvalidParams(format!("code: {error}")))?;
        self.edit(|store| store.set_code(address, code));
        Ok(())
    }

    /// Writes one storage word.
    pub fn set_storage(&self, address: Address, slot: U256, value: U256) {
        self.edit(|store| store.set_storage(address, slot, value));
    }

    /// Moves time forward. Returns the total offset from the clock, in seconds.
    #[allow(clippy::must_use_candidate)] // called for its effect
    pub fn increase_time(&self, seconds: u64) -> i64 {
        self.settings_mut().time.increase(seconds)
    }

    /// Sets the next block's timestamp; time runs on from there.
    ///
    /// # Errors
    /// [`ChainError::TimestampInPast`].
    pub fn set_next_timestamp(&self, timestamp: u64) -> Result<(), ChainError> {
        let latest = self.head().timestamp();
        self.settings_mut().time.set_next(timestamp, latest)
    }

    /// Fixes the distance between blocks in seconds; `None` returns to the clock. Returns whether
    /// one was fixed before.
    #[allow(clippy::must_use_candidate)] // called for its effect
    pub fn set_timestamp_interval(&self, seconds: Option<u64>) -> bool {
        self.settings_mut().time.set_interval(seconds)
    }

    /// Sets the base fee from the next block on, in wei per gas.
    pub fn set_base_fee(&self, base_fee: u64) {
        self.settings_mut().base_fee = base_fee;
    }

    /// Sets the coinbase from the next block on.
    pub fn set_coinbase(&self, coinbase: Address) {
        self.settings_mut().coinbase = coinbase;
    }

    /// Accepts unsigned transactions of `address`, contracts included.
    pub fn impersonate(&self, address: Address) {
        self.settings_mut().impersonated.insert(address);
    }

    /// Stops accepting them.
    pub fn stop_impersonating(&self, address: Address) {
        self.settings_mut().impersonated.remove(&address);
    }

    /// Accepts unsigned transactions of everyone, or stops.
    pub fn impersonate_all(&self, enabled: bool) {
        self.settings_mut().impersonate_all = enabled;
    }

    /// Removes a waiting transaction. True when it was there.
    #[must_use]
    pub fn drop_transaction(&self, hash: B256) -> bool {
        let _guard = self.lock_mining();
        self.pool().drop_hash(hash).is_some()
    }

    /// Edits the newest state outside a transaction.
    fn edit(&self, change: impl FnOnce(&mut Store)) {
        let _guard = self.lock_mining();
        let version = {
            let mut store = self.store_mut();
            change(&mut store);
            store.version()
        };
        self.publish_version(version);
    }
}
