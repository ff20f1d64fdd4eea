//! Sixty-four clients at once, on loopback, without a single error.
//!
//! Runs for three seconds; `ESCAPEMENT_LOAD_SECONDS=60` makes it the full minute:
//! `ESCAPEMENT_LOAD_SECONDS=60 cargo test -p escapement-chain --test load -- --nocapture`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::needless_pass_by_value)]

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use alloy_primitives::{Address, U64, U256};
use common::{COUNTER, start_with};
use escapement_chain::Config;
use serde_json::{Value, json};

const CLIENTS: u32 = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_see_no_error() {
    let seconds = std::env::var("ESCAPEMENT_LOAD_SECONDS").map_or(3, |text| text.parse().unwrap());
    let config = Config { accounts: CLIENTS, ..Config::deterministic(1_800_000_000) };
    let (chain, server) = start_with(config).await;
    let counter = Address::repeat_byte(0xcc);
    chain.set_code(counter, COUNTER.into()).unwrap();
    let end = Instant::now() + Duration::from_secs(seconds);
    let requests = Arc::new(AtomicU64::new(0));
    let mut clients = Vec::new();
    for account in chain.accounts() {
        let (from, url, requests) = (account.address, server.url(), Arc::clone(&requests));
        clients.push(tokio::spawn(async move {
            let http = reqwest::Client::new();
            let mut sent = 0_u64;
            while Instant::now() < end {
                let bump = json!({ "from": from, "to": counter });
                let hash = post(&http, &url, "eth_sendTransaction", json!([bump])).await;
                sent += 1;
                let receipt = post(&http, &url, "eth_getTransactionReceipt", json!([hash])).await;
                assert_eq!(receipt["status"], "0x1");
                let value = post(&http, &url, "eth_call", json!([bump, "latest"])).await;
                assert!(value.as_str().unwrap().parse::<U256>().unwrap() > U256::from(sent));
                let height = receipt["blockNumber"].clone();
                let filter = json!([{ "fromBlock": height, "toBlock": height, "address": counter }]);
                let logs = post(&http, &url, "eth_getLogs", filter).await;
                assert_eq!(logs[0]["transactionHash"], hash);
                requests.fetch_add(4, Ordering::Relaxed);
            }
            sent
        }));
    }
    let mut sent = 0;
    for client in clients {
        sent += client.await.expect("a client saw an error");
    }
    let total =
        post(&reqwest::Client::new(), &server.url(), "eth_getStorageAt", json!([counter, "0x0", "latest"])).await;
    assert_eq!(total.as_str().unwrap().parse::<U256>().unwrap(), U256::from(sent));
    assert_eq!(json!(U64::from(chain.block_number())), json!(U64::from(sent)));
    let requests = requests.load(Ordering::Relaxed);
    println!("{CLIENTS} clients, {seconds} s: {requests} requests, {sent} blocks, 0 errors");
    server.shutdown().await;
}

async fn post(http: &reqwest::Client, url: &str, method: &str, params: Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let answer = http.post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let mut answer: Value = answer.json().await.unwrap();
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].take()
}
