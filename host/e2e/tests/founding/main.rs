//! GOV-30 and on: from an empty chain to contracts that a Governor governs, by `deploy` and the committed plan as it is.
#![allow(missing_docs)]

mod forged;
mod found_out;
mod from_nothing;
mod other_plans;

use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
};

use alloy::{primitives::Address, rpc::types::TransactionReceipt, signers::local::PrivateKeySigner};
use escapement_agent::{
    client::{Client, Tx},
    deploy::{DeployError, Deployed, Plan, Record, deploy},
    keys::dev_key,
};
use escapement_chain::{Chain, Config, Server, serve};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const DAY: u64 = 86_400;

/// The committed plan.
fn plan() -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deployments/devnet-governed/config.json");
    Plan::load(&path).unwrap()
}

/// A chain behind its RPC, and the folder of the deployment's outputs.
struct Stage {
    runtime: Runtime,
    chain: Chain,
    server: Server,
    folder: TempDir,
    deployer: PrivateKeySigner,
}

impl Stage {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let chain = Chain::new(Config { chain_id: 412_346, ..Config::default() }).unwrap();
        let server = runtime.block_on(serve(chain.clone(), SocketAddr::from(([127, 0, 0, 1], 0)))).unwrap();
        Self { runtime, chain, server, folder: tempfile::tempdir().unwrap(), deployer: dev_key(0).unwrap() }
    }

    fn client(&self) -> Client {
        self.runtime.block_on(Client::connect(&self.server.url())).unwrap()
    }

    fn record(&self) -> Record {
        Record::open(Some(self.folder.path())).unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Deploys, or goes on, until `steps` transactions were sent and recorded; `None` once it was interrupted.
    fn steps(&self, plan: &Plan, steps: usize) -> Option<Result<Deployed, DeployError>> {
        /// What ends an interrupted run.
        struct Interrupted;
        let (client, mut sent) = (self.client(), 0);
        let programs = escapement_world::contracts_dir();
        let told = |_: &str| {
            if sent == steps {
                resume_unwind(Box::new(Interrupted));
            }
            sent += 1;
        };
        let run = || self.runtime.block_on(deploy(&client, &self.deployer, plan, &programs, self.record(), told));
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(result) => Some(result),
            Err(cause) if cause.is::<Interrupted>() => None,
            Err(cause) => resume_unwind(cause),
        }
    }

    /// Deploys, or goes on to the end.
    fn deploy(&self, plan: &Plan) -> Result<Deployed, DeployError> {
        self.steps(plan, usize::MAX).expect("never interrupted")
    }

    /// Deploys until the step stands in the record.
    fn until(&self, plan: &Plan, step: &str) {
        while !self.record().steps.contains_key(step) {
            let ended = self.steps(plan, 1).is_some();
            assert!(!ended || self.record().steps.contains_key(step), "{step} is no step");
        }
    }

    /// Sends a call; it must succeed.
    #[track_caller]
    fn send<C: alloy::sol_types::SolCall>(&self, key: &PrivateKeySigner, to: Address, call: &C) -> TransactionReceipt {
        let sent = self.runtime.block_on(self.client().send(key, Tx::call(to, call)));
        sent.unwrap_or_else(|error| panic!("{}: {error}", C::SIGNATURE))
    }

    /// Name of the error that refuses a call.
    #[track_caller]
    fn refused<C: alloy::sol_types::SolCall>(&self, key: &PrivateKeySigner, to: Address, call: &C) -> String {
        let sent = self.runtime.block_on(self.client().send(key, Tx::call(to, call)));
        let error = sent.expect_err(C::SIGNATURE);
        Client::refusal_of(&error).unwrap_or_else(|| panic!("{error}")).name.clone()
    }

    #[track_caller]
    fn read<C: alloy::sol_types::SolCall>(&self, to: Address, call: &C) -> C::Return {
        self.runtime.block_on(self.client().read(to, call)).unwrap()
    }

    /// Lets time pass.
    fn pass(&self, seconds: u64) {
        let client = self.client();
        self.runtime.block_on(async {
            let (_, now) = client.head().await.unwrap();
            client.warp(now + seconds).await.unwrap();
        });
    }

    /// Creates a contract with this code.
    fn create(&self, code: alloy::primitives::Bytes) -> Address {
        let sent = self.runtime.block_on(self.client().send(&self.deployer, Tx::create(code)));
        sent.unwrap().contract_address.unwrap()
    }
}

/// The deployment's failure, in words.
#[track_caller]
fn failure(result: Result<Deployed, DeployError>) -> String {
    match result {
        Ok(_) => panic!("the deployment went through"),
        Err(error) => error.to_string(),
    }
}
