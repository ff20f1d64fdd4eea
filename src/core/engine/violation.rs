//! Every way an update, a queued change or a configuration can break the law, with its numbers.
//!
//! One table gives the rules, their stable codes, Solidity signatures and selectors. A violation is a
//! rule and up to four numbers in one plain layout, so that one loop encodes all of the typed errors
//! and a contract needs no code per error: it reverts with [`Violation::encode`].

use crate::word::low32;

#[cfg(test)]
mod tests;

/// A broken rule and its numbers. Moments are seconds of `block.timestamp`, values are in the slot's unit.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Violation {
    rule: Rule,
    /// Four numbers of 32 bits, or two of 64 bits as high and low halves: small, because every
    /// fallible function copies it.
    halves: [u32; 4],
}

macro_rules! violations {
    ($( $(#[$doc:meta])* $code:literal $selector:literal $kind:ident $name:ident $make:ident($( $field:ident: $ty:ty ),*), )+) => {
        /// The rules by their stable code; the codes never change meaning.
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
        #[repr(u8)]
        pub enum Rule {
            $( $(#[$doc])* $name = $code, )+
        }

        impl Violation {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $make($( $field: $ty ),*) -> Self {
                    let given: &[$kind] = &[$( $kind::from($field) ),*];
                    $kind::violation(Rule::$name, given)
                }
            )+

            /// Solidity error of each rule, in the order of the codes: code, selector, name, types and
            /// names of the numbers. For hosts.
            #[cfg(not(target_arch = "wasm32"))]
            pub const SIGNATURES: &'static [(u8, u32, &'static str, &'static [(&'static str, &'static str)])] = &[
                $( ($code, $selector, stringify!($name), &[$( (stringify!($ty), stringify!($field)) ),*]), )+
            ];
        }

        /// Selector, count of numbers and their width in bytes, in the order of the codes from 1 on.
        const TABLE: &[(u32, u8, u8)] =
            &[$( ($selector, count(&[$( stringify!($field) ),*]), ($kind::BITS / 8) as u8), )+];
    };
}

const fn count(fields: &[&str]) -> u8 {
    // No rule has more than four numbers; the tests compare the table with the signatures.
    fields.len() as u8
}

/// How numbers of one width are kept.
trait Numbers: Sized {
    fn violation(rule: Rule, given: &[Self]) -> Violation;
}

impl Numbers for u32 {
    #[inline(always)]
    fn violation(rule: Rule, given: &[u32]) -> Violation {
        let at = |index| given.get(index).copied().unwrap_or(0);
        Violation::new(rule, at(0), at(1), at(2), at(3))
    }
}

impl Numbers for u64 {
    #[inline(always)]
    fn violation(rule: Rule, given: &[u64]) -> Violation {
        let high = |index| given.get(index).map_or(0, |number| low32(number >> 32));
        let low = |index| given.get(index).map_or(0, |number| low32(*number));
        Violation::new(rule, high(0), low(0), high(1), low(1))
    }
}

impl Violation {
    #[inline(never)]
    fn new(rule: Rule, a: u32, b: u32, c: u32, d: u32) -> Self {
        Self { rule, halves: [a, b, c, d] }
    }

    /// The rule.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Stable number of the rule.
    #[must_use]
    pub fn code(&self) -> u8 {
        self.rule as u8
    }

    fn row(&self) -> (u32, u8, u8) {
        TABLE.get(usize::from(self.code().wrapping_sub(1))).copied().unwrap_or_default()
    }

    /// The numbers in the order of the Solidity signature, absent ones zero.
    #[must_use]
    pub fn numbers(&self) -> [u64; 4] {
        let [a, b, c, d] = self.halves.map(u64::from);
        if self.row().2 == 8 {
            [(a << 32) | b, (c << 32) | d, 0, 0]
        } else {
            [a, b, c, d]
        }
    }

    /// The Solidity revert data, `selector ‖ numbers as 32-byte words`, and its length in `out`.
    #[must_use]
    pub fn encode(&self) -> ([u8; 132], usize) {
        let (selector, count, _) = self.row();
        let mut out = [0; 132];
        if let Some((head, words)) = out.split_first_chunk_mut::<4>() {
            *head = selector.to_be_bytes();
            for (word, number) in words.chunks_exact_mut(32).zip(self.numbers()) {
                if let Some(field) = word.last_chunk_mut::<8>() {
                    *field = number.to_be_bytes();
                }
            }
        }
        (out, usize::from(count).saturating_mul(32).saturating_add(4))
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
    ///
    /// - `scope`: group number, or 255 for everything.
    /// - `until`: when it expires, seconds.
    1 0xa9e6_021a u32 Halted halted(scope: u8, until: u32),
    /// Slots are not strictly ascending.
    ///
    /// - `slot`: the slot out of order.
    2 0xa61a_fb38 u32 NotAscending not_ascending(slot: u8),
    /// No such slot, or one that is not live.
    ///
    /// - `slot`: its number.
    3 0xae92_c32d u32 UnknownSlot unknown_slot(slot: u8),
    /// More changes than slots.
    ///
    /// - `count`: how many.
    4 0x6ecc_e3b9 u32 TooManyChanges too_many_changes(count: u32),
    /// The observation is too old.
    ///
    /// - `age`: its age, seconds.
    /// - `max`: the most allowed for the groups touched, seconds.
    5 0x47f5_6df4 u64 StaleObservation stale_observation(age: u64, max: u32),
    /// The observation lies too far in the future.
    ///
    /// - `observed_at`: when it claims to be made, seconds.
    /// - `now`: block time, seconds.
    6 0xd008_6825 u64 FutureDated future_dated(observed_at: u64, now: u64),
    /// The update has expired.
    ///
    /// - `expires_at`: when, seconds.
    7 0x9569_3653 u64 Expired expired(expires_at: u64),
    /// The update is not valid yet.
    ///
    /// - `valid_after`: from when it is, seconds.
    8 0x2d5d_879e u64 NotYetValid not_yet_valid(valid_after: u64),
    /// The observation lies before the last accepted one.
    ///
    /// - `observed_at`: when it was made, seconds.
    /// - `last`: the last accepted one, seconds.
    9 0x2733_31f2 u64 ObservationNotRising observation_not_rising(observed_at: u64, last: u64),
    /// The id does not exceed the last accepted one.
    ///
    /// - `id`: the id.
    /// - `last`: the last accepted one.
    10 0xc951_b851 u64 IdNotRising id_not_rising(id: u64, last: u64),
    /// The value an update starts from is not the current one.
    ///
    /// - `slot`: slot number.
    /// - `expected`: what the update expects.
    /// - `current`: what is.
    11 0x362e_5a9a u32 ExpectedOldMismatch expected_old_mismatch(slot: u8, expected: u32, current: u32),
    /// The registered model computes another value.
    ///
    /// - `slot`: slot number.
    /// - `proposed`: what the update proposes.
    /// - `computed`: what the model gives.
    12 0xb347_f6a3 u32 PolicyMismatch policy_mismatch(slot: u8, proposed: u32, computed: u32),
    /// The new value is outside the range.
    ///
    /// - `slot`: slot number.
    /// - `new`: the value.
    /// - `min`: lowest allowed.
    /// - `max`: highest allowed.
    13 0x15a9_346c u32 OutOfRange out_of_range(slot: u8, new: u32, min: u32, max: u32),
    /// The change exceeds the step.
    ///
    /// - `slot`: slot number.
    /// - `old`: the value steps count from.
    /// - `new`: the proposed value.
    /// - `max`: largest step.
    14 0x43a6_8a5a u32 StepExceeded step_exceeded(slot: u8, old: u32, new: u32, max: u32),
    /// The group changed too recently.
    ///
    /// - `group`: group number.
    /// - `next`: when it may change again, seconds.
    15 0x8cbf_b1d0 u32 CooldownActive cooldown_active(group: u8, next: u32),
    /// The slot has moved too far within its window.
    ///
    /// - `slot`: slot number.
    /// - `want`: the movement asked for.
    /// - `available`: what is left in that direction.
    16 0x2a2e_4205 u32 BucketExceeded bucket_exceeded(slot: u8, want: u32, available: u32),
    /// A curve knot lies below the one before.
    ///
    /// - `slot`: the lower knot.
    17 0x0060_2f37 u32 CurveOrder curve_order(slot: u8),
    /// Pool weights do not sum to 10,000.
    ///
    /// - `sum`: their sum, bps.
    18 0x1b33_60fe u32 WeightSum weight_sum(sum: u32),
    /// The group moves too far at once.
    ///
    /// - `group`: group number.
    /// - `moved`: half-L1 distance, bps rounded up.
    /// - `max`: largest allowed, bps.
    19 0x505f_273c u32 GroupStep group_step(group: u8, moved: u32, max: u32),
    /// The group has moved too far within its window.
    ///
    /// - `group`: group number.
    /// - `want`: half-L1 distance, bps rounded up.
    /// - `available`: what is left, bps.
    20 0x5f7d_f84f u32 GroupBucket group_bucket(group: u8, want: u32, available: u32),
    /// Worst-case supply growth over 30 days is too high.
    ///
    /// - `growth`: growth, ppm.
    /// - `max`: most allowed, ppm.
    21 0xdac7_caf4 u32 CrossSupply cross_supply(growth: u32, max: u32),
    /// Re-mint above zero while nothing is burned.
    ///
    /// - `remint`: the re-mint cap, ppm per epoch.
    22 0xe744_f6bd u32 CrossBurnPaused cross_burn_paused(remint: u32),
    /// Emission and re-mint both rise within one epoch.
    ///
    /// - `next`: when the second may rise, seconds.
    23 0xd2ca_607a u32 CrossBothUp cross_both_up(next: u32),
    /// A change of the group is waiting.
    ///
    /// - `group`: group number.
    24 0x2f85_5dd6 u32 PendingExists pending_exists(group: u8),
    /// No change of the group is waiting.
    ///
    /// - `group`: group number.
    25 0x5f4c_8830 u32 NothingPending nothing_pending(group: u8),
    /// The waiting change is not ready.
    ///
    /// - `eta`: when it is, seconds.
    26 0xdeb0_03e0 u32 NotReady not_ready(eta: u32),
    /// The waiting change has expired.
    ///
    /// - `expires`: when it did, seconds.
    27 0x9576_def8 u32 PendingExpired pending_expired(expires: u32),
    /// The waiting change lacks the council's approval.
    ///
    /// - `group`: group number.
    28 0x2fd7_0bc1 u32 NotApproved not_approved(group: u8),
    /// The payload is not the one that was queued.
    ///
    /// - `group`: group number.
    29 0x1402_662e u32 PendingMismatch pending_mismatch(group: u8),
    /// Rules fail a config-time check.
    ///
    /// - `code`: which check, see `SlotRules::check` and `GroupRules::check`.
    30 0x641e_4ed3 u32 BadRules bad_rules(code: u8),
    /// No such group or scope.
    ///
    /// - `scope`: its number.
    31 0xb85e_50a3 u32 BadScope bad_scope(scope: u8),
    /// The autonomy level cannot be set so.
    ///
    /// - `group`: group number.
    /// - `level`: the level.
    32 0x8b98_d7a4 u32 BadAutonomy bad_autonomy(group: u8, level: u8),
    /// The autonomy level is not earned yet.
    ///
    /// - `group`: group number.
    /// - `have`: clean epochs at the present level.
    /// - `need`: clean epochs needed.
    33 0xb172_9820 u32 NotEarned not_earned(group: u8, have: u8, need: u8),
    /// The guardian has used its halt of the scope.
    ///
    /// - `scope`: group number, or 255.
    /// - `next`: when it may halt again, seconds.
    34 0x4c2b_6c51 u32 GuardianSpent guardian_spent(scope: u8, next: u32),
    /// The end of a halt is not acceptable, or nothing is halted.
    ///
    /// - `until`: the end, seconds.
    35 0x9885_7dad u32 BadHalt bad_halt(until: u32),
    /// The moment lies in the future or too far in the past.
    ///
    /// - `timepoint`: the moment, seconds.
    36 0xac35_aa60 u32 BadTimepoint bad_timepoint(timepoint: u32),
    /// The counts are not possible.
    ///
    /// - `pools`: pool weights.
    /// - `categories`: grant categories.
    37 0x1b0e_e174 u32 BadCounts bad_counts(pools: u8, categories: u8),
    /// A slot has no value at the moment.
    ///
    /// - `slot`: slot number.
    /// - `timepoint`: the moment, seconds.
    38 0xfc26_72ef u32 NoHistory no_history(slot: u8, timepoint: u32),
    /// Block time jumped; automatic changes wait.
    ///
    /// - `until`: until when, seconds.
    39 0x66be_927d u32 Quiet quiet(until: u32),
    /// The bytes are not a list of changes.
    ///
    /// - `length`: how many bytes.
    40 0x354d_7863 u32 BadPayload bad_payload(length: u32),
    /// The controller is initialised already.
    41 0x3c32_82e7 u32 AlreadyInitialised already_initialised(),
    /// The controller is not initialised.
    42 0x8432_e5a2 u32 NotInitialised not_initialised(),
    /// Nothing would change.
    43 0xa88e_e577 u32 NoChange no_change(),
    /// Too few KPI values for the breaker or the live pools.
    ///
    /// - `count`: how many there are.
    /// - `need`: how many are needed.
    44 0x4513_022e u32 TooFewKpis too_few_kpis(count: u32, need: u32),
}
