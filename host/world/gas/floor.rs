//! The part of a transaction's gas that no code can avoid.

use alloy_primitives::{Address, U256};
use escapement_vm::{ARBOS_STATE, CallFrame, FrameKind, Outcome};
use serde::{Deserialize, Serialize};

/// What the platform charges for a transaction's effects, whoever computes them: the gas of the smallest transaction with
/// the same calldata, the same slots read and written, the same logs, precompiles and payments. Computation, memory,
/// hashing, the start of programs and calls to other contracts are not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// Of every transaction: 21,000.
    pub intrinsic: u64,
    /// Calldata: 4 for each zero byte, 16 for each other.
    pub calldata: u64,
    /// Each slot touched once: 2,100 if it keeps its value, 5,000 if it changes, 22,100 if it was zero before; less what
    /// was refunded for slots cleared.
    pub storage: u64,
    /// Logs: 375, 375 for each topic, 8 for each byte.
    pub logs: u64,
    /// Gas of Ethereum's precompiles: 3,000 for each signature recovered.
    pub precompiles: u64,
    /// Payments to other accounts: 9,000 each.
    pub transfers: u64,
}

impl Floor {
    /// Adds up what `outcome`, of a call with this `input`, could not avoid.
    #[must_use]
    pub fn of(input: &[u8], outcome: &Outcome) -> Self {
        let calldata = input.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
        let mut floor = Self { intrinsic: 21_000, calldata, ..Self::default() };
        for (address, account) in &outcome.state {
            if *address != ARBOS_STATE {
                floor.storage += account
                    .storage
                    .values()
                    .map(|slot| match (slot.original_value, slot.present_value) {
                        (before, after) if before == after => 2_100,
                        (U256::ZERO, _) => 22_100,
                        _ => 5_000,
                    })
                    .sum::<u64>();
            }
        }
        floor.storage = floor.storage.saturating_sub(outcome.gas_refunded);
        let of_log = |topics: usize, bytes: usize| 375 * (1 + topics as u64) + 8 * bytes as u64;
        floor.logs = outcome.logs.iter().map(|log| of_log(log.data.topics().len(), log.data.data.len())).sum();
        if let Some(root) = &outcome.frames {
            root.calls.iter().for_each(|frame| floor.visit(frame));
        }
        floor
    }

    fn visit(&mut self, frame: &CallFrame) {
        if frame.to.is_some_and(is_precompile) {
            self.precompiles += frame.gas_used;
        }
        if frame.kind == FrameKind::Call && frame.value.is_some_and(|value| !value.is_zero()) {
            self.transfers += 9_000;
        }
        frame.calls.iter().for_each(|inner| self.visit(inner));
    }

    /// All of it, gas.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.intrinsic + self.calldata + self.storage + self.logs + self.precompiles + self.transfers
    }
}

/// A precompile of Ethereum.
fn is_precompile(address: Address) -> bool {
    let number = U256::from_be_slice(address.as_slice());
    !number.is_zero() && number <= U256::from(0x11)
}
