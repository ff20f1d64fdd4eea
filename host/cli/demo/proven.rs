//! Two epochs by proof beside the signed ones, under a DEV key: one within the limit above which the quorum has to sign
//! too, and one above it.

use alloy::primitives::{B256, Bytes, U256, keccak256};
use anyhow::{Context as _, Result};
use escapement_agent::{
    artifacts,
    bindings::verifier::IVerifier,
    client::Tx,
    kpi,
    policy::{KIND_PROVEN, PolicyFiles},
    propose::{Proposal, propose},
    proven::{self, ProvenFiles},
    report::{self, SignedReport},
    sign::{Attested, attest},
    submit::{self, Submitted, queued},
};
use escapement_core::{
    engine::Accepted,
    param::Slot,
    policy::{Arch, Model, OUTPUT_ONE, OwnedModel, proven::Context},
    report::OwnedReport,
    update::OwnedUpdate,
};
use escapement_prover::{Prover, policy, setup};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde_json::{Value, json};

use super::{
    attacks::with_signatures,
    epoch::{self, THRESHOLD, groups},
    forgeries, powers,
    story::Story,
    world::World,
};

/// Weeks after which there is a proof, whether or not the law lets something move.
const MOST_WEEKS: u32 = 8;
/// Size of an output above which the quorum signs beside the proof: a quarter of a step.
const LIMIT: i32 = OUTPUT_ONE / 4;

/// Who makes the proofs of the demonstration.
pub struct Maker {
    prover: Prover,
    /// The proven policy at work.
    pub policy: ProvenFiles,
    /// From a public seed, so that the same run gives the same report. The network here is no secret.
    rng: ChaCha20Rng,
}

impl Maker {
    /// A maker for a careful twin of the demonstration's network: no output beyond the limit.
    fn new(world: &World) -> Result<Self> {
        let prover = tokio::task::block_in_place(|| anyhow::Ok(Prover::new(setup::dev(Arch::A1)?)?))?;
        let network = Model::parse(world.policy.model()).map_err(proven::ProvenFileError::Model)?;
        let mut careful = OwnedModel::from(network);
        for bound in careful.lo.iter_mut().chain(&mut careful.hi) {
            *bound = (*bound).clamp(-LIMIT, LIMIT);
        }
        let careful = careful.encode().map_err(|e| anyhow::anyhow!("{e:?}"))?;
        let policy = policy_of(world, &prover, careful)?;
        Ok(Self { prover, policy, rng: ChaCha20Rng::from_seed(keccak256("proofs of the demonstration").0) })
    }

    /// What the network sees of an update.
    pub fn observations(&self, update: &OwnedUpdate) -> Result<Vec<i32>> {
        self.policy.observations(&update.kpis).map_err(|e| anyhow::anyhow!("{e:?}"))
    }

    /// Outputs and proof of any network for any observations and context.
    pub fn prove_any(&mut self, model: &[u8], observations: &[i32], context: &Context) -> Result<Vec<u8>> {
        let model = Model::parse(model).map_err(proven::ProvenFileError::Model)?;
        let context = context.hash(|bytes| keccak256(bytes).0);
        let (prover, rng) = (&self.prover, &mut self.rng);
        let made = tokio::task::block_in_place(|| prover.prove_with(&model, observations, &context, rng))?;
        Ok(made.attestation(&[]))
    }

    /// Outputs and proof of the twin's own network for an update.
    pub fn prove(&mut self, world: &World, update: &OwnedUpdate) -> Result<Vec<u8>> {
        let (observations, context) = (self.observations(update)?, context(world, update)?);
        let model = self.policy.network().model().to_vec();
        self.prove_any(&model, &observations, &context)
    }
}

/// The proven policy of a network with the demonstration's schema.
fn policy_of(world: &World, prover: &Prover, model: Vec<u8>) -> Result<ProvenFiles> {
    let network = Model::parse(&model).map_err(proven::ProvenFileError::Model)?;
    let schema = escapement_core::policy::Schema::parse(world.policy.schema());
    let schema = schema.map_err(|e| anyhow::anyhow!("{e:?}"))?.entries().collect();
    let parts = policy::proven(&network, schema, LIMIT.unsigned_abs(), &prover.key().verifying);
    let file = parts.encode().map_err(|e| anyhow::anyhow!("no proven policy: {e:?}"))?;
    Ok(ProvenFiles::new(file, model)?)
}

/// What a proof for an update here is bound to.
pub fn context(world: &World, update: &OwnedUpdate) -> Result<Context> {
    proven::context(update, world.domain(), world.verifier.into_array()).map_err(|e| anyhow::anyhow!("{e}"))
}

/// Creates the contract that holds a proven policy, and returns the call that registers it.
pub async fn registration(world: &World, file: &[u8], kpi_schema: B256) -> Result<Tx> {
    let code = artifacts::init_code(&[&[0], file].concat());
    let receipt = world.client.send(&world.accounts.maker, Tx::create(code)).await?;
    let data = receipt.contract_address.context("no contract address")?;
    let call = IVerifier::registerModelCall { model_id: keccak256(file), data, kpi_schema, kind: KIND_PROVEN };
    Ok(Tx::call(world.verifier, &call))
}

/// Proves two epochs, and tries what must not pass for a proof. Returns what the report says of them.
pub async fn run(world: &mut World, story: &mut Story) -> Result<Value> {
    story.chapter("An epoch by proof, under a DEV key (everybody could forge with it: development chains only)");
    let mut maker = Maker::new(world)?;
    let model_id = maker.policy.model_id();
    story.names.learn(&model_id, "the proven policy");
    forgeries::registrations(world, story, &maker).await?;
    register(world, &maker).await?;
    let circuit = world.client.read(world.verifier, &IVerifier::circuitCall { model_id }).await?;
    let development = world.client.read(world.verifier, &IVerifier::isDevelopmentKeyCall { model_id }).await?;
    let committed = circuit._1.0 == *maker.policy.proven().commitment;
    story.expect(
        "governance registered a network by its commitment; the key is known for a DEV key",
        committed && development,
    );

    let (report, proposal) = observe(world, &maker, |wanted| wanted.applied != 0).await?;
    let attestation = maker.prove(world, &proposal.update)?;
    forgeries::without_report(world, story, &proposal.update, &report, &attestation).await?;
    let signed = deliver(world, &report).await?;
    let (verifier, controller) = (world.verifier, world.controller);
    let found = report::read(&world.client, verifier, controller, report.report_id, world.first_block).await?;
    story.expect("the quorum's report is stored, and reads back from the log", found == report);
    forgeries::run(world, story, &mut maker, &proposal, &signed, &attestation).await?;
    let (attested, done) = submit_proven(world, "submit (proof)", &proposal, attestation).await?;
    let (inside, changes) = (held(world, &proposal, &done).await?, proposal.update.changes.len());
    story.expect(
        &format!(
            "a stranger submitted the proof alone, no output being above a quarter of a step; changes accepted: {changes}, \
             those applied at once inside their bounds"
        ),
        inside && done.accepted.applied != 0 && largest(&proposal) <= LIMIT.unsigned_abs(),
    );
    forgeries::afterwards(world, story, &mut maker, &attested, &proposal, done.accepted.queued).await?;
    let mut told = tell(&maker, &report, &proposal, &done);
    told["key"] = json!(maker.prover.key().kind);
    told["circuitId"] = json!(circuit._0);
    told["cosigned"] = above(world, story, &mut maker).await?;
    Ok(told)
}

/// An epoch by the whole network, whose outputs are above the limit: the proof alone does not do.
async fn above(world: &mut World, story: &mut Story, maker: &mut Maker) -> Result<Value> {
    story.chapter("Above a quarter of a step: the quorum signs beside the proof");
    maker.policy = policy_of(world, &maker.prover, world.policy.model().to_vec())?;
    story.names.learn(&maker.policy.model_id(), "the proven policy without bounds of its own");
    register(world, maker).await?;
    let (report, proposal) = observe(world, maker, |wanted| wanted.applied | wanted.queued != 0).await?;
    deliver(world, &report).await?;
    let (update, proof) = (&proposal.update, maker.prove(world, &proposal.update)?);
    for (name, signers) in [("a proof alone", 0), ("one signature too few", THRESHOLD - 1)] {
        let signatures = attest(update, world.domain(), &world.accounts.attesters[..signers])?.signatures;
        let error =
            IVerifier::VerifierSignaturesLength { _0: U256::from(signatures.len()), _1: U256::from(65 * THRESHOLD) };
        let both = [&proof[..], &signatures].concat();
        with_signatures(world, story, &format!("above the limit, {name}"), update, both.into(), error).await?;
    }
    let signatures = attest(update, world.domain(), &world.accounts.attesters[..THRESHOLD])?.signatures;
    let (_, done) =
        submit_proven(world, "submit (proof, signed)", &proposal, [&proof[..], &signatures].concat()).await?;
    let inside = held(world, &proposal, &done).await?;
    let size = largest(&proposal);
    story.expect(
        &format!(
            "with a quorum's signatures beside it the proof was accepted; changes: {}, largest output: {size}/65536",
            proposal.update.changes.len()
        ),
        inside && size > LIMIT.unsigned_abs(),
    );
    Ok(tell(maker, &report, &proposal, &done))
}

/// Size of the largest output, Q16 of a step.
fn largest(proposal: &Proposal) -> u32 {
    proposal.outputs.iter().map(|output| output.unsigned_abs()).max().unwrap_or(0)
}

/// Registers the policy at work.
async fn register(world: &mut World, maker: &Maker) -> Result<()> {
    let governance = world.accounts.governance.clone();
    let call = registration(world, maker.policy.file(), maker.policy.kpi_schema()).await?;
    let receipt = world.client.send(&governance, call).await?;
    world.note("register a proven policy", &receipt);
    Ok(())
}

/// What the report says of an epoch.
fn tell(maker: &Maker, report: &OwnedReport, proposal: &Proposal, done: &Submitted) -> Value {
    let proven = maker.policy.proven();
    json!({
        "modelId": maker.policy.model_id(),
        "commitment": B256::from(*proven.commitment),
        "cosignAbove": proven.cosign_above,
        "reportId": report.report_id,
        "outputs": proposal.outputs,
        "changes": proposal.update.changes.len(),
        "applied": groups(done.accepted.applied),
        "queued": groups(done.accepted.queued),
        "gas": done.receipt.gas_used,
    })
}

/// Submits a proven update as a stranger, once the lens on chain foretells success.
async fn submit_proven(
    world: &mut World,
    name: &'static str,
    proposal: &Proposal,
    attestation: Vec<u8>,
) -> Result<(Attested, Submitted)> {
    let update = Bytes::from(proposal.update.encode().map_err(|e| anyhow::anyhow!("{e}"))?);
    let attested = Attested { update, signatures: attestation.into() };
    let stranger = world.accounts.stranger.clone();
    let done = submit::submit(&stranger, world.lens(), &attested).await?;
    world.note(name, &done.receipt);
    world.agreement.submissions.count(done.foretold == proposal.expected && done.foretold == done.accepted);
    world.waiting.extend(queued(world.controller, &done.receipt));
    Ok((attested, done))
}

/// Has a report signed by three attesters, and brings it as anybody may.
pub async fn deliver(world: &mut World, report: &OwnedReport) -> Result<SignedReport> {
    let signed = report::sign(report, world.domain(), &world.accounts.attesters[..THRESHOLD])?;
    let delivery = report::delivery(world.verifier, world.controller, &signed);
    let receipt = world.client.send(&world.accounts.stranger, delivery).await?;
    world.note("report", &receipt);
    Ok(signed)
}

/// Lets weeks pass, signed ones, until the law lets enough move of what the policy at work wants; returns the report of
/// that week and what the policy makes of it.
async fn observe(world: &mut World, maker: &Maker, enough: fn(&Accepted) -> bool) -> Result<(OwnedReport, Proposal)> {
    let (controller, verifier) = (world.controller, world.verifier);
    let mut observation;
    let mut weeks = 0;
    loop {
        epoch::keep_programs(world).await?;
        powers::next_epoch(world).await?;
        powers::roll(world).await?;
        let signed = epoch::prepare(world).await?;
        observation = kpi::observe(&world.index)?;
        let network: &PolicyFiles = maker.policy.network();
        let wanted = propose(&world.client, controller, verifier, network, &observation).await?;
        weeks += 1;
        if enough(&wanted.expected) || weeks == MOST_WEEKS {
            break;
        }
        if epoch::submit_honestly(world, &signed).await?.trip != 0 {
            epoch::resume_all(world).await?;
        }
    }
    let schema = maker.policy.kpi_schema();
    let report = report::compose(&world.client, controller, verifier, schema, &observation).await?;
    let proposal = report::propose(&world.client, controller, &maker.policy, &report).await?;
    Ok((report, proposal))
}

/// Whether every change of the applied groups is in force and in governance's range.
async fn held(world: &World, proposal: &Proposal, done: &Submitted) -> Result<bool> {
    let values = world.lens().values().await?;
    let mut held = true;
    for change in &proposal.update.changes {
        let slot = Slot::new(change.slot).context("no such slot")?;
        if done.accepted.applied & (1 << slot.group().number()) != 0 {
            let (least, most, _) = world.lens().range(slot).await?;
            held &= values[slot.index()] == change.new && (least..=most).contains(&change.new);
        }
    }
    Ok(held)
}
