//! What can be wrong with a plan.

use std::path::PathBuf;

use alloy::primitives::{Address, U256};

/// Why a plan cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Path of the file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a plan.
    #[error("{path} is not a deployment plan: {source}")]
    Malformed {
        /// Path of the file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A role is the zero address.
    #[error("{0} is the zero address")]
    ZeroAddress(&'static str),
    /// The threshold is not a majority of the signers.
    #[error(
        "threshold {threshold} of {signers} signers: it must be more than half and at most all (16 signers at most)"
    )]
    Threshold {
        /// Threshold of the plan.
        threshold: u8,
        /// Number of signers.
        signers: usize,
    },
    /// A signer appears twice.
    #[error("signer {0} appears twice")]
    DuplicateSigner(Address),
    /// The supply is above the cap.
    #[error("initial supply {supply} above the cap {cap}")]
    SupplyAboveCap {
        /// Initial supply.
        supply: U256,
        /// Cap.
        cap: U256,
    },
    /// A first value is outside the hard range of its slot.
    #[error("slot {slot}: {value} is outside the hard range {min} to {max}")]
    OutOfRange {
        /// Slot number.
        slot: u8,
        /// Value of the plan.
        value: u32,
        /// Lowest value.
        min: u32,
        /// Highest value.
        max: u32,
    },
    /// There is no such slot.
    #[error("there is no slot {0}")]
    UnknownSlot(u8),
    /// The pool weights do not sum to 10,000.
    #[error("the live pool weights sum to {0} bps, they must sum to 10,000")]
    WeightSum(u32),
    /// The parts of the emission do not sum to 10,000.
    #[error("the consumers' parts of what is minted sum to {0} bps, they must sum to 10,000")]
    PartSum(u32),
    /// A number of the plan is outside what the contract takes.
    #[error("{what} is {value}: it must be {least} to {most}")]
    Setting {
        /// Field of the plan.
        what: &'static str,
        /// Value of the plan.
        value: u32,
        /// Lowest value.
        least: u32,
        /// Highest value.
        most: u32,
    },
    /// A pool stands behind a weight that no pool can have.
    #[error("a pool behind weight {0}: weight 0 is the reserve's, pools have weights 1 to 31")]
    PoolWeight(u8),
    /// The node is another chain.
    #[error("the plan is for chain {plan}, the node is chain {node}: give the RPC of the one or the plan of the other")]
    WrongChain {
        /// Chain id of the plan.
        plan: u64,
        /// Chain id of the node.
        node: u64,
    },
}
