//! `verify`, `digest` and `infer`.

use alloy_primitives::{uint, Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_kit::{native, vm};
use motsu::prelude::*;

use super::{
    addresses, attesters, bytes, deploy, digest_of, identity, kpis, packed, policy, ramp, ramp_observations, sign,
    sign_all, update, verify, CHAIN, CONTROLLER, DATA, RAMP_OUTPUTS,
};
use crate::{error::*, Verifier};

/// Order of secp256k1.
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

#[motsu::test]
fn verify_works_for_every_quorum(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let signers = attesters();
    let wire = update().encode().unwrap();
    let digest = digest_of(&wire);
    for a in 0..5 {
        for b in a + 1..5 {
            for c in b + 1..5 {
                let signatures = sign_all([&signers[a], &signers[b], &signers[c]], digest);
                assert_eq!(verify(&verifier, &wire, &signatures).unwrap(), packed(RAMP_OUTPUTS));
            }
        }
    }
}

#[motsu::test]
fn verify_works_with_pool_scores_behind_the_observations(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let mut update = update();
    update.kpis.extend([65_536, 0, 131_072]);
    let wire = update.encode().unwrap();
    let signatures = sign_all(&attesters()[..3], digest_of(&wire));
    // The network reads the observations only.
    assert_eq!(verify(&verifier, &wire, &signatures).unwrap(), packed(RAMP_OUTPUTS));
}

#[motsu::test]
fn verify_follows_the_schema(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    // Observations shifted and doubled on the way in, undone by the schema: floor((2x + 10 - 10) / 2) = x.
    let mut schema = identity(12);
    for entry in &mut schema {
        (entry.mean, entry.scale, entry.shift) = (10, 1, 1);
    }
    let (code, model_id, kpi_schema) = policy(&ramp(), &schema);
    // The same network under another schema is the same model id, which is taken: use a fresh verifier.
    let other: Contract<Verifier> = Contract::random();
    other.sender(alice).constructor(alice, bob, &addresses(&attesters()), 3).motsu_unwrap();
    native::set_code(DATA, code);
    other.sender(alice).register_model(model_id, DATA, kpi_schema, 0).motsu_unwrap();
    let mut update = update();
    update.kpi_schema = kpi_schema.0;
    update.kpis = ramp_observations().iter().map(|kpi| 2 * kpi + 10).collect();
    let wire = update.encode().unwrap();
    let signatures = sign_all(&attesters()[..3], digest_of(&wire));
    assert_eq!(verify(&other, &wire, &signatures).unwrap(), packed(RAMP_OUTPUTS));
}

#[motsu::test]
fn verify_reverts_when_any_byte_of_the_update_is_changed(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let wire = update().encode().unwrap();
    let signatures = sign_all(&attesters()[..3], digest_of(&wire));
    for position in 0..wire.len() {
        let mut forged = wire.clone();
        forged[position] ^= 1;
        assert!(verify(&verifier, &forged, &signatures).is_err(), "byte {position}");
    }
    for position in 0..signatures.len() {
        let mut forged = signatures.clone();
        forged[position] ^= 1;
        assert!(verify(&verifier, &wire, &forged).is_err(), "signature byte {position}");
    }
}

#[motsu::test]
fn verify_reverts_when_the_bytes_are_no_update(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let wire = update().encode().unwrap();
    let refused = |wire: &[u8]| verify(&verifier, wire, &[]).unwrap_err();
    let malformed = |reason, have, want| VerifierMalformedUpdate { reason, have, want }.abi_encode();
    let length = u32::try_from(wire.len()).unwrap();
    let mut forged = wire.clone();
    forged[0] = 2;
    assert_eq!(refused(&forged), malformed(1, 2, 1));
    assert_eq!(refused(&[]), malformed(2, 0, 107));
    assert_eq!(refused(&wire[..wire.len() - 1]), malformed(2, length - 1, length));
    assert_eq!(refused(&[wire.clone(), vec![0]].concat()), malformed(2, length + 1, length));
    let mut forged = wire.clone();
    forged[105] = 49;
    assert_eq!(refused(&forged), malformed(3, 49, 48));
    let mut forged = wire.clone();
    forged[106 + 48] = 52;
    assert_eq!(refused(&forged), malformed(4, 52, 51));
}

#[motsu::test]
fn verify_reverts_when_signatures_are_too_few_or_too_many(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let signers = attesters();
    let wire = update().encode().unwrap();
    let all = sign_all(&signers, digest_of(&wire));
    for have in [0, 1, 64, 65, 130, 194, 196, 260, 325] {
        let expected = VerifierSignaturesLength { have: U256::from(have), want: U256::from(195) };
        assert_eq!(verify(&verifier, &wire, &all[..have]).unwrap_err(), expected.abi_encode());
    }
}

#[motsu::test]
fn verify_reverts_when_signers_are_not_strictly_ascending(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let signers = attesters();
    let wire = update().encode().unwrap();
    let refused = |order: [usize; 3]| {
        let signatures = sign_all(order.map(|n| &signers[n]), digest_of(&wire));
        verify(&verifier, &wire, &signatures).unwrap_err()
    };
    let expected = |index, previous: usize, signer: usize| {
        let (previous, signer) = (signers[previous].address(), signers[signer].address());
        VerifierSignatureOrder { index, previous, signer }.abi_encode()
    };
    // A signature counted twice.
    assert_eq!(refused([0, 0, 1]), expected(1, 0, 0));
    assert_eq!(refused([0, 1, 1]), expected(2, 1, 1));
    // The right signers in a wrong order.
    assert_eq!(refused([1, 0, 2]), expected(1, 1, 0));
    assert_eq!(refused([0, 2, 1]), expected(2, 2, 1));
    assert_eq!(refused([2, 1, 0]), expected(1, 2, 1));
}

#[motsu::test]
fn verify_reverts_when_a_signature_is_malformed(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let signers = attesters();
    let wire = update().encode().unwrap();
    let digest = digest_of(&wire);
    let good = sign_all(&signers[..3], digest);
    let refused = |index: usize, change: &dyn Fn(&mut [u8])| {
        let mut forged = good.clone();
        change(&mut forged[index * 65..(index + 1) * 65]);
        verify(&verifier, &wire, &forged).unwrap_err()
    };
    let bad = |index, reason| VerifierBadSignature { index, reason }.abi_encode();
    for v in [0, 1, 26, 29, 255] {
        assert_eq!(refused(1, &|signature| signature[64] = v), bad(1, 2));
    }
    // The mirrored twin of a valid signature recovers to the same signer, and is refused all the same.
    let twin = |signature: &mut [u8]| {
        let s = ORDER - U256::from_be_slice(&signature[32..64]);
        signature[32..64].copy_from_slice(&s.to_be_bytes::<32>());
        signature[64] = 55 - signature[64];
    };
    assert_eq!(refused(2, &twin), bad(2, 3));
    assert_eq!(refused(0, &|signature| signature[32..64].fill(0xff)), bad(0, 3));
    // r or s of zero, r beyond the order: no key made these.
    assert_eq!(refused(0, &|signature| signature[..32].fill(0)), bad(0, 4));
    assert_eq!(refused(0, &|signature| signature[32..64].fill(0)), bad(0, 4));
    assert_eq!(refused(0, &|signature| signature[..32].fill(0xff)), bad(0, 4));
}

#[motsu::test]
fn verify_reverts_when_a_stranger_signed(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let wire = update().encode().unwrap();
    let digest = digest_of(&wire);
    let stranger = Account::from_seed("stranger");
    let mut accounts = attesters()[..2].to_vec();
    accounts.push(stranger);
    accounts.sort_by_key(Account::address);
    let index = u8::try_from(accounts.iter().position(|a| *a == stranger).unwrap()).unwrap();
    let refused = verify(&verifier, &wire, &sign_all(&accounts, digest)).unwrap_err();
    assert_eq!(refused, VerifierUnknownSigner { index, signer: stranger.address() }.abi_encode());
}

#[motsu::test]
fn verify_reverts_when_made_for_another_controller_or_chain(
    verifier: Contract<Verifier>,
    alice: Address,
    bob: Address,
) {
    deploy(&verifier, alice, bob);
    let wire = update().encode().unwrap();
    let signatures = sign_all(&attesters()[..3], digest_of(&wire));
    let refused = verifier.sender(alice).verify(verifier.address(), &wire, &signatures).motsu_unwrap_err();
    let refused = bytes(refused);
    assert!(is_forged(&refused), "other controller: {refused:02x?}");
    VM::context().set_chain_id(CHAIN + 1);
    let refused = verify(&verifier, &wire, &signatures).unwrap_err();
    assert!(is_forged(&refused), "other chain: {refused:02x?}");
    VM::context().set_chain_id(CHAIN);
    verify(&verifier, &wire, &signatures).unwrap();
}

/// Over another digest a signature recovers to some other account or to none.
fn is_forged(refused: &[u8]) -> bool {
    [VerifierUnknownSigner::SELECTOR, VerifierSignatureOrder::SELECTOR, VerifierBadSignature::SELECTOR]
        .iter()
        .any(|selector| refused.starts_with(selector))
}

#[motsu::test]
fn verify_reverts_when_the_signer_epoch_is_another(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    for have in [0, 2, u64::MAX] {
        let mut update = update();
        update.signer_epoch = have;
        let wire = update.encode().unwrap();
        let signatures = sign_all(&attesters()[..3], digest_of(&wire));
        let refused = verify(&verifier, &wire, &signatures).unwrap_err();
        assert_eq!(refused, VerifierSignerEpoch { have, want: 1 }.abi_encode());
    }
}

#[motsu::test]
fn verify_reverts_when_the_model_is_unknown_or_of_another_schema(
    verifier: Contract<Verifier>,
    alice: Address,
    bob: Address,
) {
    deploy(&verifier, alice, bob);
    let refused = |change: &dyn Fn(&mut escapement_core::update::OwnedUpdate)| {
        let mut update = update();
        change(&mut update);
        let wire = update.encode().unwrap();
        verify(&verifier, &wire, &sign_all(&attesters()[..3], digest_of(&wire))).unwrap_err()
    };
    let other = B256::repeat_byte(7);
    assert_eq!(refused(&|u| u.model_id = other.0), VerifierUnknownModel { modelId: other }.abi_encode());
    let want = policy(&ramp(), &identity(12)).2;
    assert_eq!(refused(&|u| u.kpi_schema = other.0), VerifierSchemaHash { have: other, want }.abi_encode());
    let expected = VerifierPolicyInputs { expected: 12, actual: 11 };
    assert_eq!(refused(&|u| u.kpis.truncate(11)), expected.abi_encode());
}

#[motsu::test]
fn verify_reverts_when_the_data_contract_lost_its_code(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    native::set_code(DATA, Vec::new());
    let wire = update().encode().unwrap();
    let refused = verify(&verifier, &wire, &sign_all(&attesters()[..3], digest_of(&wire))).unwrap_err();
    assert_eq!(refused, VerifierPolicyLength { expected: 0, actual: 0 }.abi_encode());
}

#[motsu::test]
fn digest_works_and_binds_the_controller(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let wire = update().encode().unwrap();
    let digest = verifier.sender(alice).digest(CONTROLLER, &wire).motsu_unwrap();
    assert_eq!(digest, digest_of(&wire));
    let other = verifier.sender(alice).digest(alice, &wire).motsu_unwrap();
    assert_ne!(digest, other);
    let refused = verifier.sender(alice).digest(CONTROLLER, &[1]).motsu_unwrap_err();
    assert_eq!(bytes(refused), VerifierMalformedUpdate { reason: 2, have: 1, want: 107 }.abi_encode());
    assert_eq!(vm::chain_id(), CHAIN);
}

#[motsu::test]
fn infer_works_for_stopped_models_too(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let (_, model_id, _) = policy(&ramp(), &identity(12));
    verifier.sender(alice).set_model_active(model_id, false).motsu_unwrap();
    let outputs = verifier.sender(bob).infer(model_id, &kpis(&ramp_observations())).motsu_unwrap();
    assert_eq!(outputs, RAMP_OUTPUTS);
    // Values beyond 24 bits saturate at the schema: every KPI has an answer.
    verifier.sender(bob).infer(model_id, &kpis(&[i32::MIN; 12])).motsu_unwrap();
    let refused = verifier.sender(bob).infer(model_id, &kpis(&[0; 3])).motsu_unwrap_err();
    assert_eq!(bytes(refused), VerifierPolicyInputs { expected: 12, actual: 3 }.abi_encode());
    let unknown = B256::repeat_byte(9);
    let refused = verifier.sender(bob).infer(unknown, &kpis(&[0; 12])).motsu_unwrap_err();
    assert_eq!(bytes(refused), VerifierUnknownModel { modelId: unknown }.abi_encode());
}

#[motsu::test]
fn revoked_signers_signature_no_longer_counts(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let signers = attesters();
    verifier.sender(bob).revoke_signer(signers[1].address()).motsu_unwrap();
    // Everything signed for epoch 1 is void.
    let wire = update().encode().unwrap();
    let refused = verify(&verifier, &wire, &sign_all(&signers[..3], digest_of(&wire))).unwrap_err();
    assert_eq!(refused, VerifierSignerEpoch { have: 1, want: 2 }.abi_encode());
    // Signed anew, the revoked one is a stranger and the others still make a quorum.
    let mut update = update();
    update.signer_epoch = 2;
    let wire = update.encode().unwrap();
    let digest = digest_of(&wire);
    let refused = verify(&verifier, &wire, &sign_all(&signers[..3], digest)).unwrap_err();
    assert_eq!(refused, VerifierUnknownSigner { index: 1, signer: signers[1].address() }.abi_encode());
    let others = [&signers[0], &signers[2], &signers[4]];
    verify(&verifier, &wire, &sign_all(others, digest)).unwrap();
    assert_eq!(sign(&signers[0], digest).len(), 65);
}
