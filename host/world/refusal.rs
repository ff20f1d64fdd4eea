//! A call or transaction that did not go through, and the typed error it carried.

use alloy_primitives::{Bytes, hex};
use alloy_sol_types::SolError;
use escapement_chain::ChainError;

/// Why a call or transaction did not go through.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message} (data 0x{})", hex::encode(.data))]
pub struct Refusal {
    /// The node's words.
    pub message: String,
    /// Revert data; empty when the frame halted or trapped.
    pub data: Bytes,
}

impl Refusal {
    /// Decodes the revert data as the Solidity error `E`.
    ///
    /// # Panics
    /// When the data is of another error: a test that expects `E` has failed.
    #[must_use]
    #[track_caller]
    pub fn expect<E: SolError>(&self) -> E {
        E::abi_decode(&self.data).unwrap_or_else(|error| panic!("expected {}, got {self}: {error}", E::SIGNATURE))
    }

    /// Whether the revert data starts with the selector of `E`.
    #[must_use]
    pub fn is<E: SolError>(&self) -> bool {
        self.data.starts_with(&E::SELECTOR)
    }
}

impl From<ChainError> for Refusal {
    fn from(error: ChainError) -> Self {
        let data = match &error {
            ChainError::Reverted { data, .. } => data.clone(),
            _ => Bytes::new(),
        };
        Self { message: error.to_string(), data }
    }
}

/// Asserts that `result` is the refusal `error`, all its numbers included.
///
/// # Panics
/// When it is not: the test has failed.
#[track_caller]
pub fn refused<T, E: SolError>(result: Result<T, Refusal>, error: &E) {
    let Err(refusal) = result else { panic!("accepted, expected {}", E::SIGNATURE) };
    assert_eq!(refusal.data, Bytes::from(error.abi_encode()), "expected {}, got {refusal}", E::SIGNATURE);
}
