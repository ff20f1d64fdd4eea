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
    /// Nobody could put an operation into the timelock.
    #[error("governance has no governor and governance.timelock.proposers names nobody: nobody could govern")]
    NoProposer,
    /// Nobody could execute an operation of the timelock.
    #[error("governance has no governor and governance.timelock.executors names nobody: nothing could be executed")]
    NoExecutor,
    /// The Governor is named where it is anyway.
    #[error("{0} names the governor, which is among them anyway: leave it out")]
    GovernorNamed(&'static str),
    /// The turnout is nobody's.
    #[error("controller.turnout must be an address, or \"governor\" where governance has one")]
    Turnout,
    /// What must be staked for a vote is nothing or more than there is.
    #[error("governance.governor.minVotableSupply is {value}: it must be 1 to the initial supply, {most}")]
    VotableSupply {
        /// Value of the plan.
        value: U256,
        /// The initial supply.
        most: U256,
    },
    /// A Safe needs no signature, or more than it has owners.
    #[error("{power}.safe: threshold {threshold} of {owners} owners: it must be at least 1 and at most all")]
    SafeThreshold {
        /// Whose Safe.
        power: &'static str,
        /// Threshold of the plan.
        threshold: u8,
        /// Number of owners.
        owners: usize,
    },
    /// No Safe takes this owner.
    #[error("{power}.safe: {owner} cannot own a Safe")]
    SafeOwner {
        /// Whose Safe.
        power: &'static str,
        /// The owner.
        owner: Address,
    },
    /// An owner appears twice.
    #[error("{power}.safe: owner {owner} appears twice")]
    DuplicateOwner {
        /// Whose Safe.
        power: &'static str,
        /// The owner.
        owner: Address,
    },
    /// Two Safes would have one address.
    #[error("council.safe and guardian.safe are the same account: give one of them another saltNonce")]
    SameSafe,
    /// Nobody says where Safe's contracts are.
    #[error("council or guardian is to be a Safe: safeContracts must say where Safe's contracts are")]
    SafeContracts,
    /// Copies of Safe's contracts where the published ones stand.
    #[error("safeContracts.publishFrom is for development chains, chain {0} is none: name the deployed contracts")]
    Publish(u64),
    /// The node is another chain.
    #[error("the plan is for chain {plan}, the node is chain {node}: give the RPC of the one or the plan of the other")]
    WrongChain {
        /// Chain id of the plan.
        plan: u64,
        /// Chain id of the node.
        node: u64,
    },
}
