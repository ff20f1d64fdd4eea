//! Buy-backs: the kept quote sold for the token at a price that nobody could have made up, and the token burned.
//!
//! The minter keeps readings of the market's price accumulator of its own. A buy-back needs one that is half an hour to a
//! day old; the average price since then is what the present reserves and the output are held against. A trade within a
//! block moves the present price and not the average, so it makes the buy-back fail instead of making it expensive.

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolError;
use escapement_core::twap::{Observation, Observations};
use escapement_kit::{
    abi::{join, word128},
    erc20,
    reentrancy::Lock,
    slot::{pack, unpack},
    vm,
};

use crate::{
    error::{narrow, Error},
    event, peer,
    revenue::Market,
    store::{self, Rules, NEWER, OLDER, POOL, REVENUE},
    IMinter as I,
};

/// Bytes of the moments of the two readings, above the market's address.
const MOMENTS: [u8; 2] = [6, 6];

/// The two kept readings.
pub fn observations() -> Observations {
    let [older, newer] = unpack(&store::load(POOL), 20, &MOMENTS);
    let at = |slot: u8, at: u64| Observation {
        // Of a market before this one, unless its moment says otherwise.
        cumulative: if at == 0 { U256::ZERO } else { store::load(slot).into() },
        at,
    };
    Observations { older: at(OLDER, older), newer: at(NEWER, newer) }
}

/// Keeps a reading of the market's accumulator.
pub fn observe() -> Result<(), Error> {
    let (market, now) = (Market::required()?, vm::now());
    let cumulative = peer::price_cumulative(&market.pool)?;
    let readings =
        observations().observe(cumulative, now).map_err(|error| Error::twap(error, market.deviation, now))?;
    store::save(OLDER, &B256::from(readings.older.cumulative));
    store::save(NEWER, &B256::from(cumulative));
    let moments = [readings.older.at, readings.newer.at];
    store::save(POOL, &pack(&market.pool.into_word(), 20, &MOMENTS, &moments));
    event::observed(cumulative);
    Ok(())
}

/// Sells at most `max_quote` of the kept quote and burns what comes back, which is returned.
pub fn buy_back(max_quote: U256, min_out: U256) -> Result<u128, Error> {
    let (market, now, this) = (Market::required()?, vm::now(), vm::this());
    let _lock = Lock::close()?;
    let (token, _) = Rules::load();
    let (kept, burned) = store::two(REVENUE);
    let spend = kept.min(narrow(max_quote)?);
    if spend == 0 {
        return Err(Error::numbers(I::MinterNothingKept::SELECTOR, &[]));
    }
    let refuse = |error| Error::twap(error, market.deviation, now);
    let cumulative = peer::price_cumulative(&market.pool)?;
    let price = observations().average_down(cumulative, now).map_err(refuse)?;
    let [reserve, quote_reserve] = peer::reserves(&market.pool)?;
    price.check_reserves(reserve, quote_reserve, market.deviation).map_err(refuse)?;

    // Written before anybody foreign is called; the lock keeps the rest of the revenue out of their reach, too.
    let left = kept.checked_sub(spend).ok_or_else(|| Error::arithmetic(kept, now))?;
    store::save(REVENUE, &join([left, burned]));
    let before = [erc20::balance_of(&token, &this)?, erc20::balance_of(&market.quote, &this)?];
    erc20::approve(&market.quote, &market.pool, U256::from(spend))?;
    peer::swap(&market.pool, &market.quote, spend, min_out)?;
    let after = [erc20::balance_of(&token, &this)?, erc20::balance_of(&market.quote, &this)?];

    let ([token_before, quote_before], [token_after, quote_after]) = (before, after);
    let paid = quote_before.saturating_sub(quote_after);
    if paid != U256::from(spend) {
        return Err(Error::new(I::MinterWrongSpend::SELECTOR, &[paid.into(), word128(spend)]));
    }
    let output = token_after.saturating_sub(token_before);
    if output.is_zero() || output < min_out {
        return Err(Error::new(I::MinterShortOutput::SELECTOR, &[output.into(), min_out.into()]));
    }
    let output = narrow(output)?;
    price.check_output(output, spend, market.slippage).map_err(refuse)?;
    let burned = burned.checked_add(output).ok_or_else(|| Error::arithmetic(output, now))?;
    store::save(REVENUE, &join([left, burned]));
    event::bought_back(&vm::sender(), spend, output, price.0);
    erc20::burn(&token, U256::from(output))?;
    Ok(output)
}
