//! What a chain is started with.
//!
//! The defaults describe a development copy of Arbitrum One: ArbOS 61, the constant base fee of an
//! idle Arbitrum chain, chain id 412346 (the id that Arbitrum development nodes use), ten
//! accounts of the mnemonic that every development tool knows, and one block per transaction.

use std::time::Duration;

use alloy_primitives::{Address, U256, address};
use escapement_vm::Params;

/// Chain id of a local Arbitrum development chain.
pub const DEV_CHAIN_ID: u64 = 412_346;

/// The mnemonic known to Foundry, Hardhat and everything built on them.
pub const DEV_MNEMONIC: &str = "test test test test test test test test test test test junk";

/// Base fee of an idle Arbitrum One: 0.1 gwei, in wei per gas.
pub const DEV_BASE_FEE: u64 = 100_000_000;

/// Gas limit that Arbitrum writes into every block header, 2^50. The real bound is the gas cap per
/// transaction.
pub const BLOCK_GAS_LIMIT: u64 = 1 << 50;

/// Gas that a call without a gas field may use, and the most it may ask for.
pub const RPC_GAS_CAP: u64 = 50_000_000;

/// Address of the sequencer's batch poster, which Arbitrum blocks name as their coinbase.
pub const COINBASE: Address = address!("0xa4b000000000000000000073657175656e636572");

/// When a block is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mining {
    /// One block per transaction, as soon as it is accepted.
    #[default]
    Instant,
    /// A block every so often, empty ones included.
    Interval(Duration),
    /// Only when asked (`evm_mine`).
    Manual,
}

/// Where a block's timestamp comes from. Timestamps never fall; equal ones are allowed, as on
/// Arbitrum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock plus whatever `evm_increaseTime` added.
    #[default]
    System,
    /// The parent's timestamp plus this many seconds: the same run gives the same blocks.
    Step(u64),
}

/// Everything that a chain is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// ArbOS version and the Stylus parameters that belong to it.
    pub params: Params,
    /// BIP-39 phrase of the unlocked accounts, path `m/44'/60'/0'/0/i`.
    pub mnemonic: String,
    /// How many accounts are derived and funded.
    pub accounts: u32,
    /// Balance of each, in wei.
    pub balance: U256,
    /// Constant base fee, in wei per gas.
    pub base_fee: u64,
    /// When blocks are made.
    pub mining: Mining,
    /// Where timestamps come from.
    pub clock: Clock,
    /// Timestamp of block 0 in seconds; `None` takes the machine's clock.
    pub genesis_timestamp: Option<u64>,
    /// The L1 block number at genesis. It grows by one for every twelve seconds of chain time.
    pub genesis_l1_block: u64,
    /// Gas cap of calls and estimates.
    pub rpc_gas_cap: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            chain_id: DEV_CHAIN_ID,
            params: Params::arbitrum_one(),
            mnemonic: DEV_MNEMONIC.to_owned(),
            accounts: 10,
            balance: U256::from(10_000u64) * U256::from(10u64).pow(U256::from(18u64)),
            base_fee: DEV_BASE_FEE,
            mining: Mining::Instant,
            clock: Clock::System,
            genesis_timestamp: None,
            genesis_l1_block: 20_000_000,
            rpc_gas_cap: RPC_GAS_CAP,
        }
    }
}

impl Config {
    /// A configuration whose blocks depend on nothing but the transactions: genesis at `timestamp`
    /// and one second per block.
    #[must_use]
    pub fn deterministic(timestamp: u64) -> Self {
        Self { clock: Clock::Step(1), genesis_timestamp: Some(timestamp), ..Self::default() }
    }
}
