//! A controller's engine words, read through its `words` view and kept for the length of the call.

use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use escapement_core::{
    engine::{history::PAGES, key, Event, Ledger, Word},
    param::GROUPS,
};
use escapement_kit::{abi, vm};

use crate::IControllerView;

/// Words of the bucket block.
const BUCKETS: u64 = 5;

/// The words of one controller. What cannot be read counts as zero and spoils the whole: ask [`Remote::spoilt`].
pub(crate) struct Remote {
    controller: Address,
    known: RefCell<Vec<(u64, Word)>>,
    spoilt: Cell<bool>,
}

impl Remote {
    /// Reads, in two calls, the words that nearly every view needs: state, buckets, current values.
    pub(crate) fn open(controller: Address) -> Self {
        let remote = Self { controller, known: RefCell::new(Vec::new()), spoilt: Cell::new(false) };
        let groups = GROUPS as u64;
        let mut keys: Vec<u64> = (key::CONFIG..=key::BREAKER).collect();
        for (base, count) in [(key::GROUP, groups), (key::PENDING, groups), (key::BUCKET, BUCKETS)] {
            keys.extend(base..base.saturating_add(count));
        }
        remote.fetch(&keys);
        let lengths = remote.load(key::LENGTHS);
        keys.clear();
        for (page, length) in (1..).zip(lengths.chunks_exact(3)).take(PAGES) {
            let length = length.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
            if let Some(last) = length.checked_sub(1) {
                keys.push(key::HISTORY.saturating_mul(page).saturating_add(last));
            }
        }
        remote.fetch(&keys);
        remote
    }

    /// The controller.
    pub(crate) fn controller(&self) -> Address {
        self.controller
    }

    /// Whether something could not be read.
    pub(crate) fn spoilt(&self) -> bool {
        self.spoilt.get()
    }

    /// Reads these words in one call.
    fn fetch(&self, keys: &[u64]) {
        let mut call = IControllerView::wordsCall::SELECTOR.to_vec();
        abi::push(&mut call, 32);
        abi::push(&mut call, keys.len() as u64);
        for key in keys {
            abi::push(&mut call, *key);
        }
        let answer = vm::static_call(&self.controller, &call).unwrap_or_default();
        // Offset, length, then exactly one word per key.
        let words = answer.get(64..).unwrap_or_default();
        if words.len() != keys.len().saturating_mul(32) || answer.len() < 64 {
            self.spoilt.set(true);
            return;
        }
        let mut known = self.known.borrow_mut();
        for (key, word) in keys.iter().zip(words.as_chunks().0) {
            known.push((*key, *word));
        }
    }

    /// A word already read.
    fn find(&self, key: u64) -> Option<Word> {
        self.known.borrow().iter().find(|known| known.0 == key).map(|known| known.1)
    }

    /// The verifier the controller points at.
    pub(crate) fn verifier(&self) -> Address {
        let answer = vm::static_call(&self.controller, &IControllerView::verifierCall::SELECTOR).unwrap_or_default();
        if let Ok(word) = B256::try_from(answer.as_slice()) {
            return Address::from_word(word);
        }
        self.spoilt.set(true);
        Address::ZERO
    }
}

impl Ledger for Remote {
    fn load(&self, key: u64) -> Word {
        if let Some(word) = self.find(key) {
            return word;
        }
        if !self.spoilt() {
            self.fetch(&[key]);
        }
        self.find(key).unwrap_or_default()
    }

    /// A view writes nothing.
    fn save(&mut self, _: u64, _: Word) {}

    fn emit(&mut self, _: Event<'_>) {}
}
