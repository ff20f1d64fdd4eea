// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {TwinErrors} from "./TwinErrors.sol";
import {TwinMapping} from "./TwinMapping.sol";
import {TwinRules} from "./TwinRules.sol";

/// @notice What the controller asks of its verifier.
interface IVerifierTwin {
    function verify(address controller, bytes calldata update, bytes calldata signatures) external view returns (bytes32);
}

/// @notice What the controller asks of its consumers.
interface IParamsConsumer {
    function checkParams(uint8 group, uint32[] calldata values) external view;
}

/// @title The controller's rules in Solidity, for comparison
/// @notice AccessControl and the same law: ranges, steps, buckets, cooldowns, group and cross rules, lanes with queue and
/// veto, the breaker on attested KPIs, pinned groups, checkpointed values. The same calls leave the same words, and refuse
/// with the same bytes.
/// @dev Written to be compared with: packed words, each read and written once in an update, default rules in the code,
/// values of a group in one page of history, unchecked arithmetic where ranges bound it; behind the same transparent
/// proxy, governed through OpenZeppelin's TimelockController. Of the controller it lacks: `trySubmit` and its count of
/// refused updates, `poke` with expiry and dormancy, `observe`, the watch over gaps in time, `restore`, `narrow`, hard
/// ranges of rules, replacement of rules of groups and breaker, changes of counts and autonomy, extended halts, migrations.
contract ControllerTwin is Initializable, AccessControl, TwinMapping {
    bytes32 public constant COUNCIL_ROLE = keccak256("COUNCIL_ROLE");
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN_ROLE");

    uint256 private constant HALT = 7 days;
    uint256 private constant GUARDIAN_REST = 30 days;
    uint256 private constant FUTURE = 180;
    uint256 private constant EPOCH = 7 days;
    uint256 private constant CLEAN_GAP = 583_200;
    uint256 private constant PINNED_AFTER = 8;
    uint256 private constant MAX_GROWTH = 4_500;
    uint256 private constant HEAD = 106;
    uint256 private constant ALL = 255;
    uint256 private constant M8 = 0xff;
    uint256 private constant M32 = 0xffffffff;
    uint256 private constant M64 = type(uint64).max;
    // Places of a group's state: autonomy, clean epochs, waiting, halt, guardian's halt, last change, last rise, buckets'
    // moment, half-L1 used, last clean epoch.
    uint256 private constant AUTONOMY = 248;
    uint256 private constant CLEAN = 240;
    uint256 private constant WAITING = 232;
    uint256 private constant UNTIL = 200;
    uint256 private constant GUARDIAN_AT = 168;
    uint256 private constant LAST_CHANGE = 136;
    uint256 private constant LAST_RISE = 104;
    uint256 private constant BUCKET_AT = 72;
    uint256 private constant L1_USED = 40;
    uint256 private constant CLEAN_AT = 8;
    // Places of the configuration's halt.
    uint256 private constant ALL_UNTIL = 120;
    uint256 private constant ALL_GUARDIAN_AT = 88;
    // Which pacing rules apply.
    uint256 private constant PACE = 1;
    uint256 private constant COOLDOWN = 2;
    uint256 private constant AHEAD = 4;

    uint256 private _progress; // id, observed, accepted at, tripped, accepted, flags, streaks
    uint256 private _lengths; // of the nine pages, 24 bits each
    uint256[7] private _groups;
    uint256[7] private _pending; // id, queued, ready, expires, approval, approved
    bytes32[7] private _pendingHash;
    uint256[5] private _nets; // net movements, four a word
    mapping(uint256 pageAndIndex => uint256 entry) private _history;
    IVerifierTwin public verifier;
    uint256 private _consumerGroups; // a byte each
    address[8] private _consumers;

    event ParameterChanged(uint8 indexed slot, uint64 indexed updateId, bytes32 indexed modelId, uint32 oldValue, uint32 newValue, uint8 lane);
    event UpdateAccepted(uint64 indexed updateId, bytes32 indexed modelId, bytes32 kpiHash, bytes32 outputs, uint64 observedAt, uint8 trip);
    event UpdateQueued(uint8 indexed group, uint64 indexed updateId, uint32 eta, uint32 expires, bool approval, bytes payload);
    event UpdateApproved(uint8 indexed group, uint64 indexed updateId);
    event UpdateVetoed(uint8 indexed group, uint64 indexed updateId);
    event UpdateExecuted(uint8 indexed group, uint64 indexed updateId);
    event UpdateExpired(uint8 indexed group, uint64 indexed updateId);
    event ShadowProposed(uint8 indexed group, uint64 indexed updateId, bytes payload);
    event Halted(uint8 indexed scope, uint8 indexed by, uint32 until);
    event Resumed(uint8 indexed scope);
    event BreakerTripped(uint8 indexed reason, uint8 indexed scope, int64 value, int64 limit);
    event AutonomyChanged(uint8 indexed group, uint8 oldLevel, uint8 newLevel, uint8 by);
    event SlotRulesChanged(uint8 indexed slot, bytes32 word0, bytes32 word1);

    function initialize(
        address governance,
        address council,
        address guardian,
        IVerifierTwin verifier_,
        uint32[] calldata values,
        uint8 pools,
        uint8 categories,
        uint8 autonomy
    ) external initializer {
        _grantRole(DEFAULT_ADMIN_ROLE, governance);
        _grantRole(COUNCIL_ROLE, council);
        _grantRole(GUARDIAN_ROLE, guardian);
        verifier = verifier_;
        Batch memory b;
        b.config = (1 << 248) | (uint256(pools) << 168) | (uint256(categories) << 160);
        for (uint256 slot = 0; slot < 51; slot++) {
            b.next[slot] = values[slot];
        }
        _checkValues(b, b.next, 0x7f);
        _config = b.config;
        b.loaded = 0x1ff;
        _writePages(b, b.next, (1 << 51) - 1);
        for (uint256 g = 0; g < 7; g++) {
            _groups[g] = uint256(autonomy) << AUTONOMY;
        }
        _progress = _markPinned(b, b.next, 0x7f, block.timestamp << 128);
    }

    /// @notice Takes an attested update.
    function submit(bytes calldata update, bytes calldata signatures) external {
        bytes32 outputs = verifier.verify(address(this), update, signatures);
        uint256 applied = _submit(update, outputs);
        if (applied != 0) _ask(applied);
    }

    /// @notice Executes the waiting change of a group.
    function execute(uint8 group, bytes calldata payload) external {
        Batch memory b;
        b.config = _config;
        _checkHalt(b.config >> ALL_UNTIL, ALL);
        uint256 state = _waiting(group);
        _checkHalt(state >> UNTIL, group);
        uint256 pending = _pending[group];
        if (block.timestamp < uint32(pending >> 128)) revert ControllerNotReady(uint32(pending >> 128));
        if (block.timestamp > uint32(pending >> 96)) revert ControllerPendingExpired(uint32(pending >> 96));
        uint256 level = state >> AUTONOMY;
        if (level == 0) revert ControllerBadAutonomy(group, 0);
        if ((uint8(pending >> 88) != 0 || level == 1) && uint8(pending >> 80) == 0) revert ControllerNotApproved(group);
        if (keccak256(payload) != _pendingHash[group]) revert ControllerPendingMismatch(group);
        _read(b, payload[32:]);
        _check(b, b.touched, PACE | COOLDOWN);
        uint64 id = uint64(pending >> 192);
        delete _pending[group];
        delete _pendingHash[group];
        emit UpdateExecuted(group, id);
        _progress = _apply(b, b.next, b.touched, _progress, Origin(id, bytes32(payload[:32]), 2), true);
        _ask(1 << group);
    }

    function veto(uint8 group) external onlyRole(COUNCIL_ROLE) {
        uint256 state = _waiting(group);
        emit UpdateVetoed(group, _clear(group, state & ~(M8 << CLEAN)));
    }

    function approve(uint8 group) external onlyRole(COUNCIL_ROLE) {
        _waiting(group);
        uint256 pending = _pending[group];
        if (block.timestamp > uint32(pending >> 96)) revert ControllerPendingExpired(uint32(pending >> 96));
        _pending[group] = pending | (1 << 80);
        emit UpdateApproved(group, uint64(pending >> 192));
    }

    /// @notice The council sets values inside the bounds.
    function overrideParams(bytes calldata changes) external onlyRole(COUNCIL_ROLE) {
        Batch memory b;
        b.config = _config;
        _read(b, changes);
        _check(b, b.touched, PACE);
        if (b.groups == 0) revert ControllerNoChange();
        for (uint256 g = 0; g < 7; g++) {
            if ((b.groups >> g) & 1 == 0) continue;
            uint256 state = _groups[g];
            if ((state >> WAITING) & M8 != 0) emit UpdateVetoed(uint8(g), _clear(g, state & ~(M8 << CLEAN)));
        }
        _progress = _apply(b, b.next, b.groups, _progress, Origin(0, 0, 3), false);
        _ask(b.groups);
    }

    function halt(uint8 scope) external {
        bool council = hasRole(COUNCIL_ROLE, msg.sender);
        if (!council) _checkRole(GUARDIAN_ROLE);
        (uint256 word, uint256 place, uint256 guardianAt) = _haltOf(scope);
        if (!council) {
            uint256 last = (word >> guardianAt) & M32;
            if (last != 0 && block.timestamp < last + GUARDIAN_REST) {
                revert ControllerGuardianSpent(scope, uint32(last + GUARDIAN_REST));
            }
            word = (word & ~(M32 << guardianAt)) | (block.timestamp << guardianAt);
        }
        uint256 until = block.timestamp + HALT;
        if ((word >> place) & M32 > until) until = (word >> place) & M32;
        _saveHalt(scope, (word & ~(M32 << place)) | (until << place));
        emit Halted(scope, council ? 1 : 2, uint32(until));
    }

    function resume(uint8 scope) external onlyRole(DEFAULT_ADMIN_ROLE) {
        (uint256 word, uint256 place, uint256 guardianAt) = _haltOf(scope);
        uint256 until = (word >> place) & M32;
        if (until <= block.timestamp && (word >> guardianAt) & M32 == 0) revert ControllerBadHalt(uint32(until));
        _saveHalt(scope, word & ~(M32 << place) & ~(M32 << guardianAt));
        emit Resumed(scope);
    }

    /// @notice Replaces the rules of a slot by their two packed words.
    /// @dev The range and the neutral value are checked here; hard ranges and the order of the limits are the timelock's
    /// reviewers' business, as in most stewards.
    function setSlotRules(uint8 slot, uint256 word0, uint256 word1) external onlyRole(DEFAULT_ADMIN_ROLE) {
        (uint256 min, uint256 max, uint256 neutral) = (word0 >> 224, uint32(word0 >> 192), uint32(word0 >> 160));
        if (slot > 50) revert ControllerUnknownSlot(slot);
        if (min > max || neutral < min || neutral > max) revert ControllerBadRules(1);
        _slotRules[slot] = [word0, word1];
        _config |= 1 << (184 + uint256(slot));
        emit SlotRulesChanged(slot, bytes32(word0), bytes32(word1));
    }

    function setVerifier(IVerifierTwin verifier_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (address(verifier_).code.length == 0) revert ControllerBadVerifier(address(verifier_));
        verifier = verifier_;
    }

    function setConsumer(uint8 index, address consumer, uint8 groups) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _consumerGroups = (_consumerGroups & ~(M8 << (8 * index))) | (uint256(groups) << (8 * index));
        _consumers[index] = consumer;
        if (groups != 0) _askOne(consumer, groups);
    }

    function param(uint8 slot) public view returns (uint32) {
        (uint256 page, uint256 shift) = TwinRules.place(slot);
        return uint32(_history[(page << 32) | (((_lengths >> (232 - 24 * page)) & 0xffffff) - 1)] >> shift);
    }

    function groupParams(uint8 group) public view returns (uint32 haltedUntil, uint32[] memory values) {
        if (group > 6) revert ControllerBadScope(group);
        uint256 config = _config;
        (uint256 first, uint256 end) = _live(config, group);
        values = new uint32[](end - first);
        Batch memory b;
        b.lengths = _lengths;
        _loadGroup(b, group);
        for (uint256 slot = first; slot < end; slot++) {
            values[slot - first] = uint32(b.before[slot]);
        }
        uint256 own = uint32(_groups[group] >> UNTIL);
        uint256 global = uint32(config >> ALL_UNTIL);
        haltedUntil = uint32(own > global ? own : global);
    }

    /// @notice When the KPIs of the last accepted update were observed.
    function observedAt() external view returns (uint32) {
        return uint32(_progress >> 160);
    }

    /// @notice The raw words: 0 configuration, 1 progress, 2 lengths, then groups, waiting changes and their hashes, nets.
    function words() external view returns (uint256[3] memory, uint256[7] memory, uint256[7] memory, bytes32[7] memory, uint256[5] memory) {
        return ([_config, _progress, _lengths], _groups, _pending, _pendingHash, _nets);
    }

    /// @notice Entry `index` of a page of the history.
    function entry(uint256 page, uint256 index) external view returns (uint256) {
        return _history[(page << 32) | index];
    }

    function _submit(bytes calldata update, bytes32 outputs) private returns (uint256 applied) {
        Batch memory b;
        b.config = _config;
        _checkHalt(b.config >> ALL_UNTIL, ALL);
        _admit(b, update);
        if (b.reason == 0 && b.touched != 0) {
            _checkMapping(b, _kpis(update), outputs);
            _check(b, b.touched, PACE | COOLDOWN | AHEAD);
        }
        uint256 shadow;
        for (uint256 g = 0; g < 7; g++) {
            if ((b.groups >> g) & 1 == 0) continue;
            uint256 level = b.states[g] >> AUTONOMY;
            if (level == 0) shadow |= 1 << g;
            else if (level >= 3 && (b.safe >> g) & 1 != 0) applied |= 1 << g;
        }
        uint256[51] memory values = _resulting(b, applied);
        // Every rule holds.
        _accept(b, update, outputs);
        Origin memory origin = Origin(uint64(bytes8(update[73:81])), bytes32(update[1:33]), 1);
        for (uint256 g = 0; g < 7; g++) {
            if ((b.groups >> g) & 1 == 0) continue;
            if ((b.expired >> g) & 1 != 0) emit UpdateExpired(uint8(g), _clear(g, _groups[g]));
            if ((shadow >> g) & 1 != 0) {
                emit ShadowProposed(uint8(g), origin.id, _payload(b, origin.model, g));
                _groups[g] = _credit(_groups[g], uint32(b.progress >> 96));
            } else if ((applied >> g) & 1 == 0) {
                _enqueue(b, g, origin.id, origin.model);
            }
        }
        uint256 progress = b.progress;
        if (applied != 0) progress = _apply(b, values, applied, progress, origin, true);
        _progress = _countPinned(progress);
    }

    function _kpis(bytes calldata update) private pure returns (bytes calldata) {
        return update[HEAD:HEAD + 4 * uint256(uint8(update[HEAD - 1]))];
    }

    /// @dev Halts, waiting changes, clocks, the list of changes, and the breaker.
    function _admit(Batch memory b, bytes calldata update) private view {
        bytes calldata kpis = _kpis(update);
        bytes calldata changes = update[HEAD + 1 + kpis.length:];
        b.touched = _groupsOf(b.config, changes);
        for (uint256 g = 0; g < 7; g++) {
            if ((b.touched >> g) & 1 == 0) continue;
            uint256 state = _groups[g];
            _checkHalt(state >> UNTIL, g);
            if ((state >> WAITING) & M8 != 0) {
                if (block.timestamp <= uint32(_pending[g] >> 96)) revert ControllerPendingExists(uint8(g));
                b.expired |= 1 << g;
            }
        }
        b.progress = _progress;
        _checkFresh(b.touched, b.progress, update);
        b.lengths = _lengths;
        if (b.touched != 0) _loadGroups(b, b.touched | 1);
        _parse(b, changes);
        (b.reason, b.value, b.limit) = _trip(kpis);
    }

    /// @dev Records the update, and a trip of the breaker.
    function _accept(Batch memory b, bytes calldata update, bytes32 outputs) private {
        uint64 id = uint64(bytes8(update[73:81]));
        uint64 observed = uint64(bytes8(update[81:89]));
        // Tripped at, accepted, flags but for the dormant one, streaks.
        uint256 progress = (b.progress & type(uint128).max & ~(uint256(0x80) << 56)) + (1 << 64);
        progress |= (uint256(id) << 192) | (uint256(observed) << 160) | (block.timestamp << 128);
        emit UpdateAccepted(id, bytes32(update[1:33]), keccak256(_kpis(update)), outputs, observed, uint8(b.reason));
        if (b.reason != 0) progress = _tripAll(b.config, progress, b.reason, b.value, b.limit);
        b.progress = progress;
    }

    /// @dev Values after the groups of `applied` alone have changed, checked as a state of its own.
    function _resulting(Batch memory b, uint256 applied) private pure returns (uint256[51] memory values) {
        if (b.groups == 0) return b.before;
        if (applied == b.groups) return b.next;
        for (uint256 slot = 0; slot < 51; slot++) {
            values[slot] = (applied >> TwinRules.groupOf(slot)) & 1 != 0 ? b.next[slot] : b.before[slot];
        }
        _checkValues(b, values, applied);
    }

    function _checkFresh(uint256 groups, uint256 progress, bytes calldata update) private view {
        uint256 bound = uint64(bytes8(update[89:97]));
        if (block.timestamp < bound) revert ControllerNotYetValid(uint64(bound));
        bound = uint64(bytes8(update[97:105]));
        if (block.timestamp >= bound) revert ControllerExpired(uint64(bound));
        uint256 observed = uint64(bytes8(update[81:89]));
        if (observed > block.timestamp + FUTURE) {
            revert ControllerFutureDated(uint64(observed), uint64(block.timestamp));
        }
        uint256 age = block.timestamp > observed ? block.timestamp - observed : 0;
        if (groups == 0) groups = 1;
        for (uint256 g = 0; g < 7; g++) {
            if ((groups >> g) & 1 == 0) continue;
            uint256 max = uint32(TwinRules.groupRules(g) >> 160);
            if (age > max) revert ControllerStaleObservation(uint64(age), uint32(max));
        }
        uint256 last = uint32(progress >> 160);
        if (observed < last) revert ControllerObservationNotRising(uint64(observed), uint64(last));
        uint256 id = uint64(bytes8(update[73:81]));
        if (id <= progress >> 192) revert ControllerIdNotRising(uint64(id), uint64(progress >> 192));
    }

    /// @dev The first KPI that asks for a trip.
    function _trip(bytes calldata kpis) private pure returns (uint256 reason, int256 value, int256 limit) {
        if (kpis.length < 48) revert ControllerTooFewKpis(uint32(kpis.length / 4), 12);
        value = _kpi(kpis, 11);
        if (value > 3_277) return (2, value, 3_277);
        value = _kpi(kpis, 8);
        if (value > 295) return (3, value, 295);
        value = _kpi(kpis, 5);
        if (value < 26_214) return (4, value, 26_214);
        value = _kpi(kpis, 10);
        if (value > 32_768) return (5, value, 32_768);
    }

    /// @dev The changes must be exactly what the outputs map to, group by group.
    function _checkMapping(Batch memory b, bytes calldata kpis, bytes32 outputs) private view {
        uint256[51] memory computed;
        uint256[51] memory before = b.before;
        assembly ("memory-safe") {
            mcopy(computed, before, 1632)
        }
        for (uint256 g = 0; g < 7; g++) {
            if ((b.touched >> g) & 1 == 0) continue;
            if (g == TwinRules.LIQUIDITY) {
                uint256 need = 12 + ((b.config >> 168) & M8);
                if (kpis.length / 4 < need) revert ControllerTooFewKpis(uint32(kpis.length / 4), uint32(need));
            }
            _map(b, g, outputs, kpis, computed);
            (uint256 first, uint256 end) = TwinRules.span(g);
            for (uint256 slot = first; slot < end; slot++) {
                if (b.next[slot] != computed[slot]) {
                    revert ControllerPolicyMismatch(uint8(slot), uint32(b.next[slot]), uint32(computed[slot]));
                }
            }
        }
    }

    /// @dev Checks the change of `groups` and brings states and buckets to the moment after it.
    function _check(Batch memory b, uint256 groups, uint256 mode) private view {
        for (uint256 g = 0; g < 7; g++) {
            if ((groups >> g) & 1 == 0) continue;
            (uint256 first, uint256 end) = TwinRules.span(g);
            uint256 moved;
            for (uint256 slot = first; slot < end; slot++) {
                if (b.before[slot] != b.next[slot]) moved |= 1 << slot;
            }
            b.states[g] = _groups[g];
            if (moved == 0) continue;
            bool safe = g == TwinRules.LIQUIDITY ? _checkWeights(b, moved, mode) : _checkGroup(b, g, moved, mode);
            _checkCooldown(b, g, moved, mode, safe);
            if (safe) b.safe |= 1 << g;
            b.groups |= 1 << g;
            b.moved |= moved;
        }
        _checkValues(b, b.next, b.groups);
        if (mode & PACE != 0) {
            _checkRise(b, TwinRules.EMISSION, TwinRules.REMINT);
            _checkRise(b, TwinRules.REMINT, TwinRules.EMISSION);
        }
        for (uint256 i = 0; i < 2; i++) {
            (uint256 slot, uint256 g) = i == 0 ? (TwinRules.EMISSION, uint256(0)) : (TwinRules.REMINT, TwinRules.EQUILIBRIUM);
            if (_rises(b, slot)) b.states[g] = (b.states[g] & ~(M32 << LAST_RISE)) | (block.timestamp << LAST_RISE);
        }
    }

    function _rises(Batch memory b, uint256 slot) private pure returns (bool) {
        return (b.moved >> slot) & 1 != 0 && b.next[slot] > b.before[slot];
    }

    /// @dev Emission and re-mint never both rise within one epoch.
    function _checkRise(Batch memory b, uint256 slot, uint256 other) private view {
        if (!_rises(b, slot)) return;
        uint256 last = _rises(b, other)
            ? block.timestamp
            : uint32(_groups[other == TwinRules.EMISSION ? 0 : TwinRules.EQUILIBRIUM] >> LAST_RISE);
        if (last != 0 && block.timestamp < last + EPOCH) revert ControllerCrossBothUp(uint32(last + EPOCH));
    }

    function _checkCooldown(Batch memory b, uint256 g, uint256 moved, uint256 mode, bool safe) private view {
        uint256 state = b.states[g];
        uint256 rules = TwinRules.groupRules(g);
        uint256 last = uint32(state >> LAST_CHANGE);
        if (mode & COOLDOWN != 0 && last != 0 && !_exempt(b, moved)) {
            uint256 lead = mode & AHEAD != 0 && !(safe && state >> AUTONOMY >= 3) ? uint32(rules >> 128) : 0;
            uint256 next = last + (rules >> 224);
            if (block.timestamp + lead < next) revert ControllerCooldownActive(uint8(g), uint32(next));
        }
        state &= ~((M32 << BUCKET_AT) | (M32 << LAST_CHANGE));
        b.states[g] = state | (block.timestamp << BUCKET_AT) | (block.timestamp << LAST_CHANGE);
    }

    /// @dev Whether everything moves towards safety: emission and re-mint falling, and nothing else.
    function _exempt(Batch memory b, uint256 moved) private pure returns (bool) {
        if (moved & ~uint256((1 << TwinRules.EMISSION) | (1 << TwinRules.REMINT)) != 0) return false;
        return !((moved & 1 != 0 && b.next[0] >= b.before[0]) || (moved >> 8 != 0 && b.next[8] >= b.before[8]));
    }

    /// @dev Ranges, steps and buckets of one group's slots; whether the movement is inside the safe delta.
    function _checkGroup(Batch memory b, uint256 g, uint256 moved, uint256 mode) private view returns (bool safe) {
        uint256 window = uint32(TwinRules.groupRules(g) >> 192);
        uint256 elapsed = block.timestamp - uint32(b.states[g] >> BUCKET_AT);
        safe = true;
        (uint256 slot, uint256 end) = TwinRules.span(g);
        unchecked {
            for (; slot < end; slot++) {
                int256 level = _net(b, slot);
                bool still = (moved >> slot) & 1 == 0;
                if (still && level == 0) continue;
                if (!_checkSlot(b, slot, still, level, [elapsed, window], mode)) safe = false;
            }
        }
    }

    function _checkSlot(Batch memory b, uint256 slot, bool still, int256 level, uint256[2] memory time, uint256 mode)
        private
        view
        returns (bool)
    {
        unchecked {
            (uint256 first, uint256 second) = _rules(b.config, slot);
            (uint256 old, uint256 value) = (b.before[slot], b.next[slot]);
            uint256 base = TwinRules.base(first, old);
            if (level != 0) level = _drain(second, base, level, time);
            if (still) {
                _setNet(b, slot, level);
                return true;
            }
            if (value < first >> 224 || value > uint32(first >> 192)) {
                revert ControllerOutOfRange(uint8(slot), uint32(value), uint32(first >> 224), uint32(first >> 192));
            }
            bool up = value > base;
            uint256 want = up ? value - base : base - value;
            if (mode & PACE != 0) {
                uint256 max = TwinRules.step(first, up, base);
                if (want > max) revert ControllerStepExceeded(uint8(slot), uint32(base), uint32(value), uint32(max));
                _checkRoom(slot, second, base, level, want, up);
            }
            _setNet(b, slot, up ? level + int256(want << 16) : level - int256(want << 16));
            return want <= TwinRules.limit(second >> 112, base);
        }
    }

    /// @dev The level after the time since the buckets were brought up to date, of the window in which they drain.
    function _drain(uint256 second, uint256 base, int256 level, uint256[2] memory time) private pure returns (int256) {
        unchecked {
            // Capacities count from where the level started.
            int256 start = int256(base) - (level >> 16);
            uint256 capacity = TwinRules.limit(level > 0 ? second >> 208 : second >> 160, start > 0 ? uint256(start) : 0);
            int256 drained = int256(((capacity << 16) * time[0]) / time[1]);
            if (level > 0) return drained < level ? level - drained : int256(0);
            return drained < -level ? level + drained : int256(0);
        }
    }

    function _checkRoom(uint256 slot, uint256 second, uint256 base, int256 level, uint256 want, bool up) private pure {
        unchecked {
            int256 start = int256(base) - (level >> 16);
            uint256 from = start > 0 ? uint256(start) : 0;
            int256 room = int256(TwinRules.limit(up ? second >> 208 : second >> 160, from) << 16);
            room = up ? room - level : room + level;
            uint256 available = room > 0 ? uint256(room >> 16) : 0;
            if (want > available) revert ControllerBucketExceeded(uint8(slot), uint32(want), uint32(available));
        }
    }

    /// @dev Ranges and steps of the weights, and the half-L1 limits of their group.
    function _checkWeights(Batch memory b, uint256 moved, uint256 mode) private view returns (bool) {
        unchecked {
            uint256 distance;
            for (uint256 slot = 11; slot < 43; slot++) {
                if ((moved >> slot) & 1 == 0) continue;
                distance += _checkWeight(b, slot, mode);
            }
            uint256 rules = TwinRules.groupRules(TwinRules.LIQUIDITY);
            uint256 state = b.states[TwinRules.LIQUIDITY];
            uint256 half = (distance + 1) / 2;
            uint256 bucket = uint256(uint16(rules >> 48)) << 16;
            uint256 used = uint32(state >> L1_USED);
            uint256 drained = bucket * (block.timestamp - uint32(state >> BUCKET_AT)) / uint32(rules >> 192);
            used = used > drained ? used - drained : 0;
            if (mode & PACE != 0) {
                uint256 available = (bucket - used) >> 16;
                if (half > uint16(rules >> 64)) revert ControllerGroupStep(5, uint32(half), uint32(uint16(rules >> 64)));
                if (half > available) revert ControllerGroupBucket(5, uint32(half), uint32(available));
                used += half << 16;
            }
            b.states[TwinRules.LIQUIDITY] = (state & ~(M32 << L1_USED)) | (used << L1_USED);
            return half <= uint16(rules >> 32);
        }
    }

    function _checkWeight(Batch memory b, uint256 slot, uint256 mode) private view returns (uint256) {
        unchecked {
            (uint256 first,) = _rules(b.config, slot);
            (uint256 old, uint256 value) = (b.before[slot], b.next[slot]);
            if (value < first >> 224 || value > uint32(first >> 192)) {
                revert ControllerOutOfRange(uint8(slot), uint32(value), uint32(first >> 224), uint32(first >> 192));
            }
            uint256 base = TwinRules.base(first, old);
            uint256 want = value > base ? value - base : base - value;
            uint256 max = TwinRules.step(first, value > base, base);
            if (mode & PACE != 0 && want > max) {
                revert ControllerStepExceeded(uint8(slot), uint32(base), uint32(value), uint32(max));
            }
            return value > old ? value - old : old - value;
        }
    }

    /// @dev Rules on the values themselves, whoever set them.
    function _checkValues(Batch memory b, uint256[51] memory values, uint256 groups) private pure {
        if (groups & 4 != 0) {
            for (uint256 slot = 3; slot < 7; slot++) {
                if (values[slot] < values[slot - 1]) revert ControllerCurveOrder(uint8(slot));
            }
        }
        if (groups & 32 != 0) {
            uint256 sum;
            for (uint256 slot = 11; slot < 43; slot++) sum += values[slot];
            if (sum != ((b.config >> 168) & M8 == 0 ? 0 : 10_000)) revert ControllerWeightSum(uint32(sum));
        }
        if (groups & 9 != 0) {
            uint256 growth = TwinRules.growth(values[0], values[8]);
            if (growth > MAX_GROWTH) revert ControllerCrossSupply(uint32(growth), uint32(MAX_GROWTH));
            if (values[8] != 0 && values[7] == 0) revert ControllerCrossBurnPaused(uint32(values[8]));
        }
    }

    /// @dev Writes the changes of `groups`: values, states, buckets, one event each.
    function _apply(
        Batch memory b,
        uint256[51] memory values,
        uint256 groups,
        uint256 progress,
        Origin memory origin,
        bool credited
    ) private returns (uint256) {
        uint256 moved = b.moved & _slotsOf(groups);
        _writePages(b, values, moved);
        for (uint256 g = 0; g < 7; g++) {
            if ((groups >> g) & 1 == 0) continue;
            uint256 state = b.states[g];
            if (credited) state = _credit(state, uint32(progress >> 96));
            else if ((state >> WAITING) & M8 != 0) state &= ~(M8 << CLEAN);
            _groups[g] = state & ~(M8 << WAITING);
        }
        _writeNets(b, groups);
        for (uint256 slot = 0; moved >> slot != 0; slot++) {
            if ((moved >> slot) & 1 == 0) continue;
            emit ParameterChanged(
                uint8(slot), origin.id, origin.model, uint32(b.before[slot]), uint32(values[slot]), origin.lane
            );
        }
        return _markPinned(b, values, groups, progress);
    }

    function _credit(uint256 state, uint256 trippedAt) private view returns (uint256) {
        uint256 last = uint32(state >> CLEAN_AT);
        if (trippedAt > last) state &= ~(M8 << CLEAN);
        if (last == 0 || block.timestamp - last >= CLEAN_GAP) {
            if ((state >> CLEAN) & M8 != M8) state += 1 << CLEAN;
            state = (state & ~(M32 << CLEAN_AT)) | (block.timestamp << CLEAN_AT);
        }
        return state;
    }

    /// @dev Commits to the plan's changes of one group and starts its wait.
    function _enqueue(Batch memory b, uint256 g, uint64 id, bytes32 model) private {
        uint256 rules = TwinRules.groupRules(g);
        uint256 state = _groups[g];
        uint256 eta = block.timestamp + uint32(rules >> 128);
        uint256 expires = eta + uint32(rules >> 96);
        bool approval = uint8(rules >> 80) != 0 || state >> AUTONOMY <= 1;
        bytes memory payload = _payload(b, model, g);
        _pending[g] = (uint256(id) << 192) | (block.timestamp << 160) | (eta << 128) | (expires << 96)
            | (approval ? 1 << 88 : 0);
        _pendingHash[g] = keccak256(payload);
        _groups[g] = state | (1 << WAITING);
        emit UpdateQueued(uint8(g), id, uint32(eta), uint32(expires), approval, payload);
    }

    /// @dev Model id, then nine bytes for each change of the group.
    function _payload(Batch memory b, bytes32 model, uint256 g) private pure returns (bytes memory payload) {
        (uint256 slot, uint256 end) = TwinRules.span(g);
        payload = new bytes(32 + 9 * (end - slot) + 23);
        uint256 place = 32;
        assembly ("memory-safe") {
            mstore(add(payload, 32), model)
        }
        for (; slot < end; slot++) {
            if ((b.moved >> slot) & 1 == 0) continue;
            uint256 change = (slot << 248) | (b.before[slot] << 216) | (b.next[slot] << 184);
            assembly ("memory-safe") {
                mstore(add(add(payload, 32), place), change)
            }
            place += 9;
        }
        assembly ("memory-safe") {
            mstore(payload, place)
        }
    }

    /// @dev Clears a waiting change and its flag; returns its update id.
    function _clear(uint256 g, uint256 state) private returns (uint64 id) {
        id = uint64(_pending[g] >> 192);
        delete _pending[g];
        delete _pendingHash[g];
        _groups[g] = state & ~(M8 << WAITING);
    }

    function _tripAll(uint256 config, uint256 progress, uint256 reason, int256 value, int256 limit)
        private
        returns (uint256)
    {
        uint256 until = block.timestamp + HALT;
        if (uint32(config >> ALL_UNTIL) > until) until = uint32(config >> ALL_UNTIL);
        _config = (config & ~(M32 << ALL_UNTIL)) | (until << ALL_UNTIL);
        emit BreakerTripped(uint8(reason), uint8(ALL), int64(value), int64(limit));
        emit Halted(uint8(ALL), 3, uint32(until));
        return (progress & ~(M32 << 96)) | (block.timestamp << 96);
    }

    /// @dev Marks which of `groups` sit at the ends of their ranges; one that left starts over.
    function _markPinned(Batch memory b, uint256[51] memory values, uint256 groups, uint256 progress)
        private
        view
        returns (uint256)
    {
        for (uint256 g = 0; g < 7; g++) {
            if ((groups >> g) & 1 == 0) continue;
            (uint256 slot, uint256 end) = _live(b.config, g);
            bool movable;
            bool pinned = true;
            for (; slot < end && pinned; slot++) {
                (uint256 first,) = _rules(b.config, slot);
                (uint256 min, uint256 max) = (first >> 224, uint32(first >> 192));
                if (min >= max) continue;
                movable = true;
                pinned = values[slot] <= min || values[slot] >= max;
            }
            if (movable && pinned) progress |= 1 << (56 + g);
            else progress &= ~((uint256(1) << (56 + g)) | (M8 << (48 - 8 * g)));
        }
        return progress;
    }

    /// @dev Counts an update for every pinned group; lowers the autonomy of those pinned for too long.
    function _countPinned(uint256 progress) private returns (uint256) {
        if ((progress >> 56) & 0x7f == 0) return progress;
        for (uint256 g = 0; g < 7; g++) {
            if ((progress >> (56 + g)) & 1 == 0) continue;
            uint256 streak = ((progress >> (48 - 8 * g)) & M8) + 1;
            progress &= ~(M8 << (48 - 8 * g));
            if (streak < PINNED_AFTER) {
                progress |= streak << (48 - 8 * g);
                continue;
            }
            uint256 state = _groups[g];
            if (state >> AUTONOMY > 1) {
                emit BreakerTripped(7, uint8(g), int64(uint64(streak)), int64(uint64(PINNED_AFTER)));
                emit AutonomyChanged(uint8(g), uint8(state >> AUTONOMY), 1, 3);
                _groups[g] = (state & (type(uint256).max >> 16)) | (1 << AUTONOMY);
            }
        }
        return progress;
    }

    function _groupsOf(uint256 config, bytes calldata changes) private pure returns (uint256 groups) {
        for (uint256 place = 0; place < changes.length; place += 9) {
            groups |= 1 << _liveGroup(config, uint8(changes[place]));
        }
    }

    /// @dev Group of a live slot.
    function _liveGroup(uint256 config, uint256 slot) private pure returns (uint256 g) {
        if (slot < 51) {
            g = TwinRules.groupOf(slot);
            (, uint256 end) = _live(config, g);
            if (slot < end) return g;
        }
        revert ControllerUnknownSlot(uint8(slot));
    }

    /// @dev Reads changes into `next`: strictly ascending, from the present values.
    function _parse(Batch memory b, bytes calldata changes) private pure {
        uint256[51] memory before = b.before;
        uint256[51] memory next = b.next;
        assembly ("memory-safe") {
            mcopy(next, before, 1632)
        }
        uint256 least = 0;
        unchecked {
            for (uint256 place = 0; place < changes.length; place += 9) {
                uint256 change;
                assembly ("memory-safe") {
                    change := calldataload(add(changes.offset, place))
                }
                uint256 slot = change >> 248;
                if (slot < least) revert ControllerNotAscending(uint8(slot));
                least = slot + 1;
                uint256 old = uint32(change >> 216);
                if (old != before[slot]) {
                    revert ControllerExpectedOldMismatch(uint8(slot), uint32(old), uint32(before[slot]));
                }
                next[slot] = uint32(change >> 184);
            }
        }
    }

    /// @dev Reads a list of changes against the present values.
    function _read(Batch memory b, bytes calldata changes) private view {
        if (changes.length % 9 != 0 || changes.length > 459) revert ControllerBadPayload(uint32(changes.length));
        b.touched = _groupsOf(b.config, changes);
        b.lengths = _lengths;
        _loadGroups(b, b.touched | 1);
        _parse(b, changes);
    }

    function _loadGroups(Batch memory b, uint256 groups) private view {
        for (uint256 g = 0; g < 7; g++) {
            if ((groups >> g) & 1 != 0) _loadGroup(b, g);
        }
    }

    /// @dev Reads the pages of a group, each once, into `before`.
    function _loadGroup(Batch memory b, uint256 g) private view {
        if (g == TwinRules.CURVE) _loadPage(b, 1, 2, 5);
        else if (g < TwinRules.LIQUIDITY) {
            if (b.loaded & 1 == 0) {
                _loadPage(b, 0, 0, 2);
                uint256 word = b.pages[0];
                for (uint256 slot = 7; slot < 11; slot++) b.before[slot] = uint32(word >> (224 - 32 * (slot - 5)));
            }
        } else if (g == TwinRules.LIQUIDITY) {
            for (uint256 page = 2; page < 7; page++) _loadPage(b, page, 11 + 7 * (page - 2), page == 6 ? 4 : 7);
        } else {
            _loadPage(b, 7, 43, 7);
            _loadPage(b, 8, 50, 1);
        }
    }

    function _loadPage(Batch memory b, uint256 page, uint256 slot, uint256 count) private view {
        unchecked {
            if ((b.loaded >> page) & 1 != 0) return;
            b.loaded |= 1 << page;
            uint256 length = (b.lengths >> (232 - 24 * page)) & 0xffffff;
            uint256 word = length == 0 ? 0 : _history[(page << 32) | (length - 1)];
            b.pages[page] = word;
            uint256[51] memory before = b.before;
            for (uint256 i = 0; i < count; i++) before[slot + i] = uint32(word >> (224 - 32 * i));
        }
    }

    /// @dev Appends the pages of these slots; an entry of the same moment is replaced.
    function _writePages(Batch memory b, uint256[51] memory values, uint256 slots) private {
        unchecked {
            uint256 done;
            uint256 lengths = b.lengths;
            for (uint256 slot = 0; slots >> slot != 0; slot++) {
                if ((slots >> slot) & 1 == 0) continue;
                (uint256 page,) = TwinRules.place(slot);
                if ((done >> page) & 1 != 0) continue;
                done |= 1 << page;
                uint256 length = (lengths >> (232 - 24 * page)) & 0xffffff;
                bool same = length != 0 && uint32(b.pages[page]) == block.timestamp;
                _history[(page << 32) | (same ? length - 1 : length)] = _page(values, page) | uint32(block.timestamp);
                if (!same) lengths += 1 << (232 - 24 * page);
            }
            if (done != 0) {
                b.lengths = lengths;
                _lengths = lengths;
            }
        }
    }

    function _page(uint256[51] memory values, uint256 page) private pure returns (uint256 word) {
        unchecked {
            (uint256 slot, uint256 count) = page == 0
                ? (uint256(0), uint256(2))
                : page == 1 ? (2, 5) : page < 7 ? (11 + 7 * (page - 2), page == 6 ? 4 : 7) : page == 7 ? (43, 7) : (50, 1);
            for (uint256 i = 0; i < count; i++) word |= values[slot + i] << (224 - 32 * i);
            if (page == 0) for (uint256 i = 2; i < 6; i++) word |= values[i + 5] << (224 - 32 * i);
        }
    }

    /// @dev Place of a slot's net movement.
    function _netPlace(uint256 slot) private pure returns (uint256 index, uint256 shift) {
        unchecked {
            uint256 n = slot > 42 ? slot - 32 : slot;
            return (n >> 2, 192 - 64 * (n & 3));
        }
    }

    function _net(Batch memory b, uint256 slot) private view returns (int256) {
        (uint256 index, uint256 shift) = _netPlace(slot);
        if ((b.netsLoaded >> index) & 1 == 0) {
            b.netsLoaded |= 1 << index;
            b.stored[index] = b.nets[index] = _nets[index];
        }
        return int64(uint64(b.nets[index] >> shift));
    }

    function _setNet(Batch memory b, uint256 slot, int256 level) private pure {
        (uint256 index, uint256 shift) = _netPlace(slot);
        b.nets[index] = (b.nets[index] & ~(M64 << shift)) | (uint256(uint64(int64(level))) << shift);
    }

    /// @dev Writes the net movements of `groups`; those of other groups in the same words stay as they are stored.
    function _writeNets(Batch memory b, uint256 groups) private {
        unchecked {
            uint256[5] memory masks;
            for (uint256 g = 0; g < 7; g++) {
                if (g == TwinRules.LIQUIDITY || (groups >> g) & 1 == 0) continue;
                (uint256 slot, uint256 end) = TwinRules.span(g);
                for (; slot < end; slot++) {
                    (uint256 index, uint256 shift) = _netPlace(slot);
                    masks[index] |= M64 << shift;
                }
            }
            for (uint256 i = 0; i < 5; i++) {
                if (masks[i] == 0) continue;
                uint256 word = (b.stored[i] & ~masks[i]) | (b.nets[i] & masks[i]);
                if (word != b.stored[i]) _nets[i] = word;
            }
        }
    }

    function _slotsOf(uint256 groups) private pure returns (uint256 slots) {
        for (uint256 g = 0; g < 7; g++) {
            if ((groups >> g) & 1 == 0) continue;
            (uint256 first, uint256 end) = TwinRules.span(g);
            slots |= (1 << end) - (1 << first);
        }
    }

    function _checkHalt(uint256 until, uint256 scope) private view {
        if (uint32(until) > block.timestamp) revert ControllerHalted(uint8(scope), uint32(until));
    }

    function _waiting(uint256 group) private view returns (uint256 state) {
        if (group > 6) revert ControllerBadScope(uint8(group));
        state = _groups[group];
        if ((state >> WAITING) & M8 == 0) revert ControllerNothingPending(uint8(group));
    }

    function _haltOf(uint256 scope) private view returns (uint256 word, uint256 place, uint256 guardianAt) {
        if (scope == ALL) return (_config, ALL_UNTIL, ALL_GUARDIAN_AT);
        if (scope > 6) revert ControllerBadScope(uint8(scope));
        return (_groups[scope], UNTIL, GUARDIAN_AT);
    }

    function _saveHalt(uint256 scope, uint256 word) private {
        if (scope == ALL) _config = word;
        else _groups[scope] = word;
    }

    /// @dev Asks every consumer of `changed` groups whether it can live with their present values.
    function _ask(uint256 changed) private view {
        uint256 masks = _consumerGroups;
        for (uint256 i = 0; masks >> (8 * i) != 0; i++) {
            uint256 groups = (masks >> (8 * i)) & changed;
            if (groups & M8 != 0) _askOne(_consumers[i], groups & M8);
        }
    }

    function _askOne(address consumer, uint256 groups) private view {
        for (uint256 g = 0; g < 7; g++) {
            if ((groups >> g) & 1 == 0) continue;
            (, uint32[] memory values) = groupParams(uint8(g));
            IParamsConsumer(consumer).checkParams(uint8(g), values);
        }
    }
}
