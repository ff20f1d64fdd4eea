//! Development keys: what they are, what a key must not be, and what follows if it is.

mod common;

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField};
use common::{prover, ramp};
use escapement_core::policy::{
    Arch, Model,
    proven::{self, KEY_SIZE},
};
use escapement_prover::{
    KeyError, KeyFileError, Proof, ProvingKey, VerifyingKey,
    circuit::constraints,
    encoding::{EncodingError, fr_from_bytes},
    key::holds,
    prove::state,
    setup::{self, Secrets},
};

/// PRF-10
#[test]
fn dev_keys_say_so() {
    let key = prover().key();
    assert_eq!(key.file_name(), "policy-12-16-16-8.DEV.pkey");
    assert_eq!(key.kind.label(), "DEV");
    assert!(setup::dev_seed(Arch::A1).contains("DEVELOPMENT"));
}

/// PRF-11: what the check is for. Nobody knows a model here; the statement is as false as one likes.
#[test]
fn keys_that_anybody_can_forge_with_are_refused() {
    let r1cs = constraints(Arch::A1);
    let mut secrets = Secrets::dev(Arch::A1);
    secrets.delta = secrets.gamma;
    let key = setup::from_secrets(&r1cs, &secrets).unwrap().vk;

    let inputs = [1u64, 2, 3, 4, 5].map(Fr::from);
    let mut sum = key.gamma_abc_g1[0].into_group();
    for (point, input) in key.gamma_abc_g1[1..].iter().zip(inputs) {
        sum += *point * input;
    }
    let forged = Proof::new(ark_groth16::Proof { a: key.alpha_g1, b: key.beta_g2, c: (-sum).into_affine() });
    assert!(holds(&key, &inputs, &forged), "the equation accepts the forgery");

    assert_eq!(VerifyingKey::new(&key), Err(KeyError::Refused(proven::KeyError::Related)));
    // Other than the key's delta nothing is wrong: the same forgery means nothing to the derived key.
    assert!(!holds(prover().key().verifying.inner(), &inputs, &forged));
}

/// PRF-11
#[test]
fn malformed_keys_are_refused() {
    let good = prover().key().verifying.to_bytes();
    assert_eq!(VerifyingKey::from_bytes(&good).unwrap(), prover().key().verifying);
    let with = |at: usize, bytes: &[u8]| {
        let mut key = good;
        key[at..at + bytes.len()].copy_from_slice(bytes);
        VerifyingKey::from_bytes(&key)
    };
    let modulus = Fq::MODULUS.to_bytes_be();
    for word in 0..KEY_SIZE / 32 {
        let index = u8::try_from(word).unwrap();
        let refused = Err(KeyError::Refused(proven::KeyError::Coordinate { index }));
        assert_eq!(with(32 * word, &modulus), refused, "{word}");
    }
    let points: Vec<(usize, usize)> = [(0, 64), (64, 128), (192, 128), (320, 128)]
        .into_iter()
        .chain((448..KEY_SIZE).step_by(64).map(|at| (at, 64)))
        .collect();
    for (at, size) in points {
        let index = u8::try_from(at / 32).unwrap();
        assert_eq!(with(at, &vec![0; size]), Err(KeyError::Refused(proven::KeyError::Zero { index })));
        let mut off = good[at..at + 32].to_vec();
        off[31] ^= 1;
        let refused = with(at, &off);
        assert_eq!(refused, Err(KeyError::Encoding(EncodingError::OffCurve { offset: at })), "{at}");
    }
    // Negated gamma as delta, the generator as delta, beta as gamma.
    let mut writer = escapement_prover::encoding::Writer::default();
    writer.g2(&-prover().key().inner.vk.gamma_g2);
    writer.g2(&G2Affine::generator());
    writer.g2(&outside_subgroup());
    let [negated, generator, outside] = [&writer.0[..128], &writer.0[128..256], &writer.0[256..]];
    assert_eq!(with(320, negated), Err(KeyError::Refused(proven::KeyError::Related)));
    assert_eq!(with(320, generator), Err(KeyError::Refused(proven::KeyError::Underived)));
    assert_eq!(with(192, &good[64..192]), Err(KeyError::Refused(proven::KeyError::Related)));
    // Gamma is the generator in most honest keys.
    assert!(with(192, generator).is_ok());
    for at in [64, 192, 320] {
        assert_eq!(with(at, outside), Err(KeyError::Encoding(EncodingError::OutsideSubgroup { offset: at })));
    }
    for actual in [0, KEY_SIZE - 1, KEY_SIZE + 1] {
        let refused = VerifyingKey::from_bytes(&vec![1; actual]);
        assert_eq!(refused, Err(KeyError::Encoding(EncodingError::Length { expected: KEY_SIZE, actual })));
    }
    let mut fewer = prover().key().inner.vk.clone();
    fewer.gamma_abc_g1.pop();
    assert_eq!(VerifyingKey::new(&fewer), Err(KeyError::Inputs { expected: 6, actual: 5 }));
}

/// A point of G2's curve that is not in the group.
fn outside_subgroup() -> G2Affine {
    (1u64..1_000)
        .filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::new(Fq::from(x), Fq::from(1)), false))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap()
}

/// PRF-12
#[test]
fn key_files_read_back_and_damage_is_found() {
    let key = prover().key();
    let folder = tempfile::tempdir().unwrap();
    let path = key.save(folder.path()).unwrap();
    assert_eq!(path.file_name().unwrap().to_str(), Some("policy-12-16-16-8.DEV.pkey"));
    let read = ProvingKey::load(&path).unwrap();
    assert!(read == *key);

    let file = key.to_file_bytes().unwrap();
    let header = 32 + 8 + 1 + 4 + 32 + 32;
    for at in (0..header).chain([header, file.len() / 2, file.len() - 1]) {
        let mut file = file.clone();
        file[at] ^= 1;
        let error = ProvingKey::from_file_bytes(&file).unwrap_err();
        let magic = (32..40).contains(&at);
        assert!(
            if magic { matches!(error, KeyFileError::Magic) } else { matches!(error, KeyFileError::Damaged { .. }) },
            "{at}: {error}"
        );
    }
    assert!(matches!(ProvingKey::from_file_bytes(&file[..39]), Err(KeyFileError::Truncated)));
    assert!(matches!(ProvingKey::from_file_bytes(&file[..file.len() - 1]), Err(KeyFileError::Damaged { .. })));
    assert!(matches!(ProvingKey::load(&folder.path().join("none")), Err(KeyFileError::Io { .. })));
}

/// PRF-12: a header that was written on purpose is held against the key.
#[test]
fn headers_of_another_key_are_refused() {
    let resealed = |at: usize, byte: u8| {
        let mut file = prover().key().to_file_bytes().unwrap();
        file[at] = byte;
        let hash = alloy_primitives::keccak256(&file[32..]);
        file[..32].copy_from_slice(hash.as_slice());
        ProvingKey::from_file_bytes(&file).unwrap_err()
    };
    assert!(matches!(resealed(40, 9), KeyFileError::Kind(9)));
    assert!(matches!(resealed(41, 13), KeyFileError::Arch([13, 16, 16, 8])));
    assert!(matches!(resealed(45, 0), KeyFileError::CircuitId { .. }));
}

/// PRF-10: a development key's secrets are public. Whoever computes them states what he likes.
#[test]
fn dev_keys_can_be_forged_with() {
    let (model, observations) = ramp(Arch::A1);
    let bytes = model.encode().unwrap();
    let (_, mut inputs) = state(Arch::A1, &Model::parse(&bytes).unwrap(), &observations, &[0; 32]).unwrap();
    // Another output than the model's.
    inputs[4][31] ^= 1;
    let scalars = inputs.map(|word| fr_from_bytes(&word).unwrap());
    let Secrets { alpha, beta, gamma, delta, .. } = Secrets::dev(Arch::A1);
    let key = prover().key().verifying.inner();
    let mut sum = key.gamma_abc_g1[0].into_group();
    for (point, input) in key.gamma_abc_g1[1..].iter().zip(scalars) {
        sum += *point * input;
    }
    // A = alpha, B = beta, and C = -L gamma / delta.
    let ratio = gamma * ark_ff::Field::inverse(&delta).unwrap();
    let proof = ark_groth16::Proof { a: key.alpha_g1, b: key.beta_g2, c: (-sum * ratio).into_affine() };
    assert_eq!(prover().key().verifying.verify(&inputs, &Proof::new(proof)), Ok(true));
    assert_eq!(
        (G1Affine::generator() * alpha, G2Affine::generator() * beta),
        (key.alpha_g1.into(), key.beta_g2.into())
    );
}
