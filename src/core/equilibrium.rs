//! Burn and mint in equilibrium: what was burned, what of it may be minted again, and what of the revenue is burned.
//!
//! The meter knows the supply it expects: the supply when it was last read, plus everything this contract has minted
//! since. What is missing of it was burned: burned = last supply + own mints - supply now. So own mints can neither hide a
//! burn nor count as one, and a supply above the expected one is somebody else's mint, which is an error and not a burn
//! below zero.
//!
//! The burns of an epoch enter an average ([`crate::ema`]) that is rounded down. At most one average may be minted again
//! in an epoch, and no more than a share of the supply; a counter per epoch keeps a second caller within the same bound.
//! Every burn is minted again at most once, whatever becomes of the average and its span: the meter counts what was burned
//! and not minted again as credit, and re-mint is paid out of it.

use core::num::NonZeroU8;

use crate::ema;
use crate::fixed::{scale_down, MathError, PPM};

#[cfg(test)]
mod tests;

/// Why the meter or the counter refuses.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum EquilibriumError {
    /// There is more than was there and minted: somebody else mints.
    ForeignMint {
        /// Supply that the last reading and own mints explain.
        expected: u128,
        /// Supply found.
        supply: u128,
    },
    /// More than the epoch has left.
    AboveRoom {
        /// Amount asked for.
        amount: u128,
        /// What the epoch has left.
        room: u128,
    },
    /// A number left its range.
    Math(MathError),
}

impl From<MathError> for EquilibriumError {
    fn from(error: MathError) -> Self {
        Self::Math(error)
    }
}

/// What was burned. Amounts are base units.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Meter {
    /// Supply at the last reading, and own mints since.
    pub expected: u128,
    /// Average burn of an epoch.
    pub average: u128,
    /// Burned, and not minted again.
    pub credit: u128,
}

impl Meter {
    /// Returns expected supply, average and credit.
    #[must_use]
    pub fn numbers(&self) -> [u128; 3] {
        [self.expected, self.average, self.credit]
    }

    /// Returns what was burned since the last reading.
    ///
    /// # Errors
    /// [`EquilibriumError::ForeignMint`].
    pub fn burned(&self, supply: u128) -> Result<u128, EquilibriumError> {
        let expected = self.expected;
        expected.checked_sub(supply).ok_or(EquilibriumError::ForeignMint { expected, supply })
    }

    /// Closes `epochs` epochs at `supply`: returns what was burned in them and the meter after them, each epoch with an
    /// equal part of it, rounded down, in an average over about `n`. Without an epoch the burns wait for the next reading.
    ///
    /// # Errors
    /// [`EquilibriumError::ForeignMint`], and [`EquilibriumError::Math`] as [`ema::step_down`].
    pub fn close(&self, supply: u128, epochs: u64, n: NonZeroU8) -> Result<(u128, Self), EquilibriumError> {
        let burned = self.burned(supply)?;
        let Some(each) = burned.checked_div(u128::from(epochs)) else { return Ok((burned, *self)) };
        let average = ema::advance_down(self.average, each, n, epochs)?;
        let credit = self.credit.checked_add(burned).ok_or(MathError::Overflow)?;
        Ok((burned, Self { expected: supply, average, credit }))
    }

    /// Books an own mint.
    ///
    /// # Errors
    /// [`MathError::Overflow`].
    pub fn mint(&mut self, amount: u128) -> Result<(), MathError> {
        self.expected = self.expected.checked_add(amount).ok_or(MathError::Overflow)?;
        Ok(())
    }

    /// Books a re-mint: an own mint that uses credit up.
    ///
    /// # Errors
    /// [`EquilibriumError::AboveRoom`] for more than the credit; [`EquilibriumError::Math`].
    pub fn remint(&mut self, amount: u128) -> Result<(), EquilibriumError> {
        let room = self.credit;
        self.credit = room.checked_sub(amount).ok_or(EquilibriumError::AboveRoom { amount, room })?;
        Ok(self.mint(amount)?)
    }
}

/// What was minted again in the latest epoch that had any.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Reminted {
    /// The epoch.
    pub epoch: u64,
    /// Base units minted again in it.
    pub amount: u128,
}

impl Reminted {
    /// Returns what `epoch` has left of its bound: the smaller of the average burn and `cap_ppm` of `supply`, rounded down,
    /// less what was minted again in it already, and no more than the meter's credit.
    ///
    /// # Errors
    /// [`MathError::Overflow`] for a cap above 128 bits.
    pub fn room_down(&self, epoch: u64, meter: &Meter, supply: u128, cap_ppm: u32) -> Result<u128, MathError> {
        let cap = scale_down(supply, cap_ppm.into(), PPM.into())?;
        let before = if epoch == self.epoch { self.amount } else { 0 };
        // The bound may have shrunk below what was minted before: nothing is left then.
        Ok(meter.average.min(cap).saturating_sub(before).min(meter.credit))
    }

    /// Returns the counter after `amount` was minted again in `epoch`, out of the `room` that it has left.
    ///
    /// # Errors
    /// [`EquilibriumError::AboveRoom`].
    pub fn take(&self, epoch: u64, amount: u128, room: u128) -> Result<Self, EquilibriumError> {
        if amount > room {
            return Err(EquilibriumError::AboveRoom { amount, room });
        }
        let before = if epoch == self.epoch { self.amount } else { 0 };
        Ok(Self { epoch, amount: before.checked_add(amount).ok_or(MathError::Overflow)? })
    }
}
