//! E2E-23 to E2E-27: emission on the compiled minter, token and controller, to the unit.
#![allow(missing_docs)]

use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use escapement_agent::bindings::{
    controller::IController,
    minter::{BreakerReset, BreakerTripped, EpochMissed, EpochRolled, IMinter, OwnershipTransferred, RecipientChanged},
    token::IToken,
};
use escapement_core::emission::{MintWindow, WindowError, epoch_amount, epoch_limit};
use escapement_e2e::{GENESIS, Receipt, Refusal, World, arb_wasm, program_code, wad};

const WEEK: u32 = 604_800;
/// The rate at which an epoch mints exactly its limit: twice the highest one the controller can hold.
const LIMIT_RATE: u32 = 100_000;

fn roll(world: &World) -> Result<Receipt, Refusal> {
    world.net.send(world.stranger, world.minter, &IMinter::rollEpochCall {})
}

/// Rolls, and checks on the way that the preview said what comes and that the numbers agree with the token.
fn rolled(world: &World) -> EpochRolled {
    world.net.hold();
    let before = supply(world);
    let told = view(world, &IMinter::previewCall {});
    let balance = IToken::balanceOfCall { account: view(world, &IMinter::recipientCall {}) };
    let held = world.net.view(world.token, &balance).expect("a plain view");
    let event = roll(world).unwrap_or_else(|refusal| panic!("{refusal}")).events::<EpochRolled>().remove(0);
    assert_eq!((told._0, event.supply), (event.outcome, before));
    assert_eq!(event.minted, if event.outcome == 0 { told._1 } else { U256::ZERO });
    assert_eq!(supply(world), before + event.minted);
    assert_eq!(world.net.view(world.token, &balance).expect("a plain view"), held + event.minted);
    event
}

/// Goes to the first second of an epoch.
fn open(world: &World, epoch: u64) {
    world.net.warp(genesis(world) + epoch * u64::from(WEEK) - world.net.now());
}

fn genesis(world: &World) -> u64 {
    view(world, &IMinter::genesisCall {})
}

fn view<C: SolCall>(world: &World, call: &C) -> C::Return {
    world.net.view(world.minter, call).unwrap_or_else(|refusal| panic!("{}: {refusal}", C::SIGNATURE))
}

fn supply(world: &World) -> U256 {
    world.net.view(world.token, &IToken::totalSupplyCall {}).expect("a plain view")
}

fn amount(supply: U256, rate: u32) -> U256 {
    epoch_amount(supply, rate, WEEK).expect("fits")
}

fn set_emission(world: &World, from: u32, to: u32) {
    let changes: Bytes = [&[0u8][..], &from.to_be_bytes(), &to.to_be_bytes()].concat().into();
    let call = IController::overrideParamsCall { changes };
    world.net.send(world.council, world.controller, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
}

/// Replaces the controller by a contract that answers `rate` to `param` and zero to everything else.
fn lie(world: &World, rate: u32) {
    let mut code = vec![0x60, 0x00, 0x35, 0x60, 0xe0, 0x1c, 0x63]; // selector
    code.extend(IController::paramCall::SELECTOR);
    code.extend([0x14, 0x63]); // is it param's: 1 or 0
    code.extend(rate.to_be_bytes());
    code.extend([0x02, 0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xf3]); // times the rate, returned
    world.net.chain.set_code(world.controller, code.into()).expect("plain code");
}

fn reset(world: &World, from: Address) -> Result<Receipt, Refusal> {
    world.net.send(from, world.minter, &IMinter::resetBreakerCall {})
}

#[test]
fn epoch_is_rolled_once_at_the_rate_kept_before() {
    let world = World::new();
    let start = genesis(&world);
    assert!(start >= GENESIS);
    let first = rolled(&world);
    assert_eq!((first.epoch, first.outcome, first.rate, first.nextRate), (0, 0, 0, 10_000));
    assert_eq!(first.minted, U256::ZERO, "no rate was kept before");

    for second in [world.net.now(), start + u64::from(WEEK) - 1] {
        world.net.at_next(second);
        let early = roll(&world).expect_err("rolled already").expect::<IMinter::MinterTooEarly>();
        assert_eq!(early.0, start + u64::from(WEEK));
        assert_eq!(view(&world, &IMinter::nextRollAtCall {}), early.0);
    }
    let mut total = U256::ZERO;
    // A change of the rate reaches the epoch after the roll that reads it.
    let plan = [
        (1, 10_000, Some((10_000, 10_500))),
        (2, 10_500, Some((10_500, 10_000))),
        (3, 10_000, None),
        (4, 10_000, None),
    ];
    for (epoch, rate, change) in plan {
        if let Some((from, to)) = change {
            set_emission(&world, from, to);
        }
        open(&world, epoch);
        let event = rolled(&world);
        assert_eq!((event.epoch, event.outcome, event.rate), (epoch, 0, rate));
        assert_eq!(event.minted, amount(event.supply, rate));
        assert!(roll(&world).is_err(), "once");
        total += event.minted;
        assert_eq!(view(&world, &IMinter::rateCall {}), event.nextRate);
    }
    assert_eq!(view(&world, &IMinter::totalMintedCall {}), total);
    assert_eq!(supply(&world), wad(1_000_000_000) + total);
}

#[test]
fn missed_epochs_are_forgone() {
    let world = World::new();
    assert_eq!(rolled(&world).epoch, 0);
    open(&world, 5);
    let receipt = roll(&world).unwrap_or_else(|refusal| panic!("{refusal}"));
    let missed = receipt.events::<EpochMissed>();
    assert_eq!((missed.len(), missed[0].first, missed[0].count), (1, 1, 4));
    let event = &receipt.events::<EpochRolled>()[0];
    assert_eq!((event.epoch, event.minted), (5, amount(event.supply, 10_000)), "one epoch's emission, not five");
    assert_eq!(view(&world, &IMinter::missedEpochsCall {}), 4);
    assert_eq!(view(&world, &IMinter::nextEpochCall {}), 6);
    open(&world, 6);
    assert!(roll(&world).expect("the next one").events::<EpochMissed>().is_empty());
}

#[test]
fn halts_of_emission_and_of_everything_mint_nothing() {
    let world = World::new();
    assert_eq!(rolled(&world).epoch, 0);
    let halt = |who, scope| {
        let call = IController::haltCall { scope };
        world.net.send(who, world.controller, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
    };
    halt(world.council, 2);
    open(&world, 1);
    assert_eq!(rolled(&world).outcome, 0, "the halt of another group is none of the minter's");
    set_emission(&world, 10_000, 9_900);
    for (epoch, scope, halted) in [(2, 0, 1), (4, 255, 2)] {
        open(&world, epoch);
        halt(world.guardian, scope);
        let event = rolled(&world);
        assert_eq!((event.outcome, event.minted), (1, U256::ZERO), "scope {scope}");
        assert_eq!(event.nextRate, 9_900, "the rate is taken over all the same");
        assert!(roll(&world).is_err(), "the epoch is over");
        assert_eq!(view(&world, &IMinter::haltedEpochsCall {}), halted);
        // The halt lasts a week and began after the epoch: still in force when the next one opens.
        open(&world, epoch + 1);
        world.net.warp(60);
        let event = rolled(&world);
        assert_eq!((event.outcome, event.minted), (0, amount(event.supply, 9_900)), "it ended by itself");
    }
    assert_eq!(view(&world, &IMinter::missedEpochsCall {}), 0);
}

#[test]
fn breaker_trips_above_the_limit_of_an_epoch_and_latches() {
    let world = World::new();
    lie(&world, LIMIT_RATE);
    assert_eq!(rolled(&world).nextRate, LIMIT_RATE);
    open(&world, 1);
    lie(&world, LIMIT_RATE + 1);
    let event = rolled(&world);
    assert_eq!((event.outcome, event.minted), (0, epoch_limit(event.supply, WEEK).expect("fits")), "the limit itself");

    open(&world, 2);
    lie(&world, 10_000);
    let (before, window) = (supply(&world), view(&world, &IMinter::mintWindowCall {}));
    let receipt = roll(&world).unwrap_or_else(|refusal| panic!("{refusal}"));
    let trip = receipt.events::<BreakerTripped>().remove(0);
    assert_eq!((trip.epoch, trip.reason, trip.level), (2, 1, U256::ZERO));
    assert_eq!(trip.amount, amount(before, LIMIT_RATE + 1));
    assert_eq!(trip.limit, epoch_limit(before, WEEK).expect("fits"));
    let event = receipt.events::<EpochRolled>().remove(0);
    assert_eq!((event.outcome, event.minted, event.nextRate), (2, U256::ZERO, 10_000));
    assert_eq!(supply(&world), before);
    let after = view(&world, &IMinter::mintWindowCall {});
    assert_eq!((after._0, after._3), (window._0, window._3), "a trip fills no window");

    open(&world, 3);
    let receipt = roll(&world).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<EpochRolled>()[0].outcome, 2, "latched, though the rate is sound again");
    assert!(receipt.events::<BreakerTripped>().is_empty(), "it trips once");
    assert!(view(&world, &IMinter::trippedCall {}));

    for who in [world.council, world.guardian, world.stranger, world.deployer] {
        let refusal = reset(&world, who).expect_err("governance alone");
        assert_eq!(refusal.expect::<IMinter::OwnableUnauthorizedAccount>().0, who);
    }
    let receipt = reset(&world, world.governance).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<BreakerReset>().len(), 1);
    assert!(!view(&world, &IMinter::trippedCall {}));
    let refusal = reset(&world, world.governance).expect_err("nothing to reset");
    assert_eq!(refusal.expect::<IMinter::MinterNotTripped>().0, world.governance);
    open(&world, 4);
    let event = rolled(&world);
    assert_eq!((event.outcome, event.minted), (0, amount(event.supply, 10_000)));
}

#[test]
fn breaker_trips_when_the_year_is_full_and_a_reset_empties_nothing() {
    let world = World::new();
    lie(&world, LIMIT_RATE);
    let stored = |world: &World| {
        let window = view(world, &IMinter::mintWindowCall {});
        MintWindow { level: window._0, base_supply: window._1, started_at: window._2, updated_at: window._3 }
    };
    let mut window = stored(&world);
    assert_eq!((window.level, window.base_supply), (U256::ZERO, wad(1_000_000_000)));
    window = window.add(world.net.now(), supply(&world), rolled(&world).minted).expect("nothing was minted");
    assert_eq!(stored(&world), window);
    let mut epoch = 0;
    let cap = loop {
        epoch += 1;
        assert!(epoch < 52, "twice the yearly cap must not go on for a year");
        // The last second of the epoch: what trips now can be tried again at once, in the next.
        world.net.warp(genesis(&world) + (epoch + 1) * u64::from(WEEK) - 1 - world.net.now());
        let (before, now) = (supply(&world), world.net.now());
        match window.add(now, before, amount(before, LIMIT_RATE)) {
            Ok(next) => {
                let event = rolled(&world);
                assert_eq!((event.outcome, event.minted), (0, amount(before, LIMIT_RATE)));
                window = next;
            }
            Err(WindowError::Exceeded { cap, .. }) => break cap,
            Err(error) => panic!("{error:?}"),
        }
        assert_eq!(stored(&world), window, "to the unit, epoch {epoch}");
    };
    assert!(epoch > 40, "{epoch} epochs");
    for again in 0..2 {
        if again == 1 {
            reset(&world, world.governance).unwrap_or_else(|refusal| panic!("{refusal}"));
        }
        world.net.hold();
        let (before, level_now) = (supply(&world), window.level_at(world.net.now()).expect("forward"));
        let trip = roll(&world).unwrap_or_else(|refusal| panic!("{refusal}")).events::<BreakerTripped>().remove(0);
        assert_eq!((trip.epoch, trip.reason, trip.limit), (epoch + again, 2, cap));
        assert_eq!((trip.amount, trip.level), (amount(before, LIMIT_RATE), level_now));
        assert_eq!((supply(&world), stored(&world)), (before, window), "nothing minted, nothing emptied");
    }
}

#[test]
fn cap_is_never_exceeded_and_burned_room_is_used() {
    let world = World::new();
    assert_eq!(rolled(&world).nextRate, 10_000);
    // Straight from the minter's address: nothing else can bring the supply there in time.
    world.net.chain.impersonate(world.minter);
    world.net.chain.set_balance(world.minter, wad(1));
    let cap = world.net.view(world.token, &IToken::capCall {}).expect("a plain view");
    let mint = |value| world.net.send(world.minter, world.token, &IToken::mintCall { to: world.deployer, value });
    let room = cap - supply(&world);
    let over = mint(room + U256::ONE).expect_err("one above the cap").expect::<IToken::ERC20ExceededCap>();
    assert_eq!((over._0, over._1), (cap + U256::ONE, cap));
    mint(room).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(supply(&world), cap);

    open(&world, 1);
    let event = rolled(&world);
    assert_eq!((event.outcome, event.minted), (3, U256::ZERO));
    // What is left after the burn mints exactly itself: an amount that fits to the unit.
    let burn = |value| world.net.send(world.deployer, world.token, &IToken::burnCall { value });
    let fits = |burned: U256| amount(cap - burned, 10_000) <= burned;
    let (mut low, mut high) = (U256::ZERO, wad(1_000_000));
    while high - low > U256::ONE {
        let middle = (low + high) / U256::from(2);
        if fits(middle) { high = middle } else { low = middle }
    }
    burn(low).unwrap_or_else(|refusal| panic!("{refusal}"));
    open(&world, 2);
    assert_eq!(rolled(&world).outcome, 3, "one unit too little room");
    burn(U256::ONE).unwrap_or_else(|refusal| panic!("{refusal}"));
    open(&world, 3);
    let event = rolled(&world);
    assert_eq!((event.outcome, event.minted), (0, amount(cap - high, 10_000)));
    assert!(supply(&world) <= cap && cap - supply(&world) <= U256::ONE);
}

#[test]
fn each_power_of_the_minter_is_governances() {
    let world = World::new();
    let calls = [
        IMinter::setRecipientCall { recipient: world.stranger }.abi_encode(),
        IMinter::resetBreakerCall {}.abi_encode(),
        IMinter::transferOwnershipCall { new_owner: world.stranger }.abi_encode(),
    ];
    for who in [world.council, world.guardian, world.stranger, world.deployer, world.recipient] {
        for call in &calls {
            let sent = world.net.transact(who, TxKind::Call(world.minter), call.clone().into(), U256::ZERO);
            let refusal = sent.expect_err("governance alone");
            assert_eq!(refusal.expect::<IMinter::OwnableUnauthorizedAccount>().0, who);
        }
    }
    let set = |recipient| world.net.send(world.governance, world.minter, &IMinter::setRecipientCall { recipient });
    let zero = set(Address::ZERO).expect_err("nobody").expect::<IMinter::MinterInvalidRecipient>();
    assert_eq!(zero.0, Address::ZERO);
    let receipt = set(world.stranger).unwrap_or_else(|refusal| panic!("{refusal}"));
    let changed = receipt.events::<RecipientChanged>().remove(0);
    assert_eq!((changed.previous, changed.recipient), (world.recipient, world.stranger));
    assert_eq!(rolled(&world).outcome, 0);
    open(&world, 1);
    assert!(rolled(&world).minted > U256::ZERO, "and it goes to the new one, as `rolled` checks");

    let offer = IMinter::transferOwnershipCall { new_owner: world.council };
    world.net.send(world.governance, world.minter, &offer).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(view(&world, &IMinter::ownerCall {}), world.governance, "an offer moves nothing");
    let accept = |who| world.net.send(who, world.minter, &IMinter::acceptOwnershipCall {});
    let refusal = accept(world.stranger).expect_err("not offered to them");
    assert_eq!(refusal.expect::<IMinter::OwnableUnauthorizedAccount>().0, world.stranger);
    let receipt = accept(world.council).unwrap_or_else(|refusal| panic!("{refusal}"));
    let moved = receipt.events::<OwnershipTransferred>().remove(0);
    assert_eq!((moved.previousOwner, moved.newOwner), (world.governance, world.council));
    assert!(set(world.recipient).is_err(), "the one before has no power left");
}

#[test]
fn only_the_minter_mints() {
    let world = World::new();
    for who in [world.governance, world.council, world.guardian, world.deployer, world.recipient] {
        let mint = IToken::mintCall { to: who, value: U256::ONE };
        let refusal = world.net.send(who, world.token, &mint).expect_err("the minter alone");
        let numbers = refusal.expect::<IToken::TokenNotMinter>();
        assert_eq!((numbers._0, numbers._1), (who, world.minter));
    }
    // Not even the minter's own code, called at its own address.
    let direct = world.net.send(world.stranger, world.minter_logic, &IMinter::rollEpochCall {});
    assert!(direct.is_err(), "the implementation has no epochs to roll");
    let left = arb_wasm::programTimeLeftCall { program: world.minter_logic };
    assert!(world.net.view(arb_wasm::ADDRESS, &left).is_ok(), "and not because it is not active");
    assert_eq!(
        world.net.chain.code(world.minter_logic, alloy::eips::BlockId::latest()).expect("code"),
        program_code("minter")
    );
}
