//! Tests that run the compiled contracts on the embedded chain.
//!
//! [`Net`] is a chain in this process with what a test needs around it: typed calls and refusals,
//! time, deployment of programs and Solidity artifacts. [`World`] is the whole of Escapement on it:
//! token, verifier, controller and minter behind OpenZeppelin's transparent proxies, lens, signers,
//! a registered policy. The bytes are those of `scripts/build.sh`, the ones that go on a real chain.

mod abi;
mod artifact;
mod cast;
mod net;
mod permit;
mod refusal;
mod state;
mod update;
mod world;

pub use abi::Interface;
pub use artifact::{Solidity, contracts_dir, program_code};
pub use cast::{Cast, change};
pub use net::{Net, Receipt, arb_wasm};
pub use refusal::{Refusal, refused};
pub use update::{Quorum, UpdateBuilder, malleate, report_of};
pub use world::{GENESIS, RemoteLedger, World, proxy, start_values, steerable_policy, token, verifier, wad};
