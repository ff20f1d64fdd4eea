//! A ledger in memory, for simulators, replays and tests.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::event::Event;
use super::ledger::{Ledger, Word};

/// One entry of the log: the event without its borrowed bytes, and the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The event; its `payload`, where it has one, is empty.
    pub event: Event<'static>,
    /// The bytes of its payload.
    pub payload: Vec<u8>,
}

/// Words and log of a controller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryLedger {
    /// Words by key; zero words are not kept.
    pub words: BTreeMap<u64, Word>,
    /// Events in order.
    pub log: Vec<Logged>,
}

impl Ledger for MemoryLedger {
    fn load(&self, key: u64) -> Word {
        self.words.get(&key).copied().unwrap_or_default()
    }

    fn save(&mut self, key: u64, word: Word) {
        if word == [0; 32] {
            self.words.remove(&key);
        } else {
            self.words.insert(key, word);
        }
    }

    fn emit(&mut self, event: Event<'_>) {
        let (event, payload) = event.detach();
        self.log.push(Logged { event, payload: payload.to_vec() });
    }
}
