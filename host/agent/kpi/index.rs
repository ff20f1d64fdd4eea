//! Following the logs.

use std::collections::BTreeMap;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, U256},
    rpc::types::Log,
};
use alloy_sol_types::SolEvent;

use super::{KpiError, Sources};
use crate::{
    bindings::{
        solidity::{ConstantProductPool, QuoteToken, StakingPool},
        token::{IToken, Transfer},
    },
    client::Client,
};

/// Seconds of a day.
pub(super) const DAY: u64 = 86_400;
/// Blocks asked for at once.
const RANGE: u64 = 5_000;
/// How long price points are kept for time-weighted means, seconds.
const TWAP_KEEP: u64 = 5 * 3_600;

/// Totals at the close of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// When it closed, seconds.
    pub closed_at: u64,
    /// Token supply.
    pub supply: u128,
    /// Accounts with tokens or stake, protocol accounts left out.
    pub holders: u128,
    /// Quote per token of the first pool, 18 decimals.
    pub price: u128,
    /// Quote reserve of the first pool.
    pub depth: u128,
    /// Quote that changed hands, all pools.
    pub volume: u128,
    /// Quote that changed hands, by pool.
    pub pool_volume: Vec<u128>,
    /// Quote received by the treasury.
    pub revenue: u128,
    /// Quote paid out by the treasury, purchases from the pools left out.
    pub spending: u128,
}

/// Balances, stakes and totals, as the events tell them.
#[derive(Clone, Debug)]
pub struct Index {
    pub(super) sources: Sources,
    next_block: u64,
    next_close: u64,
    pub(super) balances: BTreeMap<Address, u128>,
    pub(super) stakes: BTreeMap<Address, (u128, u64)>,
    pub(super) supply: u128,
    pub(super) staked: u128,
    pub(super) reserves: Vec<(u128, u128)>,
    pub(super) treasury: u128,
    pub(super) prices: Vec<(u64, u128)>,
    today: Day,
    pub(super) days: Vec<Day>,
    pub(super) block: u64,
    pub(super) time: u64,
}

impl Index {
    /// Starts following at `first_block` (the block of the token's deployment, or before); days close every 86,400
    /// seconds from `origin`.
    #[must_use]
    pub fn new(sources: Sources, first_block: u64, origin: u64) -> Self {
        let pools = sources.pools.len();
        Self {
            sources,
            next_block: first_block,
            next_close: origin + DAY,
            balances: BTreeMap::new(),
            stakes: BTreeMap::new(),
            supply: 0,
            staked: 0,
            reserves: vec![(0, 0); pools],
            treasury: 0,
            prices: Vec::new(),
            today: Day {
                pool_volume: vec![0; pools],
                ..Day::default()
            },
            days: Vec::new(),
            block: 0,
            time: origin,
        }
    }

    /// The closed days, oldest first.
    #[must_use]
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// Tokens in existence.
    #[must_use]
    pub fn supply(&self) -> u128 {
        self.supply
    }

    /// Holders now.
    #[must_use]
    pub fn holders(&self) -> u128 {
        self.holdings().len() as u128
    }

    /// Liquid tokens of an account.
    #[must_use]
    pub fn balance(&self, account: &Address) -> u128 {
        self.balances.get(account).copied().unwrap_or_default()
    }

    /// Stake of an account.
    #[must_use]
    pub fn stake(&self, account: &Address) -> u128 {
        self.stakes.get(account).map_or(0, |s| s.0)
    }

    /// Tokens staked in all.
    #[must_use]
    pub fn staked(&self) -> u128 {
        self.staked
    }

    /// Quote of the treasury.
    #[must_use]
    pub fn treasury(&self) -> u128 {
        self.treasury
    }

    /// Token and quote reserves, pool by pool.
    #[must_use]
    pub fn reserves(&self) -> &[(u128, u128)] {
        &self.reserves
    }

    /// Quote that changed hands since the last close.
    #[must_use]
    pub fn volume_today(&self) -> u128 {
        self.today.volume
    }

    /// Reads all logs up to the latest block, closes the days that have passed, and compares the totals with the state.
    ///
    /// # Errors
    /// A [`KpiError`].
    pub async fn follow(&mut self, client: &Client) -> Result<(), KpiError> {
        let (head, now) = client.head().await?;
        let mut contracts = vec![self.sources.token, self.sources.quote, self.sources.staking];
        contracts.extend(&self.sources.pools);
        let mut times = BTreeMap::new();
        while self.next_block <= head {
            let end = head.min(self.next_block + RANGE - 1);
            for log in client.logs(&contracts, self.next_block, end).await? {
                let block = log.block_number.unwrap_or_default();
                let time = match log.block_timestamp {
                    Some(time) => time,
                    None => match times.get(&block) {
                        Some(time) => *time,
                        None => {
                            let (_, time) =
                                client.block_time(BlockNumberOrTag::Number(block)).await?;
                            times.insert(block, time);
                            time
                        }
                    },
                };
                self.close_until(time);
                self.apply(&log, block, time)?;
            }
            self.next_block = end + 1;
        }
        self.close_until(now);
        (self.block, self.time) = (head, now);
        self.compare(client).await
    }

    /// Closes every day that ends at or before `time`.
    pub(super) fn close_until(&mut self, time: u64) {
        while self.next_close <= time {
            let (token, quote) = self.reserves.first().copied().unwrap_or_default();
            let pools = self.sources.pools.len();
            let fresh = Day {
                pool_volume: vec![0; pools],
                ..Day::default()
            };
            let flows = std::mem::replace(&mut self.today, fresh);
            self.days.push(Day {
                closed_at: self.next_close,
                supply: self.supply,
                holders: self.holders(),
                price: price(token, quote),
                depth: quote,
                ..flows
            });
            self.next_close += DAY;
        }
    }

    /// Tokens and stakes by account, protocol accounts left out.
    pub(super) fn holdings(&self) -> BTreeMap<Address, u128> {
        let sources = &self.sources;
        let is_protocol = |a: &Address| {
            *a == sources.staking
                || *a == sources.treasury
                || *a == sources.token
                || sources.pools.contains(a)
                || sources.not_holders.contains(a)
        };
        let mut all = self.balances.clone();
        for (account, (stake, _)) in &self.stakes {
            *all.entry(*account).or_default() += stake;
        }
        all.retain(|account, amount| *amount > 0 && !is_protocol(account));
        all
    }

    fn apply(&mut self, log: &Log, block: u64, time: u64) -> Result<(), KpiError> {
        let address = log.address();
        let Some(topic) = log.topic0().copied() else {
            return Ok(());
        };
        let bad = |e: alloy_sol_types::Error| KpiError::BadLog {
            address,
            block,
            reason: e.to_string(),
        };
        let small = |n: U256| u128::try_from(n).map_err(|_| KpiError::TooLarge { address, block });
        let less = |from: u128, amount: u128, account: Address| {
            from.checked_sub(amount).ok_or(KpiError::Negative {
                address,
                account,
                block,
            })
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
            let (amount, treasury) = (small(e.value)?, self.sources.treasury);
            if e.to == treasury {
                self.treasury += amount;
                // The first endowment is minted, not earned.
                if e.from != Address::ZERO {
                    self.today.revenue += amount;
                }
            }
            if e.from == treasury {
                self.treasury = less(self.treasury, amount, treasury)?;
                if !self.sources.pools.contains(&e.to) {
                    self.today.spending += amount;
                }
            }
        } else if address == self.sources.staking {
            if topic == StakingPool::Staked::SIGNATURE_HASH {
                let e = StakingPool::Staked::decode_log(&log.inner).map_err(bad)?;
                self.staked += small(e.amount)?;
                self.stakes.insert(e.account, (small(e.stake)?, time));
            } else if topic == StakingPool::Unstaked::SIGNATURE_HASH {
                let e = StakingPool::Unstaked::decode_log(&log.inner).map_err(bad)?;
                self.staked = less(self.staked, small(e.amount)?, e.account)?;
                self.stakes.insert(e.account, (small(e.stake)?, time));
            } else if topic == StakingPool::RewardPaid::SIGNATURE_HASH {
                let e = StakingPool::RewardPaid::decode_log(&log.inner).map_err(bad)?;
                if let Some((_, acted)) = self.stakes.get_mut(&e.account) {
                    *acted = time;
                }
            }
        } else if let Some(pool) = self.sources.pools.iter().position(|p| *p == address) {
            if topic == ConstantProductPool::Sync::SIGNATURE_HASH {
                let e = ConstantProductPool::Sync::decode_log(&log.inner).map_err(bad)?;
                let reserves = (small(e.reserveToken)?, small(e.reserveQuote)?);
                self.reserves[pool] = reserves;
                if pool == 0 {
                    self.prices.push((time, price(reserves.0, reserves.1)));
                    // One point before the window is needed to know the price at its start.
                    let start = time.saturating_sub(TWAP_KEEP);
                    let keep = self
                        .prices
                        .partition_point(|(t, _)| *t <= start)
                        .saturating_sub(1);
                    self.prices.drain(..keep);
                }
            } else if topic == ConstantProductPool::Swap::SIGNATURE_HASH {
                let e = ConstantProductPool::Swap::decode_log(&log.inner).map_err(bad)?;
                let quote = small(if e.tokenIn == self.sources.quote {
                    e.amountIn
                } else {
                    e.amountOut
                })?;
                self.today.volume += quote;
                self.today.pool_volume[pool] += quote;
            }
        }
        Ok(())
    }

    async fn compare(&self, client: &Client) -> Result<(), KpiError> {
        let at = BlockId::number(self.block);
        let zero = Address::ZERO;
        let equal = |what, events: u128, state: U256| {
            let state = u128::try_from(state).unwrap_or(u128::MAX);
            let block = self.block;
            if events == state {
                Ok(())
            } else {
                Err(KpiError::Disagreement {
                    what,
                    events,
                    state,
                    block,
                })
            }
        };
        let sources = &self.sources;
        equal(
            "token supply",
            self.supply,
            client
                .read_from(zero, sources.token, &IToken::totalSupplyCall {}, at)
                .await?,
        )?;
        let call = StakingPool::totalStakedCall {};
        equal(
            "staked total",
            self.staked,
            client.read_from(zero, sources.staking, &call, at).await?,
        )?;
        let call = QuoteToken::balanceOfCall {
            account: sources.treasury,
        };
        equal(
            "treasury",
            self.treasury,
            client.read_from(zero, sources.quote, &call, at).await?,
        )?;
        for (pool, (token, quote)) in sources.pools.iter().zip(&self.reserves) {
            let state = client
                .read_from(zero, *pool, &ConstantProductPool::reservesCall {}, at)
                .await?;
            equal("token reserve of a pool", *token, state._0)?;
            equal("quote reserve of a pool", *quote, state._1)?;
        }
        Ok(())
    }
}

/// Quote per token with 18 decimals, rounded down; zero for an empty pool.
pub(super) fn price(token: u128, quote: u128) -> u128 {
    if token == 0 {
        return 0;
    }
    let scaled = U256::from(quote) * U256::from(1_000_000_000_000_000_000_u64) / U256::from(token);
    u128::try_from(scaled).unwrap_or(u128::MAX)
}
