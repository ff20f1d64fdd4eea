//! Where everything lies: one struct per storage word, read and written whole. Append only.
//!
//! The table is `tests/snapshots/storage-minter.txt`.

use alloy_primitives::{Address, B256, U256};
use escapement_core::{
    equilibrium::{Meter, Reminted},
    window::Window,
};
use escapement_kit::{
    abi::{halves, join},
    roles::Roles,
    slot::{pack, unpack},
    vm,
};

/// Slot 0: the roles.
pub const ROLES: Roles = Roles(0);
/// Controller, genesis, epoch length.
pub const SETUP: u8 = 1;
/// Token, then the rules.
pub const TOKEN: u8 = 2;
/// Next epoch, counters, kept values, breaker.
pub const PROGRESS: u8 = 3;
/// Burn meter: expected supply, average.
pub const METER: u8 = 4;
/// Yearly window: supply at its start, level.
pub const YEAR_WINDOW: u8 = 5;
/// Window of an epoch: supply at its start, level.
pub const EPOCH_WINDOW: u8 = 6;
/// Starts of both windows, when both were written, epoch of the latest re-mint.
pub const CLOCKS: u8 = 7;
/// Minted in all, re-minted in all.
pub const TOTALS: u8 = 8;
/// Cap of the token, re-minted in the epoch of the latest re-mint.
pub const LIMITS: u8 = 9;
/// First of four consumers with their weights.
pub const CONSUMERS: u8 = 10;
/// Mapping of what consumers were minted and not told of.
pub const UNBOOKED: u8 = 14;
/// Treasury, then the guards of a buy-back.
pub const TREASURY: u8 = 15;
/// Quote token.
pub const QUOTE: u8 = 16;
/// Market, then when the two readings were kept.
pub const POOL: u8 = 17;
/// The older reading.
pub const OLDER: u8 = 18;
/// The newer reading.
pub const NEWER: u8 = 19;
/// Quote kept for buy-backs, burned by revenue and buy-backs.
pub const REVENUE: u8 = 20;
/// Burned and not minted again, at the low end.
pub const CREDIT: u8 = 21;

/// Most consumers.
pub const MAX_CONSUMERS: usize = 4;
/// Bytes of an address at the low end of a word.
const ADDRESS: usize = 20;

/// The word at a slot.
#[inline(never)]
pub fn load(slot: u8) -> B256 {
    vm::load(&B256::with_last_byte(slot))
}

/// Writes the word at a slot.
#[inline(never)]
pub fn save(slot: u8, word: &B256) {
    vm::save(&B256::with_last_byte(slot), word);
}

/// The address at the low end of a slot.
#[inline(never)]
pub fn account(slot: u8) -> Address {
    Address::from_word(load(slot))
}

/// The two numbers of a slot, the one at the high end first.
#[inline(never)]
pub fn two(slot: u8) -> (u128, u128) {
    let [high, low] = halves(&load(slot));
    (high, low)
}

/// Writes an address with numbers above it.
#[inline(never)]
fn save_account(slot: u8, account: &Address, widths: &[u8], numbers: &[u64]) {
    save(slot, &pack(&account.into_word(), ADDRESS, widths, numbers));
}

/// The low bits of a number that was read from a field of that width.
#[allow(clippy::cast_possible_truncation)]
const fn low32(number: u64) -> u32 {
    number as u32
}

/// As [`low32`].
#[allow(clippy::cast_possible_truncation)]
const fn low16(number: u64) -> u16 {
    number as u16
}

/// As [`low32`].
#[allow(clippy::cast_possible_truncation)]
const fn low8(number: u64) -> u8 {
    number as u8
}

/// What never changes.
pub struct Setup {
    /// Where values and halts are read.
    pub controller: Address,
    /// Start of epoch 0, seconds.
    pub genesis: u64,
    /// Seconds in an epoch.
    pub length: u32,
}

impl Setup {
    /// Reads the word.
    pub fn load() -> Self {
        let word = load(SETUP);
        let [genesis, length] = unpack(&word, ADDRESS, &[8, 4]);
        Self { controller: Address::from_word(word), genesis, length: low32(length) }
    }

    /// Writes the word.
    pub fn save(&self) {
        save_account(SETUP, &self.controller, &[8, 4], &[self.genesis, self.length.into()]);
    }
}

/// What governance sets for rolls.
#[derive(Clone, Copy)]
pub struct Rules {
    /// Span of the burn average, epochs; not zero once initialised.
    pub ema_epochs: u8,
    /// Most a roller is paid, bps of the emission.
    pub keeper_bps: u8,
    /// Seconds after an epoch's opening in which that is reached.
    pub keeper_ramp: u32,
    /// Age at which the controller's observations are stale, seconds.
    pub stale_after: u32,
}

const RULES: [u8; 4] = [1, 1, 4, 4];

impl Rules {
    /// Reads the token and the rules.
    pub fn load() -> (Address, Self) {
        let word = load(TOKEN);
        let [ema, keeper, ramp, stale] = unpack(&word, ADDRESS, &RULES);
        let rules = Self {
            ema_epochs: low8(ema),
            keeper_bps: low8(keeper),
            keeper_ramp: low32(ramp),
            stale_after: low32(stale),
        };
        (Address::from_word(word), rules)
    }

    /// The rules as they are handed out and logged.
    pub fn numbers(&self) -> [u64; 4] {
        [self.ema_epochs.into(), self.keeper_bps.into(), self.keeper_ramp.into(), self.stale_after.into()]
    }

    /// Writes the token and the rules.
    pub fn save(&self, token: &Address) {
        save_account(TOKEN, token, &RULES, &self.numbers());
    }
}

/// Where the epochs are, and what is kept from one roll to the next.
#[derive(Clone, Copy)]
pub struct Progress {
    /// First epoch not rolled yet.
    pub next_epoch: u64,
    /// Epochs that nobody rolled.
    pub missed: u32,
    /// Epochs rolled while emission was halted.
    pub halted: u32,
    /// ppm of supply per year.
    pub rate: u32,
    /// bps of revenue.
    pub burn_share: u16,
    /// ppm of supply per epoch.
    pub remint_cap: u32,
    /// Whether the breaker is tripped.
    pub tripped: bool,
}

const PROGRESS_WIDTHS: [u8; 7] = [8, 4, 4, 4, 2, 4, 1];

impl Progress {
    /// Reads the word.
    pub fn load() -> Self {
        let [next_epoch, missed, halted, rate, burn, remint, tripped] = unpack(&load(PROGRESS), 0, &PROGRESS_WIDTHS);
        Self {
            next_epoch,
            missed: low32(missed),
            halted: low32(halted),
            rate: low32(rate),
            burn_share: low16(burn),
            remint_cap: low32(remint),
            tripped: tripped != 0,
        }
    }

    /// Writes the word.
    pub fn save(&self) {
        let numbers = [
            self.next_epoch,
            self.missed.into(),
            self.halted.into(),
            self.rate.into(),
            self.burn_share.into(),
            self.remint_cap.into(),
            self.tripped.into(),
        ];
        save(PROGRESS, &pack(&B256::ZERO, 0, &PROGRESS_WIDTHS, &numbers));
    }
}

/// The two windows and the counter of re-mint, which share a word of clocks.
#[derive(Clone, Copy)]
pub struct Gauge {
    /// The yearly window.
    pub year: Window,
    /// The window of an epoch.
    pub epoch: Window,
    /// The latest re-mint.
    pub reminted: Reminted,
    /// Cap of the token, base units.
    pub token_cap: u128,
}

const CLOCK_WIDTHS: [u8; 4] = [8, 8, 8, 8];

impl Gauge {
    /// Reads the four words.
    pub fn load() -> Self {
        let [year, epoch, updated_at, reminted] = unpack(&load(CLOCKS), 0, &CLOCK_WIDTHS);
        let window = |slot: u8, started_at: u64| {
            let (base, level) = two(slot);
            Window { level: U256::from(level), base: U256::from(base), started_at, updated_at }
        };
        let (token_cap, amount) = two(LIMITS);
        Self {
            year: window(YEAR_WINDOW, year),
            epoch: window(EPOCH_WINDOW, epoch),
            reminted: Reminted { epoch: reminted, amount },
            token_cap,
        }
    }

    /// Writes the four words. Both windows were written at the same moment; bases and levels fit 128 bits, since the
    /// supply does and caps are parts of it. `None` otherwise.
    pub fn save(&self) -> Option<()> {
        for (slot, window) in [(YEAR_WINDOW, &self.year), (EPOCH_WINDOW, &self.epoch)] {
            let (base, level) = (u128::try_from(window.base).ok()?, u128::try_from(window.level).ok()?);
            save(slot, &join([base, level]));
        }
        let clocks = [self.year.started_at, self.epoch.started_at, self.year.updated_at, self.reminted.epoch];
        save(CLOCKS, &pack(&B256::ZERO, 0, &CLOCK_WIDTHS, &clocks));
        save(LIMITS, &join([self.token_cap, self.reminted.amount]));
        Some(())
    }
}

/// Reads the burn meter.
pub fn meter() -> Meter {
    let ((expected, average), (_, credit)) = (two(METER), two(CREDIT));
    Meter { expected, average, credit }
}

/// Writes the burn meter.
pub fn save_meter(meter: &Meter) {
    save(METER, &join([meter.expected, meter.average]));
    save(CREDIT, &join([0, meter.credit]));
}
