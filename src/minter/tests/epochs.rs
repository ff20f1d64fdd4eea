//! Rolls: when, how much, and when not.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::emission::{epoch_window, YEAR, YEARLY};
use escapement_kit::{native, proxied};

use super::world::*;
use crate::{
    IMinter as I, IMinterEvents as E, Outcome, FIRST_EMA_EPOCHS, FIRST_KEEPER_BPS, FIRST_KEEPER_RAMP, LAYOUT,
    SHORTEST_EPOCH, VERSION,
};

#[motsu::test]
fn initialize_works() {
    let world = World::initialised();
    assert!(world.view(I::hasRoleCall { role: B256::ZERO, account: world.governance })._0);
    assert_eq!(world.view(I::controllerCall {})._0, world.controller.address());
    assert_eq!(world.view(I::tokenCall {})._0, world.token.address());
    assert_eq!(world.view(I::genesisCall {})._0, GENESIS);
    assert_eq!(world.view(I::epochLengthCall {})._0, WEEK);
    assert_eq!((world.view(I::nextEpochCall {})._0, world.view(I::nextRollAtCall {})._0), (0, GENESIS));
    assert_eq!((world.view(I::rateCall {})._0, world.view(I::burnShareCall {})._0), (0, 0));
    assert_eq!((world.view(I::missedEpochsCall {})._0, world.view(I::haltedEpochsCall {})._0), (0, 0));
    assert_eq!((world.view(I::trippedCall {})._0, world.minted()), (false, U256::ZERO));
    for window in [
        world.view(I::mintWindowCall {}),
        I::mintWindowReturn {
            level: world.view(I::epochWindowCall {}).level,
            supply: world.view(I::epochWindowCall {}).supply,
            startedAt: world.view(I::epochWindowCall {}).startedAt,
            updatedAt: world.view(I::epochWindowCall {}).updatedAt,
        },
    ] {
        assert_eq!((window.level, window.supply), (U256::ZERO, supply()));
        assert_eq!((window.startedAt, window.updatedAt), (GENESIS - 1_000, GENESIS - 1_000));
    }
    assert_eq!(world.view(I::meterCall {}).expected, supply());
    let rules = world.view(I::rulesCall {});
    assert_eq!((rules.emaEpochs, rules.keeperBps), (FIRST_EMA_EPOCHS, FIRST_KEEPER_BPS));
    assert_eq!((rules.keeperRamp, rules.staleAfter), (FIRST_KEEPER_RAMP, 2 * WEEK));
    assert_eq!(world.view(I::consumersCall {}).consumers, [Address::ZERO; 4]);
    assert_eq!(world.view(I::versionCall {})._0, VERSION);
    assert_eq!(world.view(I::storedVersionCall {})._0, VERSION);
    assert_eq!(world.view(I::layoutCall {})._0, LAYOUT);
}

#[motsu::test]
fn initialize_reverts_the_second_time_and_off_the_proxy() {
    let world = World::new();
    let again = world.initialize_call(GENESIS, WEEK);
    world.err(world.stranger, again, proxied::ProxiedAlreadyInitialized { version: VERSION });
    let fresh = World::bare();
    fresh.plant(proxied::IMPLEMENTATION_SLOT, B256::ZERO);
    fresh.err(fresh.stranger, fresh.initialize_call(GENESIS, WEEK), proxied::ProxiedNotThroughProxy {});
}

#[motsu::test]
fn initialize_reverts_when_an_argument_is_wrong() {
    let world = World::bare();
    let nobody = Address::with_last_byte(0x77);
    let good = || world.initialize_call(GENESIS, WEEK);
    let zero = Address::ZERO;
    let call = I::initializeCall { governance: zero, ..good() };
    world.err(world.stranger, call, I::MinterBadAccount { account: zero });
    let call = I::initializeCall { controller: nobody, ..good() };
    world.err(world.stranger, call, I::MinterWithoutCode { account: nobody });
    let call = I::initializeCall { token: nobody, ..good() };
    world.err(world.stranger, call, I::MinterWithoutCode { account: nobody });
    // A token that knows neither cap nor supply.
    let call = I::initializeCall { token: world.controller.address(), ..good() };
    assert!(world.send(world.stranger, call).is_err());
    let huge = U256::from(u128::MAX) + U256::from(1);
    world.token.sender(world.governance).cap.set(huge);
    world.err(world.stranger, good(), I::MinterBadAnswer { target: world.token.address(), answer: huge });
    for length in [0, SHORTEST_EPOCH - 1, YEAR + 1, u32::MAX] {
        let (least, most) = (U256::from(SHORTEST_EPOCH), U256::from(YEAR));
        let error = I::MinterOutOfRange { setting: 0, value: U256::from(length), least, most };
        world.err(world.stranger, world.initialize_call(GENESIS, length), error);
    }
    for length in [SHORTEST_EPOCH, YEAR] {
        let world = World::bare();
        world.ok(world.stranger, world.initialize_call(GENESIS, length));
    }
}

#[motsu::test]
fn initialize_after_genesis_owes_no_epochs() {
    let world = World::bare();
    native::set_time(GENESIS + 10 * u64::from(WEEK) + 5);
    world.ok(world.stranger, world.initialize_call(GENESIS, WEEK));
    assert_eq!(world.view(I::nextEpochCall {})._0, 10);
    world.roll(10).unwrap();
    assert_eq!(world.view(I::missedEpochsCall {})._0, 0);
}

/// MNT-02, MNT-07
#[motsu::test]
fn roll_mints_at_the_rate_kept_before() {
    let world = World::new();
    // The first roll only takes the values over.
    world.roll(0).unwrap();
    assert_eq!((world.minted(), world.view(I::rateCall {})._0), (U256::ZERO, RATE));
    assert_eq!(world.view(I::burnShareCall {})._0, 1_000);
    // A change of the rate in between does not reach back.
    world.set_rate(10_000);
    world.roll(1).unwrap();
    let first = week_of(supply(), u64::from(RATE));
    assert_eq!((world.minted(), world.view(I::rateCall {})._0), (first, 10_000));
    assert_eq!(world.supply(), supply() + first);
    world.saw(&E::EpochRolled { epoch: 1, outcome: 0, minted: first, rate: RATE, nextRate: 10_000, supply: supply() });
    // Split exactly, after the roller's reward.
    let reward = reward_of(first, LATE);
    world.saw(&E::KeeperPaid { keeper: world.stranger, epoch: 1, amount: reward });
    let parts = parts_of(first - reward);
    assert_eq!(world.booked(), parts);
    for (account, part) in world.accounts().iter().zip(parts) {
        assert_eq!(world.balance(*account), part);
        world.saw(&E::Delivered { consumer: *account, amount: part });
    }
    assert_eq!(parts.iter().fold(reward, |sum, part| sum + part), first);
    world.roll(2).unwrap();
    let second = week_of(supply() + first, 10_000);
    assert_eq!(world.minted(), first + second);
    assert_eq!(world.view(I::nextEpochCall {})._0, 3);
}

/// MNT-01
#[motsu::test]
fn roll_reverts_when_the_epoch_is_open_or_none_began() {
    let world = World::new();
    let early = |time: u64, opens: u64| {
        native::set_time(time);
        world.err(world.stranger, I::rollEpochCall {}, I::MinterTooEarly { opensAt: opens });
        world.err(world.stranger, I::previewCall {}, I::MinterTooEarly { opensAt: opens });
    };
    early(0, GENESIS);
    early(GENESIS - 1, GENESIS);
    native::set_time(GENESIS);
    world.ok(world.stranger, I::rollEpochCall {});
    let next = GENESIS + u64::from(WEEK);
    early(GENESIS, next);
    early(next - 1, next);
    native::set_time(next);
    world.ok(world.stranger, I::rollEpochCall {});
    assert_eq!(world.view(I::nextRollAtCall {})._0, next + u64::from(WEEK));
}

/// MNT-01
#[motsu::test]
fn roll_forgoes_missed_epochs() {
    let world = World::new();
    world.roll(0).unwrap();
    world.roll(9).unwrap();
    // One epoch's emission, not nine.
    assert_eq!(world.minted(), week_of(supply(), u64::from(RATE)));
    assert_eq!(world.view(I::missedEpochsCall {})._0, 8);
    world.saw(&E::EpochMissed { first: 1, count: 8 });
    assert_eq!(world.roll(9).unwrap_err()[..4], I::MinterTooEarly::SELECTOR);
    world.roll(11).unwrap();
    assert_eq!(world.view(I::missedEpochsCall {})._0, 9);
}

/// MNT-01: a late roll mints one epoch's length at the kept rate, and so does the one after it.
#[motsu::test]
fn roll_mints_one_length_however_late() {
    let world = World::new();
    world.roll(0).unwrap();
    native::set_time(GENESIS + 2 * u64::from(WEEK) - 1);
    world.ok(world.stranger, I::rollEpochCall {});
    let first = week_of(supply(), u64::from(RATE));
    assert_eq!(world.minted(), first);
    // A second later the next epoch opens: two rolls a second apart, one length each.
    native::set_time(GENESIS + 2 * u64::from(WEEK));
    world.ok(world.stranger, I::rollEpochCall {});
    assert_eq!(world.minted(), first + week_of(supply() + first, u64::from(RATE)));
    assert!(!world.view(I::trippedCall {})._0);
}

/// MNT-03
#[motsu::test]
fn roll_mints_nothing_while_halted() {
    let world = World::new();
    world.roll(0).unwrap();
    let end = GENESIS + 2 * u64::from(WEEK);
    world.controller(|c| c.halted.set(U256::from(end)));
    world.set_rate(15_000);
    world.roll(1).unwrap();
    assert_eq!((world.minted(), world.view(I::haltedEpochsCall {})._0), (U256::ZERO, 1));
    world.saw(&E::EpochRolled {
        epoch: 1,
        outcome: Outcome::Halted as u8,
        minted: U256::ZERO,
        rate: RATE,
        nextRate: 15_000,
        supply: supply(),
    });
    // The halt ends at its second: the next epoch mints again, and the halted one is not made up for.
    native::set_time(end);
    world.ok(world.stranger, I::rollEpochCall {});
    assert_eq!(world.minted(), week_of(supply(), 15_000));
    assert_eq!(world.view(I::haltedEpochsCall {})._0, 1);
}

/// MNT-03
#[motsu::test]
fn roll_mints_nothing_without_consumers() {
    let world = World::initialised();
    world.roll(0).unwrap();
    world.roll(1).unwrap();
    assert_eq!((world.minted(), world.supply()), (U256::ZERO, supply()));
    world.saw(&E::EpochRolled {
        epoch: 1,
        outcome: Outcome::Nobody as u8,
        minted: U256::ZERO,
        rate: RATE,
        nextRate: RATE,
        supply: supply(),
    });
}

/// Most that the window of a week lets through of `supply`.
fn week_cap(supply: U256) -> U256 {
    epoch_window(WEEK).cap(supply).unwrap()
}

/// MNT-04
#[motsu::test]
fn breaker_trips_when_an_epoch_is_twice_the_highest_schedule() {
    let world = World::new();
    // The window holds 2 * (50,000 ppm a year * a week + 200 ppm): a rate of 120,857 ppm and a bit.
    world.set_rate(120_857);
    world.roll(0).unwrap();
    world.set_rate(120_858);
    world.roll(1).unwrap();
    let allowed = week_of(supply(), 120_857);
    assert_eq!((world.minted(), world.view(I::trippedCall {})._0), (allowed, false), "just below");
    // A week later the window has leaked empty; its base moved with the supply.
    world.set_rate(RATE);
    world.roll(2).unwrap();
    let amount = week_of(supply() + allowed, 120_858);
    let limit = week_cap(supply() + allowed);
    assert!(amount > limit);
    assert_eq!((world.minted(), world.view(I::trippedCall {})._0), (allowed, true));
    world.saw(&E::BreakerTripped { epoch: 2, reason: 1, amount, level: U256::ZERO, limit });
    // Latched: a sane rate changes nothing, and it trips only once.
    world.roll(3).unwrap();
    assert_eq!(world.minted(), allowed);
    world.ok(world.governance, I::resetBreakerCall {});
    world.saw(&E::BreakerReset {});
    world.roll(4).unwrap();
    assert_eq!(world.minted(), allowed + week_of(supply() + allowed, u64::from(RATE)));
}

/// MNT-04: two rolls at once share one window.
#[motsu::test]
fn breaker_counts_rolls_within_one_window_together() {
    let world = World::new();
    world.set_rate(100_000);
    world.roll(0).unwrap();
    native::set_time(GENESIS + 2 * u64::from(WEEK) - 1);
    world.ok(world.stranger, I::rollEpochCall {});
    let first = week_of(supply(), 100_000);
    native::set_time(GENESIS + 2 * u64::from(WEEK));
    world.ok(world.stranger, I::rollEpochCall {});
    assert_eq!((world.minted(), world.view(I::trippedCall {})._0), (first, true));
}

/// MNT-04
#[motsu::test]
fn breaker_trips_when_the_yearly_window_is_full() {
    let world = World::new();
    world.set_rate(100_000);
    world.roll(0).unwrap();
    // Twice the hard maximum fills a window that leaks at the hard maximum; with 5 % as its height that takes a year
    // (52 epochs, less what the growing supply adds).
    let mut epoch = 0;
    while !world.view(I::trippedCall {})._0 {
        epoch += 1;
        assert!(epoch < 60, "the window never filled");
        world.roll(epoch).unwrap();
    }
    assert!((45..=53).contains(&epoch), "filled in epoch {epoch}");
    let minted = world.minted();
    assert_eq!(world.supply(), supply() + minted);
    // Cap plus what leaked: at most 10 % of the supply at the window's start in its year.
    let cap = YEARLY.cap(supply()).unwrap();
    assert!(minted <= cap * U256::from(2) && minted > cap, "minted {minted}");
}

/// MNT-06
#[motsu::test]
fn three_years_at_the_hard_maximum_never_trip() {
    let world = World::bare();
    world.token.sender(world.governance).cap.set(supply() * U256::from(9));
    world.ok(world.stranger, world.initialize_call(GENESIS, WEEK));
    world.ok(world.governance, I::setConsumersCall { consumers: world.accounts(), weights: WEIGHTS });
    world.set_rate(50_000);
    for epoch in 0..160 {
        world.roll(epoch).unwrap();
        assert!(!world.view(I::trippedCall {})._0, "tripped in epoch {epoch}");
    }
    let grown = world.supply() - supply();
    // Three years at 5 %, compounded weekly: between 15 % and 17 %.
    assert!(grown > supply() * U256::from(15) / U256::from(100));
    assert!(grown < supply() * U256::from(17) / U256::from(100));
}

/// MNT-03
#[motsu::test]
fn roll_records_when_the_cap_leaves_no_room() {
    let world = World::bare();
    let week = week_of(supply(), u64::from(RATE));
    world.token.sender(world.governance).cap.set(supply() + week);
    world.ok(world.stranger, world.initialize_call(GENESIS, WEEK));
    world.ok(world.governance, I::setConsumersCall { consumers: world.accounts(), weights: WEIGHTS });
    world.roll(0).unwrap();
    // Exactly the room there is.
    world.roll(1).unwrap();
    assert_eq!(world.supply(), supply() + week);
    // And none for the next: recorded, not reverted, so that epochs go on if holders burn.
    world.roll(2).unwrap();
    assert_eq!(world.supply(), supply() + week);
    world.saw(&E::EpochRolled {
        epoch: 2,
        outcome: Outcome::Capped as u8,
        minted: U256::ZERO,
        rate: RATE,
        nextRate: RATE,
        supply: supply() + week,
    });
    assert!(!world.view(I::trippedCall {})._0);
    world.burn(week);
    world.roll(3).unwrap();
    assert_eq!(world.minted(), week * U256::from(2));
}

/// MNT-05
#[motsu::test]
fn roll_reverts_and_records_nothing_when_a_peer_fails() {
    let world = World::new();
    world.roll(0).unwrap();
    world.controller(|c| c.broken.set(true));
    // The controller's own words are passed on.
    assert_eq!(world.roll(1).unwrap_err(), [0xde, 0xad, 0xbe, 0xef]);
    world.controller(|c| c.broken.set(false));
    world.controller(|c| c.burn.set(U256::from(5_001)));
    let bad = I::MinterParamOutOfRange { slot: 7, value: 5_001, least: 0, most: 5_000 };
    assert_eq!(world.roll(1).unwrap_err(), bad.abi_encode());
    world.controller(|c| c.burn.set(U256::from(5_000)));
    world.token.sender(world.governance).refuses.set(true);
    assert!(world.roll(1).is_err());
    assert_eq!((world.view(I::nextEpochCall {})._0, world.minted()), (1, U256::ZERO));
    assert_eq!(world.view(I::mintWindowCall {}).level, U256::ZERO);
    // The epoch can still be rolled.
    world.token.sender(world.governance).refuses.set(false);
    world.roll(1).unwrap();
    assert_eq!(world.minted(), week_of(supply(), u64::from(RATE)));
    // A token that answers a number beyond 128 bits.
    let huge = U256::from(u128::MAX) + U256::from(1);
    world.token.sender(world.governance).supply.set(huge);
    let bad = I::MinterBadAnswer { target: world.token.address(), answer: huge };
    assert_eq!(world.roll(2).unwrap_err(), bad.abi_encode());
}

#[motsu::test]
fn preview_says_what_a_roll_does() {
    let world = World::new();
    let preview = || {
        let preview = world.view(I::previewCall {});
        (preview.outcome, preview.emission, preview.remint)
    };
    native::set_time(GENESIS);
    assert_eq!(preview(), (Outcome::Minted as u8, U256::ZERO, U256::ZERO));
    world.roll(0).unwrap();
    native::set_time(GENESIS + u64::from(WEEK));
    let amount = week_of(supply(), u64::from(RATE));
    assert_eq!(preview(), (Outcome::Minted as u8, amount, U256::ZERO));
    world.controller(|c| c.halted.set(U256::from(GENESIS + u64::from(WEEK) + 1)));
    assert_eq!(preview(), (Outcome::Halted as u8, amount, U256::ZERO));
    // Nothing was written by asking.
    assert_eq!(world.view(I::nextEpochCall {})._0, 1);
}

/// MNT-08
#[motsu::test]
fn keeper_reward_rises_to_its_cap() {
    for (late, expected) in [(0, 0), (10_800, 10_800), (21_600, 21_600), (21_601, 21_600), (600_000, 21_600)] {
        let world = World::new();
        world.roll(0).unwrap();
        native::set_time(GENESIS + u64::from(WEEK) + late);
        let before = world.balance(world.stranger);
        world.ok(world.stranger, I::rollEpochCall {});
        let emission = week_of(supply(), u64::from(RATE));
        let paid = world.balance(world.stranger) - before;
        assert_eq!(paid, reward_of(emission, expected), "{late}");
        assert_eq!(world.minted(), emission);
        assert!(paid <= emission / U256::from(1_000));
    }
}

#[motsu::test]
fn set_rules_works_within_its_ranges() {
    let world = World::new();
    let good = I::setRulesCall { emaEpochs: 4, keeperBps: 10, keeperRamp: 60, staleAfter: 86_400 };
    world.ok(world.governance, good.clone());
    world.saw(&E::RulesChanged { emaEpochs: 4, keeperBps: 10, keeperRamp: 60, staleAfter: 86_400 });
    let rules = world.view(I::rulesCall {});
    assert_eq!((rules.emaEpochs, rules.keeperBps, rules.keeperRamp, rules.staleAfter), (4, 10, 60, 86_400));
    assert_eq!(world.view(I::tokenCall {})._0, world.token.address());
    let cases = [
        (1, 0, 1, 52, I::setRulesCall { emaEpochs: 0, ..good.clone() }),
        (1, 53, 1, 52, I::setRulesCall { emaEpochs: 53, ..good.clone() }),
        (2, 11, 0, 10, I::setRulesCall { keeperBps: 11, ..good.clone() }),
        (3, 0, 1, WEEK, I::setRulesCall { keeperRamp: 0, ..good.clone() }),
        (3, WEEK + 1, 1, WEEK, I::setRulesCall { keeperRamp: WEEK + 1, ..good.clone() }),
        (4, 3_599, 3_600, 2 * YEAR, I::setRulesCall { staleAfter: 3_599, ..good.clone() }),
        (4, 2 * YEAR + 1, 3_600, 2 * YEAR, I::setRulesCall { staleAfter: 2 * YEAR + 1, ..good.clone() }),
    ];
    for (setting, value, least, most, call) in cases {
        let [value, least, most] = [value, least, most].map(U256::from);
        world.err(world.governance, call, I::MinterOutOfRange { setting, value, least, most });
    }
    // The reward follows: 10 bps after a minute.
    world.roll(0).unwrap();
    let before = world.balance(world.stranger);
    world.roll(1).unwrap();
    let paid = world.balance(world.stranger) - before;
    assert_eq!(paid, week_of(supply(), u64::from(RATE)) / U256::from(1_000));
}
