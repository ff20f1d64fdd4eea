//! The published interface is what the router answers: functions, errors, roles, storage, log.

use alloy_primitives::{hex, keccak256, Address, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolEventInterface};
use escapement_core::window::Window;
use escapement_kit::{native, proxied, reentrancy, testing};

use super::world::*;
use crate::{store, IMinter as I, IMinterEvents as E, LAYOUT, VERSION};

#[motsu::test]
fn every_function_is_routed() {
    let world = World::new();
    testing::check_routes(&world, &[world.governance], &[]);
}

#[test]
fn selectors_are_unique_beside_proxy_and_constructor() {
    testing::check_selectors::<World>();
}

#[test]
fn errors_and_events_of_the_kit_are_published() {
    use testing::{ERC20, PARAMS, PROXIED, REENTRANCY, ROLES};
    testing::check_kit::<World, E::RoleGranted, E::RoleRevoked>(&[PROXIED, ROLES, PARAMS, ERC20, REENTRANCY]);
}

/// MNT-13
#[motsu::test]
fn only_governance_passes() {
    let world = World::with_market();
    let heir = Address::with_last_byte(0xc2);
    let needed = B256::ZERO;
    let calls: [Vec<u8>; 7] = [
        I::setConsumersCall { consumers: world.accounts(), weights: WEIGHTS }.abi_encode(),
        I::setRulesCall { emaEpochs: 4, keeperBps: 1, keeperRamp: 60, staleAfter: 86_400 }.abi_encode(),
        I::setTreasuryCall { treasury: heir }.abi_encode(),
        world.market_call().abi_encode(),
        I::resetBreakerCall {}.abi_encode(),
        I::grantRoleCall { role: needed, account: heir }.abi_encode(),
        I::revokeRoleCall { role: needed, account: heir }.abi_encode(),
    ];
    let run = |sender: Address, call: &[u8]| world.raw(sender, call);
    let strangers = [world.stranger, heir, world.controller.address(), world.token.address(), world.treasury];
    for account in strangers {
        let denied = I::AccessControlUnauthorizedAccount { account, neededRole: needed }.abi_encode();
        for call in &calls {
            assert_eq!(run(account, call), Err(denied.clone()));
        }
    }
    let governance = world.governance;
    for call in &calls {
        let answer = run(governance, call);
        let not_tripped = I::MinterNotTripped { caller: governance }.abi_encode();
        assert!(answer.is_ok() || answer == Err(not_tripped), "{answer:?}");
    }
    testing::check_roles(&world, governance, B256::repeat_byte(1));
    // Governance moves by granting and revoking.
    world.ok(governance, I::grantRoleCall { role: needed, account: heir });
    world.ok(heir, I::revokeRoleCall { role: needed, account: governance });
    assert!(!world.view(I::hasRoleCall { role: needed, account: governance })._0);
}

/// MNT-14
#[motsu::test]
fn call_reverts_when_calldata_is_not_canonical() {
    let world = World::new();
    testing::check_encoding(&world, &[world.governance], &[]);
    let (consumers, weights) = (world.accounts(), WEIGHTS);
    world.ok(world.governance, I::setConsumersCall { consumers, weights });
}

#[motsu::test]
fn migrate_reverts_when_not_newer_or_never_initialised() {
    let world = World::new();
    let same = proxied::ProxiedNotNewer { stored: VERSION, offered: VERSION };
    world.err(world.governance, I::migrateCall {}, same);
    World::bare().err(world.governance, I::migrateCall {}, proxied::ProxiedNotInitialized {});
}

/// The slot table. Append only: an upgrade that moves a line breaks every deployment.
fn layout() -> String {
    let mut lines =
        vec!["# Storage of the minter: slot, offset in bytes from the right, size in bytes, what".to_string()];
    let mut row = |slot: u8, at: u8, size: u8, what: &str| lines.push(format!("{slot} {at} {size} {what}"));
    row(0, 0, 32, "roles: mapping(bytes32 role => (mapping(address => bool), bytes32 unused))");
    for (what, at, size) in
        [("controller: address", 0, 20), ("genesis: uint64", 20, 8), ("epoch length: uint32", 28, 4)]
    {
        row(store::SETUP, at, size, what);
    }
    let rules = [
        ("token: address", 0, 20),
        ("span of the burn average, epochs: uint8", 20, 1),
        ("most a roller is paid, bps: uint8", 21, 1),
        ("ramp of that, seconds: uint32", 22, 4),
        ("age of stale observations, seconds: uint32", 26, 4),
    ];
    for (what, at, size) in rules {
        row(store::TOKEN, at, size, what);
    }
    let progress = [
        ("next epoch: uint64", 0, 8),
        ("missed epochs: uint32", 8, 4),
        ("halted epochs: uint32", 12, 4),
        ("rate kept, ppm a year: uint32", 16, 4),
        ("burn share kept, bps: uint16", 20, 2),
        ("re-mint cap kept, ppm an epoch: uint32", 22, 4),
        ("tripped: bool", 26, 1),
    ];
    for (what, at, size) in progress {
        row(store::PROGRESS, at, size, what);
    }
    for (slot, low, high) in [
        (store::METER, "average burn of an epoch", "supply expected"),
        (store::YEAR_WINDOW, "yearly window: level", "yearly window: supply at its start"),
        (store::EPOCH_WINDOW, "window of an epoch: level", "window of an epoch: supply at its start"),
    ] {
        row(slot, 0, 16, &format!("{low}: uint128"));
        row(slot, 16, 16, &format!("{high}: uint128"));
    }
    for (at, what) in [
        (0, "yearly window: start"),
        (8, "window of an epoch: start"),
        (16, "both windows: last write"),
        (24, "epoch of the latest re-mint"),
    ] {
        row(store::CLOCKS, at, 8, &format!("{what}: uint64"));
    }
    for (slot, low, high) in [
        (store::TOTALS, "re-minted in all", "minted in all"),
        (store::LIMITS, "re-minted in the epoch of the latest re-mint", "cap of the token"),
    ] {
        row(slot, 0, 16, &format!("{low}: uint128"));
        row(slot, 16, 16, &format!("{high}: uint128"));
    }
    for slot in store::CONSUMERS..store::UNBOOKED {
        row(slot, 0, 20, "consumer: address");
        row(slot, 20, 2, "its weight, bps: uint16");
    }
    row(store::UNBOOKED, 0, 32, "minted and not announced: mapping(address consumer => uint256)");
    row(store::TREASURY, 0, 20, "treasury: address");
    row(store::TREASURY, 20, 2, "most distance from the average price, bps: uint16");
    row(store::TREASURY, 22, 2, "most loss of a buy-back, bps: uint16");
    row(store::QUOTE, 0, 20, "quote token: address");
    row(store::POOL, 0, 20, "market: address");
    row(store::POOL, 20, 6, "moment of the older reading: uint48");
    row(store::POOL, 26, 6, "moment of the newer reading: uint48");
    row(store::OLDER, 0, 32, "older reading: uint256");
    row(store::NEWER, 0, 32, "newer reading: uint256");
    row(store::REVENUE, 0, 16, "burned by revenue and buy-backs: uint128");
    row(store::REVENUE, 16, 16, "quote kept: uint128");
    row(store::CREDIT, 0, 16, "burned and not minted again: uint128");
    let [version, layout, constructor, implementation] = testing::proxied_rows();
    lines.extend([
        version,
        layout,
        constructor,
        format!("{} 0 1 lock: uint8, 0 never closed, 1 open, 2 closed", hex::encode_prefixed(reentrancy::SLOT)),
        implementation,
        format!("# version {VERSION}, layout {LAYOUT}\n"),
    ]);
    lines.join("\n")
}

#[test]
fn layout_matches_snapshot() {
    testing::check_layout("minter", &layout());
}

/// MNT-15: what the table says is what lies there.
#[motsu::test]
fn storage_lies_where_the_table_says() {
    let world = World::with_market();
    world.always_observed();
    world.controller(|c| c.remint.set(U256::from(50)));
    world.roll(0).unwrap();
    world.burn(units(9_000));
    world.consumers[0].sender(world.governance).refuses.set(true);
    world.roll(2).unwrap();
    world.ok(world.stranger, I::observeCall {});
    let now = GENESIS + 2 * u64::from(WEEK) + LATE;
    native::set_time(now + 1_800);
    world.ok(world.stranger, I::observeCall {});
    let coin = &world.quote;
    coin.sender(world.stranger).allowances.setter(world.stranger).insert(world.minter.address(), units(50));
    world.ok(world.stranger, I::depositQuoteCall { amount: units(50) });

    let table = layout();
    // The field of that name, read by the numbers of its row.
    let all = |what: &str| -> Vec<U256> {
        let named = format!("{what}: ");
        let rows = table.lines().filter(|row| row.splitn(4, ' ').nth(3).is_some_and(|name| name.starts_with(&named)));
        rows.map(|row| {
            let numbers: Vec<&str> = row.split(' ').take(3).collect();
            let slot = B256::from(numbers[0].parse::<U256>().unwrap());
            let (at, size): (usize, usize) = (numbers[1].parse().unwrap(), numbers[2].parse().unwrap());
            let word = world.peek(slot);
            U256::from_be_slice(&word[32 - at - size..32 - at])
        })
        .collect()
    };
    let field = |what: &str| all(what)[0];
    let of = |account: Address| U256::from_be_slice(account.as_slice());
    let view = |call| world.view::<I::mintWindowCall>(call);
    let (year, epoch) = (view(I::mintWindowCall {}), world.view(I::epochWindowCall {}));
    let (meter, reminted) = (world.view(I::meterCall {}), world.view(I::remintedCall {}));
    assert!(reminted.amount > U256::ZERO && reminted.epoch == 2);
    let seen = world.view(I::observationsCall {});
    for (what, expected) in [
        ("controller", of(world.controller.address())),
        ("genesis", U256::from(GENESIS)),
        ("epoch length", U256::from(WEEK)),
        ("token", of(world.token.address())),
        ("span of the burn average, epochs", U256::from(8)),
        ("most a roller is paid, bps", U256::from(5)),
        ("ramp of that, seconds", U256::from(21_600)),
        ("age of stale observations, seconds", U256::from(2 * WEEK)),
        ("next epoch", U256::from(3)),
        ("missed epochs", U256::from(1)),
        ("halted epochs", U256::ZERO),
        ("rate kept, ppm a year", U256::from(RATE)),
        ("burn share kept, bps", U256::from(1_000)),
        ("re-mint cap kept, ppm an epoch", U256::from(50)),
        ("tripped", U256::ZERO),
        ("average burn of an epoch", meter.average),
        ("supply expected", world.supply()),
        ("yearly window: level", year.level),
        ("yearly window: supply at its start", year.supply),
        ("yearly window: start", U256::from(GENESIS - 1_000)),
        ("window of an epoch: level", epoch.level),
        ("window of an epoch: supply at its start", epoch.supply),
        ("window of an epoch: start", U256::from(now)),
        ("both windows: last write", U256::from(now)),
        ("epoch of the latest re-mint", U256::from(2)),
        ("re-minted in all", reminted.amount),
        ("minted in all", world.minted()),
        ("re-minted in the epoch of the latest re-mint", reminted.amount),
        ("cap of the token", supply() * U256::from(2)),
        ("treasury", of(world.treasury)),
        ("most distance from the average price, bps", U256::from(200)),
        ("most loss of a buy-back, bps", U256::from(100)),
        ("quote token", of(world.quote.address())),
        ("market", of(world.pool.address())),
        ("moment of the older reading", U256::from(now)),
        ("moment of the newer reading", U256::from(now + 1_800)),
        ("older reading", seen.older),
        ("newer reading", seen.newer),
        ("quote kept", units(5)),
        ("burned and not minted again", units(9_000) - reminted.amount),
        ("burned by revenue and buy-backs", U256::ZERO),
    ] {
        assert_eq!(field(what), expected, "{what}");
    }
    assert_eq!(all("consumer"), world.accounts().map(of));
    assert_eq!(all("its weight, bps"), WEIGHTS.map(U256::from));
    let slot = keccak256([world.accounts()[0].into_word().0, B256::with_last_byte(store::UNBOOKED).0].concat());
    let unbooked = world.peek(slot);
    assert_eq!(U256::from_be_bytes(unbooked.0), world.balance(world.accounts()[0]));
}

/// MNT-16: the log alone gives what is kept, counted, owed and configured.
#[motsu::test]
fn log_rebuilds_the_state() {
    let world = World::with_market();
    world.always_observed();
    world.controller(|c| c.remint.set(U256::from(50)));
    world.consumers[0].sender(world.governance).refuses.set(true);
    for epoch in [0, 1, 4, 5] {
        world.burn(units(1_000));
        world.roll(epoch).unwrap();
    }
    world.consumers[0].sender(world.governance).refuses.set(false);
    let [vault, ..] = world.accounts();
    world.ok(world.stranger, I::deliverCall { consumer: vault });
    world.set_rate(200_000);
    for epoch in [6, 7, 8] {
        world.roll(epoch).unwrap();
    }
    assert!(world.view(I::trippedCall {})._0);

    let (mut minted, mut reminted, mut missed, mut halted) = (U256::ZERO, U256::ZERO, 0, 0);
    let (mut next, mut rate, mut tripped, mut expected) = (0, 0, false, U256::ZERO);
    let (mut average, mut share, mut cap) = (U256::ZERO, 0, 0);
    let (mut unbooked, mut given) = (U256::ZERO, U256::ZERO);
    let (mut consumers, mut rules, mut market, mut treasury) =
        ([Address::ZERO; 4], (0, 0, 0, 0), Address::ZERO, Address::ZERO);
    let mut year = Window::default();
    for log in world.minter.all_events() {
        use E::IMinterEventsEvents as Log;
        match Log::decode_raw_log(log.topics(), &log.data, true).expect("every log is published") {
            Log::Initialized(e) => {
                (expected, year.base) = (e.supply, e.supply);
                assert_eq!((e.genesis, e.epochLength, e.cap), (GENESIS, WEEK, supply() * U256::from(2)));
            }
            Log::EpochRolled(e) => {
                (next, rate) = (e.epoch + 1, e.nextRate);
                minted += e.minted;
                halted += u64::from(e.outcome == 1);
                expected = e.supply + e.minted;
            }
            Log::EpochMissed(e) => missed += e.count,
            Log::Equilibrium(e) => {
                reminted += e.reminted;
                (average, share, cap) = (e.average, e.nextBurnShare, e.nextRemintCap);
            }
            Log::NotBooked(e) => unbooked = e.unbooked,
            Log::Delivered(e) if e.consumer == vault && unbooked > U256::ZERO => {
                assert_eq!(e.amount, unbooked);
                (unbooked, given) = (U256::ZERO, given + e.amount);
            }
            Log::Delivered(e) if e.consumer == vault => given += e.amount,
            Log::BreakerTripped(_) => tripped = true,
            Log::BreakerReset(_) => tripped = false,
            Log::ConsumersChanged(e) => consumers = e.consumers,
            Log::RulesChanged(e) => rules = (e.emaEpochs, e.keeperBps, e.keeperRamp, e.staleAfter),
            Log::MarketChanged(e) => market = e.pool,
            Log::TreasuryChanged(e) => treasury = e.treasury,
            _ => {}
        }
    }
    assert_eq!((minted, reminted), (world.minted(), world.view(I::totalRemintedCall {})._0));
    assert_eq!((missed, halted), (world.view(I::missedEpochsCall {})._0, world.view(I::haltedEpochsCall {})._0));
    assert_eq!((next, rate), (world.view(I::nextEpochCall {})._0, world.view(I::rateCall {})._0));
    assert_eq!((tripped, unbooked), (true, world.view(I::unbookedCall { consumer: vault })._0));
    let meter = world.view(I::meterCall {});
    assert_eq!((expected, average), (meter.expected, meter.average));
    assert_eq!((share, cap), (world.view(I::burnShareCall {})._0, world.view(I::remintCapCall {})._0));
    assert_eq!(given, world.booked()[0]);
    assert_eq!(consumers, world.view(I::consumersCall {}).consumers);
    let seen = world.view(I::rulesCall {});
    assert_eq!(rules, (seen.emaEpochs, seen.keeperBps, seen.keeperRamp, seen.staleAfter));
    assert_eq!((market, treasury), (world.pool.address(), world.treasury));
    assert_eq!(year.base, world.view(I::mintWindowCall {}).supply);
}
