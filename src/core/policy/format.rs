//! The files of a policy: `model.bin`, and the data contract that holds it together with its schema.

use super::{Arch, Schema, VALUE_MAX, VALUE_MIN};
use crate::update::Kpis;

/// Widest layer, and so the largest fan-in, of a network. It keeps every accumulator below 2^46 (see
/// [`Model::infer`]).
pub const MAX_WIDTH: usize = 128;
/// Outputs of every network: seven parameter groups and the gate.
pub const OUTPUTS: usize = 8;
/// The output that moves a parameter by its whole step, 1.0 in Q16.
pub const OUTPUT_ONE: i32 = 65_536;

/// Why bytes are not a policy, or KPI values not its input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PolicyError {
    /// A layer is empty, wider than [`MAX_WIDTH`], not a multiple of four, or the outputs are not [`OUTPUTS`].
    Arch {
        /// The four layer widths.
        dims: [u8; 4],
    },
    /// The length belongs to no known architecture, or not to the one given.
    Length {
        /// Length needed; 0 if any of several would do.
        expected: u32,
        /// Length given.
        actual: u32,
    },
    /// The code of the data contract does not begin with a zero byte (a `STOP`, so that nobody can run it).
    Prefix {
        /// First byte found.
        found: u8,
    },
    /// An output's bounds are out of order or outside what the reader allows.
    Bounds {
        /// Output number.
        index: u8,
        /// Lower bound.
        lo: i32,
        /// Upper bound.
        hi: i32,
    },
    /// A schema entry shifts by more than 63 bits.
    Shift {
        /// Entry number.
        index: u8,
        /// Shift found.
        shift: u8,
    },
    /// Fewer KPI values than the schema has entries, or another number of observations than the network has inputs.
    Inputs {
        /// Values needed.
        expected: u32,
        /// Values given.
        actual: u32,
    },
    /// An observation is not a signed 24-bit number.
    Observation {
        /// Observation number.
        index: u8,
        /// Value given.
        value: i32,
    },
    /// A claimed output is beyond one step, or not a signed 24-bit number.
    Output {
        /// Output number.
        index: u8,
        /// Value given.
        value: i32,
    },
}

/// A length as it stands in an error.
pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A network, borrowed from its file.
///
/// `model.bin` is, little endian: weights `i16` (Q12), layer by layer, row-major (output neuron, then input); biases
/// `i32` (Q16), layer by layer; the lower bounds of the outputs `i32` (Q16), then the upper ones.
/// Its identity is the keccak256 of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Model<'a> {
    pub(super) arch: Arch,
    pub(super) weights: &'a [[u8; 2]],
    pub(super) biases: &'a [[u8; 4]],
    pub(super) lo: &'a [[u8; 4]],
    pub(super) hi: &'a [[u8; 4]],
}

impl<'a> Model<'a> {
    /// Reads a `model.bin` of a known architecture, which its length tells.
    ///
    /// # Errors
    /// [`PolicyError::Length`] if no architecture has this length, [`PolicyError::Bounds`] as [`Model::with_arch`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PolicyError> {
        let unknown = PolicyError::Length { expected: 0, actual: count(bytes.len()) };
        Self::with_arch(Arch::of_model_len(bytes.len()).ok_or(unknown)?, bytes)
    }

    /// Reads a `model.bin` of the given architecture.
    ///
    /// # Errors
    /// [`PolicyError::Length`] unless the length is exact; [`PolicyError::Bounds`] unless the bounds of every output
    /// are ordered 24-bit numbers.
    pub fn with_arch(arch: Arch, bytes: &'a [u8]) -> Result<Self, PolicyError> {
        let length = PolicyError::Length { expected: count(arch.model_len()), actual: count(bytes.len()) };
        if bytes.len() != arch.model_len() {
            return Err(length);
        }
        // The length is exact, so none of the splits can fail.
        let (weights, words) = bytes.split_at_checked(arch.weights().saturating_mul(2)).ok_or(length)?;
        let (weights, _) = weights.as_chunks();
        let (words, _) = words.as_chunks();
        let (biases, bounds) = words.split_at_checked(arch.biases()).ok_or(length)?;
        let (lo, hi) = bounds.split_at_checked(OUTPUTS).ok_or(length)?;
        let model = Self { arch, weights, biases, lo, hi };
        model.check_bounds(VALUE_MIN, VALUE_MAX)?;
        Ok(model)
    }

    fn check_bounds(&self, min: i32, max: i32) -> Result<(), PolicyError> {
        for (index, (lo, hi)) in (0u8..).zip(self.bounds()) {
            if lo > hi || lo < min || hi > max {
                return Err(PolicyError::Bounds { index, lo, hi });
            }
        }
        Ok(())
    }

    /// Widths of the layers.
    #[must_use]
    pub fn arch(&self) -> Arch {
        self.arch
    }

    /// Weights in file order, Q12.
    #[must_use]
    pub fn weights(&self) -> impl ExactSizeIterator<Item = i16> + Clone + 'a {
        self.weights.iter().map(|w| i16::from_le_bytes(*w))
    }

    /// Biases in file order, Q16.
    #[must_use]
    pub fn biases(&self) -> impl ExactSizeIterator<Item = i32> + Clone + 'a {
        self.biases.iter().map(|b| i32::from_le_bytes(*b))
    }

    /// Lower and upper bound of each output, Q16.
    #[must_use]
    pub fn bounds(&self) -> impl ExactSizeIterator<Item = (i32, i32)> + Clone + 'a {
        self.lo.iter().zip(self.hi).map(|(lo, hi)| (i32::from_le_bytes(*lo), i32::from_le_bytes(*hi)))
    }
}

/// A network and the schema that feeds it: what the data contract holds.
///
/// The contract's code is a zero byte, `model.bin`, `schema.bin`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy<'a> {
    /// The network. Its outputs are bounded by one step, ±[`OUTPUT_ONE`].
    pub model: Model<'a>,
    /// Scaling of the KPI values, one entry for each input of the network.
    pub schema: Schema<'a>,
    /// The bytes of `model.bin`, whose keccak256 is the model id.
    pub model_bytes: &'a [u8],
    /// The bytes of `schema.bin`, whose keccak256 is the KPI schema.
    pub schema_bytes: &'a [u8],
}

impl<'a> Policy<'a> {
    /// Reads the code of a data contract. Its length tells the architecture.
    ///
    /// # Errors
    /// [`PolicyError::Length`] if no architecture has this length, [`PolicyError::Prefix`] unless it begins with a
    /// zero byte, [`PolicyError::Bounds`] unless every output is bounded by one step, and what the parts refuse.
    pub fn from_code(code: &'a [u8]) -> Result<Self, PolicyError> {
        let unknown = PolicyError::Length { expected: 0, actual: count(code.len()) };
        let arch = Arch::of_code_len(code.len()).ok_or(unknown)?;
        let (&found, rest) = code.split_first().ok_or(unknown)?;
        if found != 0 {
            return Err(PolicyError::Prefix { found });
        }
        let (model, schema) = rest.split_at_checked(arch.model_len()).ok_or(unknown)?;
        Self::new(arch, model, schema)
    }

    /// Puts a network and its schema together.
    ///
    /// # Errors
    /// As [`Policy::from_code`]; [`PolicyError::Length`] unless the schema has one entry for each input.
    pub fn new(arch: Arch, model_bytes: &'a [u8], schema_bytes: &'a [u8]) -> Result<Self, PolicyError> {
        let model = Model::with_arch(arch, model_bytes)?;
        model.check_bounds(-OUTPUT_ONE, OUTPUT_ONE)?;
        let schema = Schema::parse(schema_bytes)?;
        if schema.len() == arch.inputs() {
            Ok(Self { model, schema, model_bytes, schema_bytes })
        } else {
            let expected = count(arch.inputs().saturating_mul(Schema::ENTRY_SIZE));
            Err(PolicyError::Length { expected, actual: count(schema_bytes.len()) })
        }
    }

    /// Runs the policy on the KPI values of an update: the first ones are its observations, what follows (the pool
    /// scores) is left to the mapping.
    ///
    /// # Errors
    /// [`PolicyError::Inputs`] if there are fewer values than inputs.
    pub fn outputs(&self, kpis: &Kpis<'_>) -> Result<[i32; OUTPUTS], PolicyError> {
        let mut observations = [0; MAX_WIDTH];
        let used = self.schema.normalise(kpis.iter(), &mut observations)?;
        self.model.infer(used)
    }
}
