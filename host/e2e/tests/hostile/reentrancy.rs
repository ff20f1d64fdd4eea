//! E2E-12: who is called calls back. `execute`, `poke` and the powers of the controller call nobody, the token calls
//! nobody, and the verifier reads only the sequencer feed: there is nothing to come back from. What remains is tried
//! here: the controller's call of its verifier, the minter's calls of controller and token, the verifier's of the feed.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall as _;
use escapement_agent::bindings::{
    controller::IController as C,
    minter::{IMinter as M, IMinterEvents},
    token::IToken as T,
    verifier::IVerifier as V,
};
use escapement_e2e::{GENESIS, World, refused};

use crate::{
    KEEP, NEED, REPORT, WEEK, answer, controller_peer, encoded,
    fixtures::{ReentrantPeer, ReentrantReceiver},
    minter_on, minter_words, token_peer, verifier_peer,
};

/// Makes `peer` call `target` on each call of `trigger`.
fn arm(world: &World, peer: Address, trigger: [u8; 4], target: Address, payload: Bytes, mode: u8) {
    let call = ReentrantPeer::armCall { trigger_: trigger.into(), target_: target, payload_: payload, mode_: mode };
    world.net.send(world.stranger, peer, &call).expect("anyone arms it");
}

/// What the SDK answers a program that is entered again: nothing, and a revert.
fn shut_out() -> ReentrantPeer::CalledBack {
    ReentrantPeer::CalledBack { success: false, result: Bytes::new() }
}

#[test]
fn controller_reverts_when_verifier_calls_back() {
    let world = World::new();
    let peer = verifier_peer(&world, 0);
    let update = world.heartbeat(1);
    let (bytes, signatures) = (update.bytes(), Bytes::new());
    let payloads = [
        encoded(&C::submitCall { update: bytes.clone(), signatures: signatures.clone() }),
        encoded(&C::trySubmitCall { update: bytes.clone(), signatures: signatures.clone() }),
        encoded(&C::executeCall { group: 0, payload: Bytes::new() }),
        encoded(&C::pokeCall {}),
        encoded(&C::haltCall { scope: 255 }),
        // Reading is shut too, so no half-written state can be seen.
        encoded(&C::paramCall { slot: 0 }),
    ];
    for payload in payloads {
        arm(&world, peer, V::verifyCall::SELECTOR, world.controller, payload, REPORT);
        let before = world.storage();
        refused(world.submit(&update), &shut_out());
        let call = C::trySubmitCall { update: bytes.clone(), signatures: signatures.clone() };
        refused(world.net.send(world.stranger, world.controller, &call), &shut_out());
        assert_eq!(world.storage(), before, "nothing was written");
    }
    // A peer in a static call cannot even note that it was there.
    arm(&world, peer, V::verifyCall::SELECTOR, world.token, encoded(&T::totalSupplyCall {}), KEEP);
    let before = world.storage();
    let refusal = world.submit(&update).expect_err("a write in a static call");
    assert!(refusal.data.is_empty(), "{refusal}");
    assert_eq!(world.storage(), before, "nothing was written");
    // The fixture does call: another contract lets it in.
    arm(&world, peer, V::verifyCall::SELECTOR, world.token, encoded(&T::totalSupplyCall {}), REPORT);
    let refusal = world.submit(&update).expect_err("the peer reports by a revert");
    assert!(refusal.expect::<ReentrantPeer::CalledBack>().success);
    // And once it is quiet, the update goes through.
    world.net.send(world.stranger, peer, &ReentrantPeer::disarmCall {}).expect("anyone");
    world.submit(&update).unwrap_or_else(|refusal| panic!("{refusal}"));
}

#[test]
fn mint_cannot_come_back_into_the_minter() {
    let world = World::new();
    let peer = token_peer(&world.net);
    let minter = minter_on(&world, world.controller, peer).unwrap_or_else(|refusal| panic!("{refusal}"));
    let roll = |who| world.net.send(who, minter, &M::rollEpochCall {});
    roll(world.stranger).unwrap_or_else(|refusal| panic!("{refusal}"));
    for (n, payload) in (1u64..).zip([
        encoded(&M::rollEpochCall {}),
        encoded(&M::previewCall {}),
        encoded(&M::nextEpochCall {}),
        encoded(&M::observeCall {}),
    ]) {
        world.net.warp(WEEK);
        // Reported by a revert, the roll is undone and says what happened.
        arm(&world, peer, T::mintCall::SELECTOR, minter, payload.clone(), REPORT);
        let before = minter_words(&world, minter);
        refused(roll(world.stranger), &shut_out());
        assert_eq!(minter_words(&world, minter), before, "nothing was recorded");

        // Kept to itself, the roll counts once.
        arm(&world, peer, T::mintCall::SELECTOR, minter, payload, KEEP);
        let total = || world.net.view(minter, &M::totalMintedCall {}).expect("a plain view");
        let minted_before = total();
        let receipt = roll(world.stranger).unwrap_or_else(|refusal| panic!("{refusal}"));
        let rolled = receipt.events::<IMinterEvents::EpochRolled>();
        assert_eq!((rolled.len(), rolled[0].epoch, rolled[0].outcome), (1, n, 0));
        assert!(!rolled[0].minted.is_zero(), "so the token was called");
        assert_eq!(total(), minted_before + rolled[0].minted);
        assert_eq!(world.net.view(minter, &M::nextEpochCall {}).expect("a plain view"), n + 1);
        let outcome = |call: &ReentrantPeer::succeededCall| world.net.view(peer, call).expect("a plain view");
        assert!(world.net.view(peer, &ReentrantPeer::firedCall {}).expect("a plain view"), "it called back");
        assert!(!outcome(&ReentrantPeer::succeededCall {}), "and was shut out");
        assert!(world.net.view(peer, &ReentrantPeer::returnedCall {}).expect("a plain view").is_empty());
    }
    // From the mint it may call others; that is no way back.
    world.net.warp(WEEK);
    arm(&world, peer, T::mintCall::SELECTOR, world.controller, encoded(&C::pokeCall {}), KEEP);
    roll(world.stranger).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert!(world.net.view(peer, &ReentrantPeer::succeededCall {}).expect("a plain view"));
}

#[test]
fn reads_cannot_come_back_into_the_minter() {
    let world = World::new();
    let token = token_peer(&world.net);
    let controller = controller_peer(&world.net);
    let minter = minter_on(&world, controller, token).unwrap_or_else(|refusal| panic!("{refusal}"));
    for (peer, trigger) in [
        (token, T::totalSupplyCall::SELECTOR),
        (controller, C::groupParamsCall::SELECTOR),
        (controller, C::wordsCall::SELECTOR),
    ] {
        let before = minter_words(&world, minter);
        for payload in [encoded(&M::rollEpochCall {}), encoded(&M::previewCall {}), encoded(&M::rateCall {})] {
            arm(&world, peer, trigger, minter, payload, REPORT);
            refused(world.net.send(world.stranger, minter, &M::rollEpochCall {}), &shut_out());
            refused(world.net.view(minter, &M::previewCall {}), &shut_out());
        }
        assert_eq!(minter_words(&world, minter), before, "nothing was recorded");
        world.net.send(world.stranger, peer, &ReentrantPeer::disarmCall {}).expect("anyone");
    }
    world.net.send(world.stranger, minter, &M::rollEpochCall {}).unwrap_or_else(|refusal| panic!("{refusal}"));
}

#[test]
fn feed_cannot_come_back_into_the_verifier() {
    const LATEST_ROUND_DATA: [u8; 4] = [0xfe, 0xaf, 0x96, 0x8c];
    let world = World::new();
    let peer = crate::peer(&world.net, &[]);
    // Up since the beginning, in the form of a feed.
    let up = [1, 0, GENESIS, GENESIS, 1].map(|word| U256::from(word).to_be_bytes::<32>()).concat();
    answer(&world.net, peer, LATEST_ROUND_DATA, up.into());
    let call = V::setUptimeFeedCall { feed: peer, grace: 0 };
    world.net.send(world.governance, world.verifier, &call).expect("governance owns the verifier");
    let update = world.heartbeat(1);
    let signatures = world.quorum.sign(world.digest(&update));
    let before = world.storage();
    // Through the controller both programs are entered already; what the feed reports is not passed on, so it answers
    // only if it was let in.
    let verify = V::verifyCall { controller: world.controller, update: update.bytes(), signatures };
    for (target, payload) in [
        (world.verifier, encoded(&V::thresholdCall {})),
        (world.verifier, encoded(&verify)),
        (world.controller, encoded(&C::paramCall { slot: 0 })),
        (world.controller, encoded(&C::pokeCall {})),
    ] {
        arm(&world, peer, LATEST_ROUND_DATA, target, payload, NEED);
        refused(world.submit(&update), &V::VerifierUptimeFeed(peer));
    }
    assert_eq!(world.storage(), before, "nothing was written");
    // It may read what is not in the middle of a call.
    arm(&world, peer, LATEST_ROUND_DATA, world.token, encoded(&T::totalSupplyCall {}), NEED);
    world.submit(&update).unwrap_or_else(|refusal| panic!("{refusal}"));
}

#[test]
fn consumer_cannot_come_back_into_the_minter() {
    let world = World::new();
    let receiver = world.net.solidity(world.stranger, "ReentrantReceiver", &[]);
    let mut call = M::setConsumersCall { consumers: [Address::ZERO; 4], weights: [0; 4] };
    (call.consumers[0], call.weights[0]) = (receiver, 10_000);
    world.net.send(world.governance, world.minter, &call).expect("governance names the consumers");
    let roll = || world.net.send(world.stranger, world.minter, &M::rollEpochCall {});
    roll().unwrap_or_else(|refusal| panic!("{refusal}"));
    for payload in [
        encoded(&M::rollEpochCall {}),
        encoded(&M::deliverCall { consumer: receiver }),
        encoded(&M::depositRevenueCall { amount: U256::ONE }),
        encoded(&M::rateCall {}),
    ] {
        world.net.warp(WEEK);
        let call = ReentrantReceiver::armCall { target_: world.minter, payload_: payload };
        world.net.send(world.stranger, receiver, &call).expect("anyone arms it");
        let held = || world.net.view(world.token, &T::balanceOfCall { account: receiver }).expect("a plain view");
        let before = held();
        let receipt = roll().unwrap_or_else(|refusal| panic!("{refusal}"));
        let delivered = receipt.events::<IMinterEvents::Delivered>();
        assert_eq!((delivered.len(), delivered[0].consumer), (1, receiver));
        assert_eq!(held() - before, delivered[0].amount, "minted once");
        assert!(!delivered[0].amount.is_zero());
        assert!(world.net.view(receiver, &ReentrantReceiver::firedCall {}).expect("a plain view"), "it called back");
        assert!(!world.net.view(receiver, &ReentrantReceiver::succeededCall {}).expect("a plain view"), "shut out");
    }
    let call = ReentrantReceiver::armCall { target_: world.minter, payload_: encoded(&M::rollEpochCall {}) };
    world.net.send(world.stranger, receiver, &call).expect("anyone arms it");
    // An honest holder's transfer calls nobody.
    let call = T::transferCall { to: receiver, value: U256::from(7) };
    world.net.send(world.deployer, world.token, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert!(world.net.view(receiver, &ReentrantReceiver::armedCall {}).expect("a plain view"), "nobody called it");
    // The fixture does go off when called.
    let poke = encoded(&T::nameCall {});
    world.net.transact(world.stranger, receiver.into(), poke, U256::ZERO).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert!(world.net.view(receiver, &ReentrantReceiver::firedCall {}).expect("a plain view"));
}
