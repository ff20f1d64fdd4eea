//! E2E-14: calls that come from a contract, by static call, by delegate call, many in one transaction.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolError as _;
use escapement_agent::bindings::{controller::IController as C, minter::IMinter as M, token::IToken as T};
use escapement_e2e::{World, change, refused, start_values};

use crate::{encoded, fixtures::Forwarder};

#[test]
fn static_call_writes_nothing() {
    let world = World::new();
    let forwarder = world.net.solidity(world.stranger, "Forwarder", &[]);
    // What a contract without a role may do in an ordinary call.
    let update = world.propose(1, &[(0, 6_554)]);
    let signatures = world.quorum.sign(world.digest(&update));
    let calls = [
        (world.controller, encoded(&C::submitCall { update: update.bytes(), signatures })),
        (world.minter, encoded(&M::rollEpochCall {})),
        (world.token, encoded(&T::approveCall { spender: world.stranger, value: U256::from(7) })),
    ];
    let before = world.storage();
    for (target, data) in calls {
        let call = Forwarder::staticCallCall { target, data: data.clone() };
        assert!(world.net.send(world.stranger, forwarder, &call).is_err(), "{target} wrote in a static call");
        assert_eq!(world.storage(), before, "nothing was written");
        let snapshot = world.net.chain.snapshot();
        let call = Forwarder::callCall { target, data, gasLimit: U256::ZERO };
        world.net.send(world.stranger, forwarder, &call).unwrap_or_else(|refusal| panic!("{target}: {refusal}"));
        assert!(world.net.chain.revert(snapshot));
    }
    let call = Forwarder::staticCallCall { target: world.controller, data: encoded(&C::paramCall { slot: 0 }) };
    let value = world.net.view(forwarder, &call).expect("a view is for static calls");
    assert_eq!(U256::from_be_slice(&value), U256::from(10_000));
}

#[test]
fn delegate_call_finds_no_proxy() {
    let world = World::new();
    let forwarder = world.net.solidity(world.stranger, "Forwarder", &[]);
    let delegate = |target, data| world.net.send(world.stranger, forwarder, &Forwarder::delegateCall { target, data });
    let initialize = C::initializeCall {
        governance: world.stranger,
        council: world.stranger,
        guardian: world.stranger,
        verifier: world.verifier,
        values: start_values(),
        pools: 4,
        categories: 2,
        autonomy: 3,
    };
    refused(delegate(world.controller_logic, encoded(&initialize)), &C::ProxiedNotThroughProxy {});
    refused(delegate(world.controller_logic, encoded(&C::migrateCall {})), &C::ProxiedNotThroughProxy {});
    let initialize = M::initializeCall {
        governance: world.stranger,
        controller: world.controller,
        token: world.token,
        genesis: world.net.now(),
        epochLength: 604_800,
    };
    refused(delegate(world.minter_logic, encoded(&initialize)), &M::ProxiedNotThroughProxy {});
    // The code runs on the forwarder's storage, where nobody has a role.
    let data = encoded(&C::overrideParamsCall { changes: change(0, 10_000, 9_900) });
    let denied = C::AccessControlUnauthorizedAccount {
        account: world.stranger,
        neededRole: alloy_primitives::keccak256("COUNCIL_ROLE"),
    };
    refused(delegate(world.controller_logic, data), &denied);
}

#[test]
fn batch_judges_each_call_by_itself() {
    let world = World::new();
    let forwarder = world.net.solidity(world.stranger, "Forwarder", &[]);
    let update = world.propose(1, &[(0, 6_554)]);
    let signatures = world.quorum.sign(world.digest(&update));
    let submit = encoded(&C::submitCall { update: update.bytes(), signatures });
    let roll = encoded(&M::rollEpochCall {});
    let call = Forwarder::batchCall {
        targets: vec![world.controller, world.controller, world.minter, world.minter],
        data: vec![submit.clone(), submit, roll.clone(), roll],
    };
    let receipt = world.net.send(world.stranger, forwarder, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
    let outcomes: Vec<_> =
        receipt.events::<Forwarder::Forwarded>().into_iter().map(|event| (event.success, event.result)).collect();
    let replayed = C::ControllerIdNotRising { id: 1, last: 1 }.abi_encode();
    let opens_at = world.net.view(world.minter, &M::nextRollAtCall {}).expect("a plain view");
    let early = M::MinterTooEarly { opensAt: opens_at }.abi_encode();
    let want = [(true, Bytes::new()), (false, replayed.into()), (true, Bytes::new()), (false, Bytes::from(early))];
    assert_eq!(outcomes, want);
    assert_eq!(world.value(0), 10_050, "once");
}
