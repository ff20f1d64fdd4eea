//! Time, and what holders do: in the token, the vault and the gauges.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};
use escapement_agent::bindings::{
    controller::IController as C,
    gauges::{IGauges as G, IGaugesEvents as GE},
    solidity::QuoteToken as Q,
    token::IToken as T,
    vault::{IVault as V, IVaultEvents as VE},
};
use escapement_e2e::{change, wad};

use super::powers;
use crate::{
    book::{Held, Stakes},
    hold,
    rng::Rng,
    run::Run,
};

const DAY: u64 = 86_400;

pub fn wait_seconds(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    run.world.net.warp(rng.within(1, 7_200));
    Ok(true)
}

/// Half a day to nine days; a keeper keeps the programs alive meanwhile.
pub fn wait_days(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    run.world.net.warp(rng.within(DAY / 2, 9 * DAY));
    if run.now() > run.kept_alive + 200 * DAY {
        powers::keep_all_alive(run)?;
    }
    Ok(true)
}

fn staker(run: &Run<'_>, rng: &mut Rng) -> Address {
    if rng.once_in(12) { run.world.deployer } else { *rng.pick(&run.stage.users) }
}

/// Somebody who has one of these and its id; at times an id that the account does not have.
fn owner<T>(run: &Run<'_>, of: &BTreeMap<(Address, u32), T>, rng: &mut Rng) -> (Address, u32) {
    let keys: Vec<(Address, u32)> = of.keys().copied().collect();
    if keys.is_empty() || rng.once_in(10) { (staker(run, rng), u32::MAX) } else { *rng.pick(&keys) }
}

fn lock(rng: &mut Rng) -> u32 {
    let days = *rng.pick(&[0, 0, 0, 1, 7, 30, 90, 180, 365, 366]);
    u32::try_from(days * DAY + u64::from(rng.once_in(5))).expect("32 bits")
}

pub fn stake(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let who = staker(run, rng);
    let held = run.balance(who);
    let (amount, lock_seconds) = (rng.amount(held), lock(rng));
    let sent = run.send(who, run.world.vault, &V::stakeCall { amount, lockSeconds: lock_seconds })?;
    hold!(sent.is_none() || amount <= held, "I9 {amount} staked of {held}");
    hold!(sent.is_none() || run.balance(who) == held - amount, "I9 a stake of {amount} took something else");
    if let Some(receipt) = &sent {
        let staked = receipt.events::<VE::Staked>();
        hold!(staked.len() == 1 && staked[0].amount == amount, "I9 a stake of {amount} is {}", staked[0].amount);
    }
    Ok(sent.is_some())
}

pub fn extend(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (who, id) = owner(run, &run.book.stakes.positions, rng);
    run.try_(who, run.world.vault, &V::extendLockCall { id, lockSeconds: lock(rng) })
}

/// A live lock takes the present curve; half the time the council has just raised it.
pub fn refresh(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    if rng.once_in(2) {
        let (slot, old) = (6, run.book.law.value(6));
        let limit = run.book.law.rules(slot).step_up.of(old);
        let new = old + u32::try_from(rng.within(1, u64::from(limit) / 2)).expect("32 bits");
        let call = C::overrideParamsCall { changes: change(slot, old, new) };
        run.try_(run.world.council, run.world.controller, &call)?;
        run.try_(run.world.stranger, run.world.vault, &V::pokeParamsCall {})?;
    }
    let now = run.now();
    let locked: BTreeMap<_, _> = run.book.stakes.positions.iter().filter(|(_, one)| one.lock_end > now).collect();
    let (who, id) = owner(run, &locked.into_iter().map(|(key, one)| (*key, one)).collect(), rng);
    run.try_(who, run.world.vault, &V::refreshCall { id })
}

pub fn kick(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (account, id) = owner(run, &run.book.stakes.positions, rng);
    run.try_(run.world.stranger, run.world.vault, &V::kickCall { account, id })
}

pub fn claim(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    // Strangers have earned nothing.
    let who = if rng.once_in(4) { run.world.stranger } else { staker(run, rng) };
    run.world.net.hold();
    let due = run.view(run.world.vault, &V::earnedCall { account: who })?;
    let before = run.balance(who);
    let sent = run.send(who, run.world.vault, &V::claimCall {})?;
    hold!(sent.is_none() || run.balance(who) == before + due, "I11 a claim of {due} paid something else");
    Ok(sent.is_some_and(|receipt| !receipt.logs.is_empty()))
}

pub fn compound(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let who = staker(run, rng);
    let before = run.balance(who);
    let done = run.try_(who, run.world.vault, &V::compoundCall { lockSeconds: lock(rng) })?;
    hold!(run.balance(who) == before, "T9 compounding moved tokens");
    Ok(done)
}

pub fn unstake(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (who, id) = owner(run, &run.book.stakes.positions, rng);
    let position = run.book.stakes.positions.get(&(who, id)).copied();
    let held = position.map(|position| position.amount).unwrap_or_default();
    let amount = if rng.once_in(3) { held } else { rng.amount(held) };
    let sent = run.send(who, run.world.vault, &V::unstakeCall { id, amount })?;
    if let Some(receipt) = &sent {
        let exit = &receipt.events::<VE::Unstaked>()[0];
        hold!(exit.amount == amount && amount <= held, "I8 {amount} of {held} unstaked as {}", exit.amount);
        hold!(exit.readyAt <= receipt.timestamp + 30 * DAY, "I8 an exit waits until {}", exit.readyAt);
    }
    let open = position.is_some_and(|position| position.lock_end <= run.now());
    let due = !amount.is_zero() && amount <= held && open;
    hold!(sent.is_some() == due, "I8 unstaking {amount} of {held}, open {open}: {}", sent.is_some());
    Ok(sent.is_some())
}

pub fn exit_early(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (who, id) = owner(run, &run.book.stakes.positions, rng);
    let position = run.book.stakes.positions.get(&(who, id)).copied();
    let sent = run.send(who, run.world.vault, &V::exitEarlyCall { id })?;
    if let (Some(receipt), Some(position)) = (&sent, position) {
        let (exit, left) = (receipt.events::<VE::Unstaked>(), receipt.events::<VE::ExitedEarly>());
        let sum = exit[0].amount + left[0].penalty;
        hold!(sum == position.amount, "I8 leaving early gives {sum} of {}", position.amount);
    }
    let locked = position.is_some_and(|position| position.lock_end > run.now());
    hold!(sent.is_some() == locked, "I8 leaving early, locked {locked}: {}", sent.is_some());
    Ok(sent.is_some())
}

/// What the ready exits among `ids` amount to, if all of them are.
fn ready(stakes: &Stakes, who: Address, ids: &[u32], now: u64) -> Option<U256> {
    ids.iter().try_fold(U256::ZERO, |sum, id| {
        stakes.exits.get(&(who, *id)).filter(|(_, ready)| *ready <= now).map(|(amount, _)| sum + amount)
    })
}

pub fn withdraw(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (who, _) = owner(run, &run.book.stakes.exits, rng);
    let mut ids = Run::ids(&run.book.stakes.exits, who);
    if rng.once_in(2) {
        let now = run.now();
        ids.retain(|id| run.book.stakes.exits[&(who, *id)].1 <= now);
    }
    if rng.once_in(8) {
        ids.extend(ids.first().copied());
    }
    let twice = ids.windows(2).any(|pair| pair[0] == pair[1]) || ids.len() > 1 && ids.first() == ids.last();
    let stakes = run.book.stakes.clone();
    let before = run.balance(who);
    let sent = run.send(who, run.world.vault, &V::withdrawCall { exitIds: ids.clone() })?;
    let due = ready(&stakes, who, &ids, run.now()).filter(|_| !twice);
    if let Some(receipt) = &sent {
        let due = due.unwrap_or_default();
        hold!(run.balance(who) == before + due, "I8 withdrawing {due} paid something else");
        return Ok(!receipt.logs.is_empty());
    }
    hold!(due.is_none() || ids.is_empty(), "I8 exits {ids:?} are ready and were refused");
    Ok(false)
}

pub fn delegate(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (who, delegatee) = (staker(run, rng), staker(run, rng));
    if rng.once_in(4) {
        // Signed by the second user, the chain's account 7; it works once.
        let call = run.world.delegation(7, delegatee);
        let done = run.try_(run.world.stranger, run.world.vault, &call)?;
        run.never(run.world.stranger, run.world.vault, &call, "T11")?;
        return Ok(done);
    }
    if rng.once_in(4) {
        let call = V::delegateBySigCall {
            delegatee,
            nonce: U256::from(rng.below(2)),
            expiry: U256::from(run.now() + DAY),
            v: 27,
            r: B256::from(U256::from(rng.next())),
            s: B256::from(U256::from(rng.next())),
        };
        // Whoever a forged signature recovers to has nothing staked: at most an empty account is delegated.
        let votes = V::getVotesCall { account: delegatee };
        let before = run.view(run.world.vault, &votes)?;
        let done = run.try_(run.world.stranger, run.world.vault, &call)?;
        hold!(run.view(run.world.vault, &votes)? == before, "T11 a forged delegation moved votes");
        return Ok(done);
    }
    run.try_(who, run.world.vault, &V::delegateCall { delegatee })
}

pub fn transfer(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (from, to) = (*rng.pick(&run.stage.users), *rng.pick(&run.stage.users));
    let held = run.balance(from);
    let value = rng.amount(held);
    if rng.once_in(4) {
        // Nobody allowed it.
        let call = T::transferFromCall { from, to, value: value.max(U256::ONE) };
        run.never(run.world.stranger, run.world.token, &call, "I13")?;
        return Ok(false);
    }
    let done = run.try_(from, run.world.token, &T::transferCall { to, value })?;
    hold!(done == (value <= held), "I9 a transfer of {value} of {held}: {done}");
    Ok(done)
}

pub fn burn(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let who = *rng.pick(&run.stage.users);
    let held = run.balance(who);
    let value = rng.amount(held / U256::from(50));
    let done = run.try_(who, run.world.token, &T::burnCall { value })?;
    hold!(done == (value <= held), "I9 {value} of {held} burned: {done}");
    Ok(done)
}

pub fn transfer_lp(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (from, to, lp) = (*rng.pick(&run.stage.users), *rng.pick(&run.stage.users), *rng.pick(&run.world.lp));
    let held = run.view(lp, &Q::balanceOfCall { account: from })?;
    run.try_(from, lp, &Q::transferCall { to, value: rng.amount(held) })
}

/// An honest pool, or now and then one that does not exist.
fn pool_of(run: &Run<'_>, rng: &mut Rng) -> u16 {
    let honest: Vec<u16> =
        run.book.pools.by_number.iter().filter(|(_, pool)| run.world.lp.contains(&pool.lp)).map(|(n, _)| *n).collect();
    if rng.once_in(16) { 999 } else { *rng.pick(&honest) }
}

pub fn stake_lp(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (who, pool) = (*rng.pick(&run.stage.users), pool_of(run, rng));
    let Some(lp) = run.book.pools.by_number.get(&pool).map(|pool| pool.lp) else {
        return run.try_(who, run.world.gauges, &G::stakeCall { pool, amount: U256::ONE });
    };
    let held = run.view(lp, &Q::balanceOfCall { account: who })?;
    let amount = rng.amount(held);
    let sent = run.send(who, run.world.gauges, &G::stakeCall { pool, amount })?;
    if let Some(receipt) = &sent {
        let staked = &receipt.events::<GE::Staked>()[0];
        hold!(staked.amount == amount && amount <= held, "I9 {amount} of {held} staked as {}", staked.amount);
    }
    Ok(sent.is_some())
}

pub fn withdraw_lp(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let pools = &run.book.pools.by_number;
    let mut keys: Vec<(Address, u16)> = pools.iter().flat_map(|(n, p)| p.stakes.keys().map(|who| (*who, *n))).collect();
    keys.push((*rng.pick(&run.stage.users), pool_of(run, rng)));
    let (who, pool) = *rng.pick(&keys);
    let held = pools.get(&pool).and_then(|pool| pool.stakes.get(&who)).copied().unwrap_or_default();
    let amount = if rng.once_in(3) { held } else { rng.amount(held) };
    let done = run.try_(who, run.world.gauges, &G::withdrawCall { pool, amount })?;
    let due = !amount.is_zero() && amount <= held;
    hold!(done == due, "I8 withdrawing {amount} of {held} LP tokens of pool {pool}: {done}");
    Ok(done)
}

pub fn claim_pools(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let who = *rng.pick(&run.stage.users);
    let before = run.balance(who);
    let sent = if rng.once_in(2) {
        run.send(who, run.world.gauges, &G::claimCall { pool: pool_of(run, rng) })?
    } else {
        let pools = (0..rng.within(1, 3)).map(|_| pool_of(run, rng)).collect();
        run.send(who, run.world.gauges, &G::claimManyCall { pools })?
    };
    let Some(receipt) = sent else { return Ok(false) };
    let paid = receipt.events::<GE::Claimed>().iter().fold(U256::ZERO, |sum, event| sum + event.amount);
    hold!(run.balance(who) == before + paid, "I11 a claim of {paid} paid something else");
    Ok(true)
}

/// Tokens to any contract, LP tokens to the gauges, quote to the minter: none of it is anybody's stake or reward.
pub fn donate(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (world, who) = (run.world, *rng.pick(&run.stage.users));
    match rng.below(4) {
        0 => {
            let lp = *rng.pick(&world.lp);
            let value = rng.amount(wad(10));
            let done = run.try_(who, lp, &Q::transferCall { to: world.gauges, value })?;
            if done {
                *run.book.pools.lp_gifts.entry(lp).or_default() += value;
            }
            Ok(done)
        }
        1 => {
            let value = rng.amount(wad(10));
            let done = run.try_(who, run.stage.quote, &Q::transferCall { to: world.minter, value })?;
            if done {
                run.book.mints.quote_gifts += value;
            }
            Ok(done)
        }
        _ => {
            let others = [world.controller, world.verifier, world.lens, world.token];
            let to = *rng.pick(&[&[world.vault, world.gauges, world.treasury, world.minter], &others[..]].concat());
            let value = rng.amount(run.balance(who));
            let done = run.try_(who, world.token, &T::transferCall { to, value })?;
            let gift = if done { value } else { U256::ZERO };
            if to == world.vault {
                run.book.stakes.gifts += gift;
            } else if to == world.gauges {
                run.book.pools.gifts += gift;
            } else if to == world.minter {
                run.book.mints.gifts += gift;
            }
            Ok(done)
        }
    }
}
