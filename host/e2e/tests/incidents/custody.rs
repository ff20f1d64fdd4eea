//! Incidents of stakes, rewards, votes and migrations.

use alloy_primitives::{Address, U256, aliases::U48};
use escapement_agent::bindings::{
    gauges::IGauges as G,
    solidity::QuoteToken as Q,
    token::IToken as T,
    treasury::ITreasury as R,
    vault::{IVault as V, IVaultEvents as VE},
};
use escapement_e2e::{World, refused, wad};

use crate::{DAY, WEEK, held, holders, ok};

fn earned(world: &World, account: Address) -> U256 {
    world.net.view(world.vault, &V::earnedCall { account }).expect("a plain view")
}

/// INC-07: shares did not follow the total, and more was paid out than there was. Here whoever is told of a reward looks
/// whether it is there, beside everything owed already.
#[test]
fn inc_07_a_reward_that_is_not_there_is_no_reward() {
    let world = World::new();
    world.connect();
    let [alice, _] = holders(&world);
    ok(&world, alice, world.vault, &V::stakeCall { amount: wad(1_000), lockSeconds: 0 });
    world.deliver(world.deployer, world.vault, wad(10));
    world.deliver(world.deployer, world.gauges, wad(10));
    world.deliver(world.deployer, world.treasury, wad(10));
    // One unit less than what it is told of comes.
    let amount = wad(5);
    for to in [world.vault, world.gauges, world.treasury] {
        ok(&world, world.deployer, world.token, &T::transferCall { to, value: amount - U256::ONE });
    }
    let notify = V::notifyRewardCall { amount };
    let (balance, needed) = (wad(1_015) - U256::ONE, wad(1_015));
    refused(world.as_minter(world.vault, &notify), &V::VaultInsolvent { balance, needed });
    let (balance, needed) = (wad(15) - U256::ONE, wad(15));
    refused(world.as_minter(world.gauges, &notify), &G::GaugesUnfunded { balance, needed });
    refused(world.as_minter(world.treasury, &notify), &R::TreasuryUnfunded { balance, needed });
}

/// INC-14: a rate could exceed what was there for it, and what streamed while nobody staked was lost. Here it is kept for
/// the next reward, nobody gets it for coming first, and a reward too large to count is refused.
#[test]
fn inc_14_what_streams_to_nobody_is_kept() {
    let world = World::new();
    world.connect();
    let [alice, _] = holders(&world);
    let net = &world.net;
    let start = world.deliver(world.deployer, world.vault, wad(WEEK)).timestamp;
    net.at_next(start + WEEK / 2);
    ok(&world, alice, world.vault, &V::stakeCall { amount: wad(1), lockSeconds: 0 });
    assert_eq!(earned(&world, alice), U256::ZERO, "nothing for coming first");
    net.warp(WEEK);
    assert_eq!(earned(&world, alice), wad(WEEK / 2));
    // The other half streams with the next reward.
    let next = world.deliver(world.deployer, world.vault, wad(WEEK)).timestamp;
    net.at_next(next + WEEK);
    ok(&world, alice, world.vault, &V::claimCall {});
    let dust = wad(2 * WEEK) + wad(9_999) - held(&world, alice);
    assert!(dust < U256::from(2 * WEEK), "a unit a second at most stays: {dust}");

    let amount = U256::from(u128::MAX);
    ok(&world, world.deployer, world.token, &T::transferCall { to: world.vault, value: wad(1) });
    world.as_minter(world.vault, &V::notifyRewardCall { amount }).expect_err("there is not as much");
}

/// P3: a migration changed what everybody could claim. Here another instance of the code behind the vault changes no
/// position, exit, reward or vote, and pays the same.
#[test]
fn p03_a_new_implementation_changes_nobodys_claims() {
    let world = World::new();
    world.connect();
    let holders = holders(&world);
    let net = &world.net;
    for (n, account) in holders.into_iter().enumerate() {
        let lock = u32::try_from(n * 100 * 86_400).expect("32 bits");
        ok(&world, account, world.vault, &V::stakeCall { amount: wad(1_000), lockSeconds: lock });
        ok(&world, account, world.vault, &V::delegateCall { delegatee: holders[0] });
    }
    ok(&world, holders[0], world.vault, &V::unstakeCall { id: 0, amount: wad(300) });
    world.deliver(world.deployer, world.vault, wad(WEEK));
    net.warp(WEEK / 2);
    let books = || {
        holders.map(|account| {
            let view = |call: &V::positionCall| net.view(world.vault, call).expect("a plain view");
            let position = view(&V::positionCall { account, id: 0 });
            let exit = net.view(world.vault, &V::unbondingCall { account, id: 1 }).expect("a plain view");
            let votes = net.view(world.vault, &V::getVotesCall { account }).expect("a plain view");
            (position.amount, position.multiplier, position.lockEnd, exit.amount, exit.readyAt, votes)
        })
    };
    let next = net.program(world.deployer, "vault");
    let (before, rewards) = (books(), holders.map(|account| earned(&world, account)));
    assert!(rewards.iter().all(|amount| !amount.is_zero()));
    assert_ne!(net.implementation(world.vault), next);
    net.hold();
    world.upgrade(world.governance, world.vault, next, vec![].into()).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(net.implementation(world.vault), next);
    assert_eq!((books(), holders.map(|account| earned(&world, account))), (before, rewards));
    for (account, due) in holders.into_iter().zip(rewards) {
        net.hold();
        let paid = ok(&world, account, world.vault, &V::claimCall {}).events::<VE::Claimed>()[0].amount;
        assert_eq!(paid, due);
    }
}

/// P6: roundings that went both ways were repeated at tiny balances until a pool was empty. Here every one of them goes
/// against who acts: stakes of 1 to 32 units, split, left early and claimed hundreds of times, never give a unit more than
/// one stake of the same size does.
#[test]
fn p06_repeated_roundings_at_tiny_stakes_give_nothing() {
    let world = World::new();
    world.connect();
    let [alice, bob] = holders(&world);
    let net = &world.net;
    // Bob has five units more, so that no share comes out even.
    let units = (1..=32u64).sum::<u64>();
    let vault = world.vault;
    let start = net.now() + 10;
    net.at_next(start);
    ok(&world, bob, vault, &V::stakeCall { amount: U256::from(units + 5), lockSeconds: 0 });
    for amount in 1..=32u64 {
        net.hold();
        ok(&world, alice, vault, &V::stakeCall { amount: U256::from(amount), lockSeconds: 0 });
    }
    net.hold();
    world.deliver(world.deployer, vault, U256::from(7u64 * 1_000_003));
    let mut paid = U256::ZERO;
    for n in 1..=300u64 {
        net.at_next(start + n * WEEK / 300);
        let receipt = ok(&world, alice, vault, &V::claimCall {});
        paid += receipt.events::<VE::Claimed>().iter().fold(U256::ZERO, |sum, event| sum + event.amount);
    }
    net.hold();
    // What as many units would have earned at once, by what bob's did.
    let whole = (earned(&world, bob) + U256::ONE) * U256::from(units) / U256::from(units + 5);
    assert!(paid <= whole, "{paid} in parts, {whole} at once");
    assert!(whole - paid <= U256::from(300), "a unit for each claim at most: {paid} {whole}");
    // In and out, over and over: never more comes back than went in.
    let before = held(&world, alice);
    let mut ids = Vec::new();
    for amount in 1..=32u64 {
        let lock = u32::try_from(amount % 3).expect("small") * 86_400;
        let staked = ok(&world, alice, vault, &V::stakeCall { amount: U256::from(amount), lockSeconds: lock });
        let id = staked.events::<VE::Staked>()[0].id;
        if lock > 0 {
            ok(&world, alice, vault, &V::exitEarlyCall { id });
        } else {
            ok(&world, alice, vault, &V::unstakeCall { id, amount: U256::from(amount) });
        }
        let exit = net.view(vault, &V::unbondingCall { account: alice, id }).expect("a plain view");
        assert!(exit.amount <= U256::from(amount));
        ids.extend((!exit.amount.is_zero()).then_some(id));
    }
    net.warp(30 * DAY);
    ok(&world, alice, vault, &V::withdrawCall { exitIds: ids });
    assert!(held(&world, alice) <= before);
    let books = net.view(vault, &V::solvencyCall {}).expect("a plain view");
    assert!(books.owed <= books.balance);
}

/// P8: votes that were borrowed for one block passed a proposal. Here a stake that comes, votes and goes within one
/// moment was never there, at no past moment.
#[test]
fn p08_votes_of_one_moment_never_count() {
    let world = World::new();
    world.connect();
    let [alice, bob] = holders(&world);
    let net = &world.net;
    ok(&world, alice, world.vault, &V::stakeCall { amount: wad(10), lockSeconds: 0 });
    ok(&world, alice, world.vault, &V::delegateCall { delegatee: alice });
    let moment = net.now() + 100;
    net.at_next(moment);
    let id = ok(&world, bob, world.vault, &V::stakeCall { amount: wad(9_000), lockSeconds: 0 });
    let id = id.events::<VE::Staked>()[0].id;
    net.hold();
    ok(&world, bob, world.vault, &V::delegateCall { delegatee: bob });
    // Now it has power, which no vote asks for: the present is refused.
    let call = V::getPastVotesCall { account: bob, timepoint: U256::from(moment) };
    let error = V::ERC5805FutureLookup { timepoint: U256::from(moment), clock: U48::from(moment) };
    refused(net.view(world.vault, &call), &error);
    net.hold();
    ok(&world, bob, world.vault, &V::unstakeCall { id, amount: wad(9_000) });
    net.warp(60);
    for timepoint in [moment - 1, moment, moment + 1] {
        let timepoint = U256::from(timepoint);
        let past = |account| net.view(world.vault, &V::getPastVotesCall { account, timepoint }).expect("the past");
        assert_eq!((past(alice), past(bob)), (wad(10), U256::ZERO));
        let total = net.view(world.vault, &V::getPastTotalSupplyCall { timepoint }).expect("the past");
        assert_eq!(total, wad(10));
    }
}

/// P10: the first to come made the price of a share and took from the next. Here there is no price: a unit staked and a
/// fortune given move nobody's stake, and the fortune stays where nobody can claim it, in vault and gauges alike.
#[test]
fn p10_the_first_to_come_takes_nothing_from_the_next() {
    let world = World::new();
    world.connect();
    let [attacker, victim] = holders(&world);
    let (net, lp) = (&world.net, world.lp[0]);
    ok(&world, attacker, world.vault, &V::stakeCall { amount: U256::ONE, lockSeconds: 0 });
    ok(&world, attacker, world.token, &T::transferCall { to: world.vault, value: wad(9_000) });
    ok(&world, victim, world.vault, &V::stakeCall { amount: wad(1), lockSeconds: 0 });
    for account in [attacker, victim] {
        ok(&world, world.deployer, lp, &Q::mintCall { to: account, amount: wad(100) });
        ok(&world, account, lp, &Q::approveCall { spender: world.gauges, value: U256::MAX });
    }
    ok(&world, attacker, world.gauges, &G::stakeCall { pool: 1, amount: U256::ONE });
    ok(&world, attacker, lp, &Q::transferCall { to: world.gauges, value: wad(99) });
    ok(&world, victim, world.gauges, &G::stakeCall { pool: 1, amount: wad(1) });
    // Each takes out what it put in.
    for (account, amount) in [(victim, wad(1)), (attacker, U256::ONE)] {
        ok(&world, account, world.vault, &V::unstakeCall { id: 0, amount });
        let more = G::withdrawCall { pool: 1, amount: amount + U256::ONE };
        let error = G::GaugesInsufficientStake { stake: amount, amount: amount + U256::ONE };
        refused(net.send(account, world.gauges, &more), &error);
        ok(&world, account, world.gauges, &G::withdrawCall { pool: 1, amount });
    }
    net.warp(7 * DAY);
    for account in [victim, attacker] {
        ok(&world, account, world.vault, &V::withdrawCall { exitIds: vec![0] });
    }
    assert_eq!((held(&world, victim), held(&world, attacker)), (wad(10_000), wad(1_000)));
    assert_eq!(held(&world, world.vault), wad(9_000));
}
