use std::fs;

use alloy::{
    consensus::Transaction as _,
    primitives::{Address, B256, U256},
    sol_types::SolValue,
};
use escapement_agent::{
    artifacts,
    bindings::{solidity::TimelockController as T, verifier::IVerifier},
    deploy::{DeployError, verify},
    keys::dev_key,
    policy::{KIND_SIGNED, PolicyFiles},
};
use serde_json::Value;

use super::{DAY, Stage, failure, plan};

/// Rewrites the record, as whoever deploys can.
fn edit(stage: &Stage, edit: impl FnOnce(&mut Value)) {
    let file = stage.file("addresses.json");
    let mut record = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    edit(&mut record);
    fs::write(file, record.to_string()).unwrap();
}

/// Puts a contract into the record in the place of another, with the transaction that created it.
fn replace(stage: &Stage, name: &str, code: Vec<u8>) -> Address {
    let sent = stage.runtime.block_on(stage.client().send(&stage.deployer, escapement_agent::client::Tx::create(code)));
    let receipt = sent.unwrap();
    let address = receipt.contract_address.unwrap();
    edit(stage, |record| {
        record["contracts"][name] = address.to_string().into();
        record["steps"][name]["address"] = address.to_string().into();
        record["steps"][name]["transaction"] = receipt.transaction_hash.to_string().into();
        record["steps"][name]["block"] = receipt.block_number.into();
    });
    address
}

fn timelock_code(delay: u64, proposers: Vec<Address>, admin: Address) -> Vec<u8> {
    let args = (U256::from(delay), proposers.clone(), proposers, admin).abi_encode_params();
    artifacts::solidity_init_code(artifacts::TIMELOCK, "TimelockController", &args).unwrap().to_vec()
}

#[test]
fn gov_36_a_timelock_that_began_with_others_is_found_whatever_it_answers() {
    let (stage, plan) = (Stage::new(), plan());
    let (deployer, friend) = (stage.deployer.address(), dev_key(9).unwrap());
    stage.until(&plan, "timelock");
    let written = fs::read(stage.file("addresses.json")).unwrap();
    for code in [
        timelock_code(0, vec![deployer, friend.address()], Address::ZERO),
        timelock_code(0, vec![deployer], friend.address()),
        timelock_code(DAY, vec![deployer], Address::ZERO),
    ] {
        let snapshot = stage.chain.snapshot();
        let timelock = replace(&stage, "timelock", code);
        let said = stage.deploy(&plan).unwrap_err();
        assert!(
            matches!(&said, DeployError::CreationCode { contract, address } if contract == "timelock" && *address == timelock),
            "{said}"
        );
        assert!(!stage.record().steps.contains_key("founding.schedule"), "nothing was handed over");
        assert!(stage.chain.revert(snapshot));
        fs::write(stage.file("addresses.json"), &written).unwrap();
    }
    // The transaction of another contract: its block would hide what was before.
    stage.until(&plan, "governor");
    let governor = stage.record().steps["governor"].transaction;
    edit(&stage, |record| record["steps"]["timelock"]["transaction"] = governor.to_string().into());
    let said = failure(stage.deploy(&plan));
    assert!(said.contains("timelock at 0x") && said.contains("did not create it"), "{said}");
    edit(&stage, |record| record["steps"]["timelock"]["transaction"] = B256::repeat_byte(7).to_string().into());
    assert!(failure(stage.deploy(&plan)).contains("did not create it"));
}

#[test]
fn gov_36_a_governor_with_other_terms_is_not_handed_anything() {
    let (stage, plan) = (Stage::new(), plan());
    stage.until(&plan, "governor");
    let at = |name: &str| stage.record().address(name).unwrap();
    let args = ("Other".to_owned(), at("vault"), at("timelock"), at("controller"), U256::ONE, U256::ONE, U256::ONE);
    let code = artifacts::solidity_init_code(artifacts::GOVERNOR, "ParameterGovernor", &args.abi_encode_params());
    replace(&stage, "governor", code.unwrap().to_vec());
    let said = failure(stage.deploy(&plan));
    assert!(said.starts_with("governor at 0x") && said.contains("was not created from the code"), "{said}");
    assert!(!stage.record().steps.contains_key("founding.schedule"), "nothing was handed over");
}

#[test]
fn gov_36_a_proxy_whose_first_administrator_was_another_is_found() {
    let (stage, plan) = (Stage::new(), plan());
    stage.until(&plan, "controller");
    let record = stage.record();
    let client = stage.client();
    let made = stage.runtime.block_on(client.transaction(record.steps["controller"].transaction)).unwrap();
    let code = made.unwrap().0.input().to_vec();
    // The owner of the proxy's admin is one argument, governance in the first call the next place of the same address.
    let timelock = record.address("timelock").unwrap();
    let place = code.windows(20).rposition(|bytes| bytes == timelock.as_slice()).unwrap();
    for (at, name) in [(place, "the first administrator"), (place - 4 - 3 * 32, "the owner of its admin")] {
        let (snapshot, written) = (stage.chain.snapshot(), fs::read(stage.file("addresses.json")).unwrap());
        let mut other = code.clone();
        assert_eq!(other[at..at + 20], timelock[..], "{name}");
        other[at..at + 20].copy_from_slice(dev_key(9).unwrap().address().as_slice());
        replace(&stage, "controller", other);
        stage.until(&plan, "governor");
        let said = failure(stage.deploy(&plan));
        assert!(
            said.starts_with("controller at 0x") && said.contains("was not created from the code"),
            "{name}: {said}"
        );
        assert!(!stage.record().steps.contains_key("founding.schedule"), "nothing was handed over");
        assert!(stage.chain.revert(snapshot));
        fs::write(stage.file("addresses.json"), written).unwrap();
    }
    stage.deploy(&plan).unwrap();
}

#[test]
fn gov_36_a_block_in_the_record_hides_nothing() {
    let (stage, plan) = (Stage::new(), plan());
    stage.until(&plan, "policy");
    let verifier = stage.record().address("verifier").unwrap();
    let committed = PolicyFiles::load(&plan.policy).unwrap();
    let mut weights = committed.model().to_vec();
    weights[40] ^= 1;
    let rogue = PolicyFiles::new(weights, committed.schema().to_vec()).unwrap();
    let data = stage.create(artifacts::init_code(&rogue.code()));
    let (model_id, kpi_schema, kind) = (rogue.model_id(), rogue.kpi_schema(), KIND_SIGNED);
    stage.send(&stage.deployer, verifier, &IVerifier::registerModelCall { model_id, data, kpi_schema, kind });
    let client = stage.client();
    let (head, _) = stage.runtime.block_on(client.head()).unwrap();
    edit(&stage, |record| record["steps"]["verifier"]["block"] = (head + 1).into());
    let said = failure(stage.deploy(&plan));
    assert!(said.contains("verifier: policies of the deployer") && said.contains(&model_id.to_string()), "{said}");
}

#[test]
fn gov_36_anybody_can_verify_without_a_key() {
    let (stage, plan) = (Stage::new(), plan());
    let look = || {
        let client = stage.client();
        stage.runtime.block_on(verify(&client, &plan, &stage.record()))
    };
    assert!(matches!(look(), Err(DeployError::Nothing { network }) if network == "devnet-governed"));
    stage.deploy(&plan).unwrap();
    let nonce = || stage.runtime.block_on(stage.client().nonce(stage.deployer.address())).unwrap();
    let before = nonce();
    let report = look().unwrap();
    assert_eq!((report.verdict(), nonce()), (Ok(()), before));
    assert!(report.checks.len() > 60, "{} checks", report.checks.len());

    let written = fs::read(stage.file("addresses.json")).unwrap();
    // A Safe is at the address that its terms give.
    let guardian = stage.record().address("guardian").unwrap();
    edit(&stage, |record| record["contracts"]["council"] = guardian.to_string().into());
    let said = look().and_then(|report| report.verdict().map_err(DeployError::Roles)).unwrap_err().to_string();
    assert!(said.contains("council"), "{said}");
    fs::write(stage.file("addresses.json"), &written).unwrap();
    // What governance has changed since is seen by everybody.
    let timelock = stage.record().address("timelock").unwrap();
    let slot = U256::from(2);
    assert_eq!(stage.read(timelock, &T::getMinDelayCall {}), U256::from(14 * DAY));
    stage.chain.set_storage(timelock, slot, U256::ZERO);
    let said = look().unwrap().verdict().unwrap_err();
    assert!(said.contains("timelock: delay"), "{said}");
}
