//! The Stylus virtual machine on revm and wasmi: activation, ink, host functions, `ArbOS` precompiles.
//!
//! [`transact`] runs one transaction or call on any revm [`Database`](revm::Database). All `ArbOS` state (program records, cache
//! flags, owners, parameters changed at run time) lives in the storage of [`ARBOS_STATE`], so reverts, snapshots and state
//! overrides of the caller's database cover it.

mod activation;
mod arbos;
mod cache;
pub mod code;
mod context;
mod evm;
mod genesis;
mod hostio;
mod outcome;
mod params;
mod precompiles;
mod recent;
#[cfg(test)]
mod testing;
mod trace;
mod wasm;

pub use activation::{ActivationError, ProgramInfo, inspect};
pub use cache::ModuleCache;
pub use context::{BlockContext, CallOptions};
pub use evm::transact;
pub use genesis::{ARBOS_STATE, CACHE_MANAGER, CREATE2_DEPLOYER, GenesisAccount, STYLUS_DEPLOYER, genesis_accounts};
pub use outcome::{Outcome, Status, TransactError};
pub use params::{InitCost, ModuleShape, Params, Profile, UnknownProfile, UnsupportedVersion};
pub use precompiles::{ARB_DEBUG, ARB_INFO, ARB_OWNER, ARB_OWNER_PUBLIC, ARB_SYS, ARB_WASM, ARB_WASM_CACHE, ArbWasm};
pub use recent::RecentPrograms;
pub use trace::{CallFrame, FrameKind, FrameLog, HostCall, TRACE_LIMIT};
pub use wasm::{Instrumented, Rules, WasmError, instrument};
