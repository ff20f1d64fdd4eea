use std::{fs, path::Path};

use alloy::primitives::{Address, B256, U256};

use super::*;

fn plan() -> Plan {
    Plan::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deployments/devnet/config.json"))).unwrap()
}

#[test]
fn the_committed_plan_loads_and_its_values_are_the_law_s() {
    let plan = plan();
    let values = plan.values().unwrap();
    assert_eq!((values[0], values[1], values[2]), (10_000, 10_000, 10_000));
    assert_eq!(values[11..15].iter().sum::<u32>(), 10_000);
    assert_eq!((values[15], values[45], values[46]), (0, 10_000, 0));
    assert!(plan.signers().is_sorted());
    assert!(crate::policy::PolicyFiles::load(&plan.policy).is_ok());
}

#[test]
fn check_refuses_with_the_numbers() {
    let with = |edit: fn(&mut Plan)| {
        let mut plan = plan();
        edit(&mut plan);
        plan.check()
    };
    assert!(matches!(with(|p| p.council = Address::ZERO), Err(PlanError::ZeroAddress("council"))));
    assert!(matches!(with(|p| p.attesters.threshold = 2), Err(PlanError::Threshold { threshold: 2, signers: 5 })));
    assert!(matches!(with(|p| p.attesters.threshold = 6), Err(PlanError::Threshold { threshold: 6, signers: 5 })));
    let twice = with(|p| p.attesters.signers[1] = p.attesters.signers[0]);
    assert!(matches!(twice, Err(PlanError::DuplicateSigner(_))));
    assert!(matches!(with(|p| p.token.cap = U256::from(1)), Err(PlanError::SupplyAboveCap { .. })));
    let with_value = |slot: u8, value: u32| {
        let mut plan = plan();
        plan.controller.values.insert(slot, value);
        plan.check()
    };
    let far = with_value(0, 50_001);
    assert!(matches!(far, Err(PlanError::OutOfRange { slot: 0, value: 50_001, min: 0, max: 50_000 })));
    assert!(matches!(with_value(51, 1), Err(PlanError::UnknownSlot(51))));
    assert!(matches!(with_value(12, 2_999), Err(PlanError::WeightSum(9_999))));
}

#[test]
fn load_refuses_fields_it_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    let mut value = serde_json::to_value(plan()).unwrap();
    value["privateKey"] = "0x00".into();
    fs::write(&path, value.to_string()).unwrap();
    assert!(matches!(Plan::load(&path), Err(PlanError::Malformed { .. })));
}

#[test]
fn record_survives_a_round_trip_and_leaves_no_draft() {
    let folder = tempfile::tempdir().unwrap();
    let network = folder.path().join("net");
    let mut record = Record::open(Some(&network)).unwrap();
    record.chain_id = 5;
    let step = Step {
        address: Some(Address::repeat_byte(1)),
        transaction: B256::repeat_byte(2),
        block: 3,
        gas_used: 4,
        data_fee: Some("5".into()),
        code_hash: None,
    };
    record.add("token", Some("token"), step.clone()).unwrap();
    let read = Record::open(Some(&network)).unwrap();
    assert_eq!((read.chain_id, read.steps.get("token")), (5, Some(&step)));
    assert_eq!(read.contracts.get("token"), Some(&Address::repeat_byte(1)));
    assert_eq!(fs::read_dir(&network).unwrap().count(), 1);
}

#[test]
fn quote_adds_a_fifth() {
    let quote = Quote { active: false, data_fee: U256::from(1_000), gas: None };
    assert_eq!(quote.value(), U256::from(1_200));
}
