//! The wire protocol: envelopes, error codes, transaction checks, filters, subscriptions' server, and
//! input that no client would send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::needless_pass_by_value)]

mod common;

use std::time::Duration;

use alloy::{
    consensus::{SignableTransaction as _, TxEip1559, TxEip2930, TxEnvelope, TxLegacy},
    eips::eip2718::Encodable2718 as _,
    signers::SignerSync as _,
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U64, U256, address, hex};
use common::{BURNER, COUNTER, FORWARDER, SPINNER, init, start, start_with};
use escapement_chain::{Chain, Config, Mining, Server};
use serde_json::{Value, json};

const NOBODY: Address = address!("0x00000000000000000000000000000000000abcde");

struct Wire {
    chain: Chain,
    server: Server,
    http: reqwest::Client,
}

impl Wire {
    async fn new() -> Self {
        Self::with(Config::deterministic(1_800_000_000)).await
    }

    async fn with(config: Config) -> Self {
        let (chain, server) = start_with(config).await;
        Self { chain, server, http: reqwest::Client::new() }
    }

    async fn post(&self, body: impl Into<reqwest::Body>) -> (u16, String) {
        let answer = self.http.post(self.server.url()).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn call(&self, method: &str, params: Value) -> Value {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let (status, text) = self.post(body.to_string()).await;
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn ok(&self, method: &str, params: Value) -> Value {
        let answer = self.call(method, params).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    async fn refused(&self, method: &str, params: Value) -> (i64, String) {
        let answer = self.call(method, params).await;
        let error = answer.get("error").unwrap_or_else(|| panic!("{method}: {answer}"));
        (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
    }

    /// A signed transfer of account 0 to nobody, changed by `change`.
    fn raw(&self, change: impl FnOnce(&mut TxEip1559)) -> Bytes {
        let mut tx = TxEip1559 {
            chain_id: 412_346,
            nonce: 0,
            gas_limit: 21_000,
            max_fee_per_gas: 100_000_000,
            max_priority_fee_per_gas: 0,
            to: TxKind::Call(NOBODY),
            value: U256::ONE,
            ..TxEip1559::default()
        };
        change(&mut tx);
        let signature = self.chain.accounts()[0].signer.sign_hash_sync(&tx.signature_hash()).unwrap();
        TxEnvelope::from(tx.into_signed(signature)).encoded_2718().into()
    }

    async fn send_refused(&self, change: impl FnOnce(&mut TxEip1559)) -> (i64, String) {
        self.refused("eth_sendRawTransaction", json!([self.raw(change)])).await
    }
}

#[tokio::test]
async fn envelopes_are_checked() {
    let wire = Wire::new().await;
    for (body, code) in [
        ("", -32700),
        ("{", -32700),
        ("nonsense", -32700),
        ("[]", -32600),
        ("7", -32600),
        ("{}", -32600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_nothing"}"#, -32601),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_getBalance"}"#, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":{"a":1}}"#, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x12"]}"#, -32602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["soon",false]}"#, -32602),
    ] {
        let (status, text) = wire.post(body).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((status, &answer["error"]["code"]), (200, &json!(code)), "{body}: {text}");
    }
    // Ids come back as they were sent.
    for id in [json!("a"), json!(-4), json!(null), json!(1.5)] {
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": "eth_chainId" });
        let (_, text) = wire.post(body.to_string()).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": id, "result": "0x64aba" }));
    }
    wire.server.shutdown().await;
}

#[tokio::test]
async fn batches_work() {
    let wire = Wire::new().await;
    let body = json!([
        { "jsonrpc": "2.0", "id": 1, "method": "eth_chainId" },
        { "jsonrpc": "2.0", "method": "eth_chainId" },
        5,
        { "jsonrpc": "2.0", "id": 2, "method": "net_version" },
    ]);
    let (_, text) = wire.post(body.to_string()).await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer[0]["result"], "0x64aba");
    assert_eq!(answer[1]["error"]["code"], -32600);
    assert_eq!(answer[2], json!({ "jsonrpc": "2.0", "id": 2, "result": "412346" }));
    assert_eq!(answer.as_array().unwrap().len(), 3);
    let notification = r#"{"jsonrpc":"2.0","method":"eth_chainId"}"#;
    assert_eq!(wire.post(notification).await, (204, String::new()));
    let many = vec![json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId" }); 1_001];
    let (_, text) = wire.post(json!(many).to_string()).await;
    assert!(text.contains("batch of 1001, limit 1000"), "{text}");
    wire.server.shutdown().await;
}

#[tokio::test]
async fn oversized_bodies_are_refused() {
    let wire = Wire::new().await;
    let (status, _) = wire.post(vec![b' '; 10 * 1024 * 1024 + 1]).await;
    assert_eq!(status, 413);
    assert_eq!(wire.ok("eth_blockNumber", json!([])).await, "0x0");
    wire.server.shutdown().await;
}

#[tokio::test]
async fn raw_transactions_are_checked() {
    let wire = Wire::new().await;
    let (code, message) = wire.send_refused(|tx| tx.chain_id = 1).await;
    assert_eq!((code, &*message), (-32000, "invalid chain id for signer: have 1 want 412346"));
    let (_, message) = wire.send_refused(|tx| tx.gas_limit = 20_999).await;
    assert_eq!(message, "intrinsic gas too low: have 20999, want 21000");
    let (_, message) = wire.send_refused(|tx| tx.gas_limit = 32_000_001).await;
    assert_eq!(message, "exceeds gas limit per transaction: have 32000001, cap 32000000");
    let (_, message) = wire.send_refused(|tx| tx.max_fee_per_gas = 99_999_999).await;
    assert!(message.starts_with("max fee per gas less than block base fee: address 0xf39F"));
    let (_, message) = wire.send_refused(|tx| tx.max_priority_fee_per_gas = 100_000_001).await;
    assert!(message.starts_with("max priority fee per gas higher than max fee per gas"));
    let (_, message) = wire.send_refused(|tx| tx.value = U256::MAX).await;
    assert!(message.starts_with("insufficient funds for gas * price + value"), "{message}");
    for (raw, expected) in [
        ("0x", "typed transaction too short"),
        ("0x03c0", "transaction type not supported: 0x03"),
        ("0x7f00", "transaction type not supported: 0x7f"),
        ("0x02c0", "rlp: "),
        ("0xc0", "rlp: "),
        ("0xffffffffffffffffffff", "rlp: "),
    ] {
        let (code, message) = wire.refused("eth_sendRawTransaction", json!([raw])).await;
        assert_eq!(code, -32000);
        assert!(message.starts_with(expected), "{raw}: {message}");
    }
    let mut damaged = wire.raw(|_| ()).to_vec();
    *damaged.last_mut().unwrap() = 0;
    damaged.push(0);
    let (_, message) = wire.refused("eth_sendRawTransaction", json!([Bytes::from(damaged)])).await;
    assert!(message.starts_with("rlp: "), "{message}");
    // Accepted once, then known, then too low.
    wire.ok("eth_sendRawTransaction", json!([wire.raw(|_| ())])).await;
    let (_, message) = wire.send_refused(|_| ()).await;
    assert_eq!(message, "already known");
    let (_, message) = wire.send_refused(|tx| tx.value = U256::from(2)).await;
    assert!(message.starts_with("nonce too low: address 0xf39F"), "{message}");
    assert!(message.ends_with("tx: 0 state: 1"), "{message}");
    assert_eq!(wire.ok("eth_getBalance", json!([NOBODY, "latest"])).await, "0x1");
    wire.server.shutdown().await;
}

#[tokio::test]
async fn every_transaction_type_is_taken() {
    let wire = Wire::new().await;
    let signer = &wire.chain.accounts()[0].signer;
    let to = TxKind::Call(NOBODY);
    let legacy = |nonce, chain_id| TxLegacy {
        chain_id,
        nonce,
        gas_price: 100_000_000,
        gas_limit: 21_000,
        to,
        ..TxLegacy::default()
    };
    let list = TxEip2930 {
        chain_id: 412_346,
        nonce: 2,
        gas_price: 200_000_000,
        gas_limit: 30_000,
        to,
        ..TxEip2930::default()
    };
    let first = legacy(0, Some(412_346));
    let second = legacy(1, None);
    let signature = |hash| signer.sign_hash_sync(&hash).unwrap();
    let (a, b, c) =
        (signature(first.signature_hash()), signature(second.signature_hash()), signature(list.signature_hash()));
    let raws = [
        TxEnvelope::from(first.into_signed(a)).encoded_2718(),
        TxEnvelope::from(second.into_signed(b)).encoded_2718(),
        TxEnvelope::from(list.into_signed(c)).encoded_2718(),
        wire.raw(|tx| tx.nonce = 3).to_vec(),
    ];
    for (raw, kind) in raws.into_iter().zip(["0x0", "0x0", "0x1", "0x2"]) {
        let hash = wire.ok("eth_sendRawTransaction", json!([Bytes::from(raw.clone())])).await;
        let receipt = wire.ok("eth_getTransactionReceipt", json!([hash])).await;
        assert_eq!(receipt["status"], "0x1");
        assert_eq!(receipt["type"], kind);
        assert_eq!(receipt["effectiveGasPrice"], "0x5f5e100");
        assert_eq!(receipt["gasUsedForL1"], "0x0");
        assert_eq!(receipt["l1BlockNumber"], "0x1312d00");
        let tx = wire.ok("eth_getTransactionByHash", json!([hash])).await;
        assert_eq!(tx["type"], kind);
        let back = wire.ok("eth_getRawTransactionByHash", json!([hash])).await;
        assert_eq!(back, json!(Bytes::from(raw)));
    }
    wire.server.shutdown().await;
}

#[tokio::test]
async fn nonce_gaps_wait() {
    let wire = Wire::new().await;
    let late = wire.ok("eth_sendRawTransaction", json!([wire.raw(|tx| tx.nonce = 2)])).await;
    let sender = wire.chain.accounts()[0].address;
    assert_eq!(wire.ok("eth_getTransactionReceipt", json!([late])).await, Value::Null);
    let waiting = wire.ok("eth_getTransactionByHash", json!([late])).await;
    assert_eq!(waiting["blockNumber"], Value::Null);
    assert_eq!(wire.ok("txpool_status", json!([])).await, json!({ "pending": "0x0", "queued": "0x1" }));
    let (_, message) = wire.send_refused(|tx| (tx.nonce, tx.value) = (2, U256::from(9))).await;
    assert_eq!(message, "replacement transaction underpriced");
    wire.ok("eth_sendRawTransaction", json!([wire.raw(|tx| tx.nonce = 0)])).await;
    assert_eq!(wire.ok("eth_getTransactionCount", json!([sender, "pending"])).await, "0x1");
    wire.ok("eth_sendRawTransaction", json!([wire.raw(|tx| tx.nonce = 1)])).await;
    let receipt = wire.ok("eth_getTransactionReceipt", json!([late])).await;
    assert_eq!(receipt["blockNumber"], "0x3");
    assert_eq!(wire.ok("eth_getTransactionCount", json!([sender, "latest"])).await, "0x3");
    wire.server.shutdown().await;
}

#[tokio::test]
async fn manual_mining_works() {
    let wire = Wire::with(Config { mining: Mining::Manual, ..Config::deterministic(1_800_000_000) }).await;
    let sender = wire.chain.accounts()[0].address;
    let mut hashes = Vec::new();
    for nonce in 0..3 {
        let raw = wire.raw(|tx| tx.nonce = nonce);
        hashes.push(wire.ok("eth_sendRawTransaction", json!([raw])).await);
    }
    assert_eq!(wire.ok("eth_blockNumber", json!([])).await, "0x0");
    assert_eq!(wire.ok("eth_getTransactionCount", json!([sender, "pending"])).await, "0x3");
    assert_eq!(wire.ok("eth_getTransactionCount", json!([sender, "latest"])).await, "0x0");
    wire.ok("evm_mine", json!([])).await;
    let block = wire.ok("eth_getBlockByNumber", json!(["latest", false])).await;
    assert_eq!(block["transactions"], json!(hashes));
    assert_eq!(block["gasUsed"], "0xf618");
    let last = wire.ok("eth_getTransactionReceipt", json!([hashes[2]])).await;
    assert_eq!((&last["transactionIndex"], &last["cumulativeGasUsed"]), (&json!("0x2"), &json!("0xf618")));
    // Back to instant mining.
    wire.ok("evm_setAutomine", json!([true])).await;
    wire.ok("eth_sendRawTransaction", json!([wire.raw(|tx| tx.nonce = 3)])).await;
    assert_eq!(wire.ok("eth_blockNumber", json!([])).await, "0x2");
    wire.server.shutdown().await;
}

#[tokio::test]
async fn interval_mining_works() {
    let mining = Mining::Interval(Duration::from_millis(30));
    let wire = Wire::with(Config { mining, ..Config::deterministic(1_800_000_000) }).await;
    let hash = wire.ok("eth_sendRawTransaction", json!([wire.raw(|_| ())])).await;
    let mut waited = 0;
    while wire.ok("eth_getTransactionReceipt", json!([hash])).await.is_null() {
        waited += 1;
        assert!(waited < 500, "no block within ten seconds");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    wire.ok("evm_setIntervalMining", json!([0])).await;
    wire.server.shutdown().await;
}

#[tokio::test]
async fn filters_work() {
    let wire = Wire::new().await;
    wire.chain.set_code(NOBODY, COUNTER.into()).unwrap();
    let sender = wire.chain.accounts()[0].address;
    let bump = json!([{ "from": sender, "to": NOBODY }]);
    let all = wire.ok("eth_newFilter", json!([{ "address": NOBODY }])).await;
    let second = json!([null, format!("{:#066x}", 2)]);
    let by_topic = wire.ok("eth_newFilter", json!([{ "topics": [second[1]] }])).await;
    let blocks = wire.ok("eth_newBlockFilter", json!([])).await;
    let pending = wire.ok("eth_newPendingTransactionFilter", json!([])).await;
    let mut hashes = Vec::new();
    for _ in 0..2 {
        hashes.push(wire.ok("eth_sendTransaction", bump.clone()).await);
    }
    let changes = wire.ok("eth_getFilterChanges", json!([all])).await;
    assert_eq!(changes.as_array().unwrap().len(), 2);
    assert_eq!(wire.ok("eth_getFilterChanges", json!([all])).await, json!([]));
    let changes = wire.ok("eth_getFilterChanges", json!([by_topic])).await;
    assert_eq!(changes.as_array().unwrap().len(), 1);
    assert_eq!(changes[0]["transactionHash"], hashes[1]);
    assert_eq!(wire.ok("eth_getFilterLogs", json!([by_topic])).await, json!([changes[0]]));
    let seen = wire.ok("eth_getFilterChanges", json!([blocks])).await;
    assert_eq!(seen.as_array().unwrap().len(), 2);
    assert_eq!(wire.ok("eth_getFilterChanges", json!([pending])).await, json!(hashes));
    assert_eq!(wire.ok("eth_uninstallFilter", json!([all])).await, json!(true));
    assert_eq!(wire.ok("eth_uninstallFilter", json!([all])).await, json!(false));
    let (code, message) = wire.refused("eth_getFilterChanges", json!([all])).await;
    assert_eq!((code, &*message), (-32000, "filter not found"));
    let range = json!([{ "fromBlock": "0x2", "toBlock": "0x1" }]);
    assert_eq!(wire.refused("eth_getLogs", range).await.0, -32602);
    let unknown = json!([{ "blockHash": B256::repeat_byte(1) }]);
    assert_eq!(wire.refused("eth_getLogs", unknown).await.0, -32000);
    wire.server.shutdown().await;
}

#[tokio::test]
async fn estimates_are_enough_and_tight() {
    let wire = Wire::new().await;
    let sender = wire.chain.accounts()[0].address;
    let burner = Address::repeat_byte(0xbb);
    let forwarder = Address::repeat_byte(0xaa);
    wire.chain.set_code(burner, BURNER.into()).unwrap();
    wire.chain.set_code(forwarder, FORWARDER.into()).unwrap();
    let word: B256 = burner.into_word();
    let deploy = json!({ "from": sender, "data": init(COUNTER) });
    let nested = json!({ "from": sender, "to": forwarder, "data": word });
    let transfer = json!({ "from": sender, "to": NOBODY, "value": "0x1" });
    for mut request in [deploy, nested, transfer] {
        let estimate: U64 = serde_json::from_value(wire.ok("eth_estimateGas", json!([request])).await).unwrap();
        let estimate = estimate.to::<u64>();
        request["gas"] = json!(U64::from(estimate));
        let hash = wire.ok("eth_sendTransaction", json!([request])).await;
        let receipt = wire.ok("eth_getTransactionReceipt", json!([hash])).await;
        assert_eq!(receipt["status"], "0x1", "{request}");
        // 1.5 % over the least, and less gas really fails.
        request["gas"] = json!(U64::from(estimate * 984 / 1000));
        let answer = wire.call("eth_call", json!([request, "latest"])).await;
        assert!(answer.get("error").is_some(), "{request}: {answer}");
    }
    // The inner call keeps only 63/64: gas used would not have been enough.
    wire.chain.set_code(NOBODY, SPINNER.into()).unwrap();
    let (code, message) = wire.refused("eth_estimateGas", json!([{ "to": NOBODY }])).await;
    assert_eq!((code, &*message), (-32000, "gas required exceeds allowance (32000000)"));
    wire.server.shutdown().await;
}

#[tokio::test]
async fn slow_contracts_stall_nobody() {
    let wire = Wire::new().await;
    wire.chain.set_code(NOBODY, SPINNER.into()).unwrap();
    let slow = async {
        for _ in 0..4 {
            let answer = wire.call("eth_call", json!([{ "to": NOBODY }, "latest"])).await;
            assert_eq!(answer["error"]["code"], -32000);
        }
    };
    let quick = async {
        for _ in 0..50 {
            let began = std::time::Instant::now();
            wire.ok("eth_chainId", json!([])).await;
            assert!(began.elapsed() < Duration::from_secs(5));
        }
    };
    tokio::join!(slow, quick);
    wire.server.shutdown().await;
}

#[tokio::test]
async fn fee_methods_work() {
    let wire = Wire::new().await;
    wire.ok("anvil_mine", json!(["0x3"])).await;
    assert_eq!(wire.ok("eth_gasPrice", json!([])).await, "0x5f5e100");
    assert_eq!(wire.ok("eth_maxPriorityFeePerGas", json!([])).await, "0x0");
    let history = wire.ok("eth_feeHistory", json!(["0xa", "latest", [20]])).await;
    assert_eq!(history["oldestBlock"], "0x0");
    assert_eq!(history["baseFeePerGas"].as_array().unwrap().len(), 5);
    assert_eq!(history["reward"], json!([["0x0"], ["0x0"], ["0x0"], ["0x0"]]));
    let (code, _) = wire.refused("eth_feeHistory", json!(["0x1", "latest", [50, 20]])).await;
    assert_eq!(code, -32602);
    wire.server.shutdown().await;
}

#[tokio::test]
async fn hostile_input_never_kills_the_server() {
    let wire = Wire::new().await;
    let methods = [
        "eth_call",
        "eth_estimateGas",
        "eth_getLogs",
        "eth_newFilter",
        "eth_getBlockByNumber",
        "eth_feeHistory",
        "eth_sendRawTransaction",
        "eth_sendTransaction",
        "eth_getStorageAt",
        "eth_createAccessList",
        "evm_mine",
        "anvil_mine",
        "evm_revert",
        "evm_increaseTime",
        "evm_setNextBlockTimestamp",
        "anvil_setCode",
        "debug_traceCall",
        "debug_traceTransaction",
        "eth_getFilterChanges",
        "anvil_setBlockTimestampInterval",
        "eth_getBlockReceipts",
        "eth_getTransactionByBlockNumberAndIndex",
        "hardhat_setNonce",
        "eth_sign",
        "anvil_setNextBlockBaseFeePerGas",
    ];
    let odd = [
        json!(null),
        json!([]),
        json!({}),
        json!(-1),
        json!(1e300),
        json!("0x"),
        json!("0xffffffffffffffff"),
        json!(U256::MAX),
        json!("latest"),
        json!([[[[]]]]),
        json!({ "to": "0x" }),
        json!({ "gas": "0x0" }),
        json!({ "to": NOBODY, "gas": "0xffffffffffffffff", "value": U256::MAX }),
        json!({ "fromBlock": "0xffffffffffffffff" }),
        json!({ "data": "0xef0100" }),
        json!({ "data": "0xeff00000" }),
        json!(NOBODY),
        json!("0xef01"),
        json!("\u{0}"),
        json!(true),
        json!({ "tracer": "stylusTracer" }),
    ];
    // A small generator, seeded so that a failure repeats.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound as u64).unwrap()
    };
    for round in 0..1_500 {
        let params: Vec<Value> = (0..next(4)).map(|_| odd[next(odd.len())].clone()).collect();
        let method = methods[next(methods.len())];
        let mut body =
            json!({ "jsonrpc": "2.0", "id": round, "method": method, "params": params }).to_string().into_bytes();
        if next(3) == 0 {
            let at = next(body.len());
            body[at] = u8::try_from(next(256)).unwrap();
            body.truncate(body.len() - next(3));
        }
        let shown = String::from_utf8_lossy(&body).into_owned();
        let (status, text) = wire.post(body).await;
        assert!(matches!(status, 200 | 204), "{shown}: {status} {text}");
        assert!(!text.contains("panicked"), "{shown}: {text}");
        assert!(!text.contains("-32603"), "{shown}: {text}");
    }
    let raw = Bytes::from(hex!("02f8"));
    wire.call("eth_sendRawTransaction", json!([raw])).await;
    assert_eq!(wire.ok("eth_chainId", json!([])).await, "0x64aba");
    wire.server.shutdown().await;
}

#[tokio::test]
async fn shutdown_ends_the_server() {
    let (_, server) = start().await;
    let url = server.url();
    server.shutdown().await;
    assert!(reqwest::Client::new().post(url).body("{}").send().await.is_err());
}
