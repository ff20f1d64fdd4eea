//! The owned form of an update, for programs that make one (feature `alloc`); contracts only read.

use super::{Change, Update, MAX_CHANGES, MAX_KPIS, WIRE_VERSION};
use alloc::vec::Vec;

/// An update that owns its lists. Fields as in [`Update`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OwnedUpdate {
    /// keccak256 of `model.bin`.
    pub model_id: [u8; 32],
    /// keccak256 of `schema.bin`.
    pub kpi_schema: [u8; 32],
    /// Number of the signer set.
    pub signer_epoch: u64,
    /// Number of the update.
    pub update_id: u64,
    /// When the KPI values were observed, seconds.
    pub observed_at: u64,
    /// First second of validity.
    pub valid_after: u64,
    /// First second after validity.
    pub expires_at: u64,
    /// Observations, then pool scores.
    pub kpis: Vec<i32>,
    /// Proposed changes.
    pub changes: Vec<Change>,
}

/// Why an update, or a report, has no wire form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EncodeError {
    /// More KPI values than [`MAX_KPIS`].
    TooManyKpis {
        /// Count given.
        found: usize,
    },
    /// More changes than [`MAX_CHANGES`].
    TooManyChanges {
        /// Count given.
        found: usize,
    },
}

impl core::fmt::Display for EncodeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TooManyKpis { found } => write!(f, "{found} KPI values, at most {MAX_KPIS} fit"),
            Self::TooManyChanges { found } => write!(f, "{found} changes, at most {MAX_CHANGES} fit"),
        }
    }
}

impl core::error::Error for EncodeError {}

impl OwnedUpdate {
    /// Returns the wire form, which [`Update::decode`] reads back.
    ///
    /// # Errors
    /// An [`EncodeError`] if a list is longer than the wire form allows.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let kpis = bounded(self.kpis.len(), MAX_KPIS).ok_or(EncodeError::TooManyKpis { found: self.kpis.len() })?;
        let changes = bounded(self.changes.len(), MAX_CHANGES)
            .ok_or(EncodeError::TooManyChanges { found: self.changes.len() })?;
        let mut out = Vec::new();
        out.push(WIRE_VERSION);
        out.extend_from_slice(&self.model_id);
        out.extend_from_slice(&self.kpi_schema);
        for word in [self.signer_epoch, self.update_id, self.observed_at, self.valid_after, self.expires_at] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        out.push(kpis);
        for kpi in &self.kpis {
            out.extend_from_slice(&kpi.to_be_bytes());
        }
        out.push(changes);
        for change in &self.changes {
            out.extend_from_slice(&change.to_wire());
        }
        Ok(out)
    }
}

pub(crate) fn bounded(count: usize, max: usize) -> Option<u8> {
    u8::try_from(count).ok().filter(|_| count <= max)
}

impl From<Update<'_>> for OwnedUpdate {
    fn from(update: Update<'_>) -> Self {
        Self {
            model_id: *update.model_id,
            kpi_schema: *update.kpi_schema,
            signer_epoch: update.signer_epoch,
            update_id: update.update_id,
            observed_at: update.observed_at,
            valid_after: update.valid_after,
            expires_at: update.expires_at,
            kpis: update.kpis.iter().collect(),
            changes: update.changes.iter().collect(),
        }
    }
}
