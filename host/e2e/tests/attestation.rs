//! What the quorum's signature and the law's rules refuse, on the real wasm: each refusal by its typed error and numbers
//! (E2E-1 attestation, E2E-2 freshness, E2E-3 policy binding).
#![allow(missing_docs)]

use alloy::signers::{SignerSync as _, local::PrivateKeySigner};
use alloy_primitives::{B256, U256, keccak256};
use escapement_agent::bindings::{controller::IController as C, verifier::IVerifier as V};
use escapement_e2e::{Receipt, Refusal, UpdateBuilder, World, malleate, refused};

fn n(value: u64) -> U256 {
    U256::from(value)
}

fn signed_by(world: &World, update: &UpdateBuilder, who: &[usize]) -> Result<Receipt, Refusal> {
    world.submit_signed(update, world.quorum.sign_by(who, world.digest(update)))
}

#[test]
fn submit_reverts_when_signatures_are_out_of_order_or_number() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    let who = world.quorum.addresses();
    let before = world.storage();
    let order = |previous, signer| V::VerifierSignatureOrder { _0: 1, _1: previous, _2: signer };
    refused(signed_by(&world, &update, &[0, 0, 1]), &order(who[0], who[0]));
    refused(signed_by(&world, &update, &[1, 0, 2]), &order(who[1], who[0]));
    let length = |have| V::VerifierSignaturesLength { _0: n(have), _1: n(195) };
    refused(signed_by(&world, &update, &[0, 1]), &length(130));
    refused(signed_by(&world, &update, &[0, 1, 2, 3]), &length(260));
    assert_eq!(world.storage(), before, "nothing was written");
}

#[test]
fn submit_reverts_when_signature_is_malleated() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    let digest = world.digest(&update);
    let mut bytes = malleate(world.quorum.signature(0, digest)).to_vec();
    bytes.extend_from_slice(&world.quorum.sign_by(&[1, 2], digest));
    refused(world.submit_signed(&update, bytes.into()), &V::VerifierBadSignature { _0: 0, _1: 3 });
}

#[test]
fn submit_reverts_when_a_key_is_from_outside() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    let digest = world.digest(&update);
    let who = world.quorum.addresses();
    let outsider = PrivateKeySigner::from_bytes(&keccak256("outsider")).expect("a valid key");
    let forged = outsider.sign_hash_sync(&digest).expect("a local key signs").as_bytes();
    let before = world.storage();
    let mut places = [0; 3];
    for (first, second) in (0..5).flat_map(|first| (first + 1..5).map(move |second| (first, second))) {
        let mut signed = [first, second].map(|n| (who[n], world.quorum.signature(n, digest))).to_vec();
        signed.push((outsider.address(), forged));
        signed.sort_by_key(|(signer, _)| *signer);
        let place = signed.iter().position(|(signer, _)| *signer == outsider.address()).expect("it signed");
        places[place] += 1;
        let bytes: Vec<u8> = signed.iter().flat_map(|(_, signature)| *signature).collect();
        let unknown = V::VerifierUnknownSigner { _0: u8::try_from(place).expect("three"), _1: outsider.address() };
        refused(world.submit_signed(&update, bytes.into()), &unknown);
    }
    assert!(places.iter().filter(|count| **count > 0).count() > 1, "at more than one place: {places:?}");
    assert_eq!(world.storage(), before, "nothing was written");
}

#[test]
fn submit_reverts_when_kpi_schema_is_another() {
    let world = World::new();
    let before = world.storage();
    let mut update = world.propose(1, &[(0, 13_107)]);
    update.inner.kpi_schema = [7; 32];
    let other = V::VerifierSchemaHash { _0: B256::repeat_byte(7), _1: world.kpi_schema };
    refused(world.submit(&update), &other);
    assert_eq!(world.storage(), before, "nothing was written");
}

#[test]
fn submit_reverts_when_digest_is_of_another_chain_or_controller() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    let chain = world.net.chain.chain_id();
    for digest in [update.digest(chain + 1, world.controller), update.digest(chain, world.minter)] {
        let refusal = world.submit_signed(&update, world.quorum.sign(digest)).expect_err("another domain");
        // The recovered address is arbitrary, so either it is unknown or it breaks the order.
        assert!(refusal.is::<V::VerifierUnknownSigner>() || refusal.is::<V::VerifierSignatureOrder>(), "{refusal}");
    }
    assert_eq!(world.value(0), 10_000, "nothing changed");
}

#[test]
fn submit_reverts_when_model_is_unknown_or_inactive() {
    let world = World::new();
    let mut update = world.propose(1, &[(0, 13_107)]);
    let call = V::setModelActiveCall { model_id: world.model_id, active: false };
    world.net.send(world.governance, world.verifier, &call).expect("governance owns the verifier");
    refused(world.submit(&update), &V::VerifierModelInactive(world.model_id));
    update.inner.model_id = [7; 32];
    refused(world.submit(&update), &V::VerifierUnknownModel(B256::repeat_byte(7)));
}

#[test]
fn submit_reverts_when_changes_differ_from_the_policy() {
    let world = World::new();
    let mut update = world.propose(1, &[(0, 13_107)]);
    let computed = update.inner.changes[0].new;
    update.inner.changes[0].new = computed + 1;
    refused(world.submit(&update), &C::ControllerPolicyMismatch { slot: 0, proposed: computed + 1, computed });
    assert_eq!(world.value(0), 10_000, "nothing changed");
}

#[test]
fn submit_reverts_when_update_is_replayed() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    world.submit(&update).unwrap_or_else(|refusal| panic!("{refusal}"));
    refused(world.submit(&update), &C::ControllerIdNotRising { id: 1, last: 1 });
}

#[test]
fn submit_reverts_when_expected_old_differs() {
    let world = World::new();
    let mut update = world.propose(1, &[(0, 13_107)]);
    update.inner.changes[0].expected_old = 9_999;
    let mismatch = C::ControllerExpectedOldMismatch { slot: 0, expected: 9_999, current: 10_000 };
    refused(world.submit(&update), &mismatch);
}

#[test]
fn submit_reverts_when_signers_have_rotated() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    let old = world.signer_epoch();
    let call = V::setSignersCall { signers: world.quorum.addresses(), threshold: 3 };
    world.net.send(world.governance, world.verifier, &call).expect("governance owns the verifier");
    assert_eq!(world.signer_epoch(), old + 1);
    refused(world.submit(&update), &V::VerifierSignerEpoch { _0: old, _1: old + 1 });
}

#[test]
fn submit_reverts_when_expired_or_not_yet_valid() {
    let world = World::new();
    let now = world.net.now();
    let mut update = world.propose(1, &[(0, 13_107)]);
    update.inner.valid_after = now + 3_600;
    refused(world.submit(&update), &C::ControllerNotYetValid { validAfter: now + 3_600 });
    update.inner.valid_after = now - 10;
    update.inner.expires_at = now - 1;
    refused(world.submit(&update), &C::ControllerExpired { expiresAt: now - 1 });
}
