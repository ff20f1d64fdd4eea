//! The controller: updates good and bad, the queue, the council's and governance's values, the watch.

use alloy_primitives::{B256, Bytes};
use escapement_agent::bindings::{
    controller::{IController as C, IControllerEvents as CE},
    treasury::ITreasury as R,
    vault::IVault as V,
};
use escapement_core::{
    param::{SLOTS, Slot},
    update::Change,
};
use escapement_e2e::{UpdateBuilder, change};

use crate::{book::Held, hold, rng::Rng, run::Run};

const STEP: i32 = 65_536;
const DAY: u64 = 86_400;

/// What the policy gives for one or two outputs, each within a step, now.
fn proposal(run: &Run<'_>, rng: &mut Rng) -> UpdateBuilder {
    let outputs: Vec<(usize, i32)> = (0..rng.within(1, 2))
        .map(|_| {
            let output = usize::try_from(rng.below(8)).expect("small");
            let size = *rng.pick(&[STEP, STEP / 2, STEP / 10, STEP / 100]);
            (output, if rng.once_in(2) { size } else { -size })
        })
        .collect();
    let scores: Vec<i32> = if rng.once_in(2) {
        (0..run.book.law.pools).map(|_| i32::try_from(rng.within(1, 4)).expect("small") * STEP).collect()
    } else {
        vec![]
    };
    let mut update = run.world.propose_scored(run.book.law.last_id + 1, &outputs, &scores);
    if rng.once_in(40) {
        // The sources disagree: an update that trips the breaker and changes nothing.
        update.inner.kpis[11] = i32::MAX;
    }
    update
}

/// Submits what a quorum has signed.
fn submit(run: &mut Run<'_>, update: &UpdateBuilder) -> Held<bool> {
    let Some(signatures) = run.sign(update) else {
        return broken_submit(run, update, Bytes::new()).map(|()| false);
    };
    run.book.law.attested = true;
    let call = C::submitCall { update: update.bytes(), signatures: signatures.clone() };
    let before = *run.book.law.values();
    let sent = run.send(run.world.stranger, run.world.controller, &call)?;
    run.book.law.attested = false;
    let Some(receipt) = sent else { return Ok(false) };
    run.spent.push((update.clone(), signatures));
    let accepted = receipt.events::<CE::UpdateAccepted>();
    whole(run, update, &before, accepted[0].trip != 0)?;
    Ok(true)
}

/// All changes of a group are applied, or none of them (I16); none at all if the breaker tripped.
fn whole(run: &Run<'_>, update: &UpdateBuilder, before: &[u32; SLOTS], tripped: bool) -> Held {
    let mut groups = [None; 7];
    for Change { slot, new, .. } in &update.inner.changes {
        let group = Slot::new(*slot).expect("a slot").group().index();
        let (old, now) = (before[usize::from(*slot)], run.book.law.value(*slot));
        if old == *new {
            continue;
        }
        let applied = now == *new;
        hold!(applied || now == old, "I16 slot {slot} is {now}, neither {old} nor {new}");
        hold!(!(applied && tripped), "I7 slot {slot} changed by an update that tripped the breaker");
        hold!(groups[group].is_none_or(|other| other == applied), "I16 group {group} is applied in part");
        groups[group] = Some(applied);
    }
    Ok(())
}

pub fn steer(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let update = proposal(run, rng);
    submit(run, &update)
}

/// Submits what must be refused, by both ways.
fn broken_submit(run: &mut Run<'_>, update: &UpdateBuilder, signatures: Bytes) -> Held {
    let (stranger, controller) = (run.world.stranger, run.world.controller);
    let call = C::trySubmitCall { update: update.bytes(), signatures: signatures.clone() };
    let values = *run.book.law.values();
    run.send(stranger, controller, &call)?;
    run.never(stranger, controller, &C::submitCall { update: update.bytes(), signatures }, "I4")?;
    hold!(values == *run.book.law.values(), "I4 a broken update changed a value");
    Ok(())
}

pub fn broken(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let mut update = proposal(run, rng);
    let kind = rng.below(9);
    match kind {
        // A value that the policy does not compute, a start that is not the present one, an unknown slot.
        0 => update = update.change(50, run.book.law.value(50), run.book.law.value(50) + 1),
        1 => update = run.world.heartbeat(run.book.law.last_id + 1).change(0, run.book.law.value(0) + 1, 9_999),
        2 => update = run.world.heartbeat(run.book.law.last_id + 1).change(51, 0, 1),
        // An id that was used, a time that is over or to come, another policy, another signer set.
        3 => update.inner.update_id = run.book.law.last_id,
        4 => update.inner.expires_at = run.now(),
        5 => update.inner.valid_after = run.now() + DAY,
        6 => update.inner.model_id = B256::repeat_byte(7).0,
        7 => update.inner.signer_epoch += 1,
        _ => {}
    }
    let signatures = run.sign(&update).unwrap_or_default();
    if kind < 8 {
        broken_submit(run, &update, signatures)?;
    } else if let Some((spent, signatures)) = run.spent.last().cloned() {
        broken_submit(run, &spent, signatures)?;
    } else {
        // One signature fewer.
        let short = signatures.len().saturating_sub(65);
        broken_submit(run, &update, signatures.slice(..short))?;
    }
    Ok(false)
}

pub fn try_submit(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let update = proposal(run, rng);
    let Some(signatures) = run.sign(&update) else { return Ok(false) };
    run.book.law.attested = true;
    let call = C::trySubmitCall { update: update.bytes(), signatures };
    let sent = run.send(run.world.stranger, run.world.controller, &call)?;
    run.book.law.attested = false;
    let Some(receipt) = sent else { return Ok(false) };
    let (accepted, rejected) = (receipt.events::<CE::UpdateAccepted>(), receipt.events::<CE::UpdateRejected>());
    hold!(accepted.len() + rejected.len() == 1, "an update is neither accepted nor rejected");
    hold!(rejected.is_empty() || receipt.events::<CE::ParameterChanged>().is_empty(), "I16 a rejected update acts");
    Ok(!accepted.is_empty())
}

pub fn execute(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let waiting: Vec<_> = run.book.law.waiting.iter().map(|(group, waiting)| (*group, waiting.clone())).collect();
    if waiting.is_empty() {
        return run.try_(run.world.stranger, run.world.controller, &C::executeCall { group: 0, payload: Bytes::new() });
    }
    let (group, one) = rng.pick(&waiting).clone();
    if rng.once_in(2) && one.eta > run.now() {
        // To the second, or one too early.
        run.world.net.at_next(one.eta - u64::from(rng.once_in(4)));
    }
    let forged = rng.once_in(8);
    let payload = if forged { [one.payload.as_ref(), &[0; 9]].concat().into() } else { one.payload };
    let done = run.try_(run.world.stranger, run.world.controller, &C::executeCall { group, payload })?;
    hold!(!done || !forged, "I6 something else than what was queued executes");
    hold!(
        !done || run.now() >= one.eta && run.now() <= one.expires,
        "I6 executed at {}, of {one:?}",
        run.now(),
        one = (one.eta, one.expires)
    );
    Ok(done)
}

fn a_group(run: &Run<'_>, rng: &mut Rng) -> u8 {
    let waiting: Vec<u8> = run.book.law.waiting.keys().copied().collect();
    if waiting.is_empty() || rng.once_in(4) { u8::try_from(rng.below(8)).expect("small") } else { *rng.pick(&waiting) }
}

pub fn veto(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let group = a_group(run, rng);
    run.try_(run.world.council, run.world.controller, &C::vetoCall { group })
}

pub fn approve(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let group = a_group(run, rng);
    run.try_(run.world.council, run.world.controller, &C::approveCall { group })
}

pub fn override_values(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let slot = *rng.pick(&[0u8, 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 43, 44]);
    let (old, rules) = (run.book.law.value(slot), run.book.law.rules(slot));
    let up = rng.once_in(2);
    let limit = if up { rules.step_up } else { rules.step_down }.of(rules.base(old));
    // Within the step, or one beyond it.
    let beyond = u64::from(rng.once_in(3));
    let by = u32::try_from(rng.within(1, u64::from(limit) + beyond)).expect("32 bits");
    let new = if up { old.saturating_add(by) } else { old.saturating_sub(by) };
    let call = C::overrideParamsCall { changes: change(slot, old, new) };
    let done = run.try_(run.world.council, run.world.controller, &call)?;
    hold!(!done || by <= limit, "I2 the council moves slot {slot} by {by}, {limit} at most");
    Ok(done)
}

pub fn restore(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let moments = &run.book.law.moments;
    let moment = if moments.is_empty() || rng.once_in(4) { run.now() + DAY } else { *rng.pick(moments) };
    let timepoint = u32::try_from(moment).expect("32 bits");
    let done = run.try_(run.world.council, run.world.controller, &C::restoreCall { timepoint })?;
    hold!(
        !done || moment + 91 * DAY > run.now() && moment <= run.now(),
        "values of {moment} are back at {}",
        run.now()
    );
    Ok(done)
}

pub fn narrow(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let slot = *rng.pick(&[0u8, 1, 7, 9, 10, 43]);
    let rules = run.book.law.rules(slot);
    let widens = rng.once_in(4);
    let span = rules.gov_max - rules.gov_min;
    let by = u32::try_from(rng.within(0, u64::from(span / 20))).expect("32 bits");
    let (min, max) =
        if widens { (rules.gov_min, rules.gov_max + 1) } else { (rules.gov_min + by / 4, rules.gov_max - by) };
    let done = run.try_(run.world.council, run.world.controller, &C::narrowCall { slot, min, max })?;
    hold!(!done || !widens, "I1 the council widens slot {slot}");
    Ok(done)
}

/// Governance gives a slot its first rules back, or tries to leave the hard range.
pub fn widen(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let slot = Slot::new(*rng.pick(&[0u8, 1, 7, 9, 10, 43])).expect("a slot");
    let mut rules = slot.default_rules();
    let beyond = rng.once_in(3);
    if beyond {
        rules.gov_max = slot.hard_range().1 + 1;
    }
    let [word0, word1] = rules.pack().map(Into::into);
    let call = C::setSlotRulesCall { slot: slot.number(), word0, word1 };
    let done = run.try_(run.world.governance, run.world.controller, &call)?;
    hold!(!done || !beyond, "I1 governance leaves the hard range of slot {}", slot.number());
    Ok(done)
}

/// Anyone may; the vault refuses a curve that it cannot have, and says so.
pub fn poke(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let stranger = run.world.stranger;
    match rng.below(3) {
        0 => run.must(stranger, run.world.controller, &C::pokeCall {}, "I18").map(|_| ())?,
        1 => run.must(stranger, run.world.treasury, &R::pokeCall {}, "I18").map(|_| ())?,
        _ => run.try_(stranger, run.world.vault, &V::pokeParamsCall {}).map(|_| ())?,
    }
    Ok(true)
}

pub fn observe(run: &mut Run<'_>, _: &mut Rng) -> Held<bool> {
    let sent = run.send(run.world.stranger, run.world.controller, &C::observeCall {})?;
    Ok(sent.is_some())
}

pub fn autonomy(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let group = u8::try_from(rng.below(7)).expect("small");
    if rng.once_in(3) {
        let level = u8::try_from(rng.within(1, 3)).expect("small");
        return run.try_(run.world.council, run.world.controller, &C::lowerAutonomyCall { group, level });
    }
    run.try_(run.world.governance, run.world.controller, &C::raiseAutonomyCall { group })
}

pub fn counts(run: &mut Run<'_>, rng: &mut Rng) -> Held<bool> {
    let pools = u8::try_from(rng.within(4, 6)).expect("small");
    let categories = u8::try_from(rng.within(2, 3)).expect("small");
    run.try_(run.world.governance, run.world.controller, &C::setCountsCall { pools, categories })
}
