//! Following the logs.

use std::collections::BTreeMap;

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Address, U256},
};

use super::{KpiError, Sources};
use crate::client::Client;

/// Seconds of a day.
pub(super) const DAY: u64 = 86_400;
/// Blocks asked for at once.
const RANGE: u64 = 5_000;
/// How long price points are kept for time-weighted means, seconds.
pub(super) const TWAP_KEEP: u64 = 5 * 3_600;

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

/// What an account has in the vault.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stake {
    /// Base units staked, locked or not.
    pub(super) staked: u128,
    /// Base units that have left their positions and wait to be withdrawn.
    pub(super) leaving: u128,
    /// When the account last did something, seconds.
    pub(super) acted: u64,
}

/// Balances, stakes and totals, as the events tell them.
#[derive(Clone, Debug)]
pub struct Index {
    pub(super) sources: Sources,
    next_block: u64,
    next_close: u64,
    pub(super) balances: BTreeMap<Address, u128>,
    pub(super) stakes: BTreeMap<Address, Stake>,
    pub(super) supply: u128,
    pub(super) staked: u128,
    pub(super) reserves: Vec<(u128, u128)>,
    pub(super) treasury: u128,
    pub(super) prices: Vec<(u64, u128)>,
    pub(super) today: Day,
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
            today: Day { pool_volume: vec![0; pools], ..Day::default() },
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
        self.stakes.get(account).map_or(0, |s| s.staked)
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
        let mut contracts = vec![self.sources.token, self.sources.quote, self.sources.vault];
        contracts.extend(&self.sources.pools);
        let mut times = BTreeMap::new();
        while self.next_block <= head {
            let end = head.min(self.next_block + RANGE - 1);
            for log in client.logs(&contracts, self.next_block, end).await? {
                let block = log.block_number.unwrap_or_default();
                let time = match log.block_timestamp {
                    Some(time) => time,
                    None => {
                        if let Some(time) = times.get(&block) {
                            *time
                        } else {
                            let (_, time) = client.block_time(BlockNumberOrTag::Number(block)).await?;
                            times.insert(block, time);
                            time
                        }
                    }
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
            let fresh = Day { pool_volume: vec![0; pools], ..Day::default() };
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
            *a == sources.vault
                || *a == sources.minter
                || *a == sources.treasury
                || *a == sources.token
                || sources.pools.contains(a)
                || sources.not_holders.contains(a)
        };
        let mut all = self.balances.clone();
        for (account, stake) in &self.stakes {
            *all.entry(*account).or_default() += stake.staked + stake.leaving;
        }
        all.retain(|account, amount| *amount > 0 && !is_protocol(account));
        all
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
