// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A peer that calls back
/// @notice Test helper: stands in for a verifier, a controller, a token or a feed. It answers each function as it was
/// told to, and one function, the trigger, makes a call of its own first. Whoever is called back from a static call can
/// leave no trace, so the outcome is reported by a revert there; elsewhere it can be kept instead.
contract ReentrantPeer {
    mapping(bytes4 selector => bytes) public answers;
    bytes4 public trigger;
    address public target;
    bytes public payload;
    bool public reporting;

    /// @notice Whether the call back was made, whether it succeeded, and what it returned.
    bool public fired;
    bool public succeeded;
    bytes public returned;

    error CalledBack(bool success, bytes result);

    /// @notice Sets what a function is answered with.
    function setAnswer(bytes4 selector, bytes calldata answer) external {
        answers[selector] = answer;
    }

    /// @notice Sets the call made by each call of `trigger_`, and whether its outcome is reported by a revert.
    function arm(bytes4 trigger_, address target_, bytes calldata payload_, bool reporting_) external {
        (trigger, target, payload, reporting) = (trigger_, target_, payload_, reporting_);
        (fired, succeeded) = (false, false);
        delete returned;
    }

    /// @notice Makes no more calls.
    function disarm() external {
        delete target;
    }

    fallback() external {
        if (target != address(0) && msg.sig == trigger) {
            (bool ok, bytes memory result) = target.call(payload);
            if (reporting) revert CalledBack(ok, result);
            (fired, succeeded, returned) = (true, ok, result);
        }
        bytes memory answer = answers[msg.sig];
        assembly ("memory-safe") {
            return(add(answer, 32), mload(answer))
        }
    }
}
