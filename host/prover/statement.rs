//! What a proof states, in numbers: the commitment to a model and the public inputs, computed from the law's own packing.

use ark_bn254::Fr;
use ark_ff::PrimeField;
use escapement_core::policy::{
    Model, OUTPUTS,
    packing::{PackError, commitment_elements, pack},
};

use crate::{encoding::fr_bytes, poseidon};

/// Number of public inputs, for both architectures.
pub const PUBLIC_INPUTS: usize = 5;

/// A word of 256 bits, big endian.
pub type Word = [u8; 32];

/// The public inputs of a proof, in the order in which the verifier puts them together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Statement {
    /// Everything the proof is bound to: chain, verifier, controller, model, report, update. Below 2^248.
    pub context: Word,
    /// Commitment to the model.
    pub commitment: Word,
    /// The observations, ten to an element.
    pub observations: [Word; 2],
    /// The outputs.
    pub outputs: Word,
}

impl Statement {
    /// The public inputs as 32-byte words.
    #[must_use]
    pub fn words(&self) -> [Word; PUBLIC_INPUTS] {
        let [low, high] = self.observations;
        [self.context, self.commitment, low, high, self.outputs]
    }
}

/// Why numbers are no statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StatementError {
    /// A value needs more bits than the statement gives it.
    #[error("{} does not fit into {} signed bits", .0.value, .0.bits)]
    Pack(PackError),
    /// The observations do not make exactly two elements.
    #[error("{count} observations do not make two elements")]
    Observations {
        /// Observations given.
        count: usize,
    },
}

impl From<PackError> for StatementError {
    fn from(error: PackError) -> Self {
        Self::Pack(error)
    }
}

/// Returns the commitment to a model: Poseidon2 over its tag, weights, biases and bounds, packed.
///
/// # Errors
/// [`StatementError::Pack`] never happens for a [`Model`], whose numbers fit by construction.
pub fn commitment(model: &Model<'_>) -> Result<Word, StatementError> {
    let elements: Vec<Word> = commitment_elements(model).collect::<Result<_, _>>()?;
    Ok(fr_bytes(poseidon::hash(elements.iter().map(|word| Fr::from_be_bytes_mod_order(word)))))
}

/// Packs observations into their two public inputs.
///
/// # Errors
/// A [`StatementError`] unless there are 11 to 20 values of signed 24 bits.
pub fn pack_observations(values: &[i32]) -> Result<[Word; 2], StatementError> {
    let elements: Vec<Word> = pack::<3, _>(values.iter().copied()).collect::<Result<_, _>>()?;
    elements.try_into().map_err(|_| StatementError::Observations { count: values.len() })
}

/// Packs outputs into their public input.
///
/// # Errors
/// [`StatementError::Pack`] if one is not a signed 24-bit number.
pub fn pack_outputs(values: &[i32; OUTPUTS]) -> Result<Word, StatementError> {
    // Eight values always make exactly one element.
    Ok(pack::<3, _>(values.iter().copied()).next().transpose()?.unwrap_or_default())
}
