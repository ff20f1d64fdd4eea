//! The registry of parameters: 51 slots of `u32` in seven groups, with units, hard ranges and
//! default rules compiled in.
//!
//! Hard ranges are the outermost law: no role can widen them. The default rules inside them are the
//! engineering values of the design study (see the README of this crate's parameters table) and may
//! be replaced per slot by governance, within the hard range.

use crate::rules::GroupRules;

mod slot;
#[cfg(test)]
mod tests;

pub use slot::{Slot, SlotSpec, Unit};

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
pub const EMISSION: Slot = Slot::at(0);
/// Slot of the vesting speed.
pub const VESTING: Slot = Slot::at(1);
/// Slot of the first knot of the staking curve.
pub const KNOT0: Slot = Slot::at(2);
/// Slot of the burn share.
pub const BURN: Slot = Slot::at(7);
/// Slot of the re-mint cap.
pub const REMINT: Slot = Slot::at(8);
/// Slot of the governance quorum.
pub const QUORUM: Slot = Slot::at(9);
/// Slot of the proposal threshold.
pub const THRESHOLD: Slot = Slot::at(10);
/// Slot of the reserve bucket, the first pool weight.
pub const RESERVE: Slot = Slot::at(11);
/// Slot of the first grant category.
pub const CATEGORY0: Slot = Slot::at(43);

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
        // One row per group, also where two groups happen to agree.
        #[allow(clippy::match_same_arms)]
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

/// Iterator over the slots of a mask, ascending.
#[derive(Clone)]
pub struct Slots(u64);

impl Slots {
    pub(crate) const fn new(mask: u64) -> Self {
        Self(mask)
    }
}

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
#[derive(Clone)]
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
