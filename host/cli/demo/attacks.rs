//! The attacks. Each is a real transaction that must be mined as a revert, with the error it must have.

use alloy::sol_types::SolCall;
use alloy::{
    primitives::{Address, B256, Bytes, U256},
    signers::local::PrivateKeySigner,
};
use anyhow::Result;
use escapement_agent::{
    bindings::controller::IController,
    client::{ClientError, Tx},
    errors::Refusal,
    keys::dev_key,
    propose::{Proposal, wanted},
    sign::{Attested, Domain, attest, digest, sign_in_order},
    submit::submission,
};
use escapement_core::{
    param::Group,
    update::{Change, OwnedUpdate},
};

use super::{
    epoch::{self, THRESHOLD},
    overreach,
    story::{Attack, Story, group_name, reason},
    world::{DAY, World},
};

/// Gas limit of an attack: enough for every path, so that gas is never the reason.
pub const ATTACK_GAS: u64 = 12_000_000;

/// Sends a transaction that must be refused with `expected`, and with numbers that satisfy `numbers`.
pub async fn refused(
    world: &World,
    story: &mut Story,
    name: &str,
    who: &PrivateKeySigner,
    tx: Tx,
    expected: &str,
    numbers: impl Fn(&Refusal) -> bool,
) -> Result<()> {
    let (refused_with, gas, held) = match world.client.send(who, tx.gas(ATTACK_GAS)).await {
        Ok(receipt) => ("nothing: it went through".to_owned(), Some(receipt.gas_used), false),
        Err(ClientError::Refused { refusal, receipt }) => {
            let held = refusal.name == expected && numbers(&refusal) && receipt.is_some();
            (refusal.to_string(), receipt.map(|r| r.gas_used), held)
        }
        Err(other) => return Err(other.into()),
    };
    let (name, expected) = (name.to_owned(), expected.to_owned());
    story.attack(Attack { name, expected, refused_with, gas, held });
    Ok(())
}

pub fn any(_: &Refusal) -> bool {
    true
}

/// Whether an argument has this value.
#[allow(clippy::needless_pass_by_value)] // numbers and addresses: all copies
pub fn is(refusal: &Refusal, name: &str, value: impl ToString) -> bool {
    refusal.arg(name) == Some(value.to_string().as_str())
}

pub fn call(to: Address, call: &impl SolCall) -> Tx {
    Tx::call(to, call)
}

/// A full quorum signs the policy's own output for a group whose cooldown still runs.
pub async fn cooldown(world: &World, story: &mut Story, proposal: &Proposal, group: Group) -> Result<()> {
    let scores = &proposal.update.kpis[world.policy.inputs()..];
    let changes = wanted(&world.client, world.controller, group, &proposal.outputs, scores).await?;
    let update = OwnedUpdate { changes, ..proposal.update.clone() };
    let name = format!("{} again, in its cooldown", group_name(group));
    let number = group.number();
    let check = move |r: &Refusal| is(r, "group", number);
    by_quorum(world, story, &name, &update, "ControllerCooldownActive", check).await
}

/// Three attesters sign whatever they are given.
async fn by_quorum(
    world: &World,
    story: &mut Story,
    name: &str,
    update: &OwnedUpdate,
    expected: &str,
    numbers: impl Fn(&Refusal) -> bool,
) -> Result<()> {
    let attested = attest(update, world.domain(), &world.accounts.attesters[..THRESHOLD])?;
    let tx = submission(world.controller, &attested);
    refused(world, story, name, &world.accounts.stranger, tx, expected, numbers).await
}

/// Somebody submits an update with these signatures.
async fn with_signatures(
    world: &World,
    story: &mut Story,
    name: &str,
    update: &OwnedUpdate,
    signatures: Bytes,
    expected: &str,
) -> Result<()> {
    let update = update.encode().map_err(|e| anyhow::anyhow!("{e}"))?.into();
    let tx = submission(world.controller, &Attested { update, signatures });
    refused(world, story, name, &world.accounts.stranger, tx, expected, any).await
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
    let (waiting, _) = epoch::submit_honestly(world, &honest).await?;
    world.waiting.extend(waiting);
    story.expect("the honest update itself is accepted", true);
    quorum(world, story, &honest).await?;

    story.chapter("Attacks by strangers and by roles that overreach");
    overreach::strangers(world, story).await?;

    story.chapter("Attack on the oracle: the price is moved an hour before the observation");
    oracle(world, story).await
}

async fn attestation(world: &World, story: &mut Story, honest: &Proposal) -> Result<()> {
    let (update, domain) = (&honest.update, world.domain());
    let good = &world.accounts.attesters;
    let hash = digest(update, domain)?;

    let strangers: Vec<_> = (200..203).map(|i| Ok(dev_key(i)?)).collect::<Result<_>>()?;
    let forged = attest(update, domain, &strangers)?;
    with_signatures(world, story, "forged signatures", update, forged.signatures, "VerifierUnknownSigner").await?;

    let twice = sign_in_order(hash, &[&good[0], &good[0], &good[0]])?;
    with_signatures(world, story, "one signature three times", update, twice, "VerifierSignatureOrder").await?;

    let short = attest(update, domain, &good[..THRESHOLD - 1])?;
    with_signatures(world, story, "one signature too few", update, short.signatures, "VerifierSignaturesLength")
        .await?;

    let bent = malleate(&attest(update, domain, &good[..THRESHOLD])?.signatures);
    with_signatures(world, story, "the other root of a signature", update, bent, "VerifierBadSignature").await?;

    let elsewhere = Domain { chain_id: domain.chain_id + 1, ..domain };
    let other = attest(update, elsewhere, &good[..THRESHOLD])?;
    with_signatures(world, story, "signed for another chain", update, other.signatures, "VerifierUnknownSigner")
        .await?;

    let elsewhere = Domain { controller: world.minter, ..domain };
    let other = attest(update, elsewhere, &good[..THRESHOLD])?;
    with_signatures(world, story, "signed for another controller", update, other.signatures, "VerifierUnknownSigner")
        .await?;

    let signed = attest(update, domain, &good[..THRESHOLD])?;
    let mut kpis = update.kpis.clone();
    kpis[5] += 1;
    let altered = OwnedUpdate { kpis, ..update.clone() };
    with_signatures(world, story, "a KPI altered after signing", &altered, signed.signatures, "VerifierUnknownSigner")
        .await
}

async fn quorum(world: &mut World, story: &mut Story, honest: &Proposal) -> Result<()> {
    by_quorum(world, story, "replay of an accepted update", &honest.update, "ControllerIdNotRising", |r| {
        is(r, "id", honest.update.update_id) && is(r, "last", honest.update.update_id)
    })
    .await?;

    let (_, now) = world.client.head().await?;
    let next = OwnedUpdate { update_id: honest.update.update_id + 1, changes: Vec::new(), ..honest.update.clone() };

    let future = OwnedUpdate { observed_at: now + 3_600, ..next.clone() };
    by_quorum(world, story, "observed in the future", &future, "ControllerFutureDated", |r| {
        is(r, "observedAt", now + 3_600)
    })
    .await?;
    let expired = OwnedUpdate { valid_after: now - 60, expires_at: now - 1, ..next.clone() };
    by_quorum(world, story, "expired", &expired, "ControllerExpired", |r| is(r, "expiresAt", now - 1)).await?;
    let early = OwnedUpdate { valid_after: now + 900, ..next.clone() };
    by_quorum(world, story, "not valid yet", &early, "ControllerNotYetValid", any).await?;
    let epoch = OwnedUpdate { signer_epoch: next.signer_epoch + 1, ..next.clone() };
    by_quorum(world, story, "another signer set", &epoch, "VerifierSignerEpoch", any).await?;
    let model = OwnedUpdate { model_id: B256::repeat_byte(0xab).0, ..next.clone() };
    by_quorum(world, story, "a policy nobody registered", &model, "VerifierUnknownModel", any).await?;
    let schema = OwnedUpdate { kpi_schema: B256::repeat_byte(0xcd).0, ..next.clone() };
    by_quorum(world, story, "another normalisation", &schema, "VerifierSchemaHash", any).await?;

    // The quorum signs one unit more than the policy computes: the re-execution disagrees.
    let old = world.client.read(world.controller, &IController::paramCall { slot: 0 }).await?;
    let scores = &honest.update.kpis[world.policy.inputs()..];
    let wanted = wanted(&world.client, world.controller, Group::Emission, &honest.outputs, scores).await?;
    let computed = wanted.first().map_or(old, |c| c.new);
    let change = |new| vec![Change { slot: 0, expected_old: old, new }];
    let tampered = OwnedUpdate { changes: change(computed + 1), ..next.clone() };
    by_quorum(world, story, "tampered output", &tampered, "ControllerPolicyMismatch", |r| {
        is(r, "slot", 0) && is(r, "proposed", computed + 1) && is(r, "computed", computed)
    })
    .await?;
    let raced =
        OwnedUpdate { changes: vec![Change { slot: 0, expected_old: old + 7, new: computed + 7 }], ..next.clone() };
    by_quorum(world, story, "built on another value", &raced, "ControllerExpectedOldMismatch", |r| {
        is(r, "expected", old + 7) && is(r, "current", old)
    })
    .await?;
    let unknown = OwnedUpdate { changes: vec![Change { slot: 51, expected_old: 0, new: 1 }], ..next.clone() };
    by_quorum(world, story, "a slot that does not exist", &unknown, "ControllerUnknownSlot", |r| is(r, "slot", 51))
        .await?;
    let both = [change(computed + 1), change(computed + 1)].concat();
    let double = OwnedUpdate { changes: both, ..next.clone() };
    by_quorum(world, story, "one slot twice", &double, "ControllerNotAscending", |r| is(r, "slot", 0)).await?;

    // Two days later the same observation is too old for the emission rate.
    world.client.warp(now + 2 * DAY).await?;
    let stale = OwnedUpdate { expires_at: now + 3 * DAY, changes: change(computed + 1), ..next };
    by_quorum(world, story, "stale observation", &stale, "ControllerStaleObservation", |r| is(r, "max", DAY)).await
}

async fn oracle(world: &mut World, story: &mut Story) -> Result<()> {
    let (_, now) = world.client.head().await?;
    world.client.warp(now + DAY).await?;
    let values = escapement_agent::propose::values(&world.client, world.controller).await?;
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
    let (_, trip) = epoch::submit_honestly(world, &proposal).await?;
    let current = escapement_agent::propose::values(&world.client, world.controller).await?;
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
