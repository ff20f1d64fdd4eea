//! VER-09: what is no proven policy.

use alloy_primitives::{B256, FixedBytes, U256, keccak256};
use ark_bn254::{Fq, Fq2, G2Affine};
use ark_ec::AffineRepr as _;
use ark_ff::{BigInteger as _, PrimeField as _};
use escapement_agent::bindings::verifier::{IVerifier as V, ModelRegistered};
use escapement_chain::{Chain, Config};
use escapement_core::policy::{
    Arch,
    proven::{BASE_FIELD, KEY_SIZE, OwnedProven},
};
use escapement_e2e::{GENESIS, Net, Quorum, refused, verifier};

use crate::{
    bench::{Bench, COSIGN_ABOVE, id, policy, schema_id},
    common::prover_of,
};

fn word(value: Fq) -> Vec<u8> {
    value.into_bigint().to_bytes_be()
}

/// A point of the twist as the key has it.
fn twist(point: G2Affine) -> Vec<u8> {
    [point.x.c1, point.x.c0, point.y.c1, point.y.c0].map(word).concat()
}

/// A point of the twist that is not in the subgroup.
fn stray() -> Vec<u8> {
    let candidates =
        (1u64..).filter_map(|n| G2Affine::get_point_from_x_unchecked(Fq2::new(n.into(), 1u64.into()), false));
    let stray = candidates.into_iter().find(|point| !point.is_in_correct_subgroup_assuming_on_curve());
    twist(stray.expect("almost every point is one"))
}

#[test]
fn a_registered_policy_can_be_read_back() {
    let bench = Bench::new();
    let world = &bench.world;
    let call = V::circuitCall { model_id: bench.model_id };
    let circuit = world.net.view(world.verifier, &call).unwrap();
    assert_eq!(circuit._0, keccak256(bench.policy.key));
    assert_eq!(circuit._1.0, bench.policy.commitment);
    assert_eq!((circuit._2, circuit._3), (FixedBytes([12, 16, 16, 8]), COSIGN_ABOVE));
    let development = |model_id| world.net.view(world.verifier, &V::isDevelopmentKeyCall { model_id }).unwrap();
    assert!(development(bench.model_id));
    let record = world.net.view(world.verifier, &V::modelCall { model_id: bench.model_id }).unwrap();
    assert_eq!((record._1, record._2, record._3), (world.kpi_schema, 1, true));
    // Of a signed policy and of none there is nothing to read, and a proven one cannot be run.
    for model_id in [world.model_id, B256::repeat_byte(7)] {
        let none = world.net.view(world.verifier, &V::circuitCall { model_id }).unwrap();
        assert_eq!((none._0, none._1, none._2, none._3), (B256::ZERO, B256::ZERO, FixedBytes::ZERO, 0));
        assert!(!development(model_id));
    }
    let infer = V::inferCall { model_id: bench.model_id, kpis: vec![0; 12] };
    refused(world.net.view(world.verifier, &infer), &V::VerifierUnsupportedKind(1));
    refused(bench.register(&bench.policy), &V::VerifierModelExists(bench.model_id));
    // Another limit is another policy.
    let mut other = bench.policy.clone();
    other.cosign_above = 0;
    let receipt = bench.register(&other).unwrap();
    assert_eq!(receipt.events::<ModelRegistered>()[0].modelId, id(&other));
}

#[test]
fn a_bad_key_is_refused() {
    let bench = Bench::new();
    let before = bench.world.storage();
    let with = |at: usize, bytes: &[u8]| {
        let mut policy = bench.policy.clone();
        policy.key[at..at + bytes.len()].copy_from_slice(bytes);
        policy
    };
    let bad = |reason, index| V::VerifierBadKey { _0: reason, _1: index };
    let key = bench.policy.key;
    let words = KEY_SIZE / 32;
    for n in 0..words {
        let index = u8::try_from(n).unwrap();
        refused(bench.register(&with(32 * n, &BASE_FIELD)), &bad(1, index));
        // Off the curve by one unit: in G1 by the point, in G2 by the group.
        let word = U256::from_be_slice(&key[32 * n..32 * n + 32]);
        let off = (word ^ U256::ONE).to_be_bytes::<32>();
        let expected = if (2..14).contains(&n) { bad(6, 2) } else { bad(5, index & !1) };
        refused(bench.register(&with(32 * n, &off)), &expected);
    }
    for index in [0u8, 14, 16, 18, 20, 22, 24] {
        refused(bench.register(&with(32 * usize::from(index), &[0; 64])), &bad(2, index));
    }
    let [beta, gamma, delta] = [2usize, 6, 10].map(|n| 32 * n);
    for (at, index) in [(beta, 2), (gamma, 6), (delta, 10)] {
        refused(bench.register(&with(at, &[0; 128])), &bad(2, index));
        refused(bench.register(&with(at, &stray())), &bad(6, 2));
    }
    // Delta equal to gamma, opposite to it, and the generator: each lets everybody forge.
    refused(bench.register(&with(delta, &key[gamma..gamma + 128])), &bad(3, 0));
    refused(bench.register(&with(beta, &key[delta..delta + 128])), &bad(3, 0));
    let mut opposite = with(delta, &key[gamma..gamma + 128]);
    for at in [delta + 64, delta + 96] {
        let y = U256::from_be_slice(&opposite.key[at..at + 32]);
        opposite.key[at..at + 32].copy_from_slice(&(U256::from_be_bytes(BASE_FIELD) - y).to_be_bytes::<32>());
    }
    refused(bench.register(&opposite), &bad(3, 0));
    refused(bench.register(&with(delta, &twist(G2Affine::generator()))), &bad(4, 0));
    assert_eq!(bench.world.storage(), before, "nothing was written");
    // Gamma may be the generator.
    bench.register(&with(gamma, &twist(G2Affine::generator()))).unwrap();
}

/// PRV-09: the base is worked out once, so it decides which network proofs are for.
#[test]
fn a_base_of_another_network_is_refused() {
    let bench = Bench::new();
    let key = &prover_of(Arch::A1).key().verifying;
    let with = |base| OwnedProven { base, cosign_above: 1, ..bench.policy.clone() };
    let other = |by: u8| {
        let mut commitment = bench.policy.commitment;
        commitment[31] ^= by;
        commitment
    };
    let [x, y] = [0, 32].map(|at| U256::from_be_slice(&bench.policy.base[at..at + 32]));
    let opposite = [x, U256::from_be_bytes(BASE_FIELD) - y].map(|word| word.to_be_bytes::<32>()).concat();
    let constant = bench.policy.key[14 * 32..16 * 32].try_into().unwrap();
    let bases = [key.base(&other(1)).unwrap(), opposite.try_into().unwrap(), constant, [0; 64]];
    for base in bases {
        refused(bench.register(&with(base)), &V::VerifierBadKey { _0: 7, _1: 0 });
    }
    let renamed = OwnedProven { commitment: other(2), ..with(bench.policy.base) };
    refused(bench.register(&renamed), &V::VerifierBadKey { _0: 7, _1: 0 });
    bench.register(&with(bench.policy.base)).unwrap();
}

#[test]
fn bytes_that_are_no_policy_are_refused() {
    let bench = Bench::new();
    let mut policy = bench.policy.clone();
    policy.cosign_above = 1;
    let (code, model_id, schema) = (policy.code().unwrap(), id(&policy), schema_id(&policy.schema));
    let length = |actual| V::VerifierPolicyLength { _0: 1_044, _1: actual };
    refused(bench.register_code(&code[..1_044], model_id, schema), &length(1_043));
    refused(bench.register_code(&[&code[..], &[0]].concat(), model_id, schema), &length(1_045));
    let with = |at: usize, byte: u8| {
        let mut code = code.clone();
        code[at] = byte;
        code
    };
    refused(bench.register_code(&with(0, 1), model_id, schema), &V::VerifierPolicyPrefix(1));
    refused(bench.register_code(&with(1, 16), model_id, schema), &V::VerifierPolicyArch([16, 16, 16, 8].into()));
    refused(bench.register_code(&with(113, 64), model_id, schema), &V::VerifierPolicyShift { _0: 0, _1: 64 });
    let other = with(8, 3);
    let hash = V::VerifierModelHash { _0: keccak256(&other[1..]), _1: model_id };
    refused(bench.register_code(&other, model_id, schema), &hash);
    let wrong = V::VerifierSchemaHash { _0: B256::repeat_byte(7), _1: schema };
    refused(bench.register_code(&code, model_id, B256::repeat_byte(7)), &wrong);
    // A proven policy is no signed one, and the other way round.
    let data = bench.world.net.code(bench.world.deployer, &code).unwrap();
    let call = |kind| V::registerModelCall { model_id, data, kpi_schema: schema, kind };
    let send = |kind| bench.world.net.send(bench.world.governance, bench.world.verifier, &call(kind));
    refused(send(0), &V::VerifierPolicyLength { _0: 0, _1: 1_045 });
    refused(send(2), &V::VerifierUnsupportedKind(2));
    send(1).unwrap();
}

/// The development key is refused on Arbitrum One, where everything else is the same.
#[test]
fn development_keys_stay_on_development_chains() {
    let (_, policy) = policy(Arch::A1);
    for (chain_id, allowed) in [(42_161, false), (1, false), (421_614, true), (412_346, true), (31_337, true)] {
        let config = Config { chain_id, ..Config::deterministic(GENESIS) };
        let net = Net { chain: Chain::new(config).unwrap() };
        let (deployer, governance) = (net.account(0), net.account(1));
        let verifier = verifier(&net, deployer, governance, governance, &Quorum::new(5, 3));
        let register = |key: [u8; KEY_SIZE]| {
            let policy = OwnedProven { key, ..policy.clone() };
            let data = net.code(deployer, &policy.code().unwrap()).unwrap();
            let kpi_schema = schema_id(&policy.schema);
            net.send(governance, verifier, &V::registerModelCall { model_id: id(&policy), data, kpi_schema, kind: 1 })
        };
        if allowed {
            register(policy.key).unwrap();
        } else {
            let circuit = keccak256(policy.key);
            let refusal = V::VerifierDevelopmentKey { _0: circuit, _1: U256::from(chain_id) };
            refused(register(policy.key), &refusal);
            // Any other key is taken.
            let mut other = policy.key;
            other.copy_within(14 * 32..16 * 32, 16 * 32);
            register(other).unwrap();
        }
    }
}
