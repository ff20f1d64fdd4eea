//! The end of every history: everybody leaves with everything, whatever the state of the rest (I8).

use alloy_primitives::{Bytes, U256};
use escapement_agent::bindings::{
    controller::IController as C,
    gauges::IGauges as G,
    solidity::QuoteToken as Q,
    treasury::ITreasury as R,
    vault::{IVault as V, IVaultEvents as VE},
};

use crate::{book::Held, hold, rng::Rng, run::Run};

const DAY: u64 = 86_400;

/// Lets everybody leave: with everything alive, halted, or with the controller gone.
pub fn leave(run: &mut Run<'_>, rng: &mut Rng) -> Held {
    match rng.below(3) {
        0 => {}
        1 => {
            // Halted by all who may, for as long as anybody can.
            let (net, controller) = (run.world.net.clone(), run.world.controller);
            for scope in (0..7).chain([255]) {
                run.must(run.world.council, controller, &C::haltCall { scope }, "I7")?;
                let until = u32::try_from(net.now() + 89 * DAY).expect("32 bits");
                // Refused where a halt lasts longer already.
                run.try_(run.world.governance, controller, &C::extendHaltCall { scope, until })?;
            }
        }
        _ => run.world.net.chain.set_code(run.world.controller, Bytes::new()).expect("a cheat of the chain"),
    }
    leave_vault(run)?;
    leave_gauges(run)?;
    if !run.book.funds.outstanding.is_zero() {
        run.must(run.world.stranger, run.world.treasury, &R::releaseCall {}, "I8")?;
    }
    run.check_artifacts()
}

fn leave_vault(run: &mut Run<'_>) -> Held {
    let vault = run.world.vault;
    for who in run.stakers() {
        for id in Run::ids(&run.book.stakes.positions, who) {
            let position = run.book.stakes.positions[&(who, id)];
            if position.lock_end > run.now() + 1 {
                run.must(who, vault, &V::exitEarlyCall { id }, "I8")?;
            } else {
                if position.lock_end > run.now() {
                    run.world.net.warp(2);
                }
                run.must(who, vault, &V::unstakeCall { id, amount: position.amount }, "I8")?;
            }
        }
    }
    hold!(run.book.stakes.positions.is_empty() && run.book.stakes.staked.is_zero(), "I8 stakes remain");
    // No cooldown is longer than 30 days.
    run.world.net.warp(30 * DAY);
    for who in run.stakers() {
        let ids = Run::ids(&run.book.stakes.exits, who);
        let due = ids.iter().fold(U256::ZERO, |sum, id| sum + run.book.stakes.exits[&(who, *id)].0);
        let before = run.balance(who);
        for id in ids {
            let receipt = run.must(who, vault, &V::withdrawCall { exitIds: vec![id] }, "I8")?;
            hold!(receipt.events::<VE::Withdrawn>().len() == 1, "I8 exit {id} was not paid");
        }
        hold!(run.balance(who) == before + due, "I8 {who} is owed {due} and gets {}", run.balance(who) - before);
        run.must(who, vault, &V::claimCall {}, "I8")?;
    }
    let left = run.view(vault, &V::solvencyCall {})?;
    let unearned = run.book.stakes.funded - run.book.stakes.claimed;
    hold!(left.owed == unearned && left.owed <= left.balance, "I9 the vault owes {} at the end", left.owed);
    Ok(())
}

fn leave_gauges(run: &mut Run<'_>) -> Held {
    let gauges = run.world.gauges;
    let numbers: Vec<u16> = run.book.pools.by_number.keys().copied().collect();
    for pool in numbers {
        let book = &run.book.pools.by_number[&pool];
        let (lp, stakes) = (book.lp, book.stakes.clone());
        for (who, amount) in stakes {
            if !amount.is_zero() {
                let held = Q::balanceOfCall { account: who };
                let before = run.view(lp, &held)?;
                run.must(who, gauges, &G::withdrawCall { pool, amount }, "I8")?;
                let after = run.view(lp, &held)?;
                hold!(after == before + amount, "I8 {amount} LP tokens withdrawn, {} came", after - before);
            }
            run.must(who, gauges, &G::claimCall { pool }, "I8")?;
        }
    }
    run.check_gauges()
}
