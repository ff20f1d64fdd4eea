//! How a program's frame ends.

use super::program::Activation;
use crate::{
    hostio::{Ending, Guest, Machine, Signal},
    params::evm_memory_cost,
};
use alloy_primitives::Bytes;
use revm::interpreter::{Gas, InstructionResult, InterpreterResult};
use wasmi::{AsContextMut, Store, TrapCode, Val};

/// How the wasm stopped.
pub enum Stopped {
    /// The entry point returned this status.
    Returned(u32),
    /// A wasm trap; or the engine's own stack ran out.
    Trapped {
        /// The engine's stack ran out.
        stack: bool,
    },
    /// A host function ended it.
    Ended(Ending),
}

/// What an engine error means.
pub fn stopped(error: &wasmi::Error) -> Stopped {
    match error.downcast_ref::<Signal>() {
        Some(Signal::End(ending)) => Stopped::Ended(*ending),
        _ => Stopped::Trapped { stack: error.as_trap_code() == Some(TrapCode::StackOverflow) },
    }
}

/// A result that consumes all gas.
pub fn halt(result: InstructionResult, limit: u64) -> InterpreterResult {
    let mut gas = Gas::new(limit);
    gas.spend_all();
    InterpreterResult::new(result, Bytes::new(), gas)
}

/// The result of a stopped program, in the order of the specification: stack, ink, status, failure.
pub fn outcome(program: &mut Activation, stopped: &Stopped, limit: u64) -> InterpreterResult {
    let (stack_left, ink_status, gas_left) = meters(&mut program.store);
    if stack_left == 0 || matches!(stopped, Stopped::Trapped { stack: true }) {
        return halt(InstructionResult::StackOverflow, limit);
    }
    if ink_status != 0 || matches!(stopped, Stopped::Ended(Ending::OutOfInk)) {
        return halt(InstructionResult::OutOfGas, limit);
    }
    let guest = program.store.data_mut();
    let (result, output) = match stopped {
        Stopped::Returned(status) | Stopped::Ended(Ending::Exit(status)) => {
            let result = if *status == 0 { InstructionResult::Return } else { InstructionResult::Revert };
            (result, Bytes::from(std::mem::take(&mut guest.result)))
        }
        _ => (InstructionResult::Revert, Bytes::new()),
    };
    let mut remaining = gas_left;
    if !output.is_empty() {
        // Returning data costs at least what EVM memory for it would.
        let floor = evm_memory_cost(output.len() as u64);
        let Some(most) = program.gas_start.checked_sub(floor) else {
            return halt(InstructionResult::OutOfGas, limit);
        };
        remaining = remaining.min(most);
    }
    let mut gas = Gas::new(limit);
    gas.set_remaining(remaining);
    gas.record_refund(program.refund);
    InterpreterResult::new(result, output, gas)
}

/// Stack words left, ink status and gas left.
fn meters(store: &mut Store<Guest>) -> (u32, u32, u64) {
    let Some(exports) = store.data().exports else {
        return (0, 0, 0);
    };
    let int = |value: Val| match value {
        Val::I32(value) => value.cast_unsigned(),
        _ => 0,
    };
    let stack_left = int(exports.stack_left.get(&*store));
    let ink_status = int(exports.ink_status.get(&*store));
    let gas_left = Machine::new(store.as_context_mut()).map_or(0, |machine| machine.gas_left());
    (stack_left, ink_status, gas_left)
}
