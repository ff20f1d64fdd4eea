//! The forward pass.

use super::format::count;
use super::{Model, PolicyError, MAX_WIDTH, OUTPUTS, VALUE_MAX, VALUE_MIN};

/// Fractional bits of a weight.
const WEIGHT_BITS: u32 = 12;

impl Model<'_> {
    /// Runs the network on its observations (signed 24 bits, Q16) and returns the outputs (Q16).
    ///
    /// With a = activations of the layer below: `acc = bias * 2^12 + sum(weight * a)`, `q = floor(acc / 2^12)`; a
    /// hidden neuron is `min(max(q, 0), 2^23 - 1)`, an output is `max(min(q, hi), lo)`. Hidden neurons saturate, so
    /// every observation has an answer. With a fan-in of at most 128, `|acc| <= 2^7 * 2^15 * 2^23 + 2^31 * 2^12 < 2^46`:
    /// the 64-bit sums cannot wrap.
    ///
    /// # Errors
    /// [`PolicyError::Inputs`] for another number of observations than the network has inputs,
    /// [`PolicyError::Observation`] for one beyond 24 bits.
    pub fn infer(&self, observations: &[i32]) -> Result<[i32; OUTPUTS], PolicyError> {
        let [d0, d1, d2, _] = self.arch.dims();
        let mut first = [0; MAX_WIDTH];
        let mut second = [0; MAX_WIDTH];
        if observations.len() != d0 {
            return Err(PolicyError::Inputs { expected: count(d0), actual: count(observations.len()) });
        }
        for ((index, value), input) in (0u8..).zip(observations).zip(&mut first) {
            if *value < VALUE_MIN || *value > VALUE_MAX {
                return Err(PolicyError::Observation { index, value: *value });
            }
            *input = *value;
        }
        let mut net = Rows { weights: self.weights, biases: self.biases };
        net.hidden(&first, d0, &mut second, d1);
        net.hidden(&second, d1, &mut first, d2);
        let mut outputs = [0; OUTPUTS];
        for (output, (lo, hi)) in outputs.iter_mut().zip(self.bounds()) {
            *output = saturate(net.neuron(&first, d2), lo, hi);
        }
        Ok(outputs)
    }
}

/// `max(min(q, hi), lo)`, in this order.
fn saturate(q: i64, lo: i32, hi: i32) -> i32 {
    // Between two 32-bit bounds; the cast keeps the value.
    #[allow(clippy::cast_possible_truncation)]
    let value = q.min(i64::from(hi)).max(i64::from(lo)) as i32;
    value
}

/// The rows of weights and the biases not yet used.
struct Rows<'a> {
    weights: &'a [[u8; 2]],
    biases: &'a [[u8; 4]],
}

impl Rows<'_> {
    fn hidden(&mut self, inputs: &[i32; MAX_WIDTH], fan_in: usize, outputs: &mut [i32; MAX_WIDTH], width: usize) {
        for output in outputs.iter_mut().take(width) {
            *output = saturate(self.neuron(inputs, fan_in), 0, VALUE_MAX);
        }
    }

    /// Returns `q` of the next neuron. The model's length is exact, so there is always a row and a bias left.
    fn neuron(&mut self, inputs: &[i32; MAX_WIDTH], fan_in: usize) -> i64 {
        let (Some((row, weights)), Some((bias, biases))) =
            (self.weights.split_at_checked(fan_in), self.biases.split_first())
        else {
            return 0;
        };
        (self.weights, self.biases) = (weights, biases);
        // Four products a turn, written out: fan-ins are multiples of four, and at `opt-level = "z"` the compiler
        // unrolls neither this loop nor a `map` over an array. No product or sum can wrap, see `infer`.
        let mut acc = i64::from(i32::from_le_bytes(*bias)) << WEIGHT_BITS;
        for (&[w0, w1, w2, w3], &[a0, a1, a2, a3]) in row.as_chunks::<4>().0.iter().zip(inputs.as_chunks::<4>().0) {
            acc = acc
                .wrapping_add(product(w0, a0))
                .wrapping_add(product(w1, a1))
                .wrapping_add(product(w2, a2))
                .wrapping_add(product(w3, a3));
        }
        acc >> WEIGHT_BITS
    }
}

/// One weight times one activation: 16 by 24 bits, which 64 bits hold.
#[inline]
fn product(weight: [u8; 2], input: i32) -> i64 {
    i64::from(i16::from_le_bytes(weight)).wrapping_mul(i64::from(input))
}
