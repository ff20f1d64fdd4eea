//! The commands besides the demonstration.

#[cfg(feature = "prove")]
pub mod ceremony;
pub mod completions;
pub mod deploy;
pub mod devnet;
mod modules;
pub mod policy;
#[cfg(feature = "prove")]
pub mod prove;
#[cfg(feature = "prove")]
pub mod proven;
pub mod status;

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use escapement_agent::{client::Client, deploy::Record};

/// Connects to the node that `--rpc` names.
pub async fn connect(url: &str) -> Result<Client> {
    Client::connect(url)
        .await
        .with_context(|| format!("no node answers at {url}: start one (escapement devnet) or correct --rpc"))
}

/// Reads the record of a deployment.
pub fn record(path: &Path) -> Result<Record> {
    let read = || format!("cannot read {}: deploy writes it beside the plan", path.display());
    let text = fs::read_to_string(path).with_context(read)?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is no record of a deployment (addresses.json)", path.display()))
}

/// Refuses a node of another chain than the record's.
pub fn same_chain(record: u64, node: u64) -> Result<()> {
    ensure!(record == node, "the record is of chain {record}, the node is chain {node}: correct --record or --rpc");
    Ok(())
}

/// Stands for a command that needs the prover, in a program built without it.
#[cfg(not(feature = "prove"))]
pub fn without_prover() -> Result<()> {
    anyhow::bail!(
        "this program was built without the prover; build it with: cd host && cargo build --release -p escapement-cli \
         --features prove"
    )
}
