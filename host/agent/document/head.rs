//! What documents of both sorts say.

use alloy::primitives::{Address, B256};
use escapement_core::{kpi::Kpi, report::OwnedReport};
use serde::{Deserialize, Serialize};

use crate::sign::Domain;

/// A KPI value with its name, if the law gives it one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KpiField {
    /// Name; the values after the common ones have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Value, Q16.16.
    pub value: i32,
}

/// What both sorts of documents say. Times are seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// Chain of controller and verifier.
    pub chain_id: u64,
    /// The controller's proxy.
    pub controller: Address,
    /// The verifier.
    pub verifier: Address,
    /// Number of the report, and of the update that rests on it.
    pub report: u64,
    /// keccak256 of `schema.bin`.
    pub kpi_schema: B256,
    /// Number of the signer set.
    pub signer_epoch: u64,
    /// When the values were observed.
    pub observed_at: u64,
    /// First second after validity.
    pub expires_at: u64,
    /// Observations, then pool scores.
    pub kpis: Vec<KpiField>,
}

impl Head {
    /// What a report says, in its domain.
    #[must_use]
    pub fn new(report: &OwnedReport, domain: Domain, verifier: Address) -> Self {
        let name = |index: usize| Kpi::ALL.get(index).map(|kpi| kpi.name().to_owned());
        let kpis = report.kpis.iter().enumerate().map(|(index, value)| KpiField { name: name(index), value: *value });
        Self {
            chain_id: domain.chain_id,
            controller: domain.controller,
            verifier,
            report: report.report_id,
            kpi_schema: report.kpi_schema.into(),
            signer_epoch: report.signer_epoch,
            observed_at: report.observed_at,
            expires_at: report.expires_at,
            kpis: kpis.collect(),
        }
    }

    /// Where the document is valid.
    #[must_use]
    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.chain_id, controller: self.controller }
    }
}
