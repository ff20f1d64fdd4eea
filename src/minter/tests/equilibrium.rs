//! What was burned, and what of it is minted again.

use alloy_primitives::U256;

use super::world::*;
use crate::{Dormant, IMinter as I, IMinterEvents as E};

/// A world whose controller allows a re-mint of `ppm` and is fresh, after its first roll; the average is over one epoch.
fn reminting(ppm: u32) -> World {
    let world = World::new();
    world.always_observed();
    world.controller(|c| c.remint.set(U256::from(ppm)));
    let rules = I::setRulesCall { emaEpochs: 1, keeperBps: 0, keeperRamp: 1, staleAfter: 2 * WEEK };
    world.ok(world.governance, rules);
    world.set_rate(0);
    world.roll(0).unwrap();
    world
}

/// MNT-10, EQB-02
#[motsu::test]
fn roll_mints_again_what_was_burned_up_to_the_cap() {
    let world = reminting(100);
    // 100 ppm of 100 million are 10,000 tokens; a burn below that comes back whole.
    world.burn(units(4_000));
    world.roll(1).unwrap();
    assert_eq!(world.view(I::totalRemintedCall {})._0, units(4_000));
    assert_eq!(world.supply(), supply());
    world.saw(&E::Equilibrium {
        epoch: 1,
        dormant: Dormant::No as u8,
        burned: units(4_000),
        average: units(4_000),
        reminted: units(4_000),
        remintCap: 100,
        nextBurnShare: 1_000,
        nextRemintCap: 100,
    });
    let reminted = world.view(I::remintedCall {});
    assert_eq!((reminted.epoch, reminted.amount), (1, units(4_000)));
    assert_eq!(world.booked(), parts_of(units(4_000)));
    // A larger one up to the cap, of the supply that is left.
    world.burn(units(20_000));
    world.roll(2).unwrap();
    let cap = (supply() - units(20_000)) / U256::from(10_000);
    assert_eq!(world.view(I::totalRemintedCall {})._0, units(4_000) + cap);
    // What was minted again is no burn below zero, and nothing is minted again without a burn.
    world.roll(3).unwrap();
    assert_eq!(world.view(I::totalRemintedCall {})._0, units(4_000) + cap);
    assert_eq!(world.view(I::meterCall {}).average, U256::ZERO);
}

/// MNT-10, EQB-03: a burn that was minted again is not minted again through an average that remembers it longer.
#[motsu::test]
fn nothing_is_minted_again_twice_when_the_span_changes() {
    let world = reminting(100);
    world.burn(units(4_000));
    world.roll(1).unwrap();
    let rules = I::setRulesCall { emaEpochs: 52, keeperBps: 0, keeperRamp: 1, staleAfter: 2 * WEEK };
    world.ok(world.governance, rules);
    assert_eq!(world.view(I::meterCall {}).credit, U256::ZERO);
    world.burn(units(10));
    world.roll(2).unwrap();
    assert!(world.view(I::meterCall {}).average > units(3_800));
    assert_eq!(world.view(I::totalRemintedCall {})._0, units(4_010));
    assert_eq!(world.view(I::meterCall {}).credit, U256::ZERO);
}

/// MNT-10, EQB-01: emission and re-mint do not hide a burn.
#[motsu::test]
fn own_mints_are_netted_out_of_the_meter() {
    let world = reminting(100);
    world.set_rate(RATE);
    world.roll(1).unwrap();
    // From here on each roll mints 38,356 tokens; a burn of 1,000 shows all the same.
    for epoch in 2..5 {
        world.burn(units(1_000));
        world.roll(epoch).unwrap();
        assert_eq!(world.view(I::meterCall {}).average, units(1_000), "{epoch}");
    }
    assert_eq!(world.view(I::totalRemintedCall {})._0, units(3_000));
    assert_eq!(world.supply(), supply() + world.minted() - units(3_000));
    assert_eq!(world.view(I::meterCall {}).expected, world.supply());
}

/// MNT-10
#[motsu::test]
fn cap_and_average_kept_before_apply() {
    let world = reminting(0);
    world.controller(|c| c.remint.set(U256::from(100)));
    // The cap was zero when the epoch began.
    world.burn(units(1_000));
    world.roll(1).unwrap();
    assert_eq!(world.view(I::totalRemintedCall {})._0, U256::ZERO);
    assert_eq!(world.view(I::remintCapCall {})._0, 100);
    world.burn(units(1_000));
    world.roll(2).unwrap();
    assert_eq!(world.view(I::totalRemintedCall {})._0, units(1_000));
}

/// MNT-10: the burns of missed epochs are spread over them, and minted again once.
#[motsu::test]
fn missed_epochs_share_what_was_burned_in_them() {
    let world = reminting(100);
    world.burn(units(9_000));
    world.roll(3).unwrap();
    assert_eq!(world.view(I::meterCall {}).average, units(3_000));
    assert_eq!(world.view(I::totalRemintedCall {})._0, units(3_000));
}

/// MNT-11
#[motsu::test]
fn remint_sleeps_while_halted_or_stale() {
    let world = reminting(100);
    let sleeps = |epoch: u64, dormant: Dormant| {
        let before = world.view(I::totalRemintedCall {})._0;
        world.burn(units(1_000));
        world.roll(epoch).unwrap();
        let slept = world.view(I::totalRemintedCall {})._0 == before;
        assert_eq!(slept, dormant != Dormant::No, "{epoch}");
        world.saw(&E::Equilibrium {
            epoch,
            dormant: dormant as u8,
            burned: units(1_000),
            average: units(1_000),
            reminted: if slept { U256::ZERO } else { units(1_000) },
            remintCap: 100,
            nextBurnShare: 1_000,
            nextRemintCap: 100,
        });
    };
    let roll_at = |epoch: u64| GENESIS + epoch * u64::from(WEEK) + LATE;
    world.controller(|c| c.halted_equilibrium.set(U256::from(roll_at(1) + 1)));
    sleeps(1, Dormant::Halted);
    world.controller(|c| c.halted_equilibrium.set(U256::from(roll_at(2))));
    sleeps(2, Dormant::No);
    // Two weeks are fine, a second more is not.
    world.controller(|c| c.observed.set(U256::from(roll_at(3) - 2 * u64::from(WEEK))));
    sleeps(3, Dormant::No);
    world.controller(|c| c.observed.set(U256::from(roll_at(4) - 2 * u64::from(WEEK) - 1)));
    sleeps(4, Dormant::Stale);
    world.controller(|c| c.observed.set(U256::ZERO));
    sleeps(5, Dormant::Stale);
}

#[motsu::test]
fn nothing_is_minted_again_while_emission_is_halted() {
    let world = reminting(100);
    world.burn(units(1_000));
    world.controller(|c| c.halted.set(U256::from(u32::MAX)));
    world.roll(1).unwrap();
    assert_eq!((world.minted(), world.view(I::totalRemintedCall {})._0), (U256::ZERO, U256::ZERO));
    // The meter has read it all the same.
    assert_eq!(world.view(I::meterCall {}).average, units(1_000));
}

/// MNT-12
#[motsu::test]
fn roll_reverts_when_somebody_else_mints() {
    let world = reminting(100);
    world.token.sender(world.governance).endow(world.stranger, U256::from(1));
    let error = I::MinterForeignMint { expected: supply(), supply: supply() + U256::from(1) };
    assert_eq!(world.roll(1).unwrap_err(), alloy_sol_types::SolError::abi_encode(&error));
}

#[motsu::test]
fn check_params_reverts_when_the_minter_could_not_live_with_them() {
    let world = World::new();
    let check = |group: u8, values: &[u32]| I::checkParamsCall { group, values: values.to_vec() };
    for (group, values) in [(0, &[0][..]), (0, &[50_000]), (3, &[0, 0]), (3, &[5_000, 200]), (3, &[1, 1])] {
        world.view(check(group, values));
    }
    let range = |slot, value, most| I::MinterParamOutOfRange { slot, value, least: 0, most };
    world.err(world.stranger, check(0, &[50_001]), range(0, 50_001, 50_000));
    world.err(world.stranger, check(3, &[5_001, 0]), range(7, 5_001, 5_000));
    world.err(world.stranger, check(3, &[1, 201]), range(8, 201, 200));
    world.err(world.stranger, check(3, &[0, 3]), I::MinterRemintWithoutBurn { remintCap: 3 });
    for group in [1, 2, 4, 7, 255] {
        world.err(world.stranger, check(group, &[0]), I::MinterUnknownGroup { group });
    }
    for (group, values) in [(0, &[][..]), (0, &[0, 0]), (3, &[0]), (3, &[0, 0, 0])] {
        let count = U256::from(values.len());
        world.err(world.stranger, check(group, values), I::MinterBadCount { group, count });
    }
    // With what is kept of the other group: a rate beyond every range, kept from a controller that is not to be trusted.
    world.set_rate(125_000);
    world.roll(0).unwrap();
    let amount = week_of(supply(), 125_000) + supply() / U256::from(10_000);
    let cap = escapement_core::emission::epoch_window(WEEK).cap(supply()).unwrap();
    world.err(world.stranger, check(3, &[1, 100]), I::MinterAboveWindow { amount, cap });
    // Nothing was asked of the controller, which may be in the middle of a change.
    world.controller(|c| c.broken.set(true));
    world.view(check(0, &[10_000]));
}
