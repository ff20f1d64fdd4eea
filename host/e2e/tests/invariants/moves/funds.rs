//! Emission, revenue, the market, the treasury and the pools.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue as _;
use escapement_agent::bindings::{
    gauges::{IGauges as G, IGaugesEvents as GE},
    minter::IMinter as M,
    solidity::ConstantProductPool as P,
    treasury::{ITreasury as R, ITreasuryEvents as RE},
    vault::IVault as V,
};
use escapement_e2e::wad;

use crate::{book::Held, hold, rng::Rng, run::Run};

const DAY: u64 = 86_400;

pub fn roll(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    if rng.once_in(2) {
        // As keepers do: when it is due.
        let next = run.view(run.world.minter, &M::nextRollAtCall {})?;
        if next > run.now() && rng.once_in(2) {
            run.world.net.at_next(next + rng.below(3_600));
        }
    }
    let opens = run.view(run.world.minter, &M::nextRollAtCall {})?;
    let done = run.try_(run.world.stranger, run.world.minter, &M::rollEpochCall {})?;
    hold!(done == (run.now() >= opens), "I12 an epoch that opens at {opens} rolled at {}: {done}", run.now());
    Ok(done)
}

pub fn deliver(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let waiting: Vec<Address> = run.book.mints.unbooked.keys().copied().collect();
    let consumer = if waiting.is_empty() { run.world.vault } else { *rng.pick(&waiting) };
    if !waiting.is_empty() && rng.once_in(2) {
        // Governance has given back what kept the consumer from booking it.
        let call = V::grantRoleCall { role: keccak256("MINTER_ROLE"), account: run.world.minter };
        run.must(run.world.governance, consumer, &call, "I13")?;
    }
    run.try_(run.world.stranger, run.world.minter, &M::deliverCall { consumer })
}

pub fn deposit_revenue(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let who = *rng.pick(&run.stage.users);
    let amount = rng.amount(run.balance(who) / U256::from(10));
    let (before, burned, kept) = (run.balance(who), run.book.money.burned, run.balance(run.world.treasury));
    let done = run.try_(who, run.world.minter, &M::depositRevenueCall { amount })?;
    if done {
        let (burned, kept) = (run.book.money.burned - burned, run.balance(run.world.treasury) - kept);
        hold!(before - run.balance(who) == amount, "I9 revenue of {amount} took something else");
        hold!(burned + kept == amount, "I9 revenue of {amount}: {burned} burned, {kept} kept");
        hold!(burned <= amount / U256::from(2), "I1 {burned} of {amount} burned, above the hard bound");
    }
    Ok(done)
}

pub fn deposit_quote(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let amount = rng.amount(wad(5_000));
    run.try_(*rng.pick(&run.stage.users), run.world.minter, &M::depositQuoteCall { amount })
}

pub fn observe_price(run: &mut Run<'_>, _: &mut Rng) -> Held<bool> {
    run.try_(run.world.stranger, run.world.minter, &M::observeCall {})
}

pub fn buy_back(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    if rng.once_in(2) {
        // A keeper keeps a reading and comes back when it is old enough.
        run.try_(run.world.stranger, run.world.minter, &M::observeCall {})?;
        run.world.net.warp(1_900);
    }
    let max = rng.amount(run.book.mints.quote_kept.min(wad(500)));
    let (burned, kept) = (run.book.money.burned, run.book.mints.quote_kept);
    let done = run.try_(run.world.stranger, run.world.minter, &M::buyBackCall { maxQuote: max, minOut: U256::ZERO })?;
    hold!(!done || kept - run.book.mints.quote_kept <= max, "I9 a buy-back spent more than {max}");
    hold!(!done || run.book.money.burned > burned, "I9 a buy-back burned nothing");
    Ok(done)
}

pub fn swap(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let who = *rng.pick(&run.stage.users);
    let token_in = *rng.pick(&[run.world.token, run.stage.quote]);
    let amount = rng.amount(wad(2_000));
    let call = P::swapCall { tokenIn: token_in, amountIn: amount, minOut: U256::ZERO, to: who };
    run.try_(who, run.stage.market, &call)
}

pub fn set_consumers(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let mut call = run.stage.consumers(rng.once_in(2));
    if rng.once_in(3) {
        call.weights[0] += 1;
    }
    run.try_(run.world.governance, run.world.minter, &call)
}

pub fn sweep(run: &mut Run<'_>, _: &mut Rng) -> Held<bool> {
    let reserve = run.book.pools.reserve;
    let sent = run.send(run.world.stranger, run.world.gauges, &G::sweepReserveCall {})?;
    let swept = sent.map(|receipt| receipt.events::<GE::ReserveSwept>()).unwrap_or_default();
    let amount = swept.iter().fold(U256::ZERO, |sum, event| sum + event.amount);
    hold!(amount == reserve || swept.is_empty(), "I9 {amount} of the reserve's {reserve} swept");
    Ok(!swept.is_empty())
}

pub fn book_surplus(run: &mut Run<'_>, _: &mut Rng) -> Held<bool> {
    let (held, owed) = (run.balance(run.world.treasury), run.book.funds.owed());
    let unbooked = run.book.mints.unbooked.get(&run.world.treasury).copied().unwrap_or_default();
    let sent = run.send(run.world.stranger, run.world.treasury, &R::bookSurplusCall {})?;
    let booked = sent.map(|receipt| receipt.events::<RE::SurplusBooked>()).unwrap_or_default();
    hold!(booked.is_empty() || booked[0].amount <= held - owed, "I9 {} booked of {}", booked[0].amount, held - owed);
    hold!(unbooked.is_zero() || booked.is_empty() || unbooked <= held, "I9 {unbooked} not told of");
    Ok(!booked.is_empty())
}

pub fn open_stream(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let start = run.now() + rng.below(10 * DAY);
    let seconds = rng.within(200 * DAY, 1_000 * DAY);
    let call = R::openStreamCall {
        beneficiary: run.world.recipient,
        amount: rng.amount(run.book.funds.free),
        start,
        cliff: start + rng.below(60 * DAY),
        duration: u32::try_from(seconds).expect("32 bits"),
        fixedEnd: start + if rng.once_in(6) { seconds } else { 2 * seconds },
    };
    run.try_(run.world.governance, run.world.treasury, &call)
}

pub fn edit_stream(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let unvested = rng.amount(run.book.funds.outstanding);
    let duration = u32::try_from(rng.within(200 * DAY, 400 * DAY)).expect("32 bits");
    let releasable = run.view(run.world.treasury, &R::releasableCall {})?;
    let call = R::editStreamCall { unvested, cliff: run.now() + rng.below(30 * DAY), duration };
    let done = run.try_(run.world.governance, run.world.treasury, &call)?;
    let after = run.view(run.world.treasury, &R::releasableCall {})?;
    hold!(after >= releasable, "T14 an edit takes what has vested: {releasable}, then {after}");
    Ok(done)
}

pub fn revoke_stream(run: &mut Run<'_>, _: &mut Rng) -> Held<bool> {
    let releasable = run.view(run.world.treasury, &R::releasableCall {})?;
    let done = run.try_(run.world.governance, run.world.treasury, &R::revokeStreamCall {})?;
    let after = run.view(run.world.treasury, &R::releasableCall {})?;
    hold!(after >= releasable, "T14 revoking takes what has vested: {releasable}, then {after}");
    Ok(done)
}

pub fn release(run: &mut Run<'_>, _: &mut Rng) -> Held<bool> {
    run.world.net.hold();
    let due = run.view(run.world.treasury, &R::releasableCall {})?;
    let before = run.balance(run.world.recipient);
    let sent = run.send(run.world.stranger, run.world.treasury, &R::releaseCall {})?;
    let paid = run.balance(run.world.recipient) - before;
    hold!(paid == due, "I8 {due} has vested and {paid} is paid");
    Ok(sent.is_some_and(|receipt| !receipt.logs.is_empty()))
}

pub fn spend(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let free = run.book.funds.free;
    let amount = rng.amount(free / U256::from(100));
    let call = R::spendCall { to: *rng.pick(&run.stage.users), amount };
    let done = run.try_(run.world.governance, run.world.treasury, &call)?;
    hold!(!done || amount <= free, "I11 {amount} spent of {free} free");
    Ok(done)
}

/// Leaf of a grant in a tree of `OpenZeppelin`'s kind.
fn leaf(grant: &R::claimGrantCall) -> B256 {
    let words =
        (U256::from(grant.round), U256::from(grant.index), grant.account, U256::from(grant.category), grant.base);
    keccak256(keccak256(words.abi_encode()))
}

pub fn open_round(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let round = run.view(run.world.treasury, &R::roundsCall {})? + 1;
    // A grant for each of two users; the second takes more than its category declares, one time in four.
    let excess = U256::from(u64::from(rng.once_in(4)));
    let mut grants: Vec<_> = (0u32..2)
        .map(|index| R::claimGrantCall {
            round,
            index,
            account: run.stage.users[index as usize],
            category: u8::try_from(index).expect("small"),
            base: U256::from(100) + excess * U256::from(index),
            proof: vec![],
        })
        .collect();
    let [first, second] = [leaf(&grants[0]), leaf(&grants[1])];
    (grants[0].proof, grants[1].proof) = (vec![second], vec![first]);
    let root = keccak256([first.min(second), first.max(second)].concat());
    let categories = usize::from(run.book.law.categories);
    let call = R::openRoundCall {
        budget: rng.amount(run.book.funds.free / U256::from(100)),
        bases: vec![U256::from(100); categories],
        root,
        deadline: run.now() + rng.within(12, 40) * DAY,
    };
    let done = run.try_(run.world.governance, run.world.treasury, &call)?;
    if done {
        run.grants.extend(grants);
    }
    Ok(done)
}

pub fn claim_grant(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    if run.grants.is_empty() {
        return Ok(false);
    }
    let recent = run.grants.len().saturating_sub(6);
    let mut call = rng.pick(&run.grants[recent..]).clone();
    let forged = rng.once_in(5);
    if forged {
        call.base += U256::ONE;
    }
    let done = run.try_(run.world.stranger, run.world.treasury, &call)?;
    hold!(!done || !forged, "I11 a forged grant was paid");
    Ok(done)
}

fn a_round(run: &Run<'_>, rng: &mut Rng) -> u32 {
    let rounds = u32::try_from(run.book.funds.rounds.len()).expect("few");
    if rng.once_in(8) { rounds + 1 } else { rounds.saturating_sub(u32::try_from(rng.below(3)).expect("small")) }
}

pub fn disable_round(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    run.try_(run.world.council, run.world.treasury, &R::disableRoundCall { round: a_round(run, rng) })
}

pub fn close_round(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    run.try_(run.world.stranger, run.world.treasury, &R::closeRoundCall { round: a_round(run, rng) })
}

/// Ends the pool behind a weight, or puts a new one for the same LP token behind a weight whose pool has ended.
pub fn replace_pool(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let place = rng.below(3);
    let (weight, lp) = (u8::try_from(place + 1).expect("small"), run.world.lp[usize::try_from(place).expect("small")]);
    let live = run.book.pools.by_number.iter().find(|(_, pool)| pool.weight == weight && !pool.killed).map(|(n, _)| *n);
    if let (Some(pool), true) = (live, rng.once_in(2)) {
        return run.try_(run.world.governance, run.world.gauges, &G::killPoolCall { pool });
    }
    let done = run.try_(run.world.governance, run.world.gauges, &G::addPoolCall { weight, lpToken: lp })?;
    hold!(done == live.is_none(), "a pool behind weight {weight}: {done}");
    Ok(done)
}
