//! The published interface is what the router answers.

use std::collections::BTreeSet;

use alloy_primitives::{keccak256, Address, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolInterface};
use motsu::prelude::*;

use super::{attesters, deploy, update, CONTROLLER};
use crate::{
    error::*,
    router::sol::IVerifier::{self as I, IVerifierCalls, IVerifierErrors},
    Verifier,
};

/// Sends raw calldata.
fn raw(verifier: &Contract<Verifier>, who: Address, calldata: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let (selector, input) = calldata.split_first_chunk().ok_or_else(Vec::new)?;
    let mut call = verifier.sender(who);
    call.dispatch(u32::from_be_bytes(*selector), input).motsu_res().map_err(|error| error.0)
}

#[motsu::test]
fn every_function_is_routed(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let (controller, model_id, bytes) = (CONTROLLER, B256::ZERO, vec![1u8]);
    let signers: Vec<Address> = attesters().iter().map(Account::address).collect();
    let (update, report, signatures) = (bytes.clone().into(), bytes.clone().into(), bytes.clone().into());
    let calls = [
        I::verifyCall { controller, update, signatures }.abi_encode(),
        I::digestCall { controller, update: bytes.clone().into() }.abi_encode(),
        I::inferCall { model_id, kpis: vec![] }.abi_encode(),
        I::reportCall { controller, report, signatures: bytes.clone().into() }.abi_encode(),
        I::reportDigestCall { controller, report: bytes.into() }.abi_encode(),
        I::reportOfCall { controller, report_id: 1 }.abi_encode(),
        I::setSignersCall { signers, threshold: 4 }.abi_encode(),
        I::revokeSignerCall { signer: alice }.abi_encode(),
        I::registerModelCall { model_id, data: alice, kpi_schema: model_id, kind: 1 }.abi_encode(),
        I::setModelActiveCall { model_id, active: true }.abi_encode(),
        I::setUptimeFeedCall { feed: Address::ZERO, grace: 1 }.abi_encode(),
        I::setGuardianCall { guardian: bob }.abi_encode(),
        I::signersCall {}.abi_encode(),
        I::isSignerCall { account: bob }.abi_encode(),
        I::thresholdCall {}.abi_encode(),
        I::signerEpochCall {}.abi_encode(),
        I::modelCall { model_id }.abi_encode(),
        I::circuitCall { model_id }.abi_encode(),
        I::isDevelopmentKeyCall { model_id }.abi_encode(),
        I::uptimeFeedCall {}.abi_encode(),
        I::guardianCall {}.abi_encode(),
        I::ownerCall {}.abi_encode(),
        I::pendingOwnerCall {}.abi_encode(),
        I::transferOwnershipCall { new_owner: bob }.abi_encode(),
        I::acceptOwnershipCall {}.abi_encode(),
    ];
    let listed: BTreeSet<[u8; 4]> = calls.iter().map(|call| *call.first_chunk().unwrap()).collect();
    assert_eq!(listed, IVerifierCalls::selectors().collect());
    for call in calls {
        // A function that is not routed reverts without data.
        assert_ne!(raw(&verifier, alice, &call), Err(vec![]), "{call:?}");
    }
    assert_eq!(verifier.sender(bob).threshold(), 4);
}

#[test]
fn errors_are_the_published_ones() {
    let published: BTreeSet<[u8; 4]> = IVerifierErrors::selectors().collect();
    let text = include_str!("../error.rs");
    let declared = text.matches("\n    error Verifier").count();
    // And the two of OpenZeppelin's ownership.
    assert_eq!(published.len(), declared + 2);
    for selector in [VerifierMalformedReport::SELECTOR, VerifierBadKey::SELECTOR, VerifierDevelopmentKey::SELECTOR] {
        assert!(published.contains(&selector));
    }
    let mut seen: BTreeSet<[u8; 4]> = [keccak256("stylus_constructor()")[..4].try_into().unwrap()].into();
    assert!(IVerifierCalls::selectors().all(|selector| seen.insert(selector)));
}

#[motsu::test]
fn answers_are_what_the_interface_says(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let ask = |call: Vec<u8>| raw(&verifier, bob, &call).unwrap();
    let signers = I::signersCall::abi_decode_returns(&ask(I::signersCall {}.abi_encode()), true).unwrap()._0;
    assert_eq!(signers, attesters().iter().map(Account::address).collect::<Vec<_>>());
    let model_id = B256::from(update().model_id);
    let model = I::modelCall { model_id }.abi_encode();
    let model = I::modelCall::abi_decode_returns(&ask(model), true).unwrap();
    assert_eq!((model._1.0, model._2, model._3), (update().kpi_schema, 0, true));
    // Negative values come in and go out sign-extended.
    let kpis = update().kpis;
    let infer = I::inferCall { model_id, kpis: kpis.clone() }.abi_encode();
    let outputs = I::inferCall::abi_decode_returns(&ask(infer), true).unwrap()._0;
    assert_eq!(outputs, super::RAMP_OUTPUTS);
    assert!(kpis.iter().chain(&outputs).any(|value| *value < 0));
    let feed = I::uptimeFeedCall::abi_decode_returns(&ask(I::uptimeFeedCall {}.abi_encode()), true).unwrap();
    assert_eq!((feed._0, feed._1), (Address::ZERO, 0));
    let owner = I::ownerCall::abi_decode_returns(&ask(I::ownerCall {}.abi_encode()), true).unwrap()._0;
    assert_eq!(owner, alice);
}

#[motsu::test]
fn calls_revert_when_calldata_is_not_canonical(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let refused = |calldata: &[u8]| assert_eq!(raw(&verifier, alice, calldata), Err(vec![]), "{calldata:?}");
    refused(&[]);
    refused(&[1, 2, 3, 4]);
    let flip = |good: &[u8], at: usize| {
        let mut dirty = good.to_vec();
        dirty[at] = 1;
        dirty
    };
    let good = I::isSignerCall { account: alice }.abi_encode();
    for at in 4..16 {
        refused(&flip(&good, at));
    }
    refused(&good[..35]);
    refused(&[&good[..], &[0]].concat());
    // Accounts in a list, values in a list, a boolean, a short integer.
    let list = I::setSignersCall { signers: vec![alice], threshold: 1 }.abi_encode();
    refused(&flip(&list, 4 + 3 * 32));
    refused(&flip(&list, 4 + 32));
    let infer = I::inferCall { model_id: B256::ZERO, kpis: vec![1, -1] }.abi_encode();
    refused(&flip(&infer, 4 + 3 * 32));
    refused(&flip(&infer, 4 + 4 * 32));
    let active = I::setModelActiveCall { model_id: B256::ZERO, active: true }.abi_encode();
    let mut two = active.clone();
    *two.last_mut().unwrap() = 2;
    refused(&two);
    refused(&flip(&I::reportOfCall { controller: CONTROLLER, report_id: 1 }.abi_encode(), 4 + 32 + 23));
    alice.fund(U256::from(1));
    let mut payer = verifier.sender_and_value(alice, U256::from(1));
    let paid = payer.dispatch(u32::from_be_bytes(I::ownerCall::SELECTOR), &[]).motsu_res();
    assert_eq!(paid.map_err(|error| error.0), Err(vec![]));
}
