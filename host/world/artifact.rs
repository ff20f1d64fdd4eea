//! Reading what the build scripts leave: compiled contracts and Solidity artifacts.

use std::{fs, path::PathBuf};

use alloy_primitives::{Bytes, hex};
use serde_json::Value;

/// Folder of the compiled contracts (`scripts/build.sh` fills it).
#[must_use]
pub fn contracts_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/contracts")
}

/// Deployed code of the program `name`: `EFF00000` and the compressed wasm.
///
/// # Panics
/// When the contract has not been built; the message names the command that does it.
#[must_use]
pub fn program_code(name: &str) -> Bytes {
    let path = contracts_dir().join(format!("{name}.code"));
    let text = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run scripts/build.sh first", path.display()));
    Bytes::from(hex::decode(text.trim()).expect("the build wrote hex"))
}

/// A contract compiled from Solidity, with its committed creation code.
#[derive(Clone, Debug)]
pub struct Solidity {
    bytecode: Vec<u8>,
}

impl Solidity {
    /// Loads the artifact `name`.
    ///
    /// # Panics
    /// When there is no such artifact.
    #[must_use]
    pub fn load(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../e2e/solidity/artifacts/{name}.json"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let json: Value = serde_json::from_str(&text).expect("an artifact is JSON");
        let bytecode = json["bytecode"].as_str().expect("an artifact has bytecode");
        Self { bytecode: hex::decode(bytecode).expect("bytecode is hex") }
    }

    /// Creation code with ABI-encoded constructor arguments.
    #[must_use]
    pub fn creation(&self, arguments: &[u8]) -> Bytes {
        [self.bytecode.as_slice(), arguments].concat().into()
    }
}
