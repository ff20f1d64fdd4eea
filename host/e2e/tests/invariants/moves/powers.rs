//! Halts, attesters, the policy's switch, roles and upgrades.

use alloy_primitives::{Address, U256, keccak256};
use alloy_sol_types::SolCall as _;
use escapement_agent::bindings::{
    controller::IController as C, minter::IMinter as M, solidity::ProxyAdmin, vault::IVault as V,
    verifier::IVerifier as F,
};
use escapement_e2e::{arb_wasm, wad};

use crate::{
    book::{Broken, Held},
    hold,
    law::ALL,
    rng::Rng,
    run::Run,
};

const DAY: u64 = 86_400;

/// A scope: mostly a group, now and then everything or nothing that exists.
fn scope(rng: &mut Rng) -> u8 {
    match rng.below(12) {
        0 | 1 => ALL,
        2 => 7,
        _ => u8::try_from(rng.below(7)).expect("small"),
    }
}

pub fn halt(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let who = *rng.pick(&[run.world.guardian, run.world.council]);
    let scope = scope(rng);
    let done = run.try_(who, run.world.controller, &C::haltCall { scope })?;
    let now = run.now();
    hold!(!done || run.book.law.halted_until(scope) >= now + 7 * DAY, "I7 a halt of scope {scope} does not last");
    Ok(done)
}

pub fn resume(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (controller, governance) = (run.world.controller, run.world.governance);
    let now = run.now();
    let halted: Vec<u8> = (0..7).chain([ALL]).filter(|scope| run.book.law.halted(*scope, now)).collect();
    let scope = if halted.is_empty() { scope(rng) } else { *rng.pick(&halted) };
    // Whoever halts cannot resume.
    let call = C::resumeCall { scope };
    for who in [run.world.guardian, run.world.council, run.world.stranger] {
        if rng.once_in(4) {
            run.never(who, controller, &call, "I13")?;
        }
    }
    if rng.once_in(5) {
        let until = u32::try_from(now + rng.within(1, 100) * DAY).expect("32 bits");
        return run.try_(governance, controller, &C::extendHaltCall { scope, until });
    }
    run.try_(governance, controller, &call)
}

/// Another set of attesters, of 1 to 7 keys, with any threshold: only majorities pass.
pub fn rotate(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let n = usize::try_from(rng.within(1, 7)).expect("small");
    let signers = run.keys.addresses()[..n].to_vec();
    let threshold = u8::try_from(rng.within(0, n as u64 + 1)).expect("small");
    let done = run.try_(run.world.governance, run.world.verifier, &F::setSignersCall { signers, threshold })?;
    let majority = 2 * usize::from(threshold) > n && usize::from(threshold) <= n;
    hold!(done == majority, "I17 {threshold} of {n}: {done}");
    Ok(done)
}

pub fn revoke_signer(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let signer = *rng.pick(&run.keys.addresses());
    let known = run.book.signers.contains(&signer);
    let done = run.try_(run.world.guardian, run.world.verifier, &F::revokeSignerCall { signer })?;
    hold!(done == known, "I17 {signer} struck off: {done}");
    Ok(done)
}

pub fn model(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (verifier, model_id) = (run.world.verifier, run.world.model_id);
    if rng.once_in(2) {
        let call = F::setModelActiveCall { model_id: keccak256("no model"), active: true };
        return run.try_(run.world.governance, verifier, &call);
    }
    run.must(run.world.guardian, verifier, &F::setModelActiveCall { model_id, active: false }, "I13")?;
    run.never(run.world.guardian, verifier, &F::setModelActiveCall { model_id, active: true }, "I13")?;
    let update = run.world.heartbeat(run.book.law.last_id + 1);
    let signatures = run.sign(&update).unwrap_or_default();
    let call = C::submitCall { update: update.bytes(), signatures };
    run.never(run.world.stranger, run.world.controller, &call, "I19")?;
    run.try_(run.world.governance, verifier, &F::setModelActiveCall { model_id, active: true })
}

/// Governance takes a role away and gives it back; an admin cannot remove itself; nobody else can do either.
pub fn roles(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let world = run.world;
    let (contract, name, account) = *rng.pick(&[
        (world.gauges, "MINTER_ROLE", world.minter),
        (world.treasury, "MINTER_ROLE", world.minter),
        (world.treasury, "COUNCIL_ROLE", world.council),
        (world.controller, "GUARDIAN_ROLE", world.guardian),
    ]);
    let role = keccak256(name);
    let (grant, revoke) = (V::grantRoleCall { role, account }, V::revokeRoleCall { role, account });
    if rng.once_in(4) {
        let who = *rng.pick(&[world.guardian, world.council, world.stranger, account]);
        if who != world.minter {
            run.never(who, contract, &grant, "I13")?;
            run.never(who, contract, &revoke, "I13")?;
        }
        let role = alloy_primitives::B256::ZERO;
        let call = V::renounceRoleCall { role, callerConfirmation: world.governance };
        run.never(world.governance, contract, &call, "I13")?;
        return Ok(false);
    }
    if run.book.roles.contains(&(contract, role, account)) {
        run.must(world.governance, contract, &revoke, "I13")?;
        if rng.once_in(2) {
            // It stays away until the next time.
            return Ok(true);
        }
    }
    run.must(world.governance, contract, &grant, "I13")?;
    Ok(true)
}

pub fn upgrade(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let (world, stage) = (run.world, run.stage);
    let migrate = M::migrateCall {}.abi_encode();
    let attempt = |run: &mut Run<'_>, who: Address, proxy: Address, implementation: Address, data: Vec<u8>| {
        let call = ProxyAdmin::upgradeAndCallCall { proxy, implementation, data: data.into() };
        run.try_(who, world.net.proxy_admin(proxy), &call)
    };
    if rng.once_in(3)
        && let Some(&next) = stage.versions.get(run.version)
    {
        let done = attempt(run, world.governance, world.minter, next, migrate)?;
        hold!(done, "I14 an upgrade to a newer version is refused");
        run.version += 1;
        run.logic[1].1 = next;
        return Ok(true);
    }
    let proxy = *rng.pick(&stage.proxies());
    let (who, implementation, data) = match rng.below(4) {
        0 => (*rng.pick(&[world.stranger, world.council, world.guardian]), stage.versions[1], migrate),
        1 => (world.governance, stage.plain, migrate),
        2 => (world.governance, stage.strange, migrate),
        // The code that is there already is no newer version.
        _ => (world.governance, run.logic.iter().find(|(at, _)| *at == proxy).expect("a proxy").1, migrate),
    };
    let done = attempt(run, who, proxy, implementation, data)?;
    hold!(!done, "I14 {proxy} was pointed at {implementation}");
    Ok(false)
}

/// Programs: five implementations, token, verifier, lens.
fn programs(run: &Run<'_>) -> Vec<Address> {
    let world = run.world;
    let versions = run.stage.versions;
    let logics = run.logic.iter().map(|(_, logic)| *logic);
    logics.chain(versions).chain([world.token, world.verifier, world.lens]).collect()
}

/// As a keeper does: every program that was not kept alive for a month or more.
pub fn keep_all_alive(run: &mut Run<'_>) -> Held {
    for program in programs(run) {
        let left = run.view(arb_wasm::ADDRESS, &arb_wasm::programTimeLeftCall { program })?;
        if left > 330 * DAY {
            continue;
        }
        let call = arb_wasm::codehashKeepaliveCall { codehash: code_hash(run, program) };
        let sent = run.world.net.send_value(run.world.stranger, arb_wasm::ADDRESS, &call, wad(1));
        sent.map_err(|refusal| Broken(format!("a program cannot be kept alive: {refusal}")))?;
    }
    run.kept_alive = run.now();
    Ok(())
}

fn code_hash(run: &Run<'_>, program: Address) -> alloy_primitives::B256 {
    let code = run.world.net.chain.code(program, alloy::eips::BlockId::latest());
    keccak256(code.expect("the newest state is kept"))
}

/// Anyone may keep a program alive, after a month and not before.
pub fn keepalive(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let programs = programs(run);
    let hash = code_hash(run, *rng.pick(&programs));
    let call = arb_wasm::codehashKeepaliveCall { codehash: hash };
    Ok(run.world.net.send_value(run.world.stranger, arb_wasm::ADDRESS, &call, U256::from(wad(1))).is_ok())
}
