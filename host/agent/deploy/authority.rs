//! Timelock, Governor and Safes of a deployment, read back from the chain.

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolEvent;

use super::{
    DeployError, GovernancePlan, GovernorPlan, Plan, Powers, Record, RolesReport, SafePlan,
    creation::{self, governor_code},
    founding::{read_founding, timelock_log},
    powers::{self, ROLES, check_code, role, safe_addresses},
    steps::address_in,
    wiring::Places,
};
use crate::{
    artifacts,
    bindings::{
        safe::ISafe,
        solidity::{
            ParameterGovernor as Governor,
            TimelockController::{self as Timelock, RoleGranted},
        },
        verifier::{IVerifier, ModelRegistered, OwnershipTransferred, UptimeFeedChanged},
    },
    client::Client,
    policy::PolicyFiles,
};

/// Where a Safe's list of modules begins and ends.
const SENTINEL: Address = Address::with_last_byte(1);
/// Modules of a Safe that are named in the report; one is too many.
const MODULES: u64 = 10;

/// Reads timelock, Governor and Safes into the report, as far as the plan deploys them.
///
/// # Errors
/// [`DeployError::Client`], or [`DeployError::Missing`] if the record is incomplete.
pub(super) async fn read_authority(
    client: &Client,
    plan: &Plan,
    at: &Places,
    record: &Record,
    deployer: Address,
    report: &mut RolesReport,
) -> Result<(), DeployError> {
    let powers = Powers::of(plan, record)?;
    if let Some(governance) = plan.governance.planned() {
        creation::check_proxies(client, &powers, record).await?;
        read_timelock(client, governance, &powers, record, deployer, report).await?;
        if let Some(planned) = &governance.governor {
            read_governor(client, planned, record, powers.governance, at, report).await?;
        }
        let owner = client.read(at.verifier, &IVerifier::ownerCall {}).await?;
        report.expect("verifier: deployer owns it", false, owner == deployer);
    }
    if !plan.safes().is_empty() {
        check_code(client, safe_addresses(plan, record)?).await?;
    }
    for (name, safe) in plan.safes() {
        read_safe(client, plan, record, name, safe, report).await?;
    }
    Ok(())
}

async fn read_timelock(
    client: &Client,
    plan: &GovernancePlan,
    powers: &Powers,
    record: &Record,
    deployer: Address,
    report: &mut RolesReport,
) -> Result<(), DeployError> {
    let timelock = powers.governance;
    let code = artifacts::solidity_code(artifacts::TIMELOCK, "TimelockController")?;
    report.expect("timelock: code", keccak256(code), keccak256(client.code(timelock).await?));
    let delay = client.read(timelock, &Timelock::getMinDelayCall {}).await?;
    report.expect("timelock: delay", plan.timelock.min_delay, delay);

    // Roles cannot be listed: whoever was ever given one is asked about.
    let logs = timelock_log(client, record, timelock, deployer).await?;
    let granted: BTreeSet<(B256, Address)> = logs
        .iter()
        .filter_map(|log| RoleGranted::decode_log(&log.inner).ok())
        .map(|event| (event.role, event.account))
        .collect();
    let [proposers, cancellers, executors] = powers.members(plan)?;
    let planned = [proposers, cancellers, executors, BTreeSet::from([timelock])];
    let known = ROLES.map(role);
    for ((name, role), planned) in ROLES.iter().zip(known).zip(planned) {
        let mut found = BTreeSet::new();
        for account in planned.iter().copied().chain(granted.iter().filter(|(of, _)| *of == role).map(|(_, by)| *by)) {
            if client.read(timelock, &Timelock::hasRoleCall { role, account }).await? {
                found.insert(account);
            }
        }
        report.expect(&format!("timelock: {name}"), format!("{planned:?}"), format!("{found:?}"));
        let has = client.read(timelock, &Timelock::hasRoleCall { role, account: deployer }).await?;
        report.expect(&format!("timelock: deployer has {name}"), false, has);
        let admin = client.read(timelock, &Timelock::getRoleAdminCall { role }).await?;
        report.expect(&format!("timelock: who gives {name}"), B256::ZERO, admin);
    }
    let others: BTreeSet<B256> = granted.into_iter().map(|(role, _)| role).filter(|r| !known.contains(r)).collect();
    report.expect("timelock: other roles that were given", "{}", format!("{others:?}"));
    read_founding(client, plan, powers, &logs, deployer, report).await
}

/// Reads the Governor, which was created from its own code: what it answers is what it does.
pub(super) async fn read_governor(
    client: &Client,
    plan: &GovernorPlan,
    record: &Record,
    timelock: Address,
    at: &Places,
    report: &mut RolesReport,
) -> Result<(), DeployError> {
    let governor = record.address("governor")?;
    creation::block_of(client, record, "governor", &governor_code(plan, at, timelock)?).await?;
    report.expect("Governor: name", &plan.name, client.read(governor, &Governor::nameCall {}).await?);
    report.expect("Governor: timelock", timelock, client.read(governor, &Governor::timelockCall {}).await?);
    report.expect("Governor: votes", at.vault, client.read(governor, &Governor::tokenCall {}).await?);
    report.expect("Governor: controller", at.controller, client.read(governor, &Governor::controllerCall {}).await?);
    let found = client.read(governor, &Governor::votingDelayCall {}).await?;
    report.expect("Governor: voting delay", plan.voting_delay, found);
    let found = client.read(governor, &Governor::votingPeriodCall {}).await?;
    report.expect("Governor: voting period", plan.voting_period, found);
    let found = client.read(governor, &Governor::minVotableSupplyCall {}).await?;
    report.expect("Governor: least votable supply", plan.min_votable_supply, found);
    Ok(())
}

/// What the deployer did with the verifier while it was the owner, whatever governance has done since: policies and feed.
/// Signers and guardian are read where they stand. Only where the plan deploys who governs.
pub(super) async fn read_verifier(
    client: &Client,
    plan: &Plan,
    powers: &Powers,
    verifier: Address,
    record: &Record,
    report: &mut RolesReport,
) -> Result<(), DeployError> {
    if plan.governance.planned().is_none() {
        return Ok(());
    }
    let first = creation::block(client, record, "verifier").await?;
    let logs = client.logs(&[verifier], first, client.head().await?.0).await?;
    let accepted = logs.iter().position(|log| {
        OwnershipTransferred::decode_log(&log.inner).is_ok_and(|event| event.newOwner == powers.governance)
    });
    let logs = &logs[..accepted.unwrap_or(logs.len())];
    let registered = logs.iter().filter_map(|log| ModelRegistered::decode_log(&log.inner).ok());
    let registered: BTreeSet<B256> = registered.map(|event| event.modelId).collect();
    let planned = BTreeSet::from([PolicyFiles::load(&plan.policy)?.model_id()]);
    report.expect("verifier: policies of the deployer", format!("{planned:?}"), format!("{registered:?}"));
    let feeds = logs.iter().filter_map(|log| UptimeFeedChanged::decode_log(&log.inner).ok());
    let feeds: Vec<_> = feeds.map(|event| (event.feed, event.grace)).collect();
    let planned: Vec<_> = plan.uptime_feed.iter().map(|feed| (feed.address, feed.grace)).collect();
    let found = feeds.last().copied().into_iter().collect::<Vec<_>>();
    report.expect("verifier: uptime feed of the deployer", format!("{planned:?}"), format!("{found:?}"));
    Ok(())
}

pub(super) async fn read_safe(
    client: &Client,
    plan: &Plan,
    record: &Record,
    name: &str,
    safe: &SafePlan,
    report: &mut RolesReport,
) -> Result<(), DeployError> {
    let (account, at) = (record.address(name)?, safe_addresses(plan, record)?);
    // Its terms make its address: nothing else than a Safe set up with them can stand there.
    let (planned, _) = powers::account(client, safe, at).await?;
    report.expect(&format!("{name}'s Safe: address"), planned, account);
    let found = client.read(account, &ISafe::getOwnersCall {}).await?;
    report.expect(&format!("{name}'s Safe: owners"), format!("{:?}", safe.owners), format!("{found:?}"));
    let found = client.read(account, &ISafe::getThresholdCall {}).await?;
    report.expect(&format!("{name}'s Safe: threshold"), safe.threshold, found);
    let call = ISafe::getModulesPaginatedCall { start: SENTINEL, pageSize: U256::from(MODULES) };
    let found = client.read(account, &call).await?.array;
    report.expect(&format!("{name}'s Safe: modules"), "[]", format!("{found:?}"));
    // Safe has no views for these.
    let slot = |text: &str| U256::from_be_bytes(keccak256(text).0);
    for (what, slot, planned) in [
        ("code", U256::ZERO, at.singleton),
        ("guard", slot("guard_manager.guard.address"), Address::ZERO),
        ("module guard", slot("module_manager.module_guard.address"), Address::ZERO),
        ("fallback handler", slot("fallback_manager.handler.address"), at.fallback_handler),
    ] {
        let found = address_in(client.storage(account, slot).await?);
        report.expect(&format!("{name}'s Safe: {what}"), planned, found);
    }
    Ok(())
}
