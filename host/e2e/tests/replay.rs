//! E2E-30: the log of the compiled controller gives its whole state, through random but seeded histories on the chain.
//!
//! The same kind of histories as those of `core` (STATE-01 to STATE-13), but every action is a transaction, and the only
//! thing that is followed are the logs of the controller's address.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use alloy::{eips::BlockNumberOrTag, rpc::types::Filter};
use alloy_primitives::{Bytes, TxKind, U256, keccak256};
use alloy_sol_types::{SolCall, SolEventInterface};
use escapement_agent::{
    bindings::{
        controller::{IController as I, IControllerEvents::IControllerEventsEvents as Event},
        lens::ILens,
    },
    follow::{Follower, Waiting},
};
use escapement_core::{
    engine::{BreakerConfig, Config, GroupState, Ledger, Pending, Progress, key, views},
    param::{Group, Slot},
    rules::{GroupRules, Limit, SlotRules},
    update::Change,
};
use escapement_e2e::{Refusal, UpdateBuilder, World};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

const DAY: u64 = 86_400;
const ONE: i32 = 65_536;

#[derive(Clone, Debug)]
enum Action {
    Wait(u64),
    /// An honest update: outputs, groups whose changes are left in, KPI of the staking ratio.
    Tick([i32; 7], u8, i32),
    /// One that a quorum signs although it is not what the policy gives, relayed leniently.
    Tamper([i32; 7], u32),
    Execute(u8),
    Approve(u8),
    Veto(u8),
    Override(u8, i32),
    Restore(u64),
    Halt(u8, bool),
    Extend(u8, u64),
    Resume(u8),
    Raise(u8),
    Lower(u8, u8),
    Narrow(u8, u8, u8),
    Rules(u8, u8),
    Clocks(u8, u32),
    Counts(u8, u8),
    Breaker(u8),
    Verifier,
    Poke,
}

fn outputs() -> impl Strategy<Value = [i32; 7]> {
    let one = prop_oneof![3 => -ONE..=ONE, 2 => Just(0), 1 => Just(ONE), 3 => -ONE / 6..=ONE / 6];
    prop::array::uniform7(one)
}

fn scope() -> impl Strategy<Value = u8> {
    prop_oneof![5 => 0u8..7, 1 => Just(255u8)]
}

fn action() -> impl Strategy<Value = Action> {
    use Action::*;
    prop_oneof![
        8 => prop_oneof![1u64..3, 1u64..3 * DAY, 1u64..12 * DAY, 7 * DAY..30 * DAY].prop_map(Wait),
        12 => (outputs(), any::<u8>(), prop_oneof![12 => Just(ONE / 2), 1 => Just(1_000)])
            .prop_map(|(o, g, s)| Tick(o, g, s)),
        3 => (outputs(), 1u32..30_000).prop_map(|(o, v)| Tamper(o, v)),
        10 => (0u8..7).prop_map(Execute),
        4 => (0u8..7).prop_map(Approve),
        2 => (0u8..7).prop_map(Veto),
        4 => (0u8..51, -400i32..400).prop_map(|(s, by)| Override(s, by)),
        1 => (1u64..20 * DAY).prop_map(Restore),
        1 => (scope(), any::<bool>()).prop_map(|(s, g)| Halt(s, g)),
        1 => (scope(), 1u64..20 * DAY).prop_map(|(s, t)| Extend(s, t)),
        3 => scope().prop_map(Resume),
        3 => (0u8..7).prop_map(Raise),
        1 => (0u8..7, 1u8..4).prop_map(|(g, n)| Lower(g, n)),
        2 => (0u8..51, any::<u8>(), any::<u8>()).prop_map(|(s, a, b)| Narrow(s, a, b)),
        1 => (0u8..51, 1u8..9).prop_map(|(s, n)| Rules(s, n)),
        2 => (0u8..7, 3_600u32..9 * 86_400).prop_map(|(g, c)| Clocks(g, c)),
        1 => (2u8..7, 1u8..5).prop_map(|(p, c)| Counts(p, c)),
        1 => (2u8..6).prop_map(Breaker),
        1 => Just(Verifier),
        3 => Just(Poke),
    ]
}

/// A controller with a history, and what follows it.
struct Run {
    world: World,
    follower: Follower,
    /// Next block whose logs are not taken yet.
    next: u64,
    id: u64,
    /// Names of the events met.
    met: BTreeSet<String>,
}

impl Run {
    fn new(autonomy: u8) -> Self {
        let world = World::with_autonomy(autonomy);
        let mut run = Self { world, follower: Follower::default(), next: 0, id: 0, met: BTreeSet::new() };
        run.follow();
        run
    }

    /// Takes the new logs of the controller's address.
    fn follow(&mut self) {
        let head = self.world.net.chain.block_number();
        let filter = Filter::new().address(self.world.controller).select(BlockNumberOrTag::from(self.next)..);
        for log in self.world.net.chain.logs(&filter).expect("a valid filter") {
            let time = log.block_timestamp.expect("a mined log");
            self.follower.take(time, &log.inner.data).unwrap_or_else(|error| panic!("{error}"));
            if let Ok(event) = Event::decode_raw_log(log.topics(), &log.inner.data.data) {
                self.met.insert(name(&event));
            }
        }
        self.next = head + 1;
    }

    fn send<C: SolCall>(&self, from: alloy_primitives::Address, call: &C) -> Result<(), Refusal> {
        let input = call.abi_encode().into();
        self.world.net.transact(from, TxKind::Call(self.world.controller), input, U256::ZERO).map(drop)
    }

    fn council<C: SolCall>(&self, call: &C) -> Result<(), Refusal> {
        self.send(self.world.council, call)
    }

    fn governance<C: SolCall>(&self, call: &C) -> Result<(), Refusal> {
        self.send(self.world.governance, call)
    }

    /// The honest update for these outputs, without the changes of groups that are not in `groups`.
    fn update(&mut self, outputs: [i32; 7], groups: u8) -> UpdateBuilder {
        self.id += 1;
        let pools = i32::from(self.follower.counts.0);
        let scores: Vec<i32> = (0..pools).map(|pool| ONE * (1 + pool % 3)).collect();
        let outputs: Vec<(usize, i32)> = outputs.into_iter().enumerate().collect();
        let mut update = self.world.propose_scored(self.id, &outputs, &scores);
        let group = |slot| Slot::new(slot).expect("a slot").group().number();
        update.inner.changes.retain(|change| groups & 1 << group(change.slot) != 0);
        update
    }

    fn step(&mut self, action: &Action) -> Result<(), Refusal> {
        let time = |offset: u64| u32::try_from(self.world.net.now() + offset).expect("32 bits until 2106");
        match *action {
            Action::Wait(seconds) => {
                self.world.net.warp(seconds);
                Ok(())
            }
            Action::Tick(outputs, groups, staked) => {
                let mut update = self.update(outputs, groups);
                update.inner.kpis[5] = staked;
                self.world.submit(&update).map(drop)
            }
            Action::Tamper(outputs, by) => {
                let mut update = self.update(outputs, 0x7f);
                if let Some(change) = update.inner.changes.first_mut() {
                    change.new += by;
                }
                let signatures = self.world.quorum.sign(self.world.digest(&update));
                self.send(self.world.stranger, &I::trySubmitCall { update: update.bytes(), signatures })
            }
            Action::Execute(group) => {
                let waiting = self.follower.waiting[usize::from(group)].as_ref();
                let payload = waiting.map_or_else(Bytes::new, |waiting| waiting.payload.clone());
                self.send(self.world.stranger, &I::executeCall { group, payload })
            }
            Action::Approve(group) => self.council(&I::approveCall { group }),
            Action::Veto(group) => self.council(&I::vetoCall { group }),
            Action::Override(slot, by) => {
                let expected_old = self.follower.values[usize::from(slot)];
                let change = Change { slot, expected_old, new: expected_old.saturating_add_signed(by) };
                self.council(&I::overrideParamsCall { changes: change.to_wire().to_vec().into() })
            }
            Action::Restore(back) => {
                let timepoint = u32::try_from(self.world.net.now() - back).expect("32 bits until 2106");
                self.council(&I::restoreCall { timepoint })
            }
            Action::Halt(scope, guardian) => {
                let by = if guardian { self.world.guardian } else { self.world.council };
                self.send(by, &I::haltCall { scope })
            }
            Action::Extend(scope, by) => self.governance(&I::extendHaltCall { scope, until: time(by) }),
            Action::Resume(scope) => self.governance(&I::resumeCall { scope }),
            Action::Raise(group) => self.governance(&I::raiseAutonomyCall { group }),
            Action::Lower(group, level) => self.council(&I::lowerAutonomyCall { group, level }),
            Action::Narrow(slot, a, b) => {
                let rules = self.follower.rules(Slot::new(slot).expect("a slot"));
                let min = between(rules.gov_min, rules.neutral, a / 4);
                let max = between(rules.neutral, rules.gov_max, 255 - b / 4);
                self.council(&I::narrowCall { slot, min, max })
            }
            Action::Rules(slot, part) => {
                let slot = Slot::new(slot).expect("a slot");
                let rules = slot.default_rules();
                let more = |limit: Limit| Limit { abs: limit.abs + limit.abs / u32::from(part), ..limit };
                let rules = SlotRules {
                    step_up: more(rules.step_up),
                    step_down: more(rules.step_down),
                    bucket_up: more(rules.bucket_up),
                    bucket_down: more(rules.bucket_down),
                    ..rules
                };
                let [word0, word1] = rules.pack().map(Into::into);
                self.governance(&I::setSlotRulesCall { slot: slot.number(), word0, word1 })
            }
            Action::Clocks(group, cooldown) => {
                let rules = GroupRules { cooldown, ..Group::new(group).expect("a group").default_rules() };
                self.governance(&I::setGroupRulesCall { group, word: rules.pack().into() })
            }
            Action::Counts(pools, categories) => self.governance(&I::setCountsCall { pools, categories }),
            Action::Breaker(count) => {
                let limits = BreakerConfig { burst_count: count, pinned_after: count, ..BreakerConfig::default() };
                self.governance(&I::setBreakerCall { word: limits.pack().into() })
            }
            Action::Verifier => self.governance(&I::setVerifierCall { verifier: self.world.verifier }),
            Action::Poke => self.send(self.world.stranger, &I::pokeCall {}),
        }
    }

    /// Everything the follower says against the words of the controller.
    fn check(&self) {
        let (world, follower, ledger) = (&self.world, &self.follower, self.world.ledger());
        let config = Config::load(&ledger).expect("initialised");
        let lens = ILens::paramsCall { controller: world.controller };
        assert_eq!(world.net.view(world.lens, &lens).expect("a plain view"), follower.values);
        assert_eq!(views::values(&ledger), follower.values);
        assert_eq!((config.pools, config.categories), follower.counts);
        assert_eq!(config.breaker.then(|| BreakerConfig::load(&ledger, &config)), follower.breaker);
        for slot in Slot::all() {
            assert_eq!(config.slot_rules(&ledger, slot), follower.rules(slot), "slot {}", slot.number());
            assert_eq!(config.slot_rules & slot.bit() != 0, follower.slot_rules.contains_key(&slot.number()));
        }
        let now = u32::try_from(world.net.now()).expect("32 bits until 2106");
        // A halt that has ended may be forgotten by either side.
        let in_force = |until: u32| if until > now { until } else { 0 };
        for group in Group::ALL {
            let (state, number) = (GroupState::load(&ledger, group), group.number());
            assert_eq!(config.group_rules(&ledger, group), follower.rules_of_group(group), "{group:?}");
            assert_eq!(state.autonomy, follower.autonomy[group.index()], "{group:?}");
            let until = world.net.view(world.controller, &I::haltedUntilCall { scope: number }).expect("a plain view");
            assert_eq!(in_force(until), in_force(follower.halted_until(number)), "{group:?}");
            let waiting = state.pending.then(|| Pending::load(&ledger, group));
            let told = follower.waiting[group.index()].clone();
            let header = |w: &Waiting| (w.update_id, w.eta, w.expires, w.approval, w.approved);
            let stored = waiting.map(|w| (w.update_id, w.eta, w.expires, w.approval, w.approved));
            assert_eq!(stored, told.as_ref().map(header), "{group:?}");
            if let Some(told) = told {
                assert_eq!(keccak256(&told.payload).0, ledger.load(key::PENDING_HASH + u64::from(number)));
            }
        }
        assert_eq!(in_force(config.halt.until), in_force(follower.halts.get(&255).copied().unwrap_or(0)));
        let progress = Progress::load(&ledger);
        assert_eq!((progress.update_id, u64::from(progress.observed_at)), (follower.update_id, follower.observed_at));
        assert_eq!(world.net.view(world.controller, &I::verifierCall {}).expect("a plain view"), follower.verifier);
        assert_eq!(world.net.implementation(world.controller), follower.implementation);
        let version = world.net.view(world.controller, &I::storedVersionCall {}).expect("a plain view");
        assert_eq!(version, follower.version);
    }

    /// Values of the past, asked of the lens.
    fn check_past(&self, times: &BTreeSet<u64>) {
        for &time in times {
            let timepoint = u32::try_from(time).expect("32 bits until 2106");
            let call = ILens::paramsAtCall { controller: self.world.controller, timepoint };
            let told = self.world.net.view(self.world.lens, &call).ok();
            assert_eq!(told, self.follower.values_at(time), "at {time}");
        }
    }
}

/// A point of a range, by 255ths.
fn between(min: u32, max: u32, part: u8) -> u32 {
    min + (max - min) * u32::from(part) / 255
}

/// What an event is called, with its lane or actor where it has one.
fn name(event: &Event) -> String {
    macro_rules! called {
        ($($name:ident)+) => {
            match event {
                Event::ParameterChanged(e) => format!("ParameterChanged lane {}", e.lane),
                Event::Halted(e) => format!("Halted by {}", e.by),
                Event::AutonomyChanged(e) => format!("AutonomyChanged by {}", e.by),
                $(Event::$name(_) => stringify!($name).to_owned(),)+
            }
        };
    }
    called!(
        Initialized Migrated UpdateAccepted UpdateQueued UpdateApproved UpdateVetoed UpdateExecuted UpdateExpired
        UpdateRejected ShadowProposed HaltExtended Resumed BreakerTripped SlotRulesChanged GroupRulesChanged
        BoundsNarrowed CountsChanged BreakerChanged VerifierChanged ConsumerChanged SourcesChanged Restored RoleAdminChanged RoleGranted RoleRevoked
    )
}

#[test]
fn log_gives_the_state_after_every_step() {
    let mut runner = TestRunner::deterministic();
    let histories = prop::collection::vec(action(), 110..140);
    let mut met = BTreeSet::new();
    let (mut done, mut refused) = (0, 0);
    for autonomy in [1, 2, 3, 0] {
        let actions = histories.new_tree(&mut runner).expect("a history").current();
        let mut run = Run::new(autonomy);
        run.check();
        let mut times = BTreeSet::from([run.world.net.now() - 100]);
        for action in &actions {
            let waited = matches!(action, Action::Wait(_));
            match run.step(action) {
                Ok(()) if !waited => done += 1,
                Ok(()) => {}
                // Whatever is refused is refused by name; nothing traps.
                Err(refusal) => {
                    assert!(refusal.data.len() >= 4, "{action:?}: {refusal}");
                    refused += 1;
                }
            }
            run.follow();
            run.check();
            times.insert(run.world.net.now());
        }
        times.extend(times.clone().into_iter().map(|time| time - 1));
        // The last of these moments is over before its values are asked.
        run.world.net.warp(1);
        run.check_past(&times);
        met.extend(run.met);
    }
    let all = [
        "AutonomyChanged by 0",
        "AutonomyChanged by 1",
        "BoundsNarrowed",
        "BreakerChanged",
        "BreakerTripped",
        "CountsChanged",
        "GroupRulesChanged",
        "HaltExtended",
        "Halted by 1",
        "Halted by 2",
        "Halted by 3",
        "Initialized",
        "ParameterChanged lane 0",
        "ParameterChanged lane 1",
        "ParameterChanged lane 2",
        "ParameterChanged lane 3",
        "ParameterChanged lane 4",
        "ParameterChanged lane 5",
        "ParameterChanged lane 6",
        "Restored",
        "Resumed",
        "ShadowProposed",
        "SlotRulesChanged",
        "UpdateAccepted",
        "UpdateApproved",
        "UpdateExecuted",
        "UpdateExpired",
        "UpdateQueued",
        "UpdateRejected",
        "UpdateVetoed",
        "VerifierChanged",
    ];
    let missing: Vec<_> = all.iter().filter(|name| !met.contains(**name)).collect();
    assert!(missing.is_empty(), "{done} done, {refused} refused, never met: {missing:?}");
}
