//! What the vault keeps, and in which words. The table is `tests/snapshots/storage-vault.txt`; it is append-only.
//!
//! Fields that change together share a word, and a call reads and writes each word at most once: it loads a struct, works
//! on it with the core's rules, and stores it.

use alloy_primitives::{Address, B256, U256};
use escapement_core::{
    fixed::MathError,
    lock::{Curve, KNOTS},
    reward::Pool,
};
use escapement_kit::{
    abi::{halves, join},
    roles::Roles,
    vm,
};

/// Slot 0: the roles, in OpenZeppelin's layout.
pub(crate) const ROLES: Roles = Roles(0);
/// Slot 1: [`Terms`].
pub(crate) const TERMS: B256 = B256::with_last_byte(1);
/// Slot 2: the minter, and the curve for new locks in the ten bytes above it.
pub(crate) const MINTER: B256 = B256::with_last_byte(2);
/// Slot 3: the controller.
pub(crate) const CONTROLLER: B256 = B256::with_last_byte(3);
/// Slot 4: the pool's index in 24 bytes, and above it the moment of the last change in 8.
pub(crate) const INDEX: B256 = B256::with_last_byte(4);
/// Slot 5: everything owed in the lower half, sum of weights in the upper.
pub(crate) const WEIGHT: B256 = B256::with_last_byte(5);
/// Slot 6: stream per second and its end (5 bytes) in the lower half, what neither streams nor is given away in the upper.
pub(crate) const STREAM: B256 = B256::with_last_byte(6);
/// Slot 7: funded since the beginning.
pub(crate) const FUNDED: B256 = B256::with_last_byte(7);
/// Slot 8: `mapping(address => Holder)`.
pub(crate) const HOLDERS: B256 = B256::with_last_byte(8);
/// Slot 9: `mapping(address => Votes)`; those of address zero are everything staked.
pub(crate) const VOTES: B256 = B256::with_last_byte(9);

/// Bits of the end of the stream.
const END_BITS: u32 = 40;
/// The low 64 bits of a half.
const LOW_64: u128 = u64::MAX as u128;

/// Low `bits` bits of a half.
#[allow(clippy::cast_possible_truncation)] // the mask is the narrowing
pub(crate) fn low(half: u128, bits: u32) -> u64 {
    (half & LOW_64) as u64 & (u64::MAX >> 64u32.saturating_sub(bits))
}

/// Bits of a half from `at` on, at most 32 of them.
#[allow(clippy::cast_possible_truncation)] // the mask is the narrowing
pub(crate) fn bits32(half: u128, at: u32) -> u32 {
    (half.checked_shr(at).unwrap_or(0) & u128::from(u32::MAX)) as u32
}

/// Bits of a half from `at` on, at most 16 of them.
#[allow(clippy::cast_possible_truncation)] // the mask is the narrowing
pub(crate) fn bits16(half: u128, at: u32) -> u16 {
    (half.checked_shr(at).unwrap_or(0) & u128::from(u16::MAX)) as u16
}

/// The account in the low 20 bytes of a word.
pub(crate) fn account(word: &B256) -> Address {
    Address::from_word(*word)
}

/// A word with `account` in its low 20 bytes and `above` in the 12 bytes over it.
pub(crate) fn beside(account: &Address, above: u128) -> B256 {
    let [upper, lower] = halves(&account.into_word());
    // The address takes 32 bits of the upper half.
    join([above.checked_shl(32).unwrap_or(0) | upper, lower])
}

/// The 12 bytes over an address.
pub(crate) fn above(word: &B256) -> u128 {
    let [upper, _] = halves(word);
    upper >> 32
}

/// What governance sets, and the token.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    /// What is staked and paid.
    pub token: Address,
    /// Seconds that an exit waits.
    pub cooldown: u32,
    /// Penalty of leaving at the very beginning of a lock, bps.
    pub penalty: u16,
    /// Seconds over which rewards stream.
    pub epoch: u32,
}

impl Terms {
    pub(crate) fn load() -> Self {
        let word = vm::load(&TERMS);
        let numbers = above(&word);
        Self {
            token: account(&word),
            cooldown: bits32(numbers, 0),
            penalty: bits16(numbers, 32),
            epoch: bits32(numbers, 48),
        }
    }

    pub(crate) fn save(&self) {
        let numbers = (u128::from(self.epoch) << 48) | (u128::from(self.penalty) << 32) | u128::from(self.cooldown);
        vm::save(&TERMS, &beside(&self.token, numbers));
    }
}

/// The minter and the curve for new locks.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    /// Who may bring rewards.
    pub minter: Address,
    /// The curve for new locks.
    pub curve: Curve,
}

impl Source {
    pub(crate) fn load() -> Self {
        let word = vm::load(&MINTER);
        let numbers = above(&word);
        let mut knots = [0; KNOTS];
        for (knot, at) in knots.iter_mut().zip([0, 16, 32, 48, 64]) {
            *knot = bits16(numbers, at);
        }
        Self { minter: account(&word), curve: Curve::stored(knots) }
    }

    pub(crate) fn save(&self) {
        let numbers = self.curve.knots().iter().rev().fold(0, |rest: u128, knot| (rest << 16) | u128::from(*knot));
        vm::save(&MINTER, &beside(&self.minter, numbers));
    }
}

/// The pool of rewards, and what the vault owes.
///
/// Packed here and not by the kit's `PoolSlots`: what is owed shares a word with the weights, which keeps every call at
/// three words, where a pool of the kit and the books beside it are four. Sharing its code for the two other words made
/// the module 251 bytes larger (1.2 %), its `AccountSlots` for a [`Holder`](crate::holder::Holder) 181 bytes.
#[derive(Clone, Copy)]
pub(crate) struct Books {
    /// The pool. `funded` lies in a word of its own that few calls need; see [`Books::load_funded`].
    pub pool: Pool,
    /// Everything that is owed: stakes, exits, and rewards, given away or not.
    pub owed: u128,
}

impl Books {
    pub(crate) fn load() -> Self {
        let [a, b, c, updated_at] = *U256::from_be_bytes(vm::load(&INDEX).0).as_limbs();
        let [weight, owed] = halves(&vm::load(&WEIGHT));
        let [unallocated, stream] = halves(&vm::load(&STREAM));
        let pool = Pool {
            index: U256::from_limbs([a, b, c, 0]),
            updated_at,
            rate: stream >> END_BITS,
            ends_at: low(stream, END_BITS),
            unallocated,
            weight,
            ..Pool::default()
        };
        Self { pool, owed }
    }

    /// Reads what was funded since the beginning.
    pub(crate) fn load_funded(&mut self) {
        let [_, funded] = halves(&vm::load(&FUNDED));
        self.pool.funded = funded;
    }

    /// Writes it.
    pub(crate) fn save_funded(&self) {
        vm::save(&FUNDED, &join([0, self.pool.funded]));
    }

    pub(crate) fn save(&self) -> Result<(), MathError> {
        let pool = &self.pool;
        let [a, b, c, high] = *pool.index.as_limbs();
        // The pool bounds its index to 186 bits; an epoch of an hour or more bounds the rate to 2^96 / 3,600.
        if high != 0 || pool.rate >> (128 - END_BITS) != 0 || pool.ends_at >> END_BITS != 0 {
            return Err(MathError::Overflow);
        }
        let index = U256::from_limbs([a, b, c, pool.updated_at]);
        vm::save(&INDEX, &B256::new(index.to_be_bytes()));
        vm::save(&WEIGHT, &join([pool.weight, self.owed]));
        vm::save(&STREAM, &join([pool.unallocated, (pool.rate << END_BITS) | u128::from(pool.ends_at)]));
        Ok(())
    }
}
