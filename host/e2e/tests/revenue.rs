//! E2E-40: the compiled minter with real consumers and a real market: emission reaches its consumer, revenue is burned, a
//! buy-back happens at the average price and not off it, and what was burned is partly minted again.
#![allow(missing_docs)]

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolValue, sol};
use escapement_agent::bindings::{
    minter::{IMinter, IMinterEvents},
    solidity::{ConstantProductPool, QuoteToken},
    token::IToken,
    treasury::{ITreasury, ITreasuryEvents},
    vault::IVault,
};
use escapement_e2e::{Receipt, World, refused, wad};

sol! {
    error StubRefused(address caller, uint256 value);
}

const WEEK: u64 = 604_800;
const HALF_AN_HOUR: u64 = 1_800;

/// Sends and expects success.
#[track_caller]
fn ok<C: alloy_sol_types::SolCall>(world: &World, from: Address, to: Address, call: &C) -> Receipt {
    world.net.send(from, to, call).unwrap_or_else(|refusal| panic!("{}: {refusal}", C::SIGNATURE))
}

/// A world with the vault as the only consumer, and a market of a million tokens at 2 quote.
struct Market {
    world: World,
    quote: Address,
    pool: Address,
    treasury: Address,
}

impl Market {
    fn new() -> Self {
        let world = World::new();
        let (net, deployer, governance) = (&world.net, world.deployer, world.governance);
        let (minter, token, treasury) = (world.minter, world.token, world.net.account(6));
        let args = ("Quote".to_owned(), "QUO".to_owned(), U256::from(18), deployer).abi_encode_params();
        let quote = net.solidity(deployer, "QuoteToken", &args);
        let args = (token, quote, U256::from(30), Address::ZERO).abi_encode_params();
        let pool = net.solidity(deployer, "ConstantProductPool", &args);

        ok(&world, deployer, quote, &QuoteToken::mintCall { to: deployer, amount: wad(10_000_000) });
        for spender in [pool, world.vault, minter] {
            ok(&world, deployer, token, &IToken::approveCall { spender, value: U256::MAX });
            ok(&world, deployer, quote, &QuoteToken::approveCall { spender, value: U256::MAX });
        }
        let call = ConstantProductPool::addLiquidityCall {
            tokenMax: wad(1_000_000),
            quoteMax: wad(2_000_000),
            minShares: U256::ZERO,
        };
        ok(&world, deployer, pool, &call);
        ok(&world, deployer, world.vault, &IVault::stakeCall { amount: wad(1_000), lockSeconds: 0 });

        let mut call = IMinter::setConsumersCall { consumers: [Address::ZERO; 4], weights: [0; 4] };
        (call.consumers[0], call.weights[0]) = (world.vault, 10_000);
        ok(&world, governance, minter, &call);
        ok(&world, governance, minter, &IMinter::setTreasuryCall { treasury });
        let call = IMinter::setMarketCall { quote, pool, deviationBps: 200, slippageBps: 100 };
        ok(&world, governance, minter, &call);
        Self { world, quote, pool, treasury }
    }

    fn supply(&self) -> U256 {
        self.world.net.view(self.world.token, &IToken::totalSupplyCall {}).expect("a plain view")
    }

    fn roll(&self) -> Receipt {
        ok(&self.world, self.world.stranger, self.world.minter, &IMinter::rollEpochCall {})
    }
}

#[test]
fn emission_reaches_its_consumer_and_the_roller() {
    let market = Market::new();
    let world = &market.world;
    market.roll();
    world.net.warp(WEEK + 21_600);
    let before = market.supply();
    let receipt = market.roll();
    let rolled = receipt.events::<IMinterEvents::EpochRolled>();
    // 1 % a year of a billion tokens, for a week.
    let emission = before * U256::from(10_000) * U256::from(WEEK) / (U256::from(1_000_000) * U256::from(31_536_000));
    assert_eq!((rolled[0].outcome, rolled[0].minted), (0, emission));
    assert_eq!(market.supply(), before + emission);
    let paid = receipt.events::<IMinterEvents::KeeperPaid>();
    assert_eq!(paid[0].amount, emission * U256::from(5) / U256::from(10_000));
    let delivered = receipt.events::<IMinterEvents::Delivered>();
    assert_eq!((delivered[0].consumer, delivered[0].amount), (world.vault, emission - paid[0].amount));
    // It streams over an epoch; whole base units a second are given.
    world.net.warp(WEEK);
    let earned = IVault::earnedCall { account: world.deployer };
    let earned = world.net.view(world.vault, &earned).expect("a plain view");
    assert!(delivered[0].amount - earned < U256::from(WEEK), "{} {earned}", delivered[0].amount);
    println!("roll of an epoch: {} gas", receipt.gas_used);
}

/// INC-09: own mints read as negative burns. Here the meter shows exactly what was burned, whatever was minted in between.
/// P9: a price moved for one trade was taken for the price.
#[test]
fn inc_09_p9_revenue_is_burned_at_the_average_price_and_partly_minted_again() {
    let market = Market::new();
    let world = &market.world;
    let (minter, stranger, deployer) = (world.minter, world.stranger, world.deployer);
    market.roll();
    let share = world.net.view(minter, &IMinter::burnShareCall {}).expect("a plain view");
    assert_eq!(share, 2_000);
    let before = market.supply();
    ok(world, deployer, minter, &IMinter::depositRevenueCall { amount: wad(50_000) });
    assert_eq!(before - market.supply(), wad(10_000));

    ok(world, deployer, minter, &IMinter::depositQuoteCall { amount: wad(20_000) });
    let treasury = QuoteToken::balanceOfCall { account: market.treasury };
    assert_eq!(world.net.view(market.quote, &treasury).expect("a plain view"), wad(16_000));
    let buy = IMinter::buyBackCall { maxQuote: wad(4_000), minOut: U256::ZERO };
    let refusal = world.net.send(stranger, minter, &buy).expect_err("no reading was kept");
    let _ = refusal.expect::<IMinter::MinterObservationTooOld>();
    ok(world, stranger, minter, &IMinter::observeCall {});
    world.net.warp(HALF_AN_HOUR);

    // Somebody makes the token dear by a tenth just before; the average does not follow.
    let call = ConstantProductPool::swapCall {
        tokenIn: market.quote,
        amountIn: wad(100_000),
        minOut: U256::ZERO,
        to: deployer,
    };
    ok(world, deployer, market.pool, &call);
    let refusal = world.net.send(stranger, minter, &buy).expect_err("the price was moved");
    let _ = refusal.expect::<IMinter::MinterPriceDeviates>();
    // Whoever did it trades back, at the cost of two fees.
    let held = wad(47_482);
    let call = ConstantProductPool::swapCall { tokenIn: world.token, amountIn: held, minOut: U256::ZERO, to: deployer };
    ok(world, deployer, market.pool, &call);

    let before = market.supply();
    let receipt = ok(world, stranger, minter, &buy);
    let bought = receipt.events::<IMinterEvents::BoughtBack>();
    assert_eq!((bought[0].spent, bought[0].burned), (wad(4_000), before - market.supply()));
    assert!(bought[0].burned > wad(1_950) && bought[0].burned < wad(2_000), "{}", bought[0].burned);
    println!("buy-back: {} gas", receipt.gas_used);

    // An accepted update wakes the re-mint; 20 ppm of a billion tokens are above an eighth of what was burned.
    world.submit(&world.heartbeat(1)).unwrap_or_else(|refusal| panic!("{refusal}"));
    world.net.warp(WEEK);
    let equilibrium = market.roll().events::<IMinterEvents::Equilibrium>();
    let burned = wad(10_000) + bought[0].burned;
    assert_eq!((equilibrium[0].dormant, equilibrium[0].burned), (0, burned));
    let average = burned * U256::from(2) / U256::from(9);
    assert_eq!((equilibrium[0].average, equilibrium[0].reminted), (average, average));

    // What that roll minted, emission and re-mint, is no negative burn: the meter shows what was burned since, to the unit.
    let before = market.supply();
    ok(world, deployer, minter, &IMinter::depositRevenueCall { amount: wad(5_000) });
    assert_eq!(before - market.supply(), wad(1_000));
    world.net.warp(WEEK);
    let equilibrium = market.roll().events::<IMinterEvents::Equilibrium>();
    assert_eq!(equilibrium[0].burned, wad(1_000));
}

/// TRE-18: quote of the revenue that went to the treasury is governance's to send on, and so is any other token, whatever
/// it answers; the token of the books is not.
#[test]
fn tre_18_quote_in_the_treasury_is_rescued() {
    let market = Market::new();
    let world = &market.world;
    let (net, governance, treasury, to) = (&world.net, world.governance, world.treasury, world.recipient);
    market.roll();
    ok(world, governance, world.minter, &IMinter::setTreasuryCall { treasury });
    ok(world, world.deployer, world.minter, &IMinter::depositQuoteCall { amount: wad(1_000) });
    let held = |account| net.view(market.quote, &QuoteToken::balanceOfCall { account }).expect("a plain view");
    // All but the share that is burned.
    assert_eq!(held(treasury), wad(800));
    let rescue = |token, amount| ITreasury::rescueCall { token, to, amount };
    let before = held(to);
    let receipt = ok(world, governance, treasury, &rescue(market.quote, wad(300)));
    let told = &receipt.events::<ITreasuryEvents::Rescued>()[0];
    assert_eq!((told.token, told.to, told.amount), (market.quote, to, wad(300)));
    assert_eq!((held(treasury), held(to) - before), (wad(500), wad(300)));
    assert!(net.send(governance, treasury, &rescue(market.quote, wad(501))).is_err(), "there is not as much");
    ok(world, governance, treasury, &rescue(market.quote, wad(500)));

    // Nothing said is good, a refusal is passed on, and false, nonsense and no code are refused.
    let [silent, refusing] = ["SilentStub", "RefusingStub"].map(|name| net.solidity(world.deployer, name, &[]));
    ok(world, governance, treasury, &rescue(silent, U256::ONE));
    refused(
        net.send(governance, treasury, &rescue(refusing, U256::ONE)),
        &StubRefused { caller: treasury, value: U256::ZERO },
    );
    // PUSH1 answer PUSH0 MSTORE PUSH1 32 PUSH0 RETURN.
    let telling =
        |answer| net.code(world.deployer, &[0x60, answer, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]).expect("plain code");
    let [no, yes, nonsense] = [0, 1, 2].map(telling);
    refused(net.send(governance, treasury, &rescue(no, U256::ONE)), &ITreasury::Erc20Refused { token: no });
    ok(world, governance, treasury, &rescue(yes, U256::ONE));
    refused(
        net.send(governance, treasury, &rescue(nonsense, U256::ONE)),
        &ITreasury::Erc20BadAnswer { token: nonsense, length: U256::from(32) },
    );
    let nobody = world.stranger;
    refused(net.send(governance, treasury, &rescue(nobody, U256::ONE)), &ITreasury::Erc20WithoutCode { token: nobody });

    // Neither booked nor unbooked base units of its own token.
    world.deliver(world.deployer, treasury, wad(10));
    ok(world, world.deployer, world.token, &IToken::transferCall { to: treasury, value: wad(7) });
    refused(
        net.send(governance, treasury, &rescue(world.token, wad(1))),
        &ITreasury::TreasuryManagedToken { token: world.token },
    );
    for other in [world.council, world.guardian, world.stranger] {
        assert!(net.send(other, treasury, &rescue(yes, U256::ONE)).is_err(), "governance alone");
    }
}
