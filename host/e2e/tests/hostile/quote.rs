//! A quote token that means harm, in the minter; and what shuts out who comes back: the SDK before the contract's own lock.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall as _, SolValue as _};
use escapement_agent::bindings::{
    gauges::IGauges as G,
    minter::{IMinter as M, IMinterEvents as ME},
};
use escapement_e2e::{World, refused, wad};

use crate::{KEEP, REPORT, answer, encoded, fixtures::ReentrantPeer, peer};

mod calls {
    alloy_sol_types::sol! {
        function token() external view returns (address);
        function quote() external view returns (address);
        function balanceOf(address account) external view returns (uint256);
        function transfer(address to, uint256 value) external returns (bool);
        function transferFrom(address from, address to, uint256 value) external returns (bool);
    }
}
use calls::{balanceOfCall, quoteCall, tokenCall, transferCall, transferFromCall};

/// `keccak256("escapement.kit.reentrancy") - 1`, the word of the contract's own lock, as `src/kit` keeps it.
const LOCK: &str = "escapement.kit.reentrancy";

/// A minter with a quote token under the test's control, whose market is one too, after a roll so that a fifth is kept.
fn setting() -> (World, Address) {
    let world = World::new();
    let (governance, minter) = (world.governance, world.minter);
    let quote = peer(&world.net, &[(transferCall::SELECTOR, U256::ONE), (transferFromCall::SELECTOR, U256::ONE)]);
    let market = peer(&world.net, &[]);
    for (selector, account) in [(tokenCall::SELECTOR, world.token), (quoteCall::SELECTOR, quote)] {
        answer(&world.net, market, selector, account.abi_encode().into());
    }
    let send = |call: Bytes| {
        let sent = world.net.transact(governance, minter.into(), call, U256::ZERO);
        sent.unwrap_or_else(|refusal| panic!("{refusal}"));
    };
    send(encoded(&M::setTreasuryCall { treasury: world.recipient }));
    send(encoded(&M::setMarketCall { quote, pool: market, deviationBps: 200, slippageBps: 100 }));
    world.net.send(world.stranger, minter, &M::rollEpochCall {}).unwrap_or_else(|refusal| panic!("{refusal}"));
    (world, quote)
}

fn deposit(world: &World, amount: U256) -> Result<escapement_e2e::Receipt, escapement_e2e::Refusal> {
    world.net.send(world.stranger, world.minter, &M::depositQuoteCall { amount })
}

fn kept(world: &World) -> U256 {
    world.net.view(world.minter, &M::revenueCall {}).expect("a plain view").kept
}

#[test]
fn deposit_reverts_when_the_quote_token_cheats() {
    let (world, quote) = setting();
    let amount = wad(10);
    // It confirms a transfer, and nothing has arrived.
    answer(&world.net, quote, balanceOfCall::SELECTOR, wad(3).abi_encode().into());
    refused(deposit(&world, amount), &M::MinterShortTransfer { received: U256::ZERO, expected: amount });
    // It denies one, answers nonsense, or nothing that is a balance.
    answer(&world.net, quote, transferFromCall::SELECTOR, U256::ZERO.abi_encode().into());
    refused(deposit(&world, amount), &M::Erc20Refused { token: quote });
    answer(&world.net, quote, transferFromCall::SELECTOR, vec![1; 7].into());
    refused(deposit(&world, amount), &M::Erc20BadAnswer { token: quote, length: U256::from(7) });
    answer(&world.net, quote, balanceOfCall::SELECTOR, Bytes::new());
    let refusal = deposit(&world, amount).expect_err("no balance");
    assert!(refusal.is::<M::Erc20BadAnswer>(), "{refusal}");
    // The ends of what can be asked for.
    refused(deposit(&world, U256::ZERO), &M::MinterZeroAmount {});
    let large = U256::from(u128::MAX) + U256::ONE;
    refused(deposit(&world, large), &M::MinterAmountTooLarge { amount: large });
    assert_eq!(kept(&world), U256::ZERO, "nothing was booked");
}

#[test]
fn quote_token_cannot_come_back_into_the_minter() {
    let (world, quote) = setting();
    let minter = world.minter;
    answer(&world.net, quote, balanceOfCall::SELECTOR, wad(3).abi_encode().into());
    let shut_out = ReentrantPeer::CalledBack { success: false, result: Bytes::new() };
    let payloads = [
        encoded(&M::depositQuoteCall { amount: U256::ONE }),
        encoded(&M::buyBackCall { maxQuote: U256::ONE, minOut: U256::ZERO }),
        encoded(&M::observeCall {}),
        encoded(&M::rollEpochCall {}),
        encoded(&M::revenueCall {}),
    ];
    for trigger in [balanceOfCall::SELECTOR, transferFromCall::SELECTOR] {
        for payload in payloads.clone() {
            let call =
                ReentrantPeer::armCall { trigger_: trigger.into(), target_: minter, payload_: payload, mode_: REPORT };
            world.net.send(world.stranger, quote, &call).expect("anyone arms it");
            // The SDK refuses a program that is entered again, without data, before a line of the contract runs: not
            // ReentrancyGuardReentrantCall, which the contract's own lock would answer.
            refused(deposit(&world, wad(1)), &shut_out);
        }
    }
    // Kept to itself, the outcome is the same and the deposit is judged as any other.
    let call = ReentrantPeer::armCall {
        trigger_: transferFromCall::SELECTOR.into(),
        target_: minter,
        payload_: encoded(&M::depositQuoteCall { amount: U256::ONE }),
        mode_: KEEP,
    };
    world.net.send(world.stranger, quote, &call).expect("anyone arms it");
    refused(deposit(&world, wad(1)), &M::MinterShortTransfer { received: U256::ZERO, expected: wad(1) });
    assert_eq!(kept(&world), U256::ZERO);
}

#[test]
fn own_lock_holds_where_the_sdk_would_let_in() {
    // The second wall, which the first hides: with the lock's word as it is in the middle of a call, every function that
    // calls foreign tokens is refused with the lock's own error, and no other is.
    let (world, quote) = setting();
    let slot = U256::from_be_bytes(alloy_primitives::keccak256(LOCK).0) - U256::ONE;
    world.net.chain.set_storage(world.minter, slot, U256::from(2));
    refused(deposit(&world, wad(1)), &M::ReentrancyGuardReentrantCall {});
    let buy = M::buyBackCall { maxQuote: U256::ONE, minOut: U256::ZERO };
    refused(world.net.send(world.stranger, world.minter, &buy), &M::ReentrancyGuardReentrantCall {});
    let market = M::setMarketCall { quote: Address::ZERO, pool: Address::ZERO, deviationBps: 0, slippageBps: 0 };
    refused(world.net.send(world.governance, world.minter, &market), &M::ReentrancyGuardReentrantCall {});
    world.net.warp(crate::WEEK);
    let rolled = world.net.send(world.stranger, world.minter, &M::rollEpochCall {});
    let rolled = rolled.unwrap_or_else(|refusal| panic!("{refusal}")).events::<ME::EpochRolled>();
    assert_eq!(rolled[0].outcome, 0, "the roll calls no foreign token");
    world.net.chain.set_storage(world.minter, slot, U256::from(1));
    answer(&world.net, quote, balanceOfCall::SELECTOR, U256::ZERO.abi_encode().into());
    refused(deposit(&world, wad(1)), &M::MinterShortTransfer { received: U256::ZERO, expected: wad(1) });

    // The gauges have the same lock.
    world.net.chain.set_storage(world.gauges, slot, U256::from(2));
    let stake = G::stakeCall { pool: 1, amount: U256::ONE };
    refused(world.net.send(world.stranger, world.gauges, &stake), &G::ReentrancyGuardReentrantCall {});
}
