//! What each log means, and the comparison of the totals with the state.

use alloy::{
    eips::BlockId,
    primitives::{Address, B256, U256},
    rpc::types::Log,
};
use alloy_sol_types::SolEvent;

use super::{
    Index, KpiError,
    index::{TWAP_KEEP, price},
};
use crate::{
    bindings::{
        solidity::{ConstantProductPool, QuoteToken},
        token::{IToken, Transfer},
        vault::{IVault, IVaultEvents as V},
    },
    client::Client,
};

impl Index {
    pub(super) fn apply(&mut self, log: &Log, block: u64, time: u64) -> Result<(), KpiError> {
        let address = log.address();
        let Some(topic) = log.topic0().copied() else {
            return Ok(());
        };
        let bad = |e: alloy_sol_types::Error| KpiError::BadLog { address, block, reason: e.to_string() };
        let small = |n: U256| u128::try_from(n).map_err(|_| KpiError::TooLarge { address, block });
        let less = |from: u128, amount: u128, account: Address| {
            from.checked_sub(amount).ok_or(KpiError::Negative { address, account, block })
        };
        if address == self.sources.token && topic == Transfer::SIGNATURE_HASH {
            let e = Transfer::decode_log(&log.inner).map_err(bad)?;
            let amount = small(e.value)?;
            if e.from == Address::ZERO {
                self.supply += amount;
            } else {
                let balance = self.balances.entry(e.from).or_default();
                *balance = less(*balance, amount, e.from)?;
            }
            if e.to == Address::ZERO {
                self.supply = less(self.supply, amount, e.to)?;
            } else {
                *self.balances.entry(e.to).or_default() += amount;
            }
        } else if address == self.sources.quote && topic == QuoteToken::Transfer::SIGNATURE_HASH {
            let e = QuoteToken::Transfer::decode_log(&log.inner).map_err(bad)?;
            let (amount, treasury, minter) = (small(e.value)?, self.sources.treasury, self.sources.minter);
            if e.to == treasury {
                self.treasury += amount;
            }
            // The first endowment is minted, not earned; what the minter passes on was counted when it came in.
            if (e.to == treasury || e.to == minter) && e.from != Address::ZERO && e.from != minter {
                self.today.revenue += amount;
            }
            if e.from == treasury {
                self.treasury = less(self.treasury, amount, treasury)?;
                if !self.sources.pools.contains(&e.to) {
                    self.today.spending += amount;
                }
            }
        } else if address == self.sources.vault {
            self.staking(topic, log, time, block)?;
        } else if let Some(pool) = self.sources.pools.iter().position(|p| *p == address) {
            if topic == ConstantProductPool::Sync::SIGNATURE_HASH {
                let e = ConstantProductPool::Sync::decode_log(&log.inner).map_err(bad)?;
                let reserves = (small(e.reserveToken)?, small(e.reserveQuote)?);
                self.reserves[pool] = reserves;
                if pool == 0 {
                    self.prices.push((time, price(reserves.0, reserves.1)));
                    // One point before the window is needed to know the price at its start.
                    let start = time.saturating_sub(TWAP_KEEP);
                    let keep = self.prices.partition_point(|(t, _)| *t <= start).saturating_sub(1);
                    self.prices.drain(..keep);
                }
            } else if topic == ConstantProductPool::Swap::SIGNATURE_HASH {
                let e = ConstantProductPool::Swap::decode_log(&log.inner).map_err(bad)?;
                let quote = small(if e.tokenIn == self.sources.quote { e.amountIn } else { e.amountOut })?;
                self.today.volume += quote;
                self.today.pool_volume[pool] += quote;
            }
        }
        Ok(())
    }

    /// What happens in the vault. Compounding and early exits come with the same events as stakes and exits.
    fn staking(&mut self, topic: B256, log: &Log, time: u64, block: u64) -> Result<(), KpiError> {
        let address = log.address();
        let bad = |e: alloy_sol_types::Error| KpiError::BadLog { address, block, reason: e.to_string() };
        let (account, staked, unstaked, leaving, withdrawn) = match topic {
            V::Staked::SIGNATURE_HASH => {
                let e = V::Staked::decode_log(&log.inner).map_err(bad)?;
                (e.account, e.amount, U256::ZERO, U256::ZERO, U256::ZERO)
            }
            V::Unstaked::SIGNATURE_HASH => {
                let e = V::Unstaked::decode_log(&log.inner).map_err(bad)?;
                (e.account, U256::ZERO, e.amount, e.amount, U256::ZERO)
            }
            // The penalty leaves the position with the rest, which Unstaked tells.
            V::ExitedEarly::SIGNATURE_HASH => {
                let e = V::ExitedEarly::decode_log(&log.inner).map_err(bad)?;
                (e.account, U256::ZERO, e.penalty, U256::ZERO, U256::ZERO)
            }
            V::Withdrawn::SIGNATURE_HASH => {
                let e = V::Withdrawn::decode_log(&log.inner).map_err(bad)?;
                (e.account, U256::ZERO, U256::ZERO, U256::ZERO, e.amount)
            }
            V::Claimed::SIGNATURE_HASH => {
                let e = V::Claimed::decode_log(&log.inner).map_err(bad)?;
                (e.account, U256::ZERO, U256::ZERO, U256::ZERO, U256::ZERO)
            }
            _ => return Ok(()),
        };
        let small = |n: U256| u128::try_from(n).map_err(|_| KpiError::TooLarge { address, block });
        let less =
            |from: u128, amount: u128| from.checked_sub(amount).ok_or(KpiError::Negative { address, account, block });
        let (staked, unstaked) = (small(staked)?, small(unstaked)?);
        let stake = self.stakes.entry(account).or_default();
        stake.staked = less(stake.staked + staked, unstaked)?;
        stake.leaving = less(stake.leaving + small(leaving)?, small(withdrawn)?)?;
        stake.acted = time;
        self.staked = less(self.staked + staked, unstaked)?;
        Ok(())
    }

    pub(super) async fn compare(&self, client: &Client) -> Result<(), KpiError> {
        let at = BlockId::number(self.block);
        let zero = Address::ZERO;
        let equal = |what, events: u128, state: U256| {
            let state = u128::try_from(state).unwrap_or(u128::MAX);
            let block = self.block;
            if events == state { Ok(()) } else { Err(KpiError::Disagreement { what, events, state, block }) }
        };
        let sources = &self.sources;
        equal(
            "token supply",
            self.supply,
            client.read_from(zero, sources.token, &IToken::totalSupplyCall {}, at).await?,
        )?;
        let call = IVault::totalSupplyCall {};
        equal("staked total", self.staked, client.read_from(zero, sources.vault, &call, at).await?)?;
        let call = QuoteToken::balanceOfCall { account: sources.treasury };
        equal("treasury", self.treasury, client.read_from(zero, sources.quote, &call, at).await?)?;
        for (pool, (token, quote)) in sources.pools.iter().zip(&self.reserves) {
            let state = client.read_from(zero, *pool, &ConstantProductPool::reservesCall {}, at).await?;
            equal("token reserve of a pool", *token, state._0)?;
            equal("quote reserve of a pool", *quote, state._1)?;
        }
        Ok(())
    }
}
