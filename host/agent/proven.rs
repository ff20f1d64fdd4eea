//! A proven policy on the side of who runs it: the registered file, and the network behind it, which may be secret.

use std::fmt;

use alloy::primitives::{B256, keccak256};
use escapement_core::{
    policy::{
        MAX_WIDTH, Model, PolicyError,
        proven::{Context, Proven, ProvenError},
    },
    report::Report,
    update::{EncodeError, OwnedUpdate, Update},
};

use crate::{policy::PolicyFiles, sign::Domain};

/// Why files are no proven policy.
#[derive(Debug, thiserror::Error)]
pub enum ProvenFileError {
    /// `proven.bin` is none, or one that no verifier registers.
    #[error("proven.bin: {0:?}")]
    File(ProvenError),
    /// `model.bin` is none, or does not go with the schema.
    #[error("model.bin: {0:?}")]
    Model(PolicyError),
    /// The network is of another architecture than the policy.
    #[error("model.bin has the widths {model:?}, proven.bin has {proven:?}")]
    Arch {
        /// Widths of the network.
        model: [u8; 4],
        /// Widths that the policy names.
        proven: [u8; 4],
    },
}

/// `proven.bin` and the network that it commits to, each checked. That the one is the commitment to the other takes the
/// prover's hash and is checked where a proof is made.
#[derive(Clone, PartialEq, Eq)]
pub struct ProvenFiles {
    file: Vec<u8>,
    network: PolicyFiles,
}

/// Without the network.
impl fmt::Debug for ProvenFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvenFiles").field("model_id", &self.model_id()).finish_non_exhaustive()
    }
}

impl ProvenFiles {
    /// Takes the bytes of `proven.bin` and of `model.bin`.
    ///
    /// # Errors
    /// A [`ProvenFileError`].
    pub fn new(file: Vec<u8>, model: Vec<u8>) -> Result<Self, ProvenFileError> {
        let proven = Proven::parse(&file).map_err(|e| ProvenFileError::File(e.into()))?;
        proven.check().map_err(ProvenFileError::File)?;
        let widths = Model::parse(&model).map_err(ProvenFileError::Model)?.arch().widths();
        if widths != proven.arch.widths() {
            return Err(ProvenFileError::Arch { model: widths, proven: proven.arch.widths() });
        }
        let network = PolicyFiles::new(model, proven.schema_bytes.to_vec()).map_err(ProvenFileError::Model)?;
        Ok(Self { file, network })
    }

    /// Identifier of the policy: keccak256 of `proven.bin`.
    #[must_use]
    pub fn model_id(&self) -> B256 {
        keccak256(&self.file)
    }

    /// Identifier of the normalisation.
    #[must_use]
    pub fn kpi_schema(&self) -> B256 {
        self.network.kpi_schema()
    }

    /// The bytes of `proven.bin`.
    #[must_use]
    pub fn file(&self) -> &[u8] {
        &self.file
    }

    /// What the file says.
    ///
    /// # Panics
    /// Never: the file was read before.
    #[must_use]
    pub fn proven(&self) -> Proven<'_> {
        Proven::parse(&self.file).expect("the file was read before")
    }

    /// The network with its schema, as a policy that is run.
    #[must_use]
    pub fn network(&self) -> &PolicyFiles {
        &self.network
    }

    /// What the network sees of KPI values (Q16.16).
    ///
    /// # Errors
    /// [`PolicyError::Inputs`] if there are fewer values than the network has inputs.
    pub fn observations(&self, kpis: &[i32]) -> Result<Vec<i32>, PolicyError> {
        let mut observations = [0; MAX_WIDTH];
        Ok(self.proven().schema.normalise(kpis.iter().copied(), &mut observations)?.to_vec())
    }
}

/// Who and what a proof for `update` is for: the digests of the report that it rests on and of itself, and where.
///
/// # Errors
/// [`EncodeError`] if the update has no wire form.
pub fn context(update: &OwnedUpdate, domain: Domain, verifier: [u8; 20]) -> Result<Context, EncodeError> {
    let wire = update.encode()?;
    let view = Update::decode(&wire).unwrap_or_else(|_| unreachable!("what encodes also decodes"));
    let controller = domain.controller.into_array();
    let [report, digest] = Report::digests(&view, domain.chain_id, &controller, |bytes| keccak256(bytes).0);
    let (chain_id, model_id) = (domain.chain_id, update.model_id);
    Ok(Context { chain_id, verifier, controller, model_id, report, update: digest })
}
