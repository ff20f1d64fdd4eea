//! Random histories of three accounts against a model that keeps plain lists.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolInterface;
use escapement_core::lock::Curve;
use motsu::prelude::*;
use proptest::prelude::*;

use super::{
    log::Log,
    model::Model,
    steps::{steps, Step},
    world::{Fixture, World, COOLDOWN, CURVE, DAY, PENALTY, WEEK},
};
use crate::IVault as I;

impl Model {
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

    /// The log alone gives positions, exits, delegations and the curve.
    fn rebuild(&self, world: &World) {
        let log = Log::read(&world.vault.all_events());
        for (who, account) in [world.alice, world.bob, world.carol].into_iter().enumerate() {
            let (told, holder) = (log.holder(account), &self.holders[who]);
            assert_eq!((&told.positions, &told.exits), (&holder.positions, &holder.exits));
            let accounts = [world.alice, world.bob, world.carol];
            assert_eq!(told.delegatee, holder.delegatee.map_or(Address::ZERO, |to| accounts[to]));
            assert_eq!(told.votes, world.votes(account));
        }
        assert_eq!(log.curve, self.curve.knots());
        assert_eq!(log.rewards, self.rewards);
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

    /// VLT-12 and VLT-16: conservation, weights, votes and refusals over random histories (T4, I8 to I11); the log.
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
        model.rebuild(&world);
        model.leave(&mut world);
        model.rebuild(&world);
    }
}

/// A word of calldata: small, an account, all bits, any.
fn word() -> impl Strategy<Value = [u8; 32]> {
    let number = |number: u64| U256::from(number).to_be_bytes::<32>();
    prop_oneof![
        (0..4u64).prop_map(number),
        (0..1u64 << 40).prop_map(number),
        prop::sample::select(vec!["alice", "bob", "vault"]).prop_map(|tag| Address::from_tag(tag).into_word().0),
        prop_oneof![Just([0xff; 32]), any::<[u8; 32]>()],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// VLT-17: any calldata is answered or refused; nothing panics, and what is owed stays covered.
    #[test]
    fn vlt_17_any_calldata_is_answered(
        calls in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(word(), 0..9), 0..4u8), 1..30),
    ) {
        let mut world = World::new();
        world.stake(world.alice, 1_000, DAY);
        world.reward(604_800);
        let selectors: Vec<[u8; 4]> = I::IVaultCalls::selectors().collect();
        for (which, words, cut) in calls {
            let mut calldata = [which.get(&selectors).as_slice(), words.as_flattened()].concat();
            calldata.truncate(calldata.len() - usize::from(cut / 3));
            for sender in [world.alice, world.governance, world.minter] {
                let _ = world.raw(sender, &calldata);
            }
            world.pass(DAY);
            let solvency = world.ok(world.alice, I::solvencyCall {});
            prop_assert!(solvency.balance >= solvency.owed);
        }
    }
}
