//! What can happen to a vault, at random.

use escapement_core::lock::MAX_LOCK;
use proptest::prelude::*;

use super::world::DAY;

/// What can happen. Accounts are numbers below three; ids are taken modulo the ids that were ever given.
#[derive(Clone, Debug)]
pub enum Step {
    Wait(u32),
    Stake(usize, u128, u32),
    Compound(usize, u32),
    Extend(usize, u32, u32),
    Refresh(usize, u32),
    Kick(usize, usize, u32),
    Claim(usize),
    Unstake(usize, u32, u128),
    UnstakeAll(usize, u32),
    ExitEarly(usize, u32),
    Withdraw(usize, u32),
    Reward(u128),
    Gift(u128),
    Curve([u32; 4]),
    KillController,
    Cooldown(u32),
    Penalty(u16),
    Delegate(usize, usize),
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..3usize;
    let id = 0..1_000u32;
    let amount = prop_oneof![1..10u128, 1..1u128 << 40, 1..1u128 << 88];
    let lock = prop_oneof![Just(0), 1..60u32, 0..=MAX_LOCK, Just(30 * DAY), Just(MAX_LOCK)];
    let knots = prop::array::uniform4(10_000..=40_000u32).prop_map(|mut knots| {
        knots.sort_unstable();
        knots
    });
    let step = prop_oneof![
        4 => prop_oneof![0..100u32, 0..20 * DAY, 0..MAX_LOCK].prop_map(Step::Wait),
        4 => (who.clone(), amount.clone(), lock.clone()).prop_map(|(who, amount, lock)| Step::Stake(who, amount, lock)),
        1 => (who.clone(), lock.clone()).prop_map(|(who, lock)| Step::Compound(who, lock)),
        2 => (who.clone(), id.clone(), lock).prop_map(|(who, id, lock)| Step::Extend(who, id, lock)),
        1 => (who.clone(), id.clone()).prop_map(|(who, id)| Step::Refresh(who, id)),
        2 => (who.clone(), who.clone(), id.clone()).prop_map(|(who, of, id)| Step::Kick(who, of, id)),
        2 => who.clone().prop_map(Step::Claim),
        2 => (who.clone(), id.clone(), amount.clone()).prop_map(|(who, id, amount)| Step::Unstake(who, id, amount)),
        2 => (who.clone(), id.clone()).prop_map(|(who, id)| Step::UnstakeAll(who, id)),
        2 => (who.clone(), id.clone()).prop_map(|(who, id)| Step::ExitEarly(who, id)),
        3 => (who.clone(), id).prop_map(|(who, id)| Step::Withdraw(who, id)),
        3 => amount.clone().prop_map(Step::Reward),
        1 => amount.prop_map(Step::Gift),
        1 => knots.prop_map(Step::Curve),
        1 => Just(Step::KillController),
        1 => prop_oneof![Just(0), 0..=30 * DAY].prop_map(Step::Cooldown),
        1 => (0..=5_000u16).prop_map(Step::Penalty),
        2 => (who.clone(), 0..4usize).prop_map(|(who, to)| Step::Delegate(who, to)),
    ];
    prop::collection::vec(step, 1..50)
}
