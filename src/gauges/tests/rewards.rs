//! Delivery, split, streams, reserve.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;
use motsu::prelude::*;

use super::world::{Fixture, Temper, World, DAY, WEEK};
use crate::{IGauges as I, IGaugesEvents as E};

/// GAU-01 and GAU-02 by hand: weight 3 has no pool.
#[motsu::test]
fn notify_reward_splits_exactly() {
    let world = World::new();
    world.deliver(1_000_000_007);
    // 10 % and the part of weight 3, 40 %; floors 200,000,001 and 300,000,002.
    assert_eq!(world.reserve(), 1_000_000_007 - 200_000_001 - 300_000_002);
    assert_eq!((world.pool(1).funded, world.pool(2).funded), (U256::from(200_000_001), U256::from(300_000_002)));
    assert_eq!(world.owed(), 1_000_000_007);
    let rate = 200_000_001 / u128::from(WEEK);
    assert_eq!((world.pool(1).rate, world.pool(1).endsAt), (U256::from(rate), world.now + u64::from(WEEK)));
    let amount = U256::from(200_000_001);
    let event = E::PoolFunded { pool: 1, amount, rate: U256::from(rate), endsAt: world.now + u64::from(WEEK) };
    assert!(world.logged(&event));
    assert!(
        world.logged(&E::RewardNotified { amount: U256::from(1_000_000_007), reserve: U256::from(world.reserve()) })
    );
}

/// Until weights were read once, all is the reserve's.
#[motsu::test]
fn notify_reward_pays_the_reserve_before_any_weights() {
    let world = World::new();
    world.params.sender(world.alice).refuse(&[]);
    world.deliver(77);
    assert_eq!((world.reserve(), world.owed()), (77, 77));
}

/// GAU-03: a halt, a failing controller and a wrong sum keep the weights that were in force, and say why.
#[motsu::test]
fn notify_reward_keeps_the_weights_when_they_cannot_be_had() {
    let mut world = World::new();
    world.deliver(10_000_000);
    let funded = |world: &World| [1, 2].map(|pool| world.pool(pool).funded.to::<u128>());
    let first = funded(&world);
    assert_eq!(first, [2_000_000, 3_000_000]);
    let until = u32::try_from(world.now + 2 * DAY).unwrap();
    let kept = |reason: u8, detail: u64| E::WeightsKept { reason, detail: U256::from(detail) };
    world.params.sender(world.alice).teach(until, &[0, 10_000, 0, 0]);
    world.deliver(10_000_000);
    assert_eq!(funded(&world), [4_000_000, 6_000_000]);
    assert!(world.logged(&kept(1, until.into())));
    world.params.sender(world.alice).refuse(&[1, 2, 3, 4, 5]);
    world.deliver(10_000_000);
    assert_eq!(funded(&world), [6_000_000, 9_000_000]);
    assert!(world.logged(&kept(2, 5)));
    world.weights(&[0, 9_999, 0, 0]);
    world.deliver(10_000_000);
    assert_eq!(funded(&world), [8_000_000, 12_000_000]);
    assert!(world.logged(&kept(3, 9_999)));
    // The halt is over: the very moment it ends counts.
    world.params.sender(world.alice).teach(until, &[0, 10_000, 0, 0]);
    world.pass(2 * DAY);
    world.deliver(10_000_000);
    assert_eq!(funded(&world), [18_000_000, 12_000_000]);
    assert_eq!(world.logs::<E::WeightsKept>().len(), 3);
}

/// Weights read at one delivery are in force until the next; fewer of them than before leave zeros behind.
#[motsu::test]
fn weights_are_those_of_the_last_delivery() {
    let world = World::new();
    let weights = |world: &World| {
        let words = world.ok(world.alice, I::weightsCall {});
        [words.first, words.second].concat().chunks(2).map(|b| u16::from_be_bytes([b[0], b[1]])).collect::<Vec<_>>()
    };
    assert_eq!(weights(&world)[..4], [10_000, 0, 0, 0]);
    world.deliver(1);
    assert_eq!(weights(&world)[..5], [1_000, 2_000, 3_000, 4_000, 0]);
    world.weights(&[9_000, 1_000]);
    world.deliver(1);
    assert_eq!(weights(&world), [vec![9_000, 1_000], vec![0; 30]].concat());
    let all: Vec<u32> = (0..32).map(|n| if n == 31 { 10_000 - 31 * 300 } else { 300 }).collect();
    world.weights(&all);
    world.deliver(1);
    assert_eq!(weights(&world).iter().map(|weight| u32::from(*weight)).collect::<Vec<_>>(), all);
}

/// GAU-04
#[motsu::test]
fn notify_reward_reverts_when_the_tokens_are_not_there() {
    let world = World::new();
    world.deliver(100);
    world.token.sender(world.minter).mint(world.gauges.address(), 49);
    let short = I::GaugesUnfunded { balance: U256::from(149), needed: U256::from(150) };
    world.err(world.minter, I::notifyRewardCall { amount: U256::from(50) }, short);
    world.ok(world.minter, I::notifyRewardCall { amount: U256::from(49) });
    let most = U256::from(u128::MAX) + U256::from(1);
    world.err(world.minter, I::notifyRewardCall { amount: most }, I::GaugesTooLarge { amount: most });
    let most = U256::from(u128::MAX);
    world.err(world.minter, I::notifyRewardCall { amount: most }, I::GaugesArithmetic { pool: 0 });
}

/// A pool that can take no more (2^96 in all) does not hold up the others: its share is the reserve's.
#[motsu::test]
fn notify_reward_works_when_a_pool_is_full() {
    let world = World::new();
    world.weights(&[0, 10_000, 0]);
    world.deliver(1 << 96);
    assert_eq!(world.reserve(), 0);
    world.weights(&[0, 5_000, 5_000]);
    world.deliver(1_000);
    assert_eq!((world.reserve(), world.pool(2).funded), (500, U256::from(500)));
    assert!(world.logged(&E::PoolRefused { pool: 1, amount: U256::from(500) }));
    assert_eq!(world.owed(), (1 << 96) + 1_000);
}

/// GAU-05: the stream is shared by stake and time; T3: what streams while nobody stakes waits for the next delivery.
#[motsu::test]
fn rewards_follow_stake_and_time() {
    let mut world = World::new();
    let week = u128::from(WEEK);
    world.weights(&[0, 10_000]);
    world.deliver(week * 1_000);
    world.pass(DAY);
    // The day that nobody staked is nobody's.
    world.stake(world.alice, 1, 300);
    assert_eq!(world.earned(world.alice, 1), 0);
    world.pass(DAY);
    world.stake(world.bob, 1, 100);
    world.pass(DAY);
    let day = u128::from(DAY) * 1_000;
    assert_eq!(world.earned(world.alice, 1), day + day * 3 / 4);
    assert_eq!(world.earned(world.bob, 1), day / 4);
    // T5, T9: withdrawing the stake pays no reward and loses none.
    world.withdraw(world.bob, 1, 100);
    assert_eq!(world.tokens(world.bob), 0);
    world.pass(30 * DAY);
    assert_eq!(world.earned(world.bob, 1), day / 4);
    assert_eq!(world.claim(world.bob, 1), day / 4);
    assert_eq!((world.tokens(world.bob), world.claim(world.bob, 1)), (day / 4, 0));
    assert_eq!(world.claim(world.alice, 1), day + day * 3 / 4 + day * 4);
    world.pass(1);
    // The first day comes with the next delivery, with nothing else delivered.
    world.deliver(0);
    world.pass(u64::from(WEEK));
    let all = week * 1_000 - (day / 4) - (day + day * 3 / 4 + day * 4);
    let last = world.claim(world.alice, 1);
    assert!(last <= all && all - last <= week, "{last} of {all}: what the rate leaves waits");
    let event = E::Claimed { pool: 1, account: world.bob, amount: U256::from(day / 4) };
    assert!(world.logged(&event));
}

/// T6: other weights do not change what is streaming already.
#[motsu::test]
fn weights_do_not_reach_back() {
    let mut world = World::new();
    world.stake(world.alice, 1, 1);
    world.deliver(u128::from(WEEK) * 10_000);
    world.weights(&[0, 0, 10_000]);
    world.pass(u64::from(WEEK));
    assert_eq!(world.earned(world.alice, 1), u128::from(WEEK) * 2_000);
}

/// T1: tokens given to the gauges, reward or LP, move nobody's stake, reward or the reserve.
#[motsu::test]
fn donations_change_nothing() {
    let mut world = World::new();
    world.stake(world.alice, 1, 1);
    world.deliver(u128::from(WEEK) * 10_000);
    world.lps[0].sender(world.bob).mint(world.gauges.address(), 1 << 90);
    world.token.sender(world.bob).mint(world.gauges.address(), 1 << 90);
    let reserve = world.reserve();
    world.stake(world.bob, 1, 1);
    world.pass(u64::from(WEEK));
    assert_eq!(world.earned(world.alice, 1), world.earned(world.bob, 1));
    assert_eq!(world.earned(world.alice, 1), u128::from(WEEK) * 1_000);
    assert_eq!((world.reserve(), world.owed()), (reserve, u128::from(WEEK) * 10_000));
    assert_eq!(world.ok(world.bob, I::stakeOfCall { pool: 1, account: world.bob })._0, U256::from(1));
}

/// GAU-06: claims from many pools are one transfer of the sum; a pool named twice pays once.
#[motsu::test]
fn claim_many_pays_the_sum() {
    let mut world = World::new();
    for pool in [1, 2] {
        world.stake(world.alice, pool, 5);
    }
    world.deliver(u128::from(WEEK) * 10_000);
    world.pass(u64::from(WEEK));
    let due = world.earned(world.alice, 1) + world.earned(world.alice, 2);
    assert_eq!(due, u128::from(WEEK) * 5_000);
    let paid = world.ok(world.alice, I::claimManyCall { pools: vec![2, 1, 2] }).amount;
    assert_eq!((paid, world.tokens(world.alice)), (U256::from(due), due));
    assert_eq!(world.owed(), u128::from(WEEK) * 5_000);
    assert_eq!(world.send(world.alice, I::claimManyCall { pools: vec![1; 33] }).err(), Some(vec![]));
    world.ok(world.alice, I::claimManyCall { pools: vec![1; 32] });
    world.err(world.alice, I::claimManyCall { pools: vec![1, 3] }, I::GaugesUnknownPool { pool: 3 });
}

/// GAU-07: the reserve is pulled, so a treasury that cannot take it blocks nothing but the sweep.
#[motsu::test]
fn sweep_reserve_works() {
    let world = World::new();
    world.deliver(1_000);
    world.token.sender(world.alice).set_temper(Temper::Refusing);
    assert!(world.send(world.bob, I::sweepReserveCall {}).is_err());
    assert_eq!(world.reserve(), 500);
    // Delivery goes on.
    world.deliver(1_000);
    world.token.sender(world.alice).set_temper(Temper::Good);
    assert_eq!(world.ok(world.bob, I::sweepReserveCall {}).amount, U256::from(1_000));
    assert_eq!((world.tokens(world.treasury), world.reserve(), world.owed()), (1_000, 0, 1_000));
    assert!(world.logged(&E::ReserveSwept { treasury: world.treasury, amount: U256::from(1_000) }));
    assert_eq!(world.ok(world.bob, I::sweepReserveCall {}).amount, U256::ZERO);
    // Elsewhere from now on.
    let other = Address::from_tag("other");
    world.ok(world.governance, I::setTreasuryCall { treasury: other });
    assert!(world.logged(&E::TreasuryChanged { oldTreasury: world.treasury, newTreasury: other }));
    world.deliver(1_000);
    world.ok(world.bob, I::sweepReserveCall {});
    assert_eq!(world.tokens(other), 500);
}

/// GAU-08: the hook refuses weights without pools, wrong sums and other groups; a killed pool serves.
#[motsu::test]
fn check_params_works() {
    let world = World::new();
    let ask =
        |group, weights: &[u32]| world.send(world.bob, I::checkParamsCall { group, values: weights.to_vec() }).err();
    let check = |weights: &[u32]| ask(5, weights);
    let lacking = |weight, weights| Some(I::GaugesNoPool { weight, weights }.abi_encode());
    assert_eq!(check(&[1_000, 2_000, 3_000, 4_000]), lacking(3, 4));
    assert_eq!(check(&[1_000, 2_000, 7_000]), None);
    // A live weight of zero needs its pool, too: the next change may raise it.
    assert_eq!(check(&[1_000, 2_000, 7_000, 0]), lacking(3, 4));
    let lp_token = world.lps[2].address();
    world.ok(world.governance, I::addPoolCall { weight: 3, lpToken: lp_token });
    assert_eq!(check(&[1_000, 2_000, 7_000, 0]), None);
    world.ok(world.governance, I::killPoolCall { pool: 3 });
    assert_eq!(check(&[1_000, 2_000, 7_000, 0]), None);
    assert_eq!(check(&[1_000, 2_000, 7_000, 1]), Some(I::GaugesWeightSum { sum: 10_001 }.abi_encode()));
    for group in [0, 4, 6, 255] {
        let refused = I::GaugesUnknownGroup { group }.abi_encode();
        assert_eq!(ask(group, &[1_000, 2_000, 7_000]), Some(refused));
    }
}
