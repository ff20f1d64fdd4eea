//! E2E-31 and E2E-32: the compiled lens says what `core` says on the controller's words, and what `submit` then does.
#![allow(missing_docs)]

use alloy_primitives::{Bytes, keccak256};
use alloy_sol_types::SolCall;
use escapement_agent::bindings::{
    controller::{IController, IControllerEvents as E},
    lens::ILens::{self, Preview},
    verifier::IVerifier,
};
use escapement_core::{
    engine::{
        Accepted, BreakerConfig, Config, GroupState, Ledger, Progress, Violation, Word, halted_until, key, views,
    },
    param::{Group, Slot},
    rules::{Limit, SlotRules},
    update::{Change, Update},
};
use escapement_e2e::{Refusal, UpdateBuilder, World};

const DAY: u64 = 86_400;
/// 10 % of a step: inside the safe delta, where a group has one.
const SMALL: i32 = 6_554;
/// A whole step.
const WHOLE: i32 = 65_536;
/// Scores of the four pools that leave something to rebalance.
const SCORES: [i32; 4] = [WHOLE, 4 * WHOLE, WHOLE, WHOLE];

fn ask<C: SolCall>(world: &World, call: &C) -> C::Return {
    world.net.view(world.lens, call).unwrap_or_else(|refusal| panic!("{}: {refusal}", C::SIGNATURE))
}

fn now(world: &World) -> u32 {
    u32::try_from(world.net.now()).expect("32 bits until 2106")
}

fn revert_data(violation: Violation) -> Bytes {
    let (bytes, length) = violation.encode();
    Bytes::copy_from_slice(&bytes[..length])
}

/// The answer of the lens, or its revert data, against what `core` says.
fn agree<C: SolCall, T>(world: &World, call: &C, core: Result<T, Violation>, same: impl FnOnce(C::Return, T)) {
    match (world.net.view(world.lens, call), core) {
        (Ok(told), Ok(computed)) => same(told, computed),
        (Err(told), Err(computed)) => assert_eq!(told.data, revert_data(computed), "{}", C::SIGNATURE),
        (Ok(_), Err(computed)) => panic!("{}: the lens answers, core refuses: {computed:?}", C::SIGNATURE),
        (Err(told), Ok(_)) => panic!("{}: core answers, the lens refuses: {told}", C::SIGNATURE),
    }
}

fn limit(told: &ILens::Limit) -> Limit {
    Limit { rel_bps: told.relBps, abs: told.abs }
}

fn slot_rules(told: &ILens::SlotRules) -> SlotRules {
    SlotRules {
        gov_min: told.govMin,
        gov_max: told.govMax,
        neutral: told.neutral,
        step_up: limit(&told.stepUp),
        step_down: limit(&told.stepDown),
        bucket_up: limit(&told.bucketUp),
        bucket_down: limit(&told.bucketDown),
        safe: limit(&told.safe),
    }
}

/// Every view at the newest block, over every slot and group and some that do not exist.
fn check_views(world: &World, times: &[u32]) {
    let (controller, ledger) = (world.controller, world.ledger());
    let config = Config::load(&ledger).expect("initialised");
    assert_eq!(ask(world, &ILens::paramsCall { controller }), views::values(&ledger));
    for &timepoint in times {
        agree(
            world,
            &ILens::paramsAtCall { controller, timepoint },
            views::values_at(&ledger, now(world), timepoint),
            |told, all| {
                assert_eq!(told, all, "at {timepoint}");
            },
        );
    }
    for slot in 0..=52u8 {
        let room = Slot::new(slot).ok_or(Violation::unknown_slot(slot));
        let room = room.and_then(|slot| views::headroom(&ledger, now(world), slot));
        agree(world, &ILens::headroomCall { controller, slot }, room, |told, room| {
            assert_eq!((told.up, told.down, told.safe), (room.up, room.down, room.safe), "slot {slot}");
            assert_eq!((told.bucketUp, told.bucketDown), (room.bucket_up, room.bucket_down), "slot {slot}");
            assert_eq!((told.next, told.haltedUntil), (room.next, room.halted_until), "slot {slot}");
            assert_eq!((told.autonomy, told.pending), (room.autonomy, room.pending), "slot {slot}");
        });
        let rules = Slot::new(slot).map(|slot| (config.slot_rules(&ledger, slot), slot.hard_range()));
        agree(
            world,
            &ILens::rulesCall { controller, slot },
            rules.ok_or(Violation::unknown_slot(slot)),
            |told, core| {
                assert_eq!((slot_rules(&told.inForce), (told.hardMin, told.hardMax)), core, "slot {slot}");
                let packed = ask(world, &ILens::packSlotRulesCall { rules: told.inForce });
                assert_eq!([packed.word0.0, packed.word1.0], core.0.pack());
            },
        );
    }
    for group in 0..=7u8 {
        let id = Group::new(group).ok_or(Violation::bad_scope(group));
        agree(world, &ILens::groupCall { controller, group }, id, |told, id| {
            let state = GroupState::load(&ledger, id);
            assert_eq!((told.autonomy, told.clean, told.pending), (state.autonomy, state.clean, state.pending));
            assert_eq!((told.lastChange, told.lastRise), (state.last_change, state.last_rise));
            assert_eq!(told.haltedUntil, halted_until(&ledger, group).expect("a group"));
        });
        agree(world, &ILens::pendingCall { controller, group }, id, |told, id| {
            let waiting = escapement_core::engine::Pending::load(&ledger, id);
            assert_eq!((told.updateId, told.queuedAt), (waiting.update_id, waiting.queued_at), "group {group}");
            assert_eq!((told.eta, told.expires), (waiting.eta, waiting.expires));
            assert_eq!((told.approval, told.approved), (waiting.approval, waiting.approved));
            assert_eq!(told.commitment.0, ledger.load(key::PENDING_HASH + u64::from(group)));
        });
        agree(world, &ILens::groupRulesCall { controller, group }, id, |told, id| {
            let rules = config.group_rules(&ledger, id);
            let clocks = (told.cooldown, told.window, told.maxAge, told.delay, told.grace, told.dormantAfter);
            let (cooldown, window, age) = (rules.cooldown, rules.window, rules.max_age);
            assert_eq!(clocks, (cooldown, window, age, rules.delay, rules.grace, rules.dormant_after));
            let rest = (told.approval, told.l1Step, told.l1Bucket, told.l1Safe);
            assert_eq!(rest, (rules.approval, rules.l1_step, rules.l1_bucket, rules.l1_safe));
            assert_eq!(ask(world, &ILens::packGroupRulesCall { rules: told }).0, rules.pack());
        });
    }
    let told = ask(world, &ILens::breakerCall { controller });
    let packed: Word = ask(world, &ILens::packBreakerCall { limits: told }).0;
    assert_eq!(packed, BreakerConfig::load(&ledger, &config).pack());
    let (told, progress) = (ask(world, &ILens::statusCall { controller }), Progress::load(&ledger));
    assert_eq!((told.updateId, told.observedAt), (progress.update_id, progress.observed_at));
    assert_eq!((told.acceptedAt, told.trippedAt), (progress.accepted_at, progress.tripped_at));
    assert_eq!((told.accepted, told.flags), (progress.accepted, progress.flags));
    assert_eq!((told.haltedUntil, told.pools, told.categories), (config.halt.until, config.pools, config.categories));
}

/// Previews an update, lets `core` compute the same, submits it in a block of the same time, and compares the three.
fn check_preview(world: &World, update: &UpdateBuilder) -> Result<Accepted, Refusal> {
    check_signed_preview(world, update, &world.quorum.sign(world.digest(update)))
}

fn check_signed_preview(world: &World, update: &UpdateBuilder, signatures: &Bytes) -> Result<Accepted, Refusal> {
    let bytes = update.bytes();
    let decoded = Update::decode(&bytes).expect("own encoding decodes");
    let infer = IVerifier::inferCall { model_id: update.inner.model_id.into(), kpis: update.inner.kpis.clone() };
    let outputs = world.net.view(world.verifier, &infer).expect("a registered model");
    let computed = views::preview(&world.ledger(), now(world), &decoded, &outputs, |data| keccak256(data).0);

    let preview = |signatures: Bytes| -> Preview {
        ask(world, &ILens::previewCall { controller: world.controller, update: bytes.clone(), signatures })
    };
    let masks = |told: &Preview| {
        told.ok.then_some(Accepted { trip: told.trip, applied: told.applied, queued: told.queued, shadow: told.shadow })
    };
    let unsigned = preview(Bytes::new());
    match computed {
        Ok(accepted) => assert_eq!((masks(&unsigned), unsigned.reason.len()), (Some(accepted), 0)),
        Err(violation) => assert_eq!((masks(&unsigned), &unsigned.reason), (None, &revert_data(violation))),
    }
    let signed = preview(signatures.clone());
    let values = views::values(&world.ledger());
    world.net.hold();
    match world.submit_signed(update, signatures.clone()) {
        Ok(receipt) => {
            let accepted = masks(&signed).unwrap_or_else(|| panic!("foretold 0x{}", hex(&signed.reason)));
            assert_eq!((Ok(accepted), 0), (computed, signed.reason.len()));
            let changed = receipt.events::<E::ParameterChanged>();
            let group = |slot| Slot::new(slot).expect("a slot").group().number();
            let of = |groups: Vec<u8>| groups.into_iter().fold(0, |mask, group| mask | 1u8 << group);
            assert_eq!(of(changed.iter().map(|e| group(e.slot)).collect()), accepted.applied);
            let queued = receipt.events::<E::UpdateQueued>();
            assert_eq!(of(queued.iter().map(|e| e.group).collect()), accepted.queued);
            let shadow = receipt.events::<E::ShadowProposed>();
            assert_eq!(of(shadow.iter().map(|e| e.group).collect()), accepted.shadow);
            assert_eq!(receipt.events::<E::UpdateAccepted>()[0].trip, accepted.trip);
            let mut expected = values;
            for change in update.inner.changes.iter().filter(|change| accepted.applied & 1 << group(change.slot) != 0) {
                expected[usize::from(change.slot)] = change.new;
            }
            assert_eq!(views::values(&world.ledger()), expected);
            Ok(accepted)
        }
        Err(refusal) => {
            assert_eq!((signed.ok, &signed.reason), (false, &refusal.data), "{refusal}");
            assert_eq!(views::values(&world.ledger()), values);
            Err(refusal)
        }
    }
}

fn hex(bytes: &Bytes) -> String {
    alloy_primitives::hex::encode(bytes)
}

fn council<C: SolCall>(world: &World, call: &C) {
    let sent = world.net.send(world.council, world.controller, call);
    sent.unwrap_or_else(|refusal| panic!("{}: {refusal}", C::SIGNATURE));
}

fn governance<C: SolCall>(world: &World, call: &C) {
    let sent = world.net.send(world.governance, world.controller, call);
    sent.unwrap_or_else(|refusal| panic!("{}: {refusal}", C::SIGNATURE));
}

fn override_one(slot: u8, expected_old: u32, new: u32) -> IController::overrideParamsCall {
    IController::overrideParamsCall { changes: Change { slot, expected_old, new }.to_wire().to_vec().into() }
}

#[test]
fn views_agree_with_core_through_a_history() {
    let world = World::new();
    let born = now(&world);
    let mut times = vec![0, born - 600, born];
    check_views(&world, &times);

    check_preview(&world, &world.propose_scored(1, &[(0, WHOLE), (1, SMALL), (5, SMALL), (6, -SMALL)], &SCORES))
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    times.push(now(&world));
    check_views(&world, &times);

    world.net.warp(9 * DAY);
    council(&world, &override_one(7, 2_000, 1_900));
    council(&world, &IController::haltCall { scope: 6 });
    council(&world, &IController::lowerAutonomyCall { group: 2, level: 1 });
    council(&world, &IController::narrowCall { slot: 9, min: 350, max: 900 });
    times.extend([now(&world) - 1, now(&world)]);
    check_views(&world, &times);

    let mut rules = Slot::new(10).expect("a slot").default_rules();
    rules.step_up.abs += 7;
    rules.bucket_up.abs += 9;
    let [word0, word1] = rules.pack().map(Into::into);
    governance(&world, &IController::setSlotRulesCall { slot: 10, word0, word1 });
    let mut grants = Group::Grants.default_rules();
    grants.delay += 60;
    governance(&world, &IController::setGroupRulesCall { group: 6, word: grants.pack().into() });
    let limits = BreakerConfig { burst_count: 5, ..BreakerConfig::default() };
    governance(&world, &IController::setBreakerCall { word: limits.pack().into() });
    governance(&world, &IController::setCountsCall { pools: 3, categories: 4 });
    council(&world, &IController::haltCall { scope: 255 });
    world.net.warp(40 * DAY);
    times.extend([now(&world) - 40 * 86_400, now(&world), now(&world) + 9]);
    check_views(&world, &times);
}

#[test]
fn preview_agrees_with_core_and_with_what_submit_does() {
    let world = World::new();
    let accepted = |update: &UpdateBuilder| check_preview(&world, update).unwrap_or_else(|refusal| panic!("{refusal}"));
    let nothing = Accepted::default();
    assert_eq!(accepted(&world.heartbeat(1)), nothing);
    let all: Vec<_> = (0..7).map(|output| (output, if output == 3 { -SMALL } else { SMALL })).collect();
    // Only emission, equilibrium and liquidity have a change that is safe without a queue.
    let split = Accepted { applied: 0x29, queued: 0x56, ..nothing };
    assert_eq!(accepted(&world.propose_scored(2, &all, &SCORES)), split);

    // Far enough for every cooldown and for the queue to expire; one group moves too far, one is only watched.
    world.net.warp(200 * DAY);
    council(&world, &IController::lowerAutonomyCall { group: 1, level: 0 });
    council(&world, &IController::lowerAutonomyCall { group: 4, level: 2 });
    let mixed = world.propose(3, &[(0, WHOLE), (1, SMALL), (3, -SMALL), (4, SMALL)]);
    assert_eq!(accepted(&mixed), Accepted { applied: 0x08, queued: 0x11, shadow: 0x02, ..nothing });

    let mut low = world.heartbeat(4);
    low.inner.kpis[5] = 20_000;
    assert_eq!(accepted(&low), Accepted { trip: 4, ..nothing });
}

/// An update that must be refused: its name, how to make it, how to know the refusal.
type Case = (&'static str, fn(&World) -> UpdateBuilder, fn(&Refusal) -> bool);

#[test]
fn preview_agrees_on_what_submit_refuses() {
    let world = World::new();
    check_preview(&world, &world.propose(5, &[(0, SMALL)])).unwrap_or_else(|refusal| panic!("{refusal}"));
    check_preview(&world, &world.propose(6, &[(4, WHOLE)])).unwrap_or_else(|refusal| panic!("{refusal}"));
    let cases: [Case; 9] = [
        ("cooldown", |w| w.propose(7, &[(0, SMALL)]), Refusal::is::<IController::ControllerCooldownActive>),
        ("waiting", |w| w.propose(7, &[(4, SMALL)]), Refusal::is::<IController::ControllerPendingExists>),
        ("old id", |w| w.heartbeat(6), Refusal::is::<IController::ControllerIdNotRising>),
        (
            "no pools",
            |w| w.heartbeat(7).change(12, 3_000, 2_900).change(13, 3_000, 3_100),
            |refusal| refusal.is::<IController::ControllerTooFewKpis>(),
        ),
        (
            "not the policy's",
            |w| w.heartbeat(7).change(1, 10_000, 10_001),
            |refusal| refusal.is::<IController::ControllerPolicyMismatch>(),
        ),
        (
            "another value",
            |w| w.heartbeat(7).change(1, 10_001, 10_002),
            |refusal| refusal.is::<IController::ControllerExpectedOldMismatch>(),
        ),
        ("dead slot", |w| w.heartbeat(7).change(50, 0, 10_000), Refusal::is::<IController::ControllerUnknownSlot>),
        ("stale", |w| aged(w, 60 * DAY), Refusal::is::<IController::ControllerStaleObservation>),
        ("expired", |w| expired(w), Refusal::is::<IController::ControllerExpired>),
    ];
    world.net.warp(60);
    for (name, make, expected) in cases {
        let refusal = check_preview(&world, &make(&world)).expect_err(name);
        assert!(expected(&refusal), "{name}: {refusal}");
    }
    council(&world, &IController::haltCall { scope: 1 });
    let refusal = check_preview(&world, &world.propose(7, &[(1, SMALL)])).expect_err("halted");
    assert_eq!(refusal.expect::<IController::ControllerHalted>().scope, 1);

    // What the verifier refuses is passed through by both.
    let update = world.propose(7, &[(3, -SMALL)]);
    let too_few = world.quorum.sign_by(&[0, 1], world.digest(&update));
    let preview =
        ILens::previewCall { controller: world.controller, update: update.bytes(), signatures: too_few.clone() };
    let (told, refusal) = (ask(&world, &preview), world.submit_signed(&update, too_few).expect_err("no quorum"));
    assert!(refusal.is::<IVerifier::VerifierSignaturesLength>(), "{refusal}");
    assert_eq!((told.ok, told.reason), (false, refusal.data));
    check_preview(&world, &update).unwrap_or_else(|refusal| panic!("with a quorum it passes: {refusal}"));
}

/// An update observed too long ago.
fn aged(world: &World, age: u64) -> UpdateBuilder {
    let mut update = world.heartbeat(7);
    update.inner.observed_at = world.net.now() - age;
    update
}

/// An update whose last second is over.
fn expired(world: &World) -> UpdateBuilder {
    let mut update = world.heartbeat(7);
    update.inner.expires_at = world.net.now();
    update
}

#[test]
fn views_revert_when_the_address_is_no_controller() {
    let world = World::new();
    for controller in [world.stranger, world.token, world.lens, world.controller_logic] {
        let refusal = world.net.view(world.lens, &ILens::paramsCall { controller }).expect_err("no controller");
        let typed = refusal.is::<ILens::LensNotAController>() || refusal.is::<IController::ControllerNotInitialised>();
        assert!(typed, "{controller}: {refusal}");
    }
}
