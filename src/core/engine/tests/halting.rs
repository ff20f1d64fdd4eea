//! Halts.
use super::*;

const UP: [i32; 8] = [ONE / 5, 0, 0, 0, 0, 0, 0, 0];

#[test]
fn halt_01_stops_its_scope_and_expires() {
    // Exhaustive: every scope against every group's update.
    for scope in (0..=6).chain([255]) {
        for group in Group::ALL {
            let mut world = World::new(3);
            world.act(|l, now| halt(l, now, scope, Actor::Council)).unwrap();
            let until = world.now + 7 * DAY;
            assert_eq!(world.last(), Event::Halted { scope, by: Actor::Council, until });
            let mut outputs = output(usize::from(group.number()), ONE);
            outputs[7] = 0;
            let hit = scope == 255 || scope == group.number();
            let bit = state::bit(group);
            let result = world.tick(&outputs, bit);
            assert_eq!(result.map(|_| ()), if hit { Err(Violation::halted(scope, until)) } else { Ok(()) });
            assert_eq!(halted_until(&world.ledger, group.number()), Ok(if hit { until } else { 0 }));
            if hit {
                world.now = until - 1;
                assert!(world.tick(&outputs, bit).is_err());
                world.now = until;
                assert!(world.tick(&outputs, bit).is_ok(), "it ends by itself");
            }
        }
    }
}

#[test]
fn halt_02_never_blocks_the_council() {
    let mut world = World::new(3);
    let good = world.now;
    world.wait(1).act(|l, now| halt(l, now, 255, Actor::Guardian)).unwrap();
    assert!(world.heartbeat().is_err());
    world.set(&[(0, 5_100)]).unwrap();
    world.wait(1).act(|l, now| restore(l, now, good)).unwrap();
    assert_eq!(world.value(0), 5_000);
}

#[test]
fn halt_03_is_never_shortened() {
    let mut world = World::new(3);
    world.act(|l, now| halt(l, now, 1, Actor::Council)).unwrap();
    let far = world.now + 60 * DAY;
    world.act(|l, now| extend_halt(l, now, 1, far)).unwrap();
    assert_eq!(world.last(), Event::HaltExtended { scope: 1, until: far });
    world.act(|l, now| halt(l, now, 1, Actor::Council)).unwrap();
    assert_eq!(world.last(), Event::Halted { scope: 1, by: Actor::Council, until: far });
    assert_eq!(halted_until(&world.ledger, 1), Ok(far));
    // A group answers with the later of its own halt and the global one.
    world.act(|l, now| halt(l, now, 255, Actor::Council)).unwrap();
    assert_eq!(halted_until(&world.ledger, 1), Ok(far));
    assert_eq!(halted_until(&world.ledger, 255), Ok(world.now + 7 * DAY));
    assert_eq!(halted_until(&world.ledger, 2), Ok(world.now + 7 * DAY));
    assert_eq!(halted_until(&world.ledger, 7), Err(Violation::bad_scope(7)));
}

#[test]
fn extend_reverts_when_it_must() {
    let mut world = World::new(3);
    let extend = |world: &mut World, until: u32| world.act(|l, now| extend_halt(l, now, 255, until));
    let until = world.now + 8 * DAY;
    assert_eq!(extend(&mut world, until), Err(Violation::bad_halt(until)), "nothing is halted");
    world.act(|l, now| halt(l, now, 255, Actor::Guardian)).unwrap();
    let same = world.now + 7 * DAY;
    assert_eq!(extend(&mut world, same), Err(Violation::bad_halt(same)), "not longer");
    let far = world.now + 90 * DAY;
    assert_eq!(extend(&mut world, far + 1), Err(Violation::bad_halt(far + 1)));
    assert_eq!(extend(&mut world, far), Ok(()));
    world.now = far;
    assert_eq!(extend(&mut world, far + 1), Err(Violation::bad_halt(far + 1)), "it is over");
    assert_eq!(world.act(|l, now| extend_halt(l, now, 7, far + 1)), Err(Violation::bad_scope(7)));
}

#[test]
fn halt_04_guardian_uses_its_right_up() {
    for scope in [0, 255] {
        let mut world = World::new(3);
        let stop = |l: &mut MemoryLedger, now| halt(l, now, scope, Actor::Guardian);
        world.act(stop).unwrap();
        let next = world.now + 30 * DAY;
        world.wait(DAY);
        assert_eq!(world.act(stop), Err(Violation::guardian_spent(scope, next)));
        let mut other = world.clone();
        assert!(other.act(|l, now| halt(l, now, 3, Actor::Guardian)).is_ok(), "other scopes are untouched");
        assert!(other.act(|l, now| halt(l, now, scope, Actor::Council)).is_ok(), "the council is not bound by it");
        let mut rested = world.clone();
        rested.now = next - 1;
        assert_eq!(rested.act(stop), Err(Violation::guardian_spent(scope, next)));
        rested.now = next;
        assert!(rested.act(stop).is_ok());
        // Governance gives it back, during the halt or after it.
        for wait in [0, 10 * DAY] {
            let mut resumed = world.clone();
            resumed.wait(wait).act(|l, now| resume(l, now, scope)).unwrap();
            assert_eq!(resumed.last(), Event::Resumed { scope });
            assert_eq!(halted_until(&resumed.ledger, scope), Ok(0));
            assert!(resumed.tick(&UP, 1).is_ok());
            assert!(resumed.act(stop).is_ok());
        }
    }
}

#[test]
fn resume_reverts_when_nothing_is_halted() {
    let mut world = World::new(3);
    assert_eq!(world.act(|l, now| resume(l, now, 255)), Err(Violation::bad_halt(0)));
    world.act(|l, now| halt(l, now, 2, Actor::Council)).unwrap();
    let until = world.now + 7 * DAY;
    let mut over = world.clone();
    over.now = until;
    assert_eq!(over.act(|l, now| resume(l, now, 2)), Err(Violation::bad_halt(until)));
    world.now = until - 1;
    assert!(world.act(|l, now| resume(l, now, 2)).is_ok());
    assert_eq!(world.act(|l, now| resume(l, now, 7)), Err(Violation::bad_scope(7)));
    assert_eq!(world.act(|l, now| halt(l, now, 7, Actor::Council)), Err(Violation::bad_scope(7)));
}
