//! The update engine: every rule, lane, halt and breaker of the controller, over a [`Ledger`].
//!
//! The contract is a thin shell that decides *who* may call which function; *what* may then happen
//! is decided here and nowhere else. `now` is `block.timestamp` in seconds and must fit 32 bits
//! (until 2106). Every function either returns an error and has written nothing, or has written
//! all it means to.
//!
//! | file | holds |
//! |---|---|
//! | `ledger`, `state`, `history`, `bucket` | storage keys and words, checkpointed values, bucket levels |
//! | `check` | the validator: one function for every change of every lane |
//! | `submit`, `queue`, `commit` | the automatic path, the slow lane and the council, writing a plan |
//! | `halts`, `breaker`, `watch`, `chain`, `upkeep` | what stops the loop, and what anyone may trigger |
//! | `admin`, `counts` | initialisation and configuration |
//! | `views` | computed views, for the lens and off chain |
//!
//! Tables are walked by reference: an array that is iterated by value brings an iterator of its own into the module.

pub mod admin;
pub mod breaker;
mod bucket;
pub mod chain;
mod check;
mod commit;
pub mod counts;
pub mod event;
pub mod halts;
pub mod history;
pub mod ledger;
#[cfg(any(test, feature = "alloc"))]
pub mod memory;
pub mod queue;
pub mod state;
pub mod submit;
pub mod upkeep;
pub mod views;
pub mod violation;
pub mod watch;

#[cfg(test)]
mod tests;

pub use admin::{initialize, lower_autonomy, narrow, raise_autonomy, set_breaker, set_group_rules, set_slot_rules};
pub use breaker::BreakerConfig;
pub use chain::{forget, observe, Readings};
pub use commit::Pending;
pub use counts::set_counts;
pub use event::{Actor, Event, Lane, Reason};
pub use halts::{extend_halt, halt, halted_until, resume};
pub use ledger::{key, Hash, Ledger, Word};
#[cfg(any(test, feature = "alloc"))]
pub use memory::{Logged, MemoryLedger};
pub use queue::{approve, execute, override_changes, restore, veto};
pub use state::{Config, GroupState, Progress};
pub use submit::submit;
pub use upkeep::poke;
pub use views::{group_values, value, value_at};
pub use violation::{Rule, Violation};
pub use watch::{note_failure, Watch};

/// What became of an accepted update. Group masks have bit n for group n.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Accepted {
    /// Number of the [`Reason`] that tripped the breaker, 0 for none; a trip applies nothing.
    pub trip: u8,
    /// Groups whose changes were applied.
    pub applied: u8,
    /// Groups whose changes wait in the queue.
    pub queued: u8,
    /// Groups in shadow mode, whose changes were only logged.
    pub shadow: u8,
}
