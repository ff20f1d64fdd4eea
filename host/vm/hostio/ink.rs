//! Fixed ink of the host functions, as a table.

#![allow(clippy::match_same_arms)] // the groups are those of the price table

use crate::wasm::HostFn;

/// Ink of entering the host.
pub const HOSTIO: u64 = 8_400;
/// Ink of one fixed-size pointer.
pub const PTR: u64 = 5_040;
/// Ink of a call into the chain's state.
pub const EVM_API: u64 = 59_673;
const DIV: u64 = 20_000;
const ADD_MOD: u64 = 21_000;
const MUL_MOD: u64 = 24_100;

/// Ink that a call of `function` costs before anything that depends on its arguments.
pub const fn base(function: HostFn) -> u64 {
    use HostFn as F;
    match function {
        F::ExitEarly | F::NativeKeccak256 | F::PayForMemoryGrow => 0,
        F::ReadArgs | F::WriteResult => HOSTIO,
        F::MsgReentrant | F::BlockNumber | F::BlockTimestamp | F::BlockGasLimit => HOSTIO,
        F::Chainid | F::EvmGasLeft | F::EvmInkLeft | F::TxInkPrice | F::ReturnDataSize => HOSTIO,
        F::MsgSender | F::TxOrigin | F::ContractAddress | F::BlockCoinbase => HOSTIO + PTR,
        F::MsgValue | F::BlockBasefee | F::TxGasPrice => HOSTIO + PTR,
        F::ReadReturnData => HOSTIO + EVM_API,
        F::MathDiv | F::MathMod => HOSTIO + 3 * PTR + DIV,
        F::MathPow => HOSTIO + 3 * PTR,
        F::MathAddMod => HOSTIO + 4 * PTR + ADD_MOD,
        F::MathMulMod => HOSTIO + 4 * PTR + MUL_MOD,
        F::StorageLoadBytes32 | F::StorageCacheBytes32 => HOSTIO + 2 * PTR,
        F::StorageFlushCache | F::EmitLog => HOSTIO + EVM_API,
        F::TransientLoadBytes32 | F::TransientStoreBytes32 => HOSTIO + 2 * PTR + EVM_API,
        F::AccountBalance | F::AccountCodehash => HOSTIO + 2 * PTR + EVM_API,
        F::AccountCode | F::AccountCodeSize => HOSTIO + EVM_API,
        F::CallContract | F::DelegateCallContract | F::StaticCallContract | F::Create1 => HOSTIO + 3 * PTR + EVM_API,
        F::Create2 => HOSTIO + 4 * PTR + EVM_API,
    }
}
