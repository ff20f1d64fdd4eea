use alloy::{
    primitives::{Address, LogData, U256},
    rpc::types::Log,
};
use alloy_sol_types::SolEvent;
use escapement_core::kpi::Kpi;

use super::*;
use crate::bindings::{
    solidity::{ConstantProductPool, QuoteToken},
    token::Transfer,
    vault::IVaultEvents as V,
};

const UNIT: u128 = 1_000_000_000_000_000_000;
const DAY: u64 = 86_400;

fn at(n: u8) -> Address {
    Address::repeat_byte(n)
}

const TOKEN: u8 = 1;
const QUOTE: u8 = 2;
const POOL: u8 = 3;
const VAULT: u8 = 4;
const TREASURY: u8 = 5;
const MINTER: u8 = 6;

fn sources() -> Sources {
    Sources {
        token: at(TOKEN),
        quote: at(QUOTE),
        pools: vec![at(POOL)],
        vault: at(VAULT),
        minter: at(MINTER),
        treasury: at(TREASURY),
        not_holders: vec![],
    }
}

fn log(address: u8, data: LogData) -> Log {
    Log { inner: alloy::primitives::Log { address: at(address), data }, ..Log::default() }
}

fn token(from: Address, to: Address, whole: u128) -> Log {
    log(TOKEN, Transfer { from, to, value: U256::from(whole * UNIT) }.encode_log_data())
}

fn quote(from: Address, to: Address, whole: u128) -> Log {
    log(QUOTE, QuoteToken::Transfer { from, to, value: U256::from(whole * UNIT) }.encode_log_data())
}

fn sync(token: u128, quote: u128) -> Log {
    let (reserve_token, reserve_quote) = (U256::from(token * UNIT), U256::from(quote * UNIT));
    log(POOL, ConstantProductPool::Sync { reserveToken: reserve_token, reserveQuote: reserve_quote }.encode_log_data())
}

fn swap(asset: u8, amount_in: u128, amount_out: u128) -> Log {
    let event = ConstantProductPool::Swap {
        trader: at(9),
        tokenIn: at(asset),
        amountIn: U256::from(amount_in * UNIT),
        amountOut: U256::from(amount_out * UNIT),
        fee: U256::ZERO,
    };
    log(POOL, event.encode_log_data())
}

fn staked(account: u8, whole: u128) -> Log {
    let amount = U256::from(whole * UNIT);
    let event = V::Staked { account: at(account), id: 1, amount, multiplier: 10_000, lockSeconds: 0, lockEnd: 0 };
    log(VAULT, event.encode_log_data())
}

/// An index that has seen these logs, each at its second.
fn after(logs: &[(u64, Log)], until: u64) -> Index {
    let mut index = Index::new(sources(), 0, 0);
    for (time, log) in logs {
        index.close_until(*time);
        index.apply(log, 0, *time).unwrap();
    }
    index.close_until(until);
    index.time = until;
    index
}

fn start() -> Vec<(u64, Log)> {
    vec![
        (0, token(Address::ZERO, at(10), 600)),
        (0, token(Address::ZERO, at(POOL), 200)),
        (0, token(Address::ZERO, at(11), 200)),
        (0, token(at(10), at(VAULT), 400)),
        (0, staked(10, 400)),
        (0, sync(200, 400)),
        (0, quote(Address::ZERO, at(TREASURY), 730)),
    ]
}

fn kpi(index: &Index, kpi: Kpi) -> f64 {
    f64::from(observe(index).unwrap().kpis[kpi.index()]) / 65_536.0
}

#[track_caller]
fn near(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-4, "{got} for {want}");
}

#[test]
fn stake_counts_for_its_owner_and_protocol_accounts_are_no_holders() {
    let index = after(&start(), DAY);
    assert_eq!((index.holders(), index.supply(), index.staked()), (2, 1_000 * UNIT, 400 * UNIT));
    near(kpi(&index, Kpi::TopTenShare), 0.8);
    near(kpi(&index, Kpi::StakingRatio), 0.4);
    near(kpi(&index, Kpi::Participation), 0.4);
}

/// Half of the stake leaves, a live lock is left for a penalty, and one exit is paid.
#[test]
fn what_leaves_the_vault_is_not_staked_and_still_its_holder_s() {
    let unstaked = |whole: u128| {
        let amount = U256::from(whole * UNIT);
        log(VAULT, V::Unstaked { account: at(10), id: 1, exitId: 2, amount, readyAt: 0 }.encode_log_data())
    };
    let mut logs = start();
    logs.push((10, unstaked(200)));
    logs.push((
        20,
        log(VAULT, V::ExitedEarly { account: at(10), id: 1, penalty: U256::from(10 * UNIT) }.encode_log_data()),
    ));
    logs.push((20, unstaked(90)));
    let index = after(&logs, DAY);
    assert_eq!((index.staked(), index.stake(&at(10))), (100 * UNIT, 100 * UNIT));
    near(kpi(&index, Kpi::StakingRatio), 0.1);
    // 200 liquid, 100 staked, 290 leaving; ten became the other stakers'.
    near(kpi(&index, Kpi::TopTenShare), 0.79);
    let amount = U256::from(200 * UNIT);
    logs.push((30, log(VAULT, V::Withdrawn { account: at(10), exitId: 2, amount }.encode_log_data())));
    logs.push((30, token(at(VAULT), at(10), 200)));
    near(kpi(&after(&logs, DAY), Kpi::TopTenShare), 0.79);
    let mut index = after(&logs, DAY);
    let more = log(VAULT, V::Withdrawn { account: at(10), exitId: 3, amount }.encode_log_data());
    let error = index.apply(&more, 7, DAY).unwrap_err();
    assert!(matches!(error, KpiError::Negative { block: 7, account, .. } if account == at(10)), "{error}");
}

#[test]
fn revenue_is_counted_once_whoever_takes_it_in() {
    let mut logs = start();
    logs.push((100, quote(at(20), at(MINTER), 50)));
    logs.push((100, quote(at(MINTER), at(TREASURY), 45)));
    logs.push((200, quote(at(POOL), at(TREASURY), 3)));
    let index = after(&logs, DAY);
    assert_eq!((index.days()[0].revenue, index.treasury()), (53 * UNIT, (730 + 45 + 3) * UNIT));
}

#[test]
fn growth_compares_with_the_close_an_epoch_ago() {
    let mut logs = start();
    logs.push((3 * DAY, token(at(11), at(12), 50)));
    logs.push((8 * DAY, token(Address::ZERO, at(VAULT), 10)));
    let index = after(&logs, 9 * DAY);
    // Three holders now; the close seven days before already counts only those that were there by then.
    near(kpi(&index, Kpi::HoldersGrowth), 0.5);
    near(kpi(&index, Kpi::NetSupplyChange), 0.01);
}

#[test]
fn drawdown_and_volatility_follow_the_daily_closes() {
    let mut logs = start();
    logs.push((DAY + 10, sync(200, 300)));
    let index = after(&logs, 3 * DAY);
    near(kpi(&index, Kpi::Drawdown), 0.25);
    // One return of -25 %, then one of zero: sqrt(0.0625 * 15 / 16).
    near(kpi(&index, Kpi::Volatility), (0.0625_f64 * 15.0 / 16.0).sqrt());
}

#[test]
fn runway_leaves_purchases_from_the_pools_out() {
    let mut logs = start();
    logs.push((100, quote(at(TREASURY), at(20), 1)));
    logs.push((200, quote(at(TREASURY), at(POOL), 5)));
    logs.push((300, quote(at(20), at(TREASURY), 6)));
    let index = after(&logs, DAY);
    // One quote a day: 730 of it last two years.
    near(kpi(&index, Kpi::RunwayYears), 2.0);
    assert_eq!((index.days()[0].spending, index.days()[0].revenue), (UNIT, 6 * UNIT));
}

#[test]
fn volume_counts_the_quote_side_of_both_directions() {
    let mut logs = start();
    logs.push((10, swap(QUOTE, 7, 3)));
    logs.push((20, swap(TOKEN, 9, 4)));
    let index = after(&logs, DAY);
    assert_eq!(index.days()[0].volume, 11 * UNIT);
    let scores = &observe(&index).unwrap().kpis[12..];
    assert_eq!(scores, [65_536 / 8, 65_536]);
}

/// A price moved a minute before the observation barely moves the means: the sources part.
#[test]
fn a_late_push_shows_as_disagreement() {
    let mut logs = start();
    let quiet = after(&logs, DAY);
    near(kpi(&quiet, Kpi::OracleDisagreement), 0.0);
    logs.push((DAY - 60, sync(200, 480)));
    let pushed = after(&logs, DAY);
    let got = kpi(&pushed, Kpi::OracleDisagreement);
    assert!((0.18..0.21).contains(&got), "{got}");
    let later = after(&logs, DAY + 5 * 3_600);
    near(kpi(&later, Kpi::OracleDisagreement), 0.0);
}

#[test]
fn follow_refuses_logs_that_take_more_than_there_is() {
    let mut index = Index::new(sources(), 0, 0);
    let error = index.apply(&token(at(10), at(11), 1), 7, 0).unwrap_err();
    assert!(matches!(error, KpiError::Negative { block: 7, account, .. } if account == at(10)));
    let vast = Transfer { from: Address::ZERO, to: at(10), value: U256::MAX }.encode_log_data();
    assert!(matches!(index.apply(&log(TOKEN, vast), 7, 0), Err(KpiError::TooLarge { block: 7, .. })));
}

#[test]
fn observe_reverts_before_the_first_close() {
    assert!(matches!(observe(&after(&start(), 10)), Err(KpiError::Undefined(_))));
}
