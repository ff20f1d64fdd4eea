//! Grace after an outage of the sequencer, by a Chainlink uptime feed.
//!
//! While the sequencer was down nobody could answer an update (veto, halt, trade); so for a while after its return no
//! update is accepted either. Without a feed the check is off and the keeper has to watch.

use alloy_primitives::{Address, B256, U256, U32};
use escapement_kit::{abi::low_u64, vm};

use crate::{
    error::{Error, VerifierSequencerDown, VerifierSequencerGrace, VerifierUptimeFeed},
    event, Verifier,
};

/// Selector of `latestRoundData()`.
const LATEST_ROUND_DATA: [u8; 4] = [0xfe, 0xaf, 0x96, 0x8c];

/// Words of its answer: round, answer (0 up, 1 down), started at, updated at, answered in round.
const WORDS: usize = 5;

impl Verifier {
    /// Sets the feed; the zero address turns the check off.
    pub(crate) fn install_feed(&mut self, feed: Address, grace: u32) {
        self.uptime_feed.set(feed);
        self.uptime_grace.set(U32::from(grace));
        event::uptime_feed_changed(feed, grace);
    }

    /// Refuses while the sequencer is down or not yet up for longer than the grace.
    pub(crate) fn check_uptime(&self) -> Result<(), Error> {
        let feed = self.uptime_feed.get();
        if feed.is_zero() {
            return Ok(());
        }
        let (up, since) = read(feed).ok_or(VerifierUptimeFeed { feed })?;
        if !up {
            return Err(VerifierSequencerDown { since }.into());
        }
        let until = since.saturating_add(u64::from(self.uptime_grace.get().to::<u32>()));
        if vm::now() <= until {
            return Err(VerifierSequencerGrace { until }.into());
        }
        Ok(())
    }
}

/// Whether the sequencer is up and since when it has been up or down; `None` if the answer makes no sense.
fn read(feed: Address) -> Option<(bool, u64)> {
    let answer = vm::static_call(&feed, &LATEST_ROUND_DATA).ok()?;
    let (words, rest) = answer.as_chunks::<32>();
    if !rest.is_empty() || words.len() != WORDS {
        return None;
    }
    let status = U256::from_be_bytes(*words.get(1)?);
    let since = B256::from(*words.get(2)?);
    // A round that never started, or an answer that is neither up nor down, is no statement at all.
    if since.is_zero() || status > U256::from(1) || U256::from(u64::MAX) < U256::from_be_bytes(since.0) {
        return None;
    }
    Some((status.is_zero(), low_u64(&since)))
}
