//! How a program sits in an account's code: prefixes, compression, fragments.

#[cfg(test)]
mod tests;

use alloy_primitives::Address;
use std::io::{Read, Write};

/// Prefix of a program in one piece, before the dictionary byte.
pub const PROGRAM_PREFIX: [u8; 3] = [0xEF, 0xF0, 0x00];
/// Prefix of a fragment (`ArbOS` 60 and later).
pub const FRAGMENT_PREFIX: [u8; 3] = [0xEF, 0xF0, 0x01];
/// Prefix of a program in fragments, before the dictionary byte (`ArbOS` 60 and later).
pub const ROOT_PREFIX: [u8; 3] = [0xEF, 0xF0, 0x02];

/// Largest code of an account in bytes (EIP-170).
pub const MAX_CODE_LEN: usize = 24_576;

const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 22;

/// What an account's code is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeKind<'a> {
    /// No Stylus prefix: EVM code or nothing.
    Evm,
    /// A program in one piece: dictionary byte and compressed stream.
    Program {
        /// Compression dictionary; only 0 (none) is supported.
        dictionary: u8,
        /// Brotli stream.
        stream: &'a [u8],
    },
    /// A piece of a program: its part of the stream.
    Fragment(&'a [u8]),
    /// The root of a program in fragments.
    Root {
        /// Compression dictionary; only 0 (none) is supported.
        dictionary: u8,
        /// Length of the decompressed wasm in bytes.
        decompressed: u32,
        /// Addresses of the fragments in order.
        fragments: Vec<Address>,
    },
}

/// A program's code that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The code is no program.
    #[error("not a Stylus program")]
    NotProgram,
    /// A dictionary that is not supported.
    #[error("unsupported dictionary {0}: only 0 (none) is supported")]
    Dictionary(u8),
    /// A root whose length is not a header and whole addresses.
    #[error("malformed root: {0} bytes after the prefix")]
    Root(usize),
    /// A root with no fragment or more than allowed.
    #[error("bad number of fragments: {found}, allowed are 1 to {limit}")]
    Fragments {
        /// Fragments in the root.
        found: usize,
        /// Largest number allowed.
        limit: u8,
    },
    /// An address in a root whose code is no fragment.
    #[error("code at {0} is not a fragment")]
    NotFragment(Address),
    /// A stream that is not brotli, or stops early.
    #[error("failed to decompress: {0}")]
    Brotli(String),
    /// A stream that grows beyond the limit.
    #[error("decompressed wasm exceeds {0} bytes")]
    TooLarge(u32),
    /// A root whose stream has another length than it says.
    #[error("decompressed wasm has {found} bytes, its root says {expected}")]
    Length {
        /// Real length.
        found: usize,
        /// Length in the root.
        expected: u32,
    },
}

/// Whether creation accepts this code although it starts with 0xEF (EIP-3541).
#[must_use]
pub fn is_deployable(code: &[u8], fragments: bool) -> bool {
    let longer = |prefix: [u8; 3]| code.len() > 3 && code.starts_with(&prefix);
    longer(PROGRAM_PREFIX) || (fragments && (longer(FRAGMENT_PREFIX) || longer(ROOT_PREFIX)))
}

/// Whether calling this code means running a program.
#[must_use]
pub fn is_callable(code: &[u8], fragments: bool) -> bool {
    is_deployable(code, fragments) && !code.starts_with(&FRAGMENT_PREFIX)
}

/// Reads the prefix of `code`.
///
/// # Errors
/// [`CodeError::Root`] for a root that is cut.
pub fn classify(code: &[u8], fragments: bool) -> Result<CodeKind<'_>, CodeError> {
    if !is_deployable(code, fragments) {
        return Ok(CodeKind::Evm);
    }
    let (prefix, rest) = code.split_at(3);
    if prefix == FRAGMENT_PREFIX {
        return Ok(CodeKind::Fragment(rest));
    }
    let Some((dictionary, rest)) = rest.split_first() else {
        return Ok(CodeKind::Evm);
    };
    if prefix == PROGRAM_PREFIX {
        return Ok(CodeKind::Program { dictionary: *dictionary, stream: rest });
    }
    let Some((length, addresses)) = rest.split_first_chunk::<4>() else {
        return Err(CodeError::Root(rest.len()));
    };
    let (addresses, left) = addresses.as_chunks::<20>();
    if !left.is_empty() {
        return Err(CodeError::Root(rest.len()));
    }
    Ok(CodeKind::Root {
        dictionary: *dictionary,
        decompressed: u32::from_be_bytes(*length),
        fragments: addresses.iter().map(Address::from).collect(),
    })
}

/// Decompresses a stream to at most `limit` bytes.
///
/// # Errors
/// [`CodeError::Dictionary`], [`CodeError::Brotli`] or [`CodeError::TooLarge`].
pub fn decompress(dictionary: u8, stream: &[u8], limit: u32) -> Result<Vec<u8>, CodeError> {
    if dictionary != 0 {
        return Err(CodeError::Dictionary(dictionary));
    }
    let mut wasm = Vec::new();
    // One byte beyond the limit tells "exactly full" from "too large" without unpacking a bomb.
    brotli_decompressor::Decompressor::new(stream, 4_096)
        .take(u64::from(limit) + 1)
        .read_to_end(&mut wasm)
        .map_err(|error| CodeError::Brotli(error.to_string()))?;
    if wasm.len() as u64 > u64::from(limit) {
        return Err(CodeError::TooLarge(limit));
    }
    Ok(wasm)
}

/// Compresses `wasm` as cargo-stylus does (quality 11, window 22). The bytes may differ from the C encoder's.
#[must_use]
pub fn compress(wasm: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut out, 4_096, BROTLI_QUALITY, BROTLI_WINDOW);
        // Writing into a vector does not fail.
        let _ = writer.write_all(wasm);
    }
    out
}

/// The code of a program in one piece.
#[must_use]
pub fn program_code(wasm: &[u8]) -> Vec<u8> {
    let mut code = vec![0xEF, 0xF0, 0x00, 0x00];
    code.extend(compress(wasm));
    code
}

/// The code of a fragment that holds `part` of the stream.
#[must_use]
pub fn fragment_code(part: &[u8]) -> Vec<u8> {
    [&FRAGMENT_PREFIX[..], part].concat()
}

/// The code of a root for `wasm_len` bytes in these fragments.
#[must_use]
pub fn root_code(wasm_len: u32, fragments: &[Address]) -> Vec<u8> {
    let mut code = vec![0xEF, 0xF0, 0x02, 0x00];
    code.extend(wasm_len.to_be_bytes());
    for fragment in fragments {
        code.extend(fragment.as_slice());
    }
    code
}

/// Init code that deploys `code` as it is, in the form the Stylus tools use.
#[must_use]
pub fn deploy_code(code: &[u8]) -> Vec<u8> {
    let mut init = vec![0x7F];
    let mut length = [0; 32];
    length[24..].copy_from_slice(&(code.len() as u64).to_be_bytes());
    init.extend(length);
    init.extend([0x80, 0x60, 0x2B, 0x60, 0x00, 0x39, 0x60, 0x00, 0xF3, 0x00]);
    init.extend(code);
    init
}
