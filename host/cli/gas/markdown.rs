//! The report as Markdown.

use std::fmt::Write as _;

use escapement_world::gas::{Curve, Operation, Report};

use super::{AIMS, ratio, thousandths};
use crate::ui;

const HEAD: &str = "\
# Gas

What each operation costs on the compiled contracts and on their Solidity twins, in one run on the embedded chain.
Written by `escapement gas --out docs`; a test compares it with a new measurement, within 1 %.
";

const TERMS: &str = "\
- **uncached, cached**: gas of the transaction, 21,000 and calldata included, with no and with every program in ArbOS' cache.
  The embedded chain charges no L1 data fee: all of it is L2 gas.
- **twin**: the same rules in Solidity (`host/e2e/solidity/twin`; each says in its head what it lacks), compiled by solc
  with optimizer, behind the same transparent proxy, in the same state. Differential tests hold both to the same
  answers and the same state (E2E-70 to E2E-75).
- **unavoidable**: what the platform charges for the transaction's effects, whoever computes them, the limit no code can
  beat with this storage layout: 21,000; calldata (4 gas for a zero byte, 16 for another); each slot touched, once (2,100
  read, 5,000 changed, 22,100 if it was zero before; less what is refunded for clearing); logs (375, 375 for each topic, 8
  for each byte); Ethereum's precompiles (3,000 for each signature); payments (9,000). Computation, memory, hashing, the
  start of programs, and calls to proxy, verifier, token and peers are not in it.
- **ink**: what the programs spend themselves, in gas (10,000 ink each), without what they call and without their start.
";

/// Renders the report.
pub fn render(report: &Report, toolchain: &str) -> String {
    let mut out = format!("{HEAD}Contracts built with {toolchain}.\n\n![bars](gas.svg)\n\n{TERMS}");
    let mut contract = "";
    for op in &report.operations {
        if op.contract != contract {
            contract = &op.contract;
            line(&mut out, &format!("\n## {}{}\n", contract[..1].to_uppercase(), &contract[1..]));
            line(
                &mut out,
                "| operation | uncached | cached | twin | cached / twin | unavoidable | cached / unavoidable |",
            );
            line(&mut out, "|---|--:|--:|--:|--:|--:|--:|");
        }
        operation(&mut out, op);
    }
    aims(&mut out, report);
    composition(&mut out, report);
    for curve in &report.curves {
        growth(&mut out, curve);
    }
    out
}

fn line(out: &mut String, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{text}");
}

fn gas(n: u64) -> String {
    ui::grouped(n.into())
}

fn operation(out: &mut String, op: &Operation) {
    let floor = op.cached.unavoidable.total();
    let cells = [
        op.name.clone(),
        gas(op.uncached.gas),
        gas(op.cached.gas),
        gas(op.twin.gas),
        ratio(thousandths(op.cached.gas, op.twin.gas)),
        gas(floor),
        ratio(thousandths(op.cached.gas, floor)),
    ];
    line(out, &format!("| {} |", cells.join(" | ")));
}

fn aims(out: &mut String, report: &Report) {
    line(out, "\n## Aims\n\nThe last column is the limit: what the unavoidable part alone would give.\n");
    line(out, "| operation, cached | against | at most | found | | limit |\n|---|---|--:|--:|---|--:|");
    for aim in AIMS {
        let against = if aim.of_twin { "twin" } else { "unavoidable" };
        let (found, least) = aim.found(report);
        let verdict = match found {
            _ if found <= aim.limit => "reached",
            _ if least > aim.limit => "missed: no code can",
            _ => "missed",
        };
        let (name, limit) = (format!("{}: {}", aim.contract, aim.operation), ratio(aim.limit));
        line(out, &format!("| {name} | {against} | {limit} | {} | {verdict} | {} |", ratio(found), ratio(least)));
    }
}

fn composition(out: &mut String, report: &Report) {
    line(out, "\n## What cannot be avoided, and where the ink goes\n\nGas, with every program cached.\n");
    line(
        out,
        "| operation | calldata | storage | logs | precompiles | transfers | ink: compute | storage | logs | hashing | other |",
    );
    line(out, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for op in &report.operations {
        let (floor, ink) = (op.cached.unavoidable, op.cached.ink);
        let floor = [floor.calldata, floor.storage, floor.logs, floor.precompiles, floor.transfers];
        let ink = [ink.compute, ink.storage, ink.logs, ink.hashing, ink.other].map(|ink| (ink + 5_000) / 10_000);
        let cells: Vec<_> = floor.into_iter().chain(ink).map(gas).collect();
        line(out, &format!("| {}: {} | {} |", op.contract, op.name, cells.join(" | ")));
    }
}

fn growth(out: &mut String, curve: &Curve) {
    line(out, &format!("\n## By number of {}\n\nGas of an update.\n", curve.by));
    line(out, &format!("| {} | cached | twin | cached / twin | unavoidable |\n|--:|--:|--:|--:|--:|", curve.by));
    for p in &curve.points {
        let share = ratio(thousandths(p.cached, p.twin));
        line(out, &format!("| {} | {} | {} | {share} | {} |", p.at, gas(p.cached), gas(p.twin), gas(p.unavoidable)));
    }
}
