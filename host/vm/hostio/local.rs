//! Host functions that touch nothing but the guest; the others are handed to the chain.

use super::{
    guest::{Args, Ending, Request},
    ink,
    machine::Machine,
    math,
};
use crate::{
    params::{keccak_ink, pow_ink, read_ink},
    wasm::HostFn,
};
use alloy_primitives::{B256, U256, keccak256};

/// Result of a host function: nothing or one value.
pub type Value = Option<u64>;

/// Outcome of calling a host function inside the engine.
pub enum Called {
    /// Served.
    Done(Value),
    /// The chain must serve it; the request is in the guest.
    Chain,
}

/// Pays the fixed ink of `function` and runs it, or leaves it to the chain.
pub fn call(function: HostFn, args: Args, machine: &mut Machine<'_>) -> Result<Called, Ending> {
    machine.buy_ink(ink::base(function))?;
    if let Some(value) = run(function, args, machine)? {
        Ok(Called::Done(value))
    } else {
        machine.guest().request = Some(Request { function, args });
        Ok(Called::Chain)
    }
}

#[allow(clippy::too_many_lines)] // one arm per function
fn run(function: HostFn, args: Args, m: &mut Machine<'_>) -> Result<Option<Value>, Ending> {
    use HostFn as F;
    let a = |index| args.u32(index);
    let value = match function {
        F::ReadArgs => {
            let data = m.guest().args.clone();
            m.pay_write(length(data.len())?)?;
            m.output(a(0), &data)?;
            None
        }
        F::WriteResult => {
            m.buy_ink(2 * read_ink(a(1)))?;
            let data = m.read(a(0), a(1))?;
            m.note_arg(&data);
            m.guest().result = data;
            None
        }
        F::ExitEarly => {
            m.note_arg(&a(0).to_be_bytes());
            return Err(Ending::Exit(a(0)));
        }
        F::MsgSender => output(m, a(0), |env| env.sender.to_vec())?,
        F::TxOrigin => output(m, a(0), |env| env.origin.to_vec())?,
        F::ContractAddress => output(m, a(0), |env| env.address.to_vec())?,
        F::BlockCoinbase => output(m, a(0), |env| env.coinbase.to_vec())?,
        F::MsgValue => output(m, a(0), |env| env.value.to_be_bytes_vec())?,
        F::BlockBasefee => output(m, a(0), |env| env.basefee.to_be_bytes_vec())?,
        F::TxGasPrice => output(m, a(0), |env| env.gas_price.to_be_bytes_vec())?,
        F::MsgReentrant => noted32(m, u32::from(m.env().reentrant)),
        F::BlockNumber => noted64(m, m.env().block_number),
        F::BlockTimestamp => noted64(m, m.env().timestamp),
        F::BlockGasLimit => noted64(m, m.env().gas_limit),
        F::Chainid => noted64(m, m.env().chain_id),
        F::EvmGasLeft => noted64(m, m.gas_left()),
        F::EvmInkLeft => noted64(m, m.ink()),
        F::TxInkPrice => noted32(m, m.env().ink_price),
        F::ReturnDataSize => {
            let len = length(m.guest().return_data.len())?;
            noted32(m, len)
        }
        F::ReadReturnData => read_return_data(m, args)?,
        F::NativeKeccak256 => {
            m.buy_ink(keccak_ink(a(1)))?;
            let data = m.read(a(0), a(1))?;
            m.note_arg(&data);
            m.output(a(2), keccak256(&data).as_slice())?;
            None
        }
        F::MathDiv => binary(m, args, |x, y| x.checked_div(y).unwrap_or_default())?,
        F::MathMod => binary(m, args, |x, y| x.checked_rem(y).unwrap_or_default())?,
        F::MathPow => {
            let exponent = m.read_word(a(1))?;
            m.buy_ink(pow_ink(&exponent.0))?;
            let base = m.read_u256(a(0))?;
            let power = base.wrapping_pow(exponent.into());
            m.output(a(0), &power.to_be_bytes::<32>())?;
            None
        }
        F::MathAddMod => ternary(m, args, math::add_mod)?,
        F::MathMulMod => ternary(m, args, math::mul_mod)?,
        F::StorageCacheBytes32 => {
            m.require_gas(2_300 + 10)?;
            let key = m.read_word(a(0))?;
            let value = m.read_word(a(1))?;
            let gas = m.guest().cache.charge_write();
            m.buy_gas(gas)?;
            m.guest().cache.store(key, value);
            None
        }
        F::StorageLoadBytes32 => return load_cached(m, args),
        F::PayForMemoryGrow if args.u16(0) == 0 => {
            m.note_arg(&args.u16(0).to_be_bytes());
            m.buy_ink(ink::HOSTIO)?;
            None
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// A length that fits the guest's address space.
pub fn length(len: usize) -> Result<u32, Ending> {
    u32::try_from(len).map_err(|_| Ending::Failure)
}

#[allow(clippy::unnecessary_wraps)] // the form of every result
fn noted32(m: &mut Machine<'_>, value: u32) -> Value {
    m.note_out(&value.to_be_bytes());
    Some(u64::from(value))
}

#[allow(clippy::unnecessary_wraps)] // the form of every result
fn noted64(m: &mut Machine<'_>, value: u64) -> Value {
    m.note_out(&value.to_be_bytes());
    Some(value)
}

fn output(
    m: &mut Machine<'_>,
    ptr: u32,
    bytes: impl FnOnce(&super::guest::FrameEnv) -> Vec<u8>,
) -> Result<Value, Ending> {
    let bytes = bytes(m.env());
    m.output(ptr, &bytes)?;
    Ok(None)
}

fn binary(m: &mut Machine<'_>, args: Args, op: impl FnOnce(U256, U256) -> U256) -> Result<Value, Ending> {
    let x = m.read_u256(args.u32(0))?;
    let y = m.read_u256(args.u32(1))?;
    m.output(args.u32(0), &op(x, y).to_be_bytes::<32>())?;
    Ok(None)
}

fn ternary(m: &mut Machine<'_>, args: Args, op: impl FnOnce(U256, U256, U256) -> U256) -> Result<Value, Ending> {
    let x = m.read_u256(args.u32(0))?;
    let y = m.read_u256(args.u32(1))?;
    let z = m.read_u256(args.u32(2))?;
    m.output(args.u32(0), &op(x, y, z).to_be_bytes::<32>())?;
    Ok(None)
}

/// The overlap of `len` bytes with `size` bytes from `offset`.
pub fn overlap(len: usize, offset: u32, size: u32) -> std::ops::Range<usize> {
    let start = (offset as usize).min(len);
    let end = start.saturating_add(size as usize).min(len);
    start..end
}

fn read_return_data(m: &mut Machine<'_>, args: Args) -> Result<Value, Ending> {
    let (dest, offset, size) = (args.u32(0), args.u32(1), args.u32(2));
    let data = m.guest().return_data.clone();
    let range = overlap(data.len(), offset, size);
    m.pay_write(length(range.len())?)?;
    m.note_arg(&offset.to_be_bytes());
    m.note_arg(&size.to_be_bytes());
    let copied = length(range.len())?;
    m.output(dest, data.get(range).unwrap_or_default())?;
    Ok(Some(u64::from(copied)))
}

/// Gas of the state lookup behind a cache miss, as it is charged on top of the slot's own price.
pub const fn storage_api_gas(exact: bool) -> u64 {
    // Before ArbOS 32 the ink of the lookup was charged as if it were gas.
    if exact { 5 } else { ink::EVM_API }
}

fn load_cached(m: &mut Machine<'_>, args: Args) -> Result<Option<Value>, Ending> {
    let api = storage_api_gas(m.env().exact_storage_costs);
    m.require_gas(2_100 + 10 + api)?;
    let key = B256::new(m.read_array(args.u32(0))?);
    let Some(value) = m.guest().cache.get(key) else {
        return Ok(None);
    };
    m.note_arg(key.as_slice());
    let gas = m.guest().cache.charge_read();
    m.buy_gas(gas)?;
    m.output(args.u32(1), value.as_slice())?;
    Ok(Some(None))
}
