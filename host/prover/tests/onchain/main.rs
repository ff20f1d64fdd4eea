//! Proven attestation on the compiled contracts and the embedded chain: reports, proofs, and every attack on them.
//!
//! Here and not in `escapement-e2e`, so that only who proves pays for building a prover. The property ids are VER-06 to
//! VER-11 and VER-40 to VER-49.
#![allow(missing_docs)]

#[path = "../common/mod.rs"]
mod common;

mod attacks;
mod bench;
mod deployments;
mod differential;
mod gas;
mod lifetime;
mod registry;
mod reports;
mod starved;
mod thief;
