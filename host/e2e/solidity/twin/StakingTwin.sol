// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice Where the curve of new locks comes from.
interface ICurveSource {
    function groupParams(uint8 group) external view returns (uint32 haltedUntil, uint32[] memory values);
}

/// @title The vault's rules in Solidity, for comparison
/// @notice Synthetix' cumulative index over weights, with locks on a multiplier curve, exits that wait, and a penalty for
/// leaving a lock early. Every rounding is that of the vault, so that the same calls leave the same numbers.
/// @dev Written to be compared with: state in hand-packed words, each read and written once, custom errors, effects before
/// the token moves, behind the same transparent proxy. Of the vault it lacks: votes and the history of everything staked
/// (see StakingVotesTwin), compounding, `kick` and `refresh` of a multiplier, `delegateBySig`, the check of a new curve
/// before the controller takes it (`checkParams`), the ERC-20 face of the receipt, and migrations.
contract StakingTwin is Initializable, AccessControl {
    using SafeERC20 for IERC20;

    struct Terms {
        IERC20 token;
        uint32 cooldown;
        uint16 penalty;
        uint32 epochLength;
    }

    struct Source {
        address minter;
        uint80 curve; // five multipliers of 16 bits, the first lowest
    }

    /// A position, or an exit where the multiplier is zero.
    struct Lot {
        uint128 amount;
        uint16 multiplier;
        uint32 length;
        uint48 endsAt;
    }

    struct Holder {
        uint256 weightOwed; // weight above, owed below
        uint256 paid; // open positions (16 bits) and next id (32) above, index last settled at below
        mapping(uint32 id => Lot) lots;
    }

    /// The pool in memory.
    struct Pool {
        uint256 index;
        uint256 updatedAt;
        uint256 weight;
        uint256 owed;
        uint256 unallocated;
        uint256 rate;
        uint256 endsAt;
    }

    /// An account in memory.
    struct Account {
        uint256 weight;
        uint256 owed;
        uint256 paid;
        uint256 next;
        uint256 open;
    }

    uint256 private constant RAY = 1e27;
    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_LOCK = 365 days;
    uint256 private constant MAX_POSITIONS = 64;
    uint256 private constant MAX_AMOUNT = type(uint96).max;
    uint256 private constant MAX_FUNDED = 1 << 96;
    uint256 private constant LOW = type(uint128).max;
    uint8 private constant CURVE_GROUP = 2;

    Terms private _terms;
    Source private _source;
    ICurveSource private _controller;
    uint256 private _index; // moment above, index below
    uint256 private _weight; // weight above, owed below
    uint256 private _stream; // unallocated above; rate and end (40 bits) below
    uint256 private _funded;
    mapping(address account => Holder) private _holders;

    error NotMinter(address caller);
    error ZeroAmount();
    error LockTooLong(uint32 lockSeconds);
    error LockTooShort(uint32 id, uint32 lockSeconds, uint32 shortest);
    error TooManyPositions();
    error NoPosition(address account, uint32 id);
    error Locked(uint32 id, uint64 lockEnd);
    error NotLocked(uint32 id, uint64 lockEnd);
    error Unchanged(uint32 id);
    error InsufficientStake(uint32 id, uint256 held, uint256 needed);
    error NoExit(address account, uint32 id);
    error NotReady(uint32 id, uint64 readyAt);
    error Insolvent(uint256 balance, uint256 needed);
    error FundedTooMuch(uint256 funded, uint256 amount);
    error AmountTooLarge(uint256 amount);
    error BadTerms();
    error BadCurve();
    error CurveHalted(uint32 until);

    event Staked(address indexed account, uint32 indexed id, uint256 amount, uint16 multiplier, uint32 lockSeconds, uint64 lockEnd);
    event LockChanged(address indexed account, uint32 indexed id, uint16 multiplier, uint32 lockSeconds, uint64 lockEnd);
    event Claimed(address indexed account, uint256 amount);
    event Unstaked(address indexed account, uint32 indexed id, uint32 indexed exitId, uint256 amount, uint64 readyAt);
    event ExitedEarly(address indexed account, uint32 indexed id, uint256 penalty);
    event Withdrawn(address indexed account, uint32 indexed exitId, uint256 amount);
    event RewardNotified(uint256 amount, uint256 rate, uint64 endsAt);
    event CurveChanged(uint80 curve);
    event CurveKept(bytes reason);
    event TermsChanged(uint32 cooldown, uint16 penalty);

    function initialize(
        address governance,
        address minter_,
        IERC20 token_,
        ICurveSource controller_,
        uint32 epochLength,
        uint32 cooldown,
        uint16 penalty
    ) external initializer {
        if (epochLength < 1 hours || cooldown > 30 days || penalty > 5_000) revert BadTerms();
        _grantRole(DEFAULT_ADMIN_ROLE, governance);
        _terms = Terms(token_, cooldown, penalty, epochLength);
        uint80 flat = (10_000 << 64) | (10_000 << 48) | (10_000 << 32) | (10_000 << 16) | 10_000;
        _source = Source(minter_, flat);
        _controller = controller_;
    }

    /// @notice Stakes `amount`, locked for `lockSeconds`; returns the id of the position.
    function stake(uint256 amount, uint32 lockSeconds) external returns (uint32 id) {
        if (amount == 0) revert ZeroAmount();
        if (amount > MAX_AMOUNT) revert AmountTooLarge(amount);
        if (lockSeconds > MAX_LOCK) revert LockTooLong(lockSeconds);
        Pool memory pool = _open();
        Account memory account = _account(msg.sender);
        if (account.open >= MAX_POSITIONS) revert TooManyPositions();
        id = uint32(account.next++);
        account.open++;
        uint256 multiplier = _multiplier(_source.curve, lockSeconds);
        uint48 end = uint48(block.timestamp + lockSeconds);
        _weigh(pool, account, account.weight + (amount * multiplier) / BPS);
        _holders[msg.sender].lots[id] = Lot(uint128(amount), uint16(multiplier), lockSeconds, end);
        pool.owed += amount;
        _restake(msg.sender, amount, 0);
        _close(pool);
        _keep(msg.sender, account);
        emit Staked(msg.sender, id, amount, uint16(multiplier), lockSeconds, end);
        _terms.token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Locks a position anew, with the better of its multiplier and the curve's.
    function extendLock(uint32 id, uint32 lockSeconds) external {
        if (lockSeconds > MAX_LOCK) revert LockTooLong(lockSeconds);
        Pool memory pool = _open();
        Account memory account = _account(msg.sender);
        Lot memory lot = _position(msg.sender, id);
        uint80 curve_ = _source.curve;
        (uint256 multiplier, uint256 shortest) = (BPS, 0);
        if (block.timestamp < lot.endsAt) {
            (multiplier, shortest) = (Math.max(lot.multiplier, _multiplier(curve_, lot.length)), lot.length);
        }
        if (lockSeconds < shortest) revert LockTooShort(id, lockSeconds, uint32(shortest));
        multiplier = Math.max(multiplier, _multiplier(curve_, lockSeconds));
        Lot memory next = Lot(lot.amount, uint16(multiplier), lockSeconds, uint48(block.timestamp + lockSeconds));
        if (next.multiplier == lot.multiplier && next.length == lot.length && next.endsAt == lot.endsAt) {
            revert Unchanged(id);
        }
        _weigh(pool, account, account.weight - _weightOf(lot) + _weightOf(next));
        _holders[msg.sender].lots[id] = next;
        _close(pool);
        _keep(msg.sender, account);
        emit LockChanged(msg.sender, id, next.multiplier, lockSeconds, next.endsAt);
    }

    /// @notice Pays what the caller has earned.
    function claim() external returns (uint256 amount) {
        Pool memory pool = _open();
        Account memory account = _account(msg.sender);
        _settle(pool, account);
        amount = account.owed;
        account.owed = 0;
        pool.owed -= amount;
        _close(pool);
        _keep(msg.sender, account);
        if (amount > 0) {
            emit Claimed(msg.sender, amount);
            _terms.token.safeTransfer(msg.sender, amount);
        }
    }

    /// @notice Takes `amount` of a position whose lock has ended; it can be withdrawn after the cooldown.
    function unstake(uint32 id, uint256 amount) external returns (uint32 exitId) {
        Pool memory pool = _open();
        Account memory account = _account(msg.sender);
        Lot memory lot = _position(msg.sender, id);
        if (block.timestamp < lot.endsAt) revert Locked(id, lot.endsAt);
        if (amount == 0) revert ZeroAmount();
        if (amount > lot.amount) revert InsufficientStake(id, lot.amount, amount);
        uint256 rest = lot.amount - amount;
        // What stays weighs its amount: the lock is over.
        _weigh(pool, account, account.weight - _weightOf(lot) + rest);
        if (rest == 0) {
            exitId = id;
            account.open--;
        } else {
            exitId = uint32(account.next++);
            _holders[msg.sender].lots[id] = Lot(uint128(rest), uint16(BPS), 0, lot.endsAt);
            if (lot.multiplier != BPS || lot.length != 0) emit LockChanged(msg.sender, id, uint16(BPS), 0, lot.endsAt);
        }
        _leave(id, exitId, amount, amount);
        _close(pool);
        _keep(msg.sender, account);
    }

    /// @notice Leaves a live lock for a penalty, which goes to those who stay.
    function exitEarly(uint32 id) external returns (uint256 penalty) {
        Pool memory pool = _open();
        Account memory account = _account(msg.sender);
        Lot memory lot = _position(msg.sender, id);
        if (block.timestamp >= lot.endsAt) revert NotLocked(id, lot.endsAt);
        uint256 left = lot.endsAt - block.timestamp;
        uint256 funded = _funded;
        penalty = Math.ceilDiv(uint256(lot.amount) * (_terms.penalty * left), BPS * lot.length);
        penalty = Math.min(penalty, MAX_FUNDED - funded);
        pool.unallocated += penalty;
        _funded = funded + penalty;
        _weigh(pool, account, account.weight - _weightOf(lot));
        account.open--;
        emit ExitedEarly(msg.sender, id, penalty);
        _leave(id, id, lot.amount - penalty, lot.amount);
        _close(pool);
        _keep(msg.sender, account);
    }

    /// @notice Pays exits that are ready.
    function withdraw(uint32[] calldata exitIds) external returns (uint256 sum) {
        Holder storage holder_ = _holders[msg.sender];
        for (uint256 i = 0; i < exitIds.length; i++) {
            uint32 id = exitIds[i];
            Lot memory lot = holder_.lots[id];
            if (lot.amount == 0 || lot.multiplier != 0) revert NoExit(msg.sender, id);
            if (block.timestamp < lot.endsAt) revert NotReady(id, lot.endsAt);
            sum += lot.amount;
            delete holder_.lots[id];
            emit Withdrawn(msg.sender, id, lot.amount);
        }
        if (sum == 0) revert ZeroAmount();
        _weight -= sum; // the lower half, which holds at least what is owed
        _terms.token.safeTransfer(msg.sender, sum);
    }

    /// @notice Books a reward that the minter has brought, streams it over an epoch, and takes the curve over.
    function notifyReward(uint256 amount) external {
        Source memory source = _source;
        if (msg.sender != source.minter) revert NotMinter(msg.sender);
        Pool memory pool = _open();
        Terms memory terms_ = _terms;
        uint256 needed = pool.owed + amount;
        uint256 balance = terms_.token.balanceOf(address(this));
        if (balance < needed) revert Insolvent(balance, needed);
        uint256 funded = _funded;
        if (funded + amount > MAX_FUNDED) revert FundedTooMuch(funded, amount);
        uint256 total = pool.unallocated + amount;
        if (pool.endsAt > block.timestamp) total += pool.rate * (pool.endsAt - block.timestamp);
        pool.rate = total / terms_.epochLength;
        pool.unallocated = total % terms_.epochLength;
        pool.endsAt = block.timestamp + terms_.epochLength;
        pool.owed = needed;
        _funded = funded + amount;
        _close(pool);
        emit RewardNotified(amount, pool.rate, uint64(pool.endsAt));
        try this.readCurve() returns (uint80 curve_) {
            _setCurve(source, curve_);
        } catch (bytes memory reason) {
            emit CurveKept(reason);
        }
    }

    /// @notice Takes the controller's curve over for new locks.
    function pokeParams() external {
        _setCurve(_source, readCurve());
    }

    /// @notice The controller's present curve, packed.
    function readCurve() public view returns (uint80 curve_) {
        (uint32 until, uint32[] memory values) = _controller.groupParams(CURVE_GROUP);
        if (until > block.timestamp) revert CurveHalted(until);
        if (values.length != 5 || values[0] != BPS) revert BadCurve();
        uint256 last;
        for (uint256 i = 0; i < 5; i++) {
            uint256 knot = values[i];
            if (knot < last || knot > 40_000) revert BadCurve();
            curve_ |= uint80(knot << (16 * i));
            last = knot;
        }
    }

    function setCooldown(uint32 cooldown) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (cooldown > 30 days) revert BadTerms();
        _terms.cooldown = cooldown;
        emit TermsChanged(cooldown, _terms.penalty);
    }

    function setPenalty(uint16 penalty) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (penalty > 5_000) revert BadTerms();
        _terms.penalty = penalty;
        emit TermsChanged(_terms.cooldown, penalty);
    }

    function setMinter(address minter_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _source.minter = minter_;
    }

    /// @notice The pool as of the last change.
    function rewards()
        external
        view
        returns (uint256 index, uint64 updatedAt, uint256 rate, uint64 endsAt, uint256 unallocated, uint256 weight, uint256 funded)
    {
        Pool memory pool = _pool();
        return (pool.index, uint64(pool.updatedAt), pool.rate, uint64(pool.endsAt), pool.unallocated, pool.weight, _funded);
    }

    /// @notice What is owed in all: stakes, exits and rewards.
    function owed() external view returns (uint256) {
        return _weight & LOW;
    }

    function holder(address who) external view returns (uint256 weight, uint16 positions, uint32 nextId) {
        Account memory account = _account(who);
        return (account.weight, uint16(account.open), uint32(account.next));
    }

    /// @notice What an account was owed when it was last settled, and the index then.
    function settled(address who) external view returns (uint256 owed_, uint256 paid) {
        Account memory account = _account(who);
        return (account.owed, account.paid);
    }

    function lotOf(address who, uint32 id) external view returns (Lot memory) {
        return _holders[who].lots[id];
    }

    /// @notice What an account has earned and not claimed by now.
    function earned(address who) external view returns (uint256) {
        Pool memory pool = _open();
        Account memory account = _account(who);
        _settle(pool, account);
        return account.owed;
    }

    function curve() external view returns (uint16, uint16, uint16, uint16, uint16) {
        uint80 c = _source.curve;
        return (uint16(c), uint16(c >> 16), uint16(c >> 32), uint16(c >> 48), uint16(c >> 64));
    }

    /// @dev What staking and leaving mean beside rewards: nothing here, votes in StakingVotesTwin.
    function _restake(address account, uint256 added, uint256 taken) internal virtual {}

    function _setCurve(Source memory source, uint80 curve_) private {
        if (curve_ != source.curve) {
            _source.curve = curve_;
            emit CurveChanged(curve_);
        }
    }

    /// @dev Makes an exit of `amount`, for which `taken` left the stakes.
    function _leave(uint32 id, uint32 exitId, uint256 amount, uint256 taken) private {
        uint48 ready = uint48(block.timestamp + _terms.cooldown);
        // The smallest stakes can be less than their penalty rounded up: then nothing is left to withdraw.
        _holders[msg.sender].lots[exitId] = amount == 0 ? Lot(0, 0, 0, 0) : Lot(uint128(amount), 0, 0, ready);
        _restake(msg.sender, 0, taken);
        emit Unstaked(msg.sender, id, exitId, amount, ready);
    }

    function _position(address who, uint32 id) private view returns (Lot memory lot_) {
        lot_ = _holders[who].lots[id];
        if (lot_.amount == 0 || lot_.multiplier == 0) revert NoPosition(who, id);
    }

    function _weightOf(Lot memory lot_) private pure returns (uint256) {
        unchecked {
            return (uint256(lot_.amount) * lot_.multiplier) / BPS;
        }
    }

    function _multiplier(uint80 curve_, uint256 length) private pure returns (uint256) {
        if (length >= MAX_LOCK) return curve_ >> 64;
        (uint256 knot, uint256 from, uint256 to) = (0, 0, 30 days);
        if (length >= 180 days) (knot, from, to) = (3, 180 days, MAX_LOCK);
        else if (length >= 90 days) (knot, from, to) = (2, 90 days, 180 days);
        else if (length >= 30 days) (knot, from, to) = (1, 30 days, 90 days);
        unchecked {
            uint256 low = uint16(curve_ >> (16 * knot));
            uint256 high = uint16(curve_ >> (16 * knot + 16));
            return low + ((high - low) * (length - from)) / (to - from);
        }
    }

    function _pool() private view returns (Pool memory pool) {
        (uint256 index, uint256 weight, uint256 stream) = (_index, _weight, _stream);
        pool.index = uint192(index);
        pool.updatedAt = index >> 192;
        pool.weight = weight >> 128;
        pool.owed = weight & LOW;
        pool.unallocated = stream >> 128;
        pool.rate = (stream & LOW) >> 40;
        pool.endsAt = uint40(stream);
    }

    /// @dev The pool, brought up to the present moment.
    function _open() private view returns (Pool memory pool) {
        pool = _pool();
        uint256 end = Math.min(block.timestamp, pool.endsAt);
        uint256 last = pool.updatedAt;
        pool.updatedAt = block.timestamp;
        if (end <= last) return pool;
        unchecked {
            // At most 2^96 base units are ever funded.
            uint256 amount = pool.rate * (end - last);
            uint256 weight = pool.weight;
            if (weight == 0) {
                pool.unallocated += amount;
                return pool;
            }
            uint256 step = (amount * RAY) / weight;
            pool.index += step;
            uint256 given = weight * step;
            pool.unallocated += amount - (given == 0 ? 0 : (given - 1) / RAY + 1);
        }
    }

    function _close(Pool memory pool) private {
        _index = (pool.updatedAt << 192) | pool.index;
        _weight = (pool.weight << 128) | pool.owed;
        _stream = (pool.unallocated << 128) | (pool.rate << 40) | pool.endsAt;
    }

    function _account(address who) private view returns (Account memory account) {
        Holder storage holder_ = _holders[who];
        (uint256 weightOwed, uint256 paid) = (holder_.weightOwed, holder_.paid);
        account.weight = weightOwed >> 128;
        account.owed = weightOwed & LOW;
        account.paid = uint192(paid);
        account.next = uint32(paid >> 192);
        account.open = paid >> 224;
    }

    function _keep(address who, Account memory account) private {
        Holder storage holder_ = _holders[who];
        holder_.weightOwed = (account.weight << 128) | account.owed;
        holder_.paid = (account.open << 224) | (account.next << 192) | account.paid;
    }

    function _settle(Pool memory pool, Account memory account) private pure {
        account.owed += (account.weight * (pool.index - account.paid)) / RAY;
        account.paid = pool.index;
    }

    function _weigh(Pool memory pool, Account memory account, uint256 weight) private pure {
        pool.weight = pool.weight - account.weight + weight;
        _settle(pool, account);
        account.weight = weight;
    }
}
