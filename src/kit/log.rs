//! Logs by hand: alloy's generic encoder costs some hundred bytes of module per event.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};

use crate::{abi, vm};

/// A log under construction: topics, then data, in one buffer.
pub struct Log(Vec<u8>);

impl Log {
    /// Begins a log with the hash of its signature and then these numbers. (Hashing here costs a dozen gas; the hashes
    /// themselves, which do not compress, would cost 32 bytes of module each.)
    #[must_use]
    #[inline(never)]
    pub fn new(signature: &str, numbers: &[u64]) -> Self {
        let mut this = Self(Vec::with_capacity(256));
        this.word(&vm::keccak(signature.as_bytes()));
        this.numbers(numbers);
        this
    }

    /// Begins a log whose first indexed argument is an account.
    #[must_use]
    #[inline(never)]
    pub fn of(signature: &str, account: &Address) -> Self {
        let mut this = Self::new(signature, &[]);
        this.word(&account.into_word());
        this
    }

    /// Appends unsigned integers.
    #[inline(never)]
    pub fn numbers(&mut self, numbers: &[u64]) {
        for number in numbers {
            abi::push(&mut self.0, *number);
        }
    }

    /// Appends an amount.
    #[inline(never)]
    pub fn amount(&mut self, amount: u128) {
        self.word(&abi::word128(amount));
    }

    /// Appends a word.
    #[inline(never)]
    pub fn word(&mut self, word: &[u8; 32]) {
        self.0.extend_from_slice(word);
    }

    /// Appends `content` as the last and only dynamic argument, after `before` static ones in the data.
    pub fn bytes(&mut self, before: u64, content: &[u8]) {
        self.numbers(&[before.saturating_add(1).saturating_mul(32)]);
        abi::push_bytes(&mut self.0, content);
    }

    /// Emits the log; its first `topics` words are topics.
    pub fn emit(&self, topics: usize) {
        vm::emit(&self.0, topics);
    }
}

/// Emits an event whose topics and data are whole words.
#[inline(never)]
pub fn emit(signature: &str, topics: &[B256], data: &[B256]) {
    let mut log = Log::new(signature, &[]);
    for word in topics.iter().chain(data) {
        log.word(word);
    }
    log.emit(topics.len().saturating_add(1));
}

/// Returns the word of a signed integer.
#[must_use]
pub fn signed(value: i64) -> [u8; 32] {
    let mut word = [if value < 0 { 0xff } else { 0 }; 32];
    if let Some(tail) = word.last_chunk_mut() {
        *tail = value.to_be_bytes();
    }
    word
}
