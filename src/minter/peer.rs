//! Calls to the controller, the token, the consumers and the market, by hand: a selector and words, words back.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::{
    engine,
    param::{Group, Slot, BURN},
};
use escapement_kit::{abi, erc20, params, vm};
use stylus_sdk::function_selector;

use crate::{error::Error, IMinter as I};

/// Most gas that telling a consumer may take: it must not be able to stop the others.
pub const NOTIFY_GAS: u64 = 5_000_000;

/// What the controller says now.
pub struct Params {
    /// ppm of supply per year.
    pub rate: u32,
    /// Emission is halted while block time is below this.
    pub halted_until: u32,
    /// bps of revenue.
    pub burn_share: u32,
    /// ppm of supply per epoch.
    pub remint_cap: u32,
    /// The equilibrium group is halted while block time is below this.
    pub equilibrium_until: u32,
}

/// Reads groups 0 and 3, one call each.
///
/// A burn share outside its hard range is refused, since revenue could not be split by it. What is minted is the breaker's
/// to judge, which does not trust these bounds.
pub fn read_params(controller: &Address) -> Result<Params, Error> {
    let emission = params::read(controller, Group::Emission.number())?;
    let equilibrium = params::read(controller, Group::Equilibrium.number())?;
    let (&[rate], &[burn_share, remint_cap]) = (emission.values.as_slice(), equilibrium.values.as_slice()) else {
        let count = emission.values.len().saturating_add(equilibrium.values.len());
        return Err(Error::bad_answer(controller, U256::from(count)));
    };
    in_hard_range(BURN, burn_share)?;
    Ok(Params {
        rate,
        halted_until: emission.halted_until,
        burn_share,
        remint_cap,
        equilibrium_until: equilibrium.halted_until,
    })
}

/// Refuses a value outside the hard range of its slot.
pub fn in_hard_range(slot: Slot, value: u32) -> Result<(), Error> {
    let (least, most) = slot.hard_range();
    if value < least || value > most {
        let numbers = [slot.number().into(), value.into(), least.into(), most.into()];
        return Err(Error::numbers(I::MinterParamOutOfRange::SELECTOR, &numbers));
    }
    Ok(())
}

/// Returns when the KPIs of the controller's last accepted update were observed, seconds; 0 if there was none.
pub fn observed_at(controller: &Address) -> Result<u32, Error> {
    let selector = function_selector!("words", Vec<u64>);
    let [offset, length, word] =
        ask(controller, selector, &[abi::word(32), abi::word(1), abi::word(engine::key::PROGRESS)])?;
    if (offset, length) != (abi::word(32), abi::word(1)) {
        return Err(Error::bad_answer(controller, length.into()));
    }
    Ok(engine::Progress::unpack(&word.0).observed_at)
}

/// Returns the supply of the token, which fits 128 bits.
pub fn total_supply(token: &Address) -> Result<u128, Error> {
    let supply = erc20::total_supply(token)?;
    u128::try_from(supply).map_err(|_| Error::bad_answer(token, supply))
}

/// Returns the cap of the token, which fits 128 bits.
pub fn cap(token: &Address) -> Result<u128, Error> {
    let [cap] = ask(token, function_selector!("cap"), &[])?;
    number(token, &cap)
}

/// Tells a consumer that `amount` was minted to it; returns whether it booked that.
pub fn notify(consumer: &Address, amount: u128) -> bool {
    vm::call_within(
        consumer,
        &input(function_selector!("notifyReward", U256), &[U256::from(amount).into()]),
        NOTIFY_GAS,
    )
    .is_ok()
}

/// Tells a consumer that `amount` was minted to it, and passes its refusal on.
pub fn notify_or_fail(consumer: &Address, amount: u128) -> Result<(), Error> {
    let input = input(function_selector!("notifyReward", U256), &[U256::from(amount).into()]);
    vm::call(consumer, &input).map_err(|data| failed(consumer, data))?;
    Ok(())
}

/// The two tokens of a market, ours first.
pub fn tokens(pool: &Address) -> Result<[Address; 2], Error> {
    let [token] = ask(pool, function_selector!("token"), &[])?;
    let [quote] = ask(pool, function_selector!("quote"), &[])?;
    Ok([token, quote].map(Address::from_word))
}

/// The reserves of a market, ours first, each of 128 bits at most.
pub fn reserves(pool: &Address) -> Result<[u128; 2], Error> {
    let [token, quote] = ask(pool, function_selector!("reserves"), &[])?;
    Ok([number(pool, &token)?, number(pool, &quote)?])
}

/// The price accumulator of a market, up to now.
pub fn price_cumulative(pool: &Address) -> Result<U256, Error> {
    let [cumulative] = ask(pool, function_selector!("priceCumulative"), &[])?;
    Ok(cumulative.into())
}

/// Sells `amount` of `quote` for at least `least` of the token, paid to this contract.
pub fn swap(pool: &Address, quote: &Address, amount: u128, least: U256) -> Result<(), Error> {
    let selector = function_selector!("swap", Address, U256, U256, Address);
    let words = [quote.into_word(), U256::from(amount).into(), least.into(), vm::this().into_word()];
    vm::call(pool, &input(selector, &words)).map_err(|data| failed(pool, data))?;
    Ok(())
}

/// Asks for exactly `N` words. A target without code answers nothing, which is refused too.
fn ask<const N: usize>(target: &Address, selector: [u8; 4], arguments: &[B256]) -> Result<[B256; N], Error> {
    let mut words = [B256::ZERO; N];
    ask_into(target, selector, arguments, &mut words)?;
    Ok(words)
}

#[inline(never)]
fn ask_into(target: &Address, selector: [u8; 4], arguments: &[B256], words: &mut [B256]) -> Result<(), Error> {
    let answer = vm::static_call(target, &input(selector, arguments)).map_err(|data| failed(target, data))?;
    if answer.len() != words.len().saturating_mul(32) {
        return Err(Error::bad_answer(target, U256::from(answer.len())));
    }
    for (word, bytes) in words.iter_mut().zip(answer.as_chunks().0) {
        *word = B256::new(*bytes);
    }
    Ok(())
}

/// A number of 128 bits at most.
fn number(target: &Address, word: &B256) -> Result<u128, Error> {
    let value = U256::from_be_bytes(word.0);
    u128::try_from(value).map_err(|_| Error::bad_answer(target, value))
}

/// Calldata.
#[inline(never)]
fn input(selector: [u8; 4], arguments: &[B256]) -> Vec<u8> {
    Error::new(selector, arguments).0
}

/// The error for a call that reverted with `data`.
fn failed(target: &Address, data: Vec<u8>) -> Error {
    if data.is_empty() {
        return Error::new(I::MinterCallFailed::SELECTOR, &[target.into_word()]);
    }
    Error(data)
}
