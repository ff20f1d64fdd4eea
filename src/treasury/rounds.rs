//! Grant rounds: a budget of free funds, shared by declared bases and snapshotted multipliers, claimed by Merkle proof.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolError;
use escapement_core::{
    grants::{self, Shares},
    param::Group,
};
use escapement_kit::{abi, merkle, roles::DEFAULT_ADMIN_ROLE, vm};

use crate::{
    amount_of, committed,
    error::Error,
    event, pay, some_amount,
    storage::{self, Funds, Round},
    ITreasury as I, Treasury, COUNCIL_ROLE, ROLES,
};

/// Seconds from the opening of a round to its first claim (7 days), in which the council can disable it.
pub const ACTIVATION_DELAY: u64 = 7 * 86_400;
/// Least time for claims, seconds (7 days).
pub const SHORTEST_CLAIMS: u64 = 7 * 86_400;
/// Most time for claims, seconds (five years).
pub const LONGEST_CLAIMS: u64 = 5 * 365 * 86_400;

/// States of a round.
const OPEN: u8 = 1;
const DISABLED: u8 = 2;
const CLOSED: u8 = 3;

/// A grant as its recipient claims it.
pub(crate) struct Claim {
    pub(crate) round: u32,
    pub(crate) index: u32,
    pub(crate) account: Address,
    pub(crate) category: u8,
    pub(crate) base: B256,
    pub(crate) proof: Vec<B256>,
}

impl Claim {
    /// The leaf that stands for this grant.
    fn leaf(&self) -> B256 {
        let words: [B256; 5] = [
            abi::word(self.round.into()),
            abi::word(self.index.into()),
            self.account.into_word(),
            abi::word(self.category.into()),
            self.base,
        ];
        merkle::leaf(&words.concat())
    }
}

/// An error about a round and a number.
fn refusal(selector: [u8; 4], round: u32, number: impl Into<u64>) -> Error {
    Error::numbers(selector, &[round.into(), number.into()])
}

/// A round in state open.
fn open(number: u32) -> Result<Round, Error> {
    let round = Round::load(number);
    match round.state {
        OPEN => Ok(round),
        0 => Err(Error::numbers(I::TreasuryUnknownRound::SELECTOR, &[number.into()])),
        state => Err(refusal(I::TreasuryRoundOver::SELECTOR, number, state)),
    }
}

impl Treasury {
    /// Opens a round at the controller's multipliers; returns its number. Governance.
    pub(crate) fn open_round(
        &mut self,
        budget: &B256,
        bases: &[B256],
        root: &B256,
        deadline: u64,
    ) -> Result<u32, Error> {
        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
        let budget = some_amount(budget)?;
        let bases = bases.iter().map(amount_of).collect::<Result<Vec<_>, _>>()?;
        let opens_at = vm::now().saturating_add(ACTIVATION_DELAY);
        let (earliest, latest) = (opens_at.saturating_add(SHORTEST_CLAIMS), opens_at.saturating_add(LONGEST_CLAIMS));
        if !(earliest..=latest).contains(&deadline) {
            return Err(Error::numbers(I::TreasuryBadDeadline::SELECTOR, &[deadline, earliest, latest]));
        }
        let multipliers = committed(Group::Grants)?;
        let shares = Shares::open(budget, &bases, &multipliers)?;
        let mut funds = Funds::load();
        funds.escrow(budget)?;
        funds.save();
        let number = storage::rounds().checked_add(1).ok_or_else(Error::arithmetic)?;
        storage::save_rounds(number);
        storage::save_root(number, root);
        let count = u8::try_from(bases.len()).unwrap_or(u8::MAX);
        let mut round = Round { state: OPEN, shares, left: budget, opens_at, deadline, count, multipliers: 0 };
        event::round_opened(number, root, &round);
        for ((category, base), multiplier) in (0u8..).zip(&bases).zip(&multipliers) {
            // In range, so 16 bits each, and at most eight of them.
            let place = u128::from(*multiplier).checked_shl(u32::from(category).saturating_mul(16));
            round.multipliers |= place.unwrap_or_default();
            storage::save_category(number, category, *base, 0);
            event::category_declared(number, category, *base, *multiplier);
        }
        round.save(number);
        Ok(number)
    }

    /// Returns the whole budget of a round whose claims are not open yet. Council.
    pub(crate) fn disable_round(&mut self, number: u32) -> Result<(), Error> {
        ROLES.only(&COUNCIL_ROLE)?;
        let round = open(number)?;
        if vm::now() >= round.opens_at {
            return Err(refusal(I::TreasuryRoundOpen::SELECTOR, number, round.opens_at));
        }
        self.end(number, round, DISABLED)
    }

    /// Returns what was not claimed of a round whose deadline has passed. Anyone.
    pub(crate) fn close_round(&mut self, number: u32) -> Result<(), Error> {
        let round = open(number)?;
        if vm::now() < round.deadline {
            return Err(refusal(I::TreasuryRoundNotExpired::SELECTOR, number, round.deadline));
        }
        self.end(number, round, CLOSED)
    }

    /// Ends a round.
    fn end(&mut self, number: u32, mut round: Round, state: u8) -> Result<(), Error> {
        let returned = core::mem::take(&mut round.left);
        round.state = state;
        round.save(number);
        let mut funds = Funds::load();
        funds.give_back(returned)?;
        funds.save();
        event::round_over(number, state == DISABLED, returned);
        Ok(())
    }

    /// Pays a grant; returns how much that is. Anyone.
    pub(crate) fn claim_grant(&mut self, claim: &Claim) -> Result<u128, Error> {
        let Claim { round: number, index, account, category, .. } = *claim;
        let mut round = open(number)?;
        let (now, opens_at, deadline) = (vm::now(), round.opens_at, round.deadline);
        if now < opens_at {
            return Err(refusal(I::TreasuryRoundNotOpen::SELECTOR, number, opens_at));
        }
        if now >= deadline {
            return Err(refusal(I::TreasuryRoundExpired::SELECTOR, number, deadline));
        }
        if category >= round.count {
            return Err(refusal(I::TreasuryBadCategory::SELECTOR, number, category));
        }
        let base = amount_of(&claim.base)?;
        if !merkle::verify(&storage::root(number), &claim.leaf(), &claim.proof) {
            return Err(refusal(I::TreasuryBadProof::SELECTOR, number, index));
        }
        if storage::is_claimed(number, index) {
            return Err(refusal(I::TreasuryAlreadyClaimed::SELECTOR, number, index));
        }
        storage::set_claimed(number, index);
        let [declared, claimed] = storage::category(number, category);
        storage::save_category(number, category, declared, grants::claim(claimed, base, declared)?);
        let amount = round.shares.payout_down(base, round.multiplier(category))?;
        round.left = round.left.checked_sub(amount).ok_or_else(Error::arithmetic)?;
        round.save(number);
        let mut funds = Funds::load();
        funds.pay(amount)?;
        funds.save();
        event::grant_claimed(number, index, &account, category, base, amount);
        pay(&account, amount)?;
        Ok(amount)
    }

    /// Everything about a round, as `abi.sol` says.
    pub(crate) fn round(&self, number: u32) -> Result<Vec<u8>, Error> {
        let round = Round::load(number);
        if round.state == 0 {
            return Err(Error::numbers(I::TreasuryUnknownRound::SELECTOR, &[number.into()]));
        }
        let words: [B256; 8] = [
            abi::word(round.state.into()),
            storage::root(number),
            abi::word128(round.shares.budget),
            abi::word128(round.left),
            round.shares.weight.into(),
            abi::word(round.count.into()),
            abi::word(round.opens_at),
            abi::word(round.deadline),
        ];
        Ok(words.concat())
    }

    /// Declared base, claimed base and multiplier of a category.
    pub(crate) fn category(&self, number: u32, category: u8) -> Result<Vec<u8>, Error> {
        let round = Round::load(number);
        if category >= round.count {
            return Err(refusal(I::TreasuryBadCategory::SELECTOR, number, category));
        }
        let [declared, claimed] = storage::category(number, category);
        let words: [B256; 3] =
            [abi::word128(declared), abi::word128(claimed), abi::word(round.multiplier(category).into())];
        Ok(words.concat())
    }
}
