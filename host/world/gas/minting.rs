//! The minter, and a setter in the manner of SP-BEAM.

use alloy_primitives::Address;
use escapement_agent::bindings::{controller::IController as C, minter::IMinter as M};
use escapement_core::{param::Slot, update::Change};

use super::{Bench, Operation, call};
use crate::{
    World,
    twins::bindings::{MinterTwin, SpBeamTwin as B, StakingTwin},
};

const WEEK: u64 = 604_800;

/// Rolls of an epoch that reach one consumer, the vault or its twin with votes.
fn rolls() -> Vec<Operation> {
    let mut bench = Bench::new(World::new());
    bench.world.connect();
    let (world, twins) = (bench.world.clone(), bench.twins.clone());
    let (net, governance, stranger) = (&world.net, world.governance, world.stranger);
    let mut consumers = M::setConsumersCall { consumers: [Address::ZERO; 4], weights: [0; 4] };
    (consumers.consumers[0], consumers.weights[0]) = (world.vault, 10_000);
    net.send(governance, world.minter, &consumers).expect("one consumer");
    let consumers = [twins.votes, Address::ZERO, Address::ZERO, Address::ZERO];
    let call_twin = MinterTwin::setConsumersCall { accounts: consumers, weights: [10_000, 0, 0, 0] };
    net.send(governance, twins.minter, &call_twin).expect("one consumer");
    let named = StakingTwin::setMinterCall { minter_: twins.minter };
    net.send(governance, twins.votes, &named).expect("governance names the minter");

    let ours = call(stranger, world.minter, &M::rollEpochCall {});
    let theirs = call(stranger, twins.minter, &MinterTwin::rollEpochCall {});
    let genesis = net.view(world.minter, &M::genesisCall {}).expect("a plain view");
    let open = |epoch: u64| net.warp(genesis + epoch * WEEK + 60 - net.now());
    for epoch in 1..=3 {
        open(epoch);
        bench.make(&ours, &theirs);
    }
    open(4);
    bench.measure("minter", "roll of an epoch", &ours, &theirs);
    bench.operations
}

/// The council sets values without a model, beside a steward's setter.
fn settings() -> Vec<Operation> {
    let mut bench = Bench::new(World::new());
    let (world, twins) = (bench.world.clone(), bench.twins.clone());
    for slot in (3..=6).filter_map(Slot::new) {
        let rules = slot.default_rules();
        let (min, max, step) = (rules.gov_min, rules.gov_max, rules.step_up.abs);
        let rate = B::Rate { value: world.value(slot.number()), min, max, step };
        let call = B::fileCall { id: slot.number(), rate_: rate };
        world.net.send(world.governance, twins.setter, &call).expect("governance files it");
    }
    for (round, name, slots) in [(0, "", 3..=6), (1, "set one value", 6..=6), (1, "set four values", 3..=6)] {
        let (mut changes, mut values) = (Vec::new(), Vec::new());
        for slot in slots {
            let expected_old = world.value(slot);
            let new = expected_old + 10;
            changes.extend(Change { slot, expected_old, new }.to_wire());
            values.push(B::Change { id: slot, value: new });
        }
        let ours = call(world.council, world.controller, &C::overrideParamsCall { changes: changes.into() });
        let theirs = call(world.council, twins.setter, &B::setCall { changes: values });
        if round == 0 {
            // The first of its kind writes to slots that were never used.
            bench.make(&ours, &theirs);
        } else {
            bench.measure("controller against a setter like SP-BEAM", name, &ours, &theirs);
        }
    }
    bench.operations
}

pub(super) fn measure() -> Vec<Operation> {
    let mut operations = rolls();
    operations.extend(settings());
    operations
}
