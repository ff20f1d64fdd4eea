//! The staking vault: locks with a reward curve, a share of every reward by weight, votes, and exits that nothing blocks.
//!
//! A thin shell: rewards, locks and checkpoints are `escapement-core`'s; this contract decides who may ask, keeps the
//! state in packed words, and moves tokens last. One token is staked and paid. The ledger is the vault's own: what it holds
//! never counts for anybody's share, and gifts change nothing. It lives behind a transparent proxy. See `README.md`.
// The entrypoint that the SDK generates for wasm has no documentation.
#![cfg_attr(target_arch = "wasm32", allow(missing_docs))]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use alloy_sol_types::{sol, SolError};
use escapement_core::{
    emission::YEAR,
    fixed::MathError,
    lock::{Curve, DAY, MAX_PENALTY},
    param::Group,
};
use escapement_kit::{abi, erc20, params, proxied, roles::DEFAULT_ADMIN_ROLE, vm};
use stylus_sdk::prelude::*;

mod error;
mod event;
mod holder;
mod router;
mod stake;
mod state;
mod views;
mod votes;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use event::IVaultEvents;
use state::{Books, Source, Terms, CONTROLLER, ROLES};

sol!("abi.sol");

use IVault as I;

/// Version of this code; every upgrade raises it.
pub const VERSION: u64 = 1;
/// Identifier of the storage layout this code reads and writes.
pub const LAYOUT: u64 = 1;
/// Most open positions of an account.
pub const MAX_POSITIONS: u16 = 64;
/// Most exits that one call pays.
pub const MAX_EXITS: usize = 64;
/// Longest cooldown of an exit, seconds.
pub const MAX_COOLDOWN: u32 = 30 * DAY;
/// Shortest time over which rewards stream, seconds: the sequencer may shift block times by up to an hour.
pub const SHORTEST_EPOCH: u32 = 3_600;
/// Name of the receipt.
pub const NAME: &str = "Staked Escapement";
/// Symbol of the receipt.
pub const SYMBOL: &str = "stESC";
/// Name of the EIP-712 domain.
pub const DOMAIN_NAME: &str = "Escapement Vault";
/// Version of the EIP-712 domain.
pub const DOMAIN_VERSION: &str = "1";

/// The contract. Its storage is reached through the slots in `state`, with the host's keccak, not through accessors.
#[storage]
pub struct Vault {}

// SAFETY: this is the entrypoint's storage struct, at slot 0 and used by nobody else.
unsafe impl TopLevelStorage for Vault {}

/// Where a call enters.
#[entrypoint]
#[allow(clippy::needless_pass_by_value)] // the shape the macro calls
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
fn main(input: Vec<u8>, host: stylus_sdk::host::VM) -> stylus_sdk::ArbResult {
    // SAFETY: the one instance of the storage struct in this call, at slot 0.
    let mut vault = unsafe { <Vault as stylus_sdk::storage::StorageType>::new(U256::ZERO, 0, host) };
    vault.enter(&input)
}

/// Arguments of `initialize`.
struct Setup {
    governance: Address,
    minter: Address,
    token: Address,
    controller: Address,
    terms: Terms,
}

/// Fills the storage of the proxy. The curve is flat until the controller's is taken over.
fn initialize(setup: &Setup) -> Result<(), Error> {
    proxied::initialize(VERSION, LAYOUT)?;
    if setup.governance.is_zero() {
        return Err(Error::numbers(I::VaultZeroAddress::SELECTOR, &[]));
    }
    for account in [&setup.token, &setup.controller] {
        if !vm::has_code(account) {
            return Err(Error::words(I::VaultWithoutCode::SELECTOR, &[account.into_word()]));
        }
    }
    let length = setup.terms.epoch;
    if !(SHORTEST_EPOCH..=YEAR).contains(&length) {
        let numbers = [length.into(), SHORTEST_EPOCH.into(), YEAR.into()];
        return Err(Error::numbers(I::VaultBadEpochLength::SELECTOR, &numbers));
    }
    ROLES.set(&DEFAULT_ADMIN_ROLE, &setup.governance, true);
    set_terms(&setup.terms)?;
    vm::save(&CONTROLLER, &setup.controller.into_word());
    Source { minter: setup.minter, curve: Curve::FLAT }.save();
    event::initialized(VERSION);
    event::minter_changed(&Address::ZERO, &setup.minter);
    Ok(())
}

/// Takes over the storage of an older version. This first version has none to take over from.
fn migrate() -> Result<(), Error> {
    let from = proxied::migrate(VERSION, LAYOUT, &[])?;
    event::migrated(from, VERSION);
    Ok(())
}

/// Keeps terms that are in their ranges.
fn set_terms(terms: &Terms) -> Result<(), Error> {
    if terms.cooldown > MAX_COOLDOWN {
        let numbers = [terms.cooldown.into(), MAX_COOLDOWN.into()];
        return Err(Error::numbers(I::VaultBadCooldown::SELECTOR, &numbers));
    }
    if terms.penalty > MAX_PENALTY {
        let numbers = [terms.penalty.into(), MAX_PENALTY.into()];
        return Err(Error::numbers(I::VaultBadPenalty::SELECTOR, &numbers));
    }
    terms.save();
    event::terms_changed(terms.cooldown, terms.penalty);
    Ok(())
}

/// Changes for how long later exits wait. Governance.
fn set_cooldown(cooldown: u32) -> Result<(), Error> {
    ROLES.only(&DEFAULT_ADMIN_ROLE)?;
    set_terms(&Terms { cooldown, ..Terms::load() })
}

/// Changes what leaving early costs. Governance.
fn set_penalty(penalty: u16) -> Result<(), Error> {
    ROLES.only(&DEFAULT_ADMIN_ROLE)?;
    set_terms(&Terms { penalty, ..Terms::load() })
}

/// Names another minter. Governance.
fn set_minter(minter: Address) -> Result<(), Error> {
    ROLES.only(&DEFAULT_ADMIN_ROLE)?;
    let source = Source::load();
    Source { minter, ..source }.save();
    event::minter_changed(&source.minter, &minter);
    Ok(())
}

/// Takes the controller's present curve over. Positions keep what they have; so no accrual depends on it.
fn take_curve(source: &Source) -> Result<(), Error> {
    let controller = state::account(&vm::load(&CONTROLLER));
    let read = params::read(&controller, Group::Curve as u8)?;
    if u64::from(read.halted_until) > vm::now() {
        return Err(Error::numbers(I::VaultCurveHalted::SELECTOR, &[read.halted_until.into()]));
    }
    let curve = Curve::new(&read.values)?;
    if curve != source.curve {
        Source { curve, ..*source }.save();
        event::curve_changed(&curve);
    }
    Ok(())
}

/// Whether the vault could live with these values of a group.
fn check_params(group: u8, values: &[u32]) -> Result<(), Error> {
    if group != Group::Curve as u8 {
        return Err(Error::numbers(I::VaultUnknownGroup::SELECTOR, &[group.into()]));
    }
    let next = Curve::new(values)?;
    let (_, staked) = holder::trace(&Address::ZERO);
    match Source::load().curve.rise(&next, staked.value, Books::load().pool.weight)? {
        None => Ok(()),
        Some((added, highest)) => Err(Error::amounts(I::VaultCurveTooSteep::SELECTOR, added, highest)),
    }
}

/// Books `amount` that the minter has brought, and streams it over an epoch. A controller that does not answer, answers
/// nonsense or is halted costs the vault a fresh curve, never the reward.
fn notify_reward(amount: u128) -> Result<(), Error> {
    let (source, sender) = (Source::load(), vm::sender());
    if sender != source.minter {
        return Err(Error::words(I::VaultNotMinter::SELECTOR, &[sender.into_word()]));
    }
    let (mut books, terms) = (Books::load(), Terms::load());
    let balance = erc20::balance_of(&terms.token, &vm::this())?;
    let needed = books.owed.checked_add(amount).ok_or(MathError::Overflow)?;
    if balance < U256::from(needed) {
        return Err(Error::words(I::VaultInsolvent::SELECTOR, &[balance.into(), abi::word128(needed)]));
    }
    books.load_funded();
    books.pool.fund(vm::now(), amount, terms.epoch)?;
    books.owed = needed;
    books.save()?;
    books.save_funded();
    event::reward_notified(amount, books.pool.rate, books.pool.ends_at);
    if let Err(reason) = take_curve(&source) {
        event::curve_kept(&reason.0);
    }
    Ok(())
}
