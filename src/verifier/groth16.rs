//! Groth16 over `BN254`, by the precompiles.
//!
//! Every call gets bounded gas (a precompile that fails burns all it was given) and has to answer with exactly its length:
//! an account without code "succeeds" with no bytes at all.

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use escapement_core::policy::proven::{Key, Proven, BASE_FIELD, PUBLIC_INPUTS};
use escapement_kit::vm;

use crate::error::{Error, VerifierBadKey, VerifierProofRejected};

/// A precompile: its address, the gas it is given, and the bytes it answers.
type Precompile = (u8, u64, usize);

/// Sum of two points of G1 (150 gas).
const ADD: Precompile = (6, 1_000, 64);
/// A point of G1 times a number (6,000 gas).
const MUL: Precompile = (7, 7_000, 64);
/// Whether a product of pairings is one (45,000 gas and 34,000 for each; four at most).
const PAIRING: Precompile = (8, 200_000, 32);

/// Word number of the first G1 point behind those of G2, and of the point `index` of these.
const IC_WORD: u8 = 14;

/// The answer of a precompile, if it is one.
#[inline(never)]
fn ask((address, gas, length): Precompile, input: &[u8]) -> Option<Vec<u8>> {
    vm::static_call_within(&Address::with_last_byte(address), input, gas).ok().filter(|answer| answer.len() == length)
}

/// Whether the product of the pairings is one; `None` if a point is not in its group.
fn pairing(input: &[u8]) -> Option<bool> {
    let answer = ask(PAIRING, input)?;
    let (last, zeros) = answer.split_last()?;
    Some(*last == 1 && zeros.iter().all(|byte| *byte == 0))
}

/// Refuses a key with a point outside its group. What bytes tell is checked by [`Key::check`].
pub fn check_key(key: Key<'_>) -> Result<(), Error> {
    let points = core::iter::once((0, key.alpha())).chain((IC_WORD..).step_by(2).zip(key.ic()));
    for (index, point) in points {
        // Plus zero: the precompile takes points of the curve only, and G1 is the whole curve.
        if ask(ADD, &[point.as_slice(), &[0; 64]].concat()).is_none() {
            return Err(VerifierBadKey { reason: 5, index }.into());
        }
    }
    // Pairings with zero are one; the precompile still looks at the points of G2.
    let mut input = Vec::with_capacity(576);
    for point in key.g2() {
        input.extend_from_slice(&[0; 64]);
        input.extend_from_slice(point);
    }
    if pairing(&input) != Some(true) {
        return Err(VerifierBadKey { reason: 6, index: 2 }.into());
    }
    Ok(())
}

/// The sum of a point and of a multiple of another one; otherwise the stage that failed.
fn add_scaled(sum: &[u8], point: &[u8; 64], scalar: &[u8; 32]) -> Result<Vec<u8>, u8> {
    let scaled = ask(MUL, &[point.as_slice(), scalar].concat()).ok_or(2)?;
    ask(ADD, &[sum, &scaled].concat()).ok_or(3)
}

/// Refuses a policy whose base is not `IC_0 + commitment IC_2`: proofs would be for another network.
pub fn check_base(policy: &Proven<'_>) -> Result<(), Error> {
    let [constant, _, point, ..] = policy.key.ic();
    match add_scaled(constant, point, policy.commitment) {
        Ok(base) if base == policy.base => Ok(()),
        _ => Err(VerifierBadKey { reason: 7, index: 0 }.into()),
    }
}

/// Checks `e(-A, B) e(alpha, beta) e(L, gamma) e(C, delta) = 1` with `L = IC_0 + sum(input_i IC_i)`.
///
/// The inputs must be below the order of the scalar field, or else the precompile would take them modulo it. What the
/// commitment among them adds was worked out when the policy was registered ([`check_base`]).
pub fn check(policy: &Proven<'_>, proof: &[[u8; 32]; 8], inputs: &[[u8; 32]; PUBLIC_INPUTS]) -> Result<(), Error> {
    let reject = |stage| Error::from(VerifierProofRejected { stage });
    if proof.iter().any(|word| *word >= BASE_FIELD) {
        return Err(reject(1));
    }
    let key = policy.key;
    let ([_, first, _, others @ ..], [context, _, rest @ ..]) = (key.ic(), inputs);
    let mut sum = policy.base.to_vec();
    for (point, input) in core::iter::once((first, context)).chain(others.iter().zip(rest)) {
        sum = add_scaled(&sum, point, input).map_err(reject)?;
    }
    let [a_x, a_y, b @ .., c_x, c_y] = proof;
    let [beta, gamma, delta] = key.g2();
    // The check above keeps the difference from wrapping. Zero becomes the order itself, which the pairing refuses: no
    // point of the curve has it, and A may not be the point at infinity.
    let negated = U256::from_be_bytes(BASE_FIELD).wrapping_sub(U256::from_be_bytes(*a_y)).to_be_bytes::<32>();
    let mut input = Vec::with_capacity(768);
    for part in [a_x.as_slice(), &negated, b.as_flattened(), key.alpha(), beta, &sum, gamma, c_x, c_y, delta] {
        input.extend_from_slice(part);
    }
    match pairing(&input) {
        None => Err(reject(4)),
        Some(false) => Err(reject(5)),
        Some(true) => Ok(()),
    }
}
