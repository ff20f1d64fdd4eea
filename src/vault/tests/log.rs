//! The state of a vault from its log alone.

use std::collections::BTreeMap;

use alloy_primitives::{Address, LogData, U256};
use alloy_sol_types::SolEvent;
use escapement_core::lock::Position;

use crate::IVaultEvents as E;

/// An account as the log tells it.
#[derive(Default, Clone)]
pub struct Holder {
    pub positions: BTreeMap<u32, Position>,
    pub exits: BTreeMap<u32, (u128, u64)>,
    pub delegatee: Address,
    pub votes: u128,
    /// Penalty of the early exit whose `Unstaked` follows.
    penalty: u128,
}

/// Everything the log tells.
#[derive(Default)]
pub struct Log {
    holders: BTreeMap<Address, Holder>,
    pub curve: [u16; 5],
    /// Funded, penalties included, and not yet paid or compounded.
    pub rewards: u128,
}

/// The log as this event, if it is one.
fn decode<T: SolEvent>(log: &LogData) -> Option<T> {
    let ours = log.topics().first() == Some(&T::SIGNATURE_HASH);
    ours.then(|| T::decode_log_data(log, true).expect("the log decodes"))
}

fn amount(value: U256) -> u128 {
    value.to()
}

impl Log {
    /// Reads a log from the beginning.
    pub fn read(logs: &[LogData]) -> Self {
        let mut this = Self { curve: [10_000; 5], ..Self::default() };
        for log in logs {
            this.apply(log);
        }
        this
    }

    pub fn holder(&self, account: Address) -> Holder {
        self.holders.get(&account).cloned().unwrap_or_default()
    }

    fn at(&mut self, account: Address) -> &mut Holder {
        self.holders.entry(account).or_default()
    }

    fn apply(&mut self, log: &LogData) {
        if let Some(E::Staked { account, id, amount: staked, multiplier, lockSeconds, lockEnd }) = decode(log) {
            let position = Position { amount: amount(staked), multiplier, length: lockSeconds, ends_at: lockEnd };
            assert!(self.at(account).positions.insert(id, position).is_none());
        } else if let Some(E::LockChanged { account, id, multiplier, lockSeconds, lockEnd }) = decode(log) {
            let held = self.at(account).positions.get_mut(&id).unwrap();
            (held.multiplier, held.length, held.ends_at) = (multiplier, lockSeconds, lockEnd);
        } else if let Some(E::ExitedEarly { account, penalty, .. }) = decode(log) {
            self.at(account).penalty = amount(penalty);
            self.rewards += amount(penalty);
        } else if let Some(E::Unstaked { account, id, exitId, amount: left, readyAt }) = decode(log) {
            let holder = self.at(account);
            let held = holder.positions.get_mut(&id).unwrap();
            held.amount -= amount(left) + core::mem::take(&mut holder.penalty);
            if held.amount == 0 {
                holder.positions.remove(&id);
            }
            if !left.is_zero() {
                assert!(holder.exits.insert(exitId, (amount(left), readyAt)).is_none());
            }
        } else if let Some(E::Withdrawn { account, exitId, amount: paid }) = decode(log) {
            assert_eq!(self.at(account).exits.remove(&exitId).unwrap().0, amount(paid));
        } else if let Some(E::Claimed { amount: paid, .. }) = decode(log) {
            self.rewards -= amount(paid);
        } else if let Some(E::Compounded { amount: staked, .. }) = decode(log) {
            self.rewards -= amount(staked);
        } else if let Some(E::RewardNotified { amount: funded, .. }) = decode(log) {
            self.rewards += amount(funded);
        } else if let Some(E::CurveChanged { knot0, knot1, knot2, knot3, knot4 }) = decode(log) {
            self.curve = [knot0, knot1, knot2, knot3, knot4];
        } else if let Some(E::DelegateChanged { delegator, fromDelegate, toDelegate }) = decode(log) {
            let holder = self.at(delegator);
            assert_eq!(holder.delegatee, fromDelegate);
            holder.delegatee = toDelegate;
        } else if let Some(E::DelegateVotesChanged { delegate, previousVotes, newVotes }) = decode(log) {
            let holder = self.at(delegate);
            assert_eq!(holder.votes, amount(previousVotes));
            assert_ne!(previousVotes, newVotes, "a change that is none");
            holder.votes = amount(newVotes);
        }
    }
}
