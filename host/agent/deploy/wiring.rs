//! Governance's part of a deployment: what only it may call, listed as far as it is not done yet.

use alloy::primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use escapement_core::param::Group;
use serde::Serialize;

use super::{DeployError, MarketPlan, Plan, Powers, Record, RolesReport};
use crate::{
    bindings::{controller::IController, gauges::IGauges, minter::IMinter, vault::IVault, verifier::IVerifier},
    client::{Client, Tx},
};

/// Index of the vault among the controller's consumers; the gauges, the treasury and the minter follow.
pub const VAULT_INDEX: u8 = 0;
/// Index of the gauges.
pub const GAUGES_INDEX: u8 = 1;
/// Index of the treasury.
pub const TREASURY_INDEX: u8 = 2;
/// Index of the minter.
pub const MINTER_INDEX: u8 = 3;

/// One call that governance has to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// What it is.
    pub what: String,
    /// Contract to call; none if something has to be decided first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Address>,
    /// Calldata.
    pub data: Bytes,
}

/// Addresses of the contracts that are wired.
pub(super) struct Places {
    pub token: Address,
    pub verifier: Address,
    pub controller: Address,
    pub minter: Address,
    pub vault: Address,
    pub gauges: Address,
    pub treasury: Address,
}

impl Duty {
    /// The transaction, unless something has to be decided first.
    #[must_use]
    pub fn tx(&self) -> Option<Tx> {
        Some(Tx { to: Some(self.to?), data: self.data.clone(), ..Tx::default() })
    }
}

impl Places {
    pub(super) fn of(record: &Record) -> Result<Self, DeployError> {
        Ok(Self {
            token: record.address("token")?,
            verifier: record.address("verifier")?,
            controller: record.address("controller")?,
            minter: record.address("minter")?,
            vault: record.address("vault")?,
            gauges: record.address("gauges")?,
            treasury: record.address("treasury")?,
        })
    }

    /// The controller's consumers as the plan has them: index, contract, mask of groups.
    pub(super) fn consumers(&self, plan: &Plan) -> [(u8, Address, u8); 4] {
        // A group without live slots has no values to ask about.
        let grants = if plan.controller.categories == 0 { 0 } else { bit(Group::Grants) };
        [
            (VAULT_INDEX, self.vault, bit(Group::Curve)),
            (GAUGES_INDEX, self.gauges, bit(Group::Liquidity)),
            (TREASURY_INDEX, self.treasury, bit(Group::Vesting) | grants),
            (MINTER_INDEX, self.minter, bit(Group::Emission) | bit(Group::Equilibrium)),
        ]
    }

    /// To whom the minter mints, as the plan has it: consumers without a part are left out.
    pub(super) fn mints_to(&self, plan: &Plan) -> IMinter::setConsumersCall {
        let parts = plan.minter.parts;
        let parts = [(self.vault, parts.vault), (self.gauges, parts.gauges), (self.treasury, parts.treasury)];
        let mut call = IMinter::setConsumersCall { consumers: [Address::ZERO; 4], weights: [0; 4] };
        for (place, (consumer, weight)) in parts.into_iter().filter(|(_, weight)| *weight != 0).enumerate() {
            (call.consumers[place], call.weights[place]) = (consumer, weight);
        }
        call
    }
}

/// Reads the wiring into the report: what stands as a check, what only governance can bring about as a duty, in the order
/// in which it can be done.
///
/// # Errors
/// [`DeployError::Client`].
pub(super) async fn read_wiring(
    client: &Client,
    plan: &Plan,
    powers: &Powers,
    at: &Places,
    deployer: Address,
    report: &mut RolesReport,
) -> Result<(), DeployError> {
    let owner = client.read(at.verifier, &IVerifier::ownerCall {}).await?;
    let offered = client.read(at.verifier, &IVerifier::pendingOwnerCall {}).await?;
    if owner == deployer && offered == powers.governance {
        // Ownership moves in two steps: until the second, the deployer may still change signers.
        report.settle("verifier: owner", powers.governance, owner, at.verifier, &IVerifier::acceptOwnershipCall {});
    } else {
        report.planned.push((at.verifier, IVerifier::acceptOwnershipCall {}.abi_encode().into()));
        report.expect("verifier: owner", powers.governance, owner);
    }

    let treasury = plan.minter.revenue.unwrap_or(at.treasury);
    let now = client.read(at.minter, &IMinter::treasuryCall {}).await?;
    report.settle("minter: treasury", treasury, now, at.minter, &IMinter::setTreasuryCall { treasury });
    if let Some(market) = plan.minter.market {
        let now = client.read(at.minter, &IMinter::marketCall {}).await?;
        let now = (now.quote, now.pool, now.deviationBps, now.slippageBps);
        let MarketPlan { quote, pool, deviation_bps: deviation, slippage_bps: slippage } = market;
        let planned = (quote, pool, deviation, slippage);
        let call = IMinter::setMarketCall { quote, pool, deviationBps: deviation, slippageBps: slippage };
        report.settle("minter: market", format!("{planned:?}"), format!("{now:?}"), at.minter, &call);
    }

    let bare = read_pools(client, plan, at, report).await?;
    for (index, consumer, groups) in at.consumers(plan) {
        let now = client.read(at.controller, &IController::consumerCall { index }).await?;
        let what = format!("controller: consumer {index} with its groups");
        let (planned, found) = (format!("{consumer} {groups:#09b}"), format!("{} {:#09b}", now.consumer, now.groups));
        let call = IController::setConsumerCall { index, consumer, groups };
        if index == GAUGES_INDEX && !bare.is_empty() && planned != found {
            report.pending.push(Duty {
                what: format!(
                    "the live weights {bare:?} have no pool: addPool on the gauges {consumer} for each, then \
                     setConsumer({index}, {consumer}, {groups}) on the controller; until then the treasury gets their part"
                ),
                to: None,
                data: Bytes::new(),
            });
            continue;
        }
        report.settle(&what, planned, found, at.controller, &call);
    }
    let now = client.read(at.controller, &IController::sourcesCall {}).await?;
    let turnout = powers.address(plan.controller.turnout)?;
    let planned = [at.token, at.vault, at.minter, at.treasury, turnout];
    let found = [now.token, now.vault, now.minter, now.treasury, now.turnout];
    let Places { token, vault, minter, treasury, .. } = *at;
    let call = IController::setSourcesCall { token, vault, minter, treasury, turnout };
    report.settle("controller: what it watches", format!("{planned:?}"), format!("{found:?}"), at.controller, &call);
    // The council may have moved the curve since the deployer poked: the next change would be measured from the old one.
    let (present, taken) = curves(client, at).await?;
    let (present, taken) = (format!("{present:?}"), format!("{taken:?}"));
    report.settle("vault: curve", present, taken, at.vault, &IVault::pokeParamsCall {});
    // Last: nothing is minted before everything else stands.
    let planned = at.mints_to(plan);
    let now = client.read(at.minter, &IMinter::consumersCall {}).await?;
    let found = format!("{:?} {:?}", now.consumers, now.weights);
    report.settle(
        "minter: consumers and their parts",
        format!("{:?} {:?}", planned.consumers, planned.weights),
        found,
        at.minter,
        &planned,
    );
    Ok(())
}

/// Reads the pools of the plan; returns the live weights that have none and get none by the plan.
async fn read_pools(
    client: &Client,
    plan: &Plan,
    at: &Places,
    report: &mut RolesReport,
) -> Result<Vec<u8>, DeployError> {
    for (weight, lp_token) in &plan.gauges.pools {
        let (weight, planned) = (*weight, *lp_token);
        let what = format!("gauges: LP token behind weight {weight}");
        let pool = client.read(at.gauges, &IGauges::poolOfCall { weight }).await?;
        if pool == 0 {
            let call = IGauges::addPoolCall { weight, lpToken: planned };
            report.settle(&what, planned, Address::ZERO, at.gauges, &call);
        } else {
            report.expect(&what, planned, client.read(at.gauges, &IGauges::poolCall { pool }).await?.lpToken);
        }
    }
    let mut bare = Vec::new();
    for weight in 1..plan.controller.pools {
        let planned = plan.gauges.pools.contains_key(&weight);
        if !planned && client.read(at.gauges, &IGauges::poolOfCall { weight }).await? == 0 {
            bare.push(weight);
        }
    }
    Ok(bare)
}

/// The controller's present curve and the one that the vault has taken, bps.
pub(super) async fn curves(client: &Client, at: &Places) -> Result<([u32; 5], [u32; 5]), DeployError> {
    let mut present = [0; 5];
    for (slot, value) in (Group::Curve.span().0..).zip(&mut present) {
        *value = client.read(at.controller, &IController::paramCall { slot }).await?;
    }
    let curve = client.read(at.vault, &IVault::curveCall {}).await?;
    Ok((present, [curve._0, curve._1, curve._2, curve._3, curve._4].map(u32::from)))
}

/// Mask of one group, as the controller keeps it for its consumers.
fn bit(group: Group) -> u8 {
    1 << group.number()
}
