//! The vesting stream: opened, edited and revoked by governance, paid on anyone's call, its speed read from the controller.

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolError;
use escapement_core::{
    param::Group,
    vesting::{Plan, Stream, VestingError},
};
use escapement_kit::{params, roles::DEFAULT_ADMIN_ROLE, vm};

use crate::{
    committed,
    error::Error,
    event, pay, some_amount,
    storage::{self, Funds, Vesting},
    ITreasury as I, Treasury, ROLES,
};

/// The one value of the vesting group.
fn speed_of(values: &[u32]) -> Result<u32, Error> {
    match values {
        [speed] => Ok(*speed),
        _ => Err(Error::numbers(I::TreasuryBadCount::SELECTOR, &[1, values.len() as u64])),
    }
}

/// The stream, if one was ever opened.
fn existing() -> Result<Vesting, Error> {
    let vesting = Vesting::load();
    if vesting.beneficiary.is_zero() {
        return Err(Error::numbers(I::TreasuryNoStream::SELECTOR, &[]));
    }
    Ok(vesting)
}

/// Anyone.
impl Treasury {
    /// Takes the controller's speed over, if it can be had and keeps the rules, from now on; else the stream keeps its own,
    /// with an event that says why.
    pub(crate) fn poke(&mut self) -> Result<(), Error> {
        let mut vesting = Vesting::load();
        let now = vm::now();
        let old = vesting.stream.speed;
        vesting.stream.accrue(now);
        if vesting.stream.is_done() {
            return Ok(());
        }
        let group = match params::read(&storage::controller(), Group::Vesting.number()) {
            Ok(group) => group,
            Err(data) => {
                event::speed_kept(2, old, data.len() as u64);
                return Ok(());
            }
        };
        if now < group.halted_until.into() {
            event::speed_kept(1, old, group.halted_until.into());
            return Ok(());
        }
        // A group of another size is as little a speed as one out of range.
        let speed = speed_of(&group.values).unwrap_or_default();
        if speed == old {
            if vesting.refused != 0 {
                vesting.refused = 0;
                vesting.save();
            }
            return Ok(());
        }
        match vesting.stream.set_speed(now, speed) {
            Ok(()) => {
                vesting.refused = 0;
                event::speed_changed(old, speed);
            }
            Err(VestingError::SpeedOutOfRange { .. }) => {
                event::speed_kept(3, old, speed.into());
                return Ok(());
            }
            Err(VestingError::RunwayTooShort { runway, .. }) => {
                vesting.refused = speed;
                event::speed_kept(4, old, runway);
            }
            Err(other) => return Err(other.into()),
        }
        vesting.save();
        Ok(())
    }

    /// Refuses a speed that the stream could not take now. One that it has refused already it lives with: it keeps its
    /// own, and other groups must not be held up by it.
    pub(crate) fn check_speed(&self, values: &[u32]) -> Result<(), Error> {
        let speed = speed_of(values)?;
        let mut vesting = Vesting::load();
        match vesting.stream.set_speed(vm::now(), speed) {
            Err(VestingError::RunwayTooShort { .. }) if speed == vesting.refused => Ok(()),
            other => Ok(other?),
        }
    }

    /// Pays the beneficiary what has vested; returns how much that is.
    pub(crate) fn release(&mut self) -> Result<u128, Error> {
        let mut vesting = existing()?;
        let amount = vesting.stream.release(vm::now())?;
        if amount != 0 {
            vesting.save();
            let mut funds = Funds::load();
            funds.pay(amount)?;
            funds.save();
            event::released(&vesting.beneficiary, amount);
            pay(&vesting.beneficiary, amount)?;
        }
        Ok(amount)
    }

    /// Base units vested until now, and those of them not yet paid.
    pub(crate) fn vested(&self) -> Result<(u128, u128), Error> {
        let mut stream = Vesting::load().stream;
        let releasable = stream.release(vm::now())?;
        Ok((stream.released, releasable))
    }
}

/// Governance.
impl Treasury {
    /// Opens a stream at the controller's speed, once the one before is paid out.
    pub(crate) fn open_stream(
        &mut self,
        beneficiary: &Address,
        amount: &B256,
        start: u64,
        fixed_end: u64,
        cliff: u64,
        duration: u32,
    ) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        let amount = some_amount(amount)?;
        if beneficiary.is_zero() {
            return Err(Error::zero_address());
        }
        let outstanding = Vesting::load().stream.outstanding()?;
        if outstanding != 0 {
            return Err(Error::stream_open(outstanding));
        }
        let speed = speed_of(&committed(Group::Vesting)?)?;
        let stream = Stream::open(&Plan { amount, cliff, duration }, start, fixed_end, speed)?;
        let mut funds = Funds::load();
        funds.escrow(amount)?;
        funds.save();
        Vesting { beneficiary: *beneficiary, refused: 0, stream }.save();
        event::stream_opened(beneficiary, &stream);
        Ok(())
    }

    /// Keeps what has vested and replaces the rest.
    pub(crate) fn edit_stream(&mut self, unvested: &B256, cliff: u64, duration: u32) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        let amount = some_amount(unvested)?;
        let mut vesting = existing()?;
        let plan = Plan { amount, cliff, duration };
        let returned = vesting.stream.replan(vm::now(), &plan)?;
        vesting.save();
        let mut funds = Funds::load();
        funds.give_back(returned)?;
        funds.escrow(amount)?;
        funds.save();
        event::stream_edited(vesting.stream.base, returned, &plan);
        Ok(())
    }

    /// Keeps what has vested and returns the rest to the free funds.
    pub(crate) fn revoke_stream(&mut self) -> Result<(), Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        let mut vesting = existing()?;
        let returned = vesting.stream.revoke(vm::now())?;
        vesting.save();
        let mut funds = Funds::load();
        funds.give_back(returned)?;
        funds.save();
        event::stream_revoked(vesting.stream.base, returned);
        Ok(())
    }
}
