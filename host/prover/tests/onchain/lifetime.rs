//! VER-44, VER-45: proofs and reports over time: their last second, models stopped and resumed, signers replaced.

use alloy_primitives::{Address, B256};
use escapement_agent::bindings::{controller::IController as C, verifier::IVerifier as V};
use escapement_e2e::{refused, report_of};

use crate::bench::{Bench, SMALL};

#[test]
fn times_switches_and_signer_sets_hold_for_proofs_too() {
    let bench = Bench::new();
    let (net, world) = (&bench.world.net, &bench.world);
    let (update, proof) = bench.ready(1, &[(0, SMALL)]);
    let switch = |active| V::setModelActiveCall { model_id: bench.model_id, active };
    net.send(world.guardian, world.verifier, &switch(false)).unwrap();
    bench.refused(&update, &proof, &V::VerifierModelInactive(bench.model_id));
    net.send(world.governance, world.verifier, &switch(true)).unwrap();
    let mut unknown = update.clone();
    unknown.inner.model_id = [7; 32];
    bench.refused(&unknown, &proof, &V::VerifierUnknownModel(B256::repeat_byte(7)));
    // Another schema than the policy's, reported and proven honestly.
    let mut other = bench.propose(5, &[(0, SMALL)]);
    other.inner.kpi_schema = [7; 32];
    bench.report(&other).unwrap();
    let schema = V::VerifierSchemaHash { _0: B256::repeat_byte(7), _1: world.kpi_schema };
    bench.refused(&other, &bench.prove(&other), &schema);
    // Fewer values than observations.
    let mut short = bench.propose(6, &[]);
    short.inner.kpis.pop();
    bench.report(&short).unwrap();
    bench.refused(&short, &proof, &V::VerifierPolicyInputs { _0: 12, _1: 11 });
    // Expired: the report with it.
    let expires_at = update.inner.expires_at;
    net.at_next(expires_at);
    refused(bench.submit(&update, &proof), &C::ControllerExpired { expiresAt: expires_at });
    // A new signer set voids reports of the old one.
    let (update, proof) = bench.ready(8, &[(0, SMALL)]);
    let rotate = V::setSignersCall { signers: world.quorum.addresses(), threshold: 3 };
    net.send(world.governance, world.verifier, &rotate).unwrap();
    bench.refused(&update, &proof, &V::VerifierSignerEpoch { _0: 1, _1: 2 });
    let mut renamed = update.clone();
    renamed.inner.signer_epoch = 2;
    let [have, want] = [&update, &renamed].map(|u| report_of(u, bench.chain_id(), world.controller).1);
    bench.refused(&renamed, &bench.prove(&renamed), &V::VerifierReportMismatch { _0: have, _1: want });
}

/// VER-44: stopping and resuming a model gives a used proof no second life, and takes none from an unused one.
#[test]
fn a_resumed_model_takes_no_proof_twice() {
    let bench = Bench::new();
    let world = &bench.world;
    let switch = |active| {
        let call = V::setModelActiveCall { model_id: bench.model_id, active };
        world.net.send(world.governance, world.verifier, &call).unwrap();
    };
    let (used, proof) = bench.ready(1, &[(0, SMALL)]);
    bench.submit(&used, &proof).unwrap();
    let (unused, fresh) = bench.ready(2, &[(3, SMALL)]);
    switch(false);
    bench.refused(&used, &proof, &V::VerifierModelInactive(bench.model_id));
    bench.refused(&unused, &fresh, &V::VerifierModelInactive(bench.model_id));
    switch(true);
    // The verifier knows nothing of what was accepted: the number is the controller's.
    bench.verify(&used, &proof).unwrap();
    let before = world.storage();
    refused(bench.submit(&used, &proof), &C::ControllerIdNotRising { id: 1, last: 1 });
    assert_eq!(world.storage(), before, "nothing was written");
    bench.submit(&unused, &fresh).unwrap();
    refused(bench.submit(&unused, &fresh), &C::ControllerIdNotRising { id: 2, last: 2 });
    let earlier =
        C::ControllerObservationNotRising { observedAt: used.inner.observed_at, last: unused.inner.observed_at };
    refused(bench.submit(&used, &proof), &earlier);
}

/// VER-44: with the very signers of before back, what was signed and proven before their absence stays void.
#[test]
fn signers_that_come_back_bring_nothing_with_them() {
    let bench = Bench::new();
    let world = &bench.world;
    let rotate = |signers: Vec<Address>, threshold| {
        let call = V::setSignersCall { signers, threshold };
        world.net.send(world.governance, world.verifier, &call).unwrap();
    };
    let (update, proof) = bench.ready(1, &[(0, SMALL)]);
    // A second report that is signed and not yet brought.
    let held = bench.propose(2, &[(0, SMALL)]);
    let (report, digest) = report_of(&held, bench.chain_id(), world.controller);
    let (report, signatures) = (report.encode().unwrap(), world.quorum.sign(digest));
    rotate(vec![world.stranger], 1);
    bench.refused(&update, &proof, &V::VerifierSignerEpoch { _0: 1, _1: 2 });
    rotate(world.quorum.addresses(), 3);
    let void = V::VerifierSignerEpoch { _0: 1, _1: 3 };
    bench.refused(&update, &proof, &void);
    refused(bench.report_signed(report.into(), signatures), &void);
    // Renamed to the present set, it is no longer what was stored or signed.
    let mut renamed = update.clone();
    renamed.inner.signer_epoch = 3;
    let [have, want] = [&update, &renamed].map(|u| report_of(u, bench.chain_id(), world.controller).1);
    bench.refused(&renamed, &bench.prove(&renamed), &V::VerifierReportMismatch { _0: have, _1: want });
    // The number is used up, also for the same content signed anew; the next one is free.
    refused(bench.report(&renamed), &V::VerifierReportExists { _0: world.controller, _1: 1 });
    let (next, proof) = bench.ready(2, &[(0, SMALL)]);
    bench.submit(&next, &proof).unwrap();
}

/// VER-45: a report and the proof on it count in the second before they expire, and from that second on no more.
#[test]
fn the_second_of_expiry_is_the_first_too_late() {
    let bench = Bench::new();
    let net = &bench.world.net;
    let mut update = bench.propose(1, &[(0, SMALL)]);
    let expires_at = net.now() + 500;
    update.inner.expires_at = expires_at;
    let proof = bench.prove(&update);
    let snapshot = net.chain.snapshot();
    net.at_next(expires_at);
    refused(bench.report(&update), &V::VerifierReportExpired(expires_at));
    assert!(net.chain.revert(snapshot));
    net.at_next(expires_at - 1);
    bench.report(&update).unwrap();
    let snapshot = net.chain.snapshot();
    net.at_next(expires_at);
    refused(bench.submit(&update, &proof), &C::ControllerExpired { expiresAt: expires_at });
    assert!(net.chain.revert(snapshot));
    // The block of the report is the last in force; another one in the same second is, too.
    net.at_next(expires_at - 1);
    bench.submit(&update, &proof).unwrap();
}

/// VER-45: who proves may choose when an update begins, but not when the report it rests on ends.
#[test]
fn a_prover_cannot_stretch_a_report() {
    let bench = Bench::new();
    let net = &bench.world.net;
    let (update, _) = bench.ready(1, &[(0, SMALL)]);
    for by in [1i64, -1, 86_400] {
        let mut other = update.clone();
        other.inner.expires_at = other.inner.expires_at.checked_add_signed(by).unwrap();
        let [have, want] = [&update, &other].map(|u| report_of(u, bench.chain_id(), bench.world.controller).1);
        bench.refused(&other, &bench.prove(&other), &V::VerifierReportMismatch { _0: have, _1: want });
    }
    let mut later = update.clone();
    later.inner.valid_after = net.now() + 100;
    let proof = bench.prove(&later);
    bench.verify(&later, &proof).unwrap();
    let valid_after = later.inner.valid_after;
    net.at_next(valid_after - 1);
    refused(bench.submit(&later, &proof), &C::ControllerNotYetValid { validAfter: valid_after });
    net.at_next(valid_after);
    bench.submit(&later, &proof).unwrap();
}
