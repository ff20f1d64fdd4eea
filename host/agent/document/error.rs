//! What can be wrong with a document.

use std::io;

use alloy::primitives::{Address, B256};
use escapement_core::update::DecodeError;
use serde_json::Value;

use crate::sign::{RecoverError, SignError};

/// Why a document is not taken, or cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The file cannot be read.
    #[error("cannot read it: {0}")]
    Unreadable(io::Error),
    /// The file cannot be written.
    #[error("cannot write it: {0}")]
    Unwritable(io::Error),
    /// It is no document, or one with a field too many or too few.
    #[error("no document of a report or an update, as `report new` and `prove --out` write them: {0}")]
    Malformed(String),
    /// The wire bytes do not decode.
    #[error("the wire bytes do not decode: {0:?}")]
    Wire(DecodeError),
    /// The bytes have no digest.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A field is not what the bytes give.
    #[error(
        "`{field}` is {said} in the document, and {given} by its bytes: somebody changed one of them, ask for the original"
    )]
    Disagreement {
        /// Path of the field.
        field: String,
        /// What the document says.
        said: Value,
        /// What its bytes give.
        given: Value,
    },
    /// The policy's bytes are none.
    #[error("the bytes of the policy are no proven.bin: {0}")]
    Policy(String),
    /// The policy's bytes are those of another policy.
    #[error("the policy in the document has the id {have}, the update is of {want}")]
    OtherPolicy {
        /// Id of the bytes.
        have: B256,
        /// Id that the update names.
        want: B256,
    },
    /// The policy cannot show these outputs for these values.
    #[error("KPI values and outputs are none of this policy's: {0}")]
    Statement(String),
    /// The attestation is too short for outputs and proof.
    #[error("the attestation has {have} bytes, outputs and proof take {want}")]
    Attestation {
        /// Bytes there are.
        have: usize,
        /// Bytes needed.
        want: usize,
    },
    /// A signature is none.
    #[error("the signature of {signer} is none: {reason}")]
    Signature {
        /// Whose it is said to be.
        signer: Address,
        /// What is wrong.
        reason: RecoverError,
    },
    /// A signature is somebody else's, or over something else.
    #[error("the signature of {signer} is not theirs over this document (it gives {found})")]
    OtherSigner {
        /// Whose it is said to be.
        signer: Address,
        /// Whose it would be.
        found: Address,
    },
    /// Signatures are not in order, or one is there twice.
    #[error("the signatures are not ascending by signer: {after} follows {before}")]
    Order {
        /// A signer.
        before: Address,
        /// The next one.
        after: Address,
    },
    /// The update goes without signatures.
    #[error("no signatures are taken: every output is within the policy's limit ({limit} of 65536); send it as it is")]
    NotNeeded {
        /// Largest output that goes without, Q16.
        limit: u32,
    },
    /// Two documents are not copies of one.
    #[error("different documents: {one} and {other}, or other outputs or another proof; send them one by one")]
    Different {
        /// Sort, number and digest.
        one: String,
        /// Sort, number and digest.
        other: String,
    },
}
