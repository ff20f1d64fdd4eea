//! E2E-23 to E2E-27: emission on the compiled minter, token and controller, to the unit.
#![allow(missing_docs, clippy::similar_names)]

use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use escapement_agent::bindings::{
    controller::IController,
    minter::{
        IMinter,
        IMinterEvents::{BreakerReset, BreakerTripped, ConsumersChanged, EpochMissed, EpochRolled, KeeperPaid},
    },
    token::IToken,
};
use escapement_core::{
    emission::{YEARLY, epoch_amount, epoch_window},
    window::{Window, WindowError},
};
use escapement_e2e::{GENESIS, Receipt, Refusal, World, arb_wasm, program_code, wad};

const WEEK: u32 = 604_800;
/// The minter's burn meter.
const METER: B256 = B256::with_last_byte(4);
/// The highest rate at which an epoch stays within its window: twice the highest schedule anybody can set.
const LIMIT_RATE: u32 = 120_857;
/// Twice the highest rate: within the window of an epoch, and above what a year lets through.
const DOUBLE_RATE: u32 = 100_000;

fn roll(world: &World) -> Result<Receipt, Refusal> {
    world.net.send(world.stranger, world.minter, &IMinter::rollEpochCall {})
}

/// Rolls, and checks on the way that the preview said what comes and that the numbers agree with the token.
fn rolled(world: &World) -> EpochRolled {
    world.net.hold();
    let before = supply(world);
    let told = view(world, &IMinter::previewCall {});
    let [consumer, ..] = view(world, &IMinter::consumersCall {}).consumers;
    let balance = IToken::balanceOfCall { account: consumer };
    let held = world.net.view(world.token, &balance).expect("a plain view");
    let receipt = roll(world).unwrap_or_else(|refusal| panic!("{refusal}"));
    let event = receipt.events::<EpochRolled>().remove(0);
    assert_eq!((told.outcome, event.supply), (event.outcome, before));
    assert_eq!(event.minted, if event.outcome == 0 { told.emission + told.remint } else { U256::ZERO });
    assert_eq!(supply(world), before + event.minted);
    let paid = receipt.events::<KeeperPaid>().iter().fold(U256::ZERO, |sum, paid| sum + paid.amount);
    assert_eq!(world.net.view(world.token, &balance).expect("a plain view"), held + event.minted - paid);
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

/// Most that the window of an epoch holds.
fn limit(supply: U256) -> U256 {
    epoch_window(WEEK).cap(supply).expect("fits")
}

fn set_emission(world: &World, from: u32, to: u32) {
    let changes: Bytes = [&[0u8][..], &from.to_be_bytes(), &to.to_be_bytes()].concat().into();
    let call = IController::overrideParamsCall { changes };
    world.net.send(world.council, world.controller, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
}

/// Replaces the controller by a contract that answers `rate` as group 0, no burn share and no re-mint as group 3, and no
/// accepted update.
fn lie(world: &World, rate: u32) {
    // Zeros with a length of one at 0x40 make the answer of group 0 (head 0x40); of group 3 with a length of two; `words`
    // is answered by one word of zero. The three differ by selector and argument.
    let mut code = Code::default();
    code.push(&[0]).op(0x35).push(&[0xe0]).op(0x1c).push(&IController::wordsCall::SELECTOR).op(0x14);
    let words = code.jump_if();
    // Halted until 0, then offset, length, values.
    code.push(&[0x40]).push(&[0x20]).op(0x52);
    code.push(&[4]).op(0x35);
    let third = code.jump_if();
    code.push(&[1]).push(&[0x40]).op(0x52).push(&rate.to_be_bytes()).push(&[0x60]).op(0x52);
    code.push(&[0x80]).push(&[0]).op(0xf3);
    code.land(third);
    code.push(&[2]).push(&[0x40]).op(0x52).push(&[0xa0]).push(&[0]).op(0xf3);
    code.land(words);
    code.push(&[0x20]).push(&[0]).op(0x52).push(&[1]).push(&[0x20]).op(0x52).push(&[0x60]).push(&[0]).op(0xf3);
    world.net.chain.set_code(world.controller, code.0.into()).expect("plain code");
}

/// A few EVM instructions.
#[derive(Default)]
struct Code(Vec<u8>);

impl Code {
    fn op(&mut self, op: u8) -> &mut Self {
        self.0.push(op);
        self
    }

    fn push(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.push(0x5f + u8::try_from(bytes.len()).expect("a few bytes"));
        self.0.extend(bytes);
        self
    }

    /// Jumps, if the stack says so, to where `land` is called with the returned place.
    fn jump_if(&mut self) -> usize {
        let place = self.0.len() + 1;
        self.push(&[0]).op(0x57);
        place
    }

    fn land(&mut self, place: usize) {
        self.0[place] = u8::try_from(self.0.len()).expect("a short program");
        self.op(0x5b);
    }
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
        assert_eq!(early.opensAt, start + u64::from(WEEK));
        assert_eq!(view(&world, &IMinter::nextRollAtCall {}), early.opensAt);
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
    assert_eq!((event.outcome, event.minted), (0, amount(event.supply, LIMIT_RATE)), "just within the limit");
    assert!(amount(event.supply, LIMIT_RATE + 1) > limit(event.supply));

    open(&world, 2);
    lie(&world, 10_000);
    let (before, window) = (supply(&world), view(&world, &IMinter::mintWindowCall {}));
    let receipt = roll(&world).unwrap_or_else(|refusal| panic!("{refusal}"));
    let trip = receipt.events::<BreakerTripped>().remove(0);
    assert_eq!((trip.epoch, trip.reason, trip.level), (2, 1, U256::ZERO));
    assert_eq!(trip.amount, amount(before, LIMIT_RATE + 1));
    assert_eq!(trip.limit, limit(before));
    let event = receipt.events::<EpochRolled>().remove(0);
    assert_eq!((event.outcome, event.minted, event.nextRate), (2, U256::ZERO, 10_000));
    assert_eq!(supply(&world), before);
    let after = view(&world, &IMinter::mintWindowCall {});
    assert_eq!((after.level, after.updatedAt), (window.level, window.updatedAt), "a trip fills no window");

    open(&world, 3);
    let receipt = roll(&world).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<EpochRolled>()[0].outcome, 2, "latched, though the rate is sound again");
    assert!(receipt.events::<BreakerTripped>().is_empty(), "it trips once");
    assert!(view(&world, &IMinter::trippedCall {}));

    for who in [world.council, world.guardian, world.stranger, world.deployer] {
        let refusal = reset(&world, who).expect_err("governance alone");
        assert_eq!(refusal.expect::<IMinter::AccessControlUnauthorizedAccount>().account, who);
    }
    let receipt = reset(&world, world.governance).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<BreakerReset>().len(), 1);
    assert!(!view(&world, &IMinter::trippedCall {}));
    let refusal = reset(&world, world.governance).expect_err("nothing to reset");
    assert_eq!(refusal.expect::<IMinter::MinterNotTripped>().caller, world.governance);
    open(&world, 4);
    let event = rolled(&world);
    assert_eq!((event.outcome, event.minted), (0, amount(event.supply, 10_000)));
}

#[test]
fn breaker_trips_when_the_year_is_full_and_a_reset_empties_nothing() {
    let world = World::new();
    lie(&world, DOUBLE_RATE);
    let stored = |world: &World| {
        let window = view(world, &IMinter::mintWindowCall {});
        Window { level: window.level, base: window.supply, started_at: window.startedAt, updated_at: window.updatedAt }
    };
    let mut window = stored(&world);
    assert_eq!((window.level, window.base), (U256::ZERO, wad(1_000_000_000)));
    window = window.add(&YEARLY, world.net.now(), supply(&world), rolled(&world).minted).expect("nothing was minted");
    assert_eq!(stored(&world), window);
    let mut epoch = 0;
    let cap = loop {
        epoch += 1;
        assert!(epoch < 52, "twice the yearly cap must not go on for a year");
        // The last second of the epoch: what trips now can be tried again at once, in the next.
        world.net.warp(genesis(&world) + (epoch + 1) * u64::from(WEEK) - 1 - world.net.now());
        let (before, now) = (supply(&world), world.net.now());
        match window.add(&YEARLY, now, before, amount(before, DOUBLE_RATE)) {
            Ok(next) => {
                let event = rolled(&world);
                assert_eq!((event.outcome, event.minted), (0, amount(before, DOUBLE_RATE)));
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
        let (before, level_now) = (supply(&world), window.level_at(&YEARLY, world.net.now()).expect("forward"));
        let trip = roll(&world).unwrap_or_else(|refusal| panic!("{refusal}")).events::<BreakerTripped>().remove(0);
        assert_eq!((trip.epoch, trip.reason, trip.limit), (epoch + again, 2, cap));
        assert_eq!((trip.amount, trip.level), (amount(before, DOUBLE_RATE), level_now));
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
    let foreign = roll(&world).expect_err("somebody else minted").expect::<IMinter::MinterForeignMint>();
    assert_eq!((foreign.expected, foreign.supply), (cap - room, cap));
    // As if the minter had minted it: the burn meter's word, the expected supply in its upper half.
    let word = (cap << 128) | (U256::from_be_bytes(world.net.storage(world.minter, METER).0) & U256::from(u128::MAX));
    world.net.chain.set_storage(world.minter, METER.into(), word);

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
    let consumers = |account: Address| {
        let mut call = IMinter::setConsumersCall { consumers: [Address::ZERO; 4], weights: [0; 4] };
        (call.consumers[0], call.weights[0]) = (account, 10_000);
        call
    };
    let other = world.net.solidity(world.deployer, "SilentStub", &[]);
    let role = B256::ZERO;
    let calls = [
        consumers(other).abi_encode(),
        IMinter::resetBreakerCall {}.abi_encode(),
        IMinter::setTreasuryCall { treasury: world.stranger }.abi_encode(),
        IMinter::grantRoleCall { role, account: world.stranger }.abi_encode(),
    ];
    for who in [world.council, world.guardian, world.stranger, world.deployer, world.recipient] {
        for call in &calls {
            let sent = world.net.transact(who, TxKind::Call(world.minter), call.clone().into(), U256::ZERO);
            let refusal = sent.expect_err("governance alone");
            assert_eq!(refusal.expect::<IMinter::AccessControlUnauthorizedAccount>().account, who);
        }
    }
    let set = |who, account| world.net.send(who, world.minter, &consumers(account));
    let nobody = set(world.governance, world.stranger).expect_err("no contract").expect::<IMinter::MinterWithoutCode>();
    assert_eq!(nobody.account, world.stranger);
    let receipt = set(world.governance, other).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<ConsumersChanged>()[0].consumers[0], other);
    assert_eq!(rolled(&world).outcome, 0);
    open(&world, 1);
    assert!(rolled(&world).minted > U256::ZERO, "and it goes to the new one, as `rolled` checks");

    let renounce = IMinter::renounceRoleCall { role, callerConfirmation: world.governance };
    let refusal = world.net.send(world.governance, world.minter, &renounce).expect_err("the last admin stays");
    let _ = refusal.expect::<IMinter::AccessControlLastAdmin>();
    let grant = IMinter::grantRoleCall { role, account: world.council };
    world.net.send(world.governance, world.minter, &grant).unwrap_or_else(|refusal| panic!("{refusal}"));
    let revoke = IMinter::revokeRoleCall { role, account: world.governance };
    world.net.send(world.council, world.minter, &revoke).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert!(set(world.governance, other).is_err(), "the one before has no power left");
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
