use std::{collections::BTreeSet, fs};

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolValue,
};
use escapement_agent::{
    artifacts::solidity_init_code,
    bindings::{
        controller::IController as C,
        lens::ILens,
        safe::ISafe,
        solidity::{ParameterGovernor as G, TimelockController as T},
        token::IToken,
        vault::IVault as V,
    },
    deploy::{Executors, Holder, Name, Plan, Power, ProposalFile},
    governance::Proposal,
    keys::dev_key,
    safe::SafeTx,
};
use escapement_core::param::EMISSION;
use escapement_world::wad;
use serde_json::Value;

use super::{DAY, Stage, plan};

const QUOTE: &str = include_str!("../../solidity/artifacts/QuoteToken.json");

/// The proposal that the run left.
fn proposal(stage: &Stage, governor: Address) -> Proposal {
    let file: Value = serde_json::from_str(&fs::read_to_string(stage.file("proposal.json")).unwrap()).unwrap();
    let list = |name: &str| file[name].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned());
    let targets = list("targets").map(|target| target.parse().unwrap());
    let calls = targets.zip(list("calldatas").map(|data| data.parse().unwrap())).collect();
    let proposal = Proposal { calls, description: file["description"].as_str().unwrap().to_owned() };
    assert_eq!(file["governor"], serde_json::json!(governor));
    assert_eq!(file["proposalId"], proposal.id().to_string());
    assert_eq!(file["operationId"], serde_json::json!(proposal.operation(governor)));
    assert!(list("values").all(|value| value == "0"));
    proposal
}

/// Proposes, votes, queues and executes, each when it may.
fn pass(stage: &Stage, plan: &Plan, governor: Address, proposal: &Proposal) {
    let voter = dev_key(5).unwrap();
    let terms = plan.governance.planned().unwrap();
    let vote = terms.governor.as_ref().unwrap();
    stage.send(&voter, governor, &proposal.propose());
    stage.pass(u64::from(vote.voting_delay) + 1);
    stage.send(&voter, governor, &G::castVoteCall { proposalId: proposal.id(), support: 1 });
    stage.pass(vote.voting_period.into());
    stage.send(&voter, governor, &proposal.queue());
    assert_eq!(stage.refused(&voter, governor, &proposal.execute()), "TimelockUnexpectedOperationState");
    stage.pass(terms.timelock.min_delay.into());
    stage.send(&dev_key(9).unwrap(), governor, &proposal.execute());
}

#[test]
fn gov_30_from_an_empty_chain_to_a_vote_of_stakers() {
    let (stage, mut plan) = (Stage::new(), plan());
    let deployed = stage.deploy(&plan).unwrap();
    let at = |name: &str| deployed.address(name).unwrap();
    let (timelock, governor, controller, token, vault) =
        (at("timelock"), at("governor"), at("controller"), at("token"), at("vault"));
    // One thing is left, which nobody can do before there are pools; so there is nothing to propose.
    assert_eq!(deployed.roles.pending.len(), 1, "{:?}", deployed.roles.pending);
    assert!(deployed.roles.pending[0].to.is_none() && !stage.file("proposal.json").exists());
    let report: Value = serde_json::from_str(&fs::read_to_string(stage.file("roles.json")).unwrap()).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let whats: BTreeSet<&str> = checks.iter().map(|check| check["what"].as_str().unwrap()).collect();
    for what in [
        "timelock: delay",
        "timelock: PROPOSER_ROLE",
        "timelock: CANCELLER_ROLE",
        "timelock: EXECUTOR_ROLE",
        "timelock: DEFAULT_ADMIN_ROLE",
        "timelock: operations that the deployer carried out",
        "Governor: voting period",
        "council's Safe: owners",
        "guardian's Safe: modules",
        "guardian's Safe: module guard",
    ] {
        assert!(whats.contains(what), "{what}");
    }
    assert!(checks.iter().all(|check| check["ok"] == true));

    // The deployer can do nothing more in governance's name.
    let open = Proposal::new("Coup").call(timelock, &T::updateDelayCall { newDelay: U256::ZERO });
    let name = stage.refused(&stage.deployer, timelock, &open.schedule(Address::ZERO, 0));
    assert_eq!(name, "AccessControlUnauthorizedAccount");
    let grant = T::grantRoleCall { role: B256::ZERO, account: stage.deployer.address() };
    assert_eq!(stage.refused(&stage.deployer, timelock, &grant), "AccessControlUnauthorizedAccount");
    // The same again sends nothing and finds the same.
    let nonce = stage.runtime.block_on(stage.client().nonce(stage.deployer.address())).unwrap();
    assert_eq!(stage.deploy(&plan).unwrap().record, deployed.record);
    assert_eq!(stage.runtime.block_on(stage.client().nonce(stage.deployer.address())).unwrap(), nonce);

    // The pools become known: what is left is one proposal.
    let lp = |n: u8| {
        let args = ("Pool".to_owned(), format!("LP{n}"), U256::from(18), stage.deployer.address());
        stage.create(solidity_init_code(QUOTE, "QuoteToken", &args.abi_encode_params()).unwrap())
    };
    plan.gauges.pools = (1..4).map(|n| (n, lp(n))).collect();
    let completed = stage.deploy(&plan).unwrap();
    assert_eq!(completed.roles.pending.len(), 4, "three pools, and the gauges as a consumer");
    let wiring = proposal(&stage, governor);
    assert_eq!(wiring.calls.len(), 4);
    let file = ProposalFile::of(&plan.network, governor, &completed.roles.pending).unwrap();
    assert_eq!(file.proposal(), wiring);

    // Who holds the supply stakes, votes, and with it everything: votes need no wiring.
    let holder = dev_key(5).unwrap();
    assert_eq!(holder.address(), plan.token.holder);
    stage.send(&holder, token, &IToken::approveCall { spender: vault, value: wad(1_000_000) });
    stage.send(&holder, vault, &V::stakeCall { amount: wad(1_000_000), lockSeconds: 0 });
    stage.send(&holder, vault, &V::delegateCall { delegatee: holder.address() });
    stage.pass(2);
    pass(&stage, &plan, governor, &wiring);
    let wired = stage.deploy(&plan).unwrap();
    assert!(wired.roles.pending.is_empty(), "{:?}", wired.roles.pending);
    assert!(!stage.file("proposal.json").exists(), "nothing is left to propose");

    // A bound is changed by another vote, and by nobody else.
    let mut rules = EMISSION.default_rules();
    rules.gov_max = 21_000;
    let [word0, word1] = rules.pack().map(B256::from);
    let widen = C::setSlotRulesCall { slot: EMISSION.number(), word0, word1 };
    assert_eq!(stage.refused(&stage.deployer, controller, &widen), "AccessControlUnauthorizedAccount");
    let highest = || stage.read(at("lens"), &ILens::rulesCall { controller, slot: EMISSION.number() }).inForce.govMax;
    assert_eq!(highest(), EMISSION.default_rules().gov_max);
    pass(&stage, &plan, governor, &Proposal::new("Emission of up to 21,000 ppm").call(controller, &widen));
    assert_eq!(highest(), 21_000);

    // The guardian's Safe halts with two of its three owners, who are the plan's.
    let guardian = at("guardian");
    let owners = [3, 4].map(|n| dev_key(n).unwrap());
    let halt = SafeTx::call(controller, &C::haltCall { scope: 0 }, stage.read(guardian, &ISafe::nonceCall {}));
    let signed = halt.sign(plan.chain_id, guardian, &owners).unwrap();
    stage.send(&dev_key(9).unwrap(), guardian, &halt.execute(signed));
    let (_, now) = stage.runtime.block_on(stage.client().head()).unwrap();
    assert!(u64::from(stage.read(controller, &C::haltedUntilCall { scope: 0 })) > now);
    assert!(now > 40 * DAY);
}

#[test]
fn gov_31_a_run_that_stops_at_any_step_is_taken_up_there() {
    let (stage, mut plan) = (Stage::new(), plan());
    // With named executors, so that the deployer is not the same as anybody at the end.
    let mut governance = plan.governance.planned().unwrap().clone();
    governance.timelock.executors = Executors::Named(vec![Holder::Named(Name::Guardian)]);
    plan.governance = Power::New(governance);
    // After these the machine stops before it has written that they were mined.
    let mut forgotten: BTreeSet<&str> =
        ["safeFactory", "council", "guardian", "timelock", "governor", "founding.schedule"].into();
    let mut stops = Vec::new();
    let deployed = loop {
        let before = stage.record().steps;
        if let Some(result) = stage.steps(&plan, 1) {
            break result.unwrap();
        }
        let mut now = stage.record();
        let new: Vec<String> = now.steps.keys().filter(|step| !before.contains_key(*step)).cloned().collect();
        let [step] = &new[..] else { panic!("{new:?} after one step") };
        if forgotten.remove(&step[..]) {
            now.steps.remove(step);
            now.contracts.remove(step);
            now.save().unwrap();
        }
        stops.push(step.clone());
        assert!(stops.len() < 60, "{stops:?}");
    };
    assert!(forgotten.is_empty(), "{forgotten:?}");
    // The last step ends the run, so it is not among the stops. It too may be mined and not recorded.
    deployed.roles.verdict().unwrap();
    let mut last = stage.record();
    assert!(last.steps.remove("founding.execute").is_some());
    last.save().unwrap();
    let again = stage.deploy(&plan).unwrap();
    let (timelock, role) = (again.address("timelock").unwrap(), keccak256("EXECUTOR_ROLE"));
    let executes = |account| stage.read(timelock, &T::hasRoleCall { role, account });
    assert!(executes(again.address("guardian").unwrap()) && executes(again.address("governor").unwrap()));
    assert!(!executes(stage.deployer.address()) && !executes(Address::ZERO));
    assert_eq!(again.record.contracts, deployed.record.contracts);
    assert_eq!(again.roles.pending.len(), 1);
    let times = |step: &str| stops.iter().filter(|stop| **stop == step).count();
    for (step, count) in [
        ("safeSingleton", 1),
        ("safeFactory", 2),
        ("safeFallbackHandler", 1),
        ("council", 1),
        ("guardian", 1),
        ("timelock", 2),
        ("token", 1),
        ("governor", 2),
        ("founding.schedule", 1),
    ] {
        assert_eq!(times(step), count, "{step}: {stops:?}");
    }
}
