//! From observations to a new emission rate that is minted at.

use alloy_primitives::{address, U256};
use alloy_sol_types::SolError;
use escapement_tests::{
    abi::{IController as C, IControllerEvents as E, ILens as L, IVerifier as V},
    emission, logs, supply, wire, Model, World, DAY, LARGE, RATE, SMALL, WEEK,
};

/// FLOW-01
#[test]
fn attested_update_changes_what_is_minted_from_the_next_roll_on() {
    let mut world = World::new(3);
    assert_eq!(world.roll().nextRate, RATE);
    let update = world.update(SMALL);
    let submission = world.submission(&update);
    // The lens tells beforehand, by the same law, what will happen.
    let call = L::previewCall {
        controller: world.controller.address(),
        update: wire(&update),
        signatures: submission.signatures.clone(),
    };
    let preview = world.ok(&world.keeper, call)._0;
    assert_eq!((preview.ok, preview.trip, preview.applied, preview.queued, preview.shadow), (true, 0, 1, 0, 0));
    world.ok(&world.keeper, submission);
    assert_eq!(world.param(0), 5_099);
    let changed = logs::<E::ParameterChanged>(&world.controller.all_events()).pop().unwrap();
    assert_eq!((changed.updateId, changed.modelId, changed.lane), (update.update_id, world.model.id, 1));
    assert_eq!(world.ok(&world.keeper, L::paramsCall { controller: world.controller.address() })._0[0], 5_099);
    // The epoch that was open when the rate changed is minted at the old rate, the next one at the new.
    world.pass(WEEK);
    let rolled = world.roll();
    assert_eq!((rolled.outcome, rolled.rate, rolled.nextRate), (0, RATE, 5_099));
    assert_eq!(rolled.minted, emission(supply(), RATE));
    world.pass(WEEK);
    let rolled = world.roll();
    assert_eq!((rolled.outcome, rolled.rate), (0, 5_099));
    assert_eq!(rolled.minted, emission(supply() + emission(supply(), RATE), 5_099));
    assert_eq!(world.held(), world.total_supply());
}

/// FLOW-02
#[test]
fn large_change_reaches_the_minter_only_after_its_wait() {
    let mut world = World::new(3);
    world.roll();
    let id = world.submit(LARGE);
    assert_eq!(world.param(0), RATE);
    let queued = logs::<E::UpdateQueued>(&world.controller.all_events()).pop().unwrap();
    assert_eq!((queued.group, queued.updateId, queued.approval), (0, id, false));
    let execute = C::executeCall { group: 0, payload: queued.payload };
    world.err(&world.keeper, execute.clone(), C::ControllerNotReady { eta: queued.eta });
    world.pass(2 * DAY);
    world.ok(&world.keeper, execute.clone());
    assert_eq!(world.param(0), 5_250);
    world.err(&world.keeper, execute, C::ControllerNothingPending { group: 0 });
    world.pass(5 * DAY);
    assert_eq!(
        (world.roll().nextRate, world.ok(&world.keeper, escapement_tests::abi::IMinter::rateCall {})._0),
        (5_250, 5_250)
    );
}

/// FLOW-02
#[test]
fn vetoed_and_expired_changes_never_reach_the_minter() {
    for veto in [true, false] {
        let mut world = World::new(3);
        let id = world.submit(LARGE);
        let queued = logs::<E::UpdateQueued>(&world.controller.all_events()).pop().unwrap();
        let execute = C::executeCall { group: 0, payload: queued.payload };
        if veto {
            world.ok(&world.council, C::vetoCall { group: 0 });
            world.pass(2 * DAY);
            world.err(&world.keeper, execute, C::ControllerNothingPending { group: 0 });
        } else {
            world.pass(5 * DAY + 1);
            world.err(&world.keeper, execute, C::ControllerPendingExpired { expires: queued.expires });
            assert_eq!(world.ok(&world.keeper, C::pokeCall {}).touched, 1);
            assert_eq!(logs::<E::UpdateExpired>(&world.controller.all_events()).pop().unwrap().updateId, id);
        }
        world.pass(WEEK);
        assert_eq!((world.roll().nextRate, world.param(0)), (RATE, RATE));
    }
}

/// FLOW-03
#[test]
fn policy_is_replaced_by_governance_alone_and_at_once() {
    let mut world = World::new(3);
    let old = world.update(SMALL);
    let next = Model::with_offset(LARGE + 1_000);
    let data = address!("da7a0000000000000000000000000000000000db");
    let register = V::registerModelCall { model_id: next.id, data, kpi_schema: next.schema, kind: 0 };
    let council = world.council.address();
    world.err(&world.council, register, V::OwnableUnauthorizedAccount { _0: council });
    world.register(&next, data);
    world.ok(&world.guardian, V::setModelActiveCall { model_id: world.model.id, active: false });
    // What a quorum signed for the stopped policy is refused through the controller, with the verifier's own words.
    let before = world.fingerprint();
    world.err(&world.keeper, world.submission(&old), V::VerifierModelInactive { _0: world.model.id });
    assert_eq!(world.fingerprint(), before);
    // The same observations under the new policy give other changes, and only these are taken.
    let mut update = old.clone();
    update.model_id = next.id.0;
    let computed = 5_000 + u32::try_from(i64::from(SMALL - 1_000) * 250 / 65_536).unwrap();
    let mismatch = C::ControllerPolicyMismatch { slot: 0, proposed: 5_099, computed };
    world.err(&world.keeper, world.submission(&update), mismatch);
    update.changes[0].new = computed;
    world.ok(&world.keeper, world.submission(&update));
    assert_eq!(world.param(0), computed);
}

/// FLOW-04
#[test]
fn autonomy_ladder_is_climbed_by_clean_epochs_only() {
    // Shadow to automatic: at each level the same update does what the level allows, and four clean epochs earn the next.
    let mut world = World::new(0);
    for level in 0..3u8 {
        for epoch in 0..4u8 {
            let early = C::raiseAutonomyCall { group: 0 };
            world.err(&world.governance, early, C::ControllerNotEarned { group: 0, have: epoch, need: 4 });
            let rate = world.param(0);
            // Up and down in turn, so that no bucket fills.
            let sign = if epoch % 2 == 0 { 1 } else { -1 };
            world.submit(sign * 10_000);
            if level > 0 {
                let queued = logs::<E::UpdateQueued>(&world.controller.all_events()).pop().unwrap();
                assert_eq!(queued.approval, level == 1);
                world.pass(2 * DAY);
                let execute = C::executeCall { group: 0, payload: queued.payload };
                if level == 1 {
                    world.err(&world.keeper, execute.clone(), C::ControllerNotApproved { group: 0 });
                    world.ok(&world.council, C::approveCall { group: 0 });
                }
                world.ok(&world.keeper, execute);
                assert_ne!(world.param(0), rate);
            } else {
                assert_eq!(world.param(0), rate);
            }
            world.pass(WEEK);
        }
        world.ok(&world.governance, C::raiseAutonomyCall { group: 0 });
    }
    let rate = world.param(0);
    world.submit(10_000);
    assert_ne!(world.param(0), rate, "automatic now");
    let answer = world.send(&world.governance, C::raiseAutonomyCall { group: 0 }).map(|_| ());
    assert_eq!(answer, Err(C::ControllerBadAutonomy { group: 0, level: 3 }.abi_encode()));
    assert_eq!(world.total_supply(), supply() + U256::ZERO);
}
