//! Blocks and mined transactions as the ledger keeps them.

use alloy::consensus::{BlockHeader, Header, Receipt, ReceiptEnvelope, Transaction as _, TxEnvelope, TxType};
use alloy_primitives::{Address, B256, Bloom, Bytes, Log};
use escapement_vm::BlockContext;

use crate::store::Version;

/// A transaction in a block, and what became of it.
#[derive(Clone, Debug)]
pub struct MinedTx {
    /// The signed transaction (with a made-up signature when its sender was impersonated).
    pub envelope: TxEnvelope,
    /// Hash.
    pub hash: B256,
    /// Sender.
    pub from: Address,
    /// Position in the block.
    pub index: u64,
    /// Whether it succeeded.
    pub success: bool,
    /// Gas charged.
    pub gas_used: u64,
    /// Gas charged in the block up to and including this transaction.
    pub cumulative_gas_used: u64,
    /// Price paid, in wei per gas: the base fee, as tips are not collected.
    pub effective_gas_price: u128,
    /// Logs, empty unless it succeeded.
    pub logs: Vec<Log>,
    /// Index of the first log within the block.
    pub first_log: u64,
    /// Contract created by a create transaction.
    pub contract_address: Option<Address>,
    /// Return or revert data.
    pub output: Bytes,
    /// Why it failed, where the virtual machine says.
    pub reason: Option<String>,
    /// State before it, for replaying it.
    pub(crate) version_before: Version,
    /// Block context before it, for replaying it.
    pub(crate) context_before: BlockContext,
}

impl MinedTx {
    /// The receipt in consensus form.
    #[must_use]
    pub fn receipt(&self) -> ReceiptEnvelope<Log> {
        let receipt = Receipt {
            status: self.success.into(),
            cumulative_gas_used: self.cumulative_gas_used,
            logs: self.logs.clone(),
        }
        .with_bloom();
        match self.envelope.tx_type() {
            TxType::Legacy => ReceiptEnvelope::Legacy(receipt),
            TxType::Eip2930 => ReceiptEnvelope::Eip2930(receipt),
            TxType::Eip1559 => ReceiptEnvelope::Eip1559(receipt),
            TxType::Eip4844 => ReceiptEnvelope::Eip4844(receipt),
            TxType::Eip7702 => ReceiptEnvelope::Eip7702(receipt),
        }
    }

    /// The bloom filter of its logs.
    #[must_use]
    pub fn bloom(&self) -> Bloom {
        alloy_primitives::logs_bloom(&self.logs)
    }

    /// The recipient; `None` for a creation.
    #[must_use]
    pub fn to(&self) -> Option<Address> {
        self.envelope.to()
    }
}

/// A sealed block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Header. `state_root` is a running commitment to the writes, not a Merkle root.
    pub header: Header,
    /// Keccak-256 of the header.
    pub hash: B256,
    /// The L1 block number that contracts see.
    pub l1_block_number: u64,
    /// Transactions in order.
    pub transactions: Vec<MinedTx>,
    /// State after the block.
    pub(crate) version: Version,
}

impl Block {
    /// Height.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.header.number()
    }

    /// Unix time in seconds.
    #[must_use]
    pub fn timestamp(&self) -> u64 {
        self.header.timestamp()
    }
}
