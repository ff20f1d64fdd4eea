//! Revert data by name: every typed error of the golden ABI files, decoded with its numbers.

use std::{collections::HashMap, fmt};

use alloy::{
    dyn_abi::{DynSolValue, JsonAbiExt, Specifier},
    hex,
    json_abi::{Error as AbiError, JsonAbi},
};
use escapement_core::engine::Violation;

/// A decoded revert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Name of the error, such as `ControllerStepExceeded`; `Error` for a Solidity string, `empty` for no data.
    pub name: String,
    /// Its arguments, name and value, in order.
    pub args: Vec<(String, String)>,
    /// The revert data itself.
    pub data: Vec<u8>,
}

impl Refusal {
    /// Value of the argument `name`, if the error has one.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.args.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.data.is_empty() {
            return f.write_str("a revert without data");
        }
        let args: Vec<String> =
            self.args.iter().map(|(n, v)| if n.is_empty() { v.clone() } else { format!("{n} {v}") }).collect();
        write!(f, "{}({})", self.name, args.join(", "))
    }
}

impl std::error::Error for Refusal {}

/// The typed errors that can be decoded, by selector.
#[derive(Clone, Debug, Default)]
pub struct ErrorBook {
    errors: HashMap<[u8; 4], AbiError>,
}

/// Golden ABI files of the contracts, in Solidity.
const GOLDEN: [&str; 9] = [
    include_str!("../../src/controller/abi.sol"),
    include_str!("../../src/verifier/abi.sol"),
    include_str!("../../src/token/abi.sol"),
    include_str!("../../src/minter/abi.sol"),
    include_str!("../../src/vault/abi.sol"),
    include_str!("../../src/gauges/abi.sol"),
    include_str!("../../src/treasury/abi.sol"),
    include_str!("../../src/lens/abi.sol"),
    include_str!("abi/arbos.sol"),
];

/// Declarations of the same errors with the names of their numbers, which the Stylus export leaves out.
const NAMES: [&str; 4] = [
    include_str!("../../src/verifier/error.rs"),
    include_str!("../../src/token/error.rs"),
    include_str!("../../src/minter/error.rs"),
    include_str!("../../src/kit/proxied.rs"),
];

/// ABI artifacts of the Solidity contracts.
const ARTIFACTS: [&str; 5] = [
    include_str!("../e2e/solidity/artifacts/TransparentUpgradeableProxy.json"),
    include_str!("../e2e/solidity/artifacts/ProxyAdmin.json"),
    include_str!("../e2e/solidity/artifacts/ConstantProductPool.json"),
    include_str!("../e2e/solidity/artifacts/ParameterGovernor.json"),
    include_str!("../e2e/solidity/artifacts/TimelockController.json"),
];

impl ErrorBook {
    /// The errors of all contracts of this repository.
    #[must_use]
    pub fn standard() -> Self {
        let mut book = Self::default();
        for text in GOLDEN {
            book.add_solidity(text);
        }
        for text in ARTIFACTS {
            // An artifact is an object with the ABI under `abi`; a malformed one is caught by the test below.
            let abi = serde_json::from_str::<serde_json::Value>(text).ok().and_then(|v| v.get("abi").cloned());
            let abi = abi.and_then(|v| serde_json::from_value::<JsonAbi>(v).ok()).unwrap_or_default();
            for error in abi.errors() {
                book.add(error.clone());
            }
        }
        for text in NAMES {
            for error in solidity_errors(text) {
                // The golden files decide what exists; a declaration only names the numbers.
                if let Some(known) = book.errors.get_mut(&error.selector().0) {
                    *known = error;
                }
            }
        }
        for builtin in ["error Error(string reason)", "error Panic(uint256 code)"] {
            book.add_solidity(&format!("{builtin};"));
        }
        book
    }

    fn add(&mut self, error: AbiError) {
        self.errors.insert(error.selector().0, error);
    }

    /// Adds every `error …;` line of a Solidity file.
    fn add_solidity(&mut self, text: &str) {
        for error in solidity_errors(text) {
            self.add(error);
        }
    }

    /// Number of known errors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.errors.len()
    }

    /// Whether no error is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Decodes revert data; data of no known error keeps its selector as name.
    #[must_use]
    pub fn decode(&self, data: &[u8]) -> Refusal {
        let unknown = |name: String| Refusal { name, args: Vec::new(), data: data.to_vec() };
        let Some((selector, body)) = data.split_first_chunk::<4>() else {
            return unknown(if data.is_empty() { "empty".into() } else { hex::encode_prefixed(data) });
        };
        let Some(error) = self.errors.get(selector) else {
            return unknown(hex::encode_prefixed(selector));
        };
        let types: Result<Vec<_>, _> = error.inputs.iter().map(Specifier::resolve).collect();
        let values = types.is_ok().then(|| error.abi_decode_input(body).ok()).flatten();
        match values {
            Some(values) => Refusal {
                name: error.name.clone(),
                args: error.inputs.iter().zip(&values).map(|(i, v)| (i.name.clone(), show(v))).collect(),
                data: data.to_vec(),
            },
            None => unknown(format!("{} (malformed)", error.name)),
        }
    }
}

/// The `error …;` lines of a text.
fn solidity_errors(text: &str) -> impl Iterator<Item = AbiError> {
    let lines = text.lines().map(str::trim).filter(|l| l.starts_with("error "));
    lines.filter_map(|line| AbiError::parse(line.trim_end_matches(';')).ok())
}

/// A violation of the law as the error that the controller would revert with.
#[must_use]
pub fn named(violation: &Violation) -> Refusal {
    let (bytes, length) = violation.encode();
    ErrorBook::standard().decode(bytes.get(..length).unwrap_or_default())
}

fn show(value: &DynSolValue) -> String {
    match value {
        DynSolValue::Uint(n, _) => n.to_string(),
        DynSolValue::Int(n, _) => n.to_string(),
        DynSolValue::Address(a) => a.to_string(),
        DynSolValue::Bool(b) => b.to_string(),
        DynSolValue::String(s) => s.clone(),
        // Whole programs come back in some errors: their beginning is enough to recognise them.
        DynSolValue::Bytes(b) if b.len() > 68 => {
            format!("{}… ({} bytes)", hex::encode_prefixed(b.get(..36).unwrap_or_default()), b.len())
        }
        DynSolValue::Bytes(b) => hex::encode_prefixed(b),
        DynSolValue::FixedBytes(word, size) => hex::encode_prefixed(word.get(..*size).unwrap_or_default()),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_names_every_violation_of_the_engine_with_its_numbers() {
        let book = ErrorBook::standard();
        let violation = Violation::step_exceeded(3, 10, 99, 20);
        let (bytes, len) = violation.encode();
        let refusal = book.decode(&bytes[..len]);
        assert_eq!(refusal.name, "ControllerStepExceeded");
        assert_eq!(refusal.arg("max"), Some("20"));
        assert_eq!(named(&violation), refusal);
        assert_eq!(refusal.args.iter().map(|a| a.1.as_str()).collect::<Vec<_>>(), ["3", "10", "99", "20"]);
        for (_, selector, name, types) in Violation::SIGNATURES {
            let known = book.errors.get(&selector.to_be_bytes()).unwrap_or_else(|| panic!("{name} is not in abi.sol"));
            assert!(known.name.ends_with(name), "{name}: {}", known.name);
            assert_eq!(known.inputs.len(), types.len(), "{name}");
        }
    }

    #[test]
    fn decode_names_the_numbers_of_every_contract() {
        let book = ErrorBook::standard();
        let nameless: Vec<&str> = book
            .errors
            .values()
            .filter(|e| e.inputs.iter().any(|i| i.name.is_empty()))
            .map(|e| e.name.as_str())
            // OpenZeppelin declares these; the token's export is the only source here, and it has no names.
            .filter(|name| !name.starts_with("ERC20") && !name.starts_with("ERC2612") && !name.starts_with("ECDSA"))
            .collect();
        assert!(nameless.is_empty(), "{nameless:?}");
    }

    #[test]
    fn decode_keeps_what_it_does_not_know() {
        let book = ErrorBook::standard();
        assert_eq!(book.decode(&[]).name, "empty");
        assert_eq!(book.decode(&[]).to_string(), "a revert without data");
        assert_eq!(book.decode(&[1, 2]).name, "0x0102");
        assert_eq!(book.decode(&[0xde, 0xad, 0xbe, 0xef, 1]).name, "0xdeadbeef");
        let mut text = hex::decode("08c379a0").unwrap();
        text.extend(alloy::sol_types::SolValue::abi_encode_params(&("no".to_owned(),)));
        assert_eq!(book.decode(&text).arg("reason"), Some("no"));
        assert!(book.len() > 60, "{} errors", book.len());
    }
}
