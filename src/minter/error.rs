//! Errors of the minter, as they stand on the wire: each is a typed Solidity error of `abi.sol`, encoded where it arises.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::{allocation::AllocationError, equilibrium::EquilibriumError, twap};
use escapement_kit::{
    abi::{self, word128, Malformed},
    reentrancy::ReentrancyGuardReentrantCall,
};

use crate::IMinter as I;

/// Revert data: an encoded Solidity error, or nothing for malformed calldata.
#[derive(PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Error(pub Vec<u8>);

/// Number of a setting in `MinterOutOfRange`.
pub mod setting {
    /// Seconds in an epoch.
    pub const EPOCH_LENGTH: u8 = 0;
    /// Span of the burn average, epochs.
    pub const EMA_EPOCHS: u8 = 1;
    /// Most a roller is paid, bps.
    pub const KEEPER_BPS: u8 = 2;
    /// Seconds in which that is reached.
    pub const KEEPER_RAMP: u8 = 3;
    /// Age of stale observations, seconds.
    pub const STALE_AFTER: u8 = 4;
    /// Most distance from the average price, bps.
    pub const DEVIATION: u8 = 5;
    /// Most loss of a buy-back, bps.
    pub const SLIPPAGE: u8 = 6;
}

impl Error {
    /// Selector and words in a row.
    pub(crate) fn new(selector: [u8; 4], words: &[B256]) -> Self {
        Self(abi::failure(selector, words))
    }

    /// Selector and numbers in a row.
    pub(crate) fn numbers(selector: [u8; 4], numbers: &[u64]) -> Self {
        Self(abi::error(selector, numbers))
    }

    /// `MinterTooEarly`.
    pub(crate) fn too_early(opens_at: u64) -> Self {
        Self::numbers(I::MinterTooEarly::SELECTOR, &[opens_at])
    }

    /// `MinterBadAccount`.
    pub(crate) fn bad_account(account: &Address) -> Self {
        Self::new(I::MinterBadAccount::SELECTOR, &[account.into_word()])
    }

    /// `MinterWithoutCode`.
    pub(crate) fn without_code(account: &Address) -> Self {
        Self::new(I::MinterWithoutCode::SELECTOR, &[account.into_word()])
    }

    /// `MinterBadAnswer`.
    pub(crate) fn bad_answer(target: &Address, answer: U256) -> Self {
        Self::new(I::MinterBadAnswer::SELECTOR, &[target.into_word(), answer.into()])
    }

    /// `MinterArithmetic`.
    #[inline(never)]
    pub(crate) fn arithmetic(supply: u128, time: u64) -> Self {
        Self::new(I::MinterArithmetic::SELECTOR, &[word128(supply), abi::word(time)])
    }

    /// What the weights of consumers break.
    pub(crate) fn weights(error: AllocationError) -> Self {
        match error {
            AllocationError::BadSum { sum } => Self::numbers(I::MinterWeightSum::SELECTOR, &[sum]),
            AllocationError::Math(_) => Self::arithmetic(0, 0),
        }
    }

    /// What the meter or the counter of re-mint refuses.
    pub(crate) fn equilibrium(error: EquilibriumError, supply: u128, now: u64) -> Self {
        let (selector, first, second) = match error {
            EquilibriumError::ForeignMint { expected, supply } => (I::MinterForeignMint::SELECTOR, expected, supply),
            EquilibriumError::AboveRoom { amount, room } => (I::MinterRemintAboveRoom::SELECTOR, amount, room),
            EquilibriumError::Math(_) => return Self::arithmetic(supply, now),
        };
        Self::new(selector, &[word128(first), word128(second)])
    }

    /// What the readings or the guards of a buy-back refuse.
    pub(crate) fn twap(error: twap::TwapError, deviation_bps: u16, now: u64) -> Self {
        use twap::TwapError as E;
        match error {
            E::TooSoon { next } => Self::numbers(I::MinterObservedTooSoon::SELECTOR, &[next]),
            E::TooYoung { age } => Self::numbers(I::MinterObservationTooYoung::SELECTOR, &[age, twap::MIN_AGE]),
            E::TooOld { age } => Self::numbers(I::MinterObservationTooOld::SELECTOR, &[age, twap::MAX_AGE]),
            E::Deviates { implied, reserve } => {
                let words = [implied.into(), word128(reserve), abi::word(deviation_bps.into())];
                Self::new(I::MinterPriceDeviates::SELECTOR, &words)
            }
            E::Short { worth, least } => Self::new(I::MinterShortWorth::SELECTOR, &[worth.into(), least.into()]),
            E::Math(_) => Self::arithmetic(0, now),
        }
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

impl From<ReentrancyGuardReentrantCall> for Error {
    fn from(_: ReentrancyGuardReentrantCall) -> Self {
        Self::numbers(ReentrancyGuardReentrantCall::SELECTOR, &[])
    }
}

/// Refuses a setting outside its range.
pub fn within(setting: u8, value: u64, least: u64, most: u64) -> Result<(), Error> {
    if value < least || value > most {
        return Err(Error::numbers(I::MinterOutOfRange::SELECTOR, &[setting.into(), value, least, most]));
    }
    Ok(())
}

/// Narrows an amount.
pub fn narrow(amount: U256) -> Result<u128, Error> {
    u128::try_from(amount).map_err(|_| Error::new(I::MinterAmountTooLarge::SELECTOR, &[amount.into()]))
}
