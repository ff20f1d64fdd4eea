//! The tree of frames over EVM code, programs, precompiles and creations.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use crate::{
    ARB_SYS, ARB_WASM, ArbWasm, CallFrame, CallOptions, FrameKind, Outcome, TRACE_LIMIT, TransactError, code,
    testing::{ALICE, TestChain, WHO, evm_proxy, forwarder, program, to, wasm, word},
    transact,
};
use alloy_primitives::{Address, U256, hex};
use alloy_sol_types::{SolCall, sol};
use revm::{context::TxEnv, primitives::TxKind};

sol! {
    function arbBlockNumber() external view returns (uint256);
}

/// Logs, calls the address in the first 20 bytes of call data with the rest and its value, ignores the outcome, logs.
const CALL_AND_LOG: [u8; 31] = hex!("5f5fa06014360360145f375f5f601436035f345f3560601c5af1505f5fa000");
/// Reverts with the word 42.
const ANGRY: [u8; 10] = hex!("602a60005260206000fd");

const OPTIONS: CallOptions = CallOptions { frames: true, ..CallOptions::call() };

fn run(chain: &mut TestChain, tx: TxEnv) -> (Outcome, CallFrame) {
    let mut outcome = chain.run(tx, &OPTIONS);
    let root = outcome.frames.take().unwrap();
    (outcome, root)
}

fn send(chain: &mut TestChain, target: Address, data: Vec<u8>, value: u64) -> (Outcome, CallFrame) {
    run(chain, TestChain::tx(target, data, value, 5_000_000))
}

/// Kind, sender and receiver of each frame, by depth.
fn shape(frame: &CallFrame) -> Vec<(usize, FrameKind, Address, Option<Address>)> {
    fn walk(frame: &CallFrame, depth: usize, out: &mut Vec<(usize, FrameKind, Address, Option<Address>)>) {
        out.push((depth, frame.kind, frame.from, frame.to));
        frame.calls.iter().for_each(|call| walk(call, depth + 1, out));
    }
    let mut out = Vec::new();
    walk(frame, 0, &mut out);
    out
}

/// What holds in every tree: nobody uses more than it got, nor less than those it opened.
fn check_gas(frame: &CallFrame) {
    let inner: u64 = frame.calls.iter().map(|call| call.gas_used).sum();
    assert!(frame.gas_used <= frame.gas && inner <= frame.gas_used, "{frame:#?}");
    frame.calls.iter().for_each(check_gas);
}

#[test]
fn frames_work_over_evm_and_stylus() {
    let mut chain = TestChain::default();
    let who = chain.install(WHO.to_vec());
    let inner = chain.program(&forwarder("call_contract"));
    let proxy = chain.install(evm_proxy(inner));
    let outer = chain.program(&forwarder("static_call_contract"));
    let (outcome, root) = send(&mut chain, proxy, to(who, b"abc"), 7);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    // The delegate call acts as the proxy, so the proxy is who calls on.
    let expected = [
        (0, FrameKind::Call, ALICE, Some(proxy)),
        (1, FrameKind::DelegateCall, proxy, Some(inner)),
        (2, FrameKind::Call, proxy, Some(who)),
    ];
    assert_eq!(shape(&root), expected);
    check_gas(&root);
    assert_eq!((root.gas, root.gas_used), (5_000_000, outcome.gas_used));
    let (delegate, last) = (&root.calls[0], &root.calls[0].calls[0]);
    assert_eq!([root.value, delegate.value, last.value], [Some(U256::from(7)); 3]);
    assert_eq!(delegate.input, root.input);
    assert_eq!(last.input.as_ref(), b"abc");
    assert_eq!(last.output, outcome.output);
    assert_eq!(word(&last.output, 1), U256::from_be_slice(proxy.as_slice()));
    assert!(root.error.is_none() && delegate.error.is_none() && last.error.is_none());
    // The program pays its start cost and its ink on top of the callee; the callee is the same whoever calls it.
    assert!(delegate.gas_used > last.gas_used + 8_832);
    assert_eq!(send(&mut chain, who, Vec::new(), 0).1.gas_used - 21_000, last.gas_used);
    // A static call has no value.
    let (_, root) = send(&mut chain, outer, to(who, &[]), 0);
    assert_eq!(shape(&root)[1], (1, FrameKind::StaticCall, outer, Some(who)));
    assert_eq!(root.calls[0].value, None);
}

#[test]
fn frames_tell_what_failed() {
    let mut chain = TestChain::default();
    let angry = chain.install(ANGRY.to_vec());
    let inner = chain.program(&forwarder("call_contract"));
    let caller = chain.install(CALL_AND_LOG.to_vec());
    let (outcome, root) = send(&mut chain, caller, to(inner, &to(angry, &[])), 0);
    assert!(outcome.is_success() && root.error.is_none());
    let (middle, last) = (&root.calls[0], &root.calls[0].calls[0]);
    for frame in [middle, last] {
        assert_eq!(frame.error.as_deref(), Some("execution reverted"));
        assert_eq!(word(&frame.output, 0), U256::from(42));
    }
    check_gas(&root);
    // A halt takes all its gas and says why.
    let dead = chain.install(code::program_code(&wasm(&program(&[], "(i32.const 0)"))));
    for (target, error) in [
        (chain.install(hex!("fe").to_vec()), "invalid opcode"),
        (chain.install(hex!("5b5f56").to_vec()), "out of gas"),
        (chain.install(hex!("600056").to_vec()), "invalid jump destination"),
        (chain.install(hex!("50").to_vec()), "stack underflow"),
        (chain.program(&program(&[], "(loop $l (br $l)) (unreachable)")), "out of gas"),
        (dead, "error ProgramNotActivated()"),
    ] {
        let (_, root) = send(&mut chain, caller, to(target, &[]), 0);
        let call = &root.calls[0];
        assert_eq!(call.error.as_deref(), Some(error));
        assert!(call.gas_used == call.gas && call.output.is_empty(), "{error}");
    }
    // One that cannot even begin costs nothing.
    let (_, root) = send(&mut chain, inner, to(caller, &to(angry, &[])), 9);
    assert_eq!(root.calls[0].calls[0].value, Some(U256::from(9)));
    let poor = chain.install(hex!("5f5f5f5f60015f355af15000").to_vec());
    let (_, root) = send(&mut chain, poor, angry.into_word().to_vec(), 0);
    assert_eq!(root.calls[0].error.as_deref(), Some("insufficient balance for transfer"));
    assert_eq!((root.calls[0].gas_used, root.calls[0].to), (0, Some(angry)));
    // Calling itself until the depth or the gas is gone.
    let deep = chain.install(hex!("5f5f5f5f5f305af15000").to_vec());
    let (_, root) = run(&mut chain, TestChain::tx(deep, Vec::new(), 0, 2_000_000_000_000));
    let mut frame = &root;
    let mut depth = 0;
    while let Some(next) = frame.calls.first() {
        (frame, depth) = (next, depth + 1);
    }
    assert_eq!((depth, frame.error.as_deref()), (1_025, Some("max call depth exceeded")));
}

#[test]
fn frames_hold_the_logs_that_remain() {
    let mut chain = TestChain::default();
    let logger = chain
        .program(&program(&["emit_log"], "(call $emit_log (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 0)"));
    let failing = chain
        .program(&program(&["emit_log"], "(call $emit_log (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 1)"));
    let caller = chain.install(CALL_AND_LOG.to_vec());
    let spots = |frame: &CallFrame| frame.logs.iter().map(|log| (log.index, log.position)).collect::<Vec<_>>();
    let (outcome, root) = send(&mut chain, caller, to(caller, &to(logger, &[])), 0);
    assert_eq!(spots(&root), [(0, 0), (4, 1)]);
    assert_eq!(spots(&root.calls[0]), [(1, 0), (3, 1)]);
    assert_eq!(spots(&root.calls[0].calls[0]), [(2, 0)]);
    assert_eq!(root.calls[0].calls[0].logs[0].log, outcome.logs[2]);
    // A failed frame has none, nor has what it called; indices are those of the logs that remain.
    let inner = chain.program(&forwarder("call_contract"));
    let (outcome, root) = send(&mut chain, caller, to(inner, &to(failing, &[])), 0);
    assert_eq!((spots(&root), outcome.logs.len()), (vec![(0, 0), (1, 1)], 2));
    let failed = &root.calls[0];
    assert!(failed.error.is_some() && spots(failed).is_empty() && spots(&failed.calls[0]).is_empty());
    let doomed = chain.install([&CALL_AND_LOG[..CALL_AND_LOG.len() - 1], &hex!("5f5ffd")].concat());
    let (outcome, root) = send(&mut chain, doomed, to(logger, &[]), 0);
    assert!(outcome.logs.is_empty() && spots(&root).is_empty() && spots(&root.calls[0]).is_empty());
}

#[test]
fn frames_show_precompiles() {
    let mut chain = TestChain::default();
    let caller = chain.install(CALL_AND_LOG.to_vec());
    let sha256 = Address::with_last_byte(2);
    let (_, root) = send(&mut chain, caller, to(sha256, b"x"), 0);
    assert_eq!((root.calls[0].to, root.calls[0].gas_used), (Some(sha256), 60 + 12));
    assert_eq!(root.calls[0].output.len(), 32);
    let (_, root) = send(&mut chain, caller, to(ARB_SYS, &arbBlockNumberCall {}.abi_encode()), 0);
    assert_eq!(word(&root.calls[0].output, 0), U256::from(7));
    // A refusal says why, wherever it happens.
    let call = ArbWasm::activateProgramCall { program: caller }.abi_encode();
    let (_, root) = send(&mut chain, caller, to(ARB_WASM, &call), 0);
    let refused = &root.calls[0];
    assert_eq!(refused.error.as_deref(), Some("execution reverted"));
    assert_eq!(refused.reason.as_deref(), Some("error ProgramNotWasm()"));
    assert_eq!(refused.output.as_ref(), hex!("27f38212"));
    let (_, root) = send(&mut chain, ARB_WASM, call, 0);
    assert_eq!(root.reason.as_deref(), Some("error ProgramNotWasm()"));
}

#[test]
fn frames_show_creations_and_self_destructs() {
    let mut chain = TestChain::default();
    let factory = chain.program(&program(
        &["read_args", "create1"],
        "(call $read_args (i32.const 100))
         (call $create1 (i32.const 100) (local.get $len) (i32.const 40) (i32.const 0) (i32.const 20)) (i32.const 0)",
    ));
    let init = code::deploy_code(&WHO);
    let (_, root) = send(&mut chain, factory, init.clone(), 0);
    let created = &root.calls[0];
    assert_eq!((created.kind, created.from, created.to), (FrameKind::Create, factory, Some(factory.create(1))));
    assert_eq!((created.input.as_ref(), created.output.as_ref()), (&init[..], &WHO[..]));
    // A failed one has no address.
    let (_, root) = send(&mut chain, factory, ANGRY.to_vec(), 0);
    assert_eq!((root.calls[0].to, root.calls[0].error.as_deref()), (None, Some("execution reverted")));
    let salted = chain.install(hex!("365f5f375f365f5ff55000").to_vec());
    let (_, root) = send(&mut chain, salted, hex!("60ef5f5360015ff3").to_vec(), 0);
    let refused = &root.calls[0];
    assert_eq!((refused.kind, refused.to), (FrameKind::Create2, None));
    assert_eq!(refused.error.as_deref(), Some("invalid code: must not begin with 0xef"));
    // A creating transaction whose init code pays its balance out.
    let tx = TestChain::tx(Address::ZERO, hex!("33ff").to_vec(), 5, 1_000_000);
    let (_, root) = run(&mut chain, TxEnv { kind: TxKind::Create, ..tx });
    assert_eq!((root.kind, root.from), (FrameKind::Create, ALICE));
    let gone = &root.calls[0];
    assert_eq!((gone.kind, gone.from, gone.to), (FrameKind::SelfDestruct, root.to.unwrap(), Some(ALICE)));
    assert_eq!((gone.value, gone.gas), (Some(U256::from(5)), 0));
    // A program may not destroy itself: no such frame.
    let bomb = chain.install(hex!("33ff").to_vec());
    let delegate = chain.program(&forwarder("delegate_call_contract"));
    let (_, root) = send(&mut chain, delegate, to(bomb, &[]), 0);
    assert!(root.calls[0].error.is_some() && root.calls[0].calls.is_empty());
}

#[test]
fn records_end_at_their_limit() {
    let mut chain = TestChain::default();
    // Calls an empty account with 60,000 bytes over and over.
    let caller = chain.install(hex!("5b5f5f61ea605f5f60995af1505f56").to_vec());
    let asker =
        chain.program(&program(&["evm_gas_left"], "(loop $l (drop (call $evm_gas_left)) (br $l)) (unreachable)"));
    for (target, options) in [(caller, OPTIONS), (asker, CallOptions { trace: true, ..CallOptions::call() })] {
        let tx = TestChain::tx(target, Vec::new(), 0, 3_000_000);
        let refused = transact(&mut chain.db, &mut chain.block, tx.clone(), &options).unwrap_err();
        assert!(matches!(refused, TransactError::TraceTooLarge(bytes) if bytes > TRACE_LIMIT), "{refused}");
        // Nothing is kept, and nothing refused, unless asked for.
        assert!(chain.run(tx, &CallOptions::call()).frames.is_none());
    }
}
