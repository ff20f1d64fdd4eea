//! VER-40, VER-41: two whole deployments side by side. What the one accepts is brought to the other word for word.

use alloy_primitives::U256;
use escapement_agent::bindings::{controller::IController as C, verifier::IVerifier as V};
use escapement_chain::{Chain, Config};
use escapement_core::policy::proven::Context;
use escapement_e2e::{GENESIS, Net, Shape, UpdateBuilder, World, refused, report_of};

use crate::bench::{Bench, FALSE, LARGE, SMALL, nobody};

/// Escapement with its proven policy on a chain of this id.
fn on_chain(chain_id: u64) -> Bench {
    let config = Config { chain_id, ..Config::deterministic(GENESIS) };
    Bench::on(World::on(Net { chain: Chain::new(config).unwrap() }, Shape::default()))
}

/// Brings everything that `here` accepts of `small`, `large` and `signed` to `there`, which has to accept its own.
///
/// Both have the same signers, policies and values: nothing but the deployment tells the attestations apart.
fn nothing_passes_over(here: &Bench, there: &Bench, [small, large, signed]: [&UpdateBuilder; 3]) {
    let digest = |bench: &Bench, update| report_of(update, bench.chain_id(), bench.world.controller).1;
    for update in [small, large] {
        // The report: signed for one deployment, it is signed by nobody known in the other.
        let report = report_of(update, 0, here.world.controller).0.encode().unwrap();
        let signatures = here.world.quorum.sign(digest(here, update));
        here.report_signed(report.clone().into(), signatures.clone()).unwrap();
        let before = there.world.storage();
        let strange = nobody(&signatures, digest(there, update));
        refused(there.report_signed(report.into(), signatures), &strange);
        assert_eq!(there.world.storage(), before, "nothing was written");
        // Stored here is not stored there.
        let unknown = V::VerifierReportUnknown { _0: there.world.controller, _1: update.inner.update_id };
        there.refused(update, &here.prove(update), &unknown);
        there.report(update).unwrap();
    }
    // A proof that is accepted here is false there, where its own report is stored and its own proof good.
    let [ours, theirs] = [here, there].map(|bench| bench.prove(small));
    here.verify(small, &ours).unwrap();
    there.refused(small, &ours, &FALSE);
    there.verify(small, &theirs).unwrap();
    here.refused(small, &theirs, &FALSE);
    // Above the limit: neither the whole nor the signatures beside one's own proof.
    let beside = |bench: &Bench, proof: &[u8]| {
        let signatures = bench.world.quorum.sign(bench.world.digest(large));
        [proof, &signatures].concat()
    };
    let [ours, theirs] = [here, there].map(|bench| bench.prove(large));
    here.verify(large, &beside(here, &ours)).unwrap();
    there.refused(large, &beside(here, &ours), &FALSE);
    let mixed = beside(here, &theirs);
    there.refused(large, &mixed, &nobody(&mixed[ours.len()..], there.world.digest(large)));
    there.refused(large, &theirs, &V::VerifierSignaturesLength { _0: U256::ZERO, _1: U256::from(195) });
    there.verify(large, &beside(there, &theirs)).unwrap();
    // And a signed update of the policy that is re-executed.
    let signatures = here.world.quorum.sign(here.world.digest(signed));
    here.verify(signed, &signatures).unwrap();
    there.refused(signed, &signatures, &nobody(&signatures, there.world.digest(signed)));
    there.verify(signed, &there.world.quorum.sign(there.world.digest(signed))).unwrap();
}

/// Small and large proven updates and a signed one, as both deployments would propose them.
fn proposals(here: &Bench, there: &Bench) -> [UpdateBuilder; 3] {
    let of = |bench: &Bench| {
        [bench.propose(1, &[(0, SMALL)]), bench.propose(2, &[(3, LARGE)]), bench.world.propose(3, &[(0, SMALL)])]
    };
    let (mine, theirs) = (of(here), of(there));
    for (a, b) in mine.iter().zip(&theirs) {
        assert_eq!(
            (&a.inner.model_id, &a.inner.kpis, &a.inner.changes),
            (&b.inner.model_id, &b.inner.kpis, &b.inner.changes)
        );
    }
    mine
}

/// Accepts `update` in both deployments, each by a proof of its own, and once only.
fn both_accept(here: &Bench, there: &Bench, update: &UpdateBuilder) {
    for bench in [here, there] {
        let proof = bench.prove(update);
        bench.submit(update, &proof).unwrap();
        let change = update.inner.changes[0];
        assert_eq!(bench.world.value(change.slot), change.new);
        let id = update.inner.update_id;
        refused(bench.submit(update, &proof), &C::ControllerIdNotRising { id, last: id });
    }
}

#[test]
fn another_chain_with_the_same_addresses_takes_nothing() {
    let [here, there] = [412_346, 31_337].map(on_chain);
    let places = |bench: &Bench| (bench.world.verifier, bench.world.controller, bench.model_id, bench.world.net.now());
    assert_eq!(places(&here), places(&there), "the same deployment but for the chain");
    let updates = proposals(&here, &there);
    nothing_passes_over(&here, &there, updates.each_ref());
    both_accept(&here, &there, &updates[0]);
}

#[test]
fn another_deployment_on_the_chain_takes_nothing() {
    let here = Bench::new();
    let there = Bench::on(World::on(here.world.net.clone(), Shape::default()));
    assert!(here.world.verifier != there.world.verifier && here.world.controller != there.world.controller);
    assert_eq!((here.model_id, here.chain_id()), (there.model_id, there.chain_id()));
    let updates = proposals(&here, &there);
    nothing_passes_over(&here, &there, updates.each_ref());
    // The other verifier, asked for the controller here, has no report of it.
    let ours = here.prove(&updates[0]);
    let unknown = V::VerifierReportUnknown { _0: here.world.controller, _1: 1 };
    refused(there.verify_for(here.world.controller, &updates[0], &ours), &unknown);
    both_accept(&here, &there, &updates[0]);
}

/// The signers' domain names chain and controller. Only the context of the proof names the verifier.
#[test]
fn a_controller_with_a_new_verifier_takes_no_proof_for_the_old_one() {
    let here = Bench::new();
    let there = Bench::on(World::on(here.world.net.clone(), Shape::default()));
    let (controller, next) = (here.world.controller, there.world.verifier);
    let (update, old) = here.ready(1, &[(0, SMALL)]);
    // One report serves both verifiers: it says the same of the same controller.
    let (report, digest) = report_of(&update, here.chain_id(), controller);
    let call = V::reportCall {
        controller,
        report: report.encode().unwrap().into(),
        signatures: here.world.quorum.sign(digest),
    };
    here.world.net.send(here.world.stranger, next, &call).unwrap();
    here.verify(&update, &old).unwrap();
    refused(there.verify_for(controller, &update, &old), &FALSE);
    let set = C::setVerifierCall { verifier: next };
    here.world.net.send(here.world.governance, controller, &set).unwrap();
    let before = here.world.storage();
    refused(here.submit(&update, &old), &FALSE);
    assert_eq!(here.world.storage(), before, "nothing was written");
    let new = here.prove_for(&update, &Context { verifier: next.0.0, ..here.context(&update) });
    refused(here.verify(&update, &new), &FALSE);
    here.submit(&update, &new).unwrap();
}

#[test]
fn two_controllers_of_one_verifier_share_no_report_and_no_proof() {
    let here = Bench::new();
    let mut there = Bench::on(World::on(here.world.net.clone(), Shape::default()));
    let set = C::setVerifierCall { verifier: here.world.verifier };
    there.world.net.send(there.world.governance, there.world.controller, &set).unwrap();
    there.world.verifier = here.world.verifier;
    let updates = proposals(&here, &there);
    nothing_passes_over(&here, &there, updates.each_ref());
    both_accept(&here, &there, &updates[0]);
}
