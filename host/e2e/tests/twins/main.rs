//! E2E-70 to E2E-72, E2E-74, E2E-75: the contracts and their Solidity twins run the same seeded sequences on one chain, at the same times,
//! and agree in every answer, every log and every word of state after each step.
#![allow(missing_docs)]

mod controller;
mod minting;
mod staking;

use alloy::eips::BlockId;
use alloy_primitives::{Bytes, LogData, U256, keccak256};
use escapement_e2e::{Receipt, Refusal, World, arb_wasm};
use proptest::{
    strategy::{Strategy, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

const DAY: u64 = 86_400;

/// A sequence of `length` actions that depends on `seed` alone.
fn sequence<S: Strategy>(seed: u8, length: usize, action: &S) -> Vec<S::Value> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..length).map(|_| action.new_tree(&mut runner).expect("it generates").current()).collect()
}

/// What a call left: its logs, or the bytes it was refused with.
fn answer(sent: Result<Receipt, Refusal>) -> Result<Vec<LogData>, Bytes> {
    sent.map(|receipt| receipt.logs.into_iter().map(|log| log.data).collect()).map_err(|refusal| refusal.data)
}

/// Renews the programs of a world once half a year went by since `last`: they expire after one.
fn keep_alive(world: &World, last: &mut u64) {
    let net = &world.net;
    if net.now() < *last + 150 * DAY {
        return;
    }
    *last = net.now();
    let modules = [world.vault, world.gauges, world.treasury].map(|proxy| net.implementation(proxy));
    let programs = [world.token, world.verifier, world.controller_logic, world.minter_logic, world.lens];
    for program in programs.into_iter().chain(modules) {
        let code = net.chain.code(program, BlockId::latest()).expect("the newest state is kept");
        let call = arb_wasm::codehashKeepaliveCall { codehash: keccak256(code) };
        let value = U256::from(10u64.pow(18));
        net.send_value(world.deployer, arb_wasm::ADDRESS, &call, value).unwrap_or_else(|refusal| panic!("{refusal}"));
    }
}
