//! E2E-45 to E2E-48: the compiled gauges and treasury. A delivery is split exactly, ended pools pay the reserve, which
//! reaches the free funds; LP tokens that cheat are refused; the stream's speed changes for the future only; grants are
//! paid by proof, once.
#![allow(missing_docs, clippy::similar_names)]

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue as _, sol};
use escapement_agent::bindings::{
    controller::IController as C,
    gauges::{IGauges as G, IGaugesEvents as GE},
    solidity::QuoteToken as Q,
    token::IToken as T,
    treasury::{ITreasury as R, ITreasuryEvents as RE},
};
use escapement_e2e::{Receipt, World, change, refused, wad};

sol!(ReentrantPeer, "solidity/artifacts/ReentrantPeer.json");
sol!(TaxedToken, "solidity/artifacts/TaxedToken.json");

const DAY: u64 = 86_400;
const EPOCH: u64 = 604_800;

/// Sends what must go through.
#[track_caller]
fn ok<S: SolCall>(world: &World, from: Address, to: Address, call: &S) -> Receipt {
    world.net.send(from, to, call).unwrap_or_else(|refusal| panic!("{}: {refusal}", S::SIGNATURE))
}

fn held(world: &World, token: Address, account: Address) -> U256 {
    world.net.view(token, &T::balanceOfCall { account }).expect("a plain view")
}

/// Free funds of the treasury and everything in its books.
fn funds(world: &World) -> (U256, U256) {
    let free = world.net.view(world.treasury, &R::freeFundsCall {}).expect("a plain view");
    (free, world.net.view(world.treasury, &R::owedCall {}).expect("a plain view"))
}

/// Brings `units` LP tokens of the pool `pool` to `account` and stakes them.
fn stake(world: &World, account: Address, pool: u16, units: u64) {
    let lp = world.lp[usize::from(pool) - 1];
    ok(world, world.deployer, lp, &Q::mintCall { to: account, amount: wad(units) });
    ok(world, account, lp, &Q::approveCall { spender: world.gauges, value: wad(units) });
    ok(world, account, world.gauges, &G::stakeCall { pool, amount: wad(units) });
}

#[test]
fn delivery_is_split_exactly_and_ended_pools_pay_the_reserve() {
    let world = World::new();
    world.connect();
    let (net, gauges, token) = (&world.net, world.gauges, world.token);
    let [alice, bob] = [6, 7].map(|n| net.account(n));
    stake(&world, alice, 1, 100);
    stake(&world, bob, 1, 300);

    // 10 % for the reserve and 30 % for each pool, a token a second; one unit more that no part gets whole.
    let amount = wad(2_016_000) + U256::ONE;
    let receipt = world.deliver(world.deployer, gauges, amount);
    let start = receipt.timestamp;
    let parts: Vec<_> = receipt.events::<GE::PoolFunded>().iter().map(|part| (part.pool, part.amount)).collect();
    assert_eq!(parts, [1, 2, 3].map(|pool| (pool, wad(EPOCH))));
    let notified = &receipt.events::<GE::RewardNotified>()[0];
    let reserve = wad(201_600) + U256::ONE;
    assert_eq!((notified.amount, notified.reserve), (amount, reserve));
    let owed = || net.view(gauges, &G::owedCall {}).expect("a plain view");
    assert_eq!(owed(), amount);

    net.at_next(start + 1_000);
    ok(&world, alice, gauges, &G::claimCall { pool: 1 });
    assert_eq!(held(&world, token, alice), wad(250));
    // The pools 1 and 2 end; only what the first gave away stays theirs.
    for (pool, returned) in [(1, wad(EPOCH - 2_000)), (2, wad(EPOCH))] {
        net.at_next(start + 2_000);
        let killed = ok(&world, world.governance, gauges, &G::killPoolCall { pool }).events::<GE::PoolKilled>();
        assert_eq!((killed[0].weight, killed[0].returned), (u8::try_from(pool).expect("small"), returned));
    }
    refused(net.send(alice, gauges, &G::stakeCall { pool: 1, amount: U256::ONE }), &G::GaugesPoolKilled { pool: 1 });
    // With their controller gone, stakes and rewards of an ended pool leave.
    let alive = net.chain.snapshot();
    net.chain.set_code(world.controller, Bytes::new()).expect("a cheat of the chain");
    net.warp(DAY);
    for (account, units, due) in [(alice, 100, 500), (bob, 300, 1_500)] {
        let error = G::GaugesInsufficientStake { stake: wad(units), amount: wad(units) + U256::ONE };
        let call = G::withdrawCall { pool: 1, amount: wad(units) + U256::ONE };
        refused(net.send(account, gauges, &call), &error);
        ok(&world, account, gauges, &G::withdrawCall { pool: 1, amount: wad(units) });
        ok(&world, account, gauges, &G::claimManyCall { pools: vec![1, 3] });
        assert_eq!((held(&world, world.lp[0], account), held(&world, token, account)), (wad(units), wad(due)));
    }
    // A delivery goes by the weights kept.
    let kept = world.deliver(world.deployer, gauges, wad(10)).events::<GE::WeightsKept>();
    assert_eq!(kept[0].reason, 2);
    assert!(net.chain.revert(alive));

    // Shares of ended pools are the reserve's: all but the 30 % of pool 3.
    let receipt = world.deliver(world.deployer, gauges, wad(100));
    assert_eq!(receipt.events::<GE::PoolFunded>().iter().map(|part| part.amount).sum::<U256>(), wad(30));
    let reserve = reserve + wad(2 * EPOCH - 2_000) + wad(70);
    assert_eq!(net.view(gauges, &G::reserveCall {}).expect("a plain view"), reserve);
    let swept = ok(&world, world.stranger, gauges, &G::sweepReserveCall {}).events::<GE::ReserveSwept>();
    assert_eq!((swept[0].treasury, swept[0].amount), (world.treasury, reserve));
    assert_eq!(funds(&world), (U256::ZERO, U256::ZERO), "not in the books yet");
    ok(&world, world.stranger, world.treasury, &R::bookSurplusCall {});
    assert_eq!(funds(&world), (reserve, reserve));
    assert_eq!(owed(), held(&world, token, gauges), "nothing lies there that is nobody's");
    assert_eq!(owed() + reserve + wad(250), amount + wad(100));
}

#[test]
fn cheating_liquidity_tokens_are_refused() {
    let world = World::new();
    let (net, gauges, stranger) = (&world.net, world.gauges, world.stranger);
    let taxed = net.solidity(stranger, "TaxedToken", &[]);
    let peer = net.solidity(stranger, "ReentrantPeer", &[]);
    for (weight, lp) in [(4, taxed), (5, peer)] {
        ok(&world, world.governance, gauges, &G::addPoolCall { weight, lpToken: lp });
    }
    ok(&world, stranger, taxed, &TaxedToken::mintCall { to: stranger, amount: wad(100) });
    ok(&world, stranger, taxed, &TaxedToken::approveCall { spender: gauges, amount: wad(100) });
    let call = G::stakeCall { pool: 4, amount: wad(100) };
    refused(net.send(stranger, gauges, &call), &G::GaugesShortTransfer { received: wad(90), amount: wad(100) });

    // The other calls back while it is asked to transfer, and fails with whatever its call met.
    for (selector, answer) in [(T::balanceOfCall::SELECTOR, U256::ZERO), (T::transferFromCall::SELECTOR, U256::ONE)] {
        let call = ReentrantPeer::setAnswerCall { selector: selector.into(), answer: answer.abi_encode().into() };
        ok(&world, stranger, peer, &call);
    }
    let stake = G::stakeCall { pool: 5, amount: U256::from(7) };
    let withdraw = G::withdrawCall { pool: 5, amount: U256::ONE };
    let error = G::GaugesInsufficientStake { stake: U256::ZERO, amount: U256::ONE };
    refused(net.view_from(peer, gauges, &withdraw), &error);
    for payload in [stake.abi_encode(), withdraw.abi_encode(), G::claimCall { pool: 5 }.abi_encode()] {
        let call = ReentrantPeer::armCall {
            trigger_: FixedBytes(T::transferFromCall::SELECTOR),
            target_: gauges,
            payload_: payload.into(),
            mode_: 2,
        };
        ok(&world, stranger, peer, &call);
        // Shut out before a line of the contract ran, which would have answered with an error of its own.
        let error = ReentrantPeer::CalledBack { success: false, result: Bytes::new() };
        refused(net.send(stranger, gauges, &stake), &error);
    }
    // It also lies: a transfer that it confirms did not arrive.
    ok(&world, stranger, peer, &ReentrantPeer::disarmCall {});
    let error = G::GaugesShortTransfer { received: U256::ZERO, amount: U256::from(7) };
    refused(net.send(stranger, gauges, &stake), &error);
    for pool in [4, 5] {
        let state = net.view(gauges, &G::poolCall { pool }).expect("a plain view");
        assert_eq!(state.staked, U256::ZERO);
    }
}

#[test]
fn stream_changes_its_speed_for_the_future_only() {
    let world = World::new();
    world.connect();
    let (net, treasury, beneficiary) = (&world.net, world.treasury, world.net.account(6));
    // A token a second over 1,000 days.
    let (seconds, amount) = (1_000 * DAY, wad(1_000 * DAY));
    world.deliver(world.deployer, treasury, amount + wad(5));
    let start = net.now() + 10;
    let call = R::openStreamCall {
        beneficiary,
        amount,
        start,
        cliff: start,
        duration: u32::try_from(seconds).expect("32 bits"),
        fixedEnd: start + 2 * seconds,
    };
    net.at_next(start);
    ok(&world, world.governance, treasury, &call);
    assert_eq!(funds(&world), (wad(5), amount + wad(5)));
    let call = R::spendCall { to: world.recipient, amount: wad(6) };
    let error = R::TreasuryInsufficientFunds { free: wad(5), amount: wad(6) };
    refused(net.send(world.governance, treasury, &call), &error);

    // The parameter rises by 1 %, and is in force from the poke on.
    net.at_next(start + 500_000);
    let call = C::overrideParamsCall { changes: change(1, 10_000, 10_100) };
    ok(&world, world.council, world.controller, &call);
    net.at_next(start + 1_000_000);
    let changed = ok(&world, world.stranger, treasury, &R::pokeCall {}).events::<RE::SpeedChanged>();
    assert_eq!((changed[0].oldSpeed, changed[0].newSpeed), (10_000, 10_100));
    let vested = || net.view(treasury, &R::vestedCall {}).expect("a plain view");
    assert_eq!(vested(), wad(1_000_000));
    net.at_next(start + 2_000_000);
    ok(&world, world.stranger, treasury, &R::releaseCall {});
    assert_eq!(held(&world, world.token, beneficiary), wad(2_010_000));

    // What has vested leaves without any controller; a poke says why it keeps the speed.
    net.chain.set_code(world.controller, Bytes::new()).expect("a cheat of the chain");
    net.at_next(start + 3_000_000);
    let kept = ok(&world, world.stranger, treasury, &R::pokeCall {}).events::<RE::SpeedKept>();
    assert_eq!((kept[0].reason, kept[0].speed), (2, 10_100));
    net.hold();
    ok(&world, world.stranger, treasury, &R::releaseCall {});
    assert_eq!(held(&world, world.token, beneficiary), wad(3_020_000));
    net.hold();
    let revoked = ok(&world, world.governance, treasury, &R::revokeStreamCall {}).events::<RE::StreamRevoked>();
    assert_eq!((revoked[0].vested, revoked[0].returned), (wad(3_020_000), amount - wad(3_020_000)));
    let rest = amount + wad(5) - wad(3_020_000);
    assert_eq!(funds(&world), (rest, rest));
}

/// A pair of nodes, sorted.
fn node(a: B256, b: B256) -> B256 {
    keccak256([a.min(b), a.max(b)].concat())
}

#[test]
fn grants_are_paid_by_proof_once() {
    let world = World::new();
    world.connect();
    let (net, treasury, stranger) = (&world.net, world.treasury, world.stranger);
    world.deliver(world.deployer, treasury, wad(1_000));
    // Three grants in two categories: bases 60 and 40 of the first, 300 of the second.
    let grants = [(0u32, 6, 0u8, 60u64), (1, 7, 0, 40), (2, 8, 1, 300)]
        .map(|(index, n, category, base)| (index, net.account(n), category, U256::from(base)));
    let leaves = grants.map(|(index, account, category, base)| {
        let words = (U256::ONE, U256::from(index), account, U256::from(category), base);
        keccak256(keccak256(words.abi_encode()))
    });
    let root = node(node(leaves[0], leaves[1]), leaves[2]);
    let proofs = [vec![leaves[1], leaves[2]], vec![leaves[0], leaves[2]], vec![node(leaves[0], leaves[1])]];
    let claim = |n: usize| {
        let (index, account, category, base) = grants[n];
        R::claimGrantCall { round: 1, index, account, category, base, proof: proofs[n].clone() }
    };

    // The multipliers of the moment of opening count, 1.05 and one, whatever they become later.
    let call = C::overrideParamsCall { changes: change(43, 10_000, 10_500) };
    ok(&world, world.council, world.controller, &call);
    let bases = vec![U256::from(100), U256::from(300)];
    let open = |deadline| R::openRoundCall { budget: wad(810), bases: bases.clone(), root, deadline };
    let opened = ok(&world, world.governance, treasury, &open(net.now() + 30 * DAY));
    let opens_at = opened.timestamp + 7 * DAY;
    let deadline = opened.events::<RE::RoundOpened>()[0].deadline;
    assert_eq!(funds(&world), (wad(190), wad(1_000)));
    refused(net.send(stranger, treasury, &claim(0)), &R::TreasuryRoundNotOpen { round: 1, opensAt: opens_at });
    // Another round is disabled in time; the first one after its claims have opened cannot be.
    ok(&world, world.governance, treasury, &R::openRoundCall { budget: wad(190), ..open(net.now() + 30 * DAY) });
    ok(&world, world.council, treasury, &R::disableRoundCall { round: 2 });
    assert_eq!(funds(&world), (wad(190), wad(1_000)));
    net.at_next(opens_at);
    let error = R::TreasuryRoundOpen { round: 1, opensAt: opens_at };
    refused(net.send(world.council, treasury, &R::disableRoundCall { round: 1 }), &error);

    // 405 of base in all: two units of budget for each.
    let mut forged = claim(0);
    forged.base = U256::from(100);
    refused(net.send(grants[0].1, treasury, &forged), &R::TreasuryBadProof { round: 1, index: 0 });
    for (n, tokens) in [(0, 126), (2, 600)] {
        let account = grants[n].1;
        let paid = ok(&world, stranger, treasury, &claim(n)).events::<RE::GrantClaimed>()[0].amount;
        assert_eq!((paid, held(&world, world.token, account)), (wad(tokens), wad(tokens)));
        let index = u32::try_from(n).expect("small");
        refused(net.send(account, treasury, &claim(n)), &R::TreasuryAlreadyClaimed { round: 1, index });
    }
    let close = R::closeRoundCall { round: 1 };
    refused(net.send(stranger, treasury, &close), &R::TreasuryRoundNotExpired { round: 1, deadline });
    net.at_next(deadline);
    refused(net.send(stranger, treasury, &claim(1)), &R::TreasuryRoundExpired { round: 1, deadline });
    let closed = ok(&world, stranger, treasury, &close).events::<RE::RoundClosed>();
    assert_eq!(closed[0].returned, wad(84));
    assert_eq!(funds(&world), (wad(274), wad(274)));
    assert_eq!(held(&world, world.token, treasury), wad(274));
}
