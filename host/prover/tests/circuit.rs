//! The constraints against the law.

mod common;

use ark_bn254::Fr;
use common::{ARCHS, extreme, ramp};
use escapement_core::policy::{Model, VALUE_MAX, VALUE_MIN};
use escapement_prover::circuit::{Witness, constraints, synthesize};

/// PRF-02
#[test]
fn constraint_counts_are_those_of_the_specification() {
    for ((name, arch), (count, variables)) in ARCHS.into_iter().zip([(20_216, 20_162), (156_919, 156_769)]) {
        let r1cs = constraints(arch);
        assert_eq!((r1cs.constraints(), r1cs.variables()), (count, variables), "{name}");
    }
}

#[test]
fn ramp_and_extremes_satisfy_the_circuit() {
    for (_, arch) in ARCHS {
        let mut cases = vec![ramp(arch)];
        for weight in [i16::MIN, i16::MAX, 0] {
            for bias in [i32::MIN, i32::MAX] {
                for observation in [VALUE_MIN, VALUE_MAX] {
                    cases.push(extreme(arch, weight, bias, observation));
                }
            }
        }
        let shape = constraints(arch);
        for (model, observations) in cases {
            let bytes = model.encode().unwrap();
            let model = Model::with_arch(arch, &bytes).unwrap();
            let t = std::time::Instant::now();
            let made = synthesize(&Witness { model, observations: &observations, context: Fr::from(7) }, true);
            let t1 = t.elapsed();
            assert_eq!(made.outputs, model.infer(&observations).unwrap());
            assert_eq!(made.r1cs.broken(&made.assignment), None);
            let t2 = t.elapsed();
            assert!(made.r1cs == shape);
            let t = std::time::Instant::now();
            let other = synthesize(&Witness { model, observations: &observations, context: Fr::from(7) }, false);
            eprintln!("{t1:?} {t2:?} values only {:?}", t.elapsed());
            assert_eq!(other.assignment, made.assignment);
        }
    }
}
