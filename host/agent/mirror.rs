//! The controller's storage, mirrored: the law runs here on the very words the contract holds.
//!
//! The engine is generic over its ledger, so a view or a preview is the engine itself over a copy of the words. The copy is
//! made on demand: a word the engine asks for and the copy lacks is noted, fetched through `words(uint64[])`, and the
//! engine runs again, until nothing is missing. No layout is repeated here.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use alloy::{eips::BlockId, primitives::Address};
use escapement_core::engine::{Event, Ledger, Word};

use crate::{
    bindings::controller::IController,
    client::{Client, ClientError},
};

/// Rounds after which something is wrong: the deepest view (a binary search in a long history) needs about twenty.
const ROUNDS: usize = 64;

/// A partial copy of a controller's words.
#[derive(Debug, Default)]
pub struct Words {
    known: BTreeMap<u64, Word>,
    missing: RefCell<BTreeSet<u64>>,
}

impl Ledger for Words {
    fn load(&self, key: u64) -> Word {
        self.known.get(&key).copied().unwrap_or_else(|| {
            self.missing.borrow_mut().insert(key);
            [0; 32]
        })
    }

    fn save(&mut self, key: u64, word: Word) {
        self.known.insert(key, word);
    }

    fn emit(&mut self, _: Event<'_>) {}
}

/// One controller at one block.
#[derive(Debug)]
pub struct Mirror<'a> {
    client: &'a Client,
    controller: Address,
    block: u64,
    /// Timestamp of the block, seconds.
    time: u64,
    words: Words,
}

impl<'a> Mirror<'a> {
    /// A mirror of the controller at the latest block.
    ///
    /// # Errors
    /// [`ClientError::Transport`].
    pub async fn latest(client: &'a Client, controller: Address) -> Result<Self, ClientError> {
        let (block, time) = client.head().await?;
        Ok(Self { client, controller, block, time, words: Words::default() })
    }

    /// Number of the mirrored block.
    #[must_use]
    pub fn block(&self) -> u64 {
        self.block
    }

    /// Timestamp of the mirrored block, seconds.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.time
    }

    /// Runs a view of the law on the mirrored words. `view` may run several times and must not write.
    ///
    /// # Errors
    /// A [`ClientError`] if words cannot be fetched.
    pub async fn ask<T>(&mut self, view: impl Fn(&Words) -> T) -> Result<T, ClientError> {
        for _ in 0..ROUNDS {
            self.words.missing.get_mut().clear();
            let answer = view(&self.words);
            let keys: Vec<u64> = self.words.missing.get_mut().iter().copied().collect();
            if keys.is_empty() {
                return Ok(answer);
            }
            let call = IController::wordsCall { keys: keys.clone() };
            let block = BlockId::number(self.block);
            let words = self.client.read_from(Address::ZERO, self.controller, &call, block).await?;
            if words.len() != keys.len() {
                return Err(ClientError::Decode { what: "words(uint64[])", reason: format!("{} words", words.len()) });
            }
            self.words.known.extend(keys.into_iter().zip(words.into_iter().map(|w| w.0)));
        }
        Err(ClientError::Decode { what: "words(uint64[])", reason: "the view asks for ever more words".into() })
    }
}
