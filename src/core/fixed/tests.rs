#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing)]
use super::*;
use num_bigint::BigUint;
use proptest::prelude::*;

fn big(value: U256) -> BigUint {
    BigUint::from_bytes_le(&value.to_le_bytes::<32>())
}

/// Full-width values, and often small or extreme ones.
fn wide() -> impl Strategy<Value = U256> {
    prop_oneof![
        any::<[u64; 4]>().prop_map(U256::from_limbs),
        any::<u64>().prop_map(U256::from),
        (0u64..4).prop_map(U256::from),
        (0u64..4).prop_map(|n| U256::MAX - U256::from(n)),
        (0usize..256).prop_map(|n| U256::from(1) << n),
    ]
}

proptest! {
    /// FIX-01: `mul_div_down` is the floor of the exact quotient, or the typed error.
    /// FIX-02: `mul_div_up` is its ceiling, or the typed error.
    #[test]
    fn fix_01_02_mul_div_agrees_with_big_integers(a in wide(), b in wide(), c in wide()) {
        if c.is_zero() {
            prop_assert_eq!(mul_div_down(a, b, c), Err(MathError::DivisionByZero));
            prop_assert_eq!(mul_div_up(a, b, c), Err(MathError::DivisionByZero));
            return Ok(());
        }
        let (product, limit) = (big(a) * big(b), big(U256::MAX));
        let down = &product / big(c);
        let up = (&product + big(c) - 1u8) / big(c);
        match mul_div_down(a, b, c) {
            Ok(value) => prop_assert_eq!(big(value), down),
            Err(error) => prop_assert!(error == MathError::Overflow && down > limit),
        }
        match mul_div_up(a, b, c) {
            Ok(value) => prop_assert_eq!(big(value), up),
            Err(error) => prop_assert!(error == MathError::Overflow && up > limit),
        }
    }

    /// FIX-03: the 64-bit form agrees with the 256-bit one.
    #[test]
    fn fix_03_narrow_form_agrees_with_the_wide_one(a: u64, b: u64, c in prop_oneof![any::<u64>(), 0u64..3]) {
        let wide = mul_div_down(U256::from(a), U256::from(b), U256::from(c));
        match mul_div_u64(a, b, c) {
            Ok(value) => prop_assert_eq!(wide, Ok(U256::from(value))),
            Err(MathError::Overflow) => prop_assert!(wide.unwrap() > U256::from(u64::MAX)),
            Err(error) => prop_assert_eq!(wide, Err(error)),
        }
    }

    /// FIX-08: the 128-bit form agrees with the 256-bit one.
    #[test]
    fn fix_08_scaling_agrees_with_the_wide_form(
        amount in prop_oneof![any::<u128>(), 0u128..100_000],
        factor in prop_oneof![any::<u64>(), 0u64..20_000],
        divisor in prop_oneof![any::<u64>(), 0u64..20_000],
    ) {
        let wide = mul_div_down(U256::from(amount), U256::from(factor), U256::from(divisor));
        match scale_down(amount, factor, divisor) {
            Ok(value) => prop_assert_eq!(wide, Ok(U256::from(value))),
            Err(MathError::Overflow) => prop_assert!(wide.unwrap() > U256::from(u128::MAX)),
            Err(error) => prop_assert_eq!(wide, Err(error)),
        }
    }

    /// FIX-04: sums and differences are exact or a typed error; they never wrap.
    #[test]
    fn fix_04_sums_never_wrap(a in wide(), b in wide()) {
        match Wad::new(a).checked_add(Wad::new(b)) {
            Ok(sum) => prop_assert_eq!(big(sum.get()), big(a) + big(b)),
            Err(error) => prop_assert!(error == MathError::Overflow && big(a) + big(b) > big(U256::MAX)),
        }
        match Ray::new(a).checked_sub(Ray::new(b)) {
            Ok(rest) => prop_assert_eq!(big(rest.get()) + big(b), big(a)),
            Err(error) => prop_assert!(error == MathError::Underflow && a < b),
        }
    }

    /// FIX-05: an epoch starts at or before its moments and ends after them.
    #[test]
    fn fix_05_epochs_hold_their_moments(now in 0u64..1 << 40, genesis in 0u64..1 << 40, length in 0u64..1 << 30) {
        let (now, genesis) = (Timestamp::new(now), Timestamp::new(genesis));
        match now.epoch(genesis, length) {
            Ok(epoch) => {
                prop_assert!(epoch.start(genesis, length).unwrap() <= now);
                let next = Epoch::new(epoch.get() + 1);
                prop_assert!(next.start(genesis, length).unwrap() > now);
            }
            Err(MathError::Underflow) => prop_assert!(now < genesis),
            Err(error) => prop_assert!(error == MathError::DivisionByZero && length == 0),
        }
    }
}

#[test]
fn constants_are_powers_of_ten() {
    let ten = BigUint::from(10u8);
    assert_eq!(big(WAD), ten.pow(18));
    assert_eq!(big(RAY), ten.pow(27));
    assert_eq!((u64::from(BPS), u64::from(PPM)), (10_000, 1_000_000));
}

#[test]
fn shares_round_as_named() {
    let amount = U256::from(10_001);
    assert_eq!(Bps::new(5_000).of_down(amount), Ok(U256::from(5_000)));
    assert_eq!(Bps::new(5_000).of_up(amount), Ok(U256::from(5_001)));
    assert_eq!(Ppm::new(500_000).of_down(amount), Ok(U256::from(5_000)));
    assert_eq!(Ppm::new(500_000).of_up(amount), Ok(U256::from(5_001)));
    assert_eq!(Bps::new(10_001).of_down(U256::MAX), Err(MathError::Overflow));
    let half = Wad::new(WAD / U256::from(2));
    let tiny = Wad::new(U256::from(1));
    assert_eq!(half.mul_down(tiny), Ok(Wad::new(U256::ZERO)));
    assert_eq!(half.mul_up(tiny), Ok(tiny));
    assert_eq!(tiny.div_down(Wad::new(U256::from(3))).map(|w| w.get() % U256::from(10)), Ok(U256::from(3)));
    assert_eq!(tiny.div_up(Wad::new(U256::from(3))).map(|w| w.get() % U256::from(10)), Ok(U256::from(4)));
    assert_eq!(tiny.div_down(Wad::new(U256::ZERO)), Err(MathError::DivisionByZero));
    let (half, tiny) = (Ray::new(RAY / U256::from(2)), Ray::new(U256::from(1)));
    assert_eq!(half.mul_down(tiny), Ok(Ray::new(U256::ZERO)));
    assert_eq!(half.mul_up(tiny), Ok(tiny));
    assert_eq!(Epoch::new(u64::MAX).start(Timestamp::new(1), 1), Err(MathError::Overflow));
    assert_eq!(Bps::new(u32::MAX).checked_add(Bps::new(1)), Err(MathError::Overflow));
}

#[test]
fn fix_06_narrow_form_is_exact_on_a_small_domain() {
    for a in 0..48u64 {
        for b in 0..48 {
            for c in 1..48 {
                assert_eq!(mul_div_u64(a, b, c), Ok(a * b / c));
                let up = mul_div_up(U256::from(a), U256::from(b), U256::from(c)).unwrap();
                assert_eq!(up, U256::from((a * b).div_ceil(c)));
            }
        }
    }
}

#[test]
fn fix_07_shares_are_exact_for_every_rate() {
    let amounts = [0, 1, 2, 3, 7, 9_999, 10_000, 10_001, 999_999, 1_000_000, 1_000_001, u64::MAX];
    for amount in amounts {
        let (wide, exact) = (U256::from(amount), u128::from(amount));
        for rate in (0..=10_001).chain([20_000, u32::MAX]) {
            let product = exact * u128::from(rate);
            let share = |base: u128| (U256::from(product / base), U256::from(product.div_ceil(base)));
            let bps = (Bps::new(rate).of_down(wide).unwrap(), Bps::new(rate).of_up(wide).unwrap());
            let ppm = (Ppm::new(rate).of_down(wide).unwrap(), Ppm::new(rate).of_up(wide).unwrap());
            assert_eq!((bps, ppm), (share(10_000), share(1_000_000)), "{rate} of {amount}");
        }
    }
}
