//! What the chain itself shows: supply and stakes.
use super::*;
use crate::engine::chain::{observe, Reference, GROWTH_WINDOW, MAX_SUPPLY};

const SUPPLY: u128 = 1_000_000_000_000_000_000_000_000;

fn look(world: &mut World, supply: u128, staked: Option<u128>) -> bool {
    world.act(|l, now| observe(l, now, supply, staked)).unwrap()
}

/// The largest supply whose growth over `before` is still `units` of 2^-16.
fn grown(before: u128, units: u128) -> u128 {
    before + (before * (units + 1)).div_ceil(65_536) - 1
}

#[test]
fn brk_09_growth_trips_exactly_beyond_its_limit() {
    let mut world = World::new(3);
    assert!(!look(&mut world, SUPPLY, None), "the first reading is the reference");
    world.wait(3_600);
    assert!(!look(&mut world, grown(SUPPLY, 295), None));
    let until = world.now + 7 * DAY;
    assert!(look(&mut world, grown(SUPPLY, 295) + 1, None));
    let events = world.events();
    let trip = Event::BreakerTripped { reason: Reason::SupplyGrowth, scope: 255, value: 296, limit: 295 };
    assert_eq!(events[events.len() - 2], trip);
    assert_eq!(world.last(), Event::Halted { scope: 255, by: Actor::Breaker, until });
    // The trip took the reading as its new reference: what grew is paid for.
    world.now = until;
    assert!(!look(&mut world, grown(SUPPLY, 295) + 1, None));
    assert_eq!(Reference::load(&world.ledger).supply, grown(SUPPLY, 295) + 1);
}

#[test]
fn brk_09_a_late_reading_allows_in_proportion_and_no_more() {
    for windows in [1, 2, 5] {
        let allowed = 295 * windows;
        for (supply, trips) in
            [(grown(SUPPLY, u128::from(allowed)), false), (grown(SUPPLY, u128::from(allowed)) + 1, true)]
        {
            let mut world = World::new(3);
            look(&mut world, SUPPLY, None);
            world.wait(windows * GROWTH_WINDOW);
            assert_eq!(look(&mut world, supply, None), trips, "{windows} windows");
            let at = world.now;
            assert_eq!(Reference::load(&world.ledger), Reference { supply, at }, "the reference is renewed");
        }
    }
}

#[test]
fn brk_10_stakes_trip_exactly_below_their_floor() {
    let mut world = World::new(3);
    let floor = (SUPPLY * 26_214).div_ceil(65_536);
    assert!(!look(&mut world, SUPPLY, Some(floor)));
    assert!(look(&mut world, SUPPLY, Some(floor - 1)));
    let events = world.events();
    let trip = Event::BreakerTripped { reason: Reason::StakingFloor, scope: 255, value: 26_213, limit: 26_214 };
    assert_eq!(events[events.len() - 2], trip);
}

#[test]
fn brk_11_a_reading_during_a_halt_changes_nothing_of_it() {
    let mut world = World::new(3);
    look(&mut world, SUPPLY, None);
    world.act(|l, now| halt(l, now, 255, Actor::Council)).unwrap();
    let until = halted_until(&world.ledger, 255).unwrap();
    world.wait(DAY);
    assert!(!look(&mut world, SUPPLY * 2, Some(0)));
    assert_eq!(halted_until(&world.ledger, 255), Ok(until));
    world.now = until;
    assert!(look(&mut world, SUPPLY * 2, Some(0)), "the cause is still there when the halt ends");
    assert_eq!(observe(&mut MemoryLedger::default(), 1, 1, None), Err(Violation::not_initialised()));
}

#[test]
fn brk_12_any_numbers_have_an_answer() {
    for supply in [0, 1, 2, MAX_SUPPLY / 2, MAX_SUPPLY] {
        for staked in [None, Some(0), Some(1), Some(MAX_SUPPLY)] {
            for next in [0, 1, supply, MAX_SUPPLY] {
                let mut world = World::new(3);
                look(&mut world, supply, None);
                world.wait(60);
                // Nobody can be below a floor of nothing.
                let low = staked.is_some_and(|staked| next != 0 && staked < next / 5 * 2);
                let high = supply != 0 && next / 100 > supply;
                let tripped = look(&mut world, next, staked);
                assert!(!(low || high) || tripped, "{supply} {staked:?} {next}");
            }
        }
    }
}
