//! E2E-2: how old, how far ahead and in which order observations may be, to the second, on the real wasm.
#![allow(missing_docs)]

use escapement_agent::bindings::controller::IController as C;
use escapement_e2e::{Receipt, Refusal, UpdateBuilder, World, refused};

const DAY: u64 = 86_400;

/// Submits in a block of exactly this time.
fn submit_at(world: &World, time: u64, update: &UpdateBuilder) -> Result<Receipt, Refusal> {
    world.net.chain.set_next_timestamp(time).expect("time moves forward");
    world.submit(update)
}

#[test]
fn submit_reverts_when_observation_is_stale() {
    let world = World::new();
    // A change of emission (group 0) and of vesting (group 1): each allows an age of its own.
    for (id, output, max) in [(1, 0, DAY), (2, 1, 2 * DAY)] {
        let snapshot = world.net.chain.snapshot();
        let before = world.storage();
        let mut update = world.propose(id, &[(output, 6_554)]);
        let observed_at = update.inner.observed_at;
        update.inner.expires_at = observed_at + 3 * DAY;
        let stale = C::ControllerStaleObservation { age: max + 1, max: u32::try_from(max).expect("days") };
        refused(submit_at(&world, observed_at + max + 1, &update), &stale);
        assert_eq!(world.storage(), before, "nothing was written");
        assert!(world.net.chain.revert(snapshot));
        submit_at(&world, observed_at + max, &update).unwrap_or_else(|refusal| panic!("at its oldest: {refusal}"));
    }
}

#[test]
fn submit_reverts_when_observation_is_ahead() {
    let world = World::new();
    let before = world.storage();
    let time = world.net.now() + 10;
    let mut update = world.propose(1, &[(0, 6_554)]);
    update.inner.observed_at = time + 181;
    let ahead = C::ControllerFutureDated { observedAt: time + 181, blockTime: time };
    refused(submit_at(&world, time, &update), &ahead);
    assert_eq!(world.storage(), before, "nothing was written");
    submit_at(&world, time + 1, &update).unwrap_or_else(|refusal| panic!("three minutes are forgiven: {refusal}"));
}

#[test]
fn submit_reverts_when_observation_lies_before_the_last() {
    let world = World::new();
    let last = world.net.now();
    world.submit(&world.heartbeat(1)).unwrap_or_else(|refusal| panic!("{refusal}"));
    let before = world.storage();
    let mut update = world.heartbeat(2);
    update.inner.observed_at = last - 1;
    refused(world.submit(&update), &C::ControllerObservationNotRising { observedAt: last - 1, last });
    assert_eq!(world.storage(), before, "nothing was written");
    update.inner.observed_at = last;
    world.submit(&update).unwrap_or_else(|refusal| panic!("two updates may rest on one moment: {refusal}"));
}
