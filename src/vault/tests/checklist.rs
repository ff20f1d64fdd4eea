//! The staking checklist T1 to T11. (T12 stands with the exits, T2 with the rewards, T4 with the random histories; T13, burns
//! and mints, is the minter's; T14, vesting, is the treasury's.)

use alloy_primitives::U256;
use alloy_sol_types::{SolCall, SolError};
use escapement_core::reward::MAX_FUNDED;
use escapement_kit::erc20;

use super::world::{Fixture, World, COOLDOWN, CURVE, DAY, WEEK, YEAR};
use crate::IVault as I;

/// T1: a gift to the vault moves no share, whoever comes first and whatever is given.
#[motsu::test]
fn t01_gifts_move_nothing() {
    let mut world = World::new();
    let (alice, bob, vault) = (world.alice, world.bob, world.vault.address());
    // The attack on vaults with shares: one unit first, then a gift, then the victim.
    world.stake(alice, 1, 0);
    world.give(vault, 1 << 80);
    world.stake(bob, 1_000_000, 0);
    assert_eq!((world.principal(bob), world.weight(bob)), (1_000_000, 1_000_000));
    world.reward(604_800_000);
    world.pass(WEEK);
    world.give(vault, 1 << 80);
    // Rounded down per second of the stream and per account: one unit each at most.
    assert_eq!(world.earned(alice), 604);
    assert!(604_800_000 - 604 - world.earned(bob) <= 2);
    world.unstake(bob, 0, 1_000_000);
    world.unstake(alice, 0, 1);
    world.pass(COOLDOWN);
    assert_eq!(world.ok(bob, I::withdrawCall { exitIds: vec![0] }).amount, U256::from(1_000_000));
    assert_eq!(world.ok(alice, I::withdrawCall { exitIds: vec![0] }).amount, U256::from(1));
    world.claim(alice);
    world.claim(bob);
    assert_eq!(world.balance(vault) - (1 << 81), world.owed());
    // Nor can the gift be notified by anybody but the minter.
    world.err(alice, I::notifyRewardCall { amount: U256::from(1) }, I::VaultNotMinter { caller: alice });
}

/// T3: what streams while nobody has any weight is kept, not lost and not the first comer's.
#[motsu::test]
fn t03_nobody_there_means_nothing_given() {
    let mut world = World::new();
    let (alice, bob) = (world.alice, world.bob);
    world.reward(604_800_000);
    world.pass(WEEK / 2);
    world.stake(alice, 5, 0);
    assert_eq!(world.earned(alice), 0);
    world.pass(WEEK / 2);
    assert_eq!(world.claim(alice), 302_400_000);
    world.unstake(alice, 0, 5);
    let index = world.ok(bob, I::rewardsCall {}).index;
    world.pass(WEEK);
    world.stake(bob, 7, 0);
    assert_eq!(world.ok(bob, I::rewardsCall {}).index, index);
    // The half that nobody earned streams again.
    world.reward(0);
    world.pass(WEEK);
    assert_eq!((world.earned(alice), world.earned(bob)), (0, 302_400_000));
    assert_eq!(world.owed(), 302_400_000 + 5 + 7);
}

/// T5: many small stakes and claims never give more than one, and less by at most a unit for each.
#[motsu::test]
fn t05_splitting_never_earns_more() {
    let run = |parts: u32| {
        let mut world = World::new();
        let (alice, bob) = (world.alice, world.bob);
        world.stake(bob, 777_777, 90 * DAY);
        for _ in 0..parts {
            world.stake(alice, 120_000 / u128::from(parts), YEAR);
        }
        world.reward(123_456_789_012);
        let mut claimed = 0;
        for _ in 0..parts {
            world.pass(WEEK / parts);
            claimed += world.claim(alice);
        }
        claimed
    };
    let once = run(1);
    for parts in [2, 4, 24] {
        let split = run(parts);
        assert!(split <= once && once - split <= u128::from(parts), "{split} in {parts} parts, {once} in one");
    }
    assert!(once > 10_000_000_000);
}

/// T6: a new curve changes nothing that was earned, and no weight until its holder asks.
#[motsu::test]
fn t06_a_new_curve_is_not_retroactive() {
    let mut world = World::new();
    let (alice, bob) = (world.alice, world.bob);
    world.stake(alice, 1_000, YEAR);
    world.stake(bob, 2_000, 0);
    world.reward(604_800_000);
    world.pass(WEEK / 2);
    let before = (world.earned(alice), world.earned(bob), world.weight(alice), world.weight(bob));
    world.offer(&[10_000, 20_000, 30_000, 35_000, 40_000], 0);
    world.ok(bob, I::pokeParamsCall {});
    assert_eq!((world.earned(alice), world.earned(bob), world.weight(alice), world.weight(bob)), before);
    // Refreshing takes the old weight up to now, the new one from now on.
    world.ok(alice, I::refreshCall { id: 0 });
    assert_eq!((world.earned(alice), world.weight(alice)), (before.0, 4_000));
    world.pass(WEEK / 2);
    assert_eq!((world.earned(alice), world.earned(bob)), (151_200_000 + 201_600_000, 151_200_000 + 100_800_000));
    // A reward that comes with a new curve accrues the old stream first.
    world.offer(&CURVE, 0);
    world.reward(604_800_000);
    assert_eq!((world.earned(alice), world.weight(alice)), (352_800_000, 4_000));
}

/// T7: one token is accepted, the project's own; whatever else it might answer than success undoes the whole call.
#[motsu::test]
fn t07_a_token_that_fails_undoes_the_call() {
    let mut world = World::new();
    let (alice, token) = (world.alice, world.coin.address());
    world.stake(alice, 100, 0);
    world.reward(604_800);
    world.pass(WEEK);
    world.unstake(alice, 0, 50);
    world.pass(COOLDOWN);
    let calls = [
        I::stakeCall { amount: U256::from(7), lockSeconds: 0 }.abi_encode(),
        I::claimCall {}.abi_encode(),
        I::withdrawCall { exitIds: vec![1] }.abi_encode(),
    ];
    let refused = erc20::Erc20Refused { token }.abi_encode();
    let bad = erc20::Erc20BadAnswer { token, length: U256::from(16) }.abi_encode();
    let books = |world: &World| (world.principal(alice), world.earned(alice), world.owed(), world.balance(alice));
    let before = books(&world);
    for (manner, error) in [(2, refused), (3, bad), (4, vec![7, 7, 7])] {
        world.coin.sender(alice).behave(manner);
        for call in &calls {
            assert_eq!(world.raw(alice, call), Err(error.clone()));
            assert_eq!(books(&world), before);
        }
    }
    // Nothing and `true` are success.
    world.coin.sender(alice).behave(1);
    for call in &calls {
        world.raw(alice, call).unwrap();
    }
    let (held, owed) = (world.balance(world.vault.address()), world.owed());
    assert_eq!((world.principal(alice), held, owed), (57, 57, 57));
    // More than the account has is the token's refusal, passed on.
    world.coin.sender(alice).behave(0);
    let (has, needs) = (U256::from(world.balance(world.carol)), U256::from(1u128 << 91));
    let poor = super::peers::CoinPoor { account: world.carol, has, needs };
    world.err(world.carol, I::stakeCall { amount: needs, lockSeconds: 0 }, poor);
}

/// T7: a token that calls back finds everything written already.
#[motsu::test]
fn t07_a_call_back_finds_nothing_to_take_twice() {
    let mut world = World::new();
    let (alice, vault) = (world.alice, world.vault.address());
    world.stake(alice, 100, 0);
    world.stake(world.bob, 1_000, 0);
    world.unstake(alice, 0, 100);
    world.pass(COOLDOWN);
    // The token is the caller in the call back, so it is the token that has an exit to take twice.
    let coin = world.coin.address();
    world.give(coin, 50);
    world.stake(coin, 50, 0);
    world.unstake(coin, 0, 50);
    world.pass(COOLDOWN);
    let again = I::withdrawCall { exitIds: vec![0] };
    world.coin.sender(alice).arm(vault, &again.abi_encode());
    assert_eq!(world.ok(coin, again).amount, U256::from(50));
    assert!(!world.coin.sender(alice).entered());
    assert_eq!((world.balance(coin), world.owed()), (50, 1_100));
    world.coin.sender(alice).arm(vault, &I::claimCall {}.abi_encode());
    assert_eq!(world.ok(alice, I::withdrawCall { exitIds: vec![0] }).amount, U256::from(100));
    assert!(world.coin.sender(alice).entered());
    assert_eq!((world.balance(vault), world.owed()), (1_000, 1_000));
}

/// T8: one base unit for ten years against the most that can ever be funded.
#[motsu::test]
fn t08_one_unit_for_ten_years() {
    let mut world = World::bare();
    world.ok(world.alice, I::initializeCall { epochLength: YEAR, ..world.initialize_call() });
    world.stake(world.alice, 1, 0);
    for _ in 0..10 {
        world.reward(MAX_FUNDED / 10);
        world.pass(YEAR);
    }
    let kept: u128 = world.ok(world.alice, I::rewardsCall {}).unallocated.to();
    assert_eq!(world.claim(world.alice) + kept, MAX_FUNDED / 10 * 10);
    assert!(kept < u128::from(YEAR));
    world.unstake(world.alice, 0, 1);
    world.pass(COOLDOWN);
    world.ok(world.alice, I::withdrawCall { exitIds: vec![0] });
    assert_eq!(world.owed(), kept);
}

/// T9: stake and reward are the same token and never the same money.
#[motsu::test]
fn t09_principal_and_rewards_are_apart() {
    let mut world = World::new();
    let (alice, bob, vault) = (world.alice, world.bob, world.vault.address());
    world.stake(alice, 1_000, 0);
    world.stake(bob, 1_000, 0);
    world.reward(604_800_000);
    world.pass(WEEK);
    // Alice leaves with all her principal: her reward stays hers, and bob's his.
    world.unstake(alice, 0, 1_000);
    world.pass(COOLDOWN);
    world.ok(alice, I::withdrawCall { exitIds: vec![0] });
    assert_eq!((world.earned(alice), world.earned(bob)), (302_400_000, 302_400_000));
    assert_eq!(world.claim(alice), 302_400_000);
    assert_eq!((world.principal(bob), world.earned(bob)), (1_000, 302_400_000));
    assert_eq!(world.claim(bob), 302_400_000);
    assert_eq!((world.principal(bob), world.balance(vault), world.owed()), (1_000, 1_000, 1_000));
}

/// T10: the last second of a lock and the first after it.
#[motsu::test]
fn t10_locks_end_at_their_second() {
    let mut world = World::new();
    let alice = world.alice;
    for lock in [1, 30 * DAY, YEAR] {
        let id = world.stake(alice, 1_000, lock);
        let end = world.now + u64::from(lock);
        world.pass(lock - 1);
        let take = I::unstakeCall { id, amount: U256::from(1_000) };
        world.err(alice, take.clone(), I::VaultLocked { id, lockEnd: end });
        // One second of a lock still costs, and never nothing.
        let left = world.ok(alice, I::positionCall { account: alice, id });
        assert_eq!(left.lockEnd, world.now + 1);
        world.pass(1);
        world.err(alice, I::exitEarlyCall { id }, I::VaultNotLocked { id, lockEnd: end });
        world.ok(alice, take);
    }
    // Two locks of half the length are never better than one: the curve does not fall.
    let short = world.stake(alice, 1_000, 30 * DAY - 1);
    let long = world.stake(alice, 1_000, 30 * DAY);
    let multiplier = |id| world.ok(alice, I::positionCall { account: alice, id }).multiplier;
    assert_eq!((multiplier(short), multiplier(long)), (10_999, 11_000));
}

/// T11: nobody acts for another; the one thing open to all brings a position to what it should be.
#[motsu::test]
fn t11_strangers_can_do_nothing_to_an_account() {
    let mut world = World::new();
    let (alice, bob) = (world.alice, world.bob);
    let id = world.stake(alice, 1_000, 30 * DAY);
    let none = || I::VaultNoPosition { account: bob, id };
    world.err(bob, I::extendLockCall { id, lockSeconds: YEAR }, none());
    world.err(bob, I::refreshCall { id }, none());
    world.err(bob, I::unstakeCall { id, amount: U256::from(1) }, none());
    world.err(bob, I::exitEarlyCall { id }, none());
    let end = world.now + u64::from(30 * DAY);
    world.err(bob, I::kickCall { account: alice, id }, I::VaultLocked { id, lockEnd: end });
    // Bob's business leaves alice's positions, ids and limits alone.
    for _ in 0..3 {
        world.stake(bob, 1, 0);
    }
    let holder = world.ok(bob, I::holderCall { account: alice });
    assert_eq!((holder.positions, holder.nextId), (1, 1));
    world.pass(30 * DAY);
    world.ok(bob, I::kickCall { account: alice, id });
    assert_eq!((world.principal(alice), world.weight(alice)), (1_000, 1_000));
}
