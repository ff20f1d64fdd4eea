//! Positions, rewards and exits.

use alloy_primitives::U256;
use escapement_core::lock::MAX_AMOUNT;

use super::world::{Fixture, World, COOLDOWN, CURVE, DAY, WEEK, YEAR};
use crate::{IVault as I, IVaultEvents as E, MAX_POSITIONS};

/// VLT-06.
#[motsu::test]
fn vlt_06_stake_takes_tokens_and_gives_weight() {
    let world = World::new();
    let (alice, vault) = (world.alice, world.vault.address());
    let id = world.stake(alice, 1_001, 180 * DAY);
    assert_eq!((id, world.balance(vault), world.balance(alice)), (0, 1_001, (1 << 90) - 1_001));
    assert_eq!((world.principal(alice), world.weight(alice), world.owed()), (1_001, 1_501, 1_001));
    let end = world.now + u64::from(180 * DAY);
    let position = world.ok(alice, I::positionCall { account: alice, id });
    assert_eq!(position.amount, U256::from(1_001));
    assert_eq!((position.multiplier, position.lockSeconds, position.lockEnd), (15_000, 180 * DAY, end));
    let amount = U256::from(1_001);
    let logged = E::Staked { account: alice, id, amount, multiplier: 15_000, lockSeconds: 180 * DAY, lockEnd: end };
    assert!(world.logged(&logged));
    // A second one is a position of its own.
    assert_eq!(world.stake(alice, 9, 0), 1);
    assert_eq!((world.principal(alice), world.weight(alice)), (1_010, 1_510));
}

/// VLT-06.
#[motsu::test]
fn vlt_06_stake_refuses_with_its_numbers() {
    let world = World::new();
    let alice = world.alice;
    let stake = |amount: U256, lock| I::stakeCall { amount, lockSeconds: lock };
    world.err(alice, stake(U256::ZERO, 0), I::VaultZeroAmount {});
    let error = I::VaultLockTooLong { lockSeconds: YEAR + 1, longest: YEAR };
    world.err(alice, stake(U256::from(1), YEAR + 1), error);
    let highest = U256::from(MAX_AMOUNT);
    for amount in [highest + U256::from(1), U256::from(1) << 128, U256::MAX] {
        world.err(alice, stake(amount, 0), I::VaultAmountTooLarge { amount, highest });
    }
    // The sum counts, over all accounts.
    world.give(world.bob, MAX_AMOUNT);
    world.stake(world.bob, MAX_AMOUNT - 5, 0);
    let error = I::VaultAmountTooLarge { amount: highest + U256::from(1), highest };
    world.err(alice, stake(U256::from(6), 0), error);
    for _ in 0..5 {
        world.stake(alice, 1, YEAR);
    }
    world.err(alice, stake(U256::from(1), 0), I::VaultAmountTooLarge { amount: highest + U256::from(1), highest });
}

/// VLT-06: the bound on positions, which leaving frees again.
#[motsu::test]
fn vlt_06_positions_are_bounded() {
    let world = World::new();
    let alice = world.alice;
    for _ in 0..MAX_POSITIONS {
        world.stake(alice, 2, 0);
    }
    let most = I::VaultTooManyPositions { most: MAX_POSITIONS };
    world.err(alice, I::stakeCall { amount: U256::from(1), lockSeconds: 0 }, most);
    world.unstake(alice, 3, 1);
    let most = I::VaultTooManyPositions { most: MAX_POSITIONS };
    world.err(alice, I::stakeCall { amount: U256::from(1), lockSeconds: 0 }, most);
    world.unstake(alice, 3, 1);
    // Two exits have taken an id, one of them the position's own.
    assert_eq!(world.stake(alice, 1, 0), u32::from(MAX_POSITIONS) + 1);
}

/// VLT-07.
#[motsu::test]
fn vlt_07_rewards_stream_by_weight() {
    let mut world = World::new();
    let (alice, bob) = (world.alice, world.bob);
    world.stake(alice, 1_000, YEAR);
    world.stake(bob, 2_000, 0);
    world.reward(604_800_000);
    world.pass(WEEK / 2);
    assert_eq!((world.earned(alice), world.earned(bob)), (151_200_000, 151_200_000));
    assert_eq!(world.claim(alice), 151_200_000);
    assert!(world.logged(&E::Claimed { account: alice, amount: U256::from(151_200_000) }));
    // Nothing earned is no error, no transfer and no log.
    assert_eq!(world.claim(alice), 0);
    assert_eq!(world.logs::<E::Claimed>().len(), 1);
    world.pass(WEEK);
    assert_eq!((world.claim(alice), world.claim(bob)), (151_200_000, 302_400_000));
    assert_eq!(world.balance(bob), (1 << 90) - 2_000 + 302_400_000);
    assert_eq!((world.owed(), world.balance(world.vault.address())), (3_000, 3_000));
}

/// VLT-08.
#[motsu::test]
fn vlt_08_compound_stakes_what_was_earned_without_a_transfer() {
    let mut world = World::new();
    let (alice, vault) = (world.alice, world.vault.address());
    world.stake(alice, 1_000, 0);
    world.reward(604_800);
    world.pass(WEEK);
    let (held, owed) = (world.balance(vault), world.owed());
    let id = world.ok(alice, I::compoundCall { lockSeconds: YEAR }).id;
    assert_eq!((world.balance(vault), world.owed(), world.earned(alice)), (held, owed, 0));
    assert_eq!((world.principal(alice), world.weight(alice)), (605_800, 1_000 + 2 * 604_800));
    assert!(world.logged(&E::Compounded { account: alice, id, amount: U256::from(604_800) }));
    world.err(alice, I::compoundCall { lockSeconds: 0 }, I::VaultZeroAmount {});
}

/// VLT-09.
#[motsu::test]
fn vlt_09_extend_never_lowers_and_needs_the_length_of_the_lock() {
    let mut world = World::new();
    let alice = world.alice;
    let id = world.stake(alice, 1_000, 90 * DAY);
    world.pass(60 * DAY);
    let short = I::VaultLockTooShort { id, lockSeconds: 90 * DAY - 1, shortest: 90 * DAY };
    world.err(alice, I::extendLockCall { id, lockSeconds: 90 * DAY - 1 }, short);
    // A worse curve: the better multiplier stays.
    world.offer(&[10_000, 10_000, 10_000, 10_000, 12_000], 0);
    world.ok(alice, I::pokeParamsCall {});
    world.ok(alice, I::extendLockCall { id, lockSeconds: 180 * DAY });
    let end = world.now + u64::from(180 * DAY);
    let changed = E::LockChanged { account: alice, id, multiplier: 12_500, lockSeconds: 180 * DAY, lockEnd: end };
    assert!(world.logged(&changed));
    assert_eq!(world.weight(alice), 1_250);
    world.offer(&CURVE, 0);
    world.ok(alice, I::pokeParamsCall {});
    world.ok(alice, I::extendLockCall { id, lockSeconds: YEAR });
    assert_eq!(world.weight(alice), 2_000);
    let long = I::VaultLockTooLong { lockSeconds: YEAR + 1, longest: YEAR };
    world.err(alice, I::extendLockCall { id, lockSeconds: YEAR + 1 }, long);
    world.err(alice, I::extendLockCall { id: 7, lockSeconds: YEAR }, I::VaultNoPosition { account: alice, id: 7 });
    // Once the lock has ended any length begins from nothing.
    world.pass(YEAR);
    world.ok(alice, I::extendLockCall { id, lockSeconds: 30 * DAY });
    assert_eq!(world.weight(alice), 1_100);
}

/// VLT-09.
#[motsu::test]
fn vlt_09_refresh_takes_a_better_curve_and_kick_ends_a_lock() {
    let mut world = World::new();
    let (alice, bob) = (world.alice, world.bob);
    let id = world.stake(alice, 1_000, YEAR);
    world.err(alice, I::refreshCall { id }, I::VaultUnchanged { id, multiplier: 20_000 });
    world.offer(&[10_000, 11_000, 12_500, 15_000, 20_400], 0);
    world.ok(bob, I::pokeParamsCall {});
    world.err(bob, I::refreshCall { id }, I::VaultNoPosition { account: bob, id });
    world.ok(alice, I::refreshCall { id });
    assert_eq!(world.weight(alice), 2_040);
    world.offer(&[10_000; 5], 0);
    world.ok(bob, I::pokeParamsCall {});
    world.err(alice, I::refreshCall { id }, I::VaultUnchanged { id, multiplier: 20_400 });
    let end = world.now + u64::from(YEAR);
    world.pass(YEAR - 1);
    world.err(bob, I::kickCall { account: alice, id }, I::VaultLocked { id, lockEnd: end });
    world.pass(1);
    world.err(alice, I::refreshCall { id }, I::VaultNotLocked { id, lockEnd: end });
    // At the old weight until somebody kicks.
    assert_eq!(world.weight(alice), 2_040);
    world.ok(bob, I::kickCall { account: alice, id });
    assert_eq!(world.weight(alice), 1_000);
    world.err(bob, I::kickCall { account: alice, id }, I::VaultUnchanged { id, multiplier: 10_000 });
}

/// VLT-10.
#[motsu::test]
fn vlt_10_unstake_waits_for_lock_and_cooldown() {
    let mut world = World::new();
    let (alice, vault) = (world.alice, world.vault.address());
    let id = world.stake(alice, 1_000, 30 * DAY);
    let end = world.now + u64::from(30 * DAY);
    let take = |id, amount: u32| I::unstakeCall { id, amount: U256::from(amount) };
    world.pass(30 * DAY - 1);
    world.err(alice, take(id, 1), I::VaultLocked { id, lockEnd: end });
    world.pass(1);
    world.err(alice, take(id, 0), I::VaultZeroAmount {});
    let poor = I::VaultInsufficientStake { id, held: U256::from(1_000), needed: U256::from(1_001) };
    world.err(alice, take(id, 1_001), poor);
    world.err(world.bob, take(id, 1), I::VaultNoPosition { account: world.bob, id });
    let part = world.unstake(alice, id, 400);
    // The weight went at once, and with the first touch the multiplier.
    assert_eq!((part, world.weight(alice), world.principal(alice)), (1, 600, 600));
    let ready = world.now + u64::from(COOLDOWN);
    let logged = E::Unstaked { account: alice, id, exitId: part, amount: U256::from(400), readyAt: ready };
    assert!(world.logged(&logged));
    // A cooldown changed later does not touch what waits already.
    world.ok(world.governance, I::setCooldownCall { cooldown: 0 });
    let rest = world.unstake(alice, id, 600);
    assert_eq!((rest, world.weight(alice), world.principal(alice)), (id, 0, 0));
    let withdraw = |ids: &[u32]| I::withdrawCall { exitIds: ids.to_vec() };
    world.err(alice, withdraw(&[]), I::VaultZeroAmount {});
    world.err(alice, withdraw(&[rest, part]), I::VaultNotReady { id: part, readyAt: ready });
    world.err(alice, withdraw(&[rest, rest]), I::VaultNoExit { account: alice, id: rest });
    world.err(world.bob, withdraw(&[rest]), I::VaultNoExit { account: world.bob, id: rest });
    assert_eq!(world.ok(alice, withdraw(&[rest])).amount, U256::from(600));
    assert!(world.logged(&E::Withdrawn { account: alice, exitId: rest, amount: U256::from(600) }));
    world.err(alice, withdraw(&[rest]), I::VaultNoExit { account: alice, id: rest });
    world.pass(COOLDOWN);
    assert_eq!(world.ok(alice, withdraw(&[part])).amount, U256::from(400));
    assert_eq!((world.balance(alice), world.balance(vault), world.owed()), (1 << 90, 0, 0));
    // A position cannot be withdrawn, an exit cannot be staked with.
    let id = world.stake(alice, 5, 0);
    world.err(alice, withdraw(&[id]), I::VaultNoExit { account: alice, id });
    world.unstake(alice, id, 5);
    world.err(alice, take(id, 1), I::VaultNoPosition { account: alice, id });
    world.err(alice, I::extendLockCall { id, lockSeconds: DAY }, I::VaultNoPosition { account: alice, id });
    assert_eq!(world.ok(alice, I::positionCall { account: alice, id }).amount, U256::ZERO);
}

/// VLT-11.
#[motsu::test]
fn vlt_11_early_exit_pays_those_who_stay() {
    let mut world = World::new();
    let (alice, bob) = (world.alice, world.bob);
    let id = world.stake(alice, 1_000_000_003, YEAR);
    world.stake(bob, 100, 0);
    world.pass(YEAR / 4);
    // 20 % of three quarters, rounded up.
    let penalty = world.ok(alice, I::exitEarlyCall { id }).penalty;
    assert_eq!(penalty, U256::from(150_000_001));
    assert!(world.logged(&E::ExitedEarly { account: alice, id, penalty }));
    assert_eq!((world.weight(alice), world.principal(alice), world.owed()), (0, 0, 1_000_000_103));
    world.err(alice, I::exitEarlyCall { id }, I::VaultNoPosition { account: alice, id });
    // Nothing of it before the next reward streams, so nobody can come for it.
    world.pass(COOLDOWN);
    assert_eq!((world.earned(bob), world.earned(alice)), (0, 0));
    assert_eq!(world.ok(alice, I::withdrawCall { exitIds: vec![id] }).amount, U256::from(850_000_002));
    world.reward(0);
    world.pass(WEEK);
    // Whole units per second stream; the rest waits for the next time.
    let kept: u128 = world.ok(bob, I::rewardsCall {}).unallocated.to();
    assert_eq!((world.earned(bob), kept), (248 * u128::from(WEEK), 150_000_001 - 248 * u128::from(WEEK)));
    let open = world.stake(bob, 5, 0);
    world.err(bob, I::exitEarlyCall { id: open }, I::VaultNotLocked { id: open, lockEnd: world.now });
    // The smallest stake can cost all of itself.
    let tiny = world.stake(alice, 1, YEAR);
    assert_eq!(world.ok(alice, I::exitEarlyCall { id: tiny }).penalty, U256::from(1));
    let none = I::VaultNoExit { account: alice, id: tiny };
    world.err(alice, I::withdrawCall { exitIds: vec![tiny] }, none);
}
