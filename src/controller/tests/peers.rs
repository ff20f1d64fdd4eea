//! Consumers that may refuse a change, and sources that the breaker reads.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{sol, SolError};
use motsu::prelude::*;
use stylus_sdk::{
    prelude::*,
    storage::{StorageBool, StorageU256, StorageU32},
};

use super::world::{World, DAY};
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

/// A token or a vault that tells a number, or a senseless one.
#[storage]
struct Source {
    supply: StorageU256,
    mute: StorageBool,
}

unsafe impl TopLevelStorage for Source {}

#[public]
impl Source {
    fn total_supply(&self) -> Result<U256, Vec<u8>> {
        if self.mute.get() {
            return Err(b"mute".to_vec());
        }
        Ok(self.supply.get())
    }
}

impl Source {
    fn tell(&mut self, supply: U256) {
        self.supply.set(supply);
    }
    fn hush(&mut self) {
        self.mute.set(true);
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

/// CTRL-12: supply and stakes are read from their contracts, and the breaker judges them.
#[motsu::test]
fn observe_trips_on_growth_and_on_the_staking_floor(token: Contract<Source>, vault: Contract<Source>) {
    let mut world = World::at(3);
    let observe = || I::observeCall {};
    world.err(world.stranger, observe(), I::ControllerBadSource { source: Address::ZERO });
    let stranger = Address::from_tag("nobody");
    let call = I::setSourcesCall { token: token.address(), vault: stranger };
    world.err(world.governance, call, I::ControllerBadSource { source: stranger });
    let (token_at, vault_at) = (token.address(), vault.address());
    world.ok(world.governance, I::setSourcesCall { token: token_at, vault: vault_at });
    assert!(world.logged(&E::SourcesChanged { token: token_at, vault: vault_at }));
    let read = world.ok(world.stranger, I::sourcesCall {});
    assert_eq!((read.token, read.vault), (token_at, vault_at));

    let supply = U256::from(1_000_000u64);
    token.sender(world.stranger).tell(supply);
    vault.sender(world.stranger).tell(U256::from(400_000u64));
    assert!(!world.ok(world.stranger, observe()).tripped);
    // 26,213 of 65,536: one unit below 40 %.
    vault.sender(world.stranger).tell(U256::from(399_990u64));
    assert!(world.ok(world.stranger, observe()).tripped);
    let tripped = world.logs::<E::BreakerTripped>().pop().unwrap();
    assert_eq!((tripped.reason, tripped.scope, tripped.value, tripped.limit), (4, 255, 26_213, 26_214));
    assert!(!world.ok(world.stranger, observe()).tripped, "one trip a halt");
    world.pass(7 * DAY);
    vault.sender(world.stranger).tell(U256::from(500_000u64));
    token.sender(world.stranger).tell(supply + U256::from(4_600u64));
    assert!(world.ok(world.stranger, observe()).tripped);
    let tripped = world.logs::<E::BreakerTripped>().pop().unwrap();
    assert_eq!((tripped.reason, tripped.value, tripped.limit), (3, 301, 295));

    for wrong in [U256::MAX, U256::from(1u8) << 128] {
        token.sender(world.stranger).tell(wrong);
        world.err(world.stranger, observe(), I::ControllerBadSource { source: token_at });
    }
    token.sender(world.stranger).tell(supply);
    vault.sender(world.stranger).hush();
    world.err(world.stranger, observe(), I::ControllerBadSource { source: vault_at });
}
