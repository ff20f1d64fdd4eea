//! Free funds and the hook.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;

use escapement_kit::erc20::Erc20WithoutCode;
use motsu::prelude::*;

use super::world::{Coin, CoinRefuses, Fixture, World, YEAR};
use crate::{ITreasury as I, ITreasuryEvents as E};

/// TRE-01
#[motsu::test]
fn notify_reward_adds_to_the_free_funds() {
    let world = World::new();
    world.deliver(1_000);
    world.deliver(0);
    assert_eq!((world.free(), world.owed()), (1_000, 1_000));
    assert!(world.logged(&E::RewardNotified { amount: U256::from(1_000) }));
    world.token.sender(world.minter).mint(world.treasury.address(), 49);
    let short = I::TreasuryUnfunded { balance: U256::from(1_049), needed: U256::from(1_050) };
    world.err(world.minter, I::notifyRewardCall { amount: U256::from(50) }, short);
    let most = U256::from(u128::MAX);
    world.err(world.minter, I::notifyRewardCall { amount: most }, I::TreasuryArithmetic {});
    let more = most + U256::from(1);
    world.err(world.minter, I::notifyRewardCall { amount: more }, I::TreasuryTooLarge { amount: more });
}

/// TRE-01: a delivery never fails for the controller.
#[motsu::test]
fn notify_reward_works_when_the_controller_fails() {
    let world = World::with(10_000);
    world.open_stream(1_000, YEAR);
    world.params.sender(world.alice).refuse(b"down");
    world.deliver(5);
    assert_eq!(world.free(), 9_005);
    assert!(world.logged(&E::SpeedKept { reason: 2, speed: 10_000, detail: U256::from(4) }));
}

/// TRE-02: what came without a notice is booked once, by anyone, and only what is in no book.
#[motsu::test]
fn book_surplus_works() {
    let world = World::with(1_000);
    world.open_stream(400, YEAR);
    assert_eq!(world.ok(world.bob, I::bookSurplusCall {}).amount, U256::ZERO);
    world.token.sender(world.minter).mint(world.treasury.address(), 77);
    assert_eq!(world.ok(world.bob, I::bookSurplusCall {}).amount, U256::from(77));
    assert_eq!(world.ok(world.bob, I::bookSurplusCall {}).amount, U256::ZERO);
    assert_eq!((world.free(), world.owed()), (677, 1_077));
    assert_eq!(world.logs::<E::SurplusBooked>().len(), 1);
    assert!(world.logged(&E::SurplusBooked { amount: U256::from(77) }));
}

/// TRE-03: only free funds are spent.
#[motsu::test]
fn spend_works() {
    let world = World::with(1_000);
    world.open_stream(400, YEAR);
    let spend = |to, amount: u128| I::spendCall { to, amount: U256::from(amount) };
    let short = I::TreasuryInsufficientFunds { free: U256::from(600), amount: U256::from(601) };
    world.err(world.governance, spend(world.bob, 601), short);
    world.ok(world.governance, spend(world.bob, 600));
    assert_eq!((world.tokens(world.bob), world.free(), world.owed()), (600, 0, 400));
    assert!(world.logged(&E::Spent { to: world.bob, amount: U256::from(600) }));
    world.err(world.governance, spend(world.bob, 0), I::TreasuryZeroAmount {});
    world.err(world.governance, spend(Address::ZERO, 1), I::TreasuryZeroAddress {});
    world.deliver(5);
    world.token.sender(world.bob).refuse(world.bob, true);
    let refused = CoinRefuses { to: world.bob, value: U256::from(5) };
    world.err(world.governance, spend(world.bob, 5), refused);
    assert_eq!(world.free(), 5);
}

/// TRE-18: governance sends foreign tokens away; books and managed token stay as they are.
#[motsu::test]
fn rescue_works() {
    let world = World::with(1_000);
    let (quote, treasury) = (Contract::<Coin>::random(), world.treasury.address());
    quote.sender(world.alice).mint(treasury, 300);
    let rescue = |token, to, amount: u128| I::rescueCall { token, to, amount: U256::from(amount) };
    world.ok(world.governance, rescue(quote.address(), world.bob, 200));
    let held = |account| quote.sender(world.alice).balance(account);
    assert_eq!((held(world.bob), held(treasury)), (200, 100));
    assert!(world.logged(&E::Rescued { token: quote.address(), to: world.bob, amount: U256::from(200) }));
    // Again, so the lock is open; and what the token refuses is refused with its reason.
    world.ok(world.governance, rescue(quote.address(), world.bob, 99));
    let refused = CoinRefuses { to: world.bob, value: U256::from(2) };
    world.err(world.governance, rescue(quote.address(), world.bob, 2), refused);
    // More than 128 bits is an amount of a foreign token like any other.
    let refused = CoinRefuses { to: world.bob, value: U256::MAX };
    let most = I::rescueCall { token: quote.address(), to: world.bob, amount: U256::MAX };
    world.err(world.governance, most, refused);

    let managed = world.token.address();
    world.token.sender(world.minter).mint(treasury, 5);
    let error = I::TreasuryManagedToken { token: managed };
    world.err(world.governance, rescue(managed, world.bob, 5), error);
    world.err(world.governance, rescue(quote.address(), Address::ZERO, 1), I::TreasuryZeroAddress {});
    world.err(world.governance, rescue(quote.address(), world.bob, 0), I::TreasuryZeroAmount {});
    let nobody = Address::from_tag("nobody");
    world.err(world.governance, rescue(nobody, world.bob, 1), Erc20WithoutCode { token: nobody });
    assert_eq!((world.free(), world.owed(), world.tokens(treasury)), (1_000, 1_000, 1_005));
    assert_eq!(world.logs::<E::Rescued>().len(), 2);
}

/// TRE-04: the hook refuses a speed or multipliers that the treasury could not live with, and other groups.
#[motsu::test]
fn check_params_works() {
    let world = World::new();
    let ask =
        |group, values: &[u32]| world.send(world.bob, I::checkParamsCall { group, values: values.to_vec() }).err();
    assert_eq!(ask(1, &[10_000]), None);
    for speed in [4_999, 15_001] {
        let error = I::TreasurySpeedOutOfRange { speed, slowest: 5_000, fastest: 15_000 };
        assert_eq!(ask(1, &[speed]), Some(error.abi_encode()));
    }
    let error = I::TreasuryBadCount { bases: U256::from(1), values: U256::from(2) };
    assert_eq!(ask(1, &[10_000, 10_000]), Some(error.abi_encode()));
    assert_eq!(ask(1, &[15_000]), None);
    for multiplier in [2_499, 20_001] {
        let error = I::TreasuryMultiplierOutOfRange { category: 1, multiplier, lowest: 2_500, highest: 20_000 };
        assert_eq!(ask(6, &[10_000, multiplier]), Some(error.abi_encode()));
    }
    assert_eq!(ask(6, &[10_000; 8]), None);
    let error = I::TreasuryBadCount { bases: U256::from(9), values: U256::from(9) };
    assert_eq!(ask(6, &[10_000; 9]), Some(error.abi_encode()));
    for group in [0, 2, 5, 7, 255] {
        assert_eq!(ask(group, &[10_000]), Some(I::TreasuryUnknownGroup { group }.abi_encode()));
    }
}
