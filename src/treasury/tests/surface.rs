//! The published interface is what the router answers: functions, errors, roles, storage.

use alloy_primitives::{keccak256, Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_kit::{proxied, testing};

use super::world::{Fixture, Grant, Tree, World, DAY, GENESIS, YEAR};
use crate::{ITreasury as I, ITreasuryEvents as E, ACTIVATION_DELAY, COUNCIL_ROLE, LAYOUT, MINTER_ROLE, VERSION};

#[motsu::test]
fn every_function_is_routed() {
    let world = World::with(1_000);
    world.open_stream(100, 1_000);
    testing::check_routes(&world, &[world.governance, world.council, world.minter], &[]);
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
    assert_eq!(COUNCIL_ROLE, keccak256("COUNCIL_ROLE"));
}

#[motsu::test]
fn calls_revert_when_calldata_is_not_canonical() {
    let world = World::with(1_000);
    world.open_stream(100, 1_000);
    testing::check_encoding(&world, &[world.governance, world.council, world.minter], &[]);
}

#[motsu::test]
fn initialize_works_once_through_a_proxy() {
    let world = World::bare();
    let call = || world.initialize_call();
    for (place, bad) in [
        I::initializeCall { governance: Address::ZERO, ..call() },
        I::initializeCall { council: Address::ZERO, ..call() },
        I::initializeCall { minter: Address::ZERO, ..call() },
        I::initializeCall { controller: Address::ZERO, ..call() },
        I::initializeCall { token: Address::ZERO, ..call() },
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(world.send(world.bob, bad).err(), Some(I::TreasuryZeroAddress {}.abi_encode()), "{place}");
    }
    assert_eq!(world.ok(world.bob, I::storedVersionCall {})._0, 0);
    world.ok(world.bob, call());
    world.err(world.bob, call(), I::ProxiedAlreadyInitialized { version: VERSION });
    world.err(world.bob, I::migrateCall {}, I::ProxiedNotNewer { stored: VERSION, offered: VERSION });
    let (controller, token) = (world.params.address(), world.token.address());
    assert!(world.logged(&E::Initialized { version: VERSION, controller, token }));
    let ask = world.bob;
    assert_eq!(world.ok(ask, I::versionCall {})._0, VERSION);
    assert_eq!(world.ok(ask, I::storedVersionCall {})._0, VERSION);
    assert_eq!(world.ok(ask, I::layoutCall {})._0, LAYOUT);
    assert_eq!(world.ok(ask, I::controllerCall {})._0, controller);
    assert_eq!(world.ok(ask, I::tokenCall {})._0, token);
    assert_eq!(world.ok(ask, I::roundsCall {})._0, 0);
    assert_eq!(world.ok(ask, I::COUNCIL_ROLECall {})._0, COUNCIL_ROLE);
    assert_eq!(world.stream().beneficiary, Address::ZERO);
    let bare = World::bare();
    bare.plant(proxied::IMPLEMENTATION_SLOT, B256::ZERO);
    bare.err(bare.bob, bare.initialize_call(), I::ProxiedNotThroughProxy {});
}

/// TRE-17: each function answers to its role and to nobody else.
#[motsu::test]
fn functions_revert_when_the_role_is_missing() {
    let world = World::with(1_000);
    let refusal = |account, role: B256| I::AccessControlUnauthorizedAccount { account, neededRole: role };
    let grants = [Grant { index: 0, account: world.bob, category: 0, base: 1 }];
    for account in [world.alice, world.council, world.minter] {
        let refused = || refusal(account, B256::ZERO);
        world.err(account, I::spendCall { to: account, amount: U256::from(1) }, refused());
        let token = world.params.address();
        world.err(account, I::rescueCall { token, to: account, amount: U256::from(1) }, refused());
        world.err(account, world.stream_call(1, YEAR), refused());
        world.err(account, I::editStreamCall { unvested: U256::from(1), cliff: 0, duration: 1 }, refused());
        world.err(account, I::revokeStreamCall {}, refused());
        world.err(account, world.round_call(1, 1, &grants), refused());
        world.err(account, I::grantRoleCall { role: MINTER_ROLE, account }, refused());
    }
    for account in [world.alice, world.governance, world.minter] {
        world.err(account, I::disableRoundCall { round: 1 }, refusal(account, COUNCIL_ROLE));
    }
    for account in [world.alice, world.governance, world.council] {
        world.err(account, I::notifyRewardCall { amount: U256::ZERO }, refusal(account, MINTER_ROLE));
    }
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
        "# Storage of the treasury: slot, offset in bytes from the right, size in bytes, what".to_string(),
        "0 0 32 roles: mapping(bytes32 role => (mapping(address => bool), bytes32 unused))".into(),
        "1 0 20 controller: address".into(),
        "2 0 20 token: address".into(),
        "3 0 16 owed: uint128; 16 16 free: uint128".into(),
        "4 0 20 beneficiary: address; 20 4 speed: uint32; 24 4 refused speed: uint32".into(),
        "5 0 16 amount: uint128; 16 16 base: uint128".into(),
        "6 0 8 progress: uint64; 8 8 updated at: uint64; 16 16 released: uint128".into(),
        "7 0 4 duration: uint32; 16 8 cliff: uint64; 24 8 fixed end: uint64".into(),
        "8 0 4 rounds: uint32".into(),
        "9 0 32 round: mapping(uint256 16 * round + n => bytes32)".into(),
        "9.0 0 32 root: bytes32".into(),
        "9.1 0 32 weight: uint256".into(),
        "9.2 0 16 left: uint128; 16 16 budget: uint128".into(),
        "9.3 0 1 state: uint8; 1 1 categories: uint8; 2 6 deadline: uint48; 8 6 opens at: uint48".into(),
        "9.3 16 16 multipliers: 8 uint16, the first at the right".into(),
        "9.4 0 16 claimed: uint128; 16 16 declared: uint128, of category 0, and so on to 9.11".into(),
        "10 0 32 claimed: mapping(uint256 round => mapping(uint256 index / 256 => bits))".into(),
        testing::proxied_rows().join("\n"),
        format!("# version {VERSION}, layout {LAYOUT}\n"),
    ]
    .join("\n")
}

#[test]
fn layout_matches_snapshot() {
    testing::check_layout("treasury", &layout());
}

/// The words themselves, at the slots and offsets that the table names.
#[motsu::test]
fn storage_lies_where_the_table_says() {
    let mut world = World::with(100_000);
    let cliff = GENESIS + 5;
    let call = I::openStreamCall { cliff, ..world.stream_call(36_500, YEAR) };
    let fixed_end = call.fixedEnd;
    world.ok(world.governance, call);
    world.pass(200 * DAY);
    world.speed(15_000);
    world.poke();
    world.release();
    let grants = [
        Grant { index: 3, account: world.alice, category: 0, base: 5 },
        Grant { index: 259, account: world.bob, category: 2, base: 7 },
    ];
    world.multipliers(&[10_000, 20_000, 5_000]);
    world.ok(world.governance, world.round_call(1_000, 1, &grants));
    let (opens_at, deadline) = (world.now + ACTIVATION_DELAY, world.now + ACTIVATION_DELAY + 30 * DAY);
    world.pass(ACTIVATION_DELAY);
    world.ok(world.bob, world.claim_call(1, &grants, 1));
    let peek = |slot: B256| world.peek(slot);
    let at = |slot: u8| peek(B256::with_last_byte(slot));
    let number = |bytes: &[u8]| bytes.iter().fold(0u128, |sum, byte| sum << 8 | u128::from(*byte));
    assert_eq!(at(1), world.params.address().into_word());
    assert_eq!(at(2), world.token.address().into_word());
    assert_eq!((number(&at(3)[..16]), number(&at(3)[16..])), (world.free(), world.owed()));
    assert_eq!((&at(4)[12..], number(&at(4)[8..12]), number(&at(4)[4..8])), (&world.alice[..], 10_000, 15_000));
    assert_eq!((number(&at(5)[..16]), number(&at(5)[16..])), (0, 36_500));
    assert_eq!(number(&at(6)[..16]), 20_000);
    let clock = (number(&at(6)[16..24]), number(&at(6)[24..]));
    assert_eq!(clock, (u128::from(GENESIS + 200 * DAY), u128::from(200 * DAY * 10_000)));
    assert_eq!((number(&at(7)[..8]), number(&at(7)[8..16])), (fixed_end.into(), cliff.into()));
    assert_eq!(number(&at(7)[16..]), YEAR.into());
    assert_eq!(at(8), B256::with_last_byte(1));
    let mapped = |key: u64, root: B256| keccak256([B256::from(U256::from(key)).0, root.0].concat());
    let round = |n: u64| peek(mapped(16 + n, B256::with_last_byte(9)));
    assert_eq!(round(0), Tree::new(1, &grants).root());
    assert_eq!(number(&round(1)[..]), 5 * 10_000 + 7 * 5_000);
    assert_eq!((number(&round(2)[..16]), number(&round(2)[16..])), (1_000, 1_000 - 35_000_000 / 85_000));
    assert_eq!(round(3)[..16], [&[0; 10][..], &[0x13, 0x88, 0x4e, 0x20, 0x27, 0x10]].concat());
    assert_eq!((number(&round(3)[18..24]), number(&round(3)[24..30])), (opens_at.into(), deadline.into()));
    assert_eq!(round(3)[30..], [3, 1]);
    assert_eq!((number(&round(6)[..16]), number(&round(6)[16..])), (7, 7));
    assert_eq!((number(&round(4)[..16]), number(&round(4)[16..])), (5, 0));
    assert_eq!(peek(mapped(1, mapped(1, B256::with_last_byte(10)))), B256::with_last_byte(8));
}
