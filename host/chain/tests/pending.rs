//! The pending block: the waiting transactions, run on top of the newest block.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::needless_pass_by_value)]

mod common;

use std::time::Duration;

use alloy::{eips::BlockId, rpc::types::TransactionRequest};
use alloy_primitives::{Address, Bytes, U256, address};
use common::{BURNER, COUNTER, ENVIRONMENT, SPINNER, init, start_with};
use escapement_chain::{CallRequest, Chain, Config, Mining};
use serde_json::{Value, json};

const NOBODY: Address = address!("0x00000000000000000000000000000000000abcde");
const PENDING: BlockId = BlockId::pending();
const LATEST: BlockId = BlockId::latest();

fn config(mining: Mining) -> Config {
    Config { mining, ..Config::deterministic(1_800_000_000) }
}

fn manual() -> Chain {
    Chain::new(config(Mining::Manual)).unwrap()
}

fn ok(chain: &Chain, method: &str, params: Value) -> Value {
    chain.request(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
}

fn send(chain: &Chain, account: usize, mut request: Value) -> Value {
    request["from"] = json!(chain.accounts()[account].address);
    ok(chain, "eth_sendTransaction", json!([request]))
}

/// What the two tags say of everything that a transfer, a creation and a call to what was created change.
fn check(chain: &Chain) {
    let [sender, second] = [0, 1].map(|index| chain.accounts()[index].address);
    let transfer = send(chain, 0, json!({ "to": NOBODY, "value": "0x5" }));
    let create = send(chain, 1, json!({ "data": init(COUNTER) }));
    let counter = second.create(0);
    // No gas given: it is estimated on top of the creation that waits.
    let bump = send(chain, 1, json!({ "to": counter }));
    assert_eq!(chain.block_number(), 0);
    assert_eq!(
        (chain.balance(NOBODY, LATEST).unwrap(), chain.balance(NOBODY, PENDING).unwrap()),
        (U256::ZERO, U256::from(5))
    );
    let spent = chain.balance(sender, LATEST).unwrap() - chain.balance(sender, PENDING).unwrap();
    assert_eq!(spent, U256::from(5 + 21_000 * 100_000_000_u64));
    assert_eq!((chain.nonce(second, LATEST).unwrap(), chain.nonce(second, PENDING).unwrap()), (0, 2));
    assert_eq!(chain.code(counter, LATEST).unwrap(), Bytes::new());
    assert_eq!(chain.code(counter, PENDING).unwrap(), *COUNTER);
    assert_eq!(chain.storage(counter, U256::ZERO, PENDING).unwrap(), U256::ONE);
    let call = CallRequest::new(TransactionRequest::default().to(counter));
    assert_eq!(chain.call(&call).unwrap(), Bytes::new());
    assert_eq!(chain.call(&call.clone().at(PENDING)).unwrap(), Bytes::from(U256::from(2).to_be_bytes_vec()));
    assert!(chain.estimate(&call.clone().at(PENDING)).unwrap() > chain.estimate(&call.at(LATEST)).unwrap());
    // Overrides lie over the waiting transactions.
    let overrides =
        json!({ counter.to_string(): { "stateDiff": { format!("{:#066x}", 0): format!("{:#066x}", 40) } } });
    let answer = ok(chain, "eth_call", json!([{ "to": counter }, "pending", overrides]));
    assert_eq!(answer, json!(format!("{:#066x}", 41)));
    let block = ok(chain, "eth_getBlockByNumber", json!(["pending", false]));
    assert_eq!(block["transactions"], json!([transfer, create, bump]));
    assert_eq!((&block["number"], &block["parentHash"]), (&json!("0x1"), &json!(chain.head().hash)));
    assert_eq!(ok(chain, "eth_getBlockTransactionCountByNumber", json!(["pending"])), "0x3");
    let full = ok(chain, "eth_getBlockByNumber", json!(["pending", true]));
    assert_eq!(full["transactions"][2]["hash"], bump);
    assert_eq!(ok(chain, "eth_getTransactionByHash", json!([bump]))["blockNumber"], Value::Null);
    assert_eq!(ok(chain, "eth_getTransactionReceipt", json!([bump])), Value::Null);
    // What was pending is what is mined.
    let mined = chain.mine().unwrap();
    let mined = ok(chain, "eth_getBlockByHash", json!([mined.hash, false]));
    for field in ["transactions", "transactionsRoot", "receiptsRoot", "logsBloom", "gasUsed", "timestamp", "number"] {
        assert_eq!(mined[field], block[field], "{field}");
    }
    assert_eq!(ok(chain, "eth_getBlockByNumber", json!(["pending", false]))["transactions"], json!([]));
    assert_eq!(chain.storage(counter, U256::ZERO, PENDING).unwrap(), U256::ONE);
}

#[test]
fn pending_reflects_what_waits_in_manual_mode() {
    check(&manual());
}

#[tokio::test]
async fn pending_reflects_what_waits_in_interval_mode() {
    let (chain, server) = start_with(config(Mining::Interval(Duration::from_hours(1)))).await;
    tokio::task::spawn_blocking(move || check(&chain)).await.unwrap();
    server.shutdown().await;
}

#[test]
fn pending_is_the_same_however_often_it_is_asked_for() {
    let run = |asks: bool| {
        let chain = manual();
        for round in 0..4_u64 {
            // The second account's first nonce comes last, and sets the others free.
            let nonce = [3, 2, 1, 0][usize::try_from(round).unwrap()];
            let gas = json!("0x5208");
            send(&chain, 1, json!({ "to": NOBODY, "value": "0x1", "nonce": nonce, "gas": gas }));
            send(&chain, 0, json!({ "to": NOBODY, "value": "0x2", "nonce": round, "gas": gas }));
            if asks {
                assert_eq!(chain.nonce(chain.accounts()[0].address, PENDING).unwrap(), round + 1);
                let second = if round == 3 { 4 } else { 0 };
                assert_eq!(chain.nonce(chain.accounts()[1].address, PENDING).unwrap(), second);
            }
        }
        let block = chain.block(PENDING).unwrap();
        assert_eq!(block.transactions.len(), 8);
        assert_eq!(chain.mine().unwrap().header.transactions_root, block.header.transactions_root);
        block.hash
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn pending_leaves_out_what_a_block_would_drop() {
    let chain = manual();
    let poor = Address::repeat_byte(0x77);
    chain.impersonate(poor);
    chain.set_balance(poor, U256::from(10).pow(U256::from(16)));
    let from = |value: &str, nonce: u64| {
        let request = json!({ "from": poor, "to": NOBODY, "value": value, "nonce": nonce, "gas": "0x5208" });
        ok(&chain, "eth_sendTransaction", json!([request]))
    };
    // Each is affordable by itself; after the first the second is not, and the third's turn never comes.
    from("0x1bc16d674ec800", 0);
    from("0x1bc16d674ec800", 1);
    from("0x1", 2);
    assert_eq!(chain.nonce(poor, PENDING).unwrap(), 1);
    assert_eq!(chain.block(PENDING).unwrap().transactions.len(), 1);
    // Money that arrives later does not change the order.
    chain.set_balance(poor, U256::from(10).pow(U256::from(18)));
    assert_eq!(chain.nonce(poor, PENDING).unwrap(), 3);
    chain.set_balance(poor, U256::from(10).pow(U256::from(16)));
    assert_eq!(chain.mine().unwrap().transactions.len(), 1);
    assert_eq!(chain.nonce(poor, LATEST).unwrap(), 1);
    // No longer impersonated, a contract may not send; switched back, it may.
    let block = |chain: &Chain| chain.block(PENDING).unwrap().transactions.len();
    chain.set_code(poor, Bytes::from(COUNTER)).unwrap();
    chain.set_nonce(poor, 2).unwrap();
    assert_eq!(block(&chain), 1);
    chain.stop_impersonating(poor);
    assert_eq!(block(&chain), 0);
    chain.impersonate(poor);
    assert_eq!(block(&chain), 1);
}

#[test]
fn pending_follows_time_edits_snapshots_and_replacement() {
    let chain = manual();
    chain.set_code(NOBODY, Bytes::from(ENVIRONMENT)).unwrap();
    let seen = |chain: &Chain| {
        let output = chain.call(&CallRequest::new(TransactionRequest::default().to(NOBODY)).at(PENDING)).unwrap();
        (U256::from_be_slice(&output[32..64]), chain.block(PENDING).unwrap().timestamp())
    };
    assert_eq!(seen(&chain), (U256::from(1_800_000_001), 1_800_000_001));
    chain.increase_time(1_000);
    assert_eq!(seen(&chain), (U256::from(1_800_001_001), 1_800_001_001));
    let value = |chain: &Chain| chain.balance(Address::repeat_byte(9), PENDING).unwrap();
    let transfer = |chain: &Chain, value: u64, price: u64| {
        let request = json!({ "to": Address::repeat_byte(9), "value": U256::from(value), "nonce": 0, "gas": "0x5208",
            "gasPrice": U256::from(price) });
        send(chain, 0, request)
    };
    let snapshot = chain.snapshot();
    let first = transfer(&chain, 1, 100_000_000);
    assert_eq!(value(&chain), U256::from(1));
    let second = transfer(&chain, 2, 200_000_000);
    assert_ne!(first, second);
    assert_eq!(value(&chain), U256::from(2));
    chain.set_balance(Address::repeat_byte(9), U256::from(100));
    assert_eq!(value(&chain), U256::from(102));
    assert!(chain.revert(snapshot));
    assert_eq!(value(&chain), U256::ZERO);
    let again = transfer(&chain, 3, 100_000_000);
    assert_eq!(value(&chain), U256::from(3));
    ok(&chain, "anvil_dropTransaction", json!([again]));
    assert_eq!(value(&chain), U256::ZERO);
}

#[test]
fn pending_ends_where_the_block_is_full() {
    let chain = manual();
    let spinner = Address::repeat_byte(0x5b);
    chain.set_code(spinner, Bytes::from(SPINNER)).unwrap();
    // 32 of these use up what one block takes.
    for nonce in 0..34_u64 {
        send(&chain, 0, json!({ "to": spinner, "nonce": nonce, "gas": "0x1e84800" }));
    }
    let pending = chain.block(PENDING).unwrap();
    assert_eq!((pending.transactions.len(), pending.header.gas_used), (32, 1_024_000_000));
    let sender = chain.accounts()[0].address;
    assert_eq!(chain.nonce(sender, PENDING).unwrap(), 34, "the rest waits, and is counted");
    let mined = chain.mine().unwrap();
    assert_eq!(mined.transactions.len(), 32);
    assert_eq!(chain.block(PENDING).unwrap().transactions.len(), 2);
    assert_eq!(chain.nonce(sender, PENDING).unwrap(), 34);
}

#[test]
fn pending_transactions_are_never_lost_from_sight() {
    // While a block is being made its transactions are still found, and still counted.
    let chain = manual();
    let burner = Address::repeat_byte(0xbb);
    chain.set_code(burner, Bytes::from(BURNER)).unwrap();
    let sender = chain.accounts()[0].address;
    let hashes: Vec<Value> =
        (0..40_u64).map(|nonce| send(&chain, 0, json!({ "to": burner, "nonce": nonce, "gas": "0xc3500" }))).collect();
    let miner = {
        let chain = chain.clone();
        std::thread::spawn(move || chain.mine().unwrap())
    };
    loop {
        let done = miner.is_finished();
        for hash in &hashes {
            assert_ne!(ok(&chain, "eth_getTransactionByHash", json!([hash])), Value::Null);
        }
        assert_eq!(chain.nonce(sender, PENDING).unwrap(), 40);
        if done {
            break;
        }
    }
    assert_eq!(miner.join().unwrap().transactions.len(), 40);
}
