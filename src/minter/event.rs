//! The minter's events, from `events.sol`; those of ownership are `OpenZeppelin`'s.
//!
//! Encoded by hand: words in a row, which is all these events are. The tests decode them with the generated types.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use escapement_kit::vm;

mod sol {
    use alloy_sol_types::sol;
    sol!("events.sol");
}

pub use sol::{BreakerReset, BreakerTripped, EpochMissed, EpochRolled, Initialized, Migrated, RecipientChanged};

/// A number as a word.
#[inline(never)]
fn number(value: u64) -> B256 {
    U256::from_limbs([value, 0, 0, 0]).into()
}

/// Emits a log of `topics` words followed by data words.
#[inline(never)]
fn emit(words: &[B256], topics: usize) {
    let mut buffer = Vec::with_capacity(words.len().saturating_mul(32));
    for word in words {
        buffer.extend_from_slice(word.as_slice());
    }
    vm::emit(&buffer, topics);
}

/// See [`Initialized`].
pub fn initialized(version: u64) {
    emit(&[Initialized::SIGNATURE_HASH, number(version)], 1);
}

/// See [`Migrated`].
pub fn migrated(from: u64, to: u64) {
    emit(&[Migrated::SIGNATURE_HASH, number(from), number(to)], 1);
}

/// See [`EpochRolled`].
pub fn epoch_rolled(epoch: u64, outcome: u8, minted: U256, rate: u32, next_rate: u32, supply: U256) {
    let hash = EpochRolled::SIGNATURE_HASH;
    let (rate, next_rate) = (number(rate.into()), number(next_rate.into()));
    emit(&[hash, number(epoch), number(outcome.into()), minted.into(), rate, next_rate, supply.into()], 3);
}

/// See [`EpochMissed`].
pub fn epoch_missed(first: u64, count: u64) {
    emit(&[EpochMissed::SIGNATURE_HASH, number(first), number(count)], 2);
}

/// See [`BreakerTripped`].
pub fn breaker_tripped(epoch: u64, reason: u8, amount: U256, level: U256, limit: U256) {
    let hash = BreakerTripped::SIGNATURE_HASH;
    emit(&[hash, number(epoch), number(reason.into()), amount.into(), level.into(), limit.into()], 2);
}

/// See [`BreakerReset`].
pub fn breaker_reset() {
    emit(&[BreakerReset::SIGNATURE_HASH], 1);
}

/// See [`RecipientChanged`].
pub fn recipient_changed(previous: Address, recipient: Address) {
    emit(&[RecipientChanged::SIGNATURE_HASH, previous.into_word(), recipient.into_word()], 3);
}
