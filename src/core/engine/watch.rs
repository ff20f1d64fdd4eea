//! The watch over refused updates and over gaps in block time.

use super::breaker::{trip_all, BreakerConfig};
use super::event::{Event, Reason};
use super::ledger::{key, Ledger};
use super::state::{Config, Progress};
use super::Violation;
use crate::word::{low32, low8, pack, unpack};

/// The watch over refused updates and over gaps in block time.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Watch {
    /// Id of the last update counted as refused.
    pub failed_id: u64,
    /// Refused updates in the present window.
    pub failures: u8,
    /// Start of the present window, seconds.
    pub window_start: u32,
    /// Last poke, seconds.
    pub seen_at: u32,
    /// Automatic changes wait until then, seconds.
    pub quiet_until: u32,
}

impl Watch {
    /// Reads the word.
    #[must_use]
    pub fn load<L: Ledger + ?Sized>(l: &L) -> Self {
        let [failed_id, failures, window_start, seen_at, quiet_until] = unpack(&WATCH, &l.load(key::WATCH));
        Self {
            failed_id,
            failures: low8(failures),
            window_start: low32(window_start),
            seen_at: low32(seen_at),
            quiet_until: low32(quiet_until),
        }
    }

    pub(crate) fn save<L: Ledger + ?Sized>(&self, l: &mut L) {
        let word = pack(
            &WATCH,
            &[
                self.failed_id,
                self.failures.into(),
                self.window_start.into(),
                self.seen_at.into(),
                self.quiet_until.into(),
            ],
        );
        l.save(key::WATCH, word);
    }
}

/// Widths in bytes of the fields of [`Watch`], in order.
const WATCH: [u8; 5] = [8, 1, 4, 4, 4];

/// Refuses automatic changes during and after a gap in block time, where gaps are watched.
pub(crate) fn check_quiet<L: Ledger + ?Sized>(l: &L, config: &Config, now: u32) -> Result<(), Violation> {
    if !config.breaker {
        return Ok(());
    }
    let limits = BreakerConfig::load(l, config);
    if limits.max_gap == 0 {
        return Ok(());
    }
    let watch = Watch::load(l);
    let until = if now.saturating_sub(watch.seen_at) > limits.max_gap {
        now.saturating_add(limits.gap_grace)
    } else {
        watch.quiet_until
    };
    if now < until {
        return Err(Violation::quiet(until));
    }
    Ok(())
}

/// Logs an attested update that broke a rule, and trips when too many did within the window.
///
/// Counts only rules a signer could have checked ([`Violation::is_suspicious`]), and every update id
/// once, so that nobody can trip the breaker by relaying one bad or old update many times. Call it
/// only after the attestation was verified. The changes of a proven update are its prover's choice,
/// so it takes one report for each count there. Returns whether the breaker tripped.
///
/// # Errors
/// [`Violation::not_initialised`].
pub fn note_failure<L: Ledger + ?Sized>(
    l: &mut L,
    now: u32,
    update_id: u64,
    violation: Violation,
) -> Result<bool, Violation> {
    let mut config = Config::load(l)?;
    l.emit(Event::UpdateRejected { update_id, violation });
    let mut progress = Progress::load(l);
    let mut watch = Watch::load(l);
    if !violation.is_suspicious() || update_id <= progress.update_id || update_id <= watch.failed_id {
        return Ok(false);
    }
    let limits = BreakerConfig::load(l, &config);
    if now.saturating_sub(watch.window_start) >= limits.burst_window {
        watch.window_start = now;
        watch.failures = 0;
    }
    watch.failed_id = update_id;
    watch.failures = watch.failures.saturating_add(1);
    let tripped = watch.failures >= limits.burst_count;
    if tripped {
        let count = i64::from(watch.failures);
        watch.failures = 0;
        trip_all(l, &mut config, &mut progress, now, (Reason::AttestationBurst, count, limits.burst_count.into()));
        config.save(l);
        progress.save(l);
    }
    watch.save(l);
    Ok(tripped)
}
