//! Errors of the controller, as they stand on the wire: each is a typed Solidity error of `abi.sol`, encoded where it
//! arises. (An enum carried through every function and encoded at the end cost two kilobytes of module.)

use alloc::vec::Vec;

use alloy_primitives::Address;
use alloy_sol_types::SolError;
use escapement_core::engine::Violation;
use escapement_kit::abi::{self, Malformed};

use crate::IController;

/// Revert data: an encoded Solidity error, or nothing for malformed calldata.
#[derive(PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Error(pub Vec<u8>);

impl Error {
    /// [`IController::ControllerZeroAddress`].
    pub(crate) fn zero_address() -> Self {
        Self(abi::error(IController::ControllerZeroAddress::SELECTOR, &[]))
    }

    /// [`IController::ControllerBadVerifier`].
    pub(crate) fn bad_verifier(verifier: &Address) -> Self {
        Self::about(IController::ControllerBadVerifier::SELECTOR, verifier, &[])
    }

    /// An error about an account, with these numbers after it.
    #[inline(never)]
    pub(crate) fn about(selector: [u8; 4], account: &Address, numbers: &[u64]) -> Self {
        let mut data = abi::error(selector, &[]);
        abi::push_word(&mut data, &account.into_word());
        for number in numbers {
            abi::push(&mut data, *number);
        }
        Self(data)
    }
}

impl From<Violation> for Error {
    #[inline(never)]
    fn from(violation: Violation) -> Self {
        let (selector, numbers, count) = violation.parts();
        Self(abi::error(selector.to_be_bytes(), numbers.get(..count).unwrap_or_default()))
    }
}

impl From<Vec<u8>> for Error {
    fn from(data: Vec<u8>) -> Self {
        Self(data)
    }
}

impl From<Malformed> for Error {
    fn from(_: Malformed) -> Self {
        Self(Vec::new())
    }
}
