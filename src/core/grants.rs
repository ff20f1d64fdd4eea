//! Grant rounds: an escrowed budget shared in proportion to base amounts weighted by category multipliers.
//!
//! A round declares, per category c, the sum of its base amounts `B_c`, and keeps the multipliers `m_c` as they stood when it
//! opened. A claim of base b in category c pays
//!
//! ```text
//! floor(b * m_c * budget / W),   W = sum over c of B_c * m_c
//! ```
//!
//! and no category pays on more base than it declared. So the payouts never exceed the budget; what the floors leave stays
//! in it.

use ruint::aliases::U256;

use crate::fixed::MathError;

#[cfg(test)]
mod tests;

/// Most categories of a round.
pub const CATEGORIES: usize = 8;
/// Lowest multiplier, bps: the hard minimum of the parameters.
pub const MIN_MULTIPLIER: u32 = 2_500;
/// Highest multiplier, bps: the hard maximum of the parameters.
pub const MAX_MULTIPLIER: u32 = 20_000;

/// Why a round or a claim is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum GrantsError {
    /// Not one to [`CATEGORIES`] categories, or not one multiplier for each.
    BadCount {
        /// Declared sums.
        bases: usize,
        /// Multipliers.
        multipliers: usize,
    },
    /// A multiplier outside [`MIN_MULTIPLIER`] to [`MAX_MULTIPLIER`].
    MultiplierOutOfRange {
        /// Its category.
        category: usize,
        /// The multiplier, bps.
        multiplier: u32,
    },
    /// No category declares anything.
    NothingDeclared,
    /// The claims of a category would exceed what it declared.
    BaseExceeded {
        /// Claimed before.
        claimed: u128,
        /// Base of this claim.
        base: u128,
        /// Declared for the category.
        declared: u128,
    },
    /// Budget and sums are too large to be multiplied; impossible below 2^96 base units each.
    Math(MathError),
}

impl From<MathError> for GrantsError {
    fn from(error: MathError) -> Self {
        Self::Math(error)
    }
}

/// Refuses multipliers (bps) that no parameters can have, or too many.
///
/// # Errors
/// [`GrantsError::BadCount`], [`GrantsError::MultiplierOutOfRange`].
pub fn check_multipliers(multipliers: &[u32]) -> Result<(), GrantsError> {
    let count = multipliers.len();
    if count == 0 || count > CATEGORIES {
        return Err(GrantsError::BadCount { bases: count, multipliers: count });
    }
    for (category, multiplier) in multipliers.iter().enumerate() {
        if !(MIN_MULTIPLIER..=MAX_MULTIPLIER).contains(multiplier) {
            return Err(GrantsError::MultiplierOutOfRange { category, multiplier: *multiplier });
        }
    }
    Ok(())
}

/// What the payouts of a round are shared by.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Shares {
    /// Base units to share.
    pub budget: u128,
    /// W: sum of declared base times multiplier, over the categories.
    pub weight: U256,
}

impl Shares {
    /// Opens a round of `budget` for the declared `bases` (base units of each category) at `multipliers` (bps of each).
    ///
    /// # Errors
    /// [`GrantsError::BadCount`], [`GrantsError::MultiplierOutOfRange`], [`GrantsError::NothingDeclared`];
    /// [`GrantsError::Math`] if a payout could not be computed later.
    pub fn open(budget: u128, bases: &[u128], multipliers: &[u32]) -> Result<Self, GrantsError> {
        if bases.len() != multipliers.len() {
            return Err(GrantsError::BadCount { bases: bases.len(), multipliers: multipliers.len() });
        }
        check_multipliers(multipliers)?;
        let mut weight = U256::ZERO;
        for (base, multiplier) in bases.iter().zip(multipliers) {
            weight = weight.checked_add(weighted(*base, *multiplier)?).ok_or(MathError::Overflow)?;
        }
        if weight.is_zero() {
            return Err(GrantsError::NothingDeclared);
        }
        // No claim weighs more than all together, so its product fits whenever this one does.
        weight.checked_mul(U256::from(budget)).ok_or(MathError::Overflow)?;
        Ok(Self { budget, weight })
    }

    /// Base units that a claim of `base` at `multiplier` (bps) is paid, rounded down.
    ///
    /// # Errors
    /// [`GrantsError::Math`] never for a base within what its category declared.
    pub fn payout_down(&self, base: u128, multiplier: u32) -> Result<u128, GrantsError> {
        let product = weighted(base, multiplier)?.checked_mul(U256::from(self.budget)).ok_or(MathError::Overflow)?;
        let payout = product.checked_div(self.weight).ok_or(MathError::DivisionByZero)?;
        Ok(u128::try_from(payout).map_err(|_| MathError::Overflow)?)
    }
}

/// Returns what a category has claimed with `base` more.
///
/// # Errors
/// [`GrantsError::BaseExceeded`] if that is more than it declared.
pub fn claim(claimed: u128, base: u128, declared: u128) -> Result<u128, GrantsError> {
    let sum = claimed.checked_add(base).filter(|sum| *sum <= declared);
    sum.ok_or(GrantsError::BaseExceeded { claimed, base, declared })
}

/// base * multiplier: below 2^160.
fn weighted(base: u128, multiplier: u32) -> Result<U256, MathError> {
    U256::from(base).checked_mul(U256::from(multiplier)).ok_or(MathError::Overflow)
}
