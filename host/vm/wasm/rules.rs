//! The version-dependent part of the checks.

use crate::Params;
use wasmparser::WasmFeatures;

/// What the parameters say about modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Functions may return several values.
    pub multi_value: bool,
    /// Imports are counted.
    pub limits_imports: bool,
    /// The console and debug imports exist.
    pub debug: bool,
    /// Largest initial memory in pages.
    pub page_limit: u16,
}

impl Rules {
    /// The rules of activation while `open_pages` are open.
    #[must_use]
    pub fn of(params: &Params, open_pages: u16) -> Self {
        Self {
            multi_value: params.allows_multi_value(),
            limits_imports: params.arbos_version >= 32,
            debug: params.debug,
            page_limit: params.page_limit.saturating_sub(open_pages),
        }
    }

    /// The rules for a program that is active already: limits of activation that a later setting lowered do not apply.
    #[must_use]
    pub fn recompile(params: &Params) -> Self {
        Self { limits_imports: false, page_limit: u16::MAX, ..Self::of(params, 0) }
    }

    /// WebAssembly features a module may use. Floats are types only: the operators are looked at one by one.
    #[must_use]
    pub fn features(&self) -> WasmFeatures {
        let mut features = WasmFeatures::MUTABLE_GLOBAL
            | WasmFeatures::SATURATING_FLOAT_TO_INT
            | WasmFeatures::SIGN_EXTENSION
            | WasmFeatures::BULK_MEMORY_OPT
            | WasmFeatures::FLOATS
            | WasmFeatures::GC_TYPES;
        if self.multi_value {
            features |= WasmFeatures::MULTI_VALUE;
        }
        features
    }
}
