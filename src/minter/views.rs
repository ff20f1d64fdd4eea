//! What the views without arguments answer.

use alloc::vec::Vec;

use alloy_primitives::B256;
use escapement_core::{equilibrium::Reminted, twap::Observations};
use escapement_kit::{
    abi::{self, word128, Reader},
    proxied,
    route::{account, amount, find, number, UNKNOWN},
};

use crate::{
    epoch,
    error::Error,
    market,
    revenue::Market,
    roll,
    store::{self, Gauge, Progress, Rules, Setup, REVENUE, ROLES, TOTALS, TREASURY},
    IMinter as I, Minter, LAYOUT, VERSION,
};

escapement_kit::functions! { I;
    PREVIEW = previewCall;
    CONTROLLER = controllerCall;
    TOKEN = tokenCall;
    TREASURY_OF = treasuryCall;
    GENESIS = genesisCall;
    EPOCH_LENGTH = epochLengthCall;
    NEXT_EPOCH = nextEpochCall;
    NEXT_ROLL_AT = nextRollAtCall;
    RATE = rateCall;
    BURN_SHARE = burnShareCall;
    REMINT_CAP = remintCapCall;
    MISSED_EPOCHS = missedEpochsCall;
    HALTED_EPOCHS = haltedEpochsCall;
    TRIPPED = trippedCall;
    TOTAL_MINTED = totalMintedCall;
    TOTAL_REMINTED = totalRemintedCall;
    MINT_WINDOW = mintWindowCall;
    EPOCH_WINDOW = epochWindowCall;
    METER = meterCall;
    REMINTED = remintedCall;
    CONSUMERS = consumersCall;
    RULES = rulesCall;
    MARKET = marketCall;
    OBSERVATIONS = observationsCall;
    REVENUE_OF = revenueCall;
    VERSION_OF_CODE = versionCall;
    STORED_VERSION = storedVersionCall;
    LAYOUT_OF_CODE = layoutCall;
}

/// Words as result.
#[inline(never)]
pub(crate) fn words(words: &[B256]) -> Vec<u8> {
    let mut out = Vec::with_capacity(words.len().saturating_mul(32));
    for word in words {
        abi::push_word(&mut out, word);
    }
    out
}

/// The two numbers of a slot as result.
pub(crate) fn two(slot: u8) -> Vec<u8> {
    let (first, second) = store::two(slot);
    words(&[word128(first), word128(second)])
}

impl Minter {
    /// Answers a view without arguments, or a function of the roles.
    pub(crate) fn view(&self, selector: u32, input: &[u8]) -> Result<Vec<u8>, Error> {
        let function = find(FUNCTIONS, selector);
        if function == UNKNOWN {
            return Ok(ROLES.route(selector, input)?);
        }
        Reader::new(input).end()?;
        let kept = Progress::load();
        Ok(match function {
            PREVIEW => {
                let plan = epoch::plan()?;
                words(&[abi::word(plan.outcome as u64), word128(plan.emission), word128(plan.remint)])
            }
            CONTROLLER => account(&Setup::load().controller),
            TOKEN => account(&Rules::load().0),
            TREASURY_OF => account(&store::account(TREASURY)),
            GENESIS => number(Setup::load().genesis),
            EPOCH_LENGTH => number(Setup::load().length),
            NEXT_EPOCH => number(kept.next_epoch),
            NEXT_ROLL_AT => number(epoch::opens_at(&Setup::load(), kept.next_epoch)),
            RATE => number(kept.rate),
            BURN_SHARE => number(kept.burn_share),
            REMINT_CAP => number(kept.remint_cap),
            MISSED_EPOCHS => number(kept.missed),
            HALTED_EPOCHS => number(kept.halted),
            TRIPPED => number(kept.tripped),
            TOTAL_MINTED => amount(store::two(TOTALS).0),
            TOTAL_REMINTED => amount(store::two(TOTALS).1),
            MINT_WINDOW => words(&self.window(true)),
            EPOCH_WINDOW => words(&self.window(false)),
            METER => words(&store::meter().numbers().map(word128)),
            REMINTED => {
                let Reminted { epoch, amount } = Gauge::load().reminted;
                words(&[abi::word(epoch), word128(amount)])
            }
            CONSUMERS => {
                let (accounts, weights) = roll::consumers();
                [
                    words(&accounts.map(|account| account.into_word())),
                    words(&weights.map(|weight| abi::word(weight.into()))),
                ]
                .concat()
            }
            RULES => words(&Rules::load().1.numbers().map(abi::word)),
            MARKET => {
                let Market { quote, pool, deviation, slippage } = Market::load();
                let [deviation, slippage] = [deviation, slippage].map(|bps| abi::word(bps.into()));
                words(&[quote.into_word(), pool.into_word(), deviation, slippage])
            }
            OBSERVATIONS => {
                let Observations { older, newer } = market::observations();
                words(&[older.cumulative.into(), abi::word(older.at), newer.cumulative.into(), abi::word(newer.at)])
            }
            REVENUE_OF => two(REVENUE),
            VERSION_OF_CODE => number(VERSION),
            STORED_VERSION => number(proxied::version()),
            // The only one left.
            _ => number(LAYOUT),
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
