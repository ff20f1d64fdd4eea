//! Host services as plain functions over the raw host calls.
//!
//! The SDK hands out `&dyn Host`, whose table of functions keeps every host wrapper alive in the module, and passes slots
//! as 256-bit integers. Here each service is the host call itself, so a contract pays only for what it uses. Under a
//! native test the same calls reach the test VM's shims; what that VM does not model (see `native`) is added here: a clock,
//! account code, reverts without data, and calls to accounts without code, which succeed and answer nothing.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use stylus_sdk::hostio;

/// Returns the time of the block, seconds since the Unix epoch.
#[must_use]
pub fn now() -> u64 {
    #[cfg(not(target_arch = "wasm32"))]
    if let Some(time) = crate::native::time() {
        return time;
    }
    // SAFETY: no arguments.
    unsafe { hostio::block_timestamp() }
}

/// Returns the caller of this contract (the caller of the proxy, behind a proxy).
#[must_use]
pub fn sender() -> Address {
    let mut account = Address::ZERO;
    // SAFETY: the host writes 20 bytes.
    unsafe { hostio::msg_sender(account.as_mut_ptr()) };
    account
}

/// Returns whether wei came along with the call.
#[must_use]
pub fn has_value() -> bool {
    !word(|out| {
        // SAFETY: the host writes 32 bytes.
        unsafe { hostio::msg_value(out) };
    })
    .is_zero()
}

/// Returns the address whose storage this call works on (the proxy's, behind a proxy).
#[must_use]
pub fn this() -> Address {
    let mut account = Address::ZERO;
    // SAFETY: the host writes 20 bytes.
    unsafe { hostio::contract_address(account.as_mut_ptr()) };
    account
}

/// Returns the chain id.
#[must_use]
pub fn chain_id() -> u64 {
    // SAFETY: no arguments.
    unsafe { hostio::chainid() }
}

/// Returns keccak-256 of `data`.
#[must_use]
#[inline(never)]
pub fn keccak(data: &[u8]) -> B256 {
    word(|out| {
        // SAFETY: the host reads `data` and writes 32 bytes.
        unsafe { hostio::native_keccak256(data.as_ptr(), data.len(), out) };
    })
}

/// Returns the slot of `key` in the mapping rooted at `root`, as Solidity lays it out.
#[must_use]
#[inline(never)]
pub fn mapping(key: &B256, root: &B256) -> B256 {
    let mut preimage = [0; 64];
    let (first, second) = preimage.split_at_mut(32);
    first.copy_from_slice(key.as_slice());
    second.copy_from_slice(root.as_slice());
    keccak(&preimage)
}

/// Returns the slot `distance` behind `slot`: of a field of a struct, or of an item of an array inside it.
#[must_use]
#[inline(never)]
pub fn behind(slot: &B256, distance: u64) -> B256 {
    // A hash so close to 2^256 that this wraps is as improbable as a collision, and then still a slot of its own.
    B256::new(U256::from_be_bytes(slot.0).wrapping_add(U256::from(distance)).to_be_bytes())
}

/// Returns the storage word at `slot`.
#[must_use]
#[inline(never)]
pub fn load(slot: &B256) -> B256 {
    word(|out| {
        // SAFETY: the host reads 32 bytes and writes 32 bytes.
        unsafe { hostio::storage_load_bytes32(slot.as_ptr(), out) };
    })
}

/// Writes the storage word at `slot`. It reaches the state trie when the call ends or calls out.
pub fn save(slot: &B256, word: &B256) {
    // SAFETY: the host reads twice 32 bytes. Every slot is owned by exactly one accessor of the contract, and no Rust
    // value caches a word across the write.
    unsafe { hostio::storage_cache_bytes32(slot.as_ptr(), word.as_ptr()) };
}

/// Returns whether `account` holds code.
#[must_use]
pub fn has_code(account: &Address) -> bool {
    let hash = word(|out| {
        // SAFETY: the host reads 20 bytes and writes 32 bytes.
        unsafe { hostio::account_codehash(account.as_ptr(), out) };
    });
    // The hash of no code costs a few gas to make and would cost 32 bytes to keep.
    !hash.is_zero() && hash != keccak(&[])
}

/// Returns the code of `account`.
#[must_use]
pub fn code(account: &Address) -> Vec<u8> {
    #[cfg(not(target_arch = "wasm32"))]
    if let Some(code) = crate::native::code(*account) {
        return code;
    }
    // SAFETY: the host reads 20 bytes.
    let size = unsafe { hostio::account_code_size(account.as_ptr()) };
    let mut code = Vec::with_capacity(size);
    // SAFETY: the host writes at most `size` bytes and returns how many.
    unsafe {
        let written = hostio::account_code(account.as_ptr(), 0, size, code.as_mut_ptr());
        code.set_len(written.min(size));
    }
    code
}

/// Calls `to` without the right to change state, with all the gas there is.
///
/// # Errors
///
/// The revert data of the callee.
pub fn static_call(to: &Address, data: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    static_call_within(to, data, u64::MAX)
}

/// Calls as [`static_call`] does, with at most `gas`: a precompile that fails burns all it was given.
///
/// # Errors
///
/// The revert data of the callee.
#[inline(never)]
pub fn static_call_within(to: &Address, data: &[u8], gas: u64) -> Result<Vec<u8>, Vec<u8>> {
    #[cfg(not(target_arch = "wasm32"))]
    if !has_code(to) {
        return Ok(Vec::new());
    }
    let mut length = 0;
    // SAFETY: the cache is flushed first, so the callee sees what was written; the host reads 20 bytes and `data`.
    let status = unsafe {
        hostio::storage_flush_cache(false);
        hostio::static_call_contract(to.as_ptr(), data.as_ptr(), data.len(), gas, &raw mut length)
    };
    answer(status, length)
}

/// Calls `to` with no value and all the gas there is. Storage written before is flushed, so the callee sees it; the cache
/// is dropped, so that words read after the call are what the callee left.
///
/// # Errors
///
/// The revert data of the callee.
pub fn call(to: &Address, data: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    call_within(to, data, u64::MAX)
}

/// Calls as [`call`] does, with at most `gas`.
///
/// # Errors
///
/// The revert data of the callee.
#[inline(never)]
pub fn call_within(to: &Address, data: &[u8], gas: u64) -> Result<Vec<u8>, Vec<u8>> {
    #[cfg(not(target_arch = "wasm32"))]
    if !has_code(to) {
        return Ok(Vec::new());
    }
    let mut length = 0;
    let value = B256::ZERO;
    // SAFETY: the cache is flushed and dropped first; the host reads 20 bytes, `data` and 32 bytes.
    let status = unsafe {
        hostio::storage_flush_cache(true);
        hostio::call_contract(to.as_ptr(), data.as_ptr(), data.len(), value.as_ptr(), gas, &raw mut length)
    };
    answer(status, length)
}

/// Emits a log: `topics` words first, then the data, in one buffer.
pub fn emit(buffer: &[u8], topics: usize) {
    // SAFETY: the host reads `buffer`.
    unsafe { hostio::emit_log(buffer.as_ptr(), buffer.len(), topics) };
}

/// The data a call returned, by its status.
fn answer(status: u8, length: usize) -> Result<Vec<u8>, Vec<u8>> {
    let mut data = Vec::with_capacity(length);
    if length > 0 {
        // SAFETY: the host writes at most `length` bytes and returns how many.
        unsafe {
            let written = hostio::read_return_data(data.as_mut_ptr(), 0, length);
            data.set_len(written.min(length));
        }
    }
    if status == 0 {
        return Ok(data);
    }
    #[cfg(not(target_arch = "wasm32"))]
    let data = crate::native::reverted(data);
    Err(data)
}

/// A word that the host fills in.
fn word(fill: impl FnOnce(*mut u8)) -> B256 {
    let mut word = B256::ZERO;
    fill(word.as_mut_ptr());
    word
}
