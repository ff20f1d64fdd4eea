//! Models and files that several tests use.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::{path::PathBuf, sync::OnceLock};

use escapement_core::policy::{Arch, OwnedModel, VALUE_MAX, VALUE_MIN};
use escapement_prover::{Prover, setup};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

/// Both architectures, with their names in the vectors.
pub const ARCHS: [(&str, Arch); 2] = [("A1", Arch::A1), ("A2", Arch::A2)];

/// Path of a file of vectors.
pub fn vector_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../src/core/vectors").join(name)
}

/// Compares text with a committed file of vectors. `UPDATE_SNAPSHOTS=1` writes it first.
pub fn committed(name: &str, text: &str) {
    let file = vector_file(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), text, "{name}");
}

/// Values of one key of one case of the vectors of the policy.
pub fn vector(case: &str, key: &str) -> Vec<String> {
    let text = std::fs::read_to_string(vector_file("zk78.txt")).unwrap();
    let mut lines = text.lines().skip_while(|line| *line != format!("case {case}"));
    let line = lines.find(|line| line.split(' ').next() == Some(key)).unwrap();
    line.split(' ').skip(1).map(String::from).collect()
}

/// A prover with the development key of an architecture, made once.
pub fn prover_of(arch: Arch) -> &'static Prover {
    static PROVERS: [OnceLock<Prover>; 2] = [const { OnceLock::new() }; 2];
    let slot = usize::from(arch == Arch::A2);
    PROVERS[slot].get_or_init(|| Prover::new(setup::dev(arch).unwrap()).unwrap())
}

/// A prover with the development key of A1.
pub fn prover() -> &'static Prover {
    prover_of(Arch::A1)
}

/// The "ramp" model and its observations.
pub fn ramp(arch: Arch) -> (OwnedModel, Vec<i32>) {
    let dims = arch.dims().map(|d| i32::try_from(d).unwrap());
    let mut model = OwnedModel::zero(arch);
    (model.weights, model.biases) = (vec![], vec![]);
    for l in 0..3 {
        let (inputs, outputs) = (dims[l], dims[l + 1]);
        let l = i32::try_from(l).unwrap();
        for j in 0..outputs {
            for i in 0..inputs {
                let weight = ((31 * j + 17 * i + 7 * l) % 257 - 128) * 16;
                model.weights.push(i16::try_from(weight).unwrap());
            }
            model.biases.push(((13 * j + 5 * l) % 101 - 50) * 1000);
        }
    }
    for (k, (lo, hi)) in (1..).zip(model.lo.iter_mut().zip(&mut model.hi)) {
        (*lo, *hi) = (-65_536 * k, 65_536 * k);
    }
    let observations = (0..dims[0]).map(|i| (i * 7919 * 13) % 400_001 - 200_000).collect();
    (model, observations)
}

/// A model at the ends of every range, and observations at theirs.
pub fn extreme(arch: Arch, weight: i16, bias: i32, observation: i32) -> (OwnedModel, Vec<i32>) {
    let mut model = OwnedModel::zero(arch);
    model.weights.fill(weight);
    model.biases.fill(bias);
    (model.lo, model.hi) = ([VALUE_MIN; 8], [VALUE_MAX; 8]);
    (model, vec![observation; arch.inputs()])
}

/// A model and observations that follow from a seed: ends of the ranges are as likely as what lies between.
pub fn random(arch: Arch, seed: u64) -> (OwnedModel, Vec<i32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    // How much of the range the weights use: small ones leave neurons unsaturated.
    let shift = rng.next_u32() % 16;
    let mut number = move |min: i32, max: i32, shift: u32| match rng.next_u32() % 8 {
        0 => min,
        1 => max,
        2 => 0,
        _ => {
            let span = i64::from(max) - i64::from(min) + 1;
            let value = i64::from(min) + (rng.next_u64() % span.unsigned_abs()).cast_signed();
            i32::try_from(value >> shift).unwrap()
        }
    };
    let mut model = OwnedModel::zero(arch);
    for weight in &mut model.weights {
        *weight = i16::try_from(number(i16::MIN.into(), i16::MAX.into(), shift)).unwrap();
    }
    model.biases.fill_with(|| number(i32::MIN, i32::MAX, shift));
    for (lo, hi) in model.lo.iter_mut().zip(&mut model.hi) {
        let (a, b) = (number(VALUE_MIN, VALUE_MAX, 0), number(VALUE_MIN, VALUE_MAX, 0));
        (*lo, *hi) = (a.min(b), a.max(b));
    }
    let observations = (0..arch.inputs()).map(|_| number(VALUE_MIN, VALUE_MAX, 0)).collect();
    (model, observations)
}

/// Number of cases: `PROPTEST_CASES` if it is set.
pub fn cases(default: u64) -> u64 {
    std::env::var("PROPTEST_CASES").map_or(default, |n| n.parse().unwrap())
}
