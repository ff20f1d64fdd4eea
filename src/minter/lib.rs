//! Emission, re-mint, buy-back and burn, behind a breaker of their own.
//!
//! Once an epoch, anybody may roll: the emission of one epoch is minted at the rate kept since the roll before, and of what
//! was burned a bounded part is minted again; then the controller's present values are taken over. What is minted goes to
//! the consumers by weights. A missed epoch is forgone. Two leaky windows stand behind the controller's own bounds and do
//! not ask it; a breach latches the breaker until governance has looked. Revenue is burned, in the token or bought back
//! with the quote token at a price that its average vouches for. Behind a transparent proxy. See `README.md`.
//!
//! Storage is append-only, see `tests/snapshots/storage-minter.txt`.
// The entrypoint that the SDK generates for wasm has no documentation.
#![cfg_attr(target_arch = "wasm32", allow(missing_docs))]
// Storage is reached through the host, not through fields; `self` still says who reads and who writes.
#![allow(clippy::unused_self)]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{sol, SolError};
use escapement_core::{
    allocation,
    emission::{epoch_amount, epoch_at, epoch_window, YEAR},
    equilibrium::{Meter, Reminted},
    fixed::{scale_down, PPM},
    param::{Group, Slot, BURN, EMISSION, REMINT},
    window::Window,
};
use escapement_kit::{
    abi::{word128, Malformed},
    proxied,
    roles::DEFAULT_ADMIN_ROLE,
    slot::pack,
    vm,
};
use stylus_sdk::prelude::*;

mod epoch;
mod error;
mod event;
mod market;
mod peer;
mod revenue;
mod roll;
mod router;
mod store;
#[cfg(test)]
mod tests;
mod views;

pub use epoch::{Dormant, Outcome};
pub use error::Error;
use error::{setting, within};
pub use event::IMinterEvents;
pub use revenue::MAX_GUARD_BPS;
use store::{Gauge, Progress, Rules, Setup, CONSUMERS, MAX_CONSUMERS, ROLES};

sol!("abi.sol");

use IMinter as I;

/// Version of this code; an upgrade must raise it. The features `v2` and `v3` raise it and change nothing else: they
/// are fixtures for the upgrade tests.
pub const VERSION: u64 = if cfg!(feature = "v3") {
    3
} else if cfg!(feature = "v2") {
    2
} else {
    1
};

/// Identifier of the storage layout this code reads and writes.
pub const LAYOUT: u64 = 1;
/// Shortest epoch, seconds: the sequencer may shift block times by up to an hour.
pub const SHORTEST_EPOCH: u32 = 3_600;
/// Longest span of the burn average, epochs.
pub const MAX_EMA_EPOCHS: u8 = 52;
/// Most that governance can have a roller paid, bps of the emission.
pub const MAX_KEEPER_BPS: u8 = 10;
/// Longest age at which observations can count as stale, seconds: two years.
pub const MAX_STALE_AFTER: u32 = 2 * YEAR;
/// Span of the burn average from the start, epochs.
pub const FIRST_EMA_EPOCHS: u8 = 8;
/// What a roller is paid from the start, bps of the emission.
pub const FIRST_KEEPER_BPS: u8 = 5;
/// Seconds in which that is reached, from the start; an epoch where that is shorter.
pub const FIRST_KEEPER_RAMP: u32 = 21_600;

/// The contract. Its storage is reached through slots, with the host's keccak, instead of through accessors.
#[storage]
pub struct Minter {}

// SAFETY: this is the entrypoint's storage struct, at slot 0 and used by nobody else.
unsafe impl TopLevelStorage for Minter {}

/// Where a call enters.
#[entrypoint]
#[allow(clippy::needless_pass_by_value)] // the shape the macro calls
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
fn main(input: Vec<u8>, host: stylus_sdk::host::VM) -> stylus_sdk::ArbResult {
    // SAFETY: the one instance of the storage struct in this call, at slot 0.
    let mut minter = unsafe { <Minter as stylus_sdk::storage::StorageType>::new(U256::ZERO, 0, host) };
    minter.enter(&input)
}

/// Life cycle.
impl Minter {
    /// Fills the storage of the proxy: governance, controller, token, epochs, and rules to begin with. Nobody is minted to
    /// until governance names consumers: they need this contract's address first.
    fn initialize(
        &mut self,
        governance: &Address,
        controller: Address,
        token: &Address,
        genesis: u64,
        length: u32,
    ) -> Result<(), Error> {
        proxied::initialize(VERSION, LAYOUT)?;
        if governance.is_zero() {
            return Err(Error::bad_account(governance));
        }
        for account in [&controller, token] {
            if !vm::has_code(account) {
                return Err(Error::without_code(account));
            }
        }
        within(setting::EPOCH_LENGTH, length.into(), SHORTEST_EPOCH.into(), YEAR.into())?;
        ROLES.set(&DEFAULT_ADMIN_ROLE, governance, true);
        let (now, supply, token_cap) = (vm::now(), peer::total_supply(token)?, peer::cap(token)?);
        event::initialized(VERSION, &controller, token, [genesis, length.into()], supply, token_cap);
        Setup { controller, genesis, length }.save();
        let rules = Rules {
            ema_epochs: FIRST_EMA_EPOCHS,
            keeper_bps: FIRST_KEEPER_BPS,
            keeper_ramp: FIRST_KEEPER_RAMP.min(length),
            stale_after: length.saturating_mul(2),
        };
        rules.save(token);
        event::rules_changed(rules.numbers());
        // Epochs before this contract existed are nobody's omission.
        let next_epoch = epoch_at(now, genesis, length).unwrap_or(0);
        let kept = Progress { next_epoch, missed: 0, halted: 0, rate: 0, burn_share: 0, remint_cap: 0, tripped: false };
        kept.save();
        store::save_meter(&Meter { expected: supply, ..Meter::default() });
        let window = Window::new(now, U256::from(supply));
        let gauge = Gauge { year: window, epoch: window, reminted: Reminted::default(), token_cap };
        gauge.save().ok_or_else(|| Error::arithmetic(supply, now))
    }

    /// Takes over the storage of an older version of the same layout.
    fn migrate(&mut self) -> Result<(), Error> {
        let from = proxied::migrate(VERSION, LAYOUT, &[])?;
        event::migrated(from, VERSION);
        Ok(())
    }
}

/// Governance.
impl Minter {
    /// Puts other consumers in place: contracts, all different, used places first, weights above zero that sum to 10,000.
    fn set_consumers(
        &mut self,
        accounts: &[Address; MAX_CONSUMERS],
        weights: [u16; MAX_CONSUMERS],
    ) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        allocation::check(&weights.map(u32::from)).map_err(Error::weights)?;
        let (token, _) = Rules::load();
        let (mut log, mut seen): (Vec<B256>, &[Address]) = (Vec::with_capacity(8), &[]);
        for ((place, account), weight) in (0usize..).zip(accounts).zip(weights) {
            let after_a_gap = place != seen.len();
            if account.is_zero() != (weight == 0) || (after_a_gap && !account.is_zero()) {
                return Err(Error::bad_account(account));
            }
            if account.is_zero() {
                continue;
            }
            if *account == token || *account == vm::this() || seen.contains(account) {
                return Err(Error::bad_account(account));
            }
            if !vm::has_code(account) {
                return Err(Error::without_code(account));
            }
            seen = accounts.get(..place.saturating_add(1)).unwrap_or_default();
        }
        for ((slot, account), weight) in (CONSUMERS..).zip(accounts).zip(weights) {
            store::save(slot, &pack(&account.into_word(), 20, &[2], &[weight.into()]));
            log.push(account.into_word());
        }
        log.extend(weights.iter().map(|weight| word128((*weight).into())));
        event::consumers_changed(&log);
        Ok(())
    }

    /// Puts other rules in place.
    fn set_rules(&mut self, rules: Rules) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        let length = Setup::load().length;
        within(setting::EMA_EPOCHS, rules.ema_epochs.into(), 1, MAX_EMA_EPOCHS.into())?;
        within(setting::KEEPER_BPS, rules.keeper_bps.into(), 0, MAX_KEEPER_BPS.into())?;
        within(setting::KEEPER_RAMP, rules.keeper_ramp.into(), 1, length.into())?;
        within(setting::STALE_AFTER, rules.stale_after.into(), SHORTEST_EPOCH.into(), MAX_STALE_AFTER.into())?;
        rules.save(&Rules::load().0);
        event::rules_changed(rules.numbers());
        Ok(())
    }

    /// Opens the breaker again.
    fn reset_breaker(&mut self) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        let mut progress = Progress::load();
        if !progress.tripped {
            return Err(Error::new(I::MinterNotTripped::SELECTOR, &[vm::sender().into_word()]));
        }
        progress.tripped = false;
        progress.save();
        event::breaker_reset();
        Ok(())
    }
}

/// Views.
impl Minter {
    /// Refuses values of a group that the minter could not live with: outside the hard ranges, a re-mint while nothing is
    /// burned, or, with what is kept of the other group, an epoch of more than its window holds.
    fn check_params(&self, group: u8, values: &[u64]) -> Result<(), Error> {
        let (setup, (token, _), kept) = (Setup::load(), Rules::load(), Progress::load());
        let slots: &[Slot] = match Group::new(group) {
            Some(Group::Emission) => &[EMISSION],
            Some(Group::Equilibrium) => &[BURN, REMINT],
            _ => return Err(Error::numbers(I::MinterUnknownGroup::SELECTOR, &[group.into()])),
        };
        if values.len() != slots.len() {
            return Err(Error::numbers(I::MinterBadCount::SELECTOR, &[group.into(), values.len() as u64]));
        }
        let (mut rate, mut remint_cap, mut burn_share) = (kept.rate, kept.remint_cap, 1);
        for (slot, value) in slots.iter().zip(values) {
            let value = u32::try_from(*value).map_err(|_| Malformed)?;
            peer::in_hard_range(*slot, value)?;
            let field = match *slot {
                EMISSION => &mut rate,
                BURN => &mut burn_share,
                _ => &mut remint_cap,
            };
            *field = value;
        }
        if remint_cap > 0 && burn_share == 0 {
            return Err(Error::numbers(I::MinterRemintWithoutBurn::SELECTOR, &[remint_cap.into()]));
        }
        let supply = peer::total_supply(&token)?;
        let arithmetic = || Error::arithmetic(supply, vm::now());
        let emission = epoch_amount(U256::from(supply), rate, setup.length).map_err(|_| arithmetic())?;
        let remint = scale_down(supply, remint_cap.into(), PPM.into()).map_err(|_| arithmetic())?;
        let amount = emission.checked_add(U256::from(remint)).ok_or_else(arithmetic)?;
        let cap = epoch_window(setup.length).cap(U256::from(supply)).map_err(|_| arithmetic())?;
        if amount > cap {
            return Err(Error::new(I::MinterAboveWindow::SELECTOR, &[amount.into(), cap.into()]));
        }
        Ok(())
    }
}
