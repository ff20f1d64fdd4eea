//! Proofs that outputs are what a committed policy gives for observations (Groth16 over BN254).
//!
//! [`circuit`] states it as constraints, [`setup::dev`] makes a development key (which anybody can forge with),
//! [`Prover`] makes proofs, [`VerifyingKey`] checks them as the contract does. The file of a proven policy, its public
//! inputs and the context of a proof are the law's: [`escapement_core::policy::proven`].
//!
//! For a key that nobody can forge with, a second phase of a setup needs the constraints ([`r1cs::R1cs`], as matrices
//! or as an [`export`]ed file) and a [`ProvingKey`] to put its result into; see [`keyfile`] for the form on disk.
//!
//! arkworks calls its Groth16 an academic proof of concept without careful review. It is used to make keys and proofs,
//! and to check them on this side; the contract links none of it and checks proofs by the chain's precompiles.

pub mod ceremony;
pub mod circuit;
pub mod encoding;
pub mod export;
pub mod iden3;
pub mod key;
pub mod keyfile;
pub mod policy;
pub mod poseidon;
pub mod proof;
pub mod prove;
pub mod r1cs;
pub mod setup;
pub mod snarkjs;

mod commitment;

pub use commitment::commitment;
pub use key::{KeyError, KeyKind, ProvingKey, VerifyingKey};
pub use keyfile::KeyFileError;
pub use proof::{Proof, ProofFile};
pub use prove::{ProveError, Proven, Prover};

/// A word of 256 bits, big endian.
pub type Word = [u8; 32];
