//! Hand-assembled contracts and a started server.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use alloy::{
    network::EthereumWallet,
    providers::{Provider, ProviderBuilder},
};
use alloy_primitives::{Bytes, hex};
use alloy::transports::TransportResult;
use escapement_chain::{Chain, Config, Server, serve};
use serde_json::Value;

/// Adds one to slot 0, logs the new value (as topic and data) and returns it.
pub const COUNTER: &[u8] = &hex!("5f54600101805f55805f5260205fa160205ff3");
/// Reverts with its calldata.
pub const REVERTER: &[u8] = &hex!("365f5f37365ffd");
/// Never ends.
pub const SPINNER: &[u8] = &hex!("5b5f56");
/// Returns NUMBER, TIMESTAMP, GASPRICE, BASEFEE.
pub const ENVIRONMENT: &[u8] = &hex!("435f52426020523a6040524860605260805ff3");
/// Returns the slot named by its calldata.
pub const READER: &[u8] = &hex!("5f35545f5260205ff3");
/// Calls the address in its calldata with all gas, and reverts if that fails.
pub const FORWARDER: &[u8] = &hex!("5f5f5f5f5f5f355af1600f575f5ffd5b00");
/// Spends about 500,000 gas in a loop, then stops.
pub const BURNER: &[u8] = &hex!("614e205b600190038060035700");

/// Init code that deploys `runtime` (shorter than 256 bytes).
pub fn init(runtime: &[u8]) -> Bytes {
    let mut code = vec![0x60, u8::try_from(runtime.len()).unwrap(), 0x80, 0x60, 9, 0x5f, 0x39, 0x5f, 0xf3];
    code.extend_from_slice(runtime);
    code.into()
}

/// A chain with a fixed clock behind a server on a free port.
pub async fn start() -> (Chain, Server) {
    start_with(Config::deterministic(1_800_000_000)).await
}

/// A chain with `config` behind a server on a free port.
pub async fn start_with(config: Config) -> (Chain, Server) {
    let chain = Chain::new(config).unwrap();
    let server = serve(chain.clone(), "127.0.0.1:0".parse().unwrap()).await.unwrap();
    (chain, server)
}

/// An alloy provider that signs with account `index`.
pub fn provider(chain: &Chain, server: &Server, index: usize) -> impl Provider + Clone + use<> {
    let wallet = EthereumWallet::from(chain.accounts()[index].signer.clone());
    ProviderBuilder::new().wallet(wallet).connect_http(server.url().parse().unwrap())
}

/// Sends any method.
pub async fn dev(client: &impl Provider, method: &'static str, params: Value) -> TransportResult<Value> {
    client.raw_request(method.into(), params).await
}
