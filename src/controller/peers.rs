//! What the controller asks of other contracts.
//!
//! *Consumers* are asked about every change of their groups, in the transaction of the change and with the new values:
//! one that could not live with them reverts, and with it the change. *Sources* are the contracts whose figures the
//! breaker watches, read by whoever calls `observe`. Nobody can call back: the calls are static, and the values come with
//! the question.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolError;
use escapement_core::{
    engine::{
        self,
        chain::{MAX_SUPPLY, ONE},
        Readings,
    },
    param::{Group, Slot, ALL_GROUPS},
};
use escapement_kit::{abi, packed::narrow, vm};
use stylus_sdk::function_selector;

use crate::{error::Error, event, now, Controller, IController};

/// Most consumers.
pub const MAX_CONSUMERS: u8 = 8;

/// Slot 3: groups of consumer n in byte n from the low end.
const GROUPS: B256 = B256::with_last_byte(3);
/// Slots 4 to 8: the sources. Zero: not watched.
const SOURCE0: u8 = 4;
/// Slots 9 to 16: the consumers.
const CONSUMER0: u8 = 9;

/// Slot of the source of turnout, the last.
const TURNOUT: u8 = 8;

/// What each source is asked: token, vault, minter, treasury, turnout.
pub(crate) static SOURCES: [[u8; 4]; 5] = [
    function_selector!("totalSupply"),
    function_selector!("totalSupply"),
    function_selector!("totalMinted"),
    function_selector!("freeFunds"),
    function_selector!("turnout"),
];

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

    /// Appends an encoded pair to `out`: the number of a group to its consumers, to others when its halt ends; and the array
    /// of its live values.
    pub(crate) fn tell(&self, out: &mut Vec<u8>, group: u8, consumer: bool) -> Result<(), Error> {
        let (halted_until, book, live) = engine::group_values(self, group)?;
        let first = if consumer { group.into() } else { halted_until };
        for &number in &[first, 64, live.count_ones()] {
            abi::push(out, number.into());
        }
        for slot in Slot::each(live) {
            abi::push(out, book.value(slot).into());
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
            let mut call = function_selector!("checkParams", u8, Vec<u32>).to_vec();
            self.tell(&mut call, group.number(), true)?;
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

    /// For governance: puts a consumer of these groups at `index`, or removes the one there (no groups, the zero address). A new one is
    /// asked about the present values at once.
    pub(crate) fn set_consumer(&mut self, index: u8, consumer: &Address, mask: u8) -> Result<(), Error> {
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

    /// For governance: points at what `observe` reads, by [`SOURCES`]; zero for one that is not watched. What was read of the former ones is
    /// forgotten: the next reading is the first.
    pub(crate) fn set_sources(&mut self, sources: &[Address; SOURCES.len()]) -> Result<(), Error> {
        for (source, slot) in sources.iter().zip(SOURCE0..) {
            if !source.is_zero() && !vm::has_code(source) {
                return Err(bad_source(source));
            }
            vm::save(&B256::with_last_byte(slot), &source.into_word());
        }
        engine::forget(self);
        event::sources_changed(sources);
        Ok(())
    }

    /// What `observe` reads.
    pub(crate) fn sources() -> Vec<u8> {
        let mut out = Vec::new();
        for (_, slot) in SOURCES.iter().zip(SOURCE0..) {
            abi::push_word(&mut out, &vm::load(&B256::with_last_byte(slot)));
        }
        out
    }

    /// Reads every source, and lets the breaker judge them. Returns whether it tripped. A source that fails stops the
    /// whole reading: half of one would let the rest pass unseen.
    pub(crate) fn observe(&mut self) -> Result<bool, Error> {
        let mut figures = [None; SOURCES.len()];
        for ((figure, slot), selector) in figures.iter_mut().zip(SOURCE0..).zip(&SOURCES) {
            let source = Address::from_word(vm::load(&B256::with_last_byte(slot)));
            if !source.is_zero() {
                *figure = Some(read(&source, selector, if slot == TURNOUT { ONE } else { MAX_SUPPLY })?);
            }
        }
        let [supply, staked, minted, treasury, turnout] = figures;
        let supply = supply.ok_or_else(|| bad_source(&Address::ZERO))?;
        Ok(engine::observe(self, now(), &Readings { supply, staked, minted, treasury, turnout })?)
    }
}

/// The one number that `source` answers to `selector`, at most `max`.
#[allow(clippy::trivially_copy_pass_by_ref)] // straight from the table
fn read(source: &Address, selector: &[u8; 4], max: u128) -> Result<u128, Error> {
    let answer = vm::static_call(source, selector).unwrap_or_default();
    let number = B256::try_from(answer.as_slice()).ok().and_then(|word| narrow(&word)).filter(|number| *number <= max);
    number.ok_or_else(|| bad_source(source))
}

/// [`IController::ControllerBadSource`].
fn bad_source(source: &Address) -> Error {
    Error::about(IController::ControllerBadSource::SELECTOR, source, &[])
}
