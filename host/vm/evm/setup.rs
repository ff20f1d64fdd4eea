//! What a program's frame starts from: constants, instance, ink and stack budget.

use super::{
    chain::{Ctx, OpenFrame},
    program::internal,
};
use crate::{
    Params,
    cache::Compiled,
    hostio::{Exports, FrameEnv, Guest, Machine},
    wasm::{INK_LEFT, INK_STATUS, STACK_LEFT},
};
use alloy_primitives::U256;
use revm::{
    Database,
    context::{Block, Cfg, ContextTr, Host},
    interpreter::CallInputs,
};
use wasmi::{AsContextMut, Instance, Store, Val};

/// Constants of the frame.
pub fn frame_env<DB: Database>(ctx: &Ctx<DB>, params: &Params, inputs: &CallInputs) -> FrameEnv {
    let address = inputs.target_address;
    let own = |frame: &&OpenFrame| frame.acting == address && !frame.delegate;
    FrameEnv {
        address,
        sender: inputs.caller,
        value: inputs.call_value(),
        is_static: inputs.is_static,
        reentrant: ctx.chain.open.iter().filter(own).count() > 1,
        origin: ctx.tx.caller,
        gas_price: ctx.effective_gas_price(),
        coinbase: ctx.block.beneficiary(),
        basefee: U256::from(ctx.block.basefee()),
        block_number: ctx.block.number.saturating_to(),
        timestamp: ctx.block.timestamp.saturating_to(),
        gas_limit: Block::gas_limit(&ctx.block),
        chain_id: ctx.cfg().chain_id(),
        ink_price: params.ink_price,
        exact_storage_costs: params.has_exact_storage_costs(),
        forgets_empty_code: params.forgets_empty_code(),
        flush_burns_all: params.flush_burns_all(),
    }
}

/// A store with the program's instance, ink and stack budget set.
pub fn instantiate<E>(
    compiled: &Compiled,
    guest: Guest,
    gas: u64,
    params: &Params,
) -> Result<(Store<Guest>, Instance), revm::context::ContextError<E>> {
    let mut store = Store::new(&compiled.engine, guest);
    let instance = compiled
        .linker
        .instantiate_and_start(&mut store, &compiled.module)
        .map_err(|error| internal(&format!("instantiation: {error}")))?;
    let global = |name| instance.get_global(&store, name);
    let exports = (instance.get_memory(&store, "memory"), global(INK_LEFT), global(INK_STATUS), global(STACK_LEFT));
    let (Some(memory), Some(ink_left), Some(ink_status), Some(stack_left)) = exports else {
        return Err(internal("an instrumented module lacks an export"));
    };
    let depth = Val::I32(params.max_stack_depth.cast_signed());
    stack_left.set(&mut store, depth).map_err(|error| internal(&format!("stack budget: {error}")))?;
    store.data_mut().exports = Some(Exports { memory, ink_left, ink_status, stack_left });
    if let Some(mut machine) = Machine::new(store.as_context_mut()) {
        // All ones would pass the check of a block that may never run.
        let ink = gas.saturating_mul(u64::from(params.ink_price));
        machine.set_ink(ink.min(u64::MAX - 1));
    }
    Ok((store, instance))
}
