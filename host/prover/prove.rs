//! From a model and observations to a proof.

use ark_bn254::{Bn254, Fr};
use ark_ff::UniformRand;
use ark_groth16::Groth16;
use ark_relations::gr1cs::SynthesisError;
use escapement_core::policy::{Arch, Model, OUTPUTS, PolicyError};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{self, CryptoRng, OsRng, RngCore, SeedableRng},
};

use crate::{
    circuit::{self, Synthesis, Witness},
    encoding::{EncodingError, fr_bytes, fr_from_bytes},
    key::ProvingKey,
    proof::Proof,
    statement::{Statement, StatementError, Word, commitment, pack_observations, pack_outputs},
};

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The model is of another architecture than the key.
    #[error("the model has the widths {model:?}, the key is for {key:?}")]
    Arch {
        /// Widths of the model.
        model: [u8; 4],
        /// Widths of the key's circuit.
        key: [u8; 4],
    },
    /// The observations are no input of the model.
    #[error("the observations are no input of the model: {0:?}")]
    Policy(PolicyError),
    /// The numbers are no statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The context is not below the prime of the field.
    #[error("context: {0}")]
    Context(EncodingError),
    /// The operating system has no random numbers to give.
    #[error("no randomness: {0}")]
    Entropy(rand_core::Error),
    /// The prover of arkworks refused.
    #[error("cannot prove: {0}")]
    Prover(#[from] SynthesisError),
    /// The circuit computed another statement than the law: a fault of this program.
    #[error("the circuit and the law disagree about the statement")]
    Disagreement,
    /// The proof just made does not verify: the proving key does not belong to the circuit, or is damaged.
    #[error("the proof does not verify: the proving key is damaged or of another circuit")]
    Unsound,
}

impl From<PolicyError> for ProveError {
    fn from(error: PolicyError) -> Self {
        Self::Policy(error)
    }
}

/// A proof and what it shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Proven {
    /// The outputs, Q16.
    pub outputs: [i32; OUTPUTS],
    /// The public inputs.
    pub statement: Statement,
    /// The proof.
    pub proof: Proof,
}

/// Makes proofs with one key.
#[derive(Clone, Debug)]
pub struct Prover {
    key: ProvingKey,
}

impl Prover {
    /// Takes a key.
    #[must_use]
    pub fn new(key: ProvingKey) -> Self {
        Self { key }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &ProvingKey {
        &self.key
    }

    /// Proves what a model gives for observations, bound to a context.
    ///
    /// The randomness that hides the model comes from the operating system.
    ///
    /// # Errors
    /// A [`ProveError`]. A proof that is returned was verified.
    pub fn prove(&self, model: &Model<'_>, observations: &[i32], context: &Word) -> Result<Proven, ProveError> {
        let mut rng = ChaCha20Rng::from_rng(OsRng).map_err(ProveError::Entropy)?;
        self.prove_with(model, observations, context, &mut rng)
    }

    /// As [`Prover::prove`], with a given source of randomness. Who can guess it learns about the model.
    ///
    /// # Errors
    /// As [`Prover::prove`].
    pub fn prove_with(
        &self,
        model: &Model<'_>,
        observations: &[i32],
        context: &Word,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Proven, ProveError> {
        let (outputs, statement) = state(self.key.arch, model, observations, context)?;
        let context = fr_from_bytes(context).map_err(ProveError::Context)?;
        let Synthesis { r1cs, assignment, .. } =
            circuit::synthesize(&Witness { model: *model, observations, context }, true);
        let public = &assignment[1..r1cs.instance()];
        if !public.iter().copied().map(fr_bytes).eq(statement.words()) {
            return Err(ProveError::Disagreement);
        }
        let (r, s) = (Fr::rand(rng), Fr::rand(rng));
        let proof = Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
            &self.key.inner,
            r,
            s,
            &r1cs.matrices,
            r1cs.instance(),
            r1cs.constraints(),
            &assignment,
        )?;
        let proof = Proof::new(proof);
        match self.key.verifying.verify(&statement, &proof) {
            Ok(true) => Ok(Proven { outputs, statement, proof }),
            _ => Err(ProveError::Unsound),
        }
    }
}

/// Returns the outputs and the public inputs by the law alone, without the circuit.
///
/// # Errors
/// A [`ProveError`] for a model of another architecture or observations that are not its input.
pub fn state(
    arch: Arch,
    model: &Model<'_>,
    observations: &[i32],
    context: &Word,
) -> Result<([i32; OUTPUTS], Statement), ProveError> {
    if model.arch() != arch {
        return Err(ProveError::Arch { model: model.arch().widths(), key: arch.widths() });
    }
    let outputs = model.infer(observations)?;
    let statement = Statement {
        context: *context,
        commitment: commitment(model)?,
        observations: pack_observations(observations)?,
        outputs: pack_outputs(&outputs)?,
    };
    Ok((outputs, statement))
}
