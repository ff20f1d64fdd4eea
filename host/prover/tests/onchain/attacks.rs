//! VER-07, VER-08, VER-10: what must not pass for a proof, each by its exact error.

use alloy_primitives::U256;
use escapement_agent::bindings::{controller::IController as C, verifier::IVerifier as V};
use escapement_core::policy::proven::{BASE_FIELD, Context, SCALAR_FIELD};
use escapement_e2e::{refused, report_of};

use crate::{
    bench::{Bench, COSIGN_ABOVE, FALSE, LARGE, NO_POINT, PROOF, SMALL, id, with_word},
    common::prover,
};

/// A word is no coordinate.
const NO_COORDINATE: V::VerifierProofRejected = V::VerifierProofRejected(1);

#[test]
fn a_proven_update_is_applied() {
    let bench = Bench::new();
    let (update, proof) = bench.ready(1, &[(0, SMALL), (3, -SMALL)]);
    let before = bench.world.value(0);
    let mut outputs = [0i32; 8];
    (outputs[0], outputs[3]) = (SMALL, -SMALL);
    let packed: Vec<u8> = outputs.iter().flat_map(|output| output.to_be_bytes()).collect();
    assert_eq!(bench.verify(&update, &proof).unwrap().as_slice(), packed);
    bench.submit(&update, &proof).unwrap();
    let changes = &update.inner.changes;
    assert!(changes.len() > 1 && changes[0].new > before);
    for change in changes {
        assert_eq!(bench.world.value(change.slot), change.new);
    }
    // Replayed, also with a proof made anew: the number is used up.
    refused(bench.submit(&update, &proof), &C::ControllerIdNotRising { id: 1, last: 1 });
    refused(bench.submit(&update, &bench.prove(&update)), &C::ControllerIdNotRising { id: 1, last: 1 });
    // A signed update of the other policy goes on working beside it.
    bench.world.net.warp(2 * 604_800);
    bench.world.submit(&bench.world.propose(2, &[])).unwrap();
}

#[test]
fn each_public_input_is_bound() {
    let bench = Bench::new();
    let (update, proof) = bench.ready(1, &[(0, SMALL)]);
    // Outputs, each of the eight by one unit either way.
    for output in 0..8 {
        for by in [1i32, -1] {
            let mut forged = proof.clone();
            let at = 4 * output..4 * output + 4;
            let value = i32::from_be_bytes(forged[at.clone()].try_into().unwrap()) + by;
            forged[at].copy_from_slice(&value.to_be_bytes());
            bench.refused(&update, &forged, &FALSE);
        }
    }
    // Beyond one step nothing is looked at further.
    let mut forged = proof.clone();
    forged[..4].copy_from_slice(&65_537i32.to_be_bytes());
    bench.refused(&update, &forged, &V::VerifierPolicyOutput { _0: 0, _1: 65_537 });
    // Observations: the proof of one report under another one.
    for by in [1, -1] {
        let mut other = bench.propose(3 + u64::from(by > 0), &[(0, SMALL)]);
        other.inner.kpis[11] += by;
        bench.report(&other).unwrap();
        let mut honest = other.clone();
        honest.inner.kpis[11] -= by;
        // Bound to the context of the report that is stored, but made for other observations.
        let forged = bench.prove_for(&honest, &bench.context(&other));
        bench.refused(&other, &forged, &FALSE);
        bench.verify(&other, &bench.prove(&other)).unwrap();
    }
    // Commitment: one unit more or less of it makes another model.
    for by in [U256::ONE, U256::MAX] {
        let mut policy = bench.policy.clone();
        policy.commitment = U256::from_be_bytes(policy.commitment).wrapping_add(by).to_be_bytes();
        policy.base = prover().key().verifying.base(&policy.commitment).unwrap();
        bench.register(&policy).unwrap();
        let mut other = update.clone();
        other.inner.model_id = id(&policy).0;
        bench.refused(&other, &bench.prove(&other), &FALSE);
    }
    bench.verify(&update, &proof).unwrap();
}

#[test]
fn the_context_binds_a_proof_to_one_update_here() {
    let bench = Bench::new();
    let (update, _) = bench.ready(1, &[(0, SMALL)]);
    let honest = bench.context(&update);
    let other = bench.propose(2, &[(0, SMALL)]);
    let contexts = [
        Context { chain_id: honest.chain_id + 1, ..honest },
        Context { chain_id: 42_161, ..honest },
        Context { verifier: bench.world.minter.0.0, ..honest },
        Context { controller: bench.world.minter.0.0, ..honest },
        Context { model_id: bench.world.model_id.0, ..honest },
        Context { report: bench.context(&other).report, ..honest },
        Context { update: bench.context(&other).update, ..honest },
    ];
    for (field, context) in contexts.iter().enumerate() {
        let forged = bench.prove_for(&update, context);
        assert!(bench.verify(&update, &forged).is_err(), "field {field}");
        bench.refused(&update, &forged, &FALSE);
    }
    // A proof of another epoch, for other changes, for another time.
    let old = bench.prove(&update);
    bench.report(&other).unwrap();
    bench.refused(&other, &old, &FALSE);
    let mut bent = update.clone();
    bent.inner.changes[0].new += 1;
    bench.refused(&bent, &old, &FALSE);
    let mut bent = update.clone();
    bent.inner.valid_after += 1;
    bench.refused(&bent, &old, &FALSE);
    // Honestly proven, yet not what the law makes of the outputs.
    let mut bent = update.clone();
    bent.inner.changes[0].new += 1;
    let (proposed, computed) = (bent.inner.changes[0].new, update.inner.changes[0].new);
    let mismatch = C::ControllerPolicyMismatch { slot: 0, proposed, computed };
    refused(bench.submit(&bent, &bench.prove(&bent)), &mismatch);
}

#[test]
fn each_word_of_the_proof_is_bound() {
    let bench = Bench::new();
    let (update, proof) = bench.ready(1, &[(0, SMALL)]);
    let order = U256::from_be_bytes(BASE_FIELD);
    for at in PROOF.step_by(32) {
        bench.refused(&update, &with_word(&proof, at, |word| word + U256::ONE), &NO_POINT);
        bench.refused(&update, &with_word(&proof, at, |word| word - U256::ONE), &NO_POINT);
        bench.refused(&update, &with_word(&proof, at, |word| word + order), &NO_COORDINATE);
        bench.refused(&update, &with_word(&proof, at, |_| order), &NO_COORDINATE);
        bench.refused(&update, &with_word(&proof, at, |_| U256::MAX), &NO_COORDINATE);
    }
    // The parts of a coordinate swapped.
    for at in [96, 160] {
        let mut forged = proof.clone();
        forged[at..at + 64].rotate_left(32);
        bench.refused(&update, &forged, &NO_POINT);
    }
    // The point at infinity in the place of A, B, C and all; a zero in the place of each word.
    let zero = |range: std::ops::Range<usize>| {
        let mut forged = proof.clone();
        forged[range].fill(0);
        forged
    };
    bench.refused(&update, &zero(32..96), &NO_POINT);
    bench.refused(&update, &zero(96..224), &FALSE);
    bench.refused(&update, &zero(224..288), &FALSE);
    bench.refused(&update, &zero(32..288), &NO_POINT);
    for at in PROOF.step_by(32) {
        bench.refused(&update, &zero(at..at + 32), &NO_POINT);
    }
    // Points of the curve, but other ones: A and C swapped, A negated.
    let mut forged = proof.clone();
    forged[32..96].copy_from_slice(&proof[224..288]);
    forged[224..288].copy_from_slice(&proof[32..96]);
    bench.refused(&update, &forged, &FALSE);
    bench.refused(&update, &with_word(&proof, 64, |y| order - y), &FALSE);
    // A and B negated together are the same proof in another form; the number is what keeps it from counting twice.
    let twice = with_word(&with_word(&proof, 64, |y| order - y), 160, |y| order - y);
    let twice = with_word(&twice, 192, |y| order - y);
    bench.verify(&update, &twice).unwrap();
}

#[test]
fn attestations_of_another_length_are_refused() {
    let bench = Bench::new();
    let (update, proof) = bench.ready(1, &[(0, SMALL)]);
    for have in [0usize, 1, 32, 287] {
        let length = V::VerifierAttestationLength { _0: U256::from(have), _1: U256::from(288) };
        bench.refused(&update, &proof[..have], &length);
    }
    for more in [1usize, 65, 195] {
        let length = V::VerifierSignaturesLength { _0: U256::from(more), _1: U256::ZERO };
        bench.refused(&update, &[proof.clone(), vec![0; more]].concat(), &length);
    }
    // Signatures alone are no proof, and a proof is no quorum: each kind has its own attestation.
    let signatures = bench.world.quorum.sign(bench.world.digest(&update));
    let length = V::VerifierAttestationLength { _0: U256::from(195), _1: U256::from(288) };
    bench.refused(&update, &signatures, &length);
    let signed = bench.world.propose(1, &[(0, SMALL)]);
    let length = V::VerifierSignaturesLength { _0: U256::from(288), _1: U256::from(195) };
    bench.refused(&signed, &proof, &length);
}

#[test]
fn a_report_must_be_there_and_be_the_same() {
    let bench = Bench::new();
    let update = bench.propose(1, &[(0, SMALL)]);
    let proof = bench.prove(&update);
    let controller = bench.world.controller;
    bench.refused(&update, &proof, &V::VerifierReportUnknown { _0: controller, _1: 1 });
    bench.report(&update).unwrap();
    // Everything that the report says must be the same in the update.
    let stored = report_of(&update, bench.chain_id(), controller).1;
    let mut others = vec![update.clone(); 4];
    others[0].inner.kpis[0] += 1;
    others[1].inner.observed_at -= 1;
    others[2].inner.expires_at += 1;
    others[3].inner.kpis.push(0);
    for other in others {
        let want = report_of(&other, bench.chain_id(), controller).1;
        bench.refused(&other, &bench.prove(&other), &V::VerifierReportMismatch { _0: stored, _1: want });
    }
    let mut other = update.clone();
    other.inner.update_id = 2;
    bench.refused(&other, &bench.prove(&other), &V::VerifierReportUnknown { _0: controller, _1: 2 });
    // Another controller's report is not this one's.
    let elsewhere = bench.verify_for(bench.world.minter, &update, &proof);
    refused(elsewhere, &V::VerifierReportUnknown { _0: bench.world.minter, _1: 1 });
    bench.submit(&update, &proof).unwrap();
}

#[test]
fn signatures_are_needed_exactly_above_the_limit() {
    let bench = Bench::new();
    let quorum = &bench.world.quorum;
    let limit = i32::try_from(COSIGN_ABOVE).unwrap();
    for (number, output) in (1..).zip([limit, limit + 1, -limit, -limit - 1, LARGE]) {
        let (update, proof) = bench.ready(number, &[(3, output)]);
        let digest = bench.world.digest(&update);
        let signed = |signatures: &[u8]| [&proof, signatures].concat();
        let length =
            |have: usize, want: u64| V::VerifierSignaturesLength { _0: U256::from(have), _1: U256::from(want) };
        let good = signed(&quorum.sign(digest));
        if output.unsigned_abs() <= COSIGN_ABOVE {
            bench.verify(&update, &proof).unwrap();
            bench.refused(&update, &good, &length(195, 0));
            continue;
        }
        bench.verify(&update, &good).unwrap();
        bench.refused(&update, &proof, &length(0, 195));
        bench.refused(&update, &signed(&quorum.sign_by(&[0, 1], digest)), &length(130, 195));
        bench.refused(&update, &signed(&quorum.sign_by(&[0, 1, 2, 3], digest)), &length(260, 195));
        let who = quorum.addresses();
        let order = V::VerifierSignatureOrder { _0: 1, _1: who[0], _2: who[0] };
        bench.refused(&update, &signed(&quorum.sign_by(&[0, 0, 1], digest)), &order);
        // The report's signatures are not the update's.
        let (_, report) = report_of(&update, bench.chain_id(), bench.world.controller);
        let refusal = bench.verify(&update, &signed(&quorum.sign(report))).unwrap_err();
        assert!(refusal.is::<V::VerifierUnknownSigner>() || refusal.is::<V::VerifierSignatureOrder>(), "{refusal}");
        // And signatures do not make up for a proof.
        let forged = with_word(&good, 64, |y| U256::from_be_bytes(BASE_FIELD) - y);
        bench.refused(&update, &forged, &FALSE);
    }
    let (update, proof) = bench.ready(9, &[(1, LARGE)]);
    let signatures = quorum.sign(bench.world.digest(&update));
    bench.submit(&update, &[proof, signatures.to_vec()].concat()).unwrap();
}

/// A precompile would take inputs modulo the order of the field: an input above it must be out of reach. The commitment is
/// the only one that is not bounded by construction.
#[test]
fn inputs_beyond_the_field_are_out_of_reach() {
    let bench = Bench::new();
    let mut policy = bench.policy.clone();
    let alias = U256::from_be_bytes(policy.commitment) + U256::from_be_bytes(SCALAR_FIELD);
    policy.commitment = alias.to_be_bytes();
    refused(bench.register(&policy), &V::VerifierBadCommitment(alias.into()));
}
