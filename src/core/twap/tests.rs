#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use super::*;
use num_bigint::BigUint;
use num_rational::Ratio;
use proptest::prelude::*;

fn big(x: U256) -> BigUint {
    BigUint::from_bytes_le(&x.to_le_bytes::<32>())
}

/// A price of `quote` per `token` as the market accumulates it.
fn price(token: u128, quote: u128) -> U256 {
    (U256::from(quote) << FRACTION) / U256::from(token)
}

fn seen(older: u64, newer: u64) -> Observations {
    let at = |at: u64| Observation { cumulative: U256::from(at), at };
    Observations { older: at(older), newer: at(newer) }
}

#[test]
fn observe_keeps_the_two_latest_half_an_hour_apart() {
    let first = Observations::default().observe(U256::from(7), 10_000).unwrap();
    assert_eq!(first.newer, Observation { cumulative: U256::from(7), at: 10_000 });
    assert_eq!(first.observe(U256::from(8), 11_799), Err(TwapError::TooSoon { next: 11_800 }));
    let second = first.observe(U256::from(8), 11_800).unwrap();
    assert_eq!((second.older, second.newer.at), (first.newer, 11_800));
}

#[test]
fn average_reverts_when_no_reading_has_the_right_age() {
    let average = |seen: Observations, now: u64| seen.average_down(U256::from(now) * U256::from(3), now);
    // The newer one is old enough; then only the older one; then none.
    assert!(average(seen(10_000, 20_000), 21_800).is_ok());
    assert_eq!(average(seen(10_000, 20_000), 21_800), Ok(Price(U256::from((3 * 21_800u64 - 20_000) / 1_800))));
    assert_eq!(average(seen(10_000, 20_000), 21_799), Ok(Price(U256::from((3 * 21_799u64 - 10_000) / 11_799))));
    assert_eq!(average(seen(20_000, 20_001), 21_799), Err(TwapError::TooYoung { age: 1_799 }));
    assert_eq!(average(seen(10_000, 20_000), 20_000 + 86_401), Err(TwapError::TooOld { age: 86_401 }));
    assert_eq!(average(seen(0, 1_000_000), 1_000_001), Err(TwapError::TooYoung { age: 1 }));
    assert_eq!(average(Observations::default(), 1_000_000), Err(TwapError::TooOld { age: 1_000_000 }));
    assert_eq!(average(seen(10, 20), 19), Err(TwapError::Math(MathError::Underflow)));
}

#[test]
fn guards_work_at_their_edges() {
    // 2 quote for a token; 3 % either way.
    let two = Price(price(1, 2));
    for (quote, fine) in [(194, true), (193, false), (206, true), (207, false)] {
        let answer = two.check_reserves(100, quote, 300);
        let refused = Err(TwapError::Deviates { implied: U256::from(200), reserve: quote });
        assert_eq!(answer, if fine { Ok(()) } else { refused });
    }
    // 200 quote must buy what is worth 198 at least.
    assert_eq!(two.check_output(99, 200, 100), Ok(()));
    let short = TwapError::Short { worth: U256::from(196), least: U256::from(198) };
    assert_eq!(two.check_output(98, 200, 100), Err(short));
    // What must come out is rounded up: of 99 units a loss of 1 % is none.
    assert_eq!(two.check_output(49, 99, 100), Err(TwapError::Short { worth: U256::from(98), least: U256::from(99) }));
    assert_eq!(two.check_output(1, 10_000, 10_001), Err(TwapError::Math(MathError::Underflow)));
    assert_eq!(Price(U256::MAX).worth_down(2), Err(MathError::Overflow));
    assert_eq!(Price(U256::MAX).check_reserves(2, u128::MAX, 1), Err(TwapError::Math(MathError::Overflow)));
    // An average of zero allows nothing.
    let none = Price(U256::ZERO);
    assert_eq!(none.check_reserves(5, 5, 300), Err(TwapError::Deviates { implied: U256::ZERO, reserve: 5 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// TWP-01 and TWP-02 over random markets; a stretch of zero seconds is a trade undone within its second.
    #[test]
    fn average_is_that_of_the_prices_that_lasted(
        start in any::<[u64; 4]>(),
        stretches in prop::collection::vec((1u128..1 << 90, 1u128..1 << 90, prop_oneof![Just(0), 0u64..7_200]), 1..20),
    ) {
        let start = U256::from_limbs(start);
        let (mut cumulative, mut now) = (start, 1_000_000u64);
        let seen = Observations::default().observe(start, now).unwrap();
        let (mut sum, mut time) = (BigUint::ZERO, 0u64);
        for (token, quote, seconds) in stretches {
            cumulative = cumulative.wrapping_add(price(token, quote) * U256::from(seconds));
            sum += big(price(token, quote)) * seconds;
            time += seconds;
            now += seconds;
        }
        match seen.average_down(cumulative, now) {
            Ok(Price(average)) => prop_assert_eq!(big(average), sum / time, "TWP-01"),
            Err(error) => {
                let expected =
                    if time < MIN_AGE { TwapError::TooYoung { age: time } } else { TwapError::TooOld { age: time } };
                prop_assert_eq!(error, expected, "TWP-02");
                prop_assert!(!(MIN_AGE..=MAX_AGE).contains(&time), "TWP-02");
            }
        }
    }

    /// TWP-03
    #[test]
    fn guards_are_those_of_exact_fractions(
        (token, quote) in (1u128..1 << 90, 1u128..1 << 90),
        drift in 8_000u128..12_000,
        bps in 0u16..2_000,
    ) {
        let average = Price(price(token, quote));
        let now = quote * drift / 10_000;
        let whole = |x: u128| Ratio::from_integer(BigUint::from(x));
        let implied = (Ratio::from_integer(big(average.0)) * whole(token) / whole(1 << FRACTION)).to_integer();
        let (implied, reserve) = (Ratio::from_integer(implied), whole(now));
        let away = if reserve > implied { &reserve - &implied } else { &implied - &reserve };
        let within = away <= &implied * whole(bps.into()) / whole(10_000);
        prop_assert_eq!(average.check_reserves(token, now, bps).is_ok(), within, "TWP-03");
        // An output: `now` quote for all the tokens.
        let fine = implied >= (whole(now) * whole(u128::from(10_000 - bps)) / whole(10_000)).ceil();
        prop_assert_eq!(average.check_output(token, now, bps).is_ok(), fine, "TWP-03");
    }
}

/// TWP-04
#[test]
fn a_market_manipulated_within_one_block_keeps_its_average() {
    // A market at 2 for a day, and its readings.
    let held = price(1_000, 2_000);
    let mut cumulative = U256::ZERO;
    let mut seen = Observations::default();
    let mut now = 1_000_000u64;
    for _ in 0..10 {
        seen = seen.observe(cumulative, now).unwrap();
        cumulative = cumulative.wrapping_add(held * U256::from(1_800u64));
        now += 1_800;
    }
    let fair = seen.average_down(cumulative, now).unwrap();
    assert_eq!(fair, Price(held));
    // The attacker trades the price to 8 and asks in the same block: the average has not moved, so the guard refuses.
    let reserves = (500u128, 4_000u128);
    let attacked = seen.average_down(cumulative, now).unwrap();
    let refused = TwapError::Deviates { implied: U256::from(1_000), reserve: 4_000 };
    assert_eq!(attacked.check_reserves(reserves.0, reserves.1, 500), Err(refused));
    // Even a reading kept in that block only starts the next average; it is too young to be used alone.
    let fooled = seen.observe(cumulative, now).unwrap();
    assert_eq!(fooled.average_down(cumulative, now), Ok(Price(held)));
}
