//! A vesting stream whose speed is a parameter: what has vested never falls, and a new speed never reaches back.
//!
//! A plan vests `amount` linearly over `duration` seconds at the baseline speed of 10,000 bps. Each second adds `speed` to
//! the progress, and the plan is done at 10,000 * duration:
//!
//! ```text
//! vested = base + (now < cliff ? 0 : floor(amount * progress / (10,000 * duration)))
//! ```
//!
//! Progress is an integer, so a stream under changing speeds is exact but for one floor, in favour of the treasury; no
//! order or number of calls changes what has vested at a moment.
//!
//! At the slowest speed that any parameter can have, [`MIN_SPEED`], a plan takes twice its duration. It must end by the
//! fixed end even then, which is checked when it is made: so no parameter can move the end beyond it.

use crate::fixed::{scale_down, MathError, BPS};

#[cfg(test)]
mod tests;

/// Slowest speed, bps of the baseline: the hard minimum of the parameter.
pub const MIN_SPEED: u32 = 5_000;
/// Fastest speed, bps of the baseline: the hard maximum of the parameter.
pub const MAX_SPEED: u32 = 15_000;
/// Least time that must be left until everything has vested after a rise of the speed, seconds (182 days).
pub const MIN_RUNWAY: u64 = 182 * 86_400;

/// How an amount vests. Moments are seconds of `block.timestamp`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Plan {
    /// What vests, base units.
    pub amount: u128,
    /// Before this nothing of the plan has vested; then all that has accrued until then at once.
    pub cliff: u64,
    /// Seconds it takes at the baseline speed.
    pub duration: u32,
}

/// A stream. Amounts are base units, moments seconds of `block.timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Stream {
    /// Vested under earlier plans; no later plan can take it back.
    pub base: u128,
    /// What the present plan vests.
    pub amount: u128,
    /// Paid out.
    pub released: u128,
    /// Bps times seconds of the present plan that have run.
    pub progress: u64,
    /// Until when they have run: the start, while that lies ahead.
    pub updated_at: u64,
    /// Bps of the baseline.
    pub speed: u32,
    /// Cliff of the present plan.
    pub cliff: u64,
    /// Baseline duration of the present plan, seconds.
    pub duration: u32,
    /// When everything has vested at the latest, whatever the speed.
    pub fixed_end: u64,
}

/// Why a stream refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum VestingError {
    /// A plan of no duration.
    ZeroDuration,
    /// A speed outside [`MIN_SPEED`] to [`MAX_SPEED`].
    SpeedOutOfRange {
        /// The speed.
        speed: u32,
    },
    /// At the slowest speed, or by its cliff, the plan would end after the fixed end.
    EndTooLate {
        /// When it would end.
        end: u64,
        /// When it must have ended.
        fixed_end: u64,
    },
    /// A rise of the speed would leave less than [`MIN_RUNWAY`].
    RunwayTooShort {
        /// The speed asked for.
        speed: u32,
        /// Seconds it would leave.
        runway: u64,
    },
    /// A number left its range; impossible for a stream made by this module.
    Math(MathError),
}

impl From<MathError> for VestingError {
    fn from(error: MathError) -> Self {
        Self::Math(error)
    }
}

impl Stream {
    /// Opens a stream that begins to vest at `start`.
    ///
    /// # Errors
    /// [`VestingError::ZeroDuration`], [`VestingError::SpeedOutOfRange`]; [`VestingError::EndTooLate`] unless fixed end >=
    /// start + 2 * duration and fixed end >= cliff.
    pub fn open(plan: &Plan, start: u64, fixed_end: u64, speed: u32) -> Result<Self, VestingError> {
        check_speed(speed)?;
        let mut stream = Self { updated_at: start, speed, fixed_end, ..Self::default() };
        stream.adopt(plan)?;
        Ok(stream)
    }

    /// Lets the time until `now` run at the present speed.
    pub fn accrue(&mut self, now: u64) {
        // Nothing runs before the start.
        let elapsed = now.saturating_sub(self.updated_at);
        self.updated_at = self.updated_at.max(now);
        let run = elapsed.saturating_mul(u64::from(self.speed));
        self.progress = self.progress.saturating_add(run).min(self.full());
    }

    /// Base units vested at the last accrual.
    ///
    /// # Errors
    /// [`VestingError::Math`] never for a stream made by this module.
    pub fn vested(&self) -> Result<u128, VestingError> {
        if self.updated_at < self.cliff || self.amount == 0 {
            return Ok(self.base);
        }
        let part = scale_down(self.amount, self.progress, self.full())?;
        Ok(self.base.checked_add(part).ok_or(MathError::Overflow)?)
    }

    /// Takes out what has vested until `now` and was not paid; returns how much that is, base units.
    ///
    /// # Errors
    /// As [`Stream::vested`].
    pub fn release(&mut self, now: u64) -> Result<u128, VestingError> {
        self.accrue(now);
        let vested = self.vested()?;
        let due = vested.checked_sub(self.released).ok_or(MathError::Underflow)?;
        self.released = vested;
        Ok(due)
    }

    /// Changes the speed from `now` on; the time before runs at the old one.
    ///
    /// # Errors
    /// [`VestingError::SpeedOutOfRange`]; [`VestingError::RunwayTooShort`] for a rise that leaves less than [`MIN_RUNWAY`]
    /// until everything has vested. A done stream takes any speed in range.
    pub fn set_speed(&mut self, now: u64, speed: u32) -> Result<(), VestingError> {
        check_speed(speed)?;
        self.accrue(now);
        let runway = self.left_at(speed);
        if speed > self.speed && !self.is_done() && runway < MIN_RUNWAY {
            return Err(VestingError::RunwayTooShort { speed, runway });
        }
        self.speed = speed;
        Ok(())
    }

    /// Keeps what has vested until `now` and lets the rest follow another plan: `plan.amount` instead of what was unvested.
    /// Returns what was unvested, base units.
    ///
    /// # Errors
    /// [`VestingError::ZeroDuration`], [`VestingError::EndTooLate`].
    pub fn replan(&mut self, now: u64, plan: &Plan) -> Result<u128, VestingError> {
        let unvested = self.settle(now)?;
        self.adopt(plan)?;
        Ok(unvested)
    }

    /// Ends the stream at what has vested until `now`; returns the rest, base units.
    ///
    /// # Errors
    /// As [`Stream::vested`].
    pub fn revoke(&mut self, now: u64) -> Result<u128, VestingError> {
        let unvested = self.settle(now)?;
        self.progress = self.full();
        Ok(unvested)
    }

    /// Base units escrowed for the stream and not paid yet.
    ///
    /// # Errors
    /// As [`Stream::vested`].
    pub fn outstanding(&self) -> Result<u128, VestingError> {
        let all = self.base.checked_add(self.amount).ok_or(MathError::Overflow)?;
        Ok(all.checked_sub(self.released).ok_or(MathError::Underflow)?)
    }

    /// Whether nothing is left to vest.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.amount == 0 || self.progress >= self.full()
    }

    /// Seconds after the last accrual until everything has accrued at the present speed.
    #[must_use]
    pub fn runway(&self) -> u64 {
        self.left_at(self.speed)
    }

    /// Moves what has vested until `now` out of reach of later plans; returns the rest, which no plan vests any more.
    fn settle(&mut self, now: u64) -> Result<u128, VestingError> {
        self.accrue(now);
        let vested = self.vested()?;
        let all = self.base.checked_add(self.amount).ok_or(MathError::Overflow)?;
        (self.base, self.amount) = (vested, 0);
        Ok(all.checked_sub(vested).ok_or(MathError::Underflow)?)
    }

    /// Begins a plan.
    fn adopt(&mut self, plan: &Plan) -> Result<(), VestingError> {
        if plan.duration == 0 {
            return Err(VestingError::ZeroDuration);
        }
        (self.amount, self.cliff, self.duration, self.progress) = (plan.amount, plan.cliff, plan.duration, 0);
        let fixed_end = self.fixed_end;
        let end = self.updated_at.saturating_add(self.left_at(MIN_SPEED)).max(plan.cliff);
        if end > fixed_end {
            return Err(VestingError::EndTooLate { end, fixed_end });
        }
        Ok(())
    }

    /// Progress at which the plan is done.
    fn full(&self) -> u64 {
        u64::from(self.duration).saturating_mul(u64::from(BPS))
    }

    /// Seconds that the rest of the progress takes at `speed`, rounded up.
    fn left_at(&self, speed: u32) -> u64 {
        let left = self.full().saturating_sub(self.progress);
        left.checked_add(u64::from(speed))
            .and_then(|sum| sum.checked_sub(1)?.checked_div(speed.into()))
            .unwrap_or(u64::MAX)
    }
}

/// Refuses a speed that no parameter can have.
///
/// # Errors
/// [`VestingError::SpeedOutOfRange`].
pub fn check_speed(speed: u32) -> Result<(), VestingError> {
    if (MIN_SPEED..=MAX_SPEED).contains(&speed) {
        Ok(())
    } else {
        Err(VestingError::SpeedOutOfRange { speed })
    }
}
