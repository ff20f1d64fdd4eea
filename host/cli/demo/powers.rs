//! The brakes and the hand on the wheel: halt and its expiry, override and restore.

use alloy::primitives::Bytes;
use alloy::sol_types::SolEvent;
use anyhow::Result;
use escapement_agent::{
    bindings::{
        controller::IController,
        minter::{IMinter, IMinterEvents::EpochRolled},
        treasury::ITreasury,
        verifier::IVerifier,
    },
    client::{ClientError, Tx},
    propose,
    sign::attest,
};
use escapement_core::{
    param::{BURN, EMISSION, VESTING},
    update::{Change, OwnedUpdate},
};

use super::{
    attempt::{refused, submission_refused},
    epoch::{self, THRESHOLD},
    exits,
    story::{Story, decimal},
    world::{DAY, World},
};

/// Length of a halt.
const HALT: u64 = 7 * DAY;
/// How long the guardian's right to halt a scope is used up, seconds.
const GUARDIAN_REST: u32 = 30 * 86_400;

/// Shows every power and its limit.
pub async fn run(world: &mut World, story: &mut Story) -> Result<()> {
    halt(world, story).await?;
    override_and_restore(world, story).await?;
    signers(world, story).await
}

/// The guardian halts; new emission stops, exits do not; it expires by itself.
async fn halt(world: &mut World, story: &mut Story) -> Result<()> {
    story.chapter("Guardian: halt, and its expiry");
    let (controller, guardian) = (world.controller, world.accounts.guardian.clone());
    let keeper = world.accounts.keeper.clone();
    next_epoch(world).await?;
    // An exit that gets ready a day before the halt ends.
    let exit = exits::begin(world).await?;
    let (_, now) = world.client.head().await?;
    world.client.warp(now + DAY).await?;
    let receipt = world.client.send(&guardian, Tx::call(controller, &IController::haltCall { scope: 255 })).await?;
    world.note("halt", &receipt);
    let (_, now) = world.client.head().await?;
    let until = world.client.read(controller, &IController::haltedUntilCall { scope: 0 }).await?;
    story.expect(
        &format!("everything is halted for {} days", (u64::from(until) - now) / DAY),
        u64::from(until) == now + HALT,
    );

    // The very best update is refused while the halt lasts. It is a heartbeat: there is nothing to object to but the halt.
    let observation = {
        world.index.follow(&world.client).await?;
        escapement_agent::kpi::observe(&world.index)?
    };
    let update = heartbeat(world, observation.kpis, observation.at).await?;
    let attested = attest(&update, world.domain(), &world.accounts.attesters[..THRESHOLD])?;
    submission_refused(world, story, "an honest update during the halt", &keeper, &attested, |_| {
        IController::ControllerHalted { scope: 255, until }
    })
    .await?;
    let again = Tx::call(controller, &IController::haltCall { scope: 255 });
    let next = u32::try_from(now)? + GUARDIAN_REST;
    let spent = IController::ControllerGuardianSpent { scope: 255, next };
    refused(world, story, "the guardian halts a second time", &guardian, again, spent).await?;

    let supply = world.client.read(world.token, &escapement_agent::bindings::token::IToken::totalSupplyCall {}).await?;
    let minter = world.minter;
    // The minter learns of the halt when it rolls, and mints nothing from the roll after it.
    let outcome = roll(world).await?;
    let after = world.client.read(world.token, &escapement_agent::bindings::token::IToken::totalSupplyCall {}).await?;
    story.expect("no token is minted while the controller is halted", outcome == 1 && supply == after);
    exits::through(world, story, exit, until.into()).await?;

    world.client.warp(u64::from(until) + 60).await?;
    let proposal = epoch::prepare(world).await?;
    epoch::submit_honestly(world, &proposal).await?;
    story.expect("seven days later the halt has expired and the loop runs again", true);
    let next = world.client.read(minter, &IMinter::nextRollAtCall {}).await?;
    let (_, now) = world.client.head().await?;
    if next > now {
        world.client.warp(next + 60).await?;
    }
    let outcome = roll(world).await?;
    story.expect("emission resumes with the next epoch", outcome == 0);
    Ok(())
}

/// Rolls the epoch and returns the outcome: 0 minted, 1 halted, 2 stopped by the minter's breaker, 3 cap reached.
pub async fn roll(world: &mut World) -> Result<u8> {
    let (keeper, minter) = (world.accounts.keeper.clone(), world.minter);
    let receipt = world.act("roll epoch", &keeper, minter, &IMinter::rollEpochCall {}).await?;
    let rolled = receipt.logs().iter().find_map(|l| EpochRolled::decode_log(&l.inner).ok());
    Ok(rolled.map_or(u8::MAX, |e| e.outcome))
}

/// Moves to the next moment at which the epoch can be rolled.
pub async fn next_epoch(world: &mut World) -> Result<()> {
    let next = world.client.read(world.minter, &IMinter::nextRollAtCall {}).await?;
    let (_, now) = world.client.head().await?;
    world.client.warp(next.max(now) + 60).await?;
    Ok(())
}

async fn heartbeat(world: &World, kpis: Vec<i32>, at: u64) -> Result<OwnedUpdate> {
    let signer_epoch = world.client.read(world.verifier, &IVerifier::signerEpochCall {}).await?;
    Ok(OwnedUpdate {
        model_id: world.policy.model_id().0,
        kpi_schema: world.policy.kpi_schema().0,
        signer_epoch,
        update_id: u64::MAX >> 1,
        observed_at: at,
        valid_after: at,
        expires_at: at + propose::VALID_FOR,
        kpis,
        changes: Vec::new(),
    })
}

/// The council sets values inside the bounds, then the vector of before.
async fn override_and_restore(world: &mut World, story: &mut Story) -> Result<()> {
    story.chapter("Council: override and restore");
    let (controller, council) = (world.controller, world.accounts.council.clone());
    let before = world.lens().values().await?;
    let (_, good) = world.client.head().await?;
    let fast = vest_for_an_hour(world).await?;
    let rate = before[EMISSION.index()];
    let lower = |slot: escapement_core::param::Slot, by: u32| {
        let rules = slot.default_rules();
        let old = before[slot.index()];
        Change { slot: slot.number(), expected_old: old, new: old.saturating_sub(by).max(rules.gov_min) }
    };
    let changes = [lower(EMISSION, rate / 20), lower(VESTING, 500), lower(BURN, 100)];
    let bytes: Vec<u8> = changes.iter().filter(|c| c.expected_old != c.new).flat_map(|c| c.to_wire()).collect();
    let tx = Tx::call(controller, &IController::overrideParamsCall { changes: Bytes::from(bytes) });
    let receipt = world.client.send(&council, tx).await?;
    world.note("override", &receipt);
    let after = world.lens().values().await?;
    let as_asked = changes.iter().all(|c| after[usize::from(c.slot)] == c.new);
    story.expect(
        &format!(
            "the council set emission {} → {} and vesting {} → {}, without the model, inside the bounds",
            rate, after[0], before[1], after[1]
        ),
        as_asked && after != before,
    );
    let slow = vest_for_an_hour(world).await?;
    let timepoint = u32::try_from(good)?;
    let receipt = world.client.send(&council, Tx::call(controller, &IController::restoreCall { timepoint })).await?;
    world.note("restore", &receipt);
    let restored = world.lens().values().await?;
    story.expect("the last-good vector is back, slot by slot", restored == before);
    let back = vest_for_an_hour(world).await?;
    story.expect(
        &format!(
            "the treasury's stream followed: {}, then {}, then {} an hour",
            decimal(fast),
            decimal(slow),
            decimal(back)
        ),
        slow < fast && back > slow,
    );
    world.values = restored;
    Ok(())
}

/// Has the treasury take the speed over, and returns what vests in the hour after it, base units.
async fn vest_for_an_hour(world: &mut World) -> Result<u128> {
    let (keeper, treasury) = (world.accounts.keeper.clone(), world.at.treasury);
    world.act("poke the treasury", &keeper, treasury, &ITreasury::pokeCall {}).await?;
    let before = world.client.read(treasury, &ITreasury::vestedCall {}).await?;
    let (_, now) = world.client.head().await?;
    world.client.warp(now + 3_600).await?;
    let after = world.client.read(treasury, &ITreasury::vestedCall {}).await?;
    Ok(u128::try_from(after - before)?)
}

/// A signer is struck off: what it signed for the old set is void, the new set goes on.
async fn signers(world: &mut World, story: &mut Story) -> Result<()> {
    story.chapter("Guardian: a signer is struck off");
    let (_, now) = world.client.head().await?;
    world.client.warp(now + 3_600).await?;
    let proposal = epoch::prepare(world).await?;
    let attested = attest(&proposal.update, world.domain(), &world.accounts.attesters[..THRESHOLD])?;
    let guardian = world.accounts.guardian.clone();
    let signer = world.accounts.attesters[0].address();
    let verifier = world.verifier;
    world.act("revoke signer", &guardian, verifier, &IVerifier::revokeSignerCall { signer }).await?;
    let stranger = world.accounts.stranger.clone();
    let old = proposal.update.signer_epoch;
    submission_refused(world, story, "an update of the old signer set", &stranger, &attested, |_| {
        IVerifier::VerifierSignerEpoch { _0: old, _1: old + 1 }
    })
    .await?;
    world.accounts.attesters.remove(0);
    let proposal = epoch::prepare(world).await?;
    let accepted = epoch::submit_honestly(world, &proposal).await;
    if let Err(error) = &accepted
        && error.downcast_ref::<ClientError>().is_none()
    {
        return accepted.map(drop);
    }
    story.expect("the remaining four carry on", accepted.is_ok());
    Ok(())
}
