// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

interface IArbWasm {
    function codehashAsmSize(bytes32 codehash) external view returns (uint32 size);
}

interface IArbWasmCache {
    function cacheProgram(address program) external;
    function codehashIsCached(bytes32 codehash) external view returns (bool);
}

/// A cache manager for development: any bid is enough and nothing is evicted to make room. Bids stay here.
contract CacheManager {
    IArbWasm private constant ARB_WASM = IArbWasm(address(0x71));
    IArbWasmCache private constant ARB_WASM_CACHE = IArbWasmCache(address(0x72));
    /// Least size a program counts as.
    uint64 private constant MIN_SIZE = 4096;

    /// Bytes of native code that fit.
    uint64 public constant cacheSize = 512 * 1024 * 1024;
    /// Bytes of native code that are cached through this contract.
    uint64 public queueSize;
    /// Bids are always accepted.
    bool public constant isPaused = false;

    event InsertBid(bytes32 indexed codehash, address program, uint192 bid, uint64 size);

    error AsmTooLarge(uint256 asm, uint256 queueSize, uint256 cacheSize);
    error AlreadyCached(bytes32 codehash);

    function placeBid(address program) external payable {
        bytes32 codehash = program.codehash;
        if (ARB_WASM_CACHE.codehashIsCached(codehash)) revert AlreadyCached(codehash);
        uint64 size = _size(codehash);
        queueSize += size;
        emit InsertBid(codehash, program, uint192(msg.value), size);
        ARB_WASM_CACHE.cacheProgram(program);
    }

    /// Least bid for a program; reverts as `placeBid` would.
    function getMinBid(address program) external view returns (uint192) {
        bytes32 codehash = program.codehash;
        if (ARB_WASM_CACHE.codehashIsCached(codehash)) revert AlreadyCached(codehash);
        _size(codehash);
        return 0;
    }

    /// Least bid for this many bytes of native code.
    function getMinBid(uint64 size) external view returns (uint192) {
        _check(size);
        return 0;
    }

    function _size(bytes32 codehash) private view returns (uint64 size) {
        size = ARB_WASM.codehashAsmSize(codehash);
        if (size < MIN_SIZE) size = MIN_SIZE;
        _check(size);
    }

    function _check(uint64 size) private view {
        if (size > cacheSize - queueSize) revert AsmTooLarge(size, queueSize, cacheSize);
    }
}
