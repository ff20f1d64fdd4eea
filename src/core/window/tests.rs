#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::*;
use crate::emission::{epoch_window, YEAR, YEARLY};
use num_bigint::BigUint;
use proptest::prelude::*;
use std::vec::Vec;

fn big(x: U256) -> BigUint {
    BigUint::from_bytes_le(&x.to_le_bytes::<32>())
}

fn ether(n: u64) -> U256 {
    U256::from(n) * U256::from(10u64).pow(U256::from(18))
}

#[test]
fn window_lets_one_cap_through_and_then_leaks() {
    let supply = ether(1_000);
    let window = Window::new(0, supply);
    let cap = ether(50);
    assert_eq!(YEARLY.cap(supply), Ok(cap));
    let full = window.add(&YEARLY, 10, supply, cap).unwrap();
    let one = U256::ONE;
    assert_eq!(full.add(&YEARLY, 10, supply, one), Err(WindowError::Exceeded { level: cap, amount: one, cap }));
    assert_eq!(full.add(&YEARLY, 9, supply, one), Err(WindowError::Backwards { now: 9, last: 10 }));
    let half = 10 + u64::from(YEAR) / 2;
    assert_eq!(full.level_at(&YEARLY, half), Ok(ether(25)));
    assert_eq!(full.add(&YEARLY, half, supply, ether(25)).unwrap().level, cap);
    assert_eq!(full.level_at(&YEARLY, 10 + u64::from(YEAR)), Ok(U256::ZERO));
    let overflow = WindowError::Exceeded { level: cap, amount: U256::MAX, cap };
    assert_eq!(full.add(&YEARLY, 10, supply, U256::MAX), Err(overflow));
}

#[test]
fn window_start_moves_after_a_period_and_keeps_the_level() {
    let year = u64::from(YEAR);
    let window = Window::new(5, ether(1_000)).add(&YEARLY, 5, ether(1_000), ether(50)).unwrap();
    let before = window.add(&YEARLY, year + 4, ether(2_000), U256::ZERO).unwrap();
    assert_eq!((before.base, before.started_at), (ether(1_000), 5));
    let after = before.add(&YEARLY, year + 5, ether(2_000), ether(99)).unwrap();
    assert_eq!((after.base, after.started_at), (ether(2_000), year + 5));
    assert!(after.level >= ether(99) && after.level < ether(99) + ether(1));
    // A smaller base makes a smaller cap; a level above it lets nothing through until it has leaked.
    let shrunk = after.add(&YEARLY, 2 * year + 5, ether(100), U256::ZERO).unwrap();
    assert_eq!(YEARLY.cap(shrunk.base), Ok(ether(5)));
}

#[test]
fn shapes_that_divide_by_zero_are_refused() {
    let window = Window::new(0, U256::ONE);
    let error = Err(WindowError::Math(MathError::DivisionByZero));
    for shape in [Shape { denominator: 0, ..YEARLY }, Shape { period: 0, ..YEARLY }] {
        assert_eq!(window.add(&shape, 1, U256::ONE, U256::ZERO), error);
    }
}

fn shapes() -> impl Strategy<Value = Shape> {
    let odd = (1u64..1 << 40, 1u64..1 << 40, 1u32..=2 * YEAR);
    prop_oneof![
        Just(YEARLY),
        (3_600..=YEAR).prop_map(epoch_window),
        odd.prop_map(|(numerator, denominator, period)| Shape { numerator, denominator, period }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// WIN-01 and WIN-02
    #[test]
    fn window_never_lets_more_through_than_its_bound(
        shape in shapes(),
        supplies in prop::collection::vec(1u64..1_000_000_000, 1..40),
        mints in prop::collection::vec((0u64..=1_500, 0u64..=1_100), 1..40),
    ) {
        let scale = U256::from(1_000_000_000u64);
        let bases: Vec<U256> = supplies.iter().map(|supply| U256::from(*supply) * scale).collect();
        let mut window = Window::new(0, bases[0]);
        let (mut now, mut through, mut highest) = (0u64, Vec::new(), BigUint::ZERO);
        for (count, (wait, share)) in mints.into_iter().enumerate() {
            // Squares of thousandths: short waits and small amounts more often than long and large ones.
            let share = share * share;
            now += u64::from(shape.period) * wait * wait / 1_000_000;
            let base = bases[count % bases.len()];
            let amount = scale_wide_down(shape.cap(window.base).unwrap(), share, 1_000_000).unwrap();
            // WIN-02: the model of the start, and of what must be let through.
            let moves = now >= window.started_at + u64::from(shape.period);
            let cap = shape.cap(if moves { base } else { window.base }).unwrap();
            prop_assert_eq!(big(cap), big(if moves { base } else { window.base }) * shape.numerator / shape.denominator);
            let elapsed = (now - window.updated_at).min(u64::from(shape.period));
            let leak = big(shape.cap(window.base).unwrap()) * elapsed / shape.period;
            let level = big(window.level) - leak.min(big(window.level));
            match window.add(&shape, now, base, amount) {
                Ok(next) => {
                    prop_assert!(next.level <= cap && big(next.level) == level + big(amount), "WIN-02");
                    prop_assert_eq!(next.started_at == now, moves || window.started_at == now, "WIN-02");
                    window = next;
                    highest = highest.max(big(cap));
                    through.push((now, big(amount)));
                }
                Err(error) => {
                    let level = window.level_at(&shape, now).unwrap();
                    prop_assert_eq!(error, WindowError::Exceeded { level, amount, cap }, "WIN-02");
                    prop_assert!(level + amount > cap, "WIN-02: refused what fits");
                }
            }
        }
        // WIN-01, over every stretch from one amount to another: at most the highest cap * (1 + time / period), and a unit
        // of rounding for each amount.
        for first in 0..through.len() {
            let mut sum = BigUint::ZERO;
            for (count, (at, amount)) in through[first..].iter().enumerate() {
                sum += amount;
                let time = at - through[first].0;
                let bound = &highest + &highest * time / shape.period + 1u32;
                prop_assert!(sum <= bound, "WIN-01: {sum} > {bound} after {count} amounts");
            }
        }
    }
}
