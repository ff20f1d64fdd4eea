//! Errors of the treasury, as they stand on the wire: each is a typed Solidity error of `abi.sol`, encoded where it arises.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::{
    grants::{GrantsError, MAX_MULTIPLIER, MIN_MULTIPLIER},
    vesting::{VestingError, MAX_SPEED, MIN_RUNWAY, MIN_SPEED},
};
use escapement_kit::{
    abi::{self, Malformed},
    reentrancy::ReentrancyGuardReentrantCall,
};

use crate::ITreasury as I;

/// Revert data: an encoded Solidity error, or nothing for malformed calldata.
#[derive(PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Error(pub Vec<u8>);

impl Error {
    /// An error whose arguments are small numbers.
    pub(crate) fn numbers(selector: [u8; 4], numbers: &[u64]) -> Self {
        Self(abi::error(selector, numbers))
    }

    /// An error whose arguments are amounts.
    fn amounts(selector: [u8; 4], amounts: &[u128]) -> Self {
        let mut data = abi::error(selector, &[]);
        for amount in amounts {
            abi::push_word(&mut data, &abi::word128(*amount));
        }
        Self(data)
    }

    /// [`I::TreasuryZeroAddress`].
    pub(crate) fn zero_address() -> Self {
        Self::numbers(I::TreasuryZeroAddress::SELECTOR, &[])
    }

    /// [`I::TreasuryZeroAmount`].
    pub(crate) fn zero_amount() -> Self {
        Self::numbers(I::TreasuryZeroAmount::SELECTOR, &[])
    }

    /// [`I::TreasuryManagedToken`].
    pub(crate) fn managed_token(token: &Address) -> Self {
        Self(abi::failure(I::TreasuryManagedToken::SELECTOR, &[token.into_word()]))
    }

    /// [`I::TreasuryTooLarge`].
    pub(crate) fn too_large(amount: &B256) -> Self {
        Self(abi::failure(I::TreasuryTooLarge::SELECTOR, &[*amount]))
    }

    /// [`I::TreasuryUnfunded`].
    pub(crate) fn unfunded(balance: U256, needed: u128) -> Self {
        Self(abi::failure(I::TreasuryUnfunded::SELECTOR, &[balance.into(), abi::word128(needed)]))
    }

    /// [`I::TreasuryInsufficientFunds`].
    pub(crate) fn insufficient(free: u128, amount: u128) -> Self {
        Self::amounts(I::TreasuryInsufficientFunds::SELECTOR, &[free, amount])
    }

    /// [`I::TreasuryStreamOpen`].
    pub(crate) fn stream_open(outstanding: u128) -> Self {
        Self::amounts(I::TreasuryStreamOpen::SELECTOR, &[outstanding])
    }

    /// [`I::TreasuryArithmetic`].
    pub(crate) fn arithmetic() -> Self {
        Self::numbers(I::TreasuryArithmetic::SELECTOR, &[])
    }
}

impl From<VestingError> for Error {
    fn from(error: VestingError) -> Self {
        match error {
            VestingError::ZeroDuration => Self::numbers(I::TreasuryZeroDuration::SELECTOR, &[]),
            VestingError::SpeedOutOfRange { speed } => {
                let numbers = [speed, MIN_SPEED, MAX_SPEED].map(u64::from);
                Self::numbers(I::TreasurySpeedOutOfRange::SELECTOR, &numbers)
            }
            VestingError::EndTooLate { end, fixed_end } => {
                Self::numbers(I::TreasuryEndTooLate::SELECTOR, &[end, fixed_end])
            }
            VestingError::RunwayTooShort { speed, runway } => {
                Self::numbers(I::TreasuryRunwayTooShort::SELECTOR, &[speed.into(), runway, MIN_RUNWAY])
            }
            VestingError::Math(_) => Self::arithmetic(),
        }
    }
}

impl From<GrantsError> for Error {
    fn from(error: GrantsError) -> Self {
        match error {
            GrantsError::BadCount { bases, multipliers } => {
                Self::numbers(I::TreasuryBadCount::SELECTOR, &[bases as u64, multipliers as u64])
            }
            GrantsError::MultiplierOutOfRange { category, multiplier } => {
                let [multiplier, lowest, highest] = [multiplier, MIN_MULTIPLIER, MAX_MULTIPLIER].map(u64::from);
                let numbers = [category as u64, multiplier, lowest, highest];
                Self::numbers(I::TreasuryMultiplierOutOfRange::SELECTOR, &numbers)
            }
            GrantsError::NothingDeclared => Self::numbers(I::TreasuryNothingDeclared::SELECTOR, &[]),
            GrantsError::BaseExceeded { claimed, base, declared } => {
                Self::amounts(I::TreasuryBaseExceeded::SELECTOR, &[claimed, base, declared])
            }
            GrantsError::Math(_) => Self::arithmetic(),
        }
    }
}

impl From<Vec<u8>> for Error {
    fn from(data: Vec<u8>) -> Self {
        Self(data)
    }
}

impl From<ReentrancyGuardReentrantCall> for Error {
    fn from(_: ReentrancyGuardReentrantCall) -> Self {
        Self::numbers(ReentrancyGuardReentrantCall::SELECTOR, &[])
    }
}

impl From<Malformed> for Error {
    fn from(_: Malformed) -> Self {
        Self(Vec::new())
    }
}
