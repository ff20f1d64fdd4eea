//! `escapement report`: a report for attesters to sign; a stored one read back.

use std::path::Path;

use alloy::primitives::{Address, keccak256};
use anyhow::{Context, Result, bail, ensure};
use escapement_agent::{
    client::Client,
    document::{Document, Head},
    policy,
    propose::Observation,
    quorum::Quorum,
    report::{self, Standing},
    sign::Domain,
};
use escapement_core::{
    kpi::Kpi,
    policy::{Schema, proven::Proven},
    report::OwnedReport,
};
use serde_json::{Value, json};

use super::sign::{describe, head};
use crate::{
    args::attest::{NewArgs, ReportAction, ReportArgs, ShowArgs},
    ui,
};

/// Makes a report, or shows one.
pub async fn run(args: ReportArgs) -> Result<()> {
    match args.action {
        ReportAction::New(args) => new(args).await,
        ReportAction::Show(args) => show(args).await,
    }
}

async fn new(args: NewArgs) -> Result<()> {
    let record = super::record(&args.record)?;
    let (controller, verifier) = (record.address("controller")?, record.address("verifier")?);
    if let Some(path) = &args.out {
        ensure!(!path.exists(), "{} exists, and may hold signatures: name another file", path.display());
    }
    let kpis = match &args.kpis_file {
        Some(path) => parse(&policy::read(path)?).with_context(|| path.display().to_string())?,
        None => args.kpis,
    };
    let client = super::connect(&args.rpc).await?;
    super::same_chain(record.chain_id, client.chain_id())?;
    super::asked(&client, controller, verifier).await?;
    let schema = schema(&client, verifier, &args.policy).await?;
    let at = match args.at {
        Some(at) => at,
        None => client.head().await?.1,
    };
    let observation = Observation { kpis, at };
    let entries = Schema::parse(&schema).map_err(|e| anyhow::anyhow!("{}: {e:?}", args.policy.display()))?;
    report::review(&client, controller, entries, &observation).await?;
    let report = report::compose(&client, controller, verifier, keccak256(&schema), &observation).await?;
    let document = Document::report(&report, Domain { chain_id: client.chain_id(), controller }, verifier)?;
    if let Some(path) = &args.out {
        document.save(path).with_context(|| path.display().to_string())?;
    }
    if args.json {
        ui::say(&format!("{:#}", document.json()));
        return Ok(());
    }
    describe(&document);
    let quorum = Quorum::read(&client, verifier).await?;
    ui::say(&format!("signatures     needed: {} of {} signers", quorum.threshold, quorum.signers.len()));
    if let Some(path) = &args.out {
        ui::say(&format!("written        {}; next: escapement sign, by each of them", path.display()));
    }
    Ok(())
}

/// The bytes of a policy's schema. A proven policy must be registered, or no update could rest on the report.
async fn schema(client: &Client, verifier: Address, path: &Path) -> Result<Vec<u8>> {
    if !path.is_dir() {
        return Ok(policy::read(path)?);
    }
    let file = path.join("proven.bin");
    if !file.exists() {
        return Ok(policy::read(&path.join("schema.bin"))?);
    }
    let file = policy::read(&file)?;
    let proven = Proven::parse(&file).map_err(|e| anyhow::anyhow!("{}: no proven.bin: {e:?}", path.display()))?;
    super::registered(client, verifier, keccak256(&file)).await?;
    Ok(proven.schema_bytes.to_vec())
}

/// KPI values, one a line: a value, or the name at its place and a value.
fn parse(file: &[u8]) -> Result<Vec<i32>> {
    let mut values = Vec::new();
    for (number, line) in (1..).zip(std::str::from_utf8(file)?.lines()) {
        let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        let value = match words[..] {
            [] => continue,
            [value] => value,
            [name, value] => {
                let expected = Kpi::ALL.get(values.len()).map(|kpi| kpi.name());
                let Some(expected) = expected else {
                    bail!("line {number}: value {} has no name, `{name}` stands there", values.len() + 1)
                };
                ensure!(name == expected, "line {number}: `{name}` stands in the place of {expected}");
                value
            }
            _ => bail!("line {number}: a value, or a name and a value"),
        };
        values.push(value.parse().with_context(|| format!("line {number}: `{value}` is no Q16.16 integer"))?);
    }
    Ok(values)
}

async fn show(args: ShowArgs) -> Result<()> {
    let record = super::record(&args.record)?;
    let (controller, verifier) = (record.address("controller")?, record.address("verifier")?);
    let client = super::connect(&args.rpc).await?;
    super::same_chain(record.chain_id, client.chain_id())?;
    super::asked(&client, controller, verifier).await?;
    let first = super::first_block(&record);
    let report = report::read(&client, verifier, controller, args.number, first).await?;
    let standing = report::standing(&client, verifier, controller, &report, first).await?;
    let domain = Domain { chain_id: client.chain_id(), controller };
    if args.json {
        ui::say(&format!("{:#}", stored(&report, domain, verifier, standing)?));
        return Ok(());
    }
    head(&Head::new(&report, domain, verifier));
    ui::say(&format!("digest         {}", report::digest(&report, domain)?));
    ui::say(&format!("standing       {}", told(standing)));
    Ok(())
}

/// A stored report as JSON.
fn stored(report: &OwnedReport, domain: Domain, verifier: Address, standing: Standing) -> Result<Value> {
    let mut stored = serde_json::to_value(Head::new(report, domain, verifier))?;
    stored["digest"] = json!(report::digest(report, domain)?);
    stored["standing"] = word(standing).into();
    stored["usedBy"] = match standing {
        Standing::Used { model_id, transaction } => json!({ "modelId": model_id, "transaction": transaction }),
        _ => Value::Null,
    };
    Ok(stored)
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "open",
        Standing::Used { .. } => "used",
        Standing::Superseded { .. } => "superseded",
        Standing::Expired => "expired",
        Standing::OtherSigners { .. } => "other-signers",
    }
}

fn told(standing: Standing) -> String {
    let word = word(standing);
    match standing {
        Standing::Open => format!("{word}: an update may rest on it (escapement prove)"),
        Standing::Used { model_id, transaction: Some(hash) } => format!("{word} by policy {model_id} in {hash}"),
        Standing::Used { model_id, transaction: None } => format!("{word} by policy {model_id}"),
        Standing::Superseded { last } => format!("{word}: update {last} was accepted; make a new report"),
        Standing::Expired => format!("{word}: nothing may rest on it any longer; make a new report"),
        Standing::OtherSigners { have, want } => {
            format!("{word}: signed by set {have}, the verifier has set {want}; make a new report")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_with_their_names_and_nothing_is_skipped() {
        let read = |text: &str| parse(text.as_bytes()).map_err(|e| format!("{e:#}"));
        assert_eq!(read("# week\nholders_growth -3\n\n 7 # plain\nvolume_ratio\t9\n").unwrap(), [-3, 7, 9]);
        for (text, words) in [
            ("top_ten_share 1", "line 1: `top_ten_share` stands in the place of holders_growth"),
            ("1\n1.5", "line 2: `1.5` is no Q16.16 integer"),
            ("1\n2147483648", "line 2: `2147483648`"),
            ("holders_growth 1 2", "line 1: a value, or a name and a value"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
        let thirteenth = "1\n".repeat(12) + "drawdown 1";
        assert!(read(&thirteenth).unwrap_err().contains("line 13: value 13 has no name"));
    }
}
