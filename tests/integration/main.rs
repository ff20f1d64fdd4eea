//! One file per flow through all contracts. Properties by id: `tests/PROPERTIES.md`, FLOW.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used
)]

mod access;
mod attestation;
mod mint;
mod pause_and_override;
mod update_lifecycle;
