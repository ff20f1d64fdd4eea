//! The chain itself: what is shared, and what is locked.
//!
//! Locks are short except one: `mining` is held while transactions run, and by everything else
//! that changes state, so that writers queue up. Readers never take it. They read the state at a version,
//! which nothing rewrites, so a slow call and a busy miner do not wait for each other.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use alloy_primitives::{Address, B256, map::AddressHashSet};
use escapement_vm::{BlockContext, CallOptions};
use tokio::sync::broadcast;

use crate::{
    accounts::{self, DevAccount},
    admin::Snapshot,
    block::Block,
    clock::ChainTime,
    config::{Config, Mining},
    error::ChainError,
    filter::Filters,
    genesis,
    ledger::Ledger,
    pending::Pending,
    pool::Pool,
    store::{SharedStore, Store, Version},
};

/// How many events a slow subscriber may fall behind before it misses some.
const EVENT_BUFFER: usize = 4_096;

/// Something subscribers hear of.
#[derive(Clone, Debug)]
pub enum Event {
    /// A block was sealed.
    Block(Arc<Block>),
    /// A transaction was accepted.
    Pending(B256),
}

/// What the development methods change. Part of what a snapshot restores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub time: ChainTime,
    pub base_fee: u64,
    pub coinbase: Address,
    pub impersonated: AddressHashSet,
    pub impersonate_all: bool,
}

impl Settings {
    /// Whether transactions of `address` are accepted without its key.
    pub fn impersonates(&self, address: Address) -> bool {
        self.impersonate_all || self.impersonated.contains(&address)
    }

    /// Switches of a real transaction; an impersonated contract may send.
    pub fn options_for(&self, from: Address) -> CallOptions {
        CallOptions { disable_nonce_check: self.impersonates(from), ..CallOptions::default() }
    }
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub config: Config,
    pub accounts: Vec<DevAccount>,
    pub genesis_timestamp: u64,
    pub genesis: Snapshot,
    /// Carries the module cache and the parameters; blocks copy it.
    pub template: BlockContext,
    pub store: SharedStore,
    ledger: RwLock<Ledger>,
    settings: RwLock<Settings>,
    pub mode: RwLock<Mining>,
    pool: Mutex<Pool>,
    pending: Mutex<Option<Arc<Pending>>>,
    mining: Mutex<()>,
    pub filters: Mutex<Filters>,
    pub snapshots: Mutex<BTreeMap<u64, Snapshot>>,
    latest_version: AtomicU64,
    pub events: broadcast::Sender<Event>,
}

/// A development chain. Clones share the same chain.
#[derive(Clone, Debug)]
pub struct Chain {
    pub(crate) inner: Arc<Inner>,
}

impl Chain {
    /// Starts a chain: `ArbOS` genesis accounts, funded accounts, block 0.
    ///
    /// # Errors
    /// [`ChainError::Mnemonic`] when the configured phrase is not valid.
    pub fn new(config: Config) -> Result<Self, ChainError> {
        let accounts = accounts::derive(&config.mnemonic, config.accounts)?;
        let genesis_timestamp = config.genesis_timestamp.unwrap_or_else(crate::clock::system_seconds);
        let mut template = BlockContext::new(config.chain_id, config.params.clone());
        template.coinbase = crate::config::COINBASE;
        template.basefee = config.base_fee;
        let mut store = Store::default();
        genesis::write(&mut store, &config, &accounts);
        let block = genesis::block(&store, &config, genesis_timestamp);
        store.set_block_hash(0, block.hash);
        let settings = Settings {
            time: ChainTime::new(config.clock, genesis_timestamp),
            base_fee: config.base_fee,
            coinbase: crate::config::COINBASE,
            impersonated: AddressHashSet::default(),
            impersonate_all: false,
        };
        let inner = Inner {
            accounts,
            genesis_timestamp,
            genesis: Snapshot::genesis(store.version(), settings.clone(), Pool::default()),
            template,
            latest_version: AtomicU64::new(store.version()),
            store: Arc::new(RwLock::new(store)),
            ledger: RwLock::new(Ledger::new(block)),
            settings: RwLock::new(settings),
            mode: RwLock::new(config.mining),
            pool: Mutex::default(),
            pending: Mutex::default(),
            mining: Mutex::default(),
            filters: Mutex::default(),
            snapshots: Mutex::default(),
            events: broadcast::channel(EVENT_BUFFER).0,
            config,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(crate) fn latest_version(&self) -> Version {
        self.inner.latest_version.load(Ordering::Acquire)
    }

    pub(crate) fn publish_version(&self, version: Version) {
        self.inner.latest_version.store(version, Ordering::Release);
    }

    pub(crate) fn ledger(&self) -> RwLockReadGuard<'_, Ledger> {
        self.inner.ledger.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ledger_mut(&self) -> RwLockWriteGuard<'_, Ledger> {
        self.inner.ledger.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn store(&self) -> RwLockReadGuard<'_, Store> {
        self.inner.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn store_mut(&self) -> RwLockWriteGuard<'_, Store> {
        self.inner.store.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settings(&self) -> RwLockReadGuard<'_, Settings> {
        self.inner.settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settings_mut(&self) -> RwLockWriteGuard<'_, Settings> {
        self.inner.settings.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn filters(&self) -> MutexGuard<'_, Filters> {
        self.inner.filters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn snapshots(&self) -> MutexGuard<'_, BTreeMap<u64, Snapshot>> {
        self.inner.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn pool(&self) -> MutexGuard<'_, Pool> {
        self.inner.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What waiting transactions were last found to do.
    pub(crate) fn pending_cache(&self) -> MutexGuard<'_, Option<Arc<Pending>>> {
        self.inner.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The right to change the chain.
    pub(crate) fn lock_mining(&self) -> MutexGuard<'_, ()> {
        self.inner.mining.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
