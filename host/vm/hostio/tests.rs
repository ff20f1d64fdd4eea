//! Ink of the host functions: the golden vectors, measured on programs that make the calls.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::format_push_string)]

use crate::{
    HostCall,
    testing::{TestChain, program},
};
use alloy_primitives::U256;

/// Ink that each call of `name` took, in order.
fn ink(trace: &[HostCall], name: &str) -> Vec<u64> {
    let calls = trace.iter().filter(|call| call.name == name);
    calls.map(|call| call.start_ink - call.end_ink).collect()
}

/// Runs a program and returns its host calls.
fn traced(imports: &[&str], body: &str, data: Vec<u8>) -> Vec<HostCall> {
    let mut chain = TestChain::default();
    let account = chain.program(&program(imports, body));
    let (outcome, trace) = chain.trace(account, data, 0);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    trace
}

#[test]
fn transient_storage_works_at_golden_ink() {
    let body = "
        (call $transient_store_bytes32 (i32.const 0) (i32.const 32))
        (call $transient_load_bytes32 (i32.const 0) (i32.const 32))
        (i32.const 0)";
    let names = ["transient_store_bytes32", "transient_load_bytes32"];
    let trace = traced(&names, body, Vec::new());
    for name in names {
        assert_eq!(ink(&trace, name), [1_078_153], "{name}");
    }
}

#[test]
fn account_functions_work_at_golden_ink() {
    let body = "
        (call $contract_address (i32.const 0))
        (call $account_balance (i32.const 0) (i32.const 64))
        (i32.store (i32.const 0) (i32.const 7777))
        (drop (call $account_code_size (i32.const 0)))
        (drop (call $account_code_size (i32.const 0)))
        (i32.store (i32.const 0) (i32.const 8888))
        (call $account_codehash (i32.const 0) (i32.const 64))
        (call $account_codehash (i32.const 0) (i32.const 64))
        (i32.const 0)";
    let names = ["contract_address", "account_balance", "account_code_size", "account_codehash"];
    let trace = traced(&names, body, Vec::new());
    assert_eq!(ink(&trace, "contract_address"), [8_400 + 5_040]);
    assert_eq!(ink(&trace, "account_balance"), [1_078_153]);
    // Empty code is not remembered, so the second look is charged as a warm one.
    assert_eq!(ink(&trace, "account_code_size"), [33_068_073, 68_073 + 8_000_000]);
    assert_eq!(ink(&trace, "account_codehash"), [26_078_153, 1_078_153]);
}

#[test]
fn storage_works_at_golden_ink() {
    let body = "
        (call $storage_load_bytes32 (i32.const 0) (i32.const 64))
        (call $storage_load_bytes32 (i32.const 0) (i32.const 64))
        (call $storage_flush_cache (i32.const 1))
        (call $storage_load_bytes32 (i32.const 0) (i32.const 64))
        (i32.store (i32.const 0) (i32.const 1))
        (i32.store (i32.const 64) (i32.const 5))
        (call $storage_cache_bytes32 (i32.const 0) (i32.const 64))
        (call $storage_flush_cache (i32.const 0))
        (i32.store (i32.const 64) (i32.const 6))
        (call $storage_cache_bytes32 (i32.const 0) (i32.const 64))
        (call $storage_flush_cache (i32.const 0))
        (call $storage_flush_cache (i32.const 0))
        (i32.const 0)";
    let names = ["storage_load_bytes32", "storage_cache_bytes32", "storage_flush_cache"];
    let mut chain = TestChain::default();
    let account = chain.program(&program(&names, body));
    let (_, trace) = chain.trace(account, Vec::new(), 0);
    assert_eq!(ink(&trace, names[0]), [21_068_480, 18_480, 1_068_480]);
    assert_eq!(ink(&trace, names[1]), [18_480, 18_480]);
    assert_eq!(ink(&trace, names[2]), [68_073, 221_068_073, 1_068_073, 68_073]);
    // The next transaction finds the slot non-zero and cold.
    let (_, trace) = chain.trace(account, Vec::new(), 0);
    assert_eq!(ink(&trace, names[2]), [68_073, 50_068_073, 1_068_073, 68_073]);
}

#[test]
fn emit_log_works_at_golden_ink() {
    let cases = [
        (0, 0, 3_834_454),
        (0, 10, 4_634_454),
        (0, 100, 11_838_194),
        (1, 100, 15_589_954),
        (2, 100, 19_341_714),
        (3, 100, 23_093_474),
        (4, 100, 26_845_234),
    ];
    let calls: Vec<_> = cases
        .iter()
        .map(|(topics, data, _)| {
            let len = topics * 32 + data;
            format!("(call $emit_log (i32.const 0) (i32.const {len}) (i32.const {topics}))")
        })
        .collect();
    let trace = traced(&["emit_log"], &(calls.join("\n") + "(i32.const 0)"), Vec::new());
    let expected: Vec<u64> = cases.iter().map(|case| case.2).collect();
    assert_eq!(ink(&trace, "emit_log"), expected);
}

#[test]
fn read_return_data_works_at_golden_ink() {
    // The identity precompile returns 10,000 bytes; the last read is beyond their end.
    let body = "
        (i32.store8 (i32.const 19) (i32.const 4))
        (drop (call $static_call_contract (i32.const 0) (i32.const 64) (i32.const 10000) (i64.const -1) (i32.const 32)))
        (drop (call $read_return_data (i32.const 20000) (i32.const 0) (i32.const 10)))
        (drop (call $read_return_data (i32.const 20000) (i32.const 0) (i32.const 100)))
        (drop (call $read_return_data (i32.const 20000) (i32.const 0) (i32.const 1000)))
        (drop (call $read_return_data (i32.const 20000) (i32.const 0) (i32.const 10000)))
        (call $read_return_data (i32.const 20000) (i32.const 9995) (i32.const 100))
        (i32.sub (i32.const 5))
        (i32.add (i32.sub (call $return_data_size) (i32.const 10000)))";
    let names = ["static_call_contract", "read_return_data", "return_data_size"];
    let trace = traced(&names, body, Vec::new());
    let expected = [73_113, 75_153, 102_153, 372_153, 73_113];
    assert_eq!(ink(&trace, "read_return_data"), expected);
}

#[test]
fn native_keccak256_works_at_golden_ink() {
    let body = "
        (call $native_keccak256 (i32.const 0) (i32.const 10) (i32.const 2000))
        (call $native_keccak256 (i32.const 0) (i32.const 100) (i32.const 2000))
        (call $native_keccak256 (i32.const 0) (i32.const 1000) (i32.const 2000))
        (call $native_keccak256 (i32.const 0) (i32.const 0) (i32.const 2000))
        (call $write_result (i32.const 2000) (i32.const 32))
        (i32.const 0)";
    let mut chain = TestChain::default();
    let account = chain.program(&program(&["native_keccak256", "write_result"], body));
    let (outcome, trace) = chain.trace(account, Vec::new(), 0);
    let expected = [121_800, 163_800, 751_800, 121_800];
    assert_eq!(ink(&trace, "native_keccak256"), expected);
    assert_eq!(outcome.output.as_ref(), alloy_primitives::keccak256([]).as_slice());
}

#[test]
fn math_works_at_golden_ink() {
    // The exponent's top byte is set at offset 32 + (32 - n) for n significant bytes.
    let power = |bytes: u32| {
        format!(
            "(memory.fill (i32.const 32) (i32.const 0) (i32.const 32))
             (i32.store8 (i32.const {}) (i32.const 1))
             (call $math_pow (i32.const 0) (i32.const 32))",
            64 - bytes
        )
    };
    let body = [power(1), power(2), power(10), power(32)].join("\n")
        + "(call $math_div (i32.const 0) (i32.const 32))
           (call $math_mod (i32.const 0) (i32.const 32))
           (call $math_add_mod (i32.const 0) (i32.const 32) (i32.const 64))
           (call $math_mul_mod (i32.const 0) (i32.const 32) (i32.const 64))
           (i32.const 0)";
    let names = ["math_pow", "math_div", "math_mod", "math_add_mod", "math_mul_mod"];
    let trace = traced(&names, &body, Vec::new());
    assert_eq!(ink(&trace, "math_pow"), [61_520, 79_020, 219_020, 604_020]);
    assert_eq!(ink(&trace, "math_div"), [43_520]);
    assert_eq!(ink(&trace, "math_mod"), [43_520]);
    assert_eq!(ink(&trace, "math_add_mod"), [49_560]);
    assert_eq!(ink(&trace, "math_mul_mod"), [52_660]);
}

#[test]
fn math_works_on_edges() {
    // Operands come as call data: a, b, m; the result is a after the operation chosen by the first byte behind them.
    let body = "
        (call $read_args (i32.const 0))
        (if (i32.eqz (i32.load8_u (i32.const 96))) (then (call $math_div (i32.const 0) (i32.const 32))))
        (if (i32.eq (i32.load8_u (i32.const 96)) (i32.const 1)) (then (call $math_mod (i32.const 0) (i32.const 32))))
        (if (i32.eq (i32.load8_u (i32.const 96)) (i32.const 2)) (then (call $math_pow (i32.const 0) (i32.const 32))))
        (if (i32.eq (i32.load8_u (i32.const 96)) (i32.const 3)) (then (call $math_add_mod (i32.const 0) (i32.const 32) (i32.const 64))))
        (if (i32.eq (i32.load8_u (i32.const 96)) (i32.const 4)) (then (call $math_mul_mod (i32.const 0) (i32.const 32) (i32.const 64))))
        (call $write_result (i32.const 0) (i32.const 32))
        (i32.const 0)";
    let names = ["read_args", "write_result", "math_pow", "math_div", "math_mod", "math_add_mod", "math_mul_mod"];
    let mut chain = TestChain::default();
    let account = chain.program(&program(&names, body));
    let max = U256::MAX;
    let n = U256::from::<u64>;
    let cases = [
        (0, max, U256::ZERO, U256::ZERO, U256::ZERO),
        (0, max, n(2), U256::ZERO, max >> 1),
        (1, max, U256::ZERO, U256::ZERO, U256::ZERO),
        (1, n(17), n(5), U256::ZERO, n(2)),
        (2, n(2), n(256), U256::ZERO, U256::ZERO),
        (2, U256::ZERO, U256::ZERO, U256::ZERO, n(1)),
        (3, max, max, n(10), (max % n(10) + max % n(10)) % n(10)),
        (3, max, max, U256::ZERO, U256::ZERO),
        (4, max, max, n(12), n(9)),
        (4, max, max, U256::ZERO, U256::ZERO),
    ];
    for (op, a, b, m, expected) in cases {
        let mut data: Vec<u8> = [a, b, m].iter().flat_map(U256::to_be_bytes::<32>).collect();
        data.push(op);
        let outcome = chain.send(account, data, 0, 1_000_000);
        assert_eq!(U256::from_be_slice(&outcome.output), expected, "op {op} of {a} {b} {m}");
    }
}

/// EVM code that uses 221 gas.
fn spends_221() -> Vec<u8> {
    let mut code = [0x60, 0].repeat(73);
    code.extend([0x5B, 0x5B, 0x00]);
    code
}

#[test]
fn calls_work_at_golden_ink() {
    let mut chain = TestChain::default();
    let kinds = ["call_contract", "static_call_contract", "delegate_call_contract"];
    // The target's address is the call data; four zero bytes are sent to it, the length goes to 100.
    let plain = |kind: &str| {
        format!(
            "(call $read_args (i32.const 0))
             (call ${kind} (i32.const 0) (i32.const 200) (i32.const 4) {} (i64.const -1) (i32.const 100))",
            if kind == "call_contract" { "(i32.const 32)" } else { "" }
        )
    };
    for kind in kinds {
        let target = chain.install(spends_221());
        let account = chain.program(&program(&["read_args", kind], &plain(kind)));
        let (outcome, trace) = chain.trace(account, target.to_vec(), 0);
        assert!(outcome.is_success());
        assert_eq!(ink(&trace, kind), [28_325_955], "{kind}");
        assert_eq!(trace.iter().find(|call| call.name == kind).unwrap().address, Some(target));
    }
    let with_value = plain("call_contract").replacen(
        "(call $call_contract",
        "(i32.store8 (i32.const 63) (i32.const 9)) (call $call_contract",
        1,
    );
    let target = chain.install(spends_221());
    let account = chain.program(&program(&["read_args", "call_contract"], &with_value));
    let (outcome, trace) = chain.trace(account, target.to_vec(), 100);
    assert!(outcome.is_success());
    assert_eq!(ink(&trace, "call_contract"), [118_325_955]);
    assert_eq!(chain.db.cache.accounts[&target].info.balance, U256::from(9));
}

#[test]
fn call_to_precompile_works_at_golden_ink() {
    // ArbosTest.burnArbGas(0): pure, one word of arguments.
    let body = "
        (i32.store8 (i32.const 19) (i32.const 0x69))
        (call $read_args (i32.const 64))
        (call $call_contract (i32.const 0) (i32.const 64) (i32.const 36) (i32.const 32) (i64.const -1) (i32.const 128))";
    let mut chain = TestChain::default();
    let account = chain.program(&program(&["read_args", "call_contract"], body));
    let selector = &alloy_primitives::keccak256("burnArbGas(uint256)")[..4];
    let (outcome, trace) = chain.trace(account, [selector, &[0; 32]].concat(), 0);
    assert!(outcome.is_success());
    assert_eq!(ink(&trace, "call_contract"), [1_146_395]);
}

#[test]
fn memory_and_result_functions_work_at_golden_ink() {
    let body = "
        (call $read_args (i32.const 0))
        (call $write_result (i32.const 0) (i32.const 0))
        (call $pay_for_memory_grow (i32.const 0))
        (call $pay_for_memory_grow (i32.const 100))
        (i32.const 0)";
    let names = ["read_args", "write_result", "pay_for_memory_grow"];
    let trace = traced(&names, body, Vec::new());
    assert_eq!(ink(&trace, names[0]), [13_440]);
    assert_eq!(ink(&trace, names[1]), [41_162]);
    assert_eq!(ink(&trace, names[2]), [8_400, 9_320_660_000]);
}

#[test]
fn loop_works_at_golden_ink() {
    let body = "
        (local $x i64) (local $i i32)
        (loop $again
            local.get $x
            i64.const 6364136223846793005
            i64.mul
            i64.const 1442695040888963407
            i64.add
            local.set $x
            local.get $i
            i32.const 1
            i32.add
            local.tee $i
            i32.const 1000000
            i32.lt_u
            br_if $again)
        i32.const 0";
    let trace = traced(&[], body, Vec::new());
    let (first, last) = (trace.first().unwrap(), trace.last().unwrap());
    assert_eq!((first.name.as_str(), last.name.as_str()), ("user_entrypoint", "user_returned"));
    assert_eq!(first.start_ink - last.end_ink, 4_154_007_354);
}

#[test]
fn context_functions_work() {
    let words = [
        ("msg_sender", 20),
        ("tx_origin", 20),
        ("contract_address", 20),
        ("block_coinbase", 20),
        ("msg_value", 32),
        ("block_basefee", 32),
        ("tx_gas_price", 32),
    ];
    let numbers = ["block_number", "block_timestamp", "block_gas_limit", "chainid"];
    let mut body = String::new();
    let mut at = 0;
    for (name, size) in words {
        body += &format!("(call ${name} (i32.const {at}))");
        at += size;
    }
    for name in numbers {
        body += &format!("(i64.store (i32.const {at}) (call ${name}))");
        at += 8;
    }
    body += &format!("(i32.store (i32.const {at}) (call $tx_ink_price))");
    at += 4;
    body += &format!("(call $write_result (i32.const 0) (i32.const {at})) (i32.const 0)");
    let mut names: Vec<_> = words.iter().map(|word| word.0).chain(numbers).collect();
    names.extend(["tx_ink_price", "write_result"]);

    let mut chain = TestChain::default();
    let account = chain.program(&program(&names, &body));
    let outcome = chain.send(account, Vec::new(), 77, 1_000_000);
    let block = &chain.block;
    let mut expected = Vec::new();
    for address in [crate::testing::ALICE, crate::testing::ALICE, account, block.coinbase] {
        expected.extend(address.as_slice());
    }
    for number in [77, block.basefee, 0] {
        expected.extend(U256::from(number).to_be_bytes::<32>());
    }
    // The block number is the parent chain's.
    for number in [block.l1_block_number, block.timestamp, block.gas_limit, block.chain_id] {
        expected.extend(number.to_le_bytes());
    }
    expected.extend(10_000u32.to_le_bytes());
    assert_eq!(outcome.output.as_ref(), expected);
}

#[test]
fn gas_and_ink_left_work_after_their_own_price() {
    let body = "
        (i64.store (i32.const 0) (call $evm_ink_left))
        (i64.store (i32.const 8) (call $evm_gas_left))
        (call $write_result (i32.const 0) (i32.const 16))
        (i32.const 0)";
    let mut chain = TestChain::default();
    let account = chain.program(&program(&["evm_ink_left", "evm_gas_left", "write_result"], body));
    let (outcome, trace) = chain.trace(account, Vec::new(), 0);
    let word = |at: usize| u64::from_le_bytes(outcome.output[at..at + 8].try_into().unwrap());
    let calls: Vec<_> = trace.iter().filter(|call| call.name.starts_with("evm_")).collect();
    assert_eq!(word(0), calls[0].end_ink);
    assert_eq!(calls[0].start_ink - calls[0].end_ink, 8_400);
    assert_eq!(word(8), calls[1].end_ink / 10_000);
}
