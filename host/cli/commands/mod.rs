//! The commands besides the demonstration.

pub mod completions;
pub mod deploy;
pub mod devnet;
mod modules;
pub mod policy;
pub mod status;

use anyhow::{Context, Result};
use escapement_agent::client::Client;

/// Connects to the node that `--rpc` names.
pub async fn connect(url: &str) -> Result<Client> {
    Client::connect(url)
        .await
        .with_context(|| format!("no node answers at {url}: start one (escapement devnet) or correct --rpc"))
}
