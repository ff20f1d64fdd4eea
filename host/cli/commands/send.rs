//! `escapement send`: a signed document to the chain.

use alloy::{primitives::Bytes, rpc::types::TransactionReceipt, signers::local::PrivateKeySigner};
use anyhow::{Context, Result, bail};
use escapement_agent::{
    client::Client,
    deploy::Record,
    document::{Body, Document},
    lens::Lens,
    quorum::Quorum,
    report::{self, SignedReport},
    submit,
};
use serde_json::{Value, json};

use super::sign::{load, same_place};
use crate::{args::attest::SendArgs, demo::groups, ui};

/// Puts the copies of a document together and sends it.
pub async fn run(args: SendArgs) -> Result<()> {
    let record = super::record(&args.record)?;
    let sender = super::key(&args.account_key)?;
    let mut copies = args.files.iter().map(|path| load(path));
    let mut document = copies.next().context("no document given")??;
    for copy in copies {
        document.merge(copy?)?;
    }
    same_place(document.head(), &record)?;
    let client = super::connect(&args.rpc).await?;
    super::same_chain(record.chain_id, client.chain_id())?;
    super::asked(&client, document.head().controller, document.head().verifier).await?;
    let mut done = send(&client, &record, &sender, &document).await?;
    if args.json {
        done["digest"] = json!(document.digest());
        done["report"] = document.head().report.into();
        ui::say(&format!("{done:#}"));
        return Ok(());
    }
    ui::say(&format!("sent           {}", document.name()));
    ui::say(&format!("transaction    {}", done["transaction"].as_str().unwrap_or_default()));
    ui::say(&format!("gas used       {}", done["gasUsed"]));
    match document.body() {
        Body::Report { .. } => ui::say("result         stored: an update may rest on it (escapement prove)"),
        Body::Update(_) => {
            for (name, field) in [("applied", "appliedGroups"), ("queued", "queuedGroups"), ("shadow", "shadowGroups")]
            {
                ui::say(&format!("{name:15}groups {}", done[field]));
            }
            ui::say(&format!(
                "breaker        {}",
                if done["trip"] == 0 { "quiet".into() } else { done["trip"].to_string() }
            ));
        }
    }
    Ok(())
}

/// Sends a document if the verifier has a quorum for it, and an update if the lens foretells success; says what happened.
pub async fn send(client: &Client, record: &Record, sender: &PrivateKeySigner, document: &Document) -> Result<Value> {
    let (controller, verifier) = (document.head().controller, document.head().verifier);
    let signatures = if document.needs_signatures() {
        Quorum::read(client, verifier).await?.choose(document.head().signer_epoch, document.signatures())?
    } else {
        Bytes::new()
    };
    if let Body::Report { wire, .. } = document.body() {
        let signed = SignedReport { report: wire.clone(), signatures };
        let receipt = client.send(sender, report::delivery(verifier, controller, &signed)).await?;
        return Ok(sent(&receipt));
    }
    let Some(attested) = document.attested(&signatures) else { bail!("no update to send") };
    let lens = Lens::latest(client, record.address("lens")?, controller);
    let done = submit::submit(sender, lens, &attested).await?;
    let mut told = sent(&done.receipt);
    told["appliedGroups"] = groups(done.accepted.applied).into();
    told["queuedGroups"] = groups(done.accepted.queued).into();
    told["shadowGroups"] = groups(done.accepted.shadow).into();
    told["trip"] = done.accepted.trip.into();
    let waiting = submit::queued(controller, &done.receipt);
    told["queued"] = waiting
        .iter()
        .map(|w| {
            json!({
                "group": w.group, "eta": w.eta, "expires": w.expires, "approval": w.approval, "payload": w.payload,
            })
        })
        .collect();
    Ok(told)
}

fn sent(receipt: &TransactionReceipt) -> Value {
    json!({ "transaction": receipt.transaction_hash, "gasUsed": receipt.gas_used })
}
