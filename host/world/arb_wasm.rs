//! `ArbWasm` and `ArbWasmCache`, as far as tests call them.

use alloy_primitives::{Address, address};

alloy_sol_types::sol! {
    function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
    function codehashKeepalive(bytes32 codehash) external payable;
    function programTimeLeft(address program) external view returns (uint64);
    function cacheProgram(address program) external;
    function codehashIsCached(bytes32 codehash) external view returns (bool);
    error ProgramUpToDate();
    error ProgramExpired(uint64 age);
    error ProgramNotActivated();
}

/// Address of `ArbWasm`.
pub const ADDRESS: Address = address!("0000000000000000000000000000000000000071");
/// Address of `ArbWasmCache`.
pub const CACHE: Address = address!("0000000000000000000000000000000000000072");
