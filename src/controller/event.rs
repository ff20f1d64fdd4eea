//! Events of the engine as Solidity logs, see `events.sol`.
//!
//! Written by hand: alloy's generic encoder costs some hundred bytes of module per event, and there are twenty of them.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::{sol, SolEvent};
use escapement_core::engine::Event;
use escapement_kit::{abi, vm};

use crate::error::Error;

sol!("events.sol");

use IControllerEvents as E;

/// A log under construction: topics, then data, in one buffer.
pub(crate) struct Log(Vec<u8>);

impl Log {
    /// Begins a log with the hash of its signature and then these numbers. (Hashing here costs a dozen gas; the hashes
    /// themselves, which do not compress, would cost 32 bytes of module each.)
    #[inline(never)]
    pub(crate) fn new(signature: &str, numbers: &[u64]) -> Self {
        let mut this = Self(Vec::with_capacity(256));
        this.word(&vm::keccak(signature.as_bytes()));
        this.numbers(numbers);
        this
    }

    /// Appends unsigned integers.
    #[inline(never)]
    fn numbers(&mut self, numbers: &[u64]) {
        for number in numbers {
            abi::push(&mut self.0, *number);
        }
    }

    /// Appends a word.
    #[inline(never)]
    pub(crate) fn word(&mut self, word: &[u8; 32]) {
        self.0.extend_from_slice(word);
    }

    /// Appends a signed integer.
    fn signed(&mut self, value: i64) {
        let mut word = [if value < 0 { 0xff } else { 0 }; 32];
        if let Some(tail) = word.last_chunk_mut() {
            *tail = value.to_be_bytes();
        }
        self.word(&word);
    }

    /// Appends `content` as the last and only dynamic argument, after `before` static ones in the data.
    fn bytes(&mut self, before: u64, content: &[u8]) {
        self.numbers(&[before.saturating_add(1).saturating_mul(32)]);
        abi::push_bytes(&mut self.0, content);
    }

    /// Emits the log; its first `topics` words are topics.
    pub(crate) fn emit(&self, topics: usize) {
        vm::emit(&self.0, topics);
    }
}

/// Emits an event of the engine.
pub(crate) fn emit(event: Event<'_>) {
    let (log, topics) = match event {
        Event::ParameterChanged { slot, update_id, model_id, old, new, lane } => {
            let mut log = Log::new(E::ParameterChanged::SIGNATURE, &[slot.into(), update_id]);
            log.word(&model_id);
            log.numbers(&[old.into(), new.into(), lane as u64]);
            (log, 4)
        }
        Event::UpdateAccepted { update_id, model_id, kpi_hash, outputs, observed_at, trip } => {
            let mut log = Log::new(E::UpdateAccepted::SIGNATURE, &[update_id]);
            for word in [&model_id, &kpi_hash, &outputs] {
                log.word(word);
            }
            log.numbers(&[observed_at, trip.into()]);
            (log, 3)
        }
        Event::UpdateQueued { group, update_id, eta, expires, approval, payload } => {
            let numbers = [group.into(), update_id, eta.into(), expires.into(), approval.into()];
            let mut log = Log::new(E::UpdateQueued::SIGNATURE, &numbers);
            log.bytes(3, payload);
            (log, 3)
        }
        Event::UpdateApproved { group, update_id } => {
            (Log::new(E::UpdateApproved::SIGNATURE, &[group.into(), update_id]), 3)
        }
        Event::UpdateVetoed { group, update_id } => {
            (Log::new(E::UpdateVetoed::SIGNATURE, &[group.into(), update_id]), 3)
        }
        Event::UpdateExecuted { group, update_id } => {
            (Log::new(E::UpdateExecuted::SIGNATURE, &[group.into(), update_id]), 3)
        }
        Event::UpdateExpired { group, update_id } => {
            (Log::new(E::UpdateExpired::SIGNATURE, &[group.into(), update_id]), 3)
        }
        Event::UpdateRejected { update_id, violation } => {
            let mut log = Log::new(E::UpdateRejected::SIGNATURE, &[update_id]);
            log.bytes(0, &Error::from(violation).0);
            (log, 2)
        }
        Event::ShadowProposed { group, update_id, payload } => {
            let mut log = Log::new(E::ShadowProposed::SIGNATURE, &[group.into(), update_id]);
            log.bytes(0, payload);
            (log, 3)
        }
        Event::Halted { scope, by, until } => {
            (Log::new(E::Halted::SIGNATURE, &[scope.into(), by as u64, until.into()]), 3)
        }
        Event::HaltExtended { scope, until } => {
            (Log::new(E::HaltExtended::SIGNATURE, &[scope.into(), until.into()]), 2)
        }
        Event::Resumed { scope } => (Log::new(E::Resumed::SIGNATURE, &[scope.into()]), 2),
        Event::BreakerTripped { reason, scope, value, limit } => {
            let mut log = Log::new(E::BreakerTripped::SIGNATURE, &[reason as u64, scope.into()]);
            log.signed(value);
            log.signed(limit);
            (log, 3)
        }
        Event::AutonomyChanged { group, old, new, by } => {
            (Log::new(E::AutonomyChanged::SIGNATURE, &[group.into(), old.into(), new.into(), by as u64]), 2)
        }
        Event::SlotRulesChanged { slot, words: [first, second] } => {
            let mut log = Log::new(E::SlotRulesChanged::SIGNATURE, &[slot.into()]);
            log.word(&first);
            log.word(&second);
            (log, 2)
        }
        Event::GroupRulesChanged { group, word } => {
            let mut log = Log::new(E::GroupRulesChanged::SIGNATURE, &[group.into()]);
            log.word(&word);
            (log, 2)
        }
        Event::BoundsNarrowed { slot, min, max } => {
            (Log::new(E::BoundsNarrowed::SIGNATURE, &[slot.into(), min.into(), max.into()]), 2)
        }
        Event::CountsChanged { pools, categories } => {
            (Log::new(E::CountsChanged::SIGNATURE, &[pools.into(), categories.into()]), 1)
        }
        Event::BreakerChanged { word } => {
            let mut log = Log::new(E::BreakerChanged::SIGNATURE, &[]);
            log.word(&word);
            (log, 1)
        }
        Event::Restored { timepoint } => (Log::new(E::Restored::SIGNATURE, &[timepoint.into()]), 1),
    };
    log.emit(topics);
}

/// Emits [`E::Initialized`].
pub(crate) fn initialized(version: u64) {
    Log::new(E::Initialized::SIGNATURE, &[version]).emit(1);
}

/// Emits [`E::Migrated`].
pub(crate) fn migrated(from: u64, to: u64) {
    Log::new(E::Migrated::SIGNATURE, &[from, to]).emit(1);
}

/// Emits [`E::VerifierChanged`].
pub(crate) fn verifier_changed(old: &B256, new: &B256) {
    let mut log = Log::new(E::VerifierChanged::SIGNATURE, &[]);
    log.word(old);
    log.word(new);
    log.emit(3);
}

/// Emits [`E::ConsumerChanged`].
pub(crate) fn consumer_changed(index: u8, consumer: &Address, groups: u8) {
    let mut log = Log::new(E::ConsumerChanged::SIGNATURE, &[index.into()]);
    log.word(&consumer.into_word());
    log.numbers(&[groups.into()]);
    log.emit(3);
}

/// Emits [`E::SourcesChanged`].
pub(crate) fn sources_changed(token: &Address, vault: &Address) {
    let mut log = Log::new(E::SourcesChanged::SIGNATURE, &[]);
    log.word(&token.into_word());
    log.word(&vault.into_word());
    log.emit(3);
}
