//! Deployment, status and the demonstration on the compiled contracts (`scripts/build.sh`).

mod common;

use std::{fs, path::Path};

use common::{Devnet, fails, repository, run, stderr, stdout};
use serde_json::Value;

/// The committed plan in a folder of its own; returns the path of the plan.
fn plan(folder: &Path) -> String {
    let text = fs::read_to_string(repository().join("deployments/devnet/config.json")).unwrap();
    let mut plan: Value = serde_json::from_str(&text).unwrap();
    plan["policy"] = repository().join("deployments/policies/pi-v1").to_str().unwrap().into();
    let path = folder.join("config.json");
    fs::write(&path, plan.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs the program with `--json`; it must succeed and print one JSON document and nothing else.
#[track_caller]
fn json(args: &[&str]) -> Value {
    let output = run(&[args, &["--json"]].concat());
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    assert_eq!(stderr(&output), "", "{args:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {}", stdout(&output)))
}

#[test]
fn cli_12_deploy_writes_what_status_reads_and_is_taken_up_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(folder.path());
    let devnet = Devnet::start(&[]);
    let url = devnet.url();
    let deploy = ["deploy", "--plan", &plan, "--rpc", &url, "--key", "dev:0"];

    let price = json(&[&deploy[..], &["--dry-run"]].concat());
    assert_eq!(price["programs"].as_array().unwrap().len(), 8);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a dry run writes nothing");

    let first = json(&deploy);
    assert!(first["roles"]["checks"].as_array().unwrap().iter().all(|c| c["ok"] == true));
    let read =
        |name: &str| -> Value { serde_json::from_str(&fs::read_to_string(folder.path().join(name)).unwrap()).unwrap() };
    assert_eq!(read("addresses.json"), first["record"]);
    assert_eq!(read("roles.json"), first["roles"]);
    assert!(read("policy.json")["modelId"].is_string());
    assert_eq!(json(&deploy)["record"], first["record"], "nothing is deployed twice");

    // Anybody looks, without a key; what the chain does not say is told.
    let verify = ["deploy", "--plan", &plan, "--rpc", &url, "--verify"];
    assert_eq!(json(&verify)["roles"], first["roles"]);
    let text = fs::read_to_string(&plan).unwrap();
    let threshold = |text: &str| text.replacen("\"threshold\":3", "\"threshold\":4", 1);
    assert_ne!(threshold(&text), text);
    fs::write(&plan, threshold(&text)).unwrap();
    let seen = run(&verify);
    assert_eq!(seen.status.code(), Some(1));
    assert!(stdout(&seen).contains("✗ verifier: threshold: 3, the plan says 4"), "{}", stdout(&seen));
    assert!(stderr(&seen).contains("roles are not as planned: verifier: threshold is 3, the plan says 4"));
    fs::write(&plan, text).unwrap();

    // Governance is in its place and has not acted: everything only it may call is listed, ready to be called.
    let pending = first["roles"]["pending"].as_array().unwrap();
    assert_eq!(pending.len(), 8, "{pending:?}");
    let selectors = ["0x79ba5097", "0xf0f44260"]; // acceptOwnership(), setTreasury(address)
    for (duty, selector) in pending.iter().zip(selectors) {
        assert!(duty["to"].is_string() && duty["data"].as_str().unwrap().starts_with(selector), "{duty}");
    }
    // A stranger's key cannot stand in for it.
    let stranger = [&deploy[..], &["--governance-key", "dev:8"]].concat();
    fails(&[&stranger[..], &["--json"]].concat(), 1, &["governance is 0x70997970C51812dc3A010C7d01b50e0d17dc79C8"]);
    let governed = [&deploy[..], &["--governance-key", "dev:1"]].concat();
    let governed = json(&governed);
    assert_eq!(governed["record"], first["record"], "governance's calls are no steps of the deployer");
    assert!(governed["roles"]["checks"].as_array().unwrap().iter().all(|c| c["ok"] == true));
    let pending = governed["roles"]["pending"].as_array().unwrap();
    assert_eq!(pending.len(), 1, "{pending:?}");
    assert!(pending[0]["to"].is_null() && pending[0]["what"].as_str().unwrap().contains("[1, 2, 3] have no pool"));

    let record = folder.path().join("addresses.json");
    let status = ["status", "--record", record.to_str().unwrap(), "--rpc", &url];
    let seen = json(&status);
    assert_eq!(seen["lens"], first["record"]["contracts"]["lens"]);
    assert_eq!(seen["slots"].as_array().unwrap().len(), 18, "eleven slots, four weights, three categories");
    assert_eq!((&seen["slots"][0]["value"], &seen["slots"][0]["up"]), (&10_000.into(), &500.into()));
    let (vault, gauges) = (&seen["books"]["vault"], &seen["books"]["gauges"]);
    assert_eq!((&vault["held"], &vault["owed"], &vault["cooldown"]), (&"0".into(), &"0".into(), &604_800.into()));
    assert_eq!(vault["curve"], serde_json::json!([10_000, 11_000, 13_000, 16_000, 20_000]), "poked by the deployer");
    assert_eq!((gauges["pools"].as_array().unwrap().len(), &seen["books"]["minter"]["minted"]), (0, &"0".into()));
    let text = run(&status);
    for word in ["Vault     staked 0", "Treasury  free 0", "Gauges    holds 0", "Minter    epoch 0"] {
        assert!(stdout(&text).contains(word), "{word}");
    }
    assert!(stdout(&text).contains("emission rate, ppm a year") && !stdout(&text).contains('\u{1b}'));

    // Without the lens the same comes from this side; another contract in its place is found out.
    let contracts = &first["record"]["contracts"];
    let controller = ["status", "--rpc", &url, "--controller", contracts["controller"].as_str().unwrap()];
    let mut bare = json(&controller);
    assert_eq!(bare["lens"], Value::Null);
    bare["lens"] = seen["lens"].clone();
    assert_eq!(bare["slots"], seen["slots"]);
    let token = contracts["token"].as_str().unwrap();
    fails(&[&controller[..], &["--lens", token]].concat(), 1, &["the lens 0x", "cannot answer", "--controller"]);

    let other = Devnet::start(&["--chain-id", "99"]);
    fails(&["status", "--record", record.to_str().unwrap(), "--rpc", &other.url()], 1, &["chain 412346", "chain 99"]);
    let restarted = Devnet::start(&["--deterministic", "1800000000"]);
    fails(
        &["deploy", "--plan", &plan, "--rpc", &restarted.url(), "--key", "dev:0"],
        1,
        &["genesis block", "move it away"],
    );
}

#[test]
fn cli_13_demo_prints_one_json_document_and_every_attack_meets_its_very_error() {
    let out = tempfile::tempdir().unwrap();
    let report = json(&["demo", "--seed", "3", "--out", out.path().to_str().unwrap()]);
    assert_eq!(report["ok"], true);
    let attacks = report["attacks"].as_array().unwrap();
    assert!(attacks.len() >= 70, "{}", attacks.len());
    for attack in attacks {
        assert_eq!(attack["expected"], attack["refusedWith"], "{attack}");
        assert!(attack["foretold"].is_null() || attack["foretold"] == attack["expected"], "{attack}");
        assert_eq!(attack["wrote"].as_array().unwrap().len(), 0, "{attack}");
        assert!(attack["gas"].as_u64().unwrap() > 21_000, "{attack}");
    }
    for what in ["submissions", "values", "rooms"] {
        let tally = &report["lensAndMirror"][what];
        assert!(tally["compared"].as_u64().unwrap() >= 26 && tally["compared"] == tally["agreed"], "{what}: {tally}");
    }
    // The epochs by proof, if this program can prove.
    let proven = &report["proven"];
    if cfg!(feature = "prove") {
        let forged = attacks.iter().filter(|a| a["expected"].as_str().unwrap().starts_with("VerifierProofRejected"));
        assert_eq!(forged.count(), 17);
        assert!(attacks.iter().any(|a| a["expected"] == "VerifierBadKey(reason 3, index 0)"));
        assert!(proven["key"] == "DEV" && !proven["applied"].as_array().unwrap().is_empty(), "{proven}");
        // One within the limit, by the proof alone, and one above it.
        let cosigned = &proven["cosigned"];
        let mut gas = [0; 2];
        for (epoch, gas) in [proven, cosigned].into_iter().zip(&mut gas) {
            assert!(epoch["modelId"] != report["modelId"] && epoch["cosignAbove"] == 16_384, "{epoch}");
            let moved = |lane: &str| epoch[lane].as_array().unwrap().len();
            assert!(moved("applied") + moved("queued") > 0, "{epoch}");
            let large = |output: &Value| output.as_i64().unwrap().abs() > 16_384;
            assert_eq!(epoch["outputs"].as_array().unwrap().iter().any(large), std::ptr::eq(epoch, cosigned));
            *gas = epoch["gas"].as_u64().unwrap();
        }
        assert!(300_000 < gas[0] && gas[0] < gas[1], "{gas:?}");
        for (name, have) in [("a proof alone", 0), ("one signature too few", 130)] {
            let above = attacks.iter().find(|a| a["name"] == format!("above the limit, {name}")).unwrap();
            assert_eq!(above["refusedWith"], format!("VerifierSignaturesLength(have {have}, want 195)"));
        }
    } else {
        assert!(proven.is_null(), "{proven}");
    }
    // The report's own numbers balance: what was minted and burned is the change of the supply.
    let amount = |value: &Value| value.as_str().unwrap().parse::<u128>().unwrap();
    let (books, last) = (&report["books"], &report["epochs"][25]);
    for book in ["vault", "gauges", "treasury"] {
        assert!(amount(&books[book]["held"]) >= amount(&books[book]["owed"]), "{book}: {books}");
    }
    let week = |field: &str| report["epochs"].as_array().unwrap().iter().map(|e| amount(&e[field])).sum::<u128>();
    let before_the_last_roll = amount(&last["supply"]);
    assert_eq!(100_000_000_000_000_000_000_000_000 + week("minted") - week("burned"), before_the_last_roll);
    assert!(week("reminted") > 0 && week("reminted") <= week("burned"));
    let weights = |epoch: usize| -> Vec<Value> {
        report["epochs"][epoch]["pools"].as_array().unwrap().iter().map(|pool| pool["weight"].clone()).collect()
    };
    assert_eq!(weights(0), [3_000, 3_000, 3_000]);
    assert_ne!(weights(25), weights(0), "the weights were moved");
    let saved: Value = serde_json::from_str(&fs::read_to_string(out.path().join("report.json")).unwrap()).unwrap();
    assert_eq!(saved, report);
    assert!(fs::read_to_string(out.path().join("supply.svg")).unwrap().contains("million tokens"));
}

#[test]
fn cli_26_a_dry_run_tells_every_step_for_who_governs_halts_and_vetoes() {
    let devnet = Devnet::start(&[]);
    let url = devnet.url();
    let plan = "deployments/devnet-governed/config.json";
    let folder = repository().join("deployments/devnet-governed");
    let files = || fs::read_dir(&folder).unwrap().count();
    let before = files();
    let args = ["deploy", "--plan", plan, "--rpc", &url, "--key", "dev:0", "--dry-run"];
    let price = json(&args);
    let powers = price["powers"].as_array().unwrap();
    let steps: Vec<&str> = powers.iter().map(|cost| cost["step"].as_str().unwrap()).collect();
    let names = ["safeSingleton", "safeFactory", "safeFallbackHandler", "council", "guardian", "timelock", "governor"];
    assert_eq!(steps, [&names[..], &["founding.schedule", "founding.execute"]].concat());
    // Those that need no other contract are estimated; the Governor against stand-ins for what it asks.
    for (cost, least) in [(0, 4_000_000), (1, 500_000), (2, 500_000), (5, 1_500_000), (6, 3_000_000)] {
        let gas = powers[cost]["gas"].as_u64().unwrap_or_else(|| panic!("{}", powers[cost]));
        assert!((least..8_000_000).contains(&gas), "{}", powers[cost]);
    }
    assert!([3, 4, 7, 8].iter().all(|cost| powers[*cost]["gas"].is_null()), "{powers:?}");
    let text = run(&args);
    for word in ["a timelock of 1209600 s, a Governor \"Escapement Governor\"", "a Safe, 2 of 3", "founding.execute"] {
        assert!(stdout(&text).contains(word), "{word}: {}", stdout(&text));
    }
    assert_eq!(files(), before, "a dry run writes nothing");
}
