//! Reading the chain: blocks, accounts, logs, and the environment that a call sees.

use std::sync::{Arc, PoisonError};

use alloy::{
    eips::BlockId,
    rpc::types::{Filter, Log},
};
use alloy_primitives::{Address, B256, Bytes, U256};
use escapement_vm::BlockContext;
use tokio::sync::broadcast;

use crate::{
    accounts::DevAccount,
    block::Block,
    chain::{Chain, Event, Settings},
    config::{Config, Mining},
    error::ChainError,
    overlay::Overlay,
    pending::PENDING,
    view::StateView,
};

/// Seconds between L1 blocks.
const L1_BLOCK_SECONDS: u64 = 12;

impl Chain {
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

    /// The block that `id` names. `pending` gives the block that would be made now: its hash is provisional, its state
    /// root zero.
    #[must_use]
    pub fn block(&self, id: BlockId) -> Option<Arc<Block>> {
        if id == PENDING {
            return Some(self.pending_block());
        }
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

    /// Balance at a block, in wei; `pending` is after the waiting transactions, here and below.
    ///
    /// # Errors
    /// [`ChainError::UnknownBlock`].
    pub fn balance(&self, address: Address, id: BlockId) -> Result<U256, ChainError> {
        Ok(self.state(id)?.account(address).map_or(U256::ZERO, |account| account.balance))
    }

    /// Nonce at a block.
    ///
    /// # Errors
    /// [`ChainError::UnknownBlock`].
    pub fn nonce(&self, address: Address, id: BlockId) -> Result<u64, ChainError> {
        if id == PENDING {
            return Ok(self.pending_nonce(address));
        }
        Ok(self.view(id)?.basic(address).nonce)
    }

    /// Code at a block.
    ///
    /// # Errors
    /// [`ChainError::UnknownBlock`].
    pub fn code(&self, address: Address, id: BlockId) -> Result<Bytes, ChainError> {
        Ok(self.state(id)?.code(address))
    }

    /// A storage word at a block.
    ///
    /// # Errors
    /// [`ChainError::UnknownBlock`].
    pub fn storage(&self, address: Address, slot: U256, id: BlockId) -> Result<U256, ChainError> {
        Ok(self.state(id)?.slot(address, slot))
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

    /// The state after a block, the pending one included.
    fn state(&self, id: BlockId) -> Result<Overlay, ChainError> {
        if id == PENDING {
            return Ok(self.pending().state());
        }
        self.view(id).map(Overlay::plain)
    }

    /// The state and the environment that a call at `id` sees: after that block and in it, or after the waiting
    /// transactions and in the block being made for `pending`.
    pub(crate) fn stage(&self, id: BlockId) -> Result<(Overlay, BlockContext), ChainError> {
        if id == PENDING {
            let pending = self.pending();
            return Ok((pending.state(), pending.context()));
        }
        Ok((self.state(id)?, self.context(id)?))
    }

    /// The state after a sealed block. The newest block's state includes direct edits made since.
    pub(crate) fn view(&self, id: BlockId) -> Result<StateView, ChainError> {
        let version = {
            let ledger = self.ledger();
            let block = ledger.require(id)?;
            if block.number() == ledger.head().number() { self.latest_version() } else { block.version }
        };
        Ok(StateView::new(Arc::clone(&self.inner.store), version))
    }

    /// The environment of a sealed block.
    fn context(&self, id: BlockId) -> Result<BlockContext, ChainError> {
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
    pub(crate) fn next_context(&self, settings: &Settings, number: u64, timestamp: u64) -> BlockContext {
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
}
