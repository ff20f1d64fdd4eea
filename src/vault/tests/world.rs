//! A vault with its token, a controller, roles and a clock.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolInterface, SolValue};
use escapement_kit::{native, proxied, vm};
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

impl Vault {
    /// Writes a word of the proxy's own storage.
    pub fn plant(&mut self, slot: B256, word: B256) {
        vm::save(&slot, &word);
    }

    /// Reads a word of storage.
    pub fn peek(&self, slot: B256) -> B256 {
        vm::load(&slot)
    }

    /// Runs raw calldata.
    pub fn raw(&mut self, calldata: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        self.enter(calldata)
    }
}

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
        world.vault.sender(world.alice).plant(proxied::IMPLEMENTATION_SLOT, world.alice.into_word());
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

    /// Calls as `sender`; a failed call leaves nothing behind.
    pub fn send<C: SolCall>(&self, sender: Address, call: C) -> Result<C::Return, Vec<u8>> {
        let answer = self.vault.sender(sender).raw(&call.abi_encode()).motsu_res()?;
        Ok(C::abi_decode_returns(&answer, true).expect("the answer decodes"))
    }

    /// Calls as `sender` and expects success.
    #[track_caller]
    pub fn ok<C: SolCall>(&self, sender: Address, call: C) -> C::Return {
        self.send(sender, call).unwrap_or_else(|data| panic!("{} refused: {}", C::SIGNATURE, name_of(&data)))
    }

    /// Calls as `sender` and expects exactly this error.
    #[track_caller]
    pub fn err<C: SolCall>(&self, sender: Address, call: C, error: impl SolError) {
        match self.send(sender, call) {
            Ok(_) => panic!("{} was not refused", C::SIGNATURE),
            Err(data) => assert_eq!(data, error.abi_encode(), "{} refused with {}", C::SIGNATURE, name_of(&data)),
        }
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

    /// Whether the event was logged.
    pub fn logged<T: SolEvent>(&self, event: &T) -> bool {
        self.vault.emitted(event)
    }

    /// Every log of this kind, decoded.
    pub fn logs<T: SolEvent>(&self) -> Vec<T> {
        let all = self.vault.all_events();
        all.iter()
            .filter(|log| log.topics().first() == Some(&T::SIGNATURE_HASH))
            .map(|log| T::decode_log_data(log, true).expect("the log decodes"))
            .collect()
    }
}

/// The error behind revert data, for messages.
fn name_of(data: &[u8]) -> String {
    I::IVaultErrors::abi_decode(data, true)
        .map_or_else(|_| alloy_primitives::hex::encode(data), |error| format!("{:?}", error.selector()))
}
