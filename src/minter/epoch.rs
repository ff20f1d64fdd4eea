//! What the next roll does: decided here, from state and peers, for the roll and for its preview alike.

use alloy_primitives::U256;
use escapement_core::emission::{epoch_amount, epoch_at, epoch_limit, MintWindow, WindowError};
use escapement_kit::vm;

use crate::{
    error::{Error, MinterArithmetic, MinterTooEarly},
    peer, Minter,
};

/// What becomes of an epoch. The numbers are part of the interface.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
#[repr(u8)]
pub enum Outcome {
    /// Its emission is minted (nothing, at a rate of zero).
    Minted = 0,
    /// The controller halts emission.
    Halted = 1,
    /// The minter's breaker is tripped, or trips now.
    Tripped = 2,
    /// The token's cap leaves no room.
    Capped = 3,
}

/// Why the breaker trips.
pub struct Trip {
    /// 1 limit of an epoch, 2 yearly window.
    pub reason: u8,
    /// Level of the window (0 for an epoch's limit).
    pub level: U256,
    /// What the amount exceeds.
    pub limit: U256,
}

/// The next roll.
pub struct Plan {
    /// Epoch that is opened.
    pub epoch: u64,
    /// First epoch nobody rolled, if `missed` is not 0.
    pub first: u64,
    /// Epochs nobody rolled.
    pub missed: u64,
    /// What becomes of the epoch.
    pub outcome: Outcome,
    /// Emission of the epoch at the rate kept since the last roll, base units. Minted only if the outcome says so.
    pub amount: U256,
    /// Supply before the mint.
    pub supply: U256,
    /// Rate that is kept from now on, ppm of supply per year.
    pub next_rate: u32,
    /// The window after the mint.
    pub window: MintWindow,
    /// Set if the breaker trips now.
    pub trip: Option<Trip>,
}

impl Minter {
    /// Decides the next roll.
    ///
    /// The rate is the one kept since the last roll: a change of the rate never reaches back. A missed epoch is
    /// forgone, not made up for: whoever stops the keeper stops emission and gains nothing.
    pub(crate) fn plan(&self) -> Result<Plan, Error> {
        let now = vm::now();
        let first: u64 = self.next_epoch.get().to();
        let epoch = epoch_at(now, self.genesis.get().to(), self.epoch_length.get().to());
        let Some((epoch, missed)) = epoch.and_then(|epoch| Some((epoch, epoch.checked_sub(first)?))) else {
            return Err(MinterTooEarly { opensAt: self.opens_at() }.into());
        };
        let token = self.token.get();
        let supply = peer::total_supply(token)?;
        let emission = peer::emission(self.controller.get())?;
        let arithmetic = || Error::from(MinterArithmetic { supply, time: now });
        let length = self.epoch_length.get().to();
        let amount = epoch_amount(supply, self.rate.get().to(), length).map_err(|_| arithmetic())?;
        let limit = epoch_limit(supply, length).map_err(|_| arithmetic())?;
        let window = self.window();
        let mut plan = Plan {
            epoch,
            first,
            missed,
            outcome: Outcome::Minted,
            amount,
            supply,
            next_rate: emission.rate,
            window,
            trip: None,
        };
        let capped = || supply.checked_add(amount).is_none_or(|sum| sum > self.token_cap.get());
        plan.outcome = if now < emission.halted_until {
            Outcome::Halted
        } else if self.tripped.get() {
            Outcome::Tripped
        } else if amount > limit {
            plan.trip = Some(Trip { reason: 1, level: U256::ZERO, limit });
            Outcome::Tripped
        } else if capped() {
            Outcome::Capped
        } else {
            match window.add(now, supply, amount) {
                Ok(next) => {
                    plan.window = next;
                    Outcome::Minted
                }
                Err(WindowError::Exceeded { level, cap, .. }) => {
                    plan.trip = Some(Trip { reason: 2, level, limit: cap });
                    Outcome::Tripped
                }
                Err(WindowError::Backwards { .. } | WindowError::Math(_)) => return Err(arithmetic()),
            }
        };
        Ok(plan)
    }

    /// When the next epoch that can be rolled opens.
    pub(crate) fn opens_at(&self) -> u64 {
        let (next, length): (u64, u64) = (self.next_epoch.get().to(), self.epoch_length.get().to());
        let genesis: u64 = self.genesis.get().to();
        genesis.saturating_add(next.saturating_mul(length))
    }

    /// The yearly window as stored.
    pub(crate) fn window(&self) -> MintWindow {
        MintWindow {
            level: self.window_level.get(),
            base_supply: self.window_supply.get(),
            started_at: self.window_started_at.get().to(),
            updated_at: self.window_updated_at.get().to(),
        }
    }

    /// Stores the yearly window.
    pub(crate) fn store_window(&mut self, window: &MintWindow) {
        self.window_level.set(window.level);
        self.window_supply.set(window.base_supply);
        self.window_started_at.set(alloy_primitives::U64::from(window.started_at));
        self.window_updated_at.set(alloy_primitives::U64::from(window.updated_at));
    }
}
