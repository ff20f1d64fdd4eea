//! Proving key files: a header that says what the key is, then the key as arkworks writes it, uncompressed.
//!
//! keccak256 of all that follows 32 | `ESCPKEY` and a version byte 8 | kind 1 (0 DEV, 1 ceremony) | widths 4 | circuit id 32
//! | hash of the constraints 32 | the key. The hash finds damage, not malice: whoever makes a proving key up can have its
//! proofs tell about the model, so take keys only from a setup you trust.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use alloy_primitives::{B256, keccak256};
use ark_bn254::Bn254;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, SerializationError};
use escapement_core::policy::Arch;

use crate::key::{KeyError, KeyKind, ProvingKey};

const MAGIC: &[u8; 8] = b"ESCPKEY\x01";

/// Why a file is no proving key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file ends within the header.
    #[error("not a proving key: the file ends within its header")]
    Truncated,
    /// The file does not begin as a proving key of this version does.
    #[error("not a proving key of this version")]
    Magic,
    /// The kind is unknown.
    #[error("unknown kind of key {0}")]
    Kind(u8),
    /// The widths are none of an architecture with a circuit.
    #[error("no circuit has the widths {0:?}")]
    Arch([u8; 4]),
    /// The file is not the one that was written.
    #[error("the key is damaged: it begins with the hash {expected}, what follows has {found}")]
    Damaged {
        /// Hash at the beginning.
        expected: B256,
        /// Hash of what follows.
        found: B256,
    },
    /// The key does not have the identity that the header says.
    #[error("the key has the circuit id {found}, the header says {expected}")]
    CircuitId {
        /// Identity in the header.
        expected: B256,
        /// Identity of the key.
        found: B256,
    },
    /// arkworks cannot read or write the key.
    #[error("not a proving key: {0}")]
    Serialization(#[from] SerializationError),
    /// The verifying key in it must not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl ProvingKey {
    /// Name of the key's file. It says `DEV` for a key that everybody can forge with.
    #[must_use]
    pub fn file_name(&self) -> String {
        let [a, b, c, d] = self.arch.widths();
        format!("policy-{a}-{b}-{c}-{d}.{}.pkey", self.kind.label())
    }

    /// Returns the bytes of the key's file.
    ///
    /// # Errors
    /// [`KeyFileError::Serialization`] if arkworks fails.
    pub fn to_file_bytes(&self) -> Result<Vec<u8>, KeyFileError> {
        let kind = match self.kind {
            KeyKind::Dev => 0,
            KeyKind::Ceremony => 1,
        };
        let mut file = vec![0; B256::len_bytes()];
        file.extend_from_slice(MAGIC);
        file.push(kind);
        file.extend(self.arch.widths());
        file.extend(self.verifying.circuit_id());
        file.extend(self.r1cs_hash);
        self.inner.serialize_uncompressed(&mut file)?;
        let (hash, rest) = file.split_at_mut(B256::len_bytes());
        hash.copy_from_slice(keccak256(rest).as_slice());
        Ok(file)
    }

    /// Reads a key from the bytes of its file. Whether its constraints are those of this program is seen by
    /// [`crate::Prover::new`].
    ///
    /// # Errors
    /// A [`KeyFileError`]. Points outside the verifying key are not checked one by one.
    pub fn from_file_bytes(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let mut rest = bytes;
        let (expected, found) = (B256::from(*take(&mut rest)?), keccak256(rest));
        if take(&mut rest)? != MAGIC {
            return Err(KeyFileError::Magic);
        }
        if found != expected {
            return Err(KeyFileError::Damaged { expected, found });
        }
        let kind = match take(&mut rest)? {
            [0] => KeyKind::Dev,
            [1] => KeyKind::Ceremony,
            [other] => return Err(KeyFileError::Kind(*other)),
        };
        let widths = take(&mut rest)?;
        let known = [Arch::A1, Arch::A2].into_iter().find(|arch| arch.widths() == *widths);
        let arch = known.ok_or(KeyFileError::Arch(*widths))?;
        let [circuit_id, r1cs_hash] = [take(&mut rest)?, take(&mut rest)?].map(B256::from);
        let inner = ark_groth16::ProvingKey::<Bn254>::deserialize_uncompressed_unchecked(rest)?;
        let key = Self::new(kind, arch, r1cs_hash, inner)?;
        let found = key.verifying.circuit_id();
        if found == circuit_id { Ok(key) } else { Err(KeyFileError::CircuitId { expected: circuit_id, found }) }
    }

    /// Writes the key into a folder, under [`ProvingKey::file_name`], and returns the path.
    ///
    /// # Errors
    /// [`KeyFileError::Io`] if the file cannot be written.
    pub fn save(&self, folder: &Path) -> Result<PathBuf, KeyFileError> {
        let path = folder.join(self.file_name());
        match fs::write(&path, self.to_file_bytes()?) {
            Ok(()) => Ok(path),
            Err(source) => Err(KeyFileError::Io { path, source }),
        }
    }

    /// Reads a key from a file.
    ///
    /// # Errors
    /// A [`KeyFileError`].
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        let bytes = fs::read(path).map_err(|source| KeyFileError::Io { path: path.to_owned(), source })?;
        Self::from_file_bytes(&bytes)
    }
}

/// Takes the next bytes.
fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Result<&'a [u8; N], KeyFileError> {
    let (head, rest) = bytes.split_first_chunk().ok_or(KeyFileError::Truncated)?;
    *bytes = rest;
    Ok(head)
}
