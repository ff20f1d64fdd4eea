//! Events of the treasury as logs, see `events.sol`.

use alloy_primitives::{Address, B256};
use alloy_sol_types::{sol, SolEvent};
use escapement_core::vesting::{Plan, Stream};
use escapement_kit::{abi, log};

use crate::storage::Round;

sol!("events.sol");

use ITreasuryEvents as E;

/// Emits [`E::Initialized`].
pub(crate) fn initialized(version: u64, controller: &Address, token: &Address) {
    let data = [abi::word(version), controller.into_word(), token.into_word()];
    log::emit(E::Initialized::SIGNATURE, &[], &data);
}

/// Emits [`E::Migrated`].
pub(crate) fn migrated(from: u64, to: u64) {
    log::emit(E::Migrated::SIGNATURE, &[], &[abi::word(from), abi::word(to)]);
}

/// Emits [`E::RewardNotified`].
pub(crate) fn reward_notified(amount: u128) {
    log::emit(E::RewardNotified::SIGNATURE, &[], &[abi::word128(amount)]);
}

/// Emits [`E::SurplusBooked`].
pub(crate) fn surplus_booked(amount: u128) {
    log::emit(E::SurplusBooked::SIGNATURE, &[], &[abi::word128(amount)]);
}

/// Emits [`E::Spent`].
pub(crate) fn spent(to: &Address, amount: u128) {
    log::emit(E::Spent::SIGNATURE, &[to.into_word()], &[abi::word128(amount)]);
}

/// Emits [`E::Rescued`].
pub(crate) fn rescued(token: &Address, to: &Address, amount: &B256) {
    log::emit(E::Rescued::SIGNATURE, &[token.into_word(), to.into_word()], &[*amount]);
}

/// Emits [`E::StreamOpened`].
pub(crate) fn stream_opened(beneficiary: &Address, stream: &Stream) {
    let data = [
        abi::word128(stream.amount),
        abi::word(stream.updated_at),
        abi::word(stream.cliff),
        abi::word(stream.duration.into()),
        abi::word(stream.fixed_end),
        abi::word(stream.speed.into()),
    ];
    log::emit(E::StreamOpened::SIGNATURE, &[beneficiary.into_word()], &data);
}

/// Emits [`E::StreamEdited`].
pub(crate) fn stream_edited(vested: u128, old_unvested: u128, plan: &Plan) {
    let amounts = [vested, old_unvested, plan.amount].map(abi::word128);
    let [vested, old, new] = amounts;
    let data = [vested, old, new, abi::word(plan.cliff), abi::word(plan.duration.into())];
    log::emit(E::StreamEdited::SIGNATURE, &[], &data);
}

/// Emits [`E::StreamRevoked`].
pub(crate) fn stream_revoked(vested: u128, returned: u128) {
    log::emit(E::StreamRevoked::SIGNATURE, &[], &[abi::word128(vested), abi::word128(returned)]);
}

/// Emits [`E::Released`].
pub(crate) fn released(beneficiary: &Address, amount: u128) {
    log::emit(E::Released::SIGNATURE, &[beneficiary.into_word()], &[abi::word128(amount)]);
}

/// Emits [`E::SpeedChanged`].
pub(crate) fn speed_changed(old: u32, new: u32) {
    log::emit(E::SpeedChanged::SIGNATURE, &[], &[abi::word(old.into()), abi::word(new.into())]);
}

/// Emits [`E::SpeedKept`].
pub(crate) fn speed_kept(reason: u64, speed: u32, detail: u64) {
    log::emit(E::SpeedKept::SIGNATURE, &[abi::word(reason)], &[abi::word(speed.into()), abi::word(detail)]);
}

/// Emits [`E::RoundOpened`].
pub(crate) fn round_opened(number: u32, root: &B256, round: &Round) {
    let moments = [round.opens_at, round.deadline].map(abi::word);
    let [opens_at, deadline] = moments;
    let data = [*root, abi::word128(round.shares.budget), opens_at, deadline];
    log::emit(E::RoundOpened::SIGNATURE, &[abi::word(number.into())], &data);
}

/// Emits [`E::CategoryDeclared`].
pub(crate) fn category_declared(round: u32, category: u8, base: u128, multiplier: u32) {
    let topics = [abi::word(round.into()), abi::word(category.into())];
    log::emit(E::CategoryDeclared::SIGNATURE, &topics, &[abi::word128(base), abi::word(multiplier.into())]);
}

/// Emits [`E::RoundDisabled`] or [`E::RoundClosed`].
pub(crate) fn round_over(round: u32, disabled: bool, returned: u128) {
    let signature = if disabled { E::RoundDisabled::SIGNATURE } else { E::RoundClosed::SIGNATURE };
    log::emit(signature, &[abi::word(round.into())], &[abi::word128(returned)]);
}

/// Emits [`E::GrantClaimed`].
pub(crate) fn grant_claimed(round: u32, index: u32, account: &Address, category: u8, base: u128, amount: u128) {
    let topics = [abi::word(round.into()), abi::word(index.into()), account.into_word()];
    let data = [abi::word(category.into()), abi::word128(base), abi::word128(amount)];
    log::emit(E::GrantClaimed::SIGNATURE, &topics, &data);
}
