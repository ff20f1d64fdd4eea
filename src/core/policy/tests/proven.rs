//! Proven policies: file, key, statement, attestation.

use super::network::{numbers, vector};
use crate::policy::proven::*;
use crate::policy::*;
use crate::update::tests::{keccak, unhex, vector_cases};
use crate::update::{Kpis, Update};
use alloc::{vec, vec::Vec};
use num_bigint::BigUint;
use proptest::{collection::vec as vecs, prelude::*};

/// A key whose bytes are sane: word `i` is the number 7 + i.
fn key() -> [u8; KEY_SIZE] {
    let mut key = [0; KEY_SIZE];
    for (i, word) in key.chunks_exact_mut(32).enumerate() {
        word[31] = 7 + i as u8;
    }
    key
}

fn owned(arch: Arch) -> OwnedProven {
    let schema = (0..arch.inputs()).map(|i| SchemaEntry { mean: 0, scale: 1, shift: i as u8 % 4 }).collect();
    OwnedProven { arch, cosign_above: 30_000, commitment: [1; 32], base: [2; 64], schema, key: key() }
}

#[test]
fn orders_and_type_hash_are_those_of_their_definitions() {
    // The two orders of BN254 as polynomials of its parameter.
    let x = BigUint::from(4_965_661_367_192_848_881u64);
    let power = |e: u32, factor: u32| x.pow(e) * factor;
    let r = power(4, 36) + power(3, 36) + power(2, 18) + power(1, 6) + 1u32;
    let q = &r + power(2, 6);
    assert_eq!(BigUint::from_bytes_be(&SCALAR_FIELD), r);
    assert_eq!(BigUint::from_bytes_be(&BASE_FIELD), q);
    let context = "ProofContext(uint256 chainId,address verifier,address controller,bytes32 modelId,bytes32 report,\
                   bytes32 update)";
    assert_eq!(CONTEXT_TYPEHASH, keccak(context.as_bytes()));
}

/// PRV-03
#[test]
fn context_agrees_with_viem() {
    for case in vector_cases() {
        let context = Context {
            chain_id: case.get("chain").parse().unwrap(),
            verifier: unhex(case.get("verifier")),
            controller: unhex(case.get("controller")),
            model_id: unhex(case.get("model")),
            report: unhex(case.get("report_digest")),
            update: unhex(case.get("digest")),
        };
        let wire = case.update().encode().unwrap();
        let update = Update::decode(&wire).unwrap();
        assert_eq!(context.update, update.digest(context.chain_id, &context.controller, keccak));
        assert_eq!(context.hash(keccak), unhex(case.get("context")));
    }
}

/// PRV-07
#[test]
fn public_inputs_agree_with_the_vectors() {
    for (case, arch) in [("A1", Arch::A1), ("A2", Arch::A2)] {
        let outputs: [i32; 8] = numbers(case, "outputs").try_into().unwrap();
        let inputs = public_inputs([1; 32], [2; 32], &numbers(case, "observations"), &outputs).unwrap();
        let hex = |word: [u8; 32]| BigUint::from_bytes_be(&word).to_str_radix(16);
        let expected = [vector(case, "packed_observations"), vector(case, "packed_outputs")].concat();
        assert_eq!(inputs[2..].iter().map(|word| hex(*word)).collect::<Vec<_>>(), expected);
        assert_eq!(inputs[..2], [[1; 32], [2; 32]]);
        assert_eq!(arch.inputs(), numbers(case, "observations").len());
    }
}

#[test]
fn public_inputs_refuse_what_does_not_fit() {
    let make = |observations: &[i32], outputs| public_inputs([0; 32], [0; 32], observations, &outputs).map(drop);
    for actual in [0, 10, 21] {
        let refused = Err(PolicyError::Inputs { expected: 12, actual });
        assert_eq!(make(&vec![0; actual as usize], [0; 8]), refused);
    }
    let mut observations = [0; 12];
    observations[11] = VALUE_MAX + 1;
    assert_eq!(make(&observations, [0; 8]), Err(PolicyError::Observation { index: 11, value: VALUE_MAX + 1 }));
    let outputs = [0, 0, VALUE_MIN - 1, 0, 0, 0, 0, 0];
    assert_eq!(make(&[0; 12], outputs), Err(PolicyError::Output { index: 2, value: VALUE_MIN - 1 }));
    // The ends of 24 bits are still in.
    assert_eq!(
        make(&[VALUE_MIN, VALUE_MAX, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [VALUE_MAX, VALUE_MIN, 0, 0, 0, 0, 0, 0]),
        Ok(())
    );
    // Of a registered policy, outputs are bounded by one step.
    let bytes = owned(Arch::A1).encode().unwrap();
    let proven = Proven::parse(&bytes).unwrap();
    let kpis = [0; 48];
    let claim = |outputs| proven.public_inputs([0; 32], &Kpis::parse(&kpis).unwrap(), &outputs).map(drop);
    for value in [65_537, -65_537, i32::MIN, i32::MAX] {
        assert_eq!(claim([0, 0, 0, 0, 0, 0, 0, value]), Err(PolicyError::Output { index: 7, value }));
    }
    assert_eq!(claim([65_536, -65_536, 0, 0, 0, 0, 0, 0]), Ok(()));
    let short = proven.public_inputs([0; 32], &Kpis::parse(&kpis[4..]).unwrap(), &[0; 8]);
    assert_eq!(short, Err(PolicyError::Inputs { expected: 12, actual: 11 }));
}

#[test]
fn parse_refuses_with_the_numbers() {
    for (arch, size) in [(Arch::A1, 1_044), (Arch::A2, 1_080)] {
        let bytes = owned(arch).encode().unwrap();
        assert_eq!((bytes.len(), Proven::len_of(arch)), (size, size));
        let length = |actual: usize| Err(PolicyError::Length { expected: size as u32, actual: actual as u32 });
        assert_eq!(Proven::parse(&bytes[..size - 1]).map(drop), length(size - 1));
        assert_eq!(Proven::parse(&[bytes.clone(), vec![0]].concat()).map(drop), length(size + 1));
        let short = Err(PolicyError::Length { expected: 0, actual: 103 });
        assert_eq!(Proven::parse(&bytes[..103]).map(drop), short);
        let mut other = bytes.clone();
        // A network of this format, but of no circuit.
        other[1] = 20;
        let dims = [other[0], 20, other[2], 8];
        assert_eq!(Proven::parse(&other).map(drop), Err(PolicyError::Arch { dims }));
        other[1] = 0;
        assert!(matches!(Proven::parse(&other), Err(PolicyError::Arch { .. })));
        let mut other = bytes.clone();
        other[104 + 9 * 3 + 8] = 64;
        assert_eq!(Proven::parse(&other).map(drop), Err(PolicyError::Shift { index: 3, shift: 64 }));
        let code = [vec![1], bytes].concat();
        assert_eq!(Proven::from_code(&code).map(drop), Err(PolicyError::Prefix { found: 1 }));
    }
    assert_eq!(Proven::from_code(&[]).map(drop), Err(PolicyError::Length { expected: 0, actual: 0 }));
    let short = OwnedProven { schema: vec![], ..owned(Arch::A1) };
    assert_eq!(short.encode(), Err(PolicyError::Length { expected: 1_044, actual: 936 }));
}

/// PRV-06
#[test]
fn check_refuses_every_bad_key() {
    let check = |key: [u8; KEY_SIZE]| Key::new(&key).check();
    let with = |at: usize, bytes: &[u8]| {
        let mut key = key();
        key[at..at + bytes.len()].copy_from_slice(bytes);
        key
    };
    assert_eq!(check(key()), Ok(()));
    for index in 0..26u8 {
        let at = usize::from(index) * 32;
        assert_eq!(check(with(at, &BASE_FIELD)), Err(KeyError::Coordinate { index }));
        assert_eq!(check(with(at, &[0xff; 32])), Err(KeyError::Coordinate { index }));
        let mut below = BASE_FIELD;
        below[31] -= 1;
        assert_eq!(check(with(at, &below)), Ok(()), "{index}");
    }
    for index in [0, 14, 16, 18, 20, 22, 24] {
        assert_eq!(check(with(usize::from(index) * 32, &[0; 64])), Err(KeyError::Zero { index }));
    }
    let [beta, gamma, delta] = [2, 6, 10].map(|index: usize| index * 32);
    for at in [beta, gamma, delta] {
        assert_eq!(check(with(at, &[0; 128])), Err(KeyError::Zero { index: (at / 32) as u8 }));
    }
    // Equal points and opposite ones share their x coordinate.
    for (to, from) in [(gamma, beta), (delta, beta), (delta, gamma)] {
        assert_eq!(check(with(to, &key()[from..from + 64])), Err(KeyError::Related));
        assert_eq!(check(with(to, &key()[from..from + 32])), Ok(()));
    }
    let generator: [u8; 64] = unhex(
        "0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2\
         1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
    );
    assert_eq!(check(with(delta, &generator)), Err(KeyError::Underived));
    assert_eq!(check(with(gamma, &generator)), Ok(()));
    // And the commitment.
    let mut owned = owned(Arch::A1);
    for found in [SCALAR_FIELD, [0xff; 32]] {
        owned.commitment = found;
        let bytes = owned.encode().unwrap();
        assert_eq!(Proven::parse(&bytes).unwrap().check(), Err(ProvenError::Commitment { found }));
    }
    owned.commitment = SCALAR_FIELD;
    owned.commitment[31] -= 1;
    let bytes = owned.encode().unwrap();
    assert_eq!(Proven::parse(&bytes).unwrap().check(), Ok(()));
    owned.key = with(delta, &generator);
    let bytes = owned.encode().unwrap();
    assert_eq!(Proven::parse(&bytes).unwrap().check(), Err(ProvenError::Key(KeyError::Underived)));
}

#[test]
fn parts_of_a_key_are_its_bytes_in_order() {
    let bytes = key();
    let key = Key::new(&bytes);
    let parts = [&key.alpha()[..], key.g2().as_flattened(), key.ic().as_flattened()].concat();
    assert_eq!(parts, bytes);
    assert_eq!((key.bytes(), KEY_SIZE), (&bytes, 832));
}

#[test]
fn attestation_splits_and_signatures_are_needed_above_the_limit() {
    assert_eq!(Attestation::HEAD, 32 + 256);
    let bytes: Vec<u8> = (0..288u32).map(|i| i as u8).chain([9; 65]).collect();
    assert_eq!(Attestation::parse(&bytes[..287]), None);
    let read = Attestation::parse(&bytes).unwrap();
    assert_eq!(read.packed[..], bytes[..32]);
    assert_eq!(read.proof.as_flattened(), &bytes[32..288]);
    assert_eq!(read.signatures, &[9; 65]);
    assert_eq!(read.outputs()[1], i32::from_be_bytes([4, 5, 6, 7]));
    assert!(Attestation::parse(&bytes[..288]).unwrap().signatures.is_empty());
    let file = owned(Arch::A1).encode().unwrap();
    let proven = Proven::parse(&file).unwrap();
    for (value, needed) in [(0, false), (30_000, false), (-30_000, false), (30_001, true), (-30_001, true)] {
        for index in 0..8 {
            let mut outputs = [0; 8];
            outputs[index] = value;
            assert_eq!(proven.needs_signatures(&outputs), needed);
        }
    }
}

fn any_context() -> impl Strategy<Value = Context> {
    any::<(u64, [[u8; 20]; 2], [[u8; 32]; 3])>().prop_map(
        |(chain_id, [verifier, controller], [model_id, report, update])| Context {
            chain_id,
            verifier,
            controller,
            model_id,
            report,
            update,
        },
    )
}

/// Values of one statement.
fn any_statement() -> impl Strategy<Value = ([u8; 32], Vec<i32>, [i32; 8])> {
    let value = VALUE_MIN..=VALUE_MAX;
    let outputs = proptest::array::uniform8(value.clone());
    (any::<[u8; 32]>(), prop_oneof![vecs(value.clone(), 12), vecs(value, 16)], outputs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// PRV-05
    #[test]
    fn code_reads_back(
        big in any::<bool>(), cosign_above: u32, commitment: [u8; 32], base in vecs(any::<u8>(), 64),
        key in vecs(any::<u8>(), KEY_SIZE),
        schema in vecs((any::<i32>(), any::<i32>(), 0u8..64), 16),
    ) {
        let arch = if big { Arch::A2 } else { Arch::A1 };
        let schema = schema.iter().take(arch.inputs()).map(|&(mean, scale, shift)| SchemaEntry { mean, scale, shift });
        let (base, key) = (base.try_into().unwrap(), key.try_into().unwrap());
        let made = OwnedProven { arch, cosign_above, commitment, base, schema: schema.collect(), key };
        let code = made.code().unwrap();
        let read = Proven::from_code(&code).unwrap();
        prop_assert_eq!(read.bytes, &code[1..]);
        prop_assert_eq!(read.schema_bytes.len(), 9 * arch.inputs());
        prop_assert_eq!(OwnedProven::from(read), made);
    }

    /// PRV-05
    #[test]
    fn parse_is_total(big in any::<bool>(), noise in vecs((any::<prop::sample::Index>(), any::<u8>()), 1..9), cut in 0usize..4) {
        let mut bytes = owned(if big { Arch::A2 } else { Arch::A1 }).encode().unwrap();
        for (at, byte) in noise {
            // Most of them in the head, where they matter.
            let at = at.index(bytes.len()) % 128;
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - cut);
        if let Ok(read) = Proven::parse(&bytes) {
            prop_assert_eq!(&OwnedProven::from(read).encode().unwrap(), &bytes);
            let _ = read.check();
        }
    }

    /// PRV-07
    #[test]
    fn public_inputs_are_below_the_order(context in any_context(), (commitment, observations, outputs) in any_statement()) {
        let commitment = if commitment < SCALAR_FIELD { commitment } else { [commitment[0] & 0x1f; 32] };
        let inputs = public_inputs(context.hash(keccak), commitment, &observations, &outputs).unwrap();
        prop_assert!(inputs.iter().all(|input| *input < SCALAR_FIELD));
    }

    /// PRV-08
    #[test]
    fn public_inputs_bind_every_value((commitment, observations, outputs) in any_statement(), at in any::<prop::sample::Index>(), by in 1..=VALUE_MAX) {
        let inputs = public_inputs([0; 32], commitment, &observations, &outputs).unwrap();
        let moved = |value: i32| (value - VALUE_MIN + by).rem_euclid(VALUE_MAX - VALUE_MIN + 1) + VALUE_MIN;
        let mut other = observations.clone();
        let index = at.index(other.len());
        other[index] = moved(other[index]);
        prop_assert_ne!(public_inputs([0; 32], commitment, &other, &outputs).unwrap(), inputs);
        let mut other = outputs;
        let index = at.index(8);
        other[index] = moved(other[index]);
        prop_assert_ne!(public_inputs([0; 32], commitment, &observations, &other).unwrap(), inputs);
    }

    /// PRV-08
    #[test]
    fn context_binds_every_field(one in any_context(), field in 0usize..6, at in any::<prop::sample::Index>(), mask in 1u8..) {
        let mut other = one;
        match field {
            0 => other.chain_id ^= u64::from(mask),
            1 => other.verifier[at.index(20)] ^= mask,
            2 => other.controller[at.index(20)] ^= mask,
            3 => other.model_id[at.index(32)] ^= mask,
            4 => other.report[at.index(32)] ^= mask,
            _ => other.update[at.index(32)] ^= mask,
        }
        prop_assert_ne!(other.hash(keccak), one.hash(keccak));
        prop_assert_eq!(one.hash(keccak)[0], 0);
    }
}
