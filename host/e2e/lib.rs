//! Tests that run the compiled contracts on the embedded chain.
//!
//! [`Net`] is a chain in this process with what a test needs around it: typed calls and refusals,
//! time, deployment of programs and Solidity artifacts. [`World`] is the whole of Escapement on it:
//! token, verifier, controller and minter behind OpenZeppelin's transparent proxies, lens, signers,
//! a registered policy. The bytes are those of `scripts/build.sh`, the ones that go on a real chain.

mod artifact;
mod net;
mod refusal;
mod update;
mod world;

pub use artifact::{Solidity, contracts_dir, program_code};
pub use net::{Net, Receipt, arb_wasm};
pub use refusal::Refusal;
pub use update::{Quorum, UpdateBuilder, malleate};
pub use world::{GENESIS, RemoteLedger, World, proxy, start_values, token, wad};
