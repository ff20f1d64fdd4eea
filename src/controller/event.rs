//! Events of the engine as Solidity logs, see `events.sol`.

use alloy_primitives::{Address, B256};
use alloy_sol_types::{sol, SolEvent};
use escapement_core::engine::Event;
use escapement_kit::log::Log;

use crate::error::Error;

sol!("events.sol");

use IControllerEvents as E;

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
pub(crate) fn sources_changed(sources: &[Address]) {
    let mut log = Log::new(E::SourcesChanged::SIGNATURE, &[]);
    for source in sources {
        log.word(&source.into_word());
    }
    log.emit(1);
}
