//! The state rebuilt from nothing but the log: every event with the block time it came at.
use super::*;
use crate::rules::GroupRules;
use std::collections::BTreeMap;

/// A waiting change as the log tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Waiting {
    update_id: u64,
    eta: u32,
    expires: u32,
    approval: bool,
    approved: bool,
    hash: Word,
}

/// What can be known from the log. Independent arithmetic: 128 bits, levels in fractions of 2^16.
#[derive(Clone, Debug)]
pub(super) struct Mirror {
    pub values: [u32; SLOTS],
    pools: u8,
    categories: u8,
    autonomy: [u8; 7],
    clean: [(u8, u32); 7],
    tripped_at: u32,
    halts: BTreeMap<u8, u32>,
    waiting: BTreeMap<u8, Waiting>,
    slot_rules: BTreeMap<u8, SlotRules>,
    group_rules: BTreeMap<u8, GroupRules>,
    breaker: Option<Word>,
    update_id: u64,
    observed_at: u64,
    last_change: [u32; 7],
    rise: [u32; 2],
    levels: BTreeMap<u8, i128>,
    used: u32,
    moments: [u32; 7],
    history: Vec<(u32, [u32; SLOTS])>,
    seen: usize,
}

impl Mirror {
    pub fn new() -> Self {
        Self {
            values: [0; SLOTS],
            pools: 0,
            categories: 0,
            autonomy: [0; 7],
            clean: [(0, 0); 7],
            tripped_at: 0,
            halts: BTreeMap::new(),
            waiting: BTreeMap::new(),
            slot_rules: BTreeMap::new(),
            group_rules: BTreeMap::new(),
            breaker: None,
            update_id: 0,
            observed_at: 0,
            last_change: [0; 7],
            rise: [0; 2],
            levels: BTreeMap::new(),
            used: 0,
            moments: [0; 7],
            history: Vec::new(),
            seen: 0,
        }
    }

    fn rules(&self, number: u8) -> SlotRules {
        self.slot_rules.get(&number).copied().unwrap_or_else(|| slot(number).default_rules())
    }

    fn group(&self, group: Group) -> GroupRules {
        self.group_rules.get(&group.number()).copied().unwrap_or_else(|| group.default_rules())
    }

    /// Reads the new entries of the log, all of them of block time `now`.
    pub fn follow(&mut self, log: &[Logged], now: u32) {
        let fresh: Vec<Logged> = log[self.seen..].to_vec();
        self.seen = log.len();
        let mut touched: BTreeMap<u8, Lane> = BTreeMap::new();
        let before = self.values;
        for logged in &fresh {
            self.take(logged, now, &mut touched);
        }
        for (group, lane) in touched {
            self.settle(Group::new(group).unwrap(), lane, &before, now);
        }
        match self.history.last_mut() {
            Some(last) if last.0 == now => last.1 = self.values,
            _ => self.history.push((now, self.values)),
        }
    }

    fn credit(&mut self, group: u8, now: u32) {
        let (clean, at) = &mut self.clean[usize::from(group)];
        if self.tripped_at > *at {
            *clean = 0;
        }
        if *at == 0 || now - *at >= 583_200 {
            (*clean, *at) = (clean.saturating_add(1), now);
        }
    }

    fn take(&mut self, logged: &Logged, now: u32, touched: &mut BTreeMap<u8, Lane>) {
        match logged.event {
            Event::ParameterChanged { slot: number, old, new, lane, .. } => {
                assert_eq!(self.values[usize::from(number)], old, "the log is a chain");
                assert_ne!(old, new);
                self.values[usize::from(number)] = new;
                let group = slot(number).group().number();
                if lane != Lane::Genesis
                    && lane != Lane::Counts
                    && touched.insert(group, lane).is_none()
                    && matches!(lane, Lane::Auto | Lane::Queue)
                {
                    self.credit(group, now);
                }
            }
            Event::UpdateAccepted { update_id, observed_at, trip, .. } => {
                assert!(update_id > self.update_id && observed_at >= self.observed_at);
                (self.update_id, self.observed_at) = (update_id, observed_at);
                if trip != 0 {
                    self.tripped_at = now;
                }
            }
            Event::UpdateQueued { group, update_id, eta, expires, approval, .. } => {
                let hash = keccak(&logged.payload);
                let waiting = Waiting { update_id, eta, expires, approval, approved: false, hash };
                assert!(self.waiting.insert(group, waiting).is_none());
            }
            Event::UpdateApproved { group, .. } => self.waiting.get_mut(&group).unwrap().approved = true,
            Event::UpdateVetoed { group, update_id } => {
                assert_eq!(self.waiting.remove(&group).unwrap().update_id, update_id);
                self.clean[usize::from(group)].0 = 0;
            }
            Event::UpdateExecuted { group, update_id } | Event::UpdateExpired { group, update_id } => {
                assert_eq!(self.waiting.remove(&group).unwrap().update_id, update_id);
            }
            Event::ShadowProposed { group, .. } => self.credit(group, now),
            Event::Halted { scope, until, .. } | Event::HaltExtended { scope, until } => {
                let old = self.halts.insert(scope, until).unwrap_or(0);
                assert!(until >= old, "halts are never shortened");
            }
            Event::Resumed { scope } => {
                self.halts.remove(&scope);
            }
            Event::BreakerTripped { reason, .. } => {
                if reason == Reason::AttestationBurst {
                    self.tripped_at = now;
                }
            }
            Event::AutonomyChanged { group, old, new, by } => {
                let place = &mut self.autonomy[usize::from(group)];
                assert_eq!(*place, old);
                assert!(new < old || by == Actor::Governance, "only governance raises");
                *place = new;
                self.clean[usize::from(group)].0 = 0;
            }
            Event::SlotRulesChanged { slot, words } => {
                self.slot_rules.insert(slot, SlotRules::unpack(&words));
            }
            Event::GroupRulesChanged { group, word } => {
                self.group_rules.insert(group, GroupRules::unpack(&word));
            }
            Event::BoundsNarrowed { slot, min, max } => {
                let rules = SlotRules { gov_min: min, gov_max: max, ..self.rules(slot) };
                self.slot_rules.insert(slot, rules);
            }
            Event::CountsChanged { pools, categories } => (self.pools, self.categories) = (pools, categories),
            Event::BreakerChanged { word } => self.breaker = Some(word),
            Event::UpdateRejected { .. } | Event::Restored { .. } => {}
        }
    }

    /// Clocks and buckets of a group after it changed, by the definition.
    fn settle(&mut self, group: Group, lane: Lane, before: &[u32; SLOTS], now: u32) {
        let index = group.index();
        let rules = self.group(group);
        let elapsed = i128::from(now - self.moments[index]);
        let window = i128::from(rules.window);
        if group == Group::Liquidity {
            let capacity = i128::from(rules.l1_bucket) << 16;
            let left = (i128::from(self.used) - capacity * elapsed / window).max(0);
            let moved: u32 = Slot::each(group.mask()).map(|s| self.values[s.index()].abs_diff(before[s.index()])).sum();
            let add = if lane == Lane::Restore { 0 } else { i128::from(moved / 2) << 16 };
            self.used = u32::try_from(left + add).unwrap();
        } else {
            for slot in Slot::each(group.mask()) {
                let bounds = self.rules(slot.number());
                let (old, new) = (before[slot.index()], self.values[slot.index()]);
                let base = old.clamp(bounds.gov_min, bounds.gov_max);
                let level = self.levels.entry(slot.number()).or_default();
                let start = u32::try_from((i128::from(base) - level.div_euclid(1 << 16)).max(0)).unwrap();
                let limit = if *level > 0 { bounds.bucket_up } else { bounds.bucket_down };
                let capacity =
                    i128::from((u64::from(start) * u64::from(limit.rel_bps) / 10_000).max(limit.abs.into())) << 16;
                let drained = capacity * elapsed / window;
                let left = (level.abs() - drained).max(0) * level.signum();
                let shift = if old == new { 0 } else { i128::from(new) - i128::from(base) };
                *level = left + (shift << 16);
            }
        }
        for (place, slot) in [crate::param::EMISSION, crate::param::REMINT].iter().enumerate() {
            if self.values[slot.index()] > before[slot.index()] {
                self.rise[place] = now;
            }
        }
        self.moments[index] = now;
        self.last_change[index] = now;
    }

    /// Everything the log tells agrees with what is stored.
    pub fn check(&self, l: &MemoryLedger) {
        assert_eq!(views::values(l), self.values);
        let config = Config::load(l).unwrap();
        assert_eq!((config.pools, config.categories), (self.pools, self.categories));
        assert_eq!(config.halt.until, self.halts.get(&255).copied().unwrap_or(0));
        for slot in Slot::all() {
            assert_eq!(config.slot_rules(l, slot), self.rules(slot.number()));
            if slot.group() != Group::Liquidity {
                let level = bucket::Nets::new().level(l, slot);
                let mine = self.levels.get(&slot.number()).copied().unwrap_or(0);
                assert_eq!(i128::from(level), mine, "level of slot {}", slot.number());
            }
        }
        for group in Group::ALL {
            let (state, index) = (GroupState::load(l, group), group.index());
            assert_eq!(config.group_rules(l, group), self.group(group));
            assert_eq!(state.autonomy, self.autonomy[index]);
            assert_eq!((state.clean, state.clean_at), self.clean[index], "clean epochs of {group:?}");
            assert_eq!(state.halt.until, self.halts.get(&group.number()).copied().unwrap_or(0));
            assert_eq!((state.last_change, state.bucket_at), (self.last_change[index], self.moments[index]));
            assert_eq!(state.pending, self.waiting.contains_key(&group.number()));
            if let Some(waiting) = self.waiting.get(&group.number()) {
                let p = Pending::load(l, group);
                let hash = l.load(state::at(key::PENDING_HASH, group));
                let (update_id, eta, expires, approval, approved) =
                    (p.update_id, p.eta, p.expires, p.approval, p.approved);
                assert_eq!(*waiting, Waiting { update_id, eta, expires, approval, approved, hash });
            }
        }
        assert_eq!(GroupState::load(l, Group::Emission).last_rise, self.rise[0]);
        assert_eq!(GroupState::load(l, Group::Equilibrium).last_rise, self.rise[1]);
        assert_eq!(GroupState::load(l, Group::Liquidity).l1_used, self.used);
        let progress = Progress::load(l);
        assert_eq!((progress.update_id, u64::from(progress.observed_at)), (self.update_id, self.observed_at));
        assert_eq!(progress.tripped_at, self.tripped_at);
        assert_eq!(config.breaker, self.breaker.is_some());
        if let Some(word) = self.breaker {
            assert_eq!(l.load(key::BREAKER), word);
        }
    }

    /// The checkpoints agree with the values the log gave at every moment.
    pub fn check_history(&self, l: &MemoryLedger) {
        for (index, (moment, values)) in self.history.iter().enumerate() {
            assert_eq!(views::values_at(l, u32::MAX, *moment), Ok(*values));
            if let Some((next, _)) = self.history.get(index + 1) {
                assert_eq!(views::values_at(l, u32::MAX, next - 1), Ok(*values));
            }
        }
    }
}
