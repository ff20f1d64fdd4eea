//! The storage cache of one invocation.

use alloy_primitives::B256;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug)]
struct Slot {
    value: B256,
    // Value in the state as far as this invocation knows; `None` before the first read or flush.
    known: Option<B256>,
}

/// Values read and written by one program frame. Dropped with the frame; only a flush reaches the state.
#[derive(Clone, Debug, Default)]
pub struct StorageCache {
    slots: BTreeMap<B256, Slot>,
    reads: u32,
    writes: u32,
}

impl StorageCache {
    /// Gas of the next read, by how many there were.
    pub const fn charge_read(&mut self) -> u64 {
        self.reads = self.reads.saturating_add(1);
        match self.reads {
            0..=32 => 0,
            33..=128 => 2,
            _ => 10,
        }
    }

    /// Gas of the next write, by how many there were.
    pub const fn charge_write(&mut self) -> u64 {
        self.writes = self.writes.saturating_add(1);
        match self.writes {
            0..=8 => 0,
            9..=64 => 7,
            _ => 10,
        }
    }

    /// The value of `key`, if this invocation has it.
    pub fn get(&self, key: B256) -> Option<B256> {
        self.slots.get(&key).map(|slot| slot.value)
    }

    /// Notes a value read from the state.
    pub fn load(&mut self, key: B256, value: B256) {
        let known = Some(value);
        self.slots.insert(key, Slot { value, known });
    }

    /// Notes a value written by the program.
    pub fn store(&mut self, key: B256, value: B256) {
        let fresh = Slot { value, known: None };
        self.slots.entry(key).or_insert(fresh).value = value;
    }

    /// Slots to write, in order of their keys, marked as written. A write to a slot that was never read counts
    /// even if the value is equal. `clear` empties the cache.
    pub fn flush(&mut self, clear: bool) -> Vec<(B256, B256)> {
        let mut dirty = Vec::new();
        for (key, slot) in &mut self.slots {
            if slot.known != Some(slot.value) {
                dirty.push((*key, slot.value));
                slot.known = Some(slot.value);
            }
        }
        if clear {
            self.slots.clear();
        }
        dirty
    }
}
