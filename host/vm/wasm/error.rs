//! Why a module is refused.

use crate::params::InitCostError;

/// The reason a module cannot be activated, with the limit it broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WasmError {
    /// Not valid WebAssembly with the features that Stylus allows.
    #[error("invalid wasm: {0}")]
    Invalid(String),
    /// A section that may not appear.
    #[error("unsupported section: {0}")]
    Section(&'static str),
    /// A start function.
    #[error("start functions are not allowed in Stylus programs")]
    Start,
    /// An import that is not a function.
    #[error("unsupported import kind: {module}::{name} is not a function")]
    ImportKind {
        /// Module of the import.
        module: String,
        /// Name of the import.
        name: String,
    },
    /// An import that the host does not have.
    #[error("no such import: {module}::{name}")]
    UnknownImport {
        /// Module of the import.
        module: String,
        /// Name of the import.
        name: String,
    },
    /// An import with a type other than the host function's.
    #[error("bad type of import {module}::{name}: expected {expected}, found {found}")]
    ImportType {
        /// Module of the import.
        module: String,
        /// Name of the import.
        name: String,
        /// The host function's type.
        expected: String,
        /// The module's type.
        found: String,
    },
    /// An import or export whose name is reserved for the instrumentation.
    #[error("name {0} is reserved")]
    Reserved(String),
    /// An export that takes the name of an import.
    #[error("export {0} conflicts with an import of that name")]
    ExportConflict(String),
    /// No `user_entrypoint` function of type `(i32) -> i32`.
    #[error("missing or bad entrypoint: user_entrypoint must be exported with type (i32) -> i32")]
    MissingEntrypoint,
    /// No memory, or one that is not exported as `memory`.
    #[error("missing memory: memory 0 must be defined and exported with name \"memory\"")]
    MissingMemory,
    /// A memory that can grow without the import that pays for it.
    #[error(
        "missing import pay_for_memory_grow: the memory can grow, so the module must import it (is the entrypoint missing?)"
    )]
    MissingMemoryPay,
    /// More of something than allowed.
    #[error("too many {what}: {found} exceeds {limit}")]
    TooMany {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many there may be.
        limit: u64,
    },
    /// Initial memory above the page limit, which open pages of the transaction lower.
    #[error("memory too large: {found} pages exceed the limit of {limit}")]
    Memory {
        /// Initial pages of the module.
        found: u64,
        /// Pages allowed here.
        limit: u64,
    },
    /// A segment that does not fit into its memory or table.
    #[error("{what} segment out of bounds: offset {offset} length {len} exceeds {limit}")]
    Segment {
        /// `data` or `element`.
        what: &'static str,
        /// Constant offset.
        offset: u64,
        /// Length of the segment.
        len: u64,
        /// Initial size of the memory (bytes) or table (entries).
        limit: u64,
    },
    /// A segment form that is not supported.
    #[error("unsupported segment: {0}")]
    SegmentKind(&'static str),
    /// An operator that activation refuses.
    #[error("no implementation for operator {operator} (extension not supported) in function {function}")]
    Operator {
        /// The operator.
        operator: String,
        /// Index of the defined function.
        function: usize,
    },
    /// A start cost that does not fit its field.
    #[error(transparent)]
    InitCost(#[from] InitCostError),
}

impl From<wasmparser::BinaryReaderError> for WasmError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<wasm_encoder::reencode::Error> for WasmError {
    fn from(error: wasm_encoder::reencode::Error) -> Self {
        Self::Invalid(error.to_string())
    }
}

/// Fails when `found` exceeds `limit`.
pub fn limit(what: &'static str, found: u64, limit: u64) -> Result<(), WasmError> {
    if found > limit {
        return Err(WasmError::TooMany { what, found, limit });
    }
    Ok(())
}
