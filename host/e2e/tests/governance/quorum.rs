//! Quorum and threshold are the controller's values of a past moment, and no others (GOV-01, GOV-02, GOV-09).

use alloy::rpc::types::{TransactionInput, TransactionRequest};
use alloy_primitives::{Bytes, TxKind, U256, aliases::U48};
use alloy_sol_types::SolCall as _;
use escapement_agent::{
    bindings::{
        controller::{IController as C, IControllerEvents as E},
        solidity::{ParameterGovernor as G, ProxyAdmin},
        vault::IVault as V,
    },
    governance::Proposal,
};
use escapement_chain::CallRequest;
use escapement_core::param::Slot;
use escapement_e2e::{Governed, World, change, refused, wad};

use super::{ACTIVE, DAY, DEFEATED, EXECUTED, FOR, SUCCEEDED, ok, share, widen};

/// Votes that a proposer needed at a moment.
fn threshold(governed: &Governed, timepoint: u64) -> U256 {
    let call = G::proposalThreshold_0Call { timepoint: U256::from(timepoint) };
    governed.world.net.view(governed.governor, &call).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// The council sets the quorum from `old` to `new`.
fn set_quorum(governed: &Governed, old: u32, new: u32) -> u64 {
    let call = C::overrideParamsCall { changes: change(9, old, new) };
    ok(governed.council.send(&governed.world.net, governed.world.stranger, governed.world.controller, &call)).timestamp
}

#[test]
fn gov_01_quorum_and_threshold_are_the_shares_and_stakes_of_their_moment() {
    let governed = World::governed();
    let Governed { ref world, governor, .. } = governed;
    let net = &world.net;
    let start = net.now();
    // Stakes and shares change at different moments; an odd amount shows the rounding, upwards.
    let changed = set_quorum(&governed, 400, 440);
    net.warp(100);
    world.stake(world.recipient, 12_345, 0);
    let staked = net.now();
    net.warp(100);
    let id = net.view(world.vault, &V::holderCall { account: world.recipient }).expect("a plain view").nextId - 1;
    let call = V::unstakeCall { id, amount: U256::from(7) };
    let left = ok(net.send(world.recipient, world.vault, &call)).timestamp;
    let again = set_quorum(&governed, 440, 410);
    net.warp(1);
    let rest = wad(1_012_345) - U256::from(7);
    let ceil = |supply: U256, bps: u64| (supply * U256::from(bps)).div_ceil(U256::from(10_000));
    assert_ne!(ceil(rest, 440), rest * U256::from(440) / U256::from(10_000), "the rounding shows");
    for (moment, supply, bps) in [
        (start, wad(1_000_000), 400),
        (changed - 1, wad(1_000_000), 400),
        (changed, wad(1_000_000), 440),
        (staked - 1, wad(1_000_000), 440),
        (staked, wad(1_012_345), 440),
        (left - 1, wad(1_012_345), 440),
        (left, rest, 440),
        (again - 1, rest, 440),
        (again, rest, 410),
    ] {
        assert_eq!(governed.quorum(moment).expect("past"), ceil(supply, bps), "quorum at {}", moment - start);
        assert_eq!(threshold(&governed, moment), ceil(supply, 100), "threshold at {}", moment - start);
        let call = G::votableSupplyCall { timepoint: U256::from(moment) };
        assert_eq!(net.view(governor, &call).expect("past"), supply);
    }
    // The threshold in force is that of one second ago, when votes are counted.
    world.stake(world.recipient, 55, 0);
    net.warp(1);
    let now = net.view(governor, &G::clockCall {}).expect("a plain view").to::<u64>();
    let present = net.view(governor, &G::proposalThreshold_1Call {}).expect("a plain view");
    assert_eq!(present, threshold(&governed, now - 1));
    assert_eq!(present, ceil(rest + wad(55), 100));
    // Moments that are not over have no quorum.
    for moment in [now, now + 1, u64::from(u32::MAX) + 1] {
        let error = V::ERC5805FutureLookup { timepoint: U256::from(moment), clock: U48::from(now) };
        refused(governed.quorum(moment), &error);
    }
}

#[test]
fn gov_02_a_parameter_that_changes_during_a_vote_moves_later_proposals_only() {
    let governed = World::governed();
    let Governed { ref world, voters, .. } = governed;
    let net = &world.net;
    // 42,000 votes: enough for 4 % of 1,012,000, too few for 4.5 %.
    world.stake(voters[1], 12_000, 0);

    // A quorum of attesters signs what the policy says: quorum and threshold up by a whole step each. It must wait.
    let receipt = ok(world.submit(&world.propose(1, &[(4, 65_536)])));
    let queued = &receipt.events::<E::UpdateQueued>()[0];
    let eta = u64::from(queued.eta);
    assert_eq!(eta, receipt.timestamp + 14 * DAY);

    // One proposal whose vote is open when the change comes, and one whose snapshot lies after it.
    net.warp(eta - 3 * DAY - net.now());
    let live = widen(world, 24_000);
    governed.propose(voters[0], &live).unwrap_or_else(|refusal| panic!("{refusal}"));
    let snapshot = net.now() + Governed::VOTING_DELAY;
    net.warp(eta - DAY / 2 - net.now());
    let later = widen(world, 25_000);
    governed.propose(voters[0], &later).unwrap_or_else(|refusal| panic!("{refusal}"));
    let later_snapshot = net.now() + Governed::VOTING_DELAY;
    assert_eq!(governed.quorum(snapshot).expect("past"), share(1_012_000, 400));
    ok(governed.vote(voters[1], &live, FOR));

    net.warp(eta - net.now());
    // A change of this group needs the council's approval besides.
    ok(governed.council.send(net, world.stranger, world.controller, &C::approveCall { group: 4 }));
    let call = C::executeCall { group: 4, payload: queued.payload.clone() };
    let changed = ok(net.send(world.stranger, world.controller, &call)).events::<E::ParameterChanged>();
    let values: Vec<_> = changed.iter().map(|change| (change.slot, change.oldValue, change.newValue)).collect();
    assert_eq!(values, [(9, 400, 450), (10, 100, 150)]);
    assert_eq!(governed.state(&live), ACTIVE);
    // The range is narrowed below the value, too (incident 15): the value in force is read as it is.
    let call = C::narrowCall { slot: 9, min: 300, max: 440 };
    ok(governed.council.send(net, world.stranger, world.controller, &call));

    net.warp(later_snapshot + 1 - net.now());
    ok(governed.vote(voters[1], &later, FOR));
    assert_eq!(governed.quorum(snapshot).expect("past"), share(1_012_000, 400), "the live vote keeps its quorum");
    assert_eq!(governed.quorum(later_snapshot).expect("past"), share(1_012_000, 450), "neither clamped nor old");
    assert_eq!(threshold(&governed, later_snapshot), share(1_012_000, 150));
    net.warp(Governed::VOTING_PERIOD);
    assert_eq!((governed.state(&live), governed.state(&later)), (SUCCEEDED, DEFEATED));

    // A proposer needs the new threshold at once.
    world.stake(voters[2], 8_000, 0);
    net.warp(2);
    let error = G::GovernorInsufficientProposerVotes {
        proposer: voters[2],
        votes: wad(13_000),
        threshold: share(1_020_000, 150),
    };
    refused(governed.propose(voters[2], &widen(world, 23_000)), &error);
}

#[test]
fn gov_09_too_little_gas_never_lowers_the_quorum() {
    let governed = World::governed();
    let net = &governed.world.net;
    let timepoint = U256::from(net.now() - 1);
    let ask = |gas| {
        let request = TransactionRequest {
            to: Some(TxKind::Call(governed.governor)),
            gas: Some(gas),
            input: TransactionInput::new(G::quorumCall { timepoint }.abi_encode().into()),
            ..Default::default()
        };
        let answer = net.chain.call(&CallRequest::new(request)).ok()?;
        Some(U256::from_be_slice(&answer))
    };
    let (right, highest) = (share(1_000_000, 400), share(1_000_000, 2_000));
    let mut met = [0; 3];
    for gas in (21_000..200_000).step_by(250) {
        match ask(gas) {
            None => met[0] += 1,
            Some(quorum) if quorum == highest => met[1] += 1,
            Some(quorum) => {
                assert_eq!(quorum, right, "with {gas} gas");
                met[2] += 1;
            }
        }
    }
    assert!(met.iter().all(|&count| count != 0), "all three cases occur: {met:?}");
}

/// A proposal that gives the controller's proxy another implementation, without a call to it.
fn implement(world: &World, implementation: alloy_primitives::Address) -> Proposal {
    let call = ProxyAdmin::upgradeAndCallCall { proxy: world.controller, implementation, data: Bytes::new() };
    Proposal::new(&format!("Controller at {implementation}")).call(world.net.proxy_admin(world.controller), &call)
}

#[test]
fn gov_09_a_controller_that_does_not_answer_counts_as_the_highest_quorum_and_is_repaired_by_a_vote() {
    let governed = World::governed();
    let Governed { ref world, governor, voters, .. } = governed;
    let net = &world.net;
    let ceilings = [9, 10].map(|slot| Slot::new(slot).expect("a slot").hard_range().1);
    let quorum = net.view(governor, &G::HIGHEST_QUORUMCall {}).expect("a constant");
    let threshold_ceiling = net.view(governor, &G::HIGHEST_THRESHOLDCall {}).expect("a constant");
    assert_eq!([quorum, threshold_ceiling], ceilings, "the compiled ranges");
    world.stake(voters[1], 20_000, 0);
    net.warp(1);
    for stub in ["RefusingStub", "SilentStub"] {
        let live = Proposal::new(&format!("Nothing, before {stub}")).call(world.token, &C::versionCall {});
        governed.propose(voters[0], &live).unwrap_or_else(|refusal| panic!("{refusal}"));
        net.warp(Governed::VOTING_DELAY + 1);
        ok(governed.vote(voters[1], &live, FOR));
        net.warp(Governed::VOTING_PERIOD);
        assert_eq!(governed.state(&live), SUCCEEDED, "50,000 votes are a quorum");
        let moment = net.now();

        // A mistaken upgrade, as good as any vote.
        let broken = implement(world, net.solidity(world.deployer, stub, &[]));
        ok(governed.pass(&broken));
        assert_eq!(governed.quorum(moment).expect("past"), share(1_020_000, 2_000), "the compiled ceiling, not more");
        assert_eq!(threshold(&governed, moment), share(1_020_000, 1_000));
        assert_eq!(governed.state(&live), DEFEATED, "what was to be queued waits for the repair");

        let repair = implement(world, world.controller_logic);
        let repair = Proposal { description: format!("{} after {stub}", repair.description), ..repair };
        ok(governed.pass(&repair));
        assert_eq!(governed.quorum(moment).expect("past"), share(1_020_000, 400), "the past is as it was");
        assert_eq!((governed.state(&live), governed.state(&repair)), (SUCCEEDED, EXECUTED));
    }
    net.chain.set_code(world.controller, Bytes::new()).expect("a cheat of the chain");
    assert_eq!(governed.quorum(net.now() - 1).expect("past"), share(1_020_000, 2_000));

    // Without a vault nobody votes, but time does not turn into block numbers.
    net.chain.set_code(world.vault, Bytes::new()).expect("a cheat of the chain");
    assert!(governed.quorum(net.now() - 1).is_err());
    let clock = net.view(governor, &G::clockCall {}).expect("a plain view").to::<u64>();
    assert!(clock >= net.now(), "seconds");
    assert_eq!(net.view(governor, &G::CLOCK_MODECall {}).expect("a constant"), "mode=timestamp");
}
