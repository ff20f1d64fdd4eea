//! E2E-4: a change goes through the lane that its size and the autonomy of its group ask for, on the compiled contracts.
#![allow(missing_docs)]

use alloy_primitives::Bytes;
use escapement_agent::bindings::controller::{IController, IControllerEvents};
use escapement_e2e::{Receipt, Refusal, World};

/// Emission up by a whole step: 5 % of 10,000 ppm, beyond the 2 % that apply at once.
const LARGE: [(usize, i32); 1] = [(0, 65_536)];
const DAY: u64 = 86_400;

fn queue(world: &World, id: u64) -> IControllerEvents::UpdateQueued {
    let receipt = world.submit(&world.propose(id, &LARGE)).unwrap_or_else(|refusal| panic!("{refusal}"));
    let mut queued = receipt.events::<IControllerEvents::UpdateQueued>();
    assert_eq!(queued.len(), 1, "one group, one waiting change");
    assert_eq!(world.value(0), 10_000, "a waiting change changes nothing");
    queued.remove(0)
}

fn execute(world: &World, payload: Bytes) -> Result<Receipt, Refusal> {
    world.net.send(world.stranger, world.controller, &IController::executeCall { group: 0, payload })
}

#[test]
fn large_change_waits_and_then_executes() {
    let world = World::new();
    let queued = queue(&world, 1);
    assert!(u64::from(queued.eta) >= world.net.now() + 2 * DAY - 60, "the delay of emission is 48 h");

    let early = execute(&world, queued.payload.clone()).expect_err("not before its time");
    assert_eq!(early.expect::<IController::ControllerNotReady>().eta, queued.eta);

    let second = world.submit(&world.propose(2, &LARGE)).expect_err("one waiting change per group");
    assert_eq!(second.expect::<IController::ControllerPendingExists>().group, 0);

    world.net.warp(u64::from(queued.eta) - world.net.now());
    let mut tampered = queued.payload.to_vec();
    *tampered.last_mut().expect("a payload has bytes") ^= 1;
    let refused = execute(&world, tampered.into()).expect_err("only what was queued");
    assert_eq!(refused.expect::<IController::ControllerPendingMismatch>().group, 0);

    let receipt = execute(&world, queued.payload.clone()).unwrap_or_else(|refusal| panic!("{refusal}"));
    let changed = receipt.events::<IControllerEvents::ParameterChanged>();
    assert_eq!((changed[0].oldValue, changed[0].newValue, changed[0].lane), (10_000, 10_500, 2));
    assert_eq!(world.value(0), 10_500);

    let again = execute(&world, queued.payload).expect_err("executed once");
    assert_eq!(again.expect::<IController::ControllerNothingPending>().group, 0);
}

#[test]
fn veto_drops_the_waiting_change() {
    let world = World::new();
    let queued = queue(&world, 1);
    let call = IController::vetoCall { group: 0 };
    assert!(world.net.send(world.stranger, world.controller, &call).is_err(), "a stranger has no veto");
    assert!(world.net.send(world.guardian, world.controller, &call).is_err(), "nor has the guardian");
    let receipt = world.net.send(world.council, world.controller, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<IControllerEvents::UpdateVetoed>()[0].updateId, 1);
    world.net.warp(3 * DAY);
    let refused = execute(&world, queued.payload).expect_err("vetoed");
    assert_eq!(refused.expect::<IController::ControllerNothingPending>().group, 0);
    assert_eq!(world.value(0), 10_000);
}

#[test]
fn waiting_change_expires() {
    let world = World::new();
    let queued = queue(&world, 1);
    world.net.warp(u64::from(queued.expires) + 1 - world.net.now());
    let refused = execute(&world, queued.payload).expect_err("too late");
    assert_eq!(refused.expect::<IController::ControllerPendingExpired>().expires, queued.expires);
    assert_eq!(world.value(0), 10_000);
}

#[test]
fn shadow_group_only_logs() {
    let world = World::with_autonomy(0);
    let receipt = world.submit(&world.propose(1, &LARGE)).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<IControllerEvents::ShadowProposed>().len(), 1);
    assert!(receipt.events::<IControllerEvents::ParameterChanged>().is_empty());
    assert_eq!(world.value(0), 10_000);
}

#[test]
fn proposing_group_needs_the_council() {
    let world = World::with_autonomy(1);
    let queued = queue(&world, 1);
    assert!(queued.approval);
    world.net.warp(u64::from(queued.eta) - world.net.now());
    let refused = execute(&world, queued.payload.clone()).expect_err("not approved");
    assert_eq!(refused.expect::<IController::ControllerNotApproved>().group, 0);
    let call = IController::approveCall { group: 0 };
    world.net.send(world.council, world.controller, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
    execute(&world, queued.payload).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(world.value(0), 10_500);
}

#[test]
fn vetoing_level_queues_even_a_small_change() {
    let world = World::with_autonomy(2);
    let receipt = world.submit(&world.propose(1, &[(0, 6_554)])).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<IControllerEvents::UpdateQueued>().len(), 1);
    assert_eq!(world.value(0), 10_000);
}

#[test]
fn rejected_update_leaves_an_event_and_no_change() {
    let world = World::new();
    let mut update = world.propose(1, &[(0, 6_554)]);
    update.inner.changes[0].new += 1;
    let call =
        IController::trySubmitCall { update: update.bytes(), signatures: world.quorum.sign(world.digest(&update)) };
    let receipt = world.net.send(world.stranger, world.controller, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
    let rejected = receipt.events::<IControllerEvents::UpdateRejected>();
    assert_eq!(rejected[0].updateId, 1);
    let refusal = Refusal { message: String::new(), data: rejected[0].reason.clone() };
    let mismatch = refusal.expect::<IController::ControllerPolicyMismatch>();
    assert_eq!((mismatch.slot, mismatch.proposed), (0, mismatch.computed + 1));
    assert_eq!(world.value(0), 10_000);
}
