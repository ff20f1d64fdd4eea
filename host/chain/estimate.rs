//! `eth_estimateGas`: the smallest gas limit with which the transaction succeeds.
//!
//! Gas used is not enough: calls keep back a 64th, refunds come at the end, and Stylus programs
//! require gas they do not spend. So limits are tried, as geth does: first the most, then a
//! guess just above what was used, then bisection until the bracket is within 1.5 %.

use alloy_primitives::{TxKind, U256};
use escapement_vm::{CallOptions, Outcome, Status};

use crate::{
    call::{CallRequest, outcome_to_result},
    chain::Chain,
    error::ChainError,
};

/// Gas of a transfer to an account without code, and of any transaction's start.
const TRANSFER_GAS: u64 = 21_000;

/// Gas that a call with value passes on top.
const CALL_STIPEND: u64 = 2_300;

impl Chain {
    /// The gas limit that the transaction needs, at most 1.5 % above the least.
    ///
    /// # Errors
    /// [`ChainError::Reverted`] or [`ChainError::Halted`] when it fails with any gas,
    /// [`ChainError::GasExceedsAllowance`] when the cap or the sender's balance is too small,
    /// [`ChainError::InsufficientFunds`] when it cannot pay the value.
    pub fn estimate(&self, call: &CallRequest) -> Result<u64, ChainError> {
        let mut high = self.ceiling(call)?;
        if self.is_plain_transfer(call)? && self.succeeds(call, TRANSFER_GAS)? {
            return Ok(TRANSFER_GAS);
        }
        let first = self.simulate(call, Some(high), CallOptions::call())?;
        if first.status != Status::Success {
            return Err(failure(first, high));
        }
        let spent = first.gas_used.saturating_add(first.gas_refunded);
        let mut low = first.gas_used.saturating_sub(1);
        let guess = spent.saturating_add(CALL_STIPEND).saturating_mul(64) / 63;
        if guess < high {
            if self.succeeds(call, guess)? { high = guess } else { low = guess }
        }
        while low + 1 < high && (high - low).saturating_mul(1_000) > high.saturating_mul(15) {
            // The answer is usually near the low end: skew the first steps.
            let middle = low.midpoint(high).min(low.saturating_mul(2).max(low + 1));
            if self.succeeds(call, middle)? { high = middle } else { low = middle }
        }
        Ok(high)
    }

    /// The most gas worth trying: the request's, the transaction cap, what the sender can pay.
    fn ceiling(&self, call: &CallRequest) -> Result<u64, ChainError> {
        let config = self.config();
        let cap = config.params.tx_gas_cap().unwrap_or(config.rpc_gas_cap).min(config.rpc_gas_cap);
        let asked = call.request.gas.filter(|gas| *gas >= TRANSFER_GAS);
        let limit = asked.unwrap_or(cap).min(cap);
        let price = call.request.max_fee_per_gas.or(call.request.gas_price).unwrap_or_default();
        if price == 0 {
            return Ok(limit);
        }
        let from = call.request.from.unwrap_or_default();
        let balance = match call.state.get(&from).and_then(|account| account.balance) {
            Some(balance) => balance,
            None => self.balance(from, call.block)?,
        };
        let value = call.request.value.unwrap_or_default();
        let Some(left) = balance.checked_sub(value) else {
            return Err(ChainError::InsufficientFunds { address: from, have: balance, want: value });
        };
        Ok(limit.min((left / U256::from(price)).saturating_to()))
    }

    fn is_plain_transfer(&self, call: &CallRequest) -> Result<bool, ChainError> {
        let Some(TxKind::Call(to)) = call.request.to else { return Ok(false) };
        let bare = call.request.input.input().is_none_or(|input| input.is_empty())
            && call.request.access_list.is_none()
            && call.request.authorization_list.is_none()
            && !call.state.contains_key(&to);
        Ok(bare && self.code(to, call.block)?.is_empty())
    }

    fn succeeds(&self, call: &CallRequest, gas: u64) -> Result<bool, ChainError> {
        match self.simulate(call, Some(gas), CallOptions::call()) {
            Ok(outcome) => Ok(outcome.status == Status::Success),
            Err(ChainError::IntrinsicGas { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Why the run with the most gas failed.
fn failure(outcome: Outcome, allowance: u64) -> ChainError {
    let out_of_gas = outcome.status == Status::Halt
        && outcome.reason.as_deref().is_none_or(|reason| {
            let reason = reason.to_ascii_lowercase();
            reason.contains("out of gas") || reason.contains("outofgas")
        });
    if out_of_gas {
        return ChainError::GasExceedsAllowance(allowance);
    }
    match outcome_to_result(outcome) {
        Err(error) => error,
        Ok(_) => ChainError::Internal("a failed run reported success".to_owned()),
    }
}
