//! Random histories against a model that knows the formulas and none of the code.

use alloy_primitives::{Address, U256};
use escapement_core::emission::{epoch_window, YEAR, YEARLY};
use escapement_kit::native;
use proptest::{prelude::*, test_runner::TestRunner};

use super::world::*;
use crate::{IMinter as I, Outcome};

/// What happens.
#[derive(Clone, Debug)]
enum Step {
    /// Time passes, seconds.
    Warp(u64),
    /// Somebody rolls now, or so many seconds after the next epoch opens.
    Roll,
    Next(u64),
    /// Holders burn thousandths of what they hold.
    Burn(u64),
    /// Revenue in the token, in quote.
    Revenue(u64),
    Quote(u64),
    /// A reading with half an hour before it, a trade to a price in percent of the fair one, a buy-back.
    Observe,
    Trade(u64),
    BuyBack(u64),
    /// The controller's values: rate, burn share, re-mint cap.
    Params(u32, u32, u32),
    /// A halt of emission or of the equilibrium for that long.
    Halt(bool, u64),
    /// The controller accepts an observation.
    Observation,
    /// A consumer starts or stops refusing; somebody announces again.
    Refuse(usize, bool),
    Deliver(usize),
    /// Governance resets the breaker, changes the span of the average and the reward.
    Reset,
    Rules(u8, u8),
    /// Somebody sends tokens and quote to the minter.
    Donate(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let week = u64::from(WEEK);
    let step = prop_oneof![
        4 => prop_oneof![0..3_600u64, Just(week), 0..3 * week, Just(1_800)].prop_map(Step::Warp),
        2 => Just(Step::Roll),
        10 => prop_oneof![0..21_600u64, Just(0), Just(week - 1), 0..week].prop_map(Step::Next),
        2 => (0..20u64).prop_map(Step::Burn),
        1 => (1..100_000u64).prop_map(Step::Revenue),
        1 => (1..100_000u64).prop_map(Step::Quote),
        4 => Just(Step::Observe),
        1 => (95..106u64).prop_map(Step::Trade),
        4 => (1..20_000u64).prop_map(Step::BuyBack),
        2 => (prop_oneof![0..50_001u32, 0..200_000u32], 0..5_001u32, 0..201u32)
            .prop_map(|(rate, burn, remint)| Step::Params(rate, burn, remint)),
        1 => (any::<bool>(), 0..2 * week).prop_map(|(emission, time)| Step::Halt(emission, time)),
        5 => Just(Step::Observation),
        1 => (0..3usize, any::<bool>()).prop_map(|(who, refuses)| Step::Refuse(who, refuses)),
        1 => (0..3usize).prop_map(Step::Deliver),
        1 => Just(Step::Reset),
        1 => (1..53u8, 0..11u8).prop_map(|(epochs, bps)| Step::Rules(epochs, bps)),
        1 => (1..1_000u64).prop_map(Step::Donate),
    ];
    prop::collection::vec(step, 1..100)
}

/// What the minter should have done.
struct Model {
    now: u64,
    next_epoch: u64,
    rate: U256,
    remint_cap: U256,
    average: U256,
    span: u64,
    bps: u64,
    expected: U256,
    halts: [u64; 2],
    observed: u64,
    tripped: bool,
    minted: U256,
    reminted: U256,
    burned: U256,
    keeper: U256,
    donated: U256,
    highest_supply: U256,
    mints: Vec<(u64, U256)>,
}

impl Model {
    /// Emission, re-mint and reward of a roll now.
    fn amounts(&mut self, supply: U256) -> (U256, U256, U256) {
        let week = u64::from(WEEK);
        let epoch = (self.now - GENESIS) / week;
        let epochs = epoch - self.next_epoch + 1;
        let each = (self.expected - supply) / U256::from(epochs);
        for _ in 0..epochs {
            let sum = self.average * U256::from(self.span - 1) + each * U256::from(2);
            self.average = sum / U256::from(self.span + 1);
        }
        let emission = week_of(supply, self.rate.to());
        let dormant = self.now < self.halts[1] || self.now > self.observed + 2 * week;
        let cap = supply * self.remint_cap / U256::from(1_000_000);
        // Nothing is minted again twice, whatever the span of the average was before.
        let credit = self.burned - self.reminted;
        let remint = if dormant { U256::ZERO } else { self.average.min(cap).min(credit) };
        let late = (self.now - GENESIS - epoch * week).min(21_600);
        let reward = emission * U256::from(self.bps * late) / U256::from(10_000u64 * 21_600);
        self.next_epoch = epoch + 1;
        (emission, remint, reward)
    }
}

fn roll(world: &World, model: &mut Model, keeper: Address) {
    let due = model.now >= GENESIS && (model.now - GENESIS) / u64::from(WEEK) >= model.next_epoch;
    let preview = world.send(world.stranger, I::previewCall {}).ok();
    assert_eq!(preview.is_some(), due, "MNT-01");
    assert_eq!(world.send(keeper, I::rollEpochCall {}).is_ok(), due, "MNT-01");
    let Some(preview) = preview else { return };
    let supply = supply() + model.minted - model.burned;
    let (emission, remint, reward) = model.amounts(supply);
    assert_eq!((preview.emission, preview.remint), (emission, remint), "MNT-02, MNT-10, I20");
    let outcome = preview.outcome;
    assert_eq!(outcome == Outcome::Halted as u8, model.now < model.halts[0], "MNT-03");
    assert!(!model.tripped || outcome != Outcome::Minted as u8, "MNT-04");
    model.expected = supply;
    if outcome == Outcome::Minted as u8 {
        let total = emission + remint;
        model.minted += total;
        model.reminted += remint;
        model.keeper += reward;
        model.expected += total;
        model.mints.push((model.now, total));
    }
    model.tripped |= outcome == Outcome::Tripped as u8;
}

/// I12, T13 and the accounts, after every step.
fn check(world: &World, model: &Model, keeper: Address) {
    assert_eq!(world.supply(), supply() + model.minted - model.burned, "MNT-17: supply");
    assert_eq!((world.minted(), world.view(I::totalRemintedCall {})._0), (model.minted, model.reminted), "MNT-17");
    assert!(model.reminted <= model.burned, "T13, EQB-03");
    assert_eq!(world.view(I::trippedCall {})._0, model.tripped);
    let mut given = model.keeper;
    for ((consumer, account), booked) in world.accounts().into_iter().zip(0..3).zip(world.booked()) {
        let unbooked = world.view(I::unbookedCall { consumer })._0;
        let balance = world.balance(consumer);
        assert_eq!(balance, booked + unbooked, "MNT-09: consumer {account}");
        given += balance;
    }
    assert_eq!(given, model.minted, "MNT-07: all that was minted is somebody's");
    assert_eq!(world.balance(keeper), model.keeper, "MNT-08");
    let minter = world.minter.address();
    let revenue = world.view(I::revenueCall {});
    assert_eq!(world.balance(minter), model.donated, "REV-07");
    assert_eq!(world.quote_balance(minter), revenue.kept + model.donated, "REV-07");
    // I12: over every stretch that ends with the last mint.
    let last = model.mints.last().map_or(0, |(at, _)| *at);
    let year = YEARLY.cap(model.highest_supply).unwrap();
    let epoch = epoch_window(WEEK).cap(model.highest_supply).unwrap();
    let mut sum = U256::ZERO;
    for (at, amount) in model.mints.iter().rev() {
        sum += *amount;
        for (cap, period) in [(year, YEAR), (epoch, WEEK)] {
            let bound = cap + cap * U256::from(last - at) / U256::from(period) + U256::from(1);
            assert!(sum <= bound, "I12: {sum} > {bound} in {} seconds", last - at);
        }
    }
}

fn run(steps: Vec<Step>) {
    let world = World::with_market();
    let keeper = Address::with_last_byte(0x4e);
    let mut model = Model {
        now: GENESIS - 1_000,
        next_epoch: 0,
        rate: U256::ZERO,
        remint_cap: U256::ZERO,
        average: U256::ZERO,
        span: 8,
        bps: 5,
        expected: supply(),
        halts: [0, 0],
        observed: 0,
        tripped: false,
        minted: U256::ZERO,
        reminted: U256::ZERO,
        burned: U256::ZERO,
        keeper: U256::ZERO,
        donated: U256::ZERO,
        highest_supply: supply(),
        mints: Vec::new(),
    };
    let (minter, stranger) = (world.minter.address(), world.stranger);
    let mut params = (U256::from(RATE), U256::ZERO);
    for step in steps {
        native::set_time(model.now);
        let supply_before = world.supply();
        match step {
            Step::Warp(seconds) => model.now += seconds,
            Step::Roll | Step::Next(_) => {
                if let Step::Next(late) = step {
                    model.now = (GENESIS + model.next_epoch * u64::from(WEEK) + late).max(model.now);
                    native::set_time(model.now);
                }
                let before = model.next_epoch;
                roll(&world, &mut model, keeper);
                if model.next_epoch != before {
                    (model.rate, model.remint_cap) = params;
                }
            }
            Step::Burn(share) => {
                let amount = world.balance(stranger) * U256::from(share) / U256::from(1_000);
                world.burn(amount);
                model.burned += amount;
            }
            Step::Revenue(tokens) => {
                world.token.sender(stranger).allowances.setter(stranger).insert(minter, units(tokens));
                let _ = world.send(stranger, I::depositRevenueCall { amount: units(tokens) });
                model.burned += supply_before - world.supply();
            }
            Step::Quote(tokens) => {
                world.quote.sender(stranger).allowances.setter(stranger).insert(minter, units(tokens));
                let _ = world.send(stranger, I::depositQuoteCall { amount: units(tokens) });
            }
            Step::Observe => {
                model.now += 1_800;
                native::set_time(model.now);
                let _ = world.send(stranger, I::observeCall {});
            }
            Step::Trade(percent) => {
                let (token, quote) = (units(1_000_000), units(20_000 * percent));
                let market = world.pool.address();
                world.pool.sender(stranger).trade_to(token, quote);
                // Whatever it takes to back the new reserves.
                let missing = token.saturating_sub(world.balance(market));
                let moved = world.balance(stranger).min(missing);
                world.token.sender(stranger).transfer_for_tests(market, moved);
            }
            Step::BuyBack(tokens) => {
                let call = I::buyBackCall { maxQuote: units(tokens), minOut: U256::ZERO };
                let _ = world.send(stranger, call);
                model.burned += supply_before - world.supply();
            }
            Step::Params(rate, burn, remint) => {
                params = (U256::from(rate), U256::from(remint));
                world.controller(|c| {
                    c.rate.set(U256::from(rate));
                    c.burn.set(U256::from(burn));
                    c.remint.set(U256::from(remint));
                });
            }
            Step::Halt(emission, time) => {
                let until = model.now + time;
                model.halts[usize::from(!emission)] = until;
                let until = U256::from(until);
                world.controller(|c| if emission { c.halted.set(until) } else { c.halted_equilibrium.set(until) });
            }
            Step::Observation => {
                model.observed = model.now;
                world.controller(|c| c.observed.set(U256::from(model.now)));
            }
            Step::Refuse(who, refuses) => world.consumers[who].sender(stranger).refuses.set(refuses),
            Step::Deliver(who) => {
                let _ = world.send(stranger, I::deliverCall { consumer: world.accounts()[who] });
                assert_eq!(world.supply(), supply_before, "MNT-09");
            }
            Step::Reset => {
                assert_eq!(world.send(world.governance, I::resetBreakerCall {}).is_ok(), model.tripped);
                model.tripped = false;
            }
            Step::Rules(epochs, bps) => {
                (model.span, model.bps) = (epochs.into(), bps.into());
                let (ramp, stale) = (21_600, 2 * WEEK);
                let call = I::setRulesCall { emaEpochs: epochs, keeperBps: bps, keeperRamp: ramp, staleAfter: stale };
                world.ok(world.governance, call);
            }
            Step::Donate(tokens) => {
                let amount = units(tokens).min(world.balance(stranger)).min(world.quote_balance(stranger));
                world.token.sender(stranger).transfer_for_tests(minter, amount);
                world.quote.sender(stranger).transfer_for_tests(minter, amount);
                model.donated += amount;
            }
        }
        model.highest_supply = model.highest_supply.max(world.supply());
        check(&world, &model, keeper);
    }
}

/// MNT-17: I12, I20, T13 and every account, after every step of random histories (256 of up to 100 steps;
/// `PROPTEST_CASES=10000 cargo test -p escapement-minter --lib history` for more).
#[motsu::test]
fn histories_keep_every_cap_and_every_account() {
    TestRunner::new(ProptestConfig::default())
        .run(&steps(), |steps| {
            run(steps);
            Ok(())
        })
        .unwrap();
}
