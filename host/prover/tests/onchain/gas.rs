//! What a proven update costs, against the committed figures (`tests/snapshots/gas-proven.json`) and the aim.
//!
//! Figures are gas of transactions on the embedded chain, as in `escapement-e2e`'s test `gas`: no L1 data fee. `own` figures
//! are without the 21,000 and the calldata of the transaction. `ESCAPEMENT_UPDATE_GAS=1` writes them.

use std::{collections::BTreeMap, fs, path::PathBuf};

use alloy_primitives::{Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use escapement_agent::bindings::{controller::IController as C, verifier::IVerifier as V};
use escapement_e2e::{UpdateBuilder, report_of};
use escapement_vm::CACHE_MANAGER;

use crate::bench::{Bench, LARGE, SMALL};

/// Precompiles of one check: four products, four sums, a pairing of four, and 100 for each of the nine calls.
const PRECOMPILES: u64 = 4 * (6_000 + 150) + 45_000 + 4 * 34_000 + 9 * 100;
/// What the check of a proof may cost at most, start of the program included, before the controller's work.
const AIM: u64 = 225_000;

alloy_sol_types::sol! {
    function placeBid(address program) external payable;
    function verifyProof(uint256[2] a, uint256[2][2] b, uint256[2] c, uint256[5] inputs) external view returns (bool);
}

/// Gas of `input` sent to `to`, with the programs uncached and cached; takes both back.
fn measure(bench: &Bench, to: alloy_primitives::Address, input: &[u8]) -> [u64; 2] {
    let world = &bench.world;
    [false, true].map(|cached| {
        let snapshot = world.net.chain.snapshot();
        if cached {
            for program in [world.verifier, world.controller_logic] {
                world.net.send(world.deployer, CACHE_MANAGER, &placeBidCall { program }).unwrap();
            }
        }
        let sent = world.net.transact(world.stranger, TxKind::Call(to), Bytes::copy_from_slice(input), U256::ZERO);
        let gas = sent.unwrap_or_else(|refusal| panic!("{refusal}")).gas_used;
        assert!(world.net.chain.revert(snapshot));
        gas
    })
}

/// What a transaction pays before it runs.
fn intrinsic(input: &[u8]) -> u64 {
    21_000 + input.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum::<u64>()
}

/// Gas of starting the verifier while it is cached, as committed.
fn start_gas() -> u64 {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/snapshots/wasm.json");
    let sizes: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    sizes["contracts"]["verifier"]["cachedInitGas"].as_u64().unwrap()
}

fn snapshot_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/snapshots/gas-proven.json")
}

#[test]
fn costs_are_the_committed_ones_and_within_the_aim() {
    let bench = Bench::new();
    let world = &bench.world;
    let mut found = BTreeMap::new();
    let mut note = |name: &str, gas: [u64; 2], less: u64| {
        found.insert(format!("{name}, uncached"), gas[0] - less);
        found.insert(format!("{name}, cached"), gas[1] - less);
        gas[1] - less
    };
    let first = bench.propose(1, &[(0, SMALL)]);
    let (report, digest) = report_of(&first, bench.chain_id(), world.controller);
    let (report, signatures) = (report.encode().unwrap().into(), world.quorum.sign(digest));
    let input = V::reportCall { controller: world.controller, report, signatures }.abi_encode();
    note("verifier: report", measure(&bench, world.verifier, &input), 0);
    bench.report(&first).unwrap();
    let proof = bench.prove(&first);
    let large = bench.propose(2, &[(1, LARGE)]);
    bench.report(&large).unwrap();
    let cosigned = [bench.prove(&large), world.quorum.sign(world.digest(&large)).to_vec()].concat();
    let signed = world.propose(1, &[(0, SMALL)]);
    let by_quorum = world.quorum.sign(world.digest(&signed)).to_vec();

    let mut own = BTreeMap::new();
    for (name, update, attestation) in
        [("proof", &first, &proof), ("proof and signatures", &large, &cosigned), ("signatures", &signed, &by_quorum)]
    {
        let calls = calls(&bench, update, attestation);
        note(&format!("controller: submit, {name}"), measure(&bench, world.controller, &calls[0]), 0);
        let gas = measure(&bench, world.verifier, &calls[1]);
        own.insert(name, note(&format!("verifier: own part, {name}"), gas, intrinsic(&calls[1])));
    }
    let start = start_gas();
    let (proof, rest) = (own["proof"], own["proof"] - PRECOMPILES - start);
    println!("{found:#?}\na proof: {proof} = {PRECOMPILES} precompiles + {start} start of the program + {rest}");
    assert!(proof <= AIM, "{proof} for a proof, {start} of it the start");
    assert!(own["proof"] > PRECOMPILES, "the precompiles were asked");

    let file = snapshot_file();
    if std::env::var_os("ESCAPEMENT_UPDATE_GAS").is_some() {
        fs::write(&file, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    let committed: BTreeMap<String, u64> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert!(committed.keys().eq(found.keys()), "the same operations");
    for (name, now) in found {
        let then = committed[&name];
        assert!(now.abs_diff(then) * 100 <= then, "{name}: {then} committed, {now} now");
    }
}

/// The check of the same proof by the Solidity verifier that snarkjs makes of the same key, in the same run. Its bytecode
/// is made when it is needed (`scripts/zk/snarkjs.mjs --solidity`) and not kept in the tree: snarkjs is under the GPL.
#[test]
#[ignore = "needs SNARKJS_VERIFIER, the bytecode that scripts/zk/snarkjs.mjs --solidity writes"]
fn the_verifier_of_snarkjs_takes_the_same_proof() {
    let file = std::env::var("SNARKJS_VERIFIER").expect("SNARKJS_VERIFIER names a file");
    let code = alloy_primitives::hex::decode(fs::read_to_string(file).unwrap().trim()).unwrap();
    let bench = Bench::new();
    let net = &bench.world.net;
    let created = net.transact(bench.world.deployer, TxKind::Create, code.into(), U256::ZERO).unwrap();
    let theirs = created.created.unwrap();

    let update = bench.propose(1, &[(0, SMALL)]);
    bench.report(&update).unwrap();
    let proven = bench.proven(&update, &bench.context(&update));
    let bytes = proven.proof.to_bytes();
    let (words, _) = bytes.as_chunks::<32>();
    let word = |at: usize| U256::from_be_bytes(words[at]);
    let call = |inputs: [[u8; 32]; 5]| verifyProofCall {
        a: [word(0), word(1)],
        b: [[word(2), word(3)], [word(4), word(5)]],
        c: [word(6), word(7)],
        inputs: inputs.map(U256::from_be_bytes),
    };
    let same = call(proven.inputs);
    assert!(net.view(theirs, &same).unwrap(), "it takes the proof");
    let mut other = proven.inputs;
    other[4][31] ^= 1;
    assert!(!net.view(theirs, &call(other)).unwrap(), "and for these outputs only");

    let input = same.abi_encode();
    let theirs = measure(&bench, theirs, &input)[0] - intrinsic(&input);
    let input = calls(&bench, &update, &proven.attestation(&[]))[1].clone();
    let [uncached, cached] = measure(&bench, bench.world.verifier, &input).map(|gas| gas - intrinsic(&input));
    println!(
        "without 21,000 and calldata: snarkjs' verifier {theirs}; ours, with report, model and context, {cached} cached, {uncached} uncached"
    );
    assert!(theirs > PRECOMPILES && cached > PRECOMPILES, "both asked the precompiles");
}

/// The submission of an update, and the verifier's part of it.
fn calls(bench: &Bench, update: &UpdateBuilder, attestation: &[u8]) -> [Vec<u8>; 2] {
    let (update, signatures) = (update.bytes(), Bytes::copy_from_slice(attestation));
    let submit = C::submitCall { update: update.clone(), signatures: signatures.clone() };
    [submit.abi_encode(), V::verifyCall { controller: bench.world.controller, update, signatures }.abi_encode()]
}
