//! A vault as plain lists.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use escapement_core::lock::{weight_down, Curve, Position};

use super::{
    steps::Step,
    world::{Fixture, World},
};
use crate::IVault as I;

/// One account in the model.
#[derive(Default)]
pub struct Holder {
    pub positions: BTreeMap<u32, Position>,
    pub exits: BTreeMap<u32, (u128, u64)>,
    pub next: u32,
    /// Number of the account that votes for it; 3 for nobody.
    pub delegatee: Option<usize>,
}

impl Holder {
    pub fn principal(&self) -> u128 {
        self.positions.values().map(|position| position.amount).sum()
    }
    pub fn weight(&self) -> u128 {
        self.positions.values().map(|held| weight_down(held.amount, held.multiplier).unwrap()).sum()
    }
}

pub struct Model {
    pub holders: [Holder; 3],
    pub curve: Curve,
    /// What the controller answers; nothing while it is dead.
    pub offered: Option<[u32; 5]>,
    pub cooldown: u32,
    pub penalty: u16,
    /// Funded, penalties included, and not yet paid or compounded.
    pub rewards: u128,
    pub gifts: u128,
    /// Votes of the three, and everything staked, at the end of every moment.
    pub past: BTreeMap<u64, [u128; 4]>,
    pub index: U256,
}

impl Model {
    pub fn votes(&self) -> [u128; 4] {
        let mut votes = [0; 4];
        for holder in &self.holders {
            if let Some(delegatee) = holder.delegatee {
                votes[delegatee] += holder.principal();
            }
            votes[3] += holder.principal();
        }
        votes
    }

    /// The id meant by a number: one that was given to the account, or one that was not.
    fn id(&self, who: usize, number: u32) -> u32 {
        number % (self.holders[who].next + 1)
    }

    /// Runs a step on both sides; they must agree on whether it is accepted.
    pub fn run(&mut self, world: &mut World, step: &Step) {
        let accounts = [world.alice, world.bob, world.carol, Address::ZERO];
        let now = world.now;
        match *step {
            Step::Wait(seconds) => {
                self.past.insert(now, self.votes());
                world.pass(seconds);
            }
            Step::Stake(who, amount, lock) => {
                let call = I::stakeCall { amount: U256::from(amount), lockSeconds: lock };
                let can = amount <= world.balance(accounts[who]) && self.holders[who].positions.len() < 64;
                let answer = world.send(accounts[who], call);
                assert_eq!(answer.is_ok(), can);
                if can {
                    self.open(who, answer.unwrap().id, Position::open(amount, lock, now, &self.curve));
                }
            }
            Step::Compound(who, lock) => {
                let earned = world.earned(accounts[who]);
                let can = earned > 0 && self.holders[who].positions.len() < 64;
                let answer = world.send(accounts[who], I::compoundCall { lockSeconds: lock });
                assert_eq!(answer.is_ok(), can);
                if can {
                    self.rewards -= earned;
                    self.open(who, answer.unwrap().id, Position::open(earned, lock, now, &self.curve));
                }
            }
            Step::Extend(who, number, lock) => {
                let call = I::extendLockCall { id: self.id(who, number), lockSeconds: lock };
                let answer = world.send(accounts[who], call).is_ok();
                self.change(who, number, answer, |held, curve| held.extend(lock, now, curve).is_ok());
            }
            Step::Refresh(who, number) => {
                let answer = world.send(accounts[who], I::refreshCall { id: self.id(who, number) }).is_ok();
                self.change(who, number, answer, |held, curve| {
                    held.multiplier = held.multiplier.max(curve.multiplier(held.length));
                    held.ends_at > now
                });
            }
            Step::Kick(who, of, number) => {
                let call = I::kickCall { account: accounts[of], id: self.id(of, number) };
                let answer = world.send(accounts[who], call).is_ok();
                self.change(of, number, answer, |held, _| {
                    (held.multiplier, held.length) = (10_000, 0);
                    held.ends_at <= now
                });
            }
            Step::Claim(who) => {
                let earned = world.earned(accounts[who]);
                assert_eq!(world.claim(accounts[who]), earned);
                self.rewards -= earned;
            }
            Step::Unstake(who, number, amount) => self.unstake(world, accounts[who], who, number, amount),
            Step::UnstakeAll(who, number) => {
                let held = self.holders[who].positions.get(&self.id(who, number));
                self.unstake(world, accounts[who], who, number, held.map_or(1, |held| held.amount));
            }
            Step::ExitEarly(who, number) => {
                let id = self.id(who, number);
                let held = self.holders[who].positions.get(&id).copied().filter(|held| held.ends_at > now);
                let answer = world.send(accounts[who], I::exitEarlyCall { id });
                assert_eq!(answer.is_ok(), held.is_some());
                if let Some(held) = held {
                    let penalty: u128 = answer.unwrap().penalty.to();
                    // ceil(amount * bps * left / (10,000 * length)).
                    let share = U256::from(self.penalty) * U256::from(held.ends_at - now);
                    let whole = U256::from(10_000) * U256::from(held.length);
                    let exact = (U256::from(held.amount) * share + whole - U256::from(1)) / whole;
                    assert_eq!(U256::from(penalty), exact);
                    self.rewards += penalty;
                    self.holders[who].positions.remove(&id);
                    if held.amount > penalty {
                        let ready = now + u64::from(self.cooldown);
                        self.holders[who].exits.insert(id, (held.amount - penalty, ready));
                    }
                }
            }
            Step::Withdraw(who, number) => {
                let id = self.id(who, number);
                let ready = self.holders[who].exits.get(&id).copied().filter(|(_, ready)| *ready <= now);
                let answer = world.send(accounts[who], I::withdrawCall { exitIds: vec![id] });
                assert_eq!(answer.map(|paid| paid.amount.to::<u128>()).ok(), ready.map(|(amount, _)| amount));
                if ready.is_some() {
                    self.holders[who].exits.remove(&id);
                }
            }
            Step::Reward(amount) => {
                world.reward(amount);
                self.rewards += amount;
                self.take_curve();
            }
            Step::Gift(amount) => {
                world.give(world.vault.address(), amount);
                self.gifts += amount;
            }
            Step::Curve([a, b, c, d]) => {
                let knots = [10_000, a, b, c, d];
                world.offer(&knots, 0);
                world.ok(accounts[0], I::pokeParamsCall {});
                self.offered = Some(knots);
                self.take_curve();
            }
            Step::KillController => {
                world.oracle.sender(accounts[0]).teach(&[1], true);
                self.offered = None;
            }
            Step::Cooldown(cooldown) => {
                world.ok(world.governance, I::setCooldownCall { cooldown });
                self.cooldown = cooldown;
            }
            Step::Penalty(penalty) => {
                world.ok(world.governance, I::setPenaltyCall { penalty });
                self.penalty = penalty;
            }
            Step::Delegate(who, to) => {
                world.ok(accounts[who], I::delegateCall { delegatee: accounts[to] });
                self.holders[who].delegatee = Some(to).filter(|to| *to < 3);
            }
        }
    }

    fn take_curve(&mut self) {
        if let Some(knots) = self.offered {
            self.curve = Curve::new(&knots).unwrap();
        }
    }

    fn open(&mut self, who: usize, id: u32, position: Position) {
        let holder = &mut self.holders[who];
        assert_eq!(id, holder.next);
        holder.next += 1;
        holder.positions.insert(id, position);
    }

    /// Changes a position where the vault did; it must where `change` says so and anything changes.
    fn change(&mut self, who: usize, number: u32, accepted: bool, change: impl FnOnce(&mut Position, &Curve) -> bool) {
        let id = self.id(who, number);
        let (holder, curve) = (&mut self.holders[who], self.curve);
        let after = holder.positions.get(&id).and_then(|before| {
            let mut after = *before;
            (change(&mut after, &curve) && after != *before).then_some(after)
        });
        assert_eq!(accepted, after.is_some());
        if let Some(after) = after {
            holder.positions.insert(id, after);
        }
    }

    fn unstake(&mut self, world: &World, account: Address, who: usize, number: u32, amount: u128) {
        let id = self.id(who, number);
        let holder = &mut self.holders[who];
        let open = holder.positions.get(&id).filter(|held| held.ends_at <= world.now && held.amount >= amount);
        let answer = world.send(account, I::unstakeCall { id, amount: U256::from(amount) });
        assert_eq!(answer.is_ok(), open.is_some());
        if let Some(held) = open.copied() {
            let exit = answer.unwrap().exitId;
            if held.amount == amount {
                holder.positions.remove(&id);
                assert_eq!(exit, id);
            } else {
                let rest = Position { amount: held.amount - amount, multiplier: 10_000, length: 0, ..held };
                holder.positions.insert(id, rest);
                assert_eq!(exit, holder.next);
                holder.next += 1;
            }
            holder.exits.insert(exit, (amount, world.now + u64::from(self.cooldown)));
        }
    }
}
