//! Consumers that may refuse a change, and sources that the breaker reads.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{sol, SolError};
use motsu::prelude::*;
use stylus_sdk::{
    prelude::*,
    storage::{StorageBool, StorageU256, StorageU32},
};

use super::world::{sources, Fixture, World, DAY};
use crate::{IController as I, IControllerEvents as E};

sol! {
    error ConsumerTooHigh(uint8 group, uint32 value, uint32 max);
}

/// A consumer that lives with a first value up to its limit.
#[storage]
struct Consumer {
    max: StorageU32,
}

unsafe impl TopLevelStorage for Consumer {}

#[public]
impl Consumer {
    fn check_params(&self, group: u8, values: Vec<u32>) -> Result<(), Vec<u8>> {
        let max = self.max.get().to();
        match values.first() {
            Some(value) if *value <= max => Ok(()),
            first => Err(ConsumerTooHigh { group, value: first.copied().unwrap_or(0), max }.abi_encode()),
        }
    }
}

impl Consumer {
    fn limit(&mut self, max: u32) {
        self.max.set(alloy_primitives::aliases::U32::from(max));
    }
}

/// A source of any kind that tells a number, or a senseless one.
#[storage]
struct Source {
    supply: StorageU256,
    mute: StorageBool,
}

unsafe impl TopLevelStorage for Source {}

#[public]
impl Source {
    fn total_supply(&self) -> Result<U256, Vec<u8>> {
        self.told()
    }
    fn total_minted(&self) -> Result<U256, Vec<u8>> {
        self.told()
    }
    fn free_funds(&self) -> Result<U256, Vec<u8>> {
        self.told()
    }
    fn turnout(&self) -> Result<U256, Vec<u8>> {
        self.told()
    }
}

impl Source {
    fn told(&self) -> Result<U256, Vec<u8>> {
        if self.mute.get() {
            return Err(b"mute".to_vec());
        }
        Ok(self.supply.get())
    }
    fn tell(&mut self, supply: U256) {
        self.supply.set(supply);
    }
    fn hush(&mut self) {
        self.mute.set(true);
    }
    fn speak(&mut self) {
        self.mute.set(false);
    }
}

fn changes(old: u32, new: u32) -> alloy_primitives::Bytes {
    [&[0][..], &old.to_be_bytes(), &new.to_be_bytes()].concat().into()
}

/// CTRL-11: every way a value changes asks the consumers of its group, and no other.
#[motsu::test]
fn change_reverts_when_a_consumer_refuses(consumer: Contract<Consumer>, other: Contract<Consumer>) {
    let mut world = World::at(3);
    consumer.sender(world.stranger).limit(5_150);
    other.sender(world.stranger).limit(0);
    let set = |index, consumer, groups| I::setConsumerCall { index, consumer, groups };
    world.ok(world.governance, set(7, consumer.address(), 1));
    assert!(world.logged(&E::ConsumerChanged { index: 7, consumer: consumer.address(), groups: 1 }));
    let read = world.ok(world.stranger, I::consumerCall { index: 7 });
    assert_eq!((read.consumer, read.groups), (consumer.address(), 1));
    let refused = |value| ConsumerTooHigh { group: 0, value, max: 5_150 };

    // The council.
    world.ok(world.council, I::overrideParamsCall { changes: changes(5_000, 5_150) });
    world.err(world.council, I::overrideParamsCall { changes: changes(5_150, 5_200) }, refused(5_200));
    assert_eq!(world.param(0), 5_150);
    // The model, at once and lenient.
    world.pass(7 * DAY);
    let (update, outputs) = world.emission(20_000);
    let wanted = update.changes[0].new;
    assert!(wanted > 5_150);
    world.err(world.stranger, World::submission(&update, outputs), refused(wanted));
    world.err(world.stranger, World::attempt(&update, outputs), refused(wanted));
    // Restoring a moment that the consumer can no longer live with.
    let then = world.now as u32;
    world.pass(60);
    world.ok(world.council, I::overrideParamsCall { changes: changes(5_150, 4_900) });
    consumer.sender(world.stranger).limit(5_000);
    world.pass(60);
    let too_high = ConsumerTooHigh { group: 0, value: 5_150, max: 5_000 };
    world.err(world.council, I::restoreCall { timepoint: then }, too_high);
    assert_eq!(world.param(0), 4_900);
    // A consumer of another group is not asked; a removed one neither.
    world.ok(world.governance, set(7, Address::ZERO, 0));
    world.err(world.governance, set(0, other.address(), 0x40), ConsumerTooHigh { group: 6, value: 10_000, max: 0 });
    world.ok(world.council, I::restoreCall { timepoint: then });
    assert_eq!(world.param(0), 5_150);
}

/// CTRL-11 at the end of a wait: what waits is asked about when it is executed.
#[motsu::test]
fn execute_reverts_when_a_consumer_refuses(consumer: Contract<Consumer>) {
    let mut world = World::at(2);
    consumer.sender(world.stranger).limit(5_000);
    world.ok(world.governance, I::setConsumerCall { index: 0, consumer: consumer.address(), groups: 1 });
    world.submit_emission(30_000);
    let queued = world.queued();
    world.pass(u64::from(queued.eta) - world.now);
    let execute = || I::executeCall { group: 0, payload: queued.payload.clone() };
    let value = u32::from_be_bytes(queued.payload[37..41].try_into().unwrap());
    world.err(world.stranger, execute(), ConsumerTooHigh { group: 0, value, max: 5_000 });
    consumer.sender(world.stranger).limit(value);
    world.ok(world.stranger, execute());
    assert_eq!(world.param(0), value);
}

#[motsu::test]
fn set_consumer_reverts_when_it_is_none(consumer: Contract<Consumer>) {
    let world = World::at(3);
    let nobody = Address::from_tag("nobody");
    for (index, account, groups) in
        [(0, nobody, 1), (8, consumer.address(), 1), (0, consumer.address(), 0x80), (0, consumer.address(), 0)]
    {
        let call = I::setConsumerCall { index, consumer: account, groups };
        world.err(world.governance, call, I::ControllerBadConsumer { consumer: account, index, groups });
    }
}

/// The last trip: reason, value and limit.
fn trip(world: &World) -> Option<(u8, i64, i64)> {
    world.logs::<E::BreakerTripped>().pop().map(|trip| (trip.reason, trip.value, trip.limit))
}

/// CTRL-12: every figure is read from its contract, and the breaker judges it.
#[motsu::test]
fn observe_trips_on_each_figure(
    token: Contract<Source>,
    vault: Contract<Source>,
    minter: Contract<Source>,
    treasury: Contract<Source>,
    turnout: Contract<Source>,
) {
    let mut world = World::at(3);
    let observe = || I::observeCall {};
    let all = [&token, &vault, &minter, &treasury, &turnout];
    let tell = |world: &World, figures: [u64; 5]| {
        for (source, figure) in all.iter().zip(figures) {
            source.sender(world.stranger).tell(U256::from(figure));
        }
    };
    let places = all.map(Contract::address);
    world.ok(world.governance, sources(places));
    let [token_at, vault_at, minter_at, treasury_at, turnout_at] = places;
    let event = E::SourcesChanged {
        token: token_at,
        vault: vault_at,
        minter: minter_at,
        treasury: treasury_at,
        turnout: turnout_at,
    };
    assert!(world.logged(&event));
    let read = world.ok(world.stranger, I::sourcesCall {});
    assert_eq!([read.token, read.vault, read.minter, read.treasury, read.turnout], places);

    let rest = [1_000_000, 400_000, 7_000_000, 50_000, 2_000];
    let cases = [
        ([1_004_600, 500_000, 7_004_600, 50_000, 2_000], (3, 301, 295)),
        // 20,100 burned, a tenth of it minted again: one unit more than 2 %.
        ([981_910, 400_000, 7_002_010, 50_000, 2_000], (9, 1_317, 1_311)),
        ([1_000_000, 400_000, 7_000_000, 37_499, 2_000], (10, 16_385, 16_384)),
        // 26,213 of 65,536: one unit below 40 %.
        ([1_000_000, 399_990, 7_000_000, 50_000, 2_000], (4, 26_213, 26_214)),
        ([1_000_000, 400_000, 7_000_000, 50_000, 1_966], (11, 1_966, 1_967)),
    ];
    for (figures, expected) in cases {
        tell(&world, rest);
        // Begins anew, as after every change of the sources.
        world.ok(world.governance, sources(places));
        assert!(!world.ok(world.stranger, observe()).tripped);
        tell(&world, figures);
        assert!(world.ok(world.stranger, observe()).tripped, "{figures:?}");
        assert_eq!(trip(&world), Some(expected));
        assert!(world.ok(world.stranger, I::haltedUntilCall { scope: 255 })._0 as u64 == world.now + 7 * DAY);
        assert!(!world.ok(world.stranger, observe()).tripped, "one trip a halt");
        world.pass(7 * DAY);
    }
}

/// CTRL-12: a source that fails stops the whole reading, whichever it is.
#[motsu::test]
fn observe_reverts_when_a_source_fails(
    token: Contract<Source>,
    vault: Contract<Source>,
    minter: Contract<Source>,
    treasury: Contract<Source>,
    turnout: Contract<Source>,
) {
    let world = World::at(3);
    let observe = || I::observeCall {};
    world.err(world.stranger, observe(), I::ControllerBadSource { source: Address::ZERO });
    let all = [&token, &vault, &minter, &treasury, &turnout];
    let stranger = Address::from_tag("nobody");
    for index in 0..5 {
        let mut places = all.map(Contract::address);
        places[index] = stranger;
        world.err(world.governance, sources(places), I::ControllerBadSource { source: stranger });
    }
    for (index, source) in all.iter().enumerate() {
        let mut places = [token.address(), Address::ZERO, Address::ZERO, Address::ZERO, Address::ZERO];
        places[index] = source.address();
        world.ok(world.governance, sources(places));
        token.sender(world.stranger).tell(U256::from(1_000u64));
        let most = if index == 4 { U256::from(65_536u64) } else { U256::from(1u64) << 96 };
        source.sender(world.stranger).tell(most);
        world.ok(world.stranger, observe());
        for wrong in [most + U256::from(1u64), U256::MAX, U256::from(1u64) << 128] {
            source.sender(world.stranger).tell(wrong);
            world.err(world.stranger, observe(), I::ControllerBadSource { source: source.address() });
        }
        source.sender(world.stranger).hush();
        world.err(world.stranger, observe(), I::ControllerBadSource { source: source.address() });
        if index == 0 {
            source.sender(world.stranger).speak();
        }
    }
}
