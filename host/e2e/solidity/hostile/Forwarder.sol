// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A contract between the signer and the target
/// @notice Test helper for calls that must come from a contract: by call, static call or delegate call, with a chosen
/// gas limit, one or many in a transaction. Reverts of the target pass through with their data.
contract Forwarder {
    event Forwarded(bool success, uint256 gasUsed, bytes result);

    /// @notice Calls `target`; `gasLimit` 0 forwards all that may be forwarded.
    function call(address target, bytes calldata data, uint256 gasLimit) public payable returns (bytes memory) {
        (bool ok, bytes memory result) =
            gasLimit == 0 ? target.call{value: msg.value}(data) : target.call{value: msg.value, gas: gasLimit}(data);
        return _check(ok, result);
    }

    /// @notice Calls without passing on a revert, and logs what happened.
    function tryCall(address target, bytes calldata data) public payable returns (bool ok, bytes memory result) {
        uint256 start = gasleft();
        (ok, result) = target.call{value: msg.value}(data);
        emit Forwarded(ok, start - gasleft(), result);
    }

    /// @notice Makes several calls in one transaction, each as `tryCall`.
    function batch(address[] calldata targets, bytes[] calldata data) external {
        for (uint256 i = 0; i < targets.length; i++) {
            uint256 start = gasleft();
            (bool ok, bytes memory result) = targets[i].call(data[i]);
            emit Forwarded(ok, start - gasleft(), result);
        }
    }

    /// @notice Reads under STATICCALL: a target that writes must fail.
    function staticCall(address target, bytes calldata data) external view returns (bytes memory) {
        (bool ok, bytes memory result) = target.staticcall(data);
        return _check(ok, result);
    }

    /// @notice Runs the target's code on this contract's storage.
    function delegate(address target, bytes calldata data) external payable returns (bytes memory) {
        (bool ok, bytes memory result) = target.delegatecall(data);
        return _check(ok, result);
    }

    function _check(bool ok, bytes memory result) private pure returns (bytes memory) {
        if (ok) return result;
        assembly ("memory-safe") {
            revert(add(result, 32), mload(result))
        }
    }
}
