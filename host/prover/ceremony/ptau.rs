//! Powers of tau: what a first phase leaves behind, read from a `.ptau` file and checked.

use ark_bn254::{Bn254, Fq, Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM, pairing::Pairing};
use blake2::{Blake2b512, Digest};

use super::check::{random_scalars, same_ratio};
use crate::iden3::{Fields, FormatError, Sections};

const HEADER: u32 = 1;
const TAU_G1: u32 = 2;
const TAU_G2: u32 = 3;
const ALPHA_TAU_G1: u32 = 4;
const BETA_TAU_G1: u32 = 5;
const BETA_G2: u32 = 6;
/// The two-adicity of the scalar field: no domain is larger.
const POWER_MAX: u32 = 28;

/// A blake2b-512 hash of a file.
pub type Blake2b = [u8; 64];

/// Files of the Hermez first phase that fit the circuits here: name, and the blake2b hash as published with snarkjs.
const HERMEZ: [(&str, &str); 2] = [
    (
        "powersOfTau28_hez_final_15",
        "982372c867d229c236091f767e703253249a9b432c1710b4f326306bfa2428a1\
         7b06240359606cfe4d580b10a5a1f63fbed499527069c18ae17060472969ae6e",
    ),
    (
        "powersOfTau28_hez_final_18",
        "7e6a9c2e5f05179ddfc923f38f917c9e6831d16922a902b0b4758b8e79c2ab8a\
         81bb5f29952e16ee6c5067ed044d7857b5de120a90704c1d3b637fd94b95b13e",
    ),
];

/// Why a file gives no powers to build on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PtauError {
    /// Not a readable file of powers.
    #[error("not a .ptau file: {0}")]
    Format(#[from] FormatError),
    /// Too few powers for the circuit.
    #[error("the file has powers up to 2^{have}, the circuit needs 2^{need}")]
    Power {
        /// Exponent of the file.
        have: u32,
        /// Exponent needed.
        need: u32,
    },
    /// A sequence does not begin as it must, is zero, or is not one of powers of the same tau.
    #[error("the powers are inconsistent: {0}")]
    Inconsistent(&'static str),
    /// The file's name is that of a published one, its content is not.
    #[error("the file is named {name}, whose published blake2b is {expected}; this one has {found}")]
    NotThePublished {
        /// Name of the published file.
        name: &'static str,
        /// Its hash.
        expected: &'static str,
        /// The hash found.
        found: String,
    },
}

/// Returns the blake2b-512 hash of a file, as ceremonies publish it.
#[must_use]
pub fn blake2b(file: &[u8]) -> Blake2b {
    Blake2b512::digest(file).into()
}

/// Compares with the published hash if a file's name says that it is a file of the Hermez ceremony.
///
/// Returns the name of the published file that it is, by its hash alone, if it is one.
///
/// # Errors
/// [`PtauError::NotThePublished`] if the name claims what the hash denies.
pub fn published(file_name: &str, hash: &Blake2b) -> Result<Option<&'static str>, PtauError> {
    let found = hex::encode(hash);
    if let Some((name, expected)) = HERMEZ.into_iter().find(|(name, _)| file_name.contains(name))
        && found != expected
    {
        return Err(PtauError::NotThePublished { name, expected, found });
    }
    Ok(HERMEZ.into_iter().find(|(_, expected)| found == *expected).map(|(name, _)| name))
}

/// As many powers of tau as a circuit with a domain of `n` needs.
#[derive(Clone, Debug)]
pub struct Powers {
    /// `[tau^i]`, `i < 2n - 1`.
    pub tau_g1: Vec<G1Affine>,
    /// `[tau^i]` in G2, `i < n`.
    pub tau_g2: Vec<G2Affine>,
    /// `[alpha tau^i]`, `i < n`.
    pub alpha_tau_g1: Vec<G1Affine>,
    /// `[beta tau^i]`, `i < n`.
    pub beta_tau_g1: Vec<G1Affine>,
    /// `[beta]` in G2.
    pub beta_g2: G2Affine,
    /// Exponent of the whole file.
    pub power: u32,
    /// Hash of the whole file.
    pub blake2b: Blake2b,
}

impl Powers {
    /// Reads the powers that a domain of `2^need` needs, and checks them: every point read is one of its group, the
    /// sequences are those of powers of one tau, times alpha and beta.
    ///
    /// That tau, alpha and beta are unknown to everybody is not seen from them: it rests on the contributions to the
    /// first phase, which the file's hash stands for.
    ///
    /// # Errors
    /// A [`PtauError`].
    pub fn read(file: &[u8], need: u32) -> Result<Self, PtauError> {
        let sections = Sections::read(file, "ptau")?;
        let mut header = Fields(sections.get(HEADER)?);
        if header.modulus::<Fq>() != Some(true) {
            return Err(FormatError::Header("another prime").into());
        }
        let (Some(power), Some(_ceremony), []) = (header.u32(), header.u32(), header.0) else {
            return Err(FormatError::Header("not two exponents").into());
        };
        if power < need {
            return Err(PtauError::Power { have: power, need });
        }
        if power > POWER_MAX {
            return Err(FormatError::Header("an exponent above 28").into());
        }
        let (held, n) = (1usize << power, 1usize << need);
        let powers = Self {
            tau_g1: sections.g1(TAU_G1, 2 * held - 1, 2 * n - 1)?,
            tau_g2: sections.g2(TAU_G2, held, n)?,
            alpha_tau_g1: sections.g1(ALPHA_TAU_G1, held, n)?,
            beta_tau_g1: sections.g1(BETA_TAU_G1, held, n)?,
            beta_g2: sections.g2(BETA_G2, 1, 1)?[0],
            power,
            blake2b: blake2b(file),
        };
        powers.check()?;
        Ok(powers)
    }

    fn check(&self) -> Result<(), PtauError> {
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        let fails = |fault| Err(PtauError::Inconsistent(fault));
        let ([first_g1, tau_g1, ..], [first_g2, tau_g2, ..]) = (&self.tau_g1[..], &self.tau_g2[..]) else {
            return fails("fewer than two powers");
        };
        if (*first_g1, *first_g2) != (g1, g2) {
            return fails("tau does not begin with the generators");
        }
        if tau_g1.is_zero() || tau_g2.is_zero() || self.alpha_tau_g1[0].is_zero() || self.beta_g2.is_zero() {
            return fails("tau, alpha or beta is zero");
        }
        if !same_ratio((g1, self.beta_tau_g1[0]), (g2, self.beta_g2)) {
            return fails("beta differs between the groups");
        }
        // A random combination of a sequence, and of the same moved by one: they differ by tau.
        for (fault, sequence) in
            [("tau in G1", &self.tau_g1), ("alpha tau", &self.alpha_tau_g1), ("beta tau", &self.beta_tau_g1)]
        {
            if !same_ratio(shifted::<G1Projective>(sequence), (g2, *tau_g2)) {
                return fails(fault);
            }
        }
        let (low, high) = shifted::<G2Projective>(&self.tau_g2);
        let sides = [Bn254::pairing(*tau_g1, low), Bn254::pairing(g1, high)];
        if sides[0] == sides[1] { Ok(()) } else { fails("tau in G2") }
    }
}

/// Random combinations, with the same coefficients, of all points but the last and of all but the first.
fn shifted<G>(points: &[G::Affine]) -> (G::Affine, G::Affine)
where
    G: CurveGroup<ScalarField = Fr> + VariableBaseMSM<MulBase = <G as CurveGroup>::Affine>,
{
    let scalars = random_scalars(points.len() - 1);
    let combine = |points: &[G::Affine]| G::msm_unchecked(points, &scalars).into_affine();
    (combine(&points[..points.len() - 1]), combine(&points[1..]))
}
