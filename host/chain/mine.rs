//! Making blocks.

use std::sync::{Arc, MutexGuard};

use alloy::consensus::{
    Header, Transaction as _,
    proofs::{calculate_receipt_root, calculate_transaction_root},
};
use alloy_primitives::{B256, Bloom};
use escapement_vm::{BlockContext, Status, transact};
use revm::state::EvmState;

use crate::{
    block::{Block, MinedTx},
    chain::{Chain, Event, Settings},
    convert,
    error::{ChainError, Limits},
    genesis,
    overlay::Overlay,
    pool::Pooled,
    store::Version,
    view::StateView,
};

/// Most blocks that one request mines.
const BLOCKS_PER_REQUEST: u64 = 200_000;

/// Gas that one block takes before the rest waits, as much as a busy second of Arbitrum.
const BLOCK_GAS_TARGET: u64 = 1_000_000_000;

/// A block in the making.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub context: BlockContext,
    transactions: Vec<MinedTx>,
    gas_used: u64,
    logs: u64,
    start: Version,
}

impl Draft {
    /// An empty block in `context`, on the state at `start`.
    pub fn new(context: BlockContext, start: Version) -> Self {
        Self { context, transactions: Vec::new(), gas_used: 0, logs: 0, start }
    }

    /// Runs a transaction on `state` and adds it. Returns what it changes.
    pub fn run(
        &mut self,
        pooled: Pooled,
        settings: &Settings,
        state: Overlay,
        version_before: Version,
    ) -> Result<EvmState, ChainError> {
        let Pooled { envelope, hash, from, .. } = pooled;
        let env = convert::tx_env(&envelope, from);
        let context_before = self.context.clone();
        let outcome = transact(state, &mut self.context, env, &settings.options_for(from)).map_err(|error| {
            let limits = Limits { max_fee: envelope.max_fee_per_gas(), base_fee: self.context.basefee };
            ChainError::from_transact(error, from, limits)
        })?;
        self.gas_used += outcome.gas_used;
        let success = outcome.status == Status::Success;
        let logs = if success { outcome.logs } else { Vec::new() };
        let first_log = self.logs;
        self.logs += logs.len() as u64;
        self.transactions.push(MinedTx {
            hash,
            from,
            index: self.transactions.len() as u64,
            success,
            gas_used: outcome.gas_used,
            cumulative_gas_used: self.gas_used,
            effective_gas_price: self.context.basefee.into(),
            logs,
            first_log,
            contract_address: outcome.created,
            output: outcome.output,
            reason: outcome.reason,
            version_before,
            context_before,
            envelope,
        });
        Ok(outcome.state)
    }

    /// Whether the rest has to wait for another block.
    pub fn is_full(&self) -> bool {
        self.gas_used >= BLOCK_GAS_TARGET
    }
}

impl Chain {
    /// Mines one block of everything that is ready, empty if nothing is.
    ///
    /// # Errors
    /// None at present; a transaction that the virtual machine refuses is dropped with a warning.
    pub fn mine(&self) -> Result<Arc<Block>, ChainError> {
        let guard = self.lock_mining();
        Ok(self.mine_block(&guard))
    }

    /// Mines `count` blocks, `seconds` apart if given.
    ///
    /// # Errors
    /// [`ChainError::TooLarge`].
    pub fn mine_many(&self, count: u64, seconds: Option<u64>) -> Result<(), ChainError> {
        if count > BLOCKS_PER_REQUEST {
            return Err(ChainError::TooLarge { what: "blocks to mine", have: count, limit: BLOCKS_PER_REQUEST });
        }
        let guard = self.lock_mining();
        for done in 0..count {
            if let (Some(seconds), true) = (seconds, done > 0) {
                let head = self.head().timestamp();
                self.settings_mut().time.set_next(head.saturating_add(seconds), head)?;
            }
            self.mine_block(&guard);
        }
        Ok(())
    }

    fn mine_block(&self, guard: &MutexGuard<'_, ()>) -> Arc<Block> {
        let mut draft = self.draft();
        while !draft.is_full() {
            let Some(pooled) = self.next_ready() else { break };
            let hash = pooled.hash;
            if let Err(error) = self.include(&mut draft, pooled) {
                tracing::warn!(%hash, %error, "dropped a transaction");
                self.pool().drop_hash(hash);
            }
        }
        self.seal(guard, draft)
    }

    /// Mines every ready transaction into a block of its own; reports the fate of `watched`.
    pub(crate) fn mine_ready(&self, guard: &MutexGuard<'_, ()>, watched: B256) -> Result<(), ChainError> {
        let mut fate = Ok(());
        while let Some(pooled) = self.next_ready() {
            let hash = pooled.hash;
            let mut draft = self.draft();
            match self.include(&mut draft, pooled) {
                Ok(()) => {
                    self.seal(guard, draft);
                }
                Err(error) => {
                    self.pool().drop_hash(hash);
                    if hash == watched {
                        fate = Err(error);
                    } else {
                        tracing::warn!(%hash, %error, "dropped a transaction");
                    }
                }
            }
        }
        fate
    }

    fn next_ready(&self) -> Option<Pooled> {
        let view = self.newest();
        self.pool().next_ready(|address| view.basic(address).nonce).cloned()
    }

    /// Whether a transaction waits whose turn it is.
    pub(crate) fn has_ready(&self) -> bool {
        self.next_ready().is_some()
    }

    /// The state including what the block being made has done so far.
    fn newest(&self) -> StateView {
        let version = self.store().version();
        StateView::new(Arc::clone(&self.inner.store), version)
    }

    fn draft(&self) -> Draft {
        let head = self.head();
        let settings = self.settings();
        let timestamp = settings.time.peek(head.timestamp());
        Draft::new(self.next_context(&settings, head.number() + 1, timestamp), head.version)
    }

    /// Runs a transaction on top of the draft and commits it.
    fn include(&self, draft: &mut Draft, pooled: Pooled) -> Result<(), ChainError> {
        let (view, version) = (self.newest(), self.store().version());
        let settings = self.settings().clone();
        let changes = draft.run(pooled, &settings, Overlay::plain(view), version)?;
        self.store_mut().commit(changes);
        Ok(())
    }

    /// Turns the draft into the newest block.
    fn seal(&self, _guard: &MutexGuard<'_, ()>, draft: Draft) -> Arc<Block> {
        let parent = self.head();
        // The draft's timestamp was a preview; taking it consumes one-off settings.
        self.settings_mut().time.take_at(draft.context.timestamp);
        let (state_root, version) = {
            let store = self.store();
            (store.commitment(parent.header.state_root, draft.start), store.version())
        };
        let block = self.assemble(draft, &parent, state_root, version);
        self.store_mut().set_block_hash(block.number(), block.hash);
        let block = {
            let mut ledger = self.ledger_mut();
            self.publish_version(version);
            ledger.push(block)
        };
        let view = self.newest();
        self.pool().prune(|address| view.basic(address).nonce);
        // Nobody listening is fine.
        let _ = self.inner.events.send(Event::Block(Arc::clone(&block)));
        block
    }

    /// The draft as a block on `parent`.
    pub(crate) fn assemble(&self, draft: Draft, parent: &Block, state_root: B256, version: Version) -> Block {
        let Draft { context, transactions, gas_used, .. } = draft;
        let envelopes: Vec<_> = transactions.iter().map(|tx| tx.envelope.clone()).collect();
        let receipts: Vec<_> = transactions.iter().map(MinedTx::receipt).collect();
        let mut bloom = Bloom::ZERO;
        for tx in &transactions {
            bloom.accrue_bloom(&tx.bloom());
        }
        let header = Header {
            parent_hash: parent.hash,
            beneficiary: context.coinbase,
            state_root,
            transactions_root: calculate_transaction_root(&envelopes),
            receipts_root: calculate_receipt_root(&receipts),
            logs_bloom: bloom,
            number: context.number,
            gas_used,
            timestamp: context.timestamp,
            base_fee_per_gas: Some(context.basefee),
            ..genesis::template(self.config().params.arbos_version, context.l1_block_number)
        };
        Block { hash: header.hash_slow(), header, l1_block_number: context.l1_block_number, transactions, version }
    }
}
