//! Stakes: positions, rewards and exits. Everything is written before a token moves, and an exit asks nobody but the
//! token: no controller, no pause, no other account.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::{
    fixed::MathError,
    lock::{Curve, Position, MAX_LOCK},
    reward::MAX_FUNDED,
};
use escapement_kit::{abi, erc20, vm};

use crate::{
    error::Error,
    event,
    holder::{holder_slot, lot_slot, Holder, Lot},
    state::{Books, Source, Terms, WEIGHT},
    votes, IVault as I, MAX_POSITIONS,
};

/// One account's business: the pool brought up to the present moment, and what the account has in it.
struct Desk<'a> {
    now: u64,
    account: &'a Address,
    books: Books,
    holder: Holder,
}

impl<'a> Desk<'a> {
    fn open(account: &'a Address) -> Result<Self, Error> {
        let now = vm::now();
        let mut books = Books::load();
        books.pool.accrue(now)?;
        Ok(Self { now, account, books, holder: Holder::load(account) })
    }

    fn close(&self) -> Result<(), Error> {
        self.holder.save();
        Ok(self.books.save()?)
    }

    /// The position with this id, and its slot.
    fn position(&self, id: u32) -> Result<(B256, Position), Error> {
        let slot = lot_slot(&self.holder.slot, id);
        match Lot::load(&slot) {
            Lot::Position(position) => Ok((slot, position)),
            _ => Err(about(I::VaultNoPosition::SELECTOR, self.account, id)),
        }
    }

    /// An id that was never used.
    fn take_id(&mut self) -> Result<u32, Error> {
        let id = self.holder.next;
        self.holder.next = id.checked_add(1).ok_or(MathError::Overflow)?;
        Ok(id)
    }

    /// Settles the account, one of whose positions weighed `before` and weighs `after` from now on.
    fn weigh(&mut self, before: u128, after: u128) -> Result<(), Error> {
        let weight = self.holder.reward.weight.checked_sub(before).and_then(|rest| rest.checked_add(after));
        let weight = weight.ok_or(MathError::Overflow)?;
        Ok(self.books.pool.reweigh(&mut self.holder.reward, weight)?)
    }

    /// Opens a position of `amount` that is in the vault.
    fn lock(&mut self, amount: u128, length: u32) -> Result<u32, Error> {
        if amount == 0 {
            return Err(Error::numbers(I::VaultZeroAmount::SELECTOR, &[]));
        }
        if length > MAX_LOCK {
            return Err(Error::numbers(I::VaultLockTooLong::SELECTOR, &[length.into(), MAX_LOCK.into()]));
        }
        if self.holder.open >= MAX_POSITIONS {
            return Err(Error::numbers(I::VaultTooManyPositions::SELECTOR, &[MAX_POSITIONS.into()]));
        }
        let id = self.take_id()?;
        self.holder.open = self.holder.open.saturating_add(1);
        let position = Position::open(amount, length, self.now, &Source::load().curve);
        self.weigh(0, position.weight()?)?;
        Lot::Position(position).save(&lot_slot(&self.holder.slot, id));
        votes::restake(self.now, &self.holder.slot, amount, 0)?;
        event::staked(self.account, id, &position);
        Ok(id)
    }

    /// Changes multiplier and lock of a position; refuses a change that is none.
    fn relock(
        &mut self,
        id: u32,
        change: impl FnOnce(&mut Position, u64, &Curve) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (slot, before) = self.position(id)?;
        let mut position = before;
        change(&mut position, self.now, &Source::load().curve)?;
        if position == before {
            return Err(Error::numbers(I::VaultUnchanged::SELECTOR, &[id.into(), position.multiplier.into()]));
        }
        self.weigh(before.weight()?, position.weight()?)?;
        Lot::Position(position).save(&slot);
        event::lock_changed(self.account, id, &position);
        self.close()
    }

    /// Makes the exit `exit_id` of `amount`, for which `taken` left the stakes.
    fn leave(&mut self, id: u32, exit_id: u32, amount: u128, taken: u128, cooldown: u32) -> Result<(), Error> {
        let ready_at = self.now.saturating_add(cooldown.into());
        // The smallest stakes can be less than their penalty rounded up: then nothing is left to withdraw.
        let exit = if amount == 0 { Lot::Empty } else { Lot::Exit { amount, ready_at } };
        exit.save(&lot_slot(&self.holder.slot, exit_id));
        votes::restake(self.now, &self.holder.slot, 0, taken)?;
        event::unstaked(self.account, id, exit_id, amount, ready_at);
        self.close()
    }
}

/// An error about something of an account.
fn about(selector: [u8; 4], account: &Address, id: u32) -> Error {
    Error::words(selector, &[account.into_word(), abi::word(id.into())])
}

/// Stakes `amount` of the account's tokens.
pub(crate) fn stake(account: &Address, amount: u128, length: u32) -> Result<u32, Error> {
    let mut desk = Desk::open(account)?;
    let id = desk.lock(amount, length)?;
    desk.books.owed = desk.books.owed.checked_add(amount).ok_or(MathError::Overflow)?;
    desk.close()?;
    erc20::transfer_from(&Terms::load().token, account, &vm::this(), U256::from(amount))?;
    Ok(id)
}

/// Stakes what the account has earned.
pub(crate) fn compound(account: &Address, length: u32) -> Result<u32, Error> {
    let mut desk = Desk::open(account)?;
    desk.holder.reward.settle(desk.books.pool.index)?;
    let amount = core::mem::take(&mut desk.holder.reward.owed);
    let id = desk.lock(amount, length)?;
    event::compounded(account, id, amount);
    desk.close()?;
    Ok(id)
}

/// Locks a position anew.
pub(crate) fn extend(account: &Address, id: u32, length: u32) -> Result<(), Error> {
    if length > MAX_LOCK {
        return Err(Error::numbers(I::VaultLockTooLong::SELECTOR, &[length.into(), MAX_LOCK.into()]));
    }
    Desk::open(account)?.relock(id, |position, now, curve| {
        position.extend(length, now, curve).map_err(|shortest| {
            let numbers = [id.into(), length.into(), shortest.into()];
            Error::numbers(I::VaultLockTooShort::SELECTOR, &numbers)
        })
    })
}

/// Weighs a position again whose lock has ended.
pub(crate) fn kick(account: &Address, id: u32) -> Result<(), Error> {
    Desk::open(account)?.relock(id, |position, now, curve| {
        if position.left(now) > 0 {
            return Err(Error::numbers(I::VaultLocked::SELECTOR, &[id.into(), position.ends_at]));
        }
        position.reweigh(now, curve);
        Ok(())
    })
}

/// Weighs a live lock again.
pub(crate) fn refresh(account: &Address, id: u32) -> Result<(), Error> {
    Desk::open(account)?.relock(id, |position, now, curve| {
        if position.left(now) == 0 {
            return Err(Error::numbers(I::VaultNotLocked::SELECTOR, &[id.into(), position.ends_at]));
        }
        position.reweigh(now, curve);
        Ok(())
    })
}

/// Pays the account what it has earned; nothing is no error.
pub(crate) fn claim(account: &Address) -> Result<u128, Error> {
    let mut desk = Desk::open(account)?;
    desk.holder.reward.settle(desk.books.pool.index)?;
    let amount = core::mem::take(&mut desk.holder.reward.owed);
    desk.books.owed = desk.books.owed.checked_sub(amount).ok_or(MathError::Underflow)?;
    desk.close()?;
    if amount > 0 {
        event::claimed(account, amount);
        erc20::transfer(&Terms::load().token, account, U256::from(amount))?;
    }
    Ok(amount)
}

/// Takes `amount` of a position whose lock has ended.
pub(crate) fn unstake(account: &Address, id: u32, amount: u128) -> Result<u32, Error> {
    let mut desk = Desk::open(account)?;
    let (slot, mut position) = desk.position(id)?;
    if position.left(desk.now) > 0 {
        return Err(Error::numbers(I::VaultLocked::SELECTOR, &[id.into(), position.ends_at]));
    }
    if amount == 0 {
        return Err(Error::numbers(I::VaultZeroAmount::SELECTOR, &[]));
    }
    let held = position.amount;
    let rest = held.checked_sub(amount).ok_or_else(|| {
        let words = [abi::word(id.into()), abi::word128(held), abi::word128(amount)];
        Error::words(I::VaultInsufficientStake::SELECTOR, &words)
    })?;
    let before = position;
    position.reweigh(desk.now, &Curve::FLAT);
    position.amount = rest;
    desk.weigh(before.weight()?, position.weight()?)?;
    let exit_id = if rest == 0 {
        desk.holder.open = desk.holder.open.saturating_sub(1);
        id
    } else {
        Lot::Position(position).save(&slot);
        if position.multiplier != before.multiplier || position.length != before.length {
            event::lock_changed(account, id, &position);
        }
        desk.take_id()?
    };
    desk.leave(id, exit_id, amount, amount, Terms::load().cooldown)?;
    Ok(exit_id)
}

/// Leaves a live lock; returns the penalty.
pub(crate) fn exit_early(account: &Address, id: u32) -> Result<u128, Error> {
    let mut desk = Desk::open(account)?;
    let (_, position) = desk.position(id)?;
    if position.left(desk.now) == 0 {
        return Err(Error::numbers(I::VaultNotLocked::SELECTOR, &[id.into(), position.ends_at]));
    }
    let terms = Terms::load();
    desk.books.load_funded();
    // A pool that can count no more takes no penalty: nothing may stand in the way of an exit.
    let room = MAX_FUNDED.saturating_sub(desk.books.pool.funded);
    let penalty = position.cost(terms.penalty, desk.now)?.min(room);
    desk.books.pool.keep(penalty)?;
    desk.books.save_funded();
    desk.weigh(position.weight()?, 0)?;
    desk.holder.open = desk.holder.open.saturating_sub(1);
    event::exited_early(account, id, penalty);
    let rest = position.amount.checked_sub(penalty).ok_or(MathError::Underflow)?;
    desk.leave(id, id, rest, position.amount, terms.cooldown)?;
    Ok(penalty)
}

/// Pays exits that are ready.
pub(crate) fn withdraw(account: &Address, ids: &[u64]) -> Result<u128, Error> {
    let (now, holder, mut sum) = (vm::now(), holder_slot(account), 0u128);
    for id in ids {
        let id = u32::try_from(*id).map_err(|_| abi::Malformed)?;
        let slot = lot_slot(&holder, id);
        let Lot::Exit { amount, ready_at } = Lot::load(&slot) else {
            return Err(about(I::VaultNoExit::SELECTOR, account, id));
        };
        if ready_at > now {
            return Err(Error::numbers(I::VaultNotReady::SELECTOR, &[id.into(), ready_at]));
        }
        sum = sum.checked_add(amount).ok_or(MathError::Overflow)?;
        Lot::Empty.save(&slot);
        event::withdrawn(account, id, amount);
    }
    if sum == 0 {
        return Err(Error::numbers(I::VaultZeroAmount::SELECTOR, &[]));
    }
    let [weight, owed] = abi::halves(&vm::load(&WEIGHT));
    let owed = owed.checked_sub(sum).ok_or(MathError::Underflow)?;
    vm::save(&WEIGHT, &abi::join([weight, owed]));
    erc20::transfer(&Terms::load().token, account, U256::from(sum))?;
    Ok(sum)
}
