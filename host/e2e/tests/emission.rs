//! E2E-49: all contracts together, compiled: one roll reaches vault, gauges and treasury; a change of the controller is
//! asked of those it concerns, and in force in them from the next roll on.
#![allow(missing_docs, clippy::similar_names)]

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use escapement_agent::bindings::{
    controller::IController as C,
    gauges::{IGauges as G, IGaugesEvents as GE},
    minter::{IMinter as M, IMinterEvents as ME},
    solidity::QuoteToken as Q,
    token::IToken as T,
    treasury::{ITreasury as R, ITreasuryEvents as RE},
    vault::{IVault as V, IVaultEvents as VE},
};
use escapement_e2e::{Receipt, World, change, refused, wad};

const WEEK: u64 = 604_800;

/// Sends what must go through.
#[track_caller]
fn ok<S: SolCall>(world: &World, from: Address, to: Address, call: &S) -> Receipt {
    world.net.send(from, to, call).unwrap_or_else(|refusal| panic!("{}: {refusal}", S::SIGNATURE))
}

/// Stakes 1,000 tokens of the deployer in the vault, without a lock, and 10 LP tokens in each pool.
fn stake(world: &World) {
    let from = world.deployer;
    ok(world, from, world.token, &T::approveCall { spender: world.vault, value: wad(1_000) });
    ok(world, from, world.vault, &V::stakeCall { amount: wad(1_000), lockSeconds: 0 });
    for (pool, lp) in (1..).zip(world.lp) {
        ok(world, from, lp, &Q::approveCall { spender: world.gauges, value: wad(10) });
        ok(world, from, world.gauges, &G::stakeCall { pool, amount: wad(10) });
    }
}

/// The weights in force in the gauges, the first five.
fn weights(world: &World) -> [u32; 5] {
    let first = world.net.view(world.gauges, &G::weightsCall {}).expect("a plain view").first;
    [0, 1, 2, 3, 4].map(|n| u32::from(u16::from_be_bytes([first[2 * n], first[2 * n + 1]])))
}

/// The curve in force in the vault.
fn curve(world: &World) -> [u32; 5] {
    let knots = world.net.view(world.vault, &V::curveCall {}).expect("a plain view");
    [knots._0, knots._1, knots._2, knots._3, knots._4].map(u32::from)
}

#[test]
fn roll_reaches_every_consumer_and_brings_the_changes() {
    let world = World::new();
    world.connect();
    stake(&world);
    let (net, minter) = (&world.net, world.minter);
    let genesis = net.view(minter, &M::genesisCall {}).expect("a plain view");
    let roll = || ok(&world, world.stranger, minter, &M::rollEpochCall {});
    roll();

    // Something of every group, within its step, so that every consumer is asked.
    let outputs: Vec<_> = (0..7).map(|output| (output, if output == 3 { -6_554 } else { 6_554 })).collect();
    let update = world.propose_scored(1, &outputs, &[65_536, 4 * 65_536, 65_536, 65_536]);
    world.submit(&update).unwrap_or_else(|refusal| panic!("{refusal}"));
    let wanted = [11, 12, 13, 14].map(|slot| world.value(slot));
    assert_ne!(wanted, [1_000, 3_000, 3_000, 3_000], "the weights changed");
    // Speed and curve by the council, since the update's wait.
    let changes = change(1, 10_000, 10_100);
    ok(&world, world.council, world.controller, &C::overrideParamsCall { changes });
    let changes = change(6, 20_000, 20_020);
    ok(&world, world.council, world.controller, &C::overrideParamsCall { changes });
    assert_eq!(curve(&world), [10_000, 11_000, 13_000, 16_000, 20_000], "not read yet");

    net.at_next(genesis + WEEK);
    let receipt = roll();
    let rolled = &receipt.events::<ME::EpochRolled>()[0];
    let paid = receipt.events::<ME::KeeperPaid>().iter().map(|paid| paid.amount).sum::<U256>();
    let shared = rolled.minted - paid;
    let delivered: Vec<_> = receipt.events::<ME::Delivered>().iter().map(|part| (part.consumer, part.amount)).collect();
    let [of_vault, of_gauges] = [shared * U256::from(2) / U256::from(5); 2];
    assert_eq!(delivered.iter().map(|(_, amount)| *amount).sum::<U256>(), shared);
    for (consumer, least) in
        [(world.vault, of_vault), (world.gauges, of_gauges), (world.treasury, of_vault / U256::from(2))]
    {
        let amount = delivered.iter().find(|(to, _)| *to == consumer).expect("delivered to all three").1;
        assert!(amount - least <= U256::from(2), "{amount} {least}");
        let balance = net.view(world.token, &T::balanceOfCall { account: consumer }).expect("a plain view");
        assert_eq!(balance, amount + if consumer == world.vault { wad(1_000) } else { U256::ZERO });
    }
    let notified = receipt.events::<VE::RewardNotified>();
    assert!(notified.iter().any(|event| event.amount == delivered[0].1));
    assert_eq!(curve(&world), [10_000, 11_000, 13_000, 16_000, 20_020]);
    assert_eq!(weights(&world), [wanted[0], wanted[1], wanted[2], wanted[3], 0]);
    let speed = receipt.events::<RE::SpeedKept>();
    assert!(speed.is_empty() && receipt.events::<GE::WeightsKept>().is_empty());
    assert!(receipt.events::<VE::CurveKept>().is_empty());
    let free = net.view(world.treasury, &R::freeFundsCall {}).expect("a plain view");
    assert_eq!(free, delivered[2].1);

    // After the epoch the stakers have all of it but what rounding keeps.
    net.warp(WEEK + 60);
    let call = V::earnedCall { account: world.deployer };
    let earned = net.view(world.vault, &call).expect("a plain view");
    assert!(delivered[0].1 - earned < U256::from(2 * WEEK), "{earned}");
    let pools = ok(&world, world.deployer, world.gauges, &G::claimManyCall { pools: vec![1, 2, 3] });
    let claimed = pools.events::<GE::Claimed>().iter().map(|event| event.amount).sum::<U256>();
    let reserve = delivered[1].1 * U256::from(wanted[0]) / U256::from(10_000);
    assert!(delivered[1].1 - reserve - claimed < U256::from(6 * WEEK), "{claimed}");
}

#[test]
fn controller_does_not_pass_over_its_consumers() {
    let world = World::new();
    world.connect();
    stake(&world);
    let (net, controller) = (&world.net, world.controller);
    // A weight needs its pool first.
    let count = C::setCountsCall { pools: 5, categories: 2 };
    refused(net.send(world.governance, controller, &count), &G::GaugesNoPool { weight: 4, weights: 5 });
    ok(&world, world.governance, world.gauges, &G::addPoolCall { weight: 4, lpToken: world.lp[0] });
    ok(&world, world.governance, controller, &count);
    // All that is staked is staked without a lock: a knot may rise by 2 % of it.
    let steep = C::overrideParamsCall { changes: change(6, 20_000, 20_500) };
    let error = V::VaultCurveTooSteep { added: wad(50), highest: wad(20) };
    refused(net.send(world.council, controller, &steep), &error);
    let gentle = C::overrideParamsCall { changes: change(6, 20_000, 20_400) };
    ok(&world, world.council, controller, &gentle);
    // The breaker reads supply and stakes from token and vault.
    ok(&world, world.stranger, controller, &C::observeCall {});
}
