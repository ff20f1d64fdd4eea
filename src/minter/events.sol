// SPDX-License-Identifier: MIT OR Apache-2.0
// Every event the minter can emit. The contract and the host programs read this same file.

/// The proxy's storage was set up by code of this version.
event Initialized(uint64 version);

/// An upgrade raised the version of the storage.
event Migrated(uint64 from, uint64 to);

/// Ownership (governance) was offered; the new owner has to accept it.
event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);

/// Ownership (governance) moved.
event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

/// Epoch `epoch` was opened. `outcome`: 0 minted, 1 halted by the controller, 2 stopped by the minter's breaker,
/// 3 refused by the token's cap; only 0 mints. `rate` (ppm of supply a year) is the one kept since the roll before,
/// `nextRate` the one kept from now on; `supply` is the supply before the mint.
event EpochRolled(uint64 indexed epoch, uint8 indexed outcome, uint256 minted, uint32 rate, uint32 nextRate, uint256 supply);

/// Nobody rolled `count` epochs from `first` on. Their emission is forgone.
event EpochMissed(uint64 indexed first, uint64 count);

/// The minter's own breaker closed in epoch `epoch`; nothing is minted until governance resets it. `reason`: 1 the
/// amount exceeds the limit of an epoch, 2 it would raise the yearly window (at `level`) above `limit`.
event BreakerTripped(uint64 indexed epoch, uint8 reason, uint256 amount, uint256 level, uint256 limit);

/// Governance opened the breaker again.
event BreakerReset();

/// New tokens go to another account.
event RecipientChanged(address indexed previous, address indexed recipient);
