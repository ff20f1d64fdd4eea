//! Deployment: from a plan and the built programs to wired contracts whose roles were read back from the chain.
//!
//! The same code deploys to a development chain and to Arbitrum. What it does, in order, each step written down in
//! `deployments/<network>/` before the next begins, so that an interrupted run is taken up where it stopped:
//!
//! 1. what the plan wants deployed of who governs, halts and vetoes: Safes, a timelock;
//! 2. token, verifier: one transaction each through the Stylus deployer (create, activate, constructor);
//! 3. lens, and the implementations of controller, minter, treasury, vault and gauges: create, activate (data fee plus a
//!    fifth, the excess comes back);
//! 4. before each implementation a `TransparentUpgradeableProxy`, initialised in the proxy's own constructor, admin owned
//!    by governance;
//! 5. the policy: its bytes as a data contract, registered at the verifier;
//! 6. wiring, as far as the deployer may: the token's minter, the curve that the vault starts with, the offer of the
//!    verifier to governance;
//! 7. with a timelock of its own: the Governor, and the founding, one operation of the timelock that makes governance's
//!    calls and hands the timelock over;
//! 8. reading every role back. A deployer that keeps any power makes the deployment fail.
//!
//! Governance is in its place from each contract's first transaction on, so the deployer never holds its role. What is left
//! is governance's own to call (accepting the verifier, consumers, pools, treasury and market of the minter): it is listed
//! as pending, each with target and calldata, until it reads back as planned. A timelock that the run deploys makes those
//! calls in the founding, while the deployer is its only proposer; what it cannot make yet becomes a proposal.

mod authority;
mod cost;
mod creation;
mod error;
mod founding;
mod keepalive;
mod plan;
mod powers;
mod price;
mod record;
mod roles;
mod run;
mod steps;
#[cfg(test)]
mod tests;
mod wiring;

pub use cost::{Cost, Quote, quote};
pub use error::DeployError;
pub use founding::ProposalFile;
pub use keepalive::keep_alive;
pub use plan::{
    Attesters, Executors, GaugesPlan, GovernancePlan, GovernorPlan, Holder, MarketPlan, MinterPlan, Multisig, Name,
    Open, Parts, Plan, PlanError, Power, SafeAddresses, SafeContracts, SafePlan, TimelockPlan, VaultPlan,
};
pub use powers::Powers;
pub use price::{StepCost, power_costs};
pub use record::{Record, Step};
pub use roles::{Check, RolesReport, read_roles};
pub use run::{Deployed, accept, deploy, verify};
pub use steps::{ADMIN_SLOT, IMPLEMENTATION_SLOT, address_in};
pub use wiring::Duty;

use alloy::primitives::{Address, address};

/// Programs of a deployment, in the order in which they are deployed.
pub const PROGRAMS: [&str; 8] = ["token", "verifier", "lens", "controller", "minter", "treasury", "vault", "gauges"];
/// Those of them that stand behind a proxy.
pub const PROXIED: [&str; 5] = ["controller", "minter", "treasury", "vault", "gauges"];

/// Name of the file of a [`ProposalFile`], beside the record.
pub const PROPOSAL: &str = "proposal.json";

/// Name of the program behind a proxy in a [`Record`].
#[must_use]
pub fn implementation(proxied: &str) -> String {
    format!("{proxied}Implementation")
}

/// The platform's program registry.
pub const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
/// The deployer that creates, activates and constructs a program in one transaction.
pub const STYLUS_DEPLOYER: Address = address!("cEcba2F1DC234f70Dd89F2041029807F8D03A990");
/// Selector of a Stylus constructor, `stylus_constructor()`.
pub const CONSTRUCTOR: [u8; 4] = [0x55, 0x85, 0x25, 0x8d];
