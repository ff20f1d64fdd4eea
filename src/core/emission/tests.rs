#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::*;
use num_bigint::BigUint;
use proptest::prelude::*;
use std::vec::Vec;

fn big(x: U256) -> BigUint {
    BigUint::from_bytes_le(&x.to_le_bytes::<32>())
}

/// floor(supply * rate * seconds / (10^6 * 365 days)), written from its formula.
fn exact(supply: U256, rate: u64, seconds: u64) -> BigUint {
    big(supply) * rate * seconds / (BigUint::from(1_000_000u32) * 86_400u32 * 365u32)
}

fn any_amount() -> impl Strategy<Value = U256> {
    (any::<[u64; 4]>(), 0usize..256).prop_map(|(limbs, shift)| U256::from_limbs(limbs) >> shift)
}

fn ether(n: u64) -> U256 {
    U256::from(n) * U256::from(10u64).pow(U256::from(18))
}

#[test]
fn epoch_amount_works_on_known_values() {
    // 100 million tokens at 5 % a year: 95,890.41 a week.
    let week = epoch_amount(ether(100_000_000), 50_000, 604_800).unwrap();
    assert_eq!(week, U256::from(95_890_410_958_904_109_589_041u128));
    assert_eq!(epoch_amount(ether(1), 1_000_000, YEAR), Ok(ether(1)));
    assert_eq!(epoch_amount(U256::MAX, 1_000_000, YEAR), Ok(U256::MAX));
    assert_eq!(epoch_amount(U256::MAX, 1_000_001, YEAR), Err(MathError::Overflow));
    assert_eq!(epoch_amount(U256::from(31_535_999), 1_000_000, 1), Ok(U256::ZERO));
    assert_eq!(epoch_amount(U256::from(YEAR), 1_000_000, 1), Ok(U256::ONE));
    assert_eq!(epoch_limit(ether(1), YEAR), Ok(ether(1) / U256::from(10)));
    assert_eq!(scale(U256::ONE, 1, 0), Err(MathError::DivisionByZero));
}

#[test]
fn epoch_at_counts_from_genesis() {
    assert_eq!(epoch_at(999, 1_000, 100), None);
    assert_eq!(epoch_at(1_000, 1_000, 100), Some(0));
    assert_eq!(epoch_at(1_099, 1_000, 100), Some(0));
    assert_eq!(epoch_at(1_100, 1_000, 100), Some(1));
    assert_eq!(epoch_at(1_100, 1_000, 0), None);
}

#[test]
fn supply_growth_works_on_known_values() {
    assert_eq!(supply_growth(50_000, 0), 4_110);
    assert_eq!(supply_growth(50_000, 200), 5_110);
    assert_eq!(supply_growth(u32::MAX, u32::MAX), u32::MAX);
    assert_eq!(emission_room(MAX_GROWTH, 0), 54_750);
    assert_eq!(emission_room(MAX_GROWTH, 901), 0);
    assert_eq!(remint_room(MAX_GROWTH, 50_000), 78);
    assert_eq!(remint_room(MAX_GROWTH, 100_000), 0);
}

#[test]
fn window_lets_one_cap_through_and_then_leaks() {
    let supply = ether(1_000);
    let window = MintWindow::new(0, supply);
    let cap = ether(50);
    assert_eq!(window.cap(), Ok(cap));
    let full = window.add(10, supply, cap).unwrap();
    let one = U256::ONE;
    assert_eq!(full.add(10, supply, one), Err(WindowError::Exceeded { level: cap, amount: one, cap }));
    assert_eq!(full.add(9, supply, one), Err(WindowError::Backwards { now: 9, last: 10 }));
    let half = 10 + u64::from(YEAR) / 2;
    assert_eq!(full.level_at(half), Ok(ether(25)));
    assert_eq!(full.add(half, supply, ether(25)).unwrap().level, cap);
    assert_eq!(full.level_at(10 + u64::from(YEAR)), Ok(U256::ZERO));
    let overflow = WindowError::Exceeded { level: cap, amount: U256::MAX, cap };
    assert_eq!(full.add(10, supply, U256::MAX), Err(overflow));
}

#[test]
fn window_start_moves_after_a_year_and_keeps_the_level() {
    let year = u64::from(YEAR);
    let window = MintWindow::new(5, ether(1_000)).add(5, ether(1_000), ether(50)).unwrap();
    let before = window.add(year + 4, ether(2_000), U256::ZERO).unwrap();
    assert_eq!((before.base_supply, before.started_at), (ether(1_000), 5));
    let after = before.add(year + 5, ether(2_000), ether(99)).unwrap();
    assert_eq!((after.base_supply, after.started_at), (ether(2_000), year + 5));
    assert!(after.level >= ether(99) && after.level < ether(99) + ether(1));
    // A smaller supply makes a smaller cap; a level above it lets nothing through until it has leaked.
    let shrunk = after.add(2 * year + 5, ether(100), U256::ZERO);
    assert_eq!(shrunk.unwrap().cap(), Ok(ether(5)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// EMI-01
    #[test]
    fn epoch_amount_is_the_exact_floor(supply in any_amount(), rate in any::<u32>(), seconds in any::<u32>()) {
        let expected = exact(supply, rate.into(), seconds.into());
        match epoch_amount(supply, rate, seconds) {
            Ok(amount) => prop_assert_eq!(big(amount), expected),
            Err(error) => {
                prop_assert_eq!(error, MathError::Overflow);
                prop_assert!(expected.bits() > 256);
            }
        }
    }

    /// EMI-02
    #[test]
    fn splitting_an_epoch_never_mints_more(supply in any_amount(), rate in 0u32..=50_000, parts in prop::collection::vec(0u32..604_800, 1..10)) {
        let whole = epoch_amount(supply, rate, parts.iter().sum()).unwrap();
        let mut together = U256::ZERO;
        for part in &parts {
            together += epoch_amount(supply, rate, *part).unwrap();
        }
        prop_assert!(together <= whole);
        prop_assert!(whole - together < U256::from(parts.len()));
    }

    /// EMI-03
    #[test]
    fn epoch_limit_covers_every_rate_twice(supply in any_amount(), rate in 0u32..=50_000, seconds in 0u32..=YEAR) {
        let limit = epoch_limit(supply, seconds).unwrap();
        prop_assert_eq!(big(limit), exact(supply, 100_000, seconds.into()));
        prop_assert!(epoch_amount(supply, rate, seconds).unwrap() <= limit);
    }

    /// EMI-04
    #[test]
    fn window_never_lets_more_through_than_its_bound(
        supply in 1u64..1_000_000_000,
        mints in prop::collection::vec((0u32..=2 * YEAR, 0u64..100_000_000), 1..40),
    ) {
        let supply = U256::from(supply) * U256::from(1_000_000_000u64);
        let mut window = MintWindow::new(0, supply);
        let cap = window.cap().unwrap();
        let (mut now, mut through) = (0u64, Vec::new());
        for (wait, amount) in mints {
            now += u64::from(wait);
            let amount = U256::from(amount) * U256::from(1_000_000_000u64);
            match window.add(now, supply, amount) {
                Ok(next) => {
                    prop_assert!(next.level <= cap && next.level >= amount);
                    window = next;
                    through.push((now, big(amount)));
                }
                Err(error) => {
                    let level = window.level_at(now).unwrap();
                    prop_assert_eq!(error, WindowError::Exceeded { level, amount, cap });
                    prop_assert!(level + amount > cap);
                }
            }
        }
        // Over every stretch from one mint to another: at most cap * (1 + time / year), and a unit a mint of rounding.
        for first in 0..through.len() {
            let mut sum = BigUint::ZERO;
            for (count, (at, amount)) in through[first..].iter().enumerate() {
                sum += amount;
                let time = at - through[first].0;
                let bound = big(cap) + big(cap) * time / u64::from(YEAR) + 1u32;
                prop_assert!(sum <= bound, "{sum} > {bound} after {count} mints");
            }
        }
    }

    /// EMI-05
    #[test]
    fn rooms_are_the_highest_that_fit(max in 0u32..20_000, emission in 0u32..400_000, remint in 0u32..5_000) {
        let growth = |e: u32, r: u32| (BigUint::from(e) * 30u32 + 364u32) / 365u32 + BigUint::from(r) * 5u32;
        prop_assert_eq!(BigUint::from(supply_growth(emission, remint)), growth(emission, remint));
        let room = emission_room(max, remint);
        prop_assert!(room == 0 || supply_growth(room, remint) <= max);
        prop_assert!(supply_growth(room + 1, remint) > max);
        let room = remint_room(max, emission);
        prop_assert!(room == 0 || supply_growth(emission, room) <= max);
        prop_assert!(supply_growth(emission, room + 1) > max);
    }
}
