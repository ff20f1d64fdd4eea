//! `escapement gas`: what every operation costs, against the Solidity twin and against what no code can avoid.

mod markdown;
mod svg;

use std::fs;

use anyhow::{Context, Result};
use escapement_agent::artifacts::Program;
use escapement_world::{
    contracts_dir,
    gas::{Operation, Report, measure},
};
use serde::Serialize;

use crate::{args::GasArgs, ui};

/// Programs that a world is made of.
const PROGRAMS: [&str; 8] = ["token", "verifier", "controller", "lens", "minter", "vault", "gauges", "treasury"];

/// What `--json` prints and `gas.json` holds.
#[derive(Serialize)]
struct Json<'a> {
    /// Rust toolchain that the contracts were built with.
    toolchain: &'a str,
    #[serde(flatten)]
    report: &'a Report,
}

/// A ratio that is to be reached.
struct Aim {
    contract: &'static str,
    operation: &'static str,
    /// Of the twin, or of what cannot be avoided.
    of_twin: bool,
    /// Thousandths.
    limit: u64,
}

/// What the figures are to reach, by operation, with every program cached.
const AIMS: [Aim; 7] = [
    Aim { contract: "controller", operation: "update, all groups, 12-16-16-8", of_twin: false, limit: 1_150 },
    Aim { contract: "controller", operation: "update, all groups, 12-16-16-8", of_twin: true, limit: 800 },
    Aim { contract: "controller", operation: "update, all groups, 16-64-64-8", of_twin: true, limit: 350 },
    Aim { contract: "vault, votes delegated", operation: "stake", of_twin: true, limit: 1_100 },
    Aim { contract: "vault, votes delegated", operation: "claim", of_twin: true, limit: 1_100 },
    Aim { contract: "vault, votes delegated", operation: "unstake", of_twin: true, limit: 1_100 },
    Aim { contract: "minter", operation: "roll of an epoch", of_twin: true, limit: 1_100 },
];

impl Aim {
    /// The ratio found, and the one that the unavoidable part alone would give; thousandths.
    ///
    /// # Panics
    /// When the operation is not measured: [`AIMS`] and the measurement are both fixed.
    fn found(&self, report: &Report) -> (u64, u64) {
        let is = |op: &&Operation| op.contract == self.contract && op.name == self.operation;
        let op = report.operations.iter().find(is).expect("every aim is about an operation that is measured");
        let least = op.cached.unavoidable.total();
        let whole = if self.of_twin { op.twin.gas } else { least };
        (thousandths(op.cached.gas, whole), thousandths(least, whole))
    }
}

/// part / whole in thousandths, rounded to the nearest.
fn thousandths(part: u64, whole: u64) -> u64 {
    (part * 1_000 + whole / 2).checked_div(whole).unwrap_or(0)
}

/// Thousandths as a decimal number.
fn ratio(thousandths: u64) -> String {
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

/// Measures, prints, writes.
pub fn run(args: &GasArgs) -> Result<()> {
    let folder = contracts_dir();
    for name in PROGRAMS {
        Program::load(&folder, name)?;
    }
    let manifest = fs::read(folder.join("manifest.json")).context("no manifest of the build: run scripts/build.sh")?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).context("the build's manifest is no JSON")?;
    let toolchain = manifest["toolchain"].as_str().context("the build's manifest names no toolchain")?;

    let bar = ui::progress(4, "measuring");
    let report = measure(|_| bar.inc(1));
    bar.finish_and_clear();

    let text = markdown::render(&report, toolchain);
    let json = serde_json::to_string_pretty(&Json { toolchain, report: &report })? + "\n";
    if let Some(out) = &args.out {
        fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
        for (name, text) in [("gas.md", &text), ("gas.json", &json), ("gas.svg", &svg::render(&report))] {
            let path = out.join(name);
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    ui::say(if args.json { json.trim_end() } else { text.trim_end() });
    Ok(())
}
