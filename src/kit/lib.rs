//! What every Escapement contract needs from the Stylus VM, written once.
//!
//! - [`vm`]: the host services (storage words, clock, sender, code, calls, logs) behind plain functions;
//! - [`abi`]: a bounded, strict reader of calldata and a writer of results, for contracts that route by hand to save bytes;
//! - [`erc20`]: calls to tokens, and what a token may answer;
//! - [`log`]: writing logs;
//! - [`merkle`]: Merkle proofs in OpenZeppelin's form;
//! - [`packed`]: storage words of several fields, and of a reward pool and its accounts;
//! - [`params`]: reading a group of parameters from the controller, for its consumers;
//! - [`proxied`]: once-guard, monotonic version and layout check of an implementation behind an ERC-1967 proxy;
//! - [`reentrancy`]: a storage lock that does not depend on what the SDK or the node does about reentrancy;
//! - [`roles`]: OpenZeppelin's `AccessControl` interface and layout, in a tenth of its code;
//! - [`route`]: from calldata to the functions of a contract that routes by hand;
//! - [`signature`]: `ecrecover` with every check the precompile leaves to its caller;
//! - [`slot`]: fields of a packed storage word;
//! - [`data`]: reading a data contract (`0x00` byte, then the payload);
//! - `testing`, a feature: what the contracts' own tests share.
//!
//! Nothing here allocates per item, formats text or panics.
extern crate alloc;

pub mod abi;
pub mod data;
pub mod erc20;
pub mod log;
pub mod merkle;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
pub mod packed;
pub mod params;
pub mod proxied;
pub mod reentrancy;
pub mod roles;
pub mod route;
pub mod signature;
pub mod slot;
#[cfg(feature = "testing")]
pub mod testing;
pub mod vm;

#[cfg(test)]
mod tests;
