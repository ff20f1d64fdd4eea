//! Keys of a ceremony that was run with snarkjs, read from a `.zkey` file.
//!
//! All of such a key but one part is as arkworks has it. The part that differs holds the quotient's points in a Lagrange
//! basis; it is transformed to powers of tau here, once, so that the key is used as any other.

use ark_bn254::{Bn254, Fq, Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{FftField, Field};
use ark_groth16::{ProvingKey, VerifyingKey};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use rayon::prelude::*;

use super::check::domain;
use crate::{
    iden3::{Fields, FormatError, Sections},
    r1cs::R1cs,
};

const PROTOCOL: u32 = 1;
const HEADER: u32 = 2;
const IC: u32 = 3;
const A: u32 = 5;
const B1: u32 = 6;
const B2: u32 = 7;
const C: u32 = 8;
const H: u32 = 9;
const GROTH16: u32 = 1;

/// Reads a key for given constraints. Whether it follows from them and from powers of tau is seen by
/// [`super::check::key`]; the proofs of its contributors are snarkjs' to check (`zkey verify`).
///
/// # Errors
/// A [`FormatError`] for what is no key of Groth16 over BN254 of the constraints' size, and for points that are none.
pub fn read(file: &[u8], r1cs: &R1cs) -> Result<ProvingKey<Bn254>, FormatError> {
    let sections = Sections::read(file, "zkey")?;
    if Fields(sections.get(PROTOCOL)?).u32() != Some(GROTH16) {
        return Err(FormatError::Header("not Groth16"));
    }
    let domain = domain(r1cs);
    let (n, all, instance) = (domain.size(), r1cs.variables(), r1cs.instance());
    let mut header = Fields(sections.get(HEADER)?);
    if header.modulus::<Fq>() != Some(true) || header.modulus::<Fr>() != Some(true) {
        return Err(FormatError::Header("another prime"));
    }
    let sizes = [header.u32(), header.u32(), header.u32()].map(|size| size.and_then(|size| usize::try_from(size).ok()));
    if sizes != [Some(all), Some(r1cs.publics), Some(n)] {
        return Err(FormatError::Header("variables, public inputs or domain are not those of the circuit"));
    }
    let bad = |index| FormatError::Point { section: HEADER, index };
    let (alpha_g1, beta_g1) = (header.g1().ok_or(bad(0))?, header.g1().ok_or(bad(1))?);
    let (beta_g2, gamma_g2) = (header.g2().ok_or(bad(2))?, header.g2().ok_or(bad(3))?);
    let (delta_g1, delta_g2) = (header.g1().ok_or(bad(4))?, header.g2().ok_or(bad(5))?);
    let g1 = |section, count| sections.g1(section, count, count);
    let (a_query, b_g1_query, b_g2_query) = (g1(A, all)?, g1(B1, all)?, sections.g2(B2, all, all)?);
    let (gamma_abc_g1, l_query) = (g1(IC, instance)?, g1(C, all - instance)?);
    let quotient: Vec<G1Projective> = g1(H, n)?.iter().map(|point| point.into_group()).collect();
    Ok(ProvingKey {
        vk: VerifyingKey { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1 },
        beta_g1,
        delta_g1,
        a_query,
        b_g1_query,
        b_g2_query,
        h_query: powers(&domain, &quotient),
        l_query,
    })
}

/// From `[L_(2j+1)(tau) / delta]`, L of the domain of twice the size, to `[tau^i (tau^n - 1) / delta]`, `i < n - 1`.
///
/// `x^i (x^n - 1)` is zero at the even points of the large domain, and `-2 w^((2j+1) i)` at the odd ones.
fn powers(domain: &GeneralEvaluationDomain<Fr>, quotient: &[G1Projective]) -> Vec<G1Affine> {
    let n = domain.size();
    let Some(root) = Fr::get_root_of_unity(2 * n as u64) else { return Vec::new() };
    let mut points = domain.fft(quotient);
    points.truncate(n - 1);
    points.par_iter_mut().enumerate().for_each(|(i, point)| {
        *point *= -Fr::from(2) * root.pow([i as u64]);
    });
    G1Projective::normalize_batch(&points)
}
