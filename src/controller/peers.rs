//! What the controller asks of other contracts.
//!
//! *Consumers* are asked about every change of their groups, in the transaction of the change and with the new values:
//! one that could not live with them reverts, and with it the change. *Sources* are the token and the vault, read by
//! whoever calls `observe`. Nobody can call back: the calls are static, and the values come with the question.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolError;
use escapement_core::{
    engine,
    param::{Group, Slot, ALL_GROUPS},
};
use escapement_kit::{abi, roles::DEFAULT_ADMIN_ROLE, vm};
use stylus_sdk::function_selector;

use crate::{error::Error, event, now, Controller, IController, ROLES};

/// Most consumers.
pub const MAX_CONSUMERS: u8 = 8;

/// Slot 3: groups of consumer n in byte n from the low end.
const GROUPS: B256 = B256::with_last_byte(3);
/// Slot 4: the token whose supply is watched; slot 5: the vault whose stakes are. Zero: not watched.
const TOKEN: B256 = B256::with_last_byte(4);
const VAULT: B256 = B256::with_last_byte(5);
/// Slots 6 to 13: the consumers.
const CONSUMER0: u8 = 6;

/// Slot of consumer `index`.
fn place(index: u8) -> B256 {
    B256::with_last_byte(CONSUMER0.saturating_add(index))
}

/// The groups of every consumer, by number.
fn groups() -> [u8; MAX_CONSUMERS as usize] {
    let mut masks = [0; MAX_CONSUMERS as usize];
    for (mask, byte) in masks.iter_mut().zip(vm::load(&GROUPS).iter().rev()) {
        *mask = *byte;
    }
    masks
}

impl Controller {
    /// Asks every consumer of `changed` groups whether it can live with their present values.
    pub(crate) fn ask(&self, changed: u8) -> Result<(), Error> {
        if changed == 0 {
            return Ok(());
        }
        for (index, mask) in (0..MAX_CONSUMERS).zip(groups()) {
            self.ask_one(index, mask & changed)?;
        }
        Ok(())
    }

    /// Asks consumer `index` about these groups.
    fn ask_one(&self, index: u8, groups: u8) -> Result<(), Error> {
        if groups == 0 {
            return Ok(());
        }
        let consumer = Address::from_word(vm::load(&place(index)));
        for group in Group::each(groups) {
            let (_, book, live) = engine::group_values(self, group.number())?;
            let mut call = Vec::new();
            call.extend_from_slice(&function_selector!("checkParams", u8, Vec<u32>));
            for number in [group.number().into(), 64, live.count_ones().into()] {
                abi::push(&mut call, number);
            }
            for slot in Slot::each(live) {
                abi::push(&mut call, book.value(slot).into());
            }
            vm::static_call(&consumer, &call).map_err(|data| {
                // A reason is passed on as it is; silence gets one.
                if data.is_empty() {
                    let selector = IController::ControllerConsumerFailed::SELECTOR;
                    Error::about(selector, &consumer, &[group.number().into()])
                } else {
                    Error(data)
                }
            })?;
        }
        Ok(())
    }

    /// Puts a consumer of these groups at `index`, or removes the one there (no groups, the zero address). A new one is
    /// asked about the present values at once.
    pub(crate) fn set_consumer(&mut self, index: u8, consumer: &Address, mask: u8) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        let fits = if mask == 0 { consumer.is_zero() } else { vm::has_code(consumer) };
        if index >= MAX_CONSUMERS || mask & !ALL_GROUPS != 0 || !fits {
            let selector = IController::ControllerBadConsumer::SELECTOR;
            return Err(Error::about(selector, consumer, &[index.into(), mask.into()]));
        }
        let mut masks = vm::load(&GROUPS);
        if let Some(byte) = masks.iter_mut().rev().nth(index.into()) {
            *byte = mask;
        }
        vm::save(&GROUPS, &masks);
        vm::save(&place(index), &consumer.into_word());
        event::consumer_changed(index, consumer, mask);
        self.ask_one(index, mask)
    }

    /// The consumer at `index` and the mask of its groups.
    pub(crate) fn consumer(index: u8) -> Vec<u8> {
        let mask = groups().get(usize::from(index)).copied().unwrap_or(0);
        let consumer = if mask == 0 { B256::ZERO } else { vm::load(&place(index)) };
        let mut out = consumer.to_vec();
        abi::push(&mut out, mask.into());
        out
    }

    /// Points at the token and the vault that `observe` reads; zero for one that is not watched.
    pub(crate) fn set_sources(&mut self, token: &Address, vault: &Address) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        for source in [token, vault] {
            if !source.is_zero() && !vm::has_code(source) {
                return Err(Error::about(IController::ControllerBadSource::SELECTOR, source, &[]));
            }
        }
        vm::save(&TOKEN, &token.into_word());
        vm::save(&VAULT, &vault.into_word());
        event::sources_changed(token, vault);
        Ok(())
    }

    /// Token and vault.
    pub(crate) fn sources() -> Vec<u8> {
        [vm::load(&TOKEN).0, vm::load(&VAULT).0].concat()
    }

    /// Reads supply and stakes, and lets the breaker judge them. Returns whether it tripped.
    pub(crate) fn observe(&mut self) -> Result<bool, Error> {
        let token = Address::from_word(vm::load(&TOKEN));
        let vault = Address::from_word(vm::load(&VAULT));
        let supply = total_supply(&token)?;
        let staked = if vault.is_zero() { None } else { Some(total_supply(&vault)?) };
        Ok(engine::observe(self, now(), supply, staked)?)
    }
}

/// `totalSupply()` of a token or of a vault's receipts, base units.
fn total_supply(source: &Address) -> Result<u128, Error> {
    let answer = if source.is_zero() {
        Vec::new()
    } else {
        vm::static_call(source, &function_selector!("totalSupply")).unwrap_or_default()
    };
    let word: Option<&[u8; 32]> = answer.as_slice().try_into().ok();
    let number = word.and_then(|word| word.split_first_chunk()).and_then(|(zeros, low)| {
        let low = u128::from_be_bytes(*low.first_chunk()?);
        (*zeros == [0; 16] && low <= engine::chain::MAX_SUPPLY).then_some(low)
    });
    number.ok_or_else(|| Error::about(IController::ControllerBadSource::SELECTOR, source, &[]))
}
