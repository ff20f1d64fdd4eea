//! Where everything lies. Append only.

use alloy_primitives::{Address, B256, U256};
use escapement_core::{grants::Shares, vesting::Stream};
use escapement_kit::{abi, vm};

use crate::error::Error;

/// Slot 1: the controller.
pub(crate) const CONTROLLER: B256 = B256::with_last_byte(1);
/// Slot 2: the token.
pub(crate) const TOKEN: B256 = B256::with_last_byte(2);
/// Slot 3: free funds (16 bytes above) and everything in the books.
const FUNDS: B256 = B256::with_last_byte(3);
/// Slots 4 to 7: the stream.
const STREAM: [B256; 4] =
    [B256::with_last_byte(4), B256::with_last_byte(5), B256::with_last_byte(6), B256::with_last_byte(7)];
/// Slot 8: rounds ever opened.
const COUNT: B256 = B256::with_last_byte(8);
/// Slot 9: `mapping(uint256 key => bytes32)`; round r has keys 16 r to 16 r + 11.
const ROUNDS: B256 = B256::with_last_byte(9);
/// Slot 10: `mapping(uint256 round => mapping(uint256 word => bits))`: grants that were claimed.
const CLAIMED: B256 = B256::with_last_byte(10);

/// The controller.
pub(crate) fn controller() -> Address {
    Address::from_word(vm::load(&CONTROLLER))
}

/// The token.
pub(crate) fn token() -> Address {
    Address::from_word(vm::load(&TOKEN))
}

/// The books, base units.
#[derive(Clone, Copy)]
pub(crate) struct Funds {
    /// What governance may spend.
    pub(crate) free: u128,
    /// Everything: free, escrowed for the stream, escrowed for rounds.
    pub(crate) owed: u128,
}

impl Funds {
    /// Reads the books.
    pub(crate) fn load() -> Self {
        let [free, owed] = abi::halves(&vm::load(&FUNDS));
        Self { free, owed }
    }

    /// Writes the books.
    pub(crate) fn save(&self) {
        vm::save(&FUNDS, &abi::join([self.free, self.owed]));
    }

    /// Adds `amount` that is held and not yet in the books.
    pub(crate) fn receive(&mut self, amount: u128) -> Result<(), Error> {
        self.owed = self.owed.checked_add(amount).ok_or_else(Error::arithmetic)?;
        self.give_back(amount)
    }

    /// Takes `amount` of the free funds for a stream or a round.
    pub(crate) fn escrow(&mut self, amount: u128) -> Result<(), Error> {
        self.free = self.free.checked_sub(amount).ok_or_else(|| Error::insufficient(self.free, amount))?;
        Ok(())
    }

    /// Returns `amount` of a stream or a round to the free funds.
    pub(crate) fn give_back(&mut self, amount: u128) -> Result<(), Error> {
        self.free = self.free.checked_add(amount).ok_or_else(Error::arithmetic)?;
        Ok(())
    }

    /// Takes `amount` of what is escrowed out of the books, to be paid.
    pub(crate) fn pay(&mut self, amount: u128) -> Result<(), Error> {
        self.owed = self.owed.checked_sub(amount).ok_or_else(Error::arithmetic)?;
        Ok(())
    }
}

/// The stream and whom it pays.
pub(crate) struct Vesting {
    /// Whom it pays; zero if no stream was ever opened.
    pub(crate) beneficiary: Address,
    /// Last speed that was refused for lack of runway, bps; 0 if none since the speed in force was.
    pub(crate) refused: u32,
    /// The stream.
    pub(crate) stream: Stream,
}

/// `count` bits of `word` above `from`.
fn bits(word: u128, from: u32, count: u32) -> u64 {
    let mask = (1u128 << count).wrapping_sub(1);
    u64::try_from((word >> from) & mask).unwrap_or(u64::MAX)
}

/// As [`bits`], for at most 32.
fn bits32(word: u128, from: u32) -> u32 {
    u32::try_from(bits(word, from, 32)).unwrap_or(u32::MAX)
}

impl Vesting {
    /// Reads the stream.
    pub(crate) fn load() -> Self {
        let [first, second, third, fourth] = STREAM.map(|slot| vm::load(&slot));
        let [high, _] = abi::halves(&first);
        let [base, amount] = abi::halves(&second);
        let [released, clock] = abi::halves(&third);
        let [ends, duration] = abi::halves(&fourth);
        Self {
            beneficiary: Address::from_word(first),
            refused: bits32(high, 64),
            stream: Stream {
                base,
                amount,
                released,
                progress: bits(clock, 0, 64),
                updated_at: bits(clock, 64, 64),
                speed: bits32(high, 32),
                cliff: bits(ends, 0, 64),
                duration: bits32(duration, 0),
                fixed_end: bits(ends, 64, 64),
            },
        }
    }

    /// Writes the stream.
    pub(crate) fn save(&self) {
        let stream = &self.stream;
        let [high, low] = abi::halves(&self.beneficiary.into_word());
        let high = high | u128::from(stream.speed) << 32 | u128::from(self.refused) << 64;
        let clock = u128::from(stream.updated_at) << 64 | u128::from(stream.progress);
        let ends = u128::from(stream.fixed_end) << 64 | u128::from(stream.cliff);
        let words = [
            abi::join([high, low]),
            abi::join([stream.base, stream.amount]),
            abi::join([stream.released, clock]),
            abi::join([ends, u128::from(stream.duration)]),
        ];
        for (slot, word) in STREAM.iter().zip(&words) {
            vm::save(slot, word);
        }
    }
}

/// Rounds ever opened.
pub(crate) fn rounds() -> u32 {
    u32::try_from(abi::low_u64(&vm::load(&COUNT))).unwrap_or(u32::MAX)
}

/// Writes how many rounds were ever opened.
pub(crate) fn save_rounds(count: u32) {
    vm::save(&COUNT, &abi::word(count.into()));
}

/// A round without its root and categories.
pub(crate) struct Round {
    /// 1 open, 2 disabled, 3 closed; 0 if there is none.
    pub(crate) state: u8,
    /// Budget and weight.
    pub(crate) shares: Shares,
    /// What was not claimed, base units.
    pub(crate) left: u128,
    /// When claims open, seconds.
    pub(crate) opens_at: u64,
    /// When claims close, seconds.
    pub(crate) deadline: u64,
    /// Categories.
    pub(crate) count: u8,
    /// Their multipliers, bps, 16 bits each, the first one lowest.
    pub(crate) multipliers: u128,
}

/// Slot of word `n` of a round.
fn round_slot(round: u32, n: u64) -> B256 {
    vm::mapping(&abi::word(u64::from(round) << 4 | n), &ROUNDS)
}

impl Round {
    /// Reads a round.
    pub(crate) fn load(round: u32) -> Self {
        let weight = U256::from_be_bytes(vm::load(&round_slot(round, 1)).0);
        let [budget, left] = abi::halves(&vm::load(&round_slot(round, 2)));
        let [multipliers, rest] = abi::halves(&vm::load(&round_slot(round, 3)));
        Self {
            state: rest.to_le_bytes()[0],
            shares: Shares { budget, weight },
            left,
            opens_at: bits(rest, 64, 48),
            deadline: bits(rest, 16, 48),
            count: rest.to_le_bytes()[1],
            multipliers,
        }
    }

    /// Writes a round; its moments fit 48 bits.
    pub(crate) fn save(&self, round: u32) {
        let moments = u128::from(self.opens_at) << 64 | u128::from(self.deadline) << 16;
        let rest = moments | u128::from(self.count) << 8 | u128::from(self.state);
        vm::save(&round_slot(round, 1), &self.shares.weight.into());
        vm::save(&round_slot(round, 2), &abi::join([self.shares.budget, self.left]));
        vm::save(&round_slot(round, 3), &abi::join([self.multipliers, rest]));
    }

    /// Multiplier of a category, bps.
    pub(crate) fn multiplier(&self, category: u8) -> u32 {
        let shifted = self.multipliers.checked_shr(u32::from(category).saturating_mul(16)).unwrap_or_default();
        u32::try_from(bits(shifted, 0, 16)).unwrap_or_default()
    }
}

/// Root of a round.
pub(crate) fn root(round: u32) -> B256 {
    vm::load(&round_slot(round, 0))
}

/// Writes the root of a round.
pub(crate) fn save_root(round: u32, root: &B256) {
    vm::save(&round_slot(round, 0), root);
}

/// Declared and claimed base of a category, base units.
pub(crate) fn category(round: u32, category: u8) -> [u128; 2] {
    abi::halves(&vm::load(&round_slot(round, u64::from(category).saturating_add(4))))
}

/// Writes declared and claimed base of a category.
pub(crate) fn save_category(round: u32, category: u8, declared: u128, claimed: u128) {
    vm::save(&round_slot(round, u64::from(category).saturating_add(4)), &abi::join([declared, claimed]));
}

/// Slot and bit of a grant.
fn claim_bit(round: u32, index: u32) -> (B256, U256) {
    let slot = vm::mapping(&abi::word(u64::from(index >> 8)), &vm::mapping(&abi::word(round.into()), &CLAIMED));
    let bit = U256::ONE.checked_shl(usize::from(index.to_le_bytes()[0])).unwrap_or_default();
    (slot, bit)
}

/// Whether a grant was claimed.
pub(crate) fn is_claimed(round: u32, index: u32) -> bool {
    let (slot, bit) = claim_bit(round, index);
    !(U256::from_be_bytes(vm::load(&slot).0) & bit).is_zero()
}

/// Marks a grant as claimed.
pub(crate) fn set_claimed(round: u32, index: u32) {
    let (slot, bit) = claim_bit(round, index);
    vm::save(&slot, &(U256::from_be_bytes(vm::load(&slot).0) | bit).into());
}
