//! Help, wrong usage and failures: what a newcomer meets first. None of it needs compiled contracts.

mod common;

use std::{fs, process::Stdio};

use common::{Devnet, fails, plain_node, program, repository, run, stderr, stdout};

const COMMANDS: [&str; 12] = [
    "demo",
    "devnet",
    "deploy",
    "status",
    "policy",
    "report",
    "sign",
    "send",
    "prove",
    "setup",
    "ceremony",
    "completions",
];
const PLAN: &str = "deployments/devnet/config.json";
/// Nothing listens on the discard port of this machine.
const NOWHERE: &str = "http://127.0.0.1:9";

#[test]
fn cli_01_help_names_every_command_and_option_and_is_plain_text() {
    let top = run(&["--help"]);
    assert!(top.status.success());
    for command in COMMANDS {
        assert!(stdout(&top).contains(&format!("\n  {command}")), "{command}");
    }
    for command in COMMANDS.into_iter().chain(["report new", "report show"]) {
        let help = run(&command.split(' ').chain(["--help"]).collect::<Vec<_>>());
        assert!(help.status.success() && help.stderr.is_empty(), "{command}");
        let text = stdout(&help);
        assert!(text.contains("Usage: escapement") && !text.contains('\u{1b}'), "{command}: {text}");
        // Every option and argument has its sentence.
        let entries = text.lines().filter(|l| l.trim_start().starts_with("--") || l.trim_start().starts_with('<'));
        for line in entries {
            let after = text.split(line).nth(1).unwrap_or_default().lines().nth(1).unwrap_or_default();
            assert!(line.trim().contains("  ") || after.starts_with("          "), "{command}: {line}");
        }
    }
    for word in ["Exit codes", "NO_COLOR", "ESCAPEMENT_LOG", "ESCAPEMENT_RPC"] {
        assert!(stdout(&top).contains(word), "{word}");
    }
}

#[test]
fn cli_02_wrong_usage_is_exit_code_two() {
    for args in [
        &["frobnicate"] as &[&str],
        &[],
        &["demo", "--epochs", "25"],
        &["demo", "--epochs", "521"],
        &["demo", "--seed", "x"],
        &["demo", "--from", "2008-08-01"],
        &["devnet", "--port", "70000"],
        &["devnet", "--profile", "mainnet"],
        &["devnet", "--block-time", "0"],
        &["devnet", "--accounts", "1001"],
        &["deploy", "--rpc", NOWHERE],
        &["deploy", "--plan", PLAN],
        &["status", "--rpc", NOWHERE],
        &["status", "--controller", "0x12", "--rpc", NOWHERE],
        &["policy"],
        &["policy", "check", "x"],
        &["policy", "proven", "--model", "x", "--schema", "x", "--key", "x", "--cosign-above", "65537", "--out", "x"],
        &["prove", "--report", "1", "--model", "x", "--policy", "x", "--key", "x", "--rpc", NOWHERE],
        &["report"],
        &["report", "new", "--policy", "x", "--record", "x", "--rpc", NOWHERE, "--json"],
        &["report", "new", "--kpis", "1", "--policy", "x", "--record", "x", "--rpc", NOWHERE],
        &["report", "new", "--kpis", "1.5", "--policy", "x", "--record", "x", "--rpc", NOWHERE, "--json"],
        &["report", "show", "one", "--record", "x", "--rpc", NOWHERE],
        &["sign", "--key", "dev:0"],
        &["send", "--record", "x", "--rpc", NOWHERE],
        &["send", "x", "--rpc", NOWHERE],
        &["setup", "dev", "--arch", "A3", "--out", "x"],
        &["ceremony", "new", "--arch", "A1", "--out", "x"],
        &["ceremony", "finalize", "x", "--ptau", "y", "--iterations-log2", "20", "--beacon", "0x12"],
        &["completions", "basic"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty() && stderr(&output).contains("--help") || args.is_empty(), "{args:?}");
    }
}

#[test]
fn cli_03_failures_are_exit_code_one_and_name_the_next_action() {
    let missing = ["--contracts", "no/such/folder"];
    let deploy = |rpc, key| ["deploy", "--plan", PLAN, "--rpc", rpc, "--key", key];
    let controller = ["--controller", "0x0000000000000000000000000000000000000001"];
    fails(&deploy(NOWHERE, "dev:0"), 1, &["no node answers", "escapement devnet", "--rpc"]);
    fails(&deploy("nonsense", "dev:0"), 1, &["nonsense", "--rpc"]);
    fails(&[&["status", "--rpc", NOWHERE], &controller[..]].concat(), 1, &["no node answers", "escapement devnet"]);
    fails(&["demo", "--rpc", NOWHERE], 1, &["no node answers", "--rpc"]);
    fails(&deploy(NOWHERE, "0xabc"), 1, &["names no key", "env:NAME"]);
    fails(&deploy(NOWHERE, "env:ESCAPEMENT_NO_SUCH_KEY"), 1, &["ESCAPEMENT_NO_SUCH_KEY is not set"]);
    fails(&deploy(NOWHERE, "file:no/such/key"), 1, &["no/such/key"]);
    fails(&["deploy", "--plan", "no/plan.json", "--rpc", NOWHERE, "--key", "dev:0"], 1, &["no/plan.json"]);
    fails(&["status", "--record", "no/addresses.json", "--rpc", NOWHERE], 1, &["no/addresses.json", "deploy"]);
    fails(&["status", "--record", PLAN, "--rpc", NOWHERE], 1, &["no record of a deployment"]);
    fails(&["policy", "show", "no/policy"], 1, &["no/policy"]);
    let show = ["report", "show", "1", "--record", "no/addresses.json", "--rpc", NOWHERE];
    fails(&show, 1, &["no/addresses.json", "deploy"]);
    fails(&["sign", "no/report.json", "--key", "dev:0"], 1, &["no/report.json"]);
    fails(&["sign", PLAN, "--key", "dev:0"], 1, &["no document of a report or an update", "report new"]);
    fails(&["demo", "--series", "no/series.csv"], 1, &["no/series.csv"]);

    let devnet = Devnet::start(&[]);
    let url = devnet.url();
    fails(&[&deploy(&url, "dev:0")[..], &missing].concat(), 1, &["no/such/folder", "scripts/build.sh"]);
    fails(&[&["demo", "--rpc", &url], &missing[..]].concat(), 1, &["no/such/folder", "scripts/build.sh"]);
    fails(&[&["status", "--rpc", &url], &controller[..]].concat(), 1, &["no initialised controller", "412346"]);
    let port = url.rsplit(':').next().unwrap();
    fails(&["devnet", "--port", port], 1, &["cannot listen", "--port 0"]);

    let other = Devnet::start(&["--chain-id", "99"]);
    let url = other.url();
    fails(&deploy(&url, "dev:0"), 1, &["chain 412346", "chain 99"]);
    fails(&[&deploy(&url, "dev:0")[..], &["--dry-run"]].concat(), 1, &["chain 412346", "chain 99"]);
}

#[test]
fn cli_04_a_chain_without_stylus_is_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["token", "verifier", "lens", "controller", "minter"] {
        fs::write(folder.path().join(format!("{name}.code")), "0xeff00000aa").unwrap();
    }
    let (url, contracts) = (plain_node(), folder.path().to_str().unwrap().to_owned());
    let args = ["deploy", "--plan", PLAN, "--rpc", &url, "--key", "dev:0", "--contracts", &contracts, "--dry-run"];
    fails(&args, 1, &["has no Stylus", "escapement devnet"]);
}

#[test]
fn cli_05_a_series_is_refused_with_the_line_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.csv");
    let path = path.to_str().unwrap();
    let mut rows: Vec<String> =
        (0..400).map(|d| format!("20{:02}-{:02}-{:02},15.5", d / 336, d / 28 % 12 + 1, d % 28 + 1)).collect();
    let with = |rows: &[String]| fs::write(path, format!("date,close\n{}\n", rows.join("\n"))).unwrap();
    with(&rows[..181]);
    fails(&["demo", "--series", path], 1, &["181 rows", "182"]);
    with(&rows);
    fails(&["demo", "--series", path, "--from", "soon"], 1, &["--from", "`soon`", "YYYY-MM-DD"]);
    fails(&["demo", "--series", path, "--from", "2000-09-01"], 1, &["rows", "182"]);
    for (row, text, words) in [
        (4, "2000-01-05,x", ["line 6", "`x`"]),
        (4, "2000-13-05,1", ["line 6", "`2000-13-05`"]),
        (4, "2000-01-04,1", ["line 6", "not after 2000-01-04"]),
        (4, "2000-01-05", ["line: 6", "1 field"]),
        (399, "2001-03-08,", ["line 401", "``"]),
    ] {
        let good = std::mem::replace(&mut rows[row], text.to_owned());
        with(&rows);
        fails(&["demo", "--series", path], 1, &words);
        rows[row] = good;
    }
    fs::write(path, "day,close\n2000-01-01,1\n").unwrap();
    fails(&["demo", "--series", path], 1, &["no date column", "observation_date", "day, close"]);
}

#[test]
fn cli_06_an_output_folder_that_cannot_be_written_is_found_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    fails(&["demo", "--out", file.join("below").to_str().unwrap()], 1, &["cannot write to", "--out"]);
    // The report's place is taken by a folder: the same for everybody, root included.
    fs::create_dir(folder.path().join("report.json")).unwrap();
    fails(&["demo", "--out", folder.path().to_str().unwrap()], 1, &["cannot write to", "--out"]);
}

#[test]
fn cli_07_outside_the_repository_the_program_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(&["demo"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("not inside the repository"), "{}", stderr(&output));
}

#[test]
fn cli_08_devnet_ends_with_success_when_interrupted_and_prints_one_json_line() {
    let devnet = Devnet::start(&["--accounts", "3", "--chain-id", "77"]);
    assert_eq!(devnet.greeting["chainId"], 77);
    assert_eq!(devnet.greeting["accounts"].as_array().unwrap().len(), 3);
    assert_eq!(devnet.interrupt(), (Some(0), String::new()));
}

#[test]
fn cli_09_a_reader_that_leaves_ends_the_program_quietly() {
    let mut child = program(&["completions", "bash"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn cli_10_completions_name_the_commands_in_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&run(&["completions", shell]));
        for word in ["devnet", "dry-run", "series"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn cli_11_policy_writes_what_is_committed_and_shows_what_it_computes() {
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("new");
    assert!(run(&["policy", "write", written.to_str().unwrap()]).status.success());
    let committed = repository().join("deployments/policies/pi-v1");
    for name in ["model.bin", "schema.bin", "policy.json"] {
        assert_eq!(fs::read(written.join(name)).unwrap(), fs::read(committed.join(name)).unwrap(), "{name}");
    }
    let show = ["policy", "show", "deployments/policies/pi-v1"];
    let kpis = "0,29491,65536,65536,2621,19660,131072,65536,0,6553,0,0";
    let output = run(&[&show[..], &["--kpis", kpis]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("emission") && stdout(&output).contains("gate"), "{}", stdout(&output));
    fails(&[&show[..], &["--kpis", "1,2"]].concat(), 1, &["12"]);
}
