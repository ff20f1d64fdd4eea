use std::fs;

use alloy::primitives::{Address, U256, keccak256};
use escapement_agent::{
    artifacts::init_code,
    bindings::{controller::IController as C, safe::ISafe, solidity::TimelockController as T, verifier::IVerifier},
    deploy::{Holder, Multisig, Name, Power},
    governance::Proposal,
    keys::dev_key,
    policy::{KIND_SIGNED, PolicyFiles},
    safe::SafeTx,
};

use super::{DAY, Stage, failure, plan};

/// Does something in the timelock as its proposer, which the deployer is until the founding.
fn operate(stage: &Stage, timelock: Address, proposal: &Proposal) {
    stage.send(&stage.deployer, timelock, &proposal.schedule(Address::ZERO, 0));
    stage.send(&stage.deployer, timelock, &proposal.execute_operation(Address::ZERO));
}

#[test]
fn gov_32_what_the_deployer_does_beside_the_founding_is_found() {
    let (stage, plan) = (Stage::new(), plan());
    let stranger = dev_key(9).unwrap().address();
    let grant = |name: &str| T::grantRoleCall { role: keccak256(name), account: stranger };
    // Before anything else: a second proposer, as early as can be.
    stage.until(&plan, "timelock");
    let timelock = stage.record().address("timelock").unwrap();
    let (snapshot, addresses) = (stage.chain.snapshot(), fs::read(stage.file("addresses.json")).unwrap());
    operate(&stage, timelock, &Proposal::new("A friend").call(timelock, &grant("PROPOSER_ROLE")));
    stage.until(&plan, "governor");
    let said = failure(stage.deploy(&plan));
    assert!(said.contains("is not the founding by this plan"), "{said}");
    assert!(!stage.record().steps.contains_key("founding.schedule"), "nothing was handed over");
    assert!(stage.chain.revert(snapshot));
    fs::write(stage.file("addresses.json"), addresses).unwrap();

    stage.until(&plan, "governor");
    let (written, controller) =
        (fs::read(stage.file("addresses.json")).unwrap(), stage.record().address("controller").unwrap());
    let back = |snapshot| {
        assert!(stage.chain.revert(snapshot));
        fs::write(stage.file("addresses.json"), &written).unwrap();
    };

    // A role elsewhere, given in the timelock's name; by hand, past the check before the founding.
    let snapshot = stage.chain.snapshot();
    let guardian_role = stage.read(controller, &C::GUARDIAN_ROLECall {});
    let foreign = C::grantRoleCall { role: guardian_role, account: stranger };
    let foreign = Proposal::new("A guardian").call(controller, &foreign);
    stage.until(&plan, "founding.schedule");
    operate(&stage, timelock, &foreign);
    let said = failure(stage.deploy(&plan));
    let id = foreign.operation(Address::ZERO).to_string();
    assert!(said.contains("is not the founding by this plan") && said.contains(&id), "{said}");
    execute_founding(&stage, timelock);
    let said = failure(stage.deploy(&plan));
    assert!(said.contains(&id) && said.contains("not the plan's"), "{said}");
    back(snapshot);

    // A role of the timelock, as if by the founding; the roles say it too.
    let snapshot = stage.chain.snapshot();
    stage.until(&plan, "founding.schedule");
    operate(&stage, timelock, &Proposal::new("A canceller").call(timelock, &grant("CANCELLER_ROLE")));
    execute_founding(&stage, timelock);
    let said = failure(stage.deploy(&plan));
    assert!(said.starts_with("roles are not as planned: timelock: CANCELLER_ROLE"), "{said}");
    back(snapshot);

    // An operation that waits until nobody looks.
    let snapshot = stage.chain.snapshot();
    let later = Proposal::new("Later").call(timelock, &T::updateDelayCall { newDelay: U256::ZERO });
    stage.send(&stage.deployer, timelock, &later.schedule(Address::ZERO, 30 * DAY));
    let said = failure(stage.deploy(&plan));
    assert!(said.contains("if it waits, cancel it"), "{said}");
    let mut other = plan.clone();
    other.governance = {
        let mut new = plan.governance.planned().unwrap().clone();
        new.timelock.cancellers = vec![Holder::Named(Name::Guardian)];
        Power::New(new)
    };
    assert!(failure(stage.deploy(&other)).contains("if it waits, cancel it"));
    let second = stage.chain.snapshot();
    hand_over(&stage, timelock);
    let said = failure(stage.deploy(&plan));
    assert!(said.contains("is waiting, the plan says executed or cancelled"), "{said}");
    assert!(stage.chain.revert(second));
    fs::write(stage.file("addresses.json"), &written).unwrap();
    // The hand-over without what belongs to it leaves the verifier to the deployer.
    let second = stage.chain.snapshot();
    stage.send(&stage.deployer, timelock, &T::cancelCall { id: later.operation(Address::ZERO) });
    hand_over(&stage, timelock);
    let said = failure(stage.deploy(&plan));
    assert!(said.contains("verifier: deployer owns it is true, the plan says false"), "{said}");
    assert!(stage.chain.revert(second));
    fs::write(stage.file("addresses.json"), &written).unwrap();
    // Cancelled, it is no obstacle.
    stage.send(&stage.deployer, timelock, &T::cancelCall { id: later.operation(Address::ZERO) });
    stage.deploy(&plan).unwrap();
    back(snapshot);

    // A founding that was scheduled by one plan is not executed by another.
    let snapshot = stage.chain.snapshot();
    stage.until(&plan, "founding.schedule");
    assert!(failure(stage.deploy(&other)).contains("is not the founding by this plan"));
    execute_founding(&stage, timelock);
    let said = failure(stage.deploy(&other));
    assert!(said.starts_with("roles are not as planned: timelock: CANCELLER_ROLE"), "{said}");
    stage.deploy(&plan).unwrap();
    back(snapshot);
}

#[test]
fn gov_32_what_the_deployer_does_with_the_verifier_and_owners_with_their_safe_is_found() {
    let (stage, plan) = (Stage::new(), plan());
    let stranger = dev_key(9).unwrap().address();
    stage.until(&plan, "governor");
    let (timelock, written) =
        (stage.record().address("timelock").unwrap(), fs::read(stage.file("addresses.json")).unwrap());
    let back = |snapshot| {
        assert!(stage.chain.revert(snapshot));
        fs::write(stage.file("addresses.json"), &written).unwrap();
    };

    // A policy that is not the plan's, registered while the deployer owned the verifier.
    let snapshot = stage.chain.snapshot();
    let verifier = stage.record().address("verifier").unwrap();
    let committed = PolicyFiles::load(&plan.policy).unwrap();
    let mut weights = committed.model().to_vec();
    let middle = weights.len() / 2;
    weights[middle] ^= 1;
    let policy = PolicyFiles::new(weights, committed.schema().to_vec()).unwrap();
    let data = stage.create(init_code(&policy.code()));
    let (model_id, kpi_schema, kind) = (policy.model_id(), policy.kpi_schema(), KIND_SIGNED);
    let register = IVerifier::registerModelCall { model_id, data, kpi_schema, kind };
    stage.send(&stage.deployer, verifier, &register);
    let said = failure(stage.deploy(&plan));
    assert!(said.contains("verifier: policies of the deployer") && said.contains(&model_id.to_string()), "{said}");
    assert!(!stage.record().steps.contains_key("founding.schedule"), "nothing was handed over");
    back(snapshot);
    // A feed that is not the plan's.
    let snapshot = stage.chain.snapshot();
    let feed = IVerifier::setUptimeFeedCall { feed: timelock, grace: 1 };
    stage.send(&stage.deployer, verifier, &feed);
    let said = failure(stage.deploy(&plan));
    assert!(said.contains("verifier: uptime feed of the deployer is [(0x"), "{said}");
    assert!(!stage.record().steps.contains_key("founding.schedule"), "nothing was handed over");
    back(snapshot);

    // A Safe that its owners changed, and one of other owners.
    let (council, owners) = (stage.record().address("council").unwrap(), [2, 6].map(|n| dev_key(n).unwrap()));
    let module = SafeTx::call(council, &ISafe::enableModuleCall { module: stranger }, U256::ZERO);
    let signed = module.sign(plan.chain_id, council, &owners).unwrap();
    stage.send(&stage.deployer, council, &module.execute(signed));
    let said = failure(stage.deploy(&plan));
    assert!(said.contains("council's Safe: modules is [0xa0ee7a142d267c1f36714e4a8f75612f20a79720]"), "{said}");
    assert!(!stage.record().steps.contains_key("founding.schedule"), "nothing was handed over");
    let mut other = plan.clone();
    let Some(Multisig::Safe(safe)) = plan.council.planned() else { panic!("a Safe") };
    let mut safe = safe.clone();
    safe.owners.pop();
    other.council = Power::New(Multisig::Safe(safe));
    let said = failure(stage.deploy(&other));
    assert!(said.contains("the council's Safe") && said.contains("move it away"), "{said}");
}

/// Executes the founding that waits in the timelock by hand, past the check before it.
fn execute_founding(stage: &Stage, timelock: Address) {
    let client = stage.client();
    let logs = stage.runtime.block_on(async {
        let (head, _) = client.head().await.unwrap();
        client.logs(&[timelock], 0, head).await.unwrap()
    });
    // The first operation of more than one call is the founding.
    let scheduled: Vec<T::CallScheduled> = logs
        .iter()
        .filter_map(|log| alloy::sol_types::SolEvent::decode_log(&log.inner).ok().map(|event| event.data))
        .collect();
    let id = scheduled.iter().find(|call: &&T::CallScheduled| call.index == U256::from(1)).expect("a founding").id;
    let calls: Vec<&T::CallScheduled> = scheduled.iter().filter(|call| call.id == id).collect();
    let salt = keccak256("Founding of devnet-governed");
    let call = T::executeBatchCall {
        targets: calls.iter().map(|call| call.target).collect(),
        values: vec![U256::ZERO; calls.len()],
        payloads: calls.iter().map(|call| call.data.clone()).collect(),
        predecessor: calls[0].predecessor,
        salt,
    };
    stage.send(&stage.deployer, timelock, &call);
}

/// Hands over by hand, past the check before the founding, and leaves everything else undone.
fn hand_over(stage: &Stage, timelock: Address) {
    let at = |name: &str| stage.record().address(name).unwrap();
    let (deployer, governor) = (stage.deployer.address(), at("governor"));
    let grant = |role: &str, account| T::grantRoleCall { role: keccak256(role), account };
    let mut cancellers = [at("council"), governor];
    cancellers.sort_unstable();
    let mut founding = Proposal::new("By hand").call(timelock, &grant("PROPOSER_ROLE", governor));
    for account in cancellers {
        founding = founding.call(timelock, &grant("CANCELLER_ROLE", account));
    }
    founding = founding.call(timelock, &grant("EXECUTOR_ROLE", Address::ZERO));
    for role in ["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"] {
        founding = founding.call(timelock, &T::revokeRoleCall { role: keccak256(role), account: deployer });
    }
    operate(stage, timelock, &founding.call(timelock, &T::updateDelayCall { newDelay: U256::from(14 * DAY) }));
}
