//! Block timestamps: the configured source, and the time controls laid over it.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{config::Clock, error::ChainError};

/// Seconds since 1970 by the machine's clock.
pub fn system_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

/// The state of chain time. Part of what a snapshot restores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainTime {
    source: Clock,
    /// Seconds added to the source; negative after a jump to a timestamp behind the machine's clock.
    offset: i64,
    /// Exact timestamp of the next block.
    next: Option<u64>,
    /// Fixed distance between blocks, overriding the source.
    interval: Option<u64>,
    /// Seconds to add to the next block of a stepped clock.
    jump: u64,
}

impl ChainTime {
    /// Time that follows `source` from a block at `genesis`.
    pub fn new(source: Clock, genesis: u64) -> Self {
        let offset = match source {
            Clock::System => difference(genesis, system_seconds()),
            Clock::Step(_) => 0,
        };
        Self { source, offset, next: None, interval: None, jump: 0 }
    }

    /// The timestamp that the next block would get on top of one at `parent`.
    pub fn peek(&self, parent: u64) -> u64 {
        if let Some(next) = self.next {
            return next.max(parent);
        }
        let proposed = match (self.interval, self.source) {
            (Some(step), _) | (None, Clock::Step(step)) => parent.saturating_add(step).saturating_add(self.jump),
            (None, Clock::System) => system_seconds().saturating_add_signed(self.offset),
        };
        proposed.max(parent)
    }

    /// Notes that a block was made at `timestamp`, which consumes one-off settings.
    pub fn take_at(&mut self, timestamp: u64) {
        if self.next.take().is_some() {
            self.offset = difference(timestamp, system_seconds());
        }
        self.jump = 0;
    }

    /// Moves time forward and returns the total offset in seconds.
    pub fn increase(&mut self, seconds: u64) -> i64 {
        self.offset = self.offset.saturating_add_unsigned(seconds);
        self.jump = self.jump.saturating_add(seconds);
        if let Some(next) = self.next.as_mut() {
            *next = next.saturating_add(seconds);
        }
        self.offset
    }

    /// Fixes the timestamp of the next block; later blocks run on from it.
    ///
    /// # Errors
    /// [`ChainError::TimestampInPast`] when it is before the latest block.
    pub fn set_next(&mut self, timestamp: u64, latest: u64) -> Result<(), ChainError> {
        if timestamp < latest {
            return Err(ChainError::TimestampInPast { requested: timestamp, latest });
        }
        self.next = Some(timestamp);
        Ok(())
    }

    /// Fixes the distance between blocks, or returns to the source with `None`. Returns whether a
    /// distance was set before.
    pub fn set_interval(&mut self, seconds: Option<u64>) -> bool {
        std::mem::replace(&mut self.interval, seconds).is_some()
    }
}

/// `a − b`, saturated to the signed range.
fn difference(a: u64, b: u64) -> i64 {
    i64::try_from(i128::from(a) - i128::from(b)).unwrap_or(if a < b { i64::MIN } else { i64::MAX })
}
