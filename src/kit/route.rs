//! From calldata to the functions of a contract that routes by hand, and its results.
//!
//! [`functions!`](crate::functions) numbers the functions of a contract, [`router!`](crate::router) makes the calls enter.
//! A `match` over small numbers in a row is a jump table; over selectors it would be a tree that names each of these
//! incompressible words twice.

use alloc::vec::Vec;

use alloy_primitives::Address;

use crate::abi;

/// Gives each function of an interface a number, a constant by the name given, and their selectors as `FUNCTIONS`, for
/// [`find`](crate::route::find). At most 254.
///
/// With roles in front of groups of functions, `None` for those that anyone may call, it also makes
/// `role(function) -> Option<&'static B256>`: who may call what stands in the table.
#[macro_export]
macro_rules! functions {
    ($interface:ident; $($role:expr => { $($name:ident = $call:ident;)+ })+) => {
        $crate::functions! { $interface; $($($name = $call;)+)+ }

        /// The role that a function asks for before anything else.
        fn role(function: u8) -> Option<&'static alloy_primitives::B256> {
            match function {
                $($($name)|+ => $role,)+
                _ => None,
            }
        }
    };
    ($interface:ident; $($name:ident = $call:ident;)+) => {
        /// The functions in the order of their numbers.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u8)]
        enum Number { $($name,)+ Unknown }

        $(const $name: u8 = Number::$name as u8;)+

        /// Their selectors.
        static FUNCTIONS: &[u32] =
            &[$(u32::from_be_bytes(<$interface::$call as alloy_sol_types::SolCall>::SELECTOR),)+];

        const _: () = assert!((Number::Unknown as u8) < $crate::route::UNKNOWN);
    };
}

/// Makes calls enter a contract that has `dispatch(&mut self, selector: u32, input: &[u8]) -> Result<Vec<u8>, Error>`, its
/// error being a tuple of revert data: `enter(&mut self, calldata)` for the entrypoint, and what the SDK wants of a router
/// and of a contract that prints its `abi.sol`. No function takes value.
#[macro_export]
macro_rules! router {
    ($contract:ident) => {
        impl $contract {
            /// Splits the calldata of a call and runs it.
            pub(crate) fn enter(&mut self, calldata: &[u8]) -> stylus_sdk::ArbResult {
                let (selector, input) = calldata.split_first_chunk().ok_or_else(alloc::vec::Vec::new)?;
                self.serve(u32::from_be_bytes(*selector), input)
            }

            /// Runs the function with this selector.
            fn serve(&mut self, selector: u32, input: &[u8]) -> stylus_sdk::ArbResult {
                if $crate::vm::has_value() {
                    return Err(alloc::vec::Vec::new());
                }
                self.dispatch(selector, input).map_err(|error| error.0)
            }
        }

        impl<S> stylus_sdk::abi::Router<S> for $contract
        where
            S: stylus_sdk::stylus_core::TopLevelStorage
                + core::borrow::BorrowMut<Self>
                + stylus_sdk::stylus_core::ValueDenier,
        {
            type Storage = Self;

            fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<stylus_sdk::ArbResult> {
                Some(core::borrow::BorrowMut::<Self>::borrow_mut(storage).serve(selector, input))
            }

            fn receive(_: &mut S) -> Option<Result<(), alloc::vec::Vec<u8>>> {
                None
            }

            fn fallback(_: &mut S, _: &[u8]) -> Option<stylus_sdk::ArbResult> {
                None
            }

            fn constructor(_: &mut S, _: &[u8]) -> Option<stylus_sdk::ArbResult> {
                None
            }
        }

        #[cfg(test)]
        impl $crate::testing::Entry for $contract {
            fn run(&mut self, calldata: &[u8]) -> stylus_sdk::ArbResult {
                self.enter(calldata)
            }
        }

        #[cfg(feature = "export-abi")]
        impl stylus_sdk::abi::export::GenerateAbi for $contract {
            const NAME: &'static str = stringify!($contract);

            fn fmt_abi(f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                // The SDK prints what stands up to the pragma.
                let text = include_str!("abi.sol").split_once("pragma solidity ^0.8.23;");
                f.write_str(text.map_or("", |(_, rest)| rest.trim_start()))
            }

            fn fmt_constructor_signature(_: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                Ok(())
            }
        }
    };
}

/// The number of no function.
pub const UNKNOWN: u8 = u8::MAX;

/// The number of the function with this selector in the table that [`functions!`](crate::functions) makes, or [`UNKNOWN`].
#[must_use]
#[inline(never)]
pub fn find(functions: &[u32], selector: u32) -> u8 {
    for (known, number) in functions.iter().zip(0..) {
        if *known == selector {
            return number;
        }
    }
    UNKNOWN
}

/// A number of at most 64 bits as result.
#[must_use]
pub fn number(value: impl Into<u64>) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    abi::push(&mut out, value.into());
    out
}

/// An amount as result.
#[must_use]
pub fn amount(value: u128) -> Vec<u8> {
    abi::word128(value).to_vec()
}

/// An account as result.
#[must_use]
pub fn account(account: &Address) -> Vec<u8> {
    account.into_word().to_vec()
}
