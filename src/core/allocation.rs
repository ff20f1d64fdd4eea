//! Exact split of an amount by weights in basis points.
//!
//! A part is floor(amount * weight / 10,000); what the floors leave, fewer base units than there are weights, is added
//! to the first part, the reserve. So the parts sum to the amount, whatever it is, and rounding favours the reserve alone.

use crate::fixed::{scale_down, MathError, BPS};

#[cfg(test)]
mod tests;

/// Why an amount cannot be split.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum AllocationError {
    /// The weights do not sum to 10,000.
    BadSum {
        /// What they sum to.
        sum: u64,
    },
    /// A number left its range; impossible once the weights sum to 10,000.
    Math(MathError),
}

impl From<MathError> for AllocationError {
    fn from(error: MathError) -> Self {
        Self::Math(error)
    }
}

/// Checks that `weights` (basis points) sum to exactly 10,000.
///
/// # Errors
/// [`AllocationError::BadSum`] with the sum.
pub fn check(weights: &[u32]) -> Result<(), AllocationError> {
    let sum = weights.iter().fold(0u64, |sum, weight| sum.saturating_add(u64::from(*weight)));
    if sum == u64::from(BPS) {
        Ok(())
    } else {
        Err(AllocationError::BadSum { sum })
    }
}

/// Returns the parts of `amount` by `weights` (basis points), each rounded down, the remainder added to the first.
///
/// Fewer parts than `N` are written as weights of zero at the end.
///
/// # Errors
/// [`AllocationError::BadSum`] unless the weights sum to exactly 10,000.
pub fn split<const N: usize>(amount: u128, weights: &[u32; N]) -> Result<[u128; N], AllocationError> {
    check(weights)?;
    let mut parts = [0; N];
    let mut left = amount;
    for (part, weight) in parts.iter_mut().zip(weights) {
        *part = scale_down(amount, u64::from(*weight), u64::from(BPS))?;
        left = left.checked_sub(*part).ok_or(MathError::Underflow)?;
    }
    if let Some(first) = parts.first_mut() {
        *first = first.checked_add(left).ok_or(MathError::Overflow)?;
    }
    Ok(parts)
}
