//! Exits that nothing stops.

use alloy_primitives::U256;
use escapement_core::reward::MAX_FUNDED;

use super::world::{Fixture, World, COOLDOWN, WEEK, YEAR};
use crate::IVault as I;

/// T12: principal and what was earned leave while the controller is dead, halted or hostile and nobody governs.
#[motsu::test]
fn t12_nothing_stops_an_exit() {
    let mut world = World::new();
    let (alice, bob, vault) = (world.alice, world.bob, world.vault.address());
    let locked = world.stake(alice, 1_000, YEAR);
    let open = world.stake(bob, 1_000, 0);
    world.reward(604_800);
    world.pass(WEEK);
    world.oracle.sender(alice).teach(&[], true);
    world.ok(world.governance, I::setMinterCall { minter: vault });
    assert!(world.claim(alice) > 0);
    world.ok(alice, I::exitEarlyCall { id: locked });
    world.unstake(bob, open, 1_000);
    world.pass(COOLDOWN);
    world.ok(alice, I::withdrawCall { exitIds: vec![locked] });
    world.ok(bob, I::withdrawCall { exitIds: vec![open] });
    assert!(world.claim(bob) > 0);
    // Beyond the last moment that traces can tell apart, too.
    let open = world.stake(bob, 1_000, 0);
    for _ in 0..80 {
        world.pass(YEAR);
    }
    assert!(world.now > u64::from(u32::MAX));
    world.unstake(bob, open, 500);
    world.pass(COOLDOWN);
    world.unstake(bob, open, 500);
    world.pass(COOLDOWN);
    let exits = vec![open, open + 1];
    assert_eq!(world.ok(bob, I::withdrawCall { exitIds: exits }).amount, U256::from(1_000));
    // All that is left is what was never given away.
    assert_eq!(world.owed(), world.balance(vault));
    assert_eq!(world.principal(alice) + world.principal(bob), 0);
}

/// T12: an account can leave in any number of parts; no list is ever walked.
#[motsu::test]
fn t12_exits_have_no_limit() {
    let mut world = World::new();
    let alice = world.alice;
    let id = world.stake(alice, 200, 0);
    let mut exits: Vec<u32> = (0..199).map(|_| world.unstake(alice, id, 1)).collect();
    exits.push(world.unstake(alice, id, 1));
    world.pass(COOLDOWN);
    let mut paid = 0u128;
    for some in exits.chunks(crate::MAX_EXITS) {
        paid += world.ok(alice, I::withdrawCall { exitIds: some.to_vec() }).amount.to::<u128>();
    }
    assert_eq!((paid, world.owed()), (200, 0));
}

/// T12: a pool that can count no more takes no penalty, and the exit goes on.
#[motsu::test]
fn t12_a_full_pool_stops_no_early_exit() {
    let world = World::new();
    let (alice, bob) = (world.alice, world.bob);
    world.stake(alice, 1_000, YEAR);
    world.stake(bob, 1_000, YEAR);
    world.reward(MAX_FUNDED - 203);
    // 200 of the room of 203, then what is left of it.
    assert_eq!(world.ok(alice, I::exitEarlyCall { id: 0 }).penalty, U256::from(200));
    assert_eq!(world.ok(bob, I::exitEarlyCall { id: 0 }).penalty, U256::from(3));
    assert_eq!(world.ok(bob, I::unbondingCall { account: bob, id: 0 }).amount, U256::from(997));
    let full = I::VaultFundedTooMuch { funded: U256::from(MAX_FUNDED), amount: U256::from(1) };
    world.give(world.vault.address(), 1);
    world.err(world.minter, I::notifyRewardCall { amount: U256::from(1) }, full);
}
