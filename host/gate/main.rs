//! The wasm gate: no contract goes on chain that breaks a rule of [`rules`], and no figure of a contract changes without
//! a change of the committed snapshot.
//!
//! `wasm-gate CONTRACTS_DIR SNAPSHOT.json [--update | --limits-only]`
//!
//! `--update` rewrites the snapshot; `--limits-only` does not compare with it, for toolchains other than the pinned one.

mod rules;
mod snapshot;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use alloy_primitives::keccak256;
use anyhow::{Context, Result, bail, ensure};
use escapement_vm::{InitCost, Params, Rules, code, instrument};
use rules::{Fault, MAX_COMPRESSED};
use snapshot::{Figures, Snapshot};

/// Largest module a chain decompresses, in bytes.
const MAX_WASM: u32 = 131_072;

#[derive(serde::Deserialize)]
struct Manifest {
    toolchain: String,
    contracts: std::collections::BTreeMap<String, Built>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Built {
    code_hash: String,
}

fn read(dir: &Path, name: &str) -> Result<Vec<u8>> {
    let path = dir.join(name);
    std::fs::read(&path).with_context(|| format!("{}: run scripts/build.sh first", path.display()))
}

/// Measures one contract, and says what is wrong with it.
fn examine(dir: &Path, name: &str, built: &Built, params: &Params) -> Result<(Figures, Vec<String>)> {
    let wasm = read(dir, &format!("{name}.wasm"))?;
    let stream = read(dir, &format!("{name}.wasm.br"))?;
    let text = String::from_utf8(read(dir, &format!("{name}.code"))?)?;
    let code = hex::decode(text.trim().trim_start_matches("0x")).with_context(|| format!("{name}.code"))?;

    let mut faults: Vec<String> = rules::faults(&wasm).iter().map(ToString::to_string).collect();
    if stream.len() > MAX_COMPRESSED {
        faults.push(Fault::TooLarge { found: stream.len() }.to_string());
    }
    ensure!(code.starts_with(&[0xEF, 0xF0, 0, 0]) && code[4..] == stream, "{name}.code is not the compressed module");
    ensure!(code::decompress(0, &stream, MAX_WASM)? == wasm, "{name}.wasm.br is not {name}.wasm");
    let code_hash = keccak256(&code).to_string();
    ensure!(
        code_hash == built.code_hash,
        "{name}: the manifest says {}, the code hashes to {code_hash}",
        built.code_hash
    );

    let mut figures = Figures {
        wasm_bytes: wasm.len(),
        compressed_bytes: stream.len(),
        pages: 0,
        cached_init_gas: 0,
        uncached_init_gas: 0,
        code_hash,
    };
    // The chain's own activation: its refusal is as final as a fault of ours.
    match instrument(&wasm, &Rules::of(params, 0)) {
        Ok(module) => {
            let (cost, _) = InitCost::of(&module.shape)?;
            figures.pages = module.shape.pages;
            figures.cached_init_gas = cost.start_gas(params, true);
            figures.uncached_init_gas = cost.start_gas(params, false);
        }
        Err(error) => faults.push(format!("activation refuses it: {error}")),
    }
    Ok((figures, faults))
}

fn table(found: &Snapshot) {
    println!(
        "{:<12}{:>9}{:>12}{:>8}{:>7}{:>12}{:>14}",
        "contract", "wasm", "compressed", "room", "pages", "start gas", "uncached"
    );
    for (name, figures) in &found.contracts {
        let room = i128::try_from(MAX_COMPRESSED).unwrap_or_default()
            - i128::try_from(figures.compressed_bytes).unwrap_or_default();
        println!(
            "{name:<12}{:>9}{:>12}{room:>8}{:>7}{:>12}{:>14}",
            figures.wasm_bytes,
            figures.compressed_bytes,
            figures.pages,
            figures.cached_init_gas,
            figures.uncached_init_gas
        );
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (dir, file, mode) = match arguments.as_slice() {
        [dir, file] => (dir, file, ""),
        [dir, file, mode] if mode == "--update" || mode == "--limits-only" => (dir, file, mode.as_str()),
        _ => bail!("usage: wasm-gate CONTRACTS_DIR SNAPSHOT.json [--update | --limits-only]"),
    };
    let (dir, file) = (PathBuf::from(dir), PathBuf::from(file));
    let manifest: Manifest = serde_json::from_slice(&read(&dir, "manifest.json")?)?;
    ensure!(!manifest.contracts.is_empty(), "no contract in {}", dir.display());

    let params = Params::arbitrum_one();
    let mut found = Snapshot { toolchain: manifest.toolchain, ..Snapshot::default() };
    let mut refused = 0;
    for (name, built) in &manifest.contracts {
        let (figures, faults) = examine(&dir, name, built, &params)?;
        for fault in &faults {
            eprintln!("{name}: {fault}");
        }
        refused += usize::from(!faults.is_empty());
        found.contracts.insert(name.clone(), figures);
    }
    table(&found);
    ensure!(refused == 0, "{refused} contracts may not go on chain");

    if mode == "--update" {
        found.write(&file)?;
        println!("snapshot written to {}", file.display());
    } else if mode.is_empty() {
        let differences = Snapshot::read(&file)?.differences(&found);
        for line in &differences {
            eprintln!("{line}");
        }
        ensure!(
            differences.is_empty(),
            "figures differ from the committed ones; if that is meant: scripts/check-wasm.sh --update"
        );
    }
    Ok(())
}
