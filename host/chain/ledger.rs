//! The sealed blocks and the indices over them.

use std::sync::Arc;

use alloy::{
    consensus::BlockHeader,
    eips::{BlockId, BlockNumberOrTag},
    rpc::types::{Filter, FilterBlockOption, Log},
};
use alloy_primitives::{B256, map::B256HashMap};

use crate::{
    block::{Block, MinedTx},
    error::ChainError,
};

/// Most logs that one query returns.
pub const LOG_LIMIT: usize = 100_000;

/// Blocks by height, and where each hash is. Block 0 always exists.
#[derive(Debug)]
pub struct Ledger {
    blocks: Vec<Arc<Block>>,
    heights: B256HashMap<u64>,
    transactions: B256HashMap<(u64, usize)>,
}

impl Ledger {
    /// A ledger holding the genesis block.
    pub fn new(genesis: Block) -> Self {
        let mut ledger =
            Self { blocks: Vec::new(), heights: B256HashMap::default(), transactions: B256HashMap::default() };
        ledger.push(genesis);
        ledger
    }

    /// Appends a sealed block.
    pub fn push(&mut self, block: Block) -> Arc<Block> {
        let block = Arc::new(block);
        let height = block.number();
        self.heights.insert(block.hash, height);
        for (index, tx) in block.transactions.iter().enumerate() {
            self.transactions.insert(tx.hash, (height, index));
        }
        self.blocks.push(Arc::clone(&block));
        block
    }

    /// Drops every block above `height`.
    pub fn truncate(&mut self, height: u64) {
        let keep = usize::try_from(height).unwrap_or(usize::MAX).saturating_add(1);
        for block in self.blocks.drain(keep.min(self.blocks.len())..) {
            self.heights.remove(&block.hash);
            for tx in &block.transactions {
                self.transactions.remove(&tx.hash);
            }
        }
    }

    /// The newest block.
    pub fn head(&self) -> &Arc<Block> {
        &self.blocks[self.blocks.len() - 1]
    }

    /// The block at `height`.
    pub fn by_number(&self, height: u64) -> Option<&Arc<Block>> {
        self.blocks.get(usize::try_from(height).ok()?)
    }

    /// The block with `hash`.
    pub fn by_hash(&self, hash: B256) -> Option<&Arc<Block>> {
        self.by_number(*self.heights.get(&hash)?)
    }

    /// The sealed block that `id` names; `pending` gives the newest one.
    pub fn find(&self, id: BlockId) -> Option<&Arc<Block>> {
        match id {
            BlockId::Hash(hash) => self.by_hash(hash.block_hash),
            BlockId::Number(tag) => self.by_number(self.height_of(tag)),
        }
    }

    /// As [`find`](Self::find), or an error that names the block.
    pub fn require(&self, id: BlockId) -> Result<&Arc<Block>, ChainError> {
        self.find(id).ok_or_else(|| ChainError::UnknownBlock(id.to_string()))
    }

    /// The transaction with `hash`, in its block.
    pub fn transaction(&self, hash: B256) -> Option<(Arc<Block>, usize)> {
        let (height, index) = *self.transactions.get(&hash)?;
        Some((Arc::clone(self.by_number(height)?), index))
    }

    /// The height that a tag stands for. Every block is final at once.
    pub fn height_of(&self, tag: BlockNumberOrTag) -> u64 {
        match tag {
            BlockNumberOrTag::Number(height) => height,
            BlockNumberOrTag::Earliest => 0,
            _ => self.head().number(),
        }
    }

    /// Logs that match `filter`, oldest first.
    ///
    /// # Errors
    /// [`ChainError::UnknownBlock`] for an unknown block hash, [`ChainError::InvalidParams`] for a
    /// range that runs backwards, [`ChainError::TooLarge`] beyond [`LOG_LIMIT`] logs.
    pub fn logs(&self, filter: &Filter) -> Result<Vec<Log>, ChainError> {
        let blocks = match filter.block_option {
            FilterBlockOption::AtBlockHash(hash) => std::slice::from_ref(self.require(BlockId::from(hash))?),
            FilterBlockOption::Range { from_block, to_block } => {
                let latest = BlockNumberOrTag::Latest;
                let from = self.height_of(from_block.unwrap_or(latest));
                let to = self.height_of(to_block.unwrap_or(latest));
                if from > to {
                    return Err(ChainError::InvalidParams(format!("invalid block range: from {from} to {to}")));
                }
                self.range(from, to)
            }
        };
        // Made once: a filter may name many addresses, and there may be many blocks.
        let (addresses, topics) = (filter.address_bloom_filter(), filter.topics_bloom_filter());
        let mut found = Vec::new();
        for block in blocks {
            let bloom = block.header.logs_bloom();
            if !(addresses.matches(bloom) && topics.iter().all(|topic| topic.matches(bloom))) {
                continue;
            }
            for tx in &block.transactions {
                found.extend(logs_of(block, tx).filter(|log| filter.matches(&log.inner)));
            }
            if found.len() > LOG_LIMIT {
                return Err(ChainError::TooLarge { what: "logs", have: found.len() as u64, limit: LOG_LIMIT as u64 });
            }
        }
        Ok(found)
    }

    /// The existing blocks of `from..=to`.
    pub fn range(&self, from: u64, to: u64) -> &[Arc<Block>] {
        let end = usize::try_from(to).unwrap_or(usize::MAX).saturating_add(1).min(self.blocks.len());
        let start = usize::try_from(from).unwrap_or(usize::MAX).min(end);
        &self.blocks[start..end]
    }
}

/// The logs of one transaction in RPC form.
pub fn logs_of<'a>(block: &'a Block, tx: &'a MinedTx) -> impl Iterator<Item = Log> + 'a {
    (tx.first_log..).zip(&tx.logs).map(|(log_index, log)| Log {
        inner: log.clone(),
        block_hash: Some(block.hash),
        block_number: Some(block.number()),
        block_timestamp: Some(block.timestamp()),
        transaction_hash: Some(tx.hash),
        transaction_index: Some(tx.index),
        log_index: Some(log_index),
        removed: false,
    })
}
