//! The vault.

use alloy_primitives::{Address, U256};
use escapement_agent::bindings::{solidity::QuoteToken as Q, token::IToken as T, vault::IVault as V};

use super::{Bench, Call, Operation, call, updates::DAY};
use crate::{World, twins::bindings::StakingTwin as S, wad};

/// What a holder does, on the vault and on one of its twins; `delegated`: with votes that count for somebody.
fn holder(contract: &str, twin: fn(&crate::Twins) -> Address, delegated: bool) -> Vec<Operation> {
    let mut bench = Bench::new(World::new());
    bench.world.connect();
    let (from, vault, minter) = (bench.world.deployer, bench.world.vault, bench.world.minter);
    let target = twin(&bench.twins);
    let both = |ours: &dyn Fn(Address) -> Call| [ours(vault), ours(target)];
    let token = (bench.world.token, bench.twins.token);
    let approve = |spender| T::approveCall { spender, value: U256::MAX };
    bench.make(&call(from, token.0, &approve(vault)), &call(from, token.1, &approve(target)));
    let poke = S::pokeParamsCall {};
    bench.world.net.send(from, target, &poke).expect("the curve in force is a curve");
    let stake = |lock| V::stakeCall { amount: wad(100), lockSeconds: lock };
    let [ours, theirs] = both(&|to| call(from, to, &stake(30 * 86_400)));
    bench.make(&ours, &theirs);
    if delegated {
        let [ours, theirs] = both(&|to| call(from, to, &V::delegateCall { delegatee: from }));
        bench.make(&ours, &theirs);
    }
    bench.world.act_as_minter();
    for round in 0..2 {
        let bring = (
            call(from, token.0, &T::transferCall { to: vault, value: wad(100) }),
            call(from, token.1, &Q::transferCall { to: target, value: wad(100) }),
        );
        bench.make(&bring.0, &bring.1);
        let [ours, theirs] = both(&|to| call(minter, to, &V::notifyRewardCall { amount: wad(100) }));
        if round == 1 {
            bench.measure(contract, "notify of a reward", &ours, &theirs);
        }
        bench.make(&ours, &theirs);
        bench.world.net.warp(DAY);
    }
    let [ours, theirs] = both(&|to| call(from, to, &stake(0)));
    bench.measure_and_make(contract, "stake", &ours, &theirs);
    bench.world.net.warp(DAY);
    let [ours, theirs] = both(&|to| call(from, to, &V::claimCall {}));
    bench.measure_and_make(contract, "claim", &ours, &theirs);
    bench.world.net.warp(DAY);
    let [ours, theirs] = both(&|to| call(from, to, &V::extendLockCall { id: 0, lockSeconds: 90 * 86_400 }));
    bench.measure_and_make(contract, "extend a lock", &ours, &theirs);
    let [ours, theirs] = both(&|to| call(from, to, &V::exitEarlyCall { id: 0 }));
    bench.measure(contract, "leave a lock early", &ours, &theirs);
    let [ours, theirs] = both(&|to| call(from, to, &V::unstakeCall { id: 1, amount: wad(100) }));
    bench.measure_and_make(contract, "unstake", &ours, &theirs);
    bench.world.net.warp(8 * DAY);
    let [ours, theirs] = both(&|to| call(from, to, &V::withdrawCall { exitIds: vec![1] }));
    bench.measure(contract, "withdraw", &ours, &theirs);
    bench.operations
}

pub(super) fn measure() -> Vec<Operation> {
    let mut operations = holder("vault, votes delegated", |twins| twins.votes, true);
    operations.extend(holder("vault against a twin without votes", |twins| twins.staking, false));
    operations
}
