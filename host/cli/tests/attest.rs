//! Reports and signatures from machine to machine: `report`, `sign`, `send`.

mod common;

use std::{fs, path::Path};

use alloy::primitives::{Address, B256};
use common::{Devnet, KPIS, deploy, fails, json, run, stderr, stdout};
use escapement_agent::{
    bindings::verifier::IVerifier,
    client::{Client, Tx},
    document::Document,
    keys::dev_key,
    sign::Domain,
};
use escapement_core::report::OwnedReport;
use serde_json::Value;
use tempfile::TempDir;

const POLICY: &str = "deployments/policies/pi-v1";

/// A deployment; the attesters are the development accounts 20 to 24, three of them a quorum.
struct World {
    folder: TempDir,
    devnet: Devnet,
    client: Client,
    deployed: Value,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let devnet = Devnet::start(&["--accounts", "30"]);
        let deployed = deploy(folder.path(), &devnet.url());
        Self { client: Client::connect(&devnet.url()).await.unwrap(), folder, devnet, deployed }
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

    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        json(&self.args(args).iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[track_caller]
    fn fails(&self, args: &[&str], words: &[&str]) {
        fails(&self.args(args).iter().map(String::as_str).collect::<Vec<_>>(), 1, words);
    }

    /// Writes the document of a report.
    #[track_caller]
    fn report(&self, name: &str) -> String {
        let path = self.path(name);
        self.json(&["report", "new", "--kpis", KPIS, "--policy", POLICY, "--out", &path]);
        path
    }

    /// A copy of a document, signed by development accounts.
    #[track_caller]
    fn signed(&self, path: &str, name: &str, keys: &[&str]) -> String {
        let copy = self.path(name);
        fs::copy(path, &copy).unwrap();
        let keys = keys.iter().flat_map(|key| ["--key", key]);
        json(&["sign", &copy].into_iter().chain(keys).collect::<Vec<_>>());
        copy
    }

    /// Transactions of the account that sends.
    async fn sent(&self) -> u64 {
        self.client.nonce(dev_key(8).unwrap().address()).await.unwrap()
    }
}

fn read(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn account(n: u32) -> String {
    dev_key(n).unwrap().address().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_30_report_new_refuses_what_the_chain_would() {
    let world = World::new().await;
    let path = world.path("report.json");
    let new = ["report", "new", "--policy", POLICY, "--out", &path];
    let with = |kpis: &str, rest: &[&str]| -> Vec<String> {
        [&new[..], &["--kpis", kpis], rest].concat().into_iter().map(str::to_owned).collect()
    };
    let refused = |args: &[String], words: &[&str]| {
        world.fails(&args.iter().map(String::as_str).collect::<Vec<_>>(), words);
        assert!(!Path::new(&path).exists(), "{args:?}");
    };
    let (twelve, seventeen) = ("0,0,0,0,0,0,0,0,0,0,0,0", format!("{KPIS},1"));
    refused(&with("1", &[]), &["1 KPI values", "12", "4 scores", "16"]);
    refused(&with(twelve, &[]), &["12 KPI values", "16"]);
    refused(&with(&seventeen, &[]), &["17 KPI values", "16"]);
    let now = world.client.head().await.unwrap().1;
    refused(&with(KPIS, &["--at", &(now + 1_000).to_string()]), &["in the future"]);
    refused(&with(KPIS, &["--at", &(now - 6 * 3_600).to_string()]), &["was in force until", "observe again"]);
    refused(&with(KPIS, &["--at", &u64::MAX.to_string()]), &["in the future"]);

    let values = world.path("week.txt");
    let from_file = ["report", "new", "--kpis-file", &values, "--policy", POLICY, "--out", &path];
    let names = KPIS.replacen("0,", "top_ten_share 0,", 1).replace(',', "\n");
    for (text, words) in [
        (names.as_str(), ["week.txt", "line 1: `top_ten_share` stands in the place of holders_growth"]),
        ("1\n0.5\n", ["week.txt", "line 2: `0.5` is no Q16.16 integer"]),
        ("", ["0 KPI values", "16"]),
    ] {
        fs::write(&values, text).unwrap();
        world.fails(&from_file, &words);
    }
    let policy = |path| ["report", "new", "--kpis", KPIS, "--policy", path, "--json"];
    world.fails(&policy("no/policy"), &["no/policy"]);
    world.fails(&policy("deployments/policies/pi-v1/model.bin"), &["model.bin"]);

    // Another chain than the record's, and a verifier that the controller does not ask.
    let other = Devnet::start(&["--chain-id", "99"]);
    let record = world.path("addresses.json");
    let (here, there) = (world.devnet.url(), other.url());
    let elsewhere = [&policy(POLICY)[..], &["--record", &record, "--rpc", &there]].concat();
    fails(&elsewhere, 1, &["chain 412346", "chain 99"]);
    let mut wrong = read(&record);
    wrong["contracts"]["verifier"] = wrong["contracts"]["token"].clone();
    let wrong_record = world.path("wrong.json");
    fs::write(&wrong_record, wrong.to_string()).unwrap();
    let astray = [&policy(POLICY)[..], &["--record", &wrong_record, "--rpc", &here]].concat();
    fails(&astray, 1, &["the controller asks the verifier", "correct the record"]);

    // The same values from a file with names, at a moment given, with the schema alone.
    fs::write(&values, format!("holders_growth {}", KPIS.replace(',', "\n"))).unwrap();
    let schema = "deployments/policies/pi-v1/schema.bin";
    let at = (now - 60).to_string();
    let made = world.json(&["report", "new", "--kpis-file", &values, "--policy", schema, "--at", &at, "--out", &path]);
    assert_eq!(read(&path), made);
    assert_eq!((&made["report"], &made["observedAt"]), (&1.into(), &(now - 60).into()));
    assert_eq!((&made["document"], &made["signatures"]), (&"report".into(), &serde_json::json!([])));
    assert_eq!(made["kpis"][11], serde_json::json!({ "name": "oracle_disagreement", "value": 0 }));
    assert_eq!(made["kpis"][12], serde_json::json!({ "value": 8_192 }));
    let (controller, verifier) = (world.at("controller"), world.at("verifier"));
    let call = IVerifier::reportDigestCall { controller, report: made["wire"].as_str().unwrap().parse().unwrap() };
    let digest = world.client.read(verifier, &call).await.unwrap();
    assert_eq!(made["digest"], digest.to_string(), "the contract's own digest of the wire bytes");
    world.fails(&["report", "new", "--kpis", KPIS, "--policy", POLICY, "--out", &path], &["exists", "name another"]);
    assert_eq!(read(&path), made);
}

/// The document of a report for some deployment, as `report new` writes it.
fn offline(folder: &Path) -> (String, Value) {
    let kpis = KPIS.split(',').map(|kpi| kpi.parse().unwrap()).collect();
    let report = OwnedReport { report_id: 7, observed_at: 1_000, expires_at: 22_600, kpis, ..OwnedReport::default() };
    let domain = Domain { chain_id: 42_161, controller: Address::repeat_byte(7) };
    let path = folder.join("report.json");
    let document = Document::report(&report, domain, Address::repeat_byte(8)).unwrap();
    document.save(&path).unwrap();
    (path.to_str().unwrap().to_owned(), document.json())
}

#[test]
fn cli_31_a_document_that_its_bytes_do_not_bear_out_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, good) = offline(folder.path());
    let record = folder.path().join("addresses.json");
    fs::write(
        &record,
        r#"{"network":"n","chainId":42161,"deployer":"0x0000000000000000000000000000000000000001",
        "contracts":{"controller":"0x0707070707070707070707070707070707070707",
        "verifier":"0x0808080808080808080808080808080808080808"},"steps":{}}"#,
    )
    .unwrap();
    let signed = json(&["sign", &path, "--key", "dev:20", "--record", record.to_str().unwrap()]);
    assert_eq!(signed["signatures"].as_array().unwrap().len(), 1);
    let wire = |from: &str, to: &str| -> Value { good["wire"].as_str().unwrap().replace(from, to).into() };
    let nowhere = "http://127.0.0.1:9";
    for (field, value, words) in [
        ("expiresAt", 22_601.into(), &["`expiresAt` is 22601 in the document, and 22600 by its bytes"][..]),
        ("report", 8.into(), &["`report`", "ask for the original"]),
        ("chainId", 1.into(), &["`digest`"]),
        ("controller", Address::repeat_byte(9).to_string().into(), &["`digest`"]),
        ("digest", B256::repeat_byte(1).to_string().into(), &["`digest`"]),
        // 22600 and 22601 seconds in the wire bytes.
        ("wire", wire("0000000000005848", "0000000000005849"), &["`digest`"]),
        ("wire", wire("0x01", "0x02"), &["wire bytes do not decode", "Version"]),
        ("wire", format!("{}00", good["wire"].as_str().unwrap()).into(), &["wire bytes do not decode", "Length"]),
        ("note", "sign me".into(), &["unknown field `note`"]),
        ("document", "letter".into(), &["no document of a report or an update", "letter"]),
    ] {
        let mut other = signed.clone();
        other[field] = value;
        refused(&path, &other, words);
        fails(
            &["send", &path, "--record", record.to_str().unwrap(), "--rpc", nowhere, "--account-key", "dev:8"],
            1,
            words,
        );
    }
    for (at, value, words) in [
        ("/kpis/5/value", 1.into(), &["`kpis.5.value` is 1 in the document, and 34167"][..]),
        ("/kpis/5/name", "drawdown".into(), &["`kpis.5.name`", "staking_ratio"]),
        ("/signatures/0/signer", account(21).into(), &[&account(21), "not theirs", &account(20)]),
        ("/signatures/0/signature", "0x00".into(), &["signature", "1 bytes"]),
    ] {
        let mut other = signed.clone();
        *other.pointer_mut(at).unwrap() = value;
        refused(&path, &other, words);
    }
    let mut twice = signed.clone();
    twice["signatures"] = serde_json::json!([signed["signatures"][0], signed["signatures"][0]]);
    refused(&path, &twice, &["not ascending"]);
    fails(&["sign", "no/file.json", "--key", "dev:20"], 1, &["no/file.json", "cannot read"]);
}

/// CLI-36
#[test]
fn cli_36_a_document_is_read_before_it_is_signed_and_shows_one_thing_only() {
    let folder = tempfile::tempdir().unwrap();
    let (path, good) = offline(folder.path());
    let before = fs::read_to_string(&path).unwrap();
    let shown = run(&["sign", &path]);
    assert!(shown.status.success(), "{}", stderr(&shown));
    for word in ["staking_ratio: 34167 (0.521)", "expires at     22600", good["digest"].as_str().unwrap(), "not signed"]
    {
        assert!(stdout(&shown).contains(word), "{word}: {}", stdout(&shown));
    }
    assert_eq!(json(&["sign", &path]), good);
    assert_eq!(fs::read_to_string(&path).unwrap(), before, "nothing was written");

    // Of two fields of one name people may read the first, programs the last.
    for (from, to) in
        [("\"expiresAt\":", "\"expiresAt\": 5, \"expiresAt\":"), ("\"value\":", "\"value\": 1, \"value\":")]
    {
        fs::write(&path, before.replacen(from, to, 1)).unwrap();
        fails(&["sign", &path, "--key", "dev:20"], 1, &["stands twice"]);
    }
    // What stands in a document does not reach the terminal as it is.
    fs::write(&path, before.replacen("\"report\":", "\"\\u001b[2K\\u202edone\": 1, \"report\":", 1)).unwrap();
    let refused = run(&["sign", &path, "--key", "dev:20"]);
    assert!(stderr(&refused).contains("\\u{1b}[2K\\u{202e}done"), "{}", stderr(&refused));
    assert!(!stderr(&refused).contains('\u{1b}'));

    // A signature that would hold for ever, and one that would end all numbers below.
    let report =
        |report_id, expires_at| OwnedReport { report_id, observed_at: 1_000, expires_at, ..OwnedReport::default() };
    let domain = Domain { chain_id: 1, controller: Address::repeat_byte(7) };
    for (report, word) in [
        (report(1, 1_000 + 21_601), "in force for 21601 s"),
        (report(1, u64::MAX), "in force for"),
        (report(1 << 32, 1_000 + 21_600), "4294967296 would end all numbers"),
    ] {
        let document = Document::report(&report, domain, Address::repeat_byte(8)).unwrap();
        document.save(Path::new(&path)).unwrap();
        fails(&["sign", &path, "--key", "dev:20"], 1, &[word, "do not sign it"]);
    }
    let last = Document::report(&report((1 << 32) - 1, 1_000 + 21_600), domain, Address::repeat_byte(8)).unwrap();
    last.save(Path::new(&path)).unwrap();
    assert_eq!(json(&["sign", &path, "--key", "dev:20"])["signatures"].as_array().unwrap().len(), 1);
}

/// `sign` refuses the text and leaves it as it is.
#[track_caller]
fn refused(path: &str, document: &Value, words: &[&str]) {
    fs::write(path, document.to_string()).unwrap();
    fails(&["sign", path, "--key", "dev:21"], 1, words);
    assert_eq!(fs::read_to_string(path).unwrap(), document.to_string());
}

#[test]
fn cli_32_signing_is_idempotent_ordered_and_bound_to_the_deployment() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = offline(folder.path());
    let record = |chain: u64, controller: u8, verifier: u8| {
        let path = folder.path().join("addresses.json");
        let record = serde_json::json!({
            "network": "n", "chainId": chain, "deployer": Address::ZERO, "steps": {},
            "contracts": { "controller": Address::repeat_byte(controller), "verifier": Address::repeat_byte(verifier) },
        });
        fs::write(&path, record.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let before = fs::read_to_string(&path).unwrap();
    for (chain, controller, verifier, words) in [
        (1, 7, 8, ["chain 42161", "chain 1"]),
        (42_161, 9, 8, ["the controller 0x0707", "0x0909"]),
        (42_161, 7, 9, ["the verifier 0x0808", "0x0909"]),
    ] {
        let record = record(chain, controller, verifier);
        fails(&["sign", &path, "--key", "dev:20", "--record", &record], 1, &words);
    }
    fails(&["sign", &path, "--key", "env:ESCAPEMENT_NO_SUCH_KEY"], 1, &["ESCAPEMENT_NO_SUCH_KEY is not set"]);
    // One key of two is not at hand: nothing is written.
    fails(&["sign", &path, "--key", "dev:20", "--key", "0xabc"], 1, &["names no key"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), before);

    let record = record(42_161, 7, 8);
    for key in ["dev:22", "dev:20", "dev:21", "dev:20"] {
        let output = run(&["sign", &path, "--key", key, "--record", &record]);
        assert!(output.status.success(), "{}", stderr(&output));
        let said = stdout(&output);
        for word in ["report", "42161", "0x0707", "staking_ratio: 34167 (0.521)", "expires at     22600", "digest"] {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    let once = fs::read_to_string(&path).unwrap();
    assert!(stdout(&run(&["sign", &path, "--key", "dev:20"])).contains(", as before"));
    assert_eq!(fs::read_to_string(&path).unwrap(), once);
    let document = Document::load(Path::new(&path)).unwrap();
    let signers: Vec<_> = document.signatures().signers().collect();
    let mut expected: Vec<_> = (20..23).map(|n| dev_key(n).unwrap().address()).collect();
    expected.sort();
    assert_eq!(signers, expected);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no draft is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_33_send_names_what_is_missing_and_sends_nothing() {
    let world = World::new().await;
    let path = world.report("report.json");
    let (two, other) = (world.signed(&path, "two.json", &["dev:20", "dev:24"]), world.path("other.json"));
    let stranger = world.signed(&path, "stranger.json", &["dev:3", "dev:21", "dev:22"]);
    let later = (world.client.head().await.unwrap().1 + 1).to_string();
    world.json(&["report", "new", "--kpis", KPIS, "--policy", POLICY, "--at", &later, "--out", &other]);
    let sender = ["--account-key", "dev:8"];
    let send = |files: &[&str]| [&["send"], files, &sender].concat().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let refused = |files: &[&str], words: &[&str]| {
        world.fails(&send(files).iter().map(String::as_str).collect::<Vec<_>>(), words);
    };
    refused(&[&path], &["0 of 3 signatures, missing 3 of", &account(20), &account(24), "escapement sign"]);
    refused(&[&two, &path], &["2 of 3 signatures, missing one of", &account(21), &account(22), &account(23)]);
    let output =
        run(&world.args(&["send", &two, "--account-key", "dev:8"]).iter().map(String::as_str).collect::<Vec<_>>());
    assert!(!stderr(&output).contains(&account(20)), "who signed is not missing: {}", stderr(&output));
    refused(&[&stranger], &[&account(3), "is no signer", &account(20)]);
    refused(&[&two, &other], &["different documents: report 1", "send them one by one"]);
    refused(&["no/file.json"], &["no/file.json"]);
    // A record of another controller, and a node of another chain.
    let mut record = read(world.path("addresses.json"));
    record["contracts"]["controller"] = record["contracts"]["token"].clone();
    let astray = world.path("astray.json");
    fs::write(&astray, record.to_string()).unwrap();
    let url = world.devnet.url();
    let three = world.signed(&two, "three.json", &["dev:22"]);
    fails(&["send", &three, "--record", &astray, "--rpc", &url, "--account-key", "dev:8"], 1, &["the controller 0x"]);
    let elsewhere = Devnet::start(&["--chain-id", "99"]);
    let (record, far) = (world.path("addresses.json"), elsewhere.url());
    fails(&["send", &three, "--record", &record, "--rpc", &far, "--account-key", "dev:8"], 1, &["chain 99"]);
    // The signer set changes before it is sent.
    let call = IVerifier::revokeSignerCall { signer: dev_key(23).unwrap().address() };
    world.client.send(&dev_key(1).unwrap(), Tx::call(world.at("verifier"), &call)).await.unwrap();
    refused(&[&three], &["for signer set 1", "set 2 now", "anew"]);
    assert_eq!(world.sent().await, 0, "nothing was sent");
    let anew = world.report("anew.json");
    let anew = world.signed(&anew, "signed.json", &["dev:20", "dev:21", "dev:22"]);
    assert_eq!(world.json(&["send", &anew, "--account-key", "dev:8"])["report"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_34_a_report_goes_over_three_machines_and_reads_back() {
    let world = World::new().await;
    let path = world.report("report.json");
    world.fails(&["report", "show", "1"], &["no report 1 is stored"]);
    // Each attester has a copy; a fourth signs too, and one has signed what another sent on.
    let first = world.signed(&path, "first.json", &["dev:23"]);
    let second = world.signed(&first, "second.json", &["dev:20"]);
    let third = world.signed(&path, "third.json", &["dev:21", "dev:24"]);
    let done = world.json(&["send", &first, &third, &second, "--account-key", "dev:8"]);
    assert_eq!((&done["report"], &done["digest"]), (&1.into(), &read(&path)["digest"]));
    assert!(done["gasUsed"].as_u64().unwrap() > 50_000, "{done}");
    let hash = done["transaction"].as_str().unwrap();
    let (controller, report_id) = (world.at("controller"), 1);
    let stored = world.client.read(world.at("verifier"), &IVerifier::reportOfCall { controller, report_id }).await;
    assert_eq!(done["digest"], stored.unwrap().to_string());
    assert_eq!(hash.len(), 66);

    let made = read(&path);
    let shown = world.json(&["report", "show", "1"]);
    for field in [
        "report",
        "chainId",
        "controller",
        "verifier",
        "kpiSchema",
        "signerEpoch",
        "observedAt",
        "expiresAt",
        "kpis",
        "digest",
    ] {
        assert_eq!(shown[field], made[field], "{field}");
    }
    assert_eq!((&shown["standing"], &shown["usedBy"]), (&"open".into(), &Value::Null));
    world.fails(&["send", &third, &second, "--account-key", "dev:8"], &["VerifierReportExists", "reportId 1"]);
    // The next one has the next number, and is sent by somebody who reads text.
    let next = world.report("next.json");
    let next = world.signed(&next, "signed.json", &["dev:20", "dev:21", "dev:22"]);
    let args = world.args(&["send", &next, "--account-key", "dev:8"]);
    let output = run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", stderr(&output));
    for word in ["report 2", "transaction    0x", "gas used", "stored"] {
        assert!(stdout(&output).contains(word), "{word}: {}", stdout(&output));
    }
    let text = world.args(&["report", "show", "2"]);
    let text = stdout(&run(&text.iter().map(String::as_str).collect::<Vec<_>>()));
    assert!(text.contains("standing       open") && text.contains("drawdown: 15638 (0.238)"), "{text}");
    // Six hours on it is no longer in force; a revoked signer voids what is.
    let now = world.client.head().await.unwrap().1;
    world.client.warp(now + 6 * 3_600).await.unwrap();
    assert_eq!(world.json(&["report", "show", "2"])["standing"], "expired");
    let last = world.report("last.json");
    let last = world.signed(&last, "signed-last.json", &["dev:20", "dev:21", "dev:22"]);
    world.json(&["send", &last, "--account-key", "dev:8"]);
    let call = IVerifier::revokeSignerCall { signer: dev_key(23).unwrap().address() };
    world.client.send(&dev_key(1).unwrap(), Tx::call(world.at("verifier"), &call)).await.unwrap();
    assert_eq!(world.json(&["report", "show", "3"])["standing"], "other-signers");
}
