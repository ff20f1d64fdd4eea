#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::*;
use num_bigint::BigUint;
use proptest::prelude::*;

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
    assert_eq!(scale_wide_down(U256::ONE, 1, 0), Err(MathError::DivisionByZero));
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
fn epoch_window_is_twice_an_epoch_at_the_highest_values() {
    // 50,000 ppm a year over a week and 200 ppm, twice: 2,317.8 ppm of the supply.
    let shape = epoch_window(604_800);
    assert_eq!(shape.period, 604_800);
    assert_eq!(shape.cap(ether(1_000_000)), Ok(U256::from(2_317_808_219_178_082_191_780u128)));
    assert_eq!(YEARLY.cap(ether(1_000_000)), Ok(ether(50_000)));
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
    fn epoch_window_covers_every_schedule_twice(
        supply in any_amount(),
        rate in 0u32..=50_000,
        remint in 0u32..=200,
        seconds in 0u32..=YEAR,
    ) {
        let cap = epoch_window(seconds).cap(supply).unwrap();
        let denominator = BigUint::from(1_000_000u32) * 86_400u32 * 365u32;
        let scheduled = |rate: u32, remint: u32| {
            BigUint::from(rate) * seconds + BigUint::from(remint) * 86_400u32 * 365u32
        };
        prop_assert_eq!(big(cap), big(supply) * scheduled(50_000, 200) * 2u32 / &denominator);
        prop_assert!(big(cap) >= big(supply) * scheduled(rate, remint) / denominator * 2u32);
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
