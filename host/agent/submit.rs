//! Submission: an attested update to the controller, ready changes to execution.

use alloy::{
    primitives::{Address, Bytes},
    rpc::types::TransactionReceipt,
    signers::local::PrivateKeySigner,
};
use alloy_sol_types::SolEvent;

use crate::{
    bindings::controller::{IController, IControllerEvents},
    client::{Client, ClientError, Tx},
    sign::Attested,
};

/// A change that waits in the queue of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Group number.
    pub group: u8,
    /// Update it came from.
    pub update_id: u64,
    /// Earliest execution, seconds.
    pub eta: u64,
    /// Last execution, seconds.
    pub expires: u64,
    /// Whether the council must approve it first.
    pub approval: bool,
    /// What `execute` wants back.
    pub payload: Bytes,
}

/// The transaction that submits an attested update.
#[must_use]
pub fn submission(controller: Address, attested: &Attested) -> Tx {
    let call = IController::submitCall { update: attested.update.clone(), signatures: attested.signatures.clone() };
    Tx::call(controller, &call)
}

/// Submits an attested update. Anybody may.
///
/// # Errors
/// [`ClientError::Refused`] with the rule it breaks.
pub async fn submit(
    client: &Client,
    key: &PrivateKeySigner,
    controller: Address,
    attested: &Attested,
) -> Result<TransactionReceipt, ClientError> {
    client.send(key, submission(controller, attested)).await
}

/// Executes a waiting change. Anybody may.
///
/// # Errors
/// [`ClientError::Refused`] with the rule it breaks.
pub async fn execute(
    client: &Client,
    key: &PrivateKeySigner,
    controller: Address,
    waiting: &Waiting,
) -> Result<TransactionReceipt, ClientError> {
    let call = IController::executeCall { group: waiting.group, payload: waiting.payload.clone() };
    client.send(key, Tx::call(controller, &call)).await
}

/// The changes that a transaction put into the queue, as its events tell.
#[must_use]
pub fn queued(controller: Address, receipt: &TransactionReceipt) -> Vec<Waiting> {
    let logs = receipt.logs().iter().filter(|l| l.address() == controller);
    logs.filter_map(|l| IControllerEvents::UpdateQueued::decode_log(&l.inner).ok())
        .map(|e| Waiting {
            group: e.group,
            update_id: e.updateId,
            eta: e.eta.into(),
            expires: e.expires.into(),
            approval: e.approval,
            payload: e.payload.clone(),
        })
        .collect()
}
