//! The signer set.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;
use motsu::prelude::*;
use openzeppelin_stylus::access::ownable::OwnableInvalidOwner;

use super::{addresses, attesters, bytes, deploy, digest_of, sign_all, update, verify};
use crate::{
    error::*,
    event::{SignerRevoked, SignersChanged},
    Verifier, MAX_SIGNERS,
};

/// `n` ascending addresses.
fn many(n: u8) -> Vec<Address> {
    (1..=n).map(Address::with_last_byte).collect()
}

#[motsu::test]
fn constructor_works(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let signers = addresses(&attesters());
    assert_eq!(verifier.sender(alice).owner(), alice);
    assert_eq!(verifier.sender(alice).guardian(), bob);
    assert_eq!(verifier.sender(alice).signers(), signers);
    assert_eq!(verifier.sender(alice).threshold(), 3);
    assert_eq!(verifier.sender(alice).signer_epoch(), 1);
    assert!(verifier.emitted(&SignersChanged { epoch: 1, signers, threshold: 3 }));
}

#[motsu::test]
fn constructor_reverts_when_the_owner_is_zero(verifier: Contract<Verifier>, alice: Address) {
    let refused = verifier.sender(alice).constructor(Address::ZERO, alice, &many(3), 2).motsu_unwrap_err();
    assert_eq!(bytes(refused), OwnableInvalidOwner { owner: Address::ZERO }.abi_encode());
}

#[motsu::test]
fn set_signers_takes_exactly_the_majorities(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    for n in 0..=u8::try_from(MAX_SIGNERS).unwrap() {
        for threshold in 0..=n + 2 {
            let result = verifier.sender(alice).set_signers(&many(n), threshold).motsu_res().map_err(bytes);
            if 2 * threshold > n && threshold <= n {
                result.unwrap();
                assert_eq!(verifier.sender(alice).signers(), many(n));
                assert_eq!(verifier.sender(alice).threshold(), threshold);
            } else {
                let expected = VerifierBadQuorum { threshold, signers: U256::from(n) };
                assert_eq!(result.unwrap_err(), expected.abi_encode(), "{threshold} of {n}");
            }
        }
    }
}

#[motsu::test]
fn set_signers_reverts_when_the_list_is_wrong(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let refused = |list: Vec<Address>| bytes(verifier.sender(alice).set_signers(&list, 2).motsu_unwrap_err());
    let [a, b] = [Address::with_last_byte(1), Address::with_last_byte(2)];
    let order = |previous, next| VerifierSignersNotAscending { previous, next }.abi_encode();
    assert_eq!(refused(vec![a, a]), order(a, a));
    assert_eq!(refused(vec![b, a]), order(b, a));
    assert_eq!(refused(vec![Address::ZERO, a]), order(Address::ZERO, Address::ZERO));
    let expected = VerifierTooManySigners { signers: U256::from(17), most: U256::from(16) };
    assert_eq!(refused(many(17)), expected.abi_encode());
    // The set in force is untouched.
    assert_eq!(verifier.sender(alice).signers(), addresses(&attesters()));
    assert_eq!(verifier.sender(alice).signer_epoch(), 1);
}

#[motsu::test]
fn set_signers_voids_the_set_before(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let signers = attesters();
    let kept = addresses(&signers[2..]);
    verifier.sender(alice).set_signers(&kept, 2).motsu_unwrap();
    assert!(verifier.emitted(&SignersChanged { epoch: 2, signers: kept.clone(), threshold: 2 }));
    for (n, signer) in signers.iter().enumerate() {
        assert_eq!(verifier.sender(alice).is_signer(signer.address()), n >= 2);
    }
    let mut update = update();
    let wire = update.encode().unwrap();
    let refused = verify(&verifier, &wire, &sign_all(&signers[2..4], digest_of(&wire))).unwrap_err();
    assert_eq!(refused, VerifierSignerEpoch { have: 1, want: 2 }.abi_encode());
    update.signer_epoch = 2;
    let wire = update.encode().unwrap();
    let refused = verify(&verifier, &wire, &sign_all(&signers[..2], digest_of(&wire))).unwrap_err();
    assert_eq!(refused, VerifierUnknownSigner { index: 0, signer: signers[0].address() }.abi_encode());
    verify(&verifier, &wire, &sign_all(&signers[2..4], digest_of(&wire))).unwrap();
    // An account that returns in a later set counts again.
    verifier.sender(alice).set_signers(&addresses(&signers), 3).motsu_unwrap();
    assert!(signers.iter().all(|signer| verifier.sender(alice).is_signer(signer.address())));
}

#[motsu::test]
fn revoke_signer_keeps_order_and_threshold(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let mut left = addresses(&attesters());
    for (count, index) in [2usize, 0, 2, 1].into_iter().enumerate() {
        let struck = left.remove(index);
        let by = if count % 2 == 0 { bob } else { alice };
        verifier.sender(by).revoke_signer(struck).motsu_unwrap();
        let epoch = 2 + count as u64;
        assert!(verifier.emitted(&SignerRevoked { epoch, signer: struck, by }));
        assert_eq!(verifier.sender(alice).signers(), left);
        assert_eq!(verifier.sender(alice).signer_epoch(), epoch);
        assert_eq!(verifier.sender(alice).threshold(), 3);
        assert!(!verifier.sender(alice).is_signer(struck));
        let refused = verifier.sender(by).revoke_signer(struck).motsu_unwrap_err();
        assert_eq!(bytes(refused), VerifierNotSigner { account: struck }.abi_encode());
    }
}

#[motsu::test]
fn verify_reverts_when_revocations_left_no_quorum(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let signers = attesters();
    for signer in &signers[..3] {
        verifier.sender(bob).revoke_signer(signer.address()).motsu_unwrap();
    }
    let mut update = update();
    update.signer_epoch = 4;
    let wire = update.encode().unwrap();
    // Two signers are left and three signatures are needed: it fails closed, whatever is handed in.
    let expected = VerifierBadQuorum { threshold: 3, signers: U256::from(2) }.abi_encode();
    for list in [&signers[3..], &signers[2..], &signers[..0]] {
        let refused = verify(&verifier, &wire, &sign_all(list, digest_of(&wire))).unwrap_err();
        assert_eq!(refused, expected);
    }
}

#[motsu::test]
fn verify_reverts_before_construction(verifier: Contract<Verifier>) {
    // Nothing is set: no signers, no threshold, epoch 0.
    let mut update = update();
    update.signer_epoch = 0;
    let wire = update.encode().unwrap();
    let model = super::policy(&super::ramp(), &super::identity(12)).1;
    assert_eq!(verify(&verifier, &wire, &[]).unwrap_err(), VerifierUnknownModel { modelId: model }.abi_encode());
}
