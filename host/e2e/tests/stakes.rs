//! E2E-41 to E2E-44: the compiled vault. Stakes, rewards and votes to the last unit; whatever becomes of the controller,
//! principal and rewards leave (I8, T12); a gift to the vault changes nothing (T1).
#![allow(missing_docs, clippy::similar_names)]

use alloy_primitives::{Address, B256, Bytes, U256, aliases::U48};
use alloy_sol_types::{SolCall, SolError as _};
use escapement_agent::bindings::{
    controller::IController as C,
    token::IToken as T,
    vault::{IVault as V, IVaultEvents as E},
};
use escapement_e2e::{Receipt, World, malleate, refused, wad};

const DAY: u32 = 86_400;
/// Seconds of an epoch, and tokens that stream at one a second.
const EPOCH: u64 = 604_800;

/// Sends to the vault what must go through.
#[track_caller]
fn ok<S: SolCall>(world: &World, from: Address, call: &S) -> Receipt {
    world.net.send(from, world.vault, call).unwrap_or_else(|refusal| panic!("{}: {refusal}", S::SIGNATURE))
}

fn held(world: &World, account: Address) -> U256 {
    world.net.view(world.token, &T::balanceOfCall { account }).expect("a plain view")
}

fn earned(world: &World, account: Address) -> U256 {
    world.net.view(world.vault, &V::earnedCall { account }).expect("a plain view")
}

/// What the vault holds, and what it owes.
fn solvency(world: &World) -> (U256, U256) {
    let books = world.net.view(world.vault, &V::solvencyCall {}).expect("a plain view");
    (books.balance, books.owed)
}

/// A world whose vault knows the controller's curve, and two holders of 10,000 tokens each, of which it may take all.
fn setting() -> (World, Address, Address) {
    let world = World::new();
    world.connect();
    let [alice, bob] = [6, 7].map(|n| world.net.account(n));
    for account in [alice, bob] {
        let call = T::transferCall { to: account, value: wad(10_000) };
        world.net.send(world.deployer, world.token, &call).expect("the deployer's");
        let call = T::approveCall { spender: world.vault, value: U256::MAX };
        world.net.send(account, world.token, &call).expect("its own");
    }
    (world, alice, bob)
}

/// Stakes and returns the id.
fn stake(world: &World, from: Address, tokens: u64, lock: u32) -> u32 {
    let receipt = ok(world, from, &V::stakeCall { amount: wad(tokens), lockSeconds: lock });
    receipt.events::<E::Staked>()[0].id
}

#[test]
fn stake_earns_by_weight_and_all_of_it_leaves() {
    let (world, alice, bob) = setting();
    let net = &world.net;
    // 1,000 at 1.3 and 700 at one: 2,000 of weight.
    let long = stake(&world, alice, 1_000, 90 * DAY);
    let short = stake(&world, bob, 700, 0);
    let position = net.view(world.vault, &V::positionCall { account: alice, id: long }).expect("a plain view");
    assert_eq!((position.amount, position.multiplier), (wad(1_000), 13_000));

    let receipt = world.deliver(world.deployer, world.vault, wad(EPOCH));
    let start = receipt.timestamp;
    let notified = &receipt.events::<E::RewardNotified>()[0];
    assert_eq!((notified.rate, notified.endsAt), (wad(1), start + EPOCH));
    net.at_next(start + 1_000);
    let paid = ok(&world, alice, &V::claimCall {}).events::<E::Claimed>()[0].amount;
    assert_eq!(paid, wad(650));
    assert_eq!(held(&world, alice), wad(9_650));

    // A shorter lock than the live one is refused; the longest weighs twice the amount from now on: 2,000 of 2,700.
    let error = V::VaultLockTooShort { id: long, lockSeconds: 89 * DAY, shortest: 90 * DAY };
    refused(net.send(alice, world.vault, &V::extendLockCall { id: long, lockSeconds: 89 * DAY }), &error);
    net.at_next(start + 2_000);
    ok(&world, alice, &V::extendLockCall { id: long, lockSeconds: 365 * DAY });
    net.at_next(start + 4_700);
    let paid = ok(&world, alice, &V::claimCall {}).events::<E::Claimed>()[0].amount;
    assert_eq!(paid, wad(650 + 2_000));
    assert_eq!(earned(&world, bob), wad(350 + 350 + 700));

    // In the same second a part of the other stake leaves: 2,000 of 2,500.
    net.hold();
    let left = &ok(&world, bob, &V::unstakeCall { id: short, amount: wad(200) }).events::<E::Unstaked>()[0];
    let ready = start + 4_700 + 7 * u64::from(DAY);
    assert_eq!((left.amount, left.readyAt), (wad(200), ready));
    let exits = V::withdrawCall { exitIds: vec![left.exitId] };
    refused(net.send(bob, world.vault, &exits), &V::VaultNotReady { id: left.exitId, readyAt: ready });
    let until = start + 2_000 + 365 * u64::from(DAY);
    let error = V::VaultLocked { id: long, lockEnd: until };
    refused(net.send(alice, world.vault, &V::unstakeCall { id: long, amount: wad(1) }), &error);
    net.at_next(ready - 1);
    let refusal = net.send(bob, world.vault, &exits).expect_err("one second early");
    assert!(refusal.is::<V::VaultNotReady>(), "{refusal}");
    net.at_next(ready);
    let before = held(&world, bob);
    ok(&world, bob, &exits);
    assert_eq!(held(&world, bob) - before, wad(200));

    // With four fifths of the lock left, leaving costs four fifths of 20 %.
    net.at_next(until - 292 * u64::from(DAY));
    let receipt = ok(&world, alice, &V::exitEarlyCall { id: long });
    assert_eq!(receipt.events::<E::ExitedEarly>()[0].penalty, wad(160));
    assert_eq!(receipt.events::<E::Unstaked>()[0].amount, wad(840));
    assert_eq!(earned(&world, alice), wad(600_100) * U256::from(4) / U256::from(5));
    net.warp(7 * u64::from(DAY));
    let before = held(&world, alice);
    ok(&world, alice, &V::withdrawCall { exitIds: vec![long] });
    assert_eq!(held(&world, alice) - before, wad(840));
    refused(
        net.send(alice, world.vault, &V::withdrawCall { exitIds: vec![long] }),
        &V::VaultNoExit { account: alice, id: long },
    );
    ok(&world, alice, &V::claimCall {});

    // The penalty streams with the next reward, to who stayed.
    let receipt = world.deliver(world.deployer, world.vault, wad(EPOCH - 160));
    assert_eq!(receipt.events::<E::RewardNotified>()[0].rate, wad(1));
    net.at_next(receipt.timestamp + EPOCH);
    let share = wad(1_400) + wad(600_100) / U256::from(5) + wad(EPOCH);
    let paid = ok(&world, bob, &V::claimCall {}).events::<E::Claimed>()[0].amount;
    assert_eq!(paid, share);
    ok(&world, bob, &V::unstakeCall { id: short, amount: wad(500) });
    net.warp(7 * u64::from(DAY));
    ok(&world, bob, &V::withdrawCall { exitIds: vec![short] });
    assert_eq!(solvency(&world), (U256::ZERO, U256::ZERO), "nothing is left behind");
    assert_eq!(held(&world, alice) + held(&world, bob), wad(20_000 + 2 * EPOCH - 160));
}

#[test]
fn everything_leaves_whatever_becomes_of_the_controller() {
    let (world, alice, bob) = setting();
    let (net, vault, controller) = (&world.net, world.vault, world.controller);
    let long = stake(&world, alice, 1_000, 365 * DAY);
    let open = stake(&world, alice, 500, 0);
    let other = stake(&world, bob, 500, 30 * DAY);
    let start = world.deliver(world.deployer, vault, wad(EPOCH)).timestamp;

    let mut cases = Vec::new();
    for dead in [false, true] {
        let healthy = net.chain.snapshot();
        let reason: Bytes = if dead {
            net.chain.set_code(controller, Bytes::new()).expect("a cheat of the chain");
            V::ParamsBadAnswer { controller, group: 2, length: U256::ZERO }.abi_encode().into()
        } else {
            net.send(world.guardian, controller, &C::haltCall { scope: 255 }).expect("the guardian halts");
            let until = u32::try_from(net.now() + 7 * u64::from(DAY)).expect("32 bits");
            V::VaultCurveHalted { until }.abi_encode().into()
        };
        let refusal = net.send(world.stranger, vault, &V::pokeParamsCall {}).expect_err("no curve to be had");
        assert_eq!(refusal.data, reason, "{refusal}");

        // Weights 2,000 + 500 and 550: a step of 1,220 seconds gives 400 tokens for each 1,000 of weight.
        net.at_next(start + 1_220);
        let paid = ok(&world, alice, &V::claimCall {}).events::<E::Claimed>()[0].amount;
        assert_eq!(paid, wad(1_000));
        assert_eq!(earned(&world, bob), wad(220));
        net.hold();
        let id = ok(&world, bob, &V::compoundCall { lockSeconds: 0 }).events::<E::Staked>()[0].id;
        net.hold();
        ok(&world, bob, &V::extendLockCall { id: other, lockSeconds: 30 * DAY + 1 });
        net.hold();
        ok(&world, bob, &V::delegateCall { delegatee: bob });
        net.hold();
        let cost = ok(&world, alice, &V::exitEarlyCall { id: long }).events::<E::ExitedEarly>()[0].penalty;
        assert!(cost < wad(200) && cost > wad(199), "{cost}");
        net.hold();
        ok(&world, alice, &V::unstakeCall { id: open, amount: wad(500) });
        let unstake = V::unstakeCall { id, amount: wad(220) };
        ok(&world, bob, &unstake);

        // A reward counts without a fresh curve.
        let receipt = world.deliver(world.deployer, vault, wad(7));
        assert_eq!(receipt.events::<E::RewardNotified>()[0].amount, wad(7));
        assert_eq!(receipt.events::<E::CurveKept>()[0].reason, reason);

        net.warp(31 * u64::from(DAY));
        ok(&world, world.stranger, &V::kickCall { account: bob, id: other });
        ok(&world, bob, &V::unstakeCall { id: other, amount: wad(500) });
        let before = held(&world, alice);
        ok(&world, alice, &V::withdrawCall { exitIds: vec![long, open] });
        assert_eq!(held(&world, alice) - before, wad(1_500) - cost);
        ok(&world, bob, &V::claimCall {});
        ok(&world, alice, &V::claimCall {});
        net.warp(7 * u64::from(DAY));
        let before = held(&world, bob);
        ok(&world, bob, &V::withdrawCall { exitIds: vec![id, other] });
        assert_eq!(held(&world, bob) - before, wad(720));

        // All stakes and rewards are out; what stays is less than a base unit per second and settlement.
        let (balance, owed) = solvency(&world);
        assert_eq!(balance, owed);
        assert!(owed < U256::from(2 * EPOCH), "{owed}");
        cases.push((held(&world, alice), held(&world, bob), owed, cost));
        assert!(net.chain.revert(healthy));
    }
    assert_eq!(cases[0], cases[1], "halted or dead, it makes no difference");
}

#[test]
fn votes_follow_stakes_and_their_past_stays() {
    let (world, alice, bob) = setting();
    let net = &world.net;
    let votes = |account| net.view(world.vault, &V::getVotesCall { account }).expect("a plain view");
    let past = |account, timepoint: u64| {
        let call = V::getPastVotesCall { account, timepoint: U256::from(timepoint) };
        net.view(world.vault, &call)
    };
    let total = |timepoint: u64| {
        let call = V::getPastTotalSupplyCall { timepoint: U256::from(timepoint) };
        net.view(world.vault, &call).expect("a plain view")
    };
    let locked = stake(&world, alice, 1_000, 365 * DAY);
    let staked = net.now();
    assert_eq!(votes(alice), U256::ZERO, "nobody was named");
    net.at_next(staked + 100);
    ok(&world, alice, &V::delegateCall { delegatee: bob });
    net.at_next(staked + 200);
    let open = stake(&world, alice, 300, 0);
    net.at_next(staked + 300);
    ok(&world, alice, &V::unstakeCall { id: open, amount: wad(100) });
    net.at_next(staked + 400);
    ok(&world, alice, &V::delegateCall { delegatee: alice });
    net.at_next(staked + 500);
    ok(&world, alice, &V::exitEarlyCall { id: locked });
    net.warp(100);

    assert_eq!((votes(alice), votes(bob)), (wad(200), U256::ZERO));
    let want = [(0, 0, 0, 1_000), (99, 0, 0, 1_000), (100, 0, 1_000, 1_000), (200, 0, 1_300, 1_300)];
    let later = [(299, 0, 1_300, 1_300), (300, 0, 1_200, 1_200), (400, 1_200, 0, 1_200), (500, 200, 0, 200)];
    for (after, of_alice, of_bob, sum) in want.into_iter().chain(later) {
        let moment = staked + after;
        let got = (past(alice, moment).expect("past"), past(bob, moment).expect("past"), total(moment));
        assert_eq!(got, (wad(of_alice), wad(of_bob), wad(sum)), "after {after} seconds");
    }
    assert_eq!(total(staked - 1), U256::ZERO);
    let now = net.now();
    let error = V::ERC5805FutureLookup { timepoint: U256::from(now), clock: U48::from(now) };
    refused(past(alice, now), &error);
}

#[test]
fn signed_delegation_works_once_for_what_was_signed() {
    let (world, alice, bob) = setting();
    let net = &world.net;
    stake(&world, alice, 1_000, 0);
    let votes = |account| net.view(world.vault, &V::getVotesCall { account }).expect("a plain view");
    let stranger = world.stranger;
    let sent = |call: &V::delegateBySigCall| net.send(stranger, world.vault, call);
    let signed = world.delegation(6, bob);

    // Anything else than what was signed delegates for somebody else, who has nothing, or is refused.
    let expired = V::delegateBySigCall { expiry: U256::from(net.now() - 1), ..signed.clone() };
    refused(sent(&expired), &V::VotesExpiredSignature { expiry: expired.expiry });
    for v in [0, 1, 26, 29] {
        let call = V::delegateBySigCall { v, ..signed.clone() };
        refused(sent(&call), &V::VaultBadSignature { reason: 2 });
    }
    let mirrored = {
        let bytes: Vec<u8> = [signed.r.as_slice(), signed.s.as_slice(), &[signed.v]].concat();
        malleate(bytes.try_into().expect("65 bytes"))
    };
    let s = B256::from_slice(&mirrored[32..64]);
    let call = V::delegateBySigCall { s, v: mirrored[64], ..signed.clone() };
    refused(sent(&call), &V::VaultBadSignature { reason: 3 });
    let call = V::delegateBySigCall { r: B256::ZERO, ..signed.clone() };
    refused(sent(&call), &V::VaultBadSignature { reason: 4 });
    let wrong = V::delegateBySigCall { delegatee: alice, ..signed.clone() };
    if let Err(refusal) = sent(&wrong) {
        panic!("recovered to somebody who delegates nothing: {refusal}");
    }
    let next = V::delegateBySigCall { nonce: U256::ONE, ..signed.clone() };
    let refusal = sent(&next).expect_err("whoever this recovers to has used no nonce");
    assert!(refusal.is::<V::InvalidAccountNonce>(), "{refusal}");
    assert_eq!((votes(alice), votes(bob)), (U256::ZERO, U256::ZERO));

    // Anyone may bring it; it works once.
    let receipt = sent(&signed).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<E::DelegateChanged>()[0].delegator, alice);
    assert_eq!((votes(alice), votes(bob)), (U256::ZERO, wad(1_000)));
    refused(sent(&signed), &V::InvalidAccountNonce { account: alice, currentNonce: U256::ONE });
    sent(&world.delegation(6, alice)).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!((votes(alice), votes(bob)), (wad(1_000), U256::ZERO));
}

#[test]
fn gift_changes_nothing() {
    let (world, alice, bob) = setting();
    let net = &world.net;
    let mut outcomes = Vec::new();
    for gift in [U256::ZERO, wad(5_000_000)] {
        let start = net.chain.snapshot();
        // The first to come stakes one base unit and then gives the vault a fortune.
        let now = net.now();
        ok(&world, bob, &V::stakeCall { amount: U256::ONE, lockSeconds: 0 });
        let call = T::transferCall { to: world.vault, value: gift };
        net.send(world.deployer, world.token, &call).expect("the deployer's");
        net.at_next(now + 100);
        let id = stake(&world, alice, 1_000, 30 * DAY);
        let holder = net.view(world.vault, &V::holderCall { account: alice }).expect("a plain view");
        assert_eq!(holder.weight, wad(1_100));
        net.at_next(now + 200);
        // Sent and told, not given: the tokens of the gift are no reward.
        world.deliver(world.deployer, world.vault, wad(EPOCH));
        net.at_next(now + 1_000_000);
        ok(&world, alice, &V::claimCall {});
        net.at_next(now + 3_000_000);
        ok(&world, alice, &V::unstakeCall { id, amount: wad(1_000) });
        net.at_next(now + 4_000_000);
        ok(&world, alice, &V::withdrawCall { exitIds: vec![id] });
        let (balance, owed) = solvency(&world);
        assert_eq!(balance - owed, gift);
        let supply = net.view(world.vault, &V::totalSupplyCall {}).expect("a plain view");
        outcomes.push((held(&world, alice), earned(&world, bob), owed, supply));
        assert!(net.chain.revert(start));
    }
    assert_eq!(outcomes[0], outcomes[1]);
    let (alice_has, ..) = outcomes[0];
    assert!(alice_has > wad(10_000 + EPOCH) - U256::from(2 * EPOCH), "and she has the whole reward: {alice_has}");

    // Nor can the minter tell of tokens that are not there.
    let error = world.as_minter(world.vault, &V::notifyRewardCall { amount: wad(1) });
    refused(error, &V::VaultInsolvent { balance: U256::ZERO, needed: wad(1) });
}
