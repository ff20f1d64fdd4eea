//! An epoch by proof beside the signed ones: the same network, registered by its commitment, under a DEV key.

use alloy::primitives::{B256, Bytes, keccak256};
use anyhow::{Context as _, Result};
use escapement_agent::{
    artifacts,
    bindings::verifier::IVerifier,
    client::Tx,
    kpi,
    policy::KIND_PROVEN,
    proven::{self, ProvenFiles},
    report::{self, SignedReport},
    sign::Attested,
    submit::{self, queued},
};
use escapement_core::{
    param::Slot,
    policy::{Arch, Model, OUTPUT_ONE, proven::Context},
    report::OwnedReport,
    update::OwnedUpdate,
};
use escapement_prover::{Prover, policy, setup};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde_json::{Value, json};

use super::{
    epoch::{self, THRESHOLD, groups},
    forgeries, powers,
    story::Story,
    world::World,
};

/// Weeks after which there is a proof, whether or not the law lets something move.
const MOST_WEEKS: u32 = 8;

/// Who makes the proofs of the demonstration.
pub struct Maker {
    prover: Prover,
    /// The proven twin of the demonstration's policy.
    pub policy: ProvenFiles,
    /// From a public seed, so that the same run gives the same report. The network here is no secret.
    rng: ChaCha20Rng,
}

impl Maker {
    fn new(world: &World) -> Result<Self> {
        let prover = tokio::task::block_in_place(|| anyhow::Ok(Prover::new(setup::dev(Arch::A1)?)?))?;
        let network = Model::parse(world.policy.model()).map_err(proven::ProvenFileError::Model)?;
        let schema = escapement_core::policy::Schema::parse(world.policy.schema());
        let schema = schema.map_err(|e| anyhow::anyhow!("{e:?}"))?.entries().collect();
        // Never: the gate of the PI policy is a full step in calm weeks.
        let cosign_above = OUTPUT_ONE.unsigned_abs();
        let parts = policy::proven(&network, schema, cosign_above, &prover.key().verifying);
        let file = parts.encode().map_err(|e| anyhow::anyhow!("no proven policy: {e:?}"))?;
        let policy = ProvenFiles::new(file, world.policy.model().to_vec())?;
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

/// Registers the twin, proves an epoch, and tries what must not pass for a proof. Returns what the report says of it.
pub async fn run(world: &mut World, story: &mut Story) -> Result<Value> {
    story.chapter("An epoch by proof, under a DEV key (everybody could forge with it: development chains only)");
    let mut maker = Maker::new(world)?;
    let model_id = maker.policy.model_id();
    story.names.learn(&model_id, "the proven policy");
    forgeries::registrations(world, story, &maker).await?;
    let governance = world.accounts.governance.clone();
    let call = registration(world, maker.policy.file(), maker.policy.kpi_schema()).await?;
    let receipt = world.client.send(&governance, call).await?;
    world.note("register a proven policy", &receipt);
    let circuit = world.client.read(world.verifier, &IVerifier::circuitCall { model_id }).await?;
    let development = world.client.read(world.verifier, &IVerifier::isDevelopmentKeyCall { model_id }).await?;
    let committed = circuit._1.0 == *maker.policy.proven().commitment;
    story.expect(
        "governance registered the network by its commitment; the key is known for a DEV key",
        committed && development,
    );

    weeks(world).await?;
    world.index.follow(&world.client).await?;
    let observation = kpi::observe(&world.index)?;
    let (controller, verifier) = (world.controller, world.verifier);
    let schema = maker.policy.kpi_schema();
    let report = report::compose(&world.client, controller, verifier, schema, &observation).await?;
    let proposal = report::propose(&world.client, controller, &maker.policy, &report).await?;
    let attestation = maker.prove(world, &proposal.update)?;
    forgeries::without_report(world, story, &proposal.update, &report, &attestation).await?;
    let signed = deliver(world, &report).await?;
    let found = report::read(&world.client, verifier, controller, report.report_id, world.first_block).await?;
    story.expect("the quorum's report is stored, and reads back from the log", found == report);
    forgeries::run(world, story, &mut maker, &proposal, &signed, &attestation).await?;

    let update = Bytes::from(proposal.update.encode().map_err(|e| anyhow::anyhow!("{e}"))?);
    let attested = Attested { update, signatures: attestation.into() };
    let stranger = world.accounts.stranger.clone();
    let done = submit::submit(&stranger, world.lens(), &attested).await?;
    world.note("submit (proof)", &done.receipt);
    world.agreement.submissions.count(done.foretold == proposal.expected && done.foretold == done.accepted);
    world.waiting.extend(queued(controller, &done.receipt));
    let inside = applied_as_proven(world, &proposal.update, done.accepted.applied).await?;
    let changes = proposal.update.changes.len();
    story.expect(
        &format!(
            "a stranger submitted the proof; changes accepted: {changes}, those applied at once inside their bounds"
        ),
        inside && done.accepted.applied != 0,
    );
    forgeries::afterwards(world, story, &mut maker, &attested, &proposal, done.accepted.queued).await?;
    let proven = maker.policy.proven();
    Ok(json!({
        "key": maker.prover.key().kind,
        "modelId": model_id,
        "circuitId": circuit._0,
        "commitment": B256::from(*proven.commitment),
        "cosignAbove": proven.cosign_above,
        "reportId": report.report_id,
        "outputs": proposal.outputs,
        "changes": changes,
        "applied": groups(done.accepted.applied),
        "queued": groups(done.accepted.queued),
        "gas": done.receipt.gas_used,
    }))
}

/// Has a report signed by three attesters, and brings it as anybody may.
pub async fn deliver(world: &mut World, report: &OwnedReport) -> Result<SignedReport> {
    let signed = report::sign(report, world.domain(), &world.accounts.attesters[..THRESHOLD])?;
    let delivery = report::delivery(world.verifier, world.controller, &signed);
    let receipt = world.client.send(&world.accounts.stranger, delivery).await?;
    world.note("report", &receipt);
    Ok(signed)
}

/// Lets weeks pass, signed ones, until the law lets something move at once.
async fn weeks(world: &mut World) -> Result<()> {
    for _ in 0..MOST_WEEKS {
        epoch::keep_programs(world).await?;
        powers::next_epoch(world).await?;
        powers::roll(world).await?;
        let wanted = epoch::prepare(world).await?;
        if wanted.expected.applied != 0 {
            break;
        }
        if epoch::submit_honestly(world, &wanted).await?.trip != 0 {
            epoch::resume_all(world).await?;
        }
    }
    Ok(())
}

/// Whether every change of the applied groups is in force and in governance's range.
async fn applied_as_proven(world: &World, update: &OwnedUpdate, applied: u8) -> Result<bool> {
    let values = world.lens().values().await?;
    let mut held = true;
    for change in &update.changes {
        let slot = Slot::new(change.slot).context("no such slot")?;
        if applied & (1 << slot.group().number()) != 0 {
            let (least, most, _) = world.lens().range(slot).await?;
            held &= values[slot.index()] == change.new && (least..=most).contains(&change.new);
        }
    }
    Ok(held)
}
