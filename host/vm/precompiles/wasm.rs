//! `ArbWasm`: activation, keepalive and the views of programs and parameters.

use super::{
    abi::ArbWasm as I,
    activate, arguments,
    frame::{Call, Done, Purity, READ_GAS, fatal},
};
use crate::{Params, arbos, arbos::Program};
use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use revm::Database;

/// Purity of a method that exists at this version.
pub fn purity(selector: [u8; 4], version: u64) -> Option<Purity> {
    match selector {
        I::activateProgramCall::SELECTOR | I::codehashKeepaliveCall::SELECTOR => Some(Purity::Payable),
        I::activationGasCall::SELECTOR if version < 60 => None,
        I::stylusVersionCall::SELECTOR
        | I::codehashVersionCall::SELECTOR
        | I::codehashAsmSizeCall::SELECTOR
        | I::programVersionCall::SELECTOR
        | I::programInitGasCall::SELECTOR
        | I::programMemoryFootprintCall::SELECTOR
        | I::programTimeLeftCall::SELECTOR
        | I::inkPriceCall::SELECTOR
        | I::maxStackDepthCall::SELECTOR
        | I::freePagesCall::SELECTOR
        | I::pageGasCall::SELECTOR
        | I::pageRampCall::SELECTOR
        | I::pageLimitCall::SELECTOR
        | I::minInitGasCall::SELECTOR
        | I::initCostScalarCall::SELECTOR
        | I::expiryDaysCall::SELECTOR
        | I::keepaliveDaysCall::SELECTOR
        | I::blockCacheSizeCall::SELECTOR
        | I::activationGasCall::SELECTOR => Some(Purity::View),
        _ => None,
    }
}

/// Runs a method.
pub fn dispatch<DB: Database>(call: &mut Call<'_, DB>) -> Done<Vec<u8>> {
    match call.selector {
        I::activateProgramCall::SELECTOR => {
            let program = arguments::<I::activateProgramCall, DB>(call)?.program;
            let (version, data_fee) = activate::activate(call, program)?;
            Ok(I::activateProgramCall::abi_encode_returns(&I::activateProgramReturn { version, dataFee: data_fee }))
        }
        I::codehashKeepaliveCall::SELECTOR => {
            let codehash = arguments::<I::codehashKeepaliveCall, DB>(call)?.codehash;
            activate::keepalive(call, codehash)?;
            Ok(Vec::new())
        }
        I::codehashVersionCall::SELECTOR => {
            let codehash = arguments::<I::codehashVersionCall, DB>(call)?.codehash;
            let (program, _) = active(call, codehash)?;
            Ok(I::codehashVersionCall::abi_encode_returns(&program.version))
        }
        I::codehashAsmSizeCall::SELECTOR => {
            let codehash = arguments::<I::codehashAsmSizeCall, DB>(call)?.codehash;
            let (program, _) = active(call, codehash)?;
            Ok(I::codehashAsmSizeCall::abi_encode_returns(&program.asm_size()))
        }
        I::programVersionCall::SELECTOR => {
            let account = arguments::<I::programVersionCall, DB>(call)?.program;
            let codehash = call.codehash(account)?;
            let (program, _) = active(call, codehash)?;
            Ok(I::programVersionCall::abi_encode_returns(&program.version))
        }
        I::programInitGasCall::SELECTOR => {
            let account = arguments::<I::programInitGasCall, DB>(call)?.program;
            let codehash = call.codehash(account)?;
            let (program, params) = active(call, codehash)?;
            let cached = program.cost.cached_gas(&params);
            Ok(I::programInitGasCall::abi_encode_returns(&I::programInitGasReturn {
                gas: program.cost.init_gas(&params).saturating_add(cached),
                gasWhenCached: cached,
            }))
        }
        I::programMemoryFootprintCall::SELECTOR => {
            let account = arguments::<I::programMemoryFootprintCall, DB>(call)?.program;
            let codehash = call.codehash(account)?;
            let (program, _) = active(call, codehash)?;
            Ok(I::programMemoryFootprintCall::abi_encode_returns(&program.footprint))
        }
        I::programTimeLeftCall::SELECTOR => {
            let account = arguments::<I::programTimeLeftCall, DB>(call)?.program;
            let codehash = call.codehash(account)?;
            let (program, params) = active(call, codehash)?;
            let lifetime = u64::from(params.expiry_days) * 86_400;
            let left = lifetime.saturating_sub(program.age(call.time()));
            Ok(I::programTimeLeftCall::abi_encode_returns(&left))
        }
        _ => {
            let params = call.params()?;
            Ok(parameter(call.selector, &params))
        }
    }
}

/// The view of a parameter; the selector has been checked.
fn parameter(selector: [u8; 4], p: &Params) -> Vec<u8> {
    match selector {
        I::inkPriceCall::SELECTOR => I::inkPriceCall::abi_encode_returns(&p.ink_price),
        I::maxStackDepthCall::SELECTOR => I::maxStackDepthCall::abi_encode_returns(&p.max_stack_depth),
        I::freePagesCall::SELECTOR => I::freePagesCall::abi_encode_returns(&p.free_pages),
        I::pageGasCall::SELECTOR => I::pageGasCall::abi_encode_returns(&p.page_gas),
        I::pageRampCall::SELECTOR => I::pageRampCall::abi_encode_returns(&p.page_ramp),
        I::pageLimitCall::SELECTOR => I::pageLimitCall::abi_encode_returns(&p.page_limit),
        I::minInitGasCall::SELECTOR => I::minInitGasCall::abi_encode_returns(&I::minInitGasReturn {
            gas: u64::from(p.min_init_gas) * 128,
            cached: u64::from(p.min_cached_init_gas) * 32,
        }),
        I::initCostScalarCall::SELECTOR => {
            let percent = u64::from(p.init_cost_scalar) * 2;
            I::initCostScalarCall::abi_encode_returns(&percent)
        }
        I::expiryDaysCall::SELECTOR => I::expiryDaysCall::abi_encode_returns(&p.expiry_days),
        I::keepaliveDaysCall::SELECTOR => I::keepaliveDaysCall::abi_encode_returns(&p.keepalive_days),
        I::blockCacheSizeCall::SELECTOR => I::blockCacheSizeCall::abi_encode_returns(&p.block_cache_size),
        I::activationGasCall::SELECTOR => I::activationGasCall::abi_encode_returns(&p.activation_gas),
        _ => I::stylusVersionCall::abi_encode_returns(&p.stylus_version),
    }
}

/// The record of a program that runs now, with the parameters.
pub fn active<DB: Database>(call: &mut Call<'_, DB>, codehash: B256) -> Done<(Program, Params)> {
    let params = call.params()?;
    call.burn(READ_GAS)?;
    let program = arbos::program(&mut call.ctx.journaled_state, codehash).map_err(fatal)?;
    program.check(&params, call.time())?;
    Ok((program, params))
}
