//! The embedded Stylus chain: blocks, state, JSON-RPC.
//!
//! A development chain in one process: EVM and Stylus contracts side by side (executed by
//! `escapement-vm`), instant or interval mining, snapshots, time control and impersonation, and
//! the JSON-RPC methods that cast, alloy, viem and cargo-stylus use. [`Chain`] is the library;
//! [`serve`] puts it behind HTTP and `WebSocket`.
//!
//! ```no_run
//! # async fn run() -> anyhow::Result<()> {
//! use escapement_chain::{Chain, Config, serve};
//!
//! let chain = Chain::new(Config::default())?;
//! let server = serve(chain.clone(), "127.0.0.1:0".parse()?).await?;
//! println!("http://{}", server.local_addr());
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod accounts;
mod admin;
mod block;
mod call;
mod chain;
mod clock;
mod config;
mod convert;
mod error;
mod estimate;
mod filter;
mod genesis;
mod ledger;
mod mine;
mod overlay;
mod pending;
mod pool;
mod query;
mod rpc;
mod server;
mod store;
mod submit;
#[cfg(test)]
mod tests;
mod trace;
mod view;
mod websocket;

pub use accounts::DevAccount;
pub use admin::SnapshotId;
pub use block::{Block, MinedTx};
pub use call::CallRequest;
pub use chain::{Chain, Event};
pub use config::{
    BLOCK_GAS_LIMIT, COINBASE, Clock, Config, DEV_BASE_FEE, DEV_CHAIN_ID, DEV_MNEMONIC, Mining, RPC_GAS_CAP,
};
pub use error::ChainError;
pub use escapement_vm::{Params, Profile, STYLUS_DEPLOYER};
pub use server::{Server, serve};
pub use store::Version;
