//! What must not pass for a proof, for its report or for a proven policy: each by its exact error.

use alloy::primitives::{B256, Bytes, U256};
use anyhow::{Context as _, Result};
use escapement_agent::{
    bindings::{controller::IController as C, verifier::IVerifier as V},
    propose::Proposal,
    report::{self, SignedReport, delivery, digest},
    sign::Attested,
};
use escapement_core::{
    param::EMISSION,
    policy::proven::{BASE_FIELD, Context, KEY_SIZE},
    report::{OwnedReport, Report},
    update::{OwnedUpdate, Update},
};

use super::{
    attacks::with_signatures,
    attempt::{refused, submission_refused},
    epoch::THRESHOLD,
    proven::{Maker, context, deliver, registration},
    story::Story,
    world::World,
};

/// A word of the proof is no coordinate.
const NO_COORDINATE: V::VerifierProofRejected = V::VerifierProofRejected(1);
/// The pairing does not take the points.
const NO_POINT: V::VerifierProofRejected = V::VerifierProofRejected(4);
/// The equation does not hold.
const FALSE: V::VerifierProofRejected = V::VerifierProofRejected(5);
/// Bytes of outputs, and of outputs and proof.
const SIZES: [usize; 2] = [32, 288];
/// Bytes of a quorum.
const QUORUM: usize = 65 * THRESHOLD;

/// Policies that must not be registered.
pub async fn registrations(world: &World, story: &mut Story, maker: &Maker) -> Result<()> {
    let (governance, stranger) = (world.accounts.governance.clone(), world.accounts.stranger.clone());
    let (file, schema) = (maker.policy.file(), maker.policy.kpi_schema());
    // The key's words: alpha 2, beta 4, gamma 4, delta 4, and so on.
    let key = file.len() - KEY_SIZE;
    let [gamma, delta] = [6, 10].map(|word| key + 32 * word);
    let mut related = file.to_vec();
    related.copy_within(gamma..delta, delta);
    let call = registration(world, &related, schema).await?;
    let bad = V::VerifierBadKey { _0: 3, _1: 0 };
    refused(world, story, "a key with delta = gamma, by governance", &governance, call, bad).await?;
    let call = registration(world, file, schema).await?;
    let error = V::OwnableUnauthorizedAccount(stranger.address());
    refused(world, story, "a stranger registers a proven policy", &stranger, call, error).await
}

/// A proof before its report, and a report that too few signed.
pub async fn without_report(
    world: &World,
    story: &mut Story,
    update: &OwnedUpdate,
    report: &OwnedReport,
    attestation: &[u8],
) -> Result<()> {
    let unknown = V::VerifierReportUnknown { _0: world.controller, _1: report.report_id };
    with_signatures(world, story, "a proof without a report", update, attestation.to_vec().into(), unknown).await?;
    let few = report::sign(report, world.domain(), &world.accounts.attesters[..THRESHOLD - 1])?;
    let error = V::VerifierSignaturesLength { _0: U256::from(few.signatures.len()), _1: U256::from(QUORUM) };
    let tx = delivery(world.verifier, world.controller, &few);
    refused(world, story, "a report that too few signed", &world.accounts.stranger, tx, error).await
}

/// Forged proofs and reports, before the honest ones count.
pub async fn run(
    world: &World,
    story: &mut Story,
    maker: &mut Maker,
    honest: &Proposal,
    signed: &SignedReport,
    proof: &[u8],
) -> Result<()> {
    let update = &honest.update;
    let exists = V::VerifierReportExists { _0: world.controller, _1: update.update_id };
    let again = delivery(world.verifier, world.controller, signed);
    refused(world, story, "the same report again", &world.accounts.stranger, again, exists).await?;
    statement(world, story, maker, update, proof).await?;
    bytes(world, story, update, proof).await?;
    other_kind(world, story, update, proof).await?;

    // The report is stored: nothing of it can be altered in the update.
    let mut altered = update.clone();
    altered.kpis[5] += 1;
    let [have, want] = [report_digest(world, update)?, report_digest(world, &altered)?];
    let proof = maker.prove(world, &altered)?;
    let error = V::VerifierReportMismatch { _0: have, _1: want };
    with_signatures(world, story, "proven, but of other KPI values", &altered, proof.into(), error).await?;
    // Honestly proven, and yet no more than the law makes of the outputs.
    if let Some(first) = update.changes.first().filter(|change| change.slot == EMISSION.number()) {
        let mut more = update.clone();
        more.changes[0].new += 1;
        let proof = maker.prove(world, &more)?;
        let error = C::ControllerPolicyMismatch { slot: first.slot, proposed: first.new + 1, computed: first.new };
        with_signatures(world, story, "proven, but a change of one unit more", &more, proof.into(), error).await?;
    }
    Ok(())
}

fn report_digest(world: &World, update: &OwnedUpdate) -> Result<B256> {
    let wire = update.encode().map_err(|e| anyhow::anyhow!("{e}"))?;
    let view = Update::decode(&wire).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    Ok(digest(&Report::of_update(&view).into(), world.domain())?)
}

/// Each public input another one: outputs, network, observations, and every part of the context.
async fn statement(
    world: &World,
    story: &mut Story,
    maker: &mut Maker,
    update: &OwnedUpdate,
    proof: &[u8],
) -> Result<()> {
    for (name, by) in [("an output one unit up", 1), ("an output one unit down", -1)] {
        let mut forged = proof.to_vec();
        let (output, _) = forged.split_first_chunk_mut::<4>().context("no outputs")?;
        *output = (i32::from_be_bytes(*output) + by).to_be_bytes();
        with_signatures(world, story, name, update, forged.into(), FALSE).await?;
    }
    let (honest, observations) = (context(world, update)?, maker.observations(update)?);
    let model = maker.policy.network().model().to_vec();
    let mut other = model.clone();
    other[0] ^= 1;
    let forged = maker.prove_any(&other, &observations, &honest)?;
    with_signatures(world, story, "proven by a network with one other weight", update, forged.into(), FALSE).await?;
    let mut seen = observations.clone();
    seen[5] += 1;
    let forged = maker.prove_any(&model, &seen, &honest)?;
    with_signatures(world, story, "proven for another observation", update, forged.into(), FALSE).await?;

    let elsewhere = world.minter.into_array();
    let next = OwnedUpdate { update_id: update.update_id + 1, ..update.clone() };
    let next = context(world, &next)?;
    for (name, context) in [
        ("proven for another chain", Context { chain_id: honest.chain_id + 1, ..honest }),
        ("proven for another verifier", Context { verifier: elsewhere, ..honest }),
        ("proven for another controller", Context { controller: elsewhere, ..honest }),
        ("proven for another model", Context { model_id: world.policy.model_id().0, ..honest }),
        ("proven for another report", Context { report: next.report, ..honest }),
        ("proven for another update", Context { update: next.update, ..honest }),
    ] {
        let forged = maker.prove_any(&model, &observations, &context)?;
        with_signatures(world, story, name, update, forged.into(), FALSE).await?;
    }
    Ok(())
}

/// The bytes of a good proof, bent.
async fn bytes(world: &World, story: &mut Story, update: &OwnedUpdate, proof: &[u8]) -> Result<()> {
    let [start, _] = SIZES;
    let order = U256::from_be_bytes(BASE_FIELD);
    let bent = |n: usize, change: &dyn Fn(U256) -> U256| {
        let (mut out, at) = (proof.to_vec(), start + 32 * n);
        let changed = change(U256::from_be_slice(&out[at..at + 32]));
        out[at..at + 32].copy_from_slice(&changed.to_be_bytes::<32>());
        out
    };
    let zero = |from: usize, words: usize| {
        let mut out = proof.to_vec();
        out[start + 32 * from..][..32 * words].fill(0);
        out
    };
    let mut swapped = proof.to_vec();
    swapped[start + 64..start + 128].rotate_left(32);
    for (name, forged, error) in [
        ("a word of the proof plus one", bent(0, &|w| w + U256::ONE), NO_POINT),
        ("a word of the proof less one", bent(7, &|w| w - U256::ONE), NO_POINT),
        ("a word of the proof plus the field's order", bent(2, &|w| w + order), NO_COORDINATE),
        ("the parts of a coordinate swapped", swapped, NO_POINT),
        ("the point at infinity for A", zero(0, 2), NO_POINT),
        ("the point at infinity for B", zero(2, 4), FALSE),
        ("A negated", bent(1, &|w| order - w), FALSE),
    ] {
        with_signatures(world, story, name, update, forged.into(), error).await?;
    }
    Ok(())
}

/// Signatures for a proof and a proof for signatures.
async fn other_kind(world: &World, story: &mut Story, update: &OwnedUpdate, proof: &[u8]) -> Result<()> {
    let [_, least] = SIZES;
    let length = U256::from;
    let signatures: Bytes =
        escapement_agent::sign::attest(update, world.domain(), &world.accounts.attesters[..THRESHOLD])?.signatures;
    let error = V::VerifierAttestationLength { _0: length(signatures.len()), _1: length(least) };
    with_signatures(world, story, "a quorum's signatures instead of a proof", update, signatures.clone(), error)
        .await?;
    let more: Bytes = [proof, &signatures].concat().into();
    let error = V::VerifierSignaturesLength { _0: length(signatures.len()), _1: U256::ZERO };
    with_signatures(world, story, "signatures that are not asked for", update, more, error).await?;
    let of_the_signed = OwnedUpdate { model_id: world.policy.model_id().0, ..update.clone() };
    let error = V::VerifierSignaturesLength { _0: length(proof.len()), _1: length(QUORUM) };
    with_signatures(world, story, "a proof for the signed policy", &of_the_signed, proof.to_vec().into(), error).await
}

/// After the honest proof counted: replay, a number used up, a report and an update that came too late.
pub async fn afterwards(
    world: &mut World,
    story: &mut Story,
    maker: &mut Maker,
    attested: &Attested,
    honest: &Proposal,
    queued: u8,
) -> Result<()> {
    let (stranger, id) = (world.accounts.stranger.clone(), honest.update.update_id);
    // The law looks at the queue first.
    let replay = "replay of the proof";
    if let Some(group) = (0..7).find(|group| queued & (1 << group) != 0) {
        let error = |_| C::ControllerPendingExists { group };
        submission_refused(world, story, replay, &stranger, attested, error).await?;
    } else {
        let error = |_| C::ControllerIdNotRising { id, last: id };
        submission_refused(world, story, replay, &stranger, attested, error).await?;
    }
    let bare = OwnedUpdate { changes: Vec::new(), ..honest.update.clone() };
    let proof = maker.prove(world, &bare)?;
    let error = C::ControllerIdNotRising { id, last: id };
    with_signatures(world, story, "a second proof of the same report", &bare, proof.into(), error).await?;

    let observation =
        escapement_agent::propose::Observation { kpis: bare.kpis.clone(), at: world.client.head().await?.1 };
    let schema = maker.policy.kpi_schema();
    let next = report::compose(&world.client, world.controller, world.verifier, schema, &observation).await?;
    deliver(world, &next).await?;
    let late = report::heartbeat(&next, maker.policy.model_id());
    let proof = maker.prove(world, &late)?;
    world.client.warp(next.expires_at).await?;
    let error = C::ControllerExpired { expiresAt: next.expires_at };
    with_signatures(world, story, "a proof that comes too late", &late, proof.into(), error).await?;
    let last = OwnedReport { report_id: next.report_id + 1, ..next };
    let signed = report::sign(&last, world.domain(), &world.accounts.attesters[..THRESHOLD])?;
    let tx = delivery(world.verifier, world.controller, &signed);
    let error = V::VerifierReportExpired(last.expires_at);
    refused(world, story, "a report that comes too late", &stranger, tx, error).await
}
