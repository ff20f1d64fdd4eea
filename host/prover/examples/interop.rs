//! The side of this crate in the comparison with snarkjs (`scripts/zk/snarkjs.mjs` runs both):
//!
//! `write DIR` writes two circuits with their witnesses for snarkjs, a small one (`tiny`) and that of the committed policy
//! (`a1`), and a proof of the policy with the DEVELOPMENT key that snarkjs is to accept. `check DIR CIRCUIT` takes over what
//! snarkjs made of one of them: its powers of tau, its key before and after contributions, its proof; and proves with its key.

#[path = "../tests/common/tiny.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod tiny;

use std::{error::Error, fs, path::Path};

use ark_bn254::{Bn254, Fr};
use ark_groth16::Groth16;
use escapement_core::policy::{Arch, Model, proven::PUBLIC_INPUTS};
use escapement_prover::{
    Proof, Prover, VerifyingKey, Word,
    ceremony::{Ceremony, Powers, check, power, zkey},
    circuit::{self, Witness},
    encoding::fr_bytes,
    r1cs::R1cs,
    setup, snarkjs,
};
use serde_json::Value;

/// The committed policy, and a week's indicators for it.
const POLICY: &[u8] = include_bytes!("../../../deployments/policies/pi-v1/model.bin");
const OBSERVATIONS: [i32; 12] = [0, 40_912, 73_011, 59_918, 2_210, 34_167, 131_926, 60_792, 21, 34_167, 15_638, 0];

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", folder] => write(Path::new(folder)),
        ["check", folder, circuit @ ("tiny" | "a1")] => check(Path::new(folder), circuit),
        _ => Err("usage: interop write DIR | check DIR tiny|a1".into()),
    }
}

/// Constraints and the values that satisfy them.
fn circuit(name: &str) -> Result<(R1cs, Vec<Fr>), Box<dyn Error>> {
    if name == "tiny" {
        return Ok(tiny::circuit(9, [5, 11]));
    }
    let model = Model::parse(POLICY).map_err(|e| format!("{e:?}"))?;
    let witness = Witness { model, observations: &OBSERVATIONS, context: Fr::from(9u64) };
    let made = circuit::synthesize(&witness, true);
    Ok((made.r1cs, made.assignment))
}

fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    for name in ["tiny", "a1"] {
        let (r1cs, assignment) = circuit(name)?;
        let mut file = Vec::new();
        r1cs.write(&mut file)?;
        fs::write(folder.join(format!("{name}.r1cs")), file)?;
        fs::write(folder.join(format!("{name}.wtns")), snarkjs::witness(&assignment))?;
    }
    let prover = Prover::new(setup::dev(Arch::A1)?)?;
    let model = Model::parse(POLICY).map_err(|e| format!("{e:?}"))?;
    let made = prover.prove(&model, &OBSERVATIONS, &[0; 32])?;
    let key = &prover.key().verifying;
    fs::write(folder.join("dev.vk.json"), snarkjs::verifying_key(key).to_string())?;
    fs::write(folder.join("dev.proof.json"), snarkjs::proof(&made.proof).to_string())?;
    fs::write(folder.join("dev.public.json"), snarkjs::public_inputs(&made.inputs).to_string())?;
    Ok(())
}

fn check(folder: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    let read = |what: &str| fs::read(folder.join(format!("{name}.{what}")));
    let (r1cs, assignment) = circuit(name)?;
    let powers = Powers::read(&read("ptau")?, power(&r1cs))?;
    let ours = Ceremony::begin(name, &r1cs, &powers, &|| ()).key;
    let begun = zkey::read(&read("begun.zkey")?, &r1cs)?;
    ensure(begun == ours, "the key before contributions is ours, point for point")?;

    let key = zkey::read(&read("zkey")?, &r1cs)?;
    check::key(&powers, &r1cs, &key)?;
    println!("ok: snarkjs' key follows from its powers of tau and our constraints");
    let verifying = VerifyingKey::new(&key.vk)?;
    let theirs: Value = serde_json::from_slice(&read("vk.json")?)?;
    let mine = snarkjs::verifying_key(&verifying);
    let same = mine.as_object().is_some_and(|mine| mine.iter().all(|(name, value)| theirs[name] == *value));
    ensure(same, "the verifying key as JSON is what snarkjs exports")?;

    let mut inputs: [Word; PUBLIC_INPUTS] = [[0; 32]; PUBLIC_INPUTS];
    inputs.iter_mut().zip(&assignment[1..]).for_each(|(word, input)| *word = fr_bytes(*input));
    let public: Value = serde_json::from_slice(&read("public.json")?)?;
    ensure(public == snarkjs::public_inputs(&inputs), "snarkjs' public inputs are ours, in our order")?;
    let proof = snarkjs::read_proof(&serde_json::from_slice(&read("proof.json")?)?)?;
    ensure(verifying.verify(&inputs, &proof)?, "snarkjs' proof verifies here")?;
    let mut other = inputs;
    other[1][31] ^= 1;
    ensure(!verifying.verify(&other, &proof)?, "and for other inputs it does not")?;

    let proof = Proof::new(Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
        &key,
        Fr::from(271_828),
        Fr::from(314_159),
        &r1cs.matrices,
        r1cs.instance(),
        r1cs.constraints(),
        &assignment,
    )?);
    ensure(verifying.verify(&inputs, &proof)?, "our proof with snarkjs' key verifies here")?;
    fs::write(folder.join(format!("{name}.ours.json")), snarkjs::proof(&proof).to_string())?;
    Ok(())
}

fn ensure(holds: bool, what: &str) -> Result<(), Box<dyn Error>> {
    if holds {
        println!("ok: {what}");
        Ok(())
    } else {
        Err(format!("not so: {what}").into())
    }
}
