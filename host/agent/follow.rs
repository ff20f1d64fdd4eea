//! A controller followed by its log: what is in force, from the events alone.
//!
//! For indexers and dashboards, and for anyone who will not take a node's word for the state: feed every log of the
//! controller's address, in order and from its creation on. A log that contradicts what came before means that one is
//! missing, and is refused.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, LogData};
use alloy_sol_types::SolEventInterface;
use escapement_core::{
    engine::BreakerConfig,
    param::{GROUPS, Group, SCOPE_ALL, SLOTS, Slot},
    rules::{GroupRules, SlotRules},
};

use crate::bindings::{
    controller::IControllerEvents::{self as E, IControllerEventsEvents as Event},
    solidity::TransparentUpgradeableProxy::TransparentUpgradeableProxyEvents as ProxyEvent,
};

#[cfg(test)]
mod tests;

/// Why a log cannot be taken. The follower is as it was before.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FollowError {
    /// No event of a controller or its proxy, or one whose bytes do not decode.
    #[error("log {topic} is none of a controller: {reason}")]
    Undecodable {
        /// Its first topic; zero if it has none.
        topic: B256,
        /// Why, in the decoder's words.
        reason: String,
    },
    /// It starts from another state than the logs before it lead to: one is missing.
    #[error("{what} {number} is {found} so far, the log says {expected}")]
    Gap {
        /// `slot`, `autonomy of group` or `waiting update of group`.
        what: &'static str,
        /// Number of the slot or group.
        number: u8,
        /// What the log starts from: a value, a level or an update id.
        expected: u64,
        /// What the logs before it give; 0 if nothing.
        found: u64,
    },
    /// A slot or group that does not exist.
    #[error("there is no {what} {number}")]
    NoSuch {
        /// `slot` or `group`.
        what: &'static str,
        /// The number.
        number: u8,
    },
    /// It is older than the one before.
    #[error("a log of {time} after one of {last}")]
    Backwards {
        /// Its block time, seconds.
        time: u64,
        /// That of the log before, seconds.
        last: u64,
    },
}

/// A change that waits in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Update it came from.
    pub update_id: u64,
    /// Earliest execution, seconds.
    pub eta: u32,
    /// Last execution, seconds.
    pub expires: u32,
    /// Whether the council must approve it first.
    pub approval: bool,
    /// Whether the council did.
    pub approved: bool,
    /// What `execute` must be given back.
    pub payload: Bytes,
}

/// State of a controller as its log tells it. Values are in the slot's unit, moments are seconds of `block.timestamp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follower {
    /// Current values, 0 for slots that are not live.
    pub values: [u32; SLOTS],
    /// Live pool weights, the reserve included, and live grant categories.
    pub counts: (u8, u8),
    /// Autonomy level by group.
    pub autonomy: [u8; GROUPS],
    /// The waiting change by group; one that has expired stays until a log clears it.
    pub waiting: [Option<Waiting>; GROUPS],
    /// End of the last halt by scope (group, or 255 for everything); past ones stay until governance resumes.
    pub halts: BTreeMap<u8, u32>,
    /// Rules that replaced the defaults, by slot.
    pub slot_rules: BTreeMap<u8, SlotRules>,
    /// Rules that replaced the defaults, by group.
    pub group_rules: BTreeMap<u8, GroupRules>,
    /// Thresholds of the breaker that replaced the defaults.
    pub breaker: Option<BreakerConfig>,
    /// The verifier; zero before the first log.
    pub verifier: Address,
    /// Consumers by index, with the mask of their groups.
    pub consumers: BTreeMap<u8, (Address, u8)>,
    /// Token, vault, minter, treasury and turnout, whose figures are watched; zero for none.
    pub sources: [Address; 5],
    /// The program behind the proxy; zero before the first log.
    pub implementation: Address,
    /// Version of the storage; 0 before initialisation.
    pub version: u64,
    /// Id of the last accepted update.
    pub update_id: u64,
    /// When its KPIs were observed.
    pub observed_at: u64,
    /// Block time of the last log.
    pub time: u64,
    /// Values after every moment at which one changed, ascending.
    history: Vec<(u64, [u32; SLOTS])>,
}

impl Default for Follower {
    fn default() -> Self {
        Self {
            values: [0; SLOTS],
            counts: (0, 0),
            autonomy: [0; GROUPS],
            waiting: Default::default(),
            halts: BTreeMap::new(),
            slot_rules: BTreeMap::new(),
            group_rules: BTreeMap::new(),
            breaker: None,
            verifier: Address::ZERO,
            consumers: BTreeMap::new(),
            sources: [Address::ZERO; 5],
            implementation: Address::ZERO,
            version: 0,
            update_id: 0,
            observed_at: 0,
            time: 0,
            history: Vec::new(),
        }
    }
}

impl Follower {
    /// Takes the next log of the controller's address; `time` is the timestamp of its block, seconds.
    ///
    /// # Errors
    /// A [`FollowError`]; nothing has changed then.
    pub fn take(&mut self, time: u64, log: &LogData) -> Result<(), FollowError> {
        if time < self.time {
            return Err(FollowError::Backwards { time, last: self.time });
        }
        let topic = log.topics().first().copied().unwrap_or_default();
        let undecodable = |error: alloy_sol_types::Error| FollowError::Undecodable { topic, reason: error.to_string() };
        if ProxyEvent::SELECTORS.contains(&topic.0) {
            let event = ProxyEvent::decode_raw_log(log.topics(), &log.data).map_err(undecodable)?;
            if let ProxyEvent::Upgraded(e) = event {
                self.implementation = e.implementation;
            }
        } else {
            let event = Event::decode_raw_log(log.topics(), &log.data).map_err(undecodable)?;
            self.follow(time, event)?;
        }
        self.time = time;
        Ok(())
    }

    /// All values at a moment, or `None` before the first.
    #[must_use]
    pub fn values_at(&self, time: u64) -> Option<[u32; SLOTS]> {
        let after = self.history.partition_point(|(moment, _)| *moment <= time);
        self.history.get(after.checked_sub(1)?).map(|(_, values)| *values)
    }

    /// Rules in force for a slot.
    #[must_use]
    pub fn rules(&self, slot: Slot) -> SlotRules {
        self.slot_rules.get(&slot.number()).copied().unwrap_or_else(|| slot.default_rules())
    }

    /// Rules in force for a group.
    #[must_use]
    pub fn rules_of_group(&self, group: Group) -> GroupRules {
        self.group_rules.get(&group.number()).copied().unwrap_or_else(|| group.default_rules())
    }

    /// Thresholds of the breaker in force.
    #[must_use]
    pub fn breaker(&self) -> BreakerConfig {
        self.breaker.unwrap_or_default()
    }

    /// Later of the halt of a scope and the global one, seconds; halted while it exceeds the block time. 0 for none.
    #[must_use]
    pub fn halted_until(&self, scope: u8) -> u32 {
        [scope, SCOPE_ALL].iter().filter_map(|scope| self.halts.get(scope)).copied().max().unwrap_or(0)
    }

    fn follow(&mut self, time: u64, event: Event) -> Result<(), FollowError> {
        match event {
            Event::Initialized(e) => self.version = e.version,
            Event::Migrated(e) => self.version = e.to,
            Event::ParameterChanged(e) => self.change(time, &e)?,
            Event::UpdateAccepted(e) => (self.update_id, self.observed_at) = (e.updateId, e.observedAt),
            Event::UpdateQueued(e) => self.queue(e)?,
            Event::UpdateApproved(e) => {
                if let Some(waiting) = self.waiting(e.group, e.updateId)? {
                    waiting.approved = true;
                }
            }
            Event::UpdateVetoed(E::UpdateVetoed { group, updateId })
            | Event::UpdateExecuted(E::UpdateExecuted { group, updateId })
            | Event::UpdateExpired(E::UpdateExpired { group, updateId }) => *self.waiting(group, updateId)? = None,
            Event::Halted(E::Halted { scope, until, .. }) | Event::HaltExtended(E::HaltExtended { scope, until }) => {
                self.halts.insert(scope, until);
            }
            Event::Resumed(e) => {
                self.halts.remove(&e.scope);
            }
            Event::AutonomyChanged(e) => {
                let level = &mut self.autonomy[group(e.group)?.index()];
                continues("autonomy of group", e.group, e.oldLevel.into(), (*level).into())?;
                *level = e.newLevel;
            }
            Event::SlotRulesChanged(e) => {
                let rules = SlotRules::unpack(&[e.word0.0, e.word1.0]);
                self.slot_rules.insert(slot(e.slot)?.number(), rules);
            }
            Event::BoundsNarrowed(e) => {
                let rules = SlotRules { gov_min: e.min, gov_max: e.max, ..self.rules(slot(e.slot)?) };
                self.slot_rules.insert(e.slot, rules);
            }
            Event::GroupRulesChanged(e) => {
                self.group_rules.insert(group(e.group)?.number(), GroupRules::unpack(&e.word.0));
            }
            Event::CountsChanged(e) => self.counts = (e.pools, e.categories),
            Event::BreakerChanged(e) => self.breaker = Some(BreakerConfig::unpack(&e.word.0)),
            Event::VerifierChanged(e) => self.verifier = e.newVerifier,
            Event::ConsumerChanged(e) if e.groups == 0 => {
                self.consumers.remove(&e.index);
            }
            Event::ConsumerChanged(e) => {
                self.consumers.insert(e.index, (e.consumer, e.groups));
            }
            Event::SourcesChanged(e) => self.sources = [e.token, e.vault, e.minter, e.treasury, e.turnout],
            // What they say is in the logs beside them, or no state of the controller's engine.
            Event::UpdateRejected(_)
            | Event::ShadowProposed(_)
            | Event::BreakerTripped(_)
            | Event::Restored(_)
            | Event::RoleAdminChanged(_)
            | Event::RoleGranted(_)
            | Event::RoleRevoked(_) => {}
        }
        Ok(())
    }

    fn change(&mut self, time: u64, e: &E::ParameterChanged) -> Result<(), FollowError> {
        let value = &mut self.values[slot(e.slot)?.index()];
        continues("slot", e.slot, e.oldValue.into(), (*value).into())?;
        *value = e.newValue;
        match self.history.last_mut() {
            Some((moment, values)) if *moment == time => *values = self.values,
            _ => self.history.push((time, self.values)),
        }
        Ok(())
    }

    fn queue(&mut self, e: E::UpdateQueued) -> Result<(), FollowError> {
        let place = &mut self.waiting[group(e.group)?.index()];
        let before = place.as_ref().map_or(0, |waiting| waiting.update_id);
        continues("waiting update of group", e.group, 0, before)?;
        let E::UpdateQueued { updateId, eta, expires, approval, payload, .. } = e;
        *place = Some(Waiting { update_id: updateId, eta, expires, approval, approved: false, payload });
        Ok(())
    }

    /// Place of the waiting change of a group, which must be of this update.
    fn waiting(&mut self, number: u8, update_id: u64) -> Result<&mut Option<Waiting>, FollowError> {
        let place = &mut self.waiting[group(number)?.index()];
        let found = place.as_ref().map_or(0, |waiting| waiting.update_id);
        continues("waiting update of group", number, update_id, found)?;
        Ok(place)
    }
}

/// Refuses a log that does not start where the ones before it ended.
fn continues(what: &'static str, number: u8, expected: u64, found: u64) -> Result<(), FollowError> {
    if expected == found { Ok(()) } else { Err(FollowError::Gap { what, number, expected, found }) }
}

fn slot(number: u8) -> Result<Slot, FollowError> {
    Slot::new(number).ok_or(FollowError::NoSuch { what: "slot", number })
}

fn group(number: u8) -> Result<Group, FollowError> {
    Group::new(number).ok_or(FollowError::NoSuch { what: "group", number })
}
