//! `ArbWasmCache`: which programs start at their cached cost.

use super::{
    abi::ArbWasmCache as I,
    arguments,
    frame::{Call, Done, Fail, Purity, READ_GAS, WRITE_GAS, fatal},
};
use crate::{arbos, arbos::ProgramError};
use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use revm::Database;

/// Purity of a method.
pub fn purity(selector: [u8; 4]) -> Option<Purity> {
    match selector {
        I::isCacheManagerCall::SELECTOR | I::allCacheManagersCall::SELECTOR | I::codehashIsCachedCall::SELECTOR => {
            Some(Purity::View)
        }
        I::cacheProgramCall::SELECTOR | I::evictCodehashCall::SELECTOR => Some(Purity::Write),
        _ => None,
    }
}

/// Runs a method.
pub fn dispatch<DB: Database>(call: &mut Call<'_, DB>) -> Done<Vec<u8>> {
    match call.selector {
        I::isCacheManagerCall::SELECTOR => {
            let manager = arguments::<I::isCacheManagerCall, DB>(call)?.manager;
            call.burn(READ_GAS)?;
            let journal = &mut call.ctx.journaled_state;
            let is = arbos::cache_managers().contains(journal, manager).map_err(fatal)?;
            Ok(I::isCacheManagerCall::abi_encode_returns(&is))
        }
        I::allCacheManagersCall::SELECTOR => {
            let journal = &mut call.ctx.journaled_state;
            let all = arbos::cache_managers().all(journal).map_err(fatal)?;
            call.burn(READ_GAS * (1 + all.len() as u64))?;
            Ok(I::allCacheManagersCall::abi_encode_returns(&all))
        }
        I::codehashIsCachedCall::SELECTOR => {
            let codehash = arguments::<I::codehashIsCachedCall, DB>(call)?.codehash;
            call.burn(READ_GAS)?;
            let journal = &mut call.ctx.journaled_state;
            let cached = arbos::program(journal, codehash).map_err(fatal)?.cached;
            Ok(I::codehashIsCachedCall::abi_encode_returns(&cached))
        }
        I::cacheProgramCall::SELECTOR => {
            let account = arguments::<I::cacheProgramCall, DB>(call)?.program;
            authorize(call)?;
            let codehash = call.codehash(account)?;
            set_cached(call, codehash, true)?;
            Ok(Vec::new())
        }
        _ => {
            let codehash = arguments::<I::evictCodehashCall, DB>(call)?.codehash;
            authorize(call)?;
            set_cached(call, codehash, false)?;
            Ok(Vec::new())
        }
    }
}

/// Only cache managers and chain owners; anyone else loses all gas.
fn authorize<DB: Database>(call: &mut Call<'_, DB>) -> Done<()> {
    call.burn(READ_GAS)?;
    let journal = &mut call.ctx.journaled_state;
    if arbos::cache_managers().contains(journal, call.caller).map_err(fatal)? {
        return Ok(());
    }
    call.burn(READ_GAS)?;
    let journal = &mut call.ctx.journaled_state;
    if arbos::owners().contains(journal, call.caller).map_err(fatal)? {
        return Ok(());
    }
    Err(Fail::Burn(format!("{} is neither cache manager nor chain owner", call.caller)))
}

fn set_cached<DB: Database>(call: &mut Call<'_, DB>, codehash: B256, cached: bool) -> Done<()> {
    let params = call.params()?;
    call.burn(READ_GAS)?;
    let mut program = arbos::program(&mut call.ctx.journaled_state, codehash).map_err(fatal)?;
    if cached {
        // Never activated counts as another version here.
        if program.version != params.stylus_version {
            return Err(
                ProgramError::NeedsUpgrade { version: program.version, stylus_version: params.stylus_version }.into()
            );
        }
        program.check(&params, call.time())?;
    }
    if program.cached == cached {
        return Ok(());
    }
    call.emit(&I::UpdateProgramCache { manager: call.caller, codehash, cached })?;
    call.burn(u64::from(program.cost.init))?;
    call.burn(READ_GAS + WRITE_GAS)?;
    program.cached = cached;
    arbos::set_program(&mut call.ctx.journaled_state, codehash, &program).map_err(fatal)
}
