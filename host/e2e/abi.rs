//! The golden ABI files read as text, so that a test can walk through every function there is.

use std::{fs, path::PathBuf};

use alloy::json_abi::{Error, Function, StateMutability};

/// What a contract publishes.
#[derive(Clone, Debug)]
pub struct Interface {
    /// Its folder's name.
    pub contract: String,
    /// Its functions, in order.
    pub functions: Vec<Function>,
    /// Its errors, in order.
    pub errors: Vec<Error>,
}

impl Interface {
    /// The interface of every contract that anything can be written through: each folder of `src` whose `abi.sol` has a
    /// mutating function, in the order of their names.
    ///
    /// # Panics
    /// When a file cannot be read, or a function or an error in it is not understood.
    #[must_use]
    pub fn all() -> Vec<Self> {
        Self::every().into_iter().filter(|interface| interface.mutating().next().is_some()).collect()
    }

    /// As [`Interface::all`], with those that have views only: of the lens, whose structs are no types to this reader.
    ///
    /// # Panics
    /// As [`Interface::all`].
    #[must_use]
    pub fn every() -> Vec<Self> {
        let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../src");
        let folders = fs::read_dir(&source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
        let mut paths: Vec<_> = folders.map(|folder| folder.expect("a readable folder").path()).collect();
        paths.sort();
        paths
            .into_iter()
            .filter(|folder| folder.join("abi.sol").exists())
            .map(|folder| {
                let text = fs::read_to_string(folder.join("abi.sol")).expect("a readable file");
                let name = folder.file_name().and_then(|name| name.to_str()).expect("folders have plain names");
                Self::parse(name, &text)
            })
            .collect()
    }

    fn parse(contract: &str, text: &str) -> Self {
        let code: Vec<&str> = text
            .lines()
            .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
            .filter(|line| !line.trim_start().starts_with(['*', '/']))
            .collect();
        let mut interface = Self { contract: contract.to_owned(), functions: Vec::new(), errors: Vec::new() };
        for statement in code.join(" ").split(';') {
            // What follows the brace that opened the interface or closed a struct.
            let statement = statement.rsplit(['{', '}']).next().unwrap_or_default().trim();
            if statement.starts_with("function ") {
                interface.functions.push(
                    Function::parse(statement).unwrap_or_else(|error| panic!("{contract}: {statement}: {error}")),
                );
            } else if statement.starts_with("error ") {
                interface
                    .errors
                    .push(Error::parse(statement).unwrap_or_else(|error| panic!("{contract}: {statement}: {error}")));
            } else {
                let known = ["", "pragma", "address", "bytes", "uint", "int", "bool", "Limit"];
                let first = statement.split_whitespace().next().unwrap_or_default();
                let first = first.trim_end_matches(|letter: char| letter.is_ascii_digit());
                assert!(known.contains(&first), "{contract}: neither function nor error: {statement}");
            }
        }
        assert!(!interface.functions.is_empty(), "{contract}: no function found");
        interface
    }

    /// The functions that may write.
    pub fn mutating(&self) -> impl Iterator<Item = &Function> {
        self.functions
            .iter()
            .filter(|function| !matches!(function.state_mutability, StateMutability::View | StateMutability::Pure))
    }
}
