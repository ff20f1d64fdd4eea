//! Incidents of parameter feeds, quorums and policies.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use escapement_agent::bindings::{
    controller::{IController as C, IControllerEvents as CE},
    minter::{IMinter as M, IMinterEvents as ME},
    verifier::IVerifier as V,
};
use escapement_core::{
    param::{EMISSION, Slot},
    policy::{Arch, OwnedModel, Policy, SchemaEntry, policy_code},
    update::{OwnedUpdate, Update},
};
use escapement_e2e::{Quorum, UpdateBuilder, World, change, refused};

use crate::{DAY, SMALL, WEEK, WHOLE, encoded, fixtures::ReentrantPeer, ok};

/// INC-01, P1: two coupled values, one limited and the other not, reached a state nobody would have signed. Here a group
/// is one tuple and a batch is one decision: a part of it, or one group that breaks a rule, and nothing changes at all.
#[test]
fn inc_01_p1_coupled_values_change_together_or_not_at_all() {
    let world = World::new();
    let curve = world.propose(1, &[(2, WHOLE)]);
    let knots = curve.inner.changes.len();
    assert!(knots > 1, "the policy moves the curve as a whole");
    let before = world.storage();
    for left_out in 0..knots {
        let mut part = curve.clone();
        let gone = part.inner.changes.remove(left_out);
        let error = C::ControllerPolicyMismatch { slot: gone.slot, proposed: gone.expected_old, computed: gone.new };
        refused(world.submit(&part), &error);
    }
    assert_eq!(world.storage(), before, "nothing was written");

    // One group of two cools down: the other does not change either, to no part of its step.
    world.submit(&world.propose(1, &[(0, SMALL)])).unwrap_or_else(|refusal| panic!("{refusal}"));
    let both = world.propose(2, &[(0, SMALL), (3, -SMALL)]);
    assert!(both.inner.changes.iter().any(|one| one.slot == 7), "the burn share would move");
    let before = world.storage();
    let refusal = world.submit(&both).expect_err("emission cools down");
    assert_eq!(refusal.expect::<C::ControllerCooldownActive>().group, 0);
    assert_eq!(world.storage(), before, "nothing was written");
    // Nor may values be set that belong together and do not fit: nothing burned, and yet minted again.
    let changes = change(7, 2_000, 500);
    ok(&world, world.council, world.controller, &C::overrideParamsCall { changes: change(7, 2_000, 1_500) });
    let error = C::ControllerExpectedOldMismatch { slot: 7, expected: 2_000, current: 1_500 };
    refused(world.net.send(world.council, world.controller, &C::overrideParamsCall { changes }), &error);
}

/// INC-02: a wrong feed set a value 1,000 times too low, and the repair waited five days for a vote. Here whatever is
/// computed moves a value by one step and waits for a veto; and the council puts the last good vector back at once.
#[test]
fn inc_02_a_wild_feed_moves_one_step_and_the_last_good_vector_is_back_at_once() {
    let world = World::new();
    let good = u32::try_from(world.net.now()).expect("32 bits");
    let wild = world.propose(1, &[(0, i32::MIN), (1, i32::MIN)]);
    for one in &wild.inner.changes {
        let rules = Slot::new(one.slot).expect("a slot").default_rules();
        assert_eq!(one.expected_old - one.new, rules.step_down.of(one.expected_old), "a whole step and no more");
    }
    let mut wilder = wild.clone();
    wilder.inner.changes[0].new = 10;
    let error = C::ControllerPolicyMismatch { slot: 0, proposed: 10, computed: 9_000 };
    refused(world.submit(&wilder), &error);
    let queued = world.submit(&wild).unwrap_or_else(|refusal| panic!("{refusal}")).events::<CE::UpdateQueued>();
    let emission = queued.iter().find(|one| one.group == 0).expect("a whole step waits").clone();
    world.net.warp(u64::from(emission.eta) - world.net.now());
    ok(&world, world.stranger, world.controller, &C::executeCall { group: 0, payload: emission.payload });
    assert_eq!(world.value(0), 9_000);
    // Without a delay; and what still waits of the feed's work is dropped.
    ok(&world, world.council, world.controller, &C::restoreCall { timepoint: good });
    assert_eq!(world.value(0), 10_000);
    ok(&world, world.council, world.controller, &C::vetoCall { group: 1 });
    world.net.warp(15 * DAY);
    let vesting = queued.iter().find(|one| one.group == 1).expect("vesting always waits").payload.clone();
    let late = C::executeCall { group: 1, payload: vesting };
    refused(world.net.send(world.stranger, world.controller, &late), &C::ControllerNothingPending { group: 1 });
    assert_eq!(world.value(1), 10_000);
}

/// INC-05: a repeated id stepped twice in one batch, and a first setting could be blocked. Here slots strictly rise,
/// whoever signs, and a controller is born with its values.
#[test]
fn inc_05_a_repeated_slot_is_refused() {
    let world = World::new();
    let before = world.storage();
    let mut update = world.propose(1, &[(0, SMALL)]);
    let first = update.inner.changes[0];
    update.inner.changes.push(first);
    refused(world.submit(&update), &C::ControllerNotAscending { slot: 0 });
    // The council's bytes go through the same validator.
    let twice = [change(0, 10_000, 9_500), change(0, 9_500, 9_000)].concat();
    let call = C::overrideParamsCall { changes: twice.into() };
    refused(world.net.send(world.council, world.controller, &call), &C::ControllerNotAscending { slot: 0 });
    let unknown = C::overrideParamsCall { changes: change(15, 0, 1) };
    refused(world.net.send(world.council, world.controller, &unknown), &C::ControllerUnknownSlot { slot: 15 });
    assert_eq!(world.storage(), before, "nothing was written");
}

/// INC-06: inflation without a ceiling climbed for years on one side of its set point. Here the ceiling is compiled in,
/// for governance too, and a group that sits at an end of its range loses its autonomy after eight updates.
#[test]
fn inc_06_emission_has_a_ceiling_and_sitting_at_it_is_noticed() {
    let world = World::new();
    let mut rules = EMISSION.default_rules();
    rules.gov_max = 50_001;
    let [word0, word1] = rules.pack().map(Into::into);
    let call = C::setSlotRulesCall { slot: 0, word0, word1 };
    refused(world.net.send(world.governance, world.controller, &call), &C::ControllerBadRules { code: 1 });

    ok(&world, world.council, world.controller, &C::narrowCall { slot: 0, min: 5_000, max: 10_000 });
    for id in 1..=8 {
        world.net.warp(WEEK);
        let update = world.propose(id, &[(0, WHOLE)]);
        assert!(update.inner.changes.is_empty(), "there is no way up");
        let receipt = world.submit(&update).unwrap_or_else(|refusal| panic!("{refusal}"));
        let trips = receipt.events::<CE::BreakerTripped>();
        let lowered = receipt.events::<CE::AutonomyChanged>();
        if id < 8 {
            assert!(trips.is_empty() && lowered.is_empty(), "update {id}");
        } else {
            assert_eq!((trips[0].reason, trips[0].scope, trips[0].value), (7, 0, 8));
            assert_eq!((lowered[0].group, lowered[0].oldLevel, lowered[0].newLevel), (0, 3, 1));
        }
    }
}

/// INC-08: what was counted was not what was meant. Here the schema is part of what is signed, and sources that disagree
/// stop everything.
#[test]
fn inc_08_the_schema_is_signed_and_sources_that_disagree_stop_everything() {
    let world = World::new();
    let mut update = world.propose(1, &[(0, SMALL)]);
    update.inner.kpi_schema = keccak256("devices, not subscribers").0;
    let refusal = world.submit(&update).expect_err("another schema");
    let error = refusal.expect::<V::VerifierSchemaHash>();
    assert_eq!([error._0, error._1], [B256::from(update.inner.kpi_schema), world.kpi_schema]);

    let mut update = world.propose(1, &[(0, SMALL)]);
    assert!(!update.inner.changes.is_empty());
    update.inner.kpis[11] = 65_536; // The sources differ by all of the value.
    let receipt = world.submit(&update).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<CE::UpdateAccepted>()[0].trip, 2);
    assert_eq!(world.value(0), 10_000, "a trip applies nothing");
    let until = world.net.view(world.controller, &C::haltedUntilCall { scope: 0 }).expect("a plain view");
    assert_eq!(u64::from(until), receipt.timestamp + WEEK);
}

/// INC-10: one operator's key was drained, and its rotation took a vote of five days. Here one key is nothing, the
/// guardian strikes it off in one transaction, and the others go on.
#[test]
fn inc_10_one_stolen_key_is_nothing_and_is_struck_off_at_once() {
    let world = World::new();
    let update = world.propose(1, &[(0, SMALL)]);
    let digest = world.digest(&update);
    for signing in [vec![0], vec![0, 0, 0]] {
        world.submit_signed(&update, world.quorum.sign_by(&signing, digest)).expect_err("one key");
    }
    let stolen = world.quorum.addresses()[0];
    let struck = world.net.send(world.guardian, world.verifier, &V::revokeSignerCall { signer: stolen });
    struck.unwrap_or_else(|refusal| panic!("{refusal}"));
    // What was signed before is void, for all; the stolen key does not count any more, the others do.
    refused(world.submit(&update), &V::VerifierSignerEpoch { _0: 1, _1: 2 });
    let update = world.propose(1, &[(0, SMALL)]);
    let digest = world.digest(&update);
    refused(
        world.submit_signed(&update, world.quorum.sign_by(&[0, 1, 2], digest)),
        &V::VerifierUnknownSigner { _0: 0, _1: stolen },
    );
    world
        .submit_signed(&update, world.quorum.sign_by(&[1, 2, 3], digest))
        .unwrap_or_else(|refusal| panic!("{refusal}"));
}

/// INC-11: an executor came back into a timelock while it executed, and became its admin. Here the waiting change is gone
/// before anybody is called, who is called is called statically, and coming back is shut out.
#[test]
fn inc_11_nobody_comes_back_into_an_execution() {
    let world = World::new();
    let peer = world.net.solidity(world.stranger, "ReentrantPeer", &[]);
    let set = C::setConsumerCall { index: 0, consumer: peer, groups: 1 };
    ok(&world, world.governance, world.controller, &set);
    let queued = world.submit(&world.propose(1, &[(0, WHOLE)])).unwrap_or_else(|refusal| panic!("{refusal}"));
    let queued = queued.events::<CE::UpdateQueued>().remove(0);
    world.net.warp(2 * DAY);
    let execute = C::executeCall { group: 0, payload: queued.payload };
    // checkParams(uint8,uint32[]), which the controller asks inside the execution.
    let asked = keccak256("checkParams(uint8,uint32[])");
    let role = keccak256("COUNCIL_ROLE");
    let attempts = [
        encoded(&execute),
        encoded(&C::vetoCall { group: 0 }),
        encoded(&C::grantRoleCall { role, account: peer }),
        encoded(&C::paramCall { slot: 0 }),
    ];
    for payload in attempts {
        let call = ReentrantPeer::armCall {
            trigger_: alloy_primitives::FixedBytes::from_slice(&asked[..4]),
            target_: world.controller,
            payload_: payload,
            mode_: 1,
        };
        ok(&world, world.stranger, peer, &call);
        let before = world.storage();
        let error = ReentrantPeer::CalledBack { success: false, result: Bytes::new() };
        refused(world.net.send(world.stranger, world.controller, &execute), &error);
        assert_eq!(world.storage(), before, "nothing was written");
    }
    ok(&world, world.stranger, peer, &ReentrantPeer::disarmCall {});
    ok(&world, world.stranger, world.controller, &execute);
    assert_eq!(world.value(0), 10_500);
    let again = world.net.send(world.stranger, world.controller, &execute);
    refused(again, &C::ControllerNothingPending { group: 0 });
}

/// INC-15: a live vote's quorum could jump with settings that were not checkpointed. Here every past moment keeps its
/// value, whatever happens to values and ranges later.
#[test]
fn inc_15_the_quorum_of_a_snapshot_never_moves() {
    let world = World::new();
    let snapshot = u32::try_from(world.net.now()).expect("32 bits");
    let at = |slot, timepoint| world.net.view(world.controller, &C::paramAtCall { slot, timepoint }).expect("the past");
    world.net.warp(60);
    let then = [at(9, snapshot), at(10, snapshot)];
    ok(&world, world.council, world.controller, &C::overrideParamsCall { changes: change(9, 400, 450) });
    ok(&world, world.council, world.controller, &C::narrowCall { slot: 9, min: 400, max: 460 });
    ok(&world, world.council, world.controller, &C::overrideParamsCall { changes: change(10, 100, 60) });
    assert_eq!([world.value(9), world.value(10)], [450, 60]);
    assert_eq!([at(9, snapshot), at(10, snapshot)], then);
}

/// INC-16: the operator of the brain left. Here everything it takes is on the chain: the bytes of the policy give the same
/// outputs to anybody, and another set of attesters goes on where the last one stopped.
#[test]
fn inc_16_another_operator_goes_on_from_the_chain_alone() {
    let world = World::new();
    world.submit(&world.propose(1, &[(0, SMALL)])).unwrap_or_else(|refusal| panic!("{refusal}"));
    let model = world.net.view(world.verifier, &V::modelCall { model_id: world.model_id }).expect("registered");
    let code = world.net.chain.code(model._0, alloy::eips::BlockId::latest()).expect("the newest state");
    assert_eq!(keccak256(&code[1..=Arch::A1.model_len()]), world.model_id);
    let policy = Policy::from_code(&code).expect("the published bytes are a policy");
    let kpis = [SMALL, -WHOLE, 5, 0, -7, 0, 1_000, 0, 0, 3, 0, 0];
    let wire = UpdateBuilder { inner: OwnedUpdate { kpis: kpis.to_vec(), ..world.heartbeat(1).inner } }.bytes();
    let update = Update::decode(&wire).expect("own encoding decodes");
    let own = policy.outputs(&update.kpis).expect("twelve observations");
    let call = V::inferCall { model_id: world.model_id, kpis: kpis.to_vec() };
    assert_eq!(world.net.view(world.verifier, &call).expect("the contract runs the same bytes"), own);

    // Nobody of the old set is in the new one.
    let keys = Quorum::new(9, 3);
    let old = world.quorum.addresses();
    let fresh: Vec<usize> = (0..9).filter(|n| !old.contains(&keys.addresses()[*n])).collect();
    let signers: Vec<Address> = fresh.iter().map(|n| keys.addresses()[*n]).collect();
    assert_eq!(signers.len(), 4);
    ok(&world, world.governance, world.verifier, &V::setSignersCall { signers, threshold: 3 });
    world.net.warp(WEEK);
    let update = world.propose(2, &[(0, SMALL)]);
    let signatures = keys.sign_by(&fresh[..3], world.digest(&update));
    world.submit_signed(&update, signatures).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(world.value(0), 10_100);
}

/// INC-17: a learned policy ran on chain on weights and features that its owner gave with each call. Here the weights are
/// those of the id and cannot be replaced under it, and the features are what a quorum signed.
#[test]
fn inc_17_weights_and_features_are_nobodys_to_choose() {
    let world = World::new();
    let other = OwnedModel::zero(Arch::A1);
    let code = policy_code(&other, &[SchemaEntry { mean: 0, scale: 1, shift: 0 }; 12]).expect("well formed");
    let data = world.net.code(world.deployer, &code).expect("plain code");
    let (found, kpi_schema) = (keccak256(&code[1..=Arch::A1.model_len()]), world.kpi_schema);
    let register = |model_id| {
        let call = V::registerModelCall { model_id, data, kpi_schema, kind: 0 };
        world.net.send(world.governance, world.verifier, &call)
    };
    refused(register(world.model_id), &V::VerifierModelExists(world.model_id));
    let free = keccak256("a free id");
    refused(register(free), &V::VerifierModelHash { _0: found, _1: free });

    // Other features under the same signatures.
    let update = world.propose(1, &[(0, SMALL)]);
    let signatures = world.quorum.sign(world.digest(&update));
    let mut other = update;
    other.inner.kpis[0] = -SMALL;
    let before = world.storage();
    let refusal = world.submit_signed(&other, signatures).expect_err("the quorum did not sign these");
    assert!(
        refusal.is::<V::VerifierUnknownSigner>() || refusal.is::<V::VerifierSignatureOrder>(),
        "recovered to somebody else: {refusal}"
    );
    assert_eq!(world.storage(), before, "nothing was written");
}

/// P4: an initialiser was left out, and a bridge's threshold was zero. Here a verifier that nobody constructed, and one
/// whose threshold a bug has wiped out, let nothing through.
#[test]
fn p04_no_threshold_means_no_quorum() {
    let world = World::new();
    for threshold in [0, 2, 6] {
        let call = V::setSignersCall { signers: world.quorum.addresses(), threshold };
        let error = V::VerifierBadQuorum { _0: threshold, _1: U256::from(5) };
        refused(world.net.send(world.governance, world.verifier, &call), &error);
    }
    // The byte of the threshold in storage, found by what it should say, and wiped out.
    let update = world.propose(1, &[(0, SMALL)]);
    let threshold = || world.net.view(world.verifier, &V::thresholdCall {}).expect("a plain view");
    let healthy = world.net.chain.snapshot();
    let (place, word) = (0..32u64)
        .map(|slot| (slot, world.net.storage(world.verifier, B256::from(U256::from(slot)))))
        .flat_map(|(slot, word)| (0..32).map(move |byte| (slot, word, byte)))
        .filter(|(_, word, byte)| word[*byte] == 3)
        .find_map(|(slot, mut word, byte)| {
            let start = world.net.chain.snapshot();
            word.0[byte] = 0;
            world.net.chain.set_storage(world.verifier, U256::from(slot), word.into());
            let found = threshold() == 0;
            assert!(world.net.chain.revert(start));
            found.then_some((slot, word))
        })
        .expect("the threshold lies somewhere");
    world.net.chain.set_storage(world.verifier, U256::from(place), word.into());
    let error = V::VerifierBadQuorum { _0: 0, _1: U256::from(5) };
    for signatures in [Bytes::new(), world.quorum.sign(world.digest(&update))] {
        refused(world.submit_signed(&update, signatures), &error);
    }
    assert!(world.net.chain.revert(healthy));

    // Deployed, and never constructed: it has no signers, and knows no policy either.
    let bare = world.net.program(world.deployer, "verifier");
    ok(&world, world.governance, world.controller, &C::setVerifierCall { verifier: bare });
    let mut update = update;
    update.inner.signer_epoch = 0;
    refused(world.submit_signed(&update, Bytes::new()), &V::VerifierUnknownModel(world.model_id));
}

/// P7: a proof of nothing was taken since nothing was trusted by default. Here zeros are no model, no schema, no signer
/// and no account.
#[test]
fn p07_zeros_are_never_valid() {
    let world = World::new();
    let mut update = world.propose(1, &[(0, SMALL)]);
    (update.inner.model_id, update.inner.kpi_schema) = ([0; 32], [0; 32]);
    refused(world.submit(&update), &V::VerifierUnknownModel(B256::ZERO));
    refused(
        world.submit_signed(&world.propose(1, &[(0, SMALL)]), vec![0; 195].into()),
        &V::VerifierBadSignature { _0: 0, _1: 2 },
    );
    let call = V::setSignersCall { signers: vec![Address::ZERO], threshold: 1 };
    world.net.send(world.governance, world.verifier, &call).expect_err("nobody is a signer");
    let call = C::setVerifierCall { verifier: Address::ZERO };
    let error = C::ControllerBadVerifier { verifier: Address::ZERO };
    refused(world.net.send(world.governance, world.controller, &call), &error);
    let call = M::setTreasuryCall { treasury: Address::ZERO };
    refused(world.net.send(world.governance, world.minter, &call), &M::MinterBadAccount { account: Address::ZERO });
}

/// P12: an optimiser exploits its metric, week after week. Here a quarter of a year of nothing but "up", signed by a whole
/// quorum, moves emission by no more than its bucket, and not at all in shadow mode.
#[test]
fn p12_a_quarter_of_a_year_of_up_moves_no_more_than_the_bucket() {
    let drive = |world: &World| {
        let (start, mut id) = (world.net.now(), 0);
        for week in 1..=13 {
            world.net.warp(start + week * WEEK - world.net.now());
            // The largest step that is let through.
            for output in [WHOLE, WHOLE / 2, WHOLE / 4, SMALL] {
                id += 1;
                let Ok(receipt) = world.submit(&world.propose(id, &[(0, output)])) else { continue };
                for queued in receipt.events::<CE::UpdateQueued>() {
                    world.net.warp(u64::from(queued.eta) - world.net.now());
                    ok(world, world.stranger, world.controller, &C::executeCall { group: 0, payload: queued.payload });
                }
                break;
            }
        }
        world.value(0)
    };
    let reached = drive(&World::new());
    // A quarter at once, and a quarter more in the 93 days until the last change, of a base that grows with it:
    // 10,000 * 1.25 * e^(0.25 * 93 / 90). Steps of 5 % a week alone would reach 18,856.
    assert!((12_500..=16_184).contains(&reached), "{reached}");
    assert_eq!(drive(&World::with_autonomy(0)), 10_000);
}

/// INC-03, in part: whatever stops the model stops the mint, and calls that anyone may make refill nothing.
#[test]
fn inc_03_p2_a_halt_stops_the_refill_too() {
    let world = World::new();
    let roll = || ok(&world, world.stranger, world.minter, &M::rollEpochCall {});
    roll();
    world.net.warp(WEEK);
    ok(&world, world.guardian, world.controller, &C::haltCall { scope: 255 });
    let rolled = roll().events::<ME::EpochRolled>();
    assert_eq!((rolled[0].outcome, rolled[0].minted), (1, U256::ZERO));
    let call = M::deliverCall { consumer: world.consumer };
    refused(
        world.net.send(world.stranger, world.minter, &call),
        &M::MinterNothingUnbooked { consumer: world.consumer },
    );
    // Nor is it made up for later.
    world.net.warp(WEEK);
    let rolled = roll().events::<ME::EpochRolled>();
    let week = rolled[0].supply * U256::from(10_000u64 * 604_800) / U256::from(1_000_000u64 * 31_536_000);
    assert_eq!((rolled[0].outcome, rolled[0].minted), (0, week));
}
