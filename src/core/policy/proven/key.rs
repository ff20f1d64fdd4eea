//! The verifying key of a circuit, as bytes: what can be said of it without curve arithmetic.

/// Public inputs of the circuit: context, commitment, two elements of observations, one of outputs.
pub const PUBLIC_INPUTS: usize = 5;
/// Points of the key that weigh the public inputs: a constant one and one for each input.
pub const IC: usize = PUBLIC_INPUTS + 1;
/// Bytes of a key: alpha in G1, beta, gamma and delta in G2, then the [`IC`] points in G1.
pub const KEY_SIZE: usize = 64 + 3 * 128 + IC * 64;

/// Order of the base field of `BN254`: coordinates are below it.
pub const BASE_FIELD: [u8; 32] = [
    0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58, 0x5d, 0x97, 0x81, 0x6a,
    0x91, 0x68, 0x71, 0xca, 0x8d, 0x3c, 0x20, 0x8c, 0x16, 0xd8, 0x7c, 0xfd, 0x47,
];

/// The x coordinate of the generator of G2, imaginary part first. The negated generator has the same.
const GENERATOR_X: [u8; 64] = [
    0x19, 0x8e, 0x93, 0x93, 0x92, 0x0d, 0x48, 0x3a, 0x72, 0x60, 0xbf, 0xb7, 0x31, 0xfb, 0x5d, 0x25, 0xf1, 0xaa, 0x49,
    0x33, 0x35, 0xa9, 0xe7, 0x12, 0x97, 0xe4, 0x85, 0xb7, 0xae, 0xf3, 0x12, 0xc2, 0x18, 0x00, 0xde, 0xef, 0x12, 0x1f,
    0x1e, 0x76, 0x42, 0x6a, 0x00, 0x66, 0x5e, 0x5c, 0x44, 0x79, 0x67, 0x43, 0x22, 0xd4, 0xf7, 0x5e, 0xda, 0xdd, 0x46,
    0xde, 0xbd, 0x5c, 0xd9, 0x92, 0xf6, 0xed,
];

/// Why a key is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyError {
    /// Word `index` of the key (32 bytes each) is not below [`BASE_FIELD`].
    Coordinate {
        /// Number of the word.
        index: u8,
    },
    /// A point is zero, at word `index`.
    Zero {
        /// Number of the first word of the point.
        index: u8,
    },
    /// Two of beta, gamma, delta are equal or opposite, which lets everybody forge.
    Related,
    /// Delta is the generator or its opposite: nobody ever contributed to the setup, so everybody can forge.
    Underived,
}

/// A verifying key: alpha, beta, gamma, delta, then the points of the public inputs; uncompressed, big endian, the
/// imaginary part of a coordinate in G2 first. Its keccak256 is the identity of the circuit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key<'a>(&'a [u8; KEY_SIZE]);

impl<'a> Key<'a> {
    /// Wraps the bytes of a key.
    #[must_use]
    pub const fn new(bytes: &'a [u8; KEY_SIZE]) -> Self {
        Self(bytes)
    }

    /// The bytes of the key.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8; KEY_SIZE] {
        self.0
    }

    /// Alpha, in G1.
    #[must_use]
    pub fn alpha(&self) -> &'a [u8; 64] {
        let (alpha, ..) = self.parts();
        alpha
    }

    /// Beta, gamma and delta, in G2.
    #[must_use]
    pub fn g2(&self) -> &'a [[u8; 128]; 3] {
        let (_, g2, _) = self.parts();
        g2
    }

    /// The constant point and those of the public inputs, in G1.
    #[must_use]
    pub fn ic(&self) -> &'a [[u8; 64]; IC] {
        let (.., ic) = self.parts();
        ic
    }

    fn parts(self) -> (&'a [u8; 64], &'a [[u8; 128]; 3], &'a [[u8; 64]; IC]) {
        // The lengths are constants that add up, so the arm of the other case is never taken.
        let split = || {
            let (alpha, rest) = self.0.split_first_chunk::<64>()?;
            let (g2, ic) = rest.split_first_chunk::<{ 3 * 128 }>()?;
            Some((alpha, g2.as_chunks().0.first_chunk()?, ic.as_chunks().0.first_chunk()?))
        };
        split().unwrap_or((&[0; 64], &[[0; 128]; 3], &[[0; 64]; IC]))
    }

    /// Checks everything that bytes tell: coordinates below the order of the field, no zero point, no two points of
    /// G2 equal or opposite, delta not the generator. (Gamma is the generator in every key that snarkjs makes, and
    /// may be.)
    ///
    /// Why the points of G2 must differ: with gamma = ±delta, or beta equal to one of them up to sign, the equation
    /// e(A, B) = e(alpha, beta) e(L, gamma) e(C, delta) has a solution that anybody can write down for any L.
    ///
    /// # Errors
    /// [`KeyError`], in the order of its variants.
    pub fn check(&self) -> Result<(), KeyError> {
        let (words, _) = self.0.as_chunks::<32>();
        for (index, word) in (0u8..).zip(words) {
            if *word >= BASE_FIELD {
                return Err(KeyError::Coordinate { index });
            }
        }
        let g1 = core::iter::once((0u8, self.alpha())).chain((14u8..).step_by(2).zip(self.ic()));
        for (index, point) in g1 {
            if *point == [0; 64] {
                return Err(KeyError::Zero { index });
            }
        }
        for (index, point) in (2u8..).step_by(4).zip(self.g2()) {
            if *point == [0; 128] {
                return Err(KeyError::Zero { index });
            }
        }
        // Points of one x coordinate are equal or opposite.
        let [beta, gamma, delta] = self.g2().map(|point| point.first_chunk::<64>().copied());
        if beta == gamma || beta == delta || gamma == delta {
            return Err(KeyError::Related);
        }
        if delta == Some(GENERATOR_X) {
            return Err(KeyError::Underived);
        }
        Ok(())
    }
}
