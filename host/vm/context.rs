//! What a chain hands in with each transaction: the block, the shared module cache and the per-call switches.

use crate::{Params, cache::ModuleCache, recent::RecentPrograms};
use alloy_primitives::{Address, B256};
use std::sync::Arc;

/// The block a transaction runs in. Make one per block and pass it to every [`transact`](crate::transact) of it:
/// the recent-program cache inside lives as long as the block.
#[derive(Clone, Debug)]
pub struct BlockContext {
    /// Height of the block on this chain (what `ArbSys.arbBlockNumber` returns).
    pub number: u64,
    /// Estimate of the parent chain's height (what `NUMBER` and the `block_number` host call return).
    pub l1_block_number: u64,
    /// Unix time in seconds.
    pub timestamp: u64,
    /// Base fee in wei per gas.
    pub basefee: u64,
    /// Gas limit of the block.
    pub gas_limit: u64,
    /// Fee recipient as `COINBASE` shows it.
    pub coinbase: Address,
    /// `PREVRANDAO` (the constant 1 on Arbitrum).
    pub prevrandao: B256,
    /// Chain id.
    pub chain_id: u64,
    /// `ArbOS` parameters. Values set through `ArbOwner` live in the state and override these.
    pub params: Params,
    /// Programs called so far in this block (`ArbOS` 60 and later).
    pub recent: RecentPrograms,
    /// Compiled modules, shared between all blocks and calls of the process.
    pub modules: Arc<ModuleCache>,
}

impl BlockContext {
    /// The first block of a chain with `chain_id` and `params`; the caller sets the other fields as it needs.
    #[must_use]
    pub fn new(chain_id: u64, params: Params) -> Self {
        Self {
            number: 0,
            l1_block_number: 0,
            timestamp: 0,
            basefee: 100_000_000,
            gas_limit: 1 << 50,
            coinbase: params.network_fee_account,
            prevrandao: B256::with_last_byte(1),
            chain_id,
            recent: RecentPrograms::new(usize::from(params.block_cache_size)),
            params,
            modules: Arc::new(ModuleCache::default()),
        }
    }

    /// The same block for an `eth_call` or a gas estimate: an empty recent-program cache, shared modules.
    #[must_use]
    pub fn for_call(&self) -> Self {
        Self { recent: RecentPrograms::new(usize::from(self.params.block_cache_size)), ..self.clone() }
    }

    /// The context of the next block: height and time as given, an empty recent-program cache, shared modules.
    #[must_use]
    pub fn next(&self, timestamp: u64, l1_block_number: u64) -> Self {
        Self { number: self.number.saturating_add(1), timestamp, l1_block_number, ..self.for_call() }
    }
}

/// Switches of one execution. The default is that of a real transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // independent switches, each named after what it turns off or on
pub struct CallOptions {
    /// Accept any nonce, and a sender that has code.
    pub disable_nonce_check: bool,
    /// Do not require the sender to own the gas it may spend.
    pub disable_balance_check: bool,
    /// Gas price zero although the base fee is not: nothing is charged to the sender.
    pub disable_fees: bool,
    /// Accept a gas limit above the block's and above the transaction cap.
    pub disable_gas_caps: bool,
    /// Record the Stylus host calls into [`Outcome::trace`](crate::Outcome::trace).
    pub trace: bool,
    /// Record the tree of frames into [`Outcome::frames`](crate::Outcome::frames).
    pub frames: bool,
}

impl CallOptions {
    /// The switches of `eth_call` and `eth_estimateGas`: no checks, no fees.
    #[must_use]
    pub const fn call() -> Self {
        Self {
            disable_nonce_check: true,
            disable_balance_check: true,
            disable_fees: true,
            disable_gas_caps: true,
            trace: false,
            frames: false,
        }
    }
}
