//! Tokens come from one place: a roll of the minter, at the controller's rate, under the token's cap.

use alloy_primitives::{Address, U256};
use escapement_core::update::Change;
use escapement_tests::{
    abi::{IController as C, IControllerEvents as E, IMinter as M, IMinterEvents, IToken as T},
    emission, logs, supply, units, World, DAY, POOL, RATE, SMALL, WEEK,
};
use proptest::prelude::*;

/// FLOW-13
#[test]
fn nobody_but_the_minter_mints() {
    let world = World::new(3);
    let minter = world.minter.address();
    for actor in [&world.governance, &world.council, &world.guardian, &world.keeper] {
        let caller = actor.address();
        world.err(
            actor,
            T::mintCall { to: caller, value: U256::from(1) },
            T::TokenNotMinter { _0: caller, _1: minter },
        );
        // Naming another minter is nobody's right any more.
        world.err(actor, T::setMinterCall { minter: caller }, T::OwnableUnauthorizedAccount { _0: caller });
    }
    assert_eq!(world.ok(&world.keeper, T::ownerCall {})._0, Address::ZERO);
    assert_eq!((world.ok(&world.keeper, T::minterCall {})._0, world.total_supply()), (minter, supply()));
}

/// FLOW-14
#[test]
fn cap_of_the_token_ends_emission_without_ending_the_loop() {
    // Room for exactly one epoch.
    let first = emission(supply(), RATE);
    let mut world = World::with_cap(3, supply() + first);
    world.roll();
    world.pass(WEEK);
    assert_eq!((world.roll().outcome, world.total_supply()), (0, supply() + first));
    world.pass(WEEK);
    let rolled = world.roll();
    assert_eq!((rolled.outcome, rolled.minted, world.total_supply()), (3, U256::ZERO, supply() + first));
    // Updates go on, and what is burned makes room again.
    world.submit(SMALL);
    assert_eq!(world.param(0), 5_099);
    world.token.sender(POOL).burn(units(100_000)).unwrap();
    world.pass(WEEK);
    assert_eq!(world.roll().outcome, 0);
}

/// FLOW-14
#[test]
fn preview_of_a_roll_is_what_it_does() {
    let mut world = World::new(3);
    for week in 0..6 {
        if week == 3 {
            world.ok(&world.guardian, C::haltCall { scope: 0 });
        }
        let preview = world.ok(&world.keeper, M::previewCall {});
        let rolled = world.roll();
        assert_eq!(preview.outcome, rolled.outcome);
        assert_eq!(preview.emission, emission(rolled.supply, rolled.rate));
        world.pass(WEEK);
        if week < 3 {
            world.submit(SMALL);
        }
    }
}

/// What happens next in a random history.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Submit(i32),
    Execute,
    Override(i32),
    Halt(u8),
    Resume(u8),
    Roll,
    Burn(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    let scope = prop_oneof![Just(0u8), Just(1), Just(255)];
    prop_oneof![
        3 => prop_oneof![1..DAY, Just(WEEK), Just(2 * DAY), 0..3 * WEEK].prop_map(Step::Wait),
        3 => prop_oneof![-65_536..=65_536, -10_000..10_000].prop_map(Step::Submit),
        1 => Just(Step::Execute),
        1 => (-1_000..1_000).prop_map(Step::Override),
        1 => scope.clone().prop_map(Step::Halt),
        1 => scope.prop_map(Step::Resume),
        4 => Just(Step::Roll),
        1 => (1u64..1_000_000).prop_map(Step::Burn),
    ]
}

/// The minter as its README has it: what it keeps, and what the next roll must do.
struct Model {
    rate: u32,
    next_epoch: u64,
    minted: U256,
    burned: U256,
}

impl Model {
    fn roll(&mut self, world: &World) {
        let epoch = (world.now - escapement_tests::GENESIS) / WEEK;
        let (supply, rate) = (world.total_supply(), world.param(0));
        let halted = world.ok(&world.keeper, C::haltedUntilCall { scope: 0 })._0 > world.now32();
        let before = logs::<IMinterEvents::EpochRolled>(&world.minter.all_events()).len();
        let answer = world.send(&world.keeper, M::rollEpochCall {}).map(|_| ());
        let rolled = logs::<IMinterEvents::EpochRolled>(&world.minter.all_events());
        if epoch < self.next_epoch {
            let opens = escapement_tests::GENESIS + self.next_epoch * WEEK;
            let early = alloy_sol_types::SolError::abi_encode(&M::MinterTooEarly { opensAt: opens });
            assert_eq!((answer, rolled.len()), (Err(early), before), "an epoch is rolled once");
            return;
        }
        assert_eq!((answer, rolled.len()), (Ok(()), before + 1));
        // One epoch's emission, however many were missed, at the rate kept since the roll before.
        let amount = if halted { U256::ZERO } else { emission(supply, self.rate) };
        let last = rolled.last().unwrap();
        assert_eq!((last.epoch, last.outcome, last.minted), (epoch, u8::from(halted), amount));
        assert_eq!((last.rate, last.nextRate, last.supply), (self.rate, rate, supply));
        // No roll mints more than the governance range lets one epoch have.
        assert!(amount <= emission(supply, 20_000));
        self.minted += amount;
        (self.rate, self.next_epoch) = (rate, epoch + 1);
    }
}

fn act(world: &mut World, model: &mut Model, step: &Step) {
    match *step {
        Step::Wait(seconds) => world.pass(seconds),
        Step::Submit(output) => {
            let update = world.update(output);
            let _ = world.send(&world.keeper, world.submission(&update));
        }
        Step::Execute => {
            if let Some(queued) = logs::<E::UpdateQueued>(&world.controller.all_events()).pop() {
                let _ = world.send(&world.keeper, C::executeCall { group: 0, payload: queued.payload });
            }
        }
        Step::Override(by) => {
            let old = world.param(0);
            let new = old.saturating_add_signed(by);
            let changes = Change { slot: 0, expected_old: old, new }.to_wire().to_vec().into();
            let _ = world.send(&world.council, C::overrideParamsCall { changes });
        }
        Step::Halt(scope) => drop(world.send(&world.council, C::haltCall { scope })),
        Step::Resume(scope) => drop(world.send(&world.governance, C::resumeCall { scope })),
        Step::Roll => model.roll(world),
        Step::Burn(tokens) => {
            world.token.sender(POOL).burn(units(tokens)).unwrap();
            model.burned += units(tokens);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// FLOW-15
    #[test]
    fn supply_is_what_the_rolls_minted_less_what_was_burned(steps in prop::collection::vec(any_step(), 1..40)) {
        let mut world = World::new(3);
        let mut model = Model { rate: 0, next_epoch: 0, minted: U256::ZERO, burned: U256::ZERO };
        for step in &steps {
            act(&mut world, &mut model, step);
            prop_assert_eq!(world.total_supply(), supply() + model.minted - model.burned);
            prop_assert_eq!(world.ok(&world.keeper, M::totalMintedCall {})._0, model.minted);
            prop_assert_eq!(world.held(), world.total_supply());
            prop_assert!((2_500..=20_000).contains(&world.param(0)));
        }
    }
}
