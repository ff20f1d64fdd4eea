//! What goes wrong with Stylus contracts behind a proxy, tried on the real wasm (E2E-11: the constructor).
#![allow(missing_docs)]

use alloy_primitives::{B256, Bytes, TxKind, U256, hex};
use alloy_sol_types::{SolCall as _, SolValue as _};
use escapement_agent::bindings::{controller::IController::*, minter::IMinter};
use escapement_e2e::{World, start_values};

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

/// What anyone might give to the constructor that every SDK contract once had: nothing, an owner, and the arguments of
/// this project's own constructors and initialisers with the stranger in every role.
fn constructor_calls(world: &World) -> Vec<Bytes> {
    let who = world.stranger;
    let (text, amount) = ("Escapement".to_owned(), U256::from(1_000_000));
    let owner_only = who.abi_encode();
    let token = (text.clone(), text, amount, amount, who, who).abi_encode_params();
    let verifier = (who, who, vec![who], U256::ONE).abi_encode_params();
    let controller = takeover(world).abi_encode()[4..].to_vec();
    let minter = IMinter::initializeCall {
        governance: who,
        controller: world.controller,
        token: world.token,
        genesis: world.net.now(),
        epochLength: 604_800,
    };
    let minter = minter.abi_encode()[4..].to_vec();
    [Vec::new(), owner_only, token, verifier, controller, minter]
        .into_iter()
        .map(|arguments| [&[0x55, 0x85, 0x25, 0x8d], arguments.as_slice()].concat().into())
        .collect()
}

#[test]
fn constructor_writes_nothing() {
    let world = World::new();
    let before = world.storage();
    for target in [world.controller, world.minter] {
        assert!(before.keys().filter(|(contract, _)| *contract == target).count() > 5, "a filled proxy has words");
    }
    for target in
        [world.controller, world.minter, world.controller_logic, world.minter_logic, world.token, world.verifier]
    {
        let own = (0..64).map(|slot| world.net.storage(target, B256::with_last_byte(slot))).collect::<Vec<_>>();
        for input in constructor_calls(&world) {
            for from in [world.stranger, world.deployer, world.governance] {
                let sent = world.net.transact(from, TxKind::Call(target), input.clone(), U256::ZERO);
                assert!(sent.is_err(), "{target} took 0x{}", hex::encode(&input));
            }
        }
        let after = (0..64).map(|slot| world.net.storage(target, B256::with_last_byte(slot))).collect::<Vec<_>>();
        assert_eq!(own, after, "{target}");
    }
    assert_eq!(world.storage(), before);
    // Upgrades still find the proxies as they were.
    assert_eq!(world.net.implementation(world.controller), world.controller_logic);
    assert_eq!(world.net.implementation(world.minter), world.minter_logic);
}

/// INC-13, P7: implementations, and proxies a second time, could be initialised by anyone.
#[test]
fn inc_13_p7_initialize_reverts_when_repeated_or_direct() {
    let world = World::new();
    let before = world.storage();
    for from in [world.stranger, world.governance, world.deployer] {
        let refusal = world.net.send(from, world.controller, &takeover(&world)).expect_err("initialised once");
        assert_eq!(refusal.expect::<ProxiedAlreadyInitialized>().version, 1);
        let refusal = world.net.send(from, world.controller_logic, &takeover(&world)).expect_err("only by proxy");
        let _ = refusal.expect::<ProxiedNotThroughProxy>();
    }
    assert_eq!(world.storage(), before);
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
