// SPDX-License-Identifier: MIT-OR-APACHE-2.0
pragma solidity ^0.8.23;

/// Everything the gauges log. Amounts are base units, moments seconds of block.timestamp. With these alone weights, pools,
/// stakes, streams, claims and the reserve can be rebuilt.
interface IGaugesEvents {
    /// The storage behind a proxy was filled.
    event Initialized(uint64 version, address controller, address token, uint32 epochLength);
    /// The storage was migrated.
    event Migrated(uint64 from, uint64 to);
    /// The minter delivered; this much of it went to the reserve, all the rest to the pools named by PoolFunded.
    event RewardNotified(uint256 amount, uint256 reserve);
    /// A pool got its share and streams base units per second until endsAt.
    event PoolFunded(uint16 indexed pool, uint256 amount, uint256 rate, uint64 endsAt);
    /// A pool could not take its share, which went to the reserve.
    event PoolRefused(uint16 indexed pool, uint256 amount);
    /// Other weights are in force: bps, the reserve's first, sixteen uint16 per word.
    event WeightsChanged(bytes32 first, bytes32 second);
    /// The weights stay as they are. Reason: 1 group halted (until), 2 controller failed or answered nonsense (bytes of
    /// revert data), 3 weights do not sum to 10,000 (sum).
    event WeightsKept(uint8 indexed reason, uint256 detail);
    /// The reserve went to the treasury.
    event ReserveSwept(address indexed treasury, uint256 amount);
    /// LP tokens came in.
    event Staked(uint16 indexed pool, address indexed account, uint256 amount);
    /// LP tokens went out.
    event Withdrawn(uint16 indexed pool, address indexed account, uint256 amount);
    /// An account was paid what it had earned in a pool.
    event Claimed(uint16 indexed pool, address indexed account, uint256 amount);
    /// A pool was added behind a weight.
    event PoolAdded(uint16 indexed pool, uint8 indexed weight, address indexed lpToken);
    /// A pool was ended; what it had not given away went to the reserve.
    event PoolKilled(uint16 indexed pool, uint8 indexed weight, uint256 returned);
    /// The reserve goes elsewhere.
    event TreasuryChanged(address indexed oldTreasury, address indexed newTreasury);

    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
}
