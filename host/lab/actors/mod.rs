//! What people do with a day of the market: traders, stakers, holders, users, liquidity providers and the treasury.
//!
//! The actors see the chain ([`Seen`]) and the [`Day`], never the policy; they answer with [`Order`]s that somebody
//! executes on a chain. Their rules are the behavioural equations of the model, in integer arithmetic, with
//! [`squash`](crate::ppm::squash) for `tanh` and a Padé form for the logarithm. The constants are plausible, not
//! calibrated.

mod memory;
#[cfg(test)]
mod tests;

use crate::{
    market::Day,
    ppm::{self, ONE},
    rng::{Channel, Draws},
};
use memory::Memory;

/// Traders in the market.
pub const TRADERS: usize = 8;
/// Stakers in the market.
pub const STAKERS: usize = 12;

/// What an actor can see on the chain, amounts in base units.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Token reserve of the pool.
    pub reserve_token: u128,
    /// Quote reserve of the pool.
    pub reserve_quote: u128,
    /// Token supply.
    pub supply: u128,
    /// Tokens staked.
    pub staked: u128,
    /// Emission rate, ppm of the supply a year.
    pub emission: u32,
    /// Burn share of the revenue, bps.
    pub burn_share: u32,
    /// Quote held by the treasury.
    pub treasury: u128,
    /// Wallets of the traders.
    pub traders: Vec<Wallet>,
    /// Wallets of the stakers.
    pub stakers: Vec<Wallet>,
}

/// One actor's funds, in base units.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wallet {
    /// Liquid tokens.
    pub token: u128,
    /// Quote.
    pub quote: u128,
    /// Staked tokens.
    pub staked: u128,
}

/// What an actor wants done, amounts in base units and never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A trader buys tokens for quote.
    Buy {
        /// Which trader.
        trader: usize,
        /// Quote to spend.
        quote: u128,
    },
    /// A trader sells tokens.
    Sell {
        /// Which trader.
        trader: usize,
        /// Tokens to sell.
        token: u128,
    },
    /// A staker stakes.
    Stake {
        /// Which staker.
        staker: usize,
        /// Tokens.
        token: u128,
    },
    /// A staker withdraws.
    Unstake {
        /// Which staker.
        staker: usize,
        /// Tokens.
        token: u128,
    },
    /// A new holder arrives and is sent tokens.
    Join {
        /// Tokens.
        token: u128,
    },
    /// A holder leaves and returns everything.
    Leave,
    /// Users pay the protocol for its service.
    Usage {
        /// Quote paid.
        quote: u128,
    },
    /// The liquidity provider adds a share of the pool.
    AddLiquidity {
        /// Share of the reserves, ppm.
        share: i64,
    },
    /// The liquidity provider withdraws a share of the pool.
    RemoveLiquidity {
        /// Share of the reserves, ppm.
        share: i64,
    },
    /// The treasury pays its running cost.
    Spend {
        /// Quote spent.
        quote: u128,
    },
    /// The treasury buys tokens with the burn share of its revenue and burns them.
    BuyBack {
        /// Quote spent.
        quote: u128,
    },
}

/// All actors, with what they remember.
#[derive(Clone, Debug)]
pub struct Actors {
    draws: Draws,
    memory: Memory,
    /// Supply at the start: dilution is measured against it.
    supply: u128,
    /// Price at the start, ppm of a quote per token.
    price: i64,
    /// Quote that users pay on a day of demand 1.
    usage: u128,
    revenue: u128,
}

impl Actors {
    /// Introduces the actors to the economy as it stands before day 0.
    #[must_use]
    pub fn new(draws: Draws, seen: &Seen, usage: u128) -> Self {
        let price = price(seen);
        Self { draws, memory: Memory::new(price), supply: seen.supply, price, usage, revenue: 0 }
    }

    /// Returns the orders of one day, in the order in which they act. `holders` is the number of small holders.
    pub fn orders(&mut self, day: &Day, seen: &Seen, holders: usize) -> Vec<Order> {
        let price = price(seen);
        self.memory.observe(price);
        // Fundamental value: demand per token, so that emission dilutes and burning accretes.
        let dilution = ppm::ratio(self.supply, seen.supply);
        let fundamental = ppm::mul(ppm::mul(self.price, day.demand), dilution);
        let gap = ppm::log(ppm::ratio(fundamental.unsigned_abs().into(), price.unsigned_abs().into()));

        let mut orders = Vec::new();
        self.trade(day, seen, gap, &mut orders);
        self.stake(day, seen, &mut orders);
        self.come_and_go(day, gap, holders, seen, &mut orders);
        self.pay(day, seen, &mut orders);
        if day.index % 7 == 6 {
            self.provide(seen, &mut orders);
        }
        orders.retain(|o| !o.is_empty());
        orders
    }

    /// Value, momentum and noise: `q = Y * clamp(.., ±6 %)`, three traders a day.
    fn trade(&self, day: &Day, seen: &Seen, gap: i64, orders: &mut Vec<Order>) {
        let momentum = 20_000 * ppm::squash(8 * self.memory.trend()) / ONE;
        let common = (ppm::mul(150_000, gap) + momentum) / 3;
        let first = usize::try_from(self.draws.below(day.index, Channel::Trader, 99, TRADERS as u64)).unwrap_or(0);
        for turn in 0..3 {
            let trader = (first + turn * 2) % TRADERS;
            let Some(wallet) = seen.traders.get(trader) else {
                continue;
            };
            let shock = self.draws.shock_ppm(day.index, Channel::Trader, u32::try_from(trader).unwrap_or(0));
            let noise = ppm::mul(ppm::mul(day.sigma, shock), 350_000);
            let share = (common + noise).clamp(-60_000, 60_000);
            orders.push(if share > 0 {
                Order::Buy { trader, quote: ppm::share_of(seen.reserve_quote, share).min(wallet.quote) }
            } else {
                Order::Sell { trader, token: ppm::share_of(seen.reserve_token, -share).min(wallet.token) }
            });
        }
    }

    /// Staker k wants the share `(1 + squash(z)) / 2` of its tokens staked, `z` rising with the yield above its
    /// required return and falling with volatility; it closes 15 % of the gap, every third day.
    fn stake(&self, day: &Day, seen: &Seen, orders: &mut Vec<Order>) {
        let yearly = ppm::mul(i64::from(seen.emission), ppm::ratio(seen.supply, seen.staked.max(1)));
        for staker in 0..STAKERS {
            if day.index as usize % 3 != staker % 3 {
                continue;
            }
            let Some(wallet) = seen.stakers.get(staker) else {
                continue;
            };
            let required = 8_000 + 2_000 * i64::try_from(staker).unwrap_or(0);
            let z = 100 * (yearly - required) - 12 * self.memory.volatility() + 1_400_000;
            let target = i64::midpoint(ONE, ppm::squash(z));
            let wealth = wallet.token + wallet.staked;
            let want = ppm::share_of(wealth, target);
            let (gap, more) =
                if want > wallet.staked { (want - wallet.staked, true) } else { (wallet.staked - want, false) };
            let token = ppm::share_of(gap, 150_000);
            if token < wealth / 500 {
                continue;
            }
            orders.push(if more {
                Order::Stake { staker, token: token.min(wallet.token) }
            } else {
                Order::Unstake { staker, token: token.min(wallet.staked) }
            });
        }
    }

    /// `H' = H (1 + g0 + g1 squash(10 gap) - churn max(0, drawdown - 30 %))`; fractions are carried to the next day.
    fn come_and_go(&mut self, day: &Day, gap: i64, holders: usize, seen: &Seen, orders: &mut Vec<Order>) {
        let churn = ppm::mul(60_000, (self.memory.drawdown() - 300_000).max(0));
        let growth = 1_500 + ppm::mul(4_000, ppm::squash(10 * gap)) - churn;
        let mut due = self.memory.carry_holders(growth * i64::try_from(holders).unwrap_or(0));
        while due >= ONE {
            let size = 20 + self.draws.below(day.index, Channel::Holder, 0, 60);
            orders.push(Order::Join { token: ppm::share_of(seen.supply, i64::try_from(size).unwrap_or(0)) });
            due -= ONE;
        }
        while due <= -ONE {
            orders.push(Order::Leave);
            due += ONE;
        }
        self.memory.keep_holders(due);
    }

    /// Users pay in proportion to demand; the treasury spends weekly and buys back with the burn share of the week.
    fn pay(&mut self, day: &Day, seen: &Seen, orders: &mut Vec<Order>) {
        let shock = ONE + ppm::mul(120_000, self.draws.shock_ppm(day.index, Channel::Usage, 0));
        let quote = ppm::share_of(self.usage, ppm::mul(day.demand, shock));
        self.revenue += quote;
        orders.push(Order::Usage { quote });
        if day.index % 7 == 6 {
            let bought = self.revenue * u128::from(seen.burn_share) / 10_000;
            orders.push(Order::BuyBack { quote: bought.min(seen.treasury) });
            orders.push(Order::Spend { quote: (self.usage * 7).min(seen.treasury.saturating_sub(bought)) });
            self.revenue = 0;
        }
    }

    /// Liquidity follows its weekly return: fees and demand for depth against loss-versus-rebalancing `s^2 / 8`.
    fn provide(&mut self, seen: &Seen, orders: &mut Vec<Order>) {
        let week = self.memory.take_volume();
        let fees = ppm::mul(3_000, ppm::ratio(week, 2 * seen.reserve_quote)) * 52;
        let sigma = self.memory.volatility();
        let loss = ppm::mul(sigma, sigma) * 365 / 8;
        let share = ppm::mul(140_000, fees - loss - 30_000).clamp(-30_000, 30_000);
        orders.push(if share > 0 { Order::AddLiquidity { share } } else { Order::RemoveLiquidity { share: -share } });
    }

    /// Tells the actors the quote volume of the day, as they read it from the pool's events.
    pub fn saw_volume(&mut self, quote: u128) {
        self.memory.add_volume(quote);
    }
}

impl Order {
    fn is_empty(&self) -> bool {
        match *self {
            Self::Buy { quote, .. } | Self::Usage { quote } | Self::Spend { quote } | Self::BuyBack { quote } => {
                quote == 0
            }
            Self::Sell { token, .. }
            | Self::Stake { token, .. }
            | Self::Unstake { token, .. }
            | Self::Join { token } => token == 0,
            Self::AddLiquidity { share } | Self::RemoveLiquidity { share } => share == 0,
            Self::Leave => false,
        }
    }
}

/// Price of the pool, ppm of a quote per token.
#[must_use]
pub fn price(seen: &Seen) -> i64 {
    ppm::ratio(seen.reserve_quote, seen.reserve_token)
}
