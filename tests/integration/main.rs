//! One file per flow through all contracts. Properties by id: `tests/PROPERTIES.md`, FLOW.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used
)]
// The SDK's macros name it.
extern crate alloc;

mod access;
mod attestation;
mod consumers;
mod mint;
mod pause_and_override;
mod stakes;
mod update_lifecycle;
