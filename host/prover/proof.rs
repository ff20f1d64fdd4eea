//! A proof as bytes and as a file.

use alloy_primitives::{B256, Bytes};
use ark_bn254::Bn254;
use escapement_core::policy::{
    OUTPUTS,
    proven::{PROOF_SIZE, PUBLIC_INPUTS},
};
use serde::{Deserialize, Serialize};

use crate::{
    Word,
    encoding::{EncodingError, Reader, Writer},
    key::{KeyKind, ProvingKey},
    prove::Proven,
};

/// A Groth16 proof.
#[derive(Clone, PartialEq, Debug)]
pub struct Proof(ark_groth16::Proof<Bn254>);

impl Proof {
    /// Takes a proof of arkworks.
    #[must_use]
    pub fn new(proof: ark_groth16::Proof<Bn254>) -> Self {
        Self(proof)
    }

    /// Reads a proof as it stands in an attestation.
    ///
    /// # Errors
    /// An [`EncodingError`] for another length, words not reduced, points off their curve or outside the subgroup.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EncodingError> {
        let mut reader = Reader::new(bytes, PROOF_SIZE)?;
        Ok(Self(ark_groth16::Proof { a: reader.g1()?, b: reader.g2()?, c: reader.g1()? }))
    }

    /// Returns the proof as it stands in an attestation: A, B, C, in the order of EIP-197.
    ///
    /// # Panics
    /// Never: a proof is three points.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; PROOF_SIZE] {
        let mut writer = Writer::default();
        writer.g1(&self.0.a);
        writer.g2(&self.0.b);
        writer.g1(&self.0.c);
        writer.0.try_into().expect("a proof is three points")
    }

    /// The proof as arkworks has it.
    #[must_use]
    pub fn inner(&self) -> &ark_groth16::Proof<Bn254> {
        &self.0
    }
}

/// A proof with all that is needed to check it, as a JSON file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProofFile {
    /// Who made the key: `DEV` for one that everybody can forge with.
    pub key: KeyKind,
    /// Widths of the network's layers.
    pub widths: [u8; 4],
    /// Identity of circuit and key.
    pub circuit_id: B256,
    /// Context, commitment, two elements of observations, outputs: the public inputs.
    pub public_inputs: [B256; PUBLIC_INPUTS],
    /// The outputs, Q16.
    pub outputs: [i32; OUTPUTS],
    /// The proof's bytes.
    pub proof: Bytes,
}

impl ProofFile {
    /// Puts a proof and its key's identity together.
    #[must_use]
    pub fn new(key: &ProvingKey, proven: &Proven) -> Self {
        Self {
            key: key.kind,
            widths: key.arch.widths(),
            circuit_id: key.verifying.circuit_id(),
            public_inputs: proven.inputs.map(B256::from),
            outputs: proven.outputs,
            proof: Bytes::copy_from_slice(&proven.proof.to_bytes()),
        }
    }

    /// The public inputs as words.
    #[must_use]
    pub fn inputs(&self) -> [Word; PUBLIC_INPUTS] {
        self.public_inputs.map(|word| word.0)
    }
}
