//! An exponential moving average that never shows more than was put in.
//!
//! A step over about n samples is floor((average * (n - 1) + sample * 2) / (n + 1)): the usual weight of 2 / (n + 1) for
//! the new sample. It lies between its two arguments. Rounding is down, always: from an average of zero the sum of all
//! averages never exceeds the sum of all samples, so whoever spends one average a step never spends more than came in.
//! ([`crate::kpi::ema`] rounds both shares, which keeps a rest of up to n - 1 units for ever: right for an indicator, wrong
//! for a budget.)

use core::num::NonZeroU8;

use crate::fixed::MathError;

#[cfg(test)]
mod tests;

/// Returns the average after one more `sample`, rounded down.
///
/// # Errors
/// [`MathError::Overflow`] if the weighted sum exceeds 128 bits; none of two amounts below 2^120 does.
pub fn step_down(average: u128, sample: u128, n: NonZeroU8) -> Result<u128, MathError> {
    let n = u128::from(n.get());
    let old = average.checked_mul(n.saturating_sub(1)).ok_or(MathError::Overflow)?;
    let new = sample.checked_mul(2).ok_or(MathError::Overflow)?;
    let sum = old.checked_add(new).ok_or(MathError::Overflow)?;
    sum.checked_div(n.saturating_add(1)).ok_or(MathError::DivisionByZero)
}

/// Returns the average after `steps` more times the same `sample`, each step rounded down.
///
/// The work ends early where the average no longer moves: after at most about 90 n steps, whatever `steps` says.
///
/// # Errors
/// As [`step_down`].
pub fn advance_down(average: u128, sample: u128, n: NonZeroU8, steps: u64) -> Result<u128, MathError> {
    let mut average = average;
    for _ in 0..steps {
        let next = step_down(average, sample, n)?;
        if next == average {
            break;
        }
        average = next;
    }
    Ok(average)
}
