use std::collections::BTreeSet;

use alloy::primitives::{Bytes, U256};
use serde_json::{Value, json};

use super::{super::founding::unplanned, *};

const GOVERNED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deployments/devnet-governed/config.json");

fn governed() -> Plan {
    Plan::load(Path::new(GOVERNED)).unwrap()
}

/// The committed plan with something changed in its text.
fn edited(edit: &dyn Fn(&mut Value)) -> Result<Plan, PlanError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    let mut plan: Value = serde_json::from_str(&fs::read_to_string(GOVERNED).unwrap()).unwrap();
    edit(&mut plan);
    fs::write(&path, plan.to_string()).unwrap();
    Plan::load(&path)
}

fn address(byte: u8) -> Value {
    json!(Address::repeat_byte(byte))
}

#[test]
fn gov_34_the_committed_plan_s_text_survives_and_addresses_stay_allowed() {
    let plan = governed();
    let text = serde_json::to_value(&plan).unwrap();
    let again: Plan = serde_json::from_value(text).unwrap();
    assert_eq!((again.governance, again.council, again.guardian), (plan.governance, plan.council, plan.guardian));
    let folder = Path::new(GOVERNED).parent().unwrap();
    let Some(SafeContracts::PublishFrom(packages)) = plan.safe_contracts else { panic!("a package") };
    assert_eq!(packages, folder.join("../../scripts/node_modules"), "relative to the plan");

    let addressed = edited(&|p| {
        for (name, byte) in [("governance", 1), ("council", 2), ("guardian", 3)] {
            p[name] = address(byte);
        }
        p["controller"]["turnout"] = address(4);
        p.as_object_mut().unwrap().remove("safeContracts");
    });
    let addressed = addressed.unwrap();
    assert_eq!(addressed.governance, Power::Standing(Address::repeat_byte(1)));
    assert!(addressed.safes().is_empty());
    assert_eq!(Powers::of(&addressed, &Record::default()).unwrap().guardian, Address::repeat_byte(3));
    let missing = Powers::of(&governed(), &Record::default());
    assert!(matches!(missing, Err(DeployError::Missing { step, .. }) if step == "timelock"));
}

#[test]
fn gov_34_a_malformed_object_is_refused_with_the_field() {
    for (edit, words) in [
        (&(|p: &mut Value| p["governance"] = json!(7)) as &dyn Fn(&mut Value), "an address, or an object"),
        (&|p| p["governance"] = json!("0x12"), "`0x12` is no address"),
        (&|p| p["governance"] = json!({}), "missing field `timelock`"),
        (&|p| p["governance"]["delay"] = json!(1), "unknown field `delay`"),
        (&|p| p["governance"]["timelock"]["admin"] = address(1), "unknown field `admin`"),
        (&|p| drop(p["governance"]["timelock"].as_object_mut().unwrap().remove("minDelay")), "`minDelay`"),
        (&|p| p["governance"]["timelock"]["executors"] = json!("anyone"), "`executors` must be"),
        (&|p| p["governance"]["timelock"]["proposers"] = json!(["treasury"]), "neither an address nor"),
        (&|p| p["governance"]["governor"]["quorum"] = json!(4), "unknown field `quorum`"),
        (&|p| drop(p["governance"]["governor"].as_object_mut().unwrap().remove("name")), "missing field `name`"),
        (&|p| p["council"] = json!({ "multisig": {} }), "unknown variant `multisig`, expected `safe`"),
        (&|p| p["council"]["safe"]["threshold"] = json!(256), "256"),
        (&|p| p["guardian"]["safe"]["owner"] = json!([]), "unknown field `owner`"),
        (&|p| p["safeContracts"] = json!({ "deployed": { "factory": address(1) } }), "missing field `singleton`"),
        (&|p| p["safeContracts"] = json!("canonical"), "`canonical`"),
    ] {
        let refused = edited(edit);
        let Err(PlanError::Malformed { source, .. }) = &refused else { panic!("{words}: {refused:?}") };
        assert!(source.to_string().contains(words), "{words}: {source}");
    }
}

#[test]
fn gov_34_senseless_powers_are_refused_with_the_field_and_its_numbers() {
    let setting = |edit: &dyn Fn(&mut Value), field: &str, bad: u32| {
        let refused = edited(edit);
        assert!(
            matches!(&refused, Err(PlanError::Setting { what, value, least, most }) if *what == field
                && *value == bad && !(*least..=*most).contains(value)),
            "{field}: {refused:?}"
        );
    };
    for bad in [0, 172_799, 7_776_001] {
        setting(&|p| p["governance"]["timelock"]["minDelay"] = json!(bad), "governance.timelock.minDelay", bad);
    }
    for bad in [0, 86_399, 2_592_001] {
        setting(&|p| p["governance"]["governor"]["votingDelay"] = json!(bad), "governance.governor.votingDelay", bad);
    }
    for bad in [0, 86_399, 5_184_001] {
        setting(&|p| p["governance"]["governor"]["votingPeriod"] = json!(bad), "governance.governor.votingPeriod", bad);
    }
    let refused = |edit: &dyn Fn(&mut Value)| edited(edit).expect_err("refused").to_string();
    let drop_governor = |p: &mut Value| {
        p["governance"].as_object_mut().unwrap().remove("governor");
        p["controller"]["turnout"] = address(1);
    };
    for (edit, words) in [
        (&(|p: &mut Value| p["governance"] = address(0)) as &dyn Fn(&mut Value), "governance is the zero address"),
        (&drop_governor, "governance.timelock.proposers names nobody"),
        (
            &|p| {
                drop_governor(p);
                p["governance"]["timelock"]["proposers"] = json!(["council"]);
                p["governance"]["timelock"]["executors"] = json!([]);
            },
            "governance.timelock.executors names nobody",
        ),
        (&|p| p["governance"]["timelock"]["cancellers"] = json!(["governor"]), "cancellers names the governor"),
        (&|p| p["governance"]["timelock"]["executors"] = json!([address(0)]), "timelock.executors is the zero address"),
        (&|p| p["controller"]["turnout"] = json!("council"), "controller.turnout must be"),
        (
            &|p| {
                p["governance"] = address(1);
            },
            "controller.turnout must be",
        ),
        (&|p| p["governance"]["governor"]["minVotableSupply"] = json!("0"), "minVotableSupply is 0"),
        (
            &|p| p["governance"]["governor"]["minVotableSupply"] = json!("100000000000000000000000001"),
            "to the initial supply, 100000000000000000000000000",
        ),
        (&|p| p["council"]["safe"]["threshold"] = json!(0), "council.safe: threshold 0 of 3 owners"),
        (&|p| p["guardian"]["safe"]["threshold"] = json!(4), "guardian.safe: threshold 4 of 3 owners"),
        (&|p| p["guardian"]["safe"]["owners"][2] = p["guardian"]["safe"]["owners"][0].clone(), "appears twice"),
        (&|p| p["council"]["safe"]["owners"][0] = json!(Address::with_last_byte(1)), "cannot own a Safe"),
        (&|p| p["council"]["safe"]["owners"][0] = address(0), "cannot own a Safe"),
        (&|p| p["guardian"] = p["council"].clone(), "another saltNonce"),
        (&|p| drop(p.as_object_mut().unwrap().remove("safeContracts")), "safeContracts must say"),
        (&|p| p["chainId"] = json!(42_161), "chain 42161 is none"),
        (
            &|p| {
                p["safeContracts"] = json!({ "deployed": { "factory": address(1), "singleton": address(0),
                    "fallbackHandler": address(2) } });
            },
            "safeContracts.deployed is the zero address",
        ),
    ] {
        let said = refused(edit);
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(edited(&|p| p["guardian"]["safe"]["saltNonce"] = json!("1")).is_ok());
}

#[test]
fn gov_35_the_governor_is_among_proposers_cancellers_and_named_executors() {
    let mut plan = governed().governance.planned().unwrap().clone();
    let at = Address::repeat_byte;
    let powers = Powers { governance: at(1), council: at(2), guardian: at(3), governor: Some(at(4)) };
    let nobody = Address::ZERO;
    let expected = [BTreeSet::from([at(4)]), BTreeSet::from([at(2), at(4)]), BTreeSet::from([nobody])];
    assert_eq!(powers.members(&plan).unwrap(), expected);
    plan.timelock.executors = Executors::Named(vec![Holder::Named(Name::Guardian), Holder::At(at(9))]);
    plan.timelock.proposers = vec![Holder::Named(Name::Council)];
    let expected = [[at(2), at(4)].into(), [at(2), at(4)].into(), [at(3), at(4), at(9)].into()];
    assert_eq!(powers.members(&plan).unwrap(), expected);
    let early = Powers { governor: None, ..powers };
    assert!(matches!(early.members(&plan), Err(DeployError::Missing { step, .. }) if step == "governor"));
    plan.governor = None;
    plan.timelock.executors = Executors::Open(Open::Open);
    assert_eq!(early.members(&plan).unwrap(), [[at(2)].into(), [at(2)].into(), [nobody].into()]);
}

#[test]
fn gov_32_an_operation_is_the_plan_s_only_with_its_calls_in_order_and_the_whole_hand_over() {
    let call = |byte: u8| (Address::repeat_byte(byte), Bytes::from(vec![byte]));
    let plain = |byte: u8| (call(byte).0, U256::ZERO, call(byte).1);
    let (planned, handover) = ([1, 2, 3].map(call), [8, 9].map(call));
    let judge = |calls: &[_]| unplanned(calls, &planned, &handover);
    for good in [&[1, 2, 3, 8, 9][..], &[1, 3, 8, 9], &[8, 9]] {
        let calls: Vec<_> = good.iter().map(|byte| plain(*byte)).collect();
        assert_eq!(judge(&calls), None, "{good:?}");
    }
    for bad in [
        &[2, 1, 8, 9][..],
        &[1, 1, 8, 9],
        &[1, 7, 8, 9],
        &[1, 8],
        &[1, 9, 8],
        &[8, 9, 1],
        &[8, 8, 9],
        &[8, 9, 8, 9],
        &[1, 2, 3],
        &[],
    ] {
        let calls: Vec<_> = bad.iter().map(|byte| plain(*byte)).collect();
        assert!(judge(&calls).is_some(), "{bad:?}");
    }
    let mut paid = [1, 8, 9].map(plain);
    for place in 0..3 {
        paid[place].1 = U256::from(1);
        assert!(judge(&paid).is_some(), "wei with call {place}");
        paid[place].1 = U256::ZERO;
    }
    assert_eq!(judge(&paid), None);
}

#[test]
fn gov_30_a_proposal_has_every_call_that_can_be_made_and_no_other() {
    let duty = |byte: Option<u8>| Duty {
        what: format!("call {byte:?}"),
        to: byte.map(Address::repeat_byte),
        data: byte.map(|byte| vec![byte]).unwrap_or_default().into(),
    };
    let governor = Address::repeat_byte(7);
    assert!(ProposalFile::of("net", governor, &[duty(None)]).is_none());
    let file = ProposalFile::of("net", governor, &[duty(Some(1)), duty(None), duty(Some(2))]).unwrap();
    assert_eq!(file.targets, [1, 2].map(Address::repeat_byte));
    assert_eq!(file.values, ["0", "0"]);
    assert_eq!(file.description, "Wiring of net\n\n- call Some(1)\n- call Some(2)");
    assert_eq!(file.proposal_id, file.proposal().id().to_string());
    assert_eq!(file.operation_id, file.proposal().operation(governor));
}
