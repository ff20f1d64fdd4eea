//! The policy registry.

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolError;
use escapement_core::policy::{Arch, OwnedModel};
use escapement_kit::native;
use motsu::prelude::*;

use super::{addresses, attesters, bytes, deploy, identity, kpis, policy, ramp, update, verify, DATA};
use crate::{
    error::*,
    event::{ModelActivity, ModelRegistered},
    Verifier,
};

/// Another place for code.
const OTHER: Address = Address::with_last_byte(0x0d);

#[motsu::test]
fn register_model_works_for_both_architectures(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let (code, model_id, kpi_schema) = policy(&OwnedModel::zero(Arch::A2), &identity(16));
    native::set_code(OTHER, code);
    verifier.sender(alice).register_model(model_id, OTHER, kpi_schema, 0).motsu_unwrap();
    assert_eq!(verifier.sender(bob).model(model_id), (OTHER, kpi_schema, 0, true));
    assert!(verifier.emitted(&ModelRegistered { modelId: model_id, kpiSchema: kpi_schema, data: OTHER, kind: 0 }));
    assert!(verifier.emitted(&ModelActivity { modelId: model_id, active: true, by: alice }));
    assert_eq!(verifier.sender(bob).model(B256::ZERO), (Address::ZERO, B256::ZERO, 0, false));
    let outputs = verifier.sender(bob).infer(model_id, &kpis(&[12_345; 16])).motsu_unwrap();
    assert_eq!(outputs, [0; 8]);
}

#[motsu::test]
fn register_model_reverts_when_the_code_is_not_the_policy(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    native::set_time(super::NOW);
    verifier.sender(alice).constructor(alice, bob, &addresses(&attesters()), 3).motsu_unwrap();
    let (code, model_id, kpi_schema) = policy(&ramp(), &identity(12));
    let refused = |code: &[u8], id, schema, kind| {
        native::set_code(DATA, code.to_vec());
        bytes(verifier.sender(alice).register_model(id, DATA, schema, kind).motsu_unwrap_err())
    };
    let flip = |position: usize| {
        let mut forged = code.clone();
        forged[position] ^= 1;
        forged
    };
    assert_eq!(refused(&code, model_id, kpi_schema, 2), VerifierUnsupportedKind { kind: 2 }.abi_encode());
    let length =
        |actual: usize| VerifierPolicyLength { expected: 0, actual: u32::try_from(actual).unwrap() }.abi_encode();
    assert_eq!(refused(&[], model_id, kpi_schema, 0), length(0));
    assert_eq!(refused(&code[..code.len() - 1], model_id, kpi_schema, 0), length(code.len() - 1));
    assert_eq!(refused(&[code.clone(), vec![0]].concat(), model_id, kpi_schema, 0), length(code.len() + 1));
    assert_eq!(refused(&flip(0), model_id, kpi_schema, 0), VerifierPolicyPrefix { found: 1 }.abi_encode());
    // One bit of a weight, one bit of the schema.
    let refused_weight = refused(&flip(1), model_id, kpi_schema, 0);
    assert_eq!(refused_weight[..4], VerifierModelHash::SELECTOR);
    assert_eq!(refused_weight[36..], model_id.0);
    let last = code.len() - 2;
    let refused_schema = refused(&flip(last), model_id, kpi_schema, 0);
    assert_eq!(refused_schema[..4], VerifierSchemaHash::SELECTOR);
    assert_eq!(refused_schema[36..], kpi_schema.0);
    // Names for the right code.
    let other = B256::repeat_byte(1);
    let expected = VerifierModelHash { have: model_id, want: other };
    assert_eq!(refused(&code, other, kpi_schema, 0), expected.abi_encode());
    let expected = VerifierSchemaHash { have: kpi_schema, want: other };
    assert_eq!(refused(&code, model_id, other, 0), expected.abi_encode());
    // A schema entry that shifts too far.
    let mut forged = code.clone();
    *forged.last_mut().unwrap() = 64;
    assert_eq!(refused(&forged, model_id, kpi_schema, 0), VerifierPolicyShift { index: 11, shift: 64 }.abi_encode());
    assert_eq!(verifier.sender(alice).model(model_id).0, Address::ZERO);
}

#[motsu::test]
fn register_model_reverts_when_an_output_is_not_bounded_by_one_step(
    verifier: Contract<Verifier>,
    alice: Address,
    bob: Address,
) {
    deploy(&verifier, alice, bob);
    let (code, model_id, kpi_schema) = policy(&ramp(), &identity(12));
    // The bounds are the last words of the network: eight lower, then eight upper ones.
    let bounds = 1 + Arch::A1.model_len() - 64;
    let refused = |output: u8, lo: i32, hi: i32| {
        let mut forged = code.clone();
        let at = bounds + 4 * usize::from(output);
        forged[at..at + 4].copy_from_slice(&lo.to_le_bytes());
        forged[at + 32..at + 36].copy_from_slice(&hi.to_le_bytes());
        native::set_code(OTHER, forged);
        bytes(verifier.sender(alice).register_model(model_id, OTHER, kpi_schema, 0).motsu_unwrap_err())
    };
    verifier.sender(alice).set_model_active(model_id, false).motsu_unwrap();
    let exists = VerifierModelExists { modelId: model_id }.abi_encode();
    assert_eq!(refused(0, 0, 0), exists, "a record never changes");
    let fresh: Contract<Verifier> = Contract::random();
    fresh.sender(alice).constructor(alice, bob, &addresses(&attesters()), 3).motsu_unwrap();
    let refused = |output: u8, lo: i32, hi: i32| {
        let mut forged = code.clone();
        let at = bounds + 4 * usize::from(output);
        forged[at..at + 4].copy_from_slice(&lo.to_le_bytes());
        forged[at + 32..at + 36].copy_from_slice(&hi.to_le_bytes());
        native::set_code(OTHER, forged);
        bytes(fresh.sender(alice).register_model(model_id, OTHER, kpi_schema, 0).motsu_unwrap_err())
    };
    for (index, lo, hi) in
        [(0, -65_537, 65_536), (3, -65_536, 65_537), (7, 1, 0), (5, i32::MIN, i32::MAX), (1, -131_072, 131_072)]
    {
        assert_eq!(refused(index, lo, hi), VerifierPolicyBounds { index, lo, hi }.abi_encode());
    }
}

#[motsu::test]
fn set_model_active_stops_and_resumes(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let model_id = B256::from(update().model_id);
    let wire = update().encode().unwrap();
    let signatures = super::sign_all(&attesters()[..3], super::digest_of(&wire));
    verifier.sender(bob).set_model_active(model_id, false).motsu_unwrap();
    assert!(verifier.emitted(&ModelActivity { modelId: model_id, active: false, by: bob }));
    let refused = verify(&verifier, &wire, &signatures).unwrap_err();
    assert_eq!(refused, VerifierModelInactive { modelId: model_id }.abi_encode());
    verifier.sender(alice).set_model_active(model_id, true).motsu_unwrap();
    verify(&verifier, &wire, &signatures).unwrap();
    let unknown = B256::repeat_byte(3);
    for active in [false, true] {
        let refused = verifier.sender(alice).set_model_active(unknown, active).motsu_unwrap_err();
        assert_eq!(bytes(refused), VerifierUnknownModel { modelId: unknown }.abi_encode());
    }
}
