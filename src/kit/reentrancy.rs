//! A lock in storage for functions that call out before their last write.
//!
//! The SDK's own guard is a build feature that later versions drop; this one is part of the contract's code. Take it
//! first, keep the value alive over the call: it opens again when the value is dropped.

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
        if !vm::load(&SLOT).is_zero() {
            return Err(ReentrancyGuardReentrantCall {});
        }
        vm::save(&SLOT, &B256::with_last_byte(1));
        Ok(Self(()))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        vm::save(&SLOT, &B256::ZERO);
    }
}
