//! The steps of a deployment.

use std::io;

use alloy::{
    hex,
    primitives::{Address, B256, Bytes, U256, keccak256},
    rpc::types::TransactionReceipt,
    signers::local::PrivateKeySigner,
};
use alloy_sol_types::{SolCall, SolEvent, SolValue};

use super::{
    ARB_WASM, CONSTRUCTOR, Plan, PlanError, Record, RolesReport, STYLUS_DEPLOYER, Step, cost, roles,
};
use crate::{
    artifacts::{self, ArtifactError, Program},
    bindings::{
        arbos::{ArbWasm, StylusDeployer},
        controller::IController,
        minter::IMinter,
        token::IToken,
        verifier::IVerifier,
    },
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
    #[error(
        "the record of this network is for {what} {recorded}, now it is {now}; move it away to deploy afresh"
    )]
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
            .ok_or(DeployError::Missing {
                step: contract.to_owned(),
                what: "address",
            })
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
    let recipient = plan.minter.recipient.ok_or(PlanError::NoRecipient)?;
    if client.chain_id() != plan.chain_id {
        return Err(PlanError::WrongChain {
            plan: plan.chain_id,
            node: client.chain_id(),
        }
        .into());
    }
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
    let token = run
        .construct("token", &token, &token_args.abi_encode_params())
        .await?;
    let verifier_args = (
        key.address(),
        plan.guardian,
        plan.signers(),
        U256::from(plan.attesters.threshold),
    );
    let verifier = run
        .construct("verifier", &verifier, &verifier_args.abi_encode_params())
        .await?;
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
    let controller = run
        .proxy("controller", implementation, &init.abi_encode())
        .await?;

    let implementation = run.install("minterImplementation", &minter).await?;
    let genesis = match plan.minter.genesis {
        Some(genesis) => genesis,
        None => client.head().await?.1,
    };
    let init = IMinter::initializeCall {
        governance: plan.governance,
        controller,
        token,
        recipient,
        genesis,
        epoch_length: plan.minter.epoch_length.into(),
    };
    let minter = run
        .proxy("minter", implementation, &init.abi_encode())
        .await?;

    let data = run
        .create("policy", "policy", artifacts::init_code(&policy.code()))
        .await?;
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
        let call = IVerifier::setUptimeFeedCall {
            feed: feed.address,
            grace: feed.grace,
        };
        run.call("setUptimeFeed", verifier, &call).await?;
    }
    if client.read(token, &IToken::minterCall {}).await? != minter {
        run.call("setMinter", token, &IToken::setMinterCall { minter })
            .await?;
    }
    let owner = client.read(verifier, &IVerifier::ownerCall {}).await?;
    let offered = client.read(verifier, &IVerifier::pendingOwnerCall {}).await?;
    if owner == key.address() && plan.governance != owner && plan.governance != offered
    {
        let call = IVerifier::transferOwnershipCall {
            new_owner: plan.governance,
        };
        run.call("transferVerifier", verifier, &call).await?;
    }
    let record = run.record;
    let report = roles::read_roles(client, plan, &record, key.address()).await?;
    record.write("roles.json", &report)?;
    record.write("policy.json", &policy.summary(data))?;
    report.verdict().map_err(DeployError::Roles)?;
    Ok(Deployed {
        record,
        roles: report,
        genesis,
    })
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

struct Run<'a, F: FnMut(&str)> {
    client: &'a Client,
    key: &'a PrivateKeySigner,
    plan: &'a Plan,
    record: Record,
    told: &'a mut F,
}

impl<'a, F: FnMut(&str)> Run<'a, F> {
    async fn start(
        client: &'a Client,
        key: &'a PrivateKeySigner,
        plan: &'a Plan,
        mut record: Record,
        told: &'a mut F,
    ) -> Result<Self, DeployError> {
        let genesis = client.genesis().await?;
        let other = |what, recorded: String, now: String| DeployError::OtherRecord {
            what,
            recorded,
            now,
        };
        if record.steps.is_empty() {
            record.network.clone_from(&plan.network);
            record.chain_id = client.chain_id();
            record.genesis = Some(genesis);
            record.deployer = key.address();
        } else if record.chain_id != client.chain_id() {
            return Err(other(
                "chain",
                record.chain_id.to_string(),
                client.chain_id().to_string(),
            ));
        } else if record.genesis != Some(genesis) {
            let recorded = record.genesis.unwrap_or_default().to_string();
            return Err(other(
                "the chain with genesis block",
                recorded,
                genesis.to_string(),
            ));
        } else if record.deployer != key.address() {
            return Err(other(
                "deployer",
                record.deployer.to_string(),
                key.address().to_string(),
            ));
        }
        Ok(Self {
            client,
            key,
            plan,
            record,
            told,
        })
    }

    /// The contract of a step that was carried out before, if it still has code.
    async fn done(&self, name: &str) -> Result<Option<Address>, DeployError> {
        let Some(address) = self.record.steps.get(name).and_then(|s| s.address) else {
            return Ok(None);
        };
        Ok((!self.client.code(address).await?.is_empty()).then_some(address))
    }

    async fn send(&mut self, step: &str, tx: Tx) -> Result<TransactionReceipt, DeployError> {
        (self.told)(step);
        self.client
            .send(self.key, tx)
            .await
            .map_err(|source| DeployError::Step {
                step: step.to_owned(),
                source,
            })
    }

    fn note(
        &mut self,
        step: &str,
        contract: Option<&str>,
        receipt: &TransactionReceipt,
        extra: Step,
    ) -> io::Result<()> {
        let step_record = Step {
            transaction: receipt.transaction_hash,
            block: receipt.block_number.unwrap_or_default(),
            gas_used: receipt.gas_used,
            ..extra
        };
        self.record.add(step, contract, step_record)
    }

    /// Creates, activates and constructs a program in one transaction.
    async fn construct(
        &mut self,
        name: &str,
        program: &Program,
        args: &[u8],
    ) -> Result<Address, DeployError> {
        if let Some(address) = self.done(name).await? {
            return Ok(address);
        }
        let quote = cost::quote(self.client, program).await?;
        let call = StylusDeployer::deployCall {
            bytecode: program.init_code(),
            initData: [&CONSTRUCTOR[..], args].concat().into(),
            initValue: U256::ZERO,
            salt: self.salt(name),
        };
        let receipt = self
            .send(name, Tx::call(STYLUS_DEPLOYER, &call).value(quote.value()))
            .await?;
        let address = receipt
            .logs()
            .iter()
            .filter(|l| l.address() == STYLUS_DEPLOYER)
            .find_map(|l| StylusDeployer::ContractDeployed::decode_log(&l.inner).ok())
            .map(|e| e.deployedContract)
            .ok_or(DeployError::Missing {
                step: name.to_owned(),
                what: "ContractDeployed event",
            })?;
        let extra = Step {
            address: Some(address),
            data_fee: Some(data_fee(&receipt).to_string()),
            code_hash: Some(program.code_hash()),
            ..blank()
        };
        self.note(name, Some(name), &receipt, extra)?;
        Ok(address)
    }

    /// Creates a program and activates it, if its code is not active already.
    async fn install(&mut self, name: &str, program: &Program) -> Result<Address, DeployError> {
        let address = self.create(name, name, program.init_code()).await?;
        let quote = cost::quote(self.client, program).await?;
        if !quote.active {
            let step = format!("{name}.activate");
            let tx = Tx::call(ARB_WASM, &ArbWasm::activateProgramCall { program: address })
                .value(quote.value());
            let receipt = self.send(&step, tx).await?;
            let extra = Step {
                data_fee: Some(data_fee(&receipt).to_string()),
                code_hash: Some(program.code_hash()),
                ..blank()
            };
            self.note(&step, None, &receipt, extra)?;
        }
        Ok(address)
    }

    /// Puts a proxy before an implementation and initialises it in the same transaction.
    async fn proxy(
        &mut self,
        name: &str,
        implementation: Address,
        init: &[u8],
    ) -> Result<Address, DeployError> {
        let args = (
            implementation,
            self.plan.governance,
            Bytes::copy_from_slice(init),
        )
            .abi_encode_params();
        let code =
            artifacts::solidity_init_code(artifacts::PROXY, "TransparentUpgradeableProxy", &args)?;
        self.create(name, name, code).await
    }

    async fn create(
        &mut self,
        step: &str,
        contract: &str,
        init_code: Bytes,
    ) -> Result<Address, DeployError> {
        if let Some(address) = self.done(step).await? {
            return Ok(address);
        }
        let receipt = self.send(step, Tx::create(init_code)).await?;
        let address = receipt.contract_address.ok_or(DeployError::Missing {
            step: step.to_owned(),
            what: "contract address",
        })?;
        self.note(
            step,
            Some(contract),
            &receipt,
            Step {
                address: Some(address),
                ..blank()
            },
        )?;
        Ok(address)
    }

    async fn call(
        &mut self,
        step: &str,
        to: Address,
        call: &impl SolCall,
    ) -> Result<(), DeployError> {
        let receipt = self.send(step, Tx::call(to, call)).await?;
        Ok(self.note(step, None, &receipt, blank())?)
    }

    /// A salt of this network, contract and plan. Never zero, so that the deployer uses CREATE2.
    fn salt(&self, name: &str) -> B256 {
        keccak256(
            [
                b"escapement.",
                self.plan.network.as_bytes(),
                b".",
                name.as_bytes(),
                self.plan.salt.as_slice(),
            ]
            .concat(),
        )
    }
}

fn blank() -> Step {
    Step {
        address: None,
        transaction: B256::ZERO,
        block: 0,
        gas_used: 0,
        data_fee: None,
        code_hash: None,
    }
}

/// Data fee that an activation in this transaction kept.
fn data_fee(receipt: &TransactionReceipt) -> U256 {
    receipt
        .logs()
        .iter()
        .filter(|l| l.address() == ARB_WASM)
        .find_map(|l| ArbWasm::ProgramActivated::decode_log(&l.inner).ok())
        .map_or(U256::ZERO, |e| e.dataFee)
}

/// Address held by an ERC-1967 slot.
pub(super) fn address_in(word: U256) -> Address {
    Address::from_word(B256::from(word))
}

/// ERC-1967 slot of the implementation.
pub(super) const IMPLEMENTATION_SLOT: [u8; 32] =
    hex!("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc");
/// ERC-1967 slot of the admin.
pub(super) const ADMIN_SLOT: [u8; 32] =
    hex!("b53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103");
