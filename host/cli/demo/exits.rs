//! Leaving while everything is halted: stakes, locks, rewards, LP tokens and vested funds all get out.

use alloy::{primitives::U256, sol_types::SolEvent};
use anyhow::{Context, Result, ensure};
use escapement_agent::bindings::{
    gauges::IGauges,
    treasury::ITreasury,
    vault::{
        IVault,
        IVaultEvents::{ExitedEarly, Unstaked},
    },
};
use escapement_core::lock::penalty_up;

use super::{
    stakes::Exit,
    story::Story,
    world::{UNIT, World},
};

/// What a staker takes out, base units.
const PART: u128 = 1_000 * UNIT;

/// A staker begins to leave before the halt, so that its exit gets ready within it. Returns who and what.
pub async fn begin(world: &mut World) -> Result<(usize, Exit)> {
    let (_, now) = world.client.head().await?;
    let at_hand = |s: &super::stakes::Stakes| s.positions.iter().any(|p| p.lock_end <= now && p.amount >= PART);
    let staker = world.stakes.iter().position(at_hand).context("everybody is locked")?;
    let free = world.stakes[staker].positions.iter().find(|p| p.lock_end <= now && p.amount >= PART);
    let id = free.context("nothing at hand")?.id;
    world.at_vault("unstake", staker, &IVault::unstakeCall { id, amount: U256::from(PART) }).await?;
    let exit = world.stakes[staker].exits.last().copied().context("no exit")?;
    Ok((staker, exit))
}

/// During the halt, which ends at `until`: everything that is somebody's own is got out, to the unit.
pub async fn through(world: &mut World, story: &mut Story, exit: (usize, Exit), until: u64) -> Result<()> {
    let (vault, gauges, treasury) = (world.at.vault, world.at.gauges, world.at.treasury);
    let (staker, exit) = exit;
    let before = liquid(world, staker).await?;
    let receipt = world.at_vault("claim", staker, &IVault::claimCall {}).await?;
    let paid = liquid(world, staker).await? - before;
    story.expect("halted: a staker claims its rewards", receipt.status() && !paid.is_zero());

    let (_, now) = world.client.head().await?;
    let live = world
        .stakes
        .iter()
        .enumerate()
        .find_map(|(n, stakes)| stakes.positions.iter().find(|p| p.lock_end > now + 86_400).map(|p| (n, *p)));
    let (locked, position) = live.context("nobody is locked")?;
    let terms = world.client.read(vault, &IVault::termsCall {}).await?;
    let account = world.accounts.stakers[locked].address();
    let length = world.client.read(vault, &IVault::positionCall { account, id: position.id }).await?.lockSeconds;
    let receipt = world.at_vault("exit early", locked, &IVault::exitEarlyCall { id: position.id }).await?;
    let (_, time) = world.client.block_time(receipt.block_number.context("no block")?.into()).await?;
    let find = |log: &alloy::rpc::types::Log| ExitedEarly::decode_log(&log.inner).ok();
    let penalty = receipt.logs().iter().find_map(find).context("no penalty")?.penalty;
    let rest = receipt.logs().iter().find_map(|l| Unstaked::decode_log(&l.inner).ok()).context("no exit")?.amount;
    let left = u32::try_from(position.lock_end - time)?;
    let expected = penalty_up(position.amount, terms.penalty, left, length).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    story.expect(
        "halted: a lock of which time is left is left for its penalty, to the unit, and the rest waits",
        penalty == U256::from(expected) && expected > 0 && penalty + rest == U256::from(position.amount),
    );

    let provider = world.accounts.providers[0].clone();
    let (lp_token, account) = (world.pools[0], provider.address());
    let amount = world.client.read(gauges, &IGauges::stakeOfCall { pool: 1, account }).await?;
    let held = world.balance(lp_token, account).await?;
    world.act("withdraw LP tokens", &provider, gauges, &IGauges::withdrawCall { pool: 1, amount }).await?;
    let got = world.balance(lp_token, account).await? - held;
    let tokens = world.balance(world.token, account).await?;
    world.act("claim of a pool", &provider, gauges, &IGauges::claimCall { pool: 1 }).await?;
    let paid = world.balance(world.token, account).await? - tokens;
    story.expect(
        "halted: a provider takes all its LP tokens and its rewards",
        got == amount && !amount.is_zero() && !paid.is_zero(),
    );

    let beneficiary = world.accounts.treasury.address();
    let before = world.balance(world.token, beneficiary).await?;
    let keeper = world.accounts.keeper.clone();
    let receipt = world.act("release of the stream", &keeper, treasury, &ITreasury::releaseCall {}).await?;
    let paid = world.balance(world.token, beneficiary).await? - before;
    world.funds.released += u128::try_from(paid)?;
    story.expect("halted: what has vested is released", receipt.status() && !paid.is_zero());

    ensure!(exit.ready_at < until, "the exit gets ready after the halt");
    world.client.warp(exit.ready_at).await?;
    let before = liquid(world, staker).await?;
    world.at_vault("withdraw", staker, &IVault::withdrawCall { exitIds: vec![exit.id] }).await?;
    let (_, now) = world.client.head().await?;
    let got = liquid(world, staker).await? - before;
    story.expect(
        "halted: an exit whose cooldown is over is withdrawn, to the unit",
        got == U256::from(PART) && exit.amount == PART && now < until,
    );
    Ok(())
}

async fn liquid(world: &World, staker: usize) -> Result<U256> {
    world.balance(world.token, world.accounts.stakers[staker].address()).await
}
