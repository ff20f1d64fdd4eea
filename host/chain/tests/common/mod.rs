//! Hand-assembled contracts and a started server.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use alloy::transports::TransportResult;
use alloy::{
    network::EthereumWallet,
    providers::{Provider, ProviderBuilder},
};
use alloy_primitives::{Bytes, hex};
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

/// A Stylus program. Without calldata: adds one to slot 0 and returns it. With calldata of n bytes:
/// runs a loop 1,000 n times and returns the counter unchanged.
pub const PROGRAM: &str = r#"(module
  (import "vm_hooks" "read_args" (func $read_args (param i32)))
  (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
  (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
  (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
  (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
  (import "vm_hooks" "pay_for_memory_grow" (func $grow (param i32)))
  (memory (export "memory") 1 1)
  (func (export "user_entrypoint") (param $len i32) (result i32)
    (local $i i32)
    (call $load (i32.const 0) (i32.const 32))
    (if (i32.eqz (local.get $len))
      (then
        (i32.store8 (i32.const 63) (i32.add (i32.load8_u (i32.const 63)) (i32.const 1)))
        (call $cache (i32.const 0) (i32.const 32))
        (call $flush (i32.const 0)))
      (else
        (local.set $i (i32.mul (local.get $len) (i32.const 1000)))
        (loop $again
          (local.set $i (i32.sub (local.get $i) (i32.const 1)))
          (br_if $again (local.get $i)))))
    (call $write_result (i32.const 32) (i32.const 32))
    (i32.const 0)))"#;

/// A program that lacks the entry point.
pub const NO_ENTRY: &str = r#"(module (memory (export "memory") 1 1))"#;

/// A program with a growing memory and no way to pay for it.
pub const NO_GROW: &str = r#"(module
  (memory (export "memory") 1 2)
  (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)))"#;

/// The code that a wasm text deploys: prefix and brotli stream.
pub fn stylus_code(wat: &str) -> Bytes {
    compressed(&wat::parse_str(wat).unwrap())
}

/// The code that a wasm binary deploys.
pub fn compressed(wasm: &[u8]) -> Bytes {
    let mut code = vec![0xef, 0xf0, 0, 0];
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*wasm, &mut code, &params).unwrap();
    code.into()
}

/// Init code as the Stylus tools make it: a 43-byte prelude that returns the rest.
pub fn stylus_init(code: &[u8]) -> Bytes {
    let mut init = vec![0x7f];
    init.extend(alloy_primitives::U256::from(code.len()).to_be_bytes::<32>());
    init.extend(hex!("80602b6000396000f300"));
    init.extend(code);
    init.into()
}
