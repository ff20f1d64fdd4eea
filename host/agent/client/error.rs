//! What can go wrong between here and the node.

use alloy::{primitives::B256, rpc::types::TransactionReceipt, transports::TransportError};

use crate::errors::Refusal;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address of the node is not a URL.
    #[error("`{0}` is not the URL of a node, such as http://127.0.0.1:8547")]
    Url(String),
    /// The node did not answer, or answered with an error that is no revert.
    #[error("the node: {0}")]
    Transport(#[from] TransportError),
    /// A contract refused.
    #[error("refused: {refusal}")]
    Refused {
        /// The decoded revert.
        refusal: Refusal,
        /// The receipt, if the transaction was mined.
        receipt: Option<Box<TransactionReceipt>>,
    },
    /// The transaction could not be signed.
    #[error("cannot sign: {0}")]
    Signing(String),
    /// The transaction was not mined in time.
    #[error("transaction {0} was not mined within three minutes")]
    NotMined(B256),
    /// The answer has an unexpected shape.
    #[error("cannot decode the answer of {what}: {reason}")]
    Decode {
        /// What was asked.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The node has no clock controls.
    #[error("the node has no `{method}`: time can only be moved on a development chain ({reason})")]
    NoTimeControl {
        /// Method that is missing.
        method: &'static str,
        /// The node's answer.
        reason: String,
    },
}
