//! Every case of a small domain, against a model written as a table.
use super::*;
use crate::engine::halts::{GUARDIAN_REST, MAX_HALT};
use crate::engine::state::Halt;
use crate::rules::Limit;

const UP: [i32; 8] = [ONE, 0, 0, 0, 0, 0, 0, 0];

/// The emission rate at `value` in a range and with steps of its own, and room enough in its bucket.
fn bounded(world: &World, (min, max): (u32, u32), (up, down): (u32, u32)) -> World {
    let mut world = world.clone();
    let limit = |abs| Limit { rel_bps: 0, abs };
    world
        .edit(0, |rules| {
            (rules.gov_min, rules.gov_max, rules.neutral) = (min, max, min);
            (rules.step_up, rules.step_down, rules.safe) = (limit(up), limit(down), limit(0));
            (rules.bucket_up, rules.bucket_down) = (limit(1_000), limit(1_000));
        })
        .unwrap();
    world
}

#[test]
fn rule_19_range_and_step_hold_on_a_small_domain() {
    let domain = 4_996..=5_004u32;
    for current in domain.clone() {
        let mut world = World::new(3);
        if current != 5_000 {
            world.set(&[(0, current)]).unwrap();
        }
        let ranges = (4_998..=5_002).flat_map(|min| (min..=5_002).map(move |max| (min, max)));
        for (range, steps) in ranges.flat_map(|range| [(1, 1), (1, 3), (3, 1), (2, 2)].map(|steps| (range, steps))) {
            let bounded = bounded(&world, range, steps);
            let (min, max) = range;
            let base = current.clamp(min, max);
            for new in domain.clone() {
                let mut world = bounded.clone();
                let limit = if new > base { steps.0 } else { steps.1 };
                let expected = if new == current {
                    Err(Violation::no_change())
                } else if new < min || new > max {
                    Err(Violation::out_of_range(0, new, min, max))
                } else if new.abs_diff(base) > limit {
                    Err(Violation::step_exceeded(0, base, new, limit))
                } else {
                    Ok(())
                };
                assert_eq!(world.set(&[(0, new)]), expected, "{current} to {new} in {range:?} by {steps:?}");
                assert_eq!(world.value(0), if expected.is_ok() { new } else { current });
            }
        }
    }
}

#[test]
fn lane_05_ladder_is_climbed_and_left_as_the_table_says() {
    let clean_at = GENESIS + 10;
    for group in Group::ALL {
        let number = group.number();
        for (level, clean, tripped_at) in (0..=3u8)
            .flat_map(|level| (0..=5u8).map(move |clean| (level, clean)))
            .flat_map(|(level, clean)| [0, clean_at - 1, clean_at, clean_at + 1].map(|trip| (level, clean, trip)))
        {
            let mut world = World::new(3);
            let state = GroupState { autonomy: level, clean, clean_at, ..world.state(group) };
            state.save(&mut world.ledger, group);
            let progress = Progress { tripped_at, ..Progress::load(&world.ledger) };
            progress.save(&mut world.ledger);
            let earned = if tripped_at > clean_at { 0 } else { clean };
            let mut raised = world.clone();
            let expected = if level == 3 {
                Err(Violation::bad_autonomy(number, 3))
            } else if earned < 4 {
                Err(Violation::not_earned(number, earned, 4))
            } else {
                Ok(())
            };
            assert_eq!(raised.act(|l, _| raise_autonomy(l, number)), expected);
            if expected.is_ok() {
                assert_eq!(raised.state(group), GroupState { autonomy: level + 1, clean: 0, ..state });
                let (old, new, by) = (level, level + 1, Actor::Governance);
                assert_eq!(raised.last(), Event::AutonomyChanged { group: number, old, new, by });
            }
            for target in 0..=4u8 {
                let mut lowered = world.clone();
                let expected = if target < level { Ok(()) } else { Err(Violation::bad_autonomy(number, target)) };
                assert_eq!(lowered.act(|l, _| lower_autonomy(l, number, target, Actor::Council)), expected);
                let after = GroupState { autonomy: target, clean: 0, ..state };
                assert_eq!(lowered.state(group), if target < level { after } else { state });
            }
        }
    }
}

#[test]
fn lane_07_clean_epochs_are_credited_as_the_table_says() {
    const GAP: u32 = 583_200;
    let now = GENESIS + 10 * GAP;
    for clean in [0, 1, 4, 254, 255u8] {
        for clean_at in [0, now - GAP - 1, now - GAP, now - GAP + 1, now] {
            for tripped_at in [0, clean_at.saturating_sub(1), clean_at, clean_at + 1, now] {
                let mut state = GroupState { clean, clean_at, ..GroupState::default() };
                commit::credit(&mut state, now, tripped_at);
                let kept = if tripped_at > clean_at { 0 } else { clean };
                let earned = clean_at == 0 || now - clean_at >= GAP;
                let expected = if earned { (kept.saturating_add(1), now) } else { (kept, clean_at) };
                assert_eq!((state.clean, state.clean_at), expected, "{clean} at {clean_at}, trip at {tripped_at}");
            }
        }
    }
}

/// The halt of a scope.
fn halt_of(world: &World, scope: u8) -> Halt {
    Group::new(scope).map_or(Config::load(&world.ledger).unwrap().halt, |group| world.state(group).halt)
}

fn with_halt(scope: u8, halt: Halt) -> World {
    let mut world = World::new(3);
    if let Some(group) = Group::new(scope) {
        GroupState { halt, ..world.state(group) }.save(&mut world.ledger, group);
    } else {
        Config { halt, ..Config::load(&world.ledger).unwrap() }.save(&mut world.ledger);
    }
    world
}

#[test]
fn halt_05_every_verb_does_what_the_table_says_from_every_state() {
    const HALT: u32 = 7 * DAY;
    let now = GENESIS + DAY;
    let ends = [0, now - 1, now, now + 1, now + HALT - 1, now + HALT, now + HALT + 1, now + MAX_HALT];
    let uses = [0, 1, now - GUARDIAN_REST, now - GUARDIAN_REST + 1, now];
    for scope in (0..=6).chain([255]) {
        for (until, guardian_at) in ends.into_iter().flat_map(|until| uses.map(|used| (until, used))) {
            let start = Halt { until, guardian_at };
            let world = with_halt(scope, start);
            assert_eq!(world.now, now);
            let check = |world: &World, result: Result<(), Violation>, expected: Result<Halt, Violation>| {
                assert_eq!(result, expected.map(|_| ()), "scope {scope} from {start:?}");
                assert_eq!(halt_of(world, scope), expected.unwrap_or(start), "scope {scope} from {start:?}");
            };
            let later = until.max(now + HALT);
            let mut council = world.clone();
            let result = council.act(|l, now| halt(l, now, scope, Actor::Council));
            check(&council, result, Ok(Halt { until: later, guardian_at }));
            let mut guardian = world.clone();
            let result = guardian.act(|l, now| halt(l, now, scope, Actor::Guardian));
            let next = guardian_at + GUARDIAN_REST;
            let expected = if guardian_at != 0 && now < next {
                Err(Violation::guardian_spent(scope, next))
            } else {
                Ok(Halt { until: later, guardian_at: now })
            };
            check(&guardian, result, expected);
            for to in [now, until, until + 1, now + HALT + 2, now + MAX_HALT, now + MAX_HALT + 1] {
                let mut extended = world.clone();
                let result = extended.act(|l, now| extend_halt(l, now, scope, to));
                let fits = until > now && to > until && to <= now + MAX_HALT;
                check(
                    &extended,
                    result,
                    if fits { Ok(Halt { until: to, ..start }) } else { Err(Violation::bad_halt(to)) },
                );
            }
            let mut resumed = world.clone();
            let result = resumed.act(|l, now| resume(l, now, scope));
            let any = until > now || guardian_at != 0;
            check(&resumed, result, if any { Ok(Halt::default()) } else { Err(Violation::bad_halt(until)) });
        }
    }
}

/// A state of the queue of the emission rate.
#[derive(Clone, Copy, Debug)]
struct Queue {
    waits: bool,
    autonomy: u8,
    approval: bool,
    approved: bool,
    /// Scope of a halt in force, if any.
    halted: Option<u8>,
    now: u32,
}

fn every_queue(eta: u32, expires: u32) -> impl Iterator<Item = Queue> {
    let flags = (0..8u8).map(|bits| (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0));
    flags.flat_map(move |(waits, approval, approved)| {
        (0..=3u8).flat_map(move |autonomy| {
            [None, Some(0), Some(1), Some(255)].into_iter().flat_map(move |halted| {
                [eta - 1, eta, expires, expires + 1].map(|now| Queue {
                    waits,
                    autonomy,
                    approval,
                    approved,
                    halted,
                    now,
                })
            })
        })
    })
}

#[test]
fn lane_06_every_verb_does_what_the_table_says_from_every_state_of_the_queue() {
    let mut queued = World::new(2);
    queued.tick(&UP, 1).unwrap();
    let pending = Pending::load(&queued.ledger, Group::Emission);
    let payload = queued.payload(Group::Emission);
    let far = pending.expires + 1_000;
    for queue in every_queue(pending.eta, pending.expires) {
        let mut world = queued.clone();
        world.now = queue.now;
        let Queue { approval, approved, .. } = queue;
        Pending { approval, approved, ..pending }.save(&mut world.ledger, Group::Emission);
        let state = GroupState { autonomy: queue.autonomy, pending: queue.waits, ..world.state(Group::Emission) };
        state.save(&mut world.ledger, Group::Emission);
        if !queue.waits {
            Pending::clear(&mut world.ledger, Group::Emission);
        }
        if let Some(scope) = queue.halted {
            let halt = Halt { until: far, guardian_at: 0 };
            if let Some(group) = Group::new(scope) {
                GroupState { halt, ..world.state(group) }.save(&mut world.ledger, group);
            } else {
                Config { halt, ..Config::load(&world.ledger).unwrap() }.save(&mut world.ledger);
            }
        }
        let missing = (!queue.waits).then(|| Violation::nothing_pending(0));
        let over = (queue.now > pending.expires).then(|| Violation::pending_expired(pending.expires));
        let halted = |scope| (queue.halted == Some(scope)).then(|| Violation::halted(scope, far));
        let early = (queue.now < pending.eta).then(|| Violation::not_ready(pending.eta));
        let shadow = (queue.autonomy == 0).then(|| Violation::bad_autonomy(0, 0));
        let unheard = ((approval || queue.autonomy == 1) && !approved).then(|| Violation::not_approved(0));
        let refused = halted(255).or(missing).or(halted(0)).or(early).or(over).or(shadow).or(unheard);

        let mut run = world.clone();
        let result = run.act(|l, now| execute(l, now, 0, &payload, keccak));
        assert_eq!(result, refused.map_or(Ok(()), Err), "{queue:?}");
        assert_eq!(run.value(0), if refused.is_none() { 5_250 } else { 5_000 });
        assert_eq!(run.state(Group::Emission).pending, queue.waits && refused.is_some());
        let result = world.clone().act(|l, now| execute(l, now, 0, &payload[1..], keccak));
        assert_eq!(result, Err(refused.unwrap_or(Violation::pending_mismatch(0))), "{queue:?}");

        let mut heard = world.clone();
        let result = heard.act(|l, now| approve(l, now, 0));
        assert_eq!(result, missing.or(over).map_or(Ok(()), Err), "{queue:?}");
        if result.is_ok() {
            assert_eq!(Pending::load(&heard.ledger, Group::Emission), Pending { approval, approved: true, ..pending });
        }

        let mut struck = world.clone();
        let result = struck.act(|l, _| veto(l, 0));
        assert_eq!(result, missing.map_or(Ok(()), Err), "{queue:?}");
        assert!(!struck.state(Group::Emission).pending);

        let cleared = queue.waits && over.is_some();
        assert_eq!(world.act(poke), Ok(u8::from(cleared)), "{queue:?}");
        assert_eq!(world.state(Group::Emission).pending, queue.waits && !cleared);
    }
}
