//! The engine's only door to the world: words of storage and events.

use super::event::Event;
pub use crate::word::Word;

/// Storage and log of a controller: the contract's own, an overlay of it, or a map in memory.
pub trait Ledger {
    /// The word at `key`; a word never written is all zeros.
    fn load(&self, key: u64) -> Word;
    /// Replaces the word at `key`.
    fn save(&mut self, key: u64, word: Word);
    /// Appends an event to the log.
    fn emit(&mut self, event: Event<'_>);
}

/// Hash of the queue's commitments, injected: `keccak256` on chain.
pub type Hash = fn(&[u8]) -> Word;

/// Storage keys. Written down here once; the layout is part of the contract's interface.
pub mod key {
    /// Counts, override bitmaps and the global halt.
    pub const CONFIG: u64 = 0;
    /// Last update, times, pinned streaks.
    pub const PROGRESS: u64 = 1;
    /// Lengths of the nine history pages.
    pub const LENGTHS: u64 = 2;
    /// Watch of failed updates and of gaps in time.
    pub const WATCH: u64 = 3;
    /// Breaker thresholds, where governance replaced them.
    pub const BREAKER: u64 = 4;
    /// Supply that growth and burns are measured against, and when it was read.
    pub const SUPPLY: u64 = 5;
    /// What the minter had minted and what the treasury had at that moment.
    pub const FLOWS: u64 = 6;
    /// State of group n at `GROUP + n`.
    pub const GROUP: u64 = 0x10;
    /// Rules of group n at `GROUP_RULES + n`, where governance replaced them.
    pub const GROUP_RULES: u64 = 0x20;
    /// Header of the pending change of group n at `PENDING + n`.
    pub const PENDING: u64 = 0x30;
    /// Commitment to the pending change of group n at `PENDING_HASH + n`.
    pub const PENDING_HASH: u64 = 0x38;
    /// Net movements, four slots a word: slots 0..=10, then 43..=50.
    pub const BUCKET: u64 = 0x40;
    /// Rules of slot n at `SLOT_RULES + 2n` and the word after, where governance replaced them.
    pub const SLOT_RULES: u64 = 0x100;
    /// History entry n of page p at `HISTORY * (1 + p) + n`.
    pub const HISTORY: u64 = 0x1_0000_0000;
}
