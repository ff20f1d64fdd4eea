//! The checks that every published interface must pass.

use std::{
    collections::BTreeSet,
    fs,
    string::{String, ToString},
};

use alloc::{format, vec, vec::Vec};
use alloy_primitives::{hex, keccak256, Address, B256, U256};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolInterface};
use motsu::prelude::*;

use super::{Entry, Fixture};
use crate::{
    erc20, params, proxied, reentrancy,
    roles::{self, IRoles as Roles},
};

/// A function or an error as an interface declares it.
pub(super) struct Declared {
    /// Canonical, without names and spaces.
    pub(super) signature: String,
    pub(super) selector: [u8; 4],
    /// Types of the arguments, those of their fields for structs.
    types: Vec<String>,
}

/// All of this kind, `function` or `error`, each on a line of its own. Structs must be static.
pub(super) fn declared<'a>(abi: &'a str, kind: &'a str) -> impl Iterator<Item = Declared> + 'a {
    abi.lines().filter_map(move |line| line.trim().strip_prefix(kind)?.strip_prefix(' ')).map(|line| {
        let (name, rest) = line.split_once('(').expect("arguments begin");
        let (arguments, _) = rest.split_once(')').expect("arguments end");
        let (signature, types) = list(abi, arguments, ',');
        let signature = format!("{name}{signature}");
        let selector = keccak256(&signature)[..4].try_into().unwrap();
        Declared { signature, selector, types }
    })
}

/// A list of declarations as a tuple of canonical types, and the types of its words one after the other. A struct is the
/// tuple of its fields.
fn list(abi: &str, declarations: &str, separator: char) -> (String, Vec<String>) {
    let kinds = declarations.split(separator).filter_map(|declaration| declaration.split_whitespace().next());
    let (names, types): (Vec<String>, Vec<Vec<String>>) = kinds
        .map(|kind| match abi.split_once(&format!("struct {kind} {{")) {
            Some((_, body)) => list(abi, body.split_once('}').expect("the struct ends").0, ';'),
            None => (kind.to_string(), vec![kind.to_string()]),
        })
        .unzip();
    (format!("({})", names.join(",")), types.concat())
}

/// The functions of a proxy and of the SDK, which no function of ours may hide or be hidden by.
const FOREIGN: [&str; 6] = [
    "upgradeToAndCall(address,bytes)",
    "admin()",
    "implementation()",
    "changeAdmin(address)",
    "upgradeTo(address)",
    "stylus_constructor()",
];

/// Checks that what alloy reads from the interface is what its text declares, functions and errors, and that no selector
/// occurs twice or is one of a proxy or of the SDK.
pub fn check_selectors<F: Fixture>() {
    let mut seen: BTreeSet<[u8; 4]> = FOREIGN.iter().map(|name| keccak256(name)[..4].try_into().unwrap()).collect();
    let published: BTreeSet<[u8; 4]> = F::Calls::selectors().collect();
    let mut functions = 0;
    for function in declared(F::ABI, "function") {
        assert!(seen.insert(function.selector), "{} clashes", function.signature);
        assert!(published.contains(&function.selector), "{} is not published", function.signature);
        functions += 1;
    }
    assert_eq!(published.len(), functions);
    let errors: BTreeSet<[u8; 4]> = declared(F::ABI, "error").map(|error| error.selector).collect();
    assert_eq!(errors, F::Errors::selectors().collect());
}

/// A call that the reader of a function takes.
struct Call {
    signature: String,
    calldata: Vec<u8>,
    /// Bits that are what they are, whatever the arguments: a byte of the head and a mask.
    fixed: Vec<(usize, u8)>,
}

/// A call of every function: of its arguments' zeros, or the one among `samples`.
fn calls<F: Fixture>(samples: &[Vec<u8>]) -> Vec<Call> {
    let call = |function: Declared| {
        let (mut head, mut tails, mut fixed) = (vec![], 0, vec![]);
        let words: Vec<(&str, usize)> = function.types.iter().map(|kind| words_of(kind)).collect();
        let length: usize = words.iter().map(|(_, count)| count * 32).sum();
        for (kind, count) in words {
            for _ in 0..count {
                let at = 4 + head.len();
                let mut word = B256::ZERO;
                if kind == "bool" {
                    fixed.push((at + 31, 2));
                }
                let bytes = match kind {
                    "" => {
                        word = U256::from(length + 32 * tails).into();
                        tails += 1;
                        at..at + 32
                    }
                    "address" => at..at + 12,
                    "bool" => at..at + 31,
                    _ => match (kind.strip_prefix("uint"), kind.strip_prefix("bytes")) {
                        (Some(bits), _) => at..at + 32 - bits.parse::<usize>().unwrap() / 8,
                        (_, Some(bytes)) => at + bytes.parse::<usize>().unwrap()..at + 32,
                        _ => panic!("{}: arguments of this kind are not known", function.signature),
                    },
                };
                fixed.extend(bytes.map(|byte| (byte, 1)));
                head.extend_from_slice(&word.0);
            }
        }
        let zeros = [&function.selector[..], &head, &vec![0; 32 * tails]].concat();
        let sample = samples.iter().find(|sample| sample.starts_with(&function.selector));
        Call { signature: function.signature, calldata: sample.cloned().unwrap_or(zeros), fixed }
    };
    declared(F::ABI, "function").map(call).collect()
}

/// The type of each word that an argument has in the head, and how many there are; nothing for an offset.
fn words_of(kind: &str) -> (&str, usize) {
    match kind.split_once('[') {
        None if kind == "bytes" => ("", 1),
        None => (kind, 1),
        Some((_, "]")) => ("", 1),
        Some((item, count)) => (item, count.trim_end_matches(']').parse().unwrap()),
    }
}

/// The first of `senders` whose arguments the function reads: a caller without its role may be refused before.
fn reader<F: Fixture>(world: &F, senders: &[Address], call: &Call) -> Address {
    let long = [&call.calldata[..], &[0]].concat();
    let found = senders.iter().find(|sender| world.raw(**sender, &long) == Err(vec![]));
    *found.unwrap_or_else(|| panic!("{} takes a byte too many", call.signature))
}

/// Checks that the router answers every function of the interface: what is not routed reverts without data, as what
/// cannot be read does. `senders` have all roles between them; `samples` are calls of the functions that refuse zeros in
/// this way.
pub fn check_routes<F: Fixture>(world: &F, senders: &[Address], samples: &[Vec<u8>]) {
    for call in calls::<F>(samples) {
        let sender = reader(world, senders, &call);
        assert_ne!(world.raw(sender, &call.calldata), Err(vec![]), "{} is not routed", call.signature);
    }
}

/// Checks that one call has one encoding: every function refuses calldata that is cut, that goes on, or has a byte set that
/// its types leave no room for; and value. So does the contract what is no function of its. Arguments as
/// [`check_routes`].
pub fn check_encoding<F: Fixture>(world: &F, senders: &[Address], samples: &[Vec<u8>]) {
    let refused = |sender: Address, calldata: &[u8], what: &str| {
        assert_eq!(world.raw(sender, calldata), Err(vec![]), "{what}: {}", hex::encode(calldata));
    };
    let anyone = senders[0];
    anyone.fund(U256::from(1));
    for call in &calls::<F>(samples) {
        let sender = reader(world, senders, call);
        let Call { signature, calldata, fixed } = call;
        refused(sender, &calldata[..calldata.len() - 1], signature);
        for (byte, mask) in fixed {
            let mut dirty = calldata.clone();
            dirty[*byte] ^= mask;
            refused(sender, &dirty, signature);
        }
        let paid = world.contract().sender_and_value(anyone, U256::from(1)).run(calldata).motsu_res();
        assert_eq!(paid, Err(vec![]), "{signature} takes value");
    }
    for unknown in [&[][..], &[1, 2, 3], &[1, 2, 3, 4], &keccak256("stylus_constructor()")[..4]] {
        refused(anyone, unknown, "no function");
    }
}

/// Errors of [`proxied`].
pub const PROXIED: &[[u8; 4]] = &[
    proxied::ProxiedNotThroughProxy::SELECTOR,
    proxied::ProxiedAlreadyInitialized::SELECTOR,
    proxied::ProxiedNotInitialized::SELECTOR,
    proxied::ProxiedNotNewer::SELECTOR,
    proxied::ProxiedLayoutMismatch::SELECTOR,
    proxied::ProxiedExpiring::SELECTOR,
];
/// Errors of [`roles`].
pub const ROLES: &[[u8; 4]] = &[
    roles::AccessControlUnauthorizedAccount::SELECTOR,
    roles::AccessControlBadConfirmation::SELECTOR,
    roles::AccessControlLastAdmin::SELECTOR,
];
/// Errors of [`params`].
pub const PARAMS: &[[u8; 4]] = &[params::ParamsCallFailed::SELECTOR, params::ParamsBadAnswer::SELECTOR];
/// Errors of [`erc20`].
pub const ERC20: &[[u8; 4]] = &[
    erc20::Erc20WithoutCode::SELECTOR,
    erc20::Erc20CallFailed::SELECTOR,
    erc20::Erc20Refused::SELECTOR,
    erc20::Erc20BadAnswer::SELECTOR,
];
/// Errors of [`reentrancy`].
pub const REENTRANCY: &[[u8; 4]] = &[reentrancy::ReentrancyGuardReentrantCall::SELECTOR];

/// Checks that the errors of these parts of the kit, and the two events of [`roles`], are in the published interface.
pub fn check_kit<F: Fixture, Granted: SolEvent, Revoked: SolEvent>(parts: &[&[[u8; 4]]]) {
    let published: BTreeSet<[u8; 4]> = F::Errors::selectors().collect();
    for selector in parts.concat() {
        assert!(published.contains(&selector), "{} is not published", hex::encode(selector));
    }
    assert_eq!(roles::RoleGranted::SIGNATURE_HASH, Granted::SIGNATURE_HASH);
    assert_eq!(roles::RoleRevoked::SIGNATURE_HASH, Revoked::SIGNATURE_HASH);
}

/// Checks the functions of [`roles`]: `admin` gives and takes `role`, nobody else does, a member may leave, one admin always
/// remains, and ERC-165 tells of the interface. Leaves `role` with nobody whom the contract did not give it to.
pub fn check_roles<F: Fixture>(world: &F, admin: Address, role: B256) {
    let [member, other] = ["member", "other"].map(Address::from_tag);
    let has = |role, account| world.ok(other, Roles::hasRoleCall { role, account })._0;
    assert_eq!(world.ok(other, Roles::DEFAULT_ADMIN_ROLECall {})._0, roles::DEFAULT_ADMIN_ROLE);
    assert_eq!(world.ok(other, Roles::getRoleAdminCall { role })._0, roles::DEFAULT_ADMIN_ROLE);
    assert!(has(roles::DEFAULT_ADMIN_ROLE, admin) && !has(role, member));
    world.ok(admin, Roles::grantRoleCall { role, account: member });
    assert!(has(role, member) && !has(role, other));
    for account in [member, other] {
        let denied = || roles::AccessControlUnauthorizedAccount { account, neededRole: roles::DEFAULT_ADMIN_ROLE };
        world.err(account, Roles::grantRoleCall { role, account: other }, denied());
        world.err(account, Roles::revokeRoleCall { role, account: member }, denied());
    }
    let leave = |account| Roles::renounceRoleCall { role, callerConfirmation: account };
    world.err(member, leave(other), roles::AccessControlBadConfirmation {});
    world.ok(member, leave(member));
    assert!(!has(role, member));
    world.ok(admin, Roles::grantRoleCall { role, account: member });
    world.ok(admin, Roles::revokeRoleCall { role, account: member });
    assert!(!has(role, member));
    let (role, account) = (roles::DEFAULT_ADMIN_ROLE, admin);
    world.err(admin, Roles::revokeRoleCall { role, account }, roles::AccessControlLastAdmin {});
    world.err(admin, Roles::renounceRoleCall { role, callerConfirmation: admin }, roles::AccessControlLastAdmin {});
    // As Solidity forms the id of OpenZeppelin's `IAccessControl`.
    let parts = [
        Roles::hasRoleCall::SELECTOR,
        Roles::getRoleAdminCall::SELECTOR,
        Roles::grantRoleCall::SELECTOR,
        Roles::revokeRoleCall::SELECTOR,
        Roles::renounceRoleCall::SELECTOR,
    ];
    let id = parts.into_iter().map(u32::from_be_bytes).fold(0, |id, selector| id ^ selector);
    for (id, supported) in [
        (id.to_be_bytes(), true),
        (Roles::supportsInterfaceCall::SELECTOR, true),
        ([0xff; 4], false),
        ([0, 0, 0, 1], false),
    ] {
        let here = world.ok(other, Roles::supportsInterfaceCall { interfaceId: id.into() })._0;
        assert_eq!(here, supported, "{id:?}");
    }
}

/// Rows of the slot table for what [`proxied`] keeps.
pub fn proxied_rows() -> [String; 4] {
    [
        (proxied::VERSION_SLOT, "0 8 version: uint64"),
        (proxied::VERSION_SLOT, "8 8 layout: uint64"),
        (proxied::CONSTRUCTOR_SLOT, "0 1 constructor executed: bool"),
        (proxied::IMPLEMENTATION_SLOT, "0 20 implementation: address, the proxy's"),
    ]
    .map(|(slot, what)| format!("{} {what}", hex::encode_prefixed(slot)))
}

/// Checks a contract's slot table against its snapshot, or writes it where `UPDATE_SNAPSHOTS` is set. Append only: an
/// upgrade that moves a line breaks every deployment.
pub fn check_layout(contract: &str, table: &str) {
    let path = format!("{}/../../tests/snapshots/storage-{contract}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, table).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), table);
}
