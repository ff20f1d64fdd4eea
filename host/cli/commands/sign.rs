//! `escapement sign`: signatures on a document, without a node.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use escapement_agent::{
    deploy::Record,
    document::{Body, Document, Head},
    propose::VALID_FOR,
};
use escapement_core::param::Slot;

use crate::{args::attest::SignArgs, demo::slot_name, ui};

/// Latest number that is signed: they rise by one, and one that is accepted ends all below it.
const LAST_NUMBER: u64 = u32::MAX as u64;

/// Shows a document, and signs it with every key.
pub fn run(args: &SignArgs) -> Result<()> {
    let mut document = load(&args.file)?;
    if let Some(path) = &args.record {
        same_place(document.head(), &super::record(path)?)?;
    }
    if args.key.is_empty() {
        return show(args, &document);
    }
    sane(document.head())?;
    let keys = args.key.iter().map(|place| super::key(place)).collect::<Result<Vec<_>>>()?;
    let mut added = Vec::new();
    for key in &keys {
        added.push((key.address(), document.sign(key)?));
    }
    // What is signed is shown before the signature is anywhere but in memory.
    if !args.json {
        describe(&document);
    }
    document.save(&args.file).with_context(|| args.file.display().to_string())?;
    if args.json {
        ui::say(&format!("{:#}", document.json()));
        return Ok(());
    }
    if args.record.is_none() {
        ui::say("deployment     not compared: --record does that");
    }
    for (signer, added) in added {
        ui::say(&format!("signed by      {signer}{}", if added { "" } else { ", as before" }));
    }
    ui::say(&format!("written        {}, {} signatures", args.file.display(), document.signatures().signers().count()));
    Ok(())
}

/// Prints a document that is to be signed; writes nothing.
fn show(args: &SignArgs, document: &Document) -> Result<()> {
    if args.json {
        ui::say(&format!("{:#}", document.json()));
        return Ok(());
    }
    describe(document);
    for signer in document.signatures().signers() {
        ui::say(&format!("signed by      {signer}"));
    }
    ui::say("not signed     by this command: --key does that");
    sane(document.head())
}

/// Refuses what no honest maker writes: a signature on it would hold for ever, or end all numbers below.
fn sane(head: &Head) -> Result<()> {
    let (number, length) = (head.report, head.expires_at.saturating_sub(head.observed_at));
    ensure!(
        length <= VALID_FOR,
        "it would be in force for {length} s, no maker writes more than {VALID_FOR}: do not sign it"
    );
    ensure!(number <= LAST_NUMBER, "its number {number} would end all numbers below it: do not sign it");
    Ok(())
}

/// Reads a document and checks all of it.
pub fn load(path: &Path) -> Result<Document> {
    Document::load(path).with_context(|| path.display().to_string())
}

/// Refuses a document for another deployment than the record's.
pub fn same_place(head: &Head, record: &Record) -> Result<()> {
    let (have, want) = (head.chain_id, record.chain_id);
    ensure!(have == want, "the document is for chain {have}, the record is of chain {want}: do not sign or send it");
    for (name, have) in [("controller", head.controller), ("verifier", head.verifier)] {
        let want = record.address(name)?;
        ensure!(have == want, "the document is for the {name} {have}, the record has {want}: do not sign or send it");
    }
    Ok(())
}

/// Prints what a signature on the document stands for.
pub fn describe(document: &Document) {
    let sort = match document.body() {
        Body::Report { .. } => "report",
        Body::Update(_) => "update of a proven policy",
    };
    ui::say(&format!("document       {sort}"));
    head(document.head());
    if let Body::Update(update) = document.body() {
        ui::say(&format!("model id       {}", update.model_id));
        ui::say(&format!("valid after    {}", update.valid_after));
        for change in &update.changes {
            let name = Slot::new(change.slot).map_or_else(|| format!("slot {}", change.slot), slot_name);
            ui::say(&format!("change         {name}: {} to {}", change.expected_old, change.new));
        }
        if update.changes.is_empty() {
            ui::say("change         none: a heartbeat");
        }
        let outputs: Vec<String> = update.outputs().iter().map(|output| ui::q16(*output)).collect();
        ui::say(&format!("outputs        {} (of the proof; not signed)", outputs.join(" ")));
    }
    ui::say(&format!("digest         {}", document.digest()));
}

/// Prints what both sorts of documents say.
pub fn head(head: &Head) {
    ui::say(&format!("number         {}", head.report));
    ui::say(&format!("chain          {}", head.chain_id));
    ui::say(&format!("controller     {}", head.controller));
    ui::say(&format!("verifier       {}", head.verifier));
    ui::say(&format!("schema         {}", head.kpi_schema));
    ui::say(&format!("signer set     {}", head.signer_epoch));
    for (number, kpi) in (1..).zip(&head.kpis) {
        let name = kpi.name.clone().unwrap_or_else(|| format!("value {number}"));
        ui::say(&format!("kpi            {name}: {} ({})", kpi.value, ui::q16(kpi.value)));
    }
    ui::say(&format!("observed at    {}", head.observed_at));
    ui::say(&format!("expires at     {}", head.expires_at));
}
