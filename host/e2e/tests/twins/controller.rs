//! E2E-70, E2E-72: controller and verifier.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, Bytes, LogData, TxKind, U256};
use alloy_sol_types::{SolCall, SolError as _, SolEvent as _};
use escapement_agent::bindings::controller::{IController as C, IControllerEvents as E};
use escapement_core::{
    engine::key,
    param::{GROUPS, SLOTS},
    policy::Arch,
    update::Change,
};
use escapement_e2e::{Shape, Twins, UpdateBuilder, World, twins::bindings::ControllerTwin};
use proptest::prelude::*;

use crate::{DAY, answer, keep_alive, sequence};

const ONE: i32 = 65_536;
/// Pages of the history, and bits of an entry's number in its key.
const PAGES: u64 = 9;

#[derive(Clone, Debug)]
enum Action {
    Wait(u64),
    /// An honest update: outputs, groups whose changes are left in, scores, one KPI moved, age.
    Tick([i32; 8], u8, [i32; 4], (usize, i32), u64),
    /// One that a quorum signs although the policy does not give it: a change moved by so much.
    Tamper([i32; 8], i32, usize),
    /// One that is late, early, old, replayed, or signed by too few or in the wrong order.
    Broken([i32; 8], u8),
    Execute(u8, bool),
    Approve(u8),
    Veto(u8),
    Override(u8, i32, u8, i32),
    Halt(u8, bool),
    Resume(u8),
}

fn outputs() -> impl Strategy<Value = [i32; 8]> {
    let one = prop_oneof![3 => -ONE..=ONE, 2 => Just(0), 1 => Just(ONE), 1 => Just(-ONE), 3 => -ONE / 6..=ONE / 6];
    let gate = prop_oneof![9 => Just(0), 1 => Just(-1)];
    (prop::array::uniform7(one), gate).prop_map(|(o, gate)| [o[0], o[1], o[2], o[3], o[4], o[5], o[6], gate])
}

fn action() -> impl Strategy<Value = Action> {
    use Action::*;
    let scope = || prop_oneof![5 => 0u8..7, 1 => Just(255u8), 1 => Just(7u8)];
    let scores = prop::array::uniform4(prop_oneof![3 => 0..4 * ONE, 1 => Just(-1), 1 => Just(0)]);
    let kpi = prop_oneof![
        20 => Just((5, ONE / 2)),
        1 => Just((5, 1_000)),
        1 => Just((8, 296)),
        1 => Just((10, 32_769)),
        1 => Just((11, 3_278)),
    ];
    let age = prop_oneof![4 => Just(0u64), 2 => 0..DAY, 1 => 0..2 * DAY + 9];
    prop_oneof![
        10 => prop_oneof![1u64..3, 1u64..3 * DAY, 1u64..12 * DAY, 7 * DAY..30 * DAY, 60 * DAY..200 * DAY].prop_map(Wait),
        14 => (outputs(), any::<u8>(), scores, kpi, age).prop_map(|(o, g, s, k, a)| Tick(o, g, s, k, a)),
        4 => (outputs(), -600i32..600, 0usize..8).prop_map(|(o, v, n)| Tamper(o, v, n)),
        3 => (outputs(), 0u8..8).prop_map(|(o, n)| Broken(o, n)),
        8 => (0u8..8, prop::bool::weighted(0.6)).prop_map(|(g, right)| Execute(g, right)),
        4 => (0u8..8).prop_map(Approve),
        2 => (0u8..7).prop_map(Veto),
        7 => (0u8..52, -400i32..400, 0u8..51, -400i32..400).prop_map(|(s, by, t, to)| Override(s, by, t, to)),
        1 => (scope(), any::<bool>()).prop_map(|(s, g)| Halt(s, g)),
        4 => scope().prop_map(Resume),
    ]
}

/// Both controllers, and what was queued.
struct Pair {
    world: World,
    twins: Twins,
    id: u64,
    payloads: BTreeMap<u8, Bytes>,
    /// Selectors of refusals and topics of logs met.
    met: BTreeSet<[u8; 4]>,
    accepted: usize,
    /// When the programs were last kept alive.
    alive: u64,
}

impl Pair {
    fn new(shape: Shape) -> Self {
        let world = World::of(shape);
        let twins = Twins::of(&world);
        let alive = world.net.now();
        Self { world, twins, id: 0, payloads: BTreeMap::new(), met: BTreeSet::new(), accepted: 0, alive }
    }

    /// Sends one call to both in blocks of one time; both must answer alike.
    fn both(&mut self, from: Address, ours: Bytes, theirs: Bytes) -> Option<Vec<LogData>> {
        let net = &self.world.net;
        let moment = net.now() + 1;
        net.at_next(moment);
        let ours = answer(net.transact(from, TxKind::Call(self.world.controller), ours, U256::ZERO));
        net.at_next(moment);
        let theirs = answer(net.transact(from, TxKind::Call(self.twins.controller), theirs, U256::ZERO));
        assert_eq!(ours, theirs, "controller and twin answer differently");
        match ours {
            Ok(logs) => {
                self.met.extend(logs.iter().filter_map(|log| log.topics()[0].first_chunk::<4>().copied()));
                for queued in logs.iter().filter_map(|log| E::UpdateQueued::decode_log_data(log).ok()) {
                    self.payloads.insert(queued.group, queued.payload);
                }
                self.accepted += 1;
                Some(logs)
            }
            Err(data) => {
                self.met.insert(*data.first_chunk().expect("every refusal is typed"));
                None
            }
        }
    }

    /// The same call for both.
    fn call<T: SolCall>(&mut self, from: Address, call: &T) -> Option<Vec<LogData>> {
        let input = Bytes::from(call.abi_encode());
        self.both(from, input.clone(), input)
    }

    /// An update, signed for each of the two.
    fn submit(&mut self, update: &UpdateBuilder, who: &[usize]) -> Option<Vec<LogData>> {
        let chain = self.world.net.chain.chain_id();
        let [ours, theirs] = [self.world.controller, self.twins.controller].map(|target| {
            let signatures = self.world.quorum.sign_by(who, update.digest(chain, target));
            C::submitCall { update: update.bytes(), signatures }.abi_encode().into()
        });
        self.both(self.world.stranger, ours, theirs)
    }

    fn propose(&self, outputs: &[i32; 8], scores: &[i32]) -> UpdateBuilder {
        let wanted: Vec<_> = outputs.iter().copied().enumerate().collect();
        let mut update = self.world.propose_scored(self.id, &wanted, scores);
        let gates = outputs[7] < 0;
        assert!(!gates || update.inner.changes.is_empty(), "a closed gate moves nothing");
        // The block after the next observation.
        update.inner.valid_after = update.inner.observed_at;
        update
    }

    fn act(&mut self, action: &Action) {
        let (council, guardian, stranger) = (self.world.council, self.world.guardian, self.world.stranger);
        match *action {
            Action::Wait(seconds) => {
                self.world.net.warp(seconds);
                keep_alive(&self.world, &mut self.alive);
            }
            Action::Tick(outputs, groups, scores, (kpi, value), age) => {
                self.id += 1;
                let mut update = self.propose(&outputs, &scores);
                update.inner.changes.retain(|change| groups >> group_of(change.slot) & 1 != 0);
                update.inner.kpis[kpi] = value;
                update.inner.observed_at -= age;
                self.submit(&update, &[0, 1, 2]);
            }
            Action::Tamper(outputs, by, at) => {
                self.id += 1;
                let mut update = self.propose(&outputs, &[ONE, 2 * ONE, ONE, 0]);
                let count = update.inner.changes.len();
                if let Some(change) = update.inner.changes.get_mut(at % count.max(1)) {
                    change.new = change.new.saturating_add_signed(by);
                }
                self.submit(&update, &[0, 1, 2]);
            }
            Action::Broken(ref outputs, how) => self.broken(outputs, how),
            Action::Execute(group, right) => {
                let mut payload = self.payloads.get(&group).cloned().unwrap_or_default().to_vec();
                if let (false, Some(last)) = (right, payload.last_mut()) {
                    *last ^= 1;
                }
                self.call(stranger, &C::executeCall { group, payload: payload.into() });
            }
            Action::Approve(group) => drop(self.call(council, &C::approveCall { group })),
            Action::Veto(group) => drop(self.call(council, &C::vetoCall { group })),
            Action::Override(slot, by, second, to) => {
                let mut slots = vec![(slot, by)];
                if second > slot {
                    slots.push((second, to));
                }
                let changes = slots.into_iter().flat_map(|(slot, by)| {
                    let expected_old = if slot < 51 { self.world.value(slot) } else { 0 };
                    Change { slot, expected_old, new: expected_old.saturating_add_signed(by) }.to_wire()
                });
                let changes = changes.collect::<Vec<u8>>().into();
                self.call(council, &C::overrideParamsCall { changes });
            }
            Action::Halt(scope, by_guardian) => {
                self.call(if by_guardian { guardian } else { council }, &C::haltCall { scope });
            }
            Action::Resume(scope) => {
                // Governance of one is an account, of the other the timelock: both act directly here.
                let net = &self.world.net;
                let moment = net.now() + 1;
                net.chain.set_balance(self.twins.timelock, U256::from(10u64.pow(18)));
                net.chain.impersonate(self.twins.timelock);
                let call = C::resumeCall { scope };
                net.at_next(moment);
                let ours = answer(net.send(self.world.governance, self.world.controller, &call));
                net.at_next(moment);
                assert_eq!(ours, answer(net.send(self.twins.timelock, self.twins.controller, &call)));
            }
        }
        self.compare();
    }

    fn broken(&mut self, outputs: &[i32; 8], how: u8) {
        self.id += 1;
        let mut update = self.propose(outputs, &[ONE; 4]);
        let now = self.world.net.now();
        let mut who = vec![0, 1, 2];
        match how {
            0 => update.inner.expires_at = now,
            1 => update.inner.valid_after = now + 60,
            2 => update.inner.observed_at = now + 200,
            3 => update.inner.update_id = 1,
            4 => who = vec![0, 1],
            5 => who = vec![0, 2, 1],
            6 => update.inner.signer_epoch += 1,
            _ => update.inner.kpis.truncate(13),
        }
        self.submit(&update, &who);
    }

    /// Every word of state, those that keep the different birthdays of the two aside.
    fn compare(&self) {
        let net = &self.world.net;
        let theirs = net.view(self.twins.controller, &ControllerTwin::wordsCall {}).expect("a plain view");
        let mut keys = vec![key::CONFIG, key::PROGRESS, key::LENGTHS];
        for base in [key::GROUP, key::PENDING, key::PENDING_HASH] {
            keys.extend((0..GROUPS as u64).map(|group| base + group));
        }
        keys.extend((0..5).map(|word| key::BUCKET + word));
        let mut words: Vec<U256> = theirs._0.into();
        words.extend(theirs._1);
        words.extend(theirs._2);
        words.extend(theirs._3.map(|word| U256::from_be_bytes(word.0)));
        words.extend(theirs._4);
        let lengths = words[2];
        for page in 0..PAGES {
            let length: U256 = (lengths >> (232 - 24 * page)) & U256::from(0xff_ffffu32);
            let length = length.to::<u64>();
            // The newest entry is what is in force; the first is each one's own beginning.
            let index = length - 1;
            let call = ControllerTwin::entryCall { page: U256::from(page), index: U256::from(index) };
            keys.push(key::HISTORY * (1 + page) + index);
            words.push(net.view(self.twins.controller, &call).expect("a plain view"));
        }
        let ours = net.view(self.world.controller, &C::wordsCall { keys: keys.clone() }).expect("a plain view");
        for ((key, ours), theirs) in keys.iter().zip(ours).zip(words) {
            let mut ours = U256::from_be_bytes(ours.0);
            let mut theirs = theirs;
            if key >> 32 != 0 && key.trailing_zeros() >= 32 {
                // The moment of the first entry.
                (ours, theirs) = (ours >> 32, theirs >> 32);
            }
            if *key == key::PROGRESS && ours >> 192 == U256::ZERO {
                let at: U256 = U256::from(u32::MAX) << 128;
                (ours, theirs) = (ours & !at, theirs & !at);
            }
            assert_eq!(ours, theirs, "word {key:#x} differs");
        }
        for slot in 0..u8::try_from(SLOTS).expect("51") {
            let theirs = net.view(self.twins.controller, &C::paramCall { slot }).expect("a plain view");
            assert_eq!(self.world.value(slot), theirs, "slot {slot}");
        }
    }
}

fn group_of(slot: u8) -> u8 {
    escapement_core::param::Slot::new(slot).map_or(0, |slot| slot.group().number())
}

fn run(seed: u8, shape: Shape, length: usize) -> Pair {
    let mut pair = Pair::new(shape);
    // Four rises in a row fill the bucket of the longest knot, which waits between them would drain.
    for _ in 0..4 {
        pair.act(&Action::Override(6, 450, 0, 0));
    }
    for action in sequence(seed, length, &action()) {
        pair.act(&action);
    }
    pair
}

/// E2E-70.
#[test]
fn controller_and_twin_agree_in_every_answer_and_word() {
    let mut met = BTreeSet::new();
    let mut accepted = 0;
    for (seed, autonomy) in [(1, 3), (2, 3), (3, 2), (4, 1), (5, 0)] {
        let pair = run(seed, Shape { autonomy, ..Shape::default() }, 300);
        met.extend(pair.met);
        accepted += pair.accepted;
    }
    assert!(accepted > 200, "{accepted} calls went through");
    let events = [
        E::UpdateAccepted::SIGNATURE_HASH,
        E::ParameterChanged::SIGNATURE_HASH,
        E::UpdateQueued::SIGNATURE_HASH,
        E::UpdateExecuted::SIGNATURE_HASH,
        E::UpdateVetoed::SIGNATURE_HASH,
        E::UpdateApproved::SIGNATURE_HASH,
        E::UpdateExpired::SIGNATURE_HASH,
        E::ShadowProposed::SIGNATURE_HASH,
        E::BreakerTripped::SIGNATURE_HASH,
        E::Halted::SIGNATURE_HASH,
    ];
    for topic in events {
        assert!(met.contains(&topic[..4]), "{topic} never came");
    }
    let errors = [
        C::ControllerPolicyMismatch::SELECTOR,
        C::ControllerCooldownActive::SELECTOR,
        C::ControllerStepExceeded::SELECTOR,
        C::ControllerOutOfRange::SELECTOR,
        C::ControllerBucketExceeded::SELECTOR,
        C::ControllerHalted::SELECTOR,
        C::ControllerStaleObservation::SELECTOR,
        C::ControllerPendingExists::SELECTOR,
        C::ControllerNotReady::SELECTOR,
        C::ControllerPendingMismatch::SELECTOR,
        C::ControllerIdNotRising::SELECTOR,
        C::ControllerWeightSum::SELECTOR,
    ];
    for selector in errors {
        assert!(met.contains(&selector), "{} never came", alloy_primitives::hex::encode(selector));
    }
}

/// E2E-70, with the large network and with other numbers of pools and signers.
#[test]
fn controller_and_twin_agree_in_other_shapes() {
    run(6, Shape { arch: Arch::A2, ..Shape::default() }, 60);
    run(7, Shape { pools: 32, ..Shape::default() }, 60);
    run(8, Shape { pools: 7, ..Shape::default().signed_by(3) }, 60);
}

/// E2E-72: the timelock in front of the twin governs it.
#[test]
fn twin_is_governed_through_its_timelock() {
    let mut pair = Pair::new(Shape::default());
    pair.act(&Action::Halt(255, false));
    let call = C::resumeCall { scope: 255 };
    let direct = pair.world.net.send(pair.world.governance, pair.twins.controller, &call);
    assert!(direct.is_err(), "governance has no power of its own");
    pair.twins.govern(&pair.world, &call);
    let words = pair.world.net.view(pair.twins.controller, &ControllerTwin::wordsCall {}).expect("a plain view");
    assert_eq!(words._0[0] << 136 >> 224, U256::ZERO, "the halt was lifted");
}
