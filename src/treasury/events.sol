// SPDX-License-Identifier: MIT-OR-APACHE-2.0
pragma solidity ^0.8.23;

/// Everything the treasury logs. Amounts are base units, moments seconds of block.timestamp, speeds and multipliers bps.
/// With these alone funds, stream, rounds and claims can be rebuilt.
interface ITreasuryEvents {
    /// The storage behind a proxy was filled.
    event Initialized(uint64 version, address controller, address token);
    /// The storage was migrated.
    event Migrated(uint64 from, uint64 to);
    /// The minter delivered to the free funds.
    event RewardNotified(uint256 amount);
    /// Tokens that came without a notice were added to the free funds.
    event SurplusBooked(uint256 amount);
    /// Governance paid out of the free funds.
    event Spent(address indexed to, uint256 amount);
    /// Governance sent tokens of another kind away; the amount in their base units.
    event Rescued(address indexed token, address indexed to, uint256 amount);

    /// A stream was opened.
    event StreamOpened(address indexed beneficiary, uint256 amount, uint64 start, uint64 cliff, uint32 duration, uint64 fixedEnd, uint32 speed);
    /// The unvested part of the stream was replaced; vested is what it keeps.
    event StreamEdited(uint256 vested, uint256 oldUnvested, uint256 newUnvested, uint64 cliff, uint32 duration);
    /// The unvested part of the stream went back to the free funds; vested is what it keeps.
    event StreamRevoked(uint256 vested, uint256 returned);
    /// The beneficiary was paid.
    event Released(address indexed beneficiary, uint256 amount);
    /// The stream vests at another speed from now on.
    event SpeedChanged(uint32 oldSpeed, uint32 newSpeed);
    /// The stream keeps its speed. Reason: 1 group halted (until), 2 controller failed or answered nonsense (bytes of revert
    /// data), 3 the speed offered is out of range (speed), 4 the speed offered leaves too little runway (seconds).
    event SpeedKept(uint8 indexed reason, uint32 speed, uint256 detail);

    /// A round was opened; CategoryDeclared follows for each of its categories.
    event RoundOpened(uint32 indexed round, bytes32 root, uint256 budget, uint64 opensAt, uint64 deadline);
    /// What a category of a round may claim, and its multiplier.
    event CategoryDeclared(uint32 indexed round, uint8 indexed category, uint256 base, uint32 multiplier);
    /// The council disabled a round; its budget is free again.
    event RoundDisabled(uint32 indexed round, uint256 returned);
    /// A round ended; what was not claimed is free again.
    event RoundClosed(uint32 indexed round, uint256 returned);
    /// A grant was paid.
    event GrantClaimed(uint32 indexed round, uint32 indexed index, address indexed account, uint8 category, uint256 base, uint256 amount);

    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
}
