//! Proving and verifying keys, and what a verifying key must not be.

use alloy_primitives::{B256, keccak256};
use ark_bn254::{Bn254, G2Affine};
use ark_ec::AffineRepr;
use ark_groth16::Groth16;
use escapement_core::policy::Arch;
use serde::{Deserialize, Serialize};

use crate::{
    encoding::{EncodingError, G1_BYTES, G2_BYTES, Reader, Writer, fr_from_bytes},
    proof::Proof,
    statement::{PUBLIC_INPUTS, Statement},
};

/// Why a verifying key cannot be used. The contract refuses the same at registration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no key.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// A point is zero. What it multiplies would not be bound.
    #[error("the point `{0}` of the key is zero")]
    Zero(&'static str),
    /// Delta equals gamma: anybody can forge proofs, as with a key that skipped its second phase.
    #[error("delta of the key equals gamma: anybody can forge proofs")]
    DeltaIsGamma,
    /// Delta is the generator: the second phase was skipped.
    #[error("delta of the key is the generator: its second phase was skipped")]
    DeltaIsGenerator,
    /// There is not one point for each public input and one more.
    #[error("the key has {actual} points for public inputs, {expected} needed")]
    Inputs {
        /// Points needed.
        expected: usize,
        /// Points found.
        actual: usize,
    },
}

/// Who made a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeyKind {
    /// Made from a public seed: everybody can forge proofs for it. For development chains only.
    Dev,
    /// Made in a ceremony.
    Ceremony,
}

impl KeyKind {
    /// The word that stands in file names and output.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Dev => "DEV",
            Self::Ceremony => "ceremony",
        }
    }
}

/// A verifying key, checked.
#[derive(Clone, PartialEq, Debug)]
pub struct VerifyingKey(ark_groth16::VerifyingKey<Bn254>);

impl VerifyingKey {
    /// Bytes of a key: alpha, beta, gamma, delta, and a point for each public input and one more.
    pub const BYTES: usize = G1_BYTES * (PUBLIC_INPUTS + 2) + 3 * G2_BYTES;

    /// Takes a key of arkworks.
    ///
    /// # Errors
    /// A [`KeyError`] if the key must not be used. Points are taken to be in their groups.
    pub fn new(key: ark_groth16::VerifyingKey<Bn254>) -> Result<Self, KeyError> {
        let (expected, actual) = (PUBLIC_INPUTS + 1, key.gamma_abc_g1.len());
        if actual != expected {
            return Err(KeyError::Inputs { expected, actual });
        }
        let points = [
            ("alpha", key.alpha_g1.is_zero()),
            ("beta", key.beta_g2.is_zero()),
            ("gamma", key.gamma_g2.is_zero()),
            ("delta", key.delta_g2.is_zero()),
            ("public input", key.gamma_abc_g1.iter().any(AffineRepr::is_zero)),
        ];
        if let Some((name, _)) = points.into_iter().find(|(_, zero)| *zero) {
            return Err(KeyError::Zero(name));
        }
        if key.delta_g2 == key.gamma_g2 {
            return Err(KeyError::DeltaIsGamma);
        }
        // Gamma is the generator in most honest keys, so only delta is looked at.
        if key.delta_g2 == G2Affine::generator() {
            return Err(KeyError::DeltaIsGenerator);
        }
        Ok(Self(key))
    }

    /// Reads a key from the bytes that a registered policy holds.
    ///
    /// # Errors
    /// A [`KeyError`]; every word, point and the key as a whole are checked.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut reader = Reader::new(bytes, Self::BYTES)?;
        let (alpha_g1, beta_g2, gamma_g2, delta_g2) = (reader.g1()?, reader.g2()?, reader.g2()?, reader.g2()?);
        let gamma_abc_g1 = (0..=PUBLIC_INPUTS).map(|_| reader.g1()).collect::<Result<_, _>>()?;
        Self::new(ark_groth16::VerifyingKey { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1 })
    }

    /// Returns the key's bytes: alpha, beta, gamma, delta, then the points of the public inputs, in the order of EIP-197.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.g1(&self.0.alpha_g1);
        [&self.0.beta_g2, &self.0.gamma_g2, &self.0.delta_g2].into_iter().for_each(|point| writer.g2(point));
        self.0.gamma_abc_g1.iter().for_each(|point| writer.g1(point));
        writer.0
    }

    /// Returns the identity of circuit and key: keccak256 of the key's bytes.
    #[must_use]
    pub fn circuit_id(&self) -> B256 {
        keccak256(self.to_bytes())
    }

    /// The key as arkworks has it.
    #[must_use]
    pub fn inner(&self) -> &ark_groth16::VerifyingKey<Bn254> {
        &self.0
    }

    /// Tells whether a proof shows a statement.
    ///
    /// # Errors
    /// [`EncodingError::NotReduced`] if a public input is not below the order of the groups (byte counted from the first
    /// input): it would alias a smaller one.
    pub fn verify(&self, statement: &Statement, proof: &Proof) -> Result<bool, EncodingError> {
        let mut inputs = Vec::with_capacity(PUBLIC_INPUTS);
        for (index, word) in statement.words().iter().enumerate() {
            let aliased = EncodingError::NotReduced { offset: 32 * index };
            inputs.push(fr_from_bytes(word).map_err(|_| aliased)?);
        }
        let prepared = ark_groth16::prepare_verifying_key(&self.0);
        // It fails for no input: the number of inputs was checked with the key.
        Ok(Groth16::<Bn254>::verify_proof(&prepared, proof.inner(), &inputs).unwrap_or(false))
    }
}

/// A proving key with what it belongs to.
#[derive(Clone, PartialEq, Debug)]
pub struct ProvingKey {
    /// Who made it.
    pub kind: KeyKind,
    /// Architecture of the circuit.
    pub arch: Arch,
    /// Hash of the constraints, see [`crate::r1cs::R1cs::hash`].
    pub r1cs_hash: B256,
    /// Its verifying key.
    pub verifying: VerifyingKey,
    /// The key as arkworks has it.
    pub inner: ark_groth16::ProvingKey<Bn254>,
}
