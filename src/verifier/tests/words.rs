//! Hand-made encodings against the generated ones, and where things are in storage.

use alloy_primitives::{Address, FixedBytes, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::policy::PolicyError;
use escapement_kit::vm;
use motsu::prelude::*;
use openzeppelin_stylus::access::ownable::{OwnableInvalidOwner, OwnableUnauthorizedAccount};

use super::{attesters, deploy, update, DATA};
use crate::{error::*, Error, Verifier};

/// The error as the contract encodes it, beside its generated encoding.
macro_rules! same {
    ($($error:expr),+ $(,)?) => {
        $({
            let generated = $error.abi_encode();
            assert_eq!(Vec::<u8>::from(Error::from($error)), generated, "{}", stringify!($error));
        })+
    };
}

#[test]
fn errors_are_encoded_as_solidity_does() {
    let account = Address::repeat_byte(0xab);
    let other = Address::repeat_byte(0x12);
    let (have, want) = (B256::repeat_byte(0xcd), B256::repeat_byte(0x34));
    same!(
        VerifierMalformedUpdate { reason: 4, have: u32::MAX, want: 51 },
        VerifierSignerEpoch { have: u64::MAX, want: 7 },
        VerifierBadQuorum { threshold: 9, signers: U256::from(16) },
        VerifierTooManySigners { signers: U256::MAX, most: U256::from(16) },
        VerifierSignersNotAscending { previous: account, next: other },
        VerifierNotSigner { account },
        VerifierSignaturesLength { have: U256::from(64), want: U256::from(195) },
        VerifierBadSignature { index: 2, reason: 4 },
        VerifierSignatureOrder { index: 1, previous: account, signer: other },
        VerifierUnknownSigner { index: 15, signer: account },
        VerifierUnknownModel { modelId: have },
        VerifierModelExists { modelId: have },
        VerifierModelInactive { modelId: have },
        VerifierUnsupportedKind { kind: 255 },
        VerifierModelHash { have, want },
        VerifierSchemaHash { have, want },
        VerifierPolicyLength { expected: 0, actual: 24_576 },
        VerifierPolicyPrefix { found: 96 },
        VerifierPolicyArch { dims: FixedBytes([12, 16, 17, 8]) },
        VerifierPolicyBounds { index: 7, lo: i32::MIN, hi: i32::MAX },
        VerifierPolicyBounds { index: 7, lo: 1, hi: -1 },
        VerifierPolicyShift { index: 3, shift: 64 },
        VerifierPolicyInputs { expected: 12, actual: 11 },
        VerifierPolicyObservation { index: 0, value: -8_388_609 },
        VerifierSequencerDown { since: 1_700_000_000 },
        VerifierSequencerGrace { until: u64::MAX },
        VerifierUptimeFeed { feed: account },
        OwnableUnauthorizedAccount { account },
        OwnableInvalidOwner { owner: Address::ZERO },
    );
}

#[test]
fn policy_errors_keep_their_numbers() {
    let arch: Vec<u8> = Error::from(PolicyError::Arch { dims: [1, 2, 3, 4] }).into();
    assert_eq!(arch, VerifierPolicyArch { dims: FixedBytes([1, 2, 3, 4]) }.abi_encode());
    let observation: Vec<u8> = Error::from(PolicyError::Observation { index: 5, value: -9 }).into();
    assert_eq!(observation, VerifierPolicyObservation { index: 5, value: -9 }.abi_encode());
}

#[motsu::test]
fn storage_layout_is_the_documented_one(verifier: Contract<Verifier>, alice: Address, bob: Address, carol: Address) {
    deploy(&verifier, alice, bob);
    verifier.sender(alice).transfer_ownership(carol).motsu_unwrap();
    verifier.sender(alice).set_uptime_feed(DATA, 0x0102_0304).motsu_unwrap();
    let slot = |number: u64| vm::load(&U256::from(number).into());
    assert_eq!(slot(0), alice.into_word(), "owner");
    assert_eq!(slot(1), carol.into_word(), "owner-to-be");
    assert_eq!(slot(2), bob.into_word(), "guardian");
    // From the low end: feed 20 bytes, grace 4, epoch 6, threshold 1, count 1.
    let mut word = vec![5, 3, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4];
    word.extend_from_slice(DATA.as_slice());
    assert_eq!(slot(3), B256::from_slice(&word));
    for (number, signer) in (4..).zip(attesters()) {
        assert_eq!(slot(number), signer.address().into_word());
    }
    assert!((9..20).all(|number| slot(number).is_zero()));
    // The roots are hashes of their names, less one.
    let root = |name: &str| U256::from_be_bytes(vm::keccak(name.as_bytes()).0) - U256::from(1);
    let entry = |key: B256, root: U256| vm::keccak(&[key.0, root.to_be_bytes::<32>()].concat());
    let flag = entry(attesters()[0].address().into_word(), root("escapement.verifier.signers"));
    assert_eq!(vm::load(&flag), B256::with_last_byte(1));
    let record = entry(update().model_id.into(), root("escapement.verifier.models"));
    // From the low end: data contract 20 bytes, kind 1, active 1.
    let mut word = vec![0; 10];
    word.extend_from_slice(&[1, 0]);
    word.extend_from_slice(DATA.as_slice());
    assert_eq!(vm::load(&record), B256::from_slice(&word));
    let second = U256::from_be_bytes(record.0) + U256::from(1);
    assert_eq!(vm::load(&second.into()).0, update().kpi_schema);
}
