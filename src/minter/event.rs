//! Events of the minter as Solidity logs, see `events.sol`. Written by hand: words in a row, which is all they are.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{sol, SolEvent};
use escapement_kit::{
    abi::{self, word128},
    log::Log,
};

sol!("events.sol");

use IMinterEvents as E;

/// Emits a log: the hash of the signature, then words; the first `topics` of all are topics.
#[inline(never)]
fn emit(signature: &str, topics: usize, words: &[B256]) {
    let mut log = Log::new(signature, &[]);
    for word in words {
        log.word(word);
    }
    log.emit(topics);
}

/// A number as a word.
fn number(value: impl Into<u64>) -> B256 {
    abi::word(value.into())
}

/// See [`E::Initialized`].
pub fn initialized(version: u64, controller: &Address, token: &Address, epochs: [u64; 2], supply: u128, cap: u128) {
    let [genesis, length] = epochs;
    let (controller, token) = (controller.into_word(), token.into_word());
    let words = [number(version), controller, token, number(genesis), number(length), word128(supply), word128(cap)];
    emit(E::Initialized::SIGNATURE, 1, &words);
}

/// See [`E::Migrated`].
pub fn migrated(from: u64, to: u64) {
    emit(E::Migrated::SIGNATURE, 1, &[number(from), number(to)]);
}

/// See [`E::EpochRolled`].
pub fn epoch_rolled(epoch: u64, outcome: u8, minted: u128, rates: [u32; 2], supply: u128) {
    let [rate, next_rate] = rates;
    let words = [number(epoch), number(outcome), word128(minted), number(rate), number(next_rate), word128(supply)];
    emit(E::EpochRolled::SIGNATURE, 3, &words);
}

/// See [`E::EpochMissed`].
pub fn epoch_missed(first: u64, count: u64) {
    emit(E::EpochMissed::SIGNATURE, 2, &[number(first), number(count)]);
}

/// See [`E::Equilibrium`]: burned, average, re-minted; cap before, burn share and cap after.
pub fn equilibrium(epoch: u64, dormant: u8, amounts: [u128; 3], values: [u32; 3]) {
    let [burned, average, reminted] = amounts.map(word128);
    let [cap, next_share, next_cap] = values.map(number);
    let words = [number(epoch), number(dormant), burned, average, reminted, cap, next_share, next_cap];
    emit(E::Equilibrium::SIGNATURE, 3, &words);
}

/// See [`E::Delivered`].
pub fn delivered(consumer: &Address, amount: u128) {
    emit(E::Delivered::SIGNATURE, 2, &[consumer.into_word(), word128(amount)]);
}

/// See [`E::NotBooked`].
pub fn not_booked(consumer: &Address, amount: u128, unbooked: u128) {
    emit(E::NotBooked::SIGNATURE, 2, &[consumer.into_word(), word128(amount), word128(unbooked)]);
}

/// See [`E::KeeperPaid`].
pub fn keeper_paid(keeper: &Address, epoch: u64, amount: u128) {
    emit(E::KeeperPaid::SIGNATURE, 3, &[keeper.into_word(), number(epoch), word128(amount)]);
}

/// See [`E::BreakerTripped`].
pub fn breaker_tripped(epoch: u64, reason: u8, amount: u128, level: U256, limit: U256) {
    let words = [number(epoch), number(reason), word128(amount), level.into(), limit.into()];
    emit(E::BreakerTripped::SIGNATURE, 2, &words);
}

/// See [`E::BreakerReset`].
pub fn breaker_reset() {
    emit(E::BreakerReset::SIGNATURE, 1, &[]);
}

/// See [`E::RevenueDeposited`].
pub fn revenue_deposited(from: &Address, amount: u128, burned: u128) {
    emit(E::RevenueDeposited::SIGNATURE, 2, &[from.into_word(), word128(amount), word128(burned)]);
}

/// See [`E::QuoteDeposited`].
pub fn quote_deposited(from: &Address, amount: u128, kept: u128) {
    emit(E::QuoteDeposited::SIGNATURE, 2, &[from.into_word(), word128(amount), word128(kept)]);
}

/// See [`E::QuoteReleased`].
pub fn quote_released(quote: &Address, amount: u128) {
    emit(E::QuoteReleased::SIGNATURE, 2, &[quote.into_word(), word128(amount)]);
}

/// See [`E::Observed`].
pub fn observed(cumulative: U256) {
    emit(E::Observed::SIGNATURE, 1, &[cumulative.into()]);
}

/// See [`E::BoughtBack`].
pub fn bought_back(caller: &Address, spent: u128, burned: u128, price: U256) {
    emit(E::BoughtBack::SIGNATURE, 2, &[caller.into_word(), word128(spent), word128(burned), price.into()]);
}

/// See [`E::ConsumersChanged`].
pub fn consumers_changed(words: &[B256]) {
    emit(E::ConsumersChanged::SIGNATURE, 1, words);
}

/// See [`E::RulesChanged`].
pub fn rules_changed(numbers: [u64; 4]) {
    emit(E::RulesChanged::SIGNATURE, 1, &numbers.map(number));
}

/// See [`E::TreasuryChanged`].
pub fn treasury_changed(previous: &Address, treasury: &Address) {
    emit(E::TreasuryChanged::SIGNATURE, 3, &[previous.into_word(), treasury.into_word()]);
}

/// See [`E::MarketChanged`].
pub fn market_changed(quote: &Address, pool: &Address, deviation: u16, slippage: u16) {
    let words = [quote.into_word(), pool.into_word(), number(deviation), number(slippage)];
    emit(E::MarketChanged::SIGNATURE, 3, &words);
}
