//! Host functions that need the chain's state.

use super::{
    calls::{self, Pending},
    chain::Ctx,
};
use crate::{
    arbos,
    hostio::{Args, Ending, Guest, Machine, Request, Value, local},
    params::read_ink,
    wasm::HostFn,
};
use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256};
use revm::{
    Database,
    context::{Cfg, ContextTr},
    context_interface::JournalTr,
    interpreter::FrameInput,
};
use wasmi::{AsContextMut, Store};

/// What serving a request leads to.
pub enum Served {
    /// The program goes on with this result.
    Done(Value),
    /// A child frame runs first.
    Call(FrameInput, Pending),
}

/// Why a request was not served.
pub enum Stop<E> {
    /// The invocation ends.
    End(Ending),
    /// The database failed.
    Db(E),
}

impl<E> From<Ending> for Stop<E> {
    fn from(ending: Ending) -> Self {
        Self::End(ending)
    }
}

/// Result of serving.
pub type Serve<T, E> = Result<T, Stop<E>>;

const COLD_ACCOUNT_GAS: u64 = 2_600;
const COLD_SLOT_GAS: u64 = 2_100;
const WARM_GAS: u64 = 100;
const CODE_READ_GAS: u64 = 700;

/// Serves the request of a guest.
pub fn serve<DB: Database>(
    ctx: &mut Ctx<DB>,
    store: &mut Store<Guest>,
    refund: &mut i64,
    request: Request,
) -> Serve<Served, DB::Error> {
    use HostFn as F;
    let Request { function, args } = request;
    let mut machine = Machine::new(store.as_context_mut()).ok_or(Ending::Failure)?;
    let m = &mut machine;
    let value = match function {
        F::StorageLoadBytes32 => load(ctx, m, args)?,
        F::StorageFlushCache => flush(ctx, m, refund, args)?,
        F::TransientLoadBytes32 => transient_load(ctx, m, args)?,
        F::TransientStoreBytes32 => transient_store(ctx, m, args)?,
        F::EmitLog => log(ctx, m, args)?,
        F::AccountBalance => balance(ctx, m, args)?,
        F::AccountCodehash => codehash(ctx, m, args)?,
        F::AccountCodeSize => {
            let code = code(ctx, m, args.u32(0))?;
            let len = local::length(code.len())?;
            m.note_out(&len.to_be_bytes());
            Some(u64::from(len))
        }
        F::AccountCode => account_code(ctx, m, args)?,
        F::PayForMemoryGrow => grow(ctx, m, args)?,
        F::CallContract | F::DelegateCallContract | F::StaticCallContract => {
            return calls::call(ctx, m, function, args);
        }
        F::Create1 | F::Create2 => return calls::create::<DB>(m, function, args),
        // All others are served inside the engine.
        _ => return Err(Ending::Failure.into()),
    };
    Ok(Served::Done(value))
}

fn load<DB: Database>(ctx: &mut Ctx<DB>, m: &mut Machine<'_>, args: Args) -> Serve<Value, DB::Error> {
    let key = m.read_word(args.u32(0))?;
    let address = m.env().address;
    let slot = ctx.journaled_state.sload(address, key.into()).map_err(Stop::Db)?;
    let access = if slot.is_cold { COLD_SLOT_GAS } else { WARM_GAS };
    let api = local::storage_api_gas(m.env().exact_storage_costs);
    let tier = m.guest().cache.charge_read();
    m.buy_gas(tier + access + api)?;
    let value = B256::from(slot.data);
    m.guest().cache.load(key, value);
    m.output(args.u32(1), value.as_slice())?;
    Ok(None)
}

fn flush<DB: Database>(
    ctx: &mut Ctx<DB>,
    m: &mut Machine<'_>,
    refund: &mut i64,
    args: Args,
) -> Serve<Value, DB::Error> {
    let clear = args.u32(0) != 0;
    m.note_arg(&[u8::from(clear)]);
    m.require_gas(2_300)?;
    let dirty = m.guest().cache.flush(clear);
    if dirty.is_empty() {
        return Ok(None);
    }
    let env = m.env().clone();
    if env.is_static {
        return Err(Ending::Failure.into());
    }
    let mut left = m.gas_left();
    let mut spent = 0;
    for (key, value) in dirty {
        let (key, value) = (U256::from_be_bytes(key.0), U256::from_be_bytes(value.0));
        let stored = ctx.journaled_state.sstore(env.address, key, value).map_err(Stop::Db)?;
        let prices = ctx.cfg().gas_params();
        let cost =
            prices.sstore_static_gas().saturating_add(prices.sstore_dynamic_gas(true, &stored.data, stored.is_cold));
        *refund += prices.sstore_refund(true, &stored.data);
        if env.exact_storage_costs {
            let Some(rest) = left.checked_sub(cost) else {
                let ending = if env.flush_burns_all { Ending::OutOfInk } else { Ending::Failure };
                return Err(ending.into());
            };
            left = rest;
            spent += cost;
        }
    }
    m.buy_gas(spent)?;
    Ok(None)
}

fn transient_load<DB: Database>(ctx: &mut Ctx<DB>, m: &mut Machine<'_>, args: Args) -> Serve<Value, DB::Error> {
    let key = m.read_u256(args.u32(0))?;
    m.buy_gas(WARM_GAS)?;
    let value = ctx.journaled_state.tload(m.env().address, key);
    m.output(args.u32(1), &value.to_be_bytes::<32>())?;
    Ok(None)
}

fn transient_store<DB: Database>(ctx: &mut Ctx<DB>, m: &mut Machine<'_>, args: Args) -> Serve<Value, DB::Error> {
    let key = m.read_u256(args.u32(0))?;
    let value = m.read_u256(args.u32(1))?;
    m.buy_gas(WARM_GAS)?;
    if m.env().is_static {
        return Err(Ending::Failure.into());
    }
    ctx.journaled_state.tstore(m.env().address, key, value);
    Ok(None)
}

fn log<DB: Database>(ctx: &mut Ctx<DB>, m: &mut Machine<'_>, args: Args) -> Serve<Value, DB::Error> {
    let (ptr, len, topics) = (args.u32(0), args.u32(1), args.u32(2));
    if topics > 4 || len < topics * 32 {
        return Err(Ending::Failure.into());
    }
    m.buy_ink(read_ink(len))?;
    let data_len = u64::from(len - topics * 32);
    m.buy_gas(375 * (1 + u64::from(topics)) + 8 * data_len)?;
    let bytes = m.read(ptr, len)?;
    m.note_arg(&topics.to_be_bytes());
    m.note_arg(&bytes);
    if m.env().is_static {
        return Err(Ending::Failure.into());
    }
    let (words, data) = bytes.split_at((topics * 32) as usize);
    let topics = words.as_chunks::<32>().0.iter().map(B256::from).collect();
    ctx.journaled_state
        .log(Log { address: m.env().address, data: LogData::new_unchecked(topics, Bytes::copy_from_slice(data)) });
    Ok(None)
}

const fn account_gas(cold: bool) -> u64 {
    if cold { COLD_ACCOUNT_GAS } else { WARM_GAS }
}

fn balance<DB: Database>(ctx: &mut Ctx<DB>, m: &mut Machine<'_>, args: Args) -> Serve<Value, DB::Error> {
    m.require_gas(COLD_ACCOUNT_GAS)?;
    let address = m.read_address(args.u32(0))?;
    let account = ctx.journaled_state.load_account(address).map_err(Stop::Db)?;
    let (balance, cold) = (account.data.info.balance, account.is_cold);
    m.buy_gas(account_gas(cold))?;
    m.output(args.u32(1), &balance.to_be_bytes::<32>())?;
    Ok(None)
}

fn codehash<DB: Database>(ctx: &mut Ctx<DB>, m: &mut Machine<'_>, args: Args) -> Serve<Value, DB::Error> {
    m.require_gas(COLD_ACCOUNT_GAS)?;
    let address = m.read_address(args.u32(0))?;
    let hash = ctx.journaled_state.code_hash(address).map_err(Stop::Db)?;
    m.buy_gas(account_gas(hash.is_cold))?;
    m.output(args.u32(1), hash.data.as_slice())?;
    Ok(None)
}

/// Code of the account at `ptr`, charged unless it is the one asked for last.
fn code<DB: Database>(ctx: &mut Ctx<DB>, m: &mut Machine<'_>, ptr: u32) -> Serve<Bytes, DB::Error> {
    m.require_gas(COLD_ACCOUNT_GAS)?;
    let address = m.read_address(ptr)?;
    if let Some(code) = remembered(m, address) {
        return Ok(code);
    }
    let code = ctx.journaled_state.code(address).map_err(Stop::Db)?;
    m.buy_gas(account_gas(code.is_cold) + CODE_READ_GAS)?;
    m.guest().last_code = Some((address, code.data.clone()));
    Ok(code.data)
}

fn remembered(m: &mut Machine<'_>, address: Address) -> Option<Bytes> {
    let forgets = m.env().forgets_empty_code;
    let (last, code) = m.guest().last_code.as_ref()?;
    let valid = *last == address && !(forgets && code.is_empty());
    valid.then(|| code.clone())
}

fn account_code<DB: Database>(ctx: &mut Ctx<DB>, m: &mut Machine<'_>, args: Args) -> Serve<Value, DB::Error> {
    let code = code(ctx, m, args.u32(0))?;
    m.note_arg(&args.u32(1).to_be_bytes());
    m.note_arg(&args.u32(2).to_be_bytes());
    // The whole code is paid for, however little of it is copied.
    m.pay_write(local::length(code.len())?)?;
    let range = local::overlap(code.len(), args.u32(1), args.u32(2));
    let copied = local::length(range.len())?;
    m.output(args.u32(3), code.get(range).unwrap_or_default())?;
    Ok(Some(u64::from(copied)))
}

fn grow<DB: Database>(ctx: &mut Ctx<DB>, m: &mut Machine<'_>, args: Args) -> Serve<Value, DB::Error> {
    let pages = args.u16(0);
    m.note_arg(&pages.to_be_bytes());
    let base = ctx.chain.params.clone().unwrap_or_default();
    let params = arbos::effective(&mut ctx.journaled_state, &base).map_err(Stop::Db)?;
    let gas = ctx.chain.pages.cost(&params, pages);
    m.buy_gas(gas)?;
    ctx.chain.pages.grow(pages);
    Ok(None)
}
