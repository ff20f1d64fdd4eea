//! Keeping programs alive: a Stylus program expires a year after its activation, and then even a halt would fail.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256, keccak256},
    rpc::types::TransactionReceipt,
    signers::local::PrivateKeySigner,
};

use super::{ARB_WASM, DeployError};
use crate::{
    bindings::arbos::ArbWasm,
    client::{Client, ClientError, Tx},
};

/// Extends every one of these programs that has less than `margin` seconds left. Anybody may; whoever does pays the data
/// fee. Returns the receipts.
///
/// # Errors
/// A [`DeployError`]; a program that has expired already needs another activation and is an error.
pub async fn keep_alive(
    client: &Client,
    key: &PrivateKeySigner,
    programs: &[Address],
    margin: u64,
) -> Result<Vec<TransactionReceipt>, DeployError> {
    let mut receipts = Vec::new();
    for program in programs {
        let left = client.read(ARB_WASM, &ArbWasm::programTimeLeftCall { program: *program }).await?;
        if left >= margin {
            continue;
        }
        let codehash = keccak256(client.code(*program).await?);
        let tx = Tx::call(ARB_WASM, &ArbWasm::codehashKeepaliveCall { codehash });
        // The platform tells the fee only in its refusal of too little.
        let fee = match client.call_raw(key.address(), &tx, BlockId::latest(), None).await {
            Ok(_) => U256::ZERO,
            Err(ClientError::Refused { refusal, .. }) if refusal.name == "ProgramInsufficientValue" => {
                refusal.arg("want").and_then(|want| want.parse().ok()).unwrap_or_default()
            }
            Err(other) => return Err(other.into()),
        };
        let value = fee * U256::from(120) / U256::from(100);
        receipts.push(client.send(key, tx.value(value)).await?);
    }
    Ok(receipts)
}
