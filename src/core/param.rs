//! The registry of parameters: 51 slots of `u32` in seven groups, with units, hard ranges and
//! default rules compiled in.
//!
//! Hard ranges are the outermost law: no role can widen them. The default rules inside them are the
//! engineering values of the design study (see the README of this crate's parameters table) and may
//! be replaced per slot by governance, within the hard range.

use crate::rules::{GroupRules, Limit, SlotRules};

#[cfg(test)]
mod tests;

/// Number of slots.
pub const SLOTS: usize = 51;
/// Number of groups.
pub const GROUPS: usize = 7;
/// Mask of all groups.
pub const ALL_GROUPS: u8 = 0x7f;
/// Most pool weights that can be live, the reserve bucket included.
pub const MAX_POOLS: u8 = 32;
/// Most grant categories that can be live.
pub const MAX_CATEGORIES: u8 = 8;
/// Halt scope that means every group.
pub const SCOPE_ALL: u8 = 255;
/// Epoch of the loop in seconds: seven days.
pub const EPOCH: u32 = 604_800;

/// Slot of the emission rate.
pub const EMISSION: Slot = Slot(0);
/// Slot of the vesting speed.
pub const VESTING: Slot = Slot(1);
/// Slot of the first knot of the staking curve.
pub const KNOT0: Slot = Slot(2);
/// Slot of the burn share.
pub const BURN: Slot = Slot(7);
/// Slot of the re-mint cap.
pub const REMINT: Slot = Slot(8);
/// Slot of the governance quorum.
pub const QUORUM: Slot = Slot(9);
/// Slot of the proposal threshold.
pub const THRESHOLD: Slot = Slot(10);
/// Slot of the reserve bucket, the first pool weight.
pub const RESERVE: Slot = Slot(11);
/// Slot of the first grant category.
pub const CATEGORY0: Slot = Slot(43);

/// A set of parameters that moves, waits and halts together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
#[repr(u8)]
pub enum Group {
    /// Emission rate.
    Emission = 0,
    /// Treasury vesting speed.
    Vesting = 1,
    /// Staking reward curve, five knots moved as one tuple.
    Curve = 2,
    /// Burn share and re-mint cap.
    Equilibrium = 3,
    /// Quorum and proposal threshold.
    Governance = 4,
    /// Liquidity-mining weights.
    Liquidity = 5,
    /// Grant multipliers.
    Grants = 6,
}

impl Group {
    /// All groups in order of their number.
    pub const ALL: [Group; GROUPS] = [
        Group::Emission,
        Group::Vesting,
        Group::Curve,
        Group::Equilibrium,
        Group::Governance,
        Group::Liquidity,
        Group::Grants,
    ];

    /// The group of this number, if there is one.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The groups whose bits are set (bit n = group n), in ascending order.
    #[must_use]
    pub const fn each(mask: u8) -> Groups {
        Groups(mask)
    }

    /// The number of the group, 0..=6.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The number of the group as an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// First slot and number of slots, dead ones included.
    #[must_use]
    pub const fn span(self) -> (u8, u8) {
        match self {
            Group::Emission => (0, 1),
            Group::Vesting => (1, 1),
            Group::Curve => (2, 5),
            Group::Equilibrium => (7, 2),
            Group::Governance => (9, 2),
            Group::Liquidity => (11, MAX_POOLS),
            Group::Grants => (43, MAX_CATEGORIES),
        }
    }

    /// Bit mask of the group's slots (bit n = slot n).
    #[must_use]
    pub const fn mask(self) -> u64 {
        let (first, count) = self.span();
        mask_of(first, count)
    }

    /// The compiled-in rules of the group.
    #[must_use]
    pub fn default_rules(self) -> GroupRules {
        const DAY: u32 = 86_400;
        let row = match self {
            //                    cooldown, window, max age, delay, grace
            Group::Emission => [583_200, 90 * DAY, DAY, 2 * DAY, 3 * DAY],
            Group::Vesting => [180 * DAY, 365 * DAY, 2 * DAY, 14 * DAY, 7 * DAY],
            Group::Curve => [90 * DAY, 365 * DAY, 2 * DAY, 7 * DAY, 7 * DAY],
            Group::Equilibrium => [30 * DAY, 180 * DAY, 2 * DAY, 3 * DAY, 3 * DAY],
            Group::Governance => [180 * DAY, 365 * DAY, 2 * DAY, 14 * DAY, 7 * DAY],
            Group::Liquidity => [28 * DAY, 90 * DAY, DAY, 2 * DAY, 3 * DAY],
            Group::Grants => [60 * DAY, 365 * DAY, 2 * DAY, 7 * DAY, 7 * DAY],
        };
        let [cooldown, window, max_age, delay, grace] = row;
        let liquidity = matches!(self, Group::Liquidity);
        GroupRules {
            cooldown,
            window,
            max_age,
            delay,
            grace,
            dormant_after: if matches!(self, Group::Emission) { 3 } else { 0 },
            approval: matches!(self, Group::Governance),
            l1_step: if liquidity { 1_000 } else { 0 },
            l1_bucket: if liquidity { 2_500 } else { 0 },
            l1_safe: if liquidity { 200 } else { 0 },
        }
    }
}

/// Mask of `count` slots from `first` on.
const fn mask_of(first: u8, count: u8) -> u64 {
    let ones = match 1u64.checked_shl(count as u32) {
        Some(bit) => bit.wrapping_sub(1),
        None => u64::MAX,
    };
    match ones.checked_shl(first as u32) {
        Some(mask) => mask,
        None => 0,
    }
}

/// Unit of a slot's value.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
#[repr(u8)]
pub enum Unit {
    /// Parts per million of supply per year.
    PpmPerYear,
    /// Parts per million of supply per epoch.
    PpmPerEpoch,
    /// Basis points.
    Bps,
}

/// What is compiled in for a slot.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct SlotSpec {
    /// Group the slot belongs to.
    pub group: Group,
    /// Unit of its value.
    pub unit: Unit,
    /// Lowest value anybody can set.
    pub hard_min: u32,
    /// Highest value anybody can set.
    pub hard_max: u32,
    /// Rules in force until governance replaces them.
    pub default_rules: SlotRules,
}

/// Number of one parameter slot, always below [`SLOTS`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Slot(u8);

/// One row per kind of slot; every number fits 16 bits, which keeps the table (paid for on every
/// call, as static data) small. Columns: hard range, governance range, neutral, then relative bps
/// and absolute units of step up, step down, bucket up, bucket down, safe.
type Row = [u16; 15];

#[rustfmt::skip]
const ROWS: [Row; 11] = [
    // hard          gov              neutral  step up     step down    bucket up    bucket down  safe
    [     0, 50_000, 2_500, 20_000,   5_000,   500,   100, 1_000,  200, 2_500,  100, 5_000,  200, 200, 0], // emission
    [ 5_000, 15_000, 8_000, 12_000,  10_000,     0, 1_000,     0, 1_000,    0, 2_000,    0, 2_000,  0, 0], // vesting
    [10_000, 10_000, 10_000, 10_000, 10_000,     0,     0,     0,     0,    0,     0,    0,     0,  0, 0], // knot 0
    [10_000, 40_000, 10_000, 25_000, 10_000,     0,   500,     0,   500,    0, 1_500,    0, 1_500,  0, 0], // knots 1..4
    [     0,  5_000,    500,  3_000,  1_000,     0,   250,     0,   500,    0, 1_000,    0, 1_000,  0, 100], // burn share
    [     0,    200,      0,     50,      0,     0,     5,     0,    10,    0,    20,    0,    40,  0, 2], // re-mint cap
    [   200,  2_000,    300,  1_000,    400,     0,    50,     0,    50,    0,   100,    0,   100,  0, 0], // quorum
    [     1,  1_000,     10,    500,    100,     0,    50,     0,    50,    0,   100,    0,   100,  0, 0], // threshold
    [     0, 10_000,    500,  3_000,    500,     0, 1_000,     0, 1_000,    0, 2_500,    0, 2_500,  0, 200], // reserve
    [     0,  4_000,      0,  3_000,      0,     0, 1_000,     0, 1_000,    0, 2_500,    0, 2_500,  0, 200], // pool
    [ 2_500, 20_000,  5_000, 15_000, 10_000,     0, 1_000,     0, 2_000,    0, 4_000,    0, 4_000,  0, 0], // grants
];

impl Slot {
    /// The slot of this number, if there is one.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if (number as usize) < SLOTS {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number of the slot, 0..=50.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The number of the slot as an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Every slot in ascending order.
    pub fn all() -> impl Iterator<Item = Slot> {
        (0u8..51).map(Slot)
    }

    /// Mask of `count` slots from number `first` on.
    #[must_use]
    pub const fn run(first: u8, count: u8) -> u64 {
        mask_of(first, count)
    }

    /// The slots whose bits are set, in ascending order.
    pub fn each(mask: u64) -> Slots {
        Slots(mask)
    }

    /// The slot's bit in a mask.
    #[must_use]
    pub const fn bit(self) -> u64 {
        match 1u64.checked_shl(self.0 as u32) {
            Some(bit) => bit,
            None => 0,
        }
    }

    /// The group the slot belongs to.
    #[must_use]
    pub const fn group(self) -> Group {
        match self.0 {
            0 => Group::Emission,
            1 => Group::Vesting,
            2..=6 => Group::Curve,
            7 | 8 => Group::Equilibrium,
            9 | 10 => Group::Governance,
            11..=42 => Group::Liquidity,
            _ => Group::Grants,
        }
    }

    /// Unit of the slot's value.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self.0 {
            0 => Unit::PpmPerYear,
            8 => Unit::PpmPerEpoch,
            _ => Unit::Bps,
        }
    }

    fn row(self) -> Row {
        let kind = match self.0 {
            0..=2 => usize::from(self.0),
            3..=6 => 3,
            7..=11 => usize::from(self.0).saturating_sub(3),
            12..=42 => 9,
            _ => 10,
        };
        ROWS.get(kind).copied().unwrap_or_default()
    }

    /// Lowest and highest value anybody can set, compiled in.
    #[must_use]
    pub fn hard_range(self) -> (u32, u32) {
        let [min, max, ..] = self.row();
        (u32::from(min), u32::from(max))
    }

    /// The rules in force until governance replaces them.
    #[must_use]
    pub fn default_rules(self) -> SlotRules {
        let [_, _, min, max, neutral, up, up_abs, down, down_abs, b_up, b_up_abs, b_down, b_down_abs, safe, safe_abs] =
            self.row();
        let limit = |rel_bps: u16, abs: u16| Limit { rel_bps, abs: u32::from(abs) };
        SlotRules {
            gov_min: u32::from(min),
            gov_max: u32::from(max),
            neutral: u32::from(neutral),
            step_up: limit(up, up_abs),
            step_down: limit(down, down_abs),
            bucket_up: limit(b_up, b_up_abs),
            bucket_down: limit(b_down, b_down_abs),
            safe: limit(safe, safe_abs),
        }
    }

    /// Everything compiled in for the slot.
    #[must_use]
    pub fn spec(self) -> SlotSpec {
        let (hard_min, hard_max) = self.hard_range();
        SlotSpec { group: self.group(), unit: self.unit(), hard_min, hard_max, default_rules: self.default_rules() }
    }

    /// Whether lowering this value is the safe direction, exempt from the cooldown.
    ///
    /// Only the two slots that create supply have one: less emission and less re-mint can wait for
    /// nobody. For every other slot either direction can hurt somebody.
    #[must_use]
    pub const fn down_is_safe(self) -> bool {
        matches!(self.0, 0 | 8)
    }
}

/// Iterator over the slots of a mask, ascending.
#[derive(Clone, Copy)]
pub struct Slots(u64);

impl Iterator for Slots {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        let number = self.0.trailing_zeros();
        // Clears the lowest set bit; an empty mask has 64 trailing zeros, which is no slot.
        self.0 &= self.0.wrapping_sub(1);
        u8::try_from(number).ok().and_then(Slot::new)
    }
}

/// Iterator over the groups of a mask, ascending.
#[derive(Clone, Copy)]
pub struct Groups(u8);

impl Iterator for Groups {
    type Item = Group;

    fn next(&mut self) -> Option<Group> {
        let number = self.0.trailing_zeros();
        // As for slots; an empty mask has 8 trailing zeros, which is no group.
        self.0 &= self.0.wrapping_sub(1);
        u8::try_from(number).ok().and_then(Group::new)
    }
}
