//! Fixed-point newtypes with checked arithmetic, and full-width multiply-then-divide.
//!
//! `ruint` operators wrap silently, in debug builds too, so no bare operator on a 256-bit value is
//! used anywhere in the law: every sum and product goes through the `checked_*` methods or
//! [`mul_div_down`] / [`mul_div_up`], whose rounding is part of the name.

use ruint::aliases::{U256, U512};

#[cfg(test)]
mod tests;

/// 10,000: the number of basis points in one.
pub const BPS: u32 = 10_000;
/// 1,000,000: the number of parts per million in one.
pub const PPM: u32 = 1_000_000;
/// 10^18 as a [`U256`]: one in [`Wad`].
pub const WAD: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);
/// 10^27 as a [`U256`]: one in [`Ray`].
pub const RAY: U256 = U256::from_limbs([0x9fd0_803c_e800_0000, 0x033b_2e3c, 0, 0]);

/// Why an arithmetic operation has no result.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum MathError {
    /// The exact result does not fit the type.
    Overflow,
    /// The exact result is negative.
    Underflow,
    /// The divisor is zero.
    DivisionByZero,
}

macro_rules! newtype {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
        #[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
        pub struct $name($inner);

        impl $name {
            /// Wraps a raw value.
            #[must_use]
            pub const fn new(raw: $inner) -> Self {
                Self(raw)
            }

            /// The raw value.
            #[must_use]
            pub const fn get(self) -> $inner {
                self.0
            }

            /// Sum of two values of the same unit.
            ///
            /// # Errors
            /// [`MathError::Overflow`] when the sum does not fit.
            pub fn checked_add(self, other: Self) -> Result<Self, MathError> {
                self.0.checked_add(other.0).map(Self).ok_or(MathError::Overflow)
            }

            /// Difference of two values of the same unit.
            ///
            /// # Errors
            /// [`MathError::Underflow`] when `other` is the larger one.
            pub fn checked_sub(self, other: Self) -> Result<Self, MathError> {
                self.0.checked_sub(other.0).map(Self).ok_or(MathError::Underflow)
            }
        }
    };
}

newtype! {
    /// Basis points: 1/10,000.
    Bps(u32)
}
newtype! {
    /// Parts per million: 1/1,000,000.
    Ppm(u32)
}
newtype! {
    /// Token amount or ratio with 18 decimals.
    Wad(U256)
}
newtype! {
    /// Growth factor or index with 27 decimals.
    Ray(U256)
}
newtype! {
    /// Seconds of `block.timestamp`.
    Timestamp(u64)
}
newtype! {
    /// Number of a fixed-length period, counted from genesis.
    Epoch(u64)
}

impl Bps {
    /// This share of `amount`, rounded down.
    ///
    /// # Errors
    /// [`MathError::Overflow`] when the share (above 10,000 bps) does not fit.
    pub fn of_down(self, amount: U256) -> Result<U256, MathError> {
        mul_div_down(amount, U256::from(self.0), U256::from(BPS))
    }

    /// This share of `amount`, rounded up.
    ///
    /// # Errors
    /// [`MathError::Overflow`] when the share (above 10,000 bps) does not fit.
    pub fn of_up(self, amount: U256) -> Result<U256, MathError> {
        mul_div_up(amount, U256::from(self.0), U256::from(BPS))
    }
}

impl Ppm {
    /// This share of `amount`, rounded down.
    ///
    /// # Errors
    /// [`MathError::Overflow`] when the share (above 1,000,000 ppm) does not fit.
    pub fn of_down(self, amount: U256) -> Result<U256, MathError> {
        mul_div_down(amount, U256::from(self.0), U256::from(PPM))
    }

    /// This share of `amount`, rounded up.
    ///
    /// # Errors
    /// [`MathError::Overflow`] when the share (above 1,000,000 ppm) does not fit.
    pub fn of_up(self, amount: U256) -> Result<U256, MathError> {
        mul_div_up(amount, U256::from(self.0), U256::from(PPM))
    }
}

impl Wad {
    /// Product of two wads, rounded down.
    ///
    /// # Errors
    /// [`MathError::Overflow`] when the product does not fit 256 bits.
    pub fn mul_down(self, other: Self) -> Result<Self, MathError> {
        mul_div_down(self.0, other.0, WAD).map(Self)
    }

    /// Product of two wads, rounded up.
    ///
    /// # Errors
    /// [`MathError::Overflow`] when the product does not fit 256 bits.
    pub fn mul_up(self, other: Self) -> Result<Self, MathError> {
        mul_div_up(self.0, other.0, WAD).map(Self)
    }

    /// Quotient of two wads, rounded down.
    ///
    /// # Errors
    /// [`MathError::DivisionByZero`], or [`MathError::Overflow`] when the quotient does not fit.
    pub fn div_down(self, other: Self) -> Result<Self, MathError> {
        mul_div_down(self.0, WAD, other.0).map(Self)
    }

    /// Quotient of two wads, rounded up.
    ///
    /// # Errors
    /// [`MathError::DivisionByZero`], or [`MathError::Overflow`] when the quotient does not fit.
    pub fn div_up(self, other: Self) -> Result<Self, MathError> {
        mul_div_up(self.0, WAD, other.0).map(Self)
    }
}

impl Ray {
    /// Product of two rays, rounded down.
    ///
    /// # Errors
    /// [`MathError::Overflow`] when the product does not fit 256 bits.
    pub fn mul_down(self, other: Self) -> Result<Self, MathError> {
        mul_div_down(self.0, other.0, RAY).map(Self)
    }

    /// Product of two rays, rounded up.
    ///
    /// # Errors
    /// [`MathError::Overflow`] when the product does not fit 256 bits.
    pub fn mul_up(self, other: Self) -> Result<Self, MathError> {
        mul_div_up(self.0, other.0, RAY).map(Self)
    }
}

impl Timestamp {
    /// The epoch that holds this moment, for epochs of `length` seconds counted from `genesis`.
    ///
    /// # Errors
    /// [`MathError::Underflow`] before genesis, [`MathError::DivisionByZero`] for a zero length.
    pub fn epoch(self, genesis: Self, length: u64) -> Result<Epoch, MathError> {
        let since = self.0.checked_sub(genesis.0).ok_or(MathError::Underflow)?;
        since.checked_div(length).map(Epoch).ok_or(MathError::DivisionByZero)
    }
}

impl Epoch {
    /// The first second of this epoch.
    ///
    /// # Errors
    /// [`MathError::Overflow`] when the moment does not fit 64 bits.
    pub fn start(self, genesis: Timestamp, length: u64) -> Result<Timestamp, MathError> {
        self.0
            .checked_mul(length)
            .and_then(|since| since.checked_add(genesis.0))
            .map(Timestamp)
            .ok_or(MathError::Overflow)
    }
}

/// Quotient and whether a remainder was left, through a 512-bit product.
fn mul_div(a: U256, b: U256, c: U256) -> Result<(U256, bool), MathError> {
    let product: U512 = a.widening_mul(b);
    let divisor = U512::from(c);
    let quotient = product.checked_div(divisor).ok_or(MathError::DivisionByZero)?;
    let rest = product.checked_rem(divisor).ok_or(MathError::DivisionByZero)?;
    let [a0, a1, a2, a3, high @ ..] = *quotient.as_limbs();
    if high != [0; 4] {
        return Err(MathError::Overflow);
    }
    Ok((U256::from_limbs([a0, a1, a2, a3]), !rest.is_zero()))
}

/// `a * b / c`, rounded down; the product has 512 bits, so only the quotient can overflow.
///
/// # Errors
/// [`MathError::DivisionByZero`] for `c = 0`, [`MathError::Overflow`] when the quotient exceeds 256 bits.
pub fn mul_div_down(a: U256, b: U256, c: U256) -> Result<U256, MathError> {
    mul_div(a, b, c).map(|(quotient, _)| quotient)
}

/// `a * b / c`, rounded up; the product has 512 bits, so only the quotient can overflow.
///
/// # Errors
/// [`MathError::DivisionByZero`] for `c = 0`, [`MathError::Overflow`] when the quotient exceeds 256 bits.
pub fn mul_div_up(a: U256, b: U256, c: U256) -> Result<U256, MathError> {
    let (quotient, inexact) = mul_div(a, b, c)?;
    if inexact {
        quotient.checked_add(U256::ONE).ok_or(MathError::Overflow)
    } else {
        Ok(quotient)
    }
}

/// `a * b / c` on 64 bits through a 128-bit product, rounded down: far fewer wasm bytes than the
/// 256-bit one where the ranges allow it.
///
/// # Errors
/// [`MathError::DivisionByZero`] for `c = 0`, [`MathError::Overflow`] when the quotient exceeds 64 bits.
pub fn mul_div_u64(a: u64, b: u64, c: u64) -> Result<u64, MathError> {
    let product = u128::from(a).checked_mul(u128::from(b)).ok_or(MathError::Overflow)?;
    let quotient = product.checked_div(u128::from(c)).ok_or(MathError::DivisionByZero)?;
    u64::try_from(quotient).map_err(|_| MathError::Overflow)
}

/// `amount * factor / divisor` rounded down, exact for every amount of 128 bits without a wider product: the whole
/// divisors and the rest are scaled apart.
///
/// # Errors
/// [`MathError::DivisionByZero`] for a divisor of zero, [`MathError::Overflow`] when the quotient exceeds 128 bits, which
/// takes a factor above the divisor.
pub fn scale_down(amount: u128, factor: u64, divisor: u64) -> Result<u128, MathError> {
    let (factor, divisor) = (u128::from(factor), u128::from(divisor));
    let whole = amount.checked_div(divisor).ok_or(MathError::DivisionByZero)?;
    let rest = amount.checked_rem(divisor).ok_or(MathError::DivisionByZero)?;
    let whole = whole.checked_mul(factor).ok_or(MathError::Overflow)?;
    // Both below 2^64: their product fits.
    let rest = rest.checked_mul(factor).and_then(|product| product.checked_div(divisor)).ok_or(MathError::Overflow)?;
    whole.checked_add(rest).ok_or(MathError::Overflow)
}

/// [`scale_down`] for 256 bits, through a 320-bit product: a fraction of the wasm bytes of the general 512-bit division.
///
/// # Errors
/// [`MathError::DivisionByZero`] for a divisor of zero, [`MathError::Overflow`] when the quotient exceeds 256 bits.
pub fn scale_wide_down(amount: U256, factor: u64, divisor: u64) -> Result<U256, MathError> {
    let mut limbs = [0u64; 5];
    let mut carry = 0u128;
    for (limb, from) in limbs.iter_mut().zip(amount.as_limbs().iter().chain(&[0])) {
        // (2^64 - 1)^2 + 2^64 - 1 < 2^128: nothing wraps.
        let sum = u128::from(*from).wrapping_mul(u128::from(factor)).wrapping_add(carry);
        (*limb, carry) = (low(sum), sum >> 64);
    }
    let mut rest = 0u128;
    for limb in limbs.iter_mut().rev() {
        // The remainder is below the divisor, so the quotient fits one limb.
        let dividend = (rest << 64) | u128::from(*limb);
        *limb = low(dividend.checked_div(u128::from(divisor)).ok_or(MathError::DivisionByZero)?);
        rest = dividend.checked_rem(u128::from(divisor)).ok_or(MathError::DivisionByZero)?;
    }
    match limbs {
        [a, b, c, d, 0] => Ok(U256::from_limbs([a, b, c, d])),
        _ => Err(MathError::Overflow),
    }
}

/// The low 64 bits.
#[allow(clippy::cast_possible_truncation)]
fn low(value: u128) -> u64 {
    value as u64
}
