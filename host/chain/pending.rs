//! The pending block: what the next block would be, were it made now.
//!
//! The waiting transactions run in the pool's order on top of the newest state, without being committed. The result is
//! kept until something that it depends on changes; transactions that arrived since are run on top of it.

use std::sync::Arc;

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256};
use escapement_vm::BlockContext;

use crate::{
    block::Block,
    chain::{Chain, Settings},
    mine::Draft,
    overlay::{Layer, Overlay},
    pool::Pool,
    store::Version,
    view::StateView,
};

/// The tag that names the pending block.
pub(crate) const PENDING: BlockId = BlockId::Number(BlockNumberOrTag::Pending);

/// What the pending block depends on, beside the waiting transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Basis {
    version: Version,
    parent: B256,
    timestamp: u64,
    settings: Settings,
}

/// The waiting transactions, run.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    basis: Basis,
    parent: Arc<Block>,
    view: StateView,
    /// The waiting transactions in order of arrival, run or not.
    waiting: Vec<B256>,
    /// Those that a block would drop.
    refused: Vec<B256>,
    draft: Draft,
    changes: Arc<Layer>,
    /// Some have to wait for the block after the next.
    full: bool,
}

impl Pending {
    /// The state after them.
    pub fn state(&self) -> Overlay {
        Overlay::on(self.view.clone(), Arc::clone(&self.changes))
    }

    /// The environment of a call after them.
    pub fn context(&self) -> BlockContext {
        self.draft.context.for_call()
    }
}

impl Chain {
    /// The pending block's state, as of now.
    pub(crate) fn pending(&self) -> Arc<Pending> {
        // The pool first: what is mined meanwhile is then found used, not missing.
        let pool = self.pool().clone();
        let (parent, version) = {
            let ledger = self.ledger();
            (Arc::clone(ledger.head()), self.latest_version())
        };
        let settings = self.settings().clone();
        let timestamp = settings.time.peek(parent.timestamp());
        let basis = Basis { version, parent: parent.hash, timestamp, settings };
        let waiting = pool.order();
        // Held while they run: another request for the same waits for the result.
        let mut cache = self.pending_cache();
        let known = cache.take().filter(|known| known.basis == basis && waiting.starts_with(&known.waiting));
        let pending = match known {
            Some(known) if known.waiting.len() == waiting.len() => known,
            // Newcomers are last in the pool's order, so what ran before them runs before them again.
            Some(known) => Arc::new(run_waiting(pool, Pending { waiting, ..Arc::unwrap_or_clone(known) })),
            None => {
                let context = self.next_context(&basis.settings, parent.number() + 1, timestamp);
                let fresh = Pending {
                    view: StateView::new(Arc::clone(&self.inner.store), version),
                    draft: Draft::new(context, version),
                    refused: Vec::new(),
                    changes: Arc::default(),
                    full: false,
                    basis,
                    parent,
                    waiting,
                };
                Arc::new(run_waiting(pool, fresh))
            }
        };
        *cache = Some(Arc::clone(&pending));
        pending
    }

    /// The pending block with a provisional hash, and no state root.
    pub(crate) fn pending_block(&self) -> Arc<Block> {
        let pending = Arc::unwrap_or_clone(self.pending());
        Arc::new(self.assemble(pending.draft, &pending.parent, B256::ZERO, pending.basis.version))
    }

    /// The sender's next nonce after its waiting transactions.
    pub(crate) fn pending_nonce(&self, address: Address) -> u64 {
        let pending = self.pending();
        let nonce = pending.state().nonce(address);
        if pending.full { self.pool().pending_nonce(address, nonce) } else { nonce }
    }
}

/// Runs the transactions of `pool` that have their turn on top of those of `pending`.
fn run_waiting(mut pool: Pool, mut pending: Pending) -> Pending {
    for hash in &pending.refused {
        pool.drop_hash(*hash);
    }
    loop {
        let state = pending.state();
        let Some(next) = pool.next_ready(|address| state.nonce(address)).cloned() else { break };
        if pending.draft.is_full() {
            pending.full = true;
            break;
        }
        let hash = next.hash;
        match pending.draft.run(next, &pending.basis.settings, state, pending.basis.version) {
            Ok(changes) => Arc::make_mut(&mut pending.changes).apply(changes),
            Err(error) => {
                tracing::debug!(%hash, %error, "a waiting transaction would be dropped");
                pending.refused.push(hash);
                pool.drop_hash(hash);
            }
        }
    }
    pending
}
