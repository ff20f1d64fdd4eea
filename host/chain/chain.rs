//! The chain itself: what is shared, what is locked, and reading it.
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

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    rpc::types::{Filter, Log},
};
use alloy_primitives::{Address, B256, Bytes, U256, map::AddressHashSet};
use escapement_vm::BlockContext;
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
    pool::Pool,
    store::{SharedStore, Store, Version},
    view::StateView,
};

/// Seconds between L1 blocks.
const L1_BLOCK_SECONDS: u64 = 12;

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
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub time: ChainTime,
    pub base_fee: u64,
    pub coinbase: Address,
    pub impersonated: AddressHashSet,
    pub impersonate_all: bool,
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
    mode: RwLock<Mining>,
    pool: Mutex<Pool>,
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
        let genesis_timestamp =
            config.genesis_timestamp.unwrap_or_else(crate::clock::system_seconds);
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
            mining: Mutex::default(),
            filters: Mutex::default(),
            snapshots: Mutex::default(),
            events: broadcast::channel(EVENT_BUFFER).0,
            config,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// EIP-155 chain id.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.inner.config.chain_id
    }

    /// What the chain was started with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The unlocked, funded accounts.
    #[must_use]
    pub fn accounts(&self) -> &[DevAccount] {
        &self.inner.accounts
    }

    /// The newest block.
    #[must_use]
    pub fn head(&self) -> Arc<Block> {
        Arc::clone(self.ledger().head())
    }

    /// Height of the newest block.
    #[must_use]
    pub fn block_number(&self) -> u64 {
        self.ledger().head().number()
    }

    /// The block that `id` names; `pending` gives the newest one.
    #[must_use]
    pub fn block(&self, id: BlockId) -> Option<Arc<Block>> {
        self.ledger().find(id).cloned()
    }

    /// A mined transaction: its block and its position in it.
    #[must_use]
    pub fn transaction(&self, hash: B256) -> Option<(Arc<Block>, usize)> {
        self.ledger().transaction(hash)
    }

    /// Logs that match `filter`, oldest first.
    ///
    /// # Errors
    /// [`ChainError::UnknownBlock`], [`ChainError::InvalidParams`] or [`ChainError::TooLarge`].
    pub fn logs(&self, filter: &Filter) -> Result<Vec<Log>, ChainError> {
        self.ledger().logs(filter)
    }

    /// Balance at a block, in wei.
    ///
    /// # Errors
    /// [`ChainError::UnknownBlock`].
    pub fn balance(&self, address: Address, id: BlockId) -> Result<U256, ChainError> {
        Ok(self.view(id)?.basic(address).balance)
    }

    /// Nonce at a block; `pending` counts the waiting transactions too.
    ///
    /// # Errors
    /// [`ChainError::UnknownBlock`].
    pub fn nonce(&self, address: Address, id: BlockId) -> Result<u64, ChainError> {
        let nonce = self.view(id)?.basic(address).nonce;
        if id == BlockId::Number(BlockNumberOrTag::Pending) {
            return Ok(self.pool().pending_nonce(address, nonce));
        }
        Ok(nonce)
    }

    /// Code at a block.
    ///
    /// # Errors
    /// [`ChainError::UnknownBlock`].
    pub fn code(&self, address: Address, id: BlockId) -> Result<Bytes, ChainError> {
        Ok(self.view(id)?.code(address).original_bytes())
    }

    /// A storage word at a block.
    ///
    /// # Errors
    /// [`ChainError::UnknownBlock`].
    pub fn storage(&self, address: Address, slot: U256, id: BlockId) -> Result<U256, ChainError> {
        Ok(self.view(id)?.slot(address, slot))
    }

    /// Base fee of the next block, in wei per gas.
    #[must_use]
    pub fn base_fee(&self) -> u64 {
        self.settings().base_fee
    }

    /// When blocks are made.
    #[must_use]
    pub fn mining_mode(&self) -> Mining {
        *self.inner.mode.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes when blocks are made. Interval mining needs a running [`Server`](crate::Server).
    pub fn set_mining_mode(&self, mode: Mining) {
        *self.inner.mode.write().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    /// Subscribes to blocks and accepted transactions.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.inner.events.subscribe()
    }

    /// The state after a block. The newest block's state includes direct edits made since.
    pub(crate) fn view(&self, id: BlockId) -> Result<StateView, ChainError> {
        let version = {
            let ledger = self.ledger();
            let block = ledger.require(id)?;
            if block.number() == ledger.head().number() {
                self.latest_version()
            } else {
                block.version
            }
        };
        Ok(StateView::new(Arc::clone(&self.inner.store), version))
    }

    /// The block environment of a call at `id`: that block's own, or the next one's for `pending`.
    pub(crate) fn context(&self, id: BlockId) -> Result<BlockContext, ChainError> {
        if id == BlockId::Number(BlockNumberOrTag::Pending) {
            let head = self.head();
            let settings = self.settings();
            let timestamp = settings.time.peek(head.timestamp());
            return Ok(self.next_context(&settings, head.number() + 1, timestamp));
        }
        let ledger = self.ledger();
        let block = ledger.require(id)?;
        Ok(BlockContext {
            number: block.number(),
            l1_block_number: block.l1_block_number,
            timestamp: block.timestamp(),
            basefee: block.header.base_fee_per_gas.unwrap_or_default(),
            coinbase: block.header.beneficiary,
            ..self.inner.template.for_call()
        })
    }

    /// The environment of a block being made.
    pub(crate) fn next_context(
        &self,
        settings: &Settings,
        number: u64,
        timestamp: u64,
    ) -> BlockContext {
        BlockContext {
            number,
            l1_block_number: self.l1_block_number(timestamp),
            timestamp,
            basefee: settings.base_fee,
            coinbase: settings.coinbase,
            ..self.inner.template.for_call()
        }
    }

    /// The L1 height at `timestamp`.
    pub(crate) fn l1_block_number(&self, timestamp: u64) -> u64 {
        let elapsed = timestamp.saturating_sub(self.inner.genesis_timestamp);
        self.inner.config.genesis_l1_block.saturating_add(elapsed / L1_BLOCK_SECONDS)
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

    /// The right to change the chain.
    pub(crate) fn lock_mining(&self) -> MutexGuard<'_, ()> {
        self.inner.mining.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
