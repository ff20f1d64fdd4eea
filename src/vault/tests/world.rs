//! A vault with its token, a controller, roles and a clock.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;
use escapement_kit::native;
pub use escapement_kit::testing::{self, Fixture};
use motsu::prelude::*;

use super::peers::{Coin, Oracle};
use crate::{IVault as I, Vault};

/// First moment of every test, seconds.
pub const GENESIS: u64 = 1_800_000_000;
pub const DAY: u32 = 86_400;
pub const YEAR: u32 = 365 * DAY;
pub const WEEK: u32 = 7 * DAY;
/// Terms of every test unless it says otherwise.
pub const COOLDOWN: u32 = 10 * DAY;
pub const PENALTY: u16 = 2_000;
/// The curve of every test unless it says otherwise.
pub const CURVE: [u32; 5] = [10_000, 11_000, 12_500, 15_000, 20_000];

pub struct World {
    pub vault: Contract<Vault>,
    pub coin: Contract<Coin>,
    pub oracle: Contract<Oracle>,
    pub governance: Address,
    pub minter: Address,
    pub alice: Address,
    pub bob: Address,
    pub carol: Address,
    pub now: u64,
}

impl Fixture for World {
    type Contract = Vault;
    type Calls = I::IVaultCalls;
    type Errors = I::IVaultErrors;
    const ABI: &'static str = include_str!("../abi.sol");

    fn contract(&self) -> &Contract<Vault> {
        &self.vault
    }
}

impl World {
    /// A vault behind a proxy that was not initialised yet; alice, bob and carol hold 2^90 base units each.
    pub fn bare() -> Self {
        let world = Self {
            vault: Contract::from_tag("vault"),
            coin: Contract::from_tag("coin"),
            oracle: Contract::from_tag("oracle"),
            governance: Address::from_tag("governance"),
            minter: Address::from_tag("minter"),
            alice: Address::from_tag("alice"),
            bob: Address::from_tag("bob"),
            carol: Address::from_tag("carol"),
            now: GENESIS,
        };
        native::set_time(GENESIS);
        testing::behind_a_proxy(&world.vault);
        for account in [world.alice, world.bob, world.carol] {
            world.give(account, 1 << 90);
        }
        world.offer(&CURVE, 0);
        world
    }

    /// An initialised vault that has taken [`CURVE`] over.
    pub fn new() -> Self {
        let world = Self::bare();
        world.ok(world.alice, world.initialize_call());
        world.ok(world.alice, I::pokeParamsCall {});
        world
    }

    pub fn initialize_call(&self) -> I::initializeCall {
        I::initializeCall {
            governance: self.governance,
            minter: self.minter,
            token: self.coin.address(),
            controller: self.oracle.address(),
            epochLength: WEEK,
            cooldown: COOLDOWN,
            penalty: PENALTY,
        }
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: u32) {
        self.now += u64::from(seconds);
        native::set_time(self.now);
    }

    /// What the controller answers from now on.
    pub fn offer(&self, knots: &[u32], halted_until: u32) {
        let answer = (halted_until, knots.to_vec()).abi_encode_params();
        self.oracle.sender(self.alice).teach(&answer, false);
    }

    pub fn give(&self, account: Address, amount: u128) {
        self.coin.sender(account).give(account, amount);
    }

    pub fn balance(&self, account: Address) -> u128 {
        self.coin.sender(account).balance(account)
    }

    #[track_caller]
    pub fn stake(&self, account: Address, amount: u128, lock: u32) -> u32 {
        self.ok(account, I::stakeCall { amount: U256::from(amount), lockSeconds: lock }).id
    }

    #[track_caller]
    pub fn unstake(&self, account: Address, id: u32, amount: u128) -> u32 {
        self.ok(account, I::unstakeCall { id, amount: U256::from(amount) }).exitId
    }

    #[track_caller]
    pub fn claim(&self, account: Address) -> u128 {
        self.ok(account, I::claimCall {}).amount.to()
    }

    /// Brings a reward as the minter does: the tokens first.
    #[track_caller]
    pub fn reward(&self, amount: u128) {
        self.give(self.vault.address(), amount);
        self.ok(self.minter, I::notifyRewardCall { amount: U256::from(amount) });
    }

    pub fn earned(&self, account: Address) -> u128 {
        self.ok(account, I::earnedCall { account })._0.to()
    }

    pub fn weight(&self, account: Address) -> u128 {
        self.ok(account, I::holderCall { account }).weight.to()
    }

    pub fn principal(&self, account: Address) -> u128 {
        self.ok(account, I::balanceOfCall { account })._0.to()
    }

    pub fn owed(&self) -> u128 {
        self.ok(self.alice, I::solvencyCall {}).owed.to()
    }

    pub fn votes(&self, account: Address) -> u128 {
        self.ok(account, I::getVotesCall { account })._0.to()
    }
}
