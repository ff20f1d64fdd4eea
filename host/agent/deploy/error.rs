//! Why a deployment stops.

use std::io;

use alloy::primitives::{Address, B256};

use super::{ARB_WASM, PlanError};
use crate::{artifacts::ArtifactError, client::ClientError, policy::PolicyFileError, safe::SafeContract};

/// Why a deployment stopped.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The plan cannot be carried out.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A build artifact is missing or wrong.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The policy cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyFileError),
    /// The node or a contract refused.
    #[error("{step}: {source}")]
    Step {
        /// Which step.
        step: String,
        /// Why.
        source: ClientError,
    },
    /// The node or a contract refused a read.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The node is no Arbitrum chain with Stylus.
    #[error(
        "chain {chain} has no Stylus: {ARB_WASM} (ArbWasm) does not answer; use an Arbitrum chain, or escapement devnet"
    )]
    NoStylus {
        /// Chain id of the node.
        chain: u64,
    },
    /// A program cannot be activated on this chain.
    #[error("{name} cannot be activated: {reason}")]
    NotActivatable {
        /// Name of the program.
        name: String,
        /// The node's reason.
        reason: String,
    },
    /// The record cannot be written.
    #[error("cannot write the record: {0}")]
    Record(#[from] io::Error),
    /// The record belongs to another chain or plan.
    #[error("the record of this network is for {what} {recorded}, now it is {now}; move it away to deploy afresh")]
    OtherRecord {
        /// What differs.
        what: &'static str,
        /// In the record.
        recorded: String,
        /// Now.
        now: String,
    },
    /// A transaction did not leave what it should.
    #[error("{step}: the transaction left no {what}")]
    Missing {
        /// Which step.
        step: String,
        /// What is missing.
        what: &'static str,
    },
    /// There is no deployment to look at.
    #[error("the record of {network} is empty: nothing was deployed from this plan's folder")]
    Nothing {
        /// The network.
        network: String,
    },
    /// The record is wrong about a contract.
    #[error("{contract} at {address}: {transaction}, which the record names for it, did not create it")]
    Creation {
        /// Which contract.
        contract: String,
        /// Where the record says it is.
        address: Address,
        /// The transaction that the record names.
        transaction: B256,
    },
    /// A contract is not what the plan deploys, whatever it answers.
    #[error("{contract} at {address} was not created from the code and with the arguments of this plan: deploy afresh")]
    CreationCode {
        /// Which contract.
        contract: String,
        /// Where it is.
        address: Address,
    },
    /// What stands where a contract of Safe should is another.
    #[error("{address} is not Safe's {contract:?} 1.5.0: its code has the hash {found}, the published one {published}")]
    SafeCode {
        /// Which contract.
        contract: SafeContract,
        /// Where.
        address: Address,
        /// Hash of the code there.
        found: B256,
        /// Hash of the published code.
        published: B256,
    },
    /// The deployer is to keep a role.
    #[error("the plan gives a role of the timelock to {0}, which deploys it: a deployer must hold no role afterwards")]
    Deployer(Address),
    /// The deployer put into the timelock what the plan does not have.
    #[error(
        "the timelock {timelock} holds the operation {id}, which is not the founding by this plan: if it waits, cancel it \
         (cancel(bytes32)); if it was executed, deploy afresh"
    )]
    Operation {
        /// The timelock.
        timelock: Address,
        /// The operation.
        id: B256,
    },
    /// Roles are not as planned.
    #[error("roles are not as planned: {0}")]
    Roles(String),
}
