//! Reports: KPI values that a quorum signs and the verifier stores, and the proven update that rests on one.

mod standing;

use alloy::{
    primitives::{Address, B256, Bytes, keccak256},
    signers::local::PrivateKeySigner,
};
use alloy_sol_types::SolEvent;
use escapement_core::{
    engine::Progress,
    report::{OwnedReport, Report},
    update::{Kpis, OwnedUpdate},
};

use crate::{
    bindings::verifier::{IVerifier, ReportStored},
    client::{Client, ClientError, Tx},
    mirror::Mirror,
    propose::{Observation, Proposal, ProposeError, VALID_FOR, extend},
    proven::ProvenFiles,
    sign::{Domain, SignError, sign_ascending},
};
pub use standing::{ReviewError, Standing, review, standing};

/// Why a report cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The node.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// No report of this number is stored for this controller.
    #[error("no report {id} is stored for the controller {controller}")]
    Unknown {
        /// The controller.
        controller: Address,
        /// Number of the report.
        id: u64,
    },
    /// The verifier has the report, but the node has no log of it from that block on.
    #[error("report {id} is stored, but the node has no log of it from block {from} on")]
    NoLog {
        /// Number of the report.
        id: u64,
        /// First block that was searched.
        from: u64,
    },
    /// A log and the verifier's word disagree about the report.
    #[error("report {id}: the fields of its log have the digest {logged}, stored is {stored}")]
    Disagreement {
        /// Number of the report.
        id: u64,
        /// Digest of the fields in the log.
        logged: B256,
        /// Digest that the verifier stored.
        stored: B256,
    },
    /// The log's KPI values are no KPI values, or more than a report has.
    #[error("the KPI values in the log of report {id} do not decode")]
    Malformed {
        /// Number of the report.
        id: u64,
    },
}

/// A report with its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReport {
    /// The report as it goes on the wire.
    pub report: Bytes,
    /// Signatures of 65 bytes each, signers ascending.
    pub signatures: Bytes,
}

/// Makes the report of an observation: in force as long as an update of it would be, under the next number that no
/// accepted update and no stored report has used.
///
/// # Errors
/// A [`ClientError`].
pub async fn compose(
    client: &Client,
    controller: Address,
    verifier: Address,
    kpi_schema: B256,
    observation: &Observation,
) -> Result<OwnedReport, ClientError> {
    let signer_epoch = client.read(verifier, &IVerifier::signerEpochCall {}).await?;
    let last = Mirror::latest(client, controller).await?.ask(Progress::load).await?;
    let mut report_id = last.update_id + 1;
    while stored(client, verifier, controller, report_id).await? != B256::ZERO {
        report_id += 1;
    }
    Ok(OwnedReport {
        kpi_schema: kpi_schema.0,
        signer_epoch,
        report_id,
        observed_at: observation.at,
        expires_at: observation.at + VALID_FOR,
        kpis: observation.kpis.clone(),
    })
}

/// Returns what the signers sign: the EIP-712 digest of the report in its domain.
///
/// # Errors
/// [`SignError::Encode`] if the report is too large for the wire.
pub fn digest(report: &OwnedReport, domain: Domain) -> Result<B256, SignError> {
    let wire = report.encode().map_err(SignError::Encode)?;
    let view = Report::decode(&wire).unwrap_or_else(|_| unreachable!("what encodes also decodes"));
    Ok(view.digest(domain.chain_id, &domain.controller.into_array(), |bytes| keccak256(bytes).0).into())
}

/// Signs the report with every key.
///
/// # Errors
/// A [`SignError`].
pub fn sign(report: &OwnedReport, domain: Domain, keys: &[PrivateKeySigner]) -> Result<SignedReport, SignError> {
    let signatures = sign_ascending(digest(report, domain)?, keys)?;
    Ok(SignedReport { report: report.encode().map_err(SignError::Encode)?.into(), signatures })
}

/// The transaction that brings a signed report. Anybody may send it.
#[must_use]
pub fn delivery(verifier: Address, controller: Address, signed: &SignedReport) -> Tx {
    let SignedReport { report, signatures } = signed.clone();
    Tx::call(verifier, &IVerifier::reportCall { controller, report, signatures })
}

/// Digest of the report that is stored under this number; zero if there is none.
async fn stored(client: &Client, verifier: Address, controller: Address, report_id: u64) -> Result<B256, ClientError> {
    client.read(verifier, &IVerifier::reportOfCall { controller, report_id }).await
}

/// Reads a stored report back from the verifier's log, from block `from` on, and checks it against the stored digest.
///
/// # Errors
/// A [`ReportError`].
pub async fn read(
    client: &Client,
    verifier: Address,
    controller: Address,
    id: u64,
    from: u64,
) -> Result<OwnedReport, ReportError> {
    let stored = stored(client, verifier, controller, id).await?;
    if stored == B256::ZERO {
        return Err(ReportError::Unknown { controller, id });
    }
    let number = B256::left_padding_from(&id.to_be_bytes());
    let topics = [ReportStored::SIGNATURE_HASH, controller.into_word(), number];
    let logs = client.events(verifier, &topics, from).await?;
    let event = logs.iter().find_map(|log| ReportStored::decode_log(&log.inner).ok());
    let event = event.ok_or(ReportError::NoLog { id, from })?;
    recover(&event, Domain { chain_id: client.chain_id(), controller }, stored)
}

/// The report of a log, if it is the one that is stored.
fn recover(event: &ReportStored, domain: Domain, stored: B256) -> Result<OwnedReport, ReportError> {
    let id = event.reportId;
    let malformed = || ReportError::Malformed { id };
    let report = OwnedReport {
        kpi_schema: event.kpiSchema.0,
        signer_epoch: event.signerEpoch,
        report_id: id,
        observed_at: event.observedAt,
        expires_at: event.expiresAt,
        kpis: Kpis::parse(&event.kpis).map_err(|_| malformed())?.iter().collect(),
    };
    let logged = digest(&report, domain).map_err(|_| malformed())?;
    if logged == stored { Ok(report) } else { Err(ReportError::Disagreement { id, logged, stored }) }
}

/// The update of a proven policy that rests on a report, without changes: of the same number, values and times.
#[must_use]
pub fn heartbeat(report: &OwnedReport, model_id: B256) -> OwnedUpdate {
    OwnedUpdate {
        model_id: model_id.0,
        kpi_schema: report.kpi_schema,
        signer_epoch: report.signer_epoch,
        update_id: report.report_id,
        observed_at: report.observed_at,
        valid_after: report.observed_at,
        expires_at: report.expires_at,
        kpis: report.kpis.clone(),
        changes: Vec::new(),
    }
}

/// Proposes the update of a proven policy that rests on `report`, with the changes that a signed one would have.
///
/// # Errors
/// A [`ProposeError`].
pub async fn propose(
    client: &Client,
    controller: Address,
    policy: &ProvenFiles,
    report: &OwnedReport,
) -> Result<Proposal, ProposeError> {
    let outputs = policy.network().infer(&report.kpis).map_err(ProposeError::Policy)?;
    let update = heartbeat(report, policy.model_id());
    extend(client, controller, update, outputs, policy.network().inputs()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::dev_key;
    use alloy::primitives::Signature;
    use escapement_core::update::Update;

    fn report() -> OwnedReport {
        let kpis = vec![1, -2, i32::MIN];
        OwnedReport { signer_epoch: 2, report_id: 9, observed_at: 70, expires_at: 90, kpis, ..OwnedReport::default() }
    }

    #[test]
    fn signatures_are_over_the_report_and_ascending() {
        let keys: Vec<_> = (0..3).map(|i| dev_key(i).unwrap()).collect();
        let domain = Domain { chain_id: 42_161, controller: Address::repeat_byte(7) };
        let signed = sign(&report(), domain, &keys).unwrap();
        let digest = digest(&report(), domain).unwrap();
        let signatures = signed.signatures.chunks(65).map(|s| Signature::from_raw(s).unwrap());
        let recovered: Vec<_> = signatures.map(|s| s.recover_address_from_prehash(&digest).unwrap()).collect();
        let mut expected: Vec<_> = keys.iter().map(PrivateKeySigner::address).collect();
        expected.sort();
        assert_eq!(recovered, expected);
        assert_eq!(OwnedReport::from(Report::decode(&signed.report).unwrap()), report());
    }

    /// The law's own view of the report an update rests on is the report that the update was made of.
    #[test]
    fn an_update_rests_on_the_report_it_was_made_of() {
        let wire = heartbeat(&report(), B256::repeat_byte(1)).encode().unwrap();
        let rests_on = Report::of_update(&Update::decode(&wire).unwrap());
        assert_eq!(OwnedReport::from(rests_on), report());
    }

    #[test]
    fn a_logged_report_reads_back_only_if_it_is_the_stored_one() {
        let (report, domain) = (report(), Domain { chain_id: 42_161, controller: Address::repeat_byte(7) });
        let stored = digest(&report, domain).unwrap();
        let mut event = ReportStored {
            controller: domain.controller,
            reportId: report.report_id,
            digest: stored,
            kpiSchema: report.kpi_schema.into(),
            signerEpoch: report.signer_epoch,
            observedAt: report.observed_at,
            expiresAt: report.expires_at,
            kpis: report.kpis.iter().flat_map(|kpi| kpi.to_be_bytes()).collect(),
        };
        assert_eq!(recover(&event, domain, stored).unwrap(), report);
        // A node that tells another story in its log, whatever digest it puts there.
        event.expiresAt += 1;
        let lie = recover(&event, domain, stored).unwrap_err();
        assert!(matches!(lie, ReportError::Disagreement { id: 9, stored: s, .. } if s == stored), "{lie}");
        event.kpis = vec![1, 2, 3].into();
        assert!(matches!(recover(&event, domain, stored), Err(ReportError::Malformed { id: 9 })));
    }
}
