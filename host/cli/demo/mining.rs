//! Liquidity mining: providers deposit LP tokens in the gauges and are paid by the pool's weight.

use alloy::{
    primitives::U256,
    rpc::types::TransactionReceipt,
    sol_types::{SolEvent, SolEventInterface},
};
use anyhow::{Context, Result};
use escapement_agent::bindings::{
    gauges::{
        IGauges,
        IGaugesEvents::{self, IGaugesEventsEvents as Event},
    },
    solidity::ConstantProductPool,
};
use escapement_core::param::RESERVE;

use super::{
    record::PoolWeek,
    world::{UNIT, World},
};

/// What a provider brings to the pool of its own number and to each other pool, whole tokens and as much quote.
pub const BROUGHT: (u128, u128) = (300_000, 100_000);

impl World {
    /// Every provider adds liquidity to every pool and deposits all its LP tokens.
    pub async fn provide(&mut self) -> Result<()> {
        let gauges = self.at.gauges;
        for (number, provider) in self.accounts.providers.clone().into_iter().enumerate() {
            for (place, lp_token) in self.pools.clone().into_iter().enumerate() {
                let most = U256::from(if place == number { BROUGHT.0 } else { BROUGHT.1 } * UNIT);
                for asset in [self.token, self.quote] {
                    self.approve(&provider, asset, lp_token, U256::MAX).await?;
                }
                let call =
                    ConstantProductPool::addLiquidityCall { tokenMax: most, quoteMax: most, minShares: U256::ZERO };
                self.act("add liquidity", &provider, lp_token, &call).await?;
                let call = ConstantProductPool::balanceOfCall { account: provider.address() };
                let amount = self.client.read(lp_token, &call).await?;
                self.approve(&provider, lp_token, gauges, U256::MAX).await?;
                let pool = u16::try_from(place + 1)?;
                self.act("deposit LP tokens", &provider, gauges, &IGauges::stakeCall { pool, amount }).await?;
            }
        }
        Ok(())
    }

    /// Every provider claims in all pools.
    pub async fn mine(&mut self) -> Result<()> {
        let (gauges, pools) = (self.at.gauges, (1..=u16::try_from(self.pools.len())?).collect::<Vec<_>>());
        for provider in self.accounts.providers.clone() {
            let call = IGauges::claimManyCall { pools: pools.clone() };
            let receipt = self.act("claim of all pools", &provider, gauges, &call).await?;
            for log in receipt.logs() {
                if let Ok(claimed) = IGaugesEvents::Claimed::decode_log(&log.inner) {
                    self.mined += u128::try_from(claimed.amount)?;
                }
            }
        }
        Ok(())
    }

    /// What a roll brought to each pool, and whether it is exactly the controller's weight of what the gauges got.
    pub async fn pool_week(&self, roll: &TransactionReceipt) -> Result<(Vec<PoolWeek>, bool)> {
        let values = self.lens().values().await?;
        let (mut brought, mut funded) = (None, vec![PoolWeek::default(); self.pools.len()]);
        for log in roll.logs().iter().filter(|log| log.address() == self.at.gauges) {
            match Event::decode_log(&log.inner)?.data {
                Event::RewardNotified(e) => brought = Some(u128::try_from(e.amount)?),
                Event::PoolFunded(e) => {
                    let week = funded.get_mut(usize::from(e.pool) - 1).context("a pool nobody added")?;
                    (week.amount, week.rate) = (u128::try_from(e.amount)?, u128::try_from(e.rate)?);
                }
                _ => {}
            }
        }
        for (week, weight) in funded.iter_mut().zip(&values[RESERVE.index() + 1..]) {
            week.weight = *weight;
        }
        // Nothing was minted: nothing to share.
        let Some(brought) = brought else { return Ok((funded, true)) };
        let as_weighed = funded.iter().all(|week| week.amount == brought * u128::from(week.weight) / 10_000);
        Ok((funded, as_weighed))
    }
}
