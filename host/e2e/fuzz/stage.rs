//! The chain that calls are made on: deployed once for each thread, taken back after each input.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    fs,
};

use alloy::{
    dyn_abi::DynSolType,
    json_abi::{Error, Function, JsonAbi},
};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use escapement_core::{engine::key, param::SLOTS};

use super::{arguments::Known, attestation};
use crate::{Cast, Interface, wad};

/// Solidity that the contracts call or stand behind; its errors come through.
const PEERS: [&str; 4] = ["QuoteToken", "ConstantProductPool", "TransparentUpgradeableProxy", "ProxyAdmin"];

/// Who calls. Those of the second list have no role anywhere and are offered none.
const WITH_ROLES: [&str; 6] = ["governance", "council", "guardian", "owner to be", "minter", "controller"];
const ROLELESS: [&str; 6] = ["token holder", "spender", "recipient", "deployer", "attester", "stranger"];

/// Labels of the slots that no contract code reaches.
pub const ERC1967: [&str; 3] = ["eip1967.proxy.implementation", "eip1967.proxy.admin", "eip1967.proxy.beacon"];

/// A contract that can be called.
pub struct Place {
    /// Its folder's name.
    pub contract: String,
    /// Where it is.
    pub address: Address,
    /// Its functions.
    pub functions: Vec<Function>,
    /// Whether it is what a proxy points at, and has no storage of its own.
    pub implementation: bool,
}

impl Place {
    /// Whether the arguments of a function are of types known here; those of the lens' three packers are structs.
    #[must_use]
    pub fn typed(function: &Function) -> bool {
        function.inputs.iter().all(|param| DynSolType::parse(&param.ty).is_ok())
    }

    /// The function that `input` calls.
    #[must_use]
    pub fn function(&self, input: &[u8]) -> Option<&Function> {
        self.functions.iter().find(|function| input.starts_with(function.selector().as_slice()))
    }
}

/// Somebody who calls.
#[derive(Clone, Copy)]
pub struct Caller {
    /// Who.
    pub address: Address,
    /// Whether nobody gave it a role.
    pub roleless: bool,
}

/// Everything deployed, in the middle of things.
pub struct Stage {
    /// The world and calls that go through.
    pub cast: Cast,
    /// Where calls go: every contract, and what is behind the proxies.
    pub places: Vec<Place>,
    /// Who makes them.
    pub callers: Vec<Caller>,
    /// What arguments are chosen from.
    pub known: Known,
    /// The errors that a refused call may carry, by selector.
    pub errors: BTreeMap<[u8; 4], Error>,
    /// Words that only those with a role may change: roles, rules, peers, implementations.
    pub protected: BTreeSet<(Address, U256)>,
    /// A newer implementation of the minter.
    pub minter_v2: Address,
    /// Honest updates and their signatures.
    pub attested: Vec<(Bytes, Bytes)>,
    /// Every proxy with the slots that its storage snapshot names and those that hold something.
    pub slots: Vec<(Address, Vec<U256>)>,
}

thread_local! {
    static STAGE: OnceCell<Stage> = const { OnceCell::new() };
}

impl Stage {
    /// Runs `body` on this thread's stage and takes back what it did.
    ///
    /// # Panics
    /// When `body` does, or the contracts are not built.
    pub fn run<T>(body: impl FnOnce(&Self) -> T) -> T {
        STAGE.with(|cell| {
            let stage = cell.get_or_init(Self::new);
            let chain = &stage.cast.world.net.chain;
            let before = chain.snapshot();
            let out = body(stage);
            assert!(chain.revert(before), "the snapshot is there");
            out
        })
    }

    fn new() -> Self {
        let cast = Cast::new();
        let (world, net) = (&cast.world, &cast.world.net);
        let minter_v2 = net.program(world.deployer, "minter-v2");
        let proxies = [world.controller, world.minter, world.vault, world.gauges, world.treasury];
        let interfaces = Interface::every();
        let mut places = Vec::new();
        for Interface { contract, functions, .. } in &interfaces {
            let address = cast.address(contract);
            let place = |address, implementation| Place {
                contract: contract.clone(),
                address,
                functions: functions.clone(),
                implementation,
            };
            places.push(place(address, false));
            if proxies.contains(&address) {
                places.push(place(net.implementation(address), true));
            }
        }
        let roles: BTreeMap<_, _> = cast.roles().into_iter().collect();
        let caller = |name: &&'static str| Caller { address: roles[name], roleless: ROLELESS.contains(name) };
        let callers: Vec<_> = WITH_ROLES.iter().chain(&ROLELESS).map(caller).collect();
        net.chain.impersonate_all(true);
        for caller in &callers {
            net.chain.set_balance(caller.address, wad(1_000_000));
        }
        let mut errors: BTreeMap<_, _> =
            interfaces.iter().flat_map(|interface| &interface.errors).map(|e| (e.selector().0, e.clone())).collect();
        errors.extend(PEERS.iter().flat_map(|name| solidity_errors(name)).map(|error| (error.selector().0, error)));
        let addresses: BTreeSet<_> = roles.values().chain(&world.lp).copied().chain([Address::ZERO]).collect();
        let words = vec![B256::ZERO, keccak256("COUNCIL_ROLE"), keccak256("GUARDIAN_ROLE"), world.model_id];
        let known = Known {
            addresses: addresses.iter().copied().collect(),
            words,
            bytes: vec![cast.update.0.clone(), cast.update.1.clone(), cast.payload.clone()],
        };
        let protected = protected(&cast, &addresses);
        let attested = attestation::honest(world, cast.update.clone());
        let storage = world.storage();
        let slots = ["controller", "minter", "vault", "gauges", "treasury"].map(|contract| {
            let proxy = cast.address(contract);
            let held = storage.keys().filter(|(account, _)| *account == proxy).map(|(_, slot)| (*slot).into());
            (proxy, snapshot_slots(contract).into_iter().chain(held).collect::<BTreeSet<U256>>().into_iter().collect())
        });
        let slots = slots.into_iter().collect();
        Self { cast, places, callers, known, errors, protected, minter_v2, attested, slots }
    }
}

/// The slots that a committed storage snapshot names by their number.
fn snapshot_slots(contract: &str) -> BTreeSet<U256> {
    let path = format!("{}/../../tests/snapshots/storage-{contract}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let lines = text.lines().take_while(|line| !line.starts_with("# Keys"));
    lines.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

/// The errors of a committed Solidity artifact.
fn solidity_errors(name: &str) -> Vec<Error> {
    let path = format!("{}/solidity/artifacts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut artifact: serde_json::Value = serde_json::from_str(&text).expect("an artifact is JSON");
    let abi: JsonAbi = serde_json::from_value(artifact["abi"].take()).expect("an artifact has an ABI");
    abi.errors.into_values().flatten().collect()
}

/// See [`Stage::protected`]; slots are those of `tests/snapshots/storage-*.txt`, at a proxy and at what is behind it.
fn protected(cast: &Cast, accounts: &BTreeSet<Address>) -> BTreeSet<(Address, U256)> {
    let number = |n: u64| B256::from(U256::from(n));
    let mapping = |key: B256, root: B256| keccak256([key.0, root.0].concat());
    let label = |label: &str| U256::from_be_bytes(keccak256(label).0) - U256::ONE;
    let mut common: Vec<U256> = ERC1967.map(label).into();
    common.push(label("escapement.kit.version"));
    for role in ["COUNCIL_ROLE", "GUARDIAN_ROLE", "MINTER_ROLE"].map(keccak256).into_iter().chain([B256::ZERO]) {
        let members = mapping(role, number(0));
        common.extend(accounts.iter().map(|account| U256::from_be_bytes(mapping(account.into_word(), members).0)));
        // The role that administers it.
        common.push(U256::from_be_bytes(members.0).wrapping_add(U256::ONE));
    }
    let rules = (0..7).map(|n| key::GROUP_RULES + n).chain((0..2 * SLOTS as u64).map(|n| key::SLOT_RULES + n));
    let rules = rules.chain([key::BREAKER]).map(|key| mapping(number(key), number(1)).into()).collect();
    let plain = |slots: Vec<u64>| slots.into_iter().map(U256::from).collect::<Vec<_>>();
    let own: [(&str, Vec<Vec<U256>>); 5] = [
        ("controller", vec![plain((2..=16).collect()), rules]),
        ("minter", vec![plain((1..=2).chain(10..=13).chain(15..=16).collect())]),
        ("vault", vec![plain(vec![1, 3])]),
        ("gauges", vec![plain((1..=3).chain(7..=9).collect())]),
        ("treasury", vec![plain(vec![1, 2, 8])]),
    ];
    let mut out = BTreeSet::new();
    for (contract, slots) in own {
        let proxy = cast.address(contract);
        for account in [proxy, cast.world.net.implementation(proxy)] {
            out.extend(slots.iter().flatten().chain(&common).map(|slot| (account, *slot)));
        }
    }
    out
}
