//! E2E-15: who may call what, for every mutating function of the golden ABIs and every role, on the compiled contracts.
//!
//! The answer is committed as `tests/snapshots/access.md`; a reviewer reads the difference. To write it anew:
//! `UPDATE_SNAPSHOTS=1 cargo test -p escapement-e2e --test access`.
#![allow(missing_docs)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use alloy::json_abi::Function;
use alloy_primitives::Address;
use alloy_sol_types::SolError as _;
use escapement_agent::bindings::solidity::TransparentUpgradeableProxy::ProxyDeniedAdminAccess;
use escapement_e2e::{Cast, Interface};

/// Errors that say: not you. Every other error comes after the question who calls.
const DENIALS: [&str; 15] = [
    "AccessControlUnauthorizedAccount",
    "AccessControlBadConfirmation",
    "OwnableUnauthorizedAccount",
    "TokenNotMinter",
    "ERC20InsufficientAllowance",
    "ERC20InsufficientBalance",
    "ERC2612InvalidSigner",
    "VaultNotMinter",
    // What is the caller's own: others have none.
    "VaultNoPosition",
    "VaultNoExit",
    "VaultZeroAmount",
    "GaugesInsufficientStake",
    // Receipts are nobody's to move.
    "VaultNotTransferable",
    // Initialisation is over: the right to it is nobody's.
    "ProxiedAlreadyInitialized",
    "ProxyDeniedAdminAccess",
];

/// What came of one call by every role.
#[derive(Default)]
struct Row {
    allowed: Vec<&'static str>,
    denied: Vec<&'static str>,
    /// Errors by which the denied were denied.
    denials: BTreeSet<String>,
    /// Errors that the allowed met later.
    later: BTreeSet<String>,
}

impl Row {
    /// The allowed, or the denied where that is shorter.
    fn who(&self) -> String {
        match (self.allowed.len(), self.denied.len()) {
            (0, _) => "nobody".to_owned(),
            (_, 0) => "everybody".to_owned(),
            (allowed, denied) if allowed > denied => format!("all but {}", self.denied.join(", ")),
            _ => self.allowed.join(", "),
        }
    }
}

/// Names of all errors, by selector.
fn errors(interfaces: &[Interface]) -> BTreeMap<[u8; 4], String> {
    let mut names: BTreeMap<[u8; 4], String> = interfaces
        .iter()
        .flat_map(|interface| &interface.errors)
        .map(|error| (error.selector().0, error.name.clone()))
        .collect();
    names.insert(ProxyDeniedAdminAccess::SELECTOR, "ProxyDeniedAdminAccess".to_owned());
    names
}

fn join(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Calls `input` on `to` as everybody.
fn call_by_all(cast: &Cast, errors: &BTreeMap<[u8; 4], String>, to: Address, what: &str, input: &[u8]) -> Row {
    let mut row = Row::default();
    for (role, caller) in cast.roles() {
        let Err(refusal) = cast.world.net.simulate(caller, to, input.to_vec().into()) else {
            row.allowed.push(role);
            continue;
        };
        let name = refusal.data.first_chunk().and_then(|selector| errors.get(selector));
        let name = name.unwrap_or_else(|| panic!("{what} by {role}, without a known error: {refusal}"));
        if DENIALS.contains(&name.as_str()) {
            row.denied.push(role);
            row.denials.insert(name.clone());
        } else {
            row.allowed.push(role);
            row.later.insert(name.clone());
        }
    }
    row
}

/// Appends a section: the functions of `interface` that `pick` picks, called on `to`.
fn section(
    out: &mut String,
    cast: &Cast,
    errors: &BTreeMap<[u8; 4], String>,
    (heading, to): (&str, Address),
    interface: &Interface,
    pick: impl Fn(&Function) -> bool,
) {
    write!(out, "\n## {heading}\n\n| function | may | then | else |\n|---|---|---|---|\n").expect("a string");
    for function in interface.mutating().filter(|function| pick(function)) {
        let signature = function.signature();
        let calls = cast.calls(&interface.contract, &function.name);
        assert!(!calls.is_empty(), "no call of {}.{signature} in the cast", interface.contract);
        for (variant, input) in calls {
            assert_eq!(input[..4], function.selector().0, "{signature}");
            let row = call_by_all(cast, errors, to, &signature, &input);
            let variant = if variant.is_empty() { String::new() } else { format!(" {variant}") };
            let (who, later, denials) = (row.who(), join(&row.later), join(&row.denials));
            writeln!(out, "| `{signature}`{variant} | {who} | {later} | {denials} |").expect("a string");
        }
    }
}

fn table() -> String {
    let cast = Cast::new();
    let interfaces = Interface::all();
    let errors = errors(&interfaces);
    for denial in DENIALS {
        assert!(errors.values().any(|name| name == denial), "{denial} is no error of any contract");
    }
    let roles = cast.roles();
    let addresses: BTreeSet<_> = roles.iter().map(|(_, address)| address).collect();
    assert_eq!(addresses.len(), roles.len(), "one account per role");

    let mut out = "# Who may call what\n\n\
        Every mutating function of the golden ABIs, called by every role on the compiled contracts, behind their proxies\n\
        where they have one; written and compared by `host/e2e/tests/access.rs`. *May* means: past the question who\n\
        calls. *Then* is what such a call met later, if anything; *else* is what all others are refused with. Roles:\n\n"
        .to_owned();
    for (role, _) in &roles {
        writeln!(out, "- {role}").expect("a string");
    }
    for interface in &interfaces {
        let place = (interface.contract.as_str(), cast.address(&interface.contract));
        section(&mut out, &cast, &errors, place, interface, |_| true);
        if interface.contract == "token" {
            // The owner's rights end when the minter is named, so they show on another token only.
            let owners =
                |function: &Function| ["mint", "setMinter", "transferOwnership"].contains(&function.name.as_str());
            let place = ("token, before its minter is named", cast.unnamed);
            section(&mut out, &cast, &errors, place, interface, owners);
        }
    }
    out
}

#[test]
fn each_function_answers_to_its_roles_only() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/snapshots/access.md");
    let table = table();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(path, &table).expect("the snapshot can be written");
    }
    let committed = fs::read_to_string(path).expect("the snapshot is committed");
    let (new, old): (Vec<_>, Vec<_>) = (table.lines().collect(), committed.lines().collect());
    for (new, old) in new.iter().zip(&old) {
        assert_eq!(new, old, "access changed; if that is meant, write the snapshot anew");
    }
    assert_eq!(new.len(), old.len(), "functions came or went; if that is meant, write the snapshot anew");
}
