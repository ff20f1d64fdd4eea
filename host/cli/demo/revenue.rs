//! Revenue: users pay the minter, it keeps the burn share, buys back with it and burns what it gets.

use alloy::primitives::U256;
use alloy::sol_types::SolEvent;
use anyhow::{Context, Result};
use escapement_agent::bindings::{
    minter::{IMinter, IMinterEvents::BoughtBack},
    token::IToken,
    treasury::ITreasury,
};

use super::world::World;

/// Rest between the reading of the average price and the buy-back, seconds: the price has to stand before it counts.
const REST: u64 = 6 * 3_600;

/// What was bought back and burned, base units.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevenueTally {
    /// Buy-backs.
    pub buy_backs: u32,
    /// Quote spent on them.
    #[serde(serialize_with = "super::record::decimal_text")]
    pub spent: u128,
    /// Tokens they burned.
    #[serde(serialize_with = "super::record::decimal_text")]
    pub burned: u128,
    /// Tokens that revenue in the token brought to the treasury's free funds.
    #[serde(serialize_with = "super::record::decimal_text")]
    pub booked: u128,
}

impl World {
    /// Users pay: the burn share is kept for buy-backs, the rest goes to the revenue's account.
    pub async fn pay_in(&mut self, quote: u128) -> Result<()> {
        let (users, minter) = (self.accounts.users.clone(), self.minter);
        let call = IMinter::depositQuoteCall { amount: U256::from(quote) };
        self.act("deposit quote", &users, minter, &call).await.map(drop)
    }

    /// Reads the average price, waits, and has the minter buy with all it keeps. Anybody may; the keeper does.
    pub async fn buy_back(&mut self) -> Result<()> {
        let (keeper, minter) = (self.accounts.keeper.clone(), self.minter);
        self.act("observe the market", &keeper, minter, &IMinter::observeCall {}).await?;
        let (_, now) = self.client.head().await?;
        self.client.warp(now + REST).await?;
        let kept = self.client.read(minter, &IMinter::revenueCall {}).await?.kept;
        // Nothing is kept before the first roll has taken the burn share over.
        if kept.is_zero() {
            return Ok(());
        }
        let call = IMinter::buyBackCall { maxQuote: kept, minOut: U256::ZERO };
        let receipt = self.act("buy back and burn", &keeper, minter, &call).await?;
        let bought = receipt.logs().iter().find_map(|l| BoughtBack::decode_log(&l.inner).ok());
        let bought = bought.context("a buy-back without its event")?;
        self.revenue.buy_backs += 1;
        self.revenue.spent += u128::try_from(bought.spent)?;
        self.revenue.burned += u128::try_from(bought.burned)?;
        Ok(())
    }

    /// Fees that came in the token: the burn share is burned at once, the rest becomes free funds of the treasury.
    pub async fn settle_fees(&mut self) -> Result<()> {
        let (operator, keeper) = (self.accounts.treasury.clone(), self.accounts.keeper.clone());
        let (token, minter, treasury) = (self.token, self.minter, self.at.treasury);
        let balance = IToken::balanceOfCall { account: operator.address() };
        let amount = self.client.read(token, &balance).await?;
        if amount.is_zero() {
            return Ok(());
        }
        self.act("deposit revenue", &operator, minter, &IMinter::depositRevenueCall { amount }).await?;
        let rest = u128::try_from(self.client.read(token, &balance).await?)?;
        if rest > 0 {
            self.transfer(&operator, treasury, rest).await?;
            self.act("book a surplus", &keeper, treasury, &ITreasury::bookSurplusCall {}).await?;
            self.revenue.booked += rest;
        }
        Ok(())
    }
}
