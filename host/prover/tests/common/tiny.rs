//! A circuit of a few constraints with as many public inputs as the policy's, and powers of tau from known secrets.
//!
//! What is tested with it is the machinery of a ceremony, which does not know which circuit it works on.

use ark_bn254::{Fq, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{BigInteger, Field, PrimeField};
use escapement_core::policy::proven::PUBLIC_INPUTS;
use escapement_prover::r1cs::{Builder, R1cs};

/// Public: x, a product, a sum, a square, a bit; secret: two numbers. Constraints with coefficients of every sort.
pub fn circuit(x: u64, secrets: [u64; 2]) -> (R1cs, Vec<Fr>) {
    let mut builder = Builder::new(PUBLIC_INPUTS, true);
    let b = &mut builder;
    let context = b.public(0, Fr::from(x));
    let _ = b.product("context square", &context, &context);
    let [u, v] = secrets.map(|secret| b.witness("secret", Fr::from(secret)));
    let product = b.product("product", &u, &v);
    b.publish(1, &product);
    let sum = u.plus(&v).minus(&b.constant(7u64));
    b.publish(2, &sum);
    let square = b.product("square", &sum, &v.minus(&u));
    b.publish(3, &square);
    let bits = b.bits("bit", u.value, 3);
    let recomposed = escapement_prover::r1cs::recompose(&bits);
    b.enforce_equal(&recomposed, &u);
    b.publish(4, &bits[0]);
    builder.finish()
}

/// Secrets of powers of tau.
#[derive(Clone, Copy)]
pub struct Tau {
    pub point: Fr,
    pub alpha: Fr,
    pub beta: Fr,
}

pub const POWER: u32 = 5;

/// The secrets that the tests use.
pub fn tau() -> Tau {
    Tau { point: Fr::from(1_234_567u64), alpha: Fr::from(891_011u64), beta: -Fr::from(121_314u64) }
}

fn fq<const N: usize>(out: &mut Vec<u8>, elements: [Fq; N]) {
    // Montgomery form, which the file has, is what the field keeps.
    out.extend(elements.iter().flat_map(|element| element.0.0).flat_map(u64::to_le_bytes));
}

pub fn g1_bytes(point: &G1Affine) -> Vec<u8> {
    let (mut out, (x, y)) = (vec![], point.xy().unwrap_or_default());
    fq(&mut out, [x, y]);
    out
}

pub fn g2_bytes(point: &G2Affine) -> Vec<u8> {
    let (mut out, (x, y)) = (vec![], point.xy().unwrap_or_default());
    fq(&mut out, [x.c0, x.c1, y.c0, y.c1]);
    out
}

/// Sections of a `.ptau` file of 2^power, without a record of contributions.
pub fn ptau_sections(tau: Tau, power: u32) -> Vec<(u32, Vec<u8>)> {
    let n = 1usize << power;
    let sequence =
        |factor: Fr, count: usize| (0..count as u64).map(move |i| factor * tau.point.pow([i])).collect::<Vec<_>>();
    let g1 = |scalars: Vec<Fr>| {
        let points: Vec<_> = scalars.iter().map(|s| G1Projective::generator() * s).collect();
        G1Projective::normalize_batch(&points).iter().flat_map(g1_bytes).collect::<Vec<u8>>()
    };
    let g2 = |scalars: Vec<Fr>| {
        let points: Vec<_> = scalars.iter().map(|s| G2Projective::generator() * s).collect();
        G2Projective::normalize_batch(&points).iter().flat_map(g2_bytes).collect::<Vec<u8>>()
    };
    let mut header = 32u32.to_le_bytes().to_vec();
    header.extend(Fq::MODULUS.to_bytes_le());
    header.extend([power, power].map(u32::to_le_bytes).concat());
    vec![
        (1, header),
        (2, g1(sequence(Fr::ONE, 2 * n - 1))),
        (3, g2(sequence(Fr::ONE, n))),
        (4, g1(sequence(tau.alpha, n))),
        (5, g1(sequence(tau.beta, n))),
        (6, g2(vec![tau.beta])),
        (7, 0u32.to_le_bytes().to_vec()),
    ]
}

/// A file of iden3 made of sections.
pub fn file(kind: &str, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut file = kind.as_bytes().to_vec();
    file.extend(1u32.to_le_bytes());
    file.extend(u32::try_from(sections.len()).unwrap().to_le_bytes());
    for (id, content) in sections {
        file.extend(id.to_le_bytes());
        file.extend((content.len() as u64).to_le_bytes());
        file.extend(content);
    }
    file
}
