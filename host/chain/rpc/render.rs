//! Blocks, transactions and receipts as JSON, with the fields Arbitrum adds.

use alloy::{
    consensus::{Transaction as _, transaction::Recovered},
    network::primitives::BlockTransactions,
    rpc::types::{Block as RpcBlock, Header as RpcHeader, Log, Transaction, TransactionReceipt},
};
use alloy_primitives::{B256, U64, U256};
use serde_json::{Value, json};

use crate::{
    block::{Block, MinedTx},
    ledger::logs_of,
    pool::Pooled,
};

/// A block, with whole transactions or their hashes.
pub fn block(block: &Block, full: bool) -> Value {
    let transactions = if full {
        BlockTransactions::Full(block.transactions.iter().map(|tx| mined(block, tx)).collect())
    } else {
        BlockTransactions::Hashes(block.transactions.iter().map(|tx| tx.hash).collect())
    };
    let mut size = block.header.size();
    size += block.transactions.iter().map(|tx| tx.envelope.input().len()).sum::<usize>();
    let header = RpcHeader {
        hash: block.hash,
        inner: block.header.clone(),
        total_difficulty: Some(U256::from(block.number() + 1)),
        size: Some(U256::from(size)),
    };
    extend(json!(RpcBlock::new(header, transactions)), block)
}

/// A block's header, as `newHeads` reports it.
pub fn header(block: &Block) -> Value {
    let header = RpcHeader { hash: block.hash, inner: block.header.clone(), total_difficulty: None, size: None };
    extend(json!(header), block)
}

fn extend(mut object: Value, block: &Block) -> Value {
    object["l1BlockNumber"] = json!(U64::from(block.l1_block_number));
    object["sendCount"] = json!(U64::ZERO);
    object["sendRoot"] = json!(B256::ZERO);
    object
}

/// A mined transaction.
pub fn transaction(block: &Block, tx: &MinedTx) -> Value {
    json!(mined(block, tx))
}

fn mined(block: &Block, tx: &MinedTx) -> Transaction {
    Transaction {
        inner: Recovered::new_unchecked(tx.envelope.clone(), tx.from),
        block_hash: Some(block.hash),
        block_number: Some(block.number()),
        transaction_index: Some(tx.index),
        effective_gas_price: Some(tx.effective_gas_price),
        block_timestamp: Some(block.timestamp()),
    }
}

/// A waiting transaction.
pub fn pending(pooled: &Pooled) -> Value {
    json!(Transaction {
        inner: Recovered::new_unchecked(pooled.envelope.clone(), pooled.from),
        block_hash: None,
        block_number: None,
        transaction_index: None,
        effective_gas_price: None,
        block_timestamp: None,
    })
}

/// A receipt.
pub fn receipt(block: &Block, tx: &MinedTx) -> Value {
    let mut logs = logs_of(block, tx).collect::<Vec<Log>>().into_iter();
    let inner = tx.receipt().map_logs(|log| logs.next().unwrap_or(Log { inner: log, ..Log::default() }));
    let mut object = json!(TransactionReceipt {
        inner,
        transaction_hash: tx.hash,
        transaction_index: Some(tx.index),
        block_hash: Some(block.hash),
        block_number: Some(block.number()),
        gas_used: tx.gas_used,
        effective_gas_price: tx.effective_gas_price,
        blob_gas_used: None,
        blob_gas_price: None,
        from: tx.from,
        to: tx.to(),
        contract_address: tx.contract_address,
    });
    object["gasUsedForL1"] = json!(U64::ZERO);
    object["l1BlockNumber"] = json!(U64::from(block.l1_block_number));
    if let Some(reason) = &tx.reason {
        object["revertReason"] = json!(reason);
    }
    object
}
