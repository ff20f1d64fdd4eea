#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::*;
use num_bigint::BigInt;
use proptest::prelude::*;

fn floor_saturated(numerator: &BigInt, denominator: &BigInt) -> i32 {
    let scaled: BigInt = numerator * 65_536;
    let quotient = num_rational::BigRational::new(scaled, denominator.clone()).floor().to_integer();
    i32::try_from(&quotient).unwrap_or(if quotient < BigInt::from(0) { i32::MIN } else { i32::MAX })
}

/// Numbers of every size, so that quotients are neither always zero nor always saturated.
fn any_amount() -> impl Strategy<Value = u128> {
    (any::<u128>(), 0u32..128).prop_map(|(x, shift)| x >> shift)
}

#[test]
fn positions_and_names_are_distinct() {
    for (position, kpi) in Kpi::ALL.into_iter().enumerate() {
        assert_eq!(kpi.index(), position);
        assert_eq!(Kpi::ALL.iter().filter(|other| other.name() == kpi.name()).count(), 1);
    }
}

#[test]
fn formulas_work_on_known_values() {
    assert_eq!(ratio(1, 3), Some(21_845));
    assert_eq!(ratio(1, 0), None);
    assert_eq!(ratio(u128::MAX, 1), Some(i32::MAX));
    assert_eq!(ratio(u128::MAX, u128::MAX), Some(ONE));
    assert_eq!(change(110, 100), Some(6_553));
    assert_eq!(change(90, 100), Some(-6_554));
    assert_eq!(change(50, 100), Some(-32_768));
    assert_eq!(change(0, 7), Some(-ONE));
    assert_eq!(change(7, 0), None);
    assert_eq!(volatility(square(3_277)), 3_277);
    assert_eq!(volatility(u64::MAX), i32::MAX);
    assert_eq!(square(i32::MIN), 1 << 62);
    assert_eq!(drawdown(70, 100), Some(19_660));
    assert_eq!(drawdown(170, 100), Some(0));
    assert_eq!(disagreement(99, 100, 101), Some(1_310));
    assert_eq!(ema(1_000, 2_000, NonZeroU32::new(10).unwrap()), 1_100);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// KPI-01
    #[test]
    fn ratio_and_change_are_exact_floors(a in any_amount(), b in any_amount()) {
        if b == 0 {
            prop_assert_eq!((ratio(a, b), change(a, b)), (None, None));
            return Ok(());
        }
        let (x, y) = (BigInt::from(a), BigInt::from(b));
        prop_assert_eq!(ratio(a, b).unwrap(), floor_saturated(&x, &y));
        prop_assert_eq!(change(a, b).unwrap(), floor_saturated(&(&x - &y), &y));
    }

    /// KPI-02
    #[test]
    fn ema_stays_between_its_arguments(previous in any_amount(), sample in any_amount(), n in 1u32..) {
        let next = ema(previous, sample, NonZeroU32::new(n).unwrap());
        prop_assert!(next >= previous.min(sample) && next <= previous.max(sample));
        let exact = num_rational::BigRational::from(BigInt::from(previous))
            + num_rational::BigRational::new(BigInt::from(sample) - BigInt::from(previous), n.into());
        let error = num_rational::BigRational::from(BigInt::from(next)) - exact;
        prop_assert!(error < num_rational::BigRational::from(BigInt::from(1)) && error > num_rational::BigRational::from(BigInt::from(-1)));
    }

    /// KPI-03
    #[test]
    fn volatility_is_the_floored_root(mean_square in any::<u64>()) {
        let root = u128::from(mean_square.isqrt());
        prop_assert!(root * root <= u128::from(mean_square) && (root + 1) * (root + 1) > u128::from(mean_square));
        prop_assert_eq!(volatility(mean_square), i32::try_from(root).unwrap_or(i32::MAX));
    }
}
