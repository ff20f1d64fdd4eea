//! Errors of the vault, as they stand on the wire: each is a typed Solidity error of `abi.sol`, encoded where it arises.

use alloc::vec::Vec;

use alloy_primitives::B256;
use alloy_sol_types::SolError;
use escapement_core::{
    checkpoints::TraceError,
    fixed::MathError,
    lock::{CurveError, MAX_AMOUNT},
    reward::RewardError,
};
use escapement_kit::abi::{self, Malformed};

use crate::IVault as I;

/// Revert data: an encoded Solidity error, or nothing for malformed calldata.
#[derive(PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Error(pub Vec<u8>);

impl Error {
    /// An error whose arguments are unsigned integers of at most 64 bits.
    pub(crate) fn numbers(selector: [u8; 4], arguments: &[u64]) -> Self {
        Self(abi::error(selector, arguments))
    }

    /// An error with any static arguments.
    #[inline(never)]
    pub(crate) fn words(selector: [u8; 4], arguments: &[B256]) -> Self {
        let mut data = abi::error(selector, &[]);
        for argument in arguments {
            abi::push_word(&mut data, argument);
        }
        Self(data)
    }

    /// An error whose arguments are two amounts.
    pub(crate) fn amounts(selector: [u8; 4], first: u128, second: u128) -> Self {
        Self::words(selector, &[abi::word128(first), abi::word128(second)])
    }

    /// [`I::VaultAmountTooLarge`].
    pub(crate) fn too_large(amount: &B256) -> Self {
        Self::words(I::VaultAmountTooLarge::SELECTOR, &[*amount, abi::word128(MAX_AMOUNT)])
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

impl From<MathError> for Error {
    fn from(_: MathError) -> Self {
        Self::numbers(I::VaultArithmetic::SELECTOR, &[])
    }
}

impl From<TraceError> for Error {
    fn from(_: TraceError) -> Self {
        Self::numbers(I::VaultArithmetic::SELECTOR, &[])
    }
}

impl From<RewardError> for Error {
    fn from(error: RewardError) -> Self {
        match error {
            RewardError::TooMuch { funded, amount } => Self::amounts(I::VaultFundedTooMuch::SELECTOR, funded, amount),
            _ => Self::numbers(I::VaultArithmetic::SELECTOR, &[]),
        }
    }
}

impl From<CurveError> for Error {
    fn from(error: CurveError) -> Self {
        match error {
            CurveError::Knots { count } => Self::numbers(I::VaultBadKnots::SELECTOR, &[count as u64]),
            CurveError::Knot { knot, multiplier, min, max } => {
                let numbers = [knot.into(), multiplier.into(), min.into(), max.into()];
                Self::numbers(I::VaultBadKnot::SELECTOR, &numbers)
            }
        }
    }
}
