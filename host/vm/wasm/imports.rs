//! The functions a program may import, with their exact types.

/// A WebAssembly value type of a host function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float, only in the console functions of debug chains.
    F32,
    /// 64-bit float, only in the console functions of debug chains.
    F64,
}

/// Parameters and result of a host function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Parameter types.
    pub params: &'static [Ty],
    /// Result type, if any.
    pub result: Option<Ty>,
}

const fn sig(params: &'static [Ty], result: Option<Ty>) -> Signature {
    Signature { params, result }
}

/// Module that production imports come from.
pub const VM_HOOKS: &str = "vm_hooks";
/// Import that pays for `memory.grow`.
pub const PAY_FOR_MEMORY_GROW: &str = "pay_for_memory_grow";

use Ty::{F32, F64, I32, I64};

/// A function of `vm_hooks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named after the imports
pub enum HostFn {
    ReadArgs,
    WriteResult,
    ExitEarly,
    StorageLoadBytes32,
    StorageCacheBytes32,
    StorageFlushCache,
    TransientLoadBytes32,
    TransientStoreBytes32,
    CallContract,
    DelegateCallContract,
    StaticCallContract,
    Create1,
    Create2,
    ReadReturnData,
    ReturnDataSize,
    EmitLog,
    AccountBalance,
    AccountCode,
    AccountCodeSize,
    AccountCodehash,
    EvmGasLeft,
    EvmInkLeft,
    BlockBasefee,
    Chainid,
    BlockCoinbase,
    BlockGasLimit,
    BlockNumber,
    BlockTimestamp,
    ContractAddress,
    MathDiv,
    MathMod,
    MathPow,
    MathAddMod,
    MathMulMod,
    MsgReentrant,
    MsgSender,
    MsgValue,
    NativeKeccak256,
    TxGasPrice,
    TxInkPrice,
    TxOrigin,
    PayForMemoryGrow,
}

/// All functions of `vm_hooks`.
#[rustfmt::skip]
pub const HOST_FUNCTIONS: [(HostFn, &str, Signature); 42] = [
    (HostFn::ReadArgs, "read_args", sig(&[I32], None)),
    (HostFn::WriteResult, "write_result", sig(&[I32, I32], None)),
    (HostFn::ExitEarly, "exit_early", sig(&[I32], None)),
    (HostFn::StorageLoadBytes32, "storage_load_bytes32", sig(&[I32, I32], None)),
    (HostFn::StorageCacheBytes32, "storage_cache_bytes32", sig(&[I32, I32], None)),
    (HostFn::StorageFlushCache, "storage_flush_cache", sig(&[I32], None)),
    (HostFn::TransientLoadBytes32, "transient_load_bytes32", sig(&[I32, I32], None)),
    (HostFn::TransientStoreBytes32, "transient_store_bytes32", sig(&[I32, I32], None)),
    (HostFn::CallContract, "call_contract", sig(&[I32, I32, I32, I32, I64, I32], Some(I32))),
    (HostFn::DelegateCallContract, "delegate_call_contract", sig(&[I32, I32, I32, I64, I32], Some(I32))),
    (HostFn::StaticCallContract, "static_call_contract", sig(&[I32, I32, I32, I64, I32], Some(I32))),
    (HostFn::Create1, "create1", sig(&[I32, I32, I32, I32, I32], None)),
    (HostFn::Create2, "create2", sig(&[I32, I32, I32, I32, I32, I32], None)),
    (HostFn::ReadReturnData, "read_return_data", sig(&[I32, I32, I32], Some(I32))),
    (HostFn::ReturnDataSize, "return_data_size", sig(&[], Some(I32))),
    (HostFn::EmitLog, "emit_log", sig(&[I32, I32, I32], None)),
    (HostFn::AccountBalance, "account_balance", sig(&[I32, I32], None)),
    (HostFn::AccountCode, "account_code", sig(&[I32, I32, I32, I32], Some(I32))),
    (HostFn::AccountCodeSize, "account_code_size", sig(&[I32], Some(I32))),
    (HostFn::AccountCodehash, "account_codehash", sig(&[I32, I32], None)),
    (HostFn::EvmGasLeft, "evm_gas_left", sig(&[], Some(I64))),
    (HostFn::EvmInkLeft, "evm_ink_left", sig(&[], Some(I64))),
    (HostFn::BlockBasefee, "block_basefee", sig(&[I32], None)),
    (HostFn::Chainid, "chainid", sig(&[], Some(I64))),
    (HostFn::BlockCoinbase, "block_coinbase", sig(&[I32], None)),
    (HostFn::BlockGasLimit, "block_gas_limit", sig(&[], Some(I64))),
    (HostFn::BlockNumber, "block_number", sig(&[], Some(I64))),
    (HostFn::BlockTimestamp, "block_timestamp", sig(&[], Some(I64))),
    (HostFn::ContractAddress, "contract_address", sig(&[I32], None)),
    (HostFn::MathDiv, "math_div", sig(&[I32, I32], None)),
    (HostFn::MathMod, "math_mod", sig(&[I32, I32], None)),
    (HostFn::MathPow, "math_pow", sig(&[I32, I32], None)),
    (HostFn::MathAddMod, "math_add_mod", sig(&[I32, I32, I32], None)),
    (HostFn::MathMulMod, "math_mul_mod", sig(&[I32, I32, I32], None)),
    (HostFn::MsgReentrant, "msg_reentrant", sig(&[], Some(I32))),
    (HostFn::MsgSender, "msg_sender", sig(&[I32], None)),
    (HostFn::MsgValue, "msg_value", sig(&[I32], None)),
    (HostFn::NativeKeccak256, "native_keccak256", sig(&[I32, I32, I32], None)),
    (HostFn::TxGasPrice, "tx_gas_price", sig(&[I32], None)),
    (HostFn::TxInkPrice, "tx_ink_price", sig(&[], Some(I32))),
    (HostFn::TxOrigin, "tx_origin", sig(&[I32], None)),
    (HostFn::PayForMemoryGrow, PAY_FOR_MEMORY_GROW, sig(&[I32], None)),
];

/// The functions that exist on debug chains only, as (module, name, type).
#[rustfmt::skip]
pub const DEBUG_FUNCTIONS: [(&str, &str, Signature); 12] = [
    ("console", "log_txt", sig(&[I32, I32], None)),
    ("console", "log_i32", sig(&[I32], None)),
    ("console", "log_i64", sig(&[I64], None)),
    ("console", "log_f32", sig(&[F32], None)),
    ("console", "log_f64", sig(&[F64], None)),
    ("console", "tee_i32", sig(&[I32], Some(I32))),
    ("console", "tee_i64", sig(&[I64], Some(I64))),
    ("console", "tee_f32", sig(&[F32], Some(F32))),
    ("console", "tee_f64", sig(&[F64], Some(F64))),
    ("debug", "null_host", sig(&[], None)),
    ("debug", "start_benchmark", sig(&[], None)),
    ("debug", "end_benchmark", sig(&[], None)),
];

/// The type of an import, if it exists on this kind of chain.
pub fn signature(module: &str, name: &str, debug: bool) -> Option<Signature> {
    if module == VM_HOOKS {
        let mut known = HOST_FUNCTIONS.iter();
        return known.find(|entry| entry.1 == name).map(|entry| entry.2);
    }
    let mut known = DEBUG_FUNCTIONS.iter().filter(|_| debug);
    known.find(|entry| entry.0 == module && entry.1 == name).map(|entry| entry.2)
}
