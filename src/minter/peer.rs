//! Calls to the controller and the token, by hand: a selector and words, one word back.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use escapement_core::param::{Group, EMISSION};
use escapement_kit::vm;
use stylus_sdk::function_selector;

use crate::error::{Error, MinterBadAnswer, MinterCallFailed};

/// What the controller says about emission.
pub struct Emission {
    /// ppm of supply per year.
    pub rate: u32,
    /// Emission is halted while block time is below this.
    pub halted_until: u64,
}

/// Asks the controller for the emission rate and for halts of its group or of everything.
pub fn emission(controller: Address) -> Result<Emission, Error> {
    let group = Group::Emission as u64;
    let rate = read_number(controller, function_selector!("param", u8), EMISSION.index() as u64, u64::from(u32::MAX))?;
    let halted_until = read_number(controller, function_selector!("haltedUntil", u8), group, u64::MAX)?;
    // Bounded by the line above; the cast keeps the value.
    #[allow(clippy::cast_possible_truncation)]
    let rate = rate as u32;
    Ok(Emission { rate, halted_until })
}

/// Tokens in existence.
pub fn total_supply(token: Address) -> Result<U256, Error> {
    read(token, &function_selector!("totalSupply"))
}

/// The token's cap.
pub fn cap(token: Address) -> Result<U256, Error> {
    read(token, &function_selector!("cap"))
}

/// Mints.
pub fn mint(token: Address, to: Address, amount: U256) -> Result<(), Error> {
    let mut input = Vec::with_capacity(68);
    input.extend_from_slice(&function_selector!("mint", Address, U256));
    input.extend_from_slice(to.into_word().as_slice());
    input.extend_from_slice(&amount.to_be_bytes::<32>());
    vm::call(&token, &input).map_err(|data| failed(token, data))?;
    Ok(())
}

/// Reads a number of at most `max` that belongs to `id`.
fn read_number(target: Address, selector: [u8; 4], id: u64, max: u64) -> Result<u64, Error> {
    let mut input = Vec::with_capacity(36);
    input.extend_from_slice(&selector);
    input.extend_from_slice(B256::from(U256::from(id)).as_slice());
    let word = read(target, &input)?;
    match u64::try_from(word) {
        Ok(number) if number <= max => Ok(number),
        _ => Err(MinterBadAnswer { target, length: U256::from(32) }.into()),
    }
}

/// Reads one word. A target without code answers nothing, which is refused too.
#[inline(never)]
fn read(target: Address, input: &[u8]) -> Result<U256, Error> {
    let answer = vm::static_call(&target, input).map_err(|data| failed(target, data))?;
    match answer.as_slice().try_into() {
        Ok(word) => Ok(U256::from_be_bytes::<32>(word)),
        Err(_) => Err(MinterBadAnswer { target, length: U256::from(answer.len()) }.into()),
    }
}

/// The error for a call that reverted with `data`.
fn failed(target: Address, data: Vec<u8>) -> Error {
    if data.is_empty() {
        MinterCallFailed { target }.into()
    } else {
        Error::Passed(data)
    }
}
