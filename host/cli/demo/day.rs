//! One day: everybody acts, then the keeper looks after the queue.

use alloy::primitives::{Address, U256};
use anyhow::Result;
use escapement_agent::bindings::solidity::{ConstantProductPool, QuoteToken};
use escapement_lab::{
    actors::{Actors, Order},
    market::Day,
    ppm,
};

use super::{
    epoch, stakes,
    world::{DAY, UNIT, World},
};

/// Hour of the day at which trading starts, seconds.
const OPENING: u64 = 6 * 3_600;

/// Lives through one day. It starts at the last close and ends before the next.
pub async fn live(world: &mut World, actors: &mut Actors, day: &Day) -> Result<()> {
    let morning = world.origin + u64::from(day.index) * DAY + OPENING;
    world.client.warp(morning).await?;
    let seen = world.seen().await?;
    let orders = actors.orders(day, &seen, world.accounts.holders.len());
    let before = world.index.volume_today();
    // The minter buys back with what it keeps, once the day's trading has come to rest: the average price must be known.
    let buys_back = orders.iter().any(|order| matches!(order, Order::BuyBack { .. }));
    for order in orders {
        execute(world, order).await?;
    }
    world.tend_stakes(day.index).await?;
    if day.index % 7 == 5 {
        world.mine().await?;
        world.settle_fees().await?;
    }
    if buys_back {
        world.buy_back().await?;
    }
    world.index.follow(&world.client).await?;
    actors.saw_volume(world.index.volume_today().saturating_sub(before));
    epoch::work_queue(world).await
}

async fn execute(world: &mut World, order: Order) -> Result<()> {
    let amount = |n: u128| U256::from(n);
    match order {
        Order::Buy { trader, quote } => {
            let who = world.accounts.traders[trader].clone();
            let asset = world.quote;
            swap(world, "swap", &who, asset, amount(quote)).await?;
        }
        Order::Sell { trader, token } => {
            let who = world.accounts.traders[trader].clone();
            let asset = world.token;
            swap(world, "swap", &who, asset, amount(token)).await?;
        }
        Order::Stake { staker, token } => {
            world.stake(staker, token, stakes::habit(staker)).await?;
        }
        Order::Unstake { staker, token } => {
            world.unstake(staker, token).await?;
        }
        Order::Join { token } => {
            let maker = world.accounts.maker.clone();
            let newcomer = world.accounts.newcomer()?;
            world.transfer(&maker, newcomer, token).await?;
        }
        Order::Leave => {
            let Some(holder) = world.accounts.holders.pop() else { return Ok(()) };
            let balance = world.index.balance(&holder.address());
            if balance > 0 {
                world.pay_ether(holder.address(), UNIT / 100).await?;
                let maker = world.accounts.maker.address();
                world.transfer(&holder, maker, balance).await?;
            }
        }
        Order::Usage { quote } => {
            world.pay_in(quote).await?;
        }
        Order::Spend { quote } => {
            let treasury = world.accounts.treasury.clone();
            pay(world, &treasury, world.accounts.users.address(), quote).await?;
        }
        // See `live`: the minter knows how much.
        Order::BuyBack { .. } => {}
        Order::AddLiquidity { share } => {
            let maker = world.accounts.maker.clone();
            let (token, quote) = world.index.reserves()[0];
            let call = ConstantProductPool::addLiquidityCall {
                tokenMax: amount(ppm::share_of(token, share)),
                quoteMax: amount(ppm::share_of(quote, share)),
                minShares: U256::ZERO,
            };
            let pool = world.pools[0];
            world.act("add liquidity", &maker, pool, &call).await?;
        }
        Order::RemoveLiquidity { share } => {
            let maker = world.accounts.maker.clone();
            let pool = world.pools[0];
            let account = maker.address();
            let shares = world.client.read(pool, &ConstantProductPool::balanceOfCall { account }).await?;
            let shares = amount(ppm::share_of(u128::try_from(shares)?, share));
            let call = ConstantProductPool::removeLiquidityCall { shares, minToken: U256::ZERO, minQuote: U256::ZERO };
            world.act("remove liquidity", &maker, pool, &call).await?;
        }
    }
    Ok(())
}

/// Swaps in the pool that pays most.
pub async fn swap(
    world: &mut World,
    what: &'static str,
    who: &alloy::signers::local::PrivateKeySigner,
    asset: Address,
    amount: U256,
) -> Result<()> {
    let mut best = (U256::ZERO, world.pools[0]);
    for pool in &world.pools {
        let call = ConstantProductPool::amountOutForCall { tokenIn: asset, amountIn: amount };
        let out = world.client.read(*pool, &call).await?;
        if out > best.0 {
            best = (out, *pool);
        }
    }
    // Dust that no pool would pay for is not traded.
    if best.0.is_zero() {
        return Ok(());
    }
    let call = ConstantProductPool::swapCall { tokenIn: asset, amountIn: amount, minOut: best.0, to: who.address() };
    world.act(what, who, best.1, &call).await.map(drop)
}

async fn pay(
    world: &mut World,
    from: &alloy::signers::local::PrivateKeySigner,
    to: Address,
    quote: u128,
) -> Result<()> {
    let asset = world.quote;
    world.act("payment", from, asset, &QuoteToken::transferCall { to, value: U256::from(quote) }).await.map(drop)
}
