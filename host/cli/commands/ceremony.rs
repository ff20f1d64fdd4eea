//! `escapement ceremony` and `escapement setup`: how keys are made.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
};

use anyhow::{Context, Result, bail, ensure};
use escapement_core::policy::Arch;
use escapement_prover::{
    KeyKind, ProvingKey, VerifyingKey,
    ceremony::{self, Ceremony, Powers, Reached, Source, check, derive, ptau, store, zkey},
    circuit,
    r1cs::R1cs,
    setup, snarkjs,
};
use serde_json::{Value, json};

use crate::{
    args::setup::{Architecture, CeremonyAction, CeremonyArgs, SetupAction, SetupArgs},
    ui,
};

/// Makes a development key.
pub fn setup(args: SetupArgs) -> Result<()> {
    let SetupAction::Dev { arch, out, json } = args.action;
    let key = setup::dev(arch.into())?;
    finish(&key, &out, json, &[])
}

/// Runs a step of a ceremony.
pub fn run(args: CeremonyArgs) -> Result<()> {
    match args.action {
        CeremonyAction::New { arch, ptau, out, json } => {
            let taken = out.join(store::TRANSCRIPT).exists();
            ensure!(!taken, "{} holds a ceremony already: give another folder as --out", out.display());
            let r1cs = circuit::constraints(arch.into());
            let powers = powers(&ptau, &r1cs, json)?;
            let bar = ui::progress(derive::STEPS, "deriving the key");
            let begun = Ceremony::begin(&circuit_name(arch.into()), &r1cs, &powers, &|| bar.inc(1));
            bar.finish_and_clear();
            fs::create_dir_all(&out).with_context(|| format!("cannot write to {}", out.display()))?;
            begun.save(&out)?;
            print(&begun, &begun.check_transcript()?, json);
            Ok(())
        }
        CeremonyAction::Contribute { folder, name, more, json } => {
            let mut more = more.map_or(Ok(Vec::new()), |path| read_more(&path))?;
            let mut ceremony = load(&folder)?;
            let reached = ceremony.contribute(&name, &more);
            // As far as the language lets: nothing of what went into the secret stays.
            more.fill(0);
            let reached = reached?;
            ceremony.save(&folder)?;
            print(&ceremony, &reached, json);
            Ok(())
        }
        CeremonyAction::Verify { folder, ptau, json } => {
            let ceremony = load(&folder)?;
            let r1cs = circuit::constraints(arch_of(&ceremony)?);
            let reached = ceremony.check(&r1cs, &powers(&ptau, &r1cs, json)?)?;
            print(&ceremony, &reached, json);
            Ok(())
        }
        CeremonyAction::Finalize { folder, ptau, beacon, iterations_log2, json } => {
            let mut ceremony = load(&folder)?;
            let arch = arch_of(&ceremony)?;
            let r1cs = circuit::constraints(arch);
            let powers = powers(&ptau, &r1cs, json)?;
            let before = ceremony.check(&r1cs, &powers)?;
            if !before.finished {
                let bar = ui::progress((1u64 << iterations_log2) >> 16, "hashing the beacon");
                ceremony.finish(&beacon, iterations_log2, &|| bar.inc(1))?;
                bar.finish_and_clear();
                ceremony.check(&r1cs, &powers)?;
                ceremony.save(&folder)?;
            } else if !applied(&ceremony, &beacon, iterations_log2) {
                bail!("the ceremony in {} is finished, with another beacon", folder.display());
            }
            let digest = ceremony.check_transcript()?.digest;
            let steps = ceremony.transcript.steps.len();
            let key = ceremony.into_proving_key(arch)?;
            let contributors = (steps - 1).to_string();
            finish(&key, &folder, json, &[("contributions", &contributors), ("transcript", &digest.to_string())])
        }
        CeremonyAction::ExportR1cs { arch, out, json } => {
            let r1cs = circuit::constraints(arch.into());
            let file = fs::File::create(&out).with_context(|| format!("cannot write to {}", out.display()))?;
            let mut file = std::io::BufWriter::new(file);
            r1cs.write(&mut file)?;
            file.flush()?;
            let (constraints, variables, power) = (r1cs.constraints(), r1cs.variables(), ceremony::power(&r1cs));
            if json {
                ui::say(&json!({ "file": out, "hash": r1cs.hash(), "constraints": constraints, "variables": variables, "power": power }).to_string());
            } else {
                let (constraints, variables) = (ui::grouped(constraints as u128), ui::grouped(variables as u128));
                ui::say(&format!(
                    "{}\nhash         {}\nconstraints  {constraints}\nvariables    {variables}\npowers       2^{power}",
                    out.display(),
                    r1cs.hash()
                ));
            }
            Ok(())
        }
        CeremonyAction::ImportZkey { zkey, arch, ptau, out, json } => {
            let file = fs::read(&zkey).with_context(|| format!("cannot read {}", zkey.display()))?;
            let r1cs = circuit::constraints(arch.into());
            let powers = powers(&ptau, &r1cs, json)?;
            let inner = zkey::read(&file, &r1cs).with_context(|| zkey.display().to_string())?;
            check::key(&powers, &r1cs, &inner).with_context(|| zkey.display().to_string())?;
            let key = ProvingKey::new(KeyKind::Ceremony, arch.into(), r1cs.hash(), inner)?;
            finish(&key, &out, json, &[("contributors", "not checked here: snarkjs zkey verify does")])
        }
    }
}

impl From<Architecture> for Arch {
    fn from(arch: Architecture) -> Self {
        match arch {
            Architecture::A1 => Arch::A1,
            Architecture::A2 => Arch::A2,
        }
    }
}

fn circuit_name(arch: Arch) -> String {
    arch.widths().map(|width| width.to_string()).join("-")
}

fn arch_of(ceremony: &Ceremony) -> Result<Arch> {
    let name = &ceremony.transcript.circuit;
    let known = [Arch::A1, Arch::A2].into_iter().find(|arch| circuit_name(*arch) == *name);
    known.with_context(|| format!("no circuit of this program is called `{name}`"))
}

fn load(folder: &Path) -> Result<Ceremony> {
    Ceremony::load(folder).with_context(|| format!("{} holds no sound ceremony", folder.display()))
}

fn applied(ceremony: &Ceremony, beacon: &[u8], log2: u32) -> bool {
    ceremony.transcript.steps.iter().any(|step| {
        matches!(&step.source, Source::Beacon { value, iterations_log2 } if *value == *beacon && *iterations_log2 == log2)
    })
}

/// Reads the powers of tau and says whose they are.
fn powers(path: &Path, r1cs: &R1cs, quiet: bool) -> Result<Powers> {
    let file = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let published = ptau::published(&name, &ptau::blake2b(&file))?;
    let powers = Powers::read(&file, ceremony::power(r1cs)).with_context(|| path.display().to_string())?;
    if !quiet {
        ui::say(&format!("powers of tau  {}, up to 2^{}", path.display(), powers.power));
        ui::say(&format!("blake2b        {}", hex::encode(powers.blake2b)));
        ui::say(&match published {
            Some(name) => format!("               as published for {name}"),
            None => "               of no ceremony known here: whoever made it may know tau, and forge".to_owned(),
        });
    }
    Ok(powers)
}

fn read_more(path: &Path) -> Result<Vec<u8>> {
    let mut more = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut more)?;
    } else {
        more = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    ensure!(!more.is_empty(), "--more gave nothing");
    Ok(more)
}

fn print(ceremony: &Ceremony, reached: &Reached, json: bool) {
    let transcript = &ceremony.transcript;
    // The key of no contributions has no identity to speak of: it is refused everywhere.
    let circuit_id = VerifyingKey::new(&ceremony.key.vk).ok().map(|key| key.circuit_id());
    if json {
        let document = json!({
            "circuit": transcript.circuit,
            "constraints": transcript.constraints,
            "phase1": transcript.phase1,
            "contributors": contributors(ceremony),
            "finished": reached.finished,
            "digest": reached.digest,
            "circuitId": circuit_id,
        });
        ui::say(&document.to_string());
        return;
    }
    ui::say(&format!("circuit        {}, constraints {}", transcript.circuit, transcript.constraints));
    for (index, name) in contributors(ceremony).iter().enumerate() {
        ui::say(&format!("contribution   {} {name}", index + 1));
    }
    ui::say(&format!("digest         {}", reached.digest));
    ui::say(match (transcript.steps.len(), reached.finished) {
        (0, _) => "state          no contribution yet: everybody can forge proofs for this key",
        (_, false) => "state          open: contributions may follow, then the beacon",
        (_, true) => "state          finished",
    });
    if let (Some(id), true) = (circuit_id, reached.finished) {
        ui::say(&format!("circuit id     {id}"));
    }
}

fn contributors(ceremony: &Ceremony) -> Vec<&str> {
    let steps = ceremony.transcript.steps.iter();
    steps
        .filter_map(|step| match &step.source {
            Source::Contribution { name, .. } => Some(name.as_str()),
            Source::Beacon { .. } => None,
        })
        .collect()
}

/// Writes a key and says what it is.
fn finish(key: &ProvingKey, folder: &Path, json: bool, more: &[(&str, &str)]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot write to {}", folder.display()))?;
    let proving = key.save(folder)?;
    let verifying = proving.with_extension("vk");
    let for_snarkjs = proving.with_extension("vk.json");
    let write =
        |path: &Path, bytes: &[u8]| fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()));
    write(&verifying, &key.verifying.to_bytes())?;
    write(&for_snarkjs, serde_json::to_string_pretty(&snarkjs::verifying_key(&key.verifying))?.as_bytes())?;
    let (kind, id) = (key.kind.label(), key.verifying.circuit_id());
    if json {
        let mut document = json!({
            "key": kind,
            "circuit": circuit_name(key.arch),
            "circuitId": id,
            "constraints": key.r1cs_hash,
            "provingKey": proving,
            "verifyingKey": verifying,
            "snarkjsKey": for_snarkjs,
        });
        for (name, value) in more {
            document[*name] = Value::from(*value);
        }
        ui::say(&document.to_string());
        return Ok(());
    }
    ui::say(&format!("key            {kind}, {}", circuit_name(key.arch)));
    ui::say(&format!("circuit id     {id}"));
    ui::say(&format!("constraints    {}", key.r1cs_hash));
    for (name, value) in more {
        ui::say(&format!("{name:14} {value}"));
    }
    for path in [&proving, &verifying, &for_snarkjs] {
        ui::say(&format!("written        {}", path.display()));
    }
    if key.kind == KeyKind::Dev {
        ui::say(
            &ui::Style::stdout()
                .yellow("DEV: its secrets are public, everybody can forge proofs for it. Development chains only."),
        );
    }
    Ok(())
}
