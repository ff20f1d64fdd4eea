//! The policy's mapping followed by the engine: whatever the network says, only time can refuse it.

use crate::engine::submit::View;
use crate::engine::violation::{Rule, Violation};
use crate::engine::{approve, execute, initialize, submit, value, Event, MemoryLedger};
use crate::kpi::COUNT;
use crate::param::{Group, Slot, SLOTS};
use crate::policy::{changes, OUTPUTS};
use crate::update::{Change, OwnedUpdate, Update};
use alloc::{vec, vec::Vec};
use proptest::{collection::vec as vecs, prelude::*};
use sha3::{Digest as _, Keccak256};

fn keccak(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

const DAY: u32 = 86_400;

struct Loop {
    ledger: MemoryLedger,
    now: u32,
    id: u64,
    pools: u8,
}

fn is_live(slot: Slot, pools: u8, categories: u8) -> bool {
    match slot.group() {
        Group::Liquidity => slot.number() < 11 + pools,
        Group::Grants => slot.number() < 43 + categories,
        _ => true,
    }
}

impl Loop {
    fn new(pools: u8, categories: u8) -> Self {
        let (mut ledger, now) = (MemoryLedger::default(), 1_700_000_000);
        let mut values = [0; SLOTS];
        for slot in Slot::all() {
            let live = is_live(slot, pools, categories);
            let rest = 10_000 % u32::from(pools.max(1));
            values[slot.index()] = match slot.group() {
                _ if !live => 0,
                Group::Liquidity => 10_000 / u32::from(pools) + if slot.number() == 11 { rest } else { 0 },
                _ => slot.default_rules().neutral,
            };
        }
        initialize(&mut ledger, now, &values, pools, categories, 3).unwrap();
        Self { ledger, now, id: 0, pools }
    }

    /// An update of these changes with KPI values that trip nothing: half of the supply staked, all else zero.
    fn update(&mut self, changes: Vec<Change>, scores: &[i32]) -> Vec<u8> {
        self.id += 1;
        let mut kpis = vec![0; COUNT];
        kpis[5] = 32_768;
        kpis.extend(&scores[..usize::from(self.pools)]);
        let time = u64::from(self.now);
        OwnedUpdate {
            update_id: self.id,
            observed_at: time,
            valid_after: time,
            expires_at: time + 600,
            kpis,
            changes,
            ..OwnedUpdate::default()
        }
        .encode()
        .unwrap()
    }

    fn mapped(&self, outputs: &[i32; OUTPUTS], scores: &[i32]) -> Vec<Change> {
        let view = View::open(&self.ledger, (1 << SLOTS) - 1).unwrap();
        changes(outputs, &|pool| scores[pool], &view).changes().collect()
    }

    fn submit(&mut self, changes: Vec<Change>, outputs: &[i32; OUTPUTS], scores: &[i32]) -> Result<u8, Violation> {
        let wire = self.update(changes, scores);
        let accepted = submit(&mut self.ledger, self.now, &Update::decode(&wire).unwrap(), outputs, keccak)?;
        assert_eq!((accepted.trip, accepted.shadow), (0, 0));
        Ok(accepted.applied | accepted.queued)
    }

    /// Executes what waits and is ready; returns what was refused.
    fn execute_ready(&mut self) -> Vec<Violation> {
        let queued: Vec<(u8, Vec<u8>)> = self
            .ledger
            .log
            .iter()
            .filter_map(|entry| match entry.event {
                Event::UpdateQueued { group, .. } => Some((group, entry.payload.clone())),
                _ => None,
            })
            .collect();
        let mut refused = vec![];
        for group in Group::ALL.map(Group::number) {
            if let Some((_, payload)) = queued.iter().rev().find(|(queued, _)| *queued == group) {
                let _ = approve(&mut self.ledger, self.now, group);
                if let Err(violation) = execute(&mut self.ledger, self.now, group, payload, keccak) {
                    if !matches!(violation.rule(), Rule::NothingPending | Rule::NotReady) {
                        refused.push(violation);
                    }
                }
            }
        }
        refused
    }
}

/// Refusals that depend on the moment, and so can hit a mapped change.
fn depends_on_time(violation: Violation) -> bool {
    matches!(
        violation.rule(),
        Rule::CooldownActive
            | Rule::BucketExceeded
            | Rule::GroupBucket
            | Rule::CrossBothUp
            | Rule::PendingExists
            | Rule::PendingExpired
    )
}

fn any_outputs() -> impl Strategy<Value = [i32; OUTPUTS]> {
    let one = prop_oneof![Just(65_536), Just(-65_536), -65_536..=65_536, -2_000..2_000];
    (prop::array::uniform7(one), 0..=65_536).prop_map(|([a, b, c, d, e, f, g], gate)| [a, b, c, d, e, f, g, gate])
}

/// Rounds: seconds waited, outputs, pool scores.
fn any_rounds() -> impl Strategy<Value = Vec<(u32, [i32; OUTPUTS], Vec<i32>)>> {
    let wait = prop_oneof![0..3 * DAY, Just(7 * DAY), 10 * DAY..100 * DAY];
    vecs((wait, any_outputs(), vecs(0..100_000, 32)), 1..16)
}

fn any_counts() -> impl Strategy<Value = (u8, u8)> {
    (prop_oneof![Just(0u8), 4u8..=20], 0u8..=8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// DIF-06
    #[test]
    fn mapped_changes_are_refused_by_time_alone((pools, categories) in any_counts(), rounds in any_rounds()) {
        let mut chain = Loop::new(pools, categories);
        for (round, (wait, outputs, scores)) in rounds.into_iter().enumerate() {
            chain.now += wait;
            for violation in chain.execute_ready() {
                prop_assert!(depends_on_time(violation), "{violation:?}");
            }
            let all = chain.mapped(&outputs, &scores);
            if round == 0 {
                // Nothing has moved yet, so nothing can be in the way: the whole list is accepted at once.
                let groups = all.iter().fold(0, |mask, change| mask | 1 << Slot::new(change.slot).unwrap().group().number());
                prop_assert_eq!(chain.submit(all, &outputs, &scores), Ok(groups));
                continue;
            }
            for group in Group::ALL {
                let part: Vec<Change> = all.iter().copied().filter(|change| Slot::new(change.slot).unwrap().group() == group).collect();
                // Groups go one by one, so the values of the others may have moved since the mapping: map again.
                if part != chain.mapped(&outputs, &scores).into_iter().filter(|change| Slot::new(change.slot).unwrap().group() == group).collect::<Vec<_>>() {
                    continue;
                }
                match chain.submit(part, &outputs, &scores) {
                    Ok(_) => {}
                    Err(violation) => prop_assert!(depends_on_time(violation), "{violation:?}"),
                }
            }
        }
    }

    /// DIF-07
    #[test]
    fn anything_but_the_mapped_value_is_refused(
        (pools, categories) in any_counts(),
        outputs in any_outputs(),
        scores in vecs(0..100_000, 32),
        at in any::<prop::sample::Index>(),
        by in prop_oneof![1u32..=3, 1u32..1_000],
        up in any::<bool>(),
    ) {
        let mut chain = Loop::new(pools, categories);
        let mapped = chain.mapped(&outputs, &scores);
        // Any live slot, moved by the model or not.
        let live: Vec<Slot> = Slot::all().filter(|slot| is_live(*slot, pools, categories)).collect();
        let slot = live[at.index(live.len())];
        let old = value(&chain.ledger, slot);
        let right = mapped.iter().find(|change| change.slot == slot.number()).map_or(old, |change| change.new);
        // Where nothing lies that far below, the other side does.
        let wrong = if up || by > right { right + by } else { right - by };
        let mut list: Vec<Change> = mapped.iter().copied().filter(|change| change.slot != slot.number()).collect();
        let others = list.clone();
        list.push(Change { slot: slot.number(), expected_old: old, new: wrong });
        list.sort_by_key(|change| change.slot);
        let before = chain.ledger.clone();
        let result = chain.submit(list, &outputs, &scores);
        prop_assert_eq!(result, Err(Violation::policy_mismatch(slot.number(), wrong, right)));
        prop_assert_eq!(&chain.ledger, &before);
        // One of several changes of a group left out is a choice of values, too.
        if right != old && others.iter().any(|change| Slot::new(change.slot).unwrap().group() == slot.group()) {
            let result = chain.submit(others, &outputs, &scores);
            prop_assert_eq!(result, Err(Violation::policy_mismatch(slot.number(), old, right)));
            prop_assert_eq!(&chain.ledger, &before);
        }
    }
}
