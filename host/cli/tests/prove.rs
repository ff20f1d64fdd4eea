//! A proven policy from its file to an accepted update, with the program alone wherever it has a command.
#![cfg(feature = "prove")]

mod common;

use std::{fs, path::Path};

use alloy::primitives::{Address, B256, Bytes, keccak256};
use common::{Devnet, KPIS, deploy, fails, json, repository, run, stderr, stdout};
use escapement_agent::{
    bindings::{lens::ILens, verifier::IVerifier},
    client::{Client, Tx},
    keys::dev_key,
    submit::{self, Waiting},
};
use escapement_core::param::Slot;
use serde_json::Value;
use tempfile::TempDir;

/// A development key and the proven form of the committed policy; returns what was printed of both.
fn policy(folder: &Path, cosign_above: &str) -> (Value, Value) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let key = json(&["setup", "dev", "--arch", "a1", "--out", &path("keys")]);
    let written = json(&[
        "policy",
        "proven",
        "--model",
        "deployments/policies/pi-v1/model.bin",
        "--schema",
        "deployments/policies/pi-v1/schema.bin",
        "--key",
        key["verifyingKey"].as_str().unwrap(),
        "--cosign-above",
        cosign_above,
        "--out",
        &path("mine"),
    ]);
    (key, written)
}

#[test]
fn cli_22_a_proven_policy_is_written_with_its_identity_and_another_network_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let (key, written) = policy(folder.path(), "65536");
    let mine = folder.path().join("mine");
    let file = fs::read(mine.join("proven.bin")).unwrap();
    assert_eq!(written["modelId"], keccak256(&file).to_string());
    assert_eq!(written["circuitId"], key["circuitId"]);
    assert_eq!((&written["developmentKey"], &written["cosignAbove"]), (&true.into(), &65_536.into()));
    assert!(written["dataInitCode"].as_str().unwrap().ends_with(&alloy::hex::encode([&[0], &file[..]].concat())));
    let (mine, model) = (mine.to_str().unwrap(), "deployments/policies/pi-v1/model.bin");
    assert_eq!(json(&["policy", "check", mine, "--model", model]), written);
    let text = run(&["policy", "check", mine, "--model", model]);
    assert!(stdout(&text).contains("DEV key"), "{}", stdout(&text));

    // One weight by one unit is another network; a file that is none is no network.
    let mut other = fs::read(repository().join(model)).unwrap();
    other[0] ^= 1;
    let path = folder.path().join("other.bin");
    fs::write(&path, &other).unwrap();
    let check = ["policy", "check", mine, "--model", path.to_str().unwrap()];
    fails(&check, 1, &["another network", written["commitment"].as_str().unwrap()]);
    fs::write(&path, &other[1..]).unwrap();
    fails(&check, 1, &["model.bin", "Length"]);
    // A key whose delta is its gamma: the verifier would refuse it, so does the check.
    let mut related = file.clone();
    let key = related.len() - 832;
    // A base that is a point, but not that of key and commitment.
    let mut rebased = file.clone();
    rebased.copy_within(key + 448..key + 512, 40);
    fs::write(folder.path().join("mine/proven.bin"), rebased).unwrap();
    fails(&["policy", "check", mine, "--model", model], 1, &["base", "write it again"]);
    related.copy_within(key + 192..key + 320, key + 320);
    fs::write(folder.path().join("mine/proven.bin"), related).unwrap();
    fails(&["policy", "check", mine, "--model", model], 1, &["proven.bin", "Related"]);
    let vk =
        ["--schema", "deployments/policies/pi-v1/schema.bin", "--key", model, "--cosign-above", "0", "--out", mine];
    fails(&[&["policy", "proven", "--model", model][..], &vk].concat(), 1, &["no .vk file", "832"]);
}

/// A deployment with a proven policy that governance has not registered yet.
struct World {
    folder: TempDir,
    devnet: Devnet,
    client: Client,
    deployed: Value,
    key: Value,
    policy: Value,
}

impl World {
    async fn new(cosign_above: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let devnet = Devnet::start(&["--accounts", "30"]);
        let deployed = deploy(folder.path(), &devnet.url());
        let (key, policy) = policy(folder.path(), cosign_above);
        Self { client: Client::connect(&devnet.url()).await.unwrap(), folder, devnet, deployed, key, policy }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn at(&self, name: &str) -> Address {
        self.deployed["record"]["contracts"][name].as_str().unwrap().parse().unwrap()
    }

    /// The arguments of a command, and with them the deployment.
    fn args(&self, args: &[&str]) -> Vec<String> {
        let here = ["--record".to_owned(), self.path("addresses.json"), "--rpc".to_owned(), self.devnet.url()];
        args.iter().map(|arg| (*arg).to_owned()).chain(here).collect()
    }

    fn prove(&self, number: &str) -> Vec<String> {
        let model = "deployments/policies/pi-v1/model.bin";
        let key = self.key["provingKey"].as_str().unwrap();
        self.args(&["prove", "--report", number, "--model", model, "--policy", &self.path("mine"), "--key", key])
    }

    /// Governance registers the policy, as `policy proven` describes it.
    async fn register(&self) {
        let word = |name: &str| self.policy[name].as_str().unwrap().parse::<B256>().unwrap();
        let code: Bytes = self.policy["dataInitCode"].as_str().unwrap().parse().unwrap();
        let receipt = self.client.send(&dev_key(5).unwrap(), Tx::create(code)).await.unwrap();
        let data = receipt.contract_address.unwrap();
        let kind = u8::try_from(self.policy["kind"].as_u64().unwrap()).unwrap();
        let call =
            IVerifier::registerModelCall { model_id: word("modelId"), data, kpi_schema: word("kpiSchema"), kind };
        self.client.send(&dev_key(1).unwrap(), Tx::call(self.at("verifier"), &call)).await.unwrap();
    }

    /// A quorum reports; returns the report's number.
    fn report(&self, file: &str) -> u64 {
        let (file, policy) = (self.path(file), self.path("mine"));
        let new = self.args(&["report", "new", "--kpis", KPIS, "--policy", &policy, "--out", &file]);
        json(&strs(&new));
        json(&["sign", &file, "--key", "dev:20", "--key", "dev:21", "--key", "dev:22"]);
        json(&strs(&self.args(&["send", &file, "--account-key", "dev:8"])))["report"].as_u64().unwrap()
    }

    async fn status(&self) -> ILens::Status {
        self.client.read(self.at("lens"), &ILens::statusCall { controller: self.at("controller") }).await.unwrap()
    }
}

/// A change of the queue, as the program prints it.
fn waiting(change: &Value) -> Waiting {
    Waiting {
        group: u8::try_from(change["group"].as_u64().unwrap()).unwrap(),
        update_id: 1,
        eta: change["eta"].as_u64().unwrap(),
        expires: change["expires"].as_u64().unwrap(),
        approval: change["approval"].as_bool().unwrap(),
        payload: change["payload"].as_str().unwrap().parse().unwrap(),
    }
}

fn strs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_23_a_stored_report_is_proven_and_submitted_by_anyone() {
    let world = World::new("65536").await;
    let path = |name: &str| world.path(name);
    let out = path("proof.json");
    let first = world.prove("1");
    let first = strs(&first);
    fails(&first, 1, &["does not know the policy", "governance registers it"]);
    let new = world.args(&["report", "new", "--kpis", KPIS, "--policy", &path("mine"), "--json"]);
    fails(&strs(&new), 1, &["does not know the policy", "governance registers it"]);
    world.register().await;
    fails(&first, 1, &["no report 1 is stored"]);
    assert_eq!(world.report("one.json"), 1);

    // Without --submit nothing is sent.
    let made = json(&[&first[..], &["--out", &out]].concat());
    assert_eq!(made["submitted"], Value::Null);
    assert_eq!((&made["proof"]["key"], &made["needsSignatures"]), (&"DEV".into(), &false.into()));
    assert_eq!(serde_json::from_str::<Value>(&fs::read_to_string(&out).unwrap()).unwrap(), made);
    let attestation: Bytes = made["attestation"].as_str().unwrap().parse().unwrap();
    let outputs: Vec<i32> = serde_json::from_value(made["proof"]["outputs"].clone()).unwrap();
    assert_eq!(attestation.len(), 288);
    assert_eq!(attestation[..32], outputs.iter().flat_map(|o| o.to_be_bytes()).collect::<Vec<_>>());
    // The calldata in the document is what anybody may send.
    let data = made["calldata"].as_str().unwrap().parse::<Bytes>().unwrap();
    let tx = Tx { to: Some(world.at("controller")), data, ..Tx::default() };
    world.client.estimate(dev_key(7).unwrap().address(), &tx).await.unwrap();

    // Nor can anybody sign it: the verifier takes no signatures here.
    fails(&["sign", &out, "--key", "dev:20"], 1, &["no signatures are taken", "65536"]);
    assert_eq!(serde_json::from_str::<Value>(&fs::read_to_string(&out).unwrap()).unwrap(), made);

    let text = run(&first);
    assert!(text.status.success(), "{}", stderr(&text));
    assert!(stdout(&text).contains("DEV key") && stdout(&text).contains("made and verified"), "{}", stdout(&text));
    let done = json(&[&first[..], &["--submit", "--account-key", "dev:7"]].concat());
    assert!(done["submitted"]["gasUsed"].as_u64().unwrap() > 200_000, "{done}");
    assert!(done["changes"].as_array().unwrap().len() > 1, "{done}");
    let groups = |name: &str| done["submitted"][name].as_array().unwrap().len();
    assert!(groups("appliedGroups") + groups("queuedGroups") > 0, "{done}");
    assert_eq!(world.status().await.updateId, 1);
    let shown = json(&strs(&world.args(&["report", "show", "1"])));
    assert_eq!((&shown["standing"], &shown["usedBy"]["modelId"]), (&"used".into(), &made["modelId"]));
    assert_eq!(shown["usedBy"]["transaction"], done["submitted"]["transaction"]);
    fails(&first, 1, &["ControllerIdNotRising"]);
    // A report from before the observation of the accepted update could carry none.
    let before = (made["observedAt"].as_u64().unwrap() - 1).to_string();
    let early = [&strs(&new)[..], &["--at", &before]].concat();
    fails(&early, 1, &["is older than that of the last accepted update", &before]);
    assert_eq!(world.report("two.json"), 2, "the number of the accepted update is used up");

    // The proving key of another policy, and secrets that stay where they are.
    let second = world.prove("2");
    let second = strs(&second);
    let mut file = fs::read(path("mine/proven.bin")).unwrap();
    let key = file.len() - 832;
    // IC_1 in the place of IC_0: a good point, another key.
    file.copy_within(key + 512..key + 576, key + 448);
    fs::write(path("mine/proven.bin"), file).unwrap();
    fails(&second, 1, &["--key has the circuit id"]);
    let model = alloy::hex::encode(&fs::read(repository().join("deployments/policies/pi-v1/model.bin")).unwrap()[..64]);
    assert!(!made.to_string().contains(&model) && !stdout(&text).contains(&model));
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_35_an_update_above_the_limit_needs_the_quorum_too() {
    let world = World::new("0").await;
    world.register().await;
    world.report("report.json");
    let out = world.path("update.json");
    let prove = world.prove("1");
    let prove = strs(&prove);
    let send = |files: &[&str]| world.args(&[&["send"], files, &["--account-key", "dev:7"]].concat());
    // Two cosigners are too few, whoever sends; nothing is sent.
    let two = [&prove[..], &["--cosigner", "dev:22", "--cosigner", "dev:20"]].concat();
    fails(&[&two[..], &["--submit", "--account-key", "dev:7"]].concat(), 1, &["2 of 3 signatures, missing one of"]);
    let made = json(&[&prove[..], &["--out", &out]].concat());
    assert_eq!((&made["needsSignatures"], &made["signatures"]), (&true.into(), &serde_json::json!([])));
    let signers = ["dev:20", "dev:21", "dev:22", "dev:23", "dev:24"];
    let account = |n: u32| dev_key(n).unwrap().address().to_string();
    let missing: Vec<String> = (20..25).map(account).collect();
    let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
    fails(&strs(&send(&[&out])), 1, &[&["0 of 3 signatures, missing 3 of"], &missing[..]].concat());

    // That no signatures are needed can be said, and is not believed.
    let said = world.path("said.json");
    for (field, value) in [
        ("needsSignatures", Value::from(false)),
        ("policy", world.policy["commitment"].clone()),
        ("update", made["attestation"].clone()),
        ("changes", serde_json::json!([])),
        ("updateDigest", made["reportDigest"].clone()),
        ("calldata", made["update"].clone()),
    ] {
        let mut other = made.clone();
        other[field] = value;
        fs::write(&said, other.to_string()).unwrap();
        let words: &[&str] = match field {
            "policy" => &["the policy in the document has the id"],
            "update" => &["wire bytes do not decode"],
            _ => &["somebody changed one of them", field],
        };
        fails(&["sign", &said, "--key", "dev:20"], 1, words);
        fails(&strs(&send(&[&said])), 1, words);
        assert_eq!(serde_json::from_str::<Value>(&fs::read_to_string(&said).unwrap()).unwrap(), other, "{field}");
    }

    // Three people sign, each a copy.
    let copies: Vec<String> = signers.iter().map(|signer| world.path(&signer.replace(':', "-"))).collect();
    for (copy, signer) in copies.iter().zip(signers) {
        fs::copy(&out, copy).unwrap();
        let output = run(&["sign", copy, "--key", signer, "--record", &world.path("addresses.json")]);
        assert!(output.status.success(), "{}", stderr(&output));
        for word in ["update of a proven policy", "change         emission rate", "expires at", "412346"] {
            assert!(stdout(&output).contains(word), "{word}: {}", stdout(&output));
        }
    }
    // What one signature makes of the document is consistent, and not what the chain takes.
    let one: Value = serde_json::from_str(&fs::read_to_string(&copies[0]).unwrap()).unwrap();
    assert_eq!(one["attestation"].as_str().unwrap().len(), 2 + 2 * (288 + 65));
    assert!(one["attestation"].as_str().unwrap().starts_with(made["attestation"].as_str().unwrap()));
    let before = world.client.read(world.at("lens"), &ILens::paramsCall { controller: world.at("controller") }).await;
    let nonce = world.client.nonce(dev_key(7).unwrap().address()).await.unwrap();
    fails(&strs(&send(&[&copies[4], &copies[2]])), 1, &["2 of 3 signatures, missing one of", missing[3]]);
    assert_eq!(world.client.nonce(dev_key(7).unwrap().address()).await.unwrap(), nonce, "nothing was sent");
    let all: Vec<&str> = copies.iter().map(String::as_str).collect();
    let done = json(&strs(&send(&all)));
    assert_eq!((&done["report"], &done["trip"]), (&1.into(), &0.into()));
    assert_eq!(world.status().await.updateId, 1);
    let after = world.client.read(world.at("lens"), &ILens::paramsCall { controller: world.at("controller") }).await;
    let (before, after) = (before.unwrap(), after.unwrap());
    assert_eq!(before, after, "at autonomy 2 every change waits");
    // The queue's delay over, anybody carries the changes out: the values are those that were signed.
    let waiting: Vec<Waiting> = done["queued"].as_array().unwrap().iter().map(waiting).collect();
    let mut open: Vec<&Waiting> = waiting.iter().filter(|w| !w.approval).collect();
    open.sort_by_key(|w| w.eta);
    assert!(!open.is_empty(), "{done}");
    for waiting in &open {
        world.client.warp(waiting.eta).await.unwrap();
        submit::execute(&world.client, &dev_key(7).unwrap(), world.at("controller"), waiting).await.unwrap();
    }
    let after = world.client.read(world.at("lens"), &ILens::paramsCall { controller: world.at("controller") }).await;
    let (after, mut moved) = (after.unwrap(), 0);
    for change in made["changes"].as_array().unwrap() {
        let slot = Slot::new(u8::try_from(change["slot"].as_u64().unwrap()).unwrap()).unwrap();
        if open.iter().any(|w| w.group == slot.group().number()) {
            assert_eq!(serde_json::json!(after[slot.index()]), change["new"], "{slot:?}");
            assert_ne!(after[slot.index()], before[slot.index()]);
            moved += 1;
        }
    }
    assert!(moved > 0);
    assert_eq!(json(&strs(&world.args(&["report", "show", "1"])))["standing"], "used");

    // Or beside the prover, in one go.
    assert_eq!((world.report("next.json"), world.report("after.json")), (2, 3));
    let next = world.prove("3");
    let cosigners = ["--cosigner", "dev:22", "--cosigner", "dev:20", "--cosigner", "dev:24"];
    let whole = [&strs(&next)[..], &cosigners, &["--submit", "--account-key", "dev:7", "--out"]].concat();
    fails(&[&whole[..], &[&out]].concat(), 1, &[&out, "may hold signatures"]);
    let done = json(&[&whole[..], &[&world.path("whole.json")]].concat());
    assert!(done["submitted"]["gasUsed"].as_u64().unwrap() > 200_000, "{done}");
    assert_eq!(world.status().await.updateId, 3);
    let standing = |number| json(&strs(&world.args(&["report", "show", number])))["standing"].clone();
    assert_eq!((standing("2"), standing("3")), ("superseded".into(), "used".into()));
}
