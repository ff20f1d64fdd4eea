//! Block 0 and the state before it.

use alloy::consensus::{EMPTY_OMMER_ROOT_HASH, Header, constants::EMPTY_ROOT_HASH};
use alloy_primitives::{B64, B256, U256};
use escapement_vm::genesis_accounts;
use revm::state::Bytecode;

use crate::{
    accounts::DevAccount,
    block::Block,
    config::{BLOCK_GAS_LIMIT, COINBASE, Config},
    store::Store,
};

/// Writes the `ArbOS` accounts and the funded ones.
pub fn write(store: &mut Store, config: &Config, accounts: &[DevAccount]) {
    for account in genesis_accounts(&config.params) {
        if !account.code.is_empty() {
            store.set_code(account.address, Bytecode::new_legacy(account.code));
        }
        store.edit(account.address, |basic| {
            basic.balance = account.balance;
            basic.nonce = account.nonce;
        });
        for (slot, value) in account.storage {
            store.set_storage(account.address, slot, value);
        }
    }
    for account in accounts {
        store.edit(account.address, |basic| basic.balance = config.balance);
    }
}

/// Seals block 0 over the state in `store`.
pub fn block(store: &Store, config: &Config, timestamp: u64) -> Block {
    let header = Header {
        state_root: store.commitment(B256::ZERO, 0),
        timestamp,
        base_fee_per_gas: Some(config.base_fee),
        ..template(config.params.arbos_version, config.genesis_l1_block)
    };
    Block {
        hash: header.hash_slow(),
        header,
        l1_block_number: config.genesis_l1_block,
        transactions: Vec::new(),
        version: store.version(),
    }
}

/// The fields that every header shares. As on Arbitrum the mix hash carries the send count (none
/// here), the L1 block number and the `ArbOS` version, 8 bytes each.
pub fn template(arbos_version: u64, l1_block_number: u64) -> Header {
    let mut mix_hash = B256::ZERO;
    mix_hash[8..16].copy_from_slice(&l1_block_number.to_be_bytes());
    mix_hash[16..24].copy_from_slice(&arbos_version.to_be_bytes());
    Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: COINBASE,
        transactions_root: EMPTY_ROOT_HASH,
        receipts_root: EMPTY_ROOT_HASH,
        difficulty: U256::ONE,
        gas_limit: BLOCK_GAS_LIMIT,
        extra_data: B256::ZERO.into(),
        mix_hash,
        nonce: B64::ZERO,
        ..Header::default()
    }
}
