//! Calls and creates that programs make.

use super::{
    chain::Ctx,
    serve::{Serve, Served, Stop},
};
use crate::{
    hostio::{Args, Ending, Guest, Machine, Value},
    params::read_ink,
    wasm::HostFn,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use revm::{
    Database,
    bytecode::Bytecode,
    context_interface::{CreateScheme, JournalTr},
    handler::FrameResult,
    interpreter::{CallInput, CallInputs, CallScheme, CallValue, CreateInputs, FrameInput},
};
use wasmi::{AsContextMut, Store};

const CALL_STIPEND: u64 = 2_300;
const CALL_VALUE_GAS: u64 = 9_000;
const NEW_ACCOUNT_GAS: u64 = 25_000;
const COLD_ACCOUNT_GAS: u64 = 2_500;
const WARM_GAS: u64 = 100;
const CREATE_GAS: u64 = 32_000;
const CREATE2_WORD_GAS: u64 = 6;

/// A call or create that is out: what its result is charged against, and where the guest wants it.
#[derive(Clone, Copy, Debug)]
pub enum Pending {
    /// A call.
    Call {
        /// Gas of the call itself.
        base: u64,
        /// Gas given to the callee.
        forwarded: u64,
        /// Guest pointer for the length of the return data.
        len_ptr: u32,
    },
    /// A create.
    Create {
        /// Gas of the create itself.
        base: u64,
        /// Gas given to the init code.
        forwarded: u64,
        /// Guest pointer for the new address.
        address_ptr: u32,
        /// Guest pointer for the length of the revert data.
        len_ptr: u32,
    },
}

impl Pending {
    /// Charges the guest for what the child used and hands it the result.
    pub fn settle(self, child: FrameResult, store: &mut Store<Guest>, refund: &mut i64) -> Result<Value, Ending> {
        let result = child.interpreter_result().clone();
        let ok = result.result.is_ok();
        let returned = if result.result.is_ok_or_revert() { result.gas.remaining() } else { 0 };
        if ok {
            *refund += result.gas.refunded();
        }
        let mut m = Machine::new(store.as_context_mut()).ok_or(Ending::Failure)?;
        match self {
            Self::Call { base, forwarded, len_ptr } => {
                let cost = base.saturating_add(forwarded.saturating_sub(returned));
                let data = if result.result.is_ok_or_revert() { result.output } else { Bytes::new() };
                finish_call(&mut m, cost, data, len_ptr, ok)
            }
            Self::Create { base, forwarded, address_ptr, len_ptr } => {
                let cost = base.saturating_add(forwarded.saturating_sub(returned));
                let reverted = result.result == revm::interpreter::InstructionResult::Revert;
                let data = if reverted { result.output } else { Bytes::new() };
                let address = match child {
                    FrameResult::Create(outcome) if ok => outcome.address.unwrap_or_default(),
                    _ => Address::ZERO,
                };
                m.buy_gas(cost)?;
                m.write_len(len_ptr, data.len())?;
                m.output(address_ptr, address.as_slice())?;
                m.guest().return_data = data;
                Ok(None)
            }
        }
    }
}

/// Result of a call as the guest sees it: zero, or two for any failure.
fn finish_call(m: &mut Machine<'_>, cost: u64, data: Bytes, len_ptr: u32, ok: bool) -> Result<Value, Ending> {
    m.buy_gas(cost)?;
    m.write_len(len_ptr, data.len())?;
    m.guest().return_data = data;
    let status = if ok { 0u8 } else { 2 };
    m.note_out(&[status]);
    Ok(Some(u64::from(status)))
}

/// Gas that a frame with `left` may forward.
fn all_but_one_64th(left: u64) -> u64 {
    left - left / 64
}

/// Serves `call_contract`, `delegate_call_contract` and `static_call_contract`.
pub fn call<DB: Database>(
    ctx: &mut Ctx<DB>,
    m: &mut Machine<'_>,
    function: HostFn,
    args: Args,
) -> Serve<Served, DB::Error> {
    let (data_ptr, len) = (args.u32(1), args.u32(2));
    let has_value = function == HostFn::CallContract;
    let (gas, len_ptr) = if has_value { (args.u64(4), args.u32(5)) } else { (args.u64(3), args.u32(4)) };
    m.buy_ink(2 * read_ink(len))?;
    let target = m.read_address(args.u32(0))?;
    let data = m.read(data_ptr, len)?;
    m.note_arg(&gas.to_be_bytes());
    let value = if has_value { m.read_u256(args.u32(3))? } else { U256::ZERO };
    m.note_arg(&data);
    if let Some(recording) = &mut m.guest().recording {
        recording.address = Some(target);
    }

    let env = m.env().clone();
    if env.is_static && !value.is_zero() {
        return Ok(Served::Done(finish_call(m, 0, Bytes::new(), len_ptr, false)?));
    }
    let left = m.gas_left();
    let (known_bytecode, cold, empty) = load_code(ctx, target)?;
    let mut base = WARM_GAS;
    if cold {
        base += COLD_ACCOUNT_GAS;
    }
    if !value.is_zero() {
        base += CALL_VALUE_GAS;
        if empty {
            base += NEW_ACCOUNT_GAS;
        }
    }
    let Some(after_base) = left.checked_sub(base) else {
        return Ok(Served::Done(finish_call(m, left, Bytes::new(), len_ptr, false)?));
    };
    let mut forwarded = gas.min(all_but_one_64th(after_base));
    if !value.is_zero() {
        forwarded = forwarded.saturating_add(CALL_STIPEND);
    }
    let (scheme, caller, target_address, call_value) = match function {
        HostFn::DelegateCallContract => {
            (CallScheme::DelegateCall, env.sender, env.address, CallValue::Apparent(env.value))
        }
        HostFn::StaticCallContract => (CallScheme::StaticCall, env.address, target, CallValue::Transfer(U256::ZERO)),
        _ => (CallScheme::Call, env.address, target, CallValue::Transfer(value)),
    };
    let inputs = CallInputs {
        input: CallInput::Bytes(data.into()),
        return_memory_offset: 0..0,
        gas_limit: forwarded,
        reservoir: 0,
        bytecode_address: target,
        known_bytecode,
        target_address,
        caller,
        value: call_value,
        scheme,
        is_static: env.is_static || scheme == CallScheme::StaticCall,
        charged_new_account_state_gas: false,
    };
    let pending = Pending::Call { base, forwarded, len_ptr };
    Ok(Served::Call(FrameInput::Call(Box::new(inputs)), pending))
}

/// Code of a call target with its hash, following a delegation; whether the target was cold; whether it is empty.
#[allow(clippy::type_complexity)] // the pair is revm's
fn load_code<DB: Database>(ctx: &mut Ctx<DB>, target: Address) -> Serve<((B256, Bytecode), bool, bool), DB::Error> {
    let journal = &mut ctx.journaled_state;
    let load = journal.load_account_with_code(target).map_err(Stop::Db)?;
    let (cold, empty) = (load.is_cold, load.data.info.is_empty());
    let mut info = load.data.info.clone();
    if let Some(delegate) = info.code.as_ref().and_then(Bytecode::eip7702_address) {
        let load = journal.load_account_with_code(delegate).map_err(Stop::Db)?;
        info = load.data.info.clone();
    }
    let hash = info.code_hash();
    Ok(((hash, info.code.unwrap_or_default()), cold, empty))
}

/// Serves `create1` and `create2`.
pub fn create<DB: Database>(m: &mut Machine<'_>, function: HostFn, args: Args) -> Serve<Served, DB::Error> {
    let (code_ptr, len) = (args.u32(0), args.u32(1));
    m.buy_ink(2 * read_ink(len))?;
    let code = m.read(code_ptr, len)?;
    let endowment = m.read_u256(args.u32(2))?;
    let (scheme, address_ptr, len_ptr, mut base) = if function == HostFn::Create2 {
        let salt = m.read_u256(args.u32(3))?;
        let words = u64::from(len.div_ceil(32));
        let scheme = CreateScheme::Create2 { salt };
        (scheme, args.u32(4), args.u32(5), CREATE2_WORD_GAS * words)
    } else {
        (CreateScheme::Create, args.u32(3), args.u32(4), 0)
    };
    base += CREATE_GAS;
    m.note_arg(&code);
    if m.env().is_static {
        return Err(Ending::Failure.into());
    }
    let after_base = m.gas_left().checked_sub(base).ok_or(Ending::Failure)?;
    let forwarded = all_but_one_64th(after_base);
    let inputs = CreateInputs::new(m.env().address, scheme, endowment, code.into(), forwarded, 0);
    let pending = Pending::Create { base, forwarded, address_ptr, len_ptr };
    Ok(Served::Call(FrameInput::Create(Box::new(inputs)), pending))
}
