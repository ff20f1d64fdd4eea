//! Pools come and go; stakes and what they have earned can always leave.

use alloy_primitives::{Address, U256};
use motsu::prelude::*;

use super::world::{Fixture, World, DAY, WEEK};
use crate::{IGauges as I, IGaugesEvents as E, KILLED};

/// GAU-09: a killed pool stops at once, gives back what it has not given away, and pays out to the last.
#[motsu::test]
fn kill_pool_returns_what_was_not_given_away() {
    let mut world = World::new();
    world.stake(world.alice, 1, 7);
    world.deliver(u128::from(WEEK) * 10_000);
    world.pass(DAY);
    let before = world.reserve();
    world.ok(world.governance, I::killPoolCall { pool: 1 });
    let returned = world.reserve() - before;
    let given = u128::from(DAY) * 2_000;
    assert!(returned >= u128::from(WEEK) * 2_000 - given && returned <= u128::from(WEEK) * 2_000 - given + 1);
    assert!(world.logged(&E::PoolKilled { pool: 1, weight: 1, returned: U256::from(returned) }));
    world.pass(DAY);
    let earned = world.earned(world.alice, 1);
    assert!(earned <= given && given - earned <= 1, "{earned} of {given}");
    // Its weight pays the reserve from now on.
    let before = world.reserve();
    world.deliver(10_000);
    assert_eq!(world.reserve() - before, 7_000);
    // In no more, but out.
    let more = I::stakeCall { pool: 1, amount: U256::from(1) };
    world.err(world.alice, more, I::GaugesPoolKilled { pool: 1 });
    world.withdraw(world.alice, 1, 7);
    assert_eq!(world.claim(world.alice, 1), earned);
    world.err(world.governance, I::killPoolCall { pool: 1 }, I::GaugesPoolKilled { pool: 1 });
}

/// A killed pool makes room for another behind the same weight; the old one keeps its stakers.
#[motsu::test]
fn add_pool_works_behind_a_killed_one() {
    let mut world = World::new();
    world.stake(world.alice, 1, 7);
    world.deliver(u128::from(WEEK) * 10_000);
    world.pass(DAY);
    let behind = |world: &World, weight| world.ok(world.bob, I::poolOfCall { weight })._0;
    let lp_token = world.lps[2].address();
    let again = I::addPoolCall { weight: 1, lpToken: lp_token };
    world.err(world.governance, again.clone(), I::GaugesWeightTaken { weight: 1, pool: 1 });
    world.ok(world.governance, I::killPoolCall { pool: 1 });
    assert_eq!(behind(&world, 1), KILLED);
    let earned = world.earned(world.alice, 1);
    assert_eq!(world.ok(world.governance, again).pool, 3);
    assert!(world.logged(&E::PoolAdded { pool: 3, weight: 1, lpToken: lp_token }));
    assert_eq!([0, 1, 2, 3, 31].map(|weight| behind(&world, weight)), [0, 3, 2, 0, 0]);
    world.stake(world.bob, 3, 5);
    world.deliver(u128::from(WEEK) * 10_000);
    world.pass(u64::from(WEEK));
    assert_eq!(world.earned(world.bob, 3), u128::from(WEEK) * 2_000);
    assert_eq!((world.earned(world.alice, 1), world.earned(world.bob, 1)), (earned, 0));
    world.withdraw(world.alice, 1, 7);
    assert_eq!(world.lps[0].sender(world.bob).balance(world.gauges.address()), 0);
}

/// GAU-10, T12: with the controller broken, the minter gone, the pool killed and the treasury's token refused to it, stake
/// and reward leave.
#[motsu::test]
fn exits_need_nothing_but_the_token() {
    let mut world = World::new();
    world.stake(world.alice, 1, 7);
    world.stake(world.alice, 2, 9);
    world.deliver(u128::from(WEEK) * 10_000);
    world.pass(u64::from(WEEK));
    world.ok(world.governance, I::killPoolCall { pool: 1 });
    world.ok(world.governance, I::revokeRoleCall { role: crate::MINTER_ROLE, account: world.minter });
    // Any call to it would now fail the test's own assertion or revert.
    world.params.sender(world.bob).refuse(b"down");
    world.params.sender(world.bob).teach(u32::MAX, &[]);
    world.withdraw(world.alice, 1, 7);
    world.withdraw(world.alice, 2, 9);
    let paid = world.ok(world.alice, I::claimManyCall { pools: vec![1, 2] }).amount.to::<u128>();
    assert!(u128::from(WEEK) * 5_000 - paid <= 2);
    for lp in &world.lps {
        assert_eq!(lp.sender(world.alice).balance(world.alice), 1 << 100);
    }
}

/// T11: nobody stakes for another; nobody takes more than it has.
#[motsu::test]
fn withdraw_reverts_when_the_stake_is_smaller() {
    let world = World::new();
    world.stake(world.alice, 1, 7);
    let amount = U256::from(8);
    let short = I::GaugesInsufficientStake { stake: U256::from(7), amount };
    world.err(world.alice, I::withdrawCall { pool: 1, amount }, short);
    let other = I::GaugesInsufficientStake { stake: U256::ZERO, amount: U256::from(1) };
    world.err(world.bob, I::withdrawCall { pool: 1, amount: U256::from(1) }, other);
    world.err(world.alice, I::withdrawCall { pool: 1, amount: U256::ZERO }, I::GaugesZeroAmount {});
    world.err(world.alice, I::stakeCall { pool: 1, amount: U256::ZERO }, I::GaugesZeroAmount {});
    world.err(world.alice, I::withdrawCall { pool: 9, amount }, I::GaugesUnknownPool { pool: 9 });
    world.err(world.alice, I::stakeCall { pool: 0, amount }, I::GaugesUnknownPool { pool: 0 });
    world.err(world.alice, I::claimCall { pool: KILLED }, I::GaugesUnknownPool { pool: KILLED });
    world.err(world.alice, I::earnedCall { pool: 3, account: world.bob }, I::GaugesUnknownPool { pool: 3 });
    world.err(world.alice, I::stakeOfCall { pool: 3, account: world.bob }, I::GaugesUnknownPool { pool: 3 });
    world.err(world.alice, I::poolCall { pool: 3 }, I::GaugesUnknownPool { pool: 3 });
    let most = U256::MAX;
    world.err(world.alice, I::stakeCall { pool: 1, amount: most }, I::GaugesTooLarge { amount: most });
}

#[motsu::test]
fn add_pool_reverts_when_weight_or_token_is_bad() {
    let world = World::new();
    let add = |weight, lp: Address| I::addPoolCall { weight, lpToken: lp };
    let lp = world.lps[2].address();
    for weight in [0, 32, 255] {
        world.err(world.governance, add(weight, lp), I::GaugesBadWeight { weight });
    }
    world.err(world.alice, I::poolOfCall { weight: 32 }, I::GaugesBadWeight { weight: 32 });
    for token in [world.token.address(), Address::from_tag("nothing here"), Address::ZERO] {
        world.err(world.governance, add(3, token), I::GaugesBadToken { token });
    }
    world.err(world.governance, I::killPoolCall { pool: 3 }, I::GaugesUnknownPool { pool: 3 });
    assert_eq!(world.ok(world.governance, add(31, lp)).pool, 3);
    assert_eq!(world.ok(world.bob, I::poolsCall {})._0, 3);
}
