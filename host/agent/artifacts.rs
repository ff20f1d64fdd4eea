//! What the build leaves behind: deployable program code and Solidity creation code.

use std::{
    fs,
    path::{Path, PathBuf},
};

use alloy::{
    hex,
    primitives::{B256, Bytes, keccak256},
};

/// Why an artifact cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}; build the contracts first (scripts/build.sh)")]
    Unreadable {
        /// Path of the file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path}: {reason}")]
    Malformed {
        /// Path of the file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Prefix of a Stylus program in one piece.
const PROGRAM_PREFIX: [u8; 4] = [0xef, 0xf0, 0x00, 0x00];
/// Longest code of an account.
const CODE_LIMIT: usize = 24_576;
/// Creation code that returns what follows it: `PUSH32 length DUP1 PUSH1 43 PUSH1 0 CODECOPY PUSH1 0 RETURN STOP`, as
/// cargo-stylus writes it.
const PRELUDE_LENGTH: u8 = 0x2b;

/// A Stylus program, ready to deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Name of the contract.
    pub name: String,
    /// Account code: prefix and compressed module.
    pub code: Bytes,
}

impl Program {
    /// Reads `<folder>/<name>.code`, the hex text that the build writes.
    ///
    /// # Errors
    /// An [`ArtifactError`]; a code without the program prefix or above 24,576 bytes is malformed.
    pub fn load(folder: &Path, name: &str) -> Result<Self, ArtifactError> {
        let path = folder.join(format!("{name}.code"));
        let text = read(&path)?;
        let wrong = |reason: String| ArtifactError::Malformed { path: path.clone(), reason };
        let code = hex::decode(text.trim()).map_err(|e| wrong(e.to_string()))?;
        if !code.starts_with(&PROGRAM_PREFIX) {
            return Err(wrong("not a Stylus program in one piece (it must start with eff00000)".into()));
        }
        if code.len() > CODE_LIMIT {
            return Err(wrong(format!("{} bytes, an account holds at most {CODE_LIMIT}", code.len())));
        }
        Ok(Self { name: name.to_owned(), code: code.into() })
    }

    /// Hash of the account code, under which the platform records the activation.
    #[must_use]
    pub fn code_hash(&self) -> B256 {
        keccak256(&self.code)
    }

    /// Creation code of the program.
    #[must_use]
    pub fn init_code(&self) -> Bytes {
        init_code(&self.code)
    }
}

/// Creation code that installs `code` as it is.
#[must_use]
pub fn init_code(code: &[u8]) -> Bytes {
    let mut length = [0; 32];
    length[24..].copy_from_slice(&(code.len() as u64).to_be_bytes());
    let mut out = Vec::with_capacity(43 + code.len());
    out.push(0x7f);
    out.extend(length);
    out.extend([0x80, 0x60, PRELUDE_LENGTH, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3, 0x00]);
    out.extend(code);
    out.into()
}

/// Creation code of a Solidity contract from its artifact text, with ABI-encoded constructor arguments.
///
/// # Errors
/// [`ArtifactError::Malformed`] if the artifact has no `bytecode`.
pub fn solidity_init_code(artifact: &str, name: &str, arguments: &[u8]) -> Result<Bytes, ArtifactError> {
    let mut code = solidity_field(artifact, name, "bytecode")?;
    code.extend_from_slice(arguments);
    Ok(code.into())
}

/// Code of a Solidity contract without immutable values, as it stands on chain.
///
/// # Errors
/// [`ArtifactError::Malformed`] if the artifact has no `deployedBytecode`.
pub fn solidity_code(artifact: &str, name: &str) -> Result<Bytes, ArtifactError> {
    solidity_field(artifact, name, "deployedBytecode").map(Bytes::from)
}

fn solidity_field(artifact: &str, name: &str, field: &str) -> Result<Vec<u8>, ArtifactError> {
    let wrong = |reason: String| ArtifactError::Malformed { path: PathBuf::from(format!("{name}.json")), reason };
    let value: serde_json::Value = serde_json::from_str(artifact).map_err(|e| wrong(e.to_string()))?;
    let text = value.get(field).and_then(|b| b.as_str()).ok_or_else(|| wrong(format!("no `{field}`")))?;
    hex::decode(text).map_err(|e| wrong(e.to_string()))
}

/// The proxy in front of every upgradeable contract, compiled from `OpenZeppelin`'s sources.
pub const PROXY: &str = include_str!("../e2e/solidity/artifacts/TransparentUpgradeableProxy.json");

/// The Governor whose quorum and threshold are the controller's parameters.
pub const GOVERNOR: &str = include_str!("../e2e/solidity/artifacts/ParameterGovernor.json");

/// The timelock that is the governance of every contract, compiled from `OpenZeppelin`'s sources.
pub const TIMELOCK: &str = include_str!("../e2e/solidity/artifacts/TimelockController.json");

pub(crate) fn read(path: &Path) -> Result<String, ArtifactError> {
    fs::read_to_string(path).map_err(|source| ArtifactError::Unreadable { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn init_code_is_the_prelude_of_the_tools() {
        let code = init_code(&[0xaa; 5]);
        let prelude = "7f000000000000000000000000000000000000000000000000000000000000000580602b6000396000f300";
        assert_eq!(hex::encode(&code), format!("{prelude}aaaaaaaaaa"));
    }

    #[test]
    fn load_reverts_when_the_file_is_no_program() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| fs::write(folder.path().join("x.code"), text).unwrap();
        assert!(matches!(Program::load(folder.path(), "x"), Err(ArtifactError::Unreadable { .. })));
        for bad in ["0xzz", "0x6000", &format!("0xeff00000{}", "00".repeat(CODE_LIMIT))] {
            write(bad);
            assert!(matches!(Program::load(folder.path(), "x"), Err(ArtifactError::Malformed { .. })));
        }
        write("0xeff0000001\n");
        assert_eq!(Program::load(folder.path(), "x").unwrap().code[..], [0xef, 0xf0, 0, 0, 1]);
    }

    #[test]
    fn the_artifacts_have_creation_code() {
        for (artifact, name) in
            [(PROXY, "TransparentUpgradeableProxy"), (GOVERNOR, "ParameterGovernor"), (TIMELOCK, "TimelockController")]
        {
            let code = solidity_init_code(artifact, name, &[7]).unwrap();
            assert!(code.len() > 1_000 && code.ends_with(&[7]));
        }
    }
}
