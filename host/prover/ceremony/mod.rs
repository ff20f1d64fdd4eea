//! The second phase of a Groth16 setup: from powers of tau to a key for one circuit that nobody can forge with, as long
//! as one contributor destroyed their secret.
//!
//! [`Powers`] come from a first phase. [`Ceremony::begin`] makes the key that follows from them; each
//! [`Ceremony::contribute`] multiplies its delta by a secret and proves to know it; [`Ceremony::finish`] applies a public
//! value that nobody could foresee. [`Ceremony::check`] follows the whole from the powers on. The key is the only one that
//! powers, constraints and transcript allow, so that no key in between needs to be kept.

pub mod check;
pub mod derive;
pub mod ptau;
pub mod steps;
pub mod store;
pub mod transcript;
pub mod zkey;

use alloy_primitives::{B256, Bytes};
use ark_bn254::{Bn254, Fr, G1Affine, G1Projective};
use ark_ec::CurveGroup;
use ark_ff::Field;
use ark_groth16::ProvingKey;
use ark_poly::EvaluationDomain;
use rand_chacha::rand_core::{self, OsRng, RngCore};
use rayon::prelude::*;
use zeroize::Zeroize;

use crate::r1cs::R1cs;

pub use check::KeyFault;
pub use ptau::{Powers, PtauError};
pub use steps::Reached;
pub use transcript::{Source, Step, Transcript, TranscriptError};

/// Why a ceremony cannot go on, or is none.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// The transcript does not hold.
    #[error("transcript: {0}")]
    Transcript(#[from] TranscriptError),
    /// The key does not follow from powers, constraints and transcript.
    #[error("key: {0}")]
    Key(#[from] KeyFault),
    /// The key has another delta than the transcript comes to.
    #[error("key: its delta is not the one that the transcript comes to")]
    Delta,
    /// The transcript is of other constraints.
    #[error("the transcript is of the constraints {transcript}, the circuit has {circuit}")]
    Constraints {
        /// In the transcript.
        transcript: B256,
        /// Of the circuit.
        circuit: B256,
    },
    /// The transcript was started from other powers.
    #[error("the transcript started from the powers of tau {transcript}, the file has {file}")]
    Phase1 {
        /// Hash in the transcript.
        transcript: Bytes,
        /// Hash of the file.
        file: Bytes,
    },
    /// The operating system has no random numbers to give.
    #[error("no randomness: {0}")]
    Entropy(rand_core::Error),
}

/// Exponent of the powers of tau that constraints need.
#[must_use]
pub fn power(r1cs: &R1cs) -> u32 {
    u32::try_from(check::domain(r1cs).log_size_of_group()).unwrap_or(u32::MAX)
}

/// A ceremony: its transcript and the key it has come to.
#[derive(Clone, PartialEq, Debug)]
pub struct Ceremony {
    /// What happened.
    pub transcript: Transcript,
    /// The key. Its points must be points of their groups; [`Ceremony::load`] sees to it.
    pub key: ProvingKey<Bn254>,
}

impl Ceremony {
    /// Starts a ceremony. Everybody can forge proofs for its key until somebody contributes.
    ///
    /// # Panics
    /// If the powers are fewer than [`power`] of the constraints.
    #[must_use]
    pub fn begin(circuit: &str, r1cs: &R1cs, powers: &Powers, step: &dyn Fn()) -> Self {
        let transcript = Transcript {
            version: transcript::VERSION,
            circuit: circuit.to_owned(),
            constraints: r1cs.hash(),
            phase1: Bytes::copy_from_slice(&powers.blake2b),
            steps: Vec::new(),
        };
        Self { transcript, key: derive::initial(powers, r1cs, step) }
    }

    /// Checks the transcript, and that the key has the delta it comes to. The rest of the key needs the powers: see
    /// [`Ceremony::check`].
    ///
    /// # Errors
    /// A [`CeremonyError`].
    pub fn check_transcript(&self) -> Result<Reached, CeremonyError> {
        let reached = self.transcript.replay()?;
        let deltas = (self.key.delta_g1, self.key.vk.delta_g2);
        if deltas == (reached.delta_g1, reached.delta_g2) { Ok(reached) } else { Err(CeremonyError::Delta) }
    }

    /// Checks everything, from the powers of tau on.
    ///
    /// # Errors
    /// A [`CeremonyError`].
    pub fn check(&self, r1cs: &R1cs, powers: &Powers) -> Result<Reached, CeremonyError> {
        let circuit = r1cs.hash();
        if self.transcript.constraints != circuit {
            return Err(CeremonyError::Constraints { transcript: self.transcript.constraints, circuit });
        }
        if self.transcript.phase1[..] != powers.blake2b {
            let file = Bytes::copy_from_slice(&powers.blake2b);
            return Err(CeremonyError::Phase1 { transcript: self.transcript.phase1.clone(), file });
        }
        let reached = self.check_transcript()?;
        check::key(powers, r1cs, &self.key)?;
        Ok(reached)
    }

    /// Contributes: the secret factor is made from 64 bytes of the operating system's randomness and from `more`, which
    /// can only add to them, and is wiped before this returns, as far as the language lets.
    ///
    /// # Errors
    /// A [`CeremonyError`]; the ceremony is then as it was.
    pub fn contribute(&mut self, name: &str, more: &[u8]) -> Result<Reached, CeremonyError> {
        let reached = self.check_transcript()?;
        let mut seed = [0; 64];
        OsRng.try_fill_bytes(&mut seed).map_err(CeremonyError::Entropy)?;
        let mut material = [&seed[..], more].concat();
        let [mut factor, mut nonce] = ["factor", "nonce"].map(|tag| steps::scalar(steps::tagged(tag, &material)));
        seed.zeroize();
        material.zeroize();
        let made = reached.contribute(name, factor, nonce);
        nonce.zeroize();
        let made = made.map(|(step, reached)| {
            self.apply(factor, step, &reached);
            reached
        });
        factor.zeroize();
        Ok(made?)
    }

    /// Applies the beacon, the last step: a public value that nobody could foresee when the last contribution was made,
    /// hashed 2^`iterations_log2` times. Calls `tick` for every 2^16 hashes.
    ///
    /// # Errors
    /// A [`CeremonyError`]; the ceremony is then as it was.
    pub fn finish(&mut self, value: &[u8], iterations_log2: u32, tick: &dyn Fn()) -> Result<Reached, CeremonyError> {
        let reached = self.check_transcript()?;
        let step = self.transcript.steps.len() + 1;
        if iterations_log2 > transcript::ITERATIONS_LOG2_MAX {
            return Err(TranscriptError::Iterations { step, iterations_log2 }.into());
        }
        let factor = steps::beacon_factor(reached.digest, value, iterations_log2, tick);
        let (step, reached) = reached.beacon(value, iterations_log2, factor)?;
        self.apply(factor, step, &reached);
        Ok(reached)
    }

    fn apply(&mut self, factor: Fr, step: Step, reached: &Reached) {
        // Never zero: the step was checked.
        let mut inverse = factor.inverse().unwrap_or_default();
        self.key.delta_g1 = reached.delta_g1;
        self.key.vk.delta_g2 = reached.delta_g2;
        for points in [&mut self.key.l_query, &mut self.key.h_query] {
            *points = scaled(points, inverse);
        }
        inverse.zeroize();
        self.transcript.steps.push(step);
    }
}

fn scaled(points: &[G1Affine], factor: Fr) -> Vec<G1Affine> {
    let scaled: Vec<G1Projective> = points.par_iter().map(|point| *point * factor).collect();
    G1Projective::normalize_batch(&scaled)
}
