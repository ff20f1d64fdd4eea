//! `escapement prove`: from a stored report to a proven update.

use alloy::primitives::keccak256;
use anyhow::{Context as _, Result, ensure};
use escapement_agent::{
    document::{Body, Document, LeftOut, Made},
    propose::Proposal,
    proven::{self, ProvenFiles},
    report,
    sign::Domain,
};
use escapement_core::policy::{Model, proven::Context};
use escapement_prover::{KeyKind, ProofFile, Proven, Prover, ProvingKey};
use serde_json::Value;

use super::{
    proven::{DEVELOPMENT, load},
    sign::describe,
};
use crate::{args::prove::ProveArgs, ui};

/// Makes a proof, and sends it if that is asked for.
pub async fn run(args: ProveArgs) -> Result<()> {
    let record = super::record(&args.record)?;
    let (controller, verifier) = (record.address("controller")?, record.address("verifier")?);
    if let Some(path) = &args.out {
        ensure!(!path.exists(), "{} exists, and may hold signatures: name another file", path.display());
    }
    let cosigners = args.cosigner.iter().map(|place| super::key(place)).collect::<Result<Vec<_>>>()?;
    let sender = if args.submit { Some(super::key(&args.account_key)?) } else { None };
    let policy = load(&args.policy, &args.model)?;
    let key = ProvingKey::load(&args.key).with_context(|| format!("{}", args.key.display()))?;
    let (have, want) = (key.verifying.circuit_id(), keccak256(policy.proven().key.bytes()));
    ensure!(have == want, "--key has the circuit id {have}, the policy {want}: take the proving key of its own setup");

    let client = super::connect(&args.rpc).await?;
    super::same_chain(record.chain_id, client.chain_id())?;
    super::asked(&client, controller, verifier).await?;
    super::registered(&client, verifier, policy.model_id()).await?;
    let first = super::first_block(&record);
    let report = report::read(&client, verifier, controller, args.report, first).await?;
    let proposal = report::propose(&client, controller, &policy, &report).await?;
    let domain = Domain { chain_id: client.chain_id(), controller };
    let context = proven::context(&proposal.update, domain, verifier.into_array()).map_err(encode)?;

    let (kind, proven, proof) = prove(key, &policy, &proposal, &context).await?;
    let made = Made {
        policy: policy.file().to_vec().into(),
        shown: proven.attestation(&[]).into(),
        left_out: left_out(&proposal),
        proof: serde_json::to_value(proof)?,
    };
    let mut document = Document::update(&proposal.update, domain, verifier, made)?;
    if document.needs_signatures() {
        for key in &cosigners {
            document.sign(key)?;
        }
    }
    save(&args, &document)?;
    if let Some(sender) = sender {
        let done = super::send::send(&client, &record, &sender, &document).await?;
        document.note(done);
        save(&args, &document)?;
    }
    if args.json {
        ui::say(&format!("{:#}", document.json()));
    } else {
        print(&args, &proposal, &document, kind);
    }
    Ok(())
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

fn left_out(proposal: &Proposal) -> Vec<LeftOut> {
    let left_out = proposal.left_out.iter();
    left_out.map(|(group, why)| LeftOut { group: group.number(), reason: why.to_string() }).collect()
}

fn save(args: &ProveArgs, document: &Document) -> Result<()> {
    let Some(path) = &args.out else { return Ok(()) };
    document.save(path).with_context(|| path.display().to_string())
}

fn print(args: &ProveArgs, proposal: &Proposal, document: &Document, kind: KeyKind) {
    let Body::Update(update) = document.body() else { return };
    describe(document);
    ui::say(&format!("rests on       report {}, digest {}", args.report, update.report_digest));
    for (group, why) in &proposal.left_out {
        ui::say(&format!("left out       group {}: {why}", group.number()));
    }
    let given = document.signatures().signers().count();
    ui::say(&if update.needs_signatures {
        format!("signatures     of the quorum needed: {given} given (escapement sign adds others)")
    } else {
        let unused = args.cosigner.len();
        format!("signatures     not taken: every output is within the policy's limit ({unused} cosigners given)")
    });
    ui::say("proof          made and verified");
    match &update.submitted {
        Value::Null => ui::say("submitted      no (--submit, or escapement send)"),
        done => {
            let transaction = done["transaction"].as_str().unwrap_or_default();
            ui::say(&format!("submitted      {transaction}, {} gas", done["gasUsed"]));
        }
    }
    if let Some(path) = &args.out {
        ui::say(&format!("written        {}", path.display()));
    } else {
        ui::say(&format!("attestation    {}", update.attestation));
    }
    if kind == KeyKind::Dev {
        ui::say(&ui::Style::stdout().yellow(DEVELOPMENT));
    }
}
