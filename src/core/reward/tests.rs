//! The stream and its index against exact fractions and against random histories.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::vec::Vec;

use num_bigint::BigUint;
use num_rational::Ratio;
use proptest::prelude::*;

use super::*;

const WEEK: u32 = 604_800;

/// What happens to a pool.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Fund(u128, u32),
    Keep(u128),
    Reweigh(usize, u128),
    Claim(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let amount = prop_oneof![0..100u128, 0..1u128 << 60, 0..1u128 << 88];
    let weight = prop_oneof![Just(0), 1..10u128, 0..1u128 << 64, 0..1u128 << 96];
    let step = prop_oneof![
        prop_oneof![0..100u64, 0..1_000_000u64, Just(400_000_000)].prop_map(Step::Wait),
        (amount.clone(), prop_oneof![1..10u32, Just(WEEK)]).prop_map(|(amount, time)| Step::Fund(amount, time)),
        amount.prop_map(Step::Keep),
        (0..4usize, weight).prop_map(|(who, weight)| Step::Reweigh(who, weight)),
        (0..4usize).prop_map(Step::Claim),
    ];
    prop::collection::vec(step, 1..60)
}

fn exact(number: u128) -> Ratio<BigUint> {
    Ratio::from_integer(BigUint::from(number))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// REW-01, REW-02, REW-03 and REW-05 over random histories of four accounts.
    #[test]
    fn rew_01_histories_conserve_what_was_funded(steps in steps()) {
        let mut pool = Pool::default();
        let mut accounts = [Account::default(); 4];
        let (mut now, mut claimed) = (0u64, 0u128);
        // The exact model: what every account would have without any rounding.
        let mut due: Vec<Ratio<BigUint>> = (0..4).map(|_| exact(0)).collect();
        let mut touches = 0u32;
        for step in steps {
            let before = pool.index;
            match step {
                Step::Wait(seconds) => {
                    let streamed = pool.ends_at.min(now + seconds).saturating_sub(now);
                    if pool.weight != 0 {
                        let all = exact(pool.rate) * exact(u128::from(streamed));
                        for (due, account) in due.iter_mut().zip(&accounts) {
                            *due += &all * exact(account.weight) / exact(pool.weight);
                        }
                    }
                    now += seconds;
                }
                Step::Fund(amount, time) => prop_assert_eq!(pool.fund(now, amount, time), Ok(())),
                Step::Keep(amount) => prop_assert_eq!(pool.keep(amount), Ok(())),
                Step::Reweigh(who, weight) => {
                    prop_assert_eq!(pool.accrue(now), Ok(()));
                    prop_assert_eq!(pool.reweigh(&mut accounts[who], weight), Ok(()));
                }
                Step::Claim(who) => {
                    prop_assert_eq!(pool.accrue(now), Ok(()));
                    let weight = accounts[who].weight;
                    prop_assert_eq!(pool.reweigh(&mut accounts[who], weight), Ok(()));
                    claimed += core::mem::take(&mut accounts[who].owed);
                    due[who] = exact(0);
                }
            }
            touches += 1;
            prop_assert!(pool.index >= before, "REW-02: the index fell");
            prop_assert_eq!(pool.weight, accounts.iter().map(|account| account.weight).sum::<u128>());
            // REW-01, at this very moment for everybody.
            let mut settled = pool;
            prop_assert_eq!(settled.accrue(now), Ok(()));
            let mut owed = claimed;
            for (account, due) in accounts.iter().zip(&due) {
                let mut account = *account;
                prop_assert_eq!(account.settle(settled.index), Ok(()));
                owed += account.owed;
                // REW-03: never more than exact, and less by a bounded rounding: one unit for each settlement, and per
                // index step less than weight / RAY.
                prop_assert!(exact(account.owed) <= due.clone(), "REW-03: more than the exact part");
            }
            let given = settled.funded - settled.held().unwrap();
            prop_assert!(owed <= given, "REW-01: {} owed, {} given", owed, given);
            // What is given and not owed is rounding alone: at most one unit per touch and account.
            prop_assert!(given - owed <= u128::from(touches) * 6, "REW-05: {} lost", given - owed);
        }
    }

    /// REW-04: splitting a stay into many settlements never earns more, and less by at most one unit each.
    #[test]
    fn rew_04_settling_often_never_earns_more(
        amount in 0..1u128 << 90,
        mine in 1..1u128 << 90,
        others in 0..1u128 << 90,
        cuts in prop::collection::vec(0..u64::from(WEEK), 0..20),
    ) {
        let open = || {
            let mut pool = Pool::default();
            let (mut me, mut them) = (Account::default(), Account::default());
            pool.reweigh(&mut me, mine).unwrap();
            pool.reweigh(&mut them, others).unwrap();
            pool.fund(0, amount, WEEK).unwrap();
            (pool, me)
        };
        let (mut pool, mut once) = open();
        pool.accrue(u64::from(WEEK)).unwrap();
        once.settle(pool.index).unwrap();
        let (mut pool, mut often) = open();
        let mut cuts = cuts;
        cuts.sort_unstable();
        let count = cuts.len() as u128 + 1;
        for cut in cuts.into_iter().chain([u64::from(WEEK)]) {
            pool.accrue(cut).unwrap();
            often.settle(pool.index).unwrap();
        }
        prop_assert!(often.owed <= once.owed);
        // Per settlement one unit of the account, and what the floored index steps leave: weight / RAY each.
        let steps = mine / 1_000_000_000_000_000_000_000_000_000 + 2;
        prop_assert!(once.owed - often.owed <= count * steps, "{} of {}", once.owed - often.owed, once.owed);
    }
}

/// REW-06: with nobody there nothing is given, nothing is lost, and the first who comes gets none of it at once.
#[test]
fn rew_06_an_empty_pool_keeps_everything() {
    let mut pool = Pool::default();
    pool.fund(0, 1_000_000, 1_000).unwrap();
    let mut first = Account::default();
    pool.accrue(600).unwrap();
    assert_eq!((pool.index, pool.unallocated), (U256::ZERO, 600_000));
    pool.reweigh(&mut first, 1).unwrap();
    pool.accrue(1_000).unwrap();
    first.settle(pool.index).unwrap();
    assert_eq!((first.owed, pool.unallocated), (400_000, 600_000));
    pool.fund(1_000, 0, 1_000).unwrap();
    pool.accrue(2_000).unwrap();
    first.settle(pool.index).unwrap();
    assert_eq!(first.owed, 1_000_000);
}

/// REW-07: one base unit of weight for ten years, against the largest pool; nothing overflows (T8).
#[test]
fn rew_07_one_unit_of_weight_earns_everything_for_ten_years() {
    let mut pool = Pool::default();
    let mut only = Account::default();
    pool.reweigh(&mut only, 1).unwrap();
    let yearly = MAX_FUNDED / 10;
    for year in 0..10u64 {
        pool.fund(year * 31_536_000, yearly, 31_536_000).unwrap();
    }
    pool.accrue(10 * 31_536_000).unwrap();
    only.settle(pool.index).unwrap();
    assert_eq!(only.owed + pool.unallocated, yearly * 10);
    assert!(pool.index.bit_len() <= 186);
    assert_eq!(
        pool.fund(10 * 31_536_000, 1_000, 1).err(),
        Some(RewardError::TooMuch { funded: yearly * 10, amount: 1_000 })
    );
}

/// REW-08: refusals, with their numbers, and nothing changed by them.
#[test]
fn rew_08_refusals_carry_their_numbers() {
    let mut pool = Pool { updated_at: 10, ..Pool::default() };
    assert_eq!(pool.accrue(9), Err(RewardError::Backwards { now: 9, last: 10 }));
    assert_eq!(pool.fund(10, 5, 0), Err(RewardError::Math(MathError::DivisionByZero)));
    assert_eq!(pool.funded, 0, "a refused funding leaves no trace");
    pool.fund(10, 5, 1).unwrap();
    assert_eq!(pool.keep(MAX_FUNDED), Err(RewardError::TooMuch { funded: 5, amount: MAX_FUNDED }));
    let mut stranger = Account { weight: 1, ..Account::default() };
    assert_eq!(pool.reweigh(&mut stranger, 2), Err(RewardError::Math(MathError::Underflow)));
}

/// REW-09: a closed pool gives back what it holds, to the unit; what was earned stays, and nothing more is earned.
#[test]
fn rew_09_closing_returns_what_was_not_given() {
    let mut pool = Pool::default();
    let mut only = Account::default();
    pool.reweigh(&mut only, 7).unwrap();
    pool.fund(0, 1_000_003, 1_000).unwrap();
    let returned = pool.close(400).unwrap();
    only.settle(pool.index).unwrap();
    assert!(returned >= 600_003 && only.owed >= 399_999, "{returned} {}", only.owed);
    assert_eq!(returned + pool.funded, 1_000_003);
    assert!(only.owed <= pool.funded);
    assert_eq!((pool.held(), pool.close(500)), (Ok(0), Ok(0)));
    only.settle(pool.index).unwrap();
    assert!(pool.funded - only.owed <= 1, "the rounding of one settlement");
}
