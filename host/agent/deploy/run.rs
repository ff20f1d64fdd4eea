//! The steps of a deployment.

use std::collections::BTreeMap;

use alloy::{
    primitives::{Address, U256},
    signers::local::PrivateKeySigner,
};
use alloy_sol_types::SolValue;

use super::{
    DeployError, Executors, Holder, PROGRAMS, PROPOSAL, Plan, Powers, ProposalFile, Record, RolesReport, VaultPlan,
    plan::TokenPlan,
    roles,
    steps::{Run, same_chain},
    wiring::{self, Places},
};
use crate::{
    artifacts::{self, ArtifactError, Program},
    bindings::{
        controller::IController, gauges::IGauges, minter::IMinter, token::IToken, treasury::ITreasury, vault::IVault,
        verifier::IVerifier,
    },
    client::Client,
    policy::PolicyFiles,
};

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
        self.record.address(contract)
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
    // Load everything first: a missing artifact must not be found out half-way.
    let programs = PROGRAMS.iter().map(|name| Ok((*name, Program::load(programs, name)?)));
    let programs: Programs = programs.collect::<Result<_, ArtifactError>>()?;
    check_deployer(plan, key.address())?;
    let mut run = Run::start(client, key, plan, record, &mut told).await?;
    let powers = run.powers(plan).await?;
    let genesis = match plan.minter.genesis {
        Some(genesis) => genesis,
        None => client.head().await?.1,
    };
    let at = contracts(&mut run, plan, &powers, &programs, key.address(), genesis).await?;
    let verifier = at.verifier;

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
    let minter = at.minter;
    if client.read(at.token, &IToken::minterCall {}).await? != minter {
        run.call("setMinter", at.token, &IToken::setMinterCall { minter }).await?;
    }
    // Anybody may, and somebody must: a change of the curve is measured from the one that the vault has taken over.
    let (present, taken) = wiring::curves(client, &at).await?;
    if present != taken {
        run.call("pokeParams", at.vault, &IVault::pokeParamsCall {}).await?;
    }
    let owner = client.read(verifier, &IVerifier::ownerCall {}).await?;
    let offered = client.read(verifier, &IVerifier::pendingOwnerCall {}).await?;
    if owner == key.address() && powers.governance != owner && powers.governance != offered {
        let call = IVerifier::transferOwnershipCall { new_owner: powers.governance };
        run.call("transferVerifier", verifier, &call).await?;
    }
    if let Some(governance) = plan.governance.planned() {
        if let Some(governor) = &governance.governor {
            run.governor(governor, powers.governance, &at).await?;
        }
        run.found(plan, governance).await?;
    } else if key.address() == powers.governance {
        for duty in roles::read_roles(client, plan, &run.record, key.address()).await?.pending {
            if let Some(tx) = duty.tx() {
                run.carry_out(&duty.what, tx).await?;
            }
        }
    }
    let record = run.record;
    let report = roles::read_roles(client, plan, &record, key.address()).await?;
    write_roles(plan, &record, &report)?;
    record.write("policy.json", &policy.summary(data))?;
    report.verdict().map_err(DeployError::Roles)?;
    Ok(Deployed { record, roles: report, genesis })
}

/// Reads a finished deployment back and compares it with plan and record, as `deploy` does at its end. It takes no key and
/// sends and writes nothing: for whoever does not trust who deployed. Whether all agrees is [`RolesReport::verdict`].
///
/// # Errors
/// A [`DeployError`].
pub async fn verify(client: &Client, plan: &Plan, record: &Record) -> Result<RolesReport, DeployError> {
    plan.check()?;
    plan.check_chain(client.chain_id())?;
    if record.steps.is_empty() {
        return Err(DeployError::Nothing { network: plan.network.clone() });
    }
    same_chain(client, record).await?;
    roles::read_roles(client, plan, record, record.deployer).await
}

/// The roles beside the record, and what a Governor can be asked to do about them.
fn write_roles(plan: &Plan, record: &Record, report: &RolesReport) -> Result<(), DeployError> {
    record.write("roles.json", report)?;
    let governor = Powers::of(plan, record)?.governor;
    match governor.and_then(|governor| ProposalFile::of(&plan.network, governor, &report.pending)) {
        Some(proposal) => record.write(PROPOSAL, &proposal)?,
        None => record.remove(PROPOSAL)?,
    }
    Ok(())
}

/// Fails where the plan leaves a role of the timelock to who deploys it.
fn check_deployer(plan: &Plan, deployer: Address) -> Result<(), DeployError> {
    let Some(governance) = plan.governance.planned() else { return Ok(()) };
    let timelock = &governance.timelock;
    let executors = match &timelock.executors {
        Executors::Open(_) => &[][..],
        Executors::Named(named) => named,
    };
    let named = [&timelock.proposers[..], &timelock.cancellers, executors];
    if named.iter().any(|holders| holders.contains(&Holder::At(deployer))) {
        return Err(DeployError::Deployer(deployer));
    }
    Ok(())
}

type Programs = BTreeMap<&'static str, Program>;

/// The contracts, each recorded before the next, the proxied ones initialised with governance in its place.
async fn contracts<F: FnMut(&str)>(
    run: &mut Run<'_, F>,
    plan: &Plan,
    powers: &Powers,
    programs: &Programs,
    deployer: Address,
    genesis: u64,
) -> Result<Places, DeployError> {
    let program = |name: &'static str| &programs[name];
    let Powers { governance, council, guardian, .. } = *powers;
    let epoch = plan.minter.epoch_length;
    let TokenPlan { name, symbol, cap, initial_supply, holder } = plan.token.clone();
    let args = (name, symbol, cap, initial_supply, holder, deployer).abi_encode_params();
    let token = run.construct("token", program("token"), &args).await?;
    let args = (deployer, guardian, plan.signers(), U256::from(plan.attesters.threshold)).abi_encode_params();
    let verifier = run.construct("verifier", program("verifier"), &args).await?;
    run.install("lens", program("lens")).await?;

    let init = IController::initializeCall {
        governance,
        council,
        guardian,
        verifier,
        values: plan.values()?.to_vec(),
        pools: plan.controller.pools,
        categories: plan.controller.categories,
        autonomy: plan.controller.autonomy,
    };
    let controller = run.behind_proxy("controller", program("controller"), &init).await?;
    let init = IMinter::initializeCall { governance, controller, token, genesis, epochLength: epoch };
    let minter = run.behind_proxy("minter", program("minter"), &init).await?;
    let init = ITreasury::initializeCall { governance, council, minter, controller, token };
    let treasury = run.behind_proxy("treasury", program("treasury"), &init).await?;
    let VaultPlan { cooldown, penalty } = plan.vault;
    let init = IVault::initializeCall { governance, minter, token, controller, epochLength: epoch, cooldown, penalty };
    let vault = run.behind_proxy("vault", program("vault"), &init).await?;
    let init = IGauges::initializeCall { governance, minter, controller, token, treasury, epochLength: epoch };
    let gauges = run.behind_proxy("gauges", program("gauges"), &init).await?;
    Ok(Places { token, verifier, controller, minter, vault, gauges, treasury })
}

/// Governance's part: makes the pending calls in order and reads the roles again. For plans whose governance is a plain key,
/// as on development chains; a timelock or multisig makes the same calls itself, from the targets and calldata of
/// `roles.json`. The plan may have been completed since the deployment with what was not known then (pools, market).
///
/// # Errors
/// A [`DeployError`]; [`DeployError::Roles`] also if anything that can be called is still pending afterwards.
pub async fn accept(
    client: &Client,
    governance: &PrivateKeySigner,
    plan: &Plan,
    deployed: &mut Deployed,
) -> Result<(), DeployError> {
    plan.check()?;
    let planned = Powers::of(plan, &deployed.record)?.governance;
    if governance.address() != planned {
        let given = governance.address();
        return Err(DeployError::Roles(format!("governance is {planned} by the plan, the key given is {given}'s")));
    }
    let read = async |record: &Record| roles::read_roles(client, plan, record, record.deployer).await;
    let before = read(&deployed.record).await?;
    for duty in before.pending {
        if let Some(tx) = duty.tx() {
            let failed = |source| DeployError::Step { step: duty.what, source };
            client.send(governance, tx).await.map_err(failed)?;
        }
    }
    deployed.roles = read(&deployed.record).await?;
    write_roles(plan, &deployed.record, &deployed.roles)?;
    deployed.roles.verdict().map_err(DeployError::Roles)?;
    match deployed.roles.pending.iter().find(|duty| duty.to.is_some()) {
        Some(pending) => Err(DeployError::Roles(pending.what.clone())),
        None => Ok(()),
    }
}
