#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::indexing_slicing)]
use super::*;
use crate::param::{EMISSION, KNOT0, REMINT};
use proptest::prelude::*;

fn limit() -> impl Strategy<Value = Limit> {
    (any::<u16>(), any::<u32>()).prop_map(|(rel_bps, abs)| Limit { rel_bps, abs })
}

proptest! {
    /// RULE-01: stored slot rules read back the same.
    #[test]
    fn rule_01_slot_rules_round_trip(
        range in any::<(u32, u32, u32)>(), a in limit(), b in limit(), c in limit(), d in limit(), e in limit(),
    ) {
        let rules = SlotRules {
            gov_min: range.0, gov_max: range.1, neutral: range.2,
            step_up: a, step_down: b, bucket_up: c, bucket_down: d, safe: e,
        };
        prop_assert_eq!(SlotRules::unpack(&rules.pack()), rules);
    }

    /// RULE-02: stored group rules read back the same.
    #[test]
    fn rule_02_group_rules_round_trip(clocks in any::<[u32; 5]>(), dormant_after: u8, approval: bool, l1 in any::<[u16; 3]>()) {
        let rules = GroupRules {
            cooldown: clocks[0], window: clocks[1], max_age: clocks[2], delay: clocks[3], grace: clocks[4],
            dormant_after, approval, l1_step: l1[0], l1_bucket: l1[1], l1_safe: l1[2],
        };
        prop_assert_eq!(GroupRules::unpack(&rules.pack()), rules);
    }

    /// RULE-03: a limit is the larger of its two parts, at every base, and never falls as the base rises.
    #[test]
    fn rule_03_limit_is_the_larger_part(rel_bps in 0u16..=10_000, abs in 0u32..=100_000, base: u32, more in 0u32..1_000_000) {
        let limit = Limit { rel_bps, abs };
        let share = u128::from(base) * u128::from(rel_bps) / 10_000;
        prop_assert_eq!(u128::from(limit.of(base)), share.max(u128::from(abs)));
        prop_assert!(limit.of(base.saturating_add(more)) >= limit.of(base));
    }

    /// RULE-04: a limit that covers another allows at least as much at every base.
    #[test]
    fn rule_04_cover_holds_at_every_base(a in limit(), b in limit(), base: u32) {
        if a.covers(b) {
            prop_assert!(a.of(base) >= b.of(base));
        }
    }
}

#[test]
fn rule_05_base_is_the_value_or_the_nearest_bound() {
    // Exhaustive on a small domain.
    for (min, max) in (0..8u32).flat_map(|min| (min..8).map(move |max| (min, max))) {
        let rules = SlotRules { gov_min: min, gov_max: max, ..EMISSION.default_rules() };
        for current in 0..10 {
            let base = rules.base(current);
            assert!((min..=max).contains(&base));
            for other in min..=max {
                assert!(base.abs_diff(current) <= other.abs_diff(current));
            }
        }
    }
}

#[test]
fn rule_06_limits_and_covers_are_exact_on_a_small_domain() {
    let rates = [0, 1, 2, 4_999, 5_000, 5_001, 9_999, 10_000];
    let limits: std::vec::Vec<Limit> =
        rates.iter().flat_map(|rel_bps| (0..4).map(|abs| Limit { rel_bps: *rel_bps, abs })).collect();
    let bases = || (0..12).chain([9_999, 10_000, 10_001, 20_000, u32::MAX]);
    for limit in &limits {
        assert_eq!(limit.is_zero(), bases().all(|base| limit.of(base) == 0));
        for base in bases() {
            let share = u64::from(base) * u64::from(limit.rel_bps) / 10_000;
            assert_eq!(u64::from(limit.of(base)), share.max(limit.abs.into()));
        }
        for other in &limits {
            // Whoever covers another allows as much at every base; whoever does not, less at some base.
            assert_eq!(
                limit.covers(*other),
                bases().all(|base| limit.of(base) >= other.of(base)),
                "{limit:?} {other:?}"
            );
        }
    }
}

#[test]
fn slot_checks_name_what_fails() {
    let good = EMISSION.default_rules();
    let code = |rules: SlotRules| match rules.check(EMISSION) {
        Err(violation) => violation.numbers()[0],
        _ => 0,
    };
    let limit = |rel_bps, abs| Limit { rel_bps, abs };
    assert_eq!(code(good), 0);
    assert_eq!(code(SlotRules { gov_min: 3, gov_max: 2, neutral: 3, ..good }), 1);
    assert_eq!(code(SlotRules { gov_max: 50_000, ..good }), 0);
    assert_eq!(code(SlotRules { gov_max: 50_001, ..good }), 1);
    assert_eq!(code(SlotRules { neutral: 2_499, ..good }), 2);
    assert_eq!(code(SlotRules { neutral: 2_500, ..good }), 0);
    assert_eq!(code(SlotRules { neutral: 20_000, ..good }), 0);
    assert_eq!(code(SlotRules { neutral: 20_001, ..good }), 2);
    assert_eq!(code(SlotRules { step_up: limit(0, 0), ..good }), 3);
    assert_eq!(code(SlotRules { step_down: limit(0, 0), ..good }), 3);
    assert_eq!(code(SlotRules { bucket_up: limit(2_500, 50_000), ..good }), 0);
    assert_eq!(code(SlotRules { bucket_up: limit(2_500, 50_001), ..good }), 4);
    assert_eq!(code(SlotRules { bucket_down: limit(10_001, 200), ..good }), 4);
    assert_eq!(code(SlotRules { bucket_down: limit(10_000, 200), ..good }), 0);
    assert_eq!(code(SlotRules { step_up: limit(10_001, 0), ..good }), 4);
    assert_eq!(code(SlotRules { step_down: limit(10_001, 0), ..good }), 4);
    assert_eq!(code(SlotRules { bucket_up: limit(499, 100), ..good }), 5);
    assert_eq!(code(SlotRules { bucket_up: limit(500, 99), ..good }), 5);
    assert_eq!(code(SlotRules { bucket_down: limit(999, 200), ..good }), 5);
    assert_eq!(code(SlotRules { safe: limit(1_000, 200), ..good }), 0);
    assert_eq!(code(SlotRules { safe: limit(1_001, 0), ..good }), 6);
    assert_eq!(code(SlotRules { safe: limit(0, 201), ..good }), 6);
    // A slot whose hard range is one point needs no step.
    assert_eq!(KNOT0.default_rules().check(KNOT0), Ok(()));
    let wide = SlotRules { gov_max: 201, ..REMINT.default_rules() };
    assert_eq!(wide.check(REMINT), Err(Violation::bad_rules(1)));
    let low = SlotRules { gov_min: 9_999, ..KNOT0.default_rules() };
    assert_eq!(low.check(KNOT0), Err(Violation::bad_rules(1)));
}

#[test]
fn group_checks_name_what_fails() {
    let code = |group: Group, rules: GroupRules| match rules.check(group) {
        Err(violation) => violation.numbers()[0],
        _ => 0,
    };
    let good = Group::Emission.default_rules();
    let of = |rules| code(Group::Emission, rules);
    assert_eq!(of(GroupRules { cooldown: 3_600, ..good }), 0);
    assert_eq!(of(GroupRules { cooldown: 3_599, ..good }), 11);
    assert_eq!(of(GroupRules { window: 0, ..good }), 12);
    assert_eq!(of(GroupRules { max_age: 0, ..good }), 12);
    assert_eq!(of(GroupRules { grace: 0, ..good }), 12);
    assert_eq!(of(GroupRules { delay: 86_400, ..good }), 0);
    assert_eq!(of(GroupRules { delay: 86_399, ..good }), 13);
    assert_eq!(of(GroupRules { delay: MAX_CLOCK, ..good }), 0);
    assert_eq!(of(GroupRules { delay: MAX_CLOCK + 1, ..good }), 14);
    assert_eq!(of(GroupRules { grace: MAX_CLOCK + 1, ..good }), 14);
    assert_eq!(of(GroupRules { max_age: MAX_CLOCK + 1, ..good }), 14);
    assert_eq!(of(GroupRules { window: good.cooldown, ..good }), 0);
    assert_eq!(of(GroupRules { window: good.cooldown - 1, ..good }), 15);
    assert_eq!(of(GroupRules { l1_step: 1, ..good }), 17);
    assert_eq!(of(GroupRules { l1_bucket: 1, ..good }), 17);
    assert_eq!(of(GroupRules { l1_safe: 1, ..good }), 17);
    assert_eq!(code(Group::Vesting, GroupRules { dormant_after: 1, ..Group::Vesting.default_rules() }), 16);
    let good = Group::Liquidity.default_rules();
    let of = |rules| code(Group::Liquidity, rules);
    assert_eq!(of(GroupRules { l1_step: 0, l1_safe: 0, ..good }), 17);
    assert_eq!(of(GroupRules { l1_safe: 1_000, ..good }), 0);
    assert_eq!(of(GroupRules { l1_safe: 1_001, ..good }), 17);
    assert_eq!(of(GroupRules { l1_step: 2_500, ..good }), 0);
    assert_eq!(of(GroupRules { l1_step: 2_501, ..good }), 17);
    assert_eq!(of(GroupRules { l1_bucket: 10_000, ..good }), 0);
    assert_eq!(of(GroupRules { l1_bucket: 10_001, ..good }), 17);
}
