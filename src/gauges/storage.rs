//! Where everything lies. Append only.

use alloy_primitives::{Address, B256};
use escapement_kit::{
    abi,
    packed::{AccountSlots, PoolSlots},
    vm,
};

use crate::error::Error;

/// Slot 1: epoch length (4 bytes above) and controller.
const CONFIG: B256 = B256::with_last_byte(1);
/// Slot 2: the reward token.
pub(crate) const TOKEN: B256 = B256::with_last_byte(2);
/// Slot 3: the treasury.
pub(crate) const TREASURY: B256 = B256::with_last_byte(3);
/// Slot 4: reserve (16 bytes above) and everything owed.
const BOOKS: B256 = B256::with_last_byte(4);
/// Slot 9: pools ever added. (Slots 5 to 8 are the tables of weights and of the pools behind them.)
const COUNT: B256 = B256::with_last_byte(9);
/// Slot 10: `mapping(uint256 key => bytes32)`; pool p has keys 4 p to 4 p + 3.
const POOLS: B256 = B256::with_last_byte(10);
/// Slot 11: `mapping(address account => mapping(uint256 key => bytes32))`; pool p has keys 2 p and 2 p + 1.
const ACCOUNTS: B256 = B256::with_last_byte(11);

/// What never changes.
pub(crate) struct Config {
    pub(crate) controller: Address,
    /// Seconds.
    pub(crate) epoch_length: u32,
}

/// Reads what never changes.
pub(crate) fn config() -> Config {
    let word = vm::load(&CONFIG);
    let [high, _] = abi::halves(&word);
    // The address begins with the low 32 bits of the upper half; above them lies the length.
    let epoch_length = u32::try_from(high >> 32 & u128::from(u32::MAX)).unwrap_or_default();
    Config { controller: Address::from_word(word), epoch_length }
}

/// Writes what never changes.
pub(crate) fn save_config(config: &Config) {
    let [high, low] = abi::halves(&config.controller.into_word());
    vm::save(&CONFIG, &abi::join([high | u128::from(config.epoch_length) << 32, low]));
}

/// The reward token.
pub(crate) fn token() -> Address {
    Address::from_word(vm::load(&TOKEN))
}

/// The treasury.
pub(crate) fn treasury() -> Address {
    Address::from_word(vm::load(&TREASURY))
}

/// The books, base units.
pub(crate) struct Books {
    /// What waits for the treasury.
    pub(crate) reserve: u128,
    /// Everything owed: to the pools, their accounts and the reserve.
    pub(crate) owed: u128,
}

/// Reads the books.
pub(crate) fn books() -> Books {
    let [reserve, owed] = abi::halves(&vm::load(&BOOKS));
    Books { reserve, owed }
}

/// Writes the books.
pub(crate) fn save_books(books: &Books) {
    vm::save(&BOOKS, &abi::join([books.reserve, books.owed]));
}

/// Pools ever added.
pub(crate) fn count() -> u16 {
    u16::try_from(abi::low_u64(&vm::load(&COUNT))).unwrap_or(u16::MAX)
}

/// Writes how many pools were ever added.
pub(crate) fn save_count(count: u16) {
    vm::save(&COUNT, &abi::word(count.into()));
}

/// What a pool is.
pub(crate) struct Info {
    /// Its LP token.
    pub(crate) token: Address,
    /// The weight it stands behind, or stood.
    pub(crate) weight: u8,
    /// Whether it was killed.
    pub(crate) killed: bool,
}

/// Slot of word `n` of a pool.
fn pool_slot(pool: u16, n: u64) -> B256 {
    vm::mapping(&abi::word(u64::from(pool) << 2 | n), &POOLS)
}

/// Reads what a pool is.
///
/// # Errors
///
/// `GaugesUnknownPool`.
pub(crate) fn info(pool: u16) -> Result<Info, Error> {
    let word = vm::load(&pool_slot(pool, 0));
    // A pool has a token, so its word is not zero.
    if word.is_zero() {
        return Err(Error::unknown_pool(pool));
    }
    let [.., killed, weight, _, _, _, _] = abi::halves(&word)[0].to_be_bytes();
    Ok(Info { token: Address::from_word(word), weight, killed: killed != 0 })
}

/// Writes what a pool is: token in the low 20 bytes, the weight in the byte above, whether it was killed in the next.
pub(crate) fn save_info(pool: u16, info: &Info) {
    let [high, low] = abi::halves(&info.token.into_word());
    let high = high | u128::from(info.weight) << 32 | u128::from(info.killed) << 40;
    vm::save(&pool_slot(pool, 0), &abi::join([high, low]));
}

/// Where the rewards of a pool are kept.
pub(crate) fn pool_slots(pool: u16) -> PoolSlots {
    PoolSlots([1, 2, 3].map(|n| pool_slot(pool, n)))
}

/// Where an account's part in a pool is kept.
pub(crate) fn account_slots(pool: u16, account: &Address) -> AccountSlots {
    let root = vm::mapping(&account.into_word(), &ACCOUNTS);
    AccountSlots([0, 1].map(|n| vm::mapping(&abi::word(u64::from(pool) << 1 | n), &root)))
}
