//! What stops the loop, and what the council does meanwhile: felt by the minter in the same second.

use escapement_core::update::Change;
use escapement_tests::{
    abi::{IController as C, IControllerEvents as E, IMinter as M},
    emission, logs, supply, World, DAY, RATE, SMALL, WEEK,
};

/// The call that overrides slots: number, expected old value, new value.
fn override_of(list: &[(u8, u32, u32)]) -> C::overrideParamsCall {
    let change = |(slot, expected_old, new): &(u8, u32, u32)| {
        Change { slot: *slot, expected_old: *expected_old, new: *new }.to_wire()
    };
    C::overrideParamsCall { changes: list.iter().flat_map(change).collect::<Vec<u8>>().into() }
}

/// FLOW-05
#[test]
fn halt_of_emission_stops_model_and_mint_alike() {
    // Exhaustive: every scope, by both who may halt.
    for scope in (0..=6).chain([255]) {
        for council in [true, false] {
            let mut world = World::new(3);
            world.roll();
            world.pass(WEEK);
            world.ok(if council { &world.council } else { &world.guardian }, C::haltCall { scope });
            let until = world.now32() + 604_800;
            let hit = scope == 0 || scope == 255;
            let update = world.update(SMALL);
            if hit {
                let halted = C::ControllerHalted { scope, until };
                world.err(&world.keeper, world.submission(&update), halted);
            } else {
                world.ok(&world.keeper, world.submission(&update));
            }
            let rolled = world.roll();
            assert_eq!(rolled.outcome, u8::from(hit), "scope {scope}");
            let minted = if hit { supply() - supply() } else { emission(supply(), RATE) };
            assert_eq!((rolled.minted, world.total_supply()), (minted, supply() + minted));
            assert_eq!(world.ok(&world.keeper, M::haltedEpochsCall {})._0, u64::from(hit));
            // It ends by itself; the halted epoch is not made up for.
            world.pass(WEEK);
            let rate = world.param(0);
            let rolled = world.roll();
            assert_eq!((rolled.outcome, rolled.rate, rolled.minted), (0, rate, emission(supply() + minted, rate)));
        }
    }
}

/// FLOW-05
#[test]
fn governance_alone_lifts_a_halt_before_its_end() {
    let mut world = World::new(3);
    world.roll();
    world.ok(&world.guardian, C::haltCall { scope: 255 });
    let until = world.now32() + 30 * 86_400;
    world.ok(&world.governance, C::extendHaltCall { scope: 255, until });
    world.pass(WEEK);
    assert_eq!(world.roll().outcome, 1, "extended");
    world.ok(&world.governance, C::resumeCall { scope: 255 });
    world.pass(WEEK);
    assert_eq!(world.roll().outcome, 0);
    world.submit(SMALL);
}

/// FLOW-06
#[test]
fn override_during_a_halt_is_minted_at_once_it_ends() {
    let mut world = World::new(3);
    world.roll();
    world.ok(&world.council, C::haltCall { scope: 255 });
    world.ok(&world.council, override_of(&[(0, 5_000, 4_600)]));
    assert_eq!(world.param(0), 4_600);
    let changed = logs::<E::ParameterChanged>(&world.controller.all_events()).pop().unwrap();
    assert_eq!((changed.lane, changed.newValue, changed.updateId), (3, 4_600, 0));
    // Inside the bounds only, council or not.
    let range = C::ControllerOutOfRange { slot: 0, newValue: 2_499, min: 2_500, max: 20_000 };
    world.err(&world.council, override_of(&[(0, 4_600, 2_499)]), range);
    world.pass(WEEK);
    let rolled = world.roll();
    assert_eq!((rolled.outcome, rolled.rate, rolled.nextRate), (0, RATE, 4_600), "the halt ended at this second");
    world.pass(WEEK);
    let rolled = world.roll();
    assert_eq!(rolled.minted, emission(supply() + emission(supply(), RATE), 4_600));
}

/// FLOW-06
#[test]
fn override_displaces_what_the_model_had_waiting_and_restore_takes_it_back() {
    let mut world = World::new(3);
    let good = world.now32();
    world.pass(60);
    let id = world.submit(escapement_tests::LARGE);
    world.ok(&world.council, override_of(&[(0, 5_000, 5_100)]));
    assert!(world.controller.emitted(&E::UpdateVetoed { group: 0, updateId: id }));
    let payload = logs::<E::UpdateQueued>(&world.controller.all_events()).pop().unwrap().payload;
    world.pass(2 * DAY);
    let execute = C::executeCall { group: 0, payload };
    world.err(&world.keeper, execute, C::ControllerNothingPending { group: 0 });
    world.ok(&world.council, C::restoreCall { timepoint: good });
    assert_eq!(world.param(0), RATE);
    assert!(world.controller.emitted(&E::Restored { timepoint: good }));
}

/// FLOW-07
#[test]
fn trip_on_observations_stops_the_mint_with_the_loop() {
    let mut world = World::new(3);
    world.roll();
    world.pass(WEEK);
    // A quorum reports that hardly anybody stakes any more: properly attested, so it is believed, and nothing is applied.
    let mut update = world.update(SMALL);
    update.kpis[5] = 10_000;
    world.ok(&world.keeper, world.submission(&update));
    assert_eq!(world.param(0), RATE);
    let tripped = logs::<E::BreakerTripped>(&world.controller.all_events()).pop().unwrap();
    assert_eq!((tripped.reason, tripped.scope, tripped.value), (4, 255, 10_000));
    let rolled = world.roll();
    assert_eq!((rolled.outcome, world.total_supply()), (1, supply()));
    let next = world.update(0);
    let halted = C::ControllerHalted { scope: 255, until: world.now32() + 604_800 };
    world.err(&world.keeper, world.submission(&next), halted);
    // After it a healthy report finds the loop open again.
    world.pass(WEEK);
    world.submit(SMALL);
    assert_eq!(world.roll().outcome, 0);
}
