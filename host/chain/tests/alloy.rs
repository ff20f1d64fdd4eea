//! The chain as an alloy client sees it, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::needless_pass_by_value)]

mod common;

use alloy::{
    consensus::Transaction as _,
    eips::BlockId,
    network::TransactionBuilder as _,
    providers::Provider,
    rpc::types::{Filter, TransactionRequest, state::AccountOverride},
};
use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use common::{COUNTER, ENVIRONMENT, REVERTER, dev, init, provider, start};
use serde_json::{Value, json};

/// A return value of one small word.
fn word(value: u8) -> Bytes {
    B256::with_last_byte(value).into()
}

const NOBODY: Address = address!("0x00000000000000000000000000000000000abcde");

#[tokio::test]
async fn transfer_works() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let sender = chain.accounts()[0].address;
    let before = client.get_balance(sender).await.unwrap();
    let request = TransactionRequest::default().with_to(NOBODY).with_value(U256::from(1_234));
    let receipt = client.send_transaction(request).await.unwrap().get_receipt().await.unwrap();
    assert!(receipt.status());
    assert_eq!(receipt.gas_used, 21_000);
    assert_eq!(receipt.effective_gas_price, 100_000_000);
    assert_eq!(receipt.block_number, Some(1));
    assert_eq!(client.get_balance(NOBODY).await.unwrap(), U256::from(1_234));
    let fee = U256::from(21_000u64 * 100_000_000);
    assert_eq!(client.get_balance(sender).await.unwrap(), before - fee - U256::from(1_234));
    assert_eq!(client.get_transaction_count(sender).await.unwrap(), 1);
    let tx = client.get_transaction_by_hash(receipt.transaction_hash).await.unwrap().unwrap();
    assert_eq!(tx.value(), U256::from(1_234));
    server.shutdown().await;
}

#[tokio::test]
async fn contract_lifecycle_works() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let deploy = TransactionRequest::default().with_deploy_code(init(COUNTER));
    let receipt = client.send_transaction(deploy).await.unwrap().get_receipt().await.unwrap();
    let counter = receipt.contract_address.unwrap();
    assert_eq!(counter, chain.accounts()[0].address.create(0));
    assert_eq!(client.get_code_at(counter).await.unwrap(), *COUNTER);
    let bump = TransactionRequest::default().with_to(counter);
    assert_eq!(client.call(bump.clone()).await.unwrap(), word(1));
    for _ in 0..3 {
        let receipt = client.send_transaction(bump.clone()).await.unwrap().get_receipt().await.unwrap();
        assert!(receipt.status());
    }
    assert_eq!(client.get_storage_at(counter, U256::ZERO).await.unwrap(), U256::from(3));
    // Every past state stays readable.
    for height in 1..=4u64 {
        let value = client.get_storage_at(counter, U256::ZERO).block_id(height.into()).await.unwrap();
        assert_eq!(value, U256::from(height - 1));
        let next = client.call(bump.clone()).block(height.into()).await.unwrap();
        assert_eq!(next, word(u8::try_from(height).unwrap()));
    }
    assert!(client.get_code_at(counter).block_id(0.into()).await.unwrap().is_empty());
    let logs = client.get_logs(&Filter::new().address(counter).from_block(0)).await.unwrap();
    assert_eq!(logs.len(), 3);
    assert_eq!(logs[1].topics(), [B256::with_last_byte(2)]);
    assert_eq!(logs[1].block_number, Some(3));
    let second = Filter::new().from_block(0).event_signature(B256::with_last_byte(2));
    assert_eq!(client.get_logs(&second).await.unwrap(), logs[1..2]);
    let by_hash = Filter::new().at_block_hash(logs[2].block_hash.unwrap());
    assert_eq!(client.get_logs(&by_hash).await.unwrap(), logs[2..3]);
    let receipts = client.get_block_receipts(BlockId::latest()).await.unwrap().unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!(receipts[0].logs(), &logs[2..3]);
    server.shutdown().await;
}

#[tokio::test]
async fn blocks_are_linked_and_hashed() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    dev(&client, "anvil_mine", json!([3, 60])).await.unwrap();
    let mut parent = client.get_block_by_number(0.into()).await.unwrap().unwrap();
    for height in 1..=3u64 {
        let block = client.get_block_by_number(height.into()).await.unwrap().unwrap();
        assert_eq!(block.header.parent_hash, parent.header.hash);
        assert_eq!(block.header.inner.hash_slow(), block.header.hash);
        assert_ne!(block.header.hash, parent.header.hash);
        if height > 1 {
            assert_eq!(block.header.timestamp, parent.header.timestamp + 60);
        }
        parent = block;
    }
    let full = client.get_block_by_hash(parent.header.hash).full().await.unwrap().unwrap();
    assert_eq!(full.header, parent.header);
    server.shutdown().await;
}

#[tokio::test]
async fn call_reverts_carry_their_data() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    chain.set_code(NOBODY, REVERTER.into()).unwrap();
    let data = alloy::sol_types::SolError::abi_encode(&alloy::sol_types::Revert::from("no more"));
    let call = TransactionRequest::default().with_to(NOBODY).with_input(data.clone());
    let error = client.call(call.clone()).await.unwrap_err();
    let payload = error.as_error_resp().unwrap();
    assert_eq!(payload.code, 3);
    assert_eq!(payload.message, "execution reverted: no more");
    assert_eq!(payload.as_revert_data().unwrap(), data);
    let error = client.estimate_gas(call).await.unwrap_err();
    assert_eq!(error.as_error_resp().unwrap().code, 3);
    let empty = TransactionRequest::default().with_to(NOBODY);
    let error = client.call(empty).await.unwrap_err();
    let payload = error.as_error_resp().unwrap();
    assert_eq!(payload.message, "execution reverted");
    assert_eq!(payload.data.as_ref().unwrap().get(), "\"0x\"");
    server.shutdown().await;
}

#[tokio::test]
async fn state_overrides_work() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let call = TransactionRequest::default().with_to(NOBODY).with_input(word(7));
    let reader = AccountOverride::default()
        .with_code(common::READER)
        .with_state_diff([(B256::with_last_byte(7), B256::with_last_byte(9))]);
    let got = client.call(call.clone()).account_override(NOBODY, reader).await.unwrap();
    assert_eq!(got, word(9));
    // `state` hides what is stored; `stateDiff` keeps it.
    chain.set_code(NOBODY, common::READER.into()).unwrap();
    chain.set_storage(NOBODY, U256::from(7), U256::from(5));
    assert_eq!(client.call(call.clone()).await.unwrap(), word(5));
    let other = [(B256::with_last_byte(8), B256::with_last_byte(1))];
    let replaced = AccountOverride::default().with_state(other);
    let got = client.call(call.clone()).account_override(NOBODY, replaced).await.unwrap();
    assert_eq!(got, word(0));
    let patched = AccountOverride::default().with_state_diff(other);
    let got = client.call(call).account_override(NOBODY, patched).await.unwrap();
    assert_eq!(got, word(5));
    // A sender with everything there is can pay, and the fee-free call does not overflow.
    let rich = AccountOverride { balance: Some(U256::MAX), ..AccountOverride::default() };
    let pay = TransactionRequest::default()
        .with_from(NOBODY)
        .with_to(Address::with_last_byte(0x99))
        .with_value(U256::from(10).pow(U256::from(18)));
    client.call(pay).account_override(NOBODY, rich).await.unwrap();
    server.shutdown().await;
}

#[tokio::test]
async fn development_methods_work() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    dev(&client, "anvil_setBalance", json!([NOBODY, "0xde0b6b3a7640000"])).await.unwrap();
    let snapshot = dev(&client, "evm_snapshot", json!([])).await.unwrap();
    dev(&client, "hardhat_impersonateAccount", json!([NOBODY])).await.unwrap();
    let send =
        TransactionRequest::default().with_from(NOBODY).with_to(chain.accounts()[1].address).with_value(U256::from(5));
    let hash: B256 = client.raw_request("eth_sendTransaction".into(), [send.clone()]).await.unwrap();
    let receipt = client.get_transaction_receipt(hash).await.unwrap().unwrap();
    assert_eq!(receipt.from, NOBODY);
    dev(&client, "anvil_stopImpersonatingAccount", json!([NOBODY])).await.unwrap();
    let refused = client.raw_request::<_, B256>("eth_sendTransaction".into(), [send]).await;
    assert!(refused.unwrap_err().to_string().contains("unknown account"));
    let set = dev(&client, "hardhat_setStorageAt", json!([NOBODY, "0x1", keccak256("x")])).await;
    assert_eq!(set.unwrap(), json!(true));
    assert_eq!(client.get_storage_at(NOBODY, U256::from(1)).await.unwrap(), U256::from_be_bytes(keccak256("x").0));
    assert_eq!(dev(&client, "evm_revert", json!([snapshot])).await.unwrap(), json!(true));
    assert_eq!(dev(&client, "anvil_revert", json!([snapshot])).await.unwrap(), json!(false));
    assert_eq!(client.get_block_number().await.unwrap(), 0);
    assert_eq!(client.get_storage_at(NOBODY, U256::from(1)).await.unwrap(), U256::ZERO);
    assert_eq!(client.get_transaction_count(NOBODY).await.unwrap(), 0);
    assert!(client.get_transaction_receipt(hash).await.unwrap().is_none());
    server.shutdown().await;
}

#[tokio::test]
async fn time_control_works() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    chain.set_code(NOBODY, ENVIRONMENT.into()).unwrap();
    dev(&client, "evm_increaseTime", json!([86_400 * 365])).await.unwrap();
    dev(&client, "evm_mine", json!([])).await.unwrap();
    let head = client.get_block(BlockId::latest()).await.unwrap().unwrap();
    assert_eq!(head.header.timestamp, 1_800_000_000 + 86_400 * 365 + 1);
    let next = head.header.timestamp + 500;
    dev(&client, "evm_setNextBlockTimestamp", json!([next])).await.unwrap();
    let call = TransactionRequest::default().with_to(NOBODY);
    let seen = client.call(call.clone()).block(BlockId::pending()).await.unwrap();
    assert_eq!(U256::from_be_slice(&seen[32..64]), U256::from(head.header.timestamp + 500));
    // The latest block's own time for a call at `latest`; the L1 height follows the clock.
    let seen = client.call(call).block(BlockId::latest()).await.unwrap();
    assert_eq!(U256::from_be_slice(&seen[32..64]), U256::from(head.header.timestamp));
    let l1 = 20_000_000 + (86_400u64 * 365 + 1) / 12;
    assert_eq!(U256::from_be_slice(&seen[..32]), U256::from(l1));
    let past: Result<Value, _> = dev(&client, "evm_setNextBlockTimestamp", json!(["0x5"])).await;
    let past = past.unwrap_err();
    assert!(past.to_string().contains("before the latest block"));
    server.shutdown().await;
}
