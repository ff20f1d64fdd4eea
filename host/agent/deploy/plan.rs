//! The plan: everything a deployment decides, in one reviewed file (`deployments/<network>/config.json`).

mod error;
mod modules;
mod powers;
mod safes;

pub use error::PlanError;
pub use modules::{GaugesPlan, MarketPlan, MinterPlan, Parts, VaultPlan};
pub use powers::{Executors, GovernancePlan, GovernorPlan, Holder, Name, Open, Power, TimelockPlan};
pub use safes::{Multisig, SafeAddresses, SafeContracts, SafePlan};

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, U256};
use escapement_core::param::{Group, SLOTS, Slot};
use serde::{Deserialize, Serialize};

use crate::lens::is_live;

/// A deployment plan. Amounts are base units (18 decimals) as decimal strings.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// Name of the network; the folder under `deployments/`.
    pub network: String,
    /// Chain id the node must have.
    pub chain_id: u64,
    /// Who governs: default admin, verifier owner, proxy admin. A timelock, on any chain that matters.
    pub governance: Power<GovernancePlan>,
    /// The council: veto, approval, override inside the bounds.
    pub council: Power<Multisig>,
    /// The guardian: halts, revokes a signer.
    pub guardian: Power<Multisig>,
    /// Where the contracts of Safe are, for a council or guardian to be deployed as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_contracts: Option<SafeContracts>,
    /// Who attests.
    pub attesters: Attesters,
    /// The token.
    pub token: TokenPlan,
    /// The minter.
    pub minter: MinterPlan,
    /// The vault.
    pub vault: VaultPlan,
    /// The gauges.
    #[serde(default)]
    pub gauges: GaugesPlan,
    /// The controller.
    pub controller: ControllerPlan,
    /// Folder of the policy, with `model.bin` and `schema.bin`, relative to the plan.
    pub policy: PathBuf,
    /// Sequencer uptime feed, where the network has one.
    #[serde(default)]
    pub uptime_feed: Option<UptimeFeed>,
    /// Thirty-two hex bytes that make the addresses of token and verifier this deployment's own.
    #[serde(default)]
    pub salt: alloy::primitives::B256,
}

/// The attesters.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attesters {
    /// Signatures an update needs, more than half of the signers.
    pub threshold: u8,
    /// Their addresses, in any order.
    pub signers: Vec<Address>,
}

/// The token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenPlan {
    /// Name.
    pub name: String,
    /// Symbol.
    pub symbol: String,
    /// Hard cap on the supply.
    pub cap: U256,
    /// Supply at the start.
    pub initial_supply: U256,
    /// Who holds it.
    pub holder: Address,
}

/// The controller.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ControllerPlan {
    /// Autonomy level of every group at the start: 0 shadow, 1 propose, 2 queue, 3 automatic.
    pub autonomy: u8,
    /// Live pool weights, the reserve included.
    pub pools: u8,
    /// Live grant categories.
    pub categories: u8,
    /// First values that differ from neutral, by slot number.
    #[serde(default)]
    pub values: BTreeMap<u8, u32>,
    /// Contract that tells the turnout of the last decided proposal, where there is one: a `ParameterGovernor` does.
    #[serde(default)]
    pub turnout: Holder,
}

/// A sequencer uptime feed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UptimeFeed {
    /// The feed.
    pub address: Address,
    /// Seconds after an outage in which nothing is accepted.
    pub grace: u32,
}

impl Plan {
    /// Reads and checks a plan. Its folders become relative to the working directory.
    ///
    /// # Errors
    /// A [`PlanError`].
    pub fn load(path: &Path) -> Result<Self, PlanError> {
        let text = fs::read_to_string(path).map_err(|source| PlanError::Unreadable { path: path.into(), source })?;
        let mut plan: Self =
            serde_json::from_str(&text).map_err(|source| PlanError::Malformed { path: path.into(), source })?;
        if let Some(folder) = path.parent() {
            plan.policy = folder.join(&plan.policy);
            if let Some(SafeContracts::PublishFrom(packages)) = &mut plan.safe_contracts {
                *packages = folder.join(&*packages);
            }
        }
        plan.check()?;
        Ok(plan)
    }

    /// Checks what can be checked without a chain.
    ///
    /// # Errors
    /// A [`PlanError`].
    pub fn check(&self) -> Result<(), PlanError> {
        if self.token.holder == Address::ZERO {
            return Err(PlanError::ZeroAddress("token.holder"));
        }
        self.check_powers()?;
        let (threshold, signers) = (self.attesters.threshold, self.attesters.signers.len());
        if signers > 16 || usize::from(threshold) > signers || usize::from(threshold) * 2 <= signers {
            return Err(PlanError::Threshold { threshold, signers });
        }
        let sorted = self.signers();
        for (a, b) in sorted.iter().zip(sorted.iter().skip(1)) {
            if a == b {
                return Err(PlanError::DuplicateSigner(*a));
            }
        }
        if self.token.initial_supply > self.token.cap {
            return Err(PlanError::SupplyAboveCap { supply: self.token.initial_supply, cap: self.token.cap });
        }
        self.check_modules()?;
        self.values().map(drop)
    }

    /// Checks that a node is of the plan's chain.
    ///
    /// # Errors
    /// [`PlanError::WrongChain`].
    pub fn check_chain(&self, node: u64) -> Result<(), PlanError> {
        if node == self.chain_id { Ok(()) } else { Err(PlanError::WrongChain { plan: self.chain_id, node }) }
    }

    /// The signers in ascending order, as the verifier wants them.
    #[must_use]
    pub fn signers(&self) -> Vec<Address> {
        let mut signers = self.attesters.signers.clone();
        signers.sort_unstable();
        signers
    }

    /// First values of all slots: neutral where the plan says nothing, zero for pools and categories that are not live.
    ///
    /// # Errors
    /// [`PlanError::UnknownSlot`], [`PlanError::OutOfRange`] or [`PlanError::WeightSum`].
    pub fn values(&self) -> Result<[u32; SLOTS], PlanError> {
        let mut values = [0; SLOTS];
        for slot in Slot::all() {
            if self.is_live(slot) {
                values[slot.index()] = slot.default_rules().neutral;
            }
        }
        for (number, value) in &self.controller.values {
            let slot = Slot::new(*number).ok_or(PlanError::UnknownSlot(*number))?;
            values[slot.index()] = *value;
        }
        for slot in Slot::all().filter(|s| self.is_live(*s)) {
            let ((min, max), value) = (slot.hard_range(), values[slot.index()]);
            if value < min || value > max {
                return Err(PlanError::OutOfRange { slot: slot.number(), value, min, max });
            }
        }
        let weights = Slot::all().filter(|s| s.group() == Group::Liquidity).map(|s| values[s.index()]);
        let sum = weights.fold(0_u32, u32::saturating_add);
        if sum != 10_000 {
            return Err(PlanError::WeightSum(sum));
        }
        Ok(values)
    }

    fn is_live(&self, slot: Slot) -> bool {
        is_live(slot, self.controller.pools, self.controller.categories)
    }
}
