//! Requests that no honest client sends, and sizes that none needs: each gets a JSON-RPC answer, and the chain goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::needless_pass_by_value)]

mod common;

use std::time::Duration;

use alloy_primitives::{Address, B256, U256, address};
use common::{COUNTER, ENVIRONMENT, start_with};
use escapement_chain::{Chain, Config, Mining};
use serde_json::{Value, json};

const NOBODY: Address = address!("0x00000000000000000000000000000000000abcde");
/// Where base fees go, and who signs the blocks.
const COLLECTORS: [&str; 2] =
    ["0x0000000000000000000000000000000000000000", "0xa4b000000000000000000073657175656e636572"];

fn chain() -> Chain {
    Chain::new(Config::deterministic(1_800_000_000)).unwrap()
}

fn answer(chain: &Chain, method: &str, params: Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    chain.handle(body.to_string().as_bytes()).unwrap()
}

fn ok(chain: &Chain, method: &str, params: Value) -> Value {
    let answer = answer(chain, method, params);
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].clone()
}

fn refused(chain: &Chain, method: &str, params: Value) -> (i64, String) {
    let answer = answer(chain, method, params);
    let error = answer.get("error").unwrap_or_else(|| panic!("{method}: {answer}"));
    (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
}

/// Every method, by the parts of its name.
fn methods() -> Vec<String> {
    let plain = "eth_chainId eth_blockNumber eth_gasPrice eth_maxPriorityFeePerGas eth_feeHistory eth_blobBaseFee \
        eth_syncing eth_mining eth_hashrate eth_coinbase eth_protocolVersion net_version net_listening net_peerCount \
        web3_clientVersion web3_sha3 rpc_modules eth_getBalance eth_getTransactionCount eth_getCode eth_getStorageAt \
        eth_call eth_estimateGas eth_createAccessList debug_traceTransaction debug_traceCall eth_sendRawTransaction \
        eth_sendTransaction eth_signTransaction eth_sign personal_sign eth_accounts eth_getTransactionByHash \
        eth_getTransactionByBlockNumberAndIndex eth_getTransactionByBlockHashAndIndex eth_getRawTransactionByHash \
        eth_getTransactionReceipt txpool_status txpool_content eth_getBlockByNumber eth_getBlockByHash \
        eth_getBlockReceipts eth_getBlockTransactionCountByNumber eth_getBlockTransactionCountByHash \
        eth_getUncleCountByBlockNumber eth_getUncleCountByBlockHash eth_getLogs eth_newFilter eth_newBlockFilter \
        eth_newPendingTransactionFilter eth_getFilterChanges eth_getFilterLogs eth_uninstallFilter";
    let dev = "snapshot revert reset mine increaseTime setNextBlockTimestamp setTime setBlockTimestampInterval \
        removeBlockTimestampInterval setAutomine getAutomine setIntervalMining getIntervalMining setBalance setCode \
        setNonce setStorageAt impersonateAccount stopImpersonatingAccount autoImpersonateAccount dropTransaction \
        setCoinbase setNextBlockBaseFeePerGas setMinGasPrice nodeInfo metadata";
    let dev = dev.split_whitespace().flat_map(|name| [format!("evm_{name}"), format!("anvil_{name}")]);
    plain.split_whitespace().map(str::to_owned).chain(dev).collect()
}

#[test]
fn every_method_survives_every_odd_parameter() {
    let odd = [
        json!(null),
        json!({}),
        json!([[[[]]]]),
        json!(-1),
        json!(1e300),
        json!(true),
        json!(""),
        json!("0x"),
        json!("0x0"),
        json!("0xfffffffffffffffe"),
        json!("0xffffffffffffffff"),
        json!(U256::MAX),
        json!("pending"),
        json!("soon"),
        json!(NOBODY),
        json!(B256::repeat_byte(0xab)),
        json!("0xef01"),
        json!("0xzz"),
        json!({ "to": NOBODY, "gas": "0xffffffffffffffff", "value": U256::MAX, "gasPrice": U256::MAX }),
        json!({ "fromBlock": "0xffffffffffffffff", "toBlock": "earliest" }),
        json!({ NOBODY.to_string(): { "balance": U256::MAX, "nonce": "0xffffffffffffffff", "code": "0xef0100" } }),
        json!({ "tracer": "callTracer", "stateOverrides": { NOBODY.to_string(): { "state": {}, "stateDiff": {} } } }),
    ];
    let singles = odd.iter().flat_map(|first| [json!([first]), first.clone()]);
    // As second and third parameters the kinds of these suffice.
    let later = odd.iter().step_by(3);
    let pairs = odd.iter().flat_map(|first| later.clone().map(move |second| (first, second)));
    let longer = pairs.flat_map(|(first, second)| [json!([first, second]), json!([first, NOBODY, second])]);
    let all: Vec<Value> = singles.chain(longer).collect();
    let chain = chain();
    for method in methods() {
        for params in &all {
            let answer = answer(&chain, &method, params.clone());
            let sound = match answer.get("error") {
                None => answer.get("result").is_some(),
                // An unknown method would test nothing.
                Some(error) => matches!(error["code"].as_i64(), Some(-32602 | -32000 | 3)),
            };
            assert!(sound, "{method} {params}: {answer}");
        }
        assert_eq!(ok(&chain, "eth_chainId", json!([])), "0x64aba");
    }
    ok(&chain, "anvil_reset", json!([]));
    ok(&chain, "evm_setAutomine", json!([true]));
    let sender = chain.accounts()[0].address;
    let hash = ok(&chain, "eth_sendTransaction", json!([{ "from": sender, "to": NOBODY }]));
    assert_eq!(ok(&chain, "eth_getTransactionReceipt", json!([hash]))["status"], "0x1");
}

#[test]
fn deep_nesting_is_a_parse_error() {
    let chain = chain();
    for body in ["[".repeat(200_000), r#"{"a":"#.repeat(200_000), format!("{}{}", "[".repeat(200), "]".repeat(200))] {
        assert_eq!(chain.handle(body.as_bytes()).unwrap()["error"]["code"], -32700);
    }
}

#[test]
fn sizes_are_limited() {
    let chain = chain();
    let percentiles: Vec<u64> = vec![50; 101];
    let (code, message) = refused(&chain, "eth_feeHistory", json!(["0x1", "latest", percentiles]));
    assert_eq!((code, &*message), (-32602, "request too large: reward percentiles 101, limit 100"));
    let addresses: Vec<Address> = (0..1_001_u64).map(|n| Address::from_word(U256::from(n).into())).collect();
    let topics: Vec<B256> = (0..1_001_u64).map(|n| U256::from(n).into()).collect();
    for method in ["eth_getLogs", "eth_newFilter"] {
        let (_, message) = refused(&chain, method, json!([{ "address": addresses }]));
        assert_eq!(message, "request too large: addresses 1001, limit 1000");
        let (_, message) = refused(&chain, method, json!([{ "topics": [null, topics] }]));
        assert_eq!(message, "request too large: alternatives of a topic 1001, limit 1000");
        ok(&chain, method, json!([{ "address": addresses[1..], "topics": [topics[1..]] }]));
    }
    assert_eq!(refused(&chain, "eth_getLogs", json!([{ "topics": [[], [], [], [], []] }])).0, -32602);
    assert_eq!(refused(&chain, "anvil_mine", json!(["0x30d41"])).0, -32602);
    // A call whose trace would not end.
    chain.set_code(NOBODY, alloy_primitives::bytes!("5b5f5f61ea605f5f60995af1505f56")).unwrap();
    let call = json!([{ "to": NOBODY, "gas": "0x2dc6c0" }, "latest", { "tracer": "callTracer" }]);
    let (code, message) = refused(&chain, "debug_traceCall", call);
    assert!(code == -32602 && message.starts_with("request too large: trace in bytes "), "{message}");
    assert!(message.ends_with(", limit 67108864"), "{message}");
}

#[test]
fn answers_of_a_batch_are_limited() {
    let chain = chain();
    chain.set_code(NOBODY, vec![0; 5 << 20].into()).unwrap();
    let ask = |id: Value| json!({ "jsonrpc": "2.0", "id": id, "method": "eth_getCode", "params": [NOBODY] });
    let mut batch: Vec<Value> = (0..20).map(|id| ask(json!(id))).collect();
    batch.push(json!({ "jsonrpc": "2.0", "method": "eth_getCode", "params": [NOBODY] }));
    let answers = chain.handle_value(json!(batch)).unwrap();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 20, "the notification is not answered");
    for (id, answer) in (0..20).zip(answers) {
        assert_eq!(answer["id"], id);
        // Seven answers of 10 MB are over the limit of 64 MB.
        assert_eq!(answer.get("result").is_some(), id < 7, "{id}");
        assert!(id < 7 || answer["error"]["code"] == -32003);
    }
}

#[test]
fn log_ranges_and_filter_ids_are_checked() {
    let chain = chain();
    let block_filter = ok(&chain, "eth_newBlockFilter", json!([]));
    for (range, expected) in [
        (json!({ "fromBlock": "0x1", "toBlock": "0x0" }), Some(-32602)),
        (json!({ "fromBlock": "0xffffffffffffffff", "toBlock": "latest" }), Some(-32602)),
        (json!({ "fromBlock": "earliest", "toBlock": "0xffffffffffffffff" }), None),
        (json!({ "fromBlock": "0xffffffffffffffff", "toBlock": "0xffffffffffffffff" }), None),
        (json!({ "fromBlock": "0x10000000000000000" }), Some(-32602)),
        (json!({ "fromBlock": -1 }), Some(-32602)),
        (json!({ "fromBlock": "soon" }), Some(-32602)),
        (json!({ "blockHash": B256::ZERO }), Some(-32000)),
        (json!({ "blockHash": B256::ZERO, "fromBlock": "0x0" }), Some(-32602)),
        (json!({ "address": "0x12" }), Some(-32602)),
        (json!({ "topics": "0x12" }), Some(-32602)),
        (json!("0x0"), Some(-32602)),
    ] {
        let answer = answer(&chain, "eth_getLogs", json!([range]));
        assert_eq!(answer["error"]["code"].as_i64(), expected, "{range}: {answer}");
        assert!(expected.is_some() || answer["result"] == json!([]), "{range}: {answer}");
    }
    for (method, id, expected) in [
        ("eth_getFilterLogs", block_filter.clone(), -32000),
        ("eth_getFilterChanges", json!("0x0"), -32000),
        ("eth_getFilterChanges", json!(U256::MAX), -32000),
        ("eth_getFilterChanges", json!("mine"), -32602),
        ("eth_getFilterChanges", json!(-1), -32602),
        ("eth_uninstallFilter", json!([]), -32602),
        ("eth_uninstallFilter", json!(null), -32602),
    ] {
        assert_eq!(refused(&chain, method, json!([id])).0, expected, "{method} {id}");
    }
    assert_eq!(ok(&chain, "eth_uninstallFilter", json!([U256::MAX])), false);
    assert_eq!(ok(&chain, "eth_getFilterChanges", json!([block_filter])), json!([]));
}

#[test]
fn block_names_are_checked() {
    let chain = chain();
    let hash = chain.head().hash;
    for (block, expected) in [
        (json!({ "blockHash": hash }), None),
        (json!({ "blockHash": hash, "requireCanonical": true }), None),
        (json!({ "blockNumber": "0x0" }), None),
        (json!("safe"), None),
        (json!("finalized"), None),
        (json!("0x1"), Some(-32000)),
        (json!({ "blockHash": B256::ZERO }), Some(-32000)),
        (json!({ "blockHash": "0x12" }), Some(-32602)),
        (json!({ "blockHash": hash, "blockNumber": "0x0" }), Some(-32602)),
        (json!({}), Some(-32602)),
        (json!("0x10000000000000000"), Some(-32602)),
        (json!("newest"), Some(-32602)),
        (json!(-5), Some(-32602)),
    ] {
        for (method, params) in [
            ("eth_getBalance", json!([NOBODY, block])),
            ("eth_getStorageAt", json!([NOBODY, "0x0", block])),
            ("eth_call", json!([{ "to": NOBODY }, block])),
        ] {
            let answer = answer(&chain, method, params);
            assert_eq!(answer["error"]["code"].as_i64(), expected, "{method} {block}: {answer}");
        }
    }
}

#[test]
fn overrides_are_refused_rather_than_bent() {
    let chain = chain();
    chain.set_code(NOBODY, ENVIRONMENT.into()).unwrap();
    let call =
        |state: Value, block: Value| answer(&chain, "eth_call", json!([{ "to": NOBODY }, "latest", state, block]));
    for (block, expected) in [
        (json!({ "number": U256::MAX }), "block override number is above 64 bits"),
        (json!({ "baseFeePerGas": U256::MAX }), "block override baseFeePerGas is above 64 bits"),
        (json!({ "difficulty": "0x5" }), "block override difficulty is not supported"),
        (json!({ "blockHash": { "1": B256::ZERO } }), "block override blockHash is not supported"),
        (json!({ "blobBaseFee": "0x5" }), "block override blobBaseFee is not supported"),
        (json!({ "time": "0x10000000000000000" }), "invalid argument 3"),
        (json!([]), "invalid argument 3: not an object"),
        (json!("0x5"), "invalid argument 3"),
    ] {
        let answer = call(json!({}), block.clone());
        assert_eq!(answer["error"]["code"], -32602, "{block}: {answer}");
        assert!(answer["error"]["message"].as_str().unwrap().starts_with(expected), "{block}: {answer}");
    }
    let key = NOBODY.to_string();
    for odd in [json!([]), json!(5), json!("0x5")] {
        for (method, params) in [
            ("eth_call", json!([odd, "latest"])),
            ("eth_estimateGas", json!([odd])),
            ("eth_sendTransaction", json!([odd])),
            ("eth_getLogs", json!([odd])),
            ("eth_newFilter", json!([odd])),
            ("debug_traceCall", json!([odd, "latest", { "tracer": "callTracer" }])),
        ] {
            let (code, message) = refused(&chain, method, params);
            assert_eq!((code, &*message), (-32602, "invalid argument 0: not an object"), "{method} {odd}");
        }
    }
    for state in [
        json!([]),
        json!({ "0x12": {} }),
        json!({ key.clone(): 5 }),
        json!({ key.clone(): { "balance": "-1" } }),
        json!({ key.clone(): { "nonce": "0x10000000000000000" } }),
        json!({ key.clone(): { "code": "0x5" } }),
        json!({ key.clone(): { "code": "0xef0100" } }),
        json!({ key.clone(): { "state": { "0x1": "0x2" } } }),
        json!({ key.clone(): { "state": {}, "stateDiff": {} } }),
        json!({ key.clone(): { "movePrecompileToAddress": NOBODY } }),
    ] {
        let answer = call(state.clone(), json!({}));
        assert_eq!(answer["error"]["code"], -32602, "{state}: {answer}");
    }
    let answer = call(json!({}), json!({ "number": "0x7", "time": "0xffffffffffffffff" }));
    let output = answer["result"].as_str().unwrap();
    assert!(output[2..].starts_with(&format!("{:064x}{:064x}", 7, u64::MAX)), "{output}");
}

#[test]
fn extreme_state_and_time_keep_the_chain_going() {
    let chain = chain();
    let sender = chain.accounts()[0].address;
    chain.set_code(NOBODY, COUNTER.into()).unwrap();
    for rich in COLLECTORS.iter().map(|text| text.parse().unwrap()).chain([NOBODY, sender]) {
        chain.set_balance(rich, U256::MAX);
    }
    let fees = chain.config().params.network_fee_account;
    chain.set_balance(fees, U256::MAX);
    let bump = json!([{ "from": sender, "to": NOBODY, "gas": "0x186a0" }]);
    let receipt = |hash: Value| ok(&chain, "eth_getTransactionReceipt", json!([hash]));
    let hash = ok(&chain, "eth_sendTransaction", bump.clone());
    assert_eq!(receipt(hash)["status"], "0x1");
    // More than all the money there is: the transaction fails, by itself or at the door.
    let paid = json!([{ "from": sender, "to": NOBODY, "gas": "0x186a0", "value": "0x5" }]);
    let answer = answer(&chain, "eth_sendTransaction", paid);
    assert!(answer.get("error").is_none_or(|error| error["code"] == -32000), "{answer}");
    ok(&chain, "evm_increaseTime", json!(["0xffffffffffffffff"]));
    for _ in 0..3 {
        ok(&chain, "evm_mine", json!([]));
    }
    assert_eq!(ok(&chain, "eth_getBlockByNumber", json!(["pending", true]))["timestamp"], "0xffffffffffffffff");
    let hash = ok(&chain, "eth_sendTransaction", bump);
    assert_eq!(receipt(hash)["status"], "0x1");
    ok(&chain, "anvil_setNextBlockBaseFeePerGas", json!(["0xffffffffffffffff"]));
    ok(&chain, "eth_estimateGas", json!([{ "from": sender, "to": NOBODY }]));
    ok(&chain, "evm_mine", json!([]));
    ok(&chain, "eth_feeHistory", json!(["0x400", "pending", [0, 100]]));
}

#[test]
fn the_last_nonce_is_refused() {
    for mining in [Mining::Instant, Mining::Manual] {
        let chain = Chain::new(Config { mining, ..Config::deterministic(1_800_000_000) }).unwrap();
        let sender = chain.accounts()[0].address;
        chain.set_nonce(sender, u64::MAX).unwrap();
        for nonce in [json!(null), json!("0xffffffffffffffff")] {
            let request = json!([{ "from": sender, "to": NOBODY, "gas": "0x5208", "nonce": nonce }]);
            let (code, message) = refused(&chain, "eth_sendTransaction", request);
            assert_eq!(code, -32000);
            assert!(message.starts_with("nonce has max value"), "{message}");
        }
        assert_eq!(ok(&chain, "eth_getTransactionCount", json!([sender, "pending"])), "0xffffffffffffffff");
        ok(&chain, "evm_mine", json!([]));
    }
}

#[tokio::test]
async fn a_shorter_interval_counts_at_once() {
    let mining = Mining::Interval(Duration::from_hours(1));
    let (chain, server) = start_with(Config { mining, ..Config::deterministic(1_800_000_000) }).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    chain.set_mining_mode(Mining::Interval(Duration::from_millis(50)));
    for _ in 0..200 {
        if chain.block_number() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(chain.block_number() > 0, "no block within ten seconds");
    // A period that no clock reaches is an idle one.
    ok(&chain, "evm_setIntervalMining", json!(["0xffffffffffffffff"]));
    server.shutdown().await;
}
