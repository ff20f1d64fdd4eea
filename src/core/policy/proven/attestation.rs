//! The attestation that carries a proof.

use crate::policy::OUTPUTS;

/// Bytes of the outputs in an attestation.
const OUTPUTS_SIZE: usize = 32;
/// Bytes of a proof: A, B, C uncompressed, the imaginary part of each coordinate of B first.
pub const PROOF_SIZE: usize = 256;

/// An attestation by proof as it stands on the wire: outputs, proof, and signatures if the step needs them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attestation<'a> {
    /// The outputs, eight big-endian `i32`.
    pub packed: &'a [u8; OUTPUTS_SIZE],
    /// The proof: eight words, A.x A.y B.x.c1 B.x.c0 B.y.c1 B.y.c0 C.x C.y.
    pub proof: &'a [[u8; 32]; 8],
    /// What follows.
    pub signatures: &'a [u8],
}

impl<'a> Attestation<'a> {
    /// Bytes before the signatures.
    pub const HEAD: usize = OUTPUTS_SIZE + PROOF_SIZE;

    /// Reads an attestation; `None` if it is too short for outputs and proof.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (packed, rest) = bytes.split_first_chunk()?;
        let (proof, signatures) = rest.split_first_chunk::<PROOF_SIZE>()?;
        let (words, _) = proof.as_chunks();
        Some(Self { packed, proof: words.first_chunk()?, signatures })
    }

    /// The outputs as numbers.
    #[must_use]
    pub fn outputs(&self) -> [i32; OUTPUTS] {
        let mut outputs = [0; OUTPUTS];
        let (words, _) = self.packed.as_chunks();
        for (output, word) in outputs.iter_mut().zip(words) {
            *output = i32::from_be_bytes(*word);
        }
        outputs
    }
}
