//! Gauges and treasury against the real controller: what it answers is what they read, group by group.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::pedantic,
    clippy::unwrap_used
)]

use core::borrow::BorrowMut;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use escapement_controller::{Controller, IController as C};
use escapement_core::param::{Slot, SLOTS};
use escapement_gauges::{Gauges, IGauges as G};
use escapement_kit::{native, proxied, vm};
use escapement_treasury::{ITreasury as T, Treasury};
use escapement_verifier::Verifier;
use motsu::prelude::*;
use stylus_sdk::{
    abi::Router,
    prelude::*,
    storage::{StorageMap, StorageType, StorageU256},
    stylus_core::ValueDenier,
};

const GENESIS: u64 = 1_800_000_000;
const DAY: u64 = 86_400;

/// A token that holds what it is told.
#[storage]
struct Coin {
    balances: StorageMap<Address, StorageU256>,
}

unsafe impl TopLevelStorage for Coin {}

#[public]
impl Coin {
    fn balance_of(&self, account: Address) -> U256 {
        self.balances.get(account)
    }
}

struct World {
    controller: Contract<Controller>,
    verifier: Contract<Verifier>,
    gauges: Contract<Gauges>,
    treasury: Contract<Treasury>,
    token: Contract<Coin>,
    lps: [Contract<Coin>; 3],
    governance: Address,
    council: Address,
    minter: Address,
}

/// Calls a contract through its router.
fn run<S, F: SolCall>(contract: &Contract<S>, sender: Address, call: F) -> Result<F::Return, Vec<u8>>
where
    S: StorageType + Router<S> + TopLevelStorage + BorrowMut<<S as Router<S>>::Storage> + ValueDenier + 'static,
{
    let calldata = call.abi_encode();
    let mut there = contract.sender(sender);
    let answer = <S as Router<S>>::route(&mut *there, u32::from_be_bytes(F::SELECTOR), &calldata[4..]);
    let answer = answer.unwrap().motsu_res()?;
    Ok(F::abi_decode_returns(&answer, true).unwrap())
}

impl World {
    fn new() -> Self {
        let world = Self {
            controller: Contract::random(),
            verifier: Contract::random(),
            gauges: Contract::random(),
            treasury: Contract::random(),
            token: Contract::random(),
            lps: [Contract::random(), Contract::random(), Contract::random()],
            governance: Address::from_tag("governance"),
            council: Address::from_tag("council"),
            minter: Address::from_tag("minter"),
        };
        native::set_time(GENESIS);
        let (governance, council, minter) = (world.governance, world.council, world.minter);
        let (controller, token) = (world.controller.address(), world.token.address());
        world.behind_proxies();
        let values = values().to_vec();
        let verifier = world.verifier.address();
        let guardian = Address::from_tag("guardian");
        let (pools, categories, autonomy) = (4, 3, 3);
        run(
            &world.controller,
            governance,
            C::initializeCall { governance, council, guardian, verifier, values, pools, categories, autonomy },
        )
        .unwrap();
        let treasury = world.treasury.address();
        let epoch = 604_800;
        run(
            &world.gauges,
            governance,
            G::initializeCall { governance, minter, controller, token, treasury, epochLength: epoch },
        )
        .unwrap();
        run(&world.treasury, governance, T::initializeCall { governance, council, minter, controller, token }).unwrap();
        for (weight, lp) in (1u8..4).zip(&world.lps) {
            run(&world.gauges, governance, G::addPoolCall { weight, lpToken: lp.address() }).unwrap();
        }
        native::set_time(GENESIS + DAY);
        world
    }

    /// Marks the three storages as a proxy's. Reaching for a contract makes its storage the current one.
    fn behind_proxies(&self) {
        let word = Address::repeat_byte(0xee).into_word();
        let _: &Controller = &self.controller.sender(self.governance);
        vm::save(&proxied::IMPLEMENTATION_SLOT, &word);
        let _: &Gauges = &self.gauges.sender(self.governance);
        vm::save(&proxied::IMPLEMENTATION_SLOT, &word);
        let _: &Treasury = &self.treasury.sender(self.governance);
        vm::save(&proxied::IMPLEMENTATION_SLOT, &word);
    }

    /// Sets values by the council, from and to.
    fn set(&self, changes: &[(u8, u32, u32)]) {
        let mut bytes = vec![];
        for (slot, old, new) in changes {
            bytes.push(*slot);
            bytes.extend(old.to_be_bytes());
            bytes.extend(new.to_be_bytes());
        }
        run(&self.controller, self.council, C::overrideParamsCall { changes: bytes.into() }).unwrap();
    }

    /// Gives tokens and tells about them.
    fn deliver(&self, amount: u64) {
        let amount = U256::from(amount);
        for consumer in [self.gauges.address(), self.treasury.address()] {
            let mut token = self.token.sender(self.minter);
            let held = token.balances.get(consumer);
            token.balances.insert(consumer, held + amount);
        }
        run(&self.gauges, self.minter, G::notifyRewardCall { amount }).unwrap();
        run(&self.treasury, self.minter, T::notifyRewardCall { amount }).unwrap();
    }
}

/// Values that keep every rule: a reserve and three pools, three categories.
fn values() -> [u32; SLOTS] {
    let mut values = [0; SLOTS];
    for slot in Slot::all() {
        values[slot.index()] = slot.default_rules().neutral;
    }
    values[3..7].copy_from_slice(&[11_000, 12_500, 15_000, 20_000]);
    values[11..43].fill(0);
    values[11..15].copy_from_slice(&[1_000, 3_000, 3_000, 3_000]);
    values[46..].fill(0);
    values
}

/// GAU-08, TRE-04: the hooks pass on the genesis values, and see what the controller has from the moment it has it.
#[motsu::test]
fn consumers_read_their_groups() {
    let world = World::new();
    let nobody = Address::from_tag("nobody");
    run(&world.gauges, nobody, G::checkParamsCall {}).unwrap();
    run(&world.treasury, nobody, T::checkParamsCall {}).unwrap();
    world.deliver(10_000);
    let pool = |pool| run(&world.gauges, nobody, G::poolCall { pool }).unwrap().funded;
    assert_eq!([1, 2, 3].map(pool), [3_000, 3_000, 3_000].map(U256::from));
    // Group 5: slot 12 is weight 1.
    world.set(&[(11, 1_000, 1_500), (12, 3_000, 2_500)]);
    world.deliver(10_000);
    assert_eq!([1, 2, 3].map(pool), [5_500, 6_000, 6_000].map(U256::from));
    assert_eq!(run(&world.gauges, nobody, G::reserveCall {}).unwrap()._0, U256::from(2_500));
}

/// TRE-06, TRE-11: groups 1 and 6, and a halt of each.
#[motsu::test]
fn the_treasury_reads_its_groups() {
    let world = World::new();
    world.deliver(1_000_000);
    let nobody = Address::from_tag("nobody");
    let now = GENESIS + DAY;
    let stream = T::openStreamCall {
        beneficiary: nobody,
        amount: U256::from(1_000),
        start: now,
        cliff: now,
        duration: 31_536_000,
        fixedEnd: now + 2 * 31_536_000,
    };
    run(&world.treasury, world.governance, stream).unwrap();
    let speed = || run(&world.treasury, nobody, T::streamCall {}).unwrap().speed;
    assert_eq!(speed(), 10_000);
    world.set(&[(1, 10_000, 11_000)]);
    run(&world.treasury, nobody, T::pokeCall {}).unwrap();
    assert_eq!(speed(), 11_000);
    let round = || T::openRoundCall {
        budget: U256::from(100),
        bases: [1, 2, 3].map(U256::from).to_vec(),
        root: B256::repeat_byte(1),
        deadline: now + 30 * DAY,
    };
    world.set(&[(44, 10_000, 11_000)]);
    run(&world.treasury, world.governance, round()).unwrap();
    let multiplier =
        |category| run(&world.treasury, nobody, T::categoryCall { round: 1, category }).unwrap().multiplier;
    assert_eq!([0, 1, 2].map(multiplier), [10_000, 11_000, 10_000]);
    run(&world.controller, world.council, C::haltCall { scope: 6 }).unwrap();
    let until = run(&world.controller, nobody, C::haltedUntilCall { scope: 6 }).unwrap()._0;
    let refused = run(&world.treasury, world.governance, round()).err();
    assert_eq!(refused, Some(T::TreasuryHalted { group: 6, until }.abi_encode()));
    // The hook does not mind a halt.
    run(&world.treasury, nobody, T::checkParamsCall {}).unwrap();
}
