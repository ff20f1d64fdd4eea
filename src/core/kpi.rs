//! The key performance indicators an update attests: their order, meaning, unit and integer formulas.
//!
//! Every value is a signed Q16.16 number (value = integer / 65,536), rounded down and saturated to `i32`. The first
//! [`COUNT`] values of an update are these, in this order; a schema of sixteen observations defines four more of its
//! own after them; one score for each live pool follows. The oracle and the simulator compute them with the functions
//! below, so that both mean the same number.

use core::num::NonZeroU32;

#[cfg(test)]
mod tests;

/// Number of KPI values every update carries.
pub const COUNT: usize = 12;
/// 1.0 in Q16.16.
pub const ONE: i32 = 65_536;

/// Position of a KPI value in an update.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Kpi {
    /// Growth of the number of holders over the epoch: `change(holders now, holders an epoch ago)`.
    HoldersGrowth = 0,
    /// Share of supply in the ten largest balances: `ratio(their sum, supply)`, 0 to 1.
    TopTenShare = 1,
    /// Trading volume against its trend: `ratio(7-day EMA, 28-day EMA)`; 1 = on trend.
    VolumeRatio = 2,
    /// Market depth against its trend: quote that moves the price by 2 %, `ratio(now, 28-day EMA)`; 1 = on trend.
    DepthRatio = 3,
    /// Volatility: root of the EMA of squared daily returns, [`volatility`]; 0.05 = 5 % a day.
    Volatility = 4,
    /// Share of supply that is staked: `ratio(staked, supply)`, 0 to 1.
    StakingRatio = 5,
    /// Runway of the treasury in years: `ratio(treasury, yearly spending)`, both in quote units.
    RunwayYears = 6,
    /// Revenue against its trend: `ratio(this epoch's, EMA over 13 epochs)`; 1 = on trend.
    RevenueRatio = 7,
    /// Net growth of supply over 30 days, minted less burned: `change(supply now, supply then)`.
    NetSupplyChange = 8,
    /// Participation: votes cast in the last decided proposal, `ratio(votes, votable supply)`, 0 to 1.
    Participation = 9,
    /// Fall of the price below its 28-day high: [`drawdown`], 0 to 1.
    Drawdown = 10,
    /// Disagreement of the price sources: [`disagreement`] of the lowest, median and highest; 0 = all equal.
    OracleDisagreement = 11,
}

impl Kpi {
    /// Every KPI in order of its position.
    pub const ALL: [Self; COUNT] = [
        Self::HoldersGrowth,
        Self::TopTenShare,
        Self::VolumeRatio,
        Self::DepthRatio,
        Self::Volatility,
        Self::StakingRatio,
        Self::RunwayYears,
        Self::RevenueRatio,
        Self::NetSupplyChange,
        Self::Participation,
        Self::Drawdown,
        Self::OracleDisagreement,
    ];

    /// Position in the list of an update.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Name for people and column headings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HoldersGrowth => "holders_growth",
            Self::TopTenShare => "top_ten_share",
            Self::VolumeRatio => "volume_ratio",
            Self::DepthRatio => "depth_ratio",
            Self::Volatility => "volatility",
            Self::StakingRatio => "staking_ratio",
            Self::RunwayYears => "runway_years",
            Self::RevenueRatio => "revenue_ratio",
            Self::NetSupplyChange => "net_supply_change",
            Self::Participation => "participation",
            Self::Drawdown => "drawdown",
            Self::OracleDisagreement => "oracle_disagreement",
        }
    }
}

/// Returns floor(numerator * 2^16 / denominator), saturated to `i32::MAX`; `None` for a denominator of zero.
///
/// Exact for every pair of `u128`: the fraction is found digit by digit, without a wider product.
#[must_use]
pub fn ratio(numerator: u128, denominator: u128) -> Option<i32> {
    let whole = numerator.checked_div(denominator)?;
    let mut rest = numerator.checked_rem(denominator)?;
    let Ok(whole) = u16::try_from(whole) else { return Some(i32::MAX) };
    let mut result = u64::from(whole);
    for _ in 0..16 {
        // 2 * rest against the denominator, without doubling a number that may fill 128 bits.
        let missing = denominator.saturating_sub(rest);
        let digit = rest >= missing;
        rest = if digit { rest.saturating_sub(missing) } else { rest.saturating_add(rest) };
        result = (result << 1) | u64::from(digit);
    }
    Some(i32::try_from(result).unwrap_or(i32::MAX))
}

/// Returns floor((now - before) * 2^16 / before), saturated to `i32`; `None` if `before` is zero.
#[must_use]
pub fn change(now: u128, before: u128) -> Option<i32> {
    if now >= before {
        return ratio(now.saturating_sub(before), before);
    }
    // Rounding the fall up rounds the change down. A fall is at most 1.0, far from the ends of `i32`.
    let fall = before.saturating_sub(now);
    let rest = i32::from(!is_exact(fall, before));
    Some(ratio(fall, before)?.saturating_add(rest).saturating_neg())
}

/// Whether numerator * 2^16 is a multiple of the denominator.
fn is_exact(numerator: u128, denominator: u128) -> bool {
    let shift = denominator.trailing_zeros().min(16);
    denominator.checked_shr(shift).is_some_and(|odd| numerator.checked_rem(odd) == Some(0))
}

/// Returns one step of an exponential moving average over about `n` samples: previous + (sample - previous) / n, both
/// shares rounded down: within one unit of the exact value, and between the two arguments.
#[must_use]
pub fn ema(previous: u128, sample: u128, n: NonZeroU32) -> u128 {
    let n = u128::from(n.get());
    let (old, new) = (previous.checked_div(n).unwrap_or(0), sample.checked_div(n).unwrap_or(0));
    previous.saturating_sub(old).saturating_add(new)
}

/// Returns the square of a return (Q16.16) as Q32, the sample of the average that [`volatility`] takes the root of.
#[must_use]
pub fn square(daily_return: i32) -> u64 {
    let size = u64::from(daily_return.unsigned_abs());
    size.saturating_mul(size)
}

/// Returns floor(sqrt(mean square)): Q32 in, Q16.16 out, saturated to `i32::MAX`.
#[must_use]
pub fn volatility(mean_square: u64) -> i32 {
    i32::try_from(mean_square.isqrt()).unwrap_or(i32::MAX)
}

/// Returns how far the price stands below its high, (high - price) / high; 0 at or above it, `None` for a high of zero.
#[must_use]
pub fn drawdown(price: u128, high: u128) -> Option<i32> {
    ratio(high.saturating_sub(price), high)
}

/// Returns the spread of price sources, (highest - lowest) / median; `None` for a median of zero.
#[must_use]
pub fn disagreement(lowest: u128, median: u128, highest: u128) -> Option<i32> {
    ratio(highest.saturating_sub(lowest), median)
}
