//! Prints figures of the chain on this machine, over HTTP on loopback:
//! `cargo run --release -p escapement-chain --example bench [-- contract.wasm]`.
//!
//! Cold start to the first block, latency of a warm call, gas per second of an EVM loop and of a Stylus
//! loop, and the time to deploy and activate a program (the given one, or a small one).

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use alloy_primitives::{Address, Bytes, U64, U256, hex};
use anyhow::{Context as _, Result, ensure};
use common::{PROGRAM, compressed, stylus_code, stylus_init};
use escapement_chain::{Chain, Config, serve};
use serde_json::{Value, json};

/// Counts down from its first word of calldata.
const LOOP: &[u8] = &hex!("5f355b60019003806002575000");

struct Client {
    http: reqwest::Client,
    url: String,
    from: Address,
}

impl Client {
    async fn ask(&self, method: &str, params: Value) -> Result<Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut answer: Value = self.http.post(&self.url).json(&body).send().await?.json().await?;
        ensure!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
        Ok(answer["result"].take())
    }

    async fn send(&self, mut request: Value) -> Result<Value> {
        request["from"] = json!(self.from);
        let hash = self.ask("eth_sendTransaction", json!([request])).await?;
        let receipt = self.ask("eth_getTransactionReceipt", json!([hash])).await?;
        ensure!(receipt["status"] == "0x1", "transaction failed: {receipt}");
        Ok(receipt)
    }

    async fn deploy(&self, init: Bytes) -> Result<Value> {
        Ok(self.send(json!({ "data": init })).await?["contractAddress"].clone())
    }

    /// Gas used by a transaction and the time that it took.
    async fn timed(&self, to: &Value, data: Bytes) -> Result<(u64, Duration)> {
        let request = json!({ "to": to, "data": data, "gas": "0x1e84800" });
        let began = Instant::now();
        let receipt = self.send(request).await?;
        let gas: U64 = serde_json::from_value(receipt["gasUsed"].clone())?;
        Ok((gas.to(), began.elapsed()))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let began = Instant::now();
    let chain = Chain::new(Config::default())?;
    let server = serve(chain.clone(), "127.0.0.1:0".parse()?).await?;
    let from = chain.accounts().first().context("no accounts")?.address;
    let client = Client { http: reqwest::Client::new(), url: server.url(), from };
    client.send(json!({ "to": Address::repeat_byte(1), "value": "0x1" })).await?;
    println!("{:<46}{:>12.1?}", "cold start to first block with a transfer", began.elapsed());

    let evm = client.deploy(common::init(LOOP)).await?;
    let turns = Bytes::from(U256::from(1_000_000).to_be_bytes_vec());
    let (gas, took) = client.timed(&evm, turns).await?;
    println!("{:<46}{:>12}", "EVM loop, gas per second", per_second(gas, took));

    let code = match std::env::args().nth(1) {
        Some(path) => compressed(&std::fs::read(&path).with_context(|| path)?),
        None => stylus_code(PROGRAM),
    };
    let began = Instant::now();
    let program = client.deploy(stylus_init(&code)).await?;
    let deployed = began.elapsed();
    activate(&client, &program).await?;
    println!(
        "{:<46}{:>12.1?} (deploy {deployed:.1?}, {} bytes of code)",
        "deploy + activate, with both estimates",
        began.elapsed(),
        code.len()
    );

    let small = client.deploy(stylus_init(&stylus_code(PROGRAM))).await?;
    if std::env::args().len() > 1 {
        activate(&client, &small).await?;
    }
    let call = json!([{ "to": small }, "latest"]);
    client.ask("eth_call", call.clone()).await?;
    let rounds = 500_u32;
    let began = Instant::now();
    for _ in 0..rounds {
        client.ask("eth_call", call.clone()).await?;
    }
    println!("{:<46}{:>12.1?}", "warm eth_call of a Stylus program", began.elapsed() / rounds);
    let (gas, took) = client.timed(&small, vec![0; 20_000].into()).await?;
    println!("{:<46}{:>12}", "Stylus loop, gas per second", per_second(gas, took));
    server.shutdown().await;
    Ok(())
}

async fn activate(client: &Client, program: &Value) -> Result<()> {
    let program: Address = serde_json::from_value(program.clone())?;
    let mut data = hex!("58c780c2").to_vec();
    data.extend(program.into_word());
    let to = Address::with_last_byte(0x71);
    let value = U256::from(10).pow(U256::from(17));
    client.send(json!({ "to": to, "data": Bytes::from(data), "value": value })).await?;
    Ok(())
}

#[allow(clippy::cast_precision_loss)] // a figure for people
fn per_second(gas: u64, took: Duration) -> String {
    format!("{:.1} M", gas as f64 / took.as_secs_f64() / 1e6)
}
