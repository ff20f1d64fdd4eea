//! The state with some accounts replaced: by the overrides of `eth_call`, or by what waiting transactions do.

use std::sync::Arc;

use alloy::rpc::types::state::{AccountOverride, StateOverride};
use alloy_primitives::{
    Address, B256, Bytes, KECCAK256_EMPTY, U256,
    map::{AddressHashMap, B256HashMap, HashMap},
};
use revm::{
    Database,
    database_interface::DBErrorMarker,
    state::{AccountInfo, Bytecode, EvmState},
};

use crate::{error::ChainError, view::StateView};

/// Reading the state cannot fail; the type is needed by the interface.
#[derive(Debug, thiserror::Error)]
#[error("state is unavailable")]
pub struct StateUnavailable;

impl DBErrorMarker for StateUnavailable {}

/// What is replaced of one account, in the form reads need it.
#[derive(Clone, Debug, Default)]
struct Patch {
    balance: Option<U256>,
    nonce: Option<u64>,
    code: Option<(B256, Bytecode)>,
    slots: HashMap<U256, U256>,
    /// Slots not listed read as zero.
    replaces_storage: bool,
}

/// Replaced accounts.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    patches: AddressHashMap<Patch>,
    code: B256HashMap<Bytecode>,
}

impl Layer {
    /// Replaces what a transaction changed.
    pub fn apply(&mut self, state: EvmState) {
        for (address, account) in state {
            if !account.is_touched() {
                continue;
            }
            // As in the store: an account that disappears was made by the same transaction, or is empty.
            if account.is_selfdestructed() || account.is_empty() {
                let code = Some((KECCAK256_EMPTY, Bytecode::default()));
                let (balance, nonce) = (Some(U256::ZERO), Some(0));
                self.patches
                    .insert(address, Patch { balance, nonce, code, replaces_storage: true, ..Patch::default() });
                continue;
            }
            let patch = self.patches.entry(address).or_default();
            patch.balance = Some(account.info.balance);
            patch.nonce = Some(account.info.nonce);
            if let Some(code) = &account.info.code {
                patch.code = Some((account.info.code_hash, code.clone()));
                self.code.insert(account.info.code_hash, code.clone());
            }
            patch.slots.extend(account.changed_storage_slots().map(|(slot, cell)| (*slot, cell.present_value())));
        }
    }

    /// Replaces one account by its overrides.
    fn override_account(&mut self, address: Address, account: &AccountOverride) -> Result<(), ChainError> {
        if account.state.is_some() && account.state_diff.is_some() {
            return Err(ChainError::InvalidParams(format!("account {address} has both 'state' and 'stateDiff'")));
        }
        if account.move_precompile_to.is_some() {
            return Err(ChainError::InvalidParams("movePrecompileToAddress is not supported".to_owned()));
        }
        let mut patch = Patch {
            balance: account.balance,
            nonce: account.nonce,
            replaces_storage: account.state.is_some(),
            ..Patch::default()
        };
        if let Some(code) = &account.code {
            let code = Bytecode::new_raw_checked(code.clone())
                .map_err(|error| ChainError::InvalidParams(format!("code override: {error}")))?;
            let hash = code.hash_slow();
            self.code.insert(hash, code.clone());
            patch.code = Some((hash, code));
        }
        let slots = account.state.iter().chain(account.state_diff.iter()).flatten();
        for (slot, value) in slots {
            patch.slots.insert(U256::from_be_bytes(slot.0), U256::from_be_bytes(value.0));
        }
        self.patches.insert(address, patch);
        Ok(())
    }

    fn account(&self, address: Address, info: &mut Option<AccountInfo>) {
        let Some(patch) = self.patches.get(&address) else { return };
        let account = info.get_or_insert_default();
        if let Some(balance) = patch.balance {
            account.balance = balance;
        }
        if let Some(nonce) = patch.nonce {
            account.nonce = nonce;
        }
        if let Some((hash, code)) = &patch.code {
            account.code_hash = *hash;
            account.code = Some(code.clone());
        }
    }

    fn slot(&self, address: Address, slot: U256) -> Option<U256> {
        let patch = self.patches.get(&address)?;
        patch.slots.get(&slot).copied().or_else(|| patch.replaces_storage.then_some(U256::ZERO))
    }
}

/// A view of the state with accounts replaced. Writes stay in the interpreter's journal.
#[derive(Debug)]
pub struct Overlay {
    base: StateView,
    /// What waiting transactions did.
    pending: Arc<Layer>,
    /// What the request replaces, over that.
    overrides: Layer,
}

impl Overlay {
    /// The state of `base` as it is.
    pub fn plain(base: StateView) -> Self {
        Self::on(base, Arc::default())
    }

    /// The state of `base` after the transactions that made `pending`.
    pub fn on(base: StateView, pending: Arc<Layer>) -> Self {
        Self { base, pending, overrides: Layer::default() }
    }

    /// This state with `overrides` applied.
    ///
    /// # Errors
    /// [`ChainError::InvalidParams`] when an account gives both `state` and `stateDiff`, or asks to
    /// move a precompile.
    pub fn overridden(mut self, overrides: &StateOverride) -> Result<Self, ChainError> {
        for (address, account) in overrides {
            self.overrides.override_account(*address, account)?;
        }
        Ok(self)
    }

    /// The account with its code, or `None` where it does not exist.
    pub fn account(&self, address: Address) -> Option<AccountInfo> {
        let mut info = self.base.account(address);
        self.pending.account(address, &mut info);
        self.overrides.account(address, &mut info);
        info
    }

    /// The account's nonce.
    pub fn nonce(&self, address: Address) -> u64 {
        self.account(address).map_or(0, |info| info.nonce)
    }

    /// The account's code.
    pub fn code(&self, address: Address) -> Bytes {
        self.account(address).and_then(|info| info.code).map(|code| code.original_bytes()).unwrap_or_default()
    }

    /// One storage slot.
    pub fn slot(&self, address: Address, slot: U256) -> U256 {
        self.overrides
            .slot(address, slot)
            .or_else(|| self.pending.slot(address, slot))
            .unwrap_or_else(|| self.base.slot(address, slot))
    }
}

impl Database for Overlay {
    type Error = StateUnavailable;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        Ok(self.account(address))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Self::Error> {
        let replaced = self.overrides.code.get(&code_hash).or_else(|| self.pending.code.get(&code_hash));
        Ok(replaced.cloned().unwrap_or_else(|| self.base.code_by_hash(code_hash)))
    }

    fn storage(&mut self, address: Address, index: U256) -> Result<U256, Self::Error> {
        Ok(self.slot(address, index))
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Self::Error> {
        Ok(self.base.block_hash(number))
    }
}
