//! The constraints against the law.

mod common;

use std::collections::BTreeMap;

use ark_bn254::Fr;
use common::{ARCHS, cases, extreme, ramp, random};
use escapement_core::policy::{Arch, Model, OwnedModel, VALUE_MAX, VALUE_MIN};
use escapement_prover::{
    circuit::{Synthesis, Witness, constraints, synthesize},
    encoding::{fr_bytes, fr_from_bytes},
    prove::state,
    r1cs::R1cs,
};

/// Puts the circuit together and compares its outputs and public inputs with the law's.
fn agrees((model, observations): &(OwnedModel, Vec<i32>), with_constraints: bool, what: &str) -> Synthesis {
    let bytes = model.encode().unwrap();
    let model = Model::with_arch(model.arch, &bytes).unwrap();
    let mut context = [0x5a; 32];
    context[0] = 0;
    let (outputs, inputs) = state(model.arch(), &model, observations, &context).unwrap();
    let context = fr_from_bytes(&context).unwrap();
    let made = synthesize(&Witness { model, observations, context }, with_constraints);
    assert_eq!(made.outputs, outputs, "{what}");
    assert!(made.assignment[1..6].iter().copied().map(fr_bytes).eq(inputs), "{what}");
    made
}

fn satisfies(case: &(OwnedModel, Vec<i32>), shape: &R1cs, what: &str) {
    let made = agrees(case, true, what);
    assert!(made.r1cs == *shape, "{what}: the constraints depend on the witness");
    assert_eq!(shape.broken(&made.assignment), None, "{what}");
}

/// PRF-02
#[test]
fn counts_are_those_of_the_specification() {
    // Constraints, and variables of each kind, for weights, hashed elements, neurons (hidden, output) and inputs.
    for ((name, arch), count, [weights, biases, elements, hidden, inputs]) in
        [(ARCHS[0], 20_216, [576, 40, 48, 32, 12]), (ARCHS[1], 156_919, [5_632, 136, 399, 128, 16])]
    {
        let r1cs = constraints(arch);
        assert_eq!(r1cs.constraints(), count, "{name}");
        let mut kinds = BTreeMap::new();
        for kind in &r1cs.names {
            *kinds.entry(*kind).or_insert(0) += 1;
        }
        let expected = BTreeMap::from([
            ("one", 1),
            ("public", 5),
            ("context square", 1),
            ("weight bit", weights * 16),
            ("bias bit", biases * 32),
            ("bound bit", 16 * 24),
            ("observation bit", inputs * 24),
            ("element", elements + 3),
            ("hash", (elements + 1) / 2 * 240),
            ("product", weights),
            ("accumulator bit", (hidden + 8) * 47),
            ("overflow hint", hidden),
            ("overflow", hidden),
            ("saturation", hidden),
            ("activation", hidden),
            ("difference bit", 8 * 72),
            ("selection", 8 * 2),
        ]);
        assert_eq!(kinds, expected, "{name}");
    }
    assert_eq!(constraints(Arch::A1).variables(), 20_162);
}

/// PRF-04, PRF-06
#[test]
fn every_model_and_observation_satisfies() {
    for (name, arch) in ARCHS {
        let shape = constraints(arch);
        satisfies(&ramp(arch), &shape, name);
        for weight in [i16::MIN, i16::MAX] {
            for bias in [i32::MIN, i32::MAX] {
                for observation in [VALUE_MIN, VALUE_MAX] {
                    let what = format!("{name}: {weight} {bias} {observation}");
                    satisfies(&extreme(arch, weight, bias, observation), &shape, &what);
                }
            }
        }
        for seed in 0..if arch == Arch::A1 { 64 } else { 8 } {
            satisfies(&random(arch, seed), &shape, &format!("{name}: seed {seed}"));
        }
    }
}

/// PRF-05: the circuit's own witness; every hundredth one is put into the constraints too.
#[test]
fn witness_agrees_with_the_law() {
    let total = cases(10_000);
    for ((name, arch), count) in ARCHS.into_iter().zip([total - total / 20, total / 20]) {
        let shape = constraints(arch);
        for seed in 1_000_000..1_000_000 + count {
            let what = format!("{name}: seed {seed}");
            let made = agrees(&random(arch, seed), false, &what);
            if seed % 100 == 0 {
                assert_eq!(shape.broken(&made.assignment), None, "{what}");
            }
        }
    }
}

/// PRF-04: both architectures' circuits refuse what they should: an assignment of another observation.
#[test]
fn other_observations_break_the_circuit() {
    let shape = constraints(Arch::A1);
    let (model, mut observations) = ramp(Arch::A1);
    let mut made = agrees(&(model.clone(), observations.clone()), false, "ramp");
    observations[3] += 1;
    let other = agrees(&(model, observations), false, "ramp, one observation changed");
    // The witness of one, the public inputs of the other.
    made.assignment[1..6].copy_from_slice(&other.assignment[1..6]);
    assert!(shape.broken(&made.assignment).is_some());
    let mut nothing = vec![Fr::from(0); shape.variables()];
    nothing[0] = Fr::from(1);
    assert!(shape.broken(&nothing).is_some());
}
