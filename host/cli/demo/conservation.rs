//! The books at the end: what was minted and burned is the change of the supply, and nobody owes more than is there.

use alloy::primitives::U256;
use anyhow::Result;
use escapement_agent::{
    bindings::{gauges::IGauges, token::IToken, treasury::ITreasury, vault::IVault},
    books::Books,
};

use super::{
    story::Story,
    world::{UNIT, World},
};
use crate::ui::{grouped, whole};

fn tokens(amount: U256) -> String {
    grouped(whole(u128::try_from(amount).unwrap_or(u128::MAX)))
}

/// What the loop must have shown of vault, gauges, treasury and minter by now.
pub fn loop_held(world: &World, story: &mut Story) {
    let staking = world.staking;
    story.expect(
        &format!(
            "stakers locked for 0 to 365 days, claimed {}, compounded {}, began {} exits and were paid {}",
            grouped(whole(staking.claimed)),
            grouped(whole(staking.compounded)),
            staking.exits,
            staking.withdrawn
        ),
        staking.is_complete(),
    );
    story.expect("every roll shared the gauges' part by the controller's weights, to the unit", world.as_weighed);
    let weeks: Vec<_> = world.epochs.iter().filter(|e| e.pools.iter().any(|p| p.amount > 0)).collect();
    let (first, last) = (weeks.first(), weeks.last());
    let moved = first.zip(last).is_some_and(|(a, b)| {
        let weights = |e: &&super::record::EpochRecord| e.pools.iter().map(|p| p.weight).collect::<Vec<_>>();
        weights(a) != weights(b)
            && a.pools.iter().zip(&b.pools).any(|(x, y)| {
                // Not only the sum moved: some pool has another part of what all got.
                let (all_x, all_y) = (sum(a), sum(b));
                x.amount * 10_000 / all_x != y.amount * 10_000 / all_y
            })
    });
    let executed = world.epochs.iter().any(|e| e.executed.contains(&5) || e.applied.contains(&5));
    story.expect("an attested update moved the pool weights, and the pools' streams with them", moved && executed);
    story.expect(&format!("liquidity providers were paid {}", grouped(whole(world.mined))), world.mined > 0);
    let revenue = world.revenue;
    story.expect(
        &format!(
            "{} buy-backs at the average price spent {} quote and burned {}",
            revenue.buy_backs,
            grouped(whole(revenue.spent)),
            grouped(whole(revenue.burned))
        ),
        revenue.buy_backs > 0 && revenue.burned > 0,
    );
    let (burned, reminted) = world.epochs.iter().fold((0, 0), |(b, r), epoch| (b + epoch.burned, r + epoch.reminted));
    story.expect(
        &format!(
            "of {} burned, {} were minted again, never more than burned",
            grouped(whole(burned)),
            grouped(whole(reminted))
        ),
        reminted > 0 && reminted <= burned,
    );
    let cap = world.epochs.iter().all(|e| e.reminted <= e.supply * 50 / 1_000_000);
    story.expect("no epoch's re-mint exceeded the highest cap that governance allows, 50 ppm of the supply", cap);
    let funds = &world.funds;
    story.expect(
        &format!(
            "the stream paid {}, a round paid {} and returned {}",
            grouped(whole(funds.released)),
            grouped(whole(funds.granted)),
            grouped(whole(funds.returned))
        ),
        funds.released > 0 && funds.granted > 0 && funds.returned > 0,
    );
}

fn sum(epoch: &super::record::EpochRecord) -> u128 {
    epoch.pools.iter().map(|p| p.amount).sum::<u128>().max(1)
}

/// Checks the books at the end; returns them for the report.
pub async fn check(world: &mut World, story: &mut Story) -> Result<Books> {
    story.chapter("Conservation");
    world.index.follow(&world.client).await?;
    let (head, _) = world.client.head().await?;
    let books = Books::read(&world.client, &world.at, head).await?;
    let initial = world.plan.token.initial_supply;
    let supply = world.client.read(world.token, &IToken::totalSupplyCall {}).await?;
    let (minted, burned) = (books.minter.minted, books.minter.burned);
    story.expect(
        &format!(
            "supply {} + minted {} − burned {} = {}",
            tokens(initial),
            tokens(minted),
            tokens(burned),
            tokens(supply)
        ),
        initial + minted == supply + burned,
    );
    story.expect("vault, gauges and treasury hold what they owe, in every token", books.uncovered().is_none());

    let (mut principal, mut earned) = (U256::ZERO, U256::ZERO);
    for (stakes, key) in world.stakes.iter().zip(&world.accounts.stakers) {
        principal += U256::from(stakes.principal());
        earned += world.client.read(world.at.vault, &IVault::earnedCall { account: key.address() }).await?;
    }
    let vault = books.vault.holding;
    story.expect(
        &format!(
            "vault: stakes and exits {} + earned {} ≤ owed {} ≤ held {}",
            tokens(principal),
            tokens(earned),
            tokens(vault.owed),
            tokens(vault.held)
        ),
        principal + earned <= vault.owed && vault.is_covered() && principal >= books.vault.staked,
    );

    let (mut owed, mut exact) = (books.gauges.reserve, true);
    for pool in &books.gauges.pools {
        let mut deposited = U256::ZERO;
        for provider in &world.accounts.providers {
            let (pool, account) = (pool.pool, provider.address());
            deposited += world.client.read(world.at.gauges, &IGauges::stakeOfCall { pool, account }).await?;
            owed += world.client.read(world.at.gauges, &IGauges::earnedCall { pool, account }).await?;
        }
        exact &= deposited == pool.staked && pool.staked <= pool.held;
    }
    story.expect("gauges: in every pool the deposits are the stake, and no more than the LP tokens held", exact);
    let gauges = books.gauges.holding;
    story.expect(
        &format!(
            "gauges: reserve and earned {} ≤ owed {} ≤ held {}",
            tokens(owed),
            tokens(gauges.owed),
            tokens(gauges.held)
        ),
        owed <= gauges.owed && gauges.is_covered(),
    );

    let stream = world.client.read(world.at.treasury, &ITreasury::streamCall {}).await?;
    let escrowed = stream.base + stream.amount - stream.released;
    let mut rounds = U256::ZERO;
    for round in 1..=books.treasury.rounds {
        let round = world.client.read(world.at.treasury, &ITreasury::roundCall { round }).await?;
        rounds += if round.state == 1 { round.left } else { U256::ZERO };
    }
    let treasury = books.treasury.holding;
    story.expect(
        &format!(
            "treasury: free {} + stream {} + rounds {} = books {} ≤ held {}",
            tokens(books.treasury.free),
            tokens(escrowed),
            tokens(rounds),
            tokens(treasury.owed),
            tokens(treasury.held)
        ),
        books.treasury.free + escrowed + rounds == treasury.owed && treasury.is_covered(),
    );
    let by_log = world.vested_by_log().await?;
    story.expect(
        &format!("the stream vested {}, as its speeds and seconds give from the log", tokens(by_log)),
        by_log == books.treasury.vested && by_log > U256::from(UNIT),
    );
    Ok(books)
}
