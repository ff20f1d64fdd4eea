//! Peers and callers that mean harm or are broken, against the compiled contracts (E2E-12, E2E-13, E2E-14).
#![allow(missing_docs)]

mod callers;
mod peers;
mod quote;
mod reentrancy;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue as _};
use escapement_agent::bindings::{
    controller::IController as C, minter::IMinter as M, token::IToken as T, verifier::IVerifier as V,
};
use escapement_e2e::{Net, Refusal, Solidity, World, wad};

/// The hostile fixtures.
#[allow(clippy::pedantic)]
mod fixtures {
    alloy_sol_types::sol!(Forwarder, "solidity/artifacts/Forwarder.json");
    alloy_sol_types::sol!(ReentrantPeer, "solidity/artifacts/ReentrantPeer.json");
    alloy_sol_types::sol!(ReentrantReceiver, "solidity/artifacts/ReentrantReceiver.json");
    alloy_sol_types::sol!(RefusingStub, "solidity/artifacts/RefusingStub.json");
    alloy_sol_types::sol!(UptimeFeed, "solidity/artifacts/UptimeFeed.json");
}

const WEEK: u64 = 604_800;

/// What a [`fixtures::ReentrantPeer`] does with the outcome of its call: keeps it, reports it by a revert, or answers
/// only if it succeeded.
const KEEP: u8 = 0;
const REPORT: u8 = 1;
const NEED: u8 = 2;

/// A call's bytes.
fn encoded<C: SolCall>(call: &C) -> Bytes {
    call.abi_encode().into()
}

/// A peer that answers each selector with a word, and makes no call yet.
fn peer(net: &Net, answers: &[([u8; 4], U256)]) -> Address {
    let peer = net.solidity(net.account(4), "ReentrantPeer", &[]);
    for (selector, word) in answers {
        answer(net, peer, *selector, B256::from(*word).to_vec().into());
    }
    peer
}

/// Sets what `peer` answers a selector with.
fn answer(net: &Net, peer: Address, selector: [u8; 4], bytes: Bytes) {
    let call = fixtures::ReentrantPeer::setAnswerCall { selector: selector.into(), answer: bytes };
    net.send(net.account(4), peer, &call).expect("anyone tells it what to answer");
}

/// A peer that says what a token with a supply of a billion and a cap of two says.
fn token_peer(net: &Net) -> Address {
    let billion = wad(1_000_000_000);
    peer(net, &[(T::capCall::SELECTOR, billion * U256::from(2)), (T::totalSupplyCall::SELECTOR, billion)])
}

/// What a controller says of a group.
fn group_answer(halted_until: u32, values: &[u32]) -> Bytes {
    (halted_until, values.to_vec()).abi_encode_params().into()
}

/// Sets what `peer` says of a group, as its controller.
fn answer_group(net: &Net, peer: Address, group: u8, answer: Bytes) {
    let call = encoded(&C::groupParamsCall { group });
    let call = fixtures::ReentrantPeer::setExactAnswerCall { call_: call, answer };
    net.send(net.account(4), peer, &call).expect("anyone tells it what to answer");
}

/// A peer that says what a controller at 1 % emission says, without a halt, a re-mint or any accepted update.
fn controller_peer(net: &Net) -> Address {
    let peer = peer(net, &[]);
    answer_group(net, peer, 0, group_answer(0, &[10_000]));
    answer_group(net, peer, 3, group_answer(0, &[2_000, 0]));
    answer(net, peer, C::wordsCall::SELECTOR, vec![B256::ZERO].abi_encode().into());
    peer
}

/// Points the controller at another verifier.
fn set_verifier(world: &World, verifier: Address) {
    let call = C::setVerifierCall { verifier };
    world.net.send(world.governance, world.controller, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
}

/// A peer in the verifier's place whose eight outputs are all `output`.
fn verifier_peer(world: &World, output: i32) -> Address {
    let peer = peer(&world.net, &[]);
    answer(&world.net, peer, V::verifyCall::SELECTOR, output.to_be_bytes().repeat(8).into());
    set_verifier(world, peer);
    peer
}

/// Another minter behind a proxy of its own, on this controller and this token.
fn minter_on(world: &World, controller: Address, token: Address) -> Result<Address, Refusal> {
    let initialize = M::initializeCall {
        governance: world.governance,
        controller,
        token,
        genesis: world.net.now(),
        epochLength: u32::try_from(WEEK).expect("32 bits"),
    };
    let arguments = (world.minter_logic, world.governance, encoded(&initialize)).abi_encode_params();
    let minter =
        world.net.create(world.deployer, Solidity::load("TransparentUpgradeableProxy").creation(&arguments))?;
    let mut consumers = M::setConsumersCall { consumers: [Address::ZERO; 4], weights: [0; 4] };
    (consumers.consumers[0], consumers.weights[0]) = (world.consumer, 10_000);
    world.net.send(world.governance, minter, &consumers)?;
    Ok(minter)
}

/// The words of a minter.
fn minter_words(world: &World, minter: Address) -> Vec<B256> {
    (0..22).map(|slot| world.net.storage(minter, B256::with_last_byte(slot))).collect()
}
