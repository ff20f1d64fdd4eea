//! Controller and verifier.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall as _;
use escapement_agent::bindings::controller::{IController as C, IControllerEvents as E};
use escapement_core::{policy::Arch, update::Change};

use super::{Bench, Call, Operation, call};
use crate::{Receipt, UpdateBuilder, World, world::Shape};

pub(super) const DAY: u64 = 86_400;
/// 10 % of a step: inside the safe delta, where a group has one.
const SMALL: i32 = 6_554;
/// A whole step.
const WHOLE: i32 = 65_536;
/// Signatures of a measured update.
const SIGNATURES: u8 = 5;

/// Outputs that move every group a little, and scores that shift weight between the pools.
pub(super) fn everything(world: &World, id: u64, groups: &[usize]) -> UpdateBuilder {
    let outputs: Vec<_> = groups.iter().map(|&group| (group, if group == 3 { -SMALL } else { SMALL })).collect();
    let scores: Vec<i32> = (0..world.shape.pools).map(|pool| if pool == 1 { 4 * WHOLE } else { WHOLE }).collect();
    world.propose_scored(id, &outputs, &scores)
}

/// The submission of an update to both controllers, each with its own signatures.
pub(super) fn submission(bench: &Bench, update: &UpdateBuilder) -> [Call; 2] {
    let chain = bench.world.net.chain.chain_id();
    [bench.world.controller, bench.twins.controller].map(|target| {
        let signatures = bench.world.quorum.sign(update.digest(chain, target));
        call(bench.world.stranger, target, &C::submitCall { update: update.bytes(), signatures })
    })
}

/// What an update left waiting: group and payload.
fn queued(receipt: &Receipt) -> Vec<(u8, Bytes)> {
    receipt.events::<E::UpdateQueued>().into_iter().map(|event| (event.group, event.payload)).collect()
}

/// A pair of controllers in the middle of their life: every group has moved once, what waited was executed, and every
/// cooldown is over.
pub(super) fn lived(shape: Shape) -> Bench {
    let bench = Bench::new(World::of(shape));
    let [ours, theirs] = submission(&bench, &everything(&bench.world, 1, &[0, 1, 2, 3, 4, 5, 6]));
    let [receipt, _] = bench.make(&ours, &theirs);
    let both = |from: Address, input: &[u8]| {
        let [ours, theirs] = [bench.world.controller, bench.twins.controller].map(|to| (from, to, input.to_vec()));
        bench.make(&ours, &theirs)
    };
    both(bench.world.council, &C::approveCall { group: 4 }.abi_encode());
    // Shorter waits first: each change must be executed before it expires.
    let mut waiting = queued(&receipt);
    waiting.sort_by_key(|(group, _)| matches!(group, 1 | 4));
    for (days, groups) in [(8, [2, 6]), (7, [1, 4])] {
        bench.world.net.warp(days * DAY);
        for (group, payload) in waiting.iter().filter(|(group, _)| groups.contains(group)) {
            both(bench.world.stranger, &C::executeCall { group: *group, payload: payload.clone() }.abi_encode());
        }
    }
    bench.world.net.warp(200 * DAY);
    bench
}

fn both<K: alloy_sol_types::SolCall>(bench: &Bench, from: Address, input: &K) -> [Call; 2] {
    [bench.world.controller, bench.twins.controller].map(|to| call(from, to, input))
}

pub(super) fn measure() -> Vec<Operation> {
    let shape = Shape::default().signed_by(SIGNATURES);
    let mut bench = lived(shape);
    let all: [usize; 7] = [0, 1, 2, 3, 4, 5, 6];
    for (name, groups) in
        [("update, no change", &all[..0]), ("update, one change", &all[..1]), ("update, all groups, 12-16-16-8", &all)]
    {
        let [ours, theirs] = submission(&bench, &everything(&bench.world, 2, groups));
        bench.measure("controller", name, &ours, &theirs);
    }
    let mut large = lived(Shape { arch: Arch::A2, ..shape });
    let [ours, theirs] = submission(&large, &everything(&large.world, 2, &all));
    large.measure("controller", "update, all groups, 16-64-64-8", &ours, &theirs);
    bench.operations.append(&mut large.operations);

    let [ours, theirs] = submission(&bench, &everything(&bench.world, 2, &[2]));
    let [receipt, _] = bench.make(&ours, &theirs);
    let (council, stranger) = (bench.world.council, bench.world.stranger);
    let [ours, theirs] = both(&bench, council, &C::vetoCall { group: 2 });
    bench.measure("controller", "veto", &ours, &theirs);
    bench.world.net.warp(7 * DAY + 60);
    let (group, payload) = queued(&receipt).remove(0);
    let [ours, theirs] = both(&bench, stranger, &C::executeCall { group, payload });
    bench.measure_and_make("controller", "execute, four changes", &ours, &theirs);
    let [ours, theirs] = both(&bench, council, &C::haltCall { scope: 255 });
    bench.measure("controller", "halt", &ours, &theirs);
    let expected_old = bench.world.value(0);
    let change = Change { slot: 0, expected_old, new: expected_old + 100 };
    let input = C::overrideParamsCall { changes: change.to_wire().to_vec().into() };
    let [ours, theirs] = both(&bench, council, &input);
    bench.measure("controller", "override, one change", &ours, &theirs);
    bench.operations
}
