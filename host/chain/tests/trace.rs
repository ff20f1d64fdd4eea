//! `callTracer` over the wire: what cast, viem and geth's users read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::needless_pass_by_value)]

mod common;

use alloy::{
    network::TransactionBuilder as _,
    providers::Provider,
    rpc::types::{TransactionRequest, trace::geth::CallFrame},
    sol,
    sol_types::{Revert, SolCall, SolError},
};
use alloy_primitives::{Address, Bytes, U256, address, hex};
use common::{COUNTER, FORWARDER, REVERTER, dev, provider, start, start_with, stylus_code};
use escapement_chain::{Chain, Config, Mining};
use serde_json::{Value, json};

const ARB_WASM: Address = address!("0x0000000000000000000000000000000000000071");
const NOBODY: Address = address!("0x00000000000000000000000000000000000abcde");

sol! {
    function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
}

/// A program that calls the address in its calldata.
const CALLER: &str = r#"(module
  (import "vm_hooks" "read_args" (func $read_args (param i32)))
  (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "user_entrypoint") (param $len i32) (result i32)
    (call $read_args (i32.const 0))
    (call $call (i32.const 12) (i32.const 0) (i32.const 0) (i32.const 64) (i64.const -1) (i32.const 128))))"#;

/// EVM code that delegates everything to `target`.
fn proxy(target: Address) -> Bytes {
    [&hex!("365f5f375f5f365f73")[..], target.as_slice(), &hex!("5af43d5f5f3e6029573d5ffd5b3d5ff3")].concat().into()
}

/// An account with `code`.
fn install(chain: &Chain, last: u8, code: impl Into<Bytes>) -> Address {
    let address = Address::repeat_byte(last);
    chain.set_code(address, code.into()).unwrap();
    address
}

fn tracer(config: Value) -> Value {
    json!({ "tracer": "callTracer", "tracerConfig": config })
}

async fn trace(client: &impl Provider, hash: &Value, config: Value) -> CallFrame {
    let trace = dev(client, "debug_traceTransaction", json!([hash, tracer(config)])).await.unwrap();
    serde_json::from_value(trace).unwrap()
}

/// The proxy before a program that calls a counter, all in place.
async fn staged(chain: &Chain, client: &impl Provider) -> [Address; 3] {
    let program = install(chain, 0xa1, stylus_code(CALLER));
    let activate = TransactionRequest::default()
        .with_to(ARB_WASM)
        .with_input(activateProgramCall { program }.abi_encode())
        .with_value(U256::from(10).pow(U256::from(17)));
    assert!(client.send_transaction(activate).await.unwrap().get_receipt().await.unwrap().status());
    [install(chain, 0xa2, proxy(program)), program, install(chain, 0xa3, COUNTER)]
}

#[tokio::test]
async fn call_tracer_shows_the_whole_tree() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let [proxy, program, counter] = staged(&chain, &client).await;
    let request = TransactionRequest::default().with_to(proxy).with_input(counter.into_word()).with_gas_limit(900_000);
    let receipt = client.send_transaction(request.clone()).await.unwrap().get_receipt().await.unwrap();
    assert!(receipt.status());
    let root = trace(&client, &json!(receipt.transaction_hash), json!({ "withLog": true })).await;
    let sender = chain.accounts()[0].address;
    assert_eq!((&*root.typ, root.from, root.to), ("CALL", sender, Some(proxy)));
    assert_eq!((root.gas, root.gas_used), (U256::from(900_000), U256::from(receipt.gas_used)));
    let [delegate] = &root.calls[..] else { panic!("{root:#?}") };
    assert_eq!((&*delegate.typ, delegate.from, delegate.to), ("DELEGATECALL", proxy, Some(program)));
    let [call] = &delegate.calls[..] else { panic!("{root:#?}") };
    assert_eq!((&*call.typ, call.from, call.to, call.value), ("CALL", proxy, Some(counter), Some(U256::ZERO)));
    assert_eq!(call.output, Some(U256::ONE.to_be_bytes_vec().into()));
    assert!(root.error.is_none() && call.calls.is_empty());
    assert!(root.gas_used > delegate.gas_used && delegate.gas_used > call.gas_used);
    // The log is with the frame that emitted it.
    assert!(root.logs.is_empty() && delegate.logs.is_empty());
    assert_eq!((call.logs.len(), call.logs[0].address, call.logs[0].index), (1, Some(counter), Some(0)));
    // Without configuration there are no logs; on request no inner calls.
    let bare = trace(&client, &json!(receipt.transaction_hash), Value::Null).await;
    assert!(bare.calls[0].calls[0].logs.is_empty());
    let top = trace(&client, &json!(receipt.transaction_hash), json!({ "onlyTopCall": true, "withLog": true })).await;
    assert_eq!(CallFrame { calls: root.calls.clone(), ..top.clone() }, root);
    assert!(top.calls.is_empty());
    // A call traces as the transaction does, from where the counter is now, with overrides too.
    let options = json!([request, "latest", tracer(Value::Null)]);
    let called: CallFrame = serde_json::from_value(dev(&client, "debug_traceCall", options).await.unwrap()).unwrap();
    assert_eq!(called.calls[0].calls[0].output, Some(U256::from(2).to_be_bytes_vec().into()));
    let mut options = tracer(Value::Null);
    options["stateOverrides"] = json!({ counter.to_string(): { "code": Bytes::from(REVERTER) } });
    let options = json!([request, "latest", options]);
    let called: CallFrame = serde_json::from_value(dev(&client, "debug_traceCall", options).await.unwrap()).unwrap();
    assert_eq!(called.calls[0].calls[0].error.as_deref(), Some("execution reverted"));
    assert_eq!(called.error.as_deref(), Some("execution reverted"));
    server.shutdown().await;
}

#[tokio::test]
async fn call_tracer_names_reasons() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let angry = install(&chain, 0xa1, REVERTER);
    let data = Revert::from("no more").abi_encode();
    let request = TransactionRequest::default().with_to(angry).with_input(data.clone()).with_gas_limit(100_000);
    let receipt = client.send_transaction(request).await.unwrap().get_receipt().await.unwrap();
    assert!(!receipt.status());
    let root = trace(&client, &json!(receipt.transaction_hash), Value::Null).await;
    assert_eq!(root.error.as_deref(), Some("execution reverted"));
    assert_eq!((root.revert_reason.as_deref(), root.output), (Some("no more"), Some(data.into())));
    // An ArbOS error two calls down, and a creation that fails.
    let forwarder = install(&chain, 0xa2, FORWARDER);
    let dead = install(&chain, 0xa3, stylus_code(CALLER));
    let call = json!([{ "to": forwarder, "data": dead.into_word() }, "latest", tracer(Value::Null)]);
    let root: CallFrame = serde_json::from_value(dev(&client, "debug_traceCall", call).await.unwrap()).unwrap();
    assert_eq!(root.calls[0].error.as_deref(), Some("error ProgramNotActivated()"));
    assert_eq!(root.calls[0].gas, root.calls[0].gas_used);
    let call = json!([{ "data": "0xfe" }, "latest", tracer(Value::Null)]);
    let answer = dev(&client, "debug_traceCall", call).await.unwrap();
    assert_eq!((&answer["type"], &answer["error"]), (&json!("CREATE"), &json!("invalid opcode")));
    assert!(answer.get("to").is_none() && answer.get("output").is_none(), "{answer}");
    server.shutdown().await;
}

#[tokio::test]
async fn log_indices_are_those_of_the_block() {
    let (chain, server) = start_with(Config { mining: Mining::Manual, ..Config::deterministic(1_800_000_000) }).await;
    let client = provider(&chain, &server, 0);
    let counter = install(&chain, 0xa1, COUNTER);
    let sender = chain.accounts()[0].address;
    let bump = json!([{ "from": sender, "to": counter }]);
    let mut hashes = Vec::new();
    for _ in 0..2 {
        hashes.push(dev(&client, "eth_sendTransaction", bump.clone()).await.unwrap());
    }
    dev(&client, "evm_mine", json!([])).await.unwrap();
    for (index, hash) in (0..).zip(&hashes) {
        let root = trace(&client, hash, json!({ "withLog": true })).await;
        assert_eq!(root.logs[0].index, Some(index));
        let receipt = dev(&client, "eth_getTransactionReceipt", json!([hash])).await.unwrap();
        assert_eq!(receipt["logs"][0]["logIndex"], json!(format!("{index:#x}")));
        // Replayed where it stood: the second saw what the first wrote.
        assert_eq!(root.output, Some(U256::from(index + 1).to_be_bytes_vec().into()));
    }
    server.shutdown().await;
}

#[tokio::test]
async fn other_tracers_are_refused_by_name() {
    let (chain, server) = start().await;
    let client = provider(&chain, &server, 0);
    let sender = chain.accounts()[0].address;
    let hash = dev(&client, "eth_sendTransaction", json!([{ "from": sender, "to": NOBODY }])).await.unwrap();
    for (options, expected) in [
        (json!({}), "opcode traces are not supported; name a tracer: supported are callTracer and stylusTracer"),
        (json!(null), "opcode traces are not supported"),
        (json!({ "tracer": "prestateTracer" }), "tracer \"prestateTracer\" is not supported; supported are callTracer"),
        (json!({ "tracer": "{ step: function() {} }" }), "is not supported; supported are callTracer and stylusTracer"),
        (json!({ "tracer": "callTracer", "tracerConfig": 5 }), "tracerConfig: "),
        (json!({ "tracer": "callTracer", "tracerConfig": { "onlyTopCall": "yes" } }), "tracerConfig: "),
        (json!({ "tracer": "callTracer", "txIndex": "0x0" }), "txIndex is not supported"),
        (json!({ "tracer": 5 }), "invalid argument"),
        (json!("callTracer"), "invalid argument"),
    ] {
        for (method, params) in [
            ("debug_traceTransaction", json!([hash, options])),
            ("debug_traceCall", json!([{ "to": NOBODY }, "latest", options])),
        ] {
            let error = dev(&client, method, params).await.unwrap_err();
            let payload = error.as_error_resp().unwrap();
            assert_eq!(payload.code, -32602, "{options}");
            assert!(payload.message.contains(expected), "{options}: {}", payload.message);
        }
    }
    server.shutdown().await;
}

#[tokio::test]
async fn deepest_tree_is_answered() {
    let config = Config { rpc_gas_cap: 1 << 42, ..Config::deterministic(1_800_000_000) };
    let (chain, server) = start_with(config).await;
    // Calls itself with all its gas until the depth is used up.
    let deep = install(&chain, 0xa1, hex!("5f5f5f5f5f305af15000").to_vec());
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "debug_traceCall",
        "params": [{ "to": deep }, "latest", tracer(Value::Null)] });
    let answer = reqwest::Client::new().post(server.url()).body(call.to_string()).send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert_eq!(text.matches("\"type\":\"CALL\"").count(), 1_026);
    assert_eq!(text.matches("max call depth exceeded").count(), 1);
    server.shutdown().await;
}
