//! Random histories against a model in exact fractions.

use std::collections::BTreeSet;

use alloy_primitives::{Address, U256};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::world::{Fixture, Grant, World, DAY, YEAR};
use crate::{ITreasury as I, ACTIVATION_DELAY};

/// What happens.
#[derive(Clone, Debug)]
enum Act {
    Wait(u64),
    Deliver(u128),
    Donate(u128),
    Book,
    Spend(u128),
    Speed(u32),
    Halt(bool),
    Break,
    Poke,
    Release,
    Open { amount: u128, ahead: u64, cliff: u64, duration: u32, slack: u64 },
    Edit { amount: u128, cliff: u64, duration: u32 },
    Revoke,
    Multipliers(Vec<u32>),
    Round { budget: u128, grants: Vec<(u8, u128)>, less: u128 },
    Disable(u32),
    Close(u32),
    Claim(u32, usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let amount = || prop_oneof![1..100u128, 1..1u128 << 60, 1..1u128 << 90];
    let seconds = || prop_oneof![0..100u64, 0..10 * DAY, 0..400 * DAY];
    let duration = || prop_oneof![1..1_000u32, 1..3 * YEAR];
    let grant = (0..3u8, prop_oneof![0..100u128, 0..1u128 << 80]);
    let act = prop_oneof![
        6 => seconds().prop_map(Act::Wait),
        4 => prop_oneof![Just(0), amount(), Just(1u128 << 90)].prop_map(Act::Deliver),
        1 => amount().prop_map(Act::Donate),
        1 => Just(Act::Book),
        2 => amount().prop_map(Act::Spend),
        3 => prop_oneof![5_000..=15_000u32, 4_000..=16_000u32].prop_map(Act::Speed),
        1 => prop_oneof![any::<bool>().prop_map(Act::Halt), Just(Act::Break)],
        4 => Just(Act::Poke),
        4 => Just(Act::Release),
        4 => (amount(), seconds(), seconds(), duration(), seconds())
            .prop_map(|(amount, ahead, cliff, duration, slack)| Act::Open { amount, ahead, cliff, duration, slack }),
        2 => (amount(), seconds(), duration()).prop_map(|(amount, cliff, duration)| Act::Edit { amount, cliff, duration }),
        1 => Just(Act::Revoke),
        1 => prop::collection::vec(2_500..=20_000u32, 3).prop_map(Act::Multipliers),
        3 => (amount(), prop::collection::vec(grant, 1..6), prop_oneof![3 => Just(0), 1 => 0..100u128])
            .prop_map(|(budget, grants, less)| Act::Round { budget, grants, less }),
        1 => (1..5u32).prop_map(Act::Disable),
        2 => (1..5u32).prop_map(Act::Close),
        6 => (1..5u32, 0..6usize).prop_map(|(round, place)| Act::Claim(round, place)),
    ];
    prop::collection::vec(act, 1..50)
}

/// The stream in exact fractions.
struct Stream {
    base: BigRational,
    amount: u128,
    run: BigRational,
    speed: u32,
    clock: u64,
    cliff: u64,
    duration: u32,
    fixed_end: u64,
    released: u128,
}

fn whole(number: impl Into<BigInt>) -> BigRational {
    BigRational::from_integer(number.into())
}

fn number(exact: &BigRational) -> u128 {
    u128::try_from(exact.to_integer()).unwrap()
}

impl Stream {
    fn wait(&mut self, now: u64) {
        let elapsed = now.saturating_sub(self.clock);
        self.clock = self.clock.max(now);
        let rate = BigRational::new(self.speed.into(), BigInt::from(10_000u64 * u64::from(self.duration)));
        self.run = (&self.run + whole(elapsed) * rate).min(whole(1));
    }

    fn vested(&self) -> u128 {
        let open = self.clock >= self.cliff;
        number(&if open { &self.base + whole(self.amount) * &self.run } else { self.base.clone() })
    }

    /// Base units escrowed and not paid.
    fn outstanding(&self) -> u128 {
        number(&self.base) + self.amount - self.released
    }

    /// Keeps what has vested; returns the rest.
    fn settle(&mut self, now: u64) -> u128 {
        self.wait(now);
        let (vested, all) = (self.vested(), number(&self.base) + self.amount);
        self.base = whole(vested);
        (self.amount, self.run) = (0, whole(1));
        all - vested
    }

    fn runway(&self, speed: u32) -> u64 {
        let left = (whole(1) - &self.run) * whole(self.duration) * whole(10_000) / whole(speed);
        u64::try_from(left.ceil().to_integer()).unwrap()
    }
}

struct Round {
    state: u8,
    budget: u128,
    left: u128,
    opens_at: u64,
    deadline: u64,
    multipliers: Vec<u32>,
    declared: [u128; 3],
    claimed: [u128; 3],
    grants: Vec<Grant>,
    done: Vec<bool>,
}

struct Model {
    free: u128,
    stream: Option<Stream>,
    rounds: Vec<Round>,
    offered: u32,
    multipliers: Vec<u32>,
    halted: bool,
    broken: bool,
    put: u128,
    paid: u128,
    surplus: u128,
}

impl Model {
    /// Takes the offered speed over as the definition says.
    fn poke(&mut self, now: u64) {
        let Some(stream) = &mut self.stream else { return };
        stream.wait(now);
        let done = stream.amount == 0 || stream.run == whole(1);
        let ranged = (5_000..=15_000).contains(&self.offered);
        if done || self.halted || self.broken || !ranged {
            return;
        }
        if self.offered <= stream.speed || stream.runway(self.offered) >= 182 * DAY {
            stream.speed = self.offered;
        }
    }

    fn owed(&self) -> u128 {
        let stream = self.stream.as_ref().map_or(0, Stream::outstanding);
        self.free + stream + self.rounds.iter().map(|round| round.left).sum::<u128>()
    }
}

/// Tells the controller what the model says.
fn teach(world: &World, model: &Model) {
    let until = if model.halted { u32::MAX } else { 0 };
    let mut params = world.params.sender(world.bob);
    params.teach(1, until, &[model.offered]);
    params.teach(6, until, &model.multipliers);
    if model.broken {
        params.refuse(b"broken");
    }
}

/// Everything that must hold at any moment.
fn check(world: &World, model: &mut Model, last: &mut u128) -> Result<(), TestCaseError> {
    prop_assert_eq!(world.free(), model.free, "TRE-16: free funds");
    prop_assert_eq!(world.owed(), model.owed(), "TRE-16: the books");
    prop_assert_eq!(model.owed() + model.paid, model.put, "TRE-16: conservation");
    let held = world.tokens(world.treasury.address());
    prop_assert_eq!(held, model.owed() + model.surplus, "TRE-16: the balance");
    if let Some(stream) = &mut model.stream {
        stream.wait(world.now);
        prop_assert_eq!(world.vested(), stream.vested(), "TRE-06: vested");
        prop_assert_eq!(world.stream().speed, stream.speed, "TRE-06: speed");
        prop_assert_eq!(world.stream().released, U256::from(stream.released));
        prop_assert!(stream.vested() >= *last, "T14: vested fell");
        *last = stream.vested();
    }
    for (place, round) in model.rounds.iter().enumerate() {
        let there = world.round(place as u32 + 1);
        prop_assert_eq!(
            (there.state, there.left),
            (round.state, U256::from(round.left)),
            "TRE-11: round {}",
            place + 1
        );
        prop_assert!(round.left <= round.budget);
    }
    Ok(())
}

/// What a history met, and whether it was done or refused.
type Reached = BTreeSet<(&'static str, bool)>;

fn play(acts: Vec<Act>, reached: &mut Reached) -> Result<(), TestCaseError> {
    let mut world = World::new();
    let mut model = Model {
        free: 0,
        stream: None,
        rounds: Vec::new(),
        offered: 10_000,
        multipliers: vec![10_000; 3],
        halted: false,
        broken: false,
        put: 0,
        paid: 0,
        surplus: 0,
    };
    let mut last = 0;
    for act in acts {
        let now = world.now;
        match act {
            Act::Wait(seconds) => world.pass(seconds),
            Act::Deliver(amount) => {
                world.deliver(amount);
                (model.free, model.put) = (model.free + amount, model.put + amount);
                model.poke(now);
            }
            Act::Donate(amount) => {
                world.token.sender(world.bob).mint(world.treasury.address(), amount);
                model.surplus += amount;
            }
            Act::Book => {
                let surplus = core::mem::take(&mut model.surplus);
                prop_assert_eq!(world.ok(world.bob, I::bookSurplusCall {}).amount, U256::from(surplus), "TRE-02");
                (model.free, model.put) = (model.free + surplus, model.put + surplus);
            }
            Act::Spend(amount) => {
                let call = I::spendCall { to: world.bob, amount: U256::from(amount) };
                let done = world.send(world.governance, call).is_ok();
                prop_assert_eq!(done, amount <= model.free, "TRE-03");
                reached.insert(("spend", done));
                if done {
                    (model.free, model.paid) = (model.free - amount, model.paid + amount);
                }
            }
            Act::Speed(speed) => model.offered = speed,
            Act::Halt(halted) => (model.halted, model.broken) = (halted, false),
            Act::Break => model.broken = true,
            Act::Poke => {
                let before = model.stream.as_ref().map(|stream| stream.speed);
                world.poke();
                model.poke(now);
                let changed = model.stream.as_ref().map(|stream| stream.speed) != before;
                reached.insert(("speed", changed));
                let vesting = model.stream.as_ref().is_some_and(|stream| stream.run < whole(1));
                reached.insert(("refused rise", vesting && world.stream().refused != 0));
            }
            Act::Release => {
                let done = world.send(world.bob, I::releaseCall {});
                prop_assert_eq!(done.is_ok(), model.stream.is_some(), "TRE-05: a release was blocked");
                if let Some(stream) = &mut model.stream {
                    stream.wait(now);
                    let due = stream.vested() - stream.released;
                    prop_assert_eq!(done.unwrap().amount, U256::from(due), "TRE-05");
                    reached.insert(("release", due != 0));
                    (stream.released, model.paid) = (stream.released + due, model.paid + due);
                }
            }
            Act::Open { amount, ahead, cliff, duration, slack } => {
                let start = now + ahead;
                let cliff = start + cliff;
                let fixed_end = start + 2 * u64::from(duration) + slack;
                let call = I::openStreamCall {
                    beneficiary: world.alice,
                    amount: U256::from(amount),
                    start,
                    cliff,
                    duration,
                    fixedEnd: fixed_end,
                };
                let idle = model.stream.as_ref().map_or(0, Stream::outstanding) == 0;
                let speed = model.offered;
                let live = !model.halted && !model.broken && (5_000..=15_000).contains(&speed);
                let expected = idle && live && cliff <= fixed_end && amount <= model.free;
                prop_assert_eq!(world.send(world.governance, call).is_ok(), expected, "TRE-09");
                reached.insert(("open", expected));
                if expected {
                    model.free -= amount;
                    last = 0;
                    let (base, run, clock) = (whole(0), whole(0), start);
                    model.stream =
                        Some(Stream { base, amount, run, speed, clock, cliff, duration, fixed_end, released: 0 });
                }
            }
            Act::Edit { amount, cliff, duration } => {
                let cliff = now + cliff;
                let call = I::editStreamCall { unvested: U256::from(amount), cliff, duration };
                let done = world.send(world.governance, call).is_ok();
                let Some(stream) = &mut model.stream else {
                    prop_assert!(!done);
                    continue;
                };
                stream.wait(now);
                let rest = number(&stream.base) + stream.amount - stream.vested();
                let end = (stream.clock + 2 * u64::from(duration)).max(cliff);
                let expected = end <= stream.fixed_end && amount <= model.free + rest;
                prop_assert_eq!(done, expected, "TRE-10: an edit");
                reached.insert(("edit", done));
                if expected {
                    model.free = model.free + stream.settle(now) - amount;
                    (stream.amount, stream.run, stream.cliff, stream.duration) = (amount, whole(0), cliff, duration);
                }
            }
            Act::Revoke => {
                let done = world.send(world.governance, I::revokeStreamCall {}).is_ok();
                prop_assert_eq!(done, model.stream.is_some());
                if let Some(stream) = &mut model.stream {
                    let returned = stream.settle(now);
                    reached.insert(("revoke", returned != 0));
                    model.free += returned;
                }
            }
            Act::Multipliers(multipliers) => model.multipliers = multipliers,
            Act::Round { budget, grants, less } => {
                let number = model.rounds.len() as u32 + 1;
                let grants: Vec<Grant> = (0u32..)
                    .zip(grants)
                    .map(|(index, (category, base))| {
                        let account = Address::with_last_byte(0x40 + index as u8);
                        Grant { index: index * 255, account, category, base }
                    })
                    .collect();
                let mut call = world.round_call(budget, number, &grants);
                let mut declared = [0u128; 3];
                for (declared, base) in declared.iter_mut().zip(&mut call.bases) {
                    // Sometimes less than the tree holds.
                    *declared = base.to::<u128>().saturating_sub(less);
                    *base = U256::from(*declared);
                }
                let deadline = call.deadline;
                let live = !model.halted && !model.broken;
                let expected = live && budget <= model.free && declared.iter().any(|base| *base != 0);
                prop_assert_eq!(world.send(world.governance, call).is_ok(), expected, "TRE-15");
                reached.insert(("round", expected));
                if expected {
                    model.free -= budget;
                    model.rounds.push(Round {
                        state: 1,
                        budget,
                        left: budget,
                        opens_at: now + ACTIVATION_DELAY,
                        deadline,
                        multipliers: model.multipliers.clone(),
                        declared,
                        claimed: [0; 3],
                        done: vec![false; grants.len()],
                        grants,
                    });
                }
            }
            Act::Disable(round) | Act::Close(round) => {
                let disable = matches!(act, Act::Disable(_));
                let done = match disable {
                    true => world.send(world.council, I::disableRoundCall { round }).is_ok(),
                    false => world.send(world.bob, I::closeRoundCall { round }).is_ok(),
                };
                let Some(there) = model.rounds.get_mut(round as usize - 1) else {
                    prop_assert!(!done);
                    continue;
                };
                let timely = if disable { now < there.opens_at } else { now >= there.deadline };
                prop_assert_eq!(done, timely && there.state == 1, "TRE-14");
                reached.insert((if disable { "disable" } else { "close" }, done));
                if done {
                    there.state = if disable { 2 } else { 3 };
                    model.free += core::mem::take(&mut there.left);
                }
            }
            Act::Claim(round, place) => {
                let Some(there) = model.rounds.get_mut(round as usize - 1) else { continue };
                let Some(grant) = there.grants.get(place).copied() else { continue };
                let category = usize::from(grant.category);
                let expected = there.state == 1
                    && (there.opens_at..there.deadline).contains(&now)
                    && !there.done[place]
                    && there.claimed[category] + grant.base <= there.declared[category];
                let answer = world.send(world.bob, world.claim_call(round, &there.grants, place));
                prop_assert_eq!(answer.is_ok(), expected, "TRE-12");
                reached.insert(("claim", expected));
                let over = there.claimed[category] + grant.base > there.declared[category];
                reached.insert(("base exceeded", over && !there.done[place]));
                if let Ok(answer) = answer {
                    let weighed = |base: u128, category: usize| BigInt::from(base) * there.multipliers[category];
                    let all: BigInt = (0..3).map(|c| weighed(there.declared[c], c)).sum();
                    let payout = BigRational::new(weighed(grant.base, category) * there.budget, all);
                    let payout = number(&payout);
                    prop_assert_eq!(answer.amount, U256::from(payout), "TRE-11");
                    there.done[place] = true;
                    there.claimed[category] += grant.base;
                    (there.left, model.paid) = (there.left - payout, model.paid + payout);
                }
            }
        }
        teach(&world, &model);
        check(&world, &mut model, &mut last)?;
    }
    // In the end everything can leave: the stream at its fixed end, the rounds at their deadlines, the rest by governance.
    world.params.sender(world.bob).refuse(b"gone");
    world.pass(40 * 365 * DAY);
    if model.stream.is_some() {
        world.release();
    }
    for (place, round) in (1u32..).zip(&model.rounds) {
        if round.state == 1 {
            world.ok(world.bob, I::closeRoundCall { round: place });
        }
    }
    prop_assert_eq!(world.free(), world.owed(), "TRE-16: something cannot leave");
    prop_assert_eq!(world.owed() + model.surplus, world.tokens(world.treasury.address()));
    Ok(())
}

proptest! {
    /// TRE-02, TRE-03, TRE-05, TRE-06, TRE-09 to TRE-12, TRE-14 to TRE-16 (I8, I9, I11; T6, T9, T14).
    #[test]
    fn tre_16_random_histories_conserve_everything(acts in acts()) {
        play(acts, &mut Reached::new())?;
    }
}

/// The histories meet everything that can be done, and everything refused.
#[test]
fn tre_16_random_histories_reach_everything() {
    let mut runner = TestRunner::deterministic();
    let mut reached = Reached::new();
    for _ in 0..400 {
        let acts = acts().new_tree(&mut runner).unwrap().current();
        play(acts, &mut reached).unwrap();
    }
    for what in
        ["spend", "speed", "refused rise", "release", "open", "edit", "revoke", "round", "disable", "close", "claim"]
    {
        for done in [true, false] {
            assert!(reached.contains(&(what, done)), "never met: {what}, {done}");
        }
    }
    assert!(reached.contains(&("base exceeded", true)));
}
