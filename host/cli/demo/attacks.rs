//! The attacks. Each is a real transaction that must be mined as a revert, with the error it must have.

use alloy::sol_types::SolCall;
use alloy::{
    primitives::{Address, B256, Bytes, U256},
    signers::local::PrivateKeySigner,
};
use anyhow::Result;
use escapement_agent::{
    bindings::{controller::IController, minter::IMinter, solidity::ProxyAdmin, token::IToken, verifier::IVerifier},
    client::{ClientError, Tx},
    errors::Refusal,
    keys::dev_key,
    propose::{Proposal, wanted},
    sign::{Attested, Domain, attest, digest, sign_in_order},
    submit::submission,
};
use escapement_core::{
    param::{EMISSION, Group, RESERVE, Slot},
    update::{Change, OwnedUpdate},
};

use super::{
    epoch::{self, THRESHOLD},
    story::{Attack, Story, group_name, reason},
    world::{DAY, UNIT, World},
};

/// Gas limit of an attack: enough for every path, so that gas is never the reason.
const ATTACK_GAS: u64 = 12_000_000;

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

fn any(_: &Refusal) -> bool {
    true
}

/// Whether an argument has this value.
fn is(refusal: &Refusal, name: &str, value: impl ToString) -> bool {
    refusal.arg(name) == Some(value.to_string().as_str())
}

fn call(to: Address, call: &impl SolCall) -> Tx {
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
    strangers(world, story).await?;

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

async fn strangers(world: &mut World, story: &mut Story) -> Result<()> {
    world.values = escapement_agent::propose::values(&world.client, world.controller).await?;
    let (controller, minter, token, verifier) = (world.controller, world.minter, world.token, world.verifier);
    let (stranger, council) = (world.accounts.stranger.clone(), world.accounts.council.clone());
    let (guardian, deployer) = (world.accounts.guardian.clone(), world.accounts.deployer.clone());
    const DENIED: &str = "AccessControlUnauthorizedAccount";
    let me = |r: &Refusal, who: &PrivateKeySigner| is(r, "account", who.address());

    let init = IController::initializeCall {
        governance: stranger.address(),
        council: stranger.address(),
        guardian: stranger.address(),
        verifier,
        values: world.plan.values()?.to_vec(),
        pools: world.plan.controller.pools,
        categories: world.plan.controller.categories,
        autonomy: 3,
    };
    refused(
        world,
        story,
        "initialise the controller again",
        &stranger,
        call(controller, &init),
        "ProxiedAlreadyInitialized",
        any,
    )
    .await?;
    let implementation = world.deployed.address("controllerImplementation")?;
    refused(
        world,
        story,
        "initialise its implementation",
        &stranger,
        call(implementation, &init),
        "ProxiedNotThroughProxy",
        any,
    )
    .await?;
    let construct =
        Tx { to: Some(controller), data: Bytes::from_static(&escapement_agent::deploy::CONSTRUCTOR), ..Tx::default() };
    refused(world, story, "call a constructor through the proxy", &stranger, construct, "empty", any).await?;
    let halt = IController::haltCall { scope: 255 };
    refused(world, story, "a stranger halts everything", &stranger, call(controller, &halt), DENIED, |r| {
        me(r, &stranger)
    })
    .await?;
    let packed = |slot: Slot, old: u32, new: u32| {
        Bytes::from(Change { slot: slot.number(), expected_old: old, new }.to_wire().to_vec())
    };
    let rate = world.values[EMISSION.index()];
    let up = IController::overrideParamsCall { changes: packed(EMISSION, rate, rate + 1) };
    refused(world, story, "the deployer overrides", &deployer, call(controller, &up), DENIED, |r| me(r, &deployer))
        .await?;
    refused(world, story, "the guardian sets a value", &guardian, call(controller, &up), DENIED, |r| me(r, &guardian))
        .await?;
    let resume = IController::resumeCall { scope: 255 };
    refused(world, story, "the council lifts a halt", &council, call(controller, &resume), DENIED, |r| me(r, &council))
        .await?;
    let raise = IController::raiseAutonomyCall { group: 1 };
    refused(world, story, "the council raises autonomy", &council, call(controller, &raise), DENIED, |r| {
        me(r, &council)
    })
    .await?;
    let mint = IToken::mintCall { to: stranger.address(), value: U256::from(UNIT) };
    refused(world, story, "a stranger mints", &stranger, call(token, &mint), "TokenNotMinter", any).await?;
    let again = IMinter::rollEpochCall {};
    refused(world, story, "roll the epoch twice", &stranger, call(minter, &again), "MinterTooEarly", any).await?;
    let strike = IVerifier::setSignersCall { signers: vec![stranger.address()], threshold: 1 };
    refused(
        world,
        story,
        "the deployer replaces the signers",
        &deployer,
        call(verifier, &strike),
        "OwnableUnauthorizedAccount",
        |r| me(r, &deployer),
    )
    .await?;
    let admin = proxy_admin(world).await?;
    let upgrade =
        ProxyAdmin::upgradeAndCallCall { proxy: controller, implementation: stranger.address(), data: Bytes::new() };
    refused(
        world,
        story,
        "the deployer upgrades the proxy",
        &deployer,
        call(admin, &upgrade),
        "OwnableUnauthorizedAccount",
        |r| me(r, &deployer),
    )
    .await?;

    // A council gone bad has the override, and with it the same bounds as everybody.
    let beyond = IController::overrideParamsCall { changes: packed(EMISSION, rate, 50_000) };
    refused(
        world,
        story,
        "the council sets emission out of range",
        &council,
        call(controller, &beyond),
        "ControllerOutOfRange",
        |r| is(r, "slot", 0) && is(r, "newValue", 50_000),
    )
    .await?;
    let leap = rate + rate / 5;
    let jump = IController::overrideParamsCall { changes: packed(EMISSION, rate, leap) };
    refused(
        world,
        story,
        "the council raises emission by a fifth",
        &council,
        call(controller, &jump),
        "ControllerStepExceeded",
        |r| is(r, "oldValue", rate) && is(r, "newValue", leap),
    )
    .await?;
    let reserve = world.values[RESERVE.index()];
    let skew = IController::overrideParamsCall { changes: packed(RESERVE, reserve, reserve + 100) };
    refused(
        world,
        story,
        "pool weights that do not sum to one",
        &council,
        call(controller, &skew),
        "ControllerWeightSum",
        |r| is(r, "sum", 10_100),
    )
    .await?;
    bucket(world, story).await
}

/// Step after step upwards, each inside its bounds, until the bucket is empty; then the last-good vector is restored.
async fn bucket(world: &mut World, story: &mut Story) -> Result<()> {
    let (controller, council) = (world.controller, world.accounts.council.clone());
    let (_, before) = world.client.head().await?;
    let first = world.client.read(controller, &IController::paramCall { slot: 0 }).await?;
    world.client.warp(before + 60).await?;
    let mut rate = first;
    for _ in 0..12 {
        let room = escapement_core::rules::Limit::of(EMISSION.default_rules().step_up, rate);
        let to = (rate + room).min(EMISSION.default_rules().gov_max);
        let changes = Bytes::from(Change { slot: 0, expected_old: rate, new: to }.to_wire().to_vec());
        let tx = call(controller, &IController::overrideParamsCall { changes });
        match world.client.send(&council, tx.clone().gas(ATTACK_GAS)).await {
            Ok(receipt) => {
                world.note("override", &receipt);
                rate = to;
            }
            Err(ClientError::Refused { .. }) => {
                let name = format!("emission up again, now from {rate}");
                refused(world, story, &name, &council, tx, "ControllerBucketExceeded", |r| is(r, "slot", 0)).await?;
                break;
            }
            Err(other) => return Err(other.into()),
        }
    }
    story.expect(
        "the bucket stopped a staircase of legal steps",
        story.attacks.last().is_some_and(|a| a.held && a.expected == "ControllerBucketExceeded"),
    );
    let timepoint = u32::try_from(before)?;
    let receipt = world.client.send(&council, call(controller, &IController::restoreCall { timepoint })).await?;
    world.note("restore", &receipt);
    let now = world.client.read(controller, &IController::paramCall { slot: 0 }).await?;
    story.expect(
        &format!("the council restored the vector of before: emission {rate} → {now}"),
        now == first && rate > first,
    );
    Ok(())
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

/// Admin of the controller's proxy, from its ERC-1967 slot.
async fn proxy_admin(world: &World) -> Result<Address> {
    let slot = U256::from_be_bytes(alloy::hex!("b53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103"));
    Ok(Address::from_word(B256::from(world.client.storage(world.controller, slot).await?)))
}
