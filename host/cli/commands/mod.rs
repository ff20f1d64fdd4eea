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
pub mod report;
pub mod send;
pub mod sign;
pub mod status;

use std::{fs, path::Path};

use alloy::{
    primitives::{Address, B256},
    signers::local::PrivateKeySigner,
};
use anyhow::{Context, Result, bail, ensure};
use escapement_agent::{
    bindings::{controller::IController, verifier::IVerifier},
    client::Client,
    deploy::Record,
    keys::KeyRef,
    policy::KIND_PROVEN,
};

/// Connects to the node that `--rpc` names.
pub async fn connect(url: &str) -> Result<Client> {
    Client::connect(url)
        .await
        .with_context(|| format!("no node answers at {url}: start one (escapement devnet) or correct --rpc"))
}

/// Refuses a record whose verifier is not the one that the controller asks: what is stored or proven there serves nothing.
pub async fn asked(client: &Client, controller: Address, verifier: Address) -> Result<()> {
    let asked = client.read(controller, &IController::verifierCall {}).await?;
    ensure!(
        asked == verifier,
        "the controller asks the verifier {asked}, the record has {verifier}: correct the record"
    );
    Ok(())
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

/// Fetches the key of a place.
pub fn key(place: &str) -> Result<PrivateKeySigner> {
    Ok(place.parse::<KeyRef>()?.load()?)
}

/// Block of a deployment's verifier: no report is older.
pub fn first_block(record: &Record) -> u64 {
    record.steps.get("verifier").map_or(0, |step| step.block)
}

/// Refuses a policy that the verifier does not take proofs for.
pub async fn registered(client: &Client, verifier: Address, model_id: B256) -> Result<()> {
    match client.read(verifier, &IVerifier::modelCall { model_id }).await {
        Ok(model) if model._2 == KIND_PROVEN && model._3 => Ok(()),
        Ok(model) if model._2 == KIND_PROVEN => bail!("the policy {model_id} is stopped: governance can resume it"),
        Ok(model) if model._0 != Address::ZERO => bail!("the policy {model_id} is registered as kind {}", model._2),
        Ok(_) => bail!("the verifier {verifier} does not know the policy {model_id}: governance registers it"),
        Err(error) => Err(error.into()),
    }
}

/// Stands for a command that needs the prover, in a program built without it.
#[cfg(not(feature = "prove"))]
pub fn without_prover() -> Result<()> {
    anyhow::bail!(
        "this program was built without the prover; build it with: cd host && cargo build --release -p escapement-cli \
         --features prove"
    )
}
