//! What goes wrong with Stylus contracts behind a proxy, tried on the real wasm.
#![allow(missing_docs)]

use alloy_primitives::{B256, Bytes, TxKind, U256};
use escapement_agent::bindings::controller::IController::{self, *};
use escapement_e2e::{World, start_values};

/// The first 64 words of the controller.
fn words(world: &World) -> Vec<B256> {
    let call = IController::wordsCall { keys: (0..64).collect() };
    world.net.view(world.controller, &call).expect("a plain view")
}

/// An initialisation that would make the stranger governance.
fn takeover(world: &World) -> initializeCall {
    initializeCall {
        governance: world.stranger,
        council: world.stranger,
        guardian: world.stranger,
        verifier: world.verifier,
        values: start_values(),
        pools: 4,
        categories: 2,
        autonomy: 3,
    }
}

#[test]
fn constructor_reverts_when_called_through_proxy() {
    let world = World::new();
    let before = words(&world);
    assert!(before.iter().any(|word| !word.is_zero()), "an initialised controller has words");
    for target in [world.controller, world.minter] {
        let input = Bytes::from_static(&[0x55, 0x85, 0x25, 0x8d]);
        assert!(world.net.transact(world.stranger, TxKind::Call(target), input, U256::ZERO).is_err());
    }
    assert_eq!(words(&world), before);
}

#[test]
fn initialize_reverts_when_repeated_or_direct() {
    let world = World::new();
    let before = words(&world);
    for from in [world.stranger, world.governance, world.deployer] {
        let refusal = world.net.send(from, world.controller, &takeover(&world)).expect_err("initialised once");
        assert_eq!(refusal.expect::<ProxiedAlreadyInitialized>().version, 1);
        let refusal = world.net.send(from, world.controller_logic, &takeover(&world)).expect_err("only by proxy");
        let _ = refusal.expect::<ProxiedNotThroughProxy>();
    }
    assert_eq!(words(&world), before);
}

#[test]
fn migrate_reverts_when_not_newer() {
    let world = World::new();
    let refusal = world.net.send(world.stranger, world.controller, &migrateCall {}).expect_err("same version");
    let error = refusal.expect::<ProxiedNotNewer>();
    assert_eq!((error.stored, error.offered), (1, 1));
}

#[test]
fn value_reverts_when_sent_to_proxy() {
    let world = World::new();
    for target in [world.controller, world.minter] {
        let sent = world.net.transact(world.stranger, TxKind::Call(target), Bytes::new(), U256::ONE);
        assert!(sent.is_err(), "{target} took value");
    }
    let call = haltCall { scope: 0 };
    assert!(world.net.send_value(world.guardian, world.controller, &call, U256::ONE).is_err());
    world.net.send(world.guardian, world.controller, &call).expect("the same call without value works");
}
