//! E2E-9: calldata that no compiler writes, on the compiled contracts: dirty bits in narrow words, dirty padding, gaps,
//! missing and surplus bytes, unknown selectors.
//!
//! All contracts but the token route by hand and take the canonical encoding only. SDK 0.9, which routes the token, encodes
//! what it decoded again and compares: it refuses the same. Both refuse without data.
#![allow(missing_docs)]

use std::collections::BTreeMap;

use alloy::{
    dyn_abi::{DynSolType, DynSolValue, JsonAbiExt as _},
    json_abi::{Function, Param},
};
use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256};
use alloy_sol_types::SolCall as _;
use escapement_agent::bindings::verifier::IVerifier as V;
use escapement_e2e::{Cast, Interface, report_of};

/// What became of a call: its output, its logs and the storage after it, or its revert data.
#[derive(Debug, PartialEq)]
enum Outcome {
    Done(Bytes, Vec<Log>, BTreeMap<(Address, B256), B256>),
    Refused(Bytes),
}

/// Runs a call and takes it back.
fn run(cast: &Cast, from: Address, to: Address, input: &[u8]) -> Outcome {
    let net = &cast.world.net;
    if from == cast.world.minter {
        // A contract sends no transactions; a simulated call has no logs to compare.
        return match net.simulate(from, to, input.to_vec().into()) {
            Ok(output) => Outcome::Done(output, Vec::new(), BTreeMap::new()),
            Err(refusal) => Outcome::Refused(refusal.data),
        };
    }
    let snapshot = net.chain.snapshot();
    let outcome = match net.transact(from, TxKind::Call(to), input.to_vec().into(), U256::ZERO) {
        Ok(receipt) => Outcome::Done(receipt.output, receipt.logs, cast.world.storage()),
        Err(refusal) => Outcome::Refused(refusal.data),
    };
    assert!(net.chain.revert(snapshot));
    outcome
}

/// Calls of a function that takes arguments: those of the cast, or with arguments that make sense to a view.
fn calls(cast: &Cast, contract: &str, function: &Function) -> Vec<Vec<u8>> {
    let calls: Vec<_> = cast.calls(contract, &function.name).into_iter().map(|(_, input)| input).collect();
    if !calls.is_empty() {
        return calls;
    }
    let (world, controller) = (&cast.world, cast.world.controller);
    let update = world.propose(2, &[(1, 6_554)]);
    vec![match (contract, function.name.as_str()) {
        ("verifier", "verify") => {
            let signatures = world.quorum.sign(world.digest(&update));
            V::verifyCall { controller, update: update.bytes(), signatures }.abi_encode()
        }
        ("verifier", "digest") => V::digestCall { controller, update: update.bytes() }.abi_encode(),
        ("verifier", "reportDigest") => {
            let (report, _) = report_of(&update, world.net.chain.chain_id(), controller);
            V::reportDigestCall { controller, report: report.encode().expect("the list fits").into() }.abi_encode()
        }
        ("verifier", "infer") => V::inferCall { model_id: world.model_id, kpis: update.inner.kpis }.abi_encode(),
        _ => {
            let arguments: Vec<_> = function.inputs.iter().map(|param| plain(cast, &param.ty)).collect();
            function.abi_encode_input(&arguments).expect("arguments of its types")
        }
    }]
}

/// An argument that names something: the token holder, number 0, two of a list.
fn plain(cast: &Cast, ty: &str) -> DynSolValue {
    match DynSolType::parse(ty).expect("a type") {
        DynSolType::Address => DynSolValue::Address(cast.holder),
        DynSolType::Uint(bits) => DynSolValue::Uint(U256::ZERO, bits),
        DynSolType::FixedBytes(bytes) => DynSolValue::FixedBytes(B256::ZERO, bytes),
        DynSolType::Array(element) => DynSolValue::Array(vec![plain(cast, &element.sol_type_name()); 2]),
        _ => panic!("no plain argument of type {ty}"),
    }
}

/// Who gets furthest with this call: the first to whom it goes through, or governance.
fn rightful(cast: &Cast, to: Address, input: &[u8]) -> Address {
    let works = |from: &Address| cast.world.net.simulate(*from, to, input.to_vec().into()).is_ok();
    cast.roles().into_iter().map(|(_, address)| address).find(works).unwrap_or(cast.world.governance)
}

/// The word at `at`.
fn word(input: &[u8], at: usize) -> usize {
    usize::try_from(U256::from_be_slice(&input[at..at + 32])).expect("an offset or a length")
}

/// The type of the elements and their number, of a list of fixed length; the type itself and one of all others.
fn fixed(ty: &str) -> (&str, usize) {
    let parts = ty.strip_suffix(']').and_then(|ty| ty.rsplit_once('['));
    parts.and_then(|(element, count)| Some((element, count.parse().ok()?))).unwrap_or((ty, 1))
}

/// Where the head of each argument starts, and where all heads end.
fn heads(function: &Function) -> (Vec<usize>, usize) {
    let mut end = 4;
    let starts = function.inputs.iter().map(|param| {
        let start = end;
        end += 32 * fixed(&param.ty).1;
        start
    });
    (starts.collect(), end)
}

/// Every way to set bits of `input` outside the types of its arguments: the argument's type and the spoilt calldata.
fn dirty(function: &Function, input: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    let (starts, heads_end) = heads(function);
    for (param, &head) in function.inputs.iter().zip(&starts) {
        let element = param.ty.strip_suffix("[]");
        let tail = || 4 + word(input, head);
        let at = match element {
            Some(_) if word(input, tail()) == 0 => continue,
            Some(_) => tail() + 32,
            None => head,
        };
        let ty = element.unwrap_or(fixed(&param.ty).0);
        let mut spoil = |byte: usize, bits: u8| {
            let mut spoilt = input.to_vec();
            spoilt[byte] ^= bits;
            out.push((ty.to_owned(), spoilt));
        };
        let bits = |prefix: &str| ty.strip_prefix(prefix).and_then(|bits| bits.parse::<usize>().ok());
        match ty {
            "bytes" => {
                let length = word(input, tail());
                if !length.is_multiple_of(32) {
                    spoil(tail() + 32 + length, 1);
                    spoil(tail() + 32 + length.next_multiple_of(32) - 1, 0x80);
                }
            }
            "bytes32" | "uint256" => {}
            "bytes4" => {
                spoil(at + 4, 0x80);
                spoil(at + 31, 1);
            }
            "bool" => {
                // Neither zero nor one.
                spoil(at + 31, 2);
                spoil(at + 30, 1);
                spoil(at, 0x80);
            }
            _ => {
                let bytes = if ty == "address" { 20 } else { bits("uint").or_else(|| bits("int")).expect(ty) / 8 };
                // The bit just outside, and the one furthest away.
                spoil(at + 31 - bytes, 1);
                spoil(at, 0x80);
            }
        }
    }
    // A gap of one word between head and tails, which all offsets skip.
    let dynamic = |param: &&Param| param.ty == "bytes" || param.ty.ends_with("[]");
    if function.inputs.iter().any(|param| dynamic(&param)) {
        let (head, tails) = input.split_at(heads_end);
        let mut gap = [head, &[0; 32], tails].concat();
        for (_, &at) in function.inputs.iter().zip(&starts).filter(|(param, _)| dynamic(param)) {
            let offset = U256::from_be_slice(&gap[at..at + 32]) + U256::from(32);
            gap[at..at + 32].copy_from_slice(&offset.to_be_bytes::<32>());
        }
        out.push(("offset".to_owned(), gap));
    }
    out
}

/// A contract's functions with arguments, a call of each and who makes it.
fn each(cast: &Cast, interface: &Interface, mut look: impl FnMut(&Function, Address, &[u8])) {
    let to = cast.address(&interface.contract);
    for function in interface.functions.iter().filter(|function| !function.inputs.is_empty()) {
        for input in calls(cast, &interface.contract, function) {
            look(function, rightful(cast, to, &input), &input);
        }
    }
}

#[test]
fn dirty_words_are_refused() {
    let cast = Cast::new();
    let mut seen = BTreeMap::<String, usize>::new();
    for interface in Interface::all() {
        let (contract, to) = (&interface.contract, cast.address(&interface.contract));
        each(&cast, &interface, |function, from, input| {
            let clean = run(&cast, from, to, input);
            assert_ne!(clean, Outcome::Refused(Bytes::new()), "{contract}.{} as it should be", function.signature());
            for (what, spoilt) in dirty(function, input) {
                let outcome = run(&cast, from, to, &spoilt);
                let refused = Outcome::Refused(Bytes::new());
                assert_eq!(outcome, refused, "{contract}.{} with a dirty {what}", function.signature());
                *seen.entry(what).or_default() += 1;
            }
        });
    }
    let types = ["address", "bool", "bytes", "bytes4", "int32", "offset", "uint16", "uint32", "uint64", "uint8"];
    assert!(seen.keys().eq(types), "every kind was met: {seen:?}");
}

#[test]
fn truncated_calldata_is_refused() {
    let cast = Cast::new();
    for interface in Interface::all() {
        let (contract, to) = (&interface.contract, cast.address(&interface.contract));
        each(&cast, &interface, |function, from, input| {
            // Without its last byte, without its last word, down to the selector.
            for length in [input.len() - 1, input.len() - 32, 36.min(input.len() - 1), 5, 4] {
                let outcome = run(&cast, from, to, &input[..length]);
                let Outcome::Refused(data) = outcome else {
                    panic!("{contract}.{} took {length} of {} bytes", function.signature(), input.len())
                };
                assert!(data.is_empty(), "{contract}.{}: {data}", function.signature());
            }
        });
    }
}

#[test]
fn surplus_calldata_is_refused() {
    let cast = Cast::new();
    for interface in Interface::all() {
        let (contract, to) = (&interface.contract, cast.address(&interface.contract));
        for function in interface.functions.iter().filter(|function| function.inputs.is_empty()) {
            let surplus = [function.selector().as_slice(), &[0]].concat();
            let outcome = run(&cast, cast.world.governance, to, &surplus);
            assert_eq!(outcome, Outcome::Refused(Bytes::new()), "{contract}.{}", function.signature());
        }
        each(&cast, &interface, |function, from, input| {
            for surplus in [&[0][..], &[1], &[0; 32], &[0xff; 64]] {
                let outcome = run(&cast, from, to, &[input, surplus].concat());
                assert_eq!(outcome, Outcome::Refused(Bytes::new()), "{contract}.{}", function.signature());
            }
        });
    }
}

#[test]
fn unknown_selectors_are_refused() {
    let cast = Cast::new();
    for interface in Interface::all() {
        let (contract, to) = (&interface.contract, cast.address(&interface.contract));
        let known: Vec<_> = interface.functions.iter().map(|function| function.selector().0).collect();
        let mut strange = vec![vec![], vec![0], vec![0xff; 3], vec![0; 4], vec![0xff; 4], vec![0; 36]];
        // Neighbours of every selector there is.
        for selector in &known {
            for byte in 0..4 {
                let mut near = *selector;
                near[byte] ^= 1;
                if !known.contains(&near) {
                    strange.push([near.as_slice(), &[0; 64]].concat());
                }
            }
            strange.push(selector[..3].to_vec());
        }
        for input in strange {
            let refusal = cast.world.net.simulate(cast.world.stranger, to, input.clone().into());
            let refusal = refusal.err().unwrap_or_else(|| panic!("{contract} took 0x{}", hex::encode(&input)));
            assert!(refusal.data.is_empty(), "{contract}: {refusal}");
        }
    }
}
