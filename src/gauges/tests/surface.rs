//! The published interface is what the router answers: functions, errors, roles, storage.

use alloy_primitives::{hex, keccak256, Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_kit::{proxied, reentrancy, testing};

use super::world::{Fixture, World, WEEK};
use crate::{IGauges as I, IGaugesEvents as E, LAYOUT, MINTER_ROLE, SHORTEST_EPOCH, VERSION};

#[motsu::test]
fn every_function_is_routed() {
    let world = World::new();
    world.deliver(10);
    testing::check_routes(&world, &[world.governance, world.minter], &[]);
}

#[test]
fn selectors_are_unique_beside_proxy_and_constructor() {
    testing::check_selectors::<World>();
}

#[test]
fn errors_and_events_of_the_kit_are_published() {
    use testing::{ERC20, PARAMS, PROXIED, REENTRANCY, ROLES};
    testing::check_kit::<World, E::RoleGranted, E::RoleRevoked>(&[PROXIED, ROLES, PARAMS, ERC20, REENTRANCY]);
    assert_eq!(MINTER_ROLE, keccak256("MINTER_ROLE"));
}

#[motsu::test]
fn calls_revert_when_calldata_is_not_canonical() {
    let world = World::new();
    world.deliver(10);
    testing::check_encoding(&world, &[world.governance, world.minter], &[]);
}

#[motsu::test]
fn initialize_works_once_through_a_proxy() {
    let world = World::bare();
    let call = || world.initialize_call();
    let zero = I::GaugesZeroAddress {};
    world.err(world.bob, I::initializeCall { governance: Address::ZERO, ..call() }, zero);
    for (place, bad) in [
        I::initializeCall { minter: Address::ZERO, ..call() },
        I::initializeCall { controller: Address::ZERO, ..call() },
        I::initializeCall { token: Address::ZERO, ..call() },
        I::initializeCall { treasury: Address::ZERO, ..call() },
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(world.send(world.bob, bad).err(), Some(I::GaugesZeroAddress {}.abi_encode()), "{place}");
    }
    for length in [0, SHORTEST_EPOCH - 1, 31_536_001] {
        let bad = I::GaugesBadEpochLength { length, shortest: SHORTEST_EPOCH, longest: 31_536_000 };
        world.err(world.bob, I::initializeCall { epochLength: length, ..call() }, bad);
    }
    assert_eq!(world.ok(world.bob, I::storedVersionCall {})._0, 0);
    world.ok(world.bob, call());
    world.err(world.bob, call(), I::ProxiedAlreadyInitialized { version: VERSION });
    world.err(world.bob, I::migrateCall {}, I::ProxiedNotNewer { stored: VERSION, offered: VERSION });
    let (controller, token) = (world.params.address(), world.token.address());
    assert!(world.logged(&E::Initialized { version: VERSION, controller, token, epochLength: WEEK }));
    let ask = world.bob;
    assert_eq!(world.ok(ask, I::versionCall {})._0, VERSION);
    assert_eq!(world.ok(ask, I::storedVersionCall {})._0, VERSION);
    assert_eq!(world.ok(ask, I::layoutCall {})._0, LAYOUT);
    assert_eq!(world.ok(ask, I::controllerCall {})._0, controller);
    assert_eq!(world.ok(ask, I::tokenCall {})._0, token);
    assert_eq!(world.ok(ask, I::treasuryCall {})._0, world.treasury);
    assert_eq!(world.ok(ask, I::epochLengthCall {})._0, WEEK);
    assert_eq!(world.ok(ask, I::poolsCall {})._0, 0);
    let bare = World::bare();
    bare.plant(proxied::IMPLEMENTATION_SLOT, B256::ZERO);
    bare.err(bare.bob, bare.initialize_call(), I::ProxiedNotThroughProxy {});
}

/// GAU-15: each function answers to its role and to nobody else.
#[motsu::test]
fn functions_revert_when_the_role_is_missing() {
    let world = World::new();
    let lp_token = world.lps[2].address();
    let refusal = |account, role: B256| I::AccessControlUnauthorizedAccount { account, neededRole: role };
    for account in [world.alice, world.minter, world.treasury] {
        let refused = || refusal(account, B256::ZERO);
        world.err(account, I::addPoolCall { weight: 3, lpToken: lp_token }, refused());
        world.err(account, I::killPoolCall { pool: 1 }, refused());
        world.err(account, I::setTreasuryCall { treasury: account }, refused());
        world.err(account, I::grantRoleCall { role: MINTER_ROLE, account }, refused());
        world.err(account, I::revokeRoleCall { role: MINTER_ROLE, account: world.minter }, refused());
    }
    for account in [world.alice, world.governance, world.treasury] {
        let call = I::notifyRewardCall { amount: U256::ZERO };
        world.err(account, call, refusal(account, MINTER_ROLE));
    }
    let zero = I::setTreasuryCall { treasury: Address::ZERO };
    world.err(world.governance, zero, I::GaugesZeroAddress {});
}

/// The functions of `AccessControl` that the kit routes.
#[motsu::test]
fn roles_are_granted_and_revoked() {
    let world = World::new();
    let has = |role, account| world.ok(world.bob, I::hasRoleCall { role, account })._0;
    assert!(has(B256::ZERO, world.governance) && has(MINTER_ROLE, world.minter));
    assert_eq!(world.ok(world.bob, I::MINTER_ROLECall {})._0, MINTER_ROLE);
    testing::check_roles(&world, world.governance, MINTER_ROLE);
    world.ok(world.governance, I::revokeRoleCall { role: MINTER_ROLE, account: world.minter });
    assert!(!has(MINTER_ROLE, world.minter));
}

/// The slot table. Append only: an upgrade that moves a line breaks every deployment.
fn layout() -> String {
    [
        "# Storage of the gauges: slot, offset in bytes from the right, size in bytes, what".to_string(),
        "0 0 32 roles: mapping(bytes32 role => (mapping(address => bool), bytes32 unused))".into(),
        "1 0 20 controller: address".into(),
        "1 20 4 epoch length: uint32".into(),
        "2 0 20 token: address".into(),
        "3 0 20 treasury: address".into(),
        "4 0 16 owed: uint128".into(),
        "4 16 16 reserve: uint128".into(),
        "5 0 64 weights: 32 uint16, the first at the left of slot 5".into(),
        "7 0 64 pools behind the weights: 32 uint16, as above".into(),
        "9 0 2 pools: uint16".into(),
        "10 0 32 pool: mapping(uint256 4 * pool + n => bytes32)".into(),
        "10.0 0 20 LP token: address; 20 1 weight: uint8; 21 1 killed: bool".into(),
        "10.1 0 8 updated at: uint64; 8 24 index: uint192".into(),
        "10.2 0 16 unallocated: uint128; 16 5 ends at: uint40; 21 11 rate: uint88".into(),
        "10.3 0 16 funded: uint128; 16 16 staked: uint128".into(),
        "11 0 32 account: mapping(address => mapping(uint256 2 * pool + n => bytes32))".into(),
        "11.0 0 16 owed: uint128; 16 16 stake: uint128".into(),
        "11.1 0 8 unused; 8 24 index paid at: uint192".into(),
        format!("{} 0 32 reentrancy lock: uint8, 2 while closed", hex::encode_prefixed(reentrancy::SLOT)),
        testing::proxied_rows().join("\n"),
        format!("# version {VERSION}, layout {LAYOUT}\n"),
    ]
    .join("\n")
}

#[test]
fn layout_matches_snapshot() {
    testing::check_layout("gauges", &layout());
}

/// The words themselves, at the slots and offsets that the table names.
#[motsu::test]
fn storage_lies_where_the_table_says() {
    let mut world = World::new();
    world.stake(world.alice, 2, 0x77);
    world.deliver(u128::from(WEEK) * 10_000);
    world.pass(1_000);
    world.claim(world.alice, 2);
    world.ok(world.governance, I::killPoolCall { pool: 1 });
    let peek = |slot: B256| world.peek(slot);
    let at = |slot: u8| peek(B256::with_last_byte(slot));
    let number = |bytes: &[u8]| U256::from_be_slice(bytes);
    assert_eq!((&at(1)[12..], number(&at(1)[8..12])), (&world.params.address()[..], U256::from(WEEK)));
    assert_eq!(at(2), world.token.address().into_word());
    assert_eq!(at(3), world.treasury.into_word());
    assert_eq!((number(&at(4)[..16]), number(&at(4)[16..])), (U256::from(world.reserve()), U256::from(world.owed())));
    assert_eq!(at(5)[..8], [0x03, 0xe8, 0x07, 0xd0, 0x0b, 0xb8, 0x0f, 0xa0]);
    assert_eq!((at(6), at(8)), (B256::ZERO, B256::ZERO));
    assert_eq!(at(7)[..8], [0, 0, 0xff, 0xff, 0, 2, 0, 0]);
    assert_eq!(at(9), B256::with_last_byte(2));
    let mapped = |key: B256, root: B256| keccak256([key.0, root.0].concat());
    let pool = |n: u64| peek(mapped(U256::from(n).into(), B256::with_last_byte(10)));
    assert_eq!(pool(8)[10..], [&[0, 2], &world.lps[1].address()[..]].concat());
    assert_eq!(pool(4)[10..], [&[1, 1], &world.lps[0].address()[..]].concat());
    let state = world.pool(2);
    assert_eq!((number(&pool(9)[..24]), number(&pool(9)[24..])), (state.index, U256::from(state.updatedAt)));
    assert_eq!((number(&pool(10)[..11]), number(&pool(10)[11..16])), (state.rate, U256::from(state.endsAt)));
    assert_eq!(number(&pool(10)[16..]), state.unallocated);
    assert_eq!((number(&pool(11)[..16]), number(&pool(11)[16..])), (state.staked, state.funded));
    assert!(!state.index.is_zero() && !state.rate.is_zero());
    let own = mapped(world.alice.into_word(), B256::with_last_byte(11));
    let member = |n: u64| peek(mapped(U256::from(n).into(), own));
    assert_eq!(member(4)[..], [vec![0; 15], vec![0x77], vec![0; 16]].concat());
    assert_eq!(number(&member(5)[..24]), state.index);
}
