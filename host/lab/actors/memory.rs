//! What the actors remember: price averages, the recent peak, volatility, and fractions of holders.

use crate::ppm::{self, ONE};

/// Days of the window of the peak.
const PEAK_DAYS: usize = 28;

#[derive(Clone, Debug)]
pub(super) struct Memory {
    last: i64,
    fast: i64,
    slow: i64,
    /// Moving average of the squared daily return, ppm.
    variance: i64,
    recent: Vec<i64>,
    holders: i64,
    volume: u128,
}

impl Memory {
    pub(super) fn new(price: i64) -> Self {
        Self { last: price, fast: price, slow: price, variance: 900, recent: vec![price], holders: 0, volume: 0 }
    }

    /// Takes in the price of a new day (ppm).
    pub(super) fn observe(&mut self, price: i64) {
        let step = ppm::ratio(price.unsigned_abs().into(), self.last.unsigned_abs().max(1).into()) - ONE;
        self.variance += (ppm::mul(step, step) - self.variance) * 6 / 100;
        self.fast += (price - self.fast) / 4;
        self.slow += (price - self.slow) / 16;
        self.last = price;
        if self.recent.len() == PEAK_DAYS {
            self.recent.remove(0);
        }
        self.recent.push(price);
    }

    /// Fast over slow average, less one, ppm.
    pub(super) fn trend(&self) -> i64 {
        ppm::ratio(self.fast.unsigned_abs().into(), self.slow.unsigned_abs().max(1).into()) - ONE
    }

    /// Daily volatility, ppm.
    pub(super) fn volatility(&self) -> i64 {
        i64::try_from((self.variance.unsigned_abs() * ONE.unsigned_abs()).isqrt()).unwrap_or(i64::MAX)
    }

    /// Fall from the highest price of four weeks, ppm.
    pub(super) fn drawdown(&self) -> i64 {
        let peak = self.recent.iter().copied().max().unwrap_or(self.last).max(1);
        ONE - ppm::ratio(self.last.unsigned_abs().into(), peak.unsigned_abs().into())
    }

    pub(super) fn carry_holders(&mut self, more: i64) -> i64 {
        self.holders + more
    }

    pub(super) fn keep_holders(&mut self, rest: i64) {
        self.holders = rest;
    }

    pub(super) fn add_volume(&mut self, quote: u128) {
        self.volume += quote;
    }

    pub(super) fn take_volume(&mut self) -> u128 {
        std::mem::take(&mut self.volume)
    }
}
