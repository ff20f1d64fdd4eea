//! Calls to ERC-20 tokens, foreign ones included: what a token may answer, and what is refused.
//!
//! A mutating call may answer nothing or `true`; `false`, any other answer, and an account without code are refused, and
//! what the token reverted with is passed on. Whether a transfer moved the full amount is for the caller to measure by
//! [`balance_of`] where the token is not its own.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{sol, SolError};
use stylus_sdk::function_selector;

use crate::{abi, vm};

sol! {
    /// The token is an account without code.
    #[derive(Debug)]
    error Erc20WithoutCode(address token);
    /// The token reverted without a reason. (A reason is passed on as it is.)
    #[derive(Debug)]
    error Erc20CallFailed(address token);
    /// The token answered `false`.
    #[derive(Debug)]
    error Erc20Refused(address token);
    /// The token answered something that is neither nothing nor one valid word.
    #[derive(Debug)]
    error Erc20BadAnswer(address token, uint256 length);
}

/// Sends `amount` base units of `token` from this contract to `to`.
///
/// # Errors
///
/// What the token reverted with; [`Erc20CallFailed`], [`Erc20Refused`], [`Erc20BadAnswer`], [`Erc20WithoutCode`]. Encoded.
pub fn transfer(token: &Address, to: &Address, amount: U256) -> Result<(), Vec<u8>> {
    write(token, function_selector!("transfer", Address, U256), &[to.into_word(), amount.into()])
}

/// Sends `amount` base units of `token` from `from`, who has allowed it, to `to`.
///
/// # Errors
///
/// As [`transfer`].
pub fn transfer_from(token: &Address, from: &Address, to: &Address, amount: U256) -> Result<(), Vec<u8>> {
    let selector = function_selector!("transferFrom", Address, Address, U256);
    write(token, selector, &[from.into_word(), to.into_word(), amount.into()])
}

/// Mints `amount` base units of `token` to `to`; this contract must have the right to.
///
/// # Errors
///
/// As [`transfer`].
pub fn mint(token: &Address, to: &Address, amount: U256) -> Result<(), Vec<u8>> {
    write(token, function_selector!("mint", Address, U256), &[to.into_word(), amount.into()])
}

/// Burns `amount` base units of `token` that this contract holds.
///
/// # Errors
///
/// As [`transfer`].
pub fn burn(token: &Address, amount: U256) -> Result<(), Vec<u8>> {
    write(token, function_selector!("burn", U256), &[amount.into()])
}

/// Allows `spender` to take exactly `amount` base units of `token` from this contract.
///
/// Some tokens refuse to replace one allowance by another; allow only what is spent in the same call, and they are fine.
///
/// # Errors
///
/// As [`transfer`].
pub fn approve(token: &Address, spender: &Address, amount: U256) -> Result<(), Vec<u8>> {
    write(token, function_selector!("approve", Address, U256), &[spender.into_word(), amount.into()])
}

/// Returns the base units of `token` that `account` holds.
///
/// # Errors
///
/// What the token reverted with; [`Erc20CallFailed`]; [`Erc20BadAnswer`], also from an account without code. Encoded.
pub fn balance_of(token: &Address, account: &Address) -> Result<U256, Vec<u8>> {
    read(token, function_selector!("balanceOf", Address), &[account.into_word()])
}

/// Returns the base units of `token` in existence.
///
/// # Errors
///
/// As [`balance_of`].
pub fn total_supply(token: &Address) -> Result<U256, Vec<u8>> {
    read(token, function_selector!("totalSupply"), &[])
}

/// Calls a function that changes state and may answer nothing or `true`.
#[inline(never)]
fn write(token: &Address, selector: [u8; 4], arguments: &[B256]) -> Result<(), Vec<u8>> {
    let answer = vm::call(token, &input(selector, arguments)).map_err(|data| failed(token, data))?;
    if answer.is_empty() {
        // A call to an account without code succeeds and answers nothing, too.
        return if vm::has_code(token) { Ok(()) } else { Err(failure(Erc20WithoutCode::SELECTOR, token)) };
    }
    let word = word(token, &answer)?;
    if word.is_zero() {
        return Err(failure(Erc20Refused::SELECTOR, token));
    }
    if word != B256::with_last_byte(1) {
        return Err(bad_answer(token, &answer));
    }
    Ok(())
}

/// Asks for a number.
#[inline(never)]
fn read(token: &Address, selector: [u8; 4], arguments: &[B256]) -> Result<U256, Vec<u8>> {
    let answer = vm::static_call(token, &input(selector, arguments)).map_err(|data| failed(token, data))?;
    word(token, &answer).map(Into::into)
}

/// Calldata.
fn input(selector: [u8; 4], arguments: &[B256]) -> Vec<u8> {
    let mut input = abi::error(selector, &[]);
    for argument in arguments {
        abi::push_word(&mut input, argument);
    }
    input
}

/// The one word of an answer.
fn word(token: &Address, answer: &[u8]) -> Result<B256, Vec<u8>> {
    B256::try_from(answer).map_err(|_| bad_answer(token, answer))
}

/// Revert data for an answer that cannot be read.
fn bad_answer(token: &Address, answer: &[u8]) -> Vec<u8> {
    let mut data = failure(Erc20BadAnswer::SELECTOR, token);
    abi::push(&mut data, answer.len() as u64);
    data
}

/// Revert data for a call that reverted with `data`.
fn failed(token: &Address, data: Vec<u8>) -> Vec<u8> {
    if data.is_empty() {
        failure(Erc20CallFailed::SELECTOR, token)
    } else {
        data
    }
}

/// Revert data of an error whose first argument is the token.
fn failure(selector: [u8; 4], token: &Address) -> Vec<u8> {
    let mut data = abi::error(selector, &[]);
    abi::push_word(&mut data, &token.into_word());
    data
}
