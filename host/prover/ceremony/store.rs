//! A ceremony on disk: a folder with its transcript (JSON) and its key.
//!
//! The key's file: `ESCPCER` and a version byte 8 | digest of the transcript 32 | the key as arkworks writes it,
//! uncompressed. It is no proving key: proofs are made with what [`Ceremony::into_proving_key`] gives.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use alloy_primitives::B256;
use ark_groth16::ProvingKey as ArkKey;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, SerializationError};
use escapement_core::policy::Arch;

use super::{Ceremony, CeremonyError};
use crate::key::{KeyError, KeyKind, ProvingKey};

/// Name of the transcript's file.
pub const TRANSCRIPT: &str = "transcript.json";
/// Name of the key's file.
pub const KEY: &str = "ceremony.key";
const MAGIC: &[u8; 8] = b"ESCPCER\x01";
const HEADER: usize = MAGIC.len() + B256::len_bytes();

/// Why a folder holds no ceremony, or its end gives no key.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The transcript is not one.
    #[error("not a transcript: {0}")]
    Json(#[from] serde_json::Error),
    /// The key's file does not begin as one.
    #[error("not the key of a ceremony of this version")]
    Magic,
    /// The key was stored with another transcript.
    #[error("the key belongs to a transcript of digest {key}, this one has {transcript}")]
    OtherTranscript {
        /// Digest in the key's file.
        key: B256,
        /// Digest of the transcript.
        transcript: B256,
    },
    /// arkworks cannot read or write the key, or a point is none of its group.
    #[error("not a key: {0}")]
    Serialization(#[from] SerializationError),
    /// The ceremony does not hold.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// The ceremony has no beacon yet.
    #[error("the ceremony is not finished: its beacon is missing")]
    Unfinished,
    /// The final key must not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Ceremony {
    /// Reads a ceremony from a folder. Transcript and every point of the key are checked; whether the key follows from
    /// the powers of tau is seen by [`Ceremony::check`].
    ///
    /// # Errors
    /// A [`StoreError`].
    pub fn load(folder: &Path) -> Result<Self, StoreError> {
        let read = |name| {
            let path = folder.join(name);
            fs::read(&path).map_err(|source| StoreError::Io { path, source })
        };
        let transcript = serde_json::from_slice(&read(TRANSCRIPT)?)?;
        let file = read(KEY)?;
        let Some((head, mut rest)) = file.split_at_checked(HEADER) else { return Err(StoreError::Magic) };
        let Some(key) = head.strip_prefix(MAGIC) else { return Err(StoreError::Magic) };
        let digest = B256::from_slice(key);
        let key = ArkKey::deserialize_uncompressed(&mut rest)?;
        if !rest.is_empty() {
            return Err(SerializationError::InvalidData.into());
        }
        let ceremony = Self { transcript, key };
        let reached = ceremony.transcript.replay().map_err(CeremonyError::from)?;
        if reached.digest != digest {
            return Err(StoreError::OtherTranscript { key: digest, transcript: reached.digest });
        }
        ceremony.check_transcript()?;
        Ok(ceremony)
    }

    /// Writes the ceremony into a folder, in place of what was there once all is written.
    ///
    /// # Errors
    /// A [`StoreError`].
    pub fn save(&self, folder: &Path) -> Result<(), StoreError> {
        let reached = self.check_transcript()?;
        let mut key = [MAGIC, reached.digest.as_slice()].concat();
        self.key.serialize_uncompressed(&mut key)?;
        let mut transcript = serde_json::to_vec_pretty(&self.transcript)?;
        transcript.push(b'\n');
        let files = [(KEY, key), (TRANSCRIPT, transcript)].map(|(name, bytes)| {
            let path = folder.join(name);
            (path.with_extension("new"), path, bytes)
        });
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::Io { path, source }
        };
        for (new, _, bytes) in &files {
            fs::write(new, bytes).map_err(io(new))?;
        }
        files.iter().try_for_each(|(new, path, _)| fs::rename(new, path).map_err(io(path)))
    }

    /// Returns the key of a finished ceremony. Check the ceremony first.
    ///
    /// # Errors
    /// [`StoreError::Unfinished`] without a beacon, [`StoreError::Key`] if the key must not be used.
    pub fn into_proving_key(self, arch: Arch) -> Result<ProvingKey, StoreError> {
        if !self.check_transcript()?.finished {
            return Err(StoreError::Unfinished);
        }
        Ok(ProvingKey::new(KeyKind::Ceremony, arch, self.transcript.constraints, self.key)?)
    }
}
