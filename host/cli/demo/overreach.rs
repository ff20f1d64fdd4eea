//! Attacks by strangers, and by roles that reach beyond their power.

use alloy::{
    primitives::{B256, Bytes, U256},
    signers::local::PrivateKeySigner,
    sol_types::SolError,
};
use anyhow::Result;
use escapement_agent::{
    bindings::{controller::IController, minter::IMinter, solidity::ProxyAdmin, token::IToken, verifier::IVerifier},
    client::Tx,
    deploy::{ADMIN_SLOT, CONSTRUCTOR, address_in},
};
use escapement_core::{
    param::{EMISSION, RESERVE, Slot},
    update::Change,
};

use super::{
    attempt::{attempt, refused},
    story::Story,
    world::{UNIT, World},
};

/// Everything that people without the right, or beyond it, try.
pub async fn strangers(world: &mut World, story: &mut Story) -> Result<()> {
    initialisers(world, story).await?;
    usurpers(world, story).await?;
    world.values = world.lens().values().await?;
    bad_council(world, story).await?;
    bucket(world, story).await
}

/// Taking over by initialising what is initialised, or must never be.
async fn initialisers(world: &World, story: &mut Story) -> Result<()> {
    let (controller, stranger) = (world.controller, &world.accounts.stranger);
    let init = IController::initializeCall {
        governance: stranger.address(),
        council: stranger.address(),
        guardian: stranger.address(),
        verifier: world.verifier,
        values: world.plan.values()?.to_vec(),
        pools: world.plan.controller.pools,
        categories: world.plan.controller.categories,
        autonomy: 3,
    };
    let version = world.client.read(controller, &IController::storedVersionCall {}).await?;
    let again = IController::ProxiedAlreadyInitialized { version };
    refused(world, story, "initialise the controller again", stranger, Tx::call(controller, &init), again).await?;
    let implementation = world.deployed.address("controllerImplementation")?;
    let direct = IController::ProxiedNotThroughProxy {};
    refused(world, story, "initialise its implementation", stranger, Tx::call(implementation, &init), direct).await?;
    // There is no such function, so there is no error either.
    let construct = Tx { to: Some(controller), data: Bytes::from_static(&CONSTRUCTOR), ..Tx::default() };
    attempt(world, stranger, construct).await?.judge(world, story, "call a constructor through the proxy", &[], None);
    Ok(())
}

/// Functions of other people's roles.
async fn usurpers(world: &World, story: &mut Story) -> Result<()> {
    let (controller, minter, token, verifier) = (world.controller, world.minter, world.token, world.verifier);
    let (stranger, council) = (&world.accounts.stranger, &world.accounts.council);
    let (guardian, deployer) = (&world.accounts.guardian, &world.accounts.deployer);
    let admin_role = world.client.read(controller, &IController::DEFAULT_ADMIN_ROLECall {}).await?;
    let council_role = world.client.read(controller, &IController::COUNCIL_ROLECall {}).await?;
    let guardian_role = world.client.read(controller, &IController::GUARDIAN_ROLECall {}).await?;
    let denied = |who: &PrivateKeySigner, role: B256| IController::AccessControlUnauthorizedAccount {
        account: who.address(),
        neededRole: role,
    };

    let halt = Tx::call(controller, &IController::haltCall { scope: 255 });
    let error = denied(stranger, guardian_role);
    refused(world, story, "a stranger halts everything", stranger, halt, error).await?;
    let rate = world.lens().values().await?[EMISSION.index()];
    let up = set(world, EMISSION, rate, rate + 1);
    let error = denied(deployer, council_role);
    refused(world, story, "the deployer overrides", deployer, up.clone(), error).await?;
    let error = denied(guardian, council_role);
    refused(world, story, "the guardian sets a value", guardian, up, error).await?;
    let resume = Tx::call(controller, &IController::resumeCall { scope: 255 });
    let error = denied(council, admin_role);
    refused(world, story, "the council lifts a halt", council, resume, error).await?;
    let raise = Tx::call(controller, &IController::raiseAutonomyCall { group: 1 });
    let error = denied(council, admin_role);
    refused(world, story, "the council raises autonomy", council, raise, error).await?;

    let mint = Tx::call(token, &IToken::mintCall { to: stranger.address(), value: U256::from(UNIT) });
    let error = IToken::TokenNotMinter { _0: stranger.address(), _1: minter };
    refused(world, story, "a stranger mints", stranger, mint, error).await?;
    let opens_at = world.client.read(minter, &IMinter::nextRollAtCall {}).await?;
    let again = Tx::call(minter, &IMinter::rollEpochCall {});
    refused(world, story, "roll the epoch twice", stranger, again, IMinter::MinterTooEarly { opensAt: opens_at })
        .await?;
    let signers = vec![stranger.address()];
    let strike = Tx::call(verifier, &IVerifier::setSignersCall { signers, threshold: 1 });
    let error = IVerifier::OwnableUnauthorizedAccount(deployer.address());
    refused(world, story, "the deployer replaces the signers", deployer, strike, error).await?;
    let admin = address_in(world.client.storage(controller, U256::from_be_bytes(ADMIN_SLOT)).await?);
    let upgrade =
        ProxyAdmin::upgradeAndCallCall { proxy: controller, implementation: stranger.address(), data: Bytes::new() };
    let error = ProxyAdmin::OwnableUnauthorizedAccount { account: deployer.address() };
    refused(world, story, "the deployer upgrades the proxy", deployer, Tx::call(admin, &upgrade), error).await
}

/// The council's transaction that sets one slot.
fn set(world: &World, slot: Slot, expected_old: u32, new: u32) -> Tx {
    let changes = Bytes::from(Change { slot: slot.number(), expected_old, new }.to_wire().to_vec());
    Tx::call(world.controller, &IController::overrideParamsCall { changes })
}

/// A council gone bad has the override, and with it the same bounds as everybody.
async fn bad_council(world: &World, story: &mut Story) -> Result<()> {
    use IController as C;

    let council = &world.accounts.council;
    let (slot, rate) = (EMISSION.number(), world.values[EMISSION.index()]);
    let (min, max, step) = world.lens().range(EMISSION).await?;
    let beyond = set(world, EMISSION, rate, 50_000);
    let error = C::ControllerOutOfRange { slot, newValue: 50_000, min, max };
    refused(world, story, "the council sets emission out of range", council, beyond, error).await?;
    let leap = rate + rate / 5;
    let jump = set(world, EMISSION, rate, leap);
    let error = C::ControllerStepExceeded { slot, oldValue: rate, newValue: leap, max: step.of(rate) };
    refused(world, story, "the council raises emission by a fifth", council, jump, error).await?;
    let reserve = world.values[RESERVE.index()];
    let skew = set(world, RESERVE, reserve, reserve + 100);
    let error = C::ControllerWeightSum { sum: 10_100 };
    refused(world, story, "pool weights that do not sum to one", council, skew, error).await
}

/// Step after step upwards, each inside its bounds, until the bucket is empty; then the last-good vector is restored.
async fn bucket(world: &mut World, story: &mut Story) -> Result<()> {
    let (controller, council) = (world.controller, world.accounts.council.clone());
    let (_, before) = world.client.head().await?;
    world.client.warp(before + 60).await?;
    let first = world.values[EMISSION.index()];
    let (mut rate, mut stopped) = (first, false);
    for _ in 0..12 {
        let (_, max, step) = world.lens().range(EMISSION).await?;
        let to = (rate + step.of(rate)).min(max);
        let tx = set(world, EMISSION, rate, to);
        // What is left in the bucket at the very moment of the attempt is known only to the second after it.
        if world.lens().headroom(EMISSION).await?.bucket_up >= to - rate {
            let receipt = world.client.send(&council, tx).await?;
            world.note("override", &receipt);
            rate = to;
            continue;
        }
        let attempt = attempt(world, &council, tx).await?;
        let available = world.lens().at(attempt.block).headroom(EMISSION).await?.bucket_up;
        let error = IController::ControllerBucketExceeded { slot: EMISSION.number(), want: to - rate, available };
        attempt.judge(world, story, &format!("emission up again, now from {rate}"), &error.abi_encode(), None);
        stopped = true;
        break;
    }
    story.expect("the bucket stopped a staircase of legal steps", stopped);
    let timepoint = u32::try_from(before)?;
    let receipt = world.client.send(&council, Tx::call(controller, &IController::restoreCall { timepoint })).await?;
    world.note("restore", &receipt);
    let now = world.lens().values().await?[EMISSION.index()];
    story.expect(
        &format!("the council restored the vector of before: emission {rate} → {now}"),
        now == first && rate > first,
    );
    Ok(())
}
