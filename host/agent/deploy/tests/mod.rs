use std::{fs, path::Path};

use alloy::primitives::{Address, B256, U256};

use super::*;

mod powers;

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
    assert!(matches!(with(|p| p.council = Power::Standing(Address::ZERO)), Err(PlanError::ZeroAddress("council"))));
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
fn check_refuses_what_the_modules_would_refuse() {
    let with = |edit: &dyn Fn(&mut Plan)| {
        let mut plan = plan();
        edit(&mut plan);
        plan.check()
    };
    assert!(matches!(with(&|p| p.minter.parts.vault = 4_001), Err(PlanError::PartSum(10_001))));
    let whole = with(&|p| p.minter.parts = Parts { vault: 10_000, gauges: 0, treasury: 0 });
    assert!(whole.is_ok(), "{whole:?}");
    assert!(with(&|p| p.vault = VaultPlan { cooldown: 2_592_000, penalty: 5_000 }).is_ok());
    for (edit, field, bad) in [
        (&(|p: &mut Plan| p.vault.cooldown = 2_592_001) as &dyn Fn(&mut Plan), "vault.cooldown", 2_592_001),
        (&|p| p.vault.penalty = 5_001, "vault.penalty", 5_001),
        (&|p| p.minter.epoch_length = 3_599, "minter.epochLength", 3_599),
        (&|p| p.minter.epoch_length = 31_536_001, "minter.epochLength", 31_536_001),
        (
            &|p| (p.minter.market, p.minter.revenue) = (Some(market(0, 100)), p.council.standing()),
            "minter.market.deviationBps",
            0,
        ),
        (
            &|p| (p.minter.market, p.minter.revenue) = (Some(market(100, 1_001)), p.council.standing()),
            "minter.market.slippageBps",
            1_001,
        ),
    ] {
        let refused = with(edit);
        assert!(
            matches!(refused, Err(PlanError::Setting { what, value, least, most }) if what == field && value == bad
                && !(least..=most).contains(&bad)),
            "{field}: {refused:?}"
        );
    }
    let quoted = |p: &mut Plan| (p.minter.market, p.minter.revenue) = (Some(market(1, 1_000)), p.council.standing());
    assert!(with(&quoted).is_ok());
    // Without another recipient the treasury gets the quote, and governance can move it out.
    assert!(with(&|p| p.minter.market = Some(market(1, 1_000))).is_ok());
    assert!(matches!(with(&|p| p.minter.revenue = Some(Address::ZERO)), Err(PlanError::ZeroAddress("minter.revenue"))));
    let pool = |weight: u8, lp: Address| with(&|p| p.gauges.pools = [(weight, lp)].into());
    assert!(matches!(pool(0, Address::repeat_byte(1)), Err(PlanError::PoolWeight(0))));
    assert!(matches!(pool(32, Address::repeat_byte(1)), Err(PlanError::PoolWeight(32))));
    assert!(matches!(pool(31, Address::ZERO), Err(PlanError::ZeroAddress(_))));
    assert!(pool(31, Address::repeat_byte(1)).is_ok());
}

fn market(deviation_bps: u16, slippage_bps: u16) -> MarketPlan {
    MarketPlan { quote: Address::repeat_byte(1), pool: Address::repeat_byte(2), deviation_bps, slippage_bps }
}

#[test]
fn a_deployment_plan_without_the_new_parts_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    for field in ["vault", "minter"] {
        let mut value = serde_json::to_value(plan()).unwrap();
        value[field] = serde_json::json!({ "epochLength": 604_800 });
        fs::write(&path, value.to_string()).unwrap();
        assert!(matches!(Plan::load(&path), Err(PlanError::Malformed { .. })), "{field}");
    }
}

#[test]
fn consumers_have_their_groups_and_no_empty_part() {
    let at = |byte| Address::repeat_byte(byte);
    let [token, verifier, controller, minter, vault, gauges, treasury] = [1, 2, 3, 4, 5, 6, 7].map(at);
    let places = wiring::Places { token, verifier, controller, minter, vault, gauges, treasury };
    let mut plan = plan();
    let planned = places.consumers(&plan);
    assert_eq!(
        planned,
        [(0, vault, 1 << 2), (1, gauges, 1 << 5), (2, treasury, 1 << 1 | 1 << 6), (3, minter, 1 | 1 << 3)]
    );
    plan.controller.categories = 0;
    assert_eq!(places.consumers(&plan)[2], (2, treasury, 1 << 1), "nobody can ask about no values");
    assert_eq!(places.mints_to(&plan).consumers, [vault, gauges, treasury, Address::ZERO]);
    assert_eq!(places.mints_to(&plan).weights, [4_000, 4_000, 2_000, 0]);
    plan.minter.parts = Parts { vault: 0, gauges: 7_000, treasury: 3_000 };
    assert_eq!(places.mints_to(&plan).consumers, [gauges, treasury, Address::ZERO, Address::ZERO], "no gap");
    assert_eq!(places.mints_to(&plan).weights, [7_000, 3_000, 0, 0]);
}

#[test]
fn every_program_of_a_record_is_kept_alive() {
    let mut record = Record::default();
    let names = PROGRAMS.map(|name| if PROXIED.contains(&name) { implementation(name) } else { name.to_owned() });
    for (name, byte) in names.iter().zip(1..) {
        record.contracts.insert(name.clone(), Address::repeat_byte(byte));
    }
    let expected: Vec<Address> = (1..=8).map(Address::repeat_byte).collect();
    assert_eq!(record.programs().unwrap(), expected);
    record.contracts.remove("gaugesImplementation");
    assert!(matches!(record.programs(), Err(DeployError::Missing { step, .. }) if step == "gaugesImplementation"));
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
