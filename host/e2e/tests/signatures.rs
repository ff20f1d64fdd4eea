//! E2E-10: malformed input of `ecrecover` on the compiled contracts: each form is a typed refusal, never a trap, never
//! the zero address.
#![allow(missing_docs)]

use alloy_primitives::{B256, Bytes, U256, hex, uint};
use escapement_agent::bindings::{token::IToken as T, verifier::IVerifier as V};
use escapement_e2e::{World, malleate, refused};

/// Order of secp256k1.
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

/// Why a signature is refused, by the verifier's numbers.
const RECOVERY_ID: u8 = 2;
const HIGH_S: u8 = 3;
const UNRECOVERED: u8 = 4;

/// A signature in its parts.
#[derive(Clone, Copy)]
struct Parts {
    r: U256,
    s: U256,
    v: u8,
}

impl Parts {
    fn of(bytes: [u8; 65]) -> Self {
        Self { r: U256::from_be_slice(&bytes[..32]), s: U256::from_be_slice(&bytes[32..64]), v: bytes[64] }
    }

    fn bytes(self) -> [u8; 65] {
        let mut bytes = [0; 65];
        bytes[..32].copy_from_slice(&self.r.to_be_bytes::<32>());
        bytes[32..64].copy_from_slice(&self.s.to_be_bytes::<32>());
        bytes[64] = self.v;
        bytes
    }
}

/// Every malformed form of a valid signature, with the reason it is refused for.
fn malformed(valid: [u8; 65]) -> Vec<(&'static str, Parts, u8)> {
    let parts = Parts::of(valid);
    let half = ORDER >> 1;
    vec![
        ("v = 0", Parts { v: 0, ..parts }, RECOVERY_ID),
        ("v = 1", Parts { v: 1, ..parts }, RECOVERY_ID),
        ("v = 29", Parts { v: 29, ..parts }, RECOVERY_ID),
        ("v = 255", Parts { v: 255, ..parts }, RECOVERY_ID),
        ("all zero", Parts::of([0; 65]), RECOVERY_ID),
        ("r = s = 0", Parts { r: U256::ZERO, s: U256::ZERO, ..parts }, UNRECOVERED),
        ("r = 0", Parts { r: U256::ZERO, ..parts }, UNRECOVERED),
        ("s = 0", Parts { s: U256::ZERO, ..parts }, UNRECOVERED),
        ("r = n", Parts { r: ORDER, ..parts }, UNRECOVERED),
        ("r = 2^256 - 1", Parts { r: U256::MAX, ..parts }, UNRECOVERED),
        // No point of the curve has this x: 5^3 + 7 is no square.
        ("r off the curve", Parts { r: U256::from(5), ..parts }, UNRECOVERED),
        ("s = n", Parts { s: ORDER, ..parts }, HIGH_S),
        ("s = n / 2 + 1", Parts { s: half + U256::ONE, ..parts }, HIGH_S),
        ("s = 2^256 - 1", Parts { s: U256::MAX, ..parts }, HIGH_S),
        ("mirrored", Parts::of(malleate(valid)), HIGH_S),
    ]
}

#[test]
fn verify_and_submit_revert_when_signature_is_malformed() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    let digest = world.digest(&update);
    let before = world.storage();
    for place in [0u8, 2] {
        let at = usize::from(place);
        for (name, parts, reason) in malformed(world.quorum.signature(at, digest)) {
            let mut signatures = world.quorum.sign(digest).to_vec();
            signatures[65 * at..65 * (at + 1)].copy_from_slice(&parts.bytes());
            println!("{name}, signature {place}");
            let error = V::VerifierBadSignature { _0: place, _1: reason };
            refused(world.submit_signed(&update, signatures.clone().into()), &error);
            refused(verify(&world, &update.bytes(), signatures.into()), &error);
        }
    }
    // The largest s that is not mirrored is no reason to refuse: it recovers somebody, who is no signer.
    let half = Parts { s: ORDER >> 1, ..Parts::of(world.quorum.signature(0, digest)) };
    let mut signatures = world.quorum.sign(digest).to_vec();
    signatures[..65].copy_from_slice(&half.bytes());
    let refusal = world.submit_signed(&update, signatures.into()).expect_err("another signer");
    assert!(refusal.is::<V::VerifierUnknownSigner>(), "{refusal}");

    for length in [0, 1, 64, 65, 130, 194, 196, 260] {
        let mut signatures = world.quorum.sign(digest).to_vec();
        signatures.resize(length, 0);
        let error = V::VerifierSignaturesLength { _0: U256::from(length), _1: U256::from(195) };
        refused(world.submit_signed(&update, signatures.clone().into()), &error);
        refused(verify(&world, &update.bytes(), signatures.into()), &error);
    }
    assert_eq!(world.storage(), before, "nothing was written");
    world.submit(&update).unwrap_or_else(|refusal| panic!("the honest one: {refusal}"));
}

fn verify(world: &World, update: &Bytes, signatures: Bytes) -> Result<B256, escapement_e2e::Refusal> {
    let call = V::verifyCall { controller: world.controller, update: update.clone(), signatures };
    world.net.view(world.verifier, &call)
}

// A permit's signature is three words, so a wrong length is truncated calldata: see `calldata.rs`.
#[test]
fn permit_reverts_when_signature_is_malformed() {
    let world = World::new();
    let (owner, spender, value) = (world.net.account(6), world.recipient, U256::from(7));
    let permit = world.permit(6, spender, value);
    let bytes = Parts { r: permit.r.into(), s: permit.s.into(), v: permit.v }.bytes();
    for (name, Parts { r, s, v }, reason) in malformed(bytes) {
        println!("{name}");
        let call = T::permitCall { r: r.into(), s: s.into(), v, ..permit.clone() };
        let result = world.net.send(world.stranger, world.token, &call);
        if reason == HIGH_S {
            refused(result, &T::ECDSAInvalidSignatureS(s.into()));
        } else {
            refused(result, &T::ECDSAInvalidSignature {});
        }
    }
    let allowance = || world.net.view(world.token, &T::allowanceCall { owner, spender }).expect("a plain view");
    let nonce = || world.net.view(world.token, &T::noncesCall { owner }).expect("a plain view");
    assert_eq!((allowance(), nonce()), (U256::ZERO, U256::ZERO), "no refusal uses the nonce up");
    // Nobody has the key of the zero address: what recovers nobody must not speak for it.
    let nobody = T::permitCall { owner: alloy_primitives::Address::ZERO, r: B256::ZERO, ..permit.clone() };
    refused(world.net.send(world.stranger, world.token, &nobody), &T::ECDSAInvalidSignature {});

    world.net.send(world.stranger, world.token, &permit).unwrap_or_else(|refusal| panic!("the honest one: {refusal}"));
    assert_eq!((allowance(), nonce()), (value, U256::ONE));
}

#[test]
fn order_is_that_of_the_curve() {
    // The constant above decides which cases are edges; it is the mirror of the harness's.
    let mut one = [0; 65];
    one[63] = 1;
    one[64] = 27;
    let mirrored = malleate(one);
    assert_eq!(mirrored[32..64], (ORDER - U256::ONE).to_be_bytes::<32>());
    assert_eq!(hex::encode(&mirrored[32..64]), "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140");
}
