//! What minter, vault and gauges are started with. The treasury starts with the roles and nothing else.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use escapement_core::{lock::MAX_PENALTY, param::Group};
use serde::{Deserialize, Serialize};

use super::{Plan, PlanError};

/// Longest wait of an exit that the vault takes, seconds.
const MAX_COOLDOWN: u32 = 30 * 86_400;
/// Widest guard of a buy-back that the minter takes, bps.
const MAX_GUARD: u32 = 1_000;

/// The minter.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MinterPlan {
    /// Start of epoch 0, seconds; left out, the latest block of the node.
    #[serde(default)]
    pub genesis: Option<u64>,
    /// Length of an epoch, seconds; also that of the streams of vault and gauges.
    pub epoch_length: u32,
    /// Who receives what it mints.
    pub parts: Parts,
    /// Who gets the revenue that is not burned; left out, the treasury. The treasury can move the token and nothing else, so
    /// with a market somebody else must be named.
    #[serde(default)]
    pub revenue: Option<Address>,
    /// Where revenue is burned; left out, quote cannot be deposited and nothing is bought back.
    #[serde(default)]
    pub market: Option<MarketPlan>,
}

/// Parts of what is minted, bps; they sum to 10,000.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parts {
    /// Of the stakers.
    pub vault: u16,
    /// Of liquidity mining.
    pub gauges: u16,
    /// Of the free funds of the treasury.
    pub treasury: u16,
}

/// The market of the buy-backs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarketPlan {
    /// The quote token.
    pub quote: Address,
    /// The pool, or an adapter to one.
    pub pool: Address,
    /// How far its price may be from the average, bps.
    pub deviation_bps: u16,
    /// What a buy-back may lose against the average, the fee included, bps.
    pub slippage_bps: u16,
}

/// The vault. Minter, token, controller and length of the streams are those of the deployment.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VaultPlan {
    /// Seconds that an exit waits.
    pub cooldown: u32,
    /// What leaving at the very beginning of a lock costs, bps.
    pub penalty: u16,
}

/// The gauges. Their reserve is the treasury's.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GaugesPlan {
    /// LP tokens by weight, 1 to 31, where they are known already.
    #[serde(default)]
    pub pools: BTreeMap<u8, Address>,
}

impl Plan {
    /// Checks what minter, vault and gauges are started with.
    pub(super) fn check_modules(&self) -> Result<(), PlanError> {
        let Parts { vault, gauges, treasury } = self.minter.parts;
        let sum = u32::from(vault) + u32::from(gauges) + u32::from(treasury);
        if sum != 10_000 {
            return Err(PlanError::PartSum(sum));
        }
        let mut settings = vec![
            ("minter.epochLength", self.minter.epoch_length, 3_600, 31_536_000),
            ("vault.cooldown", self.vault.cooldown, 0, MAX_COOLDOWN),
            ("vault.penalty", self.vault.penalty.into(), 0, MAX_PENALTY.into()),
        ];
        if self.minter.revenue == Some(Address::ZERO) {
            return Err(PlanError::ZeroAddress("minter.revenue"));
        }
        if let Some(market) = self.minter.market {
            settings.push(("minter.market.deviationBps", market.deviation_bps.into(), 1, MAX_GUARD));
            settings.push(("minter.market.slippageBps", market.slippage_bps.into(), 1, MAX_GUARD));
        }
        for (what, value, least, most) in settings {
            if value < least || value > most {
                return Err(PlanError::Setting { what, value, least, most });
            }
        }
        for (weight, lp_token) in &self.gauges.pools {
            if *weight == 0 || *weight >= Group::Liquidity.span().1 {
                return Err(PlanError::PoolWeight(*weight));
            }
            if *lp_token == Address::ZERO {
                return Err(PlanError::ZeroAddress("an LP token of gauges.pools"));
            }
        }
        Ok(())
    }
}
