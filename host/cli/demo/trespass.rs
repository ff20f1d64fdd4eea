//! Attacks on vault, gauges, treasury and minter: by strangers, by stakers and providers that want more than is theirs.

use alloy::{
    primitives::{Address, B256, U256},
    sol_types::{SolError, SolValue},
};
use anyhow::{Context, Result};
use escapement_agent::{
    artifacts,
    bindings::{
        controller::IController, gauges::IGauges, minter::IMinter, solidity::ConstantProductPool, treasury::ITreasury,
        vault::IVault,
    },
    client::Tx,
};
use escapement_core::{
    lock::Curve,
    param::Group,
    twap::{Observation, Observations, TwapError},
};

use super::{
    attempt::{attempt, refused},
    story::Story,
    world::{DAY, POOL, UNIT, World},
};

/// Everything tried on the contracts that hold other people's tokens.
pub async fn run(world: &mut World, story: &mut Story) -> Result<()> {
    story.chapter("Attacks on vault, gauges, treasury and minter");
    rewards(world, story).await?;
    stakes(world, story).await?;
    powers(world, story).await?;
    grants(world, story).await?;
    market(world, story).await?;
    gifts(world, story).await
}

fn denied(account: Address, role: B256) -> IController::AccessControlUnauthorizedAccount {
    IController::AccessControlUnauthorizedAccount { account, neededRole: role }
}

/// Rewards that nobody has brought.
async fn rewards(world: &World, story: &mut Story) -> Result<()> {
    let stranger = &world.accounts.stranger;
    let amount = U256::from(1_000 * UNIT);
    let caller = stranger.address();
    let delivers = world.client.read(world.at.gauges, &IGauges::MINTER_ROLECall {}).await?;
    let notify = |to| Tx::call(to, &IVault::notifyRewardCall { amount });
    let error = IVault::VaultNotMinter { caller };
    refused(world, story, "a stranger announces a reward: vault", stranger, notify(world.at.vault), error).await?;
    for (name, to) in [
        ("a stranger announces a reward: gauges", world.at.gauges),
        ("a stranger announces a reward: treasury", world.at.treasury),
    ] {
        refused(world, story, name, stranger, notify(to), denied(caller, delivers)).await?;
    }
    Ok(())
}

/// Stakes and LP tokens, one's own too early and other people's.
async fn stakes(world: &mut World, story: &mut Story) -> Result<()> {
    let (vault, gauges) = (world.at.vault, world.at.gauges);
    let (_, now) = world.client.head().await?;
    let live = world
        .stakes
        .iter()
        .enumerate()
        .find_map(|(n, stakes)| stakes.positions.iter().find(|p| p.lock_end > now + DAY).map(|p| (n, *p)));
    let (staker, position) = live.context("nobody is locked")?;
    let (id, lock_end) = (position.id, position.lock_end);
    let who = world.accounts.stakers[staker].clone();
    let out = Tx::call(vault, &IVault::unstakeCall { id, amount: U256::from(position.amount) });
    let error = IVault::VaultLocked { id, lockEnd: lock_end };
    refused(world, story, "a lock is left without its penalty", &who, out, error).await?;

    let (staker, exit) = super::exits::begin(world).await?;
    let who = world.accounts.stakers[staker].clone();
    let withdraw = Tx::call(vault, &IVault::withdrawCall { exitIds: vec![exit.id] });
    let error = IVault::VaultNotReady { id: exit.id, readyAt: exit.ready_at };
    refused(world, story, "an exit before its cooldown is over", &who, withdraw.clone(), error).await?;
    let stranger = world.accounts.stranger.clone();
    let error = IVault::VaultNoExit { account: stranger.address(), id: exit.id };
    refused(world, story, "somebody else's exit", &stranger, withdraw.clone(), error).await?;
    world.client.warp(exit.ready_at).await?;
    world.withdraw(staker).await?;
    let error = IVault::VaultNoExit { account: who.address(), id: exit.id };
    refused(world, story, "an exit twice", &who, withdraw, error).await?;
    let give = Tx::call(vault, &IVault::transferCall { to: stranger.address(), value: U256::from(UNIT) });
    refused(world, story, "receipts of the vault are sold", &who, give, IVault::VaultNotTransferable {}).await?;

    let amount = U256::from(UNIT);
    let take = Tx::call(gauges, &IGauges::withdrawCall { pool: 2, amount });
    let error = IGauges::GaugesInsufficientStake { stake: U256::ZERO, amount };
    refused(world, story, "LP tokens of other people", &stranger, take, error).await?;
    // Nobody can name another account: a claim is the caller's own, and a stranger's is nothing.
    let before = world.balance(world.token, stranger.address()).await?;
    world.act("claim of all pools", &stranger, gauges, &IGauges::claimManyCall { pools: vec![1, 2, 3] }).await?;
    world.act("claim", &stranger, vault, &IVault::claimCall {}).await?;
    let after = world.balance(world.token, stranger.address()).await?;
    story.expect("a stranger that claims in vault and gauges is paid nothing", before == after);

    // The stream goes on between two claims, so the second is not nothing; it is no more than those seconds give.
    let rate = world.client.read(vault, &IVault::rewardsCall {}).await?.rate;
    world.at_vault("claim", staker, &IVault::claimCall {}).await?;
    let ((_, first), once) = (world.client.head().await?, world.balance(world.token, who.address()).await?);
    world.at_vault("claim", staker, &IVault::claimCall {}).await?;
    let ((_, second), twice) = (world.client.head().await?, world.balance(world.token, who.address()).await?);
    story.expect(
        "a claim right after a claim pays no more than the seconds between them",
        twice - once <= rate * U256::from(second - first),
    );
    Ok(())
}

/// Functions of governance and council.
async fn powers(world: &World, story: &mut Story) -> Result<()> {
    let (stranger, at) = (&world.accounts.stranger, &world.at);
    let (caller, admin) = (stranger.address(), B256::ZERO);
    let parts = ([caller, Address::ZERO, Address::ZERO, Address::ZERO], [10_000, 0, 0, 0]);
    let tries = [
        (
            "a stranger makes itself a consumer",
            Tx::call(world.controller, &IController::setConsumerCall { index: 0, consumer: caller, groups: 4 }),
        ),
        ("a stranger has all minted to itself", {
            Tx::call(at.minter, &IMinter::setConsumersCall { consumers: parts.0, weights: parts.1 })
        }),
        ("a stranger kills a pool", Tx::call(at.gauges, &IGauges::killPoolCall { pool: 1 })),
        ("a stranger adds a pool", Tx::call(at.gauges, &IGauges::addPoolCall { weight: 4, lpToken: world.quote })),
        ("a stranger spends the free funds", {
            Tx::call(at.treasury, &ITreasury::spendCall { to: caller, amount: U256::from(UNIT) })
        }),
        ("a stranger revokes the stream", Tx::call(at.treasury, &ITreasury::revokeStreamCall {})),
        ("a stranger names another minter", Tx::call(at.vault, &IVault::setMinterCall { minter: caller })),
        ("a stranger sets the penalty to nothing", Tx::call(at.vault, &IVault::setPenaltyCall { penalty: 0 })),
    ];
    for (name, tx) in tries {
        refused(world, story, name, stranger, tx, denied(caller, admin)).await?;
    }
    let (council, amount) = (&world.accounts.council, U256::from(UNIT));
    let spend = Tx::call(at.treasury, &ITreasury::spendCall { to: council.address(), amount });
    let error = denied(council.address(), admin);
    refused(world, story, "the council spends the free funds", council, spend, error).await?;

    too_steep(world, story).await
}

/// What the vault answers the controller when all that is staked would weigh so much more at once.
async fn too_steep(world: &World, story: &mut Story) -> Result<()> {
    let vault = world.at.vault;
    let curve = |knots: &[u32]| Curve::new(knots).map_err(|e| anyhow::anyhow!("{e:?}"));
    let taken = world.client.read(vault, &IVault::curveCall {}).await?;
    let taken = [taken._0, taken._1, taken._2, taken._3, taken._4].map(u32::from);
    let mut steep = taken;
    steep[4] += 5_000;
    let staked = u128::try_from(world.client.read(vault, &IVault::totalSupplyCall {}).await?)?;
    let weight = u128::try_from(world.client.read(vault, &IVault::rewardsCall {}).await?.weight)?;
    let rise = curve(&taken)?.rise(&curve(&steep)?, staked, weight).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    let (added, highest) = rise.context("the vault would take it")?;
    let group = Group::Curve.number();
    let tx = Tx::call(vault, &IVault::checkParamsCall { group, values: steep.to_vec() });
    let error = IVault::VaultCurveTooSteep { added: U256::from(added), highest: U256::from(highest) };
    let council = &world.accounts.council;
    refused(world, story, "a curve that makes a year's lock too heavy", council, tx, error).await
}

/// The grant that nobody claimed belongs to a round that is over; those of a new round are not open, or not the caller's.
async fn grants(world: &mut World, story: &mut Story) -> Result<()> {
    let (stranger, treasury) = (world.accounts.stranger.clone(), world.at.treasury);
    let round = world.funds.round;
    let last = world.funds.grants_of_round.last().context("no grants")?.clone();
    let late = Tx::call(treasury, &last.claim(round));
    let error = ITreasury::TreasuryRoundOver { round, state: 3 };
    refused(world, story, "a grant after its round was closed", &stranger, late, error).await?;

    world.open_round().await?;
    let round = world.funds.round;
    let grants = world.funds.grants_of_round.clone();
    let [first, second, ..] = grants.as_slice() else { anyhow::bail!("too few grants") };
    let opens_at = world.client.read(treasury, &ITreasury::roundCall { round }).await?.opensAt;
    let early = Tx::call(treasury, &first.claim(round));
    let error = ITreasury::TreasuryRoundNotOpen { round, opensAt: opens_at };
    refused(world, story, "a grant before its claims open", &stranger, early, error).await?;
    let unknown = Tx::call(treasury, &first.claim(round + 1));
    let error = ITreasury::TreasuryUnknownRound { round: round + 1 };
    refused(world, story, "a grant of a round that does not exist", &stranger, unknown, error).await?;

    world.client.warp(opens_at).await?;
    let mut stolen = first.clone();
    stolen.account = stranger.address();
    let steal = Tx::call(treasury, &stolen.claim(round));
    let error = ITreasury::TreasuryBadProof { round, index: first.index };
    refused(world, story, "a grant paid to somebody else", &stranger, steal, error).await?;
    let mut crossed = first.clone();
    crossed.proof.clone_from(&second.proof);
    let cross = Tx::call(treasury, &crossed.claim(round));
    let error = ITreasury::TreasuryBadProof { round, index: first.index };
    refused(world, story, "a grant with another's proof", &stranger, cross, error).await?;
    let keeper = world.accounts.keeper.clone();
    world.act("claim a grant", &keeper, treasury, &first.claim(round)).await?;
    let again = Tx::call(treasury, &first.claim(round));
    let error = ITreasury::TreasuryAlreadyClaimed { round, index: first.index };
    refused(world, story, "a grant twice", &stranger, again, error).await
}

/// The market of the buy-backs: another pool, and a price pushed just before.
async fn market(world: &mut World, story: &mut Story) -> Result<()> {
    let (stranger, minter) = (world.accounts.stranger.clone(), world.minter);
    let args = (world.quote, world.token, U256::from(30), Address::ZERO).abi_encode_params();
    let code = artifacts::solidity_init_code(POOL, "ConstantProductPool", &args)?;
    let maker = world.accounts.maker.clone();
    let receipt = world.client.send(&maker, Tx::create(code)).await?;
    let pool = receipt.contract_address.context("no pool")?;
    let other = IMinter::setMarketCall { quote: world.quote, pool, deviationBps: 1_000, slippageBps: 1_000 };
    let tx = Tx::call(minter, &other);
    let error = denied(stranger.address(), B256::ZERO);
    refused(world, story, "a stranger names a pool for buy-backs", &stranger, tx.clone(), error).await?;
    let error = IMinter::MinterForeignMarket { pool, token: world.token, quote: world.quote };
    let governance = world.accounts.governance.clone();
    refused(world, story, "governance names a pool of other tokens", &governance, tx, error).await?;

    // A sandwich: the token is made dear within the block before the buy-back. The average does not follow.
    world.pay_in(20_000 * UNIT).await?;
    let keeper = world.accounts.keeper.clone();
    world.act("observe the market", &keeper, minter, &IMinter::observeCall {}).await?;
    let (_, now) = world.client.head().await?;
    world.client.warp(now + 3_600).await?;
    let (pool, quote) = (world.pools[0], world.quote);
    let push = ConstantProductPool::swapCall {
        tokenIn: quote,
        amountIn: U256::from(world.index.reserves()[0].1 / 20),
        minOut: U256::ZERO,
        to: maker.address(),
    };
    world.act("swap", &maker, pool, &push).await?;
    let buy = Tx::call(minter, &IMinter::buyBackCall { maxQuote: U256::MAX >> 128, minOut: U256::ZERO });
    let attempt = attempt(world, &stranger, buy).await?;
    // The same average from the same readings, by the law's own arithmetic.
    let at = alloy::eips::BlockId::number(attempt.block);
    let client = &world.client;
    let readings = client.read_from(Address::ZERO, minter, &IMinter::observationsCall {}, at).await?;
    let reading = |cumulative, at| Observation { cumulative, at };
    let readings = Observations {
        older: reading(readings.older, readings.olderAt),
        newer: reading(readings.newer, readings.newerAt),
    };
    let cumulative = client.read_from(Address::ZERO, pool, &ConstantProductPool::priceCumulativeCall {}, at).await?;
    let reserves = client.read_from(Address::ZERO, pool, &ConstantProductPool::reservesCall {}, at).await?;
    let average = readings.average_down(cumulative, attempt.time).map_err(|e| anyhow::anyhow!("{e:?}"))?;
    let (token, reserve) = (u128::try_from(reserves._0)?, u128::try_from(reserves._1)?);
    let deviation = world.plan.minter.market.context("no market")?.deviation_bps;
    let expected = match average.check_reserves(token, reserve, deviation) {
        Err(TwapError::Deviates { implied, reserve }) => {
            IMinter::MinterPriceDeviates { implied, reserve: U256::from(reserve), deviationBps: deviation }
        }
        other => anyhow::bail!("the push was too weak: {other:?}"),
    };
    attempt.judge(world, story, "a buy-back at a price pushed before", &expected.abi_encode(), None);
    Ok(())
}

/// Tokens sent to the vault without a stake: they raise nobody's share, and the next stake counts in full.
async fn gifts(world: &mut World, story: &mut Story) -> Result<()> {
    let (maker, vault) = (world.accounts.maker.clone(), world.at.vault);
    let seen = async |world: &World| -> Result<_> {
        let rewards = world.client.read(vault, &IVault::rewardsCall {}).await?;
        let staked = world.client.read(vault, &IVault::totalSupplyCall {}).await?;
        Ok((rewards.index, rewards.weight, rewards.rate, rewards.unallocated, staked))
    };
    let before = seen(world).await?;
    world.transfer(&maker, vault, 1_000_000 * UNIT).await?;
    let gifted = seen(world).await? == before;
    let held = world.stakes[0].principal();
    let amount = UNIT + 1;
    world.stake(0, amount, 0).await?;
    let account = world.accounts.stakers[0].address();
    let id = world.stakes[0].positions.last().context("no position")?.id;
    let position = world.client.read(vault, &IVault::positionCall { account, id }).await?;
    story.expect(
        "a million tokens given to the vault change nobody's share, and a stake after them counts in full",
        gifted && position.amount == U256::from(amount) && world.stakes[0].principal() == held + amount,
    );
    Ok(())
}
