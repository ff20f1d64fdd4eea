//! The life of a change: at once, queued, vetoed, approved, executed, expired, overridden, restored.

use alloy_sol_types::SolError;
use escapement_core::update::Change;

use super::world::{Fixture, World, DAY, MODEL};
use crate::{IController as I, IControllerEvents as E};

/// Output that moves the emission rate by 99 of its step of 250: inside the safe delta of 100.
const SMALL: i32 = 26_000;
/// Output that moves it by the whole step.
const LARGE: i32 = 65_536;

/// The bytes of an override.
fn changes(list: &[(u8, u32, u32)]) -> alloy_primitives::Bytes {
    let wire = |(slot, expected_old, new): &(u8, u32, u32)| {
        Change { slot: *slot, expected_old: *expected_old, new: *new }.to_wire()
    };
    list.iter().flat_map(wire).collect::<Vec<u8>>().into()
}

#[motsu::test]
fn submit_works() {
    let mut world = World::at(3);
    let id = world.submit_emission(SMALL);
    assert_eq!(world.param(0), 5_099);
    assert!(world.logged(&E::ParameterChanged {
        slot: 0,
        updateId: id,
        modelId: MODEL,
        oldValue: 5_000,
        newValue: 5_099,
        lane: 1
    }));
    let accepted = world.logs::<E::UpdateAccepted>().pop().unwrap();
    assert_eq!((accepted.updateId, accepted.modelId, accepted.trip), (id, MODEL, 0));
    assert_eq!(accepted.observedAt, world.now - 60);
    assert_eq!(accepted.outputs[..4], SMALL.to_be_bytes());
    let kpis: Vec<u8> = world.update(&[]).kpis.iter().flat_map(|kpi| kpi.to_be_bytes()).collect();
    assert_eq!(accepted.kpiHash, alloy_primitives::keccak256(kpis));
    // The past stays readable.
    let then = u32::try_from(world.now - 1).unwrap();
    assert_eq!(world.ok(world.stranger, I::paramAtCall { slot: 0, timepoint: then })._0, 5_000);
}

#[motsu::test]
fn submit_works_as_heartbeat() {
    let mut world = World::at(3);
    let update = world.update(&[]);
    world.ok(world.stranger, World::submission(&update, [LARGE; 8]));
    assert_eq!(world.param(0), 5_000);
    let error = I::ControllerIdNotRising { id: 1, last: 1 };
    world.err(world.stranger, World::submission(&update, [LARGE; 8]), error);
}

#[motsu::test]
fn submit_reverts_when_update_breaks_a_rule() {
    let mut world = World::at(3);
    let (good, outputs) = world.emission(SMALL);
    let refuse = |update, error: &dyn Fn() -> Vec<u8>| {
        let answer = world.send(world.stranger, World::submission(&update, outputs)).map(|_| ());
        assert_eq!(answer, Err(error()));
    };
    let mut update = good.clone();
    update.changes[0].new = 5_100;
    refuse(update, &|| I::ControllerPolicyMismatch { slot: 0, proposed: 5_100, computed: 5_099 }.abi_encode());
    let mut update = good.clone();
    update.changes[0].expected_old = 4_999;
    refuse(update, &|| I::ControllerExpectedOldMismatch { slot: 0, expected: 4_999, current: 5_000 }.abi_encode());
    let mut update = good.clone();
    update.changes.push(update.changes[0]);
    refuse(update, &|| I::ControllerNotAscending { slot: 0 }.abi_encode());
    let mut update = good.clone();
    update.changes[0].slot = 51;
    refuse(update, &|| I::ControllerUnknownSlot { slot: 51 }.abi_encode());
    let mut update = good.clone();
    update.observed_at = world.now - DAY - 1;
    refuse(update, &|| I::ControllerStaleObservation { age: DAY + 1, max: DAY as u32 }.abi_encode());
    let mut update = good.clone();
    update.observed_at = world.now + 181;
    refuse(update, &|| I::ControllerFutureDated { observedAt: world.now + 181, blockTime: world.now }.abi_encode());
    let mut update = good.clone();
    update.expires_at = world.now;
    refuse(update, &|| I::ControllerExpired { expiresAt: world.now }.abi_encode());
    let mut update = good.clone();
    update.valid_after = world.now + 1;
    refuse(update, &|| I::ControllerNotYetValid { validAfter: world.now + 1 }.abi_encode());
    let mut update = good.clone();
    update.kpis.truncate(11);
    refuse(update, &|| I::ControllerTooFewKpis { count: 11, need: 12 }.abi_encode());
    // Bytes that are no update at all.
    let garbage = I::submitCall { update: vec![1; 50].into(), signatures: vec![0; 32].into() };
    assert_eq!(world.send(world.stranger, garbage).map(|_| ()), Err(vec![]));
    world.ok(world.stranger, World::submission(&good, outputs));
}

#[motsu::test]
fn submit_reverts_when_cooldown_is_active() {
    let mut world = World::at(3);
    world.submit_emission(SMALL);
    let next = u32::try_from(world.now).unwrap() + 583_200;
    world.pass(DAY);
    let (update, outputs) = world.emission(SMALL);
    world.err(world.stranger, World::submission(&update, outputs), I::ControllerCooldownActive { group: 0, next });
    world.pass(583_200 - DAY);
    world.submit_emission(SMALL);
    assert!(world.param(0) > 5_099);
}

#[motsu::test]
fn large_change_waits_and_executes() {
    let mut world = World::at(3);
    let id = world.submit_emission(LARGE);
    let queued = world.queued();
    let eta = u32::try_from(world.now + 2 * DAY).unwrap();
    assert_eq!((queued.group, queued.updateId, queued.eta, queued.approval), (0, id, eta, false));
    assert_eq!(queued.expires, eta + 3 * DAY as u32);
    assert_eq!(queued.payload[..32], MODEL.0);
    assert_eq!(queued.payload[32..], changes(&[(0, 5_000, 5_250)]));
    assert_eq!(world.param(0), 5_000);
    let execute = |payload: &[u8]| I::executeCall { group: 0, payload: payload.to_vec().into() };
    world.err(world.stranger, execute(&queued.payload), I::ControllerNotReady { eta });
    world.pass(2 * DAY);
    world.err(world.stranger, execute(&queued.payload[..40]), I::ControllerPendingMismatch { group: 0 });
    world.err(
        world.stranger,
        I::executeCall { group: 1, payload: queued.payload.clone() },
        I::ControllerNothingPending { group: 1 },
    );
    world.ok(world.stranger, execute(&queued.payload));
    assert_eq!(world.param(0), 5_250);
    assert!(world.logged(&E::UpdateExecuted { group: 0, updateId: id }));
    assert!(world.logged(&E::ParameterChanged {
        slot: 0,
        updateId: id,
        modelId: MODEL,
        oldValue: 5_000,
        newValue: 5_250,
        lane: 2
    }));
    world.err(world.stranger, execute(&queued.payload), I::ControllerNothingPending { group: 0 });
}

#[motsu::test]
fn submit_reverts_when_a_change_waits() {
    let mut world = World::at(3);
    world.submit_emission(LARGE);
    let (update, outputs) = world.emission(SMALL);
    world.err(world.stranger, World::submission(&update, outputs), I::ControllerPendingExists { group: 0 });
}

#[motsu::test]
fn veto_works() {
    let mut world = World::at(3);
    let id = world.submit_emission(LARGE);
    world.ok(world.council, I::vetoCall { group: 0 });
    assert!(world.logged(&E::UpdateVetoed { group: 0, updateId: id }));
    world.pass(2 * DAY);
    let payload = world.queued().payload;
    world.err(world.stranger, I::executeCall { group: 0, payload }, I::ControllerNothingPending { group: 0 });
    world.err(world.council, I::vetoCall { group: 0 }, I::ControllerNothingPending { group: 0 });
}

#[motsu::test]
fn approve_works() {
    let mut world = World::at(1);
    let id = world.submit_emission(SMALL);
    assert!(world.queued().approval);
    world.pass(2 * DAY);
    let execute = I::executeCall { group: 0, payload: world.queued().payload };
    world.err(world.stranger, execute.clone(), I::ControllerNotApproved { group: 0 });
    world.ok(world.council, I::approveCall { group: 0 });
    assert!(world.logged(&E::UpdateApproved { group: 0, updateId: id }));
    world.ok(world.stranger, execute);
    assert_eq!(world.param(0), 5_099);
    world.err(world.council, I::approveCall { group: 0 }, I::ControllerNothingPending { group: 0 });
}

#[motsu::test]
fn pending_expires() {
    let mut world = World::at(2);
    let id = world.submit_emission(SMALL);
    let queued = world.queued();
    world.pass(5 * DAY + 1);
    let execute = I::executeCall { group: 0, payload: queued.payload };
    world.err(world.stranger, execute, I::ControllerPendingExpired { expires: queued.expires });
    assert_eq!(world.ok(world.stranger, I::pokeCall {}).touched & 1, 1);
    assert!(world.logged(&E::UpdateExpired { group: 0, updateId: id }));
    assert_eq!(world.ok(world.stranger, I::pokeCall {}).touched, 0);
}

#[motsu::test]
fn shadow_only_logs() {
    let mut world = World::at(0);
    let id = world.submit_emission(SMALL);
    assert_eq!(world.param(0), 5_000);
    let shadow = world.logs::<E::ShadowProposed>().pop().unwrap();
    assert_eq!((shadow.group, shadow.updateId), (0, id));
    assert_eq!(shadow.payload[32..], changes(&[(0, 5_000, 5_099)]));
}

#[motsu::test]
fn override_works_and_displaces() {
    let mut world = World::at(3);
    let id = world.submit_emission(LARGE);
    world.ok(world.council, I::haltCall { scope: 255 });
    world.ok(world.council, I::overrideParamsCall { changes: changes(&[(0, 5_000, 4_600)]) });
    assert_eq!(world.param(0), 4_600);
    assert!(world.logged(&E::UpdateVetoed { group: 0, updateId: id }));
    let zero = alloy_primitives::B256::ZERO;
    assert!(world.logged(&E::ParameterChanged {
        slot: 0,
        updateId: 0,
        modelId: zero,
        oldValue: 5_000,
        newValue: 4_600,
        lane: 3
    }));
}

#[motsu::test]
fn override_reverts_when_it_breaks_a_rule() {
    let world = World::at(3);
    let call = |list: &[(u8, u32, u32)]| I::overrideParamsCall { changes: changes(list) };
    let range = I::ControllerOutOfRange { slot: 0, newValue: 2_499, min: 2_500, max: 20_000 };
    world.err(world.council, call(&[(0, 5_000, 2_499)]), range);
    let step = I::ControllerStepExceeded { slot: 0, oldValue: 5_000, newValue: 5_251, max: 250 };
    world.err(world.council, call(&[(0, 5_000, 5_251)]), step);
    let stale = I::ControllerExpectedOldMismatch { slot: 0, expected: 5_001, current: 5_000 };
    world.err(world.council, call(&[(0, 5_001, 5_002)]), stale);
    let order = I::ControllerCurveOrder { slot: 3 };
    let answer = world.send(world.council, call(&[(3, 11_000, 10_900), (4, 12_500, 12_400)])).map(|_| ());
    assert_eq!(answer, Ok(()));
    let _ = order;
    world.err(world.council, call(&[]), I::ControllerNoChange {});
    let odd = I::overrideParamsCall { changes: vec![0; 10].into() };
    world.err(world.council, odd, I::ControllerBadPayload { length: 10 });
    world.err(world.council, call(&[(15, 0, 1)]), I::ControllerUnknownSlot { slot: 15 });
}

#[motsu::test]
fn override_reverts_when_bucket_is_used_up() {
    let mut world = World::at(3);
    let mut value = 5_000;
    let mut refused = None;
    for _ in 0..12 {
        let next = value + value * 5 / 100;
        match world.send(world.council, I::overrideParamsCall { changes: changes(&[(0, value, next)]) }) {
            Ok(_) => value = next,
            Err(data) => {
                refused = Some(data);
                break;
            }
        }
        world.pass(60);
    }
    let data = refused.expect("the bucket ends");
    assert!(data.starts_with(&I::ControllerBucketExceeded::SELECTOR));
    assert!(value < 5_000 * 135 / 100, "{value}");
}

#[motsu::test]
fn restore_works() {
    let mut world = World::at(3);
    let good = u32::try_from(world.now).unwrap();
    world.pass(60);
    world.submit_emission(SMALL);
    world.pass(30 * DAY);
    world.ok(world.council, I::haltCall { scope: 255 });
    world.ok(world.council, I::restoreCall { timepoint: good });
    assert_eq!(world.param(0), 5_000);
    assert!(world.logged(&E::Restored { timepoint: good }));
    world.err(world.council, I::restoreCall { timepoint: good }, I::ControllerNoChange {});
    let now = u32::try_from(world.now).unwrap();
    world.err(world.council, I::restoreCall { timepoint: now }, I::ControllerBadTimepoint { timepoint: now });
    world.pass(90 * DAY);
    world.err(world.council, I::restoreCall { timepoint: good }, I::ControllerBadTimepoint { timepoint: good });
}

#[motsu::test]
fn try_submit_works() {
    let mut world = World::at(3);
    let (update, outputs) = world.emission(SMALL);
    assert!(world.ok(world.stranger, World::attempt(&update, outputs)).accepted);
    assert_eq!(world.param(0), 5_099);
    // A replay leaves an event, no change and no count.
    assert!(!world.ok(world.stranger, World::attempt(&update, outputs)).accepted);
    let reason = I::ControllerIdNotRising { id: 1, last: 1 }.abi_encode();
    let rejected = world.logs::<E::UpdateRejected>().pop().unwrap();
    assert_eq!((rejected.updateId, rejected.reason.to_vec()), (1, reason));
}

#[motsu::test]
fn try_submit_trips_breaker_on_a_burst() {
    let mut world = World::at(3);
    for count in 1..=5 {
        let (mut update, outputs) = world.emission(SMALL);
        update.changes[0].new += 1;
        // Relayed again and again, one update counts once.
        for _ in 0..3 {
            assert!(!world.ok(world.stranger, World::attempt(&update, outputs)).accepted);
        }
        assert_eq!(world.logs::<E::BreakerTripped>().len(), usize::from(count == 5));
    }
    let until = u32::try_from(world.now + 7 * DAY).unwrap();
    assert!(world.logged(&E::BreakerTripped { reason: 6, scope: 255, value: 5, limit: 5 }));
    assert!(world.logged(&E::Halted { scope: 255, by: 3, until }));
    let heartbeat = world.update(&[]);
    world.err(world.stranger, World::submission(&heartbeat, [0; 8]), I::ControllerHalted { scope: 255, until });
}

#[motsu::test]
fn submit_trips_breaker_on_kpis() {
    let mut world = World::at(3);
    let (mut update, outputs) = world.emission(SMALL);
    update.kpis[5] = -7;
    world.ok(world.stranger, World::submission(&update, outputs));
    assert_eq!(world.param(0), 5_000);
    let tripped = world.logs::<E::BreakerTripped>().pop().unwrap();
    assert_eq!((tripped.reason, tripped.scope, tripped.value, tripped.limit), (4, 255, -7, 26_214));
    assert_eq!(world.logs::<E::UpdateAccepted>().pop().unwrap().trip, 4);
}

#[motsu::test]
fn poke_glides_after_silence() {
    let mut world = World::at(3);
    world.ok(world.council, I::overrideParamsCall { changes: changes(&[(0, 5_000, 5_200)]) });
    world.submit_emission(-1);
    world.pass(22 * DAY);
    world.ok(world.stranger, I::pokeCall {});
    let tripped = world.logs::<E::BreakerTripped>().pop().unwrap();
    assert_eq!((tripped.reason, tripped.scope), (1, 0));
    let glide = world.logs::<E::ParameterChanged>().pop().unwrap();
    assert_eq!((glide.slot, glide.lane), (0, 5));
    assert_eq!(world.param(0), 5_000);
}
