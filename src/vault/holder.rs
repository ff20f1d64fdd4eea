//! What the vault keeps for each account: rewards, stakes, exits and votes.

use alloy_primitives::{Address, B256, U256};
use escapement_core::{
    checkpoints::{Archive, Trace},
    lock::Position,
    reward::Account,
};
use escapement_kit::{
    abi::{halves, join},
    vm,
};

use crate::state::{above, account, beside, bits16, bits32, low, HOLDERS, VOTES};

/// Where the lots of a holder begin, behind its slot.
pub(crate) const LOTS: u64 = 4;
/// Where the archive of a trace begins, behind its slot.
const ARCHIVE: u64 = 1;

/// An account's rewards and counters.
pub(crate) struct Holder {
    /// Its slot; the other words of the account lie behind it.
    pub slot: B256,
    /// Weight and rewards.
    pub reward: Account,
    /// Id that its next position or exit gets.
    pub next: u32,
    /// Its open positions.
    pub open: u16,
}

impl Holder {
    pub(crate) fn load(account: &Address) -> Self {
        let slot = holder_slot(account);
        let [weight, owed] = halves(&vm::load(&slot));
        let [a, b, c, numbers] = *U256::from_be_bytes(vm::load(&vm::behind(&slot, 1)).0).as_limbs();
        let paid = U256::from_limbs([a, b, c, 0]);
        let reward = Account { weight, paid, owed };
        Self { slot, reward, next: bits32(numbers.into(), 0), open: bits16(numbers.into(), 32) }
    }

    pub(crate) fn save(&self) {
        vm::save(&self.slot, &join([self.reward.weight, self.reward.owed]));
        // An index the books have accepted: its highest limb is empty.
        let [a, b, c, _] = *self.reward.paid.as_limbs();
        let numbers = (u64::from(self.open) << 32) | u64::from(self.next);
        let word = U256::from_limbs([a, b, c, numbers]);
        vm::save(&vm::behind(&self.slot, 1), &B256::new(word.to_be_bytes()));
    }
}

/// Slot of an account.
pub(crate) fn holder_slot(account: &Address) -> B256 {
    vm::mapping(&account.into_word(), &HOLDERS)
}

/// Slot of principal and delegatee of the account at a slot.
pub(crate) fn stake_slot(holder: &B256) -> B256 {
    vm::behind(holder, 2)
}

/// Slot of the nonce of the account at a slot.
pub(crate) fn nonce_slot(holder: &B256) -> B256 {
    vm::behind(holder, 3)
}

/// Slot of a position or exit of the account at a slot.
pub(crate) fn lot_slot(holder: &B256, id: u32) -> B256 {
    vm::behind(holder, LOTS.saturating_add(id.into()))
}

/// What an account has staked and to whom its votes are delegated.
pub(crate) struct Stake {
    /// Sum of its positions, base units.
    pub principal: u128,
    /// Zero for nobody.
    pub delegatee: Address,
}

impl Stake {
    pub(crate) fn load(slot: &B256) -> Self {
        let word = vm::load(slot);
        Self { principal: above(&word), delegatee: account(&word) }
    }

    pub(crate) fn save(&self, slot: &B256) {
        vm::save(slot, &beside(&self.delegatee, self.principal));
    }
}

/// A position or an exit. A position that is taken in full becomes the exit of the same id, in the same word.
pub(crate) enum Lot {
    /// Nothing is there.
    Empty,
    /// Staked.
    Position(Position),
    /// Leaving.
    Exit {
        /// Base units.
        amount: u128,
        /// When it can be withdrawn, seconds.
        ready_at: u64,
    },
}

impl Lot {
    /// Amount in the lower half; multiplier (2 bytes), length (4) and end (6) from the right in the upper. An exit has no
    /// multiplier.
    pub(crate) fn load(slot: &B256) -> Self {
        let [numbers, amount] = halves(&vm::load(slot));
        let (multiplier, ends_at) = (bits16(numbers, 0), low(numbers >> 48, 48));
        match (amount, multiplier) {
            (0, _) => Self::Empty,
            (_, 0) => Self::Exit { amount, ready_at: ends_at },
            _ => Self::Position(Position { amount, multiplier, length: bits32(numbers, 16), ends_at }),
        }
    }

    pub(crate) fn save(&self, slot: &B256) {
        let word = match self {
            Self::Empty => B256::ZERO,
            Self::Exit { amount, ready_at } => join([u128::from(*ready_at) << 48, *amount]),
            Self::Position(position) => {
                let end = u128::from(position.ends_at) << 48;
                join([end | (u128::from(position.length) << 16) | u128::from(position.multiplier), position.amount])
            }
        };
        vm::save(slot, &word);
    }
}

/// The trace of an account's votes: its head at a slot, the archive behind it.
pub(crate) struct Slots(B256);

impl Archive for Slots {
    fn load(&self, number: u32) -> [u128; 2] {
        halves(&vm::load(&vm::behind(&self.0, ARCHIVE.saturating_add(number.into()))))
    }

    fn save(&mut self, number: u32, words: [u128; 2]) {
        vm::save(&vm::behind(&self.0, ARCHIVE.saturating_add(number.into())), &join(words));
    }
}

/// Loads the trace of `account`; of everything staked for address zero.
pub(crate) fn trace(account: &Address) -> (Slots, Trace) {
    let slot = vm::mapping(&account.into_word(), &VOTES);
    let [numbers, value] = halves(&vm::load(&slot));
    (Slots(slot), Trace { value, since: bits32(numbers, 0), archived: bits32(numbers, 32) })
}

/// Stores the head of a trace.
pub(crate) fn save_trace(slots: &Slots, trace: &Trace) {
    let numbers = (u128::from(trace.archived) << 32) | u128::from(trace.since);
    vm::save(&slots.0, &join([numbers, trace.value]));
}
