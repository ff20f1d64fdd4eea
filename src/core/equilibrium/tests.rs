#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use super::*;
use proptest::prelude::*;
use std::vec::Vec;

#[test]
fn numbers_of_a_meter_are_its_fields_in_order() {
    assert_eq!(Meter { expected: 7, average: 8, credit: 9 }.numbers(), [7, 8, 9]);
}

/// What happens between two rolls, and at one.
#[derive(Clone, Debug)]
enum Step {
    /// A mint of the contract's own, outside the equilibrium.
    Mint(u128),
    /// Somebody burns that many thousandths of the supply.
    Burn(u128),
    /// An epoch is rolled, after so many that nobody rolled, with a cap in ppm; so many thousandths of the room are used,
    /// twice.
    Roll(u64, u32, u128),
    /// The span of the average changes.
    Span(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        prop_oneof![0..10u128, 0..1u128 << 80].prop_map(Step::Mint),
        prop_oneof![0..3u128, 0..1_000u128].prop_map(Step::Burn),
        (prop_oneof![Just(0), 0..60u64], prop_oneof![0..=200u32, 0..=1_000_000u32], 0..=1_000u128)
            .prop_map(|(missed, cap, used)| Step::Roll(missed, cap, used)),
        (1..=52u8).prop_map(Step::Span),
    ];
    prop::collection::vec(step, 1..60)
}

#[test]
fn meter_nets_own_mints_out_and_refuses_others() {
    let n = NonZeroU8::new(1).unwrap();
    let mut meter = Meter { expected: 1_000, ..Meter::default() };
    meter.mint(50).unwrap();
    // 1,050 expected: 30 burned, although the supply has risen.
    assert_eq!(meter.burned(1_020), Ok(30));
    assert_eq!(meter.close(1_020, 1, n), Ok((30, Meter { expected: 1_020, average: 30, credit: 30 })));
    assert_eq!(meter.close(1_020, 2, n), Ok((30, Meter { expected: 1_020, average: 15, credit: 30 })));
    assert_eq!(meter.close(1_020, 0, n), Ok((30, meter)));
    let foreign = EquilibriumError::ForeignMint { expected: 1_050, supply: 1_051 };
    assert_eq!(meter.burned(1_051), Err(foreign));
    assert_eq!(meter.close(1_051, 1, n), Err(foreign));
    assert_eq!(Meter { expected: u128::MAX, ..Meter::default() }.mint(1), Err(MathError::Overflow));
}

#[test]
fn counter_keeps_an_epoch_within_its_bound() {
    let counter = Reminted { epoch: 7, amount: 40 };
    let meter = |average: u128| Meter { expected: 0, average, credit: 450 };
    // 100 ppm of a million.
    assert_eq!(counter.room_down(8, &meter(500), 1_000_000, 100), Ok(100));
    assert_eq!(counter.room_down(7, &meter(500), 1_000_000, 100), Ok(60));
    assert_eq!(counter.room_down(7, &meter(30), 1_000_000, 100), Ok(0));
    assert_eq!(counter.room_down(8, &meter(30), 1_000_000, 100), Ok(30));
    assert_eq!(counter.room_down(8, &meter(30), 1_000_000, 0), Ok(0));
    assert_eq!(counter.room_down(8, &meter(30), u128::MAX, 2_000_000), Err(MathError::Overflow));
    assert_eq!(counter.room_down(8, &meter(500), 1_000_000, 1_000), Ok(450));
    let mut spent = meter(500);
    assert_eq!(spent.remint(451), Err(EquilibriumError::AboveRoom { amount: 451, room: 450 }));
    assert_eq!((spent.remint(450), spent.credit, spent.expected), (Ok(()), 0, 450));
    assert_eq!(counter.take(7, 60, 60), Ok(Reminted { epoch: 7, amount: 100 }));
    assert_eq!(counter.take(8, 60, 60), Ok(Reminted { epoch: 8, amount: 60 }));
    assert_eq!(counter.take(8, 61, 60), Err(EquilibriumError::AboveRoom { amount: 61, room: 60 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// EQB-01 to EQB-03 over random histories of a token that only this contract mints.
    #[test]
    fn histories_never_mint_again_more_than_was_burned(
        start in prop_oneof![1..1_000u128, 1..1u128 << 90],
        n in 1u8..=52,
        steps in steps(),
    ) {
        let mut n = NonZeroU8::new(n).unwrap();
        let (mut meter, mut counter) = (Meter { expected: start, ..Meter::default() }, Reminted::default());
        let (mut supply, mut epoch) = (start, 0u64);
        let (mut burned, mut metered, mut again) = (0u128, 0u128, 0u128);
        for step in steps {
            match step {
                Step::Span(span) => n = NonZeroU8::new(span).unwrap(),
                Step::Mint(amount) => {
                    meter.mint(amount).unwrap();
                    supply += amount;
                }
                Step::Burn(share) => {
                    let amount = supply / 1_000 * share;
                    supply -= amount;
                    burned += amount;
                }
                Step::Roll(missed, cap, used) => {
                    epoch += missed + 1;
                    let (since, next) = meter.close(supply, missed + 1, n).unwrap();
                    let each = since / u128::from(missed + 1);
                    let (low, high) = (meter.average.min(each), meter.average.max(each));
                    prop_assert!(low <= next.average && next.average <= high, "EQB-02: outside its arguments");
                    meter = next;
                    metered += since;
                    prop_assert_eq!(metered, burned, "EQB-01: the meter is exact");
                    let bound = meter.average.min(supply * u128::from(cap) / 1_000_000);
                    let before = supply;
                    // Twice in one epoch: together within the bound.
                    for _ in 0..2 {
                        let room = counter.room_down(epoch, &meter, before, cap).unwrap();
                        let amount = room * used / 1_000;
                        counter = counter.take(epoch, amount, room).unwrap();
                        meter.remint(amount).unwrap();
                        supply += amount;
                        again += amount;
                    }
                    prop_assert!(counter.amount <= bound, "EQB-02: {} > {bound}", counter.amount);
                    prop_assert!(again <= burned, "EQB-03: {again} > {burned}");
                }
            }
        }
        prop_assert_eq!(meter.burned(supply), Ok(burned - metered), "EQB-01");
    }
}
