//! What is voted can be recorded, and the controller's breaker can watch it (GOV-14, GOV-15).

use alloy_primitives::{Address, U256};
use escapement_agent::{
    bindings::{
        controller::{IController as C, IControllerEvents as E},
        solidity::ParameterGovernor as G,
        vault::IVault as V,
    },
    governance::Proposal,
};
use escapement_e2e::{Governed, Receipt, Refusal, World, refused, wad};

use super::{
    ABSTAIN, ACTIVE, AGAINST, CANCELED, DAY, DEFEATED, EXECUTED, FOR, PENDING, QUEUED, SUCCEEDED, ok, unexpected, widen,
};

/// States in which a vote is over.
const OVER: [u8; 4] = [DEFEATED, SUCCEEDED, QUEUED, EXECUTED];

fn record(governed: &Governed, proposal: &Proposal) -> Result<Receipt, Refusal> {
    let call = G::recordTurnoutCall { proposalId: proposal.id() };
    governed.world.net.send(governed.world.stranger, governed.governor, &call)
}

fn turnout(governed: &Governed) -> u32 {
    governed.world.net.view(governed.governor, &G::turnoutCall {}).expect("a plain view")
}

fn deadline(governed: &Governed, proposal: &Proposal) -> U256 {
    let call = G::proposalDeadlineCall { proposalId: proposal.id() };
    governed.world.net.view(governed.governor, &call).expect("a plain view")
}

/// A vote from its beginning to its end: proposed by the second holder, who is above the threshold.
fn decide(governed: &Governed, proposal: &Proposal, votes: &[(usize, u8)]) {
    governed.propose(governed.voters[1], proposal).unwrap_or_else(|refusal| panic!("{refusal}"));
    governed.world.net.warp(Governed::VOTING_DELAY + 1);
    for (voter, support) in votes {
        ok(governed.vote(governed.voters[*voter], proposal, *support));
    }
    governed.world.net.warp(Governed::VOTING_PERIOD);
}

#[test]
fn gov_14_turnout_is_what_was_cast_of_what_could_vote() {
    let governed = World::governed();
    let Governed { ref world, governor, voters, .. } = governed;
    let net = &world.net;
    assert_eq!(turnout(&governed), 65_536, "none is recorded");
    // Every vote counts, whatever it says: 935,000 of 1,000,000.
    let first = widen(world, 21_000);
    governed.propose(voters[0], &first).unwrap_or_else(|refusal| panic!("{refusal}"));
    refused(record(&governed, &first), &unexpected(&first, PENDING, &OVER));
    net.warp(Governed::VOTING_DELAY + 1);
    for (voter, support) in voters.into_iter().zip([AGAINST, FOR, ABSTAIN]) {
        ok(governed.vote(voter, &first, support));
    }
    refused(record(&governed, &first), &unexpected(&first, ACTIVE, &OVER));
    net.warp(Governed::VOTING_PERIOD);
    let receipt = ok(record(&governed, &first));
    let told = &receipt.events::<G::TurnoutRecorded>()[0];
    assert_eq!((told.proposalId, told.votes, told.supply), (first.id(), wad(935_000), wad(1_000_000)));
    // 61,276.16, rounded down.
    assert_eq!((told.turnout, turnout(&governed)), (61_276, 61_276));

    // Once each, and never an older one after a later one.
    let (last, mine) = (deadline(&governed, &first), first.id());
    let again = G::ParameterGovernorTurnoutNotLater { proposalId: mine, deadline: last, last };
    refused(record(&governed, &first), &again);
    let [older, later, cancelled] = [22_000, 23_000, 24_000].map(|max| widen(world, max));
    governed.propose(voters[1], &older).unwrap_or_else(|refusal| panic!("{refusal}"));
    net.warp(1);
    for proposal in [&cancelled, &later] {
        governed.propose(voters[1], proposal).unwrap_or_else(|refusal| panic!("{refusal}"));
    }
    ok(net.send(voters[1], governor, &cancelled.cancel()));
    net.warp(Governed::VOTING_DELAY + 10);
    ok(governed.vote(voters[0], &older, FOR));
    net.warp(Governed::VOTING_PERIOD);
    refused(record(&governed, &cancelled), &unexpected(&cancelled, CANCELED, &OVER));
    // Nobody voted on the later one: that is its turnout.
    ok(record(&governed, &later));
    assert_eq!(turnout(&governed), 0);
    let (deadline, last) = (deadline(&governed, &older), deadline(&governed, &later));
    let stale = G::ParameterGovernorTurnoutNotLater { proposalId: older.id(), deadline, last };
    refused(record(&governed, &older), &stale);
    let unknown = widen(world, 25_000);
    refused(record(&governed, &unknown), &G::GovernorNonexistentProposal { proposalId: unknown.id() });
    assert_eq!(turnout(&governed), 0);

    // Queued and executed proposals count as well.
    let passed = widen(world, 24_500);
    governed.pass(&passed).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(governed.state(&passed), EXECUTED);
    ok(record(&governed, &passed));
    assert_eq!(turnout(&governed), 58_982, "900,000 of 1,000,000");

    // With less than the minimum staked at its snapshot a share says nothing.
    let thin = widen(world, 24_600);
    governed.propose(voters[1], &thin).unwrap_or_else(|refusal| panic!("{refusal}"));
    for (account, tokens) in [(voters[0], 900_000), (net.account(9), 65_000)] {
        let id = net.view(world.vault, &V::holderCall { account }).expect("a plain view").nextId - 1;
        ok(net.send(account, world.vault, &V::unstakeCall { id, amount: wad(tokens) }));
    }
    net.warp(Governed::VOTING_DELAY + Governed::VOTING_PERIOD + 2);
    let low = G::ParameterGovernorSupplyTooLow { supply: wad(35_000), minimum: wad(100_000) };
    refused(record(&governed, &thin), &low);
}

#[test]
fn gov_15_little_turnout_trips_the_breaker_and_enough_does_not() {
    let governed = World::governed();
    let Governed { ref world, governor, .. } = governed;
    let net = &world.net;
    let (minter, nobody) = (Address::ZERO, Address::ZERO);
    let watch = C::setSourcesCall { token: world.token, vault: nobody, minter, treasury: nobody, turnout: governor };
    governed
        .pass(&Proposal::new("Watch the turnout").call(world.controller, &watch))
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    let observe = || {
        let receipt = ok(net.send(world.stranger, world.controller, &C::observeCall {}));
        let tripped = receipt.events::<E::BreakerTripped>();
        (receipt, tripped.iter().map(|trip| (trip.reason, trip.scope, trip.value, trip.limit)).collect::<Vec<_>>())
    };
    assert_eq!(observe().1, [], "a Governor that has recorded nothing trips nothing");

    // 35,000 of 1,000,000: above 3 %.
    let enough = widen(world, 21_000);
    decide(&governed, &enough, &[(1, FOR), (2, FOR)]);
    ok(record(&governed, &enough));
    assert_eq!((turnout(&governed), observe().1), (2_293, vec![]));

    // Exactly 3 % falls below by the rounding: 1,966.08 of 65,536, and the limit is 1,967.
    let little = widen(world, 22_000);
    decide(&governed, &little, &[(1, FOR)]);
    assert_eq!(observe().1, [], "not recorded yet");
    ok(record(&governed, &little));
    let (receipt, trips) = observe();
    assert_eq!(trips, [(11, 255, 1_966, 1_967)]);
    let until = u32::try_from(receipt.timestamp + 7 * DAY).expect("32 bits");
    let update = world.heartbeat(1);
    refused(world.submit(&update), &C::ControllerHalted { scope: 255, until });

    // A proposal that its maker alone wanted and nobody heeded does the same; votes against it are the answer.
    let spam = widen(world, 23_000);
    decide(&governed, &spam, &[(0, AGAINST)]);
    ok(record(&governed, &spam));
    net.warp(7 * DAY);
    assert_eq!((turnout(&governed), observe().1), (58_982, vec![]));
    world.submit(&world.heartbeat(1)).unwrap_or_else(|refusal| panic!("the halt is over: {refusal}"));
}
