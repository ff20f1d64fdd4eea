//! The world state, with every past version readable.
//!
//! Each account field and storage slot keeps the list of its values with the version that wrote
//! it. One commit (a transaction or a direct edit) is one version. Reading an old state is a binary
//! search, a snapshot is a number, and reverting pops what was written since: all without
//! copying the state. Memory grows with the number of writes, which suits a development chain.

use std::sync::{Arc, RwLock};

use alloy_primitives::{
    Address, B256, KECCAK256_EMPTY, U256, keccak256,
    map::{AddressHashMap, B256HashMap, HashMap},
};
use revm::state::{Bytecode, EvmState};

/// Number of a commit. Grows monotonically, across reverts too.
pub type Version = u64;

/// Balance, nonce and code hash of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basic {
    /// Balance in wei.
    pub balance: U256,
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Keccak-256 of the code.
    pub code_hash: B256,
}

impl Default for Basic {
    fn default() -> Self {
        Self { balance: U256::ZERO, nonce: 0, code_hash: KECCAK256_EMPTY }
    }
}

/// Values of one cell, ascending by version.
type History<T> = Vec<(Version, T)>;

#[derive(Debug, Default)]
struct Cells {
    basic: History<Option<Basic>>,
    storage: HashMap<U256, History<U256>>,
}

/// Which cell a version wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Touch {
    Basic(Address),
    Slot(Address, U256),
}

/// The versioned state. Shared behind a lock that is held for single reads only, so that a long
/// call never delays a transaction.
#[derive(Debug, Default)]
pub struct Store {
    version: Version,
    accounts: AddressHashMap<Cells>,
    code: B256HashMap<Bytecode>,
    log: Vec<(Version, Touch)>,
    block_hashes: Vec<B256>,
}

/// The store as it is shared.
pub type SharedStore = Arc<RwLock<Store>>;

impl Store {
    /// The last committed version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Starts a new version and returns it.
    fn advance(&mut self) -> Version {
        self.version += 1;
        self.version
    }

    /// Commits what a transaction changed and returns the new version.
    pub fn commit(&mut self, state: EvmState) -> Version {
        let version = self.advance();
        for (address, account) in state {
            if !account.is_touched() {
                continue;
            }
            // Since Cancun only an account created in the same transaction disappears, so it has
            // no older storage to wipe. Empty touched accounts do not exist (EIP-161).
            if account.is_selfdestructed() || account.is_empty() {
                self.write_basic(version, address, None);
                continue;
            }
            if let Some(code) = account.info.code.clone() {
                self.code.entry(account.info.code_hash).or_insert(code);
            }
            let basic =
                Basic { balance: account.info.balance, nonce: account.info.nonce, code_hash: account.info.code_hash };
            self.write_basic(version, address, Some(basic));
            for (slot, cell) in account.changed_storage_slots() {
                self.write_slot(version, address, *slot, cell.present_value());
            }
        }
        version
    }

    /// Edits one account outside a transaction.
    pub fn edit(&mut self, address: Address, change: impl FnOnce(&mut Basic)) {
        let version = self.advance();
        let mut basic = self.basic(address, version).unwrap_or_default();
        change(&mut basic);
        self.write_basic(version, address, Some(basic));
    }

    /// Replaces an account's code.
    pub fn set_code(&mut self, address: Address, code: Bytecode) {
        let code_hash = code.hash_slow();
        self.code.insert(code_hash, code);
        self.edit(address, |basic| basic.code_hash = code_hash);
    }

    /// Writes one storage slot outside a transaction.
    pub fn set_storage(&mut self, address: Address, slot: U256, value: U256) {
        let version = self.advance();
        self.write_slot(version, address, slot, value);
    }

    /// Balance, nonce and code hash at `version`; `None` where the account does not exist.
    pub fn basic(&self, address: Address, version: Version) -> Option<Basic> {
        at(&self.accounts.get(&address)?.basic, version).flatten()
    }

    /// Storage at `version`.
    pub fn storage(&self, address: Address, slot: U256, version: Version) -> U256 {
        self.accounts.get(&address).and_then(|cells| at(cells.storage.get(&slot)?, version)).unwrap_or_default()
    }

    /// Code by its hash; empty where none is stored.
    pub fn code(&self, hash: B256) -> Bytecode {
        self.code.get(&hash).cloned().unwrap_or_default()
    }

    /// Undoes every write after `version`.
    pub fn revert_to(&mut self, version: Version) {
        while let Some(&(written, touch)) = self.log.last() {
            if written <= version {
                break;
            }
            self.log.pop();
            match touch {
                Touch::Basic(address) => {
                    if let Some(cells) = self.accounts.get_mut(&address) {
                        cells.basic.pop();
                    }
                }
                Touch::Slot(address, slot) => {
                    if let Some(history) = self.accounts.get_mut(&address).and_then(|c| c.storage.get_mut(&slot)) {
                        history.pop();
                    }
                }
            }
        }
    }

    /// The storage slots written after `since`, ascending, each once; whether their values differ is not asked.
    pub fn slots_written(&self, since: Version) -> Vec<(Address, U256)> {
        let from = self.log.partition_point(|(version, _)| *version <= since);
        let slots = self.log[from..].iter().filter_map(|(_, touch)| match touch {
            Touch::Slot(address, slot) => Some((*address, *slot)),
            Touch::Basic(_) => None,
        });
        let mut slots: Vec<_> = slots.collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// A commitment to the writes after `since`, chained on `previous`. It takes the place of the
    /// Merkle root, which this chain does not keep.
    pub fn commitment(&self, previous: B256, since: Version) -> B256 {
        let from = self.log.partition_point(|(version, _)| *version <= since);
        let mut touched: Vec<Touch> = self.log[from..].iter().map(|(_, touch)| *touch).collect();
        touched.sort_unstable();
        touched.dedup();
        let mut bytes = previous.to_vec();
        for touch in touched {
            match touch {
                Touch::Basic(address) => {
                    let basic = self.basic(address, self.version).unwrap_or_default();
                    bytes.extend_from_slice(address.as_slice());
                    bytes.extend_from_slice(&basic.balance.to_be_bytes::<32>());
                    bytes.extend_from_slice(&basic.nonce.to_be_bytes());
                    bytes.extend_from_slice(basic.code_hash.as_slice());
                }
                Touch::Slot(address, slot) => {
                    bytes.extend_from_slice(address.as_slice());
                    bytes.extend_from_slice(&slot.to_be_bytes::<32>());
                    let value = self.storage(address, slot, self.version);
                    bytes.extend_from_slice(&value.to_be_bytes::<32>());
                }
            }
        }
        keccak256(bytes)
    }

    /// Records the hash of block `number` and forgets those after it.
    pub fn set_block_hash(&mut self, number: u64, hash: B256) {
        self.truncate_block_hashes(number);
        self.block_hashes.push(hash);
    }

    /// Keeps the hashes of the first `count` blocks.
    pub fn truncate_block_hashes(&mut self, count: u64) {
        self.block_hashes.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    }

    /// The hash of an L2 block; zero where there is none.
    pub fn block_hash(&self, number: u64) -> B256 {
        usize::try_from(number).ok().and_then(|index| self.block_hashes.get(index).copied()).unwrap_or_default()
    }

    fn write_basic(&mut self, version: Version, address: Address, value: Option<Basic>) {
        let history = &mut self.accounts.entry(address).or_default().basic;
        if history.last().is_some_and(|(_, last)| *last == value) {
            return;
        }
        if push(history, version, value) {
            self.log.push((version, Touch::Basic(address)));
        }
    }

    fn write_slot(&mut self, version: Version, address: Address, slot: U256, value: U256) {
        let cells = self.accounts.entry(address).or_default();
        if push(cells.storage.entry(slot).or_default(), version, value) {
            self.log.push((version, Touch::Slot(address, slot)));
        }
    }
}

/// The value in force at `version`.
fn at<T: Copy>(history: &History<T>, version: Version) -> Option<T> {
    let end = history.partition_point(|(written, _)| *written <= version);
    history[..end].last().map(|(_, value)| *value)
}

/// Appends or replaces the newest value; true when it was appended.
fn push<T>(history: &mut History<T>, version: Version, value: T) -> bool {
    match history.last_mut() {
        Some((written, last)) if *written == version => {
            *last = value;
            false
        }
        _ => {
            history.push((version, value));
            true
        }
    }
}
