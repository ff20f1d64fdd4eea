//! Connects the host functions to the engine.

use super::{
    guest::{Args, Ending, Guest},
    local::{self, Called},
    machine::Machine,
};
use crate::wasm::{DEBUG_FUNCTIONS, HOST_FUNCTIONS, HostFn, Signature, Ty, VM_HOOKS};
use std::fmt;
use wasmi::{AsContextMut, Engine, Error, F32, F64, FuncType, Linker, Val, ValType, errors::LinkerError};

/// Why the engine stopped inside a host function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The chain must serve the request in the guest; then the program goes on.
    Yield,
    /// The invocation ends.
    End(Ending),
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl wasmi::errors::HostError for Signal {}

/// A linker with all host functions, and those of debug chains if asked for.
pub fn link(engine: &Engine, debug: bool) -> Result<Linker<Guest>, LinkerError> {
    let mut linker = Linker::new(engine);
    for (function, name, signature) in HOST_FUNCTIONS {
        let result = signature.result;
        linker.func_new(VM_HOOKS, name, func_type(signature), move |mut caller, params, results| {
            let args = to_args(params);
            let Some(mut machine) = Machine::new(caller.as_context_mut()) else {
                return Err(Error::host(Signal::End(Ending::Failure)));
            };
            machine.record();
            match local::call(function, args, &mut machine) {
                Ok(Called::Done(value)) => {
                    machine.recorded(name);
                    if let (Some(slot), Some(value)) = (results.first_mut(), to_val(result, value)) {
                        *slot = value;
                    }
                    Ok(())
                }
                Ok(Called::Chain) => Err(Error::host(Signal::Yield)),
                Err(ending) => {
                    machine.recorded(name);
                    Err(Error::host(Signal::End(ending)))
                }
            }
        })?;
    }
    let debug_functions = DEBUG_FUNCTIONS.iter().filter(|_| debug);
    for (module, name, signature) in debug_functions {
        linker.func_new(module, name, func_type(*signature), move |mut caller, params, results| {
            let text = (*name == "log_txt").then(|| {
                let args = to_args(params);
                Machine::new(caller.as_context_mut())
                    .and_then(|mut machine| machine.read(args.u32(0), args.u32(1)).ok())
            });
            if let Some(text) = text.flatten() {
                tracing::info!(target: "stylus", "{}", String::from_utf8_lossy(&text));
            } else {
                tracing::info!(target: "stylus", "{module}.{name}{params:?}");
            }
            if let (Some(slot), Some(value)) = (results.first_mut(), params.first()) {
                *slot = value.clone();
            }
            Ok(())
        })?;
    }
    Ok(linker)
}

fn val_type(ty: Ty) -> ValType {
    match ty {
        Ty::I32 => ValType::I32,
        Ty::I64 => ValType::I64,
        Ty::F32 => ValType::F32,
        Ty::F64 => ValType::F64,
    }
}

fn func_type(signature: Signature) -> FuncType {
    FuncType::new(signature.params.iter().map(|ty| val_type(*ty)), signature.result.map(val_type))
}

fn to_args(params: &[Val]) -> Args {
    let mut args = Args::default();
    for (slot, value) in args.0.iter_mut().zip(params) {
        *slot = match value {
            Val::I32(value) => u64::from(value.cast_unsigned()),
            Val::I64(value) => value.cast_unsigned(),
            _ => 0,
        };
    }
    args
}

/// A result in the type that the function declares.
#[allow(clippy::cast_possible_truncation)] // 32-bit results were widened from 32 bits
pub fn to_val(ty: Option<Ty>, value: Option<u64>) -> Option<Val> {
    let value = value.unwrap_or_default();
    Some(match ty? {
        Ty::I32 => Val::I32((value as u32).cast_signed()),
        Ty::I64 => Val::I64(value.cast_signed()),
        Ty::F32 => Val::F32(F32::from_bits(value as u32)),
        Ty::F64 => Val::F64(F64::from_bits(value)),
    })
}

/// The result values to resume a call of `function` with.
pub fn to_vals(function: HostFn, value: Option<u64>) -> Option<Val> {
    let mut functions = HOST_FUNCTIONS.iter();
    let result = functions.find(|entry| entry.0 == function)?.2.result;
    to_val(result, value)
}

/// Import name of `function`.
pub fn name(function: HostFn) -> &'static str {
    let mut functions = HOST_FUNCTIONS.iter();
    functions.find(|entry| entry.0 == function).map_or("", |entry| entry.1)
}
