//! A proposal from its threshold to its single execution (GOV-03 to GOV-05, GOV-11).

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall as _, SolValue as _};
use escapement_agent::{
    bindings::{
        controller::IController as C,
        solidity::{ParameterGovernor as G, TimelockController as T},
        vault::IVault as V,
    },
    governance::Proposal,
};
use escapement_core::param::EMISSION;
use escapement_e2e::{Governed, Refusal, Solidity, World, governor_arguments, refused, wad};

use super::{
    ABSTAIN, ACTIVE, AGAINST, CANCELED, DAY, DEFEATED, EXECUTED, FOR, PENDING, QUEUED, SUCCEEDED,
    fixtures::ReentrantPeer, mask, ok, rules, share, unexpected, widen,
};

/// The holders of votes propose, vote, wait, and widen a bound; a stranger carries the calls out.
#[test]
fn gov_03_a_bound_is_widened_by_a_vote_and_read_back() {
    let governed = World::governed();
    let Governed { ref world, governor, voters, .. } = governed;
    let net = &world.net;
    let before = rules(world, EMISSION);
    let proposal = widen(world, before.gov_max + 5_000);

    // The ids that this side computes are those of the contracts.
    let (call, data) = (proposal.propose(), proposal.description_hash());
    let (targets, values) = (call.targets, call.values);
    let hash = G::hashProposalCall {
        targets: targets.clone(),
        values: values.clone(),
        calldatas: call.calldatas.clone(),
        descriptionHash: data,
    };
    assert_eq!(net.view(governor, &hash).expect("a pure view"), proposal.id());

    let id = governed.propose(voters[0], &proposal).unwrap_or_else(|refusal| panic!("{refusal}"));
    let proposed_at = net.now();
    let snapshot = net.view(governor, &G::proposalSnapshotCall { proposalId: id }).expect("a plain view");
    let deadline = net.view(governor, &G::proposalDeadlineCall { proposalId: id }).expect("a plain view");
    assert_eq!(snapshot, U256::from(proposed_at + Governed::VOTING_DELAY));
    assert_eq!(deadline, snapshot + U256::from(Governed::VOTING_PERIOD));

    // No vote up to the snapshot, and none after the deadline.
    net.at_next(proposed_at + Governed::VOTING_DELAY);
    refused(governed.vote(voters[0], &proposal, FOR), &unexpected(&proposal, PENDING, &[ACTIVE]));
    net.warp(1);
    assert_eq!(governed.state(&proposal), ACTIVE);
    let cast = &ok(governed.vote(voters[0], &proposal, FOR)).events::<G::VoteCast>()[0];
    assert_eq!((cast.voter, cast.weight), (voters[0], wad(900_000)));
    refused(governed.vote(voters[0], &proposal, FOR), &G::GovernorAlreadyCastVote { voter: voters[0] });
    refused(governed.queue(&proposal), &unexpected(&proposal, ACTIVE, &[SUCCEEDED]));
    net.warp(Governed::VOTING_PERIOD);
    assert_eq!(governed.state(&proposal), SUCCEEDED);
    refused(governed.vote(voters[1], &proposal, FOR), &unexpected(&proposal, SUCCEEDED, &[ACTIVE]));
    refused(governed.execute(&proposal), &unexpected(&proposal, SUCCEEDED, &[QUEUED]));

    // The timelock holds it for its delay, to the second, whoever asks, through the Governor or past it.
    let scheduled = ok(governed.queue(&proposal));
    let operation = proposal.operation(governor);
    let event = &scheduled.events::<T::CallScheduled>()[0];
    assert_eq!((event.id, event.target), (operation, world.controller));
    assert_eq!(event.delay, U256::from(Governed::TIMELOCK_DELAY));
    let ready = scheduled.timestamp + Governed::TIMELOCK_DELAY;
    let early = T::TimelockUnexpectedOperationState { operationId: operation, expectedStates: mask(&[2]) };
    net.at_next(ready - 1);
    refused(governed.execute(&proposal), &early);
    net.hold();
    refused(net.send(world.stranger, world.governance, &proposal.execute_operation(governor)), &early);
    assert_eq!(rules(world, EMISSION), before, "nothing has changed so far");

    net.at_next(ready);
    ok(governed.execute(&proposal));
    assert_eq!(governed.state(&proposal), EXECUTED);
    assert_eq!(rules(world, EMISSION).gov_max, 25_000);

    // Once (G2).
    refused(governed.execute(&proposal), &unexpected(&proposal, EXECUTED, &[QUEUED]));
    refused(net.send(world.stranger, world.governance, &proposal.execute_operation(governor)), &early);
    let id = proposal.id();
    let again = G::GovernorUnexpectedProposalState { proposalId: id, current: EXECUTED, expectedStates: mask(&[]) };
    refused(governed.propose(voters[0], &proposal), &again);
}

#[test]
fn gov_03_a_proposer_below_the_threshold_is_refused() {
    let governed = World::governed();
    let Governed { ref world, voters, .. } = governed;
    let proposal = widen(world, 25_000);
    for (who, votes) in [(voters[2], wad(5_000)), (world.stranger, U256::ZERO), (world.net.account(9), U256::ZERO)] {
        let error = G::GovernorInsufficientProposerVotes { proposer: who, votes, threshold: share(1_000_000, 100) };
        refused(governed.propose(who, &proposal), &error);
    }
    // Half a token is missing: the threshold rises with what is staked.
    let stake = |tokens| {
        world.stake(voters[2], tokens, 0);
        world.net.warp(2);
    };
    stake(5_050);
    let error = G::GovernorInsufficientProposerVotes {
        proposer: voters[2],
        votes: wad(10_050),
        threshold: share(1_005_050, 100),
    };
    refused(governed.propose(voters[2], &proposal), &error);
    stake(1);
    assert!(wad(10_051) >= share(1_005_051, 100));
    governed.propose(voters[2], &proposal).unwrap_or_else(|refusal| panic!("{refusal}"));
}

#[test]
fn gov_03_without_quorum_or_majority_a_proposal_is_defeated() {
    let governed = World::governed();
    let Governed { ref world, voters, .. } = governed;
    let net = &world.net;
    let [few, lost, tied, abstained] = [21_000, 22_000, 23_000, 24_000].map(|max| widen(world, max));
    for proposal in [&few, &lost, &tied, &abstained] {
        governed.propose(voters[0], proposal).unwrap_or_else(|refusal| panic!("{refusal}"));
    }
    net.warp(Governed::VOTING_DELAY + 4);
    // 35,000 of the 40,000 that a quorum needs.
    ok(governed.vote(voters[1], &few, FOR));
    ok(governed.vote(voters[2], &few, FOR));
    ok(governed.vote(voters[0], &lost, AGAINST));
    ok(governed.vote(voters[1], &lost, FOR));
    // No vote against nor for: a majority must be strict.
    ok(governed.vote(voters[0], &tied, ABSTAIN));
    // Abstention counts towards the quorum, as the counting mode says.
    ok(governed.vote(voters[0], &abstained, ABSTAIN));
    ok(governed.vote(voters[2], &abstained, FOR));
    net.warp(Governed::VOTING_PERIOD);
    for (proposal, state) in [(&few, DEFEATED), (&lost, DEFEATED), (&tied, DEFEATED), (&abstained, SUCCEEDED)] {
        assert_eq!(governed.state(proposal), state, "{}", proposal.description);
        if state == DEFEATED {
            refused(governed.queue(proposal), &unexpected(proposal, DEFEATED, &[SUCCEEDED]));
        }
    }
}

#[test]
fn gov_04_who_stakes_or_delegates_after_the_snapshot_has_no_vote() {
    let governed = World::governed();
    let Governed { ref world, voters, .. } = governed;
    let (net, late) = (&world.net, world.recipient);
    let proposal = widen(world, 25_000);
    governed.propose(voters[0], &proposal).unwrap_or_else(|refusal| panic!("{refusal}"));
    let snapshot = net.now() + Governed::VOTING_DELAY;
    net.at_next(snapshot + 1);
    // A fortune staked one second after the snapshot, and old stakes delegated as late.
    world.stake(late, 50_000_000, 0);
    ok(net.send(late, world.vault, &V::delegateCall { delegatee: late }));
    ok(net.send(net.account(9), world.vault, &V::delegateCall { delegatee: late }));
    net.warp(1);
    assert_eq!(net.view(world.vault, &V::getVotesCall { account: late }).expect("a plain view"), wad(50_065_000));
    assert_eq!(governed.quorum(snapshot).expect("past"), share(1_000_000, 400), "nor does it raise the quorum");
    let cast = &ok(governed.vote(late, &proposal, AGAINST)).events::<G::VoteCast>()[0];
    assert_eq!(cast.weight, U256::ZERO);
    // And votes do not leave with a stake: the snapshot keeps them.
    let id = net.view(world.vault, &V::holderCall { account: voters[0] }).expect("a plain view").nextId - 1;
    ok(net.send(voters[0], world.vault, &V::exitEarlyCall { id }));
    let cast = &ok(governed.vote(voters[0], &proposal, FOR)).events::<G::VoteCast>()[0];
    assert_eq!(cast.weight, wad(900_000));
    net.warp(Governed::VOTING_PERIOD);
    assert_eq!(governed.state(&proposal), SUCCEEDED);
}

#[test]
fn gov_05_a_proposal_is_cancelled_by_its_proposer_before_the_vote_only() {
    let governed = World::governed();
    let Governed { ref world, governor, voters, .. } = governed;
    let net = &world.net;
    let (cancelled, kept) = (widen(world, 24_000), widen(world, 25_000));
    for proposal in [&cancelled, &kept] {
        governed.propose(voters[0], proposal).unwrap_or_else(|refusal| panic!("{refusal}"));
    }
    let cancel = |who: Address, proposal: &Proposal| net.send(who, governor, &proposal.cancel());
    let not_yours = |caller| G::GovernorUnableToCancel { proposalId: cancelled.id(), account: caller };
    for caller in [voters[1], world.stranger, governed.founder, world.deployer] {
        refused(cancel(caller, &cancelled), &not_yours(caller));
    }
    ok(cancel(voters[0], &cancelled));
    assert_eq!(governed.state(&cancelled), CANCELED);
    net.warp(Governed::VOTING_DELAY + 2);
    refused(governed.vote(voters[0], &cancelled, FOR), &unexpected(&cancelled, CANCELED, &[ACTIVE]));
    net.warp(Governed::VOTING_PERIOD);
    refused(governed.queue(&cancelled), &unexpected(&cancelled, CANCELED, &[SUCCEEDED]));
    refused(governed.execute(&cancelled), &unexpected(&cancelled, CANCELED, &[QUEUED]));
    refused(governed.propose(voters[0], &cancelled), &unexpected(&cancelled, CANCELED, &[]));
    // The vote on the other one has begun: it is the voters' now.
    let late = G::GovernorUnableToCancel { proposalId: kept.id(), account: voters[0] };
    refused(cancel(voters[0], &kept), &late);
}

/// A Governor of the same vault, controller and timelock that wants `tokens` to be staked.
fn with_minimum(world: &World, tokens: u64) -> Result<Address, Refusal> {
    let arguments = governor_arguments(world, world.governance, wad(tokens));
    world.net.create(world.deployer, Solidity::load("ParameterGovernor").creation(&arguments))
}

#[test]
fn gov_11_with_less_staked_than_the_minimum_nothing_is_proposed_and_nothing_passes() {
    let mut governed = World::governed();
    let (net, voters) = (governed.world.net.clone(), governed.voters);
    let proposal = widen(&governed.world, 25_000);
    governed.governor = with_minimum(&governed.world, 1_000_001).unwrap_or_else(|refusal| panic!("{refusal}"));
    net.warp(1);
    let error = G::ParameterGovernorSupplyTooLow { supply: wad(1_000_000), minimum: wad(1_000_001) };
    refused(governed.propose(voters[0], &proposal), &error);

    // Exactly enough, until somebody leaves before the snapshot.
    governed.governor = with_minimum(&governed.world, 1_000_000).unwrap_or_else(|refusal| panic!("{refusal}"));
    net.warp(1);
    let stays = widen(&governed.world, 24_000);
    governed.propose(voters[0], &stays).unwrap_or_else(|refusal| panic!("{refusal}"));
    net.warp(1_000);
    governed.propose(voters[0], &proposal).unwrap_or_else(|refusal| panic!("{refusal}"));
    net.warp(Governed::VOTING_DELAY - 500);
    let account = net.account(9);
    let id = net.view(governed.world.vault, &V::holderCall { account }).expect("a plain view").nextId - 1;
    ok(net.send(account, governed.world.vault, &V::exitEarlyCall { id }));
    net.warp(1_000);
    for proposal in [&stays, &proposal] {
        ok(governed.vote(voters[0], proposal, FOR));
    }
    net.warp(Governed::VOTING_PERIOD);
    assert_eq!((governed.state(&stays), governed.state(&proposal)), (SUCCEEDED, DEFEATED));
    refused(governed.queue(&proposal), &unexpected(&proposal, DEFEATED, &[SUCCEEDED]));
    // What passes in a Governor that is no proposer of the timelock stays without effect (GOV-07).
    let error = T::AccessControlUnauthorizedAccount { account: governed.governor, neededRole: super::PROPOSER };
    refused(governed.queue(&stays), &error);
}

#[test]
fn gov_10_a_governor_with_senseless_terms_is_not_created() {
    let governed = World::governed();
    let world = &governed.world;
    let create = |vault: Address, timelock: Address, controller: Address, delay: u64, period: u64, least: u64| {
        let (delay, period, least) = (U256::from(delay), U256::from(period), U256::from(least));
        let arguments = ("Governor".to_owned(), vault, timelock, controller, delay, period, least).abi_encode_params();
        world.net.create(world.deployer, Solidity::load("ParameterGovernor").creation(&arguments))
    };
    let (vault, timelock, controller, nobody) = (world.vault, world.governance, world.controller, world.stranger);
    create(vault, timelock, controller, 1, 1, 1).unwrap_or_else(|refusal| panic!("{refusal}"));
    let without = G::ParameterGovernorWithoutCode { account: nobody };
    refused(create(nobody, timelock, controller, DAY, DAY, 1), &without);
    refused(create(vault, nobody, controller, DAY, DAY, 1), &without);
    refused(create(vault, timelock, nobody, DAY, DAY, 1), &without);
    refused(create(vault, timelock, controller, 0, DAY, 1), &G::ParameterGovernorNoVotingDelay {});
    let no_period = G::GovernorInvalidVotingPeriod { votingPeriod: U256::ZERO };
    refused(create(vault, timelock, controller, DAY, 0, 1), &no_period);
    refused(create(vault, timelock, controller, DAY, DAY, 0), &G::ParameterGovernorNoMinimum {});
    // Neither a token without a clock nor a controller without values.
    assert!(create(world.token, timelock, controller, DAY, DAY, 1).is_err());
    assert!(create(vault, timelock, world.token, DAY, DAY, 1).is_err());
    let blocks = G::ParameterGovernorWrongClock { mode: "mode=blocknumber&from=default".to_owned() };
    refused(
        create(peer(&governed, "CLOCK_MODE()", &blocks.mode.abi_encode()), timelock, controller, DAY, DAY, 1),
        &blocks,
    );
    let empty = peer(&governed, "paramAt(uint8,uint32)", &U256::ZERO.abi_encode());
    refused(create(vault, timelock, empty, DAY, DAY, 1), &G::ParameterGovernorNoParameter { slot: 9 });
    // A quorum, but no threshold a second before the creation, the last moment that is over.
    let half = peer(&governed, "paramAt(uint8,uint32)", &U256::from(400).abi_encode());
    let moment = world.net.now() + 60;
    let question = C::paramAtCall { slot: 10, timepoint: u32::try_from(moment - 1).expect("a 32-bit moment") };
    let (call_, answer) = (question.abi_encode().into(), U256::ZERO.abi_encode().into());
    ok(world.net.send(world.deployer, half, &ReentrantPeer::setExactAnswerCall { call_, answer }));
    world.net.at_next(moment);
    refused(create(vault, timelock, half, DAY, DAY, 1), &G::ParameterGovernorNoParameter { slot: 10 });
}

/// A contract that answers one function so.
fn peer(governed: &Governed, signature: &str, answer: &[u8]) -> Address {
    let (net, from) = (&governed.world.net, governed.world.deployer);
    let peer = net.solidity(from, "ReentrantPeer", &[]);
    let selector = alloy_primitives::keccak256(signature)[..4].try_into().expect("four bytes");
    let call = ReentrantPeer::setAnswerCall { selector, answer: answer.to_vec().into() };
    ok(net.send(from, peer, &call));
    peer
}
