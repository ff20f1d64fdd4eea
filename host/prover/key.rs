//! Proving and verifying keys, and what a verifying key must not be.

use alloy_primitives::{B256, keccak256};
use ark_bn254::Bn254;
use ark_groth16::Groth16;
use escapement_core::policy::{
    Arch,
    proven::{self, KEY_SIZE, Key, PUBLIC_INPUTS},
};
use serde::{Deserialize, Serialize};

use crate::{
    Word,
    encoding::{EncodingError, Reader, Writer, fr_from_bytes},
    proof::Proof,
};

/// Why a verifying key cannot be used. The contract refuses the same at registration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no points.
    #[error("no key: {0}")]
    Encoding(#[from] EncodingError),
    /// A key that no honest setup makes, or one that everybody can forge with.
    #[error("the key must not be used: {0:?}")]
    Refused(proven::KeyError),
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
pub enum KeyKind {
    /// Made from a public seed: everybody can forge proofs for it. For development chains only.
    #[serde(rename = "DEV")]
    Dev,
    /// Made in a ceremony.
    #[serde(rename = "ceremony")]
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
    /// Takes a key of arkworks.
    ///
    /// # Errors
    /// A [`KeyError`] if the key must not be used.
    pub fn new(key: &ark_groth16::VerifyingKey<Bn254>) -> Result<Self, KeyError> {
        let (expected, actual) = (PUBLIC_INPUTS + 1, key.gamma_abc_g1.len());
        if actual == expected { Self::from_bytes(&bytes(key)) } else { Err(KeyError::Inputs { expected, actual }) }
    }

    /// Reads a key from the bytes that a registered policy holds.
    ///
    /// # Errors
    /// A [`KeyError`]: the law's own check of the bytes, then every point must be on its curve and in its group.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut reader = Reader::new(bytes, KEY_SIZE)?;
        if let Ok(exact) = bytes.try_into() {
            Key::new(exact).check().map_err(KeyError::Refused)?;
        }
        let (alpha_g1, beta_g2, gamma_g2, delta_g2) = (reader.g1()?, reader.g2()?, reader.g2()?, reader.g2()?);
        let gamma_abc_g1 = (0..=PUBLIC_INPUTS).map(|_| reader.g1()).collect::<Result<_, _>>()?;
        Ok(Self(ark_groth16::VerifyingKey { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1 }))
    }

    /// Returns the key's bytes: alpha, beta, gamma, delta, then the points of the public inputs, in the order of EIP-197.
    ///
    /// # Panics
    /// Never: a key of this type has exactly its points.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; KEY_SIZE] {
        bytes(&self.0).try_into().expect("a key has its points")
    }

    /// Returns the base of a proven policy: the point `IC_0 + commitment IC_2`, as its file holds it.
    ///
    /// # Errors
    /// [`EncodingError::NotReduced`] if the commitment is not below the order of the groups.
    ///
    /// # Panics
    /// Never: a key of this type has exactly its points, and a point has 64 bytes.
    pub fn base(&self, commitment: &Word) -> Result<[u8; 64], EncodingError> {
        let ic = &self.0.gamma_abc_g1;
        let mut writer = Writer::default();
        writer.g1(&(ic[0] + ic[2] * fr_from_bytes(commitment)?).into());
        Ok(writer.0.try_into().expect("a point has 64 bytes"))
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

    /// Tells whether a proof shows a statement, given as its public inputs.
    ///
    /// # Errors
    /// [`EncodingError::NotReduced`] if an input is not below the order of the groups (byte counted from the first
    /// input): it would alias a smaller one.
    pub fn verify(&self, inputs: &[Word; PUBLIC_INPUTS], proof: &Proof) -> Result<bool, EncodingError> {
        let mut scalars = Vec::with_capacity(PUBLIC_INPUTS);
        for (index, word) in inputs.iter().enumerate() {
            let aliased = EncodingError::NotReduced { offset: 32 * index };
            scalars.push(fr_from_bytes(word).map_err(|_| aliased)?);
        }
        Ok(holds(&self.0, &scalars, proof))
    }
}

/// The equation alone, for any key.
#[must_use]
pub fn holds(key: &ark_groth16::VerifyingKey<Bn254>, inputs: &[ark_bn254::Fr], proof: &Proof) -> bool {
    let prepared = ark_groth16::prepare_verifying_key(key);
    // It fails for no input: an empty product of pairings would be the only case.
    Groth16::<Bn254>::verify_proof(&prepared, proof.inner(), inputs).unwrap_or(false)
}

fn bytes(key: &ark_groth16::VerifyingKey<Bn254>) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.g1(&key.alpha_g1);
    writer.g2(&key.beta_g2);
    writer.g2(&key.gamma_g2);
    writer.g2(&key.delta_g2);
    key.gamma_abc_g1.iter().for_each(|point| writer.g1(point));
    writer.0
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

impl ProvingKey {
    /// Puts a key together with what it belongs to.
    ///
    /// # Errors
    /// A [`KeyError`] if its verifying key must not be used.
    pub fn new(
        kind: KeyKind,
        arch: Arch,
        r1cs_hash: B256,
        inner: ark_groth16::ProvingKey<Bn254>,
    ) -> Result<Self, KeyError> {
        let verifying = VerifyingKey::new(&inner.vk)?;
        Ok(Self { kind, arch, r1cs_hash, verifying, inner })
    }
}
