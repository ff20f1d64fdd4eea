use std::{collections::BTreeMap, path::Path};

use alloy::{
    primitives::{Address, U256, keccak256},
    signers::local::PrivateKeySigner,
};
use escapement_agent::{
    bindings::{controller::IController as C, safe::ISafe, solidity::TimelockController as T},
    deploy::{
        DeployError, Executors, GovernancePlan, Holder, Multisig, Name, Power, SafeAddresses, SafeContracts, SafePlan,
        TimelockPlan, power_costs,
    },
    governance::Proposal,
    keys::dev_key,
    safe::{SafeContract, SafeTx},
};

use super::{DAY, Stage, plan};

/// Safe's contracts on a chain, as they stand on public ones.
fn publish(stage: &Stage) -> SafeAddresses {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/node_modules");
    let create = |contract: SafeContract| stage.create(contract.init_code(&packages).unwrap());
    SafeAddresses {
        factory: create(SafeContract::ProxyFactory),
        singleton: create(SafeContract::Singleton),
        fallback_handler: create(SafeContract::FallbackHandler),
    }
}

#[test]
fn gov_33_another_contract_where_safe_s_should_be_is_refused_before_anything_is_sent() {
    let stage = Stage::new();
    let at = publish(&stage);
    let nonce = || stage.runtime.block_on(stage.client().nonce(stage.deployer.address())).unwrap();
    let before = nonce();
    let nobody = Address::repeat_byte(7);
    for (wrong, contract, address) in [
        (SafeAddresses { factory: nobody, ..at }, SafeContract::ProxyFactory, nobody),
        (SafeAddresses { singleton: at.factory, ..at }, SafeContract::Singleton, at.factory),
        (SafeAddresses { fallback_handler: at.singleton, ..at }, SafeContract::FallbackHandler, at.singleton),
    ] {
        let mut plan = plan();
        plan.safe_contracts = Some(SafeContracts::Deployed(wrong));
        let published = contract.code_hash();
        let refused = |result: Result<(), DeployError>| {
            assert!(
                matches!(result, Err(DeployError::SafeCode { contract: c, address: a, published: p, found })
                    if c == contract && a == address && p == published && found != p),
                "{contract:?}: {result:?}"
            );
        };
        refused(stage.deploy(&plan).map(drop));
        let client = stage.client();
        refused(stage.runtime.block_on(power_costs(&client, stage.deployer.address(), &plan)).map(drop));
    }
    assert_eq!(nonce(), before);
    assert!(!stage.file("addresses.json").exists());
}

#[test]
fn gov_35_a_timelock_without_a_governor_obeys_the_council_s_safe_and_named_executors() {
    let (stage, mut plan) = (Stage::new(), plan());
    let at = publish(&stage);
    plan.safe_contracts = Some(SafeContracts::Deployed(at));
    let (executor, guardian) = (dev_key(8).unwrap(), dev_key(3).unwrap().address());
    let owners = [2, 6].map(|n| dev_key(n).unwrap());
    let safe = SafePlan {
        owners: owners.iter().map(PrivateKeySigner::address).collect(),
        threshold: 2,
        salt_nonce: U256::from(9),
    };
    plan.council = Power::New(Multisig::Safe(safe));
    plan.guardian = Power::Standing(guardian);
    plan.controller.turnout = Holder::At(Address::ZERO);
    let council = Holder::Named(Name::Council);
    let timelock = TimelockPlan {
        min_delay: 172_800,
        proposers: vec![council],
        cancellers: vec![council, Holder::Named(Name::Guardian)],
        executors: Executors::Named(vec![Holder::At(executor.address())]),
    };
    let governance = GovernancePlan { timelock, governor: None };
    plan.governance = Power::New(governance.clone());

    // A deployer is never among them.
    let mut own = plan.clone();
    let mut terms = governance;
    terms.timelock.cancellers.push(Holder::At(stage.deployer.address()));
    own.governance = Power::New(terms);
    assert!(matches!(stage.deploy(&own), Err(DeployError::Deployer(deployer)) if deployer == stage.deployer.address()));

    // The price is known beforehand, but for what needs the contracts.
    let client = stage.client();
    let costs = stage.runtime.block_on(power_costs(&client, stage.deployer.address(), &plan)).unwrap();
    let costs: BTreeMap<String, Option<u64>> = costs.into_iter().map(|cost| (cost.step, cost.gas)).collect();
    let steps: Vec<&str> = costs.keys().map(String::as_str).collect();
    assert_eq!(steps, ["council", "founding.execute", "founding.schedule", "timelock"]);

    let deployed = stage.deploy(&plan).unwrap();
    for step in ["council", "timelock"] {
        let (estimated, used) = (costs[step].unwrap(), deployed.record.steps[step].gas_used);
        assert!(used <= estimated && estimated < used + used / 8, "{step}: {estimated} {used}");
    }
    assert_eq!((costs["founding.schedule"], costs["founding.execute"]), (None, None));
    assert!(!deployed.record.contracts.contains_key("governor") && !stage.file("proposal.json").exists());
    let (timelock, safe) = (deployed.address("timelock").unwrap(), deployed.address("council").unwrap());
    assert!(stage.read(timelock, &T::hasRoleCall { role: keccak256("CANCELLER_ROLE"), account: guardian }));

    // The Safe schedules, the executor executes, and nobody else.
    let controller = deployed.address("controller").unwrap();
    let guardian_role = stage.read(controller, &C::GUARDIAN_ROLECall {});
    let act = Proposal::new("Another guardian")
        .call(controller, &C::grantRoleCall { role: guardian_role, account: executor.address() });
    let schedule = act.schedule(Address::ZERO, 2 * DAY);
    assert_eq!(stage.refused(&stage.deployer, timelock, &schedule), "AccessControlUnauthorizedAccount");
    let tx = SafeTx::call(timelock, &schedule, stage.read(safe, &ISafe::nonceCall {}));
    let signed = tx.sign(plan.chain_id, safe, &owners).unwrap();
    stage.send(&executor, safe, &tx.execute(signed));
    stage.pass(2 * DAY);
    let execute = act.execute_operation(Address::ZERO);
    assert_eq!(stage.refused(&stage.deployer, timelock, &execute), "AccessControlUnauthorizedAccount");
    stage.send(&executor, timelock, &execute);
    // What governance does afterwards is its own business.
    stage.deploy(&plan).unwrap();
}
