#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]
use super::*;
use crate::engine::MemoryLedger;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::vec::Vec;

#[test]
fn hist_01_every_slot_has_a_place_of_its_own() {
    let places: BTreeSet<(usize, usize)> = Slot::all().map(place).collect();
    assert_eq!(places.len(), 51);
    assert!(places.iter().all(|(page, at)| *page < PAGES && *at <= 24 && at % 4 == 0));
    // The layout is part of the contract's interface.
    let page = |n: u8| place(Slot::new(n).unwrap()).0;
    assert!([0, 1, 7, 8, 9, 10].iter().all(|n| page(*n) == 0));
    assert!((2..=6).all(|n| page(n) == 1));
    assert!((11..=42).all(|n| page(n) == 2 + usize::from(n - 11) / 7));
    assert!((43..=49).all(|n| page(n) == 7) && page(50) == 8);
}

/// A ledger that counts what is read of it.
struct Counting(MemoryLedger, std::cell::RefCell<Vec<u64>>);

impl Ledger for Counting {
    fn load(&self, key: u64) -> Word {
        self.1.borrow_mut().push(key);
        self.0.load(key)
    }
    fn save(&mut self, key: u64, word: Word) {
        self.0.save(key, word);
    }
    fn emit(&mut self, event: crate::engine::Event<'_>) {
        self.0.emit(event);
    }
}

#[test]
fn hist_03_every_page_is_read_once() {
    let all = (1 << crate::param::SLOTS) - 1;
    let mut ledger = Counting(MemoryLedger::default(), std::cell::RefCell::default());
    Book::open(&ledger).write(&mut ledger, 10, all);
    let reads = |read: &dyn Fn(&Counting)| {
        ledger.1.borrow_mut().clear();
        read(&ledger);
        let mut keys = ledger.1.borrow().clone();
        keys.sort_unstable();
        keys
    };
    let pages: Vec<u64> = std::iter::once(key::LENGTHS).chain((1..=9).map(|page| page << 32)).collect();
    assert_eq!(reads(&|l| Book::open(l).read(l, all)), pages);
    assert_eq!(reads(&|l| Book::open(l).read_at(l, all, 10).unwrap()), pages);
    let twice = |l: &Counting| {
        let mut book = Book::open(l);
        book.read(l, all);
        book.read(l, all);
    };
    assert_eq!(reads(&twice), pages);
}

proptest! {
    /// HIST-02: the value at any moment is the last one written at or before it, whatever the slot;
    /// the current value is the last one written; a page before its first entry has no value.
    #[test]
    fn hist_02_search_agrees_with_a_list(writes in prop::collection::vec((0u8..51, 1u32..1000, 0u32..3), 1..60), ask in 0u32..200) {
        let mut ledger = MemoryLedger::default();
        let mut list: Vec<(u32, Slot, u32)> = Vec::new();
        let mut now = 10;
        for (slot, value, wait) in writes {
            now += wait;
            let slot = Slot::new(slot).unwrap();
            let mut book = Book::open(&ledger);
            book.read(&ledger, slot.bit());
            book.set(slot, value);
            book.write(&mut ledger, now, slot.bit());
            list.push((now, slot, value));
        }
        for slot in Slot::all() {
            let page = place(slot).0;
            let mut book = Book::open(&ledger);
            let known = list.iter().any(|(at, other, _)| *at <= ask && place(*other).0 == page);
            let expected = list.iter().rev().find(|(at, other, _)| *at <= ask && *other == slot).map_or(0, |row| row.2);
            match book.read_at(&ledger, slot.bit(), ask) {
                Ok(()) => {
                    prop_assert!(known);
                    prop_assert_eq!(book.value(slot), expected);
                }
                Err(error) => {
                    prop_assert!(!known);
                    prop_assert_eq!(error, Violation::no_history(slot.number(), ask));
                }
            }
            let mut book = Book::open(&ledger);
            book.read(&ledger, slot.bit());
            let last = list.iter().rev().find(|(_, other, _)| *other == slot).map_or(0, |row| row.2);
            prop_assert_eq!(book.value(slot), last);
        }
        // One entry per page and moment.
        let moments: BTreeSet<(usize, u32)> = list.iter().map(|(at, slot, _)| (place(*slot).0, *at)).collect();
        let lengths: u64 = (0..PAGES).map(|page| length(&ledger.load(key::LENGTHS), page)).sum();
        prop_assert_eq!(lengths, moments.len() as u64);
    }
}

#[test]
fn book_checks_the_vector() {
    let config = Config {
        slot_rules: 0,
        group_rules: 0,
        pools: 2,
        categories: 0,
        breaker: false,
        halt: crate::engine::state::Halt::default(),
    };
    let slot = |n| Slot::new(n).unwrap();
    let mut book = Book::open(&MemoryLedger::default());
    for (n, value) in [(2, 1), (3, 1), (4, 2), (5, 2), (6, 9), (11, 9_999), (12, 1), (7, 1), (8, 1), (0, 54_000)] {
        book.set(slot(n), value);
    }
    assert_eq!(book.check(&config, 0x7f), Ok(()));
    let with = |n, value| {
        let mut book = book;
        book.set(slot(n), value);
        book
    };
    assert_eq!(with(5, 1).check(&config, 0b100), Err(Violation::curve_order(5)));
    assert_eq!(with(12, 2).check(&config, 0b10_0000), Err(Violation::weight_sum(10_001)));
    assert_eq!(with(11, 9_998).check(&config, 0b10_0000), Err(Violation::weight_sum(9_999)));
    assert_eq!(with(7, 0).check(&config, 0b1000), Err(Violation::cross_burn_paused(1)));
    assert_eq!(with(7, 0).check(&config, 0b1), Err(Violation::cross_burn_paused(1)));
    // 54,000 * 30 / 365 = 4,438.4 up to 4,439, and 5 a ppm of re-mint: 4,500 needs 12.2.
    assert_eq!(with(8, 12).check(&config, 0b1000), Ok(()));
    assert_eq!(with(8, 13).check(&config, 0b1000), Err(Violation::cross_supply(4_504, 4_500)));
    assert_eq!(with(8, 13).check(&config, 0b1), Err(Violation::cross_supply(4_504, 4_500)));
    // Rules of groups that were not touched are not asked.
    assert_eq!(with(8, 13).check(&config, 0b111_0110), Ok(()));
    assert_eq!(with(5, 1).check(&config, 0b111_1011), Ok(()));
    assert_eq!(with(12, 2).check(&config, 0b101_1111), Ok(()));
    let off = Config { pools: 0, ..config };
    assert_eq!(book.check(&off, 0b10_0000), Err(Violation::weight_sum(10_000)));
}
