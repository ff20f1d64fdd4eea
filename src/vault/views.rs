//! What the vault tells.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use escapement_kit::{abi, erc20, route::amount, vm};

use crate::{
    error::Error,
    holder::{holder_slot, lot_slot, nonce_slot, stake_slot, trace, Holder, Lot, Stake},
    state::{Books, Source, Terms},
    votes, DOMAIN_NAME, DOMAIN_VERSION,
};

/// Words of a result.
fn words<const N: usize>(words: [B256; N]) -> Vec<u8> {
    let mut out = Vec::with_capacity(N.saturating_mul(32));
    for word in &words {
        abi::push_word(&mut out, word);
    }
    out
}

/// A string as result.
pub(crate) fn text(content: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    abi::push(&mut out, 32);
    abi::push_bytes(&mut out, content.as_bytes());
    out
}

/// What an account has staked and to whom its votes are delegated.
pub(crate) fn stake(account: &Address) -> Stake {
    Stake::load(&stake_slot(&holder_slot(account)))
}

/// Delegations that an account has signed and that were used.
pub(crate) fn nonce(account: &Address) -> Vec<u8> {
    vm::load(&nonce_slot(&holder_slot(account))).to_vec()
}

/// Amount, multiplier, length and end of a position.
pub(crate) fn position(account: &Address, id: u32) -> Vec<u8> {
    match Lot::load(&lot_slot(&holder_slot(account), id)) {
        Lot::Position(position) => {
            let numbers = [position.multiplier.into(), position.length.into(), position.ends_at];
            let [multiplier, length, end] = numbers.map(abi::word);
            words([abi::word128(position.amount), multiplier, length, end])
        }
        _ => words([B256::ZERO; 4]),
    }
}

/// Amount and moment of an exit.
pub(crate) fn unbonding(account: &Address, id: u32) -> Vec<u8> {
    match Lot::load(&lot_slot(&holder_slot(account), id)) {
        Lot::Exit { amount, ready_at } => words([abi::word128(amount), abi::word(ready_at)]),
        _ => words([B256::ZERO; 2]),
    }
}

/// Weight, open positions and next id of an account.
pub(crate) fn holder(account: &Address) -> Vec<u8> {
    let holder = Holder::load(account);
    words([abi::word128(holder.reward.weight), abi::word(holder.open.into()), abi::word(holder.next.into())])
}

/// What an account has earned and not claimed by now.
pub(crate) fn earned(account: &Address) -> Result<Vec<u8>, Error> {
    let (mut books, mut holder) = (Books::load(), Holder::load(account));
    books.pool.accrue(vm::now())?;
    holder.reward.settle(books.pool.index)?;
    Ok(amount(holder.reward.owed))
}

/// The pool.
pub(crate) fn rewards() -> Vec<u8> {
    let mut books = Books::load();
    books.load_funded();
    let pool = books.pool;
    let [rate, unallocated, weight, funded] = [pool.rate, pool.unallocated, pool.weight, pool.funded].map(abi::word128);
    words([pool.index.into(), abi::word(pool.updated_at), rate, abi::word(pool.ends_at), unallocated, weight, funded])
}

/// The curve for new locks.
pub(crate) fn curve() -> Vec<u8> {
    words(Source::load().curve.knots().map(|knot| abi::word(knot.into())))
}

/// Tokens held, and what is owed of them.
pub(crate) fn solvency() -> Result<Vec<u8>, Error> {
    let balance: U256 = erc20::balance_of(&Terms::load().token, &vm::this())?;
    Ok(words([balance.into(), abi::word128(Books::load().owed)]))
}

/// Length of an epoch, cooldown, penalty.
pub(crate) fn terms() -> Vec<u8> {
    let terms = Terms::load();
    words([terms.epoch.into(), terms.cooldown.into(), terms.penalty.into()].map(abi::word))
}

/// Votes delegated to an account now; everything staked for address zero.
pub(crate) fn votes(account: &Address) -> Vec<u8> {
    let (_, trace) = trace(account);
    amount(trace.value)
}

/// EIP-5267: name, version, chain id and verifying contract are used, salt and extensions are not.
pub(crate) fn domain() -> Vec<u8> {
    let mut fields = B256::ZERO;
    let [first, ..] = &mut fields.0;
    *first = 0x0f;
    let mut out = Vec::with_capacity(384);
    abi::push_word(&mut out, &fields);
    // Seven words of head; each string takes two.
    abi::push(&mut out, 224);
    abi::push(&mut out, 288);
    abi::push(&mut out, vm::chain_id());
    abi::push_word(&mut out, &vm::this().into_word());
    abi::push(&mut out, 0);
    abi::push(&mut out, 352);
    abi::push_bytes(&mut out, DOMAIN_NAME.as_bytes());
    abi::push_bytes(&mut out, DOMAIN_VERSION.as_bytes());
    abi::push(&mut out, 0);
    out
}

/// The value of a trace at a past moment.
pub(crate) fn past(account: &Address, timepoint: &B256) -> Result<Vec<u8>, Error> {
    votes::past(account, timepoint).map(amount)
}
