//! E2E-74: the minter's roll and its twin; E2E-75: the council's override and a setter in the manner of SP-BEAM.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent as _;
use escapement_agent::bindings::{
    controller::IController as C,
    minter::{IMinter as M, IMinterEvents as E},
    token::IToken as T,
};
use escapement_core::{param::Slot, update::Change};
use escapement_e2e::{
    Twins, World,
    twins::bindings::{MinterTwin, SpBeamTwin as B, TokenTwin},
};
use proptest::prelude::*;

use crate::{answer, keep_alive, sequence};

const WEEK: u64 = 604_800;

#[derive(Clone, Debug)]
enum Action {
    /// So many weeks and seconds pass, then the epoch is rolled.
    Roll(u64, u64),
    /// Somebody burns.
    Burn(u128),
    /// The council moves rate or re-mint cap, on both.
    Rate(bool, i32),
    /// The council halts emission or everything, or governance resumes.
    Halt(u8, bool),
    /// An attested heartbeat, so that the observations are fresh.
    Beat,
}

fn action() -> impl Strategy<Value = Action> {
    use Action::*;
    let weeks = prop_oneof![6 => Just(1u64), 1 => Just(0), 1 => 2u64..5];
    prop_oneof![
        8 => (weeks, 0u64..90_000).prop_map(|(w, s)| Roll(w, s)),
        4 => (0u128..10u128.pow(23)).prop_map(Burn),
        3 => (any::<bool>(), -300i32..300).prop_map(|(r, by)| Rate(r, by)),
        1 => (prop_oneof![Just(0u8), Just(3), Just(255)], any::<bool>()).prop_map(|(s, h)| Halt(s, h)),
        6 => Just(Beat),
    ]
}

struct Pair {
    world: World,
    twins: Twins,
    consumers: [Address; 2],
    alive: u64,
    id: u64,
    minted: usize,
    reminted: usize,
}

impl Pair {
    fn new() -> Self {
        let world = World::new();
        let twins = Twins::of(&world);
        let net = &world.net;
        let consumers = [0, 1].map(|_| net.solidity(world.deployer, "SilentStub", &[]));
        let mut call = M::setConsumersCall { consumers: [Address::ZERO; 4], weights: [0; 4] };
        let mut theirs = MinterTwin::setConsumersCall { accounts: [Address::ZERO; 4], weights: [0; 4] };
        for (index, (consumer, weight)) in consumers.into_iter().zip([3_333, 6_667]).enumerate() {
            (call.consumers[index], call.weights[index]) = (consumer, weight);
            (theirs.accounts[index], theirs.weights[index]) = (consumer, weight);
        }
        net.send(world.governance, world.minter, &call).expect("two consumers");
        net.send(world.governance, twins.minter, &theirs).expect("two consumers");
        let alive = net.now();
        Self { world, twins, consumers, alive, id: 0, minted: 0, reminted: 0 }
    }

    fn act(&mut self, action: &Action) {
        let net = &self.world.net;
        let moment = net.now() + 1;
        match *action {
            Action::Roll(weeks, seconds) => {
                net.warp((weeks * WEEK + seconds).max(1));
                keep_alive(&self.world, &mut self.alive);
                self.roll();
            }
            Action::Burn(value) => {
                let value = U256::from(value);
                net.send(self.world.deployer, self.world.token, &T::burnCall { value }).expect("it holds as much");
                net.send(self.world.deployer, self.twins.token, &TokenTwin::burnCall { value }).expect("so does it");
            }
            Action::Rate(rate, by) => {
                let (slot, by) = if rate { (0, by) } else { (8, by / 100) };
                let expected_old = self.world.value(slot);
                let change = Change { slot, expected_old, new: expected_old.saturating_add_signed(by) };
                let call = C::overrideParamsCall { changes: change.to_wire().to_vec().into() };
                for target in [self.world.controller, self.twins.controller] {
                    net.at_next(moment);
                    let _ = net.send(self.world.council, target, &call);
                }
            }
            Action::Halt(scope, halt) => {
                net.chain.set_balance(self.twins.timelock, U256::from(10u64.pow(18)));
                net.chain.impersonate(self.twins.timelock);
                let governors = [self.world.governance, self.twins.timelock];
                for (target, governor) in [self.world.controller, self.twins.controller].into_iter().zip(governors) {
                    net.at_next(moment);
                    let _ = if halt {
                        net.send(self.world.council, target, &C::haltCall { scope })
                    } else {
                        net.send(governor, target, &C::resumeCall { scope })
                    };
                }
            }
            Action::Beat => {
                self.id += 1;
                let update = self.world.heartbeat(self.id);
                for target in [self.world.controller, self.twins.controller] {
                    let digest = update.digest(net.chain.chain_id(), target);
                    let call = C::submitCall { update: update.bytes(), signatures: self.world.quorum.sign(digest) };
                    net.at_next(moment);
                    let _ = net.send(self.world.stranger, target, &call);
                }
            }
        }
        self.compare();
    }

    fn roll(&mut self) {
        let net = &self.world.net;
        let moment = net.now() + 1;
        net.at_next(moment);
        let ours = answer(net.send(self.world.stranger, self.world.minter, &M::rollEpochCall {}));
        net.at_next(moment);
        let theirs = answer(net.send(self.world.stranger, self.twins.minter, &MinterTwin::rollEpochCall {}));
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{ours:?} {theirs:?}");
        let (Ok(ours), Ok(theirs)) = (ours, theirs) else { return };
        // The minter's own logs, those of transfers and of the stubs left out.
        let own = [
            E::EpochRolled::SIGNATURE_HASH,
            E::Equilibrium::SIGNATURE_HASH,
            E::EpochMissed::SIGNATURE_HASH,
            E::Delivered::SIGNATURE_HASH,
            E::KeeperPaid::SIGNATURE_HASH,
            E::BreakerTripped::SIGNATURE_HASH,
        ];
        let [ours, theirs] = [ours, theirs]
            .map(|logs| -> Vec<_> { logs.into_iter().filter(|log| own.contains(&log.topics()[0])).collect() });
        assert_eq!(ours, theirs, "the rolls differ");
        for log in &ours {
            if let Ok(rolled) = E::EpochRolled::decode_log_data(log) {
                self.minted += usize::from(!rolled.minted.is_zero());
            }
            if let Ok(balance) = E::Equilibrium::decode_log_data(log) {
                self.reminted += usize::from(!balance.reminted.is_zero());
            }
        }
    }

    fn compare(&self) {
        let net = &self.world.net;
        let (ours, theirs) = (self.world.token, self.twins.token);
        let supply = |token| net.view(token, &T::totalSupplyCall {}).expect("a plain view");
        assert_eq!(supply(ours), supply(theirs), "the supplies differ");
        for account in self.consumers.into_iter().chain([self.world.stranger]) {
            let held = |token| net.view(token, &T::balanceOfCall { account }).expect("a plain view");
            assert_eq!(held(ours), held(theirs), "{account} holds another amount");
        }
    }
}

/// E2E-74.
#[test]
fn minter_and_twin_roll_alike() {
    let (mut minted, mut reminted) = (0, 0);
    for seed in 21..24 {
        let mut pair = Pair::new();
        for action in sequence(seed, 90, &action()) {
            pair.act(&action);
        }
        minted += pair.minted;
        reminted += pair.reminted;
    }
    assert!(minted > 20 && reminted > 3, "{minted} rolls minted, {reminted} minted again");
}

/// E2E-75.
#[test]
fn override_and_setter_agree_where_their_rules_do() {
    use alloy_sol_types::SolError as _;
    let world = World::new();
    let twins = Twins::of(&world);
    let net = &world.net;
    let slots = [4u8, 5, 6, 9, 10];
    for slot in slots {
        let rules = Slot::new(slot).expect("a slot").default_rules();
        let (min, step) = (rules.gov_min, rules.step_up.abs);
        // An upper bound within one step, so that range and step both refuse.
        let max = world.value(slot) + step / 2;
        net.send(world.council, world.controller, &C::narrowCall { slot, min, max }).expect("it lies in the range");
        assert_eq!(rules.step_up, rules.step_down, "one step for both directions");
        let rate = B::Rate { value: world.value(slot), min, max, step };
        net.send(world.governance, twins.setter, &B::fileCall { id: slot, rate_: rate }).expect("governance files it");
    }
    let one = || (0usize..5, prop_oneof![-60i32..60, -600i32..600, -9_000i32..9_000]);
    let (mut through, mut refused, mut alive) = (0, 0, net.now());
    for ((first, by), (second, to)) in sequence(31, 400, &(one(), one())) {
        let mut wanted = vec![(slots[first], by)];
        if first != second {
            // In any order: a list that does not ascend is refused by both.
            wanted.push((slots[second], to));
        }
        let (mut changes, mut values) = (Vec::new(), Vec::new());
        for (slot, by) in wanted {
            let expected_old = world.value(slot);
            let new = expected_old.saturating_add_signed(by);
            changes.extend(Change { slot, expected_old, new }.to_wire());
            values.push(B::Change { id: slot, value: new });
        }
        net.warp(30 * 86_400 / 20);
        keep_alive(&world, &mut alive);
        let ours = net.send(world.council, world.controller, &C::overrideParamsCall { changes: changes.into() });
        let shared = [
            C::ControllerOutOfRange::SELECTOR,
            C::ControllerStepExceeded::SELECTOR,
            C::ControllerNotAscending::SELECTOR,
        ];
        match ours {
            Ok(_) => through += 1,
            Err(refusal) if shared.iter().any(|rule| refusal.data.starts_with(rule)) => {
                let sent = net.send(world.council, twins.setter, &B::setCall { changes: values });
                assert!(sent.is_err(), "the setter takes what the controller refuses: {refusal}");
                refused += 1;
                continue;
            }
            // A rule that the setter does not know.
            Err(_) => continue,
        }
        net.send(world.council, twins.setter, &B::setCall { changes: values }).expect("the setter takes it too");
        for slot in slots {
            let rate = net.view(twins.setter, &B::rateCall { id: slot }).expect("a plain view");
            assert_eq!(rate, world.value(slot), "slot {slot}");
        }
    }
    assert!(through > 20 && refused > 100, "{through} through, {refused} refused");
}
