//! Attacks by strangers, and by roles that reach beyond their power.

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    signers::local::PrivateKeySigner,
};
use anyhow::Result;
use escapement_agent::{
    bindings::{controller::IController, minter::IMinter, solidity::ProxyAdmin, token::IToken, verifier::IVerifier},
    client::{ClientError, Tx},
    errors::Refusal,
};
use escapement_core::{
    param::{EMISSION, RESERVE, Slot},
    update::Change,
};

use super::{
    attacks::{ATTACK_GAS, any, call, is, refused},
    story::Story,
    world::{UNIT, World},
};

/// The refusal of a caller without the role.
const DENIED: &str = "AccessControlUnauthorizedAccount";

/// Everything that people without the right, or beyond it, try.
#[allow(clippy::too_many_lines)] // a list of attempts, one after another
pub async fn strangers(world: &mut World, story: &mut Story) -> Result<()> {
    world.values = escapement_agent::propose::values(&world.client, world.controller).await?;
    let (controller, minter, token, verifier) = (world.controller, world.minter, world.token, world.verifier);
    let (stranger, council) = (world.accounts.stranger.clone(), world.accounts.council.clone());
    let (guardian, deployer) = (world.accounts.guardian.clone(), world.accounts.deployer.clone());
    let me = |r: &Refusal, who: &PrivateKeySigner| is(r, "account", who.address());

    let init = IController::initializeCall {
        governance: stranger.address(),
        council: stranger.address(),
        guardian: stranger.address(),
        verifier,
        values: world.plan.values()?.to_vec(),
        pools: world.plan.controller.pools,
        categories: world.plan.controller.categories,
        autonomy: 3,
    };
    refused(
        world,
        story,
        "initialise the controller again",
        &stranger,
        call(controller, &init),
        "ProxiedAlreadyInitialized",
        any,
    )
    .await?;
    let implementation = world.deployed.address("controllerImplementation")?;
    refused(
        world,
        story,
        "initialise its implementation",
        &stranger,
        call(implementation, &init),
        "ProxiedNotThroughProxy",
        any,
    )
    .await?;
    let construct =
        Tx { to: Some(controller), data: Bytes::from_static(&escapement_agent::deploy::CONSTRUCTOR), ..Tx::default() };
    refused(world, story, "call a constructor through the proxy", &stranger, construct, "empty", any).await?;
    let halt = IController::haltCall { scope: 255 };
    refused(world, story, "a stranger halts everything", &stranger, call(controller, &halt), DENIED, |r| {
        me(r, &stranger)
    })
    .await?;
    let packed = |slot: Slot, old: u32, new: u32| {
        Bytes::from(Change { slot: slot.number(), expected_old: old, new }.to_wire().to_vec())
    };
    let rate = world.values[EMISSION.index()];
    let up = IController::overrideParamsCall { changes: packed(EMISSION, rate, rate + 1) };
    refused(world, story, "the deployer overrides", &deployer, call(controller, &up), DENIED, |r| me(r, &deployer))
        .await?;
    refused(world, story, "the guardian sets a value", &guardian, call(controller, &up), DENIED, |r| me(r, &guardian))
        .await?;
    let resume = IController::resumeCall { scope: 255 };
    refused(world, story, "the council lifts a halt", &council, call(controller, &resume), DENIED, |r| me(r, &council))
        .await?;
    let raise = IController::raiseAutonomyCall { group: 1 };
    refused(world, story, "the council raises autonomy", &council, call(controller, &raise), DENIED, |r| {
        me(r, &council)
    })
    .await?;
    let mint = IToken::mintCall { to: stranger.address(), value: U256::from(UNIT) };
    refused(world, story, "a stranger mints", &stranger, call(token, &mint), "TokenNotMinter", any).await?;
    let again = IMinter::rollEpochCall {};
    refused(world, story, "roll the epoch twice", &stranger, call(minter, &again), "MinterTooEarly", any).await?;
    let strike = IVerifier::setSignersCall { signers: vec![stranger.address()], threshold: 1 };
    refused(
        world,
        story,
        "the deployer replaces the signers",
        &deployer,
        call(verifier, &strike),
        "OwnableUnauthorizedAccount",
        |r| me(r, &deployer),
    )
    .await?;
    let admin = proxy_admin(world).await?;
    let upgrade =
        ProxyAdmin::upgradeAndCallCall { proxy: controller, implementation: stranger.address(), data: Bytes::new() };
    refused(
        world,
        story,
        "the deployer upgrades the proxy",
        &deployer,
        call(admin, &upgrade),
        "OwnableUnauthorizedAccount",
        |r| me(r, &deployer),
    )
    .await?;

    // A council gone bad has the override, and with it the same bounds as everybody.
    let beyond = IController::overrideParamsCall { changes: packed(EMISSION, rate, 50_000) };
    refused(
        world,
        story,
        "the council sets emission out of range",
        &council,
        call(controller, &beyond),
        "ControllerOutOfRange",
        |r| is(r, "slot", 0) && is(r, "newValue", 50_000),
    )
    .await?;
    let leap = rate + rate / 5;
    let jump = IController::overrideParamsCall { changes: packed(EMISSION, rate, leap) };
    refused(
        world,
        story,
        "the council raises emission by a fifth",
        &council,
        call(controller, &jump),
        "ControllerStepExceeded",
        |r| is(r, "oldValue", rate) && is(r, "newValue", leap),
    )
    .await?;
    let reserve = world.values[RESERVE.index()];
    let skew = IController::overrideParamsCall { changes: packed(RESERVE, reserve, reserve + 100) };
    refused(
        world,
        story,
        "pool weights that do not sum to one",
        &council,
        call(controller, &skew),
        "ControllerWeightSum",
        |r| is(r, "sum", 10_100),
    )
    .await?;
    bucket(world, story).await
}

/// Step after step upwards, each inside its bounds, until the bucket is empty; then the last-good vector is restored.
async fn bucket(world: &mut World, story: &mut Story) -> Result<()> {
    let (controller, council) = (world.controller, world.accounts.council.clone());
    let (_, before) = world.client.head().await?;
    let first = world.client.read(controller, &IController::paramCall { slot: 0 }).await?;
    world.client.warp(before + 60).await?;
    let mut rate = first;
    for _ in 0..12 {
        let room = escapement_core::rules::Limit::of(EMISSION.default_rules().step_up, rate);
        let to = (rate + room).min(EMISSION.default_rules().gov_max);
        let changes = Bytes::from(Change { slot: 0, expected_old: rate, new: to }.to_wire().to_vec());
        let tx = call(controller, &IController::overrideParamsCall { changes });
        match world.client.send(&council, tx.clone().gas(ATTACK_GAS)).await {
            Ok(receipt) => {
                world.note("override", &receipt);
                rate = to;
            }
            Err(ClientError::Refused { .. }) => {
                let name = format!("emission up again, now from {rate}");
                refused(world, story, &name, &council, tx, "ControllerBucketExceeded", |r| is(r, "slot", 0)).await?;
                break;
            }
            Err(other) => return Err(other.into()),
        }
    }
    story.expect(
        "the bucket stopped a staircase of legal steps",
        story.attacks.last().is_some_and(|a| a.held && a.expected == "ControllerBucketExceeded"),
    );
    let timepoint = u32::try_from(before)?;
    let receipt = world.client.send(&council, call(controller, &IController::restoreCall { timepoint })).await?;
    world.note("restore", &receipt);
    let now = world.client.read(controller, &IController::paramCall { slot: 0 }).await?;
    story.expect(
        &format!("the council restored the vector of before: emission {rate} → {now}"),
        now == first && rate > first,
    );
    Ok(())
}

/// Admin of the controller's proxy, from its ERC-1967 slot.
async fn proxy_admin(world: &World) -> Result<Address> {
    let slot = U256::from_be_bytes(alloy::hex!("b53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103"));
    Ok(Address::from_word(B256::from(world.client.storage(world.controller, slot).await?)))
}
