//! E2E-16 to E2E-18: consumers are asked about every change, and the breaker reads what the chain shows, on the compiled
//! controller.
#![allow(missing_docs)]

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, sol};
use escapement_agent::{
    bindings::{
        controller::{IController as C, IControllerEvents as E},
        minter::IMinter,
        token::IToken as T,
        treasury::ITreasury,
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

fn observe(world: &World) -> Result<Receipt, Refusal> {
    world.net.send(world.stranger, world.controller, &C::observeCall {})
}

/// A source that answers with these words and nothing else.
fn telling(world: &World, words: &[U256]) -> Address {
    let length = u8::try_from(words.len() * 32).expect("few words");
    // For each: PUSH32 word PUSH1 place MSTORE; then PUSH1 length PUSH0 RETURN.
    let mut code = Vec::new();
    for (place, word) in (0..).step_by(32).zip(words) {
        code.push(0x7f);
        code.extend_from_slice(&word.to_be_bytes::<32>());
        code.extend_from_slice(&[0x60, place, 0x52]);
    }
    code.extend_from_slice(&[0x60, length, 0x5f, 0xf3]);
    stub(world, &code)
}

/// The one trip of a reading: reason, value and limit. Everything is halted for a week from then on.
fn trip(world: &World) -> (u8, i64, i64) {
    let receipt = observe(world).expect("a trip is no error");
    let tripped = receipt.events::<E::BreakerTripped>();
    assert_eq!(tripped.len(), 1, "one trip");
    let until = u32::try_from(receipt.timestamp + 7 * DAY).expect("32 bits");
    refused(world.submit(&world.heartbeat(1)), &C::ControllerHalted { scope: 255, until });
    let again = observe(world).expect("no error");
    assert!(again.events::<E::BreakerTripped>().is_empty(), "one trip a halt");
    (tripped[0].reason, tripped[0].value, tripped[0].limit)
}

/// A world whose treasury holds a tenth of the supply and whose first reading is taken, half of the supply staked.
fn watched(turnout: u64) -> World {
    let world = World::new();
    let supply = world.net.view(world.token, &T::totalSupplyCall {}).expect("a view");
    world.deliver(world.deployer, world.treasury, supply / U256::from(10));
    let mut call = world.sources(telling(&world, &[U256::from(turnout)]));
    call.vault = telling(&world, &[supply / U256::from(2)]);
    world.net.send(world.governance, world.controller, &call).expect("governance");
    world
}

/// Some share of the supply, in basis points.
fn share(world: &World, bps: u64) -> U256 {
    world.net.view(world.token, &T::totalSupplyCall {}).expect("a view") * U256::from(bps) / U256::from(10_000)
}

#[test]
fn observe_trips_on_growth_of_supply() {
    let world = watched(65_536);
    assert!(observe(&world).expect("the first reading").events::<E::BreakerTripped>().is_empty());
    // 0.46 %, above the limit of 0.45 %, minted by whoever plays the minter.
    let mint = T::mintCall { to: world.stranger, value: share(&world, 46) };
    world.as_minter(world.token, &mint).expect("below the cap");
    assert_eq!(trip(&world), (3, 301, 295));
}

#[test]
fn observe_trips_on_burns_behind_mints() {
    let world = watched(65_536);
    observe(&world).expect("the first reading");
    // 2.01 % burned, above the limit of 2 %.
    let burn = T::burnCall { value: share(&world, 201) };
    world.net.send(world.deployer, world.token, &burn).expect("the deployer holds the supply");
    assert_eq!(trip(&world), (9, 1_317, 1_311));

    // And what the minter mints in between hides nothing: an epoch is rolled before as much is burned again.
    world.net.warp(7 * DAY);
    world.net.send(world.stranger, world.minter, &IMinter::rollEpochCall {}).expect("an epoch is due");
    let value = share(&world, 201);
    world.net.send(world.deployer, world.token, &T::burnCall { value }).expect("it holds the supply");
    let (reason, value, limit) = trip(&world);
    assert_eq!((reason, limit), (9, 1_311));
    assert!(value >= 1_317, "{value}");
}

#[test]
fn observe_trips_on_a_fall_of_the_treasury() {
    let world = watched(65_536);
    observe(&world).expect("the first reading");
    let free = world.net.view(world.treasury, &ITreasury::freeFundsCall {}).expect("a view");
    let spend = |amount| {
        let call = ITreasury::spendCall { to: world.stranger, amount };
        world.net.send(world.governance, world.treasury, &call).expect("governance spends");
    };
    spend(free / U256::from(4));
    assert!(observe(&world).expect("a quarter may go").events::<E::BreakerTripped>().is_empty());
    spend(free / U256::from(1_000));
    assert_eq!(trip(&world), (10, 16_449, 16_384));
}

#[test]
fn observe_trips_on_low_stakes() {
    let world = watched(65_536);
    let mut call = world.sources(Address::ZERO);
    observe(&world).expect("half is staked");
    // The vault itself, in which nobody has staked.
    call.turnout = telling(&world, &[U256::from(65_536)]);
    world.net.send(world.governance, world.controller, &call).expect("governance");
    assert_eq!(trip(&world), (4, 0, 26_214));
}

#[test]
fn observe_trips_on_low_turnout() {
    let world = watched(1_967);
    assert!(observe(&world).expect("just enough").events::<E::BreakerTripped>().is_empty());
    let world = watched(1_966);
    assert_eq!(trip(&world), (11, 1_966, 1_967));
}

#[test]
fn observe_reverts_when_any_source_fails() {
    let world = watched(65_536);
    refused_without_token(&world);
    let good = world.net.view(world.controller, &C::sourcesCall {}).expect("a view");
    let good = [good.token, good.vault, good.minter, good.treasury, good.turnout];
    let set = |[token, vault, minter, treasury, turnout]: [Address; 5]| {
        let call = C::setSourcesCall { token, vault, minter, treasury, turnout };
        world.net.send(world.governance, world.controller, &call)
    };
    let [silent, refusing] = ["SilentStub", "RefusingStub"].map(|name| world.net.solidity(world.deployer, name, &[]));
    let long = telling(&world, &[U256::ONE, U256::ONE]);
    let huge = telling(&world, &[(U256::ONE << 96) + U256::ONE]);
    let more_than_all = telling(&world, &[U256::from(65_537)]);
    for index in 0..5 {
        let mut failing = vec![silent, refusing, long, huge];
        if index == 4 {
            failing.push(more_than_all);
        }
        for source in failing {
            let mut sources = good;
            sources[index] = source;
            set(sources).expect("it has code");
            let before = world.storage();
            refused(observe(&world), &C::ControllerBadSource { source });
            assert_eq!(world.storage(), before, "no half of a reading is kept");
        }
        let mut sources = good;
        sources[index] = world.stranger;
        refused(set(sources), &C::ControllerBadSource { source: world.stranger });
    }
    // One that loses its code answers nothing.
    let lost = telling(&world, &[U256::from(65_536)]);
    let mut sources = good;
    sources[4] = lost;
    set(sources).expect("it has code");
    observe(&world).expect("it answers");
    world.net.chain.set_code(lost, Bytes::new()).expect("a cheat of the chain");
    refused(observe(&world), &C::ControllerBadSource { source: lost });
}

/// Without a token nothing is watched, and only governance says what is.
fn refused_without_token(world: &World) {
    let fresh = World::new();
    refused(observe(&fresh), &C::ControllerBadSource { source: Address::ZERO });
    let call = world.sources(Address::ZERO);
    assert!(world.net.send(world.council, world.controller, &call).is_err(), "governance alone");
}

#[test]
fn log_gives_the_sources() {
    let world = World::new();
    let turnout = telling(&world, &[U256::ONE]);
    let receipt = world.net.send(world.governance, world.controller, &world.sources(turnout)).expect("governance");
    let mut follower = Follower::default();
    for log in &receipt.logs {
        follower.take(receipt.timestamp, &log.data).expect("a published log");
    }
    assert_eq!(follower.sources, [world.token, world.vault, world.minter, world.treasury, turnout]);
}
