#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use super::*;
use num_bigint::BigUint;
use num_rational::Ratio;
use proptest::prelude::*;

fn span(n: u8) -> NonZeroU8 {
    NonZeroU8::new(n).unwrap()
}

fn amounts() -> impl Strategy<Value = u128> {
    prop_oneof![0..10u128, 0..1u128 << 60, 0..1u128 << 96, 0..1u128 << 120]
}

/// The step in exact fractions.
fn exact(average: &Ratio<BigUint>, sample: u128, n: u8) -> Ratio<BigUint> {
    let whole = |x: u128| Ratio::from_integer(BigUint::from(x));
    (average * whole(u128::from(n - 1)) + whole(sample) * whole(2)) / whole(u128::from(n) + 1)
}

#[test]
fn step_works_on_known_values() {
    assert_eq!(step_down(0, 600, span(5)), Ok(200));
    assert_eq!(step_down(200, 600, span(5)), Ok(333));
    assert_eq!(step_down(7, 600, span(1)), Ok(600));
    assert_eq!(step_down(1, 0, span(200)), Ok(0));
    assert_eq!(step_down(u128::MAX, 0, span(3)), Err(MathError::Overflow));
    assert_eq!(step_down(0, u128::MAX, span(3)), Err(MathError::Overflow));
    assert_eq!(advance_down(200, 600, span(5), 0), Ok(200));
    assert_eq!(advance_down(0, 600, span(5), 2), Ok(333));
    assert_eq!(advance_down(1 << 119, 0, span(255), u64::MAX), Ok(0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// EMA-01
    #[test]
    fn step_is_the_exact_floor_between_its_arguments(average in amounts(), sample in amounts(), n in 1u8..) {
        let next = step_down(average, sample, span(n)).unwrap();
        let exact = exact(&Ratio::from_integer(BigUint::from(average)), sample, n);
        prop_assert_eq!(BigUint::from(next), exact.to_integer(), "EMA-01");
        prop_assert!(average.min(sample) <= next && next <= average.max(sample), "EMA-01: outside its arguments");
    }

    /// EMA-02 and EMA-03
    #[test]
    fn averages_never_sum_to_more_than_the_samples(samples in prop::collection::vec(amounts(), 1..60), n in 1u8..=52) {
        let (mut average, mut model) = (0u128, Ratio::from_integer(BigUint::ZERO));
        let (mut spent, mut came) = (BigUint::ZERO, BigUint::ZERO);
        for sample in samples {
            average = step_down(average, sample, span(n)).unwrap();
            model = exact(&model, sample, n);
            spent += average;
            came += sample;
            prop_assert!(spent <= came, "EMA-02: {spent} > {came}");
            let below = &model - Ratio::from_integer(BigUint::from(average));
            // Each step loses less than one unit, and the loss fades as the samples do.
            prop_assert!(below < Ratio::from_integer(BigUint::from(n / 2 + 1)), "EMA-03: {below} below");
        }
    }

    /// EMA-04
    #[test]
    fn advancing_is_that_many_steps(average in amounts(), sample in amounts(), n in 1u8..=60, steps in 0u64..200) {
        let mut one_by_one = average;
        for _ in 0..steps {
            one_by_one = step_down(one_by_one, sample, span(n)).unwrap();
        }
        prop_assert_eq!(advance_down(average, sample, span(n), steps), Ok(one_by_one), "EMA-04");
        // However many there are, it ends.
        let settled = advance_down(average, sample, span(n), u64::MAX).unwrap();
        prop_assert_eq!(step_down(settled, sample, span(n)), Ok(settled), "EMA-04");
    }
}
