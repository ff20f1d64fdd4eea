//! Every way an update, a queued change or a configuration can break the law, with its numbers.
//!
//! One table gives the enum, a stable code, the Solidity signature and selector, and the wire form:
//! a contract reverts with [`Violation::encode`], so that one loop encodes all of the typed errors.

#[cfg(test)]
mod tests;

macro_rules! violations {
    ($( $(#[$doc:meta])* $code:literal $selector:literal $name:ident $({ $( $(#[$field_doc:meta])* $field:ident: $ty:ty, )+ })?, )+) => {
        /// A broken rule. Moments are seconds of `block.timestamp`, values are in the slot's unit.
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
        pub enum Violation {
            $( $(#[$doc])* $name $({ $( $(#[$field_doc])* $field: $ty, )+ })?, )+
        }

        impl Violation {
            /// Stable number of the rule; the numbers never change meaning.
            #[must_use]
            pub fn code(&self) -> u8 {
                self.parts().0
            }

            /// Code, selector, numbers in the order of the Solidity signature, and how many.
            fn parts(&self) -> (u8, u32, [u64; 4], usize) {
                match *self {
                    $( Self::$name $({ $( $field, )+ })? => {
                        #[allow(unused_mut)]
                        let mut list = List { items: [0; 4], len: 0 };
                        $($( list.push(u64::from($field)); )+)?
                        ($code, $selector, list.items, list.len)
                    } )+
                }
            }

            /// Solidity signatures of all errors, by code from 1 on; for hosts.
            #[cfg(not(target_arch = "wasm32"))]
            pub const SIGNATURES: &'static [(u8, u32, &'static str, &'static [&'static str])] = &[
                $( ($code, $selector, stringify!($name), &[$($( stringify!($ty), )+)?]), )+
            ];
        }
    };
}

struct List {
    items: [u64; 4],
    len: usize,
}

impl List {
    fn push(&mut self, item: u64) {
        if let Some(place) = self.items.get_mut(self.len) {
            *place = item;
            self.len = self.len.saturating_add(1);
        }
    }
}

impl Violation {
    /// The Solidity revert data, `selector ‖ numbers as 32-byte words`, and its length in `out`.
    #[must_use]
    pub fn encode(&self) -> ([u8; 132], usize) {
        let (_, selector, items, len) = self.parts();
        let mut out = [0; 132];
        for (place, byte) in out.iter_mut().zip(selector.to_be_bytes()) {
            *place = byte;
        }
        for (index, item) in items.iter().take(len).enumerate() {
            let end = index.saturating_mul(32).saturating_add(36);
            if let Some(field) = out.get_mut(end.saturating_sub(8)..end) {
                field.copy_from_slice(&item.to_be_bytes());
            }
        }
        (out, len.saturating_mul(32).saturating_add(4))
    }

    /// Code and the four numbers (absent ones zero), for views that report without reverting.
    #[must_use]
    pub fn numbers(&self) -> (u8, [u64; 4]) {
        let (code, _, items, _) = self.parts();
        (code, items)
    }

    /// Whether an attested update that breaks this rule says something about its signers: it broke
    /// a rule they could have checked when they signed. Lateness, races and halts do not, since
    /// whoever relays an update chooses the moment.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        matches!(self.code(), 2..=4 | 6 | 12..=14 | 16..=22)
    }
}

violations! {
    /// A halt of the scope is in force.
    1 0xa9e6_021a Halted {
        /// Group number, or 255 for everything.
        scope: u8,
        /// When it expires, seconds.
        until: u32,
    },
    /// Slots are not strictly ascending.
    2 0xa61a_fb38 NotAscending {
        /// The slot out of order.
        slot: u8,
    },
    /// No such slot, or one that is not live.
    3 0xae92_c32d UnknownSlot {
        /// Its number.
        slot: u8,
    },
    /// More changes than slots.
    4 0x6ecc_e3b9 TooManyChanges {
        /// How many.
        count: u32,
    },
    /// The observation is too old.
    5 0x47f5_6df4 StaleObservation {
        /// Its age, seconds.
        age: u64,
        /// The most allowed for the groups touched, seconds.
        max: u32,
    },
    /// The observation lies too far in the future.
    6 0xd008_6825 FutureDated {
        /// When it claims to be made, seconds.
        observed_at: u64,
        /// Block time, seconds.
        now: u64,
    },
    /// The update has expired.
    7 0x9569_3653 Expired {
        /// When, seconds.
        expires_at: u64,
    },
    /// The update is not valid yet.
    8 0x2d5d_879e NotYetValid {
        /// From when it is, seconds.
        valid_after: u64,
    },
    /// The observation lies before the last accepted one.
    9 0x2733_31f2 ObservationNotRising {
        /// When it was made, seconds.
        observed_at: u64,
        /// The last accepted one, seconds.
        last: u64,
    },
    /// The id does not exceed the last accepted one.
    10 0xc951_b851 IdNotRising {
        /// The id.
        id: u64,
        /// The last accepted one.
        last: u64,
    },
    /// The value an update starts from is not the current one.
    11 0x362e_5a9a ExpectedOldMismatch {
        /// Slot number.
        slot: u8,
        /// What the update expects.
        expected: u32,
        /// What is.
        current: u32,
    },
    /// The registered model computes another value.
    12 0xb347_f6a3 PolicyMismatch {
        /// Slot number.
        slot: u8,
        /// What the update proposes.
        proposed: u32,
        /// What the model gives.
        computed: u32,
    },
    /// The new value is outside the range.
    13 0x15a9_346c OutOfRange {
        /// Slot number.
        slot: u8,
        /// The value.
        new: u32,
        /// Lowest allowed.
        min: u32,
        /// Highest allowed.
        max: u32,
    },
    /// The change exceeds the step.
    14 0x43a6_8a5a StepExceeded {
        /// Slot number.
        slot: u8,
        /// The value steps count from.
        old: u32,
        /// The proposed value.
        new: u32,
        /// Largest step.
        max: u32,
    },
    /// The group changed too recently.
    15 0x8cbf_b1d0 CooldownActive {
        /// Group number.
        group: u8,
        /// When it may change again, seconds.
        next: u32,
    },
    /// The slot has moved too far within its window.
    16 0x2a2e_4205 BucketExceeded {
        /// Slot number.
        slot: u8,
        /// The movement asked for.
        want: u32,
        /// What is left in that direction.
        available: u32,
    },
    /// A curve knot lies below the one before.
    17 0x0060_2f37 CurveOrder {
        /// The lower knot.
        slot: u8,
    },
    /// Pool weights do not sum to 10,000.
    18 0x1b33_60fe WeightSum {
        /// Their sum, bps.
        sum: u32,
    },
    /// The group moves too far at once.
    19 0x505f_273c GroupStep {
        /// Group number.
        group: u8,
        /// Half-L1 distance, bps rounded up.
        moved: u32,
        /// Largest allowed, bps.
        max: u32,
    },
    /// The group has moved too far within its window.
    20 0x5f7d_f84f GroupBucket {
        /// Group number.
        group: u8,
        /// Half-L1 distance, bps rounded up.
        want: u32,
        /// What is left, bps.
        available: u32,
    },
    /// Worst-case supply growth over 30 days is too high.
    21 0xdac7_caf4 CrossSupply {
        /// Growth, ppm.
        growth: u32,
        /// Most allowed, ppm.
        max: u32,
    },
    /// Re-mint above zero while nothing is burned.
    22 0xe744_f6bd CrossBurnPaused {
        /// The re-mint cap, ppm per epoch.
        remint: u32,
    },
    /// Emission and re-mint both rise within one epoch.
    23 0xd2ca_607a CrossBothUp {
        /// When the second may rise, seconds.
        next: u32,
    },
    /// A change of the group is waiting.
    24 0x2f85_5dd6 PendingExists {
        /// Group number.
        group: u8,
    },
    /// No change of the group is waiting.
    25 0x5f4c_8830 NothingPending {
        /// Group number.
        group: u8,
    },
    /// The waiting change is not ready.
    26 0xdeb0_03e0 NotReady {
        /// When it is, seconds.
        eta: u32,
    },
    /// The waiting change has expired.
    27 0x9576_def8 PendingExpired {
        /// When it did, seconds.
        expires: u32,
    },
    /// The waiting change lacks the council's approval.
    28 0x2fd7_0bc1 NotApproved {
        /// Group number.
        group: u8,
    },
    /// The payload is not the one that was queued.
    29 0x1402_662e PendingMismatch {
        /// Group number.
        group: u8,
    },
    /// Rules fail a config-time check.
    30 0x641e_4ed3 BadRules {
        /// Which check, see `SlotRules::check` and `GroupRules::check`.
        code: u8,
    },
    /// No such group or scope.
    31 0xb85e_50a3 BadScope {
        /// Its number.
        scope: u8,
    },
    /// The autonomy level cannot be set so.
    32 0x8b98_d7a4 BadAutonomy {
        /// Group number.
        group: u8,
        /// The level.
        level: u8,
    },
    /// The autonomy level is not earned yet.
    33 0xb172_9820 NotEarned {
        /// Group number.
        group: u8,
        /// Clean epochs at the present level.
        have: u8,
        /// Clean epochs needed.
        need: u8,
    },
    /// The guardian has used its halt of the scope.
    34 0x4c2b_6c51 GuardianSpent {
        /// Group number, or 255.
        scope: u8,
        /// When it may halt again, seconds.
        next: u32,
    },
    /// The end of a halt is not acceptable, or nothing is halted.
    35 0x9885_7dad BadHalt {
        /// The end, seconds.
        until: u32,
    },
    /// The moment lies in the future or too far in the past.
    36 0xac35_aa60 BadTimepoint {
        /// The moment, seconds.
        timepoint: u32,
    },
    /// The counts are not possible.
    37 0x1b0e_e174 BadCounts {
        /// Pool weights.
        pools: u8,
        /// Grant categories.
        categories: u8,
    },
    /// A slot has no value at the moment.
    38 0xfc26_72ef NoHistory {
        /// Slot number.
        slot: u8,
        /// The moment, seconds.
        timepoint: u32,
    },
    /// Block time jumped; automatic changes wait.
    39 0x66be_927d Quiet {
        /// Until when, seconds.
        until: u32,
    },
    /// The bytes are not a list of changes.
    40 0x354d_7863 BadPayload {
        /// How many bytes.
        length: u32,
    },
    /// The controller is initialised already.
    41 0x3c32_82e7 AlreadyInitialised,
    /// The controller is not initialised.
    42 0x8432_e5a2 NotInitialised,
    /// Nothing would change.
    43 0xa88e_e577 NoChange,
    /// Too few KPI values for the breaker or the live pools.
    44 0x4513_022e TooFewKpis {
        /// How many there are.
        count: u32,
        /// How many are needed.
        need: u32,
    },
}
