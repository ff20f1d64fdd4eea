//! Slots: units, hard ranges and default rules.

use super::{mask_of, Group, Slots, SLOTS};
use crate::rules::{Limit, SlotRules};

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

    /// The slot of a number known to be below [`SLOTS`].
    pub(super) const fn at(number: u8) -> Self {
        Self(number)
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
    #[must_use]
    pub fn each(mask: u64) -> Slots {
        Slots::new(mask)
    }

    /// The slot's bit in a mask.
    #[must_use]
    pub const fn bit(self) -> u64 {
        // A slot has a number below 51.
        1u64.wrapping_shl(self.0 as u32)
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
