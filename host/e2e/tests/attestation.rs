//! What the quorum's signature and the law's rules refuse, on the real wasm: each refusal by its typed error and numbers
//! (E2E-1 attestation, E2E-2 freshness, E2E-3 policy binding).
#![allow(missing_docs)]

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolError;
use escapement_agent::bindings::{controller::IController as C, verifier::IVerifier as V};
use escapement_e2e::{Receipt, Refusal, UpdateBuilder, World, malleate};

/// Asserts the error `E` with exactly these words as its numbers.
#[track_caller]
fn refused<E: SolError>(result: Result<Receipt, Refusal>, words: &[U256]) {
    let refusal = result.err().unwrap_or_else(|| panic!("accepted, expected {}", E::SIGNATURE));
    let mut want = E::SELECTOR.to_vec();
    for word in words {
        want.extend_from_slice(&word.to_be_bytes::<32>());
    }
    assert_eq!(refusal.data, Bytes::from(want), "expected {}, got {refusal}", E::SIGNATURE);
}

fn n(value: u64) -> U256 {
    U256::from(value)
}

fn addr(address: Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}

fn signed_by(world: &World, update: &UpdateBuilder, who: &[usize]) -> Result<Receipt, Refusal> {
    world.submit_signed(update, world.quorum.sign_by(who, world.digest(update)))
}

#[test]
fn submit_reverts_when_signatures_are_out_of_order_or_number() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    let who = world.quorum.addresses();
    refused::<V::VerifierSignatureOrder>(signed_by(&world, &update, &[0, 0, 1]), &[n(1), addr(who[0]), addr(who[0])]);
    refused::<V::VerifierSignatureOrder>(signed_by(&world, &update, &[1, 0, 2]), &[n(1), addr(who[1]), addr(who[0])]);
    refused::<V::VerifierSignaturesLength>(signed_by(&world, &update, &[0, 1]), &[n(130), n(195)]);
    refused::<V::VerifierSignaturesLength>(signed_by(&world, &update, &[0, 1, 2, 3]), &[n(260), n(195)]);
    assert_eq!(world.value(0), 10_000, "nothing changed");
}

#[test]
fn submit_reverts_when_signature_is_malleated() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    let digest = world.digest(&update);
    let mut bytes = malleate(world.quorum.signature(0, digest)).to_vec();
    bytes.extend_from_slice(&world.quorum.sign_by(&[1, 2], digest));
    let refusal = world.submit_signed(&update, bytes.into()).expect_err("a high s is refused");
    assert!(refusal.is::<V::VerifierBadSignature>(), "{refusal}");
    assert_eq!(refusal.data[4..36], n(0).to_be_bytes::<32>(), "the first signature");
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
    refused::<V::VerifierModelInactive>(world.submit(&update), &[world.model_id.into()]);
    update.inner.model_id = [7; 32];
    refused::<V::VerifierUnknownModel>(world.submit(&update), &[B256::repeat_byte(7).into()]);
}

#[test]
fn submit_reverts_when_changes_differ_from_the_policy() {
    let world = World::new();
    let mut update = world.propose(1, &[(0, 13_107)]);
    let computed = update.inner.changes[0].new;
    update.inner.changes[0].new = computed + 1;
    let words = [n(0), n(u64::from(computed) + 1), n(u64::from(computed))];
    refused::<C::ControllerPolicyMismatch>(world.submit(&update), &words);
    assert_eq!(world.value(0), 10_000, "nothing changed");
}

#[test]
fn submit_reverts_when_update_is_replayed() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    world.submit(&update).unwrap_or_else(|refusal| panic!("{refusal}"));
    refused::<C::ControllerIdNotRising>(world.submit(&update), &[n(1), n(1)]);
}

#[test]
fn submit_reverts_when_expected_old_differs() {
    let world = World::new();
    let mut update = world.propose(1, &[(0, 13_107)]);
    update.inner.changes[0].expected_old = 9_999;
    refused::<C::ControllerExpectedOldMismatch>(world.submit(&update), &[n(0), n(9_999), n(10_000)]);
}

#[test]
fn submit_reverts_when_signers_have_rotated() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    let old = world.signer_epoch();
    let call = V::setSignersCall { signers: world.quorum.addresses(), threshold: 3 };
    world.net.send(world.governance, world.verifier, &call).expect("governance owns the verifier");
    assert_eq!(world.signer_epoch(), old + 1);
    let refusal = world.submit(&update).expect_err("signed for the set before");
    assert!(refusal.is::<V::VerifierSignerEpoch>(), "{refusal}");
    let mut numbers = [U256::from_be_slice(&refusal.data[4..36]), U256::from_be_slice(&refusal.data[36..68])];
    numbers.sort();
    assert_eq!(numbers, [n(old), n(old + 1)]);
}

#[test]
fn submit_reverts_when_expired_or_not_yet_valid() {
    let world = World::new();
    let now = world.net.now();
    let mut update = world.propose(1, &[(0, 13_107)]);
    update.inner.valid_after = now + 3_600;
    refused::<C::ControllerNotYetValid>(world.submit(&update), &[n(now + 3_600)]);
    update.inner.valid_after = now - 10;
    update.inner.expires_at = now - 1;
    refused::<C::ControllerExpired>(world.submit(&update), &[n(now - 1)]);
}
