//! The published interface is what the router answers: functions, errors, storage.

use alloy_primitives::{keccak256, Address, B256, U256};
use alloy_sol_types::SolCall;
use escapement_kit::testing;

use super::world::{Fixture, World, COOLDOWN, CURVE, DAY, PENALTY, WEEK, YEAR};
use crate::{IVault as I, IVaultEvents as E, LAYOUT, VERSION};

/// VLT-14.
#[motsu::test]
fn vlt_14_every_function_is_routed() {
    let world = World::new();
    testing::check_routes(&world, &[world.governance, world.minter], &[]);
}

/// VLT-14.
#[test]
fn vlt_14_selectors_are_unique_beside_the_proxy() {
    testing::check_selectors::<World>();
}

/// VLT-14: dirty words, cut and extended calldata, value.
#[motsu::test]
fn vlt_14_one_call_has_one_encoding() {
    let world = World::new();
    testing::check_encoding(&world, &[world.governance, world.minter], &[]);
    let many = I::withdrawCall { exitIds: vec![0; crate::MAX_EXITS + 1] }.abi_encode();
    assert_eq!(world.raw(world.alice, &many), Err(vec![]));
    world.ok(world.alice, I::stakeCall { amount: U256::from(1), lockSeconds: DAY });
}

/// VLT-14.
#[test]
fn vlt_14_errors_and_events_of_the_kit_are_published() {
    use testing::{ERC20, PARAMS, PROXIED, ROLES};
    testing::check_kit::<World, E::RoleGranted, E::RoleRevoked>(&[PROXIED, ROLES, PARAMS, ERC20]);
}

/// The slot table. Append only: an upgrade that moves a line breaks every deployment.
fn layout() -> String {
    let lines = [
        "# Storage of the vault: slot, offset in bytes from the right, size in bytes, what".to_string(),
        "0 0 32 roles: mapping(bytes32 role => (mapping(address => bool), bytes32 unused))".into(),
        "1 0 20 token: address".into(),
        "1 20 4 cooldown: uint32".into(),
        "1 24 2 penalty: uint16".into(),
        "1 26 4 epoch length: uint32".into(),
        "2 0 20 minter: address".into(),
        "2 20 10 curve: uint16[5], first knot lowest".into(),
        "3 0 20 controller: address".into(),
        "4 0 24 reward index: uint192".into(),
        "4 24 8 updated at: uint64".into(),
        "5 0 16 owed: uint128".into(),
        "5 16 16 sum of weights: uint128".into(),
        "6 0 5 end of the stream: uint40".into(),
        "6 5 11 stream per second: uint88".into(),
        "6 16 16 unallocated: uint128".into(),
        "7 0 16 funded: uint128".into(),
        "8 0 32 holders: mapping(address => Holder)".into(),
        "9 0 32 votes: mapping(address => Votes), of address zero everything staked".into(),
        testing::proxied_rows().join("\n"),
        "# Holder: slot behind the mapping's".into(),
        "+0 0 16 rewards owed: uint128".into(),
        "+0 16 16 weight: uint128".into(),
        "+1 0 24 index when settled: uint192".into(),
        "+1 24 4 next id: uint32".into(),
        "+1 28 2 open positions: uint16".into(),
        "+2 0 20 delegatee: address".into(),
        "+2 20 12 principal: uint96".into(),
        "+3 0 32 nonce: uint256".into(),
        "+4 0 32 lots: Lot[2^32], by id".into(),
        "# Lot".into(),
        "+0 0 16 amount: uint128".into(),
        "+0 16 2 multiplier: uint16, 0 for an exit".into(),
        "+0 18 4 length of the lock: uint32".into(),
        "+0 22 6 end of the lock, or when the exit is ready: uint48".into(),
        "# Votes".into(),
        "+0 0 16 present: uint128".into(),
        "+0 16 4 since: uint32".into(),
        "+0 20 4 archived: uint32".into(),
        "+1 0 32 archive: (uint96 value, uint32 since)[2^33], first of a word in its upper half".into(),
        format!("# version {VERSION}, layout {LAYOUT}\n"),
    ];
    lines.join("\n")
}

/// VLT-15.
#[test]
fn vlt_15_layout_matches_snapshot() {
    testing::check_layout("vault", &layout());
}

/// Fields from the right: sizes in bytes.
fn fields<const N: usize>(word: B256, sizes: [usize; N]) -> [U256; N] {
    let mut end = 32;
    sizes.map(|size| {
        let field = U256::from_be_slice(&word[end - size..end]);
        end -= size;
        field
    })
}

/// VLT-15: every field of the table holds what its view tells.
#[motsu::test]
fn vlt_15_storage_lies_where_the_table_says() {
    let mut world = World::new();
    let (alice, bob) = (world.alice, world.bob);
    world.stake(alice, 1_000, YEAR);
    world.stake(alice, 500, 0);
    world.ok(alice, I::delegateCall { delegatee: bob });
    world.pass(DAY);
    world.reward(604_800_000);
    world.pass(DAY);
    let exit = world.unstake(alice, 1, 200);
    let early = world.stake(bob, 100, YEAR);
    world.ok(bob, I::exitEarlyCall { id: early });
    let peek = |slot: B256| world.peek(slot);
    let at = |slot: u64| peek(B256::from(U256::from(slot)));
    let nested = |key: Address, root: u64| {
        U256::from_be_bytes(keccak256([key.into_word().0, U256::from(root).to_be_bytes()].concat()).0)
    };
    let behind = |slot: U256, distance: u64| peek(B256::from(slot + U256::from(distance)));
    let number = |address: Address| U256::from_be_slice(address.as_slice());

    let terms = fields(at(1), [20, 4, 2, 4]);
    let expected = [U256::from(COOLDOWN), U256::from(PENALTY), U256::from(WEEK)];
    assert_eq!((terms[0], &terms[1..]), (number(world.coin.address()), &expected[..]));
    let source = fields(at(2), [20, 2, 2, 2, 2, 2]);
    assert_eq!((source[0], &source[1..]), (number(world.minter), &CURVE.map(U256::from)[..]));
    assert_eq!(fields(at(3), [20]), [number(world.oracle.address())]);
    let pool = world.ok(alice, I::rewardsCall {});
    assert_eq!(fields(at(4), [24, 8]), [pool.index, U256::from(pool.updatedAt)]);
    assert_eq!(fields(at(5), [16, 16]), [U256::from(world.owed()), pool.weight]);
    assert_eq!(fields(at(6), [5, 11, 16]), [U256::from(pool.endsAt), pool.rate, pool.unallocated]);
    assert_eq!(fields(at(7), [16]), [pool.funded]);
    assert!(!pool.index.is_zero() && !pool.rate.is_zero() && !pool.unallocated.is_zero());
    assert_eq!(pool.funded, U256::from(604_800_000 + 20));

    let holder = nested(alice, 8);
    let told = world.ok(alice, I::holderCall { account: alice });
    // Settled by the unstaking, a moment ago.
    assert_eq!(fields(behind(holder, 0), [16, 16]), [U256::from(world.earned(alice)), told.weight]);
    assert_eq!(
        fields(behind(holder, 1), [24, 4, 2]),
        [pool.index, U256::from(told.nextId), U256::from(told.positions)]
    );
    assert_eq!((told.nextId, told.positions), (3, 2));
    assert_eq!(fields(behind(holder, 2), [20, 12]), [number(bob), U256::from(1_300)]);
    let position = world.ok(alice, I::positionCall { account: alice, id: 0 });
    let lot = fields(behind(holder, 4), [16, 2, 4, 6]);
    let numbers = [position.multiplier.into(), u64::from(position.lockSeconds), position.lockEnd].map(U256::from);
    assert_eq!((lot[0], &lot[1..]), (U256::from(1_000), &numbers[..]));
    let leaving = world.ok(alice, I::unbondingCall { account: alice, id: exit });
    let lot = fields(behind(holder, 4 + u64::from(exit)), [16, 2, 4, 6]);
    assert_eq!(lot, [U256::from(200), U256::ZERO, U256::ZERO, U256::from(leaving.readyAt)]);

    let votes = nested(bob, 9);
    assert_eq!(fields(behind(votes, 0), [16, 4, 4]), [1_300, world.now, 1].map(U256::from));
    let archived = fields(behind(votes, 1), [12, 4, 12, 4]);
    assert_eq!(archived, [0, 0, 1_500, world.now - 2 * u64::from(DAY)].map(U256::from));
    let total = fields(behind(nested(Address::ZERO, 9), 0), [16, 4, 4]);
    assert_eq!(total, [1_300, world.now, 1].map(U256::from));
}

/// VLT-13.
#[motsu::test]
fn vlt_13_receipts_are_views_only() {
    let world = World::new();
    let (alice, bob) = (world.alice, world.bob);
    world.stake(alice, 700, YEAR);
    assert_eq!(world.ok(bob, I::nameCall {})._0, crate::NAME);
    assert_eq!(world.ok(bob, I::symbolCall {})._0, crate::SYMBOL);
    assert_eq!(world.ok(bob, I::decimalsCall {})._0, 18);
    assert_eq!(world.ok(bob, I::totalSupplyCall {})._0, U256::from(700));
    assert_eq!(world.principal(alice), 700);
    assert_eq!(world.ok(bob, I::allowanceCall { owner: alice, spender: bob })._0, U256::ZERO);
    let value = U256::from(1);
    world.err(alice, I::transferCall { to: bob, value }, I::VaultNotTransferable {});
    world.err(alice, I::approveCall { spender: bob, value }, I::VaultNotTransferable {});
    world.err(bob, I::transferFromCall { from: alice, to: bob, value }, I::VaultNotTransferable {});
}

/// VLT-14: views without a test of their own.
#[motsu::test]
fn vlt_14_plain_views_work() {
    let world = World::new();
    let ask = world.bob;
    assert_eq!(world.ok(ask, I::versionCall {})._0, VERSION);
    assert_eq!(world.ok(ask, I::storedVersionCall {})._0, VERSION);
    assert_eq!(world.ok(ask, I::layoutCall {})._0, LAYOUT);
    assert_eq!(world.ok(ask, I::tokenCall {})._0, world.coin.address());
    assert_eq!(world.ok(ask, I::controllerCall {})._0, world.oracle.address());
    assert_eq!(world.ok(ask, I::minterCall {})._0, world.minter);
    let terms = world.ok(ask, I::termsCall {});
    assert_eq!((terms.epochLength, terms.cooldown, terms.penalty), (WEEK, COOLDOWN, PENALTY));
    let curve = world.ok(ask, I::curveCall {});
    assert_eq!([curve._0, curve._1, curve._2, curve._3, curve._4].map(u32::from), CURVE);
    testing::check_roles(&world, world.governance, B256::repeat_byte(1));
}
