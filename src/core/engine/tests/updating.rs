//! Rules of one update: freshness, ids, order, mapping, pace, groups, cross rules.
use super::*;
use crate::engine::Rule;

const EM: u8 = 1;

#[test]
fn submit_works_inside_the_safe_delta() {
    let mut world = World::new(3);
    // 40 % of a 5 % step of 5,000 = 100 = 2 %: just safe.
    let accepted = world.tick(&output(0, ONE * 2 / 5 + 1), EM).unwrap();
    assert_eq!(accepted, Accepted { trip: 0, applied: EM, queued: 0, shadow: 0 });
    assert_eq!(world.value(0), 5_100);
    let event =
        Event::ParameterChanged { slot: 0, update_id: 1, model_id: [7; 32], old: 5_000, new: 5_100, lane: Lane::Auto };
    assert_eq!(world.last(), event);
    // It was accepted and it was applied, and nothing else happened.
    let events = world.events();
    assert!(matches!(events[events.len() - 2], Event::UpdateAccepted { update_id: 1, .. }));
    assert!(matches!(events[events.len() - 3], Event::AutonomyChanged { .. }), "the last event of the genesis");
    let progress = Progress::load(&world.ledger);
    assert_eq!((progress.update_id, progress.observed_at, progress.accepted_at), (1, world.now, world.now));
    assert_eq!(progress.accepted, 1);
    let state = world.state(Group::Emission);
    assert_eq!(
        (state.last_change, state.last_rise, state.bucket_at, state.clean),
        (world.now, world.now, world.now, 1)
    );
}

#[test]
fn accepted_event_carries_kpis_and_outputs() {
    let mut world = World::new(3);
    let outputs = [1, -2, 3, 0, 0, 0, 0, 9];
    world.tick(&outputs, 0).unwrap();
    let Event::UpdateAccepted { update_id, model_id, kpi_hash, outputs: word, observed_at, trip } = world.last() else {
        panic!()
    };
    assert_eq!((update_id, model_id, observed_at, trip), (1, [7; 32], world.now.into(), 0));
    let bytes: Vec<u8> = world.kpis.iter().flat_map(|kpi| kpi.to_be_bytes()).collect();
    assert_eq!(kpi_hash, keccak(&bytes));
    let bytes: Vec<u8> = outputs.iter().flat_map(|output| output.to_be_bytes()).collect();
    assert_eq!(word.to_vec(), bytes);
}

#[test]
fn submit_reverts_when_not_fresh() {
    let world = World::new(3);
    let fresh = |edit: &dyn Fn(&mut OwnedUpdate)| {
        let mut world = world.clone();
        let mut update = world.propose(&output(0, ONE / 5), EM);
        edit(&mut update);
        world.submit(&update, &output(0, ONE / 5)).map(|_| ())
    };
    let now = u64::from(world.now);
    assert_eq!(fresh(&|_| {}), Ok(()));
    assert_eq!(fresh(&|u| u.valid_after = now + 1), Err(Violation::not_yet_valid(now + 1)));
    assert_eq!(fresh(&|u| u.expires_at = now), Err(Violation::expired(now)));
    assert_eq!(fresh(&|u| u.expires_at = now + 1), Ok(()));
    assert_eq!(fresh(&|u| u.observed_at = now + 180), Ok(()));
    assert_eq!(fresh(&|u| u.observed_at = now + 181), Err(Violation::future_dated(now + 181, now)));
    assert_eq!(fresh(&|u| u.observed_at = now - 86_400), Ok(()));
    assert_eq!(fresh(&|u| u.observed_at = now - 86_401), Err(Violation::stale_observation(86_401, 86_400)));
    assert_eq!(fresh(&|u| u.update_id = 0), Err(Violation::id_not_rising(0, 0)));
    assert_eq!(fresh(&|u| u.update_id = u64::MAX), Ok(()));
    // An empty update must be as fresh as the emission rate asks; a slower group may be older.
    let mut empty = world.clone();
    let mut update = empty.propose(&[0; 8], 0);
    update.observed_at = now - 86_401;
    assert_eq!(empty.submit(&update, &[0; 8]), Err(Violation::stale_observation(86_401, 86_400)));
    let mut update = empty.propose(&output(1, ONE), 2);
    update.observed_at = now - 2 * 86_400;
    assert_eq!(empty.submit(&update, &output(1, ONE)).map(|a| a.queued), Ok(2));
}

#[test]
fn submit_reverts_when_replayed_or_out_of_order() {
    let mut world = World::new(3);
    let update = world.propose(&output(0, ONE / 5), EM);
    world.submit(&update, &output(0, ONE / 5)).unwrap();
    assert_eq!(world.submit(&update, &output(0, ONE / 5)), Err(Violation::id_not_rising(1, 1)));
    let mut older = world.propose(&[0; 8], 0);
    older.observed_at -= 1;
    let observed = u64::from(world.now);
    assert_eq!(world.submit(&older, &[0; 8]), Err(Violation::observation_not_rising(observed - 1, observed)));
    older.observed_at += 1;
    assert!(world.submit(&older, &[0; 8]).is_ok());
}

#[test]
fn submit_reverts_when_changes_are_malformed() {
    let mut world = World::new(3);
    let outputs = output(4, ONE);
    let good = world.propose(&outputs, 0x7f);
    assert_eq!(good.changes.len(), 2);
    let swapped = OwnedUpdate { changes: std::vec![good.changes[1], good.changes[0]], ..good.clone() };
    assert_eq!(world.submit(&swapped, &outputs), Err(Violation::not_ascending(9)));
    let twice = OwnedUpdate { changes: std::vec![good.changes[0], good.changes[0]], ..good.clone() };
    assert_eq!(world.submit(&twice, &outputs), Err(Violation::not_ascending(9)));
    for dead in [15, 42, 45, 50, 51, 255] {
        let mut update = good.clone();
        update.changes.push(Change { slot: dead, expected_old: 0, new: 1 });
        assert_eq!(world.submit(&update, &outputs), Err(Violation::unknown_slot(dead)));
    }
    let mut raced = good.clone();
    raced.changes[0].expected_old = 399;
    assert_eq!(world.submit(&raced, &outputs), Err(Violation::expected_old_mismatch(9, 399, 400)));
    assert!(world.submit(&good, &outputs).is_ok());
}

#[test]
fn submit_reverts_when_the_model_says_otherwise() {
    let mut world = World::new(3);
    let outputs = output(4, ONE);
    let good = world.propose(&outputs, 0x7f);
    let mut off = good.clone();
    off.changes[1].new -= 1;
    assert_eq!(world.submit(&off, &outputs), Err(Violation::policy_mismatch(10, 149, 150)));
    // Half a group is not what the model says either; a whole group may be left out.
    let half = OwnedUpdate { changes: good.changes[..1].to_vec(), ..good.clone() };
    assert_eq!(world.submit(&half, &outputs), Err(Violation::policy_mismatch(10, 100, 150)));
    assert_eq!(world.submit(&good, &[0; 8]), Err(Violation::policy_mismatch(9, 450, 400)));
    // A closed gate asks for no change at all.
    let mut gated = outputs;
    gated[7] = -1;
    assert_eq!(world.submit(&good, &gated), Err(Violation::policy_mismatch(9, 450, 400)));
    assert!(world.submit(&good, &outputs).is_ok());
}

#[test]
fn submit_reverts_when_scores_are_missing() {
    let mut world = World::new(3);
    let outputs = output(5, ONE);
    let mut update = world.propose(&outputs, 0x20);
    assert!(!update.changes.is_empty());
    update.kpis.truncate(15);
    assert_eq!(world.submit(&update, &outputs), Err(Violation::too_few_kpis(15, 16)));
    update.kpis.truncate(11);
    update.changes.clear();
    assert_eq!(world.submit(&update, &outputs), Err(Violation::too_few_kpis(11, 12)));
}

#[test]
fn rule_10_zero_change_consumes_nothing() {
    let mut world = World::new(3);
    let mut update = world.propose(&[0; 8], 0);
    update.changes = std::vec![Change { slot: 0, expected_old: 5_000, new: 5_000 }];
    let words = world.ledger.words.clone();
    assert_eq!(world.submit(&update, &[0; 8]), Ok(Accepted::default()));
    let changed: Vec<u64> =
        world.ledger.words.iter().filter(|(key, word)| words.get(key) != Some(word)).map(|row| *row.0).collect();
    assert_eq!(changed, [key::PROGRESS], "only id and times may move");
    assert_eq!(world.set(&[(0, 5_000)]), Err(Violation::no_change()));
    assert!(world.tick(&output(0, ONE / 5), EM).is_ok(), "no cooldown was started");
}

#[test]
fn rule_11_range_and_step_are_inclusive() {
    let ok = |number: u8, new: u32| World::new(3).set(&[(number, new)]);
    // 5 % up, 10 % down of 5,000.
    assert_eq!(ok(0, 5_250), Ok(()));
    assert_eq!(ok(0, 5_251), Err(Violation::step_exceeded(0, 5_000, 5_251, 250)));
    assert_eq!(ok(0, 4_500), Ok(()));
    assert_eq!(ok(0, 4_499), Err(Violation::step_exceeded(0, 5_000, 4_499, 500)));
    assert_eq!(ok(0, 2_499), Err(Violation::out_of_range(0, 2_499, 2_500, 20_000)));
    assert_eq!(ok(0, 20_001), Err(Violation::out_of_range(0, 20_001, 2_500, 20_000)));
    assert_eq!(ok(7, 1_250), Ok(()));
    assert_eq!(ok(7, 1_251), Err(Violation::step_exceeded(7, 1_000, 1_251, 250)));
    assert_eq!(ok(7, 500), Ok(()));
    assert_eq!(ok(7, 499), Err(Violation::out_of_range(7, 499, 500, 3_000)));
    assert_eq!(ok(2, 10_001), Err(Violation::out_of_range(2, 10_001, 10_000, 10_000)));
    assert_eq!(ok(8, 0), Ok(()));
    assert_eq!(ok(8, 15), Ok(()));
    assert_eq!(ok(8, 16), Err(Violation::step_exceeded(8, 10, 16, 5)));
}

#[test]
fn rule_12_outside_the_range_the_step_counts_from_the_nearest_bound() {
    let mut world = World::new(3);
    world
        .edit(0, |r| {
            r.gov_max = 4_800;
            r.neutral = 4_800
        })
        .unwrap();
    assert_eq!(world.value(0), 5_000, "narrowing moves no value");
    // 10 % of the bound 4,800, not of 5,000.
    assert_eq!(world.set(&[(0, 4_319)]), Err(Violation::step_exceeded(0, 4_800, 4_319, 480)));
    assert_eq!(world.set(&[(0, 4_801)]), Err(Violation::out_of_range(0, 4_801, 2_500, 4_800)));
    assert_eq!(world.set(&[(0, 4_320)]), Ok(()));
    let mut world = World::new(3);
    world
        .edit(0, |r| {
            r.gov_min = 6_000;
            r.neutral = 6_000
        })
        .unwrap();
    assert_eq!(world.set(&[(0, 6_301)]), Err(Violation::step_exceeded(0, 6_000, 6_301, 300)));
    assert_eq!(world.set(&[(0, 5_999)]), Err(Violation::out_of_range(0, 5_999, 6_000, 20_000)));
    assert_eq!(world.set(&[(0, 6_300)]), Ok(()));
    assert_eq!(views::headroom(&world.ledger, world.now, slot(0)).unwrap().bucket_up, 1_200, "the way back is free");
}

#[test]
fn rule_13_cooldown_holds_except_towards_safety() {
    let mut world = World::new(3);
    world.tick(&output(0, ONE / 5), EM).unwrap();
    let next = world.now + 583_200;
    world.wait(DAY);
    assert_eq!(world.tick(&output(0, ONE / 5), EM), Err(Violation::cooldown_active(0, next)));
    let lower = world.tick(&output(0, -ONE / 10), EM).unwrap();
    assert_eq!(lower.applied, EM, "less emission waits for nobody");
    let next = world.now + 583_200;
    world.now = next - 1;
    assert_eq!(world.tick(&output(0, ONE / 5), EM), Err(Violation::cooldown_active(0, next)));
    world.now = next;
    assert!(world.tick(&output(0, ONE / 5), EM).is_ok());
    // A group is exempt only if every change of it is: re-mint down with the burn share is not.
    let mut world = World::new(3);
    world.tick(&output(3, -ONE / 5), 8).unwrap();
    let next = world.now + 30 * DAY;
    assert_eq!(world.tick(&output(3, -ONE / 5), 8), Err(Violation::cooldown_active(3, next)));
}

#[test]
fn rule_14_bucket_bounds_the_sum_of_steps() {
    let mut world = World::new(3);
    // 25 % of 5,000 = 1,250 per 90 days; steps of 5 % of the running value.
    let mut moved = Vec::new();
    loop {
        let old = world.value(0);
        let new = old + old / 20;
        match world.set(&[(0, new)]) {
            Ok(()) => moved.push(new - old),
            Err(violation) => {
                assert_eq!(violation, Violation::bucket_exceeded(0, new - old, 1_250 - (old - 5_000)));
                break;
            }
        }
    }
    assert_eq!(moved, [250, 262, 275, 289]);
    let left = 1_250 - moved.iter().sum::<u32>();
    world.set(&[(0, world.value(0) + left)]).unwrap();
    assert_eq!(world.value(0), 6_250);
    // The other direction has its own room, and the way back besides: a 10 % step is fine.
    let mut down = world.clone();
    down.set(&[(0, 5_625)]).unwrap();
    // After half a window half the capacity has drained.
    world.wait(45 * DAY);
    let room = views::headroom(&world.ledger, world.now, slot(0)).unwrap();
    // Capacity of the drained level: a quarter of 6,250 - 625 = 5,625, of which 625 are used.
    assert_eq!((room.bucket_up, room.up), (781, 312));
    world.wait(45 * DAY);
    assert_eq!(views::headroom(&world.ledger, world.now, slot(0)).unwrap().bucket_up, 1_562);
}

#[test]
fn rule_15_curve_keeps_its_order() {
    let mut world = World::new(3);
    assert_eq!(world.set(&[(3, 11_500), (4, 13_500)]), Ok(()));
    let mut world = World::new(3);
    let wide = crate::rules::Limit { rel_bps: 0, abs: 2_000 };
    world
        .edit(4, |r| {
            r.step_down = wide;
            r.bucket_down = wide
        })
        .unwrap();
    assert_eq!(world.set(&[(3, 11_500), (4, 11_499)]), Err(Violation::curve_order(4)));
    assert_eq!(world.set(&[(3, 11_500), (4, 11_500)]), Ok(()));
}

#[test]
fn rule_16_weights_sum_and_half_l1_bounds() {
    let mut world = World::new(3);
    assert_eq!(world.set(&[(11, 2_400)]), Err(Violation::weight_sum(9_900)));
    assert_eq!(world.set(&[(11, 2_400), (12, 2_601)]), Err(Violation::weight_sum(10_001)));
    assert_eq!(
        world.set(&[(11, 1_999), (12, 3_000), (13, 1_999), (14, 3_002)]),
        Err(Violation::out_of_range(14, 3_002, 0, 3_000))
    );
    // Exactly a step of 1,000 bps half-L1.
    assert_eq!(world.set(&[(11, 1_999), (12, 3_000), (13, 2_001), (14, 3_000)]), Ok(()));
    let far = world.set(&[(11, 2_999), (12, 2_000), (13, 3_000), (14, 2_001)]);
    assert_eq!(far, Err(Violation::group_step(5, 1_999, 1_000)));
    assert_eq!(world.set(&[(11, 2_499), (12, 2_500), (13, 2_501), (14, 2_500)]), Ok(()));
    // 2,000 of the window's 2,500 are used, there and back alike.
    assert_eq!(world.set(&[(11, 3_000), (12, 1_999)]), Err(Violation::group_bucket(5, 501, 500)));
    let mut later = world.clone();
    assert_eq!(world.set(&[(11, 2_999), (12, 2_000)]), Ok(()));
    assert_eq!(world.set(&[(11, 3_000), (12, 1_999)]), Err(Violation::group_bucket(5, 1, 0)));
    // A fifth of the window drains a fifth of the 2,500.
    later.wait(18 * DAY);
    assert_eq!(views::headroom(&later.ledger, later.now, slot(12)).unwrap().bucket_up, 1_000);
}

#[test]
fn rule_17_emission_and_remint_never_both_rise_within_an_epoch() {
    let mut world = World::new(3);
    assert_eq!(world.set(&[(0, 5_001), (8, 11)]), Err(Violation::cross_both_up(world.now + EPOCH)));
    world.set(&[(0, 5_001)]).unwrap();
    let next = world.now + EPOCH;
    assert_eq!(world.set(&[(8, 11)]), Err(Violation::cross_both_up(next)));
    assert_eq!(world.set(&[(0, 5_002)]), Ok(()), "the same one may rise again");
    let next = world.now + EPOCH;
    world.now = next - 1;
    assert_eq!(world.set(&[(8, 11)]), Err(Violation::cross_both_up(next)));
    world.now = next;
    assert_eq!(world.set(&[(8, 11)]), Ok(()));
    assert_eq!(world.set(&[(0, 5_003)]), Err(Violation::cross_both_up(world.now + EPOCH)));
    assert_eq!(world.set(&[(0, 5_001), (8, 10)]), Ok(()), "both may fall");
}

#[test]
fn rule_18_supply_growth_and_paused_burn() {
    let mut world = World::new(3);
    // Wide rules for both sides, so that only the cross rule can refuse.
    let wide = crate::rules::Limit { rel_bps: 10_000, abs: 50_000 };
    world
        .edit(0, |r| {
            r.gov_max = 50_000;
            r.step_up = wide;
            r.bucket_up = wide
        })
        .unwrap();
    let wide = crate::rules::Limit { rel_bps: 0, abs: 200 };
    world
        .edit(8, |r| {
            r.gov_max = 200;
            r.step_up = wide;
            r.bucket_up = wide
        })
        .unwrap();
    // 50,000 * 30 / 365 = 4,110; 78 * 5 = 390: exactly 4,500.
    world.set(&[(0, 50_000)]).unwrap();
    world.wait(EPOCH);
    assert_eq!(world.set(&[(8, 79)]), Err(Violation::cross_supply(4_505, 4_500)));
    assert_eq!(world.set(&[(8, 78)]), Ok(()));
    let mut world = World::new(3);
    let wide = crate::rules::Limit { rel_bps: 0, abs: 1_000 };
    world
        .edit(7, |r| {
            r.gov_min = 0;
            r.step_down = wide
        })
        .unwrap();
    assert_eq!(world.set(&[(7, 0)]), Err(Violation::cross_burn_paused(10)));
    assert_eq!(world.set(&[(7, 0), (8, 0)]), Ok(()));
}

#[test]
fn submit_reverts_whole_when_one_group_fails() {
    let mut world = World::new(3);
    world.tick(&output(1, ONE), 2).unwrap();
    // Vesting waits in the queue, so an update that names it is refused with everything in it.
    let mut outputs = output(0, ONE / 5);
    outputs[1] = ONE;
    assert_eq!(world.tick(&outputs, 3), Err(Violation::pending_exists(1)));
    assert_eq!(world.value(0), 5_000);
    assert_eq!(world.tick(&outputs, 1).map(|a| a.applied), Ok(1));
}

#[test]
fn a_mapped_update_never_breaks_a_rule_it_could_have_known() {
    // Whatever the outputs, at rest the mapping passes the validator.
    for bits in 0..1u32 << 14 {
        let mut outputs = [0; 8];
        for (index, output) in outputs.iter_mut().take(7).enumerate() {
            *output = [0, ONE, -ONE, ONE / 3][(bits >> (2 * index) & 3) as usize];
        }
        if bits % 37 != 0 {
            continue;
        }
        let mut world = World::new(3);
        let result = world.tick(&outputs, ALL_GROUPS);
        assert!(result.is_ok(), "{outputs:?} {result:?}");
    }
    assert_eq!(Violation::no_change().rule(), Rule::NoChange);
}
