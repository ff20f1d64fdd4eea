//! Events of the engine as Solidity logs, see `events.sol`.

use alloy_primitives::{Address, B256};
use alloy_sol_types::{sol, SolEvent};
use escapement_core::engine::{Event, Word};
use escapement_kit::log::{signed, Log};

use crate::error::Error;

sol!("events.sol");

use IControllerEvents as E;

/// Emits an event of the engine: its signature, numbers, words and more numbers, the first `topics` of which are topics, and
/// at most one payload. (One log made of these at the end takes half the code of a log in every arm.)
pub(crate) fn emit(event: Event<'_>) {
    let (refused, trip);
    let mut payload = None;
    let (signature, topics, numbers, words, more): (_, _, &[u64], &[&Word], &[u64]) = match event {
        Event::ParameterChanged { slot, update_id, ref model_id, old, new, lane } => (
            E::ParameterChanged::SIGNATURE,
            4,
            &[slot.into(), update_id],
            &[model_id],
            &[old.into(), new.into(), lane as u64],
        ),
        Event::UpdateAccepted { update_id, ref model_id, ref kpi_hash, ref outputs, observed_at, trip } => {
            (E::UpdateAccepted::SIGNATURE, 3, &[update_id], &[model_id, kpi_hash, outputs], &[observed_at, trip.into()])
        }
        Event::UpdateQueued { group, update_id, eta, expires, approval, payload: content } => {
            payload = Some((3, content));
            let first = E::UpdateQueued::SIGNATURE;
            (first, 3, &[group.into(), update_id, eta.into(), expires.into(), approval.into()], &[], &[])
        }
        Event::UpdateApproved { group, update_id } => {
            (E::UpdateApproved::SIGNATURE, 3, &[group.into(), update_id], &[], &[])
        }
        Event::UpdateVetoed { group, update_id } => {
            (E::UpdateVetoed::SIGNATURE, 3, &[group.into(), update_id], &[], &[])
        }
        Event::UpdateExecuted { group, update_id } => {
            (E::UpdateExecuted::SIGNATURE, 3, &[group.into(), update_id], &[], &[])
        }
        Event::UpdateExpired { group, update_id } => {
            (E::UpdateExpired::SIGNATURE, 3, &[group.into(), update_id], &[], &[])
        }
        Event::UpdateRejected { update_id, violation } => {
            refused = Error::from(violation).0;
            payload = Some((0, refused.as_slice()));
            (E::UpdateRejected::SIGNATURE, 2, &[update_id], &[], &[])
        }
        Event::ShadowProposed { group, update_id, payload: content } => {
            payload = Some((0, content));
            (E::ShadowProposed::SIGNATURE, 3, &[group.into(), update_id], &[], &[])
        }
        Event::Halted { scope, by, until } => {
            (E::Halted::SIGNATURE, 3, &[scope.into(), by as u64, until.into()], &[], &[])
        }
        Event::HaltExtended { scope, until } => {
            (E::HaltExtended::SIGNATURE, 2, &[scope.into(), until.into()], &[], &[])
        }
        Event::Resumed { scope } => (E::Resumed::SIGNATURE, 2, &[scope.into()], &[], &[]),
        Event::BreakerTripped { reason, scope, value, limit } => {
            trip = (signed(value), signed(limit));
            (E::BreakerTripped::SIGNATURE, 3, &[reason as u64, scope.into()], &[&trip.0, &trip.1], &[])
        }
        Event::AutonomyChanged { group, old, new, by } => {
            (E::AutonomyChanged::SIGNATURE, 2, &[group.into(), old.into(), new.into(), by as u64], &[], &[])
        }
        Event::SlotRulesChanged { slot, words: [ref first, ref second] } => {
            (E::SlotRulesChanged::SIGNATURE, 2, &[slot.into()], &[first, second], &[])
        }
        Event::GroupRulesChanged { group, ref word } => {
            (E::GroupRulesChanged::SIGNATURE, 2, &[group.into()], &[word], &[])
        }
        Event::BoundsNarrowed { slot, min, max } => {
            (E::BoundsNarrowed::SIGNATURE, 2, &[slot.into(), min.into(), max.into()], &[], &[])
        }
        Event::CountsChanged { pools, categories } => {
            (E::CountsChanged::SIGNATURE, 1, &[pools.into(), categories.into()], &[], &[])
        }
        Event::BreakerChanged { ref word } => (E::BreakerChanged::SIGNATURE, 1, &[], &[word], &[]),
        Event::Restored { timepoint } => (E::Restored::SIGNATURE, 1, &[timepoint.into()], &[], &[]),
    };
    let mut log = Log::new(signature, numbers);
    for word in words {
        log.word(word);
    }
    log.numbers(more);
    if let Some((before, content)) = payload {
        log.bytes(before, content);
    }
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
