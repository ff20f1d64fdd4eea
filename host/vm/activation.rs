//! What activating a module gives and costs, without a chain.

use crate::{
    Params,
    params::{DataPricer, InitCost, InitCostError},
    wasm::{Instrumented, Rules, WasmError, instrument},
};
use alloy_primitives::U256;

/// Gas that every activation burns.
pub const FIXED_GAS: u64 = 1_659_168;
const GAS_PER_MICROSECOND: u64 = 28;

/// Figures of a module that may be activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramInfo {
    /// Stylus version it is activated for.
    pub version: u16,
    /// Unscaled costs as the record keeps them.
    pub cost: InitCost,
    /// Gas of a first call's start in a block (init and cached part), without memory.
    pub init_gas: u64,
    /// Gas of a start when the program is cached.
    pub cached_gas: u64,
    /// Initial memory in pages.
    pub footprint: u16,
    /// Estimated native code in bytes.
    pub asm_size: u32,
    /// Gas of the activation that follows from the module: the fixed part, the chain's surcharge and compiling. Arguments, state and event come on top.
    pub activation_gas: u64,
    /// Data fee in wei when no other program was activated lately.
    pub data_fee: U256,
    /// Operators after instrumentation.
    pub operators: u64,
}

/// Why a module cannot be activated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActivationError {
    /// A check refuses it.
    #[error(transparent)]
    Wasm(#[from] WasmError),
    /// A cost does not fit its field.
    #[error(transparent)]
    Cost(#[from] InitCostError),
    /// Decompressed length above the limit, in bytes.
    #[error("wasm too large: {found} bytes exceed the limit of {limit}")]
    Size {
        /// Length of the module.
        found: usize,
        /// Largest length allowed.
        limit: u32,
    },
}

/// Makes every check that activation makes on decompressed `wasm`, with no page open, and returns the figures.
///
/// # Errors
/// [`ActivationError`] with the reason of the refusal.
pub fn inspect(wasm: &[u8], params: &Params) -> Result<ProgramInfo, ActivationError> {
    if wasm.len() as u64 > u64::from(params.max_wasm_size) {
        return Err(ActivationError::Size { found: wasm.len(), limit: params.max_wasm_size });
    }
    let module = instrument(wasm, &Rules::of(params, 0))?;
    let (cost, asm_size) = InitCost::of(&module.shape)?;
    let activation_gas = FIXED_GAS + params.activation_gas + compile_gas(params, &module);
    Ok(ProgramInfo {
        version: params.stylus_version,
        cost,
        init_gas: cost.start_gas(params, false),
        cached_gas: cost.cached_gas(params),
        footprint: module.shape.pages,
        asm_size,
        activation_gas,
        // Demand from the start of Stylus has long decayed.
        data_fee: DataPricer::default().charge(asm_size, u64::MAX),
        operators: module.operators,
    })
}

/// Gas of compiling a module: 28 for each estimated microsecond, item by item.
pub(crate) fn compile_gas(params: &Params, module: &Instrumented) -> u64 {
    let shape = &module.shape;
    let mut microseconds = shape.functions * 17_263 / 100_000
        + module.data_bytes * 17_376 / 100_000
        + module.element_bytes * 17_376 / 100_000
        + u64::from(shape.pages) * 2_217
        + module.operators * 535 / 1_000;
    if params.arbos_version >= 32 {
        microseconds += shape.wasm_len * 31_733 / 100_000;
    }
    microseconds * GAS_PER_MICROSECOND
}
