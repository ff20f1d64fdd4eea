//! Every function, every role, every refusal with its numbers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::emission::YEAR;
use escapement_kit::{native, proxied, vm};
use motsu::prelude::*;
use openzeppelin_stylus::access::ownable::{OwnableInvalidOwner, OwnableUnauthorizedAccount};
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageBool, StorageMap, StorageU256},
};

use crate::{error::*, event::*, Error, Minter, Outcome, LAYOUT, SHORTEST_EPOCH, VERSION};

/// Start of epoch 0.
const GENESIS: u64 = 1_800_000_000;
/// A week.
const WEEK: u32 = 604_800;
/// The rate of the fixture's controller: 2 % a year.
const RATE: u32 = 20_000;

/// A controller as the minter sees it: `param(uint8)` and `haltedUntil(uint8)`, answered by words.
#[storage]
struct Controller {
    rate: StorageU256,
    halted_until: StorageU256,
    broken: StorageBool,
}

unsafe impl TopLevelStorage for Controller {}

#[public]
impl Controller {
    fn param(&self, slot: u8) -> Result<U256, Vec<u8>> {
        if self.broken.get() {
            return Err(vec![0xde, 0xad, 0xbe, 0xef]);
        }
        Ok(if slot == 0 { self.rate.get() } else { U256::MAX })
    }

    fn halted_until(&self, scope: u8) -> U256 {
        if scope == 0 {
            self.halted_until.get()
        } else {
            U256::MAX
        }
    }
}

/// A token as the minter sees it.
#[storage]
struct Coin {
    supply: StorageU256,
    cap: StorageU256,
    balances: StorageMap<Address, StorageU256>,
    minter: StorageAddress,
    refuses: StorageBool,
}

unsafe impl TopLevelStorage for Coin {}

#[public]
impl Coin {
    fn total_supply(&self) -> U256 {
        self.supply.get()
    }

    fn cap(&self) -> U256 {
        self.cap.get()
    }

    fn mint(&mut self, to: Address, value: U256) -> Result<(), Vec<u8>> {
        if self.refuses.get() || self.vm().msg_sender() != self.minter.get() {
            return Err(Vec::new());
        }
        self.supply.set(self.supply.get() + value);
        let balance = self.balances.get(to);
        self.balances.insert(to, balance + value);
        Ok(())
    }
}

fn units(tokens: u64) -> U256 {
    U256::from(tokens) * U256::from(10).pow(U256::from(18))
}

/// Supply of the fixture's token.
fn supply() -> U256 {
    units(100_000_000)
}

/// Emission of a week at `rate`, by its definition.
fn week_of(supply: U256, rate: u64) -> U256 {
    supply * U256::from(rate) * U256::from(WEEK) / (U256::from(1_000_000) * U256::from(YEAR))
}

fn bytes(error: Error) -> Vec<u8> {
    error.into()
}

/// The four contracts and the people.
struct World {
    minter: Contract<Minter>,
    controller: Contract<Controller>,
    token: Contract<Coin>,
    governance: Address,
    pool: Address,
}

impl World {
    /// Token and controller ready, the minter behind a proxy, not initialised.
    fn bare() -> Self {
        let (governance, pool) = (Address::with_last_byte(0xa1), Address::with_last_byte(0xb0));
        let world = Self {
            minter: Contract::random(),
            controller: Contract::random(),
            token: Contract::random(),
            governance,
            pool,
        };
        native::set_time(GENESIS - 1_000);
        let minter = world.minter.address();
        world.token.sender(governance).supply.set(supply());
        world.token.sender(governance).cap.set(supply() * U256::from(2));
        world.token.sender(governance).minter.set(minter);
        world.controller.sender(governance).rate.set(U256::from(RATE));
        // As a proxy's storage has it.
        let _ = world.minter.sender(governance).version();
        vm::save(&proxied::IMPLEMENTATION_SLOT, &Address::with_last_byte(0xee).into_word());
        world
    }

    fn initialize_with(&self, genesis: u64, length: u32) -> Result<(), Vec<u8>> {
        self.minter
            .sender(self.governance)
            .initialize(self.governance, self.controller.address(), self.token.address(), self.pool, genesis, length)
            .motsu_res()
            .map_err(bytes)
    }

    /// Everything ready, epochs of a week from `GENESIS`.
    fn new() -> Self {
        let world = Self::bare();
        world.initialize_with(GENESIS, WEEK).unwrap();
        world
    }

    /// Rolls as a stranger, in the middle of epoch `epoch`.
    fn roll(&self, epoch: u64) -> Result<(), Vec<u8>> {
        native::set_time(GENESIS + epoch * u64::from(WEEK) + 1_234);
        self.minter.sender(Address::with_last_byte(0x99)).roll_epoch().motsu_res().map_err(bytes)
    }

    fn set_rate(&self, rate: u64) {
        self.controller.sender(self.governance).rate.set(U256::from(rate));
    }

    fn halt_until(&self, until: u64) {
        self.controller.sender(self.governance).halted_until.set(U256::from(until));
    }

    fn balance(&self) -> U256 {
        self.token.sender(self.pool).balances.get(self.pool)
    }

    fn supply(&self) -> U256 {
        self.token.sender(self.pool).supply.get()
    }

    fn view(&self) -> ContractCall<'_, Minter> {
        self.minter.sender(self.pool)
    }
}

#[motsu::test]
fn initialize_works() {
    let world = World::new();
    let view = || world.view();
    assert_eq!(view().owner(), world.governance);
    assert_eq!(view().controller(), world.controller.address());
    assert_eq!(view().token(), world.token.address());
    assert_eq!(view().recipient(), world.pool);
    assert_eq!((view().genesis(), view().epoch_length()), (GENESIS, WEEK));
    assert_eq!((view().next_epoch(), view().next_roll_at()), (0, GENESIS));
    assert_eq!((view().rate(), view().missed_epochs(), view().halted_epochs()), (0, 0, 0));
    assert_eq!((view().tripped(), view().total_minted()), (false, U256::ZERO));
    assert_eq!(view().mint_window(), (U256::ZERO, supply(), GENESIS - 1_000, GENESIS - 1_000));
    assert_eq!((view().version(), view().layout()), (VERSION, LAYOUT));
    assert!(world.minter.emitted(&Initialized { version: VERSION }));
    assert!(world.minter.emitted(&RecipientChanged { previous: Address::ZERO, recipient: world.pool }));
}

#[motsu::test]
fn initialize_reverts_the_second_time_and_off_the_proxy() {
    let world = World::new();
    let expected = proxied::ProxiedAlreadyInitialized { version: VERSION }.abi_encode();
    assert_eq!(world.initialize_with(GENESIS, WEEK).unwrap_err(), expected);
    let fresh = World::bare();
    let _ = fresh.view().version();
    vm::save(&proxied::IMPLEMENTATION_SLOT, &B256::ZERO);
    assert_eq!(fresh.initialize_with(GENESIS, WEEK).unwrap_err(), proxied::ProxiedNotThroughProxy {}.abi_encode());
}

#[motsu::test]
fn initialize_reverts_when_an_argument_is_wrong() {
    let world = World::bare();
    let (controller, token) = (world.controller.address(), world.token.address());
    let nobody = Address::with_last_byte(0x77);
    let refused = |governance, controller, token, recipient| {
        let error = world
            .minter
            .sender(world.governance)
            .initialize(governance, controller, token, recipient, GENESIS, WEEK)
            .motsu_unwrap_err();
        bytes(error)
    };
    let (governance, pool) = (world.governance, world.pool);
    let zero = Address::ZERO;
    assert_eq!(refused(zero, controller, token, pool), OwnableInvalidOwner { owner: zero }.abi_encode());
    assert_eq!(refused(governance, nobody, token, pool), MinterWithoutCode { account: nobody }.abi_encode());
    assert_eq!(refused(governance, controller, nobody, pool), MinterWithoutCode { account: nobody }.abi_encode());
    assert_eq!(refused(governance, controller, token, zero), MinterInvalidRecipient { recipient: zero }.abi_encode());
    // A token that knows neither cap nor supply.
    let refusal = refused(governance, controller, controller, pool);
    assert!(!refusal.is_empty());
    for length in [0, SHORTEST_EPOCH - 1, YEAR + 1, u32::MAX] {
        let expected = MinterBadEpochLength { length, shortest: SHORTEST_EPOCH, longest: YEAR };
        assert_eq!(world.initialize_with(GENESIS, length).unwrap_err(), expected.abi_encode());
    }
    for length in [SHORTEST_EPOCH, YEAR] {
        World::bare().initialize_with(GENESIS, length).unwrap();
    }
}

#[motsu::test]
fn initialize_after_genesis_owes_no_epochs() {
    let world = World::bare();
    native::set_time(GENESIS + 10 * u64::from(WEEK) + 5);
    world.initialize_with(GENESIS, WEEK).unwrap();
    assert_eq!(world.view().next_epoch(), 10);
    world.roll(10).unwrap();
    assert_eq!(world.view().missed_epochs(), 0);
}

#[motsu::test]
fn roll_epoch_mints_at_the_rate_kept_before() {
    let world = World::new();
    // The first roll only takes the rate over.
    world.roll(0).unwrap();
    assert_eq!((world.balance(), world.view().rate()), (U256::ZERO, RATE));
    // A change of the rate in between does not reach back.
    world.set_rate(10_000);
    world.roll(1).unwrap();
    let first = week_of(supply(), u64::from(RATE));
    assert_eq!((world.balance(), world.view().rate()), (first, 10_000));
    assert_eq!(world.supply(), supply() + first);
    assert!(world.minter.emitted(&EpochRolled {
        epoch: 1,
        outcome: 0,
        minted: first,
        rate: RATE,
        nextRate: 10_000,
        supply: supply(),
    }));
    world.roll(2).unwrap();
    let second = week_of(supply() + first, 10_000);
    assert_eq!(world.balance(), first + second);
    assert_eq!(world.view().total_minted(), first + second);
    assert_eq!(world.view().next_epoch(), 3);
}

#[motsu::test]
fn roll_epoch_reverts_when_the_epoch_is_open_or_none_began() {
    let world = World::new();
    let early = |opens: u64| MinterTooEarly { opensAt: opens }.abi_encode();
    let roll = |time: u64| {
        native::set_time(time);
        world.minter.sender(world.pool).roll_epoch().motsu_res().map_err(bytes)
    };
    assert_eq!(roll(0).unwrap_err(), early(GENESIS));
    assert_eq!(roll(GENESIS - 1).unwrap_err(), early(GENESIS));
    roll(GENESIS).unwrap();
    let next = GENESIS + u64::from(WEEK);
    assert_eq!(roll(GENESIS).unwrap_err(), early(next));
    assert_eq!(roll(next - 1).unwrap_err(), early(next));
    roll(next).unwrap();
    assert_eq!(world.view().next_roll_at(), next + u64::from(WEEK));
}

#[motsu::test]
fn roll_epoch_forgoes_missed_epochs() {
    let world = World::new();
    world.roll(0).unwrap();
    world.roll(9).unwrap();
    // One epoch's emission, not nine.
    assert_eq!(world.balance(), week_of(supply(), u64::from(RATE)));
    assert_eq!(world.view().missed_epochs(), 8);
    assert!(world.minter.emitted(&EpochMissed { first: 1, count: 8 }));
    assert_eq!(world.roll(9).unwrap_err()[..4], MinterTooEarly::SELECTOR);
    world.roll(11).unwrap();
    assert_eq!(world.view().missed_epochs(), 9);
}

#[motsu::test]
fn roll_epoch_mints_nothing_while_halted() {
    let world = World::new();
    world.roll(0).unwrap();
    let end = GENESIS + 2 * u64::from(WEEK);
    world.halt_until(end);
    world.set_rate(15_000);
    world.roll(1).unwrap();
    assert_eq!((world.balance(), world.view().halted_epochs(), world.view().rate()), (U256::ZERO, 1, 15_000));
    assert!(world.minter.emitted(&EpochRolled {
        epoch: 1,
        outcome: 1,
        minted: U256::ZERO,
        rate: RATE,
        nextRate: 15_000,
        supply: supply(),
    }));
    // The halt ends at its second: the next epoch mints again, and the halted one is not made up for.
    native::set_time(end);
    world.minter.sender(world.pool).roll_epoch().motsu_unwrap();
    assert_eq!(world.balance(), week_of(supply(), 15_000));
    assert_eq!(world.view().halted_epochs(), 1);
}

#[motsu::test]
fn breaker_trips_when_an_epoch_is_twice_the_hard_maximum() {
    let world = World::new();
    // 100,000 ppm is twice the highest rate a controller can hold; one more and the controller cannot be trusted.
    world.set_rate(100_001);
    world.roll(0).unwrap();
    world.set_rate(u64::from(RATE));
    world.roll(1).unwrap();
    let amount = week_of(supply(), 100_001);
    let limit = week_of(supply(), 100_000);
    assert_eq!((world.balance(), world.view().tripped()), (U256::ZERO, true));
    assert!(world.minter.emitted(&BreakerTripped { epoch: 1, reason: 1, amount, level: U256::ZERO, limit }));
    // Latched: a sane rate changes nothing, and it trips only once.
    world.roll(2).unwrap();
    assert_eq!(world.balance(), U256::ZERO);
    assert!(world.minter.emitted(&EpochRolled {
        epoch: 2,
        outcome: 2,
        minted: U256::ZERO,
        rate: RATE,
        nextRate: RATE,
        supply: supply(),
    }));
    world.minter.sender(world.governance).reset_breaker().motsu_unwrap();
    assert!(world.minter.emitted(&BreakerReset {}));
    world.roll(3).unwrap();
    assert_eq!(world.balance(), week_of(supply(), u64::from(RATE)));
}

#[motsu::test]
fn an_epoch_at_the_limit_is_minted() {
    let world = World::new();
    world.set_rate(100_000);
    world.roll(0).unwrap();
    world.roll(1).unwrap();
    assert_eq!(world.balance(), week_of(supply(), 100_000));
    assert!(!world.view().tripped());
}

#[motsu::test]
fn breaker_trips_when_the_yearly_window_is_full() {
    let world = World::new();
    world.set_rate(100_000);
    world.roll(0).unwrap();
    // Twice the hard maximum fills a window that leaks at the hard maximum; with 5 % as its height that takes a year
    // (52 epochs, less what the growing supply adds).
    let mut epoch = 0;
    while !world.view().tripped() {
        epoch += 1;
        assert!(epoch < 60, "the window never filled");
        world.roll(epoch).unwrap();
    }
    assert!((45..=53).contains(&epoch), "filled in epoch {epoch}");
    let minted = world.view().total_minted();
    assert_eq!((world.supply(), world.balance()), (supply() + minted, minted));
    // Cap plus what leaked: at most 10 % of the supply at the window's start in its year.
    let cap = supply() / U256::from(20);
    assert!(minted <= cap * U256::from(2) && minted > cap, "minted {minted}");
}

#[motsu::test]
fn a_year_at_the_hard_maximum_never_trips() {
    let world = World::new();
    world.set_rate(50_000);
    world.token.sender(world.governance).cap.set(U256::MAX);
    for epoch in 0..160 {
        world.roll(epoch).unwrap();
        assert!(!world.view().tripped(), "tripped in epoch {epoch}");
    }
    let grown = world.supply() - supply();
    // Three years at 5 %, compounded weekly: between 15 % and 17 %.
    assert!(grown > supply() * U256::from(15) / U256::from(100));
    assert!(grown < supply() * U256::from(17) / U256::from(100));
}

#[motsu::test]
fn roll_epoch_records_when_the_cap_leaves_no_room() {
    let world = World::bare();
    let week = week_of(supply(), u64::from(RATE));
    world.token.sender(world.governance).cap.set(supply() + week);
    world.initialize_with(GENESIS, WEEK).unwrap();
    world.roll(0).unwrap();
    // Exactly the room there is.
    world.roll(1).unwrap();
    assert_eq!(world.supply(), supply() + week);
    // And none for the next: recorded, not reverted, so that epochs go on if holders burn.
    world.roll(2).unwrap();
    assert_eq!(world.supply(), supply() + week);
    assert!(world.minter.emitted(&EpochRolled {
        epoch: 2,
        outcome: 3,
        minted: U256::ZERO,
        rate: RATE,
        nextRate: RATE,
        supply: supply() + week,
    }));
    assert!(!world.view().tripped());
    world.token.sender(world.governance).supply.set(supply());
    world.roll(3).unwrap();
    assert_eq!(world.balance(), week * U256::from(2));
}

#[motsu::test]
fn roll_epoch_reverts_and_records_nothing_when_a_peer_fails() {
    let world = World::new();
    world.roll(0).unwrap();
    let controller = world.controller.address();
    world.controller.sender(world.governance).broken.set(true);
    // The controller's own words are passed on.
    assert_eq!(world.roll(1).unwrap_err(), [0xde, 0xad, 0xbe, 0xef]);
    world.controller.sender(world.governance).broken.set(false);
    world.controller.sender(world.governance).rate.set(U256::from(u64::from(u32::MAX) + 1));
    let bad = MinterBadAnswer { target: controller, length: U256::from(32) }.abi_encode();
    assert_eq!(world.roll(1).unwrap_err(), bad);
    world.set_rate(u64::from(RATE));
    world.controller.sender(world.governance).halted_until.set(U256::MAX);
    assert_eq!(world.roll(1).unwrap_err(), bad);
    world.halt_until(0);
    world.token.sender(world.governance).refuses.set(true);
    assert!(world.roll(1).is_err());
    assert_eq!((world.view().next_epoch(), world.view().total_minted()), (1, U256::ZERO));
    assert_eq!(world.view().mint_window().0, U256::ZERO);
    // The epoch can still be rolled.
    world.token.sender(world.governance).refuses.set(false);
    world.roll(1).unwrap();
    assert_eq!(world.balance(), week_of(supply(), u64::from(RATE)));
}

#[motsu::test]
fn preview_says_what_a_roll_does() {
    let world = World::new();
    native::set_time(GENESIS);
    assert_eq!(world.view().preview().motsu_unwrap(), (Outcome::Minted as u8, U256::ZERO));
    world.roll(0).unwrap();
    let error = world.view().preview().motsu_unwrap_err();
    assert_eq!(bytes(error), MinterTooEarly { opensAt: GENESIS + u64::from(WEEK) }.abi_encode());
    native::set_time(GENESIS + u64::from(WEEK));
    let amount = week_of(supply(), u64::from(RATE));
    assert_eq!(world.view().preview().motsu_unwrap(), (Outcome::Minted as u8, amount));
    world.halt_until(GENESIS + u64::from(WEEK) + 1);
    assert_eq!(world.view().preview().motsu_unwrap(), (Outcome::Halted as u8, amount));
    world.halt_until(0);
    world.token.sender(world.governance).supply.set(supply() * U256::from(2));
    let doubled = week_of(supply() * U256::from(2), u64::from(RATE));
    assert_eq!(world.view().preview().motsu_unwrap(), (Outcome::Capped as u8, doubled));
    // Nothing was written by asking.
    assert_eq!(world.view().next_epoch(), 1);
}

#[motsu::test]
fn only_governance_passes() {
    let world = World::new();
    let heir = Address::with_last_byte(0xc2);
    let strangers =
        [world.pool, heir, world.controller.address(), world.token.address(), Address::with_last_byte(0x99)];
    for account in strangers {
        let denied = OwnableUnauthorizedAccount { account }.abi_encode();
        let mut call = world.minter.sender(account);
        assert_eq!(bytes(call.reset_breaker().motsu_unwrap_err()), denied);
        assert_eq!(bytes(call.set_recipient(account).motsu_unwrap_err()), denied);
        assert_eq!(bytes(call.transfer_ownership(account).motsu_unwrap_err()), denied);
        assert_eq!(bytes(call.accept_ownership().motsu_unwrap_err()), denied);
    }
    let governance = world.governance;
    let not_tripped = MinterNotTripped { caller: governance }.abi_encode();
    assert_eq!(bytes(world.minter.sender(governance).reset_breaker().motsu_unwrap_err()), not_tripped);
    let zero = MinterInvalidRecipient { recipient: Address::ZERO }.abi_encode();
    assert_eq!(bytes(world.minter.sender(governance).set_recipient(Address::ZERO).motsu_unwrap_err()), zero);
    world.minter.sender(governance).set_recipient(heir).motsu_unwrap();
    assert!(world.minter.emitted(&RecipientChanged { previous: world.pool, recipient: heir }));
    assert_eq!(world.view().recipient(), heir);
    world.minter.sender(governance).transfer_ownership(heir).motsu_unwrap();
    assert_eq!(world.view().pending_owner(), heir);
    world.minter.sender(heir).accept_ownership().motsu_unwrap();
    assert_eq!(world.view().owner(), heir);
    assert!(world.minter.sender(governance).set_recipient(governance).motsu_res().is_err());
}

#[motsu::test]
fn migrate_reverts_when_not_newer_or_never_initialised() {
    let world = World::new();
    let refused = bytes(world.minter.sender(world.governance).migrate().motsu_unwrap_err());
    assert_eq!(refused, proxied::ProxiedNotNewer { stored: VERSION, offered: VERSION }.abi_encode());
    let fresh = World::bare();
    let refused = bytes(fresh.minter.sender(fresh.governance).migrate().motsu_unwrap_err());
    assert_eq!(refused, proxied::ProxiedNotInitialized {}.abi_encode());
}

/// The error as the contract encodes it, beside its generated encoding.
macro_rules! same {
    ($($error:expr),+ $(,)?) => {
        $({
            let generated = $error.abi_encode();
            assert_eq!(Vec::<u8>::from(Error::from($error)), generated, "{}", stringify!($error));
        })+
    };
}

#[test]
fn errors_are_encoded_as_solidity_does() {
    let account = Address::repeat_byte(0xab);
    same!(
        MinterTooEarly { opensAt: u64::MAX },
        MinterBadEpochLength { length: 1, shortest: 3_600, longest: YEAR },
        MinterWithoutCode { account },
        MinterInvalidRecipient { recipient: account },
        MinterCallFailed { target: account },
        MinterBadAnswer { target: account, length: U256::MAX },
        MinterNotTripped { caller: account },
        MinterArithmetic { supply: U256::MAX, time: 7 },
        OwnableUnauthorizedAccount { account },
        OwnableInvalidOwner { owner: account },
    );
}

#[motsu::test]
fn storage_layout_is_the_documented_one() {
    let world = World::new();
    world.minter.sender(world.governance).transfer_ownership(world.pool).motsu_unwrap();
    world.roll(0).unwrap();
    world.roll(2).unwrap();
    let minted = world.balance();
    let _ = world.view().version();
    let slot = |number: u64| vm::load(&U256::from(number).into());
    let word = |parts: &[&[u8]]| {
        // Parts from the high end.
        let joined = parts.concat();
        B256::left_padding_from(&joined)
    };
    assert_eq!(slot(0), world.governance.into_word());
    assert_eq!(slot(1), world.pool.into_word());
    assert_eq!(slot(2), world.controller.address().into_word());
    assert_eq!(slot(3), world.token.address().into_word());
    assert_eq!(slot(4), word(&[&WEEK.to_be_bytes(), &GENESIS.to_be_bytes(), world.pool.as_slice()]));
    let (next, missed, halted) = (3u64.to_be_bytes(), 1u64.to_be_bytes(), 0u64.to_be_bytes());
    assert_eq!(slot(5), word(&[&[0], &RATE.to_be_bytes(), &halted, &missed, &next]));
    assert_eq!(slot(6), B256::from(minted));
    assert_eq!(slot(7), B256::from(supply()));
    let written = GENESIS + 2 * u64::from(WEEK) + 1_234;
    assert_eq!(slot(8), word(&[&written.to_be_bytes(), &(GENESIS - 1_000).to_be_bytes()]));
    assert_eq!(slot(9), B256::from(minted));
    assert_eq!(slot(10), B256::from(supply() * U256::from(2)));
    let version = [0u8; 7].iter().chain(&[1]).copied().collect::<Vec<u8>>();
    assert_eq!(vm::load(&proxied::VERSION_SLOT), word(&[&LAYOUT.to_be_bytes(), &version]));
}
