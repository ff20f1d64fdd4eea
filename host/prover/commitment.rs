//! The commitment to a model.

use ark_bn254::Fr;
use ark_ff::PrimeField;
use escapement_core::policy::{Model, packing::commitment_elements};

use crate::{Word, encoding::fr_bytes, poseidon};

/// Returns the commitment to a model: the hash of its tag, weights, biases and bounds, packed.
///
/// It hides the weights only as far as they cannot be guessed: whoever has a model in mind can compare.
///
/// # Panics
/// Never: the numbers of a [`Model`] fit what they are packed in, its bounds were checked when it was read.
#[must_use]
pub fn commitment(model: &Model<'_>) -> Word {
    let element = |packed: Result<Word, _>| Fr::from_be_bytes_mod_order(&packed.expect("a model's numbers fit"));
    fr_bytes(poseidon::hash(commitment_elements(model).map(element)))
}
