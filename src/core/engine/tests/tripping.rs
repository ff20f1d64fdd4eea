//! The breaker, upkeep, the watch over failures and time.
use super::*;
use crate::engine::breaker::{KPI_DISAGREEMENT, KPI_DRAWDOWN, KPI_STAKING, KPI_SUPPLY};
use crate::kpi::Kpi;

#[test]
fn kpi_numbers_are_those_of_the_schema() {
    assert_eq!(KPI_STAKING, Kpi::StakingRatio.index());
    assert_eq!(KPI_SUPPLY, Kpi::NetSupplyChange.index());
    assert_eq!(KPI_DRAWDOWN, Kpi::Drawdown.index());
    assert_eq!(KPI_DISAGREEMENT, Kpi::OracleDisagreement.index());
}

#[test]
fn brk_01_trips_exactly_beyond_each_limit() {
    let rows = [
        (KPI_DISAGREEMENT, 3_277, 3_278, Reason::KpiDeviation),
        (KPI_SUPPLY, 295, 296, Reason::SupplyGrowth),
        (KPI_STAKING, 26_214, 26_213, Reason::StakingFloor),
        (KPI_DRAWDOWN, 32_768, 32_769, Reason::Drawdown),
    ];
    for (index, fine, broken, reason) in rows {
        let mut world = World::new(3);
        world.kpis[index] = fine;
        assert_eq!(world.heartbeat().map(|a| a.trip), Ok(0));
        world.kpis[index] = broken;
        let outputs = output(0, ONE / 5);
        assert_eq!(world.tick(&outputs, 1), Ok(Accepted { trip: reason as u8, ..Accepted::default() }));
        assert_eq!(world.value(0), 5_000, "a trip applies nothing");
        let until = world.now + 7 * DAY;
        let events = world.events();
        let (value, limit) = (i64::from(broken), i64::from(fine));
        assert_eq!(events[events.len() - 2], Event::BreakerTripped { reason, scope: 255, value, limit });
        assert_eq!(world.last(), Event::Halted { scope: 255, by: Actor::Breaker, until });
        assert_eq!(Progress::load(&world.ledger).tripped_at, world.now);
        assert_eq!(Progress::load(&world.ledger).update_id, 2, "the update is used up");
        world.kpis[index] = fine;
        assert_eq!(world.heartbeat(), Err(Violation::halted(255, until)));
        world.now = until;
        assert!(world.tick(&outputs, 1).is_ok());
    }
}

#[test]
fn brk_02_a_trip_never_shortens_a_halt() {
    let mut world = World::new(3);
    world.act(|l, now| halt(l, now, 255, Actor::Council)).unwrap();
    let far = world.now + 50 * DAY;
    world.act(|l, now| extend_halt(l, now, 255, far)).unwrap();
    for id in 1..=5 {
        world.act(|l, now| note_failure(l, now, id, Violation::curve_order(3))).unwrap();
    }
    assert_eq!(halted_until(&world.ledger, 255), Ok(far));
}

fn fail(world: &mut World, id: u64) -> bool {
    let violation = Violation::policy_mismatch(0, 1, 2);
    let tripped = world.act(|l, now| note_failure(l, now, id, violation)).unwrap();
    assert!(world.events().contains(&Event::UpdateRejected { update_id: id, violation }));
    tripped
}

#[test]
fn brk_03_a_burst_of_failures_trips() {
    let mut world = World::new(3);
    for id in 1..5 {
        assert!(!fail(&mut world, id));
    }
    assert!(fail(&mut world, 5));
    assert_eq!(world.last(), Event::Halted { scope: 255, by: Actor::Breaker, until: world.now + 7 * DAY });
    let events = world.events();
    let (scope, value, limit) = (255, 5, 5);
    assert_eq!(
        events[events.len() - 2],
        Event::BreakerTripped { reason: Reason::AttestationBurst, scope, value, limit }
    );
    assert!(!fail(&mut world, 6), "the count starts over");
    // Spread over more than the window they never add up.
    let mut world = World::new(3);
    for id in 1..20 {
        assert!(!fail(&mut world, id));
        world.wait(DAY / 4);
    }
    // At the very end of the window they still do.
    let mut world = World::new(3);
    for id in 1..5 {
        fail(&mut world, id);
    }
    world.wait(DAY - 1);
    assert!(fail(&mut world.clone(), 5));
    world.wait(1);
    assert!(!fail(&mut world, 5));
}

#[test]
fn brk_04_a_stranger_cannot_trip_it_with_one_update() {
    let mut world = World::new(3);
    for _ in 0..20 {
        assert!(!fail(&mut world, 9), "the same id counts once");
    }
    for id in 1..9 {
        assert!(!fail(&mut world, id), "older ids do not count");
    }
    for id in 10..40 {
        let late = Violation::expired(1);
        assert_eq!(world.act(|l, now| note_failure(l, now, id, late)), Ok(false), "lateness does not count");
    }
    assert_eq!(Watch::load(&world.ledger).failures, 1);
    let mut world = World::new(3);
    world.id = 100;
    world.heartbeat().unwrap();
    for id in 1..=101 {
        assert!(!fail(&mut world, id), "accepted ids do not count");
    }
    assert_eq!(Watch::load(&world.ledger), Watch::default());
}

#[test]
fn brk_05_pinned_groups_lose_their_autonomy() {
    let mut world = World::new(3);
    world
        .edit(0, |r| {
            r.gov_max = 5_100;
            r.neutral = 5_000
        })
        .unwrap();
    world.tick(&output(0, ONE / 5), 1).unwrap();
    assert_eq!(Progress::load(&world.ledger).flags, 0);
    world.wait(EPOCH).tick(&output(0, ONE / 4), 1).unwrap();
    assert_eq!(world.value(0), 5_100);
    assert_eq!(Progress::load(&world.ledger).flags, 1);
    // The update that pinned it is the first of eight.
    for streak in 2..8 {
        world.wait(EPOCH).heartbeat().unwrap();
        assert_eq!(Progress::load(&world.ledger).streaks[0], streak);
        assert_eq!(world.state(Group::Emission).autonomy, 3);
    }
    let mut moved = world.clone();
    moved.wait(EPOCH).heartbeat().unwrap();
    let (reason, scope, value, limit) = (Reason::Pinned, 0, 8, 8);
    let events = moved.events();
    assert_eq!(events[events.len() - 2], Event::BreakerTripped { reason, scope, value, limit });
    assert_eq!(moved.last(), Event::AutonomyChanged { group: 0, old: 3, new: 1, by: Actor::Breaker });
    assert_eq!(moved.state(Group::Emission).autonomy, 1);
    assert_eq!(moved.state(Group::Vesting).autonomy, 3);
    // At level 1 there is nothing left to take.
    let count = moved.events().len();
    for _ in 0..9 {
        moved.wait(EPOCH).heartbeat().unwrap();
    }
    assert_eq!(moved.events().len(), count + 9);
    // Leaving the end starts over.
    world.wait(EPOCH).tick(&output(0, -ONE / 10), 1).unwrap();
    let progress = Progress::load(&world.ledger);
    assert_eq!((progress.flags, progress.streaks[0]), (0, 0));
    // So does a range that moves away.
    let mut world = World::new(3);
    world.edit(0, |r| r.gov_max = 5_000).unwrap();
    assert_eq!(Progress::load(&world.ledger).flags, 1);
    world.edit(0, |r| r.gov_max = 5_001).unwrap();
    assert_eq!(Progress::load(&world.ledger).flags, 0);
    world.act(|l, _| narrow(l, 0, 5_000, 5_001)).unwrap();
    assert_eq!(Progress::load(&world.ledger).flags, 1);
    // What cannot move at all is not pinned.
    world.act(|l, _| narrow(l, 0, 5_000, 5_000)).unwrap();
    assert_eq!(Progress::load(&world.ledger).flags, 0);
    world.edit(0, |r| r.gov_max = 5_001).unwrap();
    assert_eq!(Progress::load(&world.ledger).flags, 1);
    // A group of several slots is pinned only when all that can move are.
    world
        .edit(7, |r| {
            r.gov_min = 1_000;
            r.neutral = 1_000
        })
        .unwrap();
    assert_eq!(Progress::load(&world.ledger).flags, 1);
    world
        .edit(8, |r| {
            r.gov_max = 10;
            r.neutral = 10
        })
        .unwrap();
    assert_eq!(Progress::load(&world.ledger).flags, 1 | 8);
}

#[test]
fn brk_05_counts_every_pinned_group_and_no_other() {
    // Exhaustive: every set of pinned groups, dormant or not.
    let world = World::new(3);
    let config = Config::load(&world.ledger).unwrap();
    for flags in 0..=255u8 {
        let mut progress = Progress { flags, ..Progress::load(&world.ledger) };
        progress.streaks = [3; 7];
        let expected = progress.streaks.map(|streak| streak + 1);
        breaker::count_pinned(&mut world.ledger.clone(), &config, &mut progress);
        for group in Group::ALL {
            let pinned = flags & state::bit(group) != 0;
            assert_eq!(progress.streaks[group.index()], if pinned { expected[group.index()] } else { 3 });
        }
        assert_eq!(progress.flags, flags);
    }
}

#[test]
fn brk_06_silence_makes_emission_dormant_and_glide() {
    let mut world = World::new(2);
    world.set(&[(0, 5_250)]).unwrap();
    world.set(&[(0, 5_500)]).unwrap();
    let accepted_at = Progress::load(&world.ledger).accepted_at;
    assert_eq!(accepted_at, GENESIS);
    world.now = GENESIS + 3 * EPOCH;
    assert_eq!(world.act(poke), Ok(0), "three epochs are not more than three");
    world.now += 1;
    assert_eq!(world.act(poke), Ok(1));
    let (value, limit) = (i64::from(3 * EPOCH + 1), i64::from(3 * EPOCH));
    let tripped = Event::BreakerTripped { reason: Reason::Staleness, scope: 0, value, limit };
    assert!(world.events().contains(&tripped));
    // 500 to go, a step of 10 % = 550: there at once, and then it rests.
    let glide =
        Event::ParameterChanged { slot: 0, update_id: 0, model_id: [0; 32], old: 5_500, new: 5_000, lane: Lane::Glide };
    assert_eq!(world.last(), glide);
    let count = world.events().len();
    world.wait(EPOCH);
    assert_eq!(world.act(poke), Ok(0));
    assert_eq!(world.events().len(), count, "the trip is told once");
    assert_eq!(world.state(Group::Emission).clean, 0);
    // An accepted update wakes it.
    world.heartbeat().unwrap();
    assert_eq!(Progress::load(&world.ledger).flags, 0);
    world.wait(3 * EPOCH + 1);
    assert_eq!(world.act(poke), Ok(1));
    assert_eq!(world.last(), tripped, "at neutral there is nothing to move");
}

#[test]
fn brk_07_the_glide_keeps_every_rule() {
    // From far below neutral: one 5 % step per cooldown until the bucket is empty.
    let mut world = World::new(2);
    world.edit(0, |r| r.neutral = 20_000).unwrap();
    world.now = GENESIS + 3 * EPOCH + 1;
    let mut values = std::vec![world.value(0)];
    for _ in 0..60 {
        let _ = world.act(poke).unwrap();
        values.push(world.value(0));
        world.wait(DAY);
    }
    let moves: Vec<u32> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (day, size) in moves.iter().enumerate() {
        assert!(*size <= values[day] / 20);
        if *size != 0 {
            assert!(moves[day + 1..].iter().take(6).all(|next| *next == 0), "cooldown");
        }
    }
    assert!(*values.last().unwrap() > 6_000);
    assert!(*values.last().unwrap() <= 5_000 + 1_250 + 1_250, "bucket");
    // Halts, waiting changes and human levels hold it.
    let ready = |edit: &dyn Fn(&mut World)| {
        let mut world = World::new(2);
        world.edit(0, |r| r.neutral = 6_000).unwrap();
        edit(&mut world);
        world.now = GENESIS + 3 * EPOCH + 1;
        world.act(poke).unwrap();
        world.value(0) != 5_000
    };
    assert!(ready(&|_| {}));
    assert!(!ready(&|world| {
        world.act(|l, _| lower_autonomy(l, 0, 1, Actor::Council)).unwrap();
    }));
    for scope in [0, 255] {
        assert!(!ready(&|world| {
            world.now = GENESIS + 3 * EPOCH;
            world.act(|l, now| halt(l, now, scope, Actor::Council)).unwrap();
        }));
        // A halt that ends at this second holds nothing any more.
        assert!(ready(&|world| {
            world.now = GENESIS + 3 * EPOCH + 1 - 7 * DAY;
            world.act(|l, now| halt(l, now, scope, Actor::Council)).unwrap();
        }));
    }
    // A change that still waits after three silent epochs, where the queue is that slow.
    let mut world = World::new(2);
    world.edit(0, |r| r.neutral = 6_000).unwrap();
    let slow = crate::rules::GroupRules { delay: 30 * DAY, ..Group::Emission.default_rules() };
    world.act(|l, _| set_group_rules(l, 0, &slow.pack())).unwrap();
    world.tick(&output(0, -ONE), 1).unwrap();
    world.wait(3 * EPOCH + 1).act(poke).unwrap();
    assert!(world.state(Group::Emission).pending && world.value(0) == 5_000);
    assert!(!ready(&|world| {
        // Governance switched dormancy off.
        let rules = crate::rules::GroupRules { dormant_after: 0, ..Group::Emission.default_rules() };
        world.act(|l, _| set_group_rules(l, 0, &rules.pack())).unwrap();
    }));
}

#[test]
fn brk_08_a_gap_in_block_time_makes_automatic_changes_wait() {
    let mut world = World::new(3);
    world.tick(&output(0, ONE), 1).unwrap();
    let limits = BreakerConfig { max_gap: 3_600, gap_grace: 1_800, ..BreakerConfig::default() };
    world.act(|l, now| set_breaker(l, now, &limits.pack())).unwrap();
    assert_eq!(world.last(), Event::BreakerChanged { word: limits.pack() });
    world.wait(3_600);
    assert!(world.clone().heartbeat().is_ok());
    world.wait(1);
    assert_eq!(world.heartbeat(), Err(Violation::quiet(world.now + 1_800)), "nobody has poked");
    assert_eq!(world.act(poke), Ok(0x80));
    let (reason, scope, value, limit) = (Reason::TimeGap, 255, 3_601, 3_600);
    assert_eq!(world.last(), Event::BreakerTripped { reason, scope, value, limit });
    let until = world.now + 1_800;
    world.now = until - 1;
    assert_eq!(world.heartbeat(), Err(Violation::quiet(until)));
    assert!(world.set(&[(7, 1_001)]).is_ok(), "the council does not wait");
    world.now = until;
    assert!(world.heartbeat().is_ok());
    // Regular pokes never trip it, and the queue waits as well.
    let trips = |world: &World| world.events().iter().filter(|e| matches!(e, Event::BreakerTripped { .. })).count();
    assert_eq!(world.act(poke), Ok(0x80));
    for _ in 0..80 {
        world.wait(3_600);
        assert_eq!(world.act(poke), Ok(0x80));
    }
    assert_eq!(trips(&world), 1);
    world.wait(3_601);
    assert_eq!(world.execute(Group::Emission), Err(Violation::quiet(world.now + 1_800)));
    world.act(poke).unwrap();
    world.wait(1_800);
    assert!(world.execute(Group::Emission).is_ok());
}

#[test]
fn breaker_config_round_trips_and_is_checked() {
    let good = BreakerConfig {
        max_disagreement: 1,
        max_supply_growth: 2,
        min_staking: 3,
        max_drawdown: 4,
        max_burn: 10,
        max_treasury_fall: 11,
        min_turnout: 12,
        burst_count: 5,
        burst_window: 6,
        pinned_after: 7,
        max_gap: 600,
        gap_grace: 9,
    };
    assert_eq!(BreakerConfig::unpack(&good.pack()), good);
    let code = |limits: BreakerConfig| limits.check().err().map_or(0, |violation| violation.numbers()[0]);
    assert_eq!(code(good), 0);
    assert_eq!(code(BreakerConfig::default()), 0);
    assert_eq!(code(BreakerConfig { max_disagreement: 0, ..good }), 21);
    assert_eq!(code(BreakerConfig { max_supply_growth: 0, ..good }), 21);
    assert_eq!(code(BreakerConfig { max_drawdown: 0, ..good }), 21);
    assert_eq!(code(BreakerConfig { max_burn: 0, ..good }), 21);
    assert_eq!(code(BreakerConfig { max_burn: 65_537, ..good }), 21);
    assert_eq!(code(BreakerConfig { max_treasury_fall: 0, ..good }), 21);
    assert_eq!(code(BreakerConfig { max_treasury_fall: 65_537, ..good }), 21);
    assert_eq!(code(BreakerConfig { min_turnout: 0, ..good }), 0);
    assert_eq!(code(BreakerConfig { min_turnout: 65_537, ..good }), 21);
    assert_eq!(code(BreakerConfig { max_drawdown: 65_536, ..good }), 0);
    assert_eq!(code(BreakerConfig { max_drawdown: 65_537, ..good }), 21);
    assert_eq!(code(BreakerConfig { min_staking: 0, ..good }), 0);
    assert_eq!(code(BreakerConfig { min_staking: 65_536, ..good }), 0);
    assert_eq!(code(BreakerConfig { min_staking: 65_537, ..good }), 21);
    assert_eq!(code(BreakerConfig { burst_count: 0, ..good }), 22);
    assert_eq!(code(BreakerConfig { pinned_after: 0, ..good }), 22);
    assert_eq!(code(BreakerConfig { burst_window: 0, ..good }), 23);
    // What the word has no room for.
    let most = BreakerConfig { burst_window: 0xff_ffff, max_gap: 0xff_ffff, ..good };
    assert_eq!((code(most), BreakerConfig::unpack(&most.pack())), (0, most));
    assert_eq!(code(BreakerConfig { burst_window: 1 << 24, ..good }), 23);
    assert_eq!(code(BreakerConfig { max_gap: 1 << 24, ..good }), 24);
    assert_eq!(code(BreakerConfig { max_gap: 599, ..good }), 24);
    assert_eq!(code(BreakerConfig { max_gap: 0, ..good }), 0);
    assert_eq!(code(BreakerConfig { gap_grace: 86_400, ..good }), 0);
    assert_eq!(code(BreakerConfig { gap_grace: 86_401, ..good }), 24);
    let mut world = World::new(3);
    let bad = BreakerConfig { burst_count: 0, ..good }.pack();
    assert_eq!(world.act(|l, now| set_breaker(l, now, &bad)), Err(Violation::bad_rules(22)));
    world
        .act(|l, now| set_breaker(l, now, &BreakerConfig { pinned_after: 2, ..BreakerConfig::default() }.pack()))
        .unwrap();
    let config = Config::load(&world.ledger).unwrap();
    assert_eq!(BreakerConfig::load(&world.ledger, &config).pinned_after, 2);
}
