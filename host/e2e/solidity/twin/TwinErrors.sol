// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The errors of the controller, by the same names and numbers
abstract contract TwinErrors {
    error ControllerHalted(uint8 scope, uint32 until);
    error ControllerNotAscending(uint8 slot);
    error ControllerUnknownSlot(uint8 slot);
    error ControllerStaleObservation(uint64 age, uint32 max);
    error ControllerFutureDated(uint64 observedAt, uint64 blockTime);
    error ControllerExpired(uint64 expiresAt);
    error ControllerNotYetValid(uint64 validAfter);
    error ControllerObservationNotRising(uint64 observedAt, uint64 last);
    error ControllerIdNotRising(uint64 id, uint64 last);
    error ControllerExpectedOldMismatch(uint8 slot, uint32 expected, uint32 current);
    error ControllerPolicyMismatch(uint8 slot, uint32 proposed, uint32 computed);
    error ControllerOutOfRange(uint8 slot, uint32 newValue, uint32 min, uint32 max);
    error ControllerStepExceeded(uint8 slot, uint32 oldValue, uint32 newValue, uint32 max);
    error ControllerCooldownActive(uint8 group, uint32 next);
    error ControllerBucketExceeded(uint8 slot, uint32 want, uint32 available);
    error ControllerCurveOrder(uint8 slot);
    error ControllerWeightSum(uint32 sum);
    error ControllerGroupStep(uint8 group, uint32 moved, uint32 max);
    error ControllerGroupBucket(uint8 group, uint32 want, uint32 available);
    error ControllerCrossSupply(uint32 growth, uint32 max);
    error ControllerCrossBurnPaused(uint32 remint);
    error ControllerCrossBothUp(uint32 next);
    error ControllerPendingExists(uint8 group);
    error ControllerNothingPending(uint8 group);
    error ControllerNotReady(uint32 eta);
    error ControllerPendingExpired(uint32 expires);
    error ControllerNotApproved(uint8 group);
    error ControllerPendingMismatch(uint8 group);
    error ControllerBadScope(uint8 scope);
    error ControllerBadAutonomy(uint8 group, uint8 level);
    error ControllerGuardianSpent(uint8 scope, uint32 next);
    error ControllerBadHalt(uint32 until);
    error ControllerBadPayload(uint32 length);
    error ControllerBadRules(uint8 code);
    error ControllerNoChange();
    error ControllerTooFewKpis(uint32 count, uint32 need);
    error ControllerBadVerifier(address verifier);
}
