//! E2E-33: what each operation costs on the compiled contracts, against the committed figures.
//!
//! A figure is the gas of a transaction, its 21,000 and its calldata included; a view is measured as a transaction too.
//! The embedded chain charges no L1 data fee, so all of it is L2 gas. `uncached`: no program is in ArbOS' cache; `cached`:
//! all of them are. A rise of more than 1 % fails; so does a fall, which asks for new figures. They are written with
//!
//! ```text
//! ESCAPEMENT_UPDATE_GAS=1 cargo test --workspace --locked --test gas      (in host/, after scripts/build.sh)
//! ```
#![allow(missing_docs)]

mod modules;

use std::{collections::BTreeMap, fs, path::PathBuf, sync::OnceLock};

use alloy::signers::{SignerSync as _, local::PrivateKeySigner};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use alloy_sol_types::{SolCall, SolStruct, eip712_domain};
use escapement_agent::bindings::{
    controller::{IController as C, IControllerEvents as E},
    lens::ILens,
    minter::IMinter,
    solidity::ProxyAdmin,
    token::IToken,
};
use escapement_core::{
    engine::BreakerConfig,
    param::{Group, Slot},
    update::Change,
};
use escapement_e2e::{Permit, UpdateBuilder, World, contracts_dir, wad};
use serde::{Deserialize, Serialize};

const DAY: u64 = 86_400;
const WEEK: u64 = 604_800;
/// 10 % of a step: inside the safe delta, where a group has one.
const SMALL: i32 = 6_554;
/// A whole step: beyond the safe delta of emission and governance.
const WHOLE: i32 = 65_536;
const SCORES: [i32; 4] = [WHOLE, 4 * WHOLE, WHOLE, WHOLE];
/// Set to write the figures instead of comparing with them.
const UPDATE: &str = "ESCAPEMENT_UPDATE_GAS";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    uncached: u64,
    cached: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Snapshot {
    /// Rust toolchain the contracts were built with.
    toolchain: String,
    /// Gas by operation.
    operations: BTreeMap<String, Cost>,
}

/// A world whose operations are measured one by one.
struct Bench {
    world: World,
    /// What is cached where a figure says so.
    programs: Vec<Address>,
    operations: BTreeMap<String, Cost>,
}

impl Bench {
    /// Measures a call with every program uncached and cached, and takes both back.
    fn measure(&mut self, name: &str, from: Address, to: Address, input: &[u8]) {
        let [uncached, cached] = [&[], self.programs.as_slice()].map(|cached| {
            let gas = self.world.attempt(cached, (from, to, input), |receipt| receipt.gas_used);
            gas.unwrap_or_else(|refusal| panic!("{name}: {refusal}"))
        });
        assert!(cached < uncached, "{name}: {cached} cached, {uncached} uncached");
        assert!(self.operations.insert(name.to_owned(), Cost { uncached, cached }).is_none(), "{name} twice");
    }

    /// Measures a call, and then makes it.
    fn make(&mut self, name: &str, from: Address, to: Address, input: &[u8]) {
        self.measure(name, from, to, input);
        let sent = self.world.net.transact(from, TxKind::Call(to), Bytes::copy_from_slice(input), U256::ZERO);
        sent.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
    }

    fn controller<T: SolCall>(&mut self, name: &str, from: Address, call: &T) {
        self.measure(name, from, self.world.controller, &call.abi_encode());
    }

    fn token<T: SolCall>(&mut self, name: &str, from: Address, call: &T) {
        self.measure(name, from, self.world.token, &call.abi_encode());
    }

    fn lens<T: SolCall>(&mut self, name: &str, call: &T) {
        self.measure(name, self.world.stranger, self.world.lens, &call.abi_encode());
    }

    fn submission(&self, update: &UpdateBuilder) -> Vec<u8> {
        let signatures = self.world.quorum.sign(self.world.digest(update));
        C::submitCall { update: update.bytes(), signatures }.abi_encode()
    }

    /// Measures a submission, and then makes it.
    fn submit(&mut self, name: &str, update: &UpdateBuilder) {
        self.make(name, self.world.stranger, self.world.controller, &self.submission(update));
    }
}

/// Changes of every group: those of emission, equilibrium and liquidity apply at once, the other four wait.
fn all_groups(world: &World, id: u64) -> UpdateBuilder {
    let outputs: Vec<_> = (0..7).map(|output| (output, if output == 3 { -SMALL } else { SMALL })).collect();
    world.propose_scored(id, &outputs, &SCORES)
}

fn override_one(world: &World, slot: u8, by: i32) -> C::overrideParamsCall {
    let expected_old = world.value(slot);
    let change = Change { slot, expected_old, new: expected_old.saturating_add_signed(by) };
    C::overrideParamsCall { changes: change.to_wire().to_vec().into() }
}

fn controller(bench: &mut Bench) {
    let (stranger, council, governance, guardian) =
        (bench.world.stranger, bench.world.council, bench.world.governance, bench.world.guardian);
    let target = bench.world.controller;
    let (update, small) = (bench.world.heartbeat(1), bench.world.propose(1, &[(0, SMALL)]));
    bench.measure("controller: submit, heartbeat", stranger, target, &bench.submission(&update));
    bench.measure("controller: submit, one change", stranger, target, &bench.submission(&small));
    let two = bench.world.propose(1, &[(0, SMALL), (1, SMALL)]);
    bench.measure("controller: submit, two groups", stranger, target, &bench.submission(&two));
    let mut tripping = bench.world.heartbeat(1);
    tripping.inner.kpis[5] = 20_000;
    bench.measure("controller: submit, breaker trips", stranger, target, &bench.submission(&tripping));
    let all = all_groups(&bench.world, 1);
    bench.submit("controller: submit, all groups, first", &all);

    // The second of its kind writes to slots that are in use.
    bench.world.net.warp(200 * DAY);
    let all = all_groups(&bench.world, 2);
    bench.submit("controller: submit, all groups, later", &all);
    bench.world.net.warp(10 * DAY);
    let small = bench.world.propose(3, &[(0, SMALL)]);
    bench.measure("controller: submit, one change, later", stranger, target, &bench.submission(&small));
    let mut wrong = small.clone();
    wrong.inner.changes[0].new += 1;
    let try_submit = |bench: &Bench, update: &UpdateBuilder| {
        let signatures = bench.world.quorum.sign(bench.world.digest(update));
        C::trySubmitCall { update: update.bytes(), signatures }
    };
    bench.controller("controller: trySubmit, one change", stranger, &try_submit(bench, &small));
    bench.controller("controller: trySubmit, refused", stranger, &try_submit(bench, &wrong));

    let large = bench.world.propose(3, &[(0, WHOLE)]);
    bench.submit("controller: submit, queued", &large);
    bench.controller("controller: veto", council, &C::vetoCall { group: 0 });
    bench.controller("controller: approve", council, &C::approveCall { group: 0 });
    let filter = alloy::rpc::types::Filter::new().address(target).select(bench.world.net.chain.block_number());
    let logs = bench.world.net.chain.logs(&filter).expect("a valid filter");
    let queued = logs.iter().find_map(|log| log.log_decode::<E::UpdateQueued>().ok()).expect("it was queued");
    let snapshot = bench.world.net.chain.snapshot();
    bench.world.net.warp(2 * DAY + 60);
    let payload = queued.inner.data.payload.clone();
    bench.controller("controller: execute", stranger, &C::executeCall { group: 0, payload });
    assert!(bench.world.net.chain.revert(snapshot));
    bench.world.net.warp(30 * DAY);
    bench.controller("controller: poke, clears an expired change", stranger, &C::pokeCall {});
    bench.world.net.send(stranger, target, &C::pokeCall {}).unwrap_or_else(|refusal| panic!("{refusal}"));
    bench.controller("controller: poke, nothing to do", stranger, &C::pokeCall {});

    let before = u32::try_from(bench.world.net.now()).expect("32 bits until 2106");
    let change = override_one(&bench.world, 0, 100).abi_encode();
    bench.make("controller: overrideParams, one change", council, target, &change);
    bench.controller("controller: restore, one change", council, &C::restoreCall { timepoint: before });
    bench.controller("controller: narrow", council, &C::narrowCall { slot: 0, min: 5_000, max: 15_000 });
    bench.controller("controller: lowerAutonomy", council, &C::lowerAutonomyCall { group: 1, level: 0 });
    let halt = C::haltCall { scope: 255 }.abi_encode();
    bench.make("controller: halt", guardian, target, &halt);
    let until = u32::try_from(bench.world.net.now() + 20 * DAY).expect("32 bits until 2106");
    bench.controller("controller: extendHalt", governance, &C::extendHaltCall { scope: 255, until });
    let resume = C::resumeCall { scope: 255 }.abi_encode();
    bench.make("controller: resume", governance, target, &resume);

    let slot = Slot::new(10).expect("a slot");
    let [word0, word1] = slot.default_rules().pack().map(Into::into);
    bench.controller("controller: setSlotRules", governance, &C::setSlotRulesCall { slot: 10, word0, word1 });
    let word = Group::Grants.default_rules().pack().into();
    bench.controller("controller: setGroupRules", governance, &C::setGroupRulesCall { group: 6, word });
    let word = BreakerConfig::default().pack().into();
    bench.controller("controller: setBreaker", governance, &C::setBreakerCall { word });
    bench.controller("controller: setCounts", governance, &C::setCountsCall { pools: 5, categories: 3 });
    let verifier = bench.world.verifier;
    bench.controller("controller: setVerifier", governance, &C::setVerifierCall { verifier });
    bench.controller("controller: param", stranger, &C::paramCall { slot: 0 });
    bench.controller("controller: paramAt", stranger, &C::paramAtCall { slot: 0, timepoint: before });
    bench.controller("controller: haltedUntil", stranger, &C::haltedUntilCall { scope: 0 });
}

fn minter(bench: &mut Bench) {
    let (stranger, target) = (bench.world.stranger, bench.world.minter);
    let genesis = bench.world.net.view(target, &IMinter::genesisCall {}).expect("a plain view");
    let roll = IMinter::rollEpochCall {}.abi_encode();
    let open = |bench: &Bench, epoch: u64| bench.world.net.warp(genesis + epoch * WEEK - bench.world.net.now());
    bench.make("minter: rollEpoch, the first ever", stranger, target, &roll);
    open(bench, 1);
    bench.measure("minter: preview", stranger, target, &IMinter::previewCall {}.abi_encode());
    bench.make("minter: rollEpoch, the first that mints", stranger, target, &roll);
    open(bench, 2);
    bench.make("minter: rollEpoch", stranger, target, &roll);
    open(bench, 6);
    bench.make("minter: rollEpoch, after three missed", stranger, target, &roll);
    open(bench, 7);
    let halt = C::haltCall { scope: 0 };
    bench.world.net.send(bench.world.guardian, bench.world.controller, &halt).expect("the guardian halts");
    bench.measure("minter: rollEpoch, halted", stranger, target, &roll);
    let treasury = IMinter::setTreasuryCall { treasury: stranger }.abi_encode();
    bench.measure("minter: setTreasury", bench.world.governance, target, &treasury);

    let world = &bench.world;
    let logic = world.net.program(world.deployer, "minter-v2");
    let data = IMinter::migrateCall {}.abi_encode().into();
    let upgrade = ProxyAdmin::upgradeAndCallCall { proxy: target, implementation: logic, data };
    let (governance, admin) = (world.governance, world.net.proxy_admin(target));
    bench.programs.push(logic);
    bench.measure("minter: upgradeAndCall with migrate", governance, admin, &upgrade.abi_encode());
}

fn token(bench: &mut Bench) {
    let (from, to, fresh) = (bench.world.deployer, bench.world.stranger, Address::repeat_byte(0x77));
    let transfer = |to| IToken::transferCall { to, value: wad(1) };
    bench.token("token: transfer, to a new holder", from, &transfer(fresh));
    bench.world.net.send(from, bench.world.token, &transfer(to)).expect("a transfer");
    bench.token("token: transfer", from, &transfer(to));
    let approve = IToken::approveCall { spender: to, value: wad(10) };
    bench.token("token: approve", from, &approve);
    bench.world.net.send(from, bench.world.token, &approve).expect("an approval");
    bench.token("token: transferFrom", to, &IToken::transferFromCall { from, to, value: wad(1) });
    bench.token("token: burn", from, &IToken::burnCall { value: wad(1) });
    bench.token("token: burnFrom", to, &IToken::burnFromCall { account: from, value: wad(1) });
    bench.token("token: balanceOf", to, &IToken::balanceOfCall { account: from });

    let signer = PrivateKeySigner::from_bytes(&keccak256("holder")).expect("a valid key");
    let (owner, deadline) = (signer.address(), U256::from(u64::MAX));
    let terms = Permit { owner, spender: to, value: wad(1), nonce: U256::ZERO, deadline };
    let chain_id = bench.world.net.chain.chain_id();
    let contract = bench.world.token;
    let domain = eip712_domain! { name: "Escapement", version: "1", chain_id: chain_id, verifying_contract: contract, };
    let signature = signer.sign_hash_sync(&terms.eip712_signing_hash(&domain)).expect("a local key signs").as_bytes();
    let (r, s) = (B256::from_slice(&signature[..32]), B256::from_slice(&signature[32..64]));
    let call = IToken::permitCall { owner, spender: to, value: wad(1), deadline, v: signature[64], r, s };
    bench.token("token: permit", to, &call);

    // The minter's own call, without the roll around it.
    bench.world.act_as_minter();
    let mint = IToken::mintCall { to: from, value: wad(1) };
    bench.token("token: mint, by the minter", bench.world.minter, &mint);
}

fn lens(bench: &mut Bench) {
    let controller = bench.world.controller;
    let timepoint = u32::try_from(bench.world.net.now() - 1).expect("32 bits until 2106");
    bench.lens("lens: params", &ILens::paramsCall { controller });
    bench.lens("lens: paramsAt", &ILens::paramsAtCall { controller, timepoint });
    bench.lens("lens: headroom", &ILens::headroomCall { controller, slot: 0 });
    bench.lens("lens: rules", &ILens::rulesCall { controller, slot: 0 });
    bench.lens("lens: status", &ILens::statusCall { controller });
    for (name, update) in [
        ("heartbeat", bench.world.heartbeat(1)),
        ("one change", bench.world.propose(1, &[(0, SMALL)])),
        ("all groups", all_groups(&bench.world, 1)),
    ] {
        let signatures = bench.world.quorum.sign(bench.world.digest(&update));
        let update = update.bytes();
        let signed = ILens::previewCall { controller, update: update.clone(), signatures };
        bench.lens(&format!("lens: preview, {name}, signed"), &signed);
        let unsigned = ILens::previewCall { controller, update, signatures: Bytes::new() };
        bench.lens(&format!("lens: preview, {name}"), &unsigned);
    }
}

/// Measures everything, each contract in a world of its own.
fn measure() -> BTreeMap<String, Cost> {
    let mut operations = BTreeMap::new();
    for part in [controller, minter, token, lens, modules::vault, modules::gauges, modules::treasury] {
        let world = World::new();
        let programs = world.programs();
        let mut bench = Bench { world, programs, operations: BTreeMap::new() };
        part(&mut bench);
        operations.extend(bench.operations);
    }
    operations
}

fn measured() -> &'static BTreeMap<String, Cost> {
    static MEASURED: OnceLock<BTreeMap<String, Cost>> = OnceLock::new();
    MEASURED.get_or_init(measure)
}

fn snapshot_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/snapshots/gas.json")
}

/// Toolchain of the contracts at hand.
fn toolchain() -> String {
    let text = fs::read(contracts_dir().join("manifest.json")).expect("scripts/build.sh wrote a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&text).expect("a manifest is JSON");
    manifest["toolchain"].as_str().expect("a manifest names its toolchain").to_owned()
}

/// Whether `now` differs from `then` by more than 1 %.
fn off(then: u64, now: u64) -> bool {
    now.abs_diff(then) * 100 > then
}

/// Each figure that is off, and what to make of it.
fn differences(committed: &BTreeMap<String, Cost>, found: &BTreeMap<String, Cost>) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, now) in found {
        let Some(then) = committed.get(name) else {
            lines.push(format!("{name}: not in the snapshot"));
            continue;
        };
        for (what, then, now) in [("uncached", then.uncached, now.uncached), ("cached", then.cached, now.cached)] {
            if off(then, now) {
                let verdict = if now > then { "rose" } else { "fell: refresh the snapshot" };
                lines.push(format!("{name}, {what}: {then} -> {now}, {verdict}"));
            }
        }
    }
    let gone = committed.keys().filter(|name| !found.contains_key(*name));
    lines.extend(gone.map(|name| format!("{name}: in the snapshot, but not measured")));
    lines
}

#[test]
fn gas_agrees_with_the_snapshot() {
    let found = Snapshot { toolchain: toolchain(), operations: measured().clone() };
    let path = snapshot_file();
    if std::env::var_os(UPDATE).is_some() {
        let text = serde_json::to_string_pretty(&found).expect("plain data") + "\n";
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return;
    }
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; write it with {UPDATE}=1", path.display()));
    let committed: Snapshot = serde_json::from_slice(&text).expect("the snapshot is what this test writes");
    let pinned = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../rust-toolchain.toml"));
    if !pinned.expect("the contracts have a toolchain").contains(&format!("\"{}\"", found.toolchain)) {
        // As the wasm gate does: another compiler makes other figures, and they are nobody's promise.
        eprintln!("built with {} instead of the pinned toolchain: gas is measured, not compared", found.toolchain);
        return;
    }
    assert_eq!(committed.toolchain, found.toolchain, "figures of another toolchain; write them with {UPDATE}=1");
    let lines = differences(&committed.operations, &found.operations);
    assert!(lines.is_empty(), "{}\nif that is meant: {UPDATE}=1, see the head of this file", lines.join("\n"));
}

#[test]
fn gas_is_the_same_in_every_run() {
    assert_eq!(measured(), &measure());
}

#[test]
fn one_percent_is_the_tolerance_both_ways() {
    let cost = |uncached| BTreeMap::from([("x".to_owned(), Cost { uncached, cached: 5 })]);
    for (now, verdict) in [(10_100, None), (10_101, Some("rose")), (9_900, None), (9_899, Some("refresh"))] {
        let lines = differences(&cost(10_000), &cost(now));
        assert_eq!(lines.len(), usize::from(verdict.is_some()), "{now}");
        assert!(verdict.is_none_or(|verdict| lines[0].contains(verdict)), "{lines:?}");
    }
    assert_eq!(differences(&BTreeMap::new(), &cost(1)), ["x: not in the snapshot"]);
    assert_eq!(differences(&cost(1), &BTreeMap::new()), ["x: in the snapshot, but not measured"]);
}
