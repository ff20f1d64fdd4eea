//! What timelock, Governor and Safes of a plan will cost, without sending anything.

use alloy::{
    primitives::{Address, Bytes, U256, bytes, keccak256},
    rpc::types::state::{AccountOverride, StateOverride},
};
use alloy_sol_types::SolValue;

use super::{
    DeployError, GovernorPlan, Plan, SafeContracts,
    creation::governor_arguments,
    powers::{account, check_code, name},
};
use crate::{
    artifacts,
    client::{Client, Tx},
    safe::SafeContract,
};

/// A step that deploys or hands over a power.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepCost {
    /// Name of the step in the record.
    pub step: String,
    /// Gas; none where it depends on contracts that do not stand yet.
    pub gas: Option<u64>,
}

/// Prices the steps that a plan has for who governs, halts and vetoes, in their order.
///
/// # Errors
/// A [`DeployError`]; [`DeployError::SafeCode`] and a missing package are found out here, before anything is spent.
pub async fn power_costs(client: &Client, payer: Address, plan: &Plan) -> Result<Vec<StepCost>, DeployError> {
    let mut costs = Vec::new();
    let mut add = |step: &str, gas| costs.push(StepCost { step: step.to_owned(), gas });
    let safes = plan.safes();
    match &plan.safe_contracts {
        Some(SafeContracts::Deployed(at)) if !safes.is_empty() => {
            check_code(client, *at).await?;
            for (power, safe) in safes {
                let (address, call) = account(client, safe, *at).await?;
                let stands = !client.code(address).await?.is_empty();
                let gas = if stands { 0 } else { client.estimate(payer, &Tx::call(at.factory, &call)).await? };
                add(power, Some(gas));
            }
        }
        Some(SafeContracts::PublishFrom(packages)) if !safes.is_empty() => {
            for contract in [SafeContract::Singleton, SafeContract::ProxyFactory, SafeContract::FallbackHandler] {
                let code = contract.init_code(packages)?;
                add(name(contract), Some(client.estimate(payer, &Tx::create(code)).await?));
            }
            for (power, _) in safes {
                add(power, None);
            }
        }
        _ => {}
    }
    if let Some(governance) = plan.governance.planned() {
        let proposers = vec![payer];
        let args = (U256::ZERO, proposers.clone(), proposers, Address::ZERO).abi_encode_params();
        let code = artifacts::solidity_init_code(artifacts::TIMELOCK, "TimelockController", &args)?;
        add("timelock", Some(client.estimate(payer, &Tx::create(code)).await?));
        if let Some(governor) = &governance.governor {
            add("governor", Some(governor_gas(client, payer, governor).await?));
        }
        add("founding.schedule", None);
        add("founding.execute", None);
    }
    Ok(costs)
}

/// Gas to create a Governor. Its constructor asks vault and controller, which do not stand yet: two accounts that exist
/// only in this call answer for them, with the clock it wants and with values that are not zero.
async fn governor_gas(client: &Client, payer: Address, plan: &GovernorPlan) -> Result<u64, DeployError> {
    let place = |tag: &str| Address::from_slice(&keccak256(tag)[12..]);
    let (vault, peer) = (place("escapement.quote.vault"), place("escapement.quote.peer"));
    // Returns the text `mode=timestamp`: offset 32, length 14, its bytes aligned to the left.
    let clock = bytes!("6020600052600e6020526d6d6f64653d74696d657374616d7060901b60405260606000f3");
    // Returns the number one.
    let one = bytes!("600160005260206000f3");
    let code = |code: Bytes| AccountOverride { code: Some(code), ..Default::default() };
    let overrides = StateOverride::from_iter([(vault, code(clock)), (peer, code(one))]);
    let args = governor_arguments(plan, vault, peer, peer);
    let code = artifacts::solidity_init_code(artifacts::GOVERNOR, "ParameterGovernor", &args)?;
    Ok(client.estimate_with(payer, &Tx::create(code), overrides).await?)
}
