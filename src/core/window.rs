//! A leaky window: a limit on what may pass, that holds over every stretch of time.
//!
//! Everything that passes raises the level; the level falls linearly, by one cap in a period; nothing may raise it above
//! the cap. So over any time T no more than cap * (1 + T / period) gets through: one cap as a burst, and one cap a period
//! for ever after. The cap is a fraction of a base (a supply) taken at the window's start; the start moves to the first
//! amount that comes a period or more after it, and the level stays.
//!
//! Rounding, always against whoever wants through: the cap and the leak down.

use crate::fixed::{scale_wide_down, MathError};
use ruint::aliases::U256;

#[cfg(test)]
mod tests;

/// How high and how fast a window is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Shape {
    /// The cap is base * numerator / denominator.
    pub numerator: u64,
    /// See `numerator`; not zero.
    pub denominator: u64,
    /// Time in which one cap leaks, seconds; not zero.
    pub period: u32,
}

/// A window. Amounts are base units, moments are seconds of `block.timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Window {
    /// Level at [`Window::updated_at`].
    pub level: U256,
    /// What the cap is a fraction of, as it was at the window's start.
    pub base: U256,
    /// Start of the window.
    pub started_at: u64,
    /// When the level was last written.
    pub updated_at: u64,
}

/// Why the window lets an amount not through.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum WindowError {
    /// The amount would raise the level above the cap.
    Exceeded {
        /// Level now.
        level: U256,
        /// Amount asked for.
        amount: U256,
        /// Highest level.
        cap: U256,
    },
    /// The moment lies before the last one.
    Backwards {
        /// The moment given.
        now: u64,
        /// The last one.
        last: u64,
    },
    /// An amount exceeds 256 bits, or the shape divides by zero.
    Math(MathError),
}

impl From<MathError> for WindowError {
    fn from(error: MathError) -> Self {
        Self::Math(error)
    }
}

impl Shape {
    /// Returns the highest level over `base`, rounded down.
    ///
    /// # Errors
    /// [`MathError::DivisionByZero`] for a denominator of zero, [`MathError::Overflow`] for a cap above 256 bits.
    pub fn cap(&self, base: U256) -> Result<U256, MathError> {
        scale_wide_down(base, self.numerator, self.denominator)
    }
}

impl Window {
    /// Returns an empty window that starts now.
    #[must_use]
    pub fn new(now: u64, base: U256) -> Self {
        Self { level: U256::ZERO, base, started_at: now, updated_at: now }
    }

    /// Returns the level at `now`, the leak rounded down.
    ///
    /// # Errors
    /// [`WindowError::Backwards`] for a moment before the last one; [`WindowError::Math`] as [`Shape::cap`].
    pub fn level_at(&self, shape: &Shape, now: u64) -> Result<U256, WindowError> {
        let last = self.updated_at;
        let elapsed = now.checked_sub(last).ok_or(WindowError::Backwards { now, last })?;
        let period = u64::from(shape.period);
        // At most one cap leaks between two amounts. That empties any window but one whose cap has just shrunk.
        let leak = scale_wide_down(shape.cap(self.base)?, elapsed.min(period), period)?;
        Ok(self.level.saturating_sub(leak))
    }

    /// Returns the window after `amount` passed at `now`, with `base` as it is before.
    ///
    /// # Errors
    /// [`WindowError::Exceeded`] if the amount would raise the level above the cap, and as [`Window::level_at`].
    pub fn add(&self, shape: &Shape, now: u64, base: U256, amount: U256) -> Result<Self, WindowError> {
        let level = self.level_at(shape, now)?;
        let ends = self.started_at.saturating_add(u64::from(shape.period));
        let mut next = Self { updated_at: now, ..*self };
        if now >= ends {
            (next.base, next.started_at) = (base, now);
        }
        let cap = shape.cap(next.base)?;
        next.level =
            level.checked_add(amount).filter(|sum| *sum <= cap).ok_or(WindowError::Exceeded { level, amount, cap })?;
        Ok(next)
    }
}
