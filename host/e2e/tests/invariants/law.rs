//! The controller as its log tells it, and the rules its changes must keep: hard bounds, steps, ids, lanes, halts.

use std::collections::BTreeMap;

use alloy_primitives::{Bytes, Log};
use alloy_sol_types::SolEvent;
use escapement_agent::bindings::controller::IControllerEvents as E;
use escapement_core::{
    param::{Group, SLOTS, Slot},
    rules::{GroupRules, SlotRules},
};

use crate::{
    book::{Broken, Held},
    hold,
};

/// Lanes of a change, as the log numbers them.
const GENESIS: u8 = 0;
const AUTOMATIC: u8 = 1;
const QUEUE: u8 = 2;
const OVERRIDE: u8 = 3;
const GLIDE: u8 = 5;
const COUNTS: u8 = 6;

/// Number of the liquidity group, and of the scope that is everything.
const LIQUIDITY: u8 = 5;
pub const ALL: u8 = 255;

/// A change that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub update_id: u64,
    pub eta: u64,
    pub expires: u64,
    pub payload: Bytes,
}

/// Values, rules, halts and what waits.
#[derive(Clone)]
pub struct Law {
    values: [u32; SLOTS],
    rules: Vec<SlotRules>,
    groups: Vec<GroupRules>,
    halts: BTreeMap<u8, u64>,
    pub waiting: BTreeMap<u8, Waiting>,
    pub autonomy: BTreeMap<u8, u8>,
    pub pools: u8,
    pub categories: u8,
    /// Last accepted update.
    pub last_id: u64,
    /// Moments at which values changed.
    pub moments: Vec<u64>,
    /// How often the model moved a value of each group.
    pub moved: [u64; 7],
    /// Ids of updates accepted, executed, in this transaction.
    accepted: Option<u64>,
    executed: Option<(u8, u64)>,
    /// Whether an update may be accepted now: set by who submits one.
    pub attested: bool,
    /// Half of the distance that the weights moved in this transaction, doubled, and the largest allowed.
    distance: u32,
    changed: Vec<u8>,
}

impl Law {
    /// The law before its genesis: default rules, no values.
    pub fn new() -> Self {
        Self {
            values: [0; SLOTS],
            rules: Slot::all().map(Slot::default_rules).collect(),
            groups: Group::ALL.map(Group::default_rules).to_vec(),
            halts: BTreeMap::new(),
            waiting: BTreeMap::new(),
            autonomy: BTreeMap::new(),
            pools: 4,
            categories: 2,
            last_id: 0,
            moments: Vec::new(),
            moved: [0; 7],
            accepted: None,
            executed: None,
            attested: false,
            distance: 0,
            changed: Vec::new(),
        }
    }

    pub fn value(&self, slot: u8) -> u32 {
        self.values[usize::from(slot)]
    }

    pub fn values(&self) -> &[u32; SLOTS] {
        &self.values
    }

    pub fn rules(&self, slot: u8) -> SlotRules {
        self.rules[usize::from(slot)]
    }

    /// When the later of a scope's halt and the global one ends; zero if there was none.
    pub fn halted_until(&self, scope: u8) -> u64 {
        let end = |scope| self.halts.get(&scope).copied().unwrap_or_default();
        end(scope).max(end(ALL))
    }

    pub fn halted(&self, group: u8, time: u64) -> bool {
        time < self.halted_until(group)
    }

    /// Enters one entry of the log. While the stage is being set anything is taken as it is.
    pub fn enter(&mut self, log: &Log, time: u64, setting: bool) -> Held {
        if let Some(event) = decode::<E::ParameterChanged>(log) {
            if setting || event.lane == GENESIS {
                self.values[usize::from(event.slot)] = event.newValue;
                return Ok(());
            }
            self.change(&event, time)?;
        } else if let Some(event) = decode::<E::UpdateAccepted>(log) {
            hold!(event.updateId > self.last_id, "I5 update {} accepted after {}", event.updateId, self.last_id);
            hold!(self.attested, "I4 update {} accepted without a quorum", event.updateId);
            self.last_id = event.updateId;
            self.accepted = Some(event.updateId);
        } else if let Some(event) = decode::<E::UpdateQueued>(log) {
            hold!(self.accepted == Some(event.updateId), "I4 update {} queued and not accepted", event.updateId);
            hold!(!self.halted(event.group, time), "I7 group {} queued during a halt", event.group);
            hold!(!self.waiting.contains_key(&event.group), "I6 two changes wait in group {}", event.group);
            let delay = self.groups[usize::from(event.group)].delay;
            hold!(u64::from(event.eta) >= time + u64::from(delay), "I6 group {} waits too short", event.group);
            let (eta, expires) = (event.eta.into(), event.expires.into());
            let waiting = Waiting { update_id: event.updateId, eta, expires, payload: event.payload };
            self.waiting.insert(event.group, waiting);
        } else if let Some(event) = decode::<E::UpdateExecuted>(log) {
            let waiting = self.end(event.group, event.updateId)?;
            hold!(waiting.eta <= time, "I6 group {} executed {} s early", event.group, waiting.eta - time);
            hold!(time <= waiting.expires, "I6 group {} executed after its expiry", event.group);
            hold!(!self.halted(event.group, time), "I7 group {} executed during a halt", event.group);
            self.executed = Some((event.group, event.updateId));
        } else if let Some(event) = decode::<E::UpdateVetoed>(log) {
            self.end(event.group, event.updateId)?;
        } else if let Some(event) = decode::<E::UpdateExpired>(log) {
            let waiting = self.end(event.group, event.updateId)?;
            hold!(time > waiting.expires, "I6 group {} expired early", event.group);
        } else if let Some(event) = decode::<E::Halted>(log) {
            let until = u64::from(event.until);
            hold!(until >= self.halts.get(&event.scope).copied().unwrap_or_default(), "I7 a halt was shortened");
            self.halts.insert(event.scope, until);
        } else if let Some(event) = decode::<E::HaltExtended>(log) {
            self.halts.insert(event.scope, event.until.into());
        } else if let Some(event) = decode::<E::Resumed>(log) {
            self.halts.remove(&event.scope);
        } else {
            self.enter_rules(log)?;
        }
        Ok(())
    }

    fn enter_rules(&mut self, log: &Log) -> Held {
        if let Some(event) = decode::<E::BoundsNarrowed>(log) {
            let rules = &mut self.rules[usize::from(event.slot)];
            hold!(event.min >= rules.gov_min && event.max <= rules.gov_max, "I1 slot {} was widened", event.slot);
            (rules.gov_min, rules.gov_max) = (event.min, event.max);
        } else if let Some(event) = decode::<E::SlotRulesChanged>(log) {
            let rules = SlotRules::unpack(&[event.word0.0, event.word1.0]);
            let (least, most) = Slot::new(event.slot).expect("a slot").hard_range();
            hold!(rules.gov_min >= least && rules.gov_max <= most, "I1 slot {} leaves its hard range", event.slot);
            self.rules[usize::from(event.slot)] = rules;
        } else if let Some(event) = decode::<E::GroupRulesChanged>(log) {
            self.groups[usize::from(event.group)] = GroupRules::unpack(&event.word.0);
        } else if let Some(event) = decode::<E::AutonomyChanged>(log) {
            self.autonomy.insert(event.group, event.newLevel);
        } else if let Some(event) = decode::<E::CountsChanged>(log) {
            (self.pools, self.categories) = (event.pools, event.categories);
        }
        Ok(())
    }

    /// A waiting change that ends, whichever way.
    fn end(&mut self, group: u8, update_id: u64) -> Held<Waiting> {
        let waiting = self.waiting.remove(&group).filter(|waiting| waiting.update_id == update_id);
        waiting.ok_or_else(|| Broken(format!("I5 update {update_id} ends and does not wait in group {group}")))
    }

    /// A changed value: I1, I2, I5 to I7.
    fn change(&mut self, event: &E::ParameterChanged, time: u64) -> Held {
        let (number, old, new) = (event.slot, event.oldValue, event.newValue);
        let slot = Slot::new(number).ok_or_else(|| Broken(format!("I1 there is no slot {number}")))?;
        let group = slot.group().number();
        let current = self.value(number);
        hold!(old == current, "I15 slot {number} changes from {old} and is {current}");
        let (least, most) = slot.hard_range();
        // A slot that governance puts out of use becomes zero.
        let ended = event.lane == COUNTS && new == 0;
        hold!(ended || (least..=most).contains(&new), "I1 slot {number} becomes {new}");
        let rules = self.rules(number);
        if event.lane != COUNTS {
            hold!((rules.gov_min..=rules.gov_max).contains(&new), "I1 slot {number} becomes {new}, beyond its range");
        }
        if matches!(event.lane, AUTOMATIC | QUEUE | OVERRIDE | GLIDE) {
            // The larger of a share and an absolute amount, from the nearest bound.
            let base = old.clamp(rules.gov_min, rules.gov_max);
            let limit = if new > base { rules.step_up } else { rules.step_down };
            let share = u64::from(base) * u64::from(limit.rel_bps) / 10_000;
            let (step, most) = (u64::from(new.abs_diff(base)), share.max(limit.abs.into()));
            if group == LIQUIDITY {
                self.distance += new.abs_diff(old);
            } else {
                hold!(step <= most, "I2 slot {number} steps from {base} to {new}, {most} at most");
            }
        }
        if matches!(event.lane, AUTOMATIC | QUEUE | GLIDE) {
            hold!(!self.halted(group, time), "I7 slot {number} moved by the model during a halt");
            self.moved[usize::from(group)] += 1;
        }
        match event.lane {
            AUTOMATIC => hold!(self.accepted == Some(event.updateId), "I4 slot {number} changes without an update"),
            QUEUE => hold!(
                self.executed == Some((group, event.updateId)) || self.waits(group, event.updateId),
                "I6 slot {number} changes and was not executed"
            ),
            _ => hold!(event.updateId == 0, "I4 a manual change names update {}", event.updateId),
        }
        self.values[usize::from(number)] = new;
        self.changed.push(number);
        if self.moments.last() != Some(&time) {
            self.moments.push(time);
        }
        Ok(())
    }

    fn waits(&self, group: u8, update_id: u64) -> bool {
        self.waiting.get(&group).is_some_and(|waiting| waiting.update_id == update_id)
    }

    /// At the end of a transaction: rules on the whole, and nothing half applied (I16).
    pub fn close(&mut self, setting: bool) -> Held {
        let (distance, changed) = (std::mem::take(&mut self.distance), std::mem::take(&mut self.changed));
        (self.accepted, self.executed) = (None, None);
        if setting || changed.is_empty() {
            return Ok(());
        }
        let most = u32::from(self.groups[usize::from(LIQUIDITY)].l1_step);
        hold!(distance.div_ceil(2) <= most, "I2 the weights move by {distance} / 2 at once");
        let sum: u32 = self.values[11..43].iter().sum();
        hold!(sum == 10_000, "weights sum to {sum}");
        let curve = &self.values[2..7];
        hold!(curve[0] == 10_000 && curve.is_sorted(), "the curve is {curve:?}");
        hold!(self.values[7] != 0 || self.values[8] == 0, "re-mint without burn");
        Ok(())
    }

    /// Slots whose value is outside its hard range: none, ever.
    pub fn outside(&self) -> Option<Slot> {
        let live = |slot: &Slot| slot.number() < 11 + self.pools || slot.number() >= 43;
        let live = |slot: &Slot| live(slot) && slot.number() < 43 + self.categories;
        Slot::all().filter(live).find(|slot| {
            let (least, most) = slot.hard_range();
            !(least..=most).contains(&self.value(slot.number()))
        })
    }
}

/// The event `E`, if it is one.
pub fn decode<E: SolEvent>(log: &Log) -> Option<E> {
    (log.topics().first() == Some(&E::SIGNATURE_HASH)).then(|| E::decode_log_data(&log.data).ok()).flatten()
}
