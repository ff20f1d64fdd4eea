//! Fixed point and limits.

use super::{fraction, whole};
use crate::fixed::{mul_div_down, mul_div_u64, mul_div_up, Bps, MathError, Ppm, Ray, Wad};
use crate::rules::{Limit, SlotRules};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use ruint::aliases::U256;

fn big(x: U256) -> BigInt {
    BigInt::from_bytes_le(num_bigint::Sign::Plus, &x.to_le_bytes::<32>())
}

/// Numbers of every size, ends included.
fn any_u256() -> impl Strategy<Value = U256> {
    prop_oneof![
        8 => (any::<[u64; 4]>(), 0usize..256).prop_map(|(limbs, shift)| U256::from_limbs(limbs) >> shift),
        1 => Just(U256::ZERO),
        1 => Just(U256::MAX),
        1 => Just(U256::ONE),
    ]
}

/// What an operation with this exact result returns: the number, or the overflow.
fn expected(exact: &BigInt) -> Result<BigInt, MathError> {
    if exact.bits() > 256 {
        Err(MathError::Overflow)
    } else {
        Ok(exact.clone())
    }
}

fn any_limit() -> impl Strategy<Value = Limit> {
    (0u16..=10_000, prop_oneof![0u32..100_000, any::<u32>()]).prop_map(|(rel_bps, abs)| Limit { rel_bps, abs })
}

/// The larger of the floored share and the absolute amount.
fn limit_exactly(limit: Limit, base: u32) -> BigRational {
    (whole(base) * fraction(limit.rel_bps, 10_000)).floor().max(whole(limit.abs))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// DIF-01
    #[test]
    fn mul_div_is_exact(a in any_u256(), b in any_u256(), c in any_u256()) {
        if c.is_zero() {
            prop_assert_eq!(mul_div_down(a, b, c), Err(MathError::DivisionByZero));
            prop_assert_eq!(mul_div_up(a, b, c), Err(MathError::DivisionByZero));
        } else {
            let exact = fraction(big(a) * big(b), big(c));
            prop_assert_eq!(mul_div_down(a, b, c).map(big), expected(&exact.floor().to_integer()));
            prop_assert_eq!(mul_div_up(a, b, c).map(big), expected(&exact.ceil().to_integer()));
        }
    }

    /// DIF-02
    #[test]
    fn mul_div_u64_is_exact(a in any::<u64>(), b in any::<u64>(), c in prop_oneof![Just(0), any::<u64>(), 1u64..1_000_000]) {
        match mul_div_u64(a, b, c) {
            Err(MathError::DivisionByZero) => prop_assert_eq!(c, 0),
            Err(_) => prop_assert!(fraction(BigInt::from(a) * b, c) >= whole(u128::from(u64::MAX) + 1)),
            Ok(result) => prop_assert_eq!(whole(result), fraction(BigInt::from(a) * b, c).floor()),
        }
    }

    /// DIF-03
    #[test]
    fn units_are_exact(amount in any_u256(), other in any_u256(), rate in any::<u32>()) {
        let share = |base: u32| whole(big(amount)) * fraction(rate, base);
        prop_assert_eq!(Bps::new(rate).of_down(amount).map(big), expected(&share(10_000).floor().to_integer()));
        prop_assert_eq!(Bps::new(rate).of_up(amount).map(big), expected(&share(10_000).ceil().to_integer()));
        prop_assert_eq!(Ppm::new(rate).of_down(amount).map(big), expected(&share(1_000_000).floor().to_integer()));
        prop_assert_eq!(Ppm::new(rate).of_up(amount).map(big), expected(&share(1_000_000).ceil().to_integer()));
        let one = |digits: u32| BigInt::from(10).pow(digits);
        let (x, y) = (big(amount), big(other));
        let product = fraction(&x * &y, one(18));
        prop_assert_eq!(Wad::new(amount).mul_down(Wad::new(other)).map(|r| big(r.get())), expected(&product.floor().to_integer()));
        prop_assert_eq!(Wad::new(amount).mul_up(Wad::new(other)).map(|r| big(r.get())), expected(&product.ceil().to_integer()));
        let product = fraction(&x * &y, one(27));
        prop_assert_eq!(Ray::new(amount).mul_down(Ray::new(other)).map(|r| big(r.get())), expected(&product.floor().to_integer()));
        prop_assert_eq!(Ray::new(amount).mul_up(Ray::new(other)).map(|r| big(r.get())), expected(&product.ceil().to_integer()));
        if y > BigInt::ZERO {
            let quotient = fraction(&x * one(18), y);
            prop_assert_eq!(Wad::new(amount).div_down(Wad::new(other)).map(|r| big(r.get())), expected(&quotient.floor().to_integer()));
            prop_assert_eq!(Wad::new(amount).div_up(Wad::new(other)).map(|r| big(r.get())), expected(&quotient.ceil().to_integer()));
        }
    }

    /// DIF-04
    #[test]
    fn limits_and_steps_are_exact(limit in any_limit(), other in any_limit(), base in any::<u32>(), range in any::<[u32; 2]>()) {
        prop_assert_eq!(whole(limit.of(base)), limit_exactly(limit, base));
        // "Covers" means: allows at least as much from every base.
        if limit.covers(other) {
            prop_assert!(limit.of(base) >= other.of(base));
        }
        let rules = SlotRules {
            gov_min: range[0].min(range[1]),
            gov_max: range[0].max(range[1]),
            neutral: 0,
            step_up: limit,
            step_down: other,
            bucket_up: limit,
            bucket_down: other,
            safe: limit,
        };
        let nearest = base.clamp(rules.gov_min, rules.gov_max);
        prop_assert_eq!(rules.base(base), nearest);
        prop_assert_eq!(whole(rules.step_room(true, base)), limit_exactly(limit, nearest));
        prop_assert_eq!(whole(rules.step_room(false, base)), limit_exactly(other, nearest));
    }
}
