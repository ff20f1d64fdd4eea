//! Traces against a plain list.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::{collections::BTreeMap, vec::Vec};

use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct Memory {
    words: BTreeMap<u32, [u128; 2]>,
    written: u32,
}

impl Archive for Memory {
    fn load(&self, number: u32) -> [u128; 2] {
        self.words.get(&number).copied().unwrap_or_default()
    }
    fn save(&mut self, number: u32, halves: [u128; 2]) {
        self.words.insert(number, halves);
        self.written += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// CHK-01, CHK-02, CHK-03.
    #[test]
    fn chk_01_every_past_moment_gives_its_value(
        changes in prop::collection::vec((0..4u32, prop_oneof![0..10u128, 0..=MAX_VALUE]), 0..60),
        start in prop_oneof![1..10u32, Just(1_800_000_000), Just(u32::MAX - 200)],
    ) {
        let (mut trace, mut memory, mut now) = (Trace::default(), Memory::default(), start);
        let mut plain: Vec<(u32, u128)> = Vec::new();
        for (wait, value) in changes {
            now += wait;
            let before = memory.written;
            prop_assert_eq!(trace.push(&mut memory, now, value), Ok(()));
            prop_assert!(memory.written <= before + 1);
            // CHK-02: a second change at the same moment replaces the first.
            if plain.last().is_some_and(|(at, _)| *at == now) {
                plain.pop();
                prop_assert_eq!(memory.written, before, "CHK-02");
            }
            plain.push((now, value));
        }
        prop_assert_eq!(trace.archived as usize, plain.len().saturating_sub(1));
        prop_assert_eq!(memory.words.len(), (trace.archived as usize).div_ceil(2), "CHK-03");
        for moment in (start.saturating_sub(2)..=now.saturating_add(2)).chain([0, u32::MAX]) {
            let expected = plain.iter().rev().find(|(at, _)| *at <= moment).map_or(0, |(_, value)| *value);
            prop_assert_eq!(trace.at(&memory, moment), expected, "at {}", moment);
        }
    }
}

/// CHK-04: refusals, with their numbers, and nothing changed by them.
#[test]
fn chk_04_refusals_leave_no_trace() {
    let (mut trace, mut memory) = (Trace::default(), Memory::default());
    trace.push(&mut memory, 10, 5).unwrap();
    let before = trace;
    assert_eq!(trace.push(&mut memory, 9, 6), Err(TraceError::Backwards { now: 9, last: 10 }));
    assert_eq!(trace.push(&mut memory, 11, MAX_VALUE + 1), Err(TraceError::Math(MathError::Overflow)));
    assert_eq!((trace, memory.written), (before, 0));
    let mut largest = trace;
    assert_eq!((largest.push(&mut memory, 10, MAX_VALUE), largest.value), (Ok(()), MAX_VALUE));
    let mut full = Trace { archived: u32::MAX, ..trace };
    assert_eq!(full.push(&mut memory, 11, 1), Err(TraceError::Math(MathError::Overflow)));
    assert_eq!((full.value, full.since), (5, 10));
}

/// CHK-05: the search reads a number of words that grows with the logarithm of the length.
#[test]
fn chk_05_search_is_logarithmic() {
    struct Counting(Memory, core::cell::Cell<u32>);
    impl Archive for Counting {
        fn load(&self, number: u32) -> [u128; 2] {
            self.1.set(self.1.get() + 1);
            self.0.load(number)
        }
        fn save(&mut self, number: u32, halves: [u128; 2]) {
            self.0.save(number, halves);
        }
    }
    let (mut trace, mut memory) = (Trace::default(), Counting(Memory::default(), core::cell::Cell::default()));
    for moment in 1..=100_000 {
        trace.push(&mut memory, moment, moment.into()).unwrap();
    }
    for moment in [0, 1, 2, 49_999, 50_000, 99_998, 99_999] {
        memory.1.set(0);
        assert_eq!(trace.at(&memory, moment), moment.into());
        assert!(memory.1.get() <= 17, "{} words read", memory.1.get());
    }
    memory.1.set(0);
    assert_eq!(trace.at(&memory, 100_000), 100_000);
    assert_eq!(memory.1.get(), 0);
}
