//! A minter with its controller, token, consumers, market and a clock.

use std::{
    cell::RefCell,
    sync::{Mutex, MutexGuard, PoisonError},
};

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{sol, SolCall, SolEvent, SolValue};
use escapement_core::{emission::YEAR, engine::key};
pub use escapement_kit::testing::{self, Fixture};
use escapement_kit::{erc20, native, vm};
use motsu::prelude::*;
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageBool, StorageMap, StorageU256},
};

use crate::{IMinter as I, Minter};

/// Start of epoch 0.
pub const GENESIS: u64 = 1_800_000_000;
/// A week.
pub const WEEK: u32 = 604_800;
/// The rate of the fixture's controller: 2 % a year.
pub const RATE: u32 = 20_000;
/// When rolls come, seconds after an epoch's opening.
pub const LATE: u64 = 1_234;
/// Weights of the three consumers.
pub const WEIGHTS: [u16; 4] = [6_001, 2_500, 1_499, 0];

/// A controller as the minter sees it: `groupParams(uint8)` and `words(uint64[])`.
#[storage]
pub struct Controller {
    pub rate: StorageU256,
    pub burn: StorageU256,
    pub remint: StorageU256,
    pub halted: StorageU256,
    pub halted_equilibrium: StorageU256,
    pub observed: StorageU256,
    pub broken: StorageBool,
}

unsafe impl TopLevelStorage for Controller {}

sol! {
    function groupParams(uint8 group) external view returns (uint32 haltedUntil, uint32[] values);
    function words(uint64[] keys) external view returns (bytes32[]);
}

/// By hand: the SDK encodes a tuple with an array as one dynamic value, a controller does not.
#[public]
impl Controller {
    #[fallback]
    fn answer(&mut self, calldata: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        if self.broken.get() {
            return Err(vec![0xde, 0xad, 0xbe, 0xef]);
        }
        if let Ok(call) = wordsCall::abi_decode(calldata, true) {
            assert_eq!(call.keys, [key::PROGRESS]);
            // The observation's moment lies 8 bytes from the high end, 4 bytes wide.
            let mut word = [0x77; 32];
            word[8..12].copy_from_slice(&self.observed.get().to::<u32>().to_be_bytes());
            return Ok(vec![B256::new(word)].abi_encode());
        }
        let number = |of: &StorageU256| of.get().to::<u32>();
        Ok(match groupParamsCall::abi_decode(calldata, true).map_err(|_| vec![])?.group {
            0 => (number(&self.halted), vec![number(&self.rate)]).abi_encode_params(),
            3 => {
                let values = vec![number(&self.burn), number(&self.remint)];
                (number(&self.halted_equilibrium), values).abi_encode_params()
            }
            _ => return Err(vec![]),
        })
    }
}

/// A token as the minter sees it; also the quote token, with a tax on transfers if wanted.
#[storage]
pub struct Coin {
    pub supply: StorageU256,
    pub cap: StorageU256,
    pub balances: StorageMap<Address, StorageU256>,
    pub allowances: StorageMap<Address, StorageMap<Address, StorageU256>>,
    pub minter: StorageAddress,
    pub refuses: StorageBool,
    pub tax: StorageU256,
}

unsafe impl TopLevelStorage for Coin {}

impl Coin {
    /// Puts `value` at an account, from nowhere.
    pub fn endow(&mut self, to: Address, value: U256) {
        self.supply.set(self.supply.get() + value);
        let balance = self.balances.get(to);
        self.balances.insert(to, balance + value);
    }

    /// Moves tokens as the caller.
    pub fn transfer_for_tests(&mut self, to: Address, value: U256) {
        self.shift(vm::sender(), to, value).unwrap();
    }

    fn shift(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Vec<u8>> {
        let have = self.balances.get(from);
        let left = have.checked_sub(value).ok_or_else(|| b"poor".to_vec())?;
        self.balances.insert(from, left);
        let arrives = value - value.min(self.tax.get());
        let balance = self.balances.get(to);
        self.balances.insert(to, balance + arrives);
        Ok(true)
    }
}

#[public]
impl Coin {
    fn total_supply(&self) -> U256 {
        self.supply.get()
    }

    fn cap(&self) -> U256 {
        self.cap.get()
    }

    fn balance_of(&self, account: Address) -> U256 {
        self.balances.get(account)
    }

    fn mint(&mut self, to: Address, value: U256) -> Result<(), Vec<u8>> {
        if self.refuses.get() || vm::sender() != self.minter.get() {
            return Err(Vec::new());
        }
        self.endow(to, value);
        Ok(())
    }

    fn burn(&mut self, value: U256) -> Result<(), Vec<u8>> {
        let sender = vm::sender();
        let left = self.balances.get(sender).checked_sub(value).ok_or_else(|| b"poor".to_vec())?;
        self.balances.insert(sender, left);
        self.supply.set(self.supply.get() - value);
        Ok(())
    }

    fn transfer(&mut self, to: Address, value: U256) -> Result<bool, Vec<u8>> {
        self.shift(vm::sender(), to, value)
    }

    fn approve(&mut self, spender: Address, value: U256) -> bool {
        self.allowances.setter(vm::sender()).insert(spender, value);
        true
    }

    fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Vec<u8>> {
        let spender = vm::sender();
        let allowed = self.allowances.getter(from).get(spender);
        let left = allowed.checked_sub(value).ok_or_else(|| b"not allowed".to_vec())?;
        self.allowances.setter(from).insert(spender, left);
        self.shift(from, to, value)
    }
}

/// A consumer: books what it is told of, unless it refuses.
#[storage]
pub struct Consumer {
    pub booked: StorageU256,
    pub refuses: StorageBool,
}

unsafe impl TopLevelStorage for Consumer {}

#[public]
impl Consumer {
    fn notify_reward(&mut self, amount: U256) -> Result<(), Vec<u8>> {
        if self.refuses.get() {
            return Err(b"refused".to_vec());
        }
        self.booked.set(self.booked.get() + amount);
        Ok(())
    }
}

/// A constant-product market with a price accumulator; what a swap takes and gives can be falsified.
#[storage]
pub struct Pool {
    pub token: StorageAddress,
    pub quote: StorageAddress,
    pub reserve_token: StorageU256,
    pub reserve_quote: StorageU256,
    pub cumulative: StorageU256,
    pub updated: StorageU256,
    /// Taken less than offered, given less than due.
    pub takes_less: StorageU256,
    pub gives_less: StorageU256,
}

unsafe impl TopLevelStorage for Pool {}

impl Pool {
    /// Moves the reserves, as trades do.
    pub fn trade_to(&mut self, token: U256, quote: U256) {
        self.cumulative.set(self.price_cumulative());
        self.updated.set(U256::from(vm::now()));
        self.reserve_token.set(token);
        self.reserve_quote.set(quote);
    }
}

#[public]
impl Pool {
    fn token(&self) -> Address {
        self.token.get()
    }

    fn quote(&self) -> Address {
        self.quote.get()
    }

    fn reserves(&self) -> (U256, U256) {
        (self.reserve_token.get(), self.reserve_quote.get())
    }

    fn price_cumulative(&self) -> U256 {
        let token = self.reserve_token.get();
        if token.is_zero() {
            return self.cumulative.get();
        }
        let price = (self.reserve_quote.get() << 112) / token;
        self.cumulative.get().wrapping_add(price * (U256::from(vm::now()) - self.updated.get()))
    }

    fn swap(&mut self, token_in: Address, amount: U256, min_out: U256, to: Address) -> Result<U256, Vec<u8>> {
        assert_eq!(token_in, self.quote.get());
        let (token, quote) = self.reserves();
        let out = amount * token / (quote + amount) - self.gives_less.get();
        if out < min_out {
            return Err(b"output".to_vec());
        }
        let taken = amount - self.takes_less.get();
        self.trade_to(token - out, quote + taken);
        erc20::transfer_from(&self.quote.get(), &vm::sender(), &vm::this(), taken)?;
        erc20::transfer(&self.token.get(), &to, out)?;
        Ok(out)
    }
}

pub fn units(tokens: u64) -> U256 {
    U256::from(tokens) * U256::from(10).pow(U256::from(18))
}

/// Supply of the fixture's token.
pub fn supply() -> U256 {
    units(100_000_000)
}

/// Emission of a week at `rate`, by its definition.
pub fn week_of(supply: U256, rate: u64) -> U256 {
    supply * U256::from(rate) * U256::from(WEEK) / (U256::from(1_000_000) * U256::from(YEAR))
}

/// What whoever rolls gets of an emission, by the rules from the start.
pub fn reward_of(emission: U256, late: u64) -> U256 {
    emission * U256::from(5 * late.min(21_600)) / U256::from(10_000u64 * 21_600)
}

/// Parts by the weights of the fixture, the remainder at the first.
pub fn parts_of(amount: U256) -> [U256; 3] {
    let share = |bps: u16| amount * U256::from(bps) / U256::from(10_000);
    let [_, second, third, _] = WEIGHTS.map(share);
    [amount - second - third, second, third]
}

/// Lets one test at a time use the test VM: its storage is one table for all threads, and a thread that waits more than a
/// few milliseconds for a lock in it gives up, which the long histories would make happen on a busy machine.
fn alone() {
    static VM: Mutex<()> = Mutex::new(());
    thread_local! {
        static HELD: RefCell<Option<MutexGuard<'static, ()>>> = const { RefCell::new(None) };
    }
    HELD.with(|held| {
        held.borrow_mut().get_or_insert_with(|| VM.lock().unwrap_or_else(PoisonError::into_inner));
    });
}

pub struct World {
    pub minter: Contract<Minter>,
    pub controller: Contract<Controller>,
    pub token: Contract<Coin>,
    pub quote: Contract<Coin>,
    pub pool: Contract<Pool>,
    pub consumers: [Contract<Consumer>; 3],
    pub governance: Address,
    pub stranger: Address,
    pub treasury: Address,
}

impl Fixture for World {
    type Contract = Minter;
    type Calls = I::IMinterCalls;
    type Errors = I::IMinterErrors;
    const ABI: &'static str = include_str!("../abi.sol");

    fn contract(&self) -> &Contract<Minter> {
        &self.minter
    }
}

impl World {
    /// Token and controller ready, the minter behind a proxy, not initialised.
    pub fn bare() -> Self {
        alone();
        let world = Self {
            minter: Contract::random(),
            controller: Contract::random(),
            token: Contract::random(),
            quote: Contract::random(),
            pool: Contract::random(),
            consumers: [Contract::random(), Contract::random(), Contract::random()],
            governance: Address::with_last_byte(0xa1),
            stranger: Address::with_last_byte(0x99),
            treasury: Address::with_last_byte(0xb0),
        };
        native::set_time(GENESIS - 1_000);
        let (governance, minter) = (world.governance, world.minter.address());
        let mut token = world.token.sender(governance);
        token.endow(world.stranger, supply());
        token.cap.set(supply() * U256::from(2));
        token.minter.set(minter);
        let mut controller = world.controller.sender(governance);
        controller.rate.set(U256::from(RATE));
        controller.burn.set(U256::from(1_000));
        // As a proxy's storage has it.
        testing::behind_a_proxy(&world.minter);
        world
    }

    pub fn initialize_call(&self, genesis: u64, length: u32) -> I::initializeCall {
        I::initializeCall {
            governance: self.governance,
            controller: self.controller.address(),
            token: self.token.address(),
            genesis,
            epochLength: length,
        }
    }

    /// Everything but consumers ready, epochs of a week from `GENESIS`.
    pub fn initialised() -> Self {
        let world = Self::bare();
        world.ok(world.stranger, world.initialize_call(GENESIS, WEEK));
        world
    }

    /// Everything ready.
    pub fn new() -> Self {
        let world = Self::initialised();
        world.ok(world.governance, I::setConsumersCall { consumers: world.accounts(), weights: WEIGHTS });
        world.ok(world.governance, I::setTreasuryCall { treasury: world.treasury });
        world
    }

    /// Everything ready, with a market of 1,000,000 tokens at 2 quote that is watched, and quote in strange hands.
    pub fn with_market() -> Self {
        let world = Self::new();
        let (token, quote) = (world.token.address(), world.quote.address());
        let mut pool = world.pool.sender(world.governance);
        pool.token.set(token);
        pool.quote.set(quote);
        pool.trade_to(units(1_000_000), units(2_000_000));
        let market = world.pool.address();
        world.token.sender(world.governance).endow(market, units(1_000_000));
        // The meter must not take the endowment for a foreign mint: it came before.
        world.token.sender(world.stranger).burn(units(1_000_000)).motsu_unwrap();
        world.quote.sender(world.governance).endow(market, units(2_000_000));
        world.quote.sender(world.governance).endow(world.stranger, units(1_000_000));
        world.ok(world.governance, world.market_call());
        world
    }

    pub fn market_call(&self) -> I::setMarketCall {
        I::setMarketCall { quote: self.quote.address(), pool: self.pool.address(), deviationBps: 200, slippageBps: 100 }
    }

    /// The consumers as `setConsumers` takes them.
    pub fn accounts(&self) -> [Address; 4] {
        let [vault, gauges, treasury] = [0, 1, 2].map(|n: usize| self.consumers[n].address());
        [vault, gauges, treasury, Address::ZERO]
    }

    /// Expects that the minter has logged this.
    #[track_caller]
    pub fn saw<E: SolEvent>(&self, event: &E) {
        assert!(self.minter.emitted(event), "not logged: {}", E::SIGNATURE);
    }

    /// Answers a view.
    #[track_caller]
    pub fn view<C: SolCall>(&self, call: C) -> C::Return {
        self.ok(self.stranger, call)
    }

    /// Rolls as a stranger, soon after epoch `epoch` opened.
    pub fn roll(&self, epoch: u64) -> Result<(), Vec<u8>> {
        native::set_time(GENESIS + epoch * u64::from(WEEK) + LATE);
        self.send(self.stranger, I::rollEpochCall {}).map(|_| ())
    }

    /// Changes the fixture's controller.
    pub fn controller(&self, change: impl FnOnce(&mut Controller)) {
        change(&mut self.controller.sender(self.governance));
    }

    pub fn set_rate(&self, rate: u32) {
        self.controller(|c| c.rate.set(U256::from(rate)));
    }

    /// The controller's observations are as fresh as can be, for ever.
    pub fn always_observed(&self) {
        self.controller(|c| c.observed.set(U256::from(u32::MAX)));
    }

    /// Burns what the stranger holds.
    pub fn burn(&self, value: U256) {
        self.token.sender(self.stranger).burn(value).motsu_unwrap();
    }

    /// Balance of the token.
    pub fn balance(&self, account: Address) -> U256 {
        self.token.sender(self.stranger).balances.get(account)
    }

    pub fn quote_balance(&self, account: Address) -> U256 {
        self.quote.sender(self.stranger).balances.get(account)
    }

    pub fn supply(&self) -> U256 {
        self.token.sender(self.stranger).supply.get()
    }

    /// What the three consumers have booked.
    pub fn booked(&self) -> [U256; 3] {
        [0, 1, 2].map(|n: usize| self.consumers[n].sender(self.stranger).booked.get())
    }

    /// All that was minted, as the minter counts it.
    pub fn minted(&self) -> U256 {
        self.view(I::totalMintedCall {})._0
    }
}
