//! The curve on its way from the controller to the stakes, and stakes through a halt.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolError};
use escapement_tests::{
    abi::{IController as C, IVault as V, IVaultEvents as VE},
    behind_a_proxy, hex, logs, Actor, World, DAY, POOL, WEEK,
};
use escapement_vault::Vault;
use motsu::prelude::*;

use crate::pause_and_override::override_of;

/// Group of the curve, as a mask.
const CURVE: u8 = 1 << 2;

/// A world with a vault whose minter is the council, and a keeper who holds tokens.
struct Stakes {
    vault: Contract<Vault>,
    world: World,
}

impl Stakes {
    fn new() -> Self {
        let world = World::new(3);
        let vault: Contract<Vault> = Contract::from_tag("vault");
        behind_a_proxy(&vault);
        let this = Self { vault, world };
        let world = &this.world;
        let initialize = V::initializeCall {
            governance: world.governance.address(),
            minter: world.council.address(),
            token: world.token.address(),
            controller: world.controller.address(),
            epochLength: WEEK as u32,
            cooldown: DAY as u32,
            penalty: 2_000,
        };
        this.ok(&world.keeper, initialize);
        for to in [world.keeper.address(), world.council.address()] {
            world.token.sender(POOL).transfer(to, U256::from(10_000_000)).unwrap();
        }
        world.token.sender(world.keeper.address()).approve(this.vault.address(), U256::MAX).unwrap();
        this
    }

    fn send<T: SolCall>(&self, from: &Contract<Actor>, call: T) -> Result<T::Return, Vec<u8>> {
        self.world.send_to(from, self.vault.address(), call)
    }

    #[track_caller]
    fn ok<T: SolCall>(&self, from: &Contract<Actor>, call: T) -> T::Return {
        self.send(from, call).unwrap_or_else(|data| panic!("{} refused: {}", T::SIGNATURE, hex(&data)))
    }

    /// A call of the controller.
    fn steer(&self, from: &Contract<Actor>, call: impl SolCall) -> Result<(), Vec<u8>> {
        self.world.raw(from, self.world.controller.address(), &call.abi_encode()).map(|_| ())
    }

    #[track_caller]
    fn stake(&self, amount: u32, days: u64) -> u32 {
        let lock = u32::try_from(days * DAY).unwrap();
        self.ok(&self.world.keeper, V::stakeCall { amount: U256::from(amount), lockSeconds: lock }).id
    }

    fn multiplier(&self, id: u32) -> u16 {
        let account = self.world.keeper.address();
        self.ok(&self.world.keeper, V::positionCall { account, id }).multiplier
    }

    fn reward(&self, amount: u32) {
        let (world, amount) = (&self.world, U256::from(amount));
        world.token.sender(world.council.address()).transfer(self.vault.address(), amount).unwrap();
        self.ok(&world.council, V::notifyRewardCall { amount });
    }
}

/// FLOW-18
#[test]
fn vault_is_asked_about_every_curve_and_takes_what_passed() {
    let stakes = Stakes::new();
    let world = &stakes.world;
    let consumer = |consumer, groups| C::setConsumerCall { index: 0, consumer, groups };
    stakes.steer(&world.governance, consumer(stakes.vault.address(), CURVE)).unwrap();
    stakes.ok(&world.guardian, V::pokeParamsCall {});
    let open = stakes.stake(1_000_000, 0);
    // Half of the stake would gain 5 %: refused by the vault, in the controller's own transaction.
    let steep = || override_of(&[(3, 11_000, 11_500)]);
    let error = V::VaultCurveTooSteep { added: U256::from(50_000), highest: U256::from(20_000) };
    assert_eq!(stakes.steer(&world.council, steep()), Err(error.abi_encode()));
    assert_eq!(world.param(3), 11_000);
    // The vault asks for nothing else, and 2 % pass.
    stakes.steer(&world.council, override_of(&[(0, 5_000, 5_100)])).unwrap();
    stakes.steer(&world.council, override_of(&[(3, 11_000, 11_220), (6, 20_000, 20_400)])).unwrap();
    let before = stakes.stake(1_000, 30);
    stakes.reward(604_800);
    let changed = VE::CurveChanged { knot0: 10_000, knot1: 11_220, knot2: 12_500, knot3: 15_000, knot4: 20_400 };
    assert!(stakes.vault.emitted(&changed));
    let after = stakes.stake(1_000, 30);
    assert_eq!([open, before, after].map(|id| stakes.multiplier(id)), [10_000, 11_000, 11_220]);
    stakes.ok(&world.keeper, V::refreshCall { id: before });
    assert_eq!(stakes.multiplier(before), 11_220);
    // Without the consumer nobody objects.
    stakes.steer(&world.governance, consumer(Address::ZERO, 0)).unwrap();
    stakes.steer(&world.council, override_of(&[(3, 11_220, 11_700)])).unwrap();
}

/// FLOW-19
#[test]
fn halt_stops_the_curve_and_no_exit() {
    let mut stakes = Stakes::new();
    stakes.ok(&stakes.world.guardian, V::pokeParamsCall {});
    let (open, locked) = (stakes.stake(1_000, 0), stakes.stake(1_000, 365));
    stakes.reward(604_800);
    stakes.world.pass(DAY);
    stakes.steer(&stakes.world.council, override_of(&[(3, 11_000, 11_220)])).unwrap();
    stakes.steer(&stakes.world.guardian, C::haltCall { scope: 255 }).unwrap();
    let until = stakes.world.now32() + WEEK as u32;
    let halted = V::VaultCurveHalted { until }.abi_encode();
    assert_eq!(stakes.send(&stakes.world.guardian, V::pokeParamsCall {}).map(|_| ()), Err(halted.clone()));
    // A reward that comes all the same counts; the old curve stays, with the reason.
    stakes.reward(604_800);
    let kept: Vec<VE::CurveKept> = logs(&stakes.vault.all_events());
    assert_eq!(kept.iter().map(|log| log.reason.to_vec()).collect::<Vec<_>>(), [halted]);
    let keeper = &stakes.world.keeper;
    assert!(stakes.ok(keeper, V::claimCall {}).amount > U256::ZERO);
    stakes.ok(keeper, V::exitEarlyCall { id: locked });
    stakes.ok(keeper, V::unstakeCall { id: open, amount: U256::from(1_000) });
    assert_eq!(stakes.stake(5, 30), 2);
    assert_eq!(stakes.multiplier(2), 11_000);
    stakes.world.pass(DAY);
    let paid = stakes.ok(&stakes.world.keeper, V::withdrawCall { exitIds: vec![open, locked] });
    assert_eq!(paid.amount, U256::from(1_000 + 1_000 - 200));
    // The halt ends by itself, and the curve comes over.
    stakes.world.pass(WEEK);
    stakes.ok(&stakes.world.guardian, V::pokeParamsCall {});
    assert_eq!(stakes.ok(&stakes.world.keeper, V::curveCall {})._1, 11_220);
}
