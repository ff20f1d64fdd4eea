//! Lanes, the queue, autonomy.
use super::*;

const EM: u8 = 1;
const UP: [i32; 8] = [ONE, 0, 0, 0, 0, 0, 0, 0];

#[test]
fn lane_01_autonomy_and_size_decide_the_lane() {
    // Exhaustive: every level, inside and beyond the safe delta.
    for autonomy in 0..=3u8 {
        for (fraction, safe) in [(ONE / 5, true), (ONE, false)] {
            let mut world = World::new(autonomy);
            let accepted = world.tick(&output(0, fraction), EM).unwrap();
            let (shadow, applied) = (autonomy == 0, autonomy == 3 && safe);
            assert_eq!(accepted.shadow, u8::from(shadow));
            assert_eq!(accepted.applied, u8::from(applied));
            assert_eq!(accepted.queued, u8::from(!shadow && !applied));
            assert_eq!(world.value(0) != 5_000, applied);
            assert_eq!(world.state(Group::Emission).pending, !shadow && !applied);
            if !shadow && !applied {
                assert_eq!(Pending::load(&world.ledger, Group::Emission).approval, autonomy == 1);
            }
        }
    }
}

#[test]
fn shadow_logs_what_it_would_have_done() {
    let mut world = World::new(0);
    world.tick(&UP, EM).unwrap();
    let logged = world.ledger.log.last().unwrap();
    assert_eq!(logged.event, Event::ShadowProposed { group: 0, update_id: 1, payload: &[] });
    let change = Change { slot: 0, expected_old: 5_000, new: 5_250 };
    assert_eq!(logged.payload, [&[7; 32][..], &change.to_wire()].concat());
    assert_eq!(world.state(Group::Emission).last_change, 0, "a shadow starts no cooldown");
    assert_eq!(world.state(Group::Emission).clean, 1);
}

#[test]
fn queue_waits_and_executes() {
    let mut world = World::new(2);
    world.tick(&UP, EM).unwrap();
    let (eta, expires) = (world.now + 2 * DAY, world.now + 5 * DAY);
    assert_eq!(
        world.last(),
        Event::UpdateQueued { group: 0, update_id: 1, eta, expires, approval: false, payload: &[] }
    );
    assert_eq!(world.tick(&UP, EM), Err(Violation::pending_exists(0)));
    assert!(world.heartbeat().is_ok(), "other updates go on");
    world.now = eta - 1;
    assert_eq!(world.execute(Group::Emission), Err(Violation::not_ready(eta)));
    world.now = eta;
    assert_eq!(world.execute(Group::Emission), Ok(()));
    assert_eq!(world.value(0), 5_250);
    let changed =
        Event::ParameterChanged { slot: 0, update_id: 1, model_id: [7; 32], old: 5_000, new: 5_250, lane: Lane::Queue };
    assert_eq!(world.last(), changed);
    assert!(world.events().contains(&Event::UpdateExecuted { group: 0, update_id: 1 }));
    let state = world.state(Group::Emission);
    assert_eq!((state.pending, state.last_change, state.clean), (false, world.now, 1));
    assert_eq!(world.execute(Group::Emission), Err(Violation::nothing_pending(0)));
    assert_eq!(world.ledger.load(key::PENDING), [0; 32]);
    assert_eq!(world.ledger.load(key::PENDING_HASH), [0; 32]);
}

#[test]
fn queue_expires() {
    let mut world = World::new(2);
    world.tick(&UP, EM).unwrap();
    let expires = Pending::load(&world.ledger, Group::Emission).expires;
    world.now = expires;
    assert!(world.clone().execute(Group::Emission).is_ok());
    assert_eq!(world.act(poke), Ok(0), "not expired yet");
    world.now = expires + 1;
    assert_eq!(world.execute(Group::Emission), Err(Violation::pending_expired(expires)));
    assert_eq!(world.act(|l, now| approve(l, now, 0)), Err(Violation::pending_expired(expires)));
    // Either anybody's poke clears it, or the next update that needs the place.
    let mut poked = world.clone();
    assert_eq!(poked.act(poke), Ok(1));
    assert_eq!(poked.last(), Event::UpdateExpired { group: 0, update_id: 1 });
    assert!(!poked.state(Group::Emission).pending);
    assert_eq!(world.tick(&UP, EM).map(|a| a.queued), Ok(1));
    assert!(world.events().contains(&Event::UpdateExpired { group: 0, update_id: 1 }));
    assert_eq!(Pending::load(&world.ledger, Group::Emission).update_id, 2);
    // And when the next one is small enough to be applied at once, nothing is left waiting.
    let mut world = World::new(3);
    world.tick(&UP, EM).unwrap();
    world.wait(6 * DAY);
    assert_eq!(world.tick(&output(0, ONE / 5), EM).map(|a| a.applied), Ok(1));
    assert!(!world.state(Group::Emission).pending);
}

#[test]
fn queue_needs_the_council_where_it_must() {
    let mut world = World::new(1);
    world.tick(&UP, EM).unwrap();
    world.wait(2 * DAY);
    assert_eq!(world.execute(Group::Emission), Err(Violation::not_approved(0)));
    world.act(|l, now| approve(l, now, 0)).unwrap();
    assert_eq!(world.last(), Event::UpdateApproved { group: 0, update_id: 1 });
    assert_eq!(world.execute(Group::Emission), Ok(()));
    // Governance parameters need it at every level.
    let mut world = World::new(3);
    world.tick(&output(4, ONE), 0x10).unwrap();
    world.wait(14 * DAY);
    assert_eq!(world.execute(Group::Governance), Err(Violation::not_approved(4)));
    world.act(|l, now| approve(l, now, 4)).unwrap();
    assert_eq!(world.execute(Group::Governance), Ok(()));
    assert_eq!((world.value(9), world.value(10)), (450, 150));
}

#[test]
fn queue_follows_a_lowered_level() {
    let mut world = World::new(2);
    world.tick(&UP, EM).unwrap();
    world.wait(2 * DAY);
    world.act(|l, _| lower_autonomy(l, 0, 1, Actor::Council)).unwrap();
    assert_eq!(world.execute(Group::Emission), Err(Violation::not_approved(0)));
    world.act(|l, now| approve(l, now, 0)).unwrap();
    assert!(world.clone().execute(Group::Emission).is_ok());
    world.act(|l, _| lower_autonomy(l, 0, 0, Actor::Council)).unwrap();
    assert_eq!(world.execute(Group::Emission), Err(Violation::bad_autonomy(0, 0)));
}

#[test]
fn veto_strikes_one_change() {
    let mut world = World::new(2);
    let mut outputs = UP;
    outputs[1] = ONE;
    world.tick(&outputs, 3).unwrap();
    assert_eq!(world.act(|l, _| veto(l, 6)), Err(Violation::nothing_pending(6)));
    assert_eq!(world.act(|l, _| veto(l, 7)), Err(Violation::bad_scope(7)));
    world.act(|l, _| veto(l, 0)).unwrap();
    assert_eq!(world.last(), Event::UpdateVetoed { group: 0, update_id: 1 });
    assert!(!world.state(Group::Emission).pending);
    assert!(world.state(Group::Vesting).pending, "the other one goes on");
    world.wait(2 * DAY);
    assert_eq!(world.execute(Group::Emission), Err(Violation::nothing_pending(0)));
}

#[test]
fn execute_reverts_when_the_payload_differs() {
    let mut world = World::new(2);
    world.tick(&UP, EM).unwrap();
    world.wait(2 * DAY);
    let payload = world.payload(Group::Emission);
    for index in 0..payload.len() {
        let mut other = payload.clone();
        other[index] ^= 1;
        let result = world.act(|l, now| execute(l, now, 0, &other, keccak));
        assert_eq!(result, Err(Violation::pending_mismatch(0)));
    }
    assert_eq!(world.act(|l, now| execute(l, now, 0, &[], keccak)), Err(Violation::pending_mismatch(0)));
    assert_eq!(world.act(|l, now| execute(l, now, 1, &payload, keccak)), Err(Violation::nothing_pending(1)));
    assert_eq!(world.act(|l, now| execute(l, now, 9, &payload, keccak)), Err(Violation::bad_scope(9)));
    assert!(world.execute(Group::Emission).is_ok());
}

#[test]
fn execute_checks_every_rule_again() {
    let mut world = World::new(2);
    world.tick(&UP, EM).unwrap();
    world.wait(2 * DAY);
    // The range was narrowed meanwhile.
    let mut narrowed = world.clone();
    narrowed.act(|l, _| narrow(l, 0, 2_500, 5_249)).unwrap();
    assert_eq!(narrowed.execute(Group::Emission), Err(Violation::out_of_range(0, 5_250, 2_500, 5_249)));
    // The step was cut.
    let mut cut = world.clone();
    cut.edit(0, |r| {
        r.step_up = crate::rules::Limit { rel_bps: 100, abs: 100 };
        r.safe = r.step_up
    })
    .unwrap();
    assert_eq!(cut.execute(Group::Emission), Err(Violation::step_exceeded(0, 5_000, 5_250, 100)));
    // The re-mint cap rose meanwhile.
    let mut risen = world.clone();
    risen.set(&[(8, 11)]).unwrap();
    assert_eq!(risen.execute(Group::Emission), Err(Violation::cross_both_up(risen.now + EPOCH)));
    // A halt of the group or of everything.
    for scope in [0, 255] {
        let mut halted = world.clone();
        halted.act(|l, now| halt(l, now, scope, Actor::Council)).unwrap();
        assert_eq!(halted.execute(Group::Emission), Err(Violation::halted(scope, halted.now + 7 * DAY)));
    }
    assert!(world.execute(Group::Emission).is_ok());
}

#[test]
fn override_displaces_a_waiting_change() {
    let mut world = World::new(2);
    world.tick(&UP, EM).unwrap();
    world.set(&[(0, 4_900)]).unwrap();
    assert_eq!(world.value(0), 4_900);
    assert!(world.events().contains(&Event::UpdateVetoed { group: 0, update_id: 1 }));
    let changed = Event::ParameterChanged {
        slot: 0,
        update_id: 0,
        model_id: [0; 32],
        old: 5_000,
        new: 4_900,
        lane: Lane::Override,
    };
    assert_eq!(world.last(), changed);
    assert!(!world.state(Group::Emission).pending);
    assert_eq!(world.state(Group::Emission).clean, 0, "the council's hand earns the model nothing");
    // It starts the cooldown for the model, but knows none itself.
    world.set(&[(0, 4_910)]).unwrap();
    let next = world.now + 583_200;
    assert_eq!(world.tick(&UP, EM), Err(Violation::cooldown_active(0, next)));
}

#[test]
fn override_reverts_when_bytes_are_not_changes() {
    let mut world = World::new(2);
    assert_eq!(world.act(|l, now| override_changes(l, now, &[0; 8])), Err(Violation::bad_payload(8)));
    assert_eq!(world.act(|l, now| override_changes(l, now, &[])), Err(Violation::no_change()));
    let change = Change { slot: 0, expected_old: 4_999, new: 5_001 };
    let result = world.act(|l, now| override_changes(l, now, &change.to_wire()));
    assert_eq!(result, Err(Violation::expected_old_mismatch(0, 4_999, 5_000)));
}

#[test]
fn restore_puts_past_values_in_force() {
    let mut world = World::new(3);
    let good = world.now;
    world.wait(DAY).set(&[(0, 5_250), (7, 1_250), (11, 2_400), (12, 2_600)]).unwrap();
    world.wait(DAY).set(&[(0, 5_500), (7, 1_500)]).unwrap();
    let used = views::headroom(&world.ledger, world.now, slot(0)).unwrap().bucket_up;
    world.wait(DAY);
    world.act(|l, now| restore(l, now, good)).unwrap();
    assert_eq!(views::values(&world.ledger), genesis_values());
    assert_eq!(world.last(), Event::Restored { timepoint: good });
    let changed = Event::ParameterChanged {
        slot: 12,
        update_id: 0,
        model_id: [0; 32],
        old: 2_600,
        new: 2_500,
        lane: Lane::Restore,
    };
    assert_eq!(world.events()[world.events().len() - 2], changed);
    let room = views::headroom(&world.ledger, world.now, slot(0)).unwrap();
    assert!(room.bucket_up > used, "the way back frees the bucket");
    assert_eq!(world.act(|l, now| restore(l, now, good)), Err(Violation::no_change()));
}

#[test]
fn restore_reverts_when_it_must() {
    let mut world = World::new(3);
    let (good, now) = (world.now, world.now + 1);
    world.wait(1).set(&[(0, 5_250)]).unwrap();
    assert_eq!(world.act(|l, at| restore(l, at, now)), Err(Violation::bad_timepoint(now)), "not the present");
    assert_eq!(world.act(|l, at| restore(l, at, now + 1)), Err(Violation::bad_timepoint(now + 1)));
    assert_eq!(world.act(|l, at| restore(l, at, GENESIS - 1)), Err(Violation::no_history(0, GENESIS - 1)));
    let mut old = world.clone();
    old.now = good + 7_776_001;
    assert_eq!(old.act(|l, at| restore(l, at, good)), Err(Violation::bad_timepoint(good)));
    old.now -= 1;
    assert!(old.act(|l, at| restore(l, at, good)).is_ok());
    // A range that was narrowed since holds against the past, too.
    world.wait(DAY).act(|l, _| narrow(l, 0, 5_000, 20_000)).unwrap();
    assert!(world.clone().act(|l, at| restore(l, at, good)).is_ok());
    world
        .edit(0, |r| {
            r.gov_min = 5_001;
            r.neutral = 5_001
        })
        .unwrap();
    assert_eq!(world.act(|l, at| restore(l, at, good)), Err(Violation::out_of_range(0, 5_000, 5_001, 20_000)));
}

#[test]
fn lane_02_autonomy_is_earned_and_lost() {
    let mut world = World::new(2);
    let raise = |l: &mut MemoryLedger, _| raise_autonomy(l, 0);
    for clean in 0..4 {
        assert_eq!(world.act(raise), Err(Violation::not_earned(0, clean, 4)));
        world.tick(&output(0, ONE / 5), EM).unwrap();
        world.wait(2 * DAY).execute(Group::Emission).unwrap();
        world.wait(5 * DAY);
    }
    world.act(raise).unwrap();
    assert_eq!(world.last(), Event::AutonomyChanged { group: 0, old: 2, new: 3, by: Actor::Governance });
    assert_eq!(world.act(raise), Err(Violation::bad_autonomy(0, 3)));
    for level in [3, 4] {
        let result = world.act(|l, _| lower_autonomy(l, 0, level, Actor::Council));
        assert_eq!(result, Err(Violation::bad_autonomy(0, level)));
    }
    world.act(|l, _| lower_autonomy(l, 0, 0, Actor::Council)).unwrap();
    assert_eq!(world.last(), Event::AutonomyChanged { group: 0, old: 3, new: 0, by: Actor::Council });
    assert_eq!(world.act(raise), Err(Violation::not_earned(0, 0, 4)), "everything starts over");
    assert_eq!(world.act(|l, _| raise_autonomy(l, 7)), Err(Violation::bad_scope(7)));
}

#[test]
fn lane_03_clean_epochs_count_once_per_epoch_and_not_across_a_trip() {
    let mut world = World::new(0);
    world.tick(&UP, EM).unwrap();
    world.wait(583_199);
    world.tick(&UP, EM).unwrap();
    assert_eq!(world.state(Group::Emission).clean, 1);
    world.wait(1);
    world.tick(&UP, EM).unwrap();
    assert_eq!(world.state(Group::Emission).clean, 2);
    // A breaker trip makes them worthless, before and after the next credit.
    world.wait(EPOCH);
    for _ in 0..2 {
        world.tick(&UP, EM).unwrap();
        world.wait(EPOCH);
    }
    assert_eq!(world.state(Group::Emission).clean, 4);
    world.kpis[breaker::KPI_STAKING] = 0;
    assert_ne!(world.heartbeat().unwrap().trip, 0);
    assert_eq!(world.act(|l, _| raise_autonomy(l, 0)), Err(Violation::not_earned(0, 0, 4)));
    world.kpis[breaker::KPI_STAKING] = ONE / 2;
    world.wait(8 * DAY).tick(&UP, EM).unwrap();
    assert_eq!(world.state(Group::Emission).clean, 1);
    // A veto does the same to its group.
    let mut world = World::new(2);
    world.tick(&UP, EM).unwrap();
    world.wait(2 * DAY).execute(Group::Emission).unwrap();
    world.wait(7 * DAY).tick(&UP, EM).unwrap();
    assert_eq!(world.state(Group::Emission).clean, 1);
    world.act(|l, _| veto(l, 0)).unwrap();
    assert_eq!(world.state(Group::Emission).clean, 0);
}

#[test]
fn lane_04_queued_changes_are_paced_by_when_they_take_effect() {
    // A weekly job at level 2 never slips: cooldown 6.75 days, delay 2 days.
    let mut world = World::new(2);
    for _ in 0..4 {
        world.tick(&output(0, ONE / 5), EM).unwrap();
        world.wait(2 * DAY).execute(Group::Emission).unwrap();
        world.wait(5 * DAY);
    }
    // The earliest submission is one whose execution ends the cooldown.
    world.wait(7 * DAY).tick(&UP, EM).unwrap();
    world.wait(2 * DAY).execute(Group::Emission).unwrap();
    let next = world.now + 583_200;
    world.now = next - 2 * DAY - 1;
    assert_eq!(world.tick(&UP, EM), Err(Violation::cooldown_active(0, next)));
    world.now += 1;
    assert!(world.tick(&UP, EM).is_ok());
    // An automatic change takes effect now, and waits.
    let mut world = World::new(3);
    world.tick(&output(0, ONE / 5), EM).unwrap();
    let next = world.now + 583_200;
    world.now = next - DAY;
    assert_eq!(world.tick(&output(0, ONE / 5), EM), Err(Violation::cooldown_active(0, next)));
    assert_eq!(world.tick(&UP, EM).map(|a| a.queued), Ok(EM), "a larger one queues past it");
}
