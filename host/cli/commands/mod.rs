//! The commands besides the demonstration.

#[cfg(feature = "prove")]
pub mod ceremony;
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

/// Stands for a command that needs the prover, in a program built without it.
#[cfg(not(feature = "prove"))]
pub fn without_prover() -> Result<()> {
    anyhow::bail!(
        "this program was built without the prover; build it with: cd host && cargo build --release -p escapement-cli \
         --features prove"
    )
}
