// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.23;

interface IVaultEvents {
    /// The storage was filled, at this version.
    event Initialized(uint64 version);
    /// The storage was taken over from an older version.
    event Migrated(uint64 from, uint64 to);

    /// Tokens were staked, also by compounding. Multiplier in bps, end of the lock in seconds.
    event Staked(address indexed account, uint32 indexed id, uint256 amount, uint16 multiplier, uint32 lockSeconds, uint64 lockEnd);
    /// Earned rewards were staked; follows the Staked of the same id.
    event Compounded(address indexed account, uint32 indexed id, uint256 amount);
    /// Multiplier or lock of a position changed: extended, refreshed, kicked, or brought up to date while unstaking.
    event LockChanged(address indexed account, uint32 indexed id, uint16 multiplier, uint32 lockSeconds, uint64 lockEnd);
    /// Rewards were paid.
    event Claimed(address indexed account, uint256 amount);
    /// Tokens left a position; they wait under exitId. A fully taken position becomes the exit of the same id.
    event Unstaked(address indexed account, uint32 indexed id, uint32 indexed exitId, uint256 amount, uint64 readyAt);
    /// A live lock was left: the penalty went to the stakers; Unstaked with the rest follows.
    event ExitedEarly(address indexed account, uint32 indexed id, uint256 penalty);
    /// An exit was paid.
    event Withdrawn(address indexed account, uint32 indexed exitId, uint256 amount);

    /// Rewards came in; the stream per second and its end from now on.
    event RewardNotified(uint256 amount, uint256 rate, uint64 endsAt);
    /// The curve for new locks changed, bps.
    event CurveChanged(uint16 knot0, uint16 knot1, uint16 knot2, uint16 knot3, uint16 knot4);
    /// Rewards came in, but the curve could not be taken over; the reason is the revert data of pokeParams.
    event CurveKept(bytes reason);
    /// Governance changed the terms of later exits.
    event TermsChanged(uint32 cooldown, uint16 penalty);
    /// Governance named another minter.
    event MinterChanged(address indexed oldMinter, address indexed newMinter);

    event DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate);
    event DelegateVotesChanged(address indexed delegate, uint256 previousVotes, uint256 newVotes);

    event RoleAdminChanged(bytes32 indexed role, bytes32 indexed previousAdminRole, bytes32 indexed newAdminRole);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
}
