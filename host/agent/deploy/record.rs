//! What was deployed, written down after every step (`deployments/<network>/addresses.json`).

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use super::{DeployError, PROGRAMS, PROXIED, implementation};
use crate::files;

/// One step that was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The contract created, if the step creates one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Transaction hash.
    pub transaction: B256,
    /// Block number.
    pub block: u64,
    /// Gas used.
    pub gas_used: u64,
    /// Wei kept by the network beyond gas: the data fee of an activation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_fee: Option<String>,
    /// Hash of the code, for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_hash: Option<B256>,
}

/// The record of a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Network name.
    pub network: String,
    /// Chain id.
    pub chain_id: u64,
    /// Hash of the genesis block: a development chain that was restarted is another chain.
    #[serde(default)]
    pub genesis: Option<B256>,
    /// Who deployed.
    pub deployer: Address,
    /// Contracts by name.
    pub contracts: BTreeMap<String, Address>,
    /// Steps by name.
    pub steps: BTreeMap<String, Step>,
    #[serde(skip)]
    folder: Option<PathBuf>,
}

impl Record {
    /// Opens the record of a network: the one in `folder` if there is one, else an empty one. Without a folder nothing is
    /// written.
    ///
    /// # Errors
    /// An [`io::Error`] if a file is there but is no record.
    pub fn open(folder: Option<&Path>) -> io::Result<Self> {
        let Some(folder) = folder else {
            return Ok(Self::default());
        };
        let path = folder.join(FILE);
        let mut record: Self = if path.exists() {
            serde_json::from_str(&fs::read_to_string(&path)?)
                .map_err(|e| io::Error::other(format!("{}: {e}", path.display())))?
        } else {
            Self::default()
        };
        record.folder = Some(folder.to_owned());
        Ok(record)
    }

    /// Address of a contract.
    ///
    /// # Errors
    /// [`DeployError::Missing`] if there is none of this name.
    pub fn address(&self, contract: &str) -> Result<Address, DeployError> {
        let missing = || DeployError::Missing { step: contract.to_owned(), what: "address" };
        self.contracts.get(contract).copied().ok_or_else(missing)
    }

    /// Addresses of the programs, behind proxies or not: what expires unless somebody keeps it alive.
    ///
    /// # Errors
    /// [`DeployError::Missing`] if one was not deployed.
    pub fn programs(&self) -> Result<Vec<Address>, DeployError> {
        let name =
            |program: &str| if PROXIED.contains(&program) { implementation(program) } else { program.to_owned() };
        PROGRAMS.iter().map(|program| self.address(&name(program))).collect()
    }

    /// Adds a step and saves.
    ///
    /// # Errors
    /// An [`io::Error`].
    pub fn add(&mut self, name: &str, contract: Option<&str>, step: Step) -> io::Result<()> {
        if let (Some(contract), Some(address)) = (contract, step.address) {
            self.contracts.insert(contract.to_owned(), address);
        }
        self.steps.insert(name.to_owned(), step);
        self.save()
    }

    /// Saves the record, if it has a folder.
    ///
    /// # Errors
    /// An [`io::Error`].
    pub fn save(&self) -> io::Result<()> {
        self.write(FILE, self)
    }

    /// Removes another file beside the record, if it is there.
    ///
    /// # Errors
    /// An [`io::Error`].
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match self.folder.as_ref().map(|folder| fs::remove_file(folder.join(name))) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Writes another file beside the record, whole or not at all.
    ///
    /// # Errors
    /// An [`io::Error`].
    pub fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        fs::create_dir_all(folder)?;
        files::replace(&folder.join(name), &(serde_json::to_string_pretty(value)? + "\n"))
    }
}

/// Name of the file.
const FILE: &str = "addresses.json";
