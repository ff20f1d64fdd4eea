//! GOV: a Governor whose quorum is a parameter, its timelock, and Safes as council and guardian, over the compiled
//! contracts. Governor, timelock, proxies and Safes are the code that is deployed everywhere.
#![allow(missing_docs)]

mod governor;
mod quorum;
mod safe;
mod timelock;
mod turnout;
mod upgrades;

/// The hostile fixtures.
#[allow(clippy::pedantic)]
mod fixtures {
    alloy_sol_types::sol!(ReentrantPeer, "solidity/artifacts/ReentrantPeer.json");
}

use alloy_primitives::{Address, B256, U256, b256};
use escapement_agent::{
    bindings::{
        controller::IController as C,
        solidity::ParameterGovernor as G,
        token::IToken,
        vault::{IVault as V, IVaultEvents::Unstaked},
    },
    governance::Proposal,
};
use escapement_core::{
    engine::submit::View,
    param::{EMISSION, SLOTS, Slot},
    rules::{ParamView as _, SlotRules},
};
use escapement_e2e::{Receipt, Refusal, World, wad};

/// States of a proposal, in the order of `IGovernor.ProposalState`.
const PENDING: u8 = 0;
const ACTIVE: u8 = 1;
const CANCELED: u8 = 2;
const DEFEATED: u8 = 3;
const SUCCEEDED: u8 = 4;
const QUEUED: u8 = 5;
const EXECUTED: u8 = 7;

/// Support of a vote.
const AGAINST: u8 = 0;
const FOR: u8 = 1;
const ABSTAIN: u8 = 2;

const DAY: u64 = 86_400;

/// Roles of the timelock.
const ADMIN: B256 = B256::ZERO;
const PROPOSER: B256 = b256!("b09aa5aeb3702cfd50b6b62bc4532604938f21248a27a1d5ca736082b6819cc1");
const EXECUTOR: B256 = b256!("d8aa0f3194971a2a116679f7c2090f6939c8d4e01a2a8d7e41d55e5351469e63");
const CANCELLER: B256 = b256!("fd643c72710c63c0180259aba6b2d05451e3591a24e58b62239378085726f783");

/// A state as a bit of the masks in [`G::GovernorUnexpectedProposalState`].
fn mask(states: &[u8]) -> B256 {
    states.iter().fold(U256::ZERO, |mask, &state| mask | (U256::ONE << usize::from(state))).into()
}

/// The refusal of a proposal that is not in the state a step needs.
fn unexpected(proposal: &Proposal, current: u8, expected: &[u8]) -> G::GovernorUnexpectedProposalState {
    G::GovernorUnexpectedProposalState { proposalId: proposal.id(), current, expectedStates: mask(expected) }
}

/// The rules of a slot that are in force.
fn rules(world: &World, slot: Slot) -> SlotRules {
    let ledger = world.ledger();
    View::open(&ledger, (1 << SLOTS) - 1).expect("the controller is initialised").rules(slot)
}

/// A proposal that lets the emission rise to `max` ppm a year, which only governance may.
fn widen(world: &World, max: u32) -> Proposal {
    let mut wider = rules(world, EMISSION);
    wider.gov_max = max;
    let [word0, word1] = wider.pack().map(Into::into);
    Proposal::new(&format!("Emission of up to {max} ppm"))
        .call(world.controller, &C::setSlotRulesCall { slot: 0, word0, word1 })
}

/// What went through, or the refusal in words.
#[track_caller]
fn ok(result: Result<Receipt, Refusal>) -> Receipt {
    result.unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// Everything staked, and a share of it in basis points, rounded up.
fn share(tokens: u64, bps: u64) -> U256 {
    (wad(tokens) * U256::from(bps)).div_ceil(U256::from(10_000))
}

/// Stakes ten tokens for `account` and asks for them back; returns the exit and when it is ready.
#[track_caller]
fn begin_exit(world: &World, account: Address) -> Unstaked {
    let id = world.stake(account, 10, 0);
    let receipt = ok(world.net.send(account, world.vault, &V::unstakeCall { id, amount: wad(10) }));
    receipt.events::<Unstaked>().remove(0)
}

/// Withdraws what an exit has made ready, to the last unit.
#[track_caller]
fn finish_exit(world: &World, exit: &Unstaked) {
    let account = exit.account;
    let held = || world.net.view(world.token, &IToken::balanceOfCall { account }).expect("a plain view");
    let before = held();
    ok(world.net.send(account, world.vault, &V::withdrawCall { exitIds: vec![exit.exitId] }));
    assert_eq!(held() - before, wad(10));
}
