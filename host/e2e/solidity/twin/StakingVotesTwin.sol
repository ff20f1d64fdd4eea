// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {StakingTwin} from "./StakingTwin.sol";

/// @title The vault's rules in Solidity with OpenZeppelin's votes
/// @notice What is staked counts for whom it has been delegated to, by checkpoints on `block.timestamp`. This is the twin
/// that does as much as the vault, which always keeps votes and the history of everything staked.
contract StakingVotesTwin is StakingTwin, Votes {
    mapping(address account => uint256) private _staked;

    constructor() EIP712("Staking twin", "1") {}

    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    function balanceOf(address account) external view returns (uint256) {
        return _staked[account];
    }

    function totalSupply() external view returns (uint256) {
        return _getTotalSupply();
    }

    function _restake(address account, uint256 added, uint256 taken) internal override {
        _staked[account] = _staked[account] + added - taken;
        if (added > 0) _transferVotingUnits(address(0), account, added);
        if (taken > 0) _transferVotingUnits(account, address(0), taken);
    }

    function _getVotingUnits(address account) internal view override returns (uint256) {
        return _staked[account];
    }
}
