//! Stylus programs over JSON-RPC: what cargo-stylus asks and does, in its order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::needless_pass_by_value)]

mod common;

use alloy::{
    network::TransactionBuilder as _,
    providers::Provider,
    rpc::types::{TransactionRequest, state::AccountOverride},
    sol,
    sol_types::{SolCall, SolError},
};
use alloy_primitives::{Address, Bytes, U256, address, keccak256};
use common::{NO_ENTRY, NO_GROW, PROGRAM, dev, provider, start, stylus_code, stylus_init};
use serde_json::json;

const ARB_WASM: Address = address!("0x0000000000000000000000000000000000000071");

sol! {
    function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
    function codehashVersion(bytes32 codehash) external view returns (uint16);
    function stylusVersion() external view returns (uint16);
    function programTimeLeft(address program) external view returns (uint64);
    error ProgramNotActivated();
    error ProgramExpired(uint64 age);
    event ProgramActivated(bytes32 indexed codehash, bytes32 moduleHash, address program, uint256 dataFee, uint16 version);
}

fn ask(call: &impl SolCall) -> TransactionRequest {
    TransactionRequest::default().with_to(ARB_WASM).with_input(call.abi_encode())
}

/// The check of cargo-stylus: activation as a call, with the code put there by an override.
fn check(at: Address) -> TransactionRequest {
    ask(&activateProgramCall { program: at })
        .with_from(Address::repeat_byte(0x5a))
        .with_value(U256::from(10).pow(U256::from(18)))
}

fn rich() -> AccountOverride {
    AccountOverride { balance: Some(U256::MAX), ..AccountOverride::default() }
}

async fn deploy(client: &impl Provider, code: &Bytes) -> Address {
    let request = TransactionRequest::default().with_deploy_code(stylus_init(code));
    let receipt = client.send_transaction(request).await.unwrap().get_receipt().await.unwrap();
    assert!(receipt.status());
    receipt.contract_address.unwrap()
}

async fn activate(client: &impl Provider, program: Address) {
    let request = ask(&activateProgramCall { program }).with_value(U256::from(10).pow(U256::from(17)));
    let receipt = client.send_transaction(request).await.unwrap().get_receipt().await.unwrap();
    assert!(receipt.status());
    let log = receipt.logs()[0].log_decode::<ProgramActivated>().unwrap();
    assert_eq!(log.inner.address, ARB_WASM);
    assert_eq!(log.inner.data.program, program);
}

#[tokio::test]
async fn check_deploy_activate_call_works() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let code = stylus_code(PROGRAM);
    // 1. Not activated: the error data is what cargo-stylus decodes.
    let query = ask(&codehashVersionCall { codehash: keccak256(&code) });
    let error = client.call(query.clone()).await.unwrap_err();
    let payload = error.as_error_resp().unwrap();
    assert_eq!(payload.code, 3);
    assert_eq!(payload.as_revert_data().unwrap(), ProgramNotActivated {}.abi_encode());
    assert!(payload.message.contains("ProgramNotActivated()"), "{}", payload.message);
    // 2. The check, nothing deployed.
    let somewhere = Address::repeat_byte(0x77);
    let output = client
        .call(check(somewhere))
        .account_override(Address::repeat_byte(0x5a), rich())
        .account_override(somewhere, AccountOverride::default().with_code(code.clone()))
        .await
        .unwrap();
    let activation = activateProgramCall::abi_decode_returns(&output).unwrap();
    assert_eq!(activation.version, 2);
    assert!(activation.dataFee > U256::ZERO);
    // 3. Deploy, activate, run.
    let program = deploy(&client, &code).await;
    assert_eq!(client.get_code_at(program).await.unwrap(), code);
    activate(&client, program).await;
    let version = client.call(query).await.unwrap();
    assert_eq!(codehashVersionCall::abi_decode_returns(&version).unwrap(), 2);
    let bump = TransactionRequest::default().with_to(program);
    for expected in 1..=3u64 {
        let receipt = client.send_transaction(bump.clone()).await.unwrap().get_receipt().await.unwrap();
        assert!(receipt.status());
        let slot = client.get_storage_at(program, U256::ZERO).await.unwrap();
        assert_eq!(slot, U256::from(expected));
    }
    let output = client.call(bump.clone()).await.unwrap();
    assert_eq!(U256::from_be_slice(&output), U256::from(4));
    server.shutdown().await;
}

#[tokio::test]
async fn activation_refuses_broken_modules_with_the_reason() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let somewhere = Address::repeat_byte(0x77);
    for (wat, reason) in [(NO_ENTRY, "user_entrypoint"), (NO_GROW, "pay_for_memory_grow")] {
        let error = client
            .call(check(somewhere))
            .account_override(Address::repeat_byte(0x5a), rich())
            .account_override(somewhere, AccountOverride::default().with_code(stylus_code(wat)))
            .await
            .unwrap_err();
        let message = &error.as_error_resp().unwrap().message;
        assert!(message.contains(reason), "{message}");
    }
    server.shutdown().await;
}

#[tokio::test]
async fn inactive_program_halts_with_its_name() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let program = deploy(&client, &stylus_code(PROGRAM)).await;
    let error = client.call(TransactionRequest::default().with_to(program)).await.unwrap_err();
    assert!(error.to_string().contains("ProgramNotActivated()"), "{error}");
    server.shutdown().await;
}

#[tokio::test]
async fn program_expires_after_a_year() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let program = deploy(&client, &stylus_code(PROGRAM)).await;
    activate(&client, program).await;
    let left = client.call(ask(&programTimeLeftCall { program })).await.unwrap();
    let left = programTimeLeftCall::abi_decode_returns(&left).unwrap();
    assert!((364 * 86_400..=365 * 86_400).contains(&left), "{left}");
    let snapshot = dev(&client, "evm_snapshot", json!([])).await.unwrap();
    dev(&client, "evm_increaseTime", json!([366 * 86_400])).await.unwrap();
    dev(&client, "evm_mine", json!([])).await.unwrap();
    let call = TransactionRequest::default().with_to(program);
    let error = client.call(call.clone()).await.unwrap_err();
    assert!(error.to_string().contains("ProgramExpired"), "{error}");
    assert_eq!(dev(&client, "evm_revert", json!([snapshot])).await.unwrap(), json!(true));
    client.call(call).await.unwrap();
    server.shutdown().await;
}

#[tokio::test]
async fn runaway_program_stops_at_its_gas() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let program = deploy(&client, &stylus_code(PROGRAM)).await;
    activate(&client, program).await;
    // 20,000 bytes of calldata ask for twenty million turns.
    let call = TransactionRequest::default().with_to(program).with_input(vec![0; 20_000]);
    let request = call.clone().with_gas_limit(1_000_000);
    let receipt = client.send_transaction(request).await.unwrap().get_receipt().await.unwrap();
    assert!(!receipt.status());
    assert_eq!(receipt.gas_used, 1_000_000);
    server.shutdown().await;
}

#[tokio::test]
async fn host_calls_are_traced() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let program = deploy(&client, &stylus_code(PROGRAM)).await;
    activate(&client, program).await;
    let bump = TransactionRequest::default().with_to(program);
    let hash = *client.send_transaction(bump.clone()).await.unwrap().tx_hash();
    let tracer = json!({ "tracer": "stylusTracer" });
    let mined = dev(&client, "debug_traceTransaction", json!([hash, tracer])).await.unwrap();
    let names: Vec<&str> = mined.as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    let expected = ["storage_load_bytes32", "storage_cache_bytes32", "storage_flush_cache", "write_result"];
    let inner: Vec<&str> = names.iter().copied().filter(|name| !name.starts_with("user_")).collect();
    assert_eq!(inner, expected, "{names:?}");
    for pair in mined.as_array().unwrap().windows(2) {
        assert!(pair[1]["startInk"].as_u64() <= pair[0]["startInk"].as_u64());
    }
    let called = dev(&client, "debug_traceCall", json!([bump, "latest", tracer])).await.unwrap();
    assert_eq!(called.as_array().unwrap().len(), mined.as_array().unwrap().len());
    let outer = json!([hash, { "tracer": "callTracer" }]);
    let outer = dev(&client, "debug_traceTransaction", outer).await.unwrap();
    assert_eq!(outer["type"], "CALL");
    assert_eq!(outer["output"].as_str().unwrap().len(), 66);
    server.shutdown().await;
}
