// SPDX-License-Identifier: MIT-OR-APACHE-2.0
pragma solidity ^0.8.23;

/// Everything the controller logs. Moments are seconds of block.timestamp, values are in the slot's unit. With these
/// alone the parameters, rules, queue, halts and autonomy levels can be rebuilt.
interface IControllerEvents {
    /// The storage behind a proxy was filled.
    event Initialized(uint64 version);
    /// The storage was migrated.
    event Migrated(uint64 from, uint64 to);

    /// A value changed. Lane: 0 genesis, 1 automatic, 2 queue, 3 override, 4 restore, 5 glide, 6 counts. The update id and
    /// the model id are zero for manual changes.
    event ParameterChanged(uint8 indexed slot, uint64 indexed updateId, bytes32 indexed modelId, uint32 oldValue, uint32 newValue, uint8 lane);
    /// An update was accepted, be it empty, queued in part or stopped by a trip of the breaker (its reason, else 0).
    event UpdateAccepted(uint64 indexed updateId, bytes32 indexed modelId, bytes32 kpiHash, bytes32 outputs, uint64 observedAt, uint8 trip);
    /// A change of a group waits. The payload (model id, then 9-byte changes) must be given back to execute.
    event UpdateQueued(uint8 indexed group, uint64 indexed updateId, uint32 eta, uint32 expires, bool approval, bytes payload);
    /// The council approved a waiting change.
    event UpdateApproved(uint8 indexed group, uint64 indexed updateId);
    /// A waiting change was vetoed, or displaced by an override or a restore.
    event UpdateVetoed(uint8 indexed group, uint64 indexed updateId);
    /// A waiting change was executed.
    event UpdateExecuted(uint8 indexed group, uint64 indexed updateId);
    /// A waiting change expired and was cleared.
    event UpdateExpired(uint8 indexed group, uint64 indexed updateId);
    /// A well-attested update broke a rule; the reason is the revert data of submit.
    event UpdateRejected(uint64 indexed updateId, bytes reason);
    /// A group in shadow mode would have changed. The payload is as in UpdateQueued.
    event ShadowProposed(uint8 indexed group, uint64 indexed updateId, bytes payload);

    /// A scope (group, or 255 for everything) was halted. By: 0 governance, 1 council, 2 guardian, 3 breaker.
    event Halted(uint8 indexed scope, uint8 indexed by, uint32 until);
    /// Governance extended a halt.
    event HaltExtended(uint8 indexed scope, uint32 until);
    /// Governance lifted a halt.
    event Resumed(uint8 indexed scope);
    /// The breaker tripped by itself. Reason: 1 staleness, 2 KPI deviation, 3 supply growth, 4 staking floor, 5 drawdown,
    /// 6 attestation burst, 7 pinned, 8 time gap, 9 supply burned, 10 fall of the treasury, 11 low turnout.
    event BreakerTripped(uint8 indexed reason, uint8 indexed scope, int64 value, int64 limit);
    /// The autonomy level of a group changed.
    event AutonomyChanged(uint8 indexed group, uint8 oldLevel, uint8 newLevel, uint8 by);

    /// Governance replaced the rules of a slot (the two packed words).
    event SlotRulesChanged(uint8 indexed slot, bytes32 word0, bytes32 word1);
    /// Governance replaced the rules of a group (the packed word).
    event GroupRulesChanged(uint8 indexed group, bytes32 word);
    /// The council narrowed the range of a slot.
    event BoundsNarrowed(uint8 indexed slot, uint32 min, uint32 max);
    /// Governance changed how many pool weights and grant categories are live.
    event CountsChanged(uint8 pools, uint8 categories);
    /// Governance replaced the breaker's thresholds (the packed word).
    event BreakerChanged(bytes32 word);
    /// Governance pointed at another verifier.
    event VerifierChanged(address indexed oldVerifier, address indexed newVerifier);
    /// Governance put a consumer of these groups (bit n: group n) at an index, or removed the one there (no groups).
    event ConsumerChanged(uint8 indexed index, address indexed consumer, uint8 groups);
    /// Governance pointed at what observe reads; the next reading is the first.
    event SourcesChanged(address token, address vault, address minter, address treasury, address turnout);
    /// The council put the values of a moment back in force.
    event Restored(uint32 timepoint);

    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
}
