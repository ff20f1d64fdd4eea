//! A proven policy from its file to an accepted update, with the program alone wherever it has a command.
#![cfg(feature = "prove")]

mod common;

use std::{fs, path::Path};

use alloy::primitives::{Address, B256, Bytes, keccak256};
use common::{Devnet, fails, repository, run, stderr, stdout};
use escapement_agent::{
    bindings::{lens::ILens, verifier::IVerifier},
    client::{Client, Tx},
    keys::dev_key,
    propose::Observation,
    report,
    sign::Domain,
};
use serde_json::Value;

/// A week of the demonstration: observations, then a score for each pool and the reserve.
const KPIS: [i32; 16] =
    [0, 40_912, 73_011, 59_918, 2_210, 34_167, 131_926, 60_792, 21, 34_167, 15_638, 0, 8_192, 39_001, 11_986, 14_547];

#[track_caller]
fn json(args: &[&str]) -> Value {
    let output = run(&[args, &["--json"]].concat());
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {}", stdout(&output)))
}

/// A development key and the proven form of the committed policy; returns what was printed of both.
fn policy(folder: &Path) -> (Value, Value) {
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
        "65536",
        "--out",
        &path("mine"),
    ]);
    (key, written)
}

#[test]
fn cli_22_a_proven_policy_is_written_with_its_identity_and_another_network_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let (key, written) = policy(folder.path());
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

/// What the deployment of the test is made of.
struct Chain {
    client: Client,
    controller: Address,
    verifier: Address,
    lens: Address,
}

impl Chain {
    /// Governance registers a proven policy, as `policy proven` describes it.
    async fn register(&self, policy: &Value) {
        let word = |name: &str| policy[name].as_str().unwrap().parse::<B256>().unwrap();
        let code: Bytes = policy["dataInitCode"].as_str().unwrap().parse().unwrap();
        let receipt = self.client.send(&dev_key(5).unwrap(), Tx::create(code)).await.unwrap();
        let data = receipt.contract_address.unwrap();
        let kind = u8::try_from(policy["kind"].as_u64().unwrap()).unwrap();
        let call =
            IVerifier::registerModelCall { model_id: word("modelId"), data, kpi_schema: word("kpiSchema"), kind };
        self.client.send(&dev_key(1).unwrap(), Tx::call(self.verifier, &call)).await.unwrap();
    }

    /// A quorum reports; returns the report's number.
    async fn report(&self, schema: B256) -> u64 {
        let observation = Observation { kpis: KPIS.to_vec(), at: self.client.head().await.unwrap().1 };
        let (controller, verifier) = (self.controller, self.verifier);
        let report = report::compose(&self.client, controller, verifier, schema, &observation).await.unwrap();
        let keys: Vec<_> = (20..23).map(|n| dev_key(n).unwrap()).collect();
        let signed = report::sign(&report, Domain { chain_id: self.client.chain_id(), controller }, &keys).unwrap();
        self.client.send(&dev_key(8).unwrap(), report::delivery(verifier, controller, &signed)).await.unwrap();
        assert_eq!(report::read(&self.client, verifier, controller, report.report_id, 0).await.unwrap(), report);
        report.report_id
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_23_a_stored_report_is_proven_and_submitted_by_anyone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut plan: Value =
        serde_json::from_str(&fs::read_to_string(repository().join("deployments/devnet/config.json")).unwrap())
            .unwrap();
    plan["policy"] = repository().join("deployments/policies/pi-v1").to_str().unwrap().into();
    fs::write(path("config.json"), plan.to_string()).unwrap();
    let devnet = Devnet::start(&["--accounts", "30"]);
    let url = devnet.url();
    let deploy =
        ["deploy", "--plan", &path("config.json"), "--rpc", &url, "--key", "dev:0", "--governance-key", "dev:1"];
    let deployed = json(&deploy);
    let at = |name: &str| deployed["record"]["contracts"][name].as_str().unwrap().parse::<Address>().unwrap();
    let client = Client::connect(&url).await.unwrap();
    let chain = Chain { client, controller: at("controller"), verifier: at("verifier"), lens: at("lens") };
    let (key, policy) = policy(folder.path());

    let (record, mine, out) = (path("addresses.json"), path("mine"), path("proof.json"));
    let pkey = key["provingKey"].as_str().unwrap();
    let prove = |number: &'static str| {
        let model = "deployments/policies/pi-v1/model.bin";
        let args = ["prove", "--report", number, "--model", model, "--policy", &mine, "--key", pkey];
        [&args[..], &["--record", &record, "--rpc", &url]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let first = prove("1");
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    fails(&first, 1, &["does not know the policy", "governance registers it"]);
    chain.register(&policy).await;
    fails(&first, 1, &["no report 1 is stored"]);
    let schema = policy["kpiSchema"].as_str().unwrap().parse().unwrap();
    assert_eq!(chain.report(schema).await, 1);

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
    let tx = Tx { to: Some(chain.controller), data, ..Tx::default() };
    chain.client.estimate(dev_key(7).unwrap().address(), &tx).await.unwrap();

    let text = run(&first);
    assert!(text.status.success(), "{}", stderr(&text));
    assert!(stdout(&text).contains("DEV key") && stdout(&text).contains("made and verified"), "{}", stdout(&text));
    let done = json(&[&first[..], &["--submit", "--account-key", "dev:7"]].concat());
    assert!(done["submitted"]["gasUsed"].as_u64().unwrap() > 200_000, "{done}");
    assert!(done["changes"].as_array().unwrap().len() > 1, "{done}");
    let groups = |name: &str| done["submitted"][name].as_array().unwrap().len();
    assert!(groups("appliedGroups") + groups("queuedGroups") > 0, "{done}");
    let status = chain.client.read(chain.lens, &ILens::statusCall { controller: chain.controller }).await.unwrap();
    assert_eq!(status.updateId, 1);
    fails(&first, 1, &["ControllerIdNotRising"]);
    assert_eq!(chain.report(schema).await, 2, "the number of the accepted update is used up");

    // The proving key of another policy, and secrets that stay where they are.
    let second = prove("2");
    let second: Vec<&str> = second.iter().map(String::as_str).collect();
    let mut file = fs::read(path("mine/proven.bin")).unwrap();
    let key = file.len() - 832;
    // IC_1 in the place of IC_0: a good point, another key.
    file.copy_within(key + 512..key + 576, key + 448);
    fs::write(path("mine/proven.bin"), file).unwrap();
    fails(&second, 1, &["--key has the circuit id"]);
    let model = alloy::hex::encode(&fs::read(repository().join("deployments/policies/pi-v1/model.bin")).unwrap()[..64]);
    assert!(!made.to_string().contains(&model) && !stdout(&text).contains(&model));
}
