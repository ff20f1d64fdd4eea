//! Live values and rules for the mapping's tests: the defaults, and any that governance could have set.

use crate::emission::{remint_room, MAX_GROWTH};
use crate::param::{Group, Slot, BURN, EMISSION, GROUPS, REMINT, SLOTS};
use crate::rules::{GroupRules, Limit, ParamView, SlotRules};
use alloc::vec::Vec;
use proptest::{collection::vec as vecs, prelude::*};

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) values: [u32; SLOTS],
    pub(super) rules: [SlotRules; SLOTS],
    pub(super) groups: [GroupRules; GROUPS],
    pub(super) pools: u8,
    pub(super) categories: u8,
}

impl ParamView for World {
    fn value(&self, slot: Slot) -> u32 {
        self.values[slot.index()]
    }

    fn rules(&self, slot: Slot) -> SlotRules {
        self.rules[slot.index()]
    }

    fn group_rules(&self, group: Group) -> GroupRules {
        self.groups[group.index()]
    }

    fn pool_count(&self) -> u8 {
        self.pools
    }

    fn category_count(&self) -> u8 {
        self.categories
    }
}

impl World {
    /// Default rules, neutral values, `pools` equal weights (the first takes the rest).
    pub(super) fn neutral(pools: u8, categories: u8) -> Self {
        let rules: Vec<SlotRules> = Slot::all().map(Slot::default_rules).collect();
        let mut world = Self {
            values: [0; SLOTS],
            rules: rules.try_into().unwrap(),
            groups: Group::ALL.map(Group::default_rules),
            pools,
            categories,
        };
        for slot in Slot::all() {
            world.values[slot.index()] = world.rules[slot.index()].neutral;
        }
        for (pool, slot) in (0u8..).zip(Slot::each(Group::Liquidity.mask())) {
            let equal = 10_000 / u32::from(pools.max(1));
            let rest = 10_000 - equal * (u32::from(pools.max(1)) - 1);
            world.values[slot.index()] = if pool >= pools {
                0
            } else if pool == 0 {
                rest
            } else {
                equal
            };
        }
        world
    }

    pub(super) fn set(&mut self, slot: Slot, value: u32) {
        self.values[slot.index()] = value;
    }

    pub(super) fn live(&self) -> impl Iterator<Item = Slot> + '_ {
        let dead = |first: u8, live: u8| move |slot: &Slot| slot.number() >= first + live;
        let pools = dead(11, self.pools);
        let categories = dead(43, self.categories);
        Slot::all().filter(move |slot| match slot.group() {
            Group::Liquidity => !pools(slot),
            Group::Grants => !categories(slot),
            _ => true,
        })
    }
}

/// Random numbers for one slot, made into rules that pass the config-time checks and a value.
type Raw = [u32; 9];

#[allow(clippy::many_single_char_names)]
fn slot_from(slot: Slot, raw: Raw) -> (SlotRules, u32) {
    let [a, b, c, d, e, f, g, h, custom] = raw;
    let (lo, hi) = slot.hard_range();
    let span = hi - lo;
    let limit = |x: u32, y: u32| Limit { rel_bps: (x % 3_000) as u16, abs: 1 + y % (span / 3 + 1) };
    let mut rules = slot.default_rules();
    if custom % 4 != 0 {
        rules.gov_min = lo + a % (span + 1);
        rules.gov_max = rules.gov_min + b % (hi - rules.gov_min + 1);
        rules.neutral = rules.gov_min;
        if span > 0 {
            (rules.step_up, rules.step_down) = (limit(c, d), limit(e, f));
            (rules.bucket_up, rules.bucket_down) = (rules.step_up, rules.step_down);
            rules.safe = Limit::default();
        }
    }
    rules.check(slot).unwrap();
    // One value in eight lies anywhere in the hard range, as after governance moved the range away.
    let inside = rules.gov_min + g % (rules.gov_max - rules.gov_min + 1);
    (rules, if h % 8 == 0 { lo + g % (span + 1) } else { inside })
}

prop_compose! {
    /// Any state the engine lets come about: rules pass their checks, group and cross rules hold, but values may lie
    /// outside the range of governance.
    pub(super) fn any_world()(
        raw in vecs(any::<Raw>(), SLOTS),
        cuts in vecs(0u32..=10_000, 31),
        pools in 0u8..=32,
        categories in 0u8..=8,
        l1_step in prop_oneof![Just(1_000u16), 1u16..=10_000],
        even in any::<bool>(),
    ) -> World {
        let mut world = World::neutral(pools, categories);
        for (slot, raw) in Slot::all().zip(raw) {
            let (rules, value) = slot_from(slot, raw);
            world.rules[slot.index()] = rules;
            if !(even && slot.group() == Group::Liquidity) {
                world.set(slot, value);
            }
        }
        if !even {
            let mut cuts: Vec<u32> = cuts.into_iter().take(usize::from(pools.saturating_sub(1))).collect();
            cuts.sort_unstable();
            cuts.push(10_000);
            let mut last = 0;
            for (pool, slot) in Slot::each(Group::Liquidity.mask()).enumerate() {
                let next = if pool < usize::from(pools) { cuts[pool] } else { last };
                world.set(slot, next - last);
                last = next;
            }
        }
        let mut knots: Vec<u32> = Slot::each(Group::Curve.mask()).map(|slot| world.value(slot)).collect();
        knots.sort_unstable();
        for (slot, knot) in Slot::each(Group::Curve.mask()).zip(knots) {
            world.set(slot, knot);
        }
        let room = remint_room(MAX_GROWTH, world.value(EMISSION));
        let remint = if world.value(BURN) == 0 { 0 } else { world.value(REMINT).min(room) };
        world.set(REMINT, remint);
        world.groups[Group::Liquidity.index()].l1_step = l1_step;
        world
    }
}

/// Outputs inside one step, often at its ends, and now and then beyond.
pub(super) fn any_outputs() -> impl Strategy<Value = [i32; 8]> {
    let one = prop_oneof![
        6 => -65_536..=65_536,
        2 => Just(65_536),
        2 => Just(-65_536),
        1 => Just(0),
        1 => -300..300,
        1 => any::<i32>(),
    ];
    let gate = prop_oneof![9 => 0..=65_536, 1 => -65_536..0];
    (prop::array::uniform7(one), gate).prop_map(|([a, b, c, d, e, f, g], gate)| [a, b, c, d, e, f, g, gate])
}

pub(super) fn any_scores() -> impl Strategy<Value = Vec<i32>> {
    let small = prop_oneof![Just(0), 0..20, 0..200_000, any::<i32>()];
    prop_oneof![4 => vecs(0..200_000, 32), 4 => vecs(small, 32), 1 => Just(alloc::vec![0; 32])]
}
