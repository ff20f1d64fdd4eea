//! VER-11, VER-42, VER-43: too little gas, and points that burn what a precompile is given.

use alloy::rpc::types::{TransactionInput, TransactionRequest};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use escapement_agent::bindings::{
    controller::IController as C, controller::IControllerEvents as E, verifier::IVerifier as V,
};
use escapement_chain::CallRequest;
use escapement_core::policy::proven::{BASE_FIELD, OwnedProven};
use escapement_e2e::{Refusal, World, refused, report_of};

use crate::bench::{Bench, NO_POINT, PROOF, SMALL, id, schema_id, with_word};

/// VER-11: a precompile that refuses its points burns what it was given, not all that the transaction has.
#[test]
fn a_refused_proof_costs_no_more_than_its_bound() {
    let bench = Bench::new();
    let (update, proof) = bench.ready(1, &[(0, SMALL)]);
    let spent = |attestation: &[u8]| {
        bench.submit(&update, attestation).unwrap_err();
        let block = bench.world.net.chain.head();
        block.transactions.last().unwrap().gas_used
    };
    let false_proof = spent(&with_word(&proof, 64, |y| U256::from_be_bytes(BASE_FIELD) - y));
    let no_point = spent(&with_word(&proof, 64, |y| y + U256::ONE));
    // 200,000 instead of the 181,000 of a pairing that runs to its end, and a few for the bytes of another proof.
    assert!(no_point.abs_diff(false_proof + 19_000) < 500, "{no_point} against {false_proof}");
}

/// VER-42: under a limit of 30 M gas a submission with points off the curve is answered with its typed error for about a
/// hundredth of it, wherever in the proof they are; and it is so under a limit a little above that cost.
#[test]
fn points_off_the_curve_leave_gas_to_answer() {
    let bench = Bench::new();
    let (update, proof) = bench.ready(1, &[(0, SMALL)]);
    for at in PROOF.step_by(32) {
        let forged = with_word(&proof, at, |word| word + U256::ONE);
        let call = C::submitCall { update: update.bytes(), signatures: forged.into() }.abi_encode();
        let (result, spent) = send(&bench, bench.world.controller, &call, 30_000_000);
        refused(result, &NO_POINT);
        assert!((250_000..420_000).contains(&spent), "{spent}");
        let (result, again) = send(&bench, bench.world.controller, &call, spent + spent / 10);
        refused(result, &NO_POINT);
        assert_eq!(again, spent, "the cost does not follow the limit");
    }
}

/// VER-42: the same of a key whose points are off the curve or outside the group, at registration.
#[test]
fn a_refused_key_costs_no_more_than_its_bound() {
    let bench = Bench::new();
    let spent = |policy: &OwnedProven| {
        let result = bench.register(policy);
        (result, bench.world.net.chain.head().transactions.last().unwrap().gas_used)
    };
    let with = |word: usize| {
        let mut policy = OwnedProven { cosign_above: 1, ..bench.policy.clone() };
        policy.key[32 * word + 31] ^= 1;
        policy
    };
    let (good, cost) = spent(&OwnedProven { cosign_above: 1, ..bench.policy.clone() });
    good.unwrap();
    // Alpha and the last point of the sum: an addition burns 1,000 instead of 150 and is the last one.
    for (word, index) in [(0, 0), (24, 24)] {
        let (result, spent) = spent(&with(word));
        refused(result, &V::VerifierBadKey { _0: 5, _1: index });
        assert!(spent < cost, "{spent} against {cost}");
    }
    // Beta, gamma, delta: 200,000 instead of the 147,000 of three pairings that run to their end.
    for word in [2, 6, 10] {
        let (result, spent) = spent(&with(word));
        refused(result, &V::VerifierBadKey { _0: 6, _1: 2 });
        assert!(spent < cost + 53_000, "{spent} against {cost}");
    }
}

/// VER-43: nor does little gas bring a bad key into the registry, or half of a good one.
#[test]
fn no_amount_of_gas_registers_a_bad_key() {
    let bench = Bench::new();
    let World { verifier, governance, ref net, .. } = bench.world;
    let good = OwnedProven { cosign_above: 1, ..bench.policy.clone() };
    let [mut alpha, mut gamma] = [good.clone(), good.clone()];
    alpha.key[31] ^= 1;
    gamma.key[6 * 32 + 31] ^= 1;
    for (policy, sane) in [(&alpha, false), (&gamma, false), (&good, true)] {
        let data = net.code(bench.world.deployer, &policy.code().unwrap()).unwrap();
        let kpi_schema = schema_id(&policy.schema);
        let model_id = id(policy);
        let call = V::registerModelCall { model_id, data, kpi_schema, kind: 1 }.abi_encode();
        let known = || net.view(verifier, &V::modelCall { model_id }).unwrap()._0;
        let mut taken = false;
        for gas in (40_000..600_000).step_by(7_000) {
            taken = send_as(&bench, governance, verifier, &call, gas).0.is_ok();
            assert_eq!(known(), if taken { data } else { Address::ZERO }, "{gas}");
            if taken {
                break;
            }
        }
        assert_eq!(taken, sane);
    }
}

/// VER-11: with any amount of gas a false proof is refused, and a true one is refused or accepted in full.
#[test]
fn no_amount_of_gas_makes_a_false_proof_true() {
    let bench = Bench::new();
    let (update, proof) = bench.ready(1, &[(0, SMALL)]);
    let forged = with_word(&proof, 64, |y| U256::from_be_bytes(BASE_FIELD) - y);
    let ask = |attestation: &[u8], gas: u64| {
        let World { controller, verifier, stranger, .. } = bench.world;
        let call =
            V::verifyCall { controller, update: update.bytes(), signatures: attestation.to_vec().into() }.abi_encode();
        let request = TransactionRequest {
            from: Some(stranger),
            to: Some(TxKind::Call(verifier)),
            gas: Some(gas),
            input: TransactionInput::new(call.into()),
            ..Default::default()
        };
        bench.world.net.chain.call(&CallRequest::new(request))
    };
    let mut accepted = 0;
    for gas in (40_000..400_000u64).step_by(9_000) {
        assert!(ask(&forged, gas).is_err(), "{gas}");
        if let Ok(answer) = ask(&proof, gas) {
            assert_eq!(answer[..], proof[..32]);
            accepted += 1;
        }
    }
    assert!((1..39).contains(&accepted), "some amounts suffice and some do not: {accepted}");
}

/// Sends `input` as a stranger with this limit of gas; the topics of its logs or why it was refused, and what it used.
fn send(bench: &Bench, to: Address, input: &[u8], gas: u64) -> (Result<Vec<B256>, Refusal>, u64) {
    send_as(bench, bench.world.stranger, to, input, gas)
}

fn send_as(bench: &Bench, from: Address, to: Address, input: &[u8], gas: u64) -> (Result<Vec<B256>, Refusal>, u64) {
    let request = TransactionRequest {
        from: Some(from),
        to: Some(TxKind::Call(to)),
        gas: Some(gas),
        input: TransactionInput::new(Bytes::copy_from_slice(input)),
        ..Default::default()
    };
    let hash = match bench.world.net.chain.send(request) {
        Ok(hash) => hash,
        Err(error) => return (Err(error.into()), 0),
    };
    let (block, index) = bench.world.net.chain.transaction(hash).unwrap();
    let mined = &block.transactions[index];
    let result = if mined.success {
        Ok(mined.logs.iter().map(|log| log.topics()[0]).collect())
    } else {
        assert!(mined.logs.is_empty());
        Err(Refusal { message: String::new(), data: mined.output.clone() })
    };
    (result, mined.gas_used)
}

/// Least gas with which the stranger's `input` goes through, as if nothing had happened before.
fn least(bench: &Bench, to: Address, input: &[u8]) -> u64 {
    let chain = &bench.world.net.chain;
    let (mut low, mut high) = (30_000, 2_000_000);
    while low + 1 < high {
        let middle = u64::midpoint(low, high);
        let snapshot = chain.snapshot();
        let (result, _) = send(bench, to, input, middle);
        assert!(chain.revert(snapshot));
        *(if result.is_ok() { &mut high } else { &mut low }) = middle;
    }
    high
}

/// Amounts of gas below `least`: spread over all, and close to it.
fn too_little(least: u64) -> impl Iterator<Item = u64> {
    (60_000..least).step_by(11_000).chain((1..=40).map(move |n| least - 131 * n)).chain([least - 1])
}

/// VER-43: a submission that is starved of gas reverts as a whole: nothing is written, logged, counted or used up, by
/// `submit` or by `trySubmit`, and the honest one goes through afterwards.
#[test]
fn starved_submissions_leave_no_trace() {
    let bench = Bench::new();
    let controller = bench.world.controller;
    let (update, proof) = bench.ready(1, &[(0, SMALL), (3, -SMALL)]);
    let mut wrong = update.clone();
    wrong.inner.changes[0].new += 1;
    let strict = C::submitCall { update: update.bytes(), signatures: proof.clone().into() }.abi_encode();
    let lenient = C::trySubmitCall { update: update.bytes(), signatures: proof.clone().into() }.abi_encode();
    // What only `trySubmit` may record: properly proven, and breaking a rule.
    let broken = C::trySubmitCall { update: wrong.bytes(), signatures: bench.prove(&wrong).into() }.abi_encode();
    for (name, call) in [("submit", &strict), ("trySubmit", &lenient), ("trySubmit, refused", &broken)] {
        let least = least(&bench, controller, call);
        let before = bench.world.storage();
        for gas in too_little(least) {
            let (result, spent) = send(&bench, controller, call, gas);
            let refusal = result.expect_err(name);
            assert!(spent <= gas);
            // The verifier was starved in the pairing, a product or a sum; or somebody ran out of gas, without a word.
            let words = [2, 3, 4].map(|stage| Bytes::from(V::VerifierProofRejected(stage).abi_encode()));
            assert!(refusal.data.is_empty() || words.contains(&refusal.data), "{name}, {gas}: {refusal}");
            assert_eq!(bench.world.storage(), before, "{name}, {gas}: nothing was written");
        }
    }
    let result = send(&bench, controller, &lenient, least(&bench, controller, &lenient)).0;
    let logged = result.unwrap();
    assert!(
        logged.contains(&E::UpdateAccepted::SIGNATURE_HASH) && !logged.contains(&E::UpdateRejected::SIGNATURE_HASH)
    );
    for change in &update.inner.changes {
        assert_eq!(bench.world.value(change.slot), change.new);
    }
}

/// VER-43: nor does a keeper's contract gain anything that calls with little gas and goes on when the call fails.
#[test]
fn a_caller_that_outlives_starvation_changes_nothing() {
    let bench = Bench::new();
    let World { controller, verifier, .. } = bench.world;
    // Calls the address in the second word of its calldata, with the gas in the first and what follows as input, and
    // returns whether that succeeded.
    let caller = bench
        .world
        .net
        .code(bench.world.deployer, &hex!("6040360360405f375f5f604036035f5f6020355f35f15f5260205ff3"))
        .unwrap();
    let through = |to: Address, gas: u64, call: &[u8]| {
        let head = [U256::from(gas).to_be_bytes::<32>(), to.into_word().0].concat();
        let input = [&head, call].concat();
        let answer = bench.world.net.simulate(bench.world.stranger, caller, input.clone().into()).unwrap();
        let (sent, _) = send(&bench, caller, &input, 3_000_000);
        sent.unwrap_or_else(|refusal| panic!("the caller outlives it: {refusal}"));
        U256::from_be_slice(&answer) == U256::ONE
    };
    let update = bench.propose(1, &[(0, SMALL)]);
    let (report, digest) = report_of(&update, bench.chain_id(), controller);
    let report = report.encode().unwrap();
    let signatures = bench.world.quorum.sign(digest);
    let report = V::reportCall { controller, report: report.into(), signatures }.abi_encode();
    let stored = || bench.world.net.view(verifier, &V::reportOfCall { controller, report_id: 1 }).unwrap();
    let mut starved = 0;
    for gas in (4_000u64..).step_by(4_000) {
        let done = through(verifier, gas, &report);
        assert_eq!(stored(), if done { digest } else { B256::ZERO }, "{gas}");
        if done {
            break;
        }
        starved += 1;
    }
    assert!(starved > 5, "{starved}");

    let proof = bench.prove(&update);
    let call = C::trySubmitCall { update: update.bytes(), signatures: proof.into() }.abi_encode();
    let change = update.inner.changes[0];
    let before = bench.world.storage();
    starved = 0;
    for gas in (20_000u64..).step_by(9_000) {
        if through(controller, gas, &call) {
            break;
        }
        assert_eq!(bench.world.storage(), before, "{gas}");
        starved += 1;
    }
    assert!(starved > 20, "{starved}");
    assert_eq!(bench.world.value(change.slot), change.new, "with enough of it the update is applied");
}
