//! How the gas of an update grows with signatures, changes and pools.

use serde::{Deserialize, Serialize};

use super::{
    Bench, Call,
    updates::{everything, lived, submission},
};
use crate::{World, world::Shape};

/// A curve: gas of an update by a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Curve {
    /// What the number counts.
    pub by: String,
    /// Its points, ascending.
    pub points: Vec<Point>,
}

/// A point of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The number.
    pub at: u64,
    /// Gas with every program cached.
    pub cached: u64,
    /// Of this, what no code can avoid.
    pub unavoidable: u64,
    /// Gas of the Solidity twin.
    pub twin: u64,
}

fn point(bench: &Bench, at: u64, [ours, theirs]: &[Call; 2]) -> Point {
    let cached = bench.sample("curve", &bench.programs, ours);
    let twin = bench.sample("curve", &[], theirs);
    Point { at, cached: cached.gas, unavoidable: cached.unavoidable.total(), twin: twin.gas }
}

pub(super) fn measure() -> Vec<Curve> {
    let signatures = (3..=9).map(|count| {
        let bench = Bench::new(World::of(Shape::default().signed_by(count)));
        point(&bench, count.into(), &submission(&bench, &everything(&bench.world, 1, &[0])))
    });
    let signatures = Curve { by: "signatures".to_owned(), points: signatures.collect() };

    let bench = lived(Shape::default().signed_by(5));
    let order = [0, 1, 3, 4, 6, 5, 2];
    let changes = (0..=order.len()).map(|count| {
        let update = everything(&bench.world, 2, &order[..count]);
        point(&bench, update.inner.changes.len() as u64, &submission(&bench, &update))
    });
    let changes = Curve { by: "changes".to_owned(), points: changes.collect() };

    let pools = [1, 2, 4, 8, 12, 16, 20, 24, 28, 32].map(|pools| {
        let bench = Bench::new(World::of(Shape { pools, ..Shape::default().signed_by(5) }));
        point(&bench, pools.into(), &submission(&bench, &everything(&bench.world, 1, &[5])))
    });
    let pools = Curve { by: "pools".to_owned(), points: pools.into() };
    vec![signatures, changes, pools]
}
