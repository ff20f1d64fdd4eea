// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What the minter asks of the controller.
interface IParamsSource {
    function groupParams(uint8 group) external view returns (uint32 haltedUntil, uint32[] memory values);
    function observedAt() external view returns (uint32);
}

/// @notice What the minter asks of the token.
interface IMintable {
    function mint(address to, uint256 amount) external;
    function totalSupply() external view returns (uint256);
}

/// @notice What the minter tells a consumer.
interface IRewarded {
    function notifyReward(uint256 amount) external;
}

/// @title The minter's roll of an epoch in Solidity, for comparison
/// @notice Emission at the rate kept since the last roll, bounded re-mint of what was burned, the two leaky windows and the
/// breaker, the roller's reward, the exact split among consumers, who are told of their parts. Every rounding is the
/// minter's.
/// @dev Packed words, each read and written once in a roll. Of the minter it lacks everything outside of the roll: revenue
/// and buy-backs, `deliver`, the preview, changes of rules, the reset of a tripped breaker, and migrations.
contract MinterTwin is Initializable, AccessControl {
    uint256 private constant YEAR = 365 days;
    uint256 private constant PPM = 1_000_000;
    uint256 private constant BPS = 10_000;
    uint256 private constant NOTIFY_GAS = 5_000_000;
    uint256 private constant LOW = type(uint128).max;
    uint256 private constant M32 = 0xffffffff;

    struct Setup {
        IParamsSource controller;
        uint64 genesis;
        uint32 length;
    }

    struct Rules {
        IMintable token;
        uint8 emaEpochs;
        uint8 keeperBps;
        uint32 keeperRamp;
        uint32 staleAfter;
    }

    struct Consumer {
        address account;
        uint16 weight;
    }

    /// A leaky window in memory: its word, its start, when it was last written, and its shape.
    struct Window {
        uint256 word;
        uint256 start;
        uint256 last;
        uint256 numerator;
        uint256 denominator;
        uint256 period;
    }

    /// A roll on its way.
    struct Plan {
        uint256 epoch;
        uint256 supply;
        uint256 progress;
        uint256 missed;
        uint256 emission;
        uint256 remint;
        uint256 reward;
        uint256 burned;
        uint256 average;
        uint256 credit;
        uint256 nextRate;
        uint256 nextBurn;
        uint256 nextRemint;
        uint256 rate;
        uint256 remintCap;
        uint8 outcome;
        uint8 dormant;
    }

    Setup private _setup;
    Rules private _rules;
    uint256 private _progress; // next epoch (64), missed (32), halted (32), rate (32), burn share (16), cap (32), tripped (8)
    uint256 private _meter; // expected supply above, average below
    uint256 private _yearWindow; // supply at its start above, level below
    uint256 private _epochWindow;
    uint256 private _clocks; // start of the year's and of the epoch's window, last write, epoch of the latest re-mint
    uint256 private _totals; // minted above, re-minted below
    uint256 private _limits; // cap of the token above, re-minted in the latest epoch below
    uint256 private _credit;
    Consumer[4] private _consumers;
    mapping(address consumer => uint256) public unbooked;

    error TooEarly(uint256 opensAt);
    error ForeignMint(uint256 expected, uint256 supply);
    error BadWeights();
    error BadParams();

    event EpochRolled(uint64 indexed epoch, uint8 indexed outcome, uint256 minted, uint32 rate, uint32 nextRate, uint256 supply);
    event Equilibrium(
        uint64 indexed epoch, uint8 indexed dormant, uint256 burned, uint256 average, uint256 reminted,
        uint32 remintCap, uint16 nextBurnShare, uint32 nextRemintCap
    );
    event EpochMissed(uint64 indexed first, uint64 count);
    event Delivered(address indexed consumer, uint256 amount);
    event NotBooked(address indexed consumer, uint256 amount, uint256 unbooked);
    event KeeperPaid(address indexed keeper, uint64 indexed epoch, uint256 amount);
    event BreakerTripped(uint64 indexed epoch, uint8 reason, uint256 amount, uint256 level, uint256 limit);

    function initialize(
        address governance,
        IParamsSource controller,
        IMintable token,
        uint64 genesis,
        uint32 epochLength,
        uint128 tokenCap,
        Rules calldata rules
    ) external initializer {
        _grantRole(DEFAULT_ADMIN_ROLE, governance);
        _setup = Setup(controller, genesis, epochLength);
        _rules = Rules(token, rules.emaEpochs, rules.keeperBps, rules.keeperRamp, rules.staleAfter);
        uint256 supply = token.totalSupply();
        if (block.timestamp >= genesis) _progress = ((block.timestamp - genesis) / epochLength) << 192;
        _meter = supply << 128;
        _yearWindow = supply << 128;
        _epochWindow = supply << 128;
        _clocks = (block.timestamp << 192) | (block.timestamp << 128) | (block.timestamp << 64);
        _limits = uint256(tokenCap) << 128;
    }

    function setConsumers(address[4] calldata accounts, uint16[4] calldata weights) external onlyRole(DEFAULT_ADMIN_ROLE) {
        uint256 sum;
        for (uint256 i = 0; i < 4; i++) {
            _consumers[i] = Consumer(accounts[i], weights[i]);
            sum += weights[i];
        }
        if (sum != BPS) revert BadWeights();
    }

    /// @notice Rolls the present epoch. Anyone may.
    function rollEpoch() external {
        Plan memory plan;
        Rules memory rules = _rules;
        _decide(plan, rules);
        uint256 total = plan.outcome == 0 ? plan.emission + plan.remint : 0;
        if (plan.outcome != 0) plan.remint = 0;
        _write(plan, total);
        if (total == 0) return;
        if (plan.reward > 0) {
            rules.token.mint(msg.sender, plan.reward);
            emit KeeperPaid(msg.sender, uint64(plan.epoch), plan.reward);
        }
        _share(rules.token, total - plan.reward);
    }

    function progress()
        external
        view
        returns (uint64 nextEpoch, uint32 missed, uint32 halted, uint32 rate, uint16 burnShare, uint32 remintCap, bool tripped)
    {
        uint256 p = _progress;
        return (
            uint64(p >> 192), uint32(p >> 160), uint32(p >> 128), uint32(p >> 96), uint16(p >> 80), uint32(p >> 48),
            uint8(p >> 40) != 0
        );
    }

    function totals() external view returns (uint256 minted, uint256 reminted) {
        return (_totals >> 128, _totals & LOW);
    }

    function _decide(Plan memory plan, Rules memory rules) private {
        Setup memory setup = _setup;
        uint256 p = _progress;
        plan.progress = p;
        (plan.rate, plan.remintCap) = (uint32(p >> 96), uint32(p >> 48));
        uint256 next = p >> 192;
        uint256 epoch = block.timestamp < setup.genesis ? 0 : (block.timestamp - setup.genesis) / setup.length;
        if (block.timestamp < setup.genesis || epoch < next) revert TooEarly(setup.genesis + next * setup.length);
        plan.epoch = epoch;
        plan.missed = epoch - next;
        uint256 supply = rules.token.totalSupply();
        plan.supply = supply;
        plan.emission = (supply * (plan.rate * setup.length)) / (PPM * YEAR);
        _close(plan, rules.emaEpochs);
        bool halted = _params(plan, setup.controller, rules.staleAfter);
        uint256 clocks = _clocks;
        uint256 limits = _limits;
        if (plan.dormant == 0) plan.remint = _remintRoom(plan, clocks, limits);
        uint256 late = Math.min(block.timestamp - (setup.genesis + epoch * setup.length), rules.keeperRamp);
        plan.reward = (plan.emission * (rules.keeperBps * late)) / (rules.keeperRamp * BPS);
        if (halted) plan.outcome = 1;
        else if (uint8(p >> 40) != 0) plan.outcome = 2;
        else if (_consumers[0].account == address(0)) plan.outcome = 4;
        else _pass(plan, setup.length, clocks, limits);
    }

    /// @dev Closes the epochs since the last roll in the burn meter.
    function _close(Plan memory plan, uint256 n) private view {
        uint256 meter = _meter;
        uint256 expected = meter >> 128;
        if (expected < plan.supply) revert ForeignMint(expected, plan.supply);
        uint256 burned = expected - plan.supply;
        uint256 each = burned / (plan.missed + 1);
        uint256 average = meter & LOW;
        for (uint256 i = 0; i <= plan.missed; i++) {
            uint256 next = (average * (n - 1) + each * 2) / (n + 1);
            if (next == average) break;
            average = next;
        }
        (plan.burned, plan.average, plan.credit) = (burned, average, _credit + burned);
    }

    function _params(Plan memory plan, IParamsSource controller, uint256 staleAfter) private view returns (bool halted) {
        (uint32 until, uint32[] memory values) = controller.groupParams(0);
        if (values.length != 1) revert BadParams();
        plan.nextRate = values[0];
        halted = block.timestamp < until;
        (until, values) = controller.groupParams(3);
        if (values.length != 2 || values[0] > 5_000) revert BadParams();
        (plan.nextBurn, plan.nextRemint) = (values[0], values[1]);
        if (block.timestamp < until) plan.dormant = 1;
        else if (block.timestamp > controller.observedAt() + staleAfter) plan.dormant = 2;
    }

    function _remintRoom(Plan memory plan, uint256 clocks, uint256 limits) private pure returns (uint256 room) {
        room = Math.min(plan.average, (plan.supply * plan.remintCap) / PPM);
        uint256 before = uint64(clocks) == plan.epoch ? limits & LOW : 0;
        room = room > before ? room - before : 0;
        room = Math.min(room, plan.credit);
    }

    /// @dev Lets the mint through both windows and under the cap, and writes windows and counter if it passes.
    function _pass(Plan memory plan, uint256 length, uint256 clocks, uint256 limits) private {
        uint256 total = plan.emission + plan.remint;
        // Twice what an epoch mints at the highest values anybody can set.
        Window memory epoch = Window(
            _epochWindow, uint64(clocks >> 128), uint64(clocks >> 64), (50_000 * length + 200 * YEAR) * 2, PPM * YEAR, length
        );
        if (!_add(plan, 1, epoch, total)) return;
        if (plan.supply + total > limits >> 128) {
            plan.outcome = 3;
            return;
        }
        Window memory year = Window(_yearWindow, clocks >> 192, epoch.last, 50_000, PPM, YEAR);
        if (!_add(plan, 2, year, total)) return;
        (_epochWindow, _yearWindow) = (epoch.word, year.word);
        uint256 reminted = uint64(clocks);
        if (plan.remint > 0) {
            uint256 before = reminted == plan.epoch ? limits & LOW : 0;
            reminted = plan.epoch;
            _limits = (limits & ~LOW) | (before + plan.remint);
        }
        _clocks = (year.start << 192) | (epoch.start << 128) | (block.timestamp << 64) | reminted;
    }

    /// @dev Lets `amount` through a window, or trips the breaker.
    function _add(Plan memory plan, uint8 reason, Window memory window, uint256 amount) private returns (bool) {
        (uint256 base, uint256 level) = (window.word >> 128, window.word & LOW);
        uint256 cap = (base * window.numerator) / window.denominator;
        uint256 leak = (cap * Math.min(block.timestamp - window.last, window.period)) / window.period;
        level = level > leak ? level - leak : 0;
        if (block.timestamp >= window.start + window.period) {
            (base, window.start) = (plan.supply, block.timestamp);
            cap = (base * window.numerator) / window.denominator;
        }
        if (level + amount > cap) {
            plan.outcome = 2;
            plan.progress |= 1 << 40;
            emit BreakerTripped(uint64(plan.epoch), reason, amount, level, cap);
            return false;
        }
        window.word = (base << 128) | (level + amount);
        return true;
    }

    function _write(Plan memory plan, uint256 total) private {
        uint256 p = plan.progress;
        if (plan.missed > 0) emit EpochMissed(uint64(p >> 192), uint64(plan.missed));
        uint256 missed = ((p >> 160) & M32) + plan.missed;
        uint256 halted = ((p >> 128) & M32) + (plan.outcome == 1 ? 1 : 0);
        uint256 expected = plan.supply;
        if (plan.outcome == 0) {
            expected += total;
            _totals += (total << 128) | plan.remint;
        }
        _meter = (expected << 128) | plan.average;
        _credit = plan.credit - plan.remint;
        _progress = ((plan.epoch + 1) << 192) | (missed << 160) | (halted << 128) | (plan.nextRate << 96)
            | (plan.nextBurn << 80) | (plan.nextRemint << 48) | (p & (0xff << 40));
        emit EpochRolled(
            uint64(plan.epoch), plan.outcome, total, uint32(plan.rate), uint32(plan.nextRate), plan.supply
        );
        emit Equilibrium(
            uint64(plan.epoch), plan.dormant, plan.burned, plan.average, plan.remint, uint32(plan.remintCap),
            uint16(plan.nextBurn), uint32(plan.nextRemint)
        );
    }

    /// @dev Mints to each consumer its part, the remainder to the first, and tells it.
    function _share(IMintable token, uint256 rest) private {
        Consumer[4] memory consumers = _consumers;
        uint256[4] memory parts;
        uint256 left = rest;
        for (uint256 i = 0; i < 4; i++) {
            parts[i] = (rest * consumers[i].weight) / BPS;
            left -= parts[i];
        }
        parts[0] += left;
        for (uint256 i = 0; i < 4; i++) {
            uint256 part = parts[i];
            if (part == 0) continue;
            address consumer = consumers[i].account;
            token.mint(consumer, part);
            try IRewarded(consumer).notifyReward{gas: NOTIFY_GAS}(part) {
                emit Delivered(consumer, part);
            } catch {
                uint256 sum = unbooked[consumer] + part;
                unbooked[consumer] = sum;
                emit NotBooked(consumer, part, sum);
            }
        }
    }
}
