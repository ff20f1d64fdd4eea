//! Known answers of an independent program, and the constants it needs.

mod common;

use std::fmt::Write as _;

use alloy_primitives::keccak256;
use ark_bn254::Fr;
use ark_ff::PrimeField;
use common::{ARCHS, committed, prover_of, ramp, vector, vector_file};
use escapement_core::policy::{Arch, Model, OwnedModel};
use escapement_prover::{
    Word, commitment,
    encoding::{fr_bytes, fr_from_bytes},
    poseidon::{PERMUTATION_CONSTRAINTS, ROUND_CONSTANTS, hash, hash_gadget},
    prove::state,
    r1cs::Builder,
    setup,
};
use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

/// The context of the vectors: 31 bytes of 0x5a.
fn context() -> Word {
    let mut context = [0x5a; 32];
    context[0] = 0;
    context
}

fn words(case: &str, key: &str) -> Vec<Word> {
    vector(case, key).iter().map(|word| hex::decode(word).unwrap().try_into().unwrap()).collect()
}

/// PRF-01: the constants that the independent program reads are those of the crate.
#[test]
fn round_constants_are_the_committed_ones() {
    let mut text = String::from(
        "# Round constants of Poseidon2 over BN254, three elements wide, as openzeppelin-crypto has them.\n\
         # Written by the test `round_constants_are_the_committed_ones` of host/prover; do not edit.\n",
    );
    for [a, b, c] in ROUND_CONSTANTS.iter().map(|row| row.map(fr_bytes).map(hex::encode)) {
        writeln!(text, "{a} {b} {c}").unwrap();
    }
    committed("poseidon2.txt", &text);
}

proptest! {
    /// PRF-01
    #[test]
    fn gadget_is_the_sponge(elements in prop::collection::vec(any::<[u8; 32]>(), 1..9)) {
        let elements: Vec<Fr> = elements.iter().map(|word| Fr::from_be_bytes_mod_order(word)).collect();
        let mut builder = Builder::new(0, true);
        let inputs: Vec<_> = elements.iter().map(|e| builder.witness("input", *e)).collect();
        let digest = hash_gadget(&mut builder, &inputs).value;
        prop_assert_eq!(digest, hash(elements.iter().copied()));
        let (r1cs, assignment) = builder.finish();
        prop_assert_eq!(r1cs.broken(&assignment), None);
        prop_assert_eq!(r1cs.constraints(), elements.len().div_ceil(2) * PERMUTATION_CONSTRAINTS);
    }
}

/// PRF-03
#[test]
fn statements_are_those_of_the_independent_program() {
    for (case, arch) in ARCHS {
        let (model, observations) = ramp(arch);
        let bytes = model.encode().unwrap();
        let model = Model::with_arch(arch, &bytes).unwrap();
        let (outputs, inputs) = state(arch, &model, &observations, &context()).unwrap();
        assert_eq!(outputs.map(|n| n.to_string()).to_vec(), vector(case, "outputs"), "{case}");
        assert_eq!(inputs.to_vec(), words(case, "public_inputs"), "{case}");

        let tag = Fr::from(u64::from_be_bytes(*b"ESCPUB01"));
        let one_input = hash([tag].into_iter().chain(inputs.map(|word| fr_from_bytes(&word).unwrap())));
        assert_eq!(vec![fr_bytes(one_input)], words(case, "one_input"), "{case}");
    }
}

/// PRF-03
#[test]
fn commitments_are_those_of_the_independent_program() {
    for (case, arch) in ARCHS {
        let mut zero = OwnedModel::zero(arch);
        (zero.lo, zero.hi) = ([0; 8], [0; 8]);
        let bytes = zero.encode().unwrap();
        let zero = commitment(&Model::with_arch(arch, &bytes).unwrap());
        assert_eq!(vec![zero], words(case, "commitment_of_zero"), "{case}");
    }
}

/// PRF-03: the figures that stand in the specification, beside what the independent program computes.
#[test]
fn vectors_are_those_of_the_specification() {
    let commitments = |arch: Arch| {
        let (model, _) = ramp(arch);
        let bytes = model.encode().unwrap();
        hex::encode(commitment(&Model::with_arch(arch, &bytes).unwrap()))
    };
    let of = |case, key| vector(case, key).concat();
    assert_eq!(commitments(Arch::A1), "2dbebd9978545cff8dcbc791f7047a61c1daab88081f599f5ac3bc80f6ba5f3e");
    assert_eq!(commitments(Arch::A2), "1862103a5de72202631eeb4ddce2aa9895f4463c28ad0ff04b6e161fe768ae30");
    for (case, zero, one_input) in [
        (
            "A1",
            "25bf303a7c5a9f999e5293959ffb21348fa3ae8a9fc3ac60b0fd307ace1e181d",
            "05ecc7fa17469da62e48ace2ee0701a389c0f8e4d8508baacb2976a950da381e",
        ),
        (
            "A2",
            "27576fc4962f58c6b1677a32bdb5f7fd6f0dd290c7c742ac7db79292180975e0",
            "236ab6be131018120698a25e1a5ab59e086ecf935df43b6260a9a8937f1ef8e0",
        ),
    ] {
        assert_eq!(of(case, "commitment_of_zero"), zero, "{case}");
        assert_eq!(of(case, "one_input"), one_input, "{case}");
    }
    assert_eq!(of("A1", "packed_outputs"), "80181180af62806e8c8041ed8069217f46fb7e24d57f80b1");
}

/// PRF-10: constraints and development keys are the committed ones. `UPDATE_SNAPSHOTS=1` writes them.
#[test]
fn dev_keys_are_the_committed_ones() {
    let mut text = String::from(
        "# DEVELOPMENT keys of host/prover: made from public seeds, everybody can forge proofs for them.\n\
         # Written by its test `dev_keys_are_the_committed_ones`; do not edit. circuit_id = keccak256 of vk.\n",
    );
    for (name, arch) in ARCHS {
        let key = prover_of(arch).key();
        let [a, b, c, d] = arch.widths();
        writeln!(text, "case {name}\nwidths {a} {b} {c} {d}\nseed {}", setup::dev_seed(arch)).unwrap();
        writeln!(text, "r1cs {}", hex::encode(key.r1cs_hash)).unwrap();
        writeln!(text, "circuit_id {}", hex::encode(key.verifying.circuit_id())).unwrap();
        writeln!(text, "vk {}", hex::encode(key.verifying.to_bytes())).unwrap();
    }
    committed("dev-keys.txt", &text);
}

/// PRF-17: proofs for tests of contracts, which cannot make any. To get one, add a case without its last three lines and
/// run this test with `UPDATE_SNAPSHOTS=1`. Their randomness follows from the case, so that they can be made again.
#[test]
fn committed_proofs_are_made_again() {
    let file = std::fs::read_to_string(vector_file("proofs.txt")).unwrap();
    let mut text = String::new();
    for line in file.lines().filter(|line| line.starts_with('#')) {
        writeln!(text, "{line}").unwrap();
    }
    for case in file.split("\ncase ").skip(1) {
        let mut keys = case.lines();
        let name = keys.next().unwrap();
        let mut value = |key: &str| keys.next().and_then(|line| line.strip_prefix(key)).unwrap().trim().to_owned();
        let [widths, bound, context, observations] = ["widths", "bound", "context", "observations"].map(&mut value);
        let arch = if widths == "12 16 16 8" { Arch::A1 } else { Arch::A2 };
        assert_eq!(arch.widths().map(|w| w.to_string()).join(" "), widths, "{name}");

        let (mut model, _) = ramp(arch);
        let limit: i32 = bound.parse().unwrap();
        (model.lo, model.hi) = ([-limit; 8], [limit; 8]);
        let bytes = model.encode().unwrap();
        let values: Vec<i32> = observations.split(' ').map(|n| n.parse().unwrap()).collect();
        let word: Word = hex::decode(&context).unwrap().try_into().unwrap();
        let mut rng = ChaCha20Rng::from_seed(keccak256(format!("{name} {widths} {bound} {context} {observations}")).0);
        let model = Model::with_arch(arch, &bytes).unwrap();
        let made = prover_of(arch).prove_with(&model, &values, &word, &mut rng).unwrap();

        writeln!(text, "case {name}\nwidths {widths}\nbound {bound}\ncontext {context}").unwrap();
        writeln!(text, "observations {observations}\noutputs {}", made.outputs.map(|n| n.to_string()).join(" "))
            .unwrap();
        writeln!(
            text,
            "inputs {}\nproof {}",
            made.inputs.map(hex::encode).join(" "),
            hex::encode(made.proof.to_bytes())
        )
        .unwrap();
    }
    committed("proofs.txt", &text);
}
