//! VER-06: reports on the compiled verifier.

use alloy_primitives::{B256, Bytes, U256};
use escapement_agent::bindings::verifier::IVerifier as V;
use escapement_agent::bindings::verifier::ReportStored;
use escapement_e2e::{refused, report_of};

use crate::bench::{Bench, SMALL};

#[test]
fn a_report_is_stored_once_and_can_be_read_from_the_log() {
    let bench = Bench::new();
    let update = bench.propose(9, &[(0, SMALL)]);
    let (report, digest) = report_of(&update, bench.chain_id(), bench.world.controller);
    let (verifier, controller) = (bench.world.verifier, bench.world.controller);
    let stored = |report_id| bench.world.net.view(verifier, &V::reportOfCall { controller, report_id }).unwrap();
    assert_eq!(stored(9), B256::ZERO);
    let receipt = bench.report(&update).unwrap();
    assert_eq!(stored(9), digest);
    assert_eq!(stored(10), B256::ZERO);
    let wire: Bytes = report.encode().unwrap().into();
    let asked = bench.world.net.view(verifier, &V::reportDigestCall { controller, report: wire.clone() }).unwrap();
    assert_eq!(asked, digest);
    let events = receipt.events::<ReportStored>();
    let [event] = events.as_slice() else { panic!("one event") };
    assert_eq!((event.controller, event.reportId, event.digest), (controller, 9, digest));
    assert_eq!((event.kpiSchema.0, event.signerEpoch), (report.kpi_schema, report.signer_epoch));
    assert_eq!((event.observedAt, event.expiresAt), (report.observed_at, report.expires_at));
    assert_eq!(event.kpis, report.kpis.iter().flat_map(|kpi| kpi.to_be_bytes()).collect::<Vec<_>>());
    // The first quorum wins, also over another report of the number.
    let mut other = update.clone();
    other.inner.kpis[0] += 1;
    let exists = V::VerifierReportExists { _0: controller, _1: 9 };
    refused(bench.report(&update), &exists);
    refused(bench.report(&other), &exists);
    assert_eq!(stored(9), digest);
}

#[test]
fn a_report_reverts_unless_a_present_quorum_signed_it_in_time() {
    let bench = Bench::new();
    let (net, quorum) = (&bench.world.net, &bench.world.quorum);
    let update = bench.propose(9, &[(0, SMALL)]);
    let (report, digest) = report_of(&update, bench.chain_id(), bench.world.controller);
    let wire: Bytes = report.encode().unwrap().into();
    let before = bench.world.storage();
    let by = |who: &[usize]| bench.report_signed(wire.clone(), quorum.sign_by(who, digest));
    let length = |have: u64| V::VerifierSignaturesLength { _0: U256::from(have), _1: U256::from(195) };
    refused(by(&[]), &length(0));
    refused(by(&[0, 1]), &length(130));
    refused(by(&[0, 1, 2, 3]), &length(260));
    let who = quorum.addresses();
    refused(by(&[1, 0, 2]), &V::VerifierSignatureOrder { _0: 1, _1: who[1], _2: who[0] });
    // Signed as the update, as another chain's, as another controller's.
    let others = [
        bench.world.digest(&update),
        report_of(&update, 1, bench.world.controller).1,
        report_of(&update, bench.chain_id(), bench.world.minter).1,
    ];
    for other in others {
        let refusal = bench.report_signed(wire.clone(), quorum.sign(other)).unwrap_err();
        assert!(refusal.is::<V::VerifierUnknownSigner>() || refusal.is::<V::VerifierSignatureOrder>(), "{refusal}");
    }
    let mut cut = wire.to_vec();
    cut.pop();
    let malformed = V::VerifierMalformedReport { _0: 2, _1: 113, _2: 114 };
    refused(bench.report_signed(cut.into(), quorum.sign(digest)), &malformed);
    let now = net.now();
    let mut late = update.clone();
    late.inner.expires_at = now;
    net.hold();
    refused(bench.report(&late), &V::VerifierReportExpired(now));
    let mut early = update.clone();
    early.inner.observed_at = now + 181;
    net.hold();
    refused(bench.report(&early), &V::VerifierReportFuture { _0: now + 181, _1: now + 180 });
    early.inner.signer_epoch = 2;
    refused(bench.report(&early), &V::VerifierSignerEpoch { _0: 2, _1: 1 });
    assert_eq!(bench.world.storage(), before, "nothing was written");
    early.inner.signer_epoch = 1;
    early.inner.observed_at = now + 180;
    net.hold();
    bench.report(&early).unwrap();
}
