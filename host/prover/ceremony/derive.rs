//! The key that powers of tau and constraints give, before anybody contributed: gamma = delta = 1.
//!
//! Everybody can forge proofs for it. It is where a ceremony starts, never a key to use.

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, PrimeField};
use ark_groth16::{ProvingKey, VerifyingKey};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use ark_relations::utils::matrix::Matrix;
use rayon::prelude::*;

use super::{check::domain, ptau::Powers};
use crate::r1cs::R1cs;

/// Steps that [`initial`] reports.
pub const STEPS: u64 = 8;

/// Returns the key before any contribution. Calls `step` after each of [`STEPS`] steps; the first four take longest.
///
/// # Panics
/// If the powers are fewer than the domain of the constraints needs.
#[must_use]
pub fn initial(powers: &Powers, r1cs: &R1cs, step: &dyn Fn()) -> ProvingKey<Bn254> {
    let domain = domain(r1cs);
    let n = domain.size();
    let tau = lagrange::<G1Projective>(&domain, &powers.tau_g1[..n]);
    step();
    let alpha_tau = lagrange::<G1Projective>(&domain, &powers.alpha_tau_g1[..n]);
    step();
    let beta_tau = lagrange::<G1Projective>(&domain, &powers.beta_tau_g1[..n]);
    step();
    let tau_g2 = lagrange::<G2Projective>(&domain, &powers.tau_g2[..n]);
    step();

    let [a, b, c] = columns(r1cs);
    let a_query = sums(&[(&a, &tau)]);
    step();
    let b_g1_query = sums(&[(&b, &tau)]);
    step();
    let b_g2_query = sums(&[(&b, &tau_g2)]);
    step();
    let mut gamma_abc_g1 = sums(&[(&a, &beta_tau), (&b, &alpha_tau), (&c, &tau)]);
    let l_query = gamma_abc_g1.split_off(r1cs.instance());
    let vanishing: Vec<G1Projective> =
        (0..n - 1).map(|i| powers.tau_g1[i + n].into_group() - powers.tau_g1[i]).collect();
    step();
    ProvingKey {
        vk: VerifyingKey {
            alpha_g1: powers.alpha_tau_g1[0],
            beta_g2: powers.beta_g2,
            gamma_g2: G2Affine::generator(),
            delta_g2: G2Affine::generator(),
            gamma_abc_g1,
        },
        beta_g1: powers.beta_tau_g1[0],
        delta_g1: G1Affine::generator(),
        a_query,
        b_g1_query,
        b_g2_query,
        h_query: G1Projective::normalize_batch(&vanishing),
        l_query,
    }
}

/// From powers of tau to the Lagrange polynomials of the domain at tau.
fn lagrange<G: CurveGroup<ScalarField = Fr>>(domain: &GeneralEvaluationDomain<Fr>, powers: &[G::Affine]) -> Vec<G> {
    // sum_i c_i tau^i of the coefficients c of a Lagrange polynomial is what the inverse transform computes.
    domain.ifft(&powers.iter().map(|power| power.into_group()).collect::<Vec<G>>())
}

type Columns = Vec<Vec<(Fr, usize)>>;

/// The matrices by variable, with the rows that bind public inputs.
fn columns(r1cs: &R1cs) -> [Columns; 3] {
    let transpose = |matrix: &Matrix<Fr>| {
        let mut columns = vec![Vec::new(); r1cs.variables()];
        for (row, terms) in matrix.iter().enumerate() {
            for (coefficient, variable) in terms {
                columns[*variable].push((*coefficient, row));
            }
        }
        columns
    };
    let [a, b, c] = &r1cs.matrices;
    let mut columns = [transpose(a), transpose(b), transpose(c)];
    for (row, column) in (r1cs.constraints()..).zip(&mut columns[0][..r1cs.instance()]) {
        column.push((Fr::ONE, row));
    }
    columns
}

/// For each variable, the sum of its coefficients times the points of their rows.
fn sums<G: CurveGroup<ScalarField = Fr>>(parts: &[(&Columns, &Vec<G>)]) -> Vec<G::Affine> {
    let variables = parts.first().map_or(0, |(columns, _)| columns.len());
    let sums: Vec<G> = (0..variables)
        .into_par_iter()
        .map(|variable| {
            let terms = parts.iter().flat_map(|(columns, points)| columns[variable].iter().map(|t| (t, &points[t.1])));
            terms.fold(G::ZERO, |sum, ((coefficient, _), point)| sum + times(*point, *coefficient))
        })
        .collect();
    G::normalize_batch(&sums)
}

/// A multiple of a point. Most coefficients are small, or the negatives of small numbers.
fn times<G: CurveGroup<ScalarField = Fr>>(point: G, coefficient: Fr) -> G {
    let (positive, negative) = (coefficient.into_bigint(), (-coefficient).into_bigint());
    if positive <= negative { point.mul_bigint(positive) } else { -point.mul_bigint(negative) }
}
