//! Life of an implementation behind an ERC-1967 proxy: initialised once, upgraded only forward.
//!
//! Rules, each against an accident that has happened elsewhere:
//! - nothing runs on the implementation itself: the proxy's ERC-1967 implementation slot must be set in the storage this
//!   call works on, and the implementation's own storage has it empty;
//! - [`initialize`] works once. It also writes the slot by which the SDK marks an executed constructor, so that no later
//!   implementation can offer one through the proxy;
//! - [`migrate`] only ever raises the version, only from a storage layout it names, and only onto a program that the
//!   chain will keep running for at least [`MIN_LIFE`].

use alloc::vec::Vec;

use alloy_primitives::{address, b256, Address, B256};
use alloy_sol_types::{sol, SolError};

use crate::{abi, vm};

/// ERC-1967 slot of the implementation: `keccak256("eip1967.proxy.implementation") - 1`.
pub const IMPLEMENTATION_SLOT: B256 = b256!("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc");

/// Where version and layout are kept: `keccak256("escapement.kit.version") - 1`; version in the low 8 bytes, layout in
/// the 8 bytes above.
pub const VERSION_SLOT: B256 = b256!("4edd66e1fc7c93d022c817c64c558b2c1bbc23a17412a9a303bf9be4b4dde7ad");

/// Where the SDK marks an executed constructor: `keccak256("stylus_constructor")`.
pub const CONSTRUCTOR_SLOT: B256 = B256::new(stylus_sdk::abi::internal::CONSTRUCTOR_EXECUTED_SLOT.to_be_bytes());

/// Address of the ArbWasm precompile.
pub const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");

/// Least remaining life of a program to migrate onto, seconds (30 days).
pub const MIN_LIFE: u64 = 30 * 86_400;

/// Selector of `ArbWasm.programTimeLeft(address)`.
const PROGRAM_TIME_LEFT: [u8; 4] = [0xc7, 0x75, 0xa6, 0x2a];

sol! {
    /// The call did not come through a proxy.
    #[derive(Debug)]
    error ProxiedNotThroughProxy();
    /// It is initialised already, at this version.
    #[derive(Debug)]
    error ProxiedAlreadyInitialized(uint64 version);
    /// It was never initialised.
    #[derive(Debug)]
    error ProxiedNotInitialized();
    /// The code's version does not exceed the stored one.
    #[derive(Debug)]
    error ProxiedNotNewer(uint64 stored, uint64 offered);
    /// The code cannot read storage of this layout.
    #[derive(Debug)]
    error ProxiedLayoutMismatch(uint64 stored, uint64 offered);
    /// The program behind the proxy is not active for long enough (0 seconds: not active at all).
    #[derive(Debug)]
    error ProxiedExpiring(uint64 timeLeft, uint64 needed);
}

/// Returns the stored version; 0 before [`initialize`].
#[must_use]
pub fn version() -> u64 {
    abi::low_u64(&vm::load(&VERSION_SLOT))
}

/// Returns the stored layout id; 0 before [`initialize`].
#[must_use]
pub fn layout() -> u64 {
    stored().1
}

/// Returns the implementation that the proxy points at; zero when not behind a proxy.
#[must_use]
pub fn implementation() -> Address {
    Address::from_word(vm::load(&IMPLEMENTATION_SLOT))
}

/// Marks the storage as initialised at `version` with `layout`. Call it first in `initialize`.
///
/// # Errors
///
/// [`ProxiedNotThroughProxy`], [`ProxiedAlreadyInitialized`]; encoded.
pub fn initialize(version: u64, layout: u64) -> Result<(), Vec<u8>> {
    through_proxy()?;
    let stored = self::version();
    if stored != 0 {
        return Err(abi::error(ProxiedAlreadyInitialized::SELECTOR, &[stored]));
    }
    vm::save(&CONSTRUCTOR_SLOT, &B256::with_last_byte(1));
    write(version, layout);
    Ok(())
}

/// Raises the stored version to `version`, from storage of `layout` or of one of `older` layouts. Returns the version
/// before. Call it in `migrate`, in the transaction of the upgrade.
///
/// # Errors
///
/// [`ProxiedNotThroughProxy`], [`ProxiedNotInitialized`], [`ProxiedNotNewer`], [`ProxiedLayoutMismatch`],
/// [`ProxiedExpiring`]; encoded.
pub fn migrate(version: u64, layout: u64, older: &[u64]) -> Result<u64, Vec<u8>> {
    through_proxy()?;
    let (from, was) = stored();
    if from == 0 {
        return Err(abi::error(ProxiedNotInitialized::SELECTOR, &[]));
    }
    if version <= from {
        return Err(abi::error(ProxiedNotNewer::SELECTOR, &[from, version]));
    }
    if was != layout && !older.contains(&was) {
        return Err(abi::error(ProxiedLayoutMismatch::SELECTOR, &[was, layout]));
    }
    let left = time_left(implementation());
    if left < MIN_LIFE {
        return Err(abi::error(ProxiedExpiring::SELECTOR, &[left, MIN_LIFE]));
    }
    write(version, layout);
    Ok(from)
}

/// Returns the seconds for which the chain will still run `program`; 0 if it is not an active program.
#[must_use]
pub fn time_left(program: Address) -> u64 {
    let mut input = [0; 36];
    let (selector, argument) = input.split_at_mut(4);
    selector.copy_from_slice(&PROGRAM_TIME_LEFT);
    argument.copy_from_slice(program.into_word().as_slice());
    match vm::static_call(&ARB_WASM, &input) {
        Ok(output) => B256::try_from(output.as_slice()).map_or(0, |word| abi::low_u64(&word)),
        Err(_) => 0,
    }
}

/// Refuses a call that does not work on a proxy's storage.
fn through_proxy() -> Result<(), Vec<u8>> {
    if implementation().is_zero() {
        return Err(abi::error(ProxiedNotThroughProxy::SELECTOR, &[]));
    }
    Ok(())
}

/// Stored version and layout.
fn stored() -> (u64, u64) {
    let word = vm::load(&VERSION_SLOT);
    let (rest, _) = word.split_at(24);
    (abi::low_u64(&word), rest.last_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes)))
}

/// Stores version and layout.
fn write(version: u64, layout: u64) {
    let mut word = [0; 32];
    if let Some(tail) = word.last_chunk_mut() {
        *tail = ((u128::from(layout) << 64) | u128::from(version)).to_be_bytes();
    }
    vm::save(&VERSION_SLOT, &B256::new(word));
}
