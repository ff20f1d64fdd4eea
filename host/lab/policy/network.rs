//! The network format: three dense layers, weights Q12 in 16 bits, biases Q16 in 32 bits, output bounds Q16.

/// A policy network as numbers, before it is bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    dims: [usize; 4],
    weights: [Vec<i16>; 3],
    biases: [Vec<i32>; 3],
    lo: Vec<i32>,
    hi: Vec<i32>,
}

impl Network {
    /// The network of the given widths with every number zero.
    #[must_use]
    pub fn zero(dims: [usize; 4]) -> Self {
        let [d0, d1, d2, d3] = dims;
        Self {
            dims,
            weights: [vec![0; d0 * d1], vec![0; d1 * d2], vec![0; d2 * d3]],
            biases: [vec![0; d1], vec![0; d2], vec![0; d3]],
            lo: vec![0; d3],
            hi: vec![0; d3],
        }
    }

    /// Sets one weight, in Q12.
    ///
    /// # Panics
    /// If the position is outside the network.
    pub fn set_weight(&mut self, layer: usize, output: usize, input: usize, q12: i16) {
        assert!(input < self.dims[layer], "input {input} of layer {layer}");
        self.weights[layer][output * self.dims[layer] + input] = q12;
    }

    /// Sets one bias, in Q16.
    ///
    /// # Panics
    /// If the position is outside the network.
    pub fn set_bias(&mut self, layer: usize, output: usize, q16: i32) {
        self.biases[layer][output] = q16;
    }

    /// Sets the bounds of one output, in Q16.
    ///
    /// # Panics
    /// If the bounds are out of order or the position is outside the network.
    pub fn set_bounds(&mut self, output: usize, lo: i32, hi: i32) {
        assert!(lo <= hi, "bounds of output {output}");
        self.lo[output] = lo;
        self.hi[output] = hi;
    }

    /// Returns `model.bin`: all weights by layer, row-major by output; all biases; the lower bounds; the upper bounds; little endian.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let weights = self.weights.iter().flatten().flat_map(|w| w.to_le_bytes());
        let rest = self.biases.iter().flatten().chain(&self.lo).chain(&self.hi).flat_map(|b| b.to_le_bytes());
        weights.chain(rest).collect()
    }
}
