//! Life cycle, roles, rewards coming in, and the curve coming from the controller.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use escapement_core::{lock::MAX_PENALTY, reward::MAX_FUNDED};
use escapement_kit::{params, roles};
use motsu::prelude::*;

use super::world::{testing, Fixture, World, COOLDOWN, CURVE, PENALTY, WEEK, YEAR};
use crate::{IVault as I, IVaultEvents as E, Vault, MAX_COOLDOWN, VERSION};

/// VLT-01.
#[motsu::test]
fn vlt_01_initialize_works_once_and_through_a_proxy() {
    let world = World::bare();
    world.ok(world.alice, world.initialize_call());
    assert!(world.logged(&E::Initialized { version: VERSION }));
    assert!(world.logged(&E::TermsChanged { cooldown: COOLDOWN, penalty: PENALTY }));
    assert!(world.logged(&E::MinterChanged { oldMinter: Address::ZERO, newMinter: world.minter }));
    // Flat until the controller's curve is taken over.
    let curve = world.ok(world.alice, I::curveCall {});
    assert_eq!([curve._0, curve._1, curve._2, curve._3, curve._4], [10_000; 5]);
    for sender in [world.alice, world.governance] {
        let again = I::ProxiedAlreadyInitialized { version: VERSION };
        world.err(sender, world.initialize_call(), again);
    }
    let implementation = Contract::<Vault>::from_tag("implementation");
    let answer = testing::raw(&implementation, world.governance, &world.initialize_call().abi_encode());
    assert_eq!(answer, Err(I::ProxiedNotThroughProxy {}.abi_encode()));
    world.err(world.alice, I::migrateCall {}, I::ProxiedNotNewer { stored: VERSION, offered: VERSION });
}

/// VLT-01.
#[motsu::test]
fn vlt_01_initialize_refuses_bad_arguments() {
    let world = World::bare();
    let good = || world.initialize_call();
    let refused = |call, error: Vec<u8>| assert_eq!(world.send(world.alice, call).map(|_| ()), Err(error));
    refused(I::initializeCall { governance: Address::ZERO, ..good() }, I::VaultZeroAddress {}.abi_encode());
    let nobody = Address::from_tag("nobody");
    let without = I::VaultWithoutCode { account: nobody }.abi_encode();
    refused(I::initializeCall { token: nobody, ..good() }, without.clone());
    refused(I::initializeCall { controller: nobody, ..good() }, without);
    for length in [0, 3_599, YEAR + 1] {
        let error = I::VaultBadEpochLength { length, shortest: 3_600, longest: YEAR };
        refused(I::initializeCall { epochLength: length, ..good() }, error.abi_encode());
    }
    let (cooldown, penalty) = (MAX_COOLDOWN + 1, MAX_PENALTY + 1);
    let error = I::VaultBadCooldown { cooldown, longest: MAX_COOLDOWN }.abi_encode();
    refused(I::initializeCall { cooldown, ..good() }, error);
    let error = I::VaultBadPenalty { penalty, highest: MAX_PENALTY }.abi_encode();
    refused(I::initializeCall { penalty, ..good() }, error);
    assert_eq!(world.ok(world.alice, I::storedVersionCall {})._0, 0);
    world.ok(world.alice, good());
}

/// VLT-02.
#[motsu::test]
fn vlt_02_functions_answer_to_their_roles() {
    let world = World::new();
    let denied = |account| {
        let needed = B256::ZERO;
        roles::AccessControlUnauthorizedAccount { account, neededRole: needed }.abi_encode()
    };
    for account in [world.alice, world.minter, world.vault.address()] {
        let calls = [
            I::setCooldownCall { cooldown: 1 }.abi_encode(),
            I::setPenaltyCall { penalty: 1 }.abi_encode(),
            I::setMinterCall { minter: account }.abi_encode(),
            I::grantRoleCall { role: B256::ZERO, account }.abi_encode(),
            I::revokeRoleCall { role: B256::ZERO, account: world.governance }.abi_encode(),
        ];
        for call in calls {
            assert_eq!(world.raw(account, &call), Err(denied(account)));
        }
    }
    for account in [world.alice, world.governance] {
        world.err(account, I::notifyRewardCall { amount: U256::ZERO }, I::VaultNotMinter { caller: account });
    }
    let governance = world.governance;
    world.ok(governance, I::setMinterCall { minter: world.alice });
    assert!(world.logged(&E::MinterChanged { oldMinter: world.minter, newMinter: world.alice }));
    world.ok(world.alice, I::notifyRewardCall { amount: U256::ZERO });
    world.err(world.minter, I::notifyRewardCall { amount: U256::ZERO }, I::VaultNotMinter { caller: world.minter });
    // Changing the minter left the curve alone.
    assert_eq!(world.ok(world.alice, I::curveCall {})._4, 20_000);
    world.ok(governance, I::setCooldownCall { cooldown: MAX_COOLDOWN });
    world.ok(governance, I::setPenaltyCall { penalty: MAX_PENALTY });
    assert!(world.logged(&E::TermsChanged { cooldown: MAX_COOLDOWN, penalty: MAX_PENALTY }));
    let terms = world.ok(world.alice, I::termsCall {});
    assert_eq!((terms.epochLength, terms.cooldown, terms.penalty), (WEEK, MAX_COOLDOWN, MAX_PENALTY));
    let (cooldown, penalty) = (MAX_COOLDOWN + 1, MAX_PENALTY + 1);
    world.err(governance, I::setCooldownCall { cooldown }, I::VaultBadCooldown { cooldown, longest: MAX_COOLDOWN });
    world.err(governance, I::setPenaltyCall { penalty }, I::VaultBadPenalty { penalty, highest: MAX_PENALTY });
    let call = I::renounceRoleCall { role: B256::ZERO, callerConfirmation: governance };
    world.err(governance, call, I::AccessControlLastAdmin {});
}

/// VLT-03.
#[motsu::test]
fn vlt_03_a_dead_controller_costs_the_curve_never_the_reward() {
    let world = World::new();
    world.stake(world.alice, 1_000, 0);
    let controller = world.oracle.address();
    let teach = |answer: &[u8], refuses| {
        let mut oracle = world.oracle.sender(world.alice);
        oracle.teach(answer, refuses);
    };
    let kept = |reason: Vec<u8>| {
        let before = world.owed();
        world.reward(604_800);
        assert_eq!(world.owed(), before + 604_800);
        assert_eq!(world.logs::<E::CurveKept>().pop().map(|log| log.reason.to_vec()), Some(reason.clone()));
        assert_eq!(world.ok(world.alice, I::curveCall {})._4, 20_000);
        assert_eq!(world.send(world.alice, I::pokeParamsCall {}).map(|_| ()), Err(reason));
    };
    teach(&[1, 2, 3], true);
    kept(vec![1, 2, 3]);
    teach(&[], false);
    let answer = params::ParamsBadAnswer { controller, group: 2, length: U256::ZERO };
    kept(answer.abi_encode());
    let until = u32::try_from(world.now).unwrap() + 1;
    world.offer(&[10_000, 11_000, 12_500, 15_000, 20_500], until);
    kept(I::VaultCurveHalted { until }.abi_encode());
    world.offer(&[10_000; 4], 0);
    kept(I::VaultBadKnots { count: 4 }.abi_encode());
    world.offer(&[10_000, 9_000, 12_500, 15_000, 20_500], 0);
    let bad = I::VaultBadKnot { knot: 1, multiplier: 9_000, lowest: 10_000, highest: 40_000 };
    kept(bad.abi_encode());
    world.offer(&[10_000, 11_000, 12_500, 15_000, 20_500], until - 1);
    let before = world.logs::<E::CurveKept>().len();
    world.reward(604_800);
    assert_eq!(world.logs::<E::CurveKept>().len(), before);
    let changed = E::CurveChanged { knot0: 10_000, knot1: 11_000, knot2: 12_500, knot3: 15_000, knot4: 20_500 };
    assert!(world.logged(&changed));
    assert_eq!(world.ok(world.alice, I::curveCall {})._4, 20_500);
}

/// VLT-04 and T2.
#[motsu::test]
fn t02_a_reward_that_did_not_arrive_or_cannot_be_counted_is_refused() {
    let world = World::new();
    world.stake(world.alice, 1_000, 0);
    let vault = world.vault.address();
    // Principal is no reward, and one unit short is short.
    let short = I::VaultInsolvent { balance: U256::from(1_000), needed: U256::from(1_001) };
    world.err(world.minter, I::notifyRewardCall { amount: U256::from(1) }, short);
    world.give(vault, 99);
    let short = I::VaultInsolvent { balance: U256::from(1_099), needed: U256::from(1_100) };
    world.err(world.minter, I::notifyRewardCall { amount: U256::from(100) }, short);
    world.give(vault, 1);
    world.ok(world.minter, I::notifyRewardCall { amount: U256::from(100) });
    // What was notified once cannot be notified again.
    let short = I::VaultInsolvent { balance: U256::from(1_100), needed: U256::from(1_101) };
    world.err(world.minter, I::notifyRewardCall { amount: U256::from(1) }, short);
    // The most that can be counted, in all: the rate of it fits.
    let most = MAX_FUNDED - 100;
    world.give(vault, most + 1);
    let much = I::VaultFundedTooMuch { funded: U256::from(100), amount: U256::from(most + 1) };
    world.err(world.minter, I::notifyRewardCall { amount: U256::from(most + 1) }, much);
    world.ok(world.minter, I::notifyRewardCall { amount: U256::from(most) });
    let pool = world.ok(world.alice, I::rewardsCall {});
    let (rate, kept): (u128, u128) = (pool.rate.to(), pool.unallocated.to());
    assert_eq!(rate * u128::from(WEEK) + kept, MAX_FUNDED);
    let huge = U256::from(1) << 128;
    let large = I::VaultAmountTooLarge { amount: huge, highest: U256::from((1u128 << 96) - 1) };
    world.err(world.minter, I::notifyRewardCall { amount: huge }, large);
}

/// VLT-05.
#[motsu::test]
fn vlt_05_check_params_bounds_what_a_curve_can_add() {
    let world = World::new();
    let ask = world.bob;
    let check = |values: [u32; 5]| I::checkParamsCall { group: 2, values: values.to_vec() };
    let steep = [10_000, 11_500, 13_000, 15_500, 20_500];
    // Nothing is staked: nothing can rise.
    world.ok(ask, check(steep));
    world.stake(world.alice, 1_000_000, 0);
    let refused = I::VaultCurveTooSteep { added: U256::from(50_000), highest: U256::from(20_000) };
    world.err(ask, check(steep), refused);
    // 2 % of each knot always pass.
    world.ok(ask, check([10_000, 11_200, 12_700, 15_200, 20_200]));
    world.ok(ask, check([10_000, 11_220, 12_750, 15_300, 20_400]));
    let refused = I::VaultCurveTooSteep { added: U256::from(40_000), highest: U256::from(20_000) };
    world.err(ask, check([10_000, 11_221, 12_750, 15_300, 20_400]), refused);
    // So does what is 2 % of the weight, and every fall.
    world.stake(world.alice, 1_000_000, YEAR);
    world.ok(ask, check([10_000, 11_300, 12_800, 15_300, 20_300]));
    let refused = I::VaultCurveTooSteep { added: U256::from(60_200), highest: U256::from(60_000) };
    world.err(ask, check([10_000, 11_301, 12_800, 15_300, 20_300]), refused);
    world.ok(ask, check([10_000; 5]));
    let bad = I::VaultBadKnot { knot: 0, multiplier: 10_001, lowest: 10_000, highest: 10_000 };
    world.err(ask, check([10_001, 11_000, 12_500, 15_000, 20_000]), bad);
    let few = I::checkParamsCall { group: 2, values: vec![10_000; 4] };
    world.err(ask, few, I::VaultBadKnots { count: 4 });
    for group in [0, 1, 3, 255] {
        let other = I::checkParamsCall { group, values: CURVE.to_vec() };
        world.err(ask, other, I::VaultUnknownGroup { group });
    }
    // Nothing was taken over.
    assert_eq!(world.ok(ask, I::curveCall {})._4, 20_000);
}
