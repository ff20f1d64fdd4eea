//! The policy on the operator's side: its files, its data contract, and inference with the law's own network.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, B256, keccak256};
use escapement_core::{
    policy::{Policy, PolicyError},
    update::Kpis,
};
use serde::Serialize;

use crate::{
    bindings::verifier::IVerifier,
    client::{Client, ClientError},
};

/// Kind of a model whose updates are signed and re-executed.
pub const KIND_SIGNED: u8 = 0;
/// Kind of a model whose updates carry a proof.
pub const KIND_PROVEN: u8 = 1;

/// Why a policy folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFileError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Path of the file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The files are no policy.
    #[error("the files of {folder} are no policy: {reason}")]
    Malformed {
        /// The folder.
        folder: PathBuf,
        /// The law's verdict.
        reason: String,
    },
}

/// `model.bin` and `schema.bin`, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct PolicyFiles {
    model: Vec<u8>,
    schema: Vec<u8>,
}

/// Without the network: it may be secret.
impl fmt::Debug for PolicyFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyFiles").field("kpi_schema", &self.kpi_schema()).finish_non_exhaustive()
    }
}

/// Reads a file of a policy.
///
/// # Errors
/// [`PolicyFileError::Unreadable`].
pub fn read(path: &Path) -> Result<Vec<u8>, PolicyFileError> {
    fs::read(path).map_err(|source| PolicyFileError::Unreadable { path: path.to_owned(), source })
}

/// What `policy.json` of a deployment says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    model_id: B256,
    kpi_schema: B256,
    data: Address,
    kind: u8,
}

impl PolicyFiles {
    /// Reads a policy folder.
    ///
    /// # Errors
    /// A [`PolicyFileError`]; the bytes are checked as the verifier will check them.
    pub fn load(folder: &Path) -> Result<Self, PolicyFileError> {
        let malformed = |e| PolicyFileError::Malformed { folder: folder.to_owned(), reason: format!("{e:?}") };
        Self::new(read(&folder.join("model.bin"))?, read(&folder.join("schema.bin"))?).map_err(malformed)
    }

    /// Takes the bytes of both files.
    ///
    /// # Errors
    /// A [`PolicyError`] for what the verifier would refuse too.
    pub fn new(model: Vec<u8>, schema: Vec<u8>) -> Result<Self, PolicyError> {
        let files = Self { model, schema };
        Policy::from_code(&files.code())?;
        Ok(files)
    }

    /// The bytes of `model.bin`.
    #[must_use]
    pub fn model(&self) -> &[u8] {
        &self.model
    }

    /// The bytes of `schema.bin`.
    #[must_use]
    pub fn schema(&self) -> &[u8] {
        &self.schema
    }

    /// Identifier of the model: keccak256 of `model.bin`.
    #[must_use]
    pub fn model_id(&self) -> B256 {
        keccak256(&self.model)
    }

    /// Identifier of the normalisation: keccak256 of `schema.bin`.
    #[must_use]
    pub fn kpi_schema(&self) -> B256 {
        keccak256(&self.schema)
    }

    /// Code of the data contract: a stop byte, the model, the schema.
    #[must_use]
    pub fn code(&self) -> Vec<u8> {
        [&[0], self.model.as_slice(), self.schema.as_slice()].concat()
    }

    /// Runs the policy on KPI values (Q16.16).
    ///
    /// # Errors
    /// A [`PolicyError`] if there are fewer values than the network has inputs.
    pub fn infer(&self, kpis: &[i32]) -> Result<[i32; 8], PolicyError> {
        let code = self.code();
        let bytes: Vec<u8> = kpis.iter().flat_map(|k| k.to_be_bytes()).collect();
        // The bytes are whole numbers by construction and the code was checked when it was loaded.
        let kpis = Kpis::parse(&bytes).unwrap_or_else(|_| unreachable!("four bytes for each value"));
        Policy::from_code(&code)?.outputs(&kpis)
    }

    /// Number of KPI values the network takes; what follows them are pool scores.
    #[must_use]
    pub fn inputs(&self) -> usize {
        Policy::from_code(&self.code()).map_or(0, |p| p.schema.len())
    }

    /// Whether the verifier knows this policy at this data contract.
    ///
    /// # Errors
    /// A [`ClientError`] other than a refusal.
    pub async fn is_registered(&self, client: &Client, verifier: Address, data: Address) -> Result<bool, ClientError> {
        match client.read(verifier, &IVerifier::modelCall { model_id: self.model_id() }).await {
            Ok(model) => Ok(model._0 == data && model._1 == self.kpi_schema()),
            Err(ClientError::Refused { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// What to write into `policy.json`.
    #[must_use]
    pub fn summary(&self, data: Address) -> Summary {
        Summary { model_id: self.model_id(), kpi_schema: self.kpi_schema(), data, kind: KIND_SIGNED }
    }
}
