//! Grant rounds.

use alloy_primitives::{Address, B256, U256};

use super::world::{Fixture, Grant, Tree, World, DAY};
use crate::{ITreasury as I, ITreasuryEvents as E, ACTIVATION_DELAY, LONGEST_CLAIMS, SHORTEST_CLAIMS};

fn grants() -> Vec<Grant> {
    let account = |n| Address::with_last_byte(n);
    vec![
        Grant { index: 0, account: account(0x10), category: 0, base: 1_000 },
        Grant { index: 1, account: account(0x11), category: 0, base: 3_000 },
        Grant { index: 255, account: account(0x12), category: 1, base: 500 },
        Grant { index: 256, account: account(0x13), category: 2, base: 7 },
        Grant { index: u32::MAX, account: account(0x14), category: 2, base: 0 },
    ]
}

/// A world with round 1 open for [`grants`], a budget of 10,000 and multipliers 1, 2 and 0.5.
fn opened() -> (World, Vec<Grant>) {
    let world = World::with(50_000);
    world.multipliers(&[10_000, 20_000, 5_000]);
    let grants = grants();
    assert_eq!(world.ok(world.governance, world.round_call(10_000, 1, &grants)).round, 1);
    (world, grants)
}

/// 4,000 * 10,000 + 500 * 20,000 + 7 * 5,000.
const WEIGHT: u128 = 50_035_000;

/// TRE-11: exact shares by the snapshotted multipliers; what the floors leave returns.
#[motsu::test]
fn claim_grant_pays_the_exact_share() {
    let (mut world, grants) = opened();
    assert_eq!((world.free(), world.owed()), (40_000, 50_000));
    let round = world.round(1);
    assert_eq!((round.state, round.categories, round.weight), (1, 3, U256::from(WEIGHT)));
    assert_eq!(
        (round.opensAt, round.deadline),
        (world.now + ACTIVATION_DELAY, world.now + ACTIVATION_DELAY + 30 * DAY)
    );
    let root = Tree::new(1, &grants).root();
    let (budget, opens_at, deadline) = (U256::from(10_000), round.opensAt, round.deadline);
    assert!(world.logged(&E::RoundOpened { round: 1, root, budget, opensAt: opens_at, deadline }));
    let declared = E::CategoryDeclared { round: 1, category: 1, base: U256::from(500), multiplier: 20_000 };
    assert!(world.logged(&declared));
    // Changes after the opening are for later rounds.
    world.multipliers(&[20_000, 2_500, 20_000]);
    world.pass(ACTIVATION_DELAY);
    let multipliers = [10_000, 20_000, 5_000];
    let mut paid = 0;
    for (place, grant) in grants.iter().enumerate() {
        let expected = grant.base * multipliers[usize::from(grant.category)] * 10_000 / WEIGHT;
        let amount = world.ok(world.bob, world.claim_call(1, &grants, place)).amount;
        assert_eq!((amount, world.tokens(grant.account)), (U256::from(expected), expected));
        assert!(world.ok(world.bob, I::isClaimedCall { round: 1, index: grant.index })._0);
        let (account, base) = (grant.account, U256::from(grant.base));
        let event = E::GrantClaimed { round: 1, index: grant.index, account, category: grant.category, base, amount };
        assert!(world.logged(&event));
        paid += expected;
    }
    assert!(!world.ok(world.bob, I::isClaimedCall { round: 1, index: 2 })._0);
    assert!(paid <= 10_000 && 10_000 - paid < 5, "{paid}");
    assert_eq!(world.round(1).left, U256::from(10_000 - paid));
    assert_eq!(world.owed(), 50_000 - paid);
    let category = world.ok(world.bob, I::categoryCall { round: 1, category: 0 });
    assert_eq!(
        (category.declared, category.claimed, category.multiplier),
        (U256::from(4_000), U256::from(4_000), 10_000)
    );
    world.pass(30 * DAY);
    world.ok(world.bob, I::closeRoundCall { round: 1 });
    assert_eq!((world.free(), world.owed()), (50_000 - paid, 50_000 - paid));
    assert!(world.logged(&E::RoundClosed { round: 1, returned: U256::from(10_000 - paid) }));
}

/// TRE-12: a grant is paid once, to whom and for what the leaf says, in its round and its time.
#[motsu::test]
fn claim_grant_reverts_when_anything_differs() {
    let (mut world, grants) = opened();
    let good = || world_claim(&grants, 2);
    let opens_at = world.round(1).opensAt;
    world.err(world.bob, good(), I::TreasuryRoundNotOpen { round: 1, opensAt: opens_at });
    world.pass(ACTIVATION_DELAY - 1);
    world.err(world.bob, good(), I::TreasuryRoundNotOpen { round: 1, opensAt: opens_at });
    world.pass(1);
    let refused = |index| I::TreasuryBadProof { round: 1, index };
    let mut cut = good();
    cut.proof.pop();
    world.err(world.bob, cut, refused(255));
    let mut longer = good();
    longer.proof.push(B256::ZERO);
    world.err(world.bob, longer, refused(255));
    world.err(world.bob, I::claimGrantCall { proof: vec![], ..good() }, refused(255));
    world.err(world.bob, I::claimGrantCall { index: 254, ..good() }, refused(254));
    world.err(world.bob, I::claimGrantCall { account: world.bob, ..good() }, refused(255));
    world.err(world.bob, I::claimGrantCall { category: 0, ..good() }, refused(255));
    world.err(world.bob, I::claimGrantCall { base: U256::from(501), ..good() }, refused(255));
    let base = U256::MAX;
    world.err(world.bob, I::claimGrantCall { base, ..good() }, I::TreasuryTooLarge { amount: base });
    let category = I::claimGrantCall { category: 3, ..good() };
    world.err(world.bob, category, I::TreasuryBadCategory { round: 1, category: 3 });
    world.err(world.bob, I::claimGrantCall { round: 2, ..good() }, I::TreasuryUnknownRound { round: 2 });
    let most = I::claimGrantCall { proof: vec![B256::ZERO; 33], ..good() };
    assert_eq!(world.send(world.bob, most).err(), Some(vec![]));
    // Another round with the same root: its leaves name the round.
    world.ok(world.governance, world.round_call(10_000, 1, &grants));
    world.pass(ACTIVATION_DELAY);
    let other = I::claimGrantCall { round: 2, ..good() };
    world.err(world.bob, other, I::TreasuryBadProof { round: 2, index: 255 });
    world.ok(world.bob, good());
    world.err(world.bob, good(), I::TreasuryAlreadyClaimed { round: 1, index: 255 });
    let deadline = world.round(1).deadline;
    world.pass(deadline - world.now - 1);
    world.ok(world.bob, world_claim(&grants, 3));
    world.pass(1);
    world.err(world.bob, world_claim(&grants, 1), I::TreasuryRoundExpired { round: 1, deadline });
    world.ok(world.bob, I::closeRoundCall { round: 1 });
    world.err(world.bob, world_claim(&grants, 1), I::TreasuryRoundOver { round: 1, state: 3 });
}

/// The claim of a grant of round 1.
fn world_claim(grants: &[Grant], place: usize) -> I::claimGrantCall {
    let grant = &grants[place];
    I::claimGrantCall {
        round: 1,
        index: grant.index,
        account: grant.account,
        category: grant.category,
        base: U256::from(grant.base),
        proof: Tree::new(1, grants).proof(1, grant),
    }
}

/// TRE-13: a tree that holds more base than a category declared pays no more than was declared.
#[motsu::test]
fn claim_grant_reverts_when_the_category_is_used_up() {
    let mut world = World::with(50_000);
    let grants = grants();
    let mut call = world.round_call(10_000, 1, &grants);
    call.bases[0] = U256::from(3_500);
    world.ok(world.governance, call);
    world.pass(ACTIVATION_DELAY);
    world.ok(world.bob, world.claim_call(1, &grants, 1));
    let (claimed, base, declared) = (U256::from(3_000), U256::from(1_000), U256::from(3_500));
    world.err(world.bob, world.claim_call(1, &grants, 0), I::TreasuryBaseExceeded { claimed, base, declared });
    world.ok(world.bob, world.claim_call(1, &grants, 2));
}

/// TRE-14: the council stops a round before its claims open, not later, and the budget is free again.
#[motsu::test]
fn disable_round_returns_the_budget() {
    let (mut world, grants) = opened();
    world.ok(world.governance, world.round_call(10_000, 2, &grants));
    world.err(world.council, I::disableRoundCall { round: 3 }, I::TreasuryUnknownRound { round: 3 });
    world.pass(ACTIVATION_DELAY - 1);
    world.ok(world.council, I::disableRoundCall { round: 1 });
    assert!(world.logged(&E::RoundDisabled { round: 1, returned: U256::from(10_000) }));
    assert_eq!((world.free(), world.owed(), world.round(1).state), (40_000, 50_000, 2));
    world.err(world.council, I::disableRoundCall { round: 1 }, I::TreasuryRoundOver { round: 1, state: 2 });
    world.pass(1);
    let opens_at = world.now;
    world.err(world.council, I::disableRoundCall { round: 2 }, I::TreasuryRoundOpen { round: 2, opensAt: opens_at });
    world.err(world.bob, world.claim_call(1, &grants, 0), I::TreasuryRoundOver { round: 1, state: 2 });
    let deadline = world.round(2).deadline;
    world.err(world.bob, I::closeRoundCall { round: 2 }, I::TreasuryRoundNotExpired { round: 2, deadline });
    world.pass(30 * DAY - 1);
    world.err(world.bob, I::closeRoundCall { round: 2 }, I::TreasuryRoundNotExpired { round: 2, deadline });
    world.pass(1);
    world.ok(world.bob, I::closeRoundCall { round: 2 });
    assert_eq!((world.free(), world.owed()), (50_000, 50_000));
}

/// TRE-15: a round opens only at live multipliers, in range, for a time that makes sense, within the free funds.
#[motsu::test]
fn open_round_reverts_when_anything_is_off() {
    let world = World::with(50_000);
    let grants = grants();
    let call = || world.round_call(10_000, 1, &grants);
    let now = world.now;
    let (earliest, latest) = (now + ACTIVATION_DELAY + SHORTEST_CLAIMS, now + ACTIVATION_DELAY + LONGEST_CLAIMS);
    for deadline in [0, earliest - 1, latest + 1, u64::MAX] {
        let bad = I::TreasuryBadDeadline { deadline, earliest, latest };
        world.err(world.governance, I::openRoundCall { deadline, ..call() }, bad);
    }
    let short = I::TreasuryInsufficientFunds { free: U256::from(50_000), amount: U256::from(50_001) };
    world.err(world.governance, I::openRoundCall { budget: U256::from(50_001), ..call() }, short);
    world.err(world.governance, I::openRoundCall { budget: U256::ZERO, ..call() }, I::TreasuryZeroAmount {});
    let nothing = I::openRoundCall { bases: vec![U256::ZERO; 3], ..call() };
    world.err(world.governance, nothing, I::TreasuryNothingDeclared {});
    let two = I::openRoundCall { bases: vec![U256::from(1); 2], ..call() };
    world.err(world.governance, two, I::TreasuryBadCount { bases: U256::from(2), values: U256::from(3) });
    let nine = I::openRoundCall { bases: vec![U256::from(1); 9], ..call() };
    assert_eq!(world.send(world.governance, nine).err(), Some(vec![]));
    let base = U256::from(u128::MAX) + U256::from(1);
    let wide = I::openRoundCall { bases: vec![base; 3], ..call() };
    world.err(world.governance, wide, I::TreasuryTooLarge { amount: base });
    world.multipliers(&[10_000, 20_001, 10_000]);
    let range = I::TreasuryMultiplierOutOfRange { category: 1, multiplier: 20_001, lowest: 2_500, highest: 20_000 };
    world.err(world.governance, call(), range);
    let until = u32::try_from(now).unwrap() + 1;
    world.params.sender(world.bob).teach(6, until, &[10_000; 3]);
    world.err(world.governance, call(), I::TreasuryHalted { group: 6, until });
    world.params.sender(world.bob).teach(6, until - 1, &[10_000; 3]);
    world.ok(world.governance, I::openRoundCall { deadline: earliest, ..call() });
    world.ok(world.governance, I::openRoundCall { deadline: latest, ..call() });
    assert_eq!((world.ok(world.bob, I::roundsCall {})._0, world.free()), (2, 30_000));
    world.err(world.bob, I::roundCall { round: 3 }, I::TreasuryUnknownRound { round: 3 });
    let category = I::categoryCall { round: 1, category: 3 };
    world.err(world.bob, category, I::TreasuryBadCategory { round: 1, category: 3 });
}

/// Claims of an open round go on with the controller down and everything halted.
#[motsu::test]
fn claims_need_nothing_but_the_token() {
    let (mut world, grants) = opened();
    world.params.sender(world.bob).refuse(b"down");
    world.pass(ACTIVATION_DELAY);
    for place in 0..grants.len() {
        world.ok(world.bob, world.claim_call(1, &grants, place));
    }
}
