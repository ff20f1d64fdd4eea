// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @title The verifier's rules in Solidity, for comparison
/// @notice A quorum signs an update (EIP-712); the registered integer network is run on the attested KPI values, from the
/// same data contract as the verifier's, to the same outputs.
/// @dev The inner loop of the network is assembly, four products a turn, as a Solidity engineer who counts gas would write
/// it. Of the verifier it lacks the sequencer feed, the re-check of a policy's bytes when it runs, and the named errors of a
/// malformed update and policy.
contract VerifierTwin is Ownable2Step {
    struct Set {
        uint48 epoch;
        uint8 threshold;
        uint8 count;
    }

    struct Model {
        address data;
        uint8 kind;
        bool active;
        bytes32 schema;
    }

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant CHANGE_TYPEHASH = keccak256("Change(uint8 slot,uint32 expectedOld,uint32 newValue)");
    bytes32 private constant UPDATE_TYPEHASH = keccak256(
        "Update(bytes32 modelId,bytes32 kpiSchema,int32[] kpis,uint64 signerEpoch,uint64 updateId,uint64 observedAt,uint64 validAfter,uint64 expiresAt,Change[] changes)Change(uint8 slot,uint32 expectedOld,uint32 newValue)"
    );
    bytes32 private constant NAME_HASH = keccak256("Escapement");
    bytes32 private constant VERSION_HASH = keccak256("1");
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    uint256 private constant HEAD = 106;

    Set private _set;
    address public guardian;
    address[] private _signers;
    mapping(address account => bool) public isSigner;
    mapping(bytes32 id => Model) private _models;

    error VerifierMalformedUpdate();
    error VerifierSignerEpoch(uint64 have, uint64 want);
    error VerifierBadQuorum(uint8 threshold, uint256 signers);
    error VerifierSignersNotAscending(address previous, address next);
    error VerifierNotSigner(address account);
    error VerifierSignaturesLength(uint256 have, uint256 want);
    error VerifierBadSignature(uint8 index, uint8 reason);
    error VerifierSignatureOrder(uint8 index, address previous, address signer);
    error VerifierUnknownSigner(uint8 index, address signer);
    error VerifierUnknownModel(bytes32 modelId);
    error VerifierModelExists(bytes32 modelId);
    error VerifierModelInactive(bytes32 modelId);
    error VerifierModelHash(bytes32 have, bytes32 want);
    error VerifierSchemaHash(bytes32 have, bytes32 want);
    error VerifierPolicyLength(uint256 length);
    error VerifierPolicyInputs(uint32 expected, uint32 actual);

    event SignersChanged(uint64 epoch, address[] signers, uint8 threshold);
    event ModelRegistered(bytes32 indexed modelId, bytes32 indexed kpiSchema, address data);
    event ModelActivity(bytes32 indexed modelId, bool active);

    constructor(address owner_, address guardian_, address[] memory signers_, uint8 threshold_) Ownable(owner_) {
        guardian = guardian_;
        _install(signers_, threshold_);
    }

    /// @notice Checks the attestation of `update` for `controller`; returns the outputs of its policy, eight `int32`.
    function verify(address controller, bytes calldata update, bytes calldata signatures) external view returns (bytes32) {
        (uint256 kpis, uint256 changes) = _decode(update);
        Set memory set = _set;
        uint64 epoch = uint64(bytes8(update[65:73]));
        if (epoch != set.epoch) revert VerifierSignerEpoch(epoch, set.epoch);
        address data = _speaking(update);
        _checkQuorum(set, _digest(controller, update, kpis, changes), signatures);
        return _run(data, update[HEAD:HEAD + 4 * kpis]);
    }

    /// @dev Data contract of the update's policy, if that may speak about KPIs of its schema.
    function _speaking(bytes calldata update) private view returns (address data) {
        bytes32 modelId = bytes32(update[1:33]);
        Model memory model = _models[modelId];
        data = model.data;
        if (data == address(0)) revert VerifierUnknownModel(modelId);
        if (!model.active) revert VerifierModelInactive(modelId);
        bytes32 have = bytes32(update[33:65]);
        if (have != model.schema) revert VerifierSchemaHash(have, model.schema);
    }

    function setSigners(address[] calldata signers_, uint8 threshold_) external onlyOwner {
        _install(signers_, threshold_);
    }

    function revokeSigner(address signer) external {
        if (msg.sender != owner() && msg.sender != guardian) revert OwnableUnauthorizedAccount(msg.sender);
        if (!isSigner[signer]) revert VerifierNotSigner(signer);
        isSigner[signer] = false;
        uint256 count = _signers.length;
        bool found;
        for (uint256 i = 0; i < count; i++) {
            if (found) _signers[i - 1] = _signers[i];
            else found = _signers[i] == signer;
        }
        _signers.pop();
        _set.epoch++;
        _set.count--;
        emit SignersChanged(_set.epoch, _signers, _set.threshold);
    }

    function registerModel(bytes32 modelId, address data, bytes32 schema, uint8) external onlyOwner {
        if (_models[modelId].data != address(0)) revert VerifierModelExists(modelId);
        bytes memory code = data.code;
        (uint256 inputs, uint256 hidden) = _widths(code.length);
        uint256 schemaLength = 9 * inputs;
        uint256 modelLength = code.length - 1 - schemaLength;
        bytes32 have;
        bytes32 haveSchema;
        assembly ("memory-safe") {
            have := keccak256(add(code, 33), modelLength)
            haveSchema := keccak256(add(add(code, 33), modelLength), schemaLength)
        }
        if (code[0] != 0 || hidden == 0) revert VerifierPolicyLength(code.length);
        if (have != modelId) revert VerifierModelHash(have, modelId);
        if (haveSchema != schema) revert VerifierSchemaHash(haveSchema, schema);
        _models[modelId] = Model(data, 0, true, schema);
        emit ModelRegistered(modelId, schema, data);
    }

    function setModelActive(bytes32 modelId, bool active) external {
        bool may = msg.sender == owner() || (!active && msg.sender == guardian);
        if (!may) revert OwnableUnauthorizedAccount(msg.sender);
        if (_models[modelId].data == address(0)) revert VerifierUnknownModel(modelId);
        _models[modelId].active = active;
        emit ModelActivity(modelId, active);
    }

    function signerEpoch() external view returns (uint64) {
        return _set.epoch;
    }

    function _install(address[] memory signers_, uint8 threshold_) private {
        uint256 count = signers_.length;
        if (count > 16 || threshold_ > count || 2 * uint256(threshold_) <= count) revert VerifierBadQuorum(threshold_, count);
        for (uint256 i = 0; i < _signers.length; i++) isSigner[_signers[i]] = false;
        address previous;
        for (uint256 i = 0; i < count; i++) {
            address signer = signers_[i];
            if (signer <= previous) revert VerifierSignersNotAscending(previous, signer);
            isSigner[signer] = true;
            previous = signer;
        }
        _signers = signers_;
        _set = Set(_set.epoch + 1, threshold_, uint8(count));
        emit SignersChanged(_set.epoch, signers_, threshold_);
    }

    /// @dev Number of KPI values and of changes, the length being exactly what they ask for.
    function _decode(bytes calldata update) private pure returns (uint256 kpis, uint256 changes) {
        unchecked {
            if (update.length <= HEAD || update[0] != 0x01) revert VerifierMalformedUpdate();
            kpis = uint8(update[HEAD - 1]);
            uint256 place = HEAD + 4 * kpis;
            if (kpis > 48 || update.length <= place) revert VerifierMalformedUpdate();
            changes = uint8(update[place]);
            if (changes > 51 || update.length != place + 1 + 9 * changes) revert VerifierMalformedUpdate();
        }
    }

    function _digest(address controller, bytes calldata update, uint256 kpis, uint256 changes)
        private
        view
        returns (bytes32 digest)
    {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, controller));
        bytes32 changeType = CHANGE_TYPEHASH;
        bytes32 updateType = UPDATE_TYPEHASH;
        assembly ("memory-safe") {
            let start := mload(0x40)
            // The KPI values as words, hashed.
            let from := add(update.offset, HEAD)
            let end := add(from, shl(2, kpis))
            for { let to := start } lt(from, end) { from := add(from, 4) to := add(to, 32) } {
                mstore(to, sar(224, calldataload(from)))
            }
            let kpiHash := keccak256(start, shl(5, kpis))
            // Each change as a struct, their hashes hashed.
            from := add(end, 1)
            let list := add(start, 128)
            mstore(start, changeType)
            let to := list
            for { let last := add(from, mul(9, changes)) } lt(from, last) { from := add(from, 9) } {
                let change := calldataload(from)
                mstore(add(start, 32), shr(248, change))
                mstore(add(start, 64), and(shr(216, change), 0xffffffff))
                mstore(add(start, 96), and(shr(184, change), 0xffffffff))
                mstore(to, keccak256(start, 128))
                to := add(to, 32)
            }
            let changeHash := keccak256(list, shl(5, changes))
            mstore(start, updateType)
            calldatacopy(add(start, 32), add(update.offset, 1), 64)
            mstore(add(start, 96), kpiHash)
            for { let i := 0 } lt(i, 5) { i := add(i, 1) } {
                mstore(add(start, add(128, shl(5, i))), shr(192, calldataload(add(add(update.offset, 65), shl(3, i)))))
            }
            mstore(add(start, 288), changeHash)
            let body := keccak256(start, 320)
            mstore(start, shl(240, 0x1901))
            mstore(add(start, 2), domain)
            mstore(add(start, 34), body)
            digest := keccak256(start, 66)
        }
    }

    function _checkQuorum(Set memory set, bytes32 digest, bytes calldata signatures) private view {
        uint256 threshold_ = set.threshold;
        if (threshold_ > set.count || 2 * threshold_ <= set.count) revert VerifierBadQuorum(set.threshold, set.count);
        if (signatures.length != 65 * threshold_) revert VerifierSignaturesLength(signatures.length, 65 * threshold_);
        address previous;
        unchecked {
            for (uint256 i = 0; i < threshold_; i++) {
                (bytes32 r, bytes32 s, uint8 v) = _split(signatures, i);
                if (v != 27 && v != 28) revert VerifierBadSignature(uint8(i), 2);
                if (uint256(s) > HALF_ORDER) revert VerifierBadSignature(uint8(i), 3);
                address signer = ecrecover(digest, v, r, s);
                if (signer == address(0)) revert VerifierBadSignature(uint8(i), 4);
                if (signer <= previous) revert VerifierSignatureOrder(uint8(i), previous, signer);
                if (!isSigner[signer]) revert VerifierUnknownSigner(uint8(i), signer);
                previous = signer;
            }
        }
    }

    function _split(bytes calldata signatures, uint256 i) private pure returns (bytes32 r, bytes32 s, uint8 v) {
        assembly ("memory-safe") {
            let place := add(signatures.offset, mul(65, i))
            r := calldataload(place)
            s := calldataload(add(place, 32))
            v := byte(0, calldataload(add(place, 64)))
        }
    }

    /// @dev Inputs and hidden width of the two known shapes, by the length of the data contract's code.
    function _widths(uint256 length) private pure returns (uint256 inputs, uint256 hidden) {
        if (length == 1_485) return (12, 16);
        if (length == 12_017) return (16, 64);
        revert VerifierPolicyLength(length);
    }

    /// @dev Runs the network in `data` on `kpis` (4 bytes each): eight outputs.
    function _run(address data, bytes calldata kpis) private view returns (bytes32 packed) {
        uint256 length = data.code.length;
        (uint256 inputs, uint256 hidden) = _widths(length);
        if (kpis.length < 4 * inputs) revert VerifierPolicyInputs(uint32(inputs), uint32(kpis.length / 4));
        assembly ("memory-safe") {
            // Reverses the four bytes at `at`, as a signed number.
            function little(place) -> x {
                x := mload(place)
                x := or(or(byte(0, x), shl(8, byte(1, x))), or(shl(16, byte(2, x)), shl(24, byte(3, x))))
                x := signextend(3, x)
            }
            // acc = bias * 2^12 + sum of weight * input, then floor(acc / 2^12).
            function neuron(weights, bias, from, end) -> q {
                q := shl(12, little(bias))
                for {} lt(from, end) { from := add(from, 128) weights := add(weights, 8) } {
                    let w := mload(weights)
                    // Four weights of two bytes, little endian: swap the bytes of each.
                    w := or(shl(8, and(w, shl(192, 0x00ff00ff00ff00ff))), and(shr(8, w), shl(192, 0x00ff00ff00ff00ff)))
                    q := add(q, mul(sar(240, w), mload(from)))
                    q := add(q, mul(sar(240, shl(16, w)), mload(add(from, 32))))
                    q := add(q, mul(sar(240, shl(32, w)), mload(add(from, 64))))
                    q := add(q, mul(sar(240, shl(48, w)), mload(add(from, 96))))
                }
                q := sar(12, q)
            }
            function bound(x, lo, hi) -> y {
                y := x
                if sgt(y, hi) { y := hi }
                if slt(y, lo) { y := lo }
            }
            let code := mload(0x40)
            extcodecopy(data, code, 0, length)
            let weights := add(code, 1)
            let biases := add(weights, shl(1, add(mul(hidden, add(inputs, hidden)), shl(3, hidden))))
            let bounds := add(biases, shl(2, add(shl(1, hidden), 8)))
            let schema := add(bounds, 64)
            let first := and(add(add(code, length), 63), not(31))
            let second := add(first, shl(5, hidden))
            // Observations: floor((kpi - mean) * scale / 2^shift), 24 bits.
            for { let i := 0 } lt(i, inputs) { i := add(i, 1) } {
                let x := sar(224, calldataload(add(kpis.offset, shl(2, i))))
                x := sar(byte(0, mload(add(schema, 8))), mul(sub(x, little(schema)), little(add(schema, 4))))
                mstore(add(first, shl(5, i)), bound(x, sub(0, 0x800000), 0x7fffff))
                schema := add(schema, 9)
            }
            let row := shl(1, inputs)
            let end := add(first, shl(5, inputs))
            for { let out := second } lt(out, add(second, shl(5, hidden))) { out := add(out, 32) } {
                mstore(out, bound(neuron(weights, biases, first, end), 0, 0x7fffff))
                weights := add(weights, row)
                biases := add(biases, 4)
            }
            row := shl(1, hidden)
            end := add(second, shl(5, hidden))
            for { let out := first } lt(out, second) { out := add(out, 32) } {
                mstore(out, bound(neuron(weights, biases, second, end), 0, 0x7fffff))
                weights := add(weights, row)
                biases := add(biases, 4)
            }
            for { let i := 0 } lt(i, 8) { i := add(i, 1) } {
                let q := neuron(weights, biases, first, second)
                q := bound(q, little(add(bounds, shl(2, i))), little(add(bounds, add(32, shl(2, i)))))
                packed := or(shl(32, packed), and(q, 0xffffffff))
                weights := add(weights, row)
                biases := add(biases, 4)
            }
        }
    }
}
