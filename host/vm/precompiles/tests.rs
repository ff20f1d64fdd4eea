//! `ArbSys` and `ArbInfo`, method by method.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::abi::{ArbInfo, ArbSys};
use crate::{
    ARB_INFO, ARB_SYS, ArbWasm, Outcome, Params, Status,
    testing::{ALICE, TestChain, WHO, forwarder, to, word},
};
use alloy_primitives::{Address, U256, address, keccak256};
use alloy_sol_types::{SolCall, SolError, SolValue};
use revm::Database;

/// A call that must work: its outcome.
fn view(chain: &mut TestChain, precompile: Address, call: &impl SolCall) -> Outcome {
    let outcome = chain.send(precompile, call.abi_encode(), 0, 1_000_000);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    outcome
}

fn number(chain: &mut TestChain, call: &impl SolCall) -> U256 {
    word(&view(chain, ARB_SYS, call).output, 0)
}

/// Gas of the transaction around the call.
fn intrinsic(data: &[u8]) -> u64 {
    21_000 + data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum::<u64>()
}

#[test]
fn arb_sys_tells_block_chain_and_version() {
    for (version, expected) in [(31, 86), (61, 116)] {
        let mut chain = TestChain::new(Params::for_version(version).unwrap());
        assert_eq!(number(&mut chain, &ArbSys::arbOSVersionCall {}), U256::from(expected));
        assert_eq!(number(&mut chain, &ArbSys::arbChainIDCall {}), U256::from(412_346));
        assert_eq!(number(&mut chain, &ArbSys::getStorageGasAvailableCall {}), U256::ZERO);
        // The own height, not the one that NUMBER gives.
        assert_eq!(number(&mut chain, &ArbSys::arbBlockNumberCall {}), U256::from(7));
        chain.mine(1);
        assert_eq!(number(&mut chain, &ArbSys::arbBlockNumberCall {}), U256::from(8));
    }
}

#[test]
fn arb_block_hash_works_for_the_last_256_blocks() {
    let mut chain = TestChain::default();
    chain.block.number = 300;
    for asked in [299, 298, 44] {
        let expected = chain.db.block_hash(asked).unwrap();
        assert!(!expected.is_zero());
        let got = number(&mut chain, &ArbSys::arbBlockHashCall { arbBlockNum: U256::from(asked) });
        assert_eq!(got, U256::from_be_bytes(expected.0), "{asked}");
    }
    for asked in [U256::from(300), U256::from(301), U256::from(43), U256::ZERO, U256::from(u64::MAX), U256::MAX] {
        let call = ArbSys::arbBlockHashCall { arbBlockNum: asked };
        let outcome = chain.send(ARB_SYS, call.abi_encode(), 0, 1_000_000);
        let error = ArbSys::InvalidBlockNumber { requested: asked, current: U256::from(300) };
        assert_eq!((outcome.status, outcome.output.as_ref()), (Status::Revert, &error.abi_encode()[..]));
        assert_eq!(outcome.reason.unwrap(), format!("error InvalidBlockNumber({asked}, 300)"));
        assert!(outcome.gas_used < 30_000, "the rest is kept: {}", outcome.gas_used);
    }
    // Block 0 has no one before it.
    chain.block.number = 0;
    let call = ArbSys::arbBlockHashCall { arbBlockNum: U256::ZERO };
    assert_eq!(chain.send(ARB_SYS, call.abi_encode(), 0, 1_000_000).status, Status::Revert);
}

#[test]
fn arb_sys_knows_who_called_the_caller() {
    let mut chain = TestChain::default();
    let first = chain.program(&forwarder("call_contract"));
    let second = chain.program(&forwarder("static_call_contract"));
    let delegating = chain.program(&forwarder("delegate_call_contract"));
    let top = ArbSys::isTopLevelCallCall {}.abi_encode();
    let caller = ArbSys::myCallersAddressWithoutAliasingCall {}.abi_encode();
    let aliased = ArbSys::wasMyCallersAddressAliasedCall {}.abi_encode();
    // How ArbSys is reached, who called the contract that asks, and whether that is still the top.
    let ways = [
        (vec![ARB_SYS], Address::ZERO, true),
        (vec![first, ARB_SYS], ALICE, true),
        (vec![first, second, ARB_SYS], first, false),
        (vec![second, first, ARB_SYS], second, false),
        // Code run by a delegate call sees the caller of the contract it acts as.
        (vec![delegating, first, ARB_SYS], ALICE, false),
    ];
    for (way, expected, is_top) in ways {
        let mut ask = |call: &[u8]| {
            let data = way[1..].iter().rev().fold(call.to_vec(), |data, hop| to(*hop, &data));
            let outcome = chain.send(way[0], data, 0, 3_000_000);
            assert!(outcome.is_success(), "{way:?}: {:?}", outcome.reason);
            outcome.output
        };
        assert_eq!(Address::abi_decode(&ask(&caller)).unwrap(), expected, "{way:?}");
        assert_eq!(bool::abi_decode(&ask(&top)).unwrap(), is_top, "{way:?}");
        assert!(!bool::abi_decode(&ask(&aliased)).unwrap(), "no transaction comes from the parent chain");
    }
}

#[test]
fn alias_is_the_sum_in_160_bits() {
    let mut chain = TestChain::default();
    for (sender, expected) in [
        (Address::ZERO, address!("0x1111000000000000000000000000000000001111")),
        (
            address!("0x0000000000000000000000000000000000000001"),
            address!("0x1111000000000000000000000000000000001112"),
        ),
        (Address::repeat_byte(0xff), address!("0x1111000000000000000000000000000000001110")),
        (address!("0xeeeeffffffffffffffffffffffffffffffffeeef"), Address::ZERO),
    ] {
        let call = ArbSys::mapL1SenderContractAddressToL2AliasCall { sender, unused: ALICE };
        let outcome = view(&mut chain, ARB_SYS, &call);
        assert_eq!(Address::abi_decode(&outcome.output).unwrap(), expected);
        // Pure: two argument words and one result word, no state opened.
        assert_eq!(outcome.gas_used - intrinsic(&call.abi_encode()), 3 * 3);
    }
}

#[test]
fn arb_info_reads_balance_and_code_and_leaves_the_account_cold() {
    let mut chain = TestChain::default();
    let account = chain.install(WHO.to_vec());
    chain.fund(account, U256::from(12_345));
    let call = ArbInfo::getBalanceCall { account };
    let outcome = view(&mut chain, ARB_INFO, &call);
    assert_eq!(word(&outcome.output, 0), U256::from(12_345));
    assert_eq!(outcome.gas_used - intrinsic(&call.abi_encode()), 800 + 3 + 700 + 3);
    assert!(!outcome.state.contains_key(&account));
    let call = ArbInfo::getCodeCall { account };
    let outcome = view(&mut chain, ARB_INFO, &call);
    assert_eq!(Vec::<u8>::from(alloy_primitives::Bytes::abi_decode(&outcome.output).unwrap()), WHO);
    // One word of code, and its encoding in three.
    assert_eq!(outcome.gas_used - intrinsic(&call.abi_encode()), 800 + 3 + 2_100 + 3 + 3 * 3);
    assert!(!outcome.state.contains_key(&account));
    let nobody = Address::repeat_byte(0x42);
    let outcome = view(&mut chain, ARB_INFO, &ArbInfo::getBalanceCall { account: nobody });
    assert_eq!(word(&outcome.output, 0), U256::ZERO);
    let outcome = view(&mut chain, ARB_INFO, &ArbInfo::getCodeCall { account: nobody });
    assert_eq!(outcome.output.as_ref(), [be(32), be(0)].concat());
}

fn be(value: u64) -> Vec<u8> {
    U256::from(value).to_be_bytes_vec()
}

#[test]
fn unknown_methods_value_and_short_arguments_burn_all_gas() {
    let mut chain = TestChain::default();
    let burnt = |chain: &mut TestChain, target, data: &[u8], value| {
        let outcome = chain.send(target, data.to_vec(), value, 200_000);
        assert_eq!((outcome.status, outcome.gas_used), (Status::Revert, 200_000), "{data:02x?}");
        assert!(outcome.output.is_empty());
    };
    let methods = |signatures: &[&str]| -> Vec<Vec<u8>> {
        signatures.iter().map(|signature| [&keccak256(signature)[..4], &[0; 64]].concat()).collect()
    };
    let sys = methods(&[
        "arbBlockNumber()",
        "arbBlockHash(uint256)",
        "arbChainID()",
        "arbOSVersion()",
        "getStorageGasAvailable()",
        "isTopLevelCall()",
        "mapL1SenderContractAddressToL2Alias(address,address)",
        "wasMyCallersAddressAliased()",
        "myCallersAddressWithoutAliasing()",
    ]);
    let info = methods(&["getBalance(address)", "getCode(address)"]);
    let delegating = chain.program(&forwarder("delegate_call_contract"));
    let plain = chain.program(&forwarder("static_call_contract"));
    for (precompile, known) in [(ARB_SYS, &sys), (ARB_INFO, &info)] {
        for data in known {
            // The method exists: in a static call it does not burn; no method takes value.
            let outcome = chain.send(plain, to(precompile, data), 0, 500_000);
            assert!(outcome.is_success() || outcome.output.len() == 68, "{data:02x?}: {:?}", outcome.reason);
            burnt(&mut chain, precompile, data, 1);
            // By delegate call only a pure method answers.
            let pure = data[..4] == ArbSys::mapL1SenderContractAddressToL2AliasCall::SELECTOR;
            assert_eq!(chain.send(delegating, to(precompile, data), 0, 500_000).is_success(), pure);
        }
        // Other precompiles' methods, a selector of none, too few bytes for one.
        burnt(&mut chain, precompile, &ArbWasm::inkPriceCall {}.abi_encode(), 0);
        burnt(&mut chain, precompile, &[0xde, 0xad, 0xbe, 0xef], 0);
        burnt(&mut chain, precompile, &[1, 2, 3], 0);
        burnt(&mut chain, precompile, &[], 0);
    }
    burnt(&mut chain, ARB_SYS, &info[0], 0);
    burnt(&mut chain, ARB_INFO, &sys[0], 0);
    // Messages to the parent chain are not modelled.
    burnt(&mut chain, ARB_SYS, &methods(&["withdrawEth(address)"])[0], 0);
    // Arguments that are cut short.
    burnt(&mut chain, ARB_SYS, &sys[1][..35], 0);
    burnt(&mut chain, ARB_INFO, &info[0][..20], 0);
}
