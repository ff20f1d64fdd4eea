//! What the kit accepts as an answer of another contract.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{sol, SolCall, SolError, SolValue};
use motsu::prelude::*;
use stylus_sdk::prelude::*;

use super::Harness;
use crate::{
    erc20::{self, Erc20BadAnswer, Erc20CallFailed, Erc20Refused, Erc20WithoutCode},
    vm,
};

sol! {
    function transfer(address to, uint256 amount);
    function transferFrom(address from, address to, uint256 amount);
    function mint(address to, uint256 amount);
    function burn(uint256 amount);
    function approve(address spender, uint256 amount);
    function balanceOf(address account);
    function totalSupply();
}

impl Harness {
    fn group(&self, controller: Address, group: u8) -> Result<(u32, Vec<u32>), Vec<u8>> {
        crate::params::read(&controller, group).map(|read| (read.halted_until, read.values))
    }
    /// Each function of the module that changes state, by number.
    fn write(&mut self, token: Address, function: u8) -> Result<(), Vec<u8>> {
        let (this, amount) = (vm::this(), U256::from(7));
        match function {
            0 => erc20::transfer(&token, &Address::repeat_byte(2), amount),
            1 => erc20::transfer_from(&token, &Address::repeat_byte(1), &this, amount),
            2 => erc20::mint(&token, &Address::repeat_byte(2), amount),
            3 => erc20::burn(&token, amount),
            _ => erc20::approve(&token, &Address::repeat_byte(2), amount),
        }
    }
    /// Each function of the module that asks, by number.
    fn ask(&self, token: Address, function: u8) -> Result<U256, Vec<u8>> {
        match function {
            0 => erc20::balance_of(&token, &Address::repeat_byte(1)),
            _ => erc20::total_supply(&token),
        }
    }
}

/// A contract that answers every call with the bytes it was given, or reverts with them, and keeps what it was asked.
#[storage]
struct Oracle {
    answer: stylus_sdk::storage::StorageBytes,
    asked: stylus_sdk::storage::StorageBytes,
    refuses: stylus_sdk::storage::StorageBool,
}

unsafe impl TopLevelStorage for Oracle {}

#[public]
impl Oracle {
    #[fallback]
    fn fallback(&mut self, input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        self.asked.set_bytes(input);
        let answer = self.answer.get_bytes();
        if self.refuses.get() {
            Err(answer)
        } else {
            Ok(answer)
        }
    }
}

impl Oracle {
    fn asked(&self) -> Vec<u8> {
        self.asked.get_bytes()
    }
    fn teach(&mut self, answer: &[u8], refuses: bool) {
        self.answer.set_bytes(answer);
        self.refuses.set(refuses);
    }
}

/// KIT-04.
#[motsu::test]
fn params_read_reverts_when_the_answer_is_not_a_group(
    contract: Contract<Harness>,
    oracle: Contract<Oracle>,
    alice: Address,
) {
    use crate::params::{ParamsBadAnswer, ParamsCallFailed};
    let controller = oracle.address();
    let good = (9u32, vec![10_000u32, 20_000]).abi_encode_params();
    oracle.sender(alice).teach(&good, false);
    let (until, values) = contract.sender(alice).group(controller, 2).motsu_unwrap();
    assert_eq!((until, values), (9, vec![10_000, 20_000]));
    let empty = (9u32, Vec::<u32>::new()).abi_encode_params();
    let mut wide = good.clone();
    wide[0] = 1;
    for bad in [&[] as &[u8], &good[..64], &[good.as_slice(), &[0; 32]].concat(), &empty, &wide] {
        oracle.sender(alice).teach(bad, false);
        let error = contract.sender(alice).group(controller, 2).motsu_unwrap_err();
        let length = U256::from(bad.len());
        assert_eq!(error, ParamsBadAnswer { controller, group: 2, length }.abi_encode());
    }
    oracle.sender(alice).teach(&[], true);
    let error = contract.sender(alice).group(controller, 6).motsu_unwrap_err();
    assert_eq!(error, ParamsCallFailed { controller, group: 6 }.abi_encode());
    oracle.sender(alice).teach(&[1, 2, 3, 4], true);
    let error = contract.sender(alice).group(controller, 6).motsu_unwrap_err();
    assert_eq!(error, [1, 2, 3, 4]);
}

/// The kit's calls to a token, as alloy encodes them, by the numbers of [`Harness::write`].
fn calls(this: Address) -> [Vec<u8>; 5] {
    let (one, two, amount) = (Address::repeat_byte(1), Address::repeat_byte(2), U256::from(7));
    [
        transferCall { to: two, amount }.abi_encode(),
        transferFromCall { from: one, to: this, amount }.abi_encode(),
        mintCall { to: two, amount }.abi_encode(),
        burnCall { amount }.abi_encode(),
        approveCall { spender: two, amount }.abi_encode(),
    ]
}

/// KIT-05.
#[motsu::test]
fn erc20_writes_take_nothing_or_true(contract: Contract<Harness>, token: Contract<Oracle>, alice: Address) {
    for (function, call) in (0..).zip(calls(contract.address())) {
        for answer in [&[] as &[u8], B256::with_last_byte(1).as_slice()] {
            token.sender(alice).teach(answer, false);
            contract.sender(alice).write(token.address(), function).motsu_unwrap();
            assert_eq!(token.sender(alice).asked(), call, "function {function}");
        }
    }
}

/// KIT-05.
#[motsu::test]
fn erc20_writes_revert_on_any_other_answer(contract: Contract<Harness>, token: Contract<Oracle>, alice: Address) {
    let address = token.address();
    let bad = |length: usize| Erc20BadAnswer { token: address, length: U256::from(length) }.abi_encode();
    let word = B256::with_last_byte(1);
    let high = B256::repeat_byte(1);
    let cases = [
        (vec![0; 32], false, Erc20Refused { token: address }.abi_encode()),
        (B256::with_last_byte(2).to_vec(), false, bad(32)),
        (high.to_vec(), false, bad(32)),
        (word[1..].to_vec(), false, bad(31)),
        ([word.as_slice(), &[0]].concat(), false, bad(33)),
        (vec![1], false, bad(1)),
        (vec![], true, Erc20CallFailed { token: address }.abi_encode()),
        (vec![9, 8, 7], true, vec![9, 8, 7]),
        (word.to_vec(), true, word.to_vec()),
    ];
    for function in 0..5 {
        for (answer, refuses, expected) in &cases {
            token.sender(alice).teach(answer, *refuses);
            let error = contract.sender(alice).write(address, function).motsu_unwrap_err();
            assert_eq!(error, *expected, "function {function}, answer {answer:?}");
        }
        let error = contract.sender(alice).write(alice, function).motsu_unwrap_err();
        assert_eq!(error, Erc20WithoutCode { token: alice }.abi_encode());
    }
}

/// KIT-05.
#[motsu::test]
fn erc20_reads_take_one_word(contract: Contract<Harness>, token: Contract<Oracle>, alice: Address) {
    let address = token.address();
    let bad = |token: Address, length: usize| Erc20BadAnswer { token, length: U256::from(length) }.abi_encode();
    for function in 0..2 {
        for value in [U256::ZERO, U256::from(5), U256::MAX] {
            token.sender(alice).teach(&value.to_be_bytes::<32>(), false);
            assert_eq!(contract.sender(alice).ask(address, function).motsu_unwrap(), value);
        }
        for length in [0, 31, 33, 64] {
            token.sender(alice).teach(&vec![1; length], false);
            let error = contract.sender(alice).ask(address, function).motsu_unwrap_err();
            assert_eq!(error, bad(address, length));
        }
        token.sender(alice).teach(&[], true);
        let error = contract.sender(alice).ask(address, function).motsu_unwrap_err();
        assert_eq!(error, Erc20CallFailed { token: address }.abi_encode());
        token.sender(alice).teach(&[1, 2, 3], true);
        assert_eq!(contract.sender(alice).ask(address, function).motsu_unwrap_err(), [1, 2, 3]);
        assert_eq!(contract.sender(alice).ask(alice, function).motsu_unwrap_err(), bad(alice, 0));
    }
}
