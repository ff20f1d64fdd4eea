//! The log alone gives the state: parameters, queue, halts, autonomy, rules.

use std::collections::BTreeMap;

use alloy_sol_types::{SolEvent, SolEventInterface};
use escapement_core::{
    engine::{key, Config, GroupState, Ledger, Pending},
    param::{Group, Slot},
};

use super::world::{Fixture, World, DAY};
use crate::{
    IController as I,
    IControllerEvents::{self as E, IControllerEventsEvents as Log},
};

/// What the log says.
#[derive(Default, Debug, PartialEq)]
struct State {
    values: BTreeMap<u8, u32>,
    autonomy: BTreeMap<u8, u8>,
    pending: BTreeMap<u8, (u64, u32, u32, bool, bool)>,
    halts: BTreeMap<u8, u32>,
    counts: (u8, u8),
    slot_rules: BTreeMap<u8, [[u8; 32]; 2]>,
    group_rules: BTreeMap<u8, [u8; 32]>,
    last_update: u64,
}

/// Replays the log from nothing.
fn replay(world: &World) -> State {
    let mut state = State { autonomy: (0..7).map(|group| (group, 0)).collect(), ..State::default() };
    for log in world.controller.all_events() {
        match Log::decode_raw_log(log.topics(), &log.data, true).expect("every log is published") {
            Log::ParameterChanged(e) => {
                let before = state.values.insert(e.slot, e.newValue);
                assert_eq!(before.unwrap_or(0), e.oldValue, "slot {}", e.slot);
            }
            Log::UpdateAccepted(e) => state.last_update = e.updateId,
            Log::UpdateQueued(e) => {
                state.pending.insert(e.group, (e.updateId, e.eta, e.expires, e.approval, false));
            }
            Log::UpdateApproved(e) => state.pending.get_mut(&e.group).unwrap().4 = true,
            Log::UpdateVetoed(E::UpdateVetoed { group, updateId })
            | Log::UpdateExecuted(E::UpdateExecuted { group, updateId })
            | Log::UpdateExpired(E::UpdateExpired { group, updateId }) => {
                assert_eq!(state.pending.remove(&group).unwrap().0, updateId);
            }
            Log::Halted(e) => {
                state.halts.insert(e.scope, e.until);
            }
            Log::HaltExtended(e) => {
                state.halts.insert(e.scope, e.until);
            }
            Log::Resumed(e) => {
                state.halts.remove(&e.scope);
            }
            Log::AutonomyChanged(e) => {
                assert_eq!(state.autonomy.insert(e.group, e.newLevel), Some(e.oldLevel));
            }
            Log::CountsChanged(e) => state.counts = (e.pools, e.categories),
            Log::SlotRulesChanged(e) => {
                state.slot_rules.insert(e.slot, [e.word0.0, e.word1.0]);
            }
            Log::BoundsNarrowed(e) => {
                let words = state.slot_rules.get(&e.slot).copied();
                let mut rules = words.map_or_else(
                    || Slot::new(e.slot).unwrap().default_rules(),
                    |words| escapement_core::rules::SlotRules::unpack(&words),
                );
                rules.gov_min = e.min;
                rules.gov_max = e.max;
                state.slot_rules.insert(e.slot, rules.pack());
            }
            Log::GroupRulesChanged(e) => {
                state.group_rules.insert(e.group, e.word.0);
            }
            _ => {}
        }
    }
    state.values.retain(|_, value| *value != 0);
    state
}

/// What storage says.
fn stored(world: &World) -> State {
    struct Reader<'a>(&'a World);
    impl Ledger for Reader<'_> {
        fn load(&self, key: u64) -> [u8; 32] {
            self.0.controller.sender(self.0.stranger).word(key)
        }
        fn save(&mut self, _: u64, _: [u8; 32]) {}
        fn emit(&mut self, _: escapement_core::engine::Event<'_>) {}
    }
    let ledger = Reader(world);
    let config = Config::load(&ledger).unwrap();
    let mut state = State { counts: (config.pools, config.categories), ..State::default() };
    let now = u32::try_from(world.now).unwrap();
    for slot in 0..51 {
        let value = world.param(slot);
        if value != 0 {
            state.values.insert(slot, value);
        }
        if config.slot_rules & (1 << slot) != 0 {
            let at = key::SLOT_RULES + 2 * u64::from(slot);
            state.slot_rules.insert(slot, [ledger.load(at), ledger.load(at + 1)]);
        }
    }
    for group in Group::ALL {
        let number = group.number();
        let of = GroupState::load(&ledger, group);
        state.autonomy.insert(number, of.autonomy);
        if of.pending {
            let p = Pending::load(&ledger, group);
            state.pending.insert(number, (p.update_id, p.eta, p.expires, p.approval, p.approved));
        }
        if of.halt.until > now {
            state.halts.insert(number, of.halt.until);
        }
        if config.group_rules & (1 << number) != 0 {
            state.group_rules.insert(number, ledger.load(key::GROUP_RULES + u64::from(number)));
        }
    }
    if config.halt.until > now {
        state.halts.insert(255, config.halt.until);
    }
    state.last_update = escapement_core::engine::Progress::load(&ledger).update_id;
    state
}

#[motsu::test]
fn log_rebuilds_the_state() {
    let mut world = World::at(3);
    let check = |world: &World| {
        let mut said = replay(world);
        said.halts.retain(|_, until| u64::from(*until) > world.now);
        assert_eq!(said, stored(world));
        said
    };
    check(&world);
    world.submit_emission(26_000);
    world.pass(7 * DAY);
    world.submit_emission(65_536);
    let waiting = check(&world);
    assert!(waiting.pending.contains_key(&0));
    world.pass(2 * DAY);
    let payload = world.queued().payload;
    world.ok(world.stranger, I::executeCall { group: 0, payload });
    world.ok(world.council, I::lowerAutonomyCall { group: 0, level: 1 });
    world.pass(8 * DAY);
    world.submit_emission(-20_000);
    world.ok(world.council, I::approveCall { group: 0 });
    check(&world);
    let mut rules = Slot::new(7).unwrap().default_rules();
    rules.gov_max = 2_000;
    let [word0, word1] = rules.pack().map(alloy_primitives::B256::new);
    world.ok(world.governance, I::setSlotRulesCall { slot: 7, word0, word1 });
    world.ok(world.council, I::narrowCall { slot: 7, min: 600, max: 1_900 });
    let mut of_group = Group::Grants.default_rules();
    of_group.delay += 60;
    world.ok(world.governance, I::setGroupRulesCall { group: 6, word: of_group.pack().into() });
    world.ok(world.governance, I::setCountsCall { pools: 3, categories: 5 });
    world.ok(world.guardian, I::haltCall { scope: 5 });
    world.ok(world.council, I::haltCall { scope: 255 });
    world.ok(world.governance, I::extendHaltCall { scope: 5, until: u32::try_from(world.now + 20 * DAY).unwrap() });
    check(&world);
    world.ok(world.governance, I::resumeCall { scope: 255 });
    world.pass(6 * DAY);
    world.ok(world.stranger, I::pokeCall {});
    let last = check(&world);
    assert!(last.pending.is_empty() && last.halts.contains_key(&5) && last.values.len() == 18);
    assert_eq!(E::Initialized::SIGNATURE, "Initialized(uint64)");
}
