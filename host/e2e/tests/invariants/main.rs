//! STORM-01 to STORM-04: random histories over all compiled contracts together, against a reference ledger that knows
//! their log and first principles only. After every move the ecosystem invariants I1 to I20 that can be seen from outside
//! must hold (`checks.rs`, `book.rs`, `law.rs`); at the end everybody leaves with everything (`ending.rs`).
//!
//! A history is a seed. A failing one is printed with the shortest sequence of moves found that still breaks the same
//! invariant, and the line to add to `regressions.txt`, whose histories are played first, ever after.
//!
//! ```text
//! cargo test --workspace --locked --test invariants -- --nocapture      (in host/, after scripts/build.sh)
//! ESCAPEMENT_RUNS=10000 ESCAPEMENT_DEPTH=1000 cargo test --workspace --locked --test invariants -- --nocapture
//! ESCAPEMENT_SEED=7 ESCAPEMENT_RUNS=1 ESCAPEMENT_DEPTH=50 cargo test …   another first seed
//! ```
#![allow(missing_docs, clippy::similar_names)]

mod book;
mod checks;
mod ending;
mod history;
mod law;
mod moves;
mod rng;
mod run;
mod stage;
mod views;

use std::{
    env,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use history::{Coverage, History, Theatre};
use moves::{MOVES, Seen};

/// The hostile fixtures.
#[allow(clippy::pedantic)]
mod fixtures {
    alloy_sol_types::sol!(ReentrantPeer, "solidity/artifacts/ReentrantPeer.json");
    alloy_sol_types::sol!(ReentrantReceiver, "solidity/artifacts/ReentrantReceiver.json");
    alloy_sol_types::sol!(TaxedToken, "solidity/artifacts/TaxedToken.json");
}

/// Histories that once failed: seed, depth and, if it was shrunk, the moves kept.
const REGRESSIONS: &str = include_str!("regressions.txt");

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// Plays histories on every core, and shrinks the first that breaks something.
fn play_all(histories: &[History]) -> Coverage {
    let (next, coverage, failed) = (AtomicU64::new(0), Mutex::new(Coverage::default()), Mutex::new(None));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from).min(histories.len()) {
            scope.spawn(|| {
                let theatre = Theatre::new();
                let mut seen = Coverage::default();
                while failed.lock().expect("no panic inside").is_none() {
                    let index = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).expect("few");
                    let Some(history) = histories.get(index) else { break };
                    if let Err(failure) = theatre.play(history, &mut seen) {
                        let report = theatre.shrink(history, &failure);
                        failed.lock().expect("no panic inside").get_or_insert(report);
                    }
                }
                coverage.lock().expect("no panic inside").add(&seen);
            });
        }
    });
    if let Some(report) = failed.into_inner().expect("no panic inside") {
        panic!("{report}");
    }
    coverage.into_inner().expect("no panic inside")
}

/// STORM-01, STORM-02: no invariant breaks, and every move is seen to do what it can.
#[test]
fn storm_01_random_histories_keep_every_invariant() {
    let (runs, depth) = (setting("ESCAPEMENT_RUNS", 256), setting("ESCAPEMENT_DEPTH", 200));
    let first = setting("ESCAPEMENT_SEED", 0);
    let histories: Vec<History> = (0..runs).map(|n| History::of(first + n, depth)).collect();
    let started = Instant::now();
    let coverage = play_all(&histories);
    let elapsed = started.elapsed();
    println!("{coverage}");
    let moves = runs * depth;
    let each = elapsed / u32::try_from(moves.max(1)).expect("32 bits");
    println!("{runs} histories of {depth} moves, {moves} in all, in {elapsed:.1?}, {each:.2?} each");
    if moves < 25_600 {
        // Too few for every rare thing to happen.
        return;
    }
    assert!(coverage.groups.iter().all(|moved| *moved > 0), "a group that no model moved: {:?}", coverage.groups);
    for (one, (done, refused)) in MOVES.iter().zip(coverage.counts()) {
        let wanted = match one.seen {
            Seen::Both => done > 0 && refused > 0,
            Seen::Done => done > 0 && refused == 0,
            Seen::Refused => done == 0 && refused > 0,
        };
        assert!(wanted, "{}: {done} went through, {refused} were refused, wanted {:?}", one.name, one.seen);
    }
}

/// STORM-03: what broke something once does not any more.
#[test]
fn storm_03_histories_that_once_failed_hold() {
    let histories: Vec<History> = REGRESSIONS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.parse().unwrap_or_else(|error| panic!("regressions.txt, {line}: {error}")))
        .collect();
    assert!(!histories.is_empty());
    play_all(&histories);
}

/// STORM-04: a seed gives the same history on every stage, and playing one leaves no trace for the next.
#[test]
fn storm_04_seeds_are_deterministic() {
    let (one, other) = (Theatre::new(), Theatre::new());
    let [first, second] = [History::of(1, 60), History::of(2, 60)];
    let play = |theatre: &Theatre, history| theatre.play(history, &mut Coverage::default()).expect("it holds");
    let ends = [play(&one, &first), play(&one, &second), play(&one, &first)];
    assert_eq!(ends[0], ends[2]);
    assert_ne!(ends[0], ends[1]);
    assert_eq!(play(&other, &second), ends[1]);
}
