//! E2E-71: the vault, its twin, and its twin with votes.

use std::collections::BTreeSet;

use alloy_primitives::{Address, Bytes, U256, aliases::U48};
use alloy_sol_types::{SolCall, SolEvent as _};
use escapement_agent::bindings::{
    controller::IController as C,
    solidity::QuoteToken as Q,
    token::IToken as T,
    vault::{IVault as V, IVaultEvents as E},
};
use escapement_core::update::Change;
use escapement_e2e::{Twins, World, refused, twins::bindings::StakingTwin as S, wad};
use proptest::prelude::*;

use crate::{DAY, keep_alive, sequence};

/// Lots that are compared of each account; no sequence makes more.
const LOTS: u32 = 64;

#[derive(Clone, Debug)]
enum Action {
    Wait(u64),
    Stake(usize, u128, u32),
    Extend(usize, u32, u32),
    Claim(usize),
    Unstake(usize, u32, u8),
    Exit(usize, u32),
    Withdraw(usize, Vec<u32>),
    Reward(u128),
    /// The council moves the longest knot of the curve, and the vaults take it over.
    Curve(i32),
    Delegate(usize, usize),
}

fn action() -> impl Strategy<Value = Action> {
    use Action::*;
    let who = || 0usize..3;
    let lock = || prop_oneof![3 => Just(0u32), 4 => 1..366 * 86_400u32, 1 => Just(30 * 86_400), 1 => Just(u32::MAX)];
    let id = || 0u32..12;
    // Dust, odd amounts, and whole tokens.
    let amount = || prop_oneof![1 => 0u128..50, 3 => 1u128..10u128.pow(24), 1 => Just(10u128.pow(18))];
    prop_oneof![
        6 => prop_oneof![1u64..9, 1..DAY, 1..9 * DAY, 20 * DAY..60 * DAY].prop_map(Wait),
        7 => (who(), amount(), lock()).prop_map(|(w, a, l)| Stake(w, a, l)),
        3 => (who(), id(), lock()).prop_map(|(w, i, l)| Extend(w, i, l)),
        4 => who().prop_map(Claim),
        5 => (who(), id(), prop_oneof![2 => Just(255u8), 3 => any::<u8>()]).prop_map(|(w, i, p)| Unstake(w, i, p)),
        2 => (who(), id()).prop_map(|(w, i)| Exit(w, i)),
        8 => (who(), prop::collection::vec(id(), 1..3)).prop_map(|(w, i)| Withdraw(w, i)),
        4 => amount().prop_map(Reward),
        3 => (-500i32..500).prop_map(Curve),
        2 => (who(), 0usize..4).prop_map(|(w, d)| Delegate(w, d)),
    ]
}

/// The vault and both twins.
struct Trio {
    world: World,
    twins: Twins,
    holders: [Address; 3],
    alive: u64,
    met: BTreeSet<[u8; 4]>,
    through: usize,
}

impl Trio {
    fn new() -> Self {
        let world = World::new();
        world.connect();
        let twins = Twins::of(&world);
        let holders = [6, 7, 8].map(|n| world.net.account(n));
        let (net, deployer) = (&world.net, world.deployer);
        for account in holders {
            let value = wad(100_000_000);
            net.send(deployer, world.token, &T::transferCall { to: account, value }).expect("the deployer's");
            net.send(deployer, twins.token, &Q::transferCall { to: account, value }).expect("the deployer's");
            let call = T::approveCall { spender: world.vault, value: U256::MAX };
            net.send(account, world.token, &call).expect("its own");
            for spender in [twins.staking, twins.votes] {
                net.send(account, twins.token, &Q::approveCall { spender, value: U256::MAX }).expect("its own");
            }
        }
        for twin in [twins.staking, twins.votes] {
            net.send(deployer, twin, &S::pokeParamsCall {}).expect("the curve in force is a curve");
        }
        world.act_as_minter();
        let alive = net.now();
        Self { world, twins, holders, alive, met: BTreeSet::new(), through: 0 }
    }

    /// Sends the same call to all three in blocks of one time; all must take or refuse it, with the same result.
    fn all<K: SolCall, L: SolCall>(&mut self, from: Address, ours: &K, theirs: &L) -> bool {
        let net = &self.world.net;
        let moment = net.now() + 1;
        let mut answers: Vec<Option<Bytes>> = Vec::new();
        for (target, input) in [
            (self.world.vault, ours.abi_encode()),
            (self.twins.staking, theirs.abi_encode()),
            (self.twins.votes, theirs.abi_encode()),
        ] {
            net.at_next(moment);
            let sent = net.transact(from, alloy_primitives::TxKind::Call(target), input.into(), U256::ZERO);
            if let Err(refusal) = &sent {
                assert!(refusal.data.len() >= 4, "{}: {refusal}", K::SIGNATURE);
                if target == self.world.vault {
                    self.met.extend(refusal.data.first_chunk::<4>().copied());
                }
            } else if let (Ok(receipt), true) = (&sent, target == self.world.vault) {
                self.met.extend(receipt.logs.iter().filter_map(|log| log.data.topics()[0].first_chunk::<4>().copied()));
            }
            answers.push(sent.ok().map(|receipt| receipt.output));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{}: {answers:?}", K::SIGNATURE);
        self.through += usize::from(answers[0].is_some());
        answers[0].is_some()
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Wait(seconds) => {
                self.world.net.warp(seconds);
                keep_alive(&self.world, &mut self.alive);
            }
            Action::Stake(who, amount, lock) => {
                let call = V::stakeCall { amount: U256::from(amount), lockSeconds: lock };
                self.all(self.holders[who], &call, &call);
            }
            Action::Extend(who, id, lock) => {
                let call = V::extendLockCall { id, lockSeconds: lock };
                self.all(self.holders[who], &call, &call);
            }
            Action::Claim(who) => drop(self.all(self.holders[who], &V::claimCall {}, &V::claimCall {})),
            Action::Unstake(who, id, part) => {
                let account = self.holders[who];
                let position = self.world.net.view(self.world.vault, &V::positionCall { account, id });
                let held = position.expect("a plain view").amount;
                let amount = if part == 255 { held } else { held * U256::from(part) / U256::from(200) };
                let call = V::unstakeCall { id, amount };
                self.all(account, &call, &call);
            }
            Action::Exit(who, id) => {
                let call = V::exitEarlyCall { id };
                self.all(self.holders[who], &call, &call);
            }
            Action::Withdraw(who, ids) => {
                let call = V::withdrawCall { exitIds: ids };
                self.all(self.holders[who], &call, &call);
            }
            Action::Reward(amount) => self.reward(U256::from(amount)),
            Action::Curve(by) => self.curve(by),
            Action::Delegate(who, to) => {
                let delegatee = self.holders.get(to).copied().unwrap_or_default();
                let call = V::delegateCall { delegatee };
                let net = &self.world.net;
                let moment = net.now() + 1;
                for target in [self.world.vault, self.twins.votes] {
                    net.at_next(moment);
                    net.send(self.holders[who], target, &call).expect("anybody may");
                }
            }
        }
        self.compare();
    }

    /// Brings a reward to each, and tells of it as the minter.
    fn reward(&mut self, amount: U256) {
        let (net, from) = (&self.world.net, self.world.deployer);
        let (vault, Twins { token, staking, votes, .. }) = (self.world.vault, self.twins.clone());
        net.send(from, self.world.token, &T::transferCall { to: vault, value: amount }).expect("it holds as much");
        for to in [staking, votes] {
            net.send(from, token, &Q::transferCall { to, value: amount }).expect("it holds as much");
        }
        let call = V::notifyRewardCall { amount };
        self.all(self.world.minter, &call, &call);
    }

    fn curve(&mut self, by: i32) {
        let world = &self.world;
        let expected_old = world.value(6);
        let change = Change { slot: 6, expected_old, new: expected_old.saturating_add_signed(by) };
        let call = C::overrideParamsCall { changes: change.to_wire().to_vec().into() };
        if world.net.send(world.council, world.controller, &call).is_ok() {
            world.net.send(world.council, self.twins.controller, &call).expect("the twin takes it too");
        }
        self.all(self.world.stranger, &V::pokeParamsCall {}, &S::pokeParamsCall {});
    }

    fn compare(&self) {
        let (net, vault) = (&self.world.net, self.world.vault);
        let ours = net.view(vault, &V::rewardsCall {}).expect("a plain view");
        let books = net.view(vault, &V::solvencyCall {}).expect("a plain view");
        let curve = net.view(vault, &V::curveCall {}).expect("a plain view");
        for twin in [self.twins.staking, self.twins.votes] {
            let theirs = net.view(twin, &S::rewardsCall {}).expect("a plain view");
            let pool = (ours.index, ours.updatedAt, ours.rate, ours.endsAt, ours.unallocated, ours.weight, ours.funded);
            let same = (theirs.index, theirs.updatedAt, theirs.rate, theirs.endsAt, theirs.unallocated, theirs.weight);
            assert_eq!(pool, (same.0, same.1, same.2, same.3, same.4, same.5, theirs.funded), "the pool differs");
            assert_eq!(net.view(twin, &S::owedCall {}).expect("a plain view"), books.owed);
            let held = net.view(self.twins.token, &Q::balanceOfCall { account: twin }).expect("a plain view");
            assert_eq!(held, books.balance);
            let theirs = net.view(twin, &S::curveCall {}).expect("a plain view");
            assert_eq!(
                (curve._0, curve._1, curve._2, curve._3, curve._4),
                (theirs._0, theirs._1, theirs._2, theirs._3, theirs._4)
            );
            for account in self.holders {
                self.compare_holder(twin, account);
            }
        }
        let now = U256::from(net.now() - 1);
        for account in self.holders {
            let call = V::getPastVotesCall { account, timepoint: now };
            let [ours, theirs] = [vault, self.twins.votes].map(|at| net.view(at, &call).expect("a plain view"));
            assert_eq!(ours, theirs, "votes differ");
        }
        let call = V::getPastTotalSupplyCall { timepoint: now };
        let [ours, theirs] = [vault, self.twins.votes].map(|at| net.view(at, &call).expect("a plain view"));
        assert_eq!(ours, theirs, "everything staked differs");
    }

    fn compare_holder(&self, twin: Address, account: Address) {
        let (net, vault) = (&self.world.net, self.world.vault);
        let ours = net.view(vault, &V::holderCall { account }).expect("a plain view");
        let theirs = net.view(twin, &S::holderCall { who: account }).expect("a plain view");
        assert_eq!(
            (ours.weight, ours.positions, ours.nextId),
            (theirs.weight, theirs.positions, theirs.nextId),
            "{account} differs"
        );
        let earned = net.view(vault, &V::earnedCall { account }).expect("a plain view");
        assert_eq!(earned, net.view(twin, &S::earnedCall { who: account }).expect("a plain view"), "{account} earned");
        for id in 0..ours.nextId.min(LOTS) {
            let theirs = net.view(twin, &S::lotOfCall { who: account, id }).expect("a plain view");
            let theirs = (U256::from(theirs.amount), theirs.multiplier, theirs.length, theirs.endsAt);
            let position = net.view(vault, &V::positionCall { account, id }).expect("a plain view");
            let exit = net.view(vault, &V::unbondingCall { account, id }).expect("a plain view");
            let ours = if position.amount.is_zero() {
                (exit.amount, 0, 0, U48::from(exit.readyAt))
            } else {
                (position.amount, position.multiplier, position.lockSeconds, U48::from(position.lockEnd))
            };
            assert_eq!(ours, theirs, "lot {id} of {account}");
        }
    }
}

/// E2E-71.
#[test]
fn vault_and_twins_agree_in_every_unit() {
    let (mut met, mut through) = (BTreeSet::new(), 0);
    for seed in 11..15 {
        let mut trio = Trio::new();
        for action in sequence(seed, 200, &action()) {
            trio.act(action);
        }
        met.extend(trio.met);
        through += trio.through;
    }
    assert!(through > 200, "{through} calls went through");
    for topic in [
        E::Staked::SIGNATURE_HASH,
        E::LockChanged::SIGNATURE_HASH,
        E::Claimed::SIGNATURE_HASH,
        E::Unstaked::SIGNATURE_HASH,
        E::ExitedEarly::SIGNATURE_HASH,
        E::Withdrawn::SIGNATURE_HASH,
        E::RewardNotified::SIGNATURE_HASH,
        E::CurveChanged::SIGNATURE_HASH,
    ] {
        assert!(met.contains(&topic[..4]), "{topic} never came");
    }
}

/// E2E-71: the minter's door of the twin is as closed as the vault's.
#[test]
fn twin_books_rewards_of_the_minter_only() {
    let trio = Trio::new();
    let sent = trio.world.net.send(trio.world.stranger, trio.twins.votes, &S::notifyRewardCall { amount: wad(1) });
    refused(sent, &S::NotMinter { caller: trio.world.stranger });
}
