//! From the outputs of the network to new parameter values.
//!
//! An output is a fraction of the step its group may take now. The policy saturates: whatever the outputs, the mapped
//! values are inside the ranges, the steps, the group rules and the cross rules that follow from the values alone.
//! Only time can still refuse them (cooldowns, buckets, halts). The contract itself never clamps; it requires the
//! changes of an update to be exactly these.
//!
//! | output | group | how it moves |
//! |---|---|---|
//! | 0 | emission | by the fraction of its step; a rise stops where worst-case supply growth would break its limit |
//! | 1 | vesting | by the fraction of its step |
//! | 2 | curve | knot i of 0..=4 by i/4 of the fraction of its own step; the order of the knots is kept |
//! | 3 | equilibrium | burn share and re-mint cap, each by the fraction of its own step; re-mint does not rise when emission does; the burn share reaches zero only when re-mint can follow |
//! | 4 | governance | quorum and threshold, each by the fraction of its own step |
//! | 5 | liquidity | the fraction of the group's half-L1 step is moved from over-weight to under-weight pools; not above zero: nothing |
//! | 6 | grants | every live category by the fraction of its own step |
//! | 7 | gate | below zero: nothing changes at all |

use super::liquidity::rebalance;
use super::{OUTPUTS, OUTPUT_ONE};
use crate::emission::{emission_room, remint_room, MAX_GROWTH};
use crate::param::{Group, Slot, BURN, EMISSION, KNOT0, REMINT, SLOTS};
use crate::rules::{ParamView, SlotRules};
use crate::update::Change;

/// Knots of the staking curve, and so the share of the last one: knot i moves by i of [`LAST_KNOT`] parts.
const LAST_KNOT: u8 = 4;

/// Returns the value an output moves `current` to: by `parts`/4 of the output's fraction of the step, rounded towards
/// no change, counted from the nearest bound if the value is outside its range, saturated to the range. A movement
/// that rounds to zero leaves the value as it is, even outside the range.
fn target(rules: &SlotRules, current: u32, output: i32, parts: u8) -> u32 {
    let up = output > 0;
    let fraction = u64::from(output.unsigned_abs().min(OUTPUT_ONE.unsigned_abs()));
    // Below 2^17 * 2^32 * 2^3: no product can overflow.
    let full = fraction.saturating_mul(u64::from(rules.step_room(up, current))).saturating_mul(u64::from(parts));
    // The fraction is at most one, so the quotient is at most the step and fits.
    let size = u32::try_from(full >> 18).unwrap_or(u32::MAX);
    let base = rules.base(current);
    match size {
        0 => current,
        _ if up => base.saturating_add(size).min(rules.gov_max),
        _ => base.saturating_sub(size).max(rules.gov_min),
    }
}

/// [`target`] of a whole fraction of the step of `slot`.
fn moved<V: ParamView + ?Sized>(view: &V, slot: Slot, output: i32) -> u32 {
    target(&view.rules(slot), view.value(slot), output, LAST_KNOT)
}

/// Whether the engine's range and step rules allow the change.
pub(super) fn admissible(rules: &SlotRules, old: u32, new: u32) -> bool {
    let base = rules.base(old);
    let in_range = new >= rules.gov_min && new <= rules.gov_max;
    old == new || (in_range && new.abs_diff(base) <= rules.step_room(new > base, old))
}

/// Stops a rise at `cap`. A cap that leaves no admissible rise leaves the value as it is.
fn cap_rise<V: ParamView + ?Sized>(view: &V, slot: Slot, new: u32, cap: u32) -> u32 {
    let current = view.value(slot);
    if new <= current || new <= cap {
        new
    } else if cap > current && cap >= view.rules(slot).gov_min {
        cap
    } else {
        current
    }
}

/// Value of the emission rate after its output.
fn emission<V: ParamView + ?Sized>(view: &V, output: i32) -> u32 {
    let cap = emission_room(MAX_GROWTH, view.value(REMINT));
    cap_rise(view, EMISSION, moved(view, EMISSION, output), cap)
}

/// Burn share and re-mint cap after their output, given the one of the emission rate.
fn equilibrium<V: ParamView + ?Sized>(view: &V, emission_output: i32, output: i32) -> (u32, u32) {
    let (old_burn, old_remint, rate) = (view.value(BURN), view.value(REMINT), view.value(EMISSION));
    // If emission falls, the limit still counts the present rate: the two groups may be applied apart.
    let emission_rises = emission(view, emission_output) > rate;
    let cap = if emission_rises { old_remint } else { remint_room(MAX_GROWTH, rate) };
    let burn = moved(view, BURN, output);
    let remint = cap_rise(view, REMINT, moved(view, REMINT, output), cap);
    if burn > 0 || remint == 0 {
        return (burn, remint);
    }
    // Nothing burned, nothing re-minted: re-mint goes to zero if one step reaches it. If not, the burn share stops at
    // one basis point, or both stay where they are.
    if admissible(&view.rules(REMINT), old_remint, 0) {
        (0, 0)
    } else if old_burn > 0 && admissible(&view.rules(BURN), old_burn, 1) {
        (1, remint)
    } else {
        (old_burn, old_remint)
    }
}

/// Moves the knots, or returns `None` if no move keeps both their order and their own ranges and steps.
///
/// Order is kept by shortening moves, so that none exceeds its step: a rise, walked from the last knot down, stops
/// below the next knot; a fall, walked up, above the one before.
fn curve<V: ParamView + ?Sized>(view: &V, output: i32, values: &mut [u32; SLOTS]) -> Option<()> {
    let up = output > 0;
    let mut bound = if up { u32::MAX } else { 0 };
    for step in 0..=LAST_KNOT {
        let knot = if up { LAST_KNOT.saturating_sub(step) } else { step };
        let slot = Slot::new(KNOT0.number().saturating_add(knot))?;
        let (rules, old) = (view.rules(slot), view.value(slot));
        let new = target(&rules, old, output, knot);
        bound = if up { new.min(bound) } else { new.max(bound) };
        if !admissible(&rules, old, bound) {
            return None;
        }
        set(values, slot, bound);
    }
    Some(())
}

pub(super) fn set(values: &mut [u32; SLOTS], slot: Slot, value: u32) {
    if let Some(place) = values.get_mut(slot.index()) {
        *place = value;
    }
}

/// Maps the outputs to one group.
///
/// `values` holds the current values of the group's slots and receives the mapped ones; other slots are not touched.
/// `score` gives the score of a live pool by its position (Q16.16; a negative one counts as zero) and is asked for
/// the liquidity group only. From the view it reads the group's own slots, for [`Group::Emission`] also the value of
/// the re-mint cap, and for [`Group::Equilibrium`] also the emission rate and its rules.
pub fn group_changes<V: ParamView + ?Sized>(
    group: Group,
    outputs: &[i32; OUTPUTS],
    score: &dyn Fn(usize) -> i32,
    view: &V,
    values: &mut [u32; SLOTS],
) {
    let [rate, .., gate] = *outputs;
    if gate < 0 {
        return;
    }
    let output = outputs.get(group.index()).copied().unwrap_or(0);
    match group {
        Group::Emission => set(values, EMISSION, emission(view, output)),
        Group::Equilibrium => {
            let (burn, remint) = equilibrium(view, rate, output);
            set(values, BURN, burn);
            set(values, REMINT, remint);
        }
        Group::Curve => {
            let before = *values;
            if curve(view, output, values).is_none() {
                *values = before;
            }
        }
        Group::Liquidity => rebalance(view, output, score, values),
        Group::Vesting | Group::Governance | Group::Grants => {
            let (first, count) = group.span();
            let live = if group == Group::Grants { count.min(view.category_count()) } else { count };
            for slot in Slot::each(Slot::run(first, live)) {
                set(values, slot, moved(view, slot, output));
            }
        }
    }
}

/// All parameters before and after a mapping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mapped {
    before: [u32; SLOTS],
    after: [u32; SLOTS],
}

impl Mapped {
    /// The value of a slot after the mapping.
    #[must_use]
    pub fn value(&self, slot: Slot) -> u32 {
        self.after.get(slot.index()).copied().unwrap_or(0)
    }

    /// The changes, in ascending order of their slots, as an update lists them. Slots that stay are left out.
    pub fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        (0u8..)
            .zip(self.before.iter().zip(&self.after))
            .filter(|(_, (old, new))| old != new)
            .map(|(slot, (old, new))| Change { slot, expected_old: *old, new: *new })
    }
}

/// Maps the outputs to every group: what an agent signs and a simulator applies. Arguments as [`group_changes`].
#[must_use]
pub fn changes<V: ParamView + ?Sized>(outputs: &[i32; OUTPUTS], score: &dyn Fn(usize) -> i32, view: &V) -> Mapped {
    let mut before = [0; SLOTS];
    for (value, slot) in before.iter_mut().zip(Slot::all()) {
        *value = view.value(slot);
    }
    let mut after = before;
    for group in Group::ALL {
        group_changes(group, outputs, score, view, &mut after);
    }
    Mapped { before, after }
}
