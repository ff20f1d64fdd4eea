//! What a log makes of the state, and what refuses it. On the compiled contracts: `host/e2e/tests/replay.rs`.

use alloy_sol_types::SolEvent;

use super::*;
use crate::bindings::solidity::TransparentUpgradeableProxy::Upgraded;

fn changed(slot: u8, old: u32, new: u32) -> LogData {
    let (update, model) = (7, B256::repeat_byte(1));
    E::ParameterChanged { slot, updateId: update, modelId: model, oldValue: old, newValue: new, lane: 1 }
        .encode_log_data()
}

fn queued(group: u8, update_id: u64) -> LogData {
    let payload = Bytes::from_static(&[5; 41]);
    E::UpdateQueued { group, updateId: update_id, eta: 200, expires: 300, approval: true, payload }.encode_log_data()
}

/// Takes a log that must be refused; the follower must be as it was.
fn refused(follower: &mut Follower, time: u64, log: &LogData) -> FollowError {
    let before = follower.clone();
    let error = follower.take(time, log).expect_err("the log is refused");
    assert_eq!(*follower, before);
    error
}

#[test]
fn values_follow_the_log_and_keep_their_past() {
    let mut follower = Follower::default();
    for (time, log) in [(100, changed(0, 0, 50)), (100, changed(1, 0, 9)), (160, changed(0, 50, 70))] {
        follower.take(time, &log).unwrap();
    }
    assert_eq!((follower.values[0], follower.values[1], follower.time), (70, 9, 160));
    assert_eq!(follower.values_at(99), None);
    for (time, value) in [(100, 50), (159, 50), (160, 70), (u64::MAX, 70)] {
        assert_eq!(follower.values_at(time).map(|values| (values[0], values[1])), Some((value, 9)), "at {time}");
    }
}

#[test]
fn waiting_change_is_approved_and_cleared() {
    let mut follower = Follower::default();
    follower.take(100, &queued(3, 8)).unwrap();
    follower.take(110, &E::UpdateApproved { group: 3, updateId: 8 }.encode_log_data()).unwrap();
    let waiting = follower.waiting[3].clone().unwrap();
    assert_eq!((waiting.update_id, waiting.eta, waiting.expires), (8, 200, 300));
    assert!(waiting.approval && waiting.approved && waiting.payload.len() == 41);
    follower.take(120, &E::UpdateExecuted { group: 3, updateId: 8 }.encode_log_data()).unwrap();
    assert_eq!(follower.waiting[3], None);
}

#[test]
fn rules_and_halts_follow_the_log() {
    let mut follower = Follower::default();
    let slot = Slot::new(7).unwrap();
    follower.take(100, &E::BoundsNarrowed { slot: 7, min: 600, max: 1_900 }.encode_log_data()).unwrap();
    assert_eq!(follower.rules(slot), SlotRules { gov_min: 600, gov_max: 1_900, ..slot.default_rules() });
    follower.take(100, &E::Halted { scope: 255, by: 1, until: 900 }.encode_log_data()).unwrap();
    follower.take(100, &E::Halted { scope: 2, by: 2, until: 700 }.encode_log_data()).unwrap();
    assert_eq!((follower.halted_until(2), follower.halted_until(0)), (900, 900));
    follower.take(100, &E::Resumed { scope: 255 }.encode_log_data()).unwrap();
    assert_eq!((follower.halted_until(2), follower.halted_until(0)), (700, 0));
    assert_eq!(follower.breaker(), BreakerConfig::default());
    let implementation = Address::repeat_byte(3);
    follower.take(100, &Upgraded { implementation }.encode_log_data()).unwrap();
    assert_eq!(follower.implementation, implementation);
}

#[test]
fn take_reverts_when_a_log_is_missing() {
    let mut follower = Follower::default();
    follower.take(100, &changed(0, 0, 50)).unwrap();
    follower.take(100, &queued(3, 8)).unwrap();
    let gap = |what, number, expected, found| FollowError::Gap { what, number, expected, found };
    assert_eq!(refused(&mut follower, 100, &changed(0, 49, 60)), gap("slot", 0, 49, 50));
    let of_group = "waiting update of group";
    assert_eq!(refused(&mut follower, 100, &queued(3, 9)), gap(of_group, 3, 0, 8));
    for (group, update_id, found) in [(3, 9, 8), (2, 8, 0)] {
        for log in [
            E::UpdateApproved { group, updateId: update_id }.encode_log_data(),
            E::UpdateVetoed { group, updateId: update_id }.encode_log_data(),
            E::UpdateExecuted { group, updateId: update_id }.encode_log_data(),
            E::UpdateExpired { group, updateId: update_id }.encode_log_data(),
        ] {
            assert_eq!(refused(&mut follower, 100, &log), gap(of_group, group, update_id, found));
        }
    }
    let raised = E::AutonomyChanged { group: 1, oldLevel: 1, newLevel: 2, by: 0 }.encode_log_data();
    assert_eq!(refused(&mut follower, 100, &raised), gap("autonomy of group", 1, 1, 0));
    let earlier = FollowError::Backwards { time: 99, last: 100 };
    assert_eq!(refused(&mut follower, 99, &changed(0, 50, 60)), earlier);
}

#[test]
fn take_reverts_when_a_log_is_foreign() {
    let mut follower = Follower::default();
    for number in [51, 255] {
        let no_slot = FollowError::NoSuch { what: "slot", number };
        assert_eq!(refused(&mut follower, 1, &changed(number, 0, 1)), no_slot);
    }
    assert_eq!(refused(&mut follower, 1, &queued(7, 1)), FollowError::NoSuch { what: "group", number: 7 });
    let topic = B256::repeat_byte(9);
    for log in [
        LogData::new_unchecked(vec![topic], Bytes::new()),
        LogData::new_unchecked(vec![E::CountsChanged::SIGNATURE_HASH], Bytes::from_static(&[1])),
        LogData::new_unchecked(vec![Upgraded::SIGNATURE_HASH], Bytes::new()),
        LogData::empty(),
    ] {
        let error = refused(&mut follower, 1, &log);
        let first = log.topics().first().copied().unwrap_or_default();
        assert!(matches!(error, FollowError::Undecodable { topic, .. } if topic == first), "{error}");
    }
}
