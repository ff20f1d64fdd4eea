//! E2E-20 to E2E-22: upgrades that succeed, and those that must not, through `OpenZeppelin`'s transparent proxy on the
//! compiled minter and the fixtures with a higher version (`scripts/build.sh` makes them).
#![allow(missing_docs)]

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use escapement_agent::bindings::{
    controller::IController::{ProxiedExpiring, ProxiedNotNewer},
    minter::{IMinter, IMinterEvents},
    token::IToken,
};
use escapement_core::emission::epoch_amount;
use escapement_e2e::{Receipt, Refusal, World, arb_wasm, program_code};

const DAY: u64 = 86_400;
const WEEK: u32 = 604_800;
/// Life that `migrate` asks for, seconds.
const NEEDED: u64 = 30 * DAY;

fn upgrade(world: &World, logic: Address) -> Result<Receipt, Refusal> {
    world.upgrade(world.governance, world.minter, logic, IMinter::migrateCall {}.abi_encode().into())
}

/// An upgrade that must be refused and leave proxy and version as they were.
fn refused(world: &World, logic: Address) -> Refusal {
    let before = (world.net.implementation(world.minter), version(world));
    let refusal = upgrade(world, logic).expect_err("the upgrade is refused");
    assert_eq!((world.net.implementation(world.minter), version(world)), before);
    refusal
}

fn version(world: &World) -> u64 {
    world.net.view(world.minter, &IMinter::storedVersionCall {}).expect("a plain view")
}

fn supply(world: &World) -> U256 {
    world.net.view(world.token, &IToken::totalSupplyCall {}).expect("a plain view")
}

fn time_left(world: &World, program: Address) -> u64 {
    world.net.view(arb_wasm::ADDRESS, &arb_wasm::programTimeLeftCall { program }).expect("active")
}

fn roll(world: &World) -> IMinterEvents::EpochRolled {
    let receipt = world.net.send(world.stranger, world.minter, &IMinter::rollEpochCall {});
    receipt.unwrap_or_else(|refusal| panic!("{refusal}")).events::<IMinterEvents::EpochRolled>().remove(0)
}

/// The minter's slots, the mark of an executed constructor, and its proxy's admin.
fn storage(world: &World) -> Vec<B256> {
    let mut slots: Vec<B256> = (0u64..=21).map(|slot| U256::from(slot).into()).collect();
    slots.push(keccak256("stylus_constructor"));
    let mut words: Vec<B256> = slots.into_iter().map(|slot| world.net.storage(world.minter, slot)).collect();
    words.push(world.net.proxy_admin(world.minter).into_word());
    words
}

/// A world whose minter has something in every slot that a roll writes: epochs rolled and missed, windows, a total.
fn lived_in() -> World {
    let world = World::new();
    let call = IMinter::setTreasuryCall { treasury: world.recipient };
    world.net.send(world.governance, world.minter, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(roll(&world).minted, U256::ZERO, "no rate was kept before the first roll");
    world.net.warp(3 * u64::from(WEEK));
    let rolled = roll(&world);
    assert_eq!(rolled.minted, epoch_amount(rolled.supply, 10_000, WEEK).expect("fits"));
    // Roles and what was not announced are mappings; nothing was burned; one consumer of four; no market.
    let empty: Vec<usize> = (0..22).filter(|&slot| storage(&world)[slot].is_zero()).collect();
    assert_eq!(empty, [0, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21], "every other slot says something");
    world
}

#[test]
fn upgrade_works_twice_and_keeps_the_storage() {
    let world = lived_in();
    assert_eq!((version(&world), world.net.implementation(world.minter)), (1, world.minter_logic));
    let (before, in_circulation) = (storage(&world), supply(&world));
    for target in [2u64, 3] {
        let logic = world.net.program(world.deployer, &format!("minter-v{target}"));
        let receipt = upgrade(&world, logic).unwrap_or_else(|refusal| panic!("{refusal}"));
        let migrated = receipt.events::<IMinterEvents::Migrated>();
        assert_eq!((migrated[0].from, migrated[0].to), (target - 1, target));
        assert_eq!((version(&world), world.net.implementation(world.minter)), (target, logic));
        assert_eq!(world.net.view(world.minter, &IMinter::layoutCall {}).expect("a plain view"), 1);
        assert_eq!(storage(&world), before, "no word moved");
    }
    assert_eq!(supply(&world), in_circulation);
    world.net.warp(WEEK.into());
    let rolled = roll(&world);
    assert_eq!(rolled.minted, epoch_amount(in_circulation, 10_000, WEEK).expect("fits"), "it goes on where it was");
    let treasury = world.net.view(world.minter, &IMinter::treasuryCall {}).expect("a plain view");
    assert_eq!(treasury, world.recipient);
}

#[test]
fn upgrade_works_over_a_version_and_without_its_migration() {
    let world = World::new();
    let logic = world.net.program(world.deployer, "minter-v3");
    world.upgrade(world.governance, world.minter, logic, Bytes::new()).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(version(&world), 1, "the storage is still the first version's");
    let migrate = IMinter::migrateCall {};
    let receipt = world.net.send(world.stranger, world.minter, &migrate).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!((receipt.events::<IMinterEvents::Migrated>()[0].from, version(&world)), (1, 3));
    let again = world.net.send(world.stranger, world.minter, &migrate).expect_err("migrated once");
    let numbers = again.expect::<ProxiedNotNewer>();
    assert_eq!((numbers.stored, numbers.offered), (3, 3));
}

#[test]
fn upgrade_reverts_when_it_is_a_downgrade() {
    let world = World::new();
    let [second, third] = ["minter-v2", "minter-v3"].map(|name| world.net.program(world.deployer, name));
    upgrade(&world, third).unwrap_or_else(|refusal| panic!("{refusal}"));
    for (target, offered) in [(second, 2), (world.minter_logic, 1), (third, 3)] {
        let numbers = refused(&world, target).expect::<ProxiedNotNewer>();
        assert_eq!((numbers.stored, numbers.offered), (3, offered));
    }
    assert_eq!(version(&world), 3);
}

#[test]
fn upgrade_reverts_when_the_target_expires_soon() {
    let world = World::new();
    let target = world.net.program(world.deployer, "minter-v2");
    // The last second at which 30 days are left.
    let last = world.net.now() + time_left(&world, target) - NEEDED;
    let snapshot = world.net.chain.snapshot();
    world.net.at_next(last);
    upgrade(&world, target).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!((version(&world), time_left(&world, target)), (2, NEEDED));
    assert!(world.net.chain.revert(snapshot));

    world.net.at_next(last + 1);
    let numbers = refused(&world, target).expect::<ProxiedExpiring>();
    assert_eq!((numbers.timeLeft, numbers.needed), (NEEDED - 1, NEEDED));
    world.net.warp(20 * DAY);
    let numbers = refused(&world, target).expect::<ProxiedExpiring>();
    assert_eq!((numbers.timeLeft, numbers.needed), (time_left(&world, target), NEEDED));

    let keepalive = arb_wasm::codehashKeepaliveCall { codehash: keccak256(program_code("minter-v2")) };
    let value = U256::from(10u64).pow(U256::from(18));
    world
        .net
        .send_value(world.stranger, arb_wasm::ADDRESS, &keepalive, value)
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    upgrade(&world, target).unwrap_or_else(|refusal| panic!("kept alive, it is good enough: {refusal}"));
    assert_eq!(version(&world), 2);
}

#[test]
fn upgrade_works_while_the_old_implementation_has_expired() {
    let world = lived_in();
    let before = storage(&world);
    world.net.warp(time_left(&world, world.minter_logic) + 3_601);
    let view = IMinter::rateCall {};
    assert!(world.net.view(world.minter, &view).is_err(), "an expired program answers nothing");

    let target = world.net.program(world.deployer, "minter-v2");
    upgrade(&world, target).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!((version(&world), storage(&world)), (2, before));
    assert_eq!(world.net.view(world.minter, &view).expect("alive again"), 10_000);

    // What the minter asks has expired as well, and is revived where it is.
    for program in [world.token, world.controller_logic] {
        world.net.activate(world.stranger, program).unwrap_or_else(|refusal| panic!("{refusal}"));
    }
    let rolled = roll(&world);
    assert_eq!(rolled.minted, epoch_amount(rolled.supply, 10_000, WEEK).expect("fits"));
}
