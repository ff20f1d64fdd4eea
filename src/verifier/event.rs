//! The verifier's events, from `events.sol`; those of ownership are `OpenZeppelin`'s.
//!
//! Encoded by hand: words in a row, which is all these events are. The tests decode them with the generated types.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use escapement_core::report::Report;
use escapement_kit::{abi, vm};

mod sol {
    use alloy_sol_types::sol;
    sol!("events.sol");
}

pub use sol::{
    GuardianChanged, ModelActivity, ModelRegistered, ReportStored, SignerRevoked, SignersChanged, UptimeFeedChanged,
};

/// A number as a word.
fn number(value: u64) -> B256 {
    U256::from(value).into()
}

/// Emits a log of `topics` words followed by data words.
fn emit(words: &[B256], topics: usize) {
    let mut buffer = Vec::with_capacity(words.len().saturating_mul(32));
    for word in words {
        buffer.extend_from_slice(word.as_slice());
    }
    vm::emit(&buffer, topics);
}

/// See [`GuardianChanged`].
pub fn guardian_changed(previous: Address, guardian: Address) {
    emit(&[GuardianChanged::SIGNATURE_HASH, previous.into_word(), guardian.into_word()], 3);
}

/// See [`SignersChanged`].
pub fn signers_changed(epoch: u64, signers: &[Address], threshold: u8) {
    let mut words = Vec::with_capacity(signers.len().saturating_add(5));
    // The list is the first of two arguments in the data: its tail begins after two words.
    words.extend([SignersChanged::SIGNATURE_HASH, number(epoch), number(64), number(threshold.into())]);
    words.push(number(signers.len() as u64));
    words.extend(signers.iter().map(Address::into_word));
    emit(&words, 2);
}

/// See [`SignerRevoked`].
pub fn signer_revoked(epoch: u64, signer: Address) {
    let by = vm::sender().into_word();
    emit(&[SignerRevoked::SIGNATURE_HASH, number(epoch), signer.into_word(), by], 4);
}

/// See [`ModelRegistered`].
pub fn model_registered(model_id: B256, kpi_schema: B256, data: Address, kind: u8) {
    let hash = ModelRegistered::SIGNATURE_HASH;
    emit(&[hash, model_id, kpi_schema, data.into_word(), number(kind.into())], 3);
}

/// See [`ModelActivity`].
pub fn model_activity(model_id: B256, active: bool) {
    let by = vm::sender().into_word();
    emit(&[ModelActivity::SIGNATURE_HASH, model_id, by, number(active.into())], 3);
}

/// See [`UptimeFeedChanged`].
pub fn uptime_feed_changed(feed: Address, grace: u32) {
    emit(&[UptimeFeedChanged::SIGNATURE_HASH, feed.into_word(), number(grace.into())], 2);
}

/// See [`ReportStored`].
pub fn report_stored(controller: Address, digest: B256, report: &Report<'_>) {
    let mut out = Vec::new();
    // The values are the last of six arguments in the data: their tail begins after six words.
    for word in [
        ReportStored::SIGNATURE_HASH,
        controller.into_word(),
        number(report.report_id),
        digest,
        B256::new(*report.kpi_schema),
        number(report.signer_epoch),
        number(report.observed_at),
        number(report.expires_at),
        number(192),
    ] {
        abi::push_word(&mut out, &word);
    }
    abi::push_bytes(&mut out, report.kpis.as_bytes());
    vm::emit(&out, 3);
}
