//! The reads behind each book.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256},
};
use alloy_sol_types::SolCall;

use super::{GaugesBook, Holding, Keepers, MinterBook, PoolBook, TreasuryBook, VaultBook};
use crate::{
    bindings::{gauges::IGauges, minter::IMinter, token::IToken, treasury::ITreasury, vault::IVault},
    client::{Client, ClientError},
};

/// A node at one block.
pub(super) struct At<'a> {
    pub(super) client: &'a Client,
    pub(super) block: BlockId,
}

impl At<'_> {
    async fn read<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, ClientError> {
        self.client.read_from(Address::ZERO, to, call, self.block).await
    }

    async fn balance(&self, token: Address, account: Address) -> Result<U256, ClientError> {
        self.read(token, &IToken::balanceOfCall { account }).await
    }
}

pub(super) async fn minter(at: &At<'_>, of: &Keepers) -> Result<MinterBook, ClientError> {
    let revenue = at.read(of.minter, &IMinter::revenueCall {}).await?;
    Ok(MinterBook {
        next_epoch: at.read(of.minter, &IMinter::nextEpochCall {}).await?,
        next_roll_at: at.read(of.minter, &IMinter::nextRollAtCall {}).await?,
        tripped: at.read(of.minter, &IMinter::trippedCall {}).await?,
        minted: at.read(of.minter, &IMinter::totalMintedCall {}).await?,
        reminted: at.read(of.minter, &IMinter::totalRemintedCall {}).await?,
        burned: revenue.burned,
        quote_kept: revenue.kept,
    })
}

pub(super) async fn vault(at: &At<'_>, of: &Keepers) -> Result<VaultBook, ClientError> {
    let solvency = at.read(of.vault, &IVault::solvencyCall {}).await?;
    let rewards = at.read(of.vault, &IVault::rewardsCall {}).await?;
    let terms = at.read(of.vault, &IVault::termsCall {}).await?;
    let curve = at.read(of.vault, &IVault::curveCall {}).await?;
    Ok(VaultBook {
        holding: Holding { held: solvency.balance, owed: solvency.owed },
        staked: at.read(of.vault, &IVault::totalSupplyCall {}).await?,
        weight: rewards.weight,
        rate: rewards.rate,
        ends_at: rewards.endsAt,
        curve: [curve._0, curve._1, curve._2, curve._3, curve._4],
        cooldown: terms.cooldown,
        penalty: terms.penalty,
    })
}

pub(super) async fn gauges(at: &At<'_>, of: &Keepers) -> Result<GaugesBook, ClientError> {
    let weights = at.read(of.gauges, &IGauges::weightsCall {}).await?;
    // Sixteen to a word, the first at the left.
    let weights: Vec<u16> = [weights.first.0, weights.second.0]
        .concat()
        .chunks(2)
        .map(|bytes| bytes.iter().fold(0, |number, byte| number << 8 | u16::from(*byte)))
        .collect();
    let count = at.read(of.gauges, &IGauges::poolsCall {}).await?;
    let mut pools = Vec::new();
    for pool in 1..=count {
        let p = at.read(of.gauges, &IGauges::poolCall { pool }).await?;
        pools.push(PoolBook {
            pool,
            lp_token: p.lpToken,
            weight: p.weight,
            share: weights.get(usize::from(p.weight)).copied().unwrap_or_default(),
            killed: p.killed,
            staked: p.staked,
            held: at.balance(p.lpToken, of.gauges).await?,
            rate: p.rate,
            ends_at: p.endsAt,
        });
    }
    let owed = at.read(of.gauges, &IGauges::owedCall {}).await?;
    Ok(GaugesBook {
        holding: Holding { held: at.balance(of.token, of.gauges).await?, owed },
        reserve: at.read(of.gauges, &IGauges::reserveCall {}).await?,
        pools,
    })
}

pub(super) async fn treasury(at: &At<'_>, of: &Keepers) -> Result<TreasuryBook, ClientError> {
    let owed = at.read(of.treasury, &ITreasury::owedCall {}).await?;
    Ok(TreasuryBook {
        holding: Holding { held: at.balance(of.token, of.treasury).await?, owed },
        free: at.read(of.treasury, &ITreasury::freeFundsCall {}).await?,
        vested: at.read(of.treasury, &ITreasury::vestedCall {}).await?,
        releasable: at.read(of.treasury, &ITreasury::releasableCall {}).await?,
        speed: at.read(of.treasury, &ITreasury::streamCall {}).await?.speed,
        rounds: at.read(of.treasury, &ITreasury::roundsCall {}).await?,
    })
}
