//! The committed figures of every contract: size, memory, and the gas of starting it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Figures of one contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Figures {
    /// Module as stored, in bytes.
    pub wasm_bytes: usize,
    /// The same after compression, in bytes; 24,572 fit one fragment.
    pub compressed_bytes: usize,
    /// Initial memory in pages of 64 KiB.
    pub pages: u16,
    /// Gas of a start when the program is cached or was called before in the block.
    pub cached_init_gas: u64,
    /// Gas of a start otherwise.
    pub uncached_init_gas: u64,
    /// Keccak-256 of the deployed code.
    pub code_hash: String,
}

/// The snapshot file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Rust toolchain the figures were made with.
    pub toolchain: String,
    /// Figures by contract.
    pub contracts: BTreeMap<String, Figures>,
}

impl Snapshot {
    /// Reads a snapshot; an absent file is an empty one.
    pub fn read(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read(path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&text).with_context(|| path.display().to_string())
    }

    /// Writes the snapshot.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        std::fs::write(path, text).with_context(|| path.display().to_string())
    }

    /// Names each figure in which `found` differs from this snapshot.
    pub fn differences(&self, found: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, now) in &found.contracts {
            let Some(then) = self.contracts.get(name) else {
                lines.push(format!("{name}: not in the snapshot"));
                continue;
            };
            let mut compare = |what: &str, then: &dyn ToString, now: &dyn ToString| {
                let (then, now) = (then.to_string(), now.to_string());
                if then != now {
                    lines.push(format!("{name}: {what} was {then}, is {now}"));
                }
            };
            compare("wasm bytes", &then.wasm_bytes, &now.wasm_bytes);
            compare("compressed bytes", &then.compressed_bytes, &now.compressed_bytes);
            compare("pages", &then.pages, &now.pages);
            compare("cached start gas", &then.cached_init_gas, &now.cached_init_gas);
            compare("uncached start gas", &then.uncached_init_gas, &now.uncached_init_gas);
            compare("code hash", &then.code_hash, &now.code_hash);
        }
        let gone = self.contracts.keys().filter(|name| !found.contracts.contains_key(*name));
        lines.extend(gone.map(|name| format!("{name}: in the snapshot, but not built")));
        lines
    }
}
