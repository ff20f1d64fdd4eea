//! Stored reports: what a quorum vouches for, waiting for the proof of what a policy makes of it.
//!
//! Only the digest is kept: an update names everything else again, and what it names is hashed and compared.

use alloy_primitives::{b256, Address, B256};
use escapement_core::{engine::submit::FUTURE, report::Report, update::Update};
use escapement_kit::{abi, vm};

use crate::{
    error::{
        malformed_report, Error, VerifierReportExists, VerifierReportExpired, VerifierReportFuture,
        VerifierReportMismatch, VerifierReportUnknown,
    },
    event, hash, Verifier,
};

/// Root of the reports: `keccak256("escapement.verifier.reports") - 1`. The digest of a report takes the slot of its
/// number in the mapping of its controller.
const REPORTS: B256 = b256!("d91f58a0f1c5ad003d23a88b14e65909f96a8c885d1f46b52348f878f3005d7e");

/// Slot of a report's digest.
fn slot(controller: Address, report_id: u64) -> B256 {
    vm::mapping(&abi::word(report_id), &vm::mapping(&controller.into_word(), &REPORTS))
}

/// EIP-712 digest of `report` in the domain of `controller` on this chain.
fn digest(report: &Report<'_>, controller: Address) -> B256 {
    report.digest(vm::chain_id(), &controller.0 .0, hash).into()
}

/// The digest stored for this number; zero if none is.
pub fn stored(controller: Address, report_id: u64) -> B256 {
    vm::load(&slot(controller, report_id))
}

/// The digest that the signers of these bytes sign for `controller`.
pub fn digest_of(controller: Address, report: &[u8]) -> Result<B256, Error> {
    Ok(digest(&Report::decode(report).map_err(malformed_report)?, controller))
}

/// The digests of the report that `update` rests on, if it is the one stored, and of the update.
pub fn of_update(controller: Address, update: &Update<'_>) -> Result<[B256; 2], Error> {
    let have = stored(controller, update.update_id);
    if have.is_zero() {
        return Err(VerifierReportUnknown { controller, reportId: update.update_id }.into());
    }
    let digests = Report::digests(update, vm::chain_id(), &controller.0 .0, hash).map(B256::new);
    let [want, _] = digests;
    if have != want {
        return Err(VerifierReportMismatch { have, want }.into());
    }
    Ok(digests)
}

impl Verifier {
    /// Stores a report that a quorum of the present set signed, once for each number and controller.
    pub(crate) fn enter_report(&self, controller: Address, report: &[u8], signatures: &[u8]) -> Result<(), Error> {
        let report = Report::decode(report).map_err(malformed_report)?;
        self.check_in_force(report.signer_epoch)?;
        let now = vm::now();
        let (observed_at, latest) = (report.observed_at, now.saturating_add(FUTURE));
        if now >= report.expires_at {
            return Err(VerifierReportExpired { expiresAt: report.expires_at }.into());
        }
        if observed_at > latest {
            return Err(VerifierReportFuture { observedAt: observed_at, latest }.into());
        }
        let slot = slot(controller, report.report_id);
        if !vm::load(&slot).is_zero() {
            return Err(VerifierReportExists { controller, reportId: report.report_id }.into());
        }
        let digest = digest(&report, controller);
        self.check_quorum(digest, signatures)?;
        vm::save(&slot, &digest);
        event::report_stored(controller, digest, &report);
        Ok(())
    }
}
