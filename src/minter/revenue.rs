//! Revenue: the burn share of it is burned, the rest goes to the treasury.
//!
//! Revenue in the token is burned when it arrives. Of revenue in the quote token the burn share is kept until a buy-back
//! turns it into the token. Either way the share in force is the one kept since the last roll: no deposit asks the
//! controller. The minter burns nothing but its own balance.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;
use escapement_core::{allocation, fixed::BPS};
use escapement_kit::{
    abi::{join, word128},
    erc20,
    reentrancy::Lock,
    slot::{pack, unpack},
    vm,
};

use crate::{
    error::{narrow, setting, within, Error},
    event, peer,
    store::{self, Progress, Rules, POOL, QUOTE, REVENUE, TREASURY},
    IMinter as I,
};

/// Most that the guards of a buy-back can be set to, bps.
pub const MAX_GUARD_BPS: u16 = 1_000;

/// The market of buy-backs and its guards.
pub struct Market {
    /// What revenue arrives in beside the token; zero for none.
    pub quote: Address,
    /// Where it is sold; zero for none.
    pub pool: Address,
    /// Most distance of the price from its average, bps.
    pub deviation: u16,
    /// Most loss against the average, fee included, bps.
    pub slippage: u16,
}

impl Market {
    /// Reads the market.
    pub fn load() -> Self {
        let [deviation, slippage] = unpack(&store::load(TREASURY), 20, &[2, 2]);
        let narrow = |bps: u64| u16::try_from(bps).unwrap_or_default();
        Self {
            quote: store::account(QUOTE),
            pool: store::account(POOL),
            deviation: narrow(deviation),
            slippage: narrow(slippage),
        }
    }

    /// Refuses to go on without a market.
    pub fn required() -> Result<Self, Error> {
        let market = Self::load();
        if market.pool.is_zero() {
            return Err(no_market());
        }
        Ok(market)
    }
}

fn no_market() -> Error {
    Error::numbers(I::MinterNoMarket::SELECTOR, &[])
}

/// An amount that is not zero and fits 128 bits.
fn positive(amount: U256) -> Result<u128, Error> {
    if amount.is_zero() {
        return Err(Error::numbers(I::MinterZeroAmount::SELECTOR, &[]));
    }
    narrow(amount)
}

/// The treasury, which must be set.
fn treasury() -> Result<Address, Error> {
    let treasury = store::account(TREASURY);
    if treasury.is_zero() {
        return Err(Error::numbers(I::MinterNoTreasury::SELECTOR, &[]));
    }
    Ok(treasury)
}

/// Splits revenue: what the treasury gets (rounding favours it), and what is burned.
fn split(amount: u128) -> Result<[u128; 2], Error> {
    let share = u32::from(Progress::load().burn_share);
    allocation::split(amount, &[BPS.saturating_sub(share), share]).map_err(Error::weights)
}

/// Adds to the kept quote and to what was burned.
pub fn book(kept: u128, burned: u128) -> Result<(), Error> {
    let (kept_before, burned_before) = store::two(REVENUE);
    let sums = kept_before.checked_add(kept).zip(burned_before.checked_add(burned));
    let (kept, burned) = sums.ok_or_else(|| Error::arithmetic(burned, vm::now()))?;
    store::save(REVENUE, &join([kept, burned]));
    Ok(())
}

/// Takes revenue in the token. The token is the project's own: nobody can come back in from it.
pub fn deposit_token(amount: U256) -> Result<(), Error> {
    let amount = positive(amount)?;
    let (treasury, (token, _), sender) = (treasury()?, Rules::load(), vm::sender());
    let [rest, burned] = split(amount)?;
    book(0, burned)?;
    event::revenue_deposited(&sender, amount, burned);
    erc20::transfer_from(&token, &sender, &vm::this(), U256::from(amount))?;
    if burned > 0 {
        erc20::burn(&token, U256::from(burned))?;
    }
    if rest > 0 {
        erc20::transfer(&token, &treasury, U256::from(rest))?;
    }
    Ok(())
}

/// Takes revenue in the quote token, which is not trusted: what arrives is measured.
pub fn deposit_quote(amount: U256) -> Result<(), Error> {
    let amount = positive(amount)?;
    let quote = store::account(QUOTE);
    if quote.is_zero() {
        return Err(no_market());
    }
    let _lock = Lock::close()?;
    let (treasury, sender, this) = (treasury()?, vm::sender(), vm::this());
    let [rest, kept] = split(amount)?;
    book(kept, 0)?;
    event::quote_deposited(&sender, amount, kept);
    let before = erc20::balance_of(&quote, &this)?;
    erc20::transfer_from(&quote, &sender, &this, U256::from(amount))?;
    let received = erc20::balance_of(&quote, &this)?.saturating_sub(before);
    if received != U256::from(amount) {
        return Err(Error::new(I::MinterShortTransfer::SELECTOR, &[received.into(), word128(amount)]));
    }
    if rest > 0 {
        erc20::transfer(&quote, &treasury, U256::from(rest))?;
    }
    Ok(())
}

/// Puts another treasury in place.
pub fn set_treasury(treasury: &Address) -> Result<(), Error> {
    if treasury.is_zero() || *treasury == vm::this() || *treasury == Rules::load().0 {
        return Err(Error::bad_account(treasury));
    }
    event::treasury_changed(&store::account(TREASURY), treasury);
    let guards: [u64; 2] = unpack(&store::load(TREASURY), 20, &[2, 2]);
    store::save(TREASURY, &pack(&treasury.into_word(), 20, &[2, 2], &guards));
    Ok(())
}

/// Puts another market in place, or none.
pub fn set_market(market: &Market) -> Result<(), Error> {
    let Market { quote, pool, deviation, slippage } = market;
    let (token, _) = Rules::load();
    let none = pool.is_zero() && quote.is_zero();
    if !none {
        let most = MAX_GUARD_BPS.into();
        within(setting::DEVIATION, (*deviation).into(), 1, most)?;
        within(setting::SLIPPAGE, (*slippage).into(), 1, most)?;
        for account in [quote, pool] {
            if !vm::has_code(account) {
                return Err(Error::without_code(account));
            }
        }
        if *quote == token {
            return Err(Error::bad_account(quote));
        }
        if peer::tokens(pool)? != [token, *quote] {
            let words = [*pool, token, *quote].map(|account| account.into_word());
            return Err(Error::new(I::MinterForeignMarket::SELECTOR, &words));
        }
    }
    let _lock = Lock::close()?;
    let before = store::account(QUOTE);
    let (kept, burned) = store::two(REVENUE);
    store::save(QUOTE, &quote.into_word());
    let bps = [(*deviation).into(), (*slippage).into()];
    store::save(TREASURY, &pack(&store::load(TREASURY), 20, &[2, 2], &bps));
    // Readings of another market mean nothing.
    store::save(POOL, &pool.into_word());
    event::market_changed(quote, pool, *deviation, *slippage);
    if before != *quote && kept > 0 {
        store::save(REVENUE, &join([0, burned]));
        event::quote_released(&before, kept);
        erc20::transfer(&before, &treasury()?, U256::from(kept))?;
    }
    Ok(())
}
