//! VER-06: reports.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::{
    report::{OwnedReport, Report},
    update::Update,
};
use escapement_kit::{native, vm};
use motsu::prelude::*;

use super::{addresses, attesters, bytes, deploy, digest_of, sign_all, update, CHAIN, CONTROLLER, DATA, NOW};
use crate::{error::*, event::ReportStored, Verifier};

/// The report of the fixture's update.
fn report() -> OwnedReport {
    let wire = update().encode().unwrap();
    Report::of_update(&Update::decode(&wire).unwrap()).into()
}

fn digest(wire: &[u8]) -> B256 {
    Report::decode(wire).unwrap().digest(CHAIN, &CONTROLLER.0 .0, |data| vm::keccak(data).0).into()
}

#[motsu::test]
fn report_works_for_every_quorum_once(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let signers = attesters();
    let mut report = report();
    for a in 0..5 {
        for b in a + 1..5 {
            for c in b + 1..5 {
                report.report_id += 1;
                let wire = report.encode().unwrap();
                let digest = digest(&wire);
                assert_eq!(verifier.sender(bob).report_digest(CONTROLLER, &wire).motsu_unwrap(), digest);
                let signatures = sign_all([&signers[a], &signers[b], &signers[c]], digest);
                verifier.sender(bob).report(CONTROLLER, &wire, &signatures).motsu_unwrap();
                assert_eq!(verifier.sender(bob).report_of(CONTROLLER, report.report_id), digest);
                assert_eq!(verifier.sender(bob).report_of(alice, report.report_id), B256::ZERO);
                assert!(verifier.emitted(&ReportStored {
                    controller: CONTROLLER,
                    reportId: report.report_id,
                    digest,
                    kpiSchema: report.kpi_schema.into(),
                    signerEpoch: 1,
                    observedAt: report.observed_at,
                    expiresAt: report.expires_at,
                    kpis: super::kpis(&report.kpis).into(),
                }));
                let again = verifier.sender(bob).report(CONTROLLER, &wire, &signatures).motsu_unwrap_err();
                let exists = VerifierReportExists { controller: CONTROLLER, reportId: report.report_id };
                assert_eq!(bytes(again), exists.abi_encode());
            }
        }
    }
}

#[motsu::test]
fn report_reverts_when_any_byte_is_changed(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let wire = report().encode().unwrap();
    let signatures = sign_all(&attesters()[..3], digest(&wire));
    let refused = |wire: &[u8], signatures: &[u8]| {
        verifier.sender(bob).report(CONTROLLER, wire, signatures).motsu_unwrap_err();
    };
    for at in 0..wire.len() {
        let mut other = wire.clone();
        other[at] ^= 1;
        refused(&other, &signatures);
    }
    for at in 0..signatures.len() {
        let mut other = signatures.clone();
        other[at] ^= 1;
        refused(&wire, &other);
    }
    // Signatures of the update are not those of the report, and a report of one controller is none of another.
    let updates = sign_all(&attesters()[..3], digest_of(&update().encode().unwrap()));
    refused(&wire, &updates);
    verifier.sender(bob).report(alice, &wire, &signatures).motsu_unwrap_err();
    assert_eq!(verifier.sender(bob).report_of(CONTROLLER, report().report_id), B256::ZERO);
    verifier.sender(bob).report(CONTROLLER, &wire, &signatures).motsu_unwrap();
}

#[motsu::test]
fn report_reverts_out_of_time_and_of_other_sets(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let refused = |report: &OwnedReport| {
        let wire = report.encode().unwrap();
        let signatures = sign_all(&attesters()[..3], digest(&wire));
        bytes(verifier.sender(bob).report(CONTROLLER, &wire, &signatures).motsu_unwrap_err())
    };
    let expired = OwnedReport { expires_at: NOW, ..report() };
    assert_eq!(refused(&expired), VerifierReportExpired { expiresAt: NOW }.abi_encode());
    let future = OwnedReport { observed_at: NOW + 181, ..report() };
    assert_eq!(refused(&future), VerifierReportFuture { observedAt: NOW + 181, latest: NOW + 180 }.abi_encode());
    let epoch = OwnedReport { signer_epoch: 2, ..report() };
    assert_eq!(refused(&epoch), VerifierSignerEpoch { have: 2, want: 1 }.abi_encode());
    let malformed = verifier.sender(bob).report(CONTROLLER, &[1, 2], &[]).motsu_unwrap_err();
    assert_eq!(bytes(malformed), VerifierMalformedReport { reason: 2, have: 2, want: 66 }.abi_encode());
    let wire = report().encode().unwrap();
    let two = verifier.sender(bob).report(CONTROLLER, &wire, &[0; 130]).motsu_unwrap_err();
    assert_eq!(bytes(two), VerifierSignaturesLength { have: U256::from(130), want: U256::from(195) }.abi_encode());
    // At the ends it goes through.
    let last = OwnedReport { expires_at: NOW + 1, observed_at: NOW + 180, ..report() };
    let wire = last.encode().unwrap();
    let signatures = sign_all(&attesters()[..3], digest(&wire));
    verifier.sender(bob).report(CONTROLLER, &wire, &signatures).motsu_unwrap();
}

#[motsu::test]
fn report_waits_for_the_sequencer(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    verifier.sender(alice).set_uptime_feed(DATA, 1).motsu_unwrap();
    let wire = report().encode().unwrap();
    let signatures = sign_all(&attesters()[..3], digest(&wire));
    // Nothing answers there.
    let silent = verifier.sender(bob).report(CONTROLLER, &wire, &signatures).motsu_unwrap_err();
    assert_eq!(bytes(silent), VerifierUptimeFeed { feed: DATA }.abi_encode());
    verifier.sender(alice).set_signers(&addresses(&attesters()), 3).motsu_unwrap();
    native::set_time(NOW);
    let epoch = verifier.sender(bob).report(CONTROLLER, &wire, &signatures).motsu_unwrap_err();
    assert_eq!(bytes(epoch), VerifierSignerEpoch { have: 1, want: 2 }.abi_encode());
}
