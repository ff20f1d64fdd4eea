//! Compiled modules by code hash, and the engine they belong to.

use crate::{
    hostio::{Guest, link},
    params::Params,
    wasm::{Rules, WasmError, instrument},
};
use alloy_primitives::B256;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use wasmi::{Config, Engine, Linker, Module};

/// Compiled modules are dropped all at once beyond this number.
const MAX_MODULES: usize = 1_024;

/// A module ready to be instantiated, with the host functions it links to.
#[derive(Clone)]
pub struct Compiled {
    /// Module.
    pub module: Module,
    /// Host functions.
    pub linker: Arc<Linker<Guest>>,
    /// Engine of both.
    pub engine: Engine,
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled").finish_non_exhaustive()
    }
}

/// A program that the engine refuses although the checks passed.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The checks refuse it.
    #[error(transparent)]
    Wasm(#[from] WasmError),
    /// The engine refuses it.
    #[error("engine: {0}")]
    Engine(String),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    codehash: B256,
    arbos_version: u64,
    debug: bool,
}

impl Key {
    fn of(params: &Params, codehash: B256) -> Self {
        Self { codehash, arbos_version: params.arbos_version, debug: params.debug }
    }
}

struct Host {
    engine: Engine,
    linker: Arc<Linker<Guest>>,
}

#[derive(Default)]
struct Inner {
    modules: HashMap<Key, Compiled>,
    // One per setting of the flags: multi-value and debug.
    hosts: HashMap<(bool, bool), Host>,
}

/// Compiled modules, shared by all executions of a process.
#[derive(Default)]
pub struct ModuleCache(Mutex<Inner>);

impl fmt::Debug for ModuleCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModuleCache").finish_non_exhaustive()
    }
}

impl ModuleCache {
    /// Number of modules held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().modules.len()
    }

    /// Whether no module is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    // A panic while holding the lock leaves a map that is still good: entries are inserted whole.
    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The module of `codehash`, compiled from what `wasm` yields if it is not here yet.
    pub(crate) fn get<E: From<CompileError>>(
        &self,
        params: &Params,
        codehash: B256,
        wasm: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Compiled, E> {
        let key = Key::of(params, codehash);
        if let Some(compiled) = self.lock().modules.get(&key) {
            return Ok(compiled.clone());
        }
        let wasm = wasm()?;
        let instrumented = instrument(&wasm, &Rules::recompile(params)).map_err(CompileError::from)?;
        Ok(self.insert(params, codehash, &instrumented.wasm)?)
    }

    /// Compiles an instrumented module and keeps it.
    pub(crate) fn insert(
        &self,
        params: &Params,
        codehash: B256,
        instrumented: &[u8],
    ) -> Result<Compiled, CompileError> {
        let compiled = self.compile(params, instrumented)?;
        let mut inner = self.lock();
        if inner.modules.len() >= MAX_MODULES {
            inner.modules.clear();
        }
        inner.modules.insert(Key::of(params, codehash), compiled.clone());
        Ok(compiled)
    }

    fn compile(&self, params: &Params, instrumented: &[u8]) -> Result<Compiled, CompileError> {
        let engine_error = |error: &dyn fmt::Display| CompileError::Engine(error.to_string());
        let (engine, linker) = {
            let mut inner = self.lock();
            let flags = (params.allows_multi_value(), params.debug);
            if let Some(host) = inner.hosts.get(&flags) {
                (host.engine.clone(), host.linker.clone())
            } else {
                let engine = Engine::new(&config(flags.0));
                let linker = link(&engine, flags.1).map_err(|error| engine_error(&error))?;
                let linker = Arc::new(linker);
                let host = Host { engine: engine.clone(), linker: linker.clone() };
                inner.hosts.insert(flags, host);
                (engine, linker)
            }
        };
        let module = Module::new(&engine, instrumented).map_err(|error| engine_error(&error))?;
        Ok(Compiled { module, linker, engine })
    }
}

fn config(multi_value: bool) -> Config {
    let mut config = Config::default();
    // Above the depth that 262,144 stack words allow (43,690 frames): the program's own budget must run out first.
    config
        .set_max_recursion_depth(65_536)
        .set_max_stack_height(16_000_000)
        .wasm_multi_value(multi_value)
        .wasm_reference_types(false)
        .wasm_tail_call(false)
        .wasm_multi_memory(false)
        .wasm_extended_const(false)
        .ignore_custom_sections(true)
        .consume_fuel(false);
    config
}
