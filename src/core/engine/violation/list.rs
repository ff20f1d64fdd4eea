//! The list of rules: code, selector, width of the numbers, name, numbers.

use super::{count, Numbers, Violation};

violations! {
    /// A halt of the scope is in force.
    ///
    /// - `scope`: group number, or 255 for everything.
    /// - `until`: when it expires, seconds.
    1 0x823d_8418 u32 Halted halted(scope: u8, until: u32),
    /// Slots are not strictly ascending.
    ///
    /// - `slot`: the slot out of order.
    2 0xba82_0d98 u32 NotAscending not_ascending(slot: u8),
    /// No such slot, or one that is not live.
    ///
    /// - `slot`: its number.
    3 0xf742_6bb3 u32 UnknownSlot unknown_slot(slot: u8),
    /// More changes than slots.
    ///
    /// - `count`: how many.
    4 0x4898_6014 u32 TooManyChanges too_many_changes(count: u32),
    /// The observation is too old.
    ///
    /// - `age`: its age, seconds.
    /// - `max`: the most allowed for the groups touched, seconds.
    5 0xaa8e_2bab u64 StaleObservation stale_observation(age: u64, max: u32),
    /// The observation lies too far in the future.
    ///
    /// - `observed_at`: when it claims to be made, seconds.
    /// - `now`: block time, seconds.
    6 0x2e38_f37d u64 FutureDated future_dated(observed_at: u64, now: u64),
    /// The update has expired.
    ///
    /// - `expires_at`: when, seconds.
    7 0x5eae_b69f u64 Expired expired(expires_at: u64),
    /// The update is not valid yet.
    ///
    /// - `valid_after`: from when it is, seconds.
    8 0x1c72_b6f6 u64 NotYetValid not_yet_valid(valid_after: u64),
    /// The observation lies before the last accepted one.
    ///
    /// - `observed_at`: when it was made, seconds.
    /// - `last`: the last accepted one, seconds.
    9 0x7df0_37c8 u64 ObservationNotRising observation_not_rising(observed_at: u64, last: u64),
    /// The id does not exceed the last accepted one.
    ///
    /// - `id`: the id.
    /// - `last`: the last accepted one.
    10 0x33b3_077d u64 IdNotRising id_not_rising(id: u64, last: u64),
    /// The value an update starts from is not the current one.
    ///
    /// - `slot`: slot number.
    /// - `expected`: what the update expects.
    /// - `current`: what is.
    11 0xde4e_56dd u32 ExpectedOldMismatch expected_old_mismatch(slot: u8, expected: u32, current: u32),
    /// The registered model computes another value.
    ///
    /// - `slot`: slot number.
    /// - `proposed`: what the update proposes.
    /// - `computed`: what the model gives.
    12 0x1d30_2a6f u32 PolicyMismatch policy_mismatch(slot: u8, proposed: u32, computed: u32),
    /// The new value is outside the range.
    ///
    /// - `slot`: slot number.
    /// - `new`: the value.
    /// - `min`: lowest allowed.
    /// - `max`: highest allowed.
    13 0x9245_a722 u32 OutOfRange out_of_range(slot: u8, new: u32, min: u32, max: u32),
    /// The change exceeds the step.
    ///
    /// - `slot`: slot number.
    /// - `old`: the value steps count from.
    /// - `new`: the proposed value.
    /// - `max`: largest step.
    14 0x529d_e8a6 u32 StepExceeded step_exceeded(slot: u8, old: u32, new: u32, max: u32),
    /// The group changed too recently.
    ///
    /// - `group`: group number.
    /// - `next`: when it may change again, seconds.
    15 0x760d_cd51 u32 CooldownActive cooldown_active(group: u8, next: u32),
    /// The slot has moved too far within its window.
    ///
    /// - `slot`: slot number.
    /// - `want`: the movement asked for.
    /// - `available`: what is left in that direction.
    16 0xcf24_d787 u32 BucketExceeded bucket_exceeded(slot: u8, want: u32, available: u32),
    /// A curve knot lies below the one before.
    ///
    /// - `slot`: the lower knot.
    17 0x6f20_891c u32 CurveOrder curve_order(slot: u8),
    /// Pool weights do not sum to 10,000.
    ///
    /// - `sum`: their sum, bps.
    18 0x73e8_9f16 u32 WeightSum weight_sum(sum: u32),
    /// The group moves too far at once.
    ///
    /// - `group`: group number.
    /// - `moved`: half-L1 distance, bps rounded up.
    /// - `max`: largest allowed, bps.
    19 0xbebe_1faf u32 GroupStep group_step(group: u8, moved: u32, max: u32),
    /// The group has moved too far within its window.
    ///
    /// - `group`: group number.
    /// - `want`: half-L1 distance, bps rounded up.
    /// - `available`: what is left, bps.
    20 0x0a1d_9870 u32 GroupBucket group_bucket(group: u8, want: u32, available: u32),
    /// Worst-case supply growth over 30 days is too high.
    ///
    /// - `growth`: growth, ppm.
    /// - `max`: most allowed, ppm.
    21 0xdeaf_7da9 u32 CrossSupply cross_supply(growth: u32, max: u32),
    /// Re-mint above zero while nothing is burned.
    ///
    /// - `remint`: the re-mint cap, ppm per epoch.
    22 0x08b2_5b99 u32 CrossBurnPaused cross_burn_paused(remint: u32),
    /// Emission and re-mint both rise within one epoch.
    ///
    /// - `next`: when the second may rise, seconds.
    23 0xeb35_83b8 u32 CrossBothUp cross_both_up(next: u32),
    /// A change of the group is waiting.
    ///
    /// - `group`: group number.
    24 0xd7d4_d605 u32 PendingExists pending_exists(group: u8),
    /// No change of the group is waiting.
    ///
    /// - `group`: group number.
    25 0x04c3_eabd u32 NothingPending nothing_pending(group: u8),
    /// The waiting change is not ready.
    ///
    /// - `eta`: when it is, seconds.
    26 0x22bf_1299 u32 NotReady not_ready(eta: u32),
    /// The waiting change has expired.
    ///
    /// - `expires`: when it did, seconds.
    27 0x5fd4_cd75 u32 PendingExpired pending_expired(expires: u32),
    /// The waiting change lacks the council's approval.
    ///
    /// - `group`: group number.
    28 0xe91c_8866 u32 NotApproved not_approved(group: u8),
    /// The payload is not the one that was queued.
    ///
    /// - `group`: group number.
    29 0x6bff_83d2 u32 PendingMismatch pending_mismatch(group: u8),
    /// Rules fail a config-time check.
    ///
    /// - `code`: which check, see `SlotRules::check` and `GroupRules::check`.
    30 0xe33a_fffb u32 BadRules bad_rules(code: u8),
    /// No such group or scope.
    ///
    /// - `scope`: its number.
    31 0xc1cb_311e u32 BadScope bad_scope(scope: u8),
    /// The autonomy level cannot be set so.
    ///
    /// - `group`: group number.
    /// - `level`: the level.
    32 0xaccb_aa7b u32 BadAutonomy bad_autonomy(group: u8, level: u8),
    /// The autonomy level is not earned yet.
    ///
    /// - `group`: group number.
    /// - `have`: clean epochs at the present level.
    /// - `need`: clean epochs needed.
    33 0x3a7c_b13b u32 NotEarned not_earned(group: u8, have: u8, need: u8),
    /// The guardian has used its halt of the scope.
    ///
    /// - `scope`: group number, or 255.
    /// - `next`: when it may halt again, seconds.
    34 0x3931_7450 u32 GuardianSpent guardian_spent(scope: u8, next: u32),
    /// The end of a halt is not acceptable, or nothing is halted.
    ///
    /// - `until`: the end, seconds.
    35 0x4eda_d241 u32 BadHalt bad_halt(until: u32),
    /// The moment lies in the future or too far in the past.
    ///
    /// - `timepoint`: the moment, seconds.
    36 0x6930_3eaf u32 BadTimepoint bad_timepoint(timepoint: u32),
    /// The counts are not possible.
    ///
    /// - `pools`: pool weights.
    /// - `categories`: grant categories.
    37 0x9b87_5a5a u32 BadCounts bad_counts(pools: u8, categories: u8),
    /// A slot has no value at the moment.
    ///
    /// - `slot`: slot number.
    /// - `timepoint`: the moment, seconds.
    38 0x42e4_34c6 u32 NoHistory no_history(slot: u8, timepoint: u32),
    /// Block time jumped; automatic changes wait.
    ///
    /// - `until`: until when, seconds.
    39 0x69b9_efb9 u32 Quiet quiet(until: u32),
    /// The bytes are not a list of changes.
    ///
    /// - `length`: how many bytes.
    40 0xe2c0_2493 u32 BadPayload bad_payload(length: u32),
    /// The controller is initialised already.
    41 0xbe87_c6d9 u32 AlreadyInitialised already_initialised(),
    /// The controller is not initialised.
    42 0xf7d5_910e u32 NotInitialised not_initialised(),
    /// Nothing would change.
    43 0x56b7_e2fe u32 NoChange no_change(),
    /// Too few KPI values for the breaker or the live pools.
    ///
    /// - `count`: how many there are.
    /// - `need`: how many are needed.
    44 0x3a31_f9ff u32 TooFewKpis too_few_kpis(count: u32, need: u32),
    /// The moment is not over, so its values may still change.
    ///
    /// - `timepoint`: the moment, seconds.
    /// - `now`: block time, seconds.
    45 0x979c_272c u32 FutureLookup future_lookup(timepoint: u32, now: u32),
}
