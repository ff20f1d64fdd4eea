//! Who holds the powers of a deployment, and the contracts that are deployed for it: a timelock, a Governor, Safes.

use std::{collections::BTreeSet, time::Duration};

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Address, B256, keccak256},
};
use alloy_sol_types::{SolEvent, SolValue};

use super::{
    DeployError, Executors, GovernancePlan, GovernorPlan, Holder, Name, Plan, Power, Record, RolesReport,
    SafeAddresses, SafeContracts, SafePlan,
    authority::read_safe,
    creation::{governor_code, timelock_code},
    steps::Run,
    wiring::Places,
};
use crate::{
    bindings::safe::ISafeProxyFactory,
    client::{Client, Tx},
    safe::{SafeContract, setup},
};

/// Longest wait for a second to pass on the chain, in quarters of a second.
const PATIENCE: u32 = 12;

/// Addresses of who holds the powers of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Powers {
    /// Who governs: an address of the plan, or the timelock deployed for it.
    pub governance: Address,
    /// The council.
    pub council: Address,
    /// The guardian.
    pub guardian: Address,
    /// The Governor, once there is one of this deployment.
    pub governor: Option<Address>,
}

impl Powers {
    /// The powers of a plan, as far as they are deployed by it from the record.
    ///
    /// # Errors
    /// [`DeployError::Missing`] if the record lacks one.
    pub fn of(plan: &Plan, record: &Record) -> Result<Self, DeployError> {
        Ok(Self {
            governance: holder(&plan.governance, record, "timelock")?,
            council: holder(&plan.council, record, "council")?,
            guardian: holder(&plan.guardian, record, "guardian")?,
            governor: record.contracts.get("governor").copied(),
        })
    }

    /// Address of who is named in the plan.
    ///
    /// # Errors
    /// [`DeployError::Missing`] for a Governor that is not deployed yet.
    pub fn address(&self, of: Holder) -> Result<Address, DeployError> {
        match of {
            Holder::At(address) => Ok(address),
            Holder::Named(Name::Council) => Ok(self.council),
            Holder::Named(Name::Guardian) => Ok(self.guardian),
            Holder::Named(Name::Governor) => {
                self.governor.ok_or(DeployError::Missing { step: "governor".to_owned(), what: "address" })
            }
        }
    }

    /// Who has the roles of the timelock when the deployment is over: proposers, cancellers and executors. Among the last
    /// the zero address stands for anybody.
    ///
    /// # Errors
    /// [`DeployError::Missing`] for a Governor that is not deployed yet.
    pub fn members(&self, plan: &GovernancePlan) -> Result<[BTreeSet<Address>; 3], DeployError> {
        let governor = plan.governor.iter().map(|_| Holder::Named(Name::Governor));
        let with = |named: &[Holder]| -> Result<BTreeSet<Address>, DeployError> {
            governor.clone().chain(named.iter().copied()).map(|holder| self.address(holder)).collect()
        };
        let executors = match &plan.timelock.executors {
            Executors::Open(_) => BTreeSet::from([Address::ZERO]),
            Executors::Named(named) => with(named)?,
        };
        Ok([with(&plan.timelock.proposers)?, with(&plan.timelock.cancellers)?, executors])
    }
}

fn holder<T>(power: &Power<T>, record: &Record, contract: &str) -> Result<Address, DeployError> {
    power.standing().map_or_else(|| record.address(contract), Ok)
}

/// Where the contracts of Safe are, by the plan or by the record of a run that published them.
pub(super) fn safe_addresses(plan: &Plan, record: &Record) -> Result<SafeAddresses, DeployError> {
    match plan.safe_contracts {
        Some(SafeContracts::Deployed(at)) => Ok(at),
        _ => Ok(SafeAddresses {
            factory: record.address(name(SafeContract::ProxyFactory))?,
            singleton: record.address(name(SafeContract::Singleton))?,
            fallback_handler: record.address(name(SafeContract::FallbackHandler))?,
        }),
    }
}

/// Name of a contract of Safe in a record.
pub(super) fn name(contract: SafeContract) -> &'static str {
    match contract {
        SafeContract::Singleton => "safeSingleton",
        SafeContract::ProxyFactory => "safeFactory",
        SafeContract::FallbackHandler => "safeFallbackHandler",
    }
}

/// Fails unless the contracts of Safe are the published ones.
pub(super) async fn check_code(client: &Client, at: SafeAddresses) -> Result<(), DeployError> {
    for (contract, address) in [
        (SafeContract::ProxyFactory, at.factory),
        (SafeContract::Singleton, at.singleton),
        (SafeContract::FallbackHandler, at.fallback_handler),
    ] {
        let (found, published) = (keccak256(client.code(address).await?), contract.code_hash());
        if found != published {
            return Err(DeployError::SafeCode { contract, address, found, published });
        }
    }
    Ok(())
}

/// Address of the account that the factory creates for these terms, and what it is set up with.
pub(super) async fn account(
    client: &Client,
    safe: &SafePlan,
    at: SafeAddresses,
) -> Result<(Address, ISafeProxyFactory::createProxyWithNonceCall), DeployError> {
    let initializer = setup(&safe.owners, safe.threshold.into(), at.fallback_handler);
    let salt = keccak256((keccak256(&initializer), safe.salt_nonce).abi_encode());
    let code = client.read(at.factory, &ISafeProxyFactory::proxyCreationCodeCall {}).await?;
    let address = at.factory.create2(salt, keccak256([&code[..], &at.singleton.abi_encode()].concat()));
    let (singleton, nonce) = (at.singleton, safe.salt_nonce);
    Ok((address, ISafeProxyFactory::createProxyWithNonceCall { singleton, initializer, saltNonce: nonce }))
}

impl<F: FnMut(&str)> Run<'_, F> {
    /// Deploys what holds the powers, except the Governor, which needs the contracts that it governs.
    pub(super) async fn powers(&mut self, plan: &Plan) -> Result<Powers, DeployError> {
        let safes = plan.safes();
        if !safes.is_empty() {
            let at = self.safe_contracts(plan).await?;
            for (name, safe) in safes {
                self.safe(name, safe, at).await?;
                // One that stood already may have been changed since.
                let mut report = RolesReport::default();
                read_safe(self.client, plan, &self.record, name, safe, &mut report).await?;
                report.verdict().map_err(DeployError::Roles)?;
            }
        }
        if plan.governance.planned().is_some() {
            let code = timelock_code(self.key.address())?;
            self.create("timelock", "timelock", code).await?;
        }
        Powers::of(plan, &self.record)
    }

    async fn safe_contracts(&mut self, plan: &Plan) -> Result<SafeAddresses, DeployError> {
        if let Some(SafeContracts::PublishFrom(packages)) = &plan.safe_contracts {
            let all = [SafeContract::Singleton, SafeContract::ProxyFactory, SafeContract::FallbackHandler];
            let codes: Vec<_> = all.iter().map(|contract| contract.init_code(packages)).collect::<Result<_, _>>()?;
            for (contract, code) in all.into_iter().zip(codes) {
                self.create(name(contract), name(contract), code).await?;
            }
        }
        let at = safe_addresses(plan, &self.record)?;
        check_code(self.client, at).await?;
        Ok(at)
    }

    /// Creates an account, or takes the one that stands at its address: its terms are in the address, and it is read back.
    async fn safe(&mut self, name: &str, safe: &SafePlan, at: SafeAddresses) -> Result<(), DeployError> {
        let (account, call) = account(self.client, safe, at).await?;
        if let Some(recorded) = self.record.contracts.get(name).filter(|recorded| **recorded != account) {
            let what = if name == "council" { "the council's Safe" } else { "the guardian's Safe" };
            return Err(DeployError::OtherRecord { what, recorded: recorded.to_string(), now: account.to_string() });
        }
        if !self.client.code(account).await?.is_empty() {
            if self.record.contracts.insert(name.to_owned(), account).is_none() {
                self.record.save()?;
            }
            return Ok(());
        }
        let receipt = self.send(name, Tx::call(at.factory, &call)).await?;
        let created = receipt.logs().iter().filter(|log| log.address() == at.factory);
        let created = created.filter_map(|log| ISafeProxyFactory::ProxyCreation::decode_log(&log.inner).ok());
        if !created.map(|event| event.proxy).eq([account]) {
            return Err(DeployError::Missing { step: name.to_owned(), what: "Safe at its address" });
        }
        Ok(self.created(name, &receipt, account)?)
    }

    /// Deploys the Governor of the timelock over the contracts.
    pub(super) async fn governor(
        &mut self,
        plan: &GovernorPlan,
        timelock: Address,
        at: &Places,
    ) -> Result<(), DeployError> {
        if !self.record.contracts.contains_key("governor") {
            self.let_a_second_pass().await?;
        }
        let code = governor_code(plan, at, timelock)?;
        self.create("governor", "governor", code).await.map(drop)
    }

    /// The Governor asks for the controller's values of a second ago: the controller must have been there.
    async fn let_a_second_pass(&mut self) -> Result<(), DeployError> {
        let block = self.record.steps.get("controller").map_or(0, |step| step.block);
        let (_, began) = self.client.block_time(BlockNumberOrTag::Number(block)).await?;
        for _ in 0..PATIENCE {
            if self.client.head().await?.1 > began {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        // A development chain that makes no block without a transaction.
        let nothing = Tx { to: Some(self.key.address()), ..Tx::default() };
        self.carry_out("governor.wait", nothing).await
    }
}

/// Roles of a timelock: proposer, canceller, executor, and the administrator of all of them.
pub(super) const ROLES: [&str; 4] = ["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE", "DEFAULT_ADMIN_ROLE"];

/// Word of a role.
pub(super) fn role(name: &str) -> B256 {
    if name == "DEFAULT_ADMIN_ROLE" { B256::ZERO } else { keccak256(name) }
}
