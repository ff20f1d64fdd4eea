//! Events of the gauges as logs, see `events.sol`.

use alloy_primitives::{Address, B256};
use alloy_sol_types::{sol, SolEvent};
use escapement_kit::{abi, log};

sol!("events.sol");

use IGaugesEvents as E;

/// Emits [`E::Initialized`].
pub(crate) fn initialized(version: u64, controller: &Address, token: &Address, epoch_length: u32) {
    let data = [abi::word(version), controller.into_word(), token.into_word(), abi::word(epoch_length.into())];
    log::emit(E::Initialized::SIGNATURE, &[], &data);
}

/// Emits [`E::Migrated`].
pub(crate) fn migrated(from: u64, to: u64) {
    log::emit(E::Migrated::SIGNATURE, &[], &[abi::word(from), abi::word(to)]);
}

/// Emits [`E::RewardNotified`].
pub(crate) fn reward_notified(amount: u128, reserve: u128) {
    log::emit(E::RewardNotified::SIGNATURE, &[], &[abi::word128(amount), abi::word128(reserve)]);
}

/// Emits [`E::PoolFunded`].
pub(crate) fn pool_funded(pool: u16, amount: u128, rate: u128, ends_at: u64) {
    let data = [abi::word128(amount), abi::word128(rate), abi::word(ends_at)];
    log::emit(E::PoolFunded::SIGNATURE, &[abi::word(pool.into())], &data);
}

/// Emits [`E::PoolRefused`].
pub(crate) fn pool_refused(pool: u16, amount: u128) {
    log::emit(E::PoolRefused::SIGNATURE, &[abi::word(pool.into())], &[abi::word128(amount)]);
}

/// Emits [`E::WeightsChanged`].
pub(crate) fn weights_changed(words: &[B256; 2]) {
    log::emit(E::WeightsChanged::SIGNATURE, &[], words);
}

/// Emits [`E::WeightsKept`].
pub(crate) fn weights_kept(reason: u64, detail: u64) {
    log::emit(E::WeightsKept::SIGNATURE, &[abi::word(reason)], &[abi::word(detail)]);
}

/// Emits [`E::ReserveSwept`].
pub(crate) fn reserve_swept(treasury: &Address, amount: u128) {
    log::emit(E::ReserveSwept::SIGNATURE, &[treasury.into_word()], &[abi::word128(amount)]);
}

/// What an account does in a pool.
pub(crate) enum Act {
    Staked,
    Withdrawn,
    Claimed,
}

/// Emits [`E::Staked`], [`E::Withdrawn`] or [`E::Claimed`].
pub(crate) fn acted(act: &Act, pool: u16, account: &Address, amount: u128) {
    let signature = match act {
        Act::Staked => E::Staked::SIGNATURE,
        Act::Withdrawn => E::Withdrawn::SIGNATURE,
        Act::Claimed => E::Claimed::SIGNATURE,
    };
    log::emit(signature, &[abi::word(pool.into()), account.into_word()], &[abi::word128(amount)]);
}

/// Emits [`E::PoolAdded`].
pub(crate) fn pool_added(pool: u16, weight: u8, token: &Address) {
    let topics = [abi::word(pool.into()), abi::word(weight.into()), token.into_word()];
    log::emit(E::PoolAdded::SIGNATURE, &topics, &[]);
}

/// Emits [`E::PoolKilled`].
pub(crate) fn pool_killed(pool: u16, weight: u8, returned: u128) {
    let topics = [abi::word(pool.into()), abi::word(weight.into())];
    log::emit(E::PoolKilled::SIGNATURE, &topics, &[abi::word128(returned)]);
}

/// Emits [`E::TreasuryChanged`].
pub(crate) fn treasury_changed(old: &B256, new: &B256) {
    log::emit(E::TreasuryChanged::SIGNATURE, &[*old, *new], &[]);
}
