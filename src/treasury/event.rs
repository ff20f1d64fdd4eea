//! Events of the treasury as logs, see `events.sol`.

use alloy_primitives::{Address, B256};
use alloy_sol_types::{sol, SolEvent};
use escapement_core::vesting::{Plan, Stream};
use escapement_kit::{abi, vm};

use crate::{error::amount_word, storage::Round};

sol!("events.sol");

use ITreasuryEvents as E;

/// Emits [`E::Initialized`].
pub(crate) fn initialized(version: u64, controller: &Address, token: &Address) {
    let data = [abi::word(version), controller.into_word(), token.into_word()];
    vm::log(E::Initialized::SIGNATURE, &[], &data);
}

/// Emits [`E::Migrated`].
pub(crate) fn migrated(from: u64, to: u64) {
    vm::log(E::Migrated::SIGNATURE, &[], &[abi::word(from), abi::word(to)]);
}

/// Emits [`E::RewardNotified`].
pub(crate) fn reward_notified(amount: u128) {
    vm::log(E::RewardNotified::SIGNATURE, &[], &[amount_word(amount)]);
}

/// Emits [`E::SurplusBooked`].
pub(crate) fn surplus_booked(amount: u128) {
    vm::log(E::SurplusBooked::SIGNATURE, &[], &[amount_word(amount)]);
}

/// Emits [`E::Spent`].
pub(crate) fn spent(to: &Address, amount: u128) {
    vm::log(E::Spent::SIGNATURE, &[to.into_word()], &[amount_word(amount)]);
}

/// Emits [`E::StreamOpened`].
pub(crate) fn stream_opened(beneficiary: &Address, stream: &Stream) {
    let data = [
        amount_word(stream.amount),
        abi::word(stream.updated_at),
        abi::word(stream.cliff),
        abi::word(stream.duration.into()),
        abi::word(stream.fixed_end),
        abi::word(stream.speed.into()),
    ];
    vm::log(E::StreamOpened::SIGNATURE, &[beneficiary.into_word()], &data);
}

/// Emits [`E::StreamEdited`].
pub(crate) fn stream_edited(vested: u128, old_unvested: u128, plan: &Plan) {
    let amounts = [vested, old_unvested, plan.amount].map(amount_word);
    let [vested, old, new] = amounts;
    let data = [vested, old, new, abi::word(plan.cliff), abi::word(plan.duration.into())];
    vm::log(E::StreamEdited::SIGNATURE, &[], &data);
}

/// Emits [`E::StreamRevoked`].
pub(crate) fn stream_revoked(vested: u128, returned: u128) {
    vm::log(E::StreamRevoked::SIGNATURE, &[], &[amount_word(vested), amount_word(returned)]);
}

/// Emits [`E::Released`].
pub(crate) fn released(beneficiary: &Address, amount: u128) {
    vm::log(E::Released::SIGNATURE, &[beneficiary.into_word()], &[amount_word(amount)]);
}

/// Emits [`E::SpeedChanged`].
pub(crate) fn speed_changed(old: u32, new: u32) {
    vm::log(E::SpeedChanged::SIGNATURE, &[], &[abi::word(old.into()), abi::word(new.into())]);
}

/// Emits [`E::SpeedKept`].
pub(crate) fn speed_kept(reason: u64, speed: u32, detail: u64) {
    vm::log(E::SpeedKept::SIGNATURE, &[abi::word(reason)], &[abi::word(speed.into()), abi::word(detail)]);
}

/// Emits [`E::RoundOpened`].
pub(crate) fn round_opened(number: u32, root: &B256, round: &Round) {
    let moments = [round.opens_at, round.deadline].map(abi::word);
    let [opens_at, deadline] = moments;
    let data = [*root, amount_word(round.shares.budget), opens_at, deadline];
    vm::log(E::RoundOpened::SIGNATURE, &[abi::word(number.into())], &data);
}

/// Emits [`E::CategoryDeclared`].
pub(crate) fn category_declared(round: u32, category: u8, base: u128, multiplier: u32) {
    let topics = [abi::word(round.into()), abi::word(category.into())];
    vm::log(E::CategoryDeclared::SIGNATURE, &topics, &[amount_word(base), abi::word(multiplier.into())]);
}

/// Emits [`E::RoundDisabled`] or [`E::RoundClosed`].
pub(crate) fn round_over(round: u32, disabled: bool, returned: u128) {
    let signature = if disabled { E::RoundDisabled::SIGNATURE } else { E::RoundClosed::SIGNATURE };
    vm::log(signature, &[abi::word(round.into())], &[amount_word(returned)]);
}

/// Emits [`E::GrantClaimed`].
pub(crate) fn grant_claimed(round: u32, index: u32, account: &Address, category: u8, base: u128, amount: u128) {
    let topics = [abi::word(round.into()), abi::word(index.into()), account.into_word()];
    let data = [abi::word(category.into()), amount_word(base), amount_word(amount)];
    vm::log(E::GrantClaimed::SIGNATURE, &topics, &data);
}
