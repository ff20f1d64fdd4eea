//! The controller's words as the law reads them.

use std::{cell::RefCell, collections::BTreeMap};

use escapement_agent::bindings::controller::IController;
use escapement_core::engine::{Event, Ledger, Word};

use super::World;

/// The controller's storage words, read through its own view.
pub struct RemoteLedger<'a> {
    world: &'a World,
    words: RefCell<BTreeMap<u64, Word>>,
}

impl<'a> RemoteLedger<'a> {
    /// Nothing is read yet.
    pub(super) fn new(world: &'a World) -> Self {
        Self { world, words: RefCell::default() }
    }
}

impl Ledger for RemoteLedger<'_> {
    fn load(&self, key: u64) -> Word {
        let fetch = || {
            let call = IController::wordsCall { keys: vec![key] };
            self.world.net.view(self.world.controller, &call).expect("a plain view")[0].0
        };
        *self.words.borrow_mut().entry(key).or_insert_with(fetch)
    }

    /// # Panics
    /// Always: a chain's words are changed by transactions only.
    fn save(&mut self, _: u64, _: Word) {
        panic!("the chain's words are read only")
    }

    fn emit(&mut self, _: Event<'_>) {}
}
