//! VER-46 to VER-49: who knows the weights, who relays, and one signer of five, each with all that is theirs.

use alloy_primitives::U256;
use escapement_agent::bindings::{
    controller::{IController as C, IControllerEvents as E},
    verifier::IVerifier as V,
};
use escapement_core::policy::proven::OwnedProven;
use escapement_e2e::{Receipt, Refusal, UpdateBuilder, refused, report_of};

use crate::bench::{Bench, FALSE, LARGE, SMALL, id, nobody};

/// One step.
const STEP: i32 = 65_536;

/// A quorum's signatures are missing.
const UNSIGNED: V::VerifierSignaturesLength =
    V::VerifierSignaturesLength { _0: U256::ZERO, _1: U256::from_limbs([195, 0, 0, 0]) };

/// Registers the bench's network under another limit, as another model.
fn twin(bench: &Bench, cosign_above: u32) -> OwnedProven {
    let twin = OwnedProven { cosign_above, ..bench.policy.clone() };
    bench.register(&twin).unwrap();
    twin
}

/// `update` for another model.
fn for_model(update: &UpdateBuilder, policy: &OwnedProven) -> UpdateBuilder {
    let mut other = update.clone();
    other.inner.model_id = id(policy).0;
    other
}

/// Submits leniently.
fn attempt(bench: &Bench, update: &UpdateBuilder, attestation: &[u8]) -> Result<Receipt, Refusal> {
    let call = C::trySubmitCall { update: update.bytes(), signatures: attestation.to_vec().into() };
    bench.world.net.send(bench.world.stranger, bench.world.controller, &call)
}

/// VER-46: the limit looks at what the network says, not at what is left of it in the update.
#[test]
fn leaving_the_large_group_out_does_not_save_the_signatures() {
    let bench = Bench::new();
    let update = bench.propose(1, &[(0, SMALL), (3, LARGE)]);
    bench.report(&update).unwrap();
    let mut only_small = update.clone();
    only_small.inner.changes.retain(|change| change.slot == 0);
    let mut nothing = update.clone();
    nothing.inner.changes.clear();
    assert!(only_small.inner.changes.len() == 1 && update.inner.changes.len() > 1);
    for less in [&nothing, &only_small] {
        let proof = bench.prove(less);
        bench.refused(less, &proof, &UNSIGNED);
        // Signatures over the whole are none over a part.
        let whole = bench.world.quorum.sign(bench.world.digest(&update));
        bench.refused(less, &[&proof[..], &whole].concat(), &nobody(&whole, bench.world.digest(less)));
        let signed = [&proof[..], &bench.world.quorum.sign(bench.world.digest(less))].concat();
        bench.verify(less, &signed).unwrap();
    }
}

/// VER-46: below the limit who proves may leave groups out, and uses the report up with that; a limit of zero stops it.
#[test]
fn a_thief_uses_a_report_up_unless_the_limit_is_zero() {
    let bench = Bench::new();
    let (honest, proof) = bench.ready(1, &[(0, SMALL)]);
    let strict = twin(&bench, 0);
    let mut empty = honest.clone();
    empty.inner.changes.clear();
    let guarded = for_model(&empty, &strict);
    bench.refused(&guarded, &bench.prove(&guarded), &UNSIGNED);
    bench.submit(&empty, &bench.prove(&empty)).unwrap();
    assert_eq!(bench.world.value(0), honest.inner.changes[0].expected_old);
    refused(bench.submit(&honest, &proof), &C::ControllerIdNotRising { id: 1, last: 1 });
}

/// VER-46: what a thief proves and the law refuses counts for the breaker as if signers had signed it: once for each
/// report, never against the honest update of the same report, and not at all where the quorum has to sign too.
#[test]
fn a_thief_trips_the_breaker_only_with_as_many_reports_as_it_takes() {
    let bench = Bench::new();
    let world = &bench.world;
    let strict = twin(&bench, 0);
    let wrong = |number| {
        let mut update = bench.propose(number, &[(0, SMALL)]);
        bench.report(&update).unwrap();
        update.inner.changes[0].new += 1;
        update
    };
    let trips = |receipt: Receipt| receipt.events::<E::BreakerTripped>().len();
    for number in 1..=4 {
        let update = wrong(number);
        let before = world.storage();
        let guarded = for_model(&update, &strict);
        refused(attempt(&bench, &guarded, &bench.prove(&guarded)), &UNSIGNED);
        assert_eq!(world.storage(), before, "nothing was written");
        for _ in 0..3 {
            let receipt = attempt(&bench, &update, &bench.prove(&update)).unwrap();
            assert_eq!(receipt.events::<E::UpdateRejected>()[0].updateId, number);
            assert_eq!(trips(receipt), 0, "{number}");
        }
    }
    let mut fifth = wrong(5);
    let mut honest = fifth.clone();
    honest.inner.changes[0].new -= 1;
    let snapshot = world.net.chain.snapshot();
    assert_eq!(trips(attempt(&bench, &fifth, &bench.prove(&fifth)).unwrap()), 1, "the fifth within a day trips");
    let refusal = bench.submit(&honest, &bench.prove(&honest)).unwrap_err();
    assert!(refusal.is::<C::ControllerHalted>(), "{refusal}");
    assert!(world.net.chain.revert(snapshot));
    // A day after the first of them, the fifth is the first of a new window.
    world.net.warp(86_400);
    fifth = wrong(6);
    assert_eq!(trips(attempt(&bench, &fifth, &bench.prove(&fifth)).unwrap()), 0);
    // The honest update of a report that was counted is accepted.
    let mut honest = fifth.clone();
    honest.inner.changes[0].new -= 1;
    bench.submit(&honest, &bench.prove(&honest)).unwrap();
    assert_eq!(world.value(0), honest.inner.changes[0].new);
}

/// VER-47: two models of one network share its reports, but no proof, and each keeps its own limit.
#[test]
fn models_of_one_commitment_share_reports_and_nothing_else() {
    let bench = Bench::new();
    let lax = twin(&bench, STEP.unsigned_abs());
    let update = bench.propose(1, &[(3, LARGE)]);
    bench.report(&update).unwrap();
    let other = for_model(&update, &lax);
    let [ours, theirs] = [&update, &other].map(|update| bench.prove(update));
    assert_eq!(ours[..32], theirs[..32], "the same network says the same");
    let signatures = bench.world.quorum.sign(bench.world.digest(&update));
    let signed = |proof: &[u8]| [proof, &signatures].concat();
    bench.verify(&update, &signed(&ours)).unwrap();
    bench.refused(&other, &ours, &FALSE);
    bench.refused(&other, &signed(&ours), &FALSE);
    bench.refused(&update, &theirs, &FALSE);
    bench.refused(&update, &signed(&theirs), &FALSE);
    // The lax one needs no signatures, as governance registered it; stopped, it says nothing.
    bench.verify(&other, &theirs).unwrap();
    let stop = V::setModelActiveCall { model_id: id(&lax), active: false };
    let snapshot = bench.world.net.chain.snapshot();
    bench.world.net.send(bench.world.guardian, bench.world.verifier, &stop).unwrap();
    bench.refused(&other, &theirs, &V::VerifierModelInactive(id(&lax)));
    assert!(bench.world.net.chain.revert(snapshot));
    // One report is good for one update, whichever model it is of.
    bench.submit(&update, &signed(&ours)).unwrap();
    refused(bench.submit(&other, &theirs), &C::ControllerPendingExists { group: 3 });
    let mut bare = other.clone();
    bare.inner.changes.clear();
    refused(bench.submit(&bare, &bench.prove(&bare)), &C::ControllerIdNotRising { id: 1, last: 1 });
}

/// VER-48: KPI values that the network does not see (the pools' scores) are those of the report too.
#[test]
fn scores_beyond_the_inputs_are_the_reports() {
    let bench = Bench::new();
    let scores = [30_000, 10_000, 20_000, 5_000];
    let propose = |number, scores: &[i32]| {
        let mut update = bench.world.propose_scored(number, &[(5, SMALL)], scores);
        update.inner.model_id = bench.model_id.0;
        update
    };
    let update = propose(1, &scores);
    assert!(update.inner.changes.iter().any(|change| change.slot > 11), "weights move");
    bench.report(&update).unwrap();
    let stored = report_of(&update, bench.chain_id(), bench.world.controller).1;
    let edits: [fn(&mut Vec<i32>); 5] = [
        |kpis| kpis[13] += 1,
        |kpis| kpis.swap(13, 15),
        |kpis| kpis.push(0),
        |kpis| kpis.insert(12, 0),
        |kpis| kpis.truncate(15),
    ];
    for edit in edits {
        let mut other = update.clone();
        edit(&mut other.inner.kpis);
        let want = report_of(&other, bench.chain_id(), bench.world.controller).1;
        bench.refused(&other, &bench.prove(&other), &V::VerifierReportMismatch { _0: stored, _1: want });
    }
    // With one value more than there are inputs and pools the scores are still the last ones, for everybody.
    let mut longer = propose(2, &scores);
    longer.inner.kpis.insert(12, 60_000);
    bench.report(&longer).unwrap();
    let mut shifted = longer.clone();
    shifted.inner.changes = propose(2, &[60_000, 30_000, 10_000, 20_000]).inner.changes;
    assert_ne!(shifted.inner.changes, longer.inner.changes);
    let refusal = bench.submit(&shifted, &bench.prove(&shifted)).unwrap_err();
    assert!(refusal.is::<C::ControllerPolicyMismatch>(), "{refusal}");
    bench.submit(&longer, &bench.prove(&longer)).unwrap();
}

/// VER-48: no other 32 bits stand for an output's 24, and the ends of the numbers are the ends of a step.
#[test]
fn outputs_have_one_form() {
    let bench = Bench::new();
    let (update, proof) = bench.ready(1, &[(0, SMALL), (3, -SMALL)]);
    for at in 0..8u8 {
        let place = 4 * usize::from(at)..4 * usize::from(at) + 4;
        let output = i32::from_be_bytes(proof[place.clone()].try_into().unwrap());
        let alias = [output + (1 << 24), output - (1 << 24), output ^ i32::from_be_bytes([0xff, 0, 0, 0])];
        let ends = [i32::MIN, i32::MAX, STEP + 1, -STEP - 1, 1 << 23, -(1 << 23)];
        for value in alias.into_iter().chain(ends) {
            let mut forged = proof.clone();
            forged[place.clone()].copy_from_slice(&value.to_be_bytes());
            bench.refused(&update, &forged, &V::VerifierPolicyOutput { _0: at, _1: value });
        }
    }
    // Values at the ends of their type saturate in the law and in the circuit alike.
    let mut extreme = bench.propose(2, &[]);
    (extreme.inner.kpis[0], extreme.inner.kpis[1]) = (i32::MAX, i32::MIN);
    bench.report(&extreme).unwrap();
    let proof = bench.prove(&extreme);
    assert_eq!(proof[..8], [STEP.to_be_bytes(), (-STEP).to_be_bytes()].concat());
    let signed = [&proof[..], &bench.world.quorum.sign(bench.world.digest(&extreme))].concat();
    bench.verify(&extreme, &signed).unwrap();
    bench.refused(&extreme, &proof, &UNSIGNED);
}

/// VER-49: one signer who signs everything makes no report, and no second one of a number.
#[test]
fn one_bad_signer_of_five_makes_no_report() {
    let bench = Bench::new();
    let quorum = &bench.world.quorum;
    let update = bench.propose(1, &[(0, SMALL)]);
    let mut other = update.clone();
    other.inner.kpis[3] = 30_000;
    let [(report, digest), (lie, lied)] =
        [&update, &other].map(|update| report_of(update, bench.chain_id(), bench.world.controller));
    let [report, lie] = [report, lie].map(|report| report.encode().unwrap());
    let bring = |report: &[u8], signatures: Vec<u8>| bench.report_signed(report.to_vec().into(), signatures.into());
    let bad = 2;
    let name = quorum.addresses()[bad];
    let order = V::VerifierSignatureOrder { _0: 1, _1: name, _2: name };
    refused(bring(&lie, quorum.signature(bad, lied).repeat(3)), &order);
    refused(
        bring(&lie, quorum.signature(bad, lied).to_vec()),
        &V::VerifierSignaturesLength { _0: U256::from(65), _1: U256::from(195) },
    );
    // With the signatures that two honest ones gave for the truth.
    let honest = quorum.sign_by(&[0, 1], digest);
    let mixed = [&honest[..], &quorum.signature(bad, lied)].concat();
    refused(bring(&lie, mixed), &nobody(&honest, lied));
    // Three good signatures in the shape of four, five, or the same bytes twice are not exactly a quorum.
    let all = quorum.sign(digest);
    refused(bring(&report, all.repeat(2)), &V::VerifierSignaturesLength { _0: U256::from(390), _1: U256::from(195) });
    // Two quorums that share the bad one, for two contents of one number: the first that is brought stands.
    bring(&report, quorum.sign_by(&[0, 1, bad], digest).to_vec()).unwrap();
    let exists = V::VerifierReportExists { _0: bench.world.controller, _1: 1 };
    refused(bring(&lie, quorum.sign_by(&[bad, 3, 4], lied).to_vec()), &exists);
    bench.refused(&other, &bench.prove(&other), &V::VerifierReportMismatch { _0: digest, _1: lied });
    // Beside a proof that needs a quorum: neither alone, nor with the report's signatures of the others.
    let (large, proof) = bench.ready(2, &[(3, LARGE)]);
    let (_, reported) = report_of(&large, bench.chain_id(), bench.world.controller);
    let digest = bench.world.digest(&large);
    let of_report = [&quorum.sign_by(&[0, 1], reported)[..], &quorum.signature(bad, digest)].concat();
    bench.refused(&large, &[&proof[..], &of_report].concat(), &nobody(&of_report, digest));
    bench.refused(&large, &[&proof[..], &quorum.signature(bad, digest).repeat(3)].concat(), &order);
    bench.submit(&large, &[&proof[..], &quorum.sign(digest)].concat()).unwrap();
}
