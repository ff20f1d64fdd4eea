//! The fuzz targets over the committed corpus, without libFuzzer (FUZZ-01 to FUZZ-04), and over what each begins with.
#![allow(missing_docs)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use escapement_e2e::fuzz::{TARGETS, seeds};

/// Runs `target` over its corpus; returns how many inputs there were and how many different things they led to.
fn replay(target: &str) -> (usize, usize) {
    let (_, run) = TARGETS.into_iter().find(|(name, _)| *name == target).expect("a target");
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = files.map(|file| file.expect("a readable folder").path()).collect();
    paths.sort();
    let mut seen = BTreeSet::new();
    for path in &paths {
        println!("{}", path.display());
        seen.extend(run(&fs::read(path).expect("a readable file")));
    }
    println!("{target}: {} inputs led to {} outcomes", paths.len(), seen.len());
    (paths.len(), seen.len())
}

#[test]
fn fuzz_01_any_calldata() {
    let (inputs, seen) = replay("calldata");
    assert!(inputs > 1_000 && seen > 1_000, "{inputs} inputs led to {seen} outcomes");
}

#[test]
fn fuzz_02_any_attestation() {
    let (inputs, seen) = replay("attestation");
    assert!(inputs > 50 && seen > 20, "{inputs} inputs led to {seen} outcomes");
}

#[test]
fn fuzz_03_any_storage() {
    let (inputs, seen) = replay("upgrade");
    assert!(inputs > 300 && seen > 400, "{inputs} inputs led to {seen} outcomes");
}

#[test]
fn fuzz_04_any_file() {
    let (inputs, seen) = replay("files");
    assert!(inputs > 80 && seen > 10, "{inputs} inputs led to {seen} outcomes");
}

#[test]
fn seeds_lead_everywhere() {
    let all = seeds::all();
    for (target, run) in TARGETS {
        let seen: BTreeSet<u32> =
            all.iter().filter(|(of, ..)| *of == target).flat_map(|(.., input)| run(input)).collect();
        println!("{target}: {}", seen.len());
        assert!(seen.len() > 3, "{target}: {} outcomes", seen.len());
    }
}
