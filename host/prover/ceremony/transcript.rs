//! The transcript of a ceremony: what it started from, and each step with what shows that it was made by somebody who
//! knew its secret.
//!
//! A digest runs through the steps. A contribution's proof of knowledge is bound to the digest before it, to the
//! contributor's name and to all that the contribution changes: it holds at its own place only.

use alloy_primitives::{B256, Bytes};
use serde::{Deserialize, Serialize};

use super::steps::Reached;
use crate::encoding::EncodingError;

/// Version of the transcript's form and of its digest.
pub const VERSION: u32 = 1;
/// Longest name of a contributor, in bytes.
pub const NAME_MAX: usize = 64;
/// Most often that a beacon's value is hashed, as an exponent of two.
pub const ITERATIONS_LOG2_MAX: u32 = 40;

/// What a ceremony was started from, and its steps.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Transcript {
    /// [`VERSION`].
    pub version: u32,
    /// Name of the circuit: the widths of its network.
    pub circuit: String,
    /// Hash of the constraints, see [`crate::r1cs::R1cs::hash`].
    pub constraints: B256,
    /// blake2b-512 hash of the file of powers of tau.
    pub phase1: Bytes,
    /// The steps, in order. A beacon is the last.
    pub steps: Vec<Step>,
}

/// One step of a ceremony.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// delta in G1 after the step, as words of EIP-196.
    pub delta_g1: Bytes,
    /// delta in G2 after the step, as words of EIP-197.
    pub delta_g2: Bytes,
    /// Where the factor came from.
    pub source: Source,
}

/// Where a step's factor came from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Source {
    /// From a contributor, who proved to know it.
    Contribution {
        /// Name of the contributor.
        name: String,
        /// Commitment of the Schnorr proof: a random multiple of delta before the step.
        nonce: Bytes,
        /// Its response.
        response: B256,
    },
    /// From a public value that nobody could foresee.
    Beacon {
        /// The value.
        value: Bytes,
        /// It was hashed 2^this times.
        iterations_log2: u32,
    },
}

/// Why a transcript shows no ceremony.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TranscriptError {
    /// Another version.
    #[error("version {0} of a transcript is unknown")]
    Version(u32),
    /// The hash of the powers has another length.
    #[error("the hash of phase 1 has {0} bytes, 64 needed")]
    Phase1(usize),
    /// A name is empty, too long, or holds control characters.
    #[error("step {step}: a name has 1 to 64 bytes and no control characters")]
    Name {
        /// The step, counted from 1.
        step: usize,
    },
    /// A point or number is none.
    #[error("step {step}, {part}: {error}")]
    Encoding {
        /// The step, counted from 1.
        step: usize,
        /// What is wrong.
        part: &'static str,
        /// Why.
        error: EncodingError,
    },
    /// delta is zero, or the same as before the step.
    #[error("step {step}: delta is zero or did not change")]
    Unchanged {
        /// The step, counted from 1.
        step: usize,
    },
    /// delta differs between the two groups.
    #[error("step {step}: delta differs between the groups")]
    Groups {
        /// The step, counted from 1.
        step: usize,
    },
    /// A proof of knowledge does not hold here.
    #[error("step {step}: the proof of knowledge does not hold at this place of this transcript")]
    Knowledge {
        /// The step, counted from 1.
        step: usize,
    },
    /// delta is not the one that the beacon gives.
    #[error("step {step}: delta does not follow from the beacon")]
    Beacon {
        /// The step, counted from 1.
        step: usize,
    },
    /// A beacon is hashed too often to check.
    #[error("step {step}: a beacon is hashed at most 2^40 times, not 2^{iterations_log2}")]
    Iterations {
        /// The step, counted from 1.
        step: usize,
        /// Exponent given.
        iterations_log2: u32,
    },
    /// A step follows the beacon.
    #[error("step {step}: nothing may follow the beacon")]
    AfterBeacon {
        /// The step, counted from 1.
        step: usize,
    },
    /// A beacon without any contribution: its factor, the only one, is public.
    #[error("step {step}: a beacon needs a contribution before it")]
    NoContribution {
        /// The step, counted from 1.
        step: usize,
    },
}

impl Transcript {
    /// Checks every step and returns what they come to.
    ///
    /// # Errors
    /// The first [`TranscriptError`] found.
    pub fn replay(&self) -> Result<Reached, TranscriptError> {
        let mut reached = Reached::start(self)?;
        for step in &self.steps {
            reached = reached.after(step)?;
        }
        Ok(reached)
    }
}
