//! Liquidity mining: LP tokens are staked in pools, and each epoch's reward is shared among the pools by the controller's
//! weights.
//!
//! The minter sends the epoch's share and calls `notifyReward`; weights are read then and kept, so staking and claiming
//! never ask the controller. Each pool is one [`escapement_core::reward::Pool`]. What no live pool gets, roundings
//! included, is the reserve, which anyone may send to the treasury. The books are internal: balances are only looked at to
//! refuse a reward that is not there and a deposit that falls short.
//!
//! Storage is append-only, see `tests/snapshots/storage-gauges.txt`.
// The entrypoint that the SDK generates for wasm has no documentation.
#![cfg_attr(target_arch = "wasm32", allow(missing_docs))]
// Storage is reached through the host, not through fields; `self` still says who reads and who writes.
#![allow(clippy::unused_self)]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{b256, Address, B256, U256};
use alloy_sol_types::{sol, SolError};
use escapement_core::{allocation, emission::YEAR, param::Group};
use escapement_kit::{
    erc20, packed, params, proxied,
    roles::{Roles, DEFAULT_ADMIN_ROLE},
    vm,
};
use stylus_sdk::prelude::*;

mod error;
mod event;
mod router;
mod staking;
mod storage;
mod table;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use event::IGaugesEvents;
use storage::{Books, Config, Info};
use table::Table;

sol!("abi.sol");

use IGauges as I;

/// Version of this code; every upgrade raises it.
pub const VERSION: u64 = 1;
/// Identifier of the storage layout this code reads and writes.
pub const LAYOUT: u64 = 1;
/// Shortest epoch, seconds; the longest is a year.
pub const SHORTEST_EPOCH: u32 = 3_600;
/// Most pools that one call claims from.
pub const MAX_CLAIMS: usize = 32;
/// Stands for a killed pool behind a weight.
pub const KILLED: u16 = u16::MAX;
/// `keccak256("MINTER_ROLE")`: delivers rewards.
pub const MINTER_ROLE: B256 = b256!("9f2df0fed2c77648de5860a4cc508cd0818c85b8b8a1ab4ceeef8d981c8956a6");

/// Slot 0: the roles, in OpenZeppelin's layout.
const ROLES: Roles = Roles(0);
/// Slots 5 and 6: the weights in force.
const WEIGHTS: u8 = 5;
/// Slots 7 and 8: the pools behind the weights.
const POOLS_BEHIND: u8 = 7;

/// The contract. Its storage is reached through slots, with the host's keccak, instead of through accessors.
#[storage]
pub struct Gauges {}

// SAFETY: this is the entrypoint's storage struct, at slot 0 and used by nobody else.
unsafe impl TopLevelStorage for Gauges {}

/// Where a call enters.
#[entrypoint]
#[allow(clippy::needless_pass_by_value)] // the shape the macro calls
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
fn main(input: Vec<u8>, host: stylus_sdk::host::VM) -> stylus_sdk::ArbResult {
    // SAFETY: the one instance of the storage struct in this call, at slot 0.
    let mut gauges = unsafe { <Gauges as stylus_sdk::storage::StorageType>::new(U256::ZERO, 0, host) };
    gauges.enter(&input)
}

/// The amount in a word.
fn amount_of(word: &B256) -> Result<u128, Error> {
    packed::narrow(word).ok_or_else(|| Error::too_large(word))
}

/// Life cycle.
impl Gauges {
    /// Fills the storage of the proxy. Until the first delivery all weight is the reserve's.
    fn initialize(&mut self, people: [Address; 2], addresses: [Address; 3], epoch_length: u32) -> Result<(), Error> {
        proxied::initialize(VERSION, LAYOUT)?;
        if people.iter().chain(&addresses).any(|account| account.is_zero()) {
            return Err(Error::zero_address());
        }
        if !(SHORTEST_EPOCH..=YEAR).contains(&epoch_length) {
            let numbers = [epoch_length, SHORTEST_EPOCH, YEAR].map(u64::from);
            return Err(Error::numbers(I::GaugesBadEpochLength::SELECTOR, &numbers));
        }
        for (role, account) in [DEFAULT_ADMIN_ROLE, MINTER_ROLE].iter().zip(&people) {
            ROLES.set(role, account, true);
        }
        let [controller, token, treasury] = addresses;
        storage::save_config(&Config { controller, epoch_length });
        vm::save(&storage::TOKEN, &token.into_word());
        self.point_at(&treasury);
        let mut weights = [0; table::LENGTH];
        if let Some(reserve) = weights.first_mut() {
            *reserve = 10_000;
        }
        let weights = Table::of(&weights);
        weights.save(WEIGHTS);
        event::weights_changed(&weights.0);
        event::initialized(VERSION, &controller, &token, epoch_length);
        Ok(())
    }

    /// Takes over the storage of an older version. This first version has none to take over from.
    fn migrate(&mut self) -> Result<(), Error> {
        let from = proxied::migrate(VERSION, LAYOUT, &[])?;
        event::migrated(from, VERSION);
        Ok(())
    }
}

/// The minter.
impl Gauges {
    /// Books `amount`, splits it by the weights in force and funds every live pool; the rest is the reserve's.
    fn notify_reward(&mut self, amount: &B256) -> Result<(), Error> {
        ROLES.only(&MINTER_ROLE)?;
        let amount = amount_of(amount)?;
        let mut books = storage::books();
        books.owed = books.owed.checked_add(amount).ok_or_else(|| Error::arithmetic(0))?;
        let balance = erc20::balance_of(&storage::token(), &vm::this())?;
        if balance < U256::from(books.owed) {
            return Err(Error::unfunded(balance, books.owed));
        }
        let Config { controller, epoch_length } = storage::config();
        let weights = self.weights_in_force(&controller).map(u32::from);
        let behind = Table::load(POOLS_BEHIND).numbers();
        let parts = allocation::split(amount, &weights)?;
        let mut reserve = 0u128;
        for (part, pool) in parts.into_iter().zip(behind) {
            // Behind weight 0 there is never a pool: its part is the reserve's own.
            let kept = if pool == 0 || pool == KILLED || self.fund(pool, part, epoch_length) { part } else { 0 };
            // At most the amount.
            reserve = reserve.saturating_add(kept);
        }
        books.reserve = books.reserve.checked_add(reserve).ok_or_else(|| Error::arithmetic(0))?;
        storage::save_books(&books);
        event::reward_notified(amount, reserve);
        Ok(())
    }

    /// Gives `amount` to a pool; returns whether it could not take it. With it the pool streams what it could not give
    /// away before, so a pool without weight is funded with nothing, too.
    fn fund(&mut self, pool: u16, amount: u128, epoch_length: u32) -> bool {
        let slots = storage::pool_slots(pool);
        let mut state = slots.load();
        let funded = state.fund(vm::now(), amount, epoch_length).and_then(|()| Ok(slots.save(&state)?));
        if funded.is_err() {
            event::pool_refused(pool, amount);
            return true;
        }
        event::pool_funded(pool, amount, state.rate, state.ends_at);
        false
    }

    /// Returns the controller's weights, and keeps them, if they can be had; those kept before otherwise. Never fails.
    fn weights_in_force(&mut self, controller: &Address) -> [u16; table::LENGTH] {
        let kept = Table::load(WEIGHTS);
        let (reason, detail) = match params::read(controller, Group::Liquidity.number()) {
            Ok(group) if vm::now() < group.halted_until.into() => (1, u64::from(group.halted_until)),
            Err(data) => (2, data.len() as u64),
            Ok(group) => match allocation::check(&group.values) {
                Ok(()) => {
                    let mut weights = [0; table::LENGTH];
                    for (place, weight) in weights.iter_mut().zip(&group.values) {
                        // Bounded by the sum.
                        *place = u16::try_from(*weight).unwrap_or(u16::MAX);
                    }
                    let fresh = Table::of(&weights);
                    if fresh != kept {
                        fresh.save(WEIGHTS);
                        event::weights_changed(&fresh.0);
                    }
                    return weights;
                }
                Err(allocation::AllocationError::BadSum { sum }) => (3, sum),
                Err(allocation::AllocationError::Math(_)) => (3, 0),
            },
        };
        event::weights_kept(reason, detail);
        kept.numbers()
    }
}

/// Anyone.
impl Gauges {
    /// Refuses weights that do not sum up or of which a live one has no pool behind it. A killed pool counts: its weight
    /// is the reserve's. The controller asks, with the values it is about to keep.
    fn check_params(&self, group: u8, weights: &[u32]) -> Result<(), Error> {
        if group != Group::Liquidity.number() {
            return Err(Error::numbers(I::GaugesUnknownGroup::SELECTOR, &[group.into()]));
        }
        allocation::check(weights)?;
        let behind = Table::load(POOLS_BEHIND).numbers();
        let live = weights.len();
        match (0u64..).zip(behind).take(live).skip(1).find(|(_, pool)| *pool == 0) {
            Some((weight, _)) => Err(Error::numbers(I::GaugesNoPool::SELECTOR, &[weight, live as u64])),
            None => Ok(()),
        }
    }

    /// Sends the reserve to the treasury; returns how much that is.
    fn sweep_reserve(&mut self) -> Result<u128, Error> {
        let mut books = storage::books();
        let amount = core::mem::take(&mut books.reserve);
        if amount != 0 {
            books.owed = books.owed.checked_sub(amount).ok_or_else(|| Error::arithmetic(0))?;
            storage::save_books(&books);
            let treasury = storage::treasury();
            event::reserve_swept(&treasury, amount);
            erc20::transfer(&storage::token(), &treasury, U256::from(amount))?;
        }
        Ok(amount)
    }
}

/// Governance.
impl Gauges {
    /// Puts a new pool behind a weight; returns its number.
    fn add_pool(&mut self, weight: u8, token: &Address) -> Result<u16, Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        let mut behind = Table::load(POOLS_BEHIND).numbers();
        let (1.., Some(place)) = (weight, behind.get_mut(usize::from(weight))) else {
            return Err(Error::bad_weight(weight));
        };
        if *place != 0 && *place != KILLED {
            return Err(Error::numbers(I::GaugesWeightTaken::SELECTOR, &[weight.into(), u64::from(*place)]));
        }
        if !vm::has_code(token) || *token == storage::token() {
            return Err(Error::bad_token(token));
        }
        let last = storage::count();
        let Some(pool) = last.checked_add(1).filter(|pool| *pool != KILLED) else {
            return Err(Error::numbers(I::GaugesTooManyPools::SELECTOR, &[last.into()]));
        };
        *place = pool;
        Table::of(&behind).save(POOLS_BEHIND);
        storage::save_count(pool);
        storage::save_info(pool, &Info { token: *token, weight, killed: false });
        event::pool_added(pool, weight, token);
        Ok(pool)
    }

    /// Ends a pool: its stream stops now, and what it has not given away is the reserve's.
    fn kill_pool(&mut self, pool: u16) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        let mut info = storage::info(pool)?;
        if info.killed {
            return Err(Error::killed(pool));
        }
        info.killed = true;
        storage::save_info(pool, &info);
        let mut behind = Table::load(POOLS_BEHIND).numbers();
        if let Some(place) = behind.get_mut(usize::from(info.weight)) {
            *place = KILLED;
        }
        Table::of(&behind).save(POOLS_BEHIND);
        let slots = storage::pool_slots(pool);
        let mut state = slots.load();
        let returned = state.close(vm::now()).map_err(|error| Error::reward(pool, error))?;
        slots.save(&state).map_err(|_| Error::arithmetic(pool))?;
        let Books { reserve, owed } = storage::books();
        let reserve = reserve.checked_add(returned).ok_or_else(|| Error::arithmetic(pool))?;
        storage::save_books(&Books { reserve, owed });
        event::pool_killed(pool, info.weight, returned);
        Ok(())
    }

    fn set_treasury(&mut self, treasury: &Address) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        if treasury.is_zero() {
            return Err(Error::zero_address());
        }
        self.point_at(treasury);
        Ok(())
    }

    /// Points at a treasury.
    fn point_at(&mut self, treasury: &Address) {
        let (old, new) = (vm::load(&storage::TREASURY), treasury.into_word());
        vm::save(&storage::TREASURY, &new);
        event::treasury_changed(&old, &new);
    }
}
