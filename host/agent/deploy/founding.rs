//! The founding operation: the one thing that a deployer does with a timelock, and the last.
//!
//! The timelock is every contract's governance from its first transaction on. It begins without delay and with the
//! deployer as its only proposer. One operation, all of it or nothing, then makes every call that is governance's and can
//! be made, gives the timelock's roles to those of the plan, takes the deployer's, and sets the delay. Everything that was
//! put into the timelock before the deployer lost its roles is in its log and is held against the plan afterwards.

use std::collections::BTreeMap;

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    rpc::types::Log,
};
use alloy_sol_types::{SolCall, SolEvent};
use serde::Serialize;

use super::{
    DeployError, Duty, GovernancePlan, Plan, Powers, Record, RolesReport,
    authority::read_governor,
    creation::{self, timelock_code},
    powers::{ROLES, role},
    roles,
    steps::Run,
    wiring::Places,
};
use crate::{
    bindings::solidity::TimelockController::{
        CallScheduled, RoleRevoked, getOperationStateCall, grantRoleCall, hasRoleCall, revokeRoleCall, updateDelayCall,
    },
    client::Client,
    governance::Proposal,
};

/// States of an operation, in the order of `TimelockController.OperationState`.
const UNSET: u8 = 0;
const DONE: u8 = 3;

/// A call of an operation: target, wei, calldata.
type Call = (Address, U256, Bytes);

/// The calls that end the deployer's part: roles to those of the plan, none to the deployer, the delay.
fn handover(plan: &GovernancePlan, powers: &Powers, deployer: Address) -> Result<Vec<(Address, Bytes)>, DeployError> {
    let timelock = powers.governance;
    let mut calls = Vec::new();
    let members = powers.members(plan)?;
    for (name, accounts) in ROLES.iter().zip(&members) {
        for account in accounts {
            calls.push(grantRoleCall { role: role(name), account: *account }.abi_encode());
        }
    }
    for name in &ROLES[..3] {
        calls.push(revokeRoleCall { role: role(name), account: deployer }.abi_encode());
    }
    calls.push(updateDelayCall { newDelay: U256::from(plan.timelock.min_delay) }.abi_encode());
    Ok(calls.into_iter().map(|data| (timelock, data.into())).collect())
}

impl<F: FnMut(&str)> Run<'_, F> {
    /// Founds: makes governance's calls through the timelock and hands it over, or finishes that. Does nothing once the
    /// deployer is no proposer any more.
    pub(super) async fn found(&mut self, plan: &Plan, governance: &GovernancePlan) -> Result<(), DeployError> {
        let (client, deployer) = (self.client, self.key.address());
        let powers = Powers::of(plan, &self.record)?;
        let timelock = powers.governance;
        let proposes = hasRoleCall { role: role("PROPOSER_ROLE"), account: deployer };
        if !client.read(timelock, &proposes).await? {
            return Ok(());
        }
        // What is wrong already is not handed over.
        let mut report = roles::read_contracts(client, plan, &self.record, deployer).await?;
        creation::check_proxies(client, &powers, &self.record).await?;
        if let Some(planned) = &governance.governor {
            let at = Places::of(&self.record)?;
            read_governor(client, planned, &self.record, timelock, &at, &mut report).await?;
        }
        report.verdict().map_err(DeployError::Roles)?;
        let mut founding = Proposal::new(&format!("Founding of {}", plan.network));
        founding.calls.extend(report.pending.into_iter().filter_map(|duty| Some((duty.to?, duty.data))));
        founding.calls.extend(handover(governance, &powers, deployer)?);
        let id = founding.operation(Address::ZERO);
        let log = timelock_log(client, &self.record, timelock, deployer).await?;
        for other in operations(&log, deployer).into_keys().filter(|other| *other != id) {
            if client.read(timelock, &getOperationStateCall { id: other }).await? != UNSET {
                return Err(DeployError::Operation { timelock, id: other });
            }
        }
        if client.read(timelock, &getOperationStateCall { id }).await? == UNSET {
            self.call("founding.schedule", timelock, &founding.schedule(Address::ZERO, 0)).await?;
        }
        self.call("founding.execute", timelock, &founding.execute_operation(Address::ZERO)).await
    }
}

/// The whole log of a timelock that was created as it should be.
pub(super) async fn timelock_log(
    client: &Client,
    record: &Record,
    timelock: Address,
    deployer: Address,
) -> Result<Vec<Log>, DeployError> {
    let first = creation::block_of(client, record, "timelock", &timelock_code(deployer)?).await?;
    Ok(client.logs(&[timelock], first, client.head().await?.0).await?)
}

/// Every operation that was put into the timelock before the deployer last lost the role that lets it.
fn operations(logs: &[Log], deployer: Address) -> BTreeMap<B256, Vec<Call>> {
    let lost = logs.iter().rposition(|log| {
        RoleRevoked::decode_log(&log.inner)
            .is_ok_and(|event| event.role == role("PROPOSER_ROLE") && event.account == deployer)
    });
    let mut operations: BTreeMap<B256, BTreeMap<U256, Call>> = BTreeMap::new();
    for log in &logs[..lost.unwrap_or(logs.len())] {
        if let Ok(event) = CallScheduled::decode_log(&log.inner) {
            let call = (event.target, event.value, event.data.data.clone());
            operations.entry(event.id).or_default().insert(event.index, call);
        }
    }
    operations.into_iter().map(|(id, calls)| (id, calls.into_values().collect())).collect()
}

/// Holds everything that the deployer put into the timelock against the plan.
pub(super) async fn read_founding(
    client: &Client,
    plan: &GovernancePlan,
    powers: &Powers,
    logs: &[Log],
    deployer: Address,
    report: &mut RolesReport,
) -> Result<(), DeployError> {
    let timelock = powers.governance;
    let handover = handover(plan, powers, deployer)?;
    let mut founded = 0;
    for (id, calls) in operations(logs, deployer) {
        let what = format!("timelock: operation {id} of the deployer");
        let state = client.read(timelock, &getOperationStateCall { id }).await?;
        match state {
            UNSET => continue, // cancelled
            DONE => {}
            _ => {
                report.expect(&what, "executed or cancelled", "waiting");
                continue;
            }
        }
        founded += 1;
        let expected = "the plan's calls, then the hand-over";
        let found = unplanned(&calls, &report.planned, &handover).unwrap_or_else(|| expected.to_owned());
        report.expect(&what, expected, found);
    }
    report.expect("timelock: operations that the deployer carried out", 1, founded);
    Ok(())
}

/// What an operation does that is not: calls of the plan in their order, then the whole hand-over.
pub(super) fn unplanned(calls: &[Call], planned: &[(Address, Bytes)], handover: &[(Address, Bytes)]) -> Option<String> {
    let (wiring, rest) = calls.split_at(calls.len().saturating_sub(handover.len()));
    let plain =
        |(target, value, data): &Call, (to, call): &(Address, Bytes)| value.is_zero() && target == to && data == call;
    let complete =
        rest.len() == handover.len() && rest.iter().zip(handover).all(|(call, planned)| plain(call, planned));
    let mut planned = planned.iter();
    for call in if complete { wiring } else { calls } {
        if !planned.any(|planned| plain(call, planned)) {
            let (target, value, data) = call;
            return Some(format!("a call of {target} with {value} wei and {data}, which is not the plan's"));
        }
    }
    (!complete).then(|| "without the hand-over".to_owned())
}

/// A proposal, ready to be made (`deployments/<network>/proposal.json`).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProposalFile {
    /// The Governor to send it to.
    pub governor: Address,
    /// Its id there, decimal.
    pub proposal_id: String,
    /// Id of the operation that it becomes in the timelock.
    pub operation_id: B256,
    /// Arguments of `propose`.
    pub targets: Vec<Address>,
    /// Wei sent along, decimal; none.
    pub values: Vec<String>,
    /// Calldata.
    pub calldatas: Vec<Bytes>,
    /// What voters read.
    pub description: String,
}

impl ProposalFile {
    /// The proposal that does everything that is governance's to do and can be done, in one; none if there is nothing.
    #[must_use]
    pub fn of(network: &str, governor: Address, pending: &[Duty]) -> Option<Self> {
        let ready: Vec<&Duty> = pending.iter().filter(|duty| duty.to.is_some()).collect();
        let lines: Vec<String> = ready.iter().map(|duty| format!("- {}", duty.what)).collect();
        let mut proposal = Proposal::new(&format!("Wiring of {network}\n\n{}", lines.join("\n")));
        proposal.calls.extend(ready.into_iter().filter_map(|duty| Some((duty.to?, duty.data.clone()))));
        let propose = proposal.propose();
        (!proposal.calls.is_empty()).then(|| Self {
            governor,
            proposal_id: proposal.id().to_string(),
            operation_id: proposal.operation(governor),
            targets: propose.targets,
            values: propose.values.iter().map(U256::to_string).collect(),
            calldatas: propose.calldatas,
            description: propose.description,
        })
    }

    /// The proposal, to be made, queued and executed.
    #[must_use]
    pub fn proposal(&self) -> Proposal {
        let calls = self.targets.iter().copied().zip(self.calldatas.iter().cloned()).collect();
        Proposal { calls, description: self.description.clone() }
    }
}
