//! Transactions that wait for a block.
//!
//! With instant mining only those wait whose nonce is ahead of their sender's; in the other modes
//! everything does until the next block.

use std::collections::BTreeMap;

use alloy::consensus::{Transaction as _, TxEnvelope};
use alloy_primitives::{Address, B256, map::B256HashMap};

use crate::error::ChainError;

/// Most transactions of one sender that wait.
const PER_SENDER: usize = 4_096;

/// A checked transaction.
#[derive(Clone, Debug)]
pub struct Pooled {
    /// The transaction.
    pub envelope: TxEnvelope,
    /// Its hash.
    pub hash: B256,
    /// Its sender.
    pub from: Address,
    /// Order of arrival.
    arrival: u64,
}

/// The waiting transactions. Part of what a snapshot restores.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    senders: BTreeMap<Address, BTreeMap<u64, Pooled>>,
    hashes: B256HashMap<(Address, u64)>,
    arrivals: u64,
}

impl Pool {
    /// Adds a transaction.
    ///
    /// # Errors
    /// [`ChainError::AlreadyKnown`]; [`ChainError::Underpriced`] when one with the same nonce waits
    /// whose fee cap is not at least 10 % lower; [`ChainError::TooLarge`] when the sender has too many.
    pub fn insert(&mut self, envelope: TxEnvelope, from: Address) -> Result<B256, ChainError> {
        let hash = *envelope.tx_hash();
        if self.hashes.contains_key(&hash) {
            return Err(ChainError::AlreadyKnown);
        }
        let nonce = envelope.nonce();
        let queue = self.senders.entry(from).or_default();
        if let Some(waiting) = queue.get(&nonce) {
            let needed = waiting.envelope.max_fee_per_gas().saturating_mul(110) / 100;
            if envelope.max_fee_per_gas() < needed {
                return Err(ChainError::Underpriced);
            }
            self.hashes.remove(&waiting.hash);
        } else if queue.len() >= PER_SENDER {
            return Err(ChainError::TooLarge {
                what: "queued transactions of one sender",
                have: queue.len() as u64 + 1,
                limit: PER_SENDER as u64,
            });
        }
        self.arrivals += 1;
        queue.insert(nonce, Pooled { envelope, hash, from, arrival: self.arrivals });
        self.hashes.insert(hash, (from, nonce));
        Ok(hash)
    }

    /// The oldest transaction that is next for its sender. It stays until [`prune`](Self::prune) finds its nonce used.
    pub fn next_ready(&self, nonce_of: impl Fn(Address) -> u64) -> Option<&Pooled> {
        self.senders
            .iter()
            .filter_map(|(address, queue)| queue.get(&nonce_of(*address)))
            .min_by_key(|ready| ready.arrival)
    }

    /// Drops the transactions whose nonces have been used.
    pub fn prune(&mut self, nonce_of: impl Fn(Address) -> u64) {
        for (address, queue) in &mut self.senders {
            let waiting = queue.split_off(&nonce_of(*address));
            for used in std::mem::replace(queue, waiting).into_values() {
                self.hashes.remove(&used.hash);
            }
        }
        self.senders.retain(|_, queue| !queue.is_empty());
    }

    /// The waiting transactions in order of arrival.
    pub fn order(&self) -> Vec<B256> {
        let mut all: Vec<&Pooled> = self.iter().collect();
        all.sort_unstable_by_key(|pooled| pooled.arrival);
        all.into_iter().map(|pooled| pooled.hash).collect()
    }

    /// The nonce after the sender's consecutive waiting transactions, starting at `next`.
    pub fn pending_nonce(&self, address: Address, next: u64) -> u64 {
        let Some(queue) = self.senders.get(&address) else { return next };
        (next..u64::MAX).find(|nonce| !queue.contains_key(nonce)).unwrap_or(u64::MAX)
    }

    /// The waiting transaction with `hash`.
    pub fn get(&self, hash: B256) -> Option<&Pooled> {
        let (address, nonce) = self.hashes.get(&hash)?;
        self.senders.get(address)?.get(nonce)
    }

    /// Every waiting transaction, by sender and nonce.
    pub fn iter(&self) -> impl Iterator<Item = &Pooled> {
        self.senders.values().flat_map(BTreeMap::values)
    }

    /// Removes the waiting transaction with `hash`.
    pub fn drop_hash(&mut self, hash: B256) -> Option<Pooled> {
        let (address, nonce) = *self.hashes.get(&hash)?;
        self.remove(address, nonce)
    }

    fn remove(&mut self, address: Address, nonce: u64) -> Option<Pooled> {
        let queue = self.senders.get_mut(&address)?;
        let pooled = queue.remove(&nonce)?;
        if queue.is_empty() {
            self.senders.remove(&address);
        }
        self.hashes.remove(&pooled.hash);
        Some(pooled)
    }
}
