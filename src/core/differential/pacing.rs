//! Range, step and bucket of one slot over random histories, against exact fractions.

use super::{fraction, whole};
use crate::engine::violation::Rule;
use crate::engine::{initialize, override_changes, set_slot_rules, value, MemoryLedger};
use crate::param::{Slot, EMISSION, QUORUM, SLOTS, VESTING};
use crate::rules::{Limit, SlotRules};
use crate::update::Change;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use proptest::{collection::vec as vecs, prelude::*};

/// The slot as the text of the rules has it.
struct Model {
    rules: SlotRules,
    window: u32,
    value: u32,
    /// Net movement not yet drained.
    level: BigRational,
    at: u32,
}

/// What the model says of a change; the margin by which a bucket decides, in units.
#[derive(Debug, PartialEq)]
enum Verdict {
    NoChange,
    OutOfRange,
    StepExceeded,
    Bucket { margin: BigRational },
}

impl Model {
    fn limit(limit: Limit, base: &BigRational) -> BigRational {
        (base * fraction(limit.rel_bps, 10_000)).floor().max(whole(limit.abs))
    }

    fn base(&self) -> BigRational {
        whole(self.value.clamp(self.rules.gov_min, self.rules.gov_max))
    }

    /// Capacities count from the value the level started at.
    fn capacities(&self, level: &BigRational) -> (BigRational, BigRational) {
        let start = (self.base() - level).max(whole(0));
        (Self::limit(self.rules.bucket_up, &start), Self::limit(self.rules.bucket_down, &start))
    }

    /// The level drains linearly towards zero, one capacity in a window.
    fn drained(&self, now: u32) -> BigRational {
        let (up, down) = self.capacities(&self.level);
        let share = fraction(now - self.at, self.window);
        if self.level.is_positive() {
            (&self.level - up * share).max(whole(0))
        } else {
            (&self.level + down * share).min(whole(0))
        }
    }

    fn judge(&self, now: u32, new: u32) -> Verdict {
        if new == self.value {
            return Verdict::NoChange;
        }
        if new < self.rules.gov_min || new > self.rules.gov_max {
            return Verdict::OutOfRange;
        }
        let movement = whole(new) - self.base();
        let step = if movement.is_positive() { self.rules.step_up } else { self.rules.step_down };
        if movement.abs() > Self::limit(step, &self.base()) {
            return Verdict::StepExceeded;
        }
        let level = self.drained(now);
        let (up, down) = self.capacities(&level);
        let margin = if movement.is_positive() { up - level - movement } else { down + level + movement };
        Verdict::Bucket { margin }
    }

    fn apply(&mut self, now: u32, new: u32) {
        self.level = self.drained(now) + whole(new) - self.base();
        (self.at, self.value) = (now, new);
    }
}

fn neutral() -> [u32; SLOTS] {
    let mut values = [0; SLOTS];
    for slot in Slot::all().filter(|slot| slot.number() < 11) {
        values[slot.index()] = slot.default_rules().neutral;
    }
    values
}

/// Rules as default, with other limits, or with tight buckets.
fn any_rules(slot: Slot) -> impl Strategy<Value = SlotRules> {
    let defaults = slot.default_rules();
    let limit = |abs: u32| (0u16..1_500, 1..=abs).prop_map(|(rel_bps, abs)| Limit { rel_bps, abs });
    let wide = |step: Limit, times: u16| Limit { rel_bps: step.rel_bps * times, abs: step.abs * u32::from(times) };
    let span = slot.hard_range().1 - slot.hard_range().0;
    let custom =
        (limit(span / 8), limit(span / 8), 1u16..5, 1u16..5).prop_map(move |(up, down, many, more)| SlotRules {
            step_up: up,
            step_down: down,
            bucket_up: wide(up, many),
            bucket_down: wide(down, more),
            safe: Limit::default(),
            ..defaults
        });
    prop_oneof![1 => Just(defaults), 2 => custom]
}

fn any_case() -> impl Strategy<Value = (Slot, SlotRules, std::vec::Vec<(u32, i32)>)> {
    prop_oneof![Just(EMISSION), Just(VESTING), Just(QUORUM)].prop_flat_map(|slot| {
        let wait = prop_oneof![0u32..86_400, 0u32..10_000_000, Just(604_800)];
        // Thousandths of the step; a tenth of the proposals go beyond it.
        let moves = vecs((wait, prop_oneof![-1_100..=1_100, Just(1_000), Just(-1_000)]), 1..40);
        (Just(slot), any_rules(slot), moves)
    })
}

/// Rounding of the implementation, in units: the capacity is floored and counts from a whole number (up to two
/// together), the room is floored (one), and what was drained before carries the error of its own capacity (one).
const TOLERANCE: i64 = 4;

/// What of it may ever favour a change: an accepted one never exceeds the exact bucket by more.
const FAVOUR: i64 = 2;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// DIF-05
    #[test]
    fn range_step_and_bucket_are_those_of_the_exact_model((slot, rules, moves) in any_case()) {
        let mut ledger = MemoryLedger::default();
        let mut now = 1_700_000_000;
        initialize(&mut ledger, now, &neutral(), 0, 0, 3).unwrap();
        if rules != slot.default_rules() {
            set_slot_rules(&mut ledger, slot.number(), &rules.pack()).unwrap();
        }
        let window = slot.group().default_rules().window;
        let mut model = Model { rules, window, value: rules.neutral, level: BigRational::zero(), at: now };
        for (wait, thousandths) in moves {
            now += wait;
            let room = i64::from(rules.step_room(thousandths > 0, model.value));
            let new = i64::from(model.value) + room * i64::from(thousandths) / 1_000;
            let new = u32::try_from(new.max(0)).unwrap();
            let change = Change { slot: slot.number(), expected_old: model.value, new };
            let result = override_changes(&mut ledger, now, &change.to_wire());
            let rule = result.map_err(|violation| (violation.rule(), violation.numbers()));
            match (model.judge(now, new), rule) {
                (Verdict::NoChange, Err((Rule::NoChange, _)))
                | (Verdict::OutOfRange, Err((Rule::OutOfRange, _)))
                | (Verdict::StepExceeded, Err((Rule::StepExceeded, _))) => {}
                (Verdict::Bucket { margin }, Ok(())) => {
                    prop_assert!(margin >= whole(-FAVOUR), "accepted {margin} beyond the bucket");
                    model.apply(now, new);
                }
                (Verdict::Bucket { margin }, Err((Rule::BucketExceeded, [_, want, available, _]))) => {
                    prop_assert!(margin <= whole(TOLERANCE), "refused with {margin} to spare");
                    let error = whole(want) + &margin - whole(available);
                    prop_assert!(error.abs() <= whole(TOLERANCE), "available {available}, want {want}, margin {margin}");
                }
                (verdict, result) => prop_assert!(false, "model says {verdict:?}, engine {result:?}"),
            }
            prop_assert_eq!(value(&ledger, slot), model.value);
        }
    }
}
