//! The published interface is what the router answers: functions, errors, roles, storage, log.

use std::collections::BTreeSet;

use alloy_primitives::{keccak256, Address, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolEventInterface, SolInterface};
use escapement_core::window::Window;
use escapement_kit::{erc20, native, params, proxied, reentrancy, roles};
use motsu::prelude::*;

use super::world::*;
use crate::{store, IMinter as I, IMinterEvents as E, LAYOUT, VERSION};

/// Every error by its selector.
pub const ERRORS: [([u8; 4], &str); 47] = [
    (I::MinterTooEarly::SELECTOR, "MinterTooEarly"),
    (I::MinterOutOfRange::SELECTOR, "MinterOutOfRange"),
    (I::MinterWithoutCode::SELECTOR, "MinterWithoutCode"),
    (I::MinterBadAccount::SELECTOR, "MinterBadAccount"),
    (I::MinterWeightSum::SELECTOR, "MinterWeightSum"),
    (I::MinterCallFailed::SELECTOR, "MinterCallFailed"),
    (I::MinterBadAnswer::SELECTOR, "MinterBadAnswer"),
    (I::MinterNotTripped::SELECTOR, "MinterNotTripped"),
    (I::MinterArithmetic::SELECTOR, "MinterArithmetic"),
    (I::MinterForeignMint::SELECTOR, "MinterForeignMint"),
    (I::MinterRemintAboveRoom::SELECTOR, "MinterRemintAboveRoom"),
    (I::MinterZeroAmount::SELECTOR, "MinterZeroAmount"),
    (I::MinterAmountTooLarge::SELECTOR, "MinterAmountTooLarge"),
    (I::MinterNothingUnbooked::SELECTOR, "MinterNothingUnbooked"),
    (I::MinterNoTreasury::SELECTOR, "MinterNoTreasury"),
    (I::MinterNoMarket::SELECTOR, "MinterNoMarket"),
    (I::MinterForeignMarket::SELECTOR, "MinterForeignMarket"),
    (I::MinterShortTransfer::SELECTOR, "MinterShortTransfer"),
    (I::MinterNothingKept::SELECTOR, "MinterNothingKept"),
    (I::MinterWrongSpend::SELECTOR, "MinterWrongSpend"),
    (I::MinterShortOutput::SELECTOR, "MinterShortOutput"),
    (I::MinterShortWorth::SELECTOR, "MinterShortWorth"),
    (I::MinterPriceDeviates::SELECTOR, "MinterPriceDeviates"),
    (I::MinterObservedTooSoon::SELECTOR, "MinterObservedTooSoon"),
    (I::MinterObservationTooYoung::SELECTOR, "MinterObservationTooYoung"),
    (I::MinterObservationTooOld::SELECTOR, "MinterObservationTooOld"),
    (I::MinterUnknownGroup::SELECTOR, "MinterUnknownGroup"),
    (I::MinterBadCount::SELECTOR, "MinterBadCount"),
    (I::MinterParamOutOfRange::SELECTOR, "MinterParamOutOfRange"),
    (I::MinterRemintWithoutBurn::SELECTOR, "MinterRemintWithoutBurn"),
    (I::MinterAboveWindow::SELECTOR, "MinterAboveWindow"),
    (I::AccessControlUnauthorizedAccount::SELECTOR, "AccessControlUnauthorizedAccount"),
    (I::AccessControlBadConfirmation::SELECTOR, "AccessControlBadConfirmation"),
    (I::AccessControlLastAdmin::SELECTOR, "AccessControlLastAdmin"),
    (I::ReentrancyGuardReentrantCall::SELECTOR, "ReentrancyGuardReentrantCall"),
    (I::ParamsCallFailed::SELECTOR, "ParamsCallFailed"),
    (I::ParamsBadAnswer::SELECTOR, "ParamsBadAnswer"),
    (I::Erc20WithoutCode::SELECTOR, "Erc20WithoutCode"),
    (I::Erc20CallFailed::SELECTOR, "Erc20CallFailed"),
    (I::Erc20Refused::SELECTOR, "Erc20Refused"),
    (I::Erc20BadAnswer::SELECTOR, "Erc20BadAnswer"),
    (I::ProxiedNotThroughProxy::SELECTOR, "ProxiedNotThroughProxy"),
    (I::ProxiedAlreadyInitialized::SELECTOR, "ProxiedAlreadyInitialized"),
    (I::ProxiedNotInitialized::SELECTOR, "ProxiedNotInitialized"),
    (I::ProxiedNotNewer::SELECTOR, "ProxiedNotNewer"),
    (I::ProxiedLayoutMismatch::SELECTOR, "ProxiedLayoutMismatch"),
    (I::ProxiedExpiring::SELECTOR, "ProxiedExpiring"),
];

/// Every function by name and canonical signature: an allow-list of the surface.
const SIGNATURES: [(&str, &str); 50] = [
    ("initialize", "initialize(address,address,address,uint64,uint32)"),
    ("migrate", "migrate()"),
    ("rollEpoch", "rollEpoch()"),
    ("deliver", "deliver(address)"),
    ("depositRevenue", "depositRevenue(uint256)"),
    ("depositQuote", "depositQuote(uint256)"),
    ("observe", "observe()"),
    ("buyBack", "buyBack(uint256,uint256)"),
    ("setConsumers", "setConsumers(address[4],uint16[4])"),
    ("setRules", "setRules(uint8,uint8,uint32,uint32)"),
    ("setTreasury", "setTreasury(address)"),
    ("setMarket", "setMarket(address,address,uint16,uint16)"),
    ("resetBreaker", "resetBreaker()"),
    ("checkParams", "checkParams(uint8,uint32[])"),
    ("preview", "preview()"),
    ("controller", "controller()"),
    ("token", "token()"),
    ("treasury", "treasury()"),
    ("genesis", "genesis()"),
    ("epochLength", "epochLength()"),
    ("nextEpoch", "nextEpoch()"),
    ("nextRollAt", "nextRollAt()"),
    ("rate", "rate()"),
    ("burnShare", "burnShare()"),
    ("remintCap", "remintCap()"),
    ("missedEpochs", "missedEpochs()"),
    ("haltedEpochs", "haltedEpochs()"),
    ("tripped", "tripped()"),
    ("totalMinted", "totalMinted()"),
    ("totalReminted", "totalReminted()"),
    ("mintWindow", "mintWindow()"),
    ("epochWindow", "epochWindow()"),
    ("meter", "meter()"),
    ("reminted", "reminted()"),
    ("consumers", "consumers()"),
    ("unbooked", "unbooked(address)"),
    ("rules", "rules()"),
    ("market", "market()"),
    ("observations", "observations()"),
    ("revenue", "revenue()"),
    ("version", "version()"),
    ("storedVersion", "storedVersion()"),
    ("layout", "layout()"),
    ("DEFAULT_ADMIN_ROLE", "DEFAULT_ADMIN_ROLE()"),
    ("hasRole", "hasRole(bytes32,address)"),
    ("getRoleAdmin", "getRoleAdmin(bytes32)"),
    ("grantRole", "grantRole(bytes32,address)"),
    ("revokeRole", "revokeRole(bytes32,address)"),
    ("renounceRole", "renounceRole(bytes32,address)"),
    ("supportsInterface", "supportsInterface(bytes4)"),
];

#[motsu::test]
fn every_function_is_routed() {
    let world = World::new();
    // A routed function with too few arguments and an unknown one both revert without data, so each one is called with
    // enough zero words, until it answers or refuses with a reason.
    for (name, signature) in SIGNATURES {
        let selector = &keccak256(signature)[..4];
        let routed = (0..10).any(|words| {
            let calldata = [selector, &vec![0; 32 * words][..]].concat();
            world.minter.sender(world.stranger).raw(&calldata).motsu_res() != Err(vec![])
        });
        // This one needs an offset; it is called in another test.
        assert!(routed || name == "checkParams", "{name} is not routed");
    }
    let published: BTreeSet<[u8; 4]> = I::IMinterCalls::selectors().collect();
    let listed = SIGNATURES.iter().map(|(_, signature)| keccak256(signature)[..4].try_into().unwrap()).collect();
    assert_eq!(published, listed);
}

#[test]
fn selectors_are_unique_beside_proxy_and_constructor() {
    let foreign = [
        "upgradeToAndCall(address,bytes)",
        "admin()",
        "implementation()",
        "changeAdmin(address)",
        "upgradeTo(address)",
        "stylus_constructor()",
    ];
    let mut seen: BTreeSet<[u8; 4]> = foreign.iter().map(|name| keccak256(name)[..4].try_into().unwrap()).collect();
    for selector in I::IMinterCalls::selectors() {
        assert!(seen.insert(selector), "{selector:?} clashes");
    }
    assert_eq!(seen.len(), foreign.len() + SIGNATURES.len());
}

#[test]
fn errors_and_events_of_the_kit_are_published() {
    let published: BTreeSet<[u8; 4]> = I::IMinterErrors::selectors().collect();
    assert_eq!(published, ERRORS.iter().map(|(selector, _)| *selector).collect());
    for selector in [
        proxied::ProxiedNotThroughProxy::SELECTOR,
        proxied::ProxiedAlreadyInitialized::SELECTOR,
        proxied::ProxiedNotInitialized::SELECTOR,
        proxied::ProxiedNotNewer::SELECTOR,
        proxied::ProxiedLayoutMismatch::SELECTOR,
        proxied::ProxiedExpiring::SELECTOR,
        roles::AccessControlUnauthorizedAccount::SELECTOR,
        roles::AccessControlBadConfirmation::SELECTOR,
        roles::AccessControlLastAdmin::SELECTOR,
        reentrancy::ReentrancyGuardReentrantCall::SELECTOR,
        params::ParamsCallFailed::SELECTOR,
        params::ParamsBadAnswer::SELECTOR,
        erc20::Erc20WithoutCode::SELECTOR,
        erc20::Erc20CallFailed::SELECTOR,
        erc20::Erc20Refused::SELECTOR,
        erc20::Erc20BadAnswer::SELECTOR,
    ] {
        assert!(published.contains(&selector));
    }
    assert_eq!(roles::RoleGranted::SIGNATURE_HASH, E::RoleGranted::SIGNATURE_HASH);
    assert_eq!(roles::RoleRevoked::SIGNATURE_HASH, E::RoleRevoked::SIGNATURE_HASH);
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
    let run = |sender: Address, call: &[u8]| world.minter.sender(sender).raw(call).motsu_res();
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
    // Governance moves by granting and revoking; the last admin stays.
    world.err(
        governance,
        I::renounceRoleCall { role: needed, callerConfirmation: governance },
        I::AccessControlLastAdmin {},
    );
    world.ok(governance, I::grantRoleCall { role: needed, account: heir });
    world.ok(heir, I::revokeRoleCall { role: needed, account: governance });
    assert!(!world.view(I::hasRoleCall { role: needed, account: governance })._0);
    assert_eq!(world.view(I::getRoleAdminCall { role: B256::repeat_byte(1) })._0, needed);
    assert_eq!(world.view(I::DEFAULT_ADMIN_ROLECall {})._0, needed);
    let supports = |id: [u8; 4]| world.view(I::supportsInterfaceCall { interfaceId: id.into() })._0;
    assert_eq!((supports([0x01, 0xff, 0xc9, 0xa7]), supports([0xff; 4])), (true, false));
}

/// MNT-14
#[motsu::test]
fn call_reverts_when_calldata_is_not_canonical() {
    let world = World::new();
    let refused =
        |calldata: &[u8]| assert_eq!(world.minter.sender(world.governance).raw(calldata).motsu_res(), Err(vec![]));
    refused(&[]);
    refused(&[1, 2, 3]);
    refused(&[1, 2, 3, 4]);
    let rules = I::setRulesCall { emaEpochs: 4, keeperBps: 1, keeperRamp: 60, staleAfter: 86_400 }.abi_encode();
    let consumers = I::setConsumersCall { consumers: world.accounts(), weights: WEIGHTS }.abi_encode();
    // A dirty byte above each narrow argument, an extra byte, a cut one.
    for (good, widths) in [(rules, vec![1, 1, 4, 4]), (consumers, vec![20, 20, 20, 20, 2, 2, 2, 2])] {
        for (word, width) in widths.into_iter().enumerate() {
            for at in 0..32 - width {
                let mut dirty = good.clone();
                dirty[4 + 32 * word + at] = 1;
                refused(&dirty);
            }
        }
        refused(&good[..good.len() - 1]);
        refused(&[&good[..], &[0]].concat());
        assert!(world.minter.sender(world.governance).raw(&good).motsu_res().is_ok());
    }
    let dirty = [&I::supportsInterfaceCall::SELECTOR[..], &[1; 32]].concat();
    refused(&dirty);
    refused(&keccak256("stylus_constructor()")[..4]);
    world.stranger.fund(U256::from(1));
    let mut payer = world.minter.sender_and_value(world.stranger, U256::from(1));
    assert_eq!(payer.raw(&I::rateCall {}.abi_encode()).motsu_res(), Err(vec![]));
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
    let hex = |slot: B256| alloy_primitives::hex::encode_prefixed(slot);
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
    lines.extend([
        format!("{} 0 8 version: uint64", hex(proxied::VERSION_SLOT)),
        format!("{} 8 8 layout: uint64", hex(proxied::VERSION_SLOT)),
        format!("{} 0 1 constructor executed: bool", hex(proxied::CONSTRUCTOR_SLOT)),
        format!("{} 0 1 lock: uint8, 0 never closed, 1 open, 2 closed", hex(reentrancy::SLOT)),
        format!("{} 0 20 implementation: address, the proxy's", hex(proxied::IMPLEMENTATION_SLOT)),
        format!("# version {VERSION}, layout {LAYOUT}\n"),
    ]);
    lines.join("\n")
}

#[test]
fn layout_matches_snapshot() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/snapshots/storage-minter.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path, layout()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), layout());
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

    let table =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/snapshots/storage-minter.txt"));
    let table = table.unwrap();
    // The field of that name, read by the numbers of its row.
    let all = |what: &str| -> Vec<U256> {
        let named = format!("{what}: ");
        let rows = table.lines().filter(|row| row.splitn(4, ' ').nth(3).is_some_and(|name| name.starts_with(&named)));
        rows.map(|row| {
            let numbers: Vec<&str> = row.split(' ').take(3).collect();
            let slot = B256::from(numbers[0].parse::<U256>().unwrap());
            let (at, size): (usize, usize) = (numbers[1].parse().unwrap(), numbers[2].parse().unwrap());
            let word = world.minter.sender(world.stranger).peek(slot);
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
    let unbooked = world.minter.sender(world.stranger).peek(slot);
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
