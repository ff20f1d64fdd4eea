//! What the chain itself shows: supply, stakes, burns, treasury, turnout.
use super::*;
use crate::engine::chain::{forget, observe, Readings, Reference, GROWTH_WINDOW, MAX_SUPPLY};
use num_bigint::BigUint;
use proptest::prelude::*;

const SUPPLY: u128 = 1_000_000_000_000_000_000_000_000;

fn read(world: &mut World, readings: Readings) -> bool {
    world.act(|l, now| observe(l, now, &readings)).unwrap()
}

fn look(world: &mut World, supply: u128, staked: Option<u128>) -> bool {
    read(world, Readings { supply, staked, ..Readings::default() })
}

/// The last trip: reason, value and limit.
fn trip(world: &World) -> Option<(Reason, i64, i64)> {
    world.events().iter().rev().find_map(|event| match *event {
        Event::BreakerTripped { reason, scope: 255, value, limit } => Some((reason, value, limit)),
        _ => None,
    })
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
            let renewed = Reference { supply, at, ..Reference::default() };
            assert_eq!(Reference::load(&world.ledger), renewed, "the reference is renewed");
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
    let reading = Readings { supply: 1, ..Readings::default() };
    assert_eq!(observe(&mut MemoryLedger::default(), 1, &reading), Err(Violation::not_initialised()));
}

#[test]
fn brk_13_burns_trip_exactly_beyond_their_limit_whatever_was_minted() {
    // The most that may go: 1,311 units, and all of the next one but its last token.
    let most = (SUPPLY * 1_312).div_ceil(65_536) - 1;
    for minted in [0, 1, SUPPLY / 300] {
        for (burned, trips) in [(most, false), (most + 1, true)] {
            let mut world = World::new(3);
            let reading = Readings { supply: SUPPLY, minted: Some(7 * SUPPLY), ..Readings::default() };
            assert!(!read(&mut world, reading));
            world.wait(DAY);
            let next = Readings { supply: SUPPLY + minted - burned, minted: Some(7 * SUPPLY + minted), ..reading };
            assert_eq!(read(&mut world, next), trips, "{minted} minted, {burned} burned");
            assert_eq!(trip(&world), trips.then_some((Reason::SupplyBurn, 1_312, 1_311)));
            world.wait(7 * DAY);
            assert_eq!(read(&mut world, Readings { supply: next.supply - 1, ..next }), !trips, "a trip starts anew");
        }
    }
    // Without the minter only what is gone on balance shows.
    for (minted, trips) in [(0, true), (1, false)] {
        let mut world = World::new(3);
        look(&mut world, SUPPLY, None);
        assert_eq!(look(&mut world, SUPPLY + minted - most - 1, None), trips);
    }
}

#[test]
fn brk_14_the_treasury_trips_exactly_beyond_its_fall() {
    let free = 40_000_000_000_000_000_000_003_u128;
    let least = free - ((free * 16_385).div_ceil(65_536) - 1);
    for (left, trips) in [(free * 2, false), (least, false), (least - 1, true), (0, true)] {
        let mut world = World::new(3);
        let reading = Readings { supply: SUPPLY, treasury: Some(free), ..Readings::default() };
        read(&mut world, reading);
        world.wait(GROWTH_WINDOW - 1);
        assert_eq!(read(&mut world, Readings { treasury: Some(left), ..reading }), trips, "{left} left");
        let expected = (Reason::TreasuryFall, if left == 0 { 65_536 } else { 16_385 }, 16_384);
        assert_eq!(trip(&world), trips.then_some(expected));
    }
    // An empty treasury cannot fall.
    let mut world = World::new(3);
    let reading = Readings { supply: SUPPLY, treasury: Some(0), ..Readings::default() };
    assert!(!read(&mut world, reading) && !read(&mut world, reading));
}

#[test]
fn brk_15_turnout_trips_exactly_below_its_floor() {
    let mut world = World::new(3);
    let reading = |turnout| Readings { supply: SUPPLY, turnout: Some(turnout), ..Readings::default() };
    for turnout in [65_536, 1_967] {
        assert!(!read(&mut world, reading(turnout)));
    }
    assert!(read(&mut world, reading(1_966)));
    assert_eq!(trip(&world), Some((Reason::LowTurnout, 1_966, 1_967)));
    let until = halted_until(&world.ledger, 255).unwrap();
    assert_eq!(until, world.now + 7 * DAY, "it halts as every trip does, and ends by itself");
    world.now = until;
    let limits = BreakerConfig { min_turnout: 0, ..BreakerConfig::default() };
    world.act(|l, now| set_breaker(l, now, &limits.pack())).unwrap();
    assert!(!read(&mut world, reading(0)), "a floor of zero is none");
}

#[test]
fn brk_16_after_forgetting_nothing_has_moved() {
    let mut world = World::new(3);
    let reading = Readings { supply: SUPPLY, minted: Some(SUPPLY), treasury: Some(SUPPLY / 2), ..Readings::default() };
    read(&mut world, reading);
    world.wait(60);
    let other = Readings { supply: SUPPLY / 2, minted: Some(SUPPLY / 2), treasury: Some(1), ..reading };
    world
        .act(|l, _| {
            forget(l);
            Ok(())
        })
        .unwrap();
    assert!(!read(&mut world, other));
    let renewed = Reference { supply: SUPPLY / 2, at: world.now, minted: SUPPLY / 2, treasury: 1 };
    assert_eq!(Reference::load(&world.ledger), renewed);
}

/// What must trip, in exact numbers: share = part / whole against limit / 2^16.
fn expected(before: &Readings, after: &Readings, elapsed: u32) -> Option<Reason> {
    let big = |number: u128| BigUint::from(number);
    let limits = BreakerConfig::default();
    let time = elapsed.max(GROWTH_WINDOW);
    let beyond = |part: BigUint, whole: u128, limit: u32| {
        // The limit grows with time in whole units; part / whole reaches the next one.
        let limit = u128::from(limit) * u128::from(time) / u128::from(GROWTH_WINDOW);
        before.supply != 0 && whole != 0 && part * 65_536u32 >= big(whole) * (limit + 1)
    };
    let less = |from: BigUint, what: u128| if from < big(what) { big(0) } else { from - what };
    let minted = after.minted.unwrap_or(0).saturating_sub(before.minted.unwrap_or(0));
    let spent = after.treasury.map_or(big(0), |left| less(big(before.treasury.unwrap_or(0)), left));
    let low = |part: Option<u128>, whole: u128, floor: u32| {
        part.is_some_and(|part| big(part) * 65_536u32 < big(whole) * u128::from(floor))
    };
    let rows = [
        (Reason::SupplyGrowth, beyond(less(big(after.supply), before.supply), before.supply, limits.max_supply_growth)),
        (Reason::SupplyBurn, beyond(less(big(before.supply) + minted, after.supply), before.supply, limits.max_burn)),
        (Reason::TreasuryFall, beyond(spent, before.treasury.unwrap_or(0), limits.max_treasury_fall)),
        (Reason::StakingFloor, low(after.staked, after.supply, limits.min_staking)),
        (Reason::LowTurnout, low(after.turnout, 65_536, limits.min_turnout)),
    ];
    rows.iter().find(|(_, trips)| *trips).map(|(reason, _)| *reason)
}

/// Amounts of every size, the ends among them.
fn amount() -> impl Strategy<Value = u128> {
    (0..=96u32, any::<u128>(), 0..4u8).prop_map(|(bits, number, kind)| match kind {
        0 => 1 << bits,
        1 => (1 << bits) - 1,
        _ => number % ((1 << bits) + 1),
    })
}

/// An amount near `from`: some hundredths away from it, or any other.
fn near(from: u128) -> impl Strategy<Value = u128> {
    prop_oneof![
        4 => (0..400u128, 0..400u128).prop_map(move |(up, down)| {
            (from + from / 1_000 * up).saturating_sub(from / 1_000 * down).min(MAX_SUPPLY)
        }),
        1 => amount(),
    ]
}

fn history() -> impl Strategy<Value = (Readings, Readings, u32)> {
    let before = (amount(), amount(), amount());
    before.prop_flat_map(|(supply, minted, treasury)| {
        let after = (near(supply), near(minted), near(treasury), near(supply / 2), 0..=65_536u128);
        let time = prop_oneof![0..GROWTH_WINDOW, GROWTH_WINDOW..40 * GROWTH_WINDOW];
        (after, any::<[bool; 4]>(), time).prop_map(move |(after, [a, b, c, d], time)| {
            let (next_supply, next_minted, next_treasury, staked, turnout) = after;
            let readings = |supply, minted, treasury| Readings {
                supply,
                staked: a.then_some(staked),
                minted: b.then_some(minted),
                treasury: c.then_some(treasury),
                turnout: d.then_some(turnout),
            };
            (readings(supply, minted, treasury), readings(next_supply, next_minted, next_treasury), time)
        })
    })
}

proptest! {
    #[test]
    fn brk_12_every_reading_trips_on_what_it_breaks_first((before, after, time) in history()) {
        let mut world = World::new(3);
        // The first reading has nothing to fall short of.
        read(&mut world, Readings { staked: None, turnout: None, ..before });
        prop_assert_eq!(trip(&world), None);
        world.wait(time);
        // A supply of zero is not kept as a reference.
        let tripped = read(&mut world, after);
        let expected = expected(&before, &after, time);
        prop_assert_eq!(tripped, expected.is_some());
        let Some((reason, value, limit)) = trip(&world) else { return Ok(()) };
        prop_assert_eq!(Some(reason), expected);
        let floor = matches!(reason, Reason::StakingFloor | Reason::LowTurnout);
        prop_assert!(if floor { value < limit } else { value > limit }, "{} against {}", value, limit);
    }
}
