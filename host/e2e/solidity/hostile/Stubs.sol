// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A contract that answers every call with nothing
/// @notice Test helper: has code, accepts everything, returns no data. Callers that decode must notice.
contract SilentStub {
    receive() external payable {}

    fallback() external payable {}
}

/// @title A contract that refuses every call
contract RefusingStub {
    error StubRefused(address caller, uint256 value);

    receive() external payable {
        revert StubRefused(msg.sender, msg.value);
    }

    fallback() external payable {
        revert StubRefused(msg.sender, msg.value);
    }
}

/// @title An implementation that knows nothing of upgrades
/// @notice Stands for a target a proxy must not be pointed at: plain EVM code, no version, no migration.
contract PlainImplementation {
    uint256 public value;

    event ValueSet(uint256 value);

    function setValue(uint256 value_) external {
        value = value_;
        emit ValueSet(value_);
    }
}

/// @title A token that keeps a tenth of every transfer
/// @notice Test helper for accounting that trusts the amount asked for instead of the amount received.
contract TaxedToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        return _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        balanceOf[from] -= amount;
        balanceOf[to] += amount - amount / 10;
        return true;
    }
}
