//! Who is minted to, and what happens to the part of one that fails.

use alloy_primitives::{Address, U256};

use super::world::*;
use crate::{IMinter as I, IMinterEvents as E};

#[motsu::test]
fn set_consumers_works() {
    let world = World::new();
    let seen = world.view(I::consumersCall {});
    assert_eq!((seen.consumers, seen.weights), (world.accounts(), WEIGHTS));
    world.saw(&E::ConsumersChanged { consumers: world.accounts(), weights: WEIGHTS });
    // Fewer: what was there is gone.
    let one = [world.accounts()[2], Address::ZERO, Address::ZERO, Address::ZERO];
    world.ok(world.governance, I::setConsumersCall { consumers: one, weights: [10_000, 0, 0, 0] });
    assert_eq!(world.view(I::consumersCall {}).consumers, one);
    world.roll(0).unwrap();
    world.roll(1).unwrap();
    let emission = week_of(supply(), u64::from(RATE));
    assert_eq!(world.booked(), [U256::ZERO, U256::ZERO, emission - reward_of(emission, LATE)]);
}

#[motsu::test]
fn set_consumers_reverts_when_they_do_not_fit() {
    let world = World::new();
    let [vault, gauges, treasury, zero] = world.accounts();
    let (minter, token, nobody) = (world.minter.address(), world.token.address(), Address::with_last_byte(0x77));
    let refuse = |consumers: [Address; 4], weights: [u16; 4], account: Address| {
        let call = I::setConsumersCall { consumers, weights };
        world.err(world.governance, call, I::MinterBadAccount { account });
    };
    for (weights, sum) in [([6_000, 2_500, 1_499, 0], 9_999), ([6_000, 2_500, 1_501, 0], 10_001), ([0; 4], 0)] {
        let call = I::setConsumersCall { consumers: [vault, gauges, treasury, zero], weights };
        world.err(world.governance, call, I::MinterWeightSum { sum: U256::from(sum) });
    }
    // A gap, a weight without an account, an account without a weight, one twice, the token, the minter itself.
    refuse([vault, zero, gauges, zero], [5_000, 0, 5_000, 0], gauges);
    refuse([vault, zero, zero, zero], [5_000, 5_000, 0, 0], zero);
    refuse([vault, gauges, zero, zero], [10_000, 0, 0, 0], gauges);
    refuse([vault, gauges, vault, zero], [5_000, 2_500, 2_500, 0], vault);
    refuse([vault, token, zero, zero], [5_000, 5_000, 0, 0], token);
    refuse([minter, zero, zero, zero], [10_000, 0, 0, 0], minter);
    let call = I::setConsumersCall { consumers: [vault, nobody, zero, zero], weights: [5_000, 5_000, 0, 0] };
    world.err(world.governance, call, I::MinterWithoutCode { account: nobody });
    assert_eq!(world.view(I::consumersCall {}).consumers, world.accounts());
}

/// MNT-09
#[motsu::test]
fn a_consumer_that_fails_stops_nobody_and_loses_nothing() {
    let world = World::new();
    world.roll(0).unwrap();
    let [_, gauges, ..] = world.accounts();
    world.consumers[1].sender(world.governance).refuses.set(true);
    world.roll(1).unwrap();
    let first = week_of(supply(), u64::from(RATE));
    let [to_vault, to_gauges, to_treasury] = parts_of(first - reward_of(first, LATE));
    assert_eq!(world.booked(), [to_vault, U256::ZERO, to_treasury]);
    // Minted to it, and only the announcement waits.
    assert_eq!(world.balance(gauges), to_gauges);
    assert_eq!(world.minted(), first);
    assert_eq!(world.view(I::unbookedCall { consumer: gauges })._0, to_gauges);
    world.saw(&E::NotBooked { consumer: gauges, amount: to_gauges, unbooked: to_gauges });
    world.roll(2).unwrap();
    let second = week_of(supply() + first, u64::from(RATE));
    let [_, more, _] = parts_of(second - reward_of(second, LATE));
    assert_eq!(world.view(I::unbookedCall { consumer: gauges })._0, to_gauges + more);
    // Still refusing: its own words, and nothing changes.
    let refused = world.send(world.stranger, I::deliverCall { consumer: gauges }).err().unwrap();
    assert_eq!(refused, b"refused");
    assert_eq!(world.view(I::unbookedCall { consumer: gauges })._0, to_gauges + more);
    // Mended: anybody delivers, once, and no new token is made, not even while tripped or halted.
    world.consumers[1].sender(world.governance).refuses.set(false);
    let before = world.supply();
    world.controller(|c| c.halted.set(U256::from(u32::MAX)));
    world.ok(world.stranger, I::deliverCall { consumer: gauges });
    assert_eq!(world.consumers[1].sender(world.stranger).booked.get(), to_gauges + more);
    assert_eq!((world.supply(), world.balance(gauges)), (before, to_gauges + more));
    let nothing = I::MinterNothingUnbooked { consumer: gauges };
    world.err(world.stranger, I::deliverCall { consumer: gauges }, nothing);
    assert_eq!(world.balance(world.minter.address()), U256::ZERO);
}

/// MNT-09: one that was replaced is still told.
#[motsu::test]
fn deliver_works_for_a_consumer_that_was_replaced() {
    let world = World::new();
    world.roll(0).unwrap();
    let [vault, gauges, ..] = world.accounts();
    world.consumers[0].sender(world.governance).refuses.set(true);
    world.roll(1).unwrap();
    let zero = Address::ZERO;
    let call = I::setConsumersCall { consumers: [gauges, zero, zero, zero], weights: [10_000, 0, 0, 0] };
    world.ok(world.governance, call);
    world.consumers[0].sender(world.governance).refuses.set(false);
    let due = world.view(I::unbookedCall { consumer: vault })._0;
    assert!(due > U256::ZERO);
    world.ok(world.stranger, I::deliverCall { consumer: vault });
    assert_eq!(world.booked()[0], due);
}
