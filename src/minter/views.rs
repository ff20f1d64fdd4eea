//! What the views without arguments answer.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use escapement_core::{equilibrium::Reminted, twap::Observations};
use escapement_kit::{
    abi::{self, word128, Malformed},
    proxied,
    roles::DEFAULT_ADMIN_ROLE,
};

use crate::{
    epoch,
    error::Error,
    market,
    revenue::Market,
    roll,
    store::{self, Gauge, Progress, Rules, Setup, REVENUE, TOTALS, TREASURY},
    IMinter as I, Minter, LAYOUT, VERSION,
};

/// Words as result.
#[inline(never)]
pub(crate) fn words(words: &[B256]) -> Vec<u8> {
    let mut out = Vec::with_capacity(words.len().saturating_mul(32));
    for word in words {
        abi::push_word(&mut out, word);
    }
    out
}

/// One number as result.
pub(crate) fn number(value: impl Into<u64>) -> Vec<u8> {
    words(&[abi::word(value.into())])
}

/// One address as result.
pub(crate) fn account(account: Address) -> Vec<u8> {
    words(&[account.into_word()])
}

/// The two numbers of a slot as result.
pub(crate) fn two(slot: u8) -> Vec<u8> {
    let (first, second) = store::two(slot);
    words(&[word128(first), word128(second)])
}

impl Minter {
    /// Answers a view without arguments.
    pub(crate) fn view(&self, selector: u32) -> Result<Vec<u8>, Error> {
        let kept = Progress::load();
        Ok(match selector.to_be_bytes() {
            I::previewCall::SELECTOR => {
                let plan = epoch::plan()?;
                words(&[abi::word(plan.outcome as u64), word128(plan.emission), word128(plan.remint)])
            }
            I::controllerCall::SELECTOR => account(Setup::load().controller),
            I::tokenCall::SELECTOR => account(Rules::load().0),
            I::treasuryCall::SELECTOR => account(store::account(TREASURY)),
            I::genesisCall::SELECTOR => number(Setup::load().genesis),
            I::epochLengthCall::SELECTOR => number(Setup::load().length),
            I::nextEpochCall::SELECTOR => number(kept.next_epoch),
            I::nextRollAtCall::SELECTOR => number(epoch::opens_at(&Setup::load(), kept.next_epoch)),
            I::rateCall::SELECTOR => number(kept.rate),
            I::burnShareCall::SELECTOR => number(kept.burn_share),
            I::remintCapCall::SELECTOR => number(kept.remint_cap),
            I::missedEpochsCall::SELECTOR => number(kept.missed),
            I::haltedEpochsCall::SELECTOR => number(kept.halted),
            I::trippedCall::SELECTOR => number(kept.tripped),
            I::totalMintedCall::SELECTOR => words(&[word128(store::two(TOTALS).0)]),
            I::totalRemintedCall::SELECTOR => words(&[word128(store::two(TOTALS).1)]),
            I::mintWindowCall::SELECTOR => words(&self.window(true)),
            I::epochWindowCall::SELECTOR => words(&self.window(false)),
            I::meterCall::SELECTOR => words(&store::meter().numbers().map(word128)),
            I::remintedCall::SELECTOR => {
                let Reminted { epoch, amount } = Gauge::load().reminted;
                words(&[abi::word(epoch), word128(amount)])
            }
            I::consumersCall::SELECTOR => {
                let (accounts, weights) = roll::consumers();
                [
                    words(&accounts.map(|account| account.into_word())),
                    words(&weights.map(|weight| abi::word(weight.into()))),
                ]
                .concat()
            }
            I::rulesCall::SELECTOR => words(&Rules::load().1.numbers().map(abi::word)),
            I::marketCall::SELECTOR => {
                let Market { quote, pool, deviation, slippage } = Market::load();
                let [deviation, slippage] = [deviation, slippage].map(|bps| abi::word(bps.into()));
                words(&[quote.into_word(), pool.into_word(), deviation, slippage])
            }
            I::observationsCall::SELECTOR => {
                let Observations { older, newer } = market::observations();
                words(&[older.cumulative.into(), abi::word(older.at), newer.cumulative.into(), abi::word(newer.at)])
            }
            I::revenueCall::SELECTOR => two(REVENUE),
            I::versionCall::SELECTOR => number(VERSION),
            I::storedVersionCall::SELECTOR => number(proxied::version()),
            I::layoutCall::SELECTOR => number(LAYOUT),
            I::DEFAULT_ADMIN_ROLECall::SELECTOR => words(&[DEFAULT_ADMIN_ROLE]),
            _ => return Err(Malformed.into()),
        })
    }

    /// Level, base and moments of a window as words.
    fn window(&self, yearly: bool) -> [B256; 4] {
        let gauge = Gauge::load();
        let window = if yearly { gauge.year } else { gauge.epoch };
        let moments = [window.started_at, window.updated_at].map(|at| word128(at.into()));
        let [started_at, updated_at] = moments;
        [window.level.into(), window.base.into(), started_at, updated_at]
    }
}
