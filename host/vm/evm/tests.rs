//! Programs on the chain: calls both ways, storage, refunds, failures, lifetime.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use crate::{
    ARB_DEBUG, ARB_OWNER, ARB_WASM, ARB_WASM_CACHE, ArbWasm, CACHE_MANAGER, CallOptions, Params, STYLUS_DEPLOYER,
    Status, TransactError, code,
    testing::{ALICE, TestChain, WHO, evm_proxy, forwarder, import, program, to, wasm, word},
    transact,
};
use alloy_primitives::{Address, B256, U256, hex, keccak256};
use alloy_sol_types::{SolCall, SolValue, sol};
use revm::{context::TxEnv, primitives::TxKind};

// Echoes its call data.
const ECHO: &str = "
    (call $read_args (i32.const 0))
    (call $write_result (i32.const 0) (local.get $len))
    (i32.const 0)";

const KINDS: [&str; 3] = ["call_contract", "delegate_call_contract", "static_call_contract"];

/// EVM code that stores 1 at 1.
const STORE: [u8; 6] = hex!("600160015500");

/// Stores the word in call data at slot 0 and returns what was there.
const COUNTER: &str = "
    (call $storage_load_bytes32 (i32.const 64) (i32.const 96))
    (call $read_args (i32.const 128))
    (call $storage_cache_bytes32 (i32.const 64) (i32.const 128))
    (call $storage_flush_cache (i32.const 0))
    (call $write_result (i32.const 96) (i32.const 32))
    (i32.const 0)";
const COUNTER_IMPORTS: [&str; 5] =
    ["storage_load_bytes32", "storage_cache_bytes32", "storage_flush_cache", "read_args", "write_result"];

fn be(value: u64) -> Vec<u8> {
    U256::from(value).to_be_bytes_vec()
}

#[test]
fn call_works_from_transaction() {
    let mut chain = TestChain::default();
    let echo = chain.program(&program(&["read_args", "write_result"], ECHO));
    let outcome = chain.send(echo, b"hello".to_vec(), 0, 1_000_000);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    assert_eq!(outcome.output.as_ref(), b"hello");
}

#[test]
fn call_works_between_evm_and_stylus_with_context() {
    let mut chain = TestChain::default();
    let who = chain.install(WHO.to_vec());
    for kind in KINDS {
        let forwarder = chain.program(&forwarder(kind));
        let outcome = chain.send(forwarder, to(who, &[]), if kind == KINDS[2] { 0 } else { 7 }, 2_000_000);
        assert!(outcome.is_success(), "{kind}: {:?}", outcome.reason);
        let got = [word(&outcome.output, 0), word(&outcome.output, 1), word(&outcome.output, 2)];
        let as_word = |address: Address| U256::from_be_slice(address.as_slice());
        // A delegate call keeps address, caller and value of the program.
        let expected = match kind {
            "call_contract" => [as_word(who), as_word(forwarder), U256::from(7)],
            "delegate_call_contract" => [as_word(forwarder), as_word(ALICE), U256::from(7)],
            _ => [as_word(who), as_word(forwarder), U256::ZERO],
        };
        assert_eq!(got, expected, "{kind}");
    }
}

#[test]
fn delegate_call_works_through_evm_proxy() {
    let mut chain = TestChain::default();
    let counter = chain.program(&program(&COUNTER_IMPORTS, COUNTER));
    let proxy = chain.install(evm_proxy(counter));
    for (new, old) in [(5, 0), (9, 5)] {
        let outcome = chain.send(proxy, be(new), 0, 1_000_000);
        assert!(outcome.is_success(), "{:?}", outcome.reason);
        assert_eq!(word(&outcome.output, 0), U256::from(old));
    }
    assert_eq!(chain.storage(proxy, 0), U256::from(9));
    assert_eq!(chain.storage(counter, 0), U256::ZERO);
}

#[test]
fn static_call_refuses_every_write() {
    let mut chain = TestChain::default();
    let outer = chain.program(&forwarder("static_call_contract"));
    let counter = chain.program(&program(&COUNTER_IMPORTS, COUNTER));
    let log = chain
        .program(&program(&["emit_log"], "(call $emit_log (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 0)"));
    let store = chain.install(STORE.to_vec());
    let transient = chain.program(&program(
        &["transient_store_bytes32"],
        "(call $transient_store_bytes32 (i32.const 0) (i32.const 0)) (i32.const 0)",
    ));
    for target in [counter, log, store, transient] {
        let outcome = chain.send(outer, to(target, &be(3)), 0, 3_000_000);
        assert_eq!(outcome.status, Status::Revert, "{target}");
    }
    assert_eq!(chain.storage(counter, 0), U256::ZERO);
    // A value call in a static frame fails without cost; the program sees status 2.
    let payer = chain.program(&program(
        &["call_contract"],
        "(i32.store8 (i32.const 63) (i32.const 1))
         (call $call_contract (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32) (i64.const -1) (i32.const 64))",
    ));
    assert_eq!(chain.send(outer, to(payer, &[]), 0, 3_000_000).status, Status::Revert);
}

#[test]
fn value_call_in_static_frame_works_at_no_gas() {
    let mut chain = TestChain::default();
    let payer = chain.program(&program(
        &["call_contract", "evm_gas_left", "write_result"],
        "(i32.store8 (i32.const 63) (i32.const 1))
         (i32.store (i32.const 80) (call $call_contract (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32) (i64.const -1) (i32.const 64)))
         (call $write_result (i32.const 80) (i32.const 1))
         (i32.const 0)",
    ));
    let outer = chain.program(&forwarder("static_call_contract"));
    let (outcome, trace) = chain.trace(outer, to(payer, &[]), 0);
    assert!(outcome.is_success());
    assert_eq!(outcome.output.as_ref(), [2]);
    let steps = trace.iter().find(|call| call.name == "static_call_contract").unwrap().steps.clone().unwrap();
    let call = steps.iter().find(|call| call.name == "call_contract").unwrap();
    assert_eq!(call.start_ink - call.end_ink, 8_400 + 3 * 5_040 + 59_673 + 2 * 16_381);
}

#[test]
fn value_call_to_empty_account_costs_a_new_account() {
    let mut chain = TestChain::default();
    let payer = chain.program(&forwarder("call_contract"));
    let fresh = Address::repeat_byte(0x77);
    let ink = |chain: &mut TestChain| {
        let (outcome, trace) = chain.trace(payer, to(fresh, &[]), 5);
        assert!(outcome.is_success());
        let call = trace.iter().find(|call| call.name == "call_contract").unwrap().clone();
        (call.start_ink - call.end_ink - 8_400 - 3 * 5_040 - 59_673 - 2 * 16_381) / 10_000
    };
    assert_eq!(ink(&mut chain), 2_600 + 9_000 + 25_000);
    assert_eq!(ink(&mut chain), 2_600 + 9_000);
    assert_eq!(chain.db.cache.accounts[&fresh].info.balance, U256::from(10));
}

#[test]
fn revert_data_comes_back_through_every_hop() {
    let mut chain = TestChain::default();
    // mstore(0, 0x2a); revert(0, 32)
    let angry = chain.install(hex!("602a60005260206000fd").to_vec());
    let inner = chain.program(&forwarder("call_contract"));
    let proxy = chain.install(evm_proxy(inner));
    let outer = chain.program(&forwarder("call_contract"));
    let outcome = chain.send(outer, to(proxy, &to(angry, &[])), 0, 5_000_000);
    assert_eq!(outcome.status, Status::Revert);
    assert_eq!(word(&outcome.output, 0), U256::from(0x2a));
    assert!(outcome.gas_used < 1_000_000, "gas is kept: {}", outcome.gas_used);
}

#[test]
fn refunds_reach_the_transaction_and_die_with_a_revert() {
    let mut chain = TestChain::default();
    let counter = chain.program(&program(&COUNTER_IMPORTS, COUNTER));
    chain.send(counter, be(1), 0, 1_000_000);
    let cleared = chain.send(counter, be(0), 0, 1_000_000);
    assert_eq!(cleared.gas_refunded, 4_800);
    // Through a calling program too.
    chain.send(counter, be(1), 0, 1_000_000);
    let outer = chain.program(&forwarder("call_contract"));
    assert_eq!(chain.send(outer, to(counter, &be(0)), 0, 2_000_000).gas_refunded, 4_800);
    // A failing clear keeps slot and refund.
    chain.send(counter, be(1), 0, 1_000_000);
    let failing = COUNTER.rsplit_once("(i32.const 0)").unwrap().0.to_owned() + "(i32.const 1)";
    let failing = chain.program(&program(&COUNTER_IMPORTS, &failing));
    chain.db.insert_account_storage(failing, U256::ZERO, U256::from(3)).unwrap();
    let outcome = chain.send(failing, be(0), 0, 1_000_000);
    assert_eq!((outcome.status, outcome.gas_refunded), (Status::Revert, 0));
    assert_eq!(chain.storage(failing, 0), U256::from(3));
}

#[test]
fn unflushed_writes_vanish() {
    let mut chain = TestChain::default();
    let body = COUNTER.replace("(call $storage_flush_cache (i32.const 0))", "");
    let account = chain.program(&program(&COUNTER_IMPORTS, &body));
    assert!(chain.send(account, be(4), 0, 1_000_000).is_success());
    assert_eq!(chain.storage(account, 0), U256::ZERO);
}

#[test]
fn storage_cache_is_stale_after_reentry() {
    // Loads slot 0, calls itself through the given contract (which writes 8), loads again: the cache still has the old value.
    let body = "
        (call $read_args (i32.const 0))
        (if (i32.eq (local.get $len) (i32.const 32)) (then
            (call $storage_cache_bytes32 (i32.const 64) (i32.const 0))
            (call $storage_flush_cache (i32.const 0))
            (i32.store8 (i32.const 200) (call $msg_reentrant))
            (call $write_result (i32.const 200) (i32.const 1))
            (return (i32.const 0))))
        (call $storage_load_bytes32 (i32.const 64) (i32.const 96))
        (call $contract_address (i32.const 160))
        (i32.store8 (i32.const 431) (i32.const 8))
        (drop (call $call_contract (i32.const 160) (i32.const 400) (i32.const 32) (i32.const 300) (i64.const -1) (i32.const 350)))
        (call $storage_load_bytes32 (i32.const 64) (i32.const 96))
        (drop (call $read_return_data (i32.const 128) (i32.const 0) (i32.const 1)))
        (i32.store8 (i32.const 129) (call $msg_reentrant))
        (call $write_result (i32.const 96) (i32.const 34))
        (i32.const 0)";
    let mut names = COUNTER_IMPORTS.to_vec();
    names.extend(["msg_reentrant", "contract_address", "call_contract", "read_return_data"]);
    let mut chain = TestChain::default();
    let account = chain.program(&program(&names, body));
    let outcome = chain.send(account, Vec::new(), 0, 3_000_000);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    assert_eq!(word(&outcome.output, 0), U256::ZERO);
    assert_eq!(outcome.output[32..], [1, 0], "the inner frame is reentrant, the outer one is not");
    assert_eq!(chain.storage(account, 0), U256::from(8));
}

/// Creates a contract from the call data by `create1`; returns its address and the length of the revert data.
const CREATE: &str = "
    (call $read_args (i32.const 100))
    (call $create1 (i32.const 100) (local.get $len) (i32.const 40) (i32.const 0) (i32.const 20))
    (call $write_result (i32.const 0) (i32.const 24))
    (i32.const 0)";

#[test]
fn create_works_and_fails_without_ending_the_program() {
    let mut chain = TestChain::default();
    let factory = chain.program(&program(&["read_args", "create1", "write_result"], CREATE));
    let outcome = chain.send(factory, code::deploy_code(&WHO), 0, 2_000_000);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    let created = Address::from_slice(&outcome.output[..20]);
    assert_eq!(created, factory.create(1));
    assert!(chain.send(created, Vec::new(), 0, 100_000).is_success());
    // Init code that reverts with three bytes: a zero address and the data.
    let outcome = chain.send(factory, hex!("60036000fd").to_vec(), 0, 2_000_000);
    assert!(outcome.is_success());
    assert_eq!(outcome.output[..20], [0; 20]);
    assert_eq!(outcome.output[20..], 3u32.to_le_bytes());
    // Init code that halts: no data.
    let outcome = chain.send(factory, vec![0xFE], 0, 2_000_000);
    assert_eq!(outcome.output[..], [0; 24]);
}

#[test]
fn create_accepts_only_stylus_code_behind_ef() {
    let mut chain = TestChain::default();
    let create = |chain: &mut TestChain, code: &[u8]| {
        let tx = TxEnv { kind: TxKind::Create, ..TestChain::tx(Address::ZERO, code::deploy_code(code), 0, 5_000_000) };
        chain.run(tx, &CallOptions::call())
    };
    let program = code::program_code(&wasm(&program(&["read_args", "write_result"], ECHO)));
    let outcome = create(&mut chain, &program);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    assert!(chain.activate(outcome.created.unwrap()).is_success());
    for code in [&[0xEF][..], &[0xEF, 0x00, 0x01, 0x02], &[0xEF, 0xF0, 0x00], &[0xEF, 0xF0, 0x03, 0x00]] {
        assert_eq!(create(&mut chain, code).status, Status::Halt, "{code:02x?}");
    }
    let fragment = code::fragment_code(b"piece");
    assert!(create(&mut chain, &fragment).is_success());
    let mut old = TestChain::new(Params::for_version(51).unwrap());
    assert_eq!(create(&mut old, &fragment).status, Status::Halt);
    assert!(create(&mut old, &program).is_success());
}

#[test]
fn selfdestruct_is_refused_inside_a_program() {
    let mut chain = TestChain::default();
    let bomb = chain.install(hex!("33ff").to_vec());
    let delegate = chain.program(&forwarder("delegate_call_contract"));
    chain.fund(delegate, U256::from(50));
    let outcome = chain.send(delegate, to(bomb, &[]), 0, 1_000_000);
    assert_eq!(outcome.status, Status::Revert);
    assert_eq!(chain.db.cache.accounts[&delegate].info.balance, U256::from(50));
}

#[test]
fn depth_ends_at_the_stack_budget() {
    // A recursion of frames of the least size; the count of turns comes as call data.
    let text = format!(
        "(module {} (memory (export \"memory\") 1 1)
         (func $down (param i32) (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))))))
         (func (export \"user_entrypoint\") (param i32) (result i32)
            (call $read_args (i32.const 0)) (call $down (i32.load (i32.const 0))) (i32.const 0)))",
        import("read_args")
    );
    let mut chain = TestChain::default();
    let account = chain.program(&text);
    let mut run = |turns: u32| chain.send(account, turns.to_le_bytes().to_vec(), 0, 30_000_000);
    assert!(run(2_000).is_success());
    let outcome = run(4_000);
    assert_eq!(outcome.status, Status::Halt);
    assert!(outcome.reason.unwrap().contains("stack overflow"));
    assert_eq!(outcome.gas_used, 30_000_000);
    // The engine's own limits are above the larger budget of older versions.
    let mut old = TestChain::new(Params::for_version(40).unwrap());
    let account = old.program(&text);
    let outcome = old.send(account, 25_000u32.to_le_bytes().to_vec(), 0, 30_000_000);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
}

#[test]
fn ink_ends_a_runaway_program() {
    let mut chain = TestChain::default();
    let account = chain.program(&program(&[], "(loop $l (br $l)) (unreachable)"));
    let outcome = chain.send(account, Vec::new(), 0, 500_000);
    assert_eq!((outcome.status, outcome.gas_used), (Status::Halt, 500_000));
    assert!(outcome.reason.unwrap().to_lowercase().contains("gas"));
}

#[test]
fn traps_revert_and_keep_the_gas() {
    let mut chain = TestChain::default();
    let bodies = [
        "(unreachable)",
        "(i32.load (i32.const -1))",
        "(i32.div_u (i32.const 1) (i32.const 0))",
        "(call $write_result (i32.const 0) (i32.const 4)) (call $write_result (i32.const 65535) (i32.const 2)) (i32.const 0)",
        "(call $emit_log (i32.const 0) (i32.const 32) (i32.const 5)) (i32.const 0)",
    ];
    for body in bodies {
        let account = chain.program(&program(&["write_result", "emit_log"], body));
        let outcome = chain.send(account, Vec::new(), 0, 1_000_000);
        assert_eq!(outcome.status, Status::Revert, "{body}");
        assert!(outcome.output.is_empty() && outcome.gas_used < 100_000, "{body}");
    }
}

#[test]
fn exit_early_works_with_the_last_result() {
    let mut chain = TestChain::default();
    let body = |status| {
        format!(
            "(i32.store8 (i32.const 0) (i32.const 9)) (call $write_result (i32.const 0) (i32.const 1))
             (call $exit_early (i32.const {status})) (unreachable)"
        )
    };
    for (status, expected) in [(0, Status::Success), (1, Status::Revert)] {
        let account = chain.program(&program(&["write_result", "exit_early"], &body(status)));
        let outcome = chain.send(account, Vec::new(), 0, 1_000_000);
        assert_eq!((outcome.status, outcome.output.as_ref()), (expected, &[9][..]));
    }
}

#[test]
fn memory_growth_is_paid_and_given_back() {
    let grow = |pages: u32| {
        format!(
            "(module {} (memory (export \"memory\") 1)
             (func (export \"user_entrypoint\") (param i32) (result i32)
                (i32.ne (memory.grow (i32.const {pages})) (i32.const 1))))",
            import("pay_for_memory_grow")
        )
    };
    let mut chain = TestChain::default();
    let cheap = chain.program(&grow(1));
    let dear = chain.program(&grow(31));
    let used = |chain: &mut TestChain, account| {
        chain.mine(1);
        let outcome = chain.send(account, Vec::new(), 0, 5_000_000);
        assert!(outcome.is_success(), "{:?}", outcome.reason);
        outcome.gas_used
    };
    let (first, second) = (used(&mut chain, cheap), used(&mut chain, dear));
    assert_eq!(second - first, 30_074);
    // Pages are reset for the next transaction.
    assert_eq!(used(&mut chain, dear), second);
    let huge = chain.program(&grow(200));
    assert_eq!(chain.send(huge, Vec::new(), 0, 5_000_000).status, Status::Halt);
}

#[test]
fn start_cost_follows_cache_and_block() {
    let mut chain = TestChain::new(Params::arbitrum_one().with_debug(ALICE));
    let echo = chain.program(&program(&["read_args", "write_result"], ECHO));
    let info = chain.send(ARB_WASM, ArbWasm::programInitGasCall { program: echo }.abi_encode(), 0, 100_000);
    let (full, cached) = (word(&info.output, 0), word(&info.output, 1));
    let used = |chain: &mut TestChain| U256::from(chain.send(echo, Vec::new(), 0, 1_000_000).gas_used);
    chain.mine(1);
    let first = used(&mut chain);
    assert_eq!(first - used(&mut chain), full - cached, "the second call in a block hits");
    chain.mine(1);
    assert_eq!(used(&mut chain), first, "the next block misses");
    // Cached by an owner: always the low price.
    let call = crate::precompiles::ArbWasmCache::cacheProgramCall { program: echo };
    assert!(chain.send(ARB_WASM_CACHE, call.abi_encode(), 0, 1_000_000).is_success());
    chain.mine(1);
    assert_eq!(used(&mut chain), first - (full - cached));
    // Before 60 the block-local cache has no effect.
    let mut old = TestChain::new(Params::for_version(51).unwrap());
    let echo = old.program(&program(&["read_args", "write_result"], ECHO));
    let gas: Vec<_> = (0..2).map(|_| old.send(echo, Vec::new(), 0, 1_000_000).gas_used).collect();
    assert_eq!(gas[0], gas[1]);
}

#[test]
fn call_halts_when_not_activated_or_expired() {
    let mut chain = TestChain::default();
    let echo = chain.install(code::program_code(&wasm(&program(&["read_args", "write_result"], ECHO))));
    let outcome = chain.send(echo, Vec::new(), 0, 1_000_000);
    assert_eq!((outcome.status, outcome.gas_used), (Status::Halt, 1_000_000), "nothing activates by itself");
    assert_eq!(outcome.reason.as_deref(), Some("error ProgramNotActivated()"));
    assert!(chain.activate(echo).is_success());
    assert!(chain.send(echo, Vec::new(), 0, 1_000_000).is_success());
    let again = chain.activate(echo);
    assert_eq!(again.reason.as_deref(), Some("error ProgramUpToDate()"));
    assert_eq!(again.output.as_ref(), hex!("cc944bf2"));

    let codehash = keccak256(code::program_code(&wasm(&program(&["read_args", "write_result"], ECHO))));
    let keepalive = ArbWasm::codehashKeepaliveCall { codehash }.abi_encode();
    let soon = chain.send(ARB_WASM, keepalive.clone(), 1_000_000_000_000_000, 1_000_000);
    assert!(soon.reason.unwrap().starts_with("error ProgramKeepaliveTooSoon("));
    chain.mine(40 * 86_400);
    assert!(chain.send(ARB_WASM, keepalive, 1_000_000_000_000_000, 1_000_000).is_success());
    chain.mine(364 * 86_400);
    assert!(chain.send(echo, Vec::new(), 0, 1_000_000).is_success(), "kept alive");
    chain.mine(2 * 86_400);
    let outcome = chain.send(echo, Vec::new(), 0, 1_000_000);
    assert_eq!(outcome.status, Status::Halt);
    assert!(outcome.reason.unwrap().starts_with("error ProgramExpired("));
    assert!(chain.activate(echo).is_success());
    assert!(chain.send(echo, Vec::new(), 0, 1_000_000).is_success());
}

#[test]
fn activation_takes_the_fee_and_gives_back_the_rest() {
    let mut chain = TestChain::default();
    let echo = chain.install(code::program_code(&wasm(&program(&["read_args", "write_result"], ECHO))));
    let before = chain.db.cache.accounts[&ALICE].info.balance;
    let outcome = chain.activate(echo);
    assert_eq!(word(&outcome.output, 0), U256::from(2));
    let fee = word(&outcome.output, 1);
    assert!(!fee.is_zero());
    assert_eq!(before - chain.db.cache.accounts[&ALICE].info.balance, fee);
    let collected = chain.db.cache.accounts[&chain.block.params.network_fee_account].info.balance;
    assert_eq!(collected, fee);
    assert_eq!(outcome.logs.len(), 1);
    assert!(outcome.gas_used > 1_659_168);
    // Too little value: the error says both numbers, nothing is recorded.
    let other = chain.install(code::program_code(&wasm(&program(&[], "(i32.const 0)"))));
    let call = ArbWasm::activateProgramCall { program: other }.abi_encode();
    let outcome = chain.send(ARB_WASM, call, 1, 10_000_000);
    assert!(outcome.reason.unwrap().starts_with("error ProgramInsufficientValue(1, "));
    assert_eq!(outcome.output[..4], hex!("09781ab7"));
}

#[test]
fn activation_names_the_reason_and_burns_all() {
    let mut chain = TestChain::default();
    let bad = chain.install(code::program_code(&wasm(
        "(module (memory (export \"memory\") 1) (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))",
    )));
    let outcome = chain.activate(bad);
    assert_eq!((outcome.status, outcome.gas_used), (Status::Revert, 31_000_000));
    let reason = outcome.reason.unwrap();
    assert!(reason.starts_with("program activation failed: ") && reason.contains("pay_for_memory_grow"), "{reason}");
    // Earlier refusals keep the gas: no program, a cut stream, a bomb.
    let plain = chain.install(vec![0x00]);
    assert_eq!(chain.activate(plain).output.as_ref(), hex!("27f38212"));
    let whole = code::program_code(&wasm(&program(&[], "(i32.const 0)")));
    let cut = chain.install(whole[..whole.len() - 2].to_vec());
    let bomb = chain.install([&[0xEF, 0xF0, 0, 0][..], &code::compress(&vec![0; 40 << 20])].concat());
    for account in [cut, bomb] {
        let outcome = chain.activate(account);
        assert_eq!(outcome.status, Status::Revert);
        assert!(outcome.gas_used < 3_000_000 && outcome.reason.unwrap().contains("decompress"));
    }
}

#[test]
fn fragments_work() {
    let mut chain = TestChain::default();
    let wasm = wasm(&program(&["read_args", "write_result"], ECHO));
    let stream = code::compress(&wasm);
    let parts: Vec<_> = stream.chunks(stream.len().div_ceil(3)).map(code::fragment_code).collect();
    let fragments: Vec<_> = parts.into_iter().map(|part| chain.install(part)).collect();
    let root = chain.install(code::root_code(u32::try_from(wasm.len()).unwrap(), &fragments));
    let outcome = chain.activate(root);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    assert_eq!(chain.send(root, b"abc".to_vec(), 0, 1_000_000).output.as_ref(), b"abc");
    // A fragment is neither callable nor activatable.
    assert_eq!(chain.send(fragments[0], Vec::new(), 0, 100_000).status, Status::Halt);
    assert_eq!(chain.activate(fragments[0]).output.as_ref(), hex!("27f38212"));
    // Five fragments are one too many; a wrong length is refused.
    let five = chain.install(code::root_code(10, &[fragments[0]; 5]));
    assert!(chain.activate(five).reason.unwrap().contains("allowed are 1 to 4"));
    let short = chain.install(code::root_code(u32::try_from(wasm.len()).unwrap() + 1, &fragments));
    assert!(chain.activate(short).reason.unwrap().contains("its root says"));
}

sol! {
    function deploy(bytes bytecode, bytes initData, uint256 initValue, bytes32 salt) external payable returns (address);
    function placeBid(address program) external payable;
    function setInkPrice(uint32 price) external;
    function becomeChainOwner() external;
}

#[test]
fn stylus_deployer_works() {
    let mut chain = TestChain::default();
    let wasm = wasm(&program(&COUNTER_IMPORTS, COUNTER));
    let init = code::deploy_code(&code::program_code(&wasm));
    let call = |salt: u8| deployCall {
        bytecode: init.clone().into(),
        initData: be(6).into(),
        initValue: U256::ZERO,
        salt: B256::with_last_byte(salt),
    };
    let before = chain.db.cache.accounts[&ALICE].info.balance;
    let outcome = chain.send(STYLUS_DEPLOYER, call(1).abi_encode(), 1_000_000_000_000_000, 31_000_000);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    let created = Address::abi_decode(&outcome.output).unwrap();
    assert_eq!(chain.storage(created, 0), U256::from(6), "the constructor ran");
    let spent = before - chain.db.cache.accounts[&ALICE].info.balance;
    assert!(spent > U256::ZERO && spent < U256::from(500_000_000_000_000u64), "the rest came back: {spent}");
    let topic = keccak256("ContractDeployed(address)");
    assert_eq!(outcome.logs.last().unwrap().topics(), [topic]);
    // The second instance of the same code needs no activation.
    let outcome = chain.send(STYLUS_DEPLOYER, call(2).abi_encode(), 0, 31_000_000);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    let again = chain.send(STYLUS_DEPLOYER, call(2).abi_encode(), 0, 31_000_000);
    assert_eq!(again.status, Status::Revert, "the address is taken");
}

#[test]
fn cache_manager_works() {
    let mut chain = TestChain::default();
    let echo = chain.program(&program(&["read_args", "write_result"], ECHO));
    assert_eq!(keccak256("placeBid(address)")[..4], hex!("e4940157"));
    let outcome = chain.send(CACHE_MANAGER, placeBidCall { program: echo }.abi_encode(), 0, 1_000_000);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    assert_eq!(
        chain.send(CACHE_MANAGER, placeBidCall { program: echo }.abi_encode(), 0, 1_000_000).status,
        Status::Revert
    );
    // A stranger loses all gas.
    let call = crate::precompiles::ArbWasmCache::cacheProgramCall { program: echo };
    let outcome = chain.send(ARB_WASM_CACHE, call.abi_encode(), 0, 1_000_000);
    assert_eq!((outcome.status, outcome.gas_used), (Status::Revert, 1_000_000));
}

#[test]
fn owner_sets_parameters_in_state() {
    let mut chain = TestChain::new(Params { debug: true, ..Params::arbitrum_one() });
    let set = setInkPriceCall { price: 20_000 }.abi_encode();
    let stranger = chain.send(ARB_OWNER, set.clone(), 0, 1_000_000);
    assert_eq!((stranger.status, stranger.gas_used), (Status::Revert, 1_000_000));
    assert!(chain.send(ARB_DEBUG, becomeChainOwnerCall {}.abi_encode(), 0, 1_000_000).is_success());
    let owner = chain.send(ARB_OWNER, set.clone(), 0, 1_000_000);
    assert!(owner.is_success(), "{:?}", owner.reason);
    let price = chain.send(ARB_WASM, ArbWasm::inkPriceCall {}.abi_encode(), 0, 100_000);
    assert_eq!(word(&price.output, 0), U256::from(20_000));
    // No such precompile on a chain that is not a debug one.
    let mut live = TestChain::default();
    live.send(ARB_DEBUG, becomeChainOwnerCall {}.abi_encode(), 0, 1_000_000);
    assert_eq!(live.send(ARB_OWNER, set, 0, 1_000_000).status, Status::Revert);
}

#[test]
fn precompile_gas_frame_works() {
    let mut chain = TestChain::default();
    let intrinsic = |data: &[u8]| 21_000 + data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum::<u64>();
    let view = ArbWasm::inkPriceCall {}.abi_encode();
    let outcome = chain.send(ARB_WASM, view.clone(), 0, 100_000);
    // State, parameters and one result word.
    assert_eq!(outcome.gas_used - intrinsic(&view), 800 + 100 + 3);
    for data in [Vec::new(), vec![1, 2, 3], vec![1, 2, 3, 4]] {
        let outcome = chain.send(ARB_WASM, data, 0, 100_000);
        assert_eq!((outcome.status, outcome.gas_used), (Status::Revert, 100_000));
    }
    assert_eq!(chain.send(ARB_WASM, view.clone(), 1, 100_000).gas_used, 100_000, "not payable");
    // A delegate call does not act as the precompile.
    let delegate = chain.program(&forwarder("delegate_call_contract"));
    assert_eq!(chain.send(delegate, to(ARB_WASM, &view), 0, 300_000).status, Status::Revert);
    let plain = chain.program(&forwarder("static_call_contract"));
    assert!(chain.send(plain, to(ARB_WASM, &view), 0, 300_000).is_success());
}

#[test]
fn fees_follow_arbitrum() {
    let mut chain = TestChain::default();
    let before = chain.db.cache.accounts[&ALICE].info.balance;
    let tx = TxEnv { gas_price: 300_000_000, ..TestChain::tx(Address::repeat_byte(9), Vec::new(), 0, 100_000) };
    let outcome = chain.run(tx.clone(), &CallOptions::default());
    // The tip and the price above the base fee are not taken; the base fee is collected.
    let fee = U256::from(21_000u64 * 100_000_000);
    assert_eq!(outcome.gas_used, 21_000);
    assert_eq!(before - chain.db.cache.accounts[&ALICE].info.balance, fee);
    assert_eq!(chain.db.cache.accounts[&chain.block.params.network_fee_account].info.balance, fee);
    let error = transact(&mut chain.db, &mut chain.block, tx.clone(), &CallOptions::default()).unwrap_err();
    assert!(matches!(error, TransactError::Invalid(_)), "nonce too low: {error}");
    let cheap = TxEnv { gas_price: 99_999_999, nonce: 1, ..tx.clone() };
    assert!(transact(&mut chain.db, &mut chain.block, cheap, &CallOptions::default()).is_err());
    let large = TxEnv { gas_limit: 32_000_001, nonce: 1, ..tx };
    assert!(transact(&mut chain.db, &mut chain.block, large, &CallOptions::default()).is_err());
}

#[test]
fn revert_undoes_activation() {
    let mut chain = TestChain::default();
    let echo = chain.install(code::program_code(&wasm(&program(&["read_args", "write_result"], ECHO))));
    let call = ArbWasm::activateProgramCall { program: echo }.abi_encode();
    let tx = TestChain::tx(ARB_WASM, call, 1_000_000_000_000_000, 30_000_000);
    // Not committed: nothing is activated.
    assert!(transact(&mut chain.db, &mut chain.block, tx, &CallOptions::call()).unwrap().is_success());
    assert_eq!(chain.send(echo, Vec::new(), 0, 100_000).status, Status::Halt);
    // Reverted by the caller after success: nothing is activated either.
    let mut angry = hex!("365f5f375f5f365f34").to_vec();
    angry.extend(hex!("60715af15f5ffd"));
    let angry = chain.install(angry);
    let call = ArbWasm::activateProgramCall { program: echo }.abi_encode();
    assert_eq!(chain.send(angry, call, 1_000_000_000_000_000, 30_000_000).status, Status::Revert);
    assert_eq!(chain.send(echo, Vec::new(), 0, 100_000).status, Status::Halt);
}

#[test]
fn deep_mutual_recursion_stays_off_the_native_stack() {
    // A program that calls itself until its gas is gone.
    let body = "
        (call $contract_address (i32.const 0))
        (drop (call $call_contract (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64) (i64.const -1) (i32.const 96)))
        (i32.const 0)";
    let mut chain = TestChain::default();
    let account = chain.program(&program(&["contract_address", "call_contract"], body));
    assert!(chain.send(account, Vec::new(), 0, 30_000_000).is_success());
}

#[test]
fn p256_is_priced_by_version() {
    let p256 = Address::from_word(U256::from(0x100).into());
    let used = |version| {
        let mut chain = TestChain::new(Params::for_version(version).unwrap());
        // An invalid signature costs as much as a valid one and returns nothing.
        let outcome = chain.send(p256, vec![0; 160], 0, 100_000);
        assert!(outcome.is_success() && outcome.output.is_empty());
        outcome.gas_used - 21_000 - 160 * 4
    };
    assert_eq!([used(40), used(50), used(61)], [3_450, 6_900, 6_900]);
}

#[test]
fn inspect_works_as_activation_does() {
    let wasm = wasm(&program(&["read_args", "write_result"], ECHO));
    let mut chain = TestChain::default();
    let info = crate::inspect(&wasm, &chain.block.params).unwrap();
    let echo = chain.install(code::program_code(&wasm));
    let activation = chain.activate(echo);
    assert_eq!(word(&activation.output, 1), info.data_fee);
    let gas = chain.send(ARB_WASM, ArbWasm::programInitGasCall { program: echo }.abi_encode(), 0, 100_000);
    assert_eq!([word(&gas.output, 0), word(&gas.output, 1)], [U256::from(info.init_gas), U256::from(info.cached_gas)]);
    assert!(activation.gas_used > info.activation_gas);
}
