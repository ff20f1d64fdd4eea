//! Signatures of the engine, for the crates being written beside it. The bodies land next.
#![allow(missing_docs, clippy::missing_errors_doc, unused_variables)]
use super::{Accepted, Actor, Hash, Ledger, Violation};
use crate::param::{Group, Slot, SLOTS};
use crate::rules::{GroupRules, SlotRules};
use crate::update::Update;

pub fn initialize<L: Ledger>(l: &mut L, now: u32, values: &[u32; SLOTS], pools: u8, categories: u8, autonomy: u8) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn submit<L: Ledger>(l: &mut L, now: u32, update: &Update<'_>, outputs: &[i32; 8], hash: Hash) -> Result<Accepted, Violation> { Err(Violation::NotInitialised) }
/// After a `submit` that failed although the quorum was valid: log, count, perhaps trip. `Ok(true)` = tripped.
pub fn note_failure<L: Ledger>(l: &mut L, now: u32, update_id: u64, violation: Violation) -> Result<bool, Violation> { Err(Violation::NotInitialised) }
/// payload = the bytes of `UpdateQueued`: model id (32), then 9-byte changes.
pub fn execute<L: Ledger>(l: &mut L, now: u32, group: u8, payload: &[u8], hash: Hash) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn veto<L: Ledger>(l: &mut L, group: u8) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn approve<L: Ledger>(l: &mut L, now: u32, group: u8) -> Result<(), Violation> { Err(Violation::NotInitialised) }
/// changes = 9-byte changes, as on the wire.
pub fn override_changes<L: Ledger>(l: &mut L, now: u32, changes: &[u8]) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn restore<L: Ledger>(l: &mut L, now: u32, timepoint: u32) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn halt<L: Ledger>(l: &mut L, now: u32, scope: u8, by: Actor) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn extend_halt<L: Ledger>(l: &mut L, now: u32, scope: u8, until: u32) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn resume<L: Ledger>(l: &mut L, now: u32, scope: u8) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn raise_autonomy<L: Ledger>(l: &mut L, group: u8) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn lower_autonomy<L: Ledger>(l: &mut L, group: u8, level: u8, by: Actor) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn narrow<L: Ledger>(l: &mut L, slot: Slot, min: u32, max: u32) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn set_slot_rules<L: Ledger>(l: &mut L, slot: Slot, rules: &SlotRules) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn set_group_rules<L: Ledger>(l: &mut L, group: Group, rules: &GroupRules) -> Result<(), Violation> { Err(Violation::NotInitialised) }
pub fn set_counts<L: Ledger>(l: &mut L, now: u32, pools: u8, categories: u8) -> Result<(), Violation> { Err(Violation::NotInitialised) }
/// Permissionless upkeep: clears expired queue entries, watches staleness and time gaps, glides. Bit mask of groups touched.
pub fn poke<L: Ledger>(l: &mut L, now: u32) -> Result<u8, Violation> { Err(Violation::NotInitialised) }
/// Cheap views the controller itself links.
pub fn value<L: Ledger>(l: &L, slot: Slot) -> u32 { 0 }
pub fn value_at<L: Ledger>(l: &L, slot: Slot, timepoint: u32) -> Result<u32, Violation> { Err(Violation::NotInitialised) }
/// Later of the halt of the scope and the global one; 0 = neither was ever set. Halted while `> now`.
pub fn halted_until<L: Ledger>(l: &L, scope: u8) -> u32 { 0 }
