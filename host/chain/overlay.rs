//! The state overrides of `eth_call`: a view with some accounts replaced.

use alloy::rpc::types::state::{AccountOverride, StateOverride};
use alloy_primitives::{
    Address, B256, U256,
    map::{AddressHashMap, B256HashMap, HashMap},
};
use revm::{
    Database,
    database_interface::DatabaseRef,
    state::{AccountInfo, Bytecode},
};

use crate::{
    error::ChainError,
    view::{StateUnavailable, StateView},
};

/// One account's overrides, in the form reads need them.
#[derive(Debug, Default)]
struct Patch {
    balance: Option<U256>,
    nonce: Option<u64>,
    code: Option<(B256, Bytecode)>,
    slots: HashMap<U256, U256>,
    /// `state` was given: slots not listed read as zero.
    replaces_storage: bool,
}

/// A view of the state with overrides on top. Writes stay in the interpreter's journal.
#[derive(Debug)]
pub struct Overlay {
    base: StateView,
    patches: AddressHashMap<Patch>,
    code: B256HashMap<Bytecode>,
}

impl Overlay {
    /// The state of `base` as it is.
    pub fn plain(base: StateView) -> Self {
        Self { base, patches: AddressHashMap::default(), code: B256HashMap::default() }
    }

    /// The state of `base` with `overrides` applied.
    ///
    /// # Errors
    /// [`ChainError::InvalidParams`] when an account gives both `state` and `stateDiff`, or asks to
    /// move a precompile.
    pub fn new(base: StateView, overrides: &StateOverride) -> Result<Self, ChainError> {
        let mut overlay = Self::plain(base);
        for (address, account) in overrides {
            overlay.patch(*address, account)?;
        }
        Ok(overlay)
    }

    fn patch(&mut self, address: Address, account: &AccountOverride) -> Result<(), ChainError> {
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
}

impl Database for Overlay {
    type Error = StateUnavailable;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Self::Error> {
        let mut info = self.base.basic_ref(address)?;
        if let Some(patch) = self.patches.get(&address) {
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
        Ok(info)
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Self::Error> {
        match self.code.get(&code_hash) {
            Some(code) => Ok(code.clone()),
            None => self.base.code_by_hash_ref(code_hash),
        }
    }

    fn storage(&mut self, address: Address, index: U256) -> Result<U256, Self::Error> {
        if let Some(patch) = self.patches.get(&address) {
            if let Some(value) = patch.slots.get(&index) {
                return Ok(*value);
            }
            if patch.replaces_storage {
                return Ok(U256::ZERO);
            }
        }
        self.base.storage_ref(address, index)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Self::Error> {
        self.base.block_hash_ref(number)
    }
}
