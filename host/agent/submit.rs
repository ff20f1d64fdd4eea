//! Submission: an attested update to the controller, ready changes to execution.

use alloy::{
    primitives::{Address, Bytes},
    rpc::types::TransactionReceipt,
    signers::local::PrivateKeySigner,
};
use alloy_sol_types::SolEvent;

use escapement_core::{engine::Accepted, param::Slot};

use crate::{
    bindings::controller::{IController, IControllerEvents},
    client::{Client, ClientError, Tx},
    lens::Lens,
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

/// A submitted update: what the lens said it would do, and what the log says it did.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// Effect foretold by the lens at the block before.
    pub foretold: Accepted,
    /// Effect told by the events. The two differ only if something came between, time included.
    pub accepted: Accepted,
    /// Receipt of the transaction.
    pub receipt: TransactionReceipt,
}

/// Submits an attested update, if the lens on chain says that the controller would accept it. Anybody may.
///
/// # Errors
/// [`ClientError::Refused`] with the rule it breaks; without a receipt if the lens foretold it: then nothing was sent.
pub async fn submit(key: &PrivateKeySigner, lens: Lens<'_>, attested: &Attested) -> Result<Submitted, ClientError> {
    let foretold = lens.preview(attested).await?.map_err(|refusal| ClientError::Refused { refusal, receipt: None })?;
    let receipt = lens.client().send(key, submission(lens.controller(), attested)).await?;
    let accepted = accepted(lens.controller(), &receipt);
    Ok(Submitted { foretold, accepted, receipt })
}

/// What a submission did, as its events tell.
#[must_use]
pub fn accepted(controller: Address, receipt: &TransactionReceipt) -> Accepted {
    let mut done = Accepted::default();
    for log in receipt.logs().iter().filter(|l| l.address() == controller) {
        let log = &log.inner;
        if let Ok(event) = IControllerEvents::UpdateAccepted::decode_log(log) {
            done.trip = event.trip;
        } else if let Ok(event) = IControllerEvents::ParameterChanged::decode_log(log) {
            done.applied |= Slot::new(event.slot).map_or(0, |slot| bit(slot.group().number()));
        } else if let Ok(event) = IControllerEvents::UpdateQueued::decode_log(log) {
            done.queued |= bit(event.group);
        } else if let Ok(event) = IControllerEvents::ShadowProposed::decode_log(log) {
            done.shadow |= bit(event.group);
        }
    }
    done
}

/// Mask of one group; none for a number that is no group's.
fn bit(group: u8) -> u8 {
    1_u8.checked_shl(group.into()).unwrap_or(0)
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
