//! Minter, vault, gauges and treasury in the middle of things, and calls of each of their mutating functions.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue as _};
use escapement_agent::bindings::{
    gauges::IGauges as G,
    minter::IMinter as M,
    solidity::{ConstantProductPool, QuoteToken as Q},
    token::IToken as T,
    treasury::ITreasury as R,
    vault::IVault as V,
};

use super::{Cast, DAY};
use crate::{World, wad};

/// The holder's positions in the vault: one that can be unstaked, a live lock, a lock that has ended; and an exit.
const OPEN: u32 = 0;
const LIVE: u32 = 1;
const ENDED: u32 = 2;
const EXIT: u32 = 3;

/// The holder's number among the accounts of the chain.
const HOLDER: usize = 6;

/// Gives vault, gauges, treasury and minter something to do for everybody; returns the claim of the holder's grant. Two weeks
/// pass: a round that is over, one whose claims are open and one that the council may disable take that long.
pub(super) fn stage(world: &World, holder: Address) -> R::claimGrantCall {
    let (net, vault, gauges, treasury) = (&world.net, world.vault, world.gauges, world.treasury);
    let (governance, lp) = (world.governance, world.lp[0]);
    net.send(holder, world.token, &T::approveCall { spender: vault, value: wad(10_000) }).expect("its own");
    for lock in [0, 365, 1] {
        let call = V::stakeCall { amount: wad(1_000), lockSeconds: lock * 86_400 };
        net.send(holder, vault, &call).expect("the holder has tokens");
    }
    // Before the curve is known, so that the live lock can be refreshed.
    net.send(holder, vault, &V::unstakeCall { id: OPEN, amount: wad(1) }).expect("not locked");
    net.send(world.stranger, vault, &V::pokeParamsCall {}).expect("anyone");
    net.send(world.deployer, lp, &Q::mintCall { to: holder, amount: wad(100) }).expect("the deployer owns it");
    net.send(holder, lp, &Q::approveCall { spender: gauges, value: wad(100) }).expect("its own");
    net.send(holder, gauges, &G::stakeCall { pool: 1, amount: wad(10) }).expect("a live pool");
    for consumer in [vault, gauges, treasury] {
        world.deliver(holder, consumer, wad(10_000));
        // Arrived, and not told of.
        net.send(holder, world.token, &T::transferCall { to: consumer, value: wad(1) }).expect("its own");
    }

    open_market(world, holder);
    let (start, duration) = (net.now(), 1_000 * 86_400);
    let stream = R::openStreamCall {
        beneficiary: holder,
        amount: wad(1_000),
        start,
        cliff: start,
        duration,
        fixedEnd: start + 3_000 * DAY,
    };
    net.send(governance, treasury, &stream).expect("free funds");
    let grant =
        R::claimGrantCall { round: 2, index: 0, account: holder, category: 0, base: U256::from(100), proof: vec![] };
    // The one leaf of the second is the root.
    let words = (U256::from(2), U256::ZERO, holder, U256::ZERO, grant.base);
    let root = keccak256(keccak256(words.abi_encode()));
    for (root, days) in [(B256::ZERO, 14), (root, 30)] {
        net.send(governance, treasury, &round(root, net.now() + days * DAY + 100)).expect("free funds");
        net.warp(7 * DAY + 60);
    }
    let call = round(B256::ZERO, net.now() + 30 * DAY);
    net.send(governance, treasury, &call).expect("free funds");
    grant
}

/// Gives the minter a treasury, a market, and quote to buy back with.
fn open_market(world: &World, holder: Address) {
    let (net, minter, governance) = (&world.net, world.minter, world.governance);
    // Before the first epoch is rolled nothing of the revenue is kept.
    net.send(world.stranger, minter, &M::rollEpochCall {}).expect("anyone");
    let arguments = ("Quote".to_owned(), "QUO".to_owned(), U256::from(18), holder).abi_encode_params();
    let quote = net.solidity(holder, "QuoteToken", &arguments);
    let arguments = (world.token, quote, U256::from(30), Address::ZERO).abi_encode_params();
    let pool = net.solidity(holder, "ConstantProductPool", &arguments);
    net.send(holder, quote, &Q::mintCall { to: holder, amount: wad(2_000_000) }).expect("the holder owns it");
    for (spender, value) in [(pool, wad(1_000_000)), (minter, wad(1_000))] {
        for asset in [world.token, quote] {
            net.send(holder, asset, &T::approveCall { spender, value }).expect("its own");
        }
    }
    let (max, least) = (wad(1_000_000), U256::ZERO);
    let call = ConstantProductPool::addLiquidityCall { tokenMax: max, quoteMax: max, minShares: least };
    net.send(holder, pool, &call).expect("the first to come");
    net.send(governance, minter, &M::setTreasuryCall { treasury: world.treasury }).expect("governance");
    let call = M::setMarketCall { quote, pool, deviationBps: 200, slippageBps: 100 };
    net.send(governance, minter, &call).expect("governance");
    net.send(holder, minter, &M::depositQuoteCall { amount: wad(100) }).expect("anyone");
}

/// A round of 100 tokens for 100 of base in each of two categories.
fn round(root: B256, deadline: u64) -> R::openRoundCall {
    R::openRoundCall { budget: wad(100), bases: vec![U256::from(100); 2], root, deadline }
}

impl Cast {
    pub(super) fn minter_calls(&self, name: &str) -> Vec<(&'static str, Vec<u8>)> {
        let world = &self.world;
        let call = match name {
            "initialize" => M::initializeCall {
                governance: world.stranger,
                controller: world.controller,
                token: world.token,
                genesis: world.net.now(),
                epochLength: 604_800,
            }
            .abi_encode(),
            "migrate" => M::migrateCall {}.abi_encode(),
            "rollEpoch" => M::rollEpochCall {}.abi_encode(),
            "resetBreaker" => M::resetBreakerCall {}.abi_encode(),
            "deliver" => M::deliverCall { consumer: world.consumer }.abi_encode(),
            "depositRevenue" => M::depositRevenueCall { amount: U256::from(7) }.abi_encode(),
            "depositQuote" => M::depositQuoteCall { amount: U256::from(7) }.abi_encode(),
            "observe" => M::observeCall {}.abi_encode(),
            "buyBack" => M::buyBackCall { maxQuote: wad(1), minOut: U256::ZERO }.abi_encode(),
            "setConsumers" => {
                let mut call = M::setConsumersCall { consumers: [Address::ZERO; 4], weights: [0; 4] };
                (call.consumers[0], call.weights[0]) = (world.consumer, 10_000);
                call.abi_encode()
            }
            "setRules" => {
                M::setRulesCall { emaEpochs: 8, keeperBps: 5, keeperRamp: 3_600, staleAfter: 604_800 }.abi_encode()
            }
            "setTreasury" => M::setTreasuryCall { treasury: world.recipient }.abi_encode(),
            "setMarket" => {
                let (quote, pool) = (Address::ZERO, Address::ZERO);
                M::setMarketCall { quote, pool, deviationBps: 0, slippageBps: 0 }.abi_encode()
            }
            _ => return self.role_calls(name, B256::ZERO, world.governance),
        };
        vec![("", call)]
    }

    pub(super) fn vault_calls(&self, name: &str) -> Vec<(&'static str, Vec<u8>)> {
        let (world, holder, amount) = (&self.world, self.holder, U256::from(7));
        let call = match name {
            "initialize" => V::initializeCall {
                governance: world.stranger,
                minter: world.stranger,
                token: world.token,
                controller: world.controller,
                epochLength: 604_800,
                cooldown: 0,
                penalty: 0,
            }
            .abi_encode(),
            "migrate" => V::migrateCall {}.abi_encode(),
            "stake" => V::stakeCall { amount, lockSeconds: 0 }.abi_encode(),
            "compound" => V::compoundCall { lockSeconds: 0 }.abi_encode(),
            "extendLock" => V::extendLockCall { id: LIVE, lockSeconds: 365 * 86_400 }.abi_encode(),
            "refresh" => V::refreshCall { id: LIVE }.abi_encode(),
            "kick" => V::kickCall { account: holder, id: ENDED }.abi_encode(),
            "claim" => V::claimCall {}.abi_encode(),
            "unstake" => V::unstakeCall { id: OPEN, amount }.abi_encode(),
            "exitEarly" => V::exitEarlyCall { id: LIVE }.abi_encode(),
            "withdraw" => V::withdrawCall { exitIds: vec![EXIT] }.abi_encode(),
            "notifyReward" => V::notifyRewardCall { amount }.abi_encode(),
            "pokeParams" => V::pokeParamsCall {}.abi_encode(),
            "setCooldown" => V::setCooldownCall { cooldown: 86_400 }.abi_encode(),
            "setPenalty" => V::setPenaltyCall { penalty: 1_000 }.abi_encode(),
            "setMinter" => V::setMinterCall { minter: world.stranger }.abi_encode(),
            "delegate" => V::delegateCall { delegatee: world.stranger }.abi_encode(),
            "delegateBySig" => world.delegation(HOLDER, world.stranger).abi_encode(),
            "transfer" => V::transferCall { to: world.stranger, value: amount }.abi_encode(),
            "transferFrom" => V::transferFromCall { from: holder, to: world.stranger, value: amount }.abi_encode(),
            "approve" => V::approveCall { spender: world.stranger, value: amount }.abi_encode(),
            _ => return self.role_calls(name, B256::ZERO, world.governance),
        };
        vec![("", call)]
    }

    pub(super) fn gauges_calls(&self, name: &str) -> Vec<(&'static str, Vec<u8>)> {
        let (world, amount) = (&self.world, U256::from(7));
        let call = match name {
            "initialize" => G::initializeCall {
                governance: world.stranger,
                minter: world.stranger,
                controller: world.controller,
                token: world.token,
                treasury: world.stranger,
                epochLength: 604_800,
            }
            .abi_encode(),
            "migrate" => G::migrateCall {}.abi_encode(),
            "notifyReward" => G::notifyRewardCall { amount }.abi_encode(),
            "sweepReserve" => G::sweepReserveCall {}.abi_encode(),
            "stake" => G::stakeCall { pool: 1, amount }.abi_encode(),
            "withdraw" => G::withdrawCall { pool: 1, amount }.abi_encode(),
            "claim" => G::claimCall { pool: 1 }.abi_encode(),
            "claimMany" => G::claimManyCall { pools: vec![1, 2] }.abi_encode(),
            "addPool" => G::addPoolCall { weight: 4, lpToken: world.lp[0] }.abi_encode(),
            "killPool" => G::killPoolCall { pool: 2 }.abi_encode(),
            "setTreasury" => G::setTreasuryCall { treasury: world.stranger }.abi_encode(),
            _ => return self.role_calls(name, keccak256("MINTER_ROLE"), world.minter),
        };
        vec![("", call)]
    }

    pub(super) fn treasury_calls(&self, name: &str) -> Vec<(&'static str, Vec<u8>)> {
        let (world, holder, amount) = (&self.world, self.holder, U256::from(7));
        let now = world.net.now();
        let call = match name {
            "initialize" => R::initializeCall {
                governance: world.stranger,
                council: world.stranger,
                minter: world.stranger,
                controller: world.controller,
                token: world.token,
            }
            .abi_encode(),
            "migrate" => R::migrateCall {}.abi_encode(),
            "notifyReward" => R::notifyRewardCall { amount }.abi_encode(),
            "poke" => R::pokeCall {}.abi_encode(),
            "bookSurplus" => R::bookSurplusCall {}.abi_encode(),
            "release" => R::releaseCall {}.abi_encode(),
            "claimGrant" => self.grant.abi_encode(),
            "closeRound" => R::closeRoundCall { round: 1 }.abi_encode(),
            "spend" => R::spendCall { to: holder, amount }.abi_encode(),
            "rescue" => R::rescueCall { token: world.lens, to: holder, amount }.abi_encode(),
            "openStream" => {
                let (cliff, end) = (now, now + 3_000 * DAY);
                R::openStreamCall {
                    beneficiary: holder,
                    amount,
                    start: now,
                    cliff,
                    duration: 86_400_000,
                    fixedEnd: end,
                }
                .abi_encode()
            }
            "editStream" => R::editStreamCall { unvested: amount, cliff: now, duration: 86_400_000 }.abi_encode(),
            "revokeStream" => R::revokeStreamCall {}.abi_encode(),
            "openRound" => round(B256::ZERO, now + 30 * DAY).abi_encode(),
            "disableRound" => R::disableRoundCall { round: 3 }.abi_encode(),
            _ => return self.role_calls(name, keccak256("COUNCIL_ROLE"), world.council),
        };
        vec![("", call)]
    }

    /// Calls about roles, which all these contracts have alike: `role` is given to the stranger, and taken from or given
    /// up by `member`.
    fn role_calls(&self, name: &str, role: B256, member: Address) -> Vec<(&'static str, Vec<u8>)> {
        let call = match name {
            "grantRole" => V::grantRoleCall { role, account: self.world.stranger }.abi_encode(),
            "revokeRole" => V::revokeRoleCall { role, account: member }.abi_encode(),
            "renounceRole" => V::renounceRoleCall { role, callerConfirmation: member }.abi_encode(),
            _ => return Vec::new(),
        };
        vec![("", call)]
    }
}
