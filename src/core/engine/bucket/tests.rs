#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]
use super::*;
use crate::engine::MemoryLedger;
use crate::param::EMISSION;
use crate::rules::Limit;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn rules(up: u32, down: u32) -> SlotRules {
    SlotRules {
        bucket_up: Limit { rel_bps: 0, abs: up },
        bucket_down: Limit { rel_bps: 0, abs: down },
        ..EMISSION.default_rules()
    }
}

#[test]
fn buck_01_levels_have_places_of_their_own() {
    let slots = Slot::all().filter(|slot| !(11..=42).contains(&slot.number()));
    let places: BTreeSet<(usize, usize)> = slots.map(place).collect();
    assert_eq!(places.len(), 19);
    assert!(places.iter().all(|(word, at)| *word < WORDS && *at <= 24));
}

#[test]
fn buck_02_drain_is_linear_towards_zero_on_a_small_domain() {
    // Exhaustive: the level never crosses zero, never grows, is gone after a window when it was
    // within capacity, and falls by exactly capacity * elapsed / window.
    for cap in 0..6u32 {
        let rules = rules(cap, cap + 1);
        for level in -8..=8i64 {
            let level = level << 16;
            for window in 1..6u32 {
                let mut last = level.abs();
                for elapsed in 0..8 {
                    let left = drain(&rules, 100, level, elapsed, window);
                    assert!(left == 0 || left.signum() == level.signum());
                    assert!(left.abs() <= last);
                    last = left.abs();
                    let capacity = if level > 0 { level_of(cap) } else { level_of(cap + 1) };
                    let exact = level.abs() - capacity * i64::from(elapsed) / i64::from(window);
                    assert_eq!(left.abs(), exact.max(0));
                    if elapsed >= window && level.abs() <= capacity {
                        assert_eq!(left, 0);
                    }
                }
            }
        }
    }
}

#[test]
fn buck_03_room_is_exactly_what_is_left_on_a_small_domain() {
    for (up, down) in (0..6u32).flat_map(|up| (0..6).map(move |down| (up, down))) {
        for level in -8..=8i64 {
            let (room_up, room_down) = room(&rules(up, down), 100, level << 16);
            assert_eq!(i64::from(room_up), (i64::from(up) - level).max(0));
            assert_eq!(i64::from(room_down), (i64::from(down) + level).max(0));
            // A fraction of a unit is no room for a unit.
            let (part, _) = room(&rules(up, down), 100, (level << 16) + 1);
            assert_eq!(i64::from(part), (i64::from(up) - level - 1).max(0));
        }
    }
}

#[test]
fn relative_capacity_counts_from_where_the_level_started() {
    let rules = SlotRules { bucket_up: Limit { rel_bps: 2_500, abs: 0 }, ..EMISSION.default_rules() };
    // 8,000, of which 1,600 were gained: a quarter of 6,400 in all, so nothing is left.
    assert_eq!(room(&rules, 8_000, level_of(1_600)).0, 0);
    assert_eq!(room(&rules, 8_000, 0).0, 2_000);
    assert_eq!(room(&rules, 6_400, 0).0, 1_600);
    // A fall widens nothing upwards but the way back.
    assert_eq!(room(&rules, 6_000, -level_of(400)).0, 1_600 + 400);
}

#[test]
fn levels_share_words_without_touching_each_other() {
    let mut ledger = MemoryLedger::default();
    let slots: std::vec::Vec<Slot> = Slot::all().filter(|slot| !(11..=42).contains(&slot.number())).collect();
    for (index, slot) in slots.iter().enumerate() {
        let mut changed = Nets::new();
        changed.level(&ledger, *slot);
        changed.set(*slot, index as i64 - 7);
        let mut nets = Nets::new();
        nets.copy(&ledger, &changed, slot.bit());
        nets.save(&mut ledger);
    }
    for (index, slot) in slots.iter().enumerate() {
        assert_eq!(Nets::new().level(&ledger, *slot), index as i64 - 7);
    }
    let keys: BTreeSet<u64> = ledger.words.keys().copied().collect();
    assert_eq!(keys, (key::BUCKET..key::BUCKET + 5).collect());
}

proptest! {
    /// BUCK-04: over any stretch of time the net drift stays within the room at its start plus what
    /// drained since, in both directions (capacities absolute).
    #[test]
    fn buck_04_drift_is_bounded_over_every_window(
        caps in (1u32..500, 1u32..500), window in 1u32..5_000,
        moves in prop::collection::vec((any::<bool>(), 1u32..200, 0u32..1_500), 1..40),
    ) {
        let rules = rules(caps.0, caps.1);
        let (mut value, mut level, mut now) = (100_000i64, 0i64, 0u32);
        let mut track = std::vec![(0u32, value, level)];
        for (up, size, wait) in moves {
            now += wait;
            level = drain(&rules, 100_000, level, wait, window);
            track.push((now, value, level));
            let (room_up, room_down) = room(&rules, 100_000, level);
            let size = size.min(if up { room_up } else { room_down });
            let signed = if up { i64::from(size) } else { -i64::from(size) };
            value += signed;
            level += signed << 16;
            prop_assert!(level <= level_of(caps.0) && level >= -level_of(caps.1));
            track.push((now, value, level));
        }
        for (index, (from, start, level)) in track.iter().enumerate() {
            for (to, end, _) in track.iter().skip(index) {
                let drift = (end - start) << 16;
                let elapsed = i64::from(to - from);
                let (up, down) = (level_of(caps.0), level_of(caps.1));
                prop_assert!(drift <= up - level + up * elapsed / i64::from(window) + 1);
                prop_assert!(-drift <= down + level + down * elapsed / i64::from(window) + 1);
            }
        }
    }

    /// BUCK-05: draining in two stretches frees no more than draining in one (rounding only).
    #[test]
    fn buck_05_draining_in_parts_frees_no_more(cap in 1u32..50_000, level in -50_000i64..50_000, a in 0u32..1 << 24, b in 0u32..1 << 24, window in 1u32..1 << 26) {
        let rules = rules(cap, cap);
        let level = level << 16;
        let once = drain(&rules, 0, level, a + b, window);
        let twice = drain(&rules, 0, drain(&rules, 0, level, a, window), b, window);
        prop_assert!(twice.abs() >= once.abs());
        prop_assert!(twice.abs() - once.abs() <= 1);
    }
}
