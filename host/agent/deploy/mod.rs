//! Deployment: from a plan and the built programs to wired contracts whose roles were read back from the chain.
//!
//! The same code deploys to a development chain and to Arbitrum. What it does, in order, each step written down in
//! `deployments/<network>/` before the next begins, so that an interrupted run is taken up where it stopped:
//!
//! 1. token, verifier: one transaction each through the Stylus deployer (create, activate, constructor);
//! 2. lens, controller and minter implementations: create, activate (data fee plus a fifth, the excess comes back);
//! 3. controller and minter: `TransparentUpgradeableProxy`, initialised in the proxy's own constructor, admin owned by
//!    governance;
//! 4. the policy: its bytes as a data contract, registered at the verifier;
//! 5. wiring: the token's minter, the verifier's owner;
//! 6. reading every role back. A deployer that keeps any power makes the deployment fail; what governance still has to
//!    accept (the verifier's ownership moves in two steps) is listed as pending.

mod cost;
mod keepalive;
mod plan;
mod record;
mod roles;
mod run;
mod steps;
#[cfg(test)]
mod tests;

pub use cost::{Cost, Quote, quote};
pub use keepalive::keep_alive;
pub use plan::{Plan, PlanError};
pub use record::{Record, Step};
pub use roles::{Check, RolesReport, read_roles};
pub use run::{DeployError, Deployed, accept, deploy};
pub use steps::{ADMIN_SLOT, IMPLEMENTATION_SLOT, address_in};

use alloy::primitives::{Address, address};

/// The platform's program registry.
pub const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
/// The deployer that creates, activates and constructs a program in one transaction.
pub const STYLUS_DEPLOYER: Address = address!("cEcba2F1DC234f70Dd89F2041029807F8D03A990");
/// Selector of a Stylus constructor, `stylus_constructor()`.
pub const CONSTRUCTOR: [u8; 4] = [0x55, 0x85, 0x25, 0x8d];
