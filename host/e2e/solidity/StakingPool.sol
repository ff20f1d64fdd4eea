// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Staking of one token, rewarded in the same token
/// @notice Whatever arrives here without being a stake is a reward, shared among the stakers of that moment in
/// proportion to their stakes. The emission is minted straight to this address; anyone may call `accrue`.
/// @dev Rewards follow a cumulative index per staked unit (RAY, 1e27), rounded down: what rounding leaves behind is
/// shared out with the next reward. There are no locks and no curve: nothing delays an exit.
contract StakingPool is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using Math for uint256;

    uint256 private constant RAY = 1e27;

    struct Position {
        uint256 stake;
        uint256 index;
        uint256 accrued;
    }

    IERC20 public immutable token;
    /// @notice Sum of all stakes.
    uint256 public totalStaked;
    /// @notice Reward per staked unit since the beginning, in RAY. Never falls.
    uint256 public index;
    /// @notice Rewards credited through the index and not yet paid out.
    uint256 public owed;

    mapping(address account => Position) private _positions;

    error StakingInsufficientStake(uint256 stake, uint256 requested);
    error StakingShortTransfer(uint256 received, uint256 expected);
    error StakingZeroAmount();

    event Staked(address indexed account, uint256 amount, uint256 stake);
    event Unstaked(address indexed account, uint256 amount, uint256 stake);
    event RewardPaid(address indexed account, uint256 reward);
    event RewardAccrued(uint256 reward, uint256 index);

    constructor(IERC20 token_) {
        token = token_;
    }

    /// @notice The stake of `account`.
    function staked(address account) external view returns (uint256) {
        return _positions[account].stake;
    }

    /// @notice What `claim` would pay `account` now, rewards that still wait for `accrue` included.
    function earned(address account) external view returns (uint256) {
        Position storage position = _positions[account];
        uint256 ahead = totalStaked == 0 ? index : index + waiting().mulDiv(RAY, totalStaked);
        return position.accrued + position.stake.mulDiv(ahead - position.index, RAY);
    }

    /// @notice Tokens that arrived and are not credited yet.
    function waiting() public view returns (uint256) {
        return token.balanceOf(address(this)) - totalStaked - owed;
    }

    /// @notice What the minter calls after minting here. Tokens are counted by balance, so the amount tells nothing new.
    function notifyReward(uint256) external {
        accrue();
    }

    /// @notice Credits what has arrived to the present stakers. Without stakers it keeps waiting.
    function accrue() public {
        if (totalStaked == 0) return;
        uint256 gain = waiting().mulDiv(RAY, totalStaked);
        if (gain == 0) return;
        uint256 reward = gain.mulDiv(totalStaked, RAY, Math.Rounding.Ceil);
        index += gain;
        owed += reward;
        emit RewardAccrued(reward, index);
    }

    /// @notice Stakes `amount` of the caller's tokens.
    function stake(uint256 amount) external nonReentrant {
        if (amount == 0) revert StakingZeroAmount();
        Position storage position = _settle(msg.sender);
        uint256 held = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - held;
        if (received != amount) revert StakingShortTransfer(received, amount);
        position.stake += amount;
        totalStaked += amount;
        emit Staked(msg.sender, amount, position.stake);
    }

    /// @notice Returns `amount` of the caller's stake. Rewards stay claimable.
    function unstake(uint256 amount) external nonReentrant {
        if (amount == 0) revert StakingZeroAmount();
        Position storage position = _settle(msg.sender);
        if (position.stake < amount) revert StakingInsufficientStake(position.stake, amount);
        position.stake -= amount;
        totalStaked -= amount;
        token.safeTransfer(msg.sender, amount);
        emit Unstaked(msg.sender, amount, position.stake);
    }

    /// @notice Pays the caller's rewards.
    function claim() external nonReentrant returns (uint256 reward) {
        Position storage position = _settle(msg.sender);
        reward = position.accrued;
        if (reward == 0) return 0;
        position.accrued = 0;
        owed -= reward;
        token.safeTransfer(msg.sender, reward);
        emit RewardPaid(msg.sender, reward);
    }

    function _settle(address account) private returns (Position storage position) {
        accrue();
        position = _positions[account];
        position.accrued += position.stake.mulDiv(index - position.index, RAY);
        position.index = index;
    }
}
