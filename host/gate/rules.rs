//! What a module must and must not hold before it may go on chain.
//!
//! Stricter than activation: activation tolerates float types, sixteen times the memory and any custom section, and a
//! module that uses them costs its callers gas for nothing.

use wasmparser::{ExternalKind, Parser, Payload, TypeRef, Validator, WasmFeatures};

/// The only module programs may import from; `console` and `debug` exist on development chains alone.
const HOST_MODULE: &str = "vm_hooks";
/// Custom section in which cargo-stylus keeps the hash of the sources.
const PROJECT_HASH: &str = "project_hash";
/// Exports a program must have, and its kind.
const EXPORTS: [(&str, ExternalKind); 2] = [("user_entrypoint", ExternalKind::Func), ("memory", ExternalKind::Memory)];

/// Largest compressed module in bytes: EIP-170's 24,576 less the prefix of four.
pub const MAX_COMPRESSED: usize = 24_572;
/// Pages every call opens without paying (`ArbWasm.freePages`).
pub const FREE_PAGES: u64 = 2;

/// A reason to refuse a module.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Fault {
    /// The compressed module does not fit one account's code.
    #[error("{found} bytes compressed, {MAX_COMPRESSED} fit one fragment: {} too many", found - MAX_COMPRESSED)]
    TooLarge {
        /// Compressed length in bytes.
        found: usize,
    },
    /// An import from elsewhere than the host, or of something that is no function.
    #[error("import {module}.{name} is not a function of {HOST_MODULE}")]
    Import {
        /// Module imported from.
        module: String,
        /// Name imported.
        name: String,
    },
    /// A section that activation refuses.
    #[error("it has a {0} section")]
    Section(&'static str),
    /// A custom section other than the project hash: bytes that every caller pays for.
    #[error("it has a custom section '{0}'")]
    Custom(String),
    /// No memory or several.
    #[error("it has {0} memories, one is needed")]
    Memories(u32),
    /// More initial memory than is free.
    #[error("it starts with {found} pages of memory, {FREE_PAGES} are free")]
    Pages {
        /// Initial pages of 64 KiB.
        found: u64,
    },
    /// A required export is missing.
    #[error("it does not export {0}")]
    Export(&'static str),
    /// A path of the machine that built it, left by a panic location: dead weight, and another code hash on every machine.
    #[error("its data holds the path of a source file; is `-Zlocation-detail=none` set?")]
    SourcePath,
    /// Not WebAssembly, or beyond the allowed features: floats, SIMD, reference types, several results and so on.
    #[error("{0}")]
    Invalid(String),
}

/// What programs may use: the first version of WebAssembly without floats, and the three extensions rustc is told to use.
fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL | WasmFeatures::SIGN_EXTENSION | WasmFeatures::BULK_MEMORY | WasmFeatures::GC_TYPES
}

/// Returns every fault of `wasm`, the module as it is stored on chain.
pub fn faults(wasm: &[u8]) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Err(error) = Validator::new_with_features(features()).validate_all(wasm) {
        faults.push(Fault::Invalid(error.to_string()));
    }
    if let Err(error) = sections(wasm, &mut faults) {
        faults.push(Fault::Invalid(error.to_string()));
    }
    faults
}

fn sections(wasm: &[u8], faults: &mut Vec<Fault>) -> wasmparser::Result<()> {
    let mut memories = 0;
    let mut exported = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    let import = import?;
                    if import.module != HOST_MODULE || !matches!(import.ty, TypeRef::Func(_)) {
                        faults.push(Fault::Import { module: import.module.to_owned(), name: import.name.to_owned() });
                    }
                }
            }
            Payload::MemorySection(reader) => {
                memories += reader.count();
                for memory in reader {
                    let found = memory?.initial;
                    if found > FREE_PAGES {
                        faults.push(Fault::Pages { found });
                    }
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export?;
                    exported.push((export.name, export.kind));
                }
            }
            Payload::DataSection(reader) => {
                for data in reader {
                    if data?.data.windows(3).any(|bytes| bytes == b".rs") {
                        faults.push(Fault::SourcePath);
                    }
                }
            }
            Payload::StartSection { .. } => faults.push(Fault::Section("start")),
            Payload::DataCountSection { .. } => faults.push(Fault::Section("data count")),
            Payload::CustomSection(section) if section.name() != PROJECT_HASH => {
                faults.push(Fault::Custom(section.name().to_owned()));
            }
            _ => {}
        }
    }
    if memories != 1 {
        faults.push(Fault::Memories(memories));
    }
    let missing = EXPORTS.iter().filter(|export| !exported.contains(export));
    faults.extend(missing.map(|(name, _)| Fault::Export(name)));
    Ok(())
}
