//! Reading a group of parameters from the controller: what every consumer does when its epoch rolls.

use alloc::vec::Vec;

use alloy_primitives::Address;
use alloy_sol_types::{sol, SolError};

use crate::{abi, vm};

sol! {
    /// The controller failed without a reason. (A reason is passed on as it is.)
    #[derive(Debug)]
    error ParamsCallFailed(address controller, uint8 group);
    /// The controller answered something else than the values of the group.
    #[derive(Debug)]
    error ParamsBadAnswer(address controller, uint8 group, uint256 length);
}

/// A group of parameters as the controller holds it now.
pub struct GroupParams {
    /// The group is halted while block time is below this, seconds.
    pub halted_until: u32,
    /// Values of the live slots, ascending by slot, each in its slot's unit.
    pub values: Vec<u32>,
}

/// Most values that a group can have.
const MAX_VALUES: usize = 32;

/// Selector of `groupParams(uint8)`.
const GROUP_PARAMS: [u8; 4] = stylus_sdk::function_selector!("groupParams", u8);

/// Reads group number `group` from `controller`.
///
/// # Errors
///
/// What the controller reverted with; [`ParamsCallFailed`] if it said nothing; [`ParamsBadAnswer`] unless it answers in
/// the canonical encoding with at least one value. Encoded.
#[inline(never)]
pub fn read(controller: &Address, group: u8) -> Result<GroupParams, Vec<u8>> {
    let mut input = Vec::with_capacity(36);
    input.extend_from_slice(&GROUP_PARAMS);
    abi::push(&mut input, group.into());
    let answer = vm::static_call(controller, &input).map_err(|data| {
        if data.is_empty() {
            failure(ParamsCallFailed::SELECTOR, controller, &[group.into()])
        } else {
            data
        }
    })?;
    let mut reader = abi::Reader::new(&answer);
    let halted_until = reader.u32();
    let values = values(&mut reader);
    if reader.end().is_err() || values.is_empty() {
        return Err(failure(ParamsBadAnswer::SELECTOR, controller, &[group.into(), answer.len() as u64]));
    }
    Ok(GroupParams { halted_until, values })
}

/// Revert data of an error about `controller`.
fn failure(selector: [u8; 4], controller: &Address, numbers: &[u64]) -> Vec<u8> {
    let mut data = abi::error(selector, &[]);
    abi::push_word(&mut data, &controller.into_word());
    for number in numbers {
        abi::push(&mut data, *number);
    }
    data
}

/// Reads the arguments of `checkParams(uint8 group, uint32[] values)`, the controller's question to a consumer: the group
/// and the values it is about to keep, ascending by slot. Nothing read may be used before the reader's `end`.
pub fn question(args: &mut abi::Reader<'_>) -> (u8, Vec<u32>) {
    (args.u8(), values(args))
}

/// Reads an array of parameter values.
fn values(reader: &mut abi::Reader<'_>) -> Vec<u32> {
    let values = reader.uints(MAX_VALUES, u64::from(u32::MAX));
    // Bounded by the reader; the cast keeps each value.
    #[allow(clippy::cast_possible_truncation)]
    values.into_iter().map(|value| value as u32).collect()
}
