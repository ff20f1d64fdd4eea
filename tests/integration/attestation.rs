//! What a signature is worth, through the controller: real keys, alloy's own hashing, the real verifier.

use alloy_primitives::{Address, B256};
use alloy_sol_types::{SolCall, SolError};
use escapement_controller::Controller;
use escapement_tests::{
    abi::{IController as C, IControllerEvents as E, IVerifier as V},
    addresses, attesters, digest, logs, sign, wire, World, CHAIN, SMALL, WEEK,
};
use escapement_verifier::Verifier;
use motsu::prelude::*;

/// Submits these signatures over `update`, both ways; nothing may be left behind. Returns the refusal.
fn refused(world: &World, update: &escapement_core::update::OwnedUpdate, signatures: Vec<u8>) -> Vec<u8> {
    let before = world.fingerprint();
    let (update, signatures) = (wire(update), alloy_primitives::Bytes::from(signatures));
    let attempt = C::trySubmitCall { update: update.clone(), signatures: signatures.clone() };
    let lenient = world.send(&world.keeper, attempt).map(|_| ()).unwrap_err();
    let strict = world.send(&world.keeper, C::submitCall { update, signatures }).map(|_| ()).unwrap_err();
    assert_eq!(strict, lenient, "both ways are refused alike");
    assert_eq!(world.fingerprint(), before, "a refusal left something behind");
    strict
}

/// One thing that a relayer changes.
type Edit = fn(&mut escapement_core::update::OwnedUpdate);

/// Whether revert data is a refusal of the signatures themselves.
fn is_forged(data: &[u8]) -> bool {
    [V::VerifierUnknownSigner::SELECTOR, V::VerifierSignatureOrder::SELECTOR, V::VerifierBadSignature::SELECTOR]
        .iter()
        .any(|selector| data.starts_with(selector))
}

/// FLOW-08
#[test]
fn every_quorum_and_nothing_less_moves_a_parameter() {
    // Exhaustive: every subset of the five attesters, in ascending order.
    for subset in 0..32u8 {
        let mut world = World::new(3);
        let update = world.update(SMALL);
        let signers: Vec<Account> = (0..5).filter(|n| subset & (1 << n) != 0).map(|n| world.attesters[n]).collect();
        let signatures = sign(&signers, world.digest(&update));
        if signers.len() == 3 {
            world.ok(&world.keeper, C::submitCall { update: wire(&update), signatures: signatures.into() });
            assert_eq!(world.param(0), 5_099);
        } else {
            let have = alloy_primitives::U256::from(signers.len() * 65);
            let want = alloy_primitives::U256::from(3 * 65);
            let expected = V::VerifierSignaturesLength { _0: have, _1: want }.abi_encode();
            assert_eq!(refused(&world, &update, signatures), expected);
        }
    }
}

/// FLOW-08
#[test]
fn verifier_and_attesters_hash_alike() {
    let mut world = World::new(3);
    for output in [0, SMALL, -SMALL] {
        let update = world.update(output);
        let call = V::digestCall { controller: world.controller.address(), update: wire(&update) };
        assert_eq!(world.ok(&world.keeper, call)._0, world.digest(&update));
    }
}

/// FLOW-09
#[test]
fn signature_for_another_chain_controller_or_content_is_worth_nothing() {
    let mut world = World::new(3);
    let update = world.update(SMALL);
    let quorum = world.attesters[..3].to_vec();
    let other_chain = digest(&update, CHAIN + 1, world.controller.address());
    let other_controller = digest(&update, CHAIN, world.council.address());
    for digest in [other_chain, other_controller, B256::ZERO] {
        assert!(is_forged(&refused(&world, &update, sign(&quorum, digest))));
    }
    // The relayer changes one thing of what was signed.
    let edits: [Edit; 6] = [
        |u| u.kpis[0] += 1,
        |u| u.changes[0].new += 1,
        |u| u.changes.clear(),
        |u| u.update_id += 1,
        |u| u.expires_at += 1,
        |u| u.observed_at += 1,
    ];
    let signatures = world.sign(&update);
    for edit in edits {
        let mut forged = update.clone();
        edit(&mut forged);
        assert!(is_forged(&refused(&world, &forged, signatures.clone())));
    }
    world.ok(&world.keeper, world.submission(&update));
}

/// FLOW-10
#[test]
fn signed_lie_about_the_policy_is_refused_by_the_policy() {
    let mut world = World::new(3);
    // A quorum signs values that the registered network does not give on the observations it signs itself.
    let mut update = world.update(SMALL);
    update.changes[0].new = 5_100;
    let mismatch = C::ControllerPolicyMismatch { slot: 0, proposed: 5_100, computed: 5_099 };
    world.err(&world.keeper, world.submission(&update), mismatch);
    // With trySubmit the refusal is on record, and five such updates halt everything.
    for count in 1..=5u8 {
        let mut update = world.update(SMALL);
        update.changes[0].new = 5_100;
        let signatures = world.sign(&update).into();
        let attempt = C::trySubmitCall { update: wire(&update), signatures };
        assert!(!world.ok(&world.keeper, attempt).accepted);
        let reason = C::ControllerPolicyMismatch { slot: 0, proposed: 5_100, computed: 5_099 }.abi_encode();
        let rejected = logs::<E::UpdateRejected>(&world.controller.all_events()).pop().unwrap();
        assert_eq!((rejected.updateId, rejected.reason.to_vec()), (update.update_id, reason));
        let tripped = logs::<E::BreakerTripped>(&world.controller.all_events());
        assert_eq!(tripped.len(), usize::from(count == 5));
    }
    world.roll();
    world.pass(WEEK - 3_600);
    assert_eq!(world.roll().outcome, 1, "the mint stands still with the loop");
    assert_eq!(world.param(0), 5_000);
}

/// FLOW-11
#[test]
fn rotation_and_revocation_void_what_was_signed_before() {
    let mut world = World::new(3);
    let update = world.update(SMALL);
    let signatures = world.sign(&update);
    let next = attesters("successor");
    world.ok(&world.governance, V::setSignersCall { signers: addresses(&next), threshold: 3 });
    let expected = V::VerifierSignerEpoch { _0: 1, _1: 2 }.abi_encode();
    assert_eq!(refused(&world, &update, signatures), expected);
    // The old keys cannot sign for the new epoch either.
    world.signer_epoch = 2;
    let update = world.update(SMALL);
    assert!(is_forged(&refused(&world, &update, world.sign(&update))));
    world.attesters = next;
    world.submit(SMALL);
    // Three struck off: fewer are left than the threshold, so nothing verifies any more, whoever signs.
    for struck in 0..3 {
        let signer = world.attesters[struck].address();
        world.ok(&world.guardian, V::revokeSignerCall { signer });
    }
    world.signer_epoch = 5;
    world.pass(WEEK);
    let update = world.update(SMALL);
    let expected = V::VerifierBadQuorum { _0: 3, _1: alloy_primitives::U256::from(2) }.abi_encode();
    assert_eq!(refused(&world, &update, sign(&world.attesters[2..], world.digest(&update))), expected);
    // The economy runs on at the last rate.
    world.roll();
    world.pass(WEEK);
    assert_eq!((world.roll().outcome, world.param(0)), (0, 5_099));
}

/// FLOW-12
#[test]
fn another_verifier_speaks_from_the_moment_governance_points_at_it() {
    let mut world = World::new(3);
    let update = world.update(SMALL);
    let signatures = world.sign(&update);
    let governance = world.governance.address();
    let successors = attesters("successor");
    let replacement: Contract<Verifier> = Contract::from_tag("replacement");
    let guardian = world.guardian.address();
    replacement.sender(governance).constructor(governance, guardian, &addresses(&successors), 4).motsu_unwrap();
    let nowhere = Address::from_tag("nowhere");
    world.err(
        &world.governance,
        C::setVerifierCall { verifier: nowhere },
        C::ControllerBadVerifier { verifier: nowhere },
    );
    world.ok(&world.governance, C::setVerifierCall { verifier: replacement.address() });
    // It knows neither the signers nor the policy of the one before.
    let expected = V::VerifierUnknownModel { _0: world.model.id }.abi_encode();
    assert_eq!(refused(&world, &update, signatures.clone()), expected);
    let data = alloy_primitives::address!("da7a0000000000000000000000000000000000da");
    let (id, schema) = (world.model.id, world.model.schema);
    replacement.sender(governance).register_model(id, data, schema, 0).motsu_unwrap();
    let want =
        V::VerifierSignaturesLength { _0: alloy_primitives::U256::from(195), _1: alloy_primitives::U256::from(260) };
    assert_eq!(refused(&world, &update, signatures), want.abi_encode());
    let signatures = sign(&successors[1..], world.digest(&update)).into();
    world.ok(&world.keeper, C::submitCall { update: wire(&update), signatures });
    assert_eq!(world.param(0), 5_099);
}

/// FLOW-12
#[test]
fn controllers_do_not_share_attestations() {
    // A second controller behind the same verifier: what was signed for one is not taken by the other.
    let mut world = World::new(3);
    let update = world.update(SMALL);
    let twin: Contract<Controller> = Contract::from_tag("twin");
    let keeper = &world.keeper;
    escapement_tests::behind_a_proxy(&twin);
    world.raw(keeper, twin.address(), &world.initialize_controller(3).abi_encode()).unwrap();
    let call = |signatures: Vec<u8>| {
        let submit = C::submitCall { update: wire(&update), signatures: signatures.into() };
        world.raw(keeper, twin.address(), &submit.abi_encode())
    };
    assert!(is_forged(&call(world.sign(&update)).unwrap_err()));
    call(sign(&world.attesters[..3], digest(&update, CHAIN, twin.address()))).unwrap();
    assert_eq!(world.param(0), 5_000, "the first one was not touched");
}
