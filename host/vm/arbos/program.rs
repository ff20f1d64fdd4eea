//! The record of an activated program.

use crate::{
    Params,
    params::{InitCost, STYLUS_START_TIME},
};
use alloy_primitives::U256;

/// What activation stores for a code hash, in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// Stylus version it was activated for; 0 when never activated.
    pub version: u16,
    /// Start costs.
    pub cost: InitCost,
    /// Initial memory in pages.
    pub footprint: u16,
    /// Hours between the Stylus start time and the activation or its last extension (24 bits).
    pub activated_at: u32,
    /// Kept cached by a cache manager.
    pub cached: bool,
}

/// Why a program cannot run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// Never activated.
    #[error("error ProgramNotActivated()")]
    NotActivated,
    /// Activated for another Stylus version.
    #[error("error ProgramNeedsUpgrade({version}, {stylus_version})")]
    NeedsUpgrade {
        /// Version it was activated for.
        version: u16,
        /// Version of the chain.
        stylus_version: u16,
    },
    /// Activated too long ago.
    #[error("error ProgramExpired({0})")]
    Expired(u64),
}

/// Seconds since `activated_at` hours; never negative.
#[must_use]
fn hours_to_age(time: u64, activated_at: u32) -> u64 {
    let activated = u64::from(activated_at).saturating_mul(3_600).saturating_add(STYLUS_START_TIME);
    time.saturating_sub(activated)
}

impl Program {
    /// Hours of `time` since the Stylus start time.
    #[must_use]
    pub fn hours(time: u64) -> u32 {
        let hours = time.saturating_sub(STYLUS_START_TIME) / 3_600;
        u32::try_from(hours).unwrap_or(u32::MAX).min(0x00FF_FFFF)
    }

    /// Seconds since the activation.
    #[must_use]
    pub fn age(&self, time: u64) -> u64 {
        hours_to_age(time, self.activated_at)
    }

    /// Whether it runs at `time`.
    ///
    /// # Errors
    /// [`ProgramError`] when it does not.
    pub fn check(&self, params: &Params, time: u64) -> Result<(), ProgramError> {
        if self.version == 0 {
            return Err(ProgramError::NotActivated);
        }
        if self.version != params.stylus_version {
            return Err(ProgramError::NeedsUpgrade { version: self.version, stylus_version: params.stylus_version });
        }
        let age = self.age(time);
        if age > u64::from(params.expiry_days) * 86_400 {
            return Err(ProgramError::Expired(age));
        }
        Ok(())
    }

    /// Estimated size of the native code in bytes (whole KiB).
    #[must_use]
    pub const fn asm_size(&self) -> u32 {
        self.cost.asm_kib.saturating_mul(1_024)
    }

    /// The record in a word: version, init, cached, footprint, hours (24 bits), KiB (24 bits), flag, from the low end.
    #[must_use]
    pub fn to_word(self) -> U256 {
        let low = u64::from(self.version)
            | u64::from(self.cost.init) << 16
            | u64::from(self.cost.cached) << 32
            | u64::from(self.footprint) << 48;
        let high = u64::from(self.activated_at & 0x00FF_FFFF)
            | u64::from(self.cost.asm_kib & 0x00FF_FFFF) << 24
            | u64::from(self.cached) << 48;
        U256::from_limbs([low, high, 0, 0])
    }

    /// The record of a word.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // fields are cut out of the word on purpose
    pub fn from_word(word: U256) -> Self {
        let [low, high, ..] = word.into_limbs();
        Self {
            version: low as u16,
            cost: InitCost {
                init: (low >> 16) as u16,
                cached: (low >> 32) as u16,
                asm_kib: (high >> 24) as u32 & 0x00FF_FFFF,
            },
            footprint: (low >> 48) as u16,
            activated_at: high as u32 & 0x00FF_FFFF,
            cached: (high >> 48) & 1 == 1,
        }
    }
}
