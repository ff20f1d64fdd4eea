//! Every function, every role, every refusal with its numbers, and random histories against a model.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::pedantic,
    missing_docs
)]

mod consumers;
mod epochs;
mod equilibrium;
mod history;
mod revenue;
mod surface;
mod world;
