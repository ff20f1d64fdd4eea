//! The controller under the native test VM, called through its ABI: every call below is encoded by alloy from `abi.sol`
//! and decoded by it, so the hand-written router is checked against an independent encoder.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::pedantic,
    missing_docs
)]

mod lanes;
mod log;
mod peers;
mod powers;
mod surface;
mod world;
