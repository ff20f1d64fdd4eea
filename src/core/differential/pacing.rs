//! Range, step and bucket of one slot over random histories, against exact fractions.
//!
//! Range and step are whole numbers and must agree always. Bucket levels are rounded, so that at a bucket's edge the
//! engine may answer otherwise than the model, by the bound below and by no more.
//!
//! # How far the engine's level may be from the exact one
//!
//! Let l be the engine's level (a multiple of q = 1/65,536 unit), x the exact one, and -below <= l - x <= above. Let r
//! be the relative part of the capacity that drains or admits, at most one; b the value.
//!
//! 1. *Start.* A capacity counts from b - x; the engine's from b - floor(l), which lies in
//!    [b - x - above, b - x + below + 1). What is cut off at zero is cut off on both sides.
//! 2. *Capacity.* It is floor(r * start), or the absolute part where that is larger, so the engine's exceeds the exact one
//!    by at most ceil(r * (1 + below)) and falls short of it by at most ceil(r * above): floor(y + d) - floor(y) is
//!    floor(d) or ceil(d). With r = 0 the two are equal.
//! 3. *Drain.* Over t windows a level falls towards zero by t capacities, the engine's rounded down to q. A positive
//!    level then has below + t * ceil(r * (1 + below)) and above + t * ceil(r * above) + q; a negative one has above and
//!    below the other way round: above + t * ceil(r * (1 + below)) and below + t * ceil(r * above) + q. Levels stop at
//!    zero, which only brings them closer; on different sides of it they approach each other.
//! 4. *Change.* Both levels move by the same whole number: nothing is added. Once both were drained to zero they are
//!    equal again, and the bound starts anew.
//! 5. *Edge.* A change of w units up fits if l + w <= capacity. By 2, what the engine accepts exceeds the exact bucket by
//!    at most ceil(r * (1 + below)) + below, and what it refuses had less than ceil(r * above) + above to spare. Down,
//!    with levels mirrored: ceil(r * (1 + below)) + above, and ceil(r * above) + below.
//!
//! So an absolute capacity is exact but for q a change. With a relative one, as long as r * (1 + below) and r * above
//! are at most one, a level is off by at most one unit for every window since it last rested at zero (and q a change),
//! and a bucket's edge by one unit more.

use super::{fraction, whole};
use crate::engine::violation::Rule;
use crate::engine::{initialize, key, override_changes, set_slot_rules, value, Ledger as _, MemoryLedger};
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
    error: Error,
}

/// How far the engine's level may lie below and above the exact one, units.
#[derive(Clone, Debug, PartialEq)]
struct Error {
    below: BigRational,
    above: BigRational,
}

impl Error {
    fn none() -> Self {
        Self { below: BigRational::zero(), above: BigRational::zero() }
    }

    /// By how much the engine's capacity may exceed the exact one, and fall short of it (2).
    fn of_capacity(&self, limit: Limit) -> (BigRational, BigRational) {
        let relative = fraction(limit.rel_bps, 10_000);
        ((&relative * (whole(1) + &self.below)).ceil(), (&relative * &self.above).ceil())
    }

    /// After draining for `windows` (3).
    fn drained(&self, rules: &SlotRules, level: &BigRational, windows: &BigRational) -> Self {
        let quantum = fraction(1, 65_536);
        if level.is_positive() {
            let (more, less) = self.of_capacity(rules.bucket_up);
            Self { below: &self.below + more * windows, above: &self.above + less * windows + quantum }
        } else if level.is_negative() {
            let (more, less) = self.of_capacity(rules.bucket_down);
            Self { below: &self.below + less * windows + quantum, above: &self.above + more * windows }
        } else {
            // The exact level rests; the engine's only comes closer.
            self.clone()
        }
    }

    /// Most by which an accepted change may exceed the exact bucket, and what a refused one had less than to spare (5).
    fn at_edge(&self, rules: &SlotRules, up: bool) -> (BigRational, BigRational) {
        if up {
            let (more, less) = self.of_capacity(rules.bucket_up);
            (more + &self.below, less + &self.above)
        } else {
            let (more, less) = self.of_capacity(rules.bucket_down);
            (more + &self.above, less + &self.below)
        }
    }
}

/// What the model says of a change.
#[allow(clippy::large_enum_variant)] // one at a time
#[derive(Debug, PartialEq)]
enum Verdict {
    NoChange,
    OutOfRange,
    StepExceeded,
    /// The bucket decides: room in the change's direction, units wanted, and the two bounds at its edge.
    Bucket {
        room: BigRational,
        want: BigRational,
        favour: BigRational,
        caution: BigRational,
    },
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

    /// Level and its bound at `now`: it drains linearly towards zero, one capacity in a window.
    fn drained(&self, now: u32) -> (BigRational, Error) {
        let (up, down) = self.capacities(&self.level);
        let windows = fraction(now - self.at, self.window);
        let error = self.error.drained(&self.rules, &self.level, &windows);
        let level = if self.level.is_positive() {
            (&self.level - up * windows).max(whole(0))
        } else {
            (&self.level + down * windows).min(whole(0))
        };
        (level, error)
    }

    fn judge(&self, now: u32, new: u32) -> Verdict {
        if new == self.value {
            return Verdict::NoChange;
        }
        if new < self.rules.gov_min || new > self.rules.gov_max {
            return Verdict::OutOfRange;
        }
        let movement = whole(new) - self.base();
        let rises = movement.is_positive();
        let step = if rises { self.rules.step_up } else { self.rules.step_down };
        if movement.abs() > Self::limit(step, &self.base()) {
            return Verdict::StepExceeded;
        }
        let (level, error) = self.drained(now);
        let (up, down) = self.capacities(&level);
        let (favour, caution) = error.at_edge(&self.rules, rises);
        let room = if rises { up - level } else { down + level };
        Verdict::Bucket { room, want: movement.abs(), favour, caution }
    }

    /// Takes an accepted change over; `stored` is the level the engine keeps from now on.
    fn apply(&mut self, now: u32, new: u32, stored: &BigRational) {
        let (level, error) = self.drained(now);
        (self.level, self.error) = (level + whole(new) - self.base(), error);
        (self.at, self.value) = (now, new);
        if *stored == self.level {
            self.error = Error::none();
        }
    }
}

/// The engine's level of a slot, units, from its storage: four slots a word.
fn stored_level(ledger: &MemoryLedger, slot: Slot) -> BigRational {
    let (word, at) = (slot.index() / 4, slot.index() % 4 * 8);
    let word = ledger.load(key::BUCKET + word as u64);
    fraction(i64::from_be_bytes(word[at..at + 8].try_into().unwrap()), 65_536)
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
        let mut model = Model { rules, window, value: rules.neutral, level: BigRational::zero(), at: now, error: Error::none() };
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
                (Verdict::Bucket { room, want, favour, .. }, Ok(_)) => {
                    prop_assert!(want <= &room + &favour, "accepted {want} of {room}, bound {favour}");
                    let stored = stored_level(&ledger, slot);
                    model.apply(now, new, &stored);
                    let error = stored - &model.level;
                    let Error { below, above } = &model.error;
                    prop_assert!(error >= -below && error <= *above, "level off by {error}, bounds {below} and {above}");
                }
                (Verdict::Bucket { room, want, favour, caution }, Err((Rule::BucketExceeded, [_, wanted, available, _]))) => {
                    prop_assert_eq!(&want, &whole(wanted));
                    prop_assert!(&want + &caution > room, "refused {want} of {room}, bound {caution}");
                    // The room is told in whole units, rounded down.
                    let (room, available) = (room.max(whole(0)), whole(available));
                    prop_assert!(available <= &room + &favour, "told {available} of {room}, bound {favour}");
                    prop_assert!(available + whole(1) + &caution > room, "told too little of {room}, bound {caution}");
                }
                (verdict, result) => prop_assert!(false, "model says {verdict:?}, engine {result:?}"),
            }
            prop_assert_eq!(value(&ledger, slot), model.value);
        }
    }
}
