//! What a witness leaves open: every variable changed alone, and all together.

mod common;

use std::collections::BTreeSet;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, UniformRand};
use common::{ARCHS, extreme, ramp};
use escapement_core::policy::{Arch, Model, OwnedModel};
use escapement_prover::{
    circuit::{OVERFLOW_HINT, Witness, constraints, synthesize},
    r1cs::{R1cs, Row},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

/// For each variable, the constraints it stands in.
fn columns(r1cs: &R1cs) -> Vec<BTreeSet<usize>> {
    let mut columns = vec![BTreeSet::new(); r1cs.variables()];
    for matrix in &r1cs.matrices {
        for (constraint, row) in matrix.iter().enumerate() {
            for (_, variable) in row {
                columns[*variable].insert(constraint);
            }
        }
    }
    columns
}

/// Variables that can be changed without breaking a constraint.
fn free(r1cs: &R1cs, assignment: &mut [Fr]) -> BTreeSet<usize> {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let columns = columns(r1cs);
    (1..r1cs.variables())
        .filter(|&variable| {
            let old = assignment[variable];
            let others = [old + Fr::from(1), old - Fr::from(1), Fr::rand(&mut rng)];
            let survives = others.into_iter().any(|value| {
                assignment[variable] = value;
                columns[variable].iter().all(|&constraint| r1cs.holds(constraint, assignment))
            });
            assignment[variable] = old;
            survives
        })
        .collect()
}

/// PRF-07 and, for the public inputs, PRF-08.
#[test]
fn only_hints_of_neurons_without_overflow_are_free() {
    let mut saturated = extreme(Arch::A1, i16::MAX, 0, 1 << 22);
    // Some neurons overflow, some do not.
    saturated.0.weights[..96].fill(1);
    for ((model, observations), explained) in [(ramp(Arch::A1), None), (saturated, Some(8))] {
        let (r1cs, mut assignment) = made(&model, &observations);
        assert_eq!(r1cs.broken(&assignment), None);
        let hints: BTreeSet<usize> = (0..r1cs.variables()).filter(|i| r1cs.names[*i] == OVERFLOW_HINT).collect();
        let idle: BTreeSet<usize> = hints.iter().copied().filter(|i| assignment[*i] == Fr::ZERO).collect();
        assert_eq!(hints.len(), 32);
        if let Some(count) = explained {
            assert_eq!(idle.len(), count);
        }
        assert_eq!(free(&r1cs, &mut assignment), idle);
    }
}

/// PRF-07: the scan finds what is free. Without its recomposition constraint an accumulator's lowest bit is.
#[test]
fn the_scan_finds_a_missing_constraint() {
    let (model, observations) = ramp(Arch::A1);
    let (mut r1cs, mut assignment) = made(&model, &observations);
    let bit = r1cs.names.iter().position(|name| *name == "accumulator bit").unwrap();
    let at = columns(&r1cs)[bit].iter().copied().find(|row| r1cs.matrices[0][*row].len() > 1).unwrap();
    r1cs.matrices.iter_mut().for_each(|matrix| drop(matrix.remove(at)));
    assert_eq!(r1cs.broken(&assignment), None);
    assert!(free(&r1cs, &mut assignment).contains(&bit));
}

/// PRF-16: changing one variable alone says nothing about several changed together, so follow the constraints from what
/// is chosen (bits of model and observations, context) to all else.
#[test]
fn everything_follows_from_model_observations_and_context() {
    for (_, arch) in ARCHS {
        everything_follows(&constraints(arch));
    }
}

fn everything_follows(r1cs: &R1cs) {
    let [lefts, rights, products] = &r1cs.matrices;
    let one = vec![(Fr::from(1), 0)];

    let bits: BTreeSet<usize> = (0..r1cs.variables()).filter(|i| r1cs.names[*i].ends_with(" bit")).collect();
    // Variables x with x * x = x.
    let boolean: BTreeSet<usize> = (0..r1cs.constraints())
        .filter(|&k| lefts[k] == rights[k] && lefts[k] == products[k])
        .filter_map(|k| if let [(weight, x)] = lefts[k][..] { (weight == Fr::from(1)).then_some(x) } else { None })
        .collect();
    assert_eq!(boolean, bits, "a bit without a constraint of its own");

    let chosen = ["one", "weight bit", "bias bit", "bound bit", "observation bit"];
    let mut known: Vec<bool> = r1cs.names.iter().map(|name| chosen.contains(name)).collect();
    known[1] = true;
    for constraint in 0..r1cs.constraints() {
        let unknown = |row: &Row| row.iter().filter(|(_, v)| !known[*v]).copied().collect::<Row>();
        let (left, right, product) =
            (unknown(&lefts[constraint]), unknown(&rights[constraint]), unknown(&products[constraint]));
        match (left.as_slice(), right.as_slice(), product.as_slice()) {
            // The product of known numbers.
            ([], [], [(_, variable)]) => known[*variable] = true,
            // A sum of bits, each twice as heavy as the one before, far below the order of the field.
            (sum, [], []) if rights[constraint] == one && sum.len() < 64 => {
                for (place, (weight, variable)) in sum.iter().enumerate() {
                    assert!(bits.contains(variable));
                    assert_eq!(*weight, Fr::from(1u64 << place));
                    known[*variable] = true;
                }
            }
            // high * hint = over; the next constraint is high * (1 - over) = 0. With high = 0 the first one says over = 0,
            // else the second one says over = 1. The hint stays open.
            ([], [(_, hint)], [(_, over)]) if r1cs.names[*hint] == OVERFLOW_HINT => {
                let (next, rest) = (constraint + 1, vec![(Fr::from(1), 0), (-Fr::from(1), *over)]);
                assert!(lefts[next] == lefts[constraint] && rights[next] == rest && products[next].is_empty());
                known[*over] = true;
            }
            // One of its own: bits that are summed up later.
            ([(_, x)], [(_, y)], [(_, z)]) if x == y && y == z && bits.contains(x) => {}
            ([], [], []) => {}
            other => panic!("constraint {constraint} leaves open {other:?}"),
        }
    }
    let open: BTreeSet<&str> = (0..r1cs.variables()).filter(|i| !known[*i]).map(|i| r1cs.names[i]).collect();
    assert_eq!(open, BTreeSet::from([OVERFLOW_HINT]));
}

fn made(model: &OwnedModel, observations: &[i32]) -> (R1cs, Vec<Fr>) {
    let bytes = model.encode().unwrap();
    let model = Model::parse(&bytes).unwrap();
    let made = synthesize(&Witness { model, observations, context: Fr::from(5) }, true);
    (made.r1cs, made.assignment)
}
