//! Those who mean harm: callers without a role, any bytes, tokens that cheat, and a consumer that calls back.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::SolCall as _;
use escapement_agent::bindings::{
    controller::IController as C, gauges::IGauges as G, minter::IMinter as M, token::IToken as T,
    treasury::ITreasury as R, vault::IVault as V, verifier::IVerifier as F,
};
use escapement_e2e::{change, wad};

use crate::{
    book::Held,
    fixtures::{ReentrantPeer, ReentrantReceiver},
    hold,
    rng::Rng,
    run::Run,
};

/// Everything that takes a role, with arguments that the right caller could use.
fn privileged(run: &Run<'_>) -> Vec<(Address, Bytes)> {
    let (world, who) = (run.world, run.world.stranger);
    let amount = wad(1);
    let [word0, word1] = escapement_core::param::EMISSION.default_rules().pack().map(Into::into);
    macro_rules! calls { ($to:expr; $($call:expr),* $(,)?) => { vec![$(($to, $call.abi_encode().into())),*] } }
    let controller = calls![world.controller;
        C::vetoCall { group: 0 }, C::approveCall { group: 0 }, C::haltCall { scope: 0 }, C::resumeCall { scope: 0 },
        C::overrideParamsCall { changes: change(0, run.book.law.value(0), run.book.law.value(0) - 1) },
        C::narrowCall { slot: 0, min: 5_000, max: 15_000 }, C::lowerAutonomyCall { group: 0, level: 0 },
        C::raiseAutonomyCall { group: 0 }, C::setSlotRulesCall { slot: 0, word0, word1 },
        C::setCountsCall { pools: 5, categories: 3 }, C::setVerifierCall { verifier: run.stage.receiver },
        C::setConsumerCall { index: 0, consumer: Address::ZERO, groups: 0 },
        world.sources(Address::ZERO), C::migrateCall {},
        C::restoreCall { timepoint: u32::try_from(run.now()).expect("32 bits") },
        C::grantRoleCall { role: keccak256("COUNCIL_ROLE"), account: who },
    ];
    let minter = calls![world.minter;
        run.stage.consumers(false), M::setTreasuryCall { treasury: who }, M::resetBreakerCall {}, M::migrateCall {},
        M::setRulesCall { emaEpochs: 8, keeperBps: 5, keeperRamp: 3_600, staleAfter: 604_800 },
        M::setMarketCall { quote: Address::ZERO, pool: Address::ZERO, deviationBps: 0, slippageBps: 0 },
    ];
    let vault = calls![world.vault;
        V::notifyRewardCall { amount }, V::setCooldownCall { cooldown: 0 }, V::setPenaltyCall { penalty: 0 },
        V::setMinterCall { minter: run.stage.receiver }, V::transferCall { to: who, value: U256::ONE }, V::migrateCall {},
    ];
    let gauges = calls![world.gauges;
        G::notifyRewardCall { amount }, G::killPoolCall { pool: 1 }, G::setTreasuryCall { treasury: who },
        G::addPoolCall { weight: 9, lpToken: world.lp[0] }, G::migrateCall {},
    ];
    let treasury = calls![world.treasury;
        R::notifyRewardCall { amount }, R::spendCall { to: who, amount: U256::ONE }, R::revokeStreamCall {},
        R::editStreamCall { unvested: U256::ZERO, cliff: 0, duration: 1 }, R::disableRoundCall { round: 1 },
        R::migrateCall {},
    ];
    let token = calls![world.token;
        T::mintCall { to: who, value: amount }, T::setMinterCall { minter: run.stage.receiver },
        T::burnFromCall { account: world.deployer, value: U256::ONE }, T::transferOwnershipCall { new_owner: who },
    ];
    let verifier = calls![world.verifier;
        F::setSignersCall { signers: run.keys.addresses(), threshold: 7 }, F::setGuardianCall { guardian: who },
        F::revokeSignerCall { signer: run.keys.addresses()[0] }, F::transferOwnershipCall { new_owner: who },
        F::setModelActiveCall { model_id: world.model_id, active: false }, F::acceptOwnershipCall {},
    ];
    [controller, minter, vault, gauges, treasury, token, verifier].concat()
}

pub fn stranger(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let calls = privileged(run);
    let who = *rng.pick(&[run.world.stranger, run.world.deployer, run.stage.users[0]]);
    for _ in 0..3 {
        let (to, input) = rng.pick(&calls).clone();
        let selector = input.slice(..4);
        let done = run.send_raw(who, to, input)?.is_some();
        hold!(!done, "I13 {who} calls {selector} of {to} without the role");
    }
    Ok(false)
}

/// Any bytes after a known selector or none, to any contract: a random word is no right call of anything that gives.
pub fn garbage(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let calls = privileged(run);
    let (to, known) = rng.pick(&calls).clone();
    let mut input = if rng.once_in(2) { known[..4].to_vec() } else { rng.next().to_be_bytes()[..4].to_vec() };
    for _ in 0..rng.below(6) {
        input.extend((0..4).flat_map(|_| rng.next().to_be_bytes()));
    }
    let done = run.send_raw(run.world.stranger, to, input.clone().into())?.is_some();
    hold!(!done, "I13 {} bytes do something in {to}", input.len());
    Ok(false)
}

/// LP tokens that keep a tenth, or call back into the gauges.
pub fn cheating_lp(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (world, stage) = (run.world, run.stage);
    if rng.once_in(2) {
        let amount = rng.amount(wad(10)).max(U256::from(10));
        run.never(stage.users[0], world.gauges, &G::stakeCall { pool: 4, amount }, "T7")?;
        return Ok(false);
    }
    let payload = rng
        .pick(&[
            G::stakeCall { pool: 5, amount: U256::ONE }.abi_encode(),
            G::claimCall { pool: 5 }.abi_encode(),
            G::sweepReserveCall {}.abi_encode(),
            G::withdrawCall { pool: 5, amount: U256::ONE }.abi_encode(),
        ])
        .clone();
    let arm = ReentrantPeer::armCall {
        trigger_: T::transferFromCall::SELECTOR.into(),
        target_: world.gauges,
        payload_: payload.into(),
        mode_: 0,
    };
    run.must(world.stranger, stage.lps[4], &arm, "T7")?;
    run.never(world.stranger, world.gauges, &G::stakeCall { pool: 5, amount: U256::from(7) }, "T7")?;
    Ok(false)
}

/// A consumer that is told of its tokens and calls back: the roll ends as if it had not.
pub fn receiver(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (world, receiver) = (run.world, run.stage.receiver);
    let (target, payload) = rng
        .pick(&[
            (world.minter, M::rollEpochCall {}.abi_encode()),
            (world.minter, M::deliverCall { consumer: receiver }.abi_encode()),
            (world.vault, V::notifyRewardCall { amount: wad(1) }.abi_encode()),
            (world.token, T::mintCall { to: receiver, value: wad(1) }.abi_encode()),
            (world.treasury, R::spendCall { to: receiver, amount: wad(1) }.abi_encode()),
        ])
        .clone();
    let call = ReentrantReceiver::armCall { target_: target, payload_: payload.into() };
    run.must(world.stranger, receiver, &call, "T7")?;
    super::funds::roll(run, rng)?;
    let fired = run.view(receiver, &ReentrantReceiver::firedCall {})?;
    let succeeded = run.view(receiver, &ReentrantReceiver::succeededCall {})?;
    hold!(!succeeded, "T7 a consumer came back into {target}");
    if fired {
        let returned = run.view(receiver, &ReentrantReceiver::returnedCall {})?;
        // Shut out of what is running already; refused by the others.
        hold!(returned.is_empty() == (target == world.minter), "T7 {target} answers 0x{}", hex::encode(&returned));
    }
    Ok(true)
}
