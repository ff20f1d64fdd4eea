//! Events of the engine: with them alone the state can be rebuilt.

use super::violation::Violation;
use super::Word;

/// How a value came to be changed.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
#[repr(u8)]
pub enum Lane {
    /// Set at initialisation.
    Genesis = 0,
    /// Inside the safe delta, applied at once.
    Auto = 1,
    /// Executed from the queue.
    Queue = 2,
    /// Set by the council inside the bounds.
    Override = 3,
    /// Set back by the council to a value of the past.
    Restore = 4,
    /// Glided towards neutral by the staleness fallback.
    Glide = 5,
    /// Moved by governance with the number of pools or categories.
    Counts = 6,
}

/// On whose authority something happened.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
#[repr(u8)]
pub enum Actor {
    /// The timelocked governance.
    Governance = 0,
    /// The risk council.
    Council = 1,
    /// The guardian.
    Guardian = 2,
    /// The breaker, by itself.
    Breaker = 3,
}

/// Why the breaker tripped.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
#[repr(u8)]
pub enum Reason {
    /// No accepted update for too many epochs.
    Staleness = 1,
    /// The sources of the KPIs disagree.
    KpiDeviation = 2,
    /// Supply grows faster than the cap.
    SupplyGrowth = 3,
    /// Too little is staked.
    StakingFloor = 4,
    /// Price fell too far from its peak.
    Drawdown = 5,
    /// Too many attested updates were refused.
    AttestationBurst = 6,
    /// A group sat at the ends of its ranges for too many updates.
    Pinned = 7,
    /// Block time jumped: the sequencer was away.
    TimeGap = 8,
    /// Too much of the supply was burned.
    SupplyBurn = 9,
    /// The treasury falls too fast.
    TreasuryFall = 10,
    /// Too few vote.
    LowTurnout = 11,
}

/// One entry of the log. Byte slices are only valid during [`super::Ledger::emit`].
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum Event<'a> {
    /// A value changed.
    ParameterChanged {
        /// Slot number.
        slot: u8,
        /// Update it came from, 0 for manual changes.
        update_id: u64,
        /// Model it came from, zeros for manual changes.
        model_id: Word,
        /// Value before.
        old: u32,
        /// Value after.
        new: u32,
        /// How it came.
        lane: Lane,
    },
    /// An update was accepted, be it empty, queued in part or tripped.
    UpdateAccepted {
        /// Its id.
        update_id: u64,
        /// Its model.
        model_id: Word,
        /// Hash of its KPI bytes.
        kpi_hash: Word,
        /// Outputs of the network, eight `i32` big endian.
        outputs: Word,
        /// When its KPIs were observed, seconds.
        observed_at: u64,
        /// [`Reason`] number of the trip that stopped it, 0 for none.
        trip: u8,
    },
    /// A change of a group waits.
    UpdateQueued {
        /// Group number.
        group: u8,
        /// Update it came from.
        update_id: u64,
        /// Earliest execution, seconds.
        eta: u32,
        /// Last execution, seconds.
        expires: u32,
        /// Whether the council must approve it first.
        approval: bool,
        /// What `execute` must be given back: model id (32 bytes), then the 9-byte changes.
        payload: &'a [u8],
    },
    /// The council approved a waiting change.
    UpdateApproved {
        /// Group number.
        group: u8,
        /// Update it came from.
        update_id: u64,
    },
    /// A waiting change was vetoed, or displaced by an override or restore.
    UpdateVetoed {
        /// Group number.
        group: u8,
        /// Update it came from.
        update_id: u64,
    },
    /// A waiting change was executed.
    UpdateExecuted {
        /// Group number.
        group: u8,
        /// Update it came from.
        update_id: u64,
    },
    /// A waiting change expired and was cleared.
    UpdateExpired {
        /// Group number.
        group: u8,
        /// Update it came from.
        update_id: u64,
    },
    /// A well-attested update broke a rule.
    UpdateRejected {
        /// Its id.
        update_id: u64,
        /// The rule and its numbers.
        violation: Violation,
    },
    /// A group in shadow mode would have changed.
    ShadowProposed {
        /// Group number.
        group: u8,
        /// Update it came from.
        update_id: u64,
        /// Model id (32 bytes), then the 9-byte changes.
        payload: &'a [u8],
    },
    /// A scope was halted.
    Halted {
        /// Group number, or 255 for everything.
        scope: u8,
        /// By whom.
        by: Actor,
        /// Until when, seconds.
        until: u32,
    },
    /// Governance extended a halt.
    HaltExtended {
        /// Group number, or 255 for everything.
        scope: u8,
        /// Until when, seconds.
        until: u32,
    },
    /// Governance lifted a halt.
    Resumed {
        /// Group number, or 255 for everything.
        scope: u8,
    },
    /// The breaker tripped by itself.
    BreakerTripped {
        /// Why.
        reason: Reason,
        /// Group number, or 255 for everything.
        scope: u8,
        /// The figure that tripped it.
        value: i64,
        /// The limit it broke.
        limit: i64,
    },
    /// The autonomy level of a group changed.
    AutonomyChanged {
        /// Group number.
        group: u8,
        /// Level before.
        old: u8,
        /// Level after.
        new: u8,
        /// By whom.
        by: Actor,
    },
    /// Governance replaced the rules of a slot.
    SlotRulesChanged {
        /// Slot number.
        slot: u8,
        /// The two packed words.
        words: [Word; 2],
    },
    /// Governance replaced the rules of a group.
    GroupRulesChanged {
        /// Group number.
        group: u8,
        /// The packed word.
        word: Word,
    },
    /// The council narrowed the range of a slot.
    BoundsNarrowed {
        /// Slot number.
        slot: u8,
        /// New lowest value.
        min: u32,
        /// New highest value.
        max: u32,
    },
    /// Governance changed the number of pools or categories.
    CountsChanged {
        /// Live pool weights, the reserve included.
        pools: u8,
        /// Live grant categories.
        categories: u8,
    },
    /// Governance changed the breaker's thresholds.
    BreakerChanged {
        /// The packed word.
        word: Word,
    },
    /// The council set values back.
    Restored {
        /// The moment whose values are in force again, seconds.
        timepoint: u32,
    },
}

#[cfg(any(test, feature = "alloc"))]
impl<'a> Event<'a> {
    /// The event without its borrowed bytes, and the bytes.
    pub(crate) fn detach(self) -> (Event<'static>, &'a [u8]) {
        let event = match self {
            Event::UpdateQueued { group, update_id, eta, expires, approval, payload } => {
                return (Event::UpdateQueued { group, update_id, eta, expires, approval, payload: &[] }, payload);
            }
            Event::ShadowProposed { group, update_id, payload } => {
                return (Event::ShadowProposed { group, update_id, payload: &[] }, payload);
            }
            Event::ParameterChanged { slot, update_id, model_id, old, new, lane } => {
                Event::ParameterChanged { slot, update_id, model_id, old, new, lane }
            }
            Event::UpdateAccepted { update_id, model_id, kpi_hash, outputs, observed_at, trip } => {
                Event::UpdateAccepted { update_id, model_id, kpi_hash, outputs, observed_at, trip }
            }
            Event::UpdateApproved { group, update_id } => Event::UpdateApproved { group, update_id },
            Event::UpdateVetoed { group, update_id } => Event::UpdateVetoed { group, update_id },
            Event::UpdateExecuted { group, update_id } => Event::UpdateExecuted { group, update_id },
            Event::UpdateExpired { group, update_id } => Event::UpdateExpired { group, update_id },
            Event::UpdateRejected { update_id, violation } => Event::UpdateRejected { update_id, violation },
            Event::Halted { scope, by, until } => Event::Halted { scope, by, until },
            Event::HaltExtended { scope, until } => Event::HaltExtended { scope, until },
            Event::Resumed { scope } => Event::Resumed { scope },
            Event::BreakerTripped { reason, scope, value, limit } => {
                Event::BreakerTripped { reason, scope, value, limit }
            }
            Event::AutonomyChanged { group, old, new, by } => Event::AutonomyChanged { group, old, new, by },
            Event::SlotRulesChanged { slot, words } => Event::SlotRulesChanged { slot, words },
            Event::GroupRulesChanged { group, word } => Event::GroupRulesChanged { group, word },
            Event::BoundsNarrowed { slot, min, max } => Event::BoundsNarrowed { slot, min, max },
            Event::CountsChanged { pools, categories } => Event::CountsChanged { pools, categories },
            Event::BreakerChanged { word } => Event::BreakerChanged { word },
            Event::Restored { timepoint } => Event::Restored { timepoint },
        };
        (event, &[])
    }
}
