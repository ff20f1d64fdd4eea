//! Logs of the vault, see `events.sol`.

use alloy_primitives::Address;
use alloy_sol_types::{sol, SolEvent};
use escapement_core::lock::{Curve, Position};
use escapement_kit::log::Log;

sol!("events.sol");

use IVaultEvents as E;

/// [`E::Initialized`].
pub(crate) fn initialized(version: u64) {
    Log::new(E::Initialized::SIGNATURE, &[version]).emit(1);
}

/// [`E::Migrated`].
pub(crate) fn migrated(from: u64, to: u64) {
    Log::new(E::Migrated::SIGNATURE, &[from, to]).emit(1);
}

/// [`E::Staked`].
pub(crate) fn staked(account: &Address, id: u32, position: &Position) {
    let mut log = Log::of(E::Staked::SIGNATURE, account);
    log.numbers(&[id.into()]);
    log.amount(position.amount);
    log.numbers(&[position.multiplier.into(), position.length.into(), position.ends_at]);
    log.emit(3);
}

/// [`E::Compounded`].
pub(crate) fn compounded(account: &Address, id: u32, amount: u128) {
    let mut log = Log::of(E::Compounded::SIGNATURE, account);
    log.numbers(&[id.into()]);
    log.amount(amount);
    log.emit(3);
}

/// [`E::LockChanged`].
pub(crate) fn lock_changed(account: &Address, id: u32, position: &Position) {
    let mut log = Log::of(E::LockChanged::SIGNATURE, account);
    log.numbers(&[id.into(), position.multiplier.into(), position.length.into(), position.ends_at]);
    log.emit(3);
}

/// [`E::Claimed`].
pub(crate) fn claimed(account: &Address, amount: u128) {
    let mut log = Log::of(E::Claimed::SIGNATURE, account);
    log.amount(amount);
    log.emit(2);
}

/// [`E::Unstaked`].
pub(crate) fn unstaked(account: &Address, id: u32, exit_id: u32, amount: u128, ready_at: u64) {
    let mut log = Log::of(E::Unstaked::SIGNATURE, account);
    log.numbers(&[id.into(), exit_id.into()]);
    log.amount(amount);
    log.numbers(&[ready_at]);
    log.emit(4);
}

/// [`E::ExitedEarly`].
pub(crate) fn exited_early(account: &Address, id: u32, penalty: u128) {
    let mut log = Log::of(E::ExitedEarly::SIGNATURE, account);
    log.numbers(&[id.into()]);
    log.amount(penalty);
    log.emit(3);
}

/// [`E::Withdrawn`].
pub(crate) fn withdrawn(account: &Address, exit_id: u32, amount: u128) {
    let mut log = Log::of(E::Withdrawn::SIGNATURE, account);
    log.numbers(&[exit_id.into()]);
    log.amount(amount);
    log.emit(3);
}

/// [`E::RewardNotified`].
pub(crate) fn reward_notified(amount: u128, rate: u128, ends_at: u64) {
    let mut log = Log::new(E::RewardNotified::SIGNATURE, &[]);
    log.amount(amount);
    log.amount(rate);
    log.numbers(&[ends_at]);
    log.emit(1);
}

/// [`E::CurveChanged`].
pub(crate) fn curve_changed(curve: &Curve) {
    Log::new(E::CurveChanged::SIGNATURE, &curve.knots().map(u64::from)).emit(1);
}

/// [`E::CurveKept`].
pub(crate) fn curve_kept(reason: &[u8]) {
    let mut log = Log::new(E::CurveKept::SIGNATURE, &[]);
    log.bytes(0, reason);
    log.emit(1);
}

/// [`E::TermsChanged`].
pub(crate) fn terms_changed(cooldown: u32, penalty: u16) {
    Log::new(E::TermsChanged::SIGNATURE, &[cooldown.into(), penalty.into()]).emit(1);
}

/// [`E::MinterChanged`].
pub(crate) fn minter_changed(old: &Address, new: &Address) {
    let mut log = Log::of(E::MinterChanged::SIGNATURE, old);
    log.word(&new.into_word());
    log.emit(3);
}

/// [`E::DelegateChanged`].
pub(crate) fn delegate_changed(delegator: &Address, from: &Address, to: &Address) {
    let mut log = Log::of(E::DelegateChanged::SIGNATURE, delegator);
    log.word(&from.into_word());
    log.word(&to.into_word());
    log.emit(4);
}

/// [`E::DelegateVotesChanged`].
pub(crate) fn votes_changed(delegatee: &Address, (before, after): (u128, u128)) {
    let mut log = Log::of(E::DelegateVotesChanged::SIGNATURE, delegatee);
    log.amount(before);
    log.amount(after);
    log.emit(2);
}
