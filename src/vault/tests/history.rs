//! Random histories of three accounts against a model that keeps plain lists.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use escapement_core::lock::{weight_down, Curve, Position, MAX_LOCK};
use proptest::prelude::*;

use super::world::{World, COOLDOWN, CURVE, DAY, PENALTY, WEEK};
use crate::IVault as I;

/// What can happen. Accounts are numbers below three; ids are taken modulo the ids that were ever given.
#[derive(Clone, Debug)]
enum Step {
    Wait(u32),
    Stake(usize, u128, u32),
    Compound(usize, u32),
    Extend(usize, u32, u32),
    Refresh(usize, u32),
    Kick(usize, usize, u32),
    Claim(usize),
    Unstake(usize, u32, u128),
    UnstakeAll(usize, u32),
    ExitEarly(usize, u32),
    Withdraw(usize, u32),
    Reward(u128),
    Gift(u128),
    Curve([u32; 4]),
    KillController,
    Cooldown(u32),
    Penalty(u16),
    Delegate(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..3usize;
    let id = 0..1_000u32;
    let amount = prop_oneof![1..10u128, 1..1u128 << 40, 1..1u128 << 88];
    let lock = prop_oneof![Just(0), 1..60u32, 0..=MAX_LOCK, Just(30 * DAY), Just(MAX_LOCK)];
    let knots = prop::array::uniform4(10_000..=40_000u32).prop_map(|mut knots| {
        knots.sort_unstable();
        knots
    });
    let step = prop_oneof![
        4 => prop_oneof![0..100u32, 0..20 * DAY, 0..MAX_LOCK].prop_map(Step::Wait),
        4 => (who.clone(), amount.clone(), lock.clone()).prop_map(|(who, amount, lock)| Step::Stake(who, amount, lock)),
        1 => (who.clone(), lock.clone()).prop_map(|(who, lock)| Step::Compound(who, lock)),
        2 => (who.clone(), id.clone(), lock).prop_map(|(who, id, lock)| Step::Extend(who, id, lock)),
        1 => (who.clone(), id.clone()).prop_map(|(who, id)| Step::Refresh(who, id)),
        2 => (who.clone(), who.clone(), id.clone()).prop_map(|(who, of, id)| Step::Kick(who, of, id)),
        2 => who.clone().prop_map(Step::Claim),
        2 => (who.clone(), id.clone(), amount.clone()).prop_map(|(who, id, amount)| Step::Unstake(who, id, amount)),
        2 => (who.clone(), id.clone()).prop_map(|(who, id)| Step::UnstakeAll(who, id)),
        2 => (who.clone(), id.clone()).prop_map(|(who, id)| Step::ExitEarly(who, id)),
        3 => (who.clone(), id).prop_map(|(who, id)| Step::Withdraw(who, id)),
        3 => amount.clone().prop_map(Step::Reward),
        1 => amount.prop_map(Step::Gift),
        1 => knots.prop_map(Step::Curve),
        1 => Just(Step::KillController),
        1 => prop_oneof![Just(0), 0..=30 * DAY].prop_map(Step::Cooldown),
        1 => (0..=5_000u16).prop_map(Step::Penalty),
        2 => (who.clone(), 0..4usize).prop_map(|(who, to)| Step::Delegate(who, to)),
    ];
    prop::collection::vec(step, 1..50)
}

/// One account in the model.
#[derive(Default)]
struct Holder {
    positions: BTreeMap<u32, Position>,
    exits: BTreeMap<u32, (u128, u64)>,
    next: u32,
    /// Number of the account that votes for it; 3 for nobody.
    delegatee: Option<usize>,
}

impl Holder {
    fn principal(&self) -> u128 {
        self.positions.values().map(|position| position.amount).sum()
    }
    fn weight(&self) -> u128 {
        self.positions.values().map(|held| weight_down(held.amount, held.multiplier).unwrap()).sum()
    }
}

struct Model {
    holders: [Holder; 3],
    curve: Curve,
    /// What the controller answers; nothing while it is dead.
    offered: Option<[u32; 5]>,
    cooldown: u32,
    penalty: u16,
    /// Funded, penalties included, and not yet paid or compounded.
    rewards: u128,
    gifts: u128,
    /// Votes of the three, and everything staked, at the end of every moment.
    past: BTreeMap<u64, [u128; 4]>,
    index: U256,
}

impl Model {
    fn votes(&self) -> [u128; 4] {
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
    fn run(&mut self, world: &mut World, step: &Step) {
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

    /// What must hold after every step.
    fn check(&mut self, world: &World) {
        let accounts = [world.alice, world.bob, world.carol];
        let pool = world.ok(world.alice, I::rewardsCall {});
        assert!(pool.index >= self.index, "the index fell");
        self.index = pool.index;
        let (mut stakes, mut exits, mut weight, mut earned) = (0, 0, 0, 0);
        let votes = self.votes();
        for ((holder, account), votes) in self.holders.iter().zip(accounts).zip(votes) {
            assert_eq!(world.principal(account), holder.principal());
            assert_eq!(world.weight(account), holder.weight());
            assert_eq!(world.votes(account), votes);
            stakes += holder.principal();
            weight += holder.weight();
            exits += holder.exits.values().map(|(amount, _)| amount).sum::<u128>();
            earned += world.earned(account);
        }
        assert_eq!(pool.weight, U256::from(weight));
        assert_eq!(world.ok(world.alice, I::totalSupplyCall {})._0, U256::from(stakes));
        // Conservation, to the last unit.
        assert_eq!(world.owed(), stakes + exits + self.rewards);
        assert_eq!(world.balance(world.vault.address()), world.owed() + self.gifts);
        assert!(earned <= self.rewards, "{earned} earned of {}", self.rewards);
    }

    /// Everybody leaves, by every way there is, with a dead controller.
    fn leave(&mut self, world: &mut World) {
        self.run(world, &Step::KillController);
        for who in 0..3 {
            let ids: Vec<(u32, u64)> =
                self.holders[who].positions.iter().map(|(id, held)| (*id, held.ends_at)).collect();
            for (id, ends_at) in ids {
                let early = ends_at > world.now;
                self.run(world, &if early { Step::ExitEarly(who, id) } else { Step::UnstakeAll(who, id) });
            }
            assert_eq!(self.holders[who].principal(), 0);
            self.check(world);
        }
        self.run(world, &Step::Wait(30 * DAY));
        for who in 0..3 {
            let ids: Vec<u32> = self.holders[who].exits.keys().copied().collect();
            for id in ids {
                self.run(world, &Step::Withdraw(who, id));
            }
            self.run(world, &Step::Claim(who));
            assert!(self.holders[who].exits.is_empty());
        }
        self.check(world);
        assert_eq!(world.owed(), self.rewards);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// VLT-12: conservation, weights, votes and refusals over random histories (T4, I8, I9, I10, I11).
    #[test]
    fn t04_histories_agree_with_the_model(steps in steps()) {
        let mut world = World::new();
        let mut model = Model {
            holders: Default::default(),
            curve: Curve::new(&CURVE).unwrap(),
            offered: Some(CURVE),
            cooldown: COOLDOWN,
            penalty: PENALTY,
            rewards: 0,
            gifts: 0,
            past: BTreeMap::new(),
            index: U256::ZERO,
        };
        for step in &steps {
            model.run(&mut world, step);
            model.check(&world);
        }
        model.past.insert(world.now, model.votes());
        world.pass(WEEK);
        for (moment, votes) in &model.past {
            let timepoint = U256::from(*moment);
            for (account, votes) in [world.alice, world.bob, world.carol].into_iter().zip(votes) {
                let past = world.ok(account, I::getPastVotesCall { account, timepoint })._0;
                prop_assert_eq!(past, U256::from(*votes), "votes at {}", moment);
            }
            let supply = world.ok(world.alice, I::getPastTotalSupplyCall { timepoint })._0;
            prop_assert_eq!(supply, U256::from(votes[3]), "supply at {}", moment);
        }
        model.leave(&mut world);
    }
}
