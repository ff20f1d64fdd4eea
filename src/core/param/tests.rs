#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing)]
use super::*;
use crate::rules::Limit;
use std::vec::Vec;

#[test]
fn par_01_groups_partition_the_slots() {
    let mut seen = 0u64;
    for group in Group::ALL {
        assert_eq!(seen & group.mask(), 0);
        seen |= group.mask();
        for slot in Slot::each(group.mask()) {
            assert_eq!(slot.group(), group);
        }
        let (first, count) = group.span();
        assert_eq!(group.mask().count_ones(), u32::from(count));
        assert_eq!(group.mask().trailing_zeros(), u32::from(first));
        assert_eq!(Group::new(group.number()), Some(group));
        assert_eq!(usize::from(group.number()), group.index());
    }
    assert_eq!(seen, (1 << SLOTS) - 1);
    assert_eq!(Group::new(7), None);
    assert_eq!(Slot::new(50).map(Slot::number), Some(50));
    assert_eq!(Slot::new(51), None);
}

#[test]
fn par_02_default_rules_pass_their_own_checks() {
    for slot in Slot::all() {
        let spec = slot.spec();
        assert_eq!(spec.default_rules.check(slot), Ok(()), "slot {}", slot.number());
        assert_eq!(spec.group, slot.group());
        assert!(spec.hard_min <= spec.hard_max);
    }
    for group in Group::ALL {
        assert_eq!(group.default_rules().check(group), Ok(()));
    }
}

#[test]
fn par_03_tables_are_the_recommended_ones() {
    let range = |n: u8| {
        let rules = Slot::new(n).unwrap().default_rules();
        let (hard_min, hard_max) = Slot::new(n).unwrap().hard_range();
        [hard_min, rules.gov_min, rules.neutral, rules.gov_max, hard_max]
    };
    assert_eq!(range(0), [0, 2_500, 5_000, 20_000, 50_000]);
    assert_eq!(range(1), [5_000, 8_000, 10_000, 12_000, 15_000]);
    assert_eq!(range(2), [10_000; 5]);
    for knot in 3..=6 {
        assert_eq!(range(knot), [10_000, 10_000, 10_000, 25_000, 40_000]);
    }
    assert_eq!(range(7), [0, 500, 1_000, 3_000, 5_000]);
    assert_eq!(range(8), [0, 0, 0, 50, 200]);
    assert_eq!(range(9), [200, 300, 400, 1_000, 2_000]);
    assert_eq!(range(10), [1, 10, 100, 500, 1_000]);
    assert_eq!(range(11), [0, 500, 500, 3_000, 10_000]);
    for pool in 12..=42 {
        assert_eq!(range(pool), [0, 0, 0, 3_000, 4_000]);
    }
    for category in 43..=50 {
        assert_eq!(range(category), [2_500, 5_000, 10_000, 15_000, 20_000]);
    }
    let emission = EMISSION.default_rules();
    assert_eq!(emission.step_up, Limit { rel_bps: 500, abs: 100 });
    assert_eq!(emission.step_down, Limit { rel_bps: 1_000, abs: 200 });
    assert_eq!(emission.bucket_up, Limit { rel_bps: 2_500, abs: 100 });
    assert_eq!(emission.bucket_down, Limit { rel_bps: 5_000, abs: 200 });
    assert_eq!(emission.safe, Limit { rel_bps: 200, abs: 0 });
    // Cooldown in seconds (of emission: 6.75 days); window, age of the KPIs, delay and grace in days.
    let clocks = |group: Group| {
        let rules = group.default_rules();
        [rules.window, rules.max_age, rules.delay, rules.grace]
    };
    for (group, cooldown, days) in [
        (Group::Emission, 583_200, [90, 1, 2, 3]),
        (Group::Vesting, 15_552_000, [365, 2, 14, 7]),
        (Group::Curve, 7_776_000, [365, 2, 7, 7]),
        (Group::Equilibrium, 2_592_000, [180, 2, 3, 3]),
        (Group::Governance, 15_552_000, [365, 2, 14, 7]),
        (Group::Liquidity, 2_419_200, [90, 1, 2, 3]),
        (Group::Grants, 5_184_000, [365, 2, 7, 7]),
    ] {
        assert_eq!(
            (group.default_rules().cooldown, clocks(group)),
            (cooldown, days.map(|days| days * 86_400)),
            "{group:?}"
        );
        assert_eq!(group.default_rules().dormant_after, if group == Group::Emission { 3 } else { 0 });
    }
    assert!(Group::Governance.default_rules().approval);
    assert!(Group::ALL.iter().filter(|group| group.default_rules().approval).count() == 1);
    let rules = Group::Liquidity.default_rules();
    assert_eq!((rules.l1_step, rules.l1_bucket, rules.l1_safe), (1_000, 2_500, 200));
}

#[test]
fn units_and_safe_directions() {
    assert_eq!(EMISSION.unit(), Unit::PpmPerYear);
    assert_eq!(REMINT.unit(), Unit::PpmPerEpoch);
    assert_eq!(BURN.unit(), Unit::Bps);
    let safe: Vec<u8> = Slot::all().filter(|slot| slot.down_is_safe()).map(Slot::number).collect();
    assert_eq!(safe, [0, 8]);
}

#[test]
fn par_04_slots_of_a_mask_come_back_in_order() {
    for mask in [0, 1, 0b1010, Group::Grants.mask(), (1 << SLOTS) - 1] {
        let slots: Vec<Slot> = Slot::each(mask).collect();
        assert!(slots.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(slots.iter().fold(0, |sum, slot| sum | slot.bit()), mask);
    }
    assert_eq!(Slot::run(11, 0), 0);
    assert_eq!(Slot::run(11, 2), 0b11 << 11);
    assert_eq!(Slot::run(43, 8), 0xff << 43);
}
