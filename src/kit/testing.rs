//! What the contracts' own tests share under the native test VM: calls through the ABI, and the checks that every
//! published interface must pass. Behind the feature `testing`, which only dev-dependencies switch on.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::pedantic
)]

use alloc::{string::String, vec::Vec};
use alloy_primitives::{hex, Address, LogData, B256};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolInterface};
use motsu::prelude::*;
use stylus_sdk::{
    abi::Router,
    storage::StorageType,
    stylus_core::{TopLevelStorage, ValueDenier},
    ArbResult,
};

use crate::{proxied, vm};

mod surface;

pub use surface::{
    check_encoding, check_kit, check_layout, check_roles, check_routes, check_selectors, proxied_rows, ERC20, PARAMS,
    PROXIED, REENTRANCY, ROLES,
};

/// A contract that the test VM can hold.
pub trait Native: StorageType + TopLevelStorage + ValueDenier + Router<Self, Storage = Self> + 'static {}

impl<C: StorageType + TopLevelStorage + ValueDenier + Router<C, Storage = C> + 'static> Native for C {}

/// A contract that calls enter as on chain. [`router!`](crate::router) makes it one in its own tests.
pub trait Entry: Native {
    /// Runs calldata.
    ///
    /// # Errors
    ///
    /// The revert data.
    fn run(&mut self, calldata: &[u8]) -> ArbResult;
}

/// Runs calldata as `sender`; a failed call leaves nothing behind.
///
/// # Errors
///
/// The revert data.
pub fn raw<C: Entry>(contract: &Contract<C>, sender: Address, calldata: &[u8]) -> ArbResult {
    contract.sender(sender).run(calldata).motsu_res()
}

/// Reads a word of a contract's storage.
pub fn peek<C: Native>(contract: &Contract<C>, slot: B256) -> B256 {
    let call = contract.sender(Address::ZERO);
    // The look at the contract makes it the present one of the test VM.
    let _: &C = &call;
    vm::load(&slot)
}

/// Writes a word of a contract's storage.
pub fn plant<C: Native>(contract: &Contract<C>, slot: B256, word: B256) {
    let call = contract.sender(Address::ZERO);
    let _: &C = &call;
    vm::save(&slot, &word);
}

/// Gives a contract the storage of a proxy before `initialize`: the slot of the implementation is set.
pub fn behind_a_proxy<C: Native>(contract: &Contract<C>) {
    plant(contract, proxied::IMPLEMENTATION_SLOT, Address::repeat_byte(0xee).into_word());
}

/// Every log of this kind in what a contract logged, decoded.
pub fn logs<T: SolEvent>(all: &[LogData]) -> Vec<T> {
    all.iter()
        .filter(|log| log.topics().first() == Some(&T::SIGNATURE_HASH))
        .map(|log| T::decode_log_data(log, true).expect("the log decodes"))
        .collect()
}

/// A contract with whatever it needs around it.
pub trait Fixture {
    /// The contract.
    type Contract: Entry;
    /// The functions of its interface.
    type Calls: SolInterface;
    /// The errors of its interface.
    type Errors: SolInterface;
    /// The text of its interface.
    const ABI: &'static str;

    /// The contract under test.
    fn contract(&self) -> &Contract<Self::Contract>;

    /// Runs calldata as `sender`; a failed call leaves nothing behind.
    ///
    /// # Errors
    ///
    /// The revert data.
    fn raw(&self, sender: Address, calldata: &[u8]) -> ArbResult {
        raw(self.contract(), sender, calldata)
    }

    /// Calls as `sender`; a failed call leaves nothing behind.
    ///
    /// # Errors
    ///
    /// The revert data.
    fn send<C: SolCall>(&self, sender: Address, call: C) -> Result<C::Return, Vec<u8>> {
        let answer = self.raw(sender, &call.abi_encode())?;
        Ok(C::abi_decode_returns(&answer, true).expect("the answer decodes"))
    }

    /// Calls as `sender` and expects success.
    #[track_caller]
    fn ok<C: SolCall>(&self, sender: Address, call: C) -> C::Return {
        self.send(sender, call).unwrap_or_else(|data| panic!("{} refused: {}", C::SIGNATURE, Self::name_of(&data)))
    }

    /// Calls as `sender` and expects exactly this error.
    #[track_caller]
    fn err<C: SolCall>(&self, sender: Address, call: C, error: impl SolError) {
        match self.send(sender, call) {
            Ok(_) => panic!("{} was not refused", C::SIGNATURE),
            Err(data) => {
                assert_eq!(data, error.abi_encode(), "{} refused with {}", C::SIGNATURE, Self::name_of(&data));
            }
        }
    }

    /// Whether the event was logged.
    fn logged<T: SolEvent>(&self, event: &T) -> bool {
        self.contract().emitted(event)
    }

    /// Every log of this kind, decoded.
    fn logs<T: SolEvent>(&self) -> Vec<T> {
        logs(&self.contract().all_events())
    }

    /// Reads a word of storage.
    fn peek(&self, slot: B256) -> B256 {
        peek(self.contract(), slot)
    }

    /// Writes a word of storage.
    fn plant(&self, slot: B256, word: B256) {
        plant(self.contract(), slot, word);
    }

    /// The error behind revert data, for messages.
    fn name_of(data: &[u8]) -> String {
        let known = surface::declared(Self::ABI, "error").find(|error| data.starts_with(&error.selector));
        known.map_or_else(|| hex::encode(data), |error| error.signature)
    }
}
