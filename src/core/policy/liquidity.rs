//! Rebalancing of the pool weights towards their scores.

use super::OUTPUT_ONE;
use crate::param::{Group, Slot, MAX_POOLS};
use crate::rules::ParamView;

/// Weights are basis points and sum to this.
const WHOLE: u64 = 10_000;

/// One live pool.
#[derive(Clone, Copy, Default)]
struct Pool {
    /// Weight now.
    old: u32,
    /// Weight so far.
    new: u32,
    /// Weight the score asks for, inside the range and one step from `old`.
    goal: u32,
    /// Lowest weight allowed after this update.
    floor: u32,
    /// Highest weight allowed after this update.
    ceiling: u32,
    /// Neither gives nor takes.
    frozen: bool,
}

impl Pool {
    fn surplus(&self) -> u32 {
        if self.frozen { 0 } else { self.new.saturating_sub(self.goal) }
    }

    fn deficit(&self) -> u32 {
        if self.frozen { 0 } else { self.goal.saturating_sub(self.new) }
    }

    fn is_out_of_bounds(&self) -> bool {
        self.new != self.old && (self.new < self.floor || self.new > self.ceiling)
    }
}

/// Moves weight from the most over-weight to the most under-weight pool (the first of equals), again and again, until
/// the output's fraction of the group's half-L1 step is used up or one side is empty. The sum stays exactly as it is,
/// each weight inside its range and step.
///
/// A pool's target is floor(10,000 * score / sum of scores), inside the range and one step from its weight. A weight
/// that governance's range has left behind must come all the way back or not move; a pool that could not be brought
/// back with the budget is left out and the rest starts again. Scores that sum to zero move nothing.
pub(super) fn rebalance<V: ParamView + ?Sized>(
    view: &V,
    output: i32,
    score: &dyn Fn(usize) -> i32,
    set: &mut dyn FnMut(Slot, u32),
) {
    let mut pools = [Pool::default(); MAX_POOLS as usize];
    let Some(pools) = pools.get_mut(..usize::from(view.pool_count())) else { return };
    let weight = |index: usize| u64::try_from(score(index)).unwrap_or(0);
    let sum = (0..pools.len()).fold(0, |sum: u64, index| sum.saturating_add(weight(index)));
    for ((index, pool), slot) in pools.iter_mut().enumerate().zip(Slot::each(Group::Liquidity.mask())) {
        let Some(share) = weight(index).saturating_mul(WHOLE).checked_div(sum) else { return };
        let (rules, old) = (view.rules(slot), view.value(slot));
        let base = rules.base(old);
        let floor = base.saturating_sub(rules.step_room(false, old)).max(rules.gov_min);
        let ceiling = base.saturating_add(rules.step_room(true, old)).min(rules.gov_max);
        // At most 10,000, so the cast cannot fail.
        let goal = u32::try_from(share).unwrap_or(u32::MAX).min(ceiling).max(floor);
        *pool = Pool { old, new: old, goal, floor, ceiling, frozen: false };
    }
    let step = u64::from(view.group_rules(Group::Liquidity).l1_step);
    let fraction = u64::from(output.clamp(0, OUTPUT_ONE).unsigned_abs());
    let budget = u32::try_from(step.saturating_mul(fraction) >> 16).unwrap_or(0);
    while !transfer(pools, budget) {}
    for (pool, slot) in pools.iter().zip(Slot::each(Group::Liquidity.mask())) {
        set(slot, pool.new);
    }
}

/// Spends the budget. Returns false, with every weight as it was and one or more pools frozen, if that left a moved
/// pool outside its bounds.
fn transfer(pools: &mut [Pool], mut budget: u32) -> bool {
    while budget > 0 {
        let most = pools.iter().map(Pool::surplus).max().unwrap_or(0);
        let least = pools.iter().map(Pool::deficit).max().unwrap_or(0);
        let amount = most.min(least).min(budget);
        if amount == 0 {
            break;
        }
        if let Some(pool) = pools.iter_mut().find(|pool| pool.surplus() == most) {
            pool.new = pool.new.saturating_sub(amount);
        }
        if let Some(pool) = pools.iter_mut().find(|pool| pool.deficit() == least) {
            pool.new = pool.new.saturating_add(amount);
        }
        budget = budget.saturating_sub(amount);
    }
    let mut clean = true;
    for pool in pools.iter_mut() {
        if pool.is_out_of_bounds() {
            pool.frozen = true;
            clean = false;
        }
    }
    if !clean {
        for pool in pools.iter_mut() {
            pool.new = pool.old;
        }
    }
    clean
}
