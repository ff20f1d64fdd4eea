//! Epoch emission behind its own breaker.
//!
//! Once an epoch, anybody may roll: the emission of one epoch is minted at the rate kept since the roll before, then
//! the controller's present rate is taken over. A missed epoch is forgone. Two limits stand behind the controller's
//! own bounds and do not ask it: an amount no rate it can hold would reach, and a yearly window; a breach latches the
//! breaker until governance has looked. Behind a transparent proxy. See `README.md`.
// The entrypoint that the SDK generates for wasm has no documentation.
#![cfg_attr(target_arch = "wasm32", allow(missing_docs))]
// The SDK's router calls these functions: it hands arguments over by value and encodes every result.
#![allow(clippy::must_use_candidate, clippy::needless_pass_by_value)]
extern crate alloc;

mod epoch;
mod error;
mod event;
mod peer;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, U256, U32, U64};
use escapement_core::emission::{epoch_at, MintWindow, YEAR};
use escapement_kit::{proxied, vm};
use openzeppelin_stylus::access::ownable_two_step::{IOwnable2Step, Ownable2Step};
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageBool, StorageU256, StorageU32, StorageU64},
};

pub use epoch::Outcome;
pub use error::Error;
use error::{MinterBadEpochLength, MinterInvalidRecipient, MinterNotTripped, MinterWithoutCode};

/// Version of this code; an upgrade must raise it. The features `v2` and `v3` raise it and change nothing else: they
/// are fixtures for the upgrade tests.
pub const VERSION: u64 = if cfg!(feature = "v3") {
    3
} else if cfg!(feature = "v2") {
    2
} else {
    1
};

/// Number of the storage layout below.
pub const LAYOUT: u64 = 1;

/// Shortest epoch, seconds: the sequencer may shift block times by up to an hour.
pub const SHORTEST_EPOCH: u32 = 3_600;

/// The minter's storage, in the proxy. Append only.
#[entrypoint]
#[storage]
pub struct Minter {
    /// Governance: owner and the owner-to-be (slots 0 and 1).
    ownable: Ownable2Step,
    /// Where rate and halts are read (slot 2).
    controller: StorageAddress,
    /// What is minted (slot 3).
    token: StorageAddress,
    /// Who gets it (slot 4).
    recipient: StorageAddress,
    /// Start of epoch 0, seconds since the Unix epoch (slot 4).
    genesis: StorageU64,
    /// Seconds in an epoch (slot 4).
    epoch_length: StorageU32,
    /// First epoch not rolled yet (slot 5).
    next_epoch: StorageU64,
    /// Epochs that nobody rolled (slot 5).
    missed_epochs: StorageU64,
    /// Epochs rolled while the controller halted emission (slot 5).
    halted_epochs: StorageU64,
    /// Rate kept since the last roll, ppm of supply per year (slot 5).
    rate: StorageU32,
    /// Whether the breaker is tripped (slot 5).
    tripped: StorageBool,
    /// Yearly window: level (slot 6).
    window_level: StorageU256,
    /// Yearly window: supply at its start (slot 7).
    window_supply: StorageU256,
    /// Yearly window: its start (slot 8).
    window_started_at: StorageU64,
    /// Yearly window: when the level was written (slot 8).
    window_updated_at: StorageU64,
    /// Minted by this contract since the beginning (slot 9).
    total_minted: StorageU256,
    /// The token's cap, which never changes (slot 10).
    token_cap: StorageU256,
}

#[public]
impl Minter {
    /// Sets the storage up, once, through the proxy: in the proxy's own constructor, so that nobody comes first.
    ///
    /// # Errors
    /// `ProxiedNotThroughProxy`, `ProxiedAlreadyInitialized`; [`Error::InvalidOwner`] for a zero `governance`;
    /// [`Error::WithoutCode`] for a controller or token that is no contract; [`Error::InvalidRecipient`];
    /// [`Error::BadEpochLength`] for an epoch below an hour or above a year; [`Error::BadAnswer`] if the token does not
    /// tell its supply and cap.
    pub fn initialize(
        &mut self,
        governance: Address,
        controller: Address,
        token: Address,
        recipient: Address,
        genesis: u64,
        epoch_length: u32,
    ) -> Result<(), Error> {
        proxied::initialize(VERSION, LAYOUT)?;
        self.ownable.constructor(governance)?;
        for account in [controller, token] {
            if !vm::has_code(&account) {
                return Err(MinterWithoutCode { account }.into());
            }
        }
        if !(SHORTEST_EPOCH..=YEAR).contains(&epoch_length) {
            let (shortest, longest) = (SHORTEST_EPOCH, YEAR);
            return Err(MinterBadEpochLength { length: epoch_length, shortest, longest }.into());
        }
        self.controller.set(controller);
        self.token.set(token);
        self.install_recipient(recipient)?;
        self.genesis.set(U64::from(genesis));
        self.epoch_length.set(U32::from(epoch_length));
        // Epochs before this contract existed are nobody's omission.
        self.next_epoch.set(U64::from(epoch_at(vm::now(), genesis, epoch_length).unwrap_or(0)));
        self.token_cap.set(peer::cap(token)?);
        self.store_window(&MintWindow::new(vm::now(), peer::total_supply(token)?));
        event::initialized(VERSION);
        Ok(())
    }

    /// Raises the version of the storage to that of this code; part of the upgrade's own transaction.
    ///
    /// # Errors
    /// `ProxiedNotThroughProxy`, `ProxiedNotInitialized`, `ProxiedNotNewer`, `ProxiedLayoutMismatch`, and
    /// `ProxiedExpiring` unless the new program has 30 days to live.
    pub fn migrate(&mut self) -> Result<(), Error> {
        let from = proxied::migrate(VERSION, LAYOUT, &[])?;
        event::migrated(from, VERSION);
        Ok(())
    }

    /// Opens the present epoch: mints its emission to the recipient, or records why not, and takes over the
    /// controller's rate for the next one. Open to everyone.
    ///
    /// # Errors
    /// [`Error::TooEarly`] if the epoch is open already or none has begun; [`Error::CallFailed`], [`Error::BadAnswer`]
    /// or their own words if controller or token fail: then nothing is recorded and the roll can be repeated.
    pub fn roll_epoch(&mut self) -> Result<(), Error> {
        let plan = self.plan()?;
        if plan.missed > 0 {
            let missed = self.missed_epochs.get().to::<u64>().saturating_add(plan.missed);
            self.missed_epochs.set(U64::from(missed));
            event::epoch_missed(plan.first, plan.missed);
        }
        let minted = if plan.outcome == Outcome::Minted { plan.amount } else { U256::ZERO };
        match plan.outcome {
            Outcome::Minted => {
                self.store_window(&plan.window);
                // Below the token's cap by the plan, so the sum of all mints stays in 256 bits for any real supply.
                self.total_minted.set(self.total_minted.get().saturating_add(minted));
            }
            Outcome::Halted => {
                let halted = self.halted_epochs.get().to::<u64>().saturating_add(1);
                self.halted_epochs.set(U64::from(halted));
            }
            Outcome::Tripped | Outcome::Capped => {}
        }
        if let Some(trip) = plan.trip {
            self.tripped.set(true);
            event::breaker_tripped(plan.epoch, trip.reason, plan.amount, trip.level, trip.limit);
        }
        let rate = self.rate.get().to();
        self.rate.set(U32::from(plan.next_rate));
        self.next_epoch.set(U64::from(plan.epoch.saturating_add(1)));
        event::epoch_rolled(plan.epoch, plan.outcome as u8, minted, rate, plan.next_rate, plan.supply);
        // Last, with everything written: the token cannot come back into a half-rolled epoch.
        if minted.is_zero() {
            return Ok(());
        }
        peer::mint(self.token.get(), self.recipient.get(), minted)
    }

    /// What a roll would do now: the outcome's number (0 minted, 1 halted, 2 breaker, 3 cap) and the epoch's emission
    /// at the kept rate, base units.
    ///
    /// # Errors
    /// As [`Minter::roll_epoch`].
    pub fn preview(&self) -> Result<(u8, U256), Error> {
        let plan = self.plan()?;
        Ok((plan.outcome as u8, plan.amount))
    }

    /// Opens the breaker again. Only governance.
    ///
    /// # Errors
    /// [`Error::UnauthorizedAccount`], [`Error::NotTripped`].
    pub fn reset_breaker(&mut self) -> Result<(), Error> {
        self.only_governance()?;
        if !self.tripped.get() {
            return Err(MinterNotTripped { caller: vm::sender() }.into());
        }
        self.tripped.set(false);
        event::breaker_reset();
        Ok(())
    }

    /// Sends new tokens to another account from the next roll on. Only governance.
    ///
    /// # Errors
    /// [`Error::UnauthorizedAccount`], [`Error::InvalidRecipient`].
    pub fn set_recipient(&mut self, recipient: Address) -> Result<(), Error> {
        self.only_governance()?;
        self.install_recipient(recipient)
    }

    /// Where rate and halts are read.
    pub fn controller(&self) -> Address {
        self.controller.get()
    }

    /// What is minted.
    pub fn token(&self) -> Address {
        self.token.get()
    }

    /// Who gets it.
    pub fn recipient(&self) -> Address {
        self.recipient.get()
    }

    /// Start of epoch 0, seconds since the Unix epoch.
    pub fn genesis(&self) -> u64 {
        self.genesis.get().to()
    }

    /// Seconds in an epoch.
    pub fn epoch_length(&self) -> u32 {
        self.epoch_length.get().to()
    }

    /// First epoch not rolled yet.
    pub fn next_epoch(&self) -> u64 {
        self.next_epoch.get().to()
    }

    /// When it can be rolled, seconds since the Unix epoch; past times mean now.
    pub fn next_roll_at(&self) -> u64 {
        self.opens_at()
    }

    /// Rate kept since the last roll, ppm of supply per year: the next epoch is minted at it.
    pub fn rate(&self) -> u32 {
        self.rate.get().to()
    }

    /// Epochs that nobody rolled.
    pub fn missed_epochs(&self) -> u64 {
        self.missed_epochs.get().to()
    }

    /// Epochs rolled while the controller halted emission.
    pub fn halted_epochs(&self) -> u64 {
        self.halted_epochs.get().to()
    }

    /// Minted by this contract since the beginning, base units.
    pub fn total_minted(&self) -> U256 {
        self.total_minted.get()
    }

    /// Whether the breaker is tripped.
    pub fn tripped(&self) -> bool {
        self.tripped.get()
    }

    /// The yearly window: level when last written, supply at the window's start (both base units), the start, and when
    /// the level was written. The level falls by one cap (5 % of the supply at the start) a year.
    pub fn mint_window(&self) -> (U256, U256, u64, u64) {
        let window = self.window();
        (window.level, window.base_supply, window.started_at, window.updated_at)
    }

    /// Version of the storage; 0 before `initialize`.
    pub fn version(&self) -> u64 {
        proxied::version()
    }

    /// Number of the storage layout; 0 before `initialize`.
    pub fn layout(&self) -> u64 {
        proxied::layout()
    }

    /// Governance.
    pub fn owner(&self) -> Address {
        self.ownable.owner()
    }

    /// The account that governance was offered to; zero if none.
    pub fn pending_owner(&self) -> Address {
        self.ownable.pending_owner()
    }

    /// Offers governance to `new_owner`, who has to accept it. Only governance.
    ///
    /// # Errors
    /// [`Error::UnauthorizedAccount`].
    pub fn transfer_ownership(&mut self, new_owner: Address) -> Result<(), Error> {
        Ok(self.ownable.transfer_ownership(new_owner)?)
    }

    /// Takes the governance that was offered to the caller.
    ///
    /// # Errors
    /// [`Error::UnauthorizedAccount`] for anybody else.
    pub fn accept_ownership(&mut self) -> Result<(), Error> {
        Ok(self.ownable.accept_ownership()?)
    }
}

impl Minter {
    /// Refuses everybody but governance.
    fn only_governance(&self) -> Result<(), Error> {
        Ok(self.ownable.ownable.only_owner()?)
    }

    /// Puts `recipient` in place of the one before.
    fn install_recipient(&mut self, recipient: Address) -> Result<(), Error> {
        if recipient.is_zero() {
            return Err(MinterInvalidRecipient { recipient }.into());
        }
        event::recipient_changed(self.recipient.get(), recipient);
        self.recipient.set(recipient);
        Ok(())
    }
}
