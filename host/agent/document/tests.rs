//! Documents: every field against the bytes, signatures in order, copies merged.

use super::*;
use crate::keys::dev_key;
use alloy::primitives::keccak256;
use escapement_core::{
    policy::{
        Arch, SchemaEntry,
        proven::{KEY_SIZE, OwnedProven},
    },
    update::Change,
};
use serde_json::json;

const DOMAIN: Domain = Domain { chain_id: 412_346, controller: Address::repeat_byte(7) };
const VERIFIER: Address = Address::repeat_byte(8);

fn kpis() -> Vec<i32> {
    (0..16).map(|n| n * 1_000 - 3_000).collect()
}

fn report() -> Document {
    let report = OwnedReport { report_id: 9, observed_at: 70, expires_at: 90, kpis: kpis(), ..OwnedReport::default() };
    Document::report(&report, DOMAIN, VERIFIER).unwrap()
}

/// An update by proof with these outputs; proof and key are bytes of no meaning here.
fn update(outputs: [i32; 8], cosign_above: u32) -> Document {
    let (arch, schema) = (Arch::A1, vec![SchemaEntry { mean: 1, scale: 2, shift: 3 }; 12]);
    let file = OwnedProven { arch, cosign_above, commitment: [1; 32], base: [2; 64], schema, key: [3; KEY_SIZE] };
    let file = file.encode().unwrap();
    let changes = vec![Change { slot: 1, expected_old: 5, new: 6 }, Change { slot: 9, expected_old: 7, new: 8 }];
    let update = escapement_core::update::OwnedUpdate {
        model_id: keccak256(&file).0,
        update_id: 9,
        observed_at: 70,
        valid_after: 70,
        expires_at: 90,
        kpis: kpis(),
        changes,
        ..Default::default()
    };
    let shown = outputs.iter().flat_map(|output| output.to_be_bytes()).chain([4; 256]).collect();
    let left_out = vec![LeftOut { group: 2, reason: "cooldown".into() }];
    let made = Made { policy: file.into(), shown, left_out, proof: json!({ "key": "DEV" }) };
    Document::update(&update, DOMAIN, VERIFIER, made).unwrap()
}

/// Every copy of a document in which one number, word or list is another one, with its path.
fn mutants(value: &Value) -> Vec<(String, Value)> {
    let nested = |name: String, inner: &Value, put: &dyn Fn(Value) -> Value| {
        let path = |below: String| if below.is_empty() { name.clone() } else { format!("{name}.{below}") };
        mutants(inner).into_iter().map(|(below, v)| (path(below), put(v))).collect::<Vec<_>>()
    };
    let with = |change: &dyn Fn(&mut Value)| {
        let mut copy = value.clone();
        change(&mut copy);
        copy
    };
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(name, inner)| nested(name.clone(), inner, &|v| with(&|copy| copy[name] = v.clone())))
            .chain([("new".into(), with(&|copy| copy["surplus"] = 1.into()))])
            .collect(),
        Value::Array(list) => (0..list.len())
            .flat_map(|n| nested(n.to_string(), &list[n], &|v| with(&|copy| copy[n] = v.clone())))
            .chain(list.last().map(|last| (String::new(), with(&|c| c.as_array_mut().unwrap().push(last.clone())))))
            .collect(),
        Value::String(word) => {
            let (rest, last) = word.split_at(word.len() - 1);
            vec![(String::new(), format!("{rest}{}", if last == "0" { "1" } else { "0" }).into())]
        }
        Value::Number(n) => vec![(String::new(), (n.as_i64().unwrap() + 1).into())],
        Value::Bool(b) => vec![(String::new(), (!b).into())],
        Value::Null => vec![(String::new(), 1.into())],
    }
}

/// Nothing in a document can be changed but what its bytes do not tell.
fn bound(document: &Document, free: &[&str]) {
    let text = document.json().to_string();
    assert_eq!(&Document::parse(&text).unwrap(), document);
    let mutants = mutants(&document.json());
    assert!(mutants.len() > 50, "{}", mutants.len());
    for (path, mutant) in mutants {
        let is_free = free.contains(&path.as_str());
        assert_eq!(Document::parse(&mutant.to_string()).is_ok(), is_free, "{path}: {mutant}");
    }
}

#[test]
fn every_field_of_a_report_is_what_its_bytes_give() {
    let mut document = report();
    for n in [2, 0] {
        assert!(document.sign(&dev_key(n).unwrap()).unwrap());
    }
    // A report is signed for a controller, whichever verifier stores it. A last signature less is a document too.
    bound(&document, &["verifier"]);
    let mut less = document.json();
    less["signatures"].as_array_mut().unwrap().pop();
    assert_eq!(Document::parse(&less.to_string()).unwrap().signatures().signers().count(), 1);
    less["signatures"] = Value::Null;
    assert!(matches!(Document::parse(&less.to_string()), Err(DocumentError::Malformed(_))));
    let mut said = document.json();
    said["kpis"][5]["value"] = 1.into();
    let error = Document::parse(&said.to_string()).unwrap_err().to_string();
    assert!(error.starts_with("`kpis.5.value` is 1 in the document, and 2000 by its bytes"), "{error}");
}

#[test]
fn every_field_of_an_update_is_what_its_bytes_give() {
    let outputs = [1, -2, 3, 4, 5, 6, 7, -30_001];
    let mut document = update(outputs, 30_000);
    document.sign(&dev_key(1).unwrap()).unwrap();
    bound(&document, &["leftOut", "leftOut.0.group", "leftOut.0.reason", "submitted", "proof.key", "proof.new"]);
    let Body::Update(body) = &document.body else { panic!() };
    assert_eq!(body.outputs(), outputs);
    assert_eq!(body.attestation.len(), 288 + 65);
    let attested = document.attested(&document.signatures().all()).unwrap();
    assert_eq!(attested.signatures, body.attestation);
    assert_eq!(crate::submit::submission(DOMAIN.controller, &attested).data, body.calldata);
}

/// Whether signatures are needed is worked out from the policy, whose id is in the update.
#[test]
fn a_document_cannot_say_that_signatures_are_needed_when_they_are_not() {
    let mut within = update([30_000, 0, 0, 0, 0, 0, 0, -30_000], 30_000);
    assert!(!within.needs_signatures() && update([0, 0, 0, 0, 0, 0, 0, -30_001], 30_000).needs_signatures());
    let refused = within.sign(&dev_key(1).unwrap()).unwrap_err();
    assert!(matches!(refused, DocumentError::NotNeeded { limit: 30_000 }), "{refused}");
    let mut said = within.json();
    said["needsSignatures"] = true.into();
    let error = Document::parse(&said.to_string()).unwrap_err();
    assert!(matches!(&error, DocumentError::Disagreement { field, .. } if field == "needsSignatures"), "{error}");
    // Another policy, with another limit, is not the one that the update names.
    said["policy"] = update([0; 8], 29_999).json()["policy"].clone();
    let error = Document::parse(&said.to_string()).unwrap_err();
    assert!(matches!(error, DocumentError::OtherPolicy { .. }), "{error}");
    // Nor are signatures taken where the verifier wants none.
    let mut signed = update([0, 0, 0, 0, 0, 0, 0, -30_001], 30_000);
    signed.sign(&dev_key(1).unwrap()).unwrap();
    let Body::Update(body) = &mut signed.body else { panic!() };
    body.attestation = [&[0; 32], &body.attestation[32..]].concat().into();
    let rebuilt = signed.rebuilt().unwrap();
    assert!(matches!(Document::parse(&rebuilt.json().to_string()), Err(DocumentError::NotNeeded { limit: 30_000 })));
}

#[test]
fn signatures_are_ascending_and_once_each_in_whatever_order_they_come() {
    let keys: Vec<_> = (0..3).map(|n| dev_key(n).unwrap()).collect();
    let mut whole = report();
    for key in &keys {
        assert!(whole.sign(key).unwrap());
        assert!(!whole.sign(key).unwrap(), "signing again changes nothing");
    }
    let mut copies: Vec<Document> = vec![report(), report(), report()];
    for (copy, key) in copies.iter_mut().zip(keys.iter().rev()) {
        copy.sign(key).unwrap();
    }
    let mut merged = copies.remove(0);
    for copy in copies.iter().chain(&copies).cloned() {
        merged.merge(copy).unwrap();
    }
    assert_eq!(merged, whole);
    let signers: Vec<_> = whole.signatures().signers().collect();
    assert!(signers.is_sorted() && signers.len() == 3);
    let mut turned = whole.json();
    turned["signatures"].as_array_mut().unwrap().reverse();
    assert!(matches!(Document::parse(&turned.to_string()), Err(DocumentError::Order { .. })));
    for other in [update([30_001; 8], 30_000), {
        let mut elsewhere = report();
        elsewhere.head.verifier = Address::ZERO;
        elsewhere
    }] {
        assert!(matches!(merged.merge(other), Err(DocumentError::Different { .. })));
    }
}

#[test]
fn a_document_is_written_whole_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    report().save(&path).unwrap();
    assert_eq!(Document::load(&path).unwrap(), report());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    assert!(matches!(report().save(&folder.path().join("no/such.json")), Err(DocumentError::Unwritable(_))));
    assert!(matches!(Document::load(&folder.path().join("none")), Err(DocumentError::Unreadable(_))));
    for text in ["", "{}", "[]", "{\"document\":\"letter\"}"] {
        assert!(matches!(Document::parse(text), Err(DocumentError::Malformed(_))), "{text}");
    }
}

/// CLI-36
#[test]
fn copies_of_an_update_show_the_same_outputs_and_proof() {
    let outputs = [1, -2, 3, 4, 5, 6, 7, -30_001];
    let (mut one, mut two) = (update(outputs, 30_000), update(outputs, 30_000));
    two.sign(&dev_key(1).unwrap()).unwrap();
    one.merge(two).unwrap();
    assert_eq!(one.signatures().signers().count(), 1);
    // The digest of an update covers neither.
    let other = update([0; 8], 30_000);
    assert_eq!(other.digest(), one.digest());
    let refused = one.merge(other).unwrap_err();
    assert!(matches!(refused, DocumentError::Different { .. }), "{refused}");
    let mut said = one.json();
    said["proof"] = Value::Null;
    let refused = Document::parse(&said.to_string()).unwrap_err().to_string();
    assert!(refused.contains("field `proof` is no object"), "{refused}");
}
