//! Proofs, and what must not be one.

mod common;

use std::sync::OnceLock;

use alloy_primitives::keccak256;
use ark_bn254::{Fq, Fr};
use ark_ff::{BigInteger, PrimeField};
use common::{prover, ramp};
use escapement_core::{
    policy::{
        Arch, Model, OUTPUT_ONE, OwnedModel, PolicyError, SchemaEntry, VALUE_MAX,
        proven::{Attestation, Context, PROOF_SIZE, Proven as PolicyFile},
    },
    update::Kpis,
};
use escapement_prover::{
    Proof, ProofFile, ProveError, Proven, Prover, VerifyingKey, Word, commitment, encoding::EncodingError,
    key::KeyKind, policy,
};
use num_bigint::BigUint;

fn context() -> Word {
    let mut context = [0x5a; 32];
    context[0] = 0;
    context
}

fn ramp_bytes() -> (Vec<u8>, Vec<i32>) {
    let (model, observations) = ramp(Arch::A1);
    (model.encode().unwrap(), observations)
}

/// A proof of the "ramp" model, made once.
fn proven() -> &'static Proven {
    static PROVEN: OnceLock<Proven> = OnceLock::new();
    PROVEN.get_or_init(|| {
        let (bytes, observations) = ramp_bytes();
        prover().prove(&Model::parse(&bytes).unwrap(), &observations, &context()).unwrap()
    })
}

fn shows(inputs: &[Word; 5], proof: &Proof) -> Result<bool, EncodingError> {
    prover().key().verifying.verify(inputs, proof)
}

/// PRF-12: as bytes, as a file, as an attestation.
#[test]
fn proofs_read_back() {
    let Proven { outputs, inputs, proof } = proven();
    assert_eq!(shows(inputs, proof), Ok(true));
    assert_eq!(&Proof::from_bytes(&proof.to_bytes()).unwrap(), proof);

    let file = ProofFile::new(prover().key(), proven());
    let text = serde_json::to_string(&file).unwrap();
    assert!(text.contains("\"key\":\"DEV\""), "{text}");
    let read: ProofFile = serde_json::from_str(&text).unwrap();
    assert_eq!(read, file);
    assert_eq!((read.key, &read.outputs, &read.inputs()), (KeyKind::Dev, outputs, inputs));
    assert_eq!(shows(&read.inputs(), &Proof::from_bytes(&read.proof).unwrap()), Ok(true));

    let attestation = proven().attestation(&[7; 65]);
    let parsed = Attestation::parse(&attestation).unwrap();
    assert_eq!(&parsed.outputs(), outputs);
    assert_eq!(parsed.proof.as_flattened(), proof.to_bytes());
    assert_eq!(parsed.signatures, [7; 65]);
}

/// PRF-12: the randomness is fresh, so two proofs of one statement differ, and both show it.
#[test]
fn proofs_of_one_statement_differ() {
    let (bytes, observations) = ramp_bytes();
    let again = prover().prove(&Model::parse(&bytes).unwrap(), &observations, &context()).unwrap();
    assert_eq!(again.inputs, proven().inputs);
    assert_ne!(again.proof, proven().proof);
}

fn number(word: &Word) -> BigUint {
    BigUint::from_bytes_be(word)
}

fn word(number: &BigUint) -> Word {
    let bytes = number.to_bytes_be();
    let mut word = [0; 32];
    word[32 - bytes.len()..].copy_from_slice(&bytes);
    word
}

/// PRF-08, PRF-14
#[test]
fn a_proof_shows_its_own_statement_only() {
    let Proven { inputs, proof, .. } = proven();
    let order = BigUint::from_bytes_be(&Fr::MODULUS.to_bytes_be());
    for index in 0..inputs.len() {
        let changed = |to: BigUint| {
            let mut inputs = *inputs;
            inputs[index] = word(&to);
            shows(&inputs, proof)
        };
        let value = number(&inputs[index]);
        assert_eq!(changed(&value + 1u8), Ok(false), "{index}");
        assert_eq!(changed(&value - 1u8), Ok(false), "{index}");
        assert_eq!(changed(&value + &order), Err(EncodingError::NotReduced { offset: 32 * index }));
    }
    let mut exchanged = *inputs;
    exchanged.swap(2, 3);
    assert_eq!(shows(&exchanged, proof), Ok(false));
}

/// PRF-09
#[test]
fn changed_proofs_are_refused() {
    let Proven { inputs, proof, .. } = proven();
    let bytes = proof.to_bytes();
    let modulus = BigUint::from_bytes_be(&Fq::MODULUS.to_bytes_be());
    let with = |index: usize, to: &BigUint| {
        let mut bytes = bytes;
        bytes[32 * index..32 * (index + 1)].copy_from_slice(&word(to));
        Proof::from_bytes(&bytes)
    };
    for index in 0..8 {
        let value = number(bytes[32 * index..32 * (index + 1)].try_into().unwrap());
        let point = [0, 0, 64, 64, 64, 64, 192, 192][index];
        let off = Err(EncodingError::OffCurve { offset: point });
        assert_eq!(with(index, &(&value + 1u8)), off, "{index}");
        assert_eq!(with(index, &(&value - 1u8)), off, "{index}");
        assert_eq!(with(index, &BigUint::default()), off, "{index}");
        let aliased = Err(EncodingError::NotReduced { offset: 32 * index });
        assert_eq!(with(index, &(&value + &modulus)), aliased, "{index}");
    }
    // Points that are on their curve but other than the proof's.
    let other = |change: fn(&mut ark_groth16::Proof<ark_bn254::Bn254>)| {
        let mut proof = proof.inner().clone();
        change(&mut proof);
        Proof::from_bytes(&Proof::new(proof).to_bytes()).unwrap()
    };
    for changed in [
        other(|p| p.a = -p.a),
        other(|p| p.b = -p.b),
        other(|p| p.c = -p.c),
        other(|p| std::mem::swap(&mut p.a, &mut p.c)),
        other(|p| p.a = ark_bn254::G1Affine::default()),
        other(|p| p.b = ark_bn254::G2Affine::default()),
        other(|p| p.c = ark_bn254::G1Affine::default()),
    ] {
        assert_eq!(shows(inputs, &changed), Ok(false));
    }
    // Real and imaginary parts exchanged.
    let mut exchanged = bytes;
    exchanged[64..128].rotate_left(32);
    exchanged[128..192].rotate_left(32);
    assert_eq!(Proof::from_bytes(&exchanged), Err(EncodingError::OffCurve { offset: 64 }));
    let zero = Proof::from_bytes(&[0; PROOF_SIZE]).unwrap();
    assert_eq!(shows(inputs, &zero), Ok(false));
    for actual in [0, 255, 257] {
        let result = Proof::from_bytes(&vec![0; actual]);
        assert_eq!(result, Err(EncodingError::Length { expected: 256, actual }));
    }
}

/// PRF-15
#[test]
fn what_cannot_be_proven_is_refused() {
    let (bytes, observations) = ramp_bytes();
    let model = Model::parse(&bytes).unwrap();
    let prove =
        |model: &Model<'_>, observations: &[i32], context| prover().prove(model, observations, &context).unwrap_err();

    let large = OwnedModel::zero(Arch::A2).encode().unwrap();
    let other = prove(&Model::parse(&large).unwrap(), &[0; 16], context());
    assert!(matches!(other, ProveError::Arch { model: [16, 64, 64, 8], key: [12, 16, 16, 8] }), "{other}");
    let fewer = prove(&model, &observations[1..], context());
    assert!(matches!(fewer, ProveError::Policy(PolicyError::Inputs { expected: 12, actual: 11 })), "{fewer}");
    let mut beyond = observations.clone();
    beyond[4] = VALUE_MAX + 1;
    let beyond = prove(&model, &beyond, context());
    let expected = PolicyError::Observation { index: 4, value: VALUE_MAX + 1 };
    assert!(matches!(&beyond, ProveError::Policy(found) if *found == expected), "{beyond}");
    let aliased = prove(&model, &observations, [0xff; 32]);
    assert!(matches!(aliased, ProveError::Context(EncodingError::NotReduced { .. })), "{aliased}");

    let mut key = prover().key().clone();
    key.r1cs_hash.0[0] ^= 1;
    let other = Prover::new(key).unwrap_err();
    assert!(matches!(other, ProveError::Constraints { .. }), "{other}");
}

/// PRF-15: a damaged key makes no proof.
#[test]
fn a_damaged_key_makes_no_proof() {
    let (bytes, observations) = ramp_bytes();
    let mut key = prover().key().clone();
    // The square of the context and a bit of a weight.
    key.inner.l_query.swap(0, 1);
    let prover = Prover::new(key).unwrap();
    let result = prover.prove(&Model::parse(&bytes).unwrap(), &observations, &context());
    assert!(matches!(result, Err(ProveError::Unsound)));
}

/// PRF-18: from a registered policy, a report's values and an update's digest to the public inputs, on both sides.
#[test]
fn inputs_are_those_the_verifier_puts_together() {
    let (model, _) = ramp(Arch::A1);
    let model = OwnedModel { lo: [-OUTPUT_ONE; 8], hi: [OUTPUT_ONE; 8], ..model };
    let bytes = model.encode().unwrap();
    let model = Model::parse(&bytes).unwrap();
    let schema: Vec<SchemaEntry> =
        (1..=12).map(|i| SchemaEntry { mean: 1_000 * i, scale: 70_000 - i, shift: 14 }).collect();
    let file = policy::proven(&model, schema, 30_000, &prover().key().verifying).encode().unwrap();
    let policy = PolicyFile::parse(&file).unwrap();
    assert_eq!(*policy.commitment, commitment(&model));
    assert_eq!(policy.check(), Ok(()));

    // Two values more than the network has inputs, as pool scores are.
    let kpis: Vec<u8> = (0..14).flat_map(|i| (i * 300_007 - 2_000_000_i32).to_be_bytes()).collect();
    let kpis = Kpis::parse(&kpis).unwrap();
    let mut observations = [0; 128];
    let used = policy.schema.normalise(kpis.iter(), &mut observations).unwrap();
    let context = Context {
        chain_id: 412_346,
        verifier: [1; 20],
        controller: [2; 20],
        model_id: keccak256(&file).0,
        report: [3; 32],
        update: [4; 32],
    };
    let hash = |context: Context| context.hash(|bytes| keccak256(bytes).0);
    let made = prover().prove(&model, used, &hash(context)).unwrap();

    let attestation = made.attestation(&[]);
    let read = Attestation::parse(&attestation).unwrap();
    let inputs = |context| policy.public_inputs(hash(context), &kpis, &read.outputs()).unwrap();
    assert_eq!(inputs(context), made.inputs);
    let proof = Proof::from_bytes(read.proof.as_flattened()).unwrap();
    let key = VerifyingKey::from_bytes(policy.key.bytes()).unwrap();
    assert_eq!(key.verify(&inputs(context), &proof), Ok(true));
    for other in [
        Context { chain_id: 42_161, ..context },
        Context { verifier: [9; 20], ..context },
        Context { controller: [9; 20], ..context },
        Context { model_id: [9; 32], ..context },
        Context { report: [9; 32], ..context },
        Context { update: [9; 32], ..context },
    ] {
        assert_eq!(key.verify(&inputs(other), &proof), Ok(false), "{other:?}");
    }
}
