// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A peer that calls back
/// @notice Test helper: stands in for a verifier, a controller, a token or a feed. It answers each function as it was
/// told to, and one function, the trigger, makes a call of its own first. What becomes of that call is kept, or, since a
/// static call leaves no trace, reported by a revert, or needed: then the answer comes only if it succeeded.
contract ReentrantPeer {
    mapping(bytes4 selector => bytes) public answers;
    /// @notice Answers to one call with exactly this calldata; they go before those to a function.
    mapping(bytes32 calldataHash => bytes) public exactAnswers;
    bytes4 public trigger;
    address public target;
    bytes public payload;
    uint8 public mode;

    /// @notice Whether the call back was made, whether it succeeded, and what it returned.
    bool public fired;
    bool public succeeded;
    bytes public returned;

    uint8 internal constant KEEP = 0;
    uint8 internal constant REPORT = 1;
    uint8 internal constant NEED = 2;

    error CalledBack(bool success, bytes result);

    /// @notice Sets what a function is answered with.
    function setAnswer(bytes4 selector, bytes calldata answer) external {
        answers[selector] = answer;
    }

    /// @notice Sets what one call is answered with.
    function setExactAnswer(bytes calldata call_, bytes calldata answer) external {
        exactAnswers[keccak256(call_)] = answer;
    }

    /// @notice Sets the call made by each call of `trigger_`, and what becomes of its outcome.
    function arm(bytes4 trigger_, address target_, bytes calldata payload_, uint8 mode_) external {
        (trigger, target, payload, mode) = (trigger_, target_, payload_, mode_);
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
            if (mode == REPORT || (mode == NEED && !ok)) revert CalledBack(ok, result);
            if (mode == KEEP) (fired, succeeded, returned) = (true, ok, result);
        }
        bytes memory answer = exactAnswers[keccak256(msg.data)];
        if (answer.length == 0) answer = answers[msg.sig];
        assembly ("memory-safe") {
            return(add(answer, 32), mload(answer))
        }
    }
}
