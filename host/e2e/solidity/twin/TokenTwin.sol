// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Capped} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Capped.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title The token of OpenZeppelin's parts: permit, burn, hard cap, minted by its owner, which is the minter's twin
contract TokenTwin is ERC20Burnable, ERC20Capped, ERC20Permit, Ownable {
    constructor(uint256 cap_, uint256 supply, address holder)
        ERC20("Escapement twin", "TWIN")
        ERC20Capped(cap_)
        ERC20Permit("Escapement twin")
        Ownable(msg.sender)
    {
        _mint(holder, supply);
    }

    /// @notice Creates `amount` units for `to`.
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Capped) {
        super._update(from, to, value);
    }
}
