//! The vesting stream.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;

use super::world::{Fixture, World, DAY, GENESIS, YEAR};
use crate::{ITreasury as I, ITreasuryEvents as E};

const AMOUNT: u128 = 365 * 1_000_000;

/// Slots of time: a day of the baseline vests this much of [`AMOUNT`] over a year.
const DAILY: u128 = 1_000_000;

/// What the treasury says to the controller's question about a speed.
fn revert(world: &World, speed: u32) -> Option<Vec<u8>> {
    world.send(world.bob, I::checkParamsCall { group: 1, values: vec![speed] }).err()
}

/// TRE-05: a stream pays what has vested, on anyone's call, to its beneficiary.
#[motsu::test]
fn release_works() {
    let mut world = World::with(AMOUNT + 5);
    world.open_stream(AMOUNT, YEAR);
    let (start, fixed_end) = (GENESIS, GENESIS + 3 * u64::from(YEAR));
    let amount = U256::from(AMOUNT);
    let opened = E::StreamOpened {
        beneficiary: world.alice,
        amount,
        start,
        cliff: start,
        duration: YEAR,
        fixedEnd: fixed_end,
        speed: 10_000,
    };
    assert!(world.logged(&opened));
    assert_eq!((world.free(), world.owed()), (5, AMOUNT + 5));
    world.pass(10 * DAY);
    assert_eq!(world.vested(), 10 * DAILY);
    assert_eq!(world.release(), 10 * DAILY);
    assert_eq!((world.tokens(world.alice), world.release()), (10 * DAILY, 0));
    assert!(world.logged(&E::Released { beneficiary: world.alice, amount: U256::from(10 * DAILY) }));
    assert_eq!(world.logs::<E::Released>().len(), 1);
    world.pass(DAY);
    assert_eq!(world.ok(world.bob, I::releasableCall {})._0, U256::from(DAILY));
    world.pass(1_000 * DAY);
    assert_eq!(world.release(), AMOUNT - 10 * DAILY);
    assert_eq!((world.free(), world.owed(), world.tokens(world.alice)), (5, 5, AMOUNT));
}

/// TRE-06, T6: another speed counts from the poke on, never before; faster and slower.
#[motsu::test]
fn poke_takes_the_speed_from_now_on() {
    let mut world = World::with(AMOUNT);
    world.open_stream(AMOUNT, YEAR);
    world.pass(10 * DAY);
    world.speed(12_000);
    world.pass(10 * DAY);
    // Nobody has poked.
    assert_eq!(world.vested(), 20 * DAILY);
    world.poke();
    assert_eq!(world.vested(), 20 * DAILY);
    assert!(world.logged(&E::SpeedChanged { oldSpeed: 10_000, newSpeed: 12_000 }));
    world.pass(10 * DAY);
    assert_eq!(world.vested(), 32 * DAILY);
    world.speed(5_000);
    // A delivery reads it, too.
    world.deliver(1);
    world.pass(10 * DAY);
    assert_eq!(world.vested(), 37 * DAILY);
    assert_eq!(world.stream().speed, 5_000);
    world.poke();
    assert_eq!(world.logs::<E::SpeedChanged>().len(), 2);
}

/// TRE-07: halted, failing, nonsense: the speed stays, an event says why, and the release goes on.
#[motsu::test]
fn poke_keeps_the_speed_when_none_can_be_had() {
    let mut world = World::with(AMOUNT);
    world.poke();
    world.open_stream(AMOUNT, YEAR);
    let kept = |reason: u8, detail: u64| E::SpeedKept { reason, speed: 10_000, detail: U256::from(detail) };
    let until = u32::try_from(GENESIS + 10 * DAY).unwrap();
    world.params.sender(world.bob).teach(1, until, &[12_000]);
    world.pass(10 * DAY - 1);
    world.poke();
    assert!(world.logged(&kept(1, until.into())));
    // The release asks nobody.
    world.params.sender(world.bob).refuse(b"down");
    world.poke();
    assert!(world.logged(&kept(2, 4)));
    world.pass(1);
    assert_eq!(world.release(), 10 * DAILY);
    for speed in [4_999, 15_001, 0] {
        world.speed(speed);
        world.poke();
        assert!(world.logged(&kept(3, speed.into())));
    }
    world.params.sender(world.bob).teach(1, 0, &[12_000, 12_000]);
    world.poke();
    assert_eq!((world.logs::<E::SpeedKept>().len(), world.logs::<E::SpeedChanged>().len()), (6, 0));
    // The very moment a halt ends counts.
    world.params.sender(world.bob).teach(1, until, &[12_000]);
    world.poke();
    assert_eq!(world.stream().speed, 12_000);
}

/// TRE-08: a rise must leave 182 days. The hook refuses it in the change's own transaction; if the time has run out since,
/// the poke keeps the old speed and the hook lives with that.
#[motsu::test]
fn a_rise_leaves_half_a_year() {
    let mut world = World::with(AMOUNT);
    world.open_stream(AMOUNT, YEAR);
    // At 15,000: 243 1/3 days from the start.
    world.speed(15_000);
    world.pass(91 * DAY);
    assert_eq!(revert(&world, 15_000), None);
    world.pass(2 * DAY);
    // 272 days of the baseline are left, 181 1/3 days at that speed.
    let runway = 272 * DAY * 2 / 3;
    let short = I::TreasuryRunwayTooShort { speed: 15_000, runway, needed: 182 * DAY };
    assert_eq!(revert(&world, 15_000), Some(short.abi_encode()));
    world.poke();
    assert!(world.logged(&E::SpeedKept { reason: 4, speed: 10_000, detail: U256::from(runway) }));
    assert_eq!((world.stream().speed, world.stream().refused), (10_000, 15_000));
    assert_eq!(revert(&world, 15_000), None);
    world.pass(DAY);
    assert_eq!(world.vested(), 94 * DAILY);
    // Another one is judged anew.
    world.speed(14_999);
    assert!(revert(&world, 14_999).is_some());
    // A fall is always taken, and forgets the refusal.
    world.speed(8_000);
    assert_eq!(revert(&world, 8_000), None);
    world.poke();
    assert_eq!((world.stream().speed, world.stream().refused), (8_000, 0));
    world.speed(15_000);
    assert!(revert(&world, 15_000).is_some());
    world.pass(3 * u64::from(YEAR));
    // All has vested: nothing is left to be too fast.
    assert_eq!(revert(&world, 15_000), None);
}

/// TRE-08: a refusal is forgotten as soon as the controller offers the speed in force again.
#[motsu::test]
fn a_refusal_is_not_a_licence() {
    let mut world = World::with(AMOUNT);
    world.open_stream(AMOUNT, YEAR);
    world.pass(300 * DAY);
    world.speed(12_000);
    world.poke();
    assert_eq!((world.stream().speed, world.stream().refused, revert(&world, 12_000)), (10_000, 12_000, None));
    world.speed(10_000);
    world.poke();
    assert_eq!(world.stream().refused, 0);
    world.speed(12_000);
    assert!(revert(&world, 12_000).is_some());
}

/// TRE-09: a stream must end in time even at the slowest speed, and its cliff lie before its end.
#[motsu::test]
fn open_stream_reverts_when_it_could_end_too_late() {
    let world = World::with(AMOUNT);
    let call = || world.stream_call(100, 1_000);
    let end = GENESIS + 2_000;
    let late = I::TreasuryEndTooLate { end, fixedEnd: end - 1 };
    world.err(world.governance, I::openStreamCall { fixedEnd: end - 1, ..call() }, late);
    let cliff = I::openStreamCall { fixedEnd: end, cliff: end + 1, ..call() };
    world.err(world.governance, cliff, I::TreasuryEndTooLate { end: end + 1, fixedEnd: end });
    world.err(world.governance, I::openStreamCall { duration: 0, ..call() }, I::TreasuryZeroDuration {});
    world.err(world.governance, I::openStreamCall { amount: U256::ZERO, ..call() }, I::TreasuryZeroAmount {});
    let nobody = I::openStreamCall { beneficiary: Address::ZERO, ..call() };
    world.err(world.governance, nobody, I::TreasuryZeroAddress {});
    let amount = U256::from(AMOUNT + 1);
    let short = I::TreasuryInsufficientFunds { free: U256::from(AMOUNT), amount };
    world.err(world.governance, I::openStreamCall { amount, ..call() }, short);
    world.speed(15_001);
    let speed = I::TreasurySpeedOutOfRange { speed: 15_001, slowest: 5_000, fastest: 15_000 };
    world.err(world.governance, call(), speed);
    let until = u32::try_from(GENESIS).unwrap() + 1;
    world.params.sender(world.bob).teach(1, until, &[10_000]);
    world.err(world.governance, call(), I::TreasuryHalted { group: 1, until });
    world.params.sender(world.bob).teach(1, until - 1, &[9_000]);
    world.ok(world.governance, I::openStreamCall { fixedEnd: end, ..call() });
    assert_eq!(world.stream().speed, 9_000);
    world.err(world.governance, call(), I::TreasuryStreamOpen { outstanding: U256::from(100) });
}

/// TRE-10, V14, T14: a revocation keeps what has vested and returns the rest; a new stream can follow once it is paid.
#[motsu::test]
fn revoke_stream_keeps_what_has_vested() {
    let mut world = World::with(AMOUNT);
    world.open_stream(AMOUNT, YEAR);
    world.pass(10 * DAY);
    assert_eq!(world.release(), 10 * DAILY);
    world.pass(5 * DAY);
    world.ok(world.governance, I::revokeStreamCall {});
    let (vested, returned) = (U256::from(15 * DAILY), U256::from(350 * DAILY));
    assert!(world.logged(&E::StreamRevoked { vested, returned }));
    assert_eq!((world.free(), world.owed()), (350 * DAILY, 355 * DAILY));
    world.pass(100 * DAY);
    let next = || world.stream_call(100, YEAR);
    world.err(world.governance, next(), I::TreasuryStreamOpen { outstanding: U256::from(5 * DAILY) });
    assert_eq!(world.release(), 5 * DAILY);
    world.ok(world.governance, next());
    assert_eq!(world.vested(), 0);
    // A second revocation of a stream takes nothing.
    world.ok(world.governance, I::revokeStreamCall {});
    world.ok(world.governance, I::revokeStreamCall {});
    assert_eq!((world.free(), world.owed()), (350 * DAILY, 350 * DAILY));
}

/// V14, T14: nothing has vested before the cliff, everything that accrued at it; a revocation before it takes all.
#[motsu::test]
fn the_cliff_holds_back_until_it_is_reached() {
    let mut world = World::with(AMOUNT);
    let call = I::openStreamCall { cliff: GENESIS + 30 * DAY, ..world.stream_call(AMOUNT, YEAR) };
    world.ok(world.governance, call.clone());
    world.pass(30 * DAY - 1);
    assert_eq!((world.vested(), world.release()), (0, 0));
    world.pass(1);
    assert_eq!(world.release(), 30 * DAILY);
    let mut other = World::with(AMOUNT);
    other.ok(other.governance, I::openStreamCall { beneficiary: other.bob, ..call });
    other.pass(30 * DAY - 1);
    other.ok(other.governance, I::revokeStreamCall {});
    other.pass(DAY);
    assert_eq!((other.release(), other.free()), (0, AMOUNT));
}

/// TRE-10, V14, T14: an edit keeps what has vested, moves the difference to or from the free funds, and cannot pass the
/// fixed end.
#[motsu::test]
fn edit_stream_keeps_what_has_vested() {
    let mut world = World::with(AMOUNT + 1_000);
    let edit = |unvested: u128, cliff, duration| I::editStreamCall { unvested: U256::from(unvested), cliff, duration };
    world.err(world.governance, edit(1, 0, 1), I::TreasuryNoStream {});
    world.err(world.governance, I::revokeStreamCall {}, I::TreasuryNoStream {});
    world.err(world.bob, I::releaseCall {}, I::TreasuryNoStream {});
    world.open_stream(AMOUNT, YEAR);
    world.pass(65 * DAY);
    let fixed_end = world.stream().fixedEnd;
    let duration = u32::try_from((fixed_end - world.now) / 2 + 1).unwrap();
    let end = world.now + 2 * u64::from(duration);
    let late = I::TreasuryEndTooLate { end, fixedEnd: fixed_end };
    world.err(world.governance, edit(1, 0, duration), late);
    world.err(world.governance, edit(0, 0, 1), I::TreasuryZeroAmount {});
    let needed = U256::from(300 * DAILY + 1_001);
    let short = I::TreasuryInsufficientFunds { free: U256::from(300 * DAILY + 1_000), amount: needed };
    world.err(world.governance, edit(300 * DAILY + 1_001, 0, 1), short);
    let cliff = world.now + 20 * DAY;
    let days = |days: u64| u32::try_from(days * DAY).unwrap();
    world.ok(world.governance, edit(100 * DAILY, cliff, days(100)));
    let event = E::StreamEdited {
        vested: U256::from(65 * DAILY),
        oldUnvested: U256::from(300 * DAILY),
        newUnvested: U256::from(100 * DAILY),
        cliff,
        duration: days(100),
    };
    assert!(world.logged(&event));
    assert_eq!((world.free(), world.owed()), (200 * DAILY + 1_000, AMOUNT + 1_000));
    world.pass(10 * DAY);
    assert_eq!(world.release(), 65 * DAILY);
    world.pass(10 * DAY);
    assert_eq!(world.release(), 20 * DAILY);
    world.pass(1_000 * DAY);
    assert_eq!((world.release(), world.tokens(world.alice)), (80 * DAILY, 165 * DAILY));
}

/// A stream may start ahead or in the past; a change of speed before its start counts from the start.
#[motsu::test]
fn a_stream_starts_when_it_says() {
    let mut world = World::with(AMOUNT);
    let start = GENESIS + 10 * DAY;
    let call = I::openStreamCall { start, cliff: 0, ..world.stream_call(AMOUNT, YEAR) };
    world.ok(world.governance, call);
    world.pass(5 * DAY);
    world.speed(5_000);
    world.poke();
    assert_eq!(world.vested(), 0);
    world.pass(7 * DAY);
    assert_eq!(world.vested(), DAILY);
    let mut past = World::with(AMOUNT);
    let call = I::openStreamCall { start: GENESIS - 3 * DAY, ..past.stream_call(AMOUNT, YEAR) };
    past.ok(past.governance, call);
    assert_eq!(past.vested(), 3 * DAILY);
    past.pass(DAY);
    assert_eq!(past.vested(), 4 * DAILY);
}
