//! Errors of the controller: the broken rule of the engine with its numbers, or what the shell itself refuses.
//!
//! On the wire each is a typed Solidity error, see `abi.sol`.

use alloc::vec::Vec;

use alloy_primitives::Address;
use alloy_sol_types::SolError;
use escapement_core::{engine::Violation, update::DecodeError};
use escapement_kit::{
    abi::{self, Malformed},
    proxied,
};
use openzeppelin_stylus::access::control;

use crate::IController;

/// Why a call is refused.
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum Error {
    /// A rule of the engine.
    Violation(Violation),
    /// The caller lacks a role.
    Access(control::Error),
    /// The life cycle behind the proxy.
    Proxied(proxied::Error),
    /// The calldata is not the canonical encoding of the arguments.
    Malformed,
    /// An address that must not be zero is.
    ZeroAddress,
    /// The verifier has no code, or answered with something else than 32 bytes.
    BadVerifier(Address),
    /// The verifier refused; its own revert data.
    Refused(Vec<u8>),
    /// The default admin tried to remove itself.
    LastAdmin,
}

impl From<Error> for Vec<u8> {
    fn from(error: Error) -> Self {
        match error {
            Error::Violation(violation) => revert_data(&violation),
            Error::Access(error) => error.into(),
            Error::Proxied(error) => error.into(),
            Error::Malformed => Self::new(),
            Error::ZeroAddress => abi::error(IController::ControllerZeroAddress::SELECTOR, &[]),
            Error::BadVerifier(verifier) => {
                let mut out = abi::error(IController::ControllerBadVerifier::SELECTOR, &[]);
                abi::push_word(&mut out, &verifier.into_word());
                out
            }
            Error::Refused(data) => data,
            Error::LastAdmin => abi::error(IController::ControllerLastAdmin::SELECTOR, &[]),
        }
    }
}

/// Returns the revert data of a broken rule.
pub(crate) fn revert_data(violation: &Violation) -> Vec<u8> {
    let (bytes, length) = violation.encode();
    bytes.get(..length).unwrap_or_default().to_vec()
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

impl From<DecodeError> for Error {
    /// The verifier decodes the same bytes and says precisely what is wrong with them.
    fn from(_: DecodeError) -> Self {
        Self::Malformed
    }
}

impl From<control::Error> for Error {
    fn from(error: control::Error) -> Self {
        Self::Access(error)
    }
}

impl From<proxied::Error> for Error {
    fn from(error: proxied::Error) -> Self {
        Self::Proxied(error)
    }
}

impl From<Malformed> for Error {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}
