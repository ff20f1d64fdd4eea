//! The engine as a whole: a world to act in, flows rule by rule, and random histories.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::semicolon_if_nothing_returned,
    clippy::similar_names,
    clippy::too_many_lines,
    clippy::many_single_char_names,
    clippy::missing_panics_doc
)]

mod configuring;
mod exhaustive;
mod halting;
mod lanes;
mod observing;
mod replay;
mod stateful;
mod tripping;
mod updating;
mod viewing;

use super::*;
use crate::param::{Group, Slot, ALL_GROUPS, EPOCH, SLOTS};
use crate::policy;
use crate::rules::SlotRules;
use crate::update::{Change, OwnedUpdate, Update};
use sha3::{Digest, Keccak256};
use std::vec::Vec;

pub(super) const GENESIS: u32 = 1_700_000_000;
pub(super) const DAY: u32 = 86_400;
pub(super) const ONE: i32 = 65_536;

pub(super) fn keccak(bytes: &[u8]) -> Word {
    Keccak256::digest(bytes).into()
}

pub(super) fn slot(number: u8) -> Slot {
    Slot::new(number).unwrap()
}

/// Values every default rule is content with: four pools, two categories.
pub(super) fn genesis_values() -> [u32; SLOTS] {
    let mut values = [0; SLOTS];
    let head = [5_000, 10_000, 10_000, 11_000, 13_000, 16_000, 20_000, 1_000, 10, 400, 100, 2_500, 2_500, 2_500, 2_500];
    values[..head.len()].copy_from_slice(&head);
    values[43] = 10_000;
    values[44] = 10_000;
    values
}

/// A controller in memory, a clock, and an attester whose model can be told what to say.
#[derive(Clone)]
pub(super) struct World {
    pub ledger: MemoryLedger,
    pub now: u32,
    pub id: u64,
    pub kpis: Vec<i32>,
}

impl World {
    pub fn new(autonomy: u8) -> Self {
        let mut ledger = MemoryLedger::default();
        initialize(&mut ledger, GENESIS, &genesis_values(), 4, 2, autonomy).unwrap();
        // Healthy: staking 50 %, everything else at rest; the second pool scores best.
        let mut kpis = std::vec![0; 16];
        kpis[breaker::KPI_STAKING] = ONE / 2;
        kpis[12..].copy_from_slice(&[ONE, 4 * ONE, ONE, ONE]);
        Self { ledger, now: GENESIS + DAY, id: 0, kpis }
    }

    pub fn wait(&mut self, seconds: u32) -> &mut Self {
        self.now += seconds;
        self
    }

    /// The update the attesters would sign now: all changes of `groups` the outputs map to.
    pub fn propose(&self, outputs: &[i32; 8], groups: u8) -> OwnedUpdate {
        let view = submit::View::open(&self.ledger, (1 << SLOTS) - 1).unwrap();
        let pools = usize::from(Config::load(&self.ledger).unwrap().pools);
        let scores = &self.kpis[self.kpis.len() - pools..];
        let mapped = policy::changes(outputs, &|index| scores.get(index).copied().unwrap_or(0), &view);
        let touched = |change: &Change| groups & state::bit(slot(change.slot).group()) != 0;
        OwnedUpdate {
            model_id: [7; 32],
            kpi_schema: [8; 32],
            signer_epoch: 1,
            update_id: self.id + 1,
            observed_at: self.now.into(),
            valid_after: self.now.into(),
            expires_at: u64::from(self.now) + 3_600,
            kpis: self.kpis.clone(),
            changes: mapped.changes().filter(touched).collect(),
        }
    }

    /// Submits; on an error nothing may have been written.
    pub fn submit(&mut self, update: &OwnedUpdate, outputs: &[i32; 8]) -> Result<Accepted, Violation> {
        let bytes = update.encode().unwrap();
        let update = Update::decode(&bytes).unwrap();
        let before = self.ledger.clone();
        let result = submit(&mut self.ledger, self.now, &update, outputs, keccak);
        match result {
            Ok(_) => self.id = update.update_id,
            Err(_) => assert_eq!(self.ledger, before, "an error wrote something"),
        }
        result
    }

    /// Proposes and submits.
    pub fn tick(&mut self, outputs: &[i32; 8], groups: u8) -> Result<Accepted, Violation> {
        let update = self.propose(outputs, groups);
        self.submit(&update, outputs)
    }

    /// An update without changes.
    pub fn heartbeat(&mut self) -> Result<Accepted, Violation> {
        self.tick(&[0; 8], 0)
    }

    /// Runs a manual action; on an error nothing may have been written.
    pub fn act<T>(
        &mut self,
        action: impl FnOnce(&mut MemoryLedger, u32) -> Result<T, Violation>,
    ) -> Result<T, Violation> {
        let before = self.ledger.clone();
        let result = action(&mut self.ledger, self.now);
        if result.is_err() {
            assert_eq!(self.ledger, before, "an error wrote something");
        }
        result
    }

    pub fn value(&self, number: u8) -> u32 {
        value(&self.ledger, slot(number))
    }

    /// The council's override of these slots, from their current values.
    pub fn set(&mut self, changes: &[(u8, u32)]) -> Result<(), Violation> {
        let wire: Vec<u8> = changes
            .iter()
            .flat_map(|(slot, new)| Change { slot: *slot, expected_old: self.value(*slot), new: *new }.to_wire())
            .collect();
        self.act(|l, now| override_changes(l, now, &wire)).map(|_| ())
    }

    pub fn state(&self, group: Group) -> GroupState {
        GroupState::load(&self.ledger, group)
    }

    /// Payload of the last queued change of a group, from the log.
    pub fn payload(&self, group: Group) -> Vec<u8> {
        let queued =
            |logged: &&Logged| matches!(logged.event, Event::UpdateQueued { group: g, .. } if g == group.number());
        self.ledger.log.iter().rev().find(queued).unwrap().payload.clone()
    }

    pub fn execute(&mut self, group: Group) -> Result<(), Violation> {
        let payload = self.payload(group);
        self.act(|l, now| execute(l, now, group.number(), &payload, keccak))
    }

    pub fn events(&self) -> Vec<Event<'static>> {
        self.ledger.log.iter().map(|logged| logged.event).collect()
    }

    pub fn last(&self) -> Event<'static> {
        self.ledger.log.last().unwrap().event
    }

    pub fn edit(&mut self, number: u8, edit: impl FnOnce(&mut SlotRules)) -> Result<(), Violation> {
        let mut rules = Config::load(&self.ledger).unwrap().slot_rules(&self.ledger, slot(number));
        edit(&mut rules);
        self.act(|l, _| set_slot_rules(l, number, &rules.pack()))
    }
}

/// Outputs with one entry set and the gate open.
pub(super) fn output(index: usize, value: i32) -> [i32; 8] {
    let mut outputs = [0; 8];
    outputs[index] = value;
    outputs
}
