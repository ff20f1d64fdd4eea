//! Proposals of the Governor, from their text to their execution by the timelock.

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::{SolCall, SolValue},
};

use crate::bindings::solidity::{
    ParameterGovernor::{cancelCall, executeCall, proposeCall, queueCall},
    TimelockController::{executeBatchCall, scheduleBatchCall},
};

/// What governance is asked to do: calls in order, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Called contracts and calldata; no call carries value.
    pub calls: Vec<(Address, Bytes)>,
    /// The text that voters read. Two proposals with the same calls must differ in it.
    pub description: String,
}

impl Proposal {
    /// A proposal without calls yet.
    #[must_use]
    pub fn new(description: &str) -> Self {
        Self { calls: Vec::new(), description: description.to_owned() }
    }

    /// Appends a call.
    #[must_use]
    pub fn call<C: SolCall>(mut self, to: Address, call: &C) -> Self {
        self.calls.push((to, call.abi_encode().into()));
        self
    }

    /// Hash of the description, which stands for it after the proposal is made.
    #[must_use]
    pub fn description_hash(&self) -> B256 {
        keccak256(&self.description)
    }

    /// The Governor's id of the proposal.
    #[must_use]
    pub fn id(&self) -> U256 {
        let (targets, values, data) = self.parts();
        keccak256((targets, values, data, self.description_hash()).abi_encode_params()).into()
    }

    /// The timelock's id of the operation that `governor` queues for the proposal.
    #[must_use]
    pub fn operation(&self, governor: Address) -> B256 {
        let (targets, values, data) = self.parts();
        keccak256((targets, values, data, B256::ZERO, self.salt(governor)).abi_encode_params())
    }

    /// Makes the proposal, sent to the Governor by a proposer.
    #[must_use]
    pub fn propose(&self) -> proposeCall {
        let (targets, values, calldatas) = self.parts();
        proposeCall { targets, values, calldatas, description: self.description.clone() }
    }

    /// Hands the proposal to the timelock once it has succeeded, sent to the Governor by anyone.
    #[must_use]
    pub fn queue(&self) -> queueCall {
        let (targets, values, calldatas) = self.parts();
        queueCall { targets, values, calldatas, descriptionHash: self.description_hash() }
    }

    /// Executes the proposal after the timelock's delay, sent to the Governor by anyone.
    #[must_use]
    pub fn execute(&self) -> executeCall {
        let (targets, values, calldatas) = self.parts();
        executeCall { targets, values, calldatas, descriptionHash: self.description_hash() }
    }

    /// Withdraws the proposal before its vote begins, sent to the Governor by its proposer.
    #[must_use]
    pub fn cancel(&self) -> cancelCall {
        let (targets, values, calldatas) = self.parts();
        cancelCall { targets, values, calldatas, descriptionHash: self.description_hash() }
    }

    /// Schedules the same operation, sent to the timelock by a proposer of its.
    #[must_use]
    pub fn schedule(&self, governor: Address, delay: u64) -> scheduleBatchCall {
        let (targets, values, payloads) = self.parts();
        let (predecessor, salt) = (B256::ZERO, self.salt(governor));
        scheduleBatchCall { targets, values, payloads, predecessor, salt, delay: U256::from(delay) }
    }

    /// Executes the queued operation past the Governor, sent to the timelock by an executor of its.
    #[must_use]
    pub fn execute_operation(&self, governor: Address) -> executeBatchCall {
        let (targets, values, payloads) = self.parts();
        executeBatchCall { targets, values, payloads, predecessor: B256::ZERO, salt: self.salt(governor) }
    }

    /// The timelock's salt: the Governor's address, left aligned, on the hash of the description.
    fn salt(&self, governor: Address) -> B256 {
        let mut salt = self.description_hash();
        for (byte, other) in salt.iter_mut().zip(governor) {
            *byte ^= other;
        }
        salt
    }

    fn parts(&self) -> (Vec<Address>, Vec<U256>, Vec<Bytes>) {
        let (targets, data) = self.calls.iter().cloned().unzip();
        (targets, vec![U256::ZERO; self.calls.len()], data)
    }
}
