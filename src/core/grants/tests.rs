//! Payouts against exact fractions.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::vec::Vec;

use num_bigint::BigUint;
use num_rational::Ratio;
use proptest::prelude::*;

use super::*;
use crate::param::CATEGORY0;

/// Largest amount of the token.
const MOST: u128 = 1 << 96;

/// A round: budget, and per category multiplier and base amounts of its claims.
fn rounds() -> impl Strategy<Value = (u128, Vec<(u32, Vec<u128>)>)> {
    let base = prop_oneof![0..100u128, 0..1u128 << 60, 0..MOST / 40];
    let category = (MIN_MULTIPLIER..=MAX_MULTIPLIER, prop::collection::vec(base, 0..6));
    (prop_oneof![0..1_000u128, 0..=MOST, Just(MOST)], prop::collection::vec(category, 1..=CATEGORIES))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// GRA-01 and GRA-02.
    #[test]
    fn gra_01_payouts_are_exact_shares_within_the_budget((budget, categories) in rounds()) {
        let bases: Vec<u128> = categories.iter().map(|(_, claims)| claims.iter().sum()).collect();
        let multipliers: Vec<u32> = categories.iter().map(|(multiplier, _)| *multiplier).collect();
        let weight: BigUint = bases.iter().zip(&multipliers).map(|(base, m)| BigUint::from(*base) * *m).sum();
        let shares = match Shares::open(budget, &bases, &multipliers) {
            Ok(shares) => shares,
            Err(error) => {
                prop_assert_eq!(error, GrantsError::NothingDeclared);
                prop_assert_eq!(weight, BigUint::ZERO);
                return Ok(());
            }
        };
        let mut sum = 0u128;
        let mut count = 0u128;
        for ((multiplier, claims), declared) in categories.iter().zip(&bases) {
            let mut claimed = 0;
            for base in claims {
                claimed = claim(claimed, *base, *declared).unwrap();
                let payout = shares.payout_down(*base, *multiplier).unwrap();
                let exact = Ratio::new(BigUint::from(*base) * *multiplier * budget, weight.clone());
                prop_assert_eq!(BigUint::from(payout), exact.to_integer(), "GRA-01: not the floor of the exact share");
                sum += payout;
                count += 1;
            }
            prop_assert_eq!(claimed, *declared);
            // GRA-03
            prop_assert_eq!(claim(claimed, 1, *declared), Err(GrantsError::BaseExceeded { claimed, base: 1, declared: *declared }));
        }
        prop_assert!(sum <= budget, "GRA-02: {} paid of {}", sum, budget);
        // All declared bases were claimed, so no more than one unit each is left.
        prop_assert!(budget - sum <= count, "GRA-02: {} left", budget - sum);
    }

    /// GRA-04: any amounts at all are refused or computed, never wrong.
    #[test]
    fn gra_04_huge_amounts_are_refused_at_the_opening(budget: u128, base: u128, part: u128) {
        match Shares::open(budget, &[base], &[MAX_MULTIPLIER]) {
            Ok(shares) => {
                let part = part % (base + u128::from(base < u128::MAX));
                let exact = Ratio::new(BigUint::from(part) * budget, BigUint::from(base));
                prop_assert_eq!(BigUint::from(shares.payout_down(part, MAX_MULTIPLIER).unwrap()), exact.to_integer());
            }
            Err(GrantsError::Math(MathError::Overflow)) => {
                prop_assert!((BigUint::from(base) * MAX_MULTIPLIER * budget).bits() > 256);
            }
            Err(other) => prop_assert!(base == 0 && other == GrantsError::NothingDeclared),
        }
    }
}

/// The compiled-in range is the parameters'.
#[test]
fn multipliers_are_the_hard_range_of_the_parameters() {
    assert_eq!((MIN_MULTIPLIER, MAX_MULTIPLIER), CATEGORY0.hard_range());
    assert_eq!(CATEGORIES, usize::from(crate::param::MAX_CATEGORIES));
}

/// GRA-05: refusals with their numbers.
#[test]
fn gra_05_refusals_carry_their_numbers() {
    let open = |bases: &[u128], multipliers: &[u32]| Shares::open(100, bases, multipliers).err();
    assert_eq!(open(&[1], &[10_000]), None);
    assert_eq!(open(&[], &[]), Some(GrantsError::BadCount { bases: 0, multipliers: 0 }));
    assert_eq!(open(&[1; 9], &[10_000; 9]), Some(GrantsError::BadCount { bases: 9, multipliers: 9 }));
    assert_eq!(open(&[1, 1], &[10_000]), Some(GrantsError::BadCount { bases: 2, multipliers: 1 }));
    for multiplier in [0, 2_499, 20_001] {
        let refused = GrantsError::MultiplierOutOfRange { category: 1, multiplier };
        assert_eq!(open(&[1, 1], &[10_000, multiplier]), Some(refused));
    }
    assert_eq!(open(&[0, 0], &[10_000, 10_000]), Some(GrantsError::NothingDeclared));
    assert_eq!(claim(2, 2, 3), Err(GrantsError::BaseExceeded { claimed: 2, base: 2, declared: 3 }));
    let most = GrantsError::BaseExceeded { claimed: u128::MAX, base: 1, declared: u128::MAX };
    assert_eq!(claim(u128::MAX, 1, u128::MAX), Err(most));
}
