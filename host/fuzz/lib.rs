//! Hands the targets of `escapement-e2e` to libFuzzer, and what they saw as counters of its own.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

pub use escapement_e2e::fuzz;
pub use libfuzzer_sys;

const COUNTERS: usize = 1 << 15;

// libFuzzer reads this section after each run as if it were coverage, and clears it before.
#[unsafe(link_section = "__libfuzzer_extra_counters")]
static SEEN: [AtomicU8; COUNTERS] = [const { AtomicU8::new(0) }; COUNTERS];

/// Counts what a run saw.
pub fn count(features: &[u32]) {
    for feature in features {
        SEEN[*feature as usize % COUNTERS].fetch_add(1, Relaxed);
    }
}

/// The entry point of a target.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        $crate::libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::count(&$crate::fuzz::$name::run(data)));
    };
}
