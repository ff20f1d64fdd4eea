// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A contract that calls back
/// @notice Test helper: whatever calls it while it is armed is called back once, and the outcome is kept. It can stand
/// in for a token, a verifier or a price feed: every call is answered with `answer`.
contract ReentrantReceiver {
    address public target;
    bytes public payload;
    bytes public answer;
    bool public armed;

    /// @notice Whether the call back was made, whether it succeeded, and what it returned.
    bool public fired;
    bool public succeeded;
    bytes public returned;

    /// @notice Sets the call made on the next incoming call.
    function arm(address target_, bytes calldata payload_) external {
        (target, payload, armed, fired, succeeded) = (target_, payload_, true, false, false);
        delete returned;
    }

    /// @notice Sets what every incoming call is answered with.
    function setAnswer(bytes calldata answer_) external {
        answer = answer_;
    }

    /// @notice Makes the outer call, from which the target is expected to come back here.
    function attack(address to, bytes calldata data) external payable returns (bytes memory) {
        (bool ok, bytes memory result) = to.call{value: msg.value}(data);
        if (!ok) _bubble(result);
        return result;
    }

    receive() external payable {
        _fire();
    }

    fallback() external payable {
        _fire();
        bytes memory result = answer;
        assembly ("memory-safe") {
            return(add(result, 32), mload(result))
        }
    }

    function _fire() private {
        if (!armed) return;
        armed = false;
        (bool ok, bytes memory result) = target.call(payload);
        (fired, succeeded, returned) = (true, ok, result);
    }

    function _bubble(bytes memory data) private pure {
        assembly ("memory-safe") {
            revert(add(data, 32), mload(data))
        }
    }
}
