//! E2E-16 to E2E-18: consumers are asked about every change, and the breaker reads supply and stakes, on the compiled
//! controller.
#![allow(missing_docs)]

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, sol};
use escapement_agent::{
    bindings::{
        controller::{IController as C, IControllerEvents as E},
        token::IToken as T,
    },
    client::Client,
    follow::Follower,
    policy::PolicyFiles,
    propose::{Objection, Observation, propose},
};
use escapement_chain::serve;
use escapement_core::{
    param::Group,
    policy::{Arch, policy_code},
    update::Change,
};
use escapement_e2e::{Receipt, Refusal, World, refused, steerable_policy, wad};

sol! {
    error StubRefused(address caller, uint256 value);
    function checkParams(uint8 group, uint32[] values) external view;
}

const DAY: u64 = 86_400;

fn set(world: &World, index: u8, consumer: Address, groups: u8) -> Result<Receipt, Refusal> {
    world.net.send(world.governance, world.controller, &C::setConsumerCall { index, consumer, groups })
}

fn change(slot: u8, old: u32, new: u32) -> Bytes {
    [&[slot][..], &old.to_be_bytes(), &new.to_be_bytes()].concat().into()
}

/// A contract that runs `code` whatever it is called with.
fn stub(world: &World, code: &[u8]) -> Address {
    world.net.code(world.deployer, code).expect("plain code")
}

/// A consumer that refuses unless it is asked with exactly `expected`, by comparing the hash of its calldata: the proof
/// that the question is what the interface says. Returns silently if it fits, reverts without data if not.
fn exacting(world: &World, expected: &[u8]) -> Address {
    // CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY CALLDATASIZE PUSH0 KECCAK256 PUSH32 hash EQ PUSH1 dest JUMPI PUSH0 PUSH0
    // REVERT JUMPDEST STOP
    let mut code = vec![0x36, 0x5f, 0x5f, 0x37, 0x36, 0x5f, 0x20, 0x7f];
    code.extend_from_slice(alloy_primitives::keccak256(expected).as_slice());
    let end = u8::try_from(code.len() + 7).expect("short code");
    code.extend_from_slice(&[0x14, 0x60, end, 0x57, 0x5f, 0x5f, 0xfd, 0x5b, 0x00]);
    stub(world, &code)
}

/// INC-04: a change that one consumer could not live with froze a market for a week. Here the consumer undoes it.
#[test]
fn inc_04_change_reverts_when_a_consumer_refuses() {
    let world = World::new();
    let silent = world.net.solidity(world.deployer, "SilentStub", &[]);
    let refusing = world.net.solidity(world.deployer, "RefusingStub", &[]);
    let refusal = StubRefused { caller: world.controller, value: U256::ZERO };

    // Nobody is put in place who refuses what is in force.
    refused(set(&world, 0, refusing, 0x7f), &refusal);
    refused(
        set(&world, 0, world.stranger, 1),
        &C::ControllerBadConsumer { consumer: world.stranger, index: 0, groups: 1 },
    );
    set(&world, 3, silent, 0x7f).expect("it accepts everything");
    let update = world.propose(1, &[(0, 13_107)]);
    world.submit(&update).expect("nobody objects");
    let value = world.value(0);

    // The same address, now with other code, refuses: by then the change is written, and all of it is undone.
    let before = world.storage();
    let code = world.net.chain.code(refusing, alloy::eips::BlockId::latest()).expect("deployed");
    world.net.chain.set_code(silent, code).expect("a cheat of the chain");
    let call = C::overrideParamsCall { changes: change(0, value, value - 50) };
    refused(world.net.send(world.council, world.controller, &call), &refusal);
    world.net.warp(7 * DAY);
    let next = world.propose(2, &[(0, 6_554)]);
    refused(world.submit(&next), &refusal);
    let signatures = world.quorum.sign(world.digest(&next));
    let lenient = C::trySubmitCall { update: next.bytes(), signatures };
    refused(world.net.send(world.stranger, world.controller, &lenient), &refusal);
    assert_eq!(world.storage(), before, "nothing was written");
    assert_eq!(world.value(0), value);

    // It can stop changes, but neither a halt nor its own removal.
    world.net.send(world.guardian, world.controller, &C::haltCall { scope: 0 }).expect("a halt asks nobody");
    world.net.send(world.governance, world.controller, &C::resumeCall { scope: 0 }).expect("nor does its end");
    set(&world, 3, Address::ZERO, 0).expect("removed");
    world.submit(&next).expect("nobody objects any more");
}

#[test]
fn consumer_is_asked_with_group_and_values() {
    let world = World::new();
    // The values of group 3, as they will be.
    let question = checkParamsCall { group: 3, values: vec![2_100, 20] }.abi_encode();
    let consumer = exacting(&world, &question);
    let failed = C::ControllerConsumerFailed { consumer, group: 3 };
    refused(set(&world, 7, consumer, 8), &failed);
    let now = checkParamsCall { group: 3, values: vec![2_000, 20] }.abi_encode();
    let code = world.net.chain.code(exacting(&world, &now), alloy::eips::BlockId::latest()).expect("deployed");
    let lenient = stub(&world, &code);
    set(&world, 7, lenient, 8).expect("asked with the values in force");
    // It only knows the old values, so the change is refused; with the code that knows the new ones it is not.
    let call = C::overrideParamsCall { changes: change(7, 2_000, 2_100) };
    let failed = C::ControllerConsumerFailed { consumer: lenient, group: 3 };
    refused(world.net.send(world.council, world.controller, &call), &failed);
    let code = world.net.chain.code(consumer, alloy::eips::BlockId::latest()).expect("deployed");
    world.net.chain.set_code(lenient, code).expect("a cheat of the chain");
    world.net.send(world.council, world.controller, &call).expect("asked with the new values");
    assert_eq!(world.value(7), 2_100);
}

/// E2E-18, over HTTP: what a consumer would refuse is left out, and the rest of the update stands.
#[tokio::test(flavor = "multi_thread")]
async fn proposal_leaves_out_what_a_consumer_refuses() {
    let world = tokio::task::spawn_blocking(|| {
        let world = World::new();
        world.connect();
        world.stake(world.stranger, 1_000, 0);
        world
    });
    let world = world.await.expect("the world stands");
    let folder = tempfile::tempdir().expect("a folder");
    let (model, schema) = steerable_policy(Arch::A1);
    let code = policy_code(&model, &schema).expect("well formed");
    let (model, schema) = code[1..].split_at(model.arch.model_len());
    std::fs::write(folder.path().join("model.bin"), model).expect("written");
    std::fs::write(folder.path().join("schema.bin"), schema).expect("written");
    let policy = PolicyFiles::load(folder.path()).expect("the policy of the world");
    assert_eq!(policy.model_id(), world.model_id);

    let server = serve(world.net.chain.clone(), ([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let client = Client::connect(&server.url()).await.expect("it listens");
    // Outputs 0 and 2: emission up by a fifth of a step, the curve by a whole one, on stakes without a lock.
    let mut kpis = world.heartbeat(1).inner.kpis;
    (kpis[0], kpis[2]) = (13_107, 65_536);
    let observation = Observation { kpis, at: world.net.now() };
    let proposal = propose(&client, world.controller, world.verifier, &policy, &observation).await.expect("proposed");
    let groups = |slots: &[Change]| slots.iter().map(|c| c.slot).collect::<Vec<_>>();
    assert_eq!(groups(&proposal.update.changes), [0], "emission stays in");
    let [(Group::Curve, Objection::Consumer(refusal))] = &proposal.left_out[..] else {
        panic!("{:?}", proposal.left_out);
    };
    assert_eq!(refusal.name, "VaultCurveTooSteep");
    assert_eq!(refusal.arg("added"), Some(wad(50).to_string().as_str()), "500 bps on 1,000 tokens");
    assert_eq!(refusal.arg("highest"), Some(wad(20).to_string().as_str()), "2 % of their weight");
    server.shutdown().await;
}

#[test]
fn observe_reads_supply_and_trips() {
    let world = World::new();
    let observe = || world.net.send(world.stranger, world.controller, &C::observeCall {});
    refused(observe(), &C::ControllerBadSource { source: Address::ZERO });
    let call = C::setSourcesCall { token: world.token, vault: Address::ZERO };
    let receipt = world.net.send(world.governance, world.controller, &call).expect("governance");
    observe().expect("the first reading");
    assert!(world.net.send(world.council, world.controller, &call).is_err(), "governance alone");

    // 0.46 %, above the limit of 0.45 %, minted by whoever plays the minter.
    world.net.chain.set_balance(world.minter, wad(1));
    world.net.chain.impersonate(world.minter);
    let supply = world.net.view(world.token, &T::totalSupplyCall {}).expect("a view");
    let value = supply * U256::from(46) / U256::from(10_000);
    world.net.send(world.minter, world.token, &T::mintCall { to: world.stranger, value }).expect("below the cap");
    let receipt_of_trip = observe().expect("a trip is no error");
    let tripped = receipt_of_trip.events::<E::BreakerTripped>();
    assert_eq!((tripped[0].reason, tripped[0].scope, tripped[0].limit), (3, 255, 295));
    refused(
        world.submit(&world.heartbeat(1)),
        &C::ControllerHalted {
            scope: 255,
            until: u32::try_from(receipt_of_trip.timestamp + 7 * DAY).expect("32 bits"),
        },
    );
    assert!(observe().expect("no error").events::<E::BreakerTripped>().is_empty(), "one trip a halt");

    // With the token as its vault everything counts as staked; with a vault that is silent nothing can be read.
    let silent = world.net.solidity(world.deployer, "SilentStub", &[]);
    let call = C::setSourcesCall { token: world.token, vault: silent };
    world.net.send(world.governance, world.controller, &call).expect("it has code");
    refused(observe(), &C::ControllerBadSource { source: silent });

    let mut follower = Follower::default();
    for log in &receipt.logs {
        follower.take(receipt.timestamp, &log.data).expect("a published log");
    }
    assert_eq!(follower.sources, (world.token, Address::ZERO));
}
