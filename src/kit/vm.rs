//! Host services as plain functions over the SDK's zero-sized [`WasmVM`].
//!
//! The SDK hands out `&dyn Host`, whose table of functions keeps every host wrapper alive in the module. A call on the
//! concrete type is resolved at compile time, so a contract pays only for what it uses. Under a native test the same
//! calls reach the test VM's shims; the clock and account code, which that VM does not model, come from
//! `native` there.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use stylus_sdk::{
    host::WasmVM,
    stylus_core::{
        calls::{context::Call, errors::Error, CallAccess},
        AccountAccess, BlockAccess, ChainAccess, CryptographyAccess, LogAccess, MessageAccess, StorageAccess,
    },
    types::AddressVM,
};

/// The host.
const HOST: WasmVM = WasmVM {};

/// Returns the time of the block, seconds since the Unix epoch.
#[must_use]
pub fn now() -> u64 {
    #[cfg(not(target_arch = "wasm32"))]
    if let Some(time) = crate::native::time() {
        return time;
    }
    HOST.block_timestamp()
}

/// Returns the caller of this contract (the caller of the proxy, behind a proxy).
#[must_use]
pub fn sender() -> Address {
    HOST.msg_sender()
}

/// Returns the wei sent along with the call.
#[must_use]
pub fn value() -> U256 {
    HOST.msg_value()
}

/// Returns the address whose storage this call works on (the proxy's, behind a proxy).
#[must_use]
pub fn this() -> Address {
    HOST.contract_address()
}

/// Returns the chain id.
#[must_use]
pub fn chain_id() -> u64 {
    HOST.chain_id()
}

/// Returns keccak-256 of `data`.
#[must_use]
pub fn keccak(data: &[u8]) -> B256 {
    HOST.native_keccak256(data)
}

/// Returns the storage word at `slot`.
#[must_use]
pub fn load(slot: B256) -> B256 {
    HOST.storage_load_bytes32(slot.into())
}

/// Writes the storage word at `slot`. It reaches the state trie when the call ends or calls out.
pub fn save(slot: B256, word: B256) {
    // SAFETY: every slot handed to this function is owned by exactly one accessor of the contract; no Rust value caches
    // a word across the write.
    unsafe { HOST.storage_cache_bytes32(slot.into(), word) }
}

/// Returns whether `account` holds code.
#[must_use]
pub fn has_code(account: Address) -> bool {
    #[allow(deprecated)]
    account.has_code()
}

/// Returns the code of `account`.
#[must_use]
pub fn code(account: Address) -> Vec<u8> {
    #[cfg(not(target_arch = "wasm32"))]
    if let Some(code) = crate::native::code(account) {
        return code;
    }
    HOST.code(account)
}

/// Calls `to` without the right to change state, with all the gas there is.
///
/// # Errors
///
/// The revert data of the callee.
pub fn static_call(to: Address, data: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    HOST.static_call(&Call::new(), to, data).map_err(revert_data)
}

/// Calls `to` with no value and all the gas there is. Storage written before is flushed, so the callee sees it; values
/// read before the call must be read again after it.
///
/// # Errors
///
/// The revert data of the callee.
pub fn call(to: Address, data: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    HOST.call(&Call::new(), to, data).map_err(revert_data)
}

/// Emits a log: `topics` words first, then the data, in one buffer.
pub fn emit(buffer: &[u8], topics: usize) {
    HOST.emit_log(buffer, topics);
}

/// The bytes behind a failed call.
fn revert_data(error: Error) -> Vec<u8> {
    match error {
        Error::Revert(data) => data,
        Error::AbiDecodingFailed(_) => Vec::new(),
    }
}
