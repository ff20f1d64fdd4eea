//! The published interface is what the router answers: functions, errors, roles, storage.

use std::collections::BTreeSet;

use alloy_primitives::{keccak256, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolInterface};
use escapement_core::engine::{key, Violation};
use escapement_kit::{roles, testing};
use motsu::prelude::*;
use openzeppelin_stylus::access::control::{AccessControl, IAccessControl};
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageB256, StorageMap},
};

use super::world::{Fixture, World, GENESIS};
use crate::{IController as I, COUNCIL_ROLE, GUARDIAN_ROLE, LAYOUT, VERSION};

/// Calls of the functions that take an update: an empty one cannot be read.
fn submissions(world: &mut World) -> [Vec<u8>; 2] {
    let (update, outputs) = world.emission(1_000);
    [World::submission(&update, outputs).abi_encode(), World::attempt(&update, outputs).abi_encode()]
}

#[motsu::test]
fn every_function_is_routed() {
    let mut world = World::at(3);
    let samples = submissions(&mut world);
    testing::check_routes(&world, &[world.governance, world.council], &samples);
}

#[test]
fn selectors_are_unique_beside_proxy_and_constructor() {
    testing::check_selectors::<World>();
}

#[test]
fn every_violation_has_its_error() {
    let published: BTreeSet<[u8; 4]> = I::IControllerErrors::selectors().collect();
    for (_, selector, name, fields) in Violation::SIGNATURES {
        let types: Vec<String> = fields.iter().map(|(kind, _)| kind.replace('u', "uint")).collect();
        let signature = format!("Controller{name}({})", types.join(","));
        assert_eq!(keccak256(&signature)[..4], selector.to_be_bytes(), "{signature}");
        assert!(published.contains(&selector.to_be_bytes()), "{signature} is missing in abi.sol");
    }
}

#[test]
fn errors_and_events_of_the_kit_are_published() {
    use crate::IControllerEvents as E;
    testing::check_kit::<World, E::RoleGranted, E::RoleRevoked>(&[testing::PROXIED, testing::ROLES]);
    // OpenZeppelin's own.
    assert_eq!(
        openzeppelin_stylus::access::control::AccessControlUnauthorizedAccount::SELECTOR,
        roles::AccessControlUnauthorizedAccount::SELECTOR
    );
    assert_eq!(openzeppelin_stylus::access::control::RoleGranted::SIGNATURE_HASH, roles::RoleGranted::SIGNATURE_HASH);
    assert_eq!(openzeppelin_stylus::access::control::RoleRevoked::SIGNATURE_HASH, roles::RoleRevoked::SIGNATURE_HASH);
}

#[motsu::test]
fn roles_are_granted_and_revoked() {
    let world = World::at(3);
    testing::check_roles(&world, world.governance, COUNCIL_ROLE);
}

#[motsu::test]
fn call_reverts_when_calldata_is_not_canonical() {
    let mut world = World::at(3);
    let samples = submissions(&mut world);
    testing::check_encoding(&world, &[world.governance, world.council], &samples);
}

/// A `StorageMap` and an `AccessControl` at the slots the controller claims to use.
#[storage]
struct Reference {
    access: AccessControl,
    words: StorageMap<alloy_primitives::aliases::U64, StorageB256>,
    verifier: StorageAddress,
}

unsafe impl TopLevelStorage for Reference {}

#[public]
impl Reference {}

/// The slot table. Append only: an upgrade that moves a line breaks every deployment.
fn layout() -> String {
    let mut lines = vec![
        "# Storage of the controller: slot, offset in bytes from the right, size in bytes, what".to_string(),
        "0 0 32 roles: mapping(bytes32 role => (mapping(address => bool), bytes32 unused))".into(),
        "1 0 32 words: mapping(uint64 key => bytes32), keys below".into(),
        "2 0 20 verifier: address".into(),
        "3 0 8 groups of consumer n in byte n: uint8[8]".into(),
        "4 0 20 source n at 4 + n, n < 5 (token, vault, minter, treasury, turnout): address".into(),
        "9 0 20 consumer n at 9 + n, n < 8: address".into(),
        testing::proxied_rows().join("\n"),
        "# Keys of words".into(),
    ];
    for (name, key) in [
        ("config", key::CONFIG),
        ("progress", key::PROGRESS),
        ("history lengths", key::LENGTHS),
        ("watch", key::WATCH),
        ("breaker", key::BREAKER),
        ("supply that movements are measured against, and when it was read", key::SUPPLY),
        ("minted and treasury at that moment", key::FLOWS),
        ("group n", key::GROUP),
        ("rules of group n", key::GROUP_RULES),
        ("pending of group n", key::PENDING),
        ("commitment of group n", key::PENDING_HASH),
        ("buckets, four slots a word", key::BUCKET),
        ("rules of slot n, two words", key::SLOT_RULES),
        ("history page p, entry n: key * (1 + p) + n", key::HISTORY),
    ] {
        lines.push(format!("{key:#x} {name}"));
    }
    lines.push(format!("# version {VERSION}, layout {LAYOUT}\n"));
    lines.join("\n")
}

#[test]
fn layout_matches_snapshot() {
    testing::check_layout("controller", &layout());
}

#[motsu::test]
fn storage_lies_where_the_sdk_would_put_it() {
    let world = World::at(3);
    let reference = Contract::<Reference>::new();
    // What the controller wrote, read through the SDK's accessors and OpenZeppelin's module at the same storage.
    let copy = |slot: B256| {
        let word = world.peek(slot);
        let mut there = reference.sender(world.stranger);
        there.plant(slot, word);
    };
    let nested = |key: B256, root: B256| keccak256([key.0, root.0].concat());
    for (role, account) in
        [(B256::ZERO, world.governance), (COUNCIL_ROLE, world.council), (GUARDIAN_ROLE, world.guardian)]
    {
        let slot = nested(account.into_word(), nested(role, B256::ZERO));
        copy(slot);
        assert!(reference.sender(world.stranger).access.has_role(role, account));
        assert!(!reference.sender(world.stranger).access.has_role(role, world.stranger));
    }
    copy(B256::with_last_byte(2));
    assert_eq!(reference.sender(world.stranger).verifier.get(), world.verifier.address());
    for key in [key::CONFIG, key::LENGTHS, key::HISTORY, key::HISTORY * 9] {
        copy(nested(B256::from(U256::from(key)), B256::with_last_byte(1)));
        let word = world.controller.sender(world.stranger).word(key);
        assert_ne!(word, [0; 32]);
        let there = reference.sender(world.stranger).words.get(alloy_primitives::aliases::U64::from(key));
        assert_eq!(there, B256::new(word));
    }
    assert!(world.now > GENESIS);
}

impl Reference {
    fn plant(&mut self, slot: B256, word: B256) {
        escapement_kit::vm::save(&slot, &word);
    }
}

#[motsu::test]
fn words_works() {
    let world = World::at(3);
    let keys = vec![key::CONFIG, key::GROUP + 3, 12_345];
    let words = world.ok(world.stranger, I::wordsCall { keys: keys.clone() })._0;
    for (key, word) in keys.iter().zip(&words) {
        assert_eq!(world.controller.sender(world.stranger).word(*key), word.0);
    }
    assert_eq!(words.len(), 3);
    assert!(words[2].is_zero());
    assert_eq!(world.ok(world.stranger, I::wordsCall { keys: vec![] })._0.len(), 0);
    let many = I::wordsCall { keys: vec![0; crate::MAX_KEYS + 1] }.abi_encode();
    assert_eq!(world.raw(world.stranger, &many), Err(vec![]));
}

#[motsu::test]
fn plain_views_work() {
    let mut world = World::at(3);
    let ask = world.stranger;
    assert_eq!(world.ok(ask, I::versionCall {})._0, VERSION);
    assert_eq!(world.ok(ask, I::storedVersionCall {})._0, VERSION);
    assert_eq!(world.ok(ask, I::layoutCall {})._0, LAYOUT);
    assert_eq!(world.ok(ask, I::verifierCall {})._0, world.verifier.address());
    assert_eq!(world.ok(ask, I::COUNCIL_ROLECall {})._0, keccak256("COUNCIL_ROLE"));
    assert_eq!(world.ok(ask, I::GUARDIAN_ROLECall {})._0, keccak256("GUARDIAN_ROLE"));
    assert_eq!(world.ok(ask, I::haltedUntilCall { scope: 255 })._0, 0);
    assert_eq!(world.ok(ask, I::paramCall { slot: 0 })._0, 5_000);
    // VIEW-06: the present second is not over.
    let now = world.now as u32;
    for timepoint in [now, now + 1, u32::MAX] {
        world.err(ask, I::paramAtCall { slot: 0, timepoint }, I::ControllerFutureLookup { timepoint, now });
    }
    world.pass(1);
    assert_eq!(world.ok(ask, I::paramAtCall { slot: 0, timepoint: now })._0, 5_000);
    let before = GENESIS as u32 - 1;
    world.err(
        ask,
        I::paramAtCall { slot: 0, timepoint: before },
        I::ControllerNoHistory { slot: 0, timepoint: before },
    );
    world.err(ask, I::paramCall { slot: 51 }, I::ControllerUnknownSlot { slot: 51 });
    world.err(ask, I::haltedUntilCall { scope: 7 }, I::ControllerBadScope { scope: 7 });
}
