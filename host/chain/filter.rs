//! Installed filters (`eth_newFilter` and its family): what each has not yet reported.

use std::collections::BTreeMap;

use alloy::rpc::types::Filter;
use alloy_primitives::{B256, U256};
use serde_json::{Value, json};

use crate::{chain::Chain, error::ChainError, ledger::logs_of};

/// Most filters installed at once; the oldest goes first.
const FILTER_LIMIT: usize = 10_000;

/// Most addresses, and most alternatives of one topic, as in geth.
const ALTERNATIVE_LIMIT: usize = 1_000;

/// Refuses a log filter that names too much.
///
/// # Errors
/// [`ChainError::TooLarge`].
pub(crate) fn check_filter(filter: Filter) -> Result<Filter, ChainError> {
    let topics = filter.topics.iter().map(|topic| ("alternatives of a topic", topic.len()));
    for (what, have) in topics.chain([("addresses", filter.address.len())]) {
        if have > ALTERNATIVE_LIMIT {
            return Err(ChainError::TooLarge { what, have: have as u64, limit: ALTERNATIVE_LIMIT as u64 });
        }
    }
    Ok(filter)
}

/// What a filter watches.
#[derive(Clone, Debug)]
pub(crate) enum Watch {
    /// Logs that match.
    Logs(Box<Filter>),
    /// Block hashes.
    Blocks,
    /// Hashes of accepted transactions.
    Pending,
}

#[derive(Debug)]
struct Installed {
    watch: Watch,
    /// First height not yet reported.
    next: u64,
}

/// The installed filters.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    installed: BTreeMap<u64, Installed>,
    last: u64,
}

impl Filters {
    /// Installs a filter that reports from height `next` on.
    fn install(&mut self, watch: Watch, next: u64) -> u64 {
        while self.installed.len() >= FILTER_LIMIT {
            self.installed.pop_first();
        }
        self.last += 1;
        self.installed.insert(self.last, Installed { watch, next });
        self.last
    }

    /// Makes every filter report again from above `height`, after a revert to it.
    pub fn rewind(&mut self, height: u64) {
        for filter in self.installed.values_mut() {
            filter.next = filter.next.min(height.saturating_add(1));
        }
    }
}

impl Chain {
    /// Installs a filter; it reports what happens from now on.
    pub(crate) fn install_filter(&self, watch: Watch) -> U256 {
        let next = self.block_number() + 1;
        U256::from(self.filters().install(watch, next))
    }

    /// Removes a filter. True when it was installed.
    pub(crate) fn uninstall_filter(&self, id: U256) -> bool {
        u64::try_from(id).is_ok_and(|id| self.filters().installed.remove(&id).is_some())
    }

    /// What the filter has seen since it was last asked.
    pub(crate) fn filter_changes(&self, id: U256) -> Result<Value, ChainError> {
        let id = u64::try_from(id).map_err(|_| ChainError::UnknownFilter)?;
        let head = self.block_number();
        let (watch, from) = {
            let mut filters = self.filters();
            let filter = filters.installed.get_mut(&id).ok_or(ChainError::UnknownFilter)?;
            let from = filter.next;
            filter.next = head + 1;
            (filter.watch.clone(), from)
        };
        let ledger = self.ledger();
        let blocks = ledger.range(from, head);
        Ok(match watch {
            Watch::Blocks => json!(blocks.iter().map(|block| block.hash).collect::<Vec<_>>()),
            Watch::Pending => json!(
                blocks.iter().flat_map(|block| block.transactions.iter().map(|tx| tx.hash)).collect::<Vec<B256>>()
            ),
            Watch::Logs(filter) => {
                let low = filter.get_from_block().unwrap_or(0);
                let high = filter.get_to_block().unwrap_or(u64::MAX);
                json!(
                    blocks
                        .iter()
                        .filter(|block| (low..=high).contains(&block.number()))
                        .flat_map(|block| block.transactions.iter().map(move |tx| (block, tx)))
                        .flat_map(|(block, tx)| logs_of(block, tx))
                        .filter(|log| filter.matches(&log.inner))
                        .collect::<Vec<_>>()
                )
            }
        })
    }

    /// Everything that a log filter matches, from its own first block on.
    pub(crate) fn filter_logs(&self, id: U256) -> Result<Value, ChainError> {
        let id = u64::try_from(id).map_err(|_| ChainError::UnknownFilter)?;
        let watch = self.filters().installed.get(&id).map(|filter| filter.watch.clone());
        match watch {
            Some(Watch::Logs(filter)) => Ok(json!(self.logs(&filter)?)),
            _ => Err(ChainError::UnknownFilter),
        }
    }
}
