//! E2E-73: `escapement gas` gives the same figures in every run, and those of `docs`.
#![allow(missing_docs)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the command and returns gas.json, gas.md and gas.svg.
fn report() -> [String; 3] {
    let out = tempfile::tempdir().expect("a folder");
    let run = Command::new(env!("CARGO_BIN_EXE_escapement"))
        .args(["gas", "--json", "--out"])
        .arg(out.path())
        .output()
        .expect("the program runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let files = ["gas.json", "gas.md", "gas.svg"].map(|name| fs::read_to_string(out.path().join(name)).expect(name));
    assert_eq!(String::from_utf8_lossy(&run.stdout), files[0], "--json prints what gas.json holds");
    files
}

/// Every number of the two that differs by more than 1 %, and every other difference, by its place.
fn differences(at: &str, then: &Value, now: &Value, found: &mut Vec<String>) {
    match (then, now) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            for (key, then) in a {
                // What the ink is spent on is told, and not promised: it is a small part of the gas, which is.
                if key != "ink" {
                    differences(&format!("{at}.{key}"), then, &b[key], found);
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (then, now)) in a.iter().zip(b).enumerate() {
                let name = then["name"].as_str().map_or_else(|| index.to_string(), str::to_owned);
                differences(&format!("{at}[{name}]"), then, now, found);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_u64().expect("gas"), b.as_u64().expect("gas"));
            if a.abs_diff(b) * 100 > a {
                found.push(format!("{at}: {a} -> {b}"));
            }
        }
        _ if then == now => {}
        _ => found.push(format!("{at}: {then} -> {now}")),
    }
}

#[test]
fn gas_report_is_that_of_the_docs() {
    let files = report();
    assert_eq!(files, report(), "the same figures in every run");
    let docs = repository().join("docs");
    let committed = ["gas.json", "gas.md", "gas.svg"].map(|name| fs::read_to_string(docs.join(name)).expect(name));
    let [then, now] = [&committed[0], &files[0]].map(|text| serde_json::from_str::<Value>(text).expect("JSON"));
    let pinned = fs::read_to_string(repository().join("rust-toolchain.toml")).expect("the contracts have a toolchain");
    let toolchain = now["toolchain"].as_str().expect("a toolchain");
    if !pinned.contains(&format!("\"{toolchain}\"")) {
        eprintln!("built with {toolchain} instead of the pinned toolchain: gas is measured, not compared");
        return;
    }
    let mut found = Vec::new();
    differences("gas", &then, &now, &mut found);
    assert!(found.is_empty(), "{}\nif that is meant: escapement gas --out docs", found.join("\n"));
    if then == now {
        assert_eq!(committed, files, "docs/gas.md and docs/gas.svg are written by escapement gas --out docs");
    }
}

#[test]
fn one_percent_is_the_tolerance_and_shape_counts() {
    let of = |gas: u64| serde_json::json!({ "operations": [{ "name": "x", "gas": gas, "ink": gas }] });
    let found = |then: &Value, now: &Value| {
        let mut found = Vec::new();
        differences("gas", then, now, &mut found);
        found
    };
    assert!(found(&of(10_000), &of(10_100)).is_empty());
    assert_eq!(found(&of(10_000), &of(10_101)), ["gas.operations[x].gas: 10000 -> 10101"]);
    assert_eq!(found(&of(10_000), &of(9_899)), ["gas.operations[x].gas: 10000 -> 9899"]);
    assert_eq!(found(&of(1), &serde_json::json!({ "operations": [] })).len(), 1);
}
