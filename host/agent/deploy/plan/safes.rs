//! Council and guardian as Safe multisigs.

use std::path::PathBuf;

use alloy::primitives::{Address, U256};
use escapement_core::policy::proven::DEVELOPMENT_CHAINS;
use serde::{Deserialize, Serialize};

use super::{Plan, PlanError};

/// What council and guardian can be deployed as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Multisig {
    /// A Safe 1.5.0.
    Safe(SafePlan),
}

/// A Safe account without modules and guards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SafePlan {
    /// Its owners.
    pub owners: Vec<Address>,
    /// How many of them must sign.
    pub threshold: u8,
    /// Makes the account's address another one.
    #[serde(default)]
    pub salt_nonce: U256,
}

/// Where the contracts of Safe 1.5.0 are; their code must have the published hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SafeContracts {
    /// On chain already.
    Deployed(SafeAddresses),
    /// In the npm package under this `node_modules`, relative to the plan: the run deploys them. Development chains only.
    PublishFrom(PathBuf),
}

/// Contracts of Safe 1.5.0 on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SafeAddresses {
    /// `SafeProxyFactory`.
    pub factory: Address,
    /// `SafeL2`.
    pub singleton: Address,
    /// `CompatibilityFallbackHandler`.
    pub fallback_handler: Address,
}

impl Plan {
    /// The Safes to deploy, by the name of their power.
    #[must_use]
    pub fn safes(&self) -> Vec<(&'static str, &SafePlan)> {
        let powers = [("council", &self.council), ("guardian", &self.guardian)];
        powers
            .into_iter()
            .filter_map(|(name, power)| power.planned().map(|Multisig::Safe(safe)| (name, safe)))
            .collect()
    }

    /// Checks the Safes.
    pub(super) fn check_safes(&self) -> Result<(), PlanError> {
        let safes = self.safes();
        for (name, safe) in &safes {
            safe.check(name)?;
        }
        if let [(_, council), (_, guardian)] = safes[..]
            && council == guardian
        {
            return Err(PlanError::SameSafe);
        }
        match &self.safe_contracts {
            None if safes.is_empty() => Ok(()),
            None => Err(PlanError::SafeContracts),
            Some(SafeContracts::PublishFrom(_)) => {
                let development = DEVELOPMENT_CHAINS.contains(&self.chain_id);
                if development { Ok(()) } else { Err(PlanError::Publish(self.chain_id)) }
            }
            Some(SafeContracts::Deployed(at)) => {
                let addresses = [at.factory, at.singleton, at.fallback_handler];
                let zero = addresses.contains(&Address::ZERO);
                if zero { Err(PlanError::ZeroAddress("an address of safeContracts.deployed")) } else { Ok(()) }
            }
        }
    }
}

impl SafePlan {
    fn check(&self, power: &'static str) -> Result<(), PlanError> {
        let (threshold, owners) = (self.threshold, self.owners.len());
        if threshold == 0 || usize::from(threshold) > owners {
            return Err(PlanError::SafeThreshold { power, threshold, owners });
        }
        for (place, owner) in self.owners.iter().enumerate() {
            // The zero address ends a Safe's list of owners, and one stands at its beginning.
            if *owner <= Address::with_last_byte(1) {
                return Err(PlanError::SafeOwner { power, owner: *owner });
            }
            if self.owners[..place].contains(owner) {
                return Err(PlanError::DuplicateOwner { power, owner: *owner });
            }
        }
        Ok(())
    }
}
