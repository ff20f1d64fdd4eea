//! What stakers do: LP tokens in and out of the pools, and rewards.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::reward::RewardError;
use escapement_kit::{erc20, reentrancy::Lock, vm};

use crate::{
    amount_of,
    error::Error,
    event::{self, Act},
    storage::{self, Info},
    Gauges, IGauges as I,
};

/// As [`amount_of`], refusing zero.
fn some_amount(word: &B256) -> Result<u128, Error> {
    match amount_of(word)? {
        0 => Err(Error::numbers(I::GaugesZeroAmount::SELECTOR, &[])),
        amount => Ok(amount),
    }
}

impl Gauges {
    /// Takes LP tokens in. The tokens come first, because only what has arrived counts; the lock keeps the token from
    /// coming back meanwhile, and all state is read after it has answered.
    pub(crate) fn stake(&mut self, pool: u16, amount: &B256) -> Result<(), Error> {
        let amount = some_amount(amount)?;
        let _lock = Lock::close()?;
        let Info { token, killed, .. } = storage::info(pool)?;
        if killed {
            return Err(Error::killed(pool));
        }
        let (account, here) = (vm::sender(), vm::this());
        let before = erc20::balance_of(&token, &here)?;
        erc20::transfer_from(&token, &account, &here, U256::from(amount))?;
        let received = erc20::balance_of(&token, &here)?.saturating_sub(before);
        if received < U256::from(amount) {
            return Err(Error::short_transfer(received, amount));
        }
        self.reweigh(pool, &account, |weight| weight.checked_add(amount).ok_or_else(|| Error::arithmetic(pool)))?;
        event::acted(&Act::Staked, pool, &account, amount);
        Ok(())
    }

    /// Gives LP tokens back, of a killed pool, too.
    pub(crate) fn withdraw(&mut self, pool: u16, amount: &B256) -> Result<(), Error> {
        let amount = some_amount(amount)?;
        let _lock = Lock::close()?;
        let token = storage::info(pool)?.token;
        let account = vm::sender();
        self.reweigh(pool, &account, |weight| {
            weight.checked_sub(amount).ok_or_else(|| Error::insufficient(weight, amount))
        })?;
        event::acted(&Act::Withdrawn, pool, &account, amount);
        Ok(erc20::transfer(&token, &account, U256::from(amount))?)
    }

    /// Brings pool and account up to date and gives the account the weight that `change` makes of its own.
    fn reweigh(
        &mut self,
        pool: u16,
        account: &Address,
        change: impl FnOnce(u128) -> Result<u128, Error>,
    ) -> Result<(), Error> {
        let (slots, own) = (storage::pool_slots(pool), storage::account_slots(pool, account));
        let (mut state, (mut member, rest)) = (slots.load(), own.load());
        let weight = change(member.weight)?;
        let failed = |error| Error::reward(pool, error);
        state.accrue(vm::now()).map_err(failed)?;
        state.reweigh(&mut member, weight).map_err(failed)?;
        slots.save(&state).map_err(|error| failed(error.into()))?;
        own.save(&member, rest).map_err(|error| failed(error.into()))
    }

    /// Pays the caller what it has earned in these pools; returns how much that is.
    pub(crate) fn claim(&mut self, pools: impl Iterator<Item = u16>) -> Result<u128, Error> {
        let account = vm::sender();
        let mut total = 0u128;
        for pool in pools {
            storage::info(pool)?;
            let failed = |error: RewardError| Error::reward(pool, error);
            let (slots, own) = (storage::pool_slots(pool), storage::account_slots(pool, &account));
            let (mut state, (mut member, rest)) = (slots.load(), own.load());
            state.accrue(vm::now()).map_err(failed)?;
            member.settle(state.index).map_err(|error| failed(error.into()))?;
            let due = core::mem::take(&mut member.owed);
            slots.save(&state).map_err(|error| failed(error.into()))?;
            own.save(&member, rest).map_err(|error| failed(error.into()))?;
            if due != 0 {
                total = total.checked_add(due).ok_or_else(|| Error::arithmetic(pool))?;
                event::acted(&Act::Claimed, pool, &account, due);
            }
        }
        if total != 0 {
            let mut books = storage::books();
            books.owed = books.owed.checked_sub(total).ok_or_else(|| Error::arithmetic(0))?;
            storage::save_books(&books);
            erc20::transfer(&storage::token(), &account, U256::from(total))?;
        }
        Ok(total)
    }

    /// What `claim` would pay the account.
    pub(crate) fn earned(&self, pool: u16, account: &Address) -> Result<u128, Error> {
        storage::info(pool)?;
        let failed = |error: RewardError| Error::reward(pool, error);
        let mut state = storage::pool_slots(pool).load();
        let (mut member, _) = storage::account_slots(pool, account).load();
        state.accrue(vm::now()).map_err(failed)?;
        member.settle(state.index).map_err(|error| failed(error.into()))?;
        Ok(member.owed)
    }
}
