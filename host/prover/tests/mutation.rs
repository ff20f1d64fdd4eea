//! Every variable of the witness, changed alone.

mod common;

use std::collections::BTreeSet;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, UniformRand};
use common::{extreme, ramp};
use escapement_core::policy::{Arch, Model, OwnedModel};
use escapement_prover::{
    circuit::{OVERFLOW_HINT, Witness, synthesize},
    r1cs::R1cs,
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

fn made(model: &OwnedModel, observations: &[i32]) -> (R1cs, Vec<Fr>) {
    let bytes = model.encode().unwrap();
    let model = Model::parse(&bytes).unwrap();
    let made = synthesize(&Witness { model, observations, context: Fr::from(5) }, true);
    (made.r1cs, made.assignment)
}
