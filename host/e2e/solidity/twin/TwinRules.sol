// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Parameters and default rules of the controller's twin
/// @notice 51 slots in seven groups; the defaults stand in the code as packed words, as a slot's own rules do in storage.
/// @dev First word of a slot's rules, from the high end: lowest and highest value, neutral value (32 bits each), then share
/// (16 bits, bps) and amount (32) of step up and step down. Second word: share and amount of bucket up, bucket down and
/// safe delta. A group's word: cooldown, window, largest age, delay, grace (32 bits each), dormancy and approval (8 each),
/// half-L1 step, bucket and safe delta (16 each).
library TwinRules {
    uint256 internal constant EMISSION = 0;
    uint256 internal constant BURN = 7;
    uint256 internal constant REMINT = 8;
    uint256 internal constant RESERVE = 11;
    uint256 internal constant CURVE = 2;
    uint256 internal constant EQUILIBRIUM = 3;
    uint256 internal constant LIQUIDITY = 5;
    uint256 internal constant GRANTS = 6;

    function groupOf(uint256 slot) internal pure returns (uint256) {
        if (slot < 2) return slot;
        if (slot < 7) return CURVE;
        if (slot < 9) return EQUILIBRIUM;
        if (slot < 11) return 4;
        return slot < 43 ? LIQUIDITY : GRANTS;
    }

    /// First slot of a group and the first after it, dead ones included.
    function span(uint256 group) internal pure returns (uint256 first, uint256 end) {
        if (group < 2) return (group, group + 1);
        if (group == CURVE) return (2, 7);
        if (group == EQUILIBRIUM) return (7, 9);
        if (group == 4) return (9, 11);
        return group == LIQUIDITY ? (11, 43) : (43, 51);
    }

    /// Page of the history, and place of the value within its words, as bits from the low end.
    function place(uint256 slot) internal pure returns (uint256 page, uint256 shift) {
        unchecked {
            uint256 index;
            if (slot < 2) index = slot;
            else if (slot < 7) (page, index) = (1, slot - 2);
            else if (slot < 11) index = slot - 5;
            else if (slot < 43) (page, index) = (2 + (slot - 11) / 7, (slot - 11) % 7);
            else (page, index) = (7 + (slot - 43) / 7, (slot - 43) % 7);
            shift = 224 - 32 * index;
        }
    }

    function defaults(uint256 slot) internal pure returns (uint256 first, uint256 second) {
        if (slot >= 43) {
            return (
                0x0000138800003a98000027100000000003e80000000007d00000000000000000,
                0x000000000fa0000000000fa00000000000000000000000000000000000000000
            );
        }
        if (slot > RESERVE) {
            return (
                0x0000000000000bb8000000000000000003e80000000003e80000000000000000,
                0x0000000009c40000000009c40000000000c80000000000000000000000000000
            );
        }
        if (slot > 2 && slot < BURN) {
            return (
                0x00002710000061a8000027100000000001f40000000001f40000000000000000,
                0x0000000005dc0000000005dc0000000000000000000000000000000000000000
            );
        }
        if (slot == EMISSION) {
            return (
                0x000009c400004e200000138801f40000006403e8000000c80000000000000000,
                0x09c4000000641388000000c800c8000000000000000000000000000000000000
            );
        }
        if (slot == 1) {
            return (
                0x00001f4000002ee0000027100000000003e80000000003e80000000000000000,
                0x0000000007d00000000007d00000000000000000000000000000000000000000
            );
        }
        if (slot == 2) return (0x0000271000002710000027100000000000000000000000000000000000000000, 0);
        if (slot == BURN) {
            return (
                0x000001f400000bb8000003e80000000000fa0000000001f40000000000000000,
                0x0000000003e80000000003e80000000000640000000000000000000000000000
            );
        }
        if (slot == REMINT) {
            return (
                0x00000000000000320000000000000000000500000000000a0000000000000000,
                0x0000000000140000000000280000000000020000000000000000000000000000
            );
        }
        if (slot == 9) {
            return (
                0x0000012c000003e8000001900000000000320000000000320000000000000000,
                0x0000000000640000000000640000000000000000000000000000000000000000
            );
        }
        if (slot == 10) {
            return (
                0x0000000a000001f4000000640000000000320000000000320000000000000000,
                0x0000000000640000000000640000000000000000000000000000000000000000
            );
        }
        return (
            0x000001f400000bb8000001f40000000003e80000000003e80000000000000000,
            0x0000000009c40000000009c40000000000c80000000000000000000000000000
        );
    }

    function groupRules(uint256 number) internal pure returns (uint256) {
        if (number == 0) return 0x0008e6200076a700000151800002a3000003f480030000000000000000000000;
        if (number == 1) return 0x00ed4e0001e133800002a3000012750000093a80000000000000000000000000;
        if (number == CURVE) return 0x0076a70001e133800002a30000093a8000093a80000000000000000000000000;
        if (number == EQUILIBRIUM) return 0x00278d0000ed4e000002a3000003f4800003f480000000000000000000000000;
        if (number == 4) return 0x00ed4e0001e133800002a3000012750000093a80000100000000000000000000;
        if (number == LIQUIDITY) return 0x0024ea000076a700000151800002a3000003f480000003e809c400c800000000;
        return 0x004f1a0001e133800002a30000093a8000093a80000000000000000000000000;
    }

    /// The larger of a share of `from` and an amount; `rule` ends in 16 bits of share and 32 of amount.
    function limit(uint256 rule, uint256 from) internal pure returns (uint256 room) {
        unchecked {
            room = (from * uint16(rule >> 32)) / 10_000;
            uint256 amount = uint32(rule);
            if (amount > room) room = amount;
        }
    }

    /// The value that steps count from: the present one, or the nearest bound of its range.
    function base(uint256 first, uint256 value) internal pure returns (uint256) {
        uint256 min = first >> 224;
        uint256 max = uint32(first >> 192);
        if (value < min) value = min;
        return value > max ? max : value;
    }

    /// Largest step up or down from a base.
    function step(uint256 first, bool up, uint256 from) internal pure returns (uint256) {
        return limit(up ? first >> 112 : first >> 64, from);
    }

    /// Worst-case growth of supply over 30 days, ppm, rounded up.
    function growth(uint256 rate, uint256 remint) internal pure returns (uint256) {
        unchecked {
            return (rate * 30 + 364) / 365 + remint * 5;
        }
    }
}
