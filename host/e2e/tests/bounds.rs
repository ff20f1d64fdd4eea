//! E2E-8: no quorum and no policy leaves the bounds. What the policy computed is refused by range, step, bucket and
//! cooldown with their numbers; what it cannot compute is refused as a mismatch before.
#![allow(missing_docs)]

use alloy_primitives::Bytes;
use escapement_agent::bindings::controller::{IController as C, IControllerEvents};
use escapement_core::{
    param::{EMISSION, Group},
    rules::Limit,
};
use escapement_e2e::{Receipt, Refusal, World, refused};

/// Emission up by a whole step: 5 % of 10,000 ppm, which is computed and has to wait.
const LARGE: [(usize, i32); 1] = [(0, 65_536)];

/// Queues the step to 10,500 and waits until it may be executed; returns what to execute.
fn ready(world: &World) -> Bytes {
    let receipt = world.submit(&world.propose(1, &LARGE)).unwrap_or_else(|refusal| panic!("{refusal}"));
    let queued = receipt.events::<IControllerEvents::UpdateQueued>().remove(0);
    world.net.warp(u64::from(queued.eta) - world.net.now());
    queued.payload
}

fn execute(world: &World, payload: &Bytes) -> Result<Receipt, Refusal> {
    world.net.send(world.stranger, world.controller, &C::executeCall { group: 0, payload: payload.clone() })
}

/// The council narrows the range of emission to `5_000..=max`.
fn narrow(world: &World, max: u32) {
    let call = C::narrowCall { slot: 0, min: 5_000, max };
    world.net.send(world.council, world.controller, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
}

#[test]
fn submit_reverts_when_claim_is_out_of_range_or_step() {
    let world = World::new();
    let claim = |new, computed| {
        let mut update = world.propose(1, &LARGE);
        assert_eq!(update.inner.changes[0].new, computed, "the policy saturates");
        update.inner.changes[0].new = new;
        let before = world.storage();
        refused(world.submit(&update), &C::ControllerPolicyMismatch { slot: 0, proposed: new, computed });
        assert_eq!(world.storage(), before, "nothing was written");
    };
    // One beyond the step; beyond the range; beyond what is compiled in.
    for new in [10_501, 20_001, 50_001, u32::MAX] {
        claim(new, 10_500);
    }
    narrow(&world, 10_300);
    claim(10_301, 10_300);
}

#[test]
fn execute_reverts_when_range_was_narrowed() {
    let world = World::new();
    let payload = ready(&world);
    narrow(&world, 10_499);
    let before = world.storage();
    refused(execute(&world, &payload), &C::ControllerOutOfRange { slot: 0, newValue: 10_500, min: 5_000, max: 10_499 });
    assert_eq!(world.storage(), before, "nothing was written");
    assert_eq!(world.value(0), 10_000);
}

#[test]
fn execute_reverts_when_step_was_narrowed() {
    let world = World::new();
    let payload = ready(&world);
    let mut rules = EMISSION.default_rules();
    rules.step_up = Limit { rel_bps: 499, abs: 100 };
    let [word0, word1] = rules.pack().map(Into::into);
    let call = C::setSlotRulesCall { slot: 0, word0, word1 };
    world.net.send(world.governance, world.controller, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
    let before = world.storage();
    let exceeded = C::ControllerStepExceeded { slot: 0, oldValue: 10_000, newValue: 10_500, max: 499 };
    refused(execute(&world, &payload), &exceeded);
    assert_eq!(world.storage(), before, "nothing was written");
}

#[test]
fn submit_reverts_when_bucket_is_spent() {
    let world = World::new();
    // Four steps of the council, the last one short: 2,154 ppm of the 2,500 that the window carries.
    let mut old = 10_000u32;
    let mut filled_at = 0;
    for new in [10_500, 11_025, 11_576, 12_154] {
        let changes = [&[0][..], &u32::to_be_bytes(old), &u32::to_be_bytes(new)].concat().into();
        let call = C::overrideParamsCall { changes };
        let receipt =
            world.net.send(world.council, world.controller, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
        (old, filled_at) = (new, receipt.timestamp);
    }
    world.net.warp(7 * 86_400);
    let update = world.propose(1, &LARGE);
    assert_eq!(update.inner.changes[0].new, 12_761, "the policy asks for a whole step, 607");
    let before = world.storage();
    let refusal = world.submit(&update).expect_err("more than is left");
    let exceeded = refusal.expect::<C::ControllerBucketExceeded>();
    // What is left by the definition: 25 % of the value the level counts from, less the level, which drains at capacity
    // per window of 90 days.
    let capacity = |level: f64| 0.25 * (12_154.0 - level);
    let elapsed = f64::from(u32::try_from(world.net.now() - filled_at).expect("a week"));
    let drained = capacity(2_154.0) * elapsed / (90.0 * 86_400.0);
    let level = 2_154.0 - drained;
    let left = capacity(level) - level;
    assert_eq!((exceeded.slot, exceeded.want), (0, 607));
    assert_eq!(exceeded.available, 588);
    assert!((0.0..2.0).contains(&(left - 588.0)), "rounded against the change, by less than two units: {left}");
    assert_eq!(world.storage(), before, "nothing was written");
}

#[test]
fn submit_reverts_when_cooldown_is_active() {
    let world = World::new();
    let receipt = world.submit(&world.propose(1, &[(0, 6_554)])).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(world.value(0), 10_050, "small enough to apply at once");
    let next = u32::try_from(receipt.timestamp).expect("32 bits") + Group::Emission.default_rules().cooldown;
    assert_eq!(u64::from(next) - receipt.timestamp, 583_200, "6.75 days");
    let before = world.storage();
    let cooling = C::ControllerCooldownActive { group: 0, next };

    refused(world.submit(&world.propose(2, &[(0, 6_554)])), &cooling);
    world.net.warp(u64::from(next) - 2 - world.net.now());
    // The next block is one second later, one second before the end.
    refused(world.submit(&world.propose(2, &[(0, 6_554)])), &cooling);
    assert_eq!(world.storage(), before, "nothing was written");
    world.submit(&world.propose(2, &[(0, 6_554)])).unwrap_or_else(|refusal| panic!("on time: {refusal}"));
    assert_eq!(world.value(0), 10_100);
}
