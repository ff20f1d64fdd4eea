//! VER-07 to VER-11: proven updates, with precompiles that answer what a test wants. What the curve has to say is tested
//! on the compiled contract.

use std::{borrow::BorrowMut, cell::RefCell};

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::{
    policy::{
        proven::{public_inputs, Context, OwnedProven, BASE_FIELD, DEVELOPMENT_KEYS, KEY_SIZE, SCALAR_FIELD},
        Arch,
    },
    report::{OwnedReport, Report},
    update::{OwnedUpdate, Update},
};
use escapement_kit::{native, vm};
use motsu::prelude::*;
use stylus_sdk::{
    abi::Router,
    prelude::*,
    stylus_core::{TopLevelStorage, ValueDenier},
    ArbResult,
};

use super::{attesters, bytes, deploy, digest_of, identity, packed, sign_all, update, verify, CHAIN, CONTROLLER};
use crate::{error::*, Verifier, KIND_PROVEN};

/// Where the proven policy of the fixture is.
const PLACE: Address = Address::with_last_byte(0xdb);
/// Outputs of the fixture: all below its limit.
const OUTPUTS: [i32; 8] = [1_000, -1_000, 0, 30_000, -30_000, 5, -5, 0];

/// A word whose last byte is this.
fn low(byte: u8) -> Vec<u8> {
    B256::with_last_byte(byte).to_vec()
}

thread_local! {
    /// What the precompiles 6, 7 and 8 answer; `None` is a failure.
    static ANSWERS: RefCell<[Option<Vec<u8>>; 3]> = const { RefCell::new([const { None }; 3]) };
    /// What they were asked.
    static ASKED: RefCell<Vec<(u8, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

/// A precompile that answers as told.
#[storage]
struct Precompile {}

// SAFETY: the only storage struct of its contract, without fields.
unsafe impl TopLevelStorage for Precompile {}

fn answer(input: Vec<u8>) -> ArbResult {
    let [.., number] = vm::this().0 .0;
    ASKED.with(|asked| asked.borrow_mut().push((number, input)));
    ANSWERS.with(|answers| answers.borrow()[usize::from(number) - 6].clone()).ok_or_else(Vec::new)
}

impl<S: TopLevelStorage + BorrowMut<Self> + ValueDenier> Router<S> for Precompile {
    type Storage = Self;

    fn route(_: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        Some(answer([&selector.to_be_bytes()[..], input].concat()))
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, input: &[u8]) -> Option<ArbResult> {
        Some(answer(input.to_vec()))
    }

    fn constructor(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }
}

/// Precompiles that take everything: a sum is 0x66.., a product 0x77.., every pairing holds.
fn mock_precompiles() -> [Contract<Precompile>; 3] {
    healthy();
    [6, 7, 8].map(|number| Contract::new_at(Address::with_last_byte(number)))
}

fn healthy() {
    ANSWERS.with(|answers| {
        *answers.borrow_mut() = [Some(vec![0x06; 64]), Some(vec![0x07; 64]), Some(low(1))];
    });
    ASKED.with(|asked| asked.borrow_mut().clear());
}

/// A key whose word `i` is the number 7 + i.
fn key() -> [u8; KEY_SIZE] {
    let mut key = [0; KEY_SIZE];
    for (word, number) in key.chunks_exact_mut(32).zip(7..) {
        word[31] = number;
    }
    key
}

fn fixture() -> OwnedProven {
    // The base is what the sum of the precompile is.
    let (schema, base) = (identity(12), [0x06; 64]);
    OwnedProven { arch: Arch::A1, cosign_above: 30_000, commitment: [3; 32], base, schema, key: key() }
}

fn id(policy: &OwnedProven) -> B256 {
    vm::keccak(&policy.encode().unwrap())
}

fn register(verifier: &Contract<Verifier>, alice: Address, policy: &OwnedProven) -> Result<(), Vec<u8>> {
    native::set_code(PLACE, policy.code().unwrap());
    let schema = B256::from(update().kpi_schema);
    verifier.sender(alice).register_model(id(policy), PLACE, schema, KIND_PROVEN).motsu_res().map_err(bytes)
}

/// An update of the proven policy.
fn proven_update() -> OwnedUpdate {
    OwnedUpdate { model_id: id(&fixture()).0, ..update() }
}

/// Stores the report that `update` rests on; returns its digest.
fn store_report(verifier: &Contract<Verifier>, alice: Address, update: &OwnedUpdate) -> B256 {
    let wire = update.encode().unwrap();
    let report = Report::of_update(&Update::decode(&wire).unwrap());
    let digest = report.digest(CHAIN, &CONTROLLER.0 .0, |data| vm::keccak(data).0).into();
    let wire = OwnedReport::from(report).encode().unwrap();
    let signatures = sign_all(&attesters()[..3], digest);
    verifier.sender(alice).report(CONTROLLER, &wire, &signatures).motsu_unwrap();
    digest
}

/// Proof word `i` is the number 100 + i.
fn attestation(outputs: [i32; 8]) -> Vec<u8> {
    let proof: Vec<u8> = (100..108).flat_map(low).collect();
    [packed(outputs).to_vec(), proof].concat()
}

fn rejected(stage: u8) -> Vec<u8> {
    VerifierProofRejected { stage }.abi_encode()
}

#[motsu::test]
fn the_precompiles_are_asked_for_exactly_this(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let _mocks = mock_precompiles();
    register(&verifier, alice, &fixture()).unwrap();
    let update = proven_update();
    let report = store_report(&verifier, alice, &update);
    let wire = update.encode().unwrap();
    healthy();
    assert_eq!(verify(&verifier, &wire, &attestation(OUTPUTS)).unwrap(), packed(OUTPUTS));
    let context = Context {
        chain_id: CHAIN,
        verifier: verifier.address().0 .0,
        controller: CONTROLLER.0 .0,
        model_id: update.model_id,
        report: report.0,
        update: digest_of(&wire).0,
    };
    let context = context.hash(|data| vm::keccak(data).0);
    let inputs = public_inputs(context, [3; 32], &update.kpis, &OUTPUTS).unwrap();
    assert!(inputs.iter().all(|input| *input < SCALAR_FIELD));
    let (g1, asked) = (|word: u8| [low(word), low(word + 1)].concat(), ASKED.with(|asked| asked.borrow().clone()));
    let mut expected = vec![];
    for (number, input) in (0u8..).zip(inputs) {
        // Constant and commitment are in the base. IC_0 is word 14 of the key, whose words are numbered from 7.
        if number != 1 {
            expected.push((7, [g1(7 + 16 + 2 * number), input.to_vec()].concat()));
            expected.push((6, [[0x06; 64], [0x07; 64]].concat()));
        }
    }
    let minus_y = (U256::from_be_bytes(BASE_FIELD) - U256::from(101)).to_be_bytes::<32>().to_vec();
    let words = |range: core::ops::Range<u8>| range.flat_map(low).collect::<Vec<u8>>();
    let pairing = [
        low(100),
        minus_y,
        words(102..106),
        words(7..9),
        words(9..13),
        vec![0x06; 64],
        words(13..17),
        words(106..108),
        words(17..21),
    ];
    expected.push((8, pairing.concat()));
    assert_eq!(asked, expected);
}

#[motsu::test]
fn precompiles_fail_closed(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let mocks = mock_precompiles();
    register(&verifier, alice, &fixture()).unwrap();
    let update = proven_update();
    store_report(&verifier, alice, &update);
    let wire = update.encode().unwrap();
    let with = |number: usize, answer: Option<Vec<u8>>| {
        healthy();
        ANSWERS.with(|answers| answers.borrow_mut()[number - 6] = answer);
        verify(&verifier, &wire, &attestation(OUTPUTS))
    };
    for (number, stage, length) in [(6, 3, 64), (7, 2, 64), (8, 4, 32)] {
        assert_eq!(with(number, None), Err(rejected(stage)));
        for wrong in [0, 1, length - 1, length + 1, 2 * length] {
            assert_eq!(with(number, Some(vec![1; wrong])), Err(rejected(stage)), "{number} {wrong}");
        }
    }
    for other in
        [low(0), low(2), low(255), vec![1; 32], [&[1][..], &[0; 31]].concat(), [&[1][..], &low(1)[1..]].concat()]
    {
        assert_eq!(with(8, Some(other)), Err(rejected(5)));
    }
    // Where there is no precompile at all, a call succeeds with no bytes.
    healthy();
    drop(mocks);
    assert_eq!(verify(&verifier, &wire, &attestation(OUTPUTS)), Err(rejected(2)));
}

#[motsu::test]
fn verify_reverts_without_the_report(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let _mocks = mock_precompiles();
    register(&verifier, alice, &fixture()).unwrap();
    let update = proven_update();
    let wire = update.encode().unwrap();
    let unknown = VerifierReportUnknown { controller: CONTROLLER, reportId: 7 }.abi_encode();
    assert_eq!(verify(&verifier, &wire, &attestation(OUTPUTS)), Err(unknown));
    store_report(&verifier, alice, &update);
    verify(&verifier, &wire, &attestation(OUTPUTS)).unwrap();
    for at in 0..12 {
        let mut other = update.clone();
        other.kpis[at] ^= 1;
        let refused = verify(&verifier, &other.encode().unwrap(), &attestation(OUTPUTS)).unwrap_err();
        assert_eq!(refused[..4], VerifierReportMismatch::SELECTOR);
    }
    for length in [0, 31, 287] {
        let short = VerifierAttestationLength { have: U256::from(length), want: U256::from(288) }.abi_encode();
        assert_eq!(verify(&verifier, &wire, &attestation(OUTPUTS)[..length]), Err(short));
    }
    for at in 0..8usize {
        let mut outputs = OUTPUTS;
        outputs[at] = 65_537;
        let beyond = VerifierPolicyOutput { index: u8::try_from(at).unwrap(), value: 65_537 }.abi_encode();
        assert_eq!(verify(&verifier, &wire, &attestation(outputs)), Err(beyond));
        let mut forged = attestation(OUTPUTS);
        forged[32 + 32 * at..64 + 32 * at].copy_from_slice(&BASE_FIELD);
        assert_eq!(verify(&verifier, &wire, &forged), Err(rejected(1)));
    }
    verifier.sender(bob).set_model_active(id(&fixture()), false).motsu_unwrap();
    let stopped = VerifierModelInactive { modelId: id(&fixture()) }.abi_encode();
    assert_eq!(verify(&verifier, &wire, &attestation(OUTPUTS)), Err(stopped));
}

#[motsu::test]
fn signatures_come_exactly_above_the_limit(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let _mocks = mock_precompiles();
    register(&verifier, alice, &fixture()).unwrap();
    let update = proven_update();
    store_report(&verifier, alice, &update);
    let wire = update.encode().unwrap();
    let quorum = sign_all(&attesters()[..3], digest_of(&wire));
    let length = |have: usize, want: usize| {
        Err(VerifierSignaturesLength { have: U256::from(have), want: U256::from(want) }.abi_encode())
    };
    for at in 0..8 {
        for value in [30_001, -30_001, 65_536, -65_536] {
            let mut outputs = OUTPUTS;
            outputs[at] = value;
            let signed = |signatures: &[u8]| verify(&verifier, &wire, &[&attestation(outputs), signatures].concat());
            assert_eq!(signed(&[]), length(0, 195));
            assert_eq!(signed(&quorum[..130]), length(130, 195));
            assert_eq!(signed(&quorum).unwrap(), packed(outputs));
        }
    }
    let superfluous = [attestation(OUTPUTS), quorum].concat();
    assert_eq!(verify(&verifier, &wire, &superfluous), length(195, 0));
}

#[motsu::test]
fn register_reverts_when_the_key_is_bad(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let _mocks = mock_precompiles();
    let bad = |reason, index| Err(VerifierBadKey { reason, index }.abi_encode());
    let with = |at: usize, bytes: &[u8]| {
        let mut policy = fixture();
        policy.key[at..at + bytes.len()].copy_from_slice(bytes);
        policy
    };
    assert_eq!(register(&verifier, alice, &with(5 * 32, &BASE_FIELD)), bad(1, 5));
    assert_eq!(register(&verifier, alice, &with(24 * 32, &[0; 64])), bad(2, 24));
    assert_eq!(register(&verifier, alice, &with(10 * 32, &key()[6 * 32..10 * 32])), bad(3, 0));
    let answers = |number: usize, answer: Option<Vec<u8>>| {
        healthy();
        ANSWERS.with(|answers| answers.borrow_mut()[number - 6] = answer);
    };
    answers(6, None);
    assert_eq!(register(&verifier, alice, &fixture()), bad(5, 0));
    for other in [None, Some(low(0)), Some(vec![])] {
        answers(8, other);
        assert_eq!(register(&verifier, alice, &fixture()), bad(6, 2));
    }
    // PRV-09: the points are good, their sum is not the base.
    answers(7, None);
    assert_eq!(register(&verifier, alice, &fixture()), bad(7, 0));
    for at in [0, 31, 63] {
        let mut policy = fixture();
        policy.base[at] ^= 1;
        healthy();
        assert_eq!(register(&verifier, alice, &policy), bad(7, 0));
    }
    let g1 = |word: u8| [low(word), low(word + 1)].concat();
    let base_asked = [(7, [g1(7 + 18), vec![3; 32]].concat()), (6, [g1(7 + 14), vec![0x07; 64]].concat())];
    assert!(ASKED.with(|asked| asked.borrow().ends_with(&base_asked)), "IC_0 + commitment IC_2");
    healthy();
    let found = OwnedProven { commitment: SCALAR_FIELD, ..fixture() };
    let commitment = VerifierBadCommitment { commitment: SCALAR_FIELD.into() }.abi_encode();
    assert_eq!(register(&verifier, alice, &found), Err(commitment));
    register(&verifier, alice, &fixture()).unwrap();
    let again = VerifierModelExists { modelId: id(&fixture()) }.abi_encode();
    assert_eq!(register(&verifier, alice, &fixture()), Err(again));
    let circuit = verifier.sender(bob).circuit(id(&fixture()));
    assert_eq!(circuit, (vm::keccak(&key()), B256::repeat_byte(3), [12, 16, 16, 8], 30_000));
    let model = verifier.sender(bob).model(id(&fixture()));
    assert_eq!(model, (PLACE, update().kpi_schema.into(), KIND_PROVEN, true));
}

/// The chain of the native tests is Arbitrum One: the real development keys are refused.
#[motsu::test]
fn register_reverts_when_the_key_is_a_development_key(verifier: Contract<Verifier>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let _mocks = mock_precompiles();
    let file = include_str!("../../core/vectors/dev-keys.txt");
    let keys: Vec<Vec<u8>> = file
        .lines()
        .filter_map(|line| line.strip_prefix("vk "))
        .map(|hex| (0..KEY_SIZE).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect())
        .collect();
    assert_eq!(keys.len(), DEVELOPMENT_KEYS.len());
    for (key, known) in keys.into_iter().zip(DEVELOPMENT_KEYS) {
        let policy = OwnedProven { key: key.try_into().unwrap(), ..fixture() };
        let refusal = VerifierDevelopmentKey { circuitId: known.into(), chainId: U256::from(CHAIN) };
        assert_eq!(register(&verifier, alice, &policy), Err(refusal.abi_encode()));
    }
}
