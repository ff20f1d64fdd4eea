//! The update engine: every rule, lane, halt and breaker of the controller, over a [`Ledger`].
//!
//! The contract is a thin shell that decides *who* may call which function; *what* may then happen
//! is decided here and nowhere else. `now` is `block.timestamp` in seconds and must fit 32 bits.
//! Every function either returns an error and has written nothing, or has written all it means to.

pub mod event;
pub mod ledger;
mod skeleton;
pub mod violation;

pub use event::{Actor, Event, Lane, Reason};
pub use ledger::{key, Hash, Ledger, Word};
pub use skeleton::*;
pub use violation::Violation;

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
