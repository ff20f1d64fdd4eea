//! Errors of the gauges, as they stand on the wire: each is a typed Solidity error of `abi.sol`, encoded where it arises.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::{allocation::AllocationError, reward::RewardError};
use escapement_kit::{
    abi::{self, Malformed},
    reentrancy::ReentrancyGuardReentrantCall,
};

use crate::IGauges as I;

/// Revert data: an encoded Solidity error, or nothing for malformed calldata.
#[derive(PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Error(pub Vec<u8>);

impl Error {
    /// An error whose arguments are small numbers.
    pub(crate) fn numbers(selector: [u8; 4], numbers: &[u64]) -> Self {
        Self(abi::error(selector, numbers))
    }

    /// [`I::GaugesTooLarge`].
    pub(crate) fn too_large(amount: &B256) -> Self {
        Self(abi::failure(I::GaugesTooLarge::SELECTOR, &[*amount]))
    }

    /// [`I::GaugesUnfunded`].
    pub(crate) fn unfunded(balance: U256, needed: u128) -> Self {
        Self(abi::failure(I::GaugesUnfunded::SELECTOR, &[balance.into(), abi::word128(needed)]))
    }

    /// [`I::GaugesShortTransfer`].
    pub(crate) fn short_transfer(received: U256, amount: u128) -> Self {
        Self(abi::failure(I::GaugesShortTransfer::SELECTOR, &[received.into(), abi::word128(amount)]))
    }

    /// [`I::GaugesInsufficientStake`].
    pub(crate) fn insufficient(stake: u128, amount: u128) -> Self {
        Self(abi::failure(I::GaugesInsufficientStake::SELECTOR, &[abi::word128(stake), abi::word128(amount)]))
    }

    /// [`I::GaugesBadToken`].
    pub(crate) fn bad_token(token: &Address) -> Self {
        Self(abi::failure(I::GaugesBadToken::SELECTOR, &[token.into_word()]))
    }

    /// [`I::GaugesBadWeight`].
    pub(crate) fn bad_weight(weight: u8) -> Self {
        Self::numbers(I::GaugesBadWeight::SELECTOR, &[weight.into()])
    }

    /// [`I::GaugesUnknownPool`].
    pub(crate) fn unknown_pool(pool: u16) -> Self {
        Self::numbers(I::GaugesUnknownPool::SELECTOR, &[pool.into()])
    }

    /// [`I::GaugesPoolKilled`].
    pub(crate) fn killed(pool: u16) -> Self {
        Self::numbers(I::GaugesPoolKilled::SELECTOR, &[pool.into()])
    }

    /// [`I::GaugesZeroAddress`].
    pub(crate) fn zero_address() -> Self {
        Self::numbers(I::GaugesZeroAddress::SELECTOR, &[])
    }

    /// [`I::GaugesArithmetic`] in a pool (0: in none).
    pub(crate) fn arithmetic(pool: u16) -> Self {
        Self::numbers(I::GaugesArithmetic::SELECTOR, &[pool.into()])
    }

    /// What a pool refuses with.
    pub(crate) fn reward(pool: u16, error: RewardError) -> Self {
        match error {
            RewardError::Backwards { now, last } => Self::numbers(I::GaugesBackwards::SELECTOR, &[now, last]),
            RewardError::TooMuch { .. } | RewardError::Math(_) => Self::arithmetic(pool),
        }
    }
}

impl From<AllocationError> for Error {
    fn from(error: AllocationError) -> Self {
        match error {
            AllocationError::BadSum { sum } => Self::numbers(I::GaugesWeightSum::SELECTOR, &[sum]),
            AllocationError::Math(_) => Self::arithmetic(0),
        }
    }
}

impl From<ReentrancyGuardReentrantCall> for Error {
    fn from(_: ReentrancyGuardReentrantCall) -> Self {
        Self::numbers(ReentrancyGuardReentrantCall::SELECTOR, &[])
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
