//! LP tokens that cheat, and token that call back (T7, S11).

use alloy_primitives::U256;
use alloy_sol_types::{SolCall, SolError};
use escapement_kit::{
    erc20::{Erc20CallFailed, Erc20Refused, Erc20WithoutCode},
    reentrancy::ReentrancyGuardReentrantCall,
};

use super::world::{CoinRefuses, Fixture, Temper, World, WEEK};
use crate::IGauges as I;

fn stake(amount: u128) -> I::stakeCall {
    I::stakeCall { pool: 1, amount: U256::from(amount) }
}

fn withdraw(amount: u128) -> I::withdrawCall {
    I::withdrawCall { pool: 1, amount: U256::from(amount) }
}

/// GAU-11: what takes a fee is refused, to the unit; what answers nothing is taken.
#[motsu::test]
fn stake_reverts_when_less_arrives() {
    let world = World::new();
    let lp = &world.lps[0];
    lp.sender(world.alice).set_temper(Temper::Taking);
    let short = I::GaugesShortTransfer { received: U256::from(990), amount: U256::from(1_000) };
    world.err(world.alice, stake(1_000), short);
    // Too little for a fee.
    world.ok(world.alice, stake(99));
    lp.sender(world.alice).set_temper(Temper::Silent);
    world.ok(world.alice, stake(1_000));
    world.ok(world.alice, withdraw(1_099));
    assert_eq!(lp.sender(world.alice).balance(world.alice), 1 << 100);
}

/// GAU-11: `false` is a failure, in and out, and a failed exit leaves the stake.
#[motsu::test]
fn transfers_revert_when_the_token_denies_or_refuses() {
    let world = World::new();
    let lp = &world.lps[0];
    let token = lp.address();
    world.ok(world.alice, stake(10));
    lp.sender(world.alice).set_temper(Temper::Denying);
    world.err(world.alice, stake(1), Erc20Refused { token });
    world.err(world.alice, withdraw(1), Erc20Refused { token });
    lp.sender(world.alice).set_temper(Temper::Refusing);
    let (to, value) = (world.gauges.address(), U256::from(1));
    world.err(world.alice, stake(1), CoinRefuses { to, value });
    world.err(world.alice, withdraw(1), CoinRefuses { to: world.alice, value });
    // Another pool does not mind.
    world.stake(world.alice, 2, 5);
    world.withdraw(world.alice, 2, 5);
    assert_eq!(world.ok(world.bob, I::stakeOfCall { pool: 1, account: world.alice })._0, U256::from(10));
    lp.sender(world.alice).set_temper(Temper::Good);
    world.ok(world.alice, withdraw(10));
    // Errors of the kit that this contract publishes.
    assert_ne!(Erc20CallFailed::SELECTOR, Erc20WithoutCode::SELECTOR);
}

/// GAU-12: a token that comes back into stake or withdraw finds the lock closed, and it opens again afterwards.
#[motsu::test]
fn reentrant_calls_are_refused() {
    let mut world = World::new();
    let lp = &world.lps[0];
    world.stake(world.alice, 2, 100);
    let locked = || ReentrancyGuardReentrantCall {};
    for payload in [
        stake(1).abi_encode(),
        withdraw(1).abi_encode(),
        I::withdrawCall { pool: 2, amount: U256::from(1) }.abi_encode(),
    ] {
        lp.sender(world.alice).set_temper(Temper::Good);
        world.ok(world.alice, stake(10));
        lp.sender(world.alice).aim(world.gauges.address(), &payload);
        lp.sender(world.alice).set_temper(Temper::Calling);
        world.err(world.alice, stake(5), locked());
        world.err(world.alice, withdraw(5), locked());
        // Even if it swallows the refusal it gains nothing.
        lp.sender(world.alice).set_temper(Temper::Trying);
        world.ok(world.alice, stake(5));
        world.ok(world.alice, withdraw(15));
        assert_eq!(lp.sender(world.alice).balance(world.gauges.address()), 0);
        assert_eq!(world.ok(world.bob, I::stakeOfCall { pool: 1, account: world.alice })._0, U256::ZERO);
    }
    lp.sender(world.alice).set_temper(Temper::Good);
    world.ok(world.alice, stake(1));
    world.deliver(u128::from(WEEK) * 10_000);
    world.pass(u64::from(WEEK));
    assert_eq!(world.claim(world.alice, 1), u128::from(WEEK) * 2_000);
}

/// GAU-12: a claim made by the token in the middle of a stake or withdrawal pays nothing that was not earned.
#[motsu::test]
fn claims_in_the_middle_pay_what_was_earned() {
    let mut world = World::new();
    let lp = &world.lps[0];
    let (token, gauges) = (lp.address(), world.gauges.address());
    // The token itself is a staker, so that its calls have something to claim.
    lp.sender(token).mint(token, 100);
    world.stake(token, 1, 10);
    world.stake(world.alice, 1, 10);
    world.deliver(u128::from(WEEK) * 10_000);
    world.pass(u64::from(WEEK));
    let lp = &world.lps[0];
    lp.sender(world.alice).aim(gauges, &I::claimCall { pool: 1 }.abi_encode());
    lp.sender(world.alice).set_temper(Temper::Calling);
    world.withdraw(world.alice, 1, 10);
    world.stake(world.alice, 1, 10);
    assert_eq!(world.tokens(token), u128::from(WEEK) * 1_000);
    assert_eq!(world.earned(world.alice, 1), u128::from(WEEK) * 1_000);
    assert_eq!(world.owed(), u128::from(WEEK) * 9_000);
}
