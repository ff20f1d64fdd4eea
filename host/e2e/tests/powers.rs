//! E2E-5 and E2E-6: who may do what, and what halts, overrides and restores do, on the compiled contracts.
#![allow(missing_docs)]

use alloy_primitives::{Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use escapement_agent::bindings::controller::{IController, IControllerEvents};
use escapement_e2e::{World, change, refused};

const WEEK: u64 = 604_800;

#[test]
fn each_power_belongs_to_its_roles_only() {
    let world = World::new();
    let before = u32::try_from(world.net.now()).expect("a 32-bit moment");
    world.net.warp(60);
    // A change, so that there is something to restore.
    let first = IController::overrideParamsCall { changes: change(0, 10_000, 9_900) };
    world.net.send(world.council, world.controller, &first).unwrap_or_else(|refusal| panic!("{refusal}"));
    // What is called, and whether governance, council, guardian and a stranger may.
    let calls: Vec<(&str, Vec<u8>, [bool; 4])> = vec![
        (
            "overrideParams",
            IController::overrideParamsCall { changes: change(0, 9_900, 9_800) }.abi_encode(),
            [false, true, false, false],
        ),
        (
            "narrow",
            IController::narrowCall { slot: 0, min: 5_000, max: 15_000 }.abi_encode(),
            [false, true, false, false],
        ),
        (
            "lowerAutonomy",
            IController::lowerAutonomyCall { group: 1, level: 0 }.abi_encode(),
            [false, true, false, false],
        ),
        ("restore", IController::restoreCall { timepoint: before }.abi_encode(), [false, true, false, false]),
        ("halt", IController::haltCall { scope: 2 }.abi_encode(), [false, true, true, false]),
        ("setCounts", IController::setCountsCall { pools: 5, categories: 3 }.abi_encode(), [true, false, false, false]),
        (
            "setVerifier",
            IController::setVerifierCall { verifier: world.verifier }.abi_encode(),
            [true, false, false, false],
        ),
    ];
    let callers = [world.governance, world.council, world.guardian, world.stranger];
    for (name, data, allowed) in calls {
        for (caller, allowed) in callers.into_iter().zip(allowed) {
            let snapshot = world.net.chain.snapshot();
            let result = world.net.transact(caller, TxKind::Call(world.controller), data.clone().into(), U256::ZERO);
            if allowed {
                result.unwrap_or_else(|refusal| panic!("{name} by {caller}: {refusal}"));
            } else {
                let refusal = result.expect_err(name);
                assert!(refusal.is::<IController::AccessControlUnauthorizedAccount>(), "{name} by {caller}: {refusal}");
            }
            assert!(world.net.chain.revert(snapshot));
        }
    }
}

#[test]
fn halt_stops_the_model_and_expires_by_itself() {
    let world = World::new();
    let halt = IController::haltCall { scope: 255 };
    let receipt = world.net.send(world.guardian, world.controller, &halt).unwrap_or_else(|refusal| panic!("{refusal}"));
    let until = receipt.events::<IControllerEvents::Halted>()[0].until;
    assert_eq!(u64::from(until), receipt.timestamp + WEEK);

    let refused = world.submit(&world.propose(1, &[(0, 6_554)])).expect_err("halted");
    let halted = refused.expect::<IController::ControllerHalted>();
    assert_eq!((halted.scope, halted.until), (255, until));
    for who in [world.guardian, world.council, world.stranger] {
        let resume = IController::resumeCall { scope: 255 };
        assert!(world.net.send(who, world.controller, &resume).is_err(), "only governance resumes");
    }
    let again = world.net.send(world.guardian, world.controller, &halt).expect_err("once in 30 days");
    assert!(again.is::<IController::ControllerGuardianSpent>(), "{again}");

    world.net.warp(WEEK + 1);
    world.submit(&world.propose(1, &[(0, 6_554)])).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_ne!(world.value(0), 10_000, "the halt ended by itself");
}

#[test]
fn override_stays_inside_the_bounds_and_restore_brings_back() {
    let world = World::new();
    world.net.warp(60);
    let before = u32::try_from(world.net.now()).expect("a 32-bit moment");
    let send =
        |changes: Bytes| world.net.send(world.council, world.controller, &IController::overrideParamsCall { changes });
    let far = send(change(0, 10_000, 20_001)).expect_err("outside the range");
    let far = far.expect::<IController::ControllerOutOfRange>();
    assert_eq!((far.slot, far.newValue, far.min, far.max), (0, 20_001, 2_500, 20_000));
    let steep = send(change(0, 10_000, 10_501)).expect_err("more than a step");
    assert_eq!(steep.expect::<IController::ControllerStepExceeded>().max, 500);
    send(change(0, 10_000, 9_500)).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(world.value(0), 9_500);

    world.net.warp(60);
    let restore = IController::restoreCall { timepoint: before };
    world.net.send(world.council, world.controller, &restore).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(world.value(0), 10_000);
    let then = before + 62;
    let at = |timepoint| world.net.view(world.controller, &IController::paramAtCall { slot: 0, timepoint });
    assert_eq!(at(then).expect("a plain view"), 9_500, "the history keeps both");
    // VIEW-06: this second may still bring another value, and no later one has any.
    let now = u32::try_from(world.net.now()).expect("32 bits");
    for timepoint in [now, now + 1, u32::MAX] {
        refused(at(timepoint), &IController::ControllerFutureLookup { timepoint, now });
    }
    world.net.warp(1);
    assert_eq!(at(now).expect("over"), 10_000);
}

#[test]
fn staking_below_the_floor_trips_the_breaker() {
    let world = World::new();
    let mut update = world.propose(1, &[(0, 6_554)]);
    update.inner.kpis[5] = 20_000;
    let receipt = world.submit(&update).unwrap_or_else(|refusal| panic!("{refusal}"));
    let tripped = receipt.events::<IControllerEvents::BreakerTripped>();
    assert_eq!((tripped[0].reason, tripped[0].value, tripped[0].limit), (4, 20_000, 26_214));
    assert_eq!(world.value(0), 10_000, "a trip applies nothing");
    assert!(world.submit(&world.propose(2, &[(0, 6_554)])).is_err(), "and halts what follows");
}
