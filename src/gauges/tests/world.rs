//! Gauges with their token, LP tokens of several tempers, a controller to be told what to answer, and a clock.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{sol, SolCall, SolError, SolValue};
pub use escapement_kit::testing::{self, Fixture};
use escapement_kit::{native, vm};
use motsu::prelude::*;
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageBool, StorageBytes, StorageMap, StorageU256},
};

use crate::{Gauges, IGauges as I};

/// First moment of every test, seconds.
pub const GENESIS: u64 = 1_800_000_000;
pub const DAY: u64 = 86_400;
pub const WEEK: u32 = 604_800;

sol! {
    interface IToken {
        function transfer(address to, uint256 value) external returns (bool);
        function transferFrom(address from, address to, uint256 value) external returns (bool);
        function balanceOf(address account) external view returns (uint256);
    }
    error CoinRefuses(address to, uint256 value);
}

/// How a token behaves.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Temper {
    /// As the standard says.
    Good = 0,
    /// Answers nothing.
    Silent = 1,
    /// Moves nothing and answers `false`.
    Denying = 2,
    /// Keeps one percent of what is sent.
    Taking = 3,
    /// Reverts.
    Refusing = 4,
    /// Calls back while it moves tokens, and fails if the call does.
    Calling = 5,
    /// Calls back while it moves tokens, whatever becomes of the call.
    Trying = 6,
}

/// A token.
#[storage]
pub struct Coin {
    balances: StorageMap<Address, StorageU256>,
    temper: StorageU256,
    target: StorageAddress,
    payload: StorageBytes,
}

unsafe impl TopLevelStorage for Coin {}

#[public]
impl Coin {
    #[fallback]
    fn fallback(&mut self, input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        if let Ok(IToken::balanceOfCall { account }) = IToken::balanceOfCall::abi_decode(input, true) {
            return Ok(self.balances.get(account).abi_encode());
        }
        if let Ok(IToken::transferCall { to, value }) = IToken::transferCall::abi_decode(input, true) {
            return self.shift(vm::sender(), to, value);
        }
        let IToken::transferFromCall { from, to, value } =
            IToken::transferFromCall::abi_decode(input, true).map_err(|_| vec![])?;
        self.shift(from, to, value)
    }
}

impl Coin {
    fn shift(&mut self, from: Address, to: Address, value: U256) -> Result<Vec<u8>, Vec<u8>> {
        let temper = self.temper.get();
        let is = |other: Temper| temper == U256::from(other as u8);
        if is(Temper::Denying) {
            return Ok(false.abi_encode());
        }
        let balance = self.balances.get(from);
        if is(Temper::Refusing) || balance < value {
            return Err(CoinRefuses { to, value }.abi_encode());
        }
        self.balances.insert(from, balance - value);
        let arrives = if is(Temper::Taking) { value - value / U256::from(100) } else { value };
        let there = self.balances.get(to);
        self.balances.insert(to, there + arrives);
        if is(Temper::Calling) || is(Temper::Trying) {
            let answer = vm::call(&self.target.get(), &self.payload.get_bytes());
            if is(Temper::Calling) {
                answer?;
            }
        }
        Ok(if is(Temper::Silent) { vec![] } else { true.abi_encode() })
    }

    pub fn mint(&mut self, to: Address, value: u128) {
        let balance = self.balances.get(to);
        self.balances.insert(to, balance + U256::from(value));
    }

    pub fn balance(&self, account: Address) -> u128 {
        self.balances.get(account).to()
    }

    pub fn set_temper(&mut self, temper: Temper) {
        self.temper.set(U256::from(temper as u8));
    }

    /// What it calls back with.
    pub fn aim(&mut self, target: Address, payload: &[u8]) {
        self.target.set(target);
        self.payload.set_bytes(payload);
    }
}

/// A controller that answers `groupParams` with the bytes it was given, or reverts with them.
#[storage]
pub struct Params {
    answer: StorageBytes,
    refuses: StorageBool,
}

unsafe impl TopLevelStorage for Params {}

#[public]
impl Params {
    #[fallback]
    fn fallback(&mut self, input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        // `groupParams(uint8)` of group 5, and nothing else.
        let expected = [&stylus_sdk::function_selector!("groupParams", u8)[..], &U256::from(5).abi_encode()].concat();
        assert_eq!(input, expected);
        let answer = self.answer.get_bytes();
        if self.refuses.get() {
            Err(answer)
        } else {
            Ok(answer)
        }
    }
}

impl Params {
    pub fn teach(&mut self, halted_until: u32, weights: &[u32]) {
        self.answer.set_bytes((halted_until, weights.to_vec()).abi_encode_params());
        self.refuses.set(false);
    }

    pub fn refuse(&mut self, reason: &[u8]) {
        self.answer.set_bytes(reason);
        self.refuses.set(true);
    }
}

pub struct World {
    pub gauges: Contract<Gauges>,
    pub token: Contract<Coin>,
    pub lps: [Contract<Coin>; 3],
    pub params: Contract<Params>,
    pub governance: Address,
    pub minter: Address,
    pub treasury: Address,
    pub alice: Address,
    pub bob: Address,
    pub now: u64,
}

impl Fixture for World {
    type Contract = Gauges;
    type Calls = I::IGaugesCalls;
    type Errors = I::IGaugesErrors;
    const ABI: &'static str = include_str!("../abi.sol");

    fn contract(&self) -> &Contract<Gauges> {
        &self.gauges
    }
}

impl World {
    /// Gauges behind a proxy that were not initialised yet.
    pub fn bare() -> Self {
        let world = Self {
            gauges: Contract::random(),
            token: Contract::random(),
            lps: [Contract::random(), Contract::random(), Contract::random()],
            params: Contract::random(),
            governance: Address::from_tag("governance"),
            minter: Address::from_tag("minter"),
            treasury: Address::from_tag("treasury"),
            alice: Address::from_tag("alice"),
            bob: Address::from_tag("bob"),
            now: GENESIS,
        };
        native::set_time(GENESIS);
        testing::behind_a_proxy(&world.gauges);
        world
    }

    pub fn initialize_call(&self) -> I::initializeCall {
        I::initializeCall {
            governance: self.governance,
            minter: self.minter,
            controller: self.params.address(),
            token: self.token.address(),
            treasury: self.treasury,
            epochLength: WEEK,
        }
    }

    /// Initialised gauges; the controller's weights are 1,000 for the reserve and 2,000, 3,000, 4,000 for three weights,
    /// the first two with a pool behind them. Alice and Bob have LP tokens of all kinds.
    pub fn new() -> Self {
        let world = Self::bare();
        world.ok(world.governance, world.initialize_call());
        world.weights(&[1_000, 2_000, 3_000, 4_000]);
        for (weight, lp) in (1u8..3).zip(&world.lps) {
            world.ok(world.governance, I::addPoolCall { weight, lpToken: lp.address() });
        }
        for lp in &world.lps {
            for account in [world.alice, world.bob] {
                lp.sender(account).mint(account, 1 << 100);
            }
        }
        world
    }

    pub fn weights(&self, weights: &[u32]) {
        self.params.sender(self.alice).teach(0, weights);
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: u64) {
        self.now += seconds;
        native::set_time(self.now);
    }

    /// Mints `amount` to the gauges and tells them, as the minter does.
    pub fn deliver(&self, amount: u128) {
        self.token.sender(self.minter).mint(self.gauges.address(), amount);
        self.ok(self.minter, I::notifyRewardCall { amount: U256::from(amount) });
    }

    pub fn stake(&self, account: Address, pool: u16, amount: u128) {
        self.ok(account, I::stakeCall { pool, amount: U256::from(amount) });
    }

    pub fn withdraw(&self, account: Address, pool: u16, amount: u128) {
        self.ok(account, I::withdrawCall { pool, amount: U256::from(amount) });
    }

    pub fn claim(&self, account: Address, pool: u16) -> u128 {
        self.ok(account, I::claimCall { pool }).amount.to()
    }

    pub fn earned(&self, account: Address, pool: u16) -> u128 {
        self.ok(account, I::earnedCall { pool, account })._0.to()
    }

    pub fn pool(&self, pool: u16) -> I::poolReturn {
        self.ok(self.alice, I::poolCall { pool })
    }

    pub fn reserve(&self) -> u128 {
        self.ok(self.alice, I::reserveCall {})._0.to()
    }

    pub fn owed(&self) -> u128 {
        self.ok(self.alice, I::owedCall {})._0.to()
    }

    /// Tokens that an account holds.
    pub fn tokens(&self, account: Address) -> u128 {
        self.token.sender(account).balance(account)
    }
}
