//! Tests that run the compiled contracts on the embedded chain.
//!
//! The chain and everything deployed on it are `escapement-world`'s; here is what only tests need: the golden ABI files as
//! text, calls that go through for every function there is, and what the
//! fuzz targets do.

mod abi;
mod cast;
pub mod fuzz;

pub use abi::Interface;
pub use cast::{Cast, change};
pub use escapement_world::{
    GENESIS, Governed, Multisig, Net, Permit, Quorum, Receipt, Refusal, RemoteLedger, Shape, Solidity, Twins,
    UpdateBuilder, World, arb_wasm, contracts_dir, governor_arguments, malleate, program_code, proxy, refused,
    report_of, start_values, steerable_policy, token, twins, verifier, wad,
};
