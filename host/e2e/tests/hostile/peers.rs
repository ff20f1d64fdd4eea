//! E2E-13: peers that refuse, are silent or answer nonsense.
//!
//! `TaxedToken` has neither cap nor supply: as the minter's token it fails as any contract without these does. Nothing
//! here moves a token it did not mint, so there is no amount for it to tax.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall as _;
use escapement_agent::bindings::{
    controller::{IController as C, IControllerEvents},
    minter::IMinter as M,
    token::IToken as T,
    verifier::IVerifier as V,
};
use escapement_e2e::{World, refused};

use crate::{
    REPORT, WEEK, answer, answer_group, controller_peer, encoded,
    fixtures::{ReentrantPeer, RefusingStub, UptimeFeed},
    group_answer, minter_on, minter_words, peer, set_verifier, token_peer, verifier_peer,
};

#[test]
fn submit_reverts_when_verifier_fails() {
    let world = World::new();
    let update = world.propose(1, &[(0, 6_554)]);
    let unset = |account: Address| {
        let call = C::setVerifierCall { verifier: account };
        world.net.send(world.governance, world.controller, &call)
    };
    for account in [world.stranger, Address::ZERO, Address::with_last_byte(1)] {
        refused(unset(account), &C::ControllerBadVerifier { verifier: account });
    }

    let silent = world.net.solidity(world.deployer, "SilentStub", &[]);
    set_verifier(&world, silent);
    let before = world.storage();
    refused(world.submit(&update), &C::ControllerBadVerifier { verifier: silent });
    assert_eq!(world.storage(), before, "nothing was written");

    let refusing = world.net.solidity(world.deployer, "RefusingStub", &[]);
    set_verifier(&world, refusing);
    let before = world.storage();
    refused(world.submit(&update), &RefusingStub::StubRefused { caller: world.controller, value: U256::ZERO });
    assert_eq!(world.storage(), before, "nothing was written");

    let peer = verifier_peer(&world, 0);
    let before = world.storage();
    for length in [1, 31, 33, 64] {
        answer(&world.net, peer, V::verifyCall::SELECTOR, vec![0; length].into());
        refused(world.submit(&update), &C::ControllerBadVerifier { verifier: peer });
    }
    assert_eq!(world.storage(), before, "nothing was written");
}

#[test]
fn verifier_out_of_its_mind_moves_one_step() {
    let world = World::new();
    let honest = world.propose(1, &[(0, 65_536)]);
    assert_eq!(honest.inner.changes[0].new, 10_500);
    verifier_peer(&world, i32::MAX);
    let before = world.storage();
    let mut update = honest.clone();
    update.inner.changes[0].new = 10_501;
    refused(world.submit(&update), &C::ControllerPolicyMismatch { slot: 0, proposed: 10_501, computed: 10_500 });
    assert_eq!(world.storage(), before, "nothing was written");
    let receipt = world.submit(&honest).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<IControllerEvents::UpdateQueued>().len(), 1, "and that waits for the veto");
    assert_eq!(world.value(0), 10_000);
}

#[test]
fn roll_reverts_when_token_or_controller_fails() {
    let world = World::new();
    let [silent, refusing, taxed] =
        ["SilentStub", "RefusingStub", "TaxedToken"].map(|name| world.net.solidity(world.deployer, name, &[]));
    // A minter is not born on a token that does not tell its cap and supply.
    let bad = |target, length| M::MinterBadAnswer { target, answer: U256::from(length) };
    let not_a_token = |token| M::Erc20BadAnswer { token, length: U256::ZERO };
    let no_group = |controller, length| M::ParamsBadAnswer { controller, group: 0, length: U256::from(length) };
    refused(minter_on(&world, world.controller, silent), &not_a_token(silent));
    refused(minter_on(&world, world.controller, taxed), &M::Erc20CallFailed { token: taxed });
    refused(minter_on(&world, world.controller, world.stranger), &M::MinterWithoutCode { account: world.stranger });
    refused(minter_on(&world, world.stranger, world.token), &M::MinterWithoutCode { account: world.stranger });
    let born = minter_on(&world, world.controller, refusing).expect_err("the token refuses");
    assert!(born.is::<RefusingStub::StubRefused>(), "{born}");

    // The controller fails later.
    for (controller, silence) in [(silent, true), (refusing, false)] {
        let minter = minter_on(&world, controller, world.token).unwrap_or_else(|refusal| panic!("{refusal}"));
        let before = minter_words(&world, minter);
        let rolled = world.net.send(world.stranger, minter, &M::rollEpochCall {});
        if silence {
            refused(rolled, &no_group(silent, 0));
        } else {
            refused(rolled, &RefusingStub::StubRefused { caller: minter, value: U256::ZERO });
        }
        assert_eq!(minter_words(&world, minter), before, "nothing was recorded");
    }

    // Or answers what is no rate and no moment.
    let (controller, token) = (controller_peer(&world.net), token_peer(&world.net));
    let minter = minter_on(&world, controller, token).unwrap_or_else(|refusal| panic!("{refusal}"));
    let roll = || world.net.send(world.stranger, minter, &M::rollEpochCall {});
    let before = minter_words(&world, minter);
    let honest = group_answer(0, &[10_000]);
    for (at, byte) in [(31 - 4, 1), (0, 1), (63, 0x20), (95, 0), (95, 2), (127 - 4, 1)] {
        let mut nonsense = honest.to_vec();
        nonsense[at] = byte;
        answer_group(&world.net, controller, 0, nonsense.clone().into());
        refused(roll(), &no_group(controller, nonsense.len()));
    }
    for length in [31, 33, 64, 127, 129] {
        answer_group(&world.net, controller, 0, vec![0; length].into());
        refused(roll(), &no_group(controller, length));
    }
    // One value is no equilibrium, two are no rate.
    answer_group(&world.net, controller, 0, group_answer(0, &[10_000, 10_000]));
    refused(roll(), &bad(controller, 4));
    answer_group(&world.net, controller, 0, honest);
    assert_eq!(minter_words(&world, minter), before, "nothing was recorded");

    // Or the token refuses the mint itself, with everything else done.
    roll().unwrap_or_else(|refusal| panic!("{refusal}"));
    world.net.warp(WEEK);
    let arm = ReentrantPeer::armCall {
        trigger_: T::mintCall::SELECTOR.into(),
        target_: refusing,
        payload_: encoded(&T::nameCall {}),
        mode_: REPORT,
    };
    world.net.send(world.stranger, token, &arm).expect("anyone");
    let before = minter_words(&world, minter);
    let refusal = roll().expect_err("the token refuses");
    assert!(refusal.is::<ReentrantPeer::CalledBack>(), "{refusal}");
    assert_eq!(minter_words(&world, minter), before, "nothing was recorded");
    world.net.send(world.stranger, token, &ReentrantPeer::disarmCall {}).expect("anyone");
    roll().unwrap_or_else(|refusal| panic!("it can be rolled again: {refusal}"));
}

#[test]
fn verify_reverts_when_sequencer_feed_fails() {
    let world = World::new();
    let grace = 3_600;
    let set = |feed| {
        let call = V::setUptimeFeedCall { feed, grace };
        world.net.send(world.governance, world.verifier, &call).expect("governance owns the verifier");
    };
    let feed = world.net.solidity(world.deployer, "UptimeFeed", &[]);
    set(feed);
    let tell = |answer: i64, started_at: u64| {
        let answer = alloy_primitives::I256::try_from(answer).expect("small");
        let call = UptimeFeed::setCall { answer_: answer, startedAt_: U256::from(started_at) };
        world.net.send(world.stranger, feed, &call).expect("anyone tells the fixture");
    };
    let submit = || world.submit(&world.heartbeat(1));
    let before = world.storage();

    let since = world.net.now();
    tell(1, since);
    refused(submit(), &V::VerifierSequencerDown(since));
    let up = world.net.now();
    tell(0, up);
    let until = up + u64::from(grace);
    refused(submit(), &V::VerifierSequencerGrace(until));
    world.net.chain.set_next_timestamp(until).expect("time moves forward");
    refused(submit(), &V::VerifierSequencerGrace(until));

    for (answer, started_at) in [(2, up), (-1, up), (0, 0), (1, 0)] {
        tell(answer, started_at);
        refused(submit(), &V::VerifierUptimeFeed(feed));
    }
    tell(0, up);
    let offline = |offline_| {
        world.net.send(world.stranger, feed, &UptimeFeed::setOfflineCall { offline_ }).expect("anyone");
    };
    offline(true);
    refused(submit(), &V::VerifierUptimeFeed(feed));
    offline(false);

    let [silent, refusing] = ["SilentStub", "RefusingStub"].map(|name| world.net.solidity(world.deployer, name, &[]));
    let short = peer(&world.net, &[([0xfe, 0xaf, 0x96, 0x8c], U256::ZERO)]);
    for broken in [silent, refusing, short, world.stranger] {
        set(broken);
        refused(submit(), &V::VerifierUptimeFeed(broken));
    }
    set(feed);
    assert_eq!(world.storage(), before, "nothing was written");
    submit().unwrap_or_else(|refusal| panic!("up for longer than the grace: {refusal}"));
}
