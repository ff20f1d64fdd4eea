//! A proof as bytes and as a file.

use alloy_primitives::{B256, Bytes};
use ark_bn254::Bn254;
use escapement_core::policy::OUTPUTS;
use serde::{Deserialize, Serialize};

use crate::{
    encoding::{EncodingError, G1_BYTES, G2_BYTES, Reader, Writer},
    key::{KeyKind, ProvingKey},
    prove::Proven,
    statement::{PUBLIC_INPUTS, Statement},
};

/// A Groth16 proof.
#[derive(Clone, PartialEq, Debug)]
pub struct Proof(ark_groth16::Proof<Bn254>);

impl Proof {
    /// Bytes of a proof: A, B, C.
    pub const BYTES: usize = 2 * G1_BYTES + G2_BYTES;

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
        let mut reader = Reader::new(bytes, Self::BYTES)?;
        Ok(Self(ark_groth16::Proof { a: reader.g1()?, b: reader.g2()?, c: reader.g1()? }))
    }

    /// Returns the proof as it stands in an attestation: A, B, C, in the order of EIP-197.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.g1(&self.0.a);
        writer.g2(&self.0.b);
        writer.g1(&self.0.c);
        writer.0
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
            public_inputs: proven.statement.words().map(B256::from),
            outputs: proven.outputs,
            proof: proven.proof.to_bytes().into(),
        }
    }

    /// Returns the statement that the file claims.
    #[must_use]
    pub fn statement(&self) -> Statement {
        let [context, commitment, low, high, outputs] = self.public_inputs.map(|word| word.0);
        Statement { context, commitment, observations: [low, high], outputs }
    }
}
