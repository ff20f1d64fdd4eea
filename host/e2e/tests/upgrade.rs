//! E2E-7: an upgrade that would go backwards, nowhere, or onto a program that soon dies is refused, and an expired
//! program is revived by anyone, on the compiled contracts behind `OpenZeppelin`'s transparent proxy.
#![allow(missing_docs)]

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use escapement_agent::bindings::controller::IController;
use escapement_e2e::{World, arb_wasm};

const DAY: u64 = 86_400;

fn migrate() -> Bytes {
    IController::migrateCall {}.abi_encode().into()
}

/// Runs an upgrade that must fail and checks that the proxy still points where it did and still works.
fn refused(world: &World, by: alloy_primitives::Address, target: alloy_primitives::Address) -> escapement_e2e::Refusal {
    let before = world.net.implementation(world.controller);
    let refusal = world.upgrade(by, world.controller, target, migrate()).expect_err("the upgrade is refused");
    assert_eq!(world.net.implementation(world.controller), before);
    assert_eq!(world.value(0), 10_000);
    refusal
}

#[test]
fn upgrade_reverts_when_target_is_not_newer() {
    let world = World::new();
    let same = world.net.program(world.deployer, "controller");
    let refusal = refused(&world, world.governance, same);
    let numbers = refusal.expect::<IController::ProxiedNotNewer>();
    assert_eq!((numbers.stored, numbers.offered), (1, 1));
}

#[test]
fn upgrade_reverts_when_target_has_no_code() {
    let world = World::new();
    let _ = refused(&world, world.governance, world.stranger);
}

#[test]
fn upgrade_reverts_when_target_is_not_activated() {
    let world = World::new();
    // A code of its own: records are kept by code hash, so a copy of an active program would be active.
    let mut code = escapement_e2e::program_code("controller").to_vec();
    code.push(0);
    let target = world.net.code(world.deployer, &code).expect("the prefix is a program's");
    let _ = refused(&world, world.governance, target);
}

#[test]
fn upgrade_reverts_when_caller_is_not_governance() {
    let world = World::new();
    let target = world.net.program(world.deployer, "controller");
    for who in [world.stranger, world.council, world.guardian, world.deployer] {
        let _ = refused(&world, who, target);
    }
}

#[test]
fn expired_program_halts_and_anyone_revives_it() {
    let world = World::new();
    let left = arb_wasm::programTimeLeftCall { program: world.controller_logic };
    let left = world.net.view(arb_wasm::ADDRESS, &left).expect("active");
    assert!(left > 364 * DAY);
    world.net.warp(left + 3_601);
    let param = IController::paramCall { slot: 0 };
    assert!(world.net.view(world.controller, &param).is_err(), "an expired program answers nothing");
    let halt = IController::haltCall { scope: 255 };
    assert!(world.net.send(world.guardian, world.controller, &halt).is_err(), "not even a halt");

    world.net.activate(world.stranger, world.controller_logic).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(world.value(0), 10_000, "the storage was never in danger");
    world.net.send(world.guardian, world.controller, &halt).unwrap_or_else(|refusal| panic!("{refusal}"));
}

#[test]
fn keepalive_extends_a_program_before_it_expires() {
    let world = World::new();
    world.net.warp(340 * DAY);
    let time_left = arb_wasm::programTimeLeftCall { program: world.controller_logic };
    let before = world.net.view(arb_wasm::ADDRESS, &time_left).expect("active");
    assert!(before < 30 * DAY);
    let codehash = alloy_primitives::keccak256(escapement_e2e::program_code("controller"));
    let call = arb_wasm::codehashKeepaliveCall { codehash };
    let value = U256::from(10u64).pow(U256::from(18));
    world.net.send_value(world.stranger, arb_wasm::ADDRESS, &call, value).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert!(world.net.view(arb_wasm::ADDRESS, &time_left).expect("active") > 364 * DAY);
    world.net.warp(40 * DAY);
    assert_eq!(world.value(0), 10_000, "alive past its first year");
}
