//! A treasury with its token, a controller to be told what to answer, a Merkle tree, and a clock.

use alloy_primitives::{keccak256, Address, B256, U256};
use alloy_sol_types::{sol, SolCall, SolError, SolValue};
pub use escapement_kit::testing::{self, Fixture};
use escapement_kit::{native, vm};
use motsu::prelude::*;
use stylus_sdk::{
    prelude::*,
    storage::{StorageBool, StorageBytes, StorageMap, StorageU256},
};

use crate::{ITreasury as I, Treasury, ACTIVATION_DELAY};

/// First moment of every test, seconds.
pub const GENESIS: u64 = 1_800_000_000;
pub const DAY: u64 = 86_400;
pub const YEAR: u32 = 31_536_000;

sol! {
    interface IToken {
        function transfer(address to, uint256 value) external returns (bool);
        function balanceOf(address account) external view returns (uint256);
    }
    interface IController {
        function groupParams(uint8 group) external view returns (uint32 haltedUntil, uint32[] values);
    }
    error CoinRefuses(address to, uint256 value);
}

/// The token; it can be told to refuse one account.
#[storage]
pub struct Coin {
    balances: StorageMap<Address, StorageU256>,
    refused: StorageMap<Address, StorageBool>,
}

unsafe impl TopLevelStorage for Coin {}

#[public]
impl Coin {
    #[fallback]
    fn fallback(&mut self, input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        if let Ok(IToken::balanceOfCall { account }) = IToken::balanceOfCall::abi_decode(input, true) {
            return Ok(self.balances.get(account).abi_encode());
        }
        let IToken::transferCall { to, value } = IToken::transferCall::abi_decode(input, true).map_err(|_| vec![])?;
        let (from, refusal) = (vm::sender(), CoinRefuses { to, value }.abi_encode());
        let balance = self.balances.get(from);
        if self.refused.get(to) || balance < value {
            return Err(refusal);
        }
        self.balances.insert(from, balance - value);
        let there = self.balances.get(to);
        self.balances.insert(to, there + value);
        Ok(true.abi_encode())
    }
}

impl Coin {
    pub fn mint(&mut self, to: Address, value: u128) {
        let balance = self.balances.get(to);
        self.balances.insert(to, balance + U256::from(value));
    }

    pub fn balance(&self, account: Address) -> u128 {
        self.balances.get(account).to()
    }

    pub fn refuse(&mut self, account: Address, refused: bool) {
        self.refused.insert(account, refused);
    }
}

/// A controller that answers `groupParams` for each group with the bytes it was given, or reverts with a reason.
#[storage]
pub struct Params {
    answers: StorageMap<U256, StorageBytes>,
    reason: StorageBytes,
    refuses: StorageBool,
}

unsafe impl TopLevelStorage for Params {}

#[public]
impl Params {
    #[fallback]
    fn fallback(&mut self, input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        let call = IController::groupParamsCall::abi_decode(input, true).map_err(|_| vec![])?;
        if self.refuses.get() {
            return Err(self.reason.get_bytes());
        }
        Ok(self.answers.getter(U256::from(call.group)).get_bytes())
    }
}

impl Params {
    pub fn teach(&mut self, group: u8, halted_until: u32, values: &[u32]) {
        self.answers.setter(U256::from(group)).set_bytes((halted_until, values.to_vec()).abi_encode_params());
        self.refuses.set(false);
    }

    pub fn refuse(&mut self, reason: &[u8]) {
        self.reason.set_bytes(reason);
        self.refuses.set(true);
    }
}

/// A grant: index, account, category, base.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    pub index: u32,
    pub account: Address,
    pub category: u8,
    pub base: u128,
}

/// A Merkle tree as OpenZeppelin's JavaScript library builds it: a complete binary tree in an array, the root first, the
/// leaves, sorted, at the end in reverse.
pub struct Tree(Vec<B256>);

impl Tree {
    pub fn leaf(round: u32, grant: &Grant) -> B256 {
        let base = U256::from(grant.base);
        let values = (U256::from(round), U256::from(grant.index), grant.account, U256::from(grant.category), base);
        keccak256(keccak256(values.abi_encode()))
    }

    pub fn new(round: u32, grants: &[Grant]) -> Self {
        let mut leaves: Vec<B256> = grants.iter().map(|grant| Self::leaf(round, grant)).collect();
        leaves.sort_unstable();
        let mut nodes = vec![B256::ZERO; leaves.len() - 1];
        nodes.extend(leaves.into_iter().rev());
        for at in (0..grants.len() - 1).rev() {
            let mut pair = [nodes[2 * at + 1], nodes[2 * at + 2]];
            pair.sort_unstable();
            nodes[at] = keccak256(pair.concat());
        }
        Self(nodes)
    }

    pub fn root(&self) -> B256 {
        self.0[0]
    }

    pub fn proof(&self, round: u32, grant: &Grant) -> Vec<B256> {
        let leaf = Self::leaf(round, grant);
        let mut at = self.0.iter().rposition(|node| *node == leaf).unwrap();
        let mut proof = vec![];
        while at > 0 {
            proof.push(self.0[if at % 2 == 1 { at + 1 } else { at - 1 }]);
            at = (at - 1) / 2;
        }
        proof
    }
}

pub struct World {
    pub treasury: Contract<Treasury>,
    pub token: Contract<Coin>,
    pub params: Contract<Params>,
    pub governance: Address,
    pub council: Address,
    pub minter: Address,
    pub alice: Address,
    pub bob: Address,
    pub now: u64,
}

impl Fixture for World {
    type Contract = Treasury;
    type Calls = I::ITreasuryCalls;
    type Errors = I::ITreasuryErrors;
    const ABI: &'static str = include_str!("../abi.sol");

    fn contract(&self) -> &Contract<Treasury> {
        &self.treasury
    }
}

impl World {
    /// A treasury behind a proxy that was not initialised yet.
    pub fn bare() -> Self {
        let world = Self {
            treasury: Contract::random(),
            token: Contract::random(),
            params: Contract::random(),
            governance: Address::from_tag("governance"),
            council: Address::from_tag("council"),
            minter: Address::from_tag("minter"),
            alice: Address::from_tag("alice"),
            bob: Address::from_tag("bob"),
            now: GENESIS,
        };
        native::set_time(GENESIS);
        testing::behind_a_proxy(&world.treasury);
        world
    }

    pub fn initialize_call(&self) -> I::initializeCall {
        I::initializeCall {
            governance: self.governance,
            council: self.council,
            minter: self.minter,
            controller: self.params.address(),
            token: self.token.address(),
        }
    }

    /// An initialised treasury; the vesting speed is the baseline, three categories are neutral.
    pub fn new() -> Self {
        let world = Self::bare();
        world.ok(world.governance, world.initialize_call());
        world.speed(10_000);
        world.multipliers(&[10_000; 3]);
        world
    }

    /// As [`Self::new`], with `amount` of free funds.
    pub fn with(amount: u128) -> Self {
        let world = Self::new();
        world.deliver(amount);
        world
    }

    pub fn speed(&self, speed: u32) {
        self.params.sender(self.alice).teach(1, 0, &[speed]);
    }

    pub fn multipliers(&self, multipliers: &[u32]) {
        self.params.sender(self.alice).teach(6, 0, multipliers);
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: u64) {
        self.now += seconds;
        native::set_time(self.now);
    }

    /// Mints `amount` to the treasury and tells it, as the minter does.
    pub fn deliver(&self, amount: u128) {
        self.token.sender(self.minter).mint(self.treasury.address(), amount);
        self.ok(self.minter, I::notifyRewardCall { amount: U256::from(amount) });
    }

    /// Opens a stream to Alice from now on, without a cliff, that ends a year after its slowest end.
    pub fn open_stream(&self, amount: u128, duration: u32) {
        self.ok(self.governance, self.stream_call(amount, duration));
    }

    pub fn stream_call(&self, amount: u128, duration: u32) -> I::openStreamCall {
        I::openStreamCall {
            beneficiary: self.alice,
            amount: U256::from(amount),
            start: self.now,
            cliff: self.now,
            duration,
            fixedEnd: self.now + 2 * u64::from(duration) + u64::from(YEAR),
        }
    }

    /// The call that opens a round for these grants, whose number will be `round`.
    pub fn round_call(&self, budget: u128, round: u32, grants: &[Grant]) -> I::openRoundCall {
        let mut bases = vec![0u128; 3];
        for grant in grants {
            bases[usize::from(grant.category)] += grant.base;
        }
        I::openRoundCall {
            budget: U256::from(budget),
            bases: bases.into_iter().map(U256::from).collect(),
            root: Tree::new(round, grants).root(),
            deadline: self.now + ACTIVATION_DELAY + 30 * DAY,
        }
    }

    pub fn claim_call(&self, round: u32, grants: &[Grant], index: usize) -> I::claimGrantCall {
        let grant = &grants[index];
        I::claimGrantCall {
            round,
            index: grant.index,
            account: grant.account,
            category: grant.category,
            base: U256::from(grant.base),
            proof: Tree::new(round, grants).proof(round, grant),
        }
    }

    pub fn free(&self) -> u128 {
        self.ok(self.bob, I::freeFundsCall {})._0.to()
    }

    pub fn owed(&self) -> u128 {
        self.ok(self.bob, I::owedCall {})._0.to()
    }

    pub fn vested(&self) -> u128 {
        self.ok(self.bob, I::vestedCall {})._0.to()
    }

    pub fn stream(&self) -> I::streamReturn {
        self.ok(self.bob, I::streamCall {})
    }

    pub fn round(&self, round: u32) -> I::roundReturn {
        self.ok(self.bob, I::roundCall { round })
    }

    pub fn release(&self) -> u128 {
        self.ok(self.bob, I::releaseCall {}).amount.to()
    }

    pub fn poke(&self) {
        self.ok(self.bob, I::pokeCall {});
    }

    /// Tokens that an account holds.
    pub fn tokens(&self, account: Address) -> u128 {
        self.token.sender(account).balance(account)
    }
}
