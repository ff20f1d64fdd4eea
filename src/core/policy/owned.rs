//! The owned form of a network, for programs that make one (feature `alloc`).

use super::format::count;
use super::{Arch, Model, Policy, PolicyError, Schema, SchemaEntry, OUTPUTS};
use alloc::vec::Vec;

/// A network that owns its numbers. Formats as in [`Model`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnedModel {
    /// Widths of the layers.
    pub arch: Arch,
    /// Weights, Q12, layer by layer, row-major.
    pub weights: Vec<i16>,
    /// Biases, Q16, layer by layer.
    pub biases: Vec<i32>,
    /// Lower bounds of the outputs, Q16.
    pub lo: [i32; OUTPUTS],
    /// Upper bounds of the outputs, Q16.
    pub hi: [i32; OUTPUTS],
}

impl OwnedModel {
    /// Returns the network with all weights and biases zero and every output free between minus and plus one step.
    #[must_use]
    pub fn zero(arch: Arch) -> Self {
        Self {
            arch,
            weights: alloc::vec![0; arch.weights()],
            biases: alloc::vec![0; arch.biases()],
            lo: [-super::OUTPUT_ONE; OUTPUTS],
            hi: [super::OUTPUT_ONE; OUTPUTS],
        }
    }

    /// Returns `model.bin`.
    ///
    /// # Errors
    /// What [`Model::with_arch`] would refuse to read back: a wrong number of weights or biases, unordered bounds.
    pub fn encode(&self) -> Result<Vec<u8>, PolicyError> {
        if self.biases.len() != self.arch.biases() {
            // Compensating counts could give the right length, so this one is looked at apart.
            return Err(PolicyError::Length { expected: count(self.arch.biases()), actual: count(self.biases.len()) });
        }
        let mut out = Vec::with_capacity(self.arch.model_len());
        out.extend(self.weights.iter().flat_map(|w| w.to_le_bytes()));
        out.extend(self.biases.iter().chain(&self.lo).chain(&self.hi).flat_map(|b| b.to_le_bytes()));
        Model::with_arch(self.arch, &out)?;
        Ok(out)
    }
}

impl From<Model<'_>> for OwnedModel {
    fn from(model: Model<'_>) -> Self {
        let (mut lo, mut hi) = ([0; OUTPUTS], [0; OUTPUTS]);
        for ((lo, hi), bounds) in lo.iter_mut().zip(&mut hi).zip(model.bounds()) {
            (*lo, *hi) = bounds;
        }
        let (weights, biases) = (model.weights().collect(), model.biases().collect());
        Self { arch: model.arch(), weights, biases, lo, hi }
    }
}

/// Returns the code of the data contract for a network and its schema: a zero byte, `model.bin`, `schema.bin`.
///
/// # Errors
/// What [`Policy::new`] would refuse to read back.
pub fn policy_code(model: &OwnedModel, schema: &[SchemaEntry]) -> Result<Vec<u8>, PolicyError> {
    let model_bytes = model.encode()?;
    let schema_bytes: Vec<u8> = schema.iter().flat_map(|entry| entry.to_bytes()).collect();
    Schema::parse(&schema_bytes)?;
    Policy::new(model.arch, &model_bytes, &schema_bytes)?;
    let mut code = Vec::with_capacity(model.arch.code_len());
    code.push(0);
    code.extend(model_bytes);
    code.extend(schema_bytes);
    Ok(code)
}
