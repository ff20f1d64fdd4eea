//! Inputs to begin with, and words worth inserting.

use alloy::json_abi::StateMutability;

use super::Stage;
use crate::Interface;

/// Inputs by target and name: every call that goes through as whoever may make it, every view, every honest update, every
/// proxy with a word in each of its slots, and for core one of each kind of file.
///
/// # Panics
/// When the contracts are not built.
#[must_use]
pub fn all() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut out = Stage::run(|stage| {
        let mut out = calls(stage);
        out.extend(updates(stage));
        out.extend(words(stage));
        out.extend(files(stage));
        out
    });
    out.sort();
    out
}

type Seeds = Vec<(&'static str, String, Vec<u8>)>;

fn small(number: usize) -> u8 {
    u8::try_from(number).expect("a short list")
}

fn calls(stage: &Stage) -> Seeds {
    let mut out = Vec::new();
    let net = &stage.cast.world.net;
    for (at, place) in stage.places.iter().enumerate().filter(|(_, place)| !place.implementation) {
        for (number, function) in place.functions.iter().enumerate() {
            let ready = stage.cast.calls(&place.contract, &function.name);
            for (variant, (_, input)) in ready.iter().enumerate() {
                let works = |who: &usize| {
                    net.simulate(stage.callers[*who].address, place.address, input.clone().into()).is_ok()
                };
                let caller = (0..stage.callers.len()).find(works).unwrap_or_default();
                let seed = [at, caller, 0, 3, number, variant].map(small);
                out.push(("calldata", format!("{}-{}-{variant}", place.contract, function.name), seed.to_vec()));
            }
            if ready.is_empty() {
                let seed = [at, stage.callers.len() - 1, 0, 1, number].map(small);
                out.push(("calldata", format!("{}-{}", place.contract, function.name), seed.to_vec()));
            }
        }
    }
    out
}

fn updates(stage: &Stage) -> Seeds {
    let mut out = Vec::new();
    for number in 0..small(stage.attested.len()) {
        out.push(("attestation", format!("honest-{number}"), vec![number]));
        // One bit of the update, signed anew; one bit of the signatures.
        out.push(("attestation", format!("signed-anew-{number}"), vec![number, 1, 0, 0, 80, 1, 1]));
        out.push(("attestation", format!("signature-{number}"), vec![number, 0, 0, 1, 0, 0, 40, 1]));
    }
    let (update, _) = &stage.attested[0];
    let length = u16::try_from(update.len()).expect("a short update").to_be_bytes();
    out.push(("attestation", "raw".to_owned(), [&[240], &length[..], update, &[0, 1]].concat()));
    out
}

fn words(stage: &Stage) -> Seeds {
    let mut out = Vec::new();
    for (number, (proxy, slots)) in stage.slots.iter().enumerate() {
        let place = stage.places.iter().find(|place| place.address == *proxy).expect("every proxy is a place");
        let (at, name) = (small(number), &place.contract);
        let plain = |m| matches!(m, StateMutability::View | StateMutability::Pure);
        let mutating = place.functions.iter().filter(|function| !plain(function.state_mutability)).count();
        for slot in 0..small(slots.len().min(16)) {
            // All ones there, three views, an upgrade, two calls.
            let calls = [slot, 0, 0, slot.wrapping_add(small(mutating / 2)), 0, 1];
            let seed = [&[at, 0, 0, slot, 1, 3, slot, 0, slot, 1, slot, 2, 1][..], &calls].concat();
            out.push(("upgrade", format!("{name}-{slot}"), seed));
        }
    }
    out
}

fn files(stage: &Stage) -> Seeds {
    use escapement_core::policy::{OwnedModel, policy_code};
    let (model, schema) = crate::steerable_policy(stage.cast.world.shape.arch);
    let code = policy_code(&model, &schema).expect("well formed");
    let bytes = OwnedModel::encode(&model).expect("well formed");
    let update = stage.attested[0].0.to_vec();
    let changes: Vec<u8> = [&[7][..], &2_000_u32.to_be_bytes(), &2_100_u32.to_be_bytes()].concat();
    let rules = escapement_core::param::EMISSION.default_rules().pack().concat();
    let trace: Vec<u8> = (0..180).collect();
    let seed = |kind: u8, name: &str, bytes: Vec<u8>| ("files", name.to_owned(), [vec![kind], bytes].concat());
    vec![
        seed(0, "update", update),
        seed(1, "changes", changes),
        seed(2, "model", [vec![0; 51], bytes[..64].to_vec()].concat()),
        seed(3, "policy", code),
        seed(4, "rules", rules),
        seed(5, "trace", trace),
    ]
}

/// A dictionary for libFuzzer: the selectors of all functions of all contracts, and of all errors.
///
/// # Panics
/// When an ABI file cannot be read.
#[must_use]
pub fn dictionary() -> String {
    let entry = |contract: &str, name: &str, selector: [u8; 4]| {
        let [a, b, c, d] = selector;
        format!("# {contract}.{name}\n\"\\x{a:02x}\\x{b:02x}\\x{c:02x}\\x{d:02x}\"\n")
    };
    Interface::every()
        .iter()
        .flat_map(|Interface { contract, functions, errors }| {
            let functions = functions.iter().map(|f| entry(contract, &f.name, f.selector().0));
            functions.chain(errors.iter().map(|e| entry(contract, &e.name, e.selector().0))).collect::<Vec<_>>()
        })
        .collect()
}
