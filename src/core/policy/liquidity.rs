//! Rebalancing of the pool weights towards their scores.

use super::mapping::set;
use super::OUTPUT_ONE;
use crate::param::{Group, Slot, MAX_POOLS, RESERVE, SLOTS};
use crate::rules::ParamView;

/// Weights are basis points and sum to this.
const WHOLE: u64 = 10_000;

/// What a live pool is to gain (positive) or lose, in basis points of weight.
#[derive(Clone, Copy, Default)]
struct Gap {
    /// From its weight to its goal.
    whole: i64,
    /// What of it is still to be moved.
    left: i64,
    /// Least movement that leaves the weight inside its range; zero if it is inside now.
    least: i64,
}

/// The weights' slot by position.
fn pool(index: usize) -> Option<Slot> {
    Slot::new(RESERVE.number().saturating_add(u8::try_from(index).ok()?))
}

/// Moves weight from the most over-weight to the most under-weight pool (the first of equals), again and again, until
/// the output's fraction of the group's half-L1 step is used up or one side is empty. The sum stays exactly as it is,
/// each weight inside its range and step.
///
/// A pool's goal is floor(10,000 * score / sum of scores), inside its range and one step from its weight. A weight
/// that governance's range has left behind must come all the way back or not move; a pool that could not be brought
/// back with the budget is left out and the rest starts again. Outputs not above zero, and scores that sum to zero,
/// move nothing.
pub(super) fn rebalance<V: ParamView + ?Sized>(
    view: &V,
    output: i32,
    score: &dyn Fn(usize) -> i32,
    values: &mut [u32; SLOTS],
) {
    let mut gaps = [Gap::default(); MAX_POOLS as usize];
    let Some(gaps) = gaps.get_mut(..usize::from(view.pool_count())) else { return };
    let weight = |index: usize| u64::from(score(index).max(0).unsigned_abs());
    let sum = (0..gaps.len()).fold(0, |sum: u64, index| sum.saturating_add(weight(index)));
    for (index, gap) in gaps.iter_mut().enumerate() {
        let (Some(slot), Some(share)) = (pool(index), weight(index).saturating_mul(WHOLE).checked_div(sum)) else {
            return;
        };
        let (rules, old) = (view.rules(slot), view.value(slot));
        let base = rules.base(old);
        let floor = base.saturating_sub(rules.step_room(false, old)).max(rules.gov_min);
        let ceiling = base.saturating_add(rules.step_room(true, old)).min(rules.gov_max);
        // A share is at most 10,000.
        let goal = u32::try_from(share).unwrap_or(0).min(ceiling).max(floor);
        gap.whole = i64::from(goal).saturating_sub(i64::from(old));
        gap.least = i64::from(base.abs_diff(old));
    }
    let fraction = u64::from(output.clamp(0, OUTPUT_ONE).unsigned_abs());
    let budget = u64::from(view.group_rules(Group::Liquidity).l1_step).saturating_mul(fraction) >> 16;
    while !transfer(gaps, budget.cast_signed()) {}
    for (index, gap) in gaps.iter().enumerate() {
        if let Some(slot) = pool(index) {
            let new = i64::from(view.value(slot)).saturating_add(gap.whole).saturating_sub(gap.left);
            set(values, slot, u32::try_from(new).unwrap_or(0));
        }
    }
}

/// Spends the budget. Returns false if that left a moved pool outside its range: such pools now want nothing, and
/// the transfers are to be made again.
fn transfer(gaps: &mut [Gap], mut budget: i64) -> bool {
    for gap in gaps.iter_mut() {
        gap.left = gap.whole;
    }
    while budget > 0 {
        let (mut most, mut least) = (0, 0);
        for gap in gaps.iter() {
            most = most.max(gap.left);
            least = least.min(gap.left);
        }
        let amount = most.min(least.saturating_neg()).min(budget);
        if amount == 0 {
            break;
        }
        for (extreme, amount) in [(most, amount), (least, amount.saturating_neg())] {
            if let Some(gap) = gaps.iter_mut().find(|gap| gap.left == extreme) {
                gap.left = gap.left.saturating_sub(amount);
            }
        }
        budget = budget.saturating_sub(amount);
    }
    let mut clean = true;
    for gap in gaps.iter_mut() {
        let moved = gap.whole.saturating_sub(gap.left).saturating_abs();
        if moved != 0 && moved < gap.least {
            gap.whole = 0;
            clean = false;
        }
    }
    clean
}
