//! The treasury: free funds, one vesting stream whose speed is a parameter, and grant rounds.
//!
//! Every base unit in the books is free, escrowed for the stream, or escrowed for a round; only governance moves free
//! funds. What has vested and what was granted is paid on anyone's call and never waits for the controller. The books are
//! internal: the balance is only looked at to refuse a reward that is not there, and to book what came without a notice.
//!
//! Storage is append-only, see `tests/snapshots/storage-treasury.txt`.
// The entrypoint that the SDK generates for wasm has no documentation.
#![cfg_attr(target_arch = "wasm32", allow(missing_docs))]
// Storage is reached through the host, not through fields; `self` still says who reads and who writes.
#![allow(clippy::unused_self)]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{b256, Address, B256, U256};
use alloy_sol_types::{sol, SolError};
use escapement_core::{grants, param::Group};
use escapement_kit::{
    erc20, packed, params, proxied,
    reentrancy::Lock,
    roles::{Roles, DEFAULT_ADMIN_ROLE},
    vm,
};
use stylus_sdk::prelude::*;

mod error;
mod event;
mod rounds;
mod router;
mod storage;
mod stream;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use event::ITreasuryEvents;
pub use rounds::{ACTIVATION_DELAY, LONGEST_CLAIMS, SHORTEST_CLAIMS};
use storage::Funds;

sol!("abi.sol");

use ITreasury as I;

/// Version of this code; every upgrade raises it.
pub const VERSION: u64 = 1;
/// Identifier of the storage layout this code reads and writes.
pub const LAYOUT: u64 = 1;
/// `keccak256("COUNCIL_ROLE")`: disables rounds before their claims open.
pub const COUNCIL_ROLE: B256 = b256!("f25036a6852152e96c39cc9bf999cf0e78b9ebf96c37327327f9c87088a5dfa7");
/// `keccak256("MINTER_ROLE")`: delivers rewards.
pub const MINTER_ROLE: B256 = b256!("9f2df0fed2c77648de5860a4cc508cd0818c85b8b8a1ab4ceeef8d981c8956a6");

/// Slot 0: the roles, in OpenZeppelin's layout.
const ROLES: Roles = Roles(0);

/// The contract. Its storage is reached through slots, with the host's keccak, instead of through accessors.
#[storage]
pub struct Treasury {}

// SAFETY: this is the entrypoint's storage struct, at slot 0 and used by nobody else.
unsafe impl TopLevelStorage for Treasury {}

/// Where a call enters.
#[entrypoint]
#[allow(clippy::needless_pass_by_value)] // the shape the macro calls
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
fn main(input: Vec<u8>, host: stylus_sdk::host::VM) -> stylus_sdk::ArbResult {
    // SAFETY: the one instance of the storage struct in this call, at slot 0.
    let mut treasury = unsafe { <Treasury as stylus_sdk::storage::StorageType>::new(U256::ZERO, 0, host) };
    treasury.enter(&input)
}

/// The amount in a word.
fn amount_of(word: &B256) -> Result<u128, Error> {
    packed::narrow(word).ok_or_else(|| Error::too_large(word))
}

/// As [`amount_of`], refusing zero.
fn some_amount(word: &B256) -> Result<u128, Error> {
    match amount_of(word)? {
        0 => Err(Error::zero_amount()),
        amount => Ok(amount),
    }
}

/// Values of a group that is not halted, for what governance is about to commit to.
fn committed(group: Group) -> Result<Vec<u32>, Error> {
    let read = params::read(&storage::controller(), group.number())?;
    if vm::now() < read.halted_until.into() {
        let numbers = [group.number().into(), read.halted_until.into()];
        return Err(Error::numbers(I::TreasuryHalted::SELECTOR, &numbers));
    }
    Ok(read.values)
}

/// Sends tokens, last of all.
fn pay(to: &Address, amount: u128) -> Result<(), Error> {
    if amount != 0 {
        erc20::transfer(&storage::token(), to, U256::from(amount))?;
    }
    Ok(())
}

/// Life cycle.
impl Treasury {
    /// Fills the storage of the proxy.
    fn initialize(&mut self, people: [Address; 3], controller: &Address, token: &Address) -> Result<(), Error> {
        proxied::initialize(VERSION, LAYOUT)?;
        if people.iter().chain([controller, token]).any(|account| account.is_zero()) {
            return Err(Error::zero_address());
        }
        for (role, account) in [DEFAULT_ADMIN_ROLE, COUNCIL_ROLE, MINTER_ROLE].iter().zip(&people) {
            ROLES.set(role, account, true);
        }
        vm::save(&storage::CONTROLLER, &controller.into_word());
        vm::save(&storage::TOKEN, &token.into_word());
        event::initialized(VERSION, controller, token);
        Ok(())
    }

    /// Takes over the storage of an older version. This first version has none to take over from.
    fn migrate(&mut self) -> Result<(), Error> {
        let from = proxied::migrate(VERSION, LAYOUT, &[])?;
        event::migrated(from, VERSION);
        Ok(())
    }
}

/// Free funds.
impl Treasury {
    /// Books what the minter has sent, then reads the vesting speed.
    fn notify_reward(&mut self, amount: &B256) -> Result<(), Error> {
        ROLES.only(&MINTER_ROLE)?;
        let amount = amount_of(amount)?;
        let mut funds = Funds::load();
        funds.receive(amount)?;
        let balance = self.balance()?;
        if balance < U256::from(funds.owed) {
            return Err(Error::unfunded(balance, funds.owed));
        }
        funds.save();
        event::reward_notified(amount);
        self.poke()
    }

    /// Books what is held and in no book; returns how much that is.
    fn book_surplus(&mut self) -> Result<u128, Error> {
        let mut funds = Funds::load();
        let surplus = B256::from(self.balance()?.saturating_sub(U256::from(funds.owed)));
        let amount = amount_of(&surplus)?;
        if amount != 0 {
            funds.receive(amount)?;
            funds.save();
            event::surplus_booked(amount);
        }
        Ok(amount)
    }

    /// Pays out of the free funds. Governance.
    fn spend(&mut self, to: &Address, amount: &B256) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        let amount = some_amount(amount)?;
        if to.is_zero() {
            return Err(Error::zero_address());
        }
        let mut funds = Funds::load();
        funds.escrow(amount)?;
        funds.pay(amount)?;
        funds.save();
        event::spent(to, amount);
        pay(to, amount)
    }

    /// Sends `amount` base units of a foreign token away, which is not trusted: no book depends on it. Governance.
    fn rescue(&mut self, token: &Address, to: &Address, amount: &B256) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        if *token == storage::token() {
            return Err(Error::managed_token(token));
        }
        if to.is_zero() {
            return Err(Error::zero_address());
        }
        if amount.is_zero() {
            return Err(Error::zero_amount());
        }
        let _lock = Lock::close()?;
        event::rescued(token, to, amount);
        Ok(erc20::transfer(token, to, U256::from_be_bytes(amount.0))?)
    }

    /// Base units of the token that the treasury holds.
    fn balance(&self) -> Result<U256, Error> {
        Ok(erc20::balance_of(&storage::token(), &vm::this())?)
    }

    /// Refuses a speed or multipliers that the treasury could not live with. The controller asks, with the values it is
    /// about to keep.
    fn check_params(&self, group: u8, values: &[u32]) -> Result<(), Error> {
        match Group::new(group) {
            Some(Group::Vesting) => self.check_speed(values),
            Some(Group::Grants) => Ok(grants::check_multipliers(values)?),
            _ => Err(Error::numbers(I::TreasuryUnknownGroup::SELECTOR, &[group.into()])),
        }
    }
}
