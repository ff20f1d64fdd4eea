//! Keys from known secrets: the development keys, whose seed is public.
//!
//! Who knows the secrets of a key can prove anything. A key for real use comes out of a ceremony, in which every
//! contributor destroys a share of them.

use alloy_primitives::keccak256;
use ark_bn254::{Bn254, Fr, G1Projective, G2Projective};
use ark_ec::PrimeGroup;
use ark_ff::UniformRand;
use ark_groth16::Groth16;
use ark_relations::gr1cs::SynthesisError;
use escapement_core::policy::Arch;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    circuit,
    key::{KeyError, KeyKind, ProvingKey},
    r1cs::R1cs,
};

/// Why a key could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The generator refused.
    #[error("cannot make a key: {0}")]
    Generator(#[from] SynthesisError),
    /// The key must not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The secrets of a key.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Binds the three parts of a proof together.
    pub alpha: Fr,
    /// As alpha.
    pub beta: Fr,
    /// Divides the public inputs.
    pub gamma: Fr,
    /// Divides the witness. Must differ from gamma.
    pub delta: Fr,
    /// Where the polynomials are evaluated.
    pub tau: ChaCha20Rng,
}

impl Secrets {
    /// Returns the public secrets of an architecture's development key: `ChaCha20` seeded with the keccak256 of
    /// [`dev_seed`] gives alpha, beta, gamma, delta, tau in this order.
    #[must_use]
    pub fn dev(arch: Arch) -> Self {
        let mut rng = ChaCha20Rng::from_seed(keccak256(dev_seed(arch)).0);
        let [alpha, beta, gamma, delta] = [(); 4].map(|()| Fr::rand(&mut rng));
        Self { alpha, beta, gamma, delta, tau: rng }
    }
}

/// The text that everything secret about a development key follows from.
#[must_use]
pub fn dev_seed(arch: Arch) -> String {
    let [a, b, c, d] = arch.widths();
    format!("Escapement DEVELOPMENT key {a}-{b}-{c}-{d}: its secrets are public, everybody can forge proofs")
}

/// Makes a key for constraints from known secrets, with the standard generators. The key is not checked.
///
/// # Errors
/// What the generator of arkworks returns.
pub fn from_secrets(r1cs: &R1cs, secrets: &Secrets) -> Result<ark_groth16::ProvingKey<Bn254>, SynthesisError> {
    let Secrets { alpha, beta, gamma, delta, mut tau } = secrets.clone();
    let (g1, g2) = (G1Projective::generator(), G2Projective::generator());
    Groth16::<Bn254>::generate_parameters_with_qap(r1cs, alpha, beta, gamma, delta, g1, g2, &mut tau)
}

/// Makes the development key of an architecture. It is the same every time, on every machine.
///
/// # Errors
/// A [`SetupError`]; never for the architectures this crate is tested with.
pub fn dev(arch: Arch) -> Result<ProvingKey, SetupError> {
    let r1cs = circuit::constraints(arch);
    let inner = from_secrets(&r1cs, &Secrets::dev(arch))?;
    Ok(ProvingKey::new(KeyKind::Dev, arch, r1cs.hash(), inner)?)
}
