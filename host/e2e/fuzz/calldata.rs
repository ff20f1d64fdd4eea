//! Calls of anyone to any contract, through its proxy and past it. What must hold is in [`judge`](super::judge).
//!
//! A call is: place, caller, seconds to wait, kind, and by its kind: 0 a length of two bytes and raw calldata; 1 a function
//! and its arguments; 2 as 1, then edited; 3 a function, which call of it in the [`Cast`](crate::Cast), and how often that is
//! edited. Numbers of lists count on from their beginning.

use super::{Features, Place, Source, Stage, arguments::pick};

/// Most calls of one input.
const CALLS: usize = 8;
const DAY: u64 = 86_400;
/// Seconds between two calls; all together stay below the year after which a program expires.
const WAITS: [u64; 8] = [0, 1, 60, 3_600, DAY, 7 * DAY, 14 * DAY, 30 * DAY];

/// Runs one input.
///
/// # Panics
/// When something that must hold does not.
#[must_use]
pub fn run(data: &[u8]) -> Features {
    let mut source = Source::new(data);
    Stage::run(|stage| {
        let (mut seen, mut clean) = (Vec::new(), true);
        while !source.is_empty() && seen.len() < CALLS {
            let place = &stage.places[usize::from(source.byte()) % stage.places.len()];
            let caller = pick(&stage.callers, source.byte());
            let wait = pick(&WAITS, source.byte());
            if wait > 0 {
                stage.cast.world.net.warp(wait);
            }
            let input = calldata(stage, place, &mut source);
            seen.push(stage.judge(place, caller, &input, &mut clean));
        }
        stage.books();
        seen
    })
}

fn calldata(stage: &Stage, place: &Place, source: &mut Source<'_>) -> Vec<u8> {
    let kind = source.byte() % 4;
    if kind == 0 {
        let length = source.short();
        return source.bytes(length).to_vec();
    }
    let function = &place.functions[usize::from(source.byte()) % place.functions.len()];
    let ready = if kind == 3 { stage.cast.calls(&place.contract, &function.name) } else { Vec::new() };
    let mut input = match (ready.is_empty(), Place::typed(function)) {
        (false, _) => pick(&ready, source.byte()).1,
        (true, true) => stage.known.call(function, source, stage.cast.world.net.now()),
        (true, false) => function.selector().to_vec(),
    };
    if kind >= 2 {
        for _ in 0..source.byte() % 4 {
            source.edit(&mut input);
        }
    }
    input
}
