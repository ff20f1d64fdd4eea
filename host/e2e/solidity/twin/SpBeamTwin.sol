// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

/// @title A setter in the manner of SP-BEAM, for comparison
/// @notice A steward sets rates of registered ids: ids strictly ascending, each value inside its minimum and maximum and at
/// most one step from the present one (counted from the nearest bound where the range moved away), all of it at most once
/// in `tau` seconds.
/// @dev The smallest of what is compared: one word for each id, one for the clock. It agrees with the controller where their
/// rules do (range, step, order, cooldown); the controller's buckets, lanes, attestation, cross rules, history, halts and
/// per-group clocks have no counterpart here.
contract SpBeamTwin is AccessControl {
    bytes32 public constant STEWARD_ROLE = keccak256("STEWARD_ROLE");

    struct Rate {
        uint32 value;
        uint32 min;
        uint32 max;
        uint32 step;
    }

    struct Change {
        uint8 id;
        uint32 value;
    }

    struct Clock {
        uint64 tau;
        uint64 last;
        bool bad;
    }

    mapping(uint8 id => Rate) private _rates;
    Clock public clock;

    error TooEarly(uint256 next);
    error Stopped();
    error NotAscending(uint8 id);
    error NotConfigured(uint8 id);
    error OutOfRange(uint8 id, uint32 value, uint32 min, uint32 max);
    error AboveStep(uint8 id, uint32 from, uint32 value, uint32 step);

    event Set(uint8 indexed id, uint32 oldValue, uint32 newValue);

    constructor(address governance, address steward, uint64 tau) {
        _grantRole(DEFAULT_ADMIN_ROLE, governance);
        _grantRole(STEWARD_ROLE, steward);
        clock.tau = tau;
    }

    function file(uint8 id, Rate calldata rate_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _rates[id] = rate_;
    }

    /// @notice Stops the steward, or lets it act again.
    function setBad(bool bad) external onlyRole(DEFAULT_ADMIN_ROLE) {
        clock.bad = bad;
    }

    function set(Change[] calldata changes) external onlyRole(STEWARD_ROLE) {
        Clock memory clock_ = clock;
        if (clock_.bad) revert Stopped();
        if (clock_.last != 0 && block.timestamp < clock_.last + clock_.tau) revert TooEarly(clock_.last + clock_.tau);
        clock.last = uint64(block.timestamp);
        uint256 least;
        for (uint256 i = 0; i < changes.length; i++) {
            (uint8 id, uint32 value) = (changes[i].id, changes[i].value);
            if (id < least) revert NotAscending(id);
            least = uint256(id) + 1;
            Rate memory rate_ = _rates[id];
            if (rate_.step == 0) revert NotConfigured(id);
            if (value < rate_.min || value > rate_.max) revert OutOfRange(id, value, rate_.min, rate_.max);
            uint32 from = rate_.value < rate_.min ? rate_.min : rate_.value > rate_.max ? rate_.max : rate_.value;
            if ((value > from ? value - from : from - value) > rate_.step) revert AboveStep(id, from, value, rate_.step);
            _rates[id].value = value;
            emit Set(id, rate_.value, value);
        }
    }

    function rate(uint8 id) external view returns (uint32) {
        return _rates[id].value;
    }
}
