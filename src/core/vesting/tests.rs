//! Streams against exact fractions and random histories.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::vec::Vec;

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;

use super::*;
use crate::param::VESTING;

const DAY: u64 = 86_400;
const START: u64 = 1_800_000_000;
const YEAR: u32 = 31_536_000;

fn exact(number: impl Into<BigInt>) -> BigRational {
    BigRational::from_integer(number.into())
}

/// What happens to a stream.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Speed(u32),
    Release,
    Replan(u128, u64, u32),
    Revoke,
}

fn amounts() -> impl Strategy<Value = u128> {
    prop_oneof![0..100u128, 0..1u128 << 90, Just(1 << 96)]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => prop_oneof![0..10u64, 0..40 * DAY, Just(400 * DAY)].prop_map(Step::Wait),
        3 => prop_oneof![MIN_SPEED..=MAX_SPEED, Just(4_999), Just(15_001)].prop_map(Step::Speed),
        2 => Just(Step::Release),
        1 => (amounts(), 0..2_000 * DAY, prop_oneof![1..YEAR * 3, Just(0)]).prop_map(|(a, c, d)| Step::Replan(a, c, d)),
        1 => prop_oneof![9 => Just(Step::Release), 1 => Just(Step::Revoke)],
    ];
    prop::collection::vec(step, 1..60)
}

/// The stream in exact fractions, written from its definition.
struct Model {
    base: BigRational,
    amount: BigRational,
    /// Share of the plan that has run, at most 1.
    run: BigRational,
    cliff: u64,
    duration: u32,
    speed: u32,
    clock: u64,
}

impl Model {
    fn wait(&mut self, now: u64) {
        let elapsed = now.saturating_sub(self.clock);
        self.clock = self.clock.max(now);
        let rate = BigRational::new(self.speed.into(), BigInt::from(10_000u64 * u64::from(self.duration)));
        self.run = (&self.run + exact(elapsed) * rate).min(exact(1));
    }

    fn vested(&self) -> BigRational {
        let open = self.clock >= self.cliff;
        if open {
            &self.base + &self.amount * &self.run
        } else {
            self.base.clone()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// VES-01 to VES-06 over random histories.
    #[test]
    fn ves_01_histories_follow_the_exact_stream(
        amount in amounts(),
        ahead in prop_oneof![Just(0u64), 0..100 * DAY],
        cliff in prop_oneof![Just(0u64), 0..400 * DAY],
        duration in 1..YEAR * 3,
        slack in 0..YEAR * 3,
        speed in MIN_SPEED..=MAX_SPEED,
        steps in steps(),
    ) {
        let mut now = START;
        let (start, cliff) = (now + ahead, now + ahead + cliff);
        let fixed_end = start.saturating_add(2 * u64::from(duration)).max(cliff) + u64::from(slack);
        let mut stream = Stream::open(&Plan { amount, cliff, duration }, start, fixed_end, speed).unwrap();
        let mut model = Model {
            base: exact(0), amount: exact(amount), run: exact(0), cliff, duration, speed, clock: start,
        };
        // Base units put in and taken back, and paid.
        let (mut put, mut paid, mut last) = (amount, 0u128, 0u128);
        for step in steps {
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Speed(speed) => {
                    let before = stream;
                    let mut accrued = stream;
                    accrued.accrue(now);
                    match stream.set_speed(now, speed) {
                        Ok(()) => {
                            // VES-05
                            let rise = speed > before.speed && !accrued.is_done();
                            prop_assert!(!rise || stream.runway() >= MIN_RUNWAY, "VES-05: {} s left", stream.runway());
                            model.wait(now);
                            model.speed = speed;
                        }
                        Err(VestingError::SpeedOutOfRange { speed: refused }) => {
                            prop_assert_eq!(refused, speed);
                            prop_assert!(!(MIN_SPEED..=MAX_SPEED).contains(&speed));
                            stream = before;
                        }
                        Err(VestingError::RunwayTooShort { runway, .. }) => {
                            prop_assert!(speed > before.speed && runway < MIN_RUNWAY);
                            let left = (exact(1) - { model.wait(now); &model.run }) * exact(duration_of(&before)) * exact(10_000);
                            prop_assert_eq!(exact(runway), (left / exact(speed)).ceil(), "VES-05: the runway is not exact");
                            stream = before;
                        }
                        Err(other) => prop_assert!(false, "{:?}", other),
                    }
                }
                Step::Release => paid += stream.release(now).unwrap(),
                Step::Replan(amount, cliff, duration) => {
                    let before = stream;
                    let cliff = START + cliff;
                    match stream.replan(now, &Plan { amount, cliff, duration }) {
                        Ok(unvested) => {
                            put = put - unvested + amount;
                            model.wait(now);
                            // What had vested is kept to the floor: that is what counts as vested.
                            model.base = model.vested().floor();
                            (model.amount, model.run) = (exact(amount), exact(0));
                            (model.cliff, model.duration) = (cliff, duration);
                        }
                        Err(VestingError::ZeroDuration) => {
                            prop_assert_eq!(duration, 0);
                            stream = before;
                        }
                        Err(VestingError::EndTooLate { end, fixed_end }) => {
                            let latest = (now.max(start) + 2 * u64::from(duration)).max(cliff);
                            prop_assert_eq!((end, fixed_end), (latest, before.fixed_end));
                            prop_assert!(end > fixed_end);
                            stream = before;
                        }
                        Err(other) => prop_assert!(false, "{:?}", other),
                    }
                }
                Step::Revoke => {
                    put -= stream.revoke(now).unwrap();
                    model.wait(now);
                    model.base = model.vested().floor();
                    model.amount = exact(0);
                    prop_assert!(stream.is_done());
                }
            }
            let mut at_now = stream;
            at_now.accrue(now);
            model.wait(now);
            let vested = at_now.vested().unwrap();
            // VES-01
            prop_assert_eq!(exact(vested), model.vested().floor(), "VES-01");
            // VES-02
            prop_assert!(vested >= last, "VES-02: vested fell from {} to {}", last, vested);
            last = vested;
            // VES-03
            prop_assert_eq!(stream.released, paid);
            prop_assert!(paid <= vested && vested <= put, "VES-03");
            prop_assert_eq!(stream.outstanding().unwrap(), put - paid, "VES-03");
            // VES-04: even if the slowest speed came next, it ends in time.
            let mut slowest = at_now;
            slowest.set_speed(now, MIN_SPEED).unwrap();
            prop_assert!(slowest.is_done() || slowest.updated_at + slowest.runway() <= stream.fixed_end, "VES-04");
            slowest.accrue(stream.fixed_end.max(now));
            prop_assert_eq!(slowest.vested().unwrap(), put, "VES-04: not all vested at the fixed end");
        }
    }

    /// VES-06: looking often changes nothing.
    #[test]
    fn ves_06_no_order_of_accruals_changes_what_has_vested(
        amount in amounts(),
        duration in 1..YEAR * 3,
        speed in MIN_SPEED..=MAX_SPEED,
        mut cuts in prop::collection::vec(0..u64::from(YEAR) * 4, 0..20),
    ) {
        let plan = Plan { amount, cliff: START, duration };
        let fresh = Stream::open(&plan, START, u64::MAX, speed).unwrap();
        cuts.sort_unstable();
        let last = cuts.last().copied().unwrap_or_default();
        let (mut often, mut once) = (fresh, fresh);
        for cut in cuts {
            often.accrue(START + cut);
        }
        once.accrue(START + last);
        prop_assert_eq!(often.vested(), once.vested());
        prop_assert_eq!(often, once);
    }
}

fn duration_of(stream: &Stream) -> u32 {
    stream.duration
}

/// The compiled-in range is the parameter's.
#[test]
fn speeds_are_the_hard_range_of_the_parameter() {
    assert_eq!((MIN_SPEED, MAX_SPEED), VESTING.hard_range());
}

/// VES-07: refusals with their numbers; twice the duration is exactly what the slowest speed takes.
#[test]
fn ves_07_refusals_carry_their_numbers() {
    let plan = Plan { amount: 1_000, cliff: START, duration: 1_000 };
    let end = START + 2_000;
    assert!(Stream::open(&plan, START, end, 10_000).is_ok());
    let late = VestingError::EndTooLate { end, fixed_end: end - 1 };
    assert_eq!(Stream::open(&plan, START, end - 1, 10_000), Err(late));
    let cliff = Plan { cliff: end + 1, ..plan };
    let late = VestingError::EndTooLate { end: end + 1, fixed_end: end };
    assert_eq!(Stream::open(&cliff, START, end, 10_000), Err(late));
    assert_eq!(Stream::open(&Plan { duration: 0, ..plan }, START, end, 10_000), Err(VestingError::ZeroDuration));
    for speed in [0, 4_999, 15_001, u32::MAX] {
        assert_eq!(Stream::open(&plan, START, end, speed), Err(VestingError::SpeedOutOfRange { speed }));
    }
}

/// VES-05 at its edge: 182 days left are enough, a second less is not; a slower speed is always taken.
#[test]
fn ves_05_a_rise_needs_half_a_year() {
    let duration = u32::try_from(MIN_RUNWAY * 3 / 2).unwrap();
    let plan = Plan { amount: 1_000, cliff: START, duration };
    let mut stream = Stream::open(&plan, START, u64::MAX, 10_000).unwrap();
    assert_eq!(stream.set_speed(START, 15_000), Ok(()));
    let mut stream = Stream::open(&plan, START, u64::MAX, 10_000).unwrap();
    let short = VestingError::RunwayTooShort { speed: 15_000, runway: MIN_RUNWAY - 1 };
    assert_eq!(stream.set_speed(START + 2, 15_000), Err(short));
    assert_eq!(stream.set_speed(START + u64::from(duration) - 1, 5_000), Ok(()));
    assert_eq!(stream.set_speed(START + u64::from(duration) + 10, 15_000), Ok(()), "a done stream takes any");
}

/// V14: a plan edited or revoked before its cliff keeps nothing of it, after it everything that has vested.
#[test]
fn ves_08_edits_around_the_cliff() {
    let plan = Plan { amount: 1_000, cliff: START + 500, duration: 1_000 };
    let open = || Stream::open(&plan, START, START + 5_000, 10_000).unwrap();
    let mut stream = open();
    assert_eq!(stream.revoke(START + 499), Ok(1_000));
    assert_eq!(stream.release(START + 5_000), Ok(0));
    let mut stream = open();
    assert_eq!(stream.revoke(START + 500), Ok(500));
    assert_eq!(stream.release(START + 5_000), Ok(500));
    let mut stream = open();
    assert_eq!(stream.replan(START + 600, &Plan { amount: 100, cliff: START + 900, duration: 100 }), Ok(400));
    assert_eq!(stream.release(START + 700), Ok(600), "a new cliff does not reach back");
    assert_eq!((stream.release(START + 899), stream.release(START + 900)), (Ok(0), Ok(100)));
}
