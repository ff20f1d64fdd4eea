//! `setup` and `ceremony`, with the prover and without.

mod common;

use common::fails;
#[cfg(feature = "prove")]
use common::{run, stderr, stdout};

#[cfg(not(feature = "prove"))]
#[test]
fn cli_18_without_the_prover_the_program_says_how_to_build_it() {
    let prove = ["prove", "--report", "1", "--model", "x", "--policy", "x", "--key", "x", "--record", "x"];
    for args in [
        &["setup", "dev", "--arch", "A1", "--out", "x"][..],
        &["ceremony", "verify", "x", "--ptau", "y"],
        &["policy", "check", "x", "--model", "y"],
        &[&prove[..], &["--rpc", "http://127.0.0.1:9"]].concat(),
    ] {
        fails(args, 1, &["without the prover", "--features prove"]);
    }
}

#[cfg(feature = "prove")]
#[test]
fn cli_19_development_keys_say_so_and_are_written_with_their_identity() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("keys");
    let args = ["setup", "dev", "--arch", "a1", "--out", out.to_str().unwrap()];
    let output = run(&args);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("everybody can forge"), "{}", stdout(&output));

    let output = run(&[&args[..], &["--json"]].concat());
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(document["key"], "DEV");
    let bytes = std::fs::read(document["verifyingKey"].as_str().unwrap()).unwrap();
    assert_eq!(document["circuitId"], alloy::primitives::keccak256(&bytes).to_string());
    for name in ["provingKey", "verifyingKey", "snarkjsKey"] {
        assert!(document[name].as_str().unwrap().contains(".DEV."), "{name}");
    }
}

#[cfg(feature = "prove")]
#[test]
fn cli_20_a_ceremony_refuses_what_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (out, ptau, claims) = (path("round"), path("mine.ptau"), path("powersOfTau28_hez_final_15.ptau"));
    let new = |ptau: &str| {
        fails(
            &["ceremony", "new", "--arch", "A1", "--ptau", ptau, "--out", &out],
            1,
            &[match ptau {
                p if p == claims => "published blake2b",
                p if std::path::Path::new(p).exists() => "not a .ptau file",
                _ => "cannot read",
            }],
        );
    };
    new(&ptau);
    std::fs::write(&ptau, b"ptau").unwrap();
    new(&ptau);
    std::fs::write(&claims, b"ptau").unwrap();
    new(&claims);
    fails(&["ceremony", "verify", &out, "--ptau", &ptau], 1, &["no sound ceremony", "transcript.json"]);
    fails(&["ceremony", "contribute", &out, "--name", "x", "--more", &path("none")], 1, &["cannot read"]);
    let finalize = ["ceremony", "finalize", &out, "--ptau", &ptau, "--iterations-log2", "10"];
    fails(&[&finalize[..], &["--beacon", &"ab".repeat(16)]].concat(), 1, &["no sound ceremony"]);
    let zkey = ["ceremony", "import-zkey", &ptau, "--arch", "A1", "--ptau", &ptau, "--out", &out];
    fails(&zkey, 1, &["not a .ptau file"]);
    std::fs::create_dir(&out).unwrap();
    std::fs::write(folder.path().join("round/transcript.json"), "{}").unwrap();
    fails(&["ceremony", "new", "--arch", "A1", "--ptau", &ptau, "--out", &out], 1, &["holds a ceremony already"]);
}

#[cfg(feature = "prove")]
#[test]
fn cli_21_exported_constraints_are_those_of_the_development_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a1.r1cs");
    let output = run(&["ceremony", "export-r1cs", "--arch", "A1", "--out", path.to_str().unwrap(), "--json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(document["hash"], alloy::primitives::keccak256(std::fs::read(&path).unwrap()).to_string());
    assert_eq!((document["constraints"].as_u64(), document["power"].as_u64()), (Some(20_216), Some(15)));
}
