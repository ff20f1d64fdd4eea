//! The split against exact fractions.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use num_bigint::BigUint;
use num_rational::Ratio;
use proptest::prelude::*;

use super::*;

/// `N` weights that sum to 10,000: the gaps between sorted cuts.
fn weights<const N: usize>() -> impl Strategy<Value = [u32; N]> {
    prop::collection::vec(prop_oneof![0..=BPS, Just(0), Just(BPS)], N - 1).prop_map(|mut cuts| {
        cuts.sort_unstable();
        cuts.push(BPS);
        let mut weights = [0; N];
        let mut last = 0;
        for (weight, cut) in weights.iter_mut().zip(cuts) {
            *weight = cut - last;
            last = cut;
        }
        weights
    })
}

fn amounts() -> impl Strategy<Value = u128> {
    prop_oneof![0..20_000u128, 0..1u128 << 96, any::<u128>(), Just(u128::MAX)]
}

fn holds<const N: usize>(amount: u128, weights: &[u32; N]) -> Result<(), TestCaseError> {
    let parts = split(amount, weights).expect("the weights sum to 10,000");
    let sum: BigUint = parts.iter().map(|part| BigUint::from(*part)).sum();
    prop_assert_eq!(sum, BigUint::from(amount), "ALC-01: the parts do not sum to the amount");
    for (place, (part, weight)) in parts.iter().zip(weights).enumerate() {
        let exact = Ratio::new(BigUint::from(amount) * *weight, BigUint::from(BPS));
        let floor = exact.floor().to_integer();
        if place == 0 {
            let more = BigUint::from(*part) - &floor;
            prop_assert!(more < BigUint::from(N), "ALC-02: {} more than the floor for the reserve", more);
        } else {
            prop_assert_eq!(BigUint::from(*part), floor, "ALC-02: part {} is not the floor", place);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// ALC-01 and ALC-02 for the sizes of the minter and of the gauges.
    #[test]
    fn alc_01_parts_sum_to_the_amount(amount in amounts(), three in weights::<3>(), many in weights::<32>()) {
        holds(amount, &three)?;
        holds(amount, &many)?;
    }

    /// ALC-03.
    #[test]
    fn alc_03_a_wrong_sum_is_refused(amount in amounts(), weights in prop::array::uniform4(prop_oneof![0..6_000u32, any::<u32>()])) {
        let sum = weights.iter().map(|weight| u64::from(*weight)).sum();
        let expected = (sum != 10_000).then_some(AllocationError::BadSum { sum });
        prop_assert_eq!(split(amount, &weights).err(), expected);
        prop_assert_eq!(check(&weights).err(), expected);
    }
}

/// ALC-03 at the edges, and a split into nothing.
#[test]
fn alc_03_one_too_much_or_too_little_is_refused() {
    assert_eq!(split(7, &[9_999, 0]), Err(AllocationError::BadSum { sum: 9_999 }));
    assert_eq!(split(7, &[9_999, 2]), Err(AllocationError::BadSum { sum: 10_001 }));
    assert_eq!(split(7, &[9_999, 1]), Ok([7, 0]));
    assert_eq!(split(7, &[]), Err(AllocationError::BadSum { sum: 0 }));
}
