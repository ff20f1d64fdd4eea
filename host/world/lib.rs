//! Escapement deployed on a chain in this process, for tests and for measurements.
//!
//! [`Net`] is a chain with what a test needs around it: typed calls and refusals, time, deployment of programs and Solidity
//! artifacts. [`World`] is the whole of Escapement on it: token, verifier, controller and minter behind OpenZeppelin's
//! transparent proxies, lens, signers, a registered policy. [`World::governed`] puts it in the hands of a Governor, its
//! timelock and two Safes ([`Multisig`]). [`Twins`] are the same rules in Solidity beside it. The bytes
//! are those of `scripts/build.sh`, the ones that go on a real chain. Nothing here is for production: what cannot happen
//! on a fresh chain panics.

pub mod arb_wasm;
mod artifact;
pub mod gas;
mod multisig;
mod net;
mod permit;
mod refusal;
mod state;
pub mod twins;
mod update;
mod world;

pub use artifact::{Solidity, contracts_dir, program_code};
pub use multisig::Multisig;
pub use net::{Net, Receipt};
pub use permit::Permit;
pub use refusal::{Refusal, refused};
pub use twins::Twins;
pub use update::{Quorum, UpdateBuilder, malleate, report_of};
pub use world::{
    GENESIS, Governed, RemoteLedger, Shape, World, governor_arguments, proxy, start_values, steerable_policy, token,
    verifier, wad,
};
