//! The token and the controller of the tests.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{sol, SolCall, SolError, SolInterface, SolValue};
use escapement_kit::vm;
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageBool, StorageBytes, StorageMap, StorageU256, StorageU8},
};

sol! {
    error CoinPoor(address account, uint256 has, uint256 needs);
}

/// A token without allowances that can misbehave.
#[storage]
pub struct Coin {
    balances: StorageMap<Address, StorageU256>,
    /// What transfers answer: 0 true, 1 nothing, 2 false, 3 half a word, 4 a revert without a reason.
    manner: StorageU8,
    /// What is called back during a transfer, and with what.
    hook: StorageAddress,
    calldata: StorageBytes,
    /// Whether that call succeeded.
    entered: StorageBool,
}

unsafe impl TopLevelStorage for Coin {}

sol! {
    interface ICoin {
        function transfer(address to, uint256 amount);
        function transferFrom(address from, address to, uint256 amount);
        function balanceOf(address account);
    }
}

#[public]
impl Coin {
    #[fallback]
    fn fallback(&mut self, input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        if let Ok(call) = ICoin::balanceOfCall::abi_decode(input, true) {
            return Ok(self.balances.get(call.account).abi_encode());
        }
        let (from, to, amount) = match ICoin::ICoinCalls::abi_decode(input, true) {
            Ok(ICoin::ICoinCalls::transfer(call)) => (vm::sender(), call.to, call.amount),
            Ok(ICoin::ICoinCalls::transferFrom(call)) => (call.from, call.to, call.amount),
            _ => return Err(b"what?".to_vec()),
        };
        let has = self.balances.get(from);
        let left =
            has.checked_sub(amount).ok_or_else(|| CoinPoor { account: from, has, needs: amount }.abi_encode())?;
        self.balances.insert(from, left);
        let got = self.balances.get(to) + amount;
        self.balances.insert(to, got);
        let (hook, calldata) = (self.hook.get(), self.calldata.get_bytes());
        if !hook.is_zero() {
            self.hook.set(Address::ZERO);
            let entered = vm::call(&hook, &calldata).is_ok();
            self.entered.set(entered);
        }
        match self.manner.get().to::<u8>() {
            0 => Ok(true.abi_encode()),
            1 => Ok(vec![]),
            2 => Ok(false.abi_encode()),
            3 => Ok(vec![1; 16]),
            _ => Err(vec![7, 7, 7]),
        }
    }
}

impl Coin {
    pub fn give(&mut self, account: Address, amount: u128) {
        let balance = self.balances.get(account) + U256::from(amount);
        self.balances.insert(account, balance);
    }
    pub fn balance(&self, account: Address) -> u128 {
        self.balances.get(account).to()
    }
    pub fn behave(&mut self, manner: u8) {
        self.manner.set(alloy_primitives::aliases::U8::from(manner));
    }
    pub fn arm(&mut self, hook: Address, calldata: &[u8]) {
        self.hook.set(hook);
        self.calldata.set_bytes(calldata);
        self.entered.set(false);
    }
    pub fn entered(&self) -> bool {
        self.entered.get()
    }
}

/// A controller that answers every call with the bytes it was given, or reverts with them.
#[storage]
pub struct Oracle {
    answer: StorageBytes,
    refuses: StorageBool,
}

unsafe impl TopLevelStorage for Oracle {}

#[public]
impl Oracle {
    #[fallback]
    fn fallback(&mut self, _: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        let answer = self.answer.get_bytes();
        if self.refuses.get() {
            Err(answer)
        } else {
            Ok(answer)
        }
    }
}

impl Oracle {
    pub fn teach(&mut self, answer: &[u8], refuses: bool) {
        self.answer.set_bytes(answer);
        self.refuses.set(refuses);
    }
}
