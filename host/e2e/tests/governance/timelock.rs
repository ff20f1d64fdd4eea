//! Who governs after the founding vote, and what the timelock does for nobody (GOV-06, GOV-07).

use alloy_primitives::{Address, B256, U256};
use escapement_agent::{
    bindings::{
        controller::IController as C,
        minter::IMinter as M,
        solidity::{ParameterGovernor as G, ProxyAdmin, TimelockController as T},
        token::IToken,
        treasury::ITreasury,
        verifier::IVerifier,
    },
    governance::Proposal,
};
use escapement_core::param::EMISSION;
use escapement_e2e::{Governed, World, refused};

use super::{ADMIN, CANCELLER, EXECUTOR, PROPOSER, fixtures::ReentrantPeer, mask, ok, rules, widen};

/// Everybody who might still hold what they should not.
fn others(governed: &Governed) -> Vec<Address> {
    let Governed { world, council, guardian, founder, voters, .. } = governed;
    let mut others = vec![world.deployer, *founder, world.stranger, council.address, guardian.address];
    others.extend(voters);
    others.extend([2, 3].map(|n| world.net.account(n))); // council and guardian before the Safes
    others
}

fn has_role(world: &World, at: Address, role: B256, account: Address) -> bool {
    world.net.view(at, &C::hasRoleCall { role, account }).expect("a plain view")
}

#[test]
fn gov_07_the_timelock_alone_governs_and_the_deployer_keeps_nothing() {
    let governed = World::governed();
    let Governed { ref world, governor, ref council, ref guardian, .. } = governed;
    let (net, timelock) = (&world.net, world.governance);
    let council_role = net.view(world.controller, &C::COUNCIL_ROLECall {}).expect("a plain view");
    let guardian_role = net.view(world.controller, &C::GUARDIAN_ROLECall {}).expect("a plain view");
    let treasury_role = net.view(world.treasury, &ITreasury::COUNCIL_ROLECall {}).expect("a plain view");

    // I13, G5, G8: one admin everywhere, and it is the timelock.
    for proxy in world.proxies() {
        assert!(has_role(world, proxy, ADMIN, timelock));
        let owner = net.view(net.proxy_admin(proxy), &ProxyAdmin::ownerCall {}).expect("a plain view");
        assert_eq!(owner, timelock);
        for other in others(&governed).into_iter().chain([governor]) {
            assert!(!has_role(world, proxy, ADMIN, other), "{other} governs {proxy}");
        }
    }
    assert_eq!(net.view(world.verifier, &IVerifier::ownerCall {}).expect("a plain view"), timelock);
    assert_eq!(net.view(world.verifier, &IVerifier::pendingOwnerCall {}).expect("a plain view"), Address::ZERO);
    assert_eq!(net.view(world.verifier, &IVerifier::guardianCall {}).expect("a plain view"), guardian.address);
    assert_eq!(net.view(world.token, &IToken::ownerCall {}).expect("a plain view"), Address::ZERO);
    for other in others(&governed).into_iter().chain([governor, timelock]) {
        assert_eq!(has_role(world, world.controller, council_role, other), other == council.address);
        assert_eq!(has_role(world, world.treasury, treasury_role, other), other == council.address);
        assert_eq!(has_role(world, world.controller, guardian_role, other), other == guardian.address);
        // The timelock administers itself; the Governor alone proposes and cancels; to execute takes no role.
        assert_eq!(has_role(world, timelock, ADMIN, other), other == timelock);
        assert_eq!(has_role(world, timelock, PROPOSER, other), other == governor);
        assert_eq!(has_role(world, timelock, CANCELLER, other), other == governor);
    }
    assert!(has_role(world, timelock, EXECUTOR, Address::ZERO));

    // Roles change by their admin alone, and the last admin stays.
    let grant = C::grantRoleCall { role: ADMIN, account: world.stranger };
    for other in others(&governed) {
        let error = C::AccessControlUnauthorizedAccount { account: other, neededRole: ADMIN };
        refused(net.simulate(other, world.controller, alloy_sol_types::SolCall::abi_encode(&grant).into()), &error);
    }
    let vacancy =
        Proposal::new("Nobody governs").call(world.controller, &C::revokeRoleCall { role: ADMIN, account: timelock });
    refused(governed.pass(&vacancy), &C::AccessControlLastAdmin {});
}

#[test]
fn gov_06_the_delay_changes_through_the_timelock_only() {
    let governed = World::governed();
    let Governed { ref world, governor, .. } = governed;
    let (net, timelock) = (&world.net, world.governance);
    let update = T::updateDelayCall { newDelay: U256::ZERO };
    // G1: nobody changes it without its delay, not even the Governor.
    for caller in others(&governed).into_iter().chain([governor]) {
        let input = alloy_sol_types::SolCall::abi_encode(&update).into();
        refused(net.simulate(caller, timelock, input), &T::TimelockUnauthorizedCaller { caller });
    }
    let delay = || net.view(timelock, &T::getMinDelayCall {}).expect("a plain view");
    let old = U256::from(Governed::TIMELOCK_DELAY);
    let new = 20 * super::DAY;
    let proposal = Proposal::new("Twenty days").call(timelock, &T::updateDelayCall { newDelay: U256::from(new) });
    governed.carry(&proposal);
    assert_eq!(delay(), old, "the old delay holds until it is over");
    ok(governed.execute(&proposal));
    assert_eq!(delay(), U256::from(new));
    // And the new one holds for what comes next.
    let second = widen(world, 25_000);
    governed.carry(&second);
    let early =
        T::TimelockUnexpectedOperationState { operationId: second.operation(governor), expectedStates: mask(&[2]) };
    refused(governed.execute(&second), &early);
    net.warp(new - Governed::TIMELOCK_DELAY);
    ok(governed.execute(&second));
    assert_eq!(rules(world, EMISSION).gov_max, 25_000);
}

#[test]
fn gov_06_an_open_executor_gains_nothing_and_an_operation_runs_once() {
    let governed = World::governed();
    let Governed { ref world, governor, .. } = governed;
    let (net, timelock, stranger) = (&world.net, world.governance, world.stranger);
    // Incident 11 (CVE-2021-39167): an executor runs a batch that makes itself proposer, ends the delay, and would only
    // then schedule the very batch. The state is asked before the first call.
    let grant = T::grantRoleCall { role: PROPOSER, account: stranger };
    let attack =
        Proposal::new("Coup").call(timelock, &grant).call(timelock, &T::updateDelayCall { newDelay: U256::ZERO });
    let unknown =
        T::TimelockUnexpectedOperationState { operationId: attack.operation(governor), expectedStates: mask(&[2]) };
    refused(net.send(stranger, timelock, &attack.execute_operation(governor)), &unknown);
    let no_role = |account, role| T::AccessControlUnauthorizedAccount { account, neededRole: role };
    refused(net.send(stranger, timelock, &attack.schedule(governor, 0)), &no_role(stranger, PROPOSER));
    refused(net.send(stranger, timelock, &grant), &no_role(stranger, ADMIN));
    assert!(!has_role(world, timelock, PROPOSER, stranger));

    // G4: a contract that is called by a proposal and calls back is just another caller.
    let peer = net.solidity(world.deployer, "ReentrantPeer", &[]);
    let payload = alloy_sol_types::SolCall::abi_encode(&grant).into();
    let trigger = <M::versionCall as alloy_sol_types::SolCall>::SELECTOR.into();
    ok(net.send(
        stranger,
        peer,
        &ReentrantPeer::armCall { trigger_: trigger, target_: timelock, payload_: payload, mode_: 0 },
    ));
    let visit = Proposal::new("A visit").call(peer, &M::versionCall {});
    governed.carry(&visit);
    // Executed past the Governor, by anyone; the Governor knows, and neither runs it again (G2).
    ok(net.send(stranger, timelock, &visit.execute_operation(governor)));
    assert!(net.view(peer, &ReentrantPeer::firedCall {}).expect("a plain view"), "the peer was called");
    assert!(!net.view(peer, &ReentrantPeer::succeededCall {}).expect("a plain view"), "and refused");
    let returned = net.view(peer, &ReentrantPeer::returnedCall {}).expect("a plain view");
    assert_eq!(returned, alloy_primitives::Bytes::from(alloy_sol_types::SolError::abi_encode(&no_role(peer, ADMIN))));
    assert_eq!(governed.state(&visit), super::EXECUTED);
    refused(governed.execute(&visit), &super::unexpected(&visit, super::EXECUTED, &[super::QUEUED]));
    let done =
        T::TimelockUnexpectedOperationState { operationId: visit.operation(governor), expectedStates: mask(&[2]) };
    refused(net.send(stranger, timelock, &visit.execute_operation(governor)), &done);

    // What is queued is cancelled by the Governor alone, which never does; the Governor's own settings need a vote.
    let queued = widen(world, 25_000);
    governed.carry(&queued);
    let cancel = T::cancelCall { id: queued.operation(governor) };
    for caller in others(&governed) {
        let input = alloy_sol_types::SolCall::abi_encode(&cancel).into();
        refused(net.simulate(caller, timelock, input), &no_role(caller, CANCELLER));
    }
    let replace = G::updateTimelockCall { newTimelock: stranger };
    refused(net.send(stranger, governor, &replace), &G::GovernorOnlyExecutor { account: stranger });
}
