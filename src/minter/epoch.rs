//! What the next roll does: decided here, from state and peers, for the roll and for its preview alike.

use core::num::NonZeroU8;

use alloy_primitives::{Address, U256};
use escapement_core::{
    emission::{epoch_amount, epoch_at, epoch_window, YEARLY},
    equilibrium::Meter,
    fixed::{scale_down, BPS},
    window::{Shape, Window, WindowError},
};
use escapement_kit::vm;

use crate::{
    error::Error,
    peer::{self, Params},
    store::{self, Gauge, Progress, Rules, Setup},
    MAX_KEEPER_BPS,
};

/// What becomes of an epoch. The numbers are part of the interface.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
#[repr(u8)]
pub enum Outcome {
    /// Its emission and re-mint are minted (nothing, where both are zero).
    Minted = 0,
    /// The controller halts emission.
    Halted = 1,
    /// The minter's breaker is tripped, or trips now.
    Tripped = 2,
    /// The token's cap leaves no room.
    Capped = 3,
    /// There is nobody to mint to.
    Nobody = 4,
}

/// Whether re-mint sleeps. The numbers are part of the interface.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
#[repr(u8)]
pub enum Dormant {
    /// It does not.
    No = 0,
    /// The controller halts the group.
    Halted = 1,
    /// The controller's observations are stale.
    Stale = 2,
}

/// Why the breaker trips.
pub struct Trip {
    /// 1 window of an epoch, 2 yearly window.
    pub reason: u8,
    /// Level of the window.
    pub level: U256,
    /// Its cap.
    pub limit: U256,
}

/// The next roll. Amounts are base units.
pub struct Plan {
    /// What is minted.
    pub token: Address,
    /// Epoch that is opened.
    pub epoch: u64,
    /// Epochs nobody rolled before it.
    pub missed: u64,
    /// What becomes of the epoch.
    pub outcome: Outcome,
    /// Emission of the epoch at the rate kept since the last roll. Minted only if the outcome says so.
    pub emission: u128,
    /// Re-mint of the epoch, likewise.
    pub remint: u128,
    /// Part of the emission that the roller gets, likewise.
    pub reward: u128,
    /// Burned since the last roll.
    pub burned: u128,
    /// Whether re-mint sleeps.
    pub dormant: Dormant,
    /// Supply before the mint.
    pub supply: u128,
    /// What the controller says now: kept for the next roll.
    pub params: Params,
    /// What was kept since the last roll.
    pub progress: Progress,
    /// The burn meter after the reading, before the mint.
    pub meter: Meter,
    /// Windows and counter after the mint, if there is one.
    pub gauge: Gauge,
    /// Set if the breaker trips now.
    pub trip: Option<Trip>,
}

impl Plan {
    /// All that the epoch mints if it does.
    pub fn total(&self) -> Result<u128, Error> {
        self.emission.checked_add(self.remint).ok_or_else(|| Error::arithmetic(self.supply, vm::now()))
    }
}

/// When the next epoch that can be rolled opens, seconds.
pub fn opens_at(setup: &Setup, next_epoch: u64) -> u64 {
    setup.genesis.saturating_add(next_epoch.saturating_mul(setup.length.into()))
}

/// Decides the next roll.
///
/// Rate and re-mint cap are those kept since the last roll: a change never reaches back. A missed epoch is forgone, not
/// made up for: whoever stops the keepers stops emission and gains nothing.
pub fn plan() -> Result<Plan, Error> {
    let (now, setup, progress) = (vm::now(), Setup::load(), Progress::load());
    let epoch = epoch_at(now, setup.genesis, setup.length);
    let Some((epoch, missed)) = epoch.and_then(|epoch| Some((epoch, epoch.checked_sub(progress.next_epoch)?))) else {
        return Err(Error::too_early(opens_at(&setup, progress.next_epoch)));
    };
    let (token, rules) = Rules::load();
    let params = peer::read_params(&setup.controller)?;
    let supply = peer::total_supply(&token)?;
    let arithmetic = || Error::arithmetic(supply, now);

    let emission = epoch_amount(U256::from(supply), progress.rate, setup.length).map_err(|_| arithmetic())?;
    let emission = u128::try_from(emission).map_err(|_| arithmetic())?;
    let n = NonZeroU8::new(rules.ema_epochs).ok_or_else(arithmetic)?;
    let (burned, meter) = store::meter()
        .close(supply, missed.saturating_add(1), n)
        .map_err(|error| Error::equilibrium(error, supply, now))?;
    let dormant = dormant(&setup.controller, &params, &rules, now)?;
    let gauge = Gauge::load();
    let remint = if dormant == Dormant::No {
        gauge.reminted.room_down(epoch, &meter, supply, progress.remint_cap).map_err(|_| arithmetic())?
    } else {
        0
    };
    let reward = reward(emission, now.saturating_sub(opens_at(&setup, epoch)), &rules).ok_or_else(arithmetic)?;
    let mut plan = Plan {
        token,
        epoch,
        missed,
        outcome: Outcome::Minted,
        emission,
        remint,
        reward,
        burned,
        dormant,
        supply,
        params,
        progress,
        meter,
        gauge,
        trip: None,
    };
    plan.decide(now, &setup)?;
    Ok(plan)
}

/// Whether re-mint sleeps: halted, or without an accepted observation for too long.
fn dormant(controller: &Address, params: &Params, rules: &Rules, now: u64) -> Result<Dormant, Error> {
    if now < params.equilibrium_until.into() {
        return Ok(Dormant::Halted);
    }
    let observed: u64 = peer::observed_at(controller)?.into();
    // A controller without any accepted update was last observed at 0.
    Ok(if now > observed.saturating_add(rules.stale_after.into()) { Dormant::Stale } else { Dormant::No })
}

/// The roller's part of the emission: from nothing at the opening to its cap at the end of the ramp, rounded down.
fn reward(emission: u128, late: u64, rules: &Rules) -> Option<u128> {
    let ramp = u64::from(rules.keeper_ramp);
    let part = u64::from(rules.keeper_bps.min(MAX_KEEPER_BPS)).checked_mul(late.min(ramp))?;
    scale_down(emission, part, ramp.checked_mul(BPS.into())?).ok()
}

impl Plan {
    /// Decides what becomes of the epoch, with the windows after it.
    fn decide(&mut self, now: u64, setup: &Setup) -> Result<(), Error> {
        let total = self.total()?;
        self.outcome = if now < self.params.halted_until.into() {
            Outcome::Halted
        } else if self.progress.tripped {
            Outcome::Tripped
        } else if store::account(store::CONSUMERS).is_zero() {
            Outcome::Nobody
        } else if let Some(trip) = self.pass(1, &epoch_window(setup.length), total, now)? {
            self.trip = Some(trip);
            Outcome::Tripped
        } else if self.supply.checked_add(total).is_none_or(|sum| sum > self.gauge.token_cap) {
            Outcome::Capped
        } else if let Some(trip) = self.pass(2, &YEARLY, total, now)? {
            self.trip = Some(trip);
            Outcome::Tripped
        } else {
            Outcome::Minted
        };
        Ok(())
    }

    /// Lets the amount through one window, or says why not.
    fn pass(&mut self, reason: u8, shape: &Shape, amount: u128, now: u64) -> Result<Option<Trip>, Error> {
        let window: &mut Window = if reason == 1 { &mut self.gauge.epoch } else { &mut self.gauge.year };
        match window.add(shape, now, U256::from(self.supply), U256::from(amount)) {
            Ok(next) => {
                *window = next;
                Ok(None)
            }
            Err(WindowError::Exceeded { level, cap, .. }) => Ok(Some(Trip { reason, level, limit: cap })),
            Err(WindowError::Backwards { .. } | WindowError::Math(_)) => Err(Error::arithmetic(self.supply, now)),
        }
    }
}
