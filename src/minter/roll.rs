//! Rolling an epoch: the plan written down, then minted, consumer by consumer.
//!
//! A part is minted to its consumer and then announced to it. A consumer that fails to book it keeps it all the same: the
//! tokens are its own, supply, windows and burn meter have seen them once and for all, and only the announcement is
//! repeated by `deliver`. So a retry mints nothing, moves nothing, and cannot meet a cap or a breaker; and the contract
//! never holds what belongs to others.

use alloy_primitives::{Address, B256, U256};
use escapement_core::allocation;
use escapement_kit::{abi::join, erc20, slot::unpack, vm};

use crate::{
    epoch::{plan, Outcome, Plan},
    error::{narrow, Error},
    event, peer,
    store::{self, CONSUMERS, MAX_CONSUMERS, TOTALS, UNBOOKED},
    IMinter as I,
};
use alloy_sol_types::SolError;

/// The consumers and their weights in bps, unused places zero.
pub fn consumers() -> ([Address; MAX_CONSUMERS], [u32; MAX_CONSUMERS]) {
    let (mut accounts, mut weights) = ([Address::ZERO; MAX_CONSUMERS], [0; MAX_CONSUMERS]);
    for ((place, account), weight) in (CONSUMERS..).zip(&mut accounts).zip(&mut weights) {
        let word = store::load(place);
        if word.is_zero() {
            break;
        }
        *account = Address::from_word(word);
        let [bps] = unpack(&word, 20, &[2]);
        // Two bytes.
        *weight = u32::try_from(bps).unwrap_or_default();
    }
    (accounts, weights)
}

/// Slot of what a consumer was not told of.
fn unbooked_slot(consumer: &Address) -> B256 {
    vm::mapping(&consumer.into_word(), &B256::with_last_byte(UNBOOKED))
}

/// What a consumer was minted and not told of.
pub fn unbooked(consumer: &Address) -> U256 {
    vm::load(&unbooked_slot(consumer)).into()
}

/// Rolls the present epoch.
pub fn roll() -> Result<(), Error> {
    let mut plan = plan()?;
    let minting = plan.outcome == Outcome::Minted;
    let total = if minting { plan.total()? } else { 0 };
    if !minting {
        plan.remint = 0;
    }
    write(&mut plan, total)?;
    // Last, with everything written: neither token nor consumers can come back into a half-rolled epoch.
    if total == 0 {
        return Ok(());
    }
    let keeper = vm::sender();
    if plan.reward > 0 {
        erc20::mint(&plan.token, &keeper, U256::from(plan.reward))?;
        event::keeper_paid(&keeper, plan.epoch, plan.reward);
    }
    let (accounts, weights) = consumers();
    // The reward is a part of the emission.
    let rest = total.checked_sub(plan.reward).ok_or_else(|| Error::arithmetic(plan.supply, vm::now()))?;
    let parts = allocation::split(rest, &weights).map_err(Error::weights)?;
    for (consumer, part) in accounts.iter().zip(parts) {
        if part > 0 {
            erc20::mint(&plan.token, consumer, U256::from(part))?;
            announce(consumer, part)?;
        }
    }
    Ok(())
}

/// Tells a consumer, or notes what it has not booked.
fn announce(consumer: &Address, part: u128) -> Result<(), Error> {
    if peer::notify(consumer, part) {
        event::delivered(consumer, part);
        return Ok(());
    }
    let slot = unbooked_slot(consumer);
    let sum = U256::from_be_bytes(vm::load(&slot).0).checked_add(U256::from(part));
    let sum = sum.and_then(|sum| u128::try_from(sum).ok()).ok_or_else(|| Error::arithmetic(part, vm::now()))?;
    vm::save(&slot, &U256::from(sum).into());
    event::not_booked(consumer, part, sum);
    Ok(())
}

/// Tells a consumer again of everything it has not booked.
pub fn deliver(consumer: &Address) -> Result<(), Error> {
    let slot = unbooked_slot(consumer);
    let amount = narrow(vm::load(&slot).into())?;
    if amount == 0 {
        return Err(Error::new(I::MinterNothingUnbooked::SELECTOR, &[consumer.into_word()]));
    }
    vm::save(&slot, &B256::ZERO);
    event::delivered(consumer, amount);
    peer::notify_or_fail(consumer, amount)
}

/// Writes down what the plan decided, with its events. `total` is what is minted.
fn write(plan: &mut Plan, total: u128) -> Result<(), Error> {
    let now = vm::now();
    let (supply, kept) = (plan.supply, plan.progress);
    let arithmetic = || Error::arithmetic(supply, now);
    let mut next = kept;
    if plan.missed > 0 {
        event::epoch_missed(kept.next_epoch, plan.missed);
        // Epochs of an hour or more: 2^32 of them are half a million years.
        next.missed =
            u32::try_from(plan.missed).ok().and_then(|n| kept.missed.checked_add(n)).ok_or_else(arithmetic)?;
    }
    if plan.outcome == Outcome::Halted {
        next.halted = kept.halted.checked_add(1).ok_or_else(arithmetic)?;
    }
    if let Some(trip) = &plan.trip {
        next.tripped = true;
        event::breaker_tripped(plan.epoch, trip.reason, plan.total()?, trip.level, trip.limit);
    }
    if plan.outcome == Outcome::Minted {
        let (epoch, remint) = (plan.epoch, plan.remint);
        if remint > 0 {
            let refuse = |error| Error::equilibrium(error, supply, now);
            let room = plan.gauge.reminted.room_down(epoch, &plan.meter, supply, kept.remint_cap);
            let taken = plan.gauge.reminted.take(epoch, remint, room.map_err(|_| arithmetic())?);
            plan.gauge.reminted = taken.map_err(refuse)?;
            plan.meter.remint(remint).map_err(refuse)?;
        }
        plan.gauge.save().ok_or_else(arithmetic)?;
        plan.meter.mint(plan.emission).map_err(|_| arithmetic())?;
        let (minted, reminted) = store::two(TOTALS);
        let sums = minted.checked_add(total).zip(reminted.checked_add(remint));
        let (minted, reminted) = sums.ok_or_else(arithmetic)?;
        store::save(TOTALS, &join([minted, reminted]));
    }
    store::save_meter(&plan.meter);
    let params = &plan.params;
    next.next_epoch = plan.epoch.checked_add(1).ok_or_else(arithmetic)?;
    (next.rate, next.remint_cap) = (params.rate, params.remint_cap);
    // Checked against its hard range when it was read.
    next.burn_share = u16::try_from(params.burn_share).map_err(|_| arithmetic())?;
    next.save();
    event::epoch_rolled(plan.epoch, plan.outcome as u8, total, [kept.rate, params.rate], supply);
    let values = [kept.remint_cap, params.burn_share, params.remint_cap];
    event::equilibrium(plan.epoch, plan.dormant as u8, [plan.burned, plan.meter.average, plan.remint], values);
    Ok(())
}
