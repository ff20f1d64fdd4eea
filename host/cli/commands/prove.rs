//! `escapement prove`: from a stored report to a proven update.

use std::fs;

use alloy::{
    primitives::{Address, B256, Bytes, keccak256},
    sol_types::SolCall,
};
use anyhow::{Context as _, Result, bail, ensure};
use escapement_agent::{
    bindings::{controller::IController, verifier::IVerifier},
    client::Client,
    keys::KeyRef,
    lens::Lens,
    policy::KIND_PROVEN,
    propose::Proposal,
    proven::{self, ProvenFiles},
    report,
    sign::{Attested, Domain, sign_ascending},
    submit,
};
use escapement_core::policy::{Model, proven::Context};
use escapement_prover::{KeyKind, ProofFile, Proven, Prover, ProvingKey};
use serde_json::{Value, json};

use super::proven::{DEVELOPMENT, load};
use crate::{
    args::prove::ProveArgs,
    demo::{groups, slot_name},
    ui,
};

/// Makes a proof, and sends it if that is asked for.
pub async fn run(args: ProveArgs) -> Result<()> {
    let record = super::record(&args.record)?;
    let (controller, verifier) = (record.address("controller")?, record.address("verifier")?);
    let keys = |places: &[String]| places.iter().map(|p| Ok(p.parse::<KeyRef>()?.load()?)).collect::<Result<Vec<_>>>();
    let cosigners = keys(&args.cosigner)?;
    let sender = if args.submit { keys(std::slice::from_ref(&args.account_key))?.pop() } else { None };
    let policy = load(&args.policy, &args.model)?;
    let key = ProvingKey::load(&args.key).with_context(|| format!("{}", args.key.display()))?;
    let (have, want) = (key.verifying.circuit_id(), keccak256(policy.proven().key.bytes()));
    ensure!(have == want, "--key has the circuit id {have}, the policy {want}: take the proving key of its own setup");

    let client = super::connect(&args.rpc).await?;
    super::same_chain(record.chain_id, client.chain_id())?;
    registered(&client, verifier, &policy).await?;
    let first = record.steps.get("verifier").map_or(0, |step| step.block);
    let report = report::read(&client, verifier, controller, args.report, first).await?;
    let proposal = report::propose(&client, controller, &policy, &report).await?;
    let domain = Domain { chain_id: client.chain_id(), controller };
    let context = proven::context(&proposal.update, domain, verifier.into_array()).map_err(encode)?;

    let (kind, proven, proof) = prove(key, &policy, &proposal, &context).await?;
    let needed = policy.proven().needs_signatures(&proven.outputs);
    let digest = B256::from(context.update);
    let signatures = if needed { sign_ascending(digest, &cosigners)? } else { Bytes::new() };
    let update = Bytes::from(proposal.update.encode().map_err(encode)?);
    let attested = Attested { update, signatures: proven.attestation(&signatures).into() };

    let mut document = json!({
        "report": args.report,
        "modelId": policy.model_id(),
        "controller": controller,
        "verifier": verifier,
        "chainId": domain.chain_id,
        "changes": changes(&proposal),
        "leftOut": left_out(&proposal),
        "needsSignatures": needed,
        "reportDigest": B256::from(context.report),
        "updateDigest": digest,
        "update": attested.update,
        "attestation": attested.signatures,
        "calldata": calldata(&attested),
        "proof": proof,
        "submitted": Value::Null,
    });
    save(&args, &document)?;
    if let Some(sender) = sender {
        ensure!(
            !needed || !cosigners.is_empty(),
            "an output is above the policy's limit: the quorum has to sign update digest {digest} too (--cosigner)"
        );
        let lens = Lens::latest(&client, record.address("lens")?, controller);
        let done = submit::submit(&sender, lens, &attested).await?;
        document["submitted"] = json!({
            "transaction": done.receipt.transaction_hash,
            "gasUsed": done.receipt.gas_used,
            "appliedGroups": groups(done.accepted.applied),
            "queuedGroups": groups(done.accepted.queued),
            "shadowGroups": groups(done.accepted.shadow),
            "trip": done.accepted.trip,
            "queued": submit::queued(controller, &done.receipt).iter().map(|w| json!({
                "group": w.group, "eta": w.eta, "expires": w.expires, "approval": w.approval, "payload": w.payload,
            })).collect::<Vec<_>>(),
        });
        save(&args, &document)?;
    }
    if args.json {
        ui::say(&format!("{document:#}"));
    } else {
        print(&args, &proposal, &document, kind);
    }
    Ok(())
}

/// Refuses a policy that the verifier does not take proofs for.
async fn registered(client: &Client, verifier: Address, policy: &ProvenFiles) -> Result<()> {
    let model_id = policy.model_id();
    match client.read(verifier, &IVerifier::modelCall { model_id }).await {
        Ok(model) if model._2 == KIND_PROVEN && model._3 => Ok(()),
        Ok(model) if model._2 == KIND_PROVEN => bail!("the policy {model_id} is stopped: governance can resume it"),
        Ok(model) if model._0 != Address::ZERO => bail!("the policy {model_id} is registered as kind {}", model._2),
        Ok(_) => bail!("the verifier {verifier} does not know the policy {model_id}: governance registers it"),
        Err(error) => Err(error.into()),
    }
}

/// Proves the outputs of a proposal, beside the program's other work.
async fn prove(
    key: ProvingKey,
    policy: &ProvenFiles,
    proposal: &Proposal,
    context: &Context,
) -> Result<(KeyKind, Proven, ProofFile)> {
    let observations =
        policy.observations(&proposal.update.kpis).map_err(|e| anyhow::anyhow!("the report does not fit: {e:?}"))?;
    let (model, context) = (policy.network().model().to_vec(), context.hash(|bytes| keccak256(bytes).0));
    let spinner = ui::spinner("proving");
    let made = tokio::task::spawn_blocking(move || -> Result<_> {
        let prover = Prover::new(key)?;
        let model = Model::parse(&model).map_err(proven::ProvenFileError::Model)?;
        let made = prover.prove(&model, &observations, &context)?;
        let file = ProofFile::new(prover.key(), &made);
        Ok((prover.key().kind, made, file))
    })
    .await?;
    spinner.finish_and_clear();
    let made = made?;
    ensure!(
        made.1.outputs == proposal.outputs,
        "the proof is of other outputs than the update: a fault of this program"
    );
    Ok(made)
}

fn encode(error: escapement_core::update::EncodeError) -> anyhow::Error {
    anyhow::anyhow!("the update has no wire form: {error:?}")
}

fn calldata(attested: &Attested) -> Bytes {
    let Attested { update, signatures } = attested.clone();
    IController::submitCall { update, signatures }.abi_encode().into()
}

fn changes(proposal: &Proposal) -> Vec<Value> {
    let changes = proposal.update.changes.iter();
    changes.map(|c| json!({ "slot": c.slot, "expectedOld": c.expected_old, "new": c.new })).collect()
}

fn left_out(proposal: &Proposal) -> Vec<Value> {
    let left_out = proposal.left_out.iter();
    left_out.map(|(group, why)| json!({ "group": group.number(), "reason": why.to_string() })).collect()
}

fn save(args: &ProveArgs, document: &Value) -> Result<()> {
    let Some(path) = &args.out else { return Ok(()) };
    fs::write(path, format!("{document:#}\n")).with_context(|| format!("cannot write {}", path.display()))
}

fn print(args: &ProveArgs, proposal: &Proposal, document: &Value, kind: KeyKind) {
    let text = |field: &Value| field.as_str().unwrap_or_default().to_owned();
    ui::say(&format!("report         {}, digest {}", args.report, text(&document["reportDigest"])));
    ui::say(&format!("model id       {}", text(&document["modelId"])));
    for change in &proposal.update.changes {
        let name = escapement_core::param::Slot::new(change.slot).map_or_else(String::new, slot_name);
        ui::say(&format!("change         {name}: {} to {}", change.expected_old, change.new));
    }
    if proposal.update.changes.is_empty() {
        ui::say("change         none: a heartbeat");
    }
    for (group, why) in &proposal.left_out {
        ui::say(&format!("left out       group {}: {why}", group.number()));
    }
    let (digest, given) = (text(&document["updateDigest"]), args.cosigner.len());
    ui::say(&if document["needsSignatures"] == true {
        format!("signatures     of the quorum over {digest}: {given} given")
    } else {
        format!("signatures     not taken: every output is within the policy's limit ({given} cosigners given)")
    });
    ui::say("proof          made and verified");
    match &document["submitted"] {
        Value::Null => ui::say("submitted      no (--submit)"),
        done => ui::say(&format!("submitted      {}, {} gas", text(&done["transaction"]), done["gasUsed"])),
    }
    if let Some(path) = &args.out {
        ui::say(&format!("written        {}", path.display()));
    } else {
        ui::say(&format!("attestation    {}", text(&document["attestation"])));
    }
    if kind == KeyKind::Dev {
        ui::say(&ui::Style::stdout().yellow(DEVELOPMENT));
    }
}
