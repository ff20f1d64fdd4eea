//! `escapement policy proven` and `policy check`: the file of a proven policy.

use std::{fs, path::Path};

use alloy::primitives::{B256, keccak256};
use anyhow::{Context, Result, ensure};
use escapement_agent::{
    artifacts, policy,
    proven::{ProvenFileError, ProvenFiles},
};
use escapement_core::policy::{Model, Schema, proven::DEVELOPMENT_KEYS};
use escapement_prover::{VerifyingKey, commitment, policy as prover};
use serde_json::json;

use crate::ui;

/// Name of the file.
const FILE: &str = "proven.bin";

/// Writes `proven.bin` and `schema.bin`; `from` are the files of network, schema and verifying key.
pub fn write(from: [&Path; 3], cosign_above: u32, out: &Path, json: bool) -> Result<()> {
    let [model, schema, key] = from.map(policy::read);
    let (model, schema) = (model?, schema?);
    let key = VerifyingKey::from_bytes(&key?).with_context(|| format!("{}: no .vk file", from[2].display()))?;
    let network = Model::parse(&model).map_err(ProvenFileError::Model)?;
    let entries = Schema::parse(&schema).map_err(|e| anyhow::anyhow!("{}: {e:?}", from[1].display()))?.entries();
    let proven = prover::proven(&network, entries.collect(), cosign_above, &key);
    let file = proven.encode().map_err(|e| anyhow::anyhow!("network, schema and key do not go together: {e:?}"))?;
    let files = ProvenFiles::new(file, model)?;
    fs::create_dir_all(out)
        .and_then(|()| fs::write(out.join(FILE), files.file()))
        .and_then(|()| fs::write(out.join("schema.bin"), &schema))
        .with_context(|| format!("cannot write to {}", out.display()))?;
    print(&files, json);
    Ok(())
}

/// Compares a network with the proven policy that is said to be its own.
pub fn check(folder: &Path, model: &Path, json: bool) -> Result<()> {
    let files = load(folder, model)?;
    // The bytes alone were checked when they were read; whether the points are points is seen here.
    let (proven, key) = (files.proven(), VerifyingKey::from_bytes(files.proven().key.bytes())?);
    ensure!(
        key.base(proven.commitment)? == *proven.base,
        "{FILE} of {}: its base is not what key and commitment give; the verifier would refuse it: write it again with policy proven",
        folder.display()
    );
    print(&files, json);
    Ok(())
}

/// Reads a proven policy and the network, and makes sure that they belong together.
pub fn load(folder: &Path, model: &Path) -> Result<ProvenFiles> {
    let files = ProvenFiles::new(policy::read(&folder.join(FILE))?, policy::read(model)?)?;
    let network = Model::parse(files.network().model()).map_err(ProvenFileError::Model)?;
    let (have, want) = (B256::from(commitment(&network)), B256::from(*files.proven().commitment));
    ensure!(
        have == want,
        "{} is another network: its commitment is {have}, {} of {} has {want}",
        model.display(),
        FILE,
        folder.display()
    );
    Ok(files)
}

fn print(files: &ProvenFiles, json: bool) {
    let proven = files.proven();
    let circuit_id = keccak256(proven.key.bytes());
    let development = DEVELOPMENT_KEYS.contains(&circuit_id.0);
    let init_code = artifacts::init_code(&[&[0], files.file()].concat());
    if json {
        let document = json!({
            "modelId": files.model_id(),
            "kpiSchema": files.kpi_schema(),
            "kind": policy::KIND_PROVEN,
            "circuitId": circuit_id,
            "developmentKey": development,
            "commitment": B256::from(*proven.commitment),
            "widths": proven.arch.widths(),
            "cosignAbove": proven.cosign_above,
            "dataInitCode": init_code,
        });
        ui::say(&document.to_string());
        return;
    }
    let [a, b, c, d] = proven.arch.widths();
    ui::say(&format!("model id       {}", files.model_id()));
    ui::say(&format!("schema         {}", files.kpi_schema()));
    ui::say(&format!("circuit id     {circuit_id}, {a}-{b}-{c}-{d}"));
    ui::say(&format!("commitment     {}, that of the network given", B256::from(*proven.commitment)));
    ui::say(&format!("signatures     needed above {} of 65536", proven.cosign_above));
    ui::say("to register    create the data contract (dataInitCode of --json); then governance calls");
    ui::say(&format!(
        "               registerModel(modelId, data, kpiSchema, {}) of the verifier",
        policy::KIND_PROVEN
    ));
    if development {
        ui::say(&ui::Style::stdout().yellow(DEVELOPMENT));
    }
}

/// What to know about a policy or a proof under a development key.
pub const DEVELOPMENT: &str =
    "DEV key: its secrets are public, everybody can forge proofs for it. Development chains only.";
