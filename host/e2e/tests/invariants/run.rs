//! One history: a sequence of moves, each with a seed of its own, so that leaving some out changes no other's choices.

use std::collections::BTreeSet;

use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use escapement_agent::bindings::treasury::ITreasury as R;
use escapement_e2e::{Quorum, Receipt, Refusal, UpdateBuilder, World};

use crate::{
    book::{Book, Broken, Held},
    hold,
    stage::Stage,
};

/// A history under way.
pub struct Run<'a> {
    pub stage: &'a Stage,
    pub world: &'a World,
    pub book: Book,
    /// Attesters by their keys; those in force are the book's.
    pub keys: Quorum,
    /// Grants that rounds were opened for.
    pub grants: Vec<R::claimGrantCall>,
    /// Signed updates that were accepted once.
    pub spent: Vec<(UpdateBuilder, Bytes)>,
    /// Implementation each proxy must point at.
    pub logic: Vec<(Address, Address)>,
    /// Next version of the minter.
    pub version: usize,
    /// When the programs were last kept alive.
    pub kept_alive: u64,
    /// Indices seen, which never fall: the vault's and the pools'.
    pub indices: Vec<U256>,
    /// Moves made.
    pub steps: usize,
}

impl<'a> Run<'a> {
    /// A history from the stage as it is set.
    pub fn new(stage: &'a Stage, book: &Book) -> Self {
        let world = &stage.world;
        Self {
            stage,
            world,
            book: book.clone(),
            keys: Quorum::new(7, 3),
            grants: Vec::new(),
            spent: Vec::new(),
            logic: stage.proxies().map(|proxy| (proxy, world.net.implementation(proxy))).to_vec(),
            version: 0,
            kept_alive: world.net.now(),
            indices: Vec::new(),
            steps: 0,
        }
    }

    /// `block.timestamp` of the newest block.
    pub fn now(&self) -> u64 {
        self.world.net.now()
    }

    /// Sends a call; what it logs is entered in the book. None when it was refused.
    pub fn send<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> Held<Option<Receipt>> {
        self.send_raw(from, to, call.abi_encode().into())
    }

    /// As [`Run::send`], with raw calldata.
    pub fn send_raw(&mut self, from: Address, to: Address, input: Bytes) -> Held<Option<Receipt>> {
        let Ok(receipt) = self.world.net.transact(from, TxKind::Call(to), input, U256::ZERO) else {
            self.book.touched.clear();
            return Ok(None);
        };
        self.book.enter(self.stage, receipt.timestamp, &receipt.logs, false)?;
        Ok(Some(receipt))
    }

    /// Sends a call and says only whether it went through.
    pub fn try_<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> Held<bool> {
        Ok(self.send(from, to, call)?.is_some())
    }

    /// Sends a call that must be refused.
    pub fn never<C: SolCall>(&mut self, from: Address, to: Address, call: &C, id: &str) -> Held {
        let done = self.try_(from, to, call)?;
        hold!(!done, "{id} {from} may {}", C::SIGNATURE);
        Ok(())
    }

    /// Sends a call that nothing may stop.
    pub fn must<C: SolCall>(&mut self, from: Address, to: Address, call: &C, id: &str) -> Held<Receipt> {
        let sent = self.world.net.send(from, to, call);
        let receipt = sent.map_err(|refusal| Broken(format!("{id} {} refused: {refusal}", C::SIGNATURE)))?;
        self.book.enter(self.stage, receipt.timestamp, &receipt.logs, false)?;
        Ok(receipt)
    }

    /// A view, which must answer (I18).
    pub fn view<C: SolCall>(&self, to: Address, call: &C) -> Held<C::Return> {
        let answer: Result<_, Refusal> = self.world.net.view(to, call);
        answer.map_err(|refusal| Broken(format!("I18 {} of {to} reverts: {refusal}", C::SIGNATURE)))
    }

    /// What the token's log says that `account` holds.
    pub fn balance(&self, account: Address) -> U256 {
        self.book.money.balances.get(&account).copied().unwrap_or_default()
    }

    /// Signatures of exactly the present threshold of present attesters over an update; none when they are too few.
    pub fn sign(&self, update: &UpdateBuilder) -> Option<Bytes> {
        let addresses = self.keys.addresses();
        let present: Vec<usize> = (0..addresses.len()).filter(|n| self.book.signers.contains(&addresses[*n])).collect();
        let signing = present.get(..usize::from(self.book.threshold))?;
        Some(self.keys.sign_by(signing, self.world.digest(update)))
    }

    /// The ids of an account's positions, or of its exits.
    pub fn ids<T>(of: &std::collections::BTreeMap<(Address, u32), T>, account: Address) -> Vec<u32> {
        of.keys().filter(|(owner, _)| *owner == account).map(|(_, id)| *id).collect()
    }

    /// Everybody who stakes: the users and the whale.
    pub fn stakers(&self) -> Vec<Address> {
        self.stage.users.into_iter().chain([self.world.deployer]).collect()
    }

    /// LP tokens among those of the pools that behave.
    pub fn honest_lps(&self) -> BTreeSet<Address> {
        self.world.lp.into_iter().collect()
    }
}
