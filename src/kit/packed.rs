//! Storage words that hold several fields, and the words in which a reward pool and its accounts are kept.
//!
//! What is written together lies together, so that each word is read and written once in a call. Fields are named from
//! the left, the high end of the word.

use alloy_primitives::{B256, U256};
use escapement_core::{
    fixed::MathError,
    reward::{Account, Pool},
};

use crate::{abi, vm};

/// Bits of the moment a stream ends, in the word of the stream; the rate has the 88 bits above.
const ENDS_AT_BITS: u32 = 40;

/// Returns the low 128 bits of a word if the rest is zero.
#[must_use]
pub fn narrow(word: &B256) -> Option<u128> {
    match abi::halves(word) {
        [0, low] => Some(low),
        _ => None,
    }
}

/// Returns a number of 192 bits above one of 64; `None` if the first has more.
#[must_use]
fn index_word(index: U256, low: u64) -> Option<B256> {
    match *index.as_limbs() {
        [a, b, c, 0] => Some(U256::from_limbs([low, a, b, c]).into()),
        _ => None,
    }
}

/// Returns the number of 192 bits and the one of 64.
fn split_index(word: &B256) -> (U256, u64) {
    let [low, a, b, c] = *U256::from_be_bytes(word.0).as_limbs();
    (U256::from_limbs([a, b, c, 0]), low)
}

/// Where a [`Pool`] is kept: index (192 bits) and moment (64); rate (88), end (40) and unallocated (128); weight (128)
/// and funded (128).
#[derive(Clone, Copy)]
pub struct PoolSlots(pub [B256; 3]);

impl PoolSlots {
    /// Reads the pool.
    #[must_use]
    #[inline(never)]
    pub fn load(&self) -> Pool {
        let [first, second, third] = &self.0;
        let (index, updated_at) = split_index(&vm::load(first));
        let [stream, unallocated] = abi::halves(&vm::load(second));
        let [weight, funded] = abi::halves(&vm::load(third));
        // The mask leaves 40 bits.
        #[allow(clippy::cast_possible_truncation)]
        let ends_at = (stream & ((1 << ENDS_AT_BITS) - 1)) as u64;
        Pool { index, updated_at, rate: stream >> ENDS_AT_BITS, ends_at, unallocated, weight, funded }
    }

    /// Writes the pool.
    ///
    /// # Errors
    ///
    /// [`MathError::Overflow`] if a field does not fit, which takes a stream of less than 2^8 seconds.
    #[inline(never)]
    pub fn save(&self, pool: &Pool) -> Result<(), MathError> {
        let [first, second, third] = &self.0;
        let index = index_word(pool.index, pool.updated_at).ok_or(MathError::Overflow)?;
        let ends_at = u128::from(pool.ends_at);
        if pool.rate >> (128 - ENDS_AT_BITS) != 0 || ends_at >> ENDS_AT_BITS != 0 {
            return Err(MathError::Overflow);
        }
        vm::save(first, &index);
        vm::save(second, &abi::join([(pool.rate << ENDS_AT_BITS) | ends_at, pool.unallocated]));
        vm::save(third, &abi::join([pool.weight, pool.funded]));
        Ok(())
    }
}

/// Where an [`Account`] is kept: weight (128 bits) and owed (128); the index it was paid at (192) above 64 bits that are
/// not its own.
#[derive(Clone, Copy)]
pub struct AccountSlots(pub [B256; 2]);

impl AccountSlots {
    /// Reads the account, and the 64 bits beside it.
    #[must_use]
    #[inline(never)]
    pub fn load(&self) -> (Account, u64) {
        let [first, second] = &self.0;
        let [weight, owed] = abi::halves(&vm::load(first));
        let (paid, rest) = split_index(&vm::load(second));
        (Account { weight, paid, owed }, rest)
    }

    /// Writes the account, and the 64 bits beside it.
    ///
    /// # Errors
    ///
    /// [`MathError::Overflow`] never for an account of a pool that was saved.
    #[inline(never)]
    pub fn save(&self, account: &Account, rest: u64) -> Result<(), MathError> {
        let [first, second] = &self.0;
        vm::save(second, &index_word(account.paid, rest).ok_or(MathError::Overflow)?);
        vm::save(first, &abi::join([account.weight, account.owed]));
        Ok(())
    }
}
