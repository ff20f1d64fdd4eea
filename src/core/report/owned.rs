//! The owned form of a report, for programs that make one (feature `alloc`); contracts only read.

use super::{Report, WIRE_VERSION};
use crate::update::{bounded, EncodeError, MAX_KPIS};
use alloc::vec::Vec;

/// A report that owns its list. Fields as in [`Report`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OwnedReport {
    /// keccak256 of `schema.bin`.
    pub kpi_schema: [u8; 32],
    /// Number of the signer set.
    pub signer_epoch: u64,
    /// Number of the report.
    pub report_id: u64,
    /// When the KPI values were observed, seconds.
    pub observed_at: u64,
    /// First second after validity.
    pub expires_at: u64,
    /// Observations, then pool scores.
    pub kpis: Vec<i32>,
}

impl OwnedReport {
    /// Returns the wire form, which [`Report::decode`] reads back.
    ///
    /// # Errors
    /// [`EncodeError::TooManyKpis`] if the list is longer than the wire form allows.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let count = bounded(self.kpis.len(), MAX_KPIS).ok_or(EncodeError::TooManyKpis { found: self.kpis.len() })?;
        let mut out = Vec::new();
        out.push(WIRE_VERSION);
        out.extend_from_slice(&self.kpi_schema);
        for word in [self.signer_epoch, self.report_id, self.observed_at, self.expires_at] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        out.push(count);
        for kpi in &self.kpis {
            out.extend_from_slice(&kpi.to_be_bytes());
        }
        Ok(out)
    }
}

impl From<Report<'_>> for OwnedReport {
    fn from(report: Report<'_>) -> Self {
        Self {
            kpi_schema: *report.kpi_schema,
            signer_epoch: report.signer_epoch,
            report_id: report.report_id,
            observed_at: report.observed_at,
            expires_at: report.expires_at,
            kpis: report.kpis.iter().collect(),
        }
    }
}
