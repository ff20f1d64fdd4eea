//! Proven attestation on the compiled contracts and the embedded chain: reports, proofs, and every attack on them.
//!
//! Here and not in `escapement-e2e`, so that only who proves pays for building a prover. The property ids are VER-06 to
//! VER-11.
#![allow(missing_docs)]

#[path = "../common/mod.rs"]
mod common;

mod attacks;
mod bench;
mod differential;
mod gas;
mod registry;
mod reports;
