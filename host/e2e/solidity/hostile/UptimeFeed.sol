// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Sequencer uptime feed under the test's control
/// @notice The surface of a Chainlink L2 sequencer uptime feed: answer 0 is up, 1 is down, `startedAt` is the last change.
contract UptimeFeed {
    int256 public answer;
    uint256 public startedAt;
    uint80 public roundId;

    error FeedOffline();

    bool public offline;

    constructor() {
        startedAt = block.timestamp;
        roundId = 1;
    }

    /// @notice Reports the sequencer up or down, as of `startedAt_`.
    function set(int256 answer_, uint256 startedAt_) external {
        (answer, startedAt) = (answer_, startedAt_);
        roundId += 1;
    }

    /// @notice Makes every read revert, as a retired feed does.
    function setOffline(bool offline_) external {
        offline = offline_;
    }

    function decimals() external pure returns (uint8) {
        return 0;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        if (offline) revert FeedOffline();
        return (roundId, answer, startedAt, block.timestamp, roundId);
    }
}
