//! The end of a week: roll the epoch, observe, propose, attest, submit; and the queue in between.

use alloy::sol_types::SolEvent;
use anyhow::Result;
use escapement_agent::{
    bindings::{
        controller::IController,
        minter::{
            IMinter,
            IMinterEvents::{EpochRolled, Equilibrium},
        },
        treasury::ITreasury,
    },
    client::{ClientError, Tx},
    deploy, kpi,
    propose::{self, Objection, Proposal, propose},
    sign::attest,
    submit::{self, queued},
};
use escapement_core::{
    engine::{Accepted, violation::Rule},
    param::Group,
};

use super::{
    attacks,
    record::EpochRecord,
    story::Story,
    world::{DAY, World},
};

/// After the close of the day, time for the observers to look, seconds.
const CLOSING: u64 = 300;
/// Signatures an update needs.
pub const THRESHOLD: usize = 3;

/// Closes epoch `number`: everybody's weekly duties, in order.
pub async fn close(world: &mut World, number: u32, story: &mut Story) -> Result<EpochRecord> {
    world.client.warp(world.origin + u64::from(number + 1) * 7 * DAY + CLOSING).await?;
    let keeper = world.accounts.keeper.clone();
    let mut record = EpochRecord { epoch: number, ..take_week(world) };
    keep_programs(world).await?;
    let minter = world.minter;
    let receipt = world.act("roll epoch", &keeper, minter, &IMinter::rollEpochCall {}).await?;
    let rolled = receipt.logs().iter().find_map(|l| EpochRolled::decode_log(&l.inner).ok());
    record.minted = rolled.map_or(0, |e| u128::try_from(e.minted).unwrap_or(u128::MAX));

    if let Some(e) = receipt.logs().iter().find_map(|l| Equilibrium::decode_log(&l.inner).ok()) {
        (record.burned, record.reminted) = (u128::try_from(e.burned)?, u128::try_from(e.reminted)?);
    }
    let as_weighed;
    (record.pools, as_weighed) = world.pool_week(&receipt).await?;
    world.as_weighed &= as_weighed;
    world.tend_funds(number, story).await?;
    let vested = world.client.read(world.at.treasury, &ITreasury::vestedCall {}).await?;
    record.vested = u128::try_from(vested)?;

    let proposal = prepare(world).await?;
    if let Some(group) = cooling(&proposal).filter(|_| !world.cooldown_tried) {
        attacks::cooldown(world, story, &proposal, group).await?;
        world.cooldown_tried = true;
    }
    let done = submit_honestly(world, &proposal).await?;
    record.kpis.clone_from(&proposal.update.kpis);
    record.outputs = proposal.outputs;
    record.update_id = proposal.update.update_id;
    record.trip = done.trip;
    record.left_out = proposal.left_out.iter().map(|(g, v)| (g.number(), v.to_string())).collect();
    record.applied = groups(done.applied);
    record.queued = groups(done.queued);
    if done.trip != 0 {
        // What the breaker stopped only governance starts again.
        resume_all(world).await?;
    }
    record.raised = raise(world, story).await?;
    world.values = world.lens().values().await?;
    let mirrored = propose::values(&world.client, world.controller).await?;
    world.agreement.values.count(world.values == mirrored);
    (record.supply, record.staked) = (world.index.supply(), world.index.staked());
    record.price = world.index.days().last().map_or(0, |d| d.price);
    record.emission = world.values[0];
    Ok(record)
}

/// Any program with less than three months to live is extended: the keeper's standing duty.
pub async fn keep_programs(world: &mut World) -> Result<()> {
    let keeper = world.accounts.keeper.clone();
    let programs = world.deployed.record.programs()?;
    for receipt in deploy::keep_alive(&world.client, &keeper, &programs, 90 * DAY).await? {
        world.note("keep a program alive", &receipt);
    }
    Ok(())
}

/// Has a proposal signed by three attesters and submits it, as anybody may, once the lens on chain foretells success.
/// What it queued is added to the world's queue.
pub async fn submit_honestly(world: &mut World, proposal: &Proposal) -> Result<Accepted> {
    let attested = attest(&proposal.update, world.domain(), &world.accounts.attesters[..THRESHOLD])?;
    let keeper = world.accounts.keeper.clone();
    let done = submit::submit(&keeper, world.lens(), &attested).await?;
    world.note(if proposal.update.changes.is_empty() { "submit (heartbeat)" } else { "submit" }, &done.receipt);
    // The mirror rehearsed it, the lens foretold it, the log tells it.
    world.agreement.submissions.count(done.foretold == proposal.expected && done.foretold == done.accepted);
    world.waiting.extend(queued(world.controller, &done.receipt));
    Ok(done.accepted)
}

/// Observes and proposes.
pub async fn prepare(world: &mut World) -> Result<Proposal> {
    world.index.follow(&world.client).await?;
    let observation = kpi::observe(&world.index)?;
    Ok(propose(&world.client, world.controller, world.verifier, &world.policy, &observation).await?)
}

/// What was done with the queue since the last close is collected in the record that is being made.
fn take_week(world: &mut World) -> EpochRecord {
    std::mem::take(&mut world.week)
}

/// The keeper executes what is ready; the council approves what needs it, and vetoes once to show that it can.
pub async fn work_queue(world: &mut World) -> Result<()> {
    let (_, now) = world.client.head().await?;
    let mut rest = Vec::new();
    for waiting in std::mem::take(&mut world.waiting) {
        let council = world.accounts.council.clone();
        let (controller, group) = (world.controller, waiting.group);
        if !world.vetoed && world.epochs.len() >= 3 && group != Group::Emission.number() {
            world.act("veto", &council, controller, &IController::vetoCall { group }).await?;
            world.vetoed = true;
            world.week.vetoed.push(group);
            continue;
        }
        if now < waiting.eta {
            rest.push(waiting);
            continue;
        }
        if waiting.approval {
            world.act("approve", &council, controller, &IController::approveCall { group }).await?;
            world.week.approved.push(group);
        }
        let keeper = world.accounts.keeper.clone();
        match submit::execute(&world.client, &keeper, controller, &waiting).await {
            Ok(receipt) => {
                world.note("execute", &receipt);
                world.week.executed.push(group);
            }
            // Everything is checked again at execution; what no longer passes is let go.
            Err(ClientError::Refused { .. }) => {
                world.week.dropped.push(group);
                world.act("veto", &council, controller, &IController::vetoCall { group }).await?;
            }
            Err(other) => return Err(other.into()),
        }
    }
    world.waiting = rest;
    world.values = world.lens().values().await?;
    Ok(())
}

/// Governance raises groups to automatic as soon as the law says they have earned it; asking too early is refused.
async fn raise(world: &mut World, story: &mut Story) -> Result<Vec<u8>> {
    let mut raised = Vec::new();
    let (governance, controller) = (world.accounts.governance.clone(), world.controller);
    for group in [Group::Emission, Group::Equilibrium, Group::Liquidity] {
        if world.automatic.contains(&group.number()) {
            continue;
        }
        let call = IController::raiseAutonomyCall { group: group.number() };
        match world.client.send(&governance, Tx::call(controller, &call)).await {
            Ok(receipt) => {
                world.note("raise autonomy", &receipt);
                world.automatic.push(group.number());
                raised.push(group.number());
            }
            Err(ClientError::Refused { refusal, .. }) if refusal.name == "ControllerNotEarned" => {
                story.not_earned(&refusal);
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(raised)
}

/// Governance lifts every halt.
pub async fn resume_all(world: &mut World) -> Result<()> {
    let (governance, controller) = (world.accounts.governance.clone(), world.controller);
    let (_, now) = world.client.head().await?;
    for scope in [255, 0, 1, 2, 3, 4, 5, 6] {
        let until = world.client.read(controller, &IController::haltedUntilCall { scope }).await?;
        if u64::from(until) > now {
            // A group's answer includes the global halt, which may be gone already.
            match world.client.send(&governance, Tx::call(controller, &IController::resumeCall { scope })).await {
                Ok(receipt) => world.note("resume", &receipt),
                Err(ClientError::Refused { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
    }
    Ok(())
}

/// What the loop must have shown by now.
pub fn expectations(world: &World, story: &mut Story) {
    let total = |f: fn(&EpochRecord) -> usize| world.epochs.iter().map(f).sum::<usize>();
    let applied = total(|e| e.applied.len());
    let (queued, executed) = (total(|e| e.queued.len()), total(|e| e.executed.len()));
    let (vetoed, minted) = (total(|e| e.vetoed.len()), world.epochs.iter().map(|e| e.minted).sum::<u128>());
    story.expect("a change in its cooldown was tried and refused", world.cooldown_tried);
    story.expect("every epoch closed with an accepted update", world.epochs.iter().all(|e| e.update_id > 0));
    story.expect(
        "changes were queued, executed, vetoed and applied at once",
        [applied, queued, executed, vetoed].iter().all(|n| *n > 0),
    );
    story.expect("tokens were minted", minted > 0);
    let rates: std::collections::BTreeSet<u32> = world.epochs.iter().map(|e| e.emission).collect();
    story.expect("the emission rate followed the policy", rates.len() > 2);
}

/// Group numbers of a mask.
pub fn groups(mask: u8) -> Vec<u8> {
    (0..7).filter(|g| mask & (1 << g) != 0).collect()
}

/// A group the policy wants to move although its cooldown runs, if the last proposal had one.
pub fn cooling(proposal: &Proposal) -> Option<Group> {
    proposal
        .left_out
        .iter()
        .find(|(_, why)| matches!(why, Objection::Law(v) if v.rule() == Rule::CooldownActive))
        .map(|(g, _)| *g)
}
