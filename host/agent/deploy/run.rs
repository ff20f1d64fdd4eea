//! The steps of a deployment.

use std::io;

use alloy::{
    primitives::{Address, U256},
    signers::local::PrivateKeySigner,
};
use alloy_sol_types::{SolCall, SolValue};

use super::{ARB_WASM, Plan, PlanError, Record, RolesReport, roles, steps::Run};
use crate::{
    artifacts::{self, ArtifactError, Program},
    bindings::{controller::IController, minter::IMinter, token::IToken, verifier::IVerifier},
    client::{Client, ClientError, Tx},
    policy::{PolicyFileError, PolicyFiles},
};

/// Why a deployment stopped.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The plan cannot be carried out.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A build artifact is missing or wrong.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The policy cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyFileError),
    /// The node or a contract refused.
    #[error("{step}: {source}")]
    Step {
        /// Which step.
        step: String,
        /// Why.
        source: ClientError,
    },
    /// The node or a contract refused a read.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The node is no Arbitrum chain with Stylus.
    #[error(
        "chain {chain} has no Stylus: {ARB_WASM} (ArbWasm) does not answer; use an Arbitrum chain, or escapement devnet"
    )]
    NoStylus {
        /// Chain id of the node.
        chain: u64,
    },
    /// A program cannot be activated on this chain.
    #[error("{name} cannot be activated: {reason}")]
    NotActivatable {
        /// Name of the program.
        name: String,
        /// The node's reason.
        reason: String,
    },
    /// The record cannot be written.
    #[error("cannot write the record: {0}")]
    Record(#[from] io::Error),
    /// The record belongs to another chain or plan.
    #[error("the record of this network is for {what} {recorded}, now it is {now}; move it away to deploy afresh")]
    OtherRecord {
        /// What differs.
        what: &'static str,
        /// In the record.
        recorded: String,
        /// Now.
        now: String,
    },
    /// A transaction did not leave what it should.
    #[error("{step}: the transaction left no {what}")]
    Missing {
        /// Which step.
        step: String,
        /// What is missing.
        what: &'static str,
    },
    /// Roles are not as planned.
    #[error("roles are not as planned: {0}")]
    Roles(String),
}

/// A finished deployment.
#[derive(Clone, Debug)]
pub struct Deployed {
    /// The record, as written.
    pub record: Record,
    /// The roles, as read back.
    pub roles: RolesReport,
    /// Start of epoch 0, seconds.
    pub genesis: u64,
}

impl Deployed {
    /// Address of a contract of the deployment.
    ///
    /// # Errors
    /// [`DeployError::Missing`] if the record lacks it.
    pub fn address(&self, contract: &str) -> Result<Address, DeployError> {
        self.record
            .contracts
            .get(contract)
            .copied()
            .ok_or(DeployError::Missing { step: contract.to_owned(), what: "address" })
    }
}

/// Carries the plan out, or the rest of it.
///
/// `told` is called before each step with its name, for progress.
///
/// # Errors
/// A [`DeployError`]; steps already carried out are in the record and are not repeated.
pub async fn deploy(
    client: &Client,
    key: &PrivateKeySigner,
    plan: &Plan,
    programs: &std::path::Path,
    record: Record,
    mut told: impl FnMut(&str),
) -> Result<Deployed, DeployError> {
    plan.check()?;
    plan.check_chain(client.chain_id())?;
    let policy = PolicyFiles::load(&plan.policy)?;
    let load = |name: &str| Program::load(programs, name);
    // Load everything first: a missing artifact must not be found out half-way.
    let (token, verifier, lens) = (load("token")?, load("verifier")?, load("lens")?);
    let (controller, minter) = (load("controller")?, load("minter")?);
    let mut run = Run::start(client, key, plan, record, &mut told).await?;

    let token_args = (
        plan.token.name.clone(),
        plan.token.symbol.clone(),
        plan.token.cap,
        plan.token.initial_supply,
        plan.token.holder,
        key.address(),
    );
    let token = run.construct("token", &token, &token_args.abi_encode_params()).await?;
    let verifier_args = (key.address(), plan.guardian, plan.signers(), U256::from(plan.attesters.threshold));
    let verifier = run.construct("verifier", &verifier, &verifier_args.abi_encode_params()).await?;
    run.install("lens", &lens).await?;

    let implementation = run.install("controllerImplementation", &controller).await?;
    let values = plan.values()?;
    let init = IController::initializeCall {
        governance: plan.governance,
        council: plan.council,
        guardian: plan.guardian,
        verifier,
        values: values.to_vec(),
        pools: plan.controller.pools,
        categories: plan.controller.categories,
        autonomy: plan.controller.autonomy,
    };
    let controller = run.proxy("controller", implementation, &init.abi_encode()).await?;

    let implementation = run.install("minterImplementation", &minter).await?;
    let genesis = match plan.minter.genesis {
        Some(genesis) => genesis,
        None => client.head().await?.1,
    };
    let init = IMinter::initializeCall {
        governance: plan.governance,
        controller,
        token,
        genesis,
        epochLength: plan.minter.epoch_length,
    };
    let minter = run.proxy("minter", implementation, &init.abi_encode()).await?;

    let data = run.create("policy", "policy", artifacts::init_code(&policy.code())).await?;
    if !policy.is_registered(client, verifier, data).await? {
        let call = IVerifier::registerModelCall {
            model_id: policy.model_id(),
            data,
            kpi_schema: policy.kpi_schema(),
            kind: crate::policy::KIND_SIGNED,
        };
        run.call("registerModel", verifier, &call).await?;
    }
    if let Some(feed) = &plan.uptime_feed {
        let call = IVerifier::setUptimeFeedCall { feed: feed.address, grace: feed.grace };
        run.call("setUptimeFeed", verifier, &call).await?;
    }
    if client.read(token, &IToken::minterCall {}).await? != minter {
        run.call("setMinter", token, &IToken::setMinterCall { minter }).await?;
    }
    let owner = client.read(verifier, &IVerifier::ownerCall {}).await?;
    let offered = client.read(verifier, &IVerifier::pendingOwnerCall {}).await?;
    if owner == key.address() && plan.governance != owner && plan.governance != offered {
        let call = IVerifier::transferOwnershipCall { new_owner: plan.governance };
        run.call("transferVerifier", verifier, &call).await?;
    }
    let record = run.record;
    let report = roles::read_roles(client, plan, &record, key.address()).await?;
    record.write("roles.json", &report)?;
    record.write("policy.json", &policy.summary(data))?;
    report.verdict().map_err(DeployError::Roles)?;
    Ok(Deployed { record, roles: report, genesis })
}

/// Governance's part: accepts the verifier and reads the roles again. For plans whose governance is a plain key, as on
/// development chains; a timelock or multisig makes the same call itself.
///
/// # Errors
/// A [`DeployError`]; [`DeployError::Roles`] also if anything is still pending afterwards.
pub async fn accept(
    client: &Client,
    governance: &PrivateKeySigner,
    plan: &Plan,
    deployed: &mut Deployed,
) -> Result<(), DeployError> {
    let verifier = deployed.address("verifier")?;
    if client.read(verifier, &IVerifier::pendingOwnerCall {}).await? == governance.address() {
        let tx = Tx::call(verifier, &IVerifier::acceptOwnershipCall {});
        client
            .send(governance, tx)
            .await
            .map_err(|source| DeployError::Step { step: "acceptOwnership".to_owned(), source })?;
    }
    deployed.roles = roles::read_roles(client, plan, &deployed.record, deployed.record.deployer).await?;
    deployed.record.write("roles.json", &deployed.roles)?;
    deployed.roles.verdict().map_err(DeployError::Roles)?;
    match deployed.roles.pending.first() {
        Some(pending) => Err(DeployError::Roles(pending.clone())),
        None => Ok(()),
    }
}
