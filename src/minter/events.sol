// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.23;

/// Everything the minter logs. Amounts are base units. With these, the block times and the token's own log, the state can
/// be rebuilt.
interface IMinterEvents {
    /// The storage behind a proxy was filled: what never changes, and the supply that the windows start from.
    event Initialized(uint64 version, address controller, address token, uint64 genesis, uint32 epochLength, uint256 supply, uint256 cap);
    /// The storage was migrated.
    event Migrated(uint64 from, uint64 to);

    /// Epoch `epoch` was opened. `outcome`: 0 minted, 1 halted by the controller, 2 stopped by the minter's breaker,
    /// 3 refused by the token's cap, 4 nobody to mint to; only 0 mints. `minted` is all of it, re-mint and the roller's
    /// reward included. `rate` (ppm of supply a year) is the one kept since the roll before, `nextRate` the one kept from now
    /// on; `supply` is the supply before the mint.
    event EpochRolled(uint64 indexed epoch, uint8 indexed outcome, uint256 minted, uint32 rate, uint32 nextRate, uint256 supply);
    /// Nobody rolled `count` epochs from `first` on. Their emission is forgone.
    event EpochMissed(uint64 indexed first, uint64 count);
    /// What the roll of `epoch` read from the burn meter and did with it: `burned` since the roll before, `average` of an
    /// epoch after it, `reminted` under `remintCap` (ppm of supply, kept since the roll before). `dormant`: 0 not, 1 the
    /// controller halts the group, 2 its observations are stale; no re-mint while not 0. The last two are kept from now on.
    event Equilibrium(uint64 indexed epoch, uint8 indexed dormant, uint256 burned, uint256 average, uint256 reminted, uint32 remintCap, uint16 nextBurnShare, uint32 nextRemintCap);
    /// A consumer was minted `amount` and has booked it.
    event Delivered(address indexed consumer, uint256 amount);
    /// A consumer was minted `amount` but refused to book it; `unbooked` in all waits for `deliver`.
    event NotBooked(address indexed consumer, uint256 amount, uint256 unbooked);
    /// Whoever rolled was minted a part of the emission.
    event KeeperPaid(address indexed keeper, uint64 indexed epoch, uint256 amount);

    /// The minter's own breaker closed in epoch `epoch`; nothing is minted until governance resets it. `reason`: 1 the
    /// amount would raise the window of an epoch (at `level`) above `limit`, 2 the yearly window.
    event BreakerTripped(uint64 indexed epoch, uint8 reason, uint256 amount, uint256 level, uint256 limit);
    /// Governance opened the breaker again.
    event BreakerReset();

    /// Revenue in the token arrived: `burned` of it was burned, the rest went to the treasury.
    event RevenueDeposited(address indexed from, uint256 amount, uint256 burned);
    /// Revenue in the quote token arrived: `kept` of it waits for buy-backs, the rest went to the treasury.
    event QuoteDeposited(address indexed from, uint256 amount, uint256 kept);
    /// Quote kept for buy-backs went to the treasury, since the quote token changes.
    event QuoteReleased(address indexed quote, uint256 amount);
    /// A reading of the market's price accumulator was kept.
    event Observed(uint256 cumulative);
    /// `spent` quote bought `burned` of the token at an average price of `price` (quote units per token unit, 112 binary
    /// places), all of it burned.
    event BoughtBack(address indexed caller, uint256 spent, uint256 burned, uint256 price);

    /// The consumers and their weights, bps.
    event ConsumersChanged(address[4] consumers, uint16[4] weights);
    /// See `setRules`.
    event RulesChanged(uint8 emaEpochs, uint8 keeperBps, uint32 keeperRamp, uint32 staleAfter);
    /// Revenue that is not burned goes to another account.
    event TreasuryChanged(address indexed previous, address indexed treasury);
    /// See `setMarket`. Readings start anew.
    event MarketChanged(address indexed quote, address indexed pool, uint16 deviationBps, uint16 slippageBps);

    /// An account was given a role.
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    /// An account lost a role.
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
}
