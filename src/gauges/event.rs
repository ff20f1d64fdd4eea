//! Events of the gauges as logs, see `events.sol`.

use alloy_primitives::{Address, B256};
use alloy_sol_types::{sol, SolEvent};
use escapement_kit::{abi, vm};

use crate::error::amount_word;

sol!("events.sol");

use IGaugesEvents as E;

/// Emits [`E::Initialized`].
pub(crate) fn initialized(version: u64, controller: &Address, token: &Address, epoch_length: u32) {
    let data = [abi::word(version), controller.into_word(), token.into_word(), abi::word(epoch_length.into())];
    vm::log(E::Initialized::SIGNATURE, &[], &data);
}

/// Emits [`E::Migrated`].
pub(crate) fn migrated(from: u64, to: u64) {
    vm::log(E::Migrated::SIGNATURE, &[], &[abi::word(from), abi::word(to)]);
}

/// Emits [`E::RewardNotified`].
pub(crate) fn reward_notified(amount: u128, reserve: u128) {
    vm::log(E::RewardNotified::SIGNATURE, &[], &[amount_word(amount), amount_word(reserve)]);
}

/// Emits [`E::PoolFunded`].
pub(crate) fn pool_funded(pool: u16, amount: u128, rate: u128, ends_at: u64) {
    let data = [amount_word(amount), amount_word(rate), abi::word(ends_at)];
    vm::log(E::PoolFunded::SIGNATURE, &[abi::word(pool.into())], &data);
}

/// Emits [`E::PoolRefused`].
pub(crate) fn pool_refused(pool: u16, amount: u128) {
    vm::log(E::PoolRefused::SIGNATURE, &[abi::word(pool.into())], &[amount_word(amount)]);
}

/// Emits [`E::WeightsChanged`].
pub(crate) fn weights_changed(words: &[B256; 2]) {
    vm::log(E::WeightsChanged::SIGNATURE, &[], words);
}

/// Emits [`E::WeightsKept`].
pub(crate) fn weights_kept(reason: u64, detail: u64) {
    vm::log(E::WeightsKept::SIGNATURE, &[abi::word(reason)], &[abi::word(detail)]);
}

/// Emits [`E::ReserveSwept`].
pub(crate) fn reserve_swept(treasury: &Address, amount: u128) {
    vm::log(E::ReserveSwept::SIGNATURE, &[treasury.into_word()], &[amount_word(amount)]);
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
    vm::log(signature, &[abi::word(pool.into()), account.into_word()], &[amount_word(amount)]);
}

/// Emits [`E::PoolAdded`].
pub(crate) fn pool_added(pool: u16, weight: u8, token: &Address) {
    let topics = [abi::word(pool.into()), abi::word(weight.into()), token.into_word()];
    vm::log(E::PoolAdded::SIGNATURE, &topics, &[]);
}

/// Emits [`E::PoolKilled`].
pub(crate) fn pool_killed(pool: u16, weight: u8, returned: u128) {
    let topics = [abi::word(pool.into()), abi::word(weight.into())];
    vm::log(E::PoolKilled::SIGNATURE, &topics, &[amount_word(returned)]);
}

/// Emits [`E::TreasuryChanged`].
pub(crate) fn treasury_changed(old: &B256, new: &B256) {
    vm::log(E::TreasuryChanged::SIGNATURE, &[*old, *new], &[]);
}
