//! From signed transactions and call requests to what the virtual machine runs.

use alloy::consensus::{Transaction as _, TxEnvelope, Typed2718, transaction::SignerRecoverable};
use alloy::eips::eip2718::Decodable2718;
use alloy_primitives::Address;
use revm::context::{TxEnv, either::Either};

use crate::error::ChainError;

/// Decodes a raw transaction and recovers its sender.
///
/// # Errors
/// [`ChainError::InvalidTransaction`] when it does not decode or recover,
/// [`ChainError::UnsupportedType`] for blob transactions, [`ChainError::WrongChainId`].
pub fn decode(raw: &[u8], chain_id: u64) -> Result<(TxEnvelope, Address), ChainError> {
    let Some(first) = raw.first() else {
        return Err(ChainError::InvalidTransaction("typed transaction too short".to_owned()));
    };
    if matches!(first, 3 | 5..=0x7f) {
        return Err(ChainError::UnsupportedType(*first));
    }
    let envelope =
        TxEnvelope::decode_2718_exact(raw).map_err(|error| ChainError::InvalidTransaction(format!("rlp: {error}")))?;
    if let Some(have) = envelope.chain_id()
        && have != chain_id
    {
        return Err(ChainError::WrongChainId { have, want: chain_id });
    }
    let from = envelope
        .recover_signer()
        .map_err(|_| ChainError::InvalidTransaction("invalid transaction v, r, s values".to_owned()))?;
    Ok((envelope, from))
}

/// The environment of a signed transaction.
pub fn tx_env(envelope: &TxEnvelope, from: Address) -> TxEnv {
    TxEnv {
        tx_type: envelope.ty(),
        caller: from,
        gas_limit: envelope.gas_limit(),
        gas_price: envelope.max_fee_per_gas(),
        kind: envelope.kind(),
        value: envelope.value(),
        data: envelope.input().clone(),
        nonce: envelope.nonce(),
        chain_id: envelope.chain_id(),
        access_list: envelope.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: envelope.max_priority_fee_per_gas(),
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: envelope
            .authorization_list()
            .unwrap_or_default()
            .iter()
            .cloned()
            .map(Either::Left)
            .collect(),
    }
}
