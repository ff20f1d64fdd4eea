//! What the native test VM does not model: a clock that moves, account code, and a callee that reverts without data.
//! Thread-local, as the test VM's own state is; absent from every wasm build.

use std::{cell::RefCell, collections::HashMap};

use alloc::vec::Vec;
use alloy_primitives::Address;

thread_local! {
    static TIME: RefCell<Option<u64>> = const { RefCell::new(None) };
    static CODE: RefCell<HashMap<Address, Vec<u8>>> = RefCell::new(HashMap::new());
}

/// Sets the block time of this thread's tests, seconds since the Unix epoch.
pub fn set_time(seconds: u64) {
    TIME.with(|time| *time.borrow_mut() = Some(seconds));
}

/// Puts `code` at `account` for this thread's tests.
pub fn set_code(account: Address, code: Vec<u8>) {
    CODE.with(|accounts| accounts.borrow_mut().insert(account, code));
}

/// The time set by [`set_time`].
pub(crate) fn time() -> Option<u64> {
    TIME.with(|time| *time.borrow())
}

/// The code set by [`set_code`].
pub(crate) fn code(account: Address) -> Option<Vec<u8>> {
    CODE.with(|accounts| accounts.borrow().get(&account).cloned())
}

/// What a callee reverted with. The test VM puts a text of its own in the place of no data.
pub(crate) fn reverted(data: Vec<u8>) -> Vec<u8> {
    if data.starts_with(b"function not found for selector") {
        return Vec::new();
    }
    data
}
