//! Vault, gauges and treasury.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall as _;
use escapement_agent::bindings::{
    gauges::IGauges as G, minter::IMinter as M, solidity::QuoteToken as Q, token::IToken as T,
    treasury::ITreasury as R, vault::IVault as V,
};
use escapement_e2e::wad;

use crate::{Bench, DAY, WEEK};

/// Brings 100 tokens to `consumer` for the minter to tell of.
fn bring(bench: &Bench, consumer: Address) {
    let call = T::transferCall { to: consumer, value: wad(100) };
    bench.world.net.send(bench.world.deployer, bench.world.token, &call).expect("the deployer's");
}

/// Everything a holder does, from the first stake to the last withdrawal.
pub(crate) fn vault(bench: &mut Bench) {
    bench.world.connect();
    let (from, minter, target) = (bench.world.deployer, bench.world.minter, bench.world.vault);
    let approve = T::approveCall { spender: target, value: U256::MAX };
    bench.world.net.send(from, bench.world.token, &approve).expect("its own");
    let stake = |lock| V::stakeCall { amount: wad(100), lockSeconds: lock }.abi_encode();
    bench.make("vault: stake, the first ever", from, target, &stake(30 * 86_400));
    bench.make("vault: delegate", from, target, &V::delegateCall { delegatee: from }.abi_encode());
    bench.make("vault: stake, votes delegated", from, target, &stake(0));
    bring(bench, target);
    bench.world.act_as_minter();
    let notify = V::notifyRewardCall { amount: wad(100) }.abi_encode();
    bench.make("vault: notifyReward, by the minter", minter, target, &notify);
    bench.world.net.warp(DAY);
    bench.measure("vault: pokeParams, nothing new", from, target, &V::pokeParamsCall {}.abi_encode());
    bench.measure("vault: compound", from, target, &V::compoundCall { lockSeconds: 0 }.abi_encode());
    bench.make("vault: claim", from, target, &V::claimCall {}.abi_encode());
    let extend = V::extendLockCall { id: 0, lockSeconds: 90 * 86_400 }.abi_encode();
    bench.make("vault: extendLock", from, target, &extend);
    bench.measure("vault: exitEarly", from, target, &V::exitEarlyCall { id: 0 }.abi_encode());
    let part = V::unstakeCall { id: 1, amount: wad(50) }.abi_encode();
    bench.measure("vault: unstake, a part", from, target, &part);
    bench.make("vault: unstake, all", from, target, &V::unstakeCall { id: 1, amount: wad(100) }.abi_encode());
    bench.world.net.warp(WEEK);
    bench.make("vault: withdraw", from, target, &V::withdrawCall { exitIds: vec![1] }.abi_encode());
    bench.measure("vault: getVotes", from, target, &V::getVotesCall { account: from }.abi_encode());
}

/// Stakes and deliveries, with three pools.
pub(crate) fn gauges(bench: &mut Bench) {
    bench.world.connect();
    let (from, minter, target) = (bench.world.deployer, bench.world.minter, bench.world.gauges);
    let approve = Q::approveCall { spender: target, value: wad(100) };
    bench.world.net.send(from, bench.world.lp[0], &approve).expect("its own");
    let stake = G::stakeCall { pool: 1, amount: wad(10) }.abi_encode();
    bench.make("gauges: stake, the first in a pool", from, target, &stake);
    bench.make("gauges: stake", from, target, &stake);
    bench.world.act_as_minter();
    let notify = G::notifyRewardCall { amount: wad(100) }.abi_encode();
    for name in ["gauges: notifyReward, three pools, the first", "gauges: notifyReward, three pools"] {
        bring(bench, target);
        bench.make(name, minter, target, &notify);
        bench.world.net.warp(WEEK);
    }
    bench.make("gauges: claim", from, target, &G::claimCall { pool: 1 }.abi_encode());
    bench.measure("gauges: withdraw", from, target, &G::withdrawCall { pool: 1, amount: wad(10) }.abi_encode());
    bench.measure("gauges: sweepReserve", from, target, &G::sweepReserveCall {}.abi_encode());
    let kill = G::killPoolCall { pool: 1 }.abi_encode();
    bench.measure("gauges: killPool", bench.world.governance, target, &kill);
}

/// Deliveries and the stream, and at last a roll that reaches all three.
pub(crate) fn treasury(bench: &mut Bench) {
    bench.world.connect();
    let (from, minter, target) = (bench.world.deployer, bench.world.minter, bench.world.treasury);
    bench.world.act_as_minter();
    bring(bench, target);
    let notify = R::notifyRewardCall { amount: wad(100) }.abi_encode();
    bench.make("treasury: notifyReward, by the minter", minter, target, &notify);
    bring(bench, target);
    bench.measure("treasury: bookSurplus", from, target, &R::bookSurplusCall {}.abi_encode());
    let start = bench.world.net.now();
    let open = R::openStreamCall {
        beneficiary: from,
        amount: wad(90),
        start,
        cliff: start,
        duration: 86_400_000,
        fixedEnd: start + 2_000 * DAY,
    };
    bench.make("treasury: openStream", bench.world.governance, target, &open.abi_encode());
    bench.world.net.warp(DAY);
    bench.measure("treasury: poke, same speed", from, target, &R::pokeCall {}.abi_encode());
    bench.measure("treasury: release", from, target, &R::releaseCall {}.abi_encode());
    let spend = R::spendCall { to: from, amount: wad(1) }.abi_encode();
    bench.measure("treasury: spend", bench.world.governance, target, &spend);

    let roll = M::rollEpochCall {}.abi_encode();
    for name in ["first ever", "the first that mints", "later"] {
        bench.make(&format!("minter: rollEpoch to vault, three pools and treasury, {name}"), from, minter, &roll);
        bench.world.net.warp(WEEK);
    }
}
