//! From a model and observations to a proof.

use alloy_primitives::B256;
use ark_bn254::{Bn254, Fr};
use ark_ff::UniformRand;
use ark_groth16::Groth16;
use ark_relations::gr1cs::SynthesisError;
use escapement_core::policy::{
    Arch, Model, OUTPUTS, PolicyError,
    proven::{PUBLIC_INPUTS, public_inputs},
};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{self, CryptoRng, OsRng, RngCore, SeedableRng},
};

use crate::{
    Word,
    circuit::{self, Witness},
    commitment,
    encoding::{EncodingError, fr_bytes, fr_from_bytes},
    key::ProvingKey,
    proof::Proof,
    r1cs::R1cs,
};

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The key is for other constraints than those of this program.
    #[error("the key is for the constraints {key}, this program has {program}")]
    Constraints {
        /// Hash of the key's constraints.
        key: B256,
        /// Hash of this program's constraints for the key's architecture.
        program: B256,
    },
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
    pub inputs: [Word; PUBLIC_INPUTS],
    /// The proof.
    pub proof: Proof,
}

impl Proven {
    /// Returns the attestation: outputs, proof, signatures (none unless the step needs them).
    #[must_use]
    pub fn attestation(&self, signatures: &[u8]) -> Vec<u8> {
        let outputs = self.outputs.map(i32::to_be_bytes);
        [outputs.as_flattened(), &self.proof.to_bytes(), signatures].concat()
    }
}

/// Makes proofs with one key.
#[derive(Clone, Debug)]
pub struct Prover {
    key: ProvingKey,
    r1cs: R1cs,
}

impl Prover {
    /// Takes a key and puts the constraints of its architecture together, which serve every proof.
    ///
    /// # Errors
    /// [`ProveError::Constraints`] if the key was made for others.
    pub fn new(key: ProvingKey) -> Result<Self, ProveError> {
        let r1cs = circuit::constraints(key.arch);
        let program = r1cs.hash();
        if key.r1cs_hash == program {
            Ok(Self { key, r1cs })
        } else {
            Err(ProveError::Constraints { key: key.r1cs_hash, program })
        }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &ProvingKey {
        &self.key
    }

    /// The constraints.
    #[must_use]
    pub fn r1cs(&self) -> &R1cs {
        &self.r1cs
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
        let (outputs, inputs) = state(self.key.arch, model, observations, context)?;
        let context = fr_from_bytes(context).map_err(ProveError::Context)?;
        let made = circuit::synthesize(&Witness { model: *model, observations, context }, false);
        let public = &made.assignment[1..self.r1cs.instance()];
        if !public.iter().copied().map(fr_bytes).eq(inputs) {
            return Err(ProveError::Disagreement);
        }
        let proof = self.prove_assignment(&made.assignment, rng)?;
        match self.key.verifying.verify(&inputs, &proof) {
            Ok(true) => Ok(Proven { outputs, inputs, proof }),
            _ => Err(ProveError::Unsound),
        }
    }

    /// Makes a proof from values of all variables, whether or not they satisfy the constraints.
    fn prove_assignment(
        &self,
        assignment: &[Fr],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Proof, SynthesisError> {
        let (r, s) = (Fr::rand(rng), Fr::rand(rng));
        let proof = Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
            &self.key.inner,
            r,
            s,
            &self.r1cs.matrices,
            self.r1cs.instance(),
            self.r1cs.constraints(),
            assignment,
        )?;
        Ok(Proof::new(proof))
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
) -> Result<([i32; OUTPUTS], [Word; PUBLIC_INPUTS]), ProveError> {
    if model.arch() != arch {
        return Err(ProveError::Arch { model: model.arch().widths(), key: arch.widths() });
    }
    let outputs = model.infer(observations)?;
    Ok((outputs, public_inputs(*context, commitment(model), observations, &outputs)?))
}
