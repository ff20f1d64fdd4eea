//! An honest update, edited, with its signatures, edited or made anew: what the law's own decoder makes of it, and what
//! verifier and controller do.
//!
//! Input: number of the update (from 240 on: a length of two bytes and raw bytes instead), how many edits and the edits;
//! whether a quorum signs the result; how many edits of the signatures and the edits.
//!
//! Must hold: what decodes encodes to the same bytes, and program and law agree on the digest or on what is wrong. With the
//! signatures of a quorum the verifier accepts exactly what the law would, with the same outputs; with others exactly the
//! untouched pair. The controller accepts nothing that the verifier refuses; of the rest exactly what the law accepts, with
//! every word written alike, and refuses what the law refuses with the same numbers.

use std::collections::BTreeMap;

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_sol_types::{SolCall as _, SolError as _};
use escapement_agent::bindings::{
    controller::IController as C,
    verifier::IVerifier::{self as V, VerifierMalformedUpdate},
};
use escapement_core::{
    engine::{self, Event, Ledger, Word},
    policy::{OUTPUTS, Policy, PolicyError, policy_code},
    update::{DecodeError, MAX_CHANGES, MAX_KPIS, OwnedUpdate, Update, WIRE_VERSION},
};

use super::{Features, Source, Stage, feature};
use crate::{Refusal, RemoteLedger, UpdateBuilder, World, steerable_policy};

/// Inputs from this on bring their own bytes.
const RAW: u8 = 240;

/// Honest updates and their signatures: what the cast has, a heartbeat, one group, several, the pools.
///
/// # Panics
/// When the controller is not initialised.
#[must_use]
pub fn honest(world: &World, first: (Bytes, Bytes)) -> Vec<(Bytes, Bytes)> {
    let signed = |update: UpdateBuilder| (update.bytes(), world.quorum.sign(world.digest(&update)));
    let several = [(1, 6_554), (2, -9_000), (4, 3_000), (6, 65_536)];
    let made = [
        world.heartbeat(2),
        world.propose(2, &[(4, 6_554)]),
        world.propose(7, &several),
        world.propose_scored(3, &[(5, 20_000)], &[9, 1, 5, 3]),
    ];
    [first].into_iter().chain(made.into_iter().map(signed)).collect()
}

/// Runs one input.
///
/// # Panics
/// When something that must hold does not.
#[must_use]
pub fn run(data: &[u8]) -> Features {
    let mut source = Source::new(data);
    Stage::run(|stage| {
        let world = &stage.cast.world;
        let number = source.byte();
        let (honest, own) = &stage.attested[usize::from(number) % stage.attested.len()];
        let mut update = honest.to_vec();
        if number >= RAW {
            let length = source.short();
            update = source.bytes(length).to_vec();
        }
        for _ in 0..source.byte() % 8 {
            source.edit(&mut update);
        }
        let (decoded, digest) = decode(world, &update);
        let anew = source.byte() & 1 == 1;
        let right =
            if anew { digest.map_or_else(|| own.clone(), |digest| world.quorum.sign(digest)) } else { own.clone() };
        let mut signatures = right.to_vec();
        for _ in 0..source.byte() % 8 {
            source.edit(&mut signatures);
        }
        let attested = signatures == *right && (anew && digest.is_some() || update == *honest);
        let end = attest(stage, &update.clone().into(), &signatures.into(), decoded, attested);
        vec![feature(&[b"attestation", &end, &[u8::from(anew)]])]
    })
}

/// What the law makes of the bytes, and their digest if they are an update; the verifier must say the same.
fn decode<'a>(world: &World, update: &'a [u8]) -> (Result<Update<'a>, DecodeError>, Option<B256>) {
    let call = V::digestCall { controller: world.controller, update: update.to_vec().into() };
    let said = world.net.view(world.verifier, &call);
    let decoded = Update::decode(update);
    let digest = match &decoded {
        Ok(decoded) => {
            let owned = OwnedUpdate::from(*decoded);
            assert_eq!(owned.encode().expect("it was encoded"), update, "two encodings of {owned:?}");
            let digest = UpdateBuilder { inner: owned }.digest(world.net.chain.chain_id(), world.controller);
            assert_eq!(said.expect("an update has a digest"), digest, "program and law hash 0x{}", hex::encode(update));
            Some(digest)
        }
        Err(fault) => {
            let refusal = said.expect_err("what is no update has no digest");
            assert_eq!(refusal.data, Bytes::from(malformed(*fault).abi_encode()), "{refusal}, not {fault:?}");
            None
        }
    };
    (decoded, digest)
}

/// The verifier's error for a fault of the bytes.
fn malformed(fault: DecodeError) -> VerifierMalformedUpdate {
    let small = |bound: usize| u32::try_from(bound).expect("a small bound");
    let (reason, have, want) = match fault {
        DecodeError::Version { found } => (1, found.into(), WIRE_VERSION.into()),
        DecodeError::Length { expected, actual } => (2, actual, expected),
        DecodeError::TooManyKpis { found } => (3, found.into(), small(MAX_KPIS)),
        DecodeError::TooManyChanges { found } => (4, found, small(MAX_CHANGES)),
    };
    VerifierMalformedUpdate { _0: reason, _1: have, _2: want }
}

/// Asks verifier and controller; `attested` says whether a quorum signed exactly this. Returns how it ended.
fn attest(
    stage: &Stage,
    update: &Bytes,
    signatures: &Bytes,
    decoded: Result<Update<'_>, DecodeError>,
    attested: bool,
) -> [u8; 4] {
    let world = &stage.cast.world;
    let (controller, from) = (world.controller, world.stranger);
    let outputs = decoded.ok().filter(|_| attested).and_then(|decoded| expected(world, &decoded));
    let call = V::verifyCall { controller, update: update.clone(), signatures: signatures.clone() };
    let verified = world.net.view(world.verifier, &call);
    match (&verified, outputs) {
        (Ok(said), Some(outputs)) => {
            let packed: Vec<u8> = outputs.iter().flat_map(|output| output.to_be_bytes()).collect();
            assert_eq!(said[..], packed, "program and law infer alike from 0x{}", hex::encode(update));
        }
        (Err(refusal), None) => stage.typed(refusal),
        (Ok(_), None) => panic!("accepted: 0x{} signed 0x{}", hex::encode(update), hex::encode(signatures)),
        (Err(refusal), Some(_)) => panic!("refused with {refusal}: 0x{}", hex::encode(update)),
    }
    world.net.hold();
    let now = u32::try_from(world.net.now()).expect("a 32-bit moment");
    let mut ledger = Overlay { below: world.ledger(), words: BTreeMap::new() };
    let law = outputs
        .zip(decoded.ok())
        .map(|(outputs, decoded)| engine::submit(&mut ledger, now, &decoded, &outputs, |bytes| keccak256(bytes).0));
    let call = C::submitCall { update: update.clone(), signatures: signatures.clone() };
    match (stage.send(from, controller, &call.abi_encode()).outcome, law) {
        (Ok(_), Some(Ok(_))) => {
            let after = world.ledger();
            for (key, word) in &ledger.words {
                assert_eq!(after.load(*key), *word, "word {key:#x} after 0x{}", hex::encode(update));
            }
            [0xff; 4]
        }
        (Err(refusal), Some(Err(violation))) => {
            let (data, length) = violation.encode();
            assert_eq!(refusal.data[..], data[..length], "not {violation:?}: 0x{}", hex::encode(update));
            ended(&refusal)
        }
        (Err(refusal), None) => ended(&refusal),
        (outcome, law) => panic!("{outcome:?}, by the law {law:?}: 0x{}", hex::encode(update)),
    }
}

/// The controller's words, and above them what the law writes.
struct Overlay<'a> {
    below: RemoteLedger<'a>,
    words: BTreeMap<u64, Word>,
}

impl Ledger for Overlay<'_> {
    fn load(&self, key: u64) -> Word {
        self.words.get(&key).copied().unwrap_or_else(|| self.below.load(key))
    }

    fn save(&mut self, key: u64, word: Word) {
        self.words.insert(key, word);
    }

    fn emit(&mut self, _: Event<'_>) {}
}

/// What the law infers from an attested update; nothing where it would refuse it.
fn expected(world: &World, update: &Update<'_>) -> Option<[i32; OUTPUTS]> {
    let known = *update.model_id == world.model_id.0 && *update.kpi_schema == world.kpi_schema.0;
    if !known || update.signer_epoch != world.signer_epoch() {
        return None;
    }
    let (model, schema) = steerable_policy(world.shape.arch);
    let code = policy_code(&model, &schema).expect("well formed");
    match Policy::from_code(&code).expect("well formed").outputs(&update.kpis) {
        Ok(outputs) => Some(outputs),
        Err(PolicyError::Inputs { .. }) => None,
        Err(fault) => panic!("a registered policy answers every observation: {fault:?}"),
    }
}

fn ended(refusal: &Refusal) -> [u8; 4] {
    refusal.data.first_chunk().copied().unwrap_or_default()
}
