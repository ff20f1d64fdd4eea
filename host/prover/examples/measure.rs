//! Measures setup and proving: `cargo run --release -p escapement-prover --example measure -- 12-16-16-8`.
//!
//! Prints the time of the development setup (skipped if a key file is given as second argument), of three proofs, and the
//! peak of resident memory. Processor time is that of all threads together, in steps of 10 ms; it means something on a busy
//! machine too. Memory and processor time are those Linux tells.

use std::{fs, path::Path, time::Instant};

use escapement_core::policy::{Arch, Model, OwnedModel};
use escapement_prover::{Prover, ProvingKey, commitment, setup};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let arch = if args.first().is_some_and(|a| a == "16-64-64-8") { Arch::A2 } else { Arch::A1 };
    let began = Instant::now();
    let key = match args.get(1) {
        Some(path) => ProvingKey::load(Path::new(path))?,
        None => setup::dev(arch)?,
    };
    println!("{:?}: {} key in {:?}", arch.widths(), key.kind.label(), began.elapsed());
    if args.len() < 2 {
        println!("key file {}", key.save(&std::env::temp_dir())?.display());
    }
    let began = Instant::now();
    let prover = Prover::new(key)?;
    println!("constraints {}, put together and hashed in {:?}", prover.r1cs().constraints(), began.elapsed());

    let bytes = OwnedModel::zero(arch).encode().map_err(|e| format!("{e:?}"))?;
    let model = Model::with_arch(arch, &bytes).map_err(|e| format!("{e:?}"))?;
    let began = Instant::now();
    let _ = commitment(&model);
    println!("commitment {:?}", began.elapsed());
    let observations = vec![1 << 20; arch.inputs()];
    let mut best = None;
    for _ in 0..3 {
        let (began, before) = (Instant::now(), processor_time());
        let made = prover.prove(&model, &observations, &[0; 32])?;
        let took = began.elapsed();
        let spent = processor_time() - before;
        best = Some(best.map_or(took, |best: std::time::Duration| best.min(took)));
        let began = Instant::now();
        prover.key().verifying.verify(&made.inputs, &made.proof)?;
        println!("proof {took:?}, {spent} ms of processor time; verified in {:?}", began.elapsed());
    }
    println!("best proof {best:?}");
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
    }
    Ok(())
}

/// User and system time of this process so far, milliseconds.
fn processor_time() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name in brackets, twelve fields on: ticks of 10 ms.
    let after = stat.rsplit(')').next().unwrap_or_default();
    after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}
