//! A lock in storage for functions that call out before their last write.
//!
//! The SDK's own guard is a build feature that later versions drop; this one is part of the contract's code. Take it
//! first, keep the value alive over the call: it opens again when the value is dropped. An open lock that was ever closed
//! is 1, not 0: writing a word that was zero costs 20,000 gas, most of which a call cannot get back.

use alloy_primitives::{b256, B256};
use alloy_sol_types::sol;

use crate::vm;

sol! {
    /// A function was entered again from a call it made.
    #[derive(Debug)]
    error ReentrancyGuardReentrantCall();
}

/// `keccak256("escapement.kit.reentrancy") - 1`.
pub const SLOT: B256 = b256!("1cf3cf6333435caf955c5ff71a6933dde2b6e68eb5aee3e8ad675a1e2f2a77cb");

/// Word of an open lock; 0 before the first use.
const OPEN: B256 = B256::with_last_byte(1);
/// Word of a closed lock.
const CLOSED: B256 = B256::with_last_byte(2);

/// The closed lock. Dropping it opens the lock.
#[must_use = "the lock opens as soon as this value is dropped"]
pub struct Lock(());

impl Lock {
    /// Closes the lock.
    ///
    /// # Errors
    ///
    /// [`ReentrancyGuardReentrantCall`] if it is closed already.
    pub fn close() -> Result<Self, ReentrancyGuardReentrantCall> {
        if vm::load(&SLOT) == CLOSED {
            return Err(ReentrancyGuardReentrantCall {});
        }
        vm::save(&SLOT, &CLOSED);
        Ok(Self(()))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        vm::save(&SLOT, &OPEN);
    }
}
