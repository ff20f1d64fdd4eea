//! The attacks. Each is a real transaction that must be mined as a revert, with the error it must have.

use alloy::{
    primitives::{Address, B256, Bytes, Signature, U256},
    sol_types::SolError,
};
use anyhow::{Context, Result};
use escapement_agent::{
    bindings::{controller::IController, verifier::IVerifier},
    keys::dev_key,
    propose::{Proposal, wanted},
    sign::{Attested, Domain, attest, digest, sign_in_order},
};
use escapement_core::{
    param::{EMISSION, Group, Slot},
    update::{Change, OwnedUpdate},
};

use super::{
    attempt::submission_refused,
    epoch::{self, THRESHOLD},
    overreach,
    story::{Story, group_name, reason},
    world::{DAY, World},
};

/// A full quorum signs the policy's own output for a group whose cooldown still runs.
pub async fn cooldown(world: &World, story: &mut Story, proposal: &Proposal, group: Group) -> Result<()> {
    let scores = &proposal.update.kpis[world.policy.inputs()..];
    let changes = wanted(&world.client, world.controller, group, &proposal.outputs, scores).await?;
    let update = OwnedUpdate { changes, ..proposal.update.clone() };
    let name = format!("{} again, in its cooldown", group_name(group));
    let slot = changes_first(&update)?;
    let next = world.lens().headroom(slot).await?.next;
    let group = group.number();
    by_quorum(world, story, &name, &update, |_| IController::ControllerCooldownActive { group, next }).await
}

fn changes_first(update: &OwnedUpdate) -> Result<Slot> {
    let first = update.changes.first().context("the policy wants no change")?;
    Slot::new(first.slot).context("no such slot")
}

/// Three attesters sign whatever they are given; `expected` may depend on the block's timestamp.
async fn by_quorum<E: SolError>(
    world: &World,
    story: &mut Story,
    name: &str,
    update: &OwnedUpdate,
    expected: impl FnOnce(u64) -> E,
) -> Result<()> {
    let attested = attest(update, world.domain(), &world.accounts.attesters[..THRESHOLD])?;
    submission_refused(world, story, name, &world.accounts.stranger, &attested, expected).await
}

/// Somebody submits an update with these signatures, or another attestation.
pub async fn with_signatures(
    world: &World,
    story: &mut Story,
    name: &str,
    update: &OwnedUpdate,
    signatures: Bytes,
    expected: impl SolError,
) -> Result<()> {
    let update = update.encode().map_err(|e| anyhow::anyhow!("{e}"))?.into();
    let attested = Attested { update, signatures };
    submission_refused(world, story, name, &world.accounts.stranger, &attested, |_| expected).await
}

/// All attacks, after the loop.
pub async fn run(world: &mut World, story: &mut Story) -> Result<()> {
    story.chapter("Attacks on the attestation");
    let (_, now) = world.client.head().await?;
    world.client.warp(now + DAY).await?;
    let honest = epoch::prepare(world).await?;
    attestation(world, story, &honest).await?;

    story.chapter("Attacks by a corrupt quorum: five good keys, a bad update");
    // The control: the very update the forgeries imitated is accepted.
    let done = epoch::submit_honestly(world, &honest).await?;
    story.expect("the honest update itself is accepted", true);
    quorum(world, story, &honest, done.queued).await?;

    story.chapter("Attacks by strangers and by roles that overreach");
    overreach::strangers(world, story).await?;

    story.chapter("Attack on the oracle: the price is moved an hour before the observation");
    oracle(world, story).await
}

async fn attestation(world: &World, story: &mut Story, honest: &Proposal) -> Result<()> {
    let (update, domain) = (&honest.update, world.domain());
    let good = &world.accounts.attesters;
    let hash = digest(update, domain)?;
    let stranger_at = |index: u8, signer: Address| IVerifier::VerifierUnknownSigner { _0: index, _1: signer };

    let strangers: Vec<_> = (200..203).map(|i| Ok(dev_key(i)?)).collect::<Result<_>>()?;
    let forged = attest(update, domain, &strangers)?.signatures;
    let first = strangers.iter().map(alloy::signers::local::PrivateKeySigner::address).min().unwrap_or_default();
    with_signatures(world, story, "forged signatures", update, forged, stranger_at(0, first)).await?;

    let twice = sign_in_order(hash, &[&good[0], &good[0], &good[0]])?;
    let same = good[0].address();
    let order = IVerifier::VerifierSignatureOrder { _0: 1, _1: same, _2: same };
    with_signatures(world, story, "one signature three times", update, twice, order).await?;

    let short = attest(update, domain, &good[..THRESHOLD - 1])?.signatures;
    let length = |signatures: usize| U256::from(65 * signatures);
    let length = IVerifier::VerifierSignaturesLength { _0: length(THRESHOLD - 1), _1: length(THRESHOLD) };
    with_signatures(world, story, "one signature too few", update, short, length).await?;

    let bent = malleate(&attest(update, domain, &good[..THRESHOLD])?.signatures);
    // Reason 3: s in the upper half of the order.
    let bad = IVerifier::VerifierBadSignature { _0: 0, _1: 3 };
    with_signatures(world, story, "the other root of a signature", update, bent, bad).await?;

    // A signature over another digest recovers to somebody nobody knows; who that is can be computed.
    let elsewhere = Domain { chain_id: domain.chain_id + 1, ..domain };
    let other = attest(update, elsewhere, &good[..THRESHOLD])?.signatures;
    let nobody = stranger_at(0, first_signer(&other, hash)?);
    with_signatures(world, story, "signed for another chain", update, other, nobody).await?;

    let elsewhere = Domain { controller: world.minter, ..domain };
    let other = attest(update, elsewhere, &good[..THRESHOLD])?.signatures;
    let nobody = stranger_at(0, first_signer(&other, hash)?);
    with_signatures(world, story, "signed for another controller", update, other, nobody).await?;

    let signed = attest(update, domain, &good[..THRESHOLD])?.signatures;
    let mut kpis = update.kpis.clone();
    kpis[5] += 1;
    let altered = OwnedUpdate { kpis, ..update.clone() };
    let nobody = stranger_at(0, first_signer(&signed, digest(&altered, domain)?)?);
    with_signatures(world, story, "a KPI altered after signing", &altered, signed, nobody).await
}

/// Whom the first of these signatures names when it is taken for one over `digest`.
fn first_signer(signatures: &[u8], digest: B256) -> Result<Address> {
    let first = signatures.get(..65).context("no signature")?;
    Ok(Signature::from_raw(first)?.recover_address_from_prehash(&digest)?)
}

async fn quorum(world: &World, story: &mut Story, honest: &Proposal, queued: u8) -> Result<()> {
    use IController as C;

    let id = honest.update.update_id;
    let replay = "replay of an accepted update";
    if let Some(group) = (0..7).find(|group| queued & (1 << group) != 0) {
        // The law looks at the queue first: the group's change waits there already.
        by_quorum(world, story, replay, &honest.update, |_| C::ControllerPendingExists { group }).await?;
    }
    let bare = OwnedUpdate { changes: Vec::new(), ..honest.update.clone() };
    let (name, update) =
        if queued == 0 { (replay, &honest.update) } else { ("the number of an accepted update", &bare) };
    by_quorum(world, story, name, update, |_| C::ControllerIdNotRising { id, last: id }).await?;

    let (_, now) = world.client.head().await?;
    let next = OwnedUpdate { update_id: id + 1, changes: Vec::new(), ..honest.update.clone() };
    let observed = now + 3_600;
    let future = OwnedUpdate { observed_at: observed, ..next.clone() };
    by_quorum(world, story, "observed in the future", &future, |time| C::ControllerFutureDated {
        observedAt: observed,
        blockTime: time,
    })
    .await?;
    let expired = OwnedUpdate { valid_after: now - 60, expires_at: now - 1, ..next.clone() };
    by_quorum(world, story, "expired", &expired, |_| C::ControllerExpired { expiresAt: now - 1 }).await?;
    let early = OwnedUpdate { valid_after: now + 900, ..next.clone() };
    by_quorum(world, story, "not valid yet", &early, |_| C::ControllerNotYetValid { validAfter: now + 900 }).await?;
    let set = next.signer_epoch;
    let other = OwnedUpdate { signer_epoch: set + 1, ..next.clone() };
    by_quorum(world, story, "another signer set", &other, |_| IVerifier::VerifierSignerEpoch { _0: set + 1, _1: set })
        .await?;
    let nobodys = B256::repeat_byte(0xab);
    let model = OwnedUpdate { model_id: nobodys.0, ..next.clone() };
    by_quorum(world, story, "a policy nobody registered", &model, |_| IVerifier::VerifierUnknownModel(nobodys)).await?;
    let (have, want) = (B256::repeat_byte(0xcd), world.policy.kpi_schema());
    let schema = OwnedUpdate { kpi_schema: have.0, ..next.clone() };
    by_quorum(world, story, "another normalisation", &schema, |_| IVerifier::VerifierSchemaHash { _0: have, _1: want })
        .await?;

    // The quorum signs one unit more than the policy computes: the re-execution disagrees.
    let slot = EMISSION.number();
    let old = world.lens().values().await?[EMISSION.index()];
    let scores = &honest.update.kpis[world.policy.inputs()..];
    let wanted = wanted(&world.client, world.controller, Group::Emission, &honest.outputs, scores).await?;
    let computed = wanted.first().map_or(old, |c| c.new);
    let proposed = computed + 1;
    let change = |expected_old, new| vec![Change { slot, expected_old, new }];
    let tampered = OwnedUpdate { changes: change(old, proposed), ..next.clone() };
    by_quorum(world, story, "tampered output", &tampered, |_| C::ControllerPolicyMismatch { slot, proposed, computed })
        .await?;
    let expected = old + 7;
    let raced = OwnedUpdate { changes: change(expected, computed + 7), ..next.clone() };
    by_quorum(world, story, "built on another value", &raced, |_| C::ControllerExpectedOldMismatch {
        slot,
        expected,
        current: old,
    })
    .await?;
    let unknown = OwnedUpdate { changes: vec![Change { slot: 51, expected_old: 0, new: 1 }], ..next.clone() };
    by_quorum(world, story, "a slot that does not exist", &unknown, |_| C::ControllerUnknownSlot { slot: 51 }).await?;
    let double = OwnedUpdate { changes: [change(old, proposed), change(old, proposed)].concat(), ..next.clone() };
    by_quorum(world, story, "one slot twice", &double, |_| C::ControllerNotAscending { slot }).await?;

    // Two days later the same observation is too old for the emission rate.
    world.client.warp(now + 2 * DAY).await?;
    let stale = OwnedUpdate { expires_at: now + 3 * DAY, changes: change(old, proposed), ..next };
    let observed = stale.observed_at;
    let max = EMISSION.group().default_rules().max_age;
    by_quorum(world, story, "stale observation", &stale, |time| C::ControllerStaleObservation {
        age: time - observed,
        max,
    })
    .await
}

async fn oracle(world: &mut World, story: &mut Story) -> Result<()> {
    let (_, now) = world.client.head().await?;
    world.client.warp(now + DAY).await?;
    let values = world.lens().values().await?;
    // The attacker buys a tenth of the first pool's quote worth of tokens, minutes before everybody looks.
    let (_, quote) = world.index.reserves()[0];
    let trader = world.accounts.maker.clone();
    let amount = U256::from(quote / 10);
    let pool = world.pools[0];
    let asset = world.quote;
    let push = escapement_agent::bindings::solidity::ConstantProductPool::swapCall {
        tokenIn: asset,
        amountIn: amount,
        minOut: U256::ZERO,
        to: trader.address(),
    };
    world.act("swap", &trader, pool, &push).await?;
    world.client.warp(now + DAY + 120).await?;
    let proposal = epoch::prepare(world).await?;
    let trip = epoch::submit_honestly(world, &proposal).await?.trip;
    let current = world.lens().values().await?;
    story.expect(&format!("the breaker tripped: {}", reason(trip)), trip == 2);
    story.expect("no parameter moved", current == values && proposal.update.changes.is_empty());
    epoch::resume_all(world).await?;
    story.expect("governance resumed", true);
    Ok(())
}

/// The same signature with the other root: s becomes the group's order less s, v flips.
fn malleate(signatures: &[u8]) -> Bytes {
    let order = U256::from_be_bytes(alloy::hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
    let mut out = signatures.to_vec();
    if let Some(first) = out.first_chunk_mut::<65>() {
        let s = U256::from_be_slice(&first[32..64]);
        first[32..64].copy_from_slice(&(order - s).to_be_bytes::<32>());
        first[64] = if first[64] == 27 { 28 } else { 27 };
    }
    out.into()
}
