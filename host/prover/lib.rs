//! Proofs that outputs are what a committed policy gives for observations (Groth16 over BN254).
//!
//! [`circuit`] states it as constraints, [`setup::dev`] makes a development key (which anybody can forge with),
//! [`Prover`] makes proofs, [`VerifyingKey`] checks them as the contract does. [`statement`] has the commitment to a
//! model and the public inputs, [`export`] writes the constraints for a ceremony.
//!
//! arkworks calls its Groth16 an academic proof of concept without careful review. It is used to make keys and proofs,
//! and to check them on this side; the contract links none of it and checks proofs by the chain's precompiles.

pub mod circuit;
pub mod encoding;
pub mod export;
pub mod key;
pub mod keyfile;
pub mod poseidon;
pub mod proof;
pub mod prove;
pub mod r1cs;
pub mod setup;
pub mod statement;

pub use key::{KeyError, KeyKind, ProvingKey, VerifyingKey};

pub use proof::{Proof, ProofFile};
pub use prove::{ProveError, Proven, Prover};
pub use statement::{Statement, StatementError, commitment};
