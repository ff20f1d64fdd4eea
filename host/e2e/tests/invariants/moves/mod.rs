//! What can happen: each move makes one choice after another from its own seed, and says whether it went through.
#![allow(clippy::unnecessary_wraps)] // all moves have one signature

mod funds;
mod holders;
mod hostile;
mod powers;
mod steering;

use crate::{book::Held, rng::Rng, run::Run};

/// What a move must be seen to do over all histories together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Succeed at times and be refused at times.
    Both,
    /// Succeed: nothing can refuse it.
    Done,
    /// Be refused: success is a broken invariant.
    Refused,
}

/// A move: its name, how often it comes up, what it must be seen to do, and itself.
pub struct Move {
    pub name: &'static str,
    pub weight: u64,
    pub seen: Seen,
    pub make: fn(&mut Run<'_>, &mut Rng) -> Held<bool>,
}

const fn both(name: &'static str, weight: u64, make: fn(&mut Run<'_>, &mut Rng) -> Held<bool>) -> Move {
    Move { name, weight, seen: Seen::Both, make }
}

const fn done(name: &'static str, weight: u64, make: fn(&mut Run<'_>, &mut Rng) -> Held<bool>) -> Move {
    Move { name, weight, seen: Seen::Done, make }
}

const fn refused(name: &'static str, weight: u64, make: fn(&mut Run<'_>, &mut Rng) -> Held<bool>) -> Move {
    Move { name, weight, seen: Seen::Refused, make }
}

/// All moves.
pub const MOVES: &[Move] = &[
    done("wait seconds", 8, holders::wait_seconds),
    done("wait days", 10, holders::wait_days),
    both("stake", 8, holders::stake),
    both("extend a lock", 3, holders::extend),
    both("refresh a lock", 3, holders::refresh),
    both("kick a lock", 2, holders::kick),
    both("claim in the vault", 4, holders::claim),
    both("compound", 3, holders::compound),
    both("unstake", 5, holders::unstake),
    both("exit early", 3, holders::exit_early),
    both("withdraw", 5, holders::withdraw),
    both("delegate", 3, holders::delegate),
    both("transfer tokens", 3, holders::transfer),
    both("burn tokens", 2, holders::burn),
    both("transfer LP tokens", 2, holders::transfer_lp),
    both("stake LP tokens", 6, holders::stake_lp),
    both("withdraw LP tokens", 4, holders::withdraw_lp),
    both("claim in the gauges", 4, holders::claim_pools),
    both("donate", 4, holders::donate),
    both("roll an epoch", 12, funds::roll),
    both("deliver again", 2, funds::deliver),
    both("deposit revenue", 3, funds::deposit_revenue),
    both("deposit quote", 3, funds::deposit_quote),
    both("keep a reading", 3, funds::observe_price),
    both("buy back", 3, funds::buy_back),
    both("trade on the market", 2, funds::swap),
    both("name consumers", 2, funds::set_consumers),
    both("sweep the reserve", 2, funds::sweep),
    both("book a surplus", 2, funds::book_surplus),
    both("open a stream", 3, funds::open_stream),
    both("edit a stream", 2, funds::edit_stream),
    both("revoke a stream", 1, funds::revoke_stream),
    both("release", 3, funds::release),
    both("spend", 2, funds::spend),
    both("open a round", 3, funds::open_round),
    both("claim a grant", 5, funds::claim_grant),
    both("disable a round", 2, funds::disable_round),
    both("close a round", 3, funds::close_round),
    both("end and add a pool", 2, funds::replace_pool),
    both("steer", 14, steering::steer),
    refused("steer with a broken update", 6, steering::broken),
    both("steer and let it be logged", 3, steering::try_submit),
    both("execute", 8, steering::execute),
    both("veto", 2, steering::veto),
    both("approve", 1, steering::approve),
    both("override", 4, steering::override_values),
    both("restore", 2, steering::restore),
    both("narrow bounds", 2, steering::narrow),
    both("widen bounds", 2, steering::widen),
    done("poke controller, vault and treasury", 4, steering::poke),
    done("observe supply and stakes", 1, steering::observe),
    both("change autonomy", 1, steering::autonomy),
    both("change counts", 1, steering::counts),
    both("halt", 2, powers::halt),
    both("resume or extend a halt", 4, powers::resume),
    both("rotate attesters", 1, powers::rotate),
    both("strike off an attester", 1, powers::revoke_signer),
    both("stop and start the policy", 1, powers::model),
    both("grant and revoke roles", 2, powers::roles),
    both("upgrade", 2, powers::upgrade),
    both("keep programs alive", 1, powers::keepalive),
    refused("call without the role", 6, hostile::stranger),
    refused("call with any bytes", 3, hostile::garbage),
    refused("stake a token that cheats", 2, hostile::cheating_lp),
    done("call back into the minter", 2, hostile::receiver),
];

/// The move that a number chooses, by weight.
pub fn choose(number: u64) -> usize {
    let total: u64 = MOVES.iter().map(|one| one.weight).sum();
    let mut rest = number % total;
    for (index, one) in MOVES.iter().enumerate() {
        if rest < one.weight {
            return index;
        }
        rest -= one.weight;
    }
    unreachable!("the rest is below the sum of the weights")
}
