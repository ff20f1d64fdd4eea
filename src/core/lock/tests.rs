//! Curves, weights and penalties against exact fractions, and a lock over random histories.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::vec::Vec;

use num_bigint::BigUint;
use num_rational::Ratio;
use proptest::prelude::*;

use super::*;

/// Any curve.
fn curve() -> impl Strategy<Value = Curve> {
    prop::collection::vec(u32::from(NEUTRAL)..=MAX_MULTIPLIER.into(), 4).prop_map(|mut knots| {
        knots.sort_unstable();
        knots.insert(0, NEUTRAL.into());
        Curve::new(&knots).unwrap()
    })
}

fn length() -> impl Strategy<Value = u32> {
    prop_oneof![0..=MAX_LOCK, prop::sample::select(LENGTHS.to_vec()), 1..100u32]
}

fn amount() -> impl Strategy<Value = u128> {
    prop_oneof![1..100u128, 1..1u128 << 60, 1..=MAX_AMOUNT, Just(MAX_AMOUNT)]
}

fn exact(number: impl Into<BigUint>) -> Ratio<BigUint> {
    Ratio::from_integer(number.into())
}

/// The curve in exact fractions.
fn exact_multiplier(curve: &Curve, length: u32) -> Ratio<BigUint> {
    let knots = curve.knots();
    let upper = LENGTHS.iter().position(|to| length <= *to).unwrap();
    if upper == 0 {
        return exact(knots[0]);
    }
    let (from, to) = (LENGTHS[upper - 1], LENGTHS[upper]);
    let (low, high) = (exact(knots[upper - 1]), exact(knots[upper]));
    &low + (high - &low) * exact(length - from) / exact(to - from)
}

/// What happens to a position.
#[derive(Clone, Debug)]
enum Step {
    Wait(u32),
    Curve(Curve),
    Reweigh,
    Extend(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        prop_oneof![0..100u32, 0..MAX_LOCK].prop_map(Step::Wait),
        curve().prop_map(Step::Curve),
        Just(Step::Reweigh),
        length().prop_map(Step::Extend),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// LCK-01 and LCK-02.
    #[test]
    fn lck_01_multiplier_is_the_exact_floor_and_never_falls(curve in curve(), a in length(), b in length()) {
        let floor = exact_multiplier(&curve, a).floor().to_integer();
        prop_assert_eq!(BigUint::from(curve.multiplier(a)), floor);
        let (short, long) = (a.min(b), a.max(b));
        prop_assert!(curve.multiplier(short) <= curve.multiplier(long));
        prop_assert!((NEUTRAL..=MAX_MULTIPLIER).contains(&curve.multiplier(a)));
    }

    /// LCK-03.
    #[test]
    fn lck_03_weight_is_the_exact_floor(amount in amount(), multiplier in NEUTRAL..=MAX_MULTIPLIER) {
        let weight = exact(amount) * exact(multiplier) / exact(BPS);
        let floor = weight_down(amount, multiplier).unwrap();
        prop_assert_eq!(BigUint::from(floor), weight.floor().to_integer());
        prop_assert!(floor >= amount);
    }

    /// LCK-04.
    #[test]
    fn lck_04_penalty_is_the_exact_ceiling(
        amount in amount(),
        penalty in 0..=MAX_PENALTY,
        length in 1..=MAX_LOCK,
        left in 0..=MAX_LOCK,
        less in 0..=MAX_LOCK,
    ) {
        let left = left.min(length);
        let cost = exact(amount) * exact(penalty) * exact(left) / (exact(BPS) * exact(length));
        let ceiling = penalty_up(amount, penalty, left, length).unwrap();
        prop_assert_eq!(BigUint::from(ceiling), cost.ceil().to_integer());
        // Never more than half rounded up, and never more later than earlier.
        prop_assert!(ceiling <= amount.div_ceil(2));
        prop_assert!(penalty_up(amount, penalty, left.min(less), length).unwrap() <= ceiling);
    }

    /// LCK-05 and LCK-06.
    #[test]
    fn lck_05_live_lock_never_loses_weight(amount in amount(), first in length(), start in curve(), steps in steps()) {
        let (mut now, mut curve) = (1_800_000_000u64, start);
        let mut position = Position::open(amount, first, now, &curve);
        // The end of the longest commitment so far, and the best multiplier that was ever on offer for any lock.
        let mut best = curve.multiplier(first);
        for step in steps {
            let before = position;
            match step {
                Step::Wait(seconds) => now += u64::from(seconds),
                Step::Curve(next) => curve = next,
                Step::Reweigh => position.reweigh(now, &curve),
                Step::Extend(length) => {
                    let live = before.left(now) > 0;
                    match position.extend(length, now, &curve) {
                        Ok(()) => {
                            prop_assert!(!live || length >= before.length);
                            prop_assert_eq!(position.ends_at, now + u64::from(length));
                        }
                        Err(kept) => {
                            prop_assert!(live && length < before.length);
                            prop_assert_eq!(kept, before.length);
                            prop_assert_eq!(position.ends_at, before.ends_at);
                        }
                    }
                    best = if live { best.max(curve.multiplier(position.length)) } else { curve.multiplier(length) };
                }
            }
            if before.left(now) > 0 {
                prop_assert!(position.weight().unwrap() >= before.weight().unwrap(), "LCK-05: a live lock lost weight");
                prop_assert!(position.ends_at >= before.ends_at, "LCK-05: a live lock became shorter");
            }
            if matches!(step, Step::Reweigh) {
                if position.left(now) == 0 {
                    prop_assert_eq!((position.multiplier, position.length), (NEUTRAL, 0), "LCK-06");
                    best = NEUTRAL;
                } else {
                    best = best.max(curve.multiplier(position.length));
                }
            }
            prop_assert!(position.multiplier <= best, "more than any curve ever offered for its length");
            prop_assert!(position.cost(MAX_PENALTY, now).unwrap() <= amount.div_ceil(2));
            prop_assert_eq!(position.cost(MAX_PENALTY, now).unwrap() == 0, position.left(now) == 0);
        }
    }

    /// LCK-07.
    #[test]
    fn lck_07_rise_bounds_the_sum_of_weights(
        old in curve(),
        step in prop::collection::vec(0..600u32, 4),
        locks in prop::collection::vec((1..1u128 << 80, length()), 1..10),
    ) {
        let mut knots: Vec<u32> = old.knots().iter().map(|knot| u32::from(*knot)).collect();
        for (knot, step) in knots.iter_mut().skip(1).zip(step) {
            *knot = (*knot + step).min(MAX_MULTIPLIER.into());
        }
        knots.sort_unstable();
        let next = Curve::new(&knots).unwrap();
        let (mut staked, mut weight, mut after) = (0, 0, 0);
        for (amount, length) in locks {
            let mut position = Position::open(amount, length, 0, &old);
            staked += amount;
            weight += position.weight().unwrap();
            position.multiplier = position.multiplier.max(next.multiplier(length));
            after += position.weight().unwrap();
        }
        let limit = exact(weight) * exact(BPS + u32::from(MAX_RISE)) / exact(BPS);
        // Multipliers are whole basis points: one more for each rounding, on what is staked.
        let slack = exact(staked) * exact(2u32) / exact(BPS) + exact(10u32);
        match old.rise(&next, staked, weight).unwrap() {
            None => prop_assert!(exact(after) <= limit + slack),
            Some((added, allowed)) => {
                prop_assert!(added > allowed);
                prop_assert!(after - weight <= added + 10 + staked / 10_000);
            }
        }
    }
}

/// LCK-08: what is no curve is refused, with its numbers.
#[test]
fn lck_03_weight_of_a_position_is_its_amount_at_its_multiplier() {
    let position = |amount| Position { amount, multiplier: 12_500, length: 0, ends_at: 0 };
    assert_eq!(position(1_001).weight(), Ok(1_251));
    // The largest amount is that of 96 bits.
    assert_eq!(MAX_AMOUNT, 79_228_162_514_264_337_593_543_950_335);
    assert!(position(MAX_AMOUNT).weight().is_ok());
}

#[test]
fn lck_08_curve_refuses_with_its_numbers() {
    assert_eq!(Curve::new(&[10_000; 4]), Err(CurveError::Knots { count: 4 }));
    assert_eq!(Curve::new(&[10_000; 6]), Err(CurveError::Knots { count: 6 }));
    let (min, max) = (NEUTRAL, MAX_MULTIPLIER);
    for multiplier in [9_999, 10_001, 0, 70_000] {
        let error = CurveError::Knot { knot: 0, multiplier, min, max: NEUTRAL };
        assert_eq!(Curve::new(&[multiplier, 11_000, 12_000, 13_000, 14_000]), Err(error));
    }
    let error = CurveError::Knot { knot: 2, multiplier: 10_999, min: 11_000, max };
    assert_eq!(Curve::new(&[10_000, 11_000, 10_999, 13_000, 14_000]), Err(error));
    for multiplier in [40_001, 65_536 + 20_000] {
        let error = CurveError::Knot { knot: 4, multiplier, min: 13_000, max };
        assert_eq!(Curve::new(&[10_000, 11_000, 12_000, 13_000, multiplier]), Err(error));
    }
    let knots = [10_000, 11_000, 12_500, 15_000, 40_000];
    let curve = Curve::new(&knots.map(u32::from)).unwrap();
    assert_eq!(curve.knots(), knots);
    assert_eq!(LENGTHS.map(|length| curve.multiplier(length)), knots);
    assert_eq!(curve.multiplier(u32::MAX), 40_000);
    // Half-way between 90 and 180 days; one second before a knot.
    assert_eq!(curve.multiplier(135 * DAY), 13_750);
    assert_eq!(curve.multiplier(30 * DAY - 1), 10_999);
}

/// LCK-07: a step that is too steep, with its numbers, and the two ways in which it passes.
#[test]
fn lck_07_rise_tells_its_numbers() {
    let curve = |last| Curve::new(&[10_000, 10_000, 10_000, 10_000, last]).unwrap();
    let (old, next) = (curve(20_000), curve(20_500));
    // 5 % of what is staked against 2 % of the weight.
    assert_eq!(old.rise(&next, 1_000_000, 2_000_000), Ok(Some((50_000, 40_000))));
    assert_eq!(old.rise(&next, 1_000_000, 2_500_000), Ok(None));
    assert_eq!(old.rise(&curve(20_400), 1_000_000, 1_000_000), Ok(None));
    assert_eq!(old.rise(&curve(10_000), 1_000_000, 1_000_000), Ok(None));
    assert_eq!(old.rise(&curve(40_000), 0, 0), Ok(None));
    assert_eq!(old.rise(&next, u128::MAX, 0), Err(MathError::Overflow));
}

/// LCK-05: the multiplier of a long lock cannot be kept by short ones.
#[test]
fn lck_05_short_extension_is_refused() {
    let curve = Curve::new(&[10_000, 11_000, 12_000, 15_000, 20_000]).unwrap();
    let mut position = Position::open(100, MAX_LOCK, 0, &curve);
    let late = u64::from(MAX_LOCK - 1);
    assert_eq!(position.extend(DAY, late, &curve), Err(MAX_LOCK));
    assert_eq!(position.extend(DAY, late + 1, &curve), Ok(()));
    assert_eq!(position.multiplier, 10_033);
}
