//! Views.
use super::*;
use crate::engine::views::{headroom, preview, values_at, Headroom, Overlay};
use proptest::prelude::*;

#[test]
fn headroom_reports_every_limit() {
    let mut world = World::new(3);
    let room = |world: &World, number: u8| headroom(&world.ledger, world.now, slot(number)).unwrap();
    let expected = Headroom {
        up: 250,
        down: 500,
        bucket_up: 1_250,
        bucket_down: 2_500,
        safe: 100,
        next: 0,
        halted_until: 0,
        autonomy: 3,
        pending: false,
    };
    assert_eq!(room(&world, 0), expected);
    world.tick(&output(0, ONE / 5), 1).unwrap();
    world.act(|l, now| halt(l, now, 0, Actor::Council)).unwrap();
    let expected = Headroom {
        up: 252,
        down: 504,
        bucket_up: 1_250 - 49,
        bucket_down: 2_500 + 49,
        safe: 100,
        next: world.now + 583_200,
        halted_until: world.now + 7 * DAY,
        ..expected
    };
    assert_eq!(room(&world, 0), expected);
    // The range binds before the step.
    world.act(|l, _| narrow(l, 0, 5_000, 5_060)).unwrap();
    assert_eq!((room(&world, 0).up, room(&world, 0).down), (11, 49));
    let pool = room(&world, 12);
    assert_eq!((pool.up, pool.down, pool.bucket_up, pool.bucket_down, pool.safe), (500, 1_000, 2_500, 2_500, 200));
    world.tick(&output(1, ONE), 2).unwrap();
    assert!(room(&world, 1).pending);
    for dead in [15, 45] {
        assert_eq!(headroom(&world.ledger, world.now, slot(dead)), Err(Violation::unknown_slot(dead)));
    }
    let empty = MemoryLedger::default();
    assert_eq!(headroom(&empty, 0, slot(0)), Err(Violation::not_initialised()));
    assert_eq!(value(&empty, slot(0)), 0);
    assert_eq!(value_at(&empty, 6, slot(0), 5), Err(Violation::no_history(0, 5)));
}

proptest! {
    /// VIEW-01: the override can move a slot by exactly its headroom, and not by one more.
    #[test]
    fn view_01_headroom_is_exact(moves in prop::collection::vec((0u32..3, 0u32..20_000_000), 0..6), up: bool) {
        let mut world = World::new(3);
        for (kind, wait) in moves {
            let room = headroom(&world.ledger, world.now, slot(0)).unwrap();
            let new = match kind { 0 => world.value(0) + room.up, 1 => world.value(0) - room.down, _ => world.value(0) + room.up / 2 };
            if new != world.value(0) {
                world.set(&[(0, new)]).unwrap();
            }
            world.wait(wait);
        }
        let room = headroom(&world.ledger, world.now, slot(0)).unwrap();
        let value = world.value(0);
        let (exact, beyond) = if up { (value + room.up, value + room.up + 1) } else { (value - room.down, value - room.down - 1) };
        if exact != value {
            prop_assert_eq!(world.clone().set(&[(0, exact)]), Ok(()));
        }
        prop_assert!(world.set(&[(0, beyond)]).is_err());
    }
}

#[test]
fn preview_tells_without_doing() {
    let world = World::new(3);
    let mut outputs = [ONE / 5, ONE, ONE, -ONE, ONE, ONE, ONE, 0];
    let update = world.propose(&outputs, ALL_GROUPS);
    let bytes = update.encode().unwrap();
    let decoded = Update::decode(&bytes).unwrap();
    let told = preview(&world.ledger, world.now, &decoded, &outputs, keccak);
    let mut done = world.clone();
    assert_eq!(done.submit(&update, &outputs), told);
    assert_eq!(told.unwrap().applied | told.unwrap().queued, ALL_GROUPS);
    outputs[0] = 0;
    let refused = preview(&world.ledger, world.now, &decoded, &outputs, keccak);
    assert_eq!(refused, Err(Violation::policy_mismatch(0, 5_049, 5_000)));
    assert_eq!(world.ledger, World::new(3).ledger, "nothing was written");
}

#[test]
fn overlay_holds_the_widest_update() {
    // Every group applied at once with everything live: the most words one update writes.
    let mut world = World::new(3);
    world.act(|l, now| set_counts(l, now, 32, 8)).unwrap();
    let wide = crate::rules::GroupRules { l1_safe: 1_000, ..Group::Liquidity.default_rules() };
    world.act(|l, _| set_group_rules(l, 5, &wide.pack())).unwrap();
    for number in 0..=50 {
        let _ = world.edit(number, |r| r.safe = r.step_up);
    }
    world.kpis = std::vec![0; 44];
    world.kpis[breaker::KPI_STAKING] = ONE / 2;
    world.kpis[12..].fill(ONE);
    world.wait(DAY);
    for queue in [false, true] {
        let mut world = world.clone();
        if queue {
            for group in 0..7 {
                world.act(|l, _| lower_autonomy(l, group, 2, Actor::Council)).unwrap();
            }
        }
        let outputs = [ONE, ONE, ONE, -ONE, ONE, ONE, ONE, 0];
        let update = world.propose(&outputs, ALL_GROUPS);
        let bytes = update.encode().unwrap();
        let decoded = Update::decode(&bytes).unwrap();
        let mut overlay = Overlay::new(&world.ledger);
        let told = submit(&mut overlay, world.now, &decoded, &outputs, keccak).unwrap();
        let mut done = world.clone();
        assert_eq!(done.submit(&update, &outputs), Ok(told));
        assert_eq!(told.queued | told.applied, ALL_GROUPS);
        for key in done.ledger.words.keys() {
            assert_eq!(overlay.load(*key), done.ledger.load(*key), "key {key:#x}");
        }
    }
}

#[test]
fn values_at_are_those_of_the_time() {
    let mut world = World::new(3);
    let before = views::values(&world.ledger);
    let moment = world.now;
    world.set(&[(0, 5_100), (11, 2_499), (12, 2_501), (43, 10_001)]).unwrap();
    let now = moment + 1;
    assert_eq!(values_at(&world.ledger, now, moment - 1), Ok(before));
    assert_eq!(values_at(&world.ledger, now, moment), Ok(views::values(&world.ledger)));
    assert_eq!(values_at(&world.ledger, now, GENESIS - 1), Err(Violation::no_history(0, GENESIS - 1)));
    assert_eq!(value_at(&world.ledger, now, slot(43), moment - 1), Ok(10_000));
    assert_eq!(value_at(&world.ledger, now, slot(43), moment), Ok(10_001));
}

/// VIEW-06: a moment that is not over has no value, and what a past one gave never changes.
#[test]
fn view_06_a_moment_that_is_not_over_is_refused() {
    let mut world = World::new(3);
    let moment = world.now;
    for timepoint in [moment, moment + 1, u32::MAX] {
        let refused = Violation::future_lookup(timepoint, moment);
        assert_eq!(value_at(&world.ledger, moment, slot(0), timepoint), Err(refused));
        assert_eq!(values_at(&world.ledger, moment, timepoint), Err(refused));
    }
    // Two changes within one second: only the last of them is what that second had.
    let before = value_at(&world.ledger, moment, slot(0), moment - 1).unwrap();
    world.set(&[(0, 5_100)]).unwrap();
    world.set(&[(0, 5_050)]).unwrap();
    assert_eq!(world.now, moment);
    assert_eq!(value_at(&world.ledger, moment, slot(0), moment - 1), Ok(before));
    assert_eq!(value_at(&world.ledger, moment + 1, slot(0), moment), Ok(5_050));
}
