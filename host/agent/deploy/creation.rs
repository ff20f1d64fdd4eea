//! How a contract of the record came to be: what the chain says of the transaction that created it.
//!
//! A record is a file that whoever deploys can edit, and the code at an address does not tell how its storage began. The
//! transaction that created it does: from exactly that code and those arguments, in that block. Everything that is read
//! from a log begins there.

use alloy::{
    consensus::Transaction as _,
    primitives::{Address, Bytes, U256},
};
use alloy_sol_types::{SolEvent, SolValue};

use super::{DeployError, GovernorPlan, PROXIED, Powers, Record, STYLUS_DEPLOYER, implementation, wiring::Places};
use crate::{
    artifacts::{self, ArtifactError},
    bindings::arbos::StylusDeployer,
    client::Client,
};

/// Creation code of the timelock: without delay and with the deployer as its only proposer, canceller and executor until the
/// founding operation, which ends both. It is its own administrator: the deployer never is.
pub(super) fn timelock_code(deployer: Address) -> Result<Bytes, ArtifactError> {
    let args = (U256::ZERO, vec![deployer], vec![deployer], Address::ZERO).abi_encode_params();
    artifacts::solidity_init_code(artifacts::TIMELOCK, "TimelockController", &args)
}

/// Creation code of the Governor of `timelock` over the contracts.
pub(super) fn governor_code(plan: &GovernorPlan, at: &Places, timelock: Address) -> Result<Bytes, ArtifactError> {
    let args = governor_arguments(plan, at.vault, timelock, at.controller);
    artifacts::solidity_init_code(artifacts::GOVERNOR, "ParameterGovernor", &args)
}

/// Constructor arguments of a Governor.
pub(super) fn governor_arguments(
    plan: &GovernorPlan,
    vault: Address,
    timelock: Address,
    controller: Address,
) -> Vec<u8> {
    let (delay, period) = (U256::from(plan.voting_delay), U256::from(plan.voting_period));
    (plan.name.clone(), vault, timelock, controller, delay, period, plan.min_votable_supply).abi_encode_params()
}

/// A contract and the transaction that the record names for it.
struct Creation {
    /// Calldata: the creation code, or the call of the Stylus deployer.
    input: Bytes,
    /// Block of the transaction.
    block: u64,
}

/// Finds the creation of a contract of the record.
async fn find(client: &Client, record: &Record, contract: &str) -> Result<Creation, DeployError> {
    let address = record.address(contract)?;
    let missing = DeployError::Missing { step: contract.to_owned(), what: "transaction in the record" };
    let transaction = record.steps.get(contract).ok_or(missing)?.transaction;
    let other = DeployError::Creation { contract: contract.to_owned(), address, transaction };
    let Some((sent, receipt)) = client.transaction(transaction).await? else { return Err(other) };
    let by_deployer = receipt.logs().iter().filter(|log| log.address() == STYLUS_DEPLOYER).any(|log| {
        StylusDeployer::ContractDeployed::decode_log(&log.inner).is_ok_and(|event| event.deployedContract == address)
    });
    match receipt.block_number {
        Some(block) if receipt.status() && (receipt.contract_address == Some(address) || by_deployer) => {
            Ok(Creation { input: sent.input().clone(), block })
        }
        _ => Err(other),
    }
}

/// Block in which a contract of the record was created.
///
/// # Errors
/// [`DeployError::Creation`] if the transaction that the record names did not create it.
pub(super) async fn block(client: &Client, record: &Record, contract: &str) -> Result<u64, DeployError> {
    Ok(find(client, record, contract).await?.block)
}

/// Block in which a contract of the record was created, from exactly this code.
///
/// # Errors
/// As [`block`], and [`DeployError::CreationCode`] if it was created from other code or with other arguments.
pub(super) async fn block_of(
    client: &Client,
    record: &Record,
    contract: &str,
    code: &[u8],
) -> Result<u64, DeployError> {
    let creation = find(client, record, contract).await?;
    if creation.input[..] == *code { Ok(creation.block) } else { Err(other_code(record, contract)?) }
}

fn other_code(record: &Record, contract: &str) -> Result<DeployError, DeployError> {
    Ok(DeployError::CreationCode { contract: contract.to_owned(), address: record.address(contract)? })
}

/// Fails unless every proxy was created from the proxy's code over its implementation, with governance as the owner of its
/// admin and, in the first call, as the first administrator: whatever came later came from governance.
pub(super) async fn check_proxies(client: &Client, powers: &Powers, record: &Record) -> Result<(), DeployError> {
    let code = artifacts::solidity_init_code(artifacts::PROXY, "TransparentUpgradeableProxy", &[])?;
    for name in PROXIED {
        let creation = find(client, record, name).await?;
        let args = creation.input.strip_prefix(&code[..]).map(<(Address, Address, Bytes)>::abi_decode_params);
        let (logic, governance) = (record.address(&implementation(name))?, powers.governance);
        // Governance is the first argument of every `initialize`.
        let planned = |init: &Bytes| init.get(4..36) == Some(governance.into_word().as_slice());
        match args {
            Some(Ok((over, owner, init))) if over == logic && owner == governance && planned(&init) => {}
            _ => return Err(other_code(record, name)?),
        }
    }
    Ok(())
}
