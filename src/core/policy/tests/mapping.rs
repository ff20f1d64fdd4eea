//! The mapping against the engine's rules, stated again here, and against its own formulas in exact fractions.

use super::world::{any_outputs, any_scores, any_world, World};
use crate::param::{Group, Slot, BURN, EMISSION, QUORUM, REMINT, RESERVE, SLOTS, THRESHOLD, VESTING};
use crate::policy::mapping::admissible;
use crate::policy::{changes, group_changes, OUTPUTS};
use crate::rules::{Limit, ParamView, SlotRules};
use crate::update::Change;
use alloc::{vec, vec::Vec};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;

fn mapped(world: &World, outputs: [i32; OUTPUTS], scores: &[i32]) -> World {
    let mapped = changes(&outputs, &|index| scores.get(index).copied().unwrap_or(0), world);
    let mut after = world.clone();
    for change in mapped.changes() {
        assert_eq!(after.values[usize::from(change.slot)], change.expected_old);
        assert_ne!(change.new, change.expected_old);
        after.values[usize::from(change.slot)] = change.new;
    }
    for slot in Slot::all() {
        assert_eq!(mapped.value(slot), after.value(slot));
    }
    after
}

/// Outputs that move one group by a fraction.
fn only(group: Group, output: i32) -> [i32; OUTPUTS] {
    let mut outputs = [0; OUTPUTS];
    outputs[group.index()] = output;
    outputs
}

fn slot(number: u8) -> Slot {
    Slot::new(number).unwrap()
}

fn values(world: &World, group: Group) -> Vec<u32> {
    Slot::each(group.mask()).map(|slot| world.value(slot)).collect()
}

#[test]
fn single_slots_move_by_the_fraction_of_their_step() {
    let world = World::neutral(4, 2);
    let after = |group, output| values(&mapped(&world, only(group, output), &[]), group);
    // 5,000 ppm: up max(5 %, 100) = 250, down max(10 %, 200) = 500.
    assert_eq!(after(Group::Emission, 65_536), [5_250]);
    assert_eq!(after(Group::Emission, 32_768), [5_125]);
    assert_eq!(after(Group::Emission, -65_536), [4_500]);
    assert_eq!(after(Group::Emission, i32::MAX), [5_250]);
    assert_eq!(after(Group::Emission, i32::MIN), [4_500]);
    // 250 * 262 / 65,536 = 0.9995: towards no change.
    assert_eq!(after(Group::Emission, 262), [5_000]);
    assert_eq!(after(Group::Emission, 263), [5_001]);
    assert_eq!(after(Group::Vesting, 65_536), [11_000]);
    assert_eq!(after(Group::Vesting, -16_384), [9_750]);
    assert_eq!(after(Group::Governance, 65_536), [450, 150]);
    assert_eq!(after(Group::Governance, -65_536), [350, 50]);
    assert_eq!(after(Group::Grants, 65_536)[..3], [11_000, 11_000, 10_000]);
    assert_eq!(after(Group::Grants, -65_536)[..3], [8_000, 8_000, 10_000]);
}

#[test]
fn range_saturates_and_counts_from_the_nearest_bound() {
    let mut world = World::neutral(4, 2);
    let after = |world: &World, output| mapped(world, only(Group::Emission, output), &[]).value(EMISSION);
    world.set(EMISSION, 19_900);
    assert_eq!(after(&world, 65_536), 20_000);
    world.set(EMISSION, 30_000);
    assert_eq!(after(&world, 65_536), 20_000);
    assert_eq!(after(&world, -65_536), 18_000);
    assert_eq!(after(&world, 0), 30_000);
    world.set(EMISSION, 0);
    assert_eq!(after(&world, 65_536), 2_625);
    assert_eq!(after(&world, -65_536), 2_500);
}

#[test]
fn gate_below_zero_changes_nothing() {
    let world = World::neutral(4, 2);
    let mut outputs = [65_536; OUTPUTS];
    outputs[7] = -1;
    assert_eq!(mapped(&world, outputs, &[1, 2, 3, 4]).values, world.values);
    outputs[7] = 0;
    assert_ne!(mapped(&world, outputs, &[1, 2, 3, 4]).values, world.values);
}

#[test]
fn curve_moves_in_quarters_and_keeps_its_order() {
    let mut world = World::neutral(0, 0);
    let after = |world: &World, output| values(&mapped(world, only(Group::Curve, output), &[]), Group::Curve);
    assert_eq!(after(&world, 65_536), [10_000, 10_125, 10_250, 10_375, 10_500]);
    assert_eq!(after(&world, -65_536), [10_000; 5]);
    for (knot, value) in [10_000, 12_000, 15_000, 20_000, 20_100].into_iter().enumerate() {
        world.values[2 + knot] = value;
    }
    // A fall of 500 would put the last knot below the one before, which falls by 375.
    assert_eq!(after(&world, -65_536), [10_000, 11_875, 14_750, 19_625, 19_625]);
    // A rise of the third knot stops at a last knot that cannot rise.
    world.rules[6].gov_max = 20_200;
    assert_eq!(after(&world, 65_536), [10_000, 12_125, 15_250, 20_200, 20_200]);
    // A last knot far above its range would have to fall below the one before: nothing moves.
    world.rules[6].gov_max = 14_000;
    assert_eq!(after(&world, 65_536), [10_000, 12_000, 15_000, 20_000, 20_100]);
}

#[test]
fn equilibrium_keeps_the_cross_rules() {
    let mut world = World::neutral(0, 0);
    let after = |world: &World, emission: i32, output: i32| {
        let mut outputs = only(Group::Equilibrium, output);
        outputs[0] = emission;
        values(&mapped(world, outputs, &[]), Group::Equilibrium)
    };
    world.set(REMINT, 20);
    assert_eq!(after(&world, 0, 65_536), [1_250, 25]);
    assert_eq!(after(&world, -65_536, 65_536), [1_250, 25]);
    assert_eq!(after(&world, 0, -65_536), [500, 10]);
    // Emission rises: re-mint may not, but it may fall.
    assert_eq!(after(&world, 65_536, 65_536), [1_250, 20]);
    assert_eq!(after(&world, 65_536, -65_536), [500, 10]);
    // Emission would rise but is at its end: re-mint may.
    world.set(EMISSION, 20_000);
    assert_eq!(after(&world, 65_536, 65_536), [1_250, 25]);
    // The burn share goes to zero only when re-mint can.
    world.rules[7].gov_min = 0;
    world.set(BURN, 300);
    assert_eq!(after(&world, 0, -65_536), [1, 10]);
    world.set(REMINT, 10);
    assert_eq!(after(&world, 0, -65_536), [0, 0]);
    // A state that no rule lets come about, re-mint without burn, is not made worse.
    world.set(BURN, 0);
    world.set(REMINT, 45);
    assert_eq!(after(&world, 0, -65_536), [0, 45]);
    // With nothing burned re-mint does not leave zero, unless the burn share does as well.
    world.set(BURN, 0);
    world.set(REMINT, 0);
    assert_eq!(after(&world, 0, 65_536), [250, 5]);
    world.rules[7].step_up = Limit { rel_bps: 0, abs: 1 };
    assert_eq!(after(&world, 0, 65_000), [0, 0]);
}

#[test]
fn supply_growth_stops_rises() {
    let mut world = World::neutral(0, 0);
    world.rules[0].gov_max = 50_000;
    world.rules[8].gov_max = 200;
    let after = |world: &World, outputs| {
        let after = mapped(world, outputs, &[]);
        (after.value(EMISSION), after.value(REMINT))
    };
    // 30 / 365 of 49,000 is 4,027.4: 94 of re-mint are left under 4,500.
    world.set(EMISSION, 49_000);
    world.set(REMINT, 92);
    assert_eq!(after(&world, only(Group::Equilibrium, 65_536)), (49_000, 94));
    // Above the limit already, by a rule governance changed: no rise, and nothing is pushed down.
    world.set(REMINT, 96);
    assert_eq!(after(&world, only(Group::Emission, 65_536)), (49_000, 96));
    assert_eq!(after(&world, only(Group::Equilibrium, 65_536)), (49_000, 96));
    // With a re-mint of 90 there are 4,050 left for emission, 49,275 a year.
    world.set(REMINT, 90);
    assert_eq!(after(&world, only(Group::Emission, 65_536)), (49_275, 90));
}

#[test]
fn liquidity_moves_to_the_scores_within_its_budget() {
    let world = World::neutral(4, 0);
    let after = |output, scores: &[i32]| {
        values(&mapped(&world, only(Group::Liquidity, output), scores), Group::Liquidity)[..4].to_vec()
    };
    assert_eq!(after(65_536, &[1, 1, 1, 1]), [2_500; 4]);
    // Goals 1,500 (one step down), 3,000 (range), 3,000 (range), 2,500: 1,000 move from the first.
    assert_eq!(after(65_536, &[0, 50, 50, 33]), [1_500, 3_000, 3_000, 2_500]);
    // Half the budget goes to the first of equals.
    assert_eq!(after(16_384, &[0, 50, 50, 33]), [2_250, 2_750, 2_500, 2_500]);
    assert_eq!(after(0, &[0, 1, 1, 1]), [2_500; 4]);
    assert_eq!(after(-65_536, &[0, 1, 1, 1]), [2_500; 4]);
    assert_eq!(after(65_536, &[0, 0, 0, 0]), [2_500; 4]);
    assert_eq!(after(65_536, &[-5, -5, -5, -5]), [2_500; 4]);
}

#[test]
fn liquidity_brings_a_weight_back_into_range_or_leaves_it() {
    let mut world = World::neutral(4, 0);
    for (pool, weight) in [2_000, 3_900, 2_100, 2_000].into_iter().enumerate() {
        world.values[11 + pool] = weight;
    }
    let after = |world: &World, output| {
        values(&mapped(world, only(Group::Liquidity, output), &[1, 1, 1, 1]), Group::Liquidity)[..4].to_vec()
    };
    // 900 are just enough to bring 3,900 back to 3,000, and 899 are not.
    world.groups[Group::Liquidity.index()].l1_step = 900;
    assert_eq!(after(&world, 65_536), [2_500, 3_000, 2_100, 2_400]);
    world.groups[Group::Liquidity.index()].l1_step = 899;
    assert_eq!(after(&world, 65_536), [2_000, 3_900, 2_100, 2_000]);
    world.groups[Group::Liquidity.index()].l1_step = 1_000;
    // 1,000 bring it below.
    assert_eq!(after(&world, 65_536), [2_500, 2_900, 2_100, 2_500]);
    // 500 do not: that pool stays, and of the others only 2,100 could give, but lies below its goal.
    assert_eq!(after(&world, 32_768), [2_000, 3_900, 2_100, 2_000]);
    world.set(RESERVE, 2_800);
    world.values[14] = 1_200;
    assert_eq!(after(&world, 32_768), [2_500, 3_900, 2_100, 1_500]);
}

/// What the engine asks of one moved slot, from the text of its rules.
fn check_slot(rules: &SlotRules, old: u32, new: u32) -> Result<(), TestCaseError> {
    prop_assert!(new >= rules.gov_min && new <= rules.gov_max, "{new} outside {rules:?}");
    let base = old.clamp(rules.gov_min, rules.gov_max);
    let limit = if new > base { rules.step_up } else { rules.step_down };
    let share = u128::from(base) * u128::from(limit.rel_bps) / 10_000;
    prop_assert!(u128::from(new.abs_diff(base)) <= share.max(limit.abs.into()), "step {base} to {new}, {limit:?}");
    Ok(())
}

fn check_rules(before: &World, after: &World) -> Result<(), TestCaseError> {
    for slot in Slot::all() {
        let (old, new) = (before.value(slot), after.value(slot));
        if old != new {
            prop_assert!(before.live().any(|live| live == slot), "dead slot {slot:?} moved");
            check_slot(&before.rules(slot), old, new)?;
        }
    }
    prop_assert!(values(after, Group::Curve).is_sorted());
    let (old, new) = (values(before, Group::Liquidity), values(after, Group::Liquidity));
    prop_assert_eq!(old.iter().sum::<u32>(), new.iter().sum::<u32>());
    let distance: u32 = old.iter().zip(&new).map(|(a, b)| a.abs_diff(*b)).sum();
    prop_assert!(distance.div_ceil(2) <= before.group_rules(Group::Liquidity).l1_step.into());
    // The two groups that create supply may be applied apart.
    for (emission, equilibrium) in [(before, after), (after, before), (after, after)] {
        let (rate, remint) = (emission.value(EMISSION), equilibrium.value(REMINT));
        prop_assert!(u64::from(rate) * 30 + u64::from(remint) * 5 * 365 <= 4_500 * 365, "{rate} {remint}");
        prop_assert!(equilibrium.value(BURN) > 0 || remint == 0);
        prop_assert!(rate <= before.value(EMISSION) || remint <= before.value(REMINT));
    }
    Ok(())
}

/// The formula of one slot in exact fractions: base + trunc(output * step), saturated.
fn target_exactly(rules: &SlotRules, current: u32, output: i32, parts: u8) -> u32 {
    let fraction = |n: i64, d: i64| BigRational::new(BigInt::from(n), BigInt::from(d));
    let (min, max) = (rules.gov_min, rules.gov_max);
    let base = i64::from(current.clamp(min, max));
    let limit = if output > 0 { rules.step_up } else { rules.step_down };
    let share = (fraction(base, 1) * fraction(limit.rel_bps.into(), 10_000)).floor();
    let step = share.max(fraction(limit.abs.into(), 1));
    let output = fraction(output.clamp(-65_536, 65_536).into(), 65_536) * fraction(parts.into(), 4);
    let delta = (step * output).trunc();
    if delta == fraction(0, 1) {
        return current;
    }
    let moved = fraction(base, 1) + delta;
    let bounded = moved.max(fraction(min.into(), 1)).min(fraction(max.into(), 1));
    u32::try_from(bounded.to_integer()).unwrap()
}

/// POL-13, exhaustive: a change is admissible if it is none, or ends in range within the step of its own direction.
#[test]
fn admissible_is_range_and_step_on_a_small_domain() {
    let limit = |abs| Limit { rel_bps: 0, abs };
    for (min, max) in (2..=5u32).flat_map(|min| (min..=5).map(move |max| (min, max))) {
        for (up, down) in (0..=3u32).flat_map(|up| (0..=3).map(move |down| (up, down))) {
            let rules = SlotRules {
                gov_min: min,
                gov_max: max,
                step_up: limit(up),
                step_down: limit(down),
                ..EMISSION.default_rules()
            };
            for (old, new) in (0..=7u32).flat_map(|old| (0..=7).map(move |new| (old, new))) {
                let base = old.clamp(min, max);
                let within = if new > base { new - base <= up } else { base - new <= down };
                let expected = old == new || ((min..=max).contains(&new) && within);
                assert_eq!(
                    admissible(&rules, old, new),
                    expected,
                    "{old} to {new} in {min}..={max}, {up} up, {down} down"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// POL-06
    #[test]
    fn mapping_obeys_every_rule_of_values(world in any_world(), outputs in any_outputs(), scores in any_scores()) {
        check_rules(&world, &mapped(&world, outputs, &scores))?;
    }

    /// POL-07
    #[test]
    fn mapping_is_exact(world in any_world(), outputs in any_outputs()) {
        let mut outputs = outputs;
        outputs[7] = 0;
        let after = mapped(&world, outputs, &[]);
        for (slot, output) in [(VESTING, outputs[1]), (QUORUM, outputs[4]), (THRESHOLD, outputs[4])] {
            prop_assert_eq!(after.value(slot), target_exactly(&world.rules(slot), world.value(slot), output, 4));
        }
        for category in 43..43 + world.categories {
            let category = slot(category);
            prop_assert_eq!(after.value(category), target_exactly(&world.rules(category), world.value(category), outputs[6], 4));
        }
        // Emission and the curve, where no other rule shortens the move.
        let rate = target_exactly(&world.rules(EMISSION), world.value(EMISSION), outputs[0], 4);
        if rate <= world.value(EMISSION) || rate * 30 + world.value(REMINT) * 5 * 365 <= 4_500 * 365 {
            prop_assert_eq!(after.value(EMISSION), rate);
        }
        let knots: Vec<u32> = (0u8..5)
            .map(|knot| target_exactly(&world.rules(slot(2 + knot)), world.value(slot(2 + knot)), outputs[2], knot))
            .collect();
        if knots.is_sorted() {
            prop_assert_eq!(values(&after, Group::Curve), knots);
        }
    }

    /// POL-08
    #[test]
    fn mapping_is_deterministic_and_stays_in_its_group(world in any_world(), outputs in any_outputs(), scores in any_scores()) {
        let score = |index: usize| scores[index];
        let whole = changes(&outputs, &score, &world);
        prop_assert_eq!(whole, changes(&outputs, &score, &world));
        let list: Vec<Change> = whole.changes().collect();
        prop_assert!(list.is_sorted_by(|a, b| a.slot < b.slot));
        prop_assert!(outputs[7] >= 0 || list.is_empty());
        for group in Group::ALL {
            let mut mapped = world.values;
            group_changes(group, &outputs, &score, &world, &mut mapped);
            for number in 0..SLOTS {
                let slot = slot(number as u8);
                let expected = if slot.group() == group { whole.value(slot) } else { world.value(slot) };
                prop_assert_eq!(mapped[number], expected);
            }
        }
    }

    /// POL-09
    #[test]
    fn moves_follow_the_sign_of_the_output(world in any_world(), outputs in any_outputs()) {
        let after = mapped(&world, outputs, &[]);
        let inside = |slot: Slot| (world.rules(slot).gov_min..=world.rules(slot).gov_max).contains(&world.value(slot));
        for slot in Slot::all().filter(|slot| slot.group() != Group::Liquidity) {
            let (old, new) = (world.value(slot), after.value(slot));
            // A knot outside its range comes back to it and may take its neighbours along.
            if Slot::each(slot.group().mask()).all(inside) {
                let output = outputs[slot.group().index()];
                prop_assert!(new <= old || output > 0, "{slot:?} rose from {old} to {new} at {output}");
                // Re-mint gives way to a burn share that stays at zero, so it alone may fall without being told.
                prop_assert!(new >= old || output < 0 || slot == REMINT, "{slot:?} fell from {old} to {new} at {output}");
            }
        }
    }

    /// POL-10
    #[test]
    fn liquidity_spends_what_it_can(world in any_world(), output in 0..=65_536, scores in any_scores()) {
        let pools = usize::from(world.pools);
        let after = mapped(&world, only(Group::Liquidity, output), &scores);
        let sum: u128 = scores[..pools].iter().map(|s| u128::try_from(*s).unwrap_or(0)).sum();
        let all_inside = (0..pools).all(|i| {
            let rules = world.rules[11 + i];
            world.values[11 + i] >= rules.gov_min && world.values[11 + i] <= rules.gov_max
        });
        if sum > 0 && all_inside {
            let (mut surplus, mut deficit, mut out, mut into) = (0, 0, 0, 0);
            for (i, score) in scores[..pools].iter().enumerate() {
                let (rules, old, new) = (world.rules[11 + i], world.values[11 + i], after.values[11 + i]);
                let lowest = rules.gov_min.max(old.saturating_sub(rules.step_down.of(old)));
                let highest = rules.gov_max.min(old + rules.step_up.of(old));
                let share = u128::try_from(*score).unwrap_or(0) * 10_000 / sum;
                let goal = u32::try_from(share).unwrap().clamp(lowest, highest);
                surplus += old.saturating_sub(goal);
                deficit += goal.saturating_sub(old);
                out += old.saturating_sub(new);
                into += new.saturating_sub(old);
                prop_assert!(new >= old.min(goal) && new <= old.max(goal), "pool {i}: {old} to {new}, goal {goal}");
            }
            let step = u64::from(world.group_rules(Group::Liquidity).l1_step);
            let budget = u32::try_from(step * u64::from(output.unsigned_abs()) / 65_536).unwrap();
            prop_assert_eq!((out, into), (budget.min(surplus).min(deficit), budget.min(surplus).min(deficit)));
        }
    }
}

/// POL-11: every combination of a small domain, three pools of tenths.
#[test]
fn liquidity_works_on_every_small_case() {
    let mut world = World::neutral(3, 0);
    let mut moved = 0;
    for a in 0..=10u32 {
        for b in 0..=10 - a {
            for (pool, tenths) in [a, b, 10 - a - b].into_iter().enumerate() {
                world.values[11 + pool] = tenths * 1_000;
            }
            for scores in 0..64 {
                let scores = vec![scores % 4, scores / 4 % 4, scores / 16];
                for output in [1, 20_000, 65_536] {
                    let after = mapped(&world, only(Group::Liquidity, output), &scores);
                    check_rules(&world, &after).unwrap();
                    moved += u32::from(after.values != world.values);
                }
            }
        }
    }
    assert!(moved > 1_000, "{moved}");
}
