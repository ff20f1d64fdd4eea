//! Who can do what, read back from the chain after a deployment (`deployments/<network>/roles.json`).

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use serde::Serialize;

use super::{
    ARB_WASM, DeployError, Duty, PROXIED, Plan, Powers, Record, authority, implementation,
    steps::{ADMIN_SLOT, IMPLEMENTATION_SLOT, address_in},
    wiring::{self, Places},
};
use crate::{
    bindings::{
        arbos::ArbWasm, controller::IController, gauges::IGauges, minter::IMinter, solidity::ProxyAdmin, token::IToken,
        treasury::ITreasury, vault::IVault, verifier::IVerifier,
    },
    client::Client,
};

/// One thing that was read back.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was read.
    pub what: String,
    /// What the plan says.
    pub expected: String,
    /// What the chain says.
    pub found: String,
    /// Whether they agree.
    pub ok: bool,
}

/// All roles of a deployment.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RolesReport {
    /// Everything that was read.
    pub checks: Vec<Check>,
    /// What governance still has to do, in order.
    pub pending: Vec<Duty>,
    /// Every call of governance by the plan, made or not.
    #[serde(skip)]
    pub(super) planned: Vec<(Address, Bytes)>,
}

impl RolesReport {
    #[allow(clippy::needless_pass_by_value)] // addresses, numbers, booleans and short texts
    pub(super) fn expect(&mut self, what: &str, expected: impl ToString, found: impl ToString) {
        let (expected, found) = (expected.to_string(), found.to_string());
        let ok = expected == found;
        self.checks.push(Check { what: what.to_owned(), expected, found, ok });
    }

    /// As `expect`, but what is not as planned is a duty of governance.
    #[allow(clippy::needless_pass_by_value)] // as above
    pub(super) fn settle(
        &mut self,
        what: &str,
        planned: impl ToString,
        found: impl ToString,
        to: Address,
        duty: &impl SolCall,
    ) {
        let (planned, found) = (planned.to_string(), found.to_string());
        let data: Bytes = duty.abi_encode().into();
        self.planned.push((to, data.clone()));
        if planned == found {
            return self.expect(what, planned, found);
        }
        let function = signature_of(duty);
        let what = format!("governance must call {function} on {to} ({what}: {found}, the plan says {planned})");
        self.pending.push(Duty { what, to: Some(to), data });
    }

    /// The first disagreement, in words.
    ///
    /// # Errors
    /// What was read, what was expected and what was found.
    pub fn verdict(&self) -> Result<(), String> {
        match self.checks.iter().find(|c| !c.ok) {
            Some(c) => Err(format!("{} is {}, the plan says {}", c.what, c.found, c.expected)),
            None => Ok(()),
        }
    }
}

fn signature_of<C: SolCall>(_: &C) -> &'static str {
    C::SIGNATURE
}

/// Reads every role and pointer of the deployment.
///
/// # Errors
/// [`DeployError::Client`], or [`DeployError::Missing`] if the record is incomplete.
pub async fn read_roles(
    client: &Client,
    plan: &Plan,
    record: &Record,
    deployer: Address,
) -> Result<RolesReport, DeployError> {
    let mut report = read_contracts(client, plan, record, deployer).await?;
    authority::read_authority(client, plan, &Places::of(record)?, record, deployer, &mut report).await?;
    Ok(report)
}

/// Reads the roles and pointers of the contracts: all that must be as planned before governance has acted.
pub(super) async fn read_contracts(
    client: &Client,
    plan: &Plan,
    record: &Record,
    deployer: Address,
) -> Result<RolesReport, DeployError> {
    let at = Places::of(record)?;
    let Places { token, verifier, controller, minter, .. } = at;
    let powers = Powers::of(plan, record)?;
    let mut report = RolesReport::default();

    let admin_role = client.read(controller, &IController::DEFAULT_ADMIN_ROLECall {}).await?;
    let council_role = client.read(controller, &IController::COUNCIL_ROLECall {}).await?;
    let guardian_role = client.read(controller, &IController::GUARDIAN_ROLECall {}).await?;
    let roles = [
        ("default admin", admin_role, powers.governance),
        ("council", council_role, powers.council),
        ("guardian", guardian_role, powers.guardian),
    ];
    for (name, role, holder) in roles {
        let has = has_role(client, controller, role, holder).await?;
        report.expect(&format!("controller: {holder} is {name}"), true, has);
        if deployer != holder {
            let has = has_role(client, controller, role, deployer).await?;
            report.expect(&format!("controller: deployer is {name}"), false, has);
        }
    }
    report.expect("controller: verifier", verifier, client.read(controller, &IController::verifierCall {}).await?);

    report.expect("verifier: guardian", powers.guardian, client.read(verifier, &IVerifier::guardianCall {}).await?);
    let threshold = client.read(verifier, &IVerifier::thresholdCall {}).await?;
    report.expect("verifier: threshold", plan.attesters.threshold, threshold);
    let signers = client.read(verifier, &IVerifier::signersCall {}).await?;
    report.expect("verifier: signers", format!("{:?}", plan.signers()), format!("{signers:?}"));

    report.expect("token: minter", minter, client.read(token, &IToken::minterCall {}).await?);
    report.expect("token: owner", Address::ZERO, client.read(token, &IToken::ownerCall {}).await?);
    report.expect("token: cap", plan.token.cap, client.read(token, &IToken::capCall {}).await?);

    report.expect("minter: controller", controller, client.read(minter, &IMinter::controllerCall {}).await?);
    report.expect("minter: token", token, client.read(minter, &IMinter::tokenCall {}).await?);
    read_modules(client, plan, &powers, &at, deployer, &mut report).await?;
    read_proxies(client, powers.governance, record, &mut report).await?;
    wiring::read_wiring(client, plan, &powers, &at, deployer, &mut report).await?;
    authority::read_verifier(client, plan, &powers, verifier, record, &mut report).await?;
    Ok(report)
}

/// Roles and pointers of minter, vault, gauges and treasury.
async fn read_modules(
    client: &Client,
    plan: &Plan,
    powers: &Powers,
    at: &Places,
    deployer: Address,
    report: &mut RolesReport,
) -> Result<(), DeployError> {
    let Places { token, controller, minter, vault, gauges, treasury, .. } = *at;
    for (name, module) in [("minter", minter), ("vault", vault), ("gauges", gauges), ("treasury", treasury)] {
        // Governance has the default admin's role, which is the zero word everywhere.
        let has = has_role(client, module, B256::ZERO, powers.governance).await?;
        report.expect(&format!("{name}: {} is governance", powers.governance), true, has);
        if deployer != powers.governance {
            let has = has_role(client, module, B256::ZERO, deployer).await?;
            report.expect(&format!("{name}: deployer is governance"), false, has);
        }
    }
    let delivers = client.read(gauges, &IGauges::MINTER_ROLECall {}).await?;
    let council = client.read(treasury, &ITreasury::COUNCIL_ROLECall {}).await?;
    for (what, module, role, holder) in [
        ("gauges: the minter delivers", gauges, delivers, minter),
        ("treasury: the minter delivers", treasury, delivers, minter),
        ("treasury: the council disables rounds", treasury, council, powers.council),
    ] {
        report.expect(what, true, has_role(client, module, role, holder).await?);
        if deployer != holder {
            report.expect(
                &format!("{what}, and so can the deployer"),
                false,
                has_role(client, module, role, deployer).await?,
            );
        }
    }

    report.expect("vault: minter", minter, client.read(vault, &IVault::minterCall {}).await?);
    report.expect("vault: token", token, client.read(vault, &IVault::tokenCall {}).await?);
    report.expect("vault: controller", controller, client.read(vault, &IVault::controllerCall {}).await?);
    let terms = client.read(vault, &IVault::termsCall {}).await?;
    let planned = (plan.minter.epoch_length, plan.vault.cooldown, plan.vault.penalty);
    let found = (terms.epochLength, terms.cooldown, terms.penalty);
    report.expect("vault: epoch, cooldown and penalty", format!("{planned:?}"), format!("{found:?}"));

    report.expect("gauges: token", token, client.read(gauges, &IGauges::tokenCall {}).await?);
    report.expect("gauges: controller", controller, client.read(gauges, &IGauges::controllerCall {}).await?);
    report.expect("gauges: treasury", treasury, client.read(gauges, &IGauges::treasuryCall {}).await?);
    let epoch = client.read(gauges, &IGauges::epochLengthCall {}).await?;
    report.expect("gauges: epoch", plan.minter.epoch_length, epoch);

    report.expect("treasury: token", token, client.read(treasury, &ITreasury::tokenCall {}).await?);
    report.expect("treasury: controller", controller, client.read(treasury, &ITreasury::controllerCall {}).await?);
    Ok(())
}

/// Implementation, admin and time to live of everything behind a proxy.
async fn read_proxies(
    client: &Client,
    governance: Address,
    record: &Record,
    report: &mut RolesReport,
) -> Result<(), DeployError> {
    for name in PROXIED {
        let (proxy, planned) = (record.address(name)?, record.address(&implementation(name))?);
        let slot = |word: [u8; 32]| U256::from_be_bytes(word);
        let found = address_in(client.storage(proxy, slot(IMPLEMENTATION_SLOT)).await?);
        report.expect(&format!("{name} proxy: implementation"), planned, found);
        let admin = address_in(client.storage(proxy, slot(ADMIN_SLOT)).await?);
        let owner = client.read(admin, &ProxyAdmin::ownerCall {}).await?;
        report.expect(&format!("{name} proxy: owner of its admin"), governance, owner);
        let left = client.read(ARB_WASM, &ArbWasm::programTimeLeftCall { program: planned }).await?;
        report.expect(&format!("{name} implementation: active for 30 days and more"), true, left >= 30 * 86_400);
    }
    Ok(())
}

/// Whether an account has a role of a contract; all of them ask alike.
async fn has_role(client: &Client, contract: Address, role: B256, account: Address) -> Result<bool, DeployError> {
    Ok(client.read(contract, &IController::hasRoleCall { role, account }).await?)
}
