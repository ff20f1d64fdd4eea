//! Activation and keepalive: compile, price, record.

use super::{
    abi::ArbWasm as I,
    frame::{CLEAR_GAS, Call, Done, Fail, READ_GAS, WRITE_GAS, fatal, plain, solidity},
    wasm::active,
};
use crate::{
    Params,
    activation::{FIXED_GAS, compile_gas},
    arbos,
    arbos::Program,
    code::{CodeKind, classify},
    evm::{check_root, load_wasm},
    params::InitCost,
    wasm::{Rules, instrument},
};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use revm::{Database, context_interface::JournalTr};

const FRAGMENT_COLD_GAS: u64 = 2_600;
const FRAGMENT_WARM_GAS: u64 = 100;
const FRAGMENT_WORD_GAS: u64 = 3;

/// Activates the program at `account`. Returns its version and data fee.
pub fn activate<DB: Database>(call: &mut Call<'_, DB>, account: Address) -> Done<(u16, U256)> {
    call.burn(FIXED_GAS)?;
    let version = call.free_params()?;
    if version.has_fragments() {
        call.burn(version.activation_gas)?;
    }
    let codehash = call.codehash(account)?;
    let params = call.params()?;
    call.burn(READ_GAS)?;
    let known = arbos::program(&mut call.ctx.journaled_state, codehash).map_err(fatal)?;
    let time = call.time();
    if known.check(&params, time).is_ok() {
        return Err(solidity(&I::ProgramUpToDate {}, "error ProgramUpToDate()"));
    }
    let wasm = wasm_of(call, &params, account)?;

    // From here on a failure burns everything.
    let failed = |why: &dyn std::fmt::Display| Fail::Burn(format!("program activation failed: {why}"));
    let open = call.ctx.chain.pages.open;
    let module = instrument(&wasm, &Rules::of(&params, open)).map_err(|error| failed(&error))?;
    let (cost, asm_bytes) = InitCost::of(&module.shape).map_err(|error| failed(&error))?;
    call.burn(compile_gas(&params, &module))?;
    let modules = call.ctx.chain.modules.clone();
    modules.insert(&params, codehash, &module.wasm).map_err(|error| failed(&error))?;

    let data_fee = charge_data(call, asm_bytes)?;
    // The module hash word and the record.
    call.burn(2 * WRITE_GAS)?;
    let program = Program {
        version: params.stylus_version,
        cost,
        footprint: module.shape.pages,
        activated_at: Program::hours(time),
        cached: known.cached,
    };
    arbos::set_program(&mut call.ctx.journaled_state, codehash, &program).map_err(fatal)?;
    pay_data_fee(call, data_fee)?;
    call.emit(&I::ProgramActivated {
        codehash,
        moduleHash: module_hash(codehash, params.stylus_version),
        program: account,
        dataFee: data_fee,
        version: params.stylus_version,
    })?;
    Ok((params.stylus_version, data_fee))
}

/// Stands for the hash of the fraud-proof module, which this chain does not build.
fn module_hash(codehash: B256, version: u16) -> B256 {
    keccak256([codehash.as_slice(), &version.to_be_bytes()].concat())
}

/// The wasm of an account's program. Its errors keep the gas left.
fn wasm_of<DB: Database>(call: &mut Call<'_, DB>, params: &Params, account: Address) -> Done<Vec<u8>> {
    let journal = &mut call.ctx.journaled_state;
    let code = journal.code(account).map_err(fatal)?.data;
    let not_wasm = || solidity(&I::ProgramNotWasm {}, "error ProgramNotWasm()");
    let kind = classify(&code, params.has_fragments()).map_err(|error| plain(error.to_string()))?;
    match kind {
        CodeKind::Program { .. } => {}
        CodeKind::Root { decompressed, fragments, .. } => pay_fragments(call, params, decompressed, &fragments)?,
        CodeKind::Evm | CodeKind::Fragment(_) if code.is_empty() || params.has_fragments() => {
            return Err(not_wasm());
        }
        CodeKind::Evm | CodeKind::Fragment(_) => return Err(plain("not a Stylus program")),
    }
    load(call, params, &code)
}

fn load<DB: Database>(call: &mut Call<'_, DB>, params: &Params, code: &Bytes) -> Done<Vec<u8>> {
    load_wasm(&mut call.ctx.journaled_state, params, code).map_err(|error| plain(error.to_string()))
}

/// Pays for reading the fragments: the worst case must be affordable before the first one is looked at.
fn pay_fragments<DB: Database>(
    call: &mut Call<'_, DB>,
    params: &Params,
    decompressed: u32,
    fragments: &[Address],
) -> Done<()> {
    check_root(params, decompressed, fragments.len()).map_err(|error| plain(error.to_string()))?;
    let words = crate::code::MAX_CODE_LEN.div_ceil(32) as u64;
    let worst = (FRAGMENT_COLD_GAS + FRAGMENT_WORD_GAS * words) * fragments.len() as u64;
    if call.left() < worst {
        return Err(Fail::OutOfGas);
    }
    for fragment in fragments {
        let code = call.ctx.journaled_state.code(*fragment).map_err(fatal)?;
        let access = if code.is_cold { FRAGMENT_COLD_GAS } else { FRAGMENT_WARM_GAS };
        let words = code.data.len().div_ceil(32) as u64;
        call.burn(access + FRAGMENT_WORD_GAS * words)?;
    }
    Ok(())
}

/// Extends the activation of a running program.
pub fn keepalive<DB: Database>(call: &mut Call<'_, DB>, codehash: B256) -> Done<()> {
    let (mut program, params) = active(call, codehash)?;
    let time = call.time();
    let age = program.age(time);
    if age < u64::from(params.keepalive_days) * 86_400 {
        let error = I::ProgramKeepaliveTooSoon { ageInSeconds: age };
        let text = format!("error ProgramKeepaliveTooSoon({age})");
        return Err(solidity(&error, text));
    }
    let data_fee = charge_data(call, program.asm_size())?;
    call.burn(WRITE_GAS)?;
    program.activated_at = Program::hours(time);
    arbos::set_program(&mut call.ctx.journaled_state, codehash, &program).map_err(fatal)?;
    pay_data_fee(call, data_fee)?;
    call.emit(&I::ProgramLifetimeExtended { codehash, dataFee: data_fee })
}

/// Adds demand to the data price and returns the fee.
fn charge_data<DB: Database>(call: &mut Call<'_, DB>, bytes: u32) -> Done<U256> {
    // Demand, rate, time, minimum and inertia are a word each; demand and time are written.
    call.burn(5 * READ_GAS)?;
    let time = call.time();
    let mut pricer = arbos::data_pricer(&mut call.ctx.journaled_state).map_err(fatal)?;
    let fee = pricer.charge(bytes, time);
    call.burn(if pricer.demand == 0 { CLEAR_GAS } else { WRITE_GAS })?;
    call.burn(WRITE_GAS)?;
    arbos::set_data_pricer(&mut call.ctx.journaled_state, &pricer).map_err(fatal)?;
    Ok(fee)
}

/// Takes the fee from the value received and moves the rest back, without a call.
fn pay_data_fee<DB: Database>(call: &mut Call<'_, DB>, fee: U256) -> Done<()> {
    let Some(excess) = call.value.checked_sub(fee) else {
        let error = I::ProgramInsufficientValue { have: call.value, want: fee };
        let text = format!("error ProgramInsufficientValue({}, {fee})", call.value);
        return Err(solidity(&error, text));
    };
    let params = call.free_params()?;
    let moves = [(params.network_fee_account, fee), (call.caller, excess)];
    for (to, amount) in moves {
        let journal = &mut call.ctx.journaled_state;
        let refused = journal.transfer(call.address, to, amount).map_err(fatal)?;
        if let Some(error) = refused {
            return Err(plain(format!("moving {amount} wei to {to}: {error:?}")));
        }
    }
    Ok(())
}
