//! The policy on the operator's side: its files, its data contract, and inference with the law's own network.

use std::{
    fs, io,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFiles {
    model: Vec<u8>,
    schema: Vec<u8>,
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
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).map_err(|source| PolicyFileError::Unreadable { path, source })
        };
        let files = Self { model: read("model.bin")?, schema: read("schema.bin")? };
        match Policy::from_code(&files.code()) {
            Ok(_) => Ok(files),
            Err(e) => Err(PolicyFileError::Malformed { folder: folder.to_owned(), reason: format!("{e:?}") }),
        }
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
