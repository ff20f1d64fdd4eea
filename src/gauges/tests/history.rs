//! Random histories against a model in exact fractions.

use std::collections::BTreeSet;

use alloy_primitives::{Address, U256};
use motsu::prelude::*;
use num_bigint::BigUint;
use num_rational::Ratio;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::world::{Fixture, Temper, World, WEEK};
use crate::{IGauges as I, KILLED};

/// What happens.
#[derive(Clone, Debug)]
enum Act {
    Wait(u64),
    Deliver(u128),
    Weights([u32; 4]),
    Halt,
    Break,
    Stake(usize, usize, u128),
    Withdraw(usize, usize, u128),
    Leave(usize, usize),
    Claim(usize, Vec<usize>),
    Kill(usize),
    Add(u8, usize),
    Sweep,
    Donate(u128),
    DonateLp(usize, u128),
    Temper(usize, Temper),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let amount = prop_oneof![1..100u128, 1..1u128 << 60, 1..1u128 << 84];
    let weights = prop_oneof![
        4 => prop::array::uniform3(0..=3_333u32).prop_map(|[a, b, c]| [10_000 - a - b - c, a, b, c]),
        1 => prop::array::uniform4(0..=5_000u32),
    ];
    let temper = prop_oneof![
        4 => Just(Temper::Good),
        1 => Just(Temper::Silent),
        1 => Just(Temper::Taking),
        1 => Just(Temper::Denying),
        1 => Just(Temper::Refusing),
    ];
    let act = prop_oneof![
        4 => prop_oneof![0..100u64, 0..2 * u64::from(WEEK)].prop_map(Act::Wait),
        4 => prop_oneof![Just(0u128), amount.clone()].prop_map(Act::Deliver),
        2 => weights.prop_map(Act::Weights),
        1 => prop_oneof![Just(Act::Halt), Just(Act::Break)],
        6 => (0..3usize, 0..5usize, amount.clone()).prop_map(|(who, pool, n)| Act::Stake(who, pool, n)),
        3 => (0..3usize, 0..5usize, amount.clone()).prop_map(|(who, pool, n)| Act::Withdraw(who, pool, n)),
        3 => (0..3usize, 0..5usize).prop_map(|(who, pool)| Act::Leave(who, pool)),
        3 => (0..3usize, prop::collection::vec(0..5usize, 1..4)).prop_map(|(who, pools)| Act::Claim(who, pools)),
        1 => (0..5usize).prop_map(Act::Kill),
        2 => (1..4u8, 0..3usize).prop_map(|(weight, lp)| Act::Add(weight, lp)),
        1 => Just(Act::Sweep),
        1 => amount.clone().prop_map(Act::Donate),
        1 => (0..3usize, amount).prop_map(|(lp, n)| Act::DonateLp(lp, n)),
        1 => (0..3usize, temper).prop_map(|(lp, temper)| Act::Temper(lp, temper)),
    ];
    prop::collection::vec(act, 1..50)
}

/// A pool as the model sees it.
struct Pool {
    lp: usize,
    killed: bool,
    stakes: [u128; 3],
    claimed: u128,
    /// Exactly what each account has earned since its last claim.
    due: [Ratio<BigUint>; 3],
}

struct Model {
    pools: Vec<Pool>,
    behind: [u16; 4],
    /// What the controller says, if it says anything, and what is in force.
    offered: Option<[u32; 4]>,
    weights: [u32; 4],
    tempers: [Temper; 3],
    reserve: u128,
    delivered: u128,
    claimed: u128,
    swept: u128,
    donated: u128,
    donated_lp: [u128; 3],
    /// Fees that LP tokens took on the way out, by token and account.
    fees: [[u128; 3]; 3],
}

fn whole(number: u128) -> Ratio<BigUint> {
    Ratio::from_integer(BigUint::from(number))
}

impl Model {
    /// Adds what streams while `seconds` pass, at the rates and stakes of now.
    fn wait(&mut self, world: &World, seconds: u64) {
        for (number, pool) in (1u16..).zip(&mut self.pools) {
            let state = world.pool(number);
            let streamed = state.endsAt.min(world.now + seconds).saturating_sub(world.now);
            let total: u128 = pool.stakes.iter().sum();
            if total != 0 {
                let all = whole(state.rate.to()) * whole(streamed.into());
                for (due, stake) in pool.due.iter_mut().zip(pool.stakes) {
                    *due += &all * whole(stake) / whole(total);
                }
            }
        }
    }

    /// Splits a delivery as the definition says; returns what each pool gets.
    fn deliver(&mut self, amount: u128) -> Vec<u128> {
        if let Some(offered) = self.offered.filter(|weights| weights.iter().sum::<u32>() == 10_000) {
            self.weights = offered;
        }
        let mut parts = vec![0; self.pools.len()];
        let mut reserve = amount;
        for (weight, pool) in self.weights.iter().zip(self.behind).skip(1) {
            if pool != 0 && pool != KILLED {
                let part = BigUint::from(amount) * *weight / 10_000u32;
                parts[usize::from(pool) - 1] = u128::try_from(part).unwrap();
                reserve -= parts[usize::from(pool) - 1];
            }
        }
        self.reserve += reserve;
        self.delivered += amount;
        parts
    }
}

fn accounts(world: &World) -> [Address; 3] {
    [world.alice, world.bob, Address::from_tag("carol")]
}

/// Everything that must hold at any moment.
fn check(world: &World, model: &Model) -> Result<(), TestCaseError> {
    let mut funded = 0u128;
    let mut staked = model.donated_lp;
    for (number, pool) in (1u16..).zip(&model.pools) {
        let state = world.pool(number);
        let total: u128 = pool.stakes.iter().sum();
        prop_assert_eq!((state.killed, state.staked), (pool.killed, U256::from(total)));
        let mut owed = pool.claimed;
        for ((account, stake), due) in accounts(world).into_iter().zip(pool.stakes).zip(&pool.due) {
            prop_assert_eq!(world.ok(account, I::stakeOfCall { pool: number, account })._0, U256::from(stake));
            let earned = world.earned(account, number);
            prop_assert!(whole(earned) <= *due, "GAU-14: {} earned of {}", earned, due);
            owed += earned;
        }
        prop_assert!(U256::from(owed) <= state.funded, "GAU-14: pool {} owes {} of {}", number, owed, state.funded);
        funded += state.funded.to::<u128>();
        staked[pool.lp] += total;
    }
    prop_assert_eq!(world.reserve(), model.reserve, "GAU-01: the reserve");
    prop_assert_eq!(funded + model.reserve + model.swept, model.delivered, "GAU-01: dust was lost or made");
    let owed = model.delivered - model.claimed - model.swept;
    prop_assert_eq!(world.owed(), owed, "GAU-13: the books");
    prop_assert_eq!(world.tokens(world.gauges.address()), owed + model.donated, "GAU-13: the balance");
    for (lp, staked) in world.lps.iter().zip(staked) {
        prop_assert_eq!(lp.sender(world.alice).balance(world.gauges.address()), staked, "GAU-13: stakes");
    }
    Ok(())
}

/// What a history met, and whether it was done or refused.
type Reached = BTreeSet<(&'static str, bool)>;

fn play(acts: Vec<Act>, reached: &mut Reached) -> Result<(), TestCaseError> {
    let mut world = World::new();
    let people = accounts(&world);
    let mut model = Model {
        pools: Vec::new(),
        behind: [0, 1, 2, 0],
        offered: Some([1_000, 2_000, 3_000, 4_000]),
        weights: [10_000, 0, 0, 0],
        tempers: [Temper::Good; 3],
        reserve: 0,
        delivered: 0,
        claimed: 0,
        swept: 0,
        donated: 0,
        donated_lp: [0; 3],
        fees: [[0; 3]; 3],
    };
    let fresh = |lp| Pool { lp, killed: false, stakes: [0; 3], claimed: 0, due: [0; 3].map(whole) };
    model.pools.extend([fresh(0), fresh(1)]);
    for lp in &world.lps {
        lp.sender(people[2]).mint(people[2], 1 << 100);
    }
    for act in acts {
        match act {
            Act::Wait(seconds) => {
                model.wait(&world, seconds);
                world.pass(seconds);
            }
            Act::Deliver(amount) => {
                let before: Vec<u128> = (1..=model.pools.len()).map(|n| world.pool(n as u16).funded.to()).collect();
                world.deliver(amount);
                let parts = model.deliver(amount);
                reached.insert(("deliver", parts.iter().any(|part| *part != 0)));
                for (number, (before, part)) in (1u16..).zip(before.into_iter().zip(parts)) {
                    prop_assert_eq!(world.pool(number).funded, U256::from(before + part), "GAU-01: part of {}", number);
                }
            }
            Act::Weights(weights) => {
                world.weights(&weights);
                model.offered = Some(weights);
            }
            Act::Halt => {
                world.params.sender(world.bob).teach(u32::MAX, &[0, 10_000, 0, 0]);
                model.offered = None;
            }
            Act::Break => {
                world.params.sender(world.bob).refuse(b"broken");
                model.offered = None;
            }
            Act::Stake(who, pool, amount) => {
                let call = I::stakeCall { pool: pool as u16 + 1, amount: U256::from(amount) };
                let done = world.send(people[who], call).is_ok();
                if let Some(pool) = model.pools.get_mut(pool) {
                    let temper = model.tempers[pool.lp];
                    let fee = temper == Temper::Taking && amount >= 100;
                    let moves = !fee && temper != Temper::Denying && temper != Temper::Refusing;
                    prop_assert_eq!(done, !pool.killed && moves, "GAU-11: {:?}", temper);
                    reached.insert((if fee { "stake with a fee" } else { "stake" }, done));
                    pool.stakes[who] += if done { amount } else { 0 };
                } else {
                    prop_assert!(!done);
                }
            }
            Act::Withdraw(who, pool, _) | Act::Leave(who, pool) => {
                let amount = match act {
                    Act::Withdraw(_, _, amount) => amount,
                    // All there is, or more.
                    _ => model.pools.get(pool).map_or(1, |pool| pool.stakes[who].max(1)),
                };
                let call = I::withdrawCall { pool: pool as u16 + 1, amount: U256::from(amount) };
                let done = world.send(people[who], call).is_ok();
                if let Some(pool) = model.pools.get_mut(pool) {
                    let temper = model.tempers[pool.lp];
                    let moves = temper != Temper::Denying && temper != Temper::Refusing;
                    prop_assert_eq!(done, amount <= pool.stakes[who] && moves, "GAU-10: an exit");
                    reached.insert((if pool.killed { "withdraw of a killed one" } else { "withdraw" }, done));
                    pool.stakes[who] -= if done { amount } else { 0 };
                    if done && temper == Temper::Taking {
                        model.fees[pool.lp][who] += amount / 100;
                    }
                } else {
                    prop_assert!(!done);
                }
            }
            Act::Claim(who, pools) => {
                let known = pools.iter().all(|pool| *pool < model.pools.len());
                let before = world.tokens(people[who]);
                let due: Vec<u128> = match known {
                    true => (1..=model.pools.len()).map(|n| world.earned(people[who], n as u16)).collect(),
                    false => vec![],
                };
                let call = I::claimManyCall { pools: pools.iter().map(|pool| *pool as u16 + 1).collect() };
                prop_assert_eq!(world.send(people[who], call).is_ok(), known, "GAU-10: a claim");
                if known {
                    let mut sum = 0;
                    for pool in pools.iter().collect::<BTreeSet<_>>() {
                        sum += due[*pool];
                        model.pools[*pool].claimed += due[*pool];
                        // What the exact part has beyond whole units stays the account's.
                        model.pools[*pool].due[who] -= whole(due[*pool]);
                    }
                    prop_assert_eq!(world.tokens(people[who]) - before, sum, "GAU-06: paid");
                    model.claimed += sum;
                    reached.insert(("claim", sum != 0));
                }
            }
            Act::Kill(pool) => {
                let number = pool as u16 + 1;
                let live = model.pools.get(pool).is_some_and(|pool| !pool.killed);
                let before = world.reserve();
                prop_assert_eq!(world.send(world.governance, I::killPoolCall { pool: number }).is_ok(), live);
                if live {
                    model.pools[pool].killed = true;
                    let place = model.behind.iter_mut().find(|behind| **behind == number).unwrap();
                    *place = KILLED;
                    let state = world.pool(number);
                    prop_assert_eq!(
                        (state.rate, state.unallocated),
                        (U256::ZERO, U256::ZERO),
                        "GAU-09: still streaming"
                    );
                    reached.insert(("kill", world.reserve() != before));
                    model.reserve += world.reserve() - before;
                }
            }
            Act::Add(weight, lp) => {
                let free = [0, KILLED].contains(&model.behind[usize::from(weight)]);
                let call = I::addPoolCall { weight, lpToken: world.lps[lp].address() };
                prop_assert_eq!(world.send(world.governance, call).is_ok(), free);
                reached.insert(("add", free));
                if free {
                    model.pools.push(fresh(lp));
                    model.behind[usize::from(weight)] = model.pools.len() as u16;
                }
            }
            Act::Sweep => {
                let swept = world.ok(world.bob, I::sweepReserveCall {}).amount.to::<u128>();
                prop_assert_eq!(swept, model.reserve);
                reached.insert(("sweep", swept != 0));
                model.swept += swept;
                model.reserve = 0;
                prop_assert_eq!(world.tokens(world.treasury), model.swept);
            }
            Act::Donate(amount) => {
                world.token.sender(world.bob).mint(world.gauges.address(), amount);
                model.donated += amount;
            }
            Act::DonateLp(lp, amount) => {
                world.lps[lp].sender(world.bob).mint(world.gauges.address(), amount);
                model.donated_lp[lp] += amount;
            }
            Act::Temper(lp, temper) => {
                world.lps[lp].sender(world.bob).set_temper(temper);
                model.tempers[lp] = temper;
            }
        }
        check(&world, &model)?;
    }
    // Everybody leaves, whatever the controller does.
    world.params.sender(world.bob).refuse(b"gone");
    for lp in &world.lps {
        lp.sender(world.bob).set_temper(Temper::Good);
    }
    for (number, pool) in (1u16..).zip(&mut model.pools) {
        for (who, account) in people.into_iter().enumerate() {
            let stake = core::mem::take(&mut pool.stakes[who]);
            if stake != 0 {
                world.withdraw(account, number, stake);
            }
            let paid = world.claim(account, number);
            pool.claimed += paid;
            model.claimed += paid;
        }
    }
    for pool in &mut model.pools {
        pool.due = [0; 3].map(whole);
    }
    check(&world, &model)?;
    for (lp, fees) in world.lps.iter().zip(model.fees) {
        for (account, fee) in people.into_iter().zip(fees) {
            let held = lp.sender(account).balance(account);
            prop_assert_eq!(held, (1 << 100) - fee, "GAU-10: a stake did not come back in full");
        }
    }
    Ok(())
}

proptest! {
    /// GAU-01, GAU-06, GAU-09 to GAU-11, GAU-13 and GAU-14 (I8, I9, I11; T4, T9).
    #[test]
    fn gau_13_random_histories_conserve_everything(acts in acts()) {
        play(acts, &mut Reached::new())?;
    }
}

/// The histories meet everything that can be done, and everything refused.
#[test]
fn gau_13_random_histories_reach_everything() {
    let mut runner = TestRunner::deterministic();
    let mut reached = Reached::new();
    for _ in 0..300 {
        let acts = acts().new_tree(&mut runner).unwrap().current();
        play(acts, &mut reached).unwrap();
    }
    for what in ["deliver", "stake", "withdraw", "claim", "kill", "add", "sweep", "withdraw of a killed one"] {
        for done in [true, false] {
            assert!(reached.contains(&(what, done)), "never met: {what}, {done}");
        }
    }
    assert!(reached.contains(&("stake with a fee", false)) && !reached.contains(&("stake with a fee", true)));
}
