//! What the contracts keep, read slot by slot from the chain itself, so that a test can say that nothing was written.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256, keccak256};
use escapement_core::{engine::key, param::SLOTS};

use crate::{World, net::erc1967};

/// Slots from 0 on that are read of every contract; each uses fewer than half of them.
const SLOTS_READ: u64 = 64;

/// Pages of the controller's history, and how many entries of each are read: more than a test writes.
const HISTORY: (u64, u64) = (9, 24);

impl World {
    /// The words that are not zero of the seven contracts, by account and slot: slots 0 to 63, every slot that ERC-1967,
    /// the kit, the contracts and the SDK's constructor mark by a label, the controller's engine words and roles, the
    /// verifier's signer flags and the record of the test policy.
    #[must_use]
    pub fn storage(&self) -> BTreeMap<(Address, B256), B256> {
        let labels = [
            "eip1967.proxy.implementation",
            "eip1967.proxy.admin",
            "eip1967.proxy.beacon",
            "escapement.kit.version",
            "escapement.kit.reentrancy",
            "escapement.token.domain",
        ];
        let fixed: Vec<B256> =
            (0..SLOTS_READ).map(word).chain(labels.map(erc1967)).chain([keccak256("stylus_constructor")]).collect();
        let modules = [self.vault, self.gauges, self.treasury];
        let contracts = [self.controller, self.minter, self.token, self.verifier].into_iter().chain(modules);
        let mut places: Vec<(Address, B256)> =
            contracts.flat_map(|contract| fixed.iter().map(move |slot| (contract, *slot))).collect();
        places.extend(engine_keys().map(|key| (self.controller, mapping(word(key), word(1)))));
        for role in [B256::ZERO, keccak256("COUNCIL_ROLE"), keccak256("GUARDIAN_ROLE")] {
            for account in [self.governance, self.council, self.guardian, self.stranger, self.deployer] {
                places.push((self.controller, mapping(account.into_word(), mapping(role, word(0)))));
            }
        }
        let flags = erc1967("escapement.verifier.signers");
        places.extend(self.quorum.addresses().iter().map(|who| (self.verifier, mapping(who.into_word(), flags))));
        let record = mapping(self.model_id, erc1967("escapement.verifier.models"));
        places.extend([(self.verifier, record), (self.verifier, next(record))]);

        places
            .into_iter()
            .map(|(contract, slot)| ((contract, slot), self.net.storage(contract, slot)))
            .filter(|(_, word)| !word.is_zero())
            .collect()
    }
}

/// Every key of the engine's words, history up to [`HISTORY`].
fn engine_keys() -> impl Iterator<Item = u64> {
    let (pages, entries) = HISTORY;
    let rules = key::SLOT_RULES + 2 * SLOTS as u64;
    let history = (0..pages).flat_map(move |page| (0..entries).map(move |n| key::HISTORY * (1 + page) + n));
    (0..rules).chain(history)
}

/// Slot of `key` in the mapping at `root`, as Solidity lays it out.
fn mapping(key: B256, root: B256) -> B256 {
    keccak256([key.0, root.0].concat())
}

/// A number as a word.
fn word(value: u64) -> B256 {
    U256::from(value).into()
}

/// The slot after `slot`.
fn next(slot: B256) -> B256 {
    (U256::from_be_bytes(slot.0) + U256::ONE).into()
}
