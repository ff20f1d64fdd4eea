//! First funds: liquidity, stakes, wallets.

use alloy::{
    primitives::{Address, U256},
    signers::local::PrivateKeySigner,
};
use anyhow::Result;
use escapement_agent::bindings::{
    minter::IMinter,
    solidity::{ConstantProductPool, QuoteToken},
    token::IToken,
    vault::IVault,
};

use super::{
    mining::BROUGHT,
    stakes,
    world::{UNIT, World},
};

/// Fee of each pool (bps) and its first liquidity (whole tokens; the same number of quote).
pub const POOLS: [(u64, u128); 3] = [(30, 4_000_000), (100, 1_500_000), (5, 1_500_000)];
/// First stakes and liquid tokens of the stakers, whole tokens, largest first.
const STAKERS: [(u128, u128); 12] = [
    (8_500_000, 2_500_000),
    (7_400_000, 2_200_000),
    (6_200_000, 2_000_000),
    (5_400_000, 1_700_000),
    (4_600_000, 1_500_000),
    (4_000_000, 1_300_000),
    (3_500_000, 1_100_000),
    (3_000_000, 1_000_000),
    (2_600_000, 900_000),
    (2_200_000, 800_000),
    (1_900_000, 700_000),
    (1_700_000, 600_000),
];
/// Tokens and quote of a trader, whole tokens.
const TRADER: (u128, u128) = (1_500_000, 1_800_000);
/// Quote of the treasury, whole tokens: two years of its spending.
const TREASURY: u128 = 14_600_000;
/// Small holders at the start.
const HOLDERS: u32 = 60;

impl World {
    /// First funds, liquidity and stakes.
    pub async fn endow(&mut self) -> Result<()> {
        let maker = self.accounts.maker.clone();
        let actors: Vec<PrivateKeySigner> = {
            let people = &self.accounts;
            people.traders.iter().chain(&people.stakers).chain(&people.providers).cloned().collect()
        };
        for actor in &actors {
            self.pay_ether(actor.address(), UNIT).await?;
        }
        let max = U256::MAX;
        for (pool, (_, liquidity)) in self.pools.clone().into_iter().zip(POOLS) {
            let amount = U256::from(liquidity * UNIT);
            self.mint_quote(maker.address(), liquidity).await?;
            self.approve(&maker, self.token, pool, max).await?;
            self.approve(&maker, self.quote, pool, max).await?;
            let call =
                ConstantProductPool::addLiquidityCall { tokenMax: amount, quoteMax: amount, minShares: U256::ZERO };
            self.act("add liquidity", &maker, pool, &call).await?;
        }
        self.mint_quote(maker.address(), 10_000_000).await?;
        for trader in self.accounts.traders.clone() {
            self.transfer(&maker, trader.address(), TRADER.0 * UNIT).await?;
            self.mint_quote(trader.address(), TRADER.1).await?;
            for pool in self.pools.clone() {
                self.approve(&trader, self.token, pool, max).await?;
                self.approve(&trader, self.quote, pool, max).await?;
            }
        }
        for (number, (stake, liquid)) in STAKERS.into_iter().enumerate() {
            let staker = self.accounts.stakers[number].clone();
            self.transfer(&maker, staker.address(), (stake + liquid) * UNIT).await?;
            self.approve(&staker, self.token, self.at.vault, max).await?;
            // Two fifths at hand, the rest locked as is the staker's habit; the votes are its own.
            let at_hand = stake * 2 / 5;
            self.stake(number, at_hand * UNIT, 0).await?;
            self.stake(number, (stake - at_hand) * UNIT, stakes::habit(number)).await?;
            self.at_vault("delegate", number, &IVault::delegateCall { delegatee: staker.address() }).await?;
        }
        for provider in self.accounts.providers.clone() {
            let whole = BROUGHT.0 + 2 * BROUGHT.1;
            self.transfer(&maker, provider.address(), whole * UNIT).await?;
            self.mint_quote(provider.address(), whole).await?;
        }
        self.provide().await?;
        // The first roll mints nothing: it takes the values over that the next one mints by.
        let (keeper, minter) = (self.accounts.keeper.clone(), self.minter);
        self.act("roll epoch", &keeper, minter, &IMinter::rollEpochCall {}).await?;
        self.endow_treasury().await?;
        let (users, treasury) = (self.accounts.users.address(), self.accounts.treasury.clone());
        self.mint_quote(users, 100_000_000).await?;
        self.mint_quote(treasury.address(), TREASURY).await?;
        let users = self.accounts.users.clone();
        self.approve(&users, self.quote, minter, max).await?;
        self.approve(&treasury, self.token, minter, max).await?;
        for holder in 0..HOLDERS {
            let newcomer = self.accounts.newcomer()?;
            self.transfer(&maker, newcomer, u128::from(20 + holder * 2) * 1_000 * UNIT).await?;
        }
        Ok(())
    }

    pub async fn approve(
        &mut self,
        who: &PrivateKeySigner,
        token: Address,
        spender: Address,
        value: U256,
    ) -> Result<()> {
        // Both tokens speak ERC-20.
        self.act("approve", who, token, &IToken::approveCall { spender, value }).await.map(drop)
    }

    async fn mint_quote(&mut self, to: Address, whole: u128) -> Result<()> {
        let maker = self.accounts.maker.clone();
        let call = QuoteToken::mintCall { to, amount: U256::from(whole * UNIT) };
        self.act("quote mint", &maker, self.quote, &call).await.map(drop)
    }
}
