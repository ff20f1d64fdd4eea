//! Events of the engine as Solidity logs, see `events.sol`.
//!
//! Written by hand: alloy's generic encoder costs some hundred bytes of module per event, and there are twenty of them.

use alloc::vec::Vec;

use alloy_primitives::B256;
use alloy_sol_types::{sol, SolEvent};
use escapement_core::engine::Event;
use escapement_kit::{abi, vm};

use crate::error::Error;

sol!("events.sol");

use IControllerEvents as E;

/// A log under construction: topics, then data, in one buffer.
pub(crate) struct Log {
    buffer: Vec<u8>,
    topics: usize,
}

impl Log {
    /// Begins a log with its signature hash.
    #[inline(never)]
    pub(crate) fn new(signature: &B256) -> Self {
        let mut buffer = Vec::with_capacity(192);
        abi::push_word(&mut buffer, signature);
        Self { buffer, topics: 1 }
    }

    /// Appends an indexed integer. Indexed arguments come first.
    #[inline(never)]
    pub(crate) fn topic(self, value: u64) -> Self {
        let mut this = self.number(value);
        this.topics = this.topics.saturating_add(1);
        this
    }

    /// Appends an indexed word.
    #[inline(never)]
    pub(crate) fn topic_word(self, word: &[u8; 32]) -> Self {
        let mut this = self.word(word);
        this.topics = this.topics.saturating_add(1);
        this
    }

    /// Appends an unsigned integer.
    #[inline(never)]
    pub(crate) fn number(mut self, value: u64) -> Self {
        abi::push(&mut self.buffer, value);
        self
    }

    /// Appends a signed integer.
    #[inline(never)]
    fn signed(self, value: i64) -> Self {
        let mut word = [if value < 0 { 0xff } else { 0 }; 32];
        for (place, byte) in word.iter_mut().rev().zip(value.to_le_bytes()) {
            *place = byte;
        }
        self.word(&word)
    }

    /// Appends a word.
    #[inline(never)]
    fn word(mut self, word: &[u8; 32]) -> Self {
        self.buffer.extend_from_slice(word);
        self
    }

    /// Appends `content` as the last and only dynamic argument, after `before` static ones.
    #[inline(never)]
    fn bytes(mut self, before: u64, content: &[u8]) -> Self {
        abi::push(&mut self.buffer, before.saturating_add(1).saturating_mul(32));
        abi::push_bytes(&mut self.buffer, content);
        self
    }

    /// Emits the log.
    #[inline(never)]
    pub(crate) fn emit(self) {
        vm::emit(&self.buffer, self.topics);
    }
}

/// Emits an event of the engine.
pub(crate) fn emit(event: Event<'_>) {
    let pair = |signature: &B256, group: u8, update_id: u64| Log::new(signature).topic(group.into()).topic(update_id);
    let log = match event {
        Event::ParameterChanged { slot, update_id, model_id, old, new, lane } => pair(&E::ParameterChanged::SIGNATURE_HASH, slot, update_id)
            .topic_word(&model_id)
            .number(old.into())
            .number(new.into())
            .number(lane as u64),
        Event::UpdateAccepted { update_id, model_id, kpi_hash, outputs, observed_at, trip } => Log::new(&E::UpdateAccepted::SIGNATURE_HASH)
            .topic(update_id)
            .topic_word(&model_id)
            .word(&kpi_hash)
            .word(&outputs)
            .number(observed_at)
            .number(trip.into()),
        Event::UpdateQueued { group, update_id, eta, expires, approval, payload } => pair(&E::UpdateQueued::SIGNATURE_HASH, group, update_id)
            .number(eta.into())
            .number(expires.into())
            .number(approval.into())
            .bytes(3, payload),
        Event::UpdateApproved { group, update_id } => pair(&E::UpdateApproved::SIGNATURE_HASH, group, update_id),
        Event::UpdateVetoed { group, update_id } => pair(&E::UpdateVetoed::SIGNATURE_HASH, group, update_id),
        Event::UpdateExecuted { group, update_id } => pair(&E::UpdateExecuted::SIGNATURE_HASH, group, update_id),
        Event::UpdateExpired { group, update_id } => pair(&E::UpdateExpired::SIGNATURE_HASH, group, update_id),
        Event::UpdateRejected { update_id, violation } => {
            Log::new(&E::UpdateRejected::SIGNATURE_HASH).topic(update_id).bytes(0, &Error::from(violation).0)
        }
        Event::ShadowProposed { group, update_id, payload } => {
            pair(&E::ShadowProposed::SIGNATURE_HASH, group, update_id).bytes(0, payload)
        }
        Event::Halted { scope, by, until } => pair(&E::Halted::SIGNATURE_HASH, scope, by as u64).number(until.into()),
        Event::HaltExtended { scope, until } => Log::new(&E::HaltExtended::SIGNATURE_HASH).topic(scope.into()).number(until.into()),
        Event::Resumed { scope } => Log::new(&E::Resumed::SIGNATURE_HASH).topic(scope.into()),
        Event::BreakerTripped { reason, scope, value, limit } => {
            pair(&E::BreakerTripped::SIGNATURE_HASH, reason as u8, scope.into()).signed(value).signed(limit)
        }
        Event::AutonomyChanged { group, old, new, by } => Log::new(&E::AutonomyChanged::SIGNATURE_HASH)
            .topic(group.into())
            .number(old.into())
            .number(new.into())
            .number(by as u64),
        Event::SlotRulesChanged { slot, words: [first, second] } => {
            Log::new(&E::SlotRulesChanged::SIGNATURE_HASH).topic(slot.into()).word(&first).word(&second)
        }
        Event::GroupRulesChanged { group, word } => Log::new(&E::GroupRulesChanged::SIGNATURE_HASH).topic(group.into()).word(&word),
        Event::BoundsNarrowed { slot, min, max } => {
            Log::new(&E::BoundsNarrowed::SIGNATURE_HASH).topic(slot.into()).number(min.into()).number(max.into())
        }
        Event::CountsChanged { pools, categories } => {
            Log::new(&E::CountsChanged::SIGNATURE_HASH).number(pools.into()).number(categories.into())
        }
        Event::BreakerChanged { word } => Log::new(&E::BreakerChanged::SIGNATURE_HASH).word(&word),
        Event::Restored { timepoint } => Log::new(&E::Restored::SIGNATURE_HASH).number(timepoint.into()),
    };
    log.emit();
}

/// Emits [`E::Initialized`].
pub(crate) fn initialized(version: u64) {
    Log::new(&E::Initialized::SIGNATURE_HASH).number(version).emit();
}

/// Emits [`E::Migrated`].
pub(crate) fn migrated(from: u64, to: u64) {
    Log::new(&E::Migrated::SIGNATURE_HASH).number(from).number(to).emit();
}

/// Emits [`E::VerifierChanged`].
pub(crate) fn verifier_changed(old: &B256, new: &B256) {
    Log::new(&E::VerifierChanged::SIGNATURE_HASH).topic_word(old).topic_word(new).emit();
}
