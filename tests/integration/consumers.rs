//! Gauges and treasury against the real controller: what it answers is what they read, group by group, and it asks them
//! about every change.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use escapement_gauges::{Gauges, IGauges as G};
use escapement_tests::{abi::IController as C, behind_a_proxy, Actor, World, DAY, POOL, WEEK};
use escapement_treasury::{ITreasury as T, Treasury};
use motsu::prelude::*;

use crate::pause_and_override::override_of;

/// A world with gauges and a treasury, whose minter is the council, and a pool behind each of three weights.
struct Consumers {
    gauges: Contract<Gauges>,
    treasury: Contract<Treasury>,
    world: World,
}

impl Consumers {
    fn new() -> Self {
        let world = World::new(3);
        let this = Self { gauges: Contract::from_tag("gauges"), treasury: Contract::from_tag("treasury"), world };
        behind_a_proxy(&this.gauges);
        behind_a_proxy(&this.treasury);
        let world = &this.world;
        let (governance, council) = (world.governance.address(), world.council.address());
        let (controller, token) = (world.controller.address(), world.token.address());
        let (minter, treasury, epoch_length) = (council, this.treasury.address(), u32::try_from(WEEK).unwrap());
        let gauges = G::initializeCall { governance, minter, controller, token, treasury, epochLength: epoch_length };
        this.gauges(&world.keeper, gauges).unwrap();
        this.treasury(&world.keeper, T::initializeCall { governance, council, minter, controller, token }).unwrap();
        // Any contract will do: nobody stakes.
        for (weight, lp) in (1u8..).zip([world.lens.address(), world.verifier.address(), world.minter.address()]) {
            this.add_pool(weight, lp);
        }
        this
    }

    fn gauges<F: SolCall>(&self, from: &Contract<Actor>, call: F) -> Result<F::Return, Vec<u8>> {
        self.world.send_to(from, self.gauges.address(), call)
    }

    fn treasury<F: SolCall>(&self, from: &Contract<Actor>, call: F) -> Result<F::Return, Vec<u8>> {
        self.world.send_to(from, self.treasury.address(), call)
    }

    fn add_pool(&self, weight: u8, lp_token: Address) {
        self.gauges(&self.world.governance, G::addPoolCall { weight, lpToken: lp_token }).unwrap();
    }

    /// Makes gauges and treasury consumers of the controller, which asks them at once about what is in force.
    fn consume(&self) {
        for (index, consumer, groups) in
            [(0, self.gauges.address(), 1 << 5), (1, self.treasury.address(), 1 << 1 | 1 << 6)]
        {
            self.world.ok(&self.world.governance, C::setConsumerCall { index, consumer, groups });
        }
    }

    /// Sets values by the council: slot, from and to.
    fn set(&self, changes: &[(u8, u32, u32)]) {
        self.world.ok(&self.world.council, override_of(changes));
    }

    /// Gives tokens and tells about them.
    fn deliver(&self, amount: u64) {
        let (world, amount) = (&self.world, U256::from(amount));
        for consumer in [self.gauges.address(), self.treasury.address()] {
            world.token.sender(POOL).transfer(consumer, amount).unwrap();
        }
        self.gauges(&world.council, G::notifyRewardCall { amount }).unwrap();
        self.treasury(&world.council, T::notifyRewardCall { amount }).unwrap();
    }
}

/// GAU-08, TRE-04: the hooks pass on the genesis values, and see what the controller has from the moment it has it.
#[test]
fn consumers_read_their_groups() {
    let this = Consumers::new();
    let keeper = &this.world.keeper;
    this.consume();
    this.deliver(10_000);
    let pool = |pool| this.gauges(keeper, G::poolCall { pool }).unwrap().funded;
    assert_eq!([1, 2, 3].map(pool), [3_000, 3_000, 3_000].map(U256::from));
    // Group 5: slot 12 is weight 1.
    this.set(&[(11, 1_000, 1_500), (12, 3_000, 2_500)]);
    this.deliver(10_000);
    assert_eq!([1, 2, 3].map(pool), [5_500, 6_000, 6_000].map(U256::from));
    assert_eq!(this.gauges(keeper, G::reserveCall {}).unwrap()._0, U256::from(2_500));
}

/// TRE-06, TRE-11: groups 1 and 6, and a halt of each.
#[test]
fn the_treasury_reads_its_groups() {
    let this = Consumers::new();
    this.deliver(1_000_000);
    let world = &this.world;
    let (keeper, governance, now) = (&world.keeper, &world.governance, world.now);
    let stream = T::openStreamCall {
        beneficiary: keeper.address(),
        amount: U256::from(1_000),
        start: now,
        cliff: now,
        duration: 31_536_000,
        fixedEnd: now + 2 * 31_536_000,
    };
    this.treasury(governance, stream).unwrap();
    let speed = || this.treasury(keeper, T::streamCall {}).unwrap().speed;
    assert_eq!(speed(), 10_000);
    this.set(&[(1, 10_000, 11_000)]);
    this.treasury(keeper, T::pokeCall {}).unwrap();
    assert_eq!(speed(), 11_000);
    let round = || T::openRoundCall {
        budget: U256::from(100),
        bases: [1, 2, 3].map(U256::from).to_vec(),
        root: B256::repeat_byte(1),
        deadline: now + 30 * DAY,
    };
    this.set(&[(44, 10_000, 11_000)]);
    this.treasury(governance, round()).unwrap();
    let multiplier = |category| this.treasury(keeper, T::categoryCall { round: 1, category }).unwrap().multiplier;
    assert_eq!([0, 1, 2].map(multiplier), [10_000, 11_000, 10_000]);
    world.ok(&world.council, C::haltCall { scope: 6 });
    let until = world.ok(keeper, C::haltedUntilCall { scope: 6 })._0;
    let refused = this.treasury(governance, round()).err();
    assert_eq!(refused, Some(T::TreasuryHalted { group: 6, until }.abi_encode()));
    // The question does not mind a halt.
    this.consume();
}

/// CTRL-11: the controller takes back a change that the gauges cannot serve.
#[test]
fn a_change_the_gauges_cannot_serve_is_undone() {
    let this = Consumers::new();
    this.consume();
    let world = &this.world;
    let counts = || C::setCountsCall { pools: 5, categories: 3 };
    world.err(&world.governance, counts(), G::GaugesNoPool { weight: 4, weights: 5 });
    assert_eq!(world.param(15), 0);
    this.add_pool(4, world.controller.address());
    world.ok(&world.governance, counts());
}
