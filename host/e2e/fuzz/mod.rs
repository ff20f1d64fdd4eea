//! What the fuzz targets do. A target is a function of bytes that panics when something that must hold does not.
//!
//! `host/fuzz` hands these functions to libFuzzer; `tests/fuzz_corpus.rs` runs them over the committed corpus. Bytes beyond
//! what a target reads mean nothing, missing ones read as zero, so that every input means something.
//!
//! | target | input | must hold |
//! |---|---|---|
//! | [`calldata`] | up to eight calls of anyone to any contract, raw or of the types of a function | [`judge`] |
//! | [`attestation`] | an edited update and edited signatures | only what a quorum signed is accepted, by program and law alike |
//! | [`upgrade`] | words put under a proxy, then views, upgrade, calls | refused calls write nothing, nothing is minted beyond the cap |
//! | [`files`] | bytes and words that core reads | one encoding per value, no panic |

mod arguments;
pub mod attestation;
pub mod calldata;
pub mod files;
pub mod judge;
pub mod seeds;
mod source;
mod stage;
pub mod upgrade;

pub use source::Source;
pub use stage::{Caller, Place, Stage};

/// Numbers that stand for what a run saw: which function of which contract, with which outcome. libFuzzer sees the
/// interpreter only, not the programs it runs; these tell it that an input led somewhere new.
pub type Features = Vec<u32>;

/// A target: its name and what it does with an input.
pub type Target = (&'static str, fn(&[u8]) -> Features);

/// All targets.
pub const TARGETS: [Target; 4] =
    [("calldata", calldata::run), ("attestation", attestation::run), ("upgrade", upgrade::run), ("files", files::run)];

/// A number for `parts`, spread over 32 bits.
fn feature(parts: &[&[u8]]) -> u32 {
    let [a, b, c, d, ..] = alloy_primitives::keccak256(parts.concat()).0;
    u32::from_be_bytes([a, b, c, d])
}
