//! The shapes a network can have.

use super::{PolicyError, Schema, MAX_WIDTH, OUTPUTS};

/// Widths of the four layers: inputs, two hidden layers, [`OUTPUTS`] outputs.
///
/// Widths are multiples of four, so that the inner loop of the inference has no remainder; pad with zero weights.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arch([u8; 4]);

impl Arch {
    /// 12 observations, 616 parameters.
    pub const A1: Self = Self([12, 16, 16, 8]);
    /// 16 observations, 5,768 parameters.
    pub const A2: Self = Self([16, 64, 64, 8]);

    /// Returns the architecture of these widths.
    ///
    /// # Errors
    /// [`PolicyError::Arch`] for widths a network of this format cannot have.
    pub fn new(dims: [u8; 4]) -> Result<Self, PolicyError> {
        let fits = |d: &u8| *d > 0 && usize::from(*d) <= MAX_WIDTH && d.is_multiple_of(4);
        let [.., outputs] = dims;
        if dims.iter().all(fits) && usize::from(outputs) == OUTPUTS {
            Ok(Self(dims))
        } else {
            Err(PolicyError::Arch { dims })
        }
    }

    /// Returns the known architecture whose `model.bin` has this length.
    #[must_use]
    pub const fn of_model_len(len: usize) -> Option<Self> {
        if len == const { Self::A1.model_len() } {
            Some(Self::A1)
        } else if len == const { Self::A2.model_len() } {
            Some(Self::A2)
        } else {
            None
        }
    }

    /// Returns the known architecture whose data contract code has this length.
    #[must_use]
    pub const fn of_code_len(len: usize) -> Option<Self> {
        if len == const { Self::A1.code_len() } {
            Some(Self::A1)
        } else if len == const { Self::A2.code_len() } {
            Some(Self::A2)
        } else {
            None
        }
    }

    /// Layer widths as they stand in a commitment.
    #[must_use]
    pub const fn widths(self) -> [u8; 4] {
        self.0
    }

    /// Layer widths: inputs, hidden, hidden, outputs.
    #[must_use]
    pub const fn dims(self) -> [usize; 4] {
        let [d0, d1, d2, d3] = self.0;
        [d0 as usize, d1 as usize, d2 as usize, d3 as usize]
    }

    /// Number of observations the network reads.
    #[must_use]
    pub const fn inputs(self) -> usize {
        let [inputs, ..] = self.dims();
        inputs
    }

    /// Number of weights, all layers.
    #[must_use]
    pub const fn weights(self) -> usize {
        let [d0, d1, d2, d3] = self.dims();
        // At most 3 * 128^2: nothing here can overflow.
        d0.saturating_mul(d1).saturating_add(d1.saturating_mul(d2)).saturating_add(d2.saturating_mul(d3))
    }

    /// Number of biases, all layers.
    #[must_use]
    pub const fn biases(self) -> usize {
        let [_, d1, d2, d3] = self.dims();
        d1.saturating_add(d2).saturating_add(d3)
    }

    /// Bytes of `model.bin`: two for a weight, four for a bias, eight for the bounds of an output.
    #[must_use]
    pub const fn model_len(self) -> usize {
        let biases = self.biases().saturating_mul(4);
        self.weights().saturating_mul(2).saturating_add(biases).saturating_add(const { OUTPUTS * 8 })
    }

    /// Bytes of the data contract's code: a zero byte, `model.bin`, `schema.bin`.
    #[must_use]
    pub const fn code_len(self) -> usize {
        let schema = self.inputs().saturating_mul(Schema::ENTRY_SIZE);
        self.model_len().saturating_add(schema).saturating_add(1)
    }
}
