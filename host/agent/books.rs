//! What minter, vault, gauges and treasury hold, owe and stream, read at one block.

mod read;

use alloy::{
    eips::BlockId,
    primitives::{Address, U256},
};
use serde::{Serialize, Serializer};

use crate::{
    client::{Client, ClientError},
    deploy::{DeployError, Record},
};

/// Where the books are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepers {
    /// The token.
    pub token: Address,
    /// The minter's proxy.
    pub minter: Address,
    /// The vault's proxy.
    pub vault: Address,
    /// The gauges' proxy.
    pub gauges: Address,
    /// The treasury's proxy.
    pub treasury: Address,
}

impl Keepers {
    /// Those of a deployment.
    ///
    /// # Errors
    /// [`DeployError::Missing`] if the record lacks one.
    pub fn of(record: &Record) -> Result<Self, DeployError> {
        let at = |name| record.address(name);
        let (token, minter) = (at("token")?, at("minter")?);
        Ok(Self { token, minter, vault: at("vault")?, gauges: at("gauges")?, treasury: at("treasury")? })
    }
}

/// Base units held and, of these, owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// Base units that the contract holds.
    #[serde(serialize_with = "decimal")]
    pub held: U256,
    /// Base units that its books owe.
    #[serde(serialize_with = "decimal")]
    pub owed: U256,
}

impl Holding {
    /// Whether what is owed is there.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.held >= self.owed
    }
}

/// The minter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MinterBook {
    /// First epoch not rolled yet.
    pub next_epoch: u64,
    /// When it can be rolled, seconds; past times mean now.
    pub next_roll_at: u64,
    /// Whether its breaker is tripped.
    pub tripped: bool,
    /// Base units minted since the beginning, re-mint included.
    #[serde(serialize_with = "decimal")]
    pub minted: U256,
    /// Base units re-minted since the beginning.
    #[serde(serialize_with = "decimal")]
    pub reminted: U256,
    /// Base units that revenue and buy-backs have burned.
    #[serde(serialize_with = "decimal")]
    pub burned: U256,
    /// Quote kept for buy-backs.
    #[serde(serialize_with = "decimal")]
    pub quote_kept: U256,
}

/// The vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultBook {
    /// Tokens held and owed: stakes, exits, rewards.
    #[serde(flatten)]
    pub holding: Holding,
    /// Base units staked, without what is leaving.
    #[serde(serialize_with = "decimal")]
    pub staked: U256,
    /// Sum of the weights.
    #[serde(serialize_with = "decimal")]
    pub weight: U256,
    /// Base units a second that stream to the stakers.
    #[serde(serialize_with = "decimal")]
    pub rate: U256,
    /// End of the stream, seconds.
    pub ends_at: u64,
    /// Multipliers in bps at 0, 30, 90, 180 and 365 days.
    pub curve: [u16; 5],
    /// Seconds that an exit waits.
    pub cooldown: u32,
    /// What leaving at the very beginning of a lock costs, bps.
    pub penalty: u16,
}

/// One pool of the gauges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolBook {
    /// Number.
    pub pool: u16,
    /// LP token.
    pub lp_token: Address,
    /// Weight that it stands behind.
    pub weight: u8,
    /// That weight in force, bps.
    pub share: u16,
    /// Whether it was killed.
    pub killed: bool,
    /// LP tokens staked in it.
    #[serde(serialize_with = "decimal")]
    pub staked: U256,
    /// LP tokens that the gauges hold, of all pools of this LP token.
    #[serde(serialize_with = "decimal")]
    pub held: U256,
    /// Base units a second that stream.
    #[serde(serialize_with = "decimal")]
    pub rate: U256,
    /// End of the stream, seconds.
    pub ends_at: u64,
}

/// The gauges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GaugesBook {
    /// Tokens held and owed: pools, accounts, the reserve.
    #[serde(flatten)]
    pub holding: Holding,
    /// Base units that wait for the treasury.
    #[serde(serialize_with = "decimal")]
    pub reserve: U256,
    /// The pools, in order.
    pub pools: Vec<PoolBook>,
}

/// The treasury.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TreasuryBook {
    /// Tokens held and in the books.
    #[serde(flatten)]
    pub holding: Holding,
    /// Base units that governance may spend.
    #[serde(serialize_with = "decimal")]
    pub free: U256,
    /// Base units vested until now; zero without a stream.
    #[serde(serialize_with = "decimal")]
    pub vested: U256,
    /// Base units that a release would pay now.
    #[serde(serialize_with = "decimal")]
    pub releasable: U256,
    /// Speed of the stream in force, bps of the baseline.
    pub speed: u32,
    /// Rounds of grants ever opened.
    pub rounds: u32,
}

/// All books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Books {
    /// The minter's.
    pub minter: MinterBook,
    /// The vault's.
    pub vault: VaultBook,
    /// The gauges'.
    pub gauges: GaugesBook,
    /// The treasury's.
    pub treasury: TreasuryBook,
}

impl Books {
    /// Reads them at the end of block number `block`.
    ///
    /// # Errors
    /// A [`ClientError`].
    pub async fn read(client: &Client, of: &Keepers, block: u64) -> Result<Self, ClientError> {
        let at = read::At { client, block: BlockId::number(block) };
        Ok(Self {
            minter: read::minter(&at, of).await?,
            vault: read::vault(&at, of).await?,
            gauges: read::gauges(&at, of).await?,
            treasury: read::treasury(&at, of).await?,
        })
    }

    /// Name of the first book whose holder has less than it owes.
    #[must_use]
    pub fn uncovered(&self) -> Option<String> {
        let holdings =
            [("vault", self.vault.holding), ("gauges", self.gauges.holding), ("treasury", self.treasury.holding)];
        let short = holdings.into_iter().find(|(_, holding)| !holding.is_covered()).map(|(name, _)| name.to_owned());
        short.or_else(|| {
            let staked = |lp: Address| self.gauges.pools.iter().filter(move |p| p.lp_token == lp).map(|p| p.staked);
            let sum = |lp| staked(lp).fold(U256::ZERO, U256::saturating_add);
            let short = self.gauges.pools.iter().find(|p| p.held < sum(p.lp_token));
            short.map(|p| format!("LP tokens of pool {}", p.pool))
        })
    }
}

/// Base units do not fit a JSON number: they are written as decimal text.
fn decimal<S: Serializer>(amount: &U256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&amount.to_string())
}
