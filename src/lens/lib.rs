//! The lens: computed views over a controller, in the controller's own code.
//!
//! It has no storage, no owner and no power; anyone may deploy another. Every function takes the address of a controller,
//! reads its raw words and runs [`escapement_core::engine`] over them, so that a preview and the real thing cannot differ.
//! Meant for `eth_call`: a view costs some ten thousand gas per call into the controller.
// The entrypoint that the SDK generates has no documentation.
#![cfg_attr(not(test), allow(missing_docs))]
// Storage is reached through the host, not through fields; `self` still says who reads and who writes.
#![allow(clippy::unused_self)]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::U256;
use alloy_sol_types::{sol, SolError};
use escapement_core::{
    engine::{self, key, views, BreakerConfig, Config, GroupState, Ledger, Pending, Progress, Violation},
    param::{Group, Slot},
    rules::{GroupRules, Limit, SlotRules},
};
use escapement_kit::{
    abi::{self, Malformed, Reader},
    route::find,
    vm,
};
use stylus_sdk::{prelude::*, ArbResult};

mod preview;
mod remote;
#[cfg(test)]
mod tests;

use preview::preview;
use remote::Remote;

sol!("abi.sol");

sol! {
    /// What the lens asks a controller.
    interface IControllerView {
        function words(uint64[] keys) external view returns (bytes32[]);
        function verifier() external view returns (address);
    }

    /// What the lens asks a verifier.
    interface IVerifierView {
        function verify(address controller, bytes update, bytes signatures) external view returns (bytes32 outputs);
        function infer(bytes32 modelId, int32[] kpis) external view returns (int32[8]);
    }
}

use ILens as I;

/// The contract; it stores nothing.
#[storage]
pub struct Lens {}

// SAFETY: this is the entrypoint's storage struct, and it is empty.
unsafe impl TopLevelStorage for Lens {}

/// Where a call enters.
#[entrypoint]
#[allow(clippy::needless_pass_by_value)] // the shape the macro calls
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
fn main(input: Vec<u8>, host: stylus_sdk::host::VM) -> ArbResult {
    // SAFETY: the one instance of the storage struct in this call, at slot 0.
    let mut lens = unsafe { <Lens as stylus_sdk::storage::StorageType>::new(U256::ZERO, 0, host) };
    lens.enter(&input)
}

/// Revert data: an encoded Solidity error, or nothing for malformed calldata.
pub struct Error(Vec<u8>);

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        let (bytes, length) = violation.encode();
        Self(bytes.get(..length).unwrap_or_default().to_vec())
    }
}

impl From<Malformed> for Error {
    fn from(_: Malformed) -> Self {
        Self(Vec::new())
    }
}

escapement_kit::router!(Lens);

escapement_kit::functions! { I;
    PACK_SLOT_RULES = packSlotRulesCall;
    PACK_GROUP_RULES = packGroupRulesCall;
    PACK_BREAKER = packBreakerCall;
    PREVIEW = previewCall;
    PARAMS_AT = paramsAtCall;
    HEADROOM = headroomCall;
    RULES = rulesCall;
    GROUP_RULES = groupRulesCall;
    PENDING = pendingCall;
    GROUP = groupCall;
    PARAMS = paramsCall;
    BREAKER = breakerCall;
    STATUS = statusCall;
}

/// The block time as the engine counts it.
fn now() -> u32 {
    u32::try_from(vm::now()).unwrap_or(u32::MAX)
}

/// The words of these numbers.
fn numbers(values: &[u64]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        abi::push(&mut out, *value);
    }
    out
}

fn limit(args: &mut Reader<'_>) -> Limit {
    Limit { rel_bps: args.u16(), abs: args.u32() }
}

fn slot_rules(rules: &SlotRules) -> Vec<u8> {
    let mut out = numbers(&[rules.gov_min.into(), rules.gov_max.into(), rules.neutral.into()]);
    for limit in [rules.step_up, rules.step_down, rules.bucket_up, rules.bucket_down, rules.safe] {
        out.extend(numbers(&[limit.rel_bps.into(), limit.abs.into()]));
    }
    out
}

fn group_rules(rules: &GroupRules) -> Vec<u8> {
    numbers(&[
        rules.cooldown.into(),
        rules.window.into(),
        rules.max_age.into(),
        rules.delay.into(),
        rules.grace.into(),
        rules.dormant_after.into(),
        rules.approval.into(),
        rules.l1_step.into(),
        rules.l1_bucket.into(),
        rules.l1_safe.into(),
    ])
}

fn breaker(limits: &BreakerConfig) -> Vec<u8> {
    numbers(&[
        limits.max_disagreement.into(),
        limits.max_supply_growth.into(),
        limits.min_staking.into(),
        limits.max_drawdown.into(),
        limits.max_burn.into(),
        limits.max_treasury_fall.into(),
        limits.min_turnout.into(),
        limits.burst_count.into(),
        limits.burst_window.into(),
        limits.pinned_after.into(),
        limits.max_gap.into(),
        limits.gap_grace.into(),
    ])
}

impl Lens {
    /// Runs the function with this selector.
    fn dispatch(&mut self, selector: u32, input: &[u8]) -> Result<Vec<u8>, Error> {
        let function = find(FUNCTIONS, selector);
        let mut args = Reader::new(input);
        let a = &mut args;
        let packed = match function {
            PACK_SLOT_RULES => {
                let rules = SlotRules {
                    gov_min: a.u32(),
                    gov_max: a.u32(),
                    neutral: a.u32(),
                    step_up: limit(a),
                    step_down: limit(a),
                    bucket_up: limit(a),
                    bucket_down: limit(a),
                    safe: limit(a),
                };
                Some(rules.pack().concat())
            }
            PACK_GROUP_RULES => {
                let rules = GroupRules {
                    cooldown: a.u32(),
                    window: a.u32(),
                    max_age: a.u32(),
                    delay: a.u32(),
                    grace: a.u32(),
                    dormant_after: a.u8(),
                    approval: a.uint(1) != 0,
                    l1_step: a.u16(),
                    l1_bucket: a.u16(),
                    l1_safe: a.u16(),
                };
                Some(rules.pack().to_vec())
            }
            PACK_BREAKER => {
                let limits = BreakerConfig {
                    max_disagreement: a.u32(),
                    max_supply_growth: a.u32(),
                    min_staking: a.u32(),
                    max_drawdown: a.u32(),
                    max_burn: a.u32(),
                    max_treasury_fall: a.u32(),
                    min_turnout: a.u32(),
                    burst_count: a.u8(),
                    burst_window: a.u32(),
                    pinned_after: a.u8(),
                    max_gap: a.u32(),
                    gap_grace: a.u32(),
                };
                a.end()?;
                // What the word has no room for, and what the controller would refuse anyway.
                limits.check()?;
                Some(limits.pack().to_vec())
            }
            _ => None,
        };
        if let Some(packed) = packed {
            a.end()?;
            return Ok(packed);
        }
        let controller = a.address();
        if function == PREVIEW {
            let (update, signatures) = (a.bytes(), a.bytes());
            a.end()?;
            let remote = Remote::open(controller);
            let answer = preview(&remote, update, signatures)?;
            return checked(&remote, Ok(answer));
        }
        // What the remaining functions take beside the controller: a moment, a number, or nothing.
        let number = match function {
            PARAMS_AT => a.u32(),
            HEADROOM | RULES | GROUP_RULES | PENDING | GROUP => a.u8().into(),
            PARAMS | BREAKER | STATUS => 0,
            _ => return Err(Malformed.into()),
        };
        a.end()?;
        let remote = Remote::open(controller);
        checked(&remote, view(&remote, function, number))
    }
}

/// A result, unless words were missing under it.
fn checked(remote: &Remote, result: Result<Vec<u8>, Error>) -> Result<Vec<u8>, Error> {
    if remote.spoilt() {
        let mut data = abi::error(I::LensNotAController::SELECTOR, &[]);
        abi::push_word(&mut data, &remote.controller().into_word());
        return Err(Error(data));
    }
    result
}

/// Answers a view with at most one number as argument.
fn view(remote: &Remote, function: u8, number: u32) -> Result<Vec<u8>, Error> {
    let config = Config::load(remote)?;
    let small = u8::try_from(number).unwrap_or(u8::MAX);
    let slot = || Slot::new(small).ok_or(Violation::unknown_slot(small));
    let group = || Group::new(small).ok_or(Violation::bad_scope(small));
    Ok(match function {
        PARAMS => numbers(&views::values(remote).map(u64::from)),
        PARAMS_AT => numbers(&views::values_at(remote, now(), number)?.map(u64::from)),
        HEADROOM => {
            let room = views::headroom(remote, now(), slot()?)?;
            numbers(&[
                room.up.into(),
                room.down.into(),
                room.bucket_up.into(),
                room.bucket_down.into(),
                room.safe.into(),
                room.next.into(),
                room.halted_until.into(),
                room.autonomy.into(),
                room.pending.into(),
            ])
        }
        RULES => {
            let slot = slot()?;
            let (min, max) = slot.hard_range();
            let mut out = slot_rules(&config.slot_rules(remote, slot));
            out.extend(numbers(&[min.into(), max.into()]));
            out
        }
        GROUP_RULES => group_rules(&config.group_rules(remote, group()?)),
        BREAKER => breaker(&BreakerConfig::load(remote, &config)),
        PENDING => {
            let group = group()?;
            let waiting = Pending::load(remote, group);
            let mut out = numbers(&[
                waiting.update_id,
                waiting.queued_at.into(),
                waiting.eta.into(),
                waiting.expires.into(),
                waiting.approval.into(),
                waiting.approved.into(),
            ]);
            out.extend(remote.load(key::PENDING_HASH.saturating_add(small.into())));
            out
        }
        STATUS => {
            let progress = Progress::load(remote);
            numbers(&[
                progress.update_id,
                progress.observed_at.into(),
                progress.accepted_at.into(),
                progress.tripped_at.into(),
                progress.accepted.into(),
                config.halt.until.into(),
                config.pools.into(),
                config.categories.into(),
                progress.flags.into(),
            ])
        }
        _ => {
            let state = GroupState::load(remote, group()?);
            numbers(&[
                state.autonomy.into(),
                state.clean.into(),
                state.pending.into(),
                engine::halted_until(remote, small)?.into(),
                state.last_change.into(),
                state.last_rise.into(),
            ])
        }
    })
}
