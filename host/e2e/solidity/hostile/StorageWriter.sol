// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Raw storage access
/// @notice Test helper: reads and writes any slot of whatever storage it runs on, its own or a delegate caller's.
contract StorageWriter {
    event Written(bytes32 indexed slot, bytes32 value);

    function write(bytes32 slot, bytes32 value) external payable {
        assembly ("memory-safe") {
            sstore(slot, value)
        }
        emit Written(slot, value);
    }

    function read(bytes32 slot) external view returns (bytes32 value) {
        assembly ("memory-safe") {
            value := sload(slot)
        }
    }

    /// @notice Ends the program it runs in, for those who would let it.
    function destroy(address payable heir) external {
        assembly ("memory-safe") {
            selfdestruct(heir)
        }
    }
}
