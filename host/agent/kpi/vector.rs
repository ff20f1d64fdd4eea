//! The KPI vector of an update, from the index.

use std::num::NonZeroU32;

use escapement_core::kpi::{self, COUNT, Kpi, ONE};

use super::{
    Index, KpiError,
    index::{DAY, price},
};
use crate::propose::Observation;

/// Days of an epoch.
const EPOCH: usize = 7;
/// Days of the window for highs and trends.
const MONTH: usize = 28;
/// Epochs of the revenue trend and of the spending that runway is measured by.
const QUARTER: usize = 13;
/// Samples of the volatility average.
const VOLATILITY_SAMPLES: u32 = 16;
/// Score of the reserve bucket beside pools whose scores sum to one.
const RESERVE_SCORE: i32 = ONE / 8;

/// Observes the KPIs at the block the index has reached: twelve values, then a score for the reserve bucket and one for each pool.
///
/// # Errors
/// [`KpiError::Undefined`] if a denominator is zero, as before the first day has closed.
pub fn observe(index: &Index) -> Result<Observation, KpiError> {
    let mut values = [0; COUNT];
    let mut set = |kpi: Kpi, value: Option<i32>| {
        values[kpi.index()] = value.ok_or(KpiError::Undefined(kpi.name()))?;
        Ok::<_, KpiError>(())
    };
    let days = index.days();
    let last = days.last().ok_or(KpiError::Undefined("every KPI before the first day has closed"))?;
    // The close `n` days before the last one, or the first there is.
    let before = |n: usize| &days[days.len().saturating_sub(n + 1)];
    let holdings = index.holdings();

    set(Kpi::HoldersGrowth, kpi::change(last.holders, before(EPOCH).holders))?;
    let mut amounts: Vec<u128> = holdings.values().copied().collect();
    amounts.sort_unstable_by(|a, b| b.cmp(a));
    set(Kpi::TopTenShare, kpi::ratio(amounts.iter().take(10).sum(), index.supply))?;

    let trend = |n: usize, samples: &[u128]| ema(n, samples);
    let volumes: Vec<u128> = days.iter().map(|d| d.volume).collect();
    set(Kpi::VolumeRatio, on_trend(trend(EPOCH, &volumes), trend(MONTH, &volumes)))?;
    let depths: Vec<u128> = days.iter().map(|d| d.depth).collect();
    // The quote that moves the price by 2 % is the same share of the reserve at every size, so it cancels out.
    set(Kpi::DepthRatio, kpi::ratio(last.depth, trend(MONTH, &depths)))?;

    let mut mean_square: u128 = 0;
    for (i, pair) in days.windows(2).enumerate() {
        let step = kpi::change(pair[1].price, pair[0].price).ok_or(KpiError::Undefined(Kpi::Volatility.name()))?;
        let square = kpi::square(step).into();
        mean_square = if i == 0 { square } else { kpi::ema(mean_square, square, samples(VOLATILITY_SAMPLES)) };
    }
    set(Kpi::Volatility, Some(kpi::volatility(u64::try_from(mean_square).unwrap_or(u64::MAX))))?;

    set(Kpi::StakingRatio, kpi::ratio(index.staked, index.supply))?;
    let spent_days = &days[days.len().saturating_sub(QUARTER * EPOCH)..];
    let spent: u128 = spent_days.iter().map(|d| d.spending).sum();
    let yearly = spent * 365 / spent_days.len() as u128;
    // A treasury that pays nothing lasts for ever; the ratio saturates.
    set(Kpi::RunwayYears, if yearly == 0 { Some(i32::MAX) } else { kpi::ratio(index.treasury, yearly) })?;
    let revenues: Vec<u128> = epochs(&days.iter().map(|d| d.revenue).collect::<Vec<_>>());
    let this_epoch = revenues.last().copied().unwrap_or_default();
    set(Kpi::RevenueRatio, on_trend(this_epoch, trend(QUARTER, &revenues)))?;
    set(Kpi::NetSupplyChange, kpi::change(index.supply, before(30).supply))?;

    let since = index.time.saturating_sub(MONTH as u64 * DAY);
    let active: u128 = index.stakes.values().filter(|s| s.acted >= since).map(|s| s.staked).sum();
    set(Kpi::Participation, kpi::ratio(active, index.supply))?;

    let (token, quote) = index.reserves.first().copied().unwrap_or_default();
    let spot = price(token, quote);
    let month = &days[days.len().saturating_sub(MONTH)..];
    let high = month.iter().map(|d| d.price).max().unwrap_or(spot).max(spot);
    set(Kpi::Drawdown, kpi::drawdown(spot, high))?;
    let mut sources = [spot, mean_price(index, 3_600), mean_price(index, 4 * 3_600)];
    sources.sort_unstable();
    set(Kpi::OracleDisagreement, kpi::disagreement(sources[0], sources[1], sources[2]))?;

    let mut kpis = values.to_vec();
    kpis.push(RESERVE_SCORE);
    kpis.extend(scores(index));
    Ok(Observation { kpis, at: index.time })
}

/// A flow against its trend. A flow that never was stands at its trend: it gives no reason to move anything.
fn on_trend(now: u128, trend: u128) -> Option<i32> {
    if trend == 0 && now == 0 { Some(ONE) } else { kpi::ratio(now, trend) }
}

/// Exponential average of the samples, started at the first.
fn ema(n: usize, of: &[u128]) -> u128 {
    let n = samples(u32::try_from(n).unwrap_or(u32::MAX));
    let Some((first, rest)) = of.split_first() else {
        return 0;
    };
    rest.iter().fold(*first, |average, sample| kpi::ema(average, *sample, n))
}

fn samples(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)
}

/// Sums over whole epochs, the last one ending with the last day.
fn epochs(days: &[u128]) -> Vec<u128> {
    let offset = days.len() % EPOCH;
    let start = if days.len() < EPOCH { 0 } else { offset };
    days[start..].chunks(EPOCH).map(|c| c.iter().sum()).collect()
}

/// Time-weighted mean price of the first pool over the last `window` seconds.
fn mean_price(index: &Index, window: u64) -> u128 {
    let start = index.time.saturating_sub(window);
    let mut sum = 0_u128;
    let mut covered = 0_u128;
    for (i, (at, price)) in index.prices.iter().enumerate() {
        let until = index.prices.get(i + 1).map_or(index.time, |(t, _)| *t);
        let seconds = u128::from(until.max(start) - (*at).max(start).min(until.max(start)));
        // Prices have 18 decimals; seconds stay below 2^13, so the sum stays far below 2^128.
        sum = sum.saturating_add(price.saturating_mul(seconds));
        covered += seconds;
    }
    let spot = index.prices.last().map_or(0, |(_, price)| *price);
    sum.checked_div(covered).unwrap_or(spot)
}

/// A pool's score: the mean of its share of the epoch's volume and of its share of the depth. Without any volume, depth alone.
fn scores(index: &Index) -> Vec<i32> {
    let week = &index.days()[index.days().len().saturating_sub(EPOCH)..];
    let pools = index.reserves.len();
    let volumes: Vec<u128> =
        (0..pools).map(|p| week.iter().map(|d| d.pool_volume.get(p).copied().unwrap_or(0)).sum()).collect();
    let traded: u128 = volumes.iter().sum();
    let depth: u128 = index.reserves.iter().map(|r| r.1).sum();
    let share = |part: u128, whole: u128| kpi::ratio(part, whole);
    (0..pools)
        .map(|p| {
            let by_depth = share(index.reserves[p].1, depth).unwrap_or(0);
            share(volumes[p], traded).map_or(by_depth, |by_volume| i32::midpoint(by_volume, by_depth))
        })
        .collect()
}
