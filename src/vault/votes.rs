//! Votes: what an account has staked counts for whom it has delegated to, now and at every past moment (ERC-5805, with
//! seconds as its clock, ERC-6372).

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_core::lock::MAX_AMOUNT;
use escapement_kit::{abi, signature, vm};

use crate::{
    error::Error,
    event,
    holder::{holder_slot, nonce_slot, save_trace, stake_slot, trace, Stake},
    IVault as I, DOMAIN_NAME, DOMAIN_VERSION,
};

/// Type of the EIP-712 domain.
const DOMAIN: &str = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
/// Type of a signed delegation, as `OpenZeppelin`'s votes have it.
const DELEGATION: &str = "Delegation(address delegatee,uint256 nonce,uint256 expiry)";

/// A moment as traces count it. Beyond 2106 every moment is the last one: history ends there, exits do not.
pub(crate) fn moment(now: u64) -> u32 {
    u32::try_from(now).unwrap_or(u32::MAX)
}

/// `amount` with `added` more and `taken` less.
fn changed(amount: u128, added: u128, taken: u128) -> Result<u128, Error> {
    // Twice 2^96 at most.
    let sum = amount.saturating_add(added);
    if added > 0 && sum > MAX_AMOUNT {
        return Err(Error::too_large(&abi::word128(sum)));
    }
    sum.checked_sub(taken).ok_or_else(|| escapement_core::fixed::MathError::Underflow.into())
}

/// Changes the present value of the trace of `account`; returns it before and after.
fn shift(now: u64, account: &Address, added: u128, taken: u128) -> Result<(u128, u128), Error> {
    let (mut slots, mut trace) = trace(account);
    let before = trace.value;
    let after = changed(before, added, taken)?;
    trace.push(&mut slots, moment(now), after)?;
    save_trace(&slots, &trace);
    Ok((before, after))
}

/// Changes what the account at the slot `holder` has staked, and with it everything staked and the votes of its delegatee.
pub(crate) fn restake(now: u64, holder: &B256, added: u128, taken: u128) -> Result<(), Error> {
    let slot = stake_slot(holder);
    let mut stake = Stake::load(&slot);
    stake.principal = changed(stake.principal, added, taken)?;
    stake.save(&slot);
    shift(now, &Address::ZERO, added, taken)?;
    if !stake.delegatee.is_zero() {
        event::votes_changed(&stake.delegatee, shift(now, &stake.delegatee, added, taken)?);
    }
    Ok(())
}

/// Delegates the votes of an account.
pub(crate) fn delegate(account: &Address, delegatee: &Address) -> Result<(), Error> {
    let now = vm::now();
    let slot = stake_slot(&holder_slot(account));
    let mut stake = Stake::load(&slot);
    let from = core::mem::replace(&mut stake.delegatee, *delegatee);
    stake.save(&slot);
    event::delegate_changed(account, &from, delegatee);
    if from == *delegatee || stake.principal == 0 {
        return Ok(());
    }
    if !from.is_zero() {
        event::votes_changed(&from, shift(now, &from, 0, stake.principal)?);
    }
    if !delegatee.is_zero() {
        event::votes_changed(delegatee, shift(now, delegatee, stake.principal, 0)?);
    }
    Ok(())
}

/// Delegates the votes of who signed `delegatee`, `nonce` and `expiry`.
pub(crate) fn delegate_by_sig(
    delegatee: &Address,
    nonce: &B256,
    expiry: &B256,
    signature: &[u8; 65],
) -> Result<(), Error> {
    if U256::from_be_bytes(expiry.0) < U256::from(vm::now()) {
        return Err(Error::words(I::VotesExpiredSignature::SELECTOR, &[*expiry]));
    }
    let hash = encode(&[vm::keccak(DELEGATION.as_bytes()), delegatee.into_word(), *nonce, *expiry]);
    let mut preimage = Vec::with_capacity(66);
    preimage.extend_from_slice(&[0x19, 0x01]);
    preimage.extend_from_slice(domain_separator().as_slice());
    preimage.extend_from_slice(hash.as_slice());
    let signer = signature::recover(vm::keccak(&preimage), signature)
        .map_err(|reason| Error::numbers(I::VaultBadSignature::SELECTOR, &[reason as u64]))?;
    let slot = nonce_slot(&holder_slot(&signer));
    let current = vm::load(&slot);
    if current != *nonce {
        return Err(Error::words(I::InvalidAccountNonce::SELECTOR, &[signer.into_word(), current]));
    }
    vm::save(&slot, &vm::behind(&current, 1));
    delegate(&signer, delegatee)
}

/// The EIP-712 separator, made anew at every call: right on every chain and behind every proxy.
pub(crate) fn domain_separator() -> B256 {
    encode(&[
        vm::keccak(DOMAIN.as_bytes()),
        vm::keccak(DOMAIN_NAME.as_bytes()),
        vm::keccak(DOMAIN_VERSION.as_bytes()),
        abi::word(vm::chain_id()),
        vm::this().into_word(),
    ])
}

/// keccak-256 of words.
fn encode(words: &[B256]) -> B256 {
    let mut preimage = Vec::with_capacity(160);
    for word in words {
        abi::push_word(&mut preimage, word);
    }
    vm::keccak(&preimage)
}

/// The value of the trace of `account` at a past moment.
pub(crate) fn past(account: &Address, timepoint: &B256) -> Result<u128, Error> {
    let now = vm::now();
    if U256::from_be_bytes(timepoint.0) >= U256::from(now) {
        return Err(Error::words(I::ERC5805FutureLookup::SELECTOR, &[*timepoint, abi::word(now)]));
    }
    let (slots, trace) = trace(account);
    Ok(trace.at(&slots, moment(abi::low_u64(timepoint))))
}
