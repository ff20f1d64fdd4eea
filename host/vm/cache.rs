//! Compiled modules by code hash.

/// Compiled modules, shared by all executions of a process.
#[derive(Debug, Default)]
pub struct ModuleCache {}
