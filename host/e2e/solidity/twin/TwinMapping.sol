// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TwinErrors} from "./TwinErrors.sol";
import {TwinRules} from "./TwinRules.sol";

/// @title From the outputs of the network to new values, as the controller's law maps them
abstract contract TwinMapping is TwinErrors {
    /// An update on its way through the rules.
    struct Batch {
        uint256 config;
        uint256 lengths;
        uint256 loaded; // pages read
        uint256 touched; // groups named
        uint256 groups; // groups that change
        uint256 safe; // of these, inside the safe delta
        uint256 moved; // slots that change
        uint256 netsLoaded;
        uint256 expired; // groups whose waiting change expired
        uint256 progress;
        uint256 reason; // of a trip of the breaker, with the figure and its limit
        int256 value;
        int256 limit;
        uint256[9] pages;
        uint256[51] before;
        uint256[51] next;
        uint256[7] states;
        uint256[5] nets;
        uint256[5] stored;
    }

    /// Where a change came from.
    struct Origin {
        uint64 id;
        bytes32 model;
        uint8 lane;
    }

    /// What a live pool is to gain or lose: in all, still to be moved, and least that leaves it inside its range.
    struct Gap {
        int256 whole;
        int256 left;
        int256 least;
    }

    uint256 private constant ONE = 65_536;
    uint256 private constant GROWTH = 4_500;

    /// One, bitmap of slots with rules of their own, pools, categories, the global halt.
    uint256 internal _config;
    mapping(uint256 slot => uint256[2]) internal _slotRules;

    /// @dev Rules in force for a slot.
    function _rules(uint256 config, uint256 slot) internal view returns (uint256 first, uint256 second) {
        if ((config >> (184 + slot)) & 1 == 0) return TwinRules.defaults(slot);
        uint256[2] storage own = _slotRules[slot];
        return (own[0], own[1]);
    }

    /// @dev First live slot of a group and the first after them.
    function _live(uint256 config, uint256 g) internal pure returns (uint256 first, uint256 end) {
        (first, end) = TwinRules.span(g);
        if (g == TwinRules.LIQUIDITY) end = first + uint8(config >> 168);
        else if (g == TwinRules.GRANTS) end = first + uint8(config >> 160);
    }

    function _kpi(bytes calldata kpis, uint256 index) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(224, calldataload(add(kpis.offset, shl(2, index))))
        }
    }

    function _output(bytes32 outputs, uint256 index) private pure returns (int256) {
        return int32(uint32(uint256(outputs) >> (224 - 32 * index)));
    }

    /// @dev Maps the outputs to one group; `values` holds its present values and receives the mapped ones.
    function _map(Batch memory b, uint256 g, bytes32 outputs, bytes calldata kpis, uint256[51] memory values) internal view {
        if (_output(outputs, 7) < 0) return;
        int256 output = _output(outputs, g);
        if (g == 0) {
            values[0] = _emission(b, output);
        } else if (g == TwinRules.EQUILIBRIUM) {
            (values[7], values[8]) = _equilibrium(b, _output(outputs, 0), output);
        } else if (g == TwinRules.CURVE) {
            _curve(b, output, values);
        } else if (g == TwinRules.LIQUIDITY) {
            _rebalance(b, output, kpis, values);
        } else {
            (uint256 slot, uint256 end) = _live(b.config, g);
            for (; slot < end; slot++) values[slot] = _moved(b, slot, output);
        }
    }

    /// @dev The value an output moves a slot to: by parts/4 of its fraction of the step.
    function _target(uint256 first, uint256 current, int256 output, uint256 parts) private pure returns (uint256) {
        unchecked {
            bool up = output > 0;
            uint256 fraction = uint256(up ? output : -output);
            if (fraction > ONE) fraction = ONE;
            uint256 base = TwinRules.base(first, current);
            uint256 size = (fraction * TwinRules.step(first, up, base) * parts) >> 18;
            if (size == 0) return current;
            if (up) {
                uint256 max = uint32(first >> 192);
                return base + size > max ? max : base + size;
            }
            uint256 min = first >> 224;
            return base < min + size ? min : base - size;
        }
    }

    function _moved(Batch memory b, uint256 slot, int256 output) private view returns (uint256) {
        (uint256 first,) = _rules(b.config, slot);
        return _target(first, b.before[slot], output, 4);
    }

    /// @dev Whether range and step allow the change.
    function _admissible(uint256 first, uint256 old, uint256 value) private pure returns (bool) {
        if (old == value) return true;
        if (value < first >> 224 || value > uint32(first >> 192)) return false;
        uint256 base = TwinRules.base(first, old);
        uint256 distance = value > base ? value - base : base - value;
        return distance <= TwinRules.step(first, value > base, base);
    }

    /// @dev Stops a rise at `cap`, or altogether where the cap leaves no admissible one.
    function _capRise(Batch memory b, uint256 slot, uint256 value, uint256 cap) private view returns (uint256) {
        uint256 current = b.before[slot];
        if (value <= current || value <= cap) return value;
        (uint256 first,) = _rules(b.config, slot);
        return cap > current && cap >= first >> 224 ? cap : current;
    }

    function _emission(Batch memory b, int256 output) private view returns (uint256) {
        uint256 remint = b.before[8] * 5;
        uint256 cap = remint > GROWTH ? 0 : ((GROWTH - remint) * 365) / 30;
        return _capRise(b, 0, _moved(b, 0, output), cap);
    }

    function _equilibrium(Batch memory b, int256 rateOutput, int256 output) private view returns (uint256, uint256) {
        (uint256 rate, uint256 oldBurn, uint256 oldRemint) = (b.before[0], b.before[7], b.before[8]);
        uint256 cap = oldRemint;
        if (_emission(b, rateOutput) <= rate) {
            uint256 growth = TwinRules.growth(rate, 0);
            cap = growth > GROWTH ? 0 : (GROWTH - growth) / 5;
        }
        uint256 burn = _moved(b, 7, output);
        uint256 remint = _capRise(b, 8, _moved(b, 8, output), cap);
        if (burn > 0 || remint == 0) return (burn, remint);
        (uint256 first,) = _rules(b.config, 8);
        if (_admissible(first, oldRemint, 0)) return (0, 0);
        (first,) = _rules(b.config, 7);
        if (oldBurn > 0 && _admissible(first, oldBurn, 1)) return (1, remint);
        return (oldBurn, oldRemint);
    }

    /// @dev Moves the knots, keeping their order by shortening moves; nothing where that is not possible.
    function _curve(Batch memory b, int256 output, uint256[51] memory values) private view {
        bool up = output > 0;
        uint256 bound = up ? type(uint256).max : 0;
        uint256[5] memory knots;
        for (uint256 i = 0; i < 5; i++) {
            uint256 knot = up ? 4 - i : i;
            (uint256 first,) = _rules(b.config, 2 + knot);
            uint256 old = b.before[2 + knot];
            uint256 value = _target(first, old, output, knot);
            if (up ? value < bound : value > bound) bound = value;
            if (!_admissible(first, old, bound)) return;
            knots[knot] = bound;
        }
        for (uint256 i = 0; i < 5; i++) values[2 + i] = knots[i];
    }

    /// @dev Moves weight from the most over-weight pool to the most under-weight one until the budget is spent.
    function _rebalance(Batch memory b, int256 output, bytes calldata kpis, uint256[51] memory values) private view {
        uint256 pools = uint8(b.config >> 168);
        Gap[] memory gaps = new Gap[](pools);
        uint256 start = kpis.length / 4 - pools;
        uint256 sum;
        for (uint256 i = 0; i < pools; i++) {
            int256 score = _kpi(kpis, start + i);
            if (score > 0) sum += uint256(score);
        }
        if (sum == 0) return;
        for (uint256 i = 0; i < pools; i++) {
            int256 score = _kpi(kpis, start + i);
            _gap(b, 11 + i, score > 0 ? (uint256(score) * 10_000) / sum : 0, gaps[i]);
        }
        uint256 fraction = output < 0 ? 0 : uint256(output) > ONE ? ONE : uint256(output);
        int256 budget = int256((uint256(uint16(TwinRules.groupRules(5) >> 64)) * fraction) >> 16);
        while (!_transfer(gaps, budget)) {}
        for (uint256 i = 0; i < pools; i++) {
            values[11 + i] = uint256(int256(b.before[11 + i]) + gaps[i].whole - gaps[i].left);
        }
    }

    /// @dev From a pool's weight to its goal, which lies inside its range and one step away at most.
    function _gap(Batch memory b, uint256 slot, uint256 share, Gap memory gap) private view {
        unchecked {
            (uint256 first,) = _rules(b.config, slot);
            uint256 old = b.before[slot];
            uint256 base = TwinRules.base(first, old);
            uint256 step = TwinRules.step(first, false, base);
            uint256 floor = base > step ? base - step : 0;
            if (floor < first >> 224) floor = first >> 224;
            uint256 ceiling = base + TwinRules.step(first, true, base);
            if (ceiling > uint32(first >> 192)) ceiling = uint32(first >> 192);
            if (share > ceiling) share = ceiling;
            if (share < floor) share = floor;
            gap.whole = int256(share) - int256(old);
            gap.least = int256(base > old ? base - old : old - base);
        }
    }

    /// @dev Spends the budget; false where that left a moved pool outside its range, which then wants nothing.
    function _transfer(Gap[] memory gaps, int256 budget) private pure returns (bool clean) {
        unchecked {
            uint256 count = gaps.length;
            for (uint256 i = 0; i < count; i++) gaps[i].left = gaps[i].whole;
            while (budget > 0) {
                (int256 most, int256 least) = (int256(0), int256(0));
                (uint256 giver, uint256 taker) = (0, 0);
                for (uint256 i = 0; i < count; i++) {
                    int256 left = gaps[i].left;
                    if (left > most) (most, taker) = (left, i);
                    if (left < least) (least, giver) = (left, i);
                }
                int256 amount = most < -least ? most : -least;
                if (amount > budget) amount = budget;
                if (amount == 0) break;
                gaps[taker].left -= amount;
                gaps[giver].left += amount;
                budget -= amount;
            }
            clean = true;
            for (uint256 i = 0; i < count; i++) {
                int256 moved = gaps[i].whole - gaps[i].left;
                if (moved < 0) moved = -moved;
                if (moved != 0 && moved < gaps[i].least) {
                    gaps[i].whole = 0;
                    clean = false;
                }
            }
        }
    }
}
