//! The policy: an integer network from KPI values to eight outputs, and the mapping of outputs to parameter changes.
//!
//! The same functions run in the verifier, the controller, the agent and the simulator, so that what is trained is
//! what is signed is what is re-executed. Everything is total: every KPI value has an observation, every observation
//! an output, every output a set of changes inside the live steps and ranges. The steps of the chain, in order:
//!
//! 1. [`Schema::normalise`] scales the attested KPI values to signed 24-bit observations;
//! 2. [`Model::infer`] runs the network on them;
//! 3. [`mapping::changes`] turns the outputs into new values, with the live values and rules.
//!
//! A policy whose weights are not on chain is [`proven`] instead: step 2 runs elsewhere, and a proof shows that it did.
//!
//! Numbers are Q16.16 unless said otherwise: value = integer / 65,536.

pub mod mapping;
pub mod packing;
pub mod proven;

mod arch;
mod format;
mod infer;
mod liquidity;
#[cfg(any(test, feature = "alloc"))]
mod owned;
mod schema;
#[cfg(test)]
mod tests;

pub use arch::Arch;
pub use format::{Model, Policy, PolicyError, MAX_WIDTH, OUTPUTS, OUTPUT_ONE};
pub use mapping::{changes, group_changes, Mapped};
#[cfg(any(test, feature = "alloc"))]
pub use owned::{policy_code, OwnedModel};
pub use schema::{Schema, SchemaEntry};

/// Lowest observation, activation or output: signed 24 bits.
pub const VALUE_MIN: i32 = -(1 << 23);
/// Highest observation, activation or output: signed 24 bits.
pub const VALUE_MAX: i32 = (1 << 23) - 1;
