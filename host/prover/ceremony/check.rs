//! Whether a proving key is the one that powers of tau, constraints and a delta determine.
//!
//! No secret and no transform of points is needed: a part of the key that is right for a random combination of its points
//! is right, but for a chance of 2^-128.

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM, pairing::Pairing};
use ark_ff::AdditiveGroup;
use ark_groth16::ProvingKey;
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use ark_relations::utils::matrix::Matrix;
use rand_chacha::rand_core::{OsRng, RngCore};

use super::ptau::Powers;
use crate::r1cs::R1cs;

/// A part of a key that is not what it must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyFault {
    /// alpha, beta or gamma is not that of the powers (gamma: the generator).
    #[error("{0} of the key is not that of the powers of tau")]
    Element(&'static str),
    /// delta is zero or differs between the two groups.
    #[error("delta of the key is zero or differs between the groups")]
    Delta,
    /// A part has another number of points than the circuit gives it.
    #[error("{part} of the key has {actual} points, the circuit gives {expected}")]
    Length {
        /// The part.
        part: &'static str,
        /// Points needed.
        expected: usize,
        /// Points found.
        actual: usize,
    },
    /// The points of a part do not follow from powers, constraints and delta.
    #[error("{0} of the key does not follow from the powers of tau, the constraints and delta")]
    Query(&'static str),
}

/// Returns the domain on which constraints and public inputs are laid out.
///
/// # Panics
/// With more than 2^28 constraints, which a circuit of this crate is far from.
#[must_use]
pub fn domain(r1cs: &R1cs) -> GeneralEvaluationDomain<Fr> {
    EvaluationDomain::new(r1cs.constraints() + r1cs.instance()).expect("fewer than 2^28 constraints")
}

/// Returns random scalars of 128 bits.
///
/// # Panics
/// If the operating system has no random numbers to give: nothing can be checked then.
pub(super) fn random_scalars(count: usize) -> Vec<Fr> {
    let mut bytes = vec![0; 16 * count];
    OsRng.fill_bytes(&mut bytes);
    bytes.as_chunks().0.iter().map(|chunk| Fr::from(u128::from_le_bytes(*chunk))).collect()
}

/// Tells whether two pairs of points have the same ratio: `e(a, d) = e(b, c)` for `(a, b)` and `(c, d)`.
pub(super) fn same_ratio((a, b): (G1Affine, G1Affine), (c, d): (G2Affine, G2Affine)) -> bool {
    Bn254::pairing(a, d) == Bn254::pairing(b, c)
}

/// Checks a key whole. Its points must have been checked to be points of their groups.
///
/// # Errors
/// The first [`KeyFault`] found.
pub fn key(powers: &Powers, r1cs: &R1cs, key: &ProvingKey<Bn254>) -> Result<(), KeyFault> {
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let vk = &key.vk;
    for (element, right) in [
        ("alpha", vk.alpha_g1 == powers.alpha_tau_g1[0]),
        ("beta", vk.beta_g2 == powers.beta_g2 && key.beta_g1 == powers.beta_tau_g1[0]),
        ("gamma", vk.gamma_g2 == g2),
    ] {
        if !right {
            return Err(KeyFault::Element(element));
        }
    }
    if key.delta_g1.is_zero() || !same_ratio((g1, key.delta_g1), (g2, vk.delta_g2)) {
        return Err(KeyFault::Delta);
    }
    let domain = domain(r1cs);
    let (n, all, instance) = (domain.size(), r1cs.variables(), r1cs.instance());
    for (part, expected, actual) in [
        ("a_query", all, key.a_query.len()),
        ("b_g1_query", all, key.b_g1_query.len()),
        ("b_g2_query", all, key.b_g2_query.len()),
        ("gamma_abc_g1", instance, vk.gamma_abc_g1.len()),
        ("l_query", all - instance, key.l_query.len()),
        ("h_query", n - 1, key.h_query.len()),
    ] {
        if actual != expected {
            return Err(KeyFault::Length { part, expected, actual });
        }
    }

    // Polynomials of the random combination of all variables, then of the public and of the secret ones alone.
    let weights = random_scalars(all);
    let (mut public, mut secret) = (weights.clone(), weights.clone());
    public[instance..].fill(Fr::ZERO);
    secret[..instance].fill(Fr::ZERO);
    let [a, b, _] = polynomials(r1cs, &domain, &weights);
    let tau = &powers.tau_g1[..n];
    let query = |part, right: bool| if right { Ok(()) } else { Err(KeyFault::Query(part)) };
    query("a_query", msm(&key.a_query, &weights) == msm(tau, &a))?;
    query("b_g1_query", msm(&key.b_g1_query, &weights) == msm(tau, &b))?;
    let b_g2 = [(&key.b_g2_query, &weights), (&powers.tau_g2, &b)].map(|(p, s)| G2Projective::msm_unchecked(p, s));
    query("b_g2_query", b_g2[0] == b_g2[1])?;

    let combined = |weights: &[Fr]| {
        let [a, b, c] = polynomials(r1cs, &domain, weights);
        msm(&powers.beta_tau_g1, &a) + msm(&powers.alpha_tau_g1, &b) + msm(tau, &c)
    };
    query("gamma_abc_g1", msm(&vk.gamma_abc_g1, &weights[..instance]) == combined(&public))?;
    let by_delta = |divided: G1Projective, whole: G1Projective| {
        same_ratio((divided.into_affine(), whole.into_affine()), (g2, vk.delta_g2))
    };
    query("l_query", by_delta(msm(&key.l_query, &weights[instance..]), combined(&secret)))?;
    let weights = random_scalars(n - 1);
    let vanishing = msm(&powers.tau_g1[n..], &weights) - msm(&powers.tau_g1[..n - 1], &weights);
    query("h_query", by_delta(msm(&key.h_query, &weights), vanishing))
}

fn msm(points: &[G1Affine], scalars: &[Fr]) -> G1Projective {
    G1Projective::msm_unchecked(points, scalars)
}

/// Returns the coefficients of the three polynomials that the constraints give a combination of variables.
fn polynomials(r1cs: &R1cs, domain: &GeneralEvaluationDomain<Fr>, weights: &[Fr]) -> [Vec<Fr>; 3] {
    let evaluate = |matrix: &Matrix<Fr>| -> Vec<Fr> {
        matrix.iter().map(|row| row.iter().map(|(k, v)| weights[*v] * k).sum()).collect()
    };
    let [a, b, c] = &r1cs.matrices;
    let mut values = [evaluate(a), evaluate(b), evaluate(c)];
    // One row more for each public input and the constant one: none can be left unbound.
    values[0].extend_from_slice(&weights[..r1cs.instance()]);
    values.map(|values| domain.ifft(&values))
}
