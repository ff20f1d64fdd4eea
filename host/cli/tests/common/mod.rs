//! The program as its users run it.
#![allow(dead_code)] // each test binary uses its part

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
};

use serde_json::Value;

/// Root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The program, in the repository, without the caller's settings.
pub fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_escapement"));
    command.args(args).current_dir(repository());
    for name in ["ESCAPEMENT_RPC", "ESCAPEMENT_LOG", "ESCAPEMENT_DEPLOYER_KEY", "NO_COLOR"] {
        command.env_remove(name);
    }
    command
}

/// Runs the program to its end.
pub fn run(args: &[&str]) -> Output {
    program(args).output().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs the program; it must fail with `code`, print nothing on standard output and each of `words` on standard error.
#[track_caller]
pub fn fails(args: &[&str], code: i32, words: &[&str]) {
    let output = run(args);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert_eq!(stdout(&output), "", "{args:?}");
    for word in words {
        assert!(said.contains(word), "{args:?}: `{word}` is missing in: {said}");
    }
    assert!(!said.contains("panicked") && !said.contains('\u{1b}'), "{args:?}: {said}");
}

/// Runs the program with `--json`; it must succeed. Returns what it prints.
#[track_caller]
pub fn json(args: &[&str]) -> Value {
    let output = run(&[args, &["--json"]].concat());
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {}", stdout(&output)))
}

/// Deploys the committed plan for development chains at `url`, its record in `folder`; returns what is printed.
#[track_caller]
pub fn deploy(folder: &Path, url: &str) -> Value {
    let plan = fs::read_to_string(repository().join("deployments/devnet/config.json")).unwrap();
    let mut plan: Value = serde_json::from_str(&plan).unwrap();
    plan["policy"] = repository().join("deployments/policies/pi-v1").to_str().unwrap().into();
    let path = folder.join("config.json");
    fs::write(&path, plan.to_string()).unwrap();
    let keys = ["--key", "dev:0", "--governance-key", "dev:1"];
    json(&[&["deploy", "--plan", path.to_str().unwrap(), "--rpc", url][..], &keys].concat())
}

/// KPI values of a week of the demonstration: observations, then a score for the reserve and each pool.
pub const KPIS: &str = "0,40912,73011,59918,2210,34167,131926,60792,21,34167,15638,0,8192,39001,11986,14547";

/// A development chain; it ends with the value.
pub struct Devnet {
    child: Child,
    /// Its one line of JSON.
    pub greeting: Value,
    rest: BufReader<std::process::ChildStdout>,
}

impl Devnet {
    /// Starts one on a free port.
    pub fn start(args: &[&str]) -> Self {
        let args = [&["devnet", "--json", "--port", "0"], args].concat();
        let mut child = program(&args).stdout(Stdio::piped()).spawn().unwrap();
        let mut rest = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        rest.read_line(&mut line).unwrap();
        let greeting = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        Self { child, greeting, rest }
    }

    pub fn url(&self) -> String {
        self.greeting["url"].as_str().unwrap().to_owned()
    }

    /// Presses Ctrl-C; returns the exit code and what else was printed.
    pub fn interrupt(mut self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut rest = String::new();
        self.rest.read_to_string(&mut rest).unwrap();
        (code, rest)
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A node that is no Arbitrum chain: it knows its chain id, and every call answers with nothing.
pub fn plain_node() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                    break;
                }
                if let Some(n) = line.to_lowercase().strip_prefix("content-length:") {
                    length = n.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            if reader.read_exact(&mut body).is_err() {
                continue;
            }
            let Ok(request) = serde_json::from_slice::<Value>(&body) else { continue };
            let result = match request["method"].as_str().unwrap() {
                "eth_chainId" => "0x64aba".into(), // the plan's
                "eth_gasPrice" | "eth_estimateGas" | "eth_getBalance" => "0x5208".into(),
                "eth_getBlockByNumber" => Value::Null,
                _ => Value::from("0x"),
            };
            let answer = serde_json::json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                answer.len()
            );
            let _ = stream.write_all((head + &answer).as_bytes());
        }
    });
    url
}
