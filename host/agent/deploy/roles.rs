//! Who can do what, read back from the chain after a deployment (`deployments/<network>/roles.json`).

use alloy::primitives::{Address, B256, U256};
use serde::Serialize;

use super::{
    ARB_WASM, DeployError, Plan, Record,
    steps::{ADMIN_SLOT, IMPLEMENTATION_SLOT, address_in},
};
use crate::{
    bindings::{
        arbos::ArbWasm, controller::IController, minter::IMinter, solidity::ProxyAdmin, token::IToken,
        verifier::IVerifier,
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
    /// What still has to be done, and by whom.
    pub pending: Vec<String>,
}

impl RolesReport {
    #[allow(clippy::needless_pass_by_value)] // addresses, numbers and booleans: all copies
    fn expect(&mut self, what: &str, expected: impl ToString, found: impl ToString) {
        let (expected, found) = (expected.to_string(), found.to_string());
        let ok = expected == found;
        self.checks.push(Check { what: what.to_owned(), expected, found, ok });
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
    let at = |name: &str| {
        let missing = || DeployError::Missing { step: name.to_owned(), what: "address" };
        record.contracts.get(name).copied().ok_or_else(missing)
    };
    let (token, verifier, controller, minter) = (at("token")?, at("verifier")?, at("controller")?, at("minter")?);
    let mut report = RolesReport::default();

    let admin_role = client.read(controller, &IController::DEFAULT_ADMIN_ROLECall {}).await?;
    let council_role = client.read(controller, &IController::COUNCIL_ROLECall {}).await?;
    let guardian_role = client.read(controller, &IController::GUARDIAN_ROLECall {}).await?;
    let roles = [
        ("default admin", admin_role, plan.governance),
        ("council", council_role, plan.council),
        ("guardian", guardian_role, plan.guardian),
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

    let owner = client.read(verifier, &IVerifier::ownerCall {}).await?;
    let offered = client.read(verifier, &IVerifier::pendingOwnerCall {}).await?;
    if owner == deployer && offered == plan.governance && deployer != plan.governance {
        // Ownership moves in two steps: until the second, the deployer may still change signers.
        report.pending.push(format!("{offered} (governance) must call acceptOwnership() on the verifier {verifier}"));
    } else {
        report.expect("verifier: owner", plan.governance, owner);
    }
    report.expect("verifier: guardian", plan.guardian, client.read(verifier, &IVerifier::guardianCall {}).await?);
    let threshold = client.read(verifier, &IVerifier::thresholdCall {}).await?;
    report.expect("verifier: threshold", plan.attesters.threshold, threshold);
    let signers = client.read(verifier, &IVerifier::signersCall {}).await?;
    report.expect("verifier: signers", format!("{:?}", plan.signers()), format!("{signers:?}"));

    report.expect("token: minter", minter, client.read(token, &IToken::minterCall {}).await?);
    report.expect("token: owner", Address::ZERO, client.read(token, &IToken::ownerCall {}).await?);
    report.expect("token: cap", plan.token.cap, client.read(token, &IToken::capCall {}).await?);

    report.expect("minter: controller", controller, client.read(minter, &IMinter::controllerCall {}).await?);
    report.expect("minter: token", token, client.read(minter, &IMinter::tokenCall {}).await?);
    let admin = B256::ZERO;
    report.expect("minter: governance", true, has_role(client, minter, admin, plan.governance).await?);
    if deployer != plan.governance {
        report.expect("minter: deployer is governance", false, has_role(client, minter, admin, deployer).await?);
    }

    for (name, proxy) in [("controller", controller), ("minter", minter)] {
        let implementation = at(&format!("{name}Implementation"))?;
        let slot = |word: [u8; 32]| U256::from_be_bytes(word);
        let found = address_in(client.storage(proxy, slot(IMPLEMENTATION_SLOT)).await?);
        report.expect(&format!("{name} proxy: implementation"), implementation, found);
        let admin = address_in(client.storage(proxy, slot(ADMIN_SLOT)).await?);
        let owner = client.read(admin, &ProxyAdmin::ownerCall {}).await?;
        report.expect(&format!("{name} proxy: owner of its admin"), plan.governance, owner);
        let left = client.read(ARB_WASM, &ArbWasm::programTimeLeftCall { program: implementation }).await?;
        report.expect(&format!("{name} implementation: active for 30 days and more"), true, left >= 30 * 86_400);
    }
    Ok(report)
}

/// Whether an account has a role of the controller or the minter, which ask alike.
async fn has_role(client: &Client, controller: Address, role: B256, account: Address) -> Result<bool, DeployError> {
    Ok(client.read(controller, &IController::hasRoleCall { role, account }).await?)
}
